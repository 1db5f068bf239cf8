//! Descriptors that pass between the program's own types and this library: Rust's sockets, which the host closes
//! without a word to us, and whose options are the host's.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::facts::{self, Facts};
use super::lifecycle;
use super::requests::Requests;
use super::table::{self, Slot, Socket};
use super::{threads, twins};
use crate::reactor;
use crate::status::NtStatus;
use crate::sys::{self, Fd, KeptErrno};

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
        renew(fd, slot);
    }
    true
}

/// Has the number stand for another object of the host's, and for the same SOCKET. If the program has closed what it
/// stood for, it is left alone: whatever has it by now is not ours to replace.
pub(super) fn exchange(socket: &Socket, by: Fd) -> Result<(), NtStatus> {
    let _turn = table::turn();
    if !socket.slot().is_still(socket.fd()) {
        sys::close(by);
        return Err(NtStatus::CANCELLED);
    }
    sys::replace(socket.fd(), by).map_err(|_| NtStatus::INSUFFICIENT_RESOURCES)?;
    socket.slot().identify(socket.fd());
    Ok(())
}

/// Ends what was known of the object that the number once stood for.
#[cold]
pub(super) fn bury(fd: Fd, slot: &'static Slot) {
    lifecycle::bury(fd, slot, || !slot.is_still(fd));
}

/// Goes inside, if the table knows the number as a socket's and it still is that: what is not may be the program's own
/// by now.
#[inline(always)]
pub(crate) fn enter_known(fd: Fd) -> Option<Socket> {
    let socket = table::enter_present(fd)?;
    (!socket.facts().any(facts::ADOPTED) || socket.slot().is_still_in_turn(fd)).then_some(socket)
}

/// Whether the number stands for the socket that the table knows, whoever may have closed it. One that is not for
/// the program to close is looked at by whoever uses it.
pub(super) fn is_known(fd: Fd) -> bool {
    let is_same = |slot: &Slot| !slot.facts().any(facts::ADOPTED) || slot.is_still_in_turn(fd);
    table::slot(fd).is_some_and(|slot| slot.facts().usable() && is_same(slot))
}

/// Ends those of these that the program has closed by the host's own call.
pub(super) fn bury_gone(fds: impl Iterator<Item = Fd>) {
    for (fd, slot) in fds.filter_map(|fd| Some((fd, table::slot(fd)?))) {
        if slot.facts().usable() && !is_known(fd) {
            bury(fd, slot);
        }
    }
}

/// Descriptors of the program's own on which something pends.
fn guarded() -> MutexGuard<'static, BTreeSet<Fd>> {
    static GUARDED: Mutex<BTreeSet<Fd>> = Mutex::new(BTreeSet::new());
    GUARDED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Something pends on the descriptor, which the program can close by the host's own call. The host tells nobody, so
/// who waits looks now and then.
#[inline]
pub(super) fn guard(fd: Fd, slot: &Slot) {
    if slot.facts().any(facts::ADOPTED) && !slot.set(facts::GUARDED).any(facts::GUARDED) {
        guard_anew(fd);
    }
}

#[cold]
fn guard_anew(fd: Fd) {
    guarded().insert(fd);
    reactor::visit(visit);
}

/// The program has sockets of its own that this library knows of.
static ANY: AtomicBool = AtomicBool::new(false);

/// Something is to pend on the object, whichever of its SOCKETs it is begun on.
pub(crate) fn guard_all(socket: &Socket) {
    if !ANY.load(Ordering::Relaxed) {
        return;
    }
    guard(socket.fd(), socket.slot());
    if socket.facts().any(facts::SHARED) {
        for (fd, slot) in twins::of(socket.fd()).into_iter().filter_map(|fd| Some((fd, table::slot(fd)?))) {
            guard(fd, slot);
        }
    }
}

/// Whether there is anything on a socket that would have to end with it.
fn is_in_use(slot: &Slot) -> bool {
    slot.facts().any(facts::ACCEPT_PENDS) || slot.requests().get().is_some_and(Requests::any)
}

/// Looks after what is guarded. What nothing pends on any more is guarded no longer, so that nobody wakes for it.
fn visit() {
    let fds = std::mem::take(&mut *guarded());
    let mut gone = Vec::new();
    for (fd, slot) in fds.into_iter().filter_map(|fd| Some((fd, table::slot(fd)?))) {
        // First, so that what begins to pend from here on guards it anew.
        let facts = slot.clear(facts::GUARDED);
        slot.requests().get().into_iter().for_each(Requests::doubt);
        if !facts.usable() || !facts.any(facts::ADOPTED) {
            continue;
        }
        if !slot.is_still_in_turn(fd) {
            gone.push((fd, slot));
        } else if is_in_use(slot) && !slot.set(facts::GUARDED).any(facts::GUARDED) {
            guarded().insert(fd);
        }
    }
    bury_all(gone);
    let guarded = guarded();
    if guarded.is_empty() {
        reactor::visit_no_more();
    }
}

