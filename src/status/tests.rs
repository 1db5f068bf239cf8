//! The statuses held against what Windows showed, fact by fact.

use super::*;

#[test]
fn rows_are_sorted_and_unique() {
    assert!(ROWS.windows(2).all(|pair| pair[0].status < pair[1].status));
}

#[test]
fn a_private_status_gives_its_code_back() {
    for code in [WsaError::WSAEMFILE, WsaError::WSANOTINITIALISED, WsaError::WSA_INVALID_PARAMETER] {
        let status = NtStatus::from_winsock(code);
        assert_eq!(status.winsock(), code);
        assert_eq!(status.winsock_of_call(), code);
        assert_eq!(status.win32(), code.code() as u32);
        assert_eq!(status, NtStatus::from(code));
        assert!(!status.is_success() && !status.is_pending());
    }
}

/// A number that is no Winsock code cannot turn into some other status.
#[test]
fn a_private_status_stays_private() {
    for code in [i32::MIN, -1, 0x1_0000, i32::MAX] {
        assert_eq!(NtStatus::from_winsock(WsaError::from_code(code)).code() >> 16, 0xE000, "{code}");
    }
}

/// F104
#[test]
fn success_is_the_top_bit_clear_and_not_pending() {
    let successes = [0, 1, 0xC0, 0x101, 0x102, 0x104, 0x4000_000F, 0x4000_0010, 0x7FFF_FFFF];
    for code in successes {
        assert!(NtStatus::from_code(code).is_success(), "{code:#x}");
    }
    let failures = [0x103, 0x8000_0000, 0x8000_0005, 0xC000_0001, 0xC000_020D, 0xE000_2746, 0xFFFF_FFFF];
    for code in failures {
        assert!(!NtStatus::from_code(code).is_success(), "{code:#x}");
    }
    assert!(NtStatus::PENDING.is_pending());
    assert!(!NtStatus::SUCCESS.is_pending());
}

/// F106–F110, G047: the status, then the Winsock code of an operation that ended with it.
const WINSOCK: &[(u32, i32)] = &[
    // F106
    (0x8000_0005, 10040),
    (0xC000_0002, 10045),
    (0xC000_0005, 10014),
    (0xC000_0008, 10038),
    (0xC000_000E, 10050),
    (0xC000_000F, 10050),
    (0xC000_0017, 10055),
    (0xC000_0018, 10055),
    (0xC000_0022, 10013),
    (0xC000_0023, 10014),
    (0xC000_0024, 10038),
    (0xC000_0034, 10050),
    (0xC000_003A, 10050),
    (0xC000_0043, 10048),
    // F107
    (0xC000_0007, 10055),
    (0xC000_0044, 10055),
    (0xC000_0097, 10055),
    (0xC000_009A, 10055),
    (0xC000_00A1, 10055),
    (0xC000_012D, 10055),
    (0xC000_013D, 10055),
    (0xC000_0209, 10055),
    // F108
    (0xC000_00A3, 10035),
    (0xC000_00D0, 10035),
    (0xC000_00B0, 10058),
    (0xC000_00B5, 10060),
    (0xC000_013F, 10060),
    (0xC000_00BB, 10045),
    (0xC000_00BC, 10061),
    (0xC000_0236, 10061),
    (0xC000_00BE, 10051),
    (0xC000_00BF, 10050),
    (0xC000_00C3, 10050),
    (0xC000_00C4, 10050),
    // F109
    (0xC000_0120, 995),
    (0xC000_013B, 10053),
    (0xC000_0241, 10053),
    (0xC000_020F, 10053),
    (0xC000_013C, 10054),
    (0xC000_013E, 10054),
    (0xC000_020C, 10054),
    (0xC000_020D, 10054),
    (0xC000_023F, 10054),
    (0xC000_0237, 10101),
    (0xC000_0240, 10004),
    // F110
    (0xC000_0140, 10057),
    (0xC000_0141, 10049),
    (0xC000_0207, 10049),
    (0xC000_020A, 10048),
    (0xC000_0206, 10040),
    (0xC000_023B, 10056),
    (0xC000_023C, 10051),
    (0xC000_023E, 10051),
    (0xC000_023D, 10065),
    (0xC000_0350, 10064),
    (0xC000_02C5, 10014),
    (0x8007_03E4, 996),
    (0xC001_03E4, 996),
    (0xC007_03E4, 996),
    // G047
    (0xC000_A012, 10052),
    // F112
    (0x0000_0103, 997),
];

