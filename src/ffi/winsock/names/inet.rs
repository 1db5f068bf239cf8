//! IP addresses as text: inet_addr, inet_ntoa, inet_pton, inet_ntop. None of them needs WSAStartup.

use core::ffi::c_void;
use std::cell::Cell;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::{put, string};
use crate::error::WsaError;
use crate::ffi::border::{quiet, win32};
use crate::ffi::memory::is_bad;
use crate::ffi::winsock::consts::{INADDR_NONE, SOCKET_ERROR};
use crate::ffi::winsock::types::IN_ADDR;
use crate::names::text;
use crate::socket::address::Family;
use crate::win32::wide::Unit;
use crate::windows::foundation::{ERROR_INVALID_PARAMETER, PCSTR, PCWSTR, PSTR, PWSTR};

/// inet_addr: the IPv4 address, in the order of the network, that a text in Internet notation names.
///
/// `cp` is a string of one to four parts (a.b.c.d, a.b.c, a.b, a), each decimal, octal or hexadecimal; white space
/// ends the address. Text that names none, the empty text and NULL give INADDR_NONE; a single space gives 0
/// (documented). Works without WSAStartup (F001) and leaves the last error alone.
///
/// # Safety
/// `cp` is NULL or points to bytes that end with NUL.
#[unsafe(export_name = "ws2_inet_addr")]
pub unsafe extern "system" fn inet_addr(cp: PCSTR) -> u32 {
    quiet(INADDR_NONE, || {
        // SAFETY: as the caller promises.
        let address = unsafe { string(cp) }.and_then(|text| text::inet_addr(&text));
        address.map_or(INADDR_NONE, |ip| u32::from_ne_bytes(ip.octets()))
    })
}

thread_local! {
    /// What inet_ntoa returned last in this thread: 15 characters at most, and the NUL.
    static DOTTED: Cell<[u8; 16]> = const { Cell::new([0; 16]) };
}

/// inet_ntoa: an IPv4 address, in the order of the network, as text in dotted decimal notation.
///
/// The text lives until the next call in the same thread. Works without WSAStartup.
///
/// # Safety
/// The text must not be used after the thread's next call or its end.
#[unsafe(export_name = "ws2_inet_ntoa")]
pub unsafe extern "system" fn inet_ntoa(r#in: IN_ADDR) -> PSTR {
    quiet(core::ptr::null_mut(), || {
        // SAFETY: every view of the union is four bytes of plain numbers.
        let address = unsafe { r#in.S_un.S_addr };
        let written = Ipv4Addr::from(address.to_ne_bytes()).to_string();
        DOTTED.with(|slot| {
            let mut text = [0; 16];
            text[..written.len()].copy_from_slice(written.as_bytes());
            slot.set(text);
            slot.as_ptr().cast()
        })
    })
}

/// inet_pton (InetPtonA): the binary form, in the order of the network, of an address in standard text form.
///
/// `family` is AF_INET (four decimal parts) or AF_INET6 (no scope, no port); `pszaddrstring` is the text;
/// `paddrbuf` receives an IN_ADDR (4 bytes) or an IN6_ADDR (16 bytes). Returns 1, or 0 for text that is no address
/// of the family, or -1. Works without WSAStartup; only a failure touches the last error.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | text or buffer is NULL | documented |
/// | WSAEAFNOSUPPORT | another family | documented |
///
/// # Safety
/// The text ends with NUL; the buffer has room for the family's address.
#[unsafe(export_name = "ws2_inet_pton")]
pub unsafe extern "system" fn inet_pton(family: i32, pszaddrstring: PCSTR, paddrbuf: *mut c_void) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { to_binary(family, pszaddrstring, paddrbuf) }
}

/// InetPtonW: as [`inet_pton`], from UTF-16 text.
///
/// # Safety
/// As for [`inet_pton`].
#[unsafe(export_name = "ws2_InetPtonW")]
pub unsafe extern "system" fn InetPtonW(family: i32, pszaddrstring: PCWSTR, paddrbuf: *mut c_void) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { to_binary(family, pszaddrstring, paddrbuf) }
}

/// InetPtonW for a `wchar_t` of 32 bits.
///
/// # Safety
/// As for [`inet_pton`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_InetPtonW_w32")]
pub unsafe extern "system" fn InetPtonW_w32(family: i32, text: *const u32, paddrbuf: *mut c_void) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { to_binary(family, text, paddrbuf) }
}

