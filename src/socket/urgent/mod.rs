//! Out-of-band bytes: a queue of their own beside the stream, as Windows keeps them (F165–F181).
//!
//! The host remembers one urgent byte for each connection; a second one turns an unread first one into
//! ordinary data. So, from the first sign that the process uses out-of-band data, a thread takes each
//! urgent byte into our queue as it comes. Before that sign nothing is paid for it.
//!
//! A socket with SO_OOBINLINE has its urgent bytes in the host's stream, in order, and is not watched.
//!
//! On a watched stream every receive goes under the lock of its [`Queues`], with the bytes that were taken
//! kept out of it ([`Marks`]).

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

mod around;
mod closing;
mod marks;
mod place;
mod queues;

use around::receive_locked;
pub(crate) use closing::leave;
use marks::Marks;
use place::Place;
use queues::{Queues, with_queues};
pub(crate) use queues::{SharedQueues, queues};

use super::connection;
use super::facts::{self, Facts};
use super::requests::{self, Side};
use super::table::{self, Socket};
use super::{network_events, passing, threads, twins};
use crate::platform::HOST;
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

/// Rung when the list has changed. It belongs to one process: a child has the parent's bell in its hands
/// after fork, and its rings would be heard there.
static NEWS: Mutex<Option<(u32, &'static Bell)>> = Mutex::new(None);

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
    let Ok(news) = Bell::new() else {
        // No descriptor is left; urgent bytes are then taken when the program asks for them.
        return;
    };
    // Never dropped: the thread hears it to the end.
    let news: &'static Bell = Box::leak(Box::new(news));
    *bell() = Some((process, news));
    table::each_live(watch_fd);
    let _ = sys::start_service_thread("openws2-urgent", move || watch_all(news));
    // Bytes are taken meanwhile: this can last.
    let streams: Vec<Fd> = watched().iter().flat_map(|one| twins::of(one.fd)).collect();
    turn_back(&streams);
}

