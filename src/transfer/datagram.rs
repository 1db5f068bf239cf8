//! One receive from a datagram socket: a message, or what became of an earlier send.

use super::control::{self, Control};
use super::receive::{Patience, Request};
use super::{Outcome, reach};
use crate::platform::{HOST, Operation};
use crate::reasons;
use crate::socket::datagrams::Datagrams;
use crate::socket::facts;
use crate::socket::icmp::{self, Met};
use crate::socket::table::Socket;
use crate::socket::{lifecycle, options};
use crate::status::NtStatus;
use crate::sys::{self, Errno};
use crate::windows::consts as w;

const PEEK: u32 = w::MSG_PEEK as u32;

/// How often in succession a report may be met of which nothing is queued. Another thread may have told of it
/// or taken it; but a security module that refuses every receive says the same, and would never stop.
const MOST_EMPTY_REPORTS: usize = 3;

pub(super) fn receive(socket: &Socket, request: &mut Request<'_>, patience: &Patience) -> Outcome {
    let mut empty_reports = 0;
    let peek = request.flags & PEEK != 0;
    if !request.into.is_writable() {
        reasons::because("F013", "a buffer is no memory, which is found before a datagram is taken for it");
        return Outcome::failed(NtStatus::ACCESS_VIOLATION);
    }
    let mut arrived = request.control.is_some().then(|| {
        options::tell_destinations(socket);
        sys::ControlRoom::new()
    });
    // Peeks and counts go one at a time, so that none of them may wait in the host.
    let looks = peek.then(|| Datagrams::of(socket));
    let peek_flags = if peek { HOST.msg.peek | HOST.msg.dontwait } else { 0 };
    loop {
        if socket.facts().any(facts::ERROR_QUEUED) {
            if let Some(report) = icmp::next(socket, peek) {
                return reported(report, request);
            }
        }
        if !patience.nonblocking {
            if let Err(status) = socket.still_open() {
                return Outcome::failed(status);
            }
        }
        let from = request.from.as_deref_mut();
        let answer = {
            let _looks = looks.as_ref().map(|datagrams| datagrams.looks());
            let flags = patience.host_flags(socket) | peek_flags;
            sys::receive_message(socket.fd(), &mut request.into, flags, from, arrived.as_mut())
        };
        match answer {
            Ok(taken) => {
                let outcome = outcome(socket, taken.stored, taken.truncated);
                return match (arrived, request.control.as_deref_mut()) {
                    (Some(arrived), Some(control)) if outcome.named => {
                        told(socket, outcome, &arrived, control)
                    }
                    _ => outcome,
                };
            }
            Err(errno) if errno.interrupted() => {}
            Err(errno) if errno.would_block() => {
                empty_reports = 0;
                if let Err(status) = patience.wait(socket) {
                    return Outcome::failed(status);
                }
            }
            Err(errno) if icmp::is_report(errno) && empty_reports < MOST_EMPTY_REPORTS => {
                match icmp::met_by_receive(socket, errno, peek) {
                    Met::Report(report) => return reported(report, request),
                    Met::Unwanted => {}
                    Met::Nothing => empty_reports += 1,
                }
            }
            // Other threads send so fast that they take what announces itself here; nobody wants to hear of it.
            Err(Errno(libc::ECONNREFUSED)) if socket.facts().any(facts::NO_PORT_ERRORS) => {
                empty_reports = 0;
                if let Err(status) = patience.wait(socket) {
                    return Outcome::failed(status);
                }
            }
            // Not ICMP's, which the platform's table takes it for.
            Err(Errno(libc::EACCES)) => return Outcome::failed(NtStatus::ACCESS_DENIED),
            Err(errno) => return failure(socket, errno),
        }
    }
}

/// A message that does not fit is an error that fills the buffers (G050–G052).
pub(super) fn outcome(socket: &Socket, stored: usize, truncated: bool) -> Outcome {
    // A socket that closesocket has shut answers with an empty message.
    if let (0, Err(status)) = (stored, socket.still_open()) {
        return Outcome::failed(status);
    }
    let status = if truncated { too_long() } else { NtStatus::SUCCESS };
    Outcome { status, bytes: stored, flags: 0, named: true }
}

#[cold]
fn too_long() -> NtStatus {
    reasons::host("recv with MSG_TRUNC", 0);
    reasons::because(
        "F154 G050 G051 G052",
        "the datagram is longer than the buffers: they are full, and the rest of it is gone",
    );
    NtStatus::BUFFER_OVERFLOW
}

/// What WSARecvMsg says of a message besides: control data, and flags of its own. Control data without room
/// is a failure like a message that does not fit, and both can come together (F311, G060).
fn told(socket: &Socket, outcome: Outcome, arrived: &sys::ControlRoom, control: &mut Control) -> Outcome {
    let arrival = control::read(&HOST.control, arrived.bytes());
    let cut = if outcome.status == NtStatus::BUFFER_OVERFLOW { w::MSG_TRUNC } else { 0 };
    let flags = reach::flags(&arrival) | cut;
    if control.write(&arrival, socket.facts()) {
        Outcome { flags, ..outcome }
    } else {
        reasons::because("F311 G060", "control data without room counts like a datagram that is too long");
        Outcome { flags: flags | w::MSG_CTRUNC, status: NtStatus::BUFFER_OVERFLOW, ..outcome }
    }
}

/// What became of an earlier send; the name is that of its destination (G040).
fn reported(report: icmp::Report, request: &mut Request<'_>) -> Outcome {
    because_of_report(report.status);
    let named = match (report.destination, &mut request.from) {
        (Some(destination), Some(from)) => {
            **from = destination;
            true
        }
        _ => false,
    };
    Outcome { named, ..Outcome::failed(report.status) }
}

fn because_of_report(status: NtStatus) {
    match status {
        NtStatus::PORT_UNREACHABLE => reasons::because(
            "F162 G030 G040",
            "an earlier send reached a port where nobody listens (ICMP): the next receive tells of it, once",
        ),
        NtStatus::HOPLIMIT_EXCEEDED => {
            reasons::because("G046 G047", "an earlier send's time to live ran out on the way (ICMP)");
        }
        _ => reasons::because("G039", "an earlier send could not be delivered (ICMP)"),
    }
}

#[cold]
pub(super) fn failure(socket: &Socket, errno: Errno) -> Outcome {
    if let Err(status) = socket.still_open() {
        return Outcome::failed(status);
    }
    if matches!(errno.0, libc::EBADF | libc::ENOTSOCK) {
        lifecycle::forget(socket);
    }
    Outcome::failed(HOST.status(errno.0, Operation::Receive, socket.facts().provider().kind()))
}
