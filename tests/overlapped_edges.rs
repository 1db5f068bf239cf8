//! Overlapped operations where something else ends, or begins, at the same time: each is told of, and no byte
//! is lost.

use std::ptr::{null, null_mut};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use openws2::Win32::Foundation::*;
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::*;
use openws2::Win32::System::Threading::*;

mod util;
use util::*;

const KEY: usize = 5;
const LIMIT: u32 = 10_000;
const IO_PENDING: i32 = ERROR_IO_PENDING as i32;

fn port() -> HANDLE {
    let port = unsafe { CreateIoCompletionPort(INVALID_HANDLE_VALUE, null_mut(), 0, 0) };
    assert!(!port.is_null());
    port
}

fn associate(s: SOCKET, port: HANDLE) {
    let done = unsafe { CreateIoCompletionPort(std::ptr::without_provenance_mut(s), port, KEY, 0) };
    assert_eq!(done, port);
}

/// The next packet's OVERLAPPED and bytes; None if none comes.
fn packet(port: HANDLE, limit: u32) -> Option<(usize, u32)> {
    let (mut bytes, mut key, mut overlapped) = (0, 0, null_mut());
    unsafe { GetQueuedCompletionStatus(port, &mut bytes, &mut key, &mut overlapped, limit) };
    (!overlapped.is_null()).then(|| (overlapped.addr(), bytes))
}

fn buffers(bytes: &mut [u8], each: usize) -> Vec<WSABUF> {
    bytes.chunks_mut(each).map(|part| WSABUF { len: part.len() as u32, buf: part.as_mut_ptr() }).collect()
}

/// The code that the call gives, 0 for success.
fn receive(s: SOCKET, into: &mut [u8], overlapped: &mut OVERLAPPED) -> i32 {
    let (parts, mut flags) = (buffers(into, usize::MAX), 0);
    let done = unsafe { WSARecv(s, parts.as_ptr(), 1, null_mut(), &mut flags, overlapped, None) };
    if done == 0 { 0 } else { last_error() }
}

fn send_parts(s: SOCKET, parts: &[WSABUF], overlapped: &mut OVERLAPPED) -> i32 {
    let count = parts.len() as u32;
    let done = unsafe { WSASend(s, parts.as_ptr(), count, null_mut(), 0, overlapped, None) };
    if done == 0 { 0 } else { last_error() }
}

fn with_event() -> OVERLAPPED {
    OVERLAPPED { hEvent: unsafe { CreateEventW(null(), 1, 0, null()) }, ..OVERLAPPED::default() }
}

/// The bytes, or the code, once it has ended.
#[track_caller]
fn result(s: SOCKET, overlapped: &OVERLAPPED) -> Result<u32, i32> {
    assert_eq!(unsafe { WaitForSingleObject(overlapped.hEvent, LIMIT) }, WAIT_OBJECT_0, "it does not end");
    let (mut bytes, mut flags) = (0, 0);
    let done = unsafe { WSAGetOverlappedResult(s, overlapped, &mut bytes, 0, &mut flags) };
    unsafe { CloseHandle(overlapped.hEvent) };
    if done != 0 { Ok(bytes) } else { Err(last_error()) }
}

/// Runs the test in a process of its own, where it is told true.
fn is_alone(test: &str) -> bool {
    const MARK: &str = "OPENWS2_TEST_ALONE";
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let mut child = child.args(["--exact", test]).env(MARK, "1").spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() && began.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    assert!(child.wait().unwrap().success());
    false
}

