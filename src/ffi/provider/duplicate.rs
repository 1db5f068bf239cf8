//! WSADuplicateSocket: a record by which another SOCKET for the same object is made.
#![allow(unsafe_code)] // The C border.

use super::protocol_info::{self, NameUnit};
use crate::error::WsaError;
use crate::ffi::memory::has_room;
use crate::socket::{lifecycle, table};
use crate::windows::types::SOCKET;

/// # Safety
/// Those of `WSADuplicateSocketA`, for the width.
pub(in crate::ffi) unsafe fn duplicate_socket<T: NameUnit>(
    s: SOCKET,
    process_id: u32,
    info: *mut u8,
) -> Result<i32, WsaError> {
    let socket = table::enter(s)?;
    if process_id != std::process::id() {
        return Err(WsaError::WSAEINVAL);
    }
    if !has_room(info, protocol_info::size::<T>()) {
        return Err(WsaError::WSAEFAULT);
    }
    let ticket = lifecycle::duplicate(&socket)?;
    // SAFETY: the caller's promise.
    unsafe { protocol_info::write::<T>(socket.facts().provider(), ticket, info) };
    Ok(0)
}
