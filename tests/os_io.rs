//! Rust's own sockets, and Winsock's functions on them: who owns, who closes, what each side learns of the other.
#![allow(non_snake_case)]

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::ptr::null_mut;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openws2::Win32::Foundation::{
    ERROR_INVALID_HANDLE, ERROR_IO_PENDING, GetLastError, INVALID_HANDLE_VALUE, WAIT_OBJECT_0,
};
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::{CreateIoCompletionPort, GetQueuedCompletionStatus, OVERLAPPED};
use openws2::Win32::System::Threading::{CreateEventW, SetEvent, WaitForSingleObject};
use openws2::net;
use openws2::os::windows::io::{
    AsHandle, AsRawHandle, AsRawSocket, AsSocket, BorrowedSocket, FromRawHandle, FromRawSocket,
    HandleOrInvalid, HandleOrNull, IntoRawHandle, IntoRawSocket, OwnedHandle, OwnedSocket, RawSocket,
};

#[path = "os_io/closed.rs"]
mod closed;
#[path = "os_io/shared.rs"]
mod shared;
#[cfg(target_os = "linux")]
#[path = "os_io/told_apart.rs"]
mod told_apart;
mod util;
use util::{last_error, recv_bytes, recv_into, send_all};

const HERE: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

fn udp() -> UdpSocket {
    UdpSocket::bind(HERE).unwrap()
}

fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(HERE).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

fn raw(socket: &impl AsRawSocket) -> SOCKET {
    socket.as_raw_socket() as SOCKET
}

fn integer(s: SOCKET, option: i32) -> i32 {
    let (mut value, mut length) = (-1, 4);
    assert_eq!(unsafe { getsockopt(s, SOL_SOCKET, option, (&raw mut value).cast(), &mut length) }, 0);
    value
}

/// An address of the host's that a Winsock socket is bound to.
fn address(s: SOCKET) -> SocketAddr {
    let (mut name, mut length) = (SOCKADDR_IN::default(), size_of::<SOCKADDR_IN>() as i32);
    assert_eq!(unsafe { getsockname(s, (&raw mut name).cast(), &mut length) }, 0);
    (Ipv4Addr::from(u32::from_be(unsafe { name.sin_addr.S_un.S_addr })), u16::from_be(name.sin_port)).into()
}

/// Makes std sockets until one has this number, which is free.
fn again<T: AsRawFd>(number: SOCKET, make: impl Fn() -> T) -> T {
    let mut others = Vec::new();
    loop {
        let made = make();
        if made.as_raw_fd() as SOCKET == number {
            return made;
        }
        others.push(made);
        assert!(others.len() < 1000, "somebody else has the number");
    }
}

/// Tests that close a number and want it back.
static NUMBERS: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn numbers() -> std::sync::MutexGuard<'static, ()> {
    NUMBERS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Nothing in this file calls WSAStartup but this, after the fact.
#[test]
fn a_conversion_starts_winsock_and_the_programs_last_cleanup_does_not_end_it() {
    let _numbers = numbers();
    let (socket, peer) = (udp(), udp());
    assert_eq!(peer.send_to(b"one", socket.local_addr().unwrap()).unwrap(), 3);
    assert_eq!(recv_bytes(raw(&socket), 8), Ok(b"one".to_vec()));
    let made = unsafe { WSASocketW(2, SOCK_DGRAM, 0, null_mut(), 0, WSA_FLAG_OVERLAPPED) };
    assert_ne!(made, INVALID_SOCKET);
    let mut data = WSADATA::default();
    unsafe {
        assert_eq!((WSAStartup(0x0202, &mut data), WSACleanup()), (0, 0));
        assert_eq!(closesocket(made), 0, "{}", last_error());
    }
}

#[test]
fn a_socket_that_std_has_closed_leaves_nothing_to_the_next_one_of_its_number() {
    let _numbers = numbers();
    let (client, server) = tcp();
    let number = raw(&client);
    // What is known of it: a connected stream, closed for receives.
    assert_eq!(unsafe { shutdown(number, SD_RECEIVE) }, 0);
    assert_eq!((recv_into(number, 8).0, last_error()), (SOCKET_ERROR, WSAESHUTDOWN));
    drop((client, server));
    let socket = again(number, udp);
    assert_eq!(raw(&socket), number);
    let peer = udp();
    peer.send_to(b"datagram", socket.local_addr().unwrap()).unwrap();
    assert_eq!(recv_into(number, 4).0, SOCKET_ERROR);
    assert_eq!(last_error(), WSAEMSGSIZE, "a datagram socket, no stream");
}

