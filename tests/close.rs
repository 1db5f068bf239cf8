//! closesocket and WSACleanup under calls of other threads: everybody wakes, with Windows' code.
#![allow(non_snake_case)]

use std::sync::mpsc;
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;

mod util;
use util::*;

/// Runs `call` in a thread, closes `s` once the thread is inside, and gives what the call returned.
fn close_under(s: SOCKET, call: impl FnOnce() -> i32 + Send + 'static) -> (i32, i32) {
    let (told, result) = mpsc::channel();
    let thread = start_blocked(move || {
        let returned = call();
        told.send((returned, last_error())).unwrap();
    });
    let began = Instant::now();
    assert_eq!(close(s), 0, "{}", last_error());
    let outcome = result.recv_timeout(Duration::from_secs(5)).expect("the blocked call was not woken");
    assert!(began.elapsed() < Duration::from_secs(2), "woken after {:?}", began.elapsed());
    thread.join().unwrap();
    outcome
}

/// G001, G006.
#[test]
fn a_blocked_tcp_receive_ends_with_10053_and_the_peer_sees_a_reset() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    assert_eq!(close_under(a, move || recv_into(a, 8).0), (SOCKET_ERROR, WSAECONNABORTED));
    assert_eq!(recv_into(b, 8).0, SOCKET_ERROR);
    assert_eq!(last_error(), WSAECONNRESET);
    close(b);
}

/// G001 with SO_RCVTIMEO set: another way to wait, the same end.
#[test]
fn a_tcp_receive_that_has_a_timeout_is_woken_too() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    set_option(a, SO_RCVTIMEO, 60_000);
    assert_eq!(close_under(a, move || recv_into(a, 8).0), (SOCKET_ERROR, WSAECONNABORTED));
    close(b);
}

/// G002.
#[test]
fn a_blocked_udp_receive_ends_with_10004() {
    let _winsock = Winsock::start();
    let a = udp_bound();
    assert_eq!(close_under(a, move || recv_into(a, 8).0), (SOCKET_ERROR, WSAEINTR));
}

/// G003.
#[test]
fn a_blocked_accept_ends_with_10004() {
    let _winsock = Winsock::start();
    let listener = tcp_listener();
    let accept = move || unsafe { accept(listener, std::ptr::null_mut(), std::ptr::null_mut()) as i32 };
    assert_eq!(close_under(listener, accept), (SOCKET_ERROR, WSAEINTR));
}

/// A send that the peer does not read (G001).
#[test]
fn a_blocked_tcp_send_ends_with_10053() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let fill = move || {
        let bytes = vec![7u8; 1 << 20];
        loop {
            let sent = unsafe { send(a, bytes.as_ptr(), bytes.len() as i32, 0) };
            if sent < 0 {
                return sent;
            }
        }
    };
    assert_eq!(close_under(a, fill), (SOCKET_ERROR, WSAECONNABORTED));
    close(b);
}

/// F193: the closed socket answers as readable.
#[test]
fn a_select_that_waits_for_the_socket_ends_with_it_in_the_read_set() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let (told, result) = mpsc::channel();
    let thread = start_blocked(move || {
        let mut read = set_of(&[a]);
        let null = std::ptr::null_mut();
        let count = unsafe { select(0, &mut read, null, null, std::ptr::null()) };
        told.send((count, read.fd_count, read.fd_array[0] == a)).unwrap();
    });
    close(a);
    assert_eq!(result.recv_timeout(Duration::from_secs(5)), Ok((1, 1, true)));
    thread.join().unwrap();
    // Nobody sat in a receive: the peer sees an end, not a reset.
    assert_eq!(recv_into(b, 8).0, 0);
    close(b);
}
