//! WSARecvDisconnect and WSASendDisconnect, as they are exported.
#![allow(unsafe_code)] // The C border.

use super::consts::SOCKET_ERROR;
use super::types::{SOCKET, WSABUF};
use crate::ffi::border::routed;
use crate::ffi::provider;
use crate::ffi::spi::doors;

/// **WSARecvDisconnect** ends receiving on `s`, and asks for the data that came with the peer's goodbye.
///
/// It is [`shutdown`](super::shutdown) with SD_RECEIVE: later receives fail with WSAESHUTDOWN. `data` is
/// NULL; no protocol here has disconnect data (XP1_DISCONNECT_DATA). The socket stays open.
///
/// # Errors
/// Checked in this order; a call that fails ends nothing:
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAENOTCONN | connection-oriented, and not connected | documented |
/// | WSAEFAULT | `data` is no pointer | documented |
/// | WSAENOPROTOOPT | `data` is not NULL: for receiving, Microsoft lets TCP/IP succeed too | documented |
///
/// # Safety
/// - `data` is NULL or readable for a WSABUF.
#[unsafe(export_name = "ws2_WSARecvDisconnect")]
pub unsafe extern "system" fn WSARecvDisconnect(s: SOCKET, data: *const WSABUF) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::WSARecvDisconnect(s, data) },
        || provider::disconnect::recv_disconnect(s, data),
    )
}

/// **WSASendDisconnect** ends sending on `s`: the peer sees the graceful end of the connection.
///
/// It is [`shutdown`](super::shutdown) with SD_SEND: later sends fail with WSAESHUTDOWN. `data` would go
/// with the goodbye; it is NULL, because no protocol here has disconnect data. The socket stays open.
///
/// # Errors
/// Those of [`WSARecvDisconnect`], in the same order.
///
/// # Safety
/// - `data` is NULL or readable for a WSABUF.
#[unsafe(export_name = "ws2_WSASendDisconnect")]
pub unsafe extern "system" fn WSASendDisconnect(s: SOCKET, data: *const WSABUF) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::WSASendDisconnect(s, data) },
        || provider::disconnect::send_disconnect(s, data),
    )
}
