//! Receives that are not overlapped: rooms, and outcomes.

use std::io::{IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use openws2::error::WsaError;
use openws2::net::{Family, Received, RecvFlags, SendFlags, Socket};

use crate::support::*;

const NONE: RecvFlags = RecvFlags::NONE;

/// F032.
#[test]
fn nothing_yet_is_pending() {
    let (socket, mut peer) = stream();
    socket.set_nonblocking(true).unwrap();
    let mut room = [0; 8];
    assert_eq!(socket.recv(&mut room, NONE), Ok(Received::Pending));
    peer.write_all(b"now").unwrap();
    let received = until(|| {
        let received = socket.recv(&mut room, NONE).unwrap();
        received.is_ready().then_some(received)
    });
    assert_eq!((received, &room[..3]), (Received::Complete(3), &b"now"[..]));
}

/// F040.
#[test]
fn the_end_of_a_stream_is_a_value_and_stays() {
    let (socket, mut peer) = stream();
    peer.write_all(b"last").unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    let mut room = [0; 8];
    assert_eq!(socket.recv(&mut room[..4], RecvFlags::WAITALL), Ok(Received::Complete(4)));
    assert_eq!(socket.recv(&mut room, NONE), Ok(Received::Disconnected));
    assert_eq!(socket.recv(&mut room, NONE), Ok(Received::Disconnected));
    // G106: of a receive of nothing that cannot be said.
    assert_eq!(socket.recv(&mut room[..0], NONE), Ok(Received::Complete(0)));
}

/// G054, G107 and G108: a message of no bytes is one.
#[test]
fn an_empty_datagram_is_complete() {
    let (socket, peer) = datagrams();
    peer.send(b"").unwrap();
    peer.send(b"more").unwrap();
    let mut room = [0; 8];
    assert_eq!(socket.recv(&mut room, NONE), Ok(Received::Complete(0)));
    assert_eq!(socket.recv(&mut room, NONE), Ok(Received::Complete(4)));
}

/// F154, G050, G052: the head is there, the rest is gone, and the sender is known.
#[test]
fn a_datagram_that_is_too_long_is_cut() {
    let (socket, peer) = datagrams();
    peer.send(b"0123456789").unwrap();
    peer.send(b"next").unwrap();
    let mut room = [0; 4];
    let (received, from) = socket.recv_from(&mut room, NONE).unwrap();
    assert_eq!((received, &room), (Received::Truncated(4), b"0123"));
    assert_eq!(from, Some(peer.local_addr().unwrap()));
    assert_eq!(socket.recv(&mut room, NONE), Ok(Received::Complete(4)));
    assert_eq!(&room, b"next");
}

/// F182: what is looked at stays.
#[test]
fn peeking_leaves_what_is_there() {
    let (socket, peer) = datagrams();
    peer.send(b"look").unwrap();
    let mut room = [0; 8];
    assert_eq!(socket.recv(&mut room, RecvFlags::PEEK), Ok(Received::Complete(4)));
    assert_eq!(socket.recv(&mut room[..2], RecvFlags::PEEK), Ok(Received::Truncated(2))); // G055
    assert_eq!(socket.recv(&mut room, NONE), Ok(Received::Complete(4)));
}

#[test]
fn bytes_grow_by_what_comes_and_are_not_moved() {
    let (socket, peer) = datagrams();
    let mut gathered = BytesMut::with_capacity(16);
    gathered.extend_from_slice(b"<");
    let before = gathered.as_ptr();
    for part in [&b"ab"[..], b"", b"cde"] {
        peer.send(part).unwrap();
        assert_eq!(socket.recv(&mut gathered, NONE), Ok(Received::Complete(part.len())));
    }
    assert_eq!((&gathered[..], gathered.as_ptr()), (&b"<abcde"[..], before));
    // What is spare is all the room there is.
    let mut small = BytesMut::with_capacity(4);
    let room = small.capacity();
    peer.send(&[7; 200]).unwrap();
    assert_eq!(socket.recv(&mut small, NONE), Ok(Received::Truncated(room)));
    assert_eq!(small, vec![7; room]);
}

/// A receive of nothing would lose the datagram, and of a stream it would be made again and again.
#[test]
fn what_is_full_is_refused_and_nothing_is_lost() {
    let (socket, peer) = datagrams();
    peer.send(b"still there").unwrap();
    let mut full = BytesMut::from(&[7; 4][..]);
    full.truncate(full.capacity());
    full.resize(full.capacity(), 7);
    let length = full.len();
    assert_eq!(socket.recv(&mut full, NONE), Err(WsaError::WSAEINVAL));
    assert_eq!(socket.recv_from(&mut full, NONE).map(drop), Err(WsaError::WSAEINVAL));
    assert_eq!(socket.recv_msg(&mut full, NONE).map(drop), Err(WsaError::WSAEINVAL));
    assert_eq!(full, vec![7; length]);
    let mut room = [0; 16];
    assert_eq!(socket.recv(&mut room, NONE), Ok(Received::Complete(11)));
    assert_eq!(&room[..11], b"still there");
}

/// A loop over a stream with a buffer that becomes full ends.
#[test]
fn more_than_there_is_capacity_is_read_by_who_reserves() {
    let (socket, mut peer) = stream();
    peer.write_all(&[7; 1000]).unwrap();
    drop(peer);
    let mut text = BytesMut::with_capacity(100);
    loop {
        match socket.recv(&mut text, NONE) {
            Ok(Received::Complete(bytes)) => assert_ne!(bytes, 0),
            Ok(Received::Disconnected) => break,
            Err(WsaError::WSAEINVAL) => text.reserve(100),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(text, vec![7; 1000]);
}

#[test]
fn a_failure_leaves_a_room_as_it_was() {
    let socket = bound();
    socket.set_nonblocking(true).unwrap();
    let mut bytes = BytesMut::with_capacity(8);
    assert_eq!(socket.recv(&mut bytes, NONE), Ok(Received::Pending));
    assert_eq!(socket.recv(&mut bytes, RecvFlags::from_raw(4)), Err(WsaError::WSAEOPNOTSUPP)); // G084
    assert_eq!(bytes.len(), 0);
}

#[test]
fn parts_of_one_allocation_are_filled_apart() {
    let (socket, peer) = datagrams();
    let mut first = BytesMut::with_capacity(8);
    first.extend_from_slice(b"abcd");
    let mut rest = first.split_off(4);
    peer.send(b"efgh").unwrap();
    assert_eq!(socket.recv(&mut rest, NONE), Ok(Received::Complete(4)));
    assert_eq!((&first[..], &rest[..]), (&b"abcd"[..], &b"efgh"[..]));
    // `first` ends where `rest` begins: it has no room.
    peer.send(b"!").unwrap();
    assert_eq!(socket.recv(&mut first, NONE), Err(WsaError::WSAEINVAL));
    assert_eq!((&first[..], &rest[..]), (&b"abcd"[..], &b"efgh"[..]));
}

#[test]
fn memory_that_holds_nothing_is_given_as_far_as_it_is_filled() {
    let (socket, peer) = datagrams();
    peer.send(b"hello").unwrap();
    let mut room = [MaybeUninit::uninit(); 64];
    let (received, text) = socket.recv_uninit(&mut room, NONE).unwrap();
    assert_eq!((received, &*text), (Received::Complete(5), &b"hello"[..]));
    text[0] = b'j';
    peer.send(b"0123456789").unwrap();
    let (received, text, from) = socket.recv_from_uninit(&mut room[..4], NONE).unwrap();
    assert_eq!((received, &*text), (Received::Truncated(4), &b"0123"[..]));
    assert_eq!(from, Some(peer.local_addr().unwrap()));
    peer.send(b"x").unwrap();
    let (message, text) = socket.recv_msg_uninit(&mut room, NONE).unwrap();
    assert_eq!((message.received, &*text), (Received::Complete(1), &b"x"[..]));
    assert_eq!(message.from, Some(peer.local_addr().unwrap()));
    socket.set_nonblocking(true).unwrap();
    assert_eq!(socket.recv_uninit(&mut room, NONE).unwrap().1, b"");
}

/// F038, and G062: more buffers than the list has room for at hand.
#[test]
fn buffers_are_filled_in_turn() {
    let (socket, peer) = datagrams();
    peer.send(b"0123456789").unwrap();
    let mut parts = [[0u8; 1]; 12];
    let mut rooms: Vec<_> = parts.iter_mut().map(|part| IoSliceMut::new(part)).collect();
    let (received, from) = socket.recv_from_vectored(&mut rooms, NONE).unwrap();
    assert_eq!((received, from), (Received::Complete(10), Some(peer.local_addr().unwrap())));
    assert_eq!(&parts.concat(), b"0123456789\0\0");
    assert_eq!(socket.recv_vectored(&mut [], NONE), Err(WsaError::WSAEINVAL)); // F015
}

/// F308.
#[test]
fn streams_do_not_tell_who_sent() {
    let (socket, mut peer) = stream();
    peer.write_all(b"x").unwrap();
    assert_eq!(socket.recv_from(&mut [0; 4], NONE), Ok((Received::Complete(1), None)));
}

/// F012, F042.
#[test]
fn what_cannot_receive_says_so() {
    let mut room = [0; 4];
    let stream = Socket::tcp(Family::INET).unwrap();
    assert_eq!(stream.recv(&mut room, NONE), Err(WsaError::WSAENOTCONN));
    let datagrams = Socket::udp(Family::INET).unwrap();
    assert_eq!(datagrams.recv(&mut room, NONE), Err(WsaError::WSAEINVAL));
}

/// F187.
#[test]
fn a_receive_waits_as_long_as_it_may() {
    let socket = bound();
    socket.set_receive_timeout(Some(Duration::from_millis(60))).unwrap();
    let begin = Instant::now();
    assert_eq!(socket.recv(&mut [0; 4], NONE), Err(WsaError::WSAETIMEDOUT));
    assert!(begin.elapsed() >= Duration::from_millis(45));
    send_to_itself(&socket, b"late");
    assert_eq!(socket.recv(&mut [0; 4], NONE), Ok(Received::Complete(4)));
}

/// F145.
#[test]
fn a_reset_is_an_error() {
    let (socket, peer) = streams();
    reset(peer);
    assert_eq!(socket.recv(&mut [0; 4], NONE), Err(WsaError::WSAECONNRESET));
}

/// G030, G035.
#[test]
fn a_send_that_reached_nobody_is_told_by_the_next_receive() {
    let socket = bound();
    socket.set_receive_timeout(Some(Duration::from_millis(300))).unwrap();
    // Another test may get the number, and the datagram: then another one is sent to another.
    let told = until(|| {
        let nobody = bound().local_addr().unwrap();
        let sent = socket.send_to(b"x", nobody, SendFlags::NONE).unwrap();
        assert_eq!(sent.done(), Some(1));
        socket.recv(&mut [0; 4], NONE).err().filter(|&error| error != WsaError::WSAETIMEDOUT)
    });
    assert_eq!(told, WsaError::WSAECONNRESET);
    send_to_itself(&socket, b"y");
    assert_eq!(socket.recv(&mut [0; 4], NONE), Ok(Received::Complete(1)));
}

/// F165, F166.
#[test]
fn out_of_band_bytes_come_for_themselves() {
    let (socket, peer) = streams();
    socket.set_nonblocking(true).unwrap();
    assert_eq!(socket.recv(&mut [0; 4], RecvFlags::OOB), Ok(Received::Pending));
    assert_eq!(peer.send(b"ab", SendFlags::NONE).unwrap().done(), Some(2));
    assert_eq!(peer.send(b"!", SendFlags::OOB).unwrap().done(), Some(1));
    let mut room = [0; 4];
    let received = until(|| socket.recv(&mut room, RecvFlags::OOB).ok().filter(|r| r.is_ready()));
    assert_eq!((received, room[0]), (Received::Complete(1), b'!'));
    assert_eq!(socket.recv(&mut room, NONE), Ok(Received::Complete(2)));
}

#[test]
fn a_receive_in_one_thread_gets_what_another_sends() {
    let (socket, peer) = streams();
    std::thread::scope(|scope| {
        let receiver = scope.spawn(|| {
            let mut text = BytesMut::with_capacity(64);
            socket.recv(&mut text, RecvFlags::NONE).map(|received| (received, text.to_vec()))
        });
        assert_eq!(socket.send(b"other way", SendFlags::NONE).unwrap().done(), Some(9));
        assert_eq!(peer.send(b"hello", SendFlags::NONE).unwrap().done(), Some(5));
        assert_eq!(receiver.join().unwrap(), Ok((Received::Complete(5), b"hello".to_vec())));
    });
}
