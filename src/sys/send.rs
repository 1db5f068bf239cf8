//! One send on the host. It never raises a signal.

use std::sync::OnceLock;

use super::{ControlRoom, Errno, Fd, Scatter, answer, get_int};
use crate::platform::HOST;
use crate::socket::address::HostAddr;

const MOST_VECTORS: usize = 1024;

/// Sends bytes of a stream, or one message; to a peer, or to `to`.
pub(crate) fn send(fd: Fd, from: &Scatter, flags: i32, to: Option<&HostAddr>) -> Result<usize, Errno> {
    let flags = flags | HOST.msg.nosignal.unwrap_or(0);
    match (from.single(), to) {
        (Some((buf, len)), None) => {
            // SAFETY: the maker of `from` gave the buffer to be read for `len` bytes.
            answer("send", unsafe { libc::send(fd, buf, len, flags) })
        }
        (Some((buf, len)), Some(to)) => {
            // SAFETY: as above; pointer and length describe `to`.
            answer("sendto", unsafe { libc::sendto(fd, buf, len, flags, to.as_ptr(), to.len()) })
        }
        (None, to) => {
            let header = header(from, to);
            // SAFETY: the header's buffers are the caller's to be read, for the length of this call.
            answer("sendmsg", unsafe { libc::sendmsg(fd, &raw const header, flags) })
        }
    }
    .map(|n| n as usize)
}

/// As [`send`], for one message with what the host is told of it besides.
pub(crate) fn send_with(
    fd: Fd,
    from: &Scatter,
    flags: i32,
    to: Option<&HostAddr>,
    control: &ControlRoom,
) -> Result<usize, Errno> {
    let flags = flags | HOST.msg.nosignal.unwrap_or(0);
    let mut header = header(from, to);
    header.msg_control = control.bytes().as_ptr().cast_mut().cast();
    header.msg_controllen = control.bytes().len() as _;
    // SAFETY: the header's buffers are the caller's to be read, for the length of this call; so is `control`.
    answer("sendmsg", unsafe { libc::sendmsg(fd, &raw const header, flags) }).map(|n| n as usize)
}

fn header(from: &Scatter, to: Option<&HostAddr>) -> libc::msghdr {
    let vectors = from.vectors();
    let mut header = super::receive::header(&vectors[..vectors.len().min(MOST_VECTORS)]);
    if let Some(to) = to {
        header.msg_name = to.as_ptr().cast_mut().cast();
        header.msg_namelen = to.len();
    }
    header
}

/// Whether the host cuts what is sent on a UDP socket into datagrams. One that does not know the wish would send
/// all of it as one, so it is asked before.
pub(crate) fn cuts_datagrams(fd: Fd) -> bool {
    static CUTS: OnceLock<bool> = OnceLock::new();
    let Some((level, name)) = HOST.control.segment else { return false };
    if let Some(&cuts) = CUTS.get() {
        return cuts;
    }
    of_host(get_int(fd, level, name)).is_some_and(|cuts| *CUTS.get_or_init(|| cuts))
}

/// What the answer about one socket tells of the host, if it tells anything.
fn of_host(asked: Result<i32, Errno>) -> Option<bool> {
    match asked {
        Ok(_) => Some(true),
        Err(Errno(libc::ENOPROTOOPT)) => Some(false),
        Err(_) => None,
    }
}

/// Whether one send can carry all these buffers; a message must go in one.
pub(crate) fn fits_one_send(from: &Scatter) -> bool {
    from.vectors().len() <= MOST_VECTORS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A descriptor that somebody closes at that moment says nothing of the host.
    #[test]
    fn only_a_host_that_does_not_know_the_wish_is_not_asked_again() {
        assert_eq!(of_host(Ok(0)), Some(true));
        assert_eq!(of_host(Err(Errno(libc::ENOPROTOOPT))), Some(false));
        for errno in [libc::EBADF, libc::ENOTSOCK, libc::ENOMEM, libc::EINTR] {
            assert_eq!(of_host(Err(Errno(errno))), None);
        }
    }
}