#[test]
fn a_socket_of_winsocks_own_with_the_number_of_one_that_std_closed_is_new() {
    let _numbers = numbers();
    let socket = udp();
    let number = raw(&socket);
    let mut on = 1;
    unsafe {
        assert_eq!(ioctlsocket(number, FIONBIO, &mut on), 0);
        drop(socket);
        let mut others = Vec::new();
        let made = loop {
            let made = WSASocketW(2, SOCK_STREAM, 0, null_mut(), 0, WSA_FLAG_OVERLAPPED);
            assert_ne!(made, INVALID_SOCKET);
            if made == number {
                break made;
            }
            others.push(made);
        };
        let name = util::loopback(0);
        assert_eq!(bind(made, (&raw const name).cast(), size_of_val(&name) as i32), 0);
        assert_eq!(listen(made, 1), 0);
        let client = TcpStream::connect(address(made)).unwrap();
        // It would be WSAEWOULDBLOCK, had it been left from before, and the connection not there yet.
        let server = accept(made, null_mut(), null_mut());
        assert_ne!(server, INVALID_SOCKET, "{}", last_error());
        drop(client);
        others.extend([made, server]);
        others.into_iter().for_each(|s| assert_eq!(closesocket(s), 0));
    }
}

struct Receive {
    overlapped: OVERLAPPED,
    bytes: [u8; 16],
}

fn begin(s: SOCKET, receive: &mut Receive) {
    let (buffer, mut flags) = (WSABUF { len: 16, buf: receive.bytes.as_mut_ptr() }, 0);
    let begun = unsafe { WSARecv(s, &buffer, 1, null_mut(), &mut flags, &mut receive.overlapped, None) };
    assert_eq!((begun, last_error()), (SOCKET_ERROR, WSA_IO_PENDING));
}

fn stream() -> SOCKET {
    let made = unsafe { WSASocketW(2, SOCK_STREAM, 0, null_mut(), 0, WSA_FLAG_OVERLAPPED) };
    assert_ne!(made, INVALID_SOCKET, "{}", last_error());
    made
}

/// AcceptEx on a listener of std, for this number. Keeps what it writes to.
fn accept_into(listener: &TcpListener, number: SOCKET) -> Box<(OVERLAPPED, [u8; 64])> {
    let mut pending = Box::new((OVERLAPPED::default(), [0; 64]));
    let (mut count, names) = (0, pending.1.as_mut_ptr().cast());
    let begun = unsafe { AcceptEx(raw(listener), number, names, 0, 32, 32, &mut count, &mut pending.0) };
    assert_eq!((begun, last_error()), (0, ERROR_IO_PENDING as i32));
    pending
}

fn receive() -> Box<Receive> {
    Box::new(Receive { overlapped: OVERLAPPED::default(), bytes: [0; 16] })
}

/// What a port tells: the count, and the error of an operation that failed.
fn packet(port: &OwnedHandle) -> Result<u32, u32> {
    let (mut count, mut key, mut done) = (0, 0, null_mut());
    let told =
        unsafe { GetQueuedCompletionStatus(port.as_raw_handle(), &mut count, &mut key, &mut done, 5000) };
    let error = unsafe { GetLastError() };
    assert!(!done.is_null(), "nothing came: {error}");
    if told == 0 { Err(error) } else { Ok(count) }
}

fn port_for(s: SOCKET) -> OwnedHandle {
    unsafe {
        let port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, null_mut(), 0, 0);
        assert_eq!(CreateIoCompletionPort(s as _, port, 7, 0), port);
        OwnedHandle::from_raw_handle(port)
    }
}

