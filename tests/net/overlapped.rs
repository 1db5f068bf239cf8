//! Overlapped receives: begin, end, cancel, and what comes of them.

use std::io::Write;
use std::net::Shutdown;
use std::time::Duration;

use bytes::BytesMut;
use openws2::error::WsaError;
use openws2::net::{Control, MessageFlags, Received, RecvFlags, wait_any};

use crate::support::*;

const NONE: RecvFlags = RecvFlags::NONE;

fn room() -> Vec<u8> {
    Vec::with_capacity(64)
}

/// F033, F085.
#[test]
fn a_receive_ends_when_something_comes() {
    let (socket, mut peer) = stream();
    socket.set_nonblocking(true).unwrap();
    let receive = socket.start_recv(room(), NONE).unwrap();
    assert!(!receive.is_ended());
    let receive = receive.wait_for(A_WHILE).unwrap_err().try_end().unwrap_err();
    peer.write_all(b"hello").unwrap();
    let ended = end(receive);
    assert_eq!((ended.result, &ended.buffer[..]), (Ok(Received::Complete(5)), &b"hello"[..]));
    assert_eq!((ended.from, ended.flags), (None, MessageFlags::NONE));
}

/// F058: what is there at once.
#[test]
fn a_receive_can_have_ended_when_it_begins() {
    let (socket, peer) = datagrams();
    peer.send(b"there").unwrap();
    socket.recv(&mut [0; 8], RecvFlags::PEEK).unwrap().bytes();
    let receive = socket.start_recv_from(room(), NONE).unwrap();
    let ended = end(receive);
    assert_eq!(ended.result, Ok(Received::Complete(5)));
    assert_eq!((ended.from, &ended.buffer[..]), (Some(peer.local_addr().unwrap()), &b"there"[..]));
}

/// Who only looks sees the end, too.
#[test]
fn an_end_is_seen_without_waiting() {
    let (socket, peer) = datagrams();
    let receive = socket.start_recv(room(), NONE).unwrap();
    peer.send(b"x").unwrap();
    until(|| receive.is_ended().then_some(()));
    assert_eq!(receive.try_end().unwrap().result, Ok(Received::Complete(1)));
}

#[test]
fn each_kind_of_buffer_is_filled_in_its_way() {
    let (socket, peer) = datagrams();
    let mut vector = room();
    vector.extend(b"<");
    let mut bytes = BytesMut::with_capacity(64);
    bytes.extend_from_slice(b"(");
    let first = socket.start_recv(vector, NONE).unwrap();
    let second = socket.start_recv(bytes, NONE).unwrap();
    let third = socket.start_recv(vec![b'.'; 4].into_boxed_slice(), NONE).unwrap();
    for part in ["a", "b", "c"] {
        peer.send(part.as_bytes()).unwrap();
    }
    assert_eq!(end(first).buffer, b"<a");
    assert_eq!(&end(second).buffer[..], b"(b");
    let third = end(third);
    assert_eq!((third.result, &*third.buffer), (Ok(Received::Complete(1)), &b"c..."[..]));
}

/// F064.
#[test]
fn receives_end_in_the_order_in_which_they_began() {
    let (socket, mut peer) = stream();
    let receives: Vec<_> =
        (0..8).map(|_| socket.start_recv(vec![0; 2].into_boxed_slice(), NONE).unwrap()).collect();
    peer.write_all(b"0011223344556677").unwrap();
    for (i, receive) in receives.into_iter().enumerate() {
        assert_eq!(&*end(receive).buffer, format!("{i}{i}").as_bytes());
    }
}

/// F061, F084.
#[test]
fn the_end_of_a_stream_ends_receives() {
    let (socket, peer) = stream();
    let receive = socket.start_recv(room(), NONE).unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    let ended = end(receive);
    assert_eq!((ended.result, ended.buffer.len()), (Ok(Received::Disconnected), 0));
    assert_eq!(end(socket.start_recv(room(), NONE).unwrap()).result, Ok(Received::Disconnected));
}

/// F144, F145: first it ends so, then none begins.
#[test]
fn a_reset_ends_receives_and_lets_none_begin() {
    let (socket, peer) = streams();
    let receive = socket.start_recv(room(), NONE).unwrap();
    reset(peer);
    let ended = end(receive);
    assert_eq!((ended.result, ended.buffer.len()), (Err(WsaError::WSAECONNRESET), 0));
    let rejected = socket.start_recv(vec![7; 3].into_boxed_slice(), NONE).unwrap_err();
    assert_eq!((rejected.error, &*rejected.buffer), (WsaError::WSAECONNRESET, &[7; 3][..]));
}

/// F152, F155, G053.
#[test]
fn a_message_that_is_too_long_is_cut() {
    let (socket, peer) = datagrams();
    let pends = socket.start_recv_from(Vec::with_capacity(4), NONE).unwrap();
    let room = 4.max(pends_room());
    peer.send(&[b'x'; 100]).unwrap();
    let ended = end(pends);
    assert_eq!(ended.result, Ok(Received::Truncated(room)));
    assert_eq!((ended.from, ended.buffer), (Some(peer.local_addr().unwrap()), vec![b'x'; room]));
    peer.send(&[b'y'; 100]).unwrap();
    socket.recv(&mut [0; 100], RecvFlags::PEEK).unwrap().bytes();
    let ended = end(socket.start_recv(vec![0; 4].into_boxed_slice(), NONE).unwrap());
    assert_eq!((ended.result, &*ended.buffer), (Ok(Received::Truncated(4)), &b"yyyy"[..]));
}

/// What `Vec::with_capacity(4)` has.
fn pends_room() -> usize {
    Vec::<u8>::with_capacity(4).capacity()
}

