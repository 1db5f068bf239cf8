//! Winsock's error codes: a number, its name, its sentence; it decides nowhere which code a failure has.

use core::fmt;
use std::io;

/// A Winsock error code, as WSAGetLastError gives it.
///
/// It can hold any number: codes that this crate does not know stay as they are.
///
/// ```
/// use openws2::error::WsaError;
///
/// let error = WsaError::from_code(10054);
/// assert_eq!(error, WsaError::WSAECONNRESET);
/// assert_eq!(error.name(), Some("WSAECONNRESET"));
/// assert_eq!(format!("{error:?}"), "WSAECONNRESET (10054)");
///
/// let unknown = WsaError::from_code(12345);
/// assert_eq!((unknown.code(), unknown.name()), (12345, None));
/// ```
///
/// It becomes an [`io::Error`]. On Windows that is the host's own, of this number; elsewhere, where the
/// number would say something else, the error keeps the code inside:
///
/// ```
/// use std::io;
/// use openws2::error::WsaError;
///
/// let error = io::Error::from(WsaError::WSAEWOULDBLOCK);
/// assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
/// # #[cfg(not(windows))]
/// let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<WsaError>());
/// # #[cfg(not(windows))]
/// assert_eq!(inner, Some(&WsaError::WSAEWOULDBLOCK));
/// # #[cfg(windows)]
/// assert_eq!(error.raw_os_error(), Some(WsaError::WSAEWOULDBLOCK.code()));
/// ```
///
/// And back, with nothing lost ([`from_io`](Self::from_io) says what becomes of other errors):
///
/// ```
/// use std::io;
/// use openws2::error::WsaError;
///
/// let error = WsaError::from(io::Error::from(WsaError::WSAEMSGSIZE));
/// assert_eq!(error, WsaError::WSAEMSGSIZE);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct WsaError(i32);

impl WsaError {
    /// The code with this number.
    pub const fn from_code(code: i32) -> Self {
        Self(code)
    }

    /// The number, as WSAGetLastError gives it.
    pub const fn code(self) -> i32 {
        self.0
    }

