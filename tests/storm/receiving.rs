//! Bytes under storms: in order, each once, none lost.

use std::time::Duration;

use openws2::Win32::Networking::WinSock::*;

use crate::signals::{Storm, Strikes, bounded, is_watched, run_again_watched};
use crate::util::*;

/// The bytes of a stream that shows every loss, doubling and swap.
fn pattern(len: usize) -> Vec<u8> {
    (0..len as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// A message every now and then, so that the receiver really waits for it.
fn send_slowly(s: SOCKET, bytes: &[u8], pieces: usize, every: Duration) {
    for piece in bytes.chunks(bytes.len().div_ceil(pieces)) {
        send_all(s, piece);
        std::thread::sleep(every);
    }
}

fn receive_until_end(s: SOCKET, room: usize) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match recv_bytes(s, room) {
            Ok(bytes) if bytes.is_empty() => return all,
            Ok(bytes) => all.extend(bytes),
            Err(code) => panic!("{code} after {} bytes", all.len()),
        }
    }
}

fn slow_stream_arrives_whole(limit: Option<i32>) {
    bounded(move || {
        let _winsock = Winsock::start();
        let (a, b) = tcp_pair();
        limit.into_iter().for_each(|limit| set_option(b, SO_RCVTIMEO, limit));
        let bytes = pattern(10_000);
        let sent = bytes.clone();
        let sender = std::thread::spawn(move || {
            let storm = Storm::over_me();
            send_slowly(a, &sent, 60, Duration::from_millis(2));
            storm.assert_raged();
            drop(storm);
            close(a);
        });
        let storm = Storm::over_me();
        assert_eq!(receive_until_end(b, 64), bytes);
        storm.assert_raged();
        drop(storm);
        sender.join().unwrap();
        close(b);
    });
}

#[test]
fn a_blocking_recv_gets_the_stream() {
    slow_stream_arrives_whole(None);
}

#[test]
fn a_recv_with_a_timeout_gets_the_stream() {
    slow_stream_arrives_whole(Some(4000));
}

/// G088, F184: MSG_WAITALL joins what many small sends bring, and a signal cuts nothing off.
#[test]
fn a_receive_of_all_is_all() {
    for limit in [None, Some(4000)] {
        bounded(move || {
            let _winsock = Winsock::start();
            let (a, b) = tcp_pair();
            limit.into_iter().for_each(|limit| set_option(b, SO_RCVTIMEO, limit));
            let bytes = pattern(64 * 1024);
            let sent = bytes.clone();
            let sender = std::thread::spawn(move || {
                send_slowly(a, &sent, 250, Duration::from_micros(500));
                close(a);
            });
            let storm = Storm::over_me();
            let mut all = vec![0; bytes.len()];
            for part in all.chunks_mut(16 * 1024) {
                let half = part.len() as u32 / 2;
                let at = part.as_mut_ptr();
                let two =
                    [WSABUF { len: half, buf: at }, WSABUF { len: half, buf: at.wrapping_add(half as _) }];
                let (mut count, mut flags) = (0, MSG_WAITALL as u32);
                let null = std::ptr::null_mut();
                // SAFETY: the buffers live through the call.
                let done = unsafe { WSARecv(b, two.as_ptr(), 2, &mut count, &mut flags, null, None) };
                assert_eq!((done, count as usize), (0, part.len()), "{}", last_error());
            }
            storm.assert_raged();
            drop(storm);
            assert_eq!(all, bytes);
            sender.join().unwrap();
            close(b);
        });
    }
}

/// Each datagram comes once, whole, in order and with its sender.
#[test]
fn a_blocking_recvfrom_gets_every_datagram() {
    bounded(|| {
        let _winsock = Winsock::start();
        let (a, b) = (udp_bound(), udp_bound());
        let (from_port, to_port) = (port_of(a), port_of(b));
        const COUNT: u32 = 120;
        let sender = std::thread::spawn(move || {
            let storm = Storm::over_me();
            for number in 0..COUNT {
                assert_eq!(send_to(a, &number.to_le_bytes(), to_port), 4);
                std::thread::sleep(Duration::from_millis(1));
            }
            storm.assert_raged();
        });
        let storm = Storm::over_me();
        for number in 0..COUNT {
            let (mut bytes, mut name, mut length) = ([0u8; 8], loopback(0), 16);
            // SAFETY: all pointers are to what lives here.
            let n = unsafe { recvfrom(b, bytes.as_mut_ptr(), 8, 0, (&raw mut name).cast(), &mut length) };
            assert_eq!(n, 4, "{}", last_error());
            assert_eq!((bytes[..4].to_vec(), length), (number.to_le_bytes().to_vec(), 16));
            assert_eq!(u16::from_be(name.sin_port), from_port);
        }
        storm.assert_raged();
        drop(storm);
        sender.join().unwrap();
        close(a);
        close(b);
    });
}

/// F045: a blocking send of megabytes, far more than fits, is one success that moved all of them.
#[test]
fn a_send_of_megabytes_is_one_success() {
    for limit in [None, Some(4000)] {
        bounded(move || {
            let _winsock = Winsock::start();
            let (a, b) = tcp_pair();
            limit.into_iter().for_each(|limit| set_option(a, SO_SNDTIMEO, limit));
            let bytes = pattern(8 << 20);
            let sent = bytes.clone();
            let sender = std::thread::spawn(move || {
                let storm = Storm::over_me();
                send_all(a, &sent);
                assert!(storm.hits() > 0);
                drop(storm);
                close(a);
            });
            let storm = Storm::over_me();
            // The sender has to wait for the receiver.
            std::thread::sleep(Duration::from_millis(30));
            assert!(receive_until_end(b, 64 * 1024) == bytes, "the stream is another one");
            storm.assert_raged();
            drop(storm);
            sender.join().unwrap();
            close(b);
        });
    }
}

/// The signal that the library wakes threads with, sent by somebody else at odd times: before the library
/// has a handler for it, and after.
#[test]
fn the_librarys_own_signal_from_outside_changes_nothing() {
    bounded(|| {
        let _winsock = Winsock::start();
        for handled in [false, true] {
            if handled {
                // A close under a blocked call makes the library install its handler.
                let mut told = Ok(Vec::new());
                while told != Err(WSAEINTR) {
                    let s = udp_bound();
                    let reader = std::thread::spawn(move || recv_bytes(s, 8));
                    std::thread::sleep(Duration::from_millis(20));
                    assert_eq!(close(s), 0);
                    told = reader.join().unwrap();
                }
            }
            let (a, b) = tcp_pair();
            let bytes = pattern(10_000);
            let sent = bytes.clone();
            let sender = std::thread::spawn(move || {
                let _strikes = Strikes::on_me(libc::SIGURG);
                send_slowly(a, &sent, 60, Duration::from_millis(2));
                close(a);
            });
            let strikes = Strikes::on_me(libc::SIGURG);
            assert_eq!(receive_until_end(b, 64), bytes, "{handled}");
            drop(strikes);
            sender.join().unwrap();
            close(b);
        }
    });
}

/// Streams that are watched for out-of-band bytes are received from in another way: with the same results.
#[test]
fn watched_streams_bear_storms_alike() {
    if !is_watched() {
        run_again_watched(&["receiving::", "closing::"]);
    }
}
