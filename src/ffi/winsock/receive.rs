//! recv, recvfrom, WSARecv, WSARecvFrom, WSARecvEx.
#![allow(unsafe_code)] // The C border.

use super::buffers;
use super::consts::{MSG_PARTIAL, SOCKET_ERROR};
use super::name::NameOut;
use super::overlapped::{self, Behalf, Block, Routine};
use super::types::*;
use crate::error::WsaError;
use crate::ffi::border::routed;
use crate::ffi::memory::{get, is_writable, put};
use crate::ffi::spi::{doors, wishes};
use crate::overlapped::Answer;
use crate::overlapped::receive::{self as waiting, BytesOnly, Outputs, synchronous as receive};
use crate::socket::address::HostAddr;
use crate::socket::facts;
use crate::socket::table::{self, Socket};
use crate::status::NtStatus;
use crate::sys::Scatter;
use crate::transfer::Outcome;
use crate::transfer::order::{self, Need, Step, Unmet};
use crate::transfer::receive::{Request, plain, plain_from};
use crate::windows::foundation::PSTR;

/// **recv** receives from a connected socket, or from a bound datagram socket.
///
/// `buf` takes up to `len` bytes. `flags` is 0 or a combination of MSG_PEEK, MSG_OOB and MSG_WAITALL.
/// Returns the number of bytes received; on a stream, 0 says that the peer has finished.
///
/// # Errors
/// Checked in this order: startup, handle, state, pointers, flags.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket, or is closed | F011 |
/// | WSAENOTCONN | a stream that is not connected, or listens | F012, F024, F041 |
/// | WSAEINVAL | a datagram socket without a name; MSG_OOB with SO_OOBINLINE | F042, F174 |
/// | WSAESHUTDOWN | the receiving side is shut | F134, F135 |
/// | WSAEFAULT | `len` is negative, or `buf` is not memory of the caller; nothing is taken | F013 |
/// | WSAEOPNOTSUPP | a flag that the socket does not have, or a combination that is none | G084–G092 |
/// | WSAEWOULDBLOCK | nonblocking mode and nothing to receive | F032 |
/// | WSAETIMEDOUT | SO_RCVTIMEO has passed | F187 |
/// | WSAEMSGSIZE | a message longer than `len`: its head is in `buf`, its rest is gone | F154, G051 |
/// | WSAEMSGSIZE | the same over AF_UNIX: the next call gets the next part, or the whole message again, as the protocol has it ([`UNIXPROTO_PARTS`](crate::extensions::UNIXPROTO_PARTS)). MSG_PARTIAL makes a part a success | documented |
/// | WSAECONNRESET | the peer reset the connection; on a datagram socket, an earlier send reached nobody | F145, G030 |
/// | WSAECONNABORTED | the connection was aborted; closesocket in another thread | F140, G001 |
/// | WSAEINTR | closesocket on a datagram socket in another thread; the final WSACleanup | G002, G211 |
/// | WSAENETRESET | a datagram's time to live ran out; keep-alive lost the peer | G046, G136 |
///
/// # Platform notes
/// | | Linux | macOS |
/// |---|---|---|
/// | ICMP errors | of every send, one by one | of connected sockets only |
///
/// # Examples
/// ```
/// use openws2::Win32::Networking::WinSock::*;
///
/// let mut data = WSADATA::default();
/// let mut byte = 0u8;
/// unsafe {
///     WSAStartup(0x0202, &mut data);
///     let unconnected = socket(AF_INET.into(), SOCK_STREAM, IPPROTO_TCP);
///     assert_eq!(recv(unconnected, &mut byte, 1, 0), SOCKET_ERROR);
///     assert_eq!(WSAGetLastError(), WSAENOTCONN);
///     WSACleanup();
/// }
/// ```
///
/// # Safety
/// - `buf` is NULL or writable for `len` bytes.
#[unsafe(export_name = "ws2_recv")]
pub unsafe extern "system" fn recv(s: SOCKET, buf: PSTR, len: i32, flags: SEND_RECV_FLAGS) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::recv(s, buf, len, flags) },
        || {
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
        },
    )
}

