//! What a socket of reliable messages remembers beside the host's queue: how much of the first message was
//! received already, and the parts of a message that is not complete yet.
//!
//! A message stays in the host's queue until its last byte was received. So the host answers select, poll
//! and epoll for it, whoever asks, and closing on an unread rest is what the host makes of it: an abort.

use std::sync::{Arc, Mutex, MutexGuard};

use super::facts;
use super::table::Socket;
use crate::sys::{self, Errno};

/// The state; SOCKETs that stand for one object share it.
#[derive(Default)]
pub(crate) struct Messages {
    /// How many bytes of the first message in the host's queue were received.
    received: Mutex<usize>,
    /// What sends with MSG_PARTIAL have left for the send that completes the message.
    unsent: Mutex<Vec<u8>>,
}

impl Messages {
    /// Those of a socket, made at the first need.
    pub(crate) fn of(socket: &Socket) -> Arc<Self> {
        socket.with_rare(|rare| Arc::clone(rare.messages.get_or_insert_default()))
    }

    /// Under this lock the first message of the queue is looked at and taken. Nobody waits under it.
    pub(crate) fn received(&self) -> MutexGuard<'_, usize> {
        self.received.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(crate) fn unsent(&self) -> MutexGuard<'_, Vec<u8>> {
        self.unsent.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// FIONREAD: the bytes of all messages that wait, less what was received of the first.
pub(crate) fn bytes_waiting(socket: &Socket) -> Result<u32, Errno> {
    let messages = Messages::of(socket);
    let received = messages.received();
    let waiting = sys::local_message_bytes(socket.fd(), socket.facts().any(facts::CIRCUIT))?;
    Ok(waiting.saturating_sub(*received as u32))
}
