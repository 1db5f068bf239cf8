//! What ICMP says about earlier sends of a datagram socket, as later receives report it.
//!
//! Windows tells the next receive of each port-unreachable message (G030–G036); no send ever fails for it
//! (F161). The host fails the next call whatever it is, so sends note that there is something to report.

use super::address::HostAddr;
use super::facts::{self, Facts};
use super::table::Socket;
use crate::platform::{HOST, Kind, Operation};
use crate::status::NtStatus;
use crate::sys::{self, Errno};

/// Whether an errno of a datagram call is such a report rather than a fault of the call itself.
///
/// EMSGSIZE is one for a receive: the host has learnt that the path takes shorter datagrams only.
pub(crate) fn is_report(errno: Errno) -> bool {
    matches!(
        errno.0,
        libc::ECONNREFUSED
            | libc::EHOSTUNREACH
            | libc::ENETUNREACH
            | libc::EHOSTDOWN
            | libc::ENOPROTOOPT
            | libc::EPROTO
            | libc::EMSGSIZE
            | libc::EACCES
    )
}

/// What a receive tells of an earlier send.
#[derive(Clone)]
pub(crate) struct Report {
    pub(crate) status: NtStatus,
    /// Where the send was to go (G040), if the host says so.
    pub(crate) destination: Option<HostAddr>,
}

/// A send met a report: a later receive is to tell of it.
pub(crate) fn met_by_send(socket: &Socket, errno: Errno) {
    if !HOST.icmp_error_queue {
        if let Some(report) = report_of_call(socket, errno) {
            socket.with_rare(|rare| rare.errors.push_back(report));
        }
    }
    socket.set(facts::ERROR_QUEUED);
}

/// A receive met a report: what it says, or None if the program does not want to hear of it.
pub(crate) fn met_by_receive(socket: &Socket, errno: Errno, peek: bool) -> Option<Report> {
    if HOST.icmp_error_queue { next(socket, peek) } else { report_of_call(socket, errno) }
}

/// The oldest report that is queued and wanted. A peek leaves it for the next receive (G036).
pub(crate) fn next(socket: &Socket, peek: bool) -> Option<Report> {
    let noted = next_noted(socket);
    let report = noted.or_else(|| next_of_host(socket));
    match &report {
        Some(report) if peek => {
            socket.with_rare(|rare| rare.errors.push_front(report.clone()));
            socket.set(facts::ERROR_QUEUED);
        }
        Some(_) => {}
        None => socket.clear(facts::ERROR_QUEUED),
    }
    report
}

/// Whether a receive would report something now; what nobody wants to hear of is dropped on the way.
pub(crate) fn is_waiting(socket: &Socket) -> bool {
    next(socket, true).is_some()
}

/// What is noted was wanted then; the program may have changed its mind.
fn next_noted(socket: &Socket) -> Option<Report> {
    let facts = socket.facts();
    socket.with_rare(|rare| {
        rare.errors.retain(|report| is_wanted(facts, report.status));
        rare.errors.pop_front()
    })
}

fn is_wanted(facts: Facts, status: NtStatus) -> bool {
    let unwanted = match status {
        NtStatus::PORT_UNREACHABLE => facts::NO_PORT_ERRORS,
        NtStatus::HOPLIMIT_EXCEEDED => facts::NO_HOP_ERRORS,
        _ => 0,
    };
    !facts.any(unwanted)
}

fn next_of_host(socket: &Socket) -> Option<Report> {
    while let Some(error) = sys::take_error(socket.fd()) {
        if let Some(status) = status_of(socket, error.errno, error.expired) {
            return Some(Report { status, destination: Some(error.destination) });
        }
    }
    None
}

/// Without a queue the host says only that it was a send to the socket's peer.
fn report_of_call(socket: &Socket, errno: Errno) -> Option<Report> {
    let status = status_of(socket, errno, false)?;
    Some(Report { status, destination: sys::peer_name(socket.fd()).ok() })
}

fn status_of(socket: &Socket, errno: Errno, expired: bool) -> Option<NtStatus> {
    let facts = socket.facts();
    // Windows keeps what it learns of a path to itself.
    let of_path = !expired && matches!(errno.0, libc::EMSGSIZE | libc::EPROTO);
    let status = match expired {
        true => NtStatus::HOPLIMIT_EXCEEDED,
        false => HOST.status(errno.0, Operation::Receive, Kind::Datagram),
    };
    (!of_path && is_wanted(facts, status)).then_some(status)
}
