//! An overlapped receive or send as memory: what Windows may write until the operation has ended, and how
//! that is known.
//!
//! A [`Block`] is all of it but the buffer. It lies on the heap and does not move. What Windows writes there is read
//! only once the status in the OVERLAPPED says that the operation has ended; nothing else counts as its end, so that
//! no wrong answer of another function can free memory early. What this rests on: a call that fails at once,
//! other than with WSA_IO_PENDING, uses none of it any more. Layers between the program and Windows'
//! functions promise that, too: those written in Rust by an `unsafe impl`, and who names others in the
//! environment answers for them.
#![allow(unsafe_code)] // Lends memory to Windows, and reads what was written there.

use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::buffer::{sealed::Stays, space_of, wsabuf};
use super::event::RawEvent;
use super::inner::Inner;
use super::message::{ControlRoom, record};
use super::outcome;
use super::socket::{Raw, Taken};
use crate::Win32::Foundation::{HANDLE, STATUS_PENDING};
use crate::Win32::Networking::WinSock as ws;
use crate::Win32::System::IO::{CancelIoEx, OVERLAPPED};
use crate::error::WsaError;
use crate::net::address::Name;
use crate::status::NtStatus;

/// Which function begins the operation.
#[derive(Clone, Copy)]
pub(in crate::net) enum Way {
    Plain,
    WithSender,
    Message,
    Send,
    SendTo(Name),
}

impl Way {
    fn receives(self) -> bool {
        matches!(self, Self::Plain | Self::WithSender | Self::Message)
    }
}

/// What an operation has in common with Windows while it pends.
pub(in crate::net) struct Block {
    shared: UnsafeCell<Shared>,
    event: RawEvent,
    id: u64,
    room: usize,
    /// Who began it. In a child that was made by a fork it does not go on.
    process: u32,
}

struct Shared {
    overlapped: OVERLAPPED,
    flags: u32,
    name: Name,
    /// Of a message: its record, and what that points to.
    message: Option<Box<(ws::WSAMSG, ControlRoom)>>,
    buffer: ws::WSABUF,
}

