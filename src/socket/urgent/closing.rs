//! What is read before a stream is closed, so that taken out-of-band bytes do not reset it.

use std::sync::Arc;

use super::place::{self, Place};
use crate::platform::HOST;
use crate::socket::table::Slot;
use crate::sys::{self, Errno, Fd, Scatter};

/// The descriptor of a stream is about to be closed. To the host a taken byte that was not passed is unread,
/// and closing with unread bytes resets the connection: what is not the program's is read first.
pub(crate) fn leave(fd: Fd, slot: &Slot) {
    let Some(queues) = slot.with_rare(|rare| rare.urgent.take()) else { return };
    // The last of the SOCKETs that stand for the object does it.
    let Some(queues) = Arc::into_inner(queues) else { return };
    let mut queues = queues.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    if !HOST.urgent_stays_in_stream
        || queues.marks.is_empty()
        || !queues.urgent.is_empty()
        || queues.in_front() > 0
    {
        return;
    }
    // In line the host hands out every byte that waits.
    let Ok(()) = place::set_inline(fd, true) else { return };
    let Ok(place) = Place::of(fd, true) else { return };
    queues.marks.reached(place.next);
    if place.waiting == queues.marks.hidden() as u64 {
        let mut bytes = vec![0; queues.marks.hidden()];
        let mut rest = bytes.as_mut_slice();
        while let Ok(read @ 1..) = receive_some(fd, rest) {
            rest = &mut rest[read..];
        }
    }
}

fn receive_some(fd: Fd, into: &mut [u8]) -> Result<usize, Errno> {
    if into.is_empty() {
        return Ok(0);
    }
    sys::receive_stream(fd, &Scatter::one(into.as_mut_ptr(), into.len()), HOST.msg.dontwait)
}
