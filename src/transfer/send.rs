//! One send, as far as receivers can see it: codes, states, and no report of ICMP errors.

mod cut;
mod datagram;

use std::time::Instant;

use super::outgoing::Outgoing;
use super::{Outcome, message, wait};
use crate::platform::{HOST, Operation};
use crate::reasons::{self, Rule};
use crate::socket::address::HostAddr;
use crate::socket::facts;
use crate::socket::table::Socket;
use crate::socket::{connection, lifecycle, options, urgent};
use crate::status::NtStatus;
use crate::sys::{self, Errno, Scatter};
use crate::windows::consts as w;

/// What a send asks for.
pub(crate) struct Request {
    pub(crate) from: Scatter,
    /// A pointer or a length was no good; told after the state.
    pub(crate) fault: Option<NtStatus>,
    /// Winsock's flags.
    pub(crate) flags: u32,
    /// The destination, if the function names one. A stream ignores it (F308).
    pub(crate) to: Option<Result<HostAddr, NtStatus>>,
    /// What WSASendMsg's control data ask for.
    pub(crate) with: Option<Box<Outgoing>>,
}

const OOB: u32 = w::MSG_OOB as u32;
const DONTROUTE: u32 = w::MSG_DONTROUTE as u32;

/// How this call waits: not at all, until an instant, or in the host itself.
pub(super) struct Patience {
    pub(super) deadline: Option<Instant>,
    /// Host flags that keep the host from waiting.
    host_flags: i32,
    pub(super) nonblocking: bool,
    /// It waits also where the program has made the host's descriptor nonblocking.
    stubborn: bool,
    /// How long datagrams are to be was found out when the operation began.
    knows_size: bool,
    /// A send that is cut ends after so many calls of the host's, although there is room: who tries on behalf
    /// of an operation holds up those that would cancel it.
    most_calls: usize,
}

/// Few enough to be over in some milliseconds, and more than programs that cut have to send at a time.
const CALLS_OF_ONE_TRY: usize = 16;

impl Patience {
    fn of(socket: &Socket) -> Self {
        let nonblocking = socket.facts().any(facts::NONBLOCKING);
        let deadline = if nonblocking { None } else { wait::deadline(socket.send_timeout()) };
        let host_flags = if deadline.is_some() { HOST.msg.dontwait } else { 0 };
        let (knows_size, most_calls) = (false, usize::MAX);
        Self { deadline, host_flags, nonblocking, stubborn: false, knows_size, most_calls }
    }

    /// Does not wait, also where the host would.
    fn none() -> Self {
        Self { nonblocking: true, stubborn: false, most_calls: CALLS_OF_ONE_TRY, ..Self::endless() }
    }

    /// Waits, also where the host would not.
    fn endless() -> Self {
        Self {
            deadline: None,
            host_flags: HOST.msg.dontwait,
            nonblocking: false,
            stubborn: true,
            knows_size: true,
            most_calls: usize::MAX,
        }
    }

    /// What keeps the host from waiting, if it must not: the thread may have become alertable meanwhile.
    pub(super) fn host_flags(&self, socket: &Socket) -> i32 {
        if self.host_flags == 0 && socket.waits_alertably() { HOST.msg.dontwait } else { self.host_flags }
    }

    /// Nothing more can be sent now.
    fn is_over(&self, socket: &Socket) -> bool {
        self.nonblocking || (!self.stubborn && connection::waits_in_program(socket))
    }
}

/// Sends.
#[inline]
pub(crate) fn send(socket: &Socket, mut request: Request) -> Outcome {
    match refusal(socket, &request) {
        Some(status) => Outcome::failed(status),
        None => go(socket, &mut request, &Patience::of(socket)),
    }
}

/// How far an operation has come that is tried again and again.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) bytes: usize,
    /// The last try ended before it had to.
    pub(crate) goes_on: bool,
}