    /// The name that the Windows headers give the code, if they give one.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.1)
    }

    /// One sentence on what the code means, if it is known.
    pub fn sentence(self) -> Option<&'static str> {
        self.row().map(|row| row.2)
    }

    /// The nearest kind that Rust's input and output know; [`io::ErrorKind::Other`] where none is near.
    ///
    /// WSAEINTR is not [`io::ErrorKind::Interrupted`]: that kind asks for another try, while the code says
    /// that the call was ended on purpose.
    pub fn kind(self) -> io::ErrorKind {
        use io::ErrorKind as Kind;
        match self {
            Self::WSA_NOT_ENOUGH_MEMORY | Self::WSAENOBUFS => Kind::OutOfMemory,
            Self::WSA_INVALID_PARAMETER | Self::WSAEINVAL | Self::WSAENAMETOOLONG => Kind::InvalidInput,
            Self::WSAEACCES => Kind::PermissionDenied,
            Self::WSAEWOULDBLOCK => Kind::WouldBlock,
            Self::WSAEADDRINUSE => Kind::AddrInUse,
            Self::WSAEADDRNOTAVAIL => Kind::AddrNotAvailable,
            Self::WSAENETDOWN => Kind::NetworkDown,
            Self::WSAENETUNREACH => Kind::NetworkUnreachable,
            Self::WSAEHOSTUNREACH => Kind::HostUnreachable,
            Self::WSAECONNABORTED => Kind::ConnectionAborted,
            Self::WSAECONNRESET => Kind::ConnectionReset,
            Self::WSAECONNREFUSED => Kind::ConnectionRefused,
            Self::WSAENOTCONN => Kind::NotConnected,
            Self::WSAESHUTDOWN => Kind::BrokenPipe,
            Self::WSAETIMEDOUT => Kind::TimedOut,
            Self::WSAEDQUOT => Kind::QuotaExceeded,
            Self::WSAESTALE => Kind::StaleNetworkFileHandle,
            Self::WSAHOST_NOT_FOUND | Self::WSASERVICE_NOT_FOUND | Self::WSATYPE_NOT_FOUND => Kind::NotFound,
            Self::WSAEPROTONOSUPPORT
            | Self::WSAESOCKTNOSUPPORT
            | Self::WSAEOPNOTSUPP
            | Self::WSAEPFNOSUPPORT
            | Self::WSAEAFNOSUPPORT
            | Self::WSAVERNOTSUPPORTED => Kind::Unsupported,
            _ => Kind::Other,
        }
    }

    /// The code that an error of Rust's input and output stands for, if it stands for one:
    ///
    /// 1. the code that it holds, if it was made of one;
    /// 2. the number that the system gave, on Windows, where they are of one set; elsewhere, if it is a code's and
    ///    above those of errno: a call of this library that fails leaves such a number there;
    /// 3. the code that is nearest to its kind. The other hosts' own numbers tell the kind, and nothing beyond it.
    ///
    /// ```
    /// use std::io;
    /// use openws2::error::WsaError;
    ///
    /// let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
    /// assert_eq!(WsaError::from_io(&refused), Some(WsaError::WSAECONNREFUSED));
    /// assert_eq!(WsaError::from_io(&io::Error::other("a matter of taste")), None);
    /// ```
    pub fn from_io(error: &io::Error) -> Option<Self> {
        use io::ErrorKind as Kind;
        let held = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>());
        if let Some(&held) = held {
            return Some(held);
        }
        const ABOVE_ERRNO: i32 = 256;
        let number = error.raw_os_error().map(Self);
        if let Some(code) = number.filter(|n| cfg!(windows) || n.0 >= ABOVE_ERRNO && n.row().is_some()) {
            return Some(code);
        }
        Some(match error.kind() {
            Kind::OutOfMemory => Self::WSAENOBUFS,
            Kind::InvalidInput => Self::WSAEINVAL,
            Kind::PermissionDenied => Self::WSAEACCES,
            Kind::WouldBlock => Self::WSAEWOULDBLOCK,
            Kind::AddrInUse => Self::WSAEADDRINUSE,
            Kind::AddrNotAvailable => Self::WSAEADDRNOTAVAIL,
            Kind::NetworkDown => Self::WSAENETDOWN,
            Kind::NetworkUnreachable => Self::WSAENETUNREACH,
            Kind::HostUnreachable => Self::WSAEHOSTUNREACH,
            Kind::ConnectionAborted => Self::WSAECONNABORTED,
            Kind::ConnectionReset => Self::WSAECONNRESET,
            Kind::ConnectionRefused => Self::WSAECONNREFUSED,
            Kind::NotConnected => Self::WSAENOTCONN,
            Kind::BrokenPipe => Self::WSAESHUTDOWN,
            Kind::TimedOut => Self::WSAETIMEDOUT,
            Kind::QuotaExceeded => Self::WSAEDQUOT,
            Kind::StaleNetworkFileHandle => Self::WSAESTALE,
            Kind::Unsupported => Self::WSAEOPNOTSUPP,
            Kind::Interrupted => Self::WSAEINTR,
            _ => return None,
        })
    }

    fn row(self) -> Option<&'static (i32, &'static str, &'static str)> {
        ROWS.binary_search_by_key(&self.0, |row| row.0).ok().map(|i| &ROWS[i])
    }
}

