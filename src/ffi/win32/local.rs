//! Fixed local and global memory: LocalAlloc, GlobalAlloc and their kin. Moveable memory is refused.
#![allow(unsafe_code)] // exported symbols; the caller's blocks

use core::ffi::c_void;
use std::ptr;

use super::types::*;
use crate::ffi::border;
use crate::win32::memory;
use crate::windows::foundation::{ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY};

/// LMEM_MODIFY and GMEM_MODIFY: change the attributes, not the size.
const MODIFY: u32 = 0x80;

fn allocate(flags: u32, bytes: usize) -> *mut c_void {
    border::win32(ptr::null_mut(), || {
        if flags & LMEM_MOVEABLE != 0 {
            return Err(ERROR_INVALID_PARAMETER);
        }
        filled(memory::allocate(bytes, flags & LMEM_ZEROINIT != 0))
    })
}

/// # Safety
/// `block` is NULL or a block from `allocate`.
unsafe fn resize(block: *mut c_void, bytes: usize, flags: u32) -> *mut c_void {
    border::win32(ptr::null_mut(), || {
        if block.is_null() {
            return Err(ERROR_INVALID_HANDLE);
        }
        if flags & MODIFY != 0 {
            return Err(ERROR_INVALID_PARAMETER);
        }
        // For a fixed block LMEM_MOVEABLE says that it may come to lie elsewhere.
        let may_move = flags & LMEM_MOVEABLE != 0;
        // SAFETY: a block, as the caller vouches.
        filled(unsafe { memory::resize(block, bytes, flags & LMEM_ZEROINIT != 0, may_move) })
    })
}

fn filled(block: *mut c_void) -> Result<*mut c_void, u32> {
    if block.is_null() { Err(ERROR_NOT_ENOUGH_MEMORY) } else { Ok(block) }
}

/// # Safety
/// `block` is NULL or a block from `allocate`.
unsafe fn size(block: *mut c_void) -> usize {
    border::win32(0, || {
        if block.is_null() {
            return Err(ERROR_INVALID_HANDLE);
        }
        // SAFETY: a block, as the caller vouches.
        Ok(unsafe { memory::size(block) })
    })
}

/// **LocalAlloc** gives a fixed block of `ubytes` bytes, zero with LMEM_ZEROINIT or LPTR.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | LMEM_MOVEABLE | decided |
/// | ERROR_NOT_ENOUGH_MEMORY | there is none | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_LocalAlloc")]
pub unsafe extern "system" fn LocalAlloc(uflags: LOCAL_ALLOC_FLAGS, ubytes: usize) -> HLOCAL {
    allocate(uflags, ubytes)
}

/// **LocalReAlloc** gives a block another size; only with LMEM_MOVEABLE may it come to lie elsewhere.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | NULL | documented |
/// | ERROR_INVALID_PARAMETER | LMEM_MODIFY | decided |
/// | ERROR_NOT_ENOUGH_MEMORY | there is none, or the block would have to move | documented |
///
/// # Safety
/// - `hmem` is NULL or a block from LocalAlloc.
#[unsafe(export_name = "ws2_LocalReAlloc")]
pub unsafe extern "system" fn LocalReAlloc(hmem: HLOCAL, ubytes: usize, uflags: u32) -> HLOCAL {
    // SAFETY: as the caller vouches.
    unsafe { resize(hmem, ubytes, uflags) }
}

/// **LocalFree** frees a block and gives NULL. It also frees what FormatMessage allocated.
///
/// # Safety
/// - `hmem` is NULL or a block from LocalAlloc, which no one uses any more.
#[unsafe(export_name = "ws2_LocalFree")]
pub unsafe extern "system" fn LocalFree(hmem: HLOCAL) -> HLOCAL {
    // SAFETY: as the caller vouches.
    unsafe { memory::free(hmem) };
    ptr::null_mut()
}

/// **LocalSize** gives a block's size in bytes; 0 if there is none.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | NULL | documented |
///
/// # Safety
/// - `hmem` is NULL or a block from LocalAlloc.
#[unsafe(export_name = "ws2_LocalSize")]
pub unsafe extern "system" fn LocalSize(hmem: HLOCAL) -> usize {
    // SAFETY: as the caller vouches.
    unsafe { size(hmem) }
}

/// **GlobalAlloc** is LocalAlloc under its other name.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | GMEM_MOVEABLE | decided |
/// | ERROR_NOT_ENOUGH_MEMORY | there is none | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GlobalAlloc")]
pub unsafe extern "system" fn GlobalAlloc(uflags: GLOBAL_ALLOC_FLAGS, dwbytes: usize) -> HGLOBAL {
    allocate(uflags, dwbytes)
}

/// **GlobalReAlloc** is LocalReAlloc under its other name.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | NULL | documented |
/// | ERROR_INVALID_PARAMETER | GMEM_MODIFY | decided |
/// | ERROR_NOT_ENOUGH_MEMORY | there is none, or the block would have to move | documented |
///
/// # Safety
/// - `hmem` is NULL or a block from GlobalAlloc.
#[unsafe(export_name = "ws2_GlobalReAlloc")]
pub unsafe extern "system" fn GlobalReAlloc(hmem: HGLOBAL, dwbytes: usize, uflags: u32) -> HGLOBAL {
    // SAFETY: as the caller vouches.
    unsafe { resize(hmem, dwbytes, uflags) }
}

/// **GlobalFree** is LocalFree under its other name.
///
/// # Safety
/// - `hmem` is NULL or a block from GlobalAlloc, which no one uses any more.
#[unsafe(export_name = "ws2_GlobalFree")]
pub unsafe extern "system" fn GlobalFree(hmem: HGLOBAL) -> HGLOBAL {
    // SAFETY: as the caller vouches.
    unsafe { LocalFree(hmem) }
}

/// **GlobalSize** is LocalSize under its other name.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | NULL | documented |
///
/// # Safety
/// - `hmem` is NULL or a block from GlobalAlloc.
#[unsafe(export_name = "ws2_GlobalSize")]
pub unsafe extern "system" fn GlobalSize(hmem: HGLOBAL) -> usize {
    // SAFETY: as the caller vouches.
    unsafe { size(hmem) }
}
