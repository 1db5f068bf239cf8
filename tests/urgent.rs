//! Out-of-band data: a queue of its own, in order, never in the stream.
#![allow(non_snake_case)]

use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;

mod util;
use util::*;

fn send_urgent(s: SOCKET, byte: u8) {
    assert_eq!(unsafe { send(s, &byte, 1, MSG_OOB) }, 1, "{}", last_error());
}

fn recv_urgent(s: SOCKET) -> Result<u8, i32> {
    let mut byte = 0u8;
    match unsafe { recv(s, &mut byte, 1, MSG_OOB) } {
        1 => Ok(byte),
        _ => Err(last_error()),
    }
}

fn control(s: SOCKET, code: i32) -> u32 {
    let mut value = 0xdead_beef;
    assert_eq!(unsafe { ioctlsocket(s, code, &mut value) }, 0, "{}", last_error());
    value
}

/// Waits for a fact, up to five seconds.
#[track_caller]
fn until(what: &str, fact: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while !fact() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::yield_now();
    }
}

/// F165, F166, F167, F168, F169, F170.
#[test]
fn two_bytes_are_both_kept_and_the_stream_has_neither() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    set_nonblocking(b, true);
    send_all(a, b"hello");
    until("five bytes", || control(b, FIONREAD) == 5);
    assert_eq!(control(b, SIOCATMARK), 1);
    send_urgent(a, b'x');
    until("the first", || control(b, SIOCATMARK) == 0);
    assert_eq!(control(b, FIONREAD), 5);
    send_urgent(a, b'y');
    assert_eq!(recv_bytes(b, 3).as_deref(), Ok(&b"hel"[..]));
    assert_eq!(control(b, FIONREAD), 2);
    assert_eq!(recv_bytes(b, 5).as_deref(), Ok(&b"lo"[..]));
    assert_eq!(control(b, FIONREAD), 0);
    assert_eq!(recv_urgent(b), Ok(b'x'));
    assert_eq!(control(b, SIOCATMARK), 0, "one is left");
    assert_eq!(recv_urgent(b), Ok(b'y'));
    assert_eq!(control(b, SIOCATMARK), 1);
    assert_eq!(recv_urgent(b), Err(WSAEWOULDBLOCK), "F173");
    send_all(a, b"more");
    until("the bytes behind the mark", || control(b, FIONREAD) == 4);
    assert_eq!(recv_bytes(b, 8).as_deref(), Ok(&b"more"[..]));
    close(a);
    close(b);
}

/// Bytes that come 20 ms apart while the program does not call are all kept, in order.
#[test]
fn bytes_from_another_program_are_kept_without_a_call_in_between() {
    use std::io::Write;
    use std::os::fd::AsRawFd;

    let _winsock = Winsock::start();
    let listener = tcp_listener();
    let port = port_of(listener);
    let peer = std::thread::spawn(move || {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(b"abc").unwrap();
        for byte in *b"12345" {
            let sent = unsafe { libc_send(stream.as_raw_fd(), &byte, 1, 1) };
            assert_eq!(sent, 1);
            std::thread::sleep(Duration::from_millis(20));
        }
        stream.write_all(b"def").unwrap();
        stream
    });
    let b = unsafe { accept(listener, std::ptr::null_mut(), std::ptr::null_mut()) };
    // The sign that the process uses out-of-band data.
    assert!(control(b, SIOCATMARK) <= 1);
    let stream = peer.join().unwrap();
    set_nonblocking(b, true);
    let mut normal = Vec::new();
    until("six bytes", || {
        let more = recv_bytes(b, 16).unwrap_or_default();
        // A shared Vec would need a cell; the closure only asks, so it collects by peeking at the count.
        normal_push(more);
        normal_len() == 6
    });
    normal.extend(normal_take());
    assert_eq!(normal, b"abcdef");
    let urgent: Vec<u8> = std::iter::from_fn(|| recv_urgent(b).ok()).collect();
    assert_eq!(urgent, b"12345");
    drop(stream);
    close(b);
    close(listener);
}

thread_local! {
    static NORMAL: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) };
}

fn normal_push(bytes: Vec<u8>) {
    NORMAL.with(|normal| normal.borrow_mut().extend(bytes));
}

