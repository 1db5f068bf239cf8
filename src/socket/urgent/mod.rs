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
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

mod marks;

pub(crate) use marks::Marks;

use super::connection;
use super::facts::{self, Facts};
use super::rare::Rare;
use super::table::{self, Socket};
use super::threads::{self, Use};
use crate::platform::HOST;
use crate::sys::{self, Bell, Errno, Fd, Scatter};

/// Set at the first sign of out-of-band data, for the rest of the process's life.
static ACTIVE: AtomicBool = AtomicBool::new(false);

/// The process in which the watching thread runs: a child after fork has none.
static WATCHED_IN: AtomicU32 = AtomicU32::new(0);

/// The streams that the thread watches.
static WATCHED: Mutex<Vec<Fd>> = Mutex::new(Vec::new());

/// Rung when the list has changed.
static NEWS: OnceLock<Bell> = OnceLock::new();

fn watched() -> std::sync::MutexGuard<'static, Vec<Fd>> {
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
        let mut waiting = watched().clone();
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
        if !list.contains(&fd) {
            list.push(fd);
            drop(list);
            ring();
        }
    }
}

/// A stream ends, or takes its urgent bytes in line from now on.
pub(crate) fn unwatch(fd: Fd) {
    if ACTIVE.load(Ordering::Relaxed) {
        watched().retain(|&other| other != fd);
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
        let fds = watched().clone();
        let mut entries: Vec<sys::PollFd> = fds.iter().map(|&fd| sys::entry(fd, sys::URGENT)).collect();
        entries.push(sys::entry(news.fd(), sys::READABLE));
        if sys::wait(&mut entries, None).is_err() {
            continue;
        }
        news.silence();
        for (&fd, entry) in fds.iter().zip(&entries) {
            if entry.revents & sys::URGENT != 0 {
                collect_for(fd);
            }
            if entry.revents & (sys::FAILED | sys::HUNG_UP | sys::INVALID) != 0 {
                // Nothing more can come, and the host would say so again and again.
                watched().retain(|&other| other != fd);
            }
        }
    }
}

/// Takes what urgent bytes have come on the streams that are watched. After a send of urgent data within
/// one process this has seen the byte before the next one is sent.
pub(crate) fn collect_all() {
    let fds = watched().clone();
    let mut entries: Vec<sys::PollFd> = fds.iter().map(|&fd| sys::entry(fd, sys::URGENT)).collect();
    if sys::wait(&mut entries, Some(std::time::Instant::now())).is_ok_and(|ready| ready > 0) {
        let urgent = entries.iter().zip(fds).filter(|(entry, _)| entry.revents & sys::URGENT != 0);
        urgent.for_each(|(_, fd)| collect_for(fd));
    }
}

fn collect_for(fd: Fd) {
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
    let mut byte = 0u8;
    let flags = HOST.msg.oob | HOST.msg.dontwait;
    if sys::receive_stream(socket.fd(), &Scatter::one(&raw mut byte, 1), flags) != Ok(1) {
        return false;
    }
    rare.urgent.push_back(byte);
    socket.slot().set(facts::URGENT_QUEUED);
    if HOST.urgent_stays_in_stream {
        let at_mark = sys::is_at_mark(socket.fd()).unwrap_or(true);
        let ahead = if at_mark { 0 } else { sys::peek_count(socket.fd()).unwrap_or(0) };
        rare.marks.taken(ahead);
    }
    true
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
    let host = |on| sys::set_int(socket.fd(), libc::SOL_SOCKET, libc::SO_OOBINLINE, i32::from(on));
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
            rare.marks.in_line();
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
            if !into.is_writable() {
                return Err(Errno(libc::EFAULT));
            }
            return Ok(take_front(socket, rare, into, peek));
        }
        woken = collect_locked(socket, rare);
        drop_ghosts(socket, rare)?;
        let limited = into.limited(rare.marks.limit().unwrap_or(usize::MAX));
        let flags = HOST.msg.dontwait | if peek { HOST.msg.peek } else { 0 };
        let bytes = sys::receive_stream(socket.fd(), &limited, flags)?;
        let at_mark = !peek && rare.marks.passed(bytes);
        if at_mark && !sys::is_at_mark(socket.fd()).unwrap_or(true) {
            rare.marks.moved();
        }
        Ok(bytes)
    });
    if woken {
        threads::interrupt_waits(socket.fd());
    }
    answer
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
    let bytes: Vec<u8> = rare.given_back.iter().chain(&rare.kept).take(count).copied().collect();
    into.fill(&bytes);
    if !peek {
        let ordinary = count.min(rare.given_back.len());
        rare.given_back.drain(..ordinary);
        rare.kept.drain(..count - ordinary);
    }
    if rare.bytes_in_front() == 0 {
        socket.slot().clear(facts::KEPT);
    }
    count
}

/// A receive that failed returns what it has taken: the next one gets it (G098).
pub(crate) fn give_back(socket: &Socket, bytes: &[u8]) {
    socket.with_rare(|rare| {
        bytes.iter().rev().for_each(|&byte| rare.given_back.push_front(byte));
        socket.slot().set(facts::KEPT);
    });
}

/// Drops what is next in the host's stream and was taken already.
fn drop_ghosts(socket: &Socket, rare: &mut Rare) -> Result<(), Errno> {
    while rare.marks.ghost_is_next() {
        let mut byte = 0u8;
        let one = Scatter::one(&raw mut byte, 1);
        if sys::receive_stream(socket.fd(), &one, HOST.msg.dontwait)? == 0 {
            break;
        }
        rare.marks.dropped();
    }
    if rare.marks.is_empty() && socket.facts().any(facts::OOB_INLINE) {
        socket.slot().clear(facts::WATCHED);
    }
    Ok(())
}

/// How many bytes receives will give now: FIONREAD of a stream that is watched (F167, F168).
pub(crate) fn bytes_waiting(socket: &Socket) -> Result<u32, Errno> {
    socket.with_rare(|rare| {
        collect_locked(socket, rare);
        // Before the urgent byte the host counts only up to it, unless it takes it for one of the stream's.
        let inline =
            |on: bool| sys::set_int(socket.fd(), libc::SOL_SOCKET, libc::SO_OOBINLINE, i32::from(on));
        let ahead = rare.marks.is_ahead() && !socket.facts().any(facts::OOB_INLINE);
        if ahead {
            inline(true)?;
        }
        let count = sys::bytes_waiting(socket.fd());
        if ahead {
            inline(false)?;
        }
        Ok((count? + rare.bytes_in_front() as u32).saturating_sub(rare.marks.hidden() as u32))
    })
}
