//! WSAEventSelect and WSAEnumNetworkEvents: what is recorded, what is told, and what enables it again.
//!
//! `expect` waits for the event object, so it is the library that tells; `nothing` asks, and an answer is right
//! at once because loopback sends have arrived when they return.

mod util;

use std::ptr::null_mut;
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::OVERLAPPED;
use openws2::Win32::System::Threading::WaitForSingleObject;

use util::*;

const ALL: i32 = (FD_READ | FD_WRITE | FD_OOB | FD_ACCEPT | FD_CONNECT | FD_CLOSE) as i32;
const READ: i32 = FD_READ as i32;
const WRITE: i32 = FD_WRITE as i32;
const OOB: i32 = FD_OOB as i32;
const ACCEPT: i32 = FD_ACCEPT as i32;
const CONNECT: i32 = FD_CONNECT as i32;
const CLOSE: i32 = FD_CLOSE as i32;

const UNTOUCHED: i32 = 0x0BAB_ABAB;
/// What has not come about by then never will.
const LATE: u32 = 5000;

struct Watched {
    s: SOCKET,
    event: WSAEVENT,
}

impl Watched {
    #[track_caller]
    fn new(s: SOCKET, mask: i32) -> Self {
        let event = unsafe { WSACreateEvent() };
        assert_ne!(event, WSA_INVALID_EVENT);
        let it = Self { s, event };
        it.select(mask);
        it
    }

    #[track_caller]
    fn select(&self, mask: i32) {
        assert_eq!(unsafe { WSAEventSelect(self.s, self.event, mask) }, 0, "select: {}", last_error());
    }

    fn is_set(&self) -> bool {
        unsafe { WaitForSingleObject(self.event as _, 0) == 0 }
    }

    /// What is reported now, with the codes.
    #[track_caller]
    fn report(&self, event: WSAEVENT) -> (i32, [i32; 10]) {
        let mut events = WSANETWORKEVENTS { lNetworkEvents: -1, iErrorCode: [UNTOUCHED; 10] };
        assert_eq!(unsafe { WSAEnumNetworkEvents(self.s, event, &mut events) }, 0, "{}", last_error());
        for (kind, code) in events.iErrorCode.iter().enumerate() {
            let reported = events.lNetworkEvents & (1 << kind) != 0;
            assert_eq!(
                *code == UNTOUCHED,
                !reported,
                "F235: {:#x} {:?}",
                events.lNetworkEvents,
                events.iErrorCode
            );
        }
        (events.lNetworkEvents, events.iErrorCode)
    }

    /// Waits to be told until all of these have been reported, each once, and no others. Gives their codes.
    #[track_caller]
    fn expect(&self, wanted: i32) -> [i32; 10] {
        let (mut seen, mut codes) = (0, [0; 10]);
        let deadline = Instant::now() + Duration::from_millis(u64::from(LATE));
        while seen != wanted {
            let told = unsafe { WaitForSingleObject(self.event as _, LATE) };
            assert_eq!(told, 0, "told of {seen:#x} in place of {wanted:#x}");
            let (events, new) = self.report(self.event);
            assert_eq!(events & seen, 0, "{events:#x} again");
            assert_eq!(events & !wanted, 0, "{events:#x} in place of {wanted:#x}");
            (0..10).filter(|kind| events & (1 << kind) != 0).for_each(|kind| codes[kind] = new[kind]);
            seen |= events;
            assert!(Instant::now() < deadline);
        }
        codes
    }

    #[track_caller]
    fn nothing(&self) {
        assert!(!self.is_set(), "told of {:#x}", self.report(self.event).0);
        assert_eq!(self.report(self.event).0, 0);
        assert!(!self.is_set());
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        unsafe { WSACloseEvent(self.event) };
    }
}

/// A connection whose accepted end is selected, with FD_WRITE out of the way.
#[track_caller]
fn pair(mask: i32) -> (SOCKET, Watched) {
    let (client, server) = tcp_pair();
    let server = Watched::new(server, mask);
    if mask & WRITE != 0 {
        server.expect(WRITE);
    }
    (client, server)
}

