//! WSAPoll: what it says of sockets in every state, and how it ends.

mod util;

use std::ptr::null_mut;

use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::Threading::{GetCurrentThread, QueueUserAPC};

use util::*;

const ASKED: i16 = POLLRDNORM | POLLRDBAND | POLLWRNORM;

fn entry(fd: SOCKET, events: i16) -> WSAPOLLFD {
    WSAPOLLFD { fd, events, revents: 0x5555 }
}

/// The result and the code, and what it says of each.
fn poll(list: &mut [WSAPOLLFD], timeout: i32) -> (i32, i32, Vec<i16>) {
    unsafe { WSASetLastError(0xDEAD) };
    let ready = unsafe { WSAPoll(list.as_mut_ptr(), list.len() as u32, timeout) };
    (ready, last_error(), list.iter().map(|entry| entry.revents).collect())
}

/// What it says of one socket, asked for everything, once it says what is wanted.
#[track_caller]
fn expect(s: SOCKET, wanted: i16) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    loop {
        let (ready, _, revents) = poll(&mut [entry(s, ASKED)], 0);
        assert_eq!(ready, i32::from(revents[0] != 0));
        if revents[0] == wanted {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{:#x} in place of {wanted:#x}", revents[0]);
        std::thread::yield_now();
    }
}

/// F202–F206.
#[test]
fn arguments() {
    let _winsock = Winsock::start();
    let listener = tcp_listener();
    unsafe {
        assert_eq!((WSAPoll(null_mut(), 0, 0), last_error()), (-1, WSAEINVAL));
        assert_eq!((WSAPoll(null_mut(), 1, 0), last_error()), (-1, WSAEFAULT));
    }
    for bad in (0..16).map(|bit| (1i32 << bit) as i16).filter(|bit| bit & ASKED == 0) {
        assert_eq!(poll(&mut [entry(listener, bad)], 0), (-1, WSAEINVAL, vec![0]), "{bad:#x}");
    }
    const NONE: SOCKET = INVALID_SOCKET;
    const UNKNOWN: SOCKET = 0x00AB_ACAB;
    let two = |a, b| poll(&mut [a, b], 0);
    assert_eq!(two(entry(NONE, ASKED), entry(listener, ASKED)), (0, 0, vec![POLLNVAL, 0]));
    assert_eq!(two(entry(listener, ASKED), entry(UNKNOWN, ASKED)), (0, 0, vec![0, POLLNVAL]));
    assert_eq!(two(entry(NONE, ASKED), entry(UNKNOWN, ASKED)), (-1, WSAENOTSOCK, vec![POLLNVAL; 2]));
    assert_eq!(two(entry(NONE, -1), entry(listener, ASKED)), (0, 0, vec![POLLNVAL, 0]));
    assert_eq!(two(entry(listener, ASKED), entry(UNKNOWN, -1)), (-1, WSAEINVAL, vec![0, 0]));
    close(listener);
    assert_eq!(poll(&mut [entry(listener, ASKED)], 0), (-1, WSAENOTSOCK, vec![POLLNVAL]));
}

/// F207–F210, F147.
#[test]
fn streams() {
    let _winsock = Winsock::start();
    let listener = tcp_listener();
    expect(listener, 0);
    let client = new_socket(SOCK_STREAM);
    expect(client, 0);
    assert_eq!(connect_to(client, port_of(listener)), 0);
    expect(listener, POLLRDNORM);
    let server = unsafe { accept(listener, null_mut(), null_mut()) };
    expect(listener, 0);
    expect(server, POLLWRNORM);
    send_all(client, b"data");
    expect(server, POLLWRNORM | POLLRDNORM);
    assert_eq!(unsafe { shutdown(server, SD_BOTH) }, 0);
    expect(server, POLLWRNORM | POLLRDNORM);
    close(server);

    let (client, server) = tcp_pair();
    send_all(client, b"data");
    assert_eq!(unsafe { shutdown(client, SD_SEND) }, 0);
    expect(server, POLLWRNORM | POLLRDNORM | POLLHUP);
    assert_eq!(recv_bytes(server, 9), Ok(b"data".to_vec()));
    expect(server, POLLWRNORM | POLLHUP);
    assert_eq!(poll(&mut [entry(server, 0)], -1), (1, 0, vec![POLLHUP]));
    expect(client, POLLWRNORM);
    close(client);
    close(server);

    let (client, server) = tcp_pair();
    let linger = LINGER { l_onoff: 1, l_linger: 0 };
    unsafe { setsockopt(client, SOL_SOCKET, SO_LINGER, (&raw const linger).cast(), 4) };
    send_all(client, b"lost");
    close(client);
    expect(server, POLLERR | POLLHUP | POLLWRNORM);
    assert_eq!(recv_bytes(server, 9), Err(WSAECONNRESET));
    expect(server, POLLERR | POLLHUP | POLLWRNORM);
    for s in [server, listener] {
        close(s);
    }
}

/// F212.
#[test]
fn failed_connects() {
    let _winsock = Winsock::start();
    let free = new_socket(SOCK_STREAM);
    bind_loopback(free);
    for nonblocking in [false, true] {
        let s = new_socket(SOCK_STREAM);
        set_nonblocking(s, nonblocking);
        let code = if nonblocking { WSAEWOULDBLOCK } else { WSAECONNREFUSED };
        assert_eq!((connect_to(s, port_of(free)), last_error()), (-1, code));
        expect(s, POLLERR | POLLHUP | POLLWRNORM);
        expect(s, POLLERR | POLLHUP | POLLWRNORM);
        close(s);
    }
    close(free);
}

/// F213, G032.
#[test]
fn datagram_sockets() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_DGRAM);
    expect(s, POLLWRNORM);
    bind_loopback(s);
    expect(s, POLLWRNORM);
    assert_eq!(send_to(s, b"to itself", port_of(s)), 9);
    expect(s, POLLWRNORM | POLLRDNORM);
    assert_eq!(poll(&mut [entry(s, POLLRDNORM)], -1), (1, 0, vec![POLLRDNORM]));
    assert_eq!(recv_bytes(s, 9), Ok(b"to itself".to_vec()));
    expect(s, POLLWRNORM);
    assert_eq!(send_to(s, b"x", Nobody::new().port()), 1);
    assert_eq!(send_to(s, b"x", 9), 1);
    expect(s, POLLWRNORM | POLLRDNORM);
    assert_eq!(recv_bytes(s, 9), Err(WSAECONNRESET));
    close(s);
}

