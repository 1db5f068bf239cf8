//! The base provider: the procedure table whose entries are this library's own functions.
//!
//! An entry does what the function of the same name does, but for what it is told besides: its error goes to
//! `lpErrno` and not to the thread's last error, and completion routines run in the thread that `lpThreadId` names.
#![allow(unsafe_code)] // The C border.

use super::tables::{Tables, Width};
use super::{thread, upcalls};
use crate::error::WsaError;
use crate::ffi::border::{entry, quiet};
use crate::ffi::memory::{get, put};
use crate::ffi::provider;
use crate::ffi::provider::overlapped::Behalf;
use crate::ffi::provider::protocol_info::NameUnit;
use crate::ffi::provider::wishes;
use crate::socket::{facts, startup, table};
use crate::windows::consts::*;
use crate::windows::foundation::*;
use crate::windows::spi::*;
use crate::windows::types::*;
use crate::windows::user::HWND;
use core::ffi::c_void;

/// The base provider's tables.
pub(super) fn tables() -> Tables {
    Tables::both(table::<u16>(), table::<u32>())
}

fn table<U: NameUnit>() -> WSPPROC_TABLE {
    WSPPROC_TABLE {
        lpWSPAccept: Some(accept),
        lpWSPAddressToString: Some(address_to_string::<U>),
        lpWSPAsyncSelect: Some(async_select),
        lpWSPBind: Some(bind),
        lpWSPCancelBlockingCall: Some(cancel_blocking_call),
        lpWSPCleanup: Some(cleanup),
        lpWSPCloseSocket: Some(close_socket),
        lpWSPConnect: Some(connect),
        lpWSPDuplicateSocket: Some(duplicate_socket::<U>),
        lpWSPEnumNetworkEvents: Some(enum_network_events),
        lpWSPEventSelect: Some(event_select),
        lpWSPGetOverlappedResult: Some(get_overlapped_result),
        lpWSPGetPeerName: Some(get_peer_name),
        lpWSPGetSockName: Some(get_sock_name),
        lpWSPGetSockOpt: Some(get_sock_opt::<U>),
        lpWSPGetQOSByName: Some(get_qos_by_name),
        lpWSPIoctl: Some(ioctl),
        lpWSPJoinLeaf: Some(join_leaf),
        lpWSPListen: Some(listen),
        lpWSPRecv: Some(recv_told_by_const),
        lpWSPRecvDisconnect: Some(recv_disconnect),
        lpWSPRecvFrom: Some(recv_from),
        lpWSPSelect: Some(select),
        lpWSPSend: Some(send),
        lpWSPSendDisconnect: Some(send_disconnect),
        lpWSPSendTo: Some(send_to),
        lpWSPSetSockOpt: Some(set_sock_opt),
        lpWSPShutdown: Some(shutdown),
        lpWSPSocket: Some(socket),
        lpWSPStringToAddress: Some(string_to_address::<U>),
    }
}

/// The address of the base provider's WSPStartup, for programs whose wide characters are this wide.
pub(in crate::ffi) fn startup_address(width: Width) -> usize {
    match width {
        Width::Two => wsp_startup::<u16> as *const () as usize,
        Width::Four => wsp_startup::<u32> as *const () as usize,
    }
}

/// **WSPStartup** of the base provider: fills the procedure table, and takes the upcall table by value.
///
/// `version` is the highest that the caller can use, major number in the low byte; `data` and `procedures` are
/// filled in. Startups are counted; each needs its WSPCleanup. The base provider uses none of the upcalls.
///
/// # Errors
/// The code is the return value.
///
/// | code | when | source |
/// |---|---|---|
/// | WSAVERNOTSUPPORTED | major version below 2: there is no service provider interface in Winsock 1 | documented |
/// | WSAEFAULT | `data`, `info` or `procedures` is no pointer | documented |
///
/// # Safety
/// - `data` and `procedures` are NULL or writable for a WSPDATA and a WSPPROC_TABLE; `info` is NULL or readable.
unsafe extern "system" fn wsp_startup<U: NameUnit>(
    version: u16,
    data: *mut WSPDATA,
    info: *const WSAPROTOCOL_INFOW,
    _upcalls: WSPUPCALLTABLE,
    procedures: *mut WSPPROC_TABLE,
) -> i32 {
    quiet(WsaError::WSASYSNOTREADY.code(), || {
        let started = || {
            // SAFETY: the caller's promise.
            unsafe {
                upcalls::describe::<U>(data.cast(), version, "OpenWS2")?;
                upcalls::info_at::<U>(info.cast())?;
                put(procedures, table::<U>())?;
            }
            startup::start_provider();
            Ok(())
        };
        started().map_or_else(|error: WsaError| error.code(), |()| 0)
    })
}

