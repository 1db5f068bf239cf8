//! What the host counts and marks: bytes waiting, the interfaces.

use super::{Errno, Fd, answer};

/// Bytes that a receive could take (FIONREAD). On datagram sockets hosts disagree on what they count.
pub(crate) fn bytes_waiting(fd: Fd) -> Result<u32, Errno> {
    let mut count: libc::c_int = 0;
    // SAFETY: FIONREAD writes one int.
    answer("ioctl", unsafe { libc::ioctl(fd, libc::FIONREAD, &raw mut count) })?;
    Ok(count.max(0) as u32)
}

/// Whether the next byte of a stream is the urgent one.
pub(crate) fn is_at_mark(fd: Fd) -> Result<bool, Errno> {
    unsafe extern "C" {
        fn sockatmark(fd: libc::c_int) -> libc::c_int;
    }
    // SAFETY: POSIX's function; no memory is passed.
    answer("sockatmark", unsafe { sockatmark(fd) }).map(|at| at == 1)
}

/// What has come on a stream since it began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Received {
    /// Bytes; the peer's end counts as one.
    pub(crate) bytes: u64,
    /// The peer's end has come, or the connection is over.
    pub(crate) finished: bool,
    /// The connection is over: both have finished, or it is broken.
    pub(crate) over: bool,
}

/// What has come on a TCP stream. Only hosts that leave urgent bytes in the stream are asked.
#[cfg(target_os = "linux")]
pub(crate) fn stream_received(fd: Fd) -> Result<Received, Errno> {
    // struct tcp_info: its first byte is the state; the count came with Linux 4.1.
    const BYTES_RECEIVED: usize = 128;
    const END: usize = BYTES_RECEIVED + size_of::<u64>();
    const TIME_WAIT: u8 = 6;
    const CLOSE: u8 = 7;
    const CLOSE_WAIT: u8 = 8;
    const LAST_ACK: u8 = 9;
    const CLOSING: u8 = 11;
    let mut info = [0u8; END];
    let mut len = END as libc::socklen_t;
    let pointer = info.as_mut_ptr().cast();
    // SAFETY: the host writes at most `len` bytes of `info`.
    answer("getsockopt", unsafe {
        libc::getsockopt(fd, libc::IPPROTO_TCP, libc::TCP_INFO, pointer, &raw mut len)
    })?;
    let mut bytes = [0; size_of::<u64>()];
    bytes.copy_from_slice(&info[BYTES_RECEIVED..]);
    if (len as usize) < END {
        return Err(Errno(libc::EOPNOTSUPP));
    }
    let over = matches!(info[0], TIME_WAIT | CLOSE);
    let finished = over || matches!(info[0], CLOSE_WAIT | LAST_ACK | CLOSING);
    Ok(Received { bytes: u64::from_ne_bytes(bytes), finished, over })
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn stream_received(_: Fd) -> Result<Received, Errno> {
    Err(Errno(libc::EOPNOTSUPP))
}

/// How many connections a TCP listener has that wait to be accepted, where the host tells.
#[cfg(target_os = "linux")]
pub(crate) fn backlog(fd: Fd) -> Option<u32> {
    // struct tcp_info: of a listener, the segments that are not acknowledged stand for its queue.
    const UNACKED: usize = 24;
    const END: usize = UNACKED + size_of::<u32>();
    let mut info = [0u8; END];
    let mut len = END as libc::socklen_t;
    let pointer = info.as_mut_ptr().cast();
    // SAFETY: the host writes at most `len` bytes of `info`.
    answer("getsockopt", unsafe {
        libc::getsockopt(fd, libc::IPPROTO_TCP, libc::TCP_INFO, pointer, &raw mut len)
    })
    .ok()?;
    let mut count = [0; size_of::<u32>()];
    count.copy_from_slice(&info[UNACKED..]);
    (len as usize == END).then_some(u32::from_ne_bytes(count))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn backlog(_: Fd) -> Option<u32> {
    None
}

/// How much memory the queue of a datagram socket takes, where the host tells: more with each message that
/// comes, and at some time less after some were received.
#[cfg(target_os = "linux")]
pub(crate) fn queued_memory(fd: Fd) -> Option<u32> {
    // What the host says of its memory begins with that for receiving.
    let mut memory = [0u32; 9];
    let mut len = size_of_val(&memory) as libc::socklen_t;
    let pointer = memory.as_mut_ptr().cast();
    // SAFETY: the host writes at most `len` bytes of `memory`.
    let asked = unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_MEMINFO, pointer, &raw mut len) };
    answer("getsockopt", asked).ok()?;
    Some(memory[0])
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn queued_memory(_: Fd) -> Option<u32> {
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
        match answer("recv", unsafe { libc::recv(fd, std::ptr::null_mut(), 0, LOOK) }) {
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
