//! A memory fence that one thread pays for all: the others need none on their hot path.

/// Prepares the process for [`fence_all_threads`]; false where the host has no such call (Linux 4.14 has).
#[cfg(target_os = "linux")]
pub(crate) fn can_fence_all_threads() -> bool {
    // SAFETY: no memory is passed.
    unsafe { libc::syscall(libc::SYS_membarrier, libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0 }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn can_fence_all_threads() -> bool {
    false
}

/// Makes every running thread of the process pass a full fence before this returns.
#[cfg(target_os = "linux")]
pub(crate) fn fence_all_threads() {
    let ask = || {
        // SAFETY: no memory is passed.
        unsafe { libc::syscall(libc::SYS_membarrier, libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0 }
    };
    // A child after fork may have to say once more that it wants this.
    if !ask() && can_fence_all_threads() {
        ask();
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn fence_all_threads() {}
