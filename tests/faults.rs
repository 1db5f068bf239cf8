//! Faults of the host, injected at the system-call border: each errno gives its documented code, and no more.
//!
//! Nothing in the library knows of this. The test program has C functions of its own under the host's names
//! (`recv`, `poll`, `connect`…), to which the linker binds the library's calls; they answer as a script of
//! the calling thread says, and otherwise make the system call. What codes are expected stands in
//! `faults/codes.rs`, written from what is known of Windows and not from the library's own tables.
#![cfg_attr(target_os = "linux", allow(non_snake_case))]

#[cfg(target_os = "linux")]
#[path = "faults/accept.rs"]
mod accept;
#[cfg(target_os = "linux")]
#[path = "faults/bits.rs"]
mod bits;
#[cfg(target_os = "linux")]
#[path = "faults/codes.rs"]
mod codes;
#[cfg(target_os = "linux")]
#[path = "faults/connect.rs"]
mod connect;
#[cfg(target_os = "linux")]
#[path = "faults/create.rs"]
mod create;
#[cfg(target_os = "linux")]
#[path = "faults/cut.rs"]
mod cut;
#[cfg(target_os = "linux")]
#[path = "faults/doors.rs"]
mod doors;
#[cfg(target_os = "linux")]
#[path = "faults/host.rs"]
mod host;
#[cfg(target_os = "linux")]
#[path = "faults/icmp.rs"]
mod icmp;
#[cfg(target_os = "linux")]
#[path = "faults/receive.rs"]
mod receive;
#[cfg(target_os = "linux")]
#[path = "faults/select.rs"]
mod select;
#[cfg(target_os = "linux")]
#[path = "faults/send.rs"]
mod send;
#[cfg(target_os = "linux")]
mod util;

/// Elsewhere the system calls have no stable numbers to fall back on, so the functions cannot be replaced.
#[cfg(not(target_os = "linux"))]
#[test]
fn note_that_faults_are_injected_on_linux_only_and_nothing_was_tested_here() {
    eprintln!("faults are injected on Linux only: nothing was tested here");
}
