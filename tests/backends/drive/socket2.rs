//! socket2's Windows backend: its receives, on its own sockets and on std's.

use std::io::{ErrorKind, IoSlice, Write};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::windows::io::{AsRawSocket, FromRawSocket, IntoRawSocket};
use std::time::{Duration, Instant};

use socket2::{Domain, MaybeUninitSlice, Protocol, SockAddr, SockRef, Socket, TcpKeepalive, Type};
use windows_sys::Win32::Networking::WinSock::{MSG_PEEK, MSG_WAITALL, WSAEFAULT, WSAEMSGSIZE, WSAENOTSOCK};

const HERE: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

fn room<const N: usize>() -> [MaybeUninit<u8>; N] {
    [MaybeUninit::uninit(); N]
}

fn bytes(filled: &[MaybeUninit<u8>]) -> Vec<u8> {
    filled.iter().map(|byte| unsafe { byte.assume_init() }).collect()
}

fn udp() -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)).unwrap();
    socket.bind(&SocketAddr::from(HERE).into()).unwrap();
    socket
}

fn name(socket: &Socket) -> SocketAddr {
    socket.local_addr().unwrap().as_socket().unwrap()
}

fn tcp() -> (Socket, Socket) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(HERE).into()).unwrap();
    listener.listen(1).unwrap();
    let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    client.connect(&listener.local_addr().unwrap()).unwrap();
    let (server, peer) = listener.accept().unwrap();
    assert_eq!(peer.as_socket().unwrap(), name(&client));
    (client, server)
}

#[test]
fn a_stream_is_received_whole_in_parts_and_to_its_end() {
    let (client, server) = tcp();
    client.send(b"stream").unwrap();
    let mut buffer = room::<16>();
    assert_eq!(server.peek(&mut buffer[..3]).unwrap(), 3);
    assert_eq!(server.recv(&mut buffer[..4]).unwrap(), 4);
    assert_eq!(bytes(&buffer[..4]), b"stre");
    assert_eq!(server.recv_with_flags(&mut buffer, MSG_PEEK).unwrap(), 2);
    client.send(b"+more").unwrap();
    assert_eq!(server.recv_with_flags(&mut buffer[..7], MSG_WAITALL).unwrap(), 7);
    assert_eq!(bytes(&buffer[..7]), b"am+more");
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(server.recv(&mut buffer).unwrap(), 0);
    // WSAESHUTDOWN is the end to this crate.
    server.shutdown(Shutdown::Read).unwrap();
    assert_eq!(server.recv(&mut buffer).unwrap(), 0);
}

#[test]
fn a_stream_is_spread_over_buffers() {
    let (client, server) = tcp();
    client.send(b"over two").unwrap();
    let (mut first, mut second) = (room::<5>(), room::<8>());
    let mut buffers = [MaybeUninitSlice::new(&mut first), MaybeUninitSlice::new(&mut second)];
    let (received, flags) = server.recv_vectored(&mut buffers).unwrap();
    assert_eq!((received, flags.is_truncated()), (8, false));
    assert_eq!((bytes(&first), bytes(&second[..3])), (b"over ".to_vec(), b"two".to_vec()));
}

/// A limit: the crate passes std's slices off as WSABUFs, which they are on Windows only.
#[test]
fn the_slices_of_std_are_no_buffers_of_winsocks() {
    let (client, _server) = tcp();
    let refused = client.send_vectored(&[IoSlice::new(b"one"), IoSlice::new(b"two")]).unwrap_err();
    assert_eq!(refused.raw_os_error(), Some(WSAEFAULT));
}

#[test]
fn an_urgent_byte_comes_by_itself() {
    let (client, server) = tcp();
    client.send_out_of_band(b"!").unwrap();
    let mut buffer = room::<2>();
    assert_eq!(server.recv_out_of_band(&mut buffer).unwrap(), 1);
    assert_eq!(bytes(&buffer[..1]), b"!");
}

