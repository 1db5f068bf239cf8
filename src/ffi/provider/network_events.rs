//! Network events: pointers, events and windows across the border.
#![allow(unsafe_code)] // The C border; writes the caller's structure.

use std::sync::Arc;

use crate::error::WsaError;
use crate::ffi::memory::is_writable;
use crate::ffi::win32::events::event_of;
use crate::socket::network_events::Recipient;
use crate::socket::{network_events, table};
use crate::win32::event::Event;
use crate::win32::window;
use crate::windows::consts::*;
use crate::windows::foundation::HANDLE;
use crate::windows::types::{SOCKET, WSAEVENT, WSANETWORKEVENTS};
use crate::windows::user::HWND;

/// **WSAEventSelect** of the base provider.
///
/// # Safety
/// Those of `WSAEventSelect`.
#[inline(always)]
pub(in crate::ffi) unsafe fn event_select(
    s: SOCKET,
    heventobject: WSAEVENT,
    lnetworkevents: i32,
) -> Result<i32, WsaError> {
    let socket = table::enter(s)?;
    let event = optional(heventobject)?;
    if lnetworkevents == 0 && event.is_none() {
        network_events::deselect(&socket)?;
    } else {
        network_events::select(&socket, lnetworkevents as u32, event)?;
    }
    Ok(0)
}

/// **WSAEnumNetworkEvents** of the base provider.
///
/// # Safety
/// Those of `WSAEnumNetworkEvents`.
#[inline(always)]
pub(in crate::ffi) unsafe fn enum_network_events(
    s: SOCKET,
    heventobject: WSAEVENT,
    lpnetworkevents: *mut WSANETWORKEVENTS,
) -> Result<i32, WsaError> {
    let socket = table::enter(s)?;
    if !is_writable(lpnetworkevents) {
        return Err(WsaError::WSAEFAULT);
    }
    let event = optional(heventobject)?;
    let report = network_events::enumerate(&socket, event.as_deref());
    // SAFETY: the caller's promise; alignment is not asked of C programs.
    unsafe {
        (&raw mut (*lpnetworkevents).lNetworkEvents).write_unaligned(report.events as i32);
        let codes = (&raw mut (*lpnetworkevents).iErrorCode).cast::<i32>();
        for (kind, code) in report.codes.into_iter().enumerate() {
            if report.events & 1 << kind != 0 {
                codes.add(kind).write_unaligned(code);
            }
        }
    }
    Ok(0)
}

/// **WSAAsyncSelect** of the base provider.
///
/// # Safety
/// Those of `WSAAsyncSelect`.
#[inline(always)]
pub(in crate::ffi) unsafe fn async_select(
    s: SOCKET,
    hwnd: HWND,
    wmsg: u32,
    levent: i32,
) -> Result<i32, WsaError> {
    let socket = table::enter(s)?;
    let window = hwnd as usize;
    window::find(window).map_err(|_| WsaError::WSAEINVAL)?;
    let to = Recipient { window, message: wmsg, socket: s };
    network_events::select_messages(&socket, levent as u32, to)?;
    Ok(0)
}

fn optional(handle: WSAEVENT) -> Result<Option<Arc<Event>>, WsaError> {
    if handle == WSA_INVALID_EVENT {
        return Ok(None);
    }
    event_of(handle as HANDLE).map(Some).map_err(|_| WsaError::WSAEINVAL)
}
