//! A socket's requests that could not be met at once, and who is told of their end.
//!
//! Requests wait in lanes, first in, first out (F064). Under a lane's lock its requests are tried, ended and
//! cancelled, so that each of them ends once, and told of in the order in which they end. What a request
//! does, and how its end is told, is known to who made it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::table::{self, Socket};
use super::telling::{self, Telling};
use super::{connection, facts, lifecycle};
use crate::reactor::{self, Ready};
use crate::status::NtStatus;
use crate::sys::{Errno, Fd, Tick};
use crate::win32::idle;

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
    /// Its end can be seen without a wait.
    pub(crate) eager: bool,
    /// The SOCKET that an AcceptEx puts its connection into.
    pub(crate) accepts: Option<Fd>,
    /// A synchronous call on this SOCKET waits for it.
    pub(crate) waits_in: Option<Fd>,
}

/// A request that waits.
pub(crate) trait Request: Send {
    fn about(&self) -> About;

    /// Tries without waiting; None if there is nothing yet.
    fn attempt(&mut self, socket: &Socket) -> Option<End>;

    /// Whether those behind it wait for it.
    fn holds_back(&self) -> bool {
        true
    }

    /// Whether it can be cancelled.
    fn can_be_cancelled(&self) -> bool {
        true
    }

    /// Whether its end shows that nothing more was there.
    fn has_drained(&self, _: &End) -> bool {
        false
    }

    /// Tells of the end. Called under the lane's lock.
    fn deliver(self: Box<Self>, end: End, requests: &Requests);
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
}

/// A socket's requests; SOCKETs that stand for one object share them.
#[derive(Default)]
pub(crate) struct Requests {
    receives: Mutex<Lane>,
    sends: Mutex<Lane>,
    urgent: Mutex<Lane>,
    telling: Telling,
    watched: Mutex<Option<Watched>>,
    /// The listener whose AcceptEx waits to put a connection here, or for its first data.
    patron: Mutex<Option<Fd>>,
}

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

/// How a request began.
pub(crate) enum Start<R> {
    /// It was met, or failed, at once.
    Ended(R, End),
    /// It waits.
    Pending,
}

