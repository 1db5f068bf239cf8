//! Sockets: how they are made, named, connected and closed.

use std::net::{Shutdown, TcpStream, UdpSocket};

use openws2::Win32::Networking::WinSock::{
    IPPROTO_TCP, SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET, TCP_NODELAY,
};
use openws2::error::WsaError;
use openws2::net::{
    Attempt, Event, Family, Kind, NetworkEvents, Protocol, Received, RecvFlags, Reset, SendFlags, Socket,
};
use openws2::os::windows::io::{AsRawSocket, AsSocket, OwnedSocket};
use std::time::Duration;

use crate::support::*;

fn refused(family: Family, kind: Kind, protocol: Protocol) -> WsaError {
    Socket::new(family, kind, protocol).unwrap_err()
}

/// F290.
#[test]
fn a_socket_is_made_of_what_fits_together() {
    let (inet, stream) = (Family::INET, Kind::STREAM);
    assert_eq!(refused(inet, stream, Protocol::UDP), WsaError::WSAEPROTONOSUPPORT);
    assert_eq!(refused(inet, Kind::from_raw(77), Protocol::DEFAULT), WsaError::WSAESOCKTNOSUPPORT);
    let socket = Socket::new(inet, stream, Protocol::DEFAULT).unwrap();
    assert_eq!((socket.family(), socket.kind()), (inet, stream));
}

/// F290: type and family can be left to the rest, and the end of a stream is known for one all the same.
#[test]
fn what_was_left_open_is_asked_for() {
    let socket = Socket::new(Family::INET, Kind::from_raw(0), Protocol::TCP).unwrap();
    assert_eq!((socket.family(), socket.kind()), (Family::INET, Kind::STREAM));
    let listener = listening();
    socket.connect(listener.local_addr().unwrap()).unwrap().done().unwrap();
    drop(listener.accept().unwrap().done().unwrap());
    assert_eq!(socket.recv(&mut [0; 4], RecvFlags::NONE), Ok(Received::Disconnected));
    let socket = Socket::new(Family::INET, Kind::from_raw(0), Protocol::UDP).unwrap();
    assert_eq!(socket.kind(), Kind::DATAGRAM);
    if let Ok(socket) = Socket::new(Family::from_raw(0), Kind::STREAM, Protocol::TCP) {
        assert_ne!(socket.family(), Family::from_raw(0));
    }
}

#[test]
fn sockets_can_be_sent_and_shared() {
    fn check<T: Send + Sync>() {}
    check::<Socket>();
    check::<openws2::net::Event>();
    check::<openws2::net::CompletionPort>();
    check::<openws2::net::Receive<Vec<u8>>>();
}

/// F028, F292.
#[test]
fn a_name_is_given_once() {
    let socket = Socket::udp(Family::INET).unwrap();
    assert_eq!(socket.local_addr(), Err(WsaError::WSAEINVAL));
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    assert!(address.ip().is_loopback() && address.port() != 0);
    assert_eq!(socket.bind(([127, 0, 0, 1], 0).into()), Err(WsaError::WSAEINVAL));
    assert_eq!(socket.bind(([8, 8, 8, 8], 0).into()), Err(WsaError::WSAEINVAL));
    let other = Socket::udp(Family::INET).unwrap();
    assert_eq!(other.bind(([8, 8, 8, 8], 0).into()), Err(WsaError::WSAEADDRNOTAVAIL));
    assert_eq!(other.bind("[::1]:0".parse().unwrap()), Err(WsaError::WSAEAFNOSUPPORT));
}

#[test]
fn connections_know_both_ends() {
    let listener = listening();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, from) = listener.accept().unwrap().done().unwrap();
    assert_eq!(from, Some(client.local_addr().unwrap()));
    assert_eq!(server.peer_addr().unwrap(), client.local_addr().unwrap());
    assert_eq!(listener.peer_addr(), Err(WsaError::WSAENOTCONN)); // F027
}

#[test]
fn a_nonblocking_listener_says_that_nobody_waits() {
    let listener = listening();
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().unwrap().is_pending());
    let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = until(|| listener.accept().unwrap().done());
    let mut room = [0; 4];
    // F284: the mode comes along.
    assert_eq!(server.recv(&mut room, RecvFlags::NONE), Ok(Received::Pending));
}

#[test]
fn nobody_listens() {
    let (_silent, address) = deserted();
    let client = Socket::tcp(Family::INET).unwrap();
    assert_eq!(client.connect(address).unwrap_err(), WsaError::WSAECONNREFUSED);
}

/// F263: asked twice, it answers the same.
#[test]
fn why_a_connect_failed_is_kept() {
    let (_silent, address) = deserted();
    let client = Socket::tcp(Family::INET).unwrap();
    assert_eq!(client.error(), Ok(None));
    client.set_nonblocking(true).unwrap();
    if client.connect(address).is_ok_and(|attempt| attempt.is_pending()) {
        let error = until(|| client.error().unwrap());
        assert_eq!(error, WsaError::WSAECONNREFUSED);
        assert_eq!(client.error(), Ok(Some(error)));
    }
}

