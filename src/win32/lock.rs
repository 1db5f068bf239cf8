//! Critical sections, slim locks, condition variables and one-time initialisation, in Windows' sizes.
//! They know no pointers and no codes; who sleeps and wakes is `park`'s business.
//!
//! All of them are plain words that a program may keep in static storage; none owns memory.

use std::hint;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use super::park;
use super::thread::current_id;
use super::wait::Deadline;

/// A critical section: a recursive lock with the layout that Windows gives it.
#[repr(C)]
pub(crate) struct Section {
    debug_info: AtomicUsize,
    /// FREE, HELD or CONTENDED.
    lock: AtomicI32,
    recursion: AtomicI32,
    owner: AtomicUsize,
    semaphore: AtomicUsize,
    spin_count: AtomicUsize,
}

/// As Windows shows it in LockCount.
const FREE: i32 = -1;
const HELD: i32 = 0;
/// Held, and perhaps someone sleeps: whoever leaves must wake one.
const CONTENDED: i32 = 1;

/// Spinning longer than this costs more than the sleep it saves.
const MOST_SPINS: usize = 1000;

impl Section {
    /// A section that is free.
    pub(crate) const fn new() -> Self {
        Self {
            debug_info: AtomicUsize::new(0),
            lock: AtomicI32::new(FREE),
            recursion: AtomicI32::new(0),
            owner: AtomicUsize::new(0),
            semaphore: AtomicUsize::new(0),
            spin_count: AtomicUsize::new(0),
        }
    }

    /// Makes the section free.
    pub(crate) fn reset(&self, spin_count: usize) {
        self.debug_info.store(0, Ordering::Relaxed);
        self.recursion.store(0, Ordering::Relaxed);
        self.owner.store(0, Ordering::Relaxed);
        self.semaphore.store(0, Ordering::Relaxed);
        self.spin_count.store(spin_count, Ordering::Relaxed);
        self.lock.store(FREE, Ordering::Release);
    }

    /// Enters, waiting for the owner to leave.
    pub(crate) fn enter(&self) {
        if self.try_enter() {
            return;
        }
        for _ in 0..self.spin_count.load(Ordering::Relaxed).min(MOST_SPINS) {
            hint::spin_loop();
            if self.lock.load(Ordering::Relaxed) == FREE && self.try_enter() {
                return;
            }
        }
        while self.lock.swap(CONTENDED, Ordering::Acquire) != FREE {
            let still = || self.lock.load(Ordering::Relaxed) == CONTENDED;
            park::park(self.address(), still, || (), Deadline::NEVER);
        }
        self.own();
    }

    /// Enters if no other thread is inside.
    pub(crate) fn try_enter(&self) -> bool {
        if self.is_mine() {
            self.recursion.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        let free = self.lock.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok();
        if free {
            self.own();
        }
        free
    }

    /// Leaves once. A thread that is not inside changes nothing.
    pub(crate) fn leave(&self) {
        if !self.is_mine() || self.recursion.fetch_sub(1, Ordering::Relaxed) > 1 {
            return;
        }
        self.owner.store(0, Ordering::Relaxed);
        if self.lock.swap(FREE, Ordering::Release) == CONTENDED {
            park::unpark_one(self.address());
        }
    }

    /// Sets the spin count; gives the earlier one.
    pub(crate) fn set_spin_count(&self, spin_count: usize) -> usize {
        self.spin_count.swap(spin_count, Ordering::Relaxed)
    }

    fn own(&self) {
        self.owner.store(current_id() as usize, Ordering::Relaxed);
        self.recursion.store(1, Ordering::Relaxed);
    }

    fn is_mine(&self) -> bool {
        self.owner.load(Ordering::Relaxed) == current_id() as usize
    }

    fn address(&self) -> usize {
        &raw const *self as usize
    }
}

/// A slim reader/writer lock.
#[repr(transparent)]
pub(crate) struct Slim(AtomicUsize);

const EXCLUSIVE: usize = 1;
/// Someone sleeps, or is about to: newcomers queue up too, so that writers get their turn.
const WAITED_FOR: usize = 2;
/// The readers are counted above the two flags.
const READER: usize = 4;

impl Slim {
    /// Makes the lock free.
    pub(crate) fn reset(&self) {
        self.0.store(0, Ordering::Release);
    }

