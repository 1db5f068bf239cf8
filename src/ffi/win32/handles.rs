//! Handles of every kind: closing and duplicating them.
#![allow(unsafe_code)] // exported symbols; writes the caller's result

use crate::error::WsaError;
use crate::ffi::border;
use crate::socket::{facts, lifecycle, network_events, table};
use crate::win32::object::{self, Kind};
use crate::windows::foundation::{
    BOOL, DUPLICATE_CLOSE_SOURCE, DUPLICATE_HANDLE_OPTIONS, DUPLICATE_SAME_ACCESS, ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY, ERROR_TOO_MANY_OPEN_FILES, FALSE, HANDLE, TRUE,
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
/// source whatever else happens. Access and inheritance are not used: every handle may do everything, and
/// no child has them.
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
    _binherithandle: BOOL,
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
            false => require_this_process(htargetprocesshandle).and_then(|()| duplicate(source)).map(Some),
        };
        if dwoptions & DUPLICATE_CLOSE_SOURCE != 0 {
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

fn duplicate(source: usize) -> Result<usize, u32> {
    if matches!(object::kind_of(source), Kind::Socket) {
        return duplicate_socket(source).map_err(|code| match code {
            WsaError::WSAEMFILE => ERROR_TOO_MANY_OPEN_FILES,
            WsaError::WSAENOBUFS => ERROR_NOT_ENOUGH_MEMORY,
            _ => ERROR_INVALID_HANDLE,
        });
    }
    let object = object::find(source).ok_or(ERROR_INVALID_HANDLE)?;
    object::open(object).ok_or(ERROR_NOT_ENOUGH_MEMORY)
}

/// As WSADuplicateSocket and WSASocket do it together.
fn duplicate_socket(source: usize) -> Result<usize, WsaError> {
    let socket = table::enter(source)?;
    let ticket = lifecycle::duplicate(&socket)?;
    let copy = lifecycle::take_duplicate(ticket).unwrap_or(Err(WsaError::WSAENOTSOCK))?;
    table::enter(copy)?.set_own(facts::HANDLE_COPY);
    Ok(copy)
}
