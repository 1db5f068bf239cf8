//! The NT status: the one result that every operation inside the library ends with.
//!
//! Windows keeps one status for an operation and derives what programs see from it: the Winsock code
//! (WSAGetLastError, WSAGetOverlappedResult, completion routines) and the Win32 code
//! (GetOverlappedResult, GetQueuedCompletionStatus). The two differ: a reset connection is
//! WSAECONNRESET (10054) in one and ERROR_NETNAME_DELETED (64) in the other.

use core::fmt;

use crate::error::WsaError;

/// An NT status code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct NtStatus(u32);

/// Winsock codes that Windows makes without a status travel in the range kept for customers.
const PRIVATE: u32 = 0xE000_0000;

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
    /// travel as private statuses, and [`NtStatus::winsock`] gives them back.
    pub const fn from_winsock(code: WsaError) -> Self {
        Self(PRIVATE | code.code() as u32)
    }

    /// Whether the operation succeeded: neither a warning nor an error.
    pub const fn is_success(self) -> bool {
        self.0 >> 31 == 0
    }

    /// The Winsock code of an operation that ended with this status, as WSAGetOverlappedResult and
    /// completion routines tell it (F106–F111).
    pub fn winsock(self) -> WsaError {
        if self.0 >> 16 == PRIVATE >> 16 {
            return WsaError::from_code((self.0 & 0xffff) as i32);
        }
        match ROWS.binary_search_by_key(&self.0, |row| row.status) {
            Ok(i) => WsaError::from_code(ROWS[i].winsock),
            Err(_) if self.is_success() => WsaError::from_code(0),
            Err(_) => WsaError::WSAEINVAL,
        }
    }

    /// The Winsock code of a call that waited for its operation itself.
    ///
    /// It differs from [`NtStatus::winsock`] in one row: a cancelled call was interrupted (G005).
    pub fn winsock_of_call(self) -> WsaError {
        match self {
            Self::CANCELLED => WsaError::WSAEINTR,
            other => other.winsock(),
        }
    }

    /// The Win32 code, as GetOverlappedResult and GetQueuedCompletionStatus tell it (F113).
    pub fn win32(self) -> u32 {
        match ROWS.binary_search_by_key(&self.0, |row| row.status) {
            Ok(i) => ROWS[i].win32,
            Err(_) if self.0 == 0 => 0,
            Err(_) => ERROR_MR_MID_NOT_FOUND,
        }
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.binary_search_by_key(&self.0, |row| row.status).ok().map(|i| &ROWS[i])
    }
}

/// What Windows answers for a status it has no Win32 code for.
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
            /// Success.
            pub const SUCCESS: Self = Self(0);
            $(pub const $name: Self = Self($status);)*
        }

        /// Every status with a code of its own, sorted by status.
        const ROWS: &[Row] =
            &[$(Row { status: $status, name: stringify!($name), winsock: $winsock, win32: $win32 }),*];
    };
}

