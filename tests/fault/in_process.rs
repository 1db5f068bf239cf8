//! The Rust side: layers that are installed here, what they tell, and receives that are held back.

use std::ptr::{null, null_mut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use openws2::Win32::Foundation::*;
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::*;
use openws2::Win32::System::Threading::*;
use openws2::error::WsaError;
use openws2::spi::fault::{Faults, Kind, Only};
use openws2::spi::{Layer, Next, Recv, hold_back, install};

use crate::util::*;

const LIMIT: u32 = 20_000;
const IO_PENDING: i32 = ERROR_IO_PENDING as i32;
const FOR_EVER: Duration = Duration::from_secs(600);

/// A layer sees every socket of the process: one test at a time has one.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An overlapped receive with an event.
struct Operation {
    bytes: Box<[u8; 100]>,
    overlapped: Box<OVERLAPPED>,
    code: i32,
    s: SOCKET,
}

impl Operation {
    fn begin(s: SOCKET) -> Self {
        let event = unsafe { CreateEventW(null(), 1, 0, null()) };
        let mut overlapped = Box::new(OVERLAPPED { hEvent: event, ..OVERLAPPED::default() });
        let mut bytes = Box::new([0; 100]);
        let (buffer, mut flags) = (WSABUF { len: 100, buf: bytes.as_mut_ptr() }, 0);
        let done = unsafe { WSARecv(s, &buffer, 1, null_mut(), &mut flags, &mut *overlapped, None) };
        let code = if done == 0 { 0 } else { last_error() };
        Self { bytes, overlapped, code, s }
    }

    fn has_ended(&self) -> bool {
        unsafe { WaitForSingleObject(self.overlapped.hEvent, 0) == WAIT_OBJECT_0 }
    }

    /// The bytes, or the code, once it has ended.
    #[track_caller]
    fn end(&self) -> Result<Vec<u8>, i32> {
        assert_eq!(unsafe { WaitForSingleObject(self.overlapped.hEvent, LIMIT) }, WAIT_OBJECT_0);
        let (mut bytes, mut flags) = (0, 0);
        let done = unsafe { WSAGetOverlappedResult(self.s, &*self.overlapped, &mut bytes, 0, &mut flags) };
        if done != 0 { Ok(self.bytes[..bytes as usize].to_vec()) } else { Err(last_error()) }
    }

    /// The status, for one whose socket is gone.
    #[track_caller]
    fn status(&self) -> u32 {
        assert_eq!(unsafe { WaitForSingleObject(self.overlapped.hEvent, LIMIT) }, WAIT_OBJECT_0);
        self.overlapped.Internal as u32
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        unsafe { CloseHandle(self.overlapped.hEvent) };
    }
}

/// Holds the receives back that the test says.
struct Hold<F>(F);

// SAFETY: passes each call on as it came.
unsafe impl<F: Fn() -> Option<Duration> + Send + Sync + 'static> Layer for Hold<F> {
    unsafe fn recv(&self, next: &Next<'_>, call: Recv) -> Result<i32, WsaError> {
        (self.0)().into_iter().for_each(|wait| hold_back(Instant::now() + wait));
        unsafe { next.recv(call) }
    }
}

/// Holds the first receive back, and no other.
fn hold_first(wait: Duration) -> openws2::spi::Installed {
    let first = Mutex::new(Some(wait));
    install("hold", Hold(move || first.lock().unwrap().take())).unwrap()
}

#[test]
fn receives_behind_one_that_is_held_back_keep_their_order() {
    let (_alone, _winsock) = (alone(), Winsock::start());
    let _layer = hold_first(Duration::from_millis(60));
    let (client, server) = tcp_pair();
    let began = Instant::now();
    let (first, second) = (Operation::begin(server), Operation::begin(server));
    assert_eq!((first.code, second.code), (IO_PENDING, IO_PENDING));
    let text = vec![b'x'; 150];
    send_all(client, &text);
    assert_eq!(second.end().unwrap(), &text[100..]);
    assert!(first.has_ended(), "what was there first is received first");
    assert_eq!(first.end().unwrap(), &text[..100]);
    assert!(began.elapsed() >= Duration::from_millis(60));
    close(client);
    close(server);
}