/// A receive of the host's stops at an urgent byte, and nothing else tells of what is behind it.
#[test]
fn what_lies_behind_an_urgent_byte_is_received() {
    let _winsock = Winsock::start();
    for _ in 0..20 {
        let ((client, server), port) = (tcp_pair(), port());
        set_option(server, SO_OOBINLINE, 1);
        associate(server, port);
        let (mut bytes, mut overlapped) = ([0; 100], OVERLAPPED::default());
        assert_eq!(receive(server, &mut bytes, &mut overlapped), IO_PENDING);
        send_all(client, b"abc");
        assert_eq!(unsafe { send(client, c"x".as_ptr().cast(), 1, MSG_OOB) }, 1);
        send_all(client, b"def");
        let mut all: Vec<u8> = Vec::new();
        while all.len() < 7 {
            let (_, count) = packet(port, 2000).expect("the rest does not come");
            all.extend(&bytes[..count as usize]);
            if all.len() < 7 {
                receive(server, &mut bytes, &mut overlapped);
            }
        }
        assert_eq!(all, b"abcxdef");
        close(client);
        close(server);
        unsafe { CloseHandle(port) };
    }
}

/// There is room for more buffers than the host takes in one call.
#[test]
fn thousands_of_small_buffers_are_sent_as_one() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    let mut bytes: Vec<u8> = (0..5000).map(|i| i as u8).collect();
    let sent = bytes.clone();
    let (parts, mut overlapped) = (buffers(&mut bytes, 1), with_event());
    assert!([0, IO_PENDING].contains(&send_parts(client, &parts, &mut overlapped)));
    assert_eq!(result(client, &overlapped), Ok(5000));
    let mut got = Vec::new();
    while got.len() < sent.len() {
        got.extend(recv_bytes(server, 5000).unwrap());
    }
    assert_eq!(got, sent);
    close(client);
    close(server);
}

/// G023's sibling: sending ends behind what waits to be sent.
#[test]
fn shutdown_ends_sending_behind_sends_that_wait() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    let mut bytes = vec![7; 32 << 20];
    let (parts, mut overlapped) = (buffers(&mut bytes, usize::MAX), with_event());
    assert_eq!(send_parts(client, &parts, &mut overlapped), IO_PENDING);
    assert_eq!(unsafe { shutdown(client, SD_SEND) }, 0);
    // F138, at once.
    assert_eq!((unsafe { send(client, bytes.as_ptr(), 1, 0) }, last_error()), (-1, WSAESHUTDOWN));
    let mut total = 0;
    loop {
        match recv_bytes(server, 1 << 16).unwrap().len() {
            0 => break,
            count => total += count,
        }
    }
    assert_eq!(total, bytes.len());
    assert_eq!(result(client, &overlapped), Ok(bytes.len() as u32));
    close(client);
    close(server);
}

/// Cancelling the sends does not keep the end from the peer.
#[test]
fn shutdown_comes_when_the_sends_before_it_are_cancelled() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    let mut bytes = vec![7; 32 << 20];
    let (parts, mut overlapped) = (buffers(&mut bytes, usize::MAX), with_event());
    assert_eq!(send_parts(client, &parts, &mut overlapped), IO_PENDING);
    assert_eq!(unsafe { shutdown(client, SD_SEND) }, 0);
    assert_ne!(unsafe { CancelIoEx(std::ptr::without_provenance_mut(client), null()) }, 0);
    assert_eq!(result(client, &overlapped), Err(ERROR_OPERATION_ABORTED as i32));
    let mut total = 0;
    loop {
        match recv_bytes(server, 1 << 16).unwrap().len() {
            0 => break,
            count => total += count,
        }
    }
    assert!(total < bytes.len());
    close(client);
    close(server);
}

#[test]
fn a_receive_ends_when_its_socket_is_made_new() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    let (mut bytes, mut overlapped) = ([0; 4], with_event());
    assert_eq!(receive(client, &mut bytes, &mut overlapped), IO_PENDING);
    let (mut guid, mut function) = (WSAID_DISCONNECTEX, 0usize);
    let (mut count, guid_size) = (0, size_of_val(&guid) as u32);
    let (from, to) = ((&raw mut guid).cast(), (&raw mut function).cast());
    let code = SIO_GET_EXTENSION_FUNCTION_POINTER;
    let asked = unsafe { WSAIoctl(client, code, from, guid_size, to, 8, &mut count, null_mut(), None) };
    assert_eq!(asked, 0);
    let disconnect: LPFN_DISCONNECTEX = unsafe { std::mem::transmute(function) };
    assert_ne!(unsafe { disconnect.unwrap()(client, null_mut(), TF_REUSE_SOCKET, 0) }, 0);
    assert_eq!(result(client, &overlapped), Err(WSAECONNABORTED));
    close(client);
    close(server);
}

