//! The NT status: the one result that every operation inside the library ends with.
//!
//! Windows keeps one status for an operation and derives what programs see from it: the Winsock code
//! (WSAGetLastError, WSAGetOverlappedResult, completion routines) and the Win32 code
//! (GetOverlappedResult, GetQueuedCompletionStatus). The two differ: a reset connection is
//! WSAECONNRESET (10054) in one and ERROR_NETNAME_DELETED (64) in the other.
//!
//! It must not know errnos or sockets: which status an operation ends with is decided elsewhere.

use core::fmt;

use crate::error::WsaError;

/// An NT status code.
///
/// ```
/// use openws2::error::WsaError;
/// use openws2::status::NtStatus;
///
/// let reset = NtStatus::CONNECTION_RESET;
/// assert_eq!(reset.code(), 0xC000020D);
/// assert_eq!(reset.winsock(), WsaError::WSAECONNRESET);
/// assert_eq!(reset.win32(), 64);
///
/// // A warning is a failure too.
/// assert!(!NtStatus::BUFFER_OVERFLOW.is_success());
/// assert_eq!(NtStatus::BUFFER_OVERFLOW.winsock(), WsaError::WSAEMSGSIZE);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct NtStatus(u32);

/// Winsock codes that Windows makes without a status travel in the range kept for customers.
const PRIVATE: u32 = 0xE000_0000;
/// Where a private status keeps its Winsock code.
const LOW: u32 = 0xFFFF;
/// The bit that warnings and errors have set and successes have not.
const FAILED: u32 = 0x8000_0000;

impl NtStatus {
    /// The status with this number.
    pub const fn from_code(code: u32) -> Self {
        Self(code)
    }

    /// The number, as OVERLAPPED.Internal holds it.
    pub const fn code(self) -> u32 {
        self.0
    }

    /// A status that stands for a Winsock code which has none of its own.
    ///
    /// Some codes are made above the provider (WSANOTINITIALISED, WSAEMFILE…); inside the library they
    /// travel as private statuses, and [`NtStatus::winsock`] and [`NtStatus::win32`] give them back.
    /// Winsock codes have 16 bits; more are cut off.
    ///
    /// ```
    /// use openws2::error::WsaError;
    /// use openws2::status::NtStatus;
    ///
    /// let status = NtStatus::from_winsock(WsaError::WSAEMFILE);
    /// assert_eq!(status.winsock(), WsaError::WSAEMFILE);
    /// assert!(!status.is_success());
    /// ```
    pub const fn from_winsock(code: WsaError) -> Self {
        Self(PRIVATE | code.code() as u32 & LOW)
    }

    /// Whether the operation has finished and succeeded: not pending, not a warning, not an error (F104).
    pub const fn is_success(self) -> bool {
        self.0 & FAILED == 0 && !self.is_pending()
    }

    /// Whether the operation has not finished yet.
    pub const fn is_pending(self) -> bool {
        self.0 == Self::PENDING.0
    }

    /// The Winsock code of an operation that ended with this status, as WSAGetOverlappedResult and
    /// completion routines tell it (F106–F111).
    pub fn winsock(self) -> WsaError {
        match (self.private(), self.row()) {
            (Some(code), _) => code,
            (None, Some(row)) => WsaError::from_code(row.winsock),
            (None, None) if self.0 & FAILED == 0 => WsaError::from_code(0),
            (None, None) => WsaError::WSAEINVAL,
        }
    }

    /// The Winsock code of a call that waited for its operation itself.
    ///
    /// It differs from [`NtStatus::winsock`] in one row: a cancelled call was interrupted (G005).
    ///
    /// ```
    /// use openws2::error::WsaError;
    /// use openws2::status::NtStatus;
    ///
    /// assert_eq!(NtStatus::CANCELLED.winsock(), WsaError::WSA_OPERATION_ABORTED);
    /// assert_eq!(NtStatus::CANCELLED.winsock_of_call(), WsaError::WSAEINTR);
    /// ```
    pub fn winsock_of_call(self) -> WsaError {
        match self {
            Self::CANCELLED => WsaError::WSAEINTR,
            other => other.winsock(),
        }
    }

