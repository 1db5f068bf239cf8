//! Parking: threads sleep on an address until another wakes them there; the base of every lock here.
//! It looks at no lock's state itself.
//!
//! Locks of Windows' size (one pointer, static, never destroyed) have no room for a queue. The queues are
//! here, in a fixed number of buckets that addresses are spread over.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::wait::Deadline;

/// One sleeping thread.
struct Sleeper {
    address: usize,
    woken: Mutex<bool>,
    wake: Condvar,
}

const BUCKETS: usize = 64;

/// Sleepers in the order of their arrival.
static QUEUES: [Mutex<VecDeque<Arc<Sleeper>>>; BUCKETS] = [const { Mutex::new(VecDeque::new()) }; BUCKETS];

fn queue(address: usize) -> MutexGuard<'static, VecDeque<Arc<Sleeper>>> {
    // The low bits are alignment; a multiplication spreads the rest (Fibonacci hashing).
    let spread = (address >> 3).wrapping_mul(0x9E37_79B9) >> 16;
    QUEUES[spread % BUCKETS].lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sleeps on `address` until woken or until the deadline; says whether it was woken.
///
/// `still` decides, while no one can wake this address, whether to sleep at all: if not, the answer is
/// "woken". `before` runs once the thread can be woken and before it sleeps; what it lets others do
/// cannot be missed.
pub(crate) fn park(
    address: usize,
    still: impl FnOnce() -> bool,
    before: impl FnOnce(),
    deadline: Deadline,
) -> bool {
    let sleeper = Arc::new(Sleeper { address, woken: Mutex::new(false), wake: Condvar::new() });
    {
        let mut queue = queue(address);
        if !still() {
            return true;
        }
        queue.push_back(Arc::clone(&sleeper));
    }
    before();
    sleeper.sleep(deadline)
}

/// Wakes the thread that has slept on `address` longest, if there is one.
pub(crate) fn unpark_one(address: usize) {
    let mut queue = queue(address);
    let oldest = queue.iter().position(|sleeper| sleeper.address == address);
    if let Some(sleeper) = oldest.and_then(|i| queue.remove(i)) {
        sleeper.wake_up();
    }
}

/// Wakes every thread that sleeps on `address`.
pub(crate) fn unpark_all(address: usize) {
    queue(address).retain(|sleeper| {
        let other = sleeper.address != address;
        if !other {
            sleeper.wake_up();
        }
        other
    });
}

impl Sleeper {
    fn wake_up(&self) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.notify_one();
    }

    fn sleep(self: Arc<Self>, deadline: Deadline) -> bool {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        while !*woken {
            woken = match deadline.left() {
                Some(None) => self.wake.wait(woken).unwrap_or_else(PoisonError::into_inner),
                Some(Some(left)) => {
                    self.wake.wait_timeout(woken, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    drop(woken);
                    return !self.withdraw();
                }
            };
        }
        true
    }

    /// Leaves the queue; says whether it was still there, that is, whether no one woke it.
    fn withdraw(self: &Arc<Self>) -> bool {
        let mut queue = queue(self.address);
        let place = queue.iter().position(|other| Arc::ptr_eq(other, self));
        place.and_then(|i| queue.remove(i)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    const LATE: u32 = 20_000;

    #[test]
    fn one_is_woken_by_one_and_the_rest_by_all() {
        let spot = 0usize;
        let address = &raw const spot as usize;
        let awake = AtomicUsize::new(0);
        thread::scope(|scope| {
            let (asleep, told) = std::sync::mpsc::channel();
            for _ in 0..3 {
                let asleep = asleep.clone();
                let awake = &awake;
                scope.spawn(move || {
                    let before = || asleep.send(()).unwrap();
                    assert!(park(address, || true, before, Deadline::after_ms(LATE)));
                    awake.fetch_add(1, Ordering::Relaxed);
                });
            }
            (0..3).for_each(|_| told.recv().unwrap());
            unpark_one(address);
            while awake.load(Ordering::Relaxed) == 0 {
                thread::yield_now();
            }
            assert_eq!(awake.load(Ordering::Relaxed), 1);
            unpark_all(address);
        });
        assert_eq!(awake.into_inner(), 3);
    }

    #[test]
    fn a_sleep_ends_at_once_when_its_reason_is_gone_and_at_the_deadline_otherwise() {
        let spot = 0usize;
        let address = &raw const spot as usize;
        assert!(park(address, || false, || panic!("it does not sleep"), Deadline::after_ms(LATE)));
        assert!(!park(address, || true, || (), Deadline::after_ms(1)));
        assert!(queue(address).iter().all(|sleeper| sleeper.address != address));
    }
}
