//! Overlapped operations: what they do, whom they tell of their end, and how they are cancelled.
//!
//! An operation is tried at once; if there is nothing yet it waits among the socket's
//! [requests](crate::socket::requests) until the reactor says "try again". Whoever made it comes as a
//! [`Caller`], which knows where status and count are to be written.

pub(crate) mod accept;
pub(crate) mod cancel;
pub(crate) mod connect;
pub(crate) mod held;
pub(crate) mod receive;
pub(crate) mod send;
mod turn;

use std::sync::Arc;

use crate::socket::facts;
use crate::socket::requests::{About, End, Request, Requests, Side};
use crate::socket::table::Socket;
use crate::socket::telling::{self, Telling, Told};
use crate::status::NtStatus;
use crate::sys::Fd;
use crate::win32::apc::{self, Apc};
use crate::win32::event::{self, Event};
use crate::win32::port::{Packet, Port};
use crate::win32::thread::{self, Thread};

/// What an operation does.
pub(crate) trait Work: Send {
    /// Tries without waiting; None if there is nothing yet.
    fn attempt(&mut self, socket: &Socket) -> Option<End>;

    /// It ends without success, and the object lives on: gives back what it has taken.
    fn undo(&mut self, _: &Socket) {}

    /// Whether the last attempt ended before it had to, and another may find something at once.
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

    /// How many bytes it takes off the host's hands; usize::MAX if the host drops what nobody takes.
    fn takes(&self) -> usize {
        0
    }

    /// The SOCKET that an AcceptEx puts its connection into.
    fn accepts(&self) -> Option<Fd> {
        None
    }

    /// Whether its end shows that nothing more was there.
    fn has_drained(&self, _: &End) -> bool {
        false
    }

    /// It is over, with success or without.
    fn leave(&mut self) {}
}

/// Who began an operation: where its status block is.
pub(crate) trait Caller: Send {
    /// The status block says that the operation pends.
    fn begin(&self);

    /// The operation has ended within the call that began it, and nobody is told yet: writes what the call
    /// gives back.
    fn at_once(&self, _: &End) {}

    /// The operation has ended, and whoever is to be told of it will be now. Called under the lane's lock.
    fn ended(&mut self, _: &End) {}

    /// Writes the status block. From here on the caller may do with it what it likes.
    fn write(&self, status: NtStatus, bytes: usize);

    /// What runs in the thread that began the operation, for a caller that gave a completion routine.
    fn routine(&self, end: End) -> Box<dyn FnOnce() + Send>;
}

/// Whom an operation tells.
pub(crate) struct Target {
    /// The address of the OVERLAPPED.
    pub(crate) overlapped: usize,
    pub(crate) event: Option<Arc<Event>>,
    /// The low bit of hEvent: no packet (F087).
    pub(crate) no_packet: bool,
    /// A completion routine is called instead of all others.
    pub(crate) has_routine: bool,
    /// The thread that it is called in, if that is not the calling one.
    pub(crate) routine_in: Option<Arc<Thread>>,
    /// A synchronous call waits for it.
    pub(crate) is_turn: bool,
}

/// An overlapped operation.
struct Operation<W, C> {
    work: W,
    caller: C,
    event: Option<Arc<Event>>,
    overlapped: usize,
    /// The thread that a completion routine runs in.
    routine_in: Option<Arc<Thread>>,
    thread: u32,
    group: i32,
    no_packet: bool,
    eager: bool,
    is_turn: bool,
}

/// What a call that begins an operation answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// It has succeeded, and whoever is to be told of it is told.
    Done(End),
    /// It is told of later.
    Pending,
    /// It did not begin: nobody is told.
    Failed(NtStatus),
}

/// When an operation ended, as its caller sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Within the call that began it.
    AtOnce,
    /// After that call said that it pends.
    Later,
}

