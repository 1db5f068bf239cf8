//! accept that the host fails or interrupts: a connection is never lost by it.

use std::os::fd::AsRawFd;

use openws2::Win32::Networking::WinSock::*;

use crate::bits::*;
use crate::codes;
use crate::doors::{Door, receive};
use crate::host::{Answer::*, Call, Script, once, times};
use crate::util::*;

fn taken(listener: SOCKET) -> Result<Owned, i32> {
    let (mut name, mut length) = (loopback(7), 16);
    let s = unsafe { accept(listener, (&raw mut name).cast(), &mut length) };
    if s != INVALID_SOCKET {
        return Ok(Owned(s));
    }
    let code = last_error();
    assert_eq!((u16::from_be(name.sin_port), length), (7, 16), "a failure touches no name");
    Err(code)
}

/// A listener with one connection waiting whose peer has sent something, and that peer.
fn waiting(mode: Mode) -> (Owned, std::net::TcpStream) {
    let listener = Owned(tcp_listener());
    mode.set(listener.0);
    let mut peer = std::net::TcpStream::connect(("127.0.0.1", port_of(listener.0))).unwrap();
    std::io::Write::write_all(&mut peer, QUEUED).unwrap();
    wait_readable(listener.0);
    (listener, peer)
}

#[test]
fn every_errno_of_an_accept_has_its_code_and_the_connection_waits_on() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for errno in codes::every_errno() {
            for mode in Mode::ALL {
                let (listener, peer) = waiting(mode);
                let script = Script::of([once(Call::Accept, listener.0, Fails(errno))]);
                let first = taken(listener.0);
                assert_eq!(script.left(), 0);
                let passed_over = match errno {
                    libc::EINTR | libc::ECONNABORTED => true,
                    libc::EAGAIN => mode != Mode::Nonblocking,
                    _ => false,
                };
                let s = if passed_over {
                    first.unwrap_or_else(|code| panic!("errno {errno} {mode:?}: {code}"))
                } else {
                    let code = if errno == libc::EAGAIN { WSAEWOULDBLOCK } else { codes::of_accept(errno) };
                    assert_eq!(first.err(), Some(code), "errno {errno} {mode:?}");
                    taken(listener.0).unwrap_or_else(|code| panic!("errno {errno} {mode:?}: {code}"))
                };
                wait_readable(s.0);
                assert_eq!(receive(Door::Recv, s.0), Ok(QUEUED.to_vec()), "errno {errno} {mode:?}");
                drop(s);
                drop(peer);
            }
        }
    });
}

/// Signals, connections that ended in the queue, and a wait that the host refuses: all in one accept.
#[test]
fn an_accept_survives_all_that_is_not_its_own() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for mode in [Mode::Blocking, Mode::Limited] {
            let (listener, _peer) = waiting(mode);
            let script = Script::of([
                times(200, Call::Accept, listener.0, Fails(libc::EINTR)),
                times(20, Call::Accept, listener.0, Fails(libc::ECONNABORTED)),
                once(Call::Accept, listener.0, Fails(libc::EAGAIN)),
                times(100, Call::Poll, listener.0, Fails(libc::EINTR)),
            ]);
            let s = taken(listener.0).unwrap();
            assert_eq!(script.left(), 0, "{mode:?}");
            assert_eq!(receive(Door::Recv, s.0), Ok(QUEUED.to_vec()), "{mode:?}");
        }
    });
}

/// What accept made is closed by closesocket, and nothing else is: no descriptor leaks on the way.
#[test]
fn an_accept_makes_one_descriptor() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (listener, peer) = waiting(Mode::Nonblocking);
        let script = Script::of([
            // Neither FD_CLOEXEC nor the mode can be set: the connection is there all the same.
            times(100, Call::Control, usize::MAX, Fails(libc::EPERM)),
        ]);
        let s = taken(listener.0).unwrap();
        let made: Vec<i32> = script.made(Call::Accept).iter().map(|made| made.result as i32).collect();
        assert_eq!(made, [s.0 as i32]);
        assert_ne!(s.0 as i32, peer.as_raw_fd());
        drop(s);
        let closed: Vec<i32> = script.made(Call::Close).iter().map(|made| made.fd).collect();
        assert_eq!(closed, made);
    });
}
