//! getsockopt, setsockopt, ioctlsocket and WSAIoctl, through the functions that programs call.

use std::ptr::{null, null_mut, without_provenance_mut};
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::OVERLAPPED;
use openws2::core::GUID;

mod util;
use util::*;

/// What a getsockopt with `len` bytes of room gave: the code, the length, the first bytes of 0xdeadbeef.
fn get_with(s: SOCKET, level: i32, name: i32, len: i32) -> (i32, i32, u32) {
    let mut value = [0xdead_beefu32, 0xdead_beef];
    let mut length = len;
    let done = unsafe { getsockopt(s, level, name, value.as_mut_ptr().cast(), &mut length) };
    (if done == 0 { 0 } else { last_error() }, length, value[0])
}

/// A value of four bytes, or the code.
fn get(s: SOCKET, level: i32, name: i32) -> Result<i32, i32> {
    match get_with(s, level, name, 4) {
        (0, _, value) => Ok(value as i32),
        (code, ..) => Err(code),
    }
}

fn set_with(s: SOCKET, level: i32, name: i32, value: i32, len: i32) -> i32 {
    let value = [value, 0];
    match unsafe { setsockopt(s, level, name, value.as_ptr().cast(), len) } {
        0 => 0,
        _ => last_error(),
    }
}

fn set(s: SOCKET, level: i32, name: i32, value: i32) -> i32 {
    set_with(s, level, name, value, 4)
}

fn in_family(family: u16, kind: i32) -> SOCKET {
    let s = unsafe { socket(family.into(), kind, 0) };
    assert_ne!(s, INVALID_SOCKET, "socket: {}", last_error());
    s
}

fn close_all(sockets: &[SOCKET]) {
    for &s in sockets {
        close(s);
    }
}

/// Waits for something that the host is about to do.
#[track_caller]
fn eventually(mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(5);
    while !holds() {
        assert!(Instant::now() < until, "not in time");
        std::thread::yield_now();
    }
}

/// A port of loopback that nobody listens on.
fn closed_port() -> u16 {
    let s = new_socket(SOCK_STREAM);
    bind_loopback(s);
    let port = port_of(s);
    close(s);
    port
}

/// F262.
#[test]
fn so_error_is_what_was_set() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_STREAM);
    assert_eq!(get(s, SOL_SOCKET, SO_ERROR), Ok(0));
    unsafe { WSASetLastError(77) };
    assert_eq!(set(s, SOL_SOCKET, SO_ERROR, 1234), 0);
    assert_eq!(last_error(), 0);
    assert_eq!(get(s, SOL_SOCKET, SO_ERROR), Ok(1234));
    close(s);
}

/// F263.
#[test]
fn so_error_stays_however_often_it_is_read() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_STREAM);
    set_nonblocking(s, true);
    assert_eq!((connect_to(s, closed_port()), last_error()), (-1, WSAEWOULDBLOCK));
    eventually(|| get(s, SOL_SOCKET, SO_ERROR) == Ok(WSAECONNREFUSED));
    assert_eq!(get(s, SOL_SOCKET, SO_ERROR), Ok(WSAECONNREFUSED));
    close(s);
}

/// F263's other half: a connect that succeeds clears what the program had put there.
#[test]
fn a_connect_that_succeeds_clears_so_error() {
    let _winsock = Winsock::start();
    let (listener, s) = (tcp_listener(), new_socket(SOCK_STREAM));
    assert_eq!(set(s, SOL_SOCKET, SO_ERROR, 1234), 0);
    set_nonblocking(s, true);
    assert_eq!((connect_to(s, port_of(listener)), last_error()), (-1, WSAEWOULDBLOCK));
    eventually(|| get(s, SOL_SOCKET, SO_ERROR) == Ok(0));
    close_all(&[listener, s]);
}

/// F264.
#[test]
fn a_synchronous_failure_leaves_so_error_at_0() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_STREAM);
    assert_eq!((connect_to(s, closed_port()), last_error()), (-1, WSAECONNREFUSED));
    assert_eq!(get(s, SOL_SOCKET, SO_ERROR), Ok(0));
    close(s);
}

/// F146.
#[test]
fn a_reset_is_not_told_by_so_error() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    assert_eq!(set(b, SOL_SOCKET, SO_LINGER, 1), 0);
    close(b);
    assert_eq!(recv_bytes(a, 1), Err(WSAECONNRESET));
    assert_eq!(get(a, SOL_SOCKET, SO_ERROR), Ok(0));
    close(a);
}

/// F265.
#[test]
fn so_error_on_a_closed_socket_writes_nothing() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_STREAM);
    assert_eq!(get_with(s, SOL_SOCKET, SO_ERROR, 1), (WSAEFAULT, 1, 0xdead_beef));
    close(s);
    assert_eq!(get_with(s, SOL_SOCKET, SO_ERROR, 4), (WSAENOTSOCK, 4, 0xdead_beef));
}

/// F266, F267, F270.
#[test]
fn numbers_need_four_bytes() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_STREAM);
    let clears = [SO_RCVBUF, SO_SNDBUF, SO_LINGER];
    for name in [SO_RCVBUF, SO_SNDBUF, SO_RCVTIMEO, SO_SNDTIMEO, SO_OPENTYPE, SO_LINGER] {
        for (len, cleared) in [(1, 0xdead_be00), (2, 0xdead_0000)] {
            assert_eq!(set_with(s, SOL_SOCKET, name, 0, len), WSAEFAULT, "{name:#x} {len}");
            let (code, _, left) = get_with(s, SOL_SOCKET, name, len);
            let expected = if clears.contains(&name) { cleared } else { 0xdead_beef };
            assert_eq!((code, left), (WSAEFAULT, expected), "{name:#x} {len}");
        }
        assert_eq!(set_with(s, SOL_SOCKET, name, 0, 0), WSAEFAULT, "{name:#x}");
        for len in [4, 8, -1] {
            assert_eq!(set_with(s, SOL_SOCKET, name, 0, len), 0, "{name:#x} {len}");
        }
        assert_eq!(get_with(s, SOL_SOCKET, name, 4).0, 0, "{name:#x}");
        let (code, len, _) = get_with(s, SOL_SOCKET, name, 8);
        assert_eq!((code, len), (0, 4), "{name:#x}");
        assert_eq!(get_with(s, SOL_SOCKET, name, 0), (WSAEFAULT, 0, 0xdead_beef), "{name:#x}");
        let negative = if name == SO_OPENTYPE { (0, 4, 0) } else { (WSAEFAULT, -1, 0xdead_beef) };
        assert_eq!(get_with(s, SOL_SOCKET, name, -1), negative, "{name:#x}");
    }
    close(s);
}

