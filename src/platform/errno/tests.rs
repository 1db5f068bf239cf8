//! The errno rows against `libc`, against the rules of their order, and against what Windows shows.

use super::*;
use crate::platform::{HOST, LINUX, MACOS};

const OPERATIONS: [Operation; 11] = [
    Operation::Receive,
    Operation::Send,
    Operation::Connect,
    Operation::Accept,
    Operation::Bind,
    Operation::Listen,
    Operation::Create,
    Operation::Option,
    Operation::Name,
    Operation::Shutdown,
    Operation::Control,
];

const KINDS: [Kind; 4] = [Kind::Stream, Kind::Datagram, Kind::Raw, Kind::Message];

const HOSTS: [&Abi; 2] = [&LINUX, &MACOS];

/// The number that a row's errno has on a host; -1 where the host does not have it.
fn number(abi: &Abi, name: &str) -> i32 {
    let row = ROWS.iter().find(|row| row.name == name);
    row.unwrap_or_else(|| panic!("{name} has no row")).number(abi.os)
}

#[test]
fn rows_are_sorted_by_name() {
    for pair in ROWS.windows(2) {
        assert!(pair[0].name <= pair[1].name, "{} stands before {}", pair[0].name, pair[1].name);
    }
}

#[test]
fn the_rows_of_an_errno_agree_on_its_numbers_and_the_last_one_fits_everything() {
    for pair in ROWS.windows(2) {
        if pair[0].name == pair[1].name {
            assert_eq!((pair[0].linux, pair[0].macos), (pair[1].linux, pair[1].macos), "{}", pair[0].name);
        }
    }
    for (at, row) in ROWS.iter().enumerate() {
        let last = ROWS.get(at + 1).is_none_or(|next| next.name != row.name);
        let open = row.on == words::ANY_CALL && row.kinds == words::ANY_KIND;
        assert_eq!(last, open, "{}: the open row is the last one, and only it", row.name);
    }
}

#[test]
fn no_two_errnos_of_a_host_share_a_number() {
    for abi in HOSTS {
        for (at, row) in ROWS.iter().enumerate().filter(|(_, row)| row.number(abi.os) >= 0) {
            for other in &ROWS[at + 1..] {
                let same = row.number(abi.os) == other.number(abi.os);
                assert_eq!(same, row.name == other.name, "{:?}: {} and {}", abi.os, row.name, other.name);
            }
        }
    }
}

/// No condition is written that an earlier row of the same errno has already taken whole.
#[test]
fn every_row_can_be_reached() {
    for abi in HOSTS {
        for row in ROWS.iter().filter(|row| row.number(abi.os) >= 0) {
            let first = ROWS.iter().position(|other| other.name == row.name).unwrap();
            let earlier = ROWS[first..].iter().take_while(|other| !std::ptr::eq(*other, row));
            let earlier: Vec<&Row> = earlier.collect();
            let taken = |on: Operation, kind: Kind| {
                earlier.iter().any(|other| other.on & on.bit() != 0 && other.kinds & kind.bit() != 0)
            };
            let reached = OPERATIONS.iter().any(|&on| {
                KINDS
                    .iter()
                    .any(|&kind| row.on & on.bit() != 0 && row.kinds & kind.bit() != 0 && !taken(on, kind))
            });
            assert!(reached, "{} {:?}", row.name, row.status);
        }
    }
}

/// Every number that either host may give, and many that it may not: a failing status, a code, never zero.
#[test]
fn every_errno_fails_with_a_code() {
    let beyond = [i32::MIN, -1, 0, 134, 255, 256, 512, 516, 524, i32::MAX];
    for abi in HOSTS {
        for errno in (1..=140).chain(beyond) {
            for on in OPERATIONS {
                for kind in KINDS {
                    let status = abi.status(errno, on, kind);
                    let told = format!("{:?} {errno} {on:?} {kind:?}", abi.os);
                    assert!(!status.is_success(), "{told}: {status:?}");
                    assert_ne!(status, NtStatus::PENDING, "{told}");
                    assert!(status.winsock().name().is_some(), "{told}: {:?}", status.winsock());
                    assert_ne!(status.winsock().code(), 0, "{told}");
                    assert_ne!(status.winsock_of_call().code(), 0, "{told}");
                    assert_ne!(status.win32(), 0, "{told}");
                }
            }
        }
    }
}

