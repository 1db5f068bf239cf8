//! What programs do wrong, or mix in: bad memory, numbers closed behind our back, the host's own calls, fork.
#![allow(non_snake_case)]
#![cfg(target_os = "linux")] // Elsewhere nobody can be asked whether memory is mapped.

use std::ptr::{null, null_mut};
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;

mod util;
use util::*;

/// The tests of this file close descriptors and start processes: one at a time.
static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn begin() -> (std::sync::MutexGuard<'static, ()>, Winsock) {
    (TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner()), Winsock::start())
}

/// A page with these rights, for the rest of the process.
fn page(rights: i32) -> *mut u8 {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let page = unsafe { libc::mmap(null_mut(), 4096, rights, flags, -1, 0) };
    assert_ne!(page, libc::MAP_FAILED);
    page.cast()
}

#[track_caller]
fn fails(code: i32, returned: i32) {
    assert_eq!((returned, last_error()), (SOCKET_ERROR, code));
}

const NAME: i32 = size_of::<SOCKADDR_IN>() as i32;

/// Every pointer of the receive functions, in pages without rights and in read-only ones: WSAEFAULT, and
/// the datagram stays.
#[test]
fn no_pointer_can_crash_a_receive_or_lose_a_datagram() {
    let _begun = begin();
    let s = udp_bound();
    send_to(s, b"stays", port_of(s));
    wait_readable(s);
    for bad in [page(libc::PROT_NONE), page(libc::PROT_READ)] {
        let (mut from, mut len, mut count, mut flags) = (loopback(0), NAME, 0u32, 0u32);
        let from = (&raw mut from).cast::<SOCKADDR>();
        let mut byte = [0u8; 16];
        let good = WSABUF { len: 16, buf: byte.as_mut_ptr() };
        let buffer = WSABUF { len: 16, buf: bad };
        unsafe {
            fails(WSAEFAULT, recv(s, bad, 16, 0));
            fails(WSAEFAULT, recvfrom(s, bad, 16, 0, from, &mut len));
            fails(WSAEFAULT, recvfrom(s, byte.as_mut_ptr(), 16, 0, bad.cast(), &mut len));
            fails(WSAEFAULT, recvfrom(s, byte.as_mut_ptr(), 16, 0, from, bad.cast()));
            fails(WSAEFAULT, WSARecv(s, &buffer, 1, &mut count, &mut flags, null_mut(), None));
            fails(WSAEFAULT, WSARecv(s, &good, 1, bad.cast(), &mut flags, null_mut(), None));
            fails(WSAEFAULT, WSARecv(s, &good, 1, &mut count, bad.cast(), null_mut(), None));
            fails(WSAEFAULT, WSARecvEx(s, byte.as_mut_ptr(), 16, bad.cast()));
            fails(WSAEFAULT, getsockname(s, bad.cast(), &mut len));
            fails(WSAEFAULT, getsockopt(s, SOL_SOCKET, SO_TYPE, bad, &mut len));
        }
    }
    let none = page(libc::PROT_NONE);
    unsafe {
        fails(WSAEFAULT, WSARecv(s, none.cast(), 1, &mut 0, &mut 0, null_mut(), None));
        fails(WSAEFAULT, getsockopt(s, SOL_SOCKET, SO_TYPE, &mut 0u8, none.cast()));
        fails(WSAEFAULT, setsockopt(s, SOL_SOCKET, SO_BROADCAST, none, 4));
        fails(WSAEFAULT, send(s, none, 4, 0).min(sendto(s, none, 4, 0, none.cast(), NAME)));
        let fresh = new_socket(SOCK_DGRAM);
        fails(WSAEFAULT, bind(fresh, none.cast(), NAME));
        fails(WSAEFAULT, connect(fresh, none.cast(), NAME));
        fails(WSAEFAULT, select(0, none.cast(), null_mut(), null_mut(), null()));
        close(fresh);
    }
    // Buffers whose array is far shorter than its count.
    let one = WSABUF { len: 1, buf: &mut 0u8 };
    unsafe { fails(WSAEFAULT, WSARecv(s, &one, u32::MAX, &mut 0, &mut 0, null_mut(), None)) };
    unsafe { fails(WSAEFAULT, recv(s, (-3isize) as *mut u8, 2, 0)) };
    assert_eq!(recv_bytes(s, 16).as_deref(), Ok(&b"stays"[..]));
    close(s);
}

