//! Socket addresses as text, for strings of any width.
#![allow(unsafe_code)] // The caller's strings and addresses.

use std::net::SocketAddr;

use super::protocol_info::Record;
use crate::error::WsaError;
use crate::ffi::memory::{self, is_bad};
use crate::ffi::text::{self as texts, put, socket_address, string};
use crate::names::text;
use crate::socket::address::{Family, HostAddr, STORAGE_LEN};
use crate::win32::wide::Unit;
use crate::windows::types::SOCKADDR;

/// # Safety
/// As for [`WSAStringToAddressA`].
pub(in crate::ffi) unsafe fn parse<U: Unit>(
    text: *const U,
    family: i32,
    provider: Option<i32>,
    to: *mut SOCKADDR,
    len: *mut i32,
) -> Result<i32, WsaError> {
    if is_bad(to) {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: the length is bad or readable.
    let room = unsafe { memory::get(len) }?;
    let known = texts::family(family);
    let read = match known {
        Family::Inet => text::v4_address,
        Family::Inet6 => text::v6_address,
        _ => return Err(WsaError::WSAEINVAL),
    };
    if provider.is_some_and(|provider| provider != family) {
        return Err(WsaError::WSAEINVAL);
    }
    let needed = known.windows_len().unwrap_or(STORAGE_LEN);
    if !usize::try_from(room).is_ok_and(|room| room >= needed) {
        // SAFETY: the length is writable.
        unsafe { memory::put(len, needed as i32) }?;
        return Err(WsaError::WSAEFAULT);
    }
    if !memory::has_room(to, needed) {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: the text is NULL or ends with NUL.
    let text = unsafe { string(text) }.ok_or(WsaError::WSAEINVAL)?;
    let address = HostAddr::from(read(&text).ok_or(WsaError::WSAEINVAL)?);
    let mut form = [0; STORAGE_LEN];
    address.to_windows(&mut form);
    // SAFETY: the buffer is as long as its length, which is enough and writable.
    unsafe {
        memory::copy_out(&form[..needed], to.cast());
        memory::put(len, needed as i32)?;
    }
    Ok(0)
}

/// # Safety
/// As for [`WSAAddressToStringA`].
pub(in crate::ffi) unsafe fn print<U: Unit>(
    address: *const SOCKADDR,
    address_len: u32,
    provider: Option<i32>,
    to: *mut U,
    count: *mut u32,
) -> Result<i32, WsaError> {
    // SAFETY: the count is bad or readable.
    let room = unsafe { memory::get(count) }.map_err(|_| WsaError::WSAEINVAL)?;
    // SAFETY: the address is as long as its length says.
    let address =
        unsafe { socket_address(address, address_len as usize) }.map_err(|_| WsaError::WSAEINVAL)?;
    if provider.is_some_and(|provider| texts::family(provider) != address.family()) {
        return Err(WsaError::WSAEINVAL);
    }
    let address: SocketAddr = address.socket_addr().ok_or(WsaError::WSAEINVAL)?;
    // SAFETY: the buffer is bad or as long as its count says.
    let written = unsafe { put(&text::of_address(&address), to, room as usize) };
    // SAFETY: the count is writable.
    unsafe { memory::put(count, written.unwrap_or_else(|needed| needed) as u32) }?;
    written.map(|_| 0).map_err(|_| WsaError::WSAEFAULT)
}

/// **WSAStringToAddressW** of the base provider, for text of any width.
///
/// # Safety
/// Those of `WSAStringToAddressW`. The family lies before the record's text, whose width alone differs.
pub(in crate::ffi) unsafe fn string_to_address<U: Unit>(
    text: *const U,
    family: i32,
    info: *const Record,
    to: *mut SOCKADDR,
    len: *mut i32,
) -> Result<i32, WsaError> {
    // SAFETY: as the caller promises.
    unsafe { parse(text, family, family_of(info), to, len) }
}

/// **WSAAddressToStringW** of the base provider, for text of any width.
///
/// # Safety
/// Those of `WSAAddressToStringW`. The family lies before the record's text, whose width alone differs.
pub(in crate::ffi) unsafe fn address_to_string<U: Unit>(
    address: *const SOCKADDR,
    address_len: u32,
    info: *const Record,
    to: *mut U,
    count: *mut u32,
) -> Result<i32, WsaError> {
    // SAFETY: as the caller promises.
    unsafe { print(address, address_len, family_of(info), to, count) }
}

/// # Safety
/// `info` is NULL or readable.
unsafe fn family_of(info: *const Record) -> Option<i32> {
    // SAFETY: the caller's promise; alignment is not asked of C programs.
    (!info.is_null()).then(|| unsafe { (&raw const (*info).family).read_unaligned() })
}
