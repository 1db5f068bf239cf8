//! Out-of-band bytes: a queue of their own beside the stream, as Windows keeps them (F165–F181).
//!
//! The host remembers one urgent byte for each connection; a second one turns an unread first one into
//! ordinary data. So, from the first sign that the process uses out-of-band data, a thread takes each
//! urgent byte into our queue as it comes. Before that sign nothing is paid for it.
//!
//! A socket with SO_OOBINLINE has its urgent bytes in the host's stream, in order, and is not watched.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use super::facts::{self, Facts};
use super::table::{self, Socket};
use super::threads;
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
    let _ = sys::start_service_thread("openws2-urgent", move || watch_all(news));
}

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
    if socket.facts().any(facts::OOB_INLINE) {
        return;
    }
    let taken = socket.with_rare(|rare| {
        let mut byte = 0u8;
        let flags = HOST.msg.oob | HOST.msg.dontwait;
        // Under the lock: two threads must not queue two bytes in the wrong order.
        let taken = sys::receive_stream(socket.fd(), &Scatter::one(&raw mut byte, 1), flags) == Ok(1);
        if taken {
            rare.urgent.push_back(byte);
            socket.slot().set(facts::URGENT_QUEUED);
        }
        taken
    });
    if taken {
        threads::interrupt_waits(socket.fd());
    }
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
    let inline = |on| sys::set_int(socket.fd(), libc::SOL_SOCKET, libc::SO_OOBINLINE, i32::from(on));
    if on == socket.facts().any(facts::OOB_INLINE) {
        return inline(on);
    }
    if on {
        wake_up();
        collect(socket);
        unwatch(socket.fd());
        inline(true)?;
        let ahead = replay_ahead(socket.fd());
        socket.with_rare(|rare| {
            let bytes = std::mem::take(&mut rare.urgent);
            rare.kept.extend(bytes);
            rare.replay = ahead;
            let kept = if rare.kept.is_empty() { 0 } else { facts::KEPT };
            let replay = if ahead.is_some() { facts::REPLAY } else { 0 };
            socket.slot().set(kept | replay);
        });
        socket.set(facts::OOB_INLINE);
        socket.clear(facts::URGENT_QUEUED);
    } else {
        inline(false)?;
        socket.clear(facts::OOB_INLINE | facts::KEPT | facts::REPLAY);
        socket.with_rare(|rare| {
            rare.replay = None;
            let bytes = std::mem::take(&mut rare.kept);
            rare.urgent.extend(bytes);
            if !rare.urgent.is_empty() {
                socket.slot().set(facts::URGENT_QUEUED);
            }
        });
        watch(socket.fd());
    }
    Ok(())
}

/// How many bytes lie before an urgent byte that was taken already, now that the host counts it as one of
/// the stream's. A receive stops in front of it, so the bytes up to there can be told from all of them.
fn replay_ahead(fd: Fd) -> Option<usize> {
    if sys::is_at_mark(fd).unwrap_or(false) {
        return Some(0);
    }
    let all = sys::bytes_waiting(fd).unwrap_or(0) as usize;
    let before = sys::peek_count(fd).unwrap_or(all);
    (before < all).then_some(before)
}

/// Bytes that stand in front of the host's stream: they are received first.
pub(crate) fn take_kept(socket: &Socket, into: &mut Scatter, peek: bool) -> usize {
    socket.with_rare(|rare| {
        let count = rare.kept.len().min(into.total());
        let bytes: Vec<u8> = rare.kept.iter().take(count).copied().collect();
        into.fill(&bytes);
        if !peek {
            rare.kept.drain(..count);
        }
        if rare.kept.is_empty() {
            socket.slot().clear(facts::KEPT);
        }
        count
    })
}

/// Before a receive: drops the byte of the host's stream that would come twice, if it is the next one.
pub(crate) fn drop_replay(socket: &Socket) {
    socket.with_rare(|rare| {
        if rare.replay == Some(0) {
            let mut byte = 0u8;
            let _ = sys::receive_stream(socket.fd(), &Scatter::one(&raw mut byte, 1), HOST.msg.dontwait);
            rare.replay = None;
            socket.slot().clear(facts::REPLAY);
        }
    });
}

/// After a receive of `bytes` from the host's stream.
pub(crate) fn passed(socket: &Socket, bytes: usize) {
    socket.with_rare(|rare| rare.replay = rare.replay.map(|ahead| ahead.saturating_sub(bytes)));
}
