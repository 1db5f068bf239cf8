//! Faults on purpose: a layer that breaks receives as networks do, so that those paths of a program can be
//! tested which nobody takes on a good day.
//!
//! It works on any program, without a change and without being compiled again: `WS2_FAULT="seed=1,short=50%"
//! ./program`. In Rust it is a [layer](super::Layer) like others: [`install`](super::install) it.
//!
//! # Kinds
//!
//! Each is something that Windows does, too:
//!
//! | word | what the program sees | when Windows does so |
//! |---|---|---|
//! | `short` | a stream receive has less room than the program gave, down to 1 byte; the rest comes with the next receives | recv gives what has arrived, in whatever pieces: documented |
//! | `truncate` | a receive of a message has room for 8 bytes at most: WSAEMSGSIZE with the head of a longer one. Its rest is gone, but over AF_UNIX, where it stays as ever | a datagram longer than the buffer: documented |
//! | `delay` | what is there comes some milliseconds later | a slow network |
//! | `reorder` | as `delay`, under another name: what came first is received last, if that is on another socket | a network with more than one way |
//! | `pend` | an overlapped receive never ends at once: WSA_IO_PENDING, and the end a millisecond later. A nonblocking one says WSAEWOULDBLOCK the first time | nothing has arrived yet: documented; a readable socket may say so as well |
//! | `reset` | the connection is gone: WSAECONNRESET from this receive on, and from every send. The peer sees a reset. On a datagram socket, one WSAECONNRESET, after which all is as before | a peer that crashes; a datagram that reached nobody (SIO_UDP_CONNRESET): documented |
//! | `abort` | the same with WSAECONNABORTED, on connections only | retransmission is given up: documented |
//! | `interrupt` | a blocking receive fails with WSAEINTR | WSACancelBlockingCall: documented |
//! | `error` | the receive fails with the code that is named, once | WSAENOBUFS, WSAENETDOWN…: as documented for each code |
//!
//! Of these, only `truncate`, `reset` and `abort` lose anything. Within a socket nothing is ever received in
//! another order than it came.
//!
//! How each kind of receive waits when it is delayed:
//!
//! | | |
//! |---|---|
//! | blocking | waits as for data: SO_RCVTIMEO ends it with WSAETIMEDOUT, closesocket ends it, and calls that are queued for the thread run. When the delay is over the timeout begins anew |
//! | nonblocking | WSAEWOULDBLOCK until the time has come. `select` and `WSAPoll` go on to say that there is data, which Windows' documentation allows; FD_READ is told again. After FD_CLOSE nothing is delayed, as nobody would be told to try again |
//! | overlapped | pends, and can be cancelled or closed as any other; receives behind it on its socket wait, too. Event, routine and completion port are served as ever, since it is the base provider that ends it |
//!
//! An overlapped receive that is to meet `reset` or `abort` begins, and is told of it as its end:
//! WSAECONNRESET, or by a completion port ERROR_NETNAME_DELETED. The next one fails at once. The other codes
//! come from the call itself.
//!
//! Nothing befalls receives with MSG_PEEK or MSG_OOB, and `short` none with MSG_WAITALL, which is a promise
//! of all bytes. ReadFile, the first data of AcceptEx, sends and connects are left alone.
//!
//! # Words
//!
//! Words stand between commas or spaces:
//!
//! | word | |
//! |---|---|
//! | `seed=N` | what decides; without it, the clock chooses one |
//! | `short=P`, `truncate=P`, `pend=P`, `reset=P`, `abort=P`, `interrupt=P` | how likely it is for each receive: `0.25` or `25%` |
//! | `delay=P:MIN..MAX`, `reorder=P`, `reorder=P:MIN..MAX` | milliseconds, both included; 1 to 10 for `reorder` if nothing is said |
//! | `error=P:CODE` | `WSAENOBUFS` or its number. Several such words may name different codes; [`Kind::Error`] says which are none for a receive |
//! | `at=SOCKET.RECEIVE:KIND` | the script: `at=1.3:reset`, `at=*.1:pend`, `at=2.*:delay:5..20`, `at=1.1:error:WSAENOBUFS`. Both are counted from 1, `*` is any. Receives that the script names are left to the script |
//! | `only=tcp`, `only=udp`, `only=PORT` | limits faults to such sockets; a port is the socket's own or its peer's. Several limits hold together, if they can |
//! | `quiet` | faults are not printed one by one |
//!
//! The first line on standard error has all the words, with the seed: a run can be repeated with them. Then
//! there is a line for each fault. Lines that nobody takes for half a second are dropped, and the next one that
//! is taken says how many. A word that is none has WSAStartup fail with WSASYSNOTREADY, and standard error says
//! why; so do a word that was said before, words that contradict each other, and text that is not UTF-8. Without
//! any word there is no layer.
//!
//! # What decides
//!
//! Whether a fault befalls a receive depends on the seed, on the number of the socket, on the number of the
//! receive on that socket, and on the kind: on nothing that threads can change, as long as they make sockets
//! in the same order and each socket is received from by one of them at a time.
//!
//! Sockets are counted as the program makes and accepts them, listeners among them. A receive has one number
//! from its first try until a try has received something, has met the end, or has begun as an overlapped
//! operation. Tries that fail (WSAEWOULDBLOCK, WSAETIMEDOUT, WSAEINTR…) are the same receive again, and no
//! fault befalls a receive twice: with `interrupt=1` every receive is interrupted once, and then goes on.
//! What Winsock refuses is no receive.
//!
//! # Platform notes
//!
//! | | Linux | macOS |
//! |---|---|---|
//! | when the peer of a connection that is reset or aborted sees a reset | at once | when the socket is closed |
//!
//! Over AF_UNIX the peer sees the end instead of a reset.
//!
//! # Examples
//!
//! ```
//! use openws2::Win32::Networking::WinSock::*;
//! use openws2::spi::{fault::{Faults, Kind}, install};
//! use std::{io::Write, net::TcpListener, os::fd::IntoRawFd};
//!
//! // The second receive on any socket meets a reset; of the others, each has little room.
//! let faults = Faults::seeded(7).quiet().with(Kind::Short, 1.0)?.at(None, 2, Kind::Reset)?;
//! let log = faults.log();
//! let installed = install("fault", faults)?;
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let client = std::net::TcpStream::connect(listener.local_addr()?)?;
//! listener.accept()?.0.write_all(b"hello, world")?;
//!
//! let mut data = WSADATA::default();
//! let mut bytes = [0; 100];
//! unsafe {
//!     WSAStartup(0x0202, &mut data);
//!     let s = client.into_raw_fd() as SOCKET;
//!     assert!((1..100).contains(&recv(s, bytes.as_mut_ptr(), 100, 0)));
//!     assert_eq!(recv(s, bytes.as_mut_ptr(), 100, 0), SOCKET_ERROR);
//!     assert_eq!(WSAGetLastError(), WSAECONNRESET);
//!     closesocket(s);
//!     WSACleanup();
//! }
//! let kinds: Vec<Kind> = log.events().iter().map(|event| event.kind).collect();
//! assert_eq!(kinds, [Kind::Short, Kind::Reset]);
//! # drop(installed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decide;
mod grammar;
mod layer;
mod log;
mod plan;
mod shape;
mod sockets;

