//! The thread's errno: kept from what the library does for itself, and left as who reads it expects.
#![allow(unsafe_code)] // The place of errno is the host's.

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

/// Leaves a number for who reads errno after a call that has failed.
pub(crate) fn leave_errno(number: i32) {
    // SAFETY: the thread's own.
    unsafe { *errno_place() = number };
}