/// The thread that sends is the one that would take packets: what was posted is filled all the same. In a
/// process of its own, where no other test's operations are seen to.
#[test]
fn large_receives_are_filled_while_their_thread_sends() {
    if !is_alone("large_receives_are_filled_while_their_thread_sends") {
        return;
    }
    are_filled_while_their_thread_sends(64, 1 << 20);
}

/// As large ones are: together these take more than the host keeps.
#[test]
fn many_receives_are_filled_while_their_thread_sends() {
    if is_alone("many_receives_are_filled_while_their_thread_sends") {
        are_filled_while_their_thread_sends(2048, 1 << 15);
    }
}

#[track_caller]
fn are_filled_while_their_thread_sends(count: usize, each: usize) {
    let _winsock = Winsock::start();
    let ((client, server), port) = (tcp_pair(), port());
    associate(server, port);
    let mut bytes = vec![0; count * each];
    let mut overlapped = vec![OVERLAPPED::default(); count];
    for (into, overlapped) in bytes.chunks_mut(each).zip(&mut overlapped) {
        assert_eq!(receive(server, into, overlapped), IO_PENDING);
    }
    set_option(client, SO_SNDTIMEO, 8000);
    send_all(client, &vec![1; 16 << 20]);
    close(client);
    close(server);
    for _ in 0..count {
        packet(port, LIMIT).expect("each is told of");
    }
    unsafe { CloseHandle(port) };
}

/// The host has no room for so many datagrams; the receives that were posted have.
#[test]
fn datagrams_go_to_the_receives_that_wait_for_them_before_somebody_comes_for_packets() {
    if !is_alone("datagrams_go_to_the_receives_that_wait_for_them_before_somebody_comes_for_packets") {
        return;
    }
    let _winsock = Winsock::start();
    const COUNT: usize = 1000;
    let (receiver, sender, port) = (udp_bound(), udp_bound(), port());
    associate(receiver, port);
    let mut bytes = vec![0; COUNT * 1000];
    let mut overlapped = vec![OVERLAPPED::default(); COUNT];
    for (into, overlapped) in bytes.chunks_mut(1000).zip(&mut overlapped) {
        assert_eq!(receive(receiver, into, overlapped), IO_PENDING);
    }
    let sent = vec![9; 1000];
    for place in 0..COUNT {
        assert_eq!(send_to(sender, &sent, port_of(receiver)), 1000);
        if place % 50 == 49 {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    for place in 0..COUNT {
        assert!(packet(port, 2000).is_some(), "only {place} have come");
    }
    close(receiver);
    close(sender);
}

/// A receive of out-of-band data ends with the connection, as one that waits in the call does.
#[test]
fn a_pending_out_of_band_receive_hears_of_the_end() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    let (mut bytes, mut overlapped, mut flags) = ([0; 4], with_event(), MSG_OOB as u32);
    let parts = buffers(&mut bytes, 4);
    let done = unsafe { WSARecv(server, parts.as_ptr(), 1, null_mut(), &mut flags, &mut overlapped, None) };
    assert_eq!((done, last_error()), (-1, IO_PENDING));
    close(client);
    assert_eq!(result(server, &overlapped), Ok(0));
    close(server);
}

thread_local! {
    /// The sockets that nested calls sit on, and the event that the innermost one waits for.
    static NESTED: std::cell::RefCell<(Vec<SOCKET>, HANDLE)> =
        const { std::cell::RefCell::new((Vec::new(), null_mut())) };
}

/// The innermost call has begun.
static DEEP: AtomicBool = AtomicBool::new(false);

unsafe extern "system" fn nest(_: usize) {
    match NESTED.with(|nested| nested.borrow_mut().0.pop()) {
        Some(s) => {
            assert_ne!(unsafe { QueueUserAPC(Some(nest), GetCurrentThread(), 0) }, 0);
            assert_eq!(recv_bytes(s, 1), Ok(b"y".to_vec()));
        }
        None => {
            let event = NESTED.with(|nested| nested.borrow().1);
            DEEP.store(true, Ordering::SeqCst);
            assert_eq!(unsafe { WaitForSingleObject(event, LIMIT) }, WAIT_OBJECT_0);
        }
    }
}

/// Calls that are queued for a thread run inside its calls, as deep as a thread goes.
#[test]
fn a_thread_deep_in_calls_hears_of_what_comes() {
    let _winsock = Winsock::start();
    let pairs: Vec<_> = (0..8).map(|_| tcp_pair()).collect();
    let (client, server) = tcp_pair();
    let (mut bytes, mut overlapped) = ([0; 4], with_event());
    assert_eq!(receive(server, &mut bytes, &mut overlapped), IO_PENDING);
    let event = overlapped.hEvent;
    NESTED.set((pairs.iter().map(|pair| pair.1).collect(), event));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !DEEP.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            // It is about to wait. Should it come later, it has less to show.
            std::thread::sleep(Duration::from_millis(20));
            send_all(client, b"x");
            pairs.iter().for_each(|pair| send_all(pair.0, b"y"));
        });
        unsafe { nest(0) };
    });
    assert_eq!(result(server, &overlapped), Ok(1));
    pairs.into_iter().chain([(client, server)]).for_each(|(a, b)| assert_eq!((close(a), close(b)), (0, 0)));
}

