//! `winsock2.h`, `ws2tcpip.h` and `mswsock.h`: the types, the numbers, the functions.

mod consts;
mod types;

pub use consts::*;
pub use types::*;
