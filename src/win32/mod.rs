//! The small Win32 that socket programs lean on: threads, waits, locks, memory, time, texts.

pub(crate) mod apc;
pub(crate) mod clock;
pub(crate) mod event;
pub(crate) mod host;
pub(crate) mod idle;
pub(crate) mod lasting;
pub(crate) mod lock;
pub(crate) mod memory;
pub(crate) mod message;
pub(crate) mod object;
pub(crate) mod ordering;
pub(crate) mod park;
pub(crate) mod port;
pub(crate) mod slots;
pub(crate) mod stack;
pub(crate) mod text;
pub(crate) mod thread;
pub(crate) mod wait;
pub(crate) mod wide;