/// A receive that begins while its socket is closed fails, or is told of by the port.
#[test]
fn who_begins_while_another_thread_closes_is_not_left_without_a_packet() {
    let _winsock = Winsock::start();
    let port = port();
    for round in 0..3000u32 {
        let (client, server) = tcp_pair();
        associate(server, port);
        send_all(client, b"x");
        let (mut bytes, mut overlapped, start) = ([0], OVERLAPPED::default(), Barrier::new(2));
        let code = std::thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                (0..round * 37 % 400).for_each(|_| std::hint::spin_loop());
                close(server);
            });
            start.wait();
            (0..round * 53 % 400).for_each(|_| std::hint::spin_loop());
            receive(server, &mut bytes, &mut overlapped)
        });
        if [0, IO_PENDING].contains(&code) {
            assert!(packet(port, 1000).is_some(), "round {round}: {code}, and no packet");
        }
        assert_eq!(packet(port, 0), None);
        close(client);
    }
    unsafe { CloseHandle(port) };
}

/// What a thread is remembered by is given back, also where its end has operations to look after.
#[test]
fn closing_costs_no_more_after_many_threads_have_ended() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    let (mut bytes, mut overlapped) = ([0; 4], with_event());
    assert_eq!(receive(server, &mut bytes, &mut overlapped), IO_PENDING);
    let cost = || {
        let round = || {
            let began = Instant::now();
            (0..20).for_each(|_| assert_eq!(close(new_socket(SOCK_STREAM)), 0));
            began.elapsed()
        };
        (0..5).map(|_| round()).min().unwrap()
    };
    let before = cost();
    for _ in 0..3000 {
        std::thread::spawn(move || unsafe { WSASetLastError(port_of(client).into()) }).join().unwrap();
    }
    let after = cost();
    assert!(after < 10 * before + Duration::from_millis(20), "{before:?} became {after:?}");
    close(client);
    close(server);
    assert!(result(server, &overlapped).is_err());
}

