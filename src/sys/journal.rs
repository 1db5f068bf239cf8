//! A descriptor that lines are written to while a program runs that must not notice: no signal, no wait
//! without an end, no low number, errno as it was.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Descriptors from here on are out of the way of programs that count on getting low ones.
const HIGH: libc::c_int = 700;

/// How long a line waits for a reader that is slow. One that is slower loses lines until it reads again.
const PATIENCE_MS: libc::c_int = 500;

/// Where lines go.
pub(crate) struct Journal {
    to: OwnedFd,
    /// What the descriptor is: a program that closes every number it finds may have got the number again.
    identity: (u64, u64),
    /// Nobody reads any more.
    dead: AtomicBool,
    /// Lines that found no room since the last one that did.
    lost: AtomicU32,
}

impl Journal {
    /// Appends to a file, which is made if it is not there.
    pub(crate) fn append(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        // A pipe must not hold up the program, neither now nor when it is full.
        options.append(true).create(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
        Self::of(&options.open(path)?)
    }

    /// Writes to standard error.
    pub(crate) fn standard_error() -> io::Result<Self> {
        Self::of(&io::stderr())
    }

    fn of(from: &impl AsFd) -> io::Result<Self> {
        let fd = from.as_fd().as_raw_fd();
        let duplicate = |least: libc::c_int| {
            // SAFETY: takes numbers only.
            unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, least) }
        };
        let to = match duplicate(HIGH) {
            // The program may have that few.
            -1 => duplicate(3),
            high => high,
        };
        if to < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the host has just given the descriptor to us alone.
        let to = unsafe { OwnedFd::from_raw_fd(to) };
        let identity = identity(&to)?;
        Ok(Self { to, identity, dead: AtomicBool::new(false), lost: AtomicU32::new(0) })
    }

    /// Writes a line by one call; drops it where that cannot be done. `lost` words a line on lines that were.
    pub(crate) fn write(&self, line: &[u8], lost: impl FnOnce(u32) -> String) {
        let _errno = KeptErrno::new();
        if self.dead.load(Ordering::Relaxed) {
            return;
        }
        if !identity(&self.to).is_ok_and(|now| now == self.identity) {
            self.dead.store(true, Ordering::Relaxed);
            return;
        }
        let before = self.lost.load(Ordering::Relaxed);
        if !self.has_room(if before > 0 { 0 } else { PATIENCE_MS }) {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        if before > 0 && self.lost.compare_exchange(before, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.put(lost(before).as_bytes());
        }
        self.put(line);
    }

    fn has_room(&self, milliseconds: libc::c_int) -> bool {
        let mut entry = libc::pollfd { fd: self.to.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
        // SAFETY: a list of one.
        unsafe { libc::poll(&raw mut entry, 1, milliseconds) != 0 }
    }

    fn put(&self, line: &[u8]) {
        // SAFETY: the descriptor is open, and is not closed by this value.
        let mut file = ManuallyDrop::new(unsafe { File::from_raw_fd(self.to.as_raw_fd()) });
        loop {
            match without_signal(|| file.write(line)) {
                Ok(_) => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.lost.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                Err(_) => {
                    self.dead.store(true, Ordering::Relaxed);
                    return;
                }
            }
        }
    }
}

fn identity(fd: &OwnedFd) -> io::Result<(u64, u64)> {
    // SAFETY: the descriptor is open, and is not closed by this value.
    let file = ManuallyDrop::new(unsafe { File::from_raw_fd(fd.as_raw_fd()) });
    let metadata = file.metadata()?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Does `write` without the signal by which the host would end the program when nobody reads any more.
fn without_signal<T>(write: impl FnOnce() -> T) -> T {
    // SAFETY: all-zero is a plain value of a set, which the host fills.
    let (mut pipe, mut before, mut pending): (libc::sigset_t, libc::sigset_t, libc::sigset_t) =
        unsafe { std::mem::zeroed() };
    // SAFETY: the sets are this function's own.
    let was_pending = unsafe {
        libc::sigemptyset(&raw mut pipe);
        libc::sigaddset(&raw mut pipe, libc::SIGPIPE);
        libc::sigpending(&raw mut pending);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const pipe, &raw mut before);
        libc::sigismember(&raw const pending, libc::SIGPIPE) == 1
    };
    let written = write();
    // SAFETY: as above. What is waited for is pending, so that the wait is none.
    unsafe {
        libc::sigpending(&raw mut pending);
        if !was_pending && libc::sigismember(&raw const pending, libc::SIGPIPE) == 1 {
            let mut taken = 0;
            libc::sigwait(&raw const pipe, &raw mut taken);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
    }
    written
}

/// Gives errno back as it was when this is dropped.
pub(crate) struct KeptErrno(libc::c_int);

impl KeptErrno {
    pub(crate) fn new() -> Self {
        // SAFETY: the thread's own.
        Self(unsafe { *errno_place() })
    }
}

impl Drop for KeptErrno {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { *errno_place() = self.0 };
    }
}

#[cfg(target_os = "linux")]
fn errno_place() -> *mut libc::c_int {
    // SAFETY: always callable.
    unsafe { libc::__errno_location() }
}

#[cfg(not(target_os = "linux"))]
fn errno_place() -> *mut libc::c_int {
    // SAFETY: always callable.
    unsafe { libc::__error() }
}
