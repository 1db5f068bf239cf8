//! One receive, from the state check to what Winsock says of it.
//!
//! The order in which faults are told is Windows', and stands in [`order`](super::order). A connected
//! stream with nothing unusual about it goes straight to the host.

use std::cell::Cell;
use std::time::Instant;

use super::control::Control;
use super::order::{self, Need, Step, Unmet};
use super::whole::Whole;
use super::{Outcome, datagram, message, wait};
use crate::platform::{HOST, Operation};
use crate::reasons;
use crate::socket::address::HostAddr;
use crate::socket::facts::{self, Facts};
use crate::socket::table::Socket;
use crate::socket::{connection, icmp, lifecycle, network_events, urgent};
use crate::status::NtStatus;
use crate::sys::{self, Errno, Scatter, memory};
use crate::windows::consts as w;

/// What a receive asks for.
pub(crate) struct Request<'a> {
    pub(crate) into: Scatter,
    /// The steps of the function that was called.
    pub(crate) order: &'static [Step],
    /// What its arguments lack.
    pub(crate) unmet: Unmet,
    /// Winsock's flags.
    pub(crate) flags: u32,
    /// Where the sender's name goes, if the function is one that can tell it.
    pub(crate) from: Option<&'a mut HostAddr>,
    /// Where control data goes, if the function is the one that can tell it, with flags of its own.
    pub(crate) control: Option<&'a mut Control>,
    /// It is an overlapped receive: the socket's mode does not matter (F033, G093).
    pub(crate) overlapped: bool,
}

const OOB: u32 = w::MSG_OOB as u32;
const PEEK: u32 = w::MSG_PEEK as u32;
const WAITALL: u32 = w::MSG_WAITALL as u32;
const PUSH_IMMEDIATE: u32 = w::MSG_PUSH_IMMEDIATE as u32;
const PARTIAL: u32 = w::MSG_PARTIAL;

/// Receives into one buffer, without flags, from a socket with nothing unusual about it; None says that the
/// long way has to be taken, and that nothing was received yet.
#[inline(always)]
pub(crate) fn plain(socket: &Socket, buf: *mut u8, len: usize) -> Option<Outcome> {
    let facts = socket.facts();
    if len == 0 || memory::is_unmappable(buf as usize) || socket.waits_alertably() {
        return None;
    }
    if facts.plain_stream() {
        let outcome = match sys::receive_bytes(socket.fd(), buf, len) {
            Ok(bytes) if bytes > 0 => Outcome::done(bytes),
            other => plain_stream_rest(socket, facts, other, buf, len),
        };
        network_events::received_meanwhile(socket);
        return Some(outcome);
    }
    if HOST.trunc_input && facts.plain_datagram() && memory::is_known_writable(buf as usize, len) {
        let outcome = match sys::receive_whole_length(socket.fd(), buf, len) {
            Ok(full) if 0 < full && full <= len => Outcome::done(full),
            other => plain_datagram_rest(socket, facts, other, buf, len, None),
        };
        network_events::received_meanwhile(socket);
        return Some(outcome);
    }
    None
}

/// As [`plain`], from a datagram socket and with the sender's name.
#[inline(always)]
pub(crate) fn plain_from(socket: &Socket, buf: *mut u8, len: usize, from: &mut HostAddr) -> Option<Outcome> {
    let facts = socket.facts();
    let plain = HOST.trunc_input
        && len > 0
        && facts.plain_datagram()
        && memory::is_known_writable(buf as usize, len)
        && !socket.waits_alertably();
    if !plain {
        return None;
    }
    let outcome = match sys::receive_whole_length_from(socket.fd(), buf, len, from) {
        Ok(full) if 0 < full && full <= len => Outcome { named: true, ..Outcome::done(full) },
        other => plain_datagram_rest(socket, facts, other, buf, len, Some(from)),
    };
    network_events::received_meanwhile(socket);
    Some(outcome)
}

