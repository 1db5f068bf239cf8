//! Overlapped receives, and synchronous ones behind them.

use super::held::{Held, HeldBack};
use super::turn;
use super::{Answer, Caller, Target, Work};
use crate::socket::address::HostAddr;
use crate::socket::facts;
use crate::socket::requests::{self, End, Side};
use crate::socket::table::Socket;
use crate::status::NtStatus;
use crate::sys::Scatter;
use crate::transfer::Outcome;
use crate::transfer::control::Control;
use crate::transfer::order::Unmet;
use crate::transfer::receive::{self, Request};
use crate::transfer::whole::Whole;
use crate::windows::consts as w;
use std::time::Instant;

/// Where a receive puts what it tells besides bytes.
pub(crate) trait Outputs: Send {
    /// Whether the sender's name is wanted.
    fn wants_name(&self) -> bool {
        false
    }

    /// Where control data goes.
    fn control(&mut self) -> Option<&mut Control> {
        None
    }

    /// Whether there is nothing else.
    fn are_bytes_only(&self) -> bool {
        false
    }

    /// The receive has ended: writes what was told. Gives the flags that are told with the end.
    fn put(&mut self, outcome: &Outcome, name: &HostAddr) -> u32;
}

/// A receive that tells bytes and flags only.
pub(crate) struct BytesOnly;

impl Outputs for BytesOnly {
    fn are_bytes_only(&self) -> bool {
        true
    }

    fn put(&mut self, outcome: &Outcome, _: &HostAddr) -> u32 {
        outcome.flags
    }
}

/// What matters of the socket and the flags.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// It takes from a byte stream what is there, up to where an urgent byte was.
    PlainStream,
    /// The host drops what it has no room for.
    Lossy,
    Other,
}

/// A receive that waits for its data.
pub(crate) struct Receive<O> {
    into: Scatter,
    flags: u32,
    nature: Nature,
    /// How far it has come, if it waits for all bytes.
    whole: Option<Box<Whole>>,
    outputs: O,
}

/// What a receive with these flags that waits for all bytes keeps in mind. An empty one waits for data only.
pub(super) fn whole(into: &Scatter, flags: u32) -> Option<Box<Whole>> {
    let all = flags & w::MSG_WAITALL as u32 != 0 && into.total() > 0;
    all.then(|| Box::new(Whole::new(into)))
}

impl<O: Outputs> Receive<O> {
    fn by(&mut self, receive: impl FnOnce(&mut Request<'_>) -> Option<Outcome>) -> Option<End> {
        let mut name = HostAddr::empty();
        let from = self.outputs.wants_name().then_some(&mut name);
        let outcome = receive(&mut Request {
            into: self.into.clone(),
            order: &[],
            unmet: Unmet::NONE,
            flags: self.flags,
            from,
            control: self.outputs.control(),
            overlapped: true,
        })?;
        Some(self.end(&outcome, &name))
    }

    fn end(&mut self, outcome: &Outcome, name: &HostAddr) -> End {
        let flags = self.outputs.put(outcome, name);
        End { status: status_with(outcome.status, flags), bytes: outcome.bytes, flags }
    }
}

/// WSAGetOverlappedResult tells flags that it reads from the status.
fn status_with(status: NtStatus, flags: u32) -> NtStatus {
    match (status, flags & w::MSG_PARTIAL != 0, flags & w::MSG_OOB as u32 != 0) {
        (NtStatus::SUCCESS, true, true) => NtStatus::RECEIVE_PARTIAL_EXPEDITED,
        (NtStatus::SUCCESS, true, false) => NtStatus::RECEIVE_PARTIAL,
        (NtStatus::SUCCESS, false, true) => NtStatus::RECEIVE_EXPEDITED,
        _ => status,
    }
}

/// The flags of an operation that ended with this status.
pub(crate) fn flags_of(status: NtStatus) -> u32 {
    match status {
        NtStatus::RECEIVE_PARTIAL => w::MSG_PARTIAL,
        NtStatus::RECEIVE_EXPEDITED => w::MSG_OOB as u32,
        NtStatus::RECEIVE_PARTIAL_EXPEDITED => w::MSG_PARTIAL | w::MSG_OOB as u32,
        _ => 0,
    }
}

impl<O: Outputs> Work for Receive<O> {
    #[inline]
    fn attempt(&mut self, socket: &Socket) -> Option<End> {
        const NOT_PLAIN: u64 = facts::KEPT | facts::WATCHED | facts::SELECTED;
        let is_plain =
            self.nature == Nature::PlainStream && !socket.facts().any(NOT_PLAIN) && self.into.total() > 0;
        if is_plain && self.outputs.are_bytes_only() {
            let outcome = receive::attempt_plain(socket, &self.into)?;
            return Some(End { status: outcome.status, bytes: outcome.bytes, flags: outcome.flags });
        }
        if let Some(whole) = &mut self.whole {
            let outcome = whole.attempt(socket)?;
            return Some(self.end(&outcome, &HostAddr::empty()));
        }
        self.by(|request| receive::attempt(socket, request))
    }

