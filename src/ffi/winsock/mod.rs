//! `winsock2.h`, `ws2tcpip.h` and `mswsock.h`: the types, the numbers, the functions.
#![allow(non_snake_case)]

pub(in crate::ffi) mod accepting;
pub(in crate::ffi) mod blocking;
pub(in crate::ffi) mod buffers;
pub(in crate::ffi) mod catalog;
pub(in crate::ffi) mod disconnect;
pub(in crate::ffi) mod events;
pub(in crate::ffi) mod extensions;
pub(in crate::ffi) mod ioctl;
pub(in crate::ffi) mod multipoint;
pub(in crate::ffi) mod name;
pub(in crate::ffi) mod names;
pub(in crate::ffi) mod network_events;
pub(in crate::ffi) mod options;
pub(in crate::ffi) mod overlapped;
pub(in crate::ffi) mod poll;
pub(in crate::ffi) mod protocol_info;
pub(in crate::ffi) mod receive;
pub(in crate::ffi) mod receive_message;
pub(in crate::ffi) mod select;
pub(in crate::ffi) mod send;
pub(in crate::ffi) mod sockets;
pub(in crate::ffi) mod startup;

use crate::windows::{consts, spi, types};

pub use super::spi::register::*;
pub use super::spi::upcalls::WPUCompleteOverlappedRequest;
pub use accepting::*;
pub use blocking::*;
pub use catalog::*;
pub use consts::*;
pub use disconnect::*;
pub use events::*;
pub use extensions::*;
pub use ioctl::*;
pub use multipoint::*;
pub use names::*;
pub use network_events::*;
pub use options::*;
pub use overlapped::WSAGetOverlappedResult;
pub use poll::*;
pub use receive::*;
pub use select::*;
pub use send::*;
pub use sockets::*;
pub use spi::*;
pub use startup::*;
pub use types::*;
