//! Whether a datagram was sent to this host alone, to all or to a group, as its destination tells.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::control::Arrival;
use crate::sys::{self, InterfaceAddress};
use crate::windows::consts as w;

/// MSG_BCAST, MSG_MCAST or nothing (G076, G077).
pub(super) fn flags(arrival: &Arrival) -> u32 {
    flags_by(arrival, is_broadcast_here)
}

fn flags_by(arrival: &Arrival, is_broadcast: impl FnOnce(Ipv4Addr) -> bool) -> u32 {
    match (arrival.destination, arrival.answers_from) {
        (Some(to), _) if to.is_multicast() => w::MSG_MCAST,
        (Some(IpAddr::V4(Ipv4Addr::BROADCAST)), _) => w::MSG_BCAST,
        // What was sent to an address of this host is answered from that address, and nothing else is.
        (Some(IpAddr::V4(to)), Some(from)) if to != from => w::MSG_BCAST,
        (Some(IpAddr::V4(to)), None) if is_broadcast(to) => w::MSG_BCAST,
        _ => 0,
    }
}

/// How long what the host said of its interfaces is believed.
const FRESH: Duration = Duration::from_secs(1);

static BROADCASTS: Mutex<Option<(Instant, Vec<Ipv4Addr>)>> = Mutex::new(None);

fn is_broadcast_here(address: Ipv4Addr) -> bool {
    let mut known = BROADCASTS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if known.as_ref().is_none_or(|(since, _)| since.elapsed() > FRESH) {
        let all = sys::interface_addresses().unwrap_or_default();
        *known = Some((Instant::now(), all.iter().filter_map(broadcast_of).collect()));
    }
    known.as_ref().is_some_and(|(_, addresses)| addresses.contains(&address))
}

/// The broadcast address that goes with an interface's address. Hosts name none for the loopback network,
/// where Windows has one like everywhere.
fn broadcast_of(entry: &InterfaceAddress) -> Option<Ipv4Addr> {
    let (IpAddr::V4(address), Some(mask)) = (entry.address, entry.mask) else { return entry.broadcast };
    let last = Ipv4Addr::from_bits(address.to_bits() | !mask.to_bits());
    entry.broadcast.or((entry.loopback && last != address).then_some(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    fn sent_to(destination: impl Into<IpAddr>, answers_from: Option<Ipv4Addr>) -> Arrival {
        Arrival { destination: Some(destination.into()), answers_from, ..Arrival::default() }
    }

    const HERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);
    const ALL: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 255);

    #[test]
    fn the_destination_tells() {
        let flags = |arrival| flags_by(&arrival, |address| address == ALL);
        assert_eq!(flags(sent_to(HERE, Some(HERE))), 0);
        assert_eq!(flags(sent_to(HERE, None)), 0);
        assert_eq!(flags(sent_to(ALL, Some(HERE))), w::MSG_BCAST);
        assert_eq!(flags(sent_to(ALL, None)), w::MSG_BCAST);
        assert_eq!(flags(sent_to(Ipv4Addr::BROADCAST, None)), w::MSG_BCAST);
        assert_eq!(flags(sent_to(Ipv4Addr::new(239, 1, 2, 3), Some(HERE))), w::MSG_MCAST);
        assert_eq!(flags(sent_to(Ipv6Addr::from_bits(0xff02 << 112 | 1), None)), w::MSG_MCAST);
        assert_eq!(flags(sent_to(Ipv6Addr::LOCALHOST, None)), 0);
        assert_eq!(flags(Arrival::default()), 0);
    }

    #[test]
    fn the_loopback_network_has_a_broadcast_address() {
        let entry = |address: [u8; 4], bits: u32, loopback| InterfaceAddress {
            index: 1,
            up: true,
            loopback,
            point_to_point: false,
            multicast: false,
            address: IpAddr::from(address),
            scope: 0,
            mask: Some(Ipv4Addr::from_bits(u32::MAX << (32 - bits))),
            broadcast: None,
        };
        assert_eq!(broadcast_of(&entry([127, 0, 0, 1], 8, true)), Some(Ipv4Addr::new(127, 255, 255, 255)));
        assert_eq!(broadcast_of(&entry([127, 0, 0, 53], 32, true)), None);
        assert_eq!(broadcast_of(&entry([10, 0, 0, 1], 8, false)), None);
        let broadcast = InterfaceAddress { broadcast: Some(ALL), ..entry([192, 0, 2, 7], 24, false) };
        assert_eq!(broadcast_of(&broadcast), Some(ALL));
    }

    #[test]
    fn this_host_is_asked() {
        assert!(!is_broadcast_here(Ipv4Addr::LOCALHOST));
        assert!(!is_broadcast_here(Ipv4Addr::new(198, 51, 100, 77)));
    }
}
