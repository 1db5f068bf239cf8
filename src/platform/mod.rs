//! Everything that differs between the hosts, as data; it calls no host and decides no behaviour.
//!
//! Both hosts' tables are literals that are compiled everywhere, so that what the library does on macOS can
//! be tested on Linux and the other way round. A test on each host holds its table against `libc`.
#![forbid(unsafe_code)]
// Each host reads its own table only; the other one is there for the tests.
#![allow(dead_code, unused_imports)]

mod errno;
mod linux;
mod macos;

pub(crate) use errno::{Kind, Operation};
pub(crate) use linux::LINUX;
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
    pub(crate) family: Family,
    pub(crate) control: Control,
    /// MSG_TRUNC as an input flag makes a datagram receive answer with the datagram's whole length.
    ///
    /// On a stream the same flag throws the data away, so it must stay off there.
    pub(crate) trunc_input: bool,
    /// ICMP errors of an unconnected datagram socket can be had, from a queue that names their targets.
    pub(crate) icmp_error_queue: bool,
    /// SIGPIPE is kept away by a socket option; otherwise by the flag [`Msg::nosignal`] on each send.
    pub(crate) so_nosigpipe: bool,
    /// A sockaddr begins with its length in one byte, and its family has one byte.
    pub(crate) sa_len: bool,
    /// An accepted socket takes over the listening socket's blocking mode.
    pub(crate) accept_inherits_nonblocking: bool,
    /// A descriptor can be born close-on-exec: SOCK_CLOEXEC, accept4, MSG_CMSG_CLOEXEC.
    pub(crate) born_cloexec: bool,
    /// AF_UNIX has SOCK_SEQPACKET.
    pub(crate) unix_seqpacket: bool,
    /// An urgent byte that was taken out of line still has its place in the stream.
    pub(crate) urgent_stays_in_stream: bool,
    /// Data that arrives after the own shutdown of the receiving side can still be read.
    pub(crate) readable_after_shut_read: bool,
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

/// The numbers of the address families that Windows has too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Family {
    pub(crate) unspec: i32,
    pub(crate) unix: i32,
    pub(crate) inet: i32,
    pub(crate) inet6: i32,
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
            assert!(abi.so_nosigpipe || abi.msg.nosignal.is_some(), "{:?}", abi.os);
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
        let f = HOST.family;
        assert_eq!(f.unspec, libc::AF_UNSPEC);
        assert_eq!(f.unix, libc::AF_UNIX);
        assert_eq!(f.inet, libc::AF_INET);
        assert_eq!(f.inet6, libc::AF_INET6);
        let c = HOST.control;
        assert_eq!(c.packet_info, libc::IP_PKTINFO);
        assert_eq!(c.v6_packet_info, libc::IPV6_PKTINFO);
        assert_eq!(c.v6_hops, libc::IPV6_HOPLIMIT);
        assert_eq!(c.v6_class, libc::IPV6_TCLASS);
        #[cfg(target_os = "linux")]
        assert_eq!((c.ttl, c.tos), (libc::IP_TTL, libc::IP_TOS));
        #[cfg(target_os = "macos")]
        assert_eq!((c.ttl, c.tos), (libc::IP_RECVTTL, libc::IP_RECVTOS));
        assert_eq!(c.length, std::mem::offset_of!(libc::cmsghdr, cmsg_level));
        assert_eq!(HOST.sa_len, std::mem::offset_of!(libc::sockaddr, sa_family) == 1);
    }
}
