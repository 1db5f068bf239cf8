//! Asynchronous procedure calls: what is to run in a thread at its next alertable wait.
//! It knows no operations and no sockets; a group is a number to it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{OnceLock, PoisonError};

use super::thread::{self, Thread};
use crate::sync::{AtomicBool, Mutex, MutexGuard, thread_local};

/// A call that waits for its thread.
pub(crate) struct Apc {
    /// Calls of one group do not run inside each other; 0 is no group.
    pub(crate) group: usize,
    pub(crate) run: Box<dyn FnOnce() + Send>,
}

/// The calls that wait for one thread.
pub(crate) struct Queue {
    /// None once the thread has ended.
    calls: Mutex<Option<VecDeque<Apc>>>,
    any: AtomicBool,
    alarm: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Queue {
    pub(crate) const fn new() -> Self {
        Self { calls: Mutex::new(Some(VecDeque::new())), any: AtomicBool::new(false), alarm: OnceLock::new() }
    }

    fn calls(&self) -> MutexGuard<'_, Option<VecDeque<Apc>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What wakes the thread where this library's waits do not: in a call on a socket. Set once.
    pub(crate) fn set_alarm(&self, alarm: impl Fn() + Send + Sync + 'static) {
        let _ = self.alarm.set(Box::new(alarm));
    }

    /// Whether a call waits.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::SeqCst)
    }

    /// The thread has ended: what waits never runs, and nothing more can be queued.
    pub(crate) fn end(&self) {
        let calls = self.calls().take();
        drop(calls);
    }
}

/// Queues a call for the thread; false if it has ended.
pub(crate) fn queue(thread: &Thread, apc: Apc) -> bool {
    let queue = thread.apcs();
    match &mut *queue.calls() {
        Some(calls) => calls.push_back(apc),
        None => return false,
    }
    queue.any.store(true, Ordering::SeqCst);
    thread.seat().call();
    if let Some(alarm) = queue.alarm.get() {
        alarm();
    }
    true
}

thread_local! {
    /// The groups of the calls that are running in this thread.
    static RUNNING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

fn may_run(group: usize) -> bool {
    group == 0 || RUNNING.with(|running| !running.borrow().contains(&group))
}

/// Runs what waits for the calling thread, in order, also what is queued meanwhile (G183); whether anything ran.
pub(crate) fn run() -> bool {
    let thread = thread::current();
    let queue = thread.apcs();
    let mut ran = false;
    while queue.any() {
        let next = {
            let mut calls = queue.calls();
            let Some(calls) = &mut *calls else { break };
            if calls.is_empty() {
                queue.any.store(false, Ordering::SeqCst);
                break;
            }
            let Some(place) = calls.iter().position(|apc| may_run(apc.group)) else { break };
            calls.remove(place)
        };
        let Some(Apc { group, run }) = next else { break };
        RUNNING.with(|running| running.borrow_mut().push(group));
        run();
        RUNNING.with(|running| running.borrow_mut().pop());
        ran = true;
    }
    ran
}

/// Whether something waits that could run in the calling thread now.
pub(crate) fn is_pending() -> bool {
    let thread = thread::current();
    let queue = thread.apcs();
    queue.any() && queue.calls().as_ref().is_some_and(|calls| calls.iter().any(|apc| may_run(apc.group)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn noted(notes: &Arc<Mutex<Vec<u32>>>, group: usize, note: u32) -> Apc {
        let notes = Arc::clone(notes);
        Apc { group, run: Box::new(move || notes.lock().unwrap().push(note)) }
    }

    #[test]
    fn calls_run_in_order_and_with_what_they_queue() {
        let notes = Arc::new(Mutex::new(Vec::new()));
        let here = thread::current();
        assert!(!run() && !is_pending());
        assert!(queue(&here, noted(&notes, 0, 1)));
        let (again, inner) = (Arc::clone(&here), noted(&notes, 0, 3));
        let run_inner = Box::new(move || assert!(queue(&again, inner)));
        queue(&here, Apc { group: 0, run: run_inner });
        queue(&here, noted(&notes, 0, 2));
        assert!(is_pending() && run() && !is_pending());
        assert_eq!(*notes.lock().unwrap(), [1, 2, 3]);
    }

    #[test]
    fn calls_of_a_group_do_not_run_inside_each_other() {
        let notes = Arc::new(Mutex::new(Vec::new()));
        let here = thread::current();
        let inside = Arc::clone(&notes);
        let (second, other) = (noted(&notes, 7, 2), noted(&notes, 8, 1));
        let again = Arc::clone(&here);
        queue(
            &here,
            Apc {
                group: 7,
                run: Box::new(move || {
                    queue(&again, second);
                    queue(&again, other);
                    assert!(run() && !run());
                    inside.lock().unwrap().push(10);
                }),
            },
        );
        assert!(run());
        assert_eq!(*notes.lock().unwrap(), [1, 10, 2]);
    }

    #[test]
    fn an_ended_thread_takes_no_calls() {
        let ended = std::thread::spawn(thread::current).join().unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while ended.exit_code() == thread::STILL_ACTIVE {
            assert!(std::time::Instant::now() < deadline, "the thread does not end");
            std::thread::yield_now();
        }
        assert!(!queue(&ended, Apc { group: 0, run: Box::new(|| ()) }));
    }
}
