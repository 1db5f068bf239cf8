//! Overlapped operations as Win32 sees them: their results, their cancellation, how their ends are told.
#![allow(unsafe_code)] // The C border.

use crate::ffi::border;
use crate::ffi::memory::{is_writable, put};
use crate::ffi::provider::overlapped::{event_in, read_status, write_status};
use crate::ffi::win32::waits::waitable_of;
use crate::ffi::winsock::OVERLAPPED;
use crate::overlapped::{self, cancel};
use crate::socket::requests::{self, Requests, Side};
use crate::socket::table::{self, Socket};
use crate::win32::object::{self, Kind, Object};
use crate::win32::wait::{self, Deadline, Outcome};
use crate::windows::foundation::{
    BOOL, ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_IO_INCOMPLETE, ERROR_NOACCESS,
    ERROR_NOT_FOUND, FALSE, HANDLE, TRUE, WAIT_IO_COMPLETION, WAIT_TIMEOUT,
};

/// INFINITE.
const FOR_EVER: u32 = u32::MAX;

/// **GetOverlappedResult** tells how an overlapped operation ended.
///
/// `hfile` is the handle that it was begun on; once the operation has ended it does not matter (F117).
/// `*lpnumberofbytestransferred` gets the number of bytes, also of an operation that failed. With `bwait`
/// the call waits for the event in the OVERLAPPED, or for the handle itself if there is none.
///
/// # Errors
/// Returns FALSE.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_IO_INCOMPLETE | it has not ended, and `bwait` is FALSE | documented |
/// | ERROR_NETNAME_DELETED | a receive or send whose connection was reset | F113, F144 |
/// | ERROR_CONNECTION_ABORTED | closesocket ended it, on a connection | F113, F118 |
/// | ERROR_OPERATION_ABORTED | it was cancelled; closesocket ended it, elsewhere | F113, F119 |
/// | ERROR_MORE_DATA | a message was longer than the buffers, which are full | G056 |
/// | ERROR_INVALID_HANDLE | it pends, and there is nothing to wait for | documented |
/// | ERROR_NOACCESS | a pointer is none | decided |
///
/// and the Win32 code of any other status.
///
/// # Safety
/// - `lpoverlapped` is NULL or the OVERLAPPED of an operation; `lpnumberofbytestransferred` is NULL or a
///   writable DWORD.
#[unsafe(export_name = "ws2_GetOverlappedResult")]
pub unsafe extern "system" fn GetOverlappedResult(
    hfile: HANDLE,
    lpoverlapped: *const OVERLAPPED,
    lpnumberofbytestransferred: *mut u32,
    bwait: BOOL,
) -> BOOL {
    let milliseconds = if bwait == FALSE { 0 } else { FOR_EVER };
    border::win32(FALSE, || {
        // SAFETY: as the caller vouches.
        unsafe { result(hfile, lpoverlapped, lpnumberofbytestransferred, milliseconds, false) }
    })
}

/// **GetOverlappedResultEx** is [`GetOverlappedResult`] with a limit of `dwmilliseconds`, and alertable.
///
/// # Errors
/// Those of [`GetOverlappedResult`]; ERROR_IO_INCOMPLETE is for a limit of 0. And:
///
/// | code | when | source |
/// |---|---|---|
/// | WAIT_TIMEOUT | the limit has passed | documented |
/// | WAIT_IO_COMPLETION | calls that were queued for this thread have run | documented |
///
/// # Safety
/// Those of [`GetOverlappedResult`].
#[unsafe(export_name = "ws2_GetOverlappedResultEx")]
pub unsafe extern "system" fn GetOverlappedResultEx(
    hfile: HANDLE,
    lpoverlapped: *const OVERLAPPED,
    lpnumberofbytestransferred: *mut u32,
    dwmilliseconds: u32,
    balertable: BOOL,
) -> BOOL {
    let alertable = balertable != FALSE;
    border::win32(FALSE, || {
        // SAFETY: as the caller vouches.
        unsafe { result(hfile, lpoverlapped, lpnumberofbytestransferred, dwmilliseconds, alertable) }
    })
}

/// # Safety
/// Those of [`GetOverlappedResult`].
unsafe fn result(
    file: HANDLE,
    overlapped: *const OVERLAPPED,
    bytes: *mut u32,
    milliseconds: u32,
    alertable: bool,
) -> Result<BOOL, u32> {
    // SAFETY: as the caller vouches.
    let event = unsafe { event_in(overlapped) }.map_err(|_| ERROR_NOACCESS)?;
    if !is_writable(bytes) {
        return Err(ERROR_NOACCESS);
    }
    // SAFETY: found to be readable.
    let status = || unsafe { read_status(overlapped) };
    if status().is_pending() {
        settle(file as usize);
    }
    if status().is_pending() {
        if milliseconds == 0 {
            return Err(ERROR_IO_INCOMPLETE);
        }
        let handle = if event.is_null() { file } else { event };
        let object = waitable_of(handle)?;
        match wait::wait(vec![object], false, Deadline::after_ms(milliseconds), alertable) {
            Outcome::Signalled(_) => {}
            Outcome::TimedOut => return Err(WAIT_TIMEOUT),
            Outcome::Alerted => return Err(WAIT_IO_COMPLETION),
        }
        // SAFETY: as the caller vouches.
        unsafe { write_early(file as usize, overlapped.cast_mut()) };
    }
    let status = status();
    // SAFETY: as the caller vouches; the count is whole once the status is.
    unsafe {
        let count = (&raw const (*overlapped).InternalHigh).read_unaligned();
        put(bytes, count as u32).map_err(|_| ERROR_NOACCESS)?;
    }
    match status {
        // The event's word is taken for the end, as in WSAGetOverlappedResult (F112).
        status if status.is_success() || status.is_pending() => Ok(TRUE),
        status => Err(status.win32()),
    }
}

