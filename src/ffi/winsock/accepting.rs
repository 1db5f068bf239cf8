//! accept and WSAAccept.
#![allow(unsafe_code)] // The C border; writes the caller's names, and calls the caller's condition.

use super::consts::*;
use super::name::NameOut;
use super::types::*;
use crate::error::WsaError;
use crate::ffi::border::routed;
use crate::ffi::spi::doors;
use crate::socket::address::HostAddr;
use crate::socket::connection::{self, Verdict};
use crate::socket::table;

/// **accept** takes the first waiting connection.
///
/// The peer's name goes to `addr`, which has room for `*addrlen` bytes, and its length to `*addrlen`;
/// a NULL for either leaves both alone (F303). The new socket has the listener's mode and options (F284).
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAEOPNOTSUPP | a datagram socket | documented |
/// | WSAEINVAL | the socket does not listen | documented |
/// | WSAEFAULT | `*addrlen` is too short | F303 |
/// | WSAEWOULDBLOCK | nonblocking mode and no connection waits | documented |
/// | WSAEINTR | closesocket in another thread; the final WSACleanup | G003, G211 |
/// | WSAEMFILE | no descriptor is left | documented |
///
/// # Safety
/// - `addrlen` is NULL or an int to read and write; `addr` is NULL or writable for `*addrlen` bytes.
#[unsafe(export_name = "ws2_accept")]
pub unsafe extern "system" fn accept(s: SOCKET, addr: *mut SOCKADDR, addrlen: *mut i32) -> SOCKET {
    routed(
        INVALID_SOCKET,
        // SAFETY: the caller's promise.
        || unsafe { doors::accept(s, addr, addrlen) },
        // SAFETY: the caller's promise.
        || unsafe { accept_if(s, addr, addrlen, |_| Verdict::Accept) },
    )
}

/// **WSAAccept** takes the first waiting connection if `condition` agrees.
///
/// As [`accept`]. `condition` is NULL or is called with the peer's name and with `callback_data`, and
/// returns CF_ACCEPT, CF_REJECT or CF_DEFER; a deferred connection waits for the next accept (F302).
///
/// # Errors
/// Those of [`accept`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | WSAECONNREFUSED | the condition rejects | documented |
/// | WSATRY_AGAIN | the condition defers | F302 |
///
/// # Platform notes
/// The host has taken the connection before the condition runs: a rejected peer sees it open and reset.
///
/// # Safety
/// - Those of [`accept`]; `condition` may be called in this thread before the call returns.
#[unsafe(export_name = "ws2_WSAAccept")]
pub unsafe extern "system" fn WSAAccept(
    s: SOCKET,
    addr: *mut SOCKADDR,
    addrlen: *mut i32,
    condition: LPCONDITIONPROC,
    callback_data: usize,
) -> SOCKET {
    routed(
        INVALID_SOCKET,
        // SAFETY: the caller's promise.
        || unsafe { doors::WSAAccept(s, addr, addrlen, condition, callback_data) },
        // SAFETY: the caller's promise.
        || unsafe { base_accept(s, addr, addrlen, condition, callback_data) },
    )
}

/// [`WSAAccept`] of the base provider.
///
/// # Safety
/// Those of [`WSAAccept`].
pub(in crate::ffi) unsafe fn base_accept(
    s: SOCKET,
    addr: *mut SOCKADDR,
    addrlen: *mut i32,
    condition: LPCONDITIONPROC,
    callback_data: usize,
) -> Result<SOCKET, WsaError> {
    let judge = |peer: &HostAddr| {
        let Some(condition) = condition else { return Verdict::Accept };
        let mut name = [0u8; 128];
        let len = peer.to_windows(&mut name).min(name.len()) as u32;
        let mut caller = WSABUF { len, buf: name.as_mut_ptr() };
        let (mut callee, mut data) = (WSABUF::default(), WSABUF::default());
        let (no_qos, mut group) = (std::ptr::null_mut(), 0);
        // SAFETY: the caller gave the function to be called so; what it gets outlives the call.
        let verdict = unsafe {
            condition(
                &raw mut caller,
                std::ptr::null_mut(),
                no_qos,
                no_qos,
                &raw mut callee,
                &raw mut data,
                &raw mut group,
                callback_data,
            )
        };
        match verdict as u32 {
            CF_ACCEPT => Verdict::Accept,
            CF_DEFER => Verdict::Defer,
            _ => Verdict::Reject,
        }
    };
    // SAFETY: the caller's promise.
    unsafe { accept_if(s, addr, addrlen, judge) }
}

/// # Safety
/// Those of [`accept`].
unsafe fn accept_if(
    s: SOCKET,
    addr: *mut SOCKADDR,
    addrlen: *mut i32,
    judge: impl FnOnce(&HostAddr) -> Verdict,
) -> Result<SOCKET, WsaError> {
    let listener = table::enter_to_wait(s)?;
    let wanted = !addr.is_null() && !addrlen.is_null();
    let least = listener.facts().provider().min_address;
    // SAFETY: the caller's promise.
    let room = if wanted { Some(unsafe { NameOut::new(addr, addrlen, least) }?) } else { None };
    let (accepted, peer) = connection::accept(&listener, judge)?;
    if let Some(room) = room {
        room.put(&peer);
    }
    Ok(accepted)
}
