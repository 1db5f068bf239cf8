//! The wait core: objects that threads wait for, one or all of them, until a deadline.
//! It knows no handles, no codes and no kinds of object.
//!
//! One dispatcher lock guards every object's state and every list of waiters, as the kernel's once did:
//! only so can a wait for all of its objects consume them in one step (G177) while another thread waits
//! for any of them. It is held to look and to change, never while a thread waits.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What makes an object waitable: how its state answers a wait.
pub(crate) trait Signal: Send {
    /// Whether a wait by `thread` for this object alone would end now.
    fn is_signalled(&self, thread: u32) -> bool;

    /// Changes the state as a satisfied wait by `thread` does: consumes what can be consumed.
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
    thread: u32,
    objects: Vec<Arc<Waitable>>,
    all: bool,
    /// How the wait ended; set once, under the dispatcher lock.
    ended: Mutex<Option<usize>>,
    /// Always paired with the dispatcher lock.
    wake: Condvar,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The object with this index is signalled: the lowest one, or 0 when all are.
    Signalled(usize),
    /// The deadline passed first.
    TimedOut,
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
        let dispatcher = hold(&DISPATCHER);
        let result = change(&mut hold(&self.core).state);
        let waiters = hold(&self.core).waiters.clone();
        for waiter in waiters {
            waiter.try_end(&dispatcher);
        }
        result
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
        *ended = satisfy(&self.objects, self.all, self.thread);
        if ended.is_some() {
            self.wake.notify_one();
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
/// A deadline that has passed still looks once. `objects` holds nothing twice when `all` is asked for.
pub(crate) fn wait(objects: Vec<Arc<Waitable>>, all: bool, deadline: Deadline, thread: u32) -> Outcome {
    let mut dispatcher = hold(&DISPATCHER);
    if let Some(index) = satisfy(&objects, all, thread) {
        return Outcome::Signalled(index);
    }
    if deadline.is_past() {
        return Outcome::TimedOut;
    }
    let waiter = Arc::new(Waiter { thread, objects, all, ended: Mutex::new(None), wake: Condvar::new() });
    waiter.objects.iter().for_each(|object| object.enlist(&waiter));
    let ended = loop {
        if let Some(index) = waiter.ended() {
            break Outcome::Signalled(index);
        }
        let Some(left) = deadline.left() else { break Outcome::TimedOut };
        dispatcher = match left {
            None => waiter.wake.wait(dispatcher).unwrap_or_else(PoisonError::into_inner),
            Some(left) => {
                waiter.wake.wait_timeout(dispatcher, left).unwrap_or_else(PoisonError::into_inner).0
            }
        };
    };
    waiter.objects.iter().for_each(|object| object.strike(&waiter));
    drop(dispatcher);
    ended
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
            self.0 -= 1;
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
        wait(dynamic(objects), all, Deadline::after_ms(ms), 1)
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
        let take = |thread| {
            let objects = vec![Arc::clone(&object) as Arc<Waitable>];
            wait(objects, false, Deadline::after_ms(0), thread)
        };
        assert_eq!(take(1), Outcome::Signalled(0));
        assert_eq!(take(1), Outcome::Signalled(0));
        assert_eq!(take(2), Outcome::TimedOut);
        object.change(|state| state.0 = None);
        assert_eq!(take(2), Outcome::Signalled(0));
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
