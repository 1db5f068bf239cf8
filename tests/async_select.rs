//! WSAAsyncSelect from Rust: what is decided about it, and what two SOCKETs, listeners and full queues do to it.
//!
//! `expect` waits for the message; `nothing` looks, and is right at once because loopback sends have arrived when
//! they return, and each call that enables an event looks before it returns.

mod util;

use std::mem::zeroed;
use std::ptr::{null, null_mut};

use openws2::Win32::Foundation::{CloseHandle, DUPLICATE_SAME_ACCESS, DuplicateHandle, HANDLE, HWND};
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::Threading::GetCurrentProcess;
use openws2::Win32::UI::WindowsAndMessaging::*;

use util::*;

const READ: i32 = FD_READ as i32;
const WRITE: i32 = FD_WRITE as i32;
const ACCEPT: i32 = FD_ACCEPT as i32;
const CONNECT: i32 = FD_CONNECT as i32;
const CLOSE: i32 = FD_CLOSE as i32;

const WM_SOCKET: u32 = WM_APP + 1;
const WM_FILLING: u32 = WM_APP + 2;
/// What has not come about by then never will, in milliseconds.
const LATE: u32 = 5000;

/// A window of the calling thread.
struct Window(HWND);

impl Window {
    fn new() -> Self {
        let name = c"sockets".as_ptr().cast();
        let mut class: WNDCLASSA = unsafe { zeroed() };
        class.lpfnWndProc = Some(DefWindowProcA);
        class.lpszClassName = name;
        unsafe { RegisterClassA(&class) };
        let (parent, none) = (HWND_MESSAGE, null_mut());
        let it = unsafe { CreateWindowExA(0, name, name, 0, 0, 0, 0, 0, parent, none, none, null()) };
        assert!(!it.is_null());
        Self(it)
    }

    #[track_caller]
    fn select(&self, s: SOCKET, mask: i32) {
        assert_eq!(unsafe { WSAAsyncSelect(s, self.0, WM_SOCKET, mask) }, 0, "{}", last_error());
    }

    fn take(&self) -> Option<MSG> {
        let mut message: MSG = unsafe { zeroed() };
        let came = unsafe { PeekMessageA(&mut message, self.0, 0, 0, PM_REMOVE) } != 0;
        came.then_some(message)
    }

    /// Waits for the next message, which is about this.
    #[track_caller]
    fn expect(&self, s: SOCKET, event: i32, code: i32) {
        let message = loop {
            if let Some(message) = self.take() {
                break message;
            }
            let news = unsafe { MsgWaitForMultipleObjects(0, null(), 0, LATE, QS_ALLINPUT) };
            assert_eq!(news, 0, "no message where {event:#x} is due");
        };
        assert_eq!((message.message, message.wParam), (WM_SOCKET, s));
        assert_eq!((message.lParam & 0xffff, message.lParam >> 16), (event as isize, code as isize));
    }

    #[track_caller]
    fn nothing(&self) {
        let message = self.take().map(|message| (message.wParam, message.lParam));
        assert_eq!(message, None);
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        unsafe { DestroyWindow(self.0) };
    }
}

#[test]
fn the_window_counts_whatever_the_mask_is() {
    let _winsock = Winsock::start();
    let window = Window::new();
    let (_client, server) = tcp_pair();
    window.select(server, READ);
    for mask in [READ, 0] {
        assert_eq!(unsafe { WSAAsyncSelect(server, null_mut(), WM_SOCKET, mask) }, SOCKET_ERROR);
        assert_eq!(last_error(), WSAEINVAL);
    }
    let mut off = 0;
    assert_eq!(unsafe { ioctlsocket(server, FIONBIO, &mut off) }, SOCKET_ERROR, "the selection goes on");
}

/// Of one that has succeeded FD_WRITE tells (F248); of one that has failed nothing else would.
#[test]
fn a_connect_that_failed_before_is_told_of() {
    let _winsock = Winsock::start();
    let window = Window::new();
    let listener = tcp_listener();
    let port = port_of(listener);
    close(listener);
    let s = new_socket(SOCK_STREAM);
    set_nonblocking(s, true);
    assert_eq!(connect_to(s, port), SOCKET_ERROR);
    assert_eq!(last_error(), WSAEWOULDBLOCK);
    let mut failed = set_of(&[s]);
    let patience = TIMEVAL { tv_sec: 5, tv_usec: 0 };
    assert_eq!(unsafe { select(0, null_mut(), null_mut(), &mut failed, &patience) }, 1);
    window.select(s, CONNECT | WRITE);
    window.expect(s, CONNECT, WSAECONNREFUSED);
    window.nothing();
}

