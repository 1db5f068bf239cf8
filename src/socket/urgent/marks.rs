//! Where urgent bytes that were taken already lie in the host's stream: pure bookkeeping.
//!
//! The host leaves an urgent byte where it is in the stream. Reading passes over it as long as it is the
//! latest one; once another comes, or SO_OOBINLINE is on, the host hands the earlier one out like any other
//! byte. So places are counted from the stream's beginning, and what the host would do with a byte is asked
//! when it is next.

use std::collections::VecDeque;

/// The bytes of one stream that must not be received a second time.
#[derive(Default, Debug)]
pub(crate) struct Marks {
    /// Nearest first.
    taken: VecDeque<u64>,
}

impl Marks {
    /// An urgent byte was taken that lies here.
    pub(crate) fn take(&mut self, place: u64) {
        self.taken.push_back(place);
    }

    /// The stream has been read up to here, by the host's own account.
    pub(crate) fn reached(&mut self, place: u64) {
        while self.taken.front().is_some_and(|&taken| taken < place) {
            self.taken.pop_front();
        }
    }

    /// Whether the byte here was taken.
    pub(crate) fn is_taken(&self, place: u64) -> bool {
        self.taken.front() == Some(&place)
    }

    /// How many bytes can be received from here without meeting one that was taken, of so many.
    pub(crate) fn free(&self, place: u64, waiting: u64) -> u64 {
        let ahead = self.taken.iter().find(|&&taken| taken >= place);
        ahead.map_or(waiting, |&taken| waiting.min(taken - place))
    }

    /// How many bytes of the host's stream will not be received.
    pub(crate) fn hidden(&self) -> usize {
        self.taken.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_stops_a_receive_in_front_of_it_and_is_forgotten_behind_it() {
        let mut marks = Marks::default();
        marks.take(5);
        assert_eq!(marks.free(0, 9), 5);
        assert_eq!(marks.free(2, 9), 3);
        assert_eq!(marks.free(2, 1), 1, "no more than there is");
        assert!(!marks.is_taken(4) && marks.is_taken(5));
        marks.reached(5);
        assert_eq!((marks.free(5, 3), marks.hidden()), (0, 1), "it is next");
        assert_eq!(marks.free(6, 3), 3, "the host passes over it");
        marks.reached(6);
        assert!(marks.is_empty());
        assert_eq!(marks.free(6, 3), 3);
    }

    #[test]
    fn each_of_several_bytes_stops_a_receive() {
        let mut marks = Marks::default();
        marks.take(5);
        marks.take(6);
        marks.take(9);
        assert_eq!((marks.free(0, 20), marks.hidden()), (5, 3));
        marks.reached(6);
        assert!(marks.is_taken(6));
        marks.reached(7);
        assert_eq!((marks.free(7, 20), marks.hidden()), (2, 1));
    }
}