/// Lets what pends on a socket have what has come, so that who only looks sees it.
pub(in crate::ffi) fn settle(handle: usize) {
    if let (Kind::Socket, Ok(socket)) = (object::kind_of(handle), table::enter(handle)) {
        requests::settle(&socket, Side::Receive);
        requests::settle(&socket, Side::Send);
    }
}

/// Writes the status of an operation that has ended, but is to be written by who takes its packet (G192): a
/// thread that has waited for the end is not to be told that there is none.
///
/// # Safety
/// `overlapped` is an OVERLAPPED.
pub(in crate::ffi) unsafe fn write_early(handle: usize, overlapped: *mut OVERLAPPED) {
    // SAFETY: the caller's promise.
    let pends = || unsafe { read_status(overlapped) }.is_pending();
    let (Kind::Socket, Ok(socket), true) = (object::kind_of(handle), table::enter(handle), pends()) else {
        return;
    };
    let Some(requests) = Requests::present(&socket) else { return };
    let ended = requests.with_told(|_, told| told.as_ref()?.0.write_early(overlapped as usize));
    if let Some((status, bytes)) = ended {
        // SAFETY: the caller's promise; nobody else writes it any more.
        unsafe { write_status(overlapped, status, bytes as usize) };
    }
}

fn socket_of(handle: HANDLE) -> Result<Socket, u32> {
    match object::kind_of(handle as usize) {
        Kind::Socket => table::enter(handle as usize).map_err(|_| ERROR_INVALID_HANDLE),
        _ => Err(ERROR_INVALID_HANDLE),
    }
}

/// **CancelIo** cancels what the calling thread has begun on a handle and has not ended.
///
/// The operations end with ERROR_OPERATION_ABORTED, and tell of it as of any other end. Nothing to cancel
/// is a success (F122).
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | the handle is not open | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_CancelIo")]
pub unsafe extern "system" fn CancelIo(hfile: HANDLE) -> BOOL {
    border::win32(FALSE, || match socket_of(hfile) {
        Ok(socket) => {
            cancel::of_this_thread(&socket);
            Ok(TRUE)
        }
        Err(_) if object::find(hfile as usize).is_some() => Ok(TRUE),
        Err(code) => Err(code),
    })
}

/// **CancelIoEx** cancels the operation of this OVERLAPPED, or with NULL all operations on a handle, whichever
/// thread began them.
///
/// On a connected stream one receive takes all pending receives with it (G016). With NULL also the calls end
/// that other threads sit in on the socket, with WSAEINTR (G012, G013).
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_NOT_FOUND | there is nothing to cancel | F122, G021 |
/// | ERROR_INVALID_HANDLE | the handle is not open | documented |
///
/// # Safety
/// None is needed: the OVERLAPPED is only compared.
#[unsafe(export_name = "ws2_CancelIoEx")]
pub unsafe extern "system" fn CancelIoEx(hfile: HANDLE, lpoverlapped: *const OVERLAPPED) -> BOOL {
    border::win32(FALSE, || {
        let named = (!lpoverlapped.is_null()).then_some(lpoverlapped as usize);
        match socket_of(hfile) {
            Ok(socket) if cancel::of_socket(&socket, named) => Ok(TRUE),
            Ok(_) => Err(ERROR_NOT_FOUND),
            Err(_) if object::find(hfile as usize).is_some() => Err(ERROR_NOT_FOUND),
            Err(code) => Err(code),
        }
    })
}

/// **CancelSynchronousIo** ends the call that a thread sits in, on a socket made without WSA_FLAG_OVERLAPPED.
///
/// On other sockets a thread that sits in a call waits for an operation, which this function does not touch
/// (G015): CancelIoEx does.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_NOT_FOUND | the thread sits in no such call | G015 |
/// | ERROR_INVALID_HANDLE | not a thread's handle | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_CancelSynchronousIo")]
pub unsafe extern "system" fn CancelSynchronousIo(hthread: HANDLE) -> BOOL {
    border::win32(FALSE, || {
        let Some(Object::Thread(thread)) = object::find(hthread as usize) else {
            return Err(ERROR_INVALID_HANDLE);
        };
        if cancel::of_thread(thread.id()) { Ok(TRUE) } else { Err(ERROR_NOT_FOUND) }
    })
}

/// **SetFileCompletionNotificationModes** says how the ends of a socket's operations are told.
///
/// FILE_SKIP_COMPLETION_PORT_ON_SUCCESS (1): a call that succeeds at once queues no packet.
/// FILE_SKIP_SET_EVENT_ON_HANDLE (2): the handle itself is not signalled. Flags add up and stay (F091).
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | another flag; a socket made without WSA_FLAG_OVERLAPPED | F091, documented |
/// | ERROR_INVALID_HANDLE | not a socket | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_SetFileCompletionNotificationModes")]
pub unsafe extern "system" fn SetFileCompletionNotificationModes(filehandle: HANDLE, flags: u8) -> BOOL {
    border::win32(FALSE, || {
        let socket = socket_of(filehandle)?;
        if overlapped::add_modes(&socket, flags) { Ok(TRUE) } else { Err(ERROR_INVALID_PARAMETER) }
    })
}
