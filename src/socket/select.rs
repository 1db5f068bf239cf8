//! select: which of many sockets are readable, writable, exceptional.
//!
//! The host's poll does the waiting, so there is no limit on descriptor numbers; what its bits mean is
//! decided by what we know of each socket. Of sockets with nothing unusual about them that is what the host
//! says, and nothing else is looked at.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use super::facts::{self, Facts};
use super::requests;
use super::table::{self, Slot};
use super::{blocking, connection, icmp, threads, urgent};
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
    let mut watch = WATCH.with(RefCell::take).unwrap_or_default();
    let answer = watch.select(sets, timeout);
    WATCH.with(|kept| *kept.borrow_mut() = Some(watch));
    answer
}

thread_local! {
    /// What the thread's last call has worked with: memory for the next one.
    static WATCH: RefCell<Option<Box<Watch>>> = const { RefCell::new(None) };
}

/// One socket of a call, in whichever sets it is.
struct Watched {
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
    /// There was nothing unusual about it at the last look. What has changed since then ends a wait.
    plain: bool,
    /// What it is ready for, and has not been said to be.
    ready: Ready,
    /// The object behind the number, when the call began.
    identity: u64,
}

/// Where a descriptor stands among the sockets of the call with this number.
#[derive(Clone, Copy, Default)]
struct Place {
    call: u64,
    index: usize,
}

#[derive(Default)]
struct Watch {
    sockets: Vec<Watched>,
    /// By descriptor.
    places: Vec<Place>,
    call: u64,
    entries: Vec<PollFd>,
}

/// What a socket is ready for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Ready {
    read: bool,
    write: bool,
    except: bool,
}

impl Ready {
    const NOTHING: Self = Self { read: false, write: false, except: false };
}

impl Watch {
    fn select(&mut self, sets: &Sets, timeout: Option<Duration>) -> Result<Sets, Failure> {
        self.begin(sets)?;
        if !sets.except.is_empty() && self.sockets.iter().any(Watched::watches_urgent) {
            urgent::wake_up();
        }
        self.look(Some(Instant::now()), None)?;
        if self.is_ready()? || timeout == Some(Duration::ZERO) {
            return Ok(self.answer(sets));
        }
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let wait = threads::Wait::on(self.sockets.iter().map(|s| s.fd)).ok_or(WsaError::WSAENOBUFS)?;
        self.check_identity()?;
        loop {
            // F073: what is queued for the thread runs while it waits; what is queued from here on rings.
            wait.run_calls();
            let until = blocking::run_hook(deadline).map_err(|blocking::Cancelled| WsaError::WSAEINTR)?;
            self.look(until, Some(&wait))?;
            if self.is_ready()? || deadline.is_some_and(|at| Instant::now() >= at) {
                return Ok(self.answer(sets));
            }
            self.mute();
        }
    }

    /// Looks every socket up; one that is none fails the whole call (F191, F192).
    fn begin(&mut self, sets: &Sets) -> Result<(), WsaError> {
        self.sockets.clear();
        self.sockets.reserve(sets.read.len().max(sets.write.len()).max(sets.except.len()));
        self.call += 1;
        for &handle in &sets.read {
            self.socket(handle)?.read = true;
        }
        for &handle in &sets.write {
            self.socket(handle)?.write = true;
        }
        for &handle in &sets.except {
            self.socket(handle)?.except = true;
        }
        Ok(())
    }