#[cold]
fn plain_stream_rest(
    socket: &Socket,
    facts: Facts,
    answer: Result<usize, Errno>,
    buf: *mut u8,
    len: usize,
) -> Outcome {
    match answer {
        Ok(_) => end_of_stream(socket),
        Err(errno) if ends_unblocked(facts, errno) => Outcome::failed(NtStatus::DEVICE_NOT_READY),
        Err(errno) if errno.would_block() || errno.interrupted() => {
            receive_from_stream(socket, &mut plain_request(buf, len, None), &Patience::of(socket))
        }
        Err(errno) => stream_failure(socket, errno),
    }
}

#[cold]
fn plain_datagram_rest(
    socket: &Socket,
    facts: Facts,
    answer: Result<usize, Errno>,
    buf: *mut u8,
    len: usize,
    from: Option<&mut HostAddr>,
) -> Outcome {
    match answer {
        Ok(full) => datagram::outcome(socket, full.min(len), full > len),
        Err(errno) if ends_unblocked(facts, errno) => Outcome::failed(NtStatus::DEVICE_NOT_READY),
        Err(errno) if errno.would_block() || errno.interrupted() => {
            datagram::receive(socket, &mut plain_request(buf, len, from), &Patience::of(socket))
        }
        Err(errno) if icmp::is_report(errno) => {
            // It is found where it is noted, with the name of the destination.
            icmp::met_by_send(socket, errno);
            datagram::receive(socket, &mut plain_request(buf, len, from), &Patience::of(socket))
        }
        Err(errno) => datagram::failure(socket, errno),
    }
}

/// Nothing there, and the socket does not wait.
fn ends_unblocked(facts: Facts, errno: Errno) -> bool {
    let ends = errno.would_block() && facts.any(facts::NONBLOCKING);
    if ends {
        nothing_there();
    }
    ends
}

fn nothing_there() {
    reasons::because("F032", "nothing has come, and the socket is nonblocking");
}

/// A receive that has begun without a fault and goes on the long way. It is not looked for faults again: a
/// shutdown since then does not concern it (G024).
fn plain_request(buf: *mut u8, len: usize, from: Option<&mut HostAddr>) -> Request<'_> {
    Request {
        into: Scatter::one(buf, len),
        order: &[],
        unmet: Unmet::NONE,
        flags: 0,
        from,
        control: None,
        overlapped: false,
    }
}

/// Receives.
pub(crate) fn receive(socket: &Socket, mut request: Request<'_>) -> Outcome {
    if let (0, Unmet::NONE, None, None, Some((buf, len))) =
        (request.flags, request.unmet, &request.from, &request.control, request.into.as_one())
    {
        if let Some(outcome) = plain(socket, buf, len) {
            return outcome;
        }
    }
    if let Some(status) = refusal(socket, &request) {
        return Outcome::failed(status);
    }
    let outcome = go(socket, &mut request, &Patience::of(socket));
    network_events::received(socket, request.flags & OOB != 0);
    network_events::changed(socket);
    outcome
}

/// Tries once more to meet a request that was found to be without a fault when it began: a shutdown since
/// then does not concern it (F136, G024). None says that there is nothing yet, and that nothing was taken.
pub(crate) fn attempt(socket: &Socket, request: &mut Request<'_>) -> Option<Outcome> {
    let outcome = go(socket, request, &Patience::none());
    network_events::received(socket, request.flags & OOB != 0);
    (outcome.status != NtStatus::DEVICE_NOT_READY).then_some(outcome)
}

/// As [`attempt`] without flags on a stream, for bytes only.
#[inline]
pub(crate) fn attempt_plain(socket: &Socket, into: &Scatter) -> Option<Outcome> {
    loop {
        return match sys::receive_stream(socket.fd(), into, HOST.msg.dontwait) {
            Ok(0) => Some(end_of_stream(socket)),
            Ok(bytes) => {
                // A selection may have begun since the caller looked.
                network_events::received(socket, false);
                Some(Outcome::done(bytes))
            }
            Err(errno) if errno.interrupted() => continue,
            Err(errno) if errno.would_block() => None,
            Err(errno) => Some(stream_failure(socket, errno)),
        };
    }
}

