//! The options by which WSARecvMsg is to tell more of a datagram: what the program wants, as facts of the
//! socket, and what the host is asked for it.
//!
//! The two differ: WSARecvMsg itself needs each datagram's destination, which must not show as an option
//! that the program has set, and must stay when the program takes its own wish back.

use super::failure;
use crate::error::WsaError;
use crate::socket::facts::{self, Facts};
use crate::socket::table::Socket;
use crate::sys::host_option as at;
use crate::sys::{self, At, Errno};

/// What the program wants to be told by the option that is this fact.
pub(super) fn get(socket: &Socket, fact: u64) -> i32 {
    learn(socket);
    i32::from(socket.facts().any(fact))
}

pub(super) fn set(socket: &Socket, fact: u64, on: bool) -> Result<(), WsaError> {
    learn(socket);
    change(socket, fact, on).map_err(|errno| failure(socket, errno))
}

/// WSARecvMsg is called: from now on the host is to tell where each datagram was sent to.
pub(crate) fn tell_destinations(socket: &Socket) {
    if !socket.facts().any(facts::NEEDS_DESTINATION) {
        learn(socket);
        // A host that refuses leaves the call without what only flags tell; there is nothing better to do.
        if change(socket, facts::NEEDS_DESTINATION, true).is_err() {
            socket.set(facts::NEEDS_DESTINATION);
        }
    }
}

fn change(socket: &Socket, fact: u64, on: bool) -> Result<(), Errno> {
    let before = socket.facts();
    let after = Facts(if on { before.0 | fact } else { before.0 & !fact });
    for (at, needed_for) in asked(before) {
        let wanted = after.any(needed_for);
        if wanted != before.any(needed_for) {
            sys::set_at(socket.fd(), at, i32::from(wanted))?;
        }
    }
    if on {
        socket.set(fact)
    } else {
        socket.clear(fact)
    }
    Ok(())
}

/// The host's options, each with the facts any one of which makes it needed.
fn asked(facts: Facts) -> [(Option<At>, u64); 6] {
    let provider = facts.provider();
    let ipv6 = provider.is_ipv6();
    let v4_level = !ipv6 || (at::V4_LEVEL_ON_V6 && provider.is_udp());
    let v4 = |fact| if v4_level { fact } else { 0 };
    // A host without IPv4's level tells of IPv4 datagrams at IPv6's, as far as it does.
    let v6 = |own, of_v4| match (ipv6, v4_level) {
        (false, _) => 0,
        (true, true) => own,
        (true, false) => own | of_v4,
    };
    let class = facts::TELLS_TOS | facts::TELLS_ECN;
    let v6_class = facts::TELLS_V6_CLASS | facts::TELLS_V6_ECN;
    [
        (at::PACKET_INFO, v4(facts::TELLS_INFO | facts::NEEDS_DESTINATION)),
        (at::RECEIVE_TTL, v4(facts::TELLS_TTL)),
        (at::RECEIVE_TOS, v4(class)),
        (at::V6_PACKET_INFO, v6(facts::TELLS_V6_INFO | facts::NEEDS_DESTINATION, facts::TELLS_INFO)),
        (at::V6_RECEIVE_HOPS, v6(facts::TELLS_V6_HOPS, facts::TELLS_TTL)),
        (at::V6_RECEIVE_CLASS, v6(v6_class, class)),
    ]
}

/// A program may have set the host's options on a descriptor of its own, before this library knew it.
fn learn(socket: &Socket) {
    let facts = socket.facts();
    if !facts.any(facts::ADOPTED) || facts.any(facts::LEARNT_TELLS) {
        return;
    }
    let options = [
        (at::PACKET_INFO, facts::TELLS_INFO),
        (at::RECEIVE_TTL, facts::TELLS_TTL),
        (at::RECEIVE_TOS, facts::TELLS_TOS),
        (at::V6_PACKET_INFO, facts::TELLS_V6_INFO),
        (at::V6_RECEIVE_HOPS, facts::TELLS_V6_HOPS),
        (at::V6_RECEIVE_CLASS, facts::TELLS_V6_CLASS),
    ];
    let set = |&(at, _): &(Option<At>, u64)| sys::get_at(socket.fd(), at).is_ok_and(|on| on != 0);
    let found = options.iter().filter(|row| set(row)).fold(0, |all, &(_, fact)| all | fact);
    socket.set(found | facts::LEARNT_TELLS);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::socket::catalog;

    fn needed(index: u8, facts: u64) -> [bool; 6] {
        let facts = Facts::of(catalog::by_index(index), facts);
        asked(facts).map(|(_, needed_for)| facts.any(needed_for))
    }

    const UDP: u8 = 2;
    const UDP6: u8 = 3;

    #[test]
    fn the_flags_need_the_destination_alone() {
        assert_eq!(needed(UDP, facts::NEEDS_DESTINATION), [true, false, false, false, false, false]);
        let v4_too = at::V4_LEVEL_ON_V6;
        assert_eq!(needed(UDP6, facts::NEEDS_DESTINATION), [v4_too, false, false, true, false, false]);
    }

    #[test]
    fn each_wish_is_asked_of_the_host_once() {
        for ecn in [facts::TELLS_ECN, facts::TELLS_TOS, facts::TELLS_ECN | facts::TELLS_TOS] {
            assert_eq!(needed(UDP, ecn), [false, false, true, false, false, false]);
        }
        assert_eq!(needed(UDP, facts::TELLS_TTL), [false, true, false, false, false, false]);
        assert_eq!(needed(UDP6, facts::TELLS_V6_HOPS), [false, false, false, false, true, false]);
        assert_eq!(needed(UDP6, facts::TELLS_V6_ECN), [false, false, false, false, false, true]);
    }

    /// G220.
    #[test]
    fn wishes_about_ipv4_datagrams_reach_the_host_on_ipv6_sockets_too() {
        let all = facts::TELLS_INFO | facts::TELLS_TTL | facts::TELLS_TOS;
        let (v4, v6) = (at::V4_LEVEL_ON_V6, !at::V4_LEVEL_ON_V6);
        assert_eq!(needed(UDP6, all), [v4, v4, v4, v6, v6, v6]);
    }
}
