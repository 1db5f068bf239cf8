//! Receives that the host fails with every errno there is; short answers; descriptors that are gone.

use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;

use crate::bits::*;
use crate::codes::{self, Told};
use crate::doors::{Door, ROOM, receive};
use crate::host::{Answer::*, Call, Script, always, once, times};
use crate::util::*;

type Make = fn(Mode) -> (Owned, Owned);

/// Each kind of socket, and the functions that receive from it.
const KINDS: [(Make, &[Door]); 2] = [(stream, Door::STREAM), (datagrams, Door::DATAGRAM)];

/// The whole table for one kind of socket, through every door and in every mode.
fn holds((make, doors): (Make, &'static [Door]), told: fn(i32) -> Told) {
    within(A_WHILE * 3, move || {
        let _winsock = Winsock::start();
        for errno in codes::every_errno() {
            for mode in Mode::ALL {
                for &door in doors {
                    let (s, _peer) = make(mode);
                    let script = Script::of([once(Call::Receive, s.0, Fails(errno))]);
                    let first = receive(door, s.0);
                    assert_eq!(script.left(), 0, "{door:?} did not ask the host");
                    let queued = Ok(QUEUED.to_vec());
                    let (now, later) = match told(errno) {
                        Told::WouldBlock if mode == Mode::Nonblocking => (Err(WSAEWOULDBLOCK), queued),
                        Told::Nothing | Told::WouldBlock => (queued, Err(WSAEWOULDBLOCK)),
                        Told::Once(code) => (Err(code), queued),
                        Told::ForEver(now, later) => (Err(now), Err(later)),
                    };
                    assert_eq!(first, now, "errno {errno} {mode:?} {door:?}");
                    set_nonblocking(s.0, true);
                    assert_eq!(receive(door, s.0), later, "errno {errno} {mode:?} {door:?}: the next call");
                    if let Told::ForEver(_, later) = told(errno) {
                        for &door in doors {
                            assert_eq!(receive(door, s.0), Err(later), "errno {errno} {door:?} again");
                        }
                    }
                }
            }
        }
    });
}

#[test]
fn every_errno_of_a_stream_receive_has_its_code_and_what_is_queued_stays() {
    holds(KINDS[0], codes::of_stream_receive);
}

#[test]
fn every_errno_of_a_datagram_receive_has_its_code_and_what_is_queued_stays() {
    holds(KINDS[1], codes::of_datagram_receive);
}

/// A datagram receive whose report comes again and again, with an empty error queue: a security module that
/// refuses every receive does that. The call must end.
#[test]
fn a_report_that_never_ends_is_an_error_of_the_call() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for errno in codes::every_errno().filter(|&e| codes::of_datagram_receive(e) == Told::Nothing) {
            if errno == libc::EINTR {
                continue;
            }
            for mode in Mode::ALL {
                for &door in Door::DATAGRAM {
                    let (s, _peer) = datagrams(mode);
                    let script = Script::of([always(Call::Receive, s.0, Fails(errno))]);
                    let code = codes::of_datagram_receive_for_ever(errno);
                    assert_eq!(receive(door, s.0), Err(code), "errno {errno} {mode:?} {door:?}");
                    assert!(script.made(Call::Receive).len() < 10, "errno {errno}: it tried too long");
                    drop(script);
                    assert_eq!(receive(door, s.0), Ok(QUEUED.to_vec()), "errno {errno} {mode:?} {door:?}");
                }
            }
        }
    });
}

/// G136: keep-alive loss is 10052 to the call in progress and 10054 afterwards.
#[test]
fn a_timeout_under_keep_alive_is_10052_and_then_10054() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for &door in Door::STREAM {
            let (s, _peer) = stream(Mode::Blocking);
            set_option(s.0, SO_KEEPALIVE, 1);
            let _script = Script::of([once(Call::Receive, s.0, Fails(libc::ETIMEDOUT))]);
            assert_eq!(receive(door, s.0), Err(WSAENETRESET), "{door:?}");
            assert_eq!(receive(door, s.0), Err(WSAECONNRESET), "{door:?}");
            assert_eq!(unsafe { send(s.0, b"x".as_ptr(), 1, 0) }, SOCKET_ERROR);
            assert_eq!(last_error(), WSAECONNRESET, "F145: sends fail too");
        }
    });
}