/// As [`attempt`], waiting for ever, whatever the socket's mode and its timeout (F034).
pub(crate) fn insist(socket: &Socket, request: &mut Request<'_>) -> Outcome {
    let outcome = go(socket, request, &Patience::endless());
    network_events::received(socket, request.flags & OOB != 0);
    network_events::changed(socket);
    outcome
}

fn go(socket: &Socket, request: &mut Request<'_>, patience: &Patience) -> Outcome {
    if socket.facts().any(facts::STREAM) {
        receive_from_stream(socket, request, patience)
    } else if socket.facts().any(facts::RELIABLE) {
        message::receive(socket, request, patience)
    } else {
        datagram::receive(socket, request, patience)
    }
}

/// The first fault in the function's order, if there is one.
pub(crate) fn refusal(socket: &Socket, request: &Request<'_>) -> Option<NtStatus> {
    let any_kind = !std::ptr::eq(request.order, order::WSARECVMSG);
    let asks_nothing = any_kind && request.flags == 0 && request.unmet == Unmet::NONE;
    if asks_nothing && socket.facts().may_receive() && !request.into.is_unmappable() {
        return None;
    }
    connection::settle(socket);
    let fault = || order::first_fault(request.order, |need| is_met(socket, request, need));
    let first = fault()?;
    // The host may know of a reset that nobody has met yet. A call that fails anyway can afford to ask.
    let news = socket.facts().has(facts::STREAM | facts::CONNECTED) && connection::find_out(socket).is_some();
    let status = if news { fault() } else { Some(first) };
    network_events::refused(socket, request.flags & OOB != 0);
    status
}

fn is_met(socket: &Socket, request: &Request<'_>, need: Need) -> bool {
    let facts = socket.facts();
    let circuit = facts.any(facts::CIRCUIT);
    match need {
        Need::Startup | Need::Handle => true,
        Need::Messages => matches!(facts.provider().socket_type, w::SOCK_DGRAM | w::SOCK_RAW),
        Need::Peer => !circuit || has(socket, facts::CONNECTED, true),
        Need::Name => circuit || has(socket, facts::BOUND, true),
        Need::OwnName => circuit || has(socket, facts::BOUND, !facts.any(facts::SHARED)),
        Need::OpenSide => !facts.any(facts::SHUT_RECEIVE),
        Need::NotAborted => !facts.any(facts::ABORTED),
        Need::NotReset => !facts.any(facts::RESET),
        // A message that cannot be stored must not be taken.
        Need::Memory if !facts.any(facts::STREAM) => {
            !request.into.is_unmappable() && request.into.is_writable()
        }
        Need::Memory => !request.into.is_unmappable(),
        Need::KnownFlags => request.flags & !known_flags(facts) == 0,
        Need::PeekOnly => request.flags & !PEEK == 0,
        Need::OwnQueue => request.flags & OOB == 0 || !facts.any(facts::OOB_INLINE),
        Need::CanWaitForAll => request.flags & WAITALL == 0 || can_wait_for_all(facts, request),
        Need::UrgentProvider => request.flags & OOB == 0 || !facts.provider().is_local(),
        Need::Message
        | Need::Buffers
        | Need::Array
        | Need::Event
        | Need::Tellable
        | Need::Length
        | Need::FlagsPointer
        | Need::CountPointer
        | Need::Room
        | Need::ControlRoom => !request.unmet.has(need),
    }
}

/// Whether the socket has a name or a peer. Only a program that mixes in the host's own calls has one that
/// we do not know of.
fn has(socket: &Socket, bit: u64, ask_host: bool) -> bool {
    let facts = socket.facts();
    let ask_host = ask_host && !facts.any(bit | facts::CONNECTING);
    facts.any(bit) || (ask_host && lifecycle::refresh_names(socket).any(bit))
}

