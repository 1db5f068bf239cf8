//! How a SOCKET begins and ends: made here, adopted from the program, duplicated, closed.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::catalog::{self, Provider};
use super::datagrams::Datagrams;
use super::facts::{self, Facts};
use super::messages::Messages;
use super::passing;
use super::requests::Requests;
use super::table::{self, Slot, Socket};
use super::threads::{self, Use};
use super::twins;
use super::urgent::{self, SharedQueues};
use crate::error::WsaError;
use crate::platform::{HOST, Operation};
use crate::reasons;
use crate::socket::address::Family;
use crate::status::NtStatus;
use crate::sys::{self, Errno, Fd};

/// The Winsock code for a host call that failed outside of a transfer.
pub(crate) fn code_of(errno: Errno, on: Operation, provider: &Provider) -> WsaError {
    HOST.status(errno.0, on, provider.kind()).winsock_of_call()
}

/// Makes a socket of a catalogue entry.
pub(crate) fn create(
    provider: &'static Provider,
    protocol: i32,
    overlapped: bool,
    inherit: bool,
) -> Result<usize, WsaError> {
    let family = Family::from_windows(provider.family as u16).to_host().ok_or(WsaError::WSAEAFNOSUPPORT)?;
    let fd = sys::create(family, provider.socket_type, provider.host_protocol(protocol), inherit)
        .map_err(|errno| code_of(errno, Operation::Create, provider))?;
    if provider.is_ipv6() {
        // Windows' default (G219); hosts differ. A kernel without the option has no dual stack either.
        let _ = sys::set_int(fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 1);
    }
    if provider.is_udp() {
        sys::queue_errors(fd, provider.is_ipv6());
    }
    let more = if overlapped { facts::OVERLAPPED } else { 0 };
    begin(fd, Facts::of(provider, more))
}

/// Enters a fresh descriptor into the table. The SOCKET may be another number than this.
pub(crate) fn begin(mut fd: Fd, facts: Facts) -> Result<usize, WsaError> {
    prepare(fd, facts);
    while let Some(slot) = table::slot(fd) {
        if slot.begin(fd, facts) {
            return Ok(fd as usize);
        }
        // The host gives the number, so that whatever was known under it is closed.
        bury(fd, slot, || true);
        if slot.begin(fd, facts) {
            return Ok(fd as usize);
        }
        // Who sits in a call on what the number was cannot be got out, and has the number until he leaves.
        fd = moved(fd).map_err(|errno| code_of(errno, Operation::Create, facts.provider()))?;
    }
    sys::close(fd);
    Err(WsaError::WSAEMFILE)
}

/// Another number for the descriptor, whose own is given back.
fn moved(fd: Fd) -> Result<Fd, Errno> {
    let moved = sys::duplicate(fd).and_then(|moved| {
        sys::set_inherited(moved, sys::is_inherited(fd)?)?;
        Ok(moved)
    });
    sys::close(fd);
    moved
}

/// What the host is asked for before the first receive on a socket of a kind.
fn prepare(fd: Fd, facts: Facts) {
    if facts.has(facts::CIRCUIT | facts::RELIABLE) {
        sys::mark_messages(fd);
    }
}

/// Makes a socket of ours from a descriptor that the program made itself.
pub(crate) fn adopt(socket: &Socket) -> Result<(), WsaError> {
    let fd = socket.fd();
    if fd == 0 {
        return Err(WsaError::WSAENOTSOCK);
    }
    let facts = facts_of_host(fd).ok_or(WsaError::WSAENOTSOCK)?;
    if facts.provider().is_udp() {
        sys::queue_errors(fd, facts.provider().is_ipv6());
    }
    prepare(fd, facts);
    sys::keep_signals_away(fd);
    // A closesocket that began meanwhile wins.
    if socket.slot().begin_unless_known(fd, facts) {
        passing::adopted(fd, socket.slot());
    }
    if socket.slot().facts().usable() { Ok(()) } else { Err(WsaError::WSAENOTSOCK) }
}

