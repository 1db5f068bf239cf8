//! The translation of addresses, for the layouts of both hosts.

use super::*;
use crate::platform::{LINUX, MACOS};

const LAYOUTS: [&AddressLayout; 2] = [&LINUX.address, &MACOS.address];

fn windows(family: u16, rest: &[u8], len: usize) -> Vec<u8> {
    let mut bytes = family.to_ne_bytes().to_vec();
    bytes.extend_from_slice(rest);
    bytes.resize(len, 0);
    bytes
}

fn back(layout: &AddressLayout, address: &HostAddr, whole: bool) -> Vec<u8> {
    let mut out = [0xAA; STORAGE_LEN];
    let len = address.to_windows_as(layout, &mut out, whole);
    assert!(out[len..].iter().all(|byte| *byte == 0xAA), "nothing is written beyond the address");
    out[..len].to_vec()
}

#[test]
fn the_layout_of_this_host_is_libcs() {
    let name = from_windows(&windows(23, &[0; 26], 28)).unwrap();
    let mut inet6 = HostAddr::empty();
    inet6.bytes[..2].copy_from_slice(&name.bytes[..2]);
    assert_eq!(i32::from(HOST.address.inet6), libc::AF_INET6);
    assert_eq!(inet6.family(), Family::Inet6);
    assert_eq!((libc::AF_UNSPEC, libc::AF_UNIX, libc::AF_INET), (0, 1, 2));
    assert_eq!(core::mem::offset_of!(libc::sockaddr_un, sun_path), PATH);
    assert_eq!(core::mem::offset_of!(libc::sockaddr_in6, sin6_scope_id), 24);
}

#[test]
fn families_translate_both_ways() {
    let rows = [
        (0, Family::Unspec, libc::AF_UNSPEC),
        (1, Family::Unix, libc::AF_UNIX),
        (2, Family::Inet, libc::AF_INET),
        (23, Family::Inet6, libc::AF_INET6),
    ];
    for (number, family, host) in rows {
        assert_eq!(Family::from_windows(number), family);
        assert_eq!(family.to_windows(), number);
        assert_eq!(Family::from_host(host), family);
        assert_eq!(family.to_host(), Some(host));
    }
    assert_eq!(Family::from_windows(32), Family::Other(32));
    assert_eq!(Family::Other(32).to_host(), None);
    // The host's number of AF_INET6 means something else on Windows.
    assert_ne!(Family::from_windows(libc::AF_INET6 as u16), Family::Inet6);
}

#[test]
fn heads_are_those_of_each_host() {
    let inet = windows(2, &[0x1F, 0x90, 127, 0, 0, 1], 16);
    let inet6 = windows(23, &[0x1F, 0x90], 28);
    let linux = from_windows_as(&LINUX.address, &inet).unwrap();
    assert_eq!((&linux.bytes[..2], linux.len), (&2u16.to_ne_bytes()[..], 16));
    let macos = from_windows_as(&MACOS.address, &inet).unwrap();
    assert_eq!((&macos.bytes[..2], macos.len), (&[16u8, 2][..], 16));
    assert_eq!(&from_windows_as(&LINUX.address, &inet6).unwrap().bytes[..2], &10u16.to_ne_bytes());
    assert_eq!(&from_windows_as(&MACOS.address, &inet6).unwrap().bytes[..2], &[28u8, 30]);
}

#[test]
fn internet_addresses_survive_the_round_trip() {
    for layout in LAYOUTS {
        // sin_zero goes in dirty and comes out zeroed (F028).
        let mut dirty = windows(2, &[0x1F, 0x90, 127, 0, 0, 1], 8);
        dirty.resize(16, 0xEE);
        let clean = windows(2, &[0x1F, 0x90, 127, 0, 0, 1], 16);
        assert_eq!(back(layout, &from_windows_as(layout, &dirty).unwrap(), false), clean);

        let rest: Vec<u8> = (1..=26).collect();
        let inet6 = windows(23, &rest, 28);
        assert_eq!(back(layout, &from_windows_as(layout, &inet6).unwrap(), false), inet6);
        // A SOCKADDR_STORAGE is as good as the exact structure.
        let storage = windows(23, &rest, 128);
        assert_eq!(back(layout, &from_windows_as(layout, &storage).unwrap(), false), inet6);
    }
}

#[test]
fn short_and_unknown_addresses_are_refused() {
    for layout in LAYOUTS {
        let code = |bytes: &[u8]| from_windows_as(layout, bytes).err();
        assert_eq!(code(&[]), Some(WsaError::WSAEFAULT));
        assert_eq!(code(&[2]), Some(WsaError::WSAEFAULT));
        assert_eq!(code(&windows(2, &[], 15)), Some(WsaError::WSAEFAULT));
        assert_eq!(code(&windows(23, &[], 27)), Some(WsaError::WSAEFAULT));
        assert_eq!(code(&windows(0, &[], 16)), Some(WsaError::WSAEAFNOSUPPORT));
        assert_eq!(code(&windows(10, &[], 28)), Some(WsaError::WSAEAFNOSUPPORT));
        assert_eq!(code(&windows(30, &[], 28)), Some(WsaError::WSAEAFNOSUPPORT));
        assert_eq!(code(&windows(0xFFFF, &[], 128)), Some(WsaError::WSAEAFNOSUPPORT));
    }
}

