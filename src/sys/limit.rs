//! How many descriptors the process may have.

/// Raises the soft limit to the hard one, as far as this library has use for it. A host that refuses keeps what
/// it had.
pub(crate) fn raise_descriptor_limit() {
    /// macOS takes no more than this from a process that asks for all.
    #[cfg(target_os = "macos")]
    const MOST: libc::rlim_t = 10240;
    #[cfg(not(target_os = "macos"))]
    const MOST: libc::rlim_t = 1 << 16;
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is written.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return;
    }
    let wanted = limit.rlim_max.min(MOST);
    if limit.rlim_cur < wanted {
        limit.rlim_cur = wanted;
        // SAFETY: `limit` is read.
        unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
    }
}
