//! Caller memory that a host call reads or writes: one buffer or many, never held past the call.

use libc::{c_void, iovec};

use super::memory;

/// The buffers of one call, in order.
///
/// The door that makes it promises that each buffer is the caller's to read or write until the call
/// returns, or until the operation that the call began has ended; whether it really is mapped is the host's to find out.
#[derive(Clone)]
pub(crate) struct Scatter {
    /// The only one, if there is just one.
    one: iovec,
    many: Option<Box<Many>>,
}

/// More than one buffer. Apart, because operations that wait mostly have one.
#[derive(Clone)]
struct Many {
    vectors: Vec<iovec>,
    total: usize,
}

// SAFETY: the buffers are named here, not owned; the maker's promise holds in every thread.
unsafe impl Send for Scatter {}

impl Scatter {
    /// One buffer of `len` bytes.
    pub(crate) fn one(buf: *mut u8, len: usize) -> Self {
        Self { one: iovec { iov_base: buf.cast::<c_void>(), iov_len: len }, many: None }
    }

    /// No buffer.
    pub(crate) fn none() -> Self {
        Self::one(std::ptr::null_mut(), 0)
    }

    /// Buffers in the order in which they are filled; empty ones are skipped.
    pub(crate) fn many(buffers: impl Iterator<Item = (*mut u8, usize)>) -> Self {
        let vectors: Vec<iovec> = buffers
            .filter(|&(_, len)| len > 0)
            .map(|(buf, len)| iovec { iov_base: buf.cast::<c_void>(), iov_len: len })
            .collect();
        match vectors[..] {
            [] => Self::none(),
            [one] => Self { one, many: None },
            [one, ..] => {
                let total = vectors.iter().map(|v| v.iov_len).sum();
                Self { one, many: Some(Box::new(Many { vectors, total })) }
            }
        }
    }

    /// How many bytes fit.
    pub(crate) fn total(&self) -> usize {
        self.many.as_ref().map_or(self.one.iov_len, |many| many.total)
    }

    /// The buffers as the host takes them.
    pub(super) fn vectors(&self) -> &[iovec] {
        match &self.many {
            None => std::slice::from_ref(&self.one),
            Some(many) => &many.vectors,
        }
    }

    /// The only buffer, if there is just one.
    pub(crate) fn as_one(&self) -> Option<(*mut u8, usize)> {
        self.single().map(|(buf, len)| (buf.cast::<u8>(), len))
    }

    /// The only buffer in the host's types, if there is just one.
    pub(super) fn single(&self) -> Option<(*mut c_void, usize)> {
        self.many.is_none().then_some((self.one.iov_base, self.one.iov_len))
    }

    /// Whether a buffer lies where nothing can be mapped, or wraps around the address space.
    pub(crate) fn is_unmappable(&self) -> bool {
        self.vectors().iter().any(|v| {
            let start = v.iov_base as usize;
            v.iov_len > 0 && (memory::is_unmappable(start) || start.checked_add(v.iov_len).is_none())
        })
    }

    /// Whether the buffers can be written, as far as one message goes.
    pub(crate) fn is_writable(&self) -> bool {
        const LONGEST_MESSAGE: usize = 1 << 16;
        self.are_all(LONGEST_MESSAGE, memory::is_writable)
    }

    /// Whether [`fill`](Self::fill) can write this many bytes.
    pub(crate) fn can_be_filled(&self, bytes: usize) -> bool {
        self.are_all(bytes, memory::is_writable)
    }

    /// Whether [`joined`](Self::joined) can read all bytes.
    pub(crate) fn can_be_joined(&self) -> bool {
        self.are_all(usize::MAX, memory::is_readable)
    }

    /// As [`can_be_joined`](Self::can_be_joined), for buffers that were used a while ago.
    pub(crate) fn can_still_be_joined(&self) -> bool {
        self.are_all(usize::MAX, memory::is_still_readable)
    }

    /// Whether the first `most` bytes are good.
    fn are_all(&self, most: usize, good: fn(usize, usize) -> bool) -> bool {
        let mut left = most;
        self.vectors().iter().all(|v| {
            let len = v.iov_len.min(left);
            left -= len;
            good(v.iov_base as usize, len)
        })
    }

