//! What only few sockets have, kept apart so that the others do not carry it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::address::HostAddr;
use super::datagrams::Datagrams;
use super::messages::Messages;
use super::urgent::SharedQueues;
use crate::status::NtStatus;
use crate::sys::Fd;

/// The rarely used part of a socket's state.
#[derive(Default)]
pub(crate) struct Rare {
    /// SO_ERROR as Windows keeps it: set by asynchronous failures and by setsockopt, never cleared by reading.
    pub(crate) so_error: i32,
    /// How the last connect failed that a program did not wait for.
    pub(crate) connect_status: Option<NtStatus>,
    /// What a stream has beside the host's.
    pub(crate) urgent: Option<SharedQueues>,
    /// Options that the host lacks or reads back differently: (level, name) and the value as stored.
    pub(crate) options: Vec<((i32, i32), i32)>,
    /// Connections that a WSAAccept condition deferred, and their peers; the next accept gets the first.
    pub(crate) deferred: VecDeque<(Fd, HostAddr)>,
    /// What a socket of reliable messages remembers beside the host's queue.
    pub(crate) messages: Option<Arc<Messages>>,
    /// What a datagram socket remembers beside the host's queue.
    pub(crate) datagrams: Option<Arc<Datagrams>>,
    /// When the connection came about (SO_CONNECT_TIME).
    pub(crate) connected_at: Option<Instant>,
}

impl Rare {
    /// The stored value of an option, if the program has set it.
    pub(crate) fn option(&self, level: i32, name: i32) -> Option<i32> {
        self.options.iter().find(|(key, _)| *key == (level, name)).map(|(_, value)| *value)
    }

    pub(crate) fn set_option(&mut self, level: i32, name: i32, value: i32) {
        match self.options.iter_mut().find(|(key, _)| *key == (level, name)) {
            Some((_, stored)) => *stored = value,
            None => self.options.push(((level, name), value)),
        }
    }
}
