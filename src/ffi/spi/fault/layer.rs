//! The layer: what becomes of each try to receive, in the order in which faults meet it.
#![allow(unsafe_code)] // Passes the caller's pointers on.

use std::time::{Duration, Instant};

use super::super::calls::{
    Accept, Cleanup, CloseSocket, JoinLeaf, Layer, Next, Recv, RecvFrom, RecvMsg, Socket as NewSocket,
};
use super::decide::{Strike, strikes};
use super::log::Event;
use super::shape::{Shape, StandIn, limit, total};
use super::sockets::{Receive, Tracked};
use super::{Faults, Kind, Only};
use crate::error::WsaError;
use crate::ffi::provider::wishes::{self, hold_back, on_end};
use crate::socket::table::{self, Socket};
use crate::socket::{connection, facts, network_events};
use crate::status::NtStatus;
use crate::transfer::wait;
use crate::windows::types::{SOCKET, WSABUF};

type Answer = Result<i32, WsaError>;

/// How long what pends without another delay does so.
const A_WHILE: Duration = Duration::from_millis(1);

/// How a try waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Blocking,
    Nonblocking,
    Overlapped,
}

impl Mode {
    fn of(socket: &Socket, overlapped: bool) -> Self {
        // On a socket that was made without WSA_FLAG_OVERLAPPED such calls wait, whatever the mode (F034).
        match overlapped {
            true if socket.facts().any(facts::OVERLAPPED) => Self::Overlapped,
            false if connection::waits_in_program(socket) => Self::Nonblocking,
            _ => Self::Blocking,
        }
    }
}

/// A try that faults may befall.
struct Try<'a> {
    faults: &'a Faults,
    socket: &'a Socket,
    tracked: &'a Tracked,
    shape: Shape,
    receive: &'a mut Receive,
    mode: Mode,
}

/// What is left to do once a try has met what keeps it from the base provider.
struct Passing {
    buffers: Option<Vec<WSABUF>>,
    /// The connection ends: with this fact.
    breaks: Option<u64>,
}