/// F268, F270.
#[test]
fn flags_take_any_length() {
    let _winsock = Winsock::start();
    for name in [SO_OOBINLINE, SO_BROADCAST, SO_DONTLINGER, SO_REUSEADDR, SO_EXCLUSIVEADDRUSE] {
        let s = new_socket(if name == SO_BROADCAST { SOCK_DGRAM } else { SOCK_STREAM });
        for len in [0, 1, 2, 4, 8, -1] {
            assert_eq!(set_with(s, SOL_SOCKET, name, 1, len), 0, "{name:#x} {len}");
        }
        assert_eq!(set(s, SOL_SOCKET, name, 0), 0);
        assert_eq!(get(s, SOL_SOCKET, name), Ok(0), "{name:#x}");
        assert_eq!(set(s, SOL_SOCKET, name, 0x100), 0);
        assert_eq!(get(s, SOL_SOCKET, name), Ok(1), "{name:#x}");
        assert_eq!(get_with(s, SOL_SOCKET, name, 1), (0, 1, 0xdead_be01), "{name:#x}");
        assert_eq!(get_with(s, SOL_SOCKET, name, 2), (0, 1, 0xdead_0001), "{name:#x}");
        close(s);
    }
}

/// F269, F270.
#[test]
fn one_byte_flags_have_one_byte() {
    let _winsock = Winsock::start();
    let (four, six) = (in_family(AF_INET, SOCK_STREAM), in_family(AF_INET6, SOCK_STREAM));
    for (s, level, name) in [
        (four, SOL_SOCKET, SO_KEEPALIVE),
        (four, SOL_SOCKET, SO_DONTROUTE),
        (four, IPPROTO_TCP, TCP_NODELAY),
        (six, IPPROTO_IPV6, IPV6_V6ONLY),
    ] {
        assert_eq!(set(s, level, name, 1), 0, "{name:#x}");
        for len in [1, 2, 4, 8] {
            let (code, length, value) = get_with(s, level, name, len);
            assert_eq!((code, length, value & 0xff), (0, 1, 1), "{name:#x} {len}");
        }
        assert_eq!(set(s, level, name, 0x100), 0, "{name:#x}");
        assert_eq!(get_with(s, level, name, 1), (0, 1, 0xdead_be00), "{name:#x}");
        assert_eq!(set_with(s, level, name, 1, 0), WSAEFAULT, "{name:#x}");
        assert_eq!(set_with(s, level, name, 1, -1), WSAENOBUFS, "{name:#x}");
        assert_eq!(get_with(s, level, name, -1), (WSAEFAULT, -1, 0xdead_beef), "{name:#x}");
    }
    close(four);
    close(six);
}

const V4_RECEIVE: [i32; 3] = [IP_PKTINFO, IP_RECVTTL, IP_RECVTOS];
const V6_RECEIVE: [i32; 3] = [IPV6_PKTINFO, IPV6_HOPLIMIT, IPV6_RECVTCLASS];
/// F273, and F164's.
const V4_KEPT: [i32; 10] = [
    IP_RECEIVE_BROADCAST,
    IP_RECVIF,
    IP_RECVDSTADDR,
    IP_RECVRTHDR,
    IP_ORIGINAL_ARRIVAL_IF,
    IP_ECN,
    IP_PKTINFO_EX,
    IP_WFP_REDIRECT_RECORDS,
    IP_WFP_REDIRECT_CONTEXT,
    IP_RECVERR,
];
const V6_KEPT: [i32; 8] = [
    IPV6_RECVIF,
    IPV6_RECVDSTADDR,
    IPV6_RECVRTHDR,
    IPV6_ECN,
    IPV6_PKTINFO_EX,
    IPV6_WFP_REDIRECT_RECORDS,
    IPV6_WFP_REDIRECT_CONTEXT,
    IPV6_RECVERR,
];

/// F271, F272, F273, F164.
#[test]
fn receive_options_are_for_datagrams() {
    let _winsock = Winsock::start();
    for (family, level, names) in [
        (AF_INET, IPPROTO_IP, [&V4_RECEIVE[..], &V4_KEPT[..]].concat()),
        (AF_INET6, IPPROTO_IPV6, [&V6_RECEIVE[..], &V6_KEPT[..]].concat()),
    ] {
        let (udp, tcp) = (in_family(family, SOCK_DGRAM), in_family(family, SOCK_STREAM));
        for name in names {
            for len in [1, 2] {
                assert_eq!(set_with(udp, level, name, 1, len), WSAEFAULT, "{level} {name} {len}");
                assert_eq!(
                    get_with(udp, level, name, len),
                    (WSAEFAULT, 0, 0xdead_beef),
                    "{level} {name} {len}"
                );
            }
            assert_eq!(set_with(udp, level, name, 1, -1), WSAENOBUFS, "{level} {name}");
            assert_eq!(set(udp, level, name, 0x100), 0, "{level} {name}");
            assert_eq!(get(udp, level, name), Ok(1), "{level} {name}");
            assert_eq!(set(udp, level, name, 0), 0, "{level} {name}");
            assert_eq!(get(udp, level, name), Ok(0), "{level} {name}");
            assert_eq!(get(tcp, level, name), Err(WSAEINVAL), "{level} {name}");
            assert_eq!(set(tcp, level, name, 1), WSAEINVAL, "{level} {name}");
        }
        close(udp);
        close(tcp);
    }
}