fn reset(s: SOCKET) {
    let linger = LINGER { l_onoff: 1, l_linger: 0 };
    unsafe { setsockopt(s, SOL_SOCKET, SO_LINGER, (&raw const linger).cast(), 4) };
    close(s);
}

fn receive(s: SOCKET, len: usize, flags: i32) -> i32 {
    let mut bytes = vec![0; len];
    unsafe { recv(s, bytes.as_mut_ptr(), len as i32, flags) }
}

#[track_caller]
fn send_urgent(s: SOCKET, byte: u8) {
    assert_eq!(unsafe { send(s, &byte, 1, MSG_OOB) }, 1, "{}", last_error());
}

#[test]
fn arguments() {
    let _winsock = Winsock::start();
    let (client, server) = pair(0);
    let mut events = WSANETWORKEVENTS { lNetworkEvents: 0, iErrorCode: [0; 10] };
    unsafe {
        assert_eq!((WSAEventSelect(INVALID_SOCKET, server.event, READ), last_error()), (-1, WSAENOTSOCK));
        assert_eq!((WSAEventSelect(server.s, WSA_INVALID_EVENT, READ), last_error()), (-1, WSAEINVAL));
        assert_eq!((WSAEventSelect(server.s, 8, READ), last_error()), (-1, WSAEINVAL));
        assert_eq!(WSAEventSelect(server.s, WSA_INVALID_EVENT, 0), 0);
        assert_eq!((WSAEnumNetworkEvents(INVALID_SOCKET, 0, &mut events), last_error()), (-1, WSAENOTSOCK));
        assert_eq!((WSAEnumNetworkEvents(server.s, 0, null_mut()), last_error()), (-1, WSAEFAULT));
        assert_eq!((WSAEnumNetworkEvents(server.s, 8, &mut events), last_error()), (-1, WSAEINVAL));
        // A socket that never had a selection.
        assert_eq!(WSAEnumNetworkEvents(client, server.event, &mut events), 0);
    }
    assert_eq!(events.lNetworkEvents, 0);
    close(client);
    close(server.s);
}

/// F215–F221.
#[test]
fn data_is_recorded_once_for_each_arrival_and_after_each_receive() {
    let _winsock = Winsock::start();
    let (client, server) = pair(ALL);
    send_all(client, b"one");
    server.expect(READ);
    server.nothing();
    server.select(ALL);
    server.nothing();
    server.select(0);
    server.select(ALL);
    server.nothing();
    send_all(client, b"two!!");
    server.expect(READ); // F217
    for _ in 0..7 {
        assert_eq!(receive(server.s, 1, 0), 1);
        server.expect(READ);
    }
    assert_eq!(receive(server.s, 1, MSG_PEEK), 1);
    server.expect(READ); // F183
    assert_eq!((unsafe { recv(server.s, null_mut(), -1, 0) }, last_error()), (-1, WSAEFAULT));
    server.nothing(); // F219
    assert_eq!(receive(server.s, 1, 0), 1);
    server.nothing();
    assert_eq!((receive(server.s, 1, 0), last_error()), (-1, WSAEWOULDBLOCK));
    server.nothing();
    // F220, F221: what comes while nothing is selected.
    server.select(CLOSE);
    send_all(client, b"later");
    server.nothing();
    server.select(ALL);
    server.expect(READ);
    server.select(0);
    assert_eq!(receive(server.s, 9, 0), 5);
    send_all(client, b"more");
    assert_eq!(receive(server.s, 9, 0), 4);
    server.select(ALL);
    server.nothing();
    close(client);
    server.expect(CLOSE);
    close(server.s);
}

