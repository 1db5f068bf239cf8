//! Reports of datagrams that reached nobody, by the thousand, and counts and peeks that go on at the same time.
#![allow(non_snake_case)]
#![cfg(target_os = "linux")] // Other hosts tell connected sockets only, and of the last one.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;

mod util;
use util::*;

const NAME: i32 = size_of::<SOCKADDR_IN>() as i32;

fn silence(s: SOCKET) {
    let (off, mut count) = (0u32, 0u32);
    let input = (&raw const off).cast();
    let done =
        unsafe { WSAIoctl(s, SIO_UDP_CONNRESET, input, 4, null_mut(), 0, &mut count, null_mut(), None) };
    assert_eq!(done, 0, "{}", last_error());
}

/// Sends `count` datagrams to nobody, and five from elsewhere to the socket itself.
fn send_in_vain(s: SOCKET, count: usize) {
    let nobody = Nobody::new();
    for i in 0..count {
        assert_eq!(send_to(s, b"x", nobody.port()), 1, "send {i}: {}", last_error());
    }
    let other = udp_bound();
    (0..5).for_each(|_| assert_eq!(send_to(other, b"hi", port_of(s)), 2));
    close(other);
}

/// What receives give until nothing is left: reports and datagrams.
fn drain(s: SOCKET) -> (usize, usize) {
    set_nonblocking(s, true);
    let (mut reports, mut datagrams) = (0, 0);
    loop {
        match recv_bytes(s, 8) {
            Ok(bytes) => {
                assert_eq!(bytes, b"hi");
                datagrams += 1;
            }
            Err(WSAECONNRESET) => reports += 1,
            Err(code) => {
                assert_eq!(code, WSAEWOULDBLOCK);
                return (reports, datagrams);
            }
        }
    }
}

/// G030, G035: each send gives its report, far beyond what the host keeps, and no datagram gives way to one.
#[test]
fn every_send_gives_its_report_and_datagrams_survive() {
    let _winsock = Winsock::start();
    for room in [None, Some(4096)] {
        let s = udp_bound();
        room.into_iter().for_each(|bytes| set_option(s, SO_RCVBUF, bytes));
        send_in_vain(s, 5000);
        assert_eq!(drain(s), (5000, if room.is_none() { 5 } else { drain_limit() }), "{room:?}");
        close(s);
    }
}

/// How many of five short datagrams a receive buffer of 4096 bytes holds beside one report: the host's matter.
fn drain_limit() -> usize {
    let s = udp_bound();
    set_option(s, SO_RCVBUF, 4096);
    send_in_vain(s, 1);
    let (reports, datagrams) = drain(s);
    assert_eq!(reports, 1);
    close(s);
    datagrams
}

/// G041: reports that nobody wants take no room either.
#[test]
fn unwanted_reports_do_not_cost_datagrams() {
    let _winsock = Winsock::start();
    let s = udp_bound();
    silence(s);
    send_in_vain(s, 5000);
    assert_eq!(drain(s), (0, 5));
    close(s);
}

/// A thread that waits hears of the reports while another one sends, whichever way it waits; one on a
/// silenced socket hears of none.
#[test]
fn who_waits_hears_of_what_sends_meet() {
    let _winsock = Winsock::start();
    for (timeout, silent) in [(0, false), (2000, false), (300, true)] {
        let s = udp_bound();
        set_option(s, SO_RCVTIMEO, timeout);
        if silent {
            silence(s);
        }
        let receiver = start_blocked(move || recv_bytes(s, 8));
        let nobody = Nobody::new();
        let give_up = Instant::now() + Duration::from_secs(3);
        while !receiver.is_finished() && Instant::now() < give_up {
            assert_eq!(send_to(s, b"x", nobody.port()), 1, "{}", last_error());
        }
        assert!(receiver.is_finished(), "timeout {timeout}, silent {silent}");
        let told = if silent { WSAETIMEDOUT } else { WSAECONNRESET };
        assert_eq!(receiver.join().unwrap(), Err(told), "timeout {timeout}");
        close(s);
    }
}

/// Reports belong to the object: a duplicate tells of what its original's sends met.
#[test]
fn a_duplicate_tells_of_its_originals_sends() {
    let _winsock = Winsock::start();
    let s = udp_bound();
    let mut record = WSAPROTOCOL_INFOW::default();
    assert_eq!(unsafe { WSADuplicateSocketW(s, std::process::id(), &mut record) }, 0);
    let duplicate = unsafe { WSASocketW(-1, -1, -1, &record, 0, WSA_FLAG_OVERLAPPED) };
    assert_ne!(duplicate, INVALID_SOCKET, "{}", last_error());
    send_in_vain(s, 600);
    assert_eq!(drain(duplicate), (600, 5));
    close(duplicate);
    close(s);
}

/// FIONREAD and MSG_PEEK of several threads do not disturb each other.
#[test]
fn counts_and_peeks_go_side_by_side() {
    let _winsock = Winsock::start();
    let (s, other) = (udp_bound(), udp_bound());
    send_to(other, b"first", port_of(s));
    send_to(other, b"second", port_of(s));
    wait_readable(s);
    set_nonblocking(s, true);
    let count = || {
        let mut bytes = 0u32;
        assert_eq!(unsafe { ioctlsocket(s, FIONREAD, &mut bytes) }, 0, "{}", last_error());
        bytes
    };
    let end = Instant::now() + Duration::from_secs(10);
    while count() != 11 {
        assert!(Instant::now() < end, "the datagrams did not come");
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let counters = [0, 1].map(|_| {
            scope.spawn(|| {
                let mut wrong = 0;
                while !stop.load(Ordering::Relaxed) {
                    wrong += usize::from(count() != 11);
                }
                wrong
            })
        });
        let mut wrong = 0;
        let mut name = loopback(0);
        for _ in 0..5000 {
            let mut bytes = [0u8; 16];
            let mut len = NAME;
            let from = (&raw mut name).cast();
            let got = unsafe { recvfrom(s, bytes.as_mut_ptr(), 16, MSG_PEEK, from, &mut len) };
            wrong += usize::from(got != 5 || &bytes[..5] != b"first");
        }
        stop.store(true, Ordering::Relaxed);
        assert_eq!(wrong, 0, "peeks");
        for counter in counters {
            assert_eq!(counter.join().unwrap(), 0, "counts");
        }
    });
    close(s);
    close(other);
}

/// A peek that waits does not keep others from counting or peeking, and sees what comes.
#[test]
fn a_peek_waits_without_hindering() {
    let _winsock = Winsock::start();
    let (s, other) = (udp_bound(), udp_bound());
    let peek = start_blocked(move || {
        let mut bytes = [0u8; 8];
        unsafe { recv(s, bytes.as_mut_ptr(), 8, MSG_PEEK) }
    });
    let mut bytes = 7u32;
    assert_eq!((unsafe { ioctlsocket(s, FIONREAD, &mut bytes) }, bytes), (0, 0));
    send_to(other, b"come", port_of(s));
    assert_eq!(peek.join().unwrap(), 4);
    assert_eq!(recv_bytes(s, 8).as_deref(), Ok(&b"come"[..]));
    close(s);
    close(other);
}