/// F274.
#[test]
fn unknown_and_one_way_options_are_wsaenoprotoopt() {
    let _winsock = Winsock::start();
    let udp = new_socket(SOCK_DGRAM);
    assert_eq!(get(udp, IPPROTO_IP, 0x7777), Err(WSAENOPROTOOPT));
    assert_eq!(set(udp, IPPROTO_IP, 0x7777, 1), WSAENOPROTOOPT);
    assert_eq!(get(udp, IPPROTO_IP, IP_ADD_MEMBERSHIP), Err(WSAENOPROTOOPT));
    assert_eq!(get(udp, IPPROTO_IP, IP_DROP_MEMBERSHIP), Err(WSAENOPROTOOPT));
    assert_eq!(get(udp, IPPROTO_IP, IP_MTU), Err(WSAENOTCONN));
    close(udp);
}

/// The loopback's path, once there is a peer (F274's other half).
#[cfg(target_os = "linux")]
#[test]
fn a_connected_socket_knows_its_path() {
    let _winsock = Winsock::start();
    let (udp, peer) = (udp_bound(), udp_bound());
    assert_eq!(connect_to(udp, port_of(peer)), 0);
    assert!(get(udp, IPPROTO_IP, IP_MTU).is_ok_and(|mtu| mtu >= 576));
    close(udp);
    close(peer);
}

/// F275, F284, F186, F181.
#[test]
fn an_accepted_socket_has_the_listeners_options() {
    let _winsock = Winsock::start();
    let listener = tcp_listener();
    for (level, name, value) in [
        (SOL_SOCKET, SO_REUSEADDR, 1),
        (SOL_SOCKET, SO_KEEPALIVE, 1),
        (SOL_SOCKET, SO_OOBINLINE, 1),
        (SOL_SOCKET, SO_SNDBUF, 0x123),
        (SOL_SOCKET, SO_RCVBUF, 0x123),
        (SOL_SOCKET, SO_SNDTIMEO, 0x123),
        (SOL_SOCKET, SO_RCVTIMEO, 0x123),
        (SOL_SOCKET, SO_LINGER, 0x0005_0001),
        (IPPROTO_TCP, TCP_NODELAY, 1),
    ] {
        assert_eq!(set(listener, level, name, value), 0, "{name:#x}");
        let client = new_socket(SOCK_STREAM);
        assert_eq!(connect_to(client, port_of(listener)), 0);
        let server = unsafe { accept(listener, null_mut(), null_mut()) };
        assert_eq!(get(server, level, name), Ok(value), "{name:#x}");
        close(client);
        close(server);
    }
    close(listener);
}

/// F275.
#[test]
fn a_buffer_size_reads_as_it_was_set() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    for name in [SO_RCVBUF, SO_SNDBUF] {
        assert!(get(a, SOL_SOCKET, name).is_ok_and(|size| size > 0));
        for size in [4096, 0, 0x123, 1 << 30] {
            assert_eq!(set(a, SOL_SOCKET, name, size), 0);
            assert_eq!(get(a, SOL_SOCKET, name), Ok(size));
        }
        assert_eq!(set(a, SOL_SOCKET, name, 0), 0);
    }
    // F046: neither starves.
    send_all(a, &[7; 4096]);
    send_all(b, &[8; 4096]);
    assert_eq!(recv_bytes(b, 4).as_deref(), Ok(&[7; 4][..]));
    assert_eq!(recv_bytes(a, 4).as_deref(), Ok(&[8; 4][..]));
    close(a);
    close(b);
}

/// F276, F277, F278, F281.
#[test]
fn options_that_tell_what_a_socket_is() {
    let _winsock = Winsock::start();
    let (tcp, udp) = (new_socket(SOCK_STREAM), new_socket(SOCK_DGRAM));
    assert_eq!(get(tcp, SOL_SOCKET, SO_TYPE), Ok(SOCK_STREAM));
    assert_eq!(get(udp, SOL_SOCKET, SO_TYPE), Ok(SOCK_DGRAM));
    assert_eq!(set(tcp, SOL_SOCKET, SO_TYPE, SOCK_DGRAM), WSAENOPROTOOPT);
    assert_eq!(set(udp, SOL_SOCKET, SO_TYPE, SOCK_STREAM), WSAEINVAL);

    assert_eq!(get(tcp, SOL_SOCKET, SO_ACCEPTCONN), Ok(0));
    bind_loopback(tcp);
    assert_eq!(unsafe { listen(tcp, 1) }, 0);
    assert_eq!(get(tcp, SOL_SOCKET, SO_ACCEPTCONN), Ok(1));
    assert_eq!(set(tcp, SOL_SOCKET, SO_ACCEPTCONN, 0), WSAENOPROTOOPT);

    assert_eq!(get(udp, SOL_SOCKET, SO_MAX_MSG_SIZE), Ok(65507));
    assert_eq!(get(tcp, SOL_SOCKET, SO_MAX_MSG_SIZE), Err(WSAENOPROTOOPT));

    unsafe { WSASetLastError(77) };
    assert_eq!(set(tcp, SOL_SOCKET, SO_DEBUG, 2), 0);
    assert_eq!((get(tcp, SOL_SOCKET, SO_DEBUG), last_error()), (Ok(1), 0));
    close(tcp);
    close(udp);
}

