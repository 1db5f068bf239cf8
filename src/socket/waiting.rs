//! Waiting for one socket inside a call, where the thread's blocking hook and the calls that are queued for the
//! thread run meanwhile (F071, F074).

use std::time::Instant;

use super::table::Socket;
use super::{blocking, threads};
use crate::sys::{self, Errno};

/// Waits for one of these events until the deadline. Gives the events that came, or 0 when none is to be
/// looked at: the deadline has passed ([`sys::wait`]), or something has run. Interrupted: look again.
pub(crate) fn wait(socket: &Socket, events: i16, deadline: Option<Instant>) -> Result<Woken, Errno> {
    if !socket.waits_alertably() {
        let mut entries = [sys::entry(socket.fd(), events)];
        return Ok(match sys::wait(&mut entries, deadline)? {
            0 => Woken::TimedOut,
            _ => Woken::Events(entries[0].revents),
        });
    }
    let none = std::iter::empty();
    let wait = threads::Wait::on(none).ok_or(Errno(libc::EMFILE))?;
    // What is queued from here on rings.
    if wait.run_calls() {
        return Ok(Woken::Called);
    }
    let Ok(until) = blocking::run_hook(deadline) else {
        return Ok(Woken::Cancelled);
    };
    let mut entries = [sys::entry(socket.fd(), events), sys::entry(wait.bell(), sys::READABLE)];
    if sys::wait(&mut entries, until)? == 0 {
        return Ok(if until == deadline { Woken::TimedOut } else { Woken::Called });
    }
    wait.silence();
    match entries[0].revents {
        0 => Ok(Woken::Called),
        events => Ok(Woken::Events(events)),
    }
}

/// What ended a wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Woken {
    Events(i16),
    TimedOut,
    /// The thread was called, and is to look again.
    Called,
    /// The thread's blocking hook has cancelled the call.
    Cancelled,
}
