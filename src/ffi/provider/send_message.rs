//! WSASendMsg: a datagram with control data, from the caller's WSAMSG to what is to be sent.
#![allow(unsafe_code)] // The C border.

use super::{buffers, send, wishes};
use crate::error::WsaError;
use crate::ffi::border::winsock;
use crate::ffi::memory::{bytes, get};
use crate::reasons::{self, Rule};
use crate::socket::address::HostAddr;
use crate::socket::table::{self, Socket};
use crate::socket::{facts, startup};
use crate::status::NtStatus;
use crate::transfer::outgoing::{self, Outgoing};
use crate::transfer::send::Request;
use crate::windows::consts::SOCKET_ERROR;
use crate::windows::types::*;

/// **WSASendMsg** of the base provider, whose address SIO_GET_EXTENSION_FUNCTION_POINTER gives.
///
/// # Safety
/// Those of the exported `WSASendMsg`.
pub(crate) unsafe extern "system" fn WSASendMsg(
    s: SOCKET,
    message: *const WSAMSG,
    flags: u32,
    sent: *mut u32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    winsock(SOCKET_ERROR, || {
        startup::require()?;
        let socket = table::enter_to_wait(s)?;
        if socket.facts().any(facts::CIRCUIT) {
            reasons::refused(NO_STREAMS);
            return Err(WsaError::WSAEINVAL);
        }
        // SAFETY: the caller's promise.
        let message = unsafe { get(message) }.inspect_err(|_| reasons::refused(NO_MESSAGE))?;
        // SAFETY: the caller's promise about what the message points to.
        let request = unsafe { request(&socket, &message, flags) };
        // SAFETY: the caller's promise.
        unsafe { send::send_request(&socket, request, sent, (overlapped, routine, wishes::of_extension)) }
    })
}

const NO_STREAMS: Rule = Rule::new("", "it is for datagram and raw sockets");
const NO_MESSAGE: Rule = Rule::new("", "the WSAMSG is no memory");

/// What a WSAMSG asks for, read once. What is wrong with it is told after what is wrong with the socket.
///
/// # Safety
/// The message's pointers are bad or good for their lengths.
unsafe fn request(socket: &Socket, message: &WSAMSG, flags: u32) -> Request {
    // SAFETY: the caller's promise.
    let (from, fault) = unsafe { buffers::scatter(message.lpBuffers, message.dwBufferCount) };
    // SAFETY: the caller's promise.
    let to = unsafe { destination(socket, message) };
    // SAFETY: the caller's promise.
    let (with, fault) = match unsafe { control(socket, message.Control) } {
        Ok(with) => (with, fault),
        Err(status) => (None, fault.or(Some(status))),
    };
    Request { from, fault, flags, to, with }
}

/// # Safety
/// The name is bad or good for its length.
unsafe fn destination(socket: &Socket, message: &WSAMSG) -> Option<Result<HostAddr, NtStatus>> {
    if message.name.is_null() && message.namelen != 0 {
        return Some(Err(NtStatus::ACCESS_VIOLATION));
    }
    // SAFETY: the caller's promise.
    unsafe { send::destination(socket, message.name, message.namelen) }
}

const TOO_LONG: Rule = Rule::new("", "there are more control data than the entries that are known make");

/// More control data than any that this library knows, each of it more than once.
const LONGEST_CONTROL: usize = 4096;

/// # Safety
/// The buffer is bad or good for its length.
unsafe fn control(socket: &Socket, control: WSABUF) -> Result<Option<Box<Outgoing>>, NtStatus> {
    let length = control.len as usize;
    if length == 0 {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let control =
        unsafe { bytes(control.buf, length.min(LONGEST_CONTROL)) }.map_err(|_| NtStatus::ACCESS_VIOLATION)?;
    if length > LONGEST_CONTROL {
        reasons::refused(TOO_LONG);
        return Err(NtStatus::INVALID_PARAMETER);
    }
    outgoing::read(control, socket.facts().provider()).map(|outgoing| Some(Box::new(outgoing)))
}