/// **recvfrom** receives and tells who sent.
///
/// As [`recv`]; on a datagram socket the sender's name goes to `from`, which has room for `*fromlen`
/// bytes, and its length to `*fromlen`. Both may be NULL. A stream ignores both (F308).
///
/// # Errors
/// Those of [`recv`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | `*fromlen` is too short for the socket's family, or only one of the two is NULL; nothing is taken | F306, G221 |
/// | WSAEINVAL | a duplicate that was made before the socket had a name | F321 |
///
/// # Safety
/// - `buf` is NULL or writable for `len` bytes.
/// - `fromlen` is NULL or an int to read and write; `from` is NULL or writable for `*fromlen` bytes.
#[unsafe(export_name = "ws2_recvfrom")]
pub unsafe extern "system" fn recvfrom(
    s: SOCKET,
    buf: PSTR,
    len: i32,
    flags: i32,
    from: *mut SOCKADDR,
    fromlen: *mut i32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::recvfrom(s, buf, len, flags, from, fromlen) },
        || {
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
        },
    )
}

/// **WSARecv** receives into several buffers.
///
/// `buffers` are `count` WSABUFs, filled in order. `*received` gets the number of bytes. `*flags` is read
/// and written: MSG_PEEK, MSG_OOB, MSG_WAITALL, MSG_PARTIAL and MSG_PUSH_IMMEDIATE go in; what is true of
/// the bytes comes out. With `overlapped` NULL the call is synchronous and `routine` is ignored (F023).
///
/// With an OVERLAPPED the call fails with WSA_IO_PENDING if there is nothing yet, whatever the socket's mode
/// and SO_RCVTIMEO are (F033, F188). Then neither count nor flags are written; the buffers and the
/// OVERLAPPED belong to the operation until it has ended, and the array of WSABUFs does not (F056). The end
/// is told to `routine`, in an alertable wait of this thread; else to hEvent, or to the socket's handle if
/// that is NULL, and to the completion port of the socket. A call that succeeds at once tells of it as well.
/// `received` may be NULL. On a socket made without WSA_FLAG_OVERLAPPED the call waits (F034).
///
/// Whether a receive acts as on a byte stream or on messages is decided by the service flags of the
/// socket's protocol and by MSG_PARTIAL going in:
///
/// | XP1_MESSAGE_ORIENTED | XP1_PSEUDO_STREAM | MSG_PARTIAL, with XP1_PARTIAL_MESSAGE | acts as |
/// |---|---|---|---|
/// | not set | | | byte stream |
/// | | set | | byte stream |
/// | set | not set | set | byte stream, up to the end of the message |
/// | set | not set | not set | message |
///
/// Of a message that is longer than the buffers, a protocol with XP1_PARTIAL_MESSAGE gives the first part
/// with MSG_PARTIAL set, the rest to the next receives, and the last part with MSG_PARTIAL clear. Such
/// protocols are extensions: [`extensions`](crate::extensions).
///
/// # Errors
/// Those of [`recv`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEINVAL | `count` is 0 | F015 |
/// | WSAEFAULT | `buffers`, `received` or `flags` is no pointer | F016 |
/// | WSAEMSGSIZE | a message longer than the buffers: they are full, and `*received` says how full. Over AF_UNIX it stays queued, whole | G050, documented |
/// | WSAEDISCON | a connection that keeps messages apart: the peer has finished; an empty message is a success | G140, documented |
/// | WSA_IO_PENDING | the operation has begun and ends later | F051 |
/// | WSA_IO_PENDING | the same where a message is too long: the end tells of WSAEMSGSIZE | G053, G058 |
/// | WSA_INVALID_HANDLE | hEvent is neither NULL nor an open event; looked at next after the socket | decided |
/// | WSAEINVAL | a completion routine on a socket with a completion port | F022 |
/// | WSAEFAULT | `overlapped` is no pointer | decided |
/// | WSAENOBUFS | the host has no room for one more socket to watch | decided |
///
/// # Safety
/// - `buffers` is NULL or readable for `count` WSABUFs, each of which is NULL or writable for its length.
/// - `received` and `flags` are NULL or a DWORD each, to read and write.
/// - `overlapped` is NULL or an OVERLAPPED; it and the buffers stay until the operation has ended, and
///   `routine` may be called with it.
#[unsafe(export_name = "ws2_WSARecv")]
pub unsafe extern "system" fn WSARecv(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    received: *mut u32,
    flags: *mut u32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::WSARecv(s, buffers, count, received, flags, overlapped, routine) },
        // SAFETY: the caller's promise.
        move || unsafe {
            base_recv(s, buffers, count, received, flags, overlapped, routine, Behalf::default)
        },
    )
}

