//! What an errno of either host means, as data: one row per errno and condition, no behaviour.
//!
//! An errno alone does not decide: refused is CONNECTION_REFUSED for a connect, and PORT_UNREACHABLE for a
//! receive on a datagram socket. So a row has a condition, the operation and the kind of socket. What depends
//! on the socket's *state* is not here but with whoever knows the state:
//!
//! - EAGAIN is DEVICE_NOT_READY; the caller makes it IO_TIMEOUT when its own deadline has passed, or PENDING.
//! - EPIPE is CONNECTION_ABORTED; after the own SD_SEND it is PIPE_DISCONNECTED, after the peer's reset
//!   CONNECTION_RESET (G131).
//! - ENOTCONN is INVALID_CONNECTION; after a reset or abort it is that again.
//! - ETIMEDOUT on an established stream is IO_TIMEOUT; after lost keep-alives it is WSAENETRESET (G136).
//! - EHOSTUNREACH from an error queue that says "time exceeded" is HOPLIMIT_EXCEEDED (G046, G047).
//! - EINVAL for MSG_OOB with nothing pending is DEVICE_NOT_READY.
//! - EMSGSIZE on a receive is no truncation, for the hosts report that by a flag: it is news of a smaller
//!   path MTU, to be passed over.
//! - EINTR is for the caller to retry.

use super::{Abi, Os};
use crate::error::WsaError;
use crate::reasons::{self, Rule};
use crate::status::NtStatus;

/// What was asked of the host when it answered with an errno.
///
/// The errno in SO_ERROR belongs to the operation that left it there, most often [`Operation::Connect`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    Receive,
    Send,
    Connect,
    Accept,
    Bind,
    Listen,
    /// Making a socket, or a second descriptor for one.
    Create,
    /// getsockopt, setsockopt.
    Option,
    /// getsockname, getpeername.
    Name,
    Shutdown,
    /// ioctl, fcntl.
    Control,
}

/// What kind of socket it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Stream,
    Datagram,
    Raw,
    /// Connection-oriented, and it keeps message boundaries.
    Message,
}

impl Abi {
    /// The status of an operation that this host ended with `errno`.
    ///
    /// Total: every number has a failing status with a Winsock code other than 0. An errno without a row,
    /// which no socket call is documented to give, is [`UNEXPECTED`].
    #[inline]
    pub(crate) fn status(&self, errno: i32, on: Operation, kind: Kind) -> NtStatus {
        let first: &[u8; SPAN] = match self.os {
            Os::Linux => &FIRST_LINUX,
            Os::MacOs => &FIRST_MACOS,
        };
        let start = usize::try_from(errno).ok().and_then(|errno| first.get(errno)).copied().unwrap_or(NONE);
        let rows = ROWS.get(usize::from(start)..).unwrap_or(&[]);
        rows.iter()
            .take_while(|row| row.number(self.os) == errno)
            .find(|row| row.on & on.bit() != 0 && row.kinds & kind.bit() != 0)
            .map_or_else(|| unexpected(errno), |row| row.chosen(errno))
    }
}

/// What an errno without a row becomes: WSAENETDOWN, which every Winsock function documents for a failure of
/// the network below it (ERROR_UNEXP_NET_ERR in the Win32 reading).
const UNEXPECTED: NtStatus = NtStatus::UNEXPECTED_NETWORK_ERROR;

impl Abi {
    /// What this host calls the errno.
    pub(crate) fn errno_name(&self, errno: i32) -> Option<&'static str> {
        ROWS.iter().find(|row| row.number(self.os) == errno).map(|row| row.name)
    }
}

