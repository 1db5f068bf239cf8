//! AcceptEx, ConnectEx, DisconnectEx, GetAcceptExSockaddrs.
//!
//! They fail as BOOL functions do, with Winsock's codes. AcceptEx and ConnectEx say by Internal that the operation
//! pends before they look at anything (F029).
#![allow(unsafe_code)] // The C border.

use core::ffi::c_void;

use super::name;
use super::overlapped::{self, Block, Routine, Told};
use super::wishes;
use crate::error::WsaError;
use crate::ffi::border::winsock;
use crate::ffi::memory::{has_room, is_bad, is_writable, put};
use crate::overlapped::{Caller, accept, connect};
use crate::socket::address::HostAddr;
use crate::socket::table::{self, Socket};
use crate::socket::{connection, startup};
use crate::sys::{Scatter, memory};
use crate::windows::consts::*;
use crate::windows::foundation::{BOOL, ERROR_INVALID_PARAMETER, FALSE, TRUE};
use crate::windows::types::*;

/// What a name needs besides its own length, as documented.
const EXTRA: u32 = 16;

const INVALID_PARAMETER: WsaError = WsaError::from_code(ERROR_INVALID_PARAMETER as i32);

/// **AcceptEx** of the base provider: what its SIO_GET_EXTENSION_FUNCTION_POINTER gives.
///
/// # Safety
/// Those of `AcceptEx`.
pub(in crate::ffi) unsafe extern "system" fn accept_ex(
    slistensocket: SOCKET,
    sacceptsocket: SOCKET,
    lpoutputbuffer: *mut c_void,
    dwreceivedatalength: u32,
    dwlocaladdresslength: u32,
    dwremoteaddresslength: u32,
    lpdwbytesreceived: *mut u32,
    lpoverlapped: *mut OVERLAPPED,
) -> BOOL {
    let _ = lpdwbytesreceived;
    winsock(FALSE, || {
        // SAFETY: the caller's promise.
        let block = unsafe { begin(lpoverlapped) }?;
        startup::require()?;
        let listener = table::enter(slistensocket)?;
        let accept = table::enter(sacceptsocket)?;
        let lengths = [dwreceivedatalength, dwlocaladdresslength, dwremoteaddresslength];
        let total = lengths.into_iter().map(|length| length as usize).sum();
        if dwremoteaddresslength == 0 || is_bad(lpoutputbuffer) || !has_room(lpoutputbuffer, total) {
            return Err(WsaError::WSAEFAULT);
        }
        // SAFETY: the caller's promise.
        let told = unsafe { told(&listener, lpoverlapped) }?;
        let start = lpoutputbuffer.cast::<u8>();
        let names = NamesOut {
            local: start.wrapping_add(dwreceivedatalength as usize),
            local_room: dwlocaladdresslength,
            remote_room: dwremoteaddresslength,
            least: listener.facts().provider().max_address as u32,
        };
        let into = Scatter::one(start, dwreceivedatalength as usize);
        accept::start(&listener, &accept, names, into, block, told.target)?;
        Err(WsaError::WSA_IO_PENDING)
    })
}

/// Where AcceptEx puts the names: each as it is, at the start of its room.
struct NamesOut {
    local: *mut u8,
    local_room: u32,
    remote_room: u32,
    /// The length of the longest name.
    least: u32,
}

// SAFETY: the room is the program's promise until the operation has ended.
unsafe impl Send for NamesOut {}

impl accept::Names for NamesOut {
    fn local_is_short(&self) -> bool {
        self.local_room < self.least + EXTRA
    }

    fn put(&mut self, local: &HostAddr, remote: &HostAddr) {
        let rooms = [(self.local, self.local_room, local), {
            (self.local.wrapping_add(self.local_room as usize), self.remote_room, remote)
        }];
        for (to, room, name) in rooms {
            let mut bytes = [0; 128];
            let length = name.to_windows_whole(&mut bytes).min(room as usize);
            // SAFETY: `new` found the room to be writable, and the program keeps it until the end.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, length) };
        }
    }
}

/// The length of a whole name of this family.
fn length_of(family: u16) -> usize {
    match family {
        AF_INET6 => size_of::<SOCKADDR_IN6>(),
        AF_UNIX => size_of::<SOCKADDR_UN>(),
        _ => size_of::<SOCKADDR_IN>(),
    }
}

