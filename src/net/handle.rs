//! The number of a socket, for code that calls Windows' functions itself: out of and into the safe API.
#![allow(unsafe_code)] // A number is taken for a socket on the caller's word.

use std::sync::Arc;

use super::kinds::{Family, Kind};
use super::raw::socket::Raw;
use super::raw::start_up;
use super::socket::Socket;
use crate::Win32::Networking::WinSock::SOCKET;
use crate::error::WsaError;
use crate::os::windows::io::{
    AsRawSocket, AsSocket, BorrowedSocket, FromRawSocket, IntoRawSocket, OwnedSocket, RawSocket,
};

impl AsRawSocket for Socket {
    fn as_raw_socket(&self) -> RawSocket {
        self.raw().number() as RawSocket
    }
}

/// Lends the socket to code that takes sockets of any type.
///
/// ```
/// use openws2::net::{Family, Socket};
/// use openws2::os::windows::io::{AsRawSocket, AsSocket};
///
/// fn number(socket: &impl AsSocket) -> u64 {
///     socket.as_socket().as_raw_socket() as u64
/// }
/// let socket = Socket::udp(Family::INET)?;
/// assert_eq!(number(&socket), socket.as_raw_socket() as u64);
/// # Ok::<(), openws2::error::WsaError>(())
/// ```
impl AsSocket for Socket {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        // SAFETY: it is open until the socket is dropped or consumed, and is not INVALID_SOCKET.
        unsafe { BorrowedSocket::borrow_raw(self.raw().number() as RawSocket) }
    }
}

/// As [`Socket::into_raw_socket`]: the socket itself comes back if operations pend on it, or have not been
/// taken to their end.
impl TryFrom<Socket> for OwnedSocket {
    type Error = Socket;

    fn try_from(socket: Socket) -> Result<Self, Socket> {
        let number = socket.into_raw_socket()?;
        // SAFETY: it is nobody else's any more.
        Ok(unsafe { Self::from_raw_socket(number as RawSocket) })
    }
}

/// WSAENOTSOCK if it is no socket of this kind; it is closed then.
///
/// A port that it has already gets packets of this module's operations: who has given it one takes what he
/// did not begin for a number, as with every socket that others may use, too.
///
/// ```
/// use openws2::net::{Family, Socket};
/// use openws2::os::windows::io::OwnedSocket;
///
/// let socket = OwnedSocket::try_from(Socket::tcp(Family::INET)?).expect("nothing pends");
/// let socket = Socket::try_from(socket)?;
/// assert_eq!(socket.family(), Family::INET);
/// # Ok::<(), openws2::error::WsaError>(())
/// ```
impl TryFrom<OwnedSocket> for Socket {
    type Error = WsaError;

    fn try_from(socket: OwnedSocket) -> Result<Self, WsaError> {
        let number = socket.as_raw_socket() as SOCKET;
        // SAFETY: it is this owner's, who lets go of it once there is another.
        let made = unsafe { Self::from_raw_socket(number) }?;
        let _ = socket.into_raw_socket();
        Ok(made)
    }
}

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
