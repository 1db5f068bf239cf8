//! `io::Error::last_os_error` after a call has failed: the kind that it has on Windows where it has one there, and
//! Windows' number where it has none. The same holds on Windows itself, so this test can run there.

use std::io::{Error, ErrorKind};
use std::mem::zeroed;
use std::ptr::null_mut;

use openws2::Win32::Foundation::{ERROR_IO_PENDING, SetLastError, WAIT_TIMEOUT};
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::{GetQueuedCompletionStatus, OVERLAPPED};

/// Winsock's codes with a kind.
const KINDS: [(i32, ErrorKind); 14] = [
    (WSAEACCES, ErrorKind::PermissionDenied),
    (WSAEINVAL, ErrorKind::InvalidInput),
    (WSAEWOULDBLOCK, ErrorKind::WouldBlock),
    (WSAEADDRINUSE, ErrorKind::AddrInUse),
    (WSAEADDRNOTAVAIL, ErrorKind::AddrNotAvailable),
    (WSAENETDOWN, ErrorKind::NetworkDown),
    (WSAENETUNREACH, ErrorKind::NetworkUnreachable),
    (WSAECONNABORTED, ErrorKind::ConnectionAborted),
    (WSAECONNRESET, ErrorKind::ConnectionReset),
    (WSAENOTCONN, ErrorKind::NotConnected),
    (WSAETIMEDOUT, ErrorKind::TimedOut),
    (WSAECONNREFUSED, ErrorKind::ConnectionRefused),
    (WSAEHOSTUNREACH, ErrorKind::HostUnreachable),
    (WSAEDQUOT, ErrorKind::QuotaExceeded),
];

/// Others of Winsock's, and what overlapped operations and waits say.
const NUMBERS: [i32; 9] = [
    WSAEINTR,
    WSAEFAULT,
    WSAEMSGSIZE,
    WSAESHUTDOWN,
    WSAENOBUFS,
    WSAEDISCON,
    WSA_IO_PENDING,
    WSA_IO_INCOMPLETE,
    WAIT_TIMEOUT as i32,
];

fn start() {
    let mut data: WSADATA = unsafe { zeroed() };
    assert_eq!(unsafe { WSAStartup(0x0202, &mut data) }, 0);
}

#[test]
fn a_code_that_rust_gives_a_kind_has_that_kind() {
    for (code, kind) in KINDS {
        unsafe { SetLastError(code as u32) };
        assert_eq!(Error::last_os_error().kind(), kind, "{code}");
    }
}

#[test]
fn any_other_code_has_its_number() {
    start();
    for code in NUMBERS {
        unsafe { WSASetLastError(code) };
        assert_eq!(Error::last_os_error().raw_os_error(), Some(code));
    }
}

#[test]
fn calls_that_fail_leave_it() {
    start();
    let (mut on, mut byte) = (1, 0u8);
    unsafe {
        let s = socket(AF_INET.into(), SOCK_DGRAM, IPPROTO_UDP);
        let mut name: SOCKADDR_IN = zeroed();
        name.sin_family = AF_INET;
        name.sin_addr.S_un.S_addr = u32::from_ne_bytes([127, 0, 0, 1]);
        assert_eq!(bind(s, (&raw const name).cast(), size_of::<SOCKADDR_IN>() as i32), 0);
        assert_eq!(ioctlsocket(s, FIONBIO, &mut on), 0);
        assert_eq!(recv(s, &mut byte, 1, 0), SOCKET_ERROR);
        assert_eq!(Error::last_os_error().kind(), ErrorKind::WouldBlock);

        let (buffer, mut flags) = (WSABUF { len: 1, buf: &mut byte }, 0);
        let mut overlapped: OVERLAPPED = zeroed();
        assert_eq!(WSARecv(s, &buffer, 1, null_mut(), &mut flags, &mut overlapped, None), SOCKET_ERROR);
        assert_eq!(Error::last_os_error().raw_os_error(), Some(ERROR_IO_PENDING as i32));
        closesocket(s);

        assert_eq!(recv(s, &mut byte, 1, 0), SOCKET_ERROR);
        assert_eq!(Error::last_os_error().raw_os_error(), Some(WSAENOTSOCK));
        let (mut count, mut key, mut ended) = (0, 0, null_mut());
        assert_eq!(GetQueuedCompletionStatus(null_mut(), &mut count, &mut key, &mut ended, 0), 0);
        assert_eq!(Error::last_os_error().raw_os_error(), Some(WSA_INVALID_HANDLE));
    }
}