/// Where threads sit in calls a burial takes its time, which is not that of whoever leads.
fn bury_all(gone: Vec<(Fd, &'static Slot)>) {
    let (slow, quick): (Vec<_>, Vec<_>) =
        gone.into_iter().partition(|(fd, _)| threads::used(*fd) != threads::Use::None);
    quick.into_iter().for_each(|(fd, slot)| bury(fd, slot));
    if slow.is_empty() {
        return;
    }
    let begun = {
        let slow = slow.clone();
        sys::start_service_thread("openws2-burial", move || {
            slow.into_iter().for_each(|(fd, slot)| bury(fd, slot));
        })
    };
    if begun.is_err() {
        slow.into_iter().for_each(|(fd, slot)| bury(fd, slot));
    }
}

/// What the program may have set by the host's own calls.
fn renew(fd: Fd, slot: &Slot) {
    learn_mode(fd, slot);
    if !slot.facts().any(facts::NONBLOCKING) {
        take_timeouts(fd, slot);
    }
}

/// The mode. While the library keeps the descriptor from waiting, nothing tells whether the program chose that too.
fn learn_mode(fd: Fd, slot: &Slot) {
    let facts = slot.facts();
    let Ok(nonblocking) = sys::is_nonblocking(fd) else { return };
    let ours = facts.any(facts::HOST_NONBLOCKING);
    if nonblocking == facts.any(facts::NONBLOCKING) || (nonblocking && ours) {
        return;
    }
    let learn = |slot: &Slot| {
        if nonblocking {
            slot.set(facts::NONBLOCKING)
        } else {
            slot.clear(facts::NONBLOCKING)
        };
    };
    learn(slot);
    if facts.any(facts::SHARED) {
        twins::each_other(fd, learn);
    }
    if !nonblocking && ours {
        let _ = sys::set_nonblocking(fd, true);
    }
}

/// Nothing waits any more for which the library has kept a descriptor of the program's own from waiting.
#[inline]
pub(super) fn give_mode_back(socket: &Socket) {
    if socket.facts().has(facts::ADOPTED | facts::HOST_NONBLOCKING) {
        socket.clear(facts::HOST_NONBLOCKING);
        let _ = sys::set_nonblocking(socket.fd(), socket.facts().any(facts::NONBLOCKING));
    }
}

/// A descriptor that the program has made itself is known from now on.
pub(super) fn adopted(fd: Fd, slot: &Slot) {
    ANY.store(true, Ordering::Relaxed);
    take_timeouts(fd, slot);
}

/// The timeouts of a descriptor that the program made itself are those that the host knows of.
fn take_timeouts(fd: Fd, slot: &Slot) {
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

/// SO_RCVTIMEO was set by a Winsock call: on a descriptor that the program made itself the host is to know it, too. The
/// other timeout may be one that the host alone knows of.
pub(super) fn give_receive_timeout(socket: &Socket) {
    if socket.facts().any(facts::ADOPTED) {
        write_timeout(socket.fd(), libc::SO_RCVTIMEO, socket.receive_timeout());
    }
}

/// As [`give_receive_timeout`], of SO_SNDTIMEO.
pub(super) fn give_send_timeout(socket: &Socket) {
    if socket.facts().any(facts::ADOPTED) {
        write_timeout(socket.fd(), libc::SO_SNDTIMEO, socket.send_timeout());
    }
}

fn write_timeout(fd: Fd, name: i32, milliseconds: u32) {
    // A host that refuses one waits without end, as Winsock does on sockets that are not for overlapped operations.
    let _ = sys::set_timeout(fd, name, milliseconds);
}

/// The program gives a descriptor away, to be closed by Winsock. That of which nothing else is known is remembered so
/// far that it can be, whatever comes first.
pub(crate) fn left_to_winsock(fd: Fd) {
    let Some(slot) = table::slot(fd) else { return };
    let _turn = table::turn();
    if slot.facts() == Facts(0) {
        slot.identify(fd);
    }
}

/// Closes what is the program's own, and stays open after the final WSACleanup. What Winsock made is closed then, and
/// its number is known by an object that is open no more.
pub(crate) fn close_after_cleanup(number: usize) {
    let Ok(fd) = Fd::try_from(number) else { return };
    let Some(slot) = table::slot(fd) else { return };
    let _turn = table::turn();
    if slot.facts() == Facts(0) && sys::is_of_one(slot.identity()) && slot.is_still(fd) {
        sys::close(fd);
    }
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
    ANY.store(true, Ordering::Relaxed);
    slot.set(facts::ADOPTED);
    slot.requests().get().into_iter().for_each(Requests::doubt);
    let in_use = is_in_use(slot);
    if in_use {
        guard(fd, slot);
    }
    if !facts.any(facts::ADOPTED) {
        write_timeout(fd, libc::SO_RCVTIMEO, slot.receive_timeout());
        write_timeout(fd, libc::SO_SNDTIMEO, slot.send_timeout());
    }
    if facts.any(facts::HOST_NONBLOCKING) && !in_use && !facts.any(facts::CONNECTING) {
        slot.clear(facts::HOST_NONBLOCKING);
        let _ = sys::set_nonblocking(fd, facts.any(facts::NONBLOCKING));
    }
}
