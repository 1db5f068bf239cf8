//! What a provider is given: the upcall table, and how one that is written in C is started.
#![allow(unsafe_code)] // The C border: called by providers, and calls their WSPStartup.
#![allow(non_snake_case)] // The functions have Windows' names.

use std::mem::transmute;

use super::tables::{Tables, Width};
use super::{calls, catalog, layer, thread};
use crate::error::WsaError;
use crate::ffi::border::{entry, quiet};
use crate::ffi::memory::{get, has_room, is_bad, put};
use crate::ffi::provider;
use crate::ffi::provider::protocol_info::{self, Info, NameUnit};
use crate::ffi::win32::events::{CreateEventW, ResetEvent, SetEvent};
use crate::ffi::win32::handles::CloseHandle;
use crate::ffi::win32::messages::PostMessageW;
use crate::socket::startup;
use crate::status::NtStatus;
use crate::sys::memory;
use crate::win32::apc::{self, Apc};
use crate::win32::environment;
use crate::win32::layered::{self, LayeredSocket};
use crate::win32::modules::{self, Search};
use crate::win32::object::{self, Object};
use crate::win32::wide::{self, Unit};
use crate::windows::consts::*;
use crate::windows::foundation::*;
use crate::windows::spi::*;
use crate::windows::types::*;

/// The upcall table, for a provider whose wide characters have this width. It is passed by value (G146).
fn table<U: Unit>() -> WSPUPCALLTABLE {
    WSPUPCALLTABLE {
        lpWPUCloseEvent: Some(WPUCloseEvent),
        lpWPUCloseSocketHandle: Some(WPUCloseSocketHandle),
        lpWPUCreateEvent: Some(WPUCreateEvent),
        lpWPUCreateSocketHandle: Some(WPUCreateSocketHandle),
        lpWPUFDIsSet: Some(WPUFDIsSet),
        lpWPUGetProviderPath: Some(WPUGetProviderPath::<U>),
        lpWPUModifyIFSHandle: Some(WPUModifyIFSHandle),
        lpWPUPostMessage: Some(PostMessageW),
        lpWPUQueryBlockingCallback: Some(WPUQueryBlockingCallback),
        lpWPUQuerySocketHandleContext: Some(WPUQuerySocketHandleContext),
        lpWPUQueueApc: Some(WPUQueueApc),
        lpWPUResetEvent: Some(WPUResetEvent),
        lpWPUSetEvent: Some(WPUSetEvent),
        lpWPUOpenCurrentThread: Some(WPUOpenCurrentThread),
        lpWPUCloseThread: Some(WPUCloseThread),
    }
}

/// The record at an address; WSAEFAULT where there is none.
///
/// # Safety
/// `info` is bad or a record whose name has units of `U`.
pub(super) unsafe fn info_at<U: NameUnit>(info: *const u8) -> Result<Info, WsaError> {
    if is_bad(info) || !memory::is_readable(info as usize, protocol_info::size::<U>()) {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { Info::read::<U>(info) })
}