/// tcp(7): when retransmission is given up, the last ICMP errno is the reason. The host says it once, and
/// would then say "end of stream"; the connection is gone, and stays so (G128).
#[test]
fn a_connection_that_the_network_ended_never_reads_as_a_graceful_end() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let errnos = [
            (libc::EHOSTUNREACH, WSAEHOSTUNREACH),
            (libc::ENETUNREACH, WSAENETUNREACH),
            (libc::EHOSTDOWN, WSAEHOSTDOWN),
            (libc::ENETDOWN, WSAENETDOWN),
            (libc::ENONET, WSAEHOSTUNREACH),
            (libc::EPROTO, WSAENETDOWN),
        ];
        for (errno, code) in errnos {
            for &door in Door::STREAM {
                let (s, peer) = stream(Mode::Blocking);
                assert_eq!(receive(door, s.0), Ok(QUEUED.to_vec()));
                drop(peer);
                let script = Script::of([
                    once(Call::Receive, s.0, Fails(errno)),
                    always(Call::PeerName, s.0, Fails(libc::ENOTCONN)),
                    always(Call::Receive, s.0, Short(0)),
                ]);
                assert_eq!(receive(door, s.0), Err(code), "errno {errno} {door:?}");
                for _ in 0..2 {
                    assert_eq!(receive(door, s.0), Err(WSAECONNRESET), "errno {errno} {door:?} afterwards");
                }
                assert_eq!(unsafe { send(s.0, b"x".as_ptr(), 1, 0) }, SOCKET_ERROR);
                assert_eq!(last_error(), WSAECONNRESET);
                drop(script);
            }
        }
    });
}

/// A signal is no event on Windows: a thousand in a row are none either.
#[test]
fn any_number_of_signals_is_invisible() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for (make, doors) in KINDS {
            for mode in Mode::ALL {
                for &door in doors {
                    let (s, _peer) = make(mode);
                    let script = Script::of([
                        times(500, Call::Receive, s.0, Fails(libc::EINTR)),
                        once(Call::Receive, s.0, Fails(libc::EAGAIN)),
                        times(500, Call::Poll, s.0, Fails(libc::EINTR)),
                        times(500, Call::Receive, s.0, Fails(libc::EINTR)),
                    ]);
                    if mode == Mode::Nonblocking {
                        assert_eq!(receive(door, s.0), Err(WSAEWOULDBLOCK), "{door:?}");
                    }
                    assert_eq!(receive(door, s.0), Ok(QUEUED.to_vec()), "{mode:?} {door:?}");
                    let polls = if mode == Mode::Nonblocking { 500 } else { 0 };
                    assert_eq!(script.left(), polls, "{mode:?} {door:?}");
                }
            }
        }
    });
}

/// EAGAIN means three things; this is the third. Neither a signal nor a false wake-up moves the deadline.
#[test]
fn nothing_until_the_deadline_is_10060_never_early_and_not_much_late() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for (make, doors) in KINDS {
            for &door in doors {
                let (s, _peer) = make(Mode::Blocking);
                set_option(s.0, SO_RCVTIMEO, 30);
                // The host's poll says "readable" all the time, and the receive that there is nothing.
                let _script = Script::of([
                    once(Call::Receive, s.0, Fails(libc::EINTR)),
                    always(Call::Receive, s.0, Fails(libc::EAGAIN)),
                ]);
                let began = Instant::now();
                assert_eq!(receive(door, s.0), Err(WSAETIMEDOUT), "{door:?}");
                let took = began.elapsed();
                assert!(took >= Duration::from_millis(30), "{door:?}: after {took:?}");
                assert!(took < Duration::from_secs(2), "{door:?}: after {took:?}");
            }
        }
    });
}

