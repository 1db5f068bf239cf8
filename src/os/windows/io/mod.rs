//! Sockets and handles as Rust's types own, borrow and convert them: `std::os::windows::io` under its own names.
//!
//! Code that is written for Windows takes a `SOCKET` out of a [`TcpStream`](std::net::TcpStream) by
//! [`AsRawSocket`], hands it to Winsock, and makes types of the sockets that Winsock gives. Here it does so, too,
//! with the sockets of Rust's `std` and of `mio`:
//!
//! ```
//! use std::net::UdpSocket;
//!
//! use openws2::Win32::Networking::WinSock::{WSAGetLastError, WSAEWOULDBLOCK, recv};
//! use openws2::os::windows::io::AsRawSocket;
//!
//! let socket = UdpSocket::bind("127.0.0.1:0")?;
//! socket.set_nonblocking(true)?;
//! let mut buffer = [0u8; 16];
//! // The conversion has started Winsock, as the first socket of `std` does on Windows.
//! assert_eq!(unsafe { recv(socket.as_raw_socket() as usize, buffer.as_mut_ptr(), 16, 0) }, -1);
//! assert_eq!(unsafe { WSAGetLastError() }, WSAEWOULDBLOCK);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! To have unchanged code find all this under the name `std::os::windows::io`, see the crate `openws2-std`.
//!
//! # What is as on Windows
//! - A conversion of a type of `std` or `mio` starts Winsock, once in the process, and never takes that back: code
//!   that only has sockets of these types needs no WSAStartup. A program's last WSACleanup is therefore not the
//!   process's, and closes nothing.
//! - [`OwnedSocket`] is closed by closesocket and [`OwnedHandle`] by CloseHandle, with all that this means for
//!   operations that pend: they end. `try_clone` gives another SOCKET for the same object, as WSADuplicateSocket and
//!   WSASocket make one.
//! - What is set on a type of `std` (its mode, its timeouts, its peer) Winsock's functions heed, from the next
//!   conversion on at the latest. What they set, the type heeds.
//!
//! # What is not
//! - `std` and `mio` close their types by the host's call, of which this library is told nothing. Operations that
//!   pend on such a socket end as with closesocket, but not at once: about a tenth of a second later, while anybody
//!   waits for the end of an operation; or with the next socket that gets the number, be it made by Winsock or met by a
//!   conversion. Nothing is ever read from or written to that one for them. Who wants them to end at once makes an
//!   [`OwnedSocket`] of the type and drops that, or calls closesocket with what [`IntoRawSocket`] gives.
//! - `std` and `mio` call the host, with the host's answers: a datagram that is too long for `recv` is cut, not
//!   refused with WSAEMSGSIZE. What Winsock has taken from the host already (out-of-band bytes, what a peeking
//!   MSG_WAITALL keeps) only Winsock gives.
//! - A handle here is an object's of this library or a socket's. So there are no conversions for files, the standard
//!   streams, processes and threads of `std`: their handles would be none.
//! - `IoSlice` and `IoSliceMut` are the host's, which are no WSABUFs: code that passes them off as such gets WSAEFAULT.
//! - There is no room in an `OwnedSocket` for an `Option`'s `None`.

mod handle;
mod host;
mod shared;
mod socket;

pub use handle::{
    AsHandle, AsRawHandle, BorrowedHandle, FromRawHandle, HandleOrInvalid, HandleOrNull, IntoRawHandle,
    InvalidHandleError, NullHandleError, OwnedHandle, RawHandle,
};
pub use socket::{
    AsRawSocket, AsSocket, BorrowedSocket, FromRawSocket, IntoRawSocket, OwnedSocket, RawSocket,
};
