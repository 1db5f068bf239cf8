//! The service provider interface: the base provider's procedure table, and the layers that can lie over it.
//!
//! A call of a program goes straight to the base provider while no layer is installed. Once one is, it goes by the
//! procedure table of the provider that its socket was made with ([`doors`]): to the top layer of a chain, which
//! passes on to the next one what it does not do itself, down to the base provider ([`base`]).

pub(in crate::ffi) mod base;
mod calls;
pub(in crate::ffi) mod catalog;
pub(in crate::ffi) mod chain;
pub(in crate::ffi) mod doors;
pub(in crate::ffi) mod environment;
pub mod fault;
mod layer;
pub(crate) mod register;
mod scope;
mod tables;
mod thread;
pub mod trace;
pub(crate) mod upcalls;

/// The socket was closed, and no layer was told: its number is the base provider's or another socket's.
pub(crate) fn gone(s: SOCKET) {
    chain::disown(s, chain::turn_of(s));
}

pub use super::provider::wishes::{End, hold_back, on_end};
pub use calls::*;
pub use layer::{Installed, install};
pub use scope::called_as;

use crate::windows::types::SOCKET;
