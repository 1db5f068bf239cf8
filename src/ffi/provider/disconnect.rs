//! WSARecvDisconnect and WSASendDisconnect: ending one direction, with data that no protocol here carries.
#![allow(unsafe_code)] // The C border.

use crate::error::WsaError;
use crate::ffi::memory::is_bad;
use crate::socket::{connection, table};
use crate::windows::consts::{SD_RECEIVE, SD_SEND};
use crate::windows::types::{SOCKET, WSABUF};

/// **WSARecvDisconnect** of the base provider.
pub(in crate::ffi) fn recv_disconnect(s: SOCKET, data: *const WSABUF) -> Result<i32, WsaError> {
    disconnect(s, data, SD_RECEIVE)
}

/// **WSASendDisconnect** of the base provider.
pub(in crate::ffi) fn send_disconnect(s: SOCKET, data: *const WSABUF) -> Result<i32, WsaError> {
    disconnect(s, data, SD_SEND)
}

fn disconnect(s: SOCKET, data: *const WSABUF, how: i32) -> Result<i32, WsaError> {
    let socket = table::enter(s)?;
    connection::require_peer(&socket)?;
    match data {
        data if data.is_null() => connection::shutdown(&socket, how).map(|()| 0),
        data if is_bad(data) => Err(WsaError::WSAEFAULT),
        _ => Err(WsaError::WSAENOPROTOOPT),
    }
}
