//! The wait core: objects that threads wait for, one or all of them, until a deadline.
//! It knows no handles, no codes and no kinds of object.
//!
//! One dispatcher lock guards what waits consume, as the kernel's once did: only so can a wait for all of
//! its objects consume them in one step (G177) while another thread waits for any of them. It is held to
//! look and to change, never while a thread waits; an object that nobody waits for changes without it.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::thread::{self, Thread};
use super::{apc, idle, port};
use crate::sync::{Mutex, MutexGuard};

/// What makes an object waitable: how its state answers a wait.
pub(crate) trait Signal: Send {
    /// Whether a wait by `thread` for this object alone would end now.
    fn is_signalled(&self, thread: u32) -> bool;

    /// Changes the state as a satisfied wait by `thread` does: consumes what can be consumed. The state may
    /// have been lowered since it was looked at; the wait is then as if it had come before that.
    fn consume(&mut self, thread: u32);
}

/// An object that threads can wait for.
pub(crate) struct Waitable<S: ?Sized = dyn Signal> {
    core: Mutex<Core<S>>,
}

struct Core<S: ?Sized> {
    waiters: Vec<Arc<Waiter>>,
    state: S,
}

/// One thread in one wait.
struct Waiter {
    thread: Arc<Thread>,
    objects: Vec<Arc<Waitable>>,
    all: bool,
    /// How the wait ended; set once, under the dispatcher lock.
    ended: Mutex<Option<usize>>,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The object with this index is signalled: the lowest one, or 0 when all are.
    Signalled(usize),
    /// The deadline passed first.
    TimedOut,
    /// Asynchronous procedure calls have run.
    Alerted,
}

static DISPATCHER: Mutex<()> = Mutex::new(());

/// Takes a lock whose holders leave nothing half done.
fn hold<T: ?Sized>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Signal + 'static> Waitable<S> {
    /// An object in this state.
    pub(crate) fn new(state: S) -> Arc<Self> {
        Arc::new(Self { core: Mutex::new(Core { waiters: Vec::new(), state }) })
    }

    /// Reads the state.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        look(&hold(&self.core).state)
    }

    /// Changes the state, and ends the waits that the change satisfies, the oldest first.
    pub(crate) fn change<R>(self: &Arc<Self>, change: impl FnOnce(&mut S) -> R) -> R {
        {
            // Who waits enlists first and looks then.
            let mut core = hold(&self.core);
            if core.waiters.is_empty() {
                return change(&mut core.state);
            }
        }
        let dispatcher = hold(&DISPATCHER);
        let result = change(&mut hold(&self.core).state);
        let waiters = hold(&self.core).waiters.clone();
        for waiter in waiters {
            waiter.try_end(&dispatcher);
        }
        result
    }

    /// Raises the state and lowers it again: it ends the waits that are there, and no others.
    pub(crate) fn pulse(&self, raise: impl FnOnce(&mut S), lower: impl FnOnce(&mut S)) {
        let dispatcher = hold(&DISPATCHER);
        raise(&mut hold(&self.core).state);
        let waiters = hold(&self.core).waiters.clone();
        for waiter in waiters {
            waiter.try_end(&dispatcher);
        }
        lower(&mut hold(&self.core).state);
    }

    /// Changes the state in a way that satisfies nobody.
    pub(crate) fn lower<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        change(&mut hold(&self.core).state)
    }
}

impl Waitable {
    fn is_signalled(&self, thread: u32) -> bool {
        hold(&self.core).state.is_signalled(thread)
    }

    fn consume(&self, thread: u32) {
        hold(&self.core).state.consume(thread);
    }

    fn enlist(&self, waiter: &Arc<Waiter>) {
        hold(&self.core).waiters.push(Arc::clone(waiter));
    }

    fn strike(&self, waiter: &Arc<Waiter>) {
        hold(&self.core).waiters.retain(|other| !Arc::ptr_eq(other, waiter));
    }
}

