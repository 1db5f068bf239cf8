//! One receive on the host.

use super::{Errno, Fd, Scatter, answer};
use crate::platform::HOST;
use crate::socket::address::HostAddr;

/// How many buffers the hosts take in one call.
pub(super) const MOST_VECTORS: usize = 1024;

/// What one receive gave.
pub(crate) struct Taken {
    /// Bytes stored.
    pub(crate) stored: usize,
    /// The message was longer than the buffers.
    pub(crate) truncated: bool,
}

/// Takes bytes of a stream into one buffer of the caller's.
#[inline(always)]
pub(crate) fn receive_bytes(fd: Fd, buf: *mut u8, len: usize) -> Result<usize, Errno> {
    // SAFETY: the door was promised a buffer to be written for `len` bytes; the host finds out if it is none.
    answer("recv", unsafe { libc::recv(fd, buf.cast(), len, 0) }).map(|n| n as usize)
}

/// Takes a message into one buffer and tells the message's own length, on hosts that tell it.
#[inline(always)]
pub(crate) fn receive_whole_length(fd: Fd, buf: *mut u8, len: usize) -> Result<usize, Errno> {
    // SAFETY: the door was promised a buffer to be written for `len` bytes; the host finds out if it is none.
    answer("recv", unsafe { libc::recv(fd, buf.cast(), len, HOST.msg.trunc) }).map(|n| n as usize)
}

/// As [`receive_whole_length`], with the sender's name.
#[inline(always)]
pub(crate) fn receive_whole_length_from(
    fd: Fd,
    buf: *mut u8,
    len: usize,
    from: &mut HostAddr,
) -> Result<usize, Errno> {
    let (pointer, length) = from.parts_mut();
    // SAFETY: as for `receive_whole_length`; pointer and length describe `from`.
    answer("recvfrom", unsafe { libc::recvfrom(fd, buf.cast(), len, HOST.msg.trunc, pointer, length) })
        .map(|n| n as usize)
}

/// Takes bytes of a stream.
#[inline]
pub(crate) fn receive_stream(fd: Fd, into: &Scatter, flags: i32) -> Result<usize, Errno> {
    if let Some((buf, len)) = into.single() {
        // SAFETY: the maker of `into` gave the buffer to be written for `len` bytes.
        return answer("recv", unsafe { libc::recv(fd, buf, len, flags) }).map(|n| n as usize);
    }
    let mut done = 0;
    for vectors in into.vectors().chunks(MOST_VECTORS) {
        // A reset that hides behind the bytes is told once: it is left for a call that can answer with it.
        if done > 0 && !super::bytes_waiting(fd).is_ok_and(|bytes| bytes > 0) {
            break;
        }
        // What did not fit into one call must not make the next one wait.
        let flags = if done == 0 { flags } else { flags | HOST.msg.dontwait };
        let mut header = header(vectors);
        // SAFETY: the header's buffers are the caller's to be written, for the length of this call.
        match answer("recvmsg", unsafe { libc::recvmsg(fd, &raw mut header, flags) }) {
            Ok(bytes) => {
                done += bytes as usize;
                let room: usize = vectors.iter().map(|v| v.iov_len).sum();
                // A peek would see the same bytes again.
                if (bytes as usize) < room || flags & HOST.msg.peek != 0 {
                    break;
                }
            }
            Err(errno) if done == 0 => return Err(errno),
            Err(_) => break,
        }
    }
    Ok(done)
}

/// Room for what the host tells of one message besides its bytes and its sender, or is told of one that is sent.
///
/// The host's own options together need less than half of it; what the program asks of the host behind
/// this library's back comes on top.
#[repr(C, align(8))]
pub(crate) struct ControlRoom {
    bytes: [u8; 512],
    used: usize,
}

impl ControlRoom {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; 512], used: 0 }
    }

    /// What `write` puts there; it tells how many bytes those are.
    pub(crate) fn written(write: impl FnOnce(&mut [u8]) -> usize) -> Self {
        let mut room = Self::new();
        room.used = write(&mut room.bytes).min(room.bytes.len());
        room
    }

    /// What was written.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.used]
    }
}

