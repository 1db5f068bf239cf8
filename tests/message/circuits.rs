//! SOCK_SEQPACKET over AF_UNIX: messages over a connection, in parts or whole.

use super::*;

const BOTH: [i32; 2] = [UNIXPROTO_PARTS, UNIXPROTO_WHOLE];

/// Who connected, who accepted.
#[track_caller]
fn pair(protocol: i32) -> (SOCKET, SOCKET) {
    let path = Path::new();
    let listener = local(SOCK_SEQPACKET, protocol);
    bind_local(listener, &path);
    assert_eq!(unsafe { listen(listener, 5) }, 0, "{}", last_error());
    let client = local(SOCK_SEQPACKET, protocol);
    connect_local(client, &path);
    let server = unsafe { accept(listener, null_mut(), null_mut()) };
    assert_ne!(server, INVALID_SOCKET, "{}", last_error());
    close(listener);
    (client, server)
}

fn closed(a: SOCKET, b: SOCKET) {
    assert_eq!((close(a), close(b)), (0, 0));
}

#[test]
fn the_catalogue_has_both_and_the_sockets_tell_which_they_are() {
    let _winsock = Winsock::start();
    let records = catalogue();
    for (protocol, more) in [(UNIXPROTO_PARTS, XP1_PARTIAL_MESSAGE), (UNIXPROTO_WHOLE, 0)] {
        let record = records.iter().find(|r| r.iProtocol == protocol).unwrap();
        assert_eq!(record.dwServiceFlags1, MESSAGES | XP1_GRACEFUL_CLOSE | more);
        assert_eq!((record.iAddressFamily, record.iSocketType), (AF_UNIX.into(), SOCK_SEQPACKET));
        for numbers in [(-1, -1, -1), (0, 0, 0), (i32::from(AF_UNIX), SOCK_SEQPACKET, 0)] {
            let s = unsafe { WSASocketA(numbers.0, numbers.1, numbers.2, record, 0, 0) };
            assert_ne!(s, INVALID_SOCKET, "{}", last_error());
            let (mut own, mut len) = (WSAPROTOCOL_INFOA::default(), size_of::<WSAPROTOCOL_INFOA>() as i32);
            let to = (&raw mut own).cast();
            assert_eq!(unsafe { getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, to, &mut len) }, 0);
            assert_eq!(own.dwCatalogEntryId, record.dwCatalogEntryId);
            assert_eq!(option(s, SO_TYPE), Ok(SOCK_SEQPACKET));
            close(s);
        }
    }
}

#[test]
fn a_long_message_comes_in_parts_and_the_last_one_is_not_marked() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    send_all(b, b"abcdefghij");
    send_all(b, b"next");
    assert_eq!(receive(a, &[3, 1], 0), received(4, MSG_PARTIAL, b"abcd"));
    assert_eq!(receive(a, &[4], 0), received(4, MSG_PARTIAL, b"efgh"));
    assert_eq!(receive(a, &[4], 0), received(2, 0, b"ij"));
    assert_eq!(receive(a, &[4], 0), received(4, 0, b"next"));
    closed(a, b);
}

/// A part that ends where the message does is the last one, though it fills the buffer.
#[test]
fn a_rest_that_fits_exactly_is_the_last_part() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    send_all(b, b"abcdef");
    assert_eq!(receive(a, &[3], 0), received(3, MSG_PARTIAL, b"abc"));
    assert_eq!(receive(a, &[3], 0), received(3, 0, b"def"));
    assert!(!is_readable(a));
    closed(a, b);
}

/// The recv page: an error for the part, and the next call gets the next part.
#[test]
fn recv_tells_a_part_by_an_error_and_goes_on_with_the_next() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    send_all(b, b"abcdefghij");
    for part in [b"abcd", b"efgh"] {
        assert_eq!(recv_into(a, 4), (SOCKET_ERROR, part.to_vec()));
        assert_eq!(last_error(), WSAEMSGSIZE);
    }
    assert_eq!(recv_bytes(a, 4), Ok(b"ij".to_vec()));
    closed(a, b);
}

