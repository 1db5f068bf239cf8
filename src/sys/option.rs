//! Socket options on the host: integers, and the few that are structs.

use super::{At, Errno, Fd, answer};
use libc::{c_int, c_void, socklen_t};

/// An integer option's value.
pub(crate) fn get_int(fd: Fd, level: c_int, name: c_int) -> Result<c_int, Errno> {
    let mut value: c_int = 0;
    get_raw(fd, level, name, &mut value)?;
    Ok(value)
}

pub(crate) fn set_int(fd: Fd, level: c_int, name: c_int, value: c_int) -> Result<(), Errno> {
    set_raw(fd, level, name, &value)
}

/// SO_LINGER: whether, and for how many seconds.
pub(crate) fn linger(fd: Fd) -> Result<(bool, u16), Errno> {
    let mut value = libc::linger { l_onoff: 0, l_linger: 0 };
    get_raw(fd, libc::SOL_SOCKET, LINGER, &mut value)?;
    Ok((value.l_onoff != 0, value.l_linger as u16))
}

pub(crate) fn set_linger(fd: Fd, on: bool, seconds: u16) -> Result<(), Errno> {
    let value = libc::linger { l_onoff: c_int::from(on), l_linger: c_int::from(seconds) };
    set_raw(fd, libc::SOL_SOCKET, LINGER, &value)
}

/// SO_RCVTIMEO or SO_SNDTIMEO in milliseconds; 0 is none.
pub(crate) fn timeout(fd: Fd, name: c_int) -> Result<u32, Errno> {
    let mut value = libc::timeval { tv_sec: 0, tv_usec: 0 };
    get_raw(fd, libc::SOL_SOCKET, name, &mut value)?;
    let seconds = u64::try_from(value.tv_sec).unwrap_or(0);
    let microseconds = u64::try_from(value.tv_usec).unwrap_or(0);
    let milliseconds = seconds.saturating_mul(1000).saturating_add(microseconds.div_ceil(1000));
    Ok(u32::try_from(milliseconds).unwrap_or(u32::MAX))
}

/// As [`timeout`]; u32::MAX is none, too.
pub(crate) fn set_timeout(fd: Fd, name: c_int, milliseconds: u32) -> Result<(), Errno> {
    let milliseconds = if milliseconds == u32::MAX { 0 } else { milliseconds };
    let (tv_sec, tv_usec) = ((milliseconds / 1000) as _, (milliseconds % 1000 * 1000) as _);
    set_raw(fd, libc::SOL_SOCKET, name, &libc::timeval { tv_sec, tv_usec })
}

/// macOS counts SO_LINGER in clock ticks and has another option that counts in seconds.
#[cfg(target_os = "macos")]
const LINGER: c_int = libc::SO_LINGER_SEC;
#[cfg(not(target_os = "macos"))]
const LINGER: c_int = libc::SO_LINGER;

/// An integer option, by the host's place for it; a host without the place says ENOPROTOOPT.
pub(crate) fn get_at(fd: Fd, at: Option<At>) -> Result<c_int, Errno> {
    let At { level, name } = at.ok_or(Errno(libc::ENOPROTOOPT))?;
    get_int(fd, level, name)
}

pub(crate) fn set_at(fd: Fd, at: Option<At>, value: c_int) -> Result<(), Errno> {
    let At { level, name } = at.ok_or(Errno(libc::ENOPROTOOPT))?;
    set_int(fd, level, name, value)
}

/// How a program names an IPv4 interface: one of its addresses, or its index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Interface {
    Address([u8; 4]),
    Index(u32),
}

fn group_request(group: [u8; 4], interface: Interface) -> libc::ip_mreqn {
    let (address, index) = match interface {
        Interface::Address(address) => (address, 0),
        Interface::Index(index) => ([0; 4], index),
    };
    libc::ip_mreqn { imr_multiaddr: ipv4(group), imr_address: ipv4(address), imr_ifindex: index as c_int }
}