const _: () = assert!(align_of::<ControlRoom>() >= align_of::<libc::cmsghdr>());

/// Takes one message, and its sender's name and its control data if they are wanted.
pub(crate) fn receive_message(
    fd: Fd,
    into: &mut Scatter,
    flags: i32,
    from: Option<&mut HostAddr>,
    control: Option<&mut ControlRoom>,
) -> Result<Taken, Errno> {
    match into.single() {
        Some((buf, len)) if HOST.trunc_input && control.is_none() => {
            receive_datagram(fd, buf, len, flags, from)
        }
        _ if into.vectors().len() > MOST_VECTORS => receive_through_copy(fd, into, flags, from, control),
        _ => receive_header(fd, into, flags, from, control),
    }
}

/// MSG_TRUNC asks this host for the message's true length, which saves the message header.
fn receive_datagram(
    fd: Fd,
    buf: *mut libc::c_void,
    len: usize,
    flags: i32,
    from: Option<&mut HostAddr>,
) -> Result<Taken, Errno> {
    let flags = flags | HOST.msg.trunc;
    let full = match from {
        // SAFETY: the maker of the scatter gave the buffer to be written for `len` bytes.
        None => answer("recv", unsafe { libc::recv(fd, buf, len, flags) })?,
        Some(name) => {
            let (pointer, length) = name.parts_mut();
            // SAFETY: as above; pointer and length describe `name`, which the host may fill.
            answer("recvfrom", unsafe { libc::recvfrom(fd, buf, len, flags, pointer, length) })?
        }
    } as usize;
    Ok(Taken { stored: full.min(len), truncated: full > len })
}

fn receive_header(
    fd: Fd,
    into: &Scatter,
    flags: i32,
    from: Option<&mut HostAddr>,
    mut control: Option<&mut ControlRoom>,
) -> Result<Taken, Errno> {
    let mut header = header(into.vectors());
    let mut name = from;
    if let Some(name) = name.as_deref_mut() {
        let (pointer, length) = name.parts_mut();
        header.msg_name = pointer.cast();
        header.msg_namelen = *length;
    }
    if let Some(room) = control.as_deref_mut() {
        header.msg_control = room.bytes.as_mut_ptr().cast();
        header.msg_controllen = room.bytes.len() as _;
    }
    // SAFETY: the header's buffers are the caller's to be written; `name` and `control` outlive the call.
    let stored = answer("recvmsg", unsafe { libc::recvmsg(fd, &raw mut header, flags) })? as usize;
    if let Some(name) = name {
        *name.len_mut() = header.msg_namelen;
    }
    if let Some(room) = control {
        #[allow(clippy::unnecessary_cast)] // The hosts disagree on the type.
        let used = header.msg_controllen as usize;
        room.used = used.min(room.bytes.len());
    }
    Ok(Taken { stored, truncated: header.msg_flags & HOST.msg.trunc != 0 })
}

/// More buffers than the host takes in one call, for a message that must be taken in one call.
fn receive_through_copy(
    fd: Fd,
    into: &mut Scatter,
    flags: i32,
    from: Option<&mut HostAddr>,
    control: Option<&mut ControlRoom>,
) -> Result<Taken, Errno> {
    const LONGEST_MESSAGE: usize = 1 << 16;
    let mut copy = vec![0; into.total().min(LONGEST_MESSAGE)];
    // Once the message is taken it is too late to find out.
    if !into.can_be_filled(copy.len()) {
        return Err(Errno(libc::EFAULT));
    }
    let whole = Scatter::one(copy.as_mut_ptr(), copy.len());
    let taken = receive_header(fd, &whole, flags, from, control)?;
    into.fill(&copy[..taken.stored]);
    Ok(taken)
}

/// A message header over these buffers, with no name and no control data.
pub(super) fn header(vectors: &[libc::iovec]) -> libc::msghdr {
    // SAFETY: an all-zero header is one without name, buffers and control data.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = vectors.as_ptr().cast_mut();
    header.msg_iovlen = vectors.len() as _;
    header
}
