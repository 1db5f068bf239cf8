//! Numbers from the order of this computer to that of the network, and back.

use crate::ffi::border::{quiet, winsock};
use crate::ffi::memory;
use crate::ffi::winsock::consts::SOCKET_ERROR;
use crate::ffi::winsock::types::SOCKET;
use crate::socket::{startup, table};

/// htons: a 16-bit number, from the order of the host to that of the network. Needs no WSAStartup.
///
/// # Safety
/// Always safe; declared as `windows-sys` declares it.
#[unsafe(export_name = "ws2_htons")]
pub unsafe extern "system" fn htons(hostshort: u16) -> u16 {
    quiet(0, || hostshort.to_be())
}

/// htonl: a 32-bit number, from the order of the host to that of the network. Needs no WSAStartup.
///
/// # Safety
/// Always safe; declared as `windows-sys` declares it.
#[unsafe(export_name = "ws2_htonl")]
pub unsafe extern "system" fn htonl(hostlong: u32) -> u32 {
    quiet(0, || hostlong.to_be())
}

/// ntohs: a 16-bit number, from the order of the network to that of the host. Needs no WSAStartup.
///
/// # Safety
/// Always safe; declared as `windows-sys` declares it.
#[unsafe(export_name = "ws2_ntohs")]
pub unsafe extern "system" fn ntohs(netshort: u16) -> u16 {
    quiet(0, || u16::from_be(netshort))
}

/// ntohl: a 32-bit number, from the order of the network to that of the host. Needs no WSAStartup.
///
/// # Safety
/// Always safe; declared as `windows-sys` declares it.
#[unsafe(export_name = "ws2_ntohl")]
pub unsafe extern "system" fn ntohl(netlong: u32) -> u32 {
    quiet(0, || u32::from_be(netlong))
}

/// WSAHtons: a 16-bit number, from the order of the host to that of the network, as the socket's protocol wants it.
///
/// `lpnetshort` receives the number.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAEFAULT | `lpnetshort` is NULL | documented |
///
/// # Safety
/// `lpnetshort` is NULL or writable.
#[unsafe(export_name = "ws2_WSAHtons")]
pub unsafe extern "system" fn WSAHtons(s: SOCKET, hostshort: u16, lpnetshort: *mut u16) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { swap(s, hostshort.to_be(), lpnetshort) }
}

/// WSAHtonl: a 32-bit number, from the order of the host to that of the network, as the socket's protocol wants it.
///
/// `lpnetlong` receives the number.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAEFAULT | `lpnetlong` is NULL | documented |
///
/// # Safety
/// `lpnetlong` is NULL or writable.
#[unsafe(export_name = "ws2_WSAHtonl")]
pub unsafe extern "system" fn WSAHtonl(s: SOCKET, hostlong: u32, lpnetlong: *mut u32) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { swap(s, hostlong.to_be(), lpnetlong) }
}

/// WSANtohs: a 16-bit number, from the order of the network to that of the host, as the socket's protocol wants it.
///
/// `lphostshort` receives the number.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAEFAULT | `lphostshort` is NULL | documented |
///
/// # Safety
/// `lphostshort` is NULL or writable.
#[unsafe(export_name = "ws2_WSANtohs")]
pub unsafe extern "system" fn WSANtohs(s: SOCKET, netshort: u16, lphostshort: *mut u16) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { swap(s, u16::from_be(netshort), lphostshort) }
}

/// WSANtohl: a 32-bit number, from the order of the network to that of the host, as the socket's protocol wants it.
///
/// `lphostlong` receives the number.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAEFAULT | `lphostlong` is NULL | documented |
///
/// # Safety
/// `lphostlong` is NULL or writable.
#[unsafe(export_name = "ws2_WSANtohl")]
pub unsafe extern "system" fn WSANtohl(s: SOCKET, netlong: u32, lphostlong: *mut u32) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { swap(s, u32::from_be(netlong), lphostlong) }
}

/// Stores a number for a socket; every protocol here is of the Internet or local, whose order is one.
///
/// # Safety
/// `to` is NULL or writable.
unsafe fn swap<T: Copy>(s: SOCKET, number: T, to: *mut T) -> i32 {
    winsock(SOCKET_ERROR, || {
        startup::require()?;
        table::enter(s)?;
        // SAFETY: as the caller promises.
        unsafe { memory::put(to, number) }.map(|()| 0)
    })
}