    /// Takes the lock for this thread alone, if it is free.
    pub(crate) fn try_exclusive(&self) -> bool {
        self.0.compare_exchange(0, EXCLUSIVE, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Takes the lock beside other readers, if no writer has it or waits for it.
    pub(crate) fn try_shared(&self) -> bool {
        let add = |state| (state & (EXCLUSIVE | WAITED_FOR) == 0).then_some(state + READER);
        self.0.fetch_update(Ordering::Acquire, Ordering::Relaxed, add).is_ok()
    }

    /// Takes the lock for this thread alone.
    pub(crate) fn exclusive(&self) {
        while !self.try_exclusive() {
            self.sleep();
        }
    }

    /// Takes the lock beside other readers.
    pub(crate) fn shared(&self) {
        while !self.try_shared() {
            self.sleep();
        }
    }

    /// Gives back what `exclusive` took.
    pub(crate) fn release_exclusive(&self) {
        if self.0.swap(0, Ordering::Release) & WAITED_FOR != 0 {
            park::unpark_all(self.address());
        }
    }

    /// Gives back what `shared` took.
    pub(crate) fn release_shared(&self) {
        // The last reader also takes the flag away, since it wakes everyone.
        let less = |state: usize| {
            let readers = state.saturating_sub(READER);
            Some(if readers < READER { 0 } else { readers })
        };
        let before = self.0.fetch_update(Ordering::Release, Ordering::Relaxed, less).unwrap_or(0);
        if before & WAITED_FOR != 0 && before < 2 * READER {
            park::unpark_all(self.address());
        }
    }

    fn sleep(&self) {
        let flag = |state| (state != 0).then_some(state | WAITED_FOR);
        if self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, flag).is_ok() {
            let still = || self.0.load(Ordering::Relaxed) & WAITED_FOR != 0;
            park::park(self.address(), still, || (), Deadline::NEVER);
        }
    }

    fn address(&self) -> usize {
        &raw const *self as usize
    }
}

/// A condition variable. Its word stays zero: its address is all it needs.
#[repr(transparent)]
pub(crate) struct Condition(AtomicUsize);

impl Condition {
    /// Sleeps until woken or until the deadline; says whether it was woken.
    ///
    /// `release` gives the lock up once the thread can be woken; `acquire` takes it back.
    pub(crate) fn sleep(&self, release: impl FnOnce(), acquire: impl FnOnce(), deadline: Deadline) -> bool {
        let woken = park::park(self.address(), || true, release, deadline);
        acquire();
        woken
    }

    /// Wakes one sleeper.
    pub(crate) fn wake_one(&self) {
        park::unpark_one(self.address());
    }

    /// Wakes every sleeper.
    pub(crate) fn wake_all(&self) {
        park::unpark_all(self.address());
    }

    /// Prepares the variable.
    pub(crate) fn reset(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn address(&self) -> usize {
        &raw const *self as usize
    }
}

/// A one-time initialisation: its word is fresh, busy, or done with the context in the upper bits.
#[repr(transparent)]
pub(crate) struct Once(AtomicUsize);

const FRESH: usize = 0;
const BUSY: usize = 1;
const DONE: usize = 2;

impl Once {
    /// Makes the initialisation a fresh one.
    pub(crate) fn reset(&self) {
        self.0.store(FRESH, Ordering::Release);
    }

