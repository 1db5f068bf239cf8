//! Waits under storms: none ends early, none much late, and none for the signal's sake.

use std::ptr::null_mut;
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;

use crate::signals::{Storm, assert_in_time, bounded};
use crate::util::*;

/// F187, G119: SO_RCVTIMEO holds to the millisecond, on either kind of socket.
#[test]
fn a_receive_timeout_is_never_early_and_not_much_late() {
    bounded(|| {
        let _winsock = Winsock::start();
        let (stream, _peer) = tcp_pair();
        let datagrams = udp_bound();
        let storm = Storm::over_me();
        for limit in [1, 7, 40, 100] {
            for s in [stream, datagrams] {
                set_option(s, SO_RCVTIMEO, limit);
                for flags in [0, MSG_WAITALL] {
                    if flags != 0 && s == datagrams {
                        continue;
                    }
                    let mut byte = 0u8;
                    let began = Instant::now();
                    let n = unsafe { recv(s, &mut byte, 1, flags) };
                    let took = began.elapsed();
                    assert_eq!((n, last_error()), (SOCKET_ERROR, WSAETIMEDOUT), "{limit} ms");
                    assert_in_time(took, Duration::from_millis(limit as u64));
                }
            }
        }
        storm.assert_raged();
    });
}

/// The same for a send that nobody reads.
#[test]
fn a_send_timeout_is_never_early_and_not_much_late() {
    bounded(|| {
        let _winsock = Winsock::start();
        let (a, _b) = tcp_pair();
        let bytes = vec![7u8; 1 << 20];
        set_nonblocking(a, true);
        while unsafe { send(a, bytes.as_ptr(), bytes.len() as i32, 0) } > 0 {}
        assert_eq!(last_error(), WSAEWOULDBLOCK);
        set_nonblocking(a, false);
        let storm = Storm::over_me();
        for limit in [20, 80] {
            set_option(a, SO_SNDTIMEO, limit);
            // The host may move a little into the receiver's queue yet; then the wait is the next one.
            let (mut n, mut took) = (0, Duration::ZERO);
            while n >= 0 {
                let began = Instant::now();
                n = unsafe { send(a, bytes.as_ptr(), bytes.len() as i32, 0) };
                took = began.elapsed();
            }
            assert_eq!(last_error(), WSAETIMEDOUT, "{limit} ms");
            assert_in_time(took, Duration::from_millis(limit as u64));
        }
        storm.assert_raged();
    });
}

/// select waits its time out, and sees what comes meanwhile.
#[test]
fn a_select_ends_in_time_and_sees_what_comes() {
    bounded(|| {
        let _winsock = Winsock::start();
        let (a, b) = tcp_pair();
        let storm = Storm::over_me();
        for microseconds in [500, 5_000, 60_000] {
            let mut read = set_of(&[b]);
            let limit = TIMEVAL { tv_sec: 0, tv_usec: microseconds };
            let began = Instant::now();
            let ready = unsafe { select(0, &mut read, null_mut(), null_mut(), &limit) };
            let took = began.elapsed();
            assert_eq!((ready, read.fd_count), (0, 0), "{}", last_error());
            assert_in_time(took, Duration::from_micros(microseconds as u64));
        }
        for round in 0..20u8 {
            let sender = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(3));
                send_all(a, &[round]);
            });
            let mut read = set_of(&[b]);
            let limit = TIMEVAL { tv_sec: 4, tv_usec: 0 };
            let endless = round % 2 == 1;
            let limit = if endless { std::ptr::null() } else { &raw const limit };
            let ready = unsafe { select(0, &mut read, null_mut(), null_mut(), limit) };
            assert_eq!((ready, read.fd_count, read.fd_array[0]), (1, 1, b), "{}", last_error());
            assert_eq!(recv_bytes(b, 8), Ok(vec![round]));
            sender.join().unwrap();
        }
        storm.assert_raged();
        drop(storm);
        close(a);
        close(b);
    });
}

/// accept waits for its connection, each of them.
#[test]
fn an_accept_gets_every_connection() {
    bounded(|| {
        let _winsock = Winsock::start();
        let listener = tcp_listener();
        let port = port_of(listener);
        let clients = std::thread::spawn(move || {
            let storm = Storm::over_me();
            for number in 0..40u8 {
                std::thread::sleep(Duration::from_millis(3));
                let s = new_socket(SOCK_STREAM);
                assert_eq!(connect_to(s, port), 0, "connect {number}: {}", last_error());
                send_all(s, &[number]);
                close(s);
            }
            storm.assert_raged();
        });
        let storm = Storm::over_me();
        for number in 0..40u8 {
            let (mut name, mut length) = (loopback(0), 16);
            let s = unsafe { accept(listener, (&raw mut name).cast(), &mut length) };
            assert_ne!(s, INVALID_SOCKET, "accept {number}: {}", last_error());
            assert_ne!(name.sin_port, 0);
            assert_eq!(recv_bytes(s, 8), Ok(vec![number]));
            assert_eq!(recv_bytes(s, 8), Ok(vec![]));
            close(s);
        }
        storm.assert_raged();
        drop(storm);
        clients.join().unwrap();
        close(listener);
    });
}

/// A connect that has to wait: the listener's queue is full until it is emptied. The host then tries again
/// after a second.
#[test]
fn a_connect_that_waits_is_done_when_it_is_done() {
    bounded(|| {
        let _winsock = Winsock::start();
        let listener = new_socket(SOCK_STREAM);
        bind_loopback(listener);
        assert_eq!(unsafe { listen(listener, 1) }, 0);
        let port = port_of(listener);
        let mut waiting = Vec::new();
        // Nonblocking ones fill the queue: until one is not done at once.
        for _ in 0..8 {
            let s = new_socket(SOCK_STREAM);
            set_nonblocking(s, true);
            assert_eq!(connect_to(s, port), SOCKET_ERROR);
            assert_eq!(last_error(), WSAEWOULDBLOCK);
            waiting.push(s);
        }
        let server = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            // Room for all of them when they try again.
            assert_eq!(unsafe { listen(listener, 50) }, 0);
            let mut accepted = Vec::new();
            for _ in 0..9 {
                accepted.push(unsafe { accept(listener, null_mut(), null_mut()) });
            }
            accepted
        });
        let storm = Storm::over_me();
        let s = new_socket(SOCK_STREAM);
        assert_eq!(connect_to(s, port), 0, "{}", last_error());
        storm.assert_raged();
        drop(storm);
        let accepted = server.join().unwrap();
        assert!(!accepted.contains(&INVALID_SOCKET));
        let own = {
            let mut names: Vec<(SOCKET, u16)> = Vec::new();
            for &s in &accepted {
                let (mut name, mut length) = (loopback(0), 16);
                assert_eq!(unsafe { getpeername(s, (&raw mut name).cast(), &mut length) }, 0);
                names.push((s, u16::from_be(name.sin_port)));
            }
            let mine = port_of(s);
            names.into_iter().find(|&(_, port)| port == mine).expect("the connection was accepted").0
        };
        send_all(own, b"through");
        assert_eq!(recv_bytes(s, 16).as_deref(), Ok(&b"through"[..]));
        accepted.into_iter().chain(waiting).chain([s, listener]).for_each(|s| {
            close(s);
        });
    });
}
