//! What a datagram socket remembers beside the host's queue: reports of earlier sends, and who looks at the
//! queue without taking from it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use super::icmp::Report;
use super::table::Socket;

/// The state; SOCKETs that stand for one object share it.
#[derive(Default)]
pub(crate) struct Datagrams {
    /// ICMP errors that a receive is to report, oldest first. They are older than those in the host's queue,
    /// which is read under this lock.
    reports: Mutex<VecDeque<Report>>,
    /// Where a look at the host's queue begins is a mark of the host's object, which a count moves.
    looks: Mutex<()>,
}

impl Datagrams {
    /// Those of a socket, made at the first need.
    pub(crate) fn of(socket: &Socket) -> Arc<Self> {
        socket.with_rare(|rare| Arc::clone(rare.datagrams.get_or_insert_default()))
    }

    pub(crate) fn reports(&self) -> MutexGuard<'_, VecDeque<Report>> {
        self.reports.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Under this lock datagrams are counted and peeked at. Nobody waits under it.
    pub(crate) fn looks(&self) -> MutexGuard<'_, ()> {
        self.looks.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