/// F222–F226, F150.
#[test]
fn the_end_is_recorded_once_and_at_once() {
    let _winsock = Winsock::start();
    let (client, server) = pair(ALL);
    send_all(client, b"12345");
    server.expect(READ);
    assert_eq!(unsafe { shutdown(client, SD_SEND) }, 0);
    assert_eq!(server.expect(CLOSE)[FD_CLOSE_BIT as usize], 0);
    assert_eq!(receive(server.s, 3, 0), 3);
    server.expect(READ);
    assert_eq!(receive(server.s, 3, 0), 2);
    server.nothing();
    assert_eq!(receive(server.s, 3, 0), 0);
    server.select(ALL);
    server.nothing();
    close(client);
    server.nothing();
    close(server.s);

    let (client, server) = pair(ALL & !CLOSE);
    close(client);
    server.nothing();
    server.select(ALL);
    server.expect(CLOSE);
    close(server.s);

    // F225
    let (client, server) = pair(ALL);
    assert_eq!(unsafe { shutdown(server.s, SD_BOTH) }, 0);
    server.nothing();
    assert_eq!(unsafe { shutdown(client, SD_RECEIVE) }, 0);
    server.nothing();
    assert_eq!(unsafe { shutdown(client, SD_SEND) }, 0);
    server.expect(CLOSE);
    close(client);
    close(server.s);

    let (client, server) = pair(ALL);
    reset(client);
    assert_eq!(server.expect(CLOSE)[FD_CLOSE_BIT as usize], WSAECONNABORTED);
    server.nothing();
    close(server.s);
}

/// F227–F229.
#[test]
fn each_out_of_band_byte_is_recorded() {
    let _winsock = Winsock::start();
    let (client, server) = pair(ALL);
    send_urgent(client, b'a');
    server.expect(OOB);
    server.nothing();
    server.select(0);
    server.select(ALL);
    server.nothing();
    send_urgent(client, b'b');
    server.expect(OOB);
    assert_eq!(receive(server.s, 1, MSG_OOB), 1);
    server.expect(OOB);
    assert_eq!(receive(server.s, 1, MSG_OOB), 1);
    server.nothing();
    server.select(0);
    send_urgent(client, b'c');
    server.select(ALL);
    server.expect(OOB);
    // Data and out-of-band data know nothing of each other.
    send_all(client, b"data");
    server.expect(READ);
    assert_eq!(receive(server.s, 9, 0), 4);
    server.nothing();
    close(client);
    close(server.s);
}

/// F230.
#[test]
fn room_is_told_after_a_send_that_found_none() {
    let _winsock = Winsock::start();
    let (client, server) = pair(ALL);
    server.select(ALL);
    server.nothing();
    send_all(server.s, b"fine");
    server.nothing();
    let block = vec![7u8; 1 << 16];
    let mut sent = 4i64;
    loop {
        let now = unsafe { send(server.s, block.as_ptr(), block.len() as i32, 0) };
        if now < 0 {
            assert_eq!(last_error(), WSAEWOULDBLOCK);
            break;
        }
        sent += i64::from(now);
    }
    server.nothing();
    while sent > 0 {
        let now = receive(client, block.len(), 0);
        assert!(now > 0);
        sent -= i64::from(now);
    }
    server.expect(WRITE);
    server.nothing();
    close(client);
    close(server.s);
}

/// F231, F234, F195.
#[test]
fn a_connect_is_recorded_with_its_code() {
    let _winsock = Winsock::start();
    let listener = tcp_listener();
    let client = Watched::new(new_socket(SOCK_STREAM), ALL);
    client.nothing();
    let done = connect_to(client.s, port_of(listener));
    assert_eq!((done, last_error()), (-1, WSAEWOULDBLOCK));
    assert_eq!(client.expect(CONNECT | WRITE)[FD_CONNECT_BIT as usize], 0);
    client.nothing();
    close(client.s);

    let blocking = new_socket(SOCK_STREAM);
    assert_eq!(connect_to(blocking, port_of(listener)), 0);
    let client = Watched::new(blocking, ALL);
    client.expect(CONNECT | WRITE);
    close(client.s);

    let free = { port_of(new_bound_stream()) };
    let client = Watched::new(new_socket(SOCK_STREAM), ALL);
    assert_eq!((connect_to(client.s, free), last_error()), (-1, WSAEWOULDBLOCK));
    assert_eq!(client.expect(CONNECT)[FD_CONNECT_BIT as usize], WSAECONNREFUSED);
    client.select(ALL);
    client.nothing(); // F241
    assert_eq!((connect_to(client.s, port_of(listener)), last_error()), (-1, WSAEWOULDBLOCK));
    client.expect(CONNECT | WRITE);
    close(client.s);
    close(listener);
}

