//! Blocking hooks (Winsock 1.1): what a thread runs again and again while a call of its waits.
//!
//! It knows neither what a call waits for nor how: who waits asks here until when it may, before the hook's
//! next turn.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::{startup, threads};
use crate::error::WsaError;
use crate::reasons;

/// A hook as the program names it.
pub(crate) type Routine = unsafe extern "system" fn() -> isize;

/// A thread's hook.
#[derive(Clone, Copy)]
pub(crate) struct Hook {
    pub(crate) routine: Routine,
    /// Runs it once; whether it may have more to do.
    pub(crate) run: fn(Routine) -> bool,
}

/// The hook has cancelled the call that waits.
pub(crate) struct Cancelled;

/// Where the thread stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Outside,
    /// In the hook.
    Inside,
    /// In the hook, which has cancelled the call.
    Cancelled,
}

struct Local {
    /// With the era in which it was installed.
    hook: Cell<Option<(u32, Hook)>>,
    phase: Cell<Phase>,
}

thread_local! {
    static LOCAL: Local = const { Local { hook: Cell::new(None), phase: Cell::new(Phase::Outside) } };
}

/// How many final cleanups there were. Each makes void what was installed before it, in every thread.
static ERA: AtomicU32 = AtomicU32::new(0);

/// How long a call waits between two turns of a hook that had nothing to do. Nothing tells from outside when
/// it has again; a person does not notice such a while.
const PAUSE: Duration = Duration::from_millis(10);

/// The final cleanup: no thread has a hook any more.
pub(super) fn forget_hooks() {
    ERA.fetch_add(1, Ordering::Relaxed);
}

fn hook() -> Option<Hook> {
    let (era, hook) = LOCAL.with(|local| local.hook.get())?;
    (era == ERA.load(Ordering::Relaxed)).then_some(hook)
}

/// Installs a hook for the calling thread, or none. Gives the one that it takes the place of.
pub(crate) fn install(new: Option<Hook>) -> Result<Option<Routine>, WsaError> {
    startup::require_hooks()?;
    require_idle()?;
    let old = hook().map(|hook| hook.routine);
    if new.is_some() {
        startup::note_hook()?;
        // The host does not run hooks while it waits.
        threads::become_alertable();
    }
    let era = ERA.load(Ordering::Relaxed);
    LOCAL.with(|local| local.hook.set(new.map(|hook| (era, hook))));
    Ok(old)
}

/// Refuses what is called from a hook: one call of a thread at a time.
pub(crate) fn require_idle() -> Result<(), WsaError> {
    if is_inside() { Err(WsaError::WSAEINPROGRESS) } else { Ok(()) }
}

/// Whether a call of this thread waits, and its hook is what asks.
pub(crate) fn is_inside() -> bool {
    LOCAL.with(|local| local.phase.get()) != Phase::Outside
}

/// Has the call that waits end when the hook returns. False where there is none, or none any more.
pub(crate) fn cancel() -> bool {
    let inside = LOCAL.with(|local| local.phase.get()) == Phase::Inside;
    if inside {
        LOCAL.with(|local| local.phase.set(Phase::Cancelled));
    }
    inside
}

/// Gives the thread's hook a turn, and says until when the call may wait then: without a hook, until its
/// deadline. No lock may be held.
///
/// A hook that has more to do is asked again after the call has looked at what it waits for: one that never
/// has enough must not keep the call from its end.
pub(crate) fn run_hook(deadline: Option<Instant>) -> Result<Option<Instant>, Cancelled> {
    let Some(hook) = hook().filter(|_| !is_inside()) else { return Ok(deadline) };
    let phase = |phase| LOCAL.with(|local| local.phase.replace(phase));
    phase(Phase::Inside);
    let notes = reasons::keep();
    let more = (hook.run)(hook.routine);
    drop(notes);
    if phase(Phase::Outside) == Phase::Cancelled {
        return Err(Cancelled);
    }
    let next = Instant::now() + if more { Duration::ZERO } else { PAUSE };
    Ok(Some(deadline.map_or(next, |at| at.min(next))))
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        static TURNS: Cell<u32> = const { Cell::new(0) };
    }

    extern "system" fn routine() -> isize {
        0
    }

    /// Sets the hook past the startup, which other tests of the process share.
    fn set(run: fn(Routine) -> bool) {
        let hook = Hook { routine, run };
        LOCAL.with(|local| local.hook.set(Some((ERA.load(Ordering::Relaxed), hook))));
    }

    #[test]
    fn without_a_hook_a_call_waits_until_its_deadline() {
        let at = Instant::now();
        assert!(matches!(run_hook(None), Ok(None)));
        assert!(matches!(run_hook(Some(at)), Ok(Some(same)) if same == at));
        assert!(!cancel() && !is_inside());
    }

    #[test]
    fn a_hook_with_more_to_do_is_asked_again_at_once() {
        set(|_| TURNS.replace(TURNS.get() + 1) == 0);
        let now = Instant::now();
        assert!(run_hook(None).is_ok_and(|at| at.is_some_and(|at| at <= Instant::now())));
        assert!(run_hook(None).is_ok_and(|at| at.is_some_and(|at| at >= now + PAUSE)));
        assert!(run_hook(Some(now)).is_ok_and(|at| at == Some(now)));
        assert_eq!(TURNS.get(), 3);
    }

    #[test]
    fn inside_nothing_may_be_called_and_one_cancel_counts() {
        set(|_| {
            assert!(is_inside() && require_idle() == Err(WsaError::WSAEINPROGRESS));
            assert!(matches!(run_hook(None), Ok(None)), "hooks do not nest");
            assert!(cancel() && !cancel());
            true
        });
        assert!(run_hook(None).is_err());
        assert!(!is_inside() && require_idle().is_ok() && !cancel());
    }
}
