//! A look at a socket: what is to be recorded, by what the host says now and by what was seen before.
//!
//! An arrival is seen by its amount: more is there than at the last look, or than a receive has left. So an
//! edge that comes late, or for another reason (room to send), records nothing twice (F216).

use super::State;
use crate::reactor::Ready;
use crate::socket::facts::{self, Facts};
use crate::socket::table::Socket;
use crate::socket::{connection, icmp, messages, urgent};
use crate::sys;
use crate::windows::consts as w;

/// What was seen of a socket so far.
#[derive(Default)]
pub(super) struct Seen {
    /// How much was there to receive or to accept, in whatever unit the host counts.
    amount: u64,
    /// How many reports of ICMP errors.
    reports: usize,
    /// How many out-of-band bytes have ever come.
    urgent: u64,
    /// FD_OOB is recorded again if a byte is there.
    urgent_enabled: bool,
    /// The connection's end.
    ended: bool,
    /// The connection, or that a datagram socket has a name.
    begun: bool,
    /// A send has found no room.
    blocked: bool,
}

impl Seen {
    /// Whatever is there is news.
    pub(super) fn forget_received(&mut self) {
        self.amount = 0;
        self.reports = 0;
    }

    pub(super) fn forget_urgent(&mut self) {
        self.urgent_enabled = true;
    }

    /// Whatever holds is news; what has ended before, too.
    pub(super) fn forget(&mut self) {
        self.forget_received();
        self.forget_urgent();
        self.ended = false;
        self.blocked = self.begun;
    }

    pub(super) fn block(&mut self) {
        self.blocked = true;
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Whether that is news. A datagram socket may get one peer after the other.
    pub(super) fn connect_ended(&mut self, connected: bool, facts: Facts) -> bool {
        if connected && facts.any(facts::CIRCUIT) && std::mem::replace(&mut self.begun, true) {
            return false;
        }
        if connected {
            self.ended = false;
            self.blocked = false;
            self.begun = true;
        }
        true
    }

    /// Whether more is there than before. Where the host does not count, an edge says so.
    fn has_grown(&mut self, amount: Amount, edge: bool) -> bool {
        let before = std::mem::replace(&mut self.amount, amount.count);
        amount.count > before || (!amount.exact && amount.count > 0 && edge)
    }
}

/// How much is there.
#[derive(Clone, Copy)]
struct Amount {
    count: u64,
    /// It grows with each arrival.
    exact: bool,
}

impl Amount {
    const NONE: Self = Self { count: 0, exact: true };

