//! connect that the host fails, interrupts or puts off.

use openws2::Win32::Networking::WinSock::*;

use crate::bits::*;
use crate::codes;
use crate::doors::{Door, receive};
use crate::host::{Answer::*, Call, Script, always, once, times};
use crate::util::*;

fn connected(s: SOCKET, port: u16) -> Result<(), i32> {
    if connect_to(s, port) == 0 { Ok(()) } else { Err(last_error()) }
}

/// Every errno of connect(2) and the rest: its code, and a socket that is free to try again (F263).
#[test]
fn every_errno_of_a_connect_has_its_code_and_the_socket_can_try_again() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let listener = Owned(tcp_listener());
        let port = port_of(listener.0);
        let told = |errno: &i32| ![libc::EINTR, libc::EINPROGRESS].contains(errno);
        for errno in codes::every_errno().filter(told) {
            let s = Owned(new_socket(SOCK_STREAM));
            let script = Script::of([once(Call::Connect, s.0, Fails(errno))]);
            assert_eq!(connected(s.0, port), Err(codes::of_stream_connect(errno)), "errno {errno}");
            let mut error = -1;
            let mut length = 4;
            // SAFETY: pointer and length describe `error`.
            let got = unsafe { getsockopt(s.0, SOL_SOCKET, SO_ERROR, (&raw mut error).cast(), &mut length) };
            assert_eq!((got, error), (0, 0), "F264: errno {errno}");
            assert_eq!(connected(s.0, port), Ok(()), "errno {errno}: the second try");
            drop(script);
            let accepted = unsafe { accept(listener.0, std::ptr::null_mut(), std::ptr::null_mut()) };
            assert_ne!(accepted, INVALID_SOCKET);
            drop(Owned(accepted));
        }
    });
}

#[test]
fn errnos_of_a_datagram_connect_have_their_codes() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let table = [
            (libc::ENETUNREACH, WSAENETUNREACH),
            (libc::EHOSTUNREACH, WSAEHOSTUNREACH),
            (libc::EADDRNOTAVAIL, WSAEADDRNOTAVAIL),
            (libc::EAGAIN, WSAENOBUFS),
            (libc::EACCES, WSAEACCES),
            (libc::EBADF, WSAENOTSOCK),
        ];
        for (errno, code) in table {
            let s = Owned(udp_bound());
            let _script = Script::of([once(Call::Connect, s.0, Fails(errno))]);
            assert_eq!(connected(s.0, 9), Err(code), "errno {errno}");
            assert_eq!(connected(s.0, 9), Ok(()), "errno {errno}");
        }
    });
}

/// connect(2): an interrupted connect goes on in the host. It is waited for, whatever interrupts the wait.
#[test]
fn an_interrupted_connect_is_waited_for() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let listener = Owned(tcp_listener());
        let s = Owned(new_socket(SOCK_STREAM));
        // The host's connection is made, as after a signal that came just before the end of it.
        let name = loopback(port_of(listener.0));
        // SAFETY: a name of 16 bytes; the descriptor is this test's.
        assert_eq!(unsafe { libc::connect(s.0 as i32, (&raw const name).cast(), 16) }, 0);
        let script = Script::of([
            once(Call::Connect, s.0, Fails(libc::EINTR)),
            times(100, Call::Poll, s.0, Fails(libc::EINTR)),
        ]);
        assert_eq!(connected(s.0, port_of(listener.0)), Ok(()));
        assert_eq!(script.left(), 0);
        assert_eq!(connected(s.0, port_of(listener.0)), Err(WSAEISCONN));
    });
}

/// The same, when the connection then fails: the code, as if there had been no signal.
#[test]
fn an_interrupted_connect_that_fails_says_why() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let s = Owned(new_socket(SOCK_STREAM));
        let _script = Script::of([
            once(Call::Connect, s.0, Fails(libc::EINTR)),
            once(Call::GetOption, s.0, Value(libc::ECONNREFUSED)),
        ]);
        assert_eq!(connected(s.0, 9), Err(WSAECONNREFUSED));
    });
}