/// poll(2): ENOMEM, and EINVAL for a lowered limit of descriptors. Nobody can wait then; a call that spins
/// instead would never see its deadline.
#[test]
fn a_wait_that_the_host_refuses_is_10055() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for errno in [libc::ENOMEM, libc::EINVAL, libc::EFAULT] {
            for (make, doors) in KINDS {
                for &door in doors {
                    let (s, _peer) = make(Mode::Limited);
                    let script = Script::of([
                        once(Call::Receive, s.0, Fails(libc::EAGAIN)),
                        always(Call::Poll, s.0, Fails(errno)),
                    ]);
                    assert_eq!(receive(door, s.0), Err(WSAENOBUFS), "{errno} {door:?}");
                    drop(script);
                    assert_eq!(receive(door, s.0), Ok(QUEUED.to_vec()), "{errno} {door:?}");
                }
            }
        }
    });
}

fn receive_all(s: SOCKET, len: usize) -> (Result<usize, i32>, Vec<u8>) {
    let mut bytes = vec![0xA5; len];
    let n = unsafe { recv(s, bytes.as_mut_ptr(), len as i32, MSG_WAITALL) };
    (usize::try_from(n).map_err(|_| last_error()), bytes)
}

/// G088: MSG_WAITALL joins what comes in pieces, with signals and empty looks in between.
#[test]
fn a_receive_of_all_joins_short_answers() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let sent: Vec<u8> = (0..=255).collect();
        for mode in [Mode::Blocking, Mode::Limited] {
            let (peer, s) = tcp_pair();
            let (s, peer) = (Owned(s), Owned(peer));
            mode.set(s.0);
            send_all(peer.0, &sent);
            let pieces = (1..=9).flat_map(|length| {
                [
                    once(Call::Receive, s.0, Fails(libc::EINTR)),
                    once(Call::Receive, s.0, Short(length)),
                    once(Call::Receive, s.0, Fails(libc::EAGAIN)),
                    once(Call::Poll, s.0, Fails(libc::EINTR)),
                ]
            });
            let script = Script::of(pieces);
            assert_eq!(receive_all(s.0, sent.len()), (Ok(sent.len()), sent.clone()), "{mode:?}");
            assert_eq!(script.left(), 0, "{mode:?}");
        }
    });
}

/// G095: what ends the connection midway fails the call; G094: a graceful end gives what there was; G098:
/// after any other failure the next call begins with what had come.
#[test]
fn a_receive_of_all_that_is_broken_off_says_why() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let ends = [
            (Fails(libc::ECONNRESET), Err(WSAECONNRESET), Err(WSAECONNRESET)),
            (Fails(libc::ECONNABORTED), Err(WSAECONNABORTED), Err(WSAECONNABORTED)),
            (Fails(libc::ETIMEDOUT), Err(WSAETIMEDOUT), Err(WSAECONNRESET)),
            (Fails(libc::ENOBUFS), Err(WSAENOBUFS), Ok(b"que".to_vec())),
            (Fails(libc::ENOMEM), Err(WSAENOBUFS), Ok(b"que".to_vec())),
            (Fails(libc::EFAULT), Err(WSAEFAULT), Ok(b"que".to_vec())),
            (Short(0), Ok(3), Ok(b"ued".to_vec())),
        ];
        for (end, told, next) in ends {
            for mode in [Mode::Blocking, Mode::Limited] {
                let (s, _peer) = stream(mode);
                let _script = Script::of([once(Call::Receive, s.0, Short(3)), once(Call::Receive, s.0, end)]);
                let (result, _) = receive_all(s.0, ROOM);
                assert_eq!(result, told, "{end:?} {mode:?}");
                assert_eq!(receive(Door::Recv, s.0), next, "{end:?} {mode:?}: the next call");
            }
        }
    });
}

/// A short answer without MSG_WAITALL is an answer: the rest is the next one.
#[test]
fn short_answers_lose_nothing() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for mode in Mode::ALL {
            for &door in Door::STREAM {
                let (s, _peer) = stream(mode);
                let _script = Script::of([once(Call::Receive, s.0, Short(2))]);
                assert_eq!(receive(door, s.0), Ok(b"qu".to_vec()), "{mode:?} {door:?}");
                assert_eq!(receive(door, s.0), Ok(b"eued".to_vec()), "{mode:?} {door:?}");
            }
        }
    });
}

