//! What a receive asks for, whichever entry it came by, and the same with less room.
#![allow(unsafe_code)] // Reads the caller's buffer arrays and messages.

use super::super::calls::{Recv, RecvFrom, RecvMsg};
use crate::ffi::memory::{get, is_writable};
use crate::windows::consts::*;
use crate::windows::types::*;

/// What a receive asks for.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) s: SOCKET,
    /// It comes with an OVERLAPPED.
    pub(super) overlapped: bool,
    flags: u32,
    buffers: *const WSABUF,
    count: u32,
}

impl Shape {
    /// None where the flags cannot be read.
    ///
    /// # Safety
    /// The call's pointers are as WSPRecv takes them.
    pub(super) unsafe fn of_recv(call: &Recv) -> Option<Self> {
        // SAFETY: the caller's promise.
        let flags = unsafe { get(call.flags) }.ok()?;
        let Recv { s, buffers, count, .. } = *call;
        Some(Self { s, overlapped: !call.overlapped.is_null(), flags, buffers, count })
    }

    /// None where the flags cannot be read.
    ///
    /// # Safety
    /// The call's pointers are as WSPRecvFrom takes them.
    pub(super) unsafe fn of_recv_from(call: &RecvFrom) -> Option<Self> {
        // SAFETY: the caller's promise.
        let flags = unsafe { get(call.flags) }.ok()?;
        let RecvFrom { s, buffers, count, .. } = *call;
        Some(Self { s, overlapped: !call.overlapped.is_null(), flags, buffers, count })
    }

    /// None where the message cannot be read.
    ///
    /// # Safety
    /// The call's pointers are as WSARecvMsg takes them.
    pub(super) unsafe fn of_recv_msg(call: &RecvMsg) -> Option<Self> {
        // SAFETY: the caller's promise.
        let message = unsafe { get(call.message) }.ok()?;
        Some(Self {
            s: call.s,
            overlapped: !call.overlapped.is_null(),
            flags: message.dwFlags,
            buffers: message.lpBuffers,
            count: message.dwBufferCount,
        })
    }

    /// Whether it takes what comes next, and not an out-of-band byte or a mere look.
    pub(super) fn takes(&self) -> bool {
        self.flags & (MSG_PEEK | MSG_OOB) as u32 == 0
    }

    /// Whether it waits for all bytes.
    pub(super) fn waits_for_all(&self) -> bool {
        self.flags & MSG_WAITALL as u32 != 0
    }

    /// A copy of the buffers; None where they cannot be read, or are more than anybody has.
    ///
    /// # Safety
    /// The buffers are as the entry takes them.
    pub(super) unsafe fn buffers(&self) -> Option<Vec<WSABUF>> {
        const MOST: u32 = 1024;
        if self.count > MOST {
            return None;
        }
        // SAFETY: the caller's promise.
        (0..self.count as usize).map(|place| unsafe { get(self.buffers.wrapping_add(place)) }.ok()).collect()
    }
}

/// How many bytes go into the buffers.
pub(super) fn total(buffers: &[WSABUF]) -> usize {
    buffers.iter().fold(0, |sum, buffer| sum.saturating_add(buffer.len as usize))
}

/// Leaves room for so many bytes. There are as many buffers as before, so that a bad one is found.
pub(super) fn limit(buffers: &mut [WSABUF], mut room: usize) {
    for buffer in buffers {
        buffer.len = buffer.len.min(u32::try_from(room).unwrap_or(u32::MAX));
        room -= buffer.len as usize;
    }
}

/// A WSAMSG of the layer's own that stands for the caller's: with other buffers, and the caller's room for
/// the name and the control data.
pub(super) struct StandIn {
    own: *mut WSAMSG,
    callers: *mut WSAMSG,
}

// SAFETY: both are the operation's until it has ended, in whichever thread it does.
unsafe impl Send for StandIn {}

impl StandIn {
    /// None where the caller's cannot be read and written.
    ///
    /// # Safety
    /// `callers` is bad or a WSAMSG, until the operation has ended.
    pub(super) unsafe fn of(callers: *mut WSAMSG, buffers: &mut [WSABUF]) -> Option<Self> {
        // SAFETY: the caller's promise.
        let message = unsafe { get(callers) }.ok().filter(|_| is_writable(callers))?;
        let own = Box::new(WSAMSG { lpBuffers: buffers.as_mut_ptr(), ..message });
        Some(Self { own: Box::into_raw(own), callers })
    }

    /// What the provider is given. It lives until [`settle`](Self::settle).
    pub(super) fn message(&self) -> *mut WSAMSG {
        self.own
    }

    /// The same once more: one of them is to be settled.
    pub(super) fn again(&self) -> Self {
        Self { own: self.own, callers: self.callers }
    }

    /// The operation has ended, or did not begin: gives the caller what the provider has written.
    ///
    /// # Safety
    /// The provider is done with the message, and nobody settles twice.
    pub(super) unsafe fn settle(self) {
        // SAFETY: made by `of`, from a box.
        let own = unsafe { Box::from_raw(self.own) };
        // SAFETY: `of` was promised a WSAMSG until the operation has ended; alignment is not asked of C
        // programs.
        unsafe {
            (&raw mut (*self.callers).namelen).write_unaligned(own.namelen);
            (&raw mut (*self.callers).Control.len).write_unaligned(own.Control.len);
            (&raw mut (*self.callers).dwFlags).write_unaligned(own.dwFlags);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(lengths: &[u32], room: usize) -> Vec<u32> {
        let mut buffers: Vec<WSABUF> =
            lengths.iter().map(|&len| WSABUF { len, buf: std::ptr::null_mut() }).collect();
        limit(&mut buffers, room);
        assert_eq!(total(&buffers), room.min(lengths.iter().map(|len| *len as usize).sum()));
        buffers.iter().map(|buffer| buffer.len).collect()
    }

    #[test]
    fn room_is_taken_from_the_last_buffers() {
        assert_eq!(lengths(&[10, 0, 5], 12), [10, 0, 2]);
        assert_eq!(lengths(&[10, 5], 3), [3, 0]);
        assert_eq!(lengths(&[10, 5], 15), [10, 5]);
        assert_eq!(lengths(&[u32::MAX, u32::MAX], 1 << 32), [u32::MAX, 1]);
    }
}
