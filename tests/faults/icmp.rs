//! Reports of earlier sends: what the error queue holds, and the failed call that announces it.

use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;

use crate::bits::*;
use crate::doors::{Door, receive, receive_named};
use crate::host::{Answer::*, Call, Script, UNREACHED, always, anywhere, once, times};
use crate::util::*;

const UNREACHABLE: u8 = 3;
const TIME_EXCEEDED: u8 = 11;
const PARAMETER_PROBLEM: u8 = 12;

/// What Linux makes of an ICMP message, and what Windows tells of it (G030, G039, G046). None: nothing.
const MESSAGES: &[(i32, u8, u8, Option<i32>)] = &[
    (libc::ENETUNREACH, UNREACHABLE, 0, Some(WSAENETUNREACH)),
    (libc::EHOSTUNREACH, UNREACHABLE, 1, Some(WSAEHOSTUNREACH)),
    (libc::ENOPROTOOPT, UNREACHABLE, 2, Some(WSAENETUNREACH)),
    (libc::ECONNREFUSED, UNREACHABLE, 3, Some(WSAECONNRESET)),
    // Fragmentation needed: Windows keeps what it learns of the path to itself.
    (libc::EMSGSIZE, UNREACHABLE, 4, None),
    (libc::ENETUNREACH, UNREACHABLE, 6, Some(WSAENETUNREACH)),
    (libc::EHOSTDOWN, UNREACHABLE, 7, Some(WSAEHOSTDOWN)),
    // Source host isolated.
    (libc::ENONET, UNREACHABLE, 8, Some(WSAEHOSTUNREACH)),
    (libc::EHOSTUNREACH, UNREACHABLE, 13, Some(WSAEHOSTUNREACH)),
    (libc::EHOSTUNREACH, TIME_EXCEEDED, 0, Some(WSAENETRESET)),
    (libc::EPROTO, PARAMETER_PROBLEM, 0, None),
];

/// G034, G035, G040: one failure for each message, with the name of the destination, and then the datagram.
#[test]
fn each_message_is_told_once_with_its_destination() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for &(errno, kind, code, told) in MESSAGES {
            for mode in Mode::ALL {
                for &door in Door::DATAGRAM {
                    let (s, _peer) = datagrams(mode);
                    let script = Script::of([
                        once(Call::Receive, s.0, Fails(errno)),
                        once(Call::ErrorQueue, s.0, Icmp(errno, kind, code)),
                    ]);
                    if let Some(told) = told {
                        let name = door.names().then_some(UNREACHED);
                        let failed = receive_named(door, s.0);
                        assert_eq!(failed, (Err(told), name), "errno {errno} {mode:?} {door:?}");
                    }
                    assert_eq!(receive(door, s.0), Ok(QUEUED.to_vec()), "errno {errno} {mode:?} {door:?}");
                    assert_eq!(script.left(), 0, "errno {errno} {mode:?} {door:?}: the queue was not read");
                }
            }
        }
    });
}

/// Source route failed is EOPNOTSUPP on Linux; whatever its code, the entry must not stay in the queue,
/// where it would make every wait end at once.
#[test]
fn no_message_stays_in_the_queue() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for mode in Mode::ALL {
            for door in [Door::Recv, Door::WsaRecvSplit, Door::WsaRecvEx] {
                let (s, _peer) = datagrams(mode);
                let script = Script::of([
                    once(Call::Receive, s.0, Fails(libc::EOPNOTSUPP)),
                    once(Call::ErrorQueue, s.0, Icmp(libc::EOPNOTSUPP, UNREACHABLE, 5)),
                ]);
                assert!(receive(door, s.0).is_err(), "{mode:?} {door:?}");
                assert_eq!(receive(door, s.0), Ok(QUEUED.to_vec()), "{mode:?} {door:?}");
                assert_eq!(script.left(), 0, "{mode:?} {door:?}");
            }
        }
    });
}

/// An entry that no errno announces, as the host's own complaint about a send is, makes the host's poll end
/// at once with nothing to receive. A receive with a timeout reads it, waits on, and ends in time.
#[test]
fn an_entry_that_nobody_wants_does_not_disturb_a_wait() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let s = Owned(udp_bound());
        set_option(s.0, SO_RCVTIMEO, 50);
        // A datagram one byte too long leaves such an entry (found on Linux 6).
        let long = vec![0u8; 65508];
        // SAFETY: the host's own call behind the library's back, on its descriptor.
        let sent = unsafe {
            let name = loopback(port_of(s.0));
            libc::sendto(s.0 as i32, long.as_ptr().cast(), long.len(), 0, (&raw const name).cast(), 16)
        };
        assert_eq!(sent, -1);
        let script = Script::of([]);
        let began = Instant::now();
        assert_eq!(receive(Door::Recv, s.0), Err(WSAETIMEDOUT));
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(50), "{took:?}");
        assert!(took < Duration::from_secs(2), "{took:?}");
        let polls = script.made(Call::Poll).len();
        assert!(polls < 20, "it waited {polls} times: the entry was not read");
    });
}

