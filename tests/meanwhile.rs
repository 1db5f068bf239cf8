//! What other threads and other SOCKETs do while a call waits: it goes on as it began.
#![allow(non_snake_case)]

use std::ptr::null_mut;

use openws2::Win32::Networking::WinSock::*;

mod util;
use util::*;

/// A report that the program does not want to hear of ends no wait and hides no datagram.
#[test]
fn select_sees_a_datagram_behind_a_silenced_report() {
    let _winsock = Winsock::start();
    let (s, nobody) = (udp_bound(), Nobody::new());
    let (off, mut bytes) = (0u32, 0);
    let input = (&raw const off).cast_mut().cast();
    let silenced =
        unsafe { WSAIoctl(s, SIO_UDP_CONNRESET, input, 4, null_mut(), 0, &mut bytes, null_mut(), None) };
    assert_eq!(silenced, 0, "{}", last_error());
    let waiter = start_blocked(move || {
        let mut read = set_of(&[s]);
        let limit = TIMEVAL { tv_sec: 5, tv_usec: 0 };
        unsafe { select(0, &mut read, null_mut(), null_mut(), &limit) }
    });
    assert_eq!(send_to(s, b"x", nobody.port()), 1);
    let friend = udp_bound();
    assert_eq!(send_to(friend, b"here", port_of(s)), 4);
    assert_eq!(waiter.join().unwrap(), 1);
    assert_eq!(recv_bytes(s, 8).as_deref(), Ok(&b"here"[..]));
    close(s);
    close(friend);
}

/// MSG_WAITALL began in blocking mode and ends so; nothing that it has is lost.
#[test]
fn a_change_of_mode_does_not_end_a_receive_that_waits_for_all() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    send_all(b, b"1234");
    wait_readable(a);
    let reader = start_blocked(move || {
        let mut bytes = [0u8; 8];
        (unsafe { recv(a, bytes.as_mut_ptr(), 8, MSG_WAITALL) }, bytes)
    });
    set_nonblocking(a, true);
    send_all(b, b"56");
    send_all(b, b"78");
    assert_eq!(reader.join().unwrap(), (8, *b"12345678"));
    close(a);
    close(b);
}

/// Each SOCKET of an object has its own timeout.
#[test]
fn a_duplicates_timeout_is_its_own() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    set_option(a, SO_RCVTIMEO, 50);
    let mut record = WSAPROTOCOL_INFOW::default();
    assert_eq!(unsafe { WSADuplicateSocketW(a, std::process::id(), &mut record) }, 0);
    let twin = unsafe { WSASocketW(-1, -1, -1, &record, 0, WSA_FLAG_OVERLAPPED) };
    assert_ne!(twin, INVALID_SOCKET, "{}", last_error());
    set_option(twin, SO_RCVTIMEO, 0);
    assert_eq!(recv_bytes(a, 1), Err(WSAETIMEDOUT));
    for s in [a, b, twin] {
        assert_eq!(close(s), 0);
    }
}

/// G211, G212: the final WSACleanup ends every call with WSAEINTR, also where both ends are of this process
/// and one is closed before the other. A process of its own, for it ends Winsock for everybody.
#[test]
fn the_final_cleanup_looks_like_no_peers_end() {
    const CHILD: &str = "OPENWS2_TEST_CLEANUP";
    if std::env::var_os(CHILD).is_none() {
        let name = "the_final_cleanup_looks_like_no_peers_end";
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        let ended = child.args(["--exact", name, "--nocapture"]).env(CHILD, "1").status().unwrap();
        assert!(ended.success());
        return;
    }
    let mut data = WSADATA::default();
    assert_eq!(unsafe { WSAStartup(0x0202, &mut data) }, 0);
    let (a, b) = tcp_pair();
    let readers: Vec<_> = [a, b]
        .into_iter()
        .flat_map(|s| [0, MSG_WAITALL].map(|flags| (s, flags)))
        .map(|(s, flags)| {
            start_blocked(move || {
                let mut bytes = [0u8; 8];
                let received = unsafe { recv(s, bytes.as_mut_ptr(), 8, flags) };
                (received, last_error())
            })
        })
        .collect();
    assert_eq!(unsafe { WSACleanup() }, 0);
    for reader in readers {
        assert_eq!(reader.join().unwrap(), (SOCKET_ERROR, WSAEINTR));
    }
}
