//! What errno is to say after a call has failed, as data: for code that knows no last error of Windows.
//!
//! Rust's `io::Error::last_os_error` is GetLastError there and errno here, so that a program that is written for
//! Windows finds its error in errno or nowhere. It asks either for the kind, which Rust gives to some of Winsock's
//! codes, or for the number, which it must do for all others. So the codes with a kind leave the errno that has the
//! same kind here, and the others leave their Windows number.

use super::{Abi, Os};
use crate::error::WsaError;

impl Abi {
    /// The number that errno gets when the last error gets `code`.
    #[cold]
    pub(crate) fn errno_of(&self, code: u32) -> i32 {
        let row = KINDS.iter().find(|row| row.0.code() as u32 == code);
        row.map_or(code as i32, |row| match self.os {
            Os::Linux => row.1,
            Os::MacOs => row.2,
        })
    }
}

/// The codes to which Rust's standard library gives a kind on Windows, with the errno that has it on Linux and macOS.
const KINDS: [(WsaError, i32, i32); 14] = [
    (WsaError::WSAEACCES, 13, 13),
    (WsaError::WSAEINVAL, 22, 22),
    (WsaError::WSAEWOULDBLOCK, 11, 35),
    (WsaError::WSAEADDRINUSE, 98, 48),
    (WsaError::WSAEADDRNOTAVAIL, 99, 49),
    (WsaError::WSAENETDOWN, 100, 50),
    (WsaError::WSAENETUNREACH, 101, 51),
    (WsaError::WSAECONNABORTED, 103, 53),
    (WsaError::WSAECONNRESET, 104, 54),
    (WsaError::WSAENOTCONN, 107, 57),
    (WsaError::WSAETIMEDOUT, 110, 60),
    (WsaError::WSAECONNREFUSED, 111, 61),
    (WsaError::WSAEHOSTUNREACH, 113, 65),
    (WsaError::WSAEDQUOT, 122, 69),
];

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::platform::{HOST, LINUX, MACOS};

    #[test]
    fn each_errno_has_the_codes_kind_on_this_host() {
        for (error, ..) in KINDS {
            let errno = HOST.errno_of(error.code() as u32);
            assert_eq!(io::Error::from_raw_os_error(errno).kind(), error.kind(), "{error:?}");
        }
    }

    #[test]
    fn a_code_without_a_kind_keeps_its_number() {
        for code in [997, 996, 258, 10004, 10040, 10055] {
            assert_eq!((LINUX.errno_of(code), MACOS.errno_of(code)), (code as i32, code as i32));
        }
    }
}
