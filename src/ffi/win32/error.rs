//! GetLastError, SetLastError, CloseHandle.
#![allow(unsafe_code)] // exported symbols

use crate::ffi::border;
use crate::socket::lifecycle;
use crate::win32::object;
use crate::windows::foundation::{BOOL, ERROR_INVALID_HANDLE, FALSE, HANDLE, TRUE, WIN32_ERROR};

/// **GetLastError** gives the calling thread's last error, which is also what WSAGetLastError gives (G206).
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetLastError")]
pub unsafe extern "system" fn GetLastError() -> WIN32_ERROR {
    border::last_error()
}

/// **SetLastError** sets the calling thread's last error.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_SetLastError")]
pub unsafe extern "system" fn SetLastError(dwerrcode: WIN32_ERROR) {
    border::set_last_error(dwerrcode);
}

/// **CloseHandle** closes a handle of an object or a socket; the object lives on while others use it.
///
/// The pseudo handles of the current process and thread may be closed to no effect.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | the handle is not open | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_CloseHandle")]
pub unsafe extern "system" fn CloseHandle(hobject: HANDLE) -> BOOL {
    border::win32(FALSE, || match object::kind_of(hobject as usize) {
        object::Kind::Pseudo => Ok(TRUE),
        object::Kind::Socket => close_socket(hobject as usize).map(|()| TRUE),
        object::Kind::Object => object::close(hobject as usize).map(|()| TRUE).ok_or(ERROR_INVALID_HANDLE),
    })
}

/// Values below the handle table's are sockets; closing one needs no startup.
fn close_socket(value: usize) -> Result<(), u32> {
    lifecycle::close(value).map_err(|_| ERROR_INVALID_HANDLE)
}
