//! Winsock's startup that nobody but `std` calls for: on Windows the first socket of `std` makes it.
#![allow(unsafe_code)] // Calls WSAStartup by its C signature.

use std::cell::Cell;
use std::sync::Once;

use crate::ffi::winsock::{WSADATA, WSAStartup};
use crate::socket::startup;
use crate::socket::threads::KeptErrors;

thread_local! {
    /// The thread is starting Winsock: what that calls finds it off, as it does in a program's own startup.
    static STARTING: Cell<bool> = const { Cell::new(false) };
}

/// Starts Winsock, once in the process.
pub(super) fn start() {
    static STARTED: Once = Once::new();
    if STARTED.is_completed() || STARTING.get() {
        return;
    }
    STARTED.call_once(|| {
        // Who converts a socket has not called a function that would set it.
        let _errors = KeptErrors::new();
        STARTING.set(true);
        let mut data = WSADATA::default();
        // A library that cannot be started says so in each call that follows.
        // SAFETY: `data` is writable.
        let _ = unsafe { WSAStartup(0x0202, &mut data) };
        STARTING.set(false);
    });
}

/// The program leaves Winsock's startup to `std`: a call that finds it off has it started.
///
/// `openws2-std` says so when it is loaded. It cannot know when the first socket of `std` is made.
#[doc(hidden)]
pub fn leave_startup_to_std() {
    startup::leave_to_std(start);
}