fn hold<T: ?Sized>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Requests {
    /// Those of a socket, made at the first need.
    pub(crate) fn of(socket: &Socket) -> Arc<Self> {
        Arc::clone(hold(socket.slot().requests()).get_or_insert_default())
    }

    /// Those of a socket, if it ever had any.
    pub(crate) fn present(socket: &Socket) -> Option<Arc<Self>> {
        hold(socket.slot().requests()).clone()
    }

    fn lane(&self, side: Side) -> MutexGuard<'_, Lane> {
        let mut lane = hold(match side {
            Side::Receive => &self.receives,
            Side::Send => &self.sends,
            Side::Urgent => &self.urgent,
        });
        if lane.generation != idle::generation() {
            // What pends in the parent does not in the child.
            lane.generation = idle::generation();
            lane.waiting.clear();
        }
        lane
    }

    /// Who is told.
    pub(crate) fn telling(&self) -> &Telling {
        &self.telling
    }

    /// Meets the request if that is possible now and nothing waits before it; else it waits.
    pub(crate) fn start<R: Request + 'static>(
        &self,
        socket: &Socket,
        side: Side,
        mut request: R,
    ) -> Start<R> {
        let mut lane = self.lane(side);
        // What has come meanwhile the reactor tells of. Whoever waits for packets turns it, and has not looked
        // at the socket since; others might see that it was there, and a stream's own queues are not the
        // reactor's.
        let in_vain = lane.drained.is_some_and(|when| when == Tick::now())
            && !request.about().eager
            && !socket.facts().any(facts::KEPT | facts::WATCHED | facts::RESET | facts::ABORTED);
        if !in_vain && !lane.waiting.iter().any(|other| other.holds_back()) {
            if let Some(end) = request.attempt(socket) {
                return Start::Ended(request, end);
            }
        }
        let refused = |request: R, status| Start::Ended(request, End::of(status));
        // Who closes marks first and cancels then: either we see the mark, or the request is seen.
        if let Err(status) = socket.still_open() {
            return refused(request, status);
        }
        if self.watch(socket, side).is_err() {
            return refused(request, NtStatus::INSUFFICIENT_RESOURCES);
        }
        idle::begin(request.about().eager);
        lane.waiting.push_back(Box::new(request));
        if lane.waiting.len() == 1 {
            socket.set(side.bit());
        }
        drop(lane);
        idle::begun();
        Start::Pending
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
    fn come(&self, socket: &Socket, side: Side, behind: bool) {
        let _left_last;
        let mut lane = self.lane(side);
        lane.drained = None;
        let Advance { by, drained } = self.advance(socket, side, &mut lane);
        _left_last = by;
        lane.drained = (drained && !behind).then(Tick::now);
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
                    ended.into_iter().for_each(|request| finish(request, end, self));
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
        let (meant, rest): (VecDeque<_>, VecDeque<_>) = lane
            .waiting
            .drain(..)
            .partition(|request| request.can_be_cancelled() && is_meant(&request.about()));
        lane.waiting = rest;
        let count = meant.len();
        if count == 0 {
            return 0;
        }
        if lane.waiting.is_empty() {
            self.emptied(socket, side);
        }
        for request in meant {
            finish(request, End::of(status), self);
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
            let waiting = std::mem::take(&mut self.lane(side).waiting);
            any |= !waiting.is_empty();
            waiting.into_iter().for_each(|request| finish(request, End::of(status), self));
        }
        any
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
                work(&listener, &requests);
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

    fn watch(&self, socket: &Socket, side: Side) -> Result<(), Errno> {
        let mut watched = hold(&self.watched);
        let before = watched.filter(|watched| watched.generation == idle::generation());
        let to_send = side == Side::Send || before.is_some_and(|before| before.to_send);
        let fd = before.map_or(socket.fd(), |before| before.fd);
        if before.is_none_or(|before| before.to_send != to_send) {
            reactor::watch(fd, to_send, before.is_some(), try_again)?;
            *watched = Some(Watched { fd, to_send, generation: idle::generation() });
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
fn enter_known(fd: Fd) -> Option<Socket> {
    table::slot(fd).filter(|slot| slot.facts().usable())?;
    table::enter(fd as usize).ok()
}

fn finish(request: Box<dyn Request>, end: End, requests: &Requests) {
    idle::end(request.about().eager);
    request.deliver(end, requests);
}

/// The end of what is sent, behind sends that wait. Nobody is told of it.
struct EndOfSends;

impl Request for EndOfSends {
    fn about(&self) -> About {
        About { thread: 0, overlapped: 0, has_event: false, eager: true, accepts: None, waits_in: None }
    }

    fn can_be_cancelled(&self) -> bool {
        false
    }

    fn attempt(&mut self, socket: &Socket) -> Option<End> {
        Some(End::of(connection::shutdown_send_now(socket).err().unwrap_or(NtStatus::SUCCESS)))
    }

    fn deliver(self: Box<Self>, _: End, _: &Requests) {}
}

/// Ends sending once the sends that wait are over. False if the socket has no requests.
pub(crate) fn end_sends(socket: &Socket) -> Result<bool, NtStatus> {
    let Some(requests) = Requests::present(socket) else { return Ok(false) };
    match requests.start(socket, Side::Send, EndOfSends) {
        Start::Ended(_, end) if !end.status.is_success() => Err(end.status),
        _ => Ok(true),
    }
}

/// What the reactor calls: the descriptor may be tried again.
fn try_again(fd: Fd, ready: Ready) {
    let Some(socket) = enter_known(fd) else { return };
    let Some(requests) = Requests::present(&socket) else { return };
    if ready.to_receive {
        if socket.facts().any(facts::ACCEPT_PENDS) {
            requests.for_patron(|listener, requests| requests.poke(listener, Side::Receive));
        }
        requests.come(&socket, Side::Receive, ready.behind);
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
