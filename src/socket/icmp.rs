//! What ICMP says about earlier sends of a datagram socket, as later receives report it.
//!
//! Windows tells the next receive of each port-unreachable message (G030–G036); no send ever fails for it
//! (F161). The host fails the next call whatever it is, so sends note that there is something to report.

use std::collections::VecDeque;

use super::address::HostAddr;
use super::datagrams::Datagrams;
use super::facts::{self, Facts};
use super::requests::{self, Side};
use super::table::Socket;
use crate::platform::{HOST, Kind, Operation};
use crate::reasons;
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
            | libc::EOPNOTSUPP
            | libc::EPROTO
            | libc::EMSGSIZE
            | libc::EACCES
    ) || errno.0 == sys::SOURCE_ISOLATED
}

/// What a receive tells of an earlier send.
#[derive(Clone)]
pub(crate) struct Report {
    pub(crate) status: NtStatus,
    /// Where the send was to go (G040), if the host says so.
    pub(crate) destination: Option<HostAddr>,
}

/// How many reports wait for receives at most: like the host, the library keeps no more than it has room for.
const MOST_REPORTS: usize = 1 << 16;

/// How many entries of the host's queue one call takes, so that it ends while others come.
const MOST_AT_ONCE: usize = 1 << 12;

/// A call that tells of no reports met one: a later receive is to tell of it.
///
/// The host's queue has little room, and takes it from the datagrams that arrive. So it is emptied by the
/// very call that the host fails on its account: as long as programs go on sending, nothing is lost.
pub(crate) fn met_by_send(socket: &Socket, errno: Errno) {
    let datagrams = Datagrams::of(socket);
    let mut reports = datagrams.reports();
    let before = reports.len();
    let seen = collect(socket, &mut reports);
    if !seen && !is_queue_kept(socket) {
        reports.extend(report_of_call(socket, errno));
    }
    if !reports.is_empty() {
        socket.set(facts::ERROR_QUEUED);
    }
    let more = reports.len() > before;
    drop(reports);
    if more {
        // Who waits for the host to tell of them would wait in vain.
        socket.interrupt_others();
        if socket.facts().any(facts::RECEIVES_PEND) {
            requests::settle(socket, Side::Receive);
        }
    }
}

/// Takes what the host has queued, as far as the program wants to hear of it; whether there was anything.
fn collect(socket: &Socket, reports: &mut VecDeque<Report>) -> bool {
    for taken in 0..MOST_AT_ONCE {
        let Some(error) = sys::take_error(socket.fd()) else { return taken > 0 };
        if let Some(report) = report_of_entry(socket, error).filter(|_| reports.len() < MOST_REPORTS) {
            reports.push_back(report);
        }
    }
    true
}

/// What a receive is to do that met a report.
pub(crate) enum Met {
    Report(Report),
    /// The program does not want to hear of it.
    Unwanted,
    /// Nothing is queued: another thread has told of it, or it was no report but the call's own failure.
    Nothing,
}

/// A receive met a report.
pub(crate) fn met_by_receive(socket: &Socket, errno: Errno, peek: bool) -> Met {
    let (report, seen) = look(socket, peek);
    match report {
        Some(report) => Met::Report(report),
        None if seen => Met::Unwanted,
        None if is_queue_kept(socket) => Met::Nothing,
        None => report_of_call(socket, errno).map_or(Met::Unwanted, Met::Report),
    }
}

fn is_queue_kept(socket: &Socket) -> bool {
    HOST.icmp_error_queue && sys::queues_errors(socket.fd(), socket.facts().provider().is_ipv6())
}

/// The oldest report that is queued and wanted. A peek leaves it for the next receive (G036).
pub(crate) fn next(socket: &Socket, peek: bool) -> Option<Report> {
    look(socket, peek).0
}

/// As [`next`], and whether anything at all was queued. Under one lock: a report that is put back must not be
/// missed by another thread meanwhile.
fn look(socket: &Socket, peek: bool) -> (Option<Report>, bool) {
    let datagrams = Datagrams::of(socket);
    let mut reports = datagrams.reports();
    let (report, seen) = match reports.pop_front() {
        Some(report) => (Some(report), true),
        None => next_of_host(socket),
    };
    match &report {
        Some(report) if peek => {
            reports.push_front(report.clone());
            socket.set(facts::ERROR_QUEUED);
        }
        Some(_) => {}
        None => {
            socket.slot().clear(facts::ERROR_QUEUED);
        }
    }
    (report, seen)
}

/// Whether a receive would report something now; what nobody wants to hear of is dropped on the way.
pub(crate) fn is_waiting(socket: &Socket) -> bool {
    next(socket, true).is_some()
}

/// How many reports wait.
pub(super) fn count(socket: &Socket) -> usize {
    if !HOST.icmp_error_queue {
        return usize::from(is_waiting(socket));
    }
    settle(socket);
    Datagrams::of(socket).reports().len()
}

/// Takes what the host has queued, by what the program wants to hear of now: what it says about that later
/// is about messages that come later (G041).
pub(crate) fn settle(socket: &Socket) {
    if !HOST.icmp_error_queue {
        return;
    }
    let datagrams = Datagrams::of(socket);
    let mut reports = datagrams.reports();
    collect(socket, &mut reports);
    if !reports.is_empty() {
        socket.set(facts::ERROR_QUEUED);
    }
}

/// Whether the program wants to hear of it.
fn is_wanted(facts: Facts, status: NtStatus) -> bool {
    let unwanted = match status {
        NtStatus::PORT_UNREACHABLE => facts::NO_PORT_ERRORS,
        NtStatus::HOPLIMIT_EXCEEDED => facts::NO_HOP_ERRORS,
        _ => 0,
    };
    !facts.any(unwanted)
}

fn next_of_host(socket: &Socket) -> (Option<Report>, bool) {
    let mut seen = false;
    while let Some(error) = sys::take_error(socket.fd()) {
        seen = true;
        if let Some(report) = report_of_entry(socket, error) {
            return (Some(report), true);
        }
    }
    (None, seen)
}

fn report_of_entry(socket: &Socket, error: sys::QueuedError) -> Option<Report> {
    reasons::host("recvmsg with MSG_ERRQUEUE", error.errno.0);
    let status = status_of(socket, error.errno, error.expired)?;
    Some(Report { status, destination: Some(error.destination) })
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
    // The source route failed: on Windows one of the ways in which a host is not to be reached.
    let errno = if errno.0 == libc::EOPNOTSUPP { libc::EHOSTUNREACH } else { errno.0 };
    let status = match expired {
        true => NtStatus::HOPLIMIT_EXCEEDED,
        false => HOST.status(errno, Operation::Receive, Kind::Datagram),
    };
    (!of_path && is_wanted(facts, status)).then_some(status)
}
