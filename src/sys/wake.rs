//! Getting a thread out of a blocking host call.
//!
//! A thread that sits in recv, send, accept or connect on one descriptor is interrupted by a signal whose
//! default is to be ignored (SIGURG) and whose handler does nothing: the call ends with EINTR. The handler
//! is installed at the first need, and never over a handler of the program's own. A thread that waits for
//! several descriptors has one more in its list, a [`Bell`].

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd};

use super::Fd;

/// A thread, as the host's signals know it.
#[derive(Clone, Copy)]
pub(crate) struct Thread(libc::pthread_t);

// SAFETY: a pthread_t is a name, not memory of ours; on some hosts it merely has a pointer's type.
unsafe impl Send for Thread {}
// SAFETY: as above.
unsafe impl Sync for Thread {}

/// The calling thread.
pub(crate) fn current_thread() -> Thread {
    // SAFETY: always callable.
    Thread(unsafe { libc::pthread_self() })
}

/// Interrupts the host call that the thread is in. The thread must not have ended.
pub(crate) fn interrupt(thread: Thread) {
    install_handler();
    // SAFETY: the caller knows that the thread is alive.
    unsafe { libc::pthread_kill(thread.0, libc::SIGURG) };
}

extern "C" fn do_nothing(_: libc::c_int) {}

/// Installs the empty handler unless the program has one of its own, which interrupts just as well.
fn install_handler() {
    // SAFETY: all-zero is a plain value of it, and the host fills it.
    let mut present: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: asks for the present action.
    let asked = unsafe { libc::sigaction(libc::SIGURG, std::ptr::null(), &raw mut present) };
    let free = present.sa_sigaction == libc::SIG_DFL || present.sa_sigaction == libc::SIG_IGN;
    if asked != 0 || !free {
        return;
    }
    // SAFETY: all-zero is a plain value: no flags (so that calls are not restarted), an empty mask.
    let mut ours: libc::sigaction = unsafe { std::mem::zeroed() };
    ours.sa_sigaction = do_nothing as extern "C" fn(libc::c_int) as libc::sighandler_t;
    // SAFETY: a handler that does nothing is safe in every context.
    unsafe { libc::sigaction(libc::SIGURG, &raw const ours, std::ptr::null_mut()) };
}

/// A descriptor that becomes readable when somebody rings. It is no socket, so that no SOCKET of the
/// program's can be it by mistake.
pub(crate) struct Bell {
    ear: File,
    hammer: File,
}

impl Bell {
    pub(crate) fn new() -> std::io::Result<Self> {
        let mut ends: [Fd; 2] = [-1; 2];
        // SAFETY: room for two descriptors.
        if unsafe { libc::pipe(ends.as_mut_ptr()) } != 0 {
            return Err(std::io::Error::last_os_error());
        }
        // SAFETY: the host has just given the descriptors to this function.
        let [ear, hammer] = ends.map(|end| unsafe { File::from_raw_fd(end) });
        for end in ends {
            // SAFETY: no memory is passed.
            unsafe {
                libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC);
                libc::fcntl(end, libc::F_SETFL, libc::O_NONBLOCK);
            }
        }
        Ok(Self { ear, hammer })
    }

    pub(crate) fn fd(&self) -> Fd {
        self.ear.as_raw_fd()
    }

    /// A bell that is full of rings need not be rung.
    pub(crate) fn ring(&self) {
        let _ = (&self.hammer).write(&[0]);
    }

    pub(crate) fn silence(&self) {
        let mut rings = [0; 64];
        while matches!((&self.ear).read(&mut rings), Ok(n) if n > 0) {}
    }
}
