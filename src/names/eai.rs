//! What the host's resolver answers when it fails, and the Winsock code that Windows returns for the same.

use crate::error::WsaError;

struct Row {
    name: &'static str,
    linux: Option<i32>,
    macos: Option<i32>,
    code: WsaError,
}

const fn row(name: &'static str, linux: Option<i32>, macos: Option<i32>, code: WsaError) -> Row {
    Row { name, linux, macos, code }
}

/// The pairs are those that the documentation of getaddrinfo lists; the last five are decided by meaning.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("EAI_AGAIN",      Some(-3),  Some(2),  WsaError::WSATRY_AGAIN),
    row("EAI_BADFLAGS",   Some(-1),  Some(3),  WsaError::WSAEINVAL),
    row("EAI_FAIL",       Some(-4),  Some(4),  WsaError::WSANO_RECOVERY),
    row("EAI_FAMILY",     Some(-6),  Some(5),  WsaError::WSAEAFNOSUPPORT),
    row("EAI_MEMORY",     Some(-10), Some(6),  WsaError::WSA_NOT_ENOUGH_MEMORY),
    row("EAI_NONAME",     Some(-2),  Some(8),  WsaError::WSAHOST_NOT_FOUND),
    row("EAI_SERVICE",    Some(-8),  Some(9),  WsaError::WSATYPE_NOT_FOUND),
    row("EAI_SOCKTYPE",   Some(-7),  Some(10), WsaError::WSAESOCKTNOSUPPORT),
    row("EAI_ADDRFAMILY", Some(-9),  Some(1),  WsaError::WSANO_DATA),
    row("EAI_NODATA",     Some(-5),  Some(7),  WsaError::WSANO_DATA),
    row("EAI_OVERFLOW",   Some(-12), Some(14), WsaError::WSAEFAULT),
    row("EAI_PROTOCOL",   None,      Some(13), WsaError::WSAEPROTONOSUPPORT),
    row("EAI_SYSTEM",     Some(-11), Some(11), WsaError::WSANO_RECOVERY),
];

const IS_LINUX: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// The Winsock code for a failure of this host's getaddrinfo or getnameinfo; never 0.
pub(super) fn to_winsock(failure: i32) -> WsaError {
    find(ROWS, failure, IS_LINUX)
}

fn find(rows: &[Row], failure: i32, linux: bool) -> WsaError {
    let number = |row: &Row| if linux { row.linux } else { row.macos };
    rows.iter().find(|row| number(row) == Some(failure)).map_or(WsaError::WSANO_RECOVERY, |row| row.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_hosts_give_the_same_codes() {
        for row in ROWS {
            for (number, linux) in [(row.linux, true), (row.macos, false)] {
                if let Some(number) = number {
                    assert_eq!(find(ROWS, number, linux), row.code, "{}", row.name);
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
