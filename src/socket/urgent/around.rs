//! Receiving around the urgent bytes that were taken: up to the next one, and past those that were.

use super::place::Place;
use super::queues::Queues;
use super::{collect_locked, connection};
use crate::platform::HOST;
use crate::socket::facts;
use crate::socket::table::Socket;
use crate::status::NtStatus;
use crate::sys::{self, Errno, Scatter};

/// Receives no byte that comes after the urgent ones were looked for: it could be one, and the host would
/// pass over it.
pub(super) fn receive_locked(
    socket: &Socket,
    queues: &mut Queues,
    into: &mut Scatter,
    peek: bool,
    woken: &mut bool,
) -> Result<usize, Errno> {
    // A host that counts nothing although there is something is not asked for ever.
    const ROUNDS: usize = 8;
    let flags = HOST.msg.dontwait | if peek { HOST.msg.peek } else { 0 };
    for _ in 0..ROUNDS {
        let free = match free_bytes(socket, queues, woken)? {
            Some(free) => free,
            None => continue,
        };
        if free > 0 {
            let limited = into.limited(usize::try_from(free).unwrap_or(usize::MAX));
            return sys::receive_stream(socket.fd(), &limited, flags);
        }
        // The end, a failure or nothing; if bytes have come meanwhile, the urgent ones come first.
        let mut byte = 0u8;
        let one = Scatter::one(&raw mut byte, 1);
        match sys::receive_stream(socket.fd(), &one, HOST.msg.dontwait | HOST.msg.peek) {
            Ok(bytes) if bytes > 0 => {}
            Ok(_) => return Ok(0),
            Err(errno) => return Err(errno),
        }
    }
    sys::receive_stream(socket.fd(), into, flags)
}

/// How many bytes there are to receive up to the next urgent one. None says that one came meanwhile.
fn free_bytes(socket: &Socket, queues: &mut Queues, woken: &mut bool) -> Result<Option<u64>, Errno> {
    if queues.marks.is_empty() {
        let free = sys::bytes_waiting(socket.fd())?;
        let came = collect_locked(socket, queues);
        *woken |= came;
        return Ok((!came).then_some(u64::from(free)));
    }
    broken_while_watched(socket)?;
    let before = Place::of(socket.fd(), socket.facts().any(facts::OOB_INLINE))?;
    *woken |= collect_locked(socket, queues);
    let next = pass_taken(socket, queues)?;
    Ok(Some(queues.marks.free(next, before.end().saturating_sub(next))))
}

/// G126: a reset that the library knows of throws away what was queued before it.
fn broken_while_watched(socket: &Socket) -> Result<(), Errno> {
    if !sys::stream_received(socket.fd())?.over {
        return Ok(());
    }
    match connection::find_out(socket) {
        None => Ok(()),
        Some(NtStatus::CONNECTION_ABORTED) => Err(Errno(libc::EPIPE)),
        Some(_) => Err(Errno(libc::ECONNRESET)),
    }
}

/// Drops what is next in the host's stream and was taken already. Gives the place of the next byte that
/// was not.
fn pass_taken(socket: &Socket, queues: &mut Queues) -> Result<u64, Errno> {
    let fd = socket.fd();
    let inline = socket.facts().any(facts::OOB_INLINE);
    let next = loop {
        // In this order: if another urgent byte comes in between, the host passes over this one at once, unless
        // the place is just being asked for, which goes in line.
        let passed = !inline && sys::is_at_mark(fd)?;
        let next = Place::of(fd, inline)?.next;
        queues.marks.reached(next);
        if !queues.marks.is_taken(next) {
            break next;
        }
        if passed && sys::is_at_mark(fd)? {
            break next + 1;
        }
        if passed {
            continue;
        }
        let mut byte = 0u8;
        sys::receive_stream(fd, &Scatter::one(&raw mut byte, 1), HOST.msg.dontwait)?;
    };
    if queues.marks.is_empty() && inline {
        socket.clear(facts::WATCHED);
    }
    Ok(next)
}
