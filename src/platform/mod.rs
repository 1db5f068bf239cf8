//! Everything that differs between the hosts, as data; it calls no host and decides no behaviour.
//!
//! Both hosts' tables are literals that are compiled everywhere, so that what the library does on macOS can
//! be tested on Linux and the other way round. A test on each host holds its table against `libc`.
#![forbid(unsafe_code)]

mod errno;
mod last_error;
// A host reads its own table only; the other one is there for the tests.
#[cfg_attr(all(target_os = "macos", not(test)), allow(dead_code))]
mod linux;
#[cfg_attr(not(any(target_os = "macos", test)), allow(dead_code))]
mod macos;

pub(crate) use errno::{Kind, Operation};
#[cfg(any(not(target_os = "macos"), test))]
pub(crate) use linux::LINUX;
#[cfg(any(target_os = "macos", test))]
pub(crate) use macos::MACOS;

/// The host that the library was compiled for.
#[cfg(target_os = "macos")]
pub(crate) const HOST: &Abi = &MACOS;
/// The host that the library was compiled for.
#[cfg(not(target_os = "macos"))]
pub(crate) const HOST: &Abi = &LINUX;

/// Whose numbers a table holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Os {
    Linux,
    MacOs,
}

/// One host's numbers and habits, as far as planning a call and reading its answer depends on them.
#[derive(Debug)]
pub(crate) struct Abi {
    pub(crate) os: Os,
    pub(crate) msg: Msg,
    pub(crate) address: AddressLayout,
    pub(crate) control: Control,
    /// MSG_TRUNC as an input flag makes a datagram receive answer with the datagram's whole length.
    ///
    /// On a stream the same flag throws the data away, so it must stay off there.
    pub(crate) trunc_input: bool,
    /// ICMP errors of an unconnected datagram socket can be had, from a queue that names their targets.
    pub(crate) icmp_error_queue: bool,
    /// AF_UNIX has SOCK_SEQPACKET.
    pub(crate) unix_seqpacket: bool,
    /// How much of an AF_UNIX socket's send buffer its longest message leaves free.
    pub(crate) unix_message_overhead: usize,
    /// An AF_UNIX datagram for whose receiver there is no room is refused with ENOBUFS, also where the sender
    /// would wait; and nothing tells when there is room.
    pub(crate) unix_full_is_enobufs: bool,
    /// An urgent byte that was taken out of line still has its place in the stream.
    pub(crate) urgent_stays_in_stream: bool,
}

/// The flags of the host's send and receive calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Msg {
    pub(crate) oob: i32,
    pub(crate) peek: i32,
    pub(crate) dontroute: i32,
    pub(crate) ctrunc: i32,
    pub(crate) trunc: i32,
    pub(crate) dontwait: i32,
    pub(crate) eor: i32,
    pub(crate) waitall: i32,
    pub(crate) nosignal: Option<i32>,
    pub(crate) errqueue: Option<i32>,
    pub(crate) cmsg_cloexec: Option<i32>,
}

/// How the host writes addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct AddressLayout {
    /// The first byte is the address's length and the second the family (BSD), or both are the family.
    pub(crate) sa_len: bool,
    /// The number of AF_INET6. Those of AF_UNIX and AF_INET are the same everywhere.
    pub(crate) inet6: u8,
    /// Names of AF_UNIX that begin with NUL exist apart from the file system.
    pub(crate) abstract_names: bool,
}

