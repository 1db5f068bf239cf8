//! GetLastError, SetLastError.
#![allow(unsafe_code)] // exported symbols

use crate::ffi::border;
use crate::windows::foundation::WIN32_ERROR;

/// **GetLastError** gives the calling thread's last error, which is also what WSAGetLastError gives (G206).
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetLastError")]
pub unsafe extern "system" fn GetLastError() -> WIN32_ERROR {
    border::last_error()
}

/// **SetLastError** sets the calling thread's last error, as every call does that fails.
///
/// # Platform notes
/// Rust's `io::Error::last_os_error` reads errno here. So errno is set, too: codes to which Rust gives an
/// [`io::ErrorKind`](std::io::ErrorKind) on Windows (WSAEWOULDBLOCK, WSAECONNRESET, …) leave the errno of the same
/// kind, others their own number (WSA_IO_PENDING: 997). 0 leaves errno as it is.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_SetLastError")]
pub unsafe extern "system" fn SetLastError(dwerrcode: WIN32_ERROR) {
    border::set_last_error(dwerrcode);
}
