//! Control data: from what the host tells of a datagram to Windows' layout of it. Bytes in, bytes out; no
//! host is called, and nothing that a host or a program says about lengths is believed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::platform;
use crate::socket::facts::{self, Facts};
use crate::windows::consts as w;

/// What a host says of a datagram that has arrived.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Arrival {
    /// An IPv4 datagram, whatever the socket's family.
    pub(super) is_v4: bool,
    /// The destination in the datagram's header.
    pub(super) destination: Option<IpAddr>,
    /// The interface that it came in by; 0 if the host does not say.
    pub(super) interface: u32,
    /// The address of this host that an answer would come from, where the host says so.
    pub(super) answers_from: Option<Ipv4Addr>,
    pub(super) hops: Option<i32>,
    pub(super) class: Option<i32>,
}

/// Reads a host's control data, up to the first entry that makes no sense.
pub(super) fn read(layout: &platform::Control, bytes: &[u8]) -> Arrival {
    let mut arrival = Arrival::default();
    let mut rest = bytes;
    while let Some((entry, behind)) = first(layout, rest) {
        arrival.note(layout, &entry);
        rest = behind;
    }
    arrival
}

/// One entry of control data.
pub(super) struct Entry<'a> {
    pub(super) level: i32,
    pub(super) kind: i32,
    pub(super) data: &'a [u8],
}

/// The entry that the bytes begin with, and what is behind it.
pub(super) fn first<'a>(layout: &platform::Control, bytes: &'a [u8]) -> Option<(Entry<'a>, &'a [u8])> {
    let (length, fields) = bytes.split_at_checked(layout.length)?;
    let length = match length.len() {
        8 => usize::try_from(u64::from_ne_bytes(length.try_into().ok()?)).ok()?,
        _ => usize::try_from(u32::from_ne_bytes(length.try_into().ok()?)).ok()?,
    };
    let head = (layout.length + 8).next_multiple_of(layout.align);
    let data = bytes.get(head..length)?;
    let entry = Entry { level: int(fields)?, kind: int(fields.get(4..)?)?, data };
    let next = length.checked_next_multiple_of(layout.align)?.min(bytes.len());
    Some((entry, &bytes[next..]))
}

/// A number of the processor's, from the front of these bytes.
pub(super) fn int(bytes: &[u8]) -> Option<i32> {
    Some(i32::from_ne_bytes(*bytes.first_chunk()?))
}

/// An int, which hosts shorten to a byte at times.
fn number(data: &[u8]) -> Option<i32> {
    if let [byte] = data { Some(i32::from(*byte)) } else { int(data) }
}

impl Arrival {
    fn note(&mut self, layout: &platform::Control, entry: &Entry<'_>) {
        let data = entry.data;
        match entry.level {
            w::IPPROTO_IP => {
                self.is_v4 = true;
                match entry.kind {
                    kind if kind == layout.packet_info => self.note_info(data),
                    kind if kind == layout.ttl => self.hops = number(data).or(self.hops),
                    kind if kind == layout.tos => self.class = number(data).or(self.class),
                    _ => {}
                }
            }
            w::IPPROTO_IPV6 => match entry.kind {
                kind if kind == layout.v6_packet_info => self.note_v6_info(data),
                kind if kind == layout.v6_hops => self.hops = self.hops.or(number(data)),
                kind if kind == layout.v6_class => self.class = self.class.or(number(data)),
                _ => {}
            },
            _ => {}
        }
    }

    /// in_pktinfo, on both hosts: the interface, the address to answer from, the destination (F315).
    fn note_info(&mut self, data: &[u8]) {
        if let Some([i0, i1, i2, i3, a0, a1, a2, a3, d0, d1, d2, d3]) = data.first_chunk() {
            self.interface = u32::from_ne_bytes([*i0, *i1, *i2, *i3]);
            let answers_from = Ipv4Addr::new(*a0, *a1, *a2, *a3);
            self.answers_from = Some(answers_from).filter(|address| !address.is_unspecified());
            self.destination = Some(Ipv4Addr::new(*d0, *d1, *d2, *d3).into());
        }
    }

    /// in6_pktinfo, everywhere: the destination, the interface. IPv4 datagrams show as mapped addresses.
    fn note_v6_info(&mut self, data: &[u8]) {
        let Some((address, interface)) = data.split_first_chunk::<16>() else { return };
        let Some(interface) = int(interface) else { return };
        let destination = Ipv6Addr::from(*address).to_canonical();
        self.is_v4 |= destination.is_ipv4();
        if self.destination.is_none() {
            self.destination = Some(destination);
            self.interface = interface as u32;
        }
    }
}

/// Control data for the program.
pub(crate) struct Control {
    bytes: [u8; Self::MOST],
    /// How much of it the program has room for.
    room: usize,
    used: usize,
}

impl Control {
    /// What all options together need: an IN6_PKTINFO and three numbers.
    const MOST: usize = 128;

