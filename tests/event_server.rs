//! An echo server that knows of its connections only what network events tell: one that is missed hangs it.
//!
//! It receives once for each FD_READ and sends on at FD_WRITE, as the documentation has it. Its clients send in
//! random parts, half-close, send out-of-band bytes, read late or reset.

mod util;

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::ptr::null_mut;
use std::time::Duration;

use openws2::Win32::Foundation::WAIT_TIMEOUT;
use openws2::Win32::Networking::WinSock::*;

use util::*;

const CLIENTS: u64 = 200;
const AT_ONCE: usize = 40;
const LATE: u32 = 10_000;
/// So many events can be waited for at once.
const MOST: usize = WSA_MAXIMUM_WAIT_EVENTS as usize;

struct Connection {
    s: SOCKET,
    event: WSAEVENT,
    to_send: VecDeque<u8>,
    has_room: bool,
    finished: bool,
    received: usize,
}

enum After {
    Stays,
    Over,
}

impl Connection {
    fn new(s: SOCKET) -> Self {
        let event = unsafe { WSACreateEvent() };
        let mask = (FD_READ | FD_WRITE | FD_OOB | FD_CLOSE) as i32;
        assert_eq!(unsafe { WSAEventSelect(s, event, mask) }, 0, "{}", last_error());
        Self { s, event, to_send: VecDeque::new(), has_room: false, finished: false, received: 0 }
    }

    fn serve(&mut self, buffer: &mut [u8]) -> After {
        let mut events = WSANETWORKEVENTS { lNetworkEvents: 0, iErrorCode: [0; 10] };
        assert_eq!(unsafe { WSAEnumNetworkEvents(self.s, self.event, &mut events) }, 0);
        let has = |bit: u32| events.lNetworkEvents & bit as i32 != 0;
        if has(FD_OOB) {
            let mut byte = 0;
            let n = unsafe { recv(self.s, &mut byte, 1, MSG_OOB) };
            assert!(n == 1 && byte == b'!' || n == -1, "{n} {byte}");
        }
        if has(FD_READ) {
            match unsafe { recv(self.s, buffer.as_mut_ptr(), buffer.len() as i32, 0) } {
                n @ 0.. => {
                    self.received += n as usize;
                    self.to_send.extend(&buffer[..n as usize]);
                }
                _ if last_error() == WSAEWOULDBLOCK => {}
                _ => return After::Over,
            }
        }
        if has(FD_WRITE) {
            self.has_room = true;
        }
        if has(FD_CLOSE) {
            assert!(!self.finished, "FD_CLOSE twice");
            self.finished = true;
            if events.iErrorCode[FD_CLOSE_BIT as usize] != 0 {
                return After::Over;
            }
            // FD_CLOSE comes before what is unread is read.
            loop {
                match unsafe { recv(self.s, buffer.as_mut_ptr(), buffer.len() as i32, 0) } {
                    0 => break,
                    n @ 1.. => self.to_send.extend(&buffer[..n as usize]),
                    _ => return After::Over,
                }
            }
        }
        while self.has_room && !self.to_send.is_empty() {
            let bytes = self.to_send.make_contiguous();
            match unsafe { send(self.s, bytes.as_ptr(), bytes.len() as i32, 0) } {
                n @ 1.. => drop(self.to_send.drain(..n as usize)),
                _ if last_error() == WSAEWOULDBLOCK => self.has_room = false,
                _ => return After::Over,
            }
        }
        if self.finished && self.to_send.is_empty() { After::Over } else { After::Stays }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        close(self.s);
        unsafe { WSACloseEvent(self.event) };
    }
}

