//! WSAEnumProtocols and WSADuplicateSocket: what speaks in WSAPROTOCOL_INFO records.
#![allow(unsafe_code)] // The C border.

use super::consts::SOCKET_ERROR;
use super::types::{SOCKET, WSAPROTOCOL_INFOA, WSAPROTOCOL_INFOW};
use crate::error::WsaError;
use crate::ffi::border::{routed, winsock};
use crate::ffi::provider;
use crate::ffi::provider::protocol_info::NameUnit;
use crate::ffi::spi::{self, doors};
use crate::socket::startup;

/// **WSAEnumProtocolsA** lists the protocols that sockets can be made of.
///
/// `protocols` is NULL for all, or protocol numbers that end with 0; unknown ones are passed over.
/// `buffer` has room for `*length` bytes. Returns how many records were written. Hidden entries (raw
/// sockets) are never listed.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOBUFS | `buffer` is NULL or too small; `*length` gets the bytes needed | F289 |
/// | WSAEFAULT | `length` is no pointer | documented |
///
/// # Safety
/// - `protocols` is NULL or ends with 0; `length` is NULL or a DWORD to read and write.
/// - `buffer` is NULL or writable for `*length` bytes.
#[unsafe(export_name = "ws2_WSAEnumProtocolsA")]
pub unsafe extern "system" fn WSAEnumProtocolsA(
    protocols: *const i32,
    buffer: *mut WSAPROTOCOL_INFOA,
    length: *mut u32,
) -> i32 {
    // SAFETY: the caller's promise.
    winsock(SOCKET_ERROR, || unsafe { list::<u8>(protocols, buffer.cast(), length) })
}

/// **WSAEnumProtocolsW** lists the protocols that sockets can be made of. As [`WSAEnumProtocolsA`].
///
/// # Errors
/// Those of [`WSAEnumProtocolsA`].
///
/// # Safety
/// - Those of [`WSAEnumProtocolsA`].
#[unsafe(export_name = "ws2_WSAEnumProtocolsW")]
pub unsafe extern "system" fn WSAEnumProtocolsW(
    protocols: *const i32,
    buffer: *mut WSAPROTOCOL_INFOW,
    length: *mut u32,
) -> i32 {
    // SAFETY: the caller's promise.
    winsock(SOCKET_ERROR, || unsafe { list::<u16>(protocols, buffer.cast(), length) })
}

/// WSAEnumProtocolsW for C programs whose wchar_t has 32 bits.
///
/// # Safety
/// - Those of [`WSAEnumProtocolsA`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_WSAEnumProtocolsW_w32")]
pub unsafe extern "system" fn WSAEnumProtocolsW_w32(
    protocols: *const i32,
    buffer: *mut u8,
    length: *mut u32,
) -> i32 {
    // SAFETY: the caller's promise.
    winsock(SOCKET_ERROR, || unsafe { list::<u32>(protocols, buffer, length) })
}

/// # Safety
/// Those of [`WSAEnumProtocolsA`].
unsafe fn list<T: NameUnit>(
    protocols: *const i32,
    buffer: *mut u8,
    length: *mut u32,
) -> Result<i32, WsaError> {
    startup::require()?;
    // SAFETY: the caller's promise.
    unsafe { spi::register::list::<T>(protocols, buffer, length, false) }
}

/// **WSADuplicateSocketA** prepares a second SOCKET for the same object: WSASocket makes it of the record.
///
/// `process_id` must be this process. The duplicate is made now: it knows what the socket knows now of
/// being bound (F321). Each record makes one socket.
///
/// # Errors
/// Checked in this order (F319):
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | F319 |
/// | WSAEINVAL | the process is not this one | F319 |
/// | WSAEFAULT | `info` is no pointer | F319 |
/// | WSAEMFILE | no descriptor is left | documented |
///
/// # Safety
/// - `info` is NULL or writable for a WSAPROTOCOL_INFOA.
#[unsafe(export_name = "ws2_WSADuplicateSocketA")]
pub unsafe extern "system" fn WSADuplicateSocketA(
    s: SOCKET,
    process_id: u32,
    info: *mut WSAPROTOCOL_INFOA,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::WSADuplicateSocket::<u8>(s, process_id, info.cast()) },
        // SAFETY: the caller's promise.
        || unsafe { provider::duplicate::duplicate_socket::<u8>(s, process_id, info.cast()) },
    )
}

/// **WSADuplicateSocketW** prepares a second SOCKET for the same object. As [`WSADuplicateSocketA`].
///
/// # Errors
/// Those of [`WSADuplicateSocketA`].
///
/// # Safety
/// - `info` is NULL or writable for a WSAPROTOCOL_INFOW.
#[unsafe(export_name = "ws2_WSADuplicateSocketW")]
pub unsafe extern "system" fn WSADuplicateSocketW(
    s: SOCKET,
    process_id: u32,
    info: *mut WSAPROTOCOL_INFOW,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::WSADuplicateSocket::<u16>(s, process_id, info.cast()) },
        // SAFETY: the caller's promise.
        || unsafe { provider::duplicate::duplicate_socket::<u16>(s, process_id, info.cast()) },
    )
}

/// WSADuplicateSocketW for C programs whose wchar_t has 32 bits.
///
/// # Safety
/// - `info` is NULL or writable for the record with a name of 256 units of 32 bits.
#[doc(hidden)]
#[unsafe(export_name = "ws2_WSADuplicateSocketW_w32")]
pub unsafe extern "system" fn WSADuplicateSocketW_w32(s: SOCKET, process_id: u32, info: *mut u8) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::WSADuplicateSocket::<u32>(s, process_id, info) },
        // SAFETY: the caller's promise.
        || unsafe { provider::duplicate::duplicate_socket::<u32>(s, process_id, info) },
    )
}
