//! Where the safe API calls Windows' functions: every pointer that goes to them is made here, and nowhere else in it.
//!
//! What is said here of memory is the whole of what the safe API's soundness rests on; what the outcomes mean is
//! said above.
#![allow(unsafe_code)] // Calls Windows' functions, which are all unsafe.

pub(super) mod buffer;
pub(super) mod event;
pub(super) mod inner;
pub(super) mod message;
pub(super) mod operation;
pub(super) mod port;
pub(super) mod socket;

use std::sync::OnceLock;
use std::time::Duration;

use crate::Win32::Foundation::GetLastError;
use crate::Win32::Networking::WinSock::{WSADATA, WSAGetLastError, WSAStartup};
use crate::error::WsaError;

/// What the Winsock call that has just failed says.
fn last_error() -> WsaError {
    // SAFETY: asks for a number.
    WsaError::from_code(unsafe { WSAGetLastError() })
}

/// What the Win32 call that has just failed says. Where both sets have a number they mean the same by it.
fn last_win32_error() -> WsaError {
    // SAFETY: asks for a number.
    WsaError::from_code(unsafe { GetLastError() } as i32)
}

/// What a function says that returns 0 for success.
fn outcome(result: i32) -> Result<(), WsaError> {
    if result == 0 { Ok(()) } else { Err(last_error()) }
}

/// Starts Winsock, if this module has not done so yet. What failed once may succeed later.
pub(super) fn start_up() -> Result<(), WsaError> {
    static STARTED: OnceLock<()> = OnceLock::new();
    if STARTED.get().is_none() {
        start_up_again()?;
        // Two threads may have done so: that is one start more than is needed, and nobody counts them down.
        STARTED.get_or_init(|| ());
    }
    Ok(())
}

/// Starts Winsock, also if this module has: somebody else has ended it more often than he started it.
pub(super) fn start_up_again() -> Result<(), WsaError> {
    let mut data = WSADATA::default();
    // SAFETY: the record is there to be written.
    match unsafe { WSAStartup(0x0202, &raw mut data) } {
        0 => Ok(()),
        code => Err(WsaError::from_code(code)),
    }
}

/// A duration in milliseconds, never shorter than asked; None is for ever.
pub(super) fn milliseconds(duration: Option<Duration>) -> u32 {
    const FOR_EVER: u32 = u32::MAX;
    duration.map_or(FOR_EVER, |duration| {
        let whole = duration.as_nanos().div_ceil(1_000_000);
        u32::try_from(whole).unwrap_or(FOR_EVER).min(FOR_EVER - 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_rounded_up_and_end_below_infinite() {
        let of = |nanoseconds| milliseconds(Some(Duration::from_nanos(nanoseconds)));
        assert_eq!((of(0), of(1), of(1_000_000), of(1_000_001)), (0, 1, 1, 2));
        assert_eq!(milliseconds(Some(Duration::MAX)), u32::MAX - 1);
        assert_eq!(milliseconds(None), u32::MAX);
    }
}
