//! Environment variables: GetEnvironmentVariable, SetEnvironmentVariable, ExpandEnvironmentStrings.
#![allow(unsafe_code)] // exported symbols; reads the caller's strings, writes its buffers

use crate::ffi::border;
use crate::win32::environment::{self, Change};
use crate::win32::wide::{self, Unit};
use crate::windows::foundation::{
    BOOL, ERROR_ENVVAR_NOT_FOUND, ERROR_INVALID_PARAMETER, FALSE, PCSTR, PCWSTR, PSTR, PWSTR, TRUE,
};

/// **GetEnvironmentVariableA** writes the value of a variable, whose name is known in any case, and gives the
/// value's length without the terminator; 0 with the last error left alone is an empty value.
///
/// For a buffer that is too small nothing is written, and the room that value and terminator need is given back.
/// `SystemRoot` and `windir`, which every process on Windows has, are `C:\Windows` unless they are set.
///
/// # Errors
/// Returns 0.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_ENVVAR_NOT_FOUND | there is no such variable, or the name is NULL | documented; NULL: decided |
///
/// # Safety
/// - `lpname` is NULL or a NUL-terminated string; `lpbuffer` is NULL or writable for `nsize` characters.
/// - No other thread calls the host's `setenv` or `putenv` meanwhile.
#[unsafe(export_name = "ws2_GetEnvironmentVariableA")]
pub unsafe extern "system" fn GetEnvironmentVariableA(lpname: PCSTR, lpbuffer: PSTR, nsize: u32) -> u32 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { get(lpname, lpbuffer, nsize) })
}

/// **GetEnvironmentVariableW** is GetEnvironmentVariableA for wide strings.
///
/// # Safety
/// - As GetEnvironmentVariableA.
#[unsafe(export_name = "ws2_GetEnvironmentVariableW")]
pub unsafe extern "system" fn GetEnvironmentVariableW(lpname: PCWSTR, lpbuffer: PWSTR, nsize: u32) -> u32 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { get(lpname, lpbuffer, nsize) })
}

/// GetEnvironmentVariableW for a 32-bit `wchar_t`.
///
/// # Safety
/// - As GetEnvironmentVariableA.
#[doc(hidden)]
#[unsafe(export_name = "ws2_GetEnvironmentVariableW_w32")]
pub unsafe extern "system" fn GetEnvironmentVariableW_w32(
    name: *const u32,
    buffer: *mut u32,
    size: u32,
) -> u32 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { get(name, buffer, size) })
}

/// # Safety
/// As GetEnvironmentVariableA.
unsafe fn get<U: Unit>(name: *const U, buffer: *mut U, size: u32) -> Result<u32, u32> {
    // SAFETY: as the caller vouches.
    let name = unsafe { wide::text(name) };
    let value = name.and_then(|name| environment::get(&name)).ok_or(ERROR_ENVVAR_NOT_FOUND)?;
    // SAFETY: as the caller vouches.
    let (needed, fits) = unsafe { hand_out(&value, buffer, size) };
    Ok(if fits { needed - 1 } else { needed })
}

/// The room that a text needs with its terminator, and whether it was written.
///
/// # Safety
/// `buffer` is NULL or writable for `size` units.
unsafe fn hand_out<U: Unit>(text: &str, buffer: *mut U, size: u32) -> (u32, bool) {
    let units = U::encode(text);
    let needed = u32::try_from(units.len() + 1).unwrap_or(u32::MAX);
    // SAFETY: as the caller vouches.
    (needed, !buffer.is_null() && unsafe { wide::store(&units, buffer, size as usize) })
}

/// **SetEnvironmentVariableA** sets a variable of this process and of the children that it starts from now on;
/// NULL removes it. A variable that is known in another case is that one.
///
/// The host's environment is not made for threads. Calls of this library exclude each other, but not those that
/// the program makes itself to `getenv`, `setenv` and what they are used by.
///
/// # Errors
/// Returns FALSE.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | the name is NULL, is empty or has an equals sign in it | documented: the sign |
/// | ERROR_ENVVAR_NOT_FOUND | there is no variable to remove | decided |
///
/// # Safety
/// - `lpname` and `lpvalue` are NULL or NUL-terminated strings.
/// - No other thread uses the host's own functions for the environment meanwhile.
#[unsafe(export_name = "ws2_SetEnvironmentVariableA")]
pub unsafe extern "system" fn SetEnvironmentVariableA(lpname: PCSTR, lpvalue: PCSTR) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { set(lpname, lpvalue) })
}

