//! Messages of AF_UNIX sockets: looked at where they are, and taken once that is settled.

use super::receive::{MOST_VECTORS, header};
use super::{Errno, Fd, Scatter, answer};
use crate::platform::HOST;
use crate::socket::address::HostAddr;

/// What a look at the first message gave.
pub(crate) struct Look {
    /// Bytes stored.
    pub(crate) stored: usize,
    /// The message was longer than the buffers.
    pub(crate) truncated: bool,
    /// There was a message. On a socket that [`mark_messages`] was called for, a look without the mark
    /// has found the end of the connection.
    pub(crate) marked: bool,
}

/// Makes every message tell that it is one, which an empty message otherwise does not: like the end of the
/// connection it reads as 0 bytes.
///
/// Each message then comes with the time at which it was sent. No room is given for that, so the host says
/// that there was none. Credentials (SO_PASSCRED) would tell as well, but for them the host gives a name to
/// a socket that has none.
pub(crate) fn mark_messages(fd: Fd) {
    let _ = super::set_int(fd, libc::SOL_SOCKET, libc::SO_TIMESTAMP, 1);
}

/// Copies what comes after the first `skip` bytes of the first message, and the sender's name if that is
/// wanted; the message stays. Never waits.
pub(crate) fn look_at_message(
    fd: Fd,
    into: &mut Scatter,
    skip: usize,
    from: Option<&mut HostAddr>,
) -> Result<Look, Errno> {
    if skip == 0 {
        return look(fd, into, from);
    }
    set_peek_offset(fd, skip as i32)?;
    let found = look(fd, into, from);
    set_peek_offset(fd, -1)?;
    found
}

fn look(fd: Fd, into: &mut Scatter, from: Option<&mut HostAddr>) -> Result<Look, Errno> {
    const LONGEST_MESSAGE: usize = 1 << 26;
    if into.vectors().len() <= MOST_VECTORS {
        return peek(fd, into, from);
    }
    let mut copy = vec![0; into.total().min(LONGEST_MESSAGE)];
    let found = peek(fd, &Scatter::one(copy.as_mut_ptr(), copy.len()), from)?;
    if !into.can_be_filled(found.stored) {
        return Err(Errno(libc::EFAULT));
    }
    into.fill(&copy[..found.stored]);
    Ok(found)
}

fn peek(fd: Fd, into: &Scatter, mut from: Option<&mut HostAddr>) -> Result<Look, Errno> {
    let mut header = header(into.vectors());
    if let Some(name) = from.as_deref_mut() {
        let (pointer, length) = name.parts_mut();
        header.msg_name = pointer.cast();
        header.msg_namelen = *length;
    }
    let flags = HOST.msg.peek | HOST.msg.dontwait;
    // SAFETY: the header's buffers are the caller's to be written, and the name outlives the call.
    let stored = answer("recvmsg", unsafe { libc::recvmsg(fd, &raw mut header, flags) })? as usize;
    if let Some(name) = from {
        *name.len_mut() = header.msg_namelen;
    }
    let has = |flag| header.msg_flags & flag != 0;
    Ok(Look { stored, truncated: has(HOST.msg.trunc), marked: has(HOST.msg.ctrunc) })
}

/// Takes the first message off the queue, with whatever was not looked at of it.
pub(crate) fn drop_message(fd: Fd) -> Result<(), Errno> {
    let mut byte = 0u8;
    // SAFETY: one byte, which is ours.
    answer("recv", unsafe { libc::recv(fd, (&raw mut byte).cast(), 1, HOST.msg.dontwait) }).map(drop)
}

/// The longest message that the socket can send.
pub(crate) fn longest_message(fd: Fd) -> Result<usize, Errno> {
    let room = super::get_int(fd, libc::SOL_SOCKET, libc::SO_SNDBUF)?;
    Ok(usize::try_from(room).unwrap_or(0).saturating_sub(HOST.unix_message_overhead))
}

/// Bytes of all messages that wait. `marked` says that [`mark_messages`] was called, so that the end of
/// the connection can be told from empty messages.
#[cfg(target_os = "linux")]
pub(crate) fn local_message_bytes(fd: Fd, marked: bool) -> Result<u32, Errno> {
    const MOST_MESSAGES: usize = 1 << 16;
    let mut total = 0usize;
    let mut end = Ok(());
    for _ in 0..MOST_MESSAGES {
        set_peek_offset(fd, i32::try_from(total).unwrap_or(i32::MAX))?;
        match length_of_first(fd) {
            Ok((0, false)) if marked => break,
            Ok((length, _)) => total += length,
            Err(errno) if errno.would_block() => break,
            Err(errno) => {
                end = Err(errno);
                break;
            }
        }
    }
    set_peek_offset(fd, -1)?;
    end.map(|()| u32::try_from(total).unwrap_or(u32::MAX))
}

/// The whole length of the message behind the offset, and whether it is marked.
#[cfg(target_os = "linux")]
fn length_of_first(fd: Fd) -> Result<(usize, bool), Errno> {
    let mut header = header(&[]);
    let flags = HOST.msg.peek | HOST.msg.dontwait | HOST.msg.trunc;
    // SAFETY: a header without buffers, name and control data.
    let length = answer("recvmsg", unsafe { libc::recvmsg(fd, &raw mut header, flags) })? as usize;
    Ok((length, header.msg_flags & HOST.msg.ctrunc != 0))
}

/// The length of the first message, which is all that the host tells.
#[cfg(not(target_os = "linux"))]
pub(crate) fn local_message_bytes(fd: Fd, _: bool) -> Result<u32, Errno> {
    super::message_bytes_waiting(fd)
}

/// Where looks begin, counted over all messages of the queue; -1 is at its front, as ever.
#[cfg(target_os = "linux")]
fn set_peek_offset(fd: Fd, offset: i32) -> Result<(), Errno> {
    super::set_int(fd, libc::SOL_SOCKET, libc::SO_PEEK_OFF, offset)
}

/// No other host has sockets whose messages can be received in parts.
#[cfg(not(target_os = "linux"))]
fn set_peek_offset(_: Fd, _: i32) -> Result<(), Errno> {
    Err(Errno(libc::ENOTSUP))
}
