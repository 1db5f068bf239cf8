//! A socket's life on the host: create, bind, connect, listen, accept, shut down, close, names.

use std::net::SocketAddr;

use super::{Errno, Fd, answer};
use crate::socket::address::HostAddr;

/// Creates a socket; `inherit` keeps it open across exec.
pub(crate) fn create(family: i32, kind: i32, protocol: i32, inherit: bool) -> Result<Fd, Errno> {
    // SAFETY: no memory is passed.
    let fd = answer("socket", unsafe { libc::socket(family, kind, protocol) }).and_then(off_zero)?;
    prepare(fd, inherit);
    Ok(fd)
}

/// What every descriptor made here gets: no signal on a broken pipe, and the wish about exec.
fn prepare(fd: Fd, inherit: bool) {
    if !inherit {
        // SAFETY: no memory is passed.
        unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
    keep_signals_away(fd);
}

/// Where the host has no flag for it on each send: no signal for a broken pipe.
pub(crate) fn keep_signals_away(fd: Fd) {
    #[cfg(target_os = "macos")]
    let _ = super::set_int(fd, libc::SOL_SOCKET, libc::SO_NOSIGPIPE, 1);
    #[cfg(not(target_os = "macos"))]
    let _ = fd;
}

pub(crate) fn bind(fd: Fd, name: &HostAddr) -> Result<(), Errno> {
    // SAFETY: pointer and length describe `name`, which outlives the call.
    answer("bind", unsafe { libc::bind(fd, name.as_ptr(), name.len()) }).map(drop)
}

pub(crate) fn connect(fd: Fd, name: &HostAddr) -> Result<(), Errno> {
    // SAFETY: pointer and length describe `name`, which outlives the call.
    answer("connect", unsafe { libc::connect(fd, name.as_ptr(), name.len()) }).map(drop)
}

/// Dissolves the association of a connected datagram socket.
pub(crate) fn disconnect(fd: Fd) -> Result<(), Errno> {
    // SAFETY: an all-zero sockaddr is a plain value of it.
    let mut none: libc::sockaddr = unsafe { std::mem::zeroed() };
    none.sa_family = libc::AF_UNSPEC as libc::sa_family_t;
    let len = size_of::<libc::sockaddr>() as libc::socklen_t;
    // SAFETY: pointer and length describe `none`.
    answer("connect", unsafe { libc::connect(fd, &raw const none, len) }).map(drop)
}

pub(crate) fn listen(fd: Fd, backlog: i32) -> Result<(), Errno> {
    // SAFETY: no memory is passed.
    answer("listen", unsafe { libc::listen(fd, backlog) }).map(drop)
}

/// Takes one connection and its peer's name.
pub(crate) fn accept(fd: Fd, inherit: bool) -> Result<(Fd, HostAddr), Errno> {
    let mut name = HostAddr::empty();
    let (pointer, length) = name.parts_mut();
    // SAFETY: pointer and length describe `name`, which the host may fill.
    let accepted = answer("accept", unsafe { libc::accept(fd, pointer, length) }).and_then(off_zero)?;
    prepare(accepted, inherit);
    Ok((accepted, name))
}

/// One of libc's SHUT_RD, SHUT_WR, SHUT_RDWR.
pub(crate) fn shutdown(fd: Fd, how: i32) -> Result<(), Errno> {
    // SAFETY: no memory is passed.
    answer("shutdown", unsafe { libc::shutdown(fd, how) }).map(drop)
}

/// Closes; a close that a signal interrupted is done all the same on the hosts that we know.
pub(crate) fn close(fd: Fd) {
    // SAFETY: the caller owns the descriptor and does not use it again.
    unsafe { libc::close(fd) };
}

pub(crate) fn duplicate(fd: Fd) -> Result<Fd, Errno> {
    // SAFETY: no memory is passed. The lowest number that may be given is 1.
    answer("fcntl", unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 1) })
}

