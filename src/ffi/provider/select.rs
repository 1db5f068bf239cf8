//! select: sets and times across the border.
#![allow(unsafe_code)] // The C border.

use std::time::Duration;

use crate::error::WsaError;
use crate::ffi::memory::{get, has_room};
use crate::socket::select::{Sets, select as wait};
use crate::windows::types::{FD_SET, SOCKET, TIMEVAL};

/// Seconds and microseconds, as given.
pub(in crate::ffi) type Time = Option<(i64, i64)>;

/// # Safety
/// `timeout` is bad or readable.
pub(in crate::ffi) unsafe fn windows_time(timeout: *const TIMEVAL) -> Result<Time, WsaError> {
    if timeout.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let timeout = unsafe { get(timeout) }?;
    Ok(Some((i64::from(timeout.tv_sec), i64::from(timeout.tv_usec))))
}

/// The same of the host's structure.
///
/// # Safety
/// `timeout` is bad or readable.
pub(in crate::ffi) unsafe fn host_time(timeout: *const libc::timeval) -> Result<Time, WsaError> {
    if timeout.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let timeout = unsafe { get(timeout) }?;
    #[allow(clippy::unnecessary_cast)] // As wide as the host's long.
    Ok(Some((timeout.tv_sec as i64, timeout.tv_usec as i64)))
}

/// # Safety
/// Those of `select`.
pub(in crate::ffi) unsafe fn select(sets: [*mut FD_SET; 3], timeout: Time) -> Result<i32, WsaError> {
    // SAFETY: the caller's promise.
    let [read, write, except] = sets.map(|set| unsafe { members(set) });
    let asked = Sets { read: read?, write: write?, except: except? };
    let timeout = timeout.map(duration).transpose()?;
    match wait(&asked, timeout) {
        // SAFETY: each answered set is no longer than the one that was read.
        Ok(ready) => Ok(unsafe { answer(sets, &ready) }),
        Err(failure) => {
            if let Some(closed) = failure.closed {
                let rest: Vec<SOCKET> = asked.except.into_iter().filter(|&s| s != closed).collect();
                // SAFETY: as above.
                unsafe { store(sets[2], &rest) };
            }
            Err(failure.code)
        }
    }
}

fn duration((seconds, microseconds): (i64, i64)) -> Result<Duration, WsaError> {
    let seconds = u64::try_from(seconds).map_err(|_| WsaError::WSAEINVAL)?;
    let microseconds = u64::try_from(microseconds).map_err(|_| WsaError::WSAEINVAL)?;
    Ok(Duration::from_secs(seconds).saturating_add(Duration::from_micros(microseconds)))
}

/// Where a set's sockets begin: behind the count, aligned for a SOCKET.
fn first(set: *mut FD_SET) -> *mut SOCKET {
    set.cast::<u8>().wrapping_add(std::mem::offset_of!(FD_SET, fd_array)).cast::<SOCKET>()
}

/// # Safety
/// `set` is NULL, bad, or a count followed by that many sockets.
unsafe fn members(set: *mut FD_SET) -> Result<Vec<SOCKET>, WsaError> {
    if set.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: the caller's promise.
    let count = unsafe { get(set.cast::<u32>()) }?;
    let size = std::mem::offset_of!(FD_SET, fd_array) + count as usize * size_of::<SOCKET>();
    if !has_room(set, size) {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: the caller's promise.
    Ok((0..count as usize).map(|i| unsafe { first(set).add(i).read_unaligned() }).collect())
}

/// Writes the answered sets; one that stands for two of them gets both (F198). Returns the memberships.
///
/// # Safety
/// Each set has room for its answer.
unsafe fn answer(sets: [*mut FD_SET; 3], ready: &Sets) -> i32 {
    let answers = [&ready.read, &ready.write, &ready.except];
    let mut count = 0;
    for (i, &set) in sets.iter().enumerate() {
        if set.is_null() || sets[..i].contains(&set) {
            continue;
        }
        let mut members: Vec<SOCKET> = Vec::new();
        for (same, answer) in sets.iter().zip(answers) {
            if *same == set {
                let new: Vec<SOCKET> = answer.iter().copied().filter(|s| !members.contains(s)).collect();
                members.extend(new);
            }
        }
        count += members.len();
        // SAFETY: the caller's promise.
        unsafe { store(set, &members) };
    }
    count as i32
}

/// Writes a set: the count and as many entries, nothing behind them (F197, F199).
///
/// # Safety
/// `set` is NULL or has room for the sockets.
unsafe fn store(set: *mut FD_SET, sockets: &[SOCKET]) {
    if set.is_null() {
        return;
    }
    // SAFETY: the caller's promise.
    unsafe {
        (&raw mut (*set).fd_count).write_unaligned(sockets.len() as u32);
        for (i, &socket) in sockets.iter().enumerate() {
            first(set).add(i).write_unaligned(socket);
        }
    }
}

/// Whether a socket is in a set; in none that is no memory.
///
/// # Safety
/// `set` is bad or readable for as many members as it says.
pub(in crate::ffi) unsafe fn has_member(set: *mut FD_SET, s: SOCKET) -> bool {
    // SAFETY: the caller's promise.
    unsafe { members(set) }.is_ok_and(|members| members.contains(&s))
}
