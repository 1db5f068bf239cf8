//! AcceptEx, ConnectEx, DisconnectEx, GetAcceptExSockaddrs.
//!
//! They fail as BOOL functions do, with Winsock's codes. AcceptEx and ConnectEx say by Internal that the operation
//! pends before they look at anything (F029).
#![allow(unsafe_code)] // The C border.

use core::ffi::c_void;

use super::types::*;
use crate::ffi::provider;
use crate::ffi::spi::doors;
use crate::socket::startup;
use crate::windows::foundation::BOOL;

/// **AcceptEx** takes a connection that arrives at `slistensocket` into `sacceptsocket`, and its first data.
///
/// `sacceptsocket` is a socket that is neither bound nor connected. `lpoutputbuffer` has room for
/// `dwreceivedatalength` bytes of data, then for the local and the remote name: `dwlocaladdresslength` and
/// `dwremoteaddresslength` bytes, each 16 more than the longest name of the protocol; GetAcceptExSockaddrs
/// finds them there. If there is to be no data, the operation ends with the connection; else with its first
/// data (F293), or with its end (F294). The call fails with ERROR_IO_PENDING, and its end is told as in
/// [`WSARecv`](super::WSARecv), by what `slistensocket` is associated with (F100). `lpdwbytesreceived` is not
/// written.
///
/// The accepted socket sends and receives at once; for anything else it needs SO_UPDATE_ACCEPT_CONTEXT (F297).
///
/// # Errors
/// Returns FALSE.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_IO_PENDING | the operation has begun | documented |
/// | ERROR_INVALID_PARAMETER | `lpoverlapped` is NULL | F031 |
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | one of the two is no socket | F029 |
/// | WSAEFAULT | `lpoutputbuffer` is no pointer; no room for the remote name | F298, F300 |
/// | WSAEINVAL | `slistensocket` does not listen; `sacceptsocket` is bound, connected, no stream, or waits for another connection | F300, F301 |
/// | WSA_INVALID_HANDLE | hEvent is neither NULL nor an open event | decided |
///
/// and as the end of the operation:
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INSUFFICIENT_BUFFER | the local name has less room than it needs; the connection stays | F298, F299 |
/// | ERROR_OPERATION_ABORTED | one of the two sockets was closed, or the operation cancelled | F120 |
///
/// # Platform notes
/// Of what was set on `sacceptsocket` before, its mode, timeouts, buffer sizes, TCP_NODELAY, SO_KEEPALIVE and
/// SO_LINGER are kept.
///
/// # Safety
/// - `lpoutputbuffer` is NULL or writable for the three lengths, and `lpoverlapped` is NULL or an OVERLAPPED;
///   both stay until the operation has ended.
#[unsafe(export_name = "ws2_AcceptEx")]
pub unsafe extern "system" fn AcceptEx(
    slistensocket: SOCKET,
    sacceptsocket: SOCKET,
    lpoutputbuffer: *mut c_void,
    dwreceivedatalength: u32,
    dwlocaladdresslength: u32,
    dwremoteaddresslength: u32,
    lpdwbytesreceived: *mut u32,
    lpoverlapped: *mut OVERLAPPED,
) -> BOOL {
    if startup::is_plain() {
        // SAFETY: the caller's promise.
        return unsafe {
            provider::extensions::accept_ex(
                slistensocket,
                sacceptsocket,
                lpoutputbuffer,
                dwreceivedatalength,
                dwlocaladdresslength,
                dwremoteaddresslength,
                lpdwbytesreceived,
                lpoverlapped,
            )
        };
    }
    // SAFETY: the caller's promise.
    unsafe {
        doors::AcceptEx(
            slistensocket,
            sacceptsocket,
            lpoutputbuffer,
            dwreceivedatalength,
            dwlocaladdresslength,
            dwremoteaddresslength,
            lpdwbytesreceived,
            lpoverlapped,
        )
    }
}

/// **GetAcceptExSockaddrs** finds the two names that AcceptEx has left in its buffer.
///
/// The lengths are those that AcceptEx was given. `*localsockaddr` and `*remotesockaddr` point into the buffer.
///
/// # Errors
/// It has none to tell: where a pointer is no good, what it leads to is left out.
///
/// # Safety
/// - `lpoutputbuffer` is the buffer of an AcceptEx that has ended with success.
/// - The other pointers are NULL or writable.
#[unsafe(export_name = "ws2_GetAcceptExSockaddrs")]
pub unsafe extern "system" fn GetAcceptExSockaddrs(
    lpoutputbuffer: *const c_void,
    dwreceivedatalength: u32,
    dwlocaladdresslength: u32,
    dwremoteaddresslength: u32,
    localsockaddr: *mut *mut SOCKADDR,
    localsockaddrlength: *mut i32,
    remotesockaddr: *mut *mut SOCKADDR,
    remotesockaddrlength: *mut i32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        provider::extensions::get_accept_ex_sockaddrs(
            lpoutputbuffer,
            dwreceivedatalength,
            dwlocaladdresslength,
            dwremoteaddresslength,
            localsockaddr,
            localsockaddrlength,
            remotesockaddr,
            remotesockaddrlength,
        )
    }
}
