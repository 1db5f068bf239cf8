//! Socket addresses as text: WSAStringToAddress and WSAAddressToString.

use std::net::SocketAddr;

use super::{put, socket_address, string};
use crate::error::WsaError;
use crate::ffi::border::{routed, winsock};
use crate::ffi::memory::{self, is_bad};
use crate::ffi::spi::doors;
use crate::ffi::winsock::consts::SOCKET_ERROR;
use crate::ffi::winsock::protocol_info::Record;
use crate::ffi::winsock::types::{SOCKADDR, WSAPROTOCOL_INFOA, WSAPROTOCOL_INFOW};
use crate::names::text;
use crate::socket::address::{Family, HostAddr, STORAGE_LEN};
use crate::socket::startup;
use crate::win32::wide::Unit;
use crate::windows::foundation::{PCSTR, PCWSTR, PSTR, PWSTR};

/// WSAStringToAddressA: the socket address that a text names, such as `10.0.0.1:80` or `[fe80::1%3]:80`.
///
/// `addressfamily` is AF_INET or AF_INET6; without a port in the text the port is 0; `lpprotocolinfo`, if given,
/// must be of the same family. `lpaddresslength` counts the bytes of `lpaddress` and receives the address's length;
/// it is not changed where the text is refused.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEFAULT | the buffer is too small; the length needed is stored | documented |
/// | WSAEFAULT | buffer or length is NULL | decided |
/// | WSAEINVAL | the text is NULL or no address of the family; another family | documented |
///
/// # Safety
/// Text, buffer and length are as described; `lpprotocolinfo` is NULL or a record.
#[unsafe(export_name = "ws2_WSAStringToAddressA")]
pub unsafe extern "system" fn WSAStringToAddressA(
    addressstring: PCSTR,
    addressfamily: i32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOA,
    lpaddress: *mut SOCKADDR,
    lpaddresslength: *mut i32,
) -> i32 {
    winsock(SOCKET_ERROR, || {
        startup::require()?;
        // SAFETY: as the caller promises.
        unsafe {
            let provider = lpprotocolinfo.as_ref().map(|info| info.iAddressFamily);
            parse(addressstring, addressfamily, provider, lpaddress, lpaddresslength)
        }
    })
}

/// WSAStringToAddressW: as [`WSAStringToAddressA`], from UTF-16 text.
///
/// # Safety
/// As for [`WSAStringToAddressA`].
#[unsafe(export_name = "ws2_WSAStringToAddressW")]
pub unsafe extern "system" fn WSAStringToAddressW(
    addressstring: PCWSTR,
    addressfamily: i32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOW,
    lpaddress: *mut SOCKADDR,
    lpaddresslength: *mut i32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: as the caller promises.
        || unsafe {
            doors::string_to_address::<u16>(
                addressstring,
                addressfamily,
                lpprotocolinfo.cast(),
                lpaddress,
                lpaddresslength,
            )
        },
        // SAFETY: as the caller promises.
        || unsafe {
            base_string_to_address::<u16>(
                addressstring,
                addressfamily,
                lpprotocolinfo.cast(),
                lpaddress,
                lpaddresslength,
            )
        },
    )
}

/// WSAStringToAddressW for a `wchar_t` of 32 bits.
///
/// # Safety
/// As for [`WSAStringToAddressA`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_WSAStringToAddressW_w32")]
pub unsafe extern "system" fn WSAStringToAddressW_w32(
    addressstring: *const u32,
    addressfamily: i32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOW,
    lpaddress: *mut SOCKADDR,
    lpaddresslength: *mut i32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: as the caller promises.
        || unsafe {
            doors::string_to_address::<u32>(
                addressstring,
                addressfamily,
                lpprotocolinfo.cast(),
                lpaddress,
                lpaddresslength,
            )
        },
        // SAFETY: as the caller promises.
        || unsafe {
            base_string_to_address::<u32>(
                addressstring,
                addressfamily,
                lpprotocolinfo.cast(),
                lpaddress,
                lpaddresslength,
            )
        },
    )
}

