//! macOS' numbers and habits, as literals.

use super::{Abi, Control, Family, Msg, Os};

/// macOS, on both of its processors.
pub(crate) const MACOS: Abi = Abi {
    os: Os::MacOs,
    msg: Msg {
        oob: 0x01,
        peek: 0x02,
        dontroute: 0x04,
        eor: 0x08,
        trunc: 0x10,
        ctrunc: 0x20,
        waitall: 0x40,
        dontwait: 0x80,
        // Newer systems have a flag for it (0x80000) that older ones ignore; the option works on all.
        nosignal: None,
        errqueue: None,
        cmsg_cloexec: None,
    },
    family: Family { unspec: 0, unix: 1, inet: 2, inet6: 30 },
    control: Control {
        length: 4,
        align: 4,
        packet_info: 26,
        ttl: 24,
        tos: 27,
        v6_packet_info: 46,
        v6_hops: 47,
        v6_class: 36,
    },
    trunc_input: false,
    icmp_error_queue: false,
    so_nosigpipe: true,
    sa_len: true,
    accept_inherits_nonblocking: true,
    born_cloexec: false,
    unix_seqpacket: false,
    urgent_stays_in_stream: false,
    readable_after_shut_read: false,
};