/// **ConnectEx** connects a bound socket and sends the first data.
///
/// `name` is `namelen` bytes long; `lpsendbuffer` are `dwsenddatalength` bytes to send once there is a
/// connection, or NULL. The call fails with ERROR_IO_PENDING, and its end is told as in
/// [`WSARecv`](super::WSARecv), with the number of bytes sent; `lpdwbytessent` is not written. Programs get the
/// function from SIO_GET_EXTENSION_FUNCTION_POINTER. The connected socket sends and receives at once; for anything
/// else it needs SO_UPDATE_CONNECT_CONTEXT.
///
/// # Errors
/// Returns FALSE.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_IO_PENDING | the operation has begun | documented |
/// | ERROR_INVALID_PARAMETER | `lpoverlapped` is NULL | F031 |
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | F029 |
/// | WSAEINVAL | `s` is not bound, listens, is no stream, or is being connected | F029, F301 |
/// | WSAEISCONN | `s` is connected | F029 |
/// | WSAEFAULT | `name` is missing or too short; `lpsendbuffer` or `lpoverlapped` is no pointer | documented |
/// | WSAEAFNOSUPPORT | `name` is of another family | documented |
/// | WSAEADDRNOTAVAIL | the wildcard address, or port 0 | documented |
/// | WSA_INVALID_HANDLE | hEvent is neither NULL nor an open event | decided |
///
/// and as the end of the operation ERROR_CONNECTION_REFUSED (F088) and whatever else connect fails with.
///
/// # Safety
/// - `name` is NULL or readable for `namelen` bytes.
/// - `lpsendbuffer` is NULL or readable for its length, and `lpoverlapped` is NULL or an OVERLAPPED; both stay
///   until the operation has ended.
pub(crate) unsafe extern "system" fn ConnectEx(
    s: SOCKET,
    name: *const SOCKADDR,
    namelen: i32,
    lpsendbuffer: *const c_void,
    dwsenddatalength: u32,
    lpdwbytessent: *mut u32,
    lpoverlapped: *mut OVERLAPPED,
) -> BOOL {
    let _ = lpdwbytessent;
    winsock(FALSE, || {
        // SAFETY: the caller's promise.
        let block = unsafe { begin(lpoverlapped) }?;
        startup::require()?;
        let socket = table::enter(s)?;
        if let Some(code) = connect::refusal(&socket) {
            return Err(code);
        }
        // SAFETY: the caller's promise.
        let name = unsafe { name::read(name, namelen) }?;
        if i32::from(name.family().to_windows()) != socket.facts().provider().family {
            return Err(WsaError::WSAEAFNOSUPPORT);
        }
        if is_nobody(&name) {
            return Err(WsaError::WSAEADDRNOTAVAIL);
        }
        let length = if lpsendbuffer.is_null() { 0 } else { dwsenddatalength as usize };
        let first = Scatter::one(lpsendbuffer.cast_mut().cast::<u8>(), length);
        if first.is_unmappable() {
            return Err(WsaError::WSAEFAULT);
        }
        // SAFETY: the caller's promise.
        let told = unsafe { told(&socket, lpoverlapped) }?;
        connect::start(&socket, &name, (length > 0).then_some(first), block, told.target)?;
        Err(WsaError::WSA_IO_PENDING)
    })
}

/// A name that nobody can have; hosts take the wildcard for themselves.
fn is_nobody(name: &HostAddr) -> bool {
    name.ip().is_some_and(|ip| ip.is_unspecified() || name.port() == 0)
}