/// An entry that is a function of the same arguments.
macro_rules! entries {
    ($($name:ident $(<$unit:ident>)? ($($arg:ident: $type:ty),*) -> $value:ty, $failed:ident = $body:expr;)*) => {
        $(
            #[allow(clippy::too_many_arguments)]
            unsafe extern "system" fn $name $(<$unit: NameUnit>)? ($($arg: $type,)* code: *mut i32) -> $value {
                let body = || {
                    startup::require_provider()?;
                    // SAFETY: the caller's promise.
                    #[allow(unused_unsafe)]
                    unsafe { $body }
                };
                // SAFETY: the caller's promise.
                unsafe { entry($failed, code, body) }
            }
        )*
    };
}

entries! {
    accept(s: SOCKET, addr: *mut SOCKADDR, addrlen: *mut i32, condition: LPCONDITIONPROC, data: usize) -> SOCKET, INVALID_SOCKET =
        provider::sockets::wsa_accept(s, addr, addrlen, condition, data);
    address_to_string<U>(address: *const SOCKADDR, length: u32, info: *const WSAPROTOCOL_INFOW, text: PWSTR, text_length: *mut u32) -> i32, SOCKET_ERROR =
        provider::text::address_to_string::<U>(address, length, info.cast(), text.cast(), text_length);
    async_select(s: SOCKET, window: HWND, message: u32, events: i32) -> i32, SOCKET_ERROR =
        provider::network_events::async_select(s, window, message, events);
    bind(s: SOCKET, name: *const SOCKADDR, namelen: i32) -> i32, SOCKET_ERROR =
        provider::sockets::bind(s, name, namelen);
    cleanup() -> i32, SOCKET_ERROR =
        startup::stop_provider().map(|()| 0);
    close_socket(s: SOCKET) -> i32, SOCKET_ERROR =
        provider::sockets::close_socket(s);
    connect(s: SOCKET, name: *const SOCKADDR, namelen: i32, caller_data: *const WSABUF, callee_data: *mut WSABUF, qos: *const QOS, group_qos: *const QOS) -> i32, SOCKET_ERROR =
        provider::sockets::wsa_connect(s, name, namelen, caller_data, callee_data, qos, group_qos);
    duplicate_socket<U>(s: SOCKET, process_id: u32, info: *mut WSAPROTOCOL_INFOW) -> i32, SOCKET_ERROR =
        provider::duplicate::duplicate_socket::<U>(s, process_id, info.cast());
    enum_network_events(s: SOCKET, event: HANDLE, events: *mut WSANETWORKEVENTS) -> i32, SOCKET_ERROR =
        provider::network_events::enum_network_events(s, event as WSAEVENT, events);
    event_select(s: SOCKET, event: WSAEVENT, events: i32) -> i32, SOCKET_ERROR =
        provider::network_events::event_select(s, event, events);
    get_overlapped_result(s: SOCKET, overlapped: *const OVERLAPPED, transferred: *mut u32, wait: BOOL, flags: *mut u32) -> BOOL, FALSE =
        provider::overlapped::get_overlapped_result(s, overlapped, transferred, wait, flags).map(|_| TRUE);
    get_peer_name(s: SOCKET, name: *mut SOCKADDR, namelen: *mut i32) -> i32, SOCKET_ERROR =
        provider::sockets::get_peer_name(s, name, namelen);
    get_sock_name(s: SOCKET, name: *mut SOCKADDR, namelen: *mut i32) -> i32, SOCKET_ERROR =
        provider::sockets::get_sock_name(s, name, namelen);
    get_sock_opt<U>(s: SOCKET, level: i32, name: i32, value: PSTR, length: *mut i32) -> i32, SOCKET_ERROR =
        provider::options::get_sock_opt::<U>(s, level, name, value, length);
    ioctl(s: SOCKET, control: u32, input: *const c_void, input_length: u32, output: *mut c_void, output_length: u32, returned: *mut u32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE, thread: *const WSATHREADID) -> i32, SOCKET_ERROR =
        provider::ioctl::wsa_ioctl(s, control, input, input_length, output, output_length, returned, overlapped, routine, behalf(s, !overlapped.is_null(), routine, thread)?);
    listen(s: SOCKET, backlog: i32) -> i32, SOCKET_ERROR =
        provider::sockets::listen(s, backlog);
    recv(s: SOCKET, buffers: *const WSABUF, count: u32, received: *mut u32, flags: *mut u32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE, thread: *const WSATHREADID) -> i32, SOCKET_ERROR =
        provider::receive::wsa_recv(s, buffers, count, received, flags, overlapped, routine, behalf(s, !overlapped.is_null(), routine, thread)?);
    recv_disconnect(s: SOCKET, data: *const WSABUF) -> i32, SOCKET_ERROR =
        provider::disconnect::recv_disconnect(s, data);
    recv_from(s: SOCKET, buffers: *const WSABUF, count: u32, received: *mut u32, flags: *mut u32, from: *mut SOCKADDR, fromlen: *mut i32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE, thread: *const WSATHREADID) -> i32, SOCKET_ERROR =
        provider::receive::wsa_recv_from(s, buffers, count, received, flags, from, fromlen, overlapped, routine, behalf(s, !overlapped.is_null(), routine, thread)?);
    select(_count: i32, read: *mut FD_SET, write: *mut FD_SET, except: *mut FD_SET, timeout: *const TIMEVAL) -> i32, SOCKET_ERROR =
        provider::select::select([read, write, except], provider::select::host_time(timeout.cast())?);
    send(s: SOCKET, buffers: *const WSABUF, count: u32, sent: *mut u32, flags: u32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE, thread: *const WSATHREADID) -> i32, SOCKET_ERROR =
        provider::send::wsa_send(s, buffers, count, sent, flags, overlapped, routine, behalf(s, !overlapped.is_null(), routine, thread)?);
    send_disconnect(s: SOCKET, data: *const WSABUF) -> i32, SOCKET_ERROR =
        provider::disconnect::send_disconnect(s, data);
    send_to(s: SOCKET, buffers: *const WSABUF, count: u32, sent: *mut u32, flags: u32, to: *const SOCKADDR, tolen: i32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE, thread: *const WSATHREADID) -> i32, SOCKET_ERROR =
        provider::send::wsa_send_to(s, buffers, count, sent, flags, to, tolen, overlapped, routine, behalf(s, !overlapped.is_null(), routine, thread)?);
    set_sock_opt(s: SOCKET, level: i32, name: i32, value: PCSTR, length: i32) -> i32, SOCKET_ERROR =
        provider::options::set_sock_opt(s, level, name, value, length);
    shutdown(s: SOCKET, how: i32) -> i32, SOCKET_ERROR =
        provider::sockets::shutdown(s, how);
    socket(family: i32, socket_type: i32, protocol: i32, info: *const WSAPROTOCOL_INFOW, _group: u32, flags: u32) -> SOCKET, INVALID_SOCKET =
        provider::sockets::wsa_socket(family, socket_type, protocol, info.cast(), flags);
    string_to_address<U>(text: PCWSTR, family: i32, info: *const WSAPROTOCOL_INFOW, address: *mut SOCKADDR, length: *mut i32) -> i32, SOCKET_ERROR =
        provider::text::string_to_address::<U>(text.cast(), family, info.cast(), address, length);

    // No quality of service is offered by name.
    get_qos_by_name(_s: SOCKET, _name: *const WSABUF, _qos: *mut QOS) -> BOOL, FALSE = Err::<BOOL, _>(WsaError::WSAEOPNOTSUPP);
    join_leaf(s: SOCKET, name: *const SOCKADDR, namelen: i32, _caller_data: *const WSABUF, _callee_data: *mut WSABUF, _qos: *const QOS, _group_qos: *const QOS, flags: u32) -> SOCKET, INVALID_SOCKET =
        provider::sockets::join_leaf(s, name, namelen, flags);
}