// SAFETY: its pointers are for Windows; who reads it waits for the end, which the status publishes.
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Block {
    /// What a receive into `room`, or a send of it, needs. Nothing has begun.
    fn new<R: Stays>(room: &mut R, way: Way, flags: u32) -> Result<Arc<Self>, WsaError> {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let (start, length) = space_of(room)?;
        let event = RawEvent::new(true, false)?;
        let internal = STATUS_PENDING as usize;
        let overlapped = OVERLAPPED { Internal: internal, hEvent: event.handle(), ..Default::default() };
        let message = match way {
            Way::Message => Some(Box::new((ws::WSAMSG::default(), ControlRoom::empty()))),
            _ => None,
        };
        let buffer = wsabuf(start, length);
        let name = if let Way::SendTo(name) = way { name } else { Name::empty() };
        let shared = Shared { overlapped, flags, name, message, buffer };
        Ok(Arc::new(Self {
            shared: UnsafeCell::new(shared),
            event,
            id: LAST.fetch_add(1, Ordering::Relaxed) + 1,
            room: buffer.len as usize,
            process: std::process::id(),
        }))
    }

    pub(in crate::net) fn id(&self) -> u64 {
        self.id
    }

    pub(in crate::net) fn event(&self) -> &RawEvent {
        &self.event
    }

    fn overlapped(&self) -> *mut OVERLAPPED {
        // SAFETY: a place within the cell.
        unsafe { &raw mut (*self.shared.get()).overlapped }
    }

    /// The number that packets have for this operation.
    pub(super) fn address(&self) -> usize {
        self.overlapped() as usize
    }

    /// Begins it. An error says that it did not.
    ///
    /// # Safety
    /// - It has not begun before, and the room that it was made for is untouched until it has ended.
    /// - The block stays until then.
    unsafe fn begin(&self, inner: &Inner, way: Way) -> Result<(), WsaError> {
        let number = inner.raw.number();
        let overlapped = self.overlapped();
        let shared = self.shared.get();
        // SAFETY: nobody else has the block's memory yet. All pointers are to that memory, which stays; counts are
        // told by the OVERLAPPED.
        let result = unsafe {
            let list = &raw mut (*shared).buffer;
            let flags = &raw mut (*shared).flags;
            let none = ptr::null_mut();
            match way {
                Way::Plain => ws::WSARecv(number, list, 1, none, flags, overlapped, None),
                Way::WithSender => {
                    let (to, length) = (*shared).name.places();
                    ws::WSARecvFrom(number, list, 1, none, flags, to.cast(), length, overlapped, None)
                }
                Way::Message => {
                    let function = inner.receive_message.of(&inner.raw)?;
                    let Some(place) = (*shared).message.as_deref_mut() else {
                        return Err(WsaError::WSAEINVAL);
                    };
                    let (message, control) = place;
                    *message = record(&mut (*shared).name, list, 1, control, *flags);
                    function(number, message, none, overlapped, None)
                }
                Way::Send => ws::WSASend(number, list, 1, none, *flags, overlapped, None),
                Way::SendTo(_) => {
                    let name = &(*shared).name;
                    let (to, length) = (name.bytes().cast(), name.length());
                    ws::WSASendTo(number, list, 1, none, *flags, to, length, overlapped, None)
                }
            }
        };
        match outcome(result) {
            Ok(()) | Err(WsaError::WSA_IO_PENDING) => Ok(()),
            // Windows tells of it at the end (G053); a provider that does at once has taken the message all the same.
            Err(WsaError::WSAEMSGSIZE) if way.receives() && self.has_ended() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The status, as it is now.
    fn status(&self) -> NtStatus {
        // SAFETY: a place within the cell, aligned; Windows and the library write it as a whole.
        let internal = unsafe { AtomicUsize::from_ptr(&raw mut (*self.overlapped()).Internal) };
        NtStatus::from_code(internal.load(Ordering::Acquire) as u32)
    }

    fn has_ended(&self) -> bool {
        !self.status().is_pending()
    }

    /// WSAGetOverlappedResult without waiting: has what came be looked at, and gives the flags.
    fn look(&self, socket: &Raw) -> u32 {
        let (mut bytes, mut flags) = (0, 0);
        let overlapped = self.overlapped();
        // SAFETY: the OVERLAPPED of an operation that has begun; the results have their places.
        unsafe { ws::WSAGetOverlappedResult(socket.number(), overlapped, &raw mut bytes, 0, &raw mut flags) };
        flags
    }

    /// What came, if the operation has ended.
    fn taken(&self, inner: &Inner) -> Option<Taken> {
        let link = inner.link();
        let looked = if link.is_open { self.look(&inner.raw) } else { 0 };
        let status = self.status();
        if status.is_pending() {
            return None;
        }
        // A socket that is closed is not asked for flags any more; the status has them, too.
        let flags = looked | flags_of(status);
        let result = if status.is_success() { Ok(()) } else { Err(status.winsock()) };
        // SAFETY: it has ended: nobody writes any more.
        let shared = unsafe { &*self.shared.get() };
        let flags = shared.message.as_ref().map_or(flags, |message| message.0.dwFlags);
        Some(Taken { result, bytes: shared.overlapped.InternalHigh, room: self.room, flags })
    }

    /// The sender's name and the control data of an operation that has ended.
    fn told(&self) -> Option<(Name, ControlRoom)> {
        if !self.has_ended() {
            return None;
        }
        // SAFETY: it has ended: nobody writes any more.
        let shared = unsafe { &*self.shared.get() };
        let Some(message) = &shared.message else { return Some((shared.name, ControlRoom::empty())) };
        let (mut name, mut control) = (shared.name, message.1);
        name.set_length(message.0.namelen);
        control.set_used(message.0.Control.len);
        Some((name, control))
    }

    /// Whether this is the process that began it.
    fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// CancelIoEx. False if there was nothing to cancel.
    fn cancel(&self, socket: &Raw) -> bool {
        // SAFETY: a number, and the OVERLAPPED of an operation that has begun.
        unsafe { CancelIoEx(socket.number() as HANDLE, self.overlapped()) != 0 }
    }

    /// Waits for the end; false if it did not come in time, or the wait is not possible.
    fn wait(&self, limit: Option<Duration>) -> bool {
        // Whoever ends the process's use of Winsock ends its operations without telling (G210).
        const LOOK_AGAIN: Duration = Duration::from_millis(500);
        let begin = Instant::now();
        while !self.has_ended() {
            let left = limit.map(|limit| limit.saturating_sub(begin.elapsed()));
            let next = left.map_or(LOOK_AGAIN, |left| left.min(LOOK_AGAIN));
            match self.event.wait(super::milliseconds(Some(next))) {
                Ok(true) => {}
                Ok(false) if left.is_some_and(|left| left.is_zero()) => return self.has_ended(),
                Ok(false) => {}
                Err(_) => return self.has_ended(),
            }
        }
        true
    }
}

/// The flags that a status stands for.
fn flags_of(status: NtStatus) -> u32 {
    match status {
        NtStatus::RECEIVE_PARTIAL => ws::MSG_PARTIAL,
        NtStatus::RECEIVE_EXPEDITED => ws::MSG_OOB as u32,
        NtStatus::RECEIVE_PARTIAL_EXPEDITED => ws::MSG_PARTIAL | ws::MSG_OOB as u32,
        _ => 0,
    }
}

/// A receive or send that may pend, with all that it uses. Dropping it cancels the operation, and waits for
/// its end.
pub(in crate::net) struct Running<R: Stays> {
    inner: Arc<Inner>,
    block: Arc<Block>,
    /// Untouched until the operation has ended; lost if that cannot be waited for.
    room: ManuallyDrop<R>,
}

/// What an operation that has ended leaves.
pub(in crate::net) struct End<R> {
    pub(in crate::net) taken: Taken,
    pub(in crate::net) name: Name,
    pub(in crate::net) control: ControlRoom,
    pub(in crate::net) room: R,
}

impl<R: Stays> Running<R> {
    /// Begins it; gives the room back if it cannot.
    pub(in crate::net) fn start(
        inner: &Arc<Inner>,
        mut room: R,
        way: Way,
        flags: u32,
    ) -> Result<Self, (WsaError, R)> {
        let block = match Block::new(&mut room, way, flags) {
            Ok(block) => block,
            Err(error) => return Err((error, room)),
        };
        let link = inner.link();
        // Its packet can be taken before the call is back.
        if let Some(port) = &link.port {
            port.expect(&block);
        }
        // SAFETY: room and block are kept by what is made below, whose drop waits for the end.
        match unsafe { block.begin(inner, way) } {
            Ok(()) => Ok(Self { inner: Arc::clone(inner), block, room: ManuallyDrop::new(room) }),
            Err(error) => {
                if let Some(port) = &link.port {
                    port.forget(&block);
                }
                Err((error, room))
            }
        }
    }

    pub(in crate::net) fn block(&self) -> &Block {
        &self.block
    }

    /// Whether the socket is one whose end is told by a receive of nothing.
    pub(in crate::net) fn is_stream(&self) -> bool {
        self.inner.is_stream()
    }

    /// Whether it has ended, after what has come was looked at.
    pub(in crate::net) fn has_ended(&self) -> bool {
        self.block.has_ended() || self.block.taken(&self.inner).is_some()
    }

    /// False if there was nothing to cancel.
    pub(in crate::net) fn cancel(&self) -> bool {
        let link = self.inner.link();
        link.is_open && !self.block.has_ended() && self.block.cancel(&self.inner.raw)
    }

    /// Whether it has ended in time.
    pub(in crate::net) fn wait(&self, limit: Option<Duration>) -> bool {
        self.has_ended() || self.block.wait(limit)
    }

    /// What it leaves, once it has ended.
    pub(in crate::net) fn run_to_end(self) -> End<R> {
        let mut this = self;
        loop {
            this.wait(None);
            match this.end() {
                Ok(end) => return end,
                Err(still) => this = still,
            }
        }
    }

    /// What it leaves, if it has ended.
    pub(in crate::net) fn end(self) -> Result<End<R>, Self> {
        let (Some(taken), Some((name, control))) = (self.block.taken(&self.inner), self.block.told()) else {
            return Err(self);
        };
        let this = ManuallyDrop::new(self);
        // SAFETY: each field is taken out once, as nothing is dropped otherwise; the operation has ended, and has
        // written as many bytes to the room.
        unsafe {
            drop(ptr::read(&raw const this.inner));
            drop(ptr::read(&raw const this.block));
            let mut room = ManuallyDrop::into_inner(ptr::read(&raw const this.room));
            room.filled(taken.filled());
            Ok(End { taken, name, control, room })
        }
    }
}

impl<R: Stays> Drop for Running<R> {
    fn drop(&mut self) {
        let can_end = self.block.has_ended() || self.block.is_of_this_process();
        if can_end && !self.has_ended() {
            self.cancel();
        }
        if can_end && self.wait(None) {
            // SAFETY: it has ended, and this is the last that is done with the room.
            unsafe { ManuallyDrop::drop(&mut self.room) };
        } else {
            // It may still be written to: the memory is not to be used again.
            std::mem::forget(Arc::clone(&self.block));
        }
    }
}