impl Operation {
    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl Kind {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

fn unexpected(errno: i32) -> NtStatus {
    reasons::translated(errno, None);
    UNEXPECTED
}

struct Row {
    name: &'static str,
    linux: i32,
    macos: i32,
    on: u16,
    kinds: u8,
    status: NtStatus,
    rule: Option<Rule>,
}

impl Row {
    #[inline]
    fn chosen(&self, errno: i32) -> NtStatus {
        reasons::translated(errno, self.rule);
        self.status
    }

    const fn number(&self, os: Os) -> i32 {
        match os {
            Os::Linux => self.linux,
            Os::MacOs => self.macos,
        }
    }
}

/// The words of the two condition columns.
mod words {
    use super::{Kind, Operation};

    pub(super) const ANY_CALL: u16 = u16::MAX;
    pub(super) const RECEIVE: u16 = Operation::Receive.bit();
    pub(super) const SEND: u16 = Operation::Send.bit();
    pub(super) const CONNECT: u16 = Operation::Connect.bit();
    pub(super) const ACCEPT: u16 = Operation::Accept.bit();
    pub(super) const BIND: u16 = Operation::Bind.bit();
    pub(super) const CREATE: u16 = Operation::Create.bit();
    pub(super) const OPTION: u16 = Operation::Option.bit();
    pub(super) const NAME: u16 = Operation::Name.bit();
    pub(super) const CONTROL: u16 = Operation::Control.bit();
    pub(super) const TRANSFER: u16 = RECEIVE | SEND;
    pub(super) const TRAFFIC: u16 = RECEIVE | SEND | CONNECT;
    pub(super) const ADDRESSING: u16 = BIND | CONNECT | SEND | OPTION;

    pub(super) const ANY_KIND: u8 = u8::MAX;
    pub(super) const CONNECTED: u8 = Kind::Stream.bit() | Kind::Message.bit();
    pub(super) const CONNECTIONLESS: u8 = Kind::Datagram.bit() | Kind::Raw.bit();
}

/// A column with a host's number: `-` where the host does not have the errno.
macro_rules! number {
    (-) => {
        -1
    };
    ($number:literal) => {
        $number
    };
}

/// The last column: a status, or `wsa` and a Winsock code that has none.
macro_rules! status {
    (wsa $code:ident) => {
        NtStatus::from_winsock(WsaError::$code)
    };
    ($status:ident) => {
        NtStatus::$status
    };
}

/// What is known of the row besides: the rule's numbers, and what it says.
macro_rules! rule {
    () => {
        None
    };
    ($ids:literal $why:literal) => {
        Some(Rule::new($ids, $why))
    };
}

macro_rules! rows {
    ($($name:ident | $linux:tt | $macos:tt | $on:ident | $kinds:ident | $($status:ident)+
        $(, $ids:literal $why:literal)? ;)*) => {
        /// Sorted by name; of the rows of one errno the first that fits decides, and the last always fits.
        const ROWS: &[Row] = &[$(Row {
            name: stringify!($name),
            linux: number!($linux),
            macos: number!($macos),
            on: words::$on,
            kinds: words::$kinds,
            status: status!($($status)+),
            rule: rule!($($ids $why)?),
        }),*];
    };
}

// errno | Linux | macOS | operation | kind of socket | status
rows! {
    // A receive can only learn of it from ICMPv6: the way there is prohibited (G039).
    EACCES          |  13 |  13 | RECEIVE    | CONNECTIONLESS | HOST_UNREACHABLE,
        "G039" "the way there is prohibited (ICMPv6)";
    EACCES          |  13 |  13 | ANY_CALL   | ANY_KIND       | ACCESS_DENIED;
    EADDRINUSE      |  98 |  48 | ANY_CALL   | ANY_KIND       | ADDRESS_ALREADY_EXISTS,
        "" "the name is in use";
    EADDRNOTAVAIL   |  99 |  49 | ANY_CALL   | ANY_KIND       | INVALID_ADDRESS_COMPONENT;
    EAFNOSUPPORT    |  97 |  47 | ANY_CALL   | ANY_KIND       | wsa WSAEAFNOSUPPORT;
    // A full backlog of an AF_UNIX listener; Windows refuses where the host would have the caller come back.
    EAGAIN          |  11 |  35 | CONNECT    | CONNECTED      | CONNECTION_REFUSED,
        "" "a full backlog: Windows refuses where the host would have the caller come back";
    // No local port is left.
    EAGAIN          |  11 |  35 | CONNECT    | CONNECTIONLESS | INSUFFICIENT_RESOURCES;
    EAGAIN          |  11 |  35 | ANY_CALL   | ANY_KIND       | DEVICE_NOT_READY;
    EALREADY        | 114 |  37 | ANY_CALL   | ANY_KIND       | wsa WSAEALREADY;
    EBADF           |   9 |   9 | ANY_CALL   | ANY_KIND       | INVALID_HANDLE;
    ECANCELED       | 125 |  89 | ANY_CALL   | ANY_KIND       | CANCELLED;
    // The peer gave up between the handshake and the accept; Windows documents WSAECONNRESET for that.
    ECONNABORTED    | 103 |  53 | ACCEPT     | ANY_KIND       | CONNECTION_RESET,
        "" "the peer gave up before the accept";
    ECONNABORTED    | 103 |  53 | ANY_CALL   | ANY_KIND       | CONNECTION_ABORTED;
    ECONNREFUSED    | 111 |  61 | TRANSFER   | CONNECTIONLESS | PORT_UNREACHABLE,
        "F162" "nobody listens at the port that an earlier send went to (ICMP)";
    ECONNREFUSED    | 111 |  61 | ANY_CALL   | ANY_KIND       | CONNECTION_REFUSED,
        "F108" "nobody listens there";
    ECONNRESET      | 104 |  54 | ANY_CALL   | ANY_KIND       | CONNECTION_RESET;
    // send without a destination on an unconnected socket is WSAENOTCONN, not WSAEDESTADDRREQ.
    EDESTADDRREQ    |  89 |  39 | SEND       | CONNECTIONLESS | INVALID_CONNECTION,
        "" "a send without a destination on a socket without a peer is WSAENOTCONN";
    EDESTADDRREQ    |  89 |  39 | ANY_CALL   | ANY_KIND       | wsa WSAEDESTADDRREQ;
    EDOM            |  33 |  33 | ANY_CALL   | ANY_KIND       | INVALID_PARAMETER;
    EDQUOT          | 122 |  69 | ANY_CALL   | ANY_KIND       | wsa WSAEDQUOT;
    EFAULT          |  14 |  14 | ANY_CALL   | ANY_KIND       | ACCESS_VIOLATION;
    EHOSTDOWN       | 112 |  64 | ANY_CALL   | ANY_KIND       | HOST_DOWN;
    EHOSTUNREACH    | 113 |  65 | ANY_CALL   | ANY_KIND       | HOST_UNREACHABLE,
        "" "there is no way to the host";
    EINPROGRESS     | 115 |  36 | ANY_CALL   | ANY_KIND       | DEVICE_NOT_READY;
    EINTR           |   4 |   4 | ANY_CALL   | ANY_KIND       | REQUEST_ABORTED;
    // Only the type can be out of range here, and Windows has a code for that.
    EINVAL          |  22 |  22 | CREATE     | ANY_KIND       | wsa WSAESOCKTNOSUPPORT,
        "F290" "only the type can be out of range here";
    // macOS: the connection is gone, and its addresses with it.
    EINVAL          |  22 |  22 | NAME       | ANY_KIND       | INVALID_CONNECTION;
    EINVAL          |  22 |  22 | ANY_CALL   | ANY_KIND       | INVALID_PARAMETER;
    EISCONN         | 106 |  56 | ANY_CALL   | ANY_KIND       | CONNECTION_ACTIVE;
    ELOOP           |  40 |  62 | ANY_CALL   | ANY_KIND       | wsa WSAELOOP;
    EMFILE          |  24 |  24 | ANY_CALL   | ANY_KIND       | wsa WSAEMFILE;
    EMSGSIZE        |  90 |  40 | ANY_CALL   | ANY_KIND       | INVALID_BUFFER_SIZE;
    ENAMETOOLONG    |  36 |  63 | ANY_CALL   | ANY_KIND       | wsa WSAENAMETOOLONG;
    ENETDOWN        | 100 |  50 | ANY_CALL   | ANY_KIND       | UNEXPECTED_NETWORK_ERROR;
    ENETRESET       | 102 |  52 | TRANSFER   | CONNECTIONLESS | HOPLIMIT_EXCEEDED;
    ENETRESET       | 102 |  52 | ANY_CALL   | ANY_KIND       | wsa WSAENETRESET;
    ENETUNREACH     | 101 |  51 | ANY_CALL   | ANY_KIND       | NETWORK_UNREACHABLE,
        "" "there is no way to the network";
    ENFILE          |  23 |  23 | ANY_CALL   | ANY_KIND       | wsa WSAEMFILE;
    ENOBUFS         | 105 |  55 | ANY_CALL   | ANY_KIND       | INSUFFICIENT_RESOURCES;
    // The address names an interface that is not there.
    ENODEV          |  19 |  19 | ADDRESSING | ANY_KIND       | INVALID_ADDRESS_COMPONENT,
        "" "the address names an interface that is not there";
    ENODEV          |  19 |  19 | ANY_CALL   | ANY_KIND       | NO_SUCH_DEVICE;
    // AF_UNIX: nobody has bound the path.
    ENOENT          |   2 |   2 | CONNECT    | ANY_KIND       | CONNECTION_REFUSED,
        "" "nobody has bound the path";
    ENOENT          |   2 |   2 | SEND       | CONNECTIONLESS | PORT_UNREACHABLE;
    // AF_UNIX: the path's directory is missing; Windows says WSAENETDOWN (F106).
    ENOENT          |   2 |   2 | ANY_CALL   | ANY_KIND       | OBJECT_PATH_NOT_FOUND,
        "F106" "the path's directory is missing";
    ENOMEM          |  12 |  12 | ANY_CALL   | ANY_KIND       | INSUFFICIENT_RESOURCES;
    // ICMP code 8: the target's host is cut off.
    ENONET          |  64 |   - | ANY_CALL   | ANY_KIND       | HOST_UNREACHABLE;
    // ICMP code 2: the target does not speak the protocol (G039).
    ENOPROTOOPT     |  92 |  42 | TRAFFIC    | ANY_KIND       | PROTOCOL_UNREACHABLE,
        "G039" "the target does not speak the protocol (ICMP)";
    ENOPROTOOPT     |  92 |  42 | ANY_CALL   | ANY_KIND       | wsa WSAENOPROTOOPT;
    ENOSPC          |  28 |  28 | ANY_CALL   | ANY_KIND       | INSUFFICIENT_RESOURCES;
    ENOSR           |  63 |  98 | ANY_CALL   | ANY_KIND       | INSUFFICIENT_RESOURCES;
    ENOSYS          |  38 |  78 | ANY_CALL   | ANY_KIND       | NOT_SUPPORTED;
    ENOTCONN        | 107 |  57 | ANY_CALL   | ANY_KIND       | INVALID_CONNECTION;
    ENOTDIR         |  20 |  20 | ANY_CALL   | ANY_KIND       | OBJECT_PATH_NOT_FOUND;
    ENOTSOCK        |  88 |  38 | ANY_CALL   | ANY_KIND       | INVALID_HANDLE;
    // On Linux a second name of EOPNOTSUPP.
    ENOTSUP         |   - |  45 | ANY_CALL   | ANY_KIND       | NOT_SUPPORTED;
    // An unknown ioctl code (F102).
    ENOTTY          |  25 |  25 | CONTROL    | ANY_KIND       | NOT_SUPPORTED,
        "F102" "the host has no such ioctl";
    ENOTTY          |  25 |  25 | ANY_CALL   | ANY_KIND       | INVALID_HANDLE;
    ENXIO           |   6 |   6 | ADDRESSING | ANY_KIND       | INVALID_ADDRESS_COMPONENT;
    ENXIO           |   6 |   6 | ANY_CALL   | ANY_KIND       | NO_SUCH_DEVICE;
    // macOS: the socket is listening.
    EOPNOTSUPP      |  95 | 102 | CONNECT    | ANY_KIND       | INVALID_PARAMETER;
    EOPNOTSUPP      |  95 | 102 | ANY_CALL   | ANY_KIND       | NOT_SUPPORTED;
    EPERM           |   1 |   1 | ANY_CALL   | ANY_KIND       | ACCESS_DENIED;
    EPFNOSUPPORT    |  96 |  46 | ANY_CALL   | ANY_KIND       | wsa WSAEPFNOSUPPORT;
    EPIPE           |  32 |  32 | ANY_CALL   | ANY_KIND       | CONNECTION_ABORTED;
    EPROCLIM        |   - |  67 | ANY_CALL   | ANY_KIND       | wsa WSAEPROCLIM;
    // The connection died before it was accepted.
    EPROTO          |  71 | 100 | ACCEPT     | ANY_KIND       | CONNECTION_RESET;
    EPROTO          |  71 | 100 | ANY_CALL   | ANY_KIND       | INVALID_NETWORK_RESPONSE;
    EPROTONOSUPPORT |  93 |  43 | ANY_CALL   | ANY_KIND       | wsa WSAEPROTONOSUPPORT;
    // macOS: the connection was being torn down under the send.
    EPROTOTYPE      |  91 |  41 | SEND       | CONNECTED      | CONNECTION_ABORTED;
    EPROTOTYPE      |  91 |  41 | ANY_CALL   | ANY_KIND       | wsa WSAEPROTOTYPE;
    EQFULL          |   - | 106 | ANY_CALL   | ANY_KIND       | INSUFFICIENT_RESOURCES;
    EREMOTE         |  66 |  71 | ANY_CALL   | ANY_KIND       | wsa WSAEREMOTE;
    EROFS           |  30 |  30 | ANY_CALL   | ANY_KIND       | ACCESS_DENIED;
    ESHUTDOWN       | 108 |  58 | ANY_CALL   | ANY_KIND       | PIPE_DISCONNECTED;
    ESOCKTNOSUPPORT |  94 |  44 | ANY_CALL   | ANY_KIND       | wsa WSAESOCKTNOSUPPORT;
    ESTALE          | 116 |  70 | ANY_CALL   | ANY_KIND       | wsa WSAESTALE;
    ETIMEDOUT       | 110 |  60 | ANY_CALL   | ANY_KIND       | IO_TIMEOUT;
    ETOOMANYREFS    | 109 |  59 | ANY_CALL   | ANY_KIND       | wsa WSAETOOMANYREFS;
    EUSERS          |  87 |  68 | ANY_CALL   | ANY_KIND       | wsa WSAEUSERS;
}

/// Every errno of either host is below this.
const SPAN: usize = 134;
/// In an index: the errno has no row.
const NONE: u8 = u8::MAX;

/// An index into the rows by errno, so that the failing calls of a non-blocking socket cost no search.
static FIRST_LINUX: [u8; SPAN] = index(Os::Linux);
static FIRST_MACOS: [u8; SPAN] = index(Os::MacOs);

const fn index(os: Os) -> [u8; SPAN] {
    assert!(ROWS.len() < NONE as usize);
    let mut first = [NONE; SPAN];
    let mut at = ROWS.len();
    while at > 0 {
        at -= 1;
        let number = ROWS[at].number(os);
        if number >= 0 {
            first[number as usize] = at as u8;
        }
    }
    first
}

#[cfg(test)]
mod tests;