/// G210, for a call that waits behind overlapped receives. In a process of its own: nothing is left started.
#[test]
fn the_last_cleanup_ends_calls_that_wait_for_their_turn() {
    if !is_alone("the_last_cleanup_ends_calls_that_wait_for_their_turn") {
        return;
    }
    let mut data = WSADATA::default();
    assert_eq!(unsafe { WSAStartup(0x0202, &mut data) }, 0);
    let (_client, server) = tcp_pair();
    let (mut bytes, mut overlapped) = ([0; 4], with_event());
    assert_eq!(receive(server, &mut bytes, &mut overlapped), IO_PENDING);
    let waiting = start_blocked(move || recv_bytes(server, 4));
    assert_eq!(unsafe { WSACleanup() }, 0);
    assert_eq!(waiting.join().unwrap(), Err(WSAEINTR));
}

fn receive_all(s: SOCKET, into: &mut [u8], overlapped: &mut OVERLAPPED) -> i32 {
    let (parts, mut flags) = (buffers(into, usize::MAX), MSG_WAITALL as u32);
    let done = unsafe { WSARecv(s, parts.as_ptr(), 1, null_mut(), &mut flags, overlapped, None) };
    if done == 0 { 0 } else { last_error() }
}

fn unread(s: SOCKET) -> u32 {
    let mut count = 0;
    assert_eq!(unsafe { ioctlsocket(s, FIONREAD, &mut count) }, 0);
    count
}

/// What has come is not looked at again with each piece.
#[test]
fn a_receive_of_all_bytes_takes_as_long_as_they_are_many() {
    const LENGTH: usize = 64 << 20;
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    let (mut bytes, mut overlapped) = (vec![0; LENGTH], with_event());
    assert_eq!(receive_all(server, &mut bytes, &mut overlapped), IO_PENDING);
    let began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let part: Vec<u8> = (0..1 << 16).map(|i| (i % 251) as u8).collect();
            (0..LENGTH / part.len()).for_each(|_| send_all(client, &part));
        });
        assert_eq!(result(server, &overlapped), Ok(LENGTH as u32));
    });
    assert!(began.elapsed() < Duration::from_secs(8), "it took {:?}", began.elapsed());
    assert!(bytes.chunks(1 << 16).all(|part| part.iter().enumerate().all(|(i, &b)| b == (i % 251) as u8)));
    close(client);
    close(server);
}

/// G098: a receive of all bytes has taken some when it is cancelled, and they go to the one behind it.
#[test]
fn what_a_cancelled_receive_of_all_bytes_took_goes_to_the_next_one() {
    let _winsock = Winsock::start();
    for urgent in [false, true] {
        let (client, server) = tcp_pair();
        let (mut bytes, mut overlapped) = ([0; 9], with_event());
        let (begun, cancel) = (Barrier::new(2), Barrier::new(2));
        std::thread::scope(|scope| {
            let canceller = scope.spawn(|| {
                let (mut bytes, mut overlapped) = ([0; 20], with_event());
                assert_eq!(receive_all(server, &mut bytes, &mut overlapped), IO_PENDING);
                begun.wait();
                cancel.wait();
                assert_ne!(unsafe { CancelIo(std::ptr::without_provenance_mut(server)) }, 0);
                result(server, &overlapped)
            });
            begun.wait();
            assert_eq!(receive(server, &mut bytes, &mut overlapped), IO_PENDING);
            send_all(client, b"abc");
            if urgent {
                assert_eq!(unsafe { send(client, c"x".as_ptr().cast(), 1, MSG_OOB) }, 1);
            }
            send_all(client, b"defghij");
            let began = Instant::now();
            while unread(server) > 0 && began.elapsed() < Duration::from_secs(5) {
                std::thread::yield_now();
            }
            cancel.wait();
            assert_eq!(canceller.join().unwrap(), Err(ERROR_OPERATION_ABORTED as i32));
        });
        let mut all = bytes[..result(server, &overlapped).unwrap() as usize].to_vec();
        while all.len() < 10 {
            all.extend(recv_bytes(server, 20).unwrap());
        }
        assert_eq!(all, b"abcdefghij", "urgent {urgent}");
        if urgent {
            let mut byte = 0;
            assert_eq!((unsafe { recv(server, &mut byte, 1, MSG_OOB) }, byte), (1, b'x'));
        }
        send_all(client, b"k");
        assert_eq!(recv_bytes(server, 20).unwrap(), b"k");
        close(client);
        close(server);
    }
}