/// A stream that is bound and does not listen: its port refuses.
fn new_bound_stream() -> SOCKET {
    let s = new_socket(SOCK_STREAM);
    bind_loopback(s);
    s
}

/// F236–F238.
#[test]
fn connections_are_recorded_and_hand_on_the_selection() {
    let _winsock = Winsock::start();
    let listener = Watched::new(tcp_listener(), ALL);
    listener.nothing();
    let port = port_of(listener.s);
    let connected = || {
        let s = new_socket(SOCK_STREAM);
        assert_eq!(connect_to(s, port), 0);
        s
    };
    let first = connected();
    listener.expect(ACCEPT);
    listener.nothing();
    let second = connected();
    listener.expect(ACCEPT); // F237
    let accepted = unsafe { accept(listener.s, null_mut(), null_mut()) };
    assert_ne!(accepted, INVALID_SOCKET);
    // The event object is set for both; each reports its own.
    let server = Watched { s: accepted, event: listener.event };
    assert_eq!(listener.report(0).0, ACCEPT);
    assert!(listener.is_set());
    assert_eq!(server.report(listener.event).0, WRITE); // F238
    send_all(first, b"hello");
    server.expect(READ);
    let other = unsafe { accept(listener.s, null_mut(), null_mut()) };
    assert_ne!(other, INVALID_SOCKET);
    assert_eq!(listener.report(listener.event).0, 0);
    assert_eq!(unsafe { accept(listener.s, null_mut(), null_mut()) }, INVALID_SOCKET);
    assert_eq!(last_error(), WSAEWOULDBLOCK);
    std::mem::forget(server);

    // F236
    let third = connected();
    assert_eq!(unsafe { WaitForSingleObject(listener.event as _, LATE) }, 0);
    listener.select(ALL & !ACCEPT);
    assert!(listener.is_set());
    unsafe { WSAResetEvent(listener.event) };
    listener.select(READ | WRITE);
    assert!(!listener.is_set());
    listener.select(ALL);
    assert!(listener.is_set());
    listener.expect(ACCEPT);
    for s in [first, second, third, accepted, other, listener.s] {
        close(s);
    }
}

/// F232, F233, F217, G032.
#[test]
fn datagram_sockets() {
    let _winsock = Winsock::start();
    let udp = Watched::new(new_socket(SOCK_DGRAM), ALL);
    udp.nothing();
    bind_loopback(udp.s);
    udp.expect(WRITE);
    let (peer, port) = (udp_bound(), port_of(udp.s));
    for _ in 0..3 {
        assert_eq!(send_to(peer, b"message", port), 7);
        udp.expect(READ);
    }
    udp.nothing();
    assert_eq!(receive(udp.s, 9, 0), 7);
    udp.expect(READ);
    // Sending, and the room that it takes for a while, is no news.
    for _ in 0..10 {
        assert_eq!(send_to(udp.s, b"out", port_of(peer)), 3);
        assert_eq!(receive(peer, 9, 0), 3);
        udp.nothing();
    }
    assert_eq!((receive(udp.s, 3, 0), last_error()), (-1, WSAEMSGSIZE));
    udp.expect(READ);
    assert_eq!(receive(udp.s, 9, 0), 7);
    udp.nothing();
    assert_eq!(send_to(peer, b"", port), 0);
    udp.expect(READ);
    assert_eq!(receive(udp.s, 9, 0), 0);
    udp.nothing();
    assert_eq!(connect_to(udp.s, port_of(peer)), 0);
    udp.expect(CONNECT | WRITE); // F233
    udp.nothing();

    let nobody = Nobody::new();
    assert_eq!(connect_to(udp.s, nobody.port()), 0);
    udp.expect(CONNECT | WRITE);
    drop(nobody);
    send_all(udp.s, b"x");
    udp.expect(READ);
    assert_eq!((receive(udp.s, 9, 0), last_error()), (-1, WSAECONNRESET));
    udp.nothing();
    close(udp.s);

    let bound = Watched::new(udp_bound(), ALL);
    bound.expect(WRITE);
    bound.nothing();
    let by_send = Watched::new(new_socket(SOCK_DGRAM), ALL);
    assert_eq!(send_to(by_send.s, b"x", port_of(bound.s)), 1);
    by_send.expect(WRITE);
    bound.expect(READ);
    for s in [bound.s, by_send.s, peer] {
        close(s);
    }
}

