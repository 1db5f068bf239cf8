//! The flags of handles that reach the host: what programs that this one starts have of its sockets.

use openws2::Win32::Foundation::*;
use openws2::Win32::Networking::WinSock::*;

fn start() {
    let mut data = WSADATA::default();
    assert_eq!(unsafe { WSAStartup(0x0202, &mut data) }, 0);
}

fn closes_on_exec(s: SOCKET) -> bool {
    let flags = unsafe { libc::fcntl(s as i32, libc::F_GETFD) };
    assert_ne!(flags, -1);
    flags & libc::FD_CLOEXEC != 0
}

fn information(handle: HANDLE) -> Option<u32> {
    let mut flags = 0;
    (unsafe { GetHandleInformation(handle, &mut flags) } != FALSE).then_some(flags)
}

#[test]
fn inheriting_is_the_hosts_close_on_exec_turned_round() {
    start();
    let s = unsafe { socket(AF_INET.into(), SOCK_STREAM, IPPROTO_TCP) };
    assert!(!closes_on_exec(s));
    assert_ne!(unsafe { SetHandleInformation(s as HANDLE, HANDLE_FLAG_INHERIT, 0) }, 0);
    assert!(closes_on_exec(s));
    assert_eq!(information(s as HANDLE), Some(0));
    // What the program does itself counts as much.
    assert_eq!(unsafe { libc::fcntl(s as i32, libc::F_SETFD, 0) }, 0);
    assert_eq!(information(s as HANDLE), Some(HANDLE_FLAG_INHERIT));
    assert_eq!(unsafe { closesocket(s) }, 0);
    assert_eq!((information(s as HANDLE), unsafe { GetLastError() }), (None, ERROR_INVALID_HANDLE));
}

/// Until somebody takes a duplicate, and afterwards if he wants it so, no program that is started has it.
#[test]
fn a_duplicate_is_inherited_as_who_takes_it_wants() {
    start();
    let original = unsafe { socket(AF_INET.into(), SOCK_DGRAM, 0) };
    for (flags, closes) in [(WSA_FLAG_OVERLAPPED, false), (WSA_FLAG_NO_HANDLE_INHERIT, true)] {
        let mut info = WSAPROTOCOL_INFOW::default();
        assert_eq!(unsafe { WSADuplicateSocketW(original, std::process::id(), &mut info) }, 0);
        let copy = unsafe { WSASocketW(-1, -1, -1, &info, 0, flags) };
        assert_ne!(copy, INVALID_SOCKET);
        assert_eq!((closes_on_exec(copy), closes_on_exec(original)), (closes, false));
        assert_eq!(unsafe { closesocket(copy) }, 0);
    }
    assert_eq!(unsafe { closesocket(original) }, 0);
}

/// The number can be another file's by then, whose flags are none of ours.
#[test]
fn a_number_that_the_program_closed_itself_has_no_flags() {
    start();
    let s = unsafe { socket(AF_INET.into(), SOCK_DGRAM, 0) };
    let file = std::fs::File::open("/dev/null").expect("a file");
    assert_ne!(unsafe { libc::dup2(std::os::fd::AsRawFd::as_raw_fd(&file), s as i32) }, -1);
    assert_eq!(information(s as HANDLE), None);
    assert_eq!(unsafe { SetHandleInformation(s as HANDLE, HANDLE_FLAG_INHERIT, 0) }, FALSE);
    assert!(!closes_on_exec(s));
    unsafe { libc::close(s as i32) };
}

#[test]
fn pseudo_handles_and_bad_pointers_are_refused() {
    for handle in [INVALID_HANDLE_VALUE, -2isize as HANDLE, std::ptr::null_mut()] {
        assert_eq!((information(handle), unsafe { GetLastError() }), (None, ERROR_INVALID_HANDLE));
    }
    start();
    let s = unsafe { socket(AF_INET.into(), SOCK_DGRAM, 0) };
    assert_eq!(unsafe { GetHandleInformation(s as HANDLE, std::ptr::null_mut()) }, FALSE);
    assert_eq!(unsafe { GetLastError() }, ERROR_NOACCESS);
    assert_eq!(unsafe { closesocket(s) }, 0);
}
