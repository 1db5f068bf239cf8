//! Out-of-band bytes: a queue of their own beside the stream, as Windows keeps them (F165–F181).
//!
//! The host remembers one urgent byte for each connection; a second one turns an unread first one into
//! ordinary data. So, from the first sign that the process uses out-of-band data, a thread takes each
//! urgent byte into our queue as it comes. Before that sign nothing is paid for it.
//!
//! A socket with SO_OOBINLINE has its urgent bytes in the host's stream, in order, and is not watched.
//!
//! On a watched stream every receive goes under the lock of the rare state, with the bytes that were taken
//! kept out of it ([`Marks`]).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

mod marks;
mod place;

pub(crate) use marks::Marks;
use place::Place;

use super::connection;
use super::facts::{self, Facts};
use super::rare::Rare;
use super::table::{self, Slot, Socket};
use super::threads::{self, Use};
use crate::platform::HOST;
use crate::status::NtStatus;
use crate::sys::{self, Bell, Errno, Fd, Scatter};

/// Set at the first sign of out-of-band data, for the rest of the process's life.
static ACTIVE: AtomicBool = AtomicBool::new(false);

/// The process in which the watching thread runs: a child after fork has none.
static WATCHED_IN: AtomicU32 = AtomicU32::new(0);

/// The streams that the thread watches.
static WATCHED: Mutex<Vec<Watched>> = Mutex::new(Vec::new());

/// A stream that is watched. Its number may become another stream's, its ticket does not.
#[derive(Clone, Copy)]
struct Watched {
    fd: Fd,
    ticket: u64,
}

static TICKETS: AtomicU64 = AtomicU64::new(0);

/// Rung when the list has changed.
static NEWS: OnceLock<Bell> = OnceLock::new();

fn watched() -> std::sync::MutexGuard<'static, Vec<Watched>> {
    WATCHED.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A sign that the process uses out-of-band data: from now on every connected stream is watched.
pub(crate) fn wake_up() {
    let process = std::process::id();
    if WATCHED_IN.swap(process, Ordering::SeqCst) == process {
        return;
    }
    ACTIVE.store(true, Ordering::SeqCst);
    watched().clear();
    let Some(news) = NEWS.get().or_else(|| Bell::new().ok().map(|bell| NEWS.get_or_init(|| bell))) else {
        // No descriptor is left; urgent bytes are then taken when the program asks for them.
        return;
    };
    table::each_live(watch_fd);
    turn_back_receives();
    let _ = sys::start_service_thread("openws2-urgent", move || watch_all(news));
}

/// A receive that waits in the host passes over an urgent byte and drops it. Those that wait already go
/// round once more, and wait where the byte is kept. An interruption that comes just before the wait is
/// lost, so there are several.
fn turn_back_receives() {
    threads::see_all_notes();
    for _ in 0..INTERRUPTIONS {
        let mut waiting: Vec<Fd> = watched().iter().map(|one| one.fd).collect();
        waiting.retain(|&fd| threads::used(fd) == Use::Blocking);
        if waiting.is_empty() {
            return;
        }
        waiting.into_iter().for_each(threads::interrupt);
        std::thread::sleep(Duration::from_micros(300));
    }
}

const INTERRUPTIONS: usize = 4;

/// A stream has come about: it is watched if the process uses out-of-band data.
#[inline]
pub(crate) fn watch(fd: Fd) {
    if ACTIVE.load(Ordering::Relaxed) {
        watch_fd(fd);
    }
}

fn watch_fd(fd: Fd) {
    let has_urgent_bytes = |facts: Facts| {
        facts.has(facts::STREAM | facts::CONNECTED)
            && !facts.any(facts::OOB_INLINE)
            && !facts.provider().is_local()
    };
    if table::slot(fd).is_some_and(|slot| has_urgent_bytes(slot.facts())) {
        if let Some(slot) = table::slot(fd) {
            slot.set(facts::WATCHED);
        }
        let mut list = watched();
        if !list.iter().any(|other| other.fd == fd) {
            list.push(Watched { fd, ticket: TICKETS.fetch_add(1, Ordering::Relaxed) });
            drop(list);
            ring();
        }
    }
}

