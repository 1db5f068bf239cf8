//! Waiting for descriptors until a deadline.

use std::time::Instant;

use super::{Errno, Fd, answer};

/// What poll(2) takes and gives.
pub(crate) type PollFd = libc::pollfd;

pub(crate) const READABLE: i16 = libc::POLLIN;
pub(crate) const WRITABLE: i16 = libc::POLLOUT;
pub(crate) const URGENT: i16 = libc::POLLPRI;
pub(crate) const FAILED: i16 = libc::POLLERR;
pub(crate) const HUNG_UP: i16 = libc::POLLHUP;
pub(crate) const INVALID: i16 = libc::POLLNVAL;

/// The peer sends no more. Where the host has no event of its own for it, it says so by [`HUNG_UP`].
#[cfg(target_os = "linux")]
pub(crate) const FINISHED: i16 = libc::POLLRDHUP;
#[cfg(not(target_os = "linux"))]
pub(crate) const FINISHED: i16 = 0;

/// One entry of a poll list.
pub(crate) fn entry(fd: Fd, events: i16) -> PollFd {
    PollFd { fd, events, revents: 0 }
}

/// Waits until an entry is ready or the deadline has passed; without a deadline, for ever.
///
/// Returns how many entries are ready; 0 means that the deadline has passed. It never returns early
/// for that reason: what is left is rounded up.
pub(crate) fn wait(entries: &mut [PollFd], deadline: Option<Instant>) -> Result<usize, Errno> {
    loop {
        let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let ready = wait_once(entries, left)?;
        let over = left.is_some_and(|left| left.is_zero());
        if ready > 0 || over {
            return Ok(ready);
        }
    }
}

/// Looks without waiting.
pub(crate) fn look(fd: Fd, events: i16) -> Result<i16, Errno> {
    let mut entries = [entry(fd, events)];
    wait_once(&mut entries, Some(std::time::Duration::ZERO))?;
    Ok(entries[0].revents)
}

#[cfg(target_os = "linux")]
fn wait_once(entries: &mut [PollFd], left: Option<std::time::Duration>) -> Result<usize, Errno> {
    let timeout = left.map(|left| libc::timespec {
        tv_sec: left.as_secs().min(i32::MAX as u64) as libc::time_t,
        tv_nsec: left.subsec_nanos() as _,
    });
    let pointer = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the list and its length, and a timeout that outlives the call; no signal mask.
    let ready = unsafe {
        libc::ppoll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, pointer, std::ptr::null())
    };
    answer("poll", ready).map(|ready| ready as usize)
}

#[cfg(not(target_os = "linux"))]
fn wait_once(entries: &mut [PollFd], left: Option<std::time::Duration>) -> Result<usize, Errno> {
    let milliseconds = left.map_or(-1, |left| left.as_micros().div_ceil(1000).min(i32::MAX as u128) as i32);
    // SAFETY: the list and its length.
    let ready = unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, milliseconds) };
    answer("poll", ready).map(|ready| ready as usize)
}
