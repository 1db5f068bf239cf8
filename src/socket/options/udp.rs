//! The options of UDP: how what is sent is cut into datagrams.

use super::special::{keep, kept};
use crate::error::WsaError;
use crate::socket::facts;
use crate::socket::table::Socket;
use crate::windows::consts as w;

/// UDP_SEND_MSG_SIZE; 0 is not to cut.
pub(super) fn get_send_size(socket: &Socket) -> Result<i32, WsaError> {
    Ok(kept(socket, w::IPPROTO_UDP, w::UDP_SEND_MSG_SIZE).unwrap_or(0))
}

pub(super) fn set_send_size(socket: &Socket, bytes: i32) -> Result<(), WsaError> {
    keep(socket, w::IPPROTO_UDP, w::UDP_SEND_MSG_SIZE, bytes);
    if bytes == 0 {
        socket.slot().clear(facts::SEGMENTS);
    } else {
        socket.set_own(facts::SEGMENTS);
    }
    Ok(())
}

/// How many bytes each datagram of a send has, if sends are cut.
#[inline]
pub(crate) fn send_size(socket: &Socket) -> Option<u32> {
    if !socket.facts().any(facts::SEGMENTS) {
        return None;
    }
    // It is a DWORD.
    get_send_size(socket).ok().map(|bytes| bytes as u32).filter(|&bytes| bytes != 0)
}