/// F313.
#[test]
fn messages_are_told_of_at_their_end() {
    let (socket, peer) = datagrams();
    socket.set_packet_info(true).unwrap();
    let receive = socket.start_recv_msg(room(), NONE).unwrap();
    peer.send(b"hello").unwrap();
    let ended = end(receive);
    assert_eq!((ended.result, &ended.buffer[..]), (Ok(Received::Complete(5)), &b"hello"[..]));
    assert_eq!(ended.from, Some(peer.local_addr().unwrap()));
    let told = ended.control.iter().any(
        |piece| matches!(piece, Control::PacketInfo { to, .. } if to == peer.local_addr().unwrap().ip()),
    );
    assert!(told, "{:?}", ended.control);
}

/// F047, F048: a receive of nothing says when there is something.
#[test]
fn a_receive_of_nothing_waits_for_something() {
    let (socket, mut peer) = stream();
    let receive = socket.start_recv(Box::<[u8]>::default(), NONE).unwrap();
    let receive = receive.wait_for(A_WHILE).unwrap_err();
    peer.write_all(b"x").unwrap();
    assert_eq!(end(receive).result, Ok(Received::Complete(0)));
    assert_eq!(socket.recv(&mut [0; 4], NONE), Ok(Received::Complete(1)));
}

/// What is spare is filled, and `vec![0; 1500]` has nothing spare.
#[test]
fn a_buffer_without_spare_capacity_is_refused() {
    let (socket, peer) = datagrams();
    peer.send(b"still there").unwrap();
    let mut full = vec![7; 3];
    full.resize(full.capacity(), 7);
    let rejected = socket.start_recv(full.clone(), NONE).unwrap_err();
    assert_eq!((rejected.error, rejected.buffer), (WsaError::WSAEINVAL, full));
    let rejected = socket.start_recv_msg(BytesMut::new(), NONE).unwrap_err();
    assert_eq!(rejected.error, WsaError::WSAEINVAL);
    assert_eq!(end(socket.start_recv_from(room(), NONE).unwrap()).buffer, b"still there");
}

/// F188.
#[test]
fn the_receive_timeout_is_not_for_it() {
    let (socket, peer) = datagrams();
    socket.set_receive_timeout(Some(Duration::from_millis(1))).unwrap();
    let receive = socket.start_recv(room(), NONE).unwrap();
    let receive = receive.wait_for(A_WHILE).unwrap_err();
    peer.send(b"x").unwrap();
    assert_eq!(end(receive).result, Ok(Received::Complete(1)));
}

/// G017, G018, G021.
#[test]
fn a_datagram_receive_is_cancelled_alone() {
    let (socket, peer) = datagrams();
    let first = socket.start_recv(room(), NONE).unwrap();
    let second = socket.start_recv(room(), NONE).unwrap();
    assert!(first.cancel());
    let cancelled = end(first);
    assert_eq!((cancelled.result, cancelled.buffer.len()), (Err(WsaError::WSA_OPERATION_ABORTED), 0));
    assert!(!second.is_ended());
    peer.send(b"x").unwrap();
    let ended = second.wait_for(DEADLINE).unwrap();
    assert_eq!(ended.result, Ok(Received::Complete(1)));
    let third = socket.start_recv(room(), NONE).unwrap();
    peer.send(b"y").unwrap();
    until(|| third.is_ended().then_some(()));
    assert!(!third.cancel());
    assert_eq!(end(third).result, Ok(Received::Complete(1)));
}

/// F118, F119.
#[test]
fn closing_ends_what_pends() {
    let (socket, _peer) = stream();
    let receive = socket.start_recv(room(), NONE).unwrap();
    socket.close().unwrap();
    assert_eq!(end(receive).result, Err(WsaError::WSAECONNABORTED));
    let (socket, _peer) = datagrams();
    let receive = socket.start_recv_from(room(), NONE).unwrap();
    socket.close().unwrap();
    assert!(!receive.cancel());
    let ended = end(receive);
    assert_eq!((ended.result, ended.from), (Err(WsaError::WSA_OPERATION_ABORTED), None));
}

/// F134, F136.
#[test]
fn what_begins_too_late_is_rejected() {
    let (socket, mut peer) = stream();
    let pends = socket.start_recv(room(), NONE).unwrap();
    socket.shutdown(Shutdown::Read).unwrap();
    let rejected = socket.start_recv(room(), NONE).unwrap_err();
    assert_eq!(rejected.error, WsaError::WSAESHUTDOWN);
    assert_eq!(WsaError::from(std::io::Error::from(rejected)), WsaError::WSAESHUTDOWN);
    peer.write_all(b"still").unwrap();
    assert_eq!(end(pends).result, Ok(Received::Complete(5)));
}

#[test]
fn the_events_of_operations_can_be_waited_for() {
    let (one, _) = datagrams();
    let (two, peer) = datagrams();
    let (first, second) = (one.start_recv(room(), NONE).unwrap(), two.start_recv(room(), NONE).unwrap());
    assert_eq!(wait_any(&[&first.event(), &second.event()], Some(A_WHILE)), Ok(None));
    peer.send(b"x").unwrap();
    assert_eq!(wait_any(&[&first.event(), &second.event()], Some(DEADLINE)), Ok(Some(1)));
    assert!(second.is_ended() && !first.is_ended());
}

#[test]
fn no_two_operations_have_one_name() {
    let (socket, _peer) = datagrams();
    let names: std::collections::HashSet<_> =
        (0..100).map(|_| socket.start_recv(Vec::with_capacity(1), NONE).unwrap().id()).collect();
    assert_eq!(names.len(), 100);
}
