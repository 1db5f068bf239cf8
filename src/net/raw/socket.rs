//! A SOCKET that is closed when nobody has it any more, and the calls on it that end before they return.
#![allow(unsafe_code)] // Calls Windows' functions.

use std::io::{IoSlice, IoSliceMut};
use std::mem::{MaybeUninit, offset_of};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use super::buffer::{Buffers, sealed::Room, written};
use super::{last_error, outcome};
use crate::Win32::Networking::WinSock as ws;
use crate::error::WsaError;
use crate::net::address::Name;

/// A SOCKET. Dropping it closes it, if that has not been done.
#[derive(Debug)]
pub(in crate::net) struct Raw {
    number: ws::SOCKET,
    is_open: AtomicBool,
}

/// What a receive has brought.
#[derive(Clone, Copy)]
pub(in crate::net) struct Taken {
    pub(in crate::net) result: Result<(), WsaError>,
    /// The count that came out; 0 if none did.
    pub(in crate::net) bytes: usize,
    pub(in crate::net) room: usize,
    /// The flags that came out.
    pub(in crate::net) flags: u32,
}

impl Taken {
    /// Of a call that was not made.
    pub(in crate::net) fn nothing(error: WsaError) -> Self {
        Self { result: Err(error), bytes: 0, room: 0, flags: 0 }
    }

    /// How many bytes the room has got.
    pub(in crate::net) fn filled(&self) -> usize {
        match self.result {
            Ok(()) | Err(WsaError::WSAEMSGSIZE) => self.bytes.min(self.room),
            Err(_) => 0,
        }
    }
}

impl Raw {
    /// WSASocketW, for overlapped operations, and not inherited by child processes.
    pub(in crate::net) fn open(family: u16, kind: i32, protocol: i32) -> Result<Self, WsaError> {
        let flags = ws::WSA_FLAG_OVERLAPPED | ws::WSA_FLAG_NO_HANDLE_INHERIT;
        // SAFETY: numbers, and no record.
        let socket = unsafe { ws::WSASocketW(family.into(), kind, protocol, ptr::null(), 0, flags) };
        if socket == ws::INVALID_SOCKET { Err(last_error()) } else { Ok(Self::of(socket)) }
    }

    fn of(number: ws::SOCKET) -> Self {
        Self { number, is_open: AtomicBool::new(true) }
    }

    /// # Safety
    /// The number is a socket's, and the caller's to give.
    pub(in crate::net) unsafe fn from_number(number: ws::SOCKET) -> Self {
        Self::of(number)
    }

    pub(in crate::net) fn number(&self) -> ws::SOCKET {
        self.number
    }

    /// The number, which is not closed any more.
    pub(in crate::net) fn release(&self) -> ws::SOCKET {
        self.is_open.store(false, Ordering::Relaxed);
        self.number
    }

    /// closesocket, until it was done. Nothing is to be called on the socket afterwards.
    pub(in crate::net) fn close(&self) -> Result<(), WsaError> {
        if !self.is_open.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let closed = close(self.number);
        self.is_open.store(closed.is_err_and(|error| !is_gone(error)), Ordering::Relaxed);
        closed
    }

    pub(in crate::net) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    pub(in crate::net) fn bind(&self, name: &Name) -> Result<(), WsaError> {
        // SAFETY: the name has as many bytes.
        outcome(unsafe { ws::bind(self.number, name.bytes().cast(), name.length()) })
    }

    pub(in crate::net) fn connect(&self, name: &Name) -> Result<(), WsaError> {
        // SAFETY: the name has as many bytes.
        outcome(unsafe { ws::connect(self.number, name.bytes().cast(), name.length()) })
    }

    pub(in crate::net) fn listen(&self, backlog: i32) -> Result<(), WsaError> {
        // SAFETY: numbers.
        outcome(unsafe { ws::listen(self.number, backlog) })
    }

    pub(in crate::net) fn accept(&self) -> Result<(Self, Name), WsaError> {
        let mut name = Name::empty();
        let (to, length) = name.places();
        // SAFETY: the name has room for as many bytes as its length says.
        let socket = unsafe { ws::accept(self.number, to.cast(), length) };
        if socket == ws::INVALID_SOCKET { Err(last_error()) } else { Ok((Self::of(socket), name)) }
    }

