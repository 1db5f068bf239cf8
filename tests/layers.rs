//! Layers written in Rust, as their users see them: what they are asked, and that they leave nothing behind.

use std::net::{TcpListener, TcpStream};
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::OVERLAPPED;
use openws2::error::WsaError;
use openws2::spi::{self, Layer, Next, called_as, install};

/// Layers lie over the whole process, and these tests are in one.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start() {
    let mut data = WSADATA::default();
    assert_eq!(unsafe { WSAStartup(0x0202, &mut data) }, 0);
}

/// A socket connected to one of the host's.
fn connected() -> (SOCKET, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut name = SOCKADDR_IN { sin_family: AF_INET, sin_port: port.to_be(), ..Default::default() };
    name.sin_addr.S_un.S_addr = u32::from_ne_bytes([127, 0, 0, 1]);
    let s = unsafe { socket(AF_INET.into(), SOCK_STREAM, 0) };
    let length = size_of::<SOCKADDR_IN>() as i32;
    assert_eq!(unsafe { connect(s, (&raw const name).cast(), length) }, 0);
    (s, listener.accept().unwrap().0)
}

#[derive(Default, Clone)]
struct Counts(Arc<[AtomicU32; 3]>);

struct Count(Counts);

// SAFETY: passes each call on as it came.
unsafe impl Layer for Count {
    unsafe fn socket(&self, next: &Next<'_>, call: spi::Socket) -> Result<SOCKET, WsaError> {
        self.0.0[0].fetch_add(1, Ordering::SeqCst);
        unsafe { next.socket(call) }
    }

    unsafe fn recv(&self, next: &Next<'_>, call: spi::Recv) -> Result<i32, WsaError> {
        assert_eq!(called_as(), "recv");
        self.0.0[1].fetch_add(1, Ordering::SeqCst);
        unsafe { next.recv(call) }
    }

    unsafe fn cleanup(&self, next: &Next<'_>, call: spi::Cleanup) -> Result<i32, WsaError> {
        self.0.0[2].fetch_add(1, Ordering::SeqCst);
        unsafe { next.cleanup(call) }
    }
}

fn receive(s: SOCKET) -> (i32, u8) {
    let mut byte = 0;
    (unsafe { recv(s, &mut byte, 1, 0) }, byte)
}

#[test]
fn a_layer_sees_calls_from_its_coming_to_its_going_and_sockets_outlive_it() {
    let _alone = alone();
    start();
    let counts = Counts::default();
    let seen = || [0, 1, 2].map(|i| counts.0[i].load(Ordering::SeqCst));
    let (before, mut peer) = connected();
    let layer = install("count", Count(counts.clone())).unwrap();
    assert_eq!(install("count", Count(counts.clone())).unwrap_err(), WsaError::WSAEINVAL);
    let (during, mut other) = connected();
    for (s, stream) in [(before, &mut peer), (during, &mut other)] {
        std::io::Write::write_all(stream, b"ab").unwrap();
        assert_eq!(receive(s), (1, b'a'));
    }
    assert_eq!(seen()[..2], [1, 2]);
    drop(layer);
    for s in [before, during] {
        assert_eq!(receive(s), (1, b'b'));
    }
    // It was cleaned up as often as it was started, and is asked nothing any more.
    let [sockets, receives, cleanups] = seen();
    assert_eq!((sockets, receives), (1, 2));
    assert!(cleanups > 0);
    // F002: the last cleanup takes every socket, whichever way it was made.
    assert_eq!(unsafe { WSACleanup() }, 0);
    start();
    for s in [before, during] {
        assert_eq!(unsafe { recv(s, null_mut(), 0, 0) }, SOCKET_ERROR);
        assert_eq!(unsafe { WSAGetLastError() }, WSAENOTSOCK);
    }
    unsafe { WSACleanup() };
}

struct Nothing;

// SAFETY: passes each call on as it came.
unsafe impl Layer for Nothing {}

#[test]
fn many_layers_come_and_go_and_six_lie_over_each_other_at_most() {
    let _alone = alone();
    start();
    for _ in 0..20 {
        let _layer = install("nothing", Nothing).unwrap();
        let (s, _peer) = connected();
        assert_eq!(unsafe { closesocket(s) }, 0);
    }
    let names = ["a", "b", "c", "d", "e", "f"];
    let layers: Vec<_> = names.into_iter().map(|name| install(name, Nothing).unwrap()).collect();
    assert_eq!(install("g", Nothing).unwrap_err(), WsaError::WSAENOBUFS);
    let (s, mut peer) = connected();
    std::io::Write::write_all(&mut peer, b"x").unwrap();
    assert_eq!(receive(s), (1, b'x'));
    drop(layers);
    assert_eq!(install("g", Nothing).map(drop), Ok(()));
    unsafe { WSACleanup() };
}

