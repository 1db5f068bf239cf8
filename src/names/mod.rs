//! Names and addresses: hosts, services and protocols looked up, addresses read from text and written as text.
//!
//! Everything here is in Rust's own types; raw pointers stay in `ffi`, the host's resolver in [`host`].

pub(crate) mod database;
mod eai;
mod host;
pub(crate) mod resolve;
pub(crate) mod reverse;
pub(crate) mod text;