/// Begins an operation.
pub(crate) fn start<W, C>(socket: &Socket, side: Side, work: W, caller: C, target: Target) -> Answer
where
    W: Work + 'static,
    C: Caller + 'static,
{
    let operation = Operation::new(socket, side, work, caller, target);
    Requests::of(socket).start(socket, side, operation, answer).unwrap_or_else(|| {
        cancel::mind_thread_ends();
        Answer::Pending
    })
}

/// As [`start`], for an operation whose end is always told of later (F088).
pub(crate) fn start_pending<W, C>(socket: &Socket, side: Side, work: W, caller: C, target: Target)
where
    W: Work + 'static,
    C: Caller + 'static,
{
    let operation = Operation::new(socket, side, work, caller, target);
    let over = |operation: &mut Operation<W, C>, end, telling: &Telling, told: &Told| {
        operation.tell(end, telling, told, When::Later);
    };
    if Requests::of(socket).start(socket, side, operation, over).is_none() {
        cancel::mind_thread_ends();
    }
}

/// As [`start`], on a socket that was made without WSA_FLAG_OVERLAPPED: the call itself waits (F034).
pub(crate) fn run<W, C>(
    socket: &Socket,
    work: W,
    caller: C,
    target: Target,
    run: impl FnOnce(&mut W) -> End,
) -> Answer
where
    W: Work + 'static,
    C: Caller + 'static,
{
    let requests = Requests::of(socket);
    let mut operation = Operation::new(socket, Side::Receive, work, caller, target);
    requests.with_told(|telling, told| operation.begin(telling, told));
    let end = run(&mut operation.work);
    requests.with_told(|telling, told| answer(&mut operation, end, telling, told))
}

/// An operation that is over: nothing is tried.
struct Over;

impl Work for Over {
    fn attempt(&mut self, _: &Socket) -> Option<End> {
        None
    }
}

/// Tells of an operation that is over. On a socket that was made without WSA_FLAG_OVERLAPPED none pends.
pub(crate) fn tell<C>(socket: &Socket, end: End, when: When, caller: C, target: Target) -> Answer
where
    C: Caller + 'static,
{
    let requests = Requests::of(socket);
    let mut operation = Operation::new(socket, Side::Receive, Over, caller, target);
    requests.with_told(|telling, told| {
        operation.begin(telling, told);
        if when == When::Later && socket.facts().any(facts::OVERLAPPED) {
            operation.tell(end, telling, told, When::Later);
            return Answer::Pending;
        }
        answer(&mut operation, end, telling, told)
    })
}

#[inline]
fn answer<W: Work, C: Caller>(
    operation: &mut Operation<W, C>,
    end: End,
    telling: &Telling,
    told: &Told,
) -> Answer {
    const WARNING: u32 = 0b10;
    if end.status.is_success() {
        operation.caller.at_once(&end);
        operation.tell(end, telling, told, When::AtOnce);
        Answer::Done(end)
    } else if end.status.code() >> 30 == WARNING {
        // G058: what was received is told of by whoever tells of ends.
        operation.tell(end, telling, told, When::Later);
        Answer::Pending
    } else {
        operation.work.leave();
        operation.caller.write(end.status, end.bytes);
        Answer::Failed(end.status)
    }
}

impl<W: Work, C: Caller> Operation<W, C> {
    #[inline]
    fn new(socket: &Socket, side: Side, work: W, caller: C, target: Target) -> Self {
        let Target { overlapped, event, no_packet, has_routine, routine_in, is_turn } = target;
        let eager = event.is_some() || no_packet || has_routine || side != Side::Receive;
        let routine_in = has_routine.then(|| {
            routine_in.unwrap_or_else(|| {
                socket.will_be_alerted();
                thread::current()
            })
        });
        Self {
            work,
            caller,
            event,
            overlapped,
            routine_in,
            thread: thread::current_id(),
            group: socket.fd(),
            no_packet,
            eager,
            is_turn,
        }
    }

