//! What a stream has beside the host's: the queues of bytes that were taken from it, and where they lay.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use super::Marks;
use crate::socket::table::Socket;

/// One object's queues.
#[derive(Default)]
pub(crate) struct Queues {
    /// Out-of-band bytes, oldest first.
    pub(super) urgent: VecDeque<u8>,
    /// How many such bytes have ever come.
    pub(super) ever: u64,
    /// Out-of-band bytes that are received in line, before all others.
    pub(super) kept: VecDeque<u8>,
    /// Bytes that a receive took and gave back: they are received before those of the host's stream.
    pub(super) given_back: VecDeque<u8>,
    /// Out-of-band bytes that were taken, in the host's stream.
    pub(super) marks: Marks,
}

impl Queues {
    /// How many bytes are received before those of the host's stream.
    pub(super) fn in_front(&self) -> usize {
        self.given_back.len() + self.kept.len()
    }
}

/// SOCKETs that stand for one object share its queues, as they share the host's stream.
pub(crate) type SharedQueues = Arc<Mutex<Queues>>;

/// Those of a socket, made at the first need.
pub(crate) fn queues(socket: &Socket) -> SharedQueues {
    socket.with_rare(|rare| Arc::clone(rare.urgent.get_or_insert_default()))
}

pub(super) fn lock(queues: &Mutex<Queues>) -> MutexGuard<'_, Queues> {
    queues.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Works on the queues. The rare state is not locked meanwhile.
pub(super) fn with_queues<T>(socket: &Socket, work: impl FnOnce(&mut Queues) -> T) -> T {
    work(&mut lock(&queues(socket)))
}