    pub(in crate::net) fn shutdown(&self, how: i32) -> Result<(), WsaError> {
        // SAFETY: numbers.
        outcome(unsafe { ws::shutdown(self.number, how) })
    }

    pub(in crate::net) fn local_name(&self) -> Result<Name, WsaError> {
        let mut name = Name::empty();
        let (to, length) = name.places();
        // SAFETY: the name has room for as many bytes as its length says.
        outcome(unsafe { ws::getsockname(self.number, to.cast(), length) }).map(|()| name)
    }

    pub(in crate::net) fn peer_name(&self) -> Result<Name, WsaError> {
        let mut name = Name::empty();
        let (to, length) = name.places();
        // SAFETY: the name has room for as many bytes as its length says.
        outcome(unsafe { ws::getpeername(self.number, to.cast(), length) }).map(|()| name)
    }

    pub(in crate::net) fn set_nonblocking(&self, on: bool) -> Result<(), WsaError> {
        set_nonblocking(self.number, on)
    }

    /// getsockopt; returns how many bytes the value has.
    pub(in crate::net) fn option(&self, level: i32, name: i32, value: &mut [u8]) -> Result<usize, WsaError> {
        let mut length = i32::try_from(value.len()).unwrap_or(i32::MAX);
        let to = value.as_mut_ptr();
        // SAFETY: the value has room for as many bytes as the length says.
        outcome(unsafe { ws::getsockopt(self.number, level, name, to, &raw mut length) })?;
        Ok(usize::try_from(length).unwrap_or(0).min(value.len()))
    }

    pub(in crate::net) fn set_option(&self, level: i32, name: i32, value: &[u8]) -> Result<(), WsaError> {
        set_option(self.number, level, name, value)
    }

    /// FIONREAD.
    pub(in crate::net) fn bytes_available(&self) -> Result<u32, WsaError> {
        let mut bytes = 0;
        // SAFETY: the number has its place.
        outcome(unsafe { ws::ioctlsocket(self.number, ws::FIONREAD, &raw mut bytes) }).map(|()| bytes)
    }

    /// SIO_UDP_CONNRESET.
    pub(in crate::net) fn set_udp_connreset(&self, on: bool) -> Result<(), WsaError> {
        let (value, mut written, length) = (i32::from(on), 0, size_of::<i32>() as u32);
        let (input, none) = ((&raw const value).cast(), ptr::null_mut());
        let (code, count, overlapped) = (ws::SIO_UDP_CONNRESET, &raw mut written, ptr::null_mut());
        // SAFETY: a BOOL goes in, nothing comes out, and the count has its place.
        outcome(unsafe { ws::WSAIoctl(self.number, code, input, length, none, 0, count, overlapped, None) })
    }

    /// The socket's family and type.
    pub(in crate::net) fn family_and_kind(&self) -> Result<(u16, i32), WsaError> {
        const FAMILY: usize = offset_of!(ws::WSAPROTOCOL_INFOW, iAddressFamily);
        const KIND: usize = offset_of!(ws::WSAPROTOCOL_INFOW, iSocketType);
        let mut record = [0; size_of::<ws::WSAPROTOCOL_INFOW>()];
        self.option(ws::SOL_SOCKET, ws::SO_PROTOCOL_INFOW, &mut record)?;
        let number = |at: usize| {
            let mut bytes = [0; 4];
            bytes.copy_from_slice(&record[at..at + 4]);
            i32::from_ne_bytes(bytes)
        };
        Ok((number(FAMILY) as u16, number(KIND)))
    }

    /// WSARecv, or WSARecvFrom if there is room for a name.
    fn receive(&self, buffers: &Buffers<'_>, flags: u32, name: Option<&mut Name>) -> Taken {
        let (mut bytes, mut flags) = (0, flags);
        let (list, count) = (buffers.list().as_ptr(), buffers.list().len() as u32);
        let (received, out) = (&raw mut bytes, &raw mut flags);
        // SAFETY: the list has `count` entries, each for memory that is borrowed to be written; the name has room
        // for as many bytes as its length says; without an OVERLAPPED nothing is used after the return.
        let result = unsafe {
            match name {
                None => ws::WSARecv(self.number, list, count, received, out, ptr::null_mut(), None),
                Some(name) => {
                    let (to, length) = name.places();
                    ws::WSARecvFrom(
                        self.number,
                        list,
                        count,
                        received,
                        out,
                        to.cast(),
                        length,
                        ptr::null_mut(),
                        None,
                    )
                }
            }
        };
        Taken { result: outcome(result), bytes: bytes as usize, room: buffers.room(), flags }
    }

