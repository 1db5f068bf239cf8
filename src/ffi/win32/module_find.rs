//! GetModuleHandle, GetModuleHandleEx, GetModuleFileName: modules that are there, and where they came from.
#![allow(unsafe_code)] // exported symbols; reads the caller's names, writes its buffers

use std::ptr::null_mut;

use super::module::or_own;
use super::types::*;
use super::user::HMODULE;
use crate::ffi::border;
use crate::ffi::memory::put;
use crate::win32::wide::{self, Unit};
use crate::win32::{environment, modules};
use crate::windows::foundation::{
    BOOL, ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_PARAMETER, ERROR_MOD_NOT_FOUND, FALSE, PCSTR, PCWSTR,
    PSTR, PWSTR, TRUE,
};

/// **GetModuleHandleA** gives the handle of a module that is there, without counting a load; NULL is the program.
///
/// Names mean what they mean to LoadLibraryA. Windows' own modules are always there, and the program is known by
/// its file's name, with `.exe` or without.
///
/// # Errors
/// Returns NULL.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_MOD_NOT_FOUND | no module of this name is there | documented |
///
/// # Safety
/// - `lpmodulename` is NULL or a NUL-terminated string.
#[unsafe(export_name = "ws2_GetModuleHandleA")]
pub unsafe extern "system" fn GetModuleHandleA(lpmodulename: PCSTR) -> HMODULE {
    // SAFETY: as the caller vouches.
    border::win32(null_mut(), || unsafe { handle(lpmodulename) })
}

/// **GetModuleHandleW** is GetModuleHandleA for wide strings.
///
/// # Safety
/// - As GetModuleHandleA.
#[unsafe(export_name = "ws2_GetModuleHandleW")]
pub unsafe extern "system" fn GetModuleHandleW(lpmodulename: PCWSTR) -> HMODULE {
    // SAFETY: as the caller vouches.
    border::win32(null_mut(), || unsafe { handle(lpmodulename) })
}

/// GetModuleHandleW for a 32-bit `wchar_t`.
///
/// # Safety
/// - As GetModuleHandleA.
#[doc(hidden)]
#[unsafe(export_name = "ws2_GetModuleHandleW_w32")]
pub unsafe extern "system" fn GetModuleHandleW_w32(name: *const u32) -> HMODULE {
    // SAFETY: as the caller vouches.
    border::win32(null_mut(), || unsafe { handle(name) })
}

/// # Safety
/// `name` is NULL or NUL-terminated.
unsafe fn handle<U: Unit>(name: *const U) -> Result<HMODULE, u32> {
    // SAFETY: as the caller vouches.
    let name = unsafe { wide::text(name) };
    name.map_or(Ok(modules::PROGRAM), |name| modules::find(&name)).map(|module| module as HMODULE)
}

/// **GetModuleHandleExA** gives the handle of a module that is there and counts one more load of it.
///
/// GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS takes the name for an address in the module,
/// GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT counts no load, GET_MODULE_HANDLE_EX_FLAG_PIN makes the module stay
/// whatever is freed.
///
/// # Errors
/// Returns FALSE, and `*phmodule` is NULL.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_MOD_NOT_FOUND | no module of this name, or with this address, is there | documented |
/// | ERROR_INVALID_PARAMETER | `phmodule` is NULL; another flag; PIN and UNCHANGED_REFCOUNT together | documented |
///
/// # Safety
/// - `lpmodulename` is NULL or a NUL-terminated string, or any address with FROM_ADDRESS.
/// - `phmodule` is NULL or writable.
#[unsafe(export_name = "ws2_GetModuleHandleExA")]
pub unsafe extern "system" fn GetModuleHandleExA(
    dwflags: u32,
    lpmodulename: PCSTR,
    phmodule: *mut HMODULE,
) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { handle_ex(dwflags, lpmodulename, phmodule) })
}

/// **GetModuleHandleExW** is GetModuleHandleExA for wide strings.
///
/// # Safety
/// - As GetModuleHandleExA.
#[unsafe(export_name = "ws2_GetModuleHandleExW")]
pub unsafe extern "system" fn GetModuleHandleExW(
    dwflags: u32,
    lpmodulename: PCWSTR,
    phmodule: *mut HMODULE,
) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { handle_ex(dwflags, lpmodulename, phmodule) })
}

