//! Sockets over AF_UNIX that keep messages apart, which are extensions of this library: parts, and the end.
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use openws2::error::WsaError;
use openws2::extensions::{UNIXPROTO_DATAGRAM, UNIXPROTO_PARTS, UNIXPROTO_WHOLE};
use openws2::net::{Family, Kind, Protocol, Received, RecvFlags, SendFlags, Socket};

use crate::support::{end, until};

/// A path that is nobody else's, for as long as it lives.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("openws2-net-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn pair(protocol: i32) -> (Socket, Socket) {
    let place = Place::new();
    let new = || Socket::new(Family::UNIX, Kind::SEQUENCED_PACKET, Protocol::from_raw(protocol)).unwrap();
    let (listener, client) = (new(), new());
    listener.bind_unix(&place.0).unwrap();
    listener.listen(1).unwrap();
    client.connect_unix(&place.0).unwrap().done().unwrap();
    let (server, from) = listener.accept().unwrap().done().unwrap();
    assert_eq!((from, server.local_addr()), (None, Err(WsaError::WSAEAFNOSUPPORT)));
    (server, client)
}

#[test]
fn messages_come_in_parts_and_the_end_is_told() {
    let (socket, peer) = pair(UNIXPROTO_PARTS);
    assert_eq!(peer.send(b"0123456789", SendFlags::NONE).unwrap().done(), Some(10));
    assert_eq!(peer.send(b"", SendFlags::NONE).unwrap().done(), Some(0));
    drop(peer);
    let mut room = [0; 4];
    assert_eq!(socket.recv(&mut room, RecvFlags::NONE), Ok(Received::Partial(4)));
    assert_eq!(socket.recv(&mut room, RecvFlags::NONE), Ok(Received::Partial(4)));
    assert_eq!(socket.recv(&mut room, RecvFlags::NONE), Ok(Received::Complete(2)));
    assert_eq!(socket.recv(&mut room, RecvFlags::NONE), Ok(Received::Complete(0)));
    assert_eq!(socket.recv(&mut room, RecvFlags::NONE), Ok(Received::Disconnected));
}

#[test]
fn parts_are_told_of_by_operations_too() {
    let (socket, peer) = pair(UNIXPROTO_PARTS);
    let start = || socket.start_recv(vec![0; 6].into_boxed_slice(), RecvFlags::NONE).unwrap();
    let (first, second, third) = (start(), start(), start());
    assert_eq!(peer.send(b"0123456789", SendFlags::NONE).unwrap().done(), Some(10));
    drop(peer);
    assert_eq!(end(first).result, Ok(Received::Partial(6)));
    let second = end(second);
    assert_eq!((second.result, &second.buffer[..4]), (Ok(Received::Complete(4)), &b"6789"[..]));
    assert_eq!(end(third).result, Ok(Received::Disconnected));
}

/// What was received before the socket was closed is what it was.
#[test]
fn a_part_is_a_part_after_its_socket_was_closed() {
    let (socket, peer) = pair(UNIXPROTO_PARTS);
    let receive = socket.start_recv(vec![0; 6].into_boxed_slice(), RecvFlags::NONE).unwrap();
    assert_eq!(peer.send(b"0123456789", SendFlags::NONE).unwrap().done(), Some(10));
    until(|| receive.is_ended().then_some(()));
    socket.close().unwrap();
    assert_eq!(end(receive).result, Ok(Received::Partial(6)));
}

#[test]
fn a_message_that_is_kept_whole_waits_for_room() {
    let (socket, peer) = pair(UNIXPROTO_WHOLE);
    assert_eq!(peer.send(b"0123456789", SendFlags::NONE).unwrap().done(), Some(10));
    let mut room = bytes::BytesMut::with_capacity(4);
    let received = socket.recv(&mut room, RecvFlags::NONE).unwrap();
    assert!(matches!(received, Received::Truncated(bytes) if bytes == room.len()));
    let mut room = [0; 16];
    assert_eq!(socket.recv(&mut room, RecvFlags::NONE), Ok(Received::Complete(10)));
    assert_eq!(&room[..10], b"0123456789");
}

/// The host would take any name, or none at all.
#[test]
fn an_empty_path_is_no_name() {
    let socket = Socket::new(Family::UNIX, Kind::STREAM, Protocol::DEFAULT).unwrap();
    assert_eq!(socket.bind_unix(""), Err(WsaError::WSAEINVAL));
    assert_eq!(socket.connect_unix(""), Err(WsaError::WSAEINVAL));
}

#[test]
fn datagrams_have_paths_for_names() {
    let place = Place::new();
    let new = || Socket::new(Family::UNIX, Kind::DATAGRAM, Protocol::from_raw(UNIXPROTO_DATAGRAM)).unwrap();
    let (socket, peer) = (new(), new());
    socket.bind_unix(&place.0).unwrap();
    peer.connect_unix(&place.0).unwrap().done().unwrap();
    assert_eq!(peer.send(b"hello", SendFlags::NONE).unwrap().done(), Some(5));
    let mut room = [0; 8];
    assert_eq!(socket.recv_from(&mut room, RecvFlags::NONE), Ok((Received::Complete(5), None)));
}
