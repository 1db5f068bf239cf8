//! Clocks and sleep, in Windows' units.
#![allow(unsafe_code)] // reads the host's clocks

use std::time::Duration;
use std::{mem, thread};

/// The clock that counts since the computer started, the time it slept included (as GetTickCount64 does).
#[cfg(any(target_os = "linux", target_os = "android"))]
const SINCE_START: libc::clockid_t = libc::CLOCK_BOOTTIME;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const SINCE_START: libc::clockid_t = libc::CLOCK_MONOTONIC;

/// Seconds from 1601-01-01, where Windows counts from, to 1970-01-01.
const EPOCH_GAP: u64 = 11_644_473_600;

/// What QueryPerformanceFrequency tells: the counter's steps in a second.
pub(crate) const COUNTER_FREQUENCY: i64 = 10_000_000;

fn read(clock: libc::clockid_t) -> Duration {
    // SAFETY: all zeros is a timespec.
    let mut now: libc::timespec = unsafe { mem::zeroed() };
    // SAFETY: `now` is written. The clocks used here exist, so the call does not fail.
    unsafe { libc::clock_gettime(clock, &raw mut now) };
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Milliseconds since the computer started.
pub(crate) fn tick_count() -> u64 {
    u64::try_from(read(SINCE_START).as_millis()).unwrap_or(u64::MAX)
}

/// The performance counter: steps of 100 ns, never backwards.
pub(crate) fn counter() -> i64 {
    i64::try_from(read(libc::CLOCK_MONOTONIC).as_nanos() / 100).unwrap_or(i64::MAX)
}

/// The time of day: steps of 100 ns since 1601-01-01, UTC.
pub(crate) fn file_time() -> u64 {
    let now = read(libc::CLOCK_REALTIME);
    (now.as_secs() + EPOCH_GAP) * 10_000_000 + u64::from(now.subsec_nanos()) / 100
}

/// Sleeps; 0 gives the rest of the time slice away, 0xFFFFFFFF never ends.
pub(crate) fn sleep(milliseconds: u32) {
    match milliseconds {
        0 => thread::yield_now(),
        u32::MAX => loop {
            thread::sleep(Duration::from_secs(u64::from(u32::MAX)));
        },
        some => thread::sleep(Duration::from_millis(some.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clocks_go_forward_at_their_rates() {
        let (ticks, steps) = (tick_count(), counter());
        sleep(30);
        let (ticks, steps) = (tick_count() - ticks, counter() - steps);
        assert!((29..20_000).contains(&ticks), "{ticks} ms");
        assert!(steps >= COUNTER_FREQUENCY * 29 / 1000, "{steps} steps");
    }

    #[test]
    fn the_time_of_day_counts_from_1601() {
        let unix = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let seconds = file_time() / 10_000_000;
        assert!(seconds.abs_diff(unix + EPOCH_GAP) < 5);
        assert_eq!(EPOCH_GAP, (369 * 365 + 89) * 86_400); // 89 leap days from 1601 to 1970
    }
}