/// A stream ends, or takes its urgent bytes in line from now on.
pub(crate) fn unwatch(fd: Fd) {
    if ACTIVE.load(Ordering::Relaxed) {
        watched().retain(|other| other.fd != fd);
        ring();
    }
}

fn ring() {
    if let Some(news) = NEWS.get() {
        news.ring();
    }
}

/// The thread's life: it ends only with the process.
fn watch_all(news: &'static Bell) {
    loop {
        let list = watched().clone();
        let mut entries: Vec<sys::PollFd> = list.iter().map(|one| sys::entry(one.fd, sys::URGENT)).collect();
        entries.push(sys::entry(news.fd(), sys::READABLE));
        if sys::wait(&mut entries, None).is_err() {
            continue;
        }
        news.silence();
        for (one, entry) in list.iter().zip(&entries) {
            if entry.revents & sys::URGENT != 0 {
                collect_for(one.fd);
            }
            if entry.revents & (sys::FAILED | sys::HUNG_UP | sys::INVALID) != 0 {
                // Nothing more can come, and the host would say so again and again.
                watched().retain(|other| other.ticket != one.ticket);
            }
        }
    }
}

/// Takes what urgent bytes have come on the streams that are watched. After a send of urgent data within
/// one process this has seen the byte before the next one is sent.
///
/// Each stream is asked for its byte itself: poll does not see one that the host has put aside because
/// another thread, ours for one, was just looking at the stream.
pub(crate) fn collect_all() {
    let list = watched().clone();
    list.iter().for_each(|one| collect_for(one.fd));
}

fn collect_for(fd: Fd) {
    // The number may be somebody else's by now.
    if !table::slot(fd).is_some_and(|slot| slot.facts().any(facts::WATCHED)) {
        return;
    }
    if let Ok(socket) = table::enter(fd as usize) {
        collect(&socket);
    }
}

/// Takes the host's urgent byte into the queue, if there is one. Wakes those who wait for it.
pub(crate) fn collect(socket: &Socket) {
    if socket.with_rare(|rare| collect_locked(socket, rare)) {
        threads::interrupt_waits(socket.fd());
    }
}

/// Under the lock: two threads must not queue two bytes in the wrong order.
fn collect_locked(socket: &Socket, rare: &mut Rare) -> bool {
    if socket.facts().any(facts::OOB_INLINE) {
        return false;
    }
    let taken = if HOST.urgent_stays_in_stream {
        take_with_place(socket.fd())
    } else {
        take_from_host(socket.fd(), 0).map(|byte| (byte, None))
    };
    let Some((byte, place)) = taken else { return false };
    rare.urgent.push_back(byte);
    socket.slot().set(facts::URGENT_QUEUED);
    if let Some(place) = place {
        rare.marks.take(place);
    }
    true
}

fn take_from_host(fd: Fd, flags: i32) -> Option<u8> {
    let mut byte = 0u8;
    let flags = flags | HOST.msg.oob | HOST.msg.dontwait;
    let taken = sys::receive_stream(fd, &Scatter::one(&raw mut byte, 1), flags);
    (taken == Ok(1)).then_some(byte)
}

/// The host's urgent byte, and where it lies if the host tells. Another one may come at any moment: what
/// is still to be taken afterwards is not the byte that we have.
fn take_with_place(fd: Fd) -> Option<(u8, Option<u64>)> {
    take_from_host(fd, HOST.msg.peek)?;
    let before = place::of_urgent(fd).ok();
    let byte = take_from_host(fd, 0)?;
    let after = place::of_urgent(fd).ok();
    let another = after != before && take_from_host(fd, HOST.msg.peek).is_some();
    Some((byte, if another { before } else { after }))
}

/// The oldest out-of-band byte; a peek leaves it.
pub(crate) fn take(socket: &Socket, peek: bool) -> Option<u8> {
    collect(socket);
    socket.with_rare(|rare| {
        let byte = if peek { rare.urgent.front().copied() } else { rare.urgent.pop_front() };
        if rare.urgent.is_empty() {
            socket.slot().clear(facts::URGENT_QUEUED);
        }
        byte
    })
}

/// Whether an out-of-band byte is queued, or came before SO_OOBINLINE was switched on and is unread (F169,
/// F177): SIOCATMARK is the opposite.
pub(crate) fn is_waiting(socket: &Socket) -> bool {
    collect(socket);
    socket.read_rare(|rare| !rare.urgent.is_empty() || !rare.kept.is_empty())
}

