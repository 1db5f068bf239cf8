//! Messages, the other way of telling of network events: one for each condition, to a window.
//!
//! What holds when a window is chosen it is told of, however often it has been before (F244, F245); what comes
//! while the last message of that kind is unserviced it is not told of (F246). What is recorded for
//! WSAEnumNetworkEvents stays as it is.

use super::{State, Whom, look};
use crate::socket::facts;
use crate::socket::table::{self, Socket};
use crate::win32::window;
use crate::windows::consts as w;

/// Where messages go, and of what SOCKET they tell.
#[derive(Clone, Copy)]
pub(crate) struct Recipient {
    pub(crate) window: usize,
    pub(crate) message: u32,
    pub(crate) socket: usize,
}

impl Recipient {
    /// Whether there was room for it. A window that is no more has no need of any.
    fn post(self, kind: u32, code: i32) -> bool {
        // F243.
        let what = (1 << kind) | ((code as u32 & 0xffff) << 16);
        let posted = window::post(self.window, self.message, self.socket, what as i32 as isize);
        posted.is_ok() || window::find(self.window).is_err()
    }
}

impl State {
    /// Posts, unless the program has not yet serviced the last message of this kind. A connect is told of
    /// whenever one ends.
    pub(super) fn post(&mut self, to: Recipient, kind: u32, code: i32) {
        let bit = 1 << kind;
        let serviced = self.posted & bit == 0 || bit == w::FD_CONNECT;
        if serviced && to.post(kind, code) {
            self.posted |= bit;
        }
    }

    /// Posts what holds now. As [`look::at`], for which this is a look.
    pub(super) fn post_what_holds(&mut self, socket: &Socket) -> bool {
        let facts = socket.facts();
        let recorded = self.recorded;
        self.posted = 0;
        self.seen.forget();
        if !facts.any(facts::CIRCUIT | facts::BOUND) {
            // F249: it can send, which gives it a name.
            self.record(w::FD_WRITE_BIT, 0);
        }
        if facts.any(facts::CONNECT_FAILED) {
            let code = socket.read_rare(|rare| rare.so_error);
            if code != 0 {
                self.record(w::FD_CONNECT_BIT, code);
            }
        }
        let byte_came = look::at(self, socket, None);
        self.recorded = recorded;
        byte_came
    }
}

/// Posts FD_CLOSE for a SOCKET that CloseHandle is to close; see [`farewell`].
pub(crate) struct Farewell(Recipient);

impl Farewell {
    /// The SOCKET is closed.
    pub(crate) fn say(self) {
        self.0.post(w::FD_CLOSE_BIT, 0);
    }
}

/// What CloseHandle tells a window that waits for the connection's end: that it has come (F131). As long as
/// another SOCKET stands for the object it has not.
pub(crate) fn farewell(handle: usize) -> Option<Farewell> {
    let socket = table::enter(handle).ok()?;
    let facts = socket.facts();
    if !facts.any(facts::SELECTED) || facts.any(facts::SHARED) {
        return None;
    }
    let requests = super::Requests::present(&socket)?;
    let state = requests.selection().hold();
    match state.whom {
        Whom::Window(to) if state.mask & !state.posted & w::FD_CLOSE != 0 => Some(Farewell(to)),
        _ => None,
    }
}