/// A blocking receive does not wait before it looks at a NULL buffer; out-of-band data is as careful.
#[test]
fn a_stream_refuses_a_null_buffer_at_once() {
    let _begun = begin();
    let (a, b) = tcp_pair();
    fails(WSAEFAULT, unsafe { recv(a, null_mut(), 4, 0) });
    let byte = b'!';
    assert_eq!(unsafe { send(b, &byte, 1, MSG_OOB) }, 1);
    fails(WSAEFAULT, unsafe { recv(a, page(libc::PROT_NONE), 1, MSG_OOB) });
    let mut got = 0u8;
    assert_eq!((unsafe { recv(a, &mut got, 1, MSG_OOB) }, got), (1, b'!'));
    close(a);
    close(b);
}

/// The host tells of a hang-up without being asked: a set that has no use for it waits out its time, and no
/// longer.
#[test]
fn select_on_the_except_set_of_a_reset_connection_ends_in_time() {
    let _begun = begin();
    let (a, b) = tcp_pair();
    let hard = LINGER { l_onoff: 1, l_linger: 0 };
    assert_eq!(unsafe { setsockopt(b, SOL_SOCKET, SO_LINGER, (&raw const hard).cast(), 4) }, 0);
    close(b);
    wait_readable(a);
    let began = Instant::now();
    let mut except = set_of(&[a]);
    let limit = TIMEVAL { tv_sec: 0, tv_usec: 300_000 };
    let count = unsafe { select(0, null_mut(), null_mut(), &mut except, &limit) };
    assert_eq!((count, except.fd_count), (0, 0), "F148");
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(300) && took < Duration::from_secs(3), "{took:?}");
    close(a);
}

/// A number that the program closed itself belongs to whatever has it now: neither closesocket nor the
/// final WSACleanup closes that.
#[test]
fn a_number_closed_behind_our_back_is_left_alone() {
    let _begun = begin();
    let s = new_socket(SOCK_STREAM);
    assert_eq!(unsafe { libc::close(s as i32) }, 0);
    let file = unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_WRONLY) };
    assert_eq!(file, s as i32, "the host gives the lowest number");
    fails(WSAENOTSOCK, close(s));
    assert_eq!(unsafe { libc::write(file, b"x".as_ptr().cast(), 1) }, 1, "still open");
    unsafe { libc::close(file) };
}

/// A descriptor that the program made takes nothing over from the socket that had its number before.
#[test]
fn an_adopted_descriptor_begins_afresh() {
    let _begun = begin();
    let s = new_socket(SOCK_DGRAM);
    set_option(s, SO_RCVTIMEO, 100);
    close(s);
    let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0) };
    assert_eq!(fd, s as i32, "the host gives the lowest number");
    let (mut timeout, mut len) = (7u32, 4);
    let got = unsafe { getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (&raw mut timeout).cast(), &mut len) };
    assert_eq!((got, timeout), (0, 0));
    close(s);
}

