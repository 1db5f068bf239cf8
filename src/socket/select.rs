//! select: which of many sockets are readable, writable, exceptional.
//!
//! The host's poll does the waiting, so there is no limit on descriptor numbers; what its bits mean is
//! decided by what we know of each socket.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::facts::{self, Facts};
use super::requests;
use super::table::{self, Slot};
use super::{connection, icmp, threads, urgent};
use crate::error::WsaError;
use crate::sys::{self, Fd, PollFd};

/// The sets of one call, and the sets that it answers with: each socket once, in the order given.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Sets {
    pub(crate) read: Vec<usize>,
    pub(crate) write: Vec<usize>,
    pub(crate) except: Vec<usize>,
}

/// Why a call fails, and whether the sets change all the same.
pub(crate) struct Failure {
    pub(crate) code: WsaError,
    /// A socket that was closed during the call and is to be taken out of the except set (F193).
    pub(crate) closed: Option<usize>,
}

impl From<WsaError> for Failure {
    fn from(code: WsaError) -> Self {
        Self { code, closed: None }
    }
}

/// Waits until a socket of a set is ready; without a timeout, for ever. Empty sets say that time is up.
pub(crate) fn select(sets: &Sets, timeout: Option<Duration>) -> Result<Sets, Failure> {
    if sets.read.is_empty() && sets.write.is_empty() && sets.except.is_empty() {
        return Err(WsaError::WSAEINVAL.into());
    }
    let mut watch = Watch::on(sets)?;
    if watch.sockets.iter().any(Watched::watches_urgent) {
        urgent::wake_up();
    }
    watch.look(Some(Instant::now()), None)?;
    let ready = watch.ready(sets)?;
    if ready != Sets::default() || timeout == Some(Duration::ZERO) {
        return Ok(ready);
    }
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let wait = threads::Wait::on(watch.sockets.iter().map(|s| s.fd)).ok_or(WsaError::WSAENOBUFS)?;
    watch.check_identity()?;
    loop {
        // F073: what is queued for the thread runs while it waits; what is queued from here on rings.
        wait.run_calls();
        watch.look(deadline, Some(&wait))?;
        let ready = watch.ready(sets)?;
        let over = deadline.is_some_and(|at| Instant::now() >= at);
        if ready != Sets::default() || over {
            return Ok(ready);
        }
        watch.mute();
    }
}

/// One socket of a call, in whichever sets it is.
struct Watched {
    handle: usize,
    fd: Fd,
    slot: &'static Slot,
    read: bool,
    write: bool,
    except: bool,
    /// What the host said at the last look.
    events: i16,
    /// The host goes on saying what is no news to this call.
    muted: bool,
    /// A nonblocking connect was under way at the last look.
    connecting: bool,
    /// The object behind the number, when the call began.
    identity: u64,
}

struct Watch {
    sockets: Vec<Watched>,
    place: HashMap<usize, usize>,
}

/// What a socket is ready for.
#[derive(Clone, Copy, Default)]
struct Ready {
    read: bool,
    write: bool,
    except: bool,
}

impl Watch {
    /// Looks every socket up; one that is none fails the whole call (F191, F192).
    fn on(sets: &Sets) -> Result<Self, WsaError> {
        let mut watch = Self { sockets: Vec::new(), place: HashMap::new() };
        for (set, mark) in [
            (&sets.read, (|w| w.read = true) as fn(&mut Watched)),
            (&sets.write, |w| w.write = true),
            (&sets.except, |w| w.except = true),
        ] {
            for &handle in set {
                mark(watch.socket(handle)?);
            }
        }
        Ok(watch)
    }

    fn socket(&mut self, handle: usize) -> Result<&mut Watched, WsaError> {
        let place = match self.place.get(&handle) {
            Some(&place) => place,
            None => {
                let socket = table::enter(handle)?;
                connection::settle(&socket);
                let (fd, slot) = (socket.fd(), socket.slot());
                let identity = slot.identity();
                self.sockets.push(Watched {
                    handle,
                    fd,
                    slot,
                    read: false,
                    write: false,
                    except: false,
                    events: 0,
                    muted: false,
                    connecting: false,
                    identity,
                });
                self.place.insert(handle, self.sockets.len() - 1);
                self.sockets.len() - 1
            }
        };
        Ok(&mut self.sockets[place])
    }