#[test]
fn what_is_held_back_pends_although_its_time_has_come() {
    let (_alone, _winsock) = (alone(), Winsock::start());
    let _layer = install("hold", Hold(|| Some(Duration::ZERO))).unwrap();
    let (client, server) = tcp_pair();
    for _ in 0..50 {
        send_all(client, b"x");
        let receive = Operation::begin(server);
        assert_eq!(receive.code, IO_PENDING);
        assert_eq!(receive.end().unwrap(), b"x");
    }
    close(client);
    close(server);
}

#[test]
fn many_sockets_are_held_back_each_for_its_own_time() {
    let (_alone, _winsock) = (alone(), Winsock::start());
    let turn = Mutex::new(0);
    let later_ones_first = move || {
        let mut turn = turn.lock().unwrap();
        *turn += 1;
        Some(Duration::from_millis(200 - 15 * *turn))
    };
    let _layer = install("hold", Hold(later_ones_first)).unwrap();
    let pairs: Vec<_> = (0..10).map(|_| tcp_pair()).collect();
    pairs.iter().for_each(|(client, _)| send_all(*client, b"x"));
    let receives: Vec<_> = pairs.iter().map(|(_, server)| Operation::begin(*server)).collect();
    let mut events: Vec<_> = receives.iter().map(|receive| receive.overlapped.hEvent).collect();
    let mut order = Vec::new();
    while !events.is_empty() {
        let place = unsafe { WaitForMultipleObjects(events.len() as u32, events.as_ptr(), 0, LIMIT) };
        let event = events.remove(place as usize);
        order.push(receives.iter().position(|receive| receive.overlapped.hEvent == event).unwrap());
    }
    let data_came: Vec<usize> = (0..10).collect();
    assert_ne!(order, data_came, "they end as their times come");
    assert_eq!(order.first(), Some(&9));
    for (client, server) in pairs {
        close(client);
        close(server);
    }
}

#[test]
fn cancelling_and_closing_end_what_is_held_back_at_once() {
    let (_alone, _winsock) = (alone(), Winsock::start());
    let faults = Faults::seeded(1).quiet().with(Kind::Delay { min: 600_000, max: 600_000 }, 1.0).unwrap();
    let _layer = install("fault-late", faults).unwrap();
    let began = Instant::now();
    let (client, server) = tcp_pair();
    send_all(client, b"there already");
    let (first, second) = (Operation::begin(server), Operation::begin(server));
    let handle: HANDLE = std::ptr::without_provenance_mut(server);
    assert_ne!(unsafe { CancelIoEx(handle, &*first.overlapped) }, 0, "{}", last_error());
    assert_eq!(first.end(), Err(WSA_OPERATION_ABORTED));
    // Of one that is cancelled on a stream the others cannot be told apart.
    assert_eq!(second.end(), Err(WSA_OPERATION_ABORTED));
    let second = Operation::begin(server);
    assert!(second.code == IO_PENDING && !second.has_ended());
    assert_eq!(close(server), 0);
    assert_eq!(second.status(), 0xc000_0241, "STATUS_CONNECTION_ABORTED");

    let datagrams = udp_bound();
    send_to(datagrams, b"there", port_of(datagrams));
    let third = Operation::begin(datagrams);
    assert_eq!(third.code, IO_PENDING);
    assert_ne!(unsafe { CancelIo(std::ptr::without_provenance_mut(datagrams)) }, 0);
    assert_eq!(third.end(), Err(WSA_OPERATION_ABORTED));
    let fourth = Operation::begin(datagrams);
    close(datagrams);
    assert_eq!(fourth.status(), 0xc000_0120, "STATUS_CANCELLED");
    assert!(began.elapsed() < FOR_EVER / 2);
    close(client);
}

#[test]
fn closing_ends_a_blocking_receive_that_is_delayed() {
    let (_alone, _winsock) = (alone(), Winsock::start());
    let faults =
        Faults::seeded(1).quiet().at(None, None, Kind::Delay { min: 600_000, max: 600_000 }).unwrap();
    let log = faults.log();
    let _layer = install("fault-late", faults).unwrap();
    let (client, server) = tcp_pair();
    send_all(client, b"there already");
    let receive = std::thread::spawn(move || recv_bytes(server, 10));
    let began = Instant::now();
    while log.events().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "nobody is delayed");
        std::thread::yield_now();
    }
    assert_eq!(close(server), 0);
    assert_eq!(receive.join().unwrap(), Err(WSAECONNABORTED));
    close(client);
}