/// Makes `fd` stand for what `by` stands for, which is closed; both keep their wish about exec.
pub(crate) fn replace(fd: Fd, by: Fd) -> Result<(), Errno> {
    // SAFETY: no memory is passed.
    let flags = answer("fcntl", unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
    // SAFETY: as above; both descriptors are the caller's.
    let replaced = answer("dup2", unsafe { libc::dup2(by, fd) });
    close(by);
    replaced?;
    // SAFETY: as above.
    answer("fcntl", unsafe { libc::fcntl(fd, libc::F_SETFD, flags) }).map(drop)
}

/// No SOCKET is 0: programs take it for "none", and Windows answers it with WSAENOTSOCK (F011).
fn off_zero(fd: Fd) -> Result<Fd, Errno> {
    if fd != 0 {
        return Ok(fd);
    }
    let moved = duplicate(fd);
    close(fd);
    moved
}

/// The socket's own name.
pub(crate) fn local_name(fd: Fd) -> Result<HostAddr, Errno> {
    let mut name = HostAddr::empty();
    let (pointer, length) = name.parts_mut();
    // SAFETY: pointer and length describe `name`, which the host may fill.
    answer("getsockname", unsafe { libc::getsockname(fd, pointer, length) })?;
    Ok(name)
}

/// Whether the host has this address, whose port is 0.
pub(crate) fn is_own_address(name: &HostAddr) -> bool {
    let Some(family) = name.family().to_host() else { return false };
    let Ok(fd) = create(family, libc::SOCK_DGRAM, 0, false) else { return false };
    let bound = bind(fd, name);
    close(fd);
    bound.is_ok()
}

/// Whether the host has an interface of this index.
pub(crate) fn is_interface(index: u32) -> bool {
    nix::net::if_::if_indextoname(index).is_ok()
}

/// An option that tells of the way to there, if the host knows one.
pub(crate) fn get_on_the_way(to: &HostAddr, option: Option<super::At>) -> Option<libc::c_int> {
    let fd = create(to.family().to_host()?, libc::SOCK_DGRAM, 0, false).ok()?;
    let told = connect(fd, to).and_then(|()| super::get_at(fd, option));
    close(fd);
    told.ok()
}

/// The peer's name.
pub(crate) fn peer_name(fd: Fd) -> Result<HostAddr, Errno> {
    let mut name = HostAddr::empty();
    let (pointer, length) = name.parts_mut();
    // SAFETY: pointer and length describe `name`, which the host may fill.
    answer("getpeername", unsafe { libc::getpeername(fd, pointer, length) })?;
    Ok(name)
}

fn status(fd: Fd) -> Option<libc::stat> {
    // SAFETY: all-zero is a plain value of it, which the host fills.
    let mut status: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: `status` is writable.
    (unsafe { libc::fstat(fd, &raw mut status) } == 0).then_some(status)
}

fn is_socket(status: &libc::stat) -> bool {
    status.st_mode & libc::S_IFMT == libc::S_IFSOCK
}

/// A number that the descriptor's object has as long as it lives, and no other open one has. Where the host tells
/// none, which is so of macOS' inet sockets, it says the socket's kind, so that at least other kinds and what is no
/// socket are told from it: see [`is_of_one`]. 0 where nothing is open.
pub(crate) fn identity(fd: Fd) -> u64 {
    match status(fd) {
        None => 0,
        #[allow(clippy::unnecessary_cast)] // The hosts disagree on the types.
        Some(status) if status.st_ino != 0 || !is_socket(&status) => status.st_ino as u64,
        Some(_) => {
            let kind = super::get_int(fd, libc::SOL_SOCKET, libc::SO_TYPE).unwrap_or(0);
            let family = local_name(fd).map_or(0, |name| name.family().to_windows());
            OF_A_KIND | u64::from(family) << 32 | u64::from(kind as u32)
        }
    }
}

const OF_A_KIND: u64 = 1 << 63;

/// Whether an [`identity`] is that of one object alone.
pub(crate) fn is_of_one(identity: u64) -> bool {
    identity != 0 && identity & OF_A_KIND == 0
}

/// Whether another descriptor of this process may stand for the same socket: a close of this one is then not its end.
/// Every descriptor is looked at. Other processes are not.
pub(crate) fn may_be_elsewhere(fd: Fd) -> bool {
    #[cfg(target_os = "linux")]
    const OPEN: &str = "/proc/self/fd";
    #[cfg(not(target_os = "linux"))]
    const OPEN: &str = "/dev/fd";
    let this = (identity(fd), names_unless_of_one(fd));
    let Ok(open) = std::fs::read_dir(OPEN) else { return true };
    let numbers = open.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<Fd>().ok());
    let is_this = |other: Fd| identity(other) == this.0 && names_unless_of_one(other) == this.1;
    numbers.filter(|&other| other != fd).any(is_this)
}

