//! Whether memory of the caller's can be read or written, found out without touching it.
//!
//! A pointer that is no good must be an error code, not a crash, and must be found out before a message
//! is taken for it: the hosts take a datagram off the queue before they find that it cannot be stored.
//! Where the host has a call that asks for pages (Linux 5.14), each thread asks once for the pages that
//! it uses and remembers them; memory that the program takes away later is found out no more. Elsewhere
//! only addresses at which nothing can be mapped are refused.

use std::cell::{Cell, OnceCell};
use std::sync::OnceLock;

/// Below this address no host maps anything. Programs pass NULL, and tests of theirs pass 1 (F251, F282).
const FIRST_MAPPABLE: usize = 0x1000;

/// How many stretches of memory a thread remembers for each use.
const REMEMBERED: usize = 64;

/// The smallest page there is: a finer grain than the host's costs nothing but room.
const GRAIN: usize = 4096;

/// Pages from a first to a last address.
type Stretches = [Cell<(usize, usize)>; REMEMBERED];

thread_local! {
    static READABLE: Stretches = const { [const { Cell::new((0, 0)) }; REMEMBERED] };
    static WRITABLE: Stretches = const { [const { Cell::new((0, 0)) }; REMEMBERED] };
}

/// Whether `len` bytes can be read.
#[inline]
pub(crate) fn is_readable(start: usize, len: usize) -> bool {
    READABLE.with(|known| is_good(known, start, len, Use::Read))
}

/// Whether `len` bytes can be read now, for memory that was in use before: what was remembered of it may be true
/// no more, and the program may take it away next.
pub(crate) fn is_still_readable(start: usize, len: usize) -> bool {
    len == 0 || span(start, len).is_some_and(|(first, end)| ask(first, end - first, Use::Read))
}

/// Whether `len` bytes can be written.
#[inline]
pub(crate) fn is_writable(start: usize, len: usize) -> bool {
    WRITABLE.with(|known| is_good(known, start, len, Use::Write))
}

/// Whether this thread knows already that `len` bytes can be written.
#[inline(always)]
pub(crate) fn is_known_writable(start: usize, len: usize) -> bool {
    WRITABLE.with(|known| is_known(known, start, len))
}

/// Whether nothing can be at this address.
#[inline(always)]
pub(crate) fn is_unmappable(start: usize) -> bool {
    start < FIRST_MAPPABLE
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
}

#[inline(always)]
fn is_known(known: &Stretches, start: usize, len: usize) -> bool {
    let (from, to) = known[(start / GRAIN) % REMEMBERED].get();
    from <= start && start.checked_add(len).is_some_and(|end| end <= to)
}

#[inline(always)]
fn is_good(known: &Stretches, start: usize, len: usize, purpose: Use) -> bool {
    len == 0 || is_known(known, start, len) || find_out(known, start, len, purpose)
}

#[cold]
fn find_out(known: &Stretches, start: usize, len: usize, purpose: Use) -> bool {
    let page = page_size();
    let Some((first, end)) = span(start, len) else { return false };
    let good = are_remembered(first, end, page, purpose) || ask(first, end - first, purpose);
    if good {
        remember(first, end, page, purpose);
        known[(start / GRAIN) % REMEMBERED].set((first, end));
    }
    good
}

/// The pages that these bytes lie in; None if nothing can be there.
fn span(start: usize, len: usize) -> Option<(usize, usize)> {
    let page = page_size();
    let end = start.checked_add(len)?.checked_next_multiple_of(page)?;
    (!is_unmappable(start)).then_some((start & !(page - 1), end))
}

/// The numbers of pages that are good, each at the place of its lowest bits: what a thread uses beyond its
/// stretches. A server's connections have more memory than those.
struct Pages(Box<[Cell<usize>]>);

impl Pages {
    const COUNT: usize = 4096;

    fn new() -> Self {
        Self(std::iter::repeat_with(|| Cell::new(0)).take(Self::COUNT).collect())
    }

    fn place(&self, number: usize) -> &Cell<usize> {
        &self.0[number % Self::COUNT]
    }
}

thread_local! {
    static READABLE_PAGES: OnceCell<Pages> = const { OnceCell::new() };
    static WRITABLE_PAGES: OnceCell<Pages> = const { OnceCell::new() };
}