/// F279, F288.
#[test]
fn protocol_info_is_the_catalogues_record() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_DGRAM);
    let (mut narrow, mut wide) = (WSAPROTOCOL_INFOA::default(), WSAPROTOCOL_INFOW::default());
    let (a, w) = (size_of_val(&narrow) as i32, size_of_val(&wide) as i32);
    let read =
        |s, name, value: *mut u8, len: &mut i32| match unsafe { getsockopt(s, SOL_SOCKET, name, value, len) }
        {
            0 => 0,
            _ => last_error(),
        };
    assert_eq!(
        unsafe { getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_PROTOCOL_INFOA, null_mut(), null_mut()) },
        -1
    );
    assert_eq!(last_error(), WSAENOTSOCK);
    assert_eq!(read(s, SO_PROTOCOL_INFOA, null_mut(), &mut { a }), WSAEFAULT);
    assert_eq!(
        unsafe { getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (&raw mut narrow).cast(), null_mut()) },
        -1
    );
    assert_eq!(last_error(), WSAEFAULT);
    for (name, size) in [(SO_PROTOCOL_INFOA, a), (SO_PROTOCOL_INFOW, w)] {
        let mut len = size - 1;
        assert_eq!(read(s, name, (&raw mut wide).cast(), &mut len), WSAEFAULT);
        assert_eq!(len, size);
    }
    let (mut la, mut lw) = (a + 5, w);
    let mut room = vec![0u8; la as usize];
    assert_eq!(read(s, SO_PROTOCOL_INFOA, room.as_mut_ptr(), &mut la), 0);
    narrow = unsafe { room.as_ptr().cast::<WSAPROTOCOL_INFOA>().read_unaligned() };
    assert_eq!(read(s, SO_PROTOCOL_INFOW, (&raw mut wide).cast(), &mut lw), 0);
    assert_eq!((la, lw), (a + 5, w));
    assert_eq!((narrow.iSocketType, narrow.iProtocol), (SOCK_DGRAM, IPPROTO_UDP));
    assert_eq!(narrow.dwServiceFlags1, wide.dwServiceFlags1);
    assert_eq!(narrow.dwCatalogEntryId, wide.dwCatalogEntryId);
    let (left, right) = (narrow.szProtocol, wide.szProtocol);
    assert!(left[0] != 0 && left.iter().zip(right).all(|(&a, w)| a as u16 == w));
    close(s);
}

/// F280.
#[test]
fn connect_time_counts_from_the_connection() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let (fresh, udp, peer) = (new_socket(SOCK_STREAM), udp_bound(), udp_bound());
    assert_eq!(connect_to(udp, port_of(peer)), 0);
    // Zero right after; a slow machine may need a second.
    for s in [a, b] {
        assert!(get(s, SOL_SOCKET, SO_CONNECT_TIME).is_ok_and(|s| (0..5).contains(&s)));
    }
    assert_eq!(get(fresh, SOL_SOCKET, SO_CONNECT_TIME), Ok(-1));
    assert_eq!(get(udp, SOL_SOCKET, SO_CONNECT_TIME), Ok(-1));
    close_all(&[a, b, fresh, udp, peer]);
}

/// F282, F189.
#[test]
fn bad_pointers_levels_and_kinds() {
    let _winsock = Winsock::start();
    let (tcp, udp) = (new_socket(SOCK_STREAM), new_socket(SOCK_DGRAM));
    let mut len = 4;
    for bad in [null_mut::<u8>(), without_provenance_mut(1)] {
        for name in [SO_LINGER, SO_DONTLINGER, SO_RCVTIMEO] {
            for length in [0, 4] {
                assert_eq!(unsafe { setsockopt(tcp, SOL_SOCKET, name, bad, length) }, -1);
                assert_eq!(last_error(), WSAEFAULT, "{name:#x} {length}");
            }
            assert_eq!(unsafe { getsockopt(tcp, SOL_SOCKET, name, bad, &mut len) }, -1);
            assert_eq!(last_error(), WSAEFAULT, "{name:#x}");
        }
        let mut value = 0;
        assert_eq!(unsafe { getsockopt(tcp, SOL_SOCKET, SO_TYPE, (&raw mut value).cast(), bad.cast()) }, -1);
        assert_eq!(last_error(), WSAEFAULT);
    }
    for level in [-1, 0x1234_ffff, 0x8000] {
        assert_eq!(get(tcp, level, SO_RCVTIMEO), Err(WSAEINVAL), "{level:#x}");
        assert_eq!(set(tcp, level, SO_RCVTIMEO, 1), WSAEINVAL, "{level:#x}");
    }
    assert_eq!(get(udp, SOL_SOCKET, SO_LINGER), Err(WSAENOPROTOOPT));
    close(tcp);
    close(udp);
}

/// F010, F283.
#[test]
fn the_open_type_needs_no_socket() {
    let _winsock = Winsock::start();
    let file = std::fs::File::open("Cargo.toml").unwrap();
    let file = std::os::fd::AsRawFd::as_raw_fd(&file) as SOCKET;
    assert_eq!(set(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, 0x20), 0);
    assert_eq!(get(file, SOL_SOCKET, SO_OPENTYPE), Ok(0x20));
    let other = std::thread::spawn(|| get(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE)).join().unwrap();
    assert_eq!(other, Ok(0));
    assert_eq!(set(file, SOL_SOCKET, SO_OPENTYPE, 0), 0);
    assert_eq!(get(file, SOL_SOCKET, SO_TYPE), Err(WSAENOTSOCK));
}

/// F269: LINGER as it was given; SO_DONTLINGER is its other side.
#[test]
fn lingering_reads_back_unchanged() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_STREAM);
    assert_eq!((get(s, SOL_SOCKET, SO_LINGER), get(s, SOL_SOCKET, SO_DONTLINGER)), (Ok(0), Ok(1)));
    assert_eq!(set(s, SOL_SOCKET, SO_LINGER, 0x0007_0100), 0);
    assert_eq!(get(s, SOL_SOCKET, SO_LINGER), Ok(0x0007_0100));
    assert_eq!(get(s, SOL_SOCKET, SO_DONTLINGER), Ok(0));
    assert_eq!(set(s, SOL_SOCKET, SO_DONTLINGER, 1), 0);
    assert_eq!(get(s, SOL_SOCKET, SO_LINGER), Ok(0x0007_0000));
    close(s);
}

