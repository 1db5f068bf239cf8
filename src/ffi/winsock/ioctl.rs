//! ioctlsocket and WSAIoctl: buffers, counts and OVERLAPPEDs across the border.
#![allow(unsafe_code)] // The C border.

use core::ffi::c_void;

use super::consts::*;
use super::extensions::{AcceptEx, ConnectEx, DisconnectEx, GetAcceptExSockaddrs};
use super::receive_message::WSARecvMsg;
use super::types::*;
use crate::error::WsaError;
use crate::ffi::border::winsock;
use crate::ffi::memory::{get, has_room, is_writable, put};
use crate::socket::table::{self, Socket};
use crate::socket::{ioctl, startup};
use crate::status::NtStatus;
use crate::windows::foundation::GUID;

mod lists;

/// **ioctlsocket** controls a socket by a number of four bytes at `argp`, in or out.
///
/// FIONBIO takes the mode: 0 is blocking, anything else nonblocking. FIONREAD gives the bytes that
/// receives could take now: on a datagram socket, those of all messages. SIOCATMARK gives 1 unless an
/// out-of-band byte is waiting (F169).
///
/// # Errors
/// Checked in this order:
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | F253 |
/// | WSAEFAULT | `argp` is NULL or no pointer | F251 |
/// | WSAEOPNOTSUPP | any other command | F102 |
///
/// # Platform notes
/// On macOS FIONREAD of a datagram socket counts the first message only.
///
/// # Safety
/// - `argp` is NULL or four bytes to read and write.
#[unsafe(export_name = "ws2_ioctlsocket")]
pub unsafe extern "system" fn ioctlsocket(s: SOCKET, cmd: i32, argp: *mut u32) -> i32 {
    winsock(SOCKET_ERROR, || {
        startup::require()?;
        let socket = table::enter(s)?;
        // SAFETY: the caller's promise.
        let given = unsafe { get(argp) }?;
        let gives = match cmd {
            FIONBIO => {
                ioctl::set_nonblocking(&socket, given != 0)?;
                return Ok(0);
            }
            FIONREAD => ioctl::bytes_waiting(&socket)?,
            SIOCATMARK => u32::from(ioctl::is_at_mark(&socket)),
            _ => return Err(WsaError::WSAEOPNOTSUPP),
        };
        // SAFETY: the caller's promise.
        unsafe { put(argp, gives) }.map(|()| 0)
    })
}

