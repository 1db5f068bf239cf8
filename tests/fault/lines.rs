//! What is said of faults disturbs no program, whatever its standard error is.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::process::{Command, Stdio};

use crate::program;

const FAULTS: &str = "seed=1,error=1:WSAENOBUFS";
const UNDISTURBED: &str = "FAILED 100 RECEIVED 100 FOREIGN 0 ERRNO 0\n";

fn pipe() -> (File, OwnedFd) {
    let mut ends = [0; 2];
    assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
    for end in ends {
        assert_eq!(unsafe { libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC) }, 0);
    }
    unsafe { (File::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) }
}

/// What the program prints if standard error is this.
#[track_caller]
fn prints(arguments: &[&str], standard_error: OwnedFd) -> String {
    let mut command = Command::new(program("fault_lines.c"));
    command.args(arguments).env("WS2_FAULT", FAULTS).stdin(Stdio::null()).stderr(standard_error);
    let done = command.output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{:?}: {text}", done.status);
    text
}

#[test]
fn each_line_is_whole_and_errno_stays() {
    let (mut read, write) = pipe();
    assert_eq!(prints(&[], write), format!("SOCKET 0\n{UNDISTURBED}"));
    let mut text = String::new();
    read.read_to_string(&mut text).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 102, "{text}");
    assert_eq!(lines[0], "openws2: fault: seed=1 error=1:WSAENOBUFS");
    assert!(lines[100].ends_with("(#3), receive #100: error, WSAENOBUFS"), "{text}");
}

#[test]
fn a_pipe_that_nobody_reads_kills_no_program() {
    let (read, write) = pipe();
    drop(read);
    assert_eq!(prints(&[], write), format!("SOCKET 0\n{UNDISTURBED}"));
}

/// The program ends itself if it is held up for long.
#[test]
fn a_full_pipe_holds_no_program_up() {
    let (read, write) = pipe();
    let room = 1 << 20;
    #[cfg(target_os = "linux")]
    let room = unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&write), libc::F_GETPIPE_SZ) }.min(room);
    if cfg!(target_os = "linux") {
        File::from(write.try_clone().unwrap()).write_all(&vec![b'.'; room as usize]).unwrap();
    }
    assert_eq!(prints(&[], write), format!("SOCKET 0\n{UNDISTURBED}"));
    drop(read);
}

#[test]
fn lines_do_not_go_into_a_socket_that_has_the_number_of_standard_error() {
    let (mut read, write) = pipe();
    assert_eq!(prints(&["closed"], write), format!("SOCKET 1\n{UNDISTURBED}"));
    let mut text = String::new();
    read.read_to_string(&mut text).unwrap();
    assert_eq!(text, "", "the program has no standard error");
}
