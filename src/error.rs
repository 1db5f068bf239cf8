//! Winsock's error codes: a number, its name, its sentence.

use core::fmt;

/// A Winsock error code, as WSAGetLastError gives it.
///
/// It can hold any number: codes that this crate does not know stay as they are.
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
    WSA_INVALID_HANDLE = 6, "";
    WSA_NOT_ENOUGH_MEMORY = 8, "";
    WSA_INVALID_PARAMETER = 87, "";
    WSA_OPERATION_ABORTED = 995, "";
    WSA_IO_INCOMPLETE = 996, "";
    WSA_IO_PENDING = 997, "";
    WSAEINTR = 10004, "";
    WSAEBADF = 10009, "";
    WSAEACCES = 10013, "";
    WSAEFAULT = 10014, "";
    WSAEINVAL = 10022, "";
    WSAEMFILE = 10024, "";
    WSAEWOULDBLOCK = 10035, "";
    WSAEINPROGRESS = 10036, "";
    WSAEALREADY = 10037, "";
    WSAENOTSOCK = 10038, "";
    WSAEDESTADDRREQ = 10039, "";
    WSAEMSGSIZE = 10040, "";
    WSAEPROTOTYPE = 10041, "";
    WSAENOPROTOOPT = 10042, "";
    WSAEPROTONOSUPPORT = 10043, "";
    WSAESOCKTNOSUPPORT = 10044, "";
    WSAEOPNOTSUPP = 10045, "";
    WSAEPFNOSUPPORT = 10046, "";
    WSAEAFNOSUPPORT = 10047, "";
    WSAEADDRINUSE = 10048, "";
    WSAEADDRNOTAVAIL = 10049, "";
    WSAENETDOWN = 10050, "";
    WSAENETUNREACH = 10051, "";
    WSAENETRESET = 10052, "";
    WSAECONNABORTED = 10053, "";
    WSAECONNRESET = 10054, "";
    WSAENOBUFS = 10055, "";
    WSAEISCONN = 10056, "";
    WSAENOTCONN = 10057, "";
    WSAESHUTDOWN = 10058, "";
    WSAETOOMANYREFS = 10059, "";
    WSAETIMEDOUT = 10060, "";
    WSAECONNREFUSED = 10061, "";
    WSAELOOP = 10062, "";
    WSAENAMETOOLONG = 10063, "";
    WSAEHOSTDOWN = 10064, "";
    WSAEHOSTUNREACH = 10065, "";
    WSAENOTEMPTY = 10066, "";
    WSAEPROCLIM = 10067, "";
    WSAEUSERS = 10068, "";
    WSAEDQUOT = 10069, "";
    WSAESTALE = 10070, "";
    WSAEREMOTE = 10071, "";
    WSASYSNOTREADY = 10091, "";
    WSAVERNOTSUPPORTED = 10092, "";
    WSANOTINITIALISED = 10093, "";
    WSAEDISCON = 10101, "";
    WSAENOMORE = 10102, "";
    WSAECANCELLED = 10103, "";
    WSAEINVALIDPROCTABLE = 10104, "";
    WSAEINVALIDPROVIDER = 10105, "";
    WSAEPROVIDERFAILEDINIT = 10106, "";
    WSASYSCALLFAILURE = 10107, "";
    WSASERVICE_NOT_FOUND = 10108, "";
    WSATYPE_NOT_FOUND = 10109, "";
    WSA_E_CANCELLED = 10111, "";
    WSAEREFUSED = 10112, "";
    WSAHOST_NOT_FOUND = 11001, "";
    WSATRY_AGAIN = 11002, "";
    WSANO_RECOVERY = 11003, "";
    WSANO_DATA = 11004, "";
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
