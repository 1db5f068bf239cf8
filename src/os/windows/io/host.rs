//! The sockets of Rust's `std` and of `mio`, which own a descriptor of the host's: that is the SOCKET.
#![allow(unsafe_code)] // Makes owners of descriptors.

use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

use super::{AsRawSocket, AsSocket, BorrowedSocket, FromRawSocket, IntoRawSocket, OwnedSocket, RawSocket};
use crate::ffi::spi;
use crate::ffi::winsock::SOCKET;
use crate::os::windows::started;
use crate::socket::{passing, startup, table};

/// A descriptor that a type of the host's has: Winsock is started, and what it knows of the number is true.
fn met(fd: RawFd) -> RawSocket {
    started::start();
    if !passing::met(fd) && startup::is_layered() {
        spi::gone(fd as SOCKET);
    }
    fd as RawSocket
}

/// A descriptor that leaves a type of the host's. Its number is one that a SOCKET can have.
fn left(fd: OwnedFd) -> RawSocket {
    let off_zero = if fd.as_raw_fd() == 0 { fd.try_clone().unwrap_or(fd) } else { fd };
    let fd = off_zero.into_raw_fd();
    let socket = met(fd);
    passing::left_to_winsock(fd);
    socket
}

/// The descriptor of a SOCKET that a type of the host's is to own.
fn given(socket: RawSocket) -> RawFd {
    let is_descriptor = socket < table::FIRST_NON_SOCKET as RawSocket;
    assert!(
        is_descriptor,
        "the SOCKET of a provider that makes it by its own means is no socket of the host's"
    );
    passing::handed_over(socket as RawFd);
    socket as RawFd
}

macro_rules! convert {
    ($($host:ty)*) => { $(
        impl AsRawSocket for $host {
            #[inline]
            fn as_raw_socket(&self) -> RawSocket {
                met(self.as_raw_fd())
            }
        }

        impl FromRawSocket for $host {
            /// # Panics
            /// If a service provider has made the SOCKET by its own means, without one of the host's.
            #[inline]
            unsafe fn from_raw_socket(sock: RawSocket) -> Self {
                // SAFETY: the caller's promise: it is open, and nobody else's.
                unsafe { Self::from_raw_fd(given(sock)) }
            }
        }

        impl IntoRawSocket for $host {
            #[inline]
            fn into_raw_socket(self) -> RawSocket {
                // SAFETY: it is open, and nobody else's: the type has just given it away.
                left(unsafe { OwnedFd::from_raw_fd(self.into_raw_fd()) })
            }
        }

        impl AsSocket for $host {
            #[inline]
            fn as_socket(&self) -> BorrowedSocket<'_> {
                // SAFETY: it is open for as long as `self` lives.
                unsafe { BorrowedSocket::borrow_raw(self.as_raw_socket()) }
            }
        }

        impl From<$host> for OwnedSocket {
            #[inline]
            fn from(socket: $host) -> Self {
                // SAFETY: as for `into_raw_socket`.
                unsafe { Self::from_raw_socket(socket.into_raw_socket()) }
            }
        }

        impl From<OwnedSocket> for $host {
            /// # Panics
            /// If a service provider has made the SOCKET by its own means, without one of the host's.
            #[inline]
            fn from(socket: OwnedSocket) -> Self {
                // SAFETY: it is open, and nobody else's.
                unsafe { Self::from_raw_socket(socket.into_raw_socket()) }
            }
        }
    )* };
}

convert! {
    std::net::TcpStream
    std::net::TcpListener
    std::net::UdpSocket
    std::os::unix::net::UnixStream
    std::os::unix::net::UnixListener
    std::os::unix::net::UnixDatagram
    mio::net::TcpStream
    mio::net::TcpListener
    mio::net::UdpSocket
    mio::net::UnixStream
    mio::net::UnixListener
    mio::net::UnixDatagram
}
