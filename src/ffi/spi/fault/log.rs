//! What was done: a line on standard error for each fault, and a list for who asks.

use std::fmt;
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};

use super::plan::{Kind, Plan};
use crate::sys::{Journal, standard_error};
use crate::windows::types::SOCKET;

/// A fault that has befallen a receive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// The SOCKET.
    pub socket: SOCKET,
    /// Which socket it is, counted from 1 as they were made.
    pub number: u64,
    /// Which receive on it, counted from 1.
    pub receive: u64,
    /// The kind; of a delay both bounds are what was chosen.
    pub kind: Kind,
    /// Where room was taken away: how many bytes were left of how many.
    pub room: Option<(usize, usize)>,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { socket, number, receive, kind, room } = self;
        write!(f, "socket {socket} (#{number}), receive #{receive}: {}", kind.name())?;
        match (kind, room) {
            (Kind::Delay { min, .. } | Kind::Reorder { min, .. }, _) => write!(f, ", {min} ms"),
            (Kind::Error(code), _) => write!(f, ", {}", code.name().unwrap_or("no name")),
            (_, Some((room, total))) => write!(f, ", room for {room} of {total} bytes"),
            _ => Ok(()),
        }
    }
}

/// The faults that have befallen receives, in the order in which they did.
#[derive(Clone, Default, Debug)]
pub struct Log(Arc<Mutex<Vec<Event>>>);

impl Log {
    /// What there is by now.
    pub fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Where faults are told of.
pub(super) struct Telling {
    /// Opened with the layer: later its number may be the program's own.
    to: Option<&'static Journal>,
    announced: Once,
    /// Kept only for who has asked: a program may run for days.
    log: OnceLock<Log>,
}

impl Telling {
    pub(super) fn new() -> Self {
        Self { to: standard_error(), announced: Once::new(), log: OnceLock::new() }
    }

    pub(super) fn log(&self) -> Log {
        self.log.get_or_init(Log::default).clone()
    }

    /// Says, once, with what words a run can be repeated.
    pub(super) fn announce(&self, plan: &Plan) {
        self.announced.call_once(|| self.say(plan));
    }

    pub(super) fn tell(&self, plan: &Plan, event: Event) {
        self.announce(plan);
        if !plan.quiet {
            self.say(&event);
        }
        if let Some(Log(events)) = self.log.get() {
            events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        }
    }

    /// One line in one piece, so that those of several threads stay apart.
    fn say(&self, what: impl fmt::Display) {
        if let Some(journal) = self.to {
            journal.write_line(&format!("openws2: fault: {what}"));
        }
    }
}