/// A connect that cannot be waited for has not succeeded.
#[test]
fn an_interrupted_connect_that_cannot_be_waited_for_fails() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let listener = Owned(tcp_listener());
        let port = port_of(listener.0);
        let s = Owned(new_socket(SOCK_STREAM));
        let script = Script::of([
            once(Call::Connect, s.0, Fails(libc::EINTR)),
            always(Call::Poll, s.0, Fails(libc::ENOMEM)),
        ]);
        assert_eq!(connected(s.0, port), Err(WSAENOBUFS));
        drop(script);
        assert_eq!(connected(s.0, port), Ok(()), "and can be tried again");
    });
}

/// EINPROGRESS, or a signal, in nonblocking mode: the program waits with select.
#[test]
fn a_nonblocking_connect_that_goes_on_is_10035() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let listener = Owned(tcp_listener());
        for errno in [libc::EINPROGRESS, libc::EINTR] {
            let s = Owned(new_socket(SOCK_STREAM));
            set_nonblocking(s.0, true);
            let name = loopback(port_of(listener.0));
            // SAFETY: a name of 16 bytes; the descriptor is this test's.
            unsafe { libc::connect(s.0 as i32, (&raw const name).cast(), 16) };
            let script = Script::of([
                once(Call::Connect, s.0, Fails(errno)),
                // Not ended yet, for the calls in between.
                times(2, Call::Poll, s.0, Fails(libc::EINTR)),
            ]);
            assert_eq!(connected(s.0, port_of(listener.0)), Err(WSAEWOULDBLOCK), "errno {errno}");
            assert_eq!(script.made(Call::Poll).len(), 0, "errno {errno}: it did not wait");
            assert_eq!(connected(s.0, port_of(listener.0)), Err(WSAEALREADY), "errno {errno}");
            drop(script);
            let mut write = set_of(&[s.0]);
            let limit = TIMEVAL { tv_sec: 5, tv_usec: 0 };
            let null = std::ptr::null_mut();
            assert_eq!(unsafe { select(0, null, &mut write, null, &limit) }, 1, "errno {errno}");
            assert_eq!(connected(s.0, port_of(listener.0)), Err(WSAEISCONN), "errno {errno}");
        }
    });
}

/// A blocking socket whose host connect is put off all the same (SO_SNDTIMEO of the host's own, or a mode
/// that the program set with fcntl) is not connected before it is.
#[test]
fn a_blocking_connect_that_the_host_puts_off_is_never_reported_as_done() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let s = Owned(new_socket(SOCK_STREAM));
        let script = Script::of([
            once(Call::Connect, s.0, Fails(libc::EINPROGRESS)),
            once(Call::GetOption, s.0, Value(libc::ETIMEDOUT)),
        ]);
        assert_eq!(connected(s.0, 9), Err(WSAETIMEDOUT));
        drop(script);

        let listener = Owned(tcp_listener());
        let s = Owned(new_socket(SOCK_STREAM));
        // SAFETY: a descriptor of this test's.
        assert_eq!(unsafe { libc::fcntl(s.0 as i32, libc::F_SETFL, libc::O_NONBLOCK) }, 0);
        assert_eq!(connected(s.0, port_of(listener.0)), Err(WSAEWOULDBLOCK), "the program chose that mode");
        let mut write = set_of(&[s.0]);
        let limit = TIMEVAL { tv_sec: 5, tv_usec: 0 };
        let null = std::ptr::null_mut();
        assert_eq!(unsafe { select(0, null, &mut write, null, &limit) }, 1);
    });
}

/// The program connected the descriptor with the host's own call: connect says so, and harms nothing.
#[test]
fn connecting_what_the_host_has_connected_is_10056_and_the_connection_lives() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let listener = Owned(tcp_listener());
        let name = loopback(port_of(listener.0));
        let s = Owned(new_socket(SOCK_STREAM));
        // SAFETY: a name of 16 bytes; the descriptor is this test's.
        assert_eq!(unsafe { libc::connect(s.0 as i32, (&raw const name).cast(), 16) }, 0);
        assert_eq!(connected(s.0, port_of(listener.0)), Err(WSAEISCONN));
        let peer = Owned(unsafe { accept(listener.0, std::ptr::null_mut(), std::ptr::null_mut()) });
        send_all(peer.0, QUEUED);
        assert_eq!(receive(Door::Recv, s.0), Ok(QUEUED.to_vec()));
    });
}
