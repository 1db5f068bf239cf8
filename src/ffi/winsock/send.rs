//! send, sendto, WSASend, WSASendTo.
#![allow(unsafe_code)] // The C border.

use super::buffers;
use super::consts::SOCKET_ERROR;
use super::name;
use super::overlapped::{self, Behalf, Block, Routine};
use super::types::*;
use crate::error::WsaError;
use crate::ffi::border::routed;
use crate::ffi::memory::{is_writable, put};
use crate::ffi::spi::doors;
use crate::overlapped::send::{self as waiting, synchronous as transfer};
use crate::socket::address::HostAddr;
use crate::socket::facts;
use crate::socket::table::{self, Socket};
use crate::status::NtStatus;
use crate::sys::Scatter;
use crate::transfer::Outcome;
use crate::transfer::send::Request;
use crate::windows::foundation::PCSTR;

/// **send** sends `len` bytes of `buf` to the socket's peer.
///
/// `flags` is 0 or a combination of MSG_OOB and MSG_DONTROUTE. Returns the number of bytes sent: all of
/// them on a blocking socket. No signal is ever raised.
///
/// Where the protocol has XP1_PARTIAL_MESSAGE, bytes sent with MSG_PARTIAL are the beginning of a message
/// that the next send without it completes; the peer gets it as one. TCP and UDP ignore MSG_PARTIAL.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket, or is closed | F011 |
/// | WSAENOTCONN | the socket has no peer | F041 |
/// | WSAESHUTDOWN | the sending side is shut | F138 |
/// | WSAECONNRESET, WSAECONNABORTED | the connection is gone | F145, G131 |
/// | WSAEFAULT | `len` is negative, or `buf` is not memory of the caller | documented |
/// | WSAEOPNOTSUPP | a flag that the socket does not have; MSG_PARTIAL where messages are whole | G086, documented |
/// | WSAEWOULDBLOCK | nonblocking mode and no room | F045 |
/// | WSAETIMEDOUT | SO_SNDTIMEO has passed | documented |
/// | WSAEMSGSIZE | longer than a message can be | documented |
///
/// An ICMP error of an earlier send never fails a send (F161): the next receive tells of it.
///
/// # Platform notes
/// A nonblocking send on Windows takes all or nothing; here it can take a part, as the documentation says.
///
/// # Safety
/// - `buf` is NULL or readable for `len` bytes.
#[unsafe(export_name = "ws2_send")]
pub unsafe extern "system" fn send(s: SOCKET, buf: PCSTR, len: i32, flags: SEND_RECV_FLAGS) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::send(s, buf, len, flags) },
        || {
            let socket = table::enter_to_wait(s)?;
            let (from, fault) = one(buf, len);
            finished(transfer(&socket, Request { from, fault, flags: flags as u32, to: None }))
        },
    )
}

/// **sendto** sends `len` bytes of `buf` to the address `to`, which is `tolen` bytes long.
///
/// As [`send`]; a stream ignores the address (F308). A datagram socket without a name gets one.
///
/// # Errors
/// Those of [`send`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | `tolen` is too short for the address's family | documented |
/// | WSAEAFNOSUPPORT | the address is of another family than the socket | documented |
/// | WSAEADDRNOTAVAIL, WSAENETUNREACH, WSAEHOSTUNREACH | there is no way to the address | documented |
/// | WSAENOTCONN | no address is given and the socket has no peer | documented |
///
/// # Safety
/// - `buf` is NULL or readable for `len` bytes; `to` is NULL or readable for `tolen` bytes.
#[unsafe(export_name = "ws2_sendto")]
pub unsafe extern "system" fn sendto(
    s: SOCKET,
    buf: PCSTR,
    len: i32,
    flags: i32,
    to: *const SOCKADDR,
    tolen: i32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::sendto(s, buf, len, flags, to, tolen) },
        || {
            let socket = table::enter_to_wait(s)?;
            let (from, fault) = one(buf, len);
            // SAFETY: the caller's promise about to.
            let to = unsafe { destination(&socket, to, tolen) };
            finished(transfer(&socket, Request { from, fault, flags: flags as u32, to }))
        },
    )
}

/// **WSASend** sends the bytes of several buffers, in order.
///
/// `buffers` are `count` WSABUFs; `*sent` gets the number of bytes; `flags` as in [`send`], and
/// MSG_PARTIAL. With `overlapped` NULL the call is synchronous and `routine` is ignored; else both are as in
/// [`WSARecv`](super::WSARecv), the operation ends when everything is sent, and `sent` may be NULL.
///
/// # Errors
/// Those of [`send`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | `sent` or `buffers` is no pointer; a bad handle is told first | F016 |
/// | WSAEINVAL | `count` is 0 | decided, as F015 |
/// | WSA_IO_PENDING, WSA_INVALID_HANDLE, WSAEINVAL, WSAEFAULT | of `overlapped` and `routine`, as in [`WSARecv`](super::WSARecv) | F022, F051 |
///
/// # Safety
/// - `buffers` is NULL or readable for `count` WSABUFs, each of which is NULL or readable for its length.
/// - `sent` is NULL or a writable DWORD.
/// - `overlapped` is NULL or an OVERLAPPED; it and the buffers stay until the operation has ended, and
///   `routine` may be called with it.
#[unsafe(export_name = "ws2_WSASend")]
pub unsafe extern "system" fn WSASend(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    sent: *mut u32,
    flags: u32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::WSASend(s, buffers, count, sent, flags, overlapped, routine) },
        // SAFETY: the caller's promise.
        move || unsafe { base_send(s, buffers, count, sent, flags, overlapped, routine, Behalf::default) },
    )
}