/// F186, F187: kept apart from the host, in milliseconds.
#[test]
fn timeouts_are_in_milliseconds() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    for name in [SO_RCVTIMEO, SO_SNDTIMEO] {
        assert_eq!(get(a, SOL_SOCKET, name), Ok(0));
        for milliseconds in [100, 63000, -1] {
            assert_eq!(set(a, SOL_SOCKET, name, milliseconds), 0);
            assert_eq!(get(a, SOL_SOCKET, name), Ok(milliseconds));
        }
    }
    assert_eq!(set(a, SOL_SOCKET, SO_RCVTIMEO, 30), 0);
    let start = Instant::now();
    assert_eq!(recv_bytes(a, 1), Err(WSAETIMEDOUT));
    assert!(start.elapsed() >= Duration::from_millis(30));
    close(a);
    close(b);
}

/// Two sockets on one port, if both want it, and one that wants it alone.
#[test]
fn reuse_and_exclusive_use_exclude_each_other() {
    let _winsock = Winsock::start();
    for kind in [SOCK_STREAM, SOCK_DGRAM] {
        let (first, second, third) = (new_socket(kind), new_socket(kind), new_socket(kind));
        set_option(first, SO_REUSEADDR, 1);
        set_option(second, SO_REUSEADDR, 1);
        bind_loopback(first);
        if kind == SOCK_STREAM {
            assert_eq!(unsafe { listen(first, 1) }, 0);
        }
        let name = loopback(port_of(first));
        let bind_to_it = |s| unsafe { bind(s, (&raw const name).cast(), size_of_val(&name) as i32) };
        assert_eq!(bind_to_it(second), 0, "{kind}: {}", last_error());
        set_option(third, SO_EXCLUSIVEADDRUSE, 1);
        assert_eq!((bind_to_it(third), last_error()), (-1, WSAEADDRINUSE), "{kind}");
        assert_eq!(set(third, SOL_SOCKET, SO_REUSEADDR, 1), WSAEINVAL);
        assert_eq!(set(second, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1), WSAEINVAL);
        close_all(&[first, second, third]);
    }
}

/// G138: Windows' defaults, and what is set, in seconds.
#[test]
fn keep_alive_times() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_STREAM);
    assert_eq!(get(s, IPPROTO_TCP, TCP_KEEPIDLE), Ok(7200));
    assert_eq!(get(s, IPPROTO_TCP, TCP_KEEPINTVL), Ok(1));
    assert_eq!(get(s, IPPROTO_TCP, TCP_KEEPCNT), Ok(10));
    for (name, value) in [(TCP_KEEPIDLE, 60), (TCP_KEEPINTVL, 5), (TCP_KEEPCNT, 200), (TCP_MAXRT, 30)] {
        assert_eq!(set(s, IPPROTO_TCP, name, value), 0, "{name}");
        assert_eq!(get(s, IPPROTO_TCP, name), Ok(value), "{name}");
    }
    assert_eq!(set(s, IPPROTO_TCP, TCP_KEEPCNT, 256), WSAEINVAL);
    assert_eq!(set(s, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
    // What the host was told, seen through the host's own call.
    let host = |level, name| {
        let (mut value, mut len) = (0i32, 4);
        let done = unsafe { libc::getsockopt(s as i32, level, name, (&raw mut value).cast(), &mut len) };
        (done == 0).then_some(value)
    };
    assert_eq!(host(libc::IPPROTO_TCP, libc::TCP_KEEPINTVL), Some(5));
    assert!(host(libc::SOL_SOCKET, libc::SO_KEEPALIVE).is_some_and(|on| on != 0));
    close(s);
}

#[test]
fn contexts_need_a_connection_and_a_listener() {
    let _winsock = Winsock::start();
    let listener = tcp_listener();
    let (client, fresh) = (new_socket(SOCK_STREAM), new_socket(SOCK_STREAM));
    assert_eq!(connect_to(client, port_of(listener)), 0);
    let update_connected = |s| {
        let done = unsafe { setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, null(), 0) };
        if done == 0 { 0 } else { last_error() }
    };
    assert_eq!((update_connected(client), update_connected(fresh)), (0, WSAENOTCONN));
    let accepted = unsafe { accept(listener, null_mut(), null_mut()) };
    set_option(listener, SO_RCVTIMEO, 55);
    let update_accepted = |s, of: SOCKET| {
        let (value, len) = ((&raw const of).cast(), size_of_val(&of) as i32);
        let done = unsafe { setsockopt(s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, value, len) };
        if done == 0 { 0 } else { last_error() }
    };
    assert_eq!(update_accepted(accepted, INVALID_SOCKET), WSAENOTSOCK);
    assert_eq!(update_accepted(accepted, client), WSAEINVAL);
    assert_eq!(update_accepted(fresh, listener), WSAENOTCONN);
    assert_eq!(update_accepted(accepted, listener), 0);
    assert_eq!(get(accepted, SOL_SOCKET, SO_RCVTIMEO), Ok(55));
    close_all(&[listener, client, fresh, accepted]);
}

/// Options of the path and the group, on the host's own terms.
#[test]
fn hops_fragments_and_groups() {
    let _winsock = Winsock::start();
    let (four, six) = (udp_bound(), in_family(AF_INET6, SOCK_DGRAM));
    for (s, level, name, value) in [
        (four, IPPROTO_IP, IP_TTL, 33),
        (four, IPPROTO_IP, IP_TOS, 0x10),
        (four, IPPROTO_IP, IP_MULTICAST_TTL, 7),
        (four, IPPROTO_IP, IP_MULTICAST_LOOP, 0),
        (four, IPPROTO_IP, IP_DONTFRAGMENT, 1),
        (four, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE),
        (four, IPPROTO_IP, IP_MULTICAST_IF, INADDR_LOOPBACK.to_be() as i32),
        (four, IPPROTO_IP, IP_PROTECTION_LEVEL, 30),
        (six, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 33),
        (six, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 7),
        (six, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0),
        (six, IPPROTO_IPV6, IPV6_DONTFRAG, 1),
        (six, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_DO),
    ] {
        assert_eq!(set(s, level, name, value), 0, "{level} {name}");
        assert_eq!(get(s, level, name), Ok(value), "{level} {name}");
    }
    // Programs from elsewhere give one byte.
    assert_eq!(set_with(four, IPPROTO_IP, IP_MULTICAST_TTL, 9, 1), 0);
    assert_eq!(get_with(four, IPPROTO_IP, IP_MULTICAST_TTL, 1), (0, 1, 0xdead_be09));
    assert_eq!(set(four, IPPROTO_IP, IP_MTU_DISCOVER, 9), WSAEINVAL);
    assert_eq!(set(four, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 3), WSAEINVAL);
    close(four);
    close(six);
}

