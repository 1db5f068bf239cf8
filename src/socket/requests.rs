//! A socket's requests that could not be met at once, and who is told of their end.
//!
//! Requests wait in lanes, first in, first out (F064). Under a lane's lock its requests are tried, ended and
//! cancelled, so that each of them ends once, and told of in the order in which they end. What a request
//! does, and how its end is told, is known to who made it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::table::{self, Socket};
use super::telling::{self, Telling, Told};
use super::{facts, lifecycle};
use crate::reactor::{self, Ready};
use crate::status::NtStatus;
use crate::sys::{Errno, Fd, Tick};
use crate::win32::idle;
use crate::win32::port::Port;

/// How a request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct End {
    pub(crate) status: NtStatus,
    pub(crate) bytes: usize,
    /// Winsock's flags of what was received.
    pub(crate) flags: u32,
}

impl End {
    /// Ended without having moved anything.
    pub(crate) const fn of(status: NtStatus) -> Self {
        Self { status, bytes: 0, flags: 0 }
    }
}

/// What decides whether a request is meant.
#[derive(Clone, Copy)]
pub(crate) struct About {
    /// The thread that made it.
    pub(crate) thread: u32,
    /// The address of its OVERLAPPED.
    pub(crate) overlapped: usize,
    /// It has an event.
    pub(crate) has_event: bool,
    /// The SOCKET that an AcceptEx puts its connection into.
    pub(crate) accepts: Option<Fd>,
    /// A synchronous call on this SOCKET waits for it.
    pub(crate) waits_in: Option<Fd>,
}

/// A request that waits.
pub(crate) trait Request: Send {
    fn about(&self) -> About;

    /// Its end can be seen without a wait.
    fn is_eager(&self) -> bool;

    /// It begins. Called under the lane's lock, once.
    fn begin(&mut self, telling: &Telling, told: &Told);

    /// Tries without waiting; None if there is nothing yet.
    fn attempt(&mut self, socket: &Socket) -> Option<End>;

    /// Whether those behind it wait for it.
    fn holds_back(&self) -> bool {
        true
    }

    /// Whether its end shows that nothing more was there.
    fn has_drained(&self, _: &End) -> bool {
        false
    }

    /// Tells of the end. Called under the lane's lock.
    fn deliver(self: Box<Self>, end: End, telling: &Telling, told: &Told);
}

/// Where a request waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    /// For data, or a connection.
    Receive,
    /// For room, or for a connection that is made.
    Send,
    /// For an out-of-band byte.
    Urgent,
}

impl Side {
    pub(crate) const ALL: [Self; 3] = [Self::Receive, Self::Send, Self::Urgent];

    fn bit(self) -> u64 {
        match self {
            Self::Receive => facts::RECEIVES_PEND,
            Self::Send => facts::SENDS_PEND,
            Self::Urgent => facts::URGENT_PENDS,
        }
    }
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Box<dyn Request>>,
    generation: u32,
    /// When it was seen that nothing more was there; the reactor tells of whatever has come since.
    drained: Option<Tick>,
    /// Each lane has it, so that who holds the lane needs no other lock.
    told: Told,
}

/// A socket's requests; SOCKETs that stand for one object share them.
///
/// They are never freed, so that who is inside a call on one of these SOCKETs can use them without a lock.
/// When the last SOCKET's number goes back to the host they are there for another object.
#[derive(Default)]
pub(crate) struct Requests {
    receives: Mutex<Lane>,
    sends: Mutex<Lane>,
    urgent: Mutex<Lane>,
    telling: Telling,
    watched: Mutex<Option<Watched>>,
    /// The generation in which the reactor knows the object, plus one; 0 if it does not.
    known_in: AtomicU32,
    /// The listener whose AcceptEx waits to put a connection here, or for its first data.
    patron: Mutex<Option<Fd>>,
    /// How many SOCKETs they are those of.
    owners: AtomicUsize,
}

