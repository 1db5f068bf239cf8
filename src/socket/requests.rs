//! A socket's requests that could not be met at once, and who is told of their end.
//!
//! Requests wait in lanes, first in, first out (F064). Under a lane's lock its requests are tried, ended and
//! cancelled, so that each of them ends once, and told of in the order in which they end. What a request
//! does, and how its end is told, is known to who made it.

#[cfg(all(test, shuttle))]
mod models;
mod owners;
mod patron;
mod watching;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::network_events::{self, Selection};
use super::table::Socket;
use super::telling::{self, Telling, Told};
use super::{connection, facts, lifecycle, passing};
use crate::reasons;
use crate::status::NtStatus;
use crate::sys::{Fd, Tick};
use crate::win32::idle;
use crate::win32::port::Port;
use watching::Watched;

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

    /// How many bytes it takes off the host's hands, while it waits; usize::MAX if the host drops what nobody takes.
    fn takes(&self) -> usize {
        0
    }

    /// Its end is to come without a wait, although nobody might see it.
    fn become_eager(&mut self);

    /// It begins. Called under the lane's lock, once.
    fn begin(&mut self, telling: &Telling, told: &Told);

    /// Tries without waiting; None if there is nothing yet.
    fn attempt(&mut self, socket: &Socket) -> Option<End>;

    /// It ends without success, and the object lives on: gives back what it has taken. Called under the lane's
    /// lock.
    fn undo(&mut self, _: &Socket) {}

    /// Whether the last attempt ended before it had to, so that others have the lane in between.
    fn goes_on(&self) -> bool {
        false
    }

    /// Whether those behind it wait for it.
    fn holds_back(&self) -> bool {
        true
    }

    /// Whether it can end within the call that begins it.
    fn may_end_at_once(&self) -> bool {
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
    /// How many bytes what waits takes off the host's hands.
    wanted: usize,
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
    /// Who wants the sends' lane while what waits there goes on has it before the reactor comes again. Taken
    /// before the lane.
    turnstile: Mutex<()>,
    urgent: Mutex<Lane>,
    telling: Telling,
    selection: Selection,
    watched: Mutex<Option<Watched>>,
    /// The generation in which the reactor knows the object, plus one; 0 if it does not.
    known_in: AtomicU32,
    /// The listener whose AcceptEx waits to put a connection here, or for its first data.
    patron: Mutex<Option<Fd>>,
    /// How many SOCKETs they are those of.
    owners: AtomicUsize,
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
        self.wanted = 0;
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

    /// Those of a socket, if it ever had any.
    #[inline(always)]
    pub(crate) fn present(socket: &Socket) -> Option<&'static Self> {
        socket.slot().requests().get()
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

    /// As [`lane`](Self::lane), before the reactor has it once more: a lock goes to who is quickest.
    fn lane_soon(&self, side: Side) -> MutexGuard<'_, Lane> {
        let _turn = (side == Side::Send).then(|| hold(&self.turnstile));
        self.lane(side)
    }

    /// Who is told.
    pub(crate) fn telling(&self) -> &Telling {
        &self.telling
    }

    /// What is selected and recorded of network events.
    pub(crate) fn selection(&self) -> &Selection {
        &self.selection
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
        let pends = side == Side::Send && socket.facts().any(facts::SENDS_PEND);
        let mut lane = if pends { self.lane_soon(side) } else { self.lane(side) };
        request.begin(&self.telling, &lane.told);
        let wanted = wanted(&request);
        if lane.wanted + wanted > KEPT_BY_HOST {
            // A sender sees how much is taken: it may have to wait for it, in this very thread.
            request.become_eager();
        }
        let eager = request.is_eager();
        // What has come meanwhile the reactor tells of. Whoever waits for packets turns it, and has not looked
        // at the socket since; others might see that it was there, and a stream's own queues are not the
        // reactor's.
        let known_empty = !eager
            && lane.drained.is_some_and(|when| when == Tick::now())
            && !socket.facts().any(facts::KEPT | facts::WATCHED | facts::RESET | facts::ABORTED);
        let in_vain = known_empty || !request.may_end_at_once();
        if !in_vain && !lane.waiting.iter().any(|other| other.holds_back()) {
            if let Some(end) = request.attempt(socket) {
                if !end.status.is_success() {
                    request.undo(socket);
                }
                let told = over(&mut request, end, &self.telling, &lane.told);
                drop(lane);
                network_events::changed(socket);
                return Some(told);
            }
        }
        // Who closes marks first and cancels then: either we see the mark, or the request is seen.
        let refused = match socket.still_open() {
            Err(status) => Some(status),
            Ok(()) if self.watch(socket, side).is_err() => Some(NtStatus::INSUFFICIENT_RESOURCES),
            Ok(()) => None,
        };
        if let Some(status) = refused {
            request.undo(socket);
            return Some(over(&mut request, End::of(status), &self.telling, &lane.told));
        }
        idle::begin(eager);
        if request.goes_on() {
            self.look_at_sends();
        }
        lane.waiting.push_back(Box::new(request));
        lane.wanted += wanted;
        // The mark of receives stays when they have ended, until somebody asks.
        if lane.waiting.len() == 1 && (!socket.facts().any(side.bit()) || socket.facts().any(facts::SHARED)) {
            socket.set(side.bit());
        }
        drop(lane);
        idle::begun();
        None
    }

    /// Tries what waits on one side, in order.
    pub(crate) fn poke(&self, socket: &Socket, side: Side) {
        let _left_last;
        let mut lane = self.lane_soon(side);
        lane.drained = None;
        _left_last = self.advance(socket, side, &mut lane).by;
        if lane.waiting.is_empty() && socket.facts().any(side.bit()) {
            // The last one ended when the reactor told of something, in a call on a SOCKET that was being closed,
            // or it pends in the parent process.
            self.emptied(socket, side);
        }
        drop(lane);
        network_events::changed(socket);
    }

    fn advance(&self, socket: &Socket, side: Side, lane: &mut Lane) -> Advance {
        let mut advance = Advance { by: None, drained: false };
        let mut place = 0;
        while let Some(request) = lane.waiting.get_mut(place) {
            let by = advance.by.as_ref().unwrap_or(socket);
            reasons::forget();
            match request.attempt(by) {
                Some(end) if is_of_call(by, end.status) => match self.another(by) {
                    Some(next) => advance.by = Some(next),
                    None => break,
                },
                Some(end) => {
                    if !end.status.is_success() {
                        request.undo(by);
                    }
                    let ended = lane.waiting.remove(place);
                    advance.drained = ended.as_ref().is_some_and(|request| request.has_drained(&end));
                    // The mark of receives stays until somebody asks.
                    if lane.waiting.is_empty() {
                        if side == Side::Receive {
                            passing::give_mode_back(by);
                        } else {
                            self.emptied(by, side);
                        }
                    }
                    ended.into_iter().for_each(|request| self.finish(request, end, lane));
                }
                None if request.holds_back() => {
                    if request.goes_on() {
                        self.look_at_sends();
                    }
                    break;
                }
                None => place += 1,
            }
        }
        advance
    }

    /// Whether anything waits.
    pub(crate) fn any(&self) -> bool {
        Side::ALL.iter().any(|&side| !self.lane(side).waiting.is_empty())
    }

    fn emptied(&self, socket: &Socket, side: Side) {
        socket.clear(side.bit());
        passing::give_mode_back(socket);
        if side == Side::Send && !self.selection.wants_sends(socket) {
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
        self.cancel_in(self.lane_soon(side), socket, side, status, is_meant)
    }

    /// As [`cancel`](Self::cancel), everything that waits on this side if one that is meant does.
    pub(crate) fn cancel_together(
        &self,
        socket: &Socket,
        side: Side,
        status: NtStatus,
        is_meant: impl Fn(&About) -> bool,
    ) -> usize {
        let lane = self.lane_soon(side);
        let any = lane.waiting.iter().any(|request| is_meant(&request.about()));
        self.cancel_in(lane, socket, side, status, |_| any)
    }

    fn cancel_in(
        &self,
        mut lane: MutexGuard<'_, Lane>,
        socket: &Socket,
        side: Side,
        status: NtStatus,
        is_meant: impl Fn(&About) -> bool,
    ) -> usize {
        let (meant, rest): (VecDeque<_>, VecDeque<_>) = lane
            .waiting
            .drain(..)
            .partition(|request| request.can_be_cancelled() && is_meant(&request.about()));
        lane.waiting = rest;
        let count = meant.len();
        if count == 0 {
            return 0;
        }
        reasons::forget();
        reasons::because("F109 G016", "the operation was cancelled");
        if lane.waiting.is_empty() {
            self.emptied(socket, side);
        }
        for mut request in meant {
            request.undo(socket);
            self.finish(request, End::of(status), &mut lane);
        }
        let left_last = self.advance(socket, side, &mut lane).by;
        drop(lane);
        drop(left_last);
        network_events::changed(socket);
        count
    }

    /// The object is closed: ends everything, by the final WSACleanup without events and routines (G210). Gives
    /// whether a receive or a send was ended.
    pub(crate) fn close(&self, status: NtStatus, quietly: bool) -> bool {
        if quietly {
            self.telling.add(telling::QUIET);
        }
        let mut any = false;
        reasons::forget();
        reasons::because("F118 F119 G210", "the socket was closed while the operation pended");
        for side in Side::ALL {
            let mut lane = self.lane_soon(side);
            let waiting = std::mem::take(&mut lane.waiting);
            any |= !waiting.is_empty();
            waiting.into_iter().for_each(|request| self.finish(request, End::of(status), &mut lane));
        }
        self.selection.end();
        any
    }

    fn finish(&self, request: Box<dyn Request>, end: End, lane: &mut Lane) {
        lane.wanted -= wanted(&*request);
        idle::end(request.is_eager());
        request.deliver(end, &self.telling, &lane.told);
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
}

/// So much the host keeps for a receiver whether somebody takes it or not.
const KEPT_BY_HOST: usize = 1 << 16;

/// How much of what the host may have no room for a request wants.
fn wanted(request: &(impl Request + ?Sized)) -> usize {
    request.takes().min(KEPT_BY_HOST + 1)
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

/// The end of what is sent, behind sends that wait. Nobody is told of it.
struct EndOfSends;

impl Request for EndOfSends {
    fn about(&self) -> About {
        About { thread: 0, overlapped: 0, has_event: false, accepts: None, waits_in: None }
    }

    fn is_eager(&self) -> bool {
        true
    }

    fn become_eager(&mut self) {}

    fn begin(&mut self, _: &Telling, _: &Told) {}

    fn can_be_cancelled(&self) -> bool {
        false
    }

    fn attempt(&mut self, socket: &Socket) -> Option<End> {
        Some(End::of(connection::shutdown_send_now(socket).err().unwrap_or(NtStatus::SUCCESS)))
    }

    fn deliver(self: Box<Self>, _: End, _: &Telling, _: &Told) {}
}

/// Ends sending once the sends that wait are over. False if the socket has no requests.
pub(crate) fn end_sends(socket: &Socket) -> Result<bool, NtStatus> {
    let Some(requests) = Requests::present(socket) else { return Ok(false) };
    match requests.start(socket, Side::Send, EndOfSends, |_, end, _, _| end.status) {
        Some(status) if !status.is_success() => Err(status),
        _ => Ok(true),
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