/// **DisconnectEx** ends sending on a connection, and can make its socket usable for another one.
///
/// With TF_REUSE_SOCKET in `dwflags` the SOCKET is afterwards as it was before it was connected: one that came
/// from AcceptEx can be given to AcceptEx again, and one that was bound and connected can be connected again. With an OVERLAPPED the call fails with ERROR_IO_PENDING, and its end is told as in
/// [`WSARecv`](super::WSARecv) (F089); without, it returns TRUE, and can be repeated (F142). Programs get the
/// function from SIO_GET_EXTENSION_FUNCTION_POINTER.
///
/// # Errors
/// Returns FALSE.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_IO_PENDING | the operation has begun | F142 |
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | F142 |
/// | WSAENOTCONN | `s` is not connected | F142 |
/// | WSAEINVAL | another flag, or `dwreserved` is not 0 | documented |
/// | WSAEFAULT | `lpoverlapped` is neither NULL nor a pointer | documented |
/// | WSA_INVALID_HANDLE | hEvent is neither NULL nor an open event | decided |
///
/// # Safety
/// - `lpoverlapped` is NULL or an OVERLAPPED, which stays until the operation has ended.
pub(crate) unsafe extern "system" fn DisconnectEx(
    s: SOCKET,
    lpoverlapped: *mut OVERLAPPED,
    dwflags: u32,
    dwreserved: u32,
) -> BOOL {
    winsock(FALSE, || {
        startup::require()?;
        let socket = table::enter(s)?;
        if dwflags & !connect::REUSE != 0 || dwreserved != 0 {
            return Err(WsaError::WSAEINVAL);
        }
        let facts = connection::settle(&socket);
        if !facts.any(crate::socket::facts::CONNECTED) {
            return Err(WsaError::WSAENOTCONN);
        }
        let again = dwflags & connect::REUSE != 0;
        if lpoverlapped.is_null() {
            return connect::disconnect(&socket, again).map(|()| TRUE);
        }
        // SAFETY: the caller's promise.
        let block = unsafe { begin(lpoverlapped) }?;
        // SAFETY: the caller's promise.
        let told = unsafe { told(&socket, lpoverlapped) }?;
        connect::start_disconnect(&socket, again, block, told.target);
        Err(WsaError::WSA_IO_PENDING)
    })
}

/// Who began an operation of these functions. Internal says at once that it pends (F029), InternalHigh stays
/// (F030).
///
/// # Safety
/// `overlapped` is bad or an OVERLAPPED, which stays until the operation has ended.
unsafe fn begin(overlapped: *mut OVERLAPPED) -> Result<Block, WsaError> {
    if overlapped.is_null() {
        return Err(INVALID_PARAMETER);
    }
    if !is_writable(overlapped) {
        return Err(WsaError::WSAEFAULT);
    }
    let nowhere = std::ptr::null_mut();
    // SAFETY: the caller's promise.
    let block = unsafe { Block::new(overlapped, Routine::None, nowhere, nowhere) };
    let block = block.watched_by(wishes::of_extension().watch);
    block.begin();
    Ok(block)
}

/// # Safety
/// `overlapped` is an OVERLAPPED.
unsafe fn told(socket: &Socket, overlapped: *mut OVERLAPPED) -> Result<Told, WsaError> {
    // SAFETY: the caller's promise.
    let told = unsafe { overlapped::told(socket, overlapped, Routine::None) }?;
    if told.bad_event { Err(WsaError::WSA_INVALID_HANDLE) } else { Ok(told) }
}

/// **GetAcceptExSockaddrs**, as programs get its pointer.
///
/// # Safety
/// Those of the exported function.
pub(in crate::ffi) unsafe extern "system" fn get_accept_ex_sockaddrs(
    lpoutputbuffer: *const c_void,
    dwreceivedatalength: u32,
    dwlocaladdresslength: u32,
    dwremoteaddresslength: u32,
    localsockaddr: *mut *mut SOCKADDR,
    localsockaddrlength: *mut i32,
    remotesockaddr: *mut *mut SOCKADDR,
    remotesockaddrlength: *mut i32,
) {
    crate::ffi::border::quiet((), || {
        let local = lpoutputbuffer.cast::<u8>().wrapping_add(dwreceivedatalength as usize);
        let remote = local.wrapping_add(dwlocaladdresslength as usize);
        let places = [
            (local, dwlocaladdresslength, localsockaddr, localsockaddrlength),
            (remote, dwremoteaddresslength, remotesockaddr, remotesockaddrlength),
        ];
        for (name, room, to, length) in places {
            // SAFETY: the caller's promise.
            unsafe {
                let _ = put(to, name.cast_mut().cast::<SOCKADDR>());
                if !is_bad(name) && memory::is_readable(name as usize, 2) {
                    let family = name.cast::<u16>().read_unaligned();
                    let _ = put(length, length_of(family).min(room as usize) as i32);
                }
            }
        }
    });
}
