//! How a thread waits: asleep, or leading what brings pending operations to their end.
//!
//! Every wait of this library that is not a host call on one socket ends in [`sit`]. While operations pend,
//! one of the sitting threads leads: it turns the [`Driver`] instead of sleeping, and so handles what ends
//! its own wait itself. The others follow; who leaves the lead invites one of them to it. A background thread
//! leads only when operations pend whose end can be seen without a wait, and nobody has led for a while.
#![allow(unsafe_code)] // the host's fork handler; the state is replaced in a child

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{self, AtomicPtr, Ordering};
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::thread::{self, Thread};
use super::wait::Deadline;
use crate::sync::{self, AtomicBool, AtomicU32, AtomicUsize, Condvar, Mutex, MutexGuard, thread_local};

/// Brings pending operations to their end.
pub(crate) trait Driver: Sync {
    /// Waits until something happens, and lets it take its effects. Returns at the deadline and when kicked.
    /// One thread at a time is inside. `awake` is called when the wait is over and the effects begin.
    fn turn(&self, deadline: Deadline, awake: &dyn Fn());

    /// Ends the wait of the turn that is under way, or of the next one.
    fn kick(&self);
}

/// What a thread is doing, as far as somebody who calls it has to know.
mod doing {
    pub(super) const UP: u32 = 0;
    pub(super) const ASLEEP: u32 = 1;
    pub(super) const LEADING: u32 = 2;
    /// Called, and has not noticed yet.
    pub(super) const CALLED: u32 = 3;
}

/// Where one thread sits while it waits.
pub(crate) struct Seat {
    doing: AtomicU32,
    /// Asked to lead, which is no call: its own wait goes on.
    invited: AtomicBool,
    bed: Mutex<()>,
    wake: Condvar,
}

impl Seat {
    pub(crate) const fn new() -> Self {
        Self {
            doing: AtomicU32::new(doing::UP),
            invited: AtomicBool::new(false),
            bed: Mutex::new(()),
            wake: Condvar::new(),
        }
    }

    /// Ends the thread's sitting, or its next one if it is up.
    pub(crate) fn call(&self) {
        match self.doing.swap(doing::CALLED, Ordering::SeqCst) {
            doing::ASLEEP => {
                drop(hold(&self.bed));
                self.wake.notify_one();
            }
            doing::LEADING => {
                if let Some(driver) = DRIVER.get() {
                    driver.kick();
                }
            }
            _ => {}
        }
    }

    /// Asks the thread to lead, if it sleeps or is about to.
    fn invite(&self) {
        self.invited.store(true, Ordering::SeqCst);
        if self.passes_to(doing::ASLEEP, doing::UP) {
            drop(hold(&self.bed));
            self.wake.notify_one();
        }
    }

    /// Whether it was called; forgets the call.
    fn notice(&self) -> bool {
        self.doing.swap(doing::UP, Ordering::SeqCst) == doing::CALLED
    }

    fn passes_to(&self, from: u32, to: u32) -> bool {
        self.doing.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Sleeps until called or invited; whether it was called.
    fn sleep(&self, deadline: Deadline) -> bool {
        let mut bed = hold(&self.bed);
        if self.passes_to(doing::UP, doing::ASLEEP) {
            let lies = || self.doing.load(Ordering::SeqCst) == doing::ASLEEP;
            while lies() && !self.invited.load(Ordering::SeqCst) {
                bed = match deadline.left() {
                    None => break,
                    Some(None) => self.wake.wait(bed).unwrap_or_else(PoisonError::into_inner),
                    Some(Some(left)) => {
                        self.wake.wait_timeout(bed, left).unwrap_or_else(PoisonError::into_inner).0
                    }
                };
            }
        }
        drop(bed);
        self.notice()
    }
}

fn hold<T: ?Sized>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

static DRIVER: OnceLock<&'static dyn Driver> = OnceLock::new();

/// Who leads.
mod lead {
    pub(super) const NOBODY: u32 = 0;
    pub(super) const SITTER: u32 = 1;
    pub(super) const BACKGROUND: u32 = 2;
}

/// What the threads of one process share; a child after fork begins with a fresh one.
struct Shared {
    /// Operations that pend.
    work: AtomicUsize,
    /// Those of them whose end can be seen without a wait.
    eager: AtomicUsize,
    leader: AtomicU32,
    /// How often the lead was taken.
    terms: AtomicUsize,
    /// Threads that sit and do not lead, the youngest last.
    followers: Mutex<Vec<Arc<Thread>>>,
    /// How many they are, for who only wants to know whether there are any.
    following: AtomicUsize,
    background: Background,
}

struct Background {
    seat: Seat,
    started: AtomicBool,
    armed: AtomicBool,
    gate: Mutex<()>,
    opened: Condvar,
    late: Mutex<Vec<Late>>,
}

/// Something to be done at an instant, unless it is taken back by then.
struct Late {
    at: Instant,
    work: Box<dyn FnOnce() + Send>,
}

impl Shared {
    const fn new() -> Self {
        Self {
            work: AtomicUsize::new(0),
            eager: AtomicUsize::new(0),
            leader: AtomicU32::new(lead::NOBODY),
            terms: AtomicUsize::new(0),
            followers: Mutex::new(Vec::new()),
            following: AtomicUsize::new(0),
            background: Background {
                seat: Seat::new(),
                started: AtomicBool::new(false),
                armed: AtomicBool::new(false),
                gate: Mutex::new(()),
                opened: Condvar::new(),
                late: Mutex::new(Vec::new()),
            },
        }
    }
}

static FIRST: Shared = Shared::new();
static SHARED: AtomicPtr<Shared> = AtomicPtr::new(ptr::null_mut());
static GENERATION: atomic::AtomicU32 = atomic::AtomicU32::new(0);

fn shared() -> &'static Shared {
    let shared = SHARED.load(Ordering::Acquire);
    // SAFETY: not null, so leaked by `begin_in_child` and never freed.
    if shared.is_null() { &FIRST } else { unsafe { &*shared } }
}

