//! A stand-in for Rust's `std`: all of it, and `std::os::windows` besides where the host has none.
//!
//! Code that is written for Windows says `use std::os::windows::io::AsRawSocket`. One line makes that name one here,
//! with nothing changed in the code:
//!
//! ```toml
//! [dependencies]
//! std = { package = "openws2-std", version = "0.1" }
//! ```
//!
//! Cargo then passes the compiler this crate under the name `std`, and the compiler takes it wherever it would have
//! taken its own: for `use std::…`, for the prelude, and for macros. All of it is `std`'s own, so that types and traits
//! are the same as those of crates without the line. What `std::os::windows` has here, and how it differs, is
//! written down in `openws2::os::windows::io`; the rest of that module (files' attributes, processes, wide strings)
//! is absent, and whoever uses it gets the compiler's word for it. On Windows the crate is `std` and nothing else.
//!
//! There, the first socket of `std` starts Winsock, and code that has made one calls no WSAStartup. Nobody can see that
//! here. So in a program with this crate the first call that finds Winsock off starts it, and WSANOTINITIALISED is
//! left to programs that call WSACleanup too often.
#![no_std]

extern crate std as real;

pub use real::*;

/// What belongs to one operating system or another.
#[cfg(not(windows))]
pub mod os {
    pub use real::os::*;

    /// What Rust has on Windows about sockets and handles.
    pub mod windows {
        pub use openws2::os::windows::{io, prelude};
    }
}

/// Called when the program is loaded.
#[cfg(not(windows))]
#[used]
#[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func,mod_init_funcs"))]
static LOADED: extern "C" fn() = {
    extern "C" fn loaded() {
        openws2::os::windows::leave_startup_to_std();
    }
    loaded
};