    #[inline]
    fn tell(&mut self, end: End, telling: &Telling, told: &Told, when: When) {
        self.work.leave();
        self.caller.ended(&end);
        let bytes = end.bytes;
        let quiet = telling.has(telling::QUIET) && !self.is_turn;
        if quiet {
            self.event = None;
            if self.routine_in.is_some() {
                return self.caller.write(end.status, bytes);
            }
        }
        if let Some(thread) = &self.routine_in {
            // F068: nobody else is told.
            let run = self.caller.routine(end);
            self.caller.write(end.status, bytes);
            apc::queue(thread, Apc { group: self.group as usize + 1, run });
            return;
        }
        let skip = self.no_packet || (when == When::AtOnce && telling.has(telling::SKIP_PACKET_ON_SUCCESS));
        let port = told.as_ref().filter(|_| !skip);
        // Who is not told otherwise looks at the status, and may never come for a packet.
        let written = quiet || self.event.is_some() || port.is_none() || when == When::AtOnce;
        if written {
            self.caller.write(end.status, bytes);
        }
        match &self.event {
            Some(event) => event::set(event),
            None => telling.signal(),
        }
        if let Some((port, key)) = port {
            port.post(Packet {
                key: *key,
                overlapped: self.overlapped,
                bytes: bytes as u32,
                status: end.status,
                unwritten: !written,
            });
        }
    }
}

/// SetFileCompletionNotificationModes: flags are added, and never taken back (F091). False for flags that do
/// not exist, and for a socket without overlapped operations.
pub(crate) fn add_modes(socket: &Socket, modes: u8) -> bool {
    let known = modes & !(telling::SKIP_PACKET_ON_SUCCESS | telling::SKIP_SET_EVENT_ON_HANDLE) == 0;
    let may = known && socket.facts().any(facts::OVERLAPPED);
    if may {
        Requests::of(socket).telling().add(modes);
    }
    may
}

/// CreateIoCompletionPort for a socket: once, and only with overlapped operations (F092, G203).
pub(crate) fn associate(socket: &Socket, port: &Arc<Port>, key: usize) -> bool {
    let requests = Requests::of(socket);
    let may = socket.facts().any(facts::OVERLAPPED) && requests.set_port(port, key);
    if may {
        // F093.
        requests.telling().signal();
    }
    may
}

impl<W: Work, C: Caller> Request for Operation<W, C> {
    fn about(&self) -> About {
        About {
            thread: self.thread,
            overlapped: self.overlapped,
            has_event: self.event.is_some(),
            accepts: self.work.accepts(),
            waits_in: self.is_turn.then_some(self.group),
        }
    }

    fn is_eager(&self) -> bool {
        self.eager
    }

    fn takes(&self) -> usize {
        self.work.takes()
    }

    fn become_eager(&mut self) {
        self.eager = true;
    }

    fn goes_on(&self) -> bool {
        self.work.goes_on()
    }

    fn holds_back(&self) -> bool {
        self.work.holds_back()
    }

    fn may_end_at_once(&self) -> bool {
        self.work.may_end_at_once()
    }

    fn has_drained(&self, end: &End) -> bool {
        self.work.has_drained(end)
    }

    #[inline]
    fn begin(&mut self, telling: &Telling, told: &Told) {
        match &self.event {
            Some(event) => event::reset(event),
            None => telling.unsignal(),
        }
        self.caller.begin();
        // What only who takes the packet sees need not end before somebody comes for packets (G192).
        self.eager |= told.is_none();
    }

    #[inline]
    fn attempt(&mut self, socket: &Socket) -> Option<End> {
        self.work.attempt(socket)
    }

    fn undo(&mut self, socket: &Socket) {
        self.work.undo(socket);
    }

    fn deliver(mut self: Box<Self>, end: End, telling: &Telling, told: &Told) {
        self.tell(end, telling, told, When::Later);
    }
}