fn bell() -> std::sync::MutexGuard<'static, Option<(u32, &'static Bell)>> {
    NEWS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// How a receive works has changed for these streams: those that wait go round once more, in the host or in
/// a wait of ours. An interruption that comes just before the wait is lost, so each thread is interrupted
/// until it has looked again. One that sends never does, nor one that keeps the signal out.
fn turn_back(streams: &[Fd]) {
    threads::see_all_notes();
    let mut blocked = threads::blocked(streams);
    let began = Instant::now();
    let mut pause = Duration::from_micros(100);
    while !blocked.is_empty() && began.elapsed() < PATIENCE {
        threads::interrupt_blocked(&mut blocked);
        if !blocked.is_empty() {
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    }
}

/// The longest that is waited for threads to look again.
const PATIENCE: Duration = Duration::from_millis(50);

/// Ends the waits for several descriptors that the stream is in, by whichever of its SOCKETs.
fn end_waits(socket: &Socket) {
    twins::of(socket.fd()).into_iter().for_each(threads::interrupt_waits);
}

/// An out-of-band byte is there: tells who waits for it, in whichever way. Not under the lock of the queues.
pub(super) fn tell_of_byte(socket: &Socket) {
    end_waits(socket);
    if socket.facts().any(facts::URGENT_PENDS) {
        requests::settle(socket, Side::Urgent);
    }
    network_events::changed(socket);
}

/// A stream has come about: it is watched if the process uses out-of-band data.
#[inline]
pub(crate) fn watch(fd: Fd) {
    if ACTIVE.load(Ordering::Relaxed) {
        watch_fd(fd);
    }
}

fn watch_fd(fd: Fd) {
    // Under the lock of the list: who closes marks the socket first, and takes it out of the list then.
    let mut list = watched();
    let all = twins::of(fd);
    if !table::slot(fd).is_some_and(|slot| slot.facts().usable() && has_own_queue(slot.facts())) {
        return;
    }
    all.iter().filter_map(|&twin| table::slot(twin)).for_each(|slot| {
        slot.set(facts::WATCHED);
    });
    // One of the SOCKETs that stand for the object is enough.
    if !list.iter().any(|other| all.contains(&other.fd)) {
        list.push(Watched { fd, ticket: TICKETS.fetch_add(1, Ordering::Relaxed) });
        drop(list);
        ring();
    }
}

/// Whether its urgent bytes go into the queue.
fn has_own_queue(facts: Facts) -> bool {
    facts.has(facts::STREAM | facts::CONNECTED)
        && !facts.any(facts::OOB_INLINE)
        && !facts.provider().is_local()
}

/// A stream ends, or takes its urgent bytes in line from now on.
pub(crate) fn unwatch(fds: &[Fd]) {
    if ACTIVE.load(Ordering::Relaxed) {
        watched().retain(|other| !fds.contains(&other.fd));
        ring();
    }
}

fn ring() {
    if let Some((_, news)) = bell().filter(|(process, _)| *process == std::process::id()) {
        news.ring();
    }
}

/// The thread's life: it ends only with the process.
fn watch_all(news: &'static Bell) {
    // Another program that has the stream can keep its byte from being taken, which the host tells of again
    // and again. A round or two in vain are a race that somebody else won.
    const IN_VAIN: u32 = 3;
    const SHORT: Duration = Duration::from_millis(1);
    let mut in_vain = 0;
    loop {
        let list = watched().clone();
        let mut entries: Vec<sys::PollFd> = list.iter().map(|one| sys::entry(one.fd, sys::URGENT)).collect();
        entries.push(sys::entry(news.fd(), sys::READABLE));
        match sys::wait(&mut entries, None) {
            Ok(_) => {}
            Err(errno) if errno.interrupted() => continue,
            Err(_) => {
                // The host lacks the memory, or allows fewer descriptors now: each stream is asked by itself.
                collect_all();
                std::thread::sleep(10 * SHORT);
                continue;
            }
        }
        news.silence();
        let mut useful = entries.last().is_some_and(|rung| rung.revents != 0);
        for (one, entry) in list.iter().zip(&entries) {
            if entry.revents & sys::URGENT != 0 {
                useful |= collect_for(one);
            }
            if entry.revents & (sys::FAILED | sys::HUNG_UP | sys::INVALID) != 0 {
                // Nothing more can come, and the host would say so again and again.
                watched().retain(|other| other.ticket != one.ticket);
                useful = true;
            }
        }
        in_vain = if useful { 0 } else { in_vain + 1 };
        if in_vain >= IN_VAIN {
            std::thread::sleep(SHORT);
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
    for one in &list {
        collect_for(one);
    }
}

/// Whether there was a byte. A number that is somebody else's by now is watched no longer.
fn collect_for(one: &Watched) -> bool {
    match passing::enter_known(one.fd) {
        Some(socket) => socket.facts().any(facts::WATCHED) && collect(&socket),
        None => {
            watched().retain(|other| other.ticket != one.ticket);
            false
        }
    }
}

/// Takes the host's urgent byte into the queue, if there is one. Wakes those who wait for it.
fn collect(socket: &Socket) -> bool {
    let came = with_queues(socket, |queues| collect_locked(socket, queues));
    if came {
        tell_of_byte(socket);
    }
    came
}

/// Under the lock: two threads must not queue two bytes in the wrong order.
fn collect_locked(socket: &Socket, queues: &mut Queues) -> bool {
    if socket.facts().any(facts::OOB_INLINE) {
        return false;
    }
    let taken = if HOST.urgent_stays_in_stream {
        take_with_place(socket.fd())
    } else {
        take_from_host(socket.fd(), 0).map(|byte| (byte, None))
    };
    let Some((byte, place)) = taken else { return false };
    queues.urgent.push_back(byte);
    queues.ever += 1;
    socket.set(facts::URGENT_QUEUED);
    if let Some(place) = place {
        queues.marks.take(place);
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
    // Who waits for bytes in a lane is served by whoever takes this one.
    if with_queues(socket, |queues| collect_locked(socket, queues)) {
        end_waits(socket);
    }
    with_queues(socket, |queues| {
        let byte = if peek { queues.urgent.front().copied() } else { queues.urgent.pop_front() };
        if queues.urgent.is_empty() {
            socket.clear(facts::URGENT_QUEUED);
        }
        byte
    })
}

/// Whether an out-of-band byte is queued, or came before SO_OOBINLINE was switched on and is unread (F169,
/// F177): SIOCATMARK is the opposite.
pub(crate) fn is_waiting(socket: &Socket) -> bool {
    collect(socket);
    with_queues(socket, |queues| !queues.urgent.is_empty() || !queues.kept.is_empty())
}

/// SO_OOBINLINE. Switching it on moves the queue in front of the stream; a byte that was taken from the
/// host before it was reached in the stream does not come a second time (F176, F177).
pub(crate) fn set_inline(socket: &Socket, on: bool) -> Result<(), Errno> {
    let host = |on| place::set_inline(socket.fd(), on);
    if on == socket.facts().any(facts::OOB_INLINE) {
        // Under the lock: who asks for a place switches it back and forth.
        return with_queues(socket, |_| host(on));
    }
    if on {
        wake_up();
    }
    with_queues(socket, |queues| {
        if on {
            collect_locked(socket, queues);
            host(true)?;
            move_all(&mut queues.urgent, &mut queues.kept);
        } else {
            host(false)?;
            move_all(&mut queues.kept, &mut queues.urgent);
        }
        mark(socket, queues, on);
        Ok(())
    })?;
    if on {
        unwatch(&twins::of(socket.fd()));
    } else {
        watch(socket.fd());
    }
    end_waits(socket);
    network_events::changed(socket);
    if socket.facts().has(facts::STREAM | facts::CONNECTED) {
        turn_back(&twins::of(socket.fd()));
    }
    Ok(())
}

/// A duplicate has joined its object: it knows what the object's other SOCKETs know.
pub(crate) fn join(socket: &Socket) {
    if socket.facts().has(facts::STREAM | facts::CONNECTED) {
        with_queues(socket, |queues| {
            // The host's option is the object's, whoever has set it since the duplicate was made.
            let inline = sys::get_int(socket.fd(), libc::SOL_SOCKET, libc::SO_OOBINLINE);
            mark(socket, queues, inline.is_ok_and(|on| on != 0));
        });
        watch(socket.fd());
    }
}

/// Says with the facts, on every SOCKET of the object, what is in the queues.
fn mark(socket: &Socket, queues: &Queues, inline: bool) {
    let bit = |holds, bit| if holds { bit } else { 0 };
    let facts = socket.facts();
    let watched =
        ACTIVE.load(Ordering::Relaxed) && !inline && has_own_queue(Facts(facts.0 & !facts::OOB_INLINE));
    let present = bit(inline, facts::OOB_INLINE)
        | bit(!queues.urgent.is_empty(), facts::URGENT_QUEUED)
        | bit(queues.in_front() > 0, facts::KEPT)
        | bit(watched || !queues.marks.is_empty(), facts::WATCHED);
    // A listening socket's connections that wait for accept are no bytes.
    let kept = bit(!facts.any(facts::LISTENING), facts::KEPT);
    let all = facts::OOB_INLINE | facts::URGENT_QUEUED | facts::WATCHED | kept;
    // In this order: at no moment does a receive go past the queues to the host.
    socket.set(present);
    socket.clear(all & !present);
}

fn move_all(from: &mut VecDeque<u8>, to: &mut VecDeque<u8>) {
    to.extend(from.drain(..));
}

/// One receive, without waiting, on a stream with kept bytes or one that is watched.
pub(crate) fn receive(socket: &Socket, into: &mut Scatter, peek: bool) -> Result<usize, Errno> {
    let mut woken = false;
    socket.looks_again();
    let answer = with_queues(socket, |queues| {
        if queues.in_front() > 0 {
            if !into.can_be_filled(queues.in_front()) {
                return Err(Errno(libc::EFAULT));
            }
            return Ok(take_front(socket, queues, into, peek));
        }
        receive_locked(socket, queues, into, peek, &mut woken)
    });
    if woken {
        tell_of_byte(socket);
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
fn take_front(socket: &Socket, queues: &mut Queues, into: &mut Scatter, peek: bool) -> usize {
    let count = queues.in_front().min(into.total());
    let bytes: Vec<u8> = queues.kept.iter().chain(&queues.given_back).take(count).copied().collect();
    into.fill(&bytes);
    if !peek {
        let kept = count.min(queues.kept.len());
        queues.kept.drain(..kept);
        queues.given_back.drain(..count - kept);
    }
    if queues.in_front() == 0 {
        socket.clear(facts::KEPT);
    }
    count
}

/// How many of the bytes that come next were out-of-band ones before SO_OOBINLINE was switched on.
pub(crate) fn kept_in_front(socket: &Socket) -> usize {
    if socket.facts().any(facts::KEPT) { with_queues(socket, |queues| queues.kept.len()) } else { 0 }
}

/// A receive that failed returns what it has taken: the next one gets it (G098). The first `kept` bytes are
/// what they were.
pub(crate) fn give_back(socket: &Socket, mut bytes: Vec<u8>, kept: usize) {
    let ordinary = bytes.split_off(kept.min(bytes.len()));
    with_queues(socket, |queues| {
        let mut later = std::mem::take(&mut queues.kept);
        queues.kept = bytes.into();
        if ordinary.is_empty() {
            queues.kept.append(&mut later);
        } else {
            // What was moved in front meanwhile comes behind them, as bytes like them.
            let all = [VecDeque::from(ordinary), later, std::mem::take(&mut queues.given_back)];
            queues.given_back = all.into_iter().flatten().collect();
        }
        socket.set(facts::KEPT);
    });
    end_waits(socket);
    turn_back(&twins::of(socket.fd()));
}

/// How many bytes receives will give now: FIONREAD of a stream that is watched (F167, F168).
pub(crate) fn bytes_waiting(socket: &Socket) -> Result<u32, Errno> {
    collect(socket);
    with_queues(socket, |queues| count(socket, queues))
}

fn count(socket: &Socket, queues: &mut Queues) -> Result<u32, Errno> {
    let in_front = queues.in_front() as u32;
    if queues.marks.is_empty() {
        return Ok(in_front + sys::bytes_waiting(socket.fd())?);
    }
    let place = Place::of(socket.fd(), socket.facts().any(facts::OOB_INLINE))?;
    queues.marks.reached(place.next);
    Ok(in_front + (place.waiting as u32).saturating_sub(queues.marks.hidden() as u32))
}

/// What there is on a stream that is watched.
pub(super) struct Census {
    /// Out-of-band bytes that have ever come.
    pub(super) ever: u64,
    /// Those that wait.
    pub(super) queued: usize,
    /// What other receives will give.
    pub(super) bytes: Result<u32, Errno>,
    /// One was taken for this, and who waits for it is to be told.
    pub(super) byte_came: bool,
}

/// Counts it all at once.
pub(super) fn census(socket: &Socket) -> Census {
    with_queues(socket, |queues| {
        let byte_came = socket.facts().any(facts::WATCHED) && collect_locked(socket, queues);
        let bytes = count(socket, queues);
        Census { ever: queues.ever, queued: queues.urgent.len(), bytes, byte_came }
    })
}