impl Waiter {
    /// Ends the wait if its objects allow that now; says whether it has ended.
    fn try_end(&self, _dispatcher: &MutexGuard<'_, ()>) -> bool {
        let mut ended = hold(&self.ended);
        if ended.is_some() {
            return true;
        }
        *ended = satisfy(&self.objects, self.all, self.thread.id());
        if ended.is_some() {
            self.thread.seat().call();
        }
        ended.is_some()
    }

    fn ended(&self) -> Option<usize> {
        *hold(&self.ended)
    }
}

/// Consumes what a wait for `objects` gets now: the lowest signalled one (G175), or all or nothing (G177).
fn satisfy(objects: &[Arc<Waitable>], all: bool, thread: u32) -> Option<usize> {
    if all {
        if !objects.iter().all(|object| object.is_signalled(thread)) {
            return None;
        }
        objects.iter().for_each(|object| object.consume(thread));
        return Some(0);
    }
    let lowest = objects.iter().position(|object| object.is_signalled(thread))?;
    objects[lowest].consume(thread);
    Some(lowest)
}

/// Waits until one of `objects`, or `all` of them at once, are signalled, or until the deadline.
///
/// A deadline that has passed still looks once. `objects` holds nothing twice when `all` is asked for. If
/// the wait is `alertable`, calls that are queued for the thread end it, unless it has what it waits for (G182).
pub(crate) fn wait(objects: Vec<Arc<Waitable>>, all: bool, deadline: Deadline, alertable: bool) -> Outcome {
    let thread = thread::current();
    {
        let _dispatcher = hold(&DISPATCHER);
        if let Some(index) = satisfy(&objects, all, thread.id()) {
            return Outcome::Signalled(index);
        }
    }
    if alertable && apc::run() {
        return Outcome::Alerted;
    }
    if deadline.is_past() {
        // Who looks again and again without waiting sees what has happened meanwhile.
        let _dispatcher = if idle::glance() { hold(&DISPATCHER) } else { return Outcome::TimedOut };
        return satisfy(&objects, all, thread.id()).map_or(Outcome::TimedOut, Outcome::Signalled);
    }
    let waiter = Arc::new(Waiter { thread, objects, all, ended: Mutex::new(None) });
    let ended = {
        // Not longer: calls that run below are the thread running, and may end it.
        let _resting = port::Resting::of(&waiter.thread);
        waiter.wait(deadline, alertable)
    };
    {
        let _dispatcher = hold(&DISPATCHER);
        waiter.objects.iter().for_each(|object| object.strike(&waiter));
    }
    // The wait may have been satisfied after it was given up: what it has consumed counts.
    if let Some(index) = waiter.ended() {
        return Outcome::Signalled(index);
    }
    if ended == Outcome::Alerted && !apc::run() {
        // A thread runs its own calls only: nobody can have taken them.
        return wait_again(waiter, deadline, alertable);
    }
    ended
}

/// The rest of a wait that was ended for nothing.
#[cold]
fn wait_again(waiter: Arc<Waiter>, deadline: Deadline, alertable: bool) -> Outcome {
    wait(waiter.objects.clone(), waiter.all, deadline, alertable)
}

impl Waiter {
    fn wait(self: &Arc<Self>, deadline: Deadline, alertable: bool) -> Outcome {
        {
            let dispatcher = hold(&DISPATCHER);
            self.objects.iter().for_each(|object| object.enlist(self));
            // What was signalled before we stood in the lists told nobody.
            self.try_end(&dispatcher);
        }
        loop {
            if let Some(index) = self.ended() {
                return Outcome::Signalled(index);
            }
            if alertable && apc::is_pending() {
                return Outcome::Alerted;
            }
            if deadline.is_past() {
                return Outcome::TimedOut;
            }
            idle::sit(deadline);
        }
    }
}

/// SleepEx with alerts: waits for calls to run, or for the deadline. Whether calls have run.
pub(crate) fn sleep_alertably(deadline: Deadline) -> bool {
    wait(Vec::new(), false, deadline, true) == Outcome::Alerted
}