/// Fills a WSPDATA whose description has units of `U`, for who asked for this version (G148, G149).
///
/// # Safety
/// `data` is bad or writable for it.
pub(super) unsafe fn describe<U: Unit>(data: *mut u8, asked: u16, description: &str) -> Result<(), WsaError> {
    // There is no service provider interface in Winsock 1.
    let granted = startup::negotiate(asked).filter(|granted| !granted.winsock1);
    let granted = granted.ok_or(WsaError::WSAVERNOTSUPPORTED)?.version;
    let text = size_of::<[u16; 2]>();
    let units = WSPDESCRIPTION_LEN as usize + 1;
    if !has_room(data, text + units * size_of::<U>()) {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: the caller's promise; the text follows the two versions without a gap, whatever its width.
    unsafe {
        put(data.cast(), [granted, startup::HIGHEST])?;
        wide::store(&U::encode(description), data.add(text).cast(), units);
    }
    Ok(())
}

/// Where the WSPStartup of the provider in the module at `path` is, and for which width. `Err` says what is wrong.
pub(super) fn find_startup(path: &str) -> Result<(usize, Width), String> {
    let module = modules::load(&environment::expand(path), Search::EVERYWHERE)
        .map_err(|code| format!("it cannot be loaded (error {code})"))?;
    if !modules::shares_library(module) {
        return Err(
            "it uses another copy of the library; the program must be linked to the shared one".into()
        );
    }
    // The header gives WSPStartup a name of its own where WCHAR has 32 bits.
    let named = |name, width| modules::address(module, name).map(|address| (address, width));
    let found = named("WSPStartup_w32", Width::Four).or_else(|| named("WSPStartup", Width::Two));
    found.ok_or_else(|| "it has no WSPStartup".into())
}

/// Loads the module at `path` and starts the provider in it.
pub(super) fn start_module(path: &str, info: &Info) -> Result<Tables, WsaError> {
    let failed = |what: &str| {
        super::environment::say(&format!("the layered provider {path}: {what}"));
        WsaError::WSAEPROVIDERFAILEDINIT
    };
    let (address, width) = find_startup(path).map_err(|what| failed(&what))?;
    // SAFETY: the module is a provider whose function has this name.
    let tables = unsafe {
        match width {
            Width::Four => start_at::<u32>(address, info),
            Width::Two => start_at::<u16>(address, info),
        }
    };
    tables.map_err(|error| {
        let code = failed(&format!(
            "WSPStartup gave {} ({})",
            error.name().unwrap_or("no known code"),
            error.code()
        ));
        // An invalid table has a code of its own (G150).
        if error == WsaError::WSAEINVALIDPROCTABLE { error } else { code }
    })
}

/// # Safety
/// `address` is that of a WSPStartup for wide characters of `U`.
unsafe fn start_at<U: NameUnit>(address: usize, info: &Info) -> Result<Tables, WsaError> {
    type Startup = unsafe extern "system" fn(
        u16,
        *mut WSPDATA,
        *const WSAPROTOCOL_INFOW,
        WSPUPCALLTABLE,
        *mut WSPPROC_TABLE,
    ) -> i32;
    // SAFETY: the caller's promise.
    let startup = unsafe { transmute::<usize, Startup>(address) };
    // Both are larger than they are for 16-bit characters.
    let mut record = [0u64; protocol_info::size::<u32>().div_ceil(8)];
    let mut data = [0u32; 1 + WSPDESCRIPTION_LEN as usize + 1];
    let mut procedures = WSPPROC_TABLE::default();
    // SAFETY: the record has room for the widest name.
    unsafe { info.write::<U>(record.as_mut_ptr().cast()) };
    // SAFETY: everything is as WSPStartup takes it, and outlives the call.
    let code = unsafe {
        startup(
            startup::HIGHEST,
            data.as_mut_ptr().cast(),
            record.as_ptr().cast(),
            table::<U>(),
            &raw mut procedures,
        )
    };
    match code {
        0 if calls::is_whole(&procedures) => Ok(Tables::one(Width::of_unit::<U>(), procedures)),
        0 => Err(WsaError::WSAEINVALIDPROCTABLE),
        code => Err(WsaError::from_code(code)),
    }
}

/// The address of the WSPStartup that a program finds in one of this library's own modules.
pub(in crate::ffi) fn startup_address(module: &str, wide: bool) -> Option<usize> {
    let width = Width::of(wide);
    if module.starts_with(layer::PATH) {
        return layer::startup_address(module, width);
    }
    Some(super::base::startup_address(width))
}

/// **WPUCloseEvent** closes an event that WPUCreateEvent made.
///
/// # Errors
/// Returns FALSE; `*code` is ERROR_INVALID_HANDLE if `event` is none (documented).
///
/// # Safety
/// - `code` is NULL or writable.
unsafe extern "system" fn WPUCloseEvent(event: WSAEVENT, code: *mut i32) -> BOOL {
    // SAFETY: the caller's promise.
    unsafe { win32_upcall(code, || CloseHandle(event as HANDLE)) }
}

/// **WPUSetEvent** signals an event.
///
/// # Errors
/// As WPUCloseEvent.
///
/// # Safety
/// - `code` is NULL or writable.
unsafe extern "system" fn WPUSetEvent(event: WSAEVENT, code: *mut i32) -> BOOL {
    // SAFETY: the caller's promise.
    unsafe { win32_upcall(code, || SetEvent(event as HANDLE)) }
}

/// **WPUResetEvent** resets an event.
///
/// # Errors
/// As WPUCloseEvent.
///
/// # Safety
/// - `code` is NULL or writable.
unsafe extern "system" fn WPUResetEvent(event: WSAEVENT, code: *mut i32) -> BOOL {
    // SAFETY: the caller's promise.
    unsafe { win32_upcall(code, || ResetEvent(event as HANDLE)) }
}

/// Runs a Win32 function whose code goes to `*code`; the thread's last error stays.
///
/// # Safety
/// `code` is bad or writable.
unsafe fn win32_upcall(code: *mut i32, call: impl FnOnce() -> BOOL) -> BOOL {
    let before = crate::ffi::border::last_error();
    let value = call();
    if value == FALSE {
        // SAFETY: the caller's promise.
        let _ = unsafe { put(code, crate::ffi::border::last_error() as i32) };
    }
    crate::ffi::border::set_last_error(before);
    value
}

/// **WPUCreateEvent** makes an event that is reset by hand and not signalled.
///
/// # Errors
/// Returns WSA_INVALID_EVENT; `*code` is WSA_NOT_ENOUGH_MEMORY if there is no room for one (documented).
///
/// # Safety
/// - `code` is NULL or writable.
unsafe extern "system" fn WPUCreateEvent(code: *mut i32) -> WSAEVENT {
    let before = crate::ffi::border::last_error();
    // SAFETY: it has no name.
    let event = unsafe { CreateEventW(std::ptr::null(), TRUE, FALSE, std::ptr::null()) };
    crate::ffi::border::set_last_error(before);
    if event.is_null() {
        // SAFETY: the caller's promise.
        let _ = unsafe { put(code, WsaError::WSA_NOT_ENOUGH_MEMORY.code()) };
    }
    event as WSAEVENT
}

/// **WPUCreateSocketHandle** makes a handle for a socket that a provider makes by its own means, and remembers the
/// provider's `context` with it.
///
/// Calls on the handle go to the provider of the catalogue entry. It can be waited for and given to a completion
/// port as any socket, and has HANDLE_FLAG_INHERIT at first as those have; it is no descriptor of the host.
///
/// # Errors
/// Returns INVALID_SOCKET.
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEINVAL | no such catalogue entry | documented |
/// | WSAENOBUFS | no handle is left | documented |
///
/// # Safety
/// - `code` is NULL or writable.
unsafe extern "system" fn WPUCreateSocketHandle(entry_id: u32, context: usize, code: *mut i32) -> SOCKET {
    let body = || {
        if !catalog::has(entry_id) {
            return Err(WsaError::WSAEINVAL);
        }
        layered::open(context).ok_or(WsaError::WSAENOBUFS)
    };
    // SAFETY: the caller's promise.
    unsafe { entry(INVALID_SOCKET, code, body) }
}

fn layered_socket(s: SOCKET, otherwise: WsaError) -> Result<std::sync::Arc<LayeredSocket>, WsaError> {
    match object::find(s) {
        Some(Object::Layered(socket)) => Ok(socket),
        _ => Err(otherwise),
    }
}

/// **WPUCloseSocketHandle** closes a handle that WPUCreateSocketHandle made, also one that the program has protected
/// from CloseHandle (HANDLE_FLAG_PROTECT_FROM_CLOSE): closesocket, by which it comes here, closes every socket.
///
/// # Errors
/// Returns SOCKET_ERROR; `*code` is WSAENOTSOCK if `s` is no such handle (documented).
///
/// # Safety
/// - `code` is NULL or writable.
unsafe extern "system" fn WPUCloseSocketHandle(s: SOCKET, code: *mut i32) -> i32 {
    let body = || {
        layered_socket(s, WsaError::WSAENOTSOCK)?;
        object::close_own(s).map(|()| 0).ok_or(WsaError::WSAENOTSOCK)
    };
    // SAFETY: the caller's promise.
    unsafe { entry(SOCKET_ERROR, code, body) }
}

/// **WPUQuerySocketHandleContext** gives the context that WPUCreateSocketHandle was given with the handle.
///
/// # Errors
/// Returns SOCKET_ERROR.
///
/// | code | when | source |
/// |---|---|---|
/// | WSAENOTSOCK | `s` is no such handle | documented |
/// | WSAEFAULT | `context` is no pointer | decided |
///
/// # Safety
/// - `context` and `code` are NULL or writable.
unsafe extern "system" fn WPUQuerySocketHandleContext(s: SOCKET, context: *mut usize, code: *mut i32) -> i32 {
    let body = || {
        let socket = layered_socket(s, WsaError::WSAENOTSOCK)?;
        // SAFETY: the caller's promise.
        unsafe { put(context, socket.context()) }.map(|()| 0)
    };
    // SAFETY: the caller's promise.
    unsafe { entry(SOCKET_ERROR, code, body) }
}

/// **WPUModifyIFSHandle** gives the handle that the client gets for the host's own; here it is the same.
///
/// # Errors
/// Returns INVALID_SOCKET; `*code` is WSAEINVAL if there is no such catalogue entry, or the handle is none
/// (documented).
///
/// # Safety
/// - `code` is NULL or writable.
unsafe extern "system" fn WPUModifyIFSHandle(entry_id: u32, proposed: SOCKET, code: *mut i32) -> SOCKET {
    let body = || match proposed {
        INVALID_SOCKET => Err(WsaError::WSAEINVAL),
        _ if !catalog::has(entry_id) => Err(WsaError::WSAEINVAL),
        handle => Ok(handle),
    };
    // SAFETY: the caller's promise.
    unsafe { entry(INVALID_SOCKET, code, body) }
}

/// **WPUFDIsSet** tells whether a socket is in a set.
///
/// # Safety
/// - `set` is NULL or readable for as many members as it says.
unsafe extern "system" fn WPUFDIsSet(s: SOCKET, set: *const FD_SET) -> i32 {
    // SAFETY: the caller's promise; the set is only read.
    quiet(0, || unsafe { provider::select::has_member(set.cast_mut(), s) } as i32)
}

/// **WPUGetProviderPath** tells where a provider is; it is [`WSCGetProviderPath`](super::register::WSCGetProviderPath).
///
/// # Safety
/// - Those of WSCGetProviderPath.
unsafe extern "system" fn WPUGetProviderPath<U: Unit>(
    provider: *const GUID,
    path: PWSTR,
    length: *mut i32,
    code: *mut i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        entry(SOCKET_ERROR, code, || super::register::provider_path::<U>(provider, path.cast(), length))
    }
}

