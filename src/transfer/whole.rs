//! MSG_WAITALL: a receive that takes what comes until its buffers are full, in one go or in many.

use super::Outcome;
use super::receive::{Patience, end_of_stream, next_bytes};
use crate::socket::table::Socket;
use crate::socket::{connection, facts, urgent};
use crate::status::NtStatus;
use crate::sys::Scatter;

/// Such a receive, and how far it has come.
pub(crate) struct Whole {
    room: Scatter,
    /// Where the bytes go that have not come yet.
    rest: Scatter,
    done: usize,
    /// How many of the bytes that have come were out-of-band ones before SO_OOBINLINE was switched on.
    kept: usize,
}

impl Whole {
    pub(crate) fn new(room: &Scatter) -> Self {
        Self { room: room.clone(), rest: room.clone(), done: 0, kept: 0 }
    }

    /// Takes what is there. None says that there is more to come.
    pub(crate) fn attempt(&mut self, socket: &Socket) -> Option<Outcome> {
        let outcome = self.go(socket, &Patience::none());
        (outcome.status != NtStatus::DEVICE_NOT_READY).then_some(outcome)
    }

    /// As many bytes as there is room for, or as come before the end (G088, G094, G099).
    pub(super) fn go(&mut self, socket: &Socket, patience: &Patience) -> Outcome {
        if self.done == 0 {
            self.kept = urgent::kept_in_front(socket);
        }
        loop {
            match next_bytes(socket, &mut self.rest, false, patience) {
                Ok(0) => {
                    let end = end_of_stream(socket);
                    return if end.status.is_success() { Outcome::done(self.done) } else { end };
                }
                Ok(bytes) => {
                    self.done += bytes;
                    patience.has_begun();
                    if bytes == self.rest.total() {
                        return Outcome::done(self.done);
                    }
                    self.rest.advance(bytes);
                }
                Err(outcome) => return outcome,
            }
        }
    }

    /// It has failed: the next receive gets what this one took.
    ///
    /// G097, G098: Windows does not say what becomes of the part. It is not lost, as long as there is a connection
    /// (G095) and a socket to receive it from.
    pub(crate) fn undo(&mut self, socket: &Socket) {
        let facts = socket.facts();
        // The part is the object's: another SOCKET of it goes on with it.
        let closed = facts.any(facts::CLOSING) && !facts.any(facts::SHARED);
        let taken = self.room.limited(std::mem::take(&mut self.done));
        if taken.total() > 0 && !closed && connection::broken(facts).is_none() && taken.can_still_be_joined()
        {
            urgent::give_back(socket, taken.joined(), self.kept);
        }
    }
}
