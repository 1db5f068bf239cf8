//! WSAStartup and WSACleanup: the process's count, and the version that the first startup negotiated.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::{blocking, lifecycle, table};
use crate::error::WsaError;
use crate::sys;

/// How many startups are not yet cleaned up.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// How many of the base provider's own startups are not yet cleaned up.
static PROVIDER_COUNT: AtomicU32 = AtomicU32::new(0);

/// What a call has to look at before it begins: the one thing of all this that every call reads.
static MODE: AtomicU8 = AtomicU8::new(OFF);

/// Before the first startup, and after the last cleanup.
const OFF: u8 = 0;
/// Nothing stands between the program and the base provider.
const PLAIN: u8 = 1;
/// There is more to look at: layered providers, or blocking hooks.
const CLOSELY: u8 = 2;

/// Layered providers are installed.
static LAYERED: AtomicBool = AtomicBool::new(false);

/// Startups and cleanups happen one after the other.
static TURN: Mutex<Turn> = Mutex::new(Turn { major: 2, hooked: false });

struct Turn {
    /// The first startup's major version.
    major: u8,
    /// A thread has installed a blocking hook since the first startup.
    hooked: bool,
}

fn turn() -> MutexGuard<'static, Turn> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Turn {
    /// Says what calls that begin from now on have to look at.
    fn settle_mode(&self) {
        let closely = self.hooked || LAYERED.load(Ordering::SeqCst);
        let mode = match (COUNT.load(Ordering::Relaxed), closely) {
            (0, _) => OFF,
            (_, false) => PLAIN,
            (_, true) => CLOSELY,
        };
        MODE.store(mode, Ordering::SeqCst);
    }
}

/// What a startup granted.
pub(crate) struct Granted {
    /// The version for WSADATA.wVersion, low byte first.
    pub(crate) version: u16,
    /// Whether the limits that only Winsock 1 programs read are filled in.
    pub(crate) winsock1: bool,
}

/// The highest version, in wHighVersion's form.
pub(crate) const HIGHEST: u16 = 0x0202;

/// The version that a request gets (F005); None where the request cannot be met.
pub(crate) fn negotiate(requested: u16) -> Option<Granted> {
    let [major, minor] = requested.to_le_bytes();
    let version = match (major, minor) {
        (0, _) => return None,
        (1, minor) => u16::from_le_bytes([1, minor.min(1)]),
        (2, minor) => u16::from_le_bytes([2, minor.min(2)]),
        _ => HIGHEST,
    };
    Some(Granted { version, winsock1: major == 1 })
}

/// Counts one more user.
pub(crate) fn start(granted: &Granted) {
    let mut turn = turn();
    if COUNT.load(Ordering::Relaxed) == 0 {
        turn.major = if granted.winsock1 { 1 } else { 2 };
        // Windows programs know of no limit but memory.
        sys::raise_descriptor_limit();
    }
    COUNT.fetch_add(1, Ordering::SeqCst);
    turn.settle_mode();
}

/// Counts one user less. The last one takes every socket with it (F002), unless there is who uses the base provider by
/// its table alone, and what `take` gives: the providers, which are to be cleaned up before [`end`].
pub(crate) fn stop<T>(take: impl FnOnce() -> T) -> Result<Option<T>, WsaError> {
    let mut turn = turn();
    let count = COUNT.load(Ordering::Relaxed);
    let left = count.checked_sub(1).ok_or(WsaError::WSANOTINITIALISED)?;
    COUNT.store(left, Ordering::SeqCst);
    if left == 0 {
        turn.hooked = false;
        blocking::forget_hooks();
    }
    turn.settle_mode();
    if left > 0 {
        return Ok(None);
    }
    if PROVIDER_COUNT.load(Ordering::SeqCst) <= CHAIN_STARTS.load(Ordering::SeqCst) {
        end_sockets();
    }
    Ok(Some(take()))
}

/// How many of the base provider's startups are those of chains.
static CHAIN_STARTS: AtomicU32 = AtomicU32::new(0);

/// A chain was started, and the base provider so often with it.
pub(crate) fn add_chain_starts(count: u32) {
    CHAIN_STARTS.fetch_add(count, Ordering::SeqCst);
}

/// That chain was cleaned up.
pub(crate) fn take_chain_starts(count: u32) {
    CHAIN_STARTS.fetch_sub(count, Ordering::SeqCst);
}

/// Providers were cleaned up: what has kept the sockets may be gone.
pub(crate) fn end() {
    let _turn = turn();
    end_sockets_if_unused();
}

