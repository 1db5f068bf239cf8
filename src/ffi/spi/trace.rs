//! The trace: a layer that says of each call what the program asked for, what it gets, what the host said,
//! and why.
//!
//! `WS2_TRACE=recv,overlapped` in the environment of any program puts it over everything else. It changes
//! nothing: the last error, errno and what the program prints are as they are without it.
//!
//! # Lines
//! ```text
//! 0004:0.000412:call recv(s=3, buffers=[512], flags=0)
//! 0004:0.000455:ret  recv(s=3) = SOCKET_ERROR WSAEINVAL (10022); host not asked; F042 F043: a …
//! 0004:0.001120:call WSARecv(s=4, buffers=[4096], flags=0, overlapped=0x7f… (event))
//! 0004:0.001188:ret  WSARecv(s=4) = WSA_IO_PENDING (997) op 1; host recv: EAGAIN; F051 F057: it goes on; …
//! 0008:0.013002:end  WSARecv(s=4) op 1 = 128 bytes after 0.011882 s; host ok
//! ```
//! The thread's identifier, as GetCurrentThreadId gives it; the seconds since the trace began; then `call`
//! with the arguments, `ret` with what the program gets, or `end` of an overlapped operation, whose number is
//! that of the `ret` line which said that it pends. A call that takes no time has both its lines at once; one
//! that hangs lacks the second. After the first `;` comes what the host said: its call and the errno, `ok`,
//! or that it was not asked. Then comes the rule that decided, by its number in the list of what was observed
//! on Windows (F) or found documented (G), and what it says. Where there is none, the host's errno has but
//! one meaning for Windows.
//!
//! # Words
//! With commas between them:
//!
//! | word | what is traced |
//! |---|---|
//! | `recv`, `send` | receives, sends |
//! | `connect` | bind, listen, accept, connect, shutdown, closesocket, the names of sockets |
//! | `socket` | making and duplicating sockets, WSACleanup |
//! | `options`, `ioctl` | getsockopt and setsockopt; WSAIoctl and ioctlsocket |
//! | `events` | select, WSAEventSelect, WSAAsyncSelect, WSAEnumNetworkEvents |
//! | `overlapped` | every call with an OVERLAPPED, and the ends of operations |
//! | `names` | addresses to and from text |
//! | `all` | all of them, as if no word were given |
//! | `data` | shows up to 32 bytes of what is received and sent |
//! | `json` | an object for each line, see below |
//!
//! An unknown word has WSAStartup fail with WSASYSNOTREADY, and standard error says which words there are.
//!
//! `WS2_TRACE_FILE=/tmp/trace.%p` has the lines appended to a file instead of standard error; `%p` is the
//! process's identifier. A line is written by one call and never waits for long: a pipe that nobody empties
//! loses lines, and says how many when it goes on.
//!
//! # What is not traced
//! Functions that are no service provider's: WSAStartup, getaddrinfo and its kin, waits for events, completion
//! ports, CancelIo and CancelIoEx. Of those, WSAPoll (`events`), ReadFile (`recv`) and WriteFile (`send`) are
//! traced all the same.
//!
//! # JSON
//! Each call is one object when it returns, and so is each end. The keys are always there: `time` (seconds,
//! when the call began or the operation ended), `thread`, `call`, `entry`, `args` and `out` (objects),
//! `result`, `code` (0 for success), `code_name`, `host` (`call` and `errno`, or null), `rule`, `why`, `op`,
//! `bytes`, `seconds` (how long it took), `end`. Of lines that were lost an object tells whose `call` is null and
//! whose `out` has the number, `lost`.
//!
//! # In a Rust program
//! ```
//! use openws2::Win32::Networking::WinSock::*;
//! use openws2::spi::install;
//! use openws2::spi::trace::Trace;
//! use std::io::Write;
//! use std::sync::{Arc, Mutex};
//!
//! #[derive(Clone, Default)]
//! struct Lines(Arc<Mutex<Vec<u8>>>);
//!
//! impl Write for Lines {
//!     fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
//!         self.0.lock().unwrap().write(line)
//!     }
//!     fn flush(&mut self) -> std::io::Result<()> {
//!         Ok(())
//!     }
//! }
//!
//! let lines = Lines::default();
//! let tracing = install("trace", Trace::new("recv")?.to(lines.clone()))?;
//! unsafe {
//!     WSAStartup(0x0202, &mut WSADATA::default());
//!     let s = socket(AF_INET.into(), SOCK_DGRAM, 0);
//!     assert_eq!(recv(s, [0; 8].as_mut_ptr(), 8, 0), SOCKET_ERROR);
//!     closesocket(s);
//!     WSACleanup();
//! }
//! drop(tracing);
//! let text = String::from_utf8(lines.0.lock().unwrap().clone())?;
//! assert!(text.contains("= SOCKET_ERROR WSAEINVAL (10022); host not asked; F042"), "{text}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![allow(unsafe_code)] // The C border: passes calls on.