/// std closes without a word: what pends ends when the number is met again, and takes nothing of its next socket's.
#[test]
fn what_pends_on_a_socket_that_std_closes_ends_when_the_number_is_met_again() {
    let _numbers = numbers();
    for by_winsock in [false, true] {
        let (client, _server) = tcp();
        let number = raw(&client);
        let port = port_for(number);
        let mut pending = receive();
        begin(number, &mut pending);
        drop(client);
        if by_winsock {
            let mut made = Vec::new();
            while made.last() != Some(&number) {
                made.push(unsafe { socket(2, SOCK_DGRAM, 0) });
            }
            assert_eq!(packet(&port), Err(1236), "ERROR_CONNECTION_ABORTED");
            made.into_iter().for_each(|s| assert_eq!(unsafe { closesocket(s) }, 0));
        } else {
            let next = again(number, udp);
            udp().send_to(b"theirs", next.local_addr().unwrap()).unwrap();
            let _ = next.as_socket();
            assert_eq!(packet(&port), Err(1236), "ERROR_CONNECTION_ABORTED");
            assert_eq!((recv_bytes(number, 8), pending.bytes), (Ok(b"theirs".to_vec()), [0; 16]));
        }
    }
}

#[test]
fn what_pends_on_a_socket_that_std_closes_ends_soon_for_who_waits() {
    let _numbers = numbers();
    let (client, _server) = tcp();
    let port = port_for(raw(&client));
    let mut pending = receive();
    begin(raw(&client), &mut pending);
    let waits = std::thread::spawn(move || packet(&port));
    drop(client);
    assert_eq!(waits.join().unwrap(), Err(1236), "ERROR_CONNECTION_ABORTED");
    // Also of one that Winsock has made, and handed over while something pended.
    let made = unsafe { WSASocketW(2, SOCK_DGRAM, 0, null_mut(), 0, WSA_FLAG_OVERLAPPED) };
    let name = util::loopback(0);
    assert_eq!(unsafe { bind(made, (&raw const name).cast(), size_of_val(&name) as i32) }, 0);
    let port = port_for(made);
    begin(made, &mut pending);
    drop(unsafe { UdpSocket::from_raw_socket(made as _) });
    assert_eq!(packet(&port), Err(995), "ERROR_OPERATION_ABORTED");
}

#[test]
fn an_owned_socket_is_closed_by_closesocket_which_ends_what_pends() {
    let _numbers = numbers();
    let (client, mut server) = tcp();
    let owned = OwnedSocket::from(client);
    let number = raw(&owned);
    let port = port_for(number);
    let mut pending = receive();
    begin(number, &mut pending);
    drop(owned);
    assert_eq!(packet(&port), Err(1236), "ERROR_CONNECTION_ABORTED");
    assert_eq!(server.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!((unsafe { closesocket(number) }, last_error()), (SOCKET_ERROR, WSAENOTSOCK));
}

#[test]
fn a_winsock_socket_becomes_a_stream_of_std_which_closes_it() {
    let _numbers = numbers();
    let (mut client, server) = tcp();
    let made = unsafe { WSASocketW(2, SOCK_STREAM, 0, null_mut(), 0, WSA_FLAG_OVERLAPPED) };
    let owned = unsafe { OwnedSocket::from_raw_socket(made as _) };
    let listener = TcpListener::bind(HERE).unwrap();
    let port = listener.local_addr().unwrap().port();
    let name = util::loopback(port);
    unsafe {
        let milliseconds = 120;
        let value = (&raw const milliseconds).cast();
        assert_eq!(setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, value, 4), 0);
        assert_eq!(connect(made, (&raw const name).cast(), size_of_val(&name) as i32), 0);
    }
    let mut stream = TcpStream::from(owned);
    let mut accepted = listener.accept().unwrap().0;
    // The host's calls wait as the SOCKET was to.
    assert_eq!(stream.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    accepted.write_all(b"over std").unwrap();
    let mut bytes = [0; 8];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"over std");
    drop(stream);
    assert_eq!(accepted.read(&mut bytes).unwrap(), 0, "closed");
    // Nothing stays: the number's next socket is a new one, which takes no timeout over.
    let next = again(made, udp);
    assert_eq!(integer(raw(&next), SO_RCVTIMEO), 0);
    assert_eq!(integer(raw(&next), SO_TYPE), SOCK_DGRAM);
    client.write_all(b"x").unwrap();
    drop((client, server));
}

