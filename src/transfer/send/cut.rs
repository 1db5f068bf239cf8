//! Sends that are cut into datagrams: by the host where it can, else one by one; what becomes of a rest.

use std::time::{Duration, Instant};

use super::datagram::{Failure, Way, gathered};
use crate::reasons;
use crate::socket::facts;
use crate::status::NtStatus;
use crate::sys::host_option as at;
use crate::sys::{self, Errno, Scatter};
use crate::transfer::outgoing;
use crate::transfer::wait;

/// The most bytes that a datagram of IPv4 has, which is also what a host takes to cut it.
const LONGEST: usize = 65_507;

/// As many datagrams does every host make of one send that makes any.
const MOST_AT_ONCE: usize = 64;

/// Bytes of the headers before a datagram's own, of IPv4 and of IPv6.
const HEADERS: (usize, usize) = (20 + 8, 40 + 8);

/// What a nonblocking send gives its rest to find room, all in all: queues of devices are empty sooner.
const BRIEFLY: Duration = Duration::from_millis(10);

/// So often is looked meanwhile whether the socket is still open.
const SLICE: Duration = Duration::from_millis(1);

impl Way<'_> {
    /// Datagrams of `size` bytes, and a last one of what is left. The host cuts where it can.
    pub(super) fn send_cut(&self, from: &Scatter, size: usize) -> Result<usize, Failure> {
        if u32::try_from(from.total()).is_err() {
            // Nothing could tell how many were sent.
            return Err(Failure::Host(Errno(libc::EMSGSIZE)));
        }
        let each = outgoing::for_host(self.with, self.socket, self.to, None);
        let at_once = (LONGEST / size).min(MOST_AT_ONCE);
        let mut many = (at_once > 1 && sys::cuts_datagrams(self.socket.fd()))
            .then(|| outgoing::for_host(self.with, self.socket, self.to, u16::try_from(size).ok()))
            .flatten();
        if many.is_none() && self.is_too_long(size) {
            return Err(Failure::Host(Errno(libc::EMSGSIZE)));
        }
        let mut left = from.clone();
        let (mut done, mut calls, mut until) = (0, 0, None);
        while left.total() > 0 && calls < self.patience.most_calls {
            let together = many.is_some() && left.total() > size;
            let piece = left.limited(if together { at_once * size } else { size });
            let control = if together { many.as_ref() } else { each.as_ref() };
            // A call that takes so long is ended by closesocket and by who cancels it, whatever its mode.
            let open = self.socket.still_open().map_err(Failure::Status);
            match open.and_then(|()| self.send_one(&gathered(&piece)?.0, control)) {
                Ok(bytes) => {
                    done += bytes;
                    calls += 1;
                    left.advance(bytes);
                }
                Err(Failure::Host(Errno(libc::EINVAL | libc::EIO | libc::EMSGSIZE))) if together => {
                    if self.is_too_long(size) {
                        return Err(Failure::Host(Errno(libc::EMSGSIZE)));
                    }
                    // Such a socket, or such a way, is not for cutting.
                    many = None;
                }
                Err(failure) if done > 0 && self.can_tell_how_much(&failure) => {
                    if !self.finds_room(&failure, &mut until)? {
                        break;
                    }
                }
                Err(failure) => return Err(failure),
            }
        }
        if left.total() > 0 && self.patience.most_calls == usize::MAX {
            reasons::remark(
                "",
                "there was no room for the rest in time, and what was sent cannot be taken back",
            );
        }
        Ok(done)
    }

    /// Whether what ended the send leaves it a success that tells how much was sent, which nothing takes back.
    fn can_tell_how_much(&self, failure: &Failure) -> bool {
        match *failure {
            Failure::Host(errno) => errno.would_block(),
            Failure::Status(NtStatus::IO_TIMEOUT | NtStatus::CANCELLED | wait::CANCELLED_BY_HOOK) => {
                !self.socket.facts().any(facts::CLOSING)
            }
            Failure::Status(_) => false,
        }
    }

    /// Waits briefly for room for the rest of a nonblocking send: programs that look at no count would never
    /// learn of a rest, and what was sent is not sent again by those that do.
    fn finds_room(&self, failure: &Failure, until: &mut Option<Instant>) -> Result<bool, Failure> {
        if matches!(failure, Failure::Status(_)) || self.patience.most_calls != usize::MAX {
            return Ok(false);
        }
        let until = *until.get_or_insert_with(|| Instant::now() + BRIEFLY);
        loop {
            self.socket.looks_again();
            self.socket.still_open().map_err(Failure::Status)?;
            let now = Instant::now();
            if now >= until {
                return Ok(false);
            }
            let mut entries = [sys::entry(self.socket.fd(), sys::WRITABLE)];
            match sys::wait(&mut entries, Some(until.min(now + SLICE))) {
                Ok(0) => {}
                Ok(_) => return Ok(true),
                Err(errno) if errno.interrupted() => {}
                Err(_) => return Ok(false),
            }
        }
    }

    /// Whether the host knows of the way that such datagrams would have to be fragmented.
    fn is_too_long(&self, size: usize) -> bool {
        let is_v4 = outgoing::goes_by_v4(self.socket, self.to);
        let (option, headers) = match is_v4 {
            true => (at::PATH_MTU, HEADERS.0),
            false => (at::V6_PATH_MTU, HEADERS.1),
        };
        let known = match self.to {
            None => sys::get_at(self.socket.fd(), option).ok(),
            Some(to) => sys::get_on_the_way(to, option),
        };
        known.and_then(|bytes| usize::try_from(bytes).ok()).is_some_and(|bytes| size + headers > bytes)
    }
}