/// What the host says about a descriptor; None where it is no socket of a kind in the catalogue.
fn facts_of_host(fd: Fd) -> Option<Facts> {
    let socket_type = sys::get_int(fd, libc::SOL_SOCKET, libc::SO_TYPE).ok()?;
    let local = sys::local_name(fd).ok()?;
    let family = i32::from(local.family().to_windows());
    let provider = catalog::of_descriptor(family, socket_type)?;
    let mut bits = facts::ADOPTED | facts::OVERLAPPED;
    let listening = sys::get_int(fd, libc::SOL_SOCKET, libc::SO_ACCEPTCONN).is_ok_and(|on| on != 0);
    let connected = sys::peer_name(fd).is_ok();
    let bound = connected || listening || local.is_named();
    let inline = sys::get_int(fd, libc::SOL_SOCKET, libc::SO_OOBINLINE).is_ok_and(|on| on != 0);
    for (holds, bit) in [
        (listening, facts::LISTENING),
        (connected, facts::CONNECTED),
        (bound, facts::BOUND),
        (inline, facts::OOB_INLINE),
        (sys::is_nonblocking(fd).unwrap_or(false), facts::NONBLOCKING),
    ] {
        bits |= if holds { bit } else { 0 };
    }
    Some(Facts::of(provider, bits))
}

/// Asks the host once more before a call is refused for the lack of a name or a peer: the program may
/// have used the host's own calls on the descriptor.
pub(crate) fn refresh_names(socket: &Socket) -> Facts {
    if let Some(host) = facts_of_host(socket.fd()) {
        let news = host.0 & (facts::BOUND | facts::CONNECTED | facts::LISTENING);
        if socket.facts().0 & news != news {
            socket.set_own(news);
        }
    }
    socket.facts()
}

/// The host says that the descriptor is no socket: somebody closed it behind our back. What we knew is void.
pub(crate) fn forget(socket: &Socket) {
    let facts = socket.facts();
    let _turn = table::turn();
    if !facts.any(facts::CLOSING) && socket.slot().replace(facts, Facts(0)) {
        twins::leave(socket.fd());
        socket.slot().wipe();
    }
}

/// The longest that is waited for somebody else who buries: who keeps signals out does not come out.
const BURIAL: Duration = Duration::from_millis(200);

/// The program has closed the descriptor by the host's own call: what we know under its number ends as with
/// closesocket, and whatever the number stands for by now is left alone. Whether it has is asked in turn.
pub(super) fn bury(fd: Fd, slot: &'static Slot, is_gone: impl FnOnce() -> bool) {
    let is_ours = {
        let _turn = table::turn();
        is_gone() && mark(slot, facts::CLOSING | facts::GONE)
    };
    if is_ours {
        retire(fd, slot);
    } else {
        slot.wait_until_free(BURIAL);
    }
}

/// Marks a socket as closing; false where nothing is known, or somebody is at it.
fn mark(slot: &Slot, bits: u64) -> bool {
    loop {
        let facts = slot.facts();
        if !facts.usable() {
            return false;
        }
        if slot.replace(facts, Facts(facts.0 | bits)) {
            return true;
        }
    }
}

/// closesocket.
pub(crate) fn close(handle: usize) -> Result<(), WsaError> {
    let socket = table::enter(handle)?;
    let facts = socket.facts();
    let circuit = facts.has(facts::CIRCUIT | facts::CONNECTED);
    // G011: a nonblocking close that would have to linger is refused, and the socket stays.
    if circuit && facts.any(facts::NONBLOCKING) && sys::linger(socket.fd()).is_ok_and(|(on, s)| on && s > 0) {
        return Err(WsaError::WSAEWOULDBLOCK);
    }
    let (fd, slot) = (socket.fd(), socket.slot());
    let marked = {
        let _turn = table::turn();
        slot.is_still(fd).then(|| mark(slot, facts::CLOSING))
    };
    drop(socket);
    match marked {
        Some(true) => {
            retire(fd, slot);
            Ok(())
        }
        Some(false) => Err(WsaError::WSAENOTSOCK),
        None => {
            // The program closed the descriptor itself, and the number is something else's now.
            passing::bury(fd, slot);
            Err(WsaError::WSAENOTSOCK)
        }
    }
}