/// SO_OOBINLINE. Switching it on moves the queue in front of the stream; a byte that was taken from the
/// host before it was reached in the stream does not come a second time (F176, F177).
pub(crate) fn set_inline(socket: &Socket, on: bool) -> Result<(), Errno> {
    let host = |on| place::set_inline(socket.fd(), on);
    if on == socket.facts().any(facts::OOB_INLINE) {
        return host(on);
    }
    if on {
        wake_up();
        unwatch(socket.fd());
    }
    socket.with_rare(|rare| {
        if on {
            collect_locked(socket, rare);
            host(true)?;
            move_all(&mut rare.urgent, &mut rare.kept);
        } else {
            host(false)?;
            move_all(&mut rare.kept, &mut rare.urgent);
        }
        let bit = |on, bit| if on { bit } else { 0 };
        let slot = socket.slot();
        slot.clear(facts::OOB_INLINE | facts::URGENT_QUEUED | facts::KEPT | facts::WATCHED);
        slot.set(
            bit(on, facts::OOB_INLINE)
                | bit(!rare.urgent.is_empty(), facts::URGENT_QUEUED)
                | bit(rare.bytes_in_front() > 0, facts::KEPT)
                | bit(!rare.marks.is_empty(), facts::WATCHED),
        );
        Ok(())
    })?;
    if !on {
        watch(socket.fd());
    }
    Ok(())
}

fn move_all(from: &mut VecDeque<u8>, to: &mut VecDeque<u8>) {
    to.extend(from.drain(..));
}

/// One receive, without waiting, on a stream with kept bytes or one that is watched.
pub(crate) fn receive(socket: &Socket, into: &mut Scatter, peek: bool) -> Result<usize, Errno> {
    let mut woken = false;
    let answer = socket.with_rare(|rare| {
        if rare.bytes_in_front() > 0 {
            if !into.can_be_filled(rare.bytes_in_front()) {
                return Err(Errno(libc::EFAULT));
            }
            return Ok(take_front(socket, rare, into, peek));
        }
        receive_locked(socket, rare, into, peek, &mut woken)
    });
    if woken {
        threads::interrupt_waits(socket.fd());
    }
    answer
}

