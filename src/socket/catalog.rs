//! The provider catalogue: the protocols that a socket can be made of, and what each one promises.

use super::framing::{Framing, framing};
use crate::error::WsaError;
use crate::platform::{HOST, Kind};
use crate::reasons;
use crate::windows::consts as w;

/// One catalogue entry.
#[derive(Debug)]
pub(crate) struct Provider {
    /// The place in the catalogue; the catalogue number is one more than 1000.
    pub(crate) index: u8,
    pub(crate) name: &'static str,
    /// Windows' address family, socket type and protocol.
    pub(crate) family: i32,
    pub(crate) socket_type: i32,
    pub(crate) protocol: i32,
    /// dwServiceFlags1 and dwProviderFlags.
    pub(crate) service_flags: u32,
    pub(crate) provider_flags: u32,
    /// iProtocolMaxOffset: how many protocol numbers above `protocol` it serves too.
    pub(crate) protocol_span: i32,
    pub(crate) min_address: i32,
    pub(crate) max_address: i32,
    /// dwMessageSize.
    pub(crate) message_size: u32,
    pub(crate) id: u128,
}

const STREAM_FLAGS: u32 = w::XP1_GUARANTEED_DELIVERY
    | w::XP1_GUARANTEED_ORDER
    | w::XP1_GRACEFUL_CLOSE
    | w::XP1_EXPEDITED_DATA
    | w::XP1_IFS_HANDLES;
const DATAGRAM_FLAGS: u32 = w::XP1_CONNECTIONLESS
    | w::XP1_MESSAGE_ORIENTED
    | w::XP1_SUPPORT_BROADCAST
    | w::XP1_SUPPORT_MULTIPOINT
    | w::XP1_IFS_HANDLES;
/// AF_UNIX streams have no urgent data.
const LOCAL_STREAM_FLAGS: u32 = STREAM_FLAGS & !w::XP1_EXPEDITED_DATA;

/// Messages of any length up to the send buffer's over a virtual circuit: received in parts, or whole.
const LOCAL_WHOLE_FLAGS: u32 = w::XP1_MESSAGE_ORIENTED
    | w::XP1_GUARANTEED_DELIVERY
    | w::XP1_GUARANTEED_ORDER
    | w::XP1_GRACEFUL_CLOSE
    | w::XP1_IFS_HANDLES;
const LOCAL_PARTS_FLAGS: u32 = LOCAL_WHOLE_FLAGS | w::XP1_PARTIAL_MESSAGE;
const LOCAL_DATAGRAM_FLAGS: u32 = (LOCAL_WHOLE_FLAGS & !w::XP1_GRACEFUL_CLOSE) | w::XP1_CONNECTIONLESS;

/// The protocol number of SOCK_SEQPACKET over AF_UNIX whose messages can be received in parts.
///
/// Windows has no such sockets: without one of these three numbers, or a record of WSAEnumProtocols,
/// `socket(AF_UNIX, SOCK_SEQPACKET, 0)` and `socket(AF_UNIX, SOCK_DGRAM, 0)` fail with WSAESOCKTNOSUPPORT
/// as they do there.
pub const UNIXPROTO_PARTS: i32 = 0x5753_0001;
/// The protocol number of SOCK_SEQPACKET over AF_UNIX whose messages are received whole or not at all.
pub const UNIXPROTO_WHOLE: i32 = 0x5753_0002;
/// The protocol number of SOCK_DGRAM over AF_UNIX, whose messages are never lost.
pub const UNIXPROTO_DATAGRAM: i32 = 0x5753_0003;

const ZERO: u32 = w::PFL_MATCHES_PROTOCOL_ZERO;
/// Only for those who ask for it by its number.
const ASKED: u32 = 0;
const RAW: u32 = w::PFL_MATCHES_PROTOCOL_ZERO | w::PFL_HIDDEN;