#[test]
fn paths_end_at_nul_or_at_the_length() {
    for layout in LAYOUTS {
        // Length 3 is a path of one character (F325); it comes back with its NUL (F326).
        let short = from_windows_as(layout, &windows(1, b"a", 3)).unwrap();
        assert_eq!(short.len, 4);
        assert_eq!(back(layout, &short, false), windows(1, b"a\0", 4));
        let full = from_windows_as(layout, &windows(1, b"/tmp/x\0rubbish", 110)).unwrap();
        assert_eq!(back(layout, &full, false), windows(1, b"/tmp/x\0", 9));
        assert_eq!(back(layout, &full, true), windows(1, b"/tmp/x", 110));
        let brim = from_windows_as(layout, &windows(1, &[b'p'; 126], 128)).unwrap();
        assert_eq!(brim.len, 110);
        assert_eq!(back(layout, &brim, false), windows(1, &[b'p'; 108], 110));
    }
}

#[test]
fn a_path_of_zeros_is_no_name() {
    for layout in LAYOUTS {
        for len in [2, 3, 110, 128] {
            let none = from_windows_as(layout, &windows(1, &[], len)).unwrap();
            assert_eq!(none.len, 2);
            assert_eq!(back(layout, &none, false), windows(1, &[], 110));
        }
        // macOS may report the same as a whole structure of zeros.
        let mut reported = from_windows_as(layout, &windows(1, &[], 2)).unwrap();
        reported.len = 16;
        assert_eq!(back(layout, &reported, false), windows(1, &[], 110));
    }
}

#[test]
fn names_that_begin_with_nul_keep_every_byte_or_are_refused() {
    let name = windows(1, b"\0one\0two", 10);
    let kept = from_windows_as(&LINUX.address, &name).unwrap();
    assert_eq!(kept.len, 10);
    assert_eq!(back(&LINUX.address, &kept, false), name);
    assert_eq!(from_windows_as(&MACOS.address, &name).err(), Some(WsaError::WSAEINVAL));
}

#[test]
fn little_room_gets_a_piece_and_the_full_length() {
    let address = HostAddr::from("10.1.2.3:80".parse::<SocketAddr>().unwrap());
    let mut out = [0xAA; 6];
    assert_eq!(address.to_windows(&mut out[..4]), 16);
    assert_eq!(out[2..], [0, 80, 0xAA, 0xAA]);
    assert_eq!(address.windows_len(), 16);
}

#[test]
fn what_the_host_did_not_fill_has_no_length() {
    let mut address = HostAddr::empty();
    assert_eq!(address.len() as usize, STORAGE_LEN);
    assert_eq!((address.family(), address.windows_len()), (Family::Unspec, 0));
    *address.len_mut() = 0;
    assert_eq!((address.family(), address.windows_len(), address.ip()), (Family::Unspec, 0, None));
    // A host may say that the address was longer than the room.
    *address.len_mut() = 4096;
    assert_eq!(address.windows_len(), 0);
}

#[test]
fn parts_of_rust_addresses_are_found_again() {
    for text in ["127.0.0.1:8080", "[2001:db8::1]:443", "[fe80::1%7]:1"] {
        let rust: SocketAddr = text.parse().unwrap();
        let mut address = HostAddr::from(rust);
        assert_eq!((address.ip(), address.port()), (Some(rust.ip()), rust.port()));
        assert_eq!(address.socket_addr(), Some(rust));
        assert_eq!(address.scope_id(), if text.contains('%') { 7 } else { 0 });
        let mut form = [0; STORAGE_LEN];
        let len = address.to_windows(&mut form);
        assert_eq!(from_windows(&form[..len]).unwrap().bytes, address.bytes);
        let read = address.as_ptr();
        let (room, length) = address.parts_mut();
        assert_eq!(room.cast_const(), read);
        assert_eq!(*length as usize, len);
    }
}

#[test]
fn a_name_is_a_port_or_a_path() {
    let rows: [(&[u8], bool); 5] = [
        (&windows(2, &[0, 0, 127, 0, 0, 1], 16), false),
        (&windows(2, &[0, 80, 127, 0, 0, 1], 16), true),
        (&windows(23, &[0, 80], 28), true),
        (&windows(1, &[], 110), false),
        (&windows(1, b"a", 3), true),
    ];
    for (bytes, named) in rows {
        assert_eq!(from_windows(bytes).unwrap().is_named(), named, "{bytes:?}");
    }
    assert!(!HostAddr::empty().is_named());
}
