//! What is read of Windows' control data, and what each host is told.

use super::*;
use crate::platform::{LINUX, MACOS};
use crate::socket::catalog;

fn provider(family: u16, socket_type: i32) -> &'static Provider {
    catalog::of_descriptor(i32::from(family), socket_type).expect("a provider")
}

fn udp4() -> &'static Provider {
    provider(w::AF_INET, w::SOCK_DGRAM)
}

fn udp6() -> &'static Provider {
    provider(w::AF_INET6, w::SOCK_DGRAM)
}

/// Entries as a 64-bit program of Windows' lays them out.
fn entries(of: &[(i32, i32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (level, kind, data) in of {
        bytes.extend((16 + data.len() as u64).to_ne_bytes());
        bytes.extend(level.to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(*data);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
    }
    bytes
}

const WIDE: platform::Control = platform::Control { length: 8, align: 8, ..LINUX.control };

fn read64(bytes: &[u8], provider: &Provider) -> Result<Outgoing, Rule> {
    read_as(&WIDE, bytes, provider)
}

const INFO: [u8; 8] = [192, 0, 2, 7, 3, 0, 0, 0];

fn number(value: i32) -> [u8; 4] {
    value.to_ne_bytes()
}

#[test]
fn every_entry_is_read_and_the_last_of_a_kind_counts() {
    let all = entries(&[
        (w::IPPROTO_IP, w::IP_PKTINFO, &INFO),
        (w::IPPROTO_IP, w::IP_ECN, &number(2)),
        (w::IPPROTO_IP, w::IP_ECN, &number(1)),
        (w::IPPROTO_IP, w::IP_TOS, &number(0xb8)),
        (w::IPPROTO_UDP, w::UDP_SEND_MSG_SIZE, &number(1200)),
    ]);
    let read = read64(&all, udp4()).expect("it is well-formed");
    let source = (IpAddr::from([192, 0, 2, 7]), u32::from_ne_bytes([3, 0, 0, 0]));
    assert_eq!(read.v4, Header { source: Some(source), class: Some(0xb8), ecn: Some(1) });
    assert_eq!((read.v6, read.segment), (Header::default(), Some(1200)));
    assert_eq!(read64(&[], udp4()), Ok(Outgoing::default()));
}

#[test]
fn lengths_are_not_believed() {
    let good = entries(&[(w::IPPROTO_IP, w::IP_ECN, &number(1))]);
    for length in [0, 15, 16, 19, 21, 25, 1 << 40, u64::MAX, u64::MAX - 7] {
        let mut bad = good.clone();
        bad[..8].copy_from_slice(&length.to_ne_bytes());
        assert!(read64(&bad, udp4()).is_err(), "{length}");
    }
    // Without its padding it is whole; without a byte of its data it is not.
    assert!(read64(&good[..20], udp4()).is_ok());
    assert!(read64(&good[..19], udp4()).is_err());
    for short in 0..16 {
        assert_eq!(read64(&good[..short], udp4()), Ok(Outgoing::default()));
    }
}

#[test]
fn sockets_know_the_entries_of_their_levels() {
    let local = provider(w::AF_UNIX, w::SOCK_DGRAM);
    let raw = provider(w::AF_INET, w::SOCK_RAW);
    for (level, kind, takes) in [
        (w::IPPROTO_IP, w::IP_ECN, [true, true, true, false]),
        (w::IPPROTO_IPV6, w::IPV6_ECN, [false, true, false, false]),
        (w::IPPROTO_UDP, w::UDP_SEND_MSG_SIZE, [true, true, false, false]),
        (w::SOL_SOCKET, 1, [false; 4]),
        (w::IPPROTO_IP, w::IP_TTL, [false; 4]),
    ] {
        let entry = entries(&[(level, kind, &number(1))]);
        let taken = [udp4(), udp6(), raw, local].map(|provider| read64(&entry, provider).is_ok());
        assert_eq!(taken, takes, "{level} {kind}");
    }
}

#[test]
fn nobody_says_that_congestion_was_met() {
    for (kind, good, bad) in
        [(w::IP_ECN, [0, 1, 2], [3, 4, -1]), (w::IP_TOS, [0, 0xfc, 0xfe], [3, 0x100, -1])]
    {
        let read = |value| read64(&entries(&[(w::IPPROTO_IP, kind, &number(value))]), udp4()).is_ok();
        assert_eq!((good.map(read), bad.map(read)), ([true; 3], [false; 3]), "{kind}");
    }
}

#[test]
fn ipv4_datagrams_take_a_mapped_source_of_ipv6s_level() {
    let mapped = Ipv4Addr::new(192, 0, 2, 7).to_ipv6_mapped();
    let info = [&mapped.octets()[..], &number(2)[..]].concat();
    let read = read64(&entries(&[(w::IPPROTO_IPV6, w::IPV6_PKTINFO, &info)]), udp6()).expect("well-formed");
    assert_eq!(read.header(true).source, Some((IpAddr::from([192, 0, 2, 7]), 2)));
    assert_eq!(read.header(false).source, Some((IpAddr::from(mapped), 2)));
    let six =
        Outgoing { v6: Header { source: Some((Ipv6Addr::LOCALHOST.into(), 0)), ..read.v6 }, ..read.clone() };
    assert_eq!(six.header(true).source, None);
}

#[test]
fn a_mark_leaves_the_rest_of_the_class() {
    let class = |class, ecn| class_of(&Header { class, ecn, ..Header::default() }, || 0xb9);
    assert_eq!(class(None, None), None);
    assert_eq!(class(None, Some(2)), Some(0xba));
    assert_eq!(class(Some(0x20), Some(1)), Some(0x21));
    assert_eq!(class(Some(0x22), None), Some(0x22));
}

/// The entries of a host, as (level, type, data).
fn told(
    layout: &platform::Control,
    is_v4: bool,
    source: IpAddr,
    segment: Option<u16>,
) -> Vec<(i32, i32, Vec<u8>)> {
    let mut out = [0; 128];
    let used = write(layout, &mut out, Some((source, 5)), Some(2), is_v4, segment);
    let (mut rest, mut all) = (&out[..used], Vec::new());
    while let Some((entry, behind)) = first(layout, rest) {
        all.push((entry.level, entry.kind, entry.data.to_vec()));
        rest = behind;
    }
    assert!(rest.is_empty());
    all
}

#[test]
fn each_host_is_told_in_its_own_layout() {
    let five = 5u32.to_ne_bytes().to_vec();
    let two = number(2).to_vec();
    let info = [five.clone(), vec![192, 0, 2, 7, 0, 0, 0, 0]].concat();
    let v4 = IpAddr::from([192, 0, 2, 7]);
    // Where lengths have 64 bits.
    let linux = platform::Control { length: 8, align: 8, ..LINUX.control };
    let expected = [(0, 8, info.clone()), (0, 1, two.clone()), (17, 103, 1200u16.to_ne_bytes().to_vec())];
    assert_eq!(told(&linux, true, v4, Some(1200)), expected);
    assert_eq!(told(&MACOS.control, true, v4, Some(1200)), [(0, 26, info), (0, 3, two.clone())]);
    let v6 = IpAddr::from(Ipv6Addr::LOCALHOST);
    let info = [Ipv6Addr::LOCALHOST.octets().to_vec(), five].concat();
    assert_eq!(told(&linux, false, v6, None), [(41, 50, info.clone()), (41, 67, two.clone())]);
    assert_eq!(told(&MACOS.control, false, v6, None), [(41, 46, info), (41, 36, two)]);
}
