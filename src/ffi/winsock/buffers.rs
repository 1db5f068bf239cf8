//! WSABUF arrays: captured once, before anything else looks at them.
#![allow(unsafe_code)] // Reads the caller's array.

use super::types::WSABUF;
use crate::ffi::memory::is_bad;
use crate::status::NtStatus;
use crate::sys::{Scatter, memory};

/// Captures the array, and says what is wrong with it. A count of 0 is told before a missing array (F015).
///
/// # Safety
/// `buffers` is bad or readable for `count` WSABUFs, each of which is bad or good for its length.
pub(super) unsafe fn scatter(buffers: *const WSABUF, count: u32) -> (Scatter, Option<NtStatus>) {
    let none = || Scatter::one(std::ptr::null_mut(), 0);
    if count == 0 {
        return (none(), Some(NtStatus::INVALID_PARAMETER));
    }
    let size = (count as usize).saturating_mul(size_of::<WSABUF>());
    if is_bad(buffers) || !memory::is_readable(buffers as usize, size) {
        return (none(), Some(NtStatus::ACCESS_VIOLATION));
    }
    let buffer = |i: usize| {
        // SAFETY: the caller's promise; alignment is not asked of C programs.
        let buffer = unsafe { buffers.add(i).read_unaligned() };
        (buffer.buf, buffer.len as usize)
    };
    if count == 1 {
        let (buf, len) = buffer(0);
        return (Scatter::one(buf, len), None);
    }
    (Scatter::many((0..count as usize).map(buffer)), None)
}
