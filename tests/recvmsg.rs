//! WSARecvMsg: what it takes, what it tells of a datagram, and what it refuses.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ptr::{null_mut, without_provenance_mut};
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::OVERLAPPED;

mod util;
use util::*;

type RecvMsg = unsafe extern "system" fn(
    SOCKET,
    *mut WSAMSG,
    *mut u32,
    *mut OVERLAPPED,
    LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32;

/// The function, asked of this socket.
#[track_caller]
fn function_of(s: SOCKET) -> RecvMsg {
    let (id, mut function, mut size): (_, LPFN_WSARECVMSG, _) = (WSAID_WSARECVMSG, None, 0);
    let done = unsafe {
        WSAIoctl(
            s,
            SIO_GET_EXTENSION_FUNCTION_POINTER,
            (&raw const id).cast(),
            size_of_val(&id) as u32,
            (&raw mut function).cast(),
            size_of_val(&function) as u32,
            &mut size,
            null_mut(),
            None,
        )
    };
    assert_eq!((done, size), (0, size_of::<usize>() as u32), "{}", last_error());
    function.unwrap()
}

const POISON: u32 = 0xdead_beef;

/// A WSAMSG with all that it points to.
struct Message {
    bytes: Vec<u8>,
    name: [u8; 128],
    control: Vec<u8>,
    received: u32,
    header: WSAMSG,
}

/// What came back.
struct Told {
    code: i32,
    received: u32,
    flags: u32,
    bytes: Vec<u8>,
    control: Vec<Entry>,
    control_len: u32,
    name: Vec<u8>,
}

/// Level, type, data.
type Entry = (i32, i32, Vec<u8>);

impl Message {
    fn new(room: usize, control: usize) -> Self {
        Self {
            bytes: vec![0xee; room],
            name: [0xee; 128],
            control: vec![0xee; control],
            received: POISON,
            header: WSAMSG { namelen: 128, dwBufferCount: 1, ..WSAMSG::default() },
        }
    }

    fn with(mut self, set: impl FnOnce(&mut WSAMSG)) -> Self {
        set(&mut self.header);
        self
    }

    fn receive(mut self, s: SOCKET) -> Told {
        let mut buffer = WSABUF { len: self.bytes.len() as u32, buf: self.bytes.as_mut_ptr() };
        let header = &mut self.header;
        header.lpBuffers = &mut buffer;
        if header.namelen != 0 {
            header.name = self.name.as_mut_ptr().cast();
        }
        let control = self.control.as_mut_ptr();
        let len = self.control.len() as u32;
        header.Control = WSABUF { len, buf: if len == 0 { null_mut() } else { control } };
        let done = unsafe { function_of(s)(s, header, &mut self.received, null_mut(), None) };
        let code = if done == 0 { 0 } else { last_error() };
        assert!(done == 0 || done == SOCKET_ERROR);
        let (namelen, control_len) = (header.namelen as usize, header.Control.len);
        let taken = self.received != POISON;
        Told {
            code,
            received: self.received,
            flags: header.dwFlags,
            bytes: self.bytes[..if taken { self.received as usize } else { 0 }].to_vec(),
            control: if taken { walk(&self.control[..control_len as usize]) } else { Vec::new() },
            control_len,
            name: self.name[..namelen].to_vec(),
        }
    }
}

const WORD: usize = size_of::<usize>();
const HEAD: usize = size_of::<CMSGHDR>().next_multiple_of(WORD);

/// The entries as the WSA_CMSG macros find them.
fn walk(bytes: &[u8]) -> Vec<Entry> {
    let (mut entries, mut at) = (Vec::new(), 0);
    while at + HEAD <= bytes.len() {
        let header = unsafe { bytes[at..].as_ptr().cast::<CMSGHDR>().read_unaligned() };
        let data = bytes[at + HEAD..at + header.cmsg_len].to_vec();
        entries.push((header.cmsg_level, header.cmsg_type, data));
        at += header.cmsg_len.next_multiple_of(WORD);
    }
    entries
}

#[track_caller]
fn set(s: SOCKET, level: i32, name: i32, value: i32) {
    let done = unsafe { setsockopt(s, level, name, (&raw const value).cast(), 4) };
    assert_eq!(done, 0, "option {level} {name}: {}", last_error());
}

#[track_caller]
fn get(s: SOCKET, level: i32, name: i32) -> i32 {
    let (mut value, mut len) = (POISON as i32, 4);
    let done = unsafe { getsockopt(s, level, name, (&raw mut value).cast(), &mut len) };
    assert_eq!(done, 0, "option {level} {name}: {}", last_error());
    value
}

fn name_v4(address: Ipv4Addr, port: u16) -> SOCKADDR_IN {
    let mut name = loopback(port);
    name.sin_addr.S_un.S_addr = u32::from_ne_bytes(address.octets());
    name
}

fn name_v6(address: Ipv6Addr, port: u16) -> SOCKADDR_IN6 {
    let mut name = SOCKADDR_IN6 { sin6_family: AF_INET6, sin6_port: port.to_be(), ..SOCKADDR_IN6::default() };
    name.sin6_addr.u.Byte = address.octets();
    name
}

#[track_caller]
fn bind_to<T>(s: SOCKET, name: &T) {
    let done = unsafe { bind(s, (&raw const *name).cast(), size_of::<T>() as i32) };
    assert_eq!(done, 0, "bind: {}", last_error());
}

#[track_caller]
fn post<T>(from: SOCKET, bytes: &[u8], to: &T) {
    let (name, len) = ((&raw const *to).cast(), size_of::<T>() as i32);
    let sent = unsafe { sendto(from, bytes.as_ptr(), bytes.len() as i32, 0, name, len) };
    assert_eq!(sent, bytes.len() as i32, "sendto: {}", last_error());
}

/// A bound receiver and a sender.
fn pair() -> (SOCKET, SOCKET) {
    (udp_bound(), udp_bound())
}

fn udp6() -> SOCKET {
    let s = unsafe { socket(AF_INET6.into(), SOCK_DGRAM, 0) };
    assert_ne!(s, INVALID_SOCKET, "{}", last_error());
    s
}

/// The port that an IPv6 socket has.
fn port_of_v6(s: SOCKET) -> u16 {
    let (mut name, mut len) = (name_v6(Ipv6Addr::UNSPECIFIED, 0), size_of::<SOCKADDR_IN6>() as i32);
    assert_eq!(unsafe { getsockname(s, (&raw mut name).cast(), &mut len) }, 0, "{}", last_error());
    u16::from_be(name.sin6_port)
}

fn close_all(sockets: &[SOCKET]) {
    for &s in sockets {
        close(s);
    }
}

fn int(value: i32) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

/// The destination's bytes of a packet information, and the index behind it.
fn split(info: &[u8]) -> (&[u8], u32) {
    let (address, index) = info.split_at(info.len() - 4);
    (address, u32::from_ne_bytes(index.try_into().unwrap()))
}

/// F310, F318; quinn#2825: the function is the same whatever socket it was asked on.
#[test]
fn a_datagram_its_sender_and_nothing_else() {
    let _winsock = Winsock::start();
    let stream = new_socket(SOCK_STREAM);
    let (to, from) = pair();
    assert_eq!(function_of(stream) as usize, function_of(to) as usize);
    close(stream);
    send_to(from, b"sixish", port_of(to));
    let told = Message::new(32, 0).receive(to);
    assert_eq!((told.code, told.received, told.flags, told.control_len), (0, 6, 0, 0));
    assert_eq!(told.bytes, b"sixish");
    assert_eq!((told.name.len(), &told.name[2..4]), (16, &port_of(from).to_be_bytes()[..]));
    send_to(from, b"more", port_of(to));
    let told = Message::new(32, 0).with(|m| m.namelen = 0).receive(to);
    assert_eq!((told.code, told.received, told.name.len()), (0, 4, 0));
    close_all(&[to, from]);
}

/// F314, F315, also bound to every address.
#[test]
fn packet_information() {
    let _winsock = Winsock::start();
    let from = udp_bound();
    for any in [false, true] {
        let to = new_socket(SOCK_DGRAM);
        let address = if any { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        bind_to(to, &name_v4(address, 0));
        set(to, IPPROTO_IP, IP_PKTINFO, 1);
        send_to(from, b"abcdef", port_of(to));
        let told = Message::new(32, 100).receive(to);
        assert_eq!((told.code, told.received, told.flags), (0, 6, 0));
        assert_eq!(told.control_len as usize, HEAD + 8);
        let [(IPPROTO_IP, IP_PKTINFO, info)] = &told.control[..] else { panic!("{:?}", told.control) };
        let (address, index) = split(info);
        assert_eq!(address, [127, 0, 0, 1]);
        assert_ne!(index, 0);
        close(to);
    }
    close(from);
}

/// F316, and IP_ECN.
#[test]
fn time_to_live_and_type_of_service() {
    let _winsock = Winsock::start();
    let (to, from) = pair();
    set(from, IPPROTO_IP, IP_TTL, 77);
    set(from, IPPROTO_IP, IP_TOS, 0xb9);
    for (option, kind, value) in [(IP_RECVTTL, IP_TTL, 77), (IP_RECVTOS, IP_TOS, 0xb9), (IP_ECN, IP_ECN, 1)] {
        set(to, IPPROTO_IP, option, 1);
        send_to(from, b"x", port_of(to));
        let told = Message::new(32, 100).receive(to);
        assert_eq!(told.control, [(IPPROTO_IP, kind, int(value))], "option {option}");
        set(to, IPPROTO_IP, option, 0);
    }
    send_to(from, b"x", port_of(to));
    assert_eq!(Message::new(32, 100).receive(to).control, [], "nothing is wanted any more");
    for option in [IP_RECVTTL, IP_PKTINFO, IP_RECVTOS, IP_ECN] {
        set(to, IPPROTO_IP, option, 1);
    }
    send_to(from, b"x", port_of(to));
    let kinds: Vec<i32> = Message::new(32, 128).receive(to).control.iter().map(|entry| entry.1).collect();
    assert_eq!(kinds, [IP_PKTINFO, IP_TTL, IP_TOS, IP_ECN]);
    close_all(&[to, from]);
}

/// F317.
#[test]
fn ipv6() {
    let _winsock = Winsock::start();
    let (to, from) = (udp6(), udp6());
    bind_to(to, &name_v6(Ipv6Addr::LOCALHOST, 0));
    let name = name_v6(Ipv6Addr::LOCALHOST, port_of_v6(to));
    set(from, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 77);
    set(from, IPPROTO_IPV6, IPV6_TCLASS, 0xba);
    for option in [IPV6_PKTINFO, IPV6_HOPLIMIT, IPV6_RECVTCLASS, IPV6_ECN] {
        set(to, IPPROTO_IPV6, option, 1);
    }
    post(from, b"abc", &name);
    let told = Message::new(32, 128).receive(to);
    assert_eq!((told.code, told.received, told.flags, told.name.len()), (0, 3, 0, 28));
    let [(IPPROTO_IPV6, IPV6_PKTINFO, info), rest @ ..] = &told.control[..] else {
        panic!("{:?}", told.control)
    };
    let (address, index) = split(info);
    assert_eq!(address, Ipv6Addr::LOCALHOST.octets());
    assert_ne!(index, 0);
    let expected = [(IPV6_HOPLIMIT, 77), (IPV6_TCLASS, 0xba), (IPV6_ECN, 2)];
    assert_eq!(rest, expected.map(|(kind, value)| (IPPROTO_IPV6, kind, int(value))));
    close_all(&[to, from]);
}

/// G220.
#[test]
fn dual_stack_sockets_tell_of_ipv4_at_its_own_level() {
    let _winsock = Winsock::start();
    let (to, from) = (udp6(), udp_bound());
    let off = 0;
    let done = unsafe { setsockopt(to, IPPROTO_IPV6, IPV6_V6ONLY, (&raw const off).cast(), 4) };
    assert_eq!(done, 0, "{}", last_error());
    bind_to(to, &name_v6(Ipv6Addr::UNSPECIFIED, 0));
    let port = port_of_v6(to);
    set(to, IPPROTO_IPV6, IPV6_PKTINFO, 1);
    send_to(from, b"v4", port);
    let told = Message::new(32, 128).receive(to);
    assert_eq!((told.code, told.control), (0, vec![]), "IPV6_PKTINFO alone");
    assert_eq!(&told.name[8..20], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
    set(to, IPPROTO_IP, IP_PKTINFO, 1);
    send_to(from, b"v4", port);
    let told = Message::new(32, 128).receive(to);
    let [(IPPROTO_IP, IP_PKTINFO, info)] = &told.control[..] else { panic!("{:?}", told.control) };
    assert_eq!(split(info).0, [127, 0, 0, 1]);
    let v6 = udp6();
    post(v6, b"v6", &name_v6(Ipv6Addr::LOCALHOST, port));
    let told = Message::new(32, 128).receive(to);
    let [(IPPROTO_IPV6, IPV6_PKTINFO, info)] = &told.control[..] else { panic!("{:?}", told.control) };
    assert_eq!(split(info).0, Ipv6Addr::LOCALHOST.octets());
    close_all(&[to, from, v6]);
}

/// What the call itself asks the host for shows nowhere, and stays when the program takes its wish back.
#[test]
fn options_read_as_the_program_set_them() {
    let _winsock = Winsock::start();
    let (to, from) = pair();
    let options = [IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_ECN];
    assert_eq!(options.map(|option| get(to, IPPROTO_IP, option)), [0; 4]);
    send_to(from, b"x", port_of(to));
    assert_eq!(Message::new(8, 0).receive(to).code, 0, "no control data, so none without room");
    assert_eq!(options.map(|option| get(to, IPPROTO_IP, option)), [0; 4]);
    set(to, IPPROTO_IP, IP_RECVTOS, 7);
    assert_eq!(options.map(|option| get(to, IPPROTO_IP, option)), [0, 0, 1, 0]);
    set(to, IPPROTO_IP, IP_ECN, 1);
    set(to, IPPROTO_IP, IP_RECVTOS, 0);
    send_to(from, b"x", port_of(to));
    assert_eq!(Message::new(8, 64).receive(to).control, [(IPPROTO_IP, IP_ECN, int(0))]);
    set(to, IPPROTO_IP, IP_PKTINFO, 1);
    set(to, IPPROTO_IP, IP_PKTINFO, 0);
    assert_eq!(host_option(to, libc::IP_PKTINFO), 1, "the flags still need it");
    let other = udp_bound();
    assert_eq!(host_option(other, libc::IP_PKTINFO), 0, "others never ask for it");
    close_all(&[to, from, other]);
}

fn host_option(s: SOCKET, name: i32) -> i32 {
    let (mut value, mut len) = (0, 4);
    let done = unsafe { libc::getsockopt(s as i32, 0, name, (&raw mut value).cast(), &mut len) };
    assert_eq!(done, 0);
    value
}

/// A descriptor of the program's own brings the options that it has there.
#[test]
fn an_adopted_descriptor_keeps_its_options() {
    let _winsock = Winsock::start();
    let from = udp_bound();
    let own = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0) };
    assert!(own >= 0);
    let on = 1;
    let done =
        unsafe { libc::setsockopt(own, libc::IPPROTO_IP, libc::IP_PKTINFO, (&raw const on).cast(), 4) };
    assert_eq!(done, 0);
    let to = own as SOCKET;
    bind_loopback(to);
    send_to(from, b"x", port_of(to));
    let told = Message::new(8, 64).receive(to);
    assert_eq!(told.control.iter().map(|entry| entry.1).collect::<Vec<_>>(), [IP_PKTINFO]);
    assert_eq!((get(to, IPPROTO_IP, IP_PKTINFO), get(to, IPPROTO_IP, IP_RECVTTL)), (1, 0));
    close_all(&[to, from]);
}

/// F311, F312: the payload is there and counted although the call fails.
#[test]
fn control_data_without_room() {
    let _winsock = Winsock::start();
    let (to, from) = pair();
    set(to, IPPROTO_IP, IP_PKTINFO, 1);
    for room in [0, 1, HEAD, HEAD + 7] {
        send_to(from, b"sixish", port_of(to));
        let told = Message::new(32, room).receive(to);
        assert_eq!((told.code, told.flags, told.received), (WSAEMSGSIZE, MSG_CTRUNC, 6), "room {room}");
        assert_eq!((&told.bytes[..], told.control_len, told.name.len()), (&b"sixish"[..], 0, 16));
    }
    set(to, IPPROTO_IP, IP_RECVTTL, 1);
    send_to(from, b"sixish", port_of(to));
    let told = Message::new(32, HEAD + 8).receive(to);
    assert_eq!((told.code, told.flags), (WSAEMSGSIZE, MSG_CTRUNC));
    assert_eq!(told.control.len(), 1, "what fits is there");
    close_all(&[to, from]);
}

/// G060, G061, F311.
#[test]
fn datagrams_without_room() {
    let _winsock = Winsock::start();
    let (to, from) = pair();
    send_to(from, b"sixish", port_of(to));
    send_to(from, b"sixish", port_of(to));
    send_to(from, b"sixish", port_of(to));
    let told = Message::new(4, 0).receive(to);
    assert_eq!((told.code, told.flags, told.received), (WSAEMSGSIZE, MSG_TRUNC, 4));
    assert_eq!((&told.bytes[..], told.name.len()), (&b"sixi"[..], 16));
    set(to, IPPROTO_IP, IP_PKTINFO, 1);
    let told = Message::new(4, 64).receive(to);
    assert_eq!((told.code, told.flags, told.control.len()), (WSAEMSGSIZE, MSG_TRUNC, 1));
    let told = Message::new(4, 1).receive(to);
    assert_eq!((told.code, told.flags, told.received), (WSAEMSGSIZE, MSG_TRUNC | MSG_CTRUNC, 4));
    set_nonblocking(to, true);
    let told = Message::new(4, 1).receive(to);
    assert_eq!((told.code, told.received, told.flags, told.control_len), (WSAEWOULDBLOCK, POISON, 0, 1));
    close_all(&[to, from]);
}

/// G078, G084.
#[test]
fn flags_that_go_in() {
    let _winsock = Winsock::start();
    let (to, from) = pair();
    set(to, IPPROTO_IP, IP_RECVTTL, 1);
    send_to(from, b"sixish", port_of(to));
    for flags in [MSG_BCAST, MSG_MCAST, MSG_TRUNC, MSG_CTRUNC, MSG_PARTIAL, 1, 4, 8, 0x20, 2 | MSG_MCAST] {
        let told = Message::new(32, 64).with(|m| m.dwFlags = flags).receive(to);
        assert_eq!((told.code, told.received, told.flags), (WSAEOPNOTSUPP, POISON, flags), "{flags:#x}");
    }
    for room in [32, 3] {
        let told = Message::new(room, 64).with(|m| m.dwFlags = MSG_PEEK as u32).receive(to);
        let cut = room < 6;
        assert_eq!(told.code, if cut { WSAEMSGSIZE } else { 0 });
        assert_eq!((told.flags, told.control.len()), (if cut { MSG_TRUNC } else { 0 }, 1));
    }
    let told = Message::new(32, 64).receive(to);
    assert_eq!((told.code, &told.bytes[..], told.control.len()), (0, &b"sixish"[..], 1));
    close_all(&[to, from]);
}

fn call(s: SOCKET, message: *mut WSAMSG, received: *mut u32, overlapped: *mut OVERLAPPED) -> i32 {
    let done = unsafe { function_of(s)(s, message, received, overlapped, None) };
    if done == 0 { 0 } else { last_error() }
}

/// F021, G082, F306; none of them takes the datagram.
#[test]
fn pointers_that_are_none() {
    let _winsock = Winsock::start();
    let (to, from) = pair();
    set_nonblocking(to, true);
    send_to(from, b"sixish", port_of(to));
    let mut bytes = [0u8; 16];
    let mut buffer = WSABUF { len: 16, buf: bytes.as_mut_ptr() };
    let mut name = [0u8; 16];
    let mut received = POISON;
    assert_eq!(call(to, null_mut(), null_mut(), null_mut()), WSAEFAULT);
    assert_eq!(call(to, null_mut(), &mut received, null_mut()), WSAEFAULT);
    let good = WSAMSG { lpBuffers: &mut buffer, dwBufferCount: 1, ..WSAMSG::default() };
    let room = |len, buf| WSABUF { len, buf };
    let bad = [
        (WSAMSG { namelen: 16, ..good }, WSAEFAULT),
        (WSAMSG { name: name.as_mut_ptr().cast(), namelen: 1, ..good }, WSAEFAULT),
        (WSAMSG { name: name.as_mut_ptr().cast(), namelen: 15, ..good }, WSAEFAULT),
        (WSAMSG { name: name.as_mut_ptr().cast(), namelen: 0, ..good }, WSAEFAULT),
        (WSAMSG { Control: room(8, null_mut()), ..good }, WSAEFAULT),
        (WSAMSG { lpBuffers: null_mut(), ..good }, WSAEFAULT),
        (WSAMSG { dwBufferCount: 0, ..good }, WSAEINVAL),
        // A pointer is told before a flag.
        (WSAMSG { namelen: 16, dwFlags: MSG_MCAST, ..good }, WSAEFAULT),
    ];
    for (i, (mut message, code)) in bad.into_iter().enumerate() {
        assert_eq!(call(to, &mut message, &mut received, null_mut()), code, "message {i}");
        assert_eq!((received, name), (POISON, [0; 16]), "message {i}");
    }
    let mut message = good;
    assert_eq!(call(to, &mut message, null_mut(), null_mut()), WSAEFAULT);
    assert_eq!(call(to, &mut message, &mut received, without_provenance_mut(1)), WSAEFAULT);
    let no_event = without_provenance_mut(4);
    let mut overlapped = OVERLAPPED { Internal: 5, hEvent: no_event, ..OVERLAPPED::default() };
    assert_eq!(call(to, &mut message, &mut received, &mut overlapped), WSA_INVALID_HANDLE);
    assert_eq!((received, name, overlapped.Internal), (POISON, [0; 16], 5));
    // With an OVERLAPPED the count may be missing.
    overlapped.hEvent = null_mut();
    assert_eq!(call(to, &mut message, null_mut(), &mut overlapped), 0);
    assert_eq!((overlapped.Internal, overlapped.InternalHigh, &bytes[..6]), (0, 6, &b"sixish"[..]));
    close_all(&[to, from]);
}

/// G079, G082, G026, G123; F001 and F011 hold as for every receive.
#[test]
fn sockets_that_cannot() {
    let _winsock = Winsock::start();
    let code = |s| Message::new(8, 0).receive(s).code;
    let (unbound, stream) = (new_socket(SOCK_DGRAM), new_socket(SOCK_STREAM));
    assert_eq!((code(unbound), code(stream)), (WSAEINVAL, WSAEOPNOTSUPP));
    let (client, server) = tcp_pair();
    send_all(client, b"stays");
    assert_eq!(code(server), WSAEOPNOTSUPP);
    assert_eq!(recv_bytes(server, 8), Ok(b"stays".to_vec()));
    let function = function_of(stream);
    close(stream);
    let mut message = WSAMSG::default();
    assert_eq!(unsafe { function(stream, &mut message, null_mut(), null_mut(), None) }, SOCKET_ERROR);
    assert_eq!(last_error(), WSAENOTSOCK);
    let quiet = udp_bound();
    set_option(quiet, SO_RCVTIMEO, 30);
    let began = Instant::now();
    assert_eq!(code(quiet), WSAETIMEDOUT);
    assert!(began.elapsed() >= Duration::from_millis(30));
    set_option(quiet, SO_RCVTIMEO, 0);
    assert_eq!(unsafe { shutdown(quiet, SD_RECEIVE) }, 0, "{}", last_error());
    assert_eq!(code(quiet), WSAESHUTDOWN);
    close_all(&[unbound, client, server, quiet]);
}

/// G062, and more than the host takes in one call.
#[test]
fn many_buffers() {
    let _winsock = Winsock::start();
    let (to, from) = pair();
    set(to, IPPROTO_IP, IP_PKTINFO, 1);
    for count in [2usize, 1200] {
        let sent: Vec<u8> = (0..1000).map(|i| i as u8).collect();
        send_to(from, &sent, port_of(to));
        let each = 1200 / count;
        let mut bytes = vec![0u8; 1200];
        let mut buffers: Vec<WSABUF> =
            bytes.chunks_mut(each).map(|part| WSABUF { len: each as u32, buf: part.as_mut_ptr() }).collect();
        let mut control = [0u8; 64];
        let mut message = WSAMSG {
            lpBuffers: buffers.as_mut_ptr(),
            dwBufferCount: count as u32,
            Control: WSABUF { len: 64, buf: control.as_mut_ptr() },
            ..WSAMSG::default()
        };
        let mut received = POISON;
        assert_eq!((call(to, &mut message, &mut received, null_mut()), received), (0, 1000), "{count}");
        assert_eq!(bytes[..1000], sent);
        assert_eq!(walk(&control[..message.Control.len as usize]).len(), 1, "{count}");
    }
    close_all(&[to, from]);
}

/// G030, G040: the name is that of whom the send did not reach; the message's other fields stay.
#[cfg(target_os = "linux")]
#[test]
fn a_send_that_reached_nobody() {
    let _winsock = Winsock::start();
    let (s, closed) = pair();
    let port = port_of(closed);
    close(closed);
    send_to(s, b"x", port);
    wait_readable(s);
    let told = Message::new(8, 64).receive(s);
    assert_eq!((told.code, told.received, told.flags, told.control_len), (WSAECONNRESET, POISON, 0, 64));
    assert_eq!((told.name.len(), &told.name[2..4]), (16, &port.to_be_bytes()[..]));
    set_nonblocking(s, true);
    assert_eq!(Message::new(8, 64).receive(s).code, WSAEWOULDBLOCK, "once only");
    close(s);
}

/// G002: whether the call already waits or is on its way there.
#[test]
fn closesocket_ends_a_receive_that_waits() {
    let _winsock = Winsock::start();
    let s = udp_bound();
    let waiting = std::thread::spawn(move || {
        let mut bytes = [0u8; 8];
        let mut buffer = WSABUF { len: 8, buf: bytes.as_mut_ptr() };
        let mut message = WSAMSG { lpBuffers: &mut buffer, dwBufferCount: 1, ..WSAMSG::default() };
        call(s, &mut message, &mut 0, null_mut())
    });
    // The call asks the host for destinations before it waits.
    while host_option(s, libc::IP_PKTINFO) == 0 && !waiting.is_finished() {
        std::thread::yield_now();
    }
    close(s);
    assert_eq!(waiting.join().unwrap(), WSAEINTR);
}

/// G076: on a socket bound to every address, since Linux gives broadcasts to no other.
#[cfg(target_os = "linux")]
#[test]
fn broadcasts_say_so() {
    let _winsock = Winsock::start();
    let (to, from) = (new_socket(SOCK_DGRAM), udp_bound());
    bind_to(to, &name_v4(Ipv4Addr::UNSPECIFIED, 0));
    set_option(from, SO_BROADCAST, 1);
    let all = name_v4(Ipv4Addr::new(127, 255, 255, 255), port_of(to));
    // The first one is there before the socket has ever been asked for destinations.
    post(from, b"one", &all);
    post(from, b"two", &all);
    for text in ["one", "two"] {
        let told = Message::new(8, 0).receive(to);
        assert_eq!((told.code, &told.bytes[..], told.flags), (0, text.as_bytes(), MSG_BCAST));
    }
    post(from, b"three", &all);
    let told = Message::new(2, 0).receive(to);
    assert_eq!((told.code, told.flags), (WSAEMSGSIZE, MSG_BCAST | MSG_TRUNC));
    post(from, b"four", &all);
    let told = Message::new(8, 0).with(|m| m.dwFlags = MSG_PEEK as u32).receive(to);
    assert_eq!((told.code, told.flags), (0, MSG_BCAST));
    let told = Message::new(8, 0).receive(to);
    assert_eq!((told.code, told.flags), (0, MSG_BCAST));
    set(to, IPPROTO_IP, IP_PKTINFO, 1);
    post(from, b"five", &all);
    let told = Message::new(8, 64).receive(to);
    assert_eq!((told.flags, split(&told.control[0].2).0), (MSG_BCAST, &[127, 255, 255, 255][..]));
    set(to, IPPROTO_IP, IP_PKTINFO, 0);
    post(from, b"six", &all);
    assert_eq!(Message::new(8, 0).receive(to).flags, MSG_BCAST);
    send_to(from, b"to one", port_of(to));
    assert_eq!(Message::new(8, 0).receive(to).flags, 0);
    close_all(&[to, from]);
}

/// G077.
#[test]
fn multicasts_say_so() {
    let _winsock = Winsock::start();
    let (to, from) = (new_socket(SOCK_DGRAM), udp_bound());
    bind_to(to, &name_v4(Ipv4Addr::UNSPECIFIED, 0));
    let group = Ipv4Addr::new(239, 255, 87, 50);
    let localhost = u32::from_ne_bytes(Ipv4Addr::LOCALHOST.octets());
    let membership = [u32::from_ne_bytes(group.octets()), localhost];
    let done = unsafe { setsockopt(to, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership.as_ptr().cast(), 8) };
    assert_eq!(done, 0, "{}", last_error());
    set(from, IPPROTO_IP, IP_MULTICAST_IF, localhost as i32);
    post(from, b"all", &name_v4(group, port_of(to)));
    let told = Message::new(8, 0).receive(to);
    assert_eq!((told.code, &told.bytes[..], told.flags), (0, &b"all"[..], MSG_MCAST));
    // G078: what came out does not go in.
    post(from, b"all", &name_v4(group, port_of(to)));
    let told = Message::new(8, 0).with(|m| m.dwFlags = MSG_MCAST).receive(to);
    assert_eq!(told.code, WSAEOPNOTSUPP);
    assert_eq!(Message::new(8, 0).receive(to).flags, MSG_MCAST);
    close_all(&[to, from]);
}

/// A duplicate tells what the original was set to tell, and the other way round.
#[test]
fn duplicates_share_the_options() {
    let _winsock = Winsock::start();
    let (to, from) = pair();
    let mut info = WSAPROTOCOL_INFOW::default();
    assert_eq!(unsafe { WSADuplicateSocketW(to, std::process::id(), &mut info) }, 0, "{}", last_error());
    let twin = unsafe { WSASocketW(-1, -1, -1, &info, 0, 0) };
    assert_ne!(twin, INVALID_SOCKET, "{}", last_error());
    set(to, IPPROTO_IP, IP_RECVTTL, 1);
    assert_eq!(get(twin, IPPROTO_IP, IP_RECVTTL), 1);
    send_to(from, b"x", port_of(to));
    assert_eq!(Message::new(8, 64).receive(twin).control.len(), 1);
    close_all(&[to, from, twin]);
}

/// F008.
#[test]
fn success_clears_the_last_error() {
    let _winsock = Winsock::start();
    let (to, from) = pair();
    send_to(from, b"x", port_of(to));
    unsafe { WSASetLastError(77) };
    assert_eq!(Message::new(8, 0).receive(to).code, 0);
    assert_eq!(last_error(), 0);
    close_all(&[to, from]);
}