    /// Drops the first `done` bytes: they were transferred.
    pub(crate) fn advance(&mut self, mut done: usize) {
        let Some(many) = &mut self.many else {
            self.one = skip(self.one, done);
            return;
        };
        many.total -= done;
        let whole = many.vectors.iter().take_while(|v| {
            let full = done >= v.iov_len;
            if full {
                done -= v.iov_len;
            }
            full
        });
        let whole = whole.count();
        many.vectors.drain(..whole);
        if let Some(first) = many.vectors.first_mut() {
            *first = skip(*first, done);
        }
        match many.vectors[..] {
            [] => *self = Self::none(),
            [one] => *self = Self { one, many: None },
            _ => {}
        }
    }

    /// The first `most` bytes of these buffers.
    pub(crate) fn limited(&self, most: usize) -> Self {
        let mut left = most;
        Self::many(self.vectors().iter().map_while(|v| {
            let len = v.iov_len.min(left);
            let wanted = left > 0;
            left -= len;
            wanted.then_some((v.iov_base.cast::<u8>(), len))
        }))
    }

    /// Copies `bytes` into the buffers, in order, as far as they go. Who calls it has asked
    /// [`can_be_filled`](Self::can_be_filled): here it is this process that writes, and not the host.
    pub(crate) fn fill(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        for v in self.vectors() {
            let n = rest.len().min(v.iov_len);
            // SAFETY: the maker of this value gave the buffer to be written for iov_len bytes.
            unsafe { std::ptr::copy_nonoverlapping(rest.as_ptr(), v.iov_base.cast::<u8>(), n) };
            rest = &rest[n..];
        }
    }

    /// The bytes of all buffers, joined. Who calls it has asked [`can_be_joined`](Self::can_be_joined).
    pub(crate) fn joined(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.total());
        for v in self.vectors().iter().filter(|v| v.iov_len > 0) {
            // SAFETY: the maker of this value gave the buffer to be read for iov_len bytes.
            bytes
                .extend_from_slice(unsafe { std::slice::from_raw_parts(v.iov_base.cast::<u8>(), v.iov_len) });
        }
        bytes
    }
}

fn skip(v: iovec, done: usize) -> iovec {
    iovec { iov_base: v.iov_base.cast::<u8>().wrapping_add(done).cast::<c_void>(), iov_len: v.iov_len - done }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(scatter: &Scatter) -> Vec<usize> {
        scatter.vectors().iter().map(|v| v.iov_len).collect()
    }

    #[test]
    fn bytes_fill_the_buffers_in_order_without_holes() {
        let (mut a, mut b) = ([0u8; 4], [0u8; 5]);
        let mut scatter =
            Scatter::many([(a.as_mut_ptr(), 4), (std::ptr::null_mut(), 0), (b.as_mut_ptr(), 5)].into_iter());
        assert_eq!(scatter.total(), 9);
        scatter.fill(b"abcdefg");
        assert_eq!((&a, &b), (b"abcd", b"efg\0\0"));
    }

    #[test]
    fn advancing_drops_whole_buffers_and_the_head_of_the_next() {
        let mut bytes = [0u8; 12];
        let base = bytes.as_mut_ptr();
        for done in 0..=12 {
            let mut scatter =
                Scatter::many([(base, 4), (base.wrapping_add(4), 3), (base.wrapping_add(7), 5)].into_iter());
            scatter.advance(done);
            assert_eq!(scatter.total(), 12 - done, "after {done}");
            assert_eq!(lengths(&scatter).iter().sum::<usize>(), 12 - done, "after {done}");
        }
    }

    #[test]
    fn null_with_a_length_is_unmappable_and_null_without_is_not() {
        assert!(Scatter::one(std::ptr::null_mut(), 1).is_unmappable());
        assert!(Scatter::one(usize::MAX as *mut u8, 8).is_unmappable());
        assert!(!Scatter::one(std::ptr::null_mut(), 0).is_unmappable());
    }
}
