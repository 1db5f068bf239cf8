//! The hosts' numbers of the socket options, as data: a level and a name, or none where a host lacks one.

use libc::c_int;

/// Where the host keeps an option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct At {
    pub(super) level: c_int,
    pub(super) name: c_int,
}

const fn at(level: c_int, name: c_int) -> Option<At> {
    Some(At { level, name })
}

pub(crate) use here::*;

// The same on both hosts but for the numbers behind the names.
pub(crate) const BROADCAST: Option<At> = at(libc::SOL_SOCKET, libc::SO_BROADCAST);
pub(crate) const HEADER_INCLUDED: Option<At> = at(libc::IPPROTO_IP, libc::IP_HDRINCL);
pub(crate) const IPV6_ONLY: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY);
pub(crate) const KEEP_ALIVE: Option<At> = at(libc::SOL_SOCKET, libc::SO_KEEPALIVE);
pub(crate) const KEEP_COUNT: Option<At> = at(libc::IPPROTO_TCP, libc::TCP_KEEPCNT);
pub(crate) const KEEP_INTERVAL: Option<At> = at(libc::IPPROTO_TCP, libc::TCP_KEEPINTVL);
pub(crate) const MAX_SEGMENT: Option<At> = at(libc::IPPROTO_TCP, libc::TCP_MAXSEG);
pub(crate) const MULTICAST_LOOP: Option<At> = at(libc::IPPROTO_IP, libc::IP_MULTICAST_LOOP);
pub(crate) const MULTICAST_TTL: Option<At> = at(libc::IPPROTO_IP, libc::IP_MULTICAST_TTL);
pub(crate) const NO_DELAY: Option<At> = at(libc::IPPROTO_TCP, libc::TCP_NODELAY);
pub(crate) const PACKET_INFO: Option<At> = at(libc::IPPROTO_IP, libc::IP_PKTINFO);
pub(crate) const RECEIVE_BUFFER: Option<At> = at(libc::SOL_SOCKET, libc::SO_RCVBUF);
pub(crate) const RECEIVE_TOS: Option<At> = at(libc::IPPROTO_IP, libc::IP_RECVTOS);
pub(crate) const RECEIVE_TTL: Option<At> = at(libc::IPPROTO_IP, libc::IP_RECVTTL);
pub(crate) const REUSE_ADDRESS: Option<At> = at(libc::SOL_SOCKET, libc::SO_REUSEADDR);
pub(crate) const REUSE_PORT: Option<At> = at(libc::SOL_SOCKET, libc::SO_REUSEPORT);
pub(crate) const SEND_BUFFER: Option<At> = at(libc::SOL_SOCKET, libc::SO_SNDBUF);
pub(crate) const TOS: Option<At> = at(libc::IPPROTO_IP, libc::IP_TOS);
pub(crate) const TTL: Option<At> = at(libc::IPPROTO_IP, libc::IP_TTL);
pub(crate) const V6_CHECKSUM: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_CHECKSUM);
pub(crate) const V6_MULTICAST_HOPS: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_HOPS);
pub(crate) const V6_MULTICAST_INTERFACE: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_IF);
pub(crate) const V6_MULTICAST_LOOP: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_LOOP);
pub(crate) const V6_PACKET_INFO: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO);
pub(crate) const V6_RECEIVE_HOPS: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_RECVHOPLIMIT);
pub(crate) const V6_RECEIVE_CLASS: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS);
pub(crate) const V6_TRAFFIC_CLASS: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_TCLASS);
pub(crate) const V6_UNICAST_HOPS: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS);

#[cfg(not(target_os = "macos"))]
mod here {
    use super::{At, at};

    /// Seconds of silence before the first keep-alive probe.
    pub(crate) const KEEP_IDLE: Option<At> = at(libc::IPPROTO_TCP, libc::TCP_KEEPIDLE);
    /// How long unanswered data may be sent again, in `RETRANSMIT_UNITS` to the second.
    pub(crate) const RETRANSMIT_TIME: Option<At> = at(libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT);
    pub(crate) const RETRANSMIT_UNITS: i64 = 1000;
    /// The interface of unicast sends, as an index in network order.
    pub(crate) const UNICAST_INTERFACE: Option<At> = at(libc::IPPROTO_IP, libc::IP_UNICAST_IF);
    pub(crate) const V6_UNICAST_INTERFACE: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_UNICAST_IF);
    pub(crate) const INDEX_IN_NETWORK_ORDER: bool = true;
    /// IPv6 datagram sockets have the options of IPv4's level too, for the IPv4 datagrams that they receive.
    pub(crate) const V4_LEVEL_ON_V6: bool = true;
    /// What the host knows of the path to the peer.
    pub(crate) const PATH_MTU: Option<At> = at(libc::IPPROTO_IP, libc::IP_MTU);
    pub(crate) const V6_PATH_MTU: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_MTU);
    /// Whether to fragment and what to believe of the path, as a mode.
    pub(crate) const DISCOVERY: Option<At> = at(libc::IPPROTO_IP, libc::IP_MTU_DISCOVER);
    pub(crate) const V6_DISCOVERY: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER);
    /// The modes for Windows' IP_PMTUDISC_NOT_SET, _DO, _DONT, _PROBE.
    pub(crate) const DISCOVERY_MODES: [i32; 4] =
        [libc::IP_PMTUDISC_WANT, libc::IP_PMTUDISC_DO, libc::IP_PMTUDISC_DONT, libc::IP_PMTUDISC_PROBE];
}

#[cfg(target_os = "macos")]
mod here {
    use super::{At, at};

    /// TCP_RXT_CONNDROPTIME of `netinet/tcp.h`, which the libc crate lacks.
    const TCP_RXT_CONNDROPTIME: libc::c_int = 0x80;

    pub(crate) const KEEP_IDLE: Option<At> = at(libc::IPPROTO_TCP, libc::TCP_KEEPALIVE);
    pub(crate) const RETRANSMIT_TIME: Option<At> = at(libc::IPPROTO_TCP, TCP_RXT_CONNDROPTIME);
    pub(crate) const RETRANSMIT_UNITS: i64 = 1;
    pub(crate) const UNICAST_INTERFACE: Option<At> = at(libc::IPPROTO_IP, libc::IP_BOUND_IF);
    pub(crate) const V6_UNICAST_INTERFACE: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_BOUND_IF);
    pub(crate) const INDEX_IN_NETWORK_ORDER: bool = false;
    /// What IPv6's level tells of IPv4 datagrams is all there is.
    pub(crate) const V4_LEVEL_ON_V6: bool = false;
    /// The host does not tell.
    pub(crate) const PATH_MTU: Option<At> = None;
    pub(crate) const V6_PATH_MTU: Option<At> = None;
    /// Only on or off: whether datagrams must stay whole.
    pub(crate) const DISCOVERY: Option<At> = at(libc::IPPROTO_IP, libc::IP_DONTFRAG);
    pub(crate) const V6_DISCOVERY: Option<At> = at(libc::IPPROTO_IPV6, libc::IPV6_DONTFRAG);
    pub(crate) const DISCOVERY_MODES: [i32; 4] = [0, 1, 0, 1];
}
