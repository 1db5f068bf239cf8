//! Threads of the library's own: they take no signals that are the program's.

/// Starts a thread that blocks every signal.
pub(crate) fn start_service_thread(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    // SAFETY: all-zero is a plain value of it; sigfillset makes it the set of all signals.
    let mut all: libc::sigset_t = unsafe { std::mem::zeroed() };
    let mut before = all;
    // SAFETY: both sets are this function's own.
    unsafe {
        libc::sigfillset(&raw mut all);
        // The new thread inherits the mask, so that no signal can come before it has one.
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
    }
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    // SAFETY: the set was filled above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut()) };
    started.map(drop)
}
