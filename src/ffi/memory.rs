//! Caller memory: the one place that decides whether a pointer is worth following.
#![allow(unsafe_code)] // Reads and writes through the caller's pointers.

use crate::error::WsaError;

/// No host maps anything below this address. Programs pass NULL, and tests of theirs pass 1 (F251, F282).
const FIRST_MAPPABLE: usize = 0x1000;

/// Whether nothing can be behind the pointer.
#[inline]
pub(crate) fn is_bad<T>(pointer: *const T) -> bool {
    (pointer as usize) < FIRST_MAPPABLE
}

/// Reads a value; WSAEFAULT where nothing can be behind the pointer.
///
/// # Safety
/// A pointer that is not [bad](is_bad) is readable for a `T`.
#[inline]
pub(crate) unsafe fn get<T: Copy>(pointer: *const T) -> Result<T, WsaError> {
    if is_bad(pointer) {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: the caller's promise; alignment is not asked of C programs.
    Ok(unsafe { pointer.read_unaligned() })
}

/// Writes a value; WSAEFAULT where nothing can be behind the pointer.
///
/// # Safety
/// A pointer that is not [bad](is_bad) is writable for a `T`.
#[inline]
pub(crate) unsafe fn put<T: Copy>(pointer: *mut T, value: T) -> Result<(), WsaError> {
    if is_bad(pointer) {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: the caller's promise; alignment is not asked of C programs.
    unsafe { pointer.write_unaligned(value) };
    Ok(())
}

/// The caller's bytes; WSAEFAULT where nothing can be behind the pointer.
///
/// # Safety
/// A pointer that is not [bad](is_bad) is readable for `len` bytes until the call returns.
#[inline]
pub(crate) unsafe fn bytes<'a>(pointer: *const u8, len: usize) -> Result<&'a [u8], WsaError> {
    if is_bad(pointer) {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(pointer, len) })
}

/// Copies bytes to the caller, who has checked the pointer and has room for them.
///
/// # Safety
/// `pointer` is writable for `from.len()` bytes.
#[inline]
pub(crate) unsafe fn copy_out(from: &[u8], pointer: *mut u8) {
    // SAFETY: the caller's promise; the caller's memory cannot overlap ours.
    unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), pointer, from.len()) };
}
