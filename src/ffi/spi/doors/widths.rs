//! Functions whose arguments have wide characters, or hold what has: a provider is asked in its own width.
#![allow(unsafe_code)] // The C border: calls through procedure tables, and reads and writes the caller's records.
#![allow(non_snake_case)] // The functions are called as those they stand for.

use super::super::calls::*;
use super::super::chain;
use super::super::tables::Width;
use super::Call;
use crate::error::WsaError;
use crate::ffi::memory::{get, has_room, put};
use crate::ffi::provider;
use crate::ffi::provider::protocol_info::{self, Info, NameUnit, Record};
use crate::windows::consts::*;
use crate::windows::foundation::*;
use crate::windows::types::*;

/// getsockopt for names of units of `T`.
///
/// # Safety
/// The arguments are those of getsockopt.
#[cold]
pub(in crate::ffi) unsafe fn getsockopt<T: NameUnit>(
    s: SOCKET,
    level: i32,
    name: i32,
    value: PSTR,
    length: *mut i32,
) -> Result<i32, WsaError> {
    if level == SOL_SOCKET && name == SO_OPENTYPE {
        // It is the thread's, and no provider's (F010).
        // SAFETY: the caller's promise.
        return unsafe { provider::options::get_sock_opt::<T>(s, level, name, value, length) };
    }
    let door = Call::on(s, "getsockopt");
    let next = door.next_for(Width::of_unit::<T>());
    let call = GetSockOpt { s, level, name, value, length };
    if level != SOL_SOCKET || name != SO_PROTOCOL_INFOW || next.width() == size_of::<T>() {
        // SAFETY: the caller's promise.
        return unsafe { next.get_sock_opt(call) };
    }
    // The provider's wide characters have another width than the program's.
    // SAFETY: the caller's promise.
    let room = unsafe { get(length) }?;
    let (size, mut other) = (protocol_info::size::<T>(), [0u64; protocol_info::size::<u32>().div_ceil(8)]);
    if usize::try_from(room).is_ok_and(|room| room < size) || !has_room(value, size) {
        // SAFETY: the caller's promise.
        unsafe { put(length, size as i32) }?;
        return Err(WsaError::WSAEFAULT);
    }
    let mut own = size_of_val(&other) as i32;
    let call = GetSockOpt { value: other.as_mut_ptr().cast(), length: &raw mut own, ..call };
    // SAFETY: both places are our own; what was written is a record of the provider's width.
    unsafe {
        next.get_sock_opt(call)?;
        read_record(&next, other.as_ptr().cast()).write::<T>(value);
    }
    Ok(0)
}

/// # Safety
/// `from` is a record of the provider's width.
unsafe fn read_record(next: &Next<'_>, from: *const u8) -> Info {
    // SAFETY: the caller's promise.
    unsafe {
        match next.width() {
            4 => Info::read::<u32>(from),
            _ => Info::read::<u16>(from),
        }
    }
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn setsockopt(
    s: SOCKET,
    level: i32,
    name: i32,
    value: PCSTR,
    length: i32,
) -> Result<i32, WsaError> {
    if level == SOL_SOCKET && name == SO_OPENTYPE {
        // It is the thread's, and no provider's (F010).
        // SAFETY: the caller's promise.
        return unsafe { provider::options::set_sock_opt(s, level, name, value, length) };
    }
    let door = Call::on(s, "setsockopt");
    // SAFETY: the caller's promise.
    unsafe { door.next().set_sock_opt(SetSockOpt { s, level, name, value, length }) }
}

/// WSADuplicateSocket for names of units of `T`.
///
/// # Safety
/// The arguments are those of WSADuplicateSocket.
#[cold]
pub(in crate::ffi) unsafe fn WSADuplicateSocket<T: NameUnit>(
    s: SOCKET,
    process_id: u32,
    info: *mut u8,
) -> Result<i32, WsaError> {
    let door = Call::on(s, "WSADuplicateSocket");
    let next = door.next_for(Width::of_unit::<T>());
    let call = |info: *mut u8| DuplicateSocket { s, process_id, info: info.cast() };
    if next.width() == size_of::<T>() || !has_room(info, protocol_info::size::<T>()) {
        // SAFETY: the caller's promise; one that is too short is told of by the provider.
        return unsafe { next.duplicate_socket(call(info)) };
    }
    let mut other = [0u64; protocol_info::size::<u32>().div_ceil(8)];
    // SAFETY: the place has room for the widest name; what was written is a record of the provider's width.
    unsafe {
        next.duplicate_socket(call(other.as_mut_ptr().cast()))?;
        read_record(&next, other.as_ptr().cast()).write::<T>(info);
    }
    Ok(0)
}

/// WSAAddressToString for text of units of `T`. A provider whose wide characters have another width is not asked.
///
/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn address_to_string<T: NameUnit>(
    address: *const SOCKADDR,
    address_length: u32,
    info: *const Record,
    text: *mut T,
    text_length: *mut u32,
) -> Result<i32, WsaError> {
    let door = Call::to(chain::provider_of_none(), "WSAAddressToString");
    let next = door.next_for(Width::of_unit::<T>());
    if next.width() != size_of::<T>() {
        // SAFETY: the caller's promise.
        return unsafe {
            provider::text::address_to_string(address, address_length, info, text, text_length)
        };
    }
    let (info, text) = (info.cast(), text.cast());
    // SAFETY: the caller's promise.
    unsafe { next.address_to_string(AddressToString { address, address_length, info, text, text_length }) }
}

/// WSAStringToAddress for text of units of `T`. A provider whose wide characters have another width is not asked.
///
/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn string_to_address<T: NameUnit>(
    text: *const T,
    family: i32,
    info: *const Record,
    address: *mut SOCKADDR,
    length: *mut i32,
) -> Result<i32, WsaError> {
    let door = Call::to(chain::provider_of_none(), "WSAStringToAddress");
    let next = door.next_for(Width::of_unit::<T>());
    if next.width() != size_of::<T>() {
        // SAFETY: the caller's promise.
        return unsafe { provider::text::string_to_address(text, family, info, address, length) };
    }
    let (text, info) = (text.cast(), info.cast());
    // SAFETY: the caller's promise.
    unsafe { next.string_to_address(StringToAddress { text, family, info, address, length }) }
}
