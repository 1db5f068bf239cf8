//! OutputDebugString, IsDebuggerPresent.
#![allow(unsafe_code)] // exported symbols; reads the caller's strings

use std::io::Write;
use std::sync::OnceLock;

use crate::ffi::border;
use crate::win32::host;
use crate::win32::wide::{self, Unit};
use crate::windows::foundation::{BOOL, PCSTR, PCWSTR};

/// The environment variable that lets debug output through to standard error.
const VARIABLE: &str = "OPENWS2_DEBUG_OUTPUT";

/// **OutputDebugStringA** hands a line to the debugger: standard error, if OPENWS2_DEBUG_OUTPUT is set when
/// the first one comes, else nowhere.
///
/// # Safety
/// - `lpoutputstring` is NULL or a NUL-terminated string.
#[unsafe(export_name = "ws2_OutputDebugStringA")]
pub unsafe extern "system" fn OutputDebugStringA(lpoutputstring: PCSTR) {
    // SAFETY: as the caller vouches.
    unsafe { output(lpoutputstring) };
}

/// **OutputDebugStringW** is OutputDebugStringA for wide strings.
///
/// # Safety
/// - `lpoutputstring` is NULL or a NUL-terminated string.
#[unsafe(export_name = "ws2_OutputDebugStringW")]
pub unsafe extern "system" fn OutputDebugStringW(lpoutputstring: PCWSTR) {
    // SAFETY: as the caller vouches.
    unsafe { output(lpoutputstring) };
}

/// OutputDebugStringW for a 32-bit `wchar_t`.
///
/// # Safety
/// - `string` is NULL or a NUL-terminated string.
#[doc(hidden)]
#[unsafe(export_name = "ws2_OutputDebugStringW_w32")]
pub unsafe extern "system" fn OutputDebugStringW_w32(string: *const u32) {
    // SAFETY: as the caller vouches.
    unsafe { output(string) };
}

/// # Safety
/// `string` is NULL or a NUL-terminated string.
unsafe fn output<U: Unit>(string: *const U) {
    static WANTED: OnceLock<bool> = OnceLock::new();
    border::quiet((), || {
        if *WANTED.get_or_init(|| std::env::var_os(VARIABLE).is_some()) {
            // SAFETY: as the caller vouches.
            let text = unsafe { wide::text(string) }.unwrap_or_default();
            // No one learns of a debug output that fails, as on Windows.
            drop(std::io::stderr().write_all(text.as_bytes()));
        }
    });
}

/// **IsDebuggerPresent** says whether a debugger traces the process.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_IsDebuggerPresent")]
pub unsafe extern "system" fn IsDebuggerPresent() -> BOOL {
    border::quiet(0, || host::is_traced().into())
}
