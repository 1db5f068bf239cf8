//! Storms of signals on threads that wait in the library: no result changes, no byte is lost, nothing is late.
//!
//! The handler is the program's own, without SA_RESTART, so each signal ends the host call that it meets.
#![allow(non_snake_case)]

#[path = "storm/closing.rs"]
mod closing;
#[path = "storm/receiving.rs"]
mod receiving;
#[path = "storm/signals.rs"]
mod signals;
#[path = "storm/waiting.rs"]
mod waiting;

mod util;
