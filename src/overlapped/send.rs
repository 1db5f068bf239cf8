//! Overlapped sends, and synchronous ones behind them.

use super::turn;
use super::{Answer, Caller, Target, Work};
use crate::socket::address::HostAddr;
use crate::socket::facts;
use crate::socket::network_events;
use crate::socket::requests::{End, Side};
use crate::socket::table::Socket;
use crate::status::NtStatus;
use crate::sys::Scatter;
use crate::transfer::Outcome;
use crate::transfer::outgoing::Outgoing;
use crate::transfer::send::{self, Progress, Request};

/// A send that waits for room. A stream takes it in parts.
pub(crate) struct Send {
    from: Scatter,
    flags: u32,
    /// A stream has none, and what waits is to be small.
    to: Option<Box<HostAddr>>,
    with: Option<Box<Outgoing>>,
    progress: Progress,
}

impl Send {
    fn by<T>(&mut self, send: impl FnOnce(&mut Request, &mut Progress) -> T) -> T {
        let from = std::mem::replace(&mut self.from, Scatter::none());
        let to = self.to.as_deref().cloned().map(Ok);
        let mut request = Request { from, fault: None, flags: self.flags, to, with: self.with.take() };
        let sent = send(&mut request, &mut self.progress);
        self.from = request.from;
        self.with = request.with;
        sent
    }
}

impl Work for Send {
    #[inline]
    fn attempt(&mut self, socket: &Socket) -> Option<End> {
        if self.flags == 0 && socket.facts().any(facts::STREAM) {
            return send::attempt_plain(socket, &mut self.from, &mut self.progress).map(end);
        }
        self.by(|request, progress| send::attempt(socket, request, progress)).map(end)
    }

    fn goes_on(&self) -> bool {
        self.progress.goes_on
    }
}

fn end(outcome: Outcome) -> End {
    End { status: outcome.status, bytes: outcome.bytes, flags: 0 }
}

/// Begins an overlapped send: it ends when everything is sent.
#[inline]
pub(crate) fn start<C>(socket: &Socket, mut request: Request, caller: C, target: Target) -> Answer
where
    C: Caller + 'static,
{
    if let Some(status) = send::refusal(socket, &request) {
        return Answer::Failed(status);
    }
    send::capture_size(socket, &mut request);
    let to = match request.to {
        Some(Err(status)) => return Answer::Failed(status),
        Some(Ok(name)) => Some(Box::new(name)),
        None => None,
    };
    let work = Send {
        from: request.from,
        flags: request.flags,
        to,
        with: request.with,
        progress: Progress::default(),
    };
    if socket.facts().any(facts::OVERLAPPED) {
        return super::start(socket, Side::Send, work, caller, target);
    }
    super::run(socket, work, caller, target, |work| end(work.by(|request, _| send::insist(socket, request))))
}

/// A synchronous send; if overlapped ones wait it comes behind them.
#[inline]
pub(crate) fn synchronous(socket: &Socket, request: Request) -> Outcome {
    let outcome = if socket.facts().any(facts::SENDS_PEND) {
        turn::send(socket, request)
    } else {
        send::send(socket, request)
    };
    if socket.facts().any(facts::SELECTED) {
        network_events::sent(socket, outcome.status == NtStatus::DEVICE_NOT_READY);
    }
    outcome
}
