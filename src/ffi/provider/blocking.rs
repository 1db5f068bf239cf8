//! WSACancelBlockingCall: ends the call that the calling thread's blocking hook runs in.
#![allow(unsafe_code)] // The C border; calls the program's hooks.

use crate::error::WsaError;
use crate::socket::blocking::{self};
use crate::socket::startup;

/// **WSACancelBlockingCall** of the base provider.
pub(in crate::ffi) fn cancel_blocking_call() -> Result<i32, WsaError> {
    startup::require_hooks()?;
    if blocking::cancel() { Ok(0) } else { Err(WsaError::WSAEINVAL) }
}
