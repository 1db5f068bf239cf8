//! Receiving: the caller's buffers, counts, flags and names across the border.
#![allow(unsafe_code)] // The C border.

use super::buffers;
use super::name::NameOut;
use super::overlapped::{self, Behalf, Block, Routine};
use super::wishes;
use crate::error::WsaError;
use crate::ffi::memory::{get, is_writable, put};
use crate::overlapped::Answer;
use crate::overlapped::held::HeldBack;
use crate::overlapped::receive::{self as waiting, BytesOnly, Outputs, synchronous as receive};
use crate::socket::address::HostAddr;
use crate::socket::facts;
use crate::socket::table::{self, Socket};
use crate::status::NtStatus;
use crate::sys::Scatter;
use crate::transfer::Outcome;
use crate::transfer::order::{self, Need, Step, Unmet};
use crate::transfer::receive::{Request, plain, plain_from};
use crate::windows::consts::MSG_PARTIAL;
use crate::windows::foundation::PSTR;
use crate::windows::types::*;

/// **recv** of the base provider.
///
/// # Safety
/// Those of `recv`.
#[inline(always)]
pub(in crate::ffi) unsafe fn recv(
    s: SOCKET,
    buf: PSTR,
    len: i32,
    flags: SEND_RECV_FLAGS,
) -> Result<i32, WsaError> {
    let socket = table::enter_to_wait(s)?;
    if let (0, Ok(len)) = (flags, usize::try_from(len)) {
        if let Some(outcome) = plain(&socket, buf, len) {
            return finished(outcome);
        }
    }
    let (into, unmet) = one(buf, len);
    let request = Request {
        into,
        order: order::RECV,
        unmet,
        flags: flags as u32,
        from: None,
        control: None,
        overlapped: false,
    };
    without_flags(receive(&socket, request))
}

/// **recvfrom** of the base provider.
///
/// # Safety
/// Those of `recvfrom`.
#[inline(always)]
pub(in crate::ffi) unsafe fn recvfrom(
    s: SOCKET,
    buf: PSTR,
    len: i32,
    flags: i32,
    from: *mut SOCKADDR,
    fromlen: *mut i32,
) -> Result<i32, WsaError> {
    let socket = table::enter_to_wait(s)?;
    if let (0, Ok(len)) = (flags, usize::try_from(len)) {
        let least = socket.facts().provider().min_address;
        // SAFETY: the caller's promise about from and fromlen.
        if let Ok(room) = unsafe { NameOut::new(from, fromlen, least) } {
            let mut name = HostAddr::empty();
            if let Some(outcome) = plain_from(&socket, buf, len, &mut name) {
                if outcome.named {
                    room.put(&name);
                }
                return finished(outcome);
            }
        }
    }
    let (into, unmet) = one(buf, len);
    let request = Request {
        into,
        order: order::RECVFROM,
        unmet,
        flags: flags as u32,
        from: None,
        control: None,
        overlapped: false,
    };
    // SAFETY: the caller's promise about from and fromlen.
    without_flags(unsafe { receive_named(&socket, request, from, fromlen) })
}

/// **WSARecv** of the base provider.
///
/// # Safety
/// Those of `WSARecv`.
#[allow(clippy::too_many_arguments)] // They are Winsock's.
#[inline(always)]
pub(in crate::ffi) unsafe fn wsa_recv(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    received: *mut u32,
    flags: *mut u32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
    behalf: impl FnOnce() -> Behalf,
) -> Result<i32, WsaError> {
    let socket = table::enter_to_wait(s)?;
    // SAFETY: the caller's promise about buffers and flags.
    let request = unsafe { several(order::WSARECV, buffers, count, received, flags, overlapped) };
    if overlapped.is_null() {
        // SAFETY: the caller's promise about received and flags.
        return unsafe { report(receive(&socket, request), received, flags) };
    }
    // SAFETY: the caller's promise about overlapped and routine, received and flags.
    unsafe { begin(&socket, request, BytesOnly, overlapped, routine, received, flags, behalf()) }
}

