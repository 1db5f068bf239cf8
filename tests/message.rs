//! Sockets over AF_UNIX that keep messages apart and lose none: in parts, whole, and without a connection.
#![allow(non_snake_case)]

use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;
use openws2::extensions::*;

#[cfg(target_os = "linux")]
#[path = "message/circuits.rs"]
mod circuits;
#[path = "message/datagrams.rs"]
mod datagrams;
mod util;
use util::*;

/// A path in the file system that is nobody else's, for as long as it lives.
struct Path(String);

impl Path {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("openws2-message-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name).to_str().unwrap().to_owned())
    }

    fn name(&self) -> SOCKADDR_UN {
        let mut name = SOCKADDR_UN { sun_family: AF_UNIX, sun_path: [0; 108] };
        for (to, from) in name.sun_path.iter_mut().zip(self.0.bytes()) {
            *to = from as i8;
        }
        name
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

const NAME: i32 = size_of::<SOCKADDR_UN>() as i32;

#[track_caller]
fn local(kind: i32, protocol: i32) -> SOCKET {
    let s = unsafe { socket(AF_UNIX.into(), kind, protocol) };
    assert_ne!(s, INVALID_SOCKET, "socket: {}", last_error());
    s
}

#[track_caller]
fn bind_local(s: SOCKET, path: &Path) {
    let name = path.name();
    assert_eq!(unsafe { bind(s, (&raw const name).cast(), NAME) }, 0, "bind: {}", last_error());
}

#[track_caller]
fn connect_local(s: SOCKET, path: &Path) {
    let name = path.name();
    assert_eq!(unsafe { connect(s, (&raw const name).cast(), NAME) }, 0, "connect: {}", last_error());
}

const UNTOUCHED: u32 = 0xdead_beef;

/// What WSARecv did: its code (0 is success), the count, the flags, the bytes.
#[derive(PartialEq, Debug)]
struct Received {
    code: i32,
    count: u32,
    flags: u32,
    bytes: Vec<u8>,
}

fn received(count: usize, flags: u32, bytes: &[u8]) -> Received {
    assert_eq!(count, bytes.len());
    Received { code: 0, count: count as u32, flags, bytes: bytes.to_vec() }
}

/// A failure that wrote neither the count nor the flags.
fn failed(code: i32, flags: u32) -> Received {
    Received { code, count: UNTOUCHED, flags, bytes: Vec::new() }
}

fn receive(s: SOCKET, rooms: &[usize], flags: u32) -> Received {
    let mut storage: Vec<Vec<u8>> = rooms.iter().map(|&room| vec![0xee; room]).collect();
    let mut buffers: Vec<WSABUF> =
        storage.iter_mut().map(|b| WSABUF { len: b.len() as u32, buf: b.as_mut_ptr() }).collect();
    let (mut count, mut flags) = (UNTOUCHED, flags);
    let done = unsafe {
        WSARecv(s, buffers.as_mut_ptr(), rooms.len() as u32, &mut count, &mut flags, null_mut(), None)
    };
    let code = if done == 0 { 0 } else { last_error() };
    let mut bytes = storage.concat();
    bytes.truncate(if count == UNTOUCHED { 0 } else { count as usize });
    Received { code, count, flags, bytes }
}

fn receive_ex(s: SOCKET, room: usize) -> (i32, i32, Vec<u8>) {
    let (mut bytes, mut flags) = (vec![0xee; room], -1);
    let count = unsafe { WSARecvEx(s, bytes.as_mut_ptr(), room as i32, &mut flags) };
    let code = if count < 0 { last_error() } else { count };
    bytes.truncate(usize::try_from(count).unwrap_or(0));
    (code, flags, bytes)
}

fn waiting(s: SOCKET) -> u32 {
    let mut count = 0;
    assert_eq!(unsafe { ioctlsocket(s, FIONREAD, &mut count) }, 0, "FIONREAD: {}", last_error());
    count
}

fn is_readable(s: SOCKET) -> bool {
    let mut read = set_of(&[s]);
    let now = TIMEVAL { tv_sec: 0, tv_usec: 0 };
    unsafe { select(0, &mut read, null_mut(), null_mut(), &now) == 1 }
}

fn option(s: SOCKET, name: i32) -> Result<i32, i32> {
    let (mut value, mut len) = (0, 4);
    let done = unsafe { getsockopt(s, SOL_SOCKET, name, (&raw mut value).cast(), &mut len) };
    if done == 0 { Ok(value) } else { Err(last_error()) }
}

/// The entries of WSAEnumProtocols.
fn catalogue() -> Vec<WSAPROTOCOL_INFOA> {
    let mut len = 0;
    assert_eq!(unsafe { WSAEnumProtocolsA(null(), null_mut(), &mut len) }, SOCKET_ERROR);
    let mut records = vec![WSAPROTOCOL_INFOA::default(); len as usize / size_of::<WSAPROTOCOL_INFOA>()];
    let count = unsafe { WSAEnumProtocolsA(null(), records.as_mut_ptr(), &mut len) };
    assert_eq!(count as usize, records.len());
    records
}

const MESSAGES: u32 = XP1_MESSAGE_ORIENTED | XP1_GUARANTEED_DELIVERY | XP1_GUARANTEED_ORDER | XP1_IFS_HANDLES;
const PEEK: u32 = MSG_PEEK as u32;
const PART: i32 = MSG_PARTIAL as i32;

/// G228, G229: who does not ask for the extensions does not see them.
#[test]
fn a_program_that_expects_windows_gets_windows_code() {
    let _winsock = Winsock::start();
    for kind in [SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RDM, SOCK_RAW] {
        for protocol in [0, 17] {
            assert_eq!(unsafe { socket(AF_UNIX.into(), kind, protocol) }, INVALID_SOCKET);
            assert_eq!(last_error(), WSAESOCKTNOSUPPORT, "type {kind}, protocol {protocol}");
        }
    }
    assert_eq!(unsafe { socket(AF_UNIX.into(), SOCK_STREAM, UNIXPROTO_PARTS) }, INVALID_SOCKET);
    assert_eq!(last_error(), WSAEPROTONOSUPPORT);
}

/// macOS has no SOCK_SEQPACKET for AF_UNIX.
#[test]
#[cfg(target_os = "macos")]
fn without_the_hosts_type_there_is_no_entry() {
    let _winsock = Winsock::start();
    for protocol in [UNIXPROTO_PARTS, UNIXPROTO_WHOLE] {
        assert_eq!(unsafe { socket(AF_UNIX.into(), SOCK_SEQPACKET, protocol) }, INVALID_SOCKET);
        assert_eq!(last_error(), WSAESOCKTNOSUPPORT);
    }
    assert!(catalogue().iter().all(|record| record.iSocketType != SOCK_SEQPACKET));
}

/// Runs `call` in a thread, closes `s` once the thread is inside, and gives what the call returned.
fn close_under(s: SOCKET, call: impl FnOnce() -> i32 + Send + 'static) -> i32 {
    let (told, result) = mpsc::channel();
    let thread = std::thread::spawn(move || told.send(call()).unwrap());
    // Nothing tells when a thread sits in the host; until then the call must not have ended.
    assert!(result.recv_timeout(Duration::from_millis(50)).is_err(), "the call did not block");
    assert_eq!(close(s), 0, "{}", last_error());
    let outcome = result.recv_timeout(Duration::from_secs(5)).expect("the blocked call was not woken");
    thread.join().unwrap();
    outcome
}
