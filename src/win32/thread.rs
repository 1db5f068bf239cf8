//! Threads: how they are made, what they are called, how they end, and who learns of it.
//! It hands out objects; handles and codes are given by others.
#![allow(unsafe_code)] // the host's thread calls; the per-thread record lives behind a thread-specific key

use core::ffi::c_void;
use std::cell::Cell;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::{mem, ptr};

use super::idle::Seat;
use super::stack::{self, Mark, Routine};
use super::wait::{Signal, Waitable};
use super::{apc, host, object, port};

/// What GetExitCodeThread tells of a thread that runs.
pub(crate) const STILL_ACTIVE: u32 = 259;

/// A thread, as others see it.
pub(crate) struct Thread {
    id: u32,
    life: Arc<Waitable<Life>>,
    suspensions: Mutex<u32>,
    resumed: Condvar,
    seat: Seat,
    apcs: apc::Queue,
    works_for: port::Place,
    host_id: AtomicI32,
}

/// The exit code, once the thread has ended.
struct Life(Option<u32>);

impl Signal for Life {
    fn is_signalled(&self, _: u32) -> bool {
        self.0.is_some()
    }

    fn consume(&mut self, _: u32) {}
}

impl Thread {
    fn new(id: u32, suspensions: u32) -> Arc<Self> {
        let life = Waitable::new(Life(None));
        Arc::new(Self {
            id,
            life,
            suspensions: Mutex::new(suspensions),
            resumed: Condvar::new(),
            seat: Seat::new(),
            apcs: apc::Queue::new(),
            works_for: port::Place::new(),
            host_id: AtomicI32::new(0),
        })
    }

    /// Where it sits while it waits.
    pub(crate) fn seat(&self) -> &Seat {
        &self.seat
    }

    /// The calls that wait for it.
    pub(crate) fn apcs(&self) -> &apc::Queue {
        &self.apcs
    }

    /// What the host calls it, once it has begun.
    pub(crate) fn host_id(&self) -> i32 {
        self.host_id.load(Ordering::Relaxed)
    }

    /// The port that it takes packets from.
    pub(crate) fn works_for(&self) -> &port::Place {
        &self.works_for
    }

    /// Its identifier: never zero, not used twice, a multiple of four.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// The side that others wait for.
    pub(crate) fn waitable(&self) -> Arc<Waitable> {
        Arc::clone(&self.life) as Arc<Waitable>
    }

    /// The exit code, or STILL_ACTIVE.
    pub(crate) fn exit_code(&self) -> u32 {
        self.life.read(|life| life.0).unwrap_or(STILL_ACTIVE)
    }

    /// Takes one suspension back; gives how many there were.
    pub(crate) fn resume(&self) -> u32 {
        let mut suspensions = self.suspensions.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *suspensions;
        *suspensions = before.saturating_sub(1);
        self.resumed.notify_all();
        before
    }

    fn until_resumed(&self) {
        let suspensions = self.suspensions.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.resumed.wait_while(suspensions, |left| *left > 0));
    }
}

thread_local! {
    static ID: Cell<u32> = const { Cell::new(0) };
    /// Where the routine of a thread of ours can be ended.
    static MARK: Cell<Mark> = const { Cell::new(Mark::NONE) };
}

/// The calling thread's identifier.
#[cfg(shuttle)]
pub(crate) fn current_id() -> u32 {
    current().id()
}

/// The calling thread's identifier.
#[cfg(not(shuttle))]
pub(crate) fn current_id() -> u32 {
    ID.with(|id| match id.get() {
        0 => {
            id.set(fresh_id());
            id.get()
        }
        known => known,
    })
}

fn fresh_id() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(4);
    NEXT.fetch_add(4, Ordering::Relaxed)
}

/// The calling thread, whoever made it.
#[cfg(not(shuttle))]
pub(crate) fn current() -> Arc<Thread> {
    Arc::clone(&record().thread)
}

/// Works with the calling thread.
pub(crate) fn with_current<T>(work: impl FnOnce(&Arc<Thread>) -> T) -> T {
    #[cfg(not(shuttle))]
    return work(&record().thread);
    #[cfg(shuttle)]
    work(&current())
}

/// In a model many threads are one of the host's.
#[cfg(shuttle)]
pub(crate) fn current() -> Arc<Thread> {
    shuttle::thread_local! {
        static CURRENT: Arc<Thread> = Thread::new(fresh_id(), 0);
    }
    CURRENT.with(Arc::clone)
}

/// What a thread remembers of itself, to the end.
struct Record {
    thread: Arc<Thread>,
    exit_code: Cell<u32>,
    /// The handle that _beginthread's threads close themselves; 0 in others.
    own_handle: Cell<usize>,
    last_round: Cell<bool>,
}

