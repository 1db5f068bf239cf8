//! The socket table: from a SOCKET to its state, without a lock, a hash or a call of the host.
//!
//! A SOCKET is the descriptor's number, so the table is an array, made in pieces. A piece is never moved
//! or freed, so a state can be looked at whatever happens to the descriptor meanwhile; and while a thread
//! is inside a call (holds a [`Socket`]) no closesocket gives the number back to the host.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::facts::{self, Facts};
use super::lifecycle;
use super::rare::Rare;
use super::requests::Requests;
use super::threads::{self, Note};
use super::twins;
use crate::error::WsaError;
use crate::reasons;
use crate::status::NtStatus;
use crate::sys::{self, Fd};
use crate::win32::lasting::Lasting;

const PIECE: usize = 512;
const PIECES: usize = 4096;

/// Descriptors from here on cannot be sockets of ours; handles of other objects start higher still.
pub(crate) const FIRST_NON_SOCKET: usize = PIECE * PIECES;

static TABLE: [OnceLock<Box<[Slot]>>; PIECES] = [const { OnceLock::new() }; PIECES];

static TURN: Mutex<()> = Mutex::new(());
static FREED: Condvar = Condvar::new();

/// A number begins to stand for a socket, comes to stand for another object of the host's, or is found to stand for
/// none of ours any more: one such step at a time, so that nobody takes the one for the other.
pub(super) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The state that stands behind one descriptor number.
#[derive(Default)]
pub(crate) struct Slot {
    facts: AtomicU64,
    /// SO_RCVTIMEO and SO_SNDTIMEO in milliseconds.
    receive_timeout: AtomicU32,
    send_timeout: AtomicU32,
    /// What the host's object was when the descriptor became a socket of ours.
    identity: AtomicU64,
    rare: Mutex<Option<Box<Rare>>>,
    /// Apart from what is rare: a server has them on every socket, and looks for them in every call.
    requests: Lasting<Requests>,
}

impl Slot {
    pub(crate) fn facts(&self) -> Facts {
        Facts(self.facts.load(Ordering::SeqCst))
    }

