//! Handles: raw, borrowed, owned, and as functions return them that say failure by a handle's value.
#![allow(unsafe_code)] // Calls Win32's functions by their C signatures; handles are pointers.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::null_mut;
use std::{error, fmt, io};

use crate::ffi::win32::handles::{CloseHandle, DuplicateHandle};
use crate::ffi::win32::threading::GetCurrentProcess;
use crate::windows::foundation::{DUPLICATE_SAME_ACCESS, FALSE, INVALID_HANDLE_VALUE};

/// A HANDLE as Rust's `std` on Windows has it.
pub type RawHandle = *mut c_void;

/// What has a HANDLE.
pub trait AsRawHandle {
    /// The HANDLE, which stays with its owner.
    fn as_raw_handle(&self) -> RawHandle;
}

/// What can be made of a HANDLE.
pub trait FromRawHandle {
    /// Makes it the HANDLE's owner.
    ///
    /// # Safety
    /// - The HANDLE is open, of a kind for this type, and nobody else owns it.
    unsafe fn from_raw_handle(handle: RawHandle) -> Self;
}

/// What can give its HANDLE away.
pub trait IntoRawHandle {
    /// The HANDLE, which is the caller's to close.
    fn into_raw_handle(self) -> RawHandle;
}

/// What has a HANDLE and can lend it.
pub trait AsHandle {
    /// The HANDLE, which stays with its owner for as long as this lives.
    fn as_handle(&self) -> BorrowedHandle<'_>;
}

/// A HANDLE that somebody else owns.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct BorrowedHandle<'handle> {
    raw: RawHandle,
    owner: PhantomData<&'handle OwnedHandle>,
}

/// A HANDLE that is closed with this, by CloseHandle.
#[repr(transparent)]
pub struct OwnedHandle {
    raw: RawHandle,
}

/// What a function returns that has NULL for a failure, such as CreateEvent.
#[derive(Debug)]
#[repr(transparent)]
pub struct HandleOrNull(RawHandle);

/// What a function returns that has INVALID_HANDLE_VALUE for a failure.
#[derive(Debug)]
#[repr(transparent)]
pub struct HandleOrInvalid(RawHandle);

/// A [`HandleOrNull`] was NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NullHandleError(());

/// A [`HandleOrInvalid`] was INVALID_HANDLE_VALUE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidHandleError(());

// A handle is a number, which every thread may use.
// SAFETY: nothing is reached through it.
unsafe impl Send for OwnedHandle {}
// SAFETY: as above.
unsafe impl Sync for OwnedHandle {}
// SAFETY: as above.
unsafe impl Send for BorrowedHandle<'_> {}
// SAFETY: as above.
unsafe impl Sync for BorrowedHandle<'_> {}
// SAFETY: as above.
unsafe impl Send for HandleOrNull {}
// SAFETY: as above.
unsafe impl Sync for HandleOrNull {}
// SAFETY: as above.
unsafe impl Send for HandleOrInvalid {}
// SAFETY: as above.
unsafe impl Sync for HandleOrInvalid {}

impl BorrowedHandle<'_> {
    /// Lends a HANDLE.
    ///
    /// # Safety
    /// - It is open for as long as this lives, or a value that needs not to be.
    #[inline]
    pub const unsafe fn borrow_raw(handle: RawHandle) -> Self {
        Self { raw: handle, owner: PhantomData }
    }

    /// Another HANDLE of the same object, by DuplicateHandle. NULL gives NULL.
    ///
    /// # Errors
    /// DuplicateHandle's.
    pub fn try_clone_to_owned(&self) -> io::Result<OwnedHandle> {
        let mut made = null_mut();
        if self.raw.is_null() {
            return Ok(OwnedHandle { raw: made });
        }
        // SAFETY: `made` is writable.
        let done = unsafe {
            let this = GetCurrentProcess();
            DuplicateHandle(this, self.raw, this, &mut made, 0, FALSE, DUPLICATE_SAME_ACCESS)
        };
        if done == FALSE { Err(io::Error::last_os_error()) } else { Ok(OwnedHandle { raw: made }) }
    }
}

impl OwnedHandle {
    /// Another HANDLE of the same object, by DuplicateHandle.
    ///
    /// # Errors
    /// DuplicateHandle's.
    pub fn try_clone(&self) -> io::Result<Self> {
        self.as_handle().try_clone_to_owned()
    }
}

impl AsRawHandle for BorrowedHandle<'_> {
    #[inline]
    fn as_raw_handle(&self) -> RawHandle {
        self.raw
    }
}

impl AsRawHandle for OwnedHandle {
    #[inline]
    fn as_raw_handle(&self) -> RawHandle {
        self.raw
    }
}

impl IntoRawHandle for OwnedHandle {
    #[inline]
    fn into_raw_handle(self) -> RawHandle {
        ManuallyDrop::new(self).raw
    }
}

impl FromRawHandle for OwnedHandle {
    #[inline]
    unsafe fn from_raw_handle(handle: RawHandle) -> Self {
        Self { raw: handle }
    }
}

impl AsHandle for BorrowedHandle<'_> {
    #[inline]
    fn as_handle(&self) -> BorrowedHandle<'_> {
        *self
    }
}

impl AsHandle for OwnedHandle {
    #[inline]
    fn as_handle(&self) -> BorrowedHandle<'_> {
        // SAFETY: it is open until `self` is dropped.
        unsafe { BorrowedHandle::borrow_raw(self.raw) }
    }
}

impl Drop for OwnedHandle {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: no memory is passed.
        unsafe { CloseHandle(self.raw) };
    }
}

impl HandleOrNull {
    /// Takes what a function has returned.
    ///
    /// # Safety
    /// - It is NULL, or open and nobody else's.
    #[inline]
    pub unsafe fn from_raw_handle(handle: RawHandle) -> Self {
        Self(handle)
    }
}

impl HandleOrInvalid {
    /// Takes what a function has returned.
    ///
    /// # Safety
    /// - It is INVALID_HANDLE_VALUE, or open and nobody else's.
    #[inline]
    pub unsafe fn from_raw_handle(handle: RawHandle) -> Self {
        Self(handle)
    }
}

macro_rules! or_failure {
    ($from:ident, $failure:path, $error:ident, $says:literal) => {
        impl TryFrom<$from> for OwnedHandle {
            type Error = $error;

            #[inline]
            fn try_from(returned: $from) -> Result<Self, $error> {
                let raw = ManuallyDrop::new(returned).0;
                if raw == $failure { Err($error(())) } else { Ok(Self { raw }) }
            }
        }

        impl Drop for $from {
            #[inline]
            fn drop(&mut self) {
                if self.0 != $failure {
                    // SAFETY: no memory is passed.
                    unsafe { CloseHandle(self.0) };
                }
            }
        }

        impl fmt::Display for $error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($says)
            }
        }

        impl error::Error for $error {}
    };
}

const NULL: RawHandle = null_mut();

or_failure!(HandleOrNull, NULL, NullHandleError, "the handle was NULL");
or_failure!(HandleOrInvalid, INVALID_HANDLE_VALUE, InvalidHandleError, "the handle was INVALID_HANDLE_VALUE");

impl fmt::Debug for BorrowedHandle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BorrowedHandle").field("handle", &self.raw).finish()
    }
}

impl fmt::Debug for OwnedHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedHandle").field("handle", &self.raw).finish()
    }
}
