//! A descriptor that lines are written to while a program runs that must not notice: no signal, no wait
//! without an end, no low number, errno as it was.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::errno::KeptErrno;

/// Descriptors from here on are out of the way of programs that count on getting low ones.
const HIGH: libc::c_int = 700;

/// How long a line waits for a reader that is slow. One that is slower loses lines until it reads again.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);

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

/// Standard error, as it was when this was first called: whatever gets its number later is the program's own.
/// None if there was none.
pub(crate) fn standard_error() -> Option<&'static Journal> {
    static JOURNAL: OnceLock<Option<Journal>> = OnceLock::new();
    JOURNAL.get_or_init(|| Journal::of(&io::stderr()).ok()).as_ref()
}

impl Journal {
    /// Appends to a file, which is made if it is not there.
    pub(crate) fn append(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        // A pipe must not hold up the program, neither now nor when it is full.
        options.append(true).create(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
        Self::of(&options.open(path)?)
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

    /// Writes a line, to which its end is added, in one piece; waits no longer than a person would notice.
    pub(crate) fn write_line(&self, line: &str) {
        let lost = |count| format!("openws2: {count} lines lost: nobody took them\n");
        self.write(format!("{line}\n").as_bytes(), PATIENCE, lost);
    }

    /// Writes a line by one call; drops it where that cannot be done soon. `lost` words a line on lines that
    /// were.
    pub(crate) fn write(&self, line: &[u8], patience: Duration, lost: impl FnOnce(u32) -> String) {
        let _errno = KeptErrno::new();
        if self.dead.load(Ordering::Relaxed) {
            return;
        }
        if !identity(&self.to).is_ok_and(|now| now == self.identity) {
            self.dead.store(true, Ordering::Relaxed);
            return;
        }
        let before = self.lost.load(Ordering::Relaxed);
        if !self.has_room(if before > 0 { Duration::ZERO } else { patience }) {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        if before > 0 && self.lost.compare_exchange(before, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.put(lost(before).as_bytes());
            // It may have taken the room.
            if !self.has_room(Duration::ZERO) {
                self.lost.fetch_add(1, Ordering::Relaxed);
                return;
            }
        }
        self.put(line);
    }

    fn has_room(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut left = patience;
        loop {
            let mut entry = libc::pollfd { fd: self.to.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
            let milliseconds = libc::c_int::try_from(left.as_millis()).unwrap_or(libc::c_int::MAX);
            // SAFETY: a list of one.
            let found = unsafe { libc::poll(&raw mut entry, 1, milliseconds) };
            if found >= 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                return found > 0;
            }
            // A signal: not a word on whether there is room.
            left = until.saturating_duration_since(Instant::now());
        }
    }

    fn put(&self, line: &[u8]) {
        // SAFETY: the descriptor is open, and is not closed by this value.
        let mut file = ManuallyDrop::new(unsafe { File::from_raw_fd(self.to.as_raw_fd()) });
        loop {
            match without_signal(|| file.write(line)) {
                Ok(_) => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted && self.has_room(Duration::ZERO) => {
                }
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) =>
                {
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

/// The signals by which the host would end the program when nobody reads any more, and when a file may not grow.
const DEADLY: [libc::c_int; 2] = [libc::SIGPIPE, libc::SIGXFSZ];

/// Does `write` without the signals of [`DEADLY`].
fn without_signal<T>(write: impl FnOnce() -> T) -> T {
    // SAFETY: all-zero is a plain value of a set, which the host fills.
    let (mut deadly, mut before): (libc::sigset_t, libc::sigset_t) = unsafe { std::mem::zeroed() };
    // SAFETY: the sets are this function's own.
    unsafe {
        libc::sigemptyset(&raw mut deadly);
        for signal in DEADLY {
            libc::sigaddset(&raw mut deadly, signal);
        }
    }
    let were_pending = pending();
    // SAFETY: as above.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const deadly, &raw mut before) };
    let written = write();
    let are_pending = pending();
    for (place, signal) in DEADLY.into_iter().enumerate() {
        if are_pending[place] && !were_pending[place] {
            take(signal);
        }
    }
    // SAFETY: as above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut()) };
    written
}

/// Which of [`DEADLY`] are pending.
fn pending() -> [bool; 2] {
    // SAFETY: all-zero is a plain value of a set, which the host fills.
    let mut pending: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is this function's own.
    unsafe { libc::sigpending(&raw mut pending) };
    // SAFETY: as above.
    DEADLY.map(|signal| unsafe { libc::sigismember(&raw const pending, signal) == 1 })
}

/// Takes a signal that is pending, and blocked.
fn take(signal: libc::c_int) {
    // SAFETY: the set is this function's own. What is waited for is pending, so that the wait is none.
    unsafe {
        let mut only: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut only);
        libc::sigaddset(&raw mut only, signal);
        let mut taken = 0;
        libc::sigwait(&raw const only, &raw mut taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::thread::JoinHandleExt;
    use std::sync::Arc;
    use std::thread;

    fn pipe() -> (OwnedFd, OwnedFd) {
        let mut ends = [0; 2];
        // SAFETY: there is room for two descriptors, which are then ours alone.
        unsafe {
            assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
            (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1]))
        }
    }

    /// Fills it, so that nothing more goes in.
    fn fill(end: &OwnedFd) {
        let fd = end.as_raw_fd();
        // SAFETY: the descriptor is open, and the bytes are there.
        unsafe {
            let flags = libc::fcntl(fd, libc::F_GETFL);
            libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK);
            for size in [4096, 1] {
                while libc::write(fd, [b'.'; 4096].as_ptr().cast(), size) > 0 {}
            }
            libc::fcntl(fd, libc::F_SETFL, flags);
        }
    }

    #[test]
    fn signals_do_not_make_a_line_wait_for_a_pipe_that_is_full() {
        extern "C" fn nothing(_: libc::c_int) {}
        // SAFETY: the routine does nothing; all-zero is a plain value of the action.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = nothing as *const () as usize;
            action.sa_flags = libc::SA_RESTART;
            libc::sigaction(libc::SIGUSR2, &raw const action, std::ptr::null_mut());
        }
        let (read, write) = pipe();
        fill(&write);
        let journal = Arc::new(Journal::of(&write).unwrap());
        let writing = Arc::clone(&journal);
        let began = Instant::now();
        let writer = thread::spawn(move || {
            writing.write(b"no room\n", PATIENCE, |_| String::new());
            writing.write(b"no room\n", PATIENCE, |_| String::new());
        });
        while !writer.is_finished() && began.elapsed() < Duration::from_secs(20) {
            // SAFETY: the thread has not been joined.
            unsafe { libc::pthread_kill(writer.as_pthread_t(), libc::SIGUSR2) };
            thread::sleep(Duration::from_millis(20));
        }
        let in_time = writer.is_finished();
        // One that waits goes on now.
        drop(read);
        writer.join().unwrap();
        assert!(in_time);
        assert_eq!(journal.lost.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_line_for_which_nobody_may_wait_is_counted_at_once() {
        let (_read, write) = pipe();
        fill(&write);
        let journal = Journal::of(&write).unwrap();
        let began = Instant::now();
        journal.write(b"no room\n", Duration::ZERO, |_| String::new());
        assert!(began.elapsed() < PATIENCE);
        assert_eq!(journal.lost.load(Ordering::Relaxed), 1);
    }
}
