//! Where urgent bytes that were taken already lie in the host's stream: pure bookkeeping.
//!
//! The host leaves an urgent byte where it is in the stream. Reading passes over it as long as it is the
//! latest one; once another comes, the host hands the earlier one out like any other byte. All distances
//! are counted from the place up to which the stream has been read.

use std::collections::VecDeque;

/// The bytes of one stream that must not be received a second time.
#[derive(Default, Debug)]
pub(crate) struct Marks {
    /// The latest urgent byte, which was taken: the host passes over it.
    latest: Option<usize>,
    /// Earlier ones that the host will hand out as ordinary bytes; nearest first.
    ghosts: VecDeque<usize>,
}

impl Marks {
    /// An urgent byte was taken that lies `ahead` bytes on.
    pub(crate) fn taken(&mut self, ahead: usize) {
        // The one before it, unless the stream has been read up to it: then the host has stepped over it.
        if let Some(before) = self.latest.filter(|&before| before > 0) {
            self.ghosts.push_back(before);
        }
        self.latest = Some(ahead);
    }

    /// SO_OOBINLINE is on: the host passes over nothing any more.
    pub(crate) fn in_line(&mut self) {
        self.ghosts.extend(self.latest.take());
    }

    /// How many bytes can be received now without meeting a byte that was taken; None is any number.
    pub(crate) fn limit(&self) -> Option<usize> {
        let mark = self.latest.filter(|&ahead| ahead > 0);
        self.ghosts.front().copied().into_iter().chain(mark).min()
    }

    /// Bytes were received. True when the stream has now been read up to the latest urgent byte: whether
    /// it still is the latest must be asked then.
    pub(crate) fn passed(&mut self, bytes: usize) -> bool {
        for ghost in &mut self.ghosts {
            *ghost = ghost.saturating_sub(bytes);
        }
        match self.latest {
            Some(0) if bytes > 0 => self.latest = None,
            Some(ahead) => self.latest = Some(ahead.saturating_sub(bytes)),
            None => {}
        }
        bytes > 0 && self.latest == Some(0)
    }

    /// Another urgent byte has come before the latest one was reached: that is next, as an ordinary byte.
    pub(crate) fn moved(&mut self) {
        if self.latest.take().is_some() {
            self.ghosts.push_front(0);
        }
    }

    /// Whether the next byte of the stream is one that was taken.
    pub(crate) fn ghost_is_next(&self) -> bool {
        self.ghosts.front() == Some(&0)
    }

    /// The next byte was dropped.
    pub(crate) fn dropped(&mut self) {
        self.ghosts.pop_front();
        for ghost in &mut self.ghosts {
            *ghost = ghost.saturating_sub(1);
        }
        self.latest = self.latest.map(|ahead| ahead.saturating_sub(1));
    }

    /// Whether the latest urgent byte lies ahead, so that the host counts bytes up to it only.
    pub(crate) fn is_ahead(&self) -> bool {
        self.latest.is_some()
    }

    /// How many bytes of the host's stream will not be received.
    pub(crate) fn hidden(&self) -> usize {
        self.ghosts.len() + usize::from(self.latest.is_some())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.hidden() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_byte_stops_a_receive_in_front_of_it_and_is_passed_over() {
        let mut marks = Marks::default();
        marks.taken(5);
        assert_eq!(marks.limit(), Some(5));
        assert!(!marks.passed(3));
        assert_eq!(marks.limit(), Some(2));
        assert!(marks.passed(2), "at the mark");
        assert_eq!(marks.limit(), None, "the host passes over it");
        assert!(!marks.passed(4));
        assert!(marks.is_empty());
    }

    #[test]
    fn an_earlier_byte_becomes_a_ghost_that_is_dropped_in_its_place() {
        let mut marks = Marks::default();
        marks.taken(5);
        // The host counts the first one as ordinary now: 5 bytes and itself.
        marks.taken(6);
        assert_eq!((marks.limit(), marks.hidden()), (Some(5), 2));
        assert!(!marks.passed(5));
        assert!(marks.ghost_is_next());
        marks.dropped();
        assert_eq!((marks.limit(), marks.hidden()), (None, 1), "at the second mark");
    }

    #[test]
    fn a_byte_that_was_reached_leaves_no_ghost() {
        let mut marks = Marks::default();
        marks.taken(0);
        marks.taken(0);
        assert!(!marks.ghost_is_next());
        assert_eq!(marks.hidden(), 1);
    }

    #[test]
    fn a_mark_that_moves_while_it_is_reached_leaves_a_ghost_next() {
        let mut marks = Marks::default();
        marks.taken(2);
        assert!(marks.passed(2));
        marks.moved();
        assert!(marks.ghost_is_next());
        marks.taken(4);
        marks.dropped();
        assert_eq!(marks.limit(), Some(3));
    }

    #[test]
    fn in_line_every_taken_byte_is_a_ghost() {
        let mut marks = Marks::default();
        marks.taken(2);
        marks.in_line();
        assert_eq!((marks.limit(), marks.is_ahead()), (Some(2), false));
        assert!(!marks.passed(2));
        assert!(marks.ghost_is_next());
        marks.dropped();
        assert!(marks.is_empty());
    }
}
