//! Socket options on the host: integers, and the few that are structs.

use super::{Errno, Fd, answer};
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

/// macOS counts SO_LINGER in clock ticks and has another option that counts in seconds.
#[cfg(target_os = "macos")]
const LINGER: c_int = libc::SO_LINGER_SEC;
#[cfg(not(target_os = "macos"))]
const LINGER: c_int = libc::SO_LINGER;

/// A multicast membership by interface address (the index form is `ipv6_membership`).
pub(crate) fn ipv4_membership(fd: Fd, name: c_int, group: [u8; 4], interface: [u8; 4]) -> Result<(), Errno> {
    let value = libc::ip_mreq {
        imr_multiaddr: libc::in_addr { s_addr: u32::from_ne_bytes(group) },
        imr_interface: libc::in_addr { s_addr: u32::from_ne_bytes(interface) },
    };
    set_raw(fd, libc::IPPROTO_IP, name, &value)
}

pub(crate) fn ipv6_membership(fd: Fd, name: c_int, group: [u8; 16], interface: u32) -> Result<(), Errno> {
    let value = libc::ipv6_mreq {
        ipv6mr_multiaddr: libc::in6_addr { s6_addr: group },
        ipv6mr_interface: interface as _,
    };
    set_raw(fd, libc::IPPROTO_IPV6, name, &value)
}

/// IP_MULTICAST_IF, by the interface's address.
pub(crate) fn set_ipv4_multicast_interface(fd: Fd, interface: [u8; 4]) -> Result<(), Errno> {
    set_raw(fd, libc::IPPROTO_IP, libc::IP_MULTICAST_IF, &interface)
}

/// The plain values that go through get_raw and set_raw: every byte pattern of them is a value.
trait Plain: Copy {}
impl Plain for c_int {}
impl Plain for libc::linger {}
impl Plain for libc::ip_mreq {}
impl Plain for libc::ipv6_mreq {}
impl Plain for [u8; 4] {}

fn get_raw<T: Plain>(fd: Fd, level: c_int, name: c_int, value: &mut T) -> Result<(), Errno> {
    let mut len = size_of::<T>() as socklen_t;
    let pointer = (value as *mut T).cast::<c_void>();
    // SAFETY: pointer and length describe `value`, and any bytes are a value of a Plain type.
    answer(unsafe { libc::getsockopt(fd, level, name, pointer, &raw mut len) }).map(drop)
}

fn set_raw<T: Plain>(fd: Fd, level: c_int, name: c_int, value: &T) -> Result<(), Errno> {
    let pointer = (value as *const T).cast::<c_void>();
    // SAFETY: pointer and length describe `value`.
    answer(unsafe { libc::setsockopt(fd, level, name, pointer, size_of::<T>() as socklen_t) }).map(drop)
}
