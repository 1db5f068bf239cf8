//! Names and addresses through the functions that C programs and `windows-sys` code call.
#![allow(unsafe_code)] // The functions under test take raw pointers.
#![allow(unused_unsafe)] // Some of them are safe here, while `windows-sys` declares all of them unsafe.

use std::ffi::{CStr, CString, c_void};
use std::mem::{size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr::{null, null_mut};
use std::sync::{Mutex, MutexGuard};

use openws2::Win32::Foundation::ERROR_INVALID_PARAMETER;
use openws2::Win32::Networking::WinSock::*;

/// Startup is counted per process: tests that need it, or its absence, take turns.
static TURN: Mutex<()> = Mutex::new(());

struct Started {
    _turn: MutexGuard<'static, ()>,
}

impl Drop for Started {
    fn drop(&mut self) {
        assert_eq!(unsafe { WSACleanup() }, 0);
    }
}

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn started() -> Started {
    let _turn = turn();
    let mut data: WSADATA = unsafe { zeroed() };
    assert_eq!(unsafe { WSAStartup(0x0202, &mut data) }, 0);
    Started { _turn }
}

fn last_error() -> i32 {
    unsafe { WSAGetLastError() }
}

fn c(text: &str) -> CString {
    CString::new(text).unwrap()
}

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn utf32(text: &str) -> Vec<u32> {
    text.chars().map(u32::from).chain([0]).collect()
}

fn p(text: &CStr) -> *const u8 {
    text.as_ptr().cast()
}

unsafe fn rust(text: *const u8) -> String {
    unsafe { CStr::from_ptr(text.cast()) }.to_str().unwrap().to_owned()
}

/// A SOCKADDR of the caller, with room for every family.
#[repr(C, align(8))]
#[derive(Clone, Copy, PartialEq, Debug)]
struct Name([u8; 128]);

impl Name {
    const POISON: Self = Self([0xAA; 128]);

    fn v4(ip: [u8; 4], port: u16) -> Self {
        let mut bytes = [0; 128];
        bytes[..2].copy_from_slice(&AF_INET.to_ne_bytes());
        bytes[2..4].copy_from_slice(&port.to_be_bytes());
        bytes[4..8].copy_from_slice(&ip);
        Self(bytes)
    }

    fn v6(ip: Ipv6Addr, port: u16, scope: u32) -> Self {
        let mut bytes = [0; 128];
        bytes[..2].copy_from_slice(&AF_INET6.to_ne_bytes());
        bytes[2..4].copy_from_slice(&port.to_be_bytes());
        bytes[8..24].copy_from_slice(&ip.octets());
        bytes[24..28].copy_from_slice(&scope.to_ne_bytes());
        Self(bytes)
    }

    fn at(&self) -> *const SOCKADDR {
        self.0.as_ptr().cast()
    }

    fn at_mut(&mut self) -> *mut SOCKADDR {
        self.0.as_mut_ptr().cast()
    }
}

/// What one entry of getaddrinfo's list says.
#[derive(Debug, PartialEq, Clone)]
struct Info {
    flags: u32,
    socktype: i32,
    protocol: i32,
    ip: IpAddr,
    port: u16,
    canonical: Option<String>,
}

unsafe fn read(mut info: *const ADDRINFOA) -> Vec<Info> {
    let mut list = Vec::new();
    while let Some(entry) = unsafe { info.as_ref() } {
        let bytes = unsafe { std::slice::from_raw_parts(entry.ai_addr.cast::<u8>(), entry.ai_addrlen) };
        let family = u16::from_ne_bytes([bytes[0], bytes[1]]);
        assert_eq!(i32::from(family), entry.ai_family, "address and entry agree on the family");
        let ip = match (family, bytes.len()) {
            (AF_INET, 16) => IpAddr::from(<[u8; 4]>::try_from(&bytes[4..8]).unwrap()),
            (AF_INET6, 28) => IpAddr::from(<[u8; 16]>::try_from(&bytes[8..24]).unwrap()),
            other => panic!("family and length {other:?}"),
        };
        list.push(Info {
            flags: entry.ai_flags as u32,
            socktype: entry.ai_socktype,
            protocol: entry.ai_protocol,
            ip,
            port: u16::from_be_bytes([bytes[2], bytes[3]]),
            canonical: (!entry.ai_canonname.is_null()).then(|| unsafe { rust(entry.ai_canonname) }),
        });
        info = entry.ai_next;
    }
    list
}

fn hints(flags: u32, family: u16, socktype: i32, protocol: i32) -> ADDRINFOA {
    ADDRINFOA {
        ai_flags: flags as i32,
        ai_family: family.into(),
        ai_socktype: socktype,
        ai_protocol: protocol,
        ..unsafe { zeroed() }
    }
}

/// Calls getaddrinfo and frees what it returned; a failure is its code, which must be the last error as well.
fn look_up(node: Option<&str>, service: Option<&str>, hints: Option<ADDRINFOA>) -> Result<Vec<Info>, i32> {
    let (node, service) = (node.map(c), service.map(c));
    let mut list = 0xAA as *mut ADDRINFOA;
    unsafe { WSASetLastError(12345) };
    let code = unsafe {
        getaddrinfo(
            node.as_deref().map_or(null(), p),
            service.as_deref().map_or(null(), p),
            hints.as_ref().map_or(null(), |hints| hints),
            &mut list,
        )
    };
    assert_eq!(last_error(), code, "the code is the last error, success clears it");
    if code != 0 {
        assert!(list.is_null());
        return Err(code);
    }
    let read = unsafe { read(list) };
    unsafe { freeaddrinfo(list) };
    Ok(read)
}

fn v4(text: &str) -> IpAddr {
    IpAddr::V4(text.parse().unwrap())
}

fn v6(text: &str) -> IpAddr {
    IpAddr::V6(text.parse().unwrap())
}

fn ips(list: &[Info]) -> Vec<IpAddr> {
    list.iter().map(|info| info.ip).collect()
}

#[test]
fn look_ups_need_startup_and_text_forms_do_not() {
    let _turn = turn();
    let name = Name::v4([127, 0, 0, 1], 80);
    let (text, http, tcp) = (c("127.0.0.1"), c("http"), c("tcp"));
    let mut buffer = [0u8; 64];
    let mut length = 64;
    let mut out = Name::POISON;
    let mut number = 0u16;
    let refused = |what: &str, failed: bool| {
        assert!(failed, "{what}");
        assert_eq!(last_error(), WSANOTINITIALISED, "{what}");
        unsafe { WSASetLastError(0) };
    };
    unsafe {
        WSASetLastError(0);
        refused("gethostbyname", gethostbyname(p(&text)).is_null());
        refused("gethostbyaddr", gethostbyaddr(name.0[4..].as_ptr(), 4, AF_INET.into()).is_null());
        refused("getservbyname", getservbyname(p(&http), null()).is_null());
        refused("getservbyport", getservbyport(80u16.to_be().into(), null()).is_null());
        refused("getprotobyname", getprotobyname(p(&tcp)).is_null());
        refused("getprotobynumber", getprotobynumber(6).is_null());
        refused("gethostname", gethostname(buffer.as_mut_ptr(), 64) == SOCKET_ERROR);
        let node = (buffer.as_mut_ptr(), 64);
        let code = getnameinfo(name.at(), 16, node.0, node.1, null_mut(), 0, NI_NUMERICHOST as i32);
        refused("getnameinfo", code == WSANOTINITIALISED);
        let code = WSAAddressToStringA(name.at(), 16, null(), buffer.as_mut_ptr(), &mut length);
        refused("WSAAddressToStringA", code == SOCKET_ERROR);
        let mut room = 128;
        let code = WSAStringToAddressA(p(&text), AF_INET.into(), null(), out.at_mut(), &mut room);
        refused("WSAStringToAddressA", code == SOCKET_ERROR);
        refused("WSAHtons", WSAHtons(0, 1, &mut number) == SOCKET_ERROR);
    }
    assert_eq!(look_up(Some("127.0.0.1"), None, None), Err(WSANOTINITIALISED));

    unsafe {
        assert_eq!(inet_addr(p(&text)).to_ne_bytes(), [127, 0, 0, 1]);
        let mut ip = [0u8; 4];
        assert_eq!(inet_pton(AF_INET.into(), p(&text), ip.as_mut_ptr().cast()), 1);
        assert_eq!(ip, [127, 0, 0, 1]);
        assert!(!inet_ntop(AF_INET.into(), ip.as_ptr().cast(), buffer.as_mut_ptr(), 64).is_null());
        assert_eq!(htons(0x0102).to_ne_bytes(), [1, 2]);
    }
}

#[test]
fn inet_addr_reads_what_windows_documents() {
    let rows = [
        ("4.3.2.16", [4, 3, 2, 16]),
        ("004.003.002.020", [4, 3, 2, 16]),
        ("0x4.0x3.0x2.0x10", [4, 3, 2, 16]),
        ("127.1", [127, 0, 0, 1]),
        ("128.1.258", [128, 1, 1, 2]),
        ("16909060", [1, 2, 3, 4]),
        ("10.0.0.1 ", [10, 0, 0, 1]),
        (" ", [0; 4]),
        ("", [255; 4]),
        ("1.2.3.256", [255; 4]),
        ("a.b.c.d", [255; 4]),
        ("1.2.3.4.5", [255; 4]),
    ];
    for (text, bytes) in rows {
        unsafe { WSASetLastError(12345) };
        assert_eq!(unsafe { inet_addr(p(&c(text))) }.to_ne_bytes(), bytes, "{text:?}");
        assert_eq!(last_error(), 12345);
    }
    assert_eq!(unsafe { inet_addr(null()) }, INADDR_NONE);
}

#[test]
fn inet_ntoa_has_a_buffer_in_each_thread() {
    let address = |bytes: [u8; 4]| {
        let mut address: IN_ADDR = unsafe { zeroed() };
        address.S_un.S_addr = u32::from_ne_bytes(bytes);
        address
    };
    let first = unsafe { inet_ntoa(address([255; 4])) };
    assert_eq!(unsafe { rust(first) }, "255.255.255.255");
    let elsewhere = std::thread::spawn(move || {
        let text = unsafe { inet_ntoa(address([10, 0, 0, 1])) };
        assert_eq!(unsafe { rust(text) }, "10.0.0.1");
        text as usize
    });
    assert_ne!(elsewhere.join().unwrap(), first as usize);
    assert_eq!(unsafe { rust(first) }, "255.255.255.255", "other threads leave it alone");
    let second = unsafe { inet_ntoa(address([1, 2, 3, 4])) };
    assert_eq!((second, unsafe { rust(first) }), (first, "1.2.3.4".to_owned()));
}

#[test]
fn inet_pton_reads_strictly_in_every_width() {
    let rows: [(u16, &str, Option<&str>); 12] = [
        (AF_INET, "192.0.2.1", Some("192.0.2.1")),
        (AF_INET, "192.0.2", None),
        (AF_INET, "0x7f.0.0.1", None),
        (AF_INET, "192.0.2.1 ", None),
        (AF_INET, "192.0.2.1:80", None),
        (AF_INET, "", None),
        (AF_INET6, "2001:DB8::1", Some("2001:db8::1")),
        (AF_INET6, "::ffff:1.2.3.4", Some("::ffff:1.2.3.4")),
        (AF_INET6, "1:2:3", None),
        (AF_INET6, "::1::", None),
        (AF_INET6, "1.2.3.4", None),
        (AF_INET6, "[::1]", None),
    ];
    for (family, text, ip) in rows {
        let mut buffers = [[0xAAu8; 17]; 3];
        let codes = unsafe {
            [
                inet_pton(family.into(), p(&c(text)), buffers[0].as_mut_ptr().cast()),
                InetPtonW(family.into(), utf16(text).as_ptr(), buffers[1].as_mut_ptr().cast()),
                InetPtonW_w32(family.into(), utf32(text).as_ptr(), buffers[2].as_mut_ptr().cast()),
            ]
        };
        let mut expected = [0xAA; 17];
        match ip.map(|ip| ip.parse().unwrap()) {
            Some(IpAddr::V4(ip)) => expected[..4].copy_from_slice(&ip.octets()),
            Some(IpAddr::V6(ip)) => expected[..16].copy_from_slice(&ip.octets()),
            None => (),
        }
        assert_eq!((codes, buffers), ([i32::from(ip.is_some()); 3], [expected; 3]), "{text:?}");
    }

    let mut buffer = [0u8; 16];
    let text = c("1.2.3.4");
    for (family, text, to, code) in [
        (AF_INET, null(), buffer.as_mut_ptr(), WSAEFAULT),
        (AF_INET, p(&text), null_mut(), WSAEFAULT),
        (AF_UNIX, p(&text), buffer.as_mut_ptr(), WSAEAFNOSUPPORT),
    ] {
        assert_eq!(unsafe { inet_pton(family.into(), text, to.cast()) }, -1);
        assert_eq!(last_error(), code);
    }
}

#[test]
fn inet_ntop_writes_in_every_width_and_wants_room_for_nul() {
    let loopback = Ipv6Addr::LOCALHOST.octets();
    let from: *const c_void = loopback.as_ptr().cast();
    let mut narrow = [0xAAu8; 46];
    let mut wide = [0xAAAAu16; 46];
    let mut wider = [0xAAAA_AAAAu32; 46];
    unsafe {
        assert_eq!(inet_ntop(AF_INET6.into(), from, narrow.as_mut_ptr(), 4), narrow.as_ptr());
        assert_eq!(InetNtopW(AF_INET6.into(), from, wide.as_mut_ptr(), 46), wide.as_ptr());
        assert_eq!(InetNtopW_w32(AF_INET6.into(), from, wider.as_mut_ptr(), 46), wider.as_ptr());
    }
    assert_eq!(narrow[..5], *b"::1\0\xAA");
    assert_eq!((&wide[..4], wide[4]), (&utf16("::1")[..], 0xAAAA));
    assert_eq!((&wider[..4], wider[4]), (&utf32("::1")[..], 0xAAAA_AAAA));

    let v4 = [192u8, 168, 16, 0];
    narrow = [0xAA; 46];
    let refused = [
        (AF_INET, v4.as_ptr(), narrow.as_mut_ptr(), 12, ERROR_INVALID_PARAMETER as i32),
        (AF_INET, v4.as_ptr(), narrow.as_mut_ptr(), 0, ERROR_INVALID_PARAMETER as i32),
        (AF_INET, v4.as_ptr(), null_mut(), 46, ERROR_INVALID_PARAMETER as i32),
        (AF_INET, null(), narrow.as_mut_ptr(), 46, ERROR_INVALID_PARAMETER as i32),
        (AF_UNIX, v4.as_ptr(), narrow.as_mut_ptr(), 46, WSAEAFNOSUPPORT),
    ];
    for (family, from, to, room, code) in refused {
        assert!(unsafe { inet_ntop(family.into(), from.cast(), to, room) }.is_null());
        assert_eq!(last_error(), code);
    }
    assert_eq!(narrow, [0xAA; 46]);
    assert!(!unsafe { inet_ntop(AF_INET.into(), v4.as_ptr().cast(), narrow.as_mut_ptr(), 13) }.is_null());
    assert_eq!(unsafe { rust(narrow.as_ptr()) }, "192.168.16.0");
}

#[test]
fn numbers_change_their_order() {
    unsafe {
        assert_eq!(htons(0x0102).to_ne_bytes(), [1, 2]);
        assert_eq!(htonl(0x0102_0304).to_ne_bytes(), [1, 2, 3, 4]);
        assert_eq!(ntohs(u16::from_ne_bytes([1, 2])), 0x0102);
        assert_eq!(ntohl(u32::from_ne_bytes([1, 2, 3, 4])), 0x0102_0304);
    }
}

#[test]
fn numbers_change_their_order_for_a_socket() {
    use std::os::fd::AsRawFd;

    let _started = started();
    let host = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let s = host.as_raw_fd() as SOCKET;
    let (mut short, mut long) = (0, 0);
    unsafe {
        assert_eq!((WSAHtons(s, 0x0102, &mut short), short.to_ne_bytes()), (0, [1, 2]));
        assert_eq!((WSANtohs(s, short, &mut short), short), (0, 0x0102));
        assert_eq!((WSAHtonl(s, 0x0102_0304, &mut long), long.to_ne_bytes()), (0, [1, 2, 3, 4]));
        assert_eq!((WSANtohl(s, long, &mut long), long), (0, 0x0102_0304));
        assert_eq!((WSAHtons(s, 1, null_mut()), last_error()), (SOCKET_ERROR, WSAEFAULT));
        assert_eq!((WSAHtons(INVALID_SOCKET, 1, &mut short), last_error()), (SOCKET_ERROR, WSAENOTSOCK));
        assert_eq!((WSANtohl(INVALID_SOCKET, 1, null_mut()), last_error()), (SOCKET_ERROR, WSAENOTSOCK));
    }
}

#[test]
fn text_becomes_a_socket_address_in_every_width() {
    let _started = started();
    let scoped = Name::v6("fe80::1".parse().unwrap(), 0, 3);
    let rows = [
        (AF_INET, "1.2.3.4:80", Name::v4([1, 2, 3, 4], 80), 16),
        (AF_INET, "1.2.3.4", Name::v4([1, 2, 3, 4], 0), 16),
        (AF_INET6, "[::1]:80", Name::v6(Ipv6Addr::LOCALHOST, 80, 0), 28),
        (AF_INET6, "[::1]", Name::v6(Ipv6Addr::LOCALHOST, 0, 0), 28),
        (AF_INET6, "::1", Name::v6(Ipv6Addr::LOCALHOST, 0, 0), 28),
        (AF_INET6, "fe80::1%3", scoped, 28),
    ];
    for (family, text, expected, len) in rows {
        let family = family.into();
        for room in [len, 128] {
            let mut names = [Name::POISON; 3];
            let mut lens = [room; 3];
            let (a, w, w32) = (c(text), utf16(text), utf32(text));
            let codes = unsafe {
                [
                    WSAStringToAddressA(p(&a), family, null(), names[0].at_mut(), &mut lens[0]),
                    WSAStringToAddressW(w.as_ptr(), family, null(), names[1].at_mut(), &mut lens[1]),
                    WSAStringToAddressW_w32(w32.as_ptr(), family, null(), names[2].at_mut(), &mut lens[2]),
                ]
            };
            assert_eq!((codes, lens), ([0; 3], [len; 3]), "{text:?}");
            for name in names {
                let (written, rest) = name.0.split_at(len as usize);
                assert_eq!(written, &expected.0[..len as usize], "{text:?}");
                assert!(rest.iter().all(|byte| *byte == 0xAA), "nothing is written beyond the address");
            }
        }
    }
}

#[test]
fn text_that_is_no_socket_address_is_refused() {
    let _started = started();
    let mut name = Name::POISON;
    let mut call = |text: Option<&str>, family: u16, room: i32| {
        let text = text.map(c);
        let mut len = room;
        let text = text.as_deref().map_or(null(), p);
        let code = unsafe { WSAStringToAddressA(text, family.into(), null(), name.at_mut(), &mut len) };
        assert_eq!(code, SOCKET_ERROR);
        assert_eq!(name, Name::POISON);
        (last_error(), len)
    };
    assert_eq!(call(Some("1.2.3.4"), AF_INET, 15), (WSAEFAULT, 16));
    assert_eq!(call(Some("::1"), AF_INET6, 16), (WSAEFAULT, 28));
    assert_eq!(call(Some("::1"), AF_INET6, -1), (WSAEFAULT, 28));
    for (text, family) in [
        (None, AF_INET),
        (Some(""), AF_INET),
        (Some("::1"), AF_INET),
        (Some("1.2.3.4:65536"), AF_INET),
        (Some("1.2.3.4:http"), AF_INET),
        (Some("localhost"), AF_INET),
        (Some("1.2.3.4"), AF_INET6),
        (Some("[::1"), AF_INET6),
        (Some("1.2.3.4"), AF_UNIX),
    ] {
        assert_eq!(call(text, family, 128), (WSAEINVAL, 128), "{text:?}");
    }
    let mut provider: WSAPROTOCOL_INFOA = unsafe { zeroed() };
    provider.iAddressFamily = AF_INET6.into();
    let (text, mut len) = (c("1.2.3.4"), 128);
    unsafe {
        let code = WSAStringToAddressA(p(&text), AF_INET.into(), &provider, name.at_mut(), &mut len);
        assert_eq!((code, last_error()), (SOCKET_ERROR, WSAEINVAL));
        let code = WSAStringToAddressA(p(&text), AF_INET.into(), null(), null_mut(), &mut len);
        assert_eq!((code, last_error()), (SOCKET_ERROR, WSAEFAULT));
        let code = WSAStringToAddressA(p(&text), AF_INET.into(), null(), name.at_mut(), null_mut());
        assert_eq!((code, last_error()), (SOCKET_ERROR, WSAEFAULT));
    }
}

#[test]
fn a_socket_address_becomes_text_in_every_width() {
    let _started = started();
    let rows = [
        (Name::v4([192, 168, 16, 0], 0), 16, "192.168.16.0"),
        (Name::v4([192, 168, 16, 0], 8080), 16, "192.168.16.0:8080"),
        (Name::v6(Ipv6Addr::LOCALHOST, 0, 0), 28, "::1"),
        (Name::v6(Ipv6Addr::LOCALHOST, 80, 0), 28, "[::1]:80"),
        (Name::v6("fe80::1".parse().unwrap(), 0, 3), 28, "fe80::1%3"),
        (Name::v6("fe80::1".parse().unwrap(), 80, 3), 128, "[fe80::1%3]:80"),
    ];
    for (name, len, text) in rows {
        let count = text.len() as u32 + 1;
        let (mut a, mut w, mut w32) = ([0xAAu8; 64], [0xAAAAu16; 64], [0xAAAA_AAAAu32; 64]);
        let mut counts = [count; 3];
        let codes = unsafe {
            [
                WSAAddressToStringA(name.at(), len, null(), a.as_mut_ptr(), &mut counts[0]),
                WSAAddressToStringW(name.at(), len, null(), w.as_mut_ptr(), &mut counts[1]),
                WSAAddressToStringW_w32(name.at(), len, null(), w32.as_mut_ptr(), &mut counts[2]),
            ]
        };
        assert_eq!((codes, counts), ([0; 3], [count; 3]), "{text}");
        let end = count as usize;
        assert_eq!((&a[..end], a[end]), (c(text).as_bytes_with_nul(), 0xAA));
        assert_eq!((&w[..end], w[end]), (&utf16(text)[..], 0xAAAA));
        assert_eq!((&w32[..end], w32[end]), (&utf32(text)[..], 0xAAAA_AAAA));

        for (room, to) in [(count - 1, a.as_mut_ptr()), (0, a.as_mut_ptr()), (64, null_mut())] {
            let mut needed = room;
            let code = unsafe { WSAAddressToStringA(name.at(), len, null(), to, &mut needed) };
            assert_eq!((code, last_error(), needed), (SOCKET_ERROR, WSAEFAULT, count));
        }
    }
}

#[test]
fn what_is_no_socket_address_becomes_no_text() {
    let _started = started();
    let name = Name::v4([1, 2, 3, 4], 0);
    let mut other = name;
    other.0[0] = 99;
    let mut text = [0u8; 64];
    let mut count = 64;
    let mut call = |from: *const SOCKADDR, len, count: *mut u32| {
        assert_eq!(unsafe { WSAAddressToStringA(from, len, null(), text.as_mut_ptr(), count) }, SOCKET_ERROR);
        last_error()
    };
    assert_eq!(call(null(), 16, &mut count), WSAEINVAL);
    assert_eq!(call(name.at(), 0, &mut count), WSAEINVAL);
    assert_eq!(call(name.at(), 15, &mut count), WSAEINVAL);
    assert_eq!(call(name.at(), 16, null_mut()), WSAEINVAL);
    assert_eq!(call(other.at(), 16, &mut count), WSAEINVAL);
    assert_eq!(count, 64);
}

#[test]
fn literal_addresses_are_found_once_with_the_hints_type() {
    let _started = started();
    let info = |socktype, protocol, ip, port| Info {
        flags: AI_NUMERICHOST,
        socktype,
        protocol,
        ip,
        port,
        canonical: None,
    };
    // Type 0 stays 0 and gives one entry, where Linux gives one per type.
    assert_eq!(look_up(Some("10.1.2.3"), Some("80"), None), Ok(vec![info(0, 0, v4("10.1.2.3"), 80)]));
    assert_eq!(look_up(Some("::1"), None, None), Ok(vec![info(0, 0, v6("::1"), 0)]));
    let stream = hints(AI_NUMERICHOST, AF_UNSPEC, SOCK_STREAM, 0);
    assert_eq!(
        look_up(Some("10.1.2.3"), Some("65535"), Some(stream)),
        Ok(vec![info(1, 0, v4("10.1.2.3"), 65535)])
    );
    let udp = hints(0, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    assert_eq!(look_up(Some("127.1"), Some(""), Some(udp)), Ok(vec![info(2, 17, v4("127.0.0.1"), 0)]));
    let mapped = hints(AI_V4MAPPED, AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    assert_eq!(
        look_up(Some("10.1.2.3"), Some("80"), Some(mapped)),
        Ok(vec![info(1, 6, v6("::ffff:10.1.2.3"), 80)])
    );
    for (node, family) in [("10.1.2.3", AF_INET6), ("::1", AF_INET)] {
        assert_eq!(look_up(Some(node), None, Some(hints(0, family, 0, 0))), Err(WSAHOST_NOT_FOUND));
    }
}

#[test]
fn a_canonical_name_is_that_of_the_first_entry() {
    let _started = started();
    let wanted = hints(AI_CANONNAME, AF_UNSPEC, SOCK_STREAM, 0);
    let found = look_up(Some("127.0.0.1"), None, Some(wanted)).unwrap();
    assert_eq!(found[0].canonical.as_deref(), Some("127.0.0.1"));
    assert_eq!(found[0].flags, AI_NUMERICHOST | AI_CANONNAME);
    let found = look_up(Some("localhost"), None, Some(wanted)).unwrap();
    assert_eq!(found[0].canonical.as_deref(), Some("localhost"));
    assert!(found[1..].iter().all(|info| info.canonical.is_none() && info.flags == 0));
}

#[test]
fn localhost_and_no_name_are_the_loopback_addresses() {
    let _started = started();
    let v4_only = hints(0, AF_INET, SOCK_STREAM, 0);
    let v6_only = hints(0, AF_INET6, SOCK_STREAM, 0);
    for node in [Some("localhost"), Some("LocalHost."), None] {
        let found = look_up(node, Some("80"), Some(v4_only)).unwrap();
        assert_eq!((ips(&found), found[0].port), (vec![v4("127.0.0.1")], 80));
        assert_eq!(ips(&look_up(node, Some("80"), Some(v6_only)).unwrap()), [v6("::1")]);
        let both = ips(&look_up(node, Some("80"), None).unwrap());
        assert!(both == [v6("::1"), v4("127.0.0.1")] || both == [v4("127.0.0.1")], "{both:?}");
    }
    let passive = hints(AI_PASSIVE, AF_INET, SOCK_STREAM, 0);
    assert_eq!(ips(&look_up(None, Some("0"), Some(passive)).unwrap()), [v4("0.0.0.0")]);
    let passive = hints(AI_PASSIVE, AF_INET6, SOCK_STREAM, 0);
    assert_eq!(ips(&look_up(None, Some("0"), Some(passive)).unwrap()), [v6("::")]);
    // With a name the flag means nothing.
    assert_eq!(ips(&look_up(Some("::1"), None, Some(passive)).unwrap()), [v6("::1")]);
}

#[test]
fn this_computer_is_the_empty_name_and_its_own() {
    let _started = started();
    let mut name = [0u8; 256];
    assert_eq!(unsafe { gethostname(name.as_mut_ptr(), 256) }, 0);
    let own = unsafe { rust(name.as_ptr()) };
    let found = look_up(Some(&own), Some("80"), None).unwrap();
    assert!(!found.is_empty());
    assert!(found.iter().all(|info| info.port == 80 && !info.ip.is_unspecified()));
    assert_eq!(look_up(Some(""), Some("80"), None).unwrap(), found);
    assert_eq!(look_up(Some("..localmachine"), Some("80"), None).unwrap(), found);
}

#[test]
fn services_have_ports_for_their_types() {
    let _started = started();
    let port = |service, socktype| {
        look_up(Some("127.0.0.1"), Some(service), Some(hints(0, AF_INET, socktype, 0)))
            .map(|found| found[0].port)
    };
    assert_eq!(port("http", SOCK_STREAM), Ok(80));
    assert_eq!(port("http", 0), Ok(80));
    assert_eq!(port("domain", SOCK_DGRAM), Ok(53));
    assert_eq!(port("no-such-service", SOCK_STREAM), Err(WSATYPE_NOT_FOUND));
    assert_eq!(port("http", SOCK_RAW), Err(WSATYPE_NOT_FOUND));
    assert_eq!(port("65536", SOCK_STREAM), Err(WSATYPE_NOT_FOUND));
}

#[test]
fn hints_are_checked() {
    let _started = started();
    let code = |node, service, hints| look_up(node, service, Some(hints)).map(|_| ());
    let node = Some("127.0.0.1");
    assert_eq!(look_up(None, None, None).map(|_| ()), Err(WSAHOST_NOT_FOUND));
    assert_eq!(code(None, None, hints(AI_PASSIVE, AF_INET, SOCK_STREAM, 0)), Err(WSAHOST_NOT_FOUND));
    assert_eq!(code(node, None, hints(0, AF_UNIX, 0, 0)), Err(WSAEAFNOSUPPORT));
    // The hosts' own numbers of AF_INET6.
    assert_eq!(code(node, None, hints(0, 10, 0, 0)), Err(WSAEAFNOSUPPORT));
    assert_eq!(code(node, None, hints(0, 30, 0, 0)), Err(WSAEAFNOSUPPORT));
    assert_eq!(code(node, None, hints(0, AF_INET, 4, 0)), Err(WSAESOCKTNOSUPPORT));
    assert_eq!(code(node, None, hints(0, AF_INET, -1, 0)), Err(WSAESOCKTNOSUPPORT));
    assert_eq!(code(node, None, hints(0x4000_0000, AF_INET, 0, 0)), Err(WSAEINVAL));
    assert_eq!(code(node, None, hints(AI_CANONNAME | AI_FQDN, AF_INET, 0, 0)), Err(WSAEINVAL));
    assert_eq!(code(None, Some("80"), hints(AI_CANONNAME, AF_INET, 0, 0)), Err(WSANO_RECOVERY));
    assert_eq!(code(Some("localhost"), None, hints(AI_NUMERICHOST, 0, 0, 0)), Err(WSAHOST_NOT_FOUND));
    assert_eq!(code(None, Some("80"), hints(AI_NUMERICHOST, 0, 0, 0)), Err(WSAHOST_NOT_FOUND));
    assert_eq!(code(node, Some("http"), hints(AI_NUMERICSERV, 0, 0, 0)), Err(WSAHOST_NOT_FOUND));
    let mut dirty = hints(0, AF_INET, 0, 0);
    dirty.ai_addrlen = 1;
    assert_eq!(code(node, None, dirty), Err(WSANO_RECOVERY));
    let mut dirty = hints(0, AF_INET, 0, 0);
    dirty.ai_next = &raw mut dirty;
    assert_eq!(code(node, None, dirty), Err(WSANO_RECOVERY));
    let text = c("127.0.0.1");
    assert_eq!(unsafe { getaddrinfo(p(&text), null(), null(), null_mut()) }, WSAEFAULT);
}

#[test]
fn wide_look_ups_give_wide_names_and_lists_come_apart() {
    let _started = started();
    let wanted = ADDRINFOW { ai_flags: AI_CANONNAME as i32, ..unsafe { zeroed() } };
    let mut list: *mut ADDRINFOW = null_mut();
    unsafe {
        assert_eq!(GetAddrInfoW(utf16("::1").as_ptr(), utf16("80").as_ptr(), &wanted, &mut list), 0);
        let name = std::slice::from_raw_parts((*list).ai_canonname, 4);
        assert_eq!(name, utf16("::1"));
        FreeAddrInfoW(list);
        let found = GetAddrInfoW_w32(utf32("::1").as_ptr(), utf32("80").as_ptr(), &wanted, &mut list);
        assert_eq!(found, 0);
        let name = std::slice::from_raw_parts((*list).ai_canonname.cast::<u32>(), 4);
        assert_eq!(name, utf32("::1"));
        FreeAddrInfoW_w32(list);
        freeaddrinfo(null());
        FreeAddrInfoW(null());

        // A program may take an entry out of a list and free it on its own.
        let mut first: *mut ADDRINFOA = null_mut();
        let mut second: *mut ADDRINFOA = null_mut();
        assert_eq!(getaddrinfo(p(&c("10.0.0.1")), null(), null(), &mut first), 0);
        assert_eq!(getaddrinfo(p(&c("10.0.0.2")), null(), null(), &mut second), 0);
        (*first).ai_next = second;
        assert_eq!(ips(&read(first)), [v4("10.0.0.1"), v4("10.0.0.2")]);
        (*first).ai_next = null_mut();
        freeaddrinfo(first);
        assert_eq!(ips(&read(second)), [v4("10.0.0.2")]);
        freeaddrinfo(second);
    }
}

/// Calls getnameinfo for both names with these rooms.
fn name_of(name: &Name, len: i32, rooms: (u32, u32), flags: u32) -> Result<(String, String), i32> {
    let (mut node, mut service) = ([0xAAu8; 64], [0xAAu8; 64]);
    let (to_node, to_service) = (node.as_mut_ptr(), service.as_mut_ptr());
    let code = unsafe { getnameinfo(name.at(), len, to_node, rooms.0, to_service, rooms.1, flags as i32) };
    assert_eq!(last_error(), code);
    if code != 0 {
        return Err(code);
    }
    Ok(unsafe { (rust(node.as_ptr()), rust(service.as_ptr())) })
}

#[test]
fn getnameinfo_writes_numbers_and_service_names() {
    let _started = started();
    let numeric = NI_NUMERICHOST | NI_NUMERICSERV;
    let pair = |node: &str, service: &str| Ok((node.to_owned(), service.to_owned()));
    let loopback = Name::v4([127, 0, 0, 1], 80);
    assert_eq!(name_of(&loopback, 16, (64, 64), numeric), pair("127.0.0.1", "80"));
    assert_eq!(name_of(&loopback, 128, (10, 3), numeric), pair("127.0.0.1", "80"));
    assert_eq!(name_of(&loopback, 16, (64, 64), NI_NUMERICHOST), pair("127.0.0.1", "http"));
    let scoped = Name::v6("fe80::1".parse().unwrap(), 0, 7);
    assert_eq!(name_of(&scoped, 28, (64, 64), numeric), pair("fe80::1%7", "0"));
    let tftp = Name::v4([127, 0, 0, 1], 69);
    assert_eq!(name_of(&tftp, 16, (64, 64), NI_NUMERICHOST | NI_DGRAM), pair("127.0.0.1", "tftp"));
    // A port without a name is a number, since Vista.
    let odd = Name::v4([127, 0, 0, 1], 65_432);
    assert_eq!(name_of(&odd, 16, (64, 64), NI_NUMERICHOST), pair("127.0.0.1", "65432"));

    let (mut node, mut service) = ([0xAAAAu16; 64], [0xAAAAu16; 64]);
    let (mut node32, mut service32) = ([0xAAu32; 64], [0xAAu32; 64]);
    unsafe {
        let (to_node, to_service) = (node.as_mut_ptr(), service.as_mut_ptr());
        assert_eq!(GetNameInfoW(loopback.at(), 16, to_node, 10, to_service, 3, numeric as i32), 0);
        let (to_node, to_service) = (node32.as_mut_ptr(), service32.as_mut_ptr());
        assert_eq!(GetNameInfoW_w32(loopback.at(), 16, to_node, 10, to_service, 3, numeric as i32), 0);
    }
    assert_eq!((&node[..10], &service[..3]), (&utf16("127.0.0.1")[..], &utf16("80")[..]));
    assert_eq!((&node32[..10], &service32[..3]), (&utf32("127.0.0.1")[..], &utf32("80")[..]));
    assert_eq!((node[10], service[3], node32[10], service32[3]), (0xAAAA, 0xAAAA, 0xAA, 0xAA));
}

#[test]
fn getnameinfo_refuses_bad_arguments() {
    let _started = started();
    let numeric = NI_NUMERICHOST | NI_NUMERICSERV;
    let name = Name::v4([127, 0, 0, 1], 80);
    let name6 = Name::v6(Ipv6Addr::LOCALHOST, 80, 0);
    let mut unix = Name([0; 128]);
    unix.0[..2].copy_from_slice(&AF_UNIX.to_ne_bytes());
    assert_eq!(name_of(&name, 15, (64, 64), numeric), Err(WSAEFAULT));
    assert_eq!(name_of(&name6, 27, (64, 64), numeric), Err(WSAEFAULT));
    assert_eq!(name_of(&name, -1, (64, 64), numeric), Err(WSAEFAULT));
    assert_eq!(name_of(&unix, 110, (64, 64), numeric), Err(WSAEAFNOSUPPORT));
    assert_eq!(name_of(&name, 16, (9, 64), numeric), Err(WSAEFAULT));
    assert_eq!(name_of(&name, 16, (64, 2), numeric), Err(WSAEFAULT));
    assert_eq!(name_of(&name, 16, (0, 64), numeric), Err(WSAEINVAL));
    assert_eq!(name_of(&name, 16, (64, 0), numeric), Err(WSAEINVAL));
    assert_eq!(name_of(&name, 16, (64, 64), 0x100), Err(WSAEINVAL));
    unsafe {
        let mut node = [0u8; 64];
        let code = getnameinfo(null(), 16, node.as_mut_ptr(), 64, null_mut(), 0, numeric as i32);
        assert_eq!((code, last_error()), (WSAEFAULT, WSAEFAULT));
        let code = getnameinfo(name.at(), 16, null_mut(), 64, null_mut(), 64, numeric as i32);
        assert_eq!((code, last_error()), (WSAHOST_NOT_FOUND, WSAHOST_NOT_FOUND));
        let code = getnameinfo(name.at(), 16, node.as_mut_ptr(), 64, null_mut(), 0, numeric as i32);
        assert_eq!((code, last_error(), rust(node.as_ptr())), (0, 0, "127.0.0.1".to_owned()));
    }
}

unsafe fn list<const N: usize>(mut pointers: *mut *mut i8) -> Vec<[u8; N]> {
    let mut found = Vec::new();
    while !unsafe { *pointers }.is_null() {
        found.push(unsafe { (*pointers).cast::<[u8; N]>().read() });
        pointers = unsafe { pointers.add(1) };
    }
    found
}

unsafe fn strings(mut pointers: *mut *mut i8) -> Vec<String> {
    let mut found = Vec::new();
    while !unsafe { *pointers }.is_null() {
        found.push(unsafe { rust((*pointers).cast()) });
        pointers = unsafe { pointers.add(1) };
    }
    found
}

#[test]
fn gethostbyname_finds_ipv4_only() {
    let _started = started();
    let host = |name: &str| {
        let host = unsafe { gethostbyname(p(&c(name))).as_ref() }.ok_or_else(last_error)?;
        assert_eq!((host.h_addrtype, host.h_length, last_error()), (AF_INET as i16, 4, 0));
        Ok(unsafe { (rust(host.h_name), strings(host.h_aliases), list::<4>(host.h_addr_list)) })
    };
    let none = Vec::<String>::new();
    assert_eq!(host("127.0.0.1"), Ok(("127.0.0.1".to_owned(), none.clone(), vec![[127, 0, 0, 1]])));
    assert_eq!(host("localhost"), Ok(("localhost".to_owned(), none, vec![[127, 0, 0, 1]])));
    for text in ["::1", "1.2.3.4.5", "256.1.1.1"] {
        assert_eq!(host(text), Err(WSANO_DATA), "{text}");
    }

    let mut name = [0u8; 256];
    assert_eq!(unsafe { gethostname(name.as_mut_ptr(), 256) }, 0);
    let own = unsafe { rust(name.as_ptr()) };
    let this = host(&own).unwrap();
    assert_eq!(this.0, own);
    assert!(!this.2.is_empty());
    assert_eq!(host("").unwrap(), this);
    let nameless = unsafe { gethostbyname(null()).as_ref() }.unwrap();
    assert_eq!(unsafe { rust(nameless.h_name) }, own);
}

#[test]
fn gethostbyaddr_checks_and_finds() {
    let _started = started();
    let loopback = Ipv4Addr::LOCALHOST.octets();
    let loopback6 = Ipv6Addr::LOCALHOST.octets();
    unsafe {
        for (from, len, family, code) in [
            (null(), 4, AF_INET, WSAEFAULT),
            (loopback.as_ptr(), 3, AF_INET, WSAEFAULT),
            (loopback.as_ptr(), -1, AF_INET, WSAEFAULT),
            (loopback6.as_ptr(), 15, AF_INET6, WSAEINVAL),
            (loopback.as_ptr(), 4, AF_UNIX, WSAEAFNOSUPPORT),
        ] {
            assert!(gethostbyaddr(from, len, family.into()).is_null());
            assert_eq!(last_error(), code);
        }
        // The hosts file of every system names this address; a host without one may only say so.
        match gethostbyaddr(loopback.as_ptr(), 4, AF_INET.into()).as_ref() {
            Some(host) => {
                assert!(!rust(host.h_name).is_empty());
                assert_eq!(list::<4>(host.h_addr_list), [loopback]);
                assert_eq!((host.h_addrtype, host.h_length), (AF_INET as i16, 4));
            }
            None => assert!([WSANO_DATA, WSATRY_AGAIN, WSANO_RECOVERY].contains(&last_error())),
        }
    }
}

#[test]
fn services_and_protocols_are_found_by_name_and_number() {
    let _started = started();
    unsafe {
        let http = getservbyname(p(&c("http")), p(&c("tcp"))).as_ref().unwrap();
        assert_eq!((rust(http.s_name), rust(http.s_proto)), ("http".to_owned(), "tcp".to_owned()));
        assert_eq!(http.s_port, 80u16.to_be() as i16);
        assert_eq!(last_error(), 0);
        let domain = getservbyport(53u16.to_be().into(), p(&c("udp"))).as_ref().unwrap();
        assert_eq!((rust(domain.s_name), rust(domain.s_proto)), ("domain".to_owned(), "udp".to_owned()));
        assert!(getservbyname(p(&c("http")), p(&c("sctp"))).is_null());
        assert_eq!(last_error(), WSANO_DATA);
        assert!(getservbyname(p(&c("no-such-service")), null()).is_null());
        assert_eq!(last_error(), WSANO_DATA);
        assert!(getservbyname(null(), null()).is_null());
        assert_eq!(last_error(), WSAEFAULT);

        let tcp = getprotobyname(p(&c("TCP"))).as_ref().unwrap();
        assert_eq!((rust(tcp.p_name), tcp.p_proto), ("tcp".to_owned(), 6));
        let udp = getprotobynumber(17).as_ref().unwrap();
        assert_eq!((rust(udp.p_name), udp.p_proto), ("udp".to_owned(), 17));
        assert!(strings(udp.p_aliases).contains(&"UDP".to_owned()));
        assert!(getprotobynumber(-1).is_null());
        assert_eq!(last_error(), WSANO_DATA);
        assert!(getprotobyname(p(&c("no-such-protocol"))).is_null());
        assert_eq!(last_error(), WSANO_DATA);
    }
}

#[test]
fn structures_live_in_their_thread_until_its_next_look_up() {
    let _started = started();
    unsafe {
        let first = gethostbyname(p(&c("10.0.0.1")));
        let service = getservbyname(p(&c("http")), null());
        let elsewhere = std::thread::spawn(|| {
            let other = gethostbyname(p(&c("10.0.0.9")));
            assert_eq!(list::<4>((*other).h_addr_list), [[10, 0, 0, 9]]);
            other as usize
        });
        assert_ne!(elsewhere.join().unwrap(), first as usize);
        assert_eq!(rust((*first).h_name), "10.0.0.1");
        let second = gethostbyname(p(&c("10.0.0.2")));
        assert_eq!(second, first, "one structure per thread");
        assert_eq!(list::<4>((*first).h_addr_list), [[10, 0, 0, 2]]);
        assert_eq!((*service).s_port, 80u16.to_be() as i16, "each kind has its own");
    }
}

#[test]
fn gethostname_wants_room_for_nul_in_every_width() {
    let _started = started();
    unsafe {
        let (mut a, mut w, mut w32) = ([0xAAu8; 256], [0xAAAAu16; 256], [0xAAu32; 256]);
        assert_eq!(gethostname(a.as_mut_ptr(), 256), 0);
        let name = rust(a.as_ptr());
        let count = name.chars().count() as i32 + 1;
        assert_eq!(GetHostNameW(w.as_mut_ptr(), count), 0);
        assert_eq!(GetHostNameW_w32(w32.as_mut_ptr(), count), 0);
        assert_eq!(&w[..count as usize], &utf16(&name)[..]);
        assert_eq!(&w32[..count as usize], &utf32(&name)[..]);

        assert_eq!((gethostname(a.as_mut_ptr(), name.len() as i32), last_error()), (SOCKET_ERROR, WSAEFAULT));
        assert_eq!((gethostname(a.as_mut_ptr(), -1), last_error()), (SOCKET_ERROR, WSAEFAULT));
        assert_eq!((gethostname(null_mut(), 256), last_error()), (SOCKET_ERROR, WSAEFAULT));
        assert_eq!((GetHostNameW(w.as_mut_ptr(), count - 1), last_error()), (SOCKET_ERROR, WSAEFAULT));
    }
}

#[test]
fn the_layouts_are_windows() {
    assert_eq!(size_of::<SOCKADDR_IN>(), 16);
    assert_eq!(size_of::<SOCKADDR_IN6>(), 28);
    assert_eq!(std::mem::offset_of!(ADDRINFOA, ai_addr), 16 + 2 * size_of::<usize>());
}
