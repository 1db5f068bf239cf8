//! TlsAlloc, TlsFree, TlsGetValue, TlsSetValue.
#![allow(unsafe_code)] // exported symbols

use core::ffi::c_void;

use super::types::TLS_OUT_OF_INDEXES;
use crate::ffi::border;
use crate::win32::slots;
use crate::windows::foundation::{BOOL, ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY, FALSE, TRUE};

/// **TlsAlloc** gives an index whose value is NULL in every thread.
///
/// # Errors
/// Returns TLS_OUT_OF_INDEXES.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_NOT_ENOUGH_MEMORY | no index is left; the host may have fewer than Windows' 1088 | decided |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_TlsAlloc")]
pub unsafe extern "system" fn TlsAlloc() -> u32 {
    border::win32(TLS_OUT_OF_INDEXES, || slots::allocate().ok_or(ERROR_NOT_ENOUGH_MEMORY))
}

/// **TlsFree** gives an index back; the values are forgotten, not freed.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | the index is not in use | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_TlsFree")]
pub unsafe extern "system" fn TlsFree(dwtlsindex: u32) -> BOOL {
    border::win32(FALSE, || slots::free(dwtlsindex).then_some(TRUE).ok_or(ERROR_INVALID_PARAMETER))
}

/// **TlsGetValue** gives the calling thread's value, and sets the last error to 0 when it can: a value may
/// be NULL.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | no such index can exist | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_TlsGetValue")]
pub unsafe extern "system" fn TlsGetValue(dwtlsindex: u32) -> *mut c_void {
    let exists = (dwtlsindex as usize) < slots::COUNT;
    border::set_last_error(if exists { 0 } else { ERROR_INVALID_PARAMETER });
    slots::get(dwtlsindex)
}

/// **TlsSetValue** sets the calling thread's value.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | the index is not in use | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_TlsSetValue")]
pub unsafe extern "system" fn TlsSetValue(dwtlsindex: u32, lptlsvalue: *const c_void) -> BOOL {
    border::win32(FALSE, || slots::set(dwtlsindex, lptlsvalue).then_some(TRUE).ok_or(ERROR_INVALID_PARAMETER))
}