macro_rules! codes {
    ($($name:ident = $code:literal, $sentence:literal;)*) => {
        #[allow(missing_docs)]
        impl WsaError {
            $(#[doc = $sentence] pub const $name: WsaError = WsaError($code);)*
        }

        /// Every code, sorted by number.
        const ROWS: &[(i32, &str, &str)] = &[$(($code, stringify!($name), $sentence)),*];
    };
}

codes! {
    WSA_INVALID_HANDLE = 6, "The event handle is not one that this process has open.";
    WSA_NOT_ENOUGH_MEMORY = 8, "There is not enough memory for the request.";
    WSA_INVALID_PARAMETER = 87, "One of the parameters has a value that the function does not take.";
    WSA_OPERATION_ABORTED = 995, "The overlapped operation was given up before it finished.";
    WSA_IO_INCOMPLETE = 996, "The overlapped operation has not finished yet.";
    WSA_IO_PENDING = 997, "The overlapped operation was started and will finish later.";
    WSAEINTR = 10004, "The blocking call was interrupted before it could finish.";
    WSAEBADF = 10009, "The file handle is not valid.";
    WSAEACCES = 10013, "The socket's permissions or the address do not allow this.";
    WSAEFAULT = 10014, "A pointer leads to memory that cannot be used, or a buffer is too short.";
    WSAEINVAL = 10022, "An argument is not valid, or the socket is in the wrong state for the call.";
    WSAEMFILE = 10024, "No more sockets can be opened.";
    WSAEWOULDBLOCK = 10035, "The socket is non-blocking and the operation cannot finish at once.";
    WSAEINPROGRESS = 10036, "Another blocking call is still running.";
    WSAEALREADY = 10037, "The socket is already busy with an operation of this kind.";
    WSAENOTSOCK = 10038, "The descriptor is not a socket.";
    WSAEDESTADDRREQ = 10039, "The call needs a destination address and was given none.";
    WSAEMSGSIZE = 10040, "The message is longer than the buffer or than the network can carry.";
    WSAEPROTOTYPE = 10041, "The protocol does not fit the type of the socket.";
    WSAENOPROTOOPT = 10042, "The option or its level is unknown, or does not apply to this socket.";
    WSAEPROTONOSUPPORT = 10043, "The protocol is not available here.";
    WSAESOCKTNOSUPPORT = 10044, "The address family has no sockets of this type.";
    WSAEOPNOTSUPP = 10045, "A socket of this kind cannot do this.";
    WSAEPFNOSUPPORT = 10046, "The protocol family is not available here.";
    WSAEAFNOSUPPORT = 10047, "The address family is not available, or does not fit the protocol.";
    WSAEADDRINUSE = 10048, "The address is taken by another socket.";
    WSAEADDRNOTAVAIL = 10049, "The address is not one that can be used here.";
    WSAENETDOWN = 10050, "The network or its software has failed.";
    WSAENETUNREACH = 10051, "There is no route to the network.";
    WSAENETRESET = 10052, "The connection's keep-alive went unanswered, or a datagram ran out of hops.";
    WSAECONNABORTED = 10053, "The connection was given up by this computer.";
    WSAECONNRESET = 10054, "The connection was reset by the other side, or a datagram reached a closed port.";
    WSAENOBUFS = 10055, "The system has no buffer space left for the socket.";
    WSAEISCONN = 10056, "The socket is already connected.";
    WSAENOTCONN = 10057, "The socket is not connected and no address was given.";
    WSAESHUTDOWN = 10058, "That direction of the socket was shut down before.";
    WSAETOOMANYREFS = 10059, "There are too many references to a kernel object.";
    WSAETIMEDOUT = 10060, "The time allowed for the operation, or for the other side's answer, ran out.";
    WSAECONNREFUSED = 10061, "Nobody accepts connections at that address.";
    WSAELOOP = 10062, "The name refers back to itself and cannot be resolved.";
    WSAENAMETOOLONG = 10063, "The name is too long.";
    WSAEHOSTDOWN = 10064, "The other computer does not run.";
    WSAEHOSTUNREACH = 10065, "There is no route to the other computer.";
    WSAENOTEMPTY = 10066, "The directory still has entries.";
    WSAEPROCLIM = 10067, "Too many processes use Windows sockets.";
    WSAEUSERS = 10068, "The quota of the user is used up.";
    WSAEDQUOT = 10069, "The disk quota is used up.";
    WSAESTALE = 10070, "The handle refers to something that no longer exists.";
    WSAEREMOTE = 10071, "The item is not on this computer.";
    WSASYSNOTREADY = 10091, "The network is not ready for use.";
    WSAVERNOTSUPPORTED = 10092, "The requested version of Windows sockets is not available.";
    WSANOTINITIALISED = 10093, "WSAStartup has not been called, or every call was undone by WSACleanup.";
    WSAEDISCON = 10101, "The other side has closed the connection in good order.";
    WSAENOMORE = 10102, "The look-up has no more results.";
    WSAECANCELLED = 10103, "The look-up was cancelled while it ran.";
    WSAEINVALIDPROCTABLE = 10104, "The provider's procedure table is not valid.";
    WSAEINVALIDPROVIDER = 10105, "The provider is not valid or has the wrong version.";
    WSAEPROVIDERFAILEDINIT = 10106, "The provider could not be loaded or started.";
    WSASYSCALLFAILURE = 10107, "A call to the system failed that never should.";
    WSASERVICE_NOT_FOUND = 10108, "No such service is known in the name space.";
    WSATYPE_NOT_FOUND = 10109, "No such class of services is known.";
    WSA_E_NO_MORE = 10110, "No more results are left in the look-up.";
    WSA_E_CANCELLED = 10111, "The look-up was ended by a call to cancel it.";
    WSAEREFUSED = 10112, "The name server refused the query.";
    WSAHOST_NOT_FOUND = 11001, "No such host is known.";
    WSATRY_AGAIN = 11002, "The host was not found for now; a later try may find it.";
    WSANO_RECOVERY = 11003, "The look-up failed in a way that another try will not mend.";
    WSANO_DATA = 11004, "The name exists but has no data of the requested type.";
    WSA_QOS_RECEIVERS = 11005, "At least one quality-of-service reservation has arrived.";
    WSA_QOS_SENDERS = 11006, "At least one quality-of-service sender is known.";
    WSA_QOS_NO_SENDERS = 11007, "No quality-of-service sender is known.";
    WSA_QOS_NO_RECEIVERS = 11008, "No quality-of-service receiver is known.";
    WSA_QOS_REQUEST_CONFIRMED = 11009, "The quality-of-service reservation is confirmed.";
    WSA_QOS_ADMISSION_FAILURE = 11010, "The network lacks the resources for the quality-of-service request.";
    WSA_QOS_POLICY_FAILURE = 11011, "A policy of the network forbids the quality-of-service request.";
    WSA_QOS_BAD_STYLE = 11012, "The quality-of-service style is unknown or conflicts with another.";
    WSA_QOS_BAD_OBJECT = 11013, "A part of the filter specification or of the provider's buffer is faulty.";
    WSA_QOS_TRAFFIC_CTRL_ERROR = 11014, "Traffic control could not apply the flow specification.";
    WSA_QOS_GENERIC_ERROR = 11015, "Quality of service failed for a reason without a code of its own.";
    WSA_QOS_ESERVICETYPE = 11016, "The flow specification asks for a service type that is not valid.";
    WSA_QOS_EFLOWSPEC = 11017, "The flow specification is not valid.";
    WSA_QOS_EPROVSPECBUF = 11018, "The provider's quality-of-service buffer is not valid.";
    WSA_QOS_EFILTERSTYLE = 11019, "The style of the quality-of-service filter is not valid.";
    WSA_QOS_EFILTERTYPE = 11020, "The type of the quality-of-service filter is not valid.";
    WSA_QOS_EFILTERCOUNT = 11021, "The flow descriptor counts its filter specifications wrongly.";
    WSA_QOS_EOBJLENGTH = 11022, "A quality-of-service object states a wrong length.";
    WSA_QOS_EFLOWCOUNT = 11023, "The number of flow descriptors is wrong.";
    WSA_QOS_EUNKOWNPSOBJ = 11024, "The provider's buffer holds an object of an unknown type.";
    WSA_QOS_EPOLICYOBJ = 11025, "The provider's buffer holds a policy object that is not valid.";
    WSA_QOS_EFLOWDESC = 11026, "A flow descriptor in the list is not valid.";
    WSA_QOS_EPSFLOWSPEC = 11027, "The provider's buffer holds a faulty flow specification.";
    WSA_QOS_EPSFILTERSPEC = 11028, "The provider's buffer holds a faulty filter specification.";
    WSA_QOS_ESDMODEOBJ = 11029, "The provider's buffer holds a faulty shape-discard mode.";
    WSA_QOS_ESHAPERATEOBJ = 11030, "The provider's buffer holds a faulty shaping rate.";
    WSA_QOS_RESERVED_PETYPE = 11031, "The provider's buffer holds a policy element of a reserved type.";
    WSA_SECURE_HOST_NOT_FOUND = 11032, "No such host is known that can be reached securely.";
    WSA_IPSEC_NAME_POLICY_ERROR = 11033, "The security policy for names leaves no valid address.";
}

impl fmt::Debug for WsaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "WsaError({})", self.0),
        }
    }
}

