//! Who is told of the ends of a socket's requests, besides what each request says: a completion port, and the
//! socket's handle itself. Every request looks here, so that as little as can be is locked.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::threads;
use crate::win32::event::{self, Event};
use crate::win32::port::Port;

/// The completion port that is told, and the key.
pub(crate) type Told = Option<(Arc<Port>, usize)>;

/// The state; SOCKETs that stand for one object share it.
#[derive(Default)]
pub(crate) struct Telling {
    marks: AtomicU8,
    /// The handle is signalled.
    signalled: AtomicBool,
    /// Threads have waited for the handle.
    is_awaited: AtomicBool,
    /// The handle as threads wait for it, once one has.
    own: Mutex<Option<Arc<Event>>>,
}

/// FILE_SKIP_COMPLETION_PORT_ON_SUCCESS.
pub(crate) const SKIP_PACKET_ON_SUCCESS: u8 = 1;
/// FILE_SKIP_SET_EVENT_ON_HANDLE.
pub(crate) const SKIP_SET_EVENT_ON_HANDLE: u8 = 2;
/// Neither events nor completion routines are told any more.
pub(crate) const QUIET: u8 = 4;

impl Telling {
    pub(crate) fn add(&self, marks: u8) {
        self.marks.fetch_or(marks, Ordering::SeqCst);
    }

    pub(crate) fn has(&self, marks: u8) -> bool {
        self.marks.load(Ordering::SeqCst) & marks != 0
    }

    /// The handle becomes signalled (F053), unless the program does without.
    #[inline]
    pub(crate) fn signal(&self) {
        if !self.has(SKIP_SET_EVENT_ON_HANDLE) {
            self.become_signalled(true);
        }
    }

    /// A request without an event begins (F055).
    #[inline]
    pub(crate) fn unsignal(&self) {
        if self.signalled.load(Ordering::Relaxed) {
            self.become_signalled(false);
        }
    }

    #[inline]
    fn become_signalled(&self, signalled: bool) {
        self.signalled.store(signalled, Ordering::Relaxed);
        // Either we see that there is an event, or who makes it sees the mark.
        threads::fence_lightly();
        if self.is_awaited.load(Ordering::Relaxed) {
            self.tell_own_event();
        }
    }

    #[cold]
    fn tell_own_event(&self) {
        if let Some(own) = &*self.own() {
            if self.signalled.load(Ordering::Relaxed) {
                event::set(own);
            } else {
                event::reset(own);
            }
        }
    }

    fn own(&self) -> MutexGuard<'_, Option<Arc<Event>>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handle as threads wait for it.
    pub(crate) fn own_event(&self) -> Arc<Event> {
        let event = Arc::clone(self.own().get_or_insert_with(|| event::new(true, false)));
        if !self.is_awaited.swap(true, Ordering::SeqCst) {
            // Who signalled before there was an event has left the mark.
            threads::fence_heavily();
            self.tell_own_event();
        }
        event
    }

    /// For the requests of another object.
    pub(crate) fn begin_again(&self) {
        self.marks.store(0, Ordering::SeqCst);
        self.signalled.store(false, Ordering::SeqCst);
        self.is_awaited.store(false, Ordering::SeqCst);
        *self.own() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_signalled_whether_somebody_has_waited_before_or_not() {
        let telling = Telling::default();
        telling.signal();
        let own = telling.own_event();
        assert!(event::is_set(&own));
        telling.unsignal();
        assert!(!event::is_set(&own) && !event::is_set(&telling.own_event()));
        telling.signal();
        assert!(event::is_set(&own));
        telling.unsignal();
        telling.add(SKIP_SET_EVENT_ON_HANDLE);
        telling.signal();
        assert!(!event::is_set(&own));
    }
}