    /// Control data in at most `room` bytes.
    pub(crate) fn new(room: usize) -> Self {
        Self { bytes: [0; Self::MOST], room: room.min(Self::MOST), used: 0 }
    }

    /// The control data, without what the program has no room for.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.used]
    }

    /// Writes what the program wants to know of a datagram; false if there is no room for all of it.
    pub(super) fn write(&mut self, arrival: &Arrival, wanted: Facts) -> bool {
        self.write_as(arrival, wanted, size_of::<usize>())
    }

    fn write_as(&mut self, arrival: &Arrival, wanted: Facts, word: usize) -> bool {
        let mut writer = Writer { out: &mut self.bytes[..self.room], used: 0, word, complete: true };
        let (level, entries) = arrival.entries();
        for (fact, kind, data) in entries {
            if let (true, Some(data)) = (wanted.any(fact), data) {
                writer.put(level, kind, data.bytes());
            }
        }
        let (used, complete) = (writer.used, writer.complete);
        self.used = used;
        complete
    }
}

/// The data of one entry; an IN6_PKTINFO is the longest.
struct Data {
    bytes: [u8; 20],
    length: usize,
}

impl Data {
    fn of(parts: [&[u8]; 2]) -> Self {
        let mut data = Self { bytes: [0; 20], length: 0 };
        for part in parts {
            data.bytes[data.length..][..part.len()].copy_from_slice(part);
            data.length += part.len();
        }
        data
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// The bits of TOS and traffic class that are the congestion mark.
pub(super) const ECN: i32 = 3;

impl Arrival {
    /// What Windows could tell: the level, and each option with the type and the data of its entry.
    ///
    /// IPv4 datagrams are told of at IPv4's level, on dual-stack sockets too (G220).
    fn entries(&self) -> (i32, [(u64, i32, Option<Data>); 4]) {
        let number = |value: Option<i32>| value.map(|value| Data::of([&value.to_ne_bytes(), &[]]));
        let (hops, class) = (number(self.hops), number(self.class));
        let ecn = number(self.class.map(|class| class & ECN));
        if self.is_v4 {
            let entries = [
                (facts::TELLS_INFO, w::IP_PKTINFO, self.info()),
                (facts::TELLS_TTL, w::IP_TTL, hops),
                (facts::TELLS_TOS, w::IP_TOS, class),
                (facts::TELLS_ECN, w::IP_ECN, ecn),
            ];
            (w::IPPROTO_IP, entries)
        } else {
            let entries = [
                (facts::TELLS_V6_INFO, w::IPV6_PKTINFO, self.info()),
                (facts::TELLS_V6_HOPS, w::IPV6_HOPLIMIT, hops),
                (facts::TELLS_V6_CLASS, w::IPV6_TCLASS, class),
                (facts::TELLS_V6_ECN, w::IPV6_ECN, ecn),
            ];
            (w::IPPROTO_IPV6, entries)
        }
    }

    /// IN_PKTINFO or IN6_PKTINFO: the destination, the interface.
    fn info(&self) -> Option<Data> {
        let interface = self.interface.to_ne_bytes();
        Some(match self.destination? {
            IpAddr::V4(destination) => Data::of([&destination.octets(), &interface]),
            IpAddr::V6(destination) => Data::of([&destination.octets(), &interface]),
        })
    }
}

/// Writes WSACMSGHDRs, each with its data, as the WSA_CMSG macros find them; or a host's entries, which differ
/// from those in the width of their lengths alone.
pub(super) struct Writer<'a> {
    pub(super) out: &'a mut [u8],
    pub(super) used: usize,
    /// `sizeof(SIZE_T)`, which is also what entries and data are aligned to.
    pub(super) word: usize,
    /// There was room for all so far.
    pub(super) complete: bool,
}

impl Writer<'_> {
    /// Adds an entry, if there is room for the whole of it and was for those before it.
    pub(super) fn put(&mut self, level: i32, kind: i32, data: &[u8]) {
        let head = (self.word + 8).next_multiple_of(self.word);
        let length = head + data.len();
        let left = &mut self.out[self.used..];
        self.complete &= length <= left.len();
        if !self.complete {
            return;
        }
        // The padding of the last entry counts where there is room for it (F314).
        let whole = length.next_multiple_of(self.word).min(left.len());
        left[..whole].fill(0);
        match self.word {
            8 => left[..8].copy_from_slice(&(length as u64).to_ne_bytes()),
            _ => left[..4].copy_from_slice(&(length as u32).to_ne_bytes()),
        }
        left[self.word..][..4].copy_from_slice(&level.to_ne_bytes());
        left[self.word + 4..][..4].copy_from_slice(&kind.to_ne_bytes());
        left[head..length].copy_from_slice(data);
        self.used += whole;
    }
}

#[cfg(test)]
mod tests;
