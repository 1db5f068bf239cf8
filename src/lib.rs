//! OpenWS2: code written for Windows sockets compiles and behaves the same on Linux and macOS.
//!
//! The crate has one inside and several doors. Going down, each layer knows only those below it:
//!
//! | layer | what it owns |
//! |---|---|
//! | [`Win32`], `ffi` | the doors for C and for code written against `windows-sys`: raw pointers, the last error |
//! | `names` | names, addresses and their text forms |
//! | `win32` | the small Win32 that socket programs lean on: threads, waits, memory, texts |
//! | `transfer` | receiving and sending: plan, call the host, say what Winsock says |
//! | `socket` | what a `SOCKET` is: the table, its state, its options, its provider |
//! | `sys` | the only code that calls the host about sockets |
//! | `platform` | everything that differs between hosts, as data |
//! | [`error`], [`status`] | Winsock codes; the NT status that every operation ends with |
#![deny(unsafe_code, unsafe_op_in_unsafe_fn)]
#![warn(missing_docs, unreachable_pub, elided_lifetimes_in_paths)]

pub mod error;
mod ffi;
mod names;
mod platform;
mod socket;
pub mod status;
mod sys;
mod transfer;
mod win32;

/// The items of Rust's `windows-sys`, under its module paths, for code that was written against it.
#[allow(non_snake_case)]
pub mod Win32 {
    /// Handles, codes and statuses.
    pub mod Foundation {
        pub use crate::ffi::foundation::*;
    }
    /// Networking.
    pub mod Networking {
        /// Windows sockets.
        pub mod WinSock {
            pub use crate::ffi::winsock::*;
        }
    }
}