#[test]
fn what_is_set_on_the_type_of_std_holds_for_winsock_and_the_other_way_round() {
    let _numbers = numbers();
    let socket = udp();
    let s = raw(&socket);
    assert_eq!(integer(s, SO_RCVTIMEO), 0);
    for wait in [60, 90] {
        socket.set_read_timeout(Some(Duration::from_millis(wait))).unwrap();
        let began = Instant::now();
        assert_eq!((recv_into(raw(&socket), 8).0, last_error()), (SOCKET_ERROR, WSAETIMEDOUT));
        assert!(began.elapsed() >= Duration::from_millis(wait), "{:?}", began.elapsed());
    }
    socket.set_nonblocking(true).unwrap();
    assert_eq!((recv_into(raw(&socket), 8).0, last_error()), (SOCKET_ERROR, WSAEWOULDBLOCK));
    socket.set_nonblocking(false).unwrap();
    assert_eq!((recv_into(raw(&socket), 8).0, last_error()), (SOCKET_ERROR, WSAETIMEDOUT));
    let milliseconds = 130;
    unsafe { setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (&raw const milliseconds).cast(), 4) };
    assert_eq!(integer(raw(&socket), SO_RCVTIMEO), milliseconds);
    let told = socket.read_timeout().unwrap().unwrap();
    assert!(told >= Duration::from_millis(130) && told < Duration::from_millis(141), "{told:?}");
    assert_eq!(socket.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    let mut on = 1;
    unsafe { ioctlsocket(s, FIONBIO, &mut on) };
    let began = Instant::now();
    assert_eq!(socket.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert!(began.elapsed() < Duration::from_millis(100));
}

#[test]
fn a_timeout_that_is_set_by_winsock_leaves_the_other_one_as_std_has_set_it() {
    let _numbers = numbers();
    let socket = udp();
    let s = raw(&socket);
    assert_eq!(integer(s, SO_RCVTIMEO), 0);
    let set = |option, milliseconds: i32| unsafe {
        assert_eq!(setsockopt(s, SOL_SOCKET, option, (&raw const milliseconds).cast(), 4), 0);
    };
    socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    set(SO_SNDTIMEO, 200);
    assert_eq!(socket.read_timeout().unwrap(), Some(Duration::from_millis(300)));
    socket.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    set(SO_RCVTIMEO, 100);
    assert_eq!(socket.write_timeout().unwrap(), Some(Duration::from_millis(500)));
}

#[test]
fn a_clone_is_another_socket_for_the_same_object() {
    let _numbers = numbers();
    let (client, mut server) = tcp();
    let owned = OwnedSocket::from(client);
    let clone = owned.try_clone().unwrap();
    assert_ne!(raw(&owned), raw(&clone));
    drop(owned);
    server.write_all(b"still").unwrap();
    assert_eq!(recv_bytes(raw(&clone), 8), Ok(b"still".to_vec()));
    let borrowed = clone.as_socket();
    let third = borrowed.try_clone_to_owned().unwrap();
    drop(clone);
    send_all(raw(&third), b"back");
    let mut bytes = [0; 4];
    server.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"back");
    drop(third);
    assert_eq!(server.read(&mut bytes).unwrap(), 0);
    let closed = unsafe { BorrowedSocket::borrow_raw(0x1f_fffe) };
    assert!(closed.try_clone_to_owned().is_err());
}

#[test]
fn mio_and_the_sockets_of_unix_convert_too() {
    let _numbers = numbers();
    let receiver = mio::net::UdpSocket::bind(SocketAddr::from(HERE)).unwrap();
    assert_eq!((recv_into(raw(&receiver), 8).0, last_error()), (SOCKET_ERROR, WSAEWOULDBLOCK));
    udp().send_to(b"mio", receiver.local_addr().unwrap()).unwrap();
    assert_eq!(recv_bytes(raw(&receiver), 8), Ok(b"mio".to_vec()));
    let owned = OwnedSocket::from(receiver);
    let receiver = mio::net::UdpSocket::from(owned);
    udp().send_to(b"again", receiver.local_addr().unwrap()).unwrap();
    assert_eq!(receiver.recv(&mut [0; 8]).unwrap(), 5);
    let (mut left, right) = std::os::unix::net::UnixStream::pair().unwrap();
    left.write_all(b"unix").unwrap();
    assert_eq!(recv_bytes(raw(&right), 8), Ok(b"unix".to_vec()));
    let number = right.into_raw_socket();
    assert_eq!(unsafe { closesocket(number as SOCKET) }, 0);
    assert_eq!(left.read(&mut [0; 1]).unwrap(), 0);
}