/// Out-of-band bytes are a band of their own, as for select (F196).
#[test]
fn out_of_band_bytes() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    assert_eq!(unsafe { send(client, b"!".as_ptr(), 1, MSG_OOB) }, 1);
    expect(server, POLLWRNORM | POLLRDBAND);
    send_all(client, b"data");
    expect(server, POLLWRNORM | POLLRDBAND | POLLRDNORM);
    let mut byte = 0u8;
    assert_eq!(unsafe { recv(server, &mut byte, 1, MSG_OOB) }, 1);
    expect(server, POLLWRNORM | POLLRDNORM);
    assert_eq!(recv_bytes(server, 9), Ok(b"data".to_vec()));
    expect(server, POLLWRNORM);
    close(client);
    close(server);
}

/// F211, and data that comes during the call.
#[test]
fn what_ends_a_wait() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    let waits = start_blocked(move || poll(&mut [entry(server, POLLRDNORM), entry(client, POLLRDNORM)], -1));
    close(server);
    assert_eq!(waits.join().unwrap(), (1, 0, vec![POLLNVAL, 0]));
    close(client);

    let (client, server) = tcp_pair();
    let waits = start_blocked(move || poll(&mut [entry(server, POLLRDNORM); 2], 60_000));
    send_all(client, b"x");
    assert_eq!(waits.join().unwrap(), (2, 0, vec![POLLRDNORM; 2]));
    assert_eq!(recv_bytes(server, 9), Ok(b"x".to_vec()));
    let began = std::time::Instant::now();
    assert_eq!(poll(&mut [entry(server, POLLRDNORM)], 30), (0, 0, vec![0]));
    assert!(began.elapsed().as_millis() >= 30);
    close(client);
    close(server);
}

