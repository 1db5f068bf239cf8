//! miow's overlapped receives: pending, at once, failing; accepting and connecting; many packets at a time.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle, OwnedSocket};
use std::time::Duration;

use miow::Overlapped;
use miow::iocp::{CompletionPort, CompletionStatus};
use miow::net::{AcceptAddrsBuf, SocketAddrBuf, TcpListenerExt, TcpStreamExt, UdpSocketExt};
use socket2::{Domain, Socket, Type};
use windows_sys::Win32::Foundation::{
    ERROR_CONNECTION_ABORTED, ERROR_CONNECTION_REFUSED, ERROR_MORE_DATA, ERROR_NETNAME_DELETED,
    ERROR_OPERATION_ABORTED, WAIT_OBJECT_0, WAIT_TIMEOUT,
};
use windows_sys::Win32::System::IO::{CancelIoEx, OVERLAPPED};
use windows_sys::Win32::System::Threading::WaitForSingleObject;

const BOTH: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
const SOON: Option<Duration> = Some(Duration::from_secs(5));

fn port() -> CompletionPort {
    CompletionPort::new(1).unwrap()
}

fn pair(ip: IpAddr) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((ip, 0)).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

fn told(port: &CompletionPort) -> (u32, usize, *mut OVERLAPPED) {
    let status = port.get(SOON).unwrap();
    (status.bytes_transferred(), status.token(), status.overlapped())
}

fn failure(port: &CompletionPort) -> u32 {
    port.get(SOON).unwrap_err().raw_os_error().unwrap() as u32
}

#[test]
fn a_receive_that_pends_ends_with_a_packet_when_something_comes() {
    for ip in BOTH {
        let (client, mut server) = pair(ip);
        let (port, overlapped, mut bytes) = (port(), Overlapped::zero(), [0; 16]);
        port.add_socket(7, &client).unwrap();
        unsafe { assert_eq!(client.read_overlapped(&mut bytes, overlapped.raw()).unwrap(), None) };
        let early = port.get(Some(Duration::ZERO)).unwrap_err();
        assert_eq!(early.raw_os_error(), Some(WAIT_TIMEOUT as i32));
        server.write_all(b"at last").unwrap();
        assert_eq!(told(&port), (7, 7, overlapped.raw()));
        assert_eq!(&bytes[..7], b"at last");
        unsafe { assert_eq!(client.result(overlapped.raw()).unwrap(), (7, 0)) };
    }
}

#[test]
fn a_receive_that_ends_at_once_gives_a_packet_as_well() {
    for ip in BOTH {
        let (client, mut server) = pair(ip);
        let (port, overlapped, mut bytes) = (port(), Overlapped::zero(), [0; 16]);
        port.add_socket(8, &client).unwrap();
        server.write_all(b"there").unwrap();
        client.peek(&mut bytes).unwrap();
        unsafe { assert_eq!(client.read_overlapped(&mut bytes, overlapped.raw()).unwrap(), Some(5)) };
        assert_eq!(told(&port), (5, 8, overlapped.raw()));
        drop(server);
        client.peek(&mut bytes).unwrap();
        unsafe { assert_eq!(client.read_overlapped(&mut bytes, overlapped.raw()).unwrap(), Some(0)) };
        assert_eq!(told(&port), (0, 8, overlapped.raw()), "the end");
    }
}

#[test]
fn datagrams_come_with_their_senders_and_too_long_ones_with_an_error() {
    for ip in BOTH {
        let (sender, receiver) = (UdpSocket::bind((ip, 0)).unwrap(), UdpSocket::bind((ip, 0)).unwrap());
        let to = receiver.local_addr().unwrap();
        let (port, overlapped, mut from, mut bytes) =
            (port(), Overlapped::zero(), SocketAddrBuf::new(), [0; 8]);
        port.add_socket(9, &receiver).unwrap();
        let mut begin = |bytes: &mut [u8]| unsafe {
            receiver.recv_from_overlapped(bytes, &mut from, overlapped.raw()).unwrap()
        };
        assert_eq!(begin(&mut bytes), None);
        sender.send_to(b"pending", to).unwrap();
        assert_eq!(told(&port), (7, 9, overlapped.raw()));
        assert_eq!(begin(&mut bytes), None);
        sender.send_to(b"longer than the buffer", to).unwrap();
        assert_eq!(failure(&port), ERROR_MORE_DATA);
        assert_eq!(&bytes, b"longer t");
        assert_eq!(from.to_socket_addr(), Some(sender.local_addr().unwrap()));
        unsafe { assert!(receiver.result(overlapped.raw()).is_err()) };
    }
}

/// What one thread gets, and what another one does for it a while after it has begun: who does not wait fails.
fn waits<T: Send + 'static, U>(gets: impl FnOnce() -> T + Send + 'static, does: impl FnOnce() -> U) -> (T, U) {
    let (tell, told) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        tell.send(()).unwrap();
        gets()
    });
    told.recv().unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let done = does();
    (thread.join().unwrap(), done)
}