#[test]
fn what_points_to_a_socket_or_a_handle_lends_it() {
    let _numbers = numbers();
    fn number(lender: impl AsSocket) -> RawSocket {
        lender.as_socket().as_raw_socket()
    }
    let mut owned = OwnedSocket::from(udp());
    let expected = owned.as_raw_socket();
    assert_eq!(
        (number(&owned), number(&mut owned), number(owned.as_socket())),
        (expected, expected, expected)
    );
    let owned = Box::new(owned);
    assert_eq!(number(&owned), expected);
    assert_eq!(number(owned), expected);
    let shared = (Rc::new(udp()), Arc::new(udp()));
    assert_eq!(number(shared.0.clone()), shared.0.as_raw_socket());
    assert_eq!(number(shared.1.clone()), shared.1.as_raw_socket());
    let event = event();
    assert_eq!(Arc::new(&event).as_handle().as_raw_handle(), event.as_raw_handle());
}

fn event() -> OwnedHandle {
    let made = unsafe { HandleOrNull::from_raw_handle(CreateEventW(null_mut(), 1, 0, null_mut())) };
    OwnedHandle::try_from(made).unwrap()
}

#[test]
fn an_owned_handle_is_closed_by_close_handle_and_its_clone_lives_on() {
    let event = event();
    let clone = event.try_clone().unwrap();
    let number = event.as_raw_handle();
    assert_eq!(unsafe { SetEvent(number) }, 1);
    drop(event);
    assert_eq!((unsafe { SetEvent(number) }, unsafe { GetLastError() }), (0, ERROR_INVALID_HANDLE));
    assert_eq!(unsafe { WaitForSingleObject(clone.as_raw_handle(), 0) }, WAIT_OBJECT_0);
    let number = clone.into_raw_handle();
    drop(unsafe { HandleOrNull::from_raw_handle(number) });
    assert_eq!(unsafe { SetEvent(number) }, 0, "what nobody took is closed");
    unsafe {
        assert!(OwnedHandle::try_from(HandleOrNull::from_raw_handle(null_mut())).is_err());
        assert!(OwnedHandle::try_from(HandleOrInvalid::from_raw_handle(INVALID_HANDLE_VALUE)).is_err());
        assert!(OwnedHandle::from_raw_handle(null_mut()).try_clone().unwrap().as_raw_handle().is_null());
        assert!(OwnedHandle::from_raw_handle(0x0fff_0000 as _).try_clone().is_err());
    }
}

#[test]
#[should_panic(expected = "INVALID")]
fn an_invalid_socket_is_none() {
    drop(unsafe { OwnedSocket::from_raw_socket(INVALID_SOCKET as _) });
}

/// A number that the host has given again while the closesocket of its last owner is not back yet.
#[test]
fn a_number_that_was_just_closed_is_met_as_what_it_is_now() {
    const ROUNDS: usize = 3000;
    let over = std::sync::atomic::AtomicBool::new(false);
    drop(OwnedSocket::from(udp())); // starts Winsock
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(std::sync::atomic::Ordering::Relaxed) {
                    let socket = net::Socket::udp(net::Family::INET).unwrap();
                    socket.bind(HERE.into()).unwrap();
                    let receive = socket.start_recv(Vec::with_capacity(8), net::RecvFlags::NONE).unwrap();
                    assert_eq!(socket.close(), Ok(()));
                    drop(receive);
                }
            });
        }
        let met: Vec<_> = (0..ROUNDS).map(|_| udp()).map(|own| integer_of(raw(&own), SO_TYPE)).collect();
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(met.iter().filter(|answer| **answer != Some(SOCK_DGRAM)).count(), 0);
    });
}

/// What an option is, or None if there is no such socket.
fn integer_of(s: SOCKET, option: i32) -> Option<i32> {
    let (mut value, mut length) = (0i32, 4);
    let asked = unsafe { getsockopt(s, SOL_SOCKET, option, (&raw mut value).cast(), &mut length) };
    (asked == 0).then_some(value)
}