/// How the host lays out control data, and the types of what it tells of a datagram at IP's and IPv6's levels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Control {
    /// Bytes of the length that an entry begins with; its level and its type follow, four bytes each.
    pub(crate) length: usize,
    /// Entries, and the data in them, begin at multiples of this.
    pub(crate) align: usize,
    pub(crate) packet_info: i32,
    pub(crate) ttl: i32,
    pub(crate) tos: i32,
    pub(crate) v6_packet_info: i32,
    pub(crate) v6_hops: i32,
    pub(crate) v6_class: i32,
    /// IPv4's type of service where a send is given it; hosts tell it under another number.
    pub(crate) send_tos: i32,
    /// Level and type by which a send of UDP is cut into datagrams of so many bytes (two of them tell how many);
    /// the same numbers are those of a socket option.
    pub(crate) segment: Option<(i32, i32)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two numbers that make a flag of one host mean another one on the other host.
    #[test]
    fn flags_collide_across_hosts() {
        assert_eq!(MACOS.msg.ctrunc, LINUX.msg.trunc);
        assert_eq!(MACOS.msg.waitall, LINUX.msg.dontwait);
    }

    #[test]
    fn the_flags_of_a_host_are_distinct_single_bits() {
        for abi in [&LINUX, &MACOS] {
            let m = abi.msg;
            let always = [m.oob, m.peek, m.dontroute, m.ctrunc, m.trunc, m.dontwait, m.eor, m.waitall];
            let some = [m.nosignal, m.errqueue, m.cmsg_cloexec].into_iter().flatten();
            let mut seen = 0;
            for flag in always.into_iter().chain(some) {
                assert_eq!(flag.count_ones(), 1, "{:?} {flag:#x}", abi.os);
                assert_eq!(seen & flag, 0, "{:?} {flag:#x}", abi.os);
                seen |= flag;
            }
        }
    }

    #[test]
    fn a_host_keeps_sigpipe_away_in_one_way_at_least() {
        for abi in [&LINUX, &MACOS] {
            assert!(abi.os == Os::MacOs || abi.msg.nosignal.is_some(), "{:?}", abi.os);
            assert_eq!(abi.icmp_error_queue, abi.msg.errqueue.is_some(), "{:?}", abi.os);
        }
    }

    #[test]
    fn host_numbers_equal_libc() {
        let m = HOST.msg;
        assert_eq!(m.oob, libc::MSG_OOB);
        assert_eq!(m.peek, libc::MSG_PEEK);
        assert_eq!(m.dontroute, libc::MSG_DONTROUTE);
        assert_eq!(m.ctrunc, libc::MSG_CTRUNC);
        assert_eq!(m.trunc, libc::MSG_TRUNC);
        assert_eq!(m.dontwait, libc::MSG_DONTWAIT);
        assert_eq!(m.eor, libc::MSG_EOR);
        assert_eq!(m.waitall, libc::MSG_WAITALL);
        #[cfg(target_os = "linux")]
        {
            assert_eq!(m.nosignal, Some(libc::MSG_NOSIGNAL));
            assert_eq!(m.errqueue, Some(libc::MSG_ERRQUEUE));
            assert_eq!(m.cmsg_cloexec, Some(libc::MSG_CMSG_CLOEXEC));
        }
        assert_eq!((libc::AF_UNSPEC, libc::AF_UNIX, libc::AF_INET), (0, 1, 2));
        assert_eq!(i32::from(HOST.address.inet6), libc::AF_INET6);
        let c = HOST.control;
        assert_eq!(c.packet_info, libc::IP_PKTINFO);
        assert_eq!(c.v6_packet_info, libc::IPV6_PKTINFO);
        assert_eq!(c.v6_hops, libc::IPV6_HOPLIMIT);
        assert_eq!(c.v6_class, libc::IPV6_TCLASS);
        assert_eq!(c.send_tos, libc::IP_TOS);
        #[cfg(target_os = "linux")]
        assert_eq!(c.segment, Some((libc::SOL_UDP, libc::UDP_SEGMENT)));
        #[cfg(target_os = "linux")]
        assert_eq!((c.ttl, c.tos), (libc::IP_TTL, libc::IP_TOS));
        #[cfg(target_os = "macos")]
        assert_eq!((c.ttl, c.tos), (libc::IP_RECVTTL, libc::IP_RECVTOS));
        assert_eq!(c.length, std::mem::offset_of!(libc::cmsghdr, cmsg_level));
        assert_eq!(HOST.address.sa_len, std::mem::offset_of!(libc::sockaddr, sa_family) == 1);
    }
}
