//! Overlapped operations in a trace: the number that links a call to the end of what it began.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::line::{About, Ended, Stamp};
use super::{Inner, line};
use crate::ffi::spi::{End, on_end};
use crate::reasons::{self, Notes};
use crate::status::NtStatus;
use crate::sys::{KeptErrno, PATIENCE};
use crate::win32::thread;

/// An operation that a call may begin.
pub(super) struct Operation {
    trace: Arc<Inner>,
    about: About,
    began: Instant,
    /// Whose call it is.
    thread: u32,
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
            thread: thread::current_id(),
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
        let stamp = self.trace.stamp(thread::current_id());
        let seconds = self.began.elapsed().as_secs_f64();
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        // What was noted within the call is for the call, too.
        let is_within = matches!(*stage, Stage::Calling) && stamp.thread == self.thread;
        let notes = if is_within { reasons::peek() } else { reasons::take() };
        match *stage {
            Stage::Calling => *stage = Stage::Early(end, notes, stamp, seconds),
            Stage::Told => {
                *stage = Stage::Over;
                drop(stage);
                // Whoever holds locks waits for nobody who reads.
                self.say(end, notes, stamp, seconds, Duration::ZERO);
            }
            Stage::Early(..) | Stage::Over => {}
        }
    }

    /// The call has returned, and it pends: has `say` say so, with the operation's number, before anybody
    /// says how it ended.
    pub(super) fn pends(&self, say: impl FnOnce(u64)) {
        let number = self.trace.operations.fetch_add(1, Ordering::Relaxed) + 1;
        self.number.store(number, Ordering::Relaxed);
        // No lock is held: who ends it would wait for it.
        say(number);
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if let Stage::Early(end, notes, stamp, seconds) = std::mem::replace(&mut *stage, Stage::Told) {
            *stage = Stage::Over;
            drop(stage);
            self.say(end, notes, stamp, seconds, PATIENCE);
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

    fn say(&self, end: End, notes: Notes, stamp: Stamp, seconds: f64, patience: Duration) {
        let ended = Ended {
            operation: self.number.load(Ordering::Relaxed),
            status: NtStatus::from_code(end.status),
            code: end.code,
            bytes: end.bytes as u64,
            seconds,
            notes,
        };
        let line = match self.trace.wishes.json {
            true => line::end_object(stamp, &self.about, &ended),
            false => line::ended(stamp, &self.about, &ended),
        };
        self.trace.write_soon(&line, patience);
    }
}
