//! ICMP errors of datagram sockets, one by one, where the host keeps them in a queue.
//!
//! Linux does (IP_RECVERR). BSD hosts, macOS too, report to connected sockets only, as the error of the
//! next call, and keep no queue: there the functions here say that they have nothing.

use super::{Errno, Fd};
use crate::socket::address::HostAddr;

/// One ICMP message that concerns an earlier send.
pub(crate) struct QueuedError {
    /// What the host made of it.
    pub(crate) errno: Errno,
    /// The time to live ran out on the way.
    pub(crate) expired: bool,
    /// Where the datagram was to go.
    pub(crate) destination: HostAddr,
}

/// Asks the host to queue errors; false where it cannot.
#[cfg(target_os = "linux")]
pub(crate) fn queue_errors(fd: Fd, ipv6: bool) -> bool {
    let v4 = super::set_int(fd, libc::IPPROTO_IP, libc::IP_RECVERR, 1).is_ok();
    if ipv6 { super::set_int(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVERR, 1).is_ok() } else { v4 }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn queue_errors(_: Fd, _: bool) -> bool {
    false
}

/// Whether the host queues the errors of this socket: it may have refused to.
#[cfg(target_os = "linux")]
pub(crate) fn queues_errors(fd: Fd, ipv6: bool) -> bool {
    let at =
        if ipv6 { (libc::IPPROTO_IPV6, libc::IPV6_RECVERR) } else { (libc::IPPROTO_IP, libc::IP_RECVERR) };
    super::get_int(fd, at.0, at.1).is_ok_and(|on| on != 0)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn queues_errors(_: Fd, _: bool) -> bool {
    false
}

/// The errno for ICMP's "source host isolated", which BSD hosts do not tell apart.
#[cfg(target_os = "linux")]
pub(crate) const SOURCE_ISOLATED: i32 = libc::ENONET;
#[cfg(not(target_os = "linux"))]
pub(crate) const SOURCE_ISOLATED: i32 = libc::EHOSTUNREACH;

/// Takes the oldest queued error.
#[cfg(target_os = "linux")]
pub(crate) fn take_error(fd: Fd) -> Option<QueuedError> {
    #[repr(C, align(8))]
    struct Control([u8; 256]);
    let mut control = Control([0; 256]);
    let mut destination = HostAddr::empty();
    let (name, name_length) = destination.parts_mut();
    // SAFETY: an all-zero header is one without name, buffers and control data.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_name = name.cast();
    header.msg_namelen = *name_length;
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = control.0.len();
    // SAFETY: name and control data describe memory that outlives the call.
    let got = unsafe { libc::recvmsg(fd, &raw mut header, libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT) };
    if got < 0 {
        return None;
    }
    *destination.len_mut() = header.msg_namelen;
    let error = extended_error(&header)?;
    if !matches!(error.ee_origin, libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6) {
        // The host itself found a datagram too long for the path, and has told the send so.
        return take_error(fd);
    }
    let expired = match error.ee_origin {
        libc::SO_EE_ORIGIN_ICMP => error.ee_type == ICMP_TIME_EXCEEDED,
        libc::SO_EE_ORIGIN_ICMP6 => error.ee_type == ICMPV6_TIME_EXCEEDED,
        _ => false,
    };
    Some(QueuedError { errno: Errno(error.ee_errno as i32), expired, destination })
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn take_error(_: Fd) -> Option<QueuedError> {
    None
}

#[cfg(target_os = "linux")]
const ICMP_TIME_EXCEEDED: u8 = 11;
#[cfg(target_os = "linux")]
const ICMPV6_TIME_EXCEEDED: u8 = 3;

#[cfg(target_os = "linux")]
fn extended_error(header: &libc::msghdr) -> Option<libc::sock_extended_err> {
    // SAFETY: the host filled the header's control data; the macros stay inside it.
    let mut message = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !message.is_null() {
        // SAFETY: not null, so it lies inside the control data, which is aligned for it.
        let (level, kind) = unsafe { ((*message).cmsg_level, (*message).cmsg_type) };
        if (level, kind) == (libc::IPPROTO_IP, libc::IP_RECVERR)
            || (level, kind) == (libc::IPPROTO_IPV6, libc::IPV6_RECVERR)
        {
            // SAFETY: this message carries a sock_extended_err; its alignment is not promised.
            return Some(unsafe {
                libc::CMSG_DATA(message).cast::<libc::sock_extended_err>().read_unaligned()
            });
        }
        // SAFETY: as for the first one.
        message = unsafe { libc::CMSG_NXTHDR(header, message) };
    }
    None
}
