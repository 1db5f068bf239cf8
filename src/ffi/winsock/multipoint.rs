//! WSAJoinLeaf.
#![allow(unsafe_code)] // The C border; reads the caller's name.

use super::consts::*;
use super::name;
use super::types::*;
use crate::error::WsaError;
use crate::ffi::border::routed;
use crate::ffi::spi::doors;
use crate::socket::{options, table};

/// **WSAJoinLeaf** has a datagram socket join the multicast group at `name`, `namelen` bytes, and gives the same socket.
///
/// `flags` is JL_SENDER_ONLY, JL_RECEIVER_ONLY or JL_BOTH; who only sends needs to join nothing. The group is joined
/// on the interface that the host chooses, or the one of an IPv6 name's scope. Connect data and qualities of
/// service are ignored.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAEFAULT | `name` is no pointer, or `namelen` too short | documented |
/// | WSAEINVAL | another `flags` | documented |
/// | WSAEOPNOTSUPP | the socket's protocol has no multicast | documented |
/// | WSAEAFNOSUPPORT | the name is of another family | documented |
/// | WSAEADDRNOTAVAIL | it is no group | documented |
///
/// # Platform notes
/// Windows wants a socket made with WSA_FLAG_MULTIPOINT_C_LEAF and WSA_FLAG_MULTIPOINT_D_LEAF; here the flags are
/// taken and change nothing.
///
/// # Safety
/// - `name` is NULL or readable for `namelen` bytes.
#[unsafe(export_name = "ws2_WSAJoinLeaf")]
pub unsafe extern "system" fn WSAJoinLeaf(
    s: SOCKET,
    name: *const SOCKADDR,
    namelen: i32,
    lpcallerdata: *const WSABUF,
    lpcalleedata: *mut WSABUF,
    lpsqos: *const QOS,
    lpgqos: *const QOS,
    dwflags: u32,
) -> SOCKET {
    routed(
        INVALID_SOCKET,
        // SAFETY: the caller's promise.
        || unsafe {
            doors::WSAJoinLeaf(s, name, namelen, lpcallerdata, lpcalleedata, lpsqos, lpgqos, dwflags)
        },
        // SAFETY: the caller's promise.
        || unsafe { base_join_leaf(s, name, namelen, dwflags) },
    )
}

/// [`WSAJoinLeaf`] of the base provider.
///
/// # Safety
/// `name` is NULL, bad, or readable for `namelen` bytes.
pub(in crate::ffi) unsafe fn base_join_leaf(
    s: SOCKET,
    name: *const SOCKADDR,
    namelen: i32,
    flags: u32,
) -> Result<SOCKET, WsaError> {
    let socket = table::enter(s)?;
    // SAFETY: the caller's promise.
    let group = unsafe { name::read(name, namelen) }?;
    options::join_group(&socket, &group, flags)?;
    Ok(s)
}