/// The third row of the table: with MSG_PARTIAL the receive acts as on a byte stream, where a part is
/// no error; but it does not run into the next message.
#[test]
fn recv_with_MSG_PARTIAL_takes_parts_for_successes() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    send_all(b, b"abcdef");
    send_all(b, b"next");
    let mut bytes = [0u8; 4];
    assert_eq!(unsafe { recv(a, bytes.as_mut_ptr(), 4, PART) }, 4, "{}", last_error());
    assert_eq!(&bytes, b"abcd");
    assert_eq!(receive(a, &[4], MSG_PARTIAL), received(2, 0, b"ef"));
    assert_eq!(receive(a, &[2], MSG_PARTIAL), received(2, MSG_PARTIAL, b"ne"));
    assert_eq!(receive(a, &[2], MSG_PARTIAL), received(2, 0, b"xt"));
    closed(a, b);
}

/// G067.
#[test]
fn WSARecvEx_gives_parts_with_MSG_PARTIAL() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    send_all(b, b"abcdefghij");
    assert_eq!(receive_ex(a, 8), (8, PART, b"abcdefgh".to_vec()));
    assert_eq!(receive_ex(a, 8), (2, 0, b"ij".to_vec()));
    close(b);
    assert_eq!(receive_ex(a, 8), (0, 0, Vec::new()));
    close(a);
}

#[test]
fn without_parts_the_message_stays_until_a_buffer_is_large_enough() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_WHOLE);
    send_all(b, b"abcdef");
    for flags in [0, MSG_PARTIAL] {
        let overflow = Received { code: WSAEMSGSIZE, count: 4, flags, bytes: b"abcd".to_vec() };
        assert_eq!(receive(a, &[4], flags), overflow);
    }
    assert_eq!(recv_into(a, 5), (SOCKET_ERROR, b"abcde".to_vec()));
    assert_eq!(receive_ex(a, 4).0, WSAEMSGSIZE);
    assert_eq!(last_error(), WSAEMSGSIZE);
    assert_eq!(receive(a, &[2, 2, 2, 2], 0), received(6, 0, b"abcdef"));
    closed(a, b);
}

#[test]
fn a_graceful_end_is_told_after_the_messages_and_stays() {
    let _winsock = Winsock::start();
    for protocol in BOTH {
        let (a, b) = pair(protocol);
        send_all(b, b"last");
        assert_eq!(unsafe { shutdown(b, SD_SEND) }, 0);
        assert_eq!(receive(a, &[8], 0), received(4, 0, b"last"));
        for _ in 0..2 {
            wait_readable(a);
            assert_eq!(receive(a, &[8], 0), failed(WSAEDISCON, 0));
            assert_eq!(receive(a, &[8], MSG_PARTIAL), failed(WSAEDISCON, MSG_PARTIAL));
            assert_eq!(receive(a, &[8], PEEK), failed(WSAEDISCON, PEEK));
            assert_eq!(recv_bytes(a, 8), Ok(Vec::new()));
            assert_eq!(receive_ex(a, 8).0, 0);
        }
        // The other direction is open.
        send_all(a, b"back");
        assert_eq!(recv_bytes(b, 8), Ok(b"back".to_vec()));
        closed(a, b);
    }
}

#[test]
fn an_empty_message_is_not_the_end() {
    let _winsock = Winsock::start();
    for protocol in BOTH {
        let (a, b) = pair(protocol);
        send_all(b, b"");
        send_all(b, b"abc");
        send_all(b, b"");
        close(b);
        assert_eq!(waiting(a), 3);
        assert_eq!(receive(a, &[8], PEEK), received(0, 0, b""));
        assert_eq!(receive(a, &[8], 0), received(0, 0, b""));
        assert_eq!(receive(a, &[8], 0), received(3, 0, b"abc"));
        assert_eq!(receive(a, &[0], 0), received(0, 0, b""));
        assert_eq!(receive(a, &[8], 0), failed(WSAEDISCON, 0));
        assert_eq!(waiting(a), 0);
        close(a);
    }
}

