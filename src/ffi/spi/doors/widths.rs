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
use crate::ffi::text::{put as narrow, string};
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
    // The provider's wide characters have another width than the program's. It says what is wrong with the
    // arguments; only a record is not for the program's own place.
    let (size, mut other) = (protocol_info::size::<T>(), [0u64; protocol_info::size::<u32>().div_ceil(8)]);
    // SAFETY: the caller's promise.
    let room = unsafe { get(length) }.ok().and_then(|room| usize::try_from(room).ok());
    let Some(room) = room.filter(|&room| has_room(value, room.min(size_of_val(&other)))) else {
        // SAFETY: the caller's promise.
        return unsafe { next.get_sock_opt(call) };
    };
    let mut own = size_of_val(&other) as i32;
    let call = GetSockOpt { value: other.as_mut_ptr().cast(), length: &raw mut own, ..call };
    // SAFETY: both places are our own; what was written is a record of the provider's width. The program's were
    // found to be good.
    unsafe {
        next.get_sock_opt(call)?;
        if room < size {
            put(length, size as i32)?;
            return Err(WsaError::WSAEFAULT);
        }
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

/// A record with narrow characters, as one of the provider's width.
struct Wider([u64; protocol_info::size::<u32>().div_ceil(8)]);

impl Wider {
    /// # Safety
    /// `info` is NULL or a record with narrow characters.
    unsafe fn of(info: *const u8, next: &Next<'_>) -> Option<Self> {
        if info.is_null() {
            return None;
        }
        let mut wider = Self([0; protocol_info::size::<u32>().div_ceil(8)]);
        let to = wider.0.as_mut_ptr().cast();
        // SAFETY: the caller's promise; the place has room for the widest name.
        unsafe { super::write_record(&Info::read::<u8>(info), next, to) };
        Some(wider)
    }

    fn pointer(this: Option<&Self>) -> *const WSAPROTOCOL_INFOW {
        this.map_or(std::ptr::null(), |wider| wider.0.as_ptr().cast())
    }
}

/// WSAStringToAddressA, for which providers have the entry of wide text.
///
/// # Safety
/// The arguments are those of the function; `info` is its record.
#[cold]
pub(in crate::ffi) unsafe fn narrow_string_to_address(
    text: PCSTR,
    family: i32,
    info: *const u8,
    address: *mut SOCKADDR,
    length: *mut i32,
) -> Result<i32, WsaError> {
    let door = Call::to(chain::provider_of_none(), "WSAStringToAddress");
    let next = door.next();
    // SAFETY: the caller's promise.
    let (text, info) = unsafe { (string(text), Wider::of(info, &next)) };
    let info = Wider::pointer(info.as_ref());
    let wide = text.map(|text| units(&text, next.width()));
    let text = wide.as_ref().map_or(std::ptr::null(), |wide| wide.as_ptr().cast());
    // SAFETY: the caller's promise; text and record are our own.
    unsafe { next.string_to_address(StringToAddress { text, family, info, address, length }) }
}

/// The text with its end in units of a width, in a place that is good for both.
fn units(text: &str, width: usize) -> Vec<u32> {
    if width == 4 {
        return text.chars().map(u32::from).chain([0]).collect();
    }
    let units: Vec<u16> = text.encode_utf16().chain([0, 0]).collect();
    units
        .chunks(2)
        .map(|pair| {
            let [a, b] = pair[0].to_ne_bytes();
            let [c, d] = pair.get(1).copied().unwrap_or(0).to_ne_bytes();
            u32::from_ne_bytes([a, b, c, d])
        })
        .collect()
}

/// No text of an address is longer, whatever a layer makes of it: more room is not looked at.
const LONGEST: usize = 1024;

/// WSAAddressToStringA, for which providers have the entry of wide text.
///
/// # Safety
/// The arguments are those of the function; `info` is its record.
#[cold]
pub(in crate::ffi) unsafe fn address_to_narrow_string(
    address: *const SOCKADDR,
    address_length: u32,
    info: *const u8,
    to: PSTR,
    count: *mut u32,
) -> Result<i32, WsaError> {
    let door = Call::to(chain::provider_of_none(), "WSAAddressToString");
    let next = door.next();
    // SAFETY: the caller's promise.
    let (room, info) = unsafe { (get(count), Wider::of(info, &next)) };
    let info = Wider::pointer(info.as_ref());
    let mut wide = [0u32; LONGEST];
    let mut own = room.unwrap_or(0).min(LONGEST as u32);
    let text_length = if room.is_ok() { &raw mut own } else { count };
    let text = if to.is_null() { std::ptr::null_mut() } else { wide.as_mut_ptr().cast() };
    // SAFETY: the caller's promise; text, count and record are our own.
    let answer = unsafe {
        next.address_to_string(AddressToString { address, address_length, info, text, text_length })
    };
    let Ok(room) = room else { return answer };
    match answer {
        Ok(value) => {
            // SAFETY: the provider has written a text with its end.
            let text = match next.width() {
                4 => unsafe { string(wide.as_ptr()) },
                // SAFETY: as above.
                _ => unsafe { string(wide.as_ptr().cast::<u16>()) },
            };
            // SAFETY: the caller's promise.
            let written = unsafe { narrow(&text.unwrap_or_default(), to, room as usize) };
            // SAFETY: the caller's promise.
            unsafe { put(count, written.unwrap_or_else(|needed| needed) as u32) }?;
            written.map(|_| value).map_err(|_| WsaError::WSAEFAULT)
        }
        Err(error) => {
            if error == WsaError::WSAEFAULT {
                // SAFETY: the caller's promise.
                unsafe { put(count, own) }?;
            }
            Err(error)
        }
    }
}
