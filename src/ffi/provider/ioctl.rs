//! Ioctls: buffers, counts and OVERLAPPEDs across the border.
#![allow(unsafe_code)] // The C border.

use core::ffi::c_void;
use core::ptr::null_mut;

use super::extensions::{ConnectEx, DisconnectEx, accept_ex, get_accept_ex_sockaddrs};
use super::overlapped::{self as border, Behalf, Block, Routine};
use super::receive_message::WSARecvMsg;
use super::send_message::WSASendMsg;
use crate::error::WsaError;
use crate::ffi::memory::{get, has_room, is_writable, put};
use crate::overlapped::{self, Caller, When};
use crate::socket::table::{self, Socket};
use crate::socket::{ioctl, requests};
use crate::status::NtStatus;
use crate::windows::consts::*;
use crate::windows::foundation::GUID;
use crate::windows::types::*;

mod end;
mod lists;

use end::{End, Told};

/// **ioctlsocket** of the base provider.
///
/// # Safety
/// Those of `ioctlsocket`.
#[inline(always)]
pub(in crate::ffi) unsafe fn ioctlsocket(s: SOCKET, cmd: i32, argp: *mut u32) -> Result<i32, WsaError> {
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
}

/// **WSAIoctl** of the base provider.
///
/// # Safety
/// Those of `WSAIoctl`.
#[allow(clippy::too_many_arguments)] // They are Winsock's.
#[inline(always)]
pub(in crate::ffi) unsafe fn wsa_ioctl(
    s: SOCKET,
    dwiocontrolcode: u32,
    lpvinbuffer: *const c_void,
    cbinbuffer: u32,
    lpvoutbuffer: *mut c_void,
    cboutbuffer: u32,
    lpcbbytesreturned: *mut u32,
    lpoverlapped: *mut OVERLAPPED,
    lpcompletionroutine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
    behalf: impl FnOnce() -> Behalf,
) -> Result<i32, WsaError> {
    let socket = table::enter(s)?;
    if !is_writable(lpcbbytesreturned) {
        return Err(WsaError::WSAEFAULT);
    }
    let request = Request {
        code: dwiocontrolcode,
        input: (lpvinbuffer.cast(), cbinbuffer as usize),
        output: (lpvoutbuffer.cast(), cboutbuffer as usize),
        asynchronous: !lpoverlapped.is_null(),
    };
    if request.asynchronous {
        // SAFETY: the caller's promise.
        return unsafe {
            request.begin(&socket, lpcbbytesreturned, lpoverlapped, lpcompletionroutine, behalf())
        };
    }
    // SAFETY: the caller's promise.
    let end = unsafe { request.run(&socket) };
    // SAFETY: the caller's promise.
    unsafe { end.put_count(lpcbbytesreturned) }?;
    end.result.map(|()| 0)
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
    (WSAID_ACCEPTEX, || accept_ex as *const () as usize),
    (WSAID_CONNECTEX, || ConnectEx as *const () as usize),
    (WSAID_DISCONNECTEX, || DisconnectEx as *const () as usize),
    (WSAID_GETACCEPTEXSOCKADDRS, || get_accept_ex_sockaddrs as *const () as usize),
    (WSAID_WSARECVMSG, || WSARecvMsg as *const () as usize),
    (WSAID_WSASENDMSG, || WSASendMsg as *const () as usize),
];

impl Request {
    /// Runs the request of somebody who wants to be told of its end.
    ///
    /// # Safety
    /// - The buffers are bad, or as long as they say; `count` is bad or writable.
    /// - `overlapped` is bad, or an OVERLAPPED that stays until the operation has ended; `routine` may be
    ///   called with it.
    unsafe fn begin(
        &self,
        socket: &Socket,
        count: *mut u32,
        overlapped: *mut OVERLAPPED,
        routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
        behalf: Behalf,
    ) -> Result<i32, WsaError> {
        let routine = Routine::of(routine);
        // SAFETY: the caller's promise.
        let mut told = unsafe { border::told(socket, overlapped, routine) }?;
        told.target.routine_in = behalf.thread;
        if told.bad_event {
            return Err(WsaError::WSA_INVALID_HANDLE);
        }
        if told.contradiction {
            return Err(WsaError::WSAEINVAL);
        }
        // SAFETY: the caller's promise.
        let end = unsafe { self.run(socket) };
        // SAFETY: the caller's promise.
        unsafe { end.put_count(count) }?;
        // SAFETY: the caller's promise.
        let block =
            |count| unsafe { Block::new(overlapped, routine, count, null_mut()) }.watched_by(behalf.watch);
        let answer = match (end.result, end.told) {
            (Ok(()), _) => {
                // The count is that of the call; what is told has none (F101).
                let end = requests::End::of(NtStatus::SUCCESS);
                overlapped::tell(socket, end, When::AtOnce, block(null_mut()), told.target)
            }
            (Err(_), Told::Later(end)) => {
                overlapped::tell(socket, end, When::Later, block(count), told.target)
            }
            (Err(code), Told::Pending) => {
                block(null_mut()).begin();
                return Err(code);
            }
            (Err(code), Told::Nothing) => return Err(code),
        };
        border::said(answer)
    }

    /// # Safety
    /// The buffers are bad, or as long as they say.
    unsafe fn run(&self, socket: &Socket) -> End {
        // SAFETY: the caller's promise.
        let end = unsafe { self.run_by_code(socket) };
        match end.result {
            // F102: only the provider knows that it cannot, and it tells at the end.
            Err(WsaError::WSAEOPNOTSUPP) if self.asynchronous => {
                End::later(requests::End::of(NtStatus::NOT_SUPPORTED))
            }
            _ => end,
        }
    }

    /// # Safety
    /// The buffers are bad, or as long as they say.
    unsafe fn run_by_code(&self, socket: &Socket) -> End {
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
                SIO_GET_INTERFACE_LIST => self.interfaces(socket),
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
            true => End { told: Told::Pending, ..End::refused(WsaError::WSAEFAULT) },
        }
    }

    /// # Safety
    /// The output is bad, or as long as it says.
    unsafe fn interfaces(&self, socket: &Socket) -> End {
        // SAFETY: the caller's promise.
        match (unsafe { lists::interfaces(socket, self) }, self.asynchronous) {
            (Ok(bytes), false) => End::done(bytes),
            (Err(status), false) => End::of(Err(status.winsock())),
            (Ok(bytes), true) => End::later(requests::End { bytes, ..requests::End::of(NtStatus::SUCCESS) }),
            (Err(status), true) => End::later(requests::End::of(status)),
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
