//! WSARecvMsg, which programs get from SIO_GET_EXTENSION_FUNCTION_POINTER only.
#![allow(unsafe_code)] // The C border.

use super::buffers;
use super::name::NameOut;
use super::receive::{self, finished};
use super::wishes;
use crate::ffi::border::winsock;
use crate::ffi::memory::{copy_out, get, has_room, is_writable, put};
use crate::overlapped::receive::{Outputs, synchronous};
use crate::socket::address::HostAddr;
use crate::socket::startup;
use crate::socket::table::{self, Socket};
use crate::status::NtStatus;
use crate::sys::Scatter;
use crate::transfer::Outcome;
use crate::transfer::control::Control;
use crate::transfer::order::{self, Need, Unmet};
use crate::transfer::receive::Request;
use crate::windows::consts::*;
use crate::windows::types::*;

/// **WSARecvMsg** receives a datagram, with its sender and what else the system knows of it.
///
/// `message` names where the datagram goes: `lpBuffers` are `dwBufferCount` WSABUFs, filled in order;
/// `name` has room for `namelen` bytes of the sender's name, or is NULL with a `namelen` of 0;
/// `Control` has room for `Control.len` bytes of control data, or is NULL with a length of 0. `dwFlags` is
/// 0 or MSG_PEEK. `*received` gets the number of bytes. `overlapped` and `routine` are as in [`WSARecv`](super::WSARecv);
/// the WSAMSG and what it points to then belong to the operation until it has ended.
///
/// On return `namelen` is the name's length, `Control.len` the length of the control data, and `dwFlags`
/// is made of MSG_TRUNC and MSG_CTRUNC, where the datagram or the control data were longer than their
/// room, and of MSG_BCAST or MSG_MCAST, where the datagram was sent to all or to a group. Control data
/// are WSACMSGHDRs, as the WSA_CMSG macros walk them, for the options that the program has set:
///
/// | option | level, type | data |
/// |---|---|---|
/// | IP_PKTINFO | IPPROTO_IP, IP_PKTINFO | IN_PKTINFO: the datagram's destination, the index of the interface |
/// | IP_RECVTTL | IPPROTO_IP, IP_TTL | INT |
/// | IP_RECVTOS | IPPROTO_IP, IP_TOS | INT |
/// | IP_ECN | IPPROTO_IP, IP_ECN | INT: the lowest two bits of the type of service |
/// | IPV6_PKTINFO | IPPROTO_IPV6, IPV6_PKTINFO | IN6_PKTINFO |
/// | IPV6_HOPLIMIT | IPPROTO_IPV6, IPV6_HOPLIMIT | INT |
/// | IPV6_RECVTCLASS | IPPROTO_IPV6, IPV6_TCLASS | INT |
/// | IPV6_ECN | IPPROTO_IPV6, IPV6_ECN | INT: the lowest two bits of the traffic class |
///
/// IPv4 datagrams bring IPv4's, on dual-stack sockets too: such a socket needs both IP_PKTINFO and
/// IPV6_PKTINFO (G220). The other options of this kind can be set, and bring nothing.
///
/// The address is the same whatever socket it was asked on, and works for all of them.
///
/// # Errors
/// Checked in this order: startup, handle, kind of socket, state, pointers, flags. Where nothing else is
/// said, nothing of the caller's changes and no datagram is taken.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAENOTSOCK | `s` is no socket, or is closed | F011 |
/// | WSAEOPNOTSUPP | neither a datagram nor a raw socket | G079 |
/// | WSAEINVAL | the socket has no name | G082 |
/// | WSAESHUTDOWN | the receiving side is shut | F134, G026 |
/// | WSAEFAULT | `message` or `received` is no pointer | F021 |
/// | WSAEINVAL | no buffers | decided, as F015 |
/// | WSAEFAULT | `lpBuffers` or a buffer is no pointer; `name` or `Control.buf` is none, with a length; `namelen` is too short for the socket's family | G082, F306 |
/// | WSA_IO_PENDING, WSA_INVALID_HANDLE, WSAEINVAL, WSAEFAULT | of `overlapped` and `routine`, as in [`WSARecv`](super::WSARecv) | F077, F313 |
/// | WSAEOPNOTSUPP | `dwFlags` has anything but MSG_PEEK, such as what the call before left there | G078 |
/// | WSAEWOULDBLOCK | nonblocking mode and nothing to receive | F032 |
/// | WSAETIMEDOUT | SO_RCVTIMEO has passed | G082, G123 |
/// | WSAEMSGSIZE | the datagram was longer than the buffers, or the control data than its room: everything is filled in as after a success. Of the control data, what fits in whole entries is there | F311, F312, G060 |
/// | WSAECONNRESET | an earlier send reached nobody; `name` is its destination | G030, G040 |
/// | WSAENETRESET | an earlier send's time to live ran out; `name` is its destination | G046 |
/// | WSAEINTR | closesocket in another thread; the final WSACleanup | G002, G211 |
///
/// # Platform notes
/// | | Linux | macOS |
/// |---|---|---|
/// | MSG_BCAST | whatever the route says; a socket bound to one address gets no broadcasts from the host | by the broadcast addresses of the interfaces, which are looked at once in a second |
/// | IP_TTL of an IPv4 datagram on an IPv6 socket | told | the host does not tell |
/// | a datagram that came before the option was set, or before the socket's first WSARecvMsg | without interface (0) | without control data and without MSG_BCAST and MSG_MCAST |
/// | ICMP errors | of every send, one by one | of connected sockets only |
///
/// # Safety
/// - `message` is NULL or a WSAMSG to read and write, whose pointers are each NULL or good for their lengths.
/// - `received` is NULL or a DWORD to write.
/// - `overlapped` is NULL or an OVERLAPPED; it, the WSAMSG and what that points to stay until the operation
///   has ended, and `routine` may be called with it.
pub(crate) unsafe extern "system" fn WSARecvMsg(
    s: SOCKET,
    message: *mut WSAMSG,
    received: *mut u32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    winsock(SOCKET_ERROR, || {
        startup::require()?;
        let socket = table::enter_to_wait(s)?;
        // SAFETY: the caller's promise about message.
        let asked = unsafe { Asked::of(&socket, message, received, !overlapped.is_null()) };
        let Asked { into, name, mut control, control_to, flags, unmet } = asked;
        let request = |from| Request {
            into,
            order: order::WSARECVMSG,
            unmet,
            flags,
            from,
            control: None,
            overlapped: !overlapped.is_null(),
        };
        if !overlapped.is_null() {
            let outputs = MessageOut { message, name, control: Box::new(control), control_to };
            let nowhere = std::ptr::null_mut();
            // SAFETY: the caller's promise about overlapped, routine and received; the flags are the WSAMSG's.
            return unsafe {
                receive::begin(
                    &socket,
                    request(None),
                    outputs,
                    overlapped,
                    routine,
                    received,
                    nowhere,
                    wishes::of_extension(),
                )
            };
        }
        let mut sender = HostAddr::empty();
        let wanted = name.is_some().then_some(&mut sender);
        let outcome = synchronous(&socket, Request { control: Some(&mut control), ..request(wanted) });
        if let (true, Some(room)) = (outcome.named, name) {
            room.put(&sender);
        }
        if tells(&outcome) {
            // SAFETY: the caller's promise; the pointers were found to be good before anything was received.
            unsafe {
                put(received, outcome.bytes as u32)?;
                fill(message, &outcome, &control, control_to);
            }
        }
        finished(outcome).map(|_| 0)
    })
}

