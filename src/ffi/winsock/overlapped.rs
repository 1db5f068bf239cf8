//! WSAGetOverlappedResult, as it is exported.
#![allow(unsafe_code)] // Reads and writes the caller's OVERLAPPEDs, and calls the caller's routines.

use std::cell::Cell;

use super::types::*;
use crate::ffi::border;
use crate::ffi::memory::is_readable;
use crate::ffi::provider;
use crate::ffi::spi::doors;
use crate::windows::foundation::{BOOL, FALSE, TRUE};

/// **WSAGetOverlappedResult** tells how an overlapped operation on a socket ended.
///
/// `*lpcbtransfer` gets the number of bytes, also of an operation that failed (F114); `*lpdwflags`, which may
/// be NULL (F116), the flags of one that succeeded. With `fwait` the call waits for the event in the
/// OVERLAPPED, or for the socket's own handle if there is none; it is not alertable (F075), and takes the
/// event's word for the end (F112). A success sets the last error to the Win32 code of the status, which is
/// 0 for all but odd ones (F105).
///
/// # Errors
/// Returns FALSE.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | F019 |
/// | WSAEFAULT | `lpoverlapped` or `lpcbtransfer` is no pointer | documented |
/// | WSA_IO_INCOMPLETE | it has not ended, and `fwait` is FALSE | F104 |
/// | WSA_INVALID_HANDLE | it has not ended, and hEvent is no open event | documented |
/// | WSA_OPERATION_ABORTED | it was cancelled; closesocket ended it, but on a connection | F109, F119 |
/// | WSAECONNABORTED | closesocket ended it, on a connection | F109, F118 |
/// | WSAECONNRESET | the connection was reset; a datagram socket's earlier send reached nobody | F109, F162 |
/// | WSAEMSGSIZE | a message was longer than the buffers, which are full | F106, F114 |
///
/// and the Winsock code of any other status (F106–F111).
///
/// # Safety
/// - `lpoverlapped` is NULL or the OVERLAPPED of an operation; `lpcbtransfer` and `lpdwflags` are NULL or a
///   writable DWORD each.
#[unsafe(export_name = "ws2_WSAGetOverlappedResult")]
pub unsafe extern "system" fn WSAGetOverlappedResult(
    s: SOCKET,
    lpoverlapped: *const OVERLAPPED,
    lpcbtransfer: *mut u32,
    fwait: BOOL,
    lpdwflags: *mut u32,
) -> BOOL {
    let last_error = Cell::new(0);
    let answer = border::routed(
        FALSE,
        || {
            // SAFETY: the caller's promise.
            let answer =
                unsafe { doors::WSAGetOverlappedResult(s, lpoverlapped, lpcbtransfer, fwait, lpdwflags) }?;
            if is_readable(lpoverlapped) {
                // SAFETY: the caller's promise.
                last_error.set(unsafe { provider::overlapped::read_status(lpoverlapped) }.win32());
            }
            Ok(answer)
        },
        || {
            // SAFETY: the caller's promise.
            let status = unsafe {
                provider::overlapped::get_overlapped_result(s, lpoverlapped, lpcbtransfer, fwait, lpdwflags)
            }?;
            last_error.set(status.win32());
            Ok(TRUE)
        },
    );
    if answer == TRUE {
        border::set_last_error(last_error.get());
    }
    answer
}