mod besides;
mod describe;
mod fields;
mod functions;
mod line;
mod names;
mod operation;
mod peek;
mod refused;
mod values;
mod wanted;
mod words;

use std::cell::Cell;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::calls::*;
use super::scope::{self, Scope, called_as};
use crate::error::WsaError;
use crate::reasons;
use crate::sys::{Journal, KeptErrno, PATIENCE, standard_error};
use crate::win32::thread;
use crate::windows::consts::*;
use crate::windows::foundation::*;
use crate::windows::types::{OVERLAPPED, SOCKET, WSAPOLLFD};
pub(in crate::ffi) use besides::{Transfer, poll, transfer};
use describe::Describe;
use fields::{Fields, Value};
use line::{About, Outcome, Stamp};
use operation::Operation;
pub(super) use refused::refused_socket;
pub(in crate::ffi) use refused::{before, refused};
pub(super) use wanted::install_from_environment;
pub use words::UnknownWord;
use words::{Categories, Wishes};

/// A layer that writes down what passes through it. See the [module](self).
pub struct Trace(Arc<Inner>);

struct Inner {
    wishes: Wishes,
    output: Output,
    began: Instant,
    /// How many operations have begun.
    operations: AtomicU64,
    /// It is one of [`TRACES`].
    entered: AtomicBool,
}

/// Where the lines go.
enum Output {
    /// None if there was none when the trace was made.
    StandardError(Option<&'static Journal>),
    File(Journal),
    Writer(Mutex<Box<dyn Write + std::marker::Send>>),
}

/// The traces that are installed, for calls that no provider sees.
static TRACES: Mutex<Vec<Weak<Inner>>> = Mutex::new(Vec::new());
static COUNT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// A line is being made: what the library is called for meanwhile is not the program's.
    static BUSY: Cell<bool> = const { Cell::new(false) };
    /// How many calls of this thread have come to a trace.
    static SEEN: Cell<u64> = const { Cell::new(0) };
    /// How many calls this thread is inside of that have come to a trace.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

impl Trace {
    /// A trace of what the words ask for, to standard error.
    ///
    /// # Errors
    /// A word that is none.
    pub fn new(words: &str) -> Result<Self, UnknownWord> {
        Ok(Self::with(Wishes::read(words)?, Output::StandardError(standard_error())))
    }

    /// Has the lines written to `writer`, each by one call of `write`.
    ///
    /// The writer must not wait for what only the program's own calls can bring about: it is called from
    /// inside of them. Its failures are ignored. What it calls of the library is not traced.
    #[must_use]
    pub fn to(self, writer: impl Write + std::marker::Send + 'static) -> Self {
        Self::with(self.0.wishes, Output::Writer(Mutex::new(Box::new(writer))))
    }

    fn with(wishes: Wishes, output: Output) -> Self {
        let operations = AtomicU64::new(0);
        let entered = AtomicBool::new(false);
        Self(Arc::new(Inner { wishes, output, began: Instant::now(), operations, entered }))
    }

    /// It is installed: it hears of calls that no provider sees, too.
    fn enter(&self) {
        enter(&self.0);
    }

