//! What the host counts and marks: bytes waiting, the urgent mark.

use super::{Errno, Fd, answer};

/// Bytes that a receive could take (FIONREAD). On datagram sockets hosts disagree on what they count.
pub(crate) fn bytes_waiting(fd: Fd) -> Result<u32, Errno> {
    let mut count: libc::c_int = 0;
    // SAFETY: FIONREAD writes one int.
    answer(unsafe { libc::ioctl(fd, libc::FIONREAD, &raw mut count) })?;
    Ok(count.max(0) as u32)
}
