//! macOS' numbers and habits, as literals.

use super::{Abi, AddressLayout, Control, Msg, Os};

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
    address: AddressLayout { sa_len: true, inet6: 30, abstract_names: false },
    control: Control {
        length: 4,
        align: 4,
        packet_info: 26,
        ttl: 24,
        tos: 27,
        v6_packet_info: 46,
        v6_hops: 47,
        v6_class: 36,
        send_tos: 3,
        segment: None,
    },
    trunc_input: false,
    icmp_error_queue: false,
    unix_seqpacket: false,
    unix_message_overhead: 0,
    unix_full_is_enobufs: true,
    urgent_stays_in_stream: false,
};
