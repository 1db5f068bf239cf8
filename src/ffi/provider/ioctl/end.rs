//! How an ioctl ends: what the call says, what goes to its count, and what an OVERLAPPED is told.
#![allow(unsafe_code)] // Writes the caller's count.

use crate::error::WsaError;
use crate::ffi::memory::put;
use crate::socket::requests;

/// How a request ended.
pub(super) struct End {
    pub(super) result: Result<(), WsaError>,
    /// What goes to the count, where it changes.
    pub(super) count: Option<u32>,
    /// What an OVERLAPPED is told, besides a success.
    pub(super) told: Told,
}

pub(super) enum Told {
    Nothing,
    /// That it pends, which it does not (F259).
    Pending,
    /// Afterwards, this.
    Later(requests::End),
}

impl End {
    /// So many bytes came out.
    pub(super) fn done(count: usize) -> Self {
        Self { result: Ok(()), count: Some(count as u32), told: Told::Nothing }
    }

    /// Refused, and nothing of the caller's changes.
    pub(super) fn refused(code: WsaError) -> Self {
        Self { result: Err(code), count: None, told: Told::Nothing }
    }

    /// The call says that the request pends, and this is told afterwards.
    pub(super) fn later(end: requests::End) -> Self {
        Self { told: Told::Later(end), ..Self::refused(WsaError::WSA_IO_PENDING) }
    }

    pub(super) fn of(result: Result<(), WsaError>) -> Self {
        match result {
            Ok(()) => Self::done(0),
            Err(code) => Self { count: Some(0), ..Self::refused(code) },
        }
    }

    /// # Safety
    /// `to` is bad or writable.
    pub(super) unsafe fn put_count(&self, to: *mut u32) -> Result<(), WsaError> {
        // SAFETY: the caller's promise.
        self.count.map_or(Ok(()), |count| unsafe { put(to, count) })
    }
}