/// Nonblocking mode that was chosen with the host's own call counts as well.
#[test]
fn the_hosts_own_nonblocking_mode_is_noticed() {
    let _begun = begin();
    let nonblocking = |s: SOCKET| unsafe { libc::fcntl(s as i32, libc::F_SETFL, libc::O_NONBLOCK) };
    let listener = tcp_listener();
    nonblocking(listener);
    assert_eq!(unsafe { accept(listener, null_mut(), null_mut()) }, INVALID_SOCKET);
    assert_eq!(last_error(), WSAEWOULDBLOCK);
    let (a, b) = tcp_pair();
    nonblocking(a);
    assert_eq!(recv_bytes(a, 1), Err(WSAEWOULDBLOCK));
    nonblocking(b);
    let much = vec![0u8; 1 << 22];
    while unsafe { send(b, much.as_ptr(), much.len() as i32, 0) } > 0 {}
    assert_eq!(last_error(), WSAEWOULDBLOCK);
    [listener, a, b].into_iter().for_each(|s| assert_eq!(close(s), 0));
}

/// A child that closes what it inherited does no harm to the parent's connection or its blocked call.
#[test]
fn a_childs_close_leaves_the_parents_connection_alone() {
    let _begun = begin();
    let (a, b) = tcp_pair();
    let reader = start_blocked(move || recv_bytes(a, 8));
    let child = unsafe { libc::fork() };
    if child == 0 {
        let closed = unsafe { closesocket(a) };
        let gone = unsafe { libc::fcntl(a as i32, libc::F_GETFD) };
        unsafe { libc::_exit(i32::from(closed != 0 || gone != -1)) };
    }
    let mut status = 0;
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(libc::WEXITSTATUS(status), 0, "closed, and the descriptor is gone, in the child");
    send_all(b, b"parent");
    assert_eq!(reader.join().unwrap().as_deref(), Ok(&b"parent"[..]));
    close(a);
    close(b);
}

/// How much of the processor this process has used.
fn processor_time() -> Duration {
    let mut used = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut used) }, 0);
    Duration::new(used.tv_sec as u64, used.tv_nsec as u32)
}

/// A process that allows itself fewer descriptors than are watched for out-of-band bytes: the host refuses
/// to wait for them, and nobody asks it without a pause.
#[test]
fn fewer_descriptors_than_before_are_no_reason_to_spin() {
    let _begun = begin();
    let (a, b) = tcp_pair();
    let (c, d) = tcp_pair();
    let child = unsafe { libc::fork() };
    if child == 0 {
        let mut mark = 0;
        let asked = unsafe { ioctlsocket(a, SIOCATMARK, &mut mark) };
        let few = libc::rlimit { rlim_cur: 2, rlim_max: 2 };
        let limited = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &few) };
        // The list of those that are watched changes, so that the host is asked anew.
        let closed = unsafe { closesocket(c) };
        let before = processor_time();
        std::thread::sleep(Duration::from_millis(400));
        let used = processor_time() - before;
        let calm = asked == 0 && limited == 0 && closed == 0 && used < Duration::from_millis(100);
        unsafe { libc::_exit(i32::from(!calm)) };
    }
    let mut status = 0;
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0, "calm, in the child");
    [a, b, c, d].into_iter().for_each(|s| assert_eq!(close(s), 0));
}

/// A duplicate is tied to the socket that it was made of, and to nothing that has its number later.
#[test]
fn a_duplicate_outlives_its_original_alone() {
    let _begun = begin();
    let (a, b) = tcp_pair();
    let mut record = WSAPROTOCOL_INFOW::default();
    assert_eq!(unsafe { WSADuplicateSocketW(a, std::process::id(), &mut record) }, 0);
    close(a);
    let stranger = udp_bound();
    assert_eq!(stranger, a, "the host gives the lowest number");
    let duplicate = unsafe { WSASocketW(-1, -1, -1, &record, 0, WSA_FLAG_OVERLAPPED) };
    assert_ne!(duplicate, INVALID_SOCKET, "{}", last_error());
    assert_eq!(unsafe { shutdown(duplicate, SD_BOTH) }, 0);
    assert_eq!(send_to(stranger, b"free", port_of(stranger)), 4, "{}", last_error());
    assert_eq!(recv_bytes(b, 1).as_deref(), Ok(&b""[..]), "the duplicate's shutdown");
    [duplicate, stranger, b].into_iter().for_each(|s| assert_eq!(close(s), 0));
}

