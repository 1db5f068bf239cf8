//! Socket names across the border: SOCKADDRs of the caller, in and out.
#![allow(unsafe_code)] // Reads and writes the caller's SOCKADDRs.

use crate::error::WsaError;
use crate::ffi::memory::{bytes, copy_out, get, is_bad, is_writable};
use crate::socket::address::{self, HostAddr};
use crate::sys::memory;
use crate::windows::consts::AF_UNSPEC;
use crate::windows::types::SOCKADDR;

/// The longest name that any family has.
const LONGEST: usize = 128;

/// A name that the caller gives; WSAEFAULT where it is missing or too short (F292).
///
/// # Safety
/// `name` is bad or readable for `len` bytes.
pub(super) unsafe fn read(name: *const SOCKADDR, len: i32) -> Result<HostAddr, WsaError> {
    let len = usize::try_from(len).map_err(|_| WsaError::WSAEFAULT)?.min(LONGEST);
    // SAFETY: the caller's promise.
    address::from_windows(unsafe { bytes(name.cast::<u8>(), len) }?)
}

/// As [`read`]; None for AF_UNSPEC, by which connect takes a datagram socket's peer back.
///
/// # Safety
/// `name` is bad or readable for `len` bytes.
pub(super) unsafe fn read_peer(name: *const SOCKADDR, len: i32) -> Result<Option<HostAddr>, WsaError> {
    // SAFETY: the caller's promise; every name has a family.
    if len >= size_of::<u16>() as i32 && unsafe { get(name.cast::<u16>()) }? == AF_UNSPEC {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    unsafe { read(name, len) }.map(Some)
}

/// A place of the caller's for a name, found to be large enough before anything is done for it.
pub(super) struct NameOut {
    name: *mut SOCKADDR,
    len: *mut i32,
    room: usize,
}

// SAFETY: the place is the caller's promise until the call, or the operation that it began, has ended.
unsafe impl Send for NameOut {}

impl NameOut {
    /// WSAEFAULT where a pointer is missing or the room is shorter than `least` bytes (F027, F306).
    ///
    /// # Safety
    /// `len` is bad or an int to read and write; `name` is bad or writable for `*len` bytes, until the
    /// call returns or the operation that it began has ended.
    pub(super) unsafe fn new(name: *mut SOCKADDR, len: *mut i32, least: i32) -> Result<Self, WsaError> {
        if !is_writable(len) {
            return Err(WsaError::WSAEFAULT);
        }
        // SAFETY: writable memory can be read.
        let room = unsafe { len.read_unaligned() };
        let used = room.min(LONGEST as i32).max(0) as usize;
        if room < least || is_bad(name) || !memory::is_writable(name as usize, used) {
            return Err(WsaError::WSAEFAULT);
        }
        Ok(Self { name, len, room: room as usize })
    }

    /// Writes the name, as far as there is room, and its whole length. Bytes behind it stay (F307).
    #[inline]
    pub(super) fn put(self, name: &HostAddr) {
        if let (Some(form), true) = (name.to_windows_inet(), self.room >= 16) {
            // SAFETY: `new` was promised a name with this room and an int behind `len`.
            unsafe {
                copy_out(&form, self.name.cast::<u8>());
                self.len.write_unaligned(form.len() as i32);
            }
            return;
        }
        let mut windows = [0; LONGEST];
        let whole = name.to_windows(&mut windows);
        self.put_bytes(&windows, whole);
    }

    /// As [`put`](Self::put), with AF_UNIX names at full size, as getpeername tells them (F326).
    pub(super) fn put_whole(self, name: &HostAddr) {
        let mut windows = [0; LONGEST];
        let whole = name.to_windows_whole(&mut windows);
        self.put_bytes(&windows, whole);
    }

    fn put_bytes(self, windows: &[u8; LONGEST], whole: usize) {
        let written = whole.min(self.room).min(LONGEST);
        // SAFETY: `new` was promised a name with this room and an int behind `len`.
        unsafe {
            copy_out(&windows[..written], self.name.cast::<u8>());
            self.len.write_unaligned(whole as i32);
        }
    }
}
