//! send, sendto, WSASend and WSASendTo, as they are exported.
#![allow(unsafe_code)] // The C border.

use super::consts::SOCKET_ERROR;
use super::types::*;
use crate::ffi::border::routed;
use crate::ffi::provider;
use crate::ffi::provider::overlapped::Behalf;
use crate::ffi::spi::doors;
use crate::windows::foundation::PCSTR;

/// **send** sends `len` bytes of `buf` to the socket's peer.
///
/// `flags` is 0 or a combination of MSG_OOB and MSG_DONTROUTE. Returns the number of bytes sent: all of
/// them on a blocking socket. No signal is ever raised.
///
/// Where the protocol has XP1_PARTIAL_MESSAGE, bytes sent with MSG_PARTIAL are the beginning of a message
/// that the next send without it completes; the peer gets it as one. TCP and UDP ignore MSG_PARTIAL.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket, or is closed | F011 |
/// | WSAENOTCONN | the socket has no peer | F041 |
/// | WSAESHUTDOWN | the sending side is shut | F138 |
/// | WSAECONNRESET, WSAECONNABORTED | the connection is gone | F145, G131 |
/// | WSAEFAULT | `len` is negative, or `buf` is not memory of the caller | documented |
/// | WSAEOPNOTSUPP | a flag that the socket does not have; MSG_PARTIAL where messages are whole | G086, documented |
/// | WSAEWOULDBLOCK | nonblocking mode and no room | F045 |
/// | WSAETIMEDOUT | SO_SNDTIMEO has passed | documented |
/// | WSAEMSGSIZE | longer than a message can be | documented |
///
/// An ICMP error of an earlier send never fails a send (F161): the next receive tells of it.
///
/// # Platform notes
/// A nonblocking send on Windows takes all or nothing; here it can take a part, as the documentation says.
///
/// # Safety
/// - `buf` is NULL or readable for `len` bytes.
#[unsafe(export_name = "ws2_send")]
pub unsafe extern "system" fn send(s: SOCKET, buf: PCSTR, len: i32, flags: SEND_RECV_FLAGS) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::send(s, buf, len, flags) },
        // SAFETY: the caller's promise.
        || unsafe { provider::send::send(s, buf, len, flags) },
    )
}

/// **sendto** sends `len` bytes of `buf` to the address `to`, which is `tolen` bytes long.
///
/// As [`send`]; a stream ignores the address (F308). A datagram socket without a name gets one.
///
/// # Errors
/// Those of [`send`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | `tolen` is too short for the address's family | documented |
/// | WSAEAFNOSUPPORT | the address is of another family than the socket | documented |
/// | WSAEADDRNOTAVAIL, WSAENETUNREACH, WSAEHOSTUNREACH | there is no way to the address | documented |
/// | WSAENOTCONN | no address is given and the socket has no peer | documented |
///
/// # Safety
/// - `buf` is NULL or readable for `len` bytes; `to` is NULL or readable for `tolen` bytes.
#[unsafe(export_name = "ws2_sendto")]
pub unsafe extern "system" fn sendto(
    s: SOCKET,
    buf: PCSTR,
    len: i32,
    flags: i32,
    to: *const SOCKADDR,
    tolen: i32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::sendto(s, buf, len, flags, to, tolen) },
        // SAFETY: the caller's promise.
        || unsafe { provider::send::sendto(s, buf, len, flags, to, tolen) },
    )
}

/// **WSASend** sends the bytes of several buffers, in order.
///
/// `buffers` are `count` WSABUFs; `*sent` gets the number of bytes; `flags` as in [`send`], and
/// MSG_PARTIAL. With `overlapped` NULL the call is synchronous and `routine` is ignored; else both are as in
/// [`WSARecv`](super::WSARecv), the operation ends when everything is sent, and `sent` may be NULL.
///
/// # Errors
/// Those of [`send`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | `sent` or `buffers` is no pointer; a bad handle is told first | F016 |
/// | WSAEINVAL | `count` is 0 | decided, as F015 |
/// | WSA_IO_PENDING, WSA_INVALID_HANDLE, WSAEINVAL, WSAEFAULT | of `overlapped` and `routine`, as in [`WSARecv`](super::WSARecv) | F022, F051 |
///
/// # Safety
/// - `buffers` is NULL or readable for `count` WSABUFs, each of which is NULL or readable for its length.
/// - `sent` is NULL or a writable DWORD.
/// - `overlapped` is NULL or an OVERLAPPED; it and the buffers stay until the operation has ended, and
///   `routine` may be called with it.
#[unsafe(export_name = "ws2_WSASend")]
pub unsafe extern "system" fn WSASend(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    sent: *mut u32,
    flags: u32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::WSASend(s, buffers, count, sent, flags, overlapped, routine) },
        // SAFETY: the caller's promise.
        move || unsafe {
            provider::send::wsa_send(s, buffers, count, sent, flags, overlapped, routine, Behalf::default)
        },
    )
}

/// **WSASendTo** sends the bytes of several buffers to the address `to`, which is `tolen` bytes long.
///
/// As [`WSASend`], with the address as in [`sendto`].
///
/// # Errors
/// Those of [`WSASend`] and of [`sendto`].
///
/// # Safety
/// - Those of [`WSASend`]; `to` is NULL or readable for `tolen` bytes.
#[unsafe(export_name = "ws2_WSASendTo")]
pub unsafe extern "system" fn WSASendTo(
    s: SOCKET,
    buffers: *const WSABUF,
    count: u32,
    sent: *mut u32,
    flags: u32,
    to: *const SOCKADDR,
    tolen: i32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        move || unsafe { doors::WSASendTo(s, buffers, count, sent, flags, to, tolen, overlapped, routine) },
        // SAFETY: the caller's promise.
        move || unsafe {
            provider::send::wsa_send_to(
                s,
                buffers,
                count,
                sent,
                flags,
                to,
                tolen,
                overlapped,
                routine,
                Behalf::default,
            )
        },
    )
}
