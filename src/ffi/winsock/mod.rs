//! `winsock2.h`, `ws2tcpip.h` and `mswsock.h`: the types, the numbers, the functions.
#![allow(non_snake_case)]

mod buffers;
mod consts;
mod name;
mod receive;
mod select;
mod send;
mod sockets;
mod startup;
mod types;

pub use consts::*;
pub use receive::*;
pub use select::*;
pub use send::*;
pub use sockets::*;
pub use startup::*;
pub use types::*;