/// **WSAIoctl** controls a socket: `cbInBuffer` bytes at `lpvInBuffer` go in, up to `cbOutBuffer` bytes
/// come out at `lpvOutBuffer`, and their number goes to `*lpcbBytesReturned`.
///
/// | code | in | out |
/// |---|---|---|
/// | FIONBIO | 4 bytes: the mode | – |
/// | FIONREAD, SIOCATMARK | – | 4 bytes, as [`ioctlsocket`] |
/// | SIO_ADDRESS_LIST_QUERY | – | SOCKET_ADDRESS_LIST: this host's addresses of the socket's family |
/// | SIO_BASE_HANDLE, SIO_BSP_HANDLE, SIO_BSP_HANDLE_SELECT, SIO_BSP_HANDLE_POLL | – | the socket itself: nothing lies below it (F257) |
/// | SIO_ENABLE_CIRCULAR_QUEUEING | – | – ; which message is lost is the host's choice all the same (F260) |
/// | SIO_GET_EXTENSION_FUNCTION_POINTER | a GUID: WSAID_ACCEPTEX, WSAID_CONNECTEX, WSAID_DISCONNECTEX, WSAID_GETACCEPTEXSOCKADDRS, WSAID_WSARECVMSG | the function's address, the same for every socket |
/// | SIO_GET_INTERFACE_LIST | – | INTERFACE_INFO, one for each IPv4 address |
/// | SIO_KEEPALIVE_VALS | tcp_keepalive, in milliseconds; below a second they are a second | – |
/// | SIO_UDP_CONNRESET, SIO_UDP_NETRESET | BOOL of 1 to 4 bytes: whether receives tell of ICMP errors (G041, G044) | – |
///
/// With an OVERLAPPED that names neither an event nor a completion routine, the calls that Windows
/// completes at once do so, with Internal and InternalHigh 0 (F101). All others that have an OVERLAPPED,
/// and those with a completion routine, are refused with WSAEOPNOTSUPP, the code that an unsupported
/// request also ends with on Windows. A completion routine without an OVERLAPPED is ignored.
///
/// # Errors
/// Checked in this order. `*lpcbBytesReturned` becomes 0 where the table says so, else it stays.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | F253 |
/// | WSAEFAULT | `lpcbBytesReturned` is NULL, whatever else is given | F079, F102 |
/// | WSAEOPNOTSUPP | a code that is not in the list above (count 0); see above for OVERLAPPED | F102 |
/// | WSAEFAULT | a buffer that is needed is NULL or too short: FIONBIO below 4, FIONREAD and SIOCATMARK below 4, a GUID below 16 | F252, F254 |
/// | WSAEFAULT | the same of SIO_KEEPALIVE_VALS below 12 and SIO_GET_INTERFACE_LIST (count 0); with an OVERLAPPED the count stays and Internal is STATUS_PENDING | F258, F259, F261 |
/// | WSAEFAULT | SIO_ADDRESS_LIST_QUERY has too little room: the count is what it needs | documented |
/// | WSAEINVAL | a GUID that names no function here | F256 |
/// | WSAEINVAL | SIO_KEEPALIVE_VALS switches on with a time of 0 (count 0) | decided |
/// | WSAENOPROTOOPT | SIO_KEEPALIVE_VALS on anything but TCP; SIO_UDP_CONNRESET or SIO_UDP_NETRESET on anything but UDP (count 0) | documented, decided |
///
/// # Platform notes
/// Those of [`ioctlsocket`].
///
/// # Safety
/// - The buffers are NULL or as long as their lengths say; `lpcbBytesReturned` is NULL or four bytes to
///   write; `lpOverlapped` is NULL or an OVERLAPPED to read and write.
#[unsafe(export_name = "ws2_WSAIoctl")]
pub unsafe extern "system" fn WSAIoctl(
    s: SOCKET,
    dwiocontrolcode: u32,
    lpvinbuffer: *const c_void,
    cbinbuffer: u32,
    lpvoutbuffer: *mut c_void,
    cboutbuffer: u32,
    lpcbbytesreturned: *mut u32,
    lpoverlapped: *mut OVERLAPPED,
    lpcompletionroutine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    winsock(SOCKET_ERROR, || {
        startup::require()?;
        let socket = table::enter(s)?;
        if !is_writable(lpcbbytesreturned) {
            return Err(WsaError::WSAEFAULT);
        }
        let asynchronous = !lpoverlapped.is_null();
        // SAFETY: the caller's promise.
        if asynchronous && (lpcompletionroutine.is_some() || !unsafe { get(lpoverlapped) }?.hEvent.is_null())
        {
            return Err(WsaError::WSAEOPNOTSUPP);
        }
        let request = Request {
            code: dwiocontrolcode,
            input: (lpvinbuffer.cast(), cbinbuffer as usize),
            output: (lpvoutbuffer.cast(), cboutbuffer as usize),
            asynchronous,
        };
        // SAFETY: the caller's promise.
        let end = unsafe { request.run(&socket) };
        if let Some(count) = end.count {
            // SAFETY: the caller's promise.
            unsafe { put(lpcbbytesreturned, count) }?;
        }
        if let (true, Some(status)) = (asynchronous, end.status) {
            // SAFETY: the caller's promise; alignment is not asked of C programs.
            unsafe { (&raw mut (*lpoverlapped).Internal).write_unaligned(status.code() as usize) };
            if status == NtStatus::SUCCESS {
                // SAFETY: as above.
                unsafe { (&raw mut (*lpoverlapped).InternalHigh).write_unaligned(0) };
            }
        }
        end.result.map(|()| 0)
    })
}

/// How a request ended.
struct End {
    result: Result<(), WsaError>,
    /// What goes to the count, where it changes.
    count: Option<u32>,
    /// What goes to an OVERLAPPED's Internal, where that changes.
    status: Option<NtStatus>,
}

impl End {
    /// So many bytes came out.
    fn done(count: usize) -> Self {
        Self { result: Ok(()), count: Some(count as u32), status: Some(NtStatus::SUCCESS) }
    }

    /// Refused, and nothing of the caller's changes.
    fn refused(code: WsaError) -> Self {
        Self { result: Err(code), count: None, status: None }
    }

    fn of(result: Result<(), WsaError>) -> Self {
        match result {
            Ok(()) => Self::done(0),
            Err(code) => Self { count: Some(0), ..Self::refused(code) },
        }
    }
}

struct Request {
    code: u32,
    input: (*const u8, usize),
    output: (*mut u8, usize),
    asynchronous: bool,
}

const MODE: u32 = FIONBIO as u32;
const WAITING: u32 = FIONREAD as u32;
const AT_MARK: u32 = SIOCATMARK as u32;
/// `_IOR('t', 127, u_long)`.
const SIO_GET_INTERFACE_LIST: u32 = 0x4004_747F;

/// A function that SIO_GET_EXTENSION_FUNCTION_POINTER gives, and its address.
type Extension = (GUID, fn() -> usize);

/// The extension functions that this library has.
const EXTENSIONS: &[Extension] = &[
    (WSAID_ACCEPTEX, || AcceptEx as *const () as usize),
    (WSAID_CONNECTEX, || ConnectEx as *const () as usize),
    (WSAID_DISCONNECTEX, || DisconnectEx as *const () as usize),
    (WSAID_GETACCEPTEXSOCKADDRS, || GetAcceptExSockaddrs as *const () as usize),
    (WSAID_WSARECVMSG, || WSARecvMsg as *const () as usize),
];

