//! Calls that no service provider sees, and that are traced all the same: WSAPoll, ReadFile, WriteFile.

use super::describe::Describe;
use super::fields::{Fields, MOST_MEMBERS, Value};
use super::values::*;
use super::*;
use crate::socket::startup;

/// WSAPoll.
#[derive(Clone, Copy)]
struct Poll {
    list: *const WSAPOLLFD,
    count: u32,
    timeout: i32,
}

impl Poll {
    fn entries(&self) -> Vec<WSAPOLLFD> {
        peek::array(self.list, (self.count as usize).min(MOST_MEMBERS)).unwrap_or_default()
    }
}

impl Describe for Poll {
    fn arguments(&self, to: &mut Fields, _: bool) {
        let entries = self.entries();
        if entries.is_empty() {
            to.put("list", if self.count == 0 { pointer(self.list) } else { unreadable(self.list) });
        } else {
            to.put("sockets", Value::Numbers(entries.iter().map(|entry| entry.fd as i64).collect()));
            to.word("events", each(&entries, |entry| entry.events));
        }
        to.number("count", self.count);
        to.number("timeout", self.timeout);
    }

    fn results(&self, to: &mut Fields, _: bool) {
        to.word("revents", each(&self.entries(), |entry| entry.revents));
    }
}

fn each(entries: &[WSAPOLLFD], of: impl Fn(&WSAPOLLFD) -> i16) -> String {
    entries.iter().map(|entry| names::poll_events(of(entry))).collect::<Vec<_>>().join(",")
}

/// ReadFile or WriteFile.
#[derive(Clone, Copy)]
pub(in crate::ffi) struct Transfer {
    pub(in crate::ffi) sends: bool,
    pub(in crate::ffi) handle: HANDLE,
    pub(in crate::ffi) buffer: *const u8,
    pub(in crate::ffi) length: u32,
    pub(in crate::ffi) count: *const u32,
    pub(in crate::ffi) overlapped: *const OVERLAPPED,
}

impl Transfer {
    fn shown(&self, bytes: u32) -> Value {
        let count = (bytes.min(self.length) as usize).min(MOST_BYTES);
        peek::bytes(self.buffer, count).map_or_else(|| unreadable(self.buffer), Value::Bytes)
    }
}

impl Describe for Transfer {
    fn socket(&self) -> Option<SOCKET> {
        Some(self.handle as SOCKET)
    }

    fn overlapped(&self) -> *const OVERLAPPED {
        self.overlapped
    }

    fn bytes(&self) -> Option<u32> {
        peek::value(self.count)
    }

    fn arguments(&self, to: &mut Fields, wanted: bool) {
        to.put("buffers", Value::Numbers(vec![i64::from(self.length)]));
        if wanted && self.sends {
            to.put("data", self.shown(self.length));
        }
        told(to, self.handle as SOCKET, self.overlapped, None);
    }

    fn results(&self, to: &mut Fields, wanted: bool) {
        if self.count.is_null() {
            return;
        }
        to.put(if self.sends { "sent" } else { "received" }, number_at(self.count));
        if wanted && !self.sends {
            to.put("data", self.shown(self.bytes().unwrap_or(0)));
        }
    }
}

/// Has WSAPoll traced.
#[cold]
pub(in crate::ffi) fn poll(
    list: *const WSAPOLLFD,
    count: u32,
    timeout: i32,
    body: impl FnOnce() -> Result<i32, WsaError>,
) -> Result<i32, WsaError> {
    let entry = extension("WSAPoll", words::EVENTS, ("SOCKET_ERROR", -1));
    besides(&entry, &Poll { list, count, timeout }, body)
}

/// Has ReadFile or WriteFile traced.
#[cold]
pub(in crate::ffi) fn transfer(
    call: &Transfer,
    body: impl FnOnce() -> Result<BOOL, u32>,
) -> Result<BOOL, u32> {
    let entry = match call.sends {
        true => extension("WriteFile", words::SEND, ("FALSE", 0)),
        false => extension("ReadFile", words::RECV, ("FALSE", 0)),
    };
    let body = || body().map_err(|code| WsaError::from_code(code as i32));
    besides(&entry, call, body).map_err(|error| error.code() as u32)
}

fn besides<C: Describe>(
    entry: &Entry,
    call: &C,
    body: impl FnOnce() -> Result<i32, WsaError>,
) -> Result<i32, WsaError> {
    if startup::require().is_err() {
        // As for other calls that come too early.
        let _ = wanted::of_environment();
    }
    // What a layer wished that makes this call is not for this call's operation.
    let _scope = Scope::enter(entry.name, 0);
    let _before = before();
    let _inside = Inside::enter();
    let mut traces = installed();
    traces.retain(|trace| trace.wants(entry, call));
    let begun: Vec<_> = traces.iter().map(|trace| quietly(|| begin(trace, entry, call))).collect();
    let answer = body();
    let results = answer.map(i64::from);
    for (trace, begun) in traces.iter().zip(begun) {
        if let Some(begun) = begun {
            quietly(|| reasons_stay(|| end(trace, entry, call, begun, results)));
        }
    }
    answer
}

/// There may be another trace that is to read them.
fn reasons_stay(work: impl FnOnce()) {
    let inside = Inside::enter();
    work();
    drop(inside);
}