fn normal_len() -> usize {
    NORMAL.with(|normal| normal.borrow().len())
}

fn normal_take() -> Vec<u8> {
    NORMAL.with(|normal| std::mem::take(&mut *normal.borrow_mut()))
}

unsafe extern "C" {
    #[link_name = "send"]
    fn libc_send(fd: i32, buf: *const u8, len: usize, flags: i32) -> isize;
}

/// F175, F176: in line, the byte is one of the stream's, and comes once.
#[test]
fn in_line_it_comes_once_in_the_stream() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    set_option(b, SO_OOBINLINE, 1);
    set_nonblocking(b, true);
    send_urgent(a, b'u');
    until("the byte", || control(b, FIONREAD) == 1);
    assert_eq!(control(b, SIOCATMARK), 1);
    assert_eq!(recv_urgent(b), Err(WSAEINVAL), "F174");
    assert_eq!(recv_bytes(b, 4).as_deref(), Ok(&b"u"[..]));
    assert_eq!(recv_bytes(b, 4), Err(WSAEWOULDBLOCK));
    close(a);
    close(b);
}

/// F177, and a byte that was taken before does not come a second time.
#[test]
fn switching_in_line_moves_the_queue_to_the_front_and_replays_nothing() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    set_nonblocking(b, true);
    send_urgent(a, b'1');
    until("it came", || control(b, SIOCATMARK) == 0);
    set_option(b, SO_OOBINLINE, 1);
    assert_eq!(control(b, FIONREAD), 1);
    assert_eq!(control(b, SIOCATMARK), 0, "unread");
    assert_eq!(recv_bytes(b, 4).as_deref(), Ok(&b"1"[..]));
    assert_eq!(control(b, SIOCATMARK), 1);
    assert_eq!(recv_bytes(b, 4), Err(WSAEWOULDBLOCK));

    set_option(b, SO_OOBINLINE, 0);
    send_all(a, b"ab");
    send_urgent(a, b'2');
    until("it came", || control(b, SIOCATMARK) == 0);
    assert_eq!(recv_urgent(b), Ok(b'2'));
    send_all(a, b"cd");
    set_option(b, SO_OOBINLINE, 1);
    let mut stream = Vec::new();
    while stream.len() < 4 {
        wait_readable(b);
        stream.extend(recv_bytes(b, 8).unwrap());
    }
    assert_eq!(stream, b"abcd", "the byte that was taken is not replayed");
    assert_eq!(recv_bytes(b, 8), Err(WSAEWOULDBLOCK));
    close(a);
    close(b);
}

/// F196: out-of-band data is exceptional, and not readable.
#[test]
fn select_tells_it_in_the_except_set() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let waiter = start_blocked(move || {
        let (mut read, mut except) = (set_of(&[b]), set_of(&[b]));
        let limit = TIMEVAL { tv_sec: 5, tv_usec: 0 };
        let count = unsafe { select(0, &mut read, std::ptr::null_mut(), &mut except, &limit) };
        (count, read.fd_count, except.fd_count)
    });
    send_urgent(a, b'!');
    assert_eq!(waiter.join().unwrap(), (1, 0, 1));
    assert_eq!(recv_urgent(b), Ok(b'!'));
    close(a);
    close(b);
}

/// A blocking receive of out-of-band data waits for it, and closesocket ends the wait.
#[test]
fn a_blocking_receive_waits_for_the_byte() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let reader = start_blocked(move || recv_urgent(b));
    send_all(a, b"normal");
    send_urgent(a, b'z');
    assert_eq!(reader.join().unwrap(), Ok(b'z'));
    let reader = start_blocked(move || recv_urgent(b));
    close(b);
    assert_eq!(reader.join().unwrap(), Err(WSAECONNABORTED));
    close(a);
}

/// Another SOCKET for the same object.
fn duplicate(s: SOCKET) -> SOCKET {
    let mut info = WSAPROTOCOL_INFOW::default();
    assert_eq!(unsafe { WSADuplicateSocketW(s, std::process::id(), &mut info) }, 0, "{}", last_error());
    let twin = unsafe { WSASocketW(-1, -1, -1, &info, 0, WSA_FLAG_OVERLAPPED) };
    assert_ne!(twin, INVALID_SOCKET, "{}", last_error());
    twin
}

