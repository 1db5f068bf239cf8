//! The only code that calls the host about sockets. It returns what the host said, untranslated.
//!
//! Contract: no Winsock code, no Winsock flag, no lock, no retry (an interrupted call is an answer too).
//! Every function takes the descriptor's number; that the number is a socket is the caller's knowledge,
//! and a wrong number is answered by the host with EBADF or ENOTSOCK, never with undefined behaviour.
#![allow(unsafe_code)] // System calls.

mod buffer;
mod control;
mod errno;
mod error_queue;
mod fence;
pub(crate) mod host_option;
mod journal;
mod limit;
pub(crate) mod memory;
mod message;
mod option;
mod poll;
mod receive;
mod rights;
mod send;
mod service;
mod socket;
mod tick;
mod wake;

pub(crate) use buffer::Scatter;
pub(crate) use control::*;
pub(crate) use errno::*;
pub(crate) use error_queue::*;
pub(crate) use fence::*;
pub(crate) use host_option::At;
pub(crate) use journal::*;
pub(crate) use limit::*;
pub(crate) use message::*;
pub(crate) use option::*;
pub(crate) use poll::*;
pub(crate) use receive::*;
pub(crate) use rights::*;
pub(crate) use send::*;
pub(crate) use service::*;
pub(crate) use socket::*;
pub(crate) use tick::*;
pub(crate) use wake::*;

use crate::reasons;

/// A descriptor's number, which is also the SOCKET's.
pub(crate) type Fd = libc::c_int;

/// What the host put into errno.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Errno(pub(crate) i32);

impl Errno {
    /// What this call of the host's left in errno.
    #[cold]
    #[inline(never)]
    fn last(call: &'static str) -> Self {
        let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO);
        reasons::host(call, errno);
        Self(errno)
    }

    pub(crate) fn would_block(self) -> bool {
        self.0 == libc::EAGAIN || self.0 == libc::EWOULDBLOCK
    }

    pub(crate) fn interrupted(self) -> bool {
        self.0 == libc::EINTR
    }
}

/// What this call of the host's answered: -1 means that errno has it.
#[inline(always)]
fn answer<T: PartialOrd + From<i8>>(call: &'static str, value: T) -> Result<T, Errno> {
    if value < T::from(0) { Err(Errno::last(call)) } else { Ok(value) }
}