#[test]
fn a_routine_runs_while_a_receive_is_delayed() {
    let (_alone, _winsock) = (alone(), Winsock::start());
    unsafe extern "system" fn note(data: usize) {
        unsafe { *(data as *mut Option<Instant>) = Some(Instant::now()) };
    }
    let faults = Faults::seeded(1).quiet().at(None, 1, Kind::Delay { min: 80, max: 80 }).unwrap();
    let _layer = install("fault-late", faults).unwrap();
    let (client, server) = tcp_pair();
    send_all(client, b"x");
    let mut ran = None;
    let own = unsafe { GetCurrentThread() };
    assert_ne!(unsafe { QueueUserAPC(Some(note), own, (&raw mut ran).addr()) }, 0);
    assert_eq!(recv_bytes(server, 10).unwrap(), b"x");
    let ended = Instant::now();
    assert!(ran.is_some_and(|at| ended.duration_since(at) >= Duration::from_millis(40)), "F071");
    close(client);
    close(server);
}

/// The delay began in a receive that blocked, which heard of its timeout: nobody was to be told then.
#[test]
fn who_waits_for_network_events_is_told_of_the_end_of_an_older_delay() {
    const DELAY: u32 = 800;
    let (_alone, _winsock) = (alone(), Winsock::start());
    let faults = Faults::seeded(1).quiet().at(None, 1, Kind::Delay { min: DELAY, max: DELAY }).unwrap();
    let _layer = install("fault-late", faults).unwrap();
    let (client, server) = tcp_pair();
    send_all(client, b"x");
    let timeout = 20u32;
    let set = unsafe { setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, (&raw const timeout).cast(), 4) };
    assert_eq!(set, 0);
    assert_eq!(recv_bytes(server, 10), Err(WSAETIMEDOUT));
    let event = unsafe { WSACreateEvent() };
    assert_eq!(unsafe { WSAEventSelect(server, event, FD_READ as i32) }, 0);
    for answers in [[Err(WSAEWOULDBLOCK), Err(WSAEWOULDBLOCK)], [Ok(b"x".to_vec()), Err(WSAEWOULDBLOCK)]] {
        assert_eq!(
            unsafe { WSAWaitForMultipleEvents(1, (&raw const event).cast(), 0, LIMIT, 0) },
            WAIT_OBJECT_0
        );
        let mut happened = WSANETWORKEVENTS::default();
        assert_eq!(unsafe { WSAEnumNetworkEvents(server, event, &mut happened) }, 0);
        assert_eq!(happened.lNetworkEvents, FD_READ as i32);
        assert_eq!([recv_bytes(server, 10), recv_bytes(server, 10)], answers);
    }
    unsafe { WSACloseEvent(event) };
    close(client);
    close(server);
}

#[test]
fn what_was_done_can_be_asked_for() {
    let (_alone, _winsock) = (alone(), Winsock::start());
    let listener = tcp_listener();
    let port = port_of(listener);
    let faults = Faults::parse("seed=4,at=*.2:error:WSAENOBUFS,at=*.3:pend,at=*.4:reset")
        .unwrap()
        .quiet()
        .only(Only::Port(port))
        .unwrap();
    assert_eq!((faults.seed(), faults.to_string().ends_with(&format!(" only={port} quiet"))), (4, true));
    let log = faults.log();
    let layer = install("fault-log", faults).unwrap();
    let other = tcp_pair();
    let client = new_socket(SOCK_STREAM);
    assert_eq!(connect_to(client, port), 0);
    let server = unsafe { accept(listener, null_mut(), null_mut()) };
    for s in [other.0, client] {
        send_all(s, b"abcdef");
    }
    // Nothing befalls a socket of another port.
    assert_eq!((0..4).map(|_| recv_bytes(other.1, 1).unwrap()).collect::<Vec<_>>().concat(), b"abcd");
    assert_eq!(recv_bytes(server, 1).unwrap(), b"a");
    assert_eq!(recv_bytes(server, 1), Err(WSAENOBUFS));
    assert_eq!(recv_bytes(server, 1).unwrap(), b"b");
    let third = Operation::begin(server);
    assert_eq!((third.code, third.end()), (IO_PENDING, Ok(b"cdef".to_vec())));
    assert_eq!(recv_bytes(server, 1), Err(WSAECONNRESET));
    assert_eq!(recv_bytes(server, 1), Err(WSAECONNRESET), "without being asked");
    let events = log.events();
    let told: Vec<_> = events.iter().map(|event| (event.socket, event.receive, event.kind)).collect();
    let kinds = [(2, Kind::Error(WsaError::WSAENOBUFS)), (3, Kind::Pend), (4, Kind::Reset)];
    assert_eq!(told, kinds.map(|(receive, kind)| (server, receive, kind)));
    assert!(events[0].to_string().ends_with(", receive #2: error, WSAENOBUFS"), "{}", events[0]);

    drop(layer);
    close(client);
    close(server);
    close(listener);
    // Nothing befalls anybody any more.
    assert_eq!(recv_bytes(other.1, 9).unwrap(), b"ef");
    close(other.0);
    close(other.1);
}