unsafe extern "system" fn defer(
    _: *mut WSABUF,
    _: *mut WSABUF,
    _: *mut QOS,
    _: *mut QOS,
    _: *mut WSABUF,
    _: *mut WSABUF,
    _: *mut u32,
    _: usize,
) -> i32 {
    CF_DEFER as i32
}

/// F302: a deferred connection waits for the next accept, and select says so.
#[test]
fn a_deferred_connection_keeps_the_listener_readable() {
    let _begun = begin();
    let listener = tcp_listener();
    let client = new_socket(SOCK_STREAM);
    assert_eq!(connect_to(client, port_of(listener)), 0);
    let deferred = unsafe { WSAAccept(listener, null_mut(), null_mut(), Some(defer), 0) };
    assert_eq!((deferred, last_error()), (INVALID_SOCKET, WSATRY_AGAIN));
    wait_readable(listener);
    let accepted = unsafe { accept(listener, null_mut(), null_mut()) };
    assert_ne!(accepted, INVALID_SOCKET);
    [listener, client, accepted].into_iter().for_each(|s| assert_eq!(close(s), 0));
}

/// Both ends of a connection over AF_UNIX whose messages are received in parts.
fn message_pair() -> (SOCKET, SOCKET) {
    const NAME_UN: i32 = size_of::<SOCKADDR_UN>() as i32;
    let path = std::env::temp_dir().join(format!("openws2-misuse-{}", std::process::id()));
    let mut name = SOCKADDR_UN { sun_family: AF_UNIX, sun_path: [0; 108] };
    for (to, from) in name.sun_path.iter_mut().zip(path.to_str().unwrap().bytes()) {
        *to = from as i8;
    }
    let local = || unsafe { socket(AF_UNIX.into(), SOCK_SEQPACKET, openws2::extensions::UNIXPROTO_PARTS) };
    let (listener, client) = (local(), local());
    unsafe {
        assert_eq!(bind(listener, (&raw const name).cast(), NAME_UN), 0, "{}", last_error());
        assert_eq!(listen(listener, 1), 0, "{}", last_error());
        assert_eq!(connect(client, (&raw const name).cast(), NAME_UN), 0, "{}", last_error());
    }
    let server = unsafe { accept(listener, null_mut(), null_mut()) };
    assert_ne!(server, INVALID_SOCKET, "{}", last_error());
    close(listener);
    std::fs::remove_file(path).unwrap();
    (client, server)
}

/// More buffers than the host takes in one call, the last of them bad.
fn many_buffers(good: *mut u8, bad: *mut u8) -> Vec<WSABUF> {
    let mut buffers: Vec<WSABUF> = (0..1200).map(|i| WSABUF { len: 1, buf: good.wrapping_add(i) }).collect();
    buffers[1199].buf = bad;
    buffers
}

