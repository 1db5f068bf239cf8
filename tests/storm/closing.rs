//! closesocket under a blocked call, in a storm, and with the wake-up signal kept out: it ends, as documented.

use std::ptr::null_mut;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;

use crate::signals::{Storm, Strikes, block, bounded};
use crate::util::*;

/// What the blocked thread does beside its call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Condition {
    /// A signal every 100 µs, for both threads.
    Storm,
    /// The library's own signal, from outside and at odd times.
    Struck,
    /// The blocked thread keeps the library's signal out.
    Deaf,
    /// It keeps every signal out.
    StoneDeaf,
}

const CONDITIONS: [Condition; 4] =
    [Condition::Storm, Condition::Struck, Condition::Deaf, Condition::StoneDeaf];

/// How long closesocket and the call may take: the same for a thread that hears no signals.
const BOUND: Duration = Duration::from_secs(1);

/// Runs the call on a socket in a thread, closes the socket under it, and gives what the call returned, and
/// what was made beside the socket.
///
/// Nothing tells when a thread sits in the host. Where the close was first, which gives WSAENOTSOCK, it is
/// done once more and later.
fn close_under<T>(
    condition: Condition,
    make: impl Fn() -> (SOCKET, T),
    call: fn(SOCKET) -> i32,
) -> ((i32, i32), T) {
    for pause in [40, 200] {
        let (s, beside) = make();
        let outcome = try_to_close_under(condition, s, call, Duration::from_millis(pause));
        if outcome.1 != WSAENOTSOCK {
            return (outcome, beside);
        }
    }
    let (s, beside) = make();
    (try_to_close_under(condition, s, call, Duration::from_secs(1)), beside)
}

fn try_to_close_under(
    condition: Condition,
    s: SOCKET,
    call: fn(SOCKET) -> i32,
    pause: Duration,
) -> (i32, i32) {
    let (told, result) = mpsc::channel();
    let (ready, begun) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let _weather = match condition {
            Condition::Storm => (Some(Storm::over_me()), None),
            Condition::Struck => (None, Some(Strikes::on_me(libc::SIGURG))),
            Condition::Deaf => {
                block(libc::SIGURG);
                (None, None)
            }
            Condition::StoneDeaf => {
                (1..32).filter(|&signal| ![libc::SIGKILL, libc::SIGSTOP].contains(&signal)).for_each(block);
                (None, None)
            }
        };
        ready.send(()).unwrap();
        let returned = call(s);
        told.send((returned, last_error())).unwrap();
    });
    begun.recv().unwrap();
    assert!(result.recv_timeout(pause).is_err(), "{condition:?}: it did not block");
    let storm = (condition == Condition::Storm).then(Storm::over_me);
    let began = Instant::now();
    assert_eq!(close(s), 0, "{condition:?}: {}", last_error());
    let closed = began.elapsed();
    drop(storm);
    let outcome = result.recv_timeout(BOUND).unwrap_or_else(|_| panic!("{condition:?}: not woken"));
    assert!(closed < BOUND, "{condition:?}: closesocket took {closed:?}");
    thread.join().unwrap();
    outcome
}

/// G001, G006.
#[test]
fn a_blocked_stream_receive_ends_with_10053() {
    bounded(|| {
        let _winsock = Winsock::start();
        for condition in CONDITIONS {
            for limited in [false, true] {
                for call in [(|s| recv_into(s, 8).0) as fn(SOCKET) -> i32, receive_all] {
                    let make = || {
                        let (a, b) = tcp_pair();
                        if limited {
                            set_option(a, SO_RCVTIMEO, 60_000);
                        }
                        (a, b)
                    };
                    let (outcome, b) = close_under(condition, make, call);
                    assert_eq!(outcome, (SOCKET_ERROR, WSAECONNABORTED), "{condition:?} {limited}");
                    if condition != Condition::Deaf && condition != Condition::StoneDeaf {
                        assert_eq!(recv_bytes(b, 8), Err(WSAECONNRESET), "G006 {condition:?} {limited}");
                    }
                    close(b);
                }
            }
        }
    });
}

fn receive_all(s: SOCKET) -> i32 {
    let mut bytes = [0u8; 8];
    unsafe { recv(s, bytes.as_mut_ptr(), 8, MSG_WAITALL) }
}

