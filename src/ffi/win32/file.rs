//! ReadFile and WriteFile on socket handles: receives and sends that fail with Win32's codes.
#![allow(unsafe_code)] // The C border.

use crate::ffi::border;
use crate::ffi::memory::{get, is_writable, put};
use crate::ffi::provider::overlapped::{self, Block, Routine};
use crate::ffi::provider::wishes;
use crate::ffi::spi::trace;
use crate::ffi::winsock::OVERLAPPED;
use crate::overlapped::receive::BytesOnly;
use crate::overlapped::{Answer, receive, send};
use crate::socket::table::{self, Socket};
use crate::socket::{facts, startup};
use crate::status::NtStatus;
use crate::sys::Scatter;
use crate::transfer::Outcome;
use crate::transfer::order::{self, Need, Unmet};
use crate::transfer::{receive as receiving, send as sending};
use crate::windows::foundation::{
    BOOL, ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_IO_PENDING, ERROR_NOACCESS, FALSE, HANDLE,
    TRUE,
};

/// **ReadFile** receives from a socket.
///
/// `lpbuffer` takes up to `nnumberofbytestoread` bytes; `*lpnumberofbytesread`, which may be NULL with an
/// OVERLAPPED, gets their number, and 0 before anything is looked at. The end of a stream is TRUE with 0 bytes.
/// With an OVERLAPPED, whose offset does not matter but must not be negative (F037), the end is told as in
/// [`WSARecv`](crate::Win32::Networking::WinSock::WSARecv). Without one the socket has to be made without
/// WSA_FLAG_OVERLAPPED; the call waits, in nonblocking mode too (F036).
///
/// # Errors
/// Returns FALSE, with Win32's codes for what [`recv`](crate::Win32::Networking::WinSock::recv) tells.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_IO_PENDING | the operation has begun | documented |
/// | ERROR_INVALID_HANDLE | not a socket's handle | documented |
/// | ERROR_INVALID_PARAMETER | no OVERLAPPED on a socket that has overlapped operations; a negative offset | F037 |
/// | ERROR_NETNAME_DELETED | the connection was reset | F113 |
/// | ERROR_MORE_DATA | a message longer than the buffer, which is full | G056 |
/// | ERROR_NOACCESS | a pointer is none | decided |
///
/// # Safety
/// - `lpbuffer` is NULL or writable for its length, and `lpoverlapped` is NULL or an OVERLAPPED; both stay
///   until the operation has ended. `lpnumberofbytesread` is NULL or a writable DWORD.
#[unsafe(export_name = "ws2_ReadFile")]
pub unsafe extern "system" fn ReadFile(
    hfile: HANDLE,
    lpbuffer: *mut u8,
    nnumberofbytestoread: u32,
    lpnumberofbytesread: *mut u32,
    lpoverlapped: *mut OVERLAPPED,
) -> BOOL {
    let work = || {
        // SAFETY: as the caller vouches.
        unsafe { nothing_yet(lpnumberofbytesread) };
        let socket = socket_of(hfile)?;
        let into = Scatter::one(lpbuffer, nnumberofbytestoread as usize);
        let request = |into, unmet| receiving::Request {
            into,
            order: order::WSARECV,
            unmet,
            flags: 0,
            from: None,
            control: None,
            overlapped: !lpoverlapped.is_null(),
        };
        if lpoverlapped.is_null() {
            may_wait(&socket, lpnumberofbytesread)?;
            let mut request = request(into, Unmet::NONE);
            let outcome = match receiving::refusal(&socket, &request) {
                Some(status) => Outcome::failed(status),
                None => receiving::insist(&socket, &mut request),
            };
            // SAFETY: as the caller vouches.
            return unsafe { moved(outcome, lpnumberofbytesread) };
        }
        // SAFETY: as the caller vouches.
        let (block, told) = unsafe { begin(&socket, lpoverlapped, lpnumberofbytesread) }?;
        let unmet = Unmet::NONE.unless(!told.bad_event, Need::Event);
        said(receive::start(&socket, request(into, unmet), BytesOnly, block, told.target, None))
    };
    border::win32(FALSE, || {
        if startup::is_plain() {
            return work();
        }
        let call = trace::Transfer {
            sends: false,
            handle: hfile,
            buffer: lpbuffer,
            length: nnumberofbytestoread,
            count: lpnumberofbytesread,
            overlapped: lpoverlapped,
        };
        trace::transfer(&call, work)
    })
}

