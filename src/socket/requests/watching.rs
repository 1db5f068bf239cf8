//! Requests and the reactor: by which descriptor it knows an object, what it calls, and who goes on when that
//! descriptor is closed.

use std::sync::atomic::Ordering;

use super::super::facts;
use super::super::network_events;
use super::super::passing;
use super::super::table::Socket;
use super::{Advance, Requests, Side, hold};
use crate::reactor::{self, Ready};
use crate::status::NtStatus;
use crate::sys::{Errno, Fd};
use crate::win32::idle;

/// The descriptor by which the reactor knows the object.
#[derive(Clone, Copy)]
pub(super) struct Watched {
    fd: Fd,
    to_send: bool,
    generation: u32,
}

impl Requests {
    /// Has the reactor tell of what comes, and for the sending side of room as well.
    #[inline]
    pub(in crate::socket) fn watch(&self, socket: &Socket, side: Side) -> Result<(), Errno> {
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
        }
        self.known_in.store(idle::generation() + 1, Ordering::Relaxed);
        drop(watched);
        passing::guard_all(socket);
        Ok(())
    }

    /// What begins to wait from here on has the object watched anew.
    pub(in crate::socket) fn doubt(&self) {
        self.known_in.store(0, Ordering::Relaxed);
    }

    pub(super) fn unwatch_sends(&self) {
        if let Some(watched) = &mut *hold(&self.watched) {
            if watched.to_send && reactor::watch(watched.fd, false, true, try_again).is_ok() {
                watched.to_send = false;
            }
        }
    }

    /// Has the reactor tell of room once more, also if it has told of it: what is watched anew is told anew.
    pub(super) fn look_at_sends(&self) {
        let watched = *hold(&self.watched);
        let watched = watched.filter(|it| it.to_send && it.generation == idle::generation());
        if let Some(Watched { fd, .. }) = watched {
            // If the host lacks the memory it tells all the same, when the datagrams that were sent have left.
            let _ = reactor::watch(fd, true, true, try_again);
        }
    }

    /// A SOCKET that is marked as closing stops standing for the object: the reactor is told of another one, if
    /// there is one, and calls that wait for their turn on this one end. What else was begun on it stays.
    pub(crate) fn leave(&self, fd: Fd, others: &[Fd], status: NtStatus) {
        if !others.is_empty() {
            // Who has not seen the mark has its request in the lane, and the descriptor watched, after this.
            Side::ALL.into_iter().for_each(|side| drop(self.lane_soon(side)));
        }
        self.watch_another(fd, others);
        for socket in others.iter().filter_map(|&other| passing::enter_known(other)) {
            self.mark(&socket);
            for side in Side::ALL {
                self.cancel(&socket, side, status, |about| about.waits_in == Some(fd));
            }
        }
    }

    /// The reactor is told of one of the others in place of this one, or of none.
    pub(in crate::socket) fn watch_another(&self, fd: Fd, others: &[Fd]) {
        let mut watched = hold(&self.watched);
        let Some(before) = watched.filter(|watched| watched.fd == fd) else { return };
        reactor::forget(fd);
        // One that is closed at the same time either is seen to be, or finds itself watched when it leaves.
        *watched = others.iter().copied().find(|&fd| passing::is_known(fd)).and_then(|fd| {
            reactor::watch(fd, before.to_send, false, try_again).ok()?;
            Some(Watched { fd, ..before })
        });
        if watched.is_none() {
            self.known_in.store(0, Ordering::Relaxed);
        }
    }

    /// As [`poke`](Self::poke), when the reactor has told of something: what is not found is not there.
    fn come(&self, socket: &Socket, side: Side, ready: Ready) {
        let _left_last;
        let mut lane = self.lane(side);
        lane.drained = None;
        let Advance { by, drained } = self.advance(socket, side, &mut lane);
        _left_last = by;
        lane.drained = (drained && !ready.behind).then_some(ready.at);
    }

    /// A SOCKET to try by, in place of one that is being closed, or whose call is cancelled. None while
    /// nobody knows of one: who closes then either ends what waits, or has it tried by who stays.
    pub(super) fn another(&self, socket: &Socket) -> Option<Socket> {
        let usable = socket.facts().usable();
        let watched = *hold(&self.watched);
        passing::enter_known(if usable { socket.fd() } else { watched?.fd })
    }
}

/// What the reactor calls: the descriptor may be tried again.
fn try_again(fd: Fd, ready: Ready) {
    let Some(socket) = passing::enter_known(fd) else { return };
    let Some(requests) = Requests::present(&socket) else { return };
    if ready.to_receive {
        if socket.facts().any(facts::ACCEPT_PENDS) {
            requests.for_patron(|listener, requests| requests.poke(listener, Side::Receive));
        }
        requests.come(&socket, Side::Receive, ready);
        if socket.facts().any(facts::URGENT_PENDS) {
            requests.poke(&socket, Side::Urgent);
        }
    }
    if ready.to_send {
        requests.poke(&socket, Side::Send);
    }
    network_events::told(&socket, ready);
}
