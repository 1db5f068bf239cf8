//! WSAPoll.
#![allow(unsafe_code)] // The C border; reads and writes the caller's list.

use std::time::Duration;

use super::consts::SOCKET_ERROR;
use super::types::WSAPOLLFD;
use crate::error::WsaError;
use crate::ffi::border::winsock;
use crate::ffi::memory::has_room;
use crate::ffi::spi::{doors, trace};
use crate::socket::{poll, startup};

/// **WSAPoll** waits until sockets of a list of `fds` entries at `fdarray` are ready for what their `events` ask
/// for, for `timeout` milliseconds at most; below 0 for ever. It returns how many entries have `revents`, 0 when
/// the time is up, and does not wait if there is one.
///
/// | bit | asked for | means |
/// |---|---|---|
/// | POLLRDNORM | yes | data, a connection that waits, an ICMP error that a receive is to report; not the end (F207, F208, G032) |
/// | POLLRDBAND | yes | an out-of-band byte |
/// | POLLWRNORM | yes | a send would not wait; the connection is broken, or could not be made |
/// | POLLHUP | no | the peer has finished or the connection is broken, also before unread data (F208, F209) |
/// | POLLERR | no | the connection is broken, or could not be made (F147, F212) |
/// | POLLNVAL | no | no socket: not counted (F204), unless it was closed during the call (F211) |
///
/// Any number of entries works, and a socket may stand in several. A stream that has not been connected is ready
/// for nothing. A handle of a service provider's own stands for the base provider's socket that the provider names
/// when it is asked by SIO_BSP_HANDLE_POLL. What a pending overlapped receive takes makes nothing ready (F066). Calls that are queued for
/// the thread run while it waits.
///
/// # Errors
/// Checked in this order; after WSAEINVAL for an entry every `revents` is 0.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEINVAL | `fds` is 0 | F202 |
/// | WSAEFAULT | `fdarray` is no pointer | F202 |
/// | WSAEINVAL | an entry other than INVALID_SOCKET asks for another bit than the three | F203, F206 |
/// | WSAENOTSOCK | no entry has a socket: each gets POLLNVAL | F205 |
/// | WSAEINTR | the final WSACleanup during the call | G210 |
/// | WSAENOBUFS | the host lacks the memory, or allows fewer descriptors now | documented |
///
/// # Safety
/// - `fdarray` is NULL or has `fds` entries to read and write.
#[unsafe(export_name = "ws2_WSAPoll")]
pub unsafe extern "system" fn WSAPoll(fdarray: *mut WSAPOLLFD, fds: u32, timeout: i32) -> i32 {
    let poll = || {
        startup::require()?;
        let count = fds as usize;
        if count == 0 {
            return Err(WsaError::WSAEINVAL);
        }
        if !has_room(fdarray, count.saturating_mul(size_of::<WSAPOLLFD>())) {
            return Err(WsaError::WSAEFAULT);
        }
        let timeout = u64::try_from(timeout).ok().map(Duration::from_millis);
        let ready = if fdarray.is_aligned() && startup::is_plain() {
            // SAFETY: the caller's promise.
            poll::poll(unsafe { std::slice::from_raw_parts_mut(fdarray, count) }, timeout)
        } else {
            // SAFETY: the caller's promise; alignment is not asked of C programs.
            let mut list: Vec<WSAPOLLFD> =
                (0..count).map(|place| unsafe { fdarray.add(place).read_unaligned() }).collect();
            list.iter_mut().for_each(|entry| entry.fd = doors::handle_to_poll(entry.fd));
            let ready = poll::poll(&mut list, timeout);
            for (place, entry) in list.into_iter().enumerate() {
                // SAFETY: as above; the socket stays what the caller calls it.
                unsafe { (&raw mut (*fdarray.add(place)).revents).write_unaligned(entry.revents) };
            }
            ready
        };
        ready.map(|ready| ready as i32)
    };
    winsock(
        SOCKET_ERROR,
        || {
            if startup::is_plain() { poll() } else { trace::poll(fdarray, fds, timeout, poll) }
        },
    )
}
