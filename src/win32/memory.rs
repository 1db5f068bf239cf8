//! Memory blocks that know their size, on the host's allocator. There is one heap, the process heap.
#![allow(unsafe_code)] // allocates and frees

use core::ffi::c_void;
use std::ptr;

/// In front of each block; as large as the alignment that blocks have.
#[repr(C, align(16))]
struct Header {
    size: usize,
}

const HEADER: usize = size_of::<Header>();

/// A block of `size` bytes, or null.
pub(crate) fn allocate(size: usize, zeroed: bool) -> *mut c_void {
    let Some(whole) = size.checked_add(HEADER) else { return ptr::null_mut() };
    // SAFETY: any size is allowed.
    let start = unsafe { if zeroed { libc::calloc(1, whole) } else { libc::malloc(whole) } };
    // SAFETY: fresh from the allocator, or null.
    unsafe { dress(start.cast(), size) }
}

/// Writes the header and gives the block behind it.
///
/// # Safety
/// `start` is null or points to `HEADER + size` bytes from the allocator, which aligns as `Header` needs.
unsafe fn dress(start: *mut Header, size: usize) -> *mut c_void {
    if start.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: there is room for it.
    unsafe { start.write(Header { size }) };
    // SAFETY: the block begins behind the header, inside the allocation.
    unsafe { start.add(1) }.cast()
}

/// The size of a block.
///
/// # Safety
/// `block` comes from `allocate` or `resize` and was not freed.
pub(crate) unsafe fn size(block: *const c_void) -> usize {
    // SAFETY: the header is in front of the block.
    unsafe { block.cast::<Header>().sub(1).read() }.size
}

/// The block with another size, perhaps elsewhere; null leaves it as it is. New bytes are zero if asked for.
///
/// # Safety
/// `block` comes from `allocate` or `resize` and was not freed.
pub(crate) unsafe fn resize(
    block: *mut c_void,
    new_size: usize,
    zeroed: bool,
    may_move: bool,
) -> *mut c_void {
    // SAFETY: as the caller vouches.
    let old_size = unsafe { size(block) };
    // SAFETY: the header is in front of the block.
    let start = unsafe { block.cast::<Header>().sub(1) };
    if !may_move {
        if new_size > old_size {
            return ptr::null_mut();
        }
        // SAFETY: the block has room for fewer bytes.
        return unsafe { dress(start, new_size) };
    }
    let Some(whole) = new_size.checked_add(HEADER) else { return ptr::null_mut() };
    // SAFETY: `start` is what the allocator gave.
    let block = unsafe { dress(libc::realloc(start.cast(), whole).cast(), new_size) };
    if zeroed && new_size > old_size && !block.is_null() {
        // SAFETY: the bytes between the two sizes are the block's.
        unsafe { block.cast::<u8>().add(old_size).write_bytes(0, new_size - old_size) };
    }
    block
}

/// Frees a block; null is nothing.
///
/// # Safety
/// `block` is null, or comes from `allocate` or `resize` and was not freed.
pub(crate) unsafe fn free(block: *mut c_void) {
    if !block.is_null() {
        // SAFETY: the header is where the allocation starts.
        unsafe { libc::free(block.cast::<Header>().sub(1).cast()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(block: *mut c_void) -> &'static mut [u8] {
        // SAFETY: the block is alive until the test frees it.
        unsafe { std::slice::from_raw_parts_mut(block.cast(), size(block)) }
    }

    #[test]
    fn a_block_has_its_size_its_alignment_and_its_zeros() {
        for wanted in [0, 1, 15, 16, 17, 5000] {
            let block = allocate(wanted, true);
            assert_eq!(block as usize % 16, 0);
            assert_eq!(bytes(block), vec![0; wanted]);
            // SAFETY: allocated above.
            unsafe { free(block) };
        }
        assert!(allocate(usize::MAX, false).is_null());
    }

    #[test]
    fn a_resized_block_keeps_its_bytes() {
        let block = allocate(3, false);
        bytes(block).copy_from_slice(b"abc");
        // SAFETY: allocated above, and replaced by each answer that is not null.
        unsafe {
            assert!(resize(block, 4, false, false).is_null());
            assert_eq!(resize(block, 2, false, false), block);
            let block = resize(block, 2000, true, true);
            assert_eq!(bytes(block)[..2], *b"ab");
            assert_eq!(bytes(block)[2..], [0; 1998]);
            assert!(resize(block, usize::MAX, false, true).is_null());
            free(block);
            free(ptr::null_mut());
        }
    }
}
