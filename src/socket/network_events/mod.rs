//! Network events: what is recorded of a socket for WSAEventSelect, and who is told, by an event object or by
//! [messages].
//!
//! An event is recorded when its condition arises, whether it is selected or not; WSAEnumNetworkEvents reports
//! what is recorded and selected, once (F215, F221). What is to be recorded follows from the state of the
//! socket and from how much had come at the last [look](look), so a look is right whenever it is taken: when
//! the reactor tells of the descriptor, after the calls that enable an event again, and when somebody asks.
//!
//! The half-close comes as EPOLLRDHUP or EV_EOF through mio, arrivals as its edges, and out-of-band bytes by
//! way of the thread that takes them ([`urgent`](super::urgent)), beside mio.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::facts;
use super::requests::{Requests, Side};
use super::table::Socket;
use super::{connection, ioctl, urgent};
use crate::error::WsaError;
use crate::reactor::Ready;
use crate::sys::Errno;
use crate::win32::event::{self, Event};
use crate::win32::idle;
use crate::windows::consts as w;

mod look;
mod messages;

pub(crate) use messages::{Recipient, farewell};

/// How many kinds of events there are.
pub(crate) const KINDS: usize = w::FD_MAX_EVENTS as usize;

/// What an object has selected and recorded; SOCKETs that stand for it share it. [`facts::SELECTED`] says that
/// there is something here.
#[derive(Default)]
pub(crate) struct Selection {
    state: Mutex<State>,
}

/// Who is told of what is recorded and selected.
#[derive(Clone, Default)]
enum Whom {
    #[default]
    Nobody,
    Event(Arc<Event>),
    Window(Recipient),
}

#[derive(Default)]
struct State {
    /// The events that are selected.
    mask: u32,
    whom: Whom,
    /// The events that have not been reported.
    recorded: u32,
    /// What was said with each kind of event when it was recorded last.
    codes: [i32; KINDS],
    /// The events of which the window was told, and after which the program has called nothing that enables
    /// them again.
    posted: u32,
    seen: look::Seen,
    /// The process in which operations are said to pend on account of this, as [`idle::generation`] counts.
    served_in: Option<u32>,
}

/// What is recorded and selected: a bit for each kind of event, and a code for each bit that is set.
pub(crate) struct Report {
    pub(crate) events: u32,
    pub(crate) codes: [i32; KINDS],
}

impl Selection {
    fn hold(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The object is closed: nobody is told of anything any more.
    pub(crate) fn end(&self) {
        let mut state = self.hold();
        let last = std::mem::take(&mut *state);
        drop(state);
        if last.is_served() {
            idle::end(true);
        }
    }

    /// Whether the reactor is to tell of room as well: not of a datagram socket's, which comes with every send.
    pub(crate) fn wants_sends(&self, socket: &Socket) -> bool {
        if !socket.facts().any(facts::SELECTED) {
            return false;
        }
        let state = self.hold();
        state.mask != 0 && (state.seen.is_blocked() || socket.facts().any(facts::CIRCUIT))
    }
}

impl State {
    /// The condition of an event has arisen.
    fn record(&mut self, kind: u32, code: i32) {
        let bit = 1 << kind;
        self.recorded |= bit;
        self.codes[kind as usize] = code;
        if self.mask & bit == 0 {
            return;
        }
        match &self.whom {
            Whom::Nobody => {}
            Whom::Event(event) => event::set(event),
            &Whom::Window(to) => self.post(to, kind, code),
        }
    }

    /// The event object tells of what is recorded already. A window is told of conditions.
    fn tell_of_recorded(&self) {
        match &self.whom {
            Whom::Event(event) if self.recorded & self.mask != 0 => event::set(event),
            _ => {}
        }
    }

    /// The program has called what enables these events again.
    fn enable(&mut self, events: u32) {
        self.recorded &= !events;
        self.posted &= !events;
    }

    fn posts(&self) -> bool {
        matches!(self.whom, Whom::Window(_))
    }

