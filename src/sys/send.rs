//! One send on the host. It never raises a signal.

use super::{Errno, Fd, Scatter, answer};
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
            let vectors = from.vectors();
            // SAFETY: an all-zero header is one without name, buffers and control data.
            let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
            if let Some(to) = to {
                header.msg_name = to.as_ptr().cast_mut().cast();
                header.msg_namelen = to.len();
            }
            header.msg_iov = vectors.as_ptr().cast_mut();
            header.msg_iovlen = vectors.len().min(MOST_VECTORS) as _;
            // SAFETY: the header's buffers are the caller's to be read, for the length of this call.
            answer("sendmsg", unsafe { libc::sendmsg(fd, &raw const header, flags) })
        }
    }
    .map(|n| n as usize)
}

/// Whether one send can carry all these buffers; a message must go in one.
pub(crate) fn fits_one_send(from: &Scatter) -> bool {
    from.vectors().len() <= MOST_VECTORS
}