impl Request {
    /// # Safety
    /// The buffers are bad, or as long as they say.
    unsafe fn run(&self, socket: &Socket) -> End {
        // SAFETY: the caller's promise, for all of them.
        unsafe {
            match self.code {
                MODE => match self.take::<u32>() {
                    Ok(mode) => End::of(ioctl::set_nonblocking(socket, mode != 0)),
                    Err(code) => End::refused(code),
                },
                WAITING => self.give_after(|| ioctl::bytes_waiting(socket)),
                AT_MARK => self.give_after(|| Ok(u32::from(ioctl::is_at_mark(socket)))),
                SIO_UDP_CONNRESET => {
                    End::of(self.flag().and_then(|on| ioctl::report_port_errors(socket, on)))
                }
                SIO_UDP_NETRESET => End::of(self.flag().and_then(|on| ioctl::report_hop_errors(socket, on))),
                SIO_KEEPALIVE_VALS => self.keep_alive(socket),
                SIO_GET_EXTENSION_FUNCTION_POINTER => self.extension(),
                SIO_ENABLE_CIRCULAR_QUEUEING => End::of(ioctl::enable_circular_queue(socket)),
                SIO_ADDRESS_LIST_QUERY => lists::addresses(socket, self),
                SIO_BASE_HANDLE | SIO_BSP_HANDLE | SIO_BSP_HANDLE_SELECT | SIO_BSP_HANDLE_POLL
                    if !self.asynchronous =>
                {
                    self.give_after(|| Ok(socket.fd() as SOCKET))
                }
                SIO_GET_INTERFACE_LIST if !self.asynchronous => lists::interfaces(socket, self),
                _ if self.asynchronous => End::refused(WsaError::WSAEOPNOTSUPP),
                _ => End::of(Err(WsaError::WSAEOPNOTSUPP)),
            }
        }
    }

    /// # Safety
    /// The input is bad, or as long as it says.
    unsafe fn take<T: Copy>(&self) -> Result<T, WsaError> {
        if self.input.1 < size_of::<T>() {
            return Err(WsaError::WSAEFAULT);
        }
        // SAFETY: the caller's promise.
        unsafe { get(self.input.0.cast()) }
    }

    /// A BOOL; programs pass one byte as well (G043).
    ///
    /// # Safety
    /// The input is bad, or as long as it says.
    unsafe fn flag(&self) -> Result<bool, WsaError> {
        // SAFETY: the caller's promise.
        unsafe {
            match self.input.1 {
                0 => Err(WsaError::WSAEFAULT),
                1..4 => self.take::<u8>().map(|byte| byte != 0),
                _ => self.take::<u32>().map(|flag| flag != 0),
            }
        }
    }

    /// Asks once it is sure that the answer has room.
    ///
    /// # Safety
    /// The output is bad, or as long as it says.
    unsafe fn give_after<T: Copy>(&self, ask: impl FnOnce() -> Result<T, WsaError>) -> End {
        if self.output.1 < size_of::<T>() || !has_room(self.output.0, size_of::<T>()) {
            return End::refused(WsaError::WSAEFAULT);
        }
        // SAFETY: the caller's promise.
        match ask().and_then(|value| unsafe { put(self.output.0.cast(), value) }) {
            Ok(()) => End::done(size_of::<T>()),
            Err(code) => End::of(Err(code)),
        }
    }

    /// # Safety
    /// The input is bad, or as long as it says.
    unsafe fn keep_alive(&self, socket: &Socket) -> End {
        // SAFETY: the caller's promise.
        let (result, known) = match unsafe { self.take::<tcp_keepalive>() } {
            Ok(v) => {
                (ioctl::set_keep_alive(socket, v.onoff != 0, v.keepalivetime, v.keepaliveinterval), true)
            }
            Err(code) => (Err(code), false),
        };
        match self.asynchronous {
            false => End::of(result),
            true if known => End { count: None, ..End::of(result) },
            true => End { status: Some(NtStatus::PENDING), ..End::refused(WsaError::WSAEFAULT) },
        }
    }

    /// # Safety
    /// The buffers are bad, or as long as they say.
    unsafe fn extension(&self) -> End {
        // SAFETY: the caller's promise.
        match unsafe { self.take::<GUID>() } {
            Err(code) => End::refused(code),
            Ok(wanted) => match EXTENSIONS.iter().find(|(name, _)| *name == wanted) {
                // SAFETY: the caller's promise.
                Some((_, address)) => unsafe { self.give_after(|| Ok(address())) },
                None => End::refused(WsaError::WSAEINVAL),
            },
        }
    }
}