/// F133, F138.
#[test]
fn directions_are_shut_one_by_one() {
    assert_eq!(Socket::tcp(Family::INET).unwrap().shutdown(Shutdown::Both), Err(WsaError::WSAENOTCONN));
    let (socket, peer) = streams();
    socket.shutdown(Shutdown::Write).unwrap();
    assert_eq!(socket.send(b"x", SendFlags::NONE), Err(WsaError::WSAESHUTDOWN));
    assert_eq!(peer.recv(&mut [0; 4], RecvFlags::NONE), Ok(Received::Disconnected));
    assert_eq!(peer.send(b"back", SendFlags::NONE), Ok(Attempt::Done(4)));
    let mut room = [0; 4];
    assert_eq!(socket.recv(&mut room, RecvFlags::WAITALL), Ok(Received::Complete(4)));
    socket.shutdown(Shutdown::Read).unwrap();
    assert_eq!(socket.recv(&mut room, RecvFlags::NONE), Err(WsaError::WSAESHUTDOWN)); // F134
}

/// F266, F269.
#[test]
fn options_are_read_and_set() {
    let socket = Socket::tcp(Family::INET).unwrap();
    socket.set_option(IPPROTO_TCP, TCP_NODELAY, &1u32.to_ne_bytes()).unwrap();
    let mut value = [0; 4];
    assert!((1..=4).contains(&socket.option(IPPROTO_TCP, TCP_NODELAY, &mut value).unwrap()));
    assert_eq!(value[0], 1);
    assert_eq!(socket.option(SOL_SOCKET, SO_RCVTIMEO, &mut value[..2]), Err(WsaError::WSAEFAULT));
}

/// F186: in milliseconds, of which a part is one more.
#[test]
fn the_receive_timeout_is_rounded_up() {
    let socket = Socket::udp(Family::INET).unwrap();
    let set = |duration| socket.set_receive_timeout(duration);
    let get = || {
        let mut value = [0; 4];
        socket.option(SOL_SOCKET, SO_RCVTIMEO, &mut value).unwrap();
        u32::from_ne_bytes(value)
    };
    set(Some(Duration::from_micros(99_001))).unwrap();
    assert_eq!(get(), 100);
    assert_eq!(set(Some(Duration::ZERO)), Err(WsaError::WSAEINVAL));
    assert_eq!(get(), 100);
    set(None).unwrap();
    assert_eq!(get(), 0);
}

/// F186, F268, F269: what is set is what is asked for, by its own call and by its number.
#[test]
fn options_with_types_are_the_same_options() {
    let number = |socket: &Socket, name| {
        let mut value = [0; 4];
        socket.option(SOL_SOCKET, name, &mut value).unwrap();
        u32::from_ne_bytes(value)
    };
    let (tcp, udp) = (Socket::tcp(Family::INET).unwrap(), Socket::udp(Family::INET).unwrap());
    assert_eq!((tcp.nodelay(), tcp.keepalive(), udp.broadcast()), (Ok(false), Ok(false), Ok(false)));
    tcp.set_nodelay(true).unwrap();
    tcp.set_keepalive(true).unwrap();
    udp.set_broadcast(true).unwrap();
    assert_eq!((tcp.nodelay(), tcp.keepalive(), udp.broadcast()), (Ok(true), Ok(true), Ok(true)));
    tcp.set_send_timeout(Some(Duration::from_micros(99_001))).unwrap();
    assert_eq!((number(&tcp, SO_SNDTIMEO), tcp.receive_timeout()), (100, Ok(None)));
    assert_eq!(tcp.set_send_timeout(Some(Duration::ZERO)), Err(WsaError::WSAEINVAL));
    assert_eq!(tcp.send_timeout(), Ok(Some(Duration::from_millis(100))));
    for (set, told) in [(Some(0), Some(0)), (Some(1), Some(1)), (Some(1 << 20), Some(65535)), (None, None)] {
        tcp.set_linger(set.map(Duration::from_secs)).unwrap();
        assert_eq!(tcp.linger(), Ok(told.map(Duration::from_secs)));
    }
    let dual = Socket::udp(Family::INET6).unwrap();
    assert_eq!(dual.only_v6(), Ok(true));
    dual.set_only_v6(false).unwrap();
    assert_eq!(dual.only_v6(), Ok(false));
}

#[test]
fn a_shared_name_is_for_who_asks_for_it() {
    let new = || Socket::udp(Family::INET).unwrap();
    let (first, second) = (new(), new());
    first.set_reuse_address(true).unwrap();
    first.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = first.local_addr().unwrap();
    second.set_reuse_address(true).unwrap();
    assert_eq!(second.bind(address), Ok(()));
}