/// **WriteFile** sends on a socket.
///
/// `lpbuffer` are `nnumberofbytestowrite` bytes; the rest is as in [`ReadFile`].
///
/// # Errors
/// Those of [`ReadFile`], with Win32's codes for what
/// [`send`](crate::Win32::Networking::WinSock::send) tells.
///
/// # Safety
/// - `lpbuffer` is NULL or readable for its length, and `lpoverlapped` is NULL or an OVERLAPPED; both stay
///   until the operation has ended. `lpnumberofbyteswritten` is NULL or a writable DWORD.
#[unsafe(export_name = "ws2_WriteFile")]
pub unsafe extern "system" fn WriteFile(
    hfile: HANDLE,
    lpbuffer: *const u8,
    nnumberofbytestowrite: u32,
    lpnumberofbyteswritten: *mut u32,
    lpoverlapped: *mut OVERLAPPED,
) -> BOOL {
    let work = || {
        // SAFETY: as the caller vouches.
        unsafe { nothing_yet(lpnumberofbyteswritten) };
        let socket = socket_of(hfile)?;
        let from = Scatter::one(lpbuffer.cast_mut(), nnumberofbytestowrite as usize);
        let mut request = sending::Request { from, fault: None, flags: 0, to: None, with: None };
        if lpoverlapped.is_null() {
            may_wait(&socket, lpnumberofbyteswritten)?;
            let outcome = match sending::refusal(&socket, &request) {
                Some(status) => Outcome::failed(status),
                None => sending::insist(&socket, &mut request),
            };
            // SAFETY: as the caller vouches.
            return unsafe { moved(outcome, lpnumberofbyteswritten) };
        }
        // SAFETY: as the caller vouches.
        let (block, told) = unsafe { begin(&socket, lpoverlapped, lpnumberofbyteswritten) }?;
        if told.bad_event {
            return Err(ERROR_INVALID_HANDLE);
        }
        said(send::start(&socket, request, block, told.target))
    };
    border::win32(FALSE, || {
        if startup::is_plain() {
            return work();
        }
        let call = trace::Transfer {
            sends: true,
            handle: hfile,
            buffer: lpbuffer,
            length: nnumberofbytestowrite,
            count: lpnumberofbyteswritten,
            overlapped: lpoverlapped,
        };
        trace::transfer(&call, work)
    })
}

fn socket_of(handle: HANDLE) -> Result<Socket, u32> {
    table::enter_to_wait(handle as usize).map_err(|_| ERROR_INVALID_HANDLE)
}

/// Programs go by the count alone after a call that failed.
///
/// # Safety
/// `count` is bad or writable.
unsafe fn nothing_yet(count: *mut u32) {
    // SAFETY: the caller's promise. Who has to have one is told elsewhere.
    let _ = unsafe { put(count, 0) };
}

/// What a call without an OVERLAPPED needs.
fn may_wait(socket: &Socket, count: *const u32) -> Result<(), u32> {
    if socket.facts().any(facts::OVERLAPPED) {
        return Err(ERROR_INVALID_PARAMETER);
    }
    if is_writable(count) { Ok(()) } else { Err(ERROR_NOACCESS) }
}

/// # Safety
/// `count` is writable.
unsafe fn moved(outcome: Outcome, count: *mut u32) -> Result<BOOL, u32> {
    // SAFETY: the caller's promise.
    unsafe { put(count, outcome.bytes as u32) }.map_err(|_| ERROR_NOACCESS)?;
    match outcome.status {
        status if status.is_success() || status == NtStatus::GRACEFUL_DISCONNECT => Ok(TRUE),
        status => Err(status.win32()),
    }
}

/// # Safety
/// `overlapped` is bad or an OVERLAPPED, which stays until the operation has ended; `count` is bad or writable
/// until the call returns.
unsafe fn begin(
    socket: &Socket,
    overlapped: *mut OVERLAPPED,
    count: *mut u32,
) -> Result<(Block, overlapped::Told), u32> {
    // SAFETY: the caller's promise.
    let given = unsafe { get(overlapped) }.map_err(|_| ERROR_NOACCESS)?;
    // SAFETY: both members of the union are plain numbers.
    let offset = unsafe { given.Anonymous.Anonymous };
    if offset.OffsetHigh >> 31 != 0 {
        return Err(ERROR_INVALID_PARAMETER);
    }
    // SAFETY: the caller's promise.
    let told = unsafe { overlapped::told(socket, overlapped, Routine::None) }.map_err(|_| ERROR_NOACCESS)?;
    // SAFETY: the caller's promise.
    let block = unsafe { Block::new(overlapped, Routine::None, count, std::ptr::null_mut()) };
    Ok((block.watched_by(wishes::of_extension().watch), told))
}

fn said(answer: Answer) -> Result<BOOL, u32> {
    match answer {
        Answer::Done(_) => Ok(TRUE),
        Answer::Pending => Err(ERROR_IO_PENDING),
        Answer::Failed(status) => Err(status.win32()),
    }
}
