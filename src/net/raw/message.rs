//! WSARecvMsg: its pointer, and the record that it reads and fills.
#![allow(unsafe_code)] // Calls Windows' functions.

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;

use super::buffer::{Buffers, sealed::Room, written};
use super::outcome;
use super::socket::{Raw, Taken};
use crate::Win32::Networking::WinSock as ws;
use crate::error::WsaError;
use crate::net::address::Name;

type Function = unsafe extern "system" fn(
    ws::SOCKET,
    *mut ws::WSAMSG,
    *mut u32,
    *mut crate::Win32::System::IO::OVERLAPPED,
    ws::LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32;

/// A socket's WSARecvMsg, which is asked for once.
#[derive(Debug, Default)]
pub(in crate::net) struct ReceiveMessage(OnceLock<Function>);

impl ReceiveMessage {
    pub(super) fn of(&self, socket: &Raw) -> Result<Function, WsaError> {
        if let Some(&function) = self.0.get() {
            return Ok(function);
        }
        let function = ask(socket)?;
        Ok(*self.0.get_or_init(|| function))
    }
}

fn ask(socket: &Raw) -> Result<Function, WsaError> {
    const ASK: u32 = ws::SIO_GET_EXTENSION_FUNCTION_POINTER;
    let wanted = ws::WSAID_WSARECVMSG;
    let mut function: ws::LPFN_WSARECVMSG = None;
    let mut written = 0;
    // SAFETY: an identifier goes in, and a pointer that may be NULL comes out, each in a place of its size.
    let result = unsafe {
        ws::WSAIoctl(
            socket.number(),
            ASK,
            (&raw const wanted).cast(),
            size_of_val(&wanted) as u32,
            (&raw mut function).cast(),
            size_of_val(&function) as u32,
            &raw mut written,
            ptr::null_mut(),
            None,
        )
    };
    outcome(result)?;
    function.ok_or(WsaError::WSAEOPNOTSUPP)
}

/// Room for control data, aligned as its entries are, and how much of it is used.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(in crate::net) struct ControlRoom {
    bytes: [u8; Self::ROOM],
    used: usize,
}

impl ControlRoom {
    /// All that a socket can be told to deliver at once comes to less.
    const ROOM: usize = 256;

    pub(in crate::net) fn empty() -> Self {
        Self { bytes: [0; Self::ROOM], used: 0 }
    }

    pub(in crate::net) fn used(&self) -> &[u8] {
        &self.bytes[..self.used]
    }

    pub(super) fn start(&mut self) -> ws::WSABUF {
        ws::WSABUF { len: Self::ROOM as u32, buf: self.bytes.as_mut_ptr() }
    }

    pub(super) fn set_used(&mut self, length: u32) {
        self.used = (length as usize).min(Self::ROOM);
    }
}

/// The record of a call. Its pointers are good until the name or the room is used otherwise.
pub(super) fn record(
    name: &mut Name,
    list: *mut ws::WSABUF,
    count: u32,
    control: &mut ControlRoom,
    flags: u32,
) -> ws::WSAMSG {
    let namelen = name.length();
    ws::WSAMSG {
        name: name.places().0.cast(),
        namelen,
        lpBuffers: list,
        dwBufferCount: count,
        Control: control.start(),
        dwFlags: flags,
    }
}

impl Raw {
    /// Receives a message; the name and the control data are filled also if it is too long (G060, F312).
    pub(in crate::net) fn receive_message(
        &self,
        function: &ReceiveMessage,
        buffers: &Buffers<'_>,
        flags: u32,
        name: &mut Name,
        control: &mut ControlRoom,
    ) -> Taken {
        let room = buffers.room();
        let function = match function.of(self) {
            Ok(function) => function,
            Err(error) => return Taken::nothing(error),
        };
        let list = buffers.list();
        let mut message = record(name, list.as_ptr().cast_mut(), list.len() as u32, control, flags);
        let mut bytes = 0;
        let number = self.number();
        // SAFETY: the record's pointers are good for their lengths, and the function only reads the list; without
        // an OVERLAPPED nothing is used after the return.
        let result =
            outcome(unsafe { function(number, &raw mut message, &raw mut bytes, ptr::null_mut(), None) });
        let filled = matches!(result, Ok(()) | Err(WsaError::WSAEMSGSIZE));
        control.set_used(if filled { message.Control.len } else { 0 });
        name.set_length(message.namelen);
        Taken { result, bytes: bytes as usize, room, flags: message.dwFlags }
    }

    pub(in crate::net) fn receive_message_into<R: Room + ?Sized>(
        &self,
        function: &ReceiveMessage,
        room: &mut R,
        flags: u32,
        name: &mut Name,
        control: &mut ControlRoom,
    ) -> Taken {
        let taken = match Buffers::one(room) {
            Ok(buffers) => self.receive_message(function, &buffers, flags, name, control),
            Err(error) => return Taken::nothing(error),
        };
        // SAFETY: as many bytes have been written.
        unsafe { room.filled(taken.filled()) };
        taken
    }

    /// Receives into memory that holds nothing yet, and gives the part of it that does now.
    pub(in crate::net) fn receive_message_uninit<'a>(
        &self,
        function: &ReceiveMessage,
        room: &'a mut [MaybeUninit<u8>],
        flags: u32,
        name: &mut Name,
        control: &mut ControlRoom,
    ) -> (Taken, &'a mut [u8]) {
        let taken = self.receive_message_into(function, room, flags, name, control);
        // SAFETY: as many bytes have been written.
        (taken, unsafe { written(room, taken.filled()) })
    }
}
