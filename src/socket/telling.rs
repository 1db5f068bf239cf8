//! Who is told of the ends of a socket's requests, besides what each request says: a completion port, and the
//! socket's handle itself. Every request looks here, so that nothing is locked.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use crate::win32::event::{self, Event};
use crate::win32::port::Port;

/// The state; SOCKETs that stand for one object share it.
#[derive(Default)]
pub(crate) struct Telling {
    port: OnceLock<(Arc<Port>, usize)>,
    marks: AtomicU8,
    /// The handle as threads wait for it, once one has.
    own: OnceLock<Arc<Event>>,
}

/// FILE_SKIP_COMPLETION_PORT_ON_SUCCESS.
pub(crate) const SKIP_PACKET_ON_SUCCESS: u8 = 1;
/// FILE_SKIP_SET_EVENT_ON_HANDLE.
pub(crate) const SKIP_SET_EVENT_ON_HANDLE: u8 = 2;
/// Neither events nor completion routines are told any more.
pub(crate) const QUIET: u8 = 4;
/// The handle is signalled.
const SIGNALLED: u8 = 8;

impl Telling {
    /// The completion port and the key.
    pub(crate) fn port(&self) -> Option<&(Arc<Port>, usize)> {
        self.port.get()
    }

    /// Has a port told; false if one is told already. A socket has it to its end.
    pub(crate) fn set_port(&self, port: Arc<Port>, key: usize) -> bool {
        self.port.set((port, key)).is_ok()
    }

    pub(crate) fn add(&self, marks: u8) {
        self.marks.fetch_or(marks, Ordering::SeqCst);
    }

    pub(crate) fn has(&self, marks: u8) -> bool {
        self.marks.load(Ordering::SeqCst) & marks != 0
    }

    /// The handle becomes signalled (F053), unless the program does without.
    pub(crate) fn signal(&self) {
        if self.has(SKIP_SET_EVENT_ON_HANDLE) {
            return;
        }
        self.add(SIGNALLED);
        if let Some(own) = self.own.get() {
            event::set(own);
        }
    }

    /// A request without an event begins (F055).
    pub(crate) fn unsignal(&self) {
        if self.has(SIGNALLED) {
            self.marks.fetch_and(!SIGNALLED, Ordering::SeqCst);
            if let Some(own) = self.own.get() {
                event::reset(own);
            }
        }
    }

    /// The handle as threads wait for it.
    pub(crate) fn own_event(&self) -> Arc<Event> {
        let own = self.own.get_or_init(|| event::new(true, false));
        // Who signalled before there was an event has left the mark.
        if self.has(SIGNALLED) {
            event::set(own);
        }
        Arc::clone(own)
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

    #[test]
    fn the_first_port_stays() {
        let telling = Telling::default();
        let (first, second) = (Port::new(1), Port::new(1));
        assert!(telling.set_port(Arc::clone(&first), 1) && !telling.set_port(second, 2));
        assert!(telling.port().is_some_and(|(port, key)| Arc::ptr_eq(port, &first) && *key == 1));
    }
}
