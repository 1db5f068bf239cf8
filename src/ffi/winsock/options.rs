//! getsockopt and setsockopt: pointers and lengths across the border.
#![allow(unsafe_code)] // The C border.

use super::consts::*;
use super::protocol_info::{self, NameUnit};
use super::types::SOCKET;
use crate::error::WsaError;
use crate::ffi::border::routed;
use crate::ffi::memory::{bytes, copy_out, get, has_room, is_bad, put};
use crate::ffi::spi::doors;
use crate::socket::options::{self, Answer};
use crate::socket::table;
use crate::windows::foundation::{PCSTR, PSTR};

/// The longest value that an option has: a protocol record with a wide name.
const LONGEST: usize = protocol_info::size::<u32>();

/// **getsockopt** reads an option into `*optlen` bytes at `optval`, and stores the value's length.
///
/// Times are in milliseconds (SO_RCVTIMEO, SO_SNDTIMEO) or seconds (SO_LINGER, SO_CONNECT_TIME,
/// TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_MAXRT), buffers in bytes. The value's length is 4 for numbers, BOOLs
/// and LINGER; 1 for SO_KEEPALIVE, SO_DONTROUTE, TCP_NODELAY and IPV6_V6ONLY, whose other bytes up to 4
/// are cleared where there is room (F269). A BOOL of SOL_SOCKET that has fewer than 4 bytes of room says
/// that its length is 1 (F268). SO_OPENTYPE is the calling thread's and takes any `s` (F010, F283).
/// SO_PROTOCOL_INFOA and SO_PROTOCOL_INFOW give the catalogue's record and leave `*optlen` alone (F279).
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
        || unsafe { base_get_sock_opt::<u16>(s, level, optname, optval, optlen) },
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
        || unsafe { base_get_sock_opt::<u32>(s, level, optname, optval, optlen) },
    )
}

/// `T` is the unit of wide names.
///
/// # Safety
/// Those of [`getsockopt`].
pub(in crate::ffi) unsafe fn base_get_sock_opt<T: NameUnit>(
    s: SOCKET,
    level: i32,
    name: i32,
    value: PSTR,
    length: *mut i32,
) -> Result<i32, WsaError> {
    let thread = level == SOL_SOCKET && name == SO_OPENTYPE;
    let socket = if thread { None } else { Some(table::enter(s)?) };
    // SAFETY: the caller's promise.
    let room = unsafe { get(length) }?;
    // No option is longer; a longer promise need not be kept.
    if !has_room(value, usize::try_from(room).unwrap_or(0).min(LONGEST)) {
        return Err(WsaError::WSAEFAULT);
    }
    let answer: Answer = match &socket {
        None => options::get_open_type(room),
        Some(socket) => {
            let provider = socket.facts().provider();
            // SAFETY: the caller's promise, for as many bytes as `room` says.
            match (level, name) {
                (SOL_SOCKET, SO_PROTOCOL_INFOA) => unsafe {
                    fits(protocol_info::size::<u8>(), room, length)?;
                    protocol_info::write::<u8>(provider, 0, value);
                    return Ok(0);
                },
                // SAFETY: as above.
                (SOL_SOCKET, SO_PROTOCOL_INFOW) => unsafe {
                    fits(protocol_info::size::<T>(), room, length)?;
                    protocol_info::write::<T>(provider, 0, value);
                    return Ok(0);
                },
                _ => options::get(socket, level, name, room),
            }
        }
    };
    // SAFETY: the caller's promise: the answer is no longer than the room, but for SO_OPENTYPE with a
    // negative length, which Windows takes for 4 (F270).
    unsafe {
        copy_out(answer.bytes(), value);
        if let Some(told) = answer.length {
            put(length, told)?;
        }
    }
    answer.result.map(|()| 0)
}

/// Whether a record has room; where it has not, the size that it needs goes to the caller (F279).
///
/// # Safety
/// `length` is an int to write.
unsafe fn fits(size: usize, room: i32, length: *mut i32) -> Result<(), WsaError> {
    match usize::try_from(room) {
        Ok(room) if room >= size => return Ok(()),
        // SAFETY: the caller's promise.
        Ok(_) => unsafe { put(length, size as i32) }?,
        Err(_) => {}
    }
    Err(WsaError::WSAEFAULT)
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
        || unsafe { base_set_sock_opt(s, level, optname, optval, optlen) },
    )
}

/// [`setsockopt`] of the base provider.
///
/// # Safety
/// Those of [`setsockopt`].
#[inline(always)]
pub(in crate::ffi) unsafe fn base_set_sock_opt(
    s: SOCKET,
    level: i32,
    optname: i32,
    optval: PCSTR,
    optlen: i32,
) -> Result<i32, WsaError> {
    if level == SOL_SOCKET && optname == SO_OPENTYPE {
        let length = options::length_of_open_type(optlen);
        if is_bad(optval) {
            return Err(WsaError::WSAEFAULT);
        }
        // SAFETY: the caller's promise.
        options::set_open_type(unsafe { bytes(optval, length?) }?);
        return Ok(0);
    }
    let socket = table::enter(s)?;
    let pointless = level == SOL_SOCKET && optname == SO_UPDATE_CONNECT_CONTEXT;
    if is_bad(optval) && !pointless {
        return Err(WsaError::WSAEFAULT);
    }
    let setting = options::prepare(&socket, level, optname, optlen)?;
    let value = match setting.length {
        0 => &[],
        // SAFETY: the caller's promise: no more than `optlen` bytes count, and 4 of a negative length (F270).
        length => unsafe { bytes(optval, length) }?,
    };
    setting.apply(&socket, value).map(|()| 0)
}
