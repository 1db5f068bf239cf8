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
//!   conversion. The library compares what the number stands for before it reads, writes, or puts a connection there
//!   unasked; between that look and the host's call another thread can still close it. Who wants operations to end at
//!   once, and nothing between, makes an [`OwnedSocket`] of the type and drops that, or calls closesocket with what
//!   [`IntoRawSocket`] gives.
//! - A thread that keeps signals out and sits in a call on a socket that `std` closes stays there, and has the number
//!   until it leaves. A socket that Winsock makes meanwhile gets another number. One of `std` that gets this number is
//!   refused by Winsock's functions (WSAENOTSOCK) for so long; its conversion waits for the number, up to a fifth of
//!   a second.
//! - macOS gives inet sockets nothing to tell one from another. What `std` has closed is known there only by a number
//!   that stands for nothing, for something else than a socket, or for a socket of another type or family: the next one
//!   of the same kind under the number is taken for the old one, until Winsock makes one of it. An [`OwnedSocket`] that
//!   is dropped after the process's last WSACleanup leaves such a descriptor open.
//! - `try_clone` of a type of `std` makes a descriptor that this library learns of when it is converted, as of one for
//!   an object of its own: what pends on the one is not known on the other, and timeouts, shut sides and errors that
//!   only Winsock keeps are each one's own. The object lives until both are closed. closesocket, which resets a
//!   connection under a call or an operation that waits, does not reset one for which the process has another
//!   descriptor.
//! - While an AcceptEx or a ConnectEx pends the host's descriptor is nonblocking, and so are the calls of `std` on it.
//!   It has the mode back when none pends. Nonblocking mode that `std` sets meanwhile is not noticed and ends with it;
//!   ioctlsocket's stays.
//! - `std` and `mio` call the host, with the host's answers: a datagram that is too long for `recv` is cut, not
//!   refused with WSAEMSGSIZE. What Winsock has taken from the host already (out-of-band bytes, what a peeking
//!   MSG_WAITALL keeps) only Winsock gives.
//! - A handle here is an object's of this library or a socket's. So there are no conversions for files, the standard
//!   streams, processes and threads of `std`: their handles would be none.
//! - `IoSlice` and `IoSliceMut` are the host's, which are no WSABUFs: their pointer comes first, and the length then.
//!   What code does that passes them off as such is undefined. Mostly that is WSAEFAULT, as a length is seldom the
//!   address of anything; in a program with something at low addresses it reads or writes there. Of `socket2`'s Windows
//!   backend these are `read_vectored` and `write_vectored`, `send_vectored` and `send_to_vectored`, also with flags,
//!   and `MsgHdr::with_buffers`. Its other functions for several buffers have WSABUFs.
//! - Descriptor 0 is no SOCKET, as 0 is none on Windows: lent by a conversion it is refused with WSAENOTSOCK; given away
//!   it gets another number. The same refusal meets numbers from 2097152 on.
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
