//! A socket's requests that could not be met at once, and who is told of their end.
//!
//! Requests wait in lanes, first in, first out (F064). Under a lane's lock its requests are tried, ended and
//! cancelled, so that each of them ends once, and told of in the order in which they end. What a request
//! does, and how its end is told, is known to who made it.

#[cfg(all(test, shuttle))]
mod models;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::table::{self, Socket};
use super::{facts, lifecycle};
use crate::reactor;
use crate::status::NtStatus;
use crate::sys::{Errno, Fd};
use crate::win32::event::{self, Event};
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
    /// Its end can be seen without a wait.
    pub(crate) eager: bool,
    /// A synchronous call on this SOCKET waits for it.
    pub(crate) waits_in: Option<Fd>,
}

/// A request that waits.
pub(crate) trait Request: Send {
    fn about(&self) -> About;

    /// Tries without waiting; None if there is nothing yet.
    fn attempt(&mut self, socket: &Socket) -> Option<End>;

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
}

/// Who is told of the ends of a socket's requests, besides what each request says.
#[derive(Default)]
pub(crate) struct Telling {
    /// The completion port and the key.
    pub(crate) port: Option<(Arc<Port>, usize)>,
    /// FILE_SKIP_COMPLETION_PORT_ON_SUCCESS and FILE_SKIP_SET_EVENT_ON_HANDLE.
    pub(crate) modes: u8,
    /// The socket's handle is signalled (F053).
    signalled: bool,
    /// The handle as threads wait for it, once one has.
    own: Option<Arc<Event>>,
}

impl Telling {
    /// The handle itself becomes signalled.
    pub(crate) fn signal(&mut self) {
        self.signalled = true;
        if let Some(own) = &self.own {
            event::set(own);
        }
    }

    /// A request without an event begins (F055).
    pub(crate) fn unsignal(&mut self) {
        if std::mem::take(&mut self.signalled) {
            if let Some(own) = &self.own {
                event::reset(own);
            }
        }
    }
}

/// A socket's requests; SOCKETs that stand for one object share them.
#[derive(Default)]
pub(crate) struct Requests {
    receives: Mutex<Lane>,
    sends: Mutex<Lane>,
    urgent: Mutex<Lane>,
    telling: Mutex<Telling>,
    watched: Mutex<Option<Watched>>,
    /// They belong to no object.
    gone: bool,
}

/// The descriptor by which the reactor knows the object.
#[derive(Clone, Copy)]
struct Watched {
    fd: Fd,
    to_send: bool,
    generation: u32,
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
    /// Those of a socket, made at the first need. Those of one that is being closed have been taken from it,
    /// and are its twins' only, if it has any: what is begun with others would be told to nobody.
    pub(crate) fn of(socket: &Socket) -> Arc<Self> {
        let mut requests = hold(socket.slot().requests());
        if requests.is_none() && socket.facts().any(facts::CLOSING) {
            return Arc::new(Self { gone: true, ..Self::default() });
        }
        Arc::clone(requests.get_or_insert_default())
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
    pub(crate) fn telling(&self) -> MutexGuard<'_, Telling> {
        hold(&self.telling)
    }

    /// The socket's handle, as threads wait for it.
    pub(crate) fn own_event(&self) -> Arc<Event> {
        let mut telling = self.telling();
        let signalled = telling.signalled;
        Arc::clone(telling.own.get_or_insert_with(|| event::new(true, signalled)))
    }

    /// Meets the request if that is possible now and nothing waits before it; else it waits.
    pub(crate) fn start<R: Request + 'static>(
        &self,
        socket: &Socket,
        side: Side,
        mut request: R,
    ) -> Start<R> {
        let refused = |request: R, status| Start::Ended(request, End::of(status));
        if self.gone {
            return refused(request, lifecycle::status_of_closed(socket.facts()));
        }
        let mut lane = self.lane(side);
        if lane.waiting.is_empty() {
            if let Some(end) = request.attempt(socket) {
                return Start::Ended(request, end);
            }
        }
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
        if lane.waiting.is_empty() && socket.facts().any(side.bit()) {
            // The last one ended in a call on a SOCKET that was being closed, or pends in the parent process.
            socket.clear(side.bit());
        }
        _left_last = self.advance(socket, side, &mut lane);
    }

    /// Gives the SOCKET by which the last ones were tried, if it was another one: to be left without the lock.
    fn advance(&self, socket: &Socket, side: Side, lane: &mut Lane) -> Option<Socket> {
        let mut other = None;
        while let Some(front) = lane.waiting.front_mut() {
            let by = other.as_ref().unwrap_or(socket);
            let Some(end) = front.attempt(by) else { break };
            if is_of_call(by, end.status) {
                match self.another(by) {
                    Some(next) => other = Some(next),
                    None => break,
                }
            } else if let Some(request) = lane.waiting.pop_front() {
                if lane.waiting.is_empty() {
                    self.emptied(by, side);
                }
                finish(request, end, self);
            }
        }
        other
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
            finish(request, End::of(status), self);
        }
        _left_last = self.advance(socket, side, &mut lane);
        count
    }

    /// The object is closed: ends everything. Gives whether a receive or a send was ended.
    pub(crate) fn close(&self, status: NtStatus) -> bool {
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

    fn watch_another(&self, fd: Fd, others: &[Fd]) {
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

/// What the reactor calls: the descriptor may be tried again.
fn try_again(fd: Fd, to_receive: bool, to_send: bool) {
    let Some(socket) = enter_known(fd) else { return };
    let Some(requests) = Requests::present(&socket) else { return };
    if to_receive {
        requests.poke(&socket, Side::Receive);
        if socket.facts().any(facts::URGENT_PENDS) {
            requests.poke(&socket, Side::Urgent);
        }
    }
    if to_send {
        requests.poke(&socket, Side::Send);
    }
}

/// Lets what pends have what has come, before somebody else looks at the socket (F066).
#[cold]
pub(crate) fn settle(socket: &Socket, side: Side) {
    if let Some(requests) = Requests::present(socket) {
        requests.poke(socket, side);
    }
}
