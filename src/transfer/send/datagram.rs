//! One send on a datagram or raw socket: a message, or several of one length where the program wants it cut.

use std::borrow::Cow;

use super::{Outcome, Patience, Request, host_flags};
use crate::platform::{HOST, Operation};
use crate::reasons;
use crate::socket::address::HostAddr;
use crate::socket::facts;
use crate::socket::table::Socket;
use crate::socket::{icmp, lifecycle, options};
use crate::status::NtStatus;
use crate::sys::{self, ControlRoom, Errno, Scatter};
use crate::transfer::outgoing::{self, Outgoing};
use crate::transfer::wait;

/// What one call of the host's needs to know besides the bytes.
pub(super) struct Way<'a> {
    pub(super) socket: &'a Socket,
    pub(super) to: Option<&'a HostAddr>,
    pub(super) with: Option<&'a Outgoing>,
    flags: i32,
    pub(super) patience: &'a Patience,
}

/// Why a message was not sent.
pub(super) enum Failure {
    /// It could not even be tried.
    Status(NtStatus),
    Host(Errno),
}

/// Sends one message; or, if it is to be cut, those that there is room for, and leaves the request with the
/// rest.
pub(super) fn send(socket: &Socket, request: &mut Request, patience: &Patience) -> Outcome {
    let to = match &request.to {
        Some(Err(status)) => return Outcome::failed(*status),
        Some(Ok(name)) => Some(name),
        None => None,
    };
    let (from, with) = (&request.from, request.with.as_deref());
    let way = Way { socket, to, with, flags: host_flags(request.flags), patience };
    let size = match with.and_then(Outgoing::segment) {
        Some(asked) => Some(asked),
        None if patience.knows_size => None,
        None => options::send_size(socket),
    };
    let sent = match size {
        Some(size) if size != 0 && (size as usize) < from.total() => way.send_cut(from, size as usize),
        _ => way.send_whole(from),
    };
    match sent {
        Ok(bytes) => {
            socket.set_own(facts::BOUND);
            if bytes < request.from.total() {
                request.from.advance(bytes);
            }
            Outcome::done(bytes)
        }
        Err(Failure::Status(status)) => Outcome::failed(status),
        Err(Failure::Host(errno)) => failure(socket, errno, with, to),
    }
}

/// The buffers of one message as one call of the host's takes them, and what has to live as long.
#[inline]
pub(super) fn gathered(from: &Scatter) -> Result<(Cow<'_, Scatter>, Vec<u8>), Failure> {
    if sys::fits_one_send(from) {
        return Ok((Cow::Borrowed(from), Vec::new()));
    }
    if !from.can_be_joined() {
        return Err(Failure::Status(NtStatus::ACCESS_VIOLATION));
    }
    let mut bytes = from.joined();
    Ok((Cow::Owned(Scatter::one(bytes.as_mut_ptr(), bytes.len())), bytes))
}

impl Way<'_> {
    fn send_whole(&self, from: &Scatter) -> Result<usize, Failure> {
        // Nearly every send, which needs nothing that would have to be dropped.
        if self.with.is_none() && sys::fits_one_send(from) {
            return self.send_one(from, None);
        }
        let control = outgoing::for_host(self.with, self.socket, self.to, None);
        self.send_one(&gathered(from)?.0, control.as_ref())
    }

    #[inline]
    pub(super) fn send_one(&self, from: &Scatter, control: Option<&ControlRoom>) -> Result<usize, Failure> {
        let socket = self.socket;
        let mut last = None;
        loop {
            if !self.patience.nonblocking {
                socket.still_open().map_err(Failure::Status)?;
            }
            let flags = self.flags | self.patience.host_flags(socket);
            let sent = match control {
                None => sys::send(socket.fd(), from, flags, self.to),
                Some(control) => sys::send_with(socket.fd(), from, flags, self.to, control),
            };
            match sent {
                Ok(bytes) => return Ok(bytes),
                Err(errno) if errno.interrupted() => {}
                // F161: the error concerns an earlier send, and the host has not sent this one. Twice the same
                // other error is this send's own: there is no way to the destination.
                Err(errno) if icmp::is_report(errno) && errno.0 != libc::EMSGSIZE && last != Some(errno) => {
                    icmp::met_by_send(socket, errno);
                    reasons::remark(
                        "F161",
                        "the host told of an earlier send, which is for the next receive to tell",
                    );
                    last = (errno.0 != libc::ECONNREFUSED).then_some(errno);
                }
                Err(errno) if errno.would_block() && !self.patience.is_over(socket) => {
                    wait::until_ready(socket, sys::WRITABLE, self.patience.deadline)
                        .map_err(Failure::Status)?;
                }
                Err(errno) => return Err(Failure::Host(errno)),
            }
        }
    }
}

#[cold]
fn failure(socket: &Socket, errno: Errno, with: Option<&Outgoing>, to: Option<&HostAddr>) -> Outcome {
    if let Err(status) = socket.still_open() {
        return Outcome::failed(status);
    }
    match errno.0 {
        libc::EBADF | libc::ENOTSOCK => lifecycle::forget(socket),
        // The host may have noted the length in its error queue, where nobody wants to find it.
        libc::EMSGSIZE => socket.set(facts::ERROR_QUEUED),
        // Hosts say of a foreign source what they say of a destination to which there is no way.
        libc::EINVAL | libc::ENODEV | libc::ENXIO | libc::ENETUNREACH
            if with.is_some_and(|with| with.is_source_absent(outgoing::goes_by_v4(socket, to))) =>
        {
            reasons::because(
                "",
                "the datagram was to come from an address or an interface that the host has not",
            );
            return Outcome::failed(NtStatus::INVALID_ADDRESS_COMPONENT);
        }
        _ => {}
    }
    Outcome::failed(HOST.status(errno.0, Operation::Send, socket.facts().provider().kind()))
}
