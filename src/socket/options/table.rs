//! The options as data: one row each, sorted by level and name. No behaviour beyond finding a row.

use super::multicast as m;
use super::path as p;
use super::special as s;
use super::udp as u;
use crate::error::WsaError;
use crate::socket::catalog::Provider;
use crate::socket::facts;
use crate::socket::table::Socket;
use crate::sys::At;
use crate::sys::host_option as at;
use crate::windows::consts as w;

/// What a value looks like, and so what its lengths do (F265–F271).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// SOL_SOCKET: four bytes, and any length from there on.
    Integer,
    /// The same, and a read that is refused for its length clears the caller's bytes (F267).
    Size,
    /// The same for LINGER: two numbers of two bytes.
    Linger,
    /// SOL_SOCKET BOOL of four bytes; a set takes any length, a read any but 0 (F268).
    Flag,
    /// A BOOLEAN of one byte, whatever length is given (F269).
    ByteFlag,
    /// BOOL of a protocol's level: four bytes (F271).
    ProtocolFlag,
    /// The same for a number.
    ProtocolInteger,
    /// A number that programs set with one byte or with four, as they came from elsewhere.
    Small,
    /// A structure of so many bytes, set only.
    Struct(usize),
    /// The option is all; its value is not looked at.
    Nothing,
}

pub(super) type Get = fn(&Socket) -> Result<i32, WsaError>;
pub(super) type Set = fn(&Socket, i32) -> Result<(), WsaError>;
pub(super) type Give = fn(&Socket, &[u8]) -> Result<(), WsaError>;

/// How an option is honoured.
#[derive(Clone, Copy)]
pub(super) enum How {
    /// Kept, and read back as it was set; the host has no such thing or does it anyway. Until it is set,
    /// it is this.
    Kept(i32),
    /// The host's: set there, read from there.
    Host(Option<At>),
    /// Set on the host, and read back as it was set, or as this before.
    Told(Option<At>, i32),
    /// A wish about control data, which is this fact.
    Tells(u64),
    /// By code.
    Calls(Get, Set),
    /// By code from the bytes of a structure; it cannot be read.
    Given(Give),
}

pub(super) struct Row {
    pub(super) level: i32,
    pub(super) name: i32,
    pub(super) shape: Shape,
    /// The kinds of socket that have the option.
    pub(super) kinds: u16,
    /// The code on a socket of another kind.
    pub(super) elsewhere: WsaError,
    pub(super) how: How,
}

// Kinds.
const TCP4: u16 = 1;
const TCP6: u16 = 1 << 1;
const UDP4: u16 = 1 << 2;
const UDP6: u16 = 1 << 3;
const RAW4: u16 = 1 << 4;
const RAW6: u16 = 1 << 5;
const LOCAL_STREAM: u16 = 1 << 6;
const LOCAL_CIRCUIT: u16 = 1 << 7;
const LOCAL_DATAGRAM: u16 = 1 << 8;

const TCP: u16 = TCP4 | TCP6;
const UDP: u16 = UDP4 | UDP6;
const RAW: u16 = RAW4 | RAW6;
const V6: u16 = TCP6 | UDP6 | RAW6;
const IP: u16 = TCP | UDP | RAW;
const ANY: u16 = IP | LOCAL_STREAM | LOCAL_CIRCUIT | LOCAL_DATAGRAM;
const CONN: u16 = TCP | LOCAL_STREAM | LOCAL_CIRCUIT;
/// Datagram and raw sockets.
const MSG: u16 = UDP | RAW;
const MSG6: u16 = UDP6 | RAW6;
/// Whatever keeps messages apart.
const SIZED: u16 = MSG | LOCAL_CIRCUIT | LOCAL_DATAGRAM;
const DATAGRAM: u16 = MSG | LOCAL_DATAGRAM;
const UNROUTED: u16 = ANY & !V6;

/// The kind of socket that a provider makes.
pub(super) fn kind(provider: &Provider) -> u16 {
    let either = |v4, v6| if provider.is_ipv6() { v6 } else { v4 };
    match provider.socket_type {
        w::SOCK_STREAM if provider.is_local() => LOCAL_STREAM,
        w::SOCK_DGRAM if provider.is_local() => LOCAL_DATAGRAM,
        _ if provider.is_local() => LOCAL_CIRCUIT,
        w::SOCK_STREAM => either(TCP4, TCP6),
        w::SOCK_DGRAM => either(UDP4, UDP6),
        _ => either(RAW4, RAW6),
    }
}

