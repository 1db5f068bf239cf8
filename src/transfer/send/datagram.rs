//! One send on a datagram or raw socket: a message, or several of one length where the program wants it cut.

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

/// The most bytes that a datagram of IPv4 has, which is also what a host takes to cut it.
const LONGEST: usize = 65_507;

/// As many datagrams does every host make of one send that makes any.
const MOST_AT_ONCE: usize = 64;

/// What one call of the host's needs to know besides the bytes.
struct Way<'a> {
    socket: &'a Socket,
    to: Option<&'a HostAddr>,
    with: Option<&'a Outgoing>,
    flags: i32,
    patience: &'a Patience,
}

/// Why a message was not sent.
enum Failure {
    /// It could not even be tried.
    Status(NtStatus),
    Host(Errno),
}

/// Sends one message; or, if it is to be cut, those that there is room for, and leaves the request with the rest.
pub(super) fn send(socket: &Socket, request: &mut Request, patience: &Patience) -> Outcome {
    let to = match &request.to {
        Some(Err(status)) => return Outcome::failed(*status),
        Some(Ok(name)) => Some(name),
        None => None,
    };
    let joined;
    let (from, _kept) = if sys::fits_one_send(&request.from) {
        (&request.from, Vec::new())
    } else if !request.from.can_be_joined() {
        return Outcome::failed(NtStatus::ACCESS_VIOLATION);
    } else {
        let mut bytes = request.from.joined();
        joined = Scatter::one(bytes.as_mut_ptr(), bytes.len());
        (&joined, bytes)
    };
    let with = request.with.as_deref();
    let way = Way { socket, to, with, flags: host_flags(request.flags), patience };
    let size = match with.and_then(Outgoing::segment) {
        Some(asked) => Some(asked),
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
        Err(Failure::Host(errno)) => failure(socket, errno, with),
    }
}

impl Way<'_> {
    fn send_whole(&self, from: &Scatter) -> Result<usize, Failure> {
        self.send_one(from, outgoing::for_host(self.with, self.socket, self.to, None).as_ref())
    }

    /// Datagrams of `size` bytes, and a last one of what is left. The host cuts where it can.
    fn send_cut(&self, from: &Scatter, size: usize) -> Result<usize, Failure> {
        let each = outgoing::for_host(self.with, self.socket, self.to, None);
        let at_once = (LONGEST / size).min(MOST_AT_ONCE);
        let mut many = (at_once > 1 && sys::cuts_datagrams(self.socket.fd()))
            .then(|| outgoing::for_host(self.with, self.socket, self.to, u16::try_from(size).ok()))
            .flatten();
        let mut left = from.clone();
        let mut done = 0;
        while left.total() > 0 {
            let together = many.is_some() && left.total() > size;
            let piece = left.limited(if together { at_once * size } else { size });
            let control = if together { many.as_ref() } else { each.as_ref() };
            match self.send_one(&piece, control) {
                Ok(bytes) => {
                    done += bytes;
                    left.advance(bytes);
                }
                // Such a socket, or such a way, is not for cutting; one by one they may be fragmented.
                Err(Failure::Host(Errno(libc::EINVAL | libc::EIO | libc::EMSGSIZE))) if together => {
                    many = None
                }
                // What has been sent cannot be taken back; who asked is told how much it is.
                Err(Failure::Host(errno)) if errno.would_block() && done > 0 => break,
                Err(failure) => return Err(failure),
            }
        }
        Ok(done)
    }

    fn send_one(&self, from: &Scatter, control: Option<&ControlRoom>) -> Result<usize, Failure> {
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
fn failure(socket: &Socket, errno: Errno, with: Option<&Outgoing>) -> Outcome {
    if let Err(status) = socket.still_open() {
        return Outcome::failed(status);
    }
    match errno.0 {
        libc::EBADF | libc::ENOTSOCK => lifecycle::forget(socket),
        // The host may have noted the length in its error queue, where nobody wants to find it.
        libc::EMSGSIZE => socket.set(facts::ERROR_QUEUED),
        libc::EINVAL | libc::ENODEV | libc::ENXIO | libc::ENETUNREACH
            if with.is_some_and(|with| with.is_source_absent(errno.0 != libc::ENETUNREACH)) =>
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
