//! The process heap: GetProcessHeap, HeapAlloc, HeapReAlloc, HeapFree, HeapSize.
#![allow(unsafe_code)] // exported symbols; the caller's blocks

use core::ffi::c_void;
use std::ptr;

use super::types::*;
use crate::ffi::border;
use crate::win32::memory;
use crate::windows::foundation::{BOOL, ERROR_INVALID_HANDLE, FALSE, HANDLE, TRUE};

/// The process heap's handle is the address of this byte.
static PROCESS_HEAP: u8 = 0;

/// **GetProcessHeap** gives the handle of the one heap there is.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetProcessHeap")]
pub unsafe extern "system" fn GetProcessHeap() -> HANDLE {
    (&raw const PROCESS_HEAP).cast_mut().cast()
}

fn is_heap(handle: HANDLE) -> bool {
    ptr::eq(handle.cast(), &raw const PROCESS_HEAP)
}

/// A null block ends the process if the program asked for an exception: there is no one to catch it.
fn checked(block: *mut c_void, flags: HEAP_FLAGS) -> *mut c_void {
    if block.is_null() && flags & HEAP_GENERATE_EXCEPTIONS != 0 {
        std::process::abort();
    }
    block
}

/// **HeapAlloc** gives a block of `dwbytes` bytes, aligned to 16, zero with HEAP_ZERO_MEMORY; or NULL.
///
/// It leaves the last error alone either way, as Windows does.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_HeapAlloc")]
pub unsafe extern "system" fn HeapAlloc(hheap: HANDLE, dwflags: HEAP_FLAGS, dwbytes: usize) -> *mut c_void {
    if !is_heap(hheap) {
        return ptr::null_mut();
    }
    checked(memory::allocate(dwbytes, dwflags & HEAP_ZERO_MEMORY != 0), dwflags)
}

/// **HeapReAlloc** gives a block another size, perhaps elsewhere; NULL leaves it as it was.
///
/// HEAP_ZERO_MEMORY is about the new bytes; with HEAP_REALLOC_IN_PLACE_ONLY it can only shrink.
///
/// # Safety
/// - `lpmem` is NULL or a block of the heap.
#[unsafe(export_name = "ws2_HeapReAlloc")]
pub unsafe extern "system" fn HeapReAlloc(
    hheap: HANDLE,
    dwflags: HEAP_FLAGS,
    lpmem: *const c_void,
    dwbytes: usize,
) -> *mut c_void {
    if !is_heap(hheap) || lpmem.is_null() {
        return ptr::null_mut();
    }
    let may_move = dwflags & HEAP_REALLOC_IN_PLACE_ONLY == 0;
    // SAFETY: a block, as the caller vouches.
    let block =
        unsafe { memory::resize(lpmem.cast_mut(), dwbytes, dwflags & HEAP_ZERO_MEMORY != 0, may_move) };
    checked(block, dwflags)
}

/// **HeapFree** frees a block; NULL is nothing.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | not the process heap | decided |
///
/// # Safety
/// - `lpmem` is NULL or a block of the heap, which no one uses any more.
#[unsafe(export_name = "ws2_HeapFree")]
pub unsafe extern "system" fn HeapFree(hheap: HANDLE, _dwflags: HEAP_FLAGS, lpmem: *const c_void) -> BOOL {
    border::win32(FALSE, || {
        if !is_heap(hheap) {
            return Err(ERROR_INVALID_HANDLE);
        }
        // SAFETY: as the caller vouches.
        unsafe { memory::free(lpmem.cast_mut()) };
        Ok(TRUE)
    })
}

/// **HeapSize** gives a block's size in bytes, exactly as it was asked for; (SIZE_T)-1 if there is none.
///
/// # Safety
/// - `lpmem` is NULL or a block of the heap.
#[unsafe(export_name = "ws2_HeapSize")]
pub unsafe extern "system" fn HeapSize(hheap: HANDLE, _dwflags: HEAP_FLAGS, lpmem: *const c_void) -> usize {
    if !is_heap(hheap) || lpmem.is_null() {
        return usize::MAX;
    }
    // SAFETY: a block, as the caller vouches.
    unsafe { memory::size(lpmem) }
}
