//! Synchronous calls on a socket on which overlapped operations wait: their turn comes after those.
//!
//! Such a call is an operation that its own thread waits for, alertably and until the socket's timeout. The
//! thread's blocking hook runs meanwhile, as in any call that waits.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Answer, Caller, Target, Work};
use crate::socket::address::HostAddr;
use crate::socket::requests::{self, End, Requests, Side};
use crate::socket::table::Socket;
use crate::socket::{blocking, facts};
use crate::status::NtStatus;
use crate::sys::Scatter;
use crate::transfer::control::Control;
use crate::transfer::order::Unmet;
use crate::transfer::whole::Whole;
use crate::transfer::{self, Outcome};
use crate::win32::event::{self, Event};
use crate::win32::wait::{self, Deadline, Waitable};

/// A call that waits for its turn.
struct Turn<R> {
    /// Those among which the operation waits: a socket that is closed meanwhile has none any more.
    requests: &'static Requests,
    event: Arc<Event>,
    result: Arc<Mutex<Option<R>>>,
    status: Arc<Mutex<NtStatus>>,
}

/// The status block of such a call, which has other results where it was attempted with success.
struct Noted(Arc<Mutex<NtStatus>>);

impl Caller for Noted {
    fn begin(&self) {}

    fn write(&self, status: NtStatus, _: usize) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }

    fn routine(&self, _: End) -> Box<dyn FnOnce() + Send> {
        Box::new(|| ())
    }
}

