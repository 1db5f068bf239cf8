//! Overlapped sends, and synchronous ones behind them.

use super::turn;
use super::{Answer, Caller, Target, Work};
use crate::socket::facts;
use crate::socket::requests::{End, Side};
use crate::socket::table::Socket;
use crate::transfer::Outcome;
use crate::transfer::send::{self, Request};

/// A send that waits for room. A stream takes it in parts.
pub(crate) struct Send {
    request: Request,
    done: usize,
}

impl Work for Send {
    fn attempt(&mut self, socket: &Socket) -> Option<End> {
        send::attempt(socket, &mut self.request, &mut self.done).map(end)
    }
}

fn end(outcome: Outcome) -> End {
    End { status: outcome.status, bytes: outcome.bytes, flags: 0 }
}

/// Begins an overlapped send: it ends when everything is sent.
pub(crate) fn start<C>(socket: &Socket, request: Request, caller: C, target: Target) -> Answer
where
    C: Caller + 'static,
{
    if let Some(status) = send::refusal(socket, &request) {
        return Answer::Failed(status);
    }
    let work = Send { request, done: 0 };
    if socket.facts().any(facts::OVERLAPPED) {
        return super::start(socket, Side::Send, work, caller, target);
    }
    super::run(socket, work, caller, target, |work| end(send::insist(socket, &mut work.request)))
}

/// A synchronous send; if overlapped ones wait it comes behind them.
#[inline]
pub(crate) fn synchronous(socket: &Socket, request: Request) -> Outcome {
    if socket.facts().any(facts::SENDS_PEND) {
        return turn::send(socket, request);
    }
    send::send(socket, request)
}