/// Where an overlapped receive puts what it tells.
struct MessageOut {
    message: *mut WSAMSG,
    name: Option<NameOut>,
    control: Box<Control>,
    control_to: *mut u8,
}

// SAFETY: the WSAMSG and what it points to are the program's promise until the operation has ended.
unsafe impl Send for MessageOut {}

impl Outputs for MessageOut {
    fn wants_name(&self) -> bool {
        self.name.is_some()
    }

    fn control(&mut self) -> Option<&mut Control> {
        Some(&mut self.control)
    }

    fn put(&mut self, outcome: &Outcome, name: &HostAddr) -> u32 {
        if let (true, Some(room)) = (outcome.named, self.name.take()) {
            room.put(name);
        }
        if tells(outcome) {
            // SAFETY: found to be good when the receive began.
            unsafe { fill(self.message, outcome, &self.control, self.control_to) };
        }
        // They are the WSAMSG's (F077, F115).
        0
    }
}

/// What a WSAMSG asks for, read once.
struct Asked {
    into: Scatter,
    name: Option<NameOut>,
    control: Control,
    control_to: *mut u8,
    flags: u32,
    unmet: Unmet,
}

/// More control data than a datagram can have.
const LONGEST_CONTROL: usize = 4096;

impl Asked {
    /// # Safety
    /// `message` is bad or a WSAMSG to read and write, whose pointers are bad or good for their lengths
    /// until the call returns.
    unsafe fn of(socket: &Socket, message: *mut WSAMSG, received: *mut u32, overlapped: bool) -> Self {
        let counts = is_writable(received) || (overlapped && received.is_null());
        let unmet = Unmet::NONE.unless(counts, Need::CountPointer);
        // SAFETY: the caller's promise.
        let asked = match unsafe { get(message) } {
            Ok(asked) if is_writable(message) => asked,
            _ => {
                let nowhere = std::ptr::null_mut();
                let (into, control) = (Scatter::one(nowhere, 0), Control::new(0));
                let unmet = unmet.unless(false, Need::Message);
                return Self { into, name: None, control, control_to: nowhere, flags: 0, unmet };
            }
        };
        // SAFETY: the caller's promise. What it finds wrong is noted below, each fault by itself.
        let (into, fault) = unsafe { buffers::scatter(asked.lpBuffers, asked.dwBufferCount) };
        let wants_name = !asked.name.is_null() || asked.namelen != 0;
        let name = wants_name.then(|| {
            let least = socket.facts().provider().min_address;
            // SAFETY: the caller's promise; the length is where the WSAMSG has it.
            unsafe { NameOut::new(asked.name, &raw mut (*message).namelen, least) }
        });
        let control_used = (asked.Control.len as usize).min(LONGEST_CONTROL);
        let control_room = control_used == 0 || has_room(asked.Control.buf, control_used);
        let unmet = unmet
            .unless(asked.dwBufferCount > 0, Need::Buffers)
            .unless(asked.dwBufferCount == 0 || fault.is_none(), Need::Array)
            .unless(!matches!(name, Some(Err(_))), Need::Room)
            .unless(control_room, Need::ControlRoom);
        let name = name.and_then(Result::ok);
        let control = Control::new(asked.Control.len as usize);
        Self { into, name, control, control_to: asked.Control.buf, flags: asked.dwFlags, unmet }
    }
}

/// Whether a datagram was taken, whole or cut, and is told of (F312).
fn tells(outcome: &Outcome) -> bool {
    outcome.status.is_success() || outcome.status == NtStatus::BUFFER_OVERFLOW
}

/// Writes what is told of a datagram (F314).
///
/// # Safety
/// The receive has found `message` to be good, and `control_to` for `control`.
unsafe fn fill(message: *mut WSAMSG, outcome: &Outcome, control: &Control, control_to: *mut u8) {
    // SAFETY: the caller's promise; alignment is not asked of C programs.
    unsafe {
        if !control.bytes().is_empty() {
            copy_out(control.bytes(), control_to);
        }
        (&raw mut (*message).Control.len).write_unaligned(control.bytes().len() as u32);
        (&raw mut (*message).dwFlags).write_unaligned(outcome.flags);
    }
}