thread_local! {
    /// How often this thread has started the base provider by its procedure table, and how often cleaned it up.
    static HERE: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

pub(crate) fn provider_starts_here() -> u32 {
    HERE.get().0
}

pub(crate) fn provider_stops_here() -> u32 {
    HERE.get().1
}

/// Counts one more user of the base provider by its procedure table.
pub(crate) fn start_provider() {
    let _turn = turn();
    sys::raise_descriptor_limit();
    HERE.set((HERE.get().0.wrapping_add(1), HERE.get().1));
    PROVIDER_COUNT.fetch_add(1, Ordering::SeqCst);
}

/// Counts one such user less.
pub(crate) fn stop_provider() -> Result<(), WsaError> {
    let _turn = turn();
    let count = PROVIDER_COUNT.load(Ordering::Relaxed);
    let left = count.checked_sub(1).ok_or(WsaError::WSANOTINITIALISED)?;
    HERE.set((HERE.get().0, HERE.get().1.wrapping_add(1)));
    PROVIDER_COUNT.store(left, Ordering::SeqCst);
    end_sockets_if_unused();
    Ok(())
}

/// Takes back what others have started and did not clean up.
pub(crate) fn stop_providers(count: u32) {
    let _turn = turn();
    let left = PROVIDER_COUNT.load(Ordering::SeqCst).saturating_sub(count);
    PROVIDER_COUNT.store(left, Ordering::SeqCst);
}

/// Takes every socket away once nobody is left who could use one. Called in turn.
fn end_sockets_if_unused() {
    if COUNT.load(Ordering::SeqCst) + PROVIDER_COUNT.load(Ordering::SeqCst) == 0 {
        end_sockets();
    }
}

fn end_sockets() {
    // All are marked before the first is closed: the end of one must not look like the peer's to another.
    let mut closing = Vec::new();
    table::each_live(|fd| closing.extend(lifecycle::mark_for_cleanup(fd)));
    closing.into_iter().for_each(lifecycle::close_marked);
    lifecycle::close_parked();
}

/// Refuses before the first startup and after the last cleanup, and inside of a blocking hook.
#[inline]
pub(crate) fn require() -> Result<(), WsaError> {
    match MODE.load(Ordering::Relaxed) {
        PLAIN => Ok(()),
        OFF => started_by_std().and_then(|()| blocking::require_idle()),
        _ => blocking::require_idle(),
    }
}

/// What starts the library in a program that leaves that to Rust's `std`.
static BY_STD: OnceLock<fn()> = OnceLock::new();

/// From now on the first call that finds the library off has it started by this.
pub(crate) fn leave_to_std(start: fn()) {
    let _ = BY_STD.set(start);
}

#[cold]
fn started_by_std() -> Result<(), WsaError> {
    if let Some(start) = BY_STD.get() {
        start();
    }
    if COUNT.load(Ordering::Relaxed) == 0 { Err(WsaError::WSANOTINITIALISED) } else { Ok(()) }
}

/// As [`require`], also from inside of a blocking hook.
pub(crate) fn require_started() -> Result<(), WsaError> {
    if COUNT.load(Ordering::Relaxed) == 0 { started_by_std() } else { Ok(()) }
}

/// As [`require`], of who calls by the base provider's procedure table.
pub(crate) fn require_provider() -> Result<(), WsaError> {
    let count = COUNT.load(Ordering::Relaxed) + PROVIDER_COUNT.load(Ordering::Relaxed);
    if count == 0 { Err(WsaError::WSANOTINITIALISED) } else { blocking::require_idle() }
}

/// Whether the library is started and a call can go straight to the base provider.
#[inline(always)]
pub(crate) fn is_plain() -> bool {
    MODE.load(Ordering::Relaxed) == PLAIN
}

/// Finds out, in turn, whether calls go by procedure tables.
pub(crate) fn settle_layered(find_out: impl FnOnce() -> bool) {
    let turn = turn();
    LAYERED.store(find_out(), Ordering::SeqCst);
    turn.settle_mode();
}

/// Whether calls go by procedure tables.
pub(crate) fn is_layered() -> bool {
    LAYERED.load(Ordering::SeqCst)
}

/// Whether the process is one that negotiated Winsock 1 at its first startup (F007).
fn is_winsock1() -> bool {
    turn().major == 1
}

/// Refuses where there are no blocking hooks: before the first startup, and where that negotiated version 2.
pub(crate) fn require_hooks() -> Result<(), WsaError> {
    match () {
        () if COUNT.load(Ordering::Relaxed) == 0 => Err(WsaError::WSANOTINITIALISED),
        () if !is_winsock1() => Err(WsaError::WSAEOPNOTSUPP),
        () => Ok(()),
    }
}

/// From here on calls look whether they are made inside of a hook.
pub(super) fn note_hook() -> Result<(), WsaError> {
    // The final cleanup takes the mark away, and must not meet it afterwards.
    let mut turn = turn();
    if COUNT.load(Ordering::Relaxed) == 0 {
        return Err(WsaError::WSANOTINITIALISED);
    }
    turn.hooked = true;
    turn.settle_mode();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F005, row by row.
    #[test]
    fn versions_are_negotiated_as_observed() {
        let granted = |major: u8, minor: u8| negotiate(u16::from_le_bytes([major, minor])).map(|g| g.version);
        let version = |major: u8, minor: u8| Some(u16::from_le_bytes([major, minor]));
        assert_eq!((granted(0, 0), granted(0, 9)), (None, None));
        assert_eq!((granted(1, 0), granted(1, 1)), (version(1, 0), version(1, 1)));
        assert_eq!((granted(1, 2), granted(1, 255)), (version(1, 1), version(1, 1)));
        assert_eq!(
            (granted(2, 0), granted(2, 1), granted(2, 2)),
            (version(2, 0), version(2, 1), version(2, 2))
        );
        assert_eq!((granted(2, 3), granted(2, 255)), (version(2, 2), version(2, 2)));
        assert_eq!((granted(3, 0), granted(255, 255)), (version(2, 2), version(2, 2)));
    }
}
