//! The small Win32 that socket programs lean on: threads, waits, locks, memory, time, texts.

pub(crate) mod lock;
pub(crate) mod object;
pub(crate) mod park;
pub(crate) mod stack;
pub(crate) mod thread;
pub(crate) mod wait;
pub(crate) mod wide;