/// # Safety
/// As for [`inet_pton`].
unsafe fn to_binary<U: Unit>(family: i32, text: *const U, buffer: *mut c_void) -> i32 {
    win32(SOCKET_ERROR, || {
        // SAFETY: as the caller promises.
        let text = unsafe { string(text) }.filter(|_| !is_bad(buffer));
        let text = text.ok_or(WsaError::WSAEFAULT.code() as u32)?;
        let mut binary = [0; 16];
        let len = match super::family(family) {
            Family::Inet => {
                text.parse::<Ipv4Addr>().map(|ip| binary[..4].copy_from_slice(&ip.octets())).map(|()| 4)
            }
            Family::Inet6 => text.parse::<Ipv6Addr>().map(|ip| binary = ip.octets()).map(|()| 16),
            _ => return Err(WsaError::WSAEAFNOSUPPORT.code() as u32),
        };
        let Ok(len) = len else { return Ok(0) };
        // SAFETY: the buffer has room for the family's address.
        unsafe { buffer.cast::<u8>().copy_from_nonoverlapping(binary.as_ptr(), len) };
        Ok(1)
    })
}

/// inet_ntop (InetNtopA): the standard text form of an address in binary form.
///
/// `family` is AF_INET or AF_INET6; `paddr` points to an IN_ADDR or IN6_ADDR in the order of the network;
/// `stringbufsize` counts the bytes of `pstringbuf`, of which 16 or 46 always suffice. Returns `pstringbuf`, or
/// NULL. Works without WSAStartup; only a failure touches the last error.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSAEAFNOSUPPORT | another family | documented |
/// | ERROR_INVALID_PARAMETER | the buffer is NULL or too small for text and NUL | documented |
/// | ERROR_INVALID_PARAMETER | the address is NULL | decided |
///
/// # Safety
/// The address is readable in its family's length, the buffer writable in its own.
#[unsafe(export_name = "ws2_inet_ntop")]
pub unsafe extern "system" fn inet_ntop(
    family: i32,
    paddr: *const c_void,
    pstringbuf: PSTR,
    stringbufsize: usize,
) -> PCSTR {
    // SAFETY: as the caller promises.
    unsafe { to_text(family, paddr, pstringbuf, stringbufsize) }
}

/// InetNtopW: as [`inet_ntop`], to UTF-16 text; `stringbufsize` counts units.
///
/// # Safety
/// As for [`inet_ntop`].
#[unsafe(export_name = "ws2_InetNtopW")]
pub unsafe extern "system" fn InetNtopW(
    family: i32,
    paddr: *const c_void,
    pstringbuf: PWSTR,
    stringbufsize: usize,
) -> PCWSTR {
    // SAFETY: as the caller promises.
    unsafe { to_text(family, paddr, pstringbuf, stringbufsize) }
}

/// InetNtopW for a `wchar_t` of 32 bits.
///
/// # Safety
/// As for [`inet_ntop`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_InetNtopW_w32")]
pub unsafe extern "system" fn InetNtopW_w32(
    family: i32,
    paddr: *const c_void,
    pstringbuf: *mut u32,
    stringbufsize: usize,
) -> *const u32 {
    // SAFETY: as the caller promises.
    unsafe { to_text(family, paddr, pstringbuf, stringbufsize) }
}

/// # Safety
/// As for [`inet_ntop`].
unsafe fn to_text<U: Unit>(family: i32, address: *const c_void, buffer: *mut U, room: usize) -> *const U {
    win32(core::ptr::null(), || {
        let len = match super::family(family) {
            Family::Inet => 4,
            Family::Inet6 => 16,
            _ => return Err(WsaError::WSAEAFNOSUPPORT.code() as u32),
        };
        if is_bad(address) || is_bad(buffer) {
            return Err(ERROR_INVALID_PARAMETER);
        }
        // SAFETY: the address is readable in its family's length.
        let binary = unsafe { core::slice::from_raw_parts(address.cast::<u8>(), len) };
        let written = match <[u8; 4]>::try_from(binary) {
            Ok(v4) => Ipv4Addr::from(v4).to_string(),
            Err(_) => text::of_v6(core::array::from_fn::<u8, 16, _>(|i| binary[i]).into()),
        };
        // SAFETY: the buffer is writable in the length that comes with it.
        unsafe { put(&written, buffer, room) }.map_err(|_| ERROR_INVALID_PARAMETER)?;
        Ok(buffer.cast_const())
    })
}