/// Which process this is, counted from the first one by forks: what pended in the parent does not in the child.
pub(crate) fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

extern "C" fn begin_in_child() {
    SHARED.store(Box::into_raw(Box::new(Shared::new())), Ordering::Release);
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// Names what brings operations to their end; the first one stays.
pub(crate) fn install(driver: &'static dyn Driver) {
    DRIVER.get_or_init(|| {
        // SAFETY: the handler replaces a pointer that is read anew at each use.
        unsafe { libc::pthread_atfork(None, None, Some(begin_in_child)) };
        driver
    });
}

thread_local! {
    static LEADS: Cell<bool> = const { Cell::new(false) };
}

/// Whether the calling thread leads and handles what has happened.
pub(crate) fn is_leading() -> bool {
    LEADS.with(Cell::get)
}

/// Waits until the calling thread is called, the deadline has passed, or for no reason.
pub(crate) fn sit(deadline: Deadline) {
    let shared = shared();
    let thread = thread::current();
    if thread.seat().notice() {
        return;
    }
    if take_lead(shared, lead::SITTER) {
        return lead(shared, thread.seat(), deadline);
    }
    follow(shared, &thread);
    // Who resigned, or began an operation, before we could be seen has not called us.
    if take_lead(shared, lead::SITTER) {
        leave(shared, &thread);
        thread.seat().invited.store(false, Ordering::SeqCst);
        return lead(shared, thread.seat(), deadline);
    }
    if shared.leader.load(Ordering::SeqCst) == lead::BACKGROUND {
        shared.background.seat.call();
    }
    let called = thread.seat().sleep(deadline);
    leave(shared, &thread);
    // Who does not follow any more is not invited any more.
    if thread.seat().invited.swap(false, Ordering::SeqCst) {
        accept(shared, &thread, called, deadline);
    }
}

/// Takes the lead that the thread was asked to take, or asks another one: who was called may have what it
/// waited for, and then does not come back.
fn accept(shared: &'static Shared, thread: &Thread, called: bool, deadline: Deadline) {
    if called {
        begun();
    } else if take_lead(shared, lead::SITTER) {
        lead(shared, thread.seat(), deadline);
    }
}

fn follow(shared: &Shared, thread: &Arc<Thread>) {
    let mut followers = hold(&shared.followers);
    followers.push(Arc::clone(thread));
    shared.following.store(followers.len(), Ordering::SeqCst);
}

fn leave(shared: &Shared, thread: &Arc<Thread>) {
    let mut followers = hold(&shared.followers);
    if let Some(place) = followers.iter().rposition(|other| Arc::ptr_eq(other, thread)) {
        followers.remove(place);
        shared.following.store(followers.len(), Ordering::SeqCst);
    }
}

/// Takes the lead if there is work and nobody has it.
fn take_lead(shared: &Shared, who: u32) -> bool {
    let free = shared.work.load(Ordering::SeqCst) > 0 && shared.leader.load(Ordering::SeqCst) == lead::NOBODY;
    let taken =
        free && shared.leader.compare_exchange(lead::NOBODY, who, Ordering::SeqCst, Ordering::SeqCst).is_ok();
    if taken {
        shared.terms.fetch_add(1, Ordering::Relaxed);
    }
    taken
}

/// Turns until called or out of time, then resigns.
fn lead(shared: &'static Shared, seat: &Seat, deadline: Deadline) {
    if let Some(driver) = DRIVER.get() {
        let awake = || {
            seat.passes_to(doing::LEADING, doing::UP);
            LEADS.with(|leads| leads.set(true));
        };
        while seat.passes_to(doing::UP, doing::LEADING) {
            driver.turn(deadline, &awake);
            LEADS.with(|leads| leads.set(false));
            seat.passes_to(doing::LEADING, doing::UP);
            if deadline.is_past() {
                break;
            }
        }
    }
    seat.notice();
    resign(shared);
}

fn resign(shared: &'static Shared) {
    shared.leader.store(lead::NOBODY, Ordering::SeqCst);
    if shared.work.load(Ordering::SeqCst) > 0 {
        find_leader(shared);
    }
}

/// Asks somebody to lead.
fn find_leader(shared: &'static Shared) {
    // Who comes to follow looks for a leader once it can be seen here.
    if shared.following.load(Ordering::SeqCst) > 0 {
        if let Some(follower) = hold(&shared.followers).last() {
            return follower.seat().invite();
        }
    }
    if shared.eager.load(Ordering::SeqCst) > 0 {
        arm(shared);
    }
}

/// An operation begins to pend. Called before it can end.
pub(crate) fn begin(eager: bool) {
    let shared = shared();
    if eager {
        shared.eager.fetch_add(1, Ordering::SeqCst);
    }
    shared.work.fetch_add(1, Ordering::SeqCst);
}

/// The operation can be seen by whoever leads: there is to be somebody.
pub(crate) fn begun() {
    let shared = shared();
    let pends = shared.work.load(Ordering::SeqCst) > 0;
    if pends && shared.leader.load(Ordering::SeqCst) == lead::NOBODY {
        find_leader(shared);
    }
}

/// A pending operation has ended.
pub(crate) fn end(eager: bool) {
    let shared = shared();
    if eager {
        shared.eager.fetch_sub(1, Ordering::SeqCst);
    }
    shared.work.fetch_sub(1, Ordering::SeqCst);
}

/// Does something in the background after a while.
pub(crate) fn after(delay: Duration, work: impl FnOnce() + Send + 'static) {
    let shared = shared();
    hold(&shared.background.late).push(Late { at: Instant::now() + delay, work: Box::new(work) });
    arm(shared);
}

/// How long nobody leads before the background thread does, and how often it looks.
const TICK: Duration = Duration::from_millis(1);

/// So many looks at a lead that others have, and the background thread rests until it is needed again.
const LAST_TICK: u32 = 16;

/// Sees to it that the background thread looks whether it is needed.
fn arm(shared: &'static Shared) {
    let background = &shared.background;
    if background.armed.swap(true, Ordering::SeqCst) {
        return;
    }
    if !background.started.swap(true, Ordering::SeqCst) {
        if sync::start_service_thread("openws2-driver", move || serve(shared)).is_err() {
            // The host gives no thread now; waits still lead, and the next operation asks again.
            background.started.store(false, Ordering::SeqCst);
            background.armed.store(false, Ordering::SeqCst);
        }
        return;
    }
    drop(hold(&background.gate));
    background.opened.notify_one();
}

/// The background thread's life.
fn serve(shared: &'static Shared) {
    let background = &shared.background;
    loop {
        let gate = hold(&background.gate);
        let armed = |_: &mut ()| !background.armed.load(Ordering::SeqCst);
        drop(background.opened.wait_while(gate, armed).unwrap_or_else(PoisonError::into_inner));
        watch(shared);
    }
}

/// Looks once in a tick, leads when nobody else has, and ends when there is nothing to look after.
fn watch(shared: &'static Shared) {
    let background = &shared.background;
    let mut calm = 0;
    let mut term = shared.terms.load(Ordering::Relaxed);
    loop {
        sync::sleep(TICK);
        do_what_is_late(background);
        let led = shared.leader.load(Ordering::SeqCst) != lead::NOBODY;
        let same = shared.terms.load(Ordering::Relaxed) == term;
        term = shared.terms.load(Ordering::Relaxed);
        let eager = shared.eager.load(Ordering::SeqCst) > 0;
        let late = !hold(&background.late).is_empty();
        if eager && !led && same && take_lead(shared, lead::BACKGROUND) {
            lead(shared, &background.seat, Deadline::NEVER);
            calm = 0;
        }
        calm = if late || (eager && !led) { 0 } else { calm + 1 };
        if calm > LAST_TICK {
            background.armed.store(false, Ordering::SeqCst);
            // Who needed us just before the mark was taken away has not called.
            let needed = shared.eager.load(Ordering::SeqCst) > 0
                && shared.leader.load(Ordering::SeqCst) == lead::NOBODY;
            if !needed && hold(&background.late).is_empty() || background.armed.swap(true, Ordering::SeqCst) {
                return;
            }
            calm = 0;
        }
    }
}

fn do_what_is_late(background: &Background) {
    let due: Vec<Late> = {
        let mut late = hold(&background.late);
        let (due, rest) = late.drain(..).partition(|late| sync::has_come(late.at));
        *late = rest;
        due
    };
    due.into_iter().for_each(|late| (late.work)());
}

#[cfg(test)]
mod tests;
