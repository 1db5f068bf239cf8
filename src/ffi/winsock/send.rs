//! send, sendto, WSASend, WSASendTo and WSASendMsg, as they are exported.
#![allow(unsafe_code)] // The C border.

use super::consts::SOCKET_ERROR;
use super::types::*;
use crate::ffi::border::routed;
use crate::ffi::provider;
use crate::ffi::provider::overlapped::Behalf;
use crate::ffi::spi::doors;
use crate::socket::startup;
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
/// | WSAEMSGSIZE | longer than a message can be; to be cut, as in [`WSASendMsg`] | documented |
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

/// **WSASendMsg** sends a datagram, and says more of it than its bytes and where it goes.
///
/// `message` names what is sent: `lpBuffers` are `dwBufferCount` WSABUFs, whose bytes are sent in order; `name` is
/// the destination, `namelen` bytes long, or NULL with a `namelen` of 0 on a connected socket; `Control` is control
/// data of `Control.len` bytes, or NULL with a length of 0; `dwFlags` is not looked at. `flags` is 0 or a
/// combination of MSG_DONTROUTE and MSG_PARTIAL. `*sent`, `overlapped` and `routine` are as in [`WSASend`]; the
/// WSAMSG, the name and the control data are read within the call. A socket without a name gets one. Programs can
/// also ask for the function's address, by SIO_GET_EXTENSION_FUNCTION_POINTER.
///
/// Control data are WSACMSGHDRs, as the WSA_CMSG macros lay them out:
///
/// | level, type | data | |
/// |---|---|---|
/// | IPPROTO_IP, IP_PKTINFO | IN_PKTINFO | the address that the datagram comes from, and the index of the interface that it leaves by; 0 is any |
/// | IPPROTO_IP, IP_ECN | INT | its congestion mark: 0, 1 or 2 |
/// | IPPROTO_IP, IP_TOS | INT | its whole type of service |
/// | IPPROTO_IPV6, IPV6_PKTINFO | IN6_PKTINFO | as IP_PKTINFO |
/// | IPPROTO_IPV6, IPV6_ECN | INT | as IP_ECN |
/// | IPPROTO_IPV6, IPV6_TCLASS | INT | its whole traffic class |
/// | IPPROTO_UDP, UDP_SEND_MSG_SIZE | DWORD | the bytes are sent as datagrams of this size, and a last one of what is left |
///
/// A socket of both worlds takes both levels: IPv4's are for IPv4 destinations, mapped ones too, IPv6's for others;
/// what is not for the destination is not used, but for an IPV6_PKTINFO with a mapped address. Of several entries of
/// one kind the last one counts. UDP_SEND_MSG_SIZE takes the place of what the socket option of that name says; 0 is
/// not to cut. Sends are cut by the host (UDP_SEGMENT) or by the library, to any number of datagrams; their bytes
/// together may be more than a datagram can have.
///
/// What of a send that is cut was sent cannot be taken back (decided): a nonblocking one that finds room for its
/// first datagrams waits for the rest, up to 10 milliseconds in all, as there are programs that look at no count; if
/// there is still none then, or the call times out or is cancelled, it succeeds, and `*sent` tells how many bytes
/// were sent. An overlapped one ends when all are sent; how long its datagrams are is known when it begins.
/// closesocket ends both with what it ends other calls with.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED, WSAENOTSOCK | as in [`send`] | documented |
/// | WSAEINVAL | neither a datagram nor a raw socket | documented; the code decided |
/// | WSAEFAULT | `message` is no pointer; `name` or `Control.buf` is none, with a length; `sent` is NULL without an OVERLAPPED | documented |
/// | WSAENOTCONN, WSAESHUTDOWN, WSAEAFNOSUPPORT, WSAEADDRNOTAVAIL, WSAENETUNREACH, WSAEHOSTUNREACH, WSAENETDOWN, WSAEACCES, WSAENOBUFS, WSAEMSGSIZE, WSAEWOULDBLOCK, WSAETIMEDOUT | as in [`sendto`] | documented |
/// | WSAEINTR | closesocket, CancelIoEx or the final WSACleanup came meanwhile, or the thread's blocking hook has cancelled the call | G002, G013, G211 |
/// | WSAEMSGSIZE | the bytes are to be cut, and the host knows that such datagrams are too long for the way | documented; the code decided |
/// | WSAEMSGSIZE | the bytes are to be cut, and are more than a DWORD can count | decided |
/// | WSAEFAULT | `lpBuffers`, a buffer or `namelen` is no good | documented |
/// | WSAEINVAL | no buffers | decided, as F015 |
/// | WSAEINVAL | an entry of the control data ends before its data begin, or behind the control data; it is none of those above, or not for such a socket, or has another length | decided |
/// | WSAEINVAL | more than 4096 bytes of control data | decided |
/// | WSAEINVAL | a congestion mark of 3, which routers set | documented |
/// | WSAEADDRNOTAVAIL | the address that it is to come from is none of the host's, or there is no such interface; of control data that are not used none is told | decided |
/// | WSAEOPNOTSUPP | a flag that datagrams do not have | documented |
/// | WSA_IO_PENDING, WSA_INVALID_HANDLE, WSAEINVAL, WSAEFAULT | of `overlapped` and `routine`, as in [`WSARecv`](super::WSARecv) | F022, F051 |
///
/// # Platform notes
/// | | Linux | macOS |
/// |---|---|---|
/// | datagrams of one send | 64 at a time by the host (4.18) | one at a time |
/// | datagrams too long for the way | WSAEMSGSIZE | sent in fragments: the host does not tell of the way |
///
/// # Safety
/// - `message` is NULL or a WSAMSG whose pointers are each NULL or readable for their lengths.
/// - Those of [`WSASend`] for `sent`, `overlapped`, `routine` and the buffers.
#[unsafe(export_name = "ws2_WSASendMsg")]
pub unsafe extern "system" fn WSASendMsg(
    s: SOCKET,
    message: *const WSAMSG,
    flags: u32,
    sent: *mut u32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    if startup::is_plain() {
        // SAFETY: the caller's promise.
        return unsafe { provider::WSASendMsg(s, message, flags, sent, overlapped, routine) };
    }
    // SAFETY: the caller's promise.
    unsafe { doors::WSASendMsg(s, message, flags, sent, overlapped, routine) }
}
