//! A socket's life: socket, WSASocket, bind, connect, listen, shutdown, closesocket, names.
#![allow(unsafe_code)] // The C border.

use super::consts::*;
use super::name::{self, NameOut};
use super::protocol_info::Record;
use super::types::*;
use crate::error::WsaError;
use crate::ffi::border::routed;
use crate::ffi::memory::{get, is_bad};
use crate::ffi::spi::doors;
use crate::socket::connection;
use crate::socket::{catalog, lifecycle, options, table};

/// **socket** makes a socket of an address family, a type and a protocol.
///
/// 0 for the type or the protocol takes the first catalogue entry that fits. The socket can be used for
/// overlapped operations, is blocking, and stays open in programs that this one executes (F323).
///
/// # Errors
/// Checked in this order (F290):
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAEINVAL | family and protocol are both 0 | F290 |
/// | WSAESOCKTNOSUPPORT | no such type, or not in this family | F290, G229 |
/// | WSAEAFNOSUPPORT | no such family | F290 |
/// | WSAEPROTONOSUPPORT | no such protocol, or not of this type | F290 |
/// | WSAEMFILE | no descriptor is left | documented |
/// | WSAEACCES | a raw socket needs rights that the process does not have | documented |
///
/// # Platform notes
/// AF_UNIX has SOCK_STREAM, as on Windows. What Windows has no provider for is there for those who ask by
/// protocol number or by a record of WSAEnumProtocols: [`extensions`](crate::extensions).
///
/// | | Linux | macOS |
/// |---|---|---|
/// | SOCK_SEQPACKET over AF_UNIX | in parts or whole | WSAESOCKTNOSUPPORT: the host has no such type |
/// | SOCK_DGRAM over AF_UNIX | reliable | reliable; a blocking send asks again and again for room |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_socket")]
pub unsafe extern "system" fn socket(af: i32, r#type: WINSOCK_SOCKET_TYPE, protocol: i32) -> SOCKET {
    // SO_OPENTYPE, per thread (F010): anything but 0 asks for sockets without overlapped operations.
    let overlapped = || options::open_type() == 0;
    routed(
        INVALID_SOCKET,
        || {
            let flags = if overlapped() { WSA_FLAG_OVERLAPPED } else { 0 };
            // SAFETY: there is no record.
            unsafe { doors::socket("socket", (af, r#type, protocol), std::ptr::null(), 0, flags) }
        },
        || {
            let (provider, protocol) = catalog::choose(af, r#type, protocol)?;
            lifecycle::create(provider, protocol, overlapped(), true)
        },
    )
}

/// **WSASocketA** makes a socket, of three numbers or of a catalogue record.
///
/// `info` is NULL or a record from WSAEnumProtocols or WSADuplicateSocket; arguments that are neither 0
/// nor FROM_PROTOCOL_INFO win over the record (F291). `flags`: WSA_FLAG_OVERLAPPED and
/// WSA_FLAG_NO_HANDLE_INHERIT act; those of a multipoint leaf are for datagram sockets ([`WSAJoinLeaf`]), and of
/// roots there are none. `group` is ignored.
///
/// # Errors
/// Those of [`socket`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEAFNOSUPPORT | the record's family is 0 or -1 | F291 |
/// | WSAEINVAL | an unknown flag, or a flag of multipoint that the protocol does not have; a record whose duplicate was taken already | documented |
/// | WSAEFAULT | `info` is no pointer | documented |
///
/// # Safety
/// - `info` is NULL or readable for a WSAPROTOCOL_INFOA.
#[unsafe(export_name = "ws2_WSASocketA")]
pub unsafe extern "system" fn WSASocketA(
    af: i32,
    r#type: i32,
    protocol: i32,
    info: *const WSAPROTOCOL_INFOA,
    group: u32,
    flags: u32,
) -> SOCKET {
    let info = info.cast();
    routed(
        INVALID_SOCKET,
        // SAFETY: the caller's promise.
        || unsafe { doors::socket("WSASocket", (af, r#type, protocol), info, group, flags) },
        // SAFETY: the caller's promise.
        || unsafe { base_socket(af, r#type, protocol, info, flags) },
    )
}

/// **WSASocketW** makes a socket, of three numbers or of a catalogue record. As [`WSASocketA`].
///
/// # Errors
/// Those of [`WSASocketA`].
///
/// # Safety
/// - `info` is NULL or readable for a WSAPROTOCOL_INFOW.
#[unsafe(export_name = "ws2_WSASocketW")]
pub unsafe extern "system" fn WSASocketW(
    af: i32,
    r#type: i32,
    protocol: i32,
    info: *const WSAPROTOCOL_INFOW,
    group: u32,
    flags: u32,
) -> SOCKET {
    let info = info.cast();
    routed(
        INVALID_SOCKET,
        // SAFETY: the caller's promise.
        || unsafe { doors::socket("WSASocket", (af, r#type, protocol), info, group, flags) },
        // SAFETY: the caller's promise.
        || unsafe { base_socket(af, r#type, protocol, info, flags) },
    )
}

/// WSASocketW for C programs whose wchar_t has 32 bits; the record's name comes last, and is not read.
///
/// # Safety
/// - Those of [`WSASocketW`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_WSASocketW_w32")]
pub unsafe extern "system" fn WSASocketW_w32(
    af: i32,
    r#type: i32,
    protocol: i32,
    info: *const WSAPROTOCOL_INFOA,
    group: u32,
    flags: u32,
) -> SOCKET {
    // SAFETY: the caller's promise.
    unsafe { WSASocketA(af, r#type, protocol, info, group, flags) }
}

/// [`WSASocketA`] of the base provider.
///
/// # Safety
/// `info` is NULL, bad, or readable for a record.
pub(in crate::ffi) unsafe fn base_socket(
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
    if ticket != 0 {
        return lifecycle::take_duplicate(ticket).unwrap_or(Err(WsaError::WSAEINVAL));
    }
    let (provider, protocol) = catalog::choose(wanted.0, wanted.1, wanted.2)?;
    if flags & LEAF != 0 && provider.service_flags & XP1_SUPPORT_MULTIPOINT == 0 {
        return Err(WsaError::WSAEINVAL);
    }
    let overlapped = flags & WSA_FLAG_OVERLAPPED != 0;
    lifecycle::create(provider, protocol, overlapped, flags & WSA_FLAG_NO_HANDLE_INHERIT == 0)
}

/// **bind** gives a socket its local name, `namelen` bytes at `name`.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAEFAULT | `name` is no pointer, or `namelen` too short | F292 |
/// | WSAEAFNOSUPPORT | the name is of another family | F292 |
/// | WSAEINVAL | the socket has a name already | F292 |
/// | WSAEADDRNOTAVAIL | the address is not of this host | F292 |
/// | WSAEADDRINUSE | the name is in use | documented |
/// | WSAEACCES | the name is one that the process may not use | documented |
///
/// # Safety
/// - `name` is NULL or readable for `namelen` bytes.
#[unsafe(export_name = "ws2_bind")]
pub unsafe extern "system" fn bind(s: SOCKET, name: *const SOCKADDR, namelen: i32) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::bind(s, name, namelen) },
        // SAFETY: the caller's promise.
        || unsafe { base_bind(s, name, namelen) },
    )
}

/// [`bind`] of the base provider.
///
/// # Safety
/// Those of [`bind`].
#[inline(always)]
pub(in crate::ffi) unsafe fn base_bind(
    s: SOCKET,
    name: *const SOCKADDR,
    namelen: i32,
) -> Result<i32, WsaError> {
    let socket = table::enter(s)?;
    // SAFETY: the caller's promise.
    let name = unsafe { name::read(name, namelen) }?;
    connection::bind(&socket, &name).map(|()| 0)
}

/// **connect** connects a stream to the peer at `name`, `namelen` bytes; on a datagram socket it names
/// the peer that sends go to and messages are taken from, and AF_UNSPEC or the wildcard address takes that back.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket; or another thread closed it during the call | G004 |
/// | WSAEFAULT | `name` is no pointer, or `namelen` too short | documented |
/// | WSAEAFNOSUPPORT | the name is of another family | documented |
/// | WSAEINVAL | the socket listens | documented |
/// | WSAEALREADY | a nonblocking connect is under way | documented |
/// | WSAEISCONN | the socket is connected | F138 |
/// | WSAEADDRNOTAVAIL | the wildcard address, or port 0 | documented |
/// | WSAEWOULDBLOCK | nonblocking mode: select tells how it ends | F195 |
/// | WSAECONNREFUSED | nobody listens there | documented |
/// | WSAENETUNREACH, WSAEHOSTUNREACH | there is no way there | documented |
/// | WSAETIMEDOUT | nobody answers | documented |
///
/// # Safety
/// - `name` is NULL or readable for `namelen` bytes.
#[unsafe(export_name = "ws2_connect")]
pub unsafe extern "system" fn connect(s: SOCKET, name: *const SOCKADDR, namelen: i32) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::connect(s, name, namelen) },
        || {
            let socket = table::enter_to_wait(s)?;
            // SAFETY: the caller's promise.
            let peer = unsafe { name::read_peer(name, namelen) }?;
            connection::connect(&socket, peer.as_ref()).map(|()| 0)
        },
    )
}

/// **WSAConnect** connects, and exchanges connect data where the protocol has such; none here has.
///
/// As [`connect`]. `callee_data` gets length 0; the qualities of service are ignored.
///
/// # Errors
/// Those of [`connect`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEINVAL | connect data is given: the protocol has none | documented |
///
/// # Safety
/// - Those of [`connect`]; `caller_data` is NULL or readable, `callee_data` NULL or writable, for a WSABUF.
#[unsafe(export_name = "ws2_WSAConnect")]
pub unsafe extern "system" fn WSAConnect(
    s: SOCKET,
    name: *const SOCKADDR,
    namelen: i32,
    caller_data: *const WSABUF,
    callee_data: *mut WSABUF,
    qos: *const QOS,
    group_qos: *const QOS,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::WSAConnect(s, name, namelen, caller_data, callee_data, qos, group_qos) },
        // SAFETY: the caller's promise.
        || unsafe { base_connect(s, name, namelen, caller_data, callee_data, qos, group_qos) },
    )
}

/// [`WSAConnect`] of the base provider.
///
/// # Safety
/// Those of [`WSAConnect`].
#[inline(always)]
pub(in crate::ffi) unsafe fn base_connect(
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

/// **listen** makes a bound stream take connections; up to `backlog` wait.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket | F292 |
/// | WSAEOPNOTSUPP | a datagram socket | F292 |
/// | WSAEINVAL | the socket has no name | F292 |
/// | WSAEISCONN | the socket is connected | documented |
/// | WSAEADDRINUSE | another socket listens there | documented |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_listen")]
pub unsafe extern "system" fn listen(s: SOCKET, backlog: i32) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::listen(s, backlog) },
        // SAFETY: the caller's promise.
        || unsafe { base_listen(s, backlog) },
    )
}

/// [`listen`] of the base provider.
///
/// # Safety
/// Those of [`listen`].
#[inline(always)]
pub(in crate::ffi) unsafe fn base_listen(s: SOCKET, backlog: i32) -> Result<i32, WsaError> {
    connection::listen(&table::enter(s)?, backlog).map(|()| 0)
}

/// **shutdown** ends one direction or both: SD_RECEIVE, SD_SEND, SD_BOTH.
///
/// Overlapped sends that wait are sent before the sending side ends; the call does not wait for them.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAENOTCONN | a stream without a peer, or listening, whatever `how` is | F133 |
/// | WSAEINVAL | another `how` | F133 |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_shutdown")]
pub unsafe extern "system" fn shutdown(s: SOCKET, how: WINSOCK_SHUTDOWN_HOW) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::shutdown(s, how) },
        // SAFETY: the caller's promise.
        || unsafe { base_shutdown(s, how) },
    )
}

/// [`shutdown`] of the base provider.
///
/// # Safety
/// Those of [`shutdown`].
#[inline(always)]
pub(in crate::ffi) unsafe fn base_shutdown(s: SOCKET, how: WINSOCK_SHUTDOWN_HOW) -> Result<i32, WsaError> {
    connection::shutdown(&table::enter(s)?, how).map(|()| 0)
}

/// **closesocket** closes a socket, and ends the calls that other threads make on it.
///
/// A receive that is blocked on a connected stream ends with WSAECONNABORTED, and the peer sees a reset;
/// other blocked calls end with WSAEINTR (G001–G006). The number is not used again before they have left.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket, or closed already; a handle of another kind stays open | F020 |
/// | WSAEWOULDBLOCK | nonblocking mode, and SO_LINGER asks to wait; the socket stays open | G011 |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_closesocket")]
pub unsafe extern "system" fn closesocket(s: SOCKET) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::closesocket(s) },
        // SAFETY: the caller's promise.
        || unsafe { base_close_socket(s) },
    )
}

