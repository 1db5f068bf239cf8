//! Control data of a send: from Windows' layout to what the program wants, and from that to the host's
//! layout. Nothing that a program says about lengths is believed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use super::control::{ECN, Writer, first, int};
use crate::platform::{self, HOST};
use crate::reasons::{self, Rule};
use crate::socket::address::HostAddr;
use crate::socket::catalog::Provider;
use crate::socket::table::Socket;
use crate::status::NtStatus;
use crate::sys::host_option::{self as at, At};
use crate::sys::{self, ControlRoom};
use crate::windows::consts as w;

/// What a send is to do besides.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Outgoing {
    v4: Header,
    v6: Header,
    /// How many bytes each datagram has; 0 is not to cut.
    segment: Option<u32>,
}

/// What the header of a datagram is to have.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
struct Header {
    /// The address that it comes from and the interface that it leaves by; each can be unspecified.
    source: Option<(IpAddr, u32)>,
    /// The type of service, or the traffic class.
    class: Option<i32>,
    /// The lowest two bits of that.
    ecn: Option<i32>,
}

/// Windows' layout, which is that of a host whose lengths are as wide as pointers.
const WINDOWS: platform::Control =
    platform::Control { length: size_of::<usize>(), align: size_of::<usize>(), ..HOST.control };

const MALFORMED: Rule = Rule::new(
    "",
    "an entry of the control data says of itself that it is shorter than its head or ends behind them",
);
const UNKNOWN: Rule = Rule::new(
    "",
    "the control data have an entry that such a socket does not know, or one of another length",
);
const CONGESTION: Rule =
    Rule::new("", "a program cannot say that a datagram has met congestion, nor what has more than two bits");

/// Reads Windows' control data.
pub(crate) fn read(bytes: &[u8], provider: &Provider) -> Result<Outgoing, NtStatus> {
    read_as(&WINDOWS, bytes, provider).map_err(|rule| {
        reasons::refused(rule);
        NtStatus::INVALID_PARAMETER
    })
}

fn read_as(layout: &platform::Control, bytes: &[u8], provider: &Provider) -> Result<Outgoing, Rule> {
    let head = (layout.length + 8).next_multiple_of(layout.align);
    let mut outgoing = Outgoing::default();
    let mut rest = bytes;
    // What is too short for another entry is not looked at, as by WSA_CMSG_NXTHDR.
    while rest.len() >= head {
        let (entry, behind) = first(layout, rest).ok_or(MALFORMED)?;
        let knows = match entry.level {
            w::IPPROTO_IP => !provider.is_local(),
            w::IPPROTO_IPV6 => provider.is_ipv6(),
            w::IPPROTO_UDP => provider.is_udp(),
            _ => false,
        };
        if !knows {
            return Err(UNKNOWN);
        }
        outgoing.note(entry.level, entry.kind, entry.data)?;
        rest = behind;
    }
    Ok(outgoing)
}

impl Outgoing {
    /// How many bytes each datagram is to have, if the program says so; 0 is not to cut.
    pub(crate) fn segment(&self) -> Option<u32> {
        self.segment
    }

    /// Datagrams of this many bytes, if the program has not said otherwise.
    pub(crate) fn cut_unless_said(&mut self, size: u32) {
        self.segment.get_or_insert(size);
    }

    /// Whether such a datagram was to come from where the host is not.
    pub(super) fn is_source_absent(&self, is_v4: bool) -> bool {
        self.header(is_v4).source.is_some_and(|(address, interface)| {
            let scope = if is_link_local(&address) { interface } else { 0 };
            let no_interface = interface != 0 && !sys::is_interface(interface);
            no_interface || !(address.is_unspecified() || sys::is_own_address(&host_name(address, scope)))
        })
    }

    fn note(&mut self, level: i32, kind: i32, data: &[u8]) -> Result<(), Rule> {
        match (level, kind) {
            (w::IPPROTO_IP, w::IP_PKTINFO) => {
                let &[a0, a1, a2, a3, ref interface @ ..] = exactly::<8>(data)?;
                let address = Ipv4Addr::new(a0, a1, a2, a3);
                self.v4.source = Some((address.into(), u32::from_ne_bytes(*interface)));
            }
            (w::IPPROTO_IPV6, w::IPV6_PKTINFO) => {
                let (address, interface) = exactly::<20>(data)?.split_at(16);
                let octets: [u8; 16] = address.try_into().map_err(|_| UNKNOWN)?;
                let interface = int(interface).ok_or(UNKNOWN)? as u32;
                self.v6.source = Some((Ipv6Addr::from(octets).into(), interface));
            }
            (w::IPPROTO_IP, w::IP_TOS) => self.v4.class = Some(class(data)?),
            (w::IPPROTO_IPV6, w::IPV6_TCLASS) => self.v6.class = Some(class(data)?),
            (w::IPPROTO_IP, w::IP_ECN) => self.v4.ecn = Some(ecn(data)?),
            (w::IPPROTO_IPV6, w::IPV6_ECN) => self.v6.ecn = Some(ecn(data)?),
            (w::IPPROTO_UDP, w::UDP_SEND_MSG_SIZE) => {
                self.segment = Some(u32::from_ne_bytes(*exactly(data)?));
            }
            _ => return Err(UNKNOWN),
        }
        Ok(())
    }