/// Marks for the final WSACleanup; None if somebody closes the socket already. What the program made itself
/// stays the program's, and so does a number that the program has closed and that is something else's now.
pub(crate) fn mark_for_cleanup(fd: Fd) -> Option<Fd> {
    let slot = table::slot(fd)?;
    let _turn = table::turn();
    let keep = if slot.is_still(fd) { 0 } else { facts::ADOPTED };
    mark(slot, facts::CLOSING | facts::CLEANED_UP | keep).then_some(fd)
}

/// Closes what was marked.
pub(crate) fn close_marked(fd: Fd) {
    if let Some(slot) = table::slot(fd) {
        retire(fd, slot);
    }
}

/// The end of the final WSACleanup: duplicates that nobody took.
pub(crate) fn close_parked() {
    for parked in std::mem::take(&mut parked().1) {
        sys::close(parked.fd);
        parked.requests.disown();
    }
}

/// How a call ends that was inside when its socket was closed (G001–G005, G211–G212).
pub(crate) fn status_of_closed(facts: Facts) -> NtStatus {
    let circuit = facts.has(facts::CIRCUIT | facts::CONNECTED);
    if facts.any(facts::CLEANED_UP) {
        reasons::because("G211 G212", "the final WSACleanup came while the call was under way");
        NtStatus::CANCELLED
    } else if circuit {
        reasons::because("G001 F118", "closesocket came while this was under way, on a connection");
        NtStatus::CONNECTION_ABORTED
    } else {
        reasons::because("G002 G003 F119", "closesocket came while this was under way");
        NtStatus::CANCELLED
    }
}

/// Gets everybody out of a socket that is marked as closing, and gives its number back.
pub(super) fn retire(fd: Fd, slot: &'static Slot) {
    threads::see_all_notes();
    let rest = if slot.facts().any(facts::SHARED) {
        // Nothing goes on by a SOCKET that the program has closed itself.
        passing::bury_gone(twins::of(fd).into_iter().skip(1));
        twins::leave(fd)
    } else {
        Vec::new()
    };
    urgent::unwatch(&[fd]);
    if let Some(&other) = rest.first() {
        urgent::watch(other);
    }
    let ended = end_requests(fd, slot, &rest);
    // A call that has what it wants is on its way out; one that is still there after this sits in the host.
    wait_while(fd, SPINS, |used| matches!(used, Use::Brief | Use::Blocking));
    let facts = slot.facts();
    // Another SOCKET or another owner goes on with the object: it must not be hurt.
    let is_rude = ended || facts.any(facts::CUT_SHORT) || threads::used(fd) == Use::Blocking;
    let alone = !facts.any(facts::SHARED) && closes_on_host(facts) && !(is_rude && is_cloned(fd, facts));
    let waits = !facts.any(facts::NONBLOCKING) && alone;
    let blocked = waits && threads::used(fd) == Use::Blocking;
    // A signal of the program's may have ended the call before it could be woken from here.
    let cut_short = blocked || (ended && alone) || (waits && facts.any(facts::CUT_SHORT));
    if cut_short && facts.has(facts::CIRCUIT | facts::CONNECTED) {
        // G006: the peer of a socket that is closed under a blocked call sees a reset.
        let _ = sys::set_linger(fd, true, 0);
    }
    if !wake_while(fd, |used| used != Use::None) && blocked {
        // A thread that keeps the signal out: a socket that is shut answers every wait.
        let _ = sys::shutdown(fd, libc::SHUT_RDWR);
        wake_while(fd, |used| used != Use::None);
    }
    if threads::used_here(fd) || threads::used(fd) != Use::None {
        slot.set(facts::DEFERRED);
        // Who left before the mark was set did not see it.
        threads::see_all_notes();
        wait_while(fd, SPINS + NAPS, |used| used != Use::None);
        finish_deferred(fd, slot);
    } else {
        finish(fd, slot);
    }
}

