//! Handles of every kind: closing and duplicating them, and their flags.
#![allow(unsafe_code)] // exported symbols; writes the caller's result

use super::types::SECURITY_ATTRIBUTES;
use crate::error::WsaError;
use crate::ffi::border;
use crate::ffi::memory::{get, is_writable, put};
use crate::socket::table::{self, Socket};
use crate::socket::{facts, lifecycle, network_events};
use crate::sys;
use crate::win32::object::{self, Kind};
use crate::windows::foundation::{
    BOOL, DUPLICATE_CLOSE_SOURCE, DUPLICATE_HANDLE_OPTIONS, DUPLICATE_SAME_ACCESS, ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER, ERROR_NOACCESS, ERROR_NOT_ENOUGH_MEMORY, ERROR_TOO_MANY_OPEN_FILES, FALSE,
    HANDLE, HANDLE_FLAG_INHERIT, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAGS, TRUE,
};

/// **CloseHandle** closes a handle of an object or a socket; the object lives on while others use it.
///
/// The pseudo handles of the current process and thread may be closed to no effect. With its last handle a
/// completion port is closed: who waits there is told (G193). The window of WSAAsyncSelect is told FD_CLOSE of a
/// socket that is closed so, and of one that closesocket closes nothing (F131).
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | the handle is not open | documented |
/// | ERROR_INVALID_HANDLE | it has HANDLE_FLAG_PROTECT_FROM_CLOSE, and stays open | documented; the code decided |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_CloseHandle")]
pub unsafe extern "system" fn CloseHandle(hobject: HANDLE) -> BOOL {
    border::win32(FALSE, || close(hobject as usize).map(|()| TRUE))
}

fn close(handle: usize) -> Result<(), u32> {
    match object::kind_of(handle) {
        Kind::Pseudo => Ok(()),
        // Closing one needs no startup.
        Kind::Socket if is_protected(handle) => Err(ERROR_INVALID_HANDLE),
        Kind::Socket => close_socket(handle).map_err(|_| ERROR_INVALID_HANDLE),
        Kind::Object => object::close(handle).ok_or(ERROR_INVALID_HANDLE),
    }
}

fn close_socket(handle: usize) -> Result<(), WsaError> {
    let farewell = network_events::farewell(handle);
    lifecycle::close(handle)?;
    if let Some(farewell) = farewell {
        farewell.say();
    }
    Ok(())
}

/// **DuplicateHandle** makes another handle of the same object: a thread, an event, a port, a socket.
///
/// Both processes must be this one. The pseudo handle of the current thread becomes one that other threads
/// can use. `lptargethandle` gets the handle; if it is NULL none is made. DUPLICATE_CLOSE_SOURCE closes the
/// source whatever else happens, unless that has HANDLE_FLAG_PROTECT_FROM_CLOSE: then it stays open, and the
/// call succeeds all the same. `binherithandle` is the new handle's HANDLE_FLAG_INHERIT, with what that does
/// ([`SetHandleInformation`]); its other flags are off. Access is not used: every handle may do everything.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | the source is not open, or a process is not this one | documented |
/// | ERROR_INVALID_PARAMETER | an option that does not exist | decided |
/// | ERROR_TOO_MANY_OPEN_FILES | the host gives no more descriptors | decided |
/// | ERROR_NOT_ENOUGH_MEMORY | no room for more handles | decided |
///
/// # Safety
/// - `lptargethandle` is NULL or writable.
#[unsafe(export_name = "ws2_DuplicateHandle")]
pub unsafe extern "system" fn DuplicateHandle(
    hsourceprocesshandle: HANDLE,
    hsourcehandle: HANDLE,
    htargetprocesshandle: HANDLE,
    lptargethandle: *mut HANDLE,
    _dwdesiredaccess: u32,
    binherithandle: BOOL,
    dwoptions: DUPLICATE_HANDLE_OPTIONS,
) -> BOOL {
    border::win32(FALSE, || {
        require_this_process(hsourceprocesshandle)?;
        if dwoptions & !(DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS) != 0 {
            return Err(ERROR_INVALID_PARAMETER);
        }
        let source = hsourcehandle as usize;
        let made = match lptargethandle.is_null() {
            true => Ok(None),
            false => require_this_process(htargetprocesshandle)
                .and_then(|()| duplicate(source, inherit_flag(binherithandle)))
                .map(Some),
        };
        if dwoptions & DUPLICATE_CLOSE_SOURCE != 0 && !is_protected(source) {
            close(source)?;
        }
        if let Some(handle) = made? {
            // SAFETY: not NULL, so writable.
            unsafe { lptargethandle.write_unaligned(handle as HANDLE) };
        }
        Ok(TRUE)
    })
}

fn require_this_process(process: HANDLE) -> Result<(), u32> {
    match object::find(process as usize) {
        Some(object::Object::Process(_)) => Ok(()),
        _ => Err(ERROR_INVALID_HANDLE),
    }
}

fn duplicate(source: usize, inherit: HANDLE_FLAGS) -> Result<usize, u32> {
    if matches!(object::kind_of(source), Kind::Socket) {
        return duplicate_socket(source, inherit != 0).map_err(|code| match code {
            WsaError::WSAEMFILE => ERROR_TOO_MANY_OPEN_FILES,
            WsaError::WSAENOBUFS => ERROR_NOT_ENOUGH_MEMORY,
            _ => ERROR_INVALID_HANDLE,
        });
    }
    let object = object::find(source).ok_or(ERROR_INVALID_HANDLE)?;
    object::open_with(object, inherit).ok_or(ERROR_NOT_ENOUGH_MEMORY)
}