/// What the library copies itself is looked at before: a part of a message, messages over more buffers than
/// the host takes, and bytes that stand in front of a stream. WSAEFAULT, and nothing is lost.
#[test]
fn no_copy_of_the_librarys_own_can_crash() {
    let _begun = begin();
    let none = page(libc::PROT_NONE);
    let mut good = [0u8; 1200];
    let bad = many_buffers(good.as_mut_ptr(), none);
    let (a, b) = message_pair();
    let mut count = 0;
    let (mut partial, mut flags) = (0u32, 0u32);
    unsafe {
        fails(WSAEFAULT, send(a, none, 10, MSG_PARTIAL as i32));
        assert_eq!(send(a, b"first ".as_ptr(), 6, MSG_PARTIAL as i32), 6);
        fails(WSAEFAULT, send(a, none, 10, MSG_PARTIAL as i32));
        fails(WSAEFAULT, send(a, none, 10, 0));
        fails(WSAEFAULT, WSASend(a, bad.as_ptr(), 1200, &mut count, 0, null_mut(), None));
        assert_eq!(send(a, b"second".as_ptr(), 6, 0), 6);
    }
    assert_eq!(recv_bytes(b, 16).as_deref(), Ok(&b"first second"[..]));
    send_all(a, &[7; 1200]);
    unsafe {
        fails(WSAEFAULT, WSARecv(b, bad.as_ptr(), 1200, &mut count, &mut partial, null_mut(), None));
    }
    assert_eq!(recv_bytes(b, 1200), Ok(vec![7; 1200]));
    let (to, from) = (udp_bound(), udp_bound());
    assert_eq!(connect_to(from, port_of(to)), 0);
    unsafe { fails(WSAEFAULT, WSASend(from, bad.as_ptr(), 1200, &mut count, 0, null_mut(), None)) };
    send_all(from, &[8; 1200]);
    wait_readable(to);
    unsafe { fails(WSAEFAULT, WSARecv(to, bad.as_ptr(), 1200, &mut count, &mut flags, null_mut(), None)) };
    assert_eq!(recv_bytes(to, 1200), Ok(vec![8; 1200]));
    [a, b, to, from].into_iter().for_each(|s| assert_eq!(close(s), 0));
}

/// A reset that hides behind more buffers than the host takes in one call is told by the next one, for ever.
#[test]
fn a_reset_behind_many_buffers_is_not_lost() {
    let _begun = begin();
    let (a, b) = tcp_pair();
    send_all(b, &[9; 1024]);
    let hard = LINGER { l_onoff: 1, l_linger: 0 };
    assert_eq!(unsafe { setsockopt(b, SOL_SOCKET, SO_LINGER, (&raw const hard).cast(), 4) }, 0);
    close(b);
    let mut entry = libc::pollfd { fd: a as i32, events: 0, revents: 0 };
    assert_eq!(unsafe { libc::poll(&mut entry, 1, 3000) }, 1, "the reset did not come");
    let mut bytes = [0u8; 1200];
    let buffers = many_buffers(bytes.as_mut_ptr(), bytes.as_mut_ptr());
    let (mut count, mut flags) = (0, 0);
    let got = unsafe { WSARecv(a, buffers.as_ptr(), 1200, &mut count, &mut flags, null_mut(), None) };
    assert_eq!((got, count), (0, 1024), "{}", last_error());
    for _ in 0..3 {
        assert_eq!(recv_bytes(a, 1), Err(WSAECONNRESET));
    }
    fails(WSAECONNRESET, unsafe { send(a, b"x".as_ptr(), 1, 0) });
    close(a);
}

/// What a receive gave back is copied by the library, and may be longer than any message: into a buffer that
/// ends too soon nothing is copied, and nothing is lost.
#[test]
fn bytes_that_were_given_back_survive_a_bad_buffer() {
    const LEN: usize = 200_000;
    const GOOD: usize = 128 << 10;
    let _begun = begin();
    let (a, b) = tcp_pair();
    set_option(a, SO_RCVTIMEO, 100);
    let sender = std::thread::spawn(move || send_all(b, &[5; LEN]));
    let mut bytes = vec![0u8; LEN + 1];
    fails(WSAETIMEDOUT, unsafe { recv(a, bytes.as_mut_ptr(), LEN as i32 + 1, MSG_WAITALL) });
    sender.join().unwrap();
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let region =
        unsafe { libc::mmap(null_mut(), 2 * GOOD, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    assert_ne!(region, libc::MAP_FAILED);
    assert_eq!(unsafe { libc::mprotect(region.wrapping_add(GOOD), GOOD, libc::PROT_NONE) }, 0);
    fails(WSAEFAULT, unsafe { recv(a, region.cast(), 2 * GOOD as i32, 0) });
    let mut done = 0;
    while done < LEN {
        let got = recv_bytes(a, LEN - done).unwrap();
        assert!(!got.is_empty() && got.iter().all(|&byte| byte == 5));
        done += got.len();
    }
    close(a);
    close(b);
}
