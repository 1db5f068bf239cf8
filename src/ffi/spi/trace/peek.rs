//! Looks at the caller's memory for the trace: what cannot be read is None, and nothing is ever written.
#![allow(unsafe_code)] // Reads through the caller's pointers.

use crate::sys::memory;

/// A value, wherever it lies.
pub(super) fn value<T: Copy>(pointer: *const T) -> Option<T> {
    if !memory::is_still_readable(pointer as usize, size_of::<T>()) {
        return None;
    }
    // SAFETY: found to be readable just now; alignment is not asked of C programs.
    Some(unsafe { pointer.read_unaligned() })
}

/// Some bytes.
pub(super) fn bytes(pointer: *const u8, len: usize) -> Option<Vec<u8>> {
    if !memory::is_still_readable(pointer as usize, len) {
        return None;
    }
    let mut copy = vec![0; len];
    // SAFETY: found to be readable just now; the copy has room for them.
    unsafe { std::ptr::copy_nonoverlapping(pointer, copy.as_mut_ptr(), len) };
    Some(copy)
}

/// The values of an array, as far as it is of interest.
pub(super) fn array<T: Copy>(pointer: *const T, count: usize) -> Option<Vec<T>> {
    (0..count).map(|place| value(pointer.wrapping_add(place))).collect()
}
