//! Texts and addresses of the caller: strings of any width, and socket addresses by pointer and length.
#![allow(unsafe_code)] // Reads and writes through the caller's pointers.

use crate::error::WsaError;
use crate::ffi::memory::{bytes, has_room};
use crate::socket::address::{self, Family, HostAddr, STORAGE_LEN};
use crate::sys::memory;
use crate::win32::wide::{self, Unit};
use crate::windows::types::SOCKADDR;

/// Reads a string; none where nothing can be behind the pointer.
///
/// # Safety
/// The pointer is bad or points to units that end with a zero unit.
pub(in crate::ffi) unsafe fn string<U: Unit>(pointer: *const U) -> Option<String> {
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
pub(in crate::ffi) unsafe fn put<U: Unit>(text: &str, to: *mut U, room: usize) -> Result<usize, usize> {
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
pub(in crate::ffi) unsafe fn socket_address(
    pointer: *const SOCKADDR,
    len: usize,
) -> Result<HostAddr, WsaError> {
    // SAFETY: as the caller promises.
    address::from_windows(unsafe { bytes(pointer.cast(), len.min(STORAGE_LEN)) }?)
}

/// The family that a parameter of type `int` names.
pub(in crate::ffi) fn family(number: i32) -> Family {
    u16::try_from(number).map_or(Family::Other(u16::MAX), Family::from_windows)
}
