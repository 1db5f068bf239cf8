//! Reads a C `va_list` of integers and pointers, which stable Rust has no type for.
//!
//! Where the ABI passes some arguments in registers, a va_list is a small record of where those were saved;
//! elsewhere it is a pointer that walks over the stack.
#![allow(unsafe_code)] // reads the caller's argument list

/// The registers that are left, and the stack behind them (System V, x86-64).
#[cfg(target_arch = "x86_64")]
#[repr(C)]
pub(super) struct VaList {
    integers: u32,
    floats: u32,
    stack: *const usize,
    saved: *const u8,
}

#[cfg(target_arch = "x86_64")]
impl VaList {
    /// The next argument.
    ///
    /// # Safety
    /// There is one, an integer or a pointer.
    pub(super) unsafe fn next(&mut self) -> usize {
        const SAVED_INTEGERS: u32 = 6 * 8;
        if self.integers < SAVED_INTEGERS {
            // SAFETY: the register was saved at this place.
            let value = unsafe { self.saved.add(self.integers as usize).cast::<usize>().read_unaligned() };
            self.integers += 8;
            return value;
        }
        // SAFETY: the argument is on the stack.
        let value = unsafe { self.stack.read_unaligned() };
        // SAFETY: as above.
        self.stack = unsafe { self.stack.add(1) };
        value
    }
}

/// The registers that are left, and the stack behind them (AAPCS64).
#[cfg(all(target_arch = "aarch64", not(target_vendor = "apple")))]
#[repr(C)]
pub(super) struct VaList {
    stack: *const usize,
    integers_end: *const u8,
    floats_end: *const u8,
    integers: i32,
    floats: i32,
}

#[cfg(all(target_arch = "aarch64", not(target_vendor = "apple")))]
impl VaList {
    /// The next argument.
    ///
    /// # Safety
    /// There is one, an integer or a pointer.
    pub(super) unsafe fn next(&mut self) -> usize {
        if self.integers < 0 {
            // SAFETY: the register was saved so far before the end.
            let value =
                unsafe { self.integers_end.offset(self.integers as isize).cast::<usize>().read_unaligned() };
            self.integers += 8;
            return value;
        }
        // SAFETY: the argument is on the stack.
        let value = unsafe { self.stack.read_unaligned() };
        // SAFETY: as above.
        self.stack = unsafe { self.stack.add(1) };
        value
    }
}

/// The next argument on the stack.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", not(target_vendor = "apple")))))]
#[repr(transparent)]
pub(super) struct VaList(*const usize);

#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", not(target_vendor = "apple")))))]
impl VaList {
    /// The next argument.
    ///
    /// # Safety
    /// There is one, an integer or a pointer.
    pub(super) unsafe fn next(&mut self) -> usize {
        // SAFETY: the argument is on the stack.
        let value = unsafe { self.0.read_unaligned() };
        // SAFETY: as above.
        self.0 = unsafe { self.0.add(1) };
        value
    }
}
