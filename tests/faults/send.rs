//! Sends that the host fails: nothing lost, nothing sent twice, the documented code.

use openws2::Win32::Networking::WinSock::*;

use crate::bits::*;
use crate::codes;
use crate::doors::{Door, receive};
use crate::host::{Answer::*, Call, Script, always, once, times};
use crate::util::*;

fn send_stream(s: SOCKET, bytes: &[u8]) -> Result<usize, i32> {
    let n = unsafe { send(s, bytes.as_ptr(), bytes.len() as i32, 0) };
    usize::try_from(n).map_err(|_| last_error())
}

fn send_datagram(s: SOCKET, bytes: &[u8], port: u16) -> Result<usize, i32> {
    usize::try_from(send_to(s, bytes, port)).map_err(|_| last_error())
}

/// Errnos of send(2) and tcp(7), the code of the call, and the code of what follows: None is that the
/// connection goes on.
const STREAM: &[(i32, i32, Option<i32>)] = &[
    // G131: 10053, or 10054 if the reset was met first.
    (libc::EPIPE, WSAECONNABORTED, Some(WSAECONNABORTED)),
    (libc::ECONNABORTED, WSAECONNABORTED, Some(WSAECONNABORTED)),
    (libc::ECONNRESET, WSAECONNRESET, Some(WSAECONNRESET)),
    (libc::ENOTCONN, WSAECONNABORTED, Some(WSAECONNABORTED)),
    (libc::ETIMEDOUT, WSAETIMEDOUT, Some(WSAECONNRESET)),
    (libc::EBADF, WSAENOTSOCK, None),
    (libc::ENOTSOCK, WSAENOTSOCK, None),
    (libc::EACCES, WSAEACCES, None),
    (libc::EPERM, WSAEACCES, None),
    (libc::EFAULT, WSAEFAULT, None),
    (libc::EINVAL, WSAEINVAL, None),
    (libc::EISCONN, WSAEISCONN, None),
    (libc::EMSGSIZE, WSAEMSGSIZE, None),
    (libc::ENOBUFS, WSAENOBUFS, None),
    (libc::ENOMEM, WSAENOBUFS, None),
    (libc::EOPNOTSUPP, WSAEOPNOTSUPP, None),
    (libc::ENETDOWN, WSAENETDOWN, None),
    (libc::ENETUNREACH, WSAENETUNREACH, None),
    (libc::EHOSTUNREACH, WSAEHOSTUNREACH, None),
    (libc::EIO, WSAENETDOWN, None),
];

#[test]
fn errnos_of_a_stream_send_have_their_codes() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for &(errno, code, after) in STREAM {
            for mode in Mode::ALL {
                let (s, peer) = stream(mode);
                let script = Script::of([once(Call::Send, s.0, Fails(errno))]);
                assert_eq!(send_stream(s.0, b"lost"), Err(code), "errno {errno} {mode:?}");
                assert_eq!(script.left(), 0);
                let next = send_stream(s.0, b"more");
                let received = receive(Door::Recv, s.0);
                match after {
                    Some(code) => assert_eq!((next, received), (Err(code), Err(code)), "errno {errno}"),
                    None => {
                        assert_eq!((next, received), (Ok(4), Ok(QUEUED.to_vec())), "errno {errno} {mode:?}");
                        assert_eq!(receive(Door::Recv, peer.0), Ok(b"more".to_vec()), "errno {errno}");
                    }
                }
            }
        }
    });
}

/// Every errno ends a send as some failure: a code, and the call returns.
#[test]
fn every_errno_of_a_send_is_a_failure_that_ends() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let not = |errno: &i32| ![libc::EINTR, libc::EAGAIN].contains(errno);
        for errno in codes::every_errno().filter(not) {
            let (s, _peer) = stream(Mode::Blocking);
            let script = Script::of([times(1000, Call::Send, s.0, Fails(errno))]);
            let code = send_stream(s.0, b"lost").expect_err("a failure");
            assert!((10004..=10108).contains(&code), "errno {errno}: {code}");
            drop(script);
            let (s, peer) = datagrams(Mode::Blocking);
            let script = Script::of([times(1000, Call::Send, s.0, Fails(errno))]);
            // F161: a refusal of an earlier send never fails a send, however many there were.
            match send_datagram(s.0, b"lost", port_of(peer.0)) {
                Ok(4) => assert_eq!((errno, script.left()), (libc::ECONNREFUSED, 0)),
                Err(code) => assert!((10004..=10108).contains(&code), "errno {errno}: {code}"),
                other => panic!("errno {errno}: {other:?}"),
            }
        }
    });
}