/// **WSARecvFrom** of the base provider.
///
/// # Safety
/// Those of `WSARecvFrom`.
#[allow(clippy::too_many_arguments)] // They are Winsock's.
#[inline(always)]
pub(in crate::ffi) unsafe fn wsa_recv_from(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    received: *mut u32,
    flags: *mut u32,
    from: *mut SOCKADDR,
    fromlen: *mut i32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
    behalf: impl FnOnce() -> Behalf,
) -> Result<i32, WsaError> {
    let socket = table::enter_to_wait(s)?;
    // SAFETY: the caller's promise about buffers and flags.
    let request = unsafe { several(order::WSARECVFROM, buffers, count, received, flags, overlapped) };
    if overlapped.is_null() {
        // SAFETY: the caller's promise about from and fromlen.
        let outcome = unsafe { receive_named(&socket, request, from, fromlen) };
        // SAFETY: the caller's promise about received and flags.
        return unsafe { report(outcome, received, flags) };
    }
    // SAFETY: the caller's promise about from and fromlen.
    let room = unsafe { room_for_name(&socket, from, fromlen) };
    let unmet = request.unmet.unless(!matches!(room, Some(Err(_))), Need::Room);
    let name = Named(room.and_then(Result::ok));
    // SAFETY: the caller's promise about overlapped and routine, received and flags.
    unsafe {
        begin(&socket, Request { unmet, ..request }, name, overlapped, routine, received, flags, behalf())
    }
}

/// A receive that tells the sender's name, on a socket that has any.
struct Named(Option<NameOut>);

impl Outputs for Named {
    fn wants_name(&self) -> bool {
        self.0.is_some()
    }

    fn put(&mut self, outcome: &Outcome, name: &HostAddr) -> u32 {
        if let (true, Some(room)) = (outcome.named, self.0.take()) {
            room.put(name);
        }
        outcome.flags
    }
}

/// Begins an overlapped receive.
///
/// # Safety
/// - `overlapped` is bad or an OVERLAPPED; it, the request's buffers and the outputs stay good until the
///   operation has ended. `routine` may be called with it.
/// - `received` and `flags` are bad or a DWORD each until the call returns.
#[allow(clippy::too_many_arguments)] // They are Winsock's.
#[inline]
pub(super) unsafe fn begin<O: Outputs + 'static>(
    socket: &Socket,
    request: Request<'_>,
    outputs: O,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
    received: *mut u32,
    flags: *mut u32,
    behalf: Behalf,
) -> Result<i32, WsaError> {
    let Behalf { thread, watch, held_back } = behalf;
    let routine = Routine::of(routine);
    // SAFETY: the caller's promise.
    let mut told = unsafe { overlapped::told(socket, overlapped, routine) }?;
    told.target.routine_in = thread;
    let unmet =
        request.unmet.unless(!told.bad_event, Need::Event).unless(!told.contradiction, Need::Tellable);
    // SAFETY: the caller's promise.
    let block = unsafe { Block::new(overlapped, routine, received, flags) }.watched_by(watch);
    let request = Request { unmet, ..request };
    let answer = waiting::start(socket, request, outputs, block, told.target, held_back);
    if let (Answer::Pending, Some(HeldBack { until, .. })) = (answer, held_back) {
        wishes::look_at(socket.fd() as SOCKET, until);
    }
    overlapped::said(answer)
}

/// **WSARecvEx** of the base provider.
///
/// # Safety
/// Those of `WSARecvEx`.
#[inline(always)]
pub(in crate::ffi) unsafe fn wsa_recv_ex(
    s: SOCKET,
    buf: PSTR,
    len: i32,
    flags: *mut i32,
) -> Result<i32, WsaError> {
    let socket = table::enter_to_wait(s)?;
    let (into, unmet) = one(buf, len);
    let unmet = unmet.unless(is_writable(flags), Need::FlagsPointer);
    let mut outcome = receive(
        &socket,
        Request {
            into,
            order: order::WSARECVEX,
            unmet,
            flags: 0,
            from: None,
            control: None,
            overlapped: false,
        },
    );
    // G067. Where the whole message stays queued, to say that a part was received would be to give it twice.
    if outcome.status == NtStatus::BUFFER_OVERFLOW && !socket.facts().any(facts::RELIABLE) {
        outcome.status = NtStatus::SUCCESS;
        outcome.flags = MSG_PARTIAL;
    }
    let bytes = if is_end(&outcome) { 0 } else { finished(outcome)? };
    // SAFETY: the caller's promise.
    unsafe { put(flags, outcome.flags as i32) }?;
    Ok(bytes)
}

/// One buffer, and whether its length is one.
#[inline]
fn one(buf: PSTR, len: i32) -> (Scatter, Unmet) {
    let length = usize::try_from(len);
    (Scatter::one(buf, length.unwrap_or(0)), Unmet::NONE.unless(length.is_ok(), Need::Length))
}

