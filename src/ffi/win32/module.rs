//! GetModuleHandle: the program is the only module there is.
#![allow(unsafe_code)] // exported symbols

use std::ptr::null_mut;

use super::user::{HINSTANCE, HMODULE};
use crate::ffi::border;
use crate::windows::foundation::{ERROR_MOD_NOT_FOUND, PCSTR, PCWSTR};

/// What programs for Windows are usually loaded at. It is a name; there is nothing to read at it.
const OWN: usize = 0x40_0000;

/// The number of a module; NULL is the program.
pub(super) fn or_own(module: HINSTANCE) -> usize {
    if module.is_null() { OWN } else { module as usize }
}

/// **GetModuleHandleA** gives the program's handle for NULL.
///
/// # Errors
/// Returns NULL.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_MOD_NOT_FOUND | any name: there are no modules with names | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetModuleHandleA")]
pub unsafe extern "system" fn GetModuleHandleA(lpmodulename: PCSTR) -> HMODULE {
    border::win32(null_mut(), || handle(lpmodulename))
}

/// **GetModuleHandleW** is GetModuleHandleA for wide strings.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetModuleHandleW")]
pub unsafe extern "system" fn GetModuleHandleW(lpmodulename: PCWSTR) -> HMODULE {
    border::win32(null_mut(), || handle(lpmodulename))
}

/// GetModuleHandleW for a 32-bit `wchar_t`.
///
/// # Safety
/// None is needed.
#[doc(hidden)]
#[unsafe(export_name = "ws2_GetModuleHandleW_w32")]
pub unsafe extern "system" fn GetModuleHandleW_w32(name: *const u32) -> HMODULE {
    border::win32(null_mut(), || handle(name))
}

fn handle<U>(name: *const U) -> Result<HMODULE, u32> {
    if name.is_null() { Ok(OWN as HMODULE) } else { Err(ERROR_MOD_NOT_FOUND) }
}
