//! The names that Windows' headers give numbers, for people who read a trace.

use crate::windows::consts::*;
use crate::windows::foundation::*;

/// A list of constants with their names.
macro_rules! named {
    ($($name:ident)*) => {
        &[$((stringify!($name), $name as i64)),*]
    };
}

type Names = &'static [(&'static str, i64)];

fn name_in(names: Names, number: i64) -> Option<&'static str> {
    names.iter().find(|(_, known)| *known == number).map(|(name, _)| *name)
}

/// The name, or the number where it has none.
fn name_or_number(names: Names, number: i64) -> String {
    name_in(names, number).map_or_else(|| number.to_string(), str::to_owned)
}

/// The bits that are set, and the rest as a number.
fn bits(names: Names, set: u32) -> String {
    let mut left = set;
    let mut words: Vec<String> = Vec::new();
    for (name, bit) in names {
        let bit = *bit as u32;
        if left & bit == bit && bit != 0 {
            words.push((*name).to_owned());
            left &= !bit;
        }
    }
    if left != 0 || words.is_empty() {
        words.push(if left == 0 { "0".to_owned() } else { format!("{left:#x}") });
    }
    words.join("|")
}

/// Of receives and sends, in and out.
pub(super) fn message_flags(flags: u32) -> String {
    let names = named![MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_WAITALL MSG_INTERRUPT MSG_PUSH_IMMEDIATE MSG_TRUNC
        MSG_CTRUNC MSG_BCAST MSG_MCAST MSG_PARTIAL];
    bits(names, flags)
}

/// Of WSASocket.
pub(super) fn socket_flags(flags: u32) -> String {
    let names = named![WSA_FLAG_OVERLAPPED WSA_FLAG_MULTIPOINT_C_ROOT WSA_FLAG_MULTIPOINT_C_LEAF
        WSA_FLAG_MULTIPOINT_D_ROOT WSA_FLAG_MULTIPOINT_D_LEAF WSA_FLAG_ACCESS_SYSTEM_SECURITY
        WSA_FLAG_NO_HANDLE_INHERIT WSA_FLAG_REGISTERED_IO];
    bits(names, flags)
}

/// Of WSAEventSelect and WSAAsyncSelect.
pub(super) fn network_events(events: i32) -> String {
    bits(named![FD_READ FD_WRITE FD_OOB FD_ACCEPT FD_CONNECT FD_CLOSE], events as u32)
}

/// Of WSAPoll, in and out.
pub(super) fn poll_events(events: i16) -> String {
    let names = named![POLLRDNORM POLLRDBAND POLLWRNORM POLLWRBAND POLLPRI POLLERR POLLHUP POLLNVAL];
    bits(names, u32::from(events as u16))
}

/// The place of each network event in the list of errors, by its name.
pub(super) const EVENT_PLACES: [&str; 6] =
    ["FD_READ", "FD_WRITE", "FD_OOB", "FD_ACCEPT", "FD_CONNECT", "FD_CLOSE"];

/// An address family.
pub(super) fn family(number: i32) -> String {
    name_or_number(named![AF_UNSPEC AF_UNIX AF_INET AF_INET6], i64::from(number))
}

/// A type of sockets.
pub(super) fn socket_type(number: i32) -> String {
    name_or_number(named![SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET], i64::from(number))
}

/// A protocol of the internet's.
pub(super) fn protocol(number: i32) -> String {
    name_or_number(named![IPPROTO_ICMP IPPROTO_TCP IPPROTO_UDP IPPROTO_ICMPV6 IPPROTO_RAW], i64::from(number))
}

/// A direction of shutdown.
pub(super) fn direction(how: i32) -> String {
    name_or_number(named![SD_RECEIVE SD_SEND SD_BOTH], i64::from(how))
}

/// The level of an option.
pub(super) fn level(number: i32) -> String {
    match number {
        SOL_SOCKET => "SOL_SOCKET".to_owned(),
        IPPROTO_IP => "IPPROTO_IP".to_owned(),
        IPPROTO_IPV6 => "IPPROTO_IPV6".to_owned(),
        _ => protocol(number),
    }
}

