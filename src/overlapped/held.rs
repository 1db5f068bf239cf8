//! Operations that are held back: nothing is tried before their time.

use std::time::Instant;

use super::Work;
use crate::socket::facts;
use crate::socket::requests::End;
use crate::socket::table::Socket;
use crate::sys::Fd;

/// What an operation waits for before it is tried.
#[derive(Clone, Copy)]
pub(crate) struct HeldBack {
    /// This instant.
    pub(crate) until: Instant,
    /// And that the connection has been broken off, which whoever holds it back is about to do.
    pub(crate) until_broken: bool,
}

impl HeldBack {
    fn is_over(self, socket: &Socket) -> bool {
        let broken = || socket.facts().any(facts::RESET | facts::ABORTED);
        Instant::now() >= self.until && (!self.until_broken || broken())
    }
}

/// Work that begins later than it was asked for. It waits among the others of its socket, so that it is cancelled
/// as they are, and those behind it wait for it.
pub(super) struct Held<W> {
    pub(super) work: W,
    pub(super) held_back: HeldBack,
}

impl<W: Work> Work for Held<W> {
    fn may_end_at_once(&self) -> bool {
        false
    }

    fn attempt(&mut self, socket: &Socket) -> Option<End> {
        if self.held_back.is_over(socket) { self.work.attempt(socket) } else { None }
    }

    fn undo(&mut self, socket: &Socket) {
        self.work.undo(socket);
    }

    fn goes_on(&self) -> bool {
        self.work.goes_on()
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
