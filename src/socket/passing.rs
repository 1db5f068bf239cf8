//! Descriptors that pass between the program's own types and this library: Rust's sockets, which the host closes
//! without a word to us, and whose options are the host's.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::facts::{self, Facts};
use super::lifecycle;
use super::table::{self, Slot, Socket};
use crate::reactor;
use crate::sys::{self, Errno, Fd, KeptErrno};

/// The program shows a descriptor that it keeps itself. If the number was another object's, that one has been closed
/// behind our back: its operations end as with closesocket, and nothing of it is left. What the program has set on
/// this one by the host's own calls is taken over. Whether the number was known, and as this one's.
pub(crate) fn met(fd: Fd) -> bool {
    let Some(slot) = table::slot(fd) else { return false };
    let facts = slot.facts();
    if facts == Facts(0) {
        // Nothing is known of it, and what there is to know is found out at its first use.
        return false;
    }
    let _errno = KeptErrno::new();
    if !slot.is_still(fd) && !slot.is_still_in_turn(fd) {
        bury(fd, slot);
        return false;
    }
    if facts.has(facts::LIVE | facts::ADOPTED) {
        renew(fd, slot, facts);
    }
    true
}

/// Has the number stand for another object of the host's, and for the same SOCKET.
pub(super) fn exchange(socket: &Socket, by: Fd) -> Result<(), Errno> {
    let _turn = table::turn();
    sys::replace(socket.fd(), by)?;
    socket.slot().identify(socket.fd());
    Ok(())
}

/// Ends what was known of the object that the number once stood for.
#[cold]
pub(super) fn bury(fd: Fd, slot: &'static Slot) {
    lifecycle::bury(fd, slot, || !slot.is_still(fd));
}

/// Descriptors of the program's own on which something pends.
fn guarded() -> MutexGuard<'static, Vec<Fd>> {
    static GUARDED: Mutex<Vec<Fd>> = Mutex::new(Vec::new());
    GUARDED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Something pends on the descriptor, which the program can close by the host's own call. The host tells nobody, so
/// who waits looks now and then.
pub(super) fn guard(fd: Fd) {
    let mut guarded = guarded();
    if !guarded.contains(&fd) {
        guarded.push(fd);
    }
    reactor::visit(visit);
}

fn visit() {
    let fds = std::mem::take(&mut *guarded());
    let stays = |fd: &Fd| {
        let Some(slot) = table::slot(*fd) else { return false };
        let is_guarded = slot.facts().usable() && slot.facts().any(facts::ADOPTED);
        let is_still = slot.is_still(*fd);
        if is_guarded && !is_still {
            bury(*fd, slot);
        }
        is_guarded && is_still
    };
    let staying: Vec<Fd> = fds.into_iter().filter(stays).collect();
    let mut guarded = guarded();
    guarded.extend(staying);
    guarded.sort_unstable();
    guarded.dedup();
    if guarded.is_empty() {
        reactor::visit_no_more();
    }
}

/// A nonblocking socket that has become a blocking one; the other way is found out when the host has nothing.
fn renew(fd: Fd, slot: &Slot, facts: Facts) {
    if facts.any(facts::NONBLOCKING) && sys::is_nonblocking(fd) == Ok(false) {
        slot.clear(facts::NONBLOCKING);
    }
    if !slot.facts().any(facts::NONBLOCKING) {
        take_timeouts(fd, slot);
    }
}

/// The timeouts of a descriptor that the program made itself are those that the host knows of.
pub(super) fn take_timeouts(fd: Fd, slot: &Slot) {
    slot.set_receive_timeout(timeout(fd, libc::SO_RCVTIMEO, slot.receive_timeout()));
    slot.set_send_timeout(timeout(fd, libc::SO_SNDTIMEO, slot.send_timeout()));
}

/// The host's, unless it is the known one to the host's own measure.
fn timeout(fd: Fd, name: i32, known: u32) -> u32 {
    const COARSEST_TICK: u32 = 10;
    let told = sys::timeout(fd, name).unwrap_or(0);
    let same = known > 0 && told >= known && told - known <= COARSEST_TICK;
    if same { known } else { told }
}

/// SO_RCVTIMEO or SO_SNDTIMEO was set by a Winsock call: on a descriptor that the program made itself the host is to
/// know it, too.
pub(super) fn give_timeouts(socket: &Socket) {
    if socket.facts().any(facts::ADOPTED) {
        write_timeouts(socket.fd(), socket.slot());
    }
}

fn write_timeouts(fd: Fd, slot: &Slot) {
    // A host that refuses one waits without end, as Winsock does on sockets that are not for overlapped operations.
    let _ = sys::set_timeout(fd, libc::SO_RCVTIMEO, slot.receive_timeout());
    let _ = sys::set_timeout(fd, libc::SO_SNDTIMEO, slot.send_timeout());
}

/// A type of the program's becomes the owner, which closes it by the host's own call: the final WSACleanup is not to
/// close it a second time, and the host is to wait as the SOCKET did.
pub(crate) fn handed_over(fd: Fd) {
    let _ = met(fd);
    let Some(slot) = table::slot(fd) else { return };
    let facts = slot.facts();
    if !facts.usable() {
        return;
    }
    let _errno = KeptErrno::new();
    slot.set(facts::ADOPTED);
    if facts.any(facts::RECEIVES_PEND | facts::SENDS_PEND) {
        guard(fd);
    }
    if !facts.any(facts::ADOPTED) {
        write_timeouts(fd, slot);
    }
    const IN_USE: u64 = facts::RECEIVES_PEND | facts::SENDS_PEND | facts::CONNECTING;
    if facts.any(facts::HOST_NONBLOCKING) && !facts.any(IN_USE) {
        slot.clear(facts::HOST_NONBLOCKING);
        let _ = sys::set_nonblocking(fd, facts.any(facts::NONBLOCKING));
    }
}