/// [`WSASend`] of the base provider.
///
/// # Safety
/// Those of [`WSASend`].
#[allow(clippy::too_many_arguments)] // They are Winsock's.
#[inline(always)]
pub(in crate::ffi) unsafe fn base_send(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    sent: *mut u32,
    flags: u32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
    behalf: impl FnOnce() -> Behalf,
) -> Result<i32, WsaError> {
    let socket = table::enter_to_wait(s)?;
    // SAFETY: the caller's promise about buffers and sent.
    unsafe { send_buffers(&socket, buffers, count, sent, flags, (overlapped, routine, behalf), None) }
}

/// **WSASendTo** sends the bytes of several buffers to the address `to`, which is `tolen` bytes long.
///
/// As [`WSASend`], with the address as in [`sendto`].
///
/// # Errors
/// Those of [`WSASend`] and of [`sendto`].
///
/// # Safety
/// - Those of [`WSASend`]; `to` is NULL or readable for `tolen` bytes.
#[unsafe(export_name = "ws2_WSASendTo")]
pub unsafe extern "system" fn WSASendTo(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    sent: *mut u32,
    flags: u32,
    to: *const SOCKADDR,
    tolen: i32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::WSASendTo(s, buffers, count, sent, flags, to, tolen, overlapped, routine) },
        // SAFETY: the caller's promise.
        move || unsafe {
            base_send_to(s, buffers, count, sent, flags, to, tolen, overlapped, routine, Behalf::default)
        },
    )
}

/// [`WSASendTo`] of the base provider.
///
/// # Safety
/// Those of [`WSASendTo`].
#[allow(clippy::too_many_arguments)] // They are Winsock's.
#[inline(always)]
pub(in crate::ffi) unsafe fn base_send_to(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    sent: *mut u32,
    flags: u32,
    to: *const SOCKADDR,
    tolen: i32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
    behalf: impl FnOnce() -> Behalf,
) -> Result<i32, WsaError> {
    let socket = table::enter_to_wait(s)?;
    // SAFETY: the caller's promise about to.
    let to = unsafe { destination(&socket, to, tolen) };
    // SAFETY: the caller's promise about buffers and sent.
    unsafe { send_buffers(&socket, buffers, count, sent, flags, (overlapped, routine, behalf), to) }
}

/// # Safety
/// Those of [`WSASend`].
#[inline(always)]
unsafe fn send_buffers(
    socket: &Socket,
    buffers: *const WSABUF,
    count: u32,
    sent: *mut u32,
    flags: u32,
    (overlapped, routine, behalf): (
        *mut OVERLAPPED,
        LPWSAOVERLAPPED_COMPLETION_ROUTINE,
        impl FnOnce() -> Behalf,
    ),
    to: Option<Result<HostAddr, NtStatus>>,
) -> Result<i32, WsaError> {
    // SAFETY: the caller's promise.
    let (from, fault) = unsafe { buffers::scatter(buffers, count) };
    if overlapped.is_null() {
        let fault = fault.or_else(|| (!is_writable(sent)).then_some(NtStatus::ACCESS_VIOLATION));
        let bytes = finished(transfer(socket, Request { from, fault, flags, to }))?;
        // SAFETY: the caller's promise.
        unsafe { put(sent, bytes as u32) }?;
        return Ok(0);
    }
    let routine = Routine::of(routine);
    // SAFETY: the caller's promise.
    let mut told = unsafe { overlapped::told(socket, overlapped, routine) }?;
    let behalf = behalf();
    told.target.routine_in = behalf.thread;
    if told.bad_event {
        return Err(WsaError::WSA_INVALID_HANDLE);
    }
    if told.contradiction {
        return Err(WsaError::WSAEINVAL);
    }
    let bad_count = !sent.is_null() && !is_writable(sent);
    let fault = fault.or_else(|| bad_count.then_some(NtStatus::ACCESS_VIOLATION));
    // SAFETY: the caller's promise.
    let block =
        unsafe { Block::new(overlapped, routine, sent, std::ptr::null_mut()) }.watched_by(behalf.watch);
    let request = Request { from, fault, flags, to };
    overlapped::said(waiting::start(socket, request, block, told.target))
}

/// One buffer, and what is wrong with its length. The host only reads it.
#[inline]
fn one(buf: PCSTR, len: i32) -> (Scatter, Option<NtStatus>) {
    match usize::try_from(len) {
        Ok(len) => (Scatter::one(buf.cast_mut(), len), None),
        Err(_) => (Scatter::one(std::ptr::null_mut(), 0), Some(NtStatus::ACCESS_VIOLATION)),
    }
}

#[inline]
fn finished(outcome: Outcome) -> Result<i32, WsaError> {
    if outcome.status == NtStatus::SUCCESS {
        Ok(outcome.bytes as i32)
    } else {
        Err(outcome.status.winsock_of_call())
    }
}

/// The address of a datagram; a stream's is not even looked at.
///
/// # Safety
/// `to` is bad or readable for `len` bytes.
unsafe fn destination(socket: &Socket, to: *const SOCKADDR, len: i32) -> Option<Result<HostAddr, NtStatus>> {
    let facts = socket.facts();
    if facts.any(facts::CIRCUIT) || to.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    let name = unsafe { name::read(to, len) };
    let same_family = |name: HostAddr| {
        let family = i32::from(name.family().to_windows());
        match name.ip() {
            _ if family != facts.provider().family => Err(WsaError::WSAEAFNOSUPPORT),
            // Nobody can be at port 0.
            Some(_) if name.port() == 0 && facts.provider().is_udp() => Err(WsaError::WSAEADDRNOTAVAIL),
            _ => Ok(name),
        }
    };
    Some(name.and_then(same_family).map_err(NtStatus::from_winsock))
}