    /// The Win32 code, as GetOverlappedResult and GetQueuedCompletionStatus tell it (F113).
    ///
    /// ```
    /// use openws2::status::NtStatus;
    ///
    /// assert_eq!(NtStatus::SUCCESS.win32(), 0);
    /// assert_eq!(NtStatus::CONNECTION_ABORTED.win32(), 1236);
    /// ```
    pub fn win32(self) -> u32 {
        match (self.private(), self.row()) {
            (Some(code), _) => code.code() as u32,
            (None, Some(row)) => row.win32,
            (None, None) => ERROR_MR_MID_NOT_FOUND,
        }
    }

    /// The name without `STATUS_`, if the status has a row here.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.name)
    }

    fn private(self) -> Option<WsaError> {
        (self.0 & !LOW == PRIVATE).then(|| WsaError::from_code((self.0 & LOW) as i32))
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.binary_search_by_key(&self.0, |row| row.status).ok().map(|i| &ROWS[i])
    }
}

/// What Windows documents for a status it has no Win32 code for.
const ERROR_MR_MID_NOT_FOUND: u32 = 317;

struct Row {
    status: u32,
    name: &'static str,
    winsock: i32,
    win32: u32,
}

macro_rules! statuses {
    ($($status:literal $name:ident $winsock:literal $win32:literal;)*) => {
        #[allow(missing_docs)]
        impl NtStatus {
            $(pub const $name: Self = Self($status);)*
        }

        /// Every status with a code of its own, sorted by status.
        const ROWS: &[Row] =
            &[$(Row { status: $status, name: stringify!($name), winsock: $winsock, win32: $win32 }),*];
    };
}