/// Serves until so many connections are over.
fn serve(listener: SOCKET, mut wanted: u64) {
    let event = unsafe { WSACreateEvent() };
    assert_eq!(unsafe { WSAEventSelect(listener, event, FD_ACCEPT as i32) }, 0);
    let mut connections: Vec<Connection> = Vec::new();
    let mut buffer = [0u8; 700];
    while wanted > 0 {
        let events: Vec<_> =
            [event].into_iter().chain(connections.iter().map(|c| c.event)).take(MOST).collect();
        let count = events.len() as u32;
        let first = unsafe { WSAWaitForMultipleEvents(count, events.as_ptr().cast(), 0, LATE, 0) };
        assert_ne!(first, WAIT_TIMEOUT, "{wanted} left; of those served: {:?}", told(&connections));
        assert!(first < count, "{first:#x}: {}", last_error());
        if first == 0 {
            let mut events = WSANETWORKEVENTS { lNetworkEvents: 0, iErrorCode: [0; 10] };
            assert_eq!(unsafe { WSAEnumNetworkEvents(listener, event, &mut events) }, 0);
            if events.lNetworkEvents & FD_ACCEPT as i32 != 0 {
                let s = unsafe { accept(listener, null_mut(), null_mut()) };
                if s != INVALID_SOCKET {
                    connections.push(Connection::new(s));
                }
            }
            continue;
        }
        let place = first as usize - 1;
        if let After::Over = connections[place].serve(&mut buffer) {
            connections.swap_remove(place);
            wanted -= 1;
        } else {
            // None of them starves.
            let last = connections.len() - 1;
            connections.swap(place, last);
        }
    }
    unsafe { WSACloseEvent(event) };
}

fn told(connections: &[Connection]) -> Vec<(usize, usize, bool, bool, Option<u32>)> {
    let waiting = |s| {
        let mut bytes = 0;
        (unsafe { ioctlsocket(s, FIONREAD, &mut bytes) } == 0).then_some(bytes)
    };
    let told = |c: &Connection| (c.received, c.to_send.len(), c.has_room, c.finished, waiting(c.s));
    connections.iter().map(told).collect()
}

/// A generator of numbers that is the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn send_urgent(to: &TcpStream) {
    use std::os::fd::AsRawFd;
    assert_eq!(unsafe { libc::send(to.as_raw_fd(), b"!".as_ptr().cast(), 1, libc::MSG_OOB) }, 1);
}

fn reset(stream: TcpStream) {
    use std::os::fd::AsRawFd;
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    let (value, len) = ((&raw const linger).cast(), size_of::<libc::linger>() as u32);
    unsafe { libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, value, len) };
}

fn client(port: u16, number: u64) {
    let mut chance = Chance(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(2 * u64::from(LATE)))).unwrap();
    let resets = number % 7 == 3;
    let total = if number % 10 == 5 && !resets { 3_000_000 } else { 1 + chance.below(20_000) };
    let bytes: Vec<u8> = (0..total).map(|i| (i * 31 + number) as u8).collect();
    let mut reader = stream.try_clone().unwrap();
    let expected = bytes.clone();
    // One: the host turns it into an ordinary byte if another one comes before the connection is accepted.
    let mut urgent = number % 5 == 2;
    // Who resets reads nothing.
    let reads = (!resets).then(|| {
        std::thread::spawn(move || {
            let mut echoed = Vec::new();
            reader.read_to_end(&mut echoed).unwrap();
            assert_eq!(echoed.len(), expected.len(), "client {number}");
            assert!(echoed == expected, "client {number}");
        })
    });
    let mut left = &bytes[..];
    while !left.is_empty() {
        let most = if total > 100_000 { 60_000 } else { 900 };
        let (now, rest) = left.split_at((1 + chance.below(most) as usize).min(left.len()));
        if stream.write_all(now).is_err() {
            break;
        }
        left = rest;
        match chance.below(8) {
            0 => std::thread::yield_now(),
            1 if std::mem::take(&mut urgent) => send_urgent(&stream),
            2 if resets => break,
            _ => {}
        }
    }
    let Some(reads) = reads else { return reset(stream) };
    stream.shutdown(Shutdown::Write).unwrap();
    reads.join().unwrap();
}

#[test]
fn no_event_is_missed() {
    let _winsock = Winsock::start();
    let listener = tcp_listener();
    assert_eq!(unsafe { listen(listener, AT_ONCE as i32) }, 0);
    let port = port_of(listener);
    let server = std::thread::spawn(move || serve(listener, CLIENTS));
    let next = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    if number >= CLIENTS {
                        break;
                    }
                    client(port, number);
                }
            });
        }
    });
    server.join().unwrap();
    close(listener);
}
