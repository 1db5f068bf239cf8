//! What the host's resolver answers when it fails, and the Winsock code that Windows returns for the same.

use crate::error::WsaError;

/// The failure's name, its number on Linux and on macOS, and Winsock's code.
type Row = (&'static str, Option<i32>, Option<i32>, WsaError);

/// The pairs are those that the documentation of getaddrinfo lists; the last five are decided by meaning.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("EAI_AGAIN",      Some(-3),  Some(2),  WsaError::WSATRY_AGAIN),
    ("EAI_BADFLAGS",   Some(-1),  Some(3),  WsaError::WSAEINVAL),
    ("EAI_FAIL",       Some(-4),  Some(4),  WsaError::WSANO_RECOVERY),
    ("EAI_FAMILY",     Some(-6),  Some(5),  WsaError::WSAEAFNOSUPPORT),
    ("EAI_MEMORY",     Some(-10), Some(6),  WsaError::WSA_NOT_ENOUGH_MEMORY),
    ("EAI_NONAME",     Some(-2),  Some(8),  WsaError::WSAHOST_NOT_FOUND),
    ("EAI_SERVICE",    Some(-8),  Some(9),  WsaError::WSATYPE_NOT_FOUND),
    ("EAI_SOCKTYPE",   Some(-7),  Some(10), WsaError::WSAESOCKTNOSUPPORT),
    ("EAI_ADDRFAMILY", Some(-9),  Some(1),  WsaError::WSANO_DATA),
    ("EAI_NODATA",     Some(-5),  Some(7),  WsaError::WSANO_DATA),
    ("EAI_OVERFLOW",   Some(-12), Some(14), WsaError::WSAEFAULT),
    ("EAI_PROTOCOL",   None,      Some(13), WsaError::WSAEPROTONOSUPPORT),
    ("EAI_SYSTEM",     Some(-11), Some(11), WsaError::WSANO_RECOVERY),
];

const IS_LINUX: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// The Winsock code for a failure of this host's getaddrinfo or getnameinfo; never 0.
pub(super) fn to_winsock(failure: i32) -> WsaError {
    find(ROWS, failure, IS_LINUX)
}

fn find(rows: &[Row], failure: i32, is_linux: bool) -> WsaError {
    let is_it = |row: &&Row| Some(failure) == if is_linux { row.1 } else { row.2 };
    rows.iter().find(is_it).map_or(WsaError::WSANO_RECOVERY, |row| row.3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_hosts_give_the_same_codes() {
        for (name, linux, macos, code) in ROWS {
            for (number, is_linux) in [(linux, true), (macos, false)] {
                if let Some(number) = number {
                    assert_eq!(find(ROWS, *number, is_linux), *code, "{name}");
                }
            }
        }
        assert_eq!(find(ROWS, -9999, true), WsaError::WSANO_RECOVERY);
    }

    #[test]
    fn the_numbers_are_this_hosts() {
        assert_eq!(to_winsock(libc::EAI_NONAME), WsaError::WSAHOST_NOT_FOUND);
        assert_eq!(to_winsock(libc::EAI_AGAIN), WsaError::WSATRY_AGAIN);
        assert_eq!(to_winsock(libc::EAI_BADFLAGS), WsaError::WSAEINVAL);
        assert_eq!(to_winsock(libc::EAI_FAIL), WsaError::WSANO_RECOVERY);
        assert_eq!(to_winsock(libc::EAI_FAMILY), WsaError::WSAEAFNOSUPPORT);
        assert_eq!(to_winsock(libc::EAI_MEMORY), WsaError::WSA_NOT_ENOUGH_MEMORY);
        assert_eq!(to_winsock(libc::EAI_SERVICE), WsaError::WSATYPE_NOT_FOUND);
        assert_eq!(to_winsock(libc::EAI_SOCKTYPE), WsaError::WSAESOCKTNOSUPPORT);
        assert_eq!(to_winsock(libc::EAI_OVERFLOW), WsaError::WSAEFAULT);
        assert_eq!(to_winsock(libc::EAI_SYSTEM), WsaError::WSANO_RECOVERY);
    }
}
