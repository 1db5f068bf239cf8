//! Both hosts' layouts in, both of Windows' word sizes out, and every length at which either can end.

use super::*;
use crate::platform::{LINUX, MACOS};

/// Linux where words have four bytes.
const LINUX32: platform::Control = platform::Control { length: 4, align: 4, ..LINUX.control };
const LINUX64: platform::Control = platform::Control { length: 8, align: 8, ..LINUX.control };
const LAYOUTS: [platform::Control; 3] = [LINUX64, LINUX32, MACOS.control];

const HERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);
const ALL: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 255);
const HERE6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7);
const V4: i32 = w::IPPROTO_IP;
const V6: i32 = w::IPPROTO_IPV6;

/// A host's entry, with the padding behind it.
fn entry(layout: &platform::Control, level: i32, kind: i32, data: &[u8]) -> Vec<u8> {
    let head = (layout.length + 8).next_multiple_of(layout.align);
    let length = head + data.len();
    let mut bytes = if layout.length == 8 {
        (length as u64).to_ne_bytes().to_vec()
    } else {
        (length as u32).to_ne_bytes().to_vec()
    };
    bytes.extend(level.to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.resize(head, 0);
    bytes.extend(data);
    bytes.resize(length.next_multiple_of(layout.align), 0xee);
    bytes
}

fn info(interface: u32, answers_from: Ipv4Addr, destination: Ipv4Addr) -> Vec<u8> {
    [interface.to_ne_bytes(), answers_from.octets(), destination.octets()].concat()
}

fn v6_info(destination: Ipv6Addr, interface: u32) -> Vec<u8> {
    [&destination.octets()[..], &interface.to_ne_bytes()].concat()
}

/// An IPv4 datagram's control data as the host has it: numbers as ints, or as bytes where hosts shorten.
fn of_v4(layout: &platform::Control, short: bool) -> Vec<u8> {
    let number = |value: u8| if short { vec![value] } else { i32::from(value).to_ne_bytes().to_vec() };
    [
        entry(layout, V4, layout.packet_info, &info(2, HERE, ALL)),
        entry(layout, V4, layout.ttl, &number(64)),
        entry(layout, V4, layout.tos, &number(0xb9)),
    ]
    .concat()
}

fn of_v6(layout: &platform::Control) -> Vec<u8> {
    [
        entry(layout, V6, layout.v6_packet_info, &v6_info(HERE6, 3)),
        entry(layout, V6, layout.v6_hops, &255i32.to_ne_bytes()),
        entry(layout, V6, layout.v6_class, &0xb9i32.to_ne_bytes()),
    ]
    .concat()
}

const ARRIVED: Arrival = Arrival {
    is_v4: true,
    destination: Some(IpAddr::V4(ALL)),
    interface: 2,
    answers_from: Some(HERE),
    hops: Some(64),
    class: Some(0xb9),
};
const ARRIVED6: Arrival = Arrival {
    is_v4: false,
    destination: Some(IpAddr::V6(HERE6)),
    interface: 3,
    answers_from: None,
    hops: Some(255),
    class: Some(0xb9),
};

#[test]
fn every_host_tells_the_same() {
    for layout in &LAYOUTS {
        for short in [false, true] {
            assert_eq!(read(layout, &of_v4(layout, short)), ARRIVED, "{layout:?} {short}");
        }
        assert_eq!(read(layout, &of_v6(layout)), ARRIVED6, "{layout:?}");
    }
}

/// A host that names no address to answer from writes zeros (macOS).
#[test]
fn zeros_are_no_address_to_answer_from() {
    let layout = &MACOS.control;
    let bytes = entry(layout, V4, layout.packet_info, &info(2, Ipv4Addr::UNSPECIFIED, ALL));
    let arrival = read(layout, &bytes);
    assert_eq!((arrival.answers_from, arrival.destination), (None, Some(ALL.into())));
}

/// G220.
#[test]
fn mapped_addresses_are_those_of_ipv4_datagrams() {
    for layout in &LAYOUTS {
        let mapped = entry(layout, V6, layout.v6_packet_info, &v6_info(ALL.to_ipv6_mapped(), 2));
        let own = entry(layout, V4, layout.packet_info, &info(2, HERE, ALL));
        let class = entry(layout, V6, layout.v6_class, &1i32.to_ne_bytes());
        let known = Arrival { hops: None, class: None, ..ARRIVED };
        assert_eq!(read(layout, &mapped), Arrival { answers_from: None, ..known });
        assert_eq!(read(layout, &[mapped.clone(), own.clone()].concat()), known);
        assert_eq!(read(layout, &[own, mapped.clone()].concat()), known);
        let told = read(layout, &[mapped, class].concat());
        assert_eq!((told.is_v4, told.class), (true, Some(1)));
    }
}

#[test]
fn foreign_entries_are_passed_over() {
    for layout in &LAYOUTS {
        let foreign = [
            entry(layout, libc::SOL_SOCKET, 29, &[7; 16]),
            entry(layout, V6, 9999, &[7; 3]),
            entry(layout, 17, 104, &[7; 4]),
            entry(layout, V4, 9999, &[]),
        ]
        .concat();
        assert_eq!(read(layout, &[foreign, of_v4(layout, false)].concat()), ARRIVED, "{layout:?}");
    }
}

/// Data too short for what it says it is tells nothing.
#[test]
fn short_data_tells_nothing() {
    for layout in &LAYOUTS {
        let v4 = |kind, data: &[u8]| read(layout, &entry(layout, V4, kind, data));
        let nothing = Arrival { is_v4: true, ..Arrival::default() };
        for len in 0..12 {
            assert_eq!(v4(layout.packet_info, &vec![1; len]), nothing, "{layout:?} {len}");
        }
        for len in [0, 2, 3] {
            assert_eq!(v4(layout.ttl, &vec![1; len]), nothing, "{layout:?} {len}");
            assert_eq!(v4(layout.tos, &vec![1; len]), nothing, "{layout:?} {len}");
        }
        for len in 0..20 {
            let bytes = entry(layout, V6, layout.v6_packet_info, &vec![1; len]);
            assert_eq!(read(layout, &bytes), Arrival::default(), "{layout:?} {len}");
        }
    }
}

/// Cut anywhere, host bytes tell what the whole entries before the cut say.
#[test]
fn host_bytes_may_end_anywhere() {
    for layout in &LAYOUTS {
        let bytes = of_v4(layout, false);
        let head = (layout.length + 8).next_multiple_of(layout.align);
        let (first, second) = (head + 12, entry(layout, V4, layout.packet_info, &[0; 12]).len() + head + 4);
        for len in 0..bytes.len() {
            let told = read(layout, &bytes[..len]);
            assert_eq!(told.destination.is_some(), len >= first, "{layout:?} {len}");
            assert_eq!(told.hops.is_some(), len >= second, "{layout:?} {len}");
        }
    }
}

/// Whatever length an entry claims, the walk ends, inside the bytes.
#[test]
fn lengths_are_not_believed() {
    for layout in &LAYOUTS {
        let head = (layout.length + 8).next_multiple_of(layout.align);
        let lies = (0..=head as u64 + 40).chain([u64::MAX, u64::MAX - 7, i64::MAX as u64, 1 << 32]);
        for lie in lies {
            let mut bytes = of_v4(layout, false);
            bytes[..layout.length].copy_from_slice(&lie.to_ne_bytes()[..layout.length]);
            let claimed = if layout.length == 4 { lie & 0xffff_ffff } else { lie };
            let told = read(layout, &bytes);
            let possible = (head as u64..=bytes.len() as u64).contains(&claimed);
            assert_eq!(told == Arrival::default(), !possible, "{layout:?} {lie:#x}");
        }
    }
}

const EVERYTHING: Facts = Facts(u64::MAX);

/// What the WSA_CMSG macros would find: level, type, data.
fn walk(bytes: &[u8], word: usize) -> Vec<(i32, i32, Vec<u8>)> {
    let head = (word + 8).next_multiple_of(word);
    let mut found = Vec::new();
    let mut at = 0;
    while at + head <= bytes.len() {
        let mut length = [0; 8];
        length[..word].copy_from_slice(&bytes[at..at + word]);
        let length = u64::from_le_bytes(length) as usize;
        let number = |at: usize| i32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
        found.push((number(at + word), number(at + word + 4), bytes[at + head..at + length].to_vec()));
        at += length.next_multiple_of(word);
    }
    found
}

fn int_bytes(value: i32) -> Vec<u8> {
    value.to_ne_bytes().to_vec()
}

fn all_of_v4() -> Vec<(i32, i32, Vec<u8>)> {
    vec![
        (0, 19, vec![192, 0, 2, 255, 2, 0, 0, 0]),
        (0, 4, int_bytes(64)),
        (0, 3, int_bytes(0xb9)),
        (0, 50, int_bytes(1)),
    ]
}

fn all_of_v6() -> Vec<(i32, i32, Vec<u8>)> {
    let info = [&HERE6.octets()[..], &3u32.to_ne_bytes()].concat();
    vec![(41, 19, info), (41, 21, int_bytes(255)), (41, 39, int_bytes(0xb9)), (41, 50, int_bytes(1))]
}

/// F315–F317, and IP_ECN.
#[test]
fn everything_in_windows_numbers() {
    for word in [4, 8] {
        for (arrival, expected) in [(&ARRIVED, all_of_v4()), (&ARRIVED6, all_of_v6())] {
            let mut control = Control::new(Control::MOST);
            assert!(control.write_as(arrival, EVERYTHING, word));
            assert_eq!(walk(control.bytes(), word), expected, "words of {word}");
        }
    }
}

/// F314, F315: 24 bytes where words have 8, of which the header says 24; 20 where they have 4.
#[test]
fn packet_information_byte_by_byte() {
    let wanted = Facts(facts::TELLS_INFO);
    let mut control = Control::new(100);
    assert!(control.write_as(&ARRIVED, wanted, 8));
    let wide = [24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 19, 0, 0, 0, 192, 0, 2, 255, 2, 0, 0, 0];
    assert_eq!(control.bytes(), wide);
    assert!(control.write_as(&ARRIVED, wanted, 4));
    let narrow = [20, 0, 0, 0, 0, 0, 0, 0, 19, 0, 0, 0, 192, 0, 2, 255, 2, 0, 0, 0];
    assert_eq!(control.bytes(), narrow);
}

#[test]
fn only_what_the_program_wants() {
    let each = [
        (facts::TELLS_INFO, &ARRIVED, 19),
        (facts::TELLS_TTL, &ARRIVED, 4),
        (facts::TELLS_TOS, &ARRIVED, 3),
        (facts::TELLS_ECN, &ARRIVED, 50),
        (facts::TELLS_V6_INFO, &ARRIVED6, 19),
        (facts::TELLS_V6_HOPS, &ARRIVED6, 21),
        (facts::TELLS_V6_CLASS, &ARRIVED6, 39),
        (facts::TELLS_V6_ECN, &ARRIVED6, 50),
    ];
    for (fact, arrival, kind) in each {
        let mut control = Control::new(100);
        assert!(control.write_as(arrival, Facts(fact), 8));
        let kinds: Vec<i32> = walk(control.bytes(), 8).iter().map(|found| found.1).collect();
        assert_eq!(kinds, [kind]);
        // What is wanted of the other kind of datagram brings nothing with this one.
        let other = if arrival.is_v4 { &ARRIVED6 } else { &ARRIVED };
        assert!(control.write_as(other, Facts(fact), 8));
        assert!(control.bytes().is_empty());
    }
    let mut control = Control::new(0);
    assert!(control.write_as(&ARRIVED, Facts(facts::NEEDS_DESTINATION), 8), "nothing needs no room");
}

#[test]
fn what_the_host_did_not_say_is_left_out() {
    let mut control = Control::new(100);
    for is_v4 in [false, true] {
        assert!(control.write_as(&Arrival { is_v4, ..Arrival::default() }, EVERYTHING, 8));
        assert!(control.bytes().is_empty());
    }
}

/// F311: whole entries in order, as many as fit; nothing in a room for none.
#[test]
fn room_may_end_anywhere() {
    for word in [4, 8] {
        for (arrival, all) in [(&ARRIVED, all_of_v4()), (&ARRIVED6, all_of_v6())] {
            let head = (word + 8usize).next_multiple_of(word);
            for room in 0..=Control::MOST {
                let mut control = Control::new(room);
                let complete = control.write_as(arrival, EVERYTHING, word);
                let (mut fitting, mut end, mut used) = (0, 0, 0);
                for (_, _, data) in &all {
                    let length = head + data.len();
                    if end + length > room {
                        break;
                    }
                    fitting += 1;
                    end += length.next_multiple_of(word);
                    used = end.min(room);
                }
                assert_eq!(complete, fitting == all.len(), "words of {word}, room for {room}");
                assert_eq!(control.bytes().len(), used, "words of {word}, room for {room}");
                assert_eq!(walk(control.bytes(), word), all[..fitting], "words of {word}, room for {room}");
            }
        }
    }
}

#[test]
fn more_room_than_is_ever_needed_changes_nothing() {
    let mut control = Control::new(usize::MAX);
    assert!(control.write_as(&ARRIVED6, EVERYTHING, 8));
    assert_eq!(walk(control.bytes(), 8), all_of_v6());
}