impl<R: Send + 'static> Turn<R> {
    fn new(socket: &Socket) -> Self {
        let status = Arc::new(Mutex::new(NtStatus::PENDING));
        let requests = Requests::of(socket);
        Self { requests, event: event::new(true, false), result: Arc::default(), status }
    }

    fn target(&self) -> Target {
        Target {
            overlapped: Arc::as_ptr(&self.result) as usize,
            event: Some(Arc::clone(&self.event)),
            no_packet: true,
            has_routine: false,
            routine_in: None,
            is_turn: true,
        }
    }

    /// Waits for the operation's end; at the deadline it is cancelled.
    fn wait(&self, socket: &Socket, side: Side, milliseconds: u32) -> Result<R, NtStatus> {
        // As a DWORD, -1 is 49 days, and 0 no limit (G113, G120).
        let limit = if milliseconds == 0 { u32::MAX } else { milliseconds };
        let deadline = Deadline::after_ms(limit);
        let cancel = |status| {
            let id = Arc::as_ptr(&self.result) as usize;
            self.requests.cancel(socket, side, status, |it| it.overlapped == id);
        };
        loop {
            // A hook has no part in what is over already.
            let turn = if self.is_over() { Ok(None) } else { blocking::run_hook(None) };
            let until = match turn {
                Ok(next) => next.map_or(deadline, |at| deadline.or_at(at)),
                Err(blocking::Cancelled) => {
                    cancel(NtStatus::CANCELLED);
                    deadline
                }
            };
            let objects = vec![Arc::clone(&self.event) as Arc<Waitable>];
            match wait::wait(objects, false, until, true) {
                wait::Outcome::Signalled(_) => break,
                wait::Outcome::TimedOut if deadline.is_past() => cancel(NtStatus::IO_TIMEOUT),
                wait::Outcome::Alerted | wait::Outcome::TimedOut => {}
            }
        }
        let result = self.result.lock().unwrap_or_else(PoisonError::into_inner).take();
        result.ok_or_else(|| *self.status.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_over(&self) -> bool {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) != NtStatus::PENDING
            || self.result.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn noted(&self) -> Noted {
        Noted(Arc::clone(&self.status))
    }
}

fn keep<R>(result: &Mutex<Option<R>>, value: R) {
    *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}

/// What a receive in turn has to give to its call.
struct Received {
    outcome: Outcome,
    name: HostAddr,
    control: Option<Control>,
}

struct ReceiveInTurn {
    into: Scatter,
    flags: u32,
    whole: Option<Box<Whole>>,
    wants_name: bool,
    control: Option<Control>,
    result: Arc<Mutex<Option<Received>>>,
}

impl ReceiveInTurn {
    fn outcome(&mut self, socket: &Socket, name: &mut HostAddr) -> Option<Outcome> {
        if let Some(whole) = &mut self.whole {
            return whole.attempt(socket);
        }
        let mut request = transfer::receive::Request {
            into: self.into.clone(),
            order: &[],
            unmet: Unmet::NONE,
            flags: self.flags,
            from: self.wants_name.then_some(name),
            control: self.control.as_mut(),
            overlapped: false,
        };
        transfer::receive::attempt(socket, &mut request)
    }
}

impl Work for ReceiveInTurn {
    fn attempt(&mut self, socket: &Socket) -> Option<End> {
        let mut name = HostAddr::empty();
        let outcome = self.outcome(socket, &mut name)?;
        keep(&self.result, Received { outcome, name, control: self.control.take() });
        Some(End { status: outcome.status, bytes: outcome.bytes, flags: outcome.flags })
    }

    fn undo(&mut self, socket: &Socket) {
        self.whole.iter_mut().for_each(|whole| whole.undo(socket));
    }
}

/// A synchronous receive on a socket whose overlapped receives wait.
#[cold]
pub(super) fn receive(socket: &Socket, mut request: transfer::receive::Request<'_>) -> Outcome {
    if let Some(status) = transfer::receive::refusal(socket, &request) {
        return Outcome::failed(status);
    }
    requests::settle(socket, Side::Receive);
    let facts = socket.facts();
    let urgent = request.flags & crate::windows::consts::MSG_OOB as u32 != 0;
    if urgent || !facts.any(facts::RECEIVES_PEND) {
        return transfer::receive::receive(socket, request);
    }
    if facts.any(facts::NONBLOCKING) {
        return Outcome::failed(NtStatus::DEVICE_NOT_READY);
    }
    let turn = Turn::new(socket);
    let work = ReceiveInTurn {
        into: request.into.clone(),
        flags: request.flags,
        whole: super::receive::whole(&request.into, request.flags),
        wants_name: request.from.is_some(),
        control: request.control.as_deref_mut().map(|control| std::mem::replace(control, Control::new(0))),
        result: Arc::clone(&turn.result),
    };
    let timeout = if facts.any(facts::OVERLAPPED) { socket.receive_timeout() } else { 0 };
    let status = match super::start(socket, Side::Receive, work, turn.noted(), turn.target()) {
        Answer::Failed(status) => status,
        Answer::Done(_) | Answer::Pending => match turn.wait(socket, Side::Receive, timeout) {
            Ok(received) => {
                if let Some(from) = request.from {
                    *from = received.name;
                }
                if let (Some(to), Some(control)) = (request.control, received.control) {
                    *to = control;
                }
                return received.outcome;
            }
            Err(status) => status,
        },
    };
    Outcome::failed(status)
}

struct SendInTurn {
    request: transfer::send::Request,
    progress: transfer::send::Progress,
    result: Arc<Mutex<Option<Outcome>>>,
}

impl Work for SendInTurn {
    fn attempt(&mut self, socket: &Socket) -> Option<End> {
        let outcome = transfer::send::attempt(socket, &mut self.request, &mut self.progress)?;
        keep(&self.result, outcome);
        Some(End { status: outcome.status, bytes: outcome.bytes, flags: 0 })
    }

    fn goes_on(&self) -> bool {
        self.progress.goes_on
    }
}

/// A synchronous send on a socket whose overlapped sends wait.
#[cold]
pub(super) fn send(socket: &Socket, mut request: transfer::send::Request) -> Outcome {
    if let Some(status) = transfer::send::refusal(socket, &request) {
        return Outcome::failed(status);
    }
    requests::settle(socket, Side::Send);
    let facts = socket.facts();
    if !facts.any(facts::SENDS_PEND) {
        return transfer::send::send(socket, request);
    }
    if facts.any(facts::NONBLOCKING) {
        return Outcome::failed(NtStatus::DEVICE_NOT_READY);
    }
    let turn = Turn::new(socket);
    transfer::send::capture_size(socket, &mut request);
    let progress = transfer::send::Progress::default();
    let work = SendInTurn { request, progress, result: Arc::clone(&turn.result) };
    match super::start(socket, Side::Send, work, turn.noted(), turn.target()) {
        Answer::Failed(status) => Outcome::failed(status),
        Answer::Done(_) | Answer::Pending => {
            let sent = turn.wait(socket, Side::Send, socket.send_timeout());
            sent.unwrap_or_else(Outcome::failed)
        }
    }
}
