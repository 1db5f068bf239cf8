//! The locks and atomics of what waits: the host's, or a model checker's under `--cfg shuttle`.
//! They must be used wherever threads meet in `win32`'s waits, so that the models see every way to meet.

#[cfg(not(shuttle))]
mod chosen {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use std::thread::sleep;
    pub(crate) use std::thread_local;

    pub(crate) use crate::sys::start_service_thread;

    /// Whether this instant has come.
    pub(crate) fn has_come(at: std::time::Instant) -> bool {
        at <= std::time::Instant::now()
    }
}

#[cfg(shuttle)]
mod chosen {
    pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};
    pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use shuttle::thread_local;

    /// A model knows no time.
    pub(crate) fn sleep(_: std::time::Duration) {
        shuttle::thread::yield_now();
    }

    /// A model knows no time.
    pub(crate) fn has_come(_: std::time::Instant) -> bool {
        true
    }

    /// A task that a run does not wait for.
    pub(crate) fn start_service_thread(_: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        drop(shuttle::future::spawn(async move { work() }));
        Ok(())
    }
}

pub(crate) use chosen::*;
