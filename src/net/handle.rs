//! The number of a socket, for code that calls Windows' functions itself: out of and into the safe API.
#![allow(unsafe_code)] // A number is taken for a socket on the caller's word.

use std::sync::Arc;

use super::kinds::{Family, Kind};
use super::raw::socket::Raw;
use super::raw::start_up;
use super::socket::Socket;
use crate::Win32::Networking::WinSock::SOCKET;
use crate::error::WsaError;

impl Socket {
    /// The socket's number, which stays the socket's.
    ///
    /// What is begun on it otherwise is not known to this module. A completion port is to be given to it by
    /// [`CompletionPort`](super::CompletionPort) only.
    ///
    /// ```
    /// use openws2::Win32::Networking::WinSock::{FIONREAD, ioctlsocket};
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let mut waiting = 1;
    /// // SAFETY: the number is of a socket, and the result has its place.
    /// unsafe { ioctlsocket(socket.as_raw_socket(), FIONREAD, &mut waiting) };
    /// assert_eq!(waiting, 0);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn as_raw_socket(&self) -> SOCKET {
        self.raw().number()
    }

    /// The number, which is the caller's to close.
    ///
    /// # Errors
    /// The socket itself, if operations pend on it or have not been taken to their end.
    pub fn into_raw_socket(self) -> Result<SOCKET, Self> {
        if Arc::strong_count(&self.inner) > 1 {
            return Err(self);
        }
        Ok(self.raw().release())
    }

    /// The socket that has this number.
    ///
    /// # Errors
    /// WSAENOTSOCK if it is none. The number stays the caller's then.
    ///
    /// # Safety
    /// - The number is the caller's to give: nobody else closes it.
    /// - It has no completion port, and gets one by [`CompletionPort`](super::CompletionPort) only: packets of this
    ///   module's operations are for who knows when their memory is free.
    ///
    /// ```
    /// use openws2::net::{Family, Kind, Socket};
    ///
    /// let number = Socket::udp(Family::INET)?.into_raw_socket().expect("nothing pends");
    /// // SAFETY: it is a socket's, and nobody else's.
    /// let socket = unsafe { Socket::from_raw_socket(number) }?;
    /// assert_eq!((socket.family(), socket.kind()), (Family::INET, Kind::DATAGRAM));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub unsafe fn from_raw_socket(socket: SOCKET) -> Result<Self, WsaError> {
        start_up()?;
        // SAFETY: the caller's promise.
        let raw = unsafe { Raw::from_number(socket) };
        match raw.family_and_kind() {
            Ok((family, kind)) => Ok(Self::of(raw, Family::from_raw(family), Kind::from_raw(kind))),
            Err(error) => {
                raw.release();
                Err(error)
            }
        }
    }
}
