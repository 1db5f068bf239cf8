//! recv, recvfrom, WSARecv, WSARecvFrom and WSARecvEx, as they are exported.
#![allow(unsafe_code)] // The C border.

use super::consts::SOCKET_ERROR;
use super::types::*;
use crate::ffi::border::routed;
use crate::ffi::provider;
use crate::ffi::provider::overlapped::Behalf;
use crate::ffi::spi::doors;
use crate::windows::foundation::PSTR;

/// **recv** receives from a connected socket, or from a bound datagram socket.
///
/// `buf` takes up to `len` bytes. `flags` is 0 or a combination of MSG_PEEK, MSG_OOB and MSG_WAITALL.
/// Returns the number of bytes received; on a stream, 0 says that the peer has finished.
///
/// # Errors
/// Checked in this order: startup, handle, state, pointers, flags.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket, or is closed | F011 |
/// | WSAENOTCONN | a stream that is not connected, or listens | F012, F024, F041 |
/// | WSAEINVAL | a datagram socket without a name; MSG_OOB with SO_OOBINLINE | F042, F174 |
/// | WSAESHUTDOWN | the receiving side is shut | F134, F135 |
/// | WSAEFAULT | `len` is negative, or `buf` is not memory of the caller; nothing is taken | F013 |
/// | WSAEOPNOTSUPP | a flag that the socket does not have, or a combination that is none | G084–G092 |
/// | WSAEWOULDBLOCK | nonblocking mode and nothing to receive | F032 |
/// | WSAETIMEDOUT | SO_RCVTIMEO has passed | F187 |
/// | WSAEMSGSIZE | a message longer than `len`: its head is in `buf`, its rest is gone | F154, G051 |
/// | WSAEMSGSIZE | the same over AF_UNIX: the next call gets the next part, or the whole message again, as the protocol has it ([`UNIXPROTO_PARTS`](crate::extensions::UNIXPROTO_PARTS)). MSG_PARTIAL makes a part a success | documented |
/// | WSAECONNRESET | the peer reset the connection; on a datagram socket, an earlier send reached nobody | F145, G030 |
/// | WSAECONNABORTED | the connection was aborted; closesocket in another thread | F140, G001 |
/// | WSAEINTR | closesocket on a datagram socket in another thread; the final WSACleanup | G002, G211 |
/// | WSAENETRESET | a datagram's time to live ran out; keep-alive lost the peer | G046, G136 |
///
/// # Platform notes
/// | | Linux | macOS |
/// |---|---|---|
/// | ICMP errors | of every send, one by one | of connected sockets only |
///
/// # Examples
/// ```
/// use openws2::Win32::Networking::WinSock::*;
///
/// let mut data = WSADATA::default();
/// let mut byte = 0u8;
/// unsafe {
///     WSAStartup(0x0202, &mut data);
///     let unconnected = socket(AF_INET.into(), SOCK_STREAM, IPPROTO_TCP);
///     assert_eq!(recv(unconnected, &mut byte, 1, 0), SOCKET_ERROR);
///     assert_eq!(WSAGetLastError(), WSAENOTCONN);
///     WSACleanup();
/// }
/// ```
///
/// # Safety
/// - `buf` is NULL or writable for `len` bytes.
#[unsafe(export_name = "ws2_recv")]
pub unsafe extern "system" fn recv(s: SOCKET, buf: PSTR, len: i32, flags: SEND_RECV_FLAGS) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::recv(s, buf, len, flags) },
        // SAFETY: the caller's promise.
        || unsafe { provider::receive::recv(s, buf, len, flags) },
    )
}

/// **recvfrom** receives and tells who sent.
///
/// As [`recv`]; on a datagram socket the sender's name goes to `from`, which has room for `*fromlen`
/// bytes, and its length to `*fromlen`. Both may be NULL. A stream ignores both (F308).
///
/// # Errors
/// Those of [`recv`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | `*fromlen` is too short for the socket's family, or only one of the two is NULL; nothing is taken | F306, G221 |
/// | WSAEINVAL | a duplicate that was made before the socket had a name | F321 |
///
/// # Safety
/// - `buf` is NULL or writable for `len` bytes.
/// - `fromlen` is NULL or an int to read and write; `from` is NULL or writable for `*fromlen` bytes.
#[unsafe(export_name = "ws2_recvfrom")]
pub unsafe extern "system" fn recvfrom(
    s: SOCKET,
    buf: PSTR,
    len: i32,
    flags: i32,
    from: *mut SOCKADDR,
    fromlen: *mut i32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::recvfrom(s, buf, len, flags, from, fromlen) },
        // SAFETY: the caller's promise.
        || unsafe { provider::receive::recvfrom(s, buf, len, flags, from, fromlen) },
    )
}

