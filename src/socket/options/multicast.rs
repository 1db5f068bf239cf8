//! Options that name interfaces and groups: memberships, where multicast and unicast go out.

use std::net::IpAddr;

use super::{failure, set_on_host};
use crate::error::WsaError;
use crate::socket::address::HostAddr;
use crate::socket::table::Socket;
use crate::sys::host_option as at;
use crate::sys::{self, Interface, Source};
use crate::windows::consts as w;

/// How Windows' IPv4 options name an interface: 0.x.y.z is the index x.y.z, 0.0.0.0 leaves the choice.
fn interface_of(bytes: [u8; 4]) -> Interface {
    match bytes {
        [0, index @ ..] if index != [0; 3] => Interface::Index(u32::from_be_bytes(bytes)),
        address => Interface::Address(address),
    }
}

fn part<const N: usize>(bytes: &[u8], start: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[start..start + N]);
    part
}

/// IP_MREQ: the group, the interface.
fn membership(socket: &Socket, bytes: &[u8], join: bool) -> Result<(), WsaError> {
    let interface = interface_of(part(bytes, 4));
    sys::ipv4_membership(socket.fd(), join, part(bytes, 0), interface).map_err(|errno| failure(socket, errno))
}

pub(super) fn join(socket: &Socket, bytes: &[u8]) -> Result<(), WsaError> {
    membership(socket, bytes, true)
}

pub(super) fn leave(socket: &Socket, bytes: &[u8]) -> Result<(), WsaError> {
    membership(socket, bytes, false)
}

/// IPV6_MREQ: the group, the index of the interface.
fn membership_v6(socket: &Socket, bytes: &[u8], join: bool) -> Result<(), WsaError> {
    let interface = u32::from_le_bytes(part(bytes, 16));
    sys::ipv6_membership(socket.fd(), join, part(bytes, 0), interface).map_err(|errno| failure(socket, errno))
}

pub(super) fn join_v6(socket: &Socket, bytes: &[u8]) -> Result<(), WsaError> {
    membership_v6(socket, bytes, true)
}

pub(super) fn leave_v6(socket: &Socket, bytes: &[u8]) -> Result<(), WsaError> {
    membership_v6(socket, bytes, false)
}

/// WSPJoinLeaf: has the socket take what is sent to the group, but where it is to send only.
pub(crate) fn join_group(socket: &Socket, group: &HostAddr, flags: u32) -> Result<(), WsaError> {
    let provider = socket.facts().provider();
    if !matches!(flags, w::JL_SENDER_ONLY | w::JL_RECEIVER_ONLY | w::JL_BOTH) {
        return Err(WsaError::WSAEINVAL);
    }
    if provider.service_flags & w::XP1_SUPPORT_MULTIPOINT == 0 {
        return Err(WsaError::WSAEOPNOTSUPP);
    }
    match group.ip().filter(|_| i32::from(group.family().to_windows()) == provider.family) {
        None => Err(WsaError::WSAEAFNOSUPPORT),
        Some(ip) if !ip.is_multicast() => Err(WsaError::WSAEADDRNOTAVAIL),
        Some(_) if flags == w::JL_SENDER_ONLY => Ok(()),
        Some(IpAddr::V4(ip)) => membership(socket, &[ip.octets(), [0; 4]].concat(), true),
        Some(IpAddr::V6(ip)) => {
            let index = group.scope_id().to_le_bytes();
            membership_v6(socket, &[&ip.octets()[..], &index].concat(), true)
        }
    }
}

/// IP_MREQ_SOURCE: the group, the source, the interface.
fn source(socket: &Socket, bytes: &[u8], what: Source) -> Result<(), WsaError> {
    let interface = match interface_of(part(bytes, 8)) {
        Interface::Address(address) => address,
        Interface::Index(index) => address_of(index).ok_or(WsaError::WSAEADDRNOTAVAIL)?,
    };
    sys::ipv4_source(socket.fd(), what, part(bytes, 0), part(bytes, 4), interface)
        .map_err(|errno| failure(socket, errno))
}

/// The hosts take an address only.
fn address_of(index: u32) -> Option<[u8; 4]> {
    let all = sys::interface_addresses().ok()?;
    all.iter().filter(|entry| entry.index == index).find_map(|entry| match entry.address {
        std::net::IpAddr::V4(address) => Some(address.octets()),
        std::net::IpAddr::V6(_) => None,
    })
}

pub(super) fn join_source(socket: &Socket, bytes: &[u8]) -> Result<(), WsaError> {
    source(socket, bytes, Source::Join)
}

pub(super) fn leave_source(socket: &Socket, bytes: &[u8]) -> Result<(), WsaError> {
    source(socket, bytes, Source::Leave)
}

pub(super) fn block_source(socket: &Socket, bytes: &[u8]) -> Result<(), WsaError> {
    source(socket, bytes, Source::Block)
}

pub(super) fn unblock_source(socket: &Socket, bytes: &[u8]) -> Result<(), WsaError> {
    source(socket, bytes, Source::Unblock)
}

fn kept(socket: &Socket, level: i32, name: i32) -> i32 {
    socket.read_rare(|rare| rare.option(level, name)).unwrap_or(0)
}

/// IP_MULTICAST_IF reads as it was set.
pub(super) fn interface(socket: &Socket) -> Result<i32, WsaError> {
    Ok(kept(socket, w::IPPROTO_IP, w::IP_MULTICAST_IF))
}

pub(super) fn set_interface(socket: &Socket, value: i32) -> Result<(), WsaError> {
    sys::set_ipv4_multicast_interface(socket.fd(), interface_of(value.to_le_bytes()))
        .map_err(|errno| failure(socket, errno))?;
    socket.with_rare(|rare| rare.set_option(w::IPPROTO_IP, w::IP_MULTICAST_IF, value));
    Ok(())
}

fn host_index(index: u32) -> i32 {
    (if at::INDEX_IN_NETWORK_ORDER { index.to_be() } else { index }) as i32
}

/// IP_UNICAST_IF has its index in network order, IPV6_UNICAST_IF in the processor's.
pub(super) fn unicast(socket: &Socket) -> Result<i32, WsaError> {
    Ok(kept(socket, w::IPPROTO_IP, w::IP_UNICAST_IF))
}

pub(super) fn set_unicast(socket: &Socket, value: i32) -> Result<(), WsaError> {
    set_on_host(socket, at::UNICAST_INTERFACE, host_index(u32::from_be(value as u32)))?;
    socket.with_rare(|rare| rare.set_option(w::IPPROTO_IP, w::IP_UNICAST_IF, value));
    Ok(())
}

pub(super) fn unicast_v6(socket: &Socket) -> Result<i32, WsaError> {
    Ok(kept(socket, w::IPPROTO_IPV6, w::IPV6_UNICAST_IF))
}

pub(super) fn set_unicast_v6(socket: &Socket, value: i32) -> Result<(), WsaError> {
    set_on_host(socket, at::V6_UNICAST_INTERFACE, host_index(value as u32))?;
    socket.with_rare(|rare| rare.set_option(w::IPPROTO_IPV6, w::IPV6_UNICAST_IF, value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_network_0_is_an_index() {
        assert_eq!(interface_of([0, 0, 1, 2]), Interface::Index(0x102));
        assert_eq!(interface_of([0; 4]), Interface::Address([0; 4]));
        assert_eq!(interface_of([127, 0, 0, 1]), Interface::Address([127, 0, 0, 1]));
    }
}
