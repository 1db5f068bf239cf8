//! A socket's life: records, names and condition functions across the border.
#![allow(unsafe_code)] // The C border.

use super::name::{self, NameOut};
use super::protocol_info::Record;
use crate::error::WsaError;
use crate::ffi::memory::{get, is_bad};
use crate::socket::address::HostAddr;
use crate::socket::connection::{self, Verdict};
use crate::socket::{catalog, lifecycle, options, table};
use crate::windows::consts::*;
use crate::windows::types::*;

/// **WSASocketA** of the base provider.
///
/// # Safety
/// `info` is NULL, bad, or readable for a record.
pub(in crate::ffi) unsafe fn wsa_socket(
    af: i32,
    socket_type: i32,
    protocol: i32,
    info: *const Record,
    flags: u32,
) -> Result<SOCKET, WsaError> {
    const LEAF: u32 = WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF;
    const KNOWN: u32 = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT | LEAF;
    let (mut wanted, mut ticket) = ((af, socket_type, protocol), 0);
    if !info.is_null() {
        // SAFETY: the caller's promise.
        let record = unsafe { get(info) }?;
        if af <= 0 && record.family <= 0 {
            return Err(WsaError::WSAEAFNOSUPPORT);
        }
        let or = |given, recorded| if given == 0 || given == FROM_PROTOCOL_INFO { recorded } else { given };
        wanted = (or(af, record.family), or(socket_type, record.socket_type), or(protocol, record.protocol));
        ticket = record.ticket;
    }
    if flags & !KNOWN != 0 {
        return Err(WsaError::WSAEINVAL);
    }
    let inherit = flags & WSA_FLAG_NO_HANDLE_INHERIT == 0;
    if ticket != 0 {
        return lifecycle::take_duplicate(ticket, inherit).unwrap_or(Err(WsaError::WSAEINVAL));
    }
    let (provider, protocol) = catalog::choose(wanted.0, wanted.1, wanted.2)?;
    if flags & LEAF != 0 && provider.service_flags & XP1_SUPPORT_MULTIPOINT == 0 {
        return Err(WsaError::WSAEINVAL);
    }
    let overlapped = flags & WSA_FLAG_OVERLAPPED != 0;
    lifecycle::create(provider, protocol, overlapped, inherit)
}

/// **bind** of the base provider.
///
/// # Safety
/// Those of `bind`.
#[inline(always)]
pub(in crate::ffi) unsafe fn bind(s: SOCKET, name: *const SOCKADDR, namelen: i32) -> Result<i32, WsaError> {
    let socket = table::enter(s)?;
    // SAFETY: the caller's promise.
    let name = unsafe { name::read(name, namelen) }?;
    connection::bind(&socket, &name).map(|()| 0)
}

/// **connect** of the base provider.
///
/// # Safety
/// Those of `connect`.
#[inline(always)]
pub(in crate::ffi) unsafe fn connect(
    s: SOCKET,
    name: *const SOCKADDR,
    namelen: i32,
) -> Result<i32, WsaError> {
    let socket = table::enter_to_wait(s)?;
    // SAFETY: the caller's promise.
    let peer = unsafe { name::read_peer(name, namelen) }?;
    connection::connect(&socket, peer.as_ref()).map(|()| 0)
}

/// **WSAConnect** of the base provider.
///
/// # Safety
/// Those of `WSAConnect`.
#[inline(always)]
pub(in crate::ffi) unsafe fn wsa_connect(
    s: SOCKET,
    name: *const SOCKADDR,
    namelen: i32,
    caller_data: *const WSABUF,
    callee_data: *mut WSABUF,
    qos: *const QOS,
    group_qos: *const QOS,
) -> Result<i32, WsaError> {
    let _ = (qos, group_qos);
    let socket = table::enter_to_wait(s)?;
    // SAFETY: the caller's promise.
    let peer = unsafe { name::read_peer(name, namelen) }?;
    // SAFETY: the caller's promise.
    if !caller_data.is_null() && unsafe { get(caller_data) }?.len > 0 {
        return Err(WsaError::WSAEINVAL);
    }
    connection::connect(&socket, peer.as_ref())?;
    if !is_bad(callee_data) {
        // SAFETY: the caller's promise.
        unsafe { (&raw mut (*callee_data).len).write_unaligned(0) };
    }
    Ok(0)
}

/// **listen** of the base provider.
///
/// # Safety
/// Those of `listen`.
#[inline(always)]
pub(in crate::ffi) unsafe fn listen(s: SOCKET, backlog: i32) -> Result<i32, WsaError> {
    connection::listen(&table::enter(s)?, backlog).map(|()| 0)
}

