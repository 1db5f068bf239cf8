//! What a receive asks for, whichever entry it came by, and the same with less room.
#![allow(unsafe_code)] // Reads the caller's buffer arrays and messages.

use super::super::calls::{Recv, RecvFrom, RecvMsg};
use crate::ffi::memory::{get, has_room, is_writable};
use crate::socket::facts::{self, Facts};
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
    /// Where the sender's name goes, and how much room there is for it, if it is wanted.
    name: Option<(*mut SOCKADDR, i32)>,
    /// It is WSARecvMsg.
    is_message: bool,
}

impl Shape {
    /// None where a pointer is no good.
    ///
    /// # Safety
    /// The call's pointers are as WSPRecv takes them.
    pub(super) unsafe fn of_recv(call: &Recv) -> Option<Self> {
        // SAFETY: the caller's promise.
        let flags = unsafe { get(call.flags) }.ok().filter(|_| is_writable(call.flags))?;
        let overlapped = outputs(call.received, call.overlapped)?;
        let Recv { s, buffers, count, .. } = *call;
        Some(Self { s, overlapped, flags, buffers, count, name: None, is_message: false })
    }

    /// None where a pointer is no good.
    ///
    /// # Safety
    /// The call's pointers are as WSPRecvFrom takes them.
    pub(super) unsafe fn of_recv_from(call: &RecvFrom) -> Option<Self> {
        // SAFETY: the caller's promise.
        let flags = unsafe { get(call.flags) }.ok().filter(|_| is_writable(call.flags))?;
        let overlapped = outputs(call.received, call.overlapped)?;
        let name = match call.from.is_null() && call.fromlen.is_null() {
            true => None,
            // SAFETY: the caller's promise. Without a length there is no room.
            false => Some((call.from, unsafe { get(call.fromlen) }.unwrap_or(0))),
        };
        let RecvFrom { s, buffers, count, .. } = *call;
        Some(Self { s, overlapped, flags, buffers, count, name, is_message: false })
    }

    /// None where a pointer is no good.
    ///
    /// # Safety
    /// The call's pointers are as WSARecvMsg takes them.
    pub(super) unsafe fn of_recv_msg(call: &RecvMsg) -> Option<Self> {
        // SAFETY: the caller's promise.
        let message = unsafe { get(call.message) }.ok().filter(|_| is_writable(call.message))?;
        let overlapped = outputs(call.received, call.overlapped)?;
        let WSAMSG { name, namelen, lpBuffers, dwBufferCount, Control, dwFlags } = message;
        let has_control = Control.len == 0 || has_room(Control.buf, Control.len as usize);
        has_control.then_some(Self {
            s: call.s,
            overlapped,
            flags: dwFlags,
            buffers: lpBuffers,
            count: dwBufferCount,
            name: (!name.is_null() || namelen != 0).then_some((name, namelen)),
            is_message: true,
        })
    }

    /// Whether nothing is wrong with what it asks for on such a socket: what Winsock refuses must be refused for that
    /// reason. `waits` is whether it would wait for data.
    ///
    /// # Safety
    /// The buffers are as the entry takes them.
    pub(super) unsafe fn is_sound(&self, facts: Facts, waits: bool) -> bool {
        const ALL: u32 = MSG_WAITALL as u32;
        let known = match () {
            () if self.is_message => 0,
            () if facts.any(facts::STREAM) => MSG_PARTIAL | ALL | MSG_PUSH_IMMEDIATE as u32,
            () => MSG_PARTIAL,
        };
        let waits_rightly = !self.waits_for_all() || (waits && self.flags & MSG_PARTIAL == 0);
        let kind_fits = !self.is_message || !facts.any(facts::CIRCUIT);
        let least = facts.provider().min_address;
        let named =
            |(name, room): (*mut SOCKADDR, i32)| room >= least && has_room(name, room.max(0) as usize);
        let has_name = facts.any(facts::CIRCUIT) || self.name.is_none_or(named);
        // SAFETY: the caller's promise.
        let buffers = unsafe { self.buffers() };
        let good = |buffer: &WSABUF| buffer.len == 0 || has_room(buffer.buf, buffer.len as usize);
        let has_buffers = buffers.is_some_and(|buffers| !buffers.is_empty() && buffers.iter().all(good));
        self.flags & !known == 0 && waits_rightly && kind_fits && has_name && has_buffers
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

/// Whether there is an OVERLAPPED; None where it is no good, or there is no place for the count.
fn outputs(received: *mut u32, overlapped: *mut OVERLAPPED) -> Option<bool> {
    let begins = !overlapped.is_null();
    let counts = is_writable(received) || (begins && received.is_null());
    (counts && (!begins || is_writable(overlapped))).then_some(begins)
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