/// F045: a blocking send moves everything, whatever pieces the host takes.
#[test]
fn short_answers_and_signals_lose_and_double_nothing() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let bytes: Vec<u8> = (0..=255).collect();
        for mode in [Mode::Blocking, Mode::Limited] {
            for split in [false, true] {
                let (s, peer) = stream(mode);
                let pieces = (1..=9).flat_map(|length| {
                    [
                        times(2, Call::Send, s.0, Fails(libc::EINTR)),
                        once(Call::Send, s.0, Short(length)),
                        once(Call::Send, s.0, Fails(libc::EAGAIN)),
                        once(Call::Poll, s.0, Fails(libc::EINTR)),
                    ]
                });
                let script = Script::of(pieces);
                if split {
                    let at = bytes.as_ptr().cast_mut();
                    let (len, rest) = (100, bytes.len() as u32 - 100);
                    let two = [WSABUF { len, buf: at }, WSABUF { len: rest, buf: at.wrapping_add(100) }];
                    let mut sent = 0;
                    // SAFETY: the buffers live through the call.
                    let done =
                        unsafe { WSASend(s.0, two.as_ptr(), 2, &mut sent, 0, std::ptr::null_mut(), None) };
                    assert_eq!((done, sent as usize), (0, bytes.len()), "{mode:?}");
                } else {
                    assert_eq!(send_stream(s.0, &bytes), Ok(bytes.len()), "{mode:?}");
                }
                assert_eq!(script.left(), 0, "{mode:?}");
                drop(script);
                let mut got = vec![0; bytes.len()];
                let n = unsafe { recv(peer.0, got.as_mut_ptr(), got.len() as i32, MSG_WAITALL) };
                assert_eq!((n as usize, &got), (bytes.len(), &bytes), "{mode:?} {split}");
            }
        }
    });
}

/// A nonblocking send gives what the host took, and would-block if that is nothing.
#[test]
fn a_nonblocking_send_tells_what_went() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, _peer) = stream(Mode::Nonblocking);
        let script = Script::of([
            once(Call::Send, s.0, Fails(libc::EINTR)),
            once(Call::Send, s.0, Short(3)),
            once(Call::Send, s.0, Fails(libc::EAGAIN)),
        ]);
        assert_eq!(send_stream(s.0, b"abcdef"), Ok(3));
        assert_eq!(send_stream(s.0, b"def"), Err(WSAEWOULDBLOCK));
        assert_eq!(script.left(), 0);
    });
}

/// The host fails a send with the news of an earlier one, and has not sent it: it goes out exactly once
/// (F161), and every datagram behind it too.
#[test]
fn a_refused_earlier_datagram_costs_no_later_one() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for errno in
            [libc::ECONNREFUSED, libc::EHOSTUNREACH, libc::ENETUNREACH, libc::EHOSTDOWN, libc::EPROTO]
        {
            for mode in Mode::ALL {
                for connected in [false, true] {
                    let (s, peer) = (Owned(udp_bound()), Owned(udp_bound()));
                    mode.set(s.0);
                    if connected {
                        assert_eq!(connect_to(s.0, port_of(peer.0)), 0);
                    }
                    let script = Script::of([
                        once(Call::Send, s.0, Fails(libc::EINTR)),
                        once(Call::Send, s.0, Fails(errno)),
                        once(Call::Send, s.0, Fails(libc::EINTR)),
                    ]);
                    let sent = if connected {
                        send_stream(s.0, b"one")
                    } else {
                        send_datagram(s.0, b"one", port_of(peer.0))
                    };
                    assert_eq!((sent, script.left()), (Ok(3), 0), "errno {errno} {mode:?}");
                    drop(script);
                    assert_eq!(send_datagram(peer.0, QUEUED, port_of(s.0)), Ok(QUEUED.len()));
                    assert_eq!(receive(Door::Recv, peer.0), Ok(b"one".to_vec()), "errno {errno}");
                    set_nonblocking(peer.0, true);
                    assert_eq!(receive(Door::Recv, peer.0), Err(WSAEWOULDBLOCK), "errno {errno}: once");
                    wait_readable(s.0);
                    assert_eq!(receive(Door::Recv, s.0), Ok(QUEUED.to_vec()), "errno {errno} {mode:?}");
                }
            }
        }
    });
}

