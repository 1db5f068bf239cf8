//! What the host counts and marks: bytes waiting, the interfaces.

use super::{Errno, Fd, answer};

/// Bytes that a receive could take (FIONREAD). On datagram sockets hosts disagree on what they count.
pub(crate) fn bytes_waiting(fd: Fd) -> Result<u32, Errno> {
    let mut count: libc::c_int = 0;
    // SAFETY: FIONREAD writes one int.
    answer(unsafe { libc::ioctl(fd, libc::FIONREAD, &raw mut count) })?;
    Ok(count.max(0) as u32)
}

/// Whether the next byte of a stream is the urgent one.
pub(crate) fn is_at_mark(fd: Fd) -> Result<bool, Errno> {
    unsafe extern "C" {
        fn sockatmark(fd: libc::c_int) -> libc::c_int;
    }
    // SAFETY: POSIX's function; no memory is passed.
    answer(unsafe { sockatmark(fd) }).map(|at| at == 1)
}

/// Bytes of a stream that one receive could take: those up to the urgent mark, if there is one.
///
/// On a stream MSG_TRUNC counts bytes instead of copying them. Hosts without that cannot tell.
#[cfg(target_os = "linux")]
pub(crate) fn peek_count(fd: Fd) -> Option<usize> {
    const COUNT: libc::c_int = libc::MSG_PEEK | libc::MSG_TRUNC | libc::MSG_DONTWAIT;
    // SAFETY: nothing is copied, so the buffer is not looked at.
    let count = unsafe { libc::recv(fd, std::ptr::null_mut(), i32::MAX as usize, COUNT) };
    usize::try_from(count).ok()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn peek_count(_: Fd) -> Option<usize> {
    None
}

/// Bytes of all messages that wait on a datagram socket.
///
/// The host counts only the first one, so the rest is looked at one after the other: SO_PEEK_OFF makes
/// each look begin where the last one ended. Where the host refuses that, the first message counts.
/// An error that the socket was to report is answered with; what the socket's error queue holds stays.
#[cfg(target_os = "linux")]
pub(crate) fn message_bytes_waiting(fd: Fd) -> Result<u32, Errno> {
    const LOOK: libc::c_int = libc::MSG_PEEK | libc::MSG_TRUNC | libc::MSG_DONTWAIT;
    const MOST_MESSAGES: usize = 1 << 16;
    let first = bytes_waiting(fd)?;
    if super::set_int(fd, libc::SOL_SOCKET, libc::SO_PEEK_OFF, 0).is_err() {
        return Ok(first);
    }
    let mut total = 0u32;
    let mut end = Ok(());
    for _ in 0..MOST_MESSAGES {
        // SAFETY: no bytes are asked for; with MSG_TRUNC the answer is the message's length all the same.
        match answer(unsafe { libc::recv(fd, std::ptr::null_mut(), 0, LOOK) }) {
            Ok(bytes) => total = total.saturating_add(bytes as u32),
            Err(errno) if errno.would_block() => break,
            Err(errno) => {
                end = Err(errno);
                break;
            }
        }
    }
    super::set_int(fd, libc::SOL_SOCKET, libc::SO_PEEK_OFF, -1)?;
    end.map(|()| total)
}

/// The length of the first message: FIONREAD would count the senders' names as well.
#[cfg(target_os = "macos")]
pub(crate) fn message_bytes_waiting(fd: Fd) -> Result<u32, Errno> {
    super::get_int(fd, libc::SOL_SOCKET, libc::SO_NREAD).map(|bytes| bytes.max(0) as u32)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(crate) fn message_bytes_waiting(fd: Fd) -> Result<u32, Errno> {
    bytes_waiting(fd)
}

/// One address of one network interface.
pub(crate) struct InterfaceAddress {
    pub(crate) index: u32,
    pub(crate) up: bool,
    pub(crate) loopback: bool,
    pub(crate) point_to_point: bool,
    pub(crate) multicast: bool,
    pub(crate) address: std::net::IpAddr,
    /// Of an IPv6 address, the interface that it belongs to; else 0.
    pub(crate) scope: u32,
    pub(crate) mask: Option<std::net::Ipv4Addr>,
    pub(crate) broadcast: Option<std::net::Ipv4Addr>,
}

/// The addresses of the host's interfaces.
pub(crate) fn interface_addresses() -> Result<Vec<InterfaceAddress>, Errno> {
    use nix::net::if_::InterfaceFlags as Flag;
    let list = nix::ifaddrs::getifaddrs().map_err(|errno| Errno(errno as i32))?;
    let v4 = |name: Option<nix::sys::socket::SockaddrStorage>| Some(name?.as_sockaddr_in()?.ip());
    Ok(list
        .filter_map(|entry| {
            let name = entry.address?;
            let (address, scope) = match (name.as_sockaddr_in(), name.as_sockaddr_in6()) {
                (Some(v4), _) => (v4.ip().into(), 0),
                (None, Some(v6)) => (v6.ip().into(), v6.scope_id()),
                (None, None) => return None,
            };
            Some(InterfaceAddress {
                index: nix::net::if_::if_nametoindex(entry.interface_name.as_str()).unwrap_or(0),
                up: entry.flags.contains(Flag::IFF_UP),
                loopback: entry.flags.contains(Flag::IFF_LOOPBACK),
                point_to_point: entry.flags.contains(Flag::IFF_POINTOPOINT),
                multicast: entry.flags.contains(Flag::IFF_MULTICAST),
                address,
                scope,
                mask: v4(entry.netmask),
                broadcast: v4(entry.broadcast),
            })
        })
        .collect())
}