/// Buffers without room take nothing of a message.
#[test]
fn a_zero_length_receive_leaves_the_message() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    send_all(b, b"abc");
    assert_eq!(receive(a, &[0], 0), received(0, MSG_PARTIAL, b""));
    assert_eq!(recv_into(a, 0).0, SOCKET_ERROR);
    assert_eq!(last_error(), WSAEMSGSIZE);
    assert_eq!(receive(a, &[4], 0), received(3, 0, b"abc"));
    closed(a, b);
}

#[test]
fn a_peek_takes_nothing_of_the_message_or_of_its_rest() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    send_all(b, b"abcdef");
    for _ in 0..2 {
        assert_eq!(receive(a, &[4], PEEK), received(4, MSG_PARTIAL, b"abcd"));
        assert_eq!(receive(a, &[8], PEEK), received(6, 0, b"abcdef"));
    }
    assert_eq!(receive(a, &[2], 0), received(2, MSG_PARTIAL, b"ab"));
    for _ in 0..2 {
        assert_eq!(receive(a, &[2], PEEK), received(2, MSG_PARTIAL, b"cd"));
        assert_eq!(receive(a, &[8], PEEK), received(4, 0, b"cdef"));
    }
    assert_eq!(receive(a, &[8], 0), received(4, 0, b"cdef"));
    closed(a, b);
}

#[test]
fn a_rest_makes_the_socket_readable_and_is_counted() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    assert_eq!((waiting(a), is_readable(a)), (0, false));
    send_all(b, b"abcdef");
    send_all(b, b"xyz");
    assert_eq!(waiting(a), 9);
    assert_eq!(receive(a, &[4], 0).count, 4);
    assert_eq!((waiting(a), is_readable(a)), (5, true));
    assert_eq!(receive(a, &[4], 0).count, 2);
    assert_eq!((waiting(a), is_readable(a)), (3, true));
    assert_eq!(receive(a, &[4], 0).count, 3);
    assert_eq!((waiting(a), is_readable(a)), (0, false));
    closed(a, b);
}

/// G084, G085, G091: nothing is consumed.
#[test]
fn flags_of_streams_are_refused() {
    let _winsock = Winsock::start();
    for protocol in BOTH {
        let (a, b) = pair(protocol);
        send_all(b, b"abc");
        let waitall = MSG_WAITALL as u32;
        for flags in [waitall, waitall | MSG_PARTIAL, MSG_OOB as u32, MSG_PUSH_IMMEDIATE as u32, 0x40] {
            assert_eq!(receive(a, &[4], flags), failed(WSAEOPNOTSUPP, flags), "{flags:#x}");
        }
        assert_eq!(unsafe { send(b, b"x".as_ptr(), 1, MSG_OOB) }, SOCKET_ERROR);
        assert_eq!(last_error(), WSAEOPNOTSUPP);
        assert_eq!(receive(a, &[4], 0), received(3, 0, b"abc"));
        closed(a, b);
    }
}

#[test]
fn a_message_sent_in_parts_arrives_as_one() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    let part = |bytes: &[u8], flags| unsafe {
        let mut sent = 0;
        let buffer = WSABUF { len: bytes.len() as u32, buf: bytes.as_ptr().cast_mut() };
        let done = WSASend(b, &buffer, 1, &mut sent, flags, null_mut(), None);
        if done == 0 { Ok(sent) } else { Err(last_error()) }
    };
    assert_eq!(part(b"abc", MSG_PARTIAL), Ok(3));
    assert_eq!(part(b"de", MSG_PARTIAL), Ok(2));
    assert!(!is_readable(a), "no message is complete");
    assert_eq!(part(b"f", 0), Ok(1));
    assert_eq!(receive(a, &[8], 0), received(6, 0, b"abcdef"));
    assert_eq!(part(b"alone", 0), Ok(5));
    assert_eq!(receive(a, &[8], 0), received(5, 0, b"alone"));
    // No more than a message can have.
    let most = option(b, SO_MAX_MSG_SIZE).unwrap() as usize;
    assert_eq!(part(&vec![1; most - 4], MSG_PARTIAL), Ok(most as u32 - 4));
    assert_eq!(part(b"12345", MSG_PARTIAL), Err(WSAEMSGSIZE));
    assert_eq!(part(b"12345", 0), Err(WSAEMSGSIZE));
    assert_eq!(part(b"1234", 0), Ok(4));
    assert_eq!(receive(a, &[most], 0).count as usize, most);
    closed(a, b);
}