/// [`closesocket`] of the base provider.
///
/// # Safety
/// Those of [`closesocket`].
#[inline(always)]
pub(in crate::ffi) unsafe fn base_close_socket(s: SOCKET) -> Result<i32, WsaError> {
    lifecycle::close(s).map(|()| 0)
}

/// **getsockname** tells the socket's own name: into `name`, which has room for `*namelen` bytes.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket | F002 |
/// | WSAEINVAL | the socket has no name | F028 |
/// | WSAEFAULT | a pointer is missing or `*namelen` too short; `*namelen` stays | F028 |
///
/// # Safety
/// - `namelen` is NULL or an int to read and write; `name` is NULL or writable for `*namelen` bytes.
#[unsafe(export_name = "ws2_getsockname")]
pub unsafe extern "system" fn getsockname(s: SOCKET, name: *mut SOCKADDR, namelen: *mut i32) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::getsockname(s, name, namelen) },
        // SAFETY: the caller's promise.
        || unsafe { base_get_sock_name(s, name, namelen) },
    )
}

/// [`getsockname`] of the base provider.
///
/// # Safety
/// Those of [`getsockname`].
#[inline(always)]
pub(in crate::ffi) unsafe fn base_get_sock_name(
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

/// **getpeername** tells the peer's name: into `name`, which has room for `*namelen` bytes.
///
/// # Errors
/// Checked in this order (F027):
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket | F027 |
/// | WSAENOTCONN | the socket has no peer | F027 |
/// | WSAEFAULT | a pointer is missing or `*namelen` too short; `*namelen` stays | F027 |
///
/// # Safety
/// - `namelen` is NULL or an int to read and write; `name` is NULL or writable for `*namelen` bytes.
#[unsafe(export_name = "ws2_getpeername")]
pub unsafe extern "system" fn getpeername(s: SOCKET, name: *mut SOCKADDR, namelen: *mut i32) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::getpeername(s, name, namelen) },
        // SAFETY: the caller's promise.
        || unsafe { base_get_peer_name(s, name, namelen) },
    )
}

/// [`getpeername`] of the base provider.
///
/// # Safety
/// Those of [`getpeername`].
#[inline(always)]
pub(in crate::ffi) unsafe fn base_get_peer_name(
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
