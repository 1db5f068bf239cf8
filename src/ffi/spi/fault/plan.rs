//! What faults there are to be: kinds, how likely each is, and which receives a script names.

use std::fmt;

use crate::error::WsaError;

/// Why something that is asked for cannot be had.
pub(super) type Why = &'static str;

pub(super) const WRONG_PROBABILITY: Why = "a probability is from 0 to 1, or from 0% to 100%";
pub(super) const WRONG_RANGE: Why = "it takes milliseconds, the lower number first, as in :5..20";
pub(super) const WRONG_PLACE: Why = "a place is SOCKET.RECEIVE:KIND, and both are counted from 1";
pub(super) const WRONG_ONLY: Why = "neither tcp nor udp nor a port";
pub(super) const SAID_BEFORE: Why = "this was said before";

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
    /// The receive fails with this code. Those are refused that do not say of a receive that it has failed:
    /// WSA_IO_PENDING and WSA_IO_INCOMPLETE, WSAEWOULDBLOCK ([`Kind::Pend`] is for that), WSAEMSGSIZE
    /// ([`Kind::Truncate`]) and WSAEDISCON, which would be a false end.
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

    /// Whether there can be such a fault.
    fn check(self) -> Result<(), Why> {
        match self {
            Self::Delay { min, max } | Self::Reorder { min, max } if min > max => Err(WRONG_RANGE),
            Self::Error(code) => check_code(code),
            _ => Ok(()),
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

/// Whether a receive may say so that has taken nothing, and of which nothing is under way.
fn check_code(code: WsaError) -> Result<(), Why> {
    match code {
        WsaError::WSA_IO_PENDING | WsaError::WSA_IO_INCOMPLETE => {
            Err("a receive that does not begin is not under way either")
        }
        WsaError::WSAEWOULDBLOCK => Err("a receive that blocks never says so; for the others there is pend"),
        WsaError::WSAEMSGSIZE => Err("it says that a message was taken; the word for that is truncate"),
        WsaError::WSAEDISCON => Err("it says that the peer has finished, which would be a false end"),
        code if code.name().is_none() => Err("Winsock has no such code"),
        _ => Ok(()),
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

/// As the grammar has it.
impl fmt::Display for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ordinal = |it: Option<u64>| it.map_or("*".to_owned(), |it| it.to_string());
        let Self { socket, receive, kind } = self;
        write!(f, "at={}.{}:{}{}", ordinal(*socket), ordinal(*receive), kind.name(), kind.more())
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
    pub(super) fn set(&mut self, kind: Kind, probability: f64) -> Result<(), Why> {
        kind.check()?;
        if !(0.0..=1.0).contains(&probability) {
            return Err(WRONG_PROBABILITY);
        }
        if self.chances.iter().any(|(known, _)| known.id() == kind.id()) {
            return Err(SAID_BEFORE);
        }
        // Of the two zeros the one that is printed without a sign.
        self.chances.push((kind, probability + 0.0));
        Ok(())
    }

    /// Adds a line to the script.
    pub(super) fn add(&mut self, line: Scripted) -> Result<(), Why> {
        line.kind.check()?;
        if [line.socket, line.receive].contains(&Some(0)) {
            return Err(WRONG_PLACE);
        }
        let place = |line: &Scripted| (line.socket, line.receive, line.kind.id());
        if self.script.iter().any(|known| place(known) == place(&line)) {
            return Err(SAID_BEFORE);
        }
        self.script.push(line);
        Ok(())
    }

    /// Limits the sockets, so that there can be one for which all limits hold.
    pub(super) fn limit(&mut self, only: Only) -> Result<(), Why> {
        if only == Only::Port(0) {
            return Err(WRONG_ONLY);
        }
        if self.only.contains(&only) {
            return Err(SAID_BEFORE);
        }
        let known = |sort: fn(&Only) -> bool| self.only.iter().filter(|only| sort(only)).count();
        match only {
            Only::Port(_) if known(|only| matches!(only, Only::Port(_))) == 2 => {
                Err("a socket has two ports, its own and its peer's")
            }
            Only::Tcp | Only::Udp if known(|only| !matches!(only, Only::Port(_))) == 1 => {
                Err("no socket is of both protocols")
            }
            _ => {
                self.only.push(only);
                Ok(())
            }
        }
    }
}

/// How likely a kind is, as the grammar has it.
pub(super) fn chance_word(kind: Kind, probability: f64) -> String {
    format!("{}={probability}{}", kind.name(), kind.more())
}

/// As the grammar has it, so that what is printed can be used again.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed={}", self.seed)?;
        self.chances.iter().try_for_each(|(kind, it)| write!(f, " {}", chance_word(*kind, *it)))?;
        self.script.iter().try_for_each(|line| write!(f, " {line}"))?;
        self.only.iter().try_for_each(|only| write!(f, " only={only}"))?;
        if self.quiet { f.write_str(" quiet") } else { Ok(()) }
    }
}