/// A group on the loopback interface: joined once, left once; messages come while it is joined.
#[test]
fn a_group_is_joined_and_left() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_DGRAM);
    let any = SOCKADDR_IN { sin_family: AF_INET, ..SOCKADDR_IN::default() };
    assert_eq!(unsafe { bind(s, (&raw const any).cast(), 16) }, 0);
    let group = [239, 1, 2, 3];
    let request = [group, [127, 0, 0, 1]].concat();
    let member = |name, len| match unsafe { setsockopt(s, IPPROTO_IP, name, request.as_ptr(), len) } {
        0 => 0,
        _ => last_error(),
    };
    assert_eq!(member(IP_ADD_MEMBERSHIP, 7), WSAEFAULT);
    assert_eq!(member(IP_DROP_MEMBERSHIP, 8), WSAEADDRNOTAVAIL);
    assert_eq!(member(IP_ADD_MEMBERSHIP, 8), 0);
    assert_eq!(set(s, IPPROTO_IP, IP_MULTICAST_IF, INADDR_LOOPBACK.to_be() as i32), 0);
    let mut to = loopback(port_of(s));
    to.sin_addr.S_un.S_addr = u32::from_ne_bytes(group);
    assert_eq!(unsafe { sendto(s, b"all".as_ptr(), 3, 0, (&raw const to).cast(), 16) }, 3);
    set_option(s, SO_RCVTIMEO, 5000);
    assert_eq!(recv_bytes(s, 8).as_deref(), Ok(&b"all"[..]));
    assert_eq!(member(IP_DROP_MEMBERSHIP, 8), 0);
    close(s);
}

// ioctlsocket and WSAIoctl.

fn ioctl(s: SOCKET, cmd: i32) -> Result<u32, i32> {
    let mut value = 0xdead_beef;
    match unsafe { ioctlsocket(s, cmd, &mut value) } {
        0 => Ok(value),
        _ => {
            assert_eq!(value, 0xdead_beef);
            Err(last_error())
        }
    }
}

/// A WSAIoctl without OVERLAPPED: the code, and the count of 0xdeadbeef.
fn control(s: SOCKET, code: u32, input: &[u8], output: &mut [u8]) -> (i32, u32) {
    let mut count = 0xdead_beef;
    let done = unsafe {
        WSAIoctl(
            s,
            code,
            if input.is_empty() { null() } else { input.as_ptr().cast() },
            input.len() as u32,
            if output.is_empty() { null_mut() } else { output.as_mut_ptr().cast() },
            output.len() as u32,
            &mut count,
            null_mut(),
            None,
        )
    };
    (if done == 0 { 0 } else { last_error() }, count)
}

const UNTOUCHED: u32 = 0xdead_beef;

/// F251, F253, F079, F102.
#[test]
fn ioctls_refuse_bad_pointers_and_unknown_codes() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_STREAM);
    for cmd in [FIONBIO, FIONREAD, SIOCATMARK] {
        assert_eq!(unsafe { ioctlsocket(s, cmd, without_provenance_mut(1)) }, -1);
        assert_eq!(last_error(), WSAEFAULT);
        assert_eq!(ioctl(0, cmd), Err(WSAENOTSOCK));
    }
    for code in [0xdead_beef, FIOASYNC as u32, 0x667e, SIO_FLUSH] {
        assert_eq!(control(s, code, &[0; 4], &mut [0; 4]), (WSAEOPNOTSUPP, 0), "{code:#x}");
        let done = unsafe { WSAIoctl(s, code, null(), 0, null_mut(), 0, null_mut(), null_mut(), None) };
        assert_eq!((done, last_error()), (-1, WSAEFAULT), "{code:#x}");
    }
    assert_eq!(ioctl(s, 0x667e), Err(WSAEOPNOTSUPP));
    // Not on a closed one, whose number another test's socket can have by now.
    assert_eq!(ioctl(INVALID_SOCKET, FIONREAD), Err(WSAENOTSOCK));
    close(s);
}

/// F252, F253, F169.
#[test]
fn bytes_waiting_on_a_stream() {
    let _winsock = Winsock::start();
    let (fresh, listener, (a, b)) = (new_socket(SOCK_STREAM), tcp_listener(), tcp_pair());
    for s in [fresh, listener, a] {
        assert_eq!((ioctl(s, FIONREAD), ioctl(s, SIOCATMARK)), (Ok(0), Ok(1)));
    }
    bind_loopback(fresh);
    assert_eq!((ioctl(fresh, FIONREAD), ioctl(fresh, SIOCATMARK)), (Ok(0), Ok(1)));
    send_all(b, b"hello");
    eventually(|| ioctl(a, FIONREAD) == Ok(5));
    assert_eq!(recv_bytes(a, 3).as_deref(), Ok(&b"hel"[..]));
    let mut out = [0xef; 4];
    for code in [FIONREAD as u32, SIOCATMARK as u32] {
        assert_eq!(control(a, code, &[], &mut out[..3]), (WSAEFAULT, UNTOUCHED));
    }
    unsafe { WSASetLastError(77) };
    assert_eq!(control(a, FIONREAD as u32, &[], &mut out), (0, 4));
    assert_eq!((u32::from_ne_bytes(out), last_error()), (2, 0));
    assert_eq!(control(a, SIOCATMARK as u32, &[], &mut out), (0, 4));
    assert_eq!(u32::from_ne_bytes(out), 1);
    close_all(&[fresh, listener, a, b]);
}