#[test]
fn the_longest_message_is_what_SO_MAX_MSG_SIZE_says() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_WHOLE);
    let most = option(b, SO_MAX_MSG_SIZE).unwrap() as usize;
    let bytes: Vec<u8> = (0..=most).map(|i| (i % 251) as u8).collect();
    send_all(b, &bytes[..most]);
    // More buffers than the host takes in one call.
    let rooms = vec![most / 1100 + 1; 1100];
    assert_eq!(receive(a, &rooms, 0).bytes, bytes[..most]);
    assert_eq!(unsafe { send(b, bytes.as_ptr(), bytes.len() as i32, 0) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAEMSGSIZE);
    assert_eq!(unsafe { send(b, bytes.as_ptr(), 1, PART) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAEOPNOTSUPP);
    assert_eq!(option(b, SO_MAXDG), Err(WSAENOPROTOOPT));
    closed(a, b);
}

/// A peer that closes on what it has not read has aborted, on AF_UNIX as on TCP.
#[test]
fn an_abort_is_10054_and_stays() {
    let _winsock = Winsock::start();
    for protocol in BOTH {
        let (a, b) = pair(protocol);
        send_all(b, b"discarded");
        send_all(a, b"unread");
        close(b);
        assert_eq!(receive(a, &[4], 0), failed(WSAECONNRESET, 0));
        assert_eq!(receive(a, &[4], 0), failed(WSAECONNRESET, 0));
        assert_eq!(recv_bytes(a, 4), Err(WSAECONNRESET));
        assert_eq!(unsafe { send(a, b"x".as_ptr(), 1, 0) }, SOCKET_ERROR);
        assert_eq!(last_error(), WSAECONNRESET);
        close(a);
    }
}

/// An unread rest is unread, too.
#[test]
fn closing_on_a_rest_is_an_abort() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    send_all(b, b"abcdef");
    assert_eq!(receive(a, &[4], 0).count, 4);
    close(a);
    wait_readable(b);
    assert_eq!(waiting(b), 0);
    assert_eq!(receive(b, &[4], 0), failed(WSAECONNRESET, 0));
    close(b);
}

#[test]
fn a_send_after_the_peer_closed_is_10053() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    close(b);
    assert_eq!(unsafe { send(a, b"x".as_ptr(), 1, 0) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAECONNABORTED);
    assert_eq!(receive(a, &[4], 0), failed(WSAECONNABORTED, 0));
    close(a);
}

