//! What the tests share: a started library, pairs of sockets, sets, receives that own their buffers.
#![allow(dead_code)] // Each test file uses its part.

use std::ptr::null_mut;
use std::sync::Mutex;

use openws2::Win32::Networking::WinSock::*;

/// WSAStartup for as long as it lives.
pub struct Winsock;

/// Tests of one process share the startup count: it must not reach 0 under a running test.
static STARTED: Mutex<bool> = Mutex::new(false);

impl Winsock {
    pub fn start() -> Self {
        let mut started = STARTED.lock().unwrap();
        let mut data = WSADATA::default();
        if !*started {
            // One more than is ever taken back.
            assert_eq!(unsafe { WSAStartup(0x0202, &mut data) }, 0);
            *started = true;
        }
        assert_eq!(unsafe { WSAStartup(0x0202, &mut data) }, 0);
        Self
    }
}

impl Drop for Winsock {
    fn drop(&mut self) {
        unsafe { WSACleanup() };
    }
}

/// WSAGetLastError.
pub fn last_error() -> i32 {
    unsafe { WSAGetLastError() }
}

/// closesocket.
pub fn close(s: SOCKET) -> i32 {
    unsafe { closesocket(s) }
}

/// 127.0.0.1 and a port in host order.
pub fn loopback(port: u16) -> SOCKADDR_IN {
    let mut name = SOCKADDR_IN { sin_family: AF_INET, sin_port: port.to_be(), ..SOCKADDR_IN::default() };
    name.sin_addr.S_un.S_addr = INADDR_LOOPBACK.to_be();
    name
}

const NAME: i32 = size_of::<SOCKADDR_IN>() as i32;

#[track_caller]
pub fn new_socket(kind: i32) -> SOCKET {
    let s = unsafe { socket(AF_INET.into(), kind, 0) };
    assert_ne!(s, INVALID_SOCKET, "socket: {}", last_error());
    s
}

#[track_caller]
pub fn bind_loopback(s: SOCKET) {
    let name = loopback(0);
    assert_eq!(unsafe { bind(s, (&raw const name).cast(), NAME) }, 0, "bind: {}", last_error());
}

/// The port that the host gave, in host order.
#[track_caller]
pub fn port_of(s: SOCKET) -> u16 {
    let (mut name, mut len) = (loopback(0), NAME);
    assert_eq!(unsafe { getsockname(s, (&raw mut name).cast(), &mut len) }, 0, "{}", last_error());
    u16::from_be(name.sin_port)
}

#[track_caller]
pub fn connect_to(s: SOCKET, port: u16) -> i32 {
    let name = loopback(port);
    unsafe { connect(s, (&raw const name).cast(), NAME) }
}

#[track_caller]
pub fn tcp_listener() -> SOCKET {
    let listener = new_socket(SOCK_STREAM);
    bind_loopback(listener);
    assert_eq!(unsafe { listen(listener, 5) }, 0, "listen: {}", last_error());
    listener
}

/// Two ends of one connection: who connected, who accepted.
#[track_caller]
pub fn tcp_pair() -> (SOCKET, SOCKET) {
    let listener = tcp_listener();
    let client = new_socket(SOCK_STREAM);
    assert_eq!(connect_to(client, port_of(listener)), 0, "connect: {}", last_error());
    let server = unsafe { accept(listener, null_mut(), null_mut()) };
    assert_ne!(server, INVALID_SOCKET, "accept: {}", last_error());
    close(listener);
    (client, server)
}

#[track_caller]
pub fn udp_bound() -> SOCKET {
    let s = new_socket(SOCK_DGRAM);
    bind_loopback(s);
    s
}

/// A port whose datagrams reach nobody: it is bound, so that no other test gets it, and hears only itself.
pub struct Nobody(std::net::UdpSocket);

impl Nobody {
    pub fn new() -> Self {
        let alone = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        alone.connect(alone.local_addr().unwrap()).unwrap();
        Self(alone)
    }