/// **WSARecv** receives into several buffers.
///
/// `buffers` are `count` WSABUFs, filled in order. `*received` gets the number of bytes. `*flags` is read
/// and written: MSG_PEEK, MSG_OOB, MSG_WAITALL, MSG_PARTIAL and MSG_PUSH_IMMEDIATE go in; what is true of
/// the bytes comes out. With `overlapped` NULL the call is synchronous and `routine` is ignored (F023).
///
/// With an OVERLAPPED the call fails with WSA_IO_PENDING if there is nothing yet, whatever the socket's mode
/// and SO_RCVTIMEO are (F033, F188). Then neither count nor flags are written; the buffers and the
/// OVERLAPPED belong to the operation until it has ended, and the array of WSABUFs does not (F056). The end
/// is told to `routine`, in an alertable wait of this thread; else to hEvent, or to the socket's handle if
/// that is NULL, and to the completion port of the socket. A call that succeeds at once tells of it as well.
/// `received` may be NULL. On a socket made without WSA_FLAG_OVERLAPPED the call waits (F034).
///
/// Whether a receive acts as on a byte stream or on messages is decided by the service flags of the
/// socket's protocol and by MSG_PARTIAL going in:
///
/// | XP1_MESSAGE_ORIENTED | XP1_PSEUDO_STREAM | MSG_PARTIAL, with XP1_PARTIAL_MESSAGE | acts as |
/// |---|---|---|---|
/// | not set | | | byte stream |
/// | | set | | byte stream |
/// | set | not set | set | byte stream, up to the end of the message |
/// | set | not set | not set | message |
///
/// Of a message that is longer than the buffers, a protocol with XP1_PARTIAL_MESSAGE gives the first part
/// with MSG_PARTIAL set, the rest to the next receives, and the last part with MSG_PARTIAL clear. Such
/// protocols are extensions: [`extensions`](crate::extensions).
///
/// # Errors
/// Those of [`recv`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEINVAL | `count` is 0 | F015 |
/// | WSAEFAULT | `buffers`, `received` or `flags` is no pointer | F016 |
/// | WSAEMSGSIZE | a message longer than the buffers: they are full, and `*received` says how full. Over AF_UNIX it stays queued, whole | G050, documented |
/// | WSAEDISCON | a connection that keeps messages apart: the peer has finished; an empty message is a success | G140, documented |
/// | WSA_IO_PENDING | the operation has begun and ends later | F051 |
/// | WSA_IO_PENDING | the same where a message is too long: the end tells of WSAEMSGSIZE | G053, G058 |
/// | WSA_INVALID_HANDLE | hEvent is neither NULL nor an open event; looked at next after the socket | decided |
/// | WSAEINVAL | a completion routine on a socket with a completion port | F022 |
/// | WSAEFAULT | `overlapped` is no pointer | decided |
/// | WSAENOBUFS | the host has no room for one more socket to watch | decided |
///
/// # Safety
/// - `buffers` is NULL or readable for `count` WSABUFs, each of which is NULL or writable for its length.
/// - `received` and `flags` are NULL or a DWORD each, to read and write.
/// - `overlapped` is NULL or an OVERLAPPED; it and the buffers stay until the operation has ended, and
///   `routine` may be called with it.
#[unsafe(export_name = "ws2_WSARecv")]
pub unsafe extern "system" fn WSARecv(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    received: *mut u32,
    flags: *mut u32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::WSARecv(s, buffers, count, received, flags, overlapped, routine) },
        // SAFETY: the caller's promise.
        move || unsafe {
            provider::receive::wsa_recv(
                s,
                buffers,
                count,
                received,
                flags,
                overlapped,
                routine,
                Behalf::default,
            )
        },
    )
}

/// **WSARecvFrom** receives into several buffers and tells who sent.
///
/// As [`WSARecv`], with `from` and `fromlen` as in [`recvfrom`].
///
/// # Errors
/// Those of [`WSARecv`] and of [`recvfrom`].
///
/// # Safety
/// - Those of [`WSARecv`].
/// - `fromlen` is NULL or an int to read and write; `from` is NULL or writable for `*fromlen` bytes.
#[unsafe(export_name = "ws2_WSARecvFrom")]
pub unsafe extern "system" fn WSARecvFrom(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    received: *mut u32,
    flags: *mut u32,
    from: *mut SOCKADDR,
    fromlen: *mut i32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe {
            doors::WSARecvFrom(s, buffers, count, received, flags, from, fromlen, overlapped, routine)
        },
        // SAFETY: the caller's promise.
        move || unsafe {
            provider::receive::wsa_recv_from(
                s,
                buffers,
                count,
                received,
                flags,
                from,
                fromlen,
                overlapped,
                routine,
                Behalf::default,
            )
        },
    )
}

/// **WSARecvEx** receives, and says by MSG_PARTIAL that a message did not fit.
///
/// `buf` takes up to `len` bytes. `*flags` is only written: MSG_PARTIAL where a message was longer than
/// `len`, which is a success here (G067), else 0. On a stream the function is [`recv`]. Of AF_UNIX messages
/// that are received in parts, the rest comes with the next call; the graceful end is 0 bytes.
///
/// # Errors
/// Those of [`recv`] without flags, but for WSAEMSGSIZE; and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | `flags` is no pointer | decided |
/// | WSAEMSGSIZE | an AF_UNIX message that is received whole or not at all: it stays, and to say that a part was received would be to give it twice | decided |
///
/// # Safety
/// - `buf` is NULL or writable for `len` bytes; `flags` is NULL or a writable int.
#[unsafe(export_name = "ws2_WSARecvEx")]
pub unsafe extern "system" fn WSARecvEx(s: SOCKET, buf: PSTR, len: i32, flags: *mut i32) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::WSARecvEx(s, buf, len, flags) },
        // SAFETY: the caller's promise.
        || unsafe { provider::receive::wsa_recv_ex(s, buf, len, flags) },
    )
}