/// GetModuleHandleExW for a 32-bit `wchar_t`.
///
/// # Safety
/// - As GetModuleHandleExA.
#[doc(hidden)]
#[unsafe(export_name = "ws2_GetModuleHandleExW_w32")]
pub unsafe extern "system" fn GetModuleHandleExW_w32(
    flags: u32,
    name: *const u32,
    module: *mut HMODULE,
) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { handle_ex(flags, name, module) })
}

/// # Safety
/// As GetModuleHandleExA.
unsafe fn handle_ex<U: Unit>(flags: u32, name: *const U, result: *mut HMODULE) -> Result<BOOL, u32> {
    const ALL: u32 = GET_MODULE_HANDLE_EX_FLAG_PIN
        | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT
        | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;
    let has = |flag: u32| flags & flag == flag;
    // SAFETY: as the caller vouches.
    unsafe { put(result, null_mut()) }.map_err(|_| ERROR_INVALID_PARAMETER)?;
    if flags & !ALL != 0 || has(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT)
    {
        return Err(ERROR_INVALID_PARAMETER);
    }
    let module = match has(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS) && !name.is_null() {
        true => modules::at(name as usize)? as HMODULE,
        // SAFETY: as the caller vouches.
        false => unsafe { handle(name) }?,
    };
    if !has(GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT) {
        modules::keep(module as usize, has(GET_MODULE_HANDLE_EX_FLAG_PIN));
    }
    // SAFETY: as the caller vouches.
    unsafe { put(result, module) }.map_err(|_| ERROR_INVALID_PARAMETER)?;
    Ok(TRUE)
}

/// **GetModuleFileNameA** writes the path of a module's file and gives its length without the terminator; NULL is
/// the program.
///
/// It is a path of the host, with slashes. Windows' own modules have the one that they have there, below
/// `%SystemRoot%`. A path that does not fit is cut, with a terminator, and `nsize` is given back.
///
/// # Errors
/// Returns 0, or `nsize` for a path that was cut.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INSUFFICIENT_BUFFER | the path and its terminator do not fit | documented |
/// | ERROR_MOD_NOT_FOUND | not a module's handle | decided |
/// | ERROR_INVALID_PARAMETER | the buffer is NULL, and `nsize` is not 0 | decided |
///
/// # Safety
/// - `lpfilename` is NULL or writable for `nsize` characters.
#[unsafe(export_name = "ws2_GetModuleFileNameA")]
pub unsafe extern "system" fn GetModuleFileNameA(hmodule: HMODULE, lpfilename: PSTR, nsize: u32) -> u32 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { file_name(hmodule, lpfilename, nsize) })
}

/// **GetModuleFileNameW** is GetModuleFileNameA for wide strings.
///
/// # Safety
/// - As GetModuleFileNameA.
#[unsafe(export_name = "ws2_GetModuleFileNameW")]
pub unsafe extern "system" fn GetModuleFileNameW(hmodule: HMODULE, lpfilename: PWSTR, nsize: u32) -> u32 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { file_name(hmodule, lpfilename, nsize) })
}

/// GetModuleFileNameW for a 32-bit `wchar_t`.
///
/// # Safety
/// - As GetModuleFileNameA.
#[doc(hidden)]
#[unsafe(export_name = "ws2_GetModuleFileNameW_w32")]
pub unsafe extern "system" fn GetModuleFileNameW_w32(module: HMODULE, buffer: *mut u32, size: u32) -> u32 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { file_name(module, buffer, size) })
}

/// # Safety
/// `buffer` is NULL or writable for `size` units.
unsafe fn file_name<U: Unit>(module: HMODULE, buffer: *mut U, size: u32) -> Result<u32, u32> {
    let path = modules::file(or_own(module), &environment::system_folder()).ok_or(ERROR_MOD_NOT_FOUND)?;
    let Some(most) = (size as usize).checked_sub(1) else { return Err(ERROR_INSUFFICIENT_BUFFER) };
    if buffer.is_null() {
        return Err(ERROR_INVALID_PARAMETER);
    }
    let mut units = U::encode(&path);
    let length = units.len();
    units.truncate(most);
    // SAFETY: as the caller vouches.
    unsafe { wide::store(&units, buffer, size as usize) };
    if length > most {
        border::set_last_error(ERROR_INSUFFICIENT_BUFFER);
        return Ok(size);
    }
    Ok(length as u32)
}
