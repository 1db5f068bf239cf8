//! Linux's numbers and habits, as literals.

use super::{Abi, AddressLayout, Control, Msg, Os};

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
    address: AddressLayout { sa_len: false, inet6: 10, abstract_names: true },
    control: Control {
        length: size_of::<usize>(),
        align: size_of::<usize>(),
        packet_info: 8,
        ttl: 2,
        tos: 1,
        v6_packet_info: 50,
        v6_hops: 52,
        v6_class: 67,
        send_tos: 1,
        segment: Some((17, 103)),
    },
    trunc_input: true,
    icmp_error_queue: true,
    unix_seqpacket: true,
    unix_message_overhead: 32,
    unix_full_is_enobufs: false,
    urgent_stays_in_stream: true,
};