/// What tells two connections apart where the host has no number for each.
fn names_unless_of_one(fd: Fd) -> Option<(Option<SocketAddr>, Option<SocketAddr>)> {
    let address = |name: Result<HostAddr, Errno>| name.ok().and_then(|name| name.socket_addr());
    (!is_of_one(identity(fd))).then(|| (address(local_name(fd)), address(peer_name(fd))))
}

/// Whether a program that exec starts has the descriptor, too.
pub(crate) fn is_inherited(fd: Fd) -> Result<bool, Errno> {
    // SAFETY: no memory is passed.
    let flags = answer("fcntl", unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
    Ok(flags & libc::FD_CLOEXEC == 0)
}

pub(crate) fn set_inherited(fd: Fd, on: bool) -> Result<(), Errno> {
    let flags = if on { 0 } else { libc::FD_CLOEXEC };
    // SAFETY: no memory is passed.
    answer("fcntl", unsafe { libc::fcntl(fd, libc::F_SETFD, flags) }).map(drop)
}

/// Whether the descriptor is in nonblocking mode.
pub(crate) fn is_nonblocking(fd: Fd) -> Result<bool, Errno> {
    // SAFETY: no memory is passed.
    let flags = answer("fcntl", unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    Ok(flags & libc::O_NONBLOCK != 0)
}

pub(crate) fn set_nonblocking(fd: Fd, on: bool) -> Result<(), Errno> {
    // SAFETY: no memory is passed.
    let flags = answer("fcntl", unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    let wanted = if on { flags | libc::O_NONBLOCK } else { flags & !libc::O_NONBLOCK };
    if wanted == flags {
        return Ok(());
    }
    // SAFETY: no memory is passed.
    answer("fcntl", unsafe { libc::fcntl(fd, libc::F_SETFL, wanted) }).map(drop)
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::os::fd::{AsRawFd, IntoRawFd};

    use super::*;

    #[test]
    fn what_is_open_has_an_identity_that_a_clone_has_too() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let clone = socket.try_clone().unwrap();
        assert_ne!(identity(socket.as_raw_fd()), 0);
        assert_eq!(identity(socket.as_raw_fd()), identity(clone.as_raw_fd()));
        assert!(may_be_elsewhere(socket.as_raw_fd()));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert_ne!(identity(socket.as_raw_fd()), identity(listener.as_raw_fd()), "another kind");
        // No other test's: numbers this high are given to nobody who does not ask for one.
        // SAFETY: no memory is passed.
        let closed = unsafe { libc::fcntl(socket.as_raw_fd(), libc::F_DUPFD, 900) };
        close(closed);
        assert_eq!(identity(closed), 0);
        close(clone.into_raw_fd());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn two_sockets_of_one_kind_are_told_apart_where_the_host_does() {
        let [one, other] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        assert_ne!(identity(one.as_raw_fd()), identity(other.as_raw_fd()));
        assert!(is_of_one(identity(one.as_raw_fd())) && !is_of_one(0));
        assert!(!may_be_elsewhere(one.as_raw_fd()));
    }
}