/// The key whose value is the thread's record. Its destructor is what sees every end of a thread.
fn key() -> libc::pthread_key_t {
    static KEY: OnceLock<libc::pthread_key_t> = OnceLock::new();
    *KEY.get_or_init(|| {
        let mut key = 0;
        // SAFETY: `key` is written; the destructor takes what `keep` stores.
        let failed = unsafe { libc::pthread_key_create(&raw mut key, Some(ended)) };
        assert_eq!(failed, 0, "the host has no thread-specific key left");
        key
    })
}

/// Makes `record` the calling thread's.
fn keep(record: Record) -> &'static Record {
    record.thread.host_id.store(host::thread_id(), Ordering::Relaxed);
    let record = Box::into_raw(Box::new(record));
    // SAFETY: the key is valid, the value is what its destructor expects.
    unsafe { libc::pthread_setspecific(key(), record.cast()) };
    // SAFETY: it lives until the thread's end, and a reference is not handed on to other threads.
    unsafe { &*record }
}

/// The calling thread's record; made at the first call in threads that are not ours.
fn record() -> &'static Record {
    // SAFETY: the key is valid.
    let record = unsafe { libc::pthread_getspecific(key()) }.cast::<Record>();
    if record.is_null() {
        return keep(Record::new(Thread::new(current_id(), 0)));
    }
    // SAFETY: only `keep` stores values, and they live until the thread's end.
    unsafe { &*record }
}

impl Record {
    fn new(thread: Arc<Thread>) -> Self {
        Self { thread, exit_code: Cell::new(0), own_handle: Cell::new(0), last_round: Cell::new(false) }
    }
}

/// Runs when a thread ends, in whatever way, after its C++ thread-local objects are gone.
///
/// It puts itself off by one round of destructors, so that those of other keys have run when those who
/// wait for the thread go on.
unsafe extern "C" fn ended(value: *mut c_void) {
    // SAFETY: the value comes from `keep`, and the host gives it to no one else any more.
    let record = unsafe { &*value.cast::<Record>() };
    if !record.last_round.replace(true) {
        // SAFETY: the key is valid; the value is the one that was there.
        unsafe { libc::pthread_setspecific(key(), value) };
        return;
    }
    // Who is told of the end may ask which thread this is: it must not be given a new record, and a new end.
    // SAFETY: the key is valid; the value is the one that was there.
    unsafe { libc::pthread_setspecific(key(), value) };
    if record.own_handle.get() != 0 {
        object::close_own(record.own_handle.get());
    }
    record.thread.apcs.end();
    record.thread.works_for.leave(&record.thread);
    let hooks = hold_hooks().clone();
    hooks.into_iter().for_each(|hook| hook(record.thread.id()));
    record.thread.life.change(|life| life.0 = Some(record.exit_code.get()));
    // SAFETY: the key is valid.
    unsafe { libc::pthread_setspecific(key(), ptr::null()) };
    // SAFETY: made by Box::into_raw in `keep`; from here on no one has it.
    drop(unsafe { Box::from_raw(value.cast::<Record>()) });
}

type Hook = fn(u32);

fn hold_hooks() -> std::sync::MutexGuard<'static, Vec<Hook>> {
    static HOOKS: Mutex<Vec<Hook>> = Mutex::new(Vec::new());
    HOOKS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has `hook` called with the identifier of every thread that ends from now on, if its record was ever needed.
pub(crate) fn at_end(hook: Hook) {
    let mut hooks = hold_hooks();
    if !hooks.iter().any(|other| ptr::fn_addr_eq(*other, hook)) {
        hooks.push(hook);
    }
}

/// How a thread is to be made.
pub(crate) struct Plan {
    pub(crate) routine: Routine,
    pub(crate) argument: *mut c_void,
    /// Bytes; 0 is the host's default.
    pub(crate) stack: usize,
    pub(crate) suspended: bool,
    /// Whether the thread closes its own handle when it ends.
    pub(crate) closes_handle: bool,
}

struct Start {
    plan: Plan,
    thread: Arc<Thread>,
    handle: usize,
}

