//! A socket's life on the host: create, bind, connect, listen, accept, shut down, close, names.

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

/// A number that the descriptor's object has as long as it lives, and no other open one has. 0 where the
/// host tells none.
pub(crate) fn identity(fd: Fd) -> u64 {
    // SAFETY: all-zero is a plain value of it, which the host fills.
    let mut status: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: `status` is writable.
    match unsafe { libc::fstat(fd, &raw mut status) } {
        #[allow(clippy::unnecessary_cast)] // The hosts disagree on the types.
        0 => status.st_ino as u64,
        _ => 0,
    }
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