impl Try<'_> {
    fn tell(&self, kind: Kind, room: Option<(usize, usize)>) {
        let event = Event {
            socket: self.shape.s,
            number: self.tracked.number,
            receive: self.receive.number,
            kind,
            room,
        };
        self.faults.telling.tell(&self.faults.plan, event);
    }

    /// Whether a fault of this kind is to befall the receive, which it does now.
    fn befalls(&mut self, kind: Kind) -> bool {
        let found = self.receive.take(|strike| (strike.kind == kind).then_some(kind));
        found.into_iter().for_each(|kind| self.tell(kind, None));
        found.is_some()
    }

    /// Fails without having asked the base provider, which is to tell of what is there again.
    fn fail<T>(&self, error: WsaError) -> Result<T, WsaError> {
        network_events::received(self.socket, false);
        network_events::changed(self.socket);
        Err(error)
    }

    /// Lets every fault befall the try that is to, but for those that change what it asks for.
    ///
    /// # Safety
    /// The buffers are as the entry takes them.
    unsafe fn meet(&mut self) -> Result<Passing, WsaError> {
        let circuit = self.socket.facts().any(facts::CIRCUIT);
        if self.mode == Mode::Blocking && self.befalls(Kind::Interrupt) {
            return self.fail(WsaError::WSAEINTR);
        }
        let error = |strike: &Strike| matches!(strike.kind, Kind::Error(_)).then_some(strike.kind);
        if let Some(Kind::Error(code)) = self.receive.take(error) {
            self.tell(Kind::Error(code), None);
            return self.fail(code);
        }
        let told_of_ports = !self.socket.facts().any(facts::CIRCUIT | facts::NO_PORT_ERRORS);
        if told_of_ports && self.befalls(Kind::Reset) {
            return self.fail(WsaError::WSAECONNRESET);
        }
        self.wait()?;
        let breaks = match () {
            () if circuit && self.befalls(Kind::Reset) => Some(facts::RESET),
            () if circuit && self.befalls(Kind::Abort) => Some(facts::ABORTED),
            () => None,
        };
        // SAFETY: the caller's promise.
        let buffers = if breaks.is_none() { unsafe { self.less_room() } } else { None };
        if breaks.is_some() && self.mode == Mode::Overlapped {
            // The operation begins, and is told of the end as one that was under way.
            wishes::hold_back_until_broken(Instant::now() + A_WHILE);
        }
        Ok(Passing { buffers, breaks })
    }

    /// Lets the try wait as long as what is there does not come.
    fn wait(&mut self) -> Result<(), WsaError> {
        if self.mode == Mode::Nonblocking && network_events::has_ended(self.socket) {
            // After FD_CLOSE there is no WSAEWOULDBLOCK before the end, and nobody would be told to try
            // again.
            return Ok(());
        }
        while let Some((strike, delay)) = self.receive.take(|strike| Some((*strike, strike.delay()?))) {
            let due = Instant::now() + delay;
            self.receive.due = self.receive.due.max(Some(due));
            let milliseconds = delay.as_millis() as u32;
            let (min, max) = (milliseconds, milliseconds);
            self.tell(
                match strike.kind {
                    Kind::Delay { .. } => Kind::Delay { min, max },
                    _ => Kind::Reorder { min, max },
                },
                None,
            );
        }
        let due = self.receive.due.filter(|due| *due > Instant::now());
        match self.mode {
            Mode::Blocking => due.map_or(Ok(()), |due| self.wait_until(due)),
            Mode::Nonblocking => self.would_block(due),
            Mode::Overlapped => {
                let pends = self.befalls(Kind::Pend).then(|| Instant::now() + A_WHILE);
                due.max(pends).into_iter().for_each(hold_back);
                Ok(())
            }
        }
    }

    fn would_block(&mut self, due: Option<Instant>) -> Result<(), WsaError> {
        match due {
            // Also where the delay began in a try that blocked, and gave up: nobody was to be told then.
            Some(due) => {
                wishes::tell_again_at(self.shape.s, due);
                Err(WsaError::WSAEWOULDBLOCK)
            }
            None if self.befalls(Kind::Pend) => self.fail(WsaError::WSAEWOULDBLOCK),
            None => Ok(()),
        }
    }

    /// As the base provider would wait for data: closesocket ends it, the thread's calls run, and SO_RCVTIMEO
    /// counts.
    fn wait_until(&self, due: Instant) -> Result<(), WsaError> {
        const NOTHING: i16 = 0;
        // G114: a socket made without WSA_FLAG_OVERLAPPED never times out.
        let limited = self.socket.facts().any(facts::OVERLAPPED);
        let limit = wait::deadline(self.socket.receive_timeout()).filter(|_| limited);
        let until = limit.map_or(due, |limit| limit.min(due));
        match wait::until_ready(self.socket, NOTHING, Some(until)) {
            Err(NtStatus::IO_TIMEOUT) if until < due => Err(WsaError::WSAETIMEDOUT),
            Err(NtStatus::IO_TIMEOUT) | Ok(()) => Ok(()),
            Err(status) => Err(status.winsock_of_call()),
        }
    }

    /// The buffers with the room that is left of them, if some is taken away.
    ///
    /// # Safety
    /// They are as the entry takes them.
    unsafe fn less_room(&mut self) -> Option<Vec<WSABUF>> {
        let kind = match () {
            () if !self.socket.facts().any(facts::STREAM) => Kind::Truncate,
            () if self.shape.waits_for_all() => return None,
            () => Kind::Short,
        };
        let strike = self.receive.find(|strike| (strike.kind == kind).then_some(*strike))?;
        // SAFETY: the caller's promise.
        let mut buffers = unsafe { self.shape.buffers() }?;
        let total = total(&buffers);
        let room = strike.room(total)?;
        limit(&mut buffers, room);
        if !std::mem::replace(&mut self.receive.told_of_room, true) {
            self.tell(kind, Some((room, total)));
        }
        Some(buffers)
    }
}