/// F239, F255.
#[test]
fn the_mode_is_nonblocking_while_events_are_selected() {
    let _winsock = Winsock::start();
    let (client, server) = pair(READ);
    let (mut mode, mut count) = (0u32, 77u32);
    unsafe {
        assert_eq!((receive(server.s, 1, 0), last_error()), (-1, WSAEWOULDBLOCK));
        assert_eq!((ioctlsocket(server.s, FIONBIO, &mut mode), last_error()), (-1, WSAEINVAL));
        let input = (&raw const mode).cast();
        let done = WSAIoctl(server.s, FIONBIO as u32, input, 4, null_mut(), 0, &mut count, null_mut(), None);
        assert_eq!((done, last_error(), count), (-1, WSAEINVAL, 0));
        mode = 1;
        assert_eq!(ioctlsocket(server.s, FIONBIO, &mut mode), 0);
        server.select(0);
        mode = 0;
        assert_eq!(ioctlsocket(server.s, FIONBIO, &mut mode), 0);
    }
    close(client);
    assert_eq!(receive(server.s, 1, 0), 0);
    close(server.s);
}

/// F240.
#[test]
fn enumerating_resets_the_event_object_and_no_events_forget_the_records() {
    let _winsock = Winsock::start();
    let (client, server) = pair(ALL);
    unsafe { WSASetEvent(server.event) };
    assert_eq!(server.report(0).0, 0);
    assert!(server.is_set());
    assert_eq!(server.report(server.event).0, 0);
    assert!(!server.is_set());
    send_all(client, b"data");
    assert_eq!(unsafe { WaitForSingleObject(server.event as _, LATE) }, 0);
    assert_eq!(unsafe { WSAEventSelect(server.s, WSA_INVALID_EVENT, 0) }, 0);
    assert_eq!(server.report(server.event).0, 0);
    server.select(ALL);
    server.nothing();
    send_all(client, b"data");
    server.expect(READ);
    close(client);
    close(server.s);
}

/// F242, F066.
#[test]
fn what_a_pending_receive_takes_is_not_recorded() {
    let _winsock = Winsock::start();
    let (client, server) = pair(ALL);
    let mut bytes = [0u8; 4];
    let buffer = WSABUF { len: 4, buf: bytes.as_mut_ptr() };
    let (mut flags, mut count) = (0, 0);
    let mut overlapped = OVERLAPPED { hEvent: unsafe { WSACreateEvent() } as _, ..Default::default() };
    let mut begin =
        || unsafe { WSARecv(server.s, &buffer, 1, null_mut(), &mut flags, &mut overlapped, None) };
    assert_eq!((begin(), last_error()), (-1, WSA_IO_PENDING));
    server.nothing();
    send_all(client, b"four");
    assert_eq!(unsafe { WaitForSingleObject(overlapped.hEvent, LATE) }, 0);
    server.nothing();
    // It leaves something, which is recorded.
    let mut flags = 0;
    let begun = unsafe { WSARecv(server.s, &buffer, 1, null_mut(), &mut flags, &mut overlapped, None) };
    assert_eq!((begun, last_error()), (-1, WSA_IO_PENDING));
    send_all(client, b"five!");
    assert_eq!(unsafe { WaitForSingleObject(overlapped.hEvent, LATE) }, 0);
    server.expect(READ);
    // F218: also one that does not pend.
    send_all(client, b"6789");
    server.expect(READ);
    assert_eq!(unsafe { WSARecv(server.s, &buffer, 1, &mut count, &mut flags, &mut overlapped, None) }, 0);
    server.expect(READ);
    assert_eq!(receive(server.s, 9, 0), 1);
    server.nothing();
    unsafe { WSACloseEvent(overlapped.hEvent as _) };
    close(client);
    close(server.s);
}

