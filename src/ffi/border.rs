//! The border that every exported function crosses: no panic leaves, the last error is set.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::WsaError;
pub(crate) use crate::socket::threads::{last_error, set_last_error};

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