/// Has the operation that the request becomes know how long its datagrams are to be, whatever becomes of the
/// socket's option meanwhile.
pub(crate) fn capture_size(socket: &Socket, request: &mut Request) {
    if let Some(size) = options::send_size(socket) {
        request.with.get_or_insert_default().cut_unless_said(size);
    }
}

/// Tries once more to meet a request that was found to be without a fault when it began. None says that there
/// is more to send when there is room; if a send that is cut has had its turn there may be room now.
pub(crate) fn attempt(socket: &Socket, request: &mut Request, progress: &mut Progress) -> Option<Outcome> {
    let left = request.from.total();
    progress.goes_on = false;
    let outcome = go(socket, request, &Patience::none());
    match outcome.status {
        NtStatus::DEVICE_NOT_READY => None,
        NtStatus::SUCCESS => {
            progress.bytes += outcome.bytes;
            let over = outcome.bytes == left;
            // What a stream takes in part it has no room for now.
            progress.goes_on = !over && !socket.facts().any(facts::STREAM | facts::RELIABLE);
            over.then_some(Outcome::done(progress.bytes))
        }
        _ => Some(outcome),
    }
}

/// As [`attempt`] without flags on a stream.
#[inline]
pub(crate) fn attempt_plain(socket: &Socket, from: &mut Scatter, progress: &mut Progress) -> Option<Outcome> {
    loop {
        return match sys::send(socket.fd(), from, HOST.msg.dontwait, None) {
            Ok(bytes) => {
                progress.bytes += bytes;
                if bytes < from.total() {
                    // The host takes so many buffers in one call, whatever room there is.
                    from.advance(bytes);
                    continue;
                }
                Some(Outcome::done(progress.bytes))
            }
            Err(errno) if errno.interrupted() => continue,
            Err(errno) if errno.would_block() => None,
            Err(errno) => Some(stream_failure(socket, errno)),
        };
    }
}

/// As [`attempt`], waiting for ever, whatever the socket's mode and its timeout (F034).
pub(crate) fn insist(socket: &Socket, request: &mut Request) -> Outcome {
    go(socket, request, &Patience::endless())
}

fn go(socket: &Socket, request: &mut Request, patience: &Patience) -> Outcome {
    if socket.facts().any(facts::STREAM) {
        send_stream(socket, request, patience)
    } else if socket.facts().any(facts::RELIABLE) {
        message::send(socket, request, patience)
    } else {
        datagram::send(socket, request, patience)
    }
}

/// The first fault of a request, if it has one.
pub(crate) fn refusal(socket: &Socket, request: &Request) -> Option<NtStatus> {
    let facts = connection::settle(socket);
    let peer = facts.any(facts::CONNECTED) || (!facts.any(facts::CIRCUIT) && request.to.is_some());
    let peer =
        peer || (!facts.any(facts::CONNECTING) && lifecycle::refresh_names(socket).any(facts::CONNECTED));
    if !peer {
        reasons::refused(NO_PEER);
        return Some(NtStatus::INVALID_CONNECTION);
    }
    if facts.any(facts::SHUT_SEND) {
        reasons::refused(SHUT);
        return Some(NtStatus::PIPE_DISCONNECTED);
    }
    let oob = if facts.any(facts::STREAM) { OOB } else { 0 };
    // Of a message that is whole by promise no part can be sent.
    let whole = facts.any(facts::RELIABLE) && !facts.provider().has_parts();
    let allowed = DONTROUTE | oob | if whole { 0 } else { w::MSG_PARTIAL };
    let refused = |rule, status| {
        reasons::refused(rule);
        status
    };
    connection::broken(facts)
        .or_else(|| request.fault.inspect(|&status| say(status)))
        .or_else(|| request.from.is_unmappable().then(|| refused(NO_MEMORY, NtStatus::ACCESS_VIOLATION)))
        .or_else(|| (request.flags & !allowed != 0).then(|| refused(FLAGS, NtStatus::NOT_SUPPORTED)))
}