#[test]
fn datagrams_are_told_with_their_senders_and_their_truncation() {
    let (sender, receiver) = (udp(), udp());
    let to = SockAddr::from(name(&receiver));
    let mut buffer = room::<8>();
    sender.send_to(b"datagram", &to).unwrap();
    let (peeked, from) = receiver.peek_from(&mut buffer).unwrap();
    assert_eq!((peeked, from.as_socket()), (8, Some(name(&sender))));
    assert_eq!(receiver.peek_sender().unwrap().as_socket(), Some(name(&sender)));
    let (received, from) = receiver.recv_from(&mut buffer).unwrap();
    assert_eq!((bytes(&buffer[..received]), from.as_socket()), (b"datagram".to_vec(), Some(name(&sender))));
    for _ in 0..3 {
        sender.send_to(b"much too long", &to).unwrap();
    }
    assert_eq!(receiver.recv(&mut buffer).unwrap_err().raw_os_error(), Some(WSAEMSGSIZE));
    let (mut first, mut second) = (room::<4>(), room::<4>());
    let mut buffers = [MaybeUninitSlice::new(&mut first), MaybeUninitSlice::new(&mut second)];
    let (received, flags) = receiver.recv_vectored(&mut buffers).unwrap();
    assert_eq!((received, flags.is_truncated()), (8, true));
    let (received, flags, from) = receiver.recv_from_vectored(&mut buffers).unwrap();
    assert_eq!((received, flags.is_truncated(), from.as_socket()), (8, true, Some(name(&sender))));
    assert_eq!((bytes(&first), bytes(&second)), (b"much".to_vec(), b" too".to_vec()));
}

#[test]
fn a_receive_times_out_as_told_and_does_not_wait_at_all_when_told_so() {
    let socket = udp();
    socket.set_read_timeout(Some(Duration::from_millis(80))).unwrap();
    assert_eq!(socket.read_timeout().unwrap(), Some(Duration::from_millis(80)));
    let began = Instant::now();
    assert_eq!(socket.recv(&mut room::<8>()).unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(began.elapsed() >= Duration::from_millis(80));
    socket.set_nonblocking(true).unwrap();
    assert_eq!(socket.recv(&mut room::<8>()).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn connections_are_made_within_a_time_or_refused() {
    let listener = TcpListener::bind(HERE).unwrap();
    let to = SockAddr::from(listener.local_addr().unwrap());
    let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    client.connect_timeout(&to, Duration::from_secs(5)).unwrap();
    assert_eq!(client.peer_addr().unwrap().as_socket(), to.as_socket());
    let keepalive =
        TcpKeepalive::new().with_time(Duration::from_secs(9)).with_interval(Duration::from_secs(3));
    client.set_tcp_keepalive(&keepalive).unwrap();
    assert!(client.keepalive().unwrap());
    drop(listener);
    let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let refused = client.connect(&to).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn sockets_pass_between_this_crate_and_std() {
    let mut stream = {
        let listener = TcpListener::bind(HERE).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = Socket::from(listener.accept().unwrap().0);
        let clone = server.try_clone().unwrap();
        assert_ne!(clone.as_raw_socket(), server.as_raw_socket());
        drop(server);
        (&client).write_all(b"clone").unwrap();
        let mut buffer = room::<8>();
        assert_eq!(SockRef::from(&clone).recv(&mut buffer).unwrap(), 5);
        TcpStream::from(clone)
    };
    // The peer is gone.
    let mut buffer = room::<8>();
    assert_eq!(SockRef::from(&stream).recv(&mut buffer).unwrap(), 0);
    stream.flush().unwrap();
    let socket = UdpSocket::bind(HERE).unwrap();
    let raw = socket.into_raw_socket();
    drop(unsafe { Socket::from_raw_socket(raw) });
    let closed = unsafe { Socket::from_raw_socket(raw) };
    let error = closed.recv(&mut buffer).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(WSAENOTSOCK));
    std::mem::forget(closed);
}

#[test]
fn an_ipv6_socket_takes_ipv4_when_it_is_told_to() {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, None).unwrap();
    assert!(socket.only_v6().unwrap());
    socket.set_only_v6(false).unwrap();
    socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into()).unwrap();
    let sender = UdpSocket::bind(HERE).unwrap();
    sender.send_to(b"four", (Ipv4Addr::LOCALHOST, name(&socket).port())).unwrap();
    let mut buffer = room::<8>();
    let (received, from) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!(bytes(&buffer[..received]), b"four");
    let SocketAddr::V6(from) = from.as_socket().unwrap() else { panic!("{from:?}") };
    assert_eq!(from.ip().to_ipv4_mapped(), Some(Ipv4Addr::LOCALHOST));
}