/// Those that are nobody's.
static FREE: Mutex<Vec<&'static Requests>> = Mutex::new(Vec::new());

/// The descriptor by which the reactor knows the object.
#[derive(Clone, Copy)]
struct Watched {
    fd: Fd,
    to_send: bool,
    generation: u32,
}

/// What came of trying what waits.
struct Advance {
    /// The SOCKET by which the last ones were tried, if it was another one: to be left without the lock.
    by: Option<Socket>,
    /// It was seen that nothing more is there.
    drained: bool,
}

impl Lane {
    /// What pends in the parent does not in the child.
    #[cold]
    fn begin_in_child(&mut self) {
        self.generation = idle::generation();
        self.waiting.clear();
        self.drained = None;
    }
}

fn hold<T: ?Sized>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Requests {
    /// Those of a socket, made at the first need.
    #[inline]
    pub(crate) fn of(socket: &Socket) -> &'static Self {
        match Self::present(socket) {
            Some(requests) => requests,
            None => Self::new_of(socket),
        }
    }

    #[cold]
    fn new_of(socket: &Socket) -> &'static Self {
        let free = hold(&FREE).pop();
        let new = free.unwrap_or_else(|| Box::leak(Box::default()));
        new.owners.store(1, Ordering::SeqCst);
        match socket.slot().requests().put(new) {
            Ok(()) => new,
            Err(other) => {
                hold(&FREE).push(new);
                other
            }
        }
    }

    /// Those of a socket, if it ever had any.
    #[inline(always)]
    pub(crate) fn present(socket: &Socket) -> Option<&'static Self> {
        socket.slot().requests().get()
    }

    /// They become those of one more SOCKET.
    pub(crate) fn own(&self) {
        self.owners.fetch_add(1, Ordering::SeqCst);
    }

    /// A SOCKET is no more, and nobody is inside a call on it.
    pub(crate) fn disown(&'static self) {
        if self.owners.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        if Side::ALL.iter().any(|&side| !self.lane(side).waiting.is_empty()) {
            // Somebody counts on them.
            return;
        }
        for side in Side::ALL {
            *self.lane(side) = Lane::default();
        }
        self.telling.begin_again();
        *hold(&self.watched) = None;
        self.known_in.store(0, Ordering::Relaxed);
        *hold(&self.patron) = None;
        hold(&FREE).push(self);
    }

    #[inline]
    fn lane(&self, side: Side) -> MutexGuard<'_, Lane> {
        let mut lane = hold(match side {
            Side::Receive => &self.receives,
            Side::Send => &self.sends,
            Side::Urgent => &self.urgent,
        });
        if lane.generation != idle::generation() {
            // What pends in the parent does not in the child.
            lane.begin_in_child();
        }
        lane
    }

    /// Who is told.
    pub(crate) fn telling(&self) -> &Telling {
        &self.telling
    }

    /// Has a port told; false if one is told already. A socket has it to its end.
    pub(crate) fn set_port(&self, port: &Arc<Port>, key: usize) -> bool {
        // The first lane's is the one that decides.
        Side::ALL.iter().all(|&side| {
            let mut lane = self.lane(side);
            lane.told.is_none() && lane.told.replace((Arc::clone(port), key)).is_none()
        })
    }

    pub(crate) fn has_port(&self) -> bool {
        self.lane(Side::Receive).told.is_some()
    }

    /// Works with who is told, for a request that never waits.
    pub(crate) fn with_told<T>(&self, work: impl FnOnce(&Telling, &Told) -> T) -> T {
        work(&self.telling, &self.lane(Side::Receive).told)
    }

    /// Meets the request if that is possible now and nothing waits before it, and has `over` tell of it; else
    /// it waits, and None is given.
    #[inline]
    pub(crate) fn start<R: Request + 'static, T>(
        &self,
        socket: &Socket,
        side: Side,
        mut request: R,
        over: impl FnOnce(&mut R, End, &Telling, &Told) -> T,
    ) -> Option<T> {
        let mut lane = self.lane(side);
        request.begin(&self.telling, &lane.told);
        let eager = request.is_eager();
        // What has come meanwhile the reactor tells of. Whoever waits for packets turns it, and has not looked
        // at the socket since; others might see that it was there, and a stream's own queues are not the
        // reactor's.
        let in_vain = !eager
            && lane.drained.is_some_and(|when| when == Tick::now())
            && !socket.facts().any(facts::KEPT | facts::WATCHED | facts::RESET | facts::ABORTED);
        if !in_vain && !lane.waiting.iter().any(|other| other.holds_back()) {
            if let Some(end) = request.attempt(socket) {
                return Some(over(&mut request, end, &self.telling, &lane.told));
            }
        }
        // Who closes marks first and cancels then: either we see the mark, or the request is seen.
        let refused = match socket.still_open() {
            Err(status) => Some(status),
            Ok(()) if self.watch(socket, side).is_err() => Some(NtStatus::INSUFFICIENT_RESOURCES),
            Ok(()) => None,
        };
        if let Some(status) = refused {
            return Some(over(&mut request, End::of(status), &self.telling, &lane.told));
        }
        idle::begin(eager);
        lane.waiting.push_back(Box::new(request));
        if lane.waiting.len() == 1 {
            socket.set(side.bit());
        }
        drop(lane);
        idle::begun();
        None
    }

    /// Tries what waits on one side, in order.
    pub(crate) fn poke(&self, socket: &Socket, side: Side) {
        let _left_last;
        let mut lane = self.lane(side);
        lane.drained = None;
        if lane.waiting.is_empty() && socket.facts().any(side.bit()) {
            // The last one ended in a call on a SOCKET that was being closed, or pends in the parent process.
            socket.clear(side.bit());
        }
        _left_last = self.advance(socket, side, &mut lane).by;
    }

    /// As [`poke`](Self::poke), when the reactor has told of something: what is not found is not there.
    fn come(&self, socket: &Socket, side: Side, ended: bool) {
        let _left_last;
        let mut lane = self.lane(side);
        lane.drained = None;
        let Advance { by, drained } = self.advance(socket, side, &mut lane);
        _left_last = by;
        lane.drained = (drained && !ended).then(Tick::now);
    }

    fn advance(&self, socket: &Socket, side: Side, lane: &mut Lane) -> Advance {
        let mut advance = Advance { by: None, drained: false };
        let mut place = 0;
        while let Some(request) = lane.waiting.get_mut(place) {
            let by = advance.by.as_ref().unwrap_or(socket);
            match request.attempt(by) {
                Some(end) if is_of_call(by, end.status) => match self.another(by) {
                    Some(next) => advance.by = Some(next),
                    None => break,
                },
                Some(end) => {
                    let ended = lane.waiting.remove(place);
                    advance.drained = ended.as_ref().is_some_and(|request| request.has_drained(&end));
                    if lane.waiting.is_empty() {
                        self.emptied(by, side);
                    }
                    ended.into_iter().for_each(|request| self.finish(request, end, &lane.told));
                }
                None if request.holds_back() => break,
                None => place += 1,
            }
        }
        advance
    }

    /// A SOCKET to try by, in place of one that is being closed, or whose call is cancelled. None while
    /// nobody knows of one: who closes then either ends what waits, or has it tried by who stays.
    fn another(&self, socket: &Socket) -> Option<Socket> {
        let usable = socket.facts().usable();
        let watched = *hold(&self.watched);
        enter_known(if usable { socket.fd() } else { watched?.fd })
    }

    fn emptied(&self, socket: &Socket, side: Side) {
        socket.clear(side.bit());
        if side == Side::Send {
            // A datagram socket has room again after every send, which nobody wants to hear of.
            self.unwatch_sends();
        }
    }

    /// Ends those that are meant, and lets the others go on. Gives how many they were.
    pub(crate) fn cancel(
        &self,
        socket: &Socket,
        side: Side,
        status: NtStatus,
        is_meant: impl Fn(&About) -> bool,
    ) -> usize {
        let _left_last;
        let mut lane = self.lane(side);
        let (meant, rest): (VecDeque<_>, VecDeque<_>) =
            lane.waiting.drain(..).partition(|request| is_meant(&request.about()));
        lane.waiting = rest;
        let count = meant.len();
        if count == 0 {
            return 0;
        }
        if lane.waiting.is_empty() {
            self.emptied(socket, side);
        }
        for request in meant {
            self.finish(request, End::of(status), &lane.told);
        }
        _left_last = self.advance(socket, side, &mut lane).by;
        count
    }

    /// The object is closed: ends everything, by the final WSACleanup without events and routines (G210). Gives whether a receive or a send was ended.
    pub(crate) fn close(&self, status: NtStatus, quietly: bool) -> bool {
        if quietly {
            self.telling.add(telling::QUIET);
        }
        let mut any = false;
        for side in Side::ALL {
            let mut lane = self.lane(side);
            let waiting = std::mem::take(&mut lane.waiting);
            any |= !waiting.is_empty();
            waiting.into_iter().for_each(|request| self.finish(request, End::of(status), &lane.told));
        }
        any
    }

    fn finish(&self, request: Box<dyn Request>, end: End, told: &Told) {
        idle::end(request.is_eager());
        request.deliver(end, &self.telling, told);
    }

    /// Whether a request that is meant waits on this side.
    pub(crate) fn has(&self, side: Side, is_meant: impl Fn(&About) -> bool) -> bool {
        self.lane(side).waiting.iter().any(|request| is_meant(&request.about()))
    }

    /// What comes here, and the end of this SOCKET, concerns an AcceptEx of that listener; None is nobody's.
    pub(crate) fn serve(&self, listener: Option<Fd>) {
        *hold(&self.patron) = listener;
    }

    /// Has the reactor tell of what comes on this SOCKET, which has no request of its own.
    pub(crate) fn listen_for_patron(&self, socket: &Socket) -> Result<(), Errno> {
        self.watch(socket, Side::Receive)
    }

    fn for_patron(&self, work: impl FnOnce(&Socket, &Self)) {
        let patron = *hold(&self.patron);
        if let Some(listener) = patron.and_then(|fd| table::enter(fd as usize).ok()) {
            if let Some(requests) = Self::present(&listener) {
                work(&listener, requests);
            }
        }
    }

    /// The SOCKET is closed: an AcceptEx that was to use it ends (F120).
    pub(crate) fn leave_patron(&self, fd: Fd) {
        self.for_patron(|listener, requests| {
            let is_ours = |about: &About| about.accepts == Some(fd);
            requests.cancel(listener, Side::Receive, NtStatus::CANCELLED, is_ours);
        });
    }

    /// Says with the facts, for a SOCKET that has come to stand for the object, what waits.
    pub(crate) fn mark(&self, socket: &Socket) {
        for side in Side::ALL {
            let lane = self.lane(side);
            if !lane.waiting.is_empty() {
                socket.set(side.bit());
            }
        }
    }

    #[inline]
    fn watch(&self, socket: &Socket, side: Side) -> Result<(), Errno> {
        // Whoever is watched is so for what can be received.
        if side != Side::Send && self.known_in.load(Ordering::Relaxed) == idle::generation() + 1 {
            return Ok(());
        }
        self.begin_to_watch(socket, side)
    }

    #[cold]
    fn begin_to_watch(&self, socket: &Socket, side: Side) -> Result<(), Errno> {
        let mut watched = hold(&self.watched);
        let before = watched.filter(|watched| watched.generation == idle::generation());
        let to_send = side == Side::Send || before.is_some_and(|before| before.to_send);
        let fd = before.map_or(socket.fd(), |before| before.fd);
        if before.is_none_or(|before| before.to_send != to_send) {
            reactor::watch(fd, to_send, before.is_some(), try_again)?;
            *watched = Some(Watched { fd, to_send, generation: idle::generation() });
            self.known_in.store(idle::generation() + 1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn unwatch_sends(&self) {
        if let Some(watched) = &mut *hold(&self.watched) {
            if watched.to_send && reactor::watch(watched.fd, false, true, try_again).is_ok() {
                watched.to_send = false;
            }
        }
    }

    /// A SOCKET that is marked as closing stops standing for the object: the reactor is told of another one, if
    /// there is one, and calls that wait for their turn on this one end. What else was begun on it stays.
    pub(crate) fn leave(&self, fd: Fd, others: &[Fd], status: NtStatus) {
        if !others.is_empty() {
            // Who has not seen the mark has its request in the lane, and the descriptor watched, after this.
            Side::ALL.into_iter().for_each(|side| drop(self.lane(side)));
        }
        self.watch_another(fd, others);
        for socket in others.iter().filter_map(|&other| enter_known(other)) {
            self.mark(&socket);
            for side in Side::ALL {
                self.cancel(&socket, side, status, |about| about.waits_in == Some(fd));
            }
        }
    }

    /// The reactor is told of one of the others in place of this one, or of none.
    pub(super) fn watch_another(&self, fd: Fd, others: &[Fd]) {
        let mut watched = hold(&self.watched);
        let Some(before) = watched.filter(|watched| watched.fd == fd) else { return };
        reactor::forget(fd);
        // One that is closed at the same time either is seen to be, or finds itself watched when it leaves.
        let stays = |fd: &Fd| table::slot(*fd).is_some_and(|slot| slot.facts().usable());
        *watched = others.iter().copied().find(stays).and_then(|fd| {
            reactor::watch(fd, before.to_send, false, try_again).ok()?;
            Some(Watched { fd, ..before })
        });
        if watched.is_none() {
            self.known_in.store(0, Ordering::Relaxed);
        }
    }
}

/// Whether this is no end of the request, but of the call by which it was tried: its SOCKET is being closed, or
/// it is cancelled itself.
fn is_of_call(by: &Socket, status: NtStatus) -> bool {
    let facts = by.facts();
    if facts.any(facts::CLOSING) {
        return status == lifecycle::status_of_closed(facts);
    }
    status == NtStatus::CANCELLED && by.still_open().is_err()
}

/// Goes inside, if the table knows the descriptor as a socket: what is not may be the program's own by now.
#[inline]
fn enter_known(fd: Fd) -> Option<Socket> {
    table::slot(fd).filter(|slot| slot.facts().usable())?;
    table::enter_often(fd as usize).ok()
}

/// What the reactor calls: the descriptor may be tried again.
fn try_again(fd: Fd, ready: Ready) {
    let Some(socket) = enter_known(fd) else { return };
    let Some(requests) = Requests::present(&socket) else { return };
    if ready.to_receive {
        if socket.facts().any(facts::ACCEPT_PENDS) {
            requests.for_patron(|listener, requests| requests.poke(listener, Side::Receive));
        }
        requests.come(&socket, Side::Receive, ready.ended);
        if socket.facts().any(facts::URGENT_PENDS) {
            requests.poke(&socket, Side::Urgent);
        }
    }
    if ready.to_send {
        requests.poke(&socket, Side::Send);
    }
}

/// The program looks at what a socket has to give: what pends takes what is its own first (F066), and what
/// begins later is to see the same. False where there never was a request.
pub(crate) fn looked_at(socket: &Socket) -> bool {
    let requests = Requests::present(socket);
    requests.iter().for_each(|requests| requests.poke(socket, Side::Receive));
    requests.is_some()
}

/// Lets what pends have what has come, before somebody else looks at the socket (F066).
#[cold]
pub(crate) fn settle(socket: &Socket, side: Side) {
    if let Some(requests) = Requests::present(socket) {
        requests.poke(socket, side);
    }
}
