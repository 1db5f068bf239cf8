//! The first and the last moment of Winsock in a program that leaves its startup to the conversions of Rust's sockets.

use std::net::UdpSocket;
use std::os::fd::AsRawFd;

use openws2::Win32::Foundation::{GetLastError, SetLastError};
use openws2::Win32::Networking::WinSock::*;
use openws2::os::windows::io::{AsRawSocket, OwnedSocket};

fn udp() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").unwrap()
}

fn is_open(number: i32) -> bool {
    unsafe { libc::fcntl(number, libc::F_GETFD) != -1 }
}

/// One test, as the process has one first startup.
#[test]
fn a_conversion_leaves_the_last_error_and_what_is_owned_is_closed_after_the_last_cleanup() {
    let socket = udp();
    unsafe { SetLastError(77) };
    let number = socket.as_raw_socket() as SOCKET;
    assert_eq!(unsafe { GetLastError() }, 77);
    let known = OwnedSocket::from(socket);
    let mut value = [0u8; 4];
    assert_eq!(unsafe { getsockopt(number, SOL_SOCKET, SO_TYPE, value.as_mut_ptr(), &mut 4) }, 0);
    let never_used = udp();
    let second = never_used.as_raw_fd();
    let never_used = OwnedSocket::from(never_used);
    let made = unsafe { WSASocketW(2, SOCK_DGRAM, 0, std::ptr::null_mut(), 0, WSA_FLAG_OVERLAPPED) };
    assert_ne!(made, INVALID_SOCKET);
    let made_by_winsock = known.try_clone().unwrap();
    let third = made_by_winsock.as_raw_socket() as i32;
    // The conversions' startup is taken back too, which no program does.
    assert_eq!(unsafe { (WSACleanup(), WSACleanup()) }, (0, SOCKET_ERROR));
    assert!(is_open(number as i32) && is_open(second) && !is_open(third) && !is_open(made as i32));
    // The number of one that Winsock has closed is somebody else's.
    let other = udp();
    assert_eq!(other.as_raw_fd(), third.min(made as i32));
    if cfg!(target_os = "linux") {
        drop((known, never_used));
        assert!(!is_open(number as i32) && !is_open(second));
    }
    drop(made_by_winsock);
    drop(unsafe { <OwnedSocket as openws2::os::windows::io::FromRawSocket>::from_raw_socket(made as _) });
    assert!(is_open(other.as_raw_fd()));
}