macro_rules! providers {
    ($($index:literal $name:literal $family:ident $type:ident $protocol:expr, $service:ident $flags:ident
       $span:literal $min:literal $max:literal $message:literal $id:literal;)*) => {
        static PROVIDERS: &[Provider] = &[$(Provider {
            index: $index, name: $name, family: w::$family as i32, socket_type: w::$type,
            protocol: $protocol, service_flags: $service, provider_flags: $flags, protocol_span: $span,
            min_address: $min, max_address: $max, message_size: $message, id: $id,
        }),*];
    };
}

// index, name, family, type, protocol; service flags (F285–F287), provider flags; span, shortest and
// longest address, longest message (0 for a stream, 1 for what SO_MAX_MSG_SIZE tells), provider id (ours).
providers! {
    0 "OpenWS2 TCP/IP"     AF_INET  SOCK_STREAM 6,  STREAM_FLAGS ZERO   0 16 16 0 0x4f70656e_5753_4032_8000_000000000001;
    1 "OpenWS2 TCP/IPv6"   AF_INET6 SOCK_STREAM 6,  STREAM_FLAGS ZERO   0 28 28 0 0x4f70656e_5753_4032_8000_000000000002;
    2 "OpenWS2 UDP/IP"     AF_INET  SOCK_DGRAM 17,  DATAGRAM_FLAGS ZERO 0 16 16 65507 0x4f70656e_5753_4032_8000_000000000003;
    3 "OpenWS2 UDP/IPv6"   AF_INET6 SOCK_DGRAM 17,  DATAGRAM_FLAGS ZERO 0 28 28 65527 0x4f70656e_5753_4032_8000_000000000004;
    4 "OpenWS2 RAW/IP"     AF_INET  SOCK_RAW 0,     DATAGRAM_FLAGS RAW  255 16 16 32768 0x4f70656e_5753_4032_8000_000000000005;
    5 "OpenWS2 RAW/IPv6"   AF_INET6 SOCK_RAW 0,     DATAGRAM_FLAGS RAW  255 28 28 32768 0x4f70656e_5753_4032_8000_000000000006;
    6 "OpenWS2 local stream" AF_UNIX SOCK_STREAM 0, LOCAL_STREAM_FLAGS ZERO 0 2 110 0 0x4f70656e_5753_4032_8000_000000000007;
    7 "OpenWS2 local messages in parts" AF_UNIX SOCK_SEQPACKET UNIXPROTO_PARTS, LOCAL_PARTS_FLAGS ASKED 0 2 110 1 0x4f70656e_5753_4032_8000_000000000008;
    8 "OpenWS2 local messages" AF_UNIX SOCK_SEQPACKET UNIXPROTO_WHOLE, LOCAL_WHOLE_FLAGS ASKED 0 2 110 1 0x4f70656e_5753_4032_8000_000000000009;
    9 "OpenWS2 local datagrams" AF_UNIX SOCK_DGRAM UNIXPROTO_DATAGRAM, LOCAL_DATAGRAM_FLAGS ASKED 0 2 110 1 0x4f70656e_5753_4032_8000_00000000000a;
}

impl Provider {
    /// A byte stream whatever a call asks for.
    pub(crate) fn is_stream(&self) -> bool {
        framing(self.service_flags, 0) == Framing::ByteStream
    }

    pub(crate) fn is_circuit(&self) -> bool {
        self.service_flags & w::XP1_CONNECTIONLESS == 0
    }

    pub(crate) fn is_reliable(&self) -> bool {
        self.service_flags & w::XP1_GUARANTEED_DELIVERY != 0
    }

    /// Messages can be sent and received in parts.
    pub(crate) fn has_parts(&self) -> bool {
        self.service_flags & w::XP1_PARTIAL_MESSAGE != 0
    }

    /// What the host is asked for: it has no numbers for the protocols of AF_UNIX.
    pub(crate) fn host_protocol(&self, protocol: i32) -> i32 {
        if self.is_local() { 0 } else { protocol }
    }