struct Panics;

// SAFETY: what it fails is passed on to nobody.
unsafe impl Layer for Panics {
    unsafe fn recv(&self, _: &Next<'_>, _: spi::Recv) -> Result<i32, WsaError> {
        panic!("a layer that is broken")
    }
}

#[test]
fn a_panic_in_a_layer_is_a_failure_of_the_call() {
    let _alone = alone();
    start();
    let layer = install("panics", Panics).unwrap();
    let (s, _peer) = connected();
    assert_eq!(receive(s).0, SOCKET_ERROR);
    assert_eq!(unsafe { WSAGetLastError() }, WSASYSCALLFAILURE);
    drop(layer);
    unsafe { WSACleanup() };
}

#[test]
fn a_layer_below_others_can_go_first() {
    let _alone = alone();
    start();
    let below = install("below", Nothing).unwrap();
    let _above = install("above", Nothing).unwrap();
    let (s, mut peer) = connected();
    drop(below);
    std::io::Write::write_all(&mut peer, b"x").unwrap();
    assert_eq!(receive(s), (1, b'x'));
    let (other, _other_peer) = connected();
    assert_eq!(unsafe { closesocket(other) }, 0);
    assert_eq!(unsafe { closesocket(s) }, 0);
    assert_eq!(install("ABOVE", Nothing).unwrap_err(), WsaError::WSAEINVAL);
    unsafe { WSACleanup() };
}

/// Closes a socket when it goes itself.
struct Closes(SOCKET);

// SAFETY: passes each call on as it came; the socket is its own.
unsafe impl Layer for Closes {}

impl Drop for Closes {
    fn drop(&mut self) {
        assert_eq!(unsafe { closesocket(self.0) }, 0);
    }
}

#[test]
fn a_layer_that_goes_may_use_sockets_through_those_that_stay() {
    let _alone = alone();
    start();
    let (s, _peer) = connected();
    let _stays = install("stays", Nothing).unwrap();
    drop(install("closes", Closes(s)).unwrap());
    assert_eq!(unsafe { closesocket(s) }, SOCKET_ERROR);
    unsafe { WSACleanup() };
}

type Connects = unsafe extern "system" fn(
    SOCKET,
    *const SOCKADDR,
    i32,
    *const core::ffi::c_void,
    u32,
    *mut u32,
    *mut OVERLAPPED,
) -> i32;

#[test]
fn pointers_of_functions_outlive_the_layer_that_they_came_by() {
    let _alone = alone();
    start();
    let (s, _peer) = connected();
    let layer = install("asked", Nothing).unwrap();
    let (name, mut connects, mut length) = (WSAID_CONNECTEX, None::<Connects>, 0);
    let (to, room) = ((&raw mut connects).cast(), size_of::<usize>() as u32);
    let code = SIO_GET_EXTENSION_FUNCTION_POINTER;
    let (name, size) = ((&raw const name).cast(), size_of_val(&name) as u32);
    let asked = unsafe { WSAIoctl(s, code, name, size, to, room, &mut length, null_mut(), None) };
    assert_eq!(asked, 0);
    let connects = connects.unwrap();
    let refused = || {
        let called = unsafe { connects(s, std::ptr::null(), 0, std::ptr::null(), 0, null_mut(), null_mut()) };
        (called, unsafe { WSAGetLastError() })
    };
    let before = refused();
    drop(layer);
    assert_eq!((before, refused()), ((0, 87), (0, 87)));
    let _another = install("another", Nothing).unwrap();
    assert_eq!(refused(), (0, 87));
    unsafe { WSACleanup() };
}

#[test]
fn calls_go_on_while_layers_come_and_go() {
    let _alone = alone();
    start();
    let (s, _peer) = connected();
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let calls = scope.spawn(|| {
            let mut waiting = 0;
            while !over.load(Ordering::SeqCst) {
                let answer = unsafe { ioctlsocket(s, FIONREAD, &mut waiting) };
                assert_eq!((answer, unsafe { WSAGetLastError() }), (0, 0));
            }
        });
        for _ in 0..3000 {
            drop(install("short-lived", Nothing).unwrap());
        }
        over.store(true, Ordering::SeqCst);
        calls.join().unwrap();
    });
    unsafe { WSACleanup() };
}