const SOCKET_OPTIONS: Names = named![
    SO_DEBUG SO_ACCEPTCONN SO_REUSEADDR SO_KEEPALIVE SO_DONTROUTE SO_BROADCAST SO_USELOOPBACK SO_LINGER
    SO_OOBINLINE SO_DONTLINGER SO_EXCLUSIVEADDRUSE SO_SNDBUF SO_RCVBUF SO_SNDLOWAT SO_RCVLOWAT
    SO_SNDTIMEO SO_RCVTIMEO SO_ERROR SO_TYPE SO_GROUP_ID SO_GROUP_PRIORITY SO_MAX_MSG_SIZE
    SO_PROTOCOL_INFOA SO_PROTOCOL_INFOW SO_CONDITIONAL_ACCEPT SO_RANDOMIZE_PORT SO_PORT_SCALABILITY
    SO_REUSE_UNICASTPORT SO_REUSE_MULTICASTPORT SO_CONNDATA SO_CONNOPT SO_DISCDATA SO_DISCOPT
    SO_OPENTYPE SO_MAXDG SO_MAXPATHDG SO_UPDATE_ACCEPT_CONTEXT SO_CONNECT_TIME SO_UPDATE_CONNECT_CONTEXT
];

const TCP_OPTIONS: Names = named![
    TCP_NODELAY TCP_KEEPALIVE TCP_MAXSEG TCP_MAXRT TCP_NOURG TCP_NOSYNRETRIES TCP_TIMESTAMPS TCP_MAXRTMS
    TCP_FASTOPEN TCP_KEEPCNT TCP_KEEPINTVL TCP_ICMP_ERROR_INFO TCP_BSDURGENT
];

const IP_OPTIONS: Names = named![
    IP_HDRINCL IP_TOS IP_TTL IP_MULTICAST_IF IP_MULTICAST_TTL IP_MULTICAST_LOOP IP_ADD_MEMBERSHIP
    IP_DROP_MEMBERSHIP IP_DONTFRAGMENT IP_ADD_SOURCE_MEMBERSHIP IP_BLOCK_SOURCE IP_UNBLOCK_SOURCE
    IP_PKTINFO IP_RECVTTL IP_RECEIVE_BROADCAST IP_RECVIF IP_RECVDSTADDR IP_RECVRTHDR IP_RECVTOS
    IP_ORIGINAL_ARRIVAL_IF IP_ECN IP_PKTINFO_EX IP_UNICAST_IF IP_MTU_DISCOVER IP_MTU
];

const IPV6_OPTIONS: Names = named![
    IPV6_HOPOPTS IPV6_HDRINCL IPV6_UNICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_HOPS
    IPV6_MULTICAST_LOOP IPV6_ADD_MEMBERSHIP IPV6_DROP_MEMBERSHIP IPV6_DONTFRAG IPV6_PKTINFO
    IPV6_HOPLIMIT IPV6_PROTECTION_LEVEL IPV6_RECVIF IPV6_RECVDSTADDR IPV6_CHECKSUM IPV6_V6ONLY
    IPV6_UNICAST_IF IPV6_RECVRTHDR IPV6_RECVTCLASS IPV6_ECN IPV6_PKTINFO_EX IPV6_MTU_DISCOVER IPV6_MTU
    IPV6_RECVERR
];

const UDP_OPTIONS: Names = named![UDP_SEND_MSG_SIZE UDP_RECV_MAX_COALESCED_SIZE];

/// An option of a level.
pub(super) fn option(level: i32, name: i32) -> String {
    let names = match level {
        SOL_SOCKET => SOCKET_OPTIONS,
        IPPROTO_TCP => TCP_OPTIONS,
        IPPROTO_UDP => UDP_OPTIONS,
        IPPROTO_IP => IP_OPTIONS,
        IPPROTO_IPV6 => IPV6_OPTIONS,
        _ => &[],
    };
    name_or_number(names, i64::from(name))
}