    /// macOS has no SOCK_SEQPACKET for AF_UNIX. To frame messages over a stream would need this library at
    /// both ends, which no socket of the host's can promise; so the types are not there at all.
    fn is_here(&self) -> bool {
        self.socket_type != w::SOCK_SEQPACKET || HOST.unix_seqpacket
    }

    /// Whether a request with this protocol number can see the entry.
    fn is_open_to(&self, protocol: i32) -> bool {
        self.provider_flags != ASKED || self.protocol == protocol
    }

    /// What the errno table distinguishes.
    pub(crate) fn kind(&self) -> Kind {
        match self.socket_type {
            w::SOCK_STREAM => Kind::Stream,
            w::SOCK_DGRAM => Kind::Datagram,
            w::SOCK_SEQPACKET => Kind::Message,
            _ => Kind::Raw,
        }
    }

    pub(crate) fn is_ipv6(&self) -> bool {
        self.family == i32::from(w::AF_INET6)
    }

    pub(crate) fn is_local(&self) -> bool {
        self.family == i32::from(w::AF_UNIX)
    }

    pub(crate) fn is_udp(&self) -> bool {
        self.socket_type == w::SOCK_DGRAM && !self.is_local()
    }

    pub(crate) fn catalog_number(&self) -> u32 {
        1001 + u32::from(self.index)
    }

    fn serves_protocol(&self, protocol: i32) -> bool {
        protocol == self.protocol
            || (protocol == 0 && self.provider_flags & ZERO != 0)
            || (self.protocol_span > 0 && (0..=self.protocol_span).contains(&(protocol - self.protocol)))
    }
}

/// The whole catalogue of this host, hidden entries too.
pub(crate) fn all() -> impl Iterator<Item = &'static Provider> {
    PROVIDERS.iter().filter(|provider| provider.is_here())
}

pub(crate) fn by_index(index: u8) -> &'static Provider {
    &PROVIDERS[usize::from(index).min(PROVIDERS.len() - 1)]
}

/// The entry that a request for these three gets, and the protocol that the socket then has.
///
/// The order of refusals is Windows' (F290): nothing asked for at all, the type, the family, the protocol.
pub(crate) fn choose(
    family: i32,
    socket_type: i32,
    protocol: i32,
) -> Result<(&'static Provider, i32), WsaError> {
    let unspecified = family == i32::from(w::AF_UNSPEC);
    if unspecified && protocol == 0 {
        return Err(refuse(WsaError::WSAEINVAL, "neither the family nor the protocol is named"));
    }
    if socket_type != 0 && !(w::SOCK_STREAM..=w::SOCK_SEQPACKET).contains(&socket_type) {
        return Err(refuse(WsaError::WSAESOCKTNOSUPPORT, "no such type"));
    }
    // Windows 11 takes AF_INET6 here, earlier ones AF_INET.
    let family = if unspecified { i32::from(w::AF_INET) } else { family };
    let of_family = || all().filter(move |p| p.family == family && p.is_open_to(protocol));
    if of_family().next().is_none() {
        return Err(refuse(WsaError::WSAEAFNOSUPPORT, "no such family; families are looked at after types"));
    }
    let of_type = || of_family().filter(move |p| socket_type == 0 || p.socket_type == socket_type);
    if of_type().next().is_none() {
        return Err(refuse(WsaError::WSAESOCKTNOSUPPORT, "the family has no such type"));
    }
    let chosen = of_type()
        .find(|p| p.serves_protocol(protocol))
        .ok_or_else(|| refuse(WsaError::WSAEPROTONOSUPPORT, "no such protocol, or not of this type"))?;
    let protocol = if protocol == 0 { chosen.protocol } else { protocol };
    Ok((chosen, protocol))
}

fn refuse(error: WsaError, why: &'static str) -> WsaError {
    reasons::refuse(error, "F290", why)
}