/// G001 for a send that the peer does not read.
#[test]
fn a_blocked_stream_send_ends_with_10053() {
    bounded(|| {
        let _winsock = Winsock::start();
        for condition in CONDITIONS {
            let make = || {
                let (a, b) = tcp_pair();
                let bytes = vec![7u8; 1 << 20];
                set_nonblocking(a, true);
                while unsafe { send(a, bytes.as_ptr(), bytes.len() as i32, 0) } > 0 {}
                set_nonblocking(a, false);
                (a, b)
            };
            let call = |s| {
                let bytes = vec![7u8; 1 << 20];
                loop {
                    let sent = unsafe { send(s, bytes.as_ptr(), bytes.len() as i32, 0) };
                    if sent < 0 {
                        return sent;
                    }
                }
            };
            let (outcome, b) = close_under(condition, make, call);
            assert_eq!(outcome, (SOCKET_ERROR, WSAECONNABORTED), "{condition:?}");
            close(b);
        }
    });
}

/// G002, through the short way and the long one.
#[test]
fn a_blocked_datagram_receive_ends_with_10004() {
    bounded(|| {
        let _winsock = Winsock::start();
        for condition in CONDITIONS {
            for limited in [false, true] {
                for connected in [false, true] {
                    let make = || {
                        let (s, peer) = (udp_bound(), udp_bound());
                        if limited {
                            set_option(s, SO_RCVTIMEO, 60_000);
                        }
                        if connected {
                            assert_eq!(connect_to(s, port_of(peer)), 0);
                        }
                        (s, peer)
                    };
                    let (outcome, peer) = close_under(condition, make, receive_twice);
                    assert_eq!(outcome, (SOCKET_ERROR, WSAEINTR), "{condition:?} {limited} {connected}");
                    close(peer);
                }
            }
        }
    });
}

/// A datagram from itself first, so that the buffer is known to be writable: the next receive is the short way.
fn receive_twice(s: SOCKET) -> i32 {
    let mut bytes = [0u8; 8];
    let itself = new_socket(SOCK_DGRAM);
    // A connected socket hears its peer only.
    let (mut name, mut length) = (loopback(0), 16);
    if unsafe { getpeername(s, (&raw mut name).cast(), &mut length) } != 0 {
        assert_eq!(send_to(itself, b"first", port_of(s)), 5);
        assert_eq!(unsafe { recv(s, bytes.as_mut_ptr(), 8, 0) }, 5);
    }
    close(itself);
    unsafe { recvfrom(s, bytes.as_mut_ptr(), 8, 0, (&raw mut name).cast(), &mut length) }
}

/// G003.
#[test]
fn a_blocked_accept_ends_with_10004() {
    bounded(|| {
        let _winsock = Winsock::start();
        for condition in CONDITIONS {
            let call = |s| unsafe { accept(s, null_mut(), null_mut()) as i32 };
            let (outcome, ()) = close_under(condition, || (tcp_listener(), ()), call);
            assert_eq!(outcome, (SOCKET_ERROR, WSAEINTR), "{condition:?}");
        }
    });
}

/// G004: a connect to a listener whose queue is full.
#[test]
fn a_blocked_connect_ends_with_10038() {
    bounded(|| {
        let _winsock = Winsock::start();
        let listener = new_socket(SOCK_STREAM);
        bind_loopback(listener);
        assert_eq!(unsafe { listen(listener, 1) }, 0);
        static PORT: std::sync::atomic::AtomicU16 = std::sync::atomic::AtomicU16::new(0);
        PORT.store(port_of(listener), std::sync::atomic::Ordering::SeqCst);
        let fill: Vec<SOCKET> = (0..8)
            .map(|_| {
                let s = new_socket(SOCK_STREAM);
                set_nonblocking(s, true);
                connect_to(s, port_of(listener));
                s
            })
            .collect();
        for condition in CONDITIONS {
            let call = |s| connect_to(s, PORT.load(std::sync::atomic::Ordering::SeqCst));
            let s = new_socket(SOCK_STREAM);
            let outcome = try_to_close_under(condition, s, call, Duration::from_millis(40));
            assert_eq!(outcome, (SOCKET_ERROR, WSAENOTSOCK), "{condition:?}");
        }
        fill.into_iter().chain([listener]).for_each(|s| {
            close(s);
        });
    });
}

/// F193: the closed socket is in the read set.
#[test]
fn a_select_that_waits_ends_with_the_closed_socket_as_readable() {
    bounded(|| {
        let _winsock = Winsock::start();
        for condition in CONDITIONS {
            let call = |s| {
                let mut read = set_of(&[s]);
                let ready = unsafe { select(0, &mut read, null_mut(), null_mut(), std::ptr::null()) };
                if read.fd_count == 1 && read.fd_array[0] == s { ready } else { -2 }
            };
            let (outcome, b) = close_under(condition, tcp_pair, call);
            assert_eq!(outcome.0, 1, "{condition:?}");
            close(b);
        }
    });
}