#[test]
fn the_winsock_codes_are_those_of_windows() {
    for &(status, winsock) in WINSOCK {
        assert_eq!(NtStatus::from_code(status).winsock().code(), winsock, "{status:#010x}");
    }
}

/// F111: whatever has no code of its own, in the ranges that were tried on Windows, is WSAEINVAL.
#[test]
fn every_other_failing_status_is_wsaeinval() {
    let tried = [
        0x8000_0000..=0x8000_0FFF,
        0x8007_0000..=0x8007_FFFF,
        0xC000_0000..=0xC000_0FFF,
        0xC007_0000..=0xC007_FFFF,
        0xD000_0000..=0xD000_0FFF,
        0xD007_0000..=0xD007_FFFF_u32,
    ];
    for status in tried.into_iter().flatten() {
        if WINSOCK.iter().all(|row| row.0 != status) {
            assert_eq!(NtStatus::from_code(status).winsock(), WsaError::WSAEINVAL, "{status:#010x}");
        }
    }
}

/// A row's Winsock column says something other than WSAEINVAL only where Windows was seen to.
#[test]
fn no_row_claims_a_winsock_code_that_windows_did_not_show() {
    for row in ROWS.iter().filter(|row| row.status & FAILED != 0 && row.winsock != 10022) {
        assert!(WINSOCK.contains(&(row.status, row.winsock)), "{} {}", row.name, row.winsock);
    }
}

/// G005: a call that waited itself says WSAEINTR for a cancelled operation and the same for all others.
#[test]
fn a_cancelled_call_was_interrupted() {
    for row in ROWS {
        let status = NtStatus::from_code(row.status);
        let expected = if status == NtStatus::CANCELLED { WsaError::WSAEINTR } else { status.winsock() };
        assert_eq!(status.winsock_of_call(), expected, "{status:?}");
    }
    assert_eq!(NtStatus::CONNECTION_ABORTED.winsock_of_call(), WsaError::WSAECONNABORTED);
}

/// What GetOverlappedResult and GetQueuedCompletionStatus were seen to tell.
#[test]
fn the_win32_codes_are_those_of_windows() {
    let seen = [
        // F113
        (NtStatus::CONNECTION_RESET, 64),
        (NtStatus::CONNECTION_ABORTED, 1236),
        (NtStatus::CANCELLED, 995),
        (NtStatus::CONNECTION_REFUSED, 1225),
        (NtStatus::BUFFER_TOO_SMALL, 122),
        (NtStatus::NOT_SUPPORTED, 50),
        // F118, older Windows
        (NtStatus::LOCAL_DISCONNECT, 64),
        // G037, G039
        (NtStatus::PORT_UNREACHABLE, 1234),
        (NtStatus::NETWORK_UNREACHABLE, 1231),
        (NtStatus::HOST_UNREACHABLE, 1232),
        (NtStatus::PROTOCOL_UNREACHABLE, 1233),
        // G056
        (NtStatus::BUFFER_OVERFLOW, 234),
        // G137, G209
        (NtStatus::IO_TIMEOUT, 121),
        (NtStatus::REQUEST_ABORTED, 1235),
        (NtStatus::PENDING, 997),
        (NtStatus::SUCCESS, 0),
    ];
    for (status, win32) in seen {
        assert_eq!(status.win32(), win32, "{status:?}");
    }
}

/// A failure is never told as success, in either reading, and a success never as failure in Winsock's.
#[test]
fn a_failure_has_codes_and_a_success_has_none() {
    for row in ROWS {
        let status = NtStatus::from_code(row.status);
        assert_eq!(status.name(), Some(row.name));
        if status.is_success() {
            assert_eq!(status.winsock().code(), 0, "{status:?}");
        } else {
            assert!(status.winsock().name().is_some(), "{status:?}");
            assert_ne!(status.win32(), 0, "{status:?}");
        }
    }
    assert_eq!(NtStatus::from_code(0x4000_000F).winsock().code(), 0);
    assert_eq!(NtStatus::from_code(0xC0DE_0000).win32(), ERROR_MR_MID_NOT_FOUND);
}

#[test]
fn the_debug_text_names_the_status() {
    assert_eq!(format!("{:?}", NtStatus::CONNECTION_RESET), "CONNECTION_RESET (0xc000020d)");
    assert_eq!(format!("{:?}", NtStatus::from_code(0xC0DE_0000)), "NtStatus(0xc0de0000)");
}