    fn has_header(&self) -> bool {
        self.v4 != Header::default() || self.v6 != Header::default()
    }

    /// The header of a datagram; an IPv4 one's source may be given as IPv6's level has it.
    fn header(&self, is_v4: bool) -> Header {
        if !is_v4 {
            return self.v6.clone();
        }
        let mapped =
            |source: &(IpAddr, u32)| Some((source.0.to_canonical(), source.1)).filter(|s| s.0.is_ipv4());
        Header {
            source: self.v4.source.or_else(|| self.v6.source.as_ref().and_then(mapped)),
            ..self.v4.clone()
        }
    }
}

fn is_link_local(address: &IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}

fn host_name(address: IpAddr, scope: u32) -> HostAddr {
    HostAddr::from(match address.to_canonical() {
        IpAddr::V4(address) => SocketAddr::from((address, 0)),
        IpAddr::V6(address) => SocketAddrV6::new(address, 0, 0, scope).into(),
    })
}

fn exactly<const N: usize>(data: &[u8]) -> Result<&[u8; N], Rule> {
    data.try_into().map_err(|_| UNKNOWN)
}

/// A congestion mark: that it has met congestion is not a sender's to say.
fn ecn(data: &[u8]) -> Result<i32, Rule> {
    let mark = i32::from_ne_bytes(*exactly(data)?);
    if (0..ECN).contains(&mark) { Ok(mark) } else { Err(CONGESTION) }
}

fn class(data: &[u8]) -> Result<i32, Rule> {
    let class = i32::from_ne_bytes(*exactly(data)?);
    if (0..256).contains(&class) && class & ECN != ECN { Ok(class) } else { Err(CONGESTION) }
}

/// What the host is told of a message: what the program wants, and into how long pieces it is to cut it.
pub(super) fn for_host(
    with: Option<&Outgoing>,
    socket: &Socket,
    to: Option<&HostAddr>,
    segment: Option<u16>,
) -> Option<ControlRoom> {
    if with.is_none() && segment.is_none() {
        return None;
    }
    let with = with.filter(|with| with.has_header());
    let is_v4 = with.is_some() && goes_by_v4(socket, to);
    let header = with.map(|with| with.header(is_v4)).unwrap_or_default();
    let class = class_of(&header, || {
        let at: Option<At> = if is_v4 { at::TOS } else { at::V6_TRAFFIC_CLASS };
        sys::get_at(socket.fd(), at).unwrap_or(0)
    });
    let room = ControlRoom::written(|out| write(&HOST.control, out, header.source, class, is_v4, segment));
    (!room.bytes().is_empty()).then_some(room)
}

/// Whether what is sent is an IPv4 datagram, also from a socket of both worlds.
pub(super) fn goes_by_v4(socket: &Socket, to: Option<&HostAddr>) -> bool {
    if !socket.facts().provider().is_ipv6() {
        return true;
    }
    let peer = if to.is_none() { sys::peer_name(socket.fd()).ok() } else { None };
    let address = to.or(peer.as_ref()).and_then(HostAddr::ip);
    address.is_some_and(|address| address.to_canonical().is_ipv4())
}

/// The whole class, if any part of it is asked for; `usual` is the socket's.
fn class_of(header: &Header, usual: impl FnOnce() -> i32) -> Option<i32> {
    match (header.class, header.ecn) {
        (class, None) => class,
        (class, Some(ecn)) => Some((class.unwrap_or_else(usual) & !ECN) | ecn),
    }
}

fn write(
    layout: &platform::Control,
    out: &mut [u8],
    source: Option<(IpAddr, u32)>,
    class: Option<i32>,
    is_v4: bool,
    segment: Option<u16>,
) -> usize {
    let mut writer = Writer { out, used: 0, word: layout.length, complete: true };
    match source {
        Some((IpAddr::V4(address), interface)) => {
            // The interface, the source, and a destination that is told on receiving only.
            let mut info = [0; 12];
            info[..4].copy_from_slice(&interface.to_ne_bytes());
            info[4..8].copy_from_slice(&address.octets());
            writer.put(w::IPPROTO_IP, layout.packet_info, &info);
        }
        Some((IpAddr::V6(address), interface)) => {
            let mut info = [0; 20];
            info[..16].copy_from_slice(&address.octets());
            info[16..].copy_from_slice(&interface.to_ne_bytes());
            writer.put(w::IPPROTO_IPV6, layout.v6_packet_info, &info);
        }
        None => {}
    }
    if let Some(class) = class {
        let (level, kind) = match is_v4 {
            true => (w::IPPROTO_IP, layout.send_tos),
            false => (w::IPPROTO_IPV6, layout.v6_class),
        };
        writer.put(level, kind, &class.to_ne_bytes());
    }
    if let (Some(bytes), Some((level, kind))) = (segment, layout.segment) {
        writer.put(level, kind, &bytes.to_ne_bytes());
    }
    writer.used
}

#[cfg(test)]
mod tests;