    pub fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }
}

#[track_caller]
pub fn send_to(s: SOCKET, bytes: &[u8], port: u16) -> i32 {
    let name = loopback(port);
    unsafe { sendto(s, bytes.as_ptr(), bytes.len() as i32, 0, (&raw const name).cast(), NAME) }
}

#[track_caller]
pub fn send_all(s: SOCKET, bytes: &[u8]) {
    let sent = unsafe { send(s, bytes.as_ptr(), bytes.len() as i32, 0) };
    assert_eq!(sent, bytes.len() as i32, "send: {}", last_error());
}

/// What recv returned, and the bytes of its buffer.
pub fn recv_into(s: SOCKET, len: usize) -> (i32, Vec<u8>) {
    let mut bytes = vec![0; len];
    (unsafe { recv(s, bytes.as_mut_ptr(), len as i32, 0) }, bytes)
}

/// The received bytes, or the code.
pub fn recv_bytes(s: SOCKET, len: usize) -> Result<Vec<u8>, i32> {
    let (n, mut bytes) = recv_into(s, len);
    match usize::try_from(n) {
        Ok(n) => {
            bytes.truncate(n);
            Ok(bytes)
        }
        Err(_) => Err(last_error()),
    }
}

/// Sets an integer option of SOL_SOCKET.
#[track_caller]
pub fn set_option(s: SOCKET, name: i32, value: i32) {
    let bytes = value.to_ne_bytes();
    let done = unsafe { setsockopt(s, SOL_SOCKET, name, bytes.as_ptr(), 4) };
    assert_eq!(done, 0, "setsockopt: {}", last_error());
}

#[track_caller]
pub fn set_nonblocking(s: SOCKET, on: bool) {
    let mut on = u32::from(on);
    assert_eq!(unsafe { ioctlsocket(s, FIONBIO, &mut on) }, 0, "FIONBIO: {}", last_error());
}

pub fn set_of(sockets: &[SOCKET]) -> FD_SET {
    let mut set = FD_SET { fd_count: sockets.len() as u32, ..FD_SET::default() };
    set.fd_array[..sockets.len()].copy_from_slice(sockets);
    set
}

/// Waits until the socket is readable, up to five seconds.
#[track_caller]
pub fn wait_readable(s: SOCKET) {
    let mut read = set_of(&[s]);
    let limit = TIMEVAL { tv_sec: 5, tv_usec: 0 };
    let ready = unsafe { select(0, &mut read, null_mut(), null_mut(), &limit) };
    assert_eq!(ready, 1, "not readable in time: {}", last_error());
}

/// Starts a thread and returns once it sits in the call that it makes.
pub fn start_blocked<T: Send + 'static>(
    call: impl FnOnce() -> T + Send + 'static,
) -> std::thread::JoinHandle<T> {
    let (told, thread_id) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        told.send(own_thread_id()).unwrap();
        call()
    });
    wait_until_asleep(thread_id.recv().unwrap());
    thread
}

#[cfg(target_os = "linux")]
fn own_thread_id() -> i32 {
    unsafe { libc::gettid() }
}

/// The host says of each thread whether it sleeps.
#[cfg(target_os = "linux")]
fn wait_until_asleep(thread_id: i32) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    let sleeps = || {
        let text = std::fs::read_to_string(format!("/proc/self/task/{thread_id}/stat")).unwrap_or_default();
        text.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('S'))
    };
    // Twice in a row: a lock on the way would be over by the second look.
    let mut seen = 0;
    while seen < 2 {
        assert!(std::time::Instant::now() < deadline, "the call did not block");
        seen = if sleeps() { seen + 1 } else { 0 };
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

#[cfg(not(target_os = "linux"))]
fn own_thread_id() -> i32 {
    0
}

/// Nobody can be asked here: a time that is long for a call to begin.
#[cfg(not(target_os = "linux"))]
fn wait_until_asleep(_: i32) {
    std::thread::sleep(std::time::Duration::from_millis(100));
}