    /// Receives into a room, which is told what it has got.
    pub(in crate::net) fn receive_into<R: Room + ?Sized>(
        &self,
        room: &mut R,
        flags: u32,
        name: Option<&mut Name>,
    ) -> Taken {
        let taken = match Buffers::one(room) {
            Ok(buffers) => self.receive(&buffers, flags, name),
            Err(error) => return Taken::nothing(error),
        };
        // SAFETY: as many bytes have been written.
        unsafe { room.filled(taken.filled()) };
        taken
    }

    pub(in crate::net) fn receive_vectored(
        &self,
        slices: &mut [IoSliceMut<'_>],
        flags: u32,
        name: Option<&mut Name>,
    ) -> Taken {
        self.receive(&Buffers::scattered(slices), flags, name)
    }

    /// Receives into memory that holds nothing yet, and gives the part of it that does now.
    pub(in crate::net) fn receive_uninit<'a>(
        &self,
        room: &'a mut [MaybeUninit<u8>],
        flags: u32,
        name: Option<&mut Name>,
    ) -> (Taken, &'a mut [u8]) {
        let taken = self.receive_into(room, flags, name);
        // SAFETY: as many bytes have been written.
        (taken, unsafe { written(room, taken.filled()) })
    }

    /// WSASend, or WSASendTo if there is a name.
    pub(in crate::net) fn send(
        &self,
        slices: &[IoSlice<'_>],
        flags: u32,
        to: Option<&Name>,
    ) -> Result<usize, WsaError> {
        let buffers = Buffers::gathered(slices);
        let (list, count) = (buffers.list().as_ptr(), buffers.list().len() as u32);
        let mut sent = 0;
        // SAFETY: the list has `count` entries, each for memory that is borrowed to be read; the name has as many
        // bytes; without an OVERLAPPED nothing is used after the return.
        let result = unsafe {
            match to {
                None => ws::WSASend(self.number, list, count, &raw mut sent, flags, ptr::null_mut(), None),
                Some(to) => {
                    let (name, length) = (to.bytes().cast(), to.length());
                    let sent = &raw mut sent;
                    ws::WSASendTo(self.number, list, count, sent, flags, name, length, ptr::null_mut(), None)
                }
            }
        };
        outcome(result).map(|()| sent as usize)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Nobody is there to be told.
        let _ = self.close();
    }
}

fn set_option(socket: ws::SOCKET, level: i32, name: i32, value: &[u8]) -> Result<(), WsaError> {
    let length = i32::try_from(value.len()).map_err(|_| WsaError::WSAEINVAL)?;
    // SAFETY: the value has as many bytes.
    outcome(unsafe { ws::setsockopt(socket, level, name, value.as_ptr(), length) })
}

fn set_nonblocking(socket: ws::SOCKET, on: bool) -> Result<(), WsaError> {
    let mut value = u32::from(on);
    // SAFETY: the value is there to be read.
    outcome(unsafe { ws::ioctlsocket(socket, ws::FIONBIO, &raw mut value) })
}

/// closesocket. A socket that lingers and does not wait is not closed by the first call (G011); it cannot
/// wait while events are selected (F239).
fn close(socket: ws::SOCKET) -> Result<(), WsaError> {
    // SAFETY: numbers.
    let call = || outcome(unsafe { ws::closesocket(socket) });
    let first = call();
    if first != Err(WsaError::WSAEWOULDBLOCK) {
        return first;
    }
    // SAFETY: numbers, and no event.
    let waits =
        outcome(unsafe { ws::WSAEventSelect(socket, 0, 0) }).and_then(|()| set_nonblocking(socket, false));
    // What cannot linger is closed all the same.
    let at_last = || set_option(socket, ws::SOL_SOCKET, ws::SO_LINGER, &[0; 4]).and_then(|()| call());
    waits.and_then(|()| call()).or_else(|error| if is_gone(error) { Err(error) } else { at_last() })
}

/// Whether a call failed because there is no such socket any more.
fn is_gone(error: WsaError) -> bool {
    matches!(error, WsaError::WSAENOTSOCK | WsaError::WSANOTINITIALISED)
}