/// As WSADuplicateSocket and WSASocket do it together.
fn duplicate_socket(source: usize, inherit: bool) -> Result<usize, WsaError> {
    let socket = table::enter(source)?;
    let ticket = lifecycle::duplicate(&socket)?;
    let copy = lifecycle::take_duplicate(ticket, inherit).unwrap_or(Err(WsaError::WSAENOTSOCK))?;
    table::enter(copy)?.set_own(facts::HANDLE_COPY);
    Ok(copy)
}

/// **GetHandleInformation** tells the flags of a handle: HANDLE_FLAG_INHERIT, HANDLE_FLAG_PROTECT_FROM_CLOSE.
///
/// A socket is inherited until told otherwise, as on Windows, unless it was made with WSA_FLAG_NO_HANDLE_INHERIT;
/// what a program does to the host's close-on-exec flag shows here. Other handles are inherited if they were
/// made so (`bInheritHandle`).
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | the handle is not open; it is a pseudo handle, which has no flags | decided |
/// | ERROR_NOACCESS | `lpdwflags` is no pointer | decided |
///
/// # Safety
/// - `lpdwflags` is NULL or writable.
#[unsafe(export_name = "ws2_GetHandleInformation")]
pub unsafe extern "system" fn GetHandleInformation(hobject: HANDLE, lpdwflags: *mut u32) -> BOOL {
    border::win32(FALSE, || {
        if !is_writable(lpdwflags) {
            return Err(ERROR_NOACCESS);
        }
        let flags = flags(hobject as usize)?;
        // SAFETY: the caller's promise.
        unsafe { put(lpdwflags, flags) }.map_err(|_| ERROR_NOACCESS)?;
        Ok(TRUE)
    })
}

/// **SetHandleInformation** sets those flags of a handle that `dwmask` names to what they are in `dwflags`.
///
/// HANDLE_FLAG_INHERIT of a socket is the host's close-on-exec flag, turned round: with it, programs that this
/// one starts have the descriptor. Of every other handle it is kept and told, and does nothing: events,
/// threads and ports are the process's own. HANDLE_FLAG_PROTECT_FROM_CLOSE makes CloseHandle and WSACloseEvent
/// fail; closesocket closes a socket all the same. The flags are the handle's, not the object's: duplicates
/// have their own.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | the handle is not open; it is a pseudo handle, which has no flags | decided |
/// | ERROR_INVALID_PARAMETER | the mask names a flag that does not exist | decided |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_SetHandleInformation")]
pub unsafe extern "system" fn SetHandleInformation(
    hobject: HANDLE,
    dwmask: u32,
    dwflags: HANDLE_FLAGS,
) -> BOOL {
    border::win32(FALSE, || {
        if dwmask & !(HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE) != 0 {
            return Err(ERROR_INVALID_PARAMETER);
        }
        change(hobject as usize, dwmask, dwflags).map(|()| TRUE)
    })
}

/// HANDLE_FLAG_INHERIT as the attributes of a handle to be made have it; none are as none set.
///
/// # Safety
/// `attributes` is bad or readable.
pub(super) unsafe fn inherit_of(attributes: *const SECURITY_ATTRIBUTES) -> Result<HANDLE_FLAGS, u32> {
    if attributes.is_null() {
        return Ok(0);
    }
    // SAFETY: the caller's promise.
    let attributes = unsafe { get(attributes) }.map_err(|_| ERROR_NOACCESS)?;
    Ok(inherit_flag(attributes.bInheritHandle))
}

/// HANDLE_FLAG_INHERIT as a BOOL of the program's has it.
pub(super) fn inherit_flag(inherit: BOOL) -> HANDLE_FLAGS {
    if inherit == FALSE { 0 } else { HANDLE_FLAG_INHERIT }
}

fn flags(handle: usize) -> Result<HANDLE_FLAGS, u32> {
    if !matches!(object::kind_of(handle), Kind::Socket) {
        return object::flags(handle).ok_or(ERROR_INVALID_HANDLE);
    }
    let socket = open_socket(handle)?;
    let inherited = sys::is_inherited(socket.fd()).map_err(|_| ERROR_INVALID_HANDLE)?;
    let protected = if socket.facts().any(facts::PROTECTED) { HANDLE_FLAG_PROTECT_FROM_CLOSE } else { 0 };
    Ok(inherit_flag(inherited.into()) | protected)
}

/// Sets the flags that are in the mask.
fn change(handle: usize, mask: u32, flags: HANDLE_FLAGS) -> Result<(), u32> {
    if !matches!(object::kind_of(handle), Kind::Socket) {
        return object::set_flags(handle, mask, flags).ok_or(ERROR_INVALID_HANDLE);
    }
    let socket = open_socket(handle)?;
    if mask & HANDLE_FLAG_INHERIT != 0 {
        let on = flags & HANDLE_FLAG_INHERIT != 0;
        sys::set_inherited(socket.fd(), on).map_err(|_| ERROR_INVALID_HANDLE)?;
    }
    match (mask & HANDLE_FLAG_PROTECT_FROM_CLOSE, flags & HANDLE_FLAG_PROTECT_FROM_CLOSE) {
        (0, _) => (),
        (_, 0) => drop(socket.slot().clear(facts::PROTECTED)),
        _ => socket.set_own(facts::PROTECTED),
    }
    Ok(())
}

/// The socket, if the number is still its.
fn open_socket(handle: usize) -> Result<Socket, u32> {
    let socket = table::enter(handle).map_err(|_| ERROR_INVALID_HANDLE)?;
    if socket.slot().is_still_in_turn(socket.fd()) {
        return Ok(socket);
    }
    lifecycle::forget(&socket);
    Err(ERROR_INVALID_HANDLE)
}

fn is_protected(handle: usize) -> bool {
    flags(handle).is_ok_and(|flags| flags & HANDLE_FLAG_PROTECT_FROM_CLOSE != 0)
}