/// A host that says "there is an error" for ever and has none: the deadline still holds.
#[test]
fn a_deadline_holds_against_an_error_that_cannot_be_read() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let s = Owned(udp_bound());
        let port = port_of(s.0);
        set_option(s.0, SO_RCVTIMEO, 50);
        let long = vec![0u8; 65508];
        let name = loopback(port);
        // SAFETY: as above.
        let sent = unsafe {
            libc::sendto(s.0 as i32, long.as_ptr().cast(), long.len(), 0, (&raw const name).cast(), 16)
        };
        assert_eq!(sent, -1);
        let _script = Script::of([always(Call::ErrorQueue, s.0, Fails(libc::EAGAIN))]);
        let began = Instant::now();
        assert_eq!(receive(Door::Recv, s.0), Err(WSAETIMEDOUT));
        let took = began.elapsed();
        assert!((50..2000).contains(&took.as_millis()), "{took:?}");
    });
}

/// Where the host refuses to keep a queue (IP_RECVERR), its errno is all there is: G030 for connected
/// sockets must hold all the same.
#[test]
fn without_a_queue_the_errno_is_the_report() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for door in [Door::Recv, Door::WsaRecv, Door::WsaRecvSplit, Door::WsaRecvEx] {
            let script = Script::of([anywhere(usize::MAX, Call::SetOption, Fails(libc::ENOPROTOOPT))]);
            let s = Owned(new_socket(SOCK_DGRAM));
            drop(script);
            let nobody = Nobody::new();
            assert_eq!(connect_to(s.0, nobody.port()), 0);
            set_option(s.0, SO_RCVTIMEO, 2000);
            assert_eq!(unsafe { send(s.0, b"x".as_ptr(), 1, 0) }, 1);
            assert_eq!(receive(door, s.0), Err(WSAECONNRESET), "{door:?}");
            set_nonblocking(s.0, true);
            assert_eq!(receive(door, s.0), Err(WSAEWOULDBLOCK), "{door:?}: once");
        }
    });
}

/// Another thread's sends take the reports that announce themselves to this receive. Nobody wants to hear of
/// them (G042), so however many there are, it goes on to the datagram.
#[test]
fn reports_that_others_take_never_end_a_silenced_receive() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for mode in Mode::ALL.into_iter().filter(|&mode| mode != Mode::Nonblocking) {
            for &door in Door::DATAGRAM {
                let (s, _peer) = datagrams(mode);
                let (off, mut count) = (0u32, 0u32);
                let input = (&raw const off).cast();
                let output = std::ptr::null_mut();
                let done = unsafe {
                    let none = std::ptr::null_mut();
                    WSAIoctl(s.0, SIO_UDP_CONNRESET, input, 4, output, 0, &mut count, none, None)
                };
                assert_eq!(done, 0, "{}", last_error());
                let script = Script::of([times(500, Call::Receive, s.0, Fails(libc::ECONNREFUSED))]);
                assert_eq!(receive(door, s.0), Ok(QUEUED.to_vec()), "{mode:?} {door:?}");
                assert_eq!(script.left(), 0, "{mode:?} {door:?}");
            }
        }
    });
}

/// Only in succession are such reports suspicious: a wait in between begins the count afresh.
#[test]
fn a_wait_begins_the_count_of_empty_reports_afresh() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for mode in Mode::ALL.into_iter().filter(|&mode| mode != Mode::Nonblocking) {
            for &door in Door::DATAGRAM {
                let (s, _peer) = datagrams(mode);
                let round = [
                    times(2, Call::Receive, s.0, Fails(libc::ECONNREFUSED)),
                    once(Call::Receive, s.0, Fails(libc::EAGAIN)),
                ];
                let script = Script::of([round; 10].concat());
                assert_eq!(receive(door, s.0), Ok(QUEUED.to_vec()), "{mode:?} {door:?}");
                assert_eq!(script.left(), 0, "{mode:?} {door:?}");
            }
        }
    });
}
