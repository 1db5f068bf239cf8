//! Operations that are dropped, forgotten, sent away and left behind: nothing is written to what is free, nobody waits
//! for ever, and sockets close when their last user is gone. Run under a memory checker it says the former for certain.

use std::io::Write;
use std::net::UdpSocket;
use std::panic::{AssertUnwindSafe, catch_unwind};

use openws2::error::WsaError;
use openws2::net::{CompletionPort, Received, RecvFlags, Socket};

use crate::support::*;

const NONE: RecvFlags = RecvFlags::NONE;

/// Takes memory of the size that a dropped receive has just freed, and watches that nobody writes to it.
struct Watched(Vec<Vec<u8>>);

impl Watched {
    fn of(size: usize) -> Self {
        Self((0..64).map(|_| vec![0xA5; size]).collect())
    }

    fn is_untouched(&self) -> bool {
        self.0.iter().flatten().all(|&byte| byte == 0xA5)
    }
}

#[test]
fn what_comes_after_a_drop_is_for_the_next_receive() {
    const SIZE: usize = 1000;
    let (socket, peer) = datagrams();
    for round in 0..20u8 {
        let receive = socket.start_recv_from(Vec::with_capacity(SIZE), NONE).unwrap();
        drop(receive);
        let watched = Watched::of(SIZE);
        peer.send(&[round; SIZE]).unwrap();
        let mut room = [0; SIZE];
        assert_eq!(socket.recv(&mut room, NONE), Ok(Received::Complete(SIZE)));
        assert!(watched.is_untouched() && room == [round; SIZE]);
    }
}

#[test]
fn a_stream_goes_on_after_a_drop() {
    let (socket, mut peer) = stream();
    drop(socket.start_recv(Vec::with_capacity(100), NONE).unwrap()); // G018
    peer.write_all(b"hello").unwrap();
    let mut room = [0; 5];
    assert_eq!(socket.recv(&mut room, RecvFlags::WAITALL), Ok(Received::Complete(5)));
}

#[test]
fn a_drop_races_with_what_comes() {
    let (socket, peer) = datagrams();
    for _ in 0..100 {
        std::thread::scope(|scope| {
            let receive = socket.start_recv(Vec::with_capacity(100), NONE).unwrap();
            scope.spawn(|| peer.send(&[1; 100]).unwrap());
            drop(receive);
        });
    }
    // Each datagram was taken by a receive that was dropped then, or is there.
    socket.set_nonblocking(true).unwrap();
    let mut room = [0; 100];
    while socket.recv(&mut room, NONE).unwrap().is_ready() {
        assert_eq!(room, [1; 100]);
    }
}

#[test]
fn what_is_forgotten_is_lost_and_no_more() {
    let (socket, peer) = datagrams();
    forget(socket.start_recv(Vec::with_capacity(100), NONE).unwrap());
    peer.send(b"for nobody").unwrap();
    let next = socket.start_recv(Vec::with_capacity(100), NONE).unwrap();
    peer.send(b"for us").unwrap();
    assert_eq!(end(next).buffer, b"for us");
    // The forgotten one still has the socket: it stays open.
    let address = socket.local_addr().unwrap();
    drop(socket);
    let again = Socket::udp(openws2::net::Family::INET).unwrap();
    assert_eq!(again.bind(address), Err(WsaError::WSAEADDRINUSE));
}

#[test]
fn a_receive_outlives_its_socket() {
    let (socket, mut peer) = stream();
    let receive = socket.start_recv(Vec::with_capacity(100), NONE).unwrap();
    drop(socket);
    peer.write_all(b"still").unwrap();
    assert_eq!(end(receive).buffer, b"still");
}

/// The name is free again when the last operation is gone.
#[test]
fn the_last_one_closes_the_socket() {
    let socket = bound();
    let address = socket.local_addr().unwrap();
    let receive = socket.start_recv(Vec::with_capacity(100), NONE).unwrap();
    drop(socket);
    assert!(UdpSocket::bind(address).is_err());
    drop(receive);
    // Another test may have got the number for a moment.
    until(|| UdpSocket::bind(address).ok());
}

#[test]
fn another_thread_can_end_it() {
    let (socket, peer) = datagrams();
    let receive = socket.start_recv(Vec::with_capacity(100), NONE).unwrap();
    std::thread::spawn(move || drop(receive)).join().unwrap();
    let receive = socket.start_recv(Vec::with_capacity(100), NONE).unwrap();
    peer.send(b"x").unwrap();
    let ended = std::thread::spawn(move || end(receive)).join().unwrap();
    assert_eq!((ended.result, &ended.buffer[..]), (Ok(Received::Complete(1)), &b"x"[..]));
}