fn is_inline(s: SOCKET) -> bool {
    let (mut value, mut len) = (0i32, 4);
    let got = unsafe { getsockopt(s, SOL_SOCKET, SO_OOBINLINE, (&raw mut value).cast(), &mut len) };
    assert_eq!(got, 0, "{}", last_error());
    value != 0
}

/// Fails, rather than waits for ever, when the thread does not end.
#[track_caller]
fn joined<T>(thread: std::thread::JoinHandle<T>) -> T {
    until("the call has ended", || thread.is_finished());
    thread.join().unwrap()
}

/// A reset that is found out while the queues are locked is told to both SOCKETs of the object.
#[test]
fn a_reset_after_a_taken_byte_is_told_to_both_sockets_of_a_pair() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let d = duplicate(b);
    set_nonblocking(b, true);
    send_all(a, b"abc");
    send_urgent(a, b'!');
    send_all(a, b"def");
    until("it came", || control(b, SIOCATMARK) == 0);
    assert_eq!(recv_urgent(b), Ok(b'!'));
    let linger = LINGER { l_onoff: 1, l_linger: 0 };
    let set = unsafe { setsockopt(a, SOL_SOCKET, SO_LINGER, (&raw const linger).cast(), 4) };
    assert_eq!(set, 0, "{}", last_error());
    close(a);
    let reader = std::thread::spawn(move || {
        let told = || recv_bytes(b, 16).err().filter(|&code| code != WSAEWOULDBLOCK);
        let first = std::iter::repeat_with(told).flatten().next();
        (first, recv_bytes(d, 16).err())
    });
    assert_eq!(joined(reader), (Some(WSAECONNRESET), Some(WSAECONNRESET)));
    close(b);
    close(d);
}

/// Out-of-band bytes, and their places in the stream, are the object's.
#[test]
fn a_duplicate_has_the_same_queue_and_the_same_stream() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    set_nonblocking(b, true);
    send_all(a, b"ab");
    send_urgent(a, b'1');
    until("it came", || control(b, SIOCATMARK) == 0);
    let d = duplicate(b);
    send_all(a, b"cd");
    send_urgent(a, b'2');
    send_all(a, b"ef");
    assert_eq!((control(d, SIOCATMARK), control(b, SIOCATMARK)), (0, 0));
    assert_eq!(recv_urgent(d), Ok(b'1'));
    assert_eq!(recv_urgent(b), Ok(b'2'));
    assert_eq!(recv_urgent(d), Err(WSAEWOULDBLOCK));
    let mut stream = Vec::new();
    until("the last byte", || control(d, FIONREAD) == 6);
    for s in [d, b, d, b] {
        stream.extend(recv_bytes(s, 2).unwrap_or_default());
    }
    assert_eq!(stream, b"abcdef", "neither byte is received in the stream");
    close(b);
    send_urgent(a, b'3');
    until("the other one is watched now", || control(d, SIOCATMARK) == 0);
    assert_eq!(recv_urgent(d), Ok(b'3'));
    close(d);
    assert_eq!(recv_bytes(a, 1).as_deref(), Ok(&b""[..]), "nothing was left unread");
    close(a);
}

/// SO_OOBINLINE is the object's.
#[test]
fn a_duplicate_has_the_same_option() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let d = duplicate(b);
    send_urgent(a, b'1');
    until("it came", || control(d, SIOCATMARK) == 0);
    set_option(b, SO_OOBINLINE, 1);
    assert!(is_inline(d));
    assert_eq!(recv_bytes(d, 4).as_deref(), Ok(&b"1"[..]));
    send_urgent(a, b'2');
    assert_eq!(recv_bytes(d, 4).as_deref(), Ok(&b"2"[..]));
    set_option(d, SO_OOBINLINE, 0);
    assert!(!is_inline(b));
    send_urgent(a, b'3');
    assert_eq!(recv_urgent(b), Ok(b'3'));
    close(a);
    close(b);
    close(d);
}