#[test]
fn sockets_are_received_from_in_another_order_than_their_data_came() {
    let (_alone, _winsock) = (alone(), Winsock::start());
    let faults = Faults::seeded(11).quiet().with(Kind::Reorder { min: 0, max: 120 }, 1.0).unwrap();
    let log = faults.log();
    let _layer = install("fault-order", faults).unwrap();
    let sockets: Vec<_> = (0..8).map(|_| udp_bound()).collect();
    for s in &sockets {
        send_to(*s, b"first", port_of(*s));
        send_to(*s, b"second", port_of(*s));
    }
    let receives: Vec<_> = sockets.iter().map(|s| (Operation::begin(*s), Operation::begin(*s))).collect();
    let mut open: Vec<usize> = (0..receives.len()).collect();
    let mut order = Vec::new();
    let began = Instant::now();
    while !open.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "{open:?} do not end");
        let events: Vec<_> = open.iter().map(|i| receives[*i].0.overlapped.hEvent).collect();
        let place = unsafe { WaitForMultipleObjects(events.len() as u32, events.as_ptr(), 0, LIMIT) };
        order.push(open.remove(place as usize));
    }
    assert_ne!(order, (0..receives.len()).collect::<Vec<_>>(), "{:?}", log.events());
    for (first, second) in &receives {
        assert_eq!((first.end().unwrap(), second.end().unwrap()), (b"first".to_vec(), b"second".to_vec()));
    }
    sockets.into_iter().for_each(|s| assert_eq!(close(s), 0));
}

/// The host says of a broken connection one thing to the first who asks and another to the next.
#[test]
fn a_send_that_pends_meets_the_same_end() {
    let (_alone, _winsock) = (alone(), Winsock::start());
    for (kind, code) in [(Kind::Reset, WSAECONNRESET), (Kind::Abort, WSAECONNABORTED)] {
        let _layer = install("fault-end", Faults::seeded(1).quiet().at(None, 2, kind).unwrap()).unwrap();
        let (client, server) = tcp_pair();
        send_all(client, b"x");
        let mut bytes = vec![0; 64 << 20];
        let buffer = WSABUF { len: bytes.len() as u32, buf: bytes.as_mut_ptr() };
        let event = unsafe { CreateEventW(null(), 1, 0, null()) };
        let mut sending = OVERLAPPED { hEvent: event, ..OVERLAPPED::default() };
        let begun = unsafe { WSASend(server, &buffer, 1, null_mut(), 0, &mut sending, None) };
        assert_eq!((begun, last_error()), (SOCKET_ERROR, IO_PENDING));
        assert_eq!(recv_bytes(server, 10).unwrap(), b"x");
        let receive = Operation::begin(server);
        assert_eq!((receive.code, receive.end()), (IO_PENDING, Err(code)));
        assert_eq!(unsafe { WaitForSingleObject(event, LIMIT) }, WAIT_OBJECT_0);
        let (mut count, mut flags) = (0, 0);
        assert_eq!(unsafe { WSAGetOverlappedResult(server, &sending, &mut count, 0, &mut flags) }, 0);
        assert_eq!(last_error(), code);
        assert_eq!(unsafe { send(server, c"x".as_ptr().cast(), 1, 0) }, SOCKET_ERROR);
        assert_eq!(last_error(), code);
        assert_eq!(recv_bytes(server, 10), Err(code));
        unsafe { CloseHandle(event) };
        close(client);
        close(server);
    }
}