#[test]
fn states_come_before_pointers_and_those_before_flags() {
    let _winsock = Winsock::start();
    let s = local(SOCK_SEQPACKET, UNIXPROTO_PARTS);
    assert_eq!(receive(s, &[4], 0), failed(WSAENOTCONN, 0));
    assert_eq!(waiting(s), 0);
    assert_eq!(unsafe { recv(s, null_mut(), 4, 0x40) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAENOTCONN);
    close(s);
    let (a, b) = pair(UNIXPROTO_PARTS);
    assert_eq!(unsafe { recv(a, null_mut(), 4, 0x40) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAEFAULT);
    send_all(b, b"abc");
    // The host finds out that nothing is mapped there; the message stays.
    let page =
        unsafe { libc::mmap(null_mut(), 4096, libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANON, -1, 0) };
    assert_eq!(unsafe { recv(a, page.cast(), 4, 0) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAEFAULT);
    unsafe { libc::munmap(page, 4096) };
    assert_eq!(receive(a, &[4], 0), received(3, 0, b"abc"));
    closed(a, b);
}

/// F134, F135, F138: what is queued is not received, and the peer's sends succeed.
#[test]
fn after_SD_RECEIVE_receives_are_10058_and_the_peer_notices_nothing() {
    let _winsock = Winsock::start();
    for protocol in BOTH {
        let (a, b) = pair(protocol);
        send_all(b, b"abc");
        assert_eq!(unsafe { shutdown(a, SD_RECEIVE) }, 0);
        assert_eq!(receive(a, &[4], 0), failed(WSAESHUTDOWN, 0));
        send_all(b, b"def");
        assert_eq!(unsafe { shutdown(a, SD_SEND) }, 0);
        assert_eq!(unsafe { send(a, b"x".as_ptr(), 1, 0) }, SOCKET_ERROR);
        assert_eq!(last_error(), WSAESHUTDOWN);
        assert_eq!(receive(b, &[4], 0), failed(WSAEDISCON, 0));
        closed(a, b);
    }
}

#[test]
fn nonblocking_and_timed_receives_end_without_a_message() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    set_option(a, SO_RCVTIMEO, 60);
    let began = Instant::now();
    assert_eq!(receive(a, &[4], 0), failed(WSAETIMEDOUT, 0));
    assert!(began.elapsed() >= Duration::from_millis(60));
    set_nonblocking(a, true);
    assert_eq!(receive(a, &[4], 0), failed(WSAEWOULDBLOCK, 0));
    send_all(b, b"abcdef");
    assert_eq!(receive(a, &[4], 0), received(4, MSG_PARTIAL, b"abcd"));
    assert_eq!(receive(a, &[4], 0), received(2, 0, b"ef"));
    assert_eq!(receive(a, &[4], 0), failed(WSAEWOULDBLOCK, 0));
    closed(a, b);
}

#[test]
fn close_wakes_a_blocked_receive_and_a_blocked_send() {
    let _winsock = Winsock::start();
    for timeout in [0, 60_000] {
        let (a, b) = pair(UNIXPROTO_WHOLE);
        set_option(a, SO_RCVTIMEO, timeout);
        assert_eq!(close_under(a, move || receive(a, &[4], 0).code), WSAECONNABORTED);
        close(b);
    }
    let (a, b) = pair(UNIXPROTO_WHOLE);
    let fill = move || loop {
        if unsafe { send(a, [0u8; 4096].as_ptr(), 4096, 0) } < 0 {
            return last_error();
        }
    };
    assert_eq!(close_under(a, fill), WSAECONNABORTED);
    close(b);
}

#[test]
fn a_blocked_receive_ends_when_the_peer_does() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    let thread = std::thread::spawn(move || receive(a, &[4], 0));
    std::thread::spawn(move || close(b)).join().unwrap();
    assert_eq!(thread.join().unwrap(), failed(WSAEDISCON, 0));
    close(a);
}

/// The rest of a message belongs to the object, not to one of its SOCKETs.
#[test]
fn a_duplicate_goes_on_where_the_original_stopped() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    let mut record = WSAPROTOCOL_INFOA::default();
    assert_eq!(unsafe { WSADuplicateSocketA(a, std::process::id(), &mut record) }, 0);
    let twin = unsafe { WSASocketA(-1, -1, -1, &record, 0, 0) };
    assert_ne!(twin, INVALID_SOCKET, "{}", last_error());
    send_all(b, b"abcdef");
    assert_eq!(receive(a, &[2], 0), received(2, MSG_PARTIAL, b"ab"));
    assert_eq!(receive(twin, &[2], 0), received(2, MSG_PARTIAL, b"cd"));
    close(a);
    assert_eq!(receive(twin, &[8], 0), received(2, 0, b"ef"));
    closed(twin, b);
}