/// A thread that waits for nothing of the library's is told all the same.
#[test]
fn events_come_without_anybody_who_waits_for_them() {
    let _winsock = Winsock::start();
    let (client, server) = pair(ALL);
    send_all(client, b"data");
    let deadline = Instant::now() + Duration::from_millis(u64::from(LATE));
    while !server.is_set() {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(1));
    }
    server.expect(READ);
    close(server.s);
    // The selection is over; its event object is the program's own.
    assert!(!server.is_set());
    close(client);
}

/// A receive that was under way when events were selected enables FD_READ as any other does (F217, F218).
#[test]
fn a_receive_from_before_the_selection_counts() {
    let _winsock = Winsock::start();
    let over = unsafe { WSACreateEvent() };
    // Who sits in a wait looks at the socket at once, as often as not before the receive has taken anything.
    let sits = start_blocked(move || unsafe { WaitForSingleObject(over as _, 60_000) });
    let taken_by_another = |s: SOCKET, send: &dyn Fn()| {
        let waits = start_blocked(move || recv_bytes(s, 9));
        let watched = Watched::new(s, READ);
        send();
        assert_eq!(waits.join().unwrap(), Ok(b"12345".to_vec()));
        assert_ne!(unsafe { WSAResetEvent(watched.event) }, 0);
        send();
        watched.expect(READ);
        close(s);
    };
    for _ in 0..30 {
        let (client, server) = tcp_pair();
        taken_by_another(server, &|| send_all(client, b"12345"));
        close(client);
        let s = udp_bound();
        taken_by_another(s, &|| assert_eq!(send_to(s, b"12345", port_of(s)), 5));
    }
    assert_ne!(unsafe { WSASetEvent(over) }, 0);
    assert_eq!(sits.join().unwrap(), 0);
    unsafe { WSACloseEvent(over) };
}

#[cfg(target_os = "linux")]
#[test]
fn local_streams_and_duplicates() {
    let _winsock = Winsock::start();
    let path = std::env::temp_dir().join(format!("openws2-events-{}", std::process::id()));
    let mut name = SOCKADDR_UN { sun_family: AF_UNIX, ..Default::default() };
    for (to, from) in name.sun_path.iter_mut().zip(path.as_os_str().as_encoded_bytes()) {
        *to = *from as _;
    }
    let (name, len) = ((&raw const name).cast(), size_of::<SOCKADDR_UN>() as i32);
    let new = || unsafe { socket(AF_UNIX.into(), SOCK_STREAM, 0) };
    let (listener, client) = (Watched::new(new(), ALL), new());
    unsafe {
        assert_eq!((bind(listener.s, name, len), listen(listener.s, 5)), (0, 0), "{}", last_error());
        assert_eq!(connect(client, name, len), 0, "{}", last_error());
    }
    listener.expect(ACCEPT);
    listener.nothing();
    let server = Watched { s: unsafe { accept(listener.s, null_mut(), null_mut()) }, ..listener };
    server.expect(WRITE);
    close(listener.s);
    std::fs::remove_file(path).unwrap();
    send_all(client, b"abc");
    server.expect(READ);
    send_all(client, b"def");
    server.expect(READ);
    assert_eq!(receive(server.s, 2, 0), 2);
    server.expect(READ);
    // Another SOCKET of the object knows of the selection, and carries it on.
    let twin = unsafe {
        let mut record = WSAPROTOCOL_INFOW::default();
        assert_eq!(WSADuplicateSocketW(server.s, std::process::id(), &mut record), 0, "{}", last_error());
        WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &record, 0, 0)
    };
    assert_ne!(twin, INVALID_SOCKET);
    assert_eq!(receive(twin, 9, 0), 4);
    server.nothing();
    close(server.s);
    let twin = Watched { s: twin, event: server.event };
    send_all(client, b"ghi");
    twin.expect(READ);
    close(client);
    twin.expect(CLOSE);
    close(twin.s);
    std::mem::forget(twin);
}