/// The entry that fits a descriptor which the program made without this library.
pub(crate) fn of_descriptor(family: i32, socket_type: i32) -> Option<&'static Provider> {
    all().find(|p| p.family == family && p.socket_type == socket_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(family: u16, socket_type: i32, protocol: i32) -> Option<WsaError> {
        choose(i32::from(family), socket_type, protocol).err()
    }

    fn chosen(family: u16, socket_type: i32, protocol: i32) -> Option<(i32, i32)> {
        choose(i32::from(family), socket_type, protocol).ok().map(|(p, proto)| (p.socket_type, proto))
    }

    #[test]
    fn entries_stand_at_their_index() {
        assert!(PROVIDERS.iter().enumerate().all(|(i, p)| usize::from(p.index) == i));
        assert!(PROVIDERS.len() <= 16, "four bits in the facts");
    }

    /// F290, and two faults at once give Windows' one.
    #[test]
    fn refusals_come_in_windows_order() {
        assert_eq!(refused(0, 99, 0), Some(WsaError::WSAEINVAL));
        assert_eq!(refused(0, 1, 0), Some(WsaError::WSAEINVAL));
        assert_eq!(refused(99, 99, 99), Some(WsaError::WSAESOCKTNOSUPPORT));
        assert_eq!(refused(99, 1, 99), Some(WsaError::WSAEAFNOSUPPORT));
        assert_eq!(refused(2, 1, 99), Some(WsaError::WSAEPROTONOSUPPORT));
        assert_eq!(refused(2, 2, 6), Some(WsaError::WSAEPROTONOSUPPORT));
        assert_eq!(refused(2, 1, 17), Some(WsaError::WSAEPROTONOSUPPORT));
        // G229: AF_UNIX has streams only.
        assert_eq!(refused(1, 2, 0), Some(WsaError::WSAESOCKTNOSUPPORT));
        assert_eq!(refused(1, 5, 0), Some(WsaError::WSAESOCKTNOSUPPORT));
        assert_eq!(refused(1, 2, 17), Some(WsaError::WSAESOCKTNOSUPPORT));
    }

    /// What Windows does not have answers only to its own number, and to no type but its own.
    #[test]
    fn extensions_are_for_those_who_ask() {
        for (socket_type, protocol) in [(5, UNIXPROTO_PARTS), (5, UNIXPROTO_WHOLE), (2, UNIXPROTO_DATAGRAM)] {
            let here = socket_type != 5 || HOST.unix_seqpacket;
            let expected = here.then_some((socket_type, protocol));
            assert_eq!(chosen(1, socket_type, protocol), expected);
            assert_eq!(chosen(1, 0, protocol), expected);
            assert_eq!(refused(1, 7 - socket_type, protocol), Some(WsaError::WSAESOCKTNOSUPPORT));
            assert_eq!(refused(1, 1, protocol), Some(WsaError::WSAEPROTONOSUPPORT));
            assert!(refused(2, socket_type, protocol).is_some());
        }
        assert_eq!(chosen(1, 0, 0), Some((1, 0)));
    }

    #[test]
    fn messages_are_kept_by_circuits_and_by_local_datagrams_only() {
        let keeps = |p: &&Provider| p.is_reliable() && !p.is_stream();
        let kept: Vec<u8> = PROVIDERS.iter().filter(keeps).map(|p| p.index).collect();
        assert_eq!(kept, [7, 8, 9]);
        assert!(PROVIDERS[7].has_parts() && PROVIDERS.iter().filter(|p| p.has_parts()).count() == 1);
    }

    #[test]
    fn zeroes_take_the_obvious_entry() {
        assert_eq!(chosen(2, 0, 0), Some((1, 6)));
        assert_eq!(chosen(2, 0, 17), Some((2, 17)));
        assert_eq!(chosen(0, 2, 17), Some((2, 17)));
        assert_eq!(chosen(2, 3, 1), Some((3, 1)));
    }

    /// F285, F286.
    #[test]
    fn service_flags_are_as_observed() {
        assert_eq!(PROVIDERS[0].service_flags, 0x20066);
        assert_eq!(PROVIDERS[2].service_flags, 0x20609);
    }
}