impl fmt::Display for WsaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some((code, name, sentence)) => write!(f, "{sentence} ({name}, {code})"),
            None => write!(f, "unknown Winsock error {}", self.0),
        }
    }
}

impl std::error::Error for WsaError {}

/// The code stays: [`WsaError::from_io`] gives it back. On Windows the kind is the one that Rust has for the
/// number there.
impl From<WsaError> for io::Error {
    fn from(error: WsaError) -> Self {
        if cfg!(windows) { Self::from_raw_os_error(error.code()) } else { Self::new(error.kind(), error) }
    }
}

/// By [`WsaError::from_io`]; WSASYSCALLFAILURE for what stands for no code.
///
/// Of an error that no `WsaError` was made into, this keeps what a code can say and no more: its text is
/// lost, and what it holds, and of its kind whatever is not told apart by codes. So does `?` in a function
/// that gives a `WsaError`; one that calls other things than Winsock had better give an [`io::Error`], into
/// which `?` loses nothing.
///
/// ```
/// use std::io;
/// use openws2::error::WsaError;
///
/// fn read() -> io::Result<()> {
///     Err(io::Error::new(io::ErrorKind::InvalidData, "the third line is no number"))
/// }
/// fn call() -> Result<(), WsaError> {
///     Ok(read()?)
/// }
/// assert_eq!(call(), Err(WsaError::WSASYSCALLFAILURE));
/// ```
impl From<io::Error> for WsaError {
    fn from(error: io::Error) -> Self {
        Self::from_io(&error).unwrap_or(Self::WSASYSCALLFAILURE)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_sorted_and_names_unique() {
        assert!(ROWS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(ROWS.iter().map(|row| row.1).collect::<HashSet<_>>().len(), ROWS.len());
    }

    #[test]
    fn sentences_are_one_sentence_each_and_differ() {
        for &(code, name, sentence) in ROWS {
            assert!(sentence.starts_with(|first: char| first.is_ascii_uppercase()), "{name}: {sentence}");
            assert_eq!(sentence.find('.'), Some(sentence.len() - 1), "{name}: one full stop, at the end");
            assert!(sentence.is_ascii() && !sentence.contains(['\n', '\r', '%']), "{name}: {sentence}");
            assert!((20..=100).contains(&sentence.len()), "{code} {name}: {sentence}");
        }
        assert_eq!(ROWS.iter().map(|row| row.2).collect::<HashSet<_>>().len(), ROWS.len());
    }

    #[test]
    fn every_code_finds_its_own_row() {
        for &(code, name, sentence) in ROWS {
            let error = WsaError::from_code(code);
            assert_eq!((error.code(), error.name(), error.sentence()), (code, Some(name), Some(sentence)));
        }
    }

    #[test]
    fn a_number_without_a_row_stays_as_it_is() {
        for code in [i32::MIN, -1, 0, 1, 10000, 10005, 10072, 11034, i32::MAX] {
            let error = WsaError::from_code(code);
            assert_eq!((error.code(), error.name(), error.sentence()), (code, None, None));
            assert_eq!(error.to_string(), format!("unknown Winsock error {code}"));
            assert_eq!(format!("{error:?}"), format!("WsaError({code})"));
            assert_eq!(error.kind(), io::ErrorKind::Other);
        }
    }

    #[test]
    fn the_text_ends_with_name_and_number() {
        let text = WsaError::WSAENOTSOCK.to_string();
        assert_eq!(text, "The descriptor is not a socket. (WSAENOTSOCK, 10038)");
    }

    #[test]
    fn kinds_that_programs_match_on() {
        let cases = [
            (WsaError::WSAEWOULDBLOCK, io::ErrorKind::WouldBlock),
            (WsaError::WSAETIMEDOUT, io::ErrorKind::TimedOut),
            (WsaError::WSAECONNRESET, io::ErrorKind::ConnectionReset),
            (WsaError::WSAECONNABORTED, io::ErrorKind::ConnectionAborted),
            (WsaError::WSAECONNREFUSED, io::ErrorKind::ConnectionRefused),
            (WsaError::WSAENOTCONN, io::ErrorKind::NotConnected),
            (WsaError::WSAEADDRINUSE, io::ErrorKind::AddrInUse),
            (WsaError::WSAEADDRNOTAVAIL, io::ErrorKind::AddrNotAvailable),
            (WsaError::WSAEACCES, io::ErrorKind::PermissionDenied),
            (WsaError::WSAEINVAL, io::ErrorKind::InvalidInput),
            (WsaError::WSAEINTR, io::ErrorKind::Other),
            (WsaError::WSAEMSGSIZE, io::ErrorKind::Other),
        ];
        for (error, kind) in cases {
            assert_eq!(error.kind(), kind, "{error:?}");
            #[cfg(not(windows))]
            assert_eq!(io::Error::from(error).kind(), kind, "{error:?}");
        }
    }

    #[test]
    fn every_code_comes_back_from_an_error_of_input_and_output() {
        for &(code, ..) in ROWS {
            assert_eq!(WsaError::from(io::Error::from(WsaError(code))), WsaError(code));
        }
    }

    #[cfg(windows)]
    #[test]
    fn errors_are_the_hosts_own_on_windows() {
        let error = io::Error::from(WsaError::WSAECONNRESET);
        assert_eq!(error.raw_os_error(), Some(10054));
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    #[test]
    fn an_error_that_holds_no_code_is_told_by_its_kind() {
        for &(code, ..) in ROWS {
            let kind = WsaError(code).kind();
            let near = WsaError::from_io(&io::Error::from(kind));
            // What has a near code is of the same kind as that.
            assert!(near.is_none_or(|near| near.kind() == kind), "{near:?}");
        }
        assert_eq!(WsaError::from(io::Error::from(io::ErrorKind::WouldBlock)), WsaError::WSAEWOULDBLOCK);
        assert_eq!(WsaError::from(io::Error::from(io::ErrorKind::Interrupted)), WsaError::WSAEINTR);
        assert_eq!(WsaError::from(io::Error::other("x")), WsaError::WSASYSCALLFAILURE);
    }

    #[cfg(not(windows))]
    #[test]
    fn a_number_of_the_host_is_no_code_but_what_calls_leave_in_errno_is() {
        let error = io::Error::from_raw_os_error(libc::EAGAIN);
        assert_eq!(WsaError::from_io(&error), Some(WsaError::WSAEWOULDBLOCK));
        let left = io::Error::from_raw_os_error(WsaError::WSAEMSGSIZE.code());
        assert_eq!(WsaError::from_io(&left), Some(WsaError::WSAEMSGSIZE));
        assert_eq!(WsaError::from_io(&io::Error::from_raw_os_error(5000)), None);
    }
}
