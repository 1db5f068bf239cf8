//! Cancelling: by handle, by OVERLAPPED, and when the thread that began an operation ends.

use std::cell::Cell;

use crate::socket::facts;
use crate::socket::requests::{About, Requests, Side};
use crate::socket::table::{self, Socket};
use crate::socket::threads;
use crate::status::NtStatus;
use crate::win32::thread;

/// What pends on a socket, if anything does.
const PENDS: u64 = facts::RECEIVES_PEND | facts::SENDS_PEND | facts::URGENT_PENDS;

/// CancelIo: what the calling thread has begun. Nothing to cancel is a success (F122).
pub(crate) fn of_this_thread(socket: &Socket) {
    let thread = thread::current_id();
    if let Some(requests) = Requests::present(socket) {
        cancel(requests, socket, |_, about| about.thread == thread);
    }
    threads::cancel_own(socket.fd());
}

/// CancelIoEx: everything, or the operation with this OVERLAPPED. Whether there was anything (G021).
///
/// On a stream one receive takes all of them with it (G016). Without an OVERLAPPED also calls that other
/// threads sit in are woken (G012).
pub(crate) fn of_socket(socket: &Socket, overlapped: Option<usize>) -> bool {
    let mut count = 0;
    if let Some(requests) = Requests::present(socket) {
        count = match overlapped {
            None => cancel(requests, socket, |_, _| true),
            Some(overlapped) => cancel_named(requests, socket, overlapped),
        };
    }
    if overlapped.is_none() {
        threads::cancel_own(socket.fd());
        count += threads::cancel_blocked(socket.fd());
    }
    count > 0
}

fn cancel_named(requests: &Requests, socket: &Socket, overlapped: usize) -> usize {
    let facts = socket.facts();
    let together = facts.has(facts::STREAM | facts::CONNECTED);
    let named = |about: &About| about.overlapped == overlapped;
    if together && requests.has(Side::Receive, named) {
        return cancel(requests, socket, |side, about| side == Side::Receive || named(about));
    }
    cancel(requests, socket, |_, about| named(about))
}

fn cancel(requests: &Requests, socket: &Socket, is_meant: impl Fn(Side, &About) -> bool) -> usize {
    let each = |side| requests.cancel(socket, side, NtStatus::CANCELLED, |about| is_meant(side, about));
    let cancelled = Side::ALL.map(each);
    if cancelled[0] > 0 {
        // G020: the end of this socket will be an abort.
        socket.set_own(facts::CUT_SHORT);
    }
    cancelled.iter().sum()
}

/// Sees to it that the ends of threads are heard of.
pub(super) fn mind_thread_ends() {
    thread_local! {
        static MINDED: Cell<bool> = const { Cell::new(false) };
    }
    if !MINDED.with(|minded| minded.replace(true)) {
        thread::at_end(thread_ended);
        // A thread is heard of if it has a record.
        thread::current();
    }
}

/// F123–F125: what a thread has begun ends with it, unless it is told to a port and has no event.
fn thread_ended(thread: u32) {
    table::each_live(|fd| {
        if !table::slot(fd).is_some_and(|slot| slot.facts().any(PENDS)) {
            return;
        }
        let Ok(socket) = table::enter(fd as usize) else { return };
        let Some(requests) = Requests::present(&socket) else { return };
        let has_port = requests.has_port();
        cancel(requests, &socket, |_, about| about.thread == thread && (about.has_event || !has_port));
    });
}

/// CancelSynchronousIo: the call that a thread sits in, if its socket has no overlapped operations (G015).
pub(crate) fn of_thread(thread: u32) -> bool {
    let is_synchronous = |fd| table::slot(fd).is_some_and(|slot| !slot.facts().any(facts::OVERLAPPED));
    threads::cancel_thread(thread, is_synchronous)
}
