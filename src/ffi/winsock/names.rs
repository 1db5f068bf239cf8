//! The functions of `winsock2.h` and `ws2tcpip.h` about names: strings and structures in and out.
//!
//! What is found is decided in `crate::names`; here pointers become references and results become C's.
#![allow(unsafe_code)] // Strings and structures of the caller are read and written through raw pointers.
#![allow(non_snake_case)] // The functions have Windows' names.

mod addrinfo;
mod database;
mod inet;
mod order;
mod text;

pub use addrinfo::*;
pub use database::*;
pub use inet::*;
pub use order::*;
pub use text::*;

use crate::ffi::text::{family, put, socket_address, string};
