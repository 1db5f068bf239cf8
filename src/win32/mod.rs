//! The small Win32 that socket programs lean on: threads, waits, locks, memory, time, texts.

pub(crate) mod wide;
