//! A clock that is cheap to read, for what holds for a moment.

/// A moment of some milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tick(libc::time_t, i64);

/// What the host notes at its own beats, so that reading it is no more than that.
#[cfg(target_os = "linux")]
const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC_COARSE;
#[cfg(not(target_os = "linux"))]
const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC;

/// Nanoseconds in a moment, where the clock has finer steps.
const MOMENT: i64 = 4_000_000;

impl Tick {
    /// The present one.
    pub(crate) fn now() -> Self {
        // SAFETY: all-zero is a plain value of it.
        let mut now: libc::timespec = unsafe { std::mem::zeroed() };
        // SAFETY: `now` is written; the clock exists, so the call does not fail.
        unsafe { libc::clock_gettime(CLOCK, &raw mut now) };
        #[allow(clippy::unnecessary_cast)] // The hosts disagree on the type.
        Self(now.tv_sec, now.tv_nsec as i64 / MOMENT)
    }
}
