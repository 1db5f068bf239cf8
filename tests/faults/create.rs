//! socket when the host refuses it, or part of what it is to have: a code or a socket, and no leak.

use openws2::Win32::Networking::WinSock::*;

use crate::bits::*;
use crate::codes;
use crate::doors::{Door, receive};
use crate::host::{Answer::*, Call, Script, anywhere};
use crate::util::*;

#[test]
fn every_errno_of_socket_has_its_code() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for errno in codes::every_errno() {
            for (family, kind) in [(AF_INET, SOCK_STREAM), (AF_INET6, SOCK_DGRAM)] {
                let script = Script::of([anywhere(1, Call::Socket, Fails(errno))]);
                let s = unsafe { socket(family.into(), kind, 0) };
                assert_eq!((s, last_error()), (INVALID_SOCKET, codes::of_socket(errno)), "errno {errno}");
                assert_eq!(script.left(), 0);
                assert_eq!(script.made(Call::Close).len(), 0, "errno {errno}: there was nothing to close");
            }
        }
    });
}

/// An option or a descriptor flag that the host refuses costs nobody the socket, and leaks nothing.
#[test]
fn options_that_the_host_refuses_cost_no_socket() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for errno in [libc::ENOPROTOOPT, libc::EPERM, libc::ENOMEM, libc::EINVAL, libc::EDOM] {
            for (family, kind) in [
                (AF_INET, SOCK_STREAM),
                (AF_INET, SOCK_DGRAM),
                (AF_INET6, SOCK_STREAM),
                (AF_INET6, SOCK_DGRAM),
            ] {
                let script = Script::of([
                    anywhere(usize::MAX, Call::SetOption, Fails(errno)),
                    anywhere(usize::MAX, Call::Control, Fails(errno)),
                ]);
                let s = unsafe { socket(family.into(), kind, 0) };
                let made: Vec<i32> =
                    script.made(Call::Socket).iter().map(|made| made.result as i32).collect();
                assert_eq!(made.len(), 1, "errno {errno}");
                if s == INVALID_SOCKET {
                    assert_ne!(last_error(), 0);
                } else {
                    assert_eq!(s as i32, made[0]);
                    assert_eq!(close(s), 0);
                }
                let closed: Vec<i32> = script.made(Call::Close).iter().map(|made| made.fd).collect();
                assert_eq!(closed, made, "errno {errno}: closed once");
            }
        }
    });
}

/// A datagram socket that the host gave no error queue still receives.
#[test]
fn a_socket_without_an_error_queue_receives() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let script = Script::of([anywhere(usize::MAX, Call::SetOption, Fails(libc::ENOPROTOOPT))]);
        let s = Owned(udp_bound());
        drop(script);
        let peer = Owned(udp_bound());
        assert_eq!(send_to(peer.0, QUEUED, port_of(s.0)), QUEUED.len() as i32);
        assert_eq!(receive(Door::RecvFrom, s.0), Ok(QUEUED.to_vec()));
    });
}

/// An option that the host refuses to set is a code, never a success; what it has read wrong neither.
#[test]
fn options_that_the_host_refuses_have_codes() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let table = [
            (libc::ENOPROTOOPT, WSAENOPROTOOPT),
            (libc::EINVAL, WSAEINVAL),
            (libc::ENOBUFS, WSAENOBUFS),
            (libc::ENOMEM, WSAENOBUFS),
            (libc::EPERM, WSAEACCES),
            (libc::EACCES, WSAEACCES),
            (libc::EFAULT, WSAEFAULT),
            (libc::EBADF, WSAENOTSOCK),
            (libc::ENOTSOCK, WSAENOTSOCK),
            (libc::EOPNOTSUPP, WSAEOPNOTSUPP),
        ];
        for (errno, code) in table {
            let s = Owned(new_socket(SOCK_STREAM));
            let script = Script::of([
                anywhere(1, Call::SetOption, Fails(errno)),
                anywhere(1, Call::GetOption, Fails(errno)),
            ]);
            let on = 1i32.to_ne_bytes();
            assert_eq!(unsafe { setsockopt(s.0, SOL_SOCKET, SO_KEEPALIVE, on.as_ptr(), 4) }, SOCKET_ERROR);
            assert_eq!(last_error(), code, "errno {errno}");
            let (mut value, mut length) = ([9u8; 4], 4);
            let got = unsafe { getsockopt(s.0, SOL_SOCKET, SO_RCVBUF, value.as_mut_ptr(), &mut length) };
            assert_eq!((got, last_error()), (SOCKET_ERROR, code), "errno {errno}");
            assert_eq!((value, length), ([9; 4], 4), "errno {errno}: a failure writes nothing");
            assert_eq!(script.left(), 0, "errno {errno}");
        }
    });
}