    /// Runs `initialise` unless it succeeded before, and gives the context it left; `None` if it fails now.
    ///
    /// The context's two low bits are lost, as on Windows. While one thread runs, others wait.
    pub(crate) fn run(&self, initialise: impl FnOnce() -> Option<usize>) -> Option<usize> {
        loop {
            match self.0.compare_exchange(FRESH, BUSY, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => break,
                Err(BUSY) => {
                    let still = || self.0.load(Ordering::Relaxed) == BUSY;
                    park::park(self.address(), still, || (), Deadline::NEVER);
                }
                Err(done) => return Some(done & !3),
            }
        }
        let context = initialise();
        let state = context.map_or(FRESH, |context| context & !3 | DONE);
        self.0.store(state, Ordering::Release);
        park::unpark_all(self.address());
        context
    }

    fn address(&self) -> usize {
        &raw const *self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::thread;

    const EACH: usize = 2000;
    const THREADS: usize = 4;

    fn section() -> Section {
        let word = || AtomicUsize::new(0);
        let count = || AtomicI32::new(0);
        let section = Section {
            debug_info: word(),
            lock: count(),
            recursion: count(),
            owner: word(),
            semaphore: word(),
            spin_count: word(),
        };
        section.reset(10);
        section
    }

    /// Runs `step` often in several threads; the steps must be exclusive of each other to add up.
    fn adds_up(step: impl Fn(&dyn Fn()) + Sync) {
        let sum = AtomicUsize::new(0);
        // A load and a store apart: exclusion is what makes the sum right.
        let add = || sum.store(sum.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| (0..EACH).for_each(|_| step(&add)));
            }
        });
        assert_eq!(sum.into_inner(), THREADS * EACH);
    }

    #[test]
    fn a_section_excludes_others_and_lets_its_owner_in_again() {
        let section = section();
        adds_up(|add| {
            section.enter();
            section.enter();
            add();
            section.leave();
            thread::yield_now();
            section.leave();
        });
        assert_eq!(section.lock.load(Ordering::Relaxed), FREE);
        section.enter();
        thread::scope(|scope| {
            assert!(!scope.spawn(|| section.try_enter()).join().unwrap());
            scope.spawn(|| section.leave()).join().unwrap();
            assert!(!scope.spawn(|| section.try_enter()).join().unwrap());
        });
        assert!(section.try_enter());
        section.leave();
        section.leave();
        thread::scope(|scope| assert!(scope.spawn(|| section.try_enter()).join().unwrap()));
    }

    #[test]
    fn a_slim_lock_excludes_writers_and_admits_readers_together() {
        let slim = Slim(AtomicUsize::new(0));
        adds_up(|add| {
            slim.exclusive();
            add();
            slim.release_exclusive();
            slim.shared();
            thread::yield_now();
            slim.release_shared();
        });
        assert_eq!(slim.0.load(Ordering::Relaxed), 0);
        slim.shared();
        assert!(slim.try_shared());
        assert!(!slim.try_exclusive());
        slim.release_shared();
        assert!(!slim.try_exclusive());
        slim.release_shared();
        assert!(slim.try_exclusive());
        assert!(!slim.try_shared());
    }

    #[test]
    fn a_condition_wakes_who_slept_before_the_change() {
        let (section, condition, ready) = (section(), Condition(AtomicUsize::new(0)), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    section.enter();
                    while !ready.load(Ordering::Relaxed) {
                        assert!(condition.sleep(
                            || section.leave(),
                            || section.enter(),
                            Deadline::after_ms(20_000)
                        ));
                    }
                    section.leave();
                });
            }
            section.enter();
            ready.store(true, Ordering::Relaxed);
            section.leave();
            condition.wake_all();
        });
        section.enter();
        assert!(!condition.sleep(|| section.leave(), || section.enter(), Deadline::after_ms(1)));
        assert!(section.is_mine());
    }

    #[test]
    fn an_initialisation_runs_once_and_again_only_after_a_failure() {
        let once = Once(AtomicUsize::new(0));
        let runs = AtomicUsize::new(0);
        assert_eq!(once.run(|| None), None);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    let run = || {
                        runs.fetch_add(1, Ordering::Relaxed);
                        thread::yield_now();
                        Some(0x40)
                    };
                    assert_eq!(once.run(run), Some(0x40));
                });
            }
        });
        assert_eq!(runs.into_inner(), 1);
    }
}