/// Makes a thread and gives its handle; `None` if the host or the handle table has no room for it.
///
/// The handle has these HANDLE_FLAGs. `tell` learns the identifier before the thread can run.
///
/// # Safety
/// The plan's routine may be called with its argument, in another thread.
pub(crate) unsafe fn create(plan: Plan, flags: u32, tell: impl FnOnce(u32)) -> Option<usize> {
    let thread = Thread::new(fresh_id(), plan.suspended.into());
    let handle = object::open_with(object::Object::Thread(Arc::clone(&thread)), flags)?;
    tell(thread.id());
    let stack = plan.stack;
    let start = Box::into_raw(Box::new(Start { plan, thread, handle }));
    // SAFETY: the new thread takes what `start` points to.
    if unsafe { spawn(stack, start.cast()) } {
        return Some(handle);
    }
    // SAFETY: no thread has it.
    drop(unsafe { Box::from_raw(start) });
    object::close_own(handle);
    None
}

/// Makes a detached thread of the host that calls `run`; says whether it could.
unsafe fn spawn(stack: usize, start: *mut c_void) -> bool {
    type Entry = extern "C" fn(*mut c_void) -> *mut c_void;
    // SAFETY: the two differ in whether a frame of `run` may be unwound, which concerns the C library alone.
    let entry = unsafe { mem::transmute::<extern "C-unwind" fn(*mut c_void) -> *mut c_void, Entry>(run) };
    let mut attributes = mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    let attributes = attributes.as_mut_ptr();
    let mut id = mem::MaybeUninit::<libc::pthread_t>::uninit();
    // SAFETY: the attributes are initialised first and destroyed last; a size that the host refuses leaves
    // its default in place.
    unsafe {
        if libc::pthread_attr_init(attributes) != 0 {
            return false;
        }
        libc::pthread_attr_setdetachstate(attributes, libc::PTHREAD_CREATE_DETACHED);
        if stack != 0 {
            libc::pthread_attr_setstacksize(attributes, stack);
        }
        let failed = libc::pthread_create(id.as_mut_ptr(), attributes, entry, start);
        libc::pthread_attr_destroy(attributes);
        failed == 0
    }
}

/// The first frame of a thread of ours.
///
/// While the routine runs it holds nothing that needs a destructor: the routine's frames may be abandoned,
/// and on some machines this frame with them.
extern "C-unwind" fn run(start: *mut c_void) -> *mut c_void {
    let asked = begin(start.cast());
    let (routine, argument) = match record().thread.apcs.any() {
        true => (first_calls as Routine, (&raw const asked).cast_mut().cast()),
        false => asked,
    };
    // SAFETY: whoever made the thread vouches for the routine; the cell outlives the call.
    let exit_code = unsafe { stack::call(routine, argument, MARK.with(Cell::as_ptr)) };
    MARK.with(|mark| mark.set(Mark::NONE));
    let record = record();
    // A routine of _beginthread's kind has no result.
    record.exit_code.set(if record.own_handle.get() == 0 { exit_code } else { 0 });
    ptr::null_mut()
}

/// The routine of a thread for which calls were queued before it began: they run first, and may end it.
///
/// # Safety
/// `asked` leads to the routine and the argument that the thread was made for.
unsafe extern "C-unwind" fn first_calls(asked: *mut c_void) -> u32 {
    apc::run();
    // SAFETY: `run` has them in its frame, which is below this one.
    let (routine, argument) = unsafe { *asked.cast::<(Routine, *mut c_void)>() };
    // SAFETY: whoever made the thread vouches for the routine.
    unsafe { routine(argument) }
}

/// Takes over what `create` left for this thread, and waits until it may run.
fn begin(start: *mut Start) -> (Routine, *mut c_void) {
    // SAFETY: `create` made it with Box::into_raw for this thread alone.
    let Start { plan, thread, handle } = *unsafe { Box::from_raw(start) };
    ID.with(|id| id.set(thread.id));
    let record = keep(Record::new(thread));
    if plan.closes_handle {
        record.own_handle.set(handle);
    }
    record.thread.until_resumed();
    (plan.routine, plan.argument)
}

/// Whether [`exit`] abandons the calling thread's stack; elsewhere the host goes through it.
pub(crate) fn exit_abandons() -> bool {
    MARK.with(Cell::get).is_set()
}

/// Ends the calling thread with this exit code; nothing on its stack is destroyed.
///
/// A thread that is not ours is ended as the host ends threads.
///
/// # Safety
/// No frame between here and the thread's routine needs its destructors to run.
pub(crate) unsafe fn exit(exit_code: u32) -> ! {
    let mark = MARK.with(Cell::get);
    if mark.is_set() {
        // SAFETY: the mark is reset when the routine returns, so it is running.
        unsafe { stack::end(mark, exit_code) }
    }
    record().exit_code.set(exit_code);
    unsafe extern "C-unwind" {
        safe fn pthread_exit(value: *mut c_void) -> !;
    }
    pthread_exit(ptr::null_mut())
}