/// F123, F124.
#[test]
fn the_end_of_a_thread_ends_its_receives() {
    for port in [None, Some(CompletionPort::new(1).unwrap())] {
        let (socket, peer) = datagrams();
        port.iter().for_each(|port| port.associate(&socket, 1).unwrap());
        std::thread::scope(|scope| {
            let begin = || socket.start_recv(Vec::with_capacity(100), NONE).unwrap();
            let receive = scope.spawn(begin).join().unwrap();
            let ended = receive.wait_for(DEADLINE).unwrap();
            assert_eq!(ended.result, Err(WsaError::WSA_OPERATION_ABORTED));
        });
        peer.send(b"x").unwrap();
        assert_eq!(socket.recv(&mut [0; 4], NONE), Ok(Received::Complete(1)));
    }
}

/// What it had got goes with it.
#[test]
fn dropping_a_receive_that_has_ended_loses_what_came() {
    let (socket, peer) = datagrams();
    let receive = socket.start_recv(Vec::with_capacity(100), NONE).unwrap();
    peer.send(b"lost").unwrap();
    until(|| receive.is_ended().then_some(()));
    drop(receive);
    socket.set_nonblocking(true).unwrap();
    assert_eq!(socket.recv(&mut [0; 8], NONE), Ok(Received::Pending));
}

/// It has the socket for good.
#[test]
fn a_socket_with_a_forgotten_receive_gets_no_port_and_keeps_its_number() {
    let (socket, _peer) = datagrams();
    forget(socket.start_recv(Vec::with_capacity(100), NONE).unwrap());
    assert_eq!(CompletionPort::new(1).unwrap().associate(&socket, 1), Err(WsaError::WSAEALREADY));
    let socket = socket.into_raw_socket().unwrap_err();
    // Closing it ends that.
    let address = socket.local_addr().unwrap();
    socket.close().unwrap();
    until(|| UdpSocket::bind(address).ok());
}

#[test]
fn a_panic_leaves_nothing_behind() {
    let (socket, peer) = datagrams();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _receive = socket.start_recv_msg(Vec::with_capacity(1000), NONE).unwrap();
        panic!("with an operation that pends");
    }));
    assert!(panicked.is_err());
    let watched = Watched::of(1000);
    peer.send(&[1; 1000]).unwrap();
    assert_eq!(socket.recv(&mut [0; 1000], NONE), Ok(Received::Complete(1000)));
    assert!(watched.is_untouched());
}

/// The packets of receives that were dropped name them, and their memory is nobody else's until then.
#[test]
fn packets_of_dropped_receives_are_theirs() {
    let (socket, peer) = datagrams();
    let port = CompletionPort::new(1).unwrap();
    port.associate(&socket, 5).unwrap();
    let mut names = Vec::new();
    for _ in 0..50 {
        let receive = socket.start_recv_from(Vec::with_capacity(100), NONE).unwrap();
        names.push(receive.id());
    }
    peer.send(b"x").unwrap();
    let mut room = [0; 4];
    assert_eq!(socket.recv(&mut room, NONE), Ok(Received::Complete(1)));
    for &name in &names {
        let packet = port.wait(Some(DEADLINE)).unwrap().unwrap();
        assert_eq!((packet.operation, packet.key), (Some(name), 5));
        assert_eq!(packet.result, Err(WsaError::WSA_OPERATION_ABORTED));
    }
    assert_eq!(port.wait(Some(A_WHILE)), Ok(None));
}

#[test]
fn a_port_can_go_first() {
    let (socket, peer) = datagrams();
    let port = CompletionPort::new(1).unwrap();
    port.associate(&socket, 5).unwrap();
    let before = socket.start_recv(Vec::with_capacity(100), NONE).unwrap();
    drop(socket.start_recv(Vec::with_capacity(100), NONE).unwrap());
    drop(port);
    peer.send(b"before").unwrap();
    assert_eq!(end(before).buffer, b"before");
    let after = socket.start_recv(Vec::with_capacity(100), NONE).unwrap();
    peer.send(b"after").unwrap();
    assert_eq!(end(after).buffer, b"after");
    drop(socket.start_recv(Vec::with_capacity(100), NONE).unwrap());
}