/// # Safety
/// As for [`WSAStringToAddressA`].
unsafe fn parse<U: Unit>(
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
    let known = super::family(family);
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

/// WSAAddressToStringA: a socket address as text, with its port unless that is 0, and an IPv6 address's scope.
///
/// `dwaddresslength` counts the bytes of `lpsaaddress`; `lpdwaddressstringlength` counts those of
/// `lpszaddressstring` and receives how many the text takes, its NUL among them.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEINVAL | address or count is NULL; the address is too short or of a family other than AF_INET and AF_INET6 | documented |
/// | WSAEFAULT | the buffer is NULL or too small; the count needed is stored | documented |
///
/// # Safety
/// Address and buffer are as long as their lengths say.
#[unsafe(export_name = "ws2_WSAAddressToStringA")]
pub unsafe extern "system" fn WSAAddressToStringA(
    lpsaaddress: *const SOCKADDR,
    dwaddresslength: u32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOA,
    lpszaddressstring: PSTR,
    lpdwaddressstringlength: *mut u32,
) -> i32 {
    winsock(SOCKET_ERROR, || {
        startup::require()?;
        // SAFETY: as the caller promises.
        unsafe {
            let provider = lpprotocolinfo.as_ref().map(|info| info.iAddressFamily);
            print(lpsaaddress, dwaddresslength, provider, lpszaddressstring, lpdwaddressstringlength)
        }
    })
}

/// WSAAddressToStringW: as [`WSAAddressToStringA`], to UTF-16 text; the counts are of units.
///
/// # Safety
/// As for [`WSAAddressToStringA`].
#[unsafe(export_name = "ws2_WSAAddressToStringW")]
pub unsafe extern "system" fn WSAAddressToStringW(
    lpsaaddress: *const SOCKADDR,
    dwaddresslength: u32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOW,
    lpszaddressstring: PWSTR,
    lpdwaddressstringlength: *mut u32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: as the caller promises.
        || unsafe {
            doors::address_to_string::<u16>(
                lpsaaddress,
                dwaddresslength,
                lpprotocolinfo.cast(),
                lpszaddressstring,
                lpdwaddressstringlength,
            )
        },
        // SAFETY: as the caller promises.
        || unsafe {
            base_address_to_string::<u16>(
                lpsaaddress,
                dwaddresslength,
                lpprotocolinfo.cast(),
                lpszaddressstring,
                lpdwaddressstringlength,
            )
        },
    )
}

/// WSAAddressToStringW for a `wchar_t` of 32 bits.
///
/// # Safety
/// As for [`WSAAddressToStringA`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_WSAAddressToStringW_w32")]
pub unsafe extern "system" fn WSAAddressToStringW_w32(
    lpsaaddress: *const SOCKADDR,
    dwaddresslength: u32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOW,
    lpszaddressstring: *mut u32,
    lpdwaddressstringlength: *mut u32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: as the caller promises.
        || unsafe {
            doors::address_to_string::<u32>(
                lpsaaddress,
                dwaddresslength,
                lpprotocolinfo.cast(),
                lpszaddressstring,
                lpdwaddressstringlength,
            )
        },
        // SAFETY: as the caller promises.
        || unsafe {
            base_address_to_string::<u32>(
                lpsaaddress,
                dwaddresslength,
                lpprotocolinfo.cast(),
                lpszaddressstring,
                lpdwaddressstringlength,
            )
        },
    )
}

/// # Safety
/// As for [`WSAAddressToStringA`].
unsafe fn print<U: Unit>(
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
    if provider.is_some_and(|provider| super::family(provider) != address.family()) {
        return Err(WsaError::WSAEINVAL);
    }
    let address: SocketAddr = address.socket_addr().ok_or(WsaError::WSAEINVAL)?;
    // SAFETY: the buffer is bad or as long as its count says.
    let written = unsafe { put(&text::of_address(&address), to, room as usize) };
    // SAFETY: the count is writable.
    unsafe { memory::put(count, written.unwrap_or_else(|needed| needed) as u32) }?;
    written.map(|_| 0).map_err(|_| WsaError::WSAEFAULT)
}

/// [`WSAStringToAddressW`] of the base provider, for text of any width.
///
/// # Safety
/// Those of [`WSAStringToAddressW`]. The family lies before the record's text, whose width alone differs.
pub(in crate::ffi) unsafe fn base_string_to_address<U: Unit>(
    text: *const U,
    family: i32,
    info: *const Record,
    to: *mut SOCKADDR,
    len: *mut i32,
) -> Result<i32, WsaError> {
    // SAFETY: as the caller promises.
    unsafe { parse(text, family, family_of(info), to, len) }
}

/// [`WSAAddressToStringW`] of the base provider, for text of any width.
///
/// # Safety
/// Those of [`WSAAddressToStringW`]. The family lies before the record's text, whose width alone differs.
pub(in crate::ffi) unsafe fn base_address_to_string<U: Unit>(
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
