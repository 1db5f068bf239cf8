//! Why a call is answered as it is: notes that the layers which decide leave for who traces calls. It decides
//! nothing.
//!
//! While nobody traces, a note is one look at a flag, and only where a call does not plainly succeed. The
//! notes are the thread's own; who traces a call takes them away before it and reads them after it.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

/// A rule of Windows', by its numbers in the list of what was observed, and what it says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rule {
    /// As `F042`, or several; empty where the rule is the host's errno in Winsock's terms.
    pub(crate) ids: &'static str,
    pub(crate) why: &'static str,
}

impl Rule {
    pub(crate) const fn new(ids: &'static str, why: &'static str) -> Self {
        Self { ids, why }
    }
}

/// What the host answered that decided something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Host {
    pub(crate) call: &'static str,
    /// 0 where it did not fail.
    pub(crate) errno: i32,
}

/// What was noted of a call.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Notes {
    /// The host's last word before the decision; None where it was not asked.
    pub(crate) host: Option<Host>,
    /// Why a call fails.
    pub(crate) fault: Option<Rule>,
    /// What is to be said of a call that succeeds.
    pub(crate) remark: Option<Rule>,
    /// What the host says from here on concerns tidying up.
    settled: bool,
}

static WANTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static NOTES: Cell<Notes> = const { Cell::new(NONE) };
}

const NONE: Notes = Notes { host: None, fault: None, remark: None, settled: false };

/// Says whether anybody reads the notes.
pub(crate) fn want(wanted: bool) {
    WANTED.store(wanted, Ordering::SeqCst);
}

/// Whether anybody reads the notes.
#[inline(always)]
fn wanted() -> bool {
    WANTED.load(Ordering::Relaxed)
}

#[cold]
fn change(work: impl FnOnce(&mut Notes)) {
    // At the very end of a thread there are none.
    let _ = NOTES.try_with(|notes| {
        let mut changed = notes.get();
        work(&mut changed);
        notes.set(changed);
    });
}

/// Gives what was noted, and forgets it.
pub(crate) fn take() -> Notes {
    NOTES.try_with(|notes| notes.replace(NONE)).unwrap_or_default()
}

/// What is noted so far, which stays.
pub(crate) fn peek() -> Notes {
    NOTES.try_with(Cell::get).unwrap_or_default()
}

/// Puts aside what was noted, until this is dropped: what runs meanwhile notes for itself.
pub(crate) fn keep() -> Kept {
    Kept(wanted().then(take))
}

/// See [`keep`].
pub(crate) struct Kept(Option<Notes>);

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(notes) = self.0 {
            // At the very end of a thread there are none.
            let _ = NOTES.try_with(|place| place.set(notes));
        }
    }
}

/// Something else begins in this thread: what was noted before does not concern it.
#[inline]
pub(crate) fn forget() {
    if wanted() {
        let _ = take();
    }
}

/// A call of the host's failed, or answered with nothing (0).
#[inline]
pub(crate) fn host(call: &'static str, errno: i32) {
    if wanted() {
        change(|notes| {
            if !notes.settled {
                notes.host = Some(Host { call, errno });
            }
        });
    }
}

/// This errno was turned into Winsock's terms, by a rule if there is one.
#[inline]
pub(crate) fn translated(errno: i32, rule: Option<Rule>) {
    if wanted() {
        change(|notes| {
            // Most often it is the answer to the last call; else somebody has kept it meanwhile.
            if notes.host.is_none_or(|host| host.errno != errno) {
                notes.host = Some(Host { call: "earlier", errno });
            }
            notes.fault = rule;
            notes.settled = true;
        });
    }
}

/// The call fails by a rule, whatever the host's answer was.
#[inline]
pub(crate) fn because(ids: &'static str, why: &'static str) {
    if wanted() {
        change(|notes| {
            notes.fault = Some(Rule { ids, why });
            notes.settled = true;
        });
    }
}

/// The call fails by a rule before the host is asked to do anything.
#[inline]
pub(crate) fn refused(rule: Rule) {
    if wanted() {
        change(|notes| {
            notes.host = None;
            notes.fault = Some(rule);
            notes.settled = true;
        });
    }
}

/// As [`refused`], unless it was said already by which rule.
#[inline]
pub(crate) fn refused_if_untold(rule: Rule) {
    if wanted() && peek().fault.is_none() {
        refused(rule);
    }
}

/// As [`refused`], for a result: its failure is by this rule.
#[inline]
pub(crate) fn refuse<E>(error: E, ids: &'static str, why: &'static str) -> E {
    refused(Rule { ids, why });
    error
}

/// The call succeeds, but in a way that wants a word.
#[inline]
pub(crate) fn remark(ids: &'static str, why: &'static str) {
    if wanted() {
        change(|notes| {
            notes.remark = Some(Rule { ids, why });
            notes.settled = true;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_noted_while_nobody_reads() {
        want(false);
        host("recv", 11);
        because("F032", "nothing there");
        assert_eq!(take(), NONE);
    }
}