/// WSPRecv, whose lpErrno `windows-sys` has as a pointer to a constant.
///
/// # Safety
/// Those of WSPRecv.
#[allow(clippy::too_many_arguments)]
unsafe extern "system" fn recv_told_by_const(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    received: *mut u32,
    flags: *mut u32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
    thread: *const WSATHREADID,
    code: *const i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { recv(s, buffers, count, received, flags, overlapped, routine, thread, code.cast_mut()) }
}

/// WSPCancelBlockingCall comes from inside of the call that it is to end.
///
/// # Safety
/// `code` is NULL or writable.
unsafe extern "system" fn cancel_blocking_call(code: *mut i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { entry(SOCKET_ERROR, code, provider::blocking::cancel_blocking_call) }
}

/// On whose behalf the entry is called: a completion routine runs in the thread that is named.
///
/// # Safety
/// `thread` is bad or readable.
unsafe fn behalf(
    s: SOCKET,
    has_overlapped: bool,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
    thread: *const WSATHREADID,
) -> Result<impl FnOnce() -> Behalf, WsaError> {
    let mut named = None;
    let overlapped = || table::enter(s).is_ok_and(|socket| socket.facts().any(facts::OVERLAPPED));
    // Who waits in the call needs no thread to be told in, whatever is given (G153).
    if has_overlapped && routine.is_some() && !thread.is_null() && overlapped() {
        // SAFETY: the caller's promise. The structure is copied, as it is the caller's only during the call (G152).
        named = Some(thread::named(&unsafe { get(thread) }?)?);
    }
    Ok(move || wishes::behalf(named))
}
