//! Whether the process may heed what its caller says by the environment.

/// Whether the process runs with rights that its caller does not have.
#[cfg(target_os = "linux")]
pub(crate) fn has_others_rights() -> bool {
    // SAFETY: it only looks a number up.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Whether the process runs with rights that its caller does not have.
#[cfg(not(target_os = "linux"))]
pub(crate) fn has_others_rights() -> bool {
    // SAFETY: they only tell numbers.
    unsafe { libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid() }
}
