//! SOCK_DGRAM over AF_UNIX: whole messages without a connection.

use super::*;

/// A receiver with a name, and a sender without one that is connected to it.
fn pair() -> (SOCKET, SOCKET, Path) {
    let path = Path::new();
    let receiver = local(SOCK_DGRAM, UNIXPROTO_DATAGRAM);
    bind_local(receiver, &path);
    let sender = local(0, UNIXPROTO_DATAGRAM);
    connect_local(sender, &path);
    (receiver, sender, path)
}

#[test]
fn the_catalogue_has_them() {
    let _winsock = Winsock::start();
    let records = catalogue();
    let record = records.iter().find(|r| r.iProtocol == UNIXPROTO_DATAGRAM).unwrap();
    assert_eq!(record.dwServiceFlags1, MESSAGES | XP1_CONNECTIONLESS);
    assert_eq!((record.iAddressFamily, record.iSocketType), (AF_UNIX.into(), SOCK_DGRAM));
    let s = unsafe { WSASocketA(-1, -1, -1, record, 0, WSA_FLAG_OVERLAPPED) };
    assert_ne!(s, INVALID_SOCKET, "{}", last_error());
    assert_eq!(option(s, SO_TYPE), Ok(SOCK_DGRAM));
    close(s);
}

#[test]
fn a_message_that_does_not_fit_stays_whole() {
    let _winsock = Winsock::start();
    let (a, b, _path) = pair();
    send_all(b, b"abcdef");
    send_all(b, b"next");
    for _ in 0..2 {
        let overflow = Received { code: WSAEMSGSIZE, count: 4, flags: 0, bytes: b"abcd".to_vec() };
        assert_eq!(receive(a, &[3, 1], 0), overflow);
        assert_eq!(recv_into(a, 5), (SOCKET_ERROR, b"abcde".to_vec()));
        assert_eq!(last_error(), WSAEMSGSIZE);
        assert_eq!(receive_ex(a, 2).0, WSAEMSGSIZE);
    }
    assert_eq!(receive(a, &[6], 0), received(6, 0, b"abcdef"));
    assert_eq!(recv_bytes(a, 8), Ok(b"next".to_vec()));
    close(a);
    close(b);
}

#[test]
fn recvfrom_names_the_sender_of_a_message_that_stays_and_of_one_that_does_not() {
    let _winsock = Winsock::start();
    let (a, b, _path) = pair();
    let own = Path::new();
    let named = local(SOCK_DGRAM, UNIXPROTO_DATAGRAM);
    bind_local(named, &own);
    let to = _path.name();
    let sent = unsafe { sendto(named, b"hello".as_ptr(), 5, 0, (&raw const to).cast(), NAME) };
    assert_eq!(sent, 5, "{}", last_error());
    send_all(b, b"hello");
    for (room, result, path) in [(2, SOCKET_ERROR, &own.0[..]), (8, 5, &own.0[..]), (8, 5, "")] {
        let (mut bytes, mut from, mut len) = ([0; 8], Path::new().name(), NAME);
        let name = (&raw mut from).cast();
        assert_eq!(unsafe { recvfrom(a, bytes.as_mut_ptr(), room, 0, name, &mut len) }, result);
        let told: Vec<u8> = from.sun_path.iter().map(|&c| c as u8).take_while(|&c| c != 0).collect();
        assert_eq!((from.sun_family, &told[..]), (AF_UNIX, path.as_bytes()));
    }
    assert_eq!([a, b, named].map(close), [0; 3]);
}