    fn socket(&mut self, handle: usize) -> Result<&mut Watched, WsaError> {
        if handle >= table::FIRST_NON_SOCKET {
            return Err(WsaError::WSAENOTSOCK);
        }
        if handle >= self.places.len() {
            self.places.resize(handle + 1, Place::default());
        }
        if self.places[handle].call != self.call {
            self.sockets.push(Watched::new(handle)?);
            self.places[handle] = Place { call: self.call, index: self.sockets.len() - 1 };
        }
        let index = self.places[handle].index;
        Ok(&mut self.sockets[index])
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
        self.entries.clear();
        self.entries.reserve(self.sockets.len() + 1);
        // Who closes or queues marks first and rings then: what is marked now need not be rung for.
        let mut known = false;
        for socket in &mut self.sockets {
            let facts = socket.slot.facts();
            socket.connecting = facts.any(facts::CONNECTING);
            socket.plain = facts.plain_readiness();
            known |= !socket.plain && socket.is_ready_by_mark(facts);
            self.entries.push(socket.entry(facts));
        }
        self.entries.extend(wait.map(|wait| sys::entry(wait.bell(), sys::READABLE)));
        let deadline = if known { Some(Instant::now()) } else { deadline };
        loop {
            match sys::wait(&mut self.entries, deadline) {
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
        for (socket, entry) in self.sockets.iter_mut().zip(&self.entries) {
            socket.events = if entry.revents == 0 { 0 } else { socket.left_by_requests(entry) };
        }
        Ok(())
    }

    /// Finds out what each socket is ready for; whether any is.
    fn is_ready(&mut self) -> Result<bool, Failure> {
        let mut any = false;
        for socket in &mut self.sockets {
            let silent = socket.plain && socket.events == 0;
            socket.ready = if silent { Ready::NOTHING } else { socket.ready()? };
            any |= socket.ready != Ready::NOTHING;
        }
        Ok(any)
    }

    fn answer(&mut self, sets: &Sets) -> Sets {
        // In the order of the read set the sockets stand already.
        let read = self.sockets.iter().filter(|socket| socket.ready.read).map(Watched::handle);
        Sets {
            read: read.collect(),
            write: self.chosen(&sets.write, |ready| &mut ready.write),
            except: self.chosen(&sets.except, |ready| &mut ready.except),
        }
    }

    /// Those of a set that are ready, each once (F197).
    fn chosen(&mut self, set: &[usize], which: fn(&mut Ready) -> &mut bool) -> Vec<usize> {
        let mut is_ready = |handle: usize| {
            let socket = &mut self.sockets[self.places[handle].index];
            std::mem::take(which(&mut socket.ready))
        };
        set.iter().copied().filter(|&handle| is_ready(handle)).collect()
    }
}

impl Watched {
    fn new(handle: usize) -> Result<Self, WsaError> {
        let fd = handle as Fd;
        let slot = table::slot(fd).ok_or(WsaError::WSAENOTSOCK)?;
        let facts = slot.facts();
        if !facts.usable() || facts.any(facts::CONNECTING) {
            connection::settle(&table::enter(handle)?);
        }
        Ok(Self {
            fd,
            slot,
            read: false,
            write: false,
            except: false,
            events: 0,
            muted: false,
            connecting: false,
            plain: false,
            ready: Ready::NOTHING,
            identity: slot.identity(),
        })
    }

    /// The SOCKET.
    fn handle(&self) -> usize {
        self.fd as usize
    }

    /// What to ask the host; nothing at all about a stream that is not connected (F194).
    fn entry(&self, facts: Facts) -> PollFd {
        let (mut events, mut fd) = (0, self.fd);
        if facts.any(facts::CONNECTING) {
            // However it ends, the next look asks for something else.
            events = sys::WRITABLE;
        } else if facts.any(facts::LISTENING) {
            events = if self.read { sys::READABLE } else { 0 };
        } else if facts.any(facts::CONNECTED) || !facts.any(facts::CIRCUIT) {
            events |= if self.read { sys::READABLE } else { 0 };
            events |= if self.write { sys::WRITABLE } else { 0 };
            events |= if self.except && has_urgent_bytes(facts) { sys::URGENT } else { 0 };
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
        let facts = self.slot.facts();
        let requested = self.slot.requests().get().is_some();
        let asked = requested && (self.read || facts.any(facts::RECEIVES_PEND));
        let Some(socket) = asked.then(|| table::enter(self.handle()).ok()).flatten() else {
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
        self.except && has_urgent_bytes(self.slot.facts())
    }

    /// Whether it is ready for a reason that the host knows nothing of.
    fn is_ready_by_mark(&self, facts: Facts) -> bool {
        let marks = if self.read { facts::KEPT | facts::ERROR_QUEUED } else { 0 };
        let marks = marks | if self.watches_urgent() { facts::URGENT_QUEUED } else { 0 };
        !facts.usable() || facts.any(marks)
    }

    fn ready(&self) -> Result<Ready, Failure> {
        let facts = self.slot.facts();
        if self.plain && facts.plain_readiness() && self.events & !(sys::READABLE | sys::WRITABLE) == 0 {
            let has = |events| self.events & events != 0;
            let (read, write) = (self.read && has(sys::READABLE), self.write && has(sys::WRITABLE));
            return Ok(Ready { read, write, except: false });
        }
        if facts.any(facts::CLEANED_UP) {
            // G210: the final WSACleanup.
            return Err(WsaError::WSAEINTR.into());
        }
        if !facts.usable() {
            // F193: closed during the call.
            return if self.read {
                Ok(Ready { read: true, ..Ready::NOTHING })
            } else {
                Err(Failure { code: WsaError::WSAENOTSOCK, closed: Some(self.handle()) })
            };
        }
        if facts.any(facts::CONNECTING) && self.events != 0 {
            return Ok(self.connect_ended());
        }
        Ok(self.ready_by(facts))
    }

    /// F195: success makes it writable, failure exceptional.
    fn connect_ended(&self) -> Ready {
        let facts = match table::enter(self.handle()) {
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
            return Ready { except: self.except && facts.any(facts::CONNECT_FAILED), ..Ready::NOTHING };
        }
        if facts.any(facts::LISTENING) {
            // A connection that a WSAAccept condition deferred is the next accept's.
            let read = has(sys::READABLE) || facts.any(facts::KEPT);
            return Ready { read: self.read && read, ..Ready::NOTHING };
        }
        let ended = has(sys::HUNG_UP | sys::FAILED);
        let mut facts = facts;
        if has(sys::FAILED) && facts.any(facts::CIRCUIT) {
            // G126: a reset that the library knows of throws away what was queued before it.
            if let Ok(socket) = table::enter(self.handle()) {
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
        let by_host = self.events & sys::READABLE != 0 || ended;
        if !facts.any(facts::KEPT | facts::WATCHED) {
            return by_host;
        }
        // It knows of what is not there.
        (by_host || facts.any(facts::KEPT))
            && table::enter(self.handle()).is_ok_and(|socket| urgent::is_readable(&socket))
    }

    /// Whether a receive would report an ICMP error (G032); what nobody wants to hear of goes away.
    fn error_waits(&self) -> bool {
        table::enter(self.handle()).is_ok_and(|socket| icmp::is_waiting(&socket))
    }
}

/// Whether out-of-band bytes of a socket like this are no part of its data.
fn has_urgent_bytes(facts: Facts) -> bool {
    facts.has(facts::STREAM | facts::CONNECTED)
        && !facts.any(facts::OOB_INLINE)
        && !facts.provider().is_local()
}
