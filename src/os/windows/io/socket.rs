//! Sockets: raw, borrowed, owned.
#![allow(unsafe_code)] // Calls Winsock's functions by their C signatures.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::{fmt, io, process};

use crate::ffi::winsock::{
    INVALID_SOCKET, SOCKET, WSA_FLAG_NO_HANDLE_INHERIT, WSA_FLAG_OVERLAPPED, WSADuplicateSocketW,
    WSAGetLastError, WSANOTINITIALISED, WSAPROTOCOL_INFOW, WSASocketW, closesocket,
};
use crate::socket::passing;

/// A SOCKET as Rust's `std` on Windows has it.
#[cfg(target_pointer_width = "64")]
pub type RawSocket = u64;
/// A SOCKET as Rust's `std` on Windows has it.
#[cfg(target_pointer_width = "32")]
pub type RawSocket = u32;

/// What has a SOCKET.
pub trait AsRawSocket {
    /// The SOCKET, which stays with its owner.
    fn as_raw_socket(&self) -> RawSocket;
}

/// What can be made of a SOCKET.
pub trait FromRawSocket {
    /// Makes it the SOCKET's owner.
    ///
    /// # Safety
    /// - The SOCKET is open, of a kind for this type, and nobody else owns it.
    unsafe fn from_raw_socket(sock: RawSocket) -> Self;
}

/// What can give its SOCKET away.
pub trait IntoRawSocket {
    /// The SOCKET, which is the caller's to close.
    fn into_raw_socket(self) -> RawSocket;
}

/// What has a SOCKET and can lend it.
pub trait AsSocket {
    /// The SOCKET, which stays with its owner for as long as this lives.
    fn as_socket(&self) -> BorrowedSocket<'_>;
}

/// A SOCKET that somebody else owns.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct BorrowedSocket<'socket> {
    raw: RawSocket,
    owner: PhantomData<&'socket OwnedSocket>,
}

/// A SOCKET that is closed with this, by closesocket.
#[repr(transparent)]
pub struct OwnedSocket {
    raw: RawSocket,
}

const INVALID: RawSocket = INVALID_SOCKET as RawSocket;

impl BorrowedSocket<'_> {
    /// Lends a SOCKET.
    ///
    /// # Panics
    /// If it is INVALID_SOCKET.
    ///
    /// # Safety
    /// - It is open for as long as this lives.
    #[inline]
    pub const unsafe fn borrow_raw(socket: RawSocket) -> Self {
        assert!(socket != INVALID);
        Self { raw: socket, owner: PhantomData }
    }

    /// Another SOCKET for the same object, as WSADuplicateSocket and WSASocket make it.
    ///
    /// # Errors
    /// Theirs.
    pub fn try_clone_to_owned(&self) -> io::Result<OwnedSocket> {
        let mut info = WSAPROTOCOL_INFOW::default();
        // SAFETY: `info` is writable.
        if unsafe { WSADuplicateSocketW(self.raw as SOCKET, process::id(), &mut info) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
        let (family, kind, protocol) = (info.iAddressFamily, info.iSocketType, info.iProtocol);
        // SAFETY: `info` is the record that WSADuplicateSocketW has filled.
        match unsafe { WSASocketW(family, kind, protocol, &info, 0, flags) } {
            INVALID_SOCKET => Err(io::Error::last_os_error()),
            made => Ok(OwnedSocket { raw: made as RawSocket }),
        }
    }
}

impl OwnedSocket {
    /// Another SOCKET for the same object, as WSADuplicateSocket and WSASocket make it.
    ///
    /// # Errors
    /// Theirs.
    pub fn try_clone(&self) -> io::Result<Self> {
        self.as_socket().try_clone_to_owned()
    }
}

impl OwnedSocket {
    /// The last WSACleanup leaves open what the program made itself, and closesocket then closes nothing any more.
    #[cold]
    fn close_after_cleanup(&self) {
        // SAFETY: no memory is passed.
        if unsafe { WSAGetLastError() } == WSANOTINITIALISED {
            passing::close_after_cleanup(self.raw as SOCKET);
        }
    }
}

impl AsRawSocket for BorrowedSocket<'_> {
    #[inline]
    fn as_raw_socket(&self) -> RawSocket {
        self.raw
    }
}

impl AsRawSocket for OwnedSocket {
    #[inline]
    fn as_raw_socket(&self) -> RawSocket {
        self.raw
    }
}

impl IntoRawSocket for OwnedSocket {
    #[inline]
    fn into_raw_socket(self) -> RawSocket {
        ManuallyDrop::new(self).raw
    }
}

impl FromRawSocket for OwnedSocket {
    /// # Panics
    /// If it is INVALID_SOCKET.
    #[inline]
    unsafe fn from_raw_socket(sock: RawSocket) -> Self {
        assert!(sock != INVALID);
        Self { raw: sock }
    }
}

impl AsSocket for BorrowedSocket<'_> {
    #[inline]
    fn as_socket(&self) -> BorrowedSocket<'_> {
        *self
    }
}

impl AsSocket for OwnedSocket {
    #[inline]
    fn as_socket(&self) -> BorrowedSocket<'_> {
        // SAFETY: it is open until `self` is dropped.
        unsafe { BorrowedSocket::borrow_raw(self.raw) }
    }
}

impl Drop for OwnedSocket {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: no memory is passed.
        if unsafe { closesocket(self.raw as SOCKET) } != 0 {
            self.close_after_cleanup();
        }
    }
}

impl fmt::Debug for BorrowedSocket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BorrowedSocket").field("socket", &self.raw).finish()
    }
}

impl fmt::Debug for OwnedSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedSocket").field("socket", &self.raw).finish()
    }
}
