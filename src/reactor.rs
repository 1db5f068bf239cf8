//! The reactor: says that a descriptor may be tried again. It moves no data and knows no sockets.
//!
//! mio's events are edges: one comes for each arrival, and one at registration if something is there already.
//! Whoever finds nothing and has registered before it lets others look is told of what comes later.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token, Waker};

use crate::sys::{Errno, Fd, Tick};
use crate::win32::idle::{self, Driver};
use crate::win32::wait::Deadline;

/// Called for a descriptor that may be tried again.
pub(crate) type Handler = fn(Fd, Ready);

/// What a descriptor may be tried again for.
#[derive(Clone, Copy)]
pub(crate) struct Ready {
    pub(crate) to_receive: bool,
    pub(crate) to_send: bool,
    /// An end, a failure or an urgent byte is there, perhaps behind data, or the host does not say so: a receive
    /// that stops short of it gets no other event for what is behind.
    pub(crate) behind: bool,
    /// When the host told it.
    pub(crate) at: Tick,
}

/// The reactor of one process; a child after fork makes its own.
struct Reactor {
    generation: u32,
    turning: Mutex<(Poll, Events)>,
    registry: Registry,
    waker: Waker,
}

/// What is to be called now and then by who waits, and whether it is.
static VISITOR: OnceLock<fn()> = OnceLock::new();
static VISITS: AtomicBool = AtomicBool::new(false);
/// When it was called last.
static VISITED: Mutex<Option<Instant>> = Mutex::new(None);

/// The longest between two calls of the visitor while somebody waits.
const PERIOD: Duration = Duration::from_millis(100);

/// So many events are taken from the host at a time.
const BATCH: usize = 1024;

/// No descriptor has this number.
const WAKE: Token = Token(usize::MAX);

/// A receive stops at an urgent byte, which only some hosts announce.
#[cfg(target_os = "linux")]
const RECEIVES: Interest = Interest::READABLE.add(Interest::PRIORITY);
#[cfg(not(target_os = "linux"))]
const RECEIVES: Interest = Interest::READABLE;

static CURRENT: RwLock<Option<&'static Reactor>> = RwLock::new(None);
static HANDLER: OnceLock<Handler> = OnceLock::new();

fn made() -> Option<&'static Reactor> {
    let current = *CURRENT.read().unwrap_or_else(PoisonError::into_inner);
    current.filter(|reactor| reactor.generation == idle::generation())
}

fn make(handler: Handler) -> io::Result<&'static Reactor> {
    let mut current = CURRENT.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(reactor) = current.filter(|reactor| reactor.generation == idle::generation()) {
        return Ok(reactor);
    }
    HANDLER.get_or_init(|| handler);
    idle::install(&Turns);
    let poll = Poll::new()?;
    let registry = poll.registry().try_clone()?;
    let waker = Waker::new(&registry, WAKE)?;
    let turning = Mutex::new((poll, Events::with_capacity(BATCH)));
    // Never dropped: operations pend to the end of the process.
    let reactor = Box::leak(Box::new(Reactor { generation: idle::generation(), turning, registry, waker }));
    Ok(current.insert(reactor))
}

/// Has `handler` called whenever the descriptor may be tried again; every call has the same handler.
/// `known` says that this descriptor was watched before, and may be for something else now.
pub(crate) fn watch(fd: Fd, to_send: bool, known: bool, handler: Handler) -> Result<(), Errno> {
    let reactor = match made() {
        Some(reactor) => reactor,
        None => make(handler).map_err(errno)?,
    };
    let interest = if to_send { RECEIVES | Interest::WRITABLE } else { RECEIVES };
    let (mut source, token) = (SourceFd(&fd), Token(fd as usize));
    let register = |mut source: SourceFd<'_>| reactor.registry.register(&mut source, token, interest);
    let done = if known {
        use mio::event::Source;
        match source.reregister(&reactor.registry, token, interest) {
            // Somebody has closed the descriptor in between, and the number has come again.
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => register(source),
            done => done,
        }
    } else {
        match register(source) {
            Err(error) if error.raw_os_error() == Some(libc::EEXIST) => {
                reactor.registry.reregister(&mut SourceFd(&fd), token, interest)
            }
            done => done,
        }
    };
    done.map_err(errno)
}

/// Has `visitor`, which is always the same one, called now and then by who waits.
pub(crate) fn visit(visitor: fn()) {
    VISITOR.get_or_init(|| visitor);
    if !VISITS.swap(true, Ordering::SeqCst) {
        // Who waits already does so without an end.
        Turns.kick();
    }
}

/// There is nothing to be called for.
pub(crate) fn visit_no_more() {
    VISITS.store(false, Ordering::SeqCst);
}

fn visitor() -> Option<fn()> {
    if VISITS.load(Ordering::SeqCst) { VISITOR.get().copied() } else { None }
}

fn let_visit(visitor: fn()) {
    let mut visited = VISITED.lock().unwrap_or_else(PoisonError::into_inner);
    if visited.is_none_or(|at| at.elapsed() >= PERIOD) {
        *visited = Some(Instant::now());
        drop(visited);
        visitor();
    }
}

/// The descriptor is about to be closed, or nobody wants to hear of it.
pub(crate) fn forget(fd: Fd) {
    if let Some(reactor) = made() {
        // Not registered, or closed already: nothing is left to forget.
        let _ = reactor.registry.deregister(&mut SourceFd(&fd));
    }
}

fn errno(error: io::Error) -> Errno {
    Errno(error.raw_os_error().unwrap_or(libc::ENOBUFS))
}

/// The reactor as waiting threads turn it.
struct Turns;

impl Driver for Turns {
    fn turn(&self, deadline: Deadline, awake: &dyn Fn()) {
        let (Some(reactor), Some(handler)) = (made(), HANDLER.get()) else { return };
        let mut turning = reactor.turning.lock().unwrap_or_else(PoisonError::into_inner);
        let (poll, events) = &mut *turning;
        let timeout = match deadline.left() {
            None => Some(Duration::ZERO),
            Some(left) => left,
        };
        let visitor = visitor();
        let timeout =
            if visitor.is_some() { Some(timeout.map_or(PERIOD, |left| left.min(PERIOD))) } else { timeout };
        // Interrupted: the caller looks at its condition and comes again.
        let turned = poll.poll(events, timeout);
        awake();
        if turned.is_err() {
            return;
        }
        let at = Tick::now();
        for event in events.iter().filter(|event| event.token() != WAKE) {
            let ended = event.is_error() || event.is_read_closed() || event.is_write_closed();
            let (to_receive, to_send) = (event.is_readable() || ended, event.is_writable() || ended);
            let behind = ended || event.is_priority() || cfg!(not(target_os = "linux"));
            handler(event.token().0 as Fd, Ready { to_receive, to_send, behind, at });
        }
        drop(turning);
        if let Some(visitor) = visitor {
            let_visit(visitor);
        }
    }

    fn kick(&self) {
        if let Some(reactor) = made() {
            // A waker that cannot be rung is full of rings.
            let _ = reactor.waker.wake();
        }
    }
}
