//! Socket options: pointers and lengths across the border.
#![allow(unsafe_code)] // The C border.

use super::protocol_info::{self, NameUnit};
use crate::error::WsaError;
use crate::ffi::memory::{bytes, copy_out, get, has_room, is_bad, put};
use crate::socket::options::{self, Answer};
use crate::socket::table;
use crate::windows::consts::*;
use crate::windows::foundation::{PCSTR, PSTR};
use crate::windows::types::SOCKET;

/// The longest value that an option has: a protocol record with a wide name.
const LONGEST: usize = protocol_info::size::<u32>();

/// `T` is the unit of wide names.
///
/// # Safety
/// Those of `getsockopt`.
pub(in crate::ffi) unsafe fn get_sock_opt<T: NameUnit>(
    s: SOCKET,
    level: i32,
    name: i32,
    value: PSTR,
    length: *mut i32,
) -> Result<i32, WsaError> {
    let thread = level == SOL_SOCKET && name == SO_OPENTYPE;
    let socket = if thread { None } else { Some(table::enter(s)?) };
    // SAFETY: the caller's promise.
    let room = unsafe { get(length) }?;
    // No option is longer; a longer promise need not be kept.
    if !has_room(value, usize::try_from(room).unwrap_or(0).min(LONGEST)) {
        return Err(WsaError::WSAEFAULT);
    }
    let answer: Answer = match &socket {
        None => options::get_open_type(room),
        Some(socket) => {
            let provider = socket.facts().provider();
            // SAFETY: the caller's promise, for as many bytes as `room` says.
            match (level, name) {
                (SOL_SOCKET, SO_PROTOCOL_INFOA) => unsafe {
                    fits(protocol_info::size::<u8>(), room, length)?;
                    protocol_info::write::<u8>(provider, 0, value);
                    return Ok(0);
                },
                // SAFETY: as above.
                (SOL_SOCKET, SO_PROTOCOL_INFOW) => unsafe {
                    fits(protocol_info::size::<T>(), room, length)?;
                    protocol_info::write::<T>(provider, 0, value);
                    return Ok(0);
                },
                _ => options::get(socket, level, name, room),
            }
        }
    };
    // SAFETY: the caller's promise: the answer is no longer than the room, but for SO_OPENTYPE with a
    // negative length, which Windows takes for 4 (F270).
    unsafe {
        copy_out(answer.bytes(), value);
        if let Some(told) = answer.length {
            put(length, told)?;
        }
    }
    answer.result.map(|()| 0)
}

/// Whether a record has room; where it has not, the size that it needs goes to the caller (F279).
///
/// # Safety
/// `length` is an int to write.
unsafe fn fits(size: usize, room: i32, length: *mut i32) -> Result<(), WsaError> {
    match usize::try_from(room) {
        Ok(room) if room >= size => return Ok(()),
        // SAFETY: the caller's promise.
        Ok(_) => unsafe { put(length, size as i32) }?,
        Err(_) => {}
    }
    Err(WsaError::WSAEFAULT)
}

/// **setsockopt** of the base provider.
///
/// # Safety
/// Those of `setsockopt`.
#[inline(always)]
pub(in crate::ffi) unsafe fn set_sock_opt(
    s: SOCKET,
    level: i32,
    optname: i32,
    optval: PCSTR,
    optlen: i32,
) -> Result<i32, WsaError> {
    if level == SOL_SOCKET && optname == SO_OPENTYPE {
        let length = options::length_of_open_type(optlen);
        if is_bad(optval) {
            return Err(WsaError::WSAEFAULT);
        }
        // SAFETY: the caller's promise.
        options::set_open_type(unsafe { bytes(optval, length?) }?);
        return Ok(0);
    }
    let socket = table::enter(s)?;
    let pointless = level == SOL_SOCKET && optname == SO_UPDATE_CONNECT_CONTEXT;
    if is_bad(optval) && !pointless {
        return Err(WsaError::WSAEFAULT);
    }
    let setting = options::prepare(&socket, level, optname, optlen)?;
    let value = match setting.length {
        0 => &[],
        // SAFETY: the caller's promise: no more than `optlen` bytes count, and 4 of a negative length (F270).
        length => unsafe { bytes(optval, length) }?,
    };
    setting.apply(&socket, value).map(|()| 0)
}
