//! Receiving and sending: check the state, ask the host, say what Winsock says happened.

pub(crate) mod control;
mod datagram;
mod message;
pub(crate) mod order;
pub(crate) mod outgoing;
mod reach;
pub(crate) mod receive;
pub(crate) mod send;
pub(crate) mod wait;
pub(crate) mod whole;

use crate::status::NtStatus;

/// How an operation ended: a status, and what it moved. Truncation is a failure that moved bytes (F114).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Outcome {
    pub(crate) status: NtStatus,
    pub(crate) bytes: usize,
    /// Flags for the caller, in Winsock's numbers.
    pub(crate) flags: u32,
    /// The name that the caller asked for was filled in.
    pub(crate) named: bool,
}

impl Outcome {
    const fn done(bytes: usize) -> Self {
        Self { status: NtStatus::SUCCESS, bytes, flags: 0, named: false }
    }

    pub(crate) const fn failed(status: NtStatus) -> Self {
        Self { status, bytes: 0, flags: 0, named: false }
    }
}