#[test]
fn a_datagram_socket_can_send_once() {
    let _winsock = Winsock::start();
    let window = Window::new();
    let s = new_socket(SOCK_DGRAM);
    window.select(s, READ | WRITE);
    window.expect(s, WRITE, 0);
    bind_loopback(s);
    let sender = udp_bound();
    for _ in 0..2 {
        send_to(sender, b"one", port_of(s));
        send_to(sender, b"two", port_of(s));
        window.expect(s, READ, 0);
        assert_eq!(recv_into(s, 8).0, 3);
        window.expect(s, READ, 0);
        assert_eq!(recv_into(s, 8).0, 3);
        window.nothing();
    }
}

#[test]
fn an_accepted_socket_says_who_it_is() {
    let _winsock = Winsock::start();
    let window = Window::new();
    let listener = tcp_listener();
    window.select(listener, ACCEPT | READ | WRITE | CLOSE);
    let client = new_socket(SOCK_STREAM);
    assert_eq!(connect_to(client, port_of(listener)), 0);
    window.expect(listener, ACCEPT, 0);
    let accepted = unsafe { accept(listener, null_mut(), null_mut()) };
    window.expect(accepted, WRITE, 0);
    send_all(client, b"x");
    window.expect(accepted, READ, 0);
    close(client);
    window.expect(accepted, CLOSE, 0);
    window.nothing();
}

/// F131 is about the last handle. Its FD_CLOSE is the only one.
#[test]
fn closehandle_tells_of_the_last_handle_and_once() {
    let _winsock = Winsock::start();
    let window = Window::new();
    let (_client, server) = tcp_pair();
    window.select(server, CLOSE);
    let mut copy: HANDLE = null_mut();
    unsafe {
        let process = GetCurrentProcess();
        let source = server as HANDLE;
        assert_eq!(DuplicateHandle(process, source, process, &mut copy, 0, 0, DUPLICATE_SAME_ACCESS), 1);
        assert_eq!(CloseHandle(copy), 1);
        window.nothing();
        assert_eq!(CloseHandle(server as HANDLE), 1);
    }
    window.expect(server, CLOSE, 0);

    let (client, server) = tcp_pair();
    window.select(server, CLOSE);
    close(client);
    window.expect(server, CLOSE, 0);
    assert_eq!(unsafe { CloseHandle(server as HANDLE) }, 1);
    window.nothing();
}

/// What found no room comes with the next arrival: the program was not told, so there is nothing to service.
#[test]
fn a_full_queue_silences_nothing_for_ever() {
    let _winsock = Winsock::start();
    let window = Window::new();
    let (client, server) = tcp_pair();
    window.select(server, READ);
    while unsafe { PostMessageA(window.0, WM_FILLING, 0, 0) } != 0 {}
    send_all(client, b"x");
    wait_readable(server);
    window.select(server, READ);
    while let Some(message) = window.take() {
        assert_eq!(message.message, WM_FILLING);
    }
    send_all(client, b"y");
    window.expect(server, READ, 0);
}

/// What was posted has not been reported, and what a receive has enabled again is not recorded.
#[test]
fn records_outlive_messages() {
    let _winsock = Winsock::start();
    let window = Window::new();
    let (client, server) = tcp_pair();
    window.select(server, READ | WRITE);
    window.expect(server, WRITE, 0);
    send_all(client, b"x");
    window.expect(server, READ, 0);
    assert_eq!(recv_into(server, 8).0, 1);
    let mut events = WSANETWORKEVENTS { lNetworkEvents: 0, iErrorCode: [0; 10] };
    unsafe {
        assert_eq!(WSAEnumNetworkEvents(server, WSA_INVALID_EVENT, &mut events), 0);
        assert_eq!(events.lNetworkEvents, 0, "while a window is told");
        let event = WSACreateEvent();
        assert_eq!(WSAEventSelect(server, event, READ | WRITE), 0);
        assert_eq!(WSAEnumNetworkEvents(server, event, &mut events), 0);
        assert_eq!(events.lNetworkEvents, WRITE);
        // To choose a window is to ask what holds, and records nothing.
        window.select(server, READ | WRITE);
        window.expect(server, WRITE, 0);
        assert_eq!(WSAEventSelect(server, event, READ | WRITE), 0);
        assert_eq!(WSAEnumNetworkEvents(server, event, &mut events), 0);
        assert_eq!(events.lNetworkEvents, 0);
        WSACloseEvent(event);
    }
}

/// The window of a thread that has ended is no more; the socket works on without it.
#[test]
fn a_window_that_is_gone_is_told_nothing() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    std::thread::spawn(move || Window::new().select(server, READ | CLOSE)).join().unwrap();
    send_all(client, b"x");
    wait_readable(server);
    assert_eq!(recv_into(server, 8).0, 1);
    let window = Window::new();
    window.select(server, READ | CLOSE);
    window.nothing();
    close(client);
    window.expect(server, CLOSE, 0);
}