    fn is_served(&self) -> bool {
        self.served_in == Some(idle::generation())
    }
}

/// WSAEventSelect. Without events, the selection is over; what was recorded stays, unless there is no event
/// object either (F236, F240).
pub(crate) fn select(socket: &Socket, mask: u32, event: Option<Arc<Event>>) -> Result<(), WsaError> {
    let whom = match (mask, event) {
        (0, _) => Whom::Nobody,
        (_, Some(event)) => Whom::Event(event),
        (_, None) => return Err(WsaError::WSAEINVAL),
    };
    choose(socket, mask, whom)
}

/// WSAAsyncSelect. Without events, the selection is over.
pub(crate) fn select_messages(socket: &Socket, mask: u32, to: Recipient) -> Result<(), WsaError> {
    // What pends takes what is its own before the window is told (F250).
    refresh(socket);
    choose(socket, mask, if mask == 0 { Whom::Nobody } else { Whom::Window(to) })
}

fn choose(socket: &Socket, mask: u32, whom: Whom) -> Result<(), WsaError> {
    // F239: whatever the events are.
    ioctl::set_mode(socket, true)?;
    if mask & w::FD_OOB != 0 {
        urgent::wake_up();
    }
    let requests = Requests::of(socket);
    apply(socket, requests, mask, whom)?;
    refresh(socket);
    Ok(())
}

fn apply(socket: &Socket, requests: &Requests, mask: u32, whom: Whom) -> Result<(), WsaError> {
    connection::settle(socket);
    let mut state = requests.selection().hold();
    if !socket.facts().any(facts::SELECTED) {
        look::begin(&mut state, socket);
        socket.set(facts::SELECTED);
    }
    // Who closes marks first and ends the selection then.
    if !socket.facts().usable() {
        return Err(WsaError::WSAENOTSOCK);
    }
    // What has happened until now is recorded, and nobody is told of it.
    state.mask = 0;
    let mut byte_came = matches!(whom, Whom::Window(_)) && look::at(&mut state, socket, None);
    state.mask = mask;
    state.whom = whom;
    let begins = mask != 0 && !state.is_served();
    if begins {
        state.served_in = Some(idle::generation());
        idle::begin(true);
    } else if mask == 0 && state.is_served() {
        state.served_in = None;
        idle::end(true);
    }
    state.tell_of_recorded();
    if state.posts() {
        byte_came |= state.post_what_holds(socket);
    }
    drop(state);
    if byte_came {
        urgent::tell_of_byte(socket);
    }
    if mask != 0 && watch(socket, requests).is_err() {
        return Err(WsaError::WSAENOBUFS);
    }
    if begins {
        idle::begun();
    }
    Ok(())
}

/// The reactor is to tell of the descriptor.
fn watch(socket: &Socket, requests: &Requests) -> Result<(), Errno> {
    let side = if requests.selection().wants_sends(socket) { Side::Send } else { Side::Receive };
    requests.watch(socket, side)
}

/// Forgets what is recorded: WSAEventSelect without events and without an event object (F240).
pub(crate) fn deselect(socket: &Socket) -> Result<(), WsaError> {
    select(socket, 0, None)?;
    Requests::of(socket).selection().hold().recorded = 0;
    Ok(())
}

/// Whether events of the socket are selected now.
pub(crate) fn is_active(socket: &Socket) -> bool {
    socket.facts().any(facts::SELECTED)
        && Requests::present(socket).is_some_and(|requests| requests.selection().hold().mask != 0)
}

/// Whether FD_CLOSE was recorded: the program may read to the end because of it, and hears of nothing more.
pub(crate) fn has_ended(socket: &Socket) -> bool {
    socket.facts().any(facts::SELECTED)
        && Requests::present(socket).is_some_and(|requests| requests.selection().hold().seen.has_ended())
}

/// WSAEnumNetworkEvents: what is recorded and selected is reported, and forgotten. The event object is reset
/// in the same step, whatever there is to report (F240).
pub(crate) fn enumerate(socket: &Socket, event: Option<&Event>) -> Report {
    refresh(socket);
    let requests = Requests::present(socket).filter(|_| socket.facts().any(facts::SELECTED));
    let mut state = requests.as_ref().map(|requests| requests.selection().hold());
    event.into_iter().for_each(event::reset);
    let Some(state) = state.as_mut() else { return Report { events: 0, codes: [0; KINDS] } };
    let events = if state.posts() { 0 } else { state.recorded & state.mask };
    state.recorded &= !events;
    Report { events, codes: state.codes }
}

/// Looks at the socket, once what pends has taken what is its own (F242).
fn refresh(socket: &Socket) {
    if let Some(requests) = Requests::present(socket) {
        let pending = [(facts::RECEIVES_PEND, Side::Receive), (facts::URGENT_PENDS, Side::Urgent)];
        for (_, side) in pending.into_iter().filter(|(bit, _)| socket.facts().any(*bit)) {
            requests.poke(socket, side);
        }
    }
    changed(socket);
}

/// Something may have happened to the socket.
#[inline]
pub(crate) fn changed(socket: &Socket) {
    if socket.facts().any(facts::SELECTED) {
        update(socket, None);
    }
}

/// As [`changed`], when the reactor has told of something.
pub(crate) fn told(socket: &Socket, ready: Ready) {
    if socket.facts().any(facts::SELECTED) {
        update(socket, Some(ready));
    }
}

/// Not under a lock of the socket's, but for those of its lanes.
#[cold]
fn update(socket: &Socket, ready: Option<Ready>) {
    connection::settle(socket);
    let Some(requests) = Requests::present(socket) else { return };
    let byte_came = look::at(&mut requests.selection().hold(), socket, ready);
    if byte_came {
        urgent::tell_of_byte(socket);
    }
}

/// A receive enables FD_READ again, or FD_OOB if it was one for an out-of-band byte (F218, F229). What it has
/// left is looked at [next](changed), by whoever holds no lane.
#[inline]
pub(crate) fn received(socket: &Socket, urgent: bool) {
    if socket.facts().any(facts::SELECTED) {
        enable(socket, urgent);
    }
}

/// As [`received`], of a receive that began when nothing was selected, and went straight to the host: what the
/// selection's look has seen there may be what it has taken.
#[inline]
pub(crate) fn received_meanwhile(socket: &Socket) {
    if socket.facts().any(facts::SELECTED) {
        enable(socket, false);
        update(socket, None);
    }
}

#[cold]
fn enable(socket: &Socket, urgent: bool) {
    let Some(requests) = Requests::present(socket) else { return };
    let mut state = requests.selection().hold();
    if urgent {
        state.enable(w::FD_OOB);
        state.seen.forget_urgent();
    } else {
        state.enable(w::FD_READ);
        state.seen.forget_received();
    }
}

/// A receive was refused. A window is told of what is there again (F247); of an event object's records, none is
/// changed.
#[inline]
pub(crate) fn refused(socket: &Socket, urgent: bool) {
    if socket.facts().any(facts::SELECTED) && tells_window(socket) {
        enable(socket, urgent);
        changed(socket);
    }
}

fn tells_window(socket: &Socket) -> bool {
    Requests::present(socket).is_some_and(|requests| requests.selection().hold().posts())
}

/// A send has ended. One that has found no room is told of room that comes (F230); one without a name has
/// given the socket one.
#[cold]
pub(crate) fn sent(socket: &Socket, found_no_room: bool) {
    let Some(requests) = Requests::present(socket) else { return };
    if !found_no_room {
        if !requests.selection().hold().seen.has_begun() {
            changed(socket);
        }
        return;
    }
    {
        let mut state = requests.selection().hold();
        state.enable(w::FD_WRITE);
        state.seen.block();
        if state.mask == 0 {
            return;
        }
    }
    // Without it, of room is told when somebody looks.
    let _ = watch(socket, requests);
    changed(socket);
}

/// accept has taken a connection, or has found none (F237).
pub(crate) fn accepted(listener: &Socket) {
    if !listener.facts().any(facts::SELECTED) {
        return;
    }
    if let Some(requests) = Requests::present(listener) {
        let mut state = requests.selection().hold();
        state.enable(w::FD_ACCEPT);
        state.seen.forget_received();
    }
    changed(listener);
}

/// An accepted socket has the listener's selection (F238).
pub(crate) fn inherit(listener: &Socket, accepted: &Socket) {
    if !listener.facts().any(facts::SELECTED) {
        return;
    }
    let Some(requests) = Requests::present(listener) else { return };
    let (mask, whom) = {
        let state = requests.selection().hold();
        let whom = match &state.whom {
            Whom::Window(to) => Whom::Window(Recipient { socket: accepted.fd() as usize, ..*to }),
            other => other.clone(),
        };
        (state.mask, whom)
    };
    // Without room to watch it, of what comes is told when somebody looks.
    if mask != 0 {
        let _ = apply(accepted, Requests::of(accepted), mask, whom);
        refresh(accepted);
    }
}

/// How a connect has ended: with 0, or with a code.
pub(crate) fn connect_ended(socket: &Socket, code: i32) {
    if !socket.facts().any(facts::SELECTED) {
        return;
    }
    let Some(requests) = Requests::present(socket) else { return };
    let mut state = requests.selection().hold();
    let news = state.seen.connect_ended(code == 0, socket.facts());
    if !news {
        return;
    }
    state.record(w::FD_CONNECT_BIT, code);
    if code == 0 {
        // F249: also if it could send before.
        state.posted &= !(w::FD_WRITE | w::FD_CLOSE);
        state.record(w::FD_WRITE_BIT, 0);
    }
}

/// The SOCKET stands for another object of the host's.
pub(crate) fn begin_anew(socket: &Socket) {
    if !socket.facts().any(facts::SELECTED) {
        return;
    }
    let Some(requests) = Requests::present(socket) else { return };
    let active = {
        let mut state = requests.selection().hold();
        state.recorded = 0;
        state.posted = 0;
        look::begin(&mut state, socket);
        state.tell_of_recorded();
        state.mask != 0
    };
    if active {
        // Without it, of what comes is told when somebody looks.
        let _ = watch(socket, requests);
    }
    changed(socket);
}