/// A program's own descriptors, and a peer that knows nothing of this library.
#[test]
fn a_pair_of_the_hosts_is_adopted() {
    let _winsock = Winsock::start();
    let mut fds = [0; 2];
    let made = unsafe { libc::socketpair(libc::AF_UNIX, libc::SOCK_SEQPACKET, 0, fds.as_mut_ptr()) };
    assert_eq!(made, 0);
    let a = fds[0] as SOCKET;
    let give = |bytes: &[u8]| unsafe { libc::send(fds[1], bytes.as_ptr().cast(), bytes.len(), 0) };
    assert_eq!(give(b"abcdef"), 6);
    // An empty message from before the library knew the socket is one all the same.
    assert_eq!(give(b""), 0);
    assert_eq!(receive(a, &[4], 0), received(4, MSG_PARTIAL, b"abcd"));
    assert_eq!(receive(a, &[4], 0), received(2, 0, b"ef"));
    assert_eq!(receive(a, &[4], 0), received(0, 0, b""));
    send_all(a, b"back");
    let mut bytes = [0u8; 8];
    assert_eq!(unsafe { libc::recv(fds[1], bytes.as_mut_ptr().cast(), 8, 0) }, 4);
    unsafe { libc::close(fds[1]) };
    assert_eq!(receive(a, &[4], 0), failed(WSAEDISCON, 0));
    close(a);
}

/// Neither end gets a name by receiving or sending.
#[test]
fn nobody_is_given_a_name() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    send_all(a, b"abc");
    send_all(b, b"abc");
    assert_eq!((receive(a, &[4], 0).count, receive(b, &[4], 0).count), (3, 3));
    let (mut name, mut len) = (Path::new().name(), NAME);
    assert_eq!(unsafe { getsockname(a, (&raw mut name).cast(), &mut len) }, 0, "{}", last_error());
    assert!(name.sun_path.iter().all(|&c| c == 0), "{:?}", name.sun_path);
    closed(a, b);
}

#[test]
fn disconnect_functions_are_shutdowns() {
    let _winsock = Winsock::start();
    for (a, b, end) in [
        {
            let (a, b) = tcp_pair();
            (a, b, received(0, 0, b""))
        },
        {
            let (a, b) = pair(UNIXPROTO_PARTS);
            (a, b, failed(WSAEDISCON, 0))
        },
    ] {
        let mut bytes = [0u8; 4];
        let data = WSABUF { len: 4, buf: bytes.as_mut_ptr() };
        for function in [WSASendDisconnect, WSARecvDisconnect] {
            assert_eq!(unsafe { function(a, &data) }, SOCKET_ERROR);
            assert_eq!(last_error(), WSAENOPROTOOPT);
            assert_eq!(unsafe { function(a, std::ptr::dangling::<WSABUF>()) }, SOCKET_ERROR);
            assert_eq!(last_error(), WSAEFAULT);
        }
        // The refusals ended nothing.
        send_all(a, b"abc");
        assert_eq!(recv_bytes(b, 4), Ok(b"abc".to_vec()));
        assert_eq!(unsafe { WSASendDisconnect(a, null()) }, 0);
        wait_readable(b);
        assert_eq!(receive(b, &[4], 0), end);
        assert_eq!(unsafe { send(a, b"x".as_ptr(), 1, 0) }, SOCKET_ERROR);
        assert_eq!(last_error(), WSAESHUTDOWN);
        send_all(b, b"abc");
        assert_eq!(recv_bytes(a, 4), Ok(b"abc".to_vec()));
        assert_eq!(unsafe { WSARecvDisconnect(a, null()) }, 0);
        assert_eq!(recv_bytes(a, 4), Err(WSAESHUTDOWN));
        closed(a, b);
    }
    let fresh = new_socket(SOCK_STREAM);
    for function in [WSASendDisconnect, WSARecvDisconnect] {
        for data in [null(), std::ptr::dangling::<WSABUF>()] {
            assert_eq!(unsafe { function(fresh, data) }, SOCKET_ERROR);
            assert_eq!(last_error(), WSAENOTCONN);
        }
        assert_eq!(unsafe { function(INVALID_SOCKET, null()) }, SOCKET_ERROR);
        assert_eq!(last_error(), WSAENOTSOCK);
    }
    close(fresh);
    let datagram = udp_bound();
    assert_eq!(unsafe { WSARecvDisconnect(datagram, null()) }, 0);
    assert_eq!(recv_bytes(datagram, 4), Err(WSAESHUTDOWN));
    close(datagram);
}

