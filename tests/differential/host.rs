//! What the host says has arrived, asked past the library so that nothing of its state changes.

use openws2::Win32::Networking::WinSock::SOCKET;

/// What of a connection has arrived at one end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // Made only where the host tells.
pub struct Arrived {
    pub bytes: u64,
    /// The peer's end of stream, or its reset.
    pub ended: bool,
    /// The connection is over: a reset, or both ends of stream.
    pub over: bool,
}

/// None where the host does not tell.
#[cfg(target_os = "linux")]
pub fn arrived(s: SOCKET) -> Option<Arrived> {
    const CLOSED: [u8; 2] = [6, 7];
    const ENDED: [u8; 5] = [6, 7, 8, 9, 11];
    const BYTES_RECEIVED: usize = 128;
    let mut info = [0u8; BYTES_RECEIVED + 8];
    let mut len = info.len() as libc::socklen_t;
    let asked = unsafe {
        libc::getsockopt(s as i32, libc::IPPROTO_TCP, libc::TCP_INFO, info.as_mut_ptr().cast(), &raw mut len)
    };
    if asked != 0 || (len as usize) < info.len() {
        return None;
    }
    let bytes = u64::from_ne_bytes(info[BYTES_RECEIVED..].try_into().ok()?);
    Some(Arrived { bytes, ended: ENDED.contains(&info[0]), over: CLOSED.contains(&info[0]) })
}

#[cfg(not(target_os = "linux"))]
pub fn arrived(_: SOCKET) -> Option<Arrived> {
    None
}

/// Whether the host tells a datagram socket of every ICMP message; it has one now.
#[cfg(target_os = "linux")]
pub fn has_error(s: SOCKET) -> Option<bool> {
    let mut entry = libc::pollfd { fd: s as i32, events: 0, revents: 0 };
    let ready = unsafe { libc::poll(&raw mut entry, 1, 0) };
    Some(ready == 1 && entry.revents & libc::POLLERR != 0)
}

#[cfg(not(target_os = "linux"))]
pub fn has_error(_: SOCKET) -> Option<bool> {
    None
}