/// Whether the program may have a descriptor of its own besides for what it made itself, as `try_clone` of Rust's
/// sockets makes one. That costs a look at every descriptor.
fn is_cloned(fd: Fd, facts: Facts) -> bool {
    facts.any(facts::ADOPTED) && sys::may_be_elsewhere(fd)
}

/// Whether the end of the SOCKET is the end of the descriptor, which is neither the program's nor closed already.
fn closes_on_host(facts: Facts) -> bool {
    !facts.any(facts::GONE) && !facts.has(facts::ADOPTED | facts::CLEANED_UP)
}

/// The requests of an object that nothing stands for any more end (F118, F119); those of one that goes on
/// stay, by whichever SOCKET they were made (F099, F126). Whether any ended.
fn end_requests(fd: Fd, slot: &'static Slot, others: &[Fd]) -> bool {
    let Some(requests) = slot.requests().get() else { return false };
    let facts = slot.facts();
    let status = status_of_closed(facts);
    requests.leave(fd, others, status);
    if facts.any(facts::ACCEPT_PENDS) {
        requests.leave_patron(fd);
    }
    others.is_empty() && requests.close(status, facts.any(facts::CLEANED_UP))
}

const SPINS: u32 = 64;
const NAPS: u32 = 40;

/// The longest that closesocket waits in one go for calls that are inside to leave: it does so three times
/// at most. On a busy machine a turn alone can take milliseconds.
const PATIENCE: Duration = Duration::from_millis(50);

/// Waits a short while for other threads to leave; false if some are still inside.
fn wait_while(fd: Fd, turns: u32, inside: impl Fn(Use) -> bool) -> bool {
    let began = Instant::now();
    for turn in 0..turns {
        if !inside(threads::used(fd)) {
            return true;
        }
        if began.elapsed() > PATIENCE {
            break;
        }
        nap(turn);
    }
    false
}

/// As [`wait_while`], waking those that wait. A wake-up that comes just before the wait is lost, so there
/// are many.
fn wake_while(fd: Fd, inside: impl Fn(Use) -> bool) -> bool {
    let began = Instant::now();
    for turn in 0..SPINS + NAPS {
        if !inside(threads::used(fd)) {
            return true;
        }
        if began.elapsed() > PATIENCE {
            break;
        }
        threads::interrupt(fd);
        nap(turn);
    }
    false
}

fn nap(turn: u32) {
    if turn < SPINS {
        std::thread::yield_now();
    } else {
        std::thread::sleep(Duration::from_micros(500));
    }
}

/// A wait for several descriptors has let go of this one.
pub(crate) fn left(fd: Fd) {
    if let Some(slot) = table::slot(fd).filter(|slot| slot.facts().any(facts::DEFERRED)) {
        finish_deferred(fd, slot);
    }
}

/// The last call that was inside a closed socket has left: its number goes back to the host.
#[cold]
pub(crate) fn finish_deferred(fd: Fd, slot: &'static Slot) {
    if threads::used_here(fd) || threads::used(fd) != Use::None {
        return;
    }
    // One of those that find nobody left takes the mark away, and it is that one's to close.
    if slot.clear(facts::DEFERRED).any(facts::DEFERRED) {
        finish(fd, slot);
    }
}

fn finish(fd: Fd, slot: &'static Slot) {
    for (deferred, _) in slot.with_rare(|rare| std::mem::take(&mut rare.deferred)) {
        sys::close(deferred);
    }
    // Nobody begins with a number that is marked: the facts are those of the socket that was.
    let facts = slot.facts();
    let closes = closes_on_host(facts) && slot.is_still(fd);
    if closes {
        urgent::leave(fd, slot);
    }
    if closes && facts.has(facts::ADOPTED | facts::HOST_NONBLOCKING) {
        // The program may have another descriptor for the object.
        let _ = sys::set_nonblocking(fd, facts.any(facts::NONBLOCKING));
    }
    let requests = slot.requests().replace(None);
    slot.wipe();
    let released = slot.release();
    if closes {
        sys::close(fd);
    }
    slot.free(released);
    requests.into_iter().for_each(Requests::disown);
}