/// G226: all messages; and to look takes nothing, not even an error that is to be reported (G030).
#[cfg(target_os = "linux")]
#[test]
fn bytes_waiting_on_datagrams() {
    let _winsock = Winsock::start();
    let (a, b) = (udp_bound(), udp_bound());
    assert_eq!(ioctl(a, FIONREAD), Ok(0));
    for bytes in [&b"12345"[..], b"", b"678", b"", b"9"] {
        send_to(b, bytes, port_of(a));
    }
    eventually(|| ioctl(a, FIONREAD) == Ok(9));
    assert_eq!(ioctl(a, FIONREAD), Ok(9));
    let mut byte = [0u8; 8];
    assert_eq!(unsafe { recv(a, byte.as_mut_ptr(), 8, MSG_PEEK) }, 5);
    assert_eq!(recv_bytes(a, 8).as_deref(), Ok(&b"12345"[..]));
    assert_eq!(ioctl(a, FIONREAD), Ok(4));
    let gone = new_socket(SOCK_DGRAM);
    bind_loopback(gone);
    let port = port_of(gone);
    close(gone);
    send_to(b, b"?", port);
    wait_readable(b);
    assert_eq!(ioctl(b, FIONREAD), Ok(0));
    set_nonblocking(b, true);
    assert_eq!(recv_bytes(b, 1), Err(WSAECONNRESET));
    assert_eq!(recv_bytes(b, 1), Err(WSAEWOULDBLOCK));
    close(a);
    close(b);
}

/// F169, F170, F175.
#[test]
fn the_mark_is_about_urgent_bytes() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    assert_eq!(unsafe { send(b, b"!".as_ptr(), 1, MSG_OOB) }, 1);
    eventually(|| ioctl(a, SIOCATMARK) == Ok(0));
    let mut byte = 0u8;
    assert_eq!(unsafe { recv(a, &mut byte, 1, MSG_OOB) }, 1);
    assert_eq!(ioctl(a, SIOCATMARK), Ok(1));
    let (c, d) = tcp_pair();
    set_option(c, SO_OOBINLINE, 1);
    assert_eq!(unsafe { send(d, b"?".as_ptr(), 1, MSG_OOB) }, 1);
    eventually(|| ioctl(c, FIONREAD) == Ok(1));
    assert_eq!(ioctl(c, SIOCATMARK), Ok(1));
    close_all(&[a, b, c, d]);
}

/// F165–F168, F177.
#[test]
fn urgent_bytes_do_not_count_as_normal_ones() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    assert_eq!(ioctl(a, SIOCATMARK), Ok(1));
    send_all(b, b"hello");
    eventually(|| ioctl(a, FIONREAD) == Ok(5));
    assert_eq!(unsafe { send(b, b"1".as_ptr(), 1, MSG_OOB) }, 1);
    eventually(|| ioctl(a, SIOCATMARK) == Ok(0));
    assert_eq!(ioctl(a, FIONREAD), Ok(5));
    assert_eq!(recv_bytes(a, 3).as_deref(), Ok(&b"hel"[..]));
    assert_eq!(ioctl(a, FIONREAD), Ok(2));
    assert_eq!(recv_bytes(a, 3).as_deref(), Ok(&b"lo"[..]));
    assert_eq!((ioctl(a, FIONREAD), ioctl(a, SIOCATMARK)), (Ok(0), Ok(0)));
    set_option(a, SO_OOBINLINE, 1);
    assert_eq!((ioctl(a, FIONREAD), ioctl(a, SIOCATMARK)), (Ok(1), Ok(0)));
    assert_eq!(recv_bytes(a, 3).as_deref(), Ok(&b"1"[..]));
    assert_eq!((ioctl(a, FIONREAD), ioctl(a, SIOCATMARK)), (Ok(0), Ok(1)));
    close_all(&[a, b]);
}

/// F254.
#[test]
fn nonblocking_mode_touches_four_bytes() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    assert_eq!(control(a, FIONBIO as u32, &[1, 0, 0], &mut []).0, WSAEFAULT);
    let mut count = UNTOUCHED;
    let on = [1u32, 0xdead_beef];
    let done = unsafe {
        WSAIoctl(
            a,
            FIONBIO as u32,
            on.as_ptr().cast(),
            8,
            without_provenance_mut(1),
            4,
            &mut count,
            null_mut(),
            None,
        )
    };
    assert_eq!((done, count, last_error()), (0, 0, 0));
    assert_eq!(recv_bytes(a, 1), Err(WSAEWOULDBLOCK));
    let mut off = [0u32, 0xdead_beef];
    assert_eq!(unsafe { ioctlsocket(a, FIONBIO, off.as_mut_ptr()) }, 0);
    assert_eq!(off, [0, 0xdead_beef]);
    set_option(a, SO_RCVTIMEO, 20);
    assert_eq!(recv_bytes(a, 1), Err(WSAETIMEDOUT));
    close(a);
    close(b);
}

/// F256.
#[test]
fn unknown_extensions_are_wsaeinval() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_DGRAM);
    let id = GUID { data1: 0xdead_beef, ..GUID::default() };
    let id = unsafe { std::slice::from_raw_parts((&raw const id).cast::<u8>(), 16) };
    let mut out = [0xefu8; size_of::<usize>()];
    let code = SIO_GET_EXTENSION_FUNCTION_POINTER;
    assert_eq!(control(s, code, id, &mut out), (WSAEINVAL, UNTOUCHED));
    assert_eq!(control(s, code, &id[..15], &mut out), (WSAEFAULT, UNTOUCHED));
    assert_eq!(out, [0xef; size_of::<usize>()]);
    let mut overlapped = OVERLAPPED { Internal: 5, InternalHigh: 6, ..OVERLAPPED::default() };
    let mut count = UNTOUCHED;
    let done = unsafe {
        WSAIoctl(
            s,
            code,
            id.as_ptr().cast(),
            16,
            out.as_mut_ptr().cast(),
            size_of::<usize>() as u32,
            &mut count,
            &mut overlapped,
            None,
        )
    };
    assert_eq!((done, last_error(), count), (-1, WSAEINVAL, UNTOUCHED));
    assert_eq!((overlapped.Internal, overlapped.InternalHigh), (5, 6));
    close(s);
}

