//! WSAPoll: what each socket of a list is ready for.
//!
//! Made for long lists: a socket about which there is nothing unusual costs a look at its facts on the way to
//! the host's poll and nothing on the way back, unless the host has something to say of it.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use super::facts::{self, Facts};
use super::table::{self, Socket};
use super::{connection, icmp, ioctl, requests, threads, urgent};
use crate::error::WsaError;
use crate::sys::{self, Fd, PollFd};
use crate::windows::consts as w;
use crate::windows::types::WSAPOLLFD;

/// What may be asked for (F203).
const MAY_BE_ASKED: i16 = w::POLLRDNORM | w::POLLRDBAND | w::POLLWRNORM;

/// With these facts a socket is ready for what is asked, for reasons that the host knows nothing of. Of others
/// a wait would end again and again.
#[inline]
fn marks(wanted: i16) -> u64 {
    let bit = |winsock, marks| if wanted & winsock != 0 { marks } else { 0 };
    facts::CONNECT_FAILED
        | bit(w::POLLRDNORM, facts::KEPT | facts::ERROR_QUEUED)
        | bit(w::POLLRDBAND, facts::URGENT_QUEUED)
}

/// What a call works with. Each thread keeps it for its next call.
#[derive(Default)]
struct Work {
    host: Vec<PollFd>,
    /// The places of those that may be ready whatever the host says.
    marked: Vec<usize>,
}

thread_local! {
    static WORK: RefCell<Option<Box<Work>>> = const { RefCell::new(None) };
}

/// Waits until a socket is ready; without a timeout, for ever. Gives how many entries say something of a socket
/// that was one when the call began.
pub(crate) fn poll(entries: &mut [WSAPOLLFD], timeout: Option<Duration>) -> Result<usize, WsaError> {
    let mut work = WORK.with(RefCell::take).unwrap_or_default();
    let answer = poll_with(&mut work, entries, timeout);
    WORK.with(|kept| *kept.borrow_mut() = Some(work));
    answer
}

fn poll_with(
    work: &mut Work,
    entries: &mut [WSAPOLLFD],
    timeout: Option<Duration>,
) -> Result<usize, WsaError> {
    check(entries)?;
    if work.prepare(entries, true) == 0 {
        return Err(WsaError::WSAENOTSOCK);
    }
    work.look(Some(Instant::now()), None)?;
    let ready = work.answer(entries);
    if ready > 0 || timeout == Some(Duration::ZERO) {
        return Ok(ready);
    }
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let sockets = entries.iter().filter(|entry| entry.revents & w::POLLNVAL == 0);
    let wait = threads::Wait::on(sockets.map(|entry| entry.fd as Fd)).ok_or(WsaError::WSAENOBUFS)?;
    loop {
        // F073: what is queued for the thread runs while it waits; what is queued from here on rings.
        wait.run_calls();
        work.prepare(entries, false);
        work.look(deadline, Some(&wait))?;
        if work.is_cleaned_up(entries) {
            return Err(WsaError::WSAEINTR); // G210
        }
        let ready = work.answer(entries);
        if ready > 0 || deadline.is_some_and(|at| Instant::now() >= at) {
            return Ok(ready);
        }
    }
}

/// F203, F206: what is asked for is looked at before the sockets are, but for those that are none on purpose.
fn check(entries: &mut [WSAPOLLFD]) -> Result<(), WsaError> {
    let mut fault = false;
    for entry in entries {
        entry.revents = 0;
        fault |= entry.events & !MAY_BE_ASKED != 0 && entry.fd != usize::MAX;
    }
    if fault { Err(WsaError::WSAEINVAL) } else { Ok(()) }
}

/// The facts of a socket, without going inside; None for what is no socket. `adopt` finds out about descriptors
/// that the program has made itself.
fn facts_of(handle: usize, adopt: bool) -> Option<Facts> {
    if handle >= table::FIRST_NON_SOCKET {
        return None;
    }
    let facts = table::slot(handle as Fd)?.facts();
    if facts.usable() && !facts.any(facts::CONNECTING) {
        return Some(facts);
    }
    if !adopt && !facts.usable() {
        return None;
    }
    table::enter(handle).ok().map(|socket| connection::settle(&socket))
}