#[test]
fn the_peer_of_a_local_connection_sees_its_end() {
    use std::io::{Read, Write};
    use std::os::fd::IntoRawFd;
    let (_alone, _winsock) = (alone(), Winsock::start());
    let _layer = install("fault-local", Faults::seeded(1).quiet().at(None, 1, Kind::Reset).unwrap()).unwrap();
    let (own, mut peer) = std::os::unix::net::UnixStream::pair().unwrap();
    peer.write_all(b"x").unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let s = own.into_raw_fd() as SOCKET;
    assert_eq!(recv_bytes(s, 10), Err(WSAECONNRESET));
    assert_eq!(peer.read(&mut [0; 9]).unwrap(), 0);
    assert_eq!(unsafe { send(s, c"x".as_ptr().cast(), 1, 0) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAECONNRESET);
    close(s);
}

#[test]
fn what_winsock_refuses_is_no_receive() {
    let (_alone, _winsock) = (alone(), Winsock::start());
    let faults = Faults::seeded(1).quiet().with(Kind::Error(WsaError::WSAENOBUFS), 1.0).unwrap();
    let log = faults.log();
    let _layer = install("fault-refused", faults).unwrap();
    let (stream, datagrams) = (new_socket(SOCK_STREAM), udp_bound());
    assert_eq!(recv_bytes(stream, 1), Err(WSAENOTCONN));
    let mut byte = 0u8;
    let bad = |code: i32, answer: i32| assert_eq!((answer, last_error()), (SOCKET_ERROR, code));
    bad(WSAEFAULT, unsafe { recv(datagrams, null_mut(), 1, 0) });
    bad(WSAEOPNOTSUPP, unsafe { recv(datagrams, &mut byte, 1, MSG_WAITALL) });
    let (mut from, mut short) = (loopback(0), 1);
    let from = (&raw mut from).cast();
    bad(WSAEFAULT, unsafe { recvfrom(datagrams, &mut byte, 1, 0, from, &mut short) });
    let mut flags = 0;
    let done =
        unsafe { WSARecv(datagrams, null(), 1, null_mut(), &mut flags, &mut OVERLAPPED::default(), None) };
    bad(WSAEFAULT, done);
    assert_eq!(log.events(), []);
    bad(WSAENOBUFS, unsafe { recv(datagrams, &mut byte, 1, 0) });
    assert_eq!(log.events().len(), 1);
    close(stream);
    close(datagrams);
}

/// What the variable cannot say, functions cannot either.
#[test]
fn what_cannot_be_is_refused_in_rust_too() {
    let faults = || Faults::seeded(1);
    let with = |kind, probability| faults().with(kind, probability);
    let error = |code: i32| with(Kind::Error(WsaError::from_code(code)), 1.0);
    let refused = [
        (with(Kind::Delay { min: 5, max: 2 }, 1.0), "delay=1:5..2"),
        (with(Kind::Reorder { min: 1, max: 0 }, 1.0), "reorder=1:1..0"),
        (with(Kind::Short, f64::NAN), "short=NaN"),
        (with(Kind::Pend, 7.0), "pend=7"),
        (with(Kind::Pend, -0.1), "pend=-0.1"),
        (error(0), "error=1:0"),
        (error(WSA_IO_PENDING), "error=1:WSA_IO_PENDING"),
        (error(WSA_IO_INCOMPLETE), "error=1:WSA_IO_INCOMPLETE"),
        (error(WSAEWOULDBLOCK), "error=1:WSAEWOULDBLOCK"),
        (error(WSAEMSGSIZE), "error=1:WSAEMSGSIZE"),
        (error(WSAEDISCON), "error=1:WSAEDISCON"),
        (with(Kind::Short, 1.0).and_then(|faults| faults.with(Kind::Short, 0.5)), "short=0.5"),
        (faults().at(0, None, Kind::Reset), "at=0.*:reset"),
        (faults().at(None, 0, Kind::Reset), "at=*.0:reset"),
        (faults().at(1, 2, Kind::Error(WsaError::WSAEDISCON)), "at=1.2:error:WSAEDISCON"),
        (faults().only(Only::Port(0)), "only=0"),
        (faults().only(Only::Tcp).and_then(|faults| faults.only(Only::Udp)), "only=udp"),
    ];
    for (faults, word) in refused {
        assert_eq!(faults.expect_err(word).word(), word);
    }
    let most =
        with(Kind::Short, -0.0).unwrap().with(Kind::Delay { min: u32::MAX, max: u32::MAX }, 1.0).unwrap();
    assert_eq!(Faults::parse(&most.to_string()).unwrap().to_string(), most.to_string());
}
