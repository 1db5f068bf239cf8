//! Event objects: made, set, reset, waited for, one or several at a time, and closed.
#![allow(unsafe_code)] // Calls Windows' functions.

use std::ptr;

use super::socket::Raw;
use super::{last_win32_error, outcome};
use crate::Win32::Foundation::{CloseHandle, HANDLE, WAIT_FAILED, WAIT_OBJECT_0, WAIT_TIMEOUT};
use crate::Win32::Networking::WinSock as ws;
use crate::Win32::System::Threading as threading;
use crate::error::WsaError;

/// An event's handle. Dropping it closes it.
#[derive(Debug)]
pub struct RawEvent(HANDLE);

// SAFETY: the number of an object that any thread may use, several at a time.
unsafe impl Send for RawEvent {}
// SAFETY: as above.
unsafe impl Sync for RawEvent {}

impl RawEvent {
    /// CreateEventW, without a name.
    pub(in crate::net) fn new(manual_reset: bool, set: bool) -> Result<Self, WsaError> {
        // SAFETY: no attributes and no name.
        let event =
            unsafe { threading::CreateEventW(ptr::null(), manual_reset.into(), set.into(), ptr::null()) };
        if event.is_null() { Err(last_win32_error()) } else { Ok(Self(event)) }
    }

    pub(super) fn handle(&self) -> HANDLE {
        self.0
    }

    pub(in crate::net) fn set(&self) -> Result<(), WsaError> {
        // SAFETY: the handle is open.
        win32(unsafe { threading::SetEvent(self.0) })
    }

    pub(in crate::net) fn reset(&self) -> Result<(), WsaError> {
        // SAFETY: the handle is open.
        win32(unsafe { threading::ResetEvent(self.0) })
    }

    /// Whether it was set in time.
    pub(in crate::net) fn wait(&self, milliseconds: u32) -> Result<bool, WsaError> {
        // SAFETY: the handle is open.
        match unsafe { threading::WaitForSingleObject(self.0, milliseconds) } {
            WAIT_OBJECT_0 => Ok(true),
            WAIT_FAILED => Err(last_win32_error()),
            _ => Ok(false),
        }
    }
}

impl Drop for RawEvent {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and nobody has it any more.
        unsafe { CloseHandle(self.0) };
    }
}

fn win32(success: i32) -> Result<(), WsaError> {
    if success == 0 { Err(last_win32_error()) } else { Ok(()) }
}

/// The place of the first one that is set.
pub(in crate::net) fn wait_for_any(
    events: &[&RawEvent],
    milliseconds: u32,
) -> Result<Option<usize>, WsaError> {
    let handles: Vec<HANDLE> = events.iter().map(|event| event.0).collect();
    let count = u32::try_from(handles.len()).map_err(|_| WsaError::WSA_INVALID_PARAMETER)?;
    // SAFETY: as many open handles.
    match unsafe { threading::WaitForMultipleObjects(count, handles.as_ptr(), 0, milliseconds) } {
        WAIT_TIMEOUT => Ok(None),
        WAIT_FAILED => Err(last_win32_error()),
        index => Ok(Some((index - WAIT_OBJECT_0) as usize)),
    }
}

impl Raw {
    /// WSAEventSelect. The event is to stay as long as it is selected.
    pub(in crate::net) fn select_events(&self, event: Option<&RawEvent>, mask: i32) -> Result<(), WsaError> {
        let event = event.map_or(0, |event| event.0 as ws::WSAEVENT);
        // SAFETY: numbers.
        outcome(unsafe { ws::WSAEventSelect(self.number(), event, mask) })
    }

    /// WSAEnumNetworkEvents: the mask, and a code for each bit.
    pub(in crate::net) fn network_events(
        &self,
        event: Option<&RawEvent>,
    ) -> Result<(i32, [i32; 10]), WsaError> {
        let event = event.map_or(0, |event| event.0 as ws::WSAEVENT);
        let mut record = ws::WSANETWORKEVENTS::default();
        // SAFETY: the record is there to be written.
        outcome(unsafe { ws::WSAEnumNetworkEvents(self.number(), event, &raw mut record) })?;
        Ok((record.lNetworkEvents, record.iErrorCode))
    }
}