/// The flags that the socket's kind has (G083–G085).
fn known_flags(facts: Facts) -> u32 {
    PEEK | PARTIAL | if facts.any(facts::STREAM) { OOB | WAITALL | PUSH_IMMEDIATE } else { 0 }
}

/// What MSG_WAITALL does not go with (G075, G089–G092).
fn can_wait_for_all(facts: Facts, request: &Request<'_>) -> bool {
    let waits = request.overlapped || !facts.any(facts::NONBLOCKING);
    request.flags & (PEEK | OOB | PARTIAL) == 0 && waits
}

/// How this call waits: not at all, until an instant, or in the host itself.
pub(super) struct Patience {
    deadline: Option<Instant>,
    /// Host flags that keep the host from waiting.
    host_flags: i32,
    pub(super) nonblocking: bool,
    /// The call has waited or received: the mode that it began in is its mode to the end.
    begun: Cell<bool>,
}

impl Patience {
    pub(super) fn of(socket: &Socket) -> Self {
        let facts = socket.facts();
        let nonblocking = facts.any(facts::NONBLOCKING);
        // G114: a socket made without WSA_FLAG_OVERLAPPED never times out.
        let limited = !nonblocking && facts.any(facts::OVERLAPPED);
        let deadline = if limited { wait::deadline(socket.receive_timeout()) } else { None };
        let host_flags = if deadline.is_some() { HOST.msg.dontwait } else { 0 };
        Self { deadline, host_flags, nonblocking, begun: Cell::new(false) }
    }

    /// Does not wait, also where the host would.
    pub(super) fn none() -> Self {
        Self { deadline: None, host_flags: HOST.msg.dontwait, nonblocking: true, begun: Cell::new(true) }
    }

    /// Waits, also where the host would not.
    fn endless() -> Self {
        Self { deadline: None, host_flags: HOST.msg.dontwait, nonblocking: false, begun: Cell::new(true) }
    }

    /// Something was received.
    pub(super) fn has_begun(&self) {
        self.begun.set(true);
    }

    /// What keeps the host from waiting, if it must not: the thread may have become alertable meanwhile.
    pub(super) fn host_flags(&self, socket: &Socket) -> i32 {
        if self.host_flags == 0 && socket.waits_alertably() { HOST.msg.dontwait } else { self.host_flags }
    }

    /// The host has nothing: waits, or says why not.
    pub(super) fn wait(&self, socket: &Socket) -> Result<(), NtStatus> {
        if self.nonblocking || (!self.begun.replace(true) && connection::waits_in_program(socket)) {
            nothing_there();
            return Err(NtStatus::DEVICE_NOT_READY);
        }
        wait::until_ready(socket, sys::READABLE, self.deadline)
    }
}

fn receive_from_stream(socket: &Socket, request: &mut Request<'_>, patience: &Patience) -> Outcome {
    if request.flags & OOB != 0 {
        return receive_urgent(socket, request, patience);
    }
    if request.into.total() == 0 {
        return wait_for_data(socket, patience);
    }
    let peek = request.flags & PEEK != 0;
    if request.flags & WAITALL != 0 {
        let mut whole = Whole::new(&request.into);
        let outcome = whole.go(socket, patience);
        if !outcome.status.is_success() {
            whole.undo(socket);
        }
        return outcome;
    }
    match next_bytes(socket, &mut request.into, peek, patience) {
        Ok(0) => end_of_stream(socket),
        Ok(bytes) => Outcome::done(bytes),
        Err(outcome) => outcome,
    }
}

/// What comes next on a stream: from the host, or by way of what keeps out-of-band bytes out of it.
pub(super) fn next_bytes(
    socket: &Socket,
    into: &mut Scatter,
    peek: bool,
    patience: &Patience,
) -> Result<usize, Outcome> {
    let flags = if peek { HOST.msg.peek } else { 0 };
    until_answered(socket, patience, |host| {
        if socket.facts().any(facts::KEPT | facts::WATCHED) {
            urgent::receive(socket, into, peek)
        } else {
            sys::receive_stream(socket.fd(), into, host | flags)
        }
    })
}

