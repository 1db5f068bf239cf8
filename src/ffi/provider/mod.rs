//! The base provider: what each function of Winsock does, from the caller's pointers to the results.
//!
//! The functions that programs call lie above, in `winsock`; they come here straight, or by the procedure table of
//! [`spi`](super::spi) where layers lie in between. Nothing here touches the last error, but for the functions
//! whose pointers programs ask for.
#![allow(non_snake_case)] // Those have Windows' names.

pub(in crate::ffi) mod blocking;
pub(in crate::ffi) mod buffers;
pub(in crate::ffi) mod disconnect;
pub(in crate::ffi) mod duplicate;
pub(in crate::ffi) mod extensions;
pub(in crate::ffi) mod ioctl;
pub(in crate::ffi) mod name;
pub(in crate::ffi) mod network_events;
pub(in crate::ffi) mod options;
pub(in crate::ffi) mod overlapped;
pub(in crate::ffi) mod protocol_info;
pub(in crate::ffi) mod receive;
mod receive_message;
pub(in crate::ffi) mod select;
pub(in crate::ffi) mod send;
mod send_message;
pub(in crate::ffi) mod sockets;
pub(in crate::ffi) mod text;
pub(in crate::ffi) mod wishes;

pub(in crate::ffi) use receive_message::WSARecvMsg;
pub(in crate::ffi) use send_message::WSASendMsg;