/// **WPUQueryBlockingCallback** tells of the blocking hook: there is never one to be called by a provider, as on
/// every Windows with 32 bits or more (G173).
///
/// # Errors
/// Returns SOCKET_ERROR; `*code` is WSAEINVAL if there is no such catalogue entry, WSAEFAULT if `callback` or
/// `context` is no pointer (documented).
///
/// # Safety
/// - The pointers are NULL or writable.
unsafe extern "system" fn WPUQueryBlockingCallback(
    entry_id: u32,
    callback: *mut LPBLOCKINGCALLBACK,
    context: *mut usize,
    code: *mut i32,
) -> i32 {
    let body = || {
        if !catalog::has(entry_id) {
            return Err(WsaError::WSAEINVAL);
        }
        // SAFETY: the caller's promise.
        unsafe {
            put(callback, None)?;
            put(context, 0)?;
        }
        Ok(0)
    };
    // SAFETY: the caller's promise.
    unsafe { entry(SOCKET_ERROR, code, body) }
}

/// **WPUQueueApc** queues a call of `function` with `context` for the thread that a WSATHREADID names. It runs when
/// that thread waits alertably.
///
/// # Errors
/// Returns SOCKET_ERROR; `*code` is WSAEFAULT if no living thread is named, or there is no function (G164).
///
/// # Safety
/// - `id` is NULL or readable; `function` may be called with `context` in the thread.
unsafe extern "system" fn WPUQueueApc(
    id: *const WSATHREADID,
    function: LPWSAUSERAPC,
    context: usize,
    code: *mut i32,
) -> i32 {
    let body = || {
        // SAFETY: the caller's promise.
        let thread = thread::named(&unsafe { get(id) }?)?;
        let function = function.ok_or(WsaError::WSAEFAULT)?;
        // SAFETY: the caller's promise.
        let run = Box::new(move || unsafe { function(context) });
        if apc::queue(&thread, Apc { group: 0, run }) { Ok(0) } else { Err(WsaError::WSAEFAULT) }
    };
    // SAFETY: the caller's promise.
    unsafe { entry(SOCKET_ERROR, code, body) }
}

