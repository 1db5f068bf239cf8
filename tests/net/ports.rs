//! Completion ports: packets, whose they are, and how they are taken.

use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use openws2::error::WsaError;
use openws2::net::{CompletionPort, Packet, Received, RecvFlags};

use crate::support::*;

const NONE: RecvFlags = RecvFlags::NONE;

fn room() -> Vec<u8> {
    Vec::with_capacity(64)
}

/// F081, F094, G196.
#[test]
fn what_is_posted_comes_out_in_turn() {
    let port = CompletionPort::new(0).unwrap();
    assert_eq!(port.wait(Some(Duration::ZERO)), Ok(None));
    for i in 0..5 {
        port.post(i, 10).unwrap();
    }
    let says = |packet: &Packet| (packet.key, packet.bytes, packet.operation, packet.result);
    let posted = |key| (key, 10, None, Ok(()));
    assert_eq!(says(&port.wait(Some(DEADLINE)).unwrap().unwrap()), posted(0));
    let mut packets = Vec::new();
    assert_eq!(port.wait_many(&mut packets, 3, Some(DEADLINE)), Ok(3));
    assert_eq!(port.wait_many(&mut packets, 100, Some(DEADLINE)), Ok(1));
    assert!(packets.iter().map(says).eq([1, 2, 3, 4].map(posted)), "{packets:?}");
    assert_eq!(port.wait_many(&mut packets, 100, Some(A_WHILE)), Ok(0));
}

/// F080, F085.
#[test]
fn a_packet_tells_key_bytes_and_operation() {
    let (socket, mut peer) = stream();
    let port = CompletionPort::new(1).unwrap();
    port.associate(&socket, 125).unwrap();
    let receive = socket.start_recv(room(), NONE).unwrap();
    assert_eq!(port.wait(Some(A_WHILE)), Ok(None));
    peer.write_all(b"hello").unwrap();
    let packet = port.wait(Some(DEADLINE)).unwrap().unwrap();
    assert_eq!((packet.key, packet.bytes), (125, 5));
    assert_eq!((packet.operation, packet.result), (Some(receive.id()), Ok(())));
    let ended = receive.try_end().unwrap();
    assert_eq!((ended.result, &ended.buffer[..]), (Ok(Received::Complete(5)), &b"hello"[..]));
    assert_eq!(port.wait(Some(Duration::ZERO)), Ok(None));
}

/// F083: also of what has ended at once.
#[test]
fn what_is_there_at_once_has_a_packet_too() {
    let (socket, peer) = datagrams();
    let port = CompletionPort::new(1).unwrap();
    port.associate(&socket, 1).unwrap();
    peer.send(b"there").unwrap();
    socket.recv(&mut [0; 8], RecvFlags::PEEK).unwrap().bytes();
    let receive = socket.start_recv(room(), NONE).unwrap();
    let packet = port.wait(Some(DEADLINE)).unwrap().unwrap();
    assert_eq!((packet.operation, packet.bytes), (Some(receive.id()), 5));
}

/// F082: what does not begin brings none.
#[test]
fn what_is_rejected_has_no_packet() {
    let (socket, peer) = streams();
    let port = CompletionPort::new(1).unwrap();
    port.associate(&socket, 1).unwrap();
    let receive = socket.start_recv(room(), NONE).unwrap();
    reset(peer);
    let packet = port.wait(Some(DEADLINE)).unwrap().unwrap();
    assert_eq!((packet.operation, packet.result), (Some(receive.id()), Err(WsaError::WSAECONNRESET)));
    assert_eq!(socket.start_recv(room(), NONE).unwrap_err().error, WsaError::WSAECONNRESET);
    assert_eq!(port.wait(Some(A_WHILE)), Ok(None));
}

/// G056.
#[test]
fn a_message_that_is_cut_is_told_with_its_bytes() {
    let (socket, peer) = datagrams();
    let port = CompletionPort::new(1).unwrap();
    port.associate(&socket, 1).unwrap();
    let receive = socket.start_recv(vec![0; 4].into_boxed_slice(), NONE).unwrap();
    peer.send(b"0123456789").unwrap();
    let packet = port.wait(Some(DEADLINE)).unwrap().unwrap();
    assert_eq!((packet.bytes, packet.result), (4, Err(WsaError::WSAEMSGSIZE)));
    assert_eq!(receive.try_end().unwrap().result, Ok(Received::Truncated(4)));
}

/// F118.
#[test]
fn closing_brings_the_packets_of_what_pends() {
    let (socket, _peer) = stream();
    let port = CompletionPort::new(1).unwrap();
    port.associate(&socket, 125).unwrap();
    let receive = socket.start_recv(room(), NONE).unwrap();
    socket.close().unwrap();
    let packet = port.wait(Some(DEADLINE)).unwrap().unwrap();
    assert_eq!((packet.key, packet.result), (125, Err(WsaError::WSAECONNABORTED)));
    assert_eq!(end(receive).result, Err(WsaError::WSAECONNABORTED));
}

#[test]
fn a_socket_gets_its_port_before_it_has_operations() {
    let (socket, _peer) = datagrams();
    let port = CompletionPort::new(1).unwrap();
    let receive = socket.start_recv(room(), NONE).unwrap();
    assert_eq!(port.associate(&socket, 1), Err(WsaError::WSAEALREADY));
    drop(receive);
    port.associate(&socket, 1).unwrap();
    let other = CompletionPort::new(1).unwrap();
    assert_eq!(other.associate(&socket, 1), Err(WsaError::WSA_INVALID_PARAMETER)); // G203
    let receive = socket.start_recv(room(), NONE).unwrap();
    assert!(receive.cancel());
    assert_eq!(port.wait(Some(DEADLINE)).unwrap().unwrap().operation, Some(receive.id()));
}

#[test]
fn many_sockets_and_threads_share_a_port() {
    const SOCKETS: usize = 6;
    const ROUNDS: usize = 30;
    let port = CompletionPort::new(0).unwrap();
    let pairs: Vec<_> = (0..SOCKETS).map(|_| datagrams()).collect();
    for (key, (socket, _)) in pairs.iter().enumerate() {
        port.associate(socket, key).unwrap();
    }
    let mut receives = HashMap::new();
    for (socket, peer) in pairs.iter().cycle().take(SOCKETS * ROUNDS) {
        let receive = socket.start_recv(room(), NONE).unwrap();
        assert!(receives.insert(receive.id(), receive).is_none());
        peer.send(b"hello").unwrap();
    }
    let receives = std::sync::Mutex::new(receives);
    let taken: usize = std::thread::scope(|scope| {
        let take = || {
            let mut taken = 0;
            while let Some(packet) = port.wait(Some(DEADLINE)).unwrap().filter(|packet| packet.key < SOCKETS)
            {
                let receive = receives.lock().unwrap().remove(&packet.operation.unwrap()).unwrap();
                assert_eq!(receive.try_end().unwrap().buffer, b"hello");
                taken += 1;
                if receives.lock().unwrap().is_empty() {
                    port.post(SOCKETS, 0).unwrap();
                    port.post(SOCKETS, 0).unwrap();
                }
            }
            taken
        };
        let (one, two) = (scope.spawn(take), scope.spawn(take));
        one.join().unwrap() + two.join().unwrap()
    });
    assert_eq!(taken, SOCKETS * ROUNDS);
}