/// What WSAIoctl and ioctlsocket ask for.
pub(super) fn ioctl(code: u32) -> String {
    let names = [
        ("FIONBIO", FIONBIO as u32),
        ("FIONREAD", FIONREAD as u32),
        ("SIOCATMARK", SIOCATMARK as u32),
        ("SIO_ADDRESS_LIST_CHANGE", SIO_ADDRESS_LIST_CHANGE),
        ("SIO_ADDRESS_LIST_QUERY", SIO_ADDRESS_LIST_QUERY),
        ("SIO_ADDRESS_LIST_SORT", SIO_ADDRESS_LIST_SORT),
        ("SIO_BASE_HANDLE", SIO_BASE_HANDLE),
        ("SIO_BSP_HANDLE", SIO_BSP_HANDLE),
        ("SIO_BSP_HANDLE_POLL", SIO_BSP_HANDLE_POLL),
        ("SIO_BSP_HANDLE_SELECT", SIO_BSP_HANDLE_SELECT),
        ("SIO_ENABLE_CIRCULAR_QUEUEING", SIO_ENABLE_CIRCULAR_QUEUEING),
        ("SIO_FLUSH", SIO_FLUSH),
        ("SIO_GET_BROADCAST_ADDRESS", SIO_GET_BROADCAST_ADDRESS),
        ("SIO_GET_EXTENSION_FUNCTION_POINTER", SIO_GET_EXTENSION_FUNCTION_POINTER),
        ("SIO_KEEPALIVE_VALS", SIO_KEEPALIVE_VALS),
        ("SIO_MULTIPOINT_LOOPBACK", SIO_MULTIPOINT_LOOPBACK),
        ("SIO_ROUTING_INTERFACE_CHANGE", SIO_ROUTING_INTERFACE_CHANGE),
        ("SIO_ROUTING_INTERFACE_QUERY", SIO_ROUTING_INTERFACE_QUERY),
        ("SIO_TCP_INITIAL_RTO", SIO_TCP_INITIAL_RTO),
        ("SIO_UDP_CONNRESET", SIO_UDP_CONNRESET),
        ("SIO_UDP_NETRESET", SIO_UDP_NETRESET),
    ];
    let known = names.iter().find(|(_, known)| *known == code);
    known.map_or_else(|| format!("{code:#010x}"), |(name, _)| (*name).to_owned())
}

/// What ReadFile and WriteFile fail with, where Winsock has no name for it.
pub(super) fn win32_code(code: i32) -> Option<&'static str> {
    let names = named![ERROR_NETNAME_DELETED ERROR_MORE_DATA ERROR_NOACCESS ERROR_CONNECTION_ABORTED
        ERROR_CONNECTION_REFUSED ERROR_GRACEFUL_DISCONNECT ERROR_HOST_UNREACHABLE ERROR_NETWORK_UNREACHABLE
        ERROR_PORT_UNREACHABLE ERROR_PROTOCOL_UNREACHABLE ERROR_SEM_TIMEOUT ERROR_INVALID_USER_BUFFER
        ERROR_NOT_SUPPORTED ERROR_GEN_FAILURE];
    name_in(names, i64::from(code))
}

/// An extension function that is asked for by its identifier.
pub(super) fn extension(id: &GUID) -> Option<&'static str> {
    let known = [
        ("WSARecvMsg", WSAID_WSARECVMSG),
        ("WSASendMsg", WSAID_WSASENDMSG),
        ("AcceptEx", WSAID_ACCEPTEX),
        ("ConnectEx", WSAID_CONNECTEX),
        ("DisconnectEx", WSAID_DISCONNECTEX),
        ("TransmitFile", WSAID_TRANSMITFILE),
        ("GetAcceptExSockaddrs", WSAID_GETACCEPTEXSOCKADDRS),
    ];
    known.iter().find(|(_, known)| known == id).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_windows_names() {
        assert_eq!(message_flags(3), "MSG_OOB|MSG_PEEK");
        assert_eq!(message_flags(0x4002), "MSG_PEEK|0x4000");
        assert_eq!(message_flags(0), "0");
        assert_eq!(option(SOL_SOCKET, SO_RCVBUF), "SO_RCVBUF");
        assert_eq!((option(SOL_SOCKET, 77), level(6)), ("77".to_owned(), "IPPROTO_TCP".to_owned()));
        assert_eq!((ioctl(FIONBIO as u32), ioctl(1)), ("FIONBIO".to_owned(), "0x00000001".to_owned()));
    }
}