/// Whether a socket of the kind knows the level at all (F282).
pub(super) fn has_level(kind: u16, level: i32) -> bool {
    level == w::SOL_SOCKET
        || kind & IP != 0 && [w::IPPROTO_IP, w::IPPROTO_IPV6, w::IPPROTO_TCP, w::IPPROTO_UDP].contains(&level)
}

pub(super) fn row(level: i32, name: i32) -> Option<&'static Row> {
    let found = ROWS.binary_search_by_key(&(level, name), |row| (row.level, row.name)).ok()?;
    Some(&ROWS[found])
}

const NOPROTO: WsaError = WsaError::WSAENOPROTOOPT;
const INVAL: WsaError = WsaError::WSAEINVAL;

macro_rules! rows {
    ($($level:ident $name:ident $shape:ident $(($size:expr))? $kinds:ident $elsewhere:ident $how:expr;)*) => {
        pub(super) static ROWS: &[Row] = &[$(Row {
            level: w::$level,
            name: w::$name,
            shape: Shape::$shape $(($size))?,
            kinds: $kinds,
            elsewhere: $elsewhere,
            how: { use How::*; $how },
        }),*];
    };
}

// Level, option, shape, kinds of socket, code on the other kinds, how it is honoured.
//
// Options that receives depend on (F272–F273, F164) are WSAEINVAL where they do not belong; the others
// are as documented. What IPv4's level offers can be set on IPv6 sockets too: those of both worlds need it.
rows! {
    IPPROTO_IP IP_HDRINCL               ProtocolFlag RAW4 INVAL Host(at::HEADER_INCLUDED);
    IPPROTO_IP IP_TOS                   Small IP NOPROTO Told(at::TOS, 0);
    IPPROTO_IP IP_TTL                   Small IP NOPROTO Host(at::TTL);
    IPPROTO_IP IP_MULTICAST_IF          ProtocolInteger MSG INVAL Calls(m::interface, m::set_interface);
    IPPROTO_IP IP_MULTICAST_TTL         Small MSG INVAL Host(at::MULTICAST_TTL);
    IPPROTO_IP IP_MULTICAST_LOOP        Small MSG INVAL Host(at::MULTICAST_LOOP);
    IPPROTO_IP IP_ADD_MEMBERSHIP        Struct(8) MSG INVAL Given(m::join);
    IPPROTO_IP IP_DROP_MEMBERSHIP       Struct(8) MSG INVAL Given(m::leave);
    IPPROTO_IP IP_DONTFRAGMENT          Small IP NOPROTO Calls(p::dont_fragment, p::set_dont_fragment);
    IPPROTO_IP IP_ADD_SOURCE_MEMBERSHIP Struct(12) MSG INVAL Given(m::join_source);
    IPPROTO_IP IP_DROP_SOURCE_MEMBERSHIP Struct(12) MSG INVAL Given(m::leave_source);
    IPPROTO_IP IP_BLOCK_SOURCE          Struct(12) MSG INVAL Given(m::block_source);
    IPPROTO_IP IP_UNBLOCK_SOURCE        Struct(12) MSG INVAL Given(m::unblock_source);
    IPPROTO_IP IP_PKTINFO               ProtocolFlag MSG INVAL Tells(facts::TELLS_INFO);
    IPPROTO_IP IP_RECVTTL               ProtocolFlag MSG INVAL Tells(facts::TELLS_TTL);
    IPPROTO_IP IP_RECEIVE_BROADCAST     ProtocolFlag MSG INVAL Kept(1);
    IPPROTO_IP IP_PROTECTION_LEVEL      ProtocolInteger IP NOPROTO Calls(p::protection, p::set_protection);
    IPPROTO_IP IP_RECVIF                ProtocolFlag MSG INVAL Kept(0);
    IPPROTO_IP IP_RECVDSTADDR           ProtocolFlag MSG INVAL Kept(0);
    IPPROTO_IP IP_UNICAST_IF            ProtocolInteger IP NOPROTO Calls(m::unicast, m::set_unicast);
    IPPROTO_IP IP_RECVRTHDR             ProtocolFlag MSG INVAL Kept(0);
    IPPROTO_IP IP_RECVTOS               ProtocolFlag MSG INVAL Tells(facts::TELLS_TOS);
    IPPROTO_IP IP_ORIGINAL_ARRIVAL_IF   ProtocolFlag MSG INVAL Kept(0);
    IPPROTO_IP IP_ECN                   ProtocolFlag MSG INVAL Tells(facts::TELLS_ECN);
    IPPROTO_IP IP_PKTINFO_EX            ProtocolFlag MSG INVAL Kept(0);
    IPPROTO_IP IP_WFP_REDIRECT_RECORDS  ProtocolFlag MSG INVAL Kept(0);
    IPPROTO_IP IP_WFP_REDIRECT_CONTEXT  ProtocolFlag MSG INVAL Kept(0);
    IPPROTO_IP IP_MTU_DISCOVER          ProtocolInteger IP NOPROTO Calls(p::discovery, p::set_discovery);
    IPPROTO_IP IP_MTU                   ProtocolInteger IP NOPROTO Calls(p::path_mtu, s::unsettable);
    IPPROTO_IP IP_RECVERR               ProtocolFlag UDP INVAL Kept(0);

    IPPROTO_TCP TCP_NODELAY             ByteFlag TCP NOPROTO Host(at::NO_DELAY);
    IPPROTO_TCP TCP_KEEPIDLE            ProtocolInteger TCP NOPROTO Told(at::KEEP_IDLE, s::KEEP_IDLE);
    IPPROTO_TCP TCP_MAXSEG              ProtocolInteger TCP NOPROTO Calls(s::segment, s::unsettable);
    IPPROTO_TCP TCP_MAXRT               ProtocolInteger TCP NOPROTO Calls(s::retransmit, s::set_retransmit);
    IPPROTO_TCP TCP_KEEPCNT             ProtocolInteger TCP NOPROTO Calls(s::keep_count, s::set_keep_count);
    IPPROTO_TCP TCP_KEEPINTVL           ProtocolInteger TCP NOPROTO Told(at::KEEP_INTERVAL, s::KEEP_INTERVAL);

    IPPROTO_UDP UDP_SEND_MSG_SIZE       ProtocolInteger UDP NOPROTO Calls(u::get_send_size, u::set_send_size);
    IPPROTO_UDP UDP_RECV_MAX_COALESCED_SIZE ProtocolInteger UDP NOPROTO Kept(0);

    IPPROTO_IPV6 IPV6_UNICAST_HOPS      Small V6 INVAL Host(at::V6_UNICAST_HOPS);
    IPPROTO_IPV6 IPV6_MULTICAST_IF      ProtocolInteger MSG6 INVAL Told(at::V6_MULTICAST_INTERFACE, 0);
    IPPROTO_IPV6 IPV6_MULTICAST_HOPS    Small MSG6 INVAL Host(at::V6_MULTICAST_HOPS);
    IPPROTO_IPV6 IPV6_MULTICAST_LOOP    Small MSG6 INVAL Host(at::V6_MULTICAST_LOOP);
    IPPROTO_IPV6 IPV6_ADD_MEMBERSHIP    Struct(20) MSG6 INVAL Given(m::join_v6);
    IPPROTO_IPV6 IPV6_DROP_MEMBERSHIP   Struct(20) MSG6 INVAL Given(m::leave_v6);
    IPPROTO_IPV6 IPV6_DONTFRAG          Small V6 INVAL Calls(p::dont_fragment_v6, p::set_dont_fragment_v6);
    IPPROTO_IPV6 IPV6_PKTINFO           ProtocolFlag MSG6 INVAL Tells(facts::TELLS_V6_INFO);
    IPPROTO_IPV6 IPV6_HOPLIMIT          ProtocolFlag MSG6 INVAL Tells(facts::TELLS_V6_HOPS);
    IPPROTO_IPV6 IPV6_PROTECTION_LEVEL  ProtocolInteger V6 INVAL Calls(p::protection_v6, p::set_protection_v6);
    IPPROTO_IPV6 IPV6_RECVIF            ProtocolFlag MSG6 INVAL Kept(0);
    IPPROTO_IPV6 IPV6_RECVDSTADDR       ProtocolFlag MSG6 INVAL Kept(0);
    IPPROTO_IPV6 IPV6_CHECKSUM          ProtocolInteger RAW6 INVAL Host(at::V6_CHECKSUM);
    IPPROTO_IPV6 IPV6_V6ONLY            ByteFlag IP NOPROTO Calls(s::v6_only, s::set_v6_only);
    IPPROTO_IPV6 IPV6_UNICAST_IF        ProtocolInteger V6 INVAL Calls(m::unicast_v6, m::set_unicast_v6);
    IPPROTO_IPV6 IPV6_RECVRTHDR         ProtocolFlag MSG6 INVAL Kept(0);
    IPPROTO_IPV6 IPV6_TCLASS            Small V6 INVAL Told(at::V6_TRAFFIC_CLASS, 0);
    IPPROTO_IPV6 IPV6_RECVTCLASS        ProtocolFlag MSG6 INVAL Tells(facts::TELLS_V6_CLASS);
    IPPROTO_IPV6 IPV6_ECN               ProtocolFlag MSG6 INVAL Tells(facts::TELLS_V6_ECN);
    IPPROTO_IPV6 IPV6_PKTINFO_EX        ProtocolFlag MSG6 INVAL Kept(0);
    IPPROTO_IPV6 IPV6_WFP_REDIRECT_RECORDS ProtocolFlag MSG6 INVAL Kept(0);
    IPPROTO_IPV6 IPV6_WFP_REDIRECT_CONTEXT ProtocolFlag MSG6 INVAL Kept(0);
    IPPROTO_IPV6 IPV6_MTU_DISCOVER      ProtocolInteger V6 INVAL Calls(p::discovery_v6, p::set_discovery_v6);
    IPPROTO_IPV6 IPV6_MTU               ProtocolInteger V6 INVAL Calls(p::path_mtu_v6, s::unsettable);
    IPPROTO_IPV6 IPV6_RECVERR           ProtocolFlag UDP6 INVAL Kept(0);

    SOL_SOCKET SO_DONTLINGER            Flag CONN NOPROTO Calls(s::dont_linger, s::set_dont_linger);
    SOL_SOCKET SO_EXCLUSIVEADDRUSE      Flag ANY NOPROTO Calls(s::exclusive, s::set_exclusive);
    SOL_SOCKET SO_DEBUG                 Flag ANY NOPROTO Kept(0);
    SOL_SOCKET SO_ACCEPTCONN            Flag CONN NOPROTO Calls(s::listening, s::unsettable);
    SOL_SOCKET SO_REUSEADDR             Flag ANY NOPROTO Calls(s::reuse, s::set_reuse);
    SOL_SOCKET SO_KEEPALIVE             ByteFlag CONN NOPROTO Calls(s::keep_alive, s::set_keep_alive);
    SOL_SOCKET SO_DONTROUTE             ByteFlag UNROUTED NOPROTO Kept(0);
    SOL_SOCKET SO_BROADCAST             Flag MSG NOPROTO Host(at::BROADCAST);
    SOL_SOCKET SO_LINGER                Linger CONN NOPROTO Calls(s::linger, s::set_linger);
    SOL_SOCKET SO_OOBINLINE             Flag TCP NOPROTO Calls(s::inline, s::set_inline);
    SOL_SOCKET SO_SNDBUF                Size ANY NOPROTO Calls(s::send_buffer, s::set_send_buffer);
    SOL_SOCKET SO_RCVBUF                Size ANY NOPROTO Calls(s::receive_buffer, s::set_receive_buffer);
    SOL_SOCKET SO_SNDTIMEO              Integer ANY NOPROTO Calls(s::send_timeout, s::set_send_timeout);
    SOL_SOCKET SO_RCVTIMEO              Integer ANY NOPROTO Calls(s::receive_timeout, s::set_receive_timeout);
    SOL_SOCKET SO_ERROR                 Integer ANY NOPROTO Calls(s::error, s::set_error);
    SOL_SOCKET SO_TYPE                  Integer ANY NOPROTO Calls(s::socket_type, s::set_socket_type);
    SOL_SOCKET SO_MAX_MSG_SIZE          Integer SIZED NOPROTO Calls(s::message_size, s::unsettable);
    SOL_SOCKET SO_CONDITIONAL_ACCEPT    Flag CONN NOPROTO Calls(s::conditional, s::set_conditional);
    SOL_SOCKET SO_RANDOMIZE_PORT        Flag IP NOPROTO Kept(0);
    SOL_SOCKET SO_PORT_SCALABILITY      Flag IP NOPROTO Kept(0);
    SOL_SOCKET SO_REUSE_UNICASTPORT     Flag IP NOPROTO Kept(0);
    SOL_SOCKET SO_REUSE_MULTICASTPORT   Flag UDP NOPROTO Calls(s::reuse_multicast, s::set_reuse_multicast);
    SOL_SOCKET SO_MAXDG                 Integer DATAGRAM NOPROTO Calls(s::message_size, s::unsettable);
    SOL_SOCKET SO_UPDATE_ACCEPT_CONTEXT Struct(size_of::<usize>()) CONN NOPROTO Given(s::update_accepted);
    SOL_SOCKET SO_CONNECT_TIME          Integer ANY NOPROTO Calls(s::connect_time, s::unsettable);
    SOL_SOCKET SO_UPDATE_CONNECT_CONTEXT Nothing CONN NOPROTO Given(s::update_connected);
}