/// Messages and parts of any lengths, against the plain rule: their bytes, cut where the rooms end.
#[test]
fn any_lengths_through_any_rooms() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("seed {seed}");
    let mut state = seed | 1;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let mut queue = std::collections::VecDeque::<Vec<u8>>::new();
    for _ in 0..4000 {
        if next(2) == 0 && queue.len() < 20 {
            let message: Vec<u8> = (0..next(12)).map(|_| next(256) as u8).collect();
            send_all(b, &message);
            queue.push_back(message);
        } else if let Some(first) = queue.front_mut() {
            let room = next(9) as usize;
            let peek = next(3) == 0;
            let head = first.len().min(room);
            let more = if first.len() > room { MSG_PARTIAL } else { 0 };
            let found = receive(a, &[room / 2, room - room / 2], if peek { PEEK } else { 0 });
            assert_eq!(found, received(head, more, &first[..head]));
            if !peek {
                first.drain(..head);
                if more == 0 {
                    queue.pop_front();
                }
            }
            assert_eq!(waiting(a) as usize, queue.iter().map(Vec::len).sum::<usize>());
        }
    }
    closed(a, b);
}

/// The functions that could name a sender name none on a connection, and end as the others do.
#[test]
fn recvfrom_and_WSARecvFrom_leave_the_name_alone() {
    let _winsock = Winsock::start();
    let (a, b) = pair(UNIXPROTO_PARTS);
    send_all(b, b"abcdef");
    close(b);
    let from = |room: usize| {
        let (mut bytes, mut name, mut len) = (vec![0u8; room], [0xeeu8; 110], 110);
        let to = name.as_mut_ptr().cast();
        let count = unsafe { recvfrom(a, bytes.as_mut_ptr(), room as i32, 0, to, &mut len) };
        assert_eq!((name, len), ([0xee; 110], 110));
        if count < 0 { -last_error() } else { count }
    };
    let wsa_from = |room: usize| {
        let (mut bytes, mut count, mut flags) = (vec![0u8; room], UNTOUCHED, 0);
        let buffer = WSABUF { len: room as u32, buf: bytes.as_mut_ptr() };
        let (name, len) = (null_mut(), null_mut());
        let done = unsafe { WSARecvFrom(a, &buffer, 1, &mut count, &mut flags, name, len, null_mut(), None) };
        if done < 0 { Err(last_error()) } else { Ok((count, flags)) }
    };
    assert_eq!(from(2), -WSAEMSGSIZE);
    assert_eq!(wsa_from(2), Ok((2, MSG_PARTIAL)));
    assert_eq!(from(2), 2);
    assert_eq!(from(2), 0);
    assert_eq!(wsa_from(2), Err(WSAEDISCON));
    close(a);
}

/// To look at a message and to take it are one step, whoever else receives.
#[test]
fn each_message_reaches_one_of_several_receivers() {
    let _winsock = Winsock::start();
    const MESSAGES: u32 = 3000;
    let (a, b) = pair(UNIXPROTO_WHOLE);
    let receivers: Vec<_> = (0..3)
        .map(|_| {
            std::thread::spawn(move || {
                let mut numbers = Vec::new();
                loop {
                    let found = receive(a, &[8], 0);
                    match found.code {
                        0 => numbers.push(u32::from_ne_bytes(found.bytes.try_into().unwrap())),
                        code => break (code, numbers),
                    }
                }
            })
        })
        .collect();
    for number in 0..MESSAGES {
        send_all(b, &number.to_ne_bytes());
    }
    close(b);
    let mut all = Vec::new();
    for receiver in receivers {
        let (code, numbers) = receiver.join().unwrap();
        assert_eq!(code, WSAEDISCON);
        assert!(numbers.is_sorted());
        all.extend(numbers);
    }
    all.sort_unstable();
    assert_eq!(all, (0..MESSAGES).collect::<Vec<_>>());
    close(a);
}