/// F174, for a call that waits when the option comes.
#[test]
fn switching_in_line_ends_a_receive_of_out_of_band_data() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let reader = start_blocked(move || recv_urgent(b));
    set_option(b, SO_OOBINLINE, 1);
    assert_eq!(joined(reader), Err(WSAEINVAL));
    close(a);
    close(b);
}

/// F177: the queue becomes the stream's, which those who wait for the stream hear of.
#[test]
fn switching_in_line_wakes_those_who_wait_for_the_stream() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    assert_eq!(control(b, SIOCATMARK), 1);
    send_urgent(a, b'!');
    until("it came", || control(b, SIOCATMARK) == 0);
    let d = duplicate(b);
    let chooser = start_blocked(move || {
        let mut read = set_of(&[d]);
        let limit = TIMEVAL { tv_sec: 20, tv_usec: 0 };
        unsafe { select(0, &mut read, std::ptr::null_mut(), std::ptr::null_mut(), &limit) }
    });
    let peeker = start_blocked(move || {
        let mut byte = 0u8;
        (unsafe { recv(b, &mut byte, 1, MSG_PEEK) }, byte)
    });
    set_option(b, SO_OOBINLINE, 1);
    assert_eq!(joined(peeker), (1, b'!'));
    assert_eq!(joined(chooser), 1);
    close(a);
    close(b);
    close(d);
}

/// G098: what a receive gives back is there for one that has waited meanwhile.
#[test]
fn bytes_that_are_given_back_wake_who_waits_for_them() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let d = duplicate(b);
    set_option(b, SO_RCVTIMEO, 300);
    send_all(a, b"abc");
    let all = std::thread::spawn(move || {
        let mut bytes = [0u8; 9];
        let got = unsafe { recv(b, bytes.as_mut_ptr(), 9, MSG_WAITALL) };
        (got, last_error())
    });
    until("it has taken them", || control(b, FIONREAD) == 0);
    let other = start_blocked(move || recv_bytes(d, 9));
    assert_eq!(joined(all), (-1, WSAETIMEDOUT));
    assert_eq!(joined(other).as_deref(), Ok(&b"abc"[..]));
    close(a);
    close(b);
    close(d);
}

/// A receive that began in line, in the host, does not pass over a byte that comes out of line.
#[test]
fn switching_out_of_line_turns_back_a_receive_that_waits() {
    let _winsock = Winsock::start();
    for _ in 0..20 {
        let (a, b) = tcp_pair();
        set_option(b, SO_OOBINLINE, 1);
        let reader = start_blocked(move || recv_bytes(b, 4));
        set_option(b, SO_OOBINLINE, 0);
        send_urgent(a, b'!');
        send_all(a, b"x");
        assert_eq!(joined(reader).as_deref(), Ok(&b"x"[..]));
        set_nonblocking(b, true);
        assert_eq!(recv_urgent(b), Ok(b'!'));
        close(a);
        close(b);
    }
}

/// One byte comes while the one before it, which was taken, is next in the stream.
#[test]
fn a_byte_that_was_taken_does_not_come_again_when_the_next_one_comes() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    const URGENT: usize = 3000;
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    set_nonblocking(server, true);
    let taken = Arc::new(AtomicUsize::new(0));
    let reader = std::thread::spawn({
        let taken = Arc::clone(&taken);
        move || {
            let mut normal = Vec::new();
            loop {
                taken.fetch_add(usize::from(recv_urgent(server).is_ok()), Ordering::SeqCst);
                match recv_bytes(server, 1 + normal.len() % 8) {
                    Ok(end) if end.is_empty() => return normal,
                    Ok(bytes) => normal.extend(bytes),
                    Err(_) => std::thread::yield_now(),
                }
            }
        }
    });
    let mut sent = 0;
    for count in 0..URGENT {
        for part in 0..count % 5 {
            sent += part + 1;
            send_all(client, &b"data."[..part + 1]);
        }
        send_urgent(client, b'!');
        until("the byte is taken", || taken.load(Ordering::SeqCst) > count);
    }
    close(client);
    let normal = joined(reader);
    assert_eq!((normal.len(), normal.contains(&b'!')), (sent, false));
    close(server);
}
