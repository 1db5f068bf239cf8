//! Receives and sends on sockets whose messages are never lost: a message that does not fit is received in
//! parts or stays whole, as its provider promises.

use std::time::{Duration, Instant};

use super::Outcome;
use super::datagram;
use super::receive::{self, Patience};
use super::send;
use super::wait;
use crate::platform::{HOST, Operation};
use crate::reasons;
use crate::socket::address::{self, HostAddr};
use crate::socket::facts;
use crate::socket::framing::{Framing, framing};
use crate::socket::messages::Messages;
use crate::socket::table::Socket;
use crate::socket::{blocking, connection, lifecycle};
use crate::status::NtStatus;
use crate::sys::{self, Errno, Look, Scatter};
use crate::windows::consts as w;

const PEEK: u32 = w::MSG_PEEK as u32;

/// Receives a message, or a part of one.
pub(super) fn receive(socket: &Socket, request: &mut receive::Request<'_>, patience: &Patience) -> Outcome {
    let messages = Messages::of(socket);
    loop {
        if !patience.nonblocking {
            if let Err(status) = socket.still_open() {
                return Outcome::failed(status);
            }
        }
        match take_next(socket, &messages, request) {
            Ok(outcome) => return outcome,
            Err(errno) if errno.interrupted() => {}
            Err(errno) if errno.would_block() => {
                if let Err(status) = patience.wait(socket) {
                    return Outcome::failed(status);
                }
            }
            Err(errno) if socket.facts().any(facts::CIRCUIT) => {
                return receive::stream_failure(socket, errno);
            }
            Err(errno) => return datagram::failure(socket, errno),
        }
    }
}

/// What is first in the queue: looked at, so that nothing is lost if it does not fit, and then taken.
fn take_next(
    socket: &Socket,
    messages: &Messages,
    request: &mut receive::Request<'_>,
) -> Result<Outcome, Errno> {
    let mut received = messages.received();
    let mut look = |skip| {
        let from = request.from.as_deref_mut();
        sys::look_at_message(socket.fd(), &mut request.into, skip, from)
    };
    let found = match look(*received) {
        Err(errno) if errno.would_block() && *received > 0 => {
            // Another process that has the socket too has taken the rest.
            *received = 0;
            look(0)?
        }
        found => found?,
    };
    if let Some(from) = request.from.as_deref_mut().filter(|from| from.len() == 0) {
        // The host tells nothing of a sender without a name; Windows' form of that is a family (F326).
        *from = address::from_windows(&w::AF_UNIX.to_ne_bytes()).unwrap_or(HostAddr::empty());
    }
    let facts = socket.facts();
    if found.stored == 0 && !found.marked && facts.any(facts::CIRCUIT) {
        return Ok(end(socket));
    }
    let service_flags = facts.provider().service_flags;
    if request.flags & PEEK == 0 {
        if !found.truncated {
            drop_first(socket)?;
            *received = 0;
        } else if service_flags & w::XP1_PARTIAL_MESSAGE != 0 {
            *received += found.stored;
        }
    }
    let outcome = outcome(&found, service_flags, request.flags);
    // WSARecvMsg has a flag of its own for it.
    let cut = request.control.is_some() && outcome.status == NtStatus::BUFFER_OVERFLOW;
    Ok(if cut { Outcome { flags: w::MSG_TRUNC, ..outcome } } else { outcome })
}

fn drop_first(socket: &Socket) -> Result<(), Errno> {
    loop {
        match sys::drop_message(socket.fd()) {
            Err(errno) if errno.interrupted() => {}
            // Another process that has the socket too was quicker: what it has is not ours as well.
            answer => return answer,
        }
    }
}

/// What a receive says of a message: whole, a part, or too long for the buffers and therefore still there.
fn outcome(found: &Look, service_flags: u32, flags: u32) -> Outcome {
    if found.truncated {
        let part = "the message is longer than the buffers: a part of it, and the rest with the next receive";
        reasons::remark("G067 G073", part);
        reasons::because(
            "G067",
            "the message is longer than the buffers, and stays until there is room for it",
        );
    }
    let parts = service_flags & w::XP1_PARTIAL_MESSAGE != 0;
    let (status, flags) = match (found.truncated, parts, framing(service_flags, flags)) {
        (false, _, _) => (NtStatus::SUCCESS, 0),
        (true, true, Framing::ByteStream) => (NtStatus::SUCCESS, w::MSG_PARTIAL),
        (true, true, Framing::Message) => (NtStatus::RECEIVE_PARTIAL, w::MSG_PARTIAL),
        (true, false, _) => (NtStatus::BUFFER_OVERFLOW, 0),
    };
    Outcome { status, bytes: found.stored, flags, named: true }
}

