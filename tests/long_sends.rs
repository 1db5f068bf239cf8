//! Sends that are cut into a million datagrams: they end as soon as somebody closes or cancels them.

use std::ptr::{null, null_mut};
use std::sync::mpsc;

use openws2::Win32::Foundation::{CloseHandle, HANDLE, TRUE};
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::{CancelIoEx, OVERLAPPED};
use openws2::Win32::System::Threading::CreateEventA;

mod util;
use util::*;

/// More than any host sends before the test's next step.
const BYTES: usize = 90 << 20;

/// A socket whose sends are cut after eight bytes, and its connected peer.
fn pair() -> (SOCKET, SOCKET) {
    let (s, peer) = (udp_bound(), udp_bound());
    assert_eq!(connect_to(s, port_of(peer)), 0);
    cut_after(s, 8);
    (s, peer)
}

fn cut_after(s: SOCKET, size: u32) {
    let done = unsafe { setsockopt(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE, (&raw const size).cast(), 4) };
    assert_eq!(done, 0, "{}", last_error());
}

#[test]
fn closesocket_ends_it_in_every_mode() {
    let _winsock = Winsock::start();
    let bytes = vec![7u8; BYTES];
    for nonblocking in [false, true] {
        let (s, peer) = pair();
        set_nonblocking(s, nonblocking);
        std::thread::scope(|scope| {
            let (tells, told) = mpsc::channel();
            let bytes = &bytes;
            scope.spawn(move || {
                let sent = unsafe { send(s, bytes.as_ptr(), BYTES as i32, 0) };
                tells.send((sent, last_error())).unwrap();
            });
            wait_readable(peer);
            assert_eq!(unsafe { closesocket(s) }, 0);
            let (sent, code) = told.recv().unwrap();
            assert_eq!((sent, code), (SOCKET_ERROR, WSAEINTR), "nonblocking {nonblocking}");
        });
        close(peer);
    }
}

/// An overlapped one, and how it ended.
struct Operation {
    over: Box<OVERLAPPED>,
    event: HANDLE,
}

impl Operation {
    fn begin(s: SOCKET, bytes: &[u8]) -> Self {
        let event: HANDLE = unsafe { CreateEventA(null(), 1, 0, null()) };
        let mut over = Box::new(OVERLAPPED { hEvent: event, ..OVERLAPPED::default() });
        let part = WSABUF { len: bytes.len() as u32, buf: bytes.as_ptr().cast_mut() };
        let done = unsafe { WSASend(s, &raw const part, 1, null_mut(), 0, &raw mut *over, None) };
        assert_eq!((done, last_error()), (SOCKET_ERROR, WSA_IO_PENDING));
        Self { over, event }
    }

    fn end(self) -> (u32, usize) {
        let events = [self.event];
        assert_eq!(unsafe { WSAWaitForMultipleEvents(1, events.as_ptr(), TRUE, 20_000, 0) }, 0);
        unsafe { CloseHandle(self.event) };
        (self.over.Internal as u32, self.over.InternalHigh)
    }
}

const STATUS_CANCELLED: u32 = 0xC000_0120;

#[test]
fn an_overlapped_one_ends_when_its_socket_is_closed_or_it_is_cancelled() {
    let _winsock = Winsock::start();
    let bytes = vec![7u8; BYTES];
    for cancels in [false, true] {
        let (s, peer) = pair();
        let operation = Operation::begin(s, &bytes);
        wait_readable(peer);
        if cancels {
            assert_ne!(unsafe { CancelIoEx(s as HANDLE, &raw const *operation.over) }, 0, "it was over");
        }
        assert_eq!(unsafe { closesocket(s) }, 0);
        assert_eq!(operation.end().0, STATUS_CANCELLED, "cancels {cancels}");
        close(peer);
    }
}

/// It goes on by itself to its end, and those behind it have their turn after it.
#[test]
fn an_overlapped_one_that_is_left_alone_sends_everything() {
    let _winsock = Winsock::start();
    let (s, peer) = pair();
    let bytes = vec![7u8; 1 << 20];
    let operation = Operation::begin(s, &bytes);
    let last = unsafe { send(s, b"last".as_ptr(), 4, 0) };
    assert_eq!(last, 4, "{}", last_error());
    assert_eq!(operation.end(), (0, bytes.len()));
    close(s);
    close(peer);
}

/// More than a DWORD can tell of.
#[cfg(target_pointer_width = "64")]
#[test]
fn more_than_can_be_counted_is_refused() {
    let _winsock = Winsock::start();
    let (s, peer) = pair();
    cut_after(s, 60_000);
    let bytes = vec![7u8; 64 << 20];
    let part = WSABUF { len: bytes.len() as u32, buf: bytes.as_ptr().cast_mut() };
    let parts = [part; 64];
    let mut sent = 7;
    let done = unsafe { WSASend(s, parts.as_ptr(), 64, &mut sent, 0, null_mut(), None) };
    assert_eq!((done, last_error(), sent), (SOCKET_ERROR, WSAEMSGSIZE, 7));
    set_nonblocking(peer, true);
    let mut byte = 0u8;
    assert_eq!(unsafe { recv(peer, &raw mut byte, 1, 0) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAEWOULDBLOCK);
    close(s);
    close(peer);
}
