//! The safe API where the rest of the process meddles: code that ends Winsock for all, and a fork.
#![cfg(not(windows))]

use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use openws2::Win32::Networking::WinSock::WSACleanup;
use openws2::error::WsaError;
use openws2::net::{CompletionPort, Family, Receive, RecvFlags, Socket};

const DEADLINE: Duration = Duration::from_secs(20);

/// What one test ends for all would end the other's sockets.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A receive that pends, on a socket with a port that nobody asks for packets.
fn pending() -> (Socket, CompletionPort, Receive<Vec<u8>>) {
    let socket = Socket::udp(Family::INET).unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let port = CompletionPort::new(1).unwrap();
    port.associate(&socket, 1).unwrap();
    let receive = socket.start_recv(Vec::with_capacity(100), RecvFlags::NONE).unwrap();
    (socket, port, receive)
}

/// Ends Winsock, however often it was started.
fn end_winsock() {
    // SAFETY: takes nothing.
    while unsafe { WSACleanup() } == 0 {}
}

/// G210: what pends ends without a sign, and is dropped without waiting for one.
#[test]
fn the_end_of_winsock_lets_receives_go() {
    let _alone = alone();
    let (socket, port, receive) = pending();
    end_winsock();
    let (done, is_done) = mpsc::channel();
    std::thread::spawn(move || {
        drop(receive);
        done.send(())
    });
    assert_eq!(is_done.recv_timeout(DEADLINE), Ok(()));
    drop((port, socket));
}

#[test]
fn the_end_of_winsock_is_seen_by_who_waits() {
    let _alone = alone();
    let (_socket, _port, receive) = pending();
    end_winsock();
    let ended = receive.wait_for(DEADLINE).unwrap();
    assert_eq!(ended.result, Err(WsaError::WSA_OPERATION_ABORTED));
}

/// Who makes the next socket starts it again.
#[test]
fn the_end_of_winsock_is_not_for_ever() {
    let _alone = alone();
    for _ in 0..2 {
        let socket = Socket::udp(Family::INET).unwrap();
        end_winsock();
        assert_eq!(socket.bind(([127, 0, 0, 1], 0).into()), Err(WsaError::WSANOTINITIALISED));
    }
    assert!(Socket::udp(Family::INET).is_ok());
}

#[test]
fn a_child_drops_the_receives_of_its_parent() {
    const SECONDS: u32 = 10;
    let _alone = alone();
    let (socket, _port, receive) = pending();
    // SAFETY: the child calls what is safe there, and ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: the child is this thread alone; nothing of the parent's ends with it.
        unsafe {
            libc::alarm(SECONDS);
            drop(receive);
            libc::_exit(0);
        }
    }
    let mut status = 0;
    // SAFETY: the status has its place.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "it is dropped in the child");
    // In the parent it goes on.
    let peer = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.send_to(b"parent", socket.local_addr().unwrap()).unwrap();
    assert_eq!(receive.wait_for(DEADLINE).unwrap().buffer, b"parent");
}
