//! Overlapped operations in a trace: the number that links a call to the end of what it began.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::line::{About, Ended, Stamp};
use super::{Inner, line};
use crate::ffi::spi::{End, on_end};
use crate::reasons::{self, Notes};
use crate::status::NtStatus;
use crate::sys::KeptErrno;
use crate::win32::thread;

/// An operation that a call may begin.
pub(super) struct Operation {
    trace: Arc<Inner>,
    about: About,
    began: Instant,
    number: AtomicU64,
    stage: Mutex<Stage>,
}

enum Stage {
    /// The call has not returned.
    Calling,
    /// The operation has ended, and its call has not returned.
    Early(End, Notes, Stamp, f64),
    /// The call has said that it pends.
    Told,
    /// No operation began, or it has ended within its call.
    Over,
}

impl Operation {
    /// Listens for the end of what the thread's next call begins.
    pub(super) fn listen(trace: &Arc<Inner>, about: About, began: Instant) -> Arc<Self> {
        let operation = Arc::new(Self {
            trace: Arc::clone(trace),
            about,
            began,
            number: AtomicU64::new(0),
            stage: Mutex::new(Stage::Calling),
        });
        let listener = Arc::clone(&operation);
        on_end(move |end| listener.hear(end));
        operation
    }

    /// Called in whichever thread ends it, which holds locks.
    fn hear(&self, end: End) {
        let _errno = KeptErrno::new();
        let notes = reasons::take();
        let stamp = self.trace.stamp(thread::current_id());
        let seconds = self.began.elapsed().as_secs_f64();
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        match *stage {
            Stage::Calling => *stage = Stage::Early(end, notes, stamp, seconds),
            Stage::Told => {
                *stage = Stage::Over;
                drop(stage);
                self.say(end, notes, stamp, seconds);
            }
            Stage::Early(..) | Stage::Over => {}
        }
    }

    /// The call has returned, and it pends: has `say` say so, with the operation's number, before anybody
    /// says how it ended.
    pub(super) fn pends(&self, say: impl FnOnce(u64)) {
        let number = self.trace.operations.fetch_add(1, Ordering::Relaxed) + 1;
        self.number.store(number, Ordering::Relaxed);
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        say(number);
        if let Stage::Early(end, notes, stamp, seconds) = std::mem::replace(&mut *stage, Stage::Told) {
            *stage = Stage::Over;
            drop(stage);
            self.say(end, notes, stamp, seconds);
        }
    }

    /// The call has returned, and nothing goes on: what was heard within it.
    pub(super) fn is_over(&self) -> Option<(End, Notes)> {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *stage, Stage::Over) {
            Stage::Early(end, notes, ..) => Some((end, notes)),
            _ => None,
        }
    }

    fn say(&self, end: End, notes: Notes, stamp: Stamp, seconds: f64) {
        let ended = Ended {
            operation: self.number.load(Ordering::Relaxed),
            status: NtStatus::from_code(end.status),
            code: end.code,
            bytes: end.bytes as u64,
            seconds,
            notes,
        };
        self.trace.write(&match self.trace.wishes.json {
            true => line::end_object(stamp, &self.about, &ended),
            false => line::ended(stamp, &self.about, &ended),
        });
    }
}