/// F253, F167.
#[test]
fn what_can_be_received_is_counted() {
    let (socket, peer) = streams();
    assert_eq!(socket.bytes_available(), Ok(0));
    assert_eq!(peer.send(b"hello", SendFlags::NONE), Ok(Attempt::Done(5)));
    until(|| (socket.bytes_available() == Ok(5)).then_some(()));
    assert_eq!(socket.recv(&mut [0; 3], RecvFlags::NONE), Ok(Received::Complete(3)));
    assert_eq!(socket.bytes_available(), Ok(2));
}

/// G041.
#[test]
fn who_does_not_want_to_hear_of_sends_that_reached_nobody_does_not() {
    let socket = bound();
    socket.set_udp_connreset(false).unwrap();
    let nobody = bound().local_addr().unwrap();
    assert_eq!(socket.send_to(b"x", nobody, SendFlags::NONE), Ok(Attempt::Done(1)));
    socket.set_receive_timeout(Some(Duration::from_millis(50))).unwrap();
    assert_eq!(socket.recv(&mut [0; 4], RecvFlags::NONE), Err(WsaError::WSAETIMEDOUT));
}

#[test]
fn closing_tells_the_peer() {
    let (socket, peer) = streams();
    socket.close().unwrap();
    assert_eq!(peer.recv(&mut [0; 4], RecvFlags::NONE), Ok(Received::Disconnected));
}

#[test]
fn other_code_can_have_the_socket_by_its_type() {
    let socket = bound();
    let address = socket.local_addr().unwrap();
    let number = socket.as_socket().as_raw_socket();
    let receive = socket.start_recv(Vec::with_capacity(8), RecvFlags::NONE).unwrap();
    let socket = OwnedSocket::try_from(socket).unwrap_err();
    drop(receive);
    let owned = OwnedSocket::try_from(socket).unwrap();
    assert_eq!(owned.as_raw_socket(), number);
    let socket = Socket::try_from(owned).unwrap();
    assert_eq!((socket.kind(), socket.local_addr()), (Kind::DATAGRAM, Ok(address)));
    // That of std is one, too.
    let peer = Socket::try_from(OwnedSocket::from(UdpSocket::bind("127.0.0.1:0").unwrap())).unwrap();
    assert_eq!(peer.send_to(b"hello", address, SendFlags::NONE), Ok(Attempt::Done(5)));
    assert_eq!(socket.recv(&mut [0; 8], RecvFlags::NONE), Ok(Received::Complete(5)));
}

#[test]
fn a_number_goes_out_when_nothing_pends() {
    let socket = bound();
    let number = socket.as_raw_socket();
    let receive = socket.start_recv(Vec::with_capacity(8), RecvFlags::NONE).unwrap();
    let socket = socket.into_raw_socket().unwrap_err();
    drop(receive);
    assert_eq!(socket.into_raw_socket().unwrap(), number);
}

/// Has a stream wait for `seconds` when it is closed.
fn linger(socket: &Socket, seconds: u16) {
    let value = [1u16.to_ne_bytes(), seconds.to_ne_bytes()].concat();
    socket.set_option(SOL_SOCKET, SO_LINGER, &value).unwrap();
}

/// G011: whether it waits, does not, or has events selected, which nobody waits for either (F239).
#[test]
fn a_socket_that_lingers_is_closed() {
    let waiting = |_: &Socket| {};
    let nonblocking = |socket: &Socket| socket.set_nonblocking(true).unwrap();
    let selected = |socket: &Socket| {
        let event = Event::new(Reset::Manual, false).unwrap();
        socket.select_events(&event, NetworkEvents::WRITE).unwrap();
    };
    for prepare in [&waiting as &dyn Fn(&Socket), &nonblocking, &selected] {
        for dropped in [false, true] {
            let (socket, peer) = streams();
            linger(&socket, 1);
            prepare(&socket);
            if dropped {
                drop(socket);
            } else {
                assert_eq!(socket.close(), Ok(()));
            }
            peer.set_receive_timeout(Some(DEADLINE)).unwrap();
            assert_eq!(peer.recv(&mut [0; 4], RecvFlags::NONE), Ok(Received::Disconnected));
        }
    }
}

/// What pends ends, and looks at no other socket that gets the number.
#[test]
fn a_socket_that_lingers_ends_what_pends() {
    let (socket, _peer) = streams();
    linger(&socket, 1);
    let event = Event::new(Reset::Manual, false).unwrap();
    socket.select_events(&event, NetworkEvents::READ).unwrap();
    let receive = socket.start_recv(Vec::with_capacity(8), RecvFlags::NONE).unwrap();
    assert_eq!(socket.close(), Ok(()));
    let ended = receive.wait_for(DEADLINE).unwrap();
    assert_eq!(ended.result, Err(WsaError::WSAECONNABORTED));
}
