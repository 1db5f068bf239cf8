//! WSABUF arrays: captured once, before anything else looks at them.
#![allow(unsafe_code)] // Reads the caller's array.

use crate::ffi::memory::is_bad;
use crate::status::NtStatus;
use crate::sys::{Scatter, memory};
use crate::windows::types::WSABUF;

/// Captures the array, and says what is wrong with it. A count of 0 is told before a missing array (F015).
///
/// # Safety
/// `buffers` is bad or readable for `count` WSABUFs, each of which is bad or good for its length.
// Inlined: a result that comes back through memory costs more than the look at one buffer.
#[inline(always)]
pub(super) unsafe fn scatter(buffers: *const WSABUF, count: u32) -> (Scatter, Option<NtStatus>) {
    if count == 1 && !is_bad(buffers) && memory::is_readable(buffers as usize, size_of::<WSABUF>()) {
        // SAFETY: the caller's promise; alignment is not asked of C programs.
        let buffer = unsafe { buffers.read_unaligned() };
        return (Scatter::one(buffer.buf, buffer.len as usize), None);
    }
    // SAFETY: the caller's promise.
    unsafe { scatter_many(buffers, count) }
}

/// # Safety
/// As of [`scatter`].
#[cold]
unsafe fn scatter_many(buffers: *const WSABUF, count: u32) -> (Scatter, Option<NtStatus>) {
    if count == 0 {
        return (Scatter::none(), Some(NtStatus::INVALID_PARAMETER));
    }
    let size = (count as usize).saturating_mul(size_of::<WSABUF>());
    if is_bad(buffers) || !memory::is_readable(buffers as usize, size) {
        return (Scatter::none(), Some(NtStatus::ACCESS_VIOLATION));
    }
    let buffer = |i: usize| {
        // SAFETY: the caller's promise; alignment is not asked of C programs.
        let buffer = unsafe { buffers.add(i).read_unaligned() };
        (buffer.buf, buffer.len as usize)
    };
    (Scatter::many((0..count as usize).map(buffer)), None)
}