/// Tries until the host answers with bytes, an end or a failure.
fn until_answered(
    socket: &Socket,
    patience: &Patience,
    mut call: impl FnMut(i32) -> Result<usize, Errno>,
) -> Result<usize, Outcome> {
    loop {
        if !patience.nonblocking {
            socket.still_open().map_err(Outcome::failed)?;
        }
        match call(patience.host_flags(socket)) {
            Ok(bytes) => return Ok(bytes),
            Err(errno) if errno.interrupted() => {}
            Err(errno) if errno.would_block() => {
                patience.wait(socket).map_err(Outcome::failed)?;
            }
            Err(errno) => return Err(stream_failure(socket, errno)),
        }
    }
}

/// A zero-length receive waits for data and leaves it (F047–F050, G100–G106).
fn wait_for_data(socket: &Socket, patience: &Patience) -> Outcome {
    let mut byte = 0u8;
    match next_bytes(socket, &mut Scatter::one(&raw mut byte, 1), true, patience) {
        Ok(0) => end_of_stream(socket),
        Ok(_) => Outcome::done(0),
        Err(outcome) => outcome,
    }
}

/// Out-of-band data, a byte for each call; nothing waiting is would-block, whatever else is queued (F173).
fn receive_urgent(socket: &Socket, request: &mut Request<'_>, patience: &Patience) -> Outcome {
    urgent::wake_up();
    if !request.into.is_writable() {
        reasons::because("F013", "a buffer is no memory");
        return Outcome::failed(NtStatus::ACCESS_VIOLATION);
    }
    let peek = request.flags & PEEK != 0 || request.into.total() == 0;
    loop {
        if let Some(byte) = urgent::take(socket, peek) {
            request.into.fill(&[byte]);
            return Outcome { flags: OOB, ..Outcome::done(request.into.total().min(1)) };
        }
        if patience.nonblocking {
            // The host says of a connection that is over, too, only that there is no byte.
            let status = connection::find_out(socket).unwrap_or(NtStatus::DEVICE_NOT_READY);
            reasons::because("F173", "no out-of-band byte has come, whatever else is queued");
            let ended = sys::look(socket.fd(), sys::FINISHED).is_ok_and(|ready| ready != 0);
            return if request.overlapped && ended { end_of_stream(socket) } else { Outcome::failed(status) };
        }
        match wait::until_urgent(socket, patience.deadline) {
            Ok(true) => {}
            Ok(false) => return end_of_stream(socket),
            Err(status) => return Outcome::failed(status),
        }
    }
}

/// The host says 0: the peer has finished, or closesocket woke us, or a reset hides behind the peer's FIN.
#[cold]
pub(super) fn end_of_stream(socket: &Socket) -> Outcome {
    if let Err(status) = socket.still_open() {
        return Outcome::failed(status);
    }
    reasons::host("recv", 0);
    match connection::find_out(socket) {
        Some(status) => {
            if status == NtStatus::CONNECTION_ABORTED {
                let why = "the reset that answers an own send beats the end that was queued before it";
                reasons::because("F140", why);
            }
            Outcome::failed(status)
        }
        None => {
            reasons::remark("F040", "the peer has finished: 0 bytes now and from now on");
            Outcome::done(0)
        }
    }
}

/// A failed receive on a connected stream.
#[cold]
pub(super) fn stream_failure(socket: &Socket, errno: Errno) -> Outcome {
    if let Err(status) = socket.still_open() {
        return Outcome::failed(status);
    }
    if matches!(errno.0, libc::EBADF | libc::ENOTSOCK) {
        lifecycle::forget(socket);
    }
    let kind = socket.facts().provider().kind();
    let broken = connection::broke(socket, errno);
    Outcome::failed(broken.unwrap_or_else(|| HOST.status(errno.0, Operation::Receive, kind)))
}