/// The byte count of a success, or the code of a failure.
#[inline]
pub(super) fn finished(outcome: Outcome) -> Result<i32, WsaError> {
    if outcome.status == NtStatus::SUCCESS || outcome.status == NtStatus::RECEIVE_PARTIAL {
        Ok(outcome.bytes as i32)
    } else {
        Err(outcome.status.winsock_of_call())
    }
}

/// What recv and recvfrom say, which have no flags to give: that a message was received in part is an error,
/// and its end is 0 bytes.
fn without_flags(outcome: Outcome) -> Result<i32, WsaError> {
    match outcome.status {
        NtStatus::RECEIVE_PARTIAL => Err(WsaError::WSAEMSGSIZE),
        _ if is_end(&outcome) => Ok(0),
        _ => finished(outcome),
    }
}

/// The peer of a socket that keeps messages apart has finished.
fn is_end(outcome: &Outcome) -> bool {
    outcome.status == NtStatus::GRACEFUL_DISCONNECT
}

/// What WSARecv and WSARecvFrom ask for.
///
/// # Safety
/// `buffers` is bad or readable for `count` WSABUFs; `flags` is bad or a DWORD.
#[inline(always)]
unsafe fn several<'a>(
    order: &'static [Step],
    buffers: *const WSABUF,
    count: u32,
    received: *mut u32,
    flags: *mut u32,
    overlapped: *mut OVERLAPPED,
) -> Request<'a> {
    // SAFETY: the caller's promise. What it finds wrong is noted below, each fault by itself.
    let (into, fault) = unsafe { buffers::scatter(buffers, count) };
    // SAFETY: the caller's promise.
    let asked = unsafe { get(flags) };
    let unmet = Unmet::NONE
        .unless(count > 0, Need::Buffers)
        .unless(count == 0 || fault.is_none(), Need::Array)
        .unless(asked.is_ok() && is_writable(flags), Need::FlagsPointer)
        .unless(is_writable(received) || (received.is_null() && !overlapped.is_null()), Need::CountPointer);
    Request {
        into,
        order,
        unmet,
        flags: asked.unwrap_or(0),
        from: None,
        control: None,
        overlapped: !overlapped.is_null(),
    }
}

/// Writes what a call without an OVERLAPPED writes: the count also when a message was cut (G050).
///
/// # Safety
/// Both pointers are bad or good for a DWORD.
unsafe fn report(outcome: Outcome, received: *mut u32, flags: *mut u32) -> Result<i32, WsaError> {
    if outcome.status.is_success() || outcome.status == NtStatus::BUFFER_OVERFLOW {
        // SAFETY: the caller's promise.
        unsafe { put(received, outcome.bytes as u32) }?;
    }
    finished(outcome)?;
    // SAFETY: the caller's promise.
    unsafe { put(flags, outcome.flags) }?;
    Ok(0)
}

/// Receives with a place for the sender's name, which only datagram sockets fill.
///
/// # Safety
/// `fromlen` is bad or an int; `from` is bad or writable for `*fromlen` bytes.
unsafe fn receive_named(
    socket: &Socket,
    request: Request<'_>,
    from: *mut SOCKADDR,
    fromlen: *mut i32,
) -> Outcome {
    // SAFETY: the caller's promise.
    let Some(room) = (unsafe { room_for_name(socket, from, fromlen) }) else {
        return receive(socket, request);
    };
    let unmet = request.unmet.unless(room.is_ok(), Need::Room);
    let mut name = HostAddr::empty();
    let outcome = receive(socket, Request { unmet, from: Some(&mut name), ..request });
    if let (true, Ok(room)) = (outcome.named, room) {
        room.put(&name);
    }
    outcome
}

/// The place for the sender's name; None where none is told: on a stream (F308), or where none is wanted.
///
/// # Safety
/// `fromlen` is bad or an int; `from` is bad or writable for `*fromlen` bytes.
unsafe fn room_for_name(
    socket: &Socket,
    from: *mut SOCKADDR,
    fromlen: *mut i32,
) -> Option<Result<NameOut, WsaError>> {
    let facts = socket.facts();
    if facts.any(facts::CIRCUIT) || (from.is_null() && fromlen.is_null()) {
        return None;
    }
    // SAFETY: the caller's promise.
    Some(unsafe { NameOut::new(from, fromlen, facts.provider().min_address) })
}