/// Receives no byte that comes after the urgent ones were looked for: it could be one, and the host would
/// pass over it.
fn receive_locked(
    socket: &Socket,
    rare: &mut Rare,
    into: &mut Scatter,
    peek: bool,
    woken: &mut bool,
) -> Result<usize, Errno> {
    // A host that counts nothing although there is something is not asked for ever.
    const ROUNDS: usize = 8;
    let flags = HOST.msg.dontwait | if peek { HOST.msg.peek } else { 0 };
    for _ in 0..ROUNDS {
        let free = match free_bytes(socket, rare, woken)? {
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
fn free_bytes(socket: &Socket, rare: &mut Rare, woken: &mut bool) -> Result<Option<u64>, Errno> {
    if rare.marks.is_empty() {
        let free = sys::bytes_waiting(socket.fd())?;
        let came = collect_locked(socket, rare);
        *woken |= came;
        return Ok((!came).then_some(u64::from(free)));
    }
    broken_while_watched(socket)?;
    let before = Place::of(socket.fd(), socket.facts().any(facts::OOB_INLINE))?;
    *woken |= collect_locked(socket, rare);
    let next = pass_taken(socket, rare)?;
    Ok(Some(rare.marks.free(next, before.end().saturating_sub(next))))
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
fn pass_taken(socket: &Socket, rare: &mut Rare) -> Result<u64, Errno> {
    let fd = socket.fd();
    let inline = socket.facts().any(facts::OOB_INLINE);
    let next = loop {
        // In this order: if another urgent byte comes in between, the host passes over this one at once.
        let host_passes = !inline && sys::is_at_mark(fd)?;
        let next = Place::of(fd, inline)?.next;
        rare.marks.reached(next);
        if !rare.marks.is_taken(next) {
            break next;
        }
        if host_passes {
            break next + 1;
        }
        let mut byte = 0u8;
        sys::receive_stream(fd, &Scatter::one(&raw mut byte, 1), HOST.msg.dontwait)?;
    };
    if rare.marks.is_empty() && inline {
        socket.slot().clear(facts::WATCHED);
    }
    Ok(next)
}

/// Whether a receive would give something now: bytes, the end, or a failure.
pub(crate) fn is_readable(socket: &Socket) -> bool {
    let mut byte = 0u8;
    let mut one = Scatter::one(&raw mut byte, 1);
    match receive(socket, &mut one, true) {
        Ok(_) => true,
        Err(errno) if errno.would_block() => false,
        // The host says it once; the receive that comes is to hear of it too.
        Err(errno) => {
            connection::broke(socket, errno);
            true
        }
    }
}

/// Bytes that stand in front of the host's stream.
fn take_front(socket: &Socket, rare: &mut Rare, into: &mut Scatter, peek: bool) -> usize {
    let count = rare.bytes_in_front().min(into.total());
    let bytes: Vec<u8> = rare.kept.iter().chain(&rare.given_back).take(count).copied().collect();
    into.fill(&bytes);
    if !peek {
        let kept = count.min(rare.kept.len());
        rare.kept.drain(..kept);
        rare.given_back.drain(..count - kept);
    }
    if rare.bytes_in_front() == 0 {
        socket.slot().clear(facts::KEPT);
    }
    count
}

/// How many of the bytes that come next were out-of-band ones before SO_OOBINLINE was switched on.
pub(crate) fn kept_in_front(socket: &Socket) -> usize {
    if socket.facts().any(facts::KEPT) { socket.read_rare(|rare| rare.kept.len()) } else { 0 }
}

/// A receive that failed returns what it has taken: the next one gets it (G098). The first `kept` bytes are
/// what they were.
pub(crate) fn give_back(socket: &Socket, bytes: &[u8], kept: usize) {
    let (kept, ordinary) = bytes.split_at(kept.min(bytes.len()));
    socket.with_rare(|rare| {
        kept.iter().rev().for_each(|&byte| rare.kept.push_front(byte));
        ordinary.iter().rev().for_each(|&byte| rare.given_back.push_front(byte));
        socket.slot().set(facts::KEPT);
    });
}

/// How many bytes receives will give now: FIONREAD of a stream that is watched (F167, F168).
pub(crate) fn bytes_waiting(socket: &Socket) -> Result<u32, Errno> {
    socket.with_rare(|rare| {
        collect_locked(socket, rare);
        let in_front = rare.bytes_in_front() as u32;
        if rare.marks.is_empty() {
            return Ok(in_front + sys::bytes_waiting(socket.fd())?);
        }
        let place = Place::of(socket.fd(), socket.facts().any(facts::OOB_INLINE))?;
        rare.marks.reached(place.next);
        Ok(in_front + (place.waiting as u32).saturating_sub(rare.marks.hidden() as u32))
    })
}

/// The descriptor of a stream is about to be closed. To the host a taken byte that was not passed is unread,
/// and closing with unread bytes resets the connection: what is not the program's is read first.
pub(crate) fn leave(fd: Fd, slot: &Slot) {
    let facts = slot.facts();
    let alone = facts.any(facts::WATCHED) && !facts.any(facts::SHARED);
    if !alone || !HOST.urgent_stays_in_stream {
        return;
    }
    slot.with_rare(|rare| {
        if rare.marks.is_empty() || !rare.urgent.is_empty() || rare.bytes_in_front() > 0 {
            return;
        }
        // In line the host hands out every byte that waits.
        let Ok(()) = place::set_inline(fd, true) else { return };
        let Ok(place) = Place::of(fd, true) else { return };
        rare.marks.reached(place.next);
        if place.waiting == rare.marks.hidden() as u64 {
            let mut bytes = vec![0; rare.marks.hidden()];
            let mut rest = bytes.as_mut_slice();
            while let Ok(read @ 1..) = receive_some(fd, rest) {
                rest = &mut rest[read..];
            }
        }
    });
}

fn receive_some(fd: Fd, into: &mut [u8]) -> Result<usize, Errno> {
    if into.is_empty() {
        return Ok(0);
    }
    sys::receive_stream(fd, &Scatter::one(into.as_mut_ptr(), into.len()), HOST.msg.dontwait)
}