impl Faults {
    /// Whether the socket could receive so: what Winsock refuses is no receive.
    ///
    /// # Safety
    /// The buffers are as the entry takes them.
    unsafe fn concerns(&self, socket: &Socket, shape: &Shape, mode: Mode) -> bool {
        const NEVER: u64 = facts::SHUT_RECEIVE | facts::RESET | facts::ABORTED | facts::LISTENING;
        let facts = connection::settle(socket);
        let named = if facts.any(facts::CIRCUIT) { facts::CONNECTED } else { facts::BOUND };
        let can = facts.any(named) && !facts.any(NEVER);
        let wanted = can && shape.takes() && self.plan.only.iter().all(|only| is_one(socket, *only));
        // SAFETY: the caller's promise.
        wanted && unsafe { shape.is_sound(facts, mode != Mode::Nonblocking) }
    }

    /// One try to receive. `pass` asks the base provider, with other buffers if some are given.
    ///
    /// # Safety
    /// The pointers are as the entry takes them.
    unsafe fn receive(
        &self,
        shape: Option<Shape>,
        pass: impl FnOnce(Option<Vec<WSABUF>>) -> Answer,
    ) -> Answer {
        let concerned = shape.and_then(|shape| {
            let socket = table::enter_to_wait(shape.s).ok()?;
            let mode = Mode::of(&socket, shape.overlapped);
            // SAFETY: the caller's promise.
            unsafe { self.concerns(&socket, &shape, mode) }.then_some((shape, socket, mode))
        });
        let Some((shape, socket, mode)) = concerned else { return pass(None) };
        let tracked = self.tracked(shape.s);
        let mut receive = tracked.next(|number| strikes(&self.plan, tracked.number, number));
        let mut attempt =
            Try { faults: self, socket: &socket, tracked: &tracked, shape, receive: &mut receive, mode };
        // SAFETY: the caller's promise.
        let met = unsafe { attempt.meet() };
        let answer = match met {
            // Whatever the code means elsewhere: nobody was asked for anything.
            Err(error) => {
                tracked.came_to_nothing(receive);
                Err(error)
            }
            Ok(passing) => {
                let answer = pass_on(socket, mode, passing, pass);
                tracked.answered(receive, &answer);
                answer
            }
        };
        // What is held back is that operation, or none.
        drop(wishes::set_aside());
        answer
    }

    fn tracked(&self, s: SOCKET) -> std::sync::Arc<Tracked> {
        self.telling.announce(&self.plan);
        self.sockets.of(s)
    }

    fn made(&self, made: Result<SOCKET, WsaError>) -> Result<SOCKET, WsaError> {
        self.telling.announce(&self.plan);
        made.iter().for_each(|s| self.sockets.made(*s));
        made
    }
}

fn pass_on(
    socket: Socket,
    mode: Mode,
    Passing { buffers, breaks }: Passing,
    pass: impl FnOnce(Option<Vec<WSABUF>>) -> Answer,
) -> Answer {
    let Some(how) = breaks else {
        // The call below goes inside by itself; what waits there is counted once.
        drop(socket);
        return pass(buffers);
    };
    if mode != Mode::Overlapped {
        connection::break_off(&socket, how);
        return pass(None);
    }
    let answer = pass(None);
    if answer == Err(WsaError::WSA_IO_PENDING) {
        connection::break_off(&socket, how);
        wishes::look_at(socket.fd() as SOCKET, Instant::now());
    }
    answer
}

fn is_one(socket: &Socket, only: Only) -> bool {
    let provider = socket.facts().provider();
    match only {
        Only::Tcp => provider.is_stream() && !provider.is_local(),
        Only::Udp => provider.is_udp(),
        Only::Port(port) => {
            let own = connection::local_name(socket).is_ok_and(|name| name.port() == port);
            own || connection::peer_name(socket).is_ok_and(|name| name.port() == port)
        }
    }
}