    /// From here on closesocket waits for this call: until now a number may have become another socket's.
    fn check_identity(&self) -> Result<(), WsaError> {
        let same = self.sockets.iter().all(|s| !s.slot.facts().usable() || s.slot.identity() == s.identity);
        if same { Ok(()) } else { Err(WsaError::WSAENOTSOCK) }
    }

    /// The host tells of a hang-up whether it was asked or not, again and again. What made nothing ready is
    /// left out of the next look.
    fn mute(&mut self) {
        const ENDS: i16 = sys::HUNG_UP | sys::FAILED | sys::INVALID;
        // Of a datagram socket the host tells an ICMP error, which is over once it was looked at.
        let news = |s: &&mut Watched| s.events & ENDS != 0 && s.slot.facts().any(facts::CIRCUIT);
        self.sockets.iter_mut().filter(news).for_each(|socket| socket.muted |= !socket.connecting);
    }

    /// Asks the host, waiting until the deadline.
    fn look(&mut self, deadline: Option<Instant>, wait: Option<&threads::Wait>) -> Result<(), WsaError> {
        for socket in &mut self.sockets {
            socket.connecting = socket.slot.facts().any(facts::CONNECTING);
        }
        let mut entries: Vec<PollFd> = self.sockets.iter().map(Watched::entry).collect();
        entries.extend(wait.map(|wait| sys::entry(wait.bell(), sys::READABLE)));
        // Who closes or queues marks first and rings then: what is marked now need not be rung for.
        let known = self.sockets.iter().any(Watched::is_ready_by_mark);
        let deadline = if known { Some(Instant::now()) } else { deadline };
        loop {
            match sys::wait(&mut entries, deadline) {
                // A signal says nothing of the sockets. Who waits looks at the marks again as well.
                Err(errno) if errno.interrupted() && wait.is_some() => return Ok(()),
                Err(errno) if errno.interrupted() => {}
                Err(_) => return Err(WsaError::WSAENOBUFS),
                Ok(_) => break,
            }
        }
        if let Some(wait) = wait {
            wait.silence();
        }
        for (socket, entry) in self.sockets.iter_mut().zip(&entries) {
            socket.events = socket.left_by_requests(entry);
        }
        Ok(())
    }

    fn ready(&self, sets: &Sets) -> Result<Sets, Failure> {
        let mut ready: Vec<Ready> = Vec::with_capacity(self.sockets.len());
        for socket in &self.sockets {
            ready.push(socket.ready()?);
        }
        let of = |set: &[usize], is: fn(&Ready) -> bool| {
            let mut chosen: Vec<usize> = Vec::new();
            let mut taken = vec![false; self.sockets.len()];
            for handle in set {
                let place = self.place[handle];
                if is(&ready[place]) && !std::mem::replace(&mut taken[place], true) {
                    chosen.push(*handle);
                }
            }
            chosen
        };
        Ok(Sets {
            read: of(&sets.read, |r| r.read),
            write: of(&sets.write, |r| r.write),
            except: of(&sets.except, |r| r.except),
        })
    }
}

impl Watched {
    /// What to ask the host; nothing at all about a stream that is not connected (F194).
    fn entry(&self) -> PollFd {
        let facts = self.slot.facts();
        let (mut events, mut fd) = (0, self.fd);
        if facts.any(facts::CONNECTING) {
            // However it ends, the next look asks for something else.
            events = sys::WRITABLE;
        } else if facts.any(facts::LISTENING) {
            events = if self.read { sys::READABLE } else { 0 };
        } else if facts.any(facts::CONNECTED) || !facts.any(facts::CIRCUIT) {
            events |= if self.read { sys::READABLE } else { 0 };
            events |= if self.write { sys::WRITABLE } else { 0 };
            events |= if self.watches_urgent() { sys::URGENT } else { 0 };
        }
        if events == 0 || self.muted || !facts.usable() {
            // A negative number is passed over; the host would report hang-ups that nobody asked for.
            fd = -1;
        }
        sys::entry(fd, events)
    }

    /// What the host says, once overlapped receives have taken what is theirs (F066). One that had begun by
    /// then may have ended since the host said it.
    fn left_by_requests(&self, entry: &PollFd) -> i16 {
        let asked = entry.revents != 0 && (self.read || self.slot.facts().any(facts::RECEIVES_PEND));
        let Some(socket) = asked.then(|| table::enter(self.handle).ok()).flatten() else {
            return entry.revents;
        };
        if !requests::looked_at(&socket) {
            return entry.revents;
        }
        let left = sys::look(entry.fd, entry.events).unwrap_or(0);
        // What waits on has found nothing.
        if socket.facts().any(facts::RECEIVES_PEND) { left & !sys::READABLE } else { left }
    }

