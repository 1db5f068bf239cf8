//! What Rust's `std::os` has on Windows, for other hosts.

#[cfg(windows)]
pub use std::os::windows;

#[cfg(not(windows))]
pub mod windows;
