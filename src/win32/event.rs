//! Event objects: a state that waits are for, reset by hand or by the wait that it ends; and their names.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use super::wait::{Signal, Waitable};

/// The state of an event.
pub(crate) struct State {
    signalled: bool,
    manual: bool,
}

/// An event object.
pub(crate) type Event = Waitable<State>;

impl Signal for State {
    fn is_signalled(&self, _: u32) -> bool {
        self.signalled
    }

    fn consume(&mut self, _: u32) {
        self.signalled &= self.manual;
    }
}

/// Makes an event without a name.
pub(crate) fn new(manual: bool, signalled: bool) -> Arc<Event> {
    Waitable::new(State { signalled, manual })
}

/// SetEvent.
pub(crate) fn set(event: &Arc<Event>) {
    event.change(|state| state.signalled = true);
}

/// PulseEvent: lets go who waits now, one thread if the event is reset by waits, and leaves it reset.
pub(crate) fn pulse(event: &Event) {
    event.pulse(|state| state.signalled = true, |state| state.signalled = false);
}

/// ResetEvent.
pub(crate) fn reset(event: &Event) {
    event.lower(|state| state.signalled = false);
}

/// Whether a wait would end at once.
#[cfg(test)]
pub(crate) fn is_set(event: &Event) -> bool {
    event.read(|state| state.signalled)
}

/// The named events that are alive. Names are the process's own.
fn names() -> MutexGuard<'static, HashMap<String, Weak<Event>>> {
    static NAMES: LazyLock<Mutex<HashMap<String, Weak<Event>>>> = LazyLock::new(Mutex::default);
    NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// CreateEvent with a name: the event, and whether it was there before, in which case it stays as it is.
pub(crate) fn create_named(name: &str, manual: bool, signalled: bool) -> (Arc<Event>, bool) {
    let mut names = names();
    if let Some(event) = names.get(name).and_then(Weak::upgrade) {
        return (event, true);
    }
    names.retain(|_, event| event.strong_count() > 0);
    let event = new(manual, signalled);
    names.insert(name.to_owned(), Arc::downgrade(&event));
    (event, false)
}

/// OpenEvent.
pub(crate) fn open_named(name: &str) -> Option<Arc<Event>> {
    names().get(name).and_then(Weak::upgrade)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_event_as_long_as_somebody_has_it() {
        let (first, was_there) = create_named("openws2 unit", true, true);
        assert!(!was_there && is_set(&first));
        let (second, was_there) = create_named("openws2 unit", false, false);
        assert!(was_there && Arc::ptr_eq(&first, &second) && is_set(&second));
        reset(&first);
        assert!(!is_set(&open_named("openws2 unit").unwrap()));
        drop((first, second));
        assert!(open_named("openws2 unit").is_none());
    }
}
