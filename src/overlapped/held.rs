//! Operations that are held back: nothing is tried before their time.

use std::time::Instant;

use super::Work;
use crate::socket::requests::End;
use crate::socket::table::Socket;
use crate::sys::Fd;

/// Work that begins later than it was asked for. It waits among the others of its socket, so that it is cancelled
/// as they are, and those behind it wait for it.
pub(super) struct Held<W> {
    pub(super) work: W,
    pub(super) until: Instant,
}

impl<W: Work> Work for Held<W> {
    fn may_end_at_once(&self) -> bool {
        false
    }

    fn attempt(&mut self, socket: &Socket) -> Option<End> {
        if Instant::now() < self.until { None } else { self.work.attempt(socket) }
    }

    fn undo(&mut self, socket: &Socket) {
        self.work.undo(socket);
    }

    fn holds_back(&self) -> bool {
        self.work.holds_back()
    }

    fn takes(&self) -> usize {
        self.work.takes()
    }

    fn accepts(&self) -> Option<Fd> {
        self.work.accepts()
    }

    fn has_drained(&self, end: &End) -> bool {
        self.work.has_drained(end)
    }

    fn leave(&mut self) {
        self.work.leave();
    }
}