/// No message, and none will come: the peer has finished, or closesocket woke us, or the peer is gone.
fn end(socket: &Socket) -> Outcome {
    if let Err(status) = socket.still_open() {
        return Outcome::failed(status);
    }
    reasons::because("", "the peer has finished: a provider of messages says so by WSAEDISCON");
    Outcome::failed(connection::find_out(socket).unwrap_or(NtStatus::GRACEFUL_DISCONNECT))
}

/// Sends a message, or keeps a part of one until the send that completes it.
pub(super) fn send(socket: &Socket, request: &send::Request, patience: &send::Patience) -> Outcome {
    let messages = Messages::of(socket);
    let bytes = request.from.total();
    if request.flags & w::MSG_PARTIAL != 0 {
        let mut unsent = messages.unsent();
        // What can never be sent is refused now: nothing of it is kept.
        if sys::longest_message(socket.fd()).is_ok_and(|most| unsent.len() + bytes > most) {
            return Outcome::failed(NtStatus::INVALID_BUFFER_SIZE);
        }
        if !request.from.can_be_joined() {
            return Outcome::failed(NtStatus::ACCESS_VIOLATION);
        }
        unsent.extend_from_slice(&request.from.joined());
        return Outcome::done(bytes);
    }
    let before = std::mem::take(&mut *messages.unsent());
    if before.is_empty() && sys::fits_one_send(&request.from) {
        return send_whole(socket, &request.from, request, patience);
    }
    if !request.from.can_be_joined() {
        messages.unsent().splice(..0, before);
        return Outcome::failed(NtStatus::ACCESS_VIOLATION);
    }
    let mut joined = before.clone();
    joined.extend_from_slice(&request.from.joined());
    let outcome = send_whole(socket, &Scatter::one(joined.as_mut_ptr(), joined.len()), request, patience);
    if outcome.status == NtStatus::SUCCESS {
        return Outcome::done(bytes);
    }
    // The message is as far as it was.
    messages.unsent().splice(..0, before);
    outcome
}

fn send_whole(
    socket: &Socket,
    from: &Scatter,
    request: &send::Request,
    patience: &send::Patience,
) -> Outcome {
    let to = match &request.to {
        Some(Err(status)) => return Outcome::failed(*status),
        Some(Ok(name)) => Some(name),
        None => None,
    };
    let nonblocking = patience.nonblocking;
    loop {
        if !nonblocking {
            if let Err(status) = socket.still_open() {
                return Outcome::failed(status);
            }
        }
        match sys::send(socket.fd(), from, patience.host_flags(socket), to) {
            Ok(bytes) => return Outcome::done(bytes),
            Err(errno) if errno.interrupted() => {}
            Err(errno) if is_full(socket, errno) && nonblocking => {
                return Outcome::failed(NtStatus::DEVICE_NOT_READY);
            }
            Err(errno) if is_full(socket, errno) => {
                if let Err(status) = wait_for_room(socket, to, patience.deadline) {
                    return Outcome::failed(status);
                }
            }
            Err(errno) if socket.facts().any(facts::CIRCUIT) => return send::stream_failure(socket, errno),
            Err(errno) => return datagram_failure(socket, errno),
        }
    }
}

/// There is no room for the message now.
fn is_full(socket: &Socket, errno: Errno) -> bool {
    let refused = HOST.unix_full_is_enobufs && errno.0 == libc::ENOBUFS;
    errno.would_block() || (refused && !socket.facts().any(facts::CIRCUIT))
}

/// The host tells when the socket itself has room again, but not when a destination has that this socket is
/// not connected to.
fn wait_for_room(socket: &Socket, to: Option<&HostAddr>, deadline: Option<Instant>) -> Result<(), NtStatus> {
    if to.is_none() && !HOST.unix_full_is_enobufs {
        return wait::until_ready(socket, sys::WRITABLE, deadline);
    }
    if deadline.is_some_and(|at| Instant::now() >= at) {
        return Err(NtStatus::IO_TIMEOUT);
    }
    blocking::run_hook(None).map_err(|blocking::Cancelled| wait::CANCELLED_BY_HOOK)?;
    std::thread::sleep(Duration::from_millis(1));
    Ok(())
}

/// Without a connection every failure is this send's own.
fn datagram_failure(socket: &Socket, errno: Errno) -> Outcome {
    if let Err(status) = socket.still_open() {
        return Outcome::failed(status);
    }
    if matches!(errno.0, libc::EBADF | libc::ENOTSOCK) {
        lifecycle::forget(socket);
    }
    Outcome::failed(HOST.status(errno.0, Operation::Send, socket.facts().provider().kind()))
}