// status, name, Winsock code, Win32 code. The Winsock column is F104–F111; the Win32 column F113, G037,
// G039, G056 and G209 where observed, the documented general mapping elsewhere.
statuses! {
    0x00000102 TIMEOUT                   0     258;
    0x00000103 PENDING                   997   997;
    0x80000005 BUFFER_OVERFLOW           10040 234;
    0xC0000002 NOT_IMPLEMENTED           10045 1;
    0xC0000005 ACCESS_VIOLATION          10014 998;
    0xC0000007 PAGEFILE_QUOTA            10055 1454;
    0xC0000008 INVALID_HANDLE            10038 6;
    0xC000000D INVALID_PARAMETER         10022 87;
    0xC000000E NO_SUCH_DEVICE            10050 2;
    0xC000000F NO_SUCH_FILE              10050 2;
    0xC0000017 NO_MEMORY                 10055 8;
    0xC0000018 CONFLICTING_ADDRESSES     10055 487;
    0xC0000022 ACCESS_DENIED             10013 5;
    0xC0000023 BUFFER_TOO_SMALL          10014 122;
    0xC0000024 OBJECT_TYPE_MISMATCH      10038 6;
    0xC0000034 OBJECT_NAME_NOT_FOUND     10050 2;
    0xC000003A OBJECT_PATH_NOT_FOUND     10050 3;
    0xC0000043 SHARING_VIOLATION         10048 32;
    0xC0000044 QUOTA_EXCEEDED            10055 1816;
    0xC0000097 TOO_MANY_PAGING_FILES     10055 8;
    0xC000009A INSUFFICIENT_RESOURCES    10055 1450;
    0xC00000A1 WORKING_SET_QUOTA         10055 1453;
    0xC00000A3 DEVICE_NOT_READY          10035 21;
    0xC00000B0 PIPE_DISCONNECTED         10058 233;
    0xC00000B5 IO_TIMEOUT                10060 121;
    0xC00000BB NOT_SUPPORTED             10045 50;
    0xC00000BC REMOTE_NOT_LISTENING      10061 51;
    0xC00000BE BAD_NETWORK_PATH          10051 53;
    0xC00000BF NETWORK_BUSY              10050 54;
    0xC00000C3 INVALID_NETWORK_RESPONSE  10050 58;
    0xC00000C4 UNEXPECTED_NETWORK_ERROR  10050 59;
    0xC00000D0 REQUEST_NOT_ACCEPTED      10035 71;
    0xC0000120 CANCELLED                 995   995;
    0xC000012D COMMITMENT_LIMIT          10055 1455;
    0xC000013B LOCAL_DISCONNECT          10053 64;
    0xC000013C REMOTE_DISCONNECT         10054 64;
    0xC000013D REMOTE_RESOURCES          10055 1130;
    0xC000013E LINK_FAILED               10054 64;
    0xC000013F LINK_TIMEOUT              10060 121;
    0xC0000140 INVALID_CONNECTION        10057 1229;
    0xC0000141 INVALID_ADDRESS           10049 1214;
    0xC0000206 INVALID_BUFFER_SIZE       10040 1784;
    0xC0000207 INVALID_ADDRESS_COMPONENT 10049 1214;
    0xC0000209 TOO_MANY_ADDRESSES        10055 68;
    0xC000020A ADDRESS_ALREADY_EXISTS    10048 1227;
    0xC000020C CONNECTION_DISCONNECTED   10054 64;
    0xC000020D CONNECTION_RESET          10054 64;
    0xC000020F TRANSACTION_ABORTED       10053 1236;
    0xC0000236 CONNECTION_REFUSED        10061 1225;
    0xC0000237 GRACEFUL_DISCONNECT       10101 1226;
    0xC000023B CONNECTION_ACTIVE         10056 1230;
    0xC000023C NETWORK_UNREACHABLE       10051 1231;
    0xC000023D HOST_UNREACHABLE          10065 1232;
    0xC000023E PROTOCOL_UNREACHABLE      10051 1233;
    0xC000023F PORT_UNREACHABLE          10054 1234;
    0xC0000240 REQUEST_ABORTED           10004 1235;
    0xC0000241 CONNECTION_ABORTED        10053 1236;
    0xC00002C5 DATATYPE_MISALIGNMENT_ERROR 10014 998;
    0xC0000350 HOST_DOWN                 10064 1256;
    0xC000A012 HOPLIMIT_EXCEEDED         10052 1265;
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
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_unique() {
        assert!(ROWS.windows(2).all(|pair| pair[0].status < pair[1].status));
    }

    #[test]
    fn a_private_status_gives_its_code_back() {
        assert_eq!(NtStatus::from_winsock(WsaError::WSAEMFILE).winsock(), WsaError::WSAEMFILE);
    }

    /// F111: whatever has no row, in the ranges that were tried on Windows, is WSAEINVAL.
    #[test]
    fn a_failing_status_without_a_row_is_wsaeinval() {
        let tried = [0x8000_0000, 0x8007_0000, 0xC000_0000, 0xC007_0000, 0xD000_0000, 0xD007_0000u32];
        for base in tried {
            for low in 0..0x1000 {
                let status = NtStatus(base + low);
                if status.row().is_none() && base + low != 0x8007_03E4 && base + low != 0xC007_03E4 {
                    assert_eq!(status.winsock(), WsaError::WSAEINVAL, "{status:?}");
                }
            }
        }
    }
}