#[test]
fn a_connection_is_accepted_with_both_names_and_made() {
    for ip in BOTH {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let to = listener.local_addr().unwrap();
        let (port, accepting, connecting) = (port(), Overlapped::zero(), Overlapped::zero());
        let fresh = || Socket::new(Domain::for_address(to), Type::STREAM, None).unwrap();
        let (server, client) = (TcpStream::from(fresh()), fresh());
        client.bind(&SocketAddr::from((ip, 0)).into()).unwrap();
        let client = TcpStream::from(client);
        port.add_socket(1, &listener).unwrap();
        port.add_socket(2, &client).unwrap();
        let mut names = AcceptAddrsBuf::new();
        unsafe {
            assert!(!listener.accept_overlapped(&server, &mut names, accepting.raw()).unwrap());
            client.connect_overlapped(&to, b"hello", connecting.raw()).unwrap();
        }
        let mut packets = [told(&port), told(&port)];
        packets.sort_by_key(|packet| packet.1);
        assert_eq!(packets, [(0, 1, accepting.raw()), (5, 2, connecting.raw())]);
        listener.accept_complete(&server).unwrap();
        client.connect_complete().unwrap();
        let names = names.parse(&listener).unwrap();
        assert_eq!((names.local(), names.remote()), (Some(to), Some(client.local_addr().unwrap())));
        // Blocking sockets of std from here on, which wait.
        let (mut server, mut client) = (server, client);
        let late = waits(move || listener.accept(), || TcpStream::connect(to).unwrap());
        assert_eq!(late.0.unwrap().1, late.1.local_addr().unwrap());
        let mut reader = client.try_clone().unwrap();
        let late = waits(move || reader.read(&mut [0; 8]), || server.write(b"late").unwrap());
        assert_eq!((late.0.unwrap(), late.1), (4, 4));
        let mut bytes = [0; 5];
        server.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"hello");
        server.write_all(b"there").unwrap();
        client.read_exact(&mut bytes).unwrap();
        assert_eq!((&bytes, client.peer_addr().unwrap()), (b"there", to));
    }
}

#[test]
fn a_connect_to_a_port_that_nobody_has_is_refused() {
    let to = TcpListener::bind((BOTH[0], 0)).unwrap().local_addr().unwrap();
    let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    client.bind(&SocketAddr::from((BOTH[0], 0)).into()).unwrap();
    let (client, port, overlapped) = (TcpStream::from(client), port(), Overlapped::zero());
    port.add_socket(1, &client).unwrap();
    unsafe { client.connect_overlapped(&to, &[], overlapped.raw()).unwrap() };
    assert_eq!(failure(&port), ERROR_CONNECTION_REFUSED);
}

#[test]
fn what_pends_ends_when_it_is_cancelled_or_its_socket_closed_or_reset() {
    let (client, server) = pair(BOTH[0]);
    let (port, overlapped, mut bytes) = (port(), Overlapped::zero(), [0; 16]);
    port.add_socket(1, &client).unwrap();
    let mut begin = || unsafe {
        assert_eq!(client.read_overlapped(&mut bytes, overlapped.raw()).unwrap(), None);
    };
    begin();
    let number = std::os::windows::io::AsRawSocket::as_raw_socket(&client);
    assert_eq!(unsafe { CancelIoEx(number as _, overlapped.raw()) }, 1);
    assert_eq!(failure(&port), ERROR_OPERATION_ABORTED);
    begin();
    let server = Socket::from(server);
    server.set_linger(Some(Duration::ZERO)).unwrap();
    drop(server);
    assert_eq!(failure(&port), ERROR_NETNAME_DELETED);
    let (client, _server) = pair(BOTH[0]);
    port.add_socket(2, &client).unwrap();
    let (overlapped, mut bytes) = (Overlapped::zero(), [0; 16]);
    unsafe { assert_eq!(client.read_overlapped(&mut bytes, overlapped.raw()).unwrap(), None) };
    drop(OwnedSocket::from(client));
    assert_eq!(failure(&port), ERROR_CONNECTION_ABORTED);
}

#[test]
fn many_packets_come_at_a_time() {
    let port = port();
    let pairs: Vec<_> = (0..5).map(|_| pair(BOTH[0])).collect();
    let mut receives: Vec<_> = (0..5).map(|_| (Overlapped::zero(), [0u8; 8])).collect();
    for (token, ((client, server), receive)) in pairs.iter().zip(&mut receives).enumerate() {
        port.add_socket(token, client).unwrap();
        unsafe { client.read_overlapped(&mut receive.1, receive.0.raw()).unwrap() };
        (&*server).write_all(&[token as u8 + 1]).unwrap();
    }
    let (mut statuses, mut tokens) = ([CompletionStatus::zero(); 8], Vec::new());
    while tokens.len() < 5 {
        let got = port.get_many(&mut statuses, SOON).unwrap();
        tokens.extend(got.iter().map(|status| status.token()));
    }
    tokens.sort();
    assert_eq!(tokens, [0, 1, 2, 3, 4]);
    assert!(receives.iter().zip(1..).all(|(receive, byte)| receive.1[0] == byte));
}

#[test]
fn an_event_tells_of_the_end_where_there_is_no_port() {
    let (client, mut server) = pair(BOTH[0]);
    let overlapped = Overlapped::initialize_with_autoreset_event().unwrap();
    let event = unsafe { OwnedHandle::from_raw_handle(overlapped.event()) };
    let mut bytes = [0; 8];
    unsafe {
        assert_eq!(client.read_overlapped(&mut bytes, overlapped.raw()).unwrap(), None);
        assert_eq!(WaitForSingleObject(event.as_raw_handle(), 0), WAIT_TIMEOUT);
        server.write_all(b"event").unwrap();
        assert_eq!(WaitForSingleObject(event.as_raw_handle(), 5000), WAIT_OBJECT_0);
        assert_eq!(client.result(overlapped.raw()).unwrap().0, 5);
    }
}
