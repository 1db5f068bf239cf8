//! The doors for C and for `windows-sys` code: pointers become references, results become codes.
//!
//! Nothing here decides what a socket does. Each function has four visible steps: enter the border,
//! read the arguments, call the layer below, write the outputs and the last error.

pub(crate) mod border;
pub(crate) mod memory;
mod provider;
pub(crate) mod spi;
mod text;
pub(crate) mod win32;
pub(crate) mod winsock;
