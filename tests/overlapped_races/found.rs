//! What the random steps and the models have found, each by itself.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use openws2::Win32::Foundation::*;
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::*;

use crate::LATE;
use crate::util::*;

fn duplicate(s: SOCKET) -> SOCKET {
    let mut record = WSAPROTOCOL_INFOW::default();
    assert_eq!(unsafe { WSADuplicateSocketW(s, std::process::id(), &mut record) }, 0);
    let twin = unsafe { WSASocketW(-1, -1, -1, &record, 0, WSA_FLAG_OVERLAPPED) };
    assert_ne!(twin, INVALID_SOCKET, "{}", last_error());
    twin
}

/// Posts a receive that pends.
fn post(s: SOCKET, overlapped: &mut OVERLAPPED, buffer: &mut [u8]) {
    let (mut bytes, mut flags) = (0, 0);
    let whole = WSABUF { len: buffer.len() as u32, buf: buffer.as_mut_ptr() };
    let done = unsafe { WSARecv(s, &whole, 1, &mut bytes, &mut flags, overlapped, None) };
    assert_eq!((done, last_error()), (SOCKET_ERROR, WSA_IO_PENDING));
}

fn new_port() -> HANDLE {
    unsafe { CreateIoCompletionPort(INVALID_HANDLE_VALUE, null_mut(), 0, 1) }
}

/// Who only looks for packets, and never waits for them, gets them too.
#[test]
fn a_port_that_is_polled_has_what_has_come() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let port = new_port();
    assert_eq!(unsafe { CreateIoCompletionPort(b as HANDLE, port, 7, 0) }, port);
    let (mut overlapped, mut buffer) = (OVERLAPPED::default(), [0; 16]);
    post(b, &mut overlapped, &mut buffer);
    send_all(a, b"polled");
    let began = Instant::now();
    let (mut bytes, mut key, mut which) = (0, 0, null_mut());
    while unsafe { GetQueuedCompletionStatus(port, &mut bytes, &mut key, &mut which, 0) } == FALSE {
        assert_eq!(unsafe { GetLastError() }, WAIT_TIMEOUT);
        assert!(began.elapsed() < LATE, "no packet comes to who does not wait");
    }
    assert_eq!((bytes, key, which), (6, 7, &raw mut overlapped));
    assert_eq!(&buffer[..6], b"polled");
    close(a);
    close(b);
    unsafe { CloseHandle(port) };
}

/// A receive that was begun on a SOCKET that is closed goes on, by the SOCKET that still stands for the object.
#[test]
fn what_pends_goes_on_by_a_duplicate() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let port = new_port();
    assert_eq!(unsafe { CreateIoCompletionPort(b as HANDLE, port, 7, 0) }, port);
    let (mut overlapped, mut buffer) = (OVERLAPPED::default(), [0; 16]);
    post(b, &mut overlapped, &mut buffer);
    let twin = duplicate(b);
    close(b);
    send_all(a, b"first");
    let (mut bytes, mut key, mut which) = (0, 0, null_mut());
    let limit = LATE.as_millis() as u32;
    assert_eq!(unsafe { GetQueuedCompletionStatus(port, &mut bytes, &mut key, &mut which, limit) }, TRUE);
    assert_eq!((bytes, key, which), (5, 7, &raw mut overlapped));
    // Nothing pends any more: a nonblocking receive has what comes.
    set_nonblocking(twin, true);
    send_all(a, b"second");
    wait_readable(twin);
    assert_eq!(recv_bytes(twin, 16), Ok(b"second".to_vec()));
    close(a);
    close(twin);
    unsafe { CloseHandle(port) };
}

/// A synchronous receive that waits for its turn ends with its SOCKET, and what pends before it does not.
#[test]
fn a_call_in_its_turn_ends_with_its_socket() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let twin = duplicate(b);
    let (mut overlapped, mut buffer) = (OVERLAPPED::default(), [0; 16]);
    post(b, &mut overlapped, &mut buffer);
    let call = start_blocked(move || recv_bytes(b, 16));
    let began = Instant::now();
    close(b);
    assert_eq!(call.join().unwrap(), Err(WSAECONNABORTED));
    assert!(began.elapsed() < LATE);
    // Whoever ends the operation writes it, in whichever thread.
    let internal = unsafe { AtomicUsize::from_ptr(&raw mut overlapped.Internal) };
    assert_eq!(internal.load(Ordering::Acquire) as i32, STATUS_PENDING);
    send_all(a, b"still");
    let (mut bytes, mut flags) = (0, 0);
    assert_eq!(unsafe { WSAGetOverlappedResult(twin, &overlapped, &mut bytes, TRUE, &mut flags) }, TRUE);
    assert_eq!(&buffer[..bytes as usize], b"still");
    close(a);
    close(twin);
}
