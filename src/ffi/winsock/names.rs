//! The functions of `winsock2.h` and `ws2tcpip.h` about names: strings and structures in and out.
//!
//! What is found is decided in `crate::names`; here pointers become references and results become C's.
#![allow(unsafe_code)] // Strings and structures of the caller are read and written through raw pointers.
#![allow(non_snake_case)] // The functions have Windows' names.

mod addrinfo;
mod database;
mod inet;
mod order;
mod text;

pub use addrinfo::*;
pub use database::*;
pub use inet::*;
pub use order::*;
pub use text::*;

use super::types::SOCKADDR;
use crate::error::WsaError;
use crate::names::unit::Unit;
use crate::socket::address::{self, Family, HostAddr};

/// Reads a string; none for NULL.
///
/// # Safety
/// The pointer is NULL or points to units that end with a zero unit.
unsafe fn string<U: Unit>(pointer: *const U) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    let mut len = 0;
    // SAFETY: every unit up to the ending one is readable.
    while unsafe { pointer.add(len).read() } != U::NUL {
        len += 1;
    }
    // SAFETY: `len` units were read just now.
    Some(U::decode(unsafe { std::slice::from_raw_parts(pointer, len) }))
}

/// Writes a string with its ending unit, if the room holds it; returns how many units it takes either way.
///
/// # Safety
/// `room` units are writable at `to`, which may be NULL only for no room.
unsafe fn put<U: Unit>(text: &str, to: *mut U, room: usize) -> Result<usize, usize> {
    let mut units = U::encode(text);
    units.push(U::NUL);
    if units.len() > room {
        return Err(units.len());
    }
    // SAFETY: the room holds all units; a buffer of the caller is not a vector of ours.
    unsafe { to.copy_from_nonoverlapping(units.as_ptr(), units.len()) };
    Ok(units.len())
}

/// Reads an address in Windows' form.
///
/// # Safety
/// The pointer is NULL or `len` bytes are readable at it.
unsafe fn socket_address(pointer: *const SOCKADDR, len: usize) -> Result<HostAddr, WsaError> {
    if pointer.is_null() {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: as the caller promises.
    address::from_windows(unsafe { std::slice::from_raw_parts(pointer.cast(), len) })
}

/// The family that a parameter of type `int` names.
fn family(number: i32) -> Family {
    u16::try_from(number).map_or(Family::Other(u16::MAX), Family::from_windows)
}