#[test]
fn an_errno_without_a_row_is_the_decided_status() {
    for abi in HOSTS {
        for errno in [-1, 0, 5 /* EIO */, 1000] {
            let status = abi.status(errno, Operation::Receive, Kind::Stream);
            assert_eq!(status, NtStatus::UNEXPECTED_NETWORK_ERROR, "{:?} {errno}", abi.os);
            assert_eq!(status.winsock(), WsaError::WSAENETDOWN);
        }
    }
}

/// The index finds the same row as reading the table from its top.
#[test]
fn the_index_agrees_with_the_rows() {
    for abi in HOSTS {
        for errno in 0..SPAN as i32 {
            for on in OPERATIONS {
                for kind in KINDS {
                    let fits = |row: &&Row| {
                        row.number(abi.os) == errno && row.on & on.bit() != 0 && row.kinds & kind.bit() != 0
                    };
                    let expected = ROWS.iter().find(fits).map_or(UNEXPECTED, |row| row.status);
                    assert_eq!(abi.status(errno, on, kind), expected, "{:?} {errno} {on:?} {kind:?}", abi.os);
                }
            }
        }
    }
}

macro_rules! held_against_libc {
    ($($name:ident)*) => {
        [$((stringify!($name), libc::$name)),*]
    };
}

#[test]
fn host_numbers_equal_libc() {
    let both = held_against_libc! {
        EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF ECANCELED ECONNABORTED ECONNREFUSED
        ECONNRESET EDESTADDRREQ EDOM EDQUOT EFAULT EHOSTDOWN EHOSTUNREACH EINPROGRESS EINTR EINVAL EISCONN
        ELOOP EMFILE EMSGSIZE ENAMETOOLONG ENETDOWN ENETRESET ENETUNREACH ENFILE ENOBUFS ENODEV ENOENT ENOMEM
        ENOPROTOOPT ENOSPC ENOSR ENOSYS ENOTCONN ENOTDIR ENOTSOCK ENOTTY ENXIO EOPNOTSUPP EPERM EPFNOSUPPORT
        EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE EREMOTE EROFS ESHUTDOWN ESOCKTNOSUPPORT ESTALE ETIMEDOUT
        ETOOMANYREFS EUSERS
    };
    #[cfg(target_os = "macos")]
    let own = held_against_libc! { ENOTSUP EPROCLIM EQFULL };
    #[cfg(not(target_os = "macos"))]
    let own = held_against_libc! { ENONET };

    for (name, libc) in both.iter().chain(&own) {
        assert_eq!(number(HOST, name), *libc, "{name}");
    }
    for row in ROWS.iter().filter(|row| row.number(HOST.os) >= 0) {
        assert!(both.iter().chain(&own).any(|(name, _)| *name == row.name), "{} is not compared", row.name);
    }
    assert_eq!(libc::EWOULDBLOCK, libc::EAGAIN);
}

