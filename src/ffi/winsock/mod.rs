//! `winsock2.h`, `ws2tcpip.h` and `mswsock.h`: the types, the numbers, the functions.
#![allow(non_snake_case)]

mod blocking;
mod catalog;
mod disconnect;
mod events;
mod extensions;
mod ioctl;
mod names;
mod network_events;
mod options;
mod overlapped;
mod poll;
mod receive;
mod select;
mod send;
mod sockets;
mod startup;

use crate::windows::{consts, spi, types};

pub use super::spi::register::*;
pub use super::spi::upcalls::WPUCompleteOverlappedRequest;
pub use blocking::*;
pub use catalog::*;
pub use consts::*;
pub use disconnect::*;
pub use events::*;
pub use extensions::*;
pub use ioctl::*;
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
