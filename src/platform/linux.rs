//! Linux's numbers and habits, as literals.

use super::{Abi, Control, Family, Msg, Os};

/// Linux on the processors that share its general numbers: x86, Arm, RISC-V and others, not MIPS or SPARC.
pub(crate) const LINUX: Abi = Abi {
    os: Os::Linux,
    msg: Msg {
        oob: 0x01,
        peek: 0x02,
        dontroute: 0x04,
        ctrunc: 0x08,
        trunc: 0x20,
        dontwait: 0x40,
        eor: 0x80,
        waitall: 0x100,
        nosignal: Some(0x4000),
        errqueue: Some(0x2000),
        cmsg_cloexec: Some(0x4000_0000),
    },
    family: Family { unspec: 0, unix: 1, inet: 2, inet6: 10 },
    control: Control {
        length: size_of::<usize>(),
        align: size_of::<usize>(),
        packet_info: 8,
        ttl: 2,
        tos: 1,
        v6_packet_info: 50,
        v6_hops: 52,
        v6_class: 67,
    },
    trunc_input: true,
    icmp_error_queue: true,
    so_nosigpipe: false,
    sa_len: false,
    accept_inherits_nonblocking: false,
    born_cloexec: true,
    unix_seqpacket: true,
    urgent_stays_in_stream: true,
    readable_after_shut_read: true,
};
