//! What a layer wishes for the operation that it is about to pass on: to hear of its end, or that it be held back.
//!
//! A procedure table has no place for such words, so they wait in the thread until the base provider begins the
//! operation. A layer written in C in between, which begins it in another thread, loses them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use super::overlapped::{Behalf, Watch};
use crate::overlapped::held::HeldBack;
use crate::overlapped::receive::look_again;
use crate::socket::{network_events, requests, startup, table};
use crate::win32::idle;
use crate::win32::thread::Thread;
use crate::windows::types::SOCKET;

/// How an overlapped operation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct End {
    /// The NT status, which the OVERLAPPED's Internal gets.
    pub status: u32,
    /// Winsock's code, or 0: what WSAGetOverlappedResult or the completion routine tells.
    pub code: i32,
    /// How many bytes were transferred.
    pub bytes: usize,
}

impl From<&requests::End> for End {
    fn from(end: &requests::End) -> Self {
        let code = if end.status.is_success() { 0 } else { end.status.winsock().code() };
        Self { status: end.status.code(), code, bytes: end.bytes }
    }
}

/// What is wished for the operation that begins next.
#[derive(Default)]
pub(in crate::ffi) struct Wishes {
    watches: Vec<Watch>,
    held_back: Option<HeldBack>,
}

thread_local! {
    static WISHES: RefCell<Wishes> = RefCell::default();
}

/// Has `hear` called with the end of the overlapped operation that this thread passes on next, if it begins: in
/// whichever thread ends it, before the program is told. It must not call the library.
///
/// # Examples
/// ```
/// use openws2::spi::{Layer, Next, Recv, on_end};
/// use openws2::error::WsaError;
///
/// struct Watch;
///
/// // SAFETY: passes each call on as it came.
/// unsafe impl Layer for Watch {
///     unsafe fn recv(&self, next: &Next<'_>, call: Recv) -> Result<i32, WsaError> {
///         if !call.overlapped.is_null() {
///             let s = call.s;
///             on_end(move |end| eprintln!("{s}: {} bytes, code {}", end.bytes, end.code));
///         }
///         unsafe { next.recv(call) }
///     }
/// }
/// ```
pub fn on_end(hear: impl FnOnce(End) + Send + 'static) {
    WISHES.with_borrow_mut(|wishes| wishes.watches.push(Box::new(move |end| hear(End::from(end)))));
}

/// Has the overlapped receive that this thread passes on next take nothing before `until`. It pends meanwhile,
/// can be cancelled as any other, and those behind it on its socket wait, too.
pub fn hold_back(until: Instant) {
    hold(HeldBack { until, until_broken: false });
}

/// The same, and nothing before the connection has been broken off, which the caller does once the receive pends.
/// Then it has the socket [looked at](look_at): the instant alone no longer ends the wait.
pub(in crate::ffi) fn hold_back_until_broken(until: Instant) {
    hold(HeldBack { until, until_broken: true });
}

fn hold(more: HeldBack) {
    WISHES.with_borrow_mut(|Wishes { held_back, .. }| {
        let before = held_back.unwrap_or(more);
        *held_back = Some(HeldBack {
            until: before.until.max(more.until),
            until_broken: before.until_broken || more.until_broken,
        });
    });
}

/// A call of its own begins, whose operation is not the one that was meant.
pub(in crate::ffi) fn set_aside() -> Wishes {
    WISHES.try_with(RefCell::take).unwrap_or_default()
}

/// That call is over, and what was wished in it is void.
pub(in crate::ffi) fn put_back(wishes: Wishes) {
    let _void = WISHES.try_with(|place| place.replace(wishes));
}

/// The same for a function whose pointer programs have, which no procedure table leads to.
#[inline]
pub(in crate::ffi) fn of_extension() -> Behalf {
    if startup::is_plain() { Behalf::default() } else { behalf(None) }
}

/// The wishes for the operation that begins now, and the thread that its completion routine runs in.
pub(in crate::ffi) fn behalf(thread: Option<Arc<Thread>>) -> Behalf {
    let Wishes { mut watches, held_back } = WISHES.try_with(RefCell::take).unwrap_or_default();
    let watch: Option<Watch> = match watches.len() {
        0 => None,
        1 => watches.pop(),
        _ => Some(Box::new(|end| watches.into_iter().for_each(|watch| watch(end)))),
    };
    Behalf { thread, watch: watch.map(Box::new), held_back }
}

/// What is done with a socket when its time has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// Its receives are tried again.
    Try,
    /// Whoever hears of its network events is told of data again.
    Tell,
}

/// When something is due, and on which socket.
struct Due {
    /// A set, as who polls asks for the same again and again.
    queue: Mutex<BTreeSet<(Instant, SOCKET, What)>>,
    earlier: Condvar,
}

/// One for each process, counted by forks: the thread that looks is not in the child, and what is due there is not
/// what was in the parent. Whoever forks deeper shares the last one.
static DUE: [OnceLock<Due>; 8] = [const { OnceLock::new() }; 8];

fn due() -> &'static Due {
    let place = (idle::generation() as usize).min(DUE.len() - 1);
    DUE[place].get_or_init(|| {
        // Without the thread what is held back waits for the next that somebody does with its socket.
        let _ = crate::sys::start_service_thread("openws2-held", look_for_ever);
        Due { queue: Mutex::new(BTreeSet::new()), earlier: Condvar::new() }
    })
}

/// Has the socket's receives tried again at that instant.
pub(in crate::ffi) fn look_at(s: SOCKET, when: Instant) {
    at(s, when, What::Try);
}

/// Has FD_READ told again at that instant, if there is data: a layer has answered a receive without the base
/// provider, which tells of no data twice unless it was asked for some.
pub(in crate::ffi) fn tell_again_at(s: SOCKET, when: Instant) {
    at(s, when, What::Tell);
}

fn at(s: SOCKET, when: Instant, what: What) {
    let due = due();
    if due.queue.lock().unwrap_or_else(PoisonError::into_inner).insert((when, s, what)) {
        due.earlier.notify_one();
    }
}

fn look_for_ever() {
    loop {
        let (s, what) = next_due();
        let Ok(socket) = table::enter(s) else { continue };
        match what {
            What::Try => look_again(&socket),
            What::Tell => {
                network_events::received(&socket, false);
                network_events::changed(&socket);
            }
        }
    }
}

/// Waits until something is due.
fn next_due() -> (SOCKET, What) {
    let due = due();
    let mut queue = due.queue.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let now = Instant::now();
        queue = match queue.first().copied() {
            Some((when, s, what)) if when <= now => {
                queue.pop_first();
                return (s, what);
            }
            Some((when, ..)) => {
                let wait = when.duration_since(now);
                due.earlier.wait_timeout(queue, wait).unwrap_or_else(PoisonError::into_inner).0
            }
            None => due.earlier.wait(queue).unwrap_or_else(PoisonError::into_inner),
        };
    }
}