/// Makes the SOCKET's number stand for something that is no socket, as a program does that closes it with
/// the host's call and opens a file.
fn replace_by_file(s: SOCKET) {
    let file = OwnedFd::from(std::fs::File::open("/dev/null").unwrap());
    // SAFETY: both numbers are descriptors of this test's.
    assert_eq!(unsafe { libc::dup2(file.as_raw_fd(), s as i32) }, s as i32);
}

/// G213 and F011 in spirit: what is no socket any more is 10038, always.
#[test]
fn a_descriptor_that_became_a_file_is_10038_in_every_call() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for (make, doors) in KINDS {
            for mode in Mode::ALL {
                for &door in doors {
                    let (s, _peer) = make(mode);
                    replace_by_file(s.0);
                    for _ in 0..2 {
                        assert_eq!(receive(door, s.0), Err(WSAENOTSOCK), "{mode:?} {door:?}");
                    }
                    assert_eq!(close(s.0), SOCKET_ERROR, "F020: what is no socket is not closed");
                    assert_eq!(last_error(), WSAENOTSOCK);
                    // SAFETY: the file is this test's.
                    assert_eq!(unsafe { libc::close(s.0 as i32) }, 0);
                    std::mem::forget(s);
                }
            }
        }
    });
}

/// The same for a number that stands for nothing: a high one, which no other test gets meanwhile.
#[test]
fn a_descriptor_that_was_closed_behind_our_back_is_10038_in_every_call() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for ((make, doors), number) in KINDS.into_iter().zip([900, 910]) {
            for (&door, number) in doors.iter().zip(number..) {
                let (s, _peer) = make(Mode::Blocking);
                // SAFETY: the number is nobody's.
                let high = unsafe { libc::fcntl(s.0 as i32, libc::F_DUPFD, number) } as SOCKET;
                assert_eq!(receive(door, high), Ok(QUEUED.to_vec()), "{door:?}: the library takes it in");
                // SAFETY: made above.
                assert_eq!(unsafe { libc::close(high as i32) }, 0);
                for _ in 0..2 {
                    assert_eq!(receive(door, high), Err(WSAENOTSOCK), "{door:?}");
                }
                assert_eq!((close(high), last_error()), (SOCKET_ERROR, WSAENOTSOCK));
            }
        }
    });
}

/// G050–G052 beside faults: the message is cut once, and only once.
#[test]
fn truncation_behind_signals_is_still_truncation() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for mode in Mode::ALL {
            for split in [false, true] {
                let (s, peer) = datagrams(mode);
                assert_eq!(send_to(peer.0, b"next", port_of(s.0)), 4);
                let mut bytes = [0xA5u8; 4];
                let at = bytes.as_mut_ptr();
                let one = [WSABUF { len: 3, buf: at }, WSABUF { len: 0, buf: at }];
                let two = [WSABUF { len: 1, buf: at }, WSABUF { len: 2, buf: at.wrapping_add(1) }];
                let buffers = if split { &two } else { &one };
                let (mut count, mut flags) = (9u32, 0u32);
                let script = Script::of([times(3, Call::Receive, s.0, Fails(libc::EINTR))]);
                // SAFETY: the buffers live through the call.
                let returned = unsafe {
                    WSARecv(s.0, buffers.as_ptr(), 2, &mut count, &mut flags, std::ptr::null_mut(), None)
                };
                assert_eq!((returned, last_error()), (SOCKET_ERROR, WSAEMSGSIZE), "{mode:?} {split}");
                assert_eq!((count, flags, &bytes), (3, 0, b"que\xA5"), "{mode:?} {split}");
                assert_eq!(script.left(), 0);
                assert_eq!(receive(Door::Recv, s.0), Ok(b"next".to_vec()), "{mode:?} {split}");
            }
        }
    });
}

/// Streams that are watched for out-of-band bytes are received from in another way, with the same answers.
#[test]
fn watched_streams_answer_alike() {
    if is_watched() {
        return within(A_WHILE, || {
            let _winsock = Winsock::start();
            let (s, _peer) = stream(Mode::Blocking);
            let script = Script::of([]);
            assert_eq!(receive(Door::Recv, s.0), Ok(QUEUED.to_vec()));
            assert_ne!(script.made(Call::Urgent), [], "it is received as ever");
        });
    }
    run_again_watched(&["receive::", "send::", "select::", "connect::", "accept::"]);
}