use std::str::FromStr;

use super::environment::say;
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
    /// The first word that is none, that was said before, or that cannot hold together with those before.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        grammar::parse(text).map(Self::of)
    }

    fn of(plan: Plan) -> Self {
        Self { plan, telling: log::Telling::new(), sockets: sockets::Sockets::default() }
    }

    /// Has faults of a kind befall receives with this probability, from 0 to 1. Errors are told apart by their
    /// codes.
    ///
    /// # Errors
    /// What WS2_FAULT could not say either: another probability, a kind of which this was said before, a
    /// delay whose bounds are the wrong way round, a code that [`Kind::Error`] does not take.
    pub fn with(mut self, kind: Kind, probability: f64) -> Result<Self, Mistake> {
        let done = self.plan.set(kind, probability);
        done.map_err(|why| Mistake::new(plan::chance_word(kind, probability), why))?;
        Ok(self)
    }

    /// Has a fault befall the receive with this number on the socket with this number, both counted from 1;
    /// None is any. No other faults befall receives that are named so.
    ///
    /// # Errors
    /// As of [`with`](Self::with), and the number 0.
    pub fn at(
        mut self,
        socket: impl Into<Option<u64>>,
        receive: impl Into<Option<u64>>,
        kind: Kind,
    ) -> Result<Self, Mistake> {
        let line = Scripted { socket: socket.into(), receive: receive.into(), kind };
        self.plan.add(line).map_err(|why| Mistake::new(line.to_string(), why))?;
        Ok(self)
    }

    /// Limits faults to some sockets. Several limits hold together.
    ///
    /// # Errors
    /// Limits that no socket is within: port 0, both protocols, more than two ports; and one that was set
    /// before.
    pub fn only(mut self, sockets: Only) -> Result<Self, Mistake> {
        self.plan.limit(sockets).map_err(|why| Mistake::new(format!("only={sockets}"), why))?;
        Ok(self)
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

/// Installs the layer if WS2_FAULT asks for it, for the life of the process. Says what is wrong with the
/// variable: a program must not run well because faults were misspelt.
pub(super) fn install_by_environment() -> Result<(), WsaError> {
    let Some(text) = std::env::var_os(VARIABLE) else { return Ok(()) };
    let read = match text.to_str() {
        Some(text) if grammar::words(text).next().is_none() => return Ok(()),
        Some(text) => Faults::parse(text),
        None => Err(Mistake::not_unicode(&text.to_string_lossy())),
    };
    let faults = match read {
        Ok(faults) => faults,
        Err(mistake) => {
            say(&format!("{VARIABLE}: {mistake}; the words are {}", grammar::WORDS));
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
            say(&format!("{VARIABLE}: {error}"));
            Err(WsaError::WSASYSNOTREADY)
        }
    }
}
