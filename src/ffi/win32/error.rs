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

/// **SetLastError** sets the calling thread's last error.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_SetLastError")]
pub unsafe extern "system" fn SetLastError(dwerrcode: WIN32_ERROR) {
    border::set_last_error(dwerrcode);
}