/// Works with the thread's pages; at the very end of a thread there are none.
fn with_pages<T>(purpose: Use, work: impl FnOnce(&Pages) -> T) -> Option<T> {
    let pages = match purpose {
        Use::Read => &READABLE_PAGES,
        Use::Write => &WRITABLE_PAGES,
    };
    pages.try_with(|pages| work(pages.get_or_init(Pages::new))).ok()
}

fn are_remembered(first: usize, end: usize, page: usize, purpose: Use) -> bool {
    let all = |pages: &Pages| (first / page..end / page).all(|number| pages.place(number).get() == number);
    with_pages(purpose, all).unwrap_or(false)
}

fn remember(first: usize, end: usize, page: usize, purpose: Use) {
    let numbers = (first / page..end / page).take(Pages::COUNT);
    let _ = with_pages(purpose, |pages| numbers.for_each(|number| pages.place(number).set(number)));
}

fn page_size() -> usize {
    static PAGE: OnceLock<usize> = OnceLock::new();
    // SAFETY: no memory is passed.
    *PAGE.get_or_init(|| usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(GRAIN))
}

/// Asks for the pages. Nobody can be asked on an older host: then the answer is yes.
#[cfg(target_os = "linux")]
fn ask(first: usize, len: usize, purpose: Use) -> bool {
    let advice = match purpose {
        Use::Read => libc::MADV_POPULATE_READ,
        Use::Write => libc::MADV_POPULATE_WRITE,
    };
    let populate = |first: usize, len: usize| {
        // SAFETY: populating changes no contents, whatever the range is.
        unsafe { libc::madvise(first as *mut libc::c_void, len, advice) == 0 }
    };
    if populate(first, len) {
        return true;
    }
    // A page of this thread's own stack is good for everything: the host that refuses it has no such call.
    static ANSWERS: OnceLock<bool> = OnceLock::new();
    let here = 0u8;
    let stack = std::ptr::from_ref(&here) as usize & !(page_size() - 1);
    !*ANSWERS.get_or_init(|| populate(stack, page_size()))
}

#[cfg(not(target_os = "linux"))]
fn ask(_: usize, _: usize, _: Use) -> bool {
    true
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Pages with these rights, unmapped at the end.
    struct Mapped(usize, usize);

    impl Mapped {
        fn new(rights: i32) -> Self {
            let len = 2 * page_size();
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            // SAFETY: a fresh anonymous mapping.
            let start = unsafe { libc::mmap(std::ptr::null_mut(), len, rights, flags, -1, 0) };
            assert_ne!(start, libc::MAP_FAILED);
            Self(start as usize, len)
        }
    }

    impl Drop for Mapped {
        fn drop(&mut self) {
            // SAFETY: the mapping that `new` made.
            unsafe { libc::munmap(self.0 as *mut libc::c_void, self.1) };
        }
    }

    #[test]
    fn rights_are_found_out() {
        let (none, read, both) = (
            Mapped::new(libc::PROT_NONE),
            Mapped::new(libc::PROT_READ),
            Mapped::new(libc::PROT_READ | libc::PROT_WRITE),
        );
        assert_eq!((is_readable(none.0, 1), is_writable(none.0, 1)), (false, false));
        assert_eq!((is_readable(read.0, read.1), is_writable(read.0, 1)), (true, false));
        assert_eq!((is_readable(both.0, both.1), is_writable(both.0, both.1)), (true, true));
        assert!(!is_writable(both.0, both.1 + page_size() * 1024), "far behind the end");
    }

    #[test]
    fn what_was_in_use_is_asked_for_anew_and_not_remembered() {
        let pages = Mapped::new(libc::PROT_READ | libc::PROT_WRITE);
        let protect = |rights| {
            // SAFETY: pages of this test's own.
            assert_eq!(unsafe { libc::mprotect(pages.0 as *mut libc::c_void, pages.1, rights) }, 0);
        };
        assert!(is_still_readable(pages.0, pages.1));
        protect(libc::PROT_NONE);
        assert!(!is_still_readable(pages.0, 1) && !is_readable(pages.0, 1));
        assert!(!is_still_readable(0, 1) && is_still_readable(0, 0));
    }

    #[test]
    fn addresses_that_nothing_can_have_are_refused() {
        assert!(!is_readable(0, 1) && !is_readable(1, 1) && !is_writable(usize::MAX - 2, 2));
        assert!(!is_writable(usize::MAX, 8) && is_writable(0, 0));
    }
}