/// [`WSARecv`] of the base provider.
///
/// # Safety
/// Those of [`WSARecv`].
#[allow(clippy::too_many_arguments)] // They are Winsock's.
#[inline(always)]
pub(in crate::ffi) unsafe fn base_recv(
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

/// **WSARecvFrom** receives into several buffers and tells who sent.
///
/// As [`WSARecv`], with `from` and `fromlen` as in [`recvfrom`].
///
/// # Errors
/// Those of [`WSARecv`] and of [`recvfrom`].
///
/// # Safety
/// - Those of [`WSARecv`].
/// - `fromlen` is NULL or an int to read and write; `from` is NULL or writable for `*fromlen` bytes.
#[unsafe(export_name = "ws2_WSARecvFrom")]
pub unsafe extern "system" fn WSARecvFrom(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    received: *mut u32,
    flags: *mut u32,
    from: *mut SOCKADDR,
    fromlen: *mut i32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe {
            doors::WSARecvFrom(s, buffers, count, received, flags, from, fromlen, overlapped, routine)
        },
        // SAFETY: the caller's promise.
        move || unsafe {
            base_recv_from(
                s,
                buffers,
                count,
                received,
                flags,
                from,
                fromlen,
                overlapped,
                routine,
                Behalf::default,
            )
        },
    )
}

/// [`WSARecvFrom`] of the base provider.
///
/// # Safety
/// Those of [`WSARecvFrom`].
#[allow(clippy::too_many_arguments)] // They are Winsock's.
#[inline(always)]
pub(in crate::ffi) unsafe fn base_recv_from(
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
    if let (Answer::Pending, Some(due)) = (answer, held_back) {
        wishes::look_at(socket.fd() as SOCKET, due);
    }
    overlapped::said(answer)
}

/// **WSARecvEx** receives, and says by MSG_PARTIAL that a message did not fit.
///
/// `buf` takes up to `len` bytes. `*flags` is only written: MSG_PARTIAL where a message was longer than
/// `len`, which is a success here (G067), else 0. On a stream the function is [`recv`]. Of AF_UNIX messages
/// that are received in parts, the rest comes with the next call; the graceful end is 0 bytes.
///
/// # Errors
/// Those of [`recv`] without flags, but for WSAEMSGSIZE; and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | `flags` is no pointer | decided |
/// | WSAEMSGSIZE | an AF_UNIX message that is received whole or not at all: it stays, and to say that a part was received would be to give it twice | decided |
///
/// # Safety
/// - `buf` is NULL or writable for `len` bytes; `flags` is NULL or a writable int.
#[unsafe(export_name = "ws2_WSARecvEx")]
pub unsafe extern "system" fn WSARecvEx(s: SOCKET, buf: PSTR, len: i32, flags: *mut i32) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::WSARecvEx(s, buf, len, flags) },
        || {
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
        },
    )
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