impl Work {
    /// Asks the host about each socket. What is none gets POLLNVAL (F204), when the call begins; what is closed
    /// later is marked. Gives how many sockets there are.
    fn prepare(&mut self, entries: &mut [WSAPOLLFD], first: bool) -> usize {
        self.host.clear();
        self.marked.clear();
        self.host.reserve(entries.len() + 1);
        let mut sockets = 0;
        for (place, entry) in entries.iter_mut().enumerate() {
            let known = entry.revents & w::POLLNVAL == 0;
            let facts = if known { facts_of(entry.fd, first) } else { None };
            let Some(facts) = facts else {
                self.host.push(sys::entry(-1, 0));
                if first {
                    entry.revents = w::POLLNVAL;
                } else if known {
                    self.marked.push(place);
                }
                continue;
            };
            sockets += 1;
            if facts.any(marks(entry.events)) {
                self.marked.push(place);
            }
            let events = asked_of_host(facts, entry.events);
            // A negative number is passed over; the host would report hang-ups that nobody asked for.
            let fd = if events == 0 { -1 } else { entry.fd as Fd };
            self.host.push(sys::entry(fd, events));
        }
        sockets
    }

    /// Asks the host, waiting until the deadline.
    fn look(&mut self, deadline: Option<Instant>, wait: Option<&threads::Wait>) -> Result<(), WsaError> {
        let entries = self.host.len();
        if let Some(wait) = wait {
            self.host.push(sys::entry(wait.bell(), sys::READABLE));
        }
        // Who closes or queues marks first and rings then: what is marked now need not be rung for.
        let deadline = if self.marked.is_empty() { deadline } else { Some(Instant::now()) };
        let done = loop {
            match sys::wait(&mut self.host, deadline) {
                // A signal says nothing of the sockets. Who waits looks at the marks again as well.
                Err(errno) if errno.interrupted() && wait.is_some() => {
                    self.host.iter_mut().for_each(|entry| entry.revents = 0);
                    break Ok(());
                }
                Err(errno) if errno.interrupted() => {}
                Err(_) => break Err(WsaError::WSAENOBUFS),
                Ok(_) => break Ok(()),
            }
        };
        if let Some(wait) = wait {
            wait.silence();
        }
        self.host.truncate(entries);
        done
    }

    /// Whether the final WSACleanup has closed one of those that are marked.
    fn is_cleaned_up(&self, entries: &[WSAPOLLFD]) -> bool {
        let slot = |&place: &usize| table::slot(entries[place].fd as Fd);
        self.marked.iter().filter_map(slot).any(|slot| slot.facts().any(facts::CLEANED_UP))
    }

    /// Says what the host's answer means. Gives how many entries say something.
    fn answer(&self, entries: &mut [WSAPOLLFD]) -> usize {
        let mut ready = 0;
        let mut marked = self.marked.iter().copied().peekable();
        for (place, (entry, host)) in entries.iter_mut().zip(&self.host).enumerate() {
            let is_marked = marked.next_if_eq(&place).is_some();
            if host.revents == 0 && !is_marked {
                continue;
            }
            entry.revents = match plain(entry, host.revents) {
                Some(revents) if !is_marked => revents,
                _ => revents(entry, host),
            };
            ready += usize::from(entry.revents != 0);
        }
        ready
    }
}

/// What to ask the host of a socket; nothing at all of a stream that is not connected.
#[inline]
fn asked_of_host(facts: Facts, wanted: i16) -> i16 {
    let bit = |winsock, host| if wanted & winsock != 0 { host } else { 0 };
    let both = bit(w::POLLRDNORM, sys::READABLE) | bit(w::POLLWRNORM, sys::WRITABLE);
    if !facts.any(facts::CIRCUIT) {
        return both;
    }
    if facts.any(facts::CONNECTED) {
        // The end is told whether it was asked for or not (F208).
        return both | sys::FINISHED | sys::HUNG_UP | bit(w::POLLRDBAND, sys::URGENT);
    }
    match () {
        () if facts.any(facts::LISTENING) => bit(w::POLLRDNORM, sys::READABLE),
        // However it ends, the answer looks again.
        () if facts.any(facts::CONNECTING) => sys::WRITABLE,
        () => 0,
    }
}

/// The answer about a socket with nothing unusual about it.
#[inline]
fn plain(entry: &WSAPOLLFD, said: i16) -> Option<i16> {
    let slot = table::slot(entry.fd as Fd)?;
    let plain = said & !(sys::READABLE | sys::WRITABLE) == 0 && slot.facts().plain_readiness();
    if !plain || slot.requests().get().is_some() {
        return None;
    }
    let bit = |host, winsock| if said & host != 0 { winsock } else { 0 };
    Some((bit(sys::READABLE, w::POLLRDNORM) | bit(sys::WRITABLE, w::POLLWRNORM)) & entry.events)
}

