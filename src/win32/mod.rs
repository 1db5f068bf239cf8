//! The small Win32 that socket programs lean on: threads, waits, locks, memory, time, texts.

pub(crate) mod apc;
pub(crate) mod class;
pub(crate) mod clock;
pub(crate) mod environment;
pub(crate) mod event;
pub(crate) mod host;
pub(crate) mod idle;
pub(crate) mod lasting;
pub(crate) mod layered;
pub(crate) mod lock;
pub(crate) mod memory;
pub(crate) mod message;
#[cfg(all(test, shuttle))]
mod models;
pub(crate) mod modules;
pub(crate) mod object;
pub(crate) mod ordering;
pub(crate) mod park;
pub(crate) mod port;
pub(crate) mod queue;
pub(crate) mod slots;
pub(crate) mod stack;
pub(crate) mod text;
pub(crate) mod thread;
pub(crate) mod timer;
pub(crate) mod wait;
pub(crate) mod wide;
pub(crate) mod window;
