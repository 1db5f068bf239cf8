//! recv, send and their kin: each is WSPRecv, WSPRecvFrom, WSPSend or WSPSendTo with one buffer.
#![allow(unsafe_code)] // The C border: calls through procedure tables.
#![allow(non_snake_case)] // The functions are called as those they stand for.

use std::ptr::null_mut;

use super::super::calls::*;
use super::super::thread;
use super::Call;
use crate::error::WsaError;
use crate::ffi::memory::{is_writable, put};
use crate::socket::{facts, table};
use crate::windows::consts::*;
use crate::windows::types::*;

/// One buffer of the caller's. A length below 0 is that of no memory (F013).
fn one(buf: *mut u8, len: i32) -> WSABUF {
    match u32::try_from(len) {
        Ok(len) => WSABUF { len, buf },
        Err(_) => WSABUF { len: u32::MAX, buf: null_mut() },
    }
}

/// What recv and recvfrom say of WSPRecv's answer: a part that was not asked for is an error, the end is 0 bytes.
fn received(answer: Result<i32, WsaError>, asked: i32, flags: u32, bytes: u32) -> Result<i32, WsaError> {
    match answer {
        Ok(_) if flags & MSG_PARTIAL != 0 && asked as u32 & MSG_PARTIAL == 0 => Err(WsaError::WSAEMSGSIZE),
        Ok(_) => Ok(bytes as i32),
        Err(WsaError::WSAEDISCON) => Ok(0),
        Err(error) => Err(error),
    }
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn recv(s: SOCKET, buf: *mut u8, len: i32, flags: i32) -> Result<i32, WsaError> {
    let door = Call::on(s, "recv");
    let (buffer, mut bytes, mut told) = (one(buf, len), 0, flags as u32);
    let call = Recv {
        s,
        buffers: &raw const buffer,
        count: 1,
        received: &raw mut bytes,
        flags: &raw mut told,
        overlapped: null_mut(),
        routine: None,
        thread: thread::own(),
    };
    // SAFETY: the caller's promise.
    let answer = unsafe { door.next().recv(call) };
    received(answer, flags, told, bytes)
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn recvfrom(
    s: SOCKET,
    buf: *mut u8,
    len: i32,
    flags: i32,
    from: *mut SOCKADDR,
    fromlen: *mut i32,
) -> Result<i32, WsaError> {
    let door = Call::on(s, "recvfrom");
    let (buffer, mut bytes, mut told) = (one(buf, len), 0, flags as u32);
    let call = RecvFrom {
        s,
        buffers: &raw const buffer,
        count: 1,
        received: &raw mut bytes,
        flags: &raw mut told,
        from,
        fromlen,
        overlapped: null_mut(),
        routine: None,
        thread: thread::own(),
    };
    // SAFETY: the caller's promise.
    let answer = unsafe { door.next().recv_from(call) };
    received(answer, flags, told, bytes)
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn WSARecvEx(
    s: SOCKET,
    buf: *mut u8,
    len: i32,
    flags: *mut i32,
) -> Result<i32, WsaError> {
    let door = Call::on(s, "WSARecvEx");
    let (buffer, mut bytes, mut told) = (one(buf, len), 0, 0u32);
    // One that is no pointer is told of where the entry looks at it.
    let flags_to = if is_writable(flags) { &raw mut told } else { null_mut() };
    let call = Recv {
        s,
        buffers: &raw const buffer,
        count: 1,
        received: &raw mut bytes,
        flags: flags_to,
        overlapped: null_mut(),
        routine: None,
        thread: thread::own(),
    };
    // SAFETY: the caller's promise.
    let answer = match unsafe { door.next().recv(call) } {
        // G067. Where the whole message stays queued, to say that a part was received would be to give it twice.
        Err(WsaError::WSAEMSGSIZE) if !is_reliable(s) => {
            told = MSG_PARTIAL;
            Ok(0)
        }
        Err(WsaError::WSAEDISCON) => Ok(0),
        answer => answer,
    };
    answer?;
    // SAFETY: the caller's promise.
    unsafe { put(flags, (told & MSG_PARTIAL) as i32) }?;
    Ok(bytes as i32)
}

fn is_reliable(s: SOCKET) -> bool {
    table::enter(s).is_ok_and(|socket| socket.facts().any(facts::RELIABLE))
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn send(s: SOCKET, buf: *const u8, len: i32, flags: i32) -> Result<i32, WsaError> {
    let door = Call::on(s, "send");
    let (buffer, mut sent) = (one(buf.cast_mut(), len), 0);
    let call = Send {
        s,
        buffers: &raw const buffer,
        count: 1,
        sent: &raw mut sent,
        flags: flags as u32,
        overlapped: null_mut(),
        routine: None,
        thread: thread::own(),
    };
    // SAFETY: the caller's promise.
    unsafe { door.next().send(call) }.map(|_| sent as i32)
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn sendto(
    s: SOCKET,
    buf: *const u8,
    len: i32,
    flags: i32,
    to: *const SOCKADDR,
    tolen: i32,
) -> Result<i32, WsaError> {
    let door = Call::on(s, "sendto");
    let (buffer, mut sent) = (one(buf.cast_mut(), len), 0);
    let call = SendTo {
        s,
        buffers: &raw const buffer,
        count: 1,
        sent: &raw mut sent,
        flags: flags as u32,
        to,
        tolen,
        overlapped: null_mut(),
        routine: None,
        thread: thread::own(),
    };
    // SAFETY: the caller's promise.
    unsafe { door.next().send_to(call) }.map(|_| sent as i32)
}