/// As the overlapped one, a call that waits for its turn and for all bytes.
#[test]
fn what_a_receive_in_turn_took_before_its_timeout_is_received() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    set_option(server, SO_RCVTIMEO, 300);
    let (mut bytes, mut overlapped) = ([0; 4], with_event());
    assert_eq!(receive(server, &mut bytes, &mut overlapped), IO_PENDING);
    let waiting = start_blocked(move || {
        let mut bytes = [0; 8];
        (unsafe { recv(server, bytes.as_mut_ptr(), 8, MSG_WAITALL) }, last_error())
    });
    send_all(client, b"abcdef");
    assert_eq!(result(server, &overlapped), Ok(4));
    assert_eq!(waiting.join().unwrap(), (-1, WSAETIMEDOUT));
    assert_eq!((&bytes, unread(server)), (b"abcd", 2));
    assert_eq!(recv_bytes(server, 8).unwrap(), b"ef");
    close(client);
    close(server);
}

/// A blocked call that is cancelled has taken nothing either.
#[test]
fn what_a_cancelled_call_took_is_received() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    let waiting = start_blocked(move || {
        let mut bytes = [0; 8];
        (unsafe { recv(server, bytes.as_mut_ptr(), 8, MSG_WAITALL) }, last_error())
    });
    send_all(client, b"abc");
    let began = Instant::now();
    while unread(server) > 0 && began.elapsed() < Duration::from_secs(5) {
        std::thread::yield_now();
    }
    assert_ne!(unsafe { CancelIoEx(std::ptr::without_provenance_mut(server), null()) }, 0);
    assert_eq!(waiting.join().unwrap(), (-1, WSAEINTR));
    assert_eq!(recv_bytes(server, 8).unwrap(), b"abc");
    close(client);
    close(server);
}

/// G016: one receive that is cancelled takes the others with it; one that has ended takes none.
#[test]
fn a_receive_that_has_ended_takes_no_other_with_it_when_it_is_cancelled() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    for round in 0..3000u32 {
        let (mut bytes, mut overlapped) = ([[0]; 2], [with_event(), with_event()]);
        let [first, second] = &mut bytes;
        assert_eq!(receive(server, first, &mut overlapped[0]), IO_PENDING);
        assert_eq!(receive(server, second, &mut overlapped[1]), IO_PENDING);
        let (start, named) = (Barrier::new(2), (&raw const overlapped[0]).addr());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                (0..round * 37 % 3000).for_each(|_| std::hint::spin_loop());
                let named = std::ptr::without_provenance(named);
                unsafe { CancelIoEx(std::ptr::without_provenance_mut(server), named) };
            });
            start.wait();
            (0..round * 53 % 3000).for_each(|_| std::hint::spin_loop());
            // Whoever looks has the first receive take the byte.
            send_all(client, b"x");
            unread(server);
        });
        let cancelled = Err(ERROR_OPERATION_ABORTED as i32);
        match result(server, &overlapped[0]) {
            Ok(1) => send_all(client, b"y"),
            other => assert_eq!(other, cancelled),
        }
        match result(server, &overlapped[1]) {
            Ok(1) => assert_eq!(bytes, [*b"x", *b"y"], "round {round}"),
            other => {
                assert_eq!(
                    (other, bytes),
                    (cancelled, [[0]; 2]),
                    "round {round}: taken along by one that had ended"
                );
                assert_eq!(recv_bytes(server, 1).unwrap(), b"x");
            }
        }
    }
    close(client);
    close(server);
}
