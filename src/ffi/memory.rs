//! Caller memory: the one place that decides whether a pointer is worth following.
#![allow(unsafe_code)] // Reads and writes through the caller's pointers.

use crate::error::WsaError;
use crate::sys::memory;

/// Whether nothing can be behind the pointer.
#[inline]
pub(crate) fn is_bad<T>(pointer: *const T) -> bool {
    memory::is_unmappable(pointer as usize)
}

/// Whether a `T` of the caller's can be written.
#[inline]
pub(crate) fn is_writable<T>(pointer: *const T) -> bool {
    memory::is_writable(pointer as usize, size_of::<T>())
}

/// Whether `len` bytes can be written, and there is a pointer even if they are none.
#[inline]
pub(crate) fn has_room<T>(pointer: *const T, len: usize) -> bool {
    !is_bad(pointer) && memory::is_writable(pointer as usize, len)
}

/// Whether a `T` of the caller's can be read.
#[inline]
pub(crate) fn is_readable<T>(pointer: *const T) -> bool {
    memory::is_readable(pointer as usize, size_of::<T>())
}

/// Reads a value; WSAEFAULT where the pointer is no good.
///
/// # Safety
/// A pointer that is not [bad](is_bad) is readable for a `T`.
#[inline]
pub(crate) unsafe fn get<T: Copy>(pointer: *const T) -> Result<T, WsaError> {
    if !memory::is_readable(pointer as usize, size_of::<T>()) {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: the caller's promise; alignment is not asked of C programs.
    Ok(unsafe { pointer.read_unaligned() })
}

/// Writes a value; WSAEFAULT where the pointer is no good.
///
/// # Safety
/// A pointer that is not [bad](is_bad) is writable for a `T`.
#[inline]
pub(crate) unsafe fn put<T: Copy>(pointer: *mut T, value: T) -> Result<(), WsaError> {
    if !is_writable(pointer) {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: the caller's promise; alignment is not asked of C programs.
    unsafe { pointer.write_unaligned(value) };
    Ok(())
}

/// The caller's bytes; WSAEFAULT where the pointer is no good.
///
/// # Safety
/// A pointer that is not [bad](is_bad) is readable for `len` bytes until the call returns.
#[inline]
pub(crate) unsafe fn bytes<'a>(pointer: *const u8, len: usize) -> Result<&'a [u8], WsaError> {
    if is_bad(pointer) || !memory::is_readable(pointer as usize, len) {
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