/// F257, F260.
#[test]
fn the_base_handle_is_the_socket() {
    let _winsock = Winsock::start();
    let (udp, tcp) = (new_socket(SOCK_DGRAM), new_socket(SOCK_STREAM));
    for code in [SIO_BASE_HANDLE, SIO_BSP_HANDLE, SIO_BSP_HANDLE_SELECT, SIO_BSP_HANDLE_POLL] {
        let mut out = [0; size_of::<usize>()];
        assert_eq!(control(udp, code, &[], &mut out), (0, size_of::<usize>() as u32));
        assert_eq!(usize::from_ne_bytes(out), udp);
    }
    assert_eq!(control(udp, SIO_ENABLE_CIRCULAR_QUEUEING, &[], &mut []), (0, 0));
    assert_eq!(control(tcp, SIO_ENABLE_CIRCULAR_QUEUEING, &[], &mut []), (WSAEOPNOTSUPP, 0));
    close(udp);
    close(tcp);
}

/// F258, F259; G138 through what the host was told.
#[test]
fn keep_alive_values() {
    let _winsock = Winsock::start();
    let (tcp, udp) = (new_socket(SOCK_STREAM), new_socket(SOCK_DGRAM));
    let values: Vec<u8> = [1u32, 5500, 1].into_iter().flat_map(u32::to_ne_bytes).collect();
    assert_eq!(control(tcp, SIO_KEEPALIVE_VALS, &[], &mut []), (WSAEFAULT, 0));
    assert_eq!(control(tcp, SIO_KEEPALIVE_VALS, &values[..11], &mut []), (WSAEFAULT, 0));
    assert_eq!(control(udp, SIO_KEEPALIVE_VALS, &values, &mut []), (WSAENOPROTOOPT, 0));
    assert_eq!(control(tcp, SIO_KEEPALIVE_VALS, &values, &mut []), (0, 0));
    assert_eq!(get(tcp, SOL_SOCKET, SO_KEEPALIVE), Ok(1));
    assert_eq!((get(tcp, IPPROTO_TCP, TCP_KEEPIDLE), get(tcp, IPPROTO_TCP, TCP_KEEPINTVL)), (Ok(6), Ok(1)));
    let mut overlapped = OVERLAPPED { Internal: 5, InternalHigh: 6, ..OVERLAPPED::default() };
    let mut count = UNTOUCHED;
    let done = unsafe {
        let input = values.as_ptr().cast();
        WSAIoctl(tcp, SIO_KEEPALIVE_VALS, input, 11, null_mut(), 0, &mut count, &mut overlapped, None)
    };
    assert_eq!((done, last_error(), count, overlapped.Internal), (-1, WSAEFAULT, UNTOUCHED, 0x103));
    let off = [0u8; 12];
    assert_eq!(control(tcp, SIO_KEEPALIVE_VALS, &off, &mut []), (0, 0));
    assert_eq!(get(tcp, SOL_SOCKET, SO_KEEPALIVE), Ok(0));
    close(tcp);
    close(udp);
}

/// G041–G043: off, a closed port is silent; on, it is told again.
#[test]
fn port_errors_are_told_unless_switched_off() {
    let _winsock = Winsock::start();
    let s = udp_bound();
    set_option(s, SO_RCVTIMEO, 300);
    let port = {
        let gone = udp_bound();
        let port = port_of(gone);
        close(gone);
        port
    };
    // Only Linux tells unconnected sockets.
    assert_eq!(connect_to(s, port), 0);
    assert_eq!(control(s, SIO_UDP_CONNRESET, &[], &mut []), (WSAEFAULT, 0));
    assert_eq!(control(s, SIO_UDP_CONNRESET, &[0], &mut []), (0, 0));
    send_all(s, b"?");
    assert_eq!(recv_bytes(s, 1), Err(WSAETIMEDOUT));
    assert_eq!(control(s, SIO_UDP_CONNRESET, &[1, 0, 0, 0], &mut []), (0, 0));
    assert_eq!(control(s, SIO_UDP_NETRESET, &[0, 0, 0, 0], &mut []), (0, 0));
    send_all(s, b"?");
    assert_eq!(recv_bytes(s, 1), Err(WSAECONNRESET));
    let tcp = new_socket(SOCK_STREAM);
    assert_eq!(control(tcp, SIO_UDP_CONNRESET, &[0; 4], &mut []), (WSAENOPROTOOPT, 0));
    close(tcp);
    close(s);
}

/// F261, and that the loopback is among the interfaces.
#[test]
fn lists_of_addresses() {
    const SIO_GET_INTERFACE_LIST: u32 = 0x4004_747f;
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_DGRAM);
    assert_eq!(control(s, SIO_GET_INTERFACE_LIST, &[], &mut [0]), (WSAEFAULT, 0));
    let mut list = vec![0u8; 76 * 64];
    let (code, size) = control(s, SIO_GET_INTERFACE_LIST, &[], &mut list);
    assert_eq!((code, size % 76), (0, 0));
    let loopback = list[..size as usize].chunks(76).find(|info| info[8..12] == [127, 0, 0, 1]).unwrap();
    assert_eq!((loopback[0] & 5, &loopback[4..6]), (5, &AF_INET.to_ne_bytes()[..]));

    let (code, needed) = control(s, SIO_ADDRESS_LIST_QUERY, &[], &mut []);
    assert_eq!(code, WSAEFAULT);
    let mut list = vec![0u8; needed as usize];
    assert_eq!(control(s, SIO_ADDRESS_LIST_QUERY, &[], &mut list), (0, needed));
    let head = unsafe { list.as_ptr().cast::<SOCKET_ADDRESS_LIST>().read_unaligned() };
    assert!(head.iAddressCount >= 1);
    let first = unsafe { head.Address[0].lpSockaddr.read_unaligned() };
    assert_eq!((first.sa_family, head.Address[0].iSockaddrLength), (AF_INET, 16));
    close(s);
}