/// **WSAAccept** of the base provider.
///
/// # Safety
/// Those of `WSAAccept`.
pub(in crate::ffi) unsafe fn wsa_accept(
    s: SOCKET,
    addr: *mut SOCKADDR,
    addrlen: *mut i32,
    condition: LPCONDITIONPROC,
    callback_data: usize,
) -> Result<SOCKET, WsaError> {
    let judge = |peer: &HostAddr| {
        let Some(condition) = condition else { return Verdict::Accept };
        let mut name = [0u8; 128];
        let len = peer.to_windows(&mut name).min(name.len()) as u32;
        let mut caller = WSABUF { len, buf: name.as_mut_ptr() };
        let (mut callee, mut data) = (WSABUF::default(), WSABUF::default());
        let (no_qos, mut group) = (std::ptr::null_mut(), 0);
        // SAFETY: the caller gave the function to be called so; what it gets outlives the call.
        let verdict = unsafe {
            condition(
                &raw mut caller,
                std::ptr::null_mut(),
                no_qos,
                no_qos,
                &raw mut callee,
                &raw mut data,
                &raw mut group,
                callback_data,
            )
        };
        match verdict as u32 {
            CF_ACCEPT => Verdict::Accept,
            CF_DEFER => Verdict::Defer,
            _ => Verdict::Reject,
        }
    };
    // SAFETY: the caller's promise.
    unsafe { accept_if(s, addr, addrlen, judge) }
}

/// # Safety
/// Those of `accept`.
unsafe fn accept_if(
    s: SOCKET,
    addr: *mut SOCKADDR,
    addrlen: *mut i32,
    judge: impl FnOnce(&HostAddr) -> Verdict,
) -> Result<SOCKET, WsaError> {
    let listener = table::enter_to_wait(s)?;
    let wanted = !addr.is_null() && !addrlen.is_null();
    let least = listener.facts().provider().min_address;
    // SAFETY: the caller's promise.
    let room = if wanted { Some(unsafe { NameOut::new(addr, addrlen, least) }?) } else { None };
    let (accepted, peer) = connection::accept(&listener, judge)?;
    if let Some(room) = room {
        room.put(&peer);
    }
    Ok(accepted)
}

/// **shutdown** of the base provider.
///
/// # Safety
/// Those of `shutdown`.
#[inline(always)]
pub(in crate::ffi) unsafe fn shutdown(s: SOCKET, how: WINSOCK_SHUTDOWN_HOW) -> Result<i32, WsaError> {
    connection::shutdown(&table::enter(s)?, how).map(|()| 0)
}

/// **closesocket** of the base provider.
///
/// # Safety
/// Those of `closesocket`.
#[inline(always)]
pub(in crate::ffi) unsafe fn close_socket(s: SOCKET) -> Result<i32, WsaError> {
    lifecycle::close(s).map(|()| 0)
}

/// **getsockname** of the base provider.
///
/// # Safety
/// Those of `getsockname`.
#[inline(always)]
pub(in crate::ffi) unsafe fn get_sock_name(
    s: SOCKET,
    name: *mut SOCKADDR,
    namelen: *mut i32,
) -> Result<i32, WsaError> {
    let socket = table::enter(s)?;
    let local = connection::local_name(&socket)?;
    // SAFETY: the caller's promise.
    unsafe { NameOut::new(name, namelen, socket.facts().provider().min_address) }?.put(&local);
    Ok(0)
}

/// **getpeername** of the base provider.
///
/// # Safety
/// Those of `getpeername`.
#[inline(always)]
pub(in crate::ffi) unsafe fn get_peer_name(
    s: SOCKET,
    name: *mut SOCKADDR,
    namelen: *mut i32,
) -> Result<i32, WsaError> {
    let socket = table::enter(s)?;
    let peer = connection::peer_name(&socket)?;
    // SAFETY: the caller's promise.
    unsafe { NameOut::new(name, namelen, socket.facts().provider().min_address) }?.put_whole(&peer);
    Ok(0)
}

/// **WSAJoinLeaf** of the base provider.
///
/// # Safety
/// `name` is NULL, bad, or readable for `namelen` bytes.
pub(in crate::ffi) unsafe fn join_leaf(
    s: SOCKET,
    name: *const SOCKADDR,
    namelen: i32,
    flags: u32,
) -> Result<SOCKET, WsaError> {
    let socket = table::enter(s)?;
    // SAFETY: the caller's promise.
    let group = unsafe { name::read(name, namelen) }?;
    options::join_group(&socket, &group, flags)?;
    Ok(s)
}

/// **accept** of the base provider.
///
/// # Safety
/// Those of `accept`.
pub(in crate::ffi) unsafe fn accept(
    s: SOCKET,
    addr: *mut SOCKADDR,
    addrlen: *mut i32,
) -> Result<SOCKET, WsaError> {
    // SAFETY: the caller's promise.
    unsafe { accept_if(s, addr, addrlen, |_| Verdict::Accept) }
}