    /// By the host's count, if it counts; else there is something.
    fn of(count: Option<u64>) -> Self {
        Self { count: count.unwrap_or(1).max(1), exact: count.is_some() }
    }
}

/// The first selection: what has happened to the socket so far is as recorded (F220, F231), unless the
/// condition is over.
pub(super) fn begin(state: &mut State, socket: &Socket) {
    let facts = socket.facts();
    state.seen = Seen::default();
    let connected = facts.any(facts::CONNECTED);
    let circuit = facts.any(facts::CIRCUIT);
    if connected && !facts.any(facts::ACCEPTED) {
        state.record(w::FD_CONNECT_BIT, 0);
    }
    if facts.any(facts::CONNECT_FAILED) {
        let code = socket.read_rare(|rare| rare.so_error);
        if code != 0 {
            state.record(w::FD_CONNECT_BIT, code);
        }
    }
    if connected || (!circuit && facts.any(facts::BOUND)) {
        state.seen.begun = true;
        // As a send that has found no room: of room that is there the first look tells.
        state.seen.blocked = true;
    }
}

/// Looks, and records what is new. Whether an out-of-band byte was taken meanwhile, of which others are to be
/// told without the lock.
pub(super) fn at(state: &mut State, socket: &Socket, ready: Option<Ready>) -> bool {
    let facts = socket.facts();
    let edge = ready.is_some_and(|ready| ready.to_receive);
    if facts.any(facts::LISTENING) {
        at_listener(state, socket, edge);
    } else if !facts.any(facts::CIRCUIT) {
        at_datagrams(state, socket, edge);
    } else if facts.any(facts::CONNECTED) {
        return at_circuit(state, socket, edge);
    }
    false
}

fn at_listener(state: &mut State, socket: &Socket, edge: bool) {
    let there = connection::has_connection(socket);
    let amount = if there { Amount::of(connection::waiting_connections(socket)) } else { Amount::NONE };
    if state.seen.has_grown(amount, edge) {
        state.record(w::FD_ACCEPT_BIT, 0);
    }
}

fn room_if(blocked: bool) -> i16 {
    if blocked { sys::WRITABLE } else { 0 }
}

fn note_room(state: &mut State, host: i16) {
    if state.seen.blocked && host & sys::WRITABLE != 0 {
        state.seen.blocked = false;
        state.record(w::FD_WRITE_BIT, 0);
    }
}

/// F232: a datagram socket without a name has no events; with its name it can send.
fn at_datagrams(state: &mut State, socket: &Socket, edge: bool) {
    if !socket.facts().any(facts::BOUND) {
        return;
    }
    if !std::mem::replace(&mut state.seen.begun, true) {
        state.seen.blocked = true;
    }
    let host = sys::look(socket.fd(), sys::READABLE | room_if(state.seen.blocked)).unwrap_or(0);
    note_room(state, host);
    // G032: an ICMP error is there to be received.
    let failed = host & (sys::FAILED | sys::HUNG_UP) != 0 || socket.facts().any(facts::ERROR_QUEUED);
    let udp = socket.facts().provider().is_udp();
    let reports = if failed && udp { icmp::count(socket) } else { 0 };
    let reported = reports > std::mem::replace(&mut state.seen.reports, reports);
    let readable = host & sys::READABLE != 0 && has_message(socket, reports);
    let count = || sys::queued_memory(socket.fd()).filter(|_| udp).map(u64::from);
    let amount = if readable { Amount::of(count()) } else { Amount::NONE };
    if state.seen.has_grown(amount, edge) || reported {
        state.record(w::FD_READ_BIT, 0);
    }
}

/// Of a socket with an error the host says that it is readable, too; taking the reports has changed that.
fn has_message(socket: &Socket, reports: usize) -> bool {
    reports == 0 || sys::look(socket.fd(), sys::READABLE).is_ok_and(|host| host & sys::READABLE != 0)
}

fn at_circuit(state: &mut State, socket: &Socket, edge: bool) -> bool {
    let asked = sys::READABLE | sys::FINISHED | room_if(state.seen.blocked);
    let host = sys::look(socket.fd(), asked).unwrap_or(0);
    let broken = if host & sys::FAILED != 0 {
        connection::find_out(socket).is_some()
    } else {
        connection::broken(socket.facts()).is_some()
    };
    let ended = broken || host & (sys::FINISHED | sys::HUNG_UP | sys::FAILED) != 0;
    let mut byte_came = false;
    if broken {
        // What was queued is gone.
        state.seen.amount = 0;
    } else {
        note_room(state, host);
        let urgent = urgent_state(state, socket);
        byte_came = urgent.byte_came;
        let readable = host & sys::READABLE != 0 || socket.facts().any(facts::KEPT);
        let amount = if readable { circuit_amount(socket, urgent.bytes, ended) } else { Amount::NONE };
        if state.seen.has_grown(amount, edge) {
            state.record(w::FD_READ_BIT, 0);
        }
    }
    if ended && !std::mem::replace(&mut state.seen.ended, true) {
        // F150: whatever has broken it.
        let code = if broken { crate::error::WsaError::WSAECONNABORTED.code() } else { 0 };
        state.record(w::FD_CLOSE_BIT, code);
    }
    byte_came
}

/// What there is to receive on a connection, of which the peer may have seen the end.
fn circuit_amount(socket: &Socket, watched: Option<u64>, ended: bool) -> Amount {
    let facts = socket.facts();
    let waiting = if let Some(bytes) = watched {
        bytes
    } else if facts.any(facts::RELIABLE) {
        messages::bytes_waiting(socket).map_or(0, u64::from)
    } else {
        sys::bytes_waiting(socket.fd()).map_or(0, u64::from)
    };
    if waiting == 0 && (ended || watched.is_some()) {
        return Amount::NONE;
    }
    // An empty message, or bytes behind an urgent one that the host does not count past.
    Amount::of((waiting > 0).then_some(waiting))
}

struct Urgent {
    /// What receives will give, on a stream that is watched.
    bytes: Option<u64>,
    byte_came: bool,
}

/// F227, F229: each out-of-band byte is recorded, and one that is left again after one was received.
fn urgent_state(state: &mut State, socket: &Socket) -> Urgent {
    let facts = socket.facts();
    if !facts.any(facts::WATCHED | facts::KEPT | facts::URGENT_QUEUED) {
        return Urgent { bytes: None, byte_came: false };
    }
    let census = urgent::census(socket);
    let came = census.ever > std::mem::replace(&mut state.seen.urgent, census.ever);
    let again = std::mem::replace(&mut state.seen.urgent_enabled, false);
    if census.queued > 0 && (came || again) {
        state.record(w::FD_OOB_BIT, 0);
    }
    Urgent { bytes: census.bytes.ok().map(u64::from), byte_came: census.byte_came }
}