    /// What is to be done once the trace is installed, by whoever then has it no more.
    pub(super) fn entrance(&self) -> impl FnOnce() + use<> {
        let inner = Arc::downgrade(&self.0);
        move || {
            if let Some(inner) = inner.upgrade() {
                enter(&inner);
            }
        }
    }
}

fn enter(inner: &Arc<Inner>) {
    let mut traces = TRACES.lock().unwrap_or_else(PoisonError::into_inner);
    if !inner.entered.swap(true, Ordering::Relaxed) {
        traces.push(Arc::downgrade(inner));
        COUNT.store(traces.len(), Ordering::SeqCst);
        reasons::want(true);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if !*self.entered.get_mut() {
            return;
        }
        let mut traces = TRACES.lock().unwrap_or_else(PoisonError::into_inner);
        traces.retain(|trace| trace.strong_count() > 0);
        COUNT.store(traces.len(), Ordering::SeqCst);
        reasons::want(!traces.is_empty());
    }
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trace").field("wishes", &self.0.wishes).finish_non_exhaustive()
    }
}

impl Inner {
    fn stamp(&self, thread: u32) -> Stamp {
        Stamp { thread, time: self.began.elapsed().as_secs_f64() }
    }

    fn write(&self, line: &str) {
        self.write_soon(line, PATIENCE);
    }

    /// Has the line wait no longer than this for who reads.
    fn write_soon(&self, line: &str, patience: Duration) {
        let lost = |count: u32| match self.wishes.json {
            true => line::lost_object(self.stamp(thread::current_id()), count),
            false => format!("({count} lines lost: nobody took them)\n"),
        };
        match &self.output {
            Output::StandardError(journal) => {
                if let Some(journal) = journal {
                    journal.write(line.as_bytes(), patience, lost);
                }
            }
            Output::File(journal) => journal.write(line.as_bytes(), patience, lost),
            Output::Writer(writer) => {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = writer.write(line.as_bytes());
            }
        }
    }
}

/// Does the trace's own work: errno stays, and nothing of it is traced. None where that is under way already.
fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    struct Busy;

    impl Drop for Busy {
        fn drop(&mut self) {
            let _ = BUSY.try_with(|busy| busy.set(false));
        }
    }

    if BUSY.try_with(|busy| busy.replace(true)).unwrap_or(true) {
        return None;
    }
    let _busy = Busy;
    let _errno = KeptErrno::new();
    Some(work())
}

/// A call that has come to a trace, as long as it is under way.
struct Inside;

impl Inside {
    fn enter() -> Self {
        let _ = SEEN.try_with(|seen| seen.set(seen.get() + 1));
        let _ = DEPTH.try_with(|depth| depth.set(depth.get() + 1));
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get() - 1));
    }
}

fn depth() -> u32 {
    DEPTH.try_with(Cell::get).unwrap_or(0)
}