fn revents(entry: &WSAPOLLFD, host: &PollFd) -> i16 {
    let Ok(socket) = table::enter(entry.fd) else {
        // F211: closed during the call.
        return w::POLLNVAL;
    };
    let facts = connection::settle(&socket);
    let said = left_by_requests(&socket, host);
    let all = match () {
        () if facts.any(facts::LISTENING) => of_listener(facts, said),
        () if !facts.any(facts::CIRCUIT) => of_datagrams(&socket, said),
        () if facts.any(facts::CONNECTED) => of_circuit(&socket, said),
        // F212, and it stays so.
        () if facts.any(facts::CONNECT_FAILED) => w::POLLERR | w::POLLHUP | w::POLLWRNORM,
        () => 0,
    };
    all & (entry.events | w::POLLERR | w::POLLHUP)
}

/// What the host says, once overlapped receives have taken what is theirs (F066).
fn left_by_requests(socket: &Socket, host: &PollFd) -> i16 {
    const OTHERS: i16 = sys::WRITABLE | sys::URGENT;
    if host.revents & !OTHERS == 0 || !requests::looked_at(socket) {
        return host.revents;
    }
    let left = sys::look(socket.fd(), host.events).unwrap_or(0);
    // What waits on has found nothing.
    if socket.facts().any(facts::RECEIVES_PEND) { left & !sys::READABLE } else { left }
}

fn of_listener(facts: Facts, said: i16) -> i16 {
    // A connection that a WSAAccept condition deferred is the next accept's.
    if said & sys::READABLE != 0 || facts.any(facts::KEPT) { w::POLLRDNORM } else { 0 }
}

fn of_datagrams(socket: &Socket, said: i16) -> i16 {
    let ended = said & (sys::HUNG_UP | sys::FAILED) != 0;
    // G032: an ICMP error is there to be received; one that nobody wants to hear of goes away.
    let reported = || match socket.facts() {
        facts if facts.any(facts::RELIABLE) => ended,
        facts => (ended || facts.any(facts::ERROR_QUEUED)) && icmp::is_waiting(socket),
    };
    let bit = |holds, bit| if holds { bit } else { 0 };
    bit(said & sys::READABLE != 0 || reported(), w::POLLRDNORM)
        | bit(said & sys::WRITABLE != 0, w::POLLWRNORM)
}

fn of_circuit(socket: &Socket, said: i16) -> i16 {
    if said & sys::FAILED != 0 {
        connection::find_out(socket);
    }
    let facts = socket.facts();
    if connection::broken(facts).is_some() {
        return w::POLLERR | w::POLLHUP | w::POLLWRNORM; // F147
    }
    let bit = |holds, bit| if holds { bit } else { 0 };
    let ended = said & (sys::FINISHED | sys::HUNG_UP | sys::FAILED) != 0;
    let by_host = said & sys::READABLE != 0;
    let readable = if ended {
        // F208, F209: of the end the host says that it can be received, too.
        (by_host || facts.any(facts::KEPT)) && ioctl::bytes_waiting(socket).is_ok_and(|bytes| bytes > 0)
    } else if facts.has(facts::STREAM) && facts.any(facts::KEPT | facts::WATCHED) {
        (by_host || facts.any(facts::KEPT)) && urgent::is_readable(socket)
    } else {
        by_host
    };
    bit(readable, w::POLLRDNORM)
        | bit(said & (sys::WRITABLE | sys::HUNG_UP | sys::FAILED) != 0, w::POLLWRNORM)
        | bit(ended, w::POLLHUP)
        | bit(has_urgent(socket, said), w::POLLRDBAND)
}

/// Whether an out-of-band byte waits. The host's first one is the sign that the process uses them.
fn has_urgent(socket: &Socket, said: i16) -> bool {
    let facts = socket.facts();
    if facts.any(facts::OOB_INLINE) || !facts.any(facts::STREAM) || facts.provider().is_local() {
        return false;
    }
    if said & sys::URGENT != 0 {
        urgent::wake_up();
    }
    said & sys::URGENT != 0 || facts.any(facts::URGENT_QUEUED)
}