/// Passes WSARecvMsg on with other buffers, by a message of the layer's own.
///
/// # Safety
/// The call's pointers are as the function takes them.
unsafe fn pass_message(next: &Next<'_>, call: RecvMsg, mut buffers: Vec<WSABUF>) -> Answer {
    // SAFETY: the caller's promise.
    let Some(message) = (unsafe { StandIn::of(call.message, &mut buffers) }) else {
        // SAFETY: the caller's promise.
        return unsafe { next.recv_msg(call) };
    };
    let call = RecvMsg { message: message.message(), ..call };
    if call.overlapped.is_null() {
        // SAFETY: the caller's promise; the message is there until it is settled.
        return unsafe {
            let answer = next.recv_msg(call);
            message.settle();
            answer
        };
    }
    let ended = message.again();
    // SAFETY: it is called once, when the provider has written the message for the last time.
    on_end(move |_| unsafe { ended.settle() });
    // SAFETY: the caller's promise.
    let answer = unsafe { next.recv_msg(call) };
    if answer.is_err_and(|error| error != WsaError::WSA_IO_PENDING) {
        // SAFETY: the operation did not begin, so that nobody hears of its end.
        unsafe { message.settle() };
    }
    answer
}

// SAFETY: a call that it fails itself is passed on to nobody, but for a cut message, whose receive has ended
// then; what is passed on has the caller's memory or a part of it, and its answer goes back.
unsafe impl Layer for Faults {
    unsafe fn socket(&self, next: &Next<'_>, call: NewSocket) -> Result<SOCKET, WsaError> {
        // SAFETY: the caller's promise.
        self.made(unsafe { next.socket(call) })
    }

    unsafe fn accept(&self, next: &Next<'_>, call: Accept) -> Result<SOCKET, WsaError> {
        // SAFETY: the caller's promise.
        self.made(unsafe { next.accept(call) })
    }

    unsafe fn join_leaf(&self, next: &Next<'_>, call: JoinLeaf) -> Result<SOCKET, WsaError> {
        // SAFETY: the caller's promise.
        let leaf = unsafe { next.join_leaf(call) };
        // Of some kinds it is the socket itself.
        if leaf == Ok(call.s) { leaf } else { self.made(leaf) }
    }

    unsafe fn close_socket(&self, next: &Next<'_>, call: CloseSocket) -> Answer {
        let known = self.sockets.find(call.s);
        // SAFETY: the caller's promise.
        let closed = unsafe { next.close_socket(call) }?;
        known.iter().for_each(|known| self.sockets.closed(call.s, known));
        Ok(closed)
    }

    unsafe fn cleanup(&self, next: &Next<'_>, call: Cleanup) -> Answer {
        // SAFETY: the caller's promise.
        let ended = unsafe { next.cleanup(call) };
        self.sockets.clear();
        ended
    }

    unsafe fn recv(&self, next: &Next<'_>, call: Recv) -> Answer {
        // SAFETY: the caller's promise. Where the buffers are others, they are until the call returns, as
        // long as anybody reads them.
        unsafe {
            self.receive(Shape::of_recv(&call), |buffers| match &buffers {
                None => next.recv(call),
                Some(less) => next.recv(Recv { buffers: less.as_ptr(), ..call }),
            })
        }
    }

    unsafe fn recv_from(&self, next: &Next<'_>, call: RecvFrom) -> Answer {
        // SAFETY: as in recv.
        unsafe {
            self.receive(Shape::of_recv_from(&call), |buffers| match &buffers {
                None => next.recv_from(call),
                Some(less) => next.recv_from(RecvFrom { buffers: less.as_ptr(), ..call }),
            })
        }
    }

    unsafe fn recv_msg(&self, next: &Next<'_>, call: RecvMsg) -> Answer {
        // SAFETY: as in recv.
        unsafe {
            self.receive(Shape::of_recv_msg(&call), |buffers| match buffers {
                None => next.recv_msg(call),
                Some(less) => pass_message(next, call, less),
            })
        }
    }
}
