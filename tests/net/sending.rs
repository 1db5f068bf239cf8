//! Overlapped sends: what goes, what comes back, and what becomes of those that are given up.

use std::io::Read;

use bytes::{Bytes, BytesMut};
use openws2::error::WsaError;
use openws2::net::{
    CompletionPort, Family, Received, RecvFlags, SendFlags, Sending, Sent, Socket, Source, wait_any,
};

use crate::support::*;

const NONE: SendFlags = SendFlags::NONE;

fn done<B: Source>(sending: Sending<B>) -> Sent<B> {
    sending.wait_for(DEADLINE).expect("an end before the deadline")
}

/// A stream whose peer takes nothing yet, and a send that has to wait for it.
fn waiting() -> (Socket, Socket, Sending<Vec<u8>>) {
    let (socket, peer) = streams();
    for _ in 0..64 {
        let sending = socket.start_send(vec![b'x'; 1 << 22], NONE).unwrap();
        match sending.wait_for(A_WHILE) {
            Ok(sent) => assert_eq!(sent.result, Ok(1 << 22)),
            Err(sending) => return (socket, peer, sending),
        }
    }
    panic!("no send waits for anybody");
}

#[test]
fn each_kind_of_source_is_sent_and_comes_back() {
    let (socket, peer) = datagrams();
    let to = peer.local_addr().unwrap();
    let expect = |text: &[u8]| {
        let mut room = [0; 16];
        assert_eq!(peer.recv(&mut room).unwrap(), text.len());
        assert_eq!(&room[..text.len()], text);
    };
    let sent = done(socket.start_send_to(b"vector".to_vec(), to, NONE).unwrap());
    assert_eq!((sent.result, &sent.buffer[..]), (Ok(6), &b"vector"[..]));
    expect(b"vector");
    let shared = Bytes::from_static(b"shared");
    assert_eq!(done(socket.start_send_to(shared.slice(1..), to, NONE).unwrap()).buffer, b"hared"[..]);
    expect(b"hared");
    let sent = done(socket.start_send_to(BytesMut::from(&b"bytes"[..]), to, NONE).unwrap());
    assert_eq!(sent.buffer, b"bytes"[..]);
    expect(b"bytes");
    let boxed = b"boxed".to_vec().into_boxed_slice();
    assert_eq!(&*done(socket.start_send_to(boxed, to, NONE).unwrap()).buffer, b"boxed");
    expect(b"boxed");
    assert_eq!(done(socket.start_send_to(&b"constant"[..], to, NONE).unwrap()).result, Ok(8));
    expect(b"constant");
    assert_eq!(done(socket.start_send_to(Vec::new(), to, NONE).unwrap()).result, Ok(0));
    expect(b"");
}

#[test]
fn what_cannot_be_sent_comes_back_at_once() {
    let unconnected = Socket::tcp(Family::INET).unwrap();
    let rejected = unconnected.start_send(vec![7; 3], NONE).unwrap_err();
    assert_eq!((rejected.error, rejected.buffer), (WsaError::WSAENOTCONN, vec![7; 3]));
    let (socket, peer) = datagrams();
    let to = peer.local_addr().unwrap();
    let rejected = socket.start_send_to(vec![7; 70_000], to, NONE).unwrap_err();
    assert_eq!((rejected.error, rejected.buffer.len()), (WsaError::WSAEMSGSIZE, 70_000));
}

#[test]
fn a_send_ends_when_the_peer_takes_it() {
    let (_socket, peer, sending) = waiting();
    assert_eq!(wait_any(&[&sending.event()], Some(A_WHILE)), Ok(None));
    let mut room = vec![0; 1 << 20];
    until(|| {
        assert!(peer.recv(&mut room[..], RecvFlags::NONE).unwrap().bytes() > 0);
        sending.is_ended().then_some(())
    });
    assert_eq!(wait_any(&[&sending.event()], Some(DEADLINE)), Ok(Some(0)));
    let sent = done(sending);
    assert_eq!((sent.result, sent.buffer.len()), (Ok(1 << 22), 1 << 22));
}

#[test]
fn sends_go_in_the_order_in_which_they_began() {
    let (socket, mut peer) = stream();
    let sends: Vec<_> = (b'0'..b'8').map(|digit| socket.start_send(vec![digit; 2], NONE).unwrap()).collect();
    let mut text = [0; 16];
    peer.read_exact(&mut text).unwrap();
    assert_eq!(&text, b"0011223344556677");
    sends.into_iter().for_each(|sending| assert_eq!(done(sending).result, Ok(2)));
}

/// The memory is the send's until nobody reads it.
#[test]
fn a_send_can_be_cancelled_dropped_and_left_behind() {
    let (_socket, _peer, sending) = waiting();
    assert!(sending.cancel());
    let sent = done(sending);
    assert_eq!((sent.result, sent.buffer.len()), (Err(WsaError::WSA_OPERATION_ABORTED), 1 << 22));
    let (_socket, _peer, sending) = waiting();
    drop(sending);
    let (socket, _peer, sending) = waiting();
    drop(socket);
    std::thread::spawn(move || drop(sending)).join().unwrap();
}

#[test]
fn packets_name_sends_too() {
    let (socket, peer) = datagrams();
    let port = CompletionPort::new(1).unwrap();
    port.associate(&socket, 3).unwrap();
    let sending = socket.start_send_to(&b"hello"[..], peer.local_addr().unwrap(), NONE).unwrap();
    let packet = port.wait(Some(DEADLINE)).unwrap().unwrap();
    assert_eq!((packet.key, packet.bytes, packet.result), (3, 5, Ok(())));
    assert_eq!(packet.operation, Some(sending.id()));
    assert_eq!(done(sending).result, Ok(5));
    // A send and a receive of one socket are told apart.
    let receive = socket.start_recv(Vec::with_capacity(8), RecvFlags::NONE).unwrap();
    let dropped = socket.start_send_to(vec![b'!'], socket.local_addr().unwrap(), NONE).unwrap();
    let mut names = vec![receive.id(), dropped.id()];
    drop(dropped);
    let mut told: Vec<_> =
        (0..2).map(|_| port.wait(Some(DEADLINE)).unwrap().unwrap().operation.unwrap()).collect();
    names.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, names);
    assert_eq!(end(receive).result, Ok(Received::Complete(1)));
}