#[test]
fn a_receiver_needs_a_name_and_a_sender_a_destination() {
    let _winsock = Winsock::start();
    let s = local(SOCK_DGRAM, UNIXPROTO_DATAGRAM);
    assert_eq!(recv_bytes(s, 4), Err(WSAEINVAL));
    assert_eq!(unsafe { send(s, b"x".as_ptr(), 1, 0) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAENOTCONN);
    assert_eq!(unsafe { listen(s, 1) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAEOPNOTSUPP);
    close(s);
}

/// Nobody there is this send's own failure: it is not kept for a receive, as UDP's is.
#[test]
fn a_send_to_nobody_fails_itself() {
    let _winsock = Winsock::start();
    let (a, b, path) = pair();
    close(a);
    assert_eq!(unsafe { send(b, b"x".as_ptr(), 1, 0) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAECONNRESET);
    let s = local(SOCK_DGRAM, UNIXPROTO_DATAGRAM);
    drop(path);
    let nowhere = Path::new();
    let to = nowhere.name();
    assert_eq!(unsafe { sendto(s, b"x".as_ptr(), 1, 0, (&raw const to).cast(), NAME) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAECONNRESET);
    close(b);
    close(s);
}

#[test]
fn select_fionread_peek_and_empty_messages() {
    let _winsock = Winsock::start();
    let (a, b, _path) = pair();
    assert!(!is_readable(a));
    send_all(b, b"");
    wait_readable(a);
    assert_eq!(receive(a, &[4], PEEK), received(0, 0, b""));
    assert_eq!(receive(a, &[4], 0), received(0, 0, b""));
    assert!(!is_readable(a));
    send_all(b, b"abc");
    assert_eq!(waiting(a), 3);
    assert_eq!(receive(a, &[4], PEEK), received(3, 0, b"abc"));
    assert_eq!(receive(a, &[0], 0).code, WSAEMSGSIZE);
    assert_eq!(receive(a, &[4], 0), received(3, 0, b"abc"));
    set_nonblocking(a, true);
    assert_eq!(receive(a, &[4], 0), failed(WSAEWOULDBLOCK, 0));
    close(a);
    close(b);
}

/// A queue without room makes a blocking send wait, and a nonblocking one say so: nothing is dropped.
#[test]
fn no_message_is_lost_for_want_of_room() {
    let _winsock = Winsock::start();
    let (a, b, _path) = pair();
    set_nonblocking(b, true);
    let mut sent = 0u32;
    while unsafe { send(b, sent.to_ne_bytes().as_ptr(), 4, 0) } == 4 {
        sent += 1;
    }
    assert_eq!(last_error(), WSAEWOULDBLOCK);
    set_nonblocking(b, false);
    set_option(b, SO_SNDTIMEO, 60);
    let began = Instant::now();
    assert_eq!(unsafe { send(b, sent.to_ne_bytes().as_ptr(), 4, 0) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAETIMEDOUT);
    assert!(began.elapsed() >= Duration::from_millis(60));
    let to = _path.name();
    let stranger = local(SOCK_DGRAM, UNIXPROTO_DATAGRAM);
    set_option(stranger, SO_SNDTIMEO, 60);
    assert_eq!(unsafe { sendto(stranger, b"x".as_ptr(), 1, 0, (&raw const to).cast(), NAME) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAETIMEDOUT);
    set_option(b, SO_SNDTIMEO, 0);
    let more = std::thread::spawn(move || send_all(b, &sent.to_ne_bytes()));
    for number in 0..=sent {
        assert_eq!(recv_bytes(a, 4), Ok(number.to_ne_bytes().to_vec()));
    }
    more.join().unwrap();
    assert_eq!([a, b, stranger].map(close), [0; 3]);
}

#[test]
fn close_wakes_a_blocked_receive() {
    let _winsock = Winsock::start();
    let (a, b, _path) = pair();
    assert_eq!(close_under(a, move || receive(a, &[4], 0).code), WSAEINTR);
    close(b);
}

#[test]
fn part_of_a_message_cannot_be_sent() {
    let _winsock = Winsock::start();
    let (a, b, _path) = pair();
    assert_eq!(unsafe { send(b, b"x".as_ptr(), 1, PART) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAEOPNOTSUPP);
    close(a);
    close(b);
}

/// WSARecvMsg has MSG_TRUNC to say that a message did not fit; the message stays all the same.
#[test]
fn WSARecvMsg_leaves_a_message_that_does_not_fit() {
    let _winsock = Winsock::start();
    let (a, b, _path) = pair();
    let (id, mut function, mut size): (_, LPFN_WSARECVMSG, _) = (WSAID_WSARECVMSG, None, 0);
    let (code, from, to) =
        (SIO_GET_EXTENSION_FUNCTION_POINTER, (&raw const id).cast(), (&raw mut function).cast());
    let word = size_of::<usize>() as u32;
    assert_eq!(unsafe { WSAIoctl(a, code, from, 16, to, word, &mut size, null_mut(), None) }, 0);
    send_all(b, b"abcdef");
    for (room, result, flags, text) in [(4, SOCKET_ERROR, MSG_TRUNC, &b"abcd"[..]), (8, 0, 0, b"abcdef")] {
        let mut bytes = [0u8; 8];
        let mut buffer = WSABUF { len: room, buf: bytes.as_mut_ptr() };
        let (mut name, mut count) = (Path::new().name(), UNTOUCHED);
        let mut message = WSAMSG {
            name: (&raw mut name).cast(),
            namelen: NAME,
            lpBuffers: &mut buffer,
            dwBufferCount: 1,
            ..WSAMSG::default()
        };
        assert_eq!(unsafe { function.unwrap()(a, &mut message, &mut count, null_mut(), None) }, result);
        assert!(result == 0 || last_error() == WSAEMSGSIZE);
        assert_eq!((&bytes[..count as usize], message.dwFlags, name.sun_family), (text, flags, AF_UNIX));
    }
    close(a);
    close(b);
}