/// **SetEnvironmentVariableW** is SetEnvironmentVariableA for wide strings.
///
/// # Safety
/// - As SetEnvironmentVariableA.
#[unsafe(export_name = "ws2_SetEnvironmentVariableW")]
pub unsafe extern "system" fn SetEnvironmentVariableW(lpname: PCWSTR, lpvalue: PCWSTR) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { set(lpname, lpvalue) })
}

/// SetEnvironmentVariableW for a 32-bit `wchar_t`.
///
/// # Safety
/// - As SetEnvironmentVariableA.
#[doc(hidden)]
#[unsafe(export_name = "ws2_SetEnvironmentVariableW_w32")]
pub unsafe extern "system" fn SetEnvironmentVariableW_w32(name: *const u32, value: *const u32) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { set(name, value) })
}

/// # Safety
/// As SetEnvironmentVariableA.
unsafe fn set<U: Unit>(name: *const U, value: *const U) -> Result<BOOL, u32> {
    // SAFETY: as the caller vouches.
    let (name, value) = unsafe { (wide::text(name), wide::text(value)) };
    match environment::set(name.as_deref().unwrap_or_default(), value.as_deref()) {
        Change::Done => Ok(TRUE),
        Change::Absent => Err(ERROR_ENVVAR_NOT_FOUND),
        Change::BadName => Err(ERROR_INVALID_PARAMETER),
    }
}

/// **ExpandEnvironmentStringsA** writes a text in which `%NAME%` has given way to the value of the variable, and
/// gives the room that it needs with its terminator. A name that is no variable stays with its percent signs.
///
/// For a buffer that is too small nothing is written, and the same room is given back. `SystemRoot` and `windir`
/// are `C:\Windows` unless they are set.
///
/// # Errors
/// Returns 0.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | the text is NULL | decided |
///
/// # Safety
/// - `lpsrc` is NULL or a NUL-terminated string; `lpdst` is NULL or writable for `nsize` characters.
/// - No other thread calls the host's `setenv` or `putenv` meanwhile.
#[unsafe(export_name = "ws2_ExpandEnvironmentStringsA")]
pub unsafe extern "system" fn ExpandEnvironmentStringsA(lpsrc: PCSTR, lpdst: PSTR, nsize: u32) -> u32 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { expand(lpsrc, lpdst, nsize) })
}

/// **ExpandEnvironmentStringsW** is ExpandEnvironmentStringsA for wide strings.
///
/// # Safety
/// - As ExpandEnvironmentStringsA.
#[unsafe(export_name = "ws2_ExpandEnvironmentStringsW")]
pub unsafe extern "system" fn ExpandEnvironmentStringsW(lpsrc: PCWSTR, lpdst: PWSTR, nsize: u32) -> u32 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { expand(lpsrc, lpdst, nsize) })
}

/// ExpandEnvironmentStringsW for a 32-bit `wchar_t`.
///
/// # Safety
/// - As ExpandEnvironmentStringsA.
#[doc(hidden)]
#[unsafe(export_name = "ws2_ExpandEnvironmentStringsW_w32")]
pub unsafe extern "system" fn ExpandEnvironmentStringsW_w32(
    text: *const u32,
    buffer: *mut u32,
    size: u32,
) -> u32 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { expand(text, buffer, size) })
}

/// # Safety
/// As ExpandEnvironmentStringsA.
unsafe fn expand<U: Unit>(text: *const U, buffer: *mut U, size: u32) -> Result<u32, u32> {
    // SAFETY: as the caller vouches.
    let text = unsafe { wide::text(text) }.ok_or(ERROR_INVALID_PARAMETER)?;
    // SAFETY: as the caller vouches.
    Ok(unsafe { hand_out(&environment::expand(&text), buffer, size) }.0)
}
