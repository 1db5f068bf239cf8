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
use crate::ffi::memory::{bytes, has_room};
use crate::socket::address::{self, Family, HostAddr, STORAGE_LEN};
use crate::sys::memory;
use crate::win32::wide::{self, Unit};

/// Reads a string; none where nothing can be behind the pointer.
///
/// # Safety
/// The pointer is bad or points to units that end with a zero unit.
unsafe fn string<U: Unit>(pointer: *const U) -> Option<String> {
    if !memory::is_readable(pointer as usize, size_of::<U>()) {
        return None;
    }
    // SAFETY: as the caller promises.
    unsafe { wide::text(pointer) }
}

/// Writes a string with its ending unit, if the room holds it; returns how many units it takes either way.
///
/// # Safety
/// The pointer is bad, which is no room, or `room` units are writable at it.
unsafe fn put<U: Unit>(text: &str, to: *mut U, room: usize) -> Result<usize, usize> {
    let units = U::encode(text);
    let used = room.min(units.len() + 1) * size_of::<U>();
    let room = if has_room(to, used) { room } else { 0 };
    // SAFETY: as the caller promises.
    let stored = unsafe { wide::store(&units, to, room) };
    if stored { Ok(units.len() + 1) } else { Err(units.len() + 1) }
}

/// Reads an address in Windows' form; no more of it than the longest address takes.
///
/// # Safety
/// The pointer is bad or `len` bytes are readable at it.
unsafe fn socket_address(pointer: *const SOCKADDR, len: usize) -> Result<HostAddr, WsaError> {
    // SAFETY: as the caller promises.
    address::from_windows(unsafe { bytes(pointer.cast(), len.min(STORAGE_LEN)) }?)
}

/// The family that a parameter of type `int` names.
fn family(number: i32) -> Family {
    u16::try_from(number).map_or(Family::Other(u16::MAX), Family::from_windows)
}