/// What waits in a band that is not asked for ends no wait, and does not keep it from sleeping either.
#[test]
fn what_is_not_asked_for_lets_a_wait_sleep() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    assert_eq!(unsafe { send(client, b"!".as_ptr(), 1, MSG_OOB) }, 1);
    expect(server, POLLWRNORM | POLLRDBAND);
    let waits = start_blocked(move || poll(&mut [entry(server, POLLRDNORM)], -1));
    send_all(client, b"data");
    assert_eq!(waits.join().unwrap(), (1, 0, vec![POLLRDNORM]));
    close(client);
    close(server);

    let s = udp_bound();
    assert_eq!(send_to(s, b"x", Nobody::new().port()), 1);
    expect(s, POLLWRNORM | POLLRDNORM);
    let waits = start_blocked(move || poll(&mut [entry(s, POLLRDBAND)], -1));
    close(s);
    assert_eq!(waits.join().unwrap(), (1, 0, vec![POLLNVAL]));
}

static CALLED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

unsafe extern "system" fn called(count: usize) {
    CALLED.fetch_add(count, std::sync::atomic::Ordering::SeqCst);
}

/// F073, as select.
#[test]
fn queued_calls_run_if_it_waits() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    let calls = || CALLED.load(std::sync::atomic::Ordering::SeqCst);
    assert_ne!(unsafe { QueueUserAPC(Some(called), GetCurrentThread(), 1) }, 0);
    assert_eq!(poll(&mut [entry(server, POLLWRNORM)], -1).0, 1);
    assert_eq!(calls(), 0);
    assert_eq!(poll(&mut [entry(server, POLLRDNORM)], 1).0, 0);
    assert_eq!(calls(), 1);
    close(client);
    close(server);
}

/// F066.
#[test]
fn what_a_pending_receive_takes_makes_nothing_ready() {
    let _winsock = Winsock::start();
    let (client, server) = tcp_pair();
    let mut bytes = [0u8; 4];
    let buffer = WSABUF { len: 4, buf: bytes.as_mut_ptr() };
    let mut overlapped = openws2::Win32::System::IO::OVERLAPPED::default();
    let mut flags = 0;
    let begun = unsafe { WSARecv(server, &buffer, 1, null_mut(), &mut flags, &mut overlapped, None) };
    assert_eq!((begun, last_error()), (-1, WSA_IO_PENDING));
    send_all(client, b"four");
    assert_eq!(poll(&mut [entry(server, POLLRDNORM)], 20), (0, 0, vec![0]));
    assert_eq!(&bytes, b"four");
    send_all(client, b"more");
    assert_eq!(poll(&mut [entry(server, POLLRDNORM)], -1), (1, 0, vec![POLLRDNORM]));
    close(client);
    close(server);
}

/// No limit on their number, nor on that of descriptors.
#[test]
fn many_sockets() {
    let _winsock = Winsock::start();
    const MANY: usize = 1500;
    let sockets: Vec<SOCKET> = (0..MANY).map(|_| udp_bound()).collect();
    let mut list: Vec<WSAPOLLFD> = sockets.iter().map(|&s| entry(s, POLLRDNORM)).collect();
    let last = sockets[MANY - 1];
    assert_eq!(send_to(sockets[0], b"x", port_of(last)), 1);
    let (ready, _, revents) = poll(&mut list, -1);
    assert_eq!((ready, revents[MANY - 1]), (1, POLLRDNORM));
    assert!(revents[..MANY - 1].iter().all(|&revents| revents == 0));
    for s in sockets {
        close(s);
    }
}