// status, name, Winsock code, Win32 code. The Winsock column is F104–F111 and G047; the Win32 column F113,
// G037, G039, G056, F081 and G209 where observed, elsewhere the general mapping as far as it is known.
// HOPLIMIT_EXCEEDED is in neither and so has the code of a status without one.
// The three at …03E4 are the Win32 code ERROR_IO_INCOMPLETE in the clothes of three facilities (F110).
statuses! {
    0x00000000 SUCCESS                         0    0;
    0x00000102 TIMEOUT                         0  258;
    0x00000103 PENDING                       997  997;
    0x4000000F RECEIVE_PARTIAL                 0    0;
    0x40000010 RECEIVE_EXPEDITED               0    0;
    0x40000011 RECEIVE_PARTIAL_EXPEDITED       0    0;
    0x80000005 BUFFER_OVERFLOW             10040  234;
    0x800703E4 HRESULT_IO_INCOMPLETE         996  996;
    0xC0000001 UNSUCCESSFUL                10022   31;
    0xC0000002 NOT_IMPLEMENTED             10045    1;
    0xC0000004 INFO_LENGTH_MISMATCH        10022   24;
    0xC0000005 ACCESS_VIOLATION            10014  998;
    0xC0000007 PAGEFILE_QUOTA              10055 1454;
    0xC0000008 INVALID_HANDLE              10038    6;
    0xC000000D INVALID_PARAMETER           10022   87;
    0xC000000E NO_SUCH_DEVICE              10050    2;
    0xC000000F NO_SUCH_FILE                10050    2;
    0xC0000010 INVALID_DEVICE_REQUEST      10022    1;
    0xC0000011 END_OF_FILE                 10022   38;
    0xC0000017 NO_MEMORY                   10055    8;
    0xC0000018 CONFLICTING_ADDRESSES       10055  487;
    0xC0000022 ACCESS_DENIED               10013    5;
    0xC0000023 BUFFER_TOO_SMALL            10014  122;
    0xC0000024 OBJECT_TYPE_MISMATCH        10038    6;
    0xC0000034 OBJECT_NAME_NOT_FOUND       10050    2;
    0xC000003A OBJECT_PATH_NOT_FOUND       10050    3;
    0xC0000043 SHARING_VIOLATION           10048   32;
    0xC0000044 QUOTA_EXCEEDED              10055 1816;
    0xC0000097 TOO_MANY_PAGING_FILES       10055    8;
    0xC000009A INSUFFICIENT_RESOURCES      10055 1450;
    0xC00000A1 WORKING_SET_QUOTA           10055 1453;
    0xC00000A3 DEVICE_NOT_READY            10035   21;
    0xC00000B0 PIPE_DISCONNECTED           10058  233;
    0xC00000B5 IO_TIMEOUT                  10060  121;
    0xC00000BB NOT_SUPPORTED               10045   50;
    0xC00000BC REMOTE_NOT_LISTENING        10061   51;
    0xC00000BE BAD_NETWORK_PATH            10051   53;
    0xC00000BF NETWORK_BUSY                10050   54;
    0xC00000C3 INVALID_NETWORK_RESPONSE    10050   58;
    0xC00000C4 UNEXPECTED_NETWORK_ERROR    10050   59;
    0xC00000D0 REQUEST_NOT_ACCEPTED        10035   71;
    0xC000011F TOO_MANY_OPENED_FILES       10022    4;
    0xC0000120 CANCELLED                     995  995;
    0xC000012D COMMITMENT_LIMIT            10055 1455;
    0xC000013B LOCAL_DISCONNECT            10053   64;
    0xC000013C REMOTE_DISCONNECT           10054   64;
    0xC000013D REMOTE_RESOURCES            10055   51;
    0xC000013E LINK_FAILED                 10054   59;
    0xC000013F LINK_TIMEOUT                10060   59;
    0xC0000140 INVALID_CONNECTION          10057   59;
    0xC0000141 INVALID_ADDRESS             10049   59;
    0xC0000206 INVALID_BUFFER_SIZE         10040 1784;
    0xC0000207 INVALID_ADDRESS_COMPONENT   10049 1214;
    0xC0000209 TOO_MANY_ADDRESSES          10055   68;
    0xC000020A ADDRESS_ALREADY_EXISTS      10048   52;
    0xC000020C CONNECTION_DISCONNECTED     10054   64;
    0xC000020D CONNECTION_RESET            10054   64;
    0xC000020F TRANSACTION_ABORTED         10053   59;
    0xC0000225 NOT_FOUND                   10022 1168;
    0xC0000236 CONNECTION_REFUSED          10061 1225;
    0xC0000237 GRACEFUL_DISCONNECT         10101 1226;
    0xC000023B CONNECTION_ACTIVE           10056 1230;
    0xC000023C NETWORK_UNREACHABLE         10051 1231;
    0xC000023D HOST_UNREACHABLE            10065 1232;
    0xC000023E PROTOCOL_UNREACHABLE        10051 1233;
    0xC000023F PORT_UNREACHABLE            10054 1234;
    0xC0000240 REQUEST_ABORTED             10004 1235;
    0xC0000241 CONNECTION_ABORTED          10053 1236;
    0xC00002C5 DATATYPE_MISALIGNMENT_ERROR 10014  998;
    0xC0000350 HOST_DOWN                   10064 1256;
    0xC000A012 HOPLIMIT_EXCEEDED           10052  317;
    0xC00103E4 DEBUGGER_IO_INCOMPLETE        996  996;
    0xC00703E4 WIN32_IO_INCOMPLETE           996  996;
}

impl fmt::Debug for NtStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some(row) => write!(f, "{} ({:#010x})", row.name, self.0),
            None => write!(f, "NtStatus({:#010x})", self.0),
        }
    }
}

impl From<WsaError> for NtStatus {
    fn from(code: WsaError) -> Self {
        Self::from_winsock(code)
    }
}

#[cfg(test)]
mod tests;
