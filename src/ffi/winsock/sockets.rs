//! A socket's life as it is exported: socket, WSASocket, bind, connect, listen, accept, shutdown, closesocket, names.
#![allow(unsafe_code)] // The C border.

use super::consts::*;
use super::types::*;
use crate::ffi::border::routed;
use crate::ffi::provider;
use crate::ffi::spi::doors;
use crate::socket::{catalog, lifecycle, options};

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
        || unsafe { provider::sockets::wsa_socket(af, r#type, protocol, info, flags) },
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
        || unsafe { provider::sockets::wsa_socket(af, r#type, protocol, info, flags) },
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
        || unsafe { provider::sockets::bind(s, name, namelen) },
    )
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
        // SAFETY: the caller's promise.
        move || unsafe { provider::sockets::connect(s, name, namelen) },
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
        || unsafe {
            provider::sockets::wsa_connect(s, name, namelen, caller_data, callee_data, qos, group_qos)
        },
    )
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
        || unsafe { provider::sockets::listen(s, backlog) },
    )
}

/// **accept** takes the first waiting connection.
///
/// The peer's name goes to `addr`, which has room for `*addrlen` bytes, and its length to `*addrlen`;
/// a NULL for either leaves both alone (F303). The new socket has the listener's mode and options (F284).
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAEOPNOTSUPP | a datagram socket | documented |
/// | WSAEINVAL | the socket does not listen | documented |
/// | WSAEFAULT | `*addrlen` is too short | F303 |
/// | WSAEWOULDBLOCK | nonblocking mode and no connection waits | documented |
/// | WSAEINTR | closesocket in another thread; the final WSACleanup | G003, G211 |
/// | WSAEMFILE | no descriptor is left | documented |
///
/// # Safety
/// - `addrlen` is NULL or an int to read and write; `addr` is NULL or writable for `*addrlen` bytes.
#[unsafe(export_name = "ws2_accept")]
pub unsafe extern "system" fn accept(s: SOCKET, addr: *mut SOCKADDR, addrlen: *mut i32) -> SOCKET {
    routed(
        INVALID_SOCKET,
        // SAFETY: the caller's promise.
        || unsafe { doors::accept(s, addr, addrlen) },
        // SAFETY: the caller's promise.
        || unsafe { provider::sockets::accept(s, addr, addrlen) },
    )
}

/// **WSAAccept** takes the first waiting connection if `condition` agrees.
///
/// As [`accept`]. `condition` is NULL or is called with the peer's name and with `callback_data`, and
/// returns CF_ACCEPT, CF_REJECT or CF_DEFER; a deferred connection waits for the next accept (F302).
///
/// # Errors
/// Those of [`accept`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAECONNREFUSED | the condition rejects | documented |
/// | WSATRY_AGAIN | the condition defers | F302 |
///
/// # Platform notes
/// The host has taken the connection before the condition runs: a rejected peer sees it open and reset.
///
/// # Safety
/// - Those of [`accept`]; `condition` may be called in this thread before the call returns.
#[unsafe(export_name = "ws2_WSAAccept")]
pub unsafe extern "system" fn WSAAccept(
    s: SOCKET,
    addr: *mut SOCKADDR,
    addrlen: *mut i32,
    condition: LPCONDITIONPROC,
    callback_data: usize,
) -> SOCKET {
    routed(
        INVALID_SOCKET,
        // SAFETY: the caller's promise.
        || unsafe { doors::WSAAccept(s, addr, addrlen, condition, callback_data) },
        // SAFETY: the caller's promise.
        || unsafe { provider::sockets::wsa_accept(s, addr, addrlen, condition, callback_data) },
    )
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
        || unsafe { provider::sockets::shutdown(s, how) },
    )
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
        || unsafe { provider::sockets::close_socket(s) },
    )
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
        || unsafe { provider::sockets::get_sock_name(s, name, namelen) },
    )
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
        || unsafe { provider::sockets::get_peer_name(s, name, namelen) },
    )
}

/// **WSAJoinLeaf** has a datagram socket join the multicast group at `name`, `namelen` bytes, and gives the same socket.
///
/// `flags` is JL_SENDER_ONLY, JL_RECEIVER_ONLY or JL_BOTH; who only sends needs to join nothing. The group is joined
/// on the interface that the host chooses, or the one of an IPv6 name's scope. Connect data and qualities of
/// service are ignored.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAEFAULT | `name` is no pointer, or `namelen` too short | documented |
/// | WSAEINVAL | another `flags` | documented |
/// | WSAEOPNOTSUPP | the socket's protocol has no multicast | documented |
/// | WSAEAFNOSUPPORT | the name is of another family | documented |
/// | WSAEADDRNOTAVAIL | it is no group | documented |
///
/// # Platform notes
/// Windows wants a socket made with WSA_FLAG_MULTIPOINT_C_LEAF and WSA_FLAG_MULTIPOINT_D_LEAF; here the flags are
/// taken and change nothing.
///
/// # Safety
/// - `name` is NULL or readable for `namelen` bytes.
#[unsafe(export_name = "ws2_WSAJoinLeaf")]
pub unsafe extern "system" fn WSAJoinLeaf(
    s: SOCKET,
    name: *const SOCKADDR,
    namelen: i32,
    lpcallerdata: *const WSABUF,
    lpcalleedata: *mut WSABUF,
    lpsqos: *const QOS,
    lpgqos: *const QOS,
    dwflags: u32,
) -> SOCKET {
    routed(
        INVALID_SOCKET,
        // SAFETY: the caller's promise.
        || unsafe {
            doors::WSAJoinLeaf(s, name, namelen, lpcallerdata, lpcalleedata, lpsqos, lpgqos, dwflags)
        },
        // SAFETY: the caller's promise.
        || unsafe { provider::sockets::join_leaf(s, name, namelen, dwflags) },
    )
}