fn ipv4(bytes: [u8; 4]) -> libc::in_addr {
    libc::in_addr { s_addr: u32::from_ne_bytes(bytes) }
}

/// Joins or leaves a group.
pub(crate) fn ipv4_membership(fd: Fd, join: bool, group: [u8; 4], interface: Interface) -> Result<(), Errno> {
    let name = if join { libc::IP_ADD_MEMBERSHIP } else { libc::IP_DROP_MEMBERSHIP };
    set_raw(fd, libc::IPPROTO_IP, name, &group_request(group, interface))
}

/// What to do about one source of a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    Join,
    Leave,
    Block,
    Unblock,
}

/// Joins, leaves, blocks or unblocks one source of a group, on the interface that has the address.
pub(crate) fn ipv4_source(
    fd: Fd,
    what: Source,
    group: [u8; 4],
    source: [u8; 4],
    interface: [u8; 4],
) -> Result<(), Errno> {
    let name = match what {
        Source::Join => libc::IP_ADD_SOURCE_MEMBERSHIP,
        Source::Leave => libc::IP_DROP_SOURCE_MEMBERSHIP,
        Source::Block => libc::IP_BLOCK_SOURCE,
        Source::Unblock => libc::IP_UNBLOCK_SOURCE,
    };
    let value = libc::ip_mreq_source {
        imr_multiaddr: ipv4(group),
        imr_sourceaddr: ipv4(source),
        imr_interface: ipv4(interface),
    };
    set_raw(fd, libc::IPPROTO_IP, name, &value)
}

/// Joins or leaves an IPv6 group on the interface with the index; 0 leaves the choice to the host.
pub(crate) fn ipv6_membership(fd: Fd, join: bool, group: [u8; 16], interface: u32) -> Result<(), Errno> {
    #[cfg(target_os = "macos")]
    let (add, drop) = (libc::IPV6_JOIN_GROUP, libc::IPV6_LEAVE_GROUP);
    #[cfg(not(target_os = "macos"))]
    let (add, drop) = (libc::IPV6_ADD_MEMBERSHIP, libc::IPV6_DROP_MEMBERSHIP);
    let value = libc::ipv6_mreq {
        ipv6mr_multiaddr: libc::in6_addr { s6_addr: group },
        ipv6mr_interface: interface as _,
    };
    set_raw(fd, libc::IPPROTO_IPV6, if join { add } else { drop }, &value)
}

/// The interface that multicast goes out of.
pub(crate) fn set_ipv4_multicast_interface(fd: Fd, interface: Interface) -> Result<(), Errno> {
    set_raw(fd, libc::IPPROTO_IP, libc::IP_MULTICAST_IF, &group_request([0; 4], interface))
}

/// The plain values that go through get_raw and set_raw: every byte pattern of them is a value.
trait Plain: Copy {}
impl Plain for c_int {}
impl Plain for libc::linger {}
impl Plain for libc::timeval {}
impl Plain for libc::ip_mreqn {}
impl Plain for libc::ip_mreq_source {}
impl Plain for libc::ipv6_mreq {}

fn get_raw<T: Plain>(fd: Fd, level: c_int, name: c_int, value: &mut T) -> Result<(), Errno> {
    let mut len = size_of::<T>() as socklen_t;
    let pointer = (value as *mut T).cast::<c_void>();
    // SAFETY: pointer and length describe `value`, and any bytes are a value of a Plain type.
    answer("getsockopt", unsafe { libc::getsockopt(fd, level, name, pointer, &raw mut len) }).map(drop)
}

fn set_raw<T: Plain>(fd: Fd, level: c_int, name: c_int, value: &T) -> Result<(), Errno> {
    let pointer = (value as *const T).cast::<c_void>();
    // SAFETY: pointer and length describe `value`.
    answer("setsockopt", unsafe { libc::setsockopt(fd, level, name, pointer, size_of::<T>() as socklen_t) })
        .map(drop)
}
