//! Faults on purpose: a layer that breaks receives as networks do, so that the paths of a program that nobody takes
//! on a good day can be tested.
//!
//! WIP

mod decide;
mod grammar;
mod layer;
mod log;
mod plan;
mod shape;
mod sockets;

use std::str::FromStr;

use super::layer::install;
use crate::error::WsaError;
pub use grammar::Mistake;
pub use log::{Event, Log};
pub use plan::{Kind, Only};
use plan::{Plan, Scripted};

/// The layer's name in the catalogue.
pub const NAME: &str = "fault";

/// The variable that asks for faults.
const VARIABLE: &str = "WS2_FAULT";

/// What faults there are to be; [installed](install) as a layer, what brings them about.
pub struct Faults {
    plan: Plan,
    telling: log::Telling,
    sockets: sockets::Sockets,
}

impl Faults {
    /// No faults yet, with this seed.
    pub fn seeded(seed: u64) -> Self {
        Self::of(Plan::new(seed))
    }

    /// Reads what WS2_FAULT can say.
    ///
    /// # Errors
    /// The word that is none.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        grammar::parse(text).map(Self::of)
    }

    fn of(plan: Plan) -> Self {
        Self { plan, telling: log::Telling::new(), sockets: sockets::Sockets::default() }
    }

    /// Has faults of a kind befall receives with this probability, from 0 to 1. What was said of the kind before is
    /// void; errors are told apart by their codes.
    pub fn with(mut self, kind: Kind, probability: f64) -> Self {
        self.plan.set(kind, probability);
        self
    }

    /// Has a fault befall the receive with this number on the socket with this number, both counted from 1; None is
    /// any. No other faults befall receives that are named so.
    pub fn at(mut self, socket: impl Into<Option<u64>>, receive: impl Into<Option<u64>>, kind: Kind) -> Self {
        self.plan.script.push(Scripted { socket: socket.into(), receive: receive.into(), kind });
        self
    }

    /// Limits faults to some sockets. Several limits hold together.
    pub fn only(mut self, sockets: Only) -> Self {
        self.plan.only.push(sockets);
        self
    }

    /// Faults are not printed; the seed is.
    pub fn quiet(mut self) -> Self {
        self.plan.quiet = true;
        self
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.plan.seed
    }

    /// Where the faults can be read that have befallen receives since this was first asked for.
    pub fn log(&self) -> Log {
        self.telling.log()
    }
}

/// As WS2_FAULT has it.
impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.plan.fmt(f)
    }
}

impl FromStr for Faults {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        Self::parse(text)
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Faults({})", self.plan)
    }
}

/// Installs the layer if WS2_FAULT asks for it, for the life of the process. Says what is wrong with the variable: a
/// program must not run well because faults were misspelt.
pub(super) fn install_by_environment() -> Result<(), WsaError> {
    let Some(text) = std::env::var_os(VARIABLE).filter(|text| !text.is_empty()) else { return Ok(()) };
    let faults = match Faults::parse(&text.to_string_lossy()) {
        Ok(faults) => faults,
        Err(mistake) => {
            log::say_of(VARIABLE, &mistake);
            return Err(WsaError::WSASYSNOTREADY);
        }
    };
    faults.telling.announce(&faults.plan);
    match install(NAME, faults) {
        Ok(installed) => {
            // Nobody takes it away.
            std::mem::forget(installed);
            Ok(())
        }
        Err(error) => {
            log::say_of(VARIABLE, error);
            Err(WsaError::WSASYSNOTREADY)
        }
    }
}