/// **WPUOpenCurrentThread** opens the calling thread, for a provider that has other threads queue calls for it.
///
/// # Errors
/// Returns SOCKET_ERROR.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | no WSPStartup has succeeded | documented |
/// | WSAEFAULT | `id` is no pointer | decided |
/// | WSAENOBUFS | no handle is left | decided |
///
/// # Safety
/// - `id` and `code` are NULL or writable.
unsafe extern "system" fn WPUOpenCurrentThread(id: *mut WSATHREADID, code: *mut i32) -> i32 {
    let body = || {
        startup::require_provider()?;
        let opened = thread::open().ok_or(WsaError::WSAENOBUFS)?;
        // SAFETY: the caller's promise.
        let given = unsafe { put(id, opened) };
        if given.is_err() {
            thread::close(&opened);
        }
        given.map(|()| 0)
    };
    // SAFETY: the caller's promise.
    unsafe { entry(SOCKET_ERROR, code, body) }
}

/// **WPUCloseThread** closes what WPUOpenCurrentThread has opened.
///
/// # Errors
/// Returns SOCKET_ERROR; `*code` is WSAEFAULT if it is no open thread (documented).
///
/// # Safety
/// - `id` is NULL or readable; `code` is NULL or writable.
unsafe extern "system" fn WPUCloseThread(id: *const WSATHREADID, code: *mut i32) -> i32 {
    let body = || {
        // SAFETY: the caller's promise.
        let id = unsafe { get(id) }?;
        if thread::close(&id) { Ok(0) } else { Err(WsaError::WSAEFAULT) }
    };
    // SAFETY: the caller's promise.
    unsafe { entry(SOCKET_ERROR, code, body) }
}

