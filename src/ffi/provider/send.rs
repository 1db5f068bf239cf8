//! Sending: the caller's buffers, counts and addresses across the border.
#![allow(unsafe_code)] // The C border.

use super::buffers;
use super::name;
use super::overlapped::{self, Behalf, Block, Routine};
use crate::error::WsaError;
use crate::ffi::memory::{is_writable, put};
use crate::overlapped::send::{self as waiting, synchronous as transfer};
use crate::socket::address::HostAddr;
use crate::socket::facts;
use crate::socket::table::{self, Socket};
use crate::status::NtStatus;
use crate::sys::Scatter;
use crate::transfer::Outcome;
use crate::transfer::send::Request;
use crate::windows::foundation::PCSTR;
use crate::windows::types::*;

/// **send** of the base provider.
///
/// # Safety
/// Those of `send`.
#[inline(always)]
pub(in crate::ffi) unsafe fn send(
    s: SOCKET,
    buf: PCSTR,
    len: i32,
    flags: SEND_RECV_FLAGS,
) -> Result<i32, WsaError> {
    let socket = table::enter_to_wait(s)?;
    let (from, fault) = one(buf, len);
    finished(transfer(&socket, Request { from, fault, flags: flags as u32, to: None, with: None }))
}

/// **sendto** of the base provider.
///
/// # Safety
/// Those of `sendto`.
#[inline(always)]
pub(in crate::ffi) unsafe fn sendto(
    s: SOCKET,
    buf: PCSTR,
    len: i32,
    flags: i32,
    to: *const SOCKADDR,
    tolen: i32,
) -> Result<i32, WsaError> {
    let socket = table::enter_to_wait(s)?;
    let (from, fault) = one(buf, len);
    // SAFETY: the caller's promise about to.
    let to = unsafe { destination(&socket, to, tolen) };
    finished(transfer(&socket, Request { from, fault, flags: flags as u32, to, with: None }))
}

/// **WSASend** of the base provider.
///
/// # Safety
/// Those of `WSASend`.
#[allow(clippy::too_many_arguments)] // They are Winsock's.
#[inline(always)]
pub(in crate::ffi) unsafe fn wsa_send(
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

/// **WSASendTo** of the base provider.
///
/// # Safety
/// Those of `WSASendTo`.
#[allow(clippy::too_many_arguments)] // They are Winsock's.
#[inline(always)]
pub(in crate::ffi) unsafe fn wsa_send_to(
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
/// Those of `WSASend`.
#[inline(always)]
unsafe fn send_buffers(
    socket: &Socket,
    buffers: *const WSABUF,
    count: u32,
    sent: *mut u32,
    flags: u32,
    told: (*mut OVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE, impl FnOnce() -> Behalf),
    to: Option<Result<HostAddr, NtStatus>>,
) -> Result<i32, WsaError> {
    // SAFETY: the caller's promise.
    let (from, fault) = unsafe { buffers::scatter(buffers, count) };
    // SAFETY: the caller's promise.
    unsafe { send_request(socket, Request { from, fault, flags, to, with: None }, sent, told) }
}

/// Sends at once, or begins to send.
///
/// # Safety
/// Those of `WSASend`, for the request's buffers, `sent`, the OVERLAPPED and the routine.
#[inline(always)]
pub(super) unsafe fn send_request(
    socket: &Socket,
    mut request: Request,
    sent: *mut u32,
    (overlapped, routine, behalf): (
        *mut OVERLAPPED,
        LPWSAOVERLAPPED_COMPLETION_ROUTINE,
        impl FnOnce() -> Behalf,
    ),
) -> Result<i32, WsaError> {
    if overlapped.is_null() {
        request.fault = request.fault.or_else(|| (!is_writable(sent)).then_some(NtStatus::ACCESS_VIOLATION));
        let bytes = finished(transfer(socket, request))?;
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
    request.fault = request.fault.or_else(|| bad_count.then_some(NtStatus::ACCESS_VIOLATION));
    // SAFETY: the caller's promise.
    let block =
        unsafe { Block::new(overlapped, routine, sent, std::ptr::null_mut()) }.watched_by(behalf.watch);
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
pub(super) unsafe fn destination(
    socket: &Socket,
    to: *const SOCKADDR,
    len: i32,
) -> Option<Result<HostAddr, NtStatus>> {
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
