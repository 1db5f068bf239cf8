//! What faults there are to be: kinds, how likely each is, and which receives a script names.

use std::fmt;

use crate::error::WsaError;

/// A kind of fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A byte stream gives fewer bytes than there are.
    Short,
    /// A message does not fit.
    Truncate,
    /// What is there comes later, by some milliseconds between these two.
    Delay {
        /// At least so many milliseconds.
        min: u32,
        /// At most so many.
        max: u32,
    },
    /// Nothing comes at once: an overlapped receive pends, a nonblocking one finds nothing the first time.
    Pend,
    /// The connection is reset; on a datagram socket, an earlier send is said to have reached nobody.
    Reset,
    /// A blocking receive is cancelled.
    Interrupt,
    /// The connection is aborted on this side.
    Abort,
    /// The receive fails with this code.
    Error(WsaError),
    /// As a delay: what came first to different sockets is received last.
    Reorder {
        /// At least so many milliseconds.
        min: u32,
        /// At most so many.
        max: u32,
    },
}

impl Kind {
    /// The delays of [`Kind::Reorder`] if nothing else is said.
    pub const REORDER: Self = Self::Reorder { min: 1, max: 10 };

    /// Its word in the grammar.
    pub fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Truncate => "truncate",
            Self::Delay { .. } => "delay",
            Self::Pend => "pend",
            Self::Reset => "reset",
            Self::Interrupt => "interrupt",
            Self::Abort => "abort",
            Self::Error(_) => "error",
            Self::Reorder { .. } => "reorder",
        }
    }

    /// What tells its chances from those of the others.
    pub(super) fn id(self) -> u64 {
        match self {
            Self::Short => 1,
            Self::Truncate => 2,
            Self::Delay { .. } => 3,
            Self::Pend => 4,
            Self::Reset => 5,
            Self::Interrupt => 6,
            Self::Abort => 7,
            Self::Reorder { .. } => 8,
            Self::Error(code) => 1 << 32 | u64::from(code.code().unsigned_abs()),
        }
    }

    /// What follows the probability or the name, with its colon.
    pub(super) fn more(self) -> impl fmt::Display {
        match self {
            Self::Delay { min, max } | Self::Reorder { min, max } => format!(":{min}..{max}"),
            Self::Error(code) => match code.name() {
                Some(name) => format!(":{name}"),
                None => format!(":{}", code.code()),
            },
            _ => String::new(),
        }
    }
}

/// Sockets to which faults are limited.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Only {
    /// Connections over TCP.
    Tcp,
    /// UDP.
    Udp,
    /// Those whose own port or whose peer's port this is.
    Port(u16),
}

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp => f.write_str("tcp"),
            Self::Udp => f.write_str("udp"),
            Self::Port(port) => port.fmt(f),
        }
    }
}

/// A line of the script: what befalls the receives it names. None is any.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Scripted {
    pub(super) socket: Option<u64>,
    pub(super) receive: Option<u64>,
    pub(super) kind: Kind,
}

impl Scripted {
    pub(super) fn names(&self, socket: u64, receive: u64) -> bool {
        self.socket.is_none_or(|it| it == socket) && self.receive.is_none_or(|it| it == receive)
    }
}

/// Everything that was asked for.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) chances: Vec<(Kind, f64)>,
    pub(super) script: Vec<Scripted>,
    pub(super) only: Vec<Only>,
    pub(super) quiet: bool,
}

impl Plan {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, chances: Vec::new(), script: Vec::new(), only: Vec::new(), quiet: false }
    }

    /// Sets how likely a kind is; errors are told apart by their codes.
    pub(super) fn set(&mut self, kind: Kind, probability: f64) {
        self.chances.retain(|(known, _)| known.id() != kind.id());
        self.chances.push((kind, probability));
    }
}

/// As the grammar has it, so that what is printed can be used again.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ordinal = |it: Option<u64>| it.map_or("*".to_owned(), |it| it.to_string());
        write!(f, "seed={}", self.seed)?;
        for (kind, probability) in &self.chances {
            write!(f, " {}={probability}{}", kind.name(), kind.more())?;
        }
        for Scripted { socket, receive, kind } in &self.script {
            write!(f, " at={}.{}:{}{}", ordinal(*socket), ordinal(*receive), kind.name(), kind.more())?;
        }
        self.only.iter().try_for_each(|only| write!(f, " only={only}"))?;
        if self.quiet { f.write_str(" quiet") } else { Ok(()) }
    }
}
