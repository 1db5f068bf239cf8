//! WSAStartup, WSACleanup and the last error.
#![allow(unsafe_code)] // The C border.

use super::types::{WSA_ERROR, WSADATA};
use crate::error::WsaError;
use crate::ffi::border::{self, quiet, routed};
use crate::ffi::memory::is_writable;
use crate::ffi::spi::{doors, environment};
use crate::socket::blocking;
use crate::socket::startup::{self, Granted};

const SOCKET_ERROR: i32 = super::consts::SOCKET_ERROR;

/// **WSAStartup** begins the use of Windows sockets by this process and negotiates a version.
///
/// `version` is the highest version that the program can use, major number in the low byte.
/// `data` is filled in, but for `lpVendorInfo`. Startups are counted; each needs its WSACleanup.
///
/// # Errors
/// The code is the return value; the last error stays what it was.
///
/// | code | when | source |
/// |---|---|---|
/// | WSAVERNOTSUPPORTED | major version 0; `data` is filled in all the same | F004, F005 |
/// | WSAEFAULT | `data` is no pointer | F004 |
/// | WSASYSNOTREADY | the environment asks for layers that are not there, or for a strange [trace](crate::spi::trace); the reason is on standard error | decided |
/// | WSAEINPROGRESS | from a blocking hook ([`WSASetBlockingHook`](super::WSASetBlockingHook)); `data` stays | documented |
///
/// # Examples
/// ```
/// use openws2::Win32::Networking::WinSock::{WSADATA, WSACleanup, WSAStartup};
///
/// let mut data = WSADATA::default();
/// assert_eq!(unsafe { WSAStartup(0x0202, &mut data) }, 0);
/// assert_eq!(data.wVersion, 0x0202);
/// unsafe { WSACleanup() };
/// ```
///
/// # Safety
/// - `data` is NULL or writable for a `WSADATA`.
#[unsafe(export_name = "ws2_WSAStartup")]
pub unsafe extern "system" fn WSAStartup(version: u16, data: *mut WSADATA) -> i32 {
    quiet(WsaError::WSASYSNOTREADY.code(), || {
        if let Err(in_progress) = blocking::require_idle() {
            return in_progress.code();
        }
        let granted = startup::negotiate(version);
        if !is_writable(data) {
            let refused = granted.map_or(WsaError::WSAVERNOTSUPPORTED, |_| WsaError::WSAEFAULT);
            return refused.code();
        }
        let answer = granted.as_ref().unwrap_or(&Granted { version: startup::HIGHEST, winsock1: false });
        // SAFETY: not bad, so it is the caller's promise.
        unsafe { fill(data, answer) };
        match granted {
            None => WsaError::WSAVERNOTSUPPORTED.code(),
            Some(granted) => {
                if let Err(code) = environment::install_once() {
                    return code.code();
                }
                startup::start(&granted);
                border::set_last_error(0);
                0
            }
        }
    })
}

/// F006. Every field but lpVendorInfo, which Windows leaves alone.
///
/// # Safety
/// `data` is writable.
unsafe fn fill(data: *mut WSADATA, granted: &Granted) {
    let text = |bytes: &[u8], at: usize| bytes.get(at).map_or(0, |&byte| byte as i8);
    let (sockets, datagram) = if granted.winsock1 { (32767, 65467) } else { (0, 0) };
    // SAFETY: the caller's promise, for each field.
    unsafe {
        (&raw mut (*data).wVersion).write_unaligned(granted.version);
        (&raw mut (*data).wHighVersion).write_unaligned(startup::HIGHEST);
        (&raw mut (*data).iMaxSockets).write_unaligned(sockets);
        (&raw mut (*data).iMaxUdpDg).write_unaligned(datagram);
        (&raw mut (*data).szDescription).write(std::array::from_fn(|i| text(b"WinSock 2.0", i)));
        (&raw mut (*data).szSystemStatus).write(std::array::from_fn(|i| text(b"Running", i)));
    }
}

/// **WSACleanup** takes one WSAStartup back; the last one closes every socket that this library made.
///
/// A descriptor that the program made itself and only used here stays open.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | there is no startup left to take back | F003 |
/// | WSAEINPROGRESS | from a blocking hook ([`WSASetBlockingHook`](super::WSASetBlockingHook)) | documented |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_WSACleanup")]
pub unsafe extern "system" fn WSACleanup() -> i32 {
    routed(SOCKET_ERROR, doors::WSACleanup, || startup::stop().map(|()| 0))
}

/// **WSAGetLastError** is the calling thread's last error: the same slot as GetLastError's (G206).
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_WSAGetLastError")]
pub unsafe extern "system" fn WSAGetLastError() -> WSA_ERROR {
    quiet(0, || border::last_error() as i32)
}

/// **WSASetLastError** sets the calling thread's last error.
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_WSASetLastError")]
pub unsafe extern "system" fn WSASetLastError(code: i32) {
    quiet((), || border::set_last_error(code as u32));
}
