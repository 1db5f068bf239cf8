//! A thread's timers: when they are due, and whether anyone was told. It makes no messages and does not wait.

use std::time::{Duration, Instant};

/// What a timer says when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Its window; 0 for none.
    pub(crate) window: usize,
    pub(crate) id: usize,
    /// The address of what DispatchMessage calls instead of the window's procedure; 0 for none.
    pub(crate) routine: usize,
}

struct Timer {
    says: Due,
    period: Duration,
    due: Instant,
    /// Whether it is due and counted as news already.
    rung: bool,
}

/// The timers of one thread.
pub(crate) struct Timers(Vec<Timer>);

impl Timers {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Sets a timer, or anew the one of this window and identifier.
    pub(crate) fn set(&mut self, says: Due, period: Duration) {
        self.kill(says.window, says.id);
        self.0.push(Timer { says, period, due: Instant::now() + period, rung: false });
    }

    /// Takes a timer away; whether there was one.
    pub(crate) fn kill(&mut self, window: usize, id: usize) -> bool {
        let before = self.0.len();
        self.0.retain(|timer| (timer.says.window, timer.says.id) != (window, id));
        self.0.len() != before
    }

    /// Takes all timers of a window away.
    pub(crate) fn forget(&mut self, window: usize) {
        self.0.retain(|timer| timer.says.window != window);
    }

    /// Whether there is a timer of this window and identifier.
    pub(crate) fn has(&self, window: usize, id: usize) -> bool {
        self.0.iter().any(|timer| (timer.says.window, timer.says.id) == (window, id))
    }

    /// Whether there is just this timer: a message can name any routine.
    pub(crate) fn vouches_for(&self, says: Due) -> bool {
        self.0.iter().any(|timer| timer.says == says)
    }

    /// Whether one is due.
    pub(crate) fn any_due(&self) -> bool {
        !self.0.is_empty() && self.0.iter().any(|timer| timer.is_due(Instant::now()))
    }

    /// Counts those that have become due as news; whether there are any.
    pub(crate) fn ring(&mut self) -> bool {
        let now = if self.0.is_empty() { return false } else { Instant::now() };
        let mut any = false;
        for timer in self.0.iter_mut().filter(|timer| !timer.rung && timer.is_due(now)) {
            timer.rung = true;
            any = true;
        }
        any
    }

    /// When the next one becomes due that is no news yet.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.iter().filter(|timer| !timer.rung).map(|timer| timer.due).min()
    }

    /// The one that has been due longest of those that are wanted; taken, it is due again a period later.
    pub(crate) fn take(&mut self, wanted: impl Fn(&Due) -> bool, remove: bool) -> Option<Due> {
        let now = if self.0.is_empty() { return None } else { Instant::now() };
        let due = self.0.iter_mut().filter(|timer| timer.is_due(now) && wanted(&timer.says));
        let timer = due.min_by_key(|timer| timer.due)?;
        if remove {
            timer.due = now + timer.period;
            timer.rung = false;
        }
        Some(timer.says)
    }
}

impl Timer {
    fn is_due(&self, now: Instant) -> bool {
        self.due <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_timer_is_news_once_and_due_until_taken() {
        let mut timers = Timers::new();
        let soon = Due { window: 8, id: 1, routine: 0 };
        timers.set(soon, Duration::ZERO);
        timers.set(Due { id: 2, ..soon }, HOUR);
        assert!(timers.any_due() && timers.ring() && !timers.ring());
        assert!(timers.next().is_some_and(|at| at > Instant::now() + HOUR / 2));
        assert_eq!(timers.take(|says| says.id == 2, true), None);
        assert_eq!(timers.take(|_| true, false), Some(soon));
        assert!(!timers.ring());
        assert_eq!(timers.take(|_| true, true), Some(soon));
        assert!(timers.ring());
        assert!(timers.vouches_for(soon) && !timers.vouches_for(Due { routine: 16, ..soon }));
        assert!(timers.kill(8, 1) && !timers.kill(8, 1) && !timers.any_due());
        timers.forget(8);
        assert!(!timers.has(8, 2) && timers.next().is_none());
    }
}