/// The status that an operation of the base provider ends with where Winsock tells this code: completion ports then
/// tell the same Win32 code, whichever provider a program's sockets are of.
fn status_of(code: u32) -> NtStatus {
    match WsaError::from_code(code as i32) {
        _ if code == 0 => NtStatus::SUCCESS,
        WsaError::WSA_OPERATION_ABORTED => NtStatus::CANCELLED,
        WsaError::WSAECONNABORTED => NtStatus::CONNECTION_ABORTED,
        WsaError::WSAECONNRESET => NtStatus::CONNECTION_RESET,
        WsaError::WSAECONNREFUSED => NtStatus::CONNECTION_REFUSED,
        WsaError::WSAEMSGSIZE => NtStatus::BUFFER_OVERFLOW,
        other => NtStatus::from_winsock(other),
    }
}

/// **WPUCompleteOverlappedRequest** ends an overlapped operation on a handle that WPUCreateSocketHandle made: sets
/// the event in the OVERLAPPED, or posts the packet to the completion port of the handle.
///
/// `dwerror` is a Winsock code, 0 for success: a completion port tells the Win32 code of the same thing. InternalHigh is written first, then Internal; Offset and
/// OffsetHigh stay, for the provider's own use (G162). Completion routines are the provider's to queue
/// (WPUQueueApc).
///
/// # Errors
/// Returns SOCKET_ERROR.
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEINVAL | `s` is no such handle | documented |
/// | WSAEFAULT | `lpoverlapped` is no pointer | decided |
///
/// # Safety
/// - `lpoverlapped` is NULL or the OVERLAPPED of an operation that has not ended; `lperrno` is NULL or writable.
#[unsafe(export_name = "ws2_WPUCompleteOverlappedRequest")]
pub unsafe extern "system" fn WPUCompleteOverlappedRequest(
    s: SOCKET,
    lpoverlapped: *mut OVERLAPPED,
    dwerror: u32,
    cbtransferred: u32,
    lperrno: *mut i32,
) -> i32 {
    let body = || {
        let socket = layered_socket(s, WsaError::WSAEINVAL)?;
        if !crate::ffi::memory::is_writable(lpoverlapped) {
            return Err(WsaError::WSAEFAULT);
        }
        let status = status_of(dwerror);
        // SAFETY: the caller's promise.
        let handle = unsafe { get(lpoverlapped) }?.hEvent as usize;
        // SAFETY: the caller's promise.
        unsafe {
            crate::ffi::provider::overlapped::write_status(lpoverlapped, status, cbtransferred as usize);
        }
        if let Some(Object::Event(event)) = object::find(handle) {
            crate::win32::event::set(&event);
        }
        socket.complete(lpoverlapped as usize, status, cbtransferred, handle & 1 != 0, handle & !1 == 0);
        Ok(0)
    };
    quiet(SOCKET_ERROR, || {
        // SAFETY: the caller's promise.
        unsafe { entry(SOCKET_ERROR, lperrno, body) }
    })
}
