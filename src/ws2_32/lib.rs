//! The C library: everything is in `openws2`; this crate only gives it its Windows name.

pub use openws2::Win32;