/// What a send itself is refused for is its own failure.
#[test]
fn errnos_of_a_datagram_send_have_their_codes() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let table = [
            (libc::EBADF, WSAENOTSOCK),
            (libc::ENOTSOCK, WSAENOTSOCK),
            (libc::EPERM, WSAEACCES),
            (libc::EFAULT, WSAEFAULT),
            (libc::EINVAL, WSAEINVAL),
            (libc::EMSGSIZE, WSAEMSGSIZE),
            (libc::ENOBUFS, WSAENOBUFS),
            (libc::ENOMEM, WSAENOBUFS),
            (libc::EAFNOSUPPORT, WSAEAFNOSUPPORT),
            (libc::EADDRNOTAVAIL, WSAEADDRNOTAVAIL),
            (libc::ENETDOWN, WSAENETDOWN),
            (libc::EDESTADDRREQ, WSAENOTCONN),
            (libc::ENOTCONN, WSAENOTCONN),
            (libc::EPIPE, WSAECONNABORTED),
        ];
        for (errno, code) in table {
            let (s, peer) = datagrams(Mode::Blocking);
            let port = port_of(peer.0);
            let _script = Script::of([once(Call::Send, s.0, Fails(errno))]);
            assert_eq!(send_datagram(s.0, b"lost", port), Err(code), "errno {errno}");
            assert_eq!(send_datagram(s.0, b"more", port), Ok(4), "errno {errno}");
            assert_eq!(receive(Door::Recv, peer.0), Ok(b"more".to_vec()), "errno {errno}");
            assert_eq!(receive(Door::Recv, s.0), Ok(QUEUED.to_vec()), "errno {errno}");
        }
        // No way to the destination: told by the host again and again.
        for (errno, code) in [
            (libc::EHOSTUNREACH, WSAEHOSTUNREACH),
            (libc::ENETUNREACH, WSAENETUNREACH),
            (libc::EHOSTDOWN, WSAEHOSTDOWN),
            (libc::EACCES, WSAEACCES),
        ] {
            let (s, peer) = datagrams(Mode::Blocking);
            let script = Script::of([always(Call::Send, s.0, Fails(errno))]);
            assert_eq!(send_datagram(s.0, b"lost", port_of(peer.0)), Err(code), "errno {errno}");
            assert!(script.made(Call::Send).len() <= 3, "errno {errno}");
        }
    });
}

/// SO_SNDTIMEO: a send that cannot go on fails in time, and so does one that nobody can wait for.
#[test]
fn a_send_that_cannot_go_on_ends() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, _peer) = stream(Mode::Blocking);
        set_option(s.0, SO_SNDTIMEO, 30);
        let script = Script::of([always(Call::Send, s.0, Fails(libc::EAGAIN))]);
        let began = std::time::Instant::now();
        assert_eq!(send_stream(s.0, b"x"), Err(WSAETIMEDOUT));
        assert!((30..2000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
        drop(script);
        let _script = Script::of([
            once(Call::Send, s.0, Fails(libc::EAGAIN)),
            always(Call::Poll, s.0, Fails(libc::ENOMEM)),
        ]);
        assert_eq!(send_stream(s.0, b"x"), Err(WSAENOBUFS));
    });
}