/// When a wait gives up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// No deadline.
    pub(crate) const NEVER: Self = Self(None);

    /// After this many milliseconds; 0xFFFFFFFF is never.
    pub(crate) fn after_ms(milliseconds: u32) -> Self {
        const INFINITE: u32 = u32::MAX;
        Self((milliseconds != INFINITE).then(|| Instant::now() + Duration::from_millis(milliseconds.into())))
    }

    /// At this instant, if it is not before that.
    pub(crate) fn or_at(self, at: Instant) -> Self {
        Self(Some(self.0.map_or(at, |own| own.min(at))))
    }

    /// Whether it has passed.
    pub(crate) fn is_past(self) -> bool {
        self.left().is_none()
    }

    /// How long is left: `None` if it has passed, `Some(None)` if it never will.
    pub(crate) fn left(self) -> Option<Option<Duration>> {
        let Some(at) = self.0 else { return Some(None) };
        let left = at.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(Some(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    /// Counts permits; a wait takes one. With one permit it is an auto-reset event.
    struct Permits(u32);

    impl Signal for Permits {
        fn is_signalled(&self, _: u32) -> bool {
            self.0 > 0
        }
        fn consume(&mut self, _: u32) {
            self.0 = self.0.saturating_sub(1);
        }
    }

    /// Signalled for its owner and for anyone while it has none.
    struct Owned(Option<u32>);

    impl Signal for Owned {
        fn is_signalled(&self, thread: u32) -> bool {
            self.0.is_none_or(|owner| owner == thread)
        }
        fn consume(&mut self, thread: u32) {
            self.0 = Some(thread);
        }
    }

    const SOON: u32 = 20;
    const LATE: u32 = 20_000;

    fn permits(counts: &[u32]) -> Vec<Arc<Waitable<Permits>>> {
        counts.iter().map(|&n| Waitable::new(Permits(n))).collect()
    }

    fn dynamic(objects: &[Arc<Waitable<Permits>>]) -> Vec<Arc<Waitable>> {
        objects.iter().map(|object| Arc::clone(object) as Arc<Waitable>).collect()
    }

    fn left(objects: &[Arc<Waitable<Permits>>]) -> Vec<u32> {
        objects.iter().map(|object| object.read(|state| state.0)).collect()
    }

    fn wait_for(objects: &[Arc<Waitable<Permits>>], all: bool, ms: u32) -> Outcome {
        wait(dynamic(objects), all, Deadline::after_ms(ms), false)
    }

    /// Waits until `n` threads are enlisted at the object.
    fn until_waiting(object: &Waitable<Permits>, n: usize) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while hold(&object.core).waiters.len() != n {
            assert!(Instant::now() < deadline, "no {n} waiters");
            thread::yield_now();
        }
    }

    #[test]
    fn any_takes_the_lowest_and_leaves_the_rest() {
        let objects = permits(&[0, 1, 1]);
        assert_eq!(wait_for(&objects, false, 0), Outcome::Signalled(1));
        assert_eq!(left(&objects), [0, 0, 1]);
        let all = permits(&[1; 64]);
        for i in 0..64 {
            assert_eq!(wait_for(&all, false, 0), Outcome::Signalled(i));
        }
        assert_eq!(wait_for(&all, false, 0), Outcome::TimedOut);
    }

    #[test]
    fn all_takes_nothing_until_it_can_take_everything() {
        let objects = permits(&[1, 0, 2]);
        assert_eq!(wait_for(&objects, true, 0), Outcome::TimedOut);
        assert_eq!(wait_for(&objects, true, SOON), Outcome::TimedOut);
        assert_eq!(left(&objects), [1, 0, 2]);
        objects[1].change(|state| state.0 = 1);
        assert_eq!(wait_for(&objects, true, 0), Outcome::Signalled(0));
        assert_eq!(left(&objects), [0, 0, 1]);
    }

    #[test]
    fn a_change_wakes_the_oldest_waiter_it_satisfies() {
        let objects = permits(&[0, 0]);
        thread::scope(|scope| {
            let both = scope.spawn(|| wait_for(&objects, true, LATE));
            until_waiting(&objects[0], 1);
            let first = scope.spawn(|| wait_for(&objects[..1], false, LATE));
            until_waiting(&objects[0], 2);
            objects[0].change(|state| state.0 = 1);
            assert_eq!(first.join().unwrap(), Outcome::Signalled(0));
            assert_eq!(left(&objects), [0, 0]);
            objects[1].change(|state| state.0 = 1);
            until_waiting(&objects[0], 1);
            objects[0].change(|state| state.0 = 1);
            assert_eq!(both.join().unwrap(), Outcome::Signalled(0));
            assert_eq!(left(&objects), [0, 0]);
        });
        assert_eq!(hold(&objects[0].core).waiters.len(), 0);
    }

    #[test]
    fn the_older_wait_for_all_comes_before_a_younger_wait_for_any() {
        let objects = permits(&[0, 1]);
        thread::scope(|scope| {
            let both = scope.spawn(|| wait_for(&objects, true, LATE));
            until_waiting(&objects[0], 1);
            let any = scope.spawn(|| wait_for(&objects[..1], false, LATE));
            until_waiting(&objects[0], 2);
            objects[0].change(|state| state.0 = 1);
            assert_eq!(both.join().unwrap(), Outcome::Signalled(0));
            objects[0].change(|state| state.0 = 1);
            assert_eq!(any.join().unwrap(), Outcome::Signalled(0));
        });
    }

    #[test]
    fn who_waits_matters_to_an_owned_object() {
        let object = Waitable::new(Owned(None));
        let take = || {
            let objects = vec![Arc::clone(&object) as Arc<Waitable>];
            wait(objects, false, Deadline::after_ms(0), false)
        };
        let elsewhere = || thread::scope(|scope| scope.spawn(take).join().unwrap());
        assert_eq!(take(), Outcome::Signalled(0));
        assert_eq!(take(), Outcome::Signalled(0));
        assert_eq!(elsewhere(), Outcome::TimedOut);
        object.change(|state| state.0 = None);
        assert_eq!(elsewhere(), Outcome::Signalled(0));
    }

    #[test]
    fn a_call_ends_an_alertable_wait_and_no_other() {
        let object = permits(&[0]);
        let here = super::thread::current();
        let call = || apc::Apc { group: 0, run: Box::new(|| ()) };
        assert!(apc::queue(&here, call()));
        assert_eq!(wait_for(&object, false, SOON), Outcome::TimedOut);
        let alertably = |ms| wait(dynamic(&object), false, Deadline::after_ms(ms), true);
        assert_eq!(alertably(0), Outcome::Alerted);
        assert_eq!(alertably(0), Outcome::TimedOut);
        thread::scope(|scope| {
            scope.spawn(|| {
                until_waiting(&object[0], 1);
                apc::queue(&here, call())
            });
            assert_eq!(alertably(LATE), Outcome::Alerted);
        });
        // What is signalled already goes first, and the call stays.
        object[0].change(|state| state.0 = 1);
        apc::queue(&here, call());
        assert_eq!(alertably(LATE), Outcome::Signalled(0));
        assert!(sleep_alertably(Deadline::NEVER));
    }

    #[test]
    fn no_permit_is_lost_or_taken_twice() {
        const EACH: u32 = 500;
        let objects = permits(&[0, 0, 0]);
        thread::scope(|scope| {
            for taker in 0..6 {
                let mut objects = objects.clone();
                objects.rotate_left(taker % 3);
                scope.spawn(move || {
                    for _ in 0..EACH / 2 {
                        assert_ne!(wait_for(&objects, false, LATE), Outcome::TimedOut);
                    }
                });
            }
            for object in &objects {
                scope.spawn(move || (0..EACH).for_each(|_| object.change(|state| state.0 += 1)));
            }
        });
        assert_eq!(left(&objects), [0, 0, 0]);
    }
}
