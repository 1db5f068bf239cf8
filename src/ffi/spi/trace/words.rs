//! The words by which a trace is asked for.

use std::error::Error;
use std::fmt;

/// What is traced: a set of these.
pub(super) type Categories = u32;

pub(super) const RECV: Categories = 1;
pub(super) const SEND: Categories = 1 << 1;
pub(super) const CONNECT: Categories = 1 << 2;
pub(super) const SOCKET: Categories = 1 << 3;
pub(super) const OPTIONS: Categories = 1 << 4;
pub(super) const IOCTL: Categories = 1 << 5;
pub(super) const EVENTS: Categories = 1 << 6;
pub(super) const OVERLAPPED: Categories = 1 << 7;
pub(super) const NAMES: Categories = 1 << 8;
pub(super) const ALL: Categories = (1 << 9) - 1;

const CATEGORIES: [(&str, Categories); 10] = [
    ("recv", RECV),
    ("send", SEND),
    ("connect", CONNECT),
    ("socket", SOCKET),
    ("options", OPTIONS),
    ("ioctl", IOCTL),
    ("events", EVENTS),
    ("overlapped", OVERLAPPED),
    ("names", NAMES),
    ("all", ALL),
];

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wishes {
    pub(super) categories: Categories,
    pub(super) json: bool,
    /// The first bytes of what is received and sent.
    pub(super) data: bool,
}

impl Wishes {
    /// Words with commas between them. Without a category everything is traced.
    pub(super) fn read(words: &str) -> Result<Self, UnknownWord> {
        let mut wishes = Self { categories: 0, json: false, data: false };
        for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match (word, CATEGORIES.iter().find(|(name, _)| *name == word)) {
                (_, Some((_, category))) => wishes.categories |= category,
                ("json", _) => wishes.json = true,
                ("data", _) => wishes.data = true,
                _ => return Err(UnknownWord(word.to_owned())),
            }
        }
        if wishes.categories == 0 {
            wishes.categories = ALL;
        }
        Ok(wishes)
    }
}

/// A word that no trace knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownWord(String);

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = CATEGORIES.map(|(name, _)| name).join(", ");
        write!(f, "{:?} is no word of a trace; there are {words}, json, data", self.0)
    }
}

impl Error for UnknownWord {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_strange_ones_are_named() {
        let read = |words| Wishes::read(words).unwrap();
        assert_eq!(read("recv, send"), Wishes { categories: RECV | SEND, json: false, data: false });
        assert_eq!(read("json"), Wishes { categories: ALL, json: true, data: false });
        assert_eq!(read("data,all").categories, ALL);
        let refused = Wishes::read("recv,receive").unwrap_err().to_string();
        assert!(refused.contains("\"receive\"") && refused.contains("overlapped"), "{refused}");
    }
}
