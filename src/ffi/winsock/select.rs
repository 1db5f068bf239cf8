//! select and the function behind FD_ISSET, as they are exported.
#![allow(unsafe_code)] // The C border.

use super::consts::SOCKET_ERROR;
use super::types::{FD_SET, SOCKET, TIMEVAL};
use crate::ffi::border::{quiet, routed};
use crate::ffi::provider;
use crate::ffi::spi::doors;

/// **select** waits until sockets are readable, writable or exceptional.
///
/// Each set is NULL or a count and that many sockets; any count works, and only that many entries are
/// touched. `nfds` is ignored. `timeout` is NULL for ever, or seconds and microseconds; it is not written.
/// Returns how many memberships the answered sets have; 0 when the time is up.
///
/// # Errors
/// The sets stay as they are (F192), but for the last row.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEINVAL | no set has a socket; a negative timeout | F190 |
/// | WSAENOTSOCK | a set has something that is no socket | F191, F192 |
/// | WSAEFAULT | a set or `timeout` is no pointer | documented |
/// | WSAENOTSOCK | a socket that is not in the read set is closed during the call: it is taken out | F193 |
///
/// # Safety
/// - Each set is NULL, or a count followed by that many sockets, to read and write.
/// - `timeout` is NULL or readable.
pub unsafe extern "system" fn select(
    nfds: i32,
    readfds: *mut FD_SET,
    writefds: *mut FD_SET,
    exceptfds: *mut FD_SET,
    timeout: *const TIMEVAL,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe {
            doors::select(nfds, [readfds, writefds, exceptfds], provider::select::windows_time(timeout)?)
        },
        // SAFETY: the caller's promise.
        || unsafe {
            provider::select::select([readfds, writefds, exceptfds], provider::select::windows_time(timeout)?)
        },
    )
}

/// select for C programs, whose timeval is the host's.
///
/// # Safety
/// - Those of [`select`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_select")]
pub unsafe extern "system" fn select_c(
    nfds: i32,
    readfds: *mut FD_SET,
    writefds: *mut FD_SET,
    exceptfds: *mut FD_SET,
    timeout: *const libc::timeval,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe {
            doors::select(nfds, [readfds, writefds, exceptfds], provider::select::host_time(timeout)?)
        },
        // SAFETY: the caller's promise.
        || unsafe {
            provider::select::select([readfds, writefds, exceptfds], provider::select::host_time(timeout)?)
        },
    )
}

/// **__WSAFDIsSet** says whether a socket is a member of a set: what FD_ISSET calls.
///
/// # Safety
/// - `set` is NULL, or a count followed by that many sockets.
#[unsafe(export_name = "ws2___WSAFDIsSet")]
pub unsafe extern "system" fn __WSAFDIsSet(fd: SOCKET, set: *mut FD_SET) -> i32 {
    // SAFETY: the caller's promise.
    quiet(0, || unsafe { provider::select::has_member(set, fd) } as i32)
}