/// What there is to know of an entry.
struct Entry {
    /// The function's name if the program calls it by its own.
    call: Option<&'static str>,
    name: &'static str,
    category: Categories,
    failed: (&'static str, i64),
}

/// A call that is under way.
struct Begun {
    about: About,
    arguments: Fields,
    /// The flags that went in.
    asked: u32,
    stamp: Stamp,
    began: Instant,
    operation: Option<Arc<Operation>>,
}

impl Trace {
    /// Passes a call on, and says so.
    fn pass<C: Describe + Copy, V: TryInto<i64> + Copy>(
        &self,
        entry: &Entry,
        call: C,
        pass: impl FnOnce(C) -> Result<V, WsaError>,
    ) -> Result<V, WsaError> {
        if scope::asks() {
            return pass(call);
        }
        let _inside = Inside::enter();
        if !self.0.entered.load(Ordering::Relaxed) {
            // Somebody else's layer has it.
            self.enter();
        }
        let begun = if self.0.wants(entry, &call) { quietly(|| begin(&self.0, entry, &call)) } else { None };
        let answer = pass(call);
        if let Some(begun) = begun {
            // A SOCKET that fits no number is INVALID_SOCKET, which is none of success.
            let result = answer.map(|value| value.try_into().unwrap_or(-1));
            quietly(|| end(&self.0, entry, &call, begun, result));
        }
        answer
    }
}

impl Inner {
    fn wants(&self, entry: &Entry, call: &impl Describe) -> bool {
        let more = if call.overlapped().is_null() { 0 } else { words::OVERLAPPED };
        self.wishes.categories & (entry.category | more) != 0
    }
}

/// Says that a call begins.
fn begin(trace: &Arc<Inner>, entry: &Entry, call: &impl Describe) -> Begun {
    let name = entry.call.or(Some(called_as()).filter(|name| !name.is_empty())).unwrap_or(entry.name);
    let about = About { call: name, entry: Some(entry.name), socket: call.socket() };
    let mut arguments = Fields::default();
    if let Some(s) = about.socket {
        arguments.put(if entry.name == "AcceptEx" { "listener" } else { "s" }, Value::Socket(s));
    }
    call.arguments(&mut arguments, trace.wishes.data);
    let stamp = trace.stamp(thread::current_id());
    if !trace.wishes.json {
        trace.write(&line::call(stamp, &about, &arguments));
    }
    let began = Instant::now();
    let operation = (!call.overlapped().is_null() && entry.name != "WSPGetOverlappedResult")
        .then(|| Operation::listen(trace, about, began));
    let asked = call.flags().unwrap_or(0);
    reasons::forget();
    Begun { about, arguments, asked, stamp, began, operation }
}

/// Says that it has returned.
fn end(trace: &Arc<Inner>, entry: &Entry, call: &impl Describe, begun: Begun, answer: Result<i64, WsaError>) {
    let Begun { about, arguments, asked, stamp, began, operation } = begun;
    // What lies above may have a trace, too.
    let mut notes = if depth() > 1 { reasons::peek() } else { reasons::take() };
    let result = program_sees(about.call, answer, asked, call);
    let pends = answer == Err(WsaError::WSA_IO_PENDING);
    if let Some((_, within)) = operation.as_ref().filter(|_| !pends).and_then(|o| o.is_over()) {
        notes = within;
    }
    if result.is_ok() {
        // What fails for the entry may be none of the function's failures.
        notes.remark = notes.remark.or(notes.fault.filter(|_| answer.is_err()));
    }
    let mut results = Fields::default();
    if result.is_ok() || answer == Err(WsaError::WSAEMSGSIZE) {
        call.results(&mut results, trace.wishes.data);
    }
    let bytes = if result.is_ok() { call.bytes().map(u64::from) } else { None };
    let seconds = began.elapsed().as_secs_f64();
    let failed = entry.failed;
    let mut outcome = Outcome { result, failed, results, notes, operation: None, bytes, seconds };
    let say = |outcome: &Outcome| {
        trace.write(&match trace.wishes.json {
            true => line::call_object(stamp, &about, arguments, outcome),
            false => line::returned(trace.stamp(stamp.thread), &about, outcome),
        });
    };
    match operation {
        Some(operation) if pends => operation.pends(|number| {
            outcome.operation = Some(number);
            say(&outcome);
        }),
        _ => say(&outcome),
    }
}

/// What the function makes of its entry's answer: Winsock 1's return the count, and know no partial messages.
fn program_sees(
    call: &str,
    answer: Result<i64, WsaError>,
    asked: u32,
    entry: &impl Describe,
) -> Result<i64, WsaError> {
    let count = || Ok(entry.bytes().map_or(0, i64::from));
    let cut = || entry.flags().is_some_and(|told| told & !asked & MSG_PARTIAL != 0);
    match (call, answer) {
        ("recv" | "recvfrom", Ok(_)) if cut() => Err(WsaError::WSAEMSGSIZE),
        ("recv" | "recvfrom" | "WSARecvEx" | "send" | "sendto", Ok(_)) => count(),
        ("recv" | "recvfrom" | "WSARecvEx", Err(WsaError::WSAEDISCON)) => Ok(0),
        ("WSARecvEx", Err(WsaError::WSAEMSGSIZE)) => count(),
        (_, answer) => answer,
    }
}

/// The word by which an entry is traced; one that has none does not compile.
#[rustfmt::skip]
macro_rules! category {
    (recv) => { words::RECV };
    (recv_from) => { words::RECV };
    (recv_disconnect) => { words::RECV };
    (send) => { words::SEND };
    (send_to) => { words::SEND };
    (send_disconnect) => { words::SEND };
    (accept) => { words::CONNECT };
    (bind) => { words::CONNECT };
    (connect) => { words::CONNECT };
    (listen) => { words::CONNECT };
    (shutdown) => { words::CONNECT };
    (close_socket) => { words::CONNECT };
    (join_leaf) => { words::CONNECT };
    (get_sock_name) => { words::CONNECT };
    (get_peer_name) => { words::CONNECT };
    (socket) => { words::SOCKET };
    (duplicate_socket) => { words::SOCKET };
    (cleanup) => { words::SOCKET };
    (cancel_blocking_call) => { words::SOCKET };
    (get_sock_opt) => { words::OPTIONS };
    (set_sock_opt) => { words::OPTIONS };
    (get_qos_by_name) => { words::OPTIONS };
    (ioctl) => { words::IOCTL };
    (select) => { words::EVENTS };
    (async_select) => { words::EVENTS };
    (event_select) => { words::EVENTS };
    (enum_network_events) => { words::EVENTS };
    (get_overlapped_result) => { words::OVERLAPPED };
    (address_to_string) => { words::NAMES };
    (string_to_address) => { words::NAMES };
}

macro_rules! traced {
    ($($(#[$doc:meta])* $method:ident $call:ident $field:ident ($($arg:ident: $type:ty),*) [$socket:expr] ($code:ty) -> $value:ty, $failed:ident;)*) => {
        // SAFETY: passes each call on as it came, and answers what it was answered.
        unsafe impl Layer for Trace {
            $(
                unsafe fn $method(&self, next: &Next<'_>, call: $call) -> Result<$value, WsaError> {
                    const ENTRY: Entry = Entry {
                        call: None,
                        name: entry_name(stringify!($field)),
                        category: category!($method),
                        failed: (stringify!($failed), $failed as i64),
                    };
                    // SAFETY: the caller's promise.
                    self.pass(&ENTRY, call, |call| unsafe { next.$method(call) })
                }
            )*

            unsafe fn recv_msg(&self, next: &Next<'_>, call: RecvMsg) -> Result<i32, WsaError> {
                let entry = extension("WSARecvMsg", words::RECV, ("SOCKET_ERROR", -1));
                // SAFETY: the caller's promise.
                self.pass(&entry, call, |call| unsafe { next.recv_msg(call) })
            }

            unsafe fn send_msg(&self, next: &Next<'_>, call: SendMsg) -> Result<i32, WsaError> {
                let entry = extension("WSASendMsg", words::SEND, ("SOCKET_ERROR", -1));
                // SAFETY: the caller's promise.
                self.pass(&entry, call, |call| unsafe { next.send_msg(call) })
            }

            unsafe fn accept_ex(&self, next: &Next<'_>, call: AcceptEx) -> Result<BOOL, WsaError> {
                let entry = extension("AcceptEx", words::CONNECT, ("FALSE", 0));
                // SAFETY: the caller's promise.
                self.pass(&entry, call, |call| unsafe { next.accept_ex(call) })
            }

            unsafe fn connect_ex(&self, next: &Next<'_>, call: ConnectEx) -> Result<BOOL, WsaError> {
                let entry = extension("ConnectEx", words::CONNECT, ("FALSE", 0));
                // SAFETY: the caller's promise.
                self.pass(&entry, call, |call| unsafe { next.connect_ex(call) })
            }

            unsafe fn disconnect_ex(&self, next: &Next<'_>, call: DisconnectEx) -> Result<BOOL, WsaError> {
                let entry = extension("DisconnectEx", words::CONNECT, ("FALSE", 0));
                // SAFETY: the caller's promise.
                self.pass(&entry, call, |call| unsafe { next.disconnect_ex(call) })
            }
        }
    };
}

for_each_entry! { traced }

/// The entry's name, of its field's.
const fn entry_name(field: &'static str) -> &'static str {
    // The first two letters say that it is a pointer.
    let [_, _, name @ ..] = field.as_bytes() else { return field };
    match std::str::from_utf8(name) {
        Ok(name) => name,
        Err(_) => field,
    }
}

/// A function that has no entry, and is called by its own name wherever the call comes from.
const fn extension(name: &'static str, category: Categories, failed: (&'static str, i64)) -> Entry {
    Entry { call: Some(name), name, category, failed }
}

/// The traces that are installed.
fn installed() -> Vec<Arc<Inner>> {
    if COUNT.load(Ordering::Relaxed) == 0 {
        return Vec::new();
    }
    TRACES.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Weak::upgrade).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_named_by_their_fields() {
        assert_eq!(entry_name("lpWSPRecv"), "WSPRecv");
    }
}
