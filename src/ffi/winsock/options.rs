//! getsockopt and setsockopt, as they are exported.
#![allow(unsafe_code)] // The C border.

use super::consts::*;
use super::types::SOCKET;
use crate::ffi::border::routed;
use crate::ffi::provider;
use crate::ffi::spi::doors;
use crate::windows::foundation::{PCSTR, PSTR};

/// **getsockopt** reads an option into `*optlen` bytes at `optval`, and stores the value's length.
///
/// Times are in milliseconds (SO_RCVTIMEO, SO_SNDTIMEO) or seconds (SO_LINGER, SO_CONNECT_TIME,
/// TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_MAXRT), buffers in bytes. The value's length is 4 for numbers, BOOLs
/// and LINGER; 1 for SO_KEEPALIVE, SO_DONTROUTE, TCP_NODELAY and IPV6_V6ONLY, whose other bytes up to 4
/// are cleared where there is room (F269). A BOOL of SOL_SOCKET that has fewer than 4 bytes of room says
/// that its length is 1 (F268). SO_OPENTYPE is the calling thread's and takes any `s` (F010, F283).
/// SO_PROTOCOL_INFOA and SO_PROTOCOL_INFOW give the catalogue's record and leave `*optlen` alone (F279).
///
/// UDP_SEND_MSG_SIZE is how many bytes each datagram has that a send on a UDP socket makes, or 0: every send is one
/// datagram. One that is too long for the way to the destination has the send fail
/// ([`WSASendMsg`](super::WSASendMsg)). UDP_RECV_MAX_COALESCED_SIZE permits to receive several datagrams as one, of that size at most; it is
/// kept, and no datagrams are joined here. IPV6_V6ONLY is on at first; an IPv4 socket has it, too, to no effect.
///
/// SO_ERROR keeps the code of an asynchronous failure until a connect succeeds, however often it is read
/// (F263); synchronous failures and resets are not told there (F264, F146).
///
/// # Errors
/// Checked in this order:
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | F265, F283 |
/// | WSAEFAULT | `optval` or `optlen` is NULL or no pointer | F279, F282 |
/// | WSAEINVAL | a level that the socket does not know | F282, F189 |
/// | WSAENOPROTOOPT | an option that the level does not have, that can only be set, or that the kind of socket does not have | F274, F282 |
/// | WSAEINVAL | a receive option of datagrams on a stream, IPv6's on an IPv4 socket | F272, F273, F164 |
/// | WSAEFAULT | `*optlen` is 0, negative, or less than the value needs; what a refused read leaves behind is F267 and F271 | F265–F271, F279 |
/// | WSAENOTCONN | IP_MTU without a peer | F274 |
///
/// # Platform notes
/// IP_MTU and IPV6_MTU are WSAENOPROTOOPT on macOS, which does not tell. Until they are set, SO_RCVBUF,
/// SO_SNDBUF and IP_TTL are the host's.
///
/// # Safety
/// - `optlen` is NULL or an int to read and write; `optval` is NULL or writable for `*optlen` bytes.
#[unsafe(export_name = "ws2_getsockopt")]
pub unsafe extern "system" fn getsockopt(
    s: SOCKET,
    level: i32,
    optname: i32,
    optval: PSTR,
    optlen: *mut i32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::getsockopt::<u16>(s, level, optname, optval, optlen) },
        // SAFETY: the caller's promise.
        || unsafe { provider::options::get_sock_opt::<u16>(s, level, optname, optval, optlen) },
    )
}

/// getsockopt for C programs whose wchar_t has 32 bits: the name in SO_PROTOCOL_INFOW is of such.
///
/// # Safety
/// - Those of [`getsockopt`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_getsockopt_w32")]
pub unsafe extern "system" fn getsockopt_w32(
    s: SOCKET,
    level: i32,
    optname: i32,
    optval: PSTR,
    optlen: *mut i32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::getsockopt::<u32>(s, level, optname, optval, optlen) },
        // SAFETY: the caller's promise.
        || unsafe { provider::options::get_sock_opt::<u32>(s, level, optname, optval, optlen) },
    )
}

/// **setsockopt** sets an option to the `optlen` bytes at `optval`.
///
/// Units are those of [`getsockopt`]. A BOOL of SOL_SOCKET takes any length; SO_KEEPALIVE, SO_DONTROUTE,
/// TCP_NODELAY and IPV6_V6ONLY look at the first byte only (F268, F269). SO_UPDATE_CONNECT_CONTEXT needs
/// neither pointer nor length. A buffer size of 0 reads back as 0 and leaves the host's as it is (F275).
/// SO_REUSEADDR lets the socket have a port that others with the option have too; to take over a port of
/// a connection that is winding down needs no option. Interfaces are named as on Windows: by address, or
/// 0.x.y.z for an index.
///
/// # Errors
/// Checked in this order:
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | F283 |
/// | WSAEFAULT | `optval` is NULL or no pointer, even with length 0 | F282 |
/// | WSAEINVAL | a level that the socket does not know | F282, F189 |
/// | WSAENOPROTOOPT | an option that the level does not have, that can only be read, or that the kind of socket does not have | F274, F276, F278 |
/// | WSAEINVAL | a receive option of datagrams on a stream, IPv6's on an IPv4 socket; SO_TYPE on anything but a stream | F272, F273, F164, F277 |
/// | WSAENOBUFS | `optlen` is negative, except for 4-byte options of SOL_SOCKET | F270 |
/// | WSAEFAULT | `optlen` is less than the value needs | F266, F270, F271 |
/// | WSAEINVAL | a value that the option does not have; SO_REUSEADDR and SO_EXCLUSIVEADDRUSE together; SO_EXCLUSIVEADDRUSE on a bound socket; SO_CONDITIONAL_ACCEPT on a listening one; SO_UPDATE_ACCEPT_CONTEXT with a socket that does not listen | documented |
/// | WSAENOTCONN | SO_UPDATE_ACCEPT_CONTEXT or SO_UPDATE_CONNECT_CONTEXT without a connection | documented |
/// | WSAEADDRNOTAVAIL | no such interface or group | documented |
///
/// # Platform notes
/// Kept and read back, but without effect, because the hosts have no such thing or do it anyway: SO_DEBUG,
/// SO_DONTROUTE, SO_CONDITIONAL_ACCEPT, SO_RANDOMIZE_PORT, SO_PORT_SCALABILITY, SO_REUSE_UNICASTPORT,
/// IP_PROTECTION_LEVEL, IP_RECEIVE_BROADCAST, IP_RECVERR and the rest of F273. IP_MULTICAST_LOOP acts on the
/// sender here, on Windows on the receiver. Options of IPPROTO_IP on an IPv6 socket need Linux.
///
/// # Safety
/// - `optval` is NULL or readable for `optlen` bytes.
#[unsafe(export_name = "ws2_setsockopt")]
pub unsafe extern "system" fn setsockopt(
    s: SOCKET,
    level: i32,
    optname: i32,
    optval: PCSTR,
    optlen: i32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::setsockopt(s, level, optname, optval, optlen) },
        // SAFETY: the caller's promise.
        || unsafe { provider::options::set_sock_opt(s, level, optname, optval, optlen) },
    )
}
