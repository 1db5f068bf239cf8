//! Events under Winsock's names: WSACreateEvent, WSACloseEvent, WSASetEvent, WSAResetEvent and the wait for them.
#![allow(unsafe_code)] // The C border; reads the caller's array of handles.

use super::types::WSAEVENT;
use crate::error::WsaError;
use crate::ffi::border::{self, winsock};
use crate::ffi::win32::events::event_of;
use crate::ffi::win32::waits::wait_for_several;
use crate::socket::startup;
use crate::win32::event;
use crate::win32::object::{self, Kind, Object};
use crate::windows::foundation::{BOOL, FALSE, HANDLE, TRUE, WAIT_EVENT, WAIT_FAILED};

/// **WSACreateEvent** makes an event that is reset by hand, and not set (G188).
///
/// # Errors
/// Returns WSA_INVALID_EVENT.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSA_NOT_ENOUGH_MEMORY | no room for more handles | documented |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_WSACreateEvent")]
pub unsafe extern "system" fn WSACreateEvent() -> WSAEVENT {
    winsock(super::consts::WSA_INVALID_EVENT, || {
        startup::require()?;
        let handle = object::open(Object::Event(event::new(true, false)));
        handle.map(|handle| handle as WSAEVENT).ok_or(WsaError::WSA_NOT_ENOUGH_MEMORY)
    })
}

/// **WSACloseEvent** closes an event's handle; waits that are under way keep the event.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSA_INVALID_HANDLE | the handle is not open, or is a socket's | documented |
/// | WSA_INVALID_HANDLE | it has HANDLE_FLAG_PROTECT_FROM_CLOSE, and stays open | documented; the code decided |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_WSACloseEvent")]
pub unsafe extern "system" fn WSACloseEvent(hevent: WSAEVENT) -> BOOL {
    winsock(FALSE, || {
        startup::require()?;
        let closed = match object::kind_of(hevent as usize) {
            Kind::Object => object::close(hevent as usize),
            Kind::Socket | Kind::Pseudo => None,
        };
        closed.map(|()| TRUE).ok_or(WsaError::WSA_INVALID_HANDLE)
    })
}

/// **WSASetEvent** sets an event.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSA_INVALID_HANDLE | not an event's handle | documented |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_WSASetEvent")]
pub unsafe extern "system" fn WSASetEvent(hevent: WSAEVENT) -> BOOL {
    winsock(FALSE, || {
        startup::require()?;
        event::set(&event_of(hevent as HANDLE).map_err(|_| WsaError::WSA_INVALID_HANDLE)?);
        Ok(TRUE)
    })
}

/// **WSAResetEvent** makes an event unset.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSA_INVALID_HANDLE | not an event's handle | documented |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_WSAResetEvent")]
pub unsafe extern "system" fn WSAResetEvent(hevent: WSAEVENT) -> BOOL {
    winsock(FALSE, || {
        startup::require()?;
        event::reset(&*event_of(hevent as HANDLE).map_err(|_| WsaError::WSA_INVALID_HANDLE)?);
        Ok(TRUE)
    })
}

/// **WSAWaitForMultipleEvents** waits until one of the events is set, or with `fwaitall` all of them: it is
/// WaitForMultipleObjectsEx (G174), and waits for other objects too.
///
/// Returns WSA_WAIT_EVENT_0 plus the lowest index that is set (G175), WSA_WAIT_EVENT_0 when all are,
/// WSA_WAIT_TIMEOUT, or WSA_WAIT_IO_COMPLETION when `falertable` is not 0 and calls that were queued for the
/// thread have run (G183). None of these touches the last error (G176).
///
/// # Errors
/// Returns WSA_WAIT_FAILED.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | G178 |
/// | WSA_INVALID_PARAMETER | no handle or more than 64; one event twice with `fwaitall` | G177, G178 |
/// | ERROR_NOACCESS | `lphevents` is NULL | G179 |
/// | WSA_INVALID_HANDLE | a handle is not open, or nobody can wait for its object | G178 |
///
/// # Safety
/// - `lphevents` is NULL or readable for `cevents` handles.
#[unsafe(export_name = "ws2_WSAWaitForMultipleEvents")]
pub unsafe extern "system" fn WSAWaitForMultipleEvents(
    cevents: u32,
    lphevents: *const HANDLE,
    fwaitall: BOOL,
    dwtimeout: u32,
    falertable: BOOL,
) -> WAIT_EVENT {
    border::win32(WAIT_FAILED, || {
        startup::require().map_err(|error| error.code() as u32)?;
        // SAFETY: the caller's promise.
        unsafe { wait_for_several(cevents, lphevents, fwaitall, dwtimeout, falertable) }
    })
}