/// What a program sees: errno, operation, kind, the Winsock code, the Win32 code where a port would show it.
#[test]
fn important_cases_end_with_the_codes_that_windows_shows() {
    use Kind::{Datagram, Raw, Stream};
    use Operation::{Accept, Bind, Connect, Control, Create, Listen, Name, Receive, Send, Shutdown};
    let cases: &[(&str, Operation, Kind, i32, Option<u32>)] = &[
        // Never WSAEBADF (10009).
        ("EBADF", Receive, Stream, 10038, Some(6)),
        ("ENOTSOCK", Receive, Stream, 10038, Some(6)),
        ("EPERM", Send, Datagram, 10013, Some(5)),
        ("EACCES", Bind, Stream, 10013, Some(5)),
        ("EACCES", Receive, Datagram, 10065, Some(1232)),
        ("EFAULT", Receive, Stream, 10014, Some(998)),
        ("EINVAL", Receive, Stream, 10022, Some(87)),
        ("EINVAL", Listen, Stream, 10022, None),
        ("EINVAL", Bind, Stream, 10022, None),
        ("EINVAL", Create, Stream, 10044, None),
        ("EINVAL", Name, Stream, 10057, None),
        ("EMFILE", Create, Stream, 10024, None),
        ("ENFILE", Accept, Stream, 10024, None),
        ("EAGAIN", Receive, Stream, 10035, Some(21)),
        ("EAGAIN", Connect, Stream, 10061, None),
        // A non-blocking connect is WSAEWOULDBLOCK, never WSAEINPROGRESS.
        ("EINPROGRESS", Connect, Stream, 10035, None),
        ("EALREADY", Connect, Stream, 10037, None),
        ("EINTR", Receive, Stream, 10004, Some(1235)),
        ("ENOTCONN", Receive, Stream, 10057, None),
        ("ENOTCONN", Shutdown, Stream, 10057, None),
        ("ESHUTDOWN", Send, Stream, 10058, None),
        // G131
        ("EPIPE", Send, Stream, 10053, Some(1236)),
        // F113
        ("ECONNRESET", Receive, Stream, 10054, Some(64)),
        ("ECONNRESET", Send, Stream, 10054, Some(64)),
        ("ECONNABORTED", Receive, Stream, 10053, Some(1236)),
        ("ECONNABORTED", Accept, Stream, 10054, None),
        ("ECONNREFUSED", Connect, Stream, 10061, Some(1225)),
        // F162, G037
        ("ECONNREFUSED", Receive, Datagram, 10054, Some(1234)),
        ("ECONNREFUSED", Send, Datagram, 10054, Some(1234)),
        // G039
        ("EHOSTUNREACH", Receive, Datagram, 10065, Some(1232)),
        ("ENETUNREACH", Receive, Datagram, 10051, Some(1231)),
        ("ENOPROTOOPT", Receive, Raw, 10051, Some(1233)),
        ("EHOSTUNREACH", Connect, Stream, 10065, Some(1232)),
        ("ENETUNREACH", Connect, Stream, 10051, Some(1231)),
        // G046, G047
        ("ENETRESET", Receive, Datagram, 10052, None),
        // G136
        ("ENETRESET", Receive, Stream, 10052, None),
        ("ETIMEDOUT", Connect, Stream, 10060, None),
        // G137
        ("ETIMEDOUT", Receive, Stream, 10060, Some(121)),
        ("ENOBUFS", Send, Datagram, 10055, Some(1450)),
        ("ENOMEM", Receive, Stream, 10055, Some(1450)),
        ("EMSGSIZE", Send, Datagram, 10040, None),
        ("EADDRINUSE", Bind, Stream, 10048, None),
        ("EADDRNOTAVAIL", Bind, Stream, 10049, None),
        ("EADDRNOTAVAIL", Connect, Stream, 10049, None),
        ("ENODEV", Operation::Option, Datagram, 10049, None),
        ("ENODEV", Receive, Datagram, 10050, None),
        ("EISCONN", Connect, Stream, 10056, None),
        ("EAFNOSUPPORT", Create, Stream, 10047, None),
        ("EPROTONOSUPPORT", Create, Stream, 10043, None),
        ("ESOCKTNOSUPPORT", Create, Stream, 10044, None),
        ("EPROTOTYPE", Create, Stream, 10041, None),
        ("EPROTOTYPE", Send, Stream, 10053, None),
        ("EOPNOTSUPP", Receive, Datagram, 10045, Some(50)),
        ("EOPNOTSUPP", Listen, Datagram, 10045, None),
        ("EOPNOTSUPP", Connect, Stream, 10022, None),
        // F274
        ("ENOPROTOOPT", Operation::Option, Stream, 10042, None),
        // F102
        ("ENOTTY", Control, Stream, 10045, Some(50)),
        ("EDESTADDRREQ", Send, Datagram, 10057, None),
        ("EDESTADDRREQ", Connect, Datagram, 10039, None),
        ("ENETDOWN", Send, Datagram, 10050, None),
        ("EHOSTDOWN", Connect, Stream, 10064, None),
        ("ENOENT", Connect, Stream, 10061, None),
        ("ENOENT", Bind, Stream, 10050, None),
        ("ENOTDIR", Connect, Stream, 10050, None),
        ("ECANCELED", Receive, Stream, 995, Some(995)),
        ("EDQUOT", Bind, Stream, 10069, None),
        ("ELOOP", Connect, Stream, 10062, None),
        ("ENAMETOOLONG", Bind, Stream, 10063, None),
    ];
    for abi in HOSTS {
        for &(name, on, kind, winsock, win32) in cases {
            let status = abi.status(number(abi, name), on, kind);
            let told = format!("{:?} {name} {on:?} {kind:?} {status:?}", abi.os);
            assert_eq!(status.winsock().code(), winsock, "{told}");
            if let Some(win32) = win32 {
                assert_eq!(status.win32(), win32, "{told}");
            }
        }
    }
}
