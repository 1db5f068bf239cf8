//! Waiting inside a call until the host has something: with a deadline, and ended by closesocket.

use std::time::{Duration, Instant};

use crate::reasons;
use crate::socket::table::Socket;
use crate::socket::waiting::{self, Woken};
use crate::socket::{blocking, facts, threads};
use crate::status::NtStatus;
use crate::sys;

/// The instant at which a call with this timeout gives up; None is never.
pub(crate) fn deadline(milliseconds: u32) -> Option<Instant> {
    match milliseconds {
        // As a DWORD, -1 is 49 days, and 0 no limit (G113, G120).
        0 | u32::MAX => None,
        milliseconds => Some(Instant::now() + Duration::from_millis(u64::from(milliseconds))),
    }
}

/// How a call ends that the thread's blocking hook has cancelled. Nothing else that ends a wait gives it.
pub(super) const CANCELLED_BY_HOOK: NtStatus = NtStatus::REQUEST_ABORTED;

fn cancelled() -> NtStatus {
    reasons::because("", "the thread's blocking hook has cancelled the call");
    CANCELLED_BY_HOOK
}

fn timed_out() -> NtStatus {
    reasons::host("poll", 0);
    reasons::because("F187", "SO_RCVTIMEO or SO_SNDTIMEO has run out; both count in milliseconds");
    NtStatus::IO_TIMEOUT
}

/// Waits for one of these events. What the event means is found out by trying again; who tried in vain
/// after the deadline has no time left, whatever the host says of the socket.
pub(crate) fn until_ready(socket: &Socket, events: i16, deadline: Option<Instant>) -> Result<(), NtStatus> {
    loop {
        // Said before the look at the facts: who changes them and sees this need not wake us.
        socket.looks_again();
        socket.still_open()?;
        if events & sys::READABLE != 0 && socket.facts().has(facts::STREAM | facts::KEPT) {
            return Ok(());
        }
        if deadline.is_some_and(|at| at <= Instant::now()) {
            return Err(timed_out());
        }
        match waiting::wait(socket, events, deadline) {
            Ok(Woken::TimedOut) => return Err(timed_out()),
            Ok(Woken::Called) => {}
            Ok(Woken::Cancelled) => return Err(cancelled()),
            Ok(Woken::Events(events)) => {
                note_error(socket, events);
                return socket.still_open();
            }
            // Of a report that another thread has taken from the host the host tells no more.
            Err(errno) if errno.interrupted() && socket.facts().any(facts::ERROR_QUEUED) => {
                return socket.still_open();
            }
            Err(errno) if errno.interrupted() => {}
            // Not the descriptor's fault: the host lacks the memory, or allows fewer descriptors now.
            Err(_) => return Err(NtStatus::INSUFFICIENT_RESOURCES),
        }
    }
}

/// The error queue of a datagram socket ends every wait at once until it is read, which receives do.
fn note_error(socket: &Socket, events: i16) {
    if events & sys::FAILED != 0 && !socket.facts().any(facts::STREAM | facts::RELIABLE) {
        socket.set(facts::ERROR_QUEUED);
    }
}

/// Waits for an out-of-band byte, which another thread may take into its queue. False when the connection
/// has ended and none can come.
pub(super) fn until_urgent(socket: &Socket, deadline: Option<Instant>) -> Result<bool, NtStatus> {
    let fds = [socket.fd()];
    let wait = threads::Wait::on(fds.into_iter()).ok_or(NtStatus::INSUFFICIENT_RESOURCES)?;
    loop {
        socket.looks_again();
        socket.still_open()?;
        if socket.facts().any(facts::OOB_INLINE) {
            reasons::because("F174", "SO_OOBINLINE was switched on meanwhile");
            // F174, for a call that was inside when another thread switched it on.
            return Err(NtStatus::INVALID_PARAMETER);
        }
        if socket.facts().any(facts::URGENT_QUEUED) {
            return Ok(true);
        }
        let until = blocking::run_hook(deadline).map_err(|blocking::Cancelled| cancelled())?;
        let mut entries =
            [sys::entry(socket.fd(), sys::URGENT | sys::FINISHED), sys::entry(wait.bell(), sys::READABLE)];
        match sys::wait(&mut entries, until) {
            Ok(0) if until == deadline => return Err(timed_out()),
            Ok(0) => {}
            Err(errno) if errno.interrupted() => {}
            Err(_) => return Err(NtStatus::INSUFFICIENT_RESOURCES),
            Ok(_) => {
                wait.silence();
                wait.run_calls();
                if entries[0].revents & sys::URGENT != 0 {
                    return Ok(true);
                }
                if entries[0].revents != 0 {
                    return Ok(socket.facts().any(facts::URGENT_QUEUED));
                }
            }
        }
    }
}