    fn undo(&mut self, socket: &Socket) {
        self.whole.iter_mut().for_each(|whole| whole.undo(socket));
    }

    fn takes(&self) -> usize {
        if self.nature == Nature::Lossy { usize::MAX } else { self.into.total() }
    }

    fn has_drained(&self, end: &End) -> bool {
        self.nature == Nature::PlainStream && 0 < end.bytes && end.bytes < self.into.total()
    }
}

/// Begins an overlapped receive. Nonblocking mode and SO_RCVTIMEO do not matter to it (F033, F188). `outputs`
/// has what is written besides, and `request` what is asked for. One that is held back takes nothing before that
/// instant; then somebody has to look ([`look_again`]).
pub(crate) fn start<O, C>(
    socket: &Socket,
    request: Request<'_>,
    outputs: O,
    caller: C,
    target: Target,
    held_back: Option<HeldBack>,
) -> Answer
where
    O: Outputs + 'static,
    C: Caller + 'static,
{
    if let Some(status) = receive::refusal(socket, &request) {
        return Answer::Failed(status);
    }
    let side = if request.flags & w::MSG_OOB as u32 != 0 { Side::Urgent } else { Side::Receive };
    let facts = socket.facts();
    let nature = match () {
        () if !facts.any(facts::STREAM | facts::RELIABLE) => Nature::Lossy,
        // A local stream's bytes come with what else was sent along, and a receive stops there.
        () if request.flags == 0 && facts.any(facts::STREAM) && !facts.provider().is_local() => {
            Nature::PlainStream
        }
        () => Nature::Other,
    };
    let whole = whole(&request.into, request.flags);
    let work = Receive { into: request.into, flags: request.flags, nature, whole, outputs };
    if socket.facts().any(facts::OVERLAPPED) {
        return match held_back {
            None => super::start(socket, side, work, caller, target),
            Some(held_back) => super::start(socket, side, Held { work, held_back }, caller, target),
        };
    }
    super::run(socket, work, caller, target, |work| {
        // The call itself waits (F034), for this as well.
        held_back
            .iter()
            .for_each(|held| std::thread::sleep(held.until.saturating_duration_since(Instant::now())));
        let end = work.by(|request| Some(receive::insist(socket, request)));
        end.unwrap_or(End::of(NtStatus::DEVICE_NOT_READY))
    })
}

/// Tries what waits for data on a socket: what was held back may be due.
pub(crate) fn look_again(socket: &Socket) {
    for side in [Side::Receive, Side::Urgent] {
        requests::settle(socket, side);
    }
}

/// A synchronous receive; if overlapped ones wait it comes behind them.
#[inline]
pub(crate) fn synchronous(socket: &Socket, request: Request<'_>) -> Outcome {
    if socket.facts().any(facts::RECEIVES_PEND) {
        return turn::receive(socket, request);
    }
    receive::receive(socket, request)
}