    /// Whether the socket is of a kind that has out-of-band bytes, and they are asked for.
    fn watches_urgent(&self) -> bool {
        let facts = self.slot.facts();
        self.except
            && facts.has(facts::STREAM | facts::CONNECTED)
            && !facts.any(facts::OOB_INLINE)
            && !facts.provider().is_local()
    }

    /// Whether it is ready for a reason that the host knows nothing of.
    fn is_ready_by_mark(&self) -> bool {
        let facts = self.slot.facts();
        let marks = if self.read { facts::KEPT | facts::ERROR_QUEUED } else { 0 };
        let marks = marks | if self.watches_urgent() { facts::URGENT_QUEUED } else { 0 };
        !facts.usable() || facts.any(marks)
    }

    fn ready(&self) -> Result<Ready, Failure> {
        let facts = self.slot.facts();
        if facts.any(facts::CLEANED_UP) {
            // G210: the final WSACleanup.
            return Err(WsaError::WSAEINTR.into());
        }
        if !facts.usable() {
            // F193: closed during the call.
            return if self.read {
                Ok(Ready { read: true, ..Ready::default() })
            } else {
                Err(Failure { code: WsaError::WSAENOTSOCK, closed: Some(self.handle) })
            };
        }
        if facts.any(facts::CONNECTING) && self.events != 0 {
            return Ok(self.connect_ended());
        }
        Ok(self.ready_by(facts))
    }

    /// F195: success makes it writable, failure exceptional.
    fn connect_ended(&self) -> Ready {
        let facts = match table::enter(self.handle) {
            Ok(socket) => connection::settle(&socket),
            Err(_) => self.slot.facts(),
        };
        Ready {
            write: self.write && facts.any(facts::CONNECTED),
            except: self.except && facts.any(facts::CONNECT_FAILED),
            read: false,
        }
    }

    fn ready_by(&self, facts: Facts) -> Ready {
        let has = |events| self.events & events != 0;
        if facts.any(facts::CIRCUIT) && !facts.any(facts::CONNECTED | facts::LISTENING) {
            return Ready { except: self.except && facts.any(facts::CONNECT_FAILED), ..Ready::default() };
        }
        if facts.any(facts::LISTENING) {
            // A connection that a WSAAccept condition deferred is the next accept's.
            let read = has(sys::READABLE) || facts.any(facts::KEPT);
            return Ready { read: self.read && read, ..Ready::default() };
        }
        let ended = has(sys::HUNG_UP | sys::FAILED);
        let mut facts = facts;
        if has(sys::FAILED) && facts.any(facts::CIRCUIT) {
            // G126: a reset that the library knows of throws away what was queued before it.
            if let Ok(socket) = table::enter(self.handle) {
                connection::find_out(&socket);
                facts = socket.facts();
            }
        }
        let read = if facts.any(facts::CIRCUIT) {
            self.read && (facts.any(facts::RESET | facts::ABORTED) || self.circuit_is_readable(facts, ended))
        } else if facts.any(facts::RELIABLE) {
            has(sys::READABLE) || ended
        } else {
            has(sys::READABLE) || ((ended || facts.any(facts::ERROR_QUEUED)) && self.error_waits())
        };
        let write = has(sys::WRITABLE) || ended;
        let except = self.watches_urgent() && (has(sys::URGENT) || facts.any(facts::URGENT_QUEUED));
        Ready { read: self.read && read, write: self.write && write, except: self.except && except }
    }

    /// Of a watched stream the host does not know which bytes will be received.
    fn circuit_is_readable(&self, facts: Facts, ended: bool) -> bool {
        if !facts.any(facts::KEPT | facts::WATCHED) {
            return self.events & sys::READABLE != 0 || ended;
        }
        table::enter(self.handle).is_ok_and(|socket| urgent::is_readable(&socket))
    }

    /// Whether a receive would report an ICMP error (G032); what nobody wants to hear of goes away.
    fn error_waits(&self) -> bool {
        table::enter(self.handle).is_ok_and(|socket| icmp::is_waiting(&socket))
    }
}