/// Why a request with a fault is refused, if whoever found that has not said it.
fn say(fault: NtStatus) {
    match fault {
        NtStatus::ACCESS_VIOLATION => reasons::refused(NO_MEMORY),
        NtStatus::INVALID_PARAMETER => reasons::refused_if_untold(NO_BUFFERS),
        _ => {}
    }
}

const NO_PEER: Rule = Rule::new("F041", "there is nobody that it could be sent to");
const SHUT: Rule = Rule::new("F138 F139 F141", "the program has shut the sending side");
const NO_MEMORY: Rule = Rule::new("F016", "a pointer is no memory, or a length is below 0");
const NO_BUFFERS: Rule = Rule::new("F015", "a send has at least one WSABUF");
const FLAGS: Rule = Rule::new("G083", "a flag that sends on such a socket do not have");

fn host_flags(flags: u32) -> i32 {
    let bit = |winsock, host| if flags & winsock != 0 { host } else { 0 };
    bit(OOB, HOST.msg.oob) | bit(DONTROUTE, HOST.msg.dontroute)
}

/// A blocking send moves everything; a nonblocking one what fits now. The request is left with the rest.
fn send_stream(socket: &Socket, request: &mut Request, patience: &Patience) -> Outcome {
    if request.flags & OOB == 0 {
        return send_all(socket, request, patience);
    }
    urgent::wake_up();
    let outcome = send_all(socket, request, patience);
    urgent::collect_all();
    outcome
}

fn send_all(socket: &Socket, request: &mut Request, patience: &Patience) -> Outcome {
    let nonblocking = patience.nonblocking;
    let mut done = 0;
    loop {
        if !nonblocking {
            if let Err(status) = socket.still_open() {
                return Outcome::failed(status);
            }
        }
        let flags = host_flags(request.flags) | patience.host_flags(socket);
        match sys::send(socket.fd(), &request.from, flags, None) {
            Ok(bytes) => {
                done += bytes;
                let finished = bytes == request.from.total();
                if finished {
                    return Outcome::done(done);
                }
                // There may be room for buffers that the host does not take in one call.
                let full = sys::fits_one_send(&request.from);
                request.from.advance(bytes);
                if full && nonblocking {
                    return Outcome::done(done);
                }
            }
            Err(errno) if errno.interrupted() => {}
            Err(errno) if errno.would_block() && patience.is_over(socket) => {
                reasons::because("F045", "there is no room, and the socket is nonblocking");
                return if done > 0 {
                    Outcome::done(done)
                } else {
                    Outcome::failed(NtStatus::DEVICE_NOT_READY)
                };
            }
            Err(errno) if errno.would_block() => {
                if let Err(status) = wait::until_ready(socket, sys::WRITABLE, patience.deadline) {
                    if status == wait::CANCELLED_BY_HOOK && done > 0 {
                        // Nobody can tell where the stream is to go on.
                        // The stream has lost bytes.
                        connection::break_off(socket, facts::ABORTED);
                    }
                    return Outcome::failed(status);
                }
            }
            Err(errno) => return stream_failure(socket, errno),
        }
    }
}

/// G131: a send after the peer is gone fails with an abort, or with a reset if that was received first.
#[cold]
pub(super) fn stream_failure(socket: &Socket, errno: Errno) -> Outcome {
    if let Err(status) = socket.still_open() {
        return Outcome::failed(status);
    }
    if matches!(errno.0, libc::EBADF | libc::ENOTSOCK) {
        lifecycle::forget(socket);
    }
    // To a send, a stream that is connected no more is one that was given up.
    let gone = if errno.0 == libc::ENOTCONN { Errno(libc::EPIPE) } else { errno };
    let kind = socket.facts().provider().kind();
    let broken = connection::broke(socket, gone);
    Outcome::failed(broken.unwrap_or_else(|| HOST.status(errno.0, Operation::Send, kind)))
}