    /// Replaces the facts if they are still what they were thought to be.
    pub(crate) fn replace(&self, old: Facts, new: Facts) -> bool {
        self.facts.compare_exchange(old.0, new.0, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Starts afresh for a descriptor that the host has just given; false while the number still is a socket's that
    /// was closed behind our back, and may have calls inside.
    pub(crate) fn begin(&self, fd: Fd, facts: Facts) -> bool {
        let _turn = turn();
        let old = self.facts();
        let is_free = old == Facts(0) || old.released();
        if is_free {
            self.start(fd, facts);
        }
        is_free
    }

    /// As [`begin`](Self::begin), for a number that another thread may begin with at the same time, or be about to
    /// give back: the first one wins. Whether this one did.
    pub(crate) fn begin_unless_known(&self, fd: Fd, facts: Facts) -> bool {
        let _turn = turn();
        let old = self.facts();
        let is_first = old == Facts(0) || (old.released() && !self.is_still(fd));
        if is_first {
            self.start(fd, facts);
        }
        is_first
    }

    /// In turn.
    fn start(&self, fd: Fd, facts: Facts) {
        self.wipe();
        self.identity.store(sys::identity(fd), Ordering::Relaxed);
        self.facts.store(facts.0, Ordering::SeqCst);
    }

    /// Nothing of the closed socket is left but its number, which goes back to the host now: whoever gets it from
    /// there may begin with it, also while the host's close still waits for the peer.
    pub(crate) fn release(&self) -> Facts {
        static TICKETS: AtomicU64 = AtomicU64::new(0);
        let released = Facts::released_as(TICKETS.fetch_add(1, Ordering::Relaxed));
        self.facts.store(released.0, Ordering::SeqCst);
        released
    }

    /// The host has the number back, unless somebody has it again.
    pub(crate) fn free(&self, released: Facts) {
        let _turn = turn();
        self.replace(released, Facts(0));
        FREED.notify_all();
    }

    /// Waits while somebody gets the last calls out of a socket that is closed. One whose calls do not come out is not
    /// waited for to the end.
    pub(crate) fn wait_until_free(&self, longest: Duration) {
        let is_leaving = |_: &mut ()| {
            let facts = self.facts();
            facts.has(facts::LIVE | facts::CLOSING) && !facts.any(facts::DEFERRED)
        };
        drop(FREED.wait_timeout_while(turn(), longest, is_leaving));
    }

    /// Forgets everything but the facts.
    pub(crate) fn wipe(&self) {
        *self.lock_rare() = None;
        self.requests.replace(None);
        self.receive_timeout.store(0, Ordering::Relaxed);
        self.send_timeout.store(0, Ordering::Relaxed);
    }

    /// The number stands for another object of the host's from now on, and for the same socket.
    pub(crate) fn identify(&self, fd: Fd) {
        self.identity.store(sys::identity(fd), Ordering::Relaxed);
    }

    /// Whether the descriptor still is the object that it was, as far as the host tells them apart.
    pub(crate) fn is_still(&self, fd: Fd) -> bool {
        let now = sys::identity(fd);
        now != 0 && now == self.identity()
    }

    /// As [`is_still`](Self::is_still), not while the number is being given to another object.
    pub(crate) fn is_still_in_turn(&self, fd: Fd) -> bool {
        self.is_still(fd) || {
            let _turn = turn();
            self.is_still(fd)
        }
    }

    pub(crate) fn identity(&self) -> u64 {
        self.identity.load(Ordering::Relaxed)
    }

    /// Sets bits; gives the facts from before.
    pub(crate) fn set(&self, bits: u64) -> Facts {
        Facts(self.facts.fetch_or(bits, Ordering::SeqCst))
    }

    pub(crate) fn clear(&self, bits: u64) -> Facts {
        Facts(self.facts.fetch_and(!bits, Ordering::SeqCst))
    }

    pub(super) fn receive_timeout(&self) -> u32 {
        self.receive_timeout.load(Ordering::Relaxed)
    }

    pub(super) fn set_receive_timeout(&self, milliseconds: u32) {
        self.receive_timeout.store(milliseconds, Ordering::Relaxed);
        self.note_timeout(facts::RECEIVE_TIMEOUT, milliseconds);
    }

    pub(super) fn send_timeout(&self) -> u32 {
        self.send_timeout.load(Ordering::Relaxed)
    }

    pub(super) fn set_send_timeout(&self, milliseconds: u32) {
        self.send_timeout.store(milliseconds, Ordering::Relaxed);
        self.note_timeout(facts::SEND_TIMEOUT, milliseconds);
    }

    /// Each SOCKET has its own timeouts, also where two stand for one object.
    fn note_timeout(&self, bit: u64, milliseconds: u32) {
        if milliseconds == 0 {
            self.clear(bit);
        } else {
            self.set(bit);
        }
    }

    /// Where the socket's requests are, once it has had any.
    #[inline(always)]
    pub(crate) fn requests(&self) -> &Lasting<Requests> {
        &self.requests
    }

    fn lock_rare(&self) -> MutexGuard<'_, Option<Box<Rare>>> {
        self.rare.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Works on the rare state, made if need be.
    pub(crate) fn with_rare<T>(&self, work: impl FnOnce(&mut Rare) -> T) -> T {
        work(self.lock_rare().get_or_insert_default())
    }

    /// Reads the rare state; a socket that has none reads as one whose rare state is fresh.
    pub(crate) fn read_rare<T>(&self, read: impl FnOnce(&Rare) -> T) -> T {
        match self.lock_rare().as_deref() {
            Some(rare) => read(rare),
            None => read(&Rare::default()),
        }
    }
}

/// The slot of a descriptor number; its piece of the table is made at the first need.
#[inline(always)]
pub(crate) fn slot(fd: Fd) -> Option<&'static Slot> {
    let index = usize::try_from(fd).ok()?;
    let piece = TABLE.get(index / PIECE)?;
    let slots = match piece.get() {
        Some(slots) => slots,
        None => make_piece(piece),
    };
    slots.get(index % PIECE)
}

#[cold]
fn make_piece(piece: &'static OnceLock<Box<[Slot]>>) -> &'static [Slot] {
    piece.get_or_init(|| (0..PIECE).map(|_| Slot::default()).collect())
}

/// A thread's stay inside a call on a socket.
pub(crate) struct Socket {
    fd: Fd,
    slot: &'static Slot,
    note: Note,
}

/// Goes inside for a call that ends by itself: looks the SOCKET up and keeps its number from being given back.
pub(crate) fn enter(handle: usize) -> Result<Socket, WsaError> {
    enter_as(handle, false)
}

/// Goes inside for a call that may wait in the host, so that closesocket knows whom to wake.
#[inline(always)]
pub(crate) fn enter_to_wait(handle: usize) -> Result<Socket, WsaError> {
    enter_as(handle, true)
}

/// Goes inside on a number that is a known socket's, and takes none for one that the program may have made.
#[inline(always)]
pub(crate) fn enter_present(fd: Fd) -> Option<Socket> {
    let slot = slot(fd).filter(|slot| slot.facts().usable())?;
    let socket = Socket { fd, slot, note: threads::note(fd, false)? };
    socket.facts().usable().then_some(socket)
}

// Inlined wherever it is: a result that comes back through memory costs as much as the look-up.
#[inline(always)]
fn enter_as(handle: usize, may_block: bool) -> Result<Socket, WsaError> {
    if handle >= FIRST_NON_SOCKET {
        return Err(WsaError::WSAENOTSOCK);
    }
    let fd = handle as Fd;
    let slot = slot(fd).ok_or(WsaError::WSAENOTSOCK)?;
    let note = threads::note(fd, may_block).ok_or(WsaError::WSAEINPROGRESS)?;
    let socket = Socket { fd, slot, note };
    if !socket.facts().usable() {
        make_usable(&socket)?;
    }
    Ok(socket)
}

/// The table knows no socket of this number: it is being closed, or the program's own, or none.
#[cold]
fn make_usable(socket: &Socket) -> Result<(), WsaError> {
    let facts = socket.slot.facts();
    if facts.any(facts::CLOSING) && !facts.released() {
        return Err(WsaError::WSAENOTSOCK);
    }
    lifecycle::adopt(socket)
}

impl Socket {
    #[inline]
    pub(crate) fn fd(&self) -> Fd {
        self.fd
    }

    #[inline]
    pub(crate) fn facts(&self) -> Facts {
        Facts(self.slot.facts.load(Ordering::Relaxed))
    }

    pub(crate) fn slot(&self) -> &'static Slot {
        self.slot
    }

    /// Sets facts that belong to the object, on every SOCKET that stands for it.
    pub(crate) fn set(&self, bits: u64) {
        let before = self.slot.set(bits);
        if before.any(facts::SHARED) {
            twins::each_other(self.fd, |twin| {
                twin.set(bits);
            });
        }
    }

    /// Clears facts that belong to the object, on every SOCKET that stands for it.
    pub(crate) fn clear(&self, bits: u64) {
        let before = self.slot.clear(bits);
        if before.any(facts::SHARED) {
            twins::each_other(self.fd, |twin| {
                twin.clear(bits);
            });
        }
    }

    /// Sets facts that Windows keeps for each handle: whether this one knows that it is bound (F321).
    pub(crate) fn set_own(&self, bits: u64) {
        self.slot.set(bits);
    }

    /// Interrupts the other threads that may be waiting for the object.
    pub(crate) fn interrupt_others(&self) {
        twins::of(self.fd).into_iter().for_each(threads::interrupt_others);
    }

    /// Tells who waits for this thread's call to look again that it has ([`threads::blocked`]).
    pub(crate) fn looks_again(&self) {
        self.note.renew();
    }

    /// Whether the thread is to wait where calls that are queued for it run.
    #[inline(always)]
    pub(crate) fn waits_alertably(&self) -> bool {
        self.note.is_alertable()
    }

    /// Calls are going to be queued for the thread.
    pub(crate) fn will_be_alerted(&self) {
        self.note.become_alertable();
    }

    pub(crate) fn with_rare<T>(&self, work: impl FnOnce(&mut Rare) -> T) -> T {
        self.slot.with_rare(work)
    }

    pub(crate) fn read_rare<T>(&self, read: impl FnOnce(&Rare) -> T) -> T {
        self.slot.read_rare(read)
    }

    /// SO_RCVTIMEO in milliseconds; 0 is for ever.
    pub(crate) fn receive_timeout(&self) -> u32 {
        self.slot.receive_timeout()
    }

    pub(crate) fn set_receive_timeout(&self, milliseconds: u32) {
        self.slot.set_receive_timeout(milliseconds);
    }

    /// SO_SNDTIMEO in milliseconds; 0 is for ever.
    pub(crate) fn send_timeout(&self) -> u32 {
        self.slot.send_timeout()
    }

    pub(crate) fn set_send_timeout(&self, milliseconds: u32) {
        self.slot.set_send_timeout(milliseconds);
    }

    /// Fails once closesocket or the final WSACleanup has begun, or the call is cancelled (G013).
    pub(crate) fn still_open(&self) -> Result<(), NtStatus> {
        let facts = self.slot.facts();
        if facts.any(facts::CLOSING) {
            return Err(self.cut_short(facts));
        }
        if self.note.is_cancelled() { Err(cancelled()) } else { Ok(()) }
    }

    #[cold]
    fn cut_short(&self, facts: Facts) -> NtStatus {
        self.slot.set(facts::CUT_SHORT);
        lifecycle::status_of_closed(facts)
    }
}

#[cold]
fn cancelled() -> NtStatus {
    reasons::because("G012 G013", "another thread has cancelled the call (CancelIoEx)");
    NtStatus::CANCELLED
}

impl Drop for Socket {
    #[inline(always)]
    fn drop(&mut self) {
        self.note.take_back();
        if Facts(self.slot.facts.load(Ordering::Relaxed)).any(facts::DEFERRED) {
            lifecycle::finish_deferred(self.fd, self.slot);
        }
    }
}

/// Visits every live socket: the final WSACleanup does.
pub(crate) fn each_live(mut work: impl FnMut(Fd)) {
    for (piece, slots) in TABLE.iter().enumerate() {
        for (index, slot) in slots.get().into_iter().flat_map(|slots| slots.iter()).enumerate() {
            if slot.facts().usable() {
                work((piece * PIECE + index) as Fd);
            }
        }
    }
}
