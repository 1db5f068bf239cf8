//! WSAStartup and WSACleanup: the process's count, and the version that the first startup negotiated.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{blocking, lifecycle, table};
use crate::error::WsaError;
use crate::sys;

/// How many startups are not yet cleaned up, and [`HOOKED`]; Winsock calls only read it.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A thread has installed a blocking hook since the first startup. As the sign it costs no look of its own.
const HOOKED: u32 = 1 << 31;

/// Startups and cleanups happen one after the other. Holds the first startup's major version.
static TURN: Mutex<u8> = Mutex::new(2);

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
    let mut major = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if users() == 0 {
        *major = if granted.winsock1 { 1 } else { 2 };
        // Windows programs know of no limit but memory.
        sys::raise_descriptor_limit();
    }
    COUNT.fetch_add(1, Ordering::Release);
}

/// Counts one user less; the last one takes every socket with it (F002).
pub(crate) fn stop() -> Result<(), WsaError> {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    match users() {
        0 => Err(WsaError::WSANOTINITIALISED),
        1 => {
            COUNT.store(0, Ordering::SeqCst);
            blocking::forget_hooks();
            // All are marked before the first is closed: the end of one must not look like the peer's to another.
            let mut closing = Vec::new();
            table::each_live(|fd| closing.extend(lifecycle::mark_for_cleanup(fd)));
            closing.into_iter().for_each(lifecycle::close_marked);
            lifecycle::close_parked();
            Ok(())
        }
        _ => {
            COUNT.fetch_sub(1, Ordering::Release);
            Ok(())
        }
    }
}

fn users() -> u32 {
    COUNT.load(Ordering::Relaxed) & !HOOKED
}

/// Refuses before the first startup and after the last cleanup, and inside of a blocking hook.
#[inline]
pub(crate) fn require() -> Result<(), WsaError> {
    if COUNT.load(Ordering::Relaxed) as i32 > 0 { Ok(()) } else { require_closely() }
}

#[cold]
fn require_closely() -> Result<(), WsaError> {
    if users() == 0 { Err(WsaError::WSANOTINITIALISED) } else { blocking::require_idle() }
}

/// Whether the process is one that negotiated Winsock 1 at its first startup (F007).
fn is_winsock1() -> bool {
    *TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) == 1
}

/// Refuses where there are no blocking hooks: before the first startup, and where that negotiated version 2.
pub(crate) fn require_hooks() -> Result<(), WsaError> {
    match () {
        () if users() == 0 => Err(WsaError::WSANOTINITIALISED),
        () if !is_winsock1() => Err(WsaError::WSAEOPNOTSUPP),
        () => Ok(()),
    }
}

/// From here on calls look whether they are made inside of a hook.
pub(super) fn note_hook() -> Result<(), WsaError> {
    // The final cleanup takes the mark away, and must not meet it afterwards.
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if users() == 0 {
        return Err(WsaError::WSANOTINITIALISED);
    }
    COUNT.fetch_or(HOOKED, Ordering::Release);
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