/// A duplicate that WSADuplicateSocket made and WSASocket has not yet taken, with what it takes along.
struct Parked {
    ticket: u32,
    fd: Fd,
    facts: Facts,
    original: Fd,
    timeouts: (u32, u32),
    options: Vec<((i32, i32), i32)>,
    messages: Option<Arc<Messages>>,
    datagrams: Option<Arc<Datagrams>>,
    urgent: Option<SharedQueues>,
    requests: &'static Requests,
}

/// The last ticket, and the duplicates.
fn parked() -> MutexGuard<'static, (u32, Vec<Parked>)> {
    static PARKED: Mutex<(u32, Vec<Parked>)> = Mutex::new((0, Vec::new()));
    PARKED.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// WSADuplicateSocket: makes the duplicate now, so that it knows what the original knows now (F321).
/// The ticket goes into the record that WSASocket gets.
pub(crate) fn duplicate(socket: &Socket) -> Result<u32, WsaError> {
    /// What belongs to the one SOCKET, or comes with state that is not copied.
    const NOT_TAKEN: u64 = facts::SHARED
        | facts::ADOPTED
        | facts::RECEIVE_TIMEOUT
        | facts::SEND_TIMEOUT
        | facts::ERROR_QUEUED
        | facts::URGENT_QUEUED
        | facts::KEPT
        | facts::WATCHED
        | facts::RECEIVES_PEND
        | facts::SENDS_PEND
        | facts::URGENT_PENDS
        | facts::PROTECTED;
    let facts = socket.facts();
    let fd =
        sys::duplicate(socket.fd()).map_err(|errno| code_of(errno, Operation::Create, facts.provider()))?;
    let messages = facts.any(facts::RELIABLE).then(|| Messages::of(socket));
    let datagrams = (!facts.any(facts::STREAM | facts::RELIABLE)).then(|| Datagrams::of(socket));
    let mut parked = parked();
    parked.0 = parked.0.wrapping_add(1).max(1);
    let ticket = parked.0;
    let requests = Requests::of(socket);
    requests.own();
    parked.1.push(Parked {
        ticket,
        fd,
        facts: Facts(facts.0 & !NOT_TAKEN),
        original: socket.fd(),
        timeouts: (socket.receive_timeout(), socket.send_timeout()),
        options: socket.read_rare(|rare| rare.options.clone()),
        messages,
        datagrams,
        urgent: facts.any(facts::STREAM).then(|| urgent::queues(socket)),
        requests,
    });
    Ok(ticket)
}

/// WSASocket with a record from WSADuplicateSocket: takes the duplicate, once. It is inherited or not, as
/// this call says and whatever the original is.
pub(crate) fn take_duplicate(ticket: u32, inherit: bool) -> Option<Result<usize, WsaError>> {
    let taken = {
        let mut parked = parked();
        let place = parked.1.iter().position(|p| p.ticket == ticket)?;
        parked.1.swap_remove(place)
    };
    if inherit {
        // The host refuses this for no descriptor that is open.
        let _ = sys::set_inherited(taken.fd, true);
    }
    let made = begin(taken.fd, taken.facts);
    if let Ok(socket) = made.and_then(table::enter) {
        socket.set_receive_timeout(taken.timeouts.0);
        socket.set_send_timeout(taken.timeouts.1);
        socket.with_rare(|rare| {
            rare.options = taken.options;
            rare.messages = taken.messages;
            rare.datagrams = taken.datagrams;
            rare.urgent = taken.urgent;
        });
        let requests = taken.requests;
        socket.slot().requests().replace(Some(requests));
        if !socket.facts().any(facts::STREAM | facts::RELIABLE) {
            // Reports may wait; who looks finds out.
            socket.set_own(facts::ERROR_QUEUED);
        }
        twins::join(taken.original, socket.fd());
        if socket.facts().any(facts::HOST_NONBLOCKING) && sys::is_nonblocking(socket.fd()) == Ok(false) {
            // What the library wanted that for has ended meanwhile.
            socket.slot().clear(facts::HOST_NONBLOCKING);
        }
        requests.mark(&socket);
        urgent::join(&socket);
    }
    Some(made)
}
