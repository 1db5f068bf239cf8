//! What a thread knows of the program's call that it is inside of: by which name it came, and down which chain it
//! goes.

use std::cell::Cell;

use crate::ffi::provider::wishes::{self, Wishes};

#[derive(Clone, Copy)]
struct Now {
    called_as: &'static str,
    /// The catalogue entry whose chain it is; 0 is none.
    entry: u32,
    /// It is a question that the library asks the provider before the program's call goes to it.
    asks: bool,
}

const NOWHERE: Now = Now { called_as: "", entry: 0, asks: false };

thread_local! {
    static NOW: Cell<Now> = const { Cell::new(NOWHERE) };
    /// A layer is calling a function of the provider below by its pointer.
    static PASSES: Cell<bool> = const { Cell::new(false) };
}

/// The name of the Windows function by which the program made the call that the calling thread is in: `recv`,
/// where a layer sees WSPRecv. Empty where no program's call is under way.
pub fn called_as() -> &'static str {
    NOW.try_with(Cell::get).map_or("", |now| now.called_as)
}

/// The catalogue entry whose chain the call goes down.
pub(super) fn entry() -> Option<u32> {
    NOW.try_with(Cell::get).ok().map(|now| now.entry).filter(|&entry| entry != 0)
}

/// Whether the call is none of the program's, but a question of the library's own about it.
pub(super) fn asks() -> bool {
    NOW.try_with(Cell::get).is_ok_and(|now| now.asks)
}

/// A program's call, as long as it is under way.
pub(super) struct Scope {
    outer: Now,
    /// What a layer has wished for that makes a call of its own before it passes on the one that it is in.
    wishes: Wishes,
}

impl Scope {
    pub(super) fn enter(called_as: &'static str, entry: u32) -> Self {
        Self::enter_as(Now { called_as, entry, asks: false })
    }

    /// As [`enter`](Self::enter), for a question of the library's own before such a call.
    pub(super) fn enter_to_ask(called_as: &'static str, entry: u32) -> Self {
        Self::enter_as(Now { called_as, entry, asks: true })
    }

    fn enter_as(now: Now) -> Self {
        let outer = NOW.try_with(|place| place.replace(now)).unwrap_or(NOWHERE);
        Self { outer, wishes: wishes::set_aside() }
    }

    /// As [`enter`](Self::enter), for a function that is called by its pointer: by a program, or by a layer that
    /// passes on a call which is under way already.
    pub(super) fn enter_by_pointer(called_as: &'static str, entry: u32) -> Option<Self> {
        let passed_on = PASSES.try_with(|passes| passes.replace(false)).unwrap_or(false);
        (!passed_on).then(|| Self::enter(called_as, entry))
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        // What a layer wished for an operation that then did not begin concerns no later one.
        wishes::put_back(std::mem::take(&mut self.wishes));
        let _ = NOW.try_with(|now| now.set(self.outer));
    }
}

/// The next call by a pointer passes on the one that is under way.
pub(super) fn pass_on() {
    let _ = PASSES.try_with(|passes| passes.set(true));
}

/// It was not for one of this library's.
pub(super) fn passed_on() {
    let _ = PASSES.try_with(|passes| passes.set(false));
}
