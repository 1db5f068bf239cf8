//! The border that every exported function crosses: no panic leaves, the last error is set.
#![allow(unsafe_code)] // Writes the code of a procedure table's entry.

use std::any::type_name;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::WsaError;
use crate::ffi::spi::trace;
use crate::platform::HOST;
use crate::socket::startup;
use crate::socket::threads;
pub(crate) use crate::socket::threads::last_error;
use crate::sys;

/// Sets the thread's last error; one that is none leaves errno to the host.
#[inline]
pub(crate) fn set_last_error(code: u32) {
    threads::set_last_error(code);
    if code != 0 {
        sys::leave_errno(HOST.errno_of(code));
    }
}

/// Runs a Winsock function: its value clears the last error (F008), its failure sets it and becomes `failed`.
///
/// A panic inside is a bug of this library; it ends here as WSASYSCALLFAILURE rather than in the caller's frames.
#[inline(always)]
pub(crate) fn winsock<T>(failed: T, body: impl FnOnce() -> Result<T, WsaError>) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => {
            set_last_error(0);
            value
        }
        Ok(Err(error)) => {
            set_last_error(error.code() as u32);
            failed
        }
        Err(_) => {
            set_last_error(WsaError::WSASYSCALLFAILURE.code() as u32);
            failed
        }
    }
}

/// As [`winsock`], for a function that goes by the procedure table of its socket's provider unless nothing stands
/// between the program and the base provider. The look whether that is so takes the place of the look whether the
/// library is started.
#[inline(always)]
pub(crate) fn routed<T>(
    failed: T,
    by_table: impl FnOnce() -> Result<T, WsaError>,
    straight: impl FnOnce() -> Result<T, WsaError>,
) -> T {
    // Not inside of one closure: what both need would have to be carried into it.
    if startup::is_plain() { winsock(failed, straight) } else { round_about(failed, by_table) }
}

/// A trace is told of calls that fail before any provider is asked.
#[cold]
#[inline(never)]
fn round_about<T, B: FnOnce() -> Result<T, WsaError>>(failed: T, by_table: B) -> T {
    winsock(failed, || {
        let seen = trace::before();
        let answer = startup::require().and_then(|()| by_table());
        answer.inspect_err(|error| trace::refused(type_name::<B>(), &seen, *error))
    })
}

/// Runs an entry of a procedure table: its error goes to `*code` and nowhere else (G151).
///
/// # Safety
/// `code` is bad or writable.
pub(crate) unsafe fn entry<T>(failed: T, code: *mut i32, body: impl FnOnce() -> Result<T, WsaError>) -> T {
    let error = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => return value,
        Ok(Err(error)) => error,
        Err(_) => WsaError::WSASYSCALLFAILURE,
    };
    // SAFETY: the caller's promise. Who gives no place for the code learns of the failure only.
    let _ = unsafe { super::memory::put(code, error.code()) };
    failed
}

/// Runs a Win32 function: its failure sets the last error; its success leaves the last error alone.
#[inline]
pub(crate) fn win32<T>(failed: T, body: impl FnOnce() -> Result<T, u32>) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => value,
        Ok(Err(code)) => {
            set_last_error(code);
            failed
        }
        Err(_) => {
            set_last_error(crate::windows::foundation::ERROR_GEN_FAILURE);
            failed
        }
    }
}

/// Runs a function that cannot fail and touches no last error.
#[inline]
pub(crate) fn quiet<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}
