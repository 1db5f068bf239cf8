//! A provider's procedure tables, one for each width that wide characters have.
//!
//! WCHAR has 16 bits on Windows; in C it is the host's `wchar_t`, which has 32 unless a program is compiled
//! otherwise. Providers of this library speak to both; one that is written in C speaks to its own kind.

use crate::windows::spi::WSPPROC_TABLE;

/// How wide WCHAR is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Width {
    /// 16 bits.
    Two,
    /// 32 bits.
    Four,
}

impl Width {
    /// Of the entries for wide characters, or of those for 16-bit ones.
    pub(super) fn of(wide: bool) -> Self {
        if wide { Self::Four } else { Self::Two }
    }

    /// Of units of `T`.
    pub(super) fn of_unit<T>() -> Self {
        Self::of(size_of::<T>() == 4)
    }

    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }
}

/// The tables of a provider; there is at least one.
#[derive(Clone)]
pub(crate) struct Tables {
    own: (Width, WSPPROC_TABLE),
    other: Option<WSPPROC_TABLE>,
}

impl Tables {
    /// Of a provider that speaks one width only.
    pub(super) fn one(width: Width, table: WSPPROC_TABLE) -> Self {
        Self { own: (width, table), other: None }
    }

    /// Of a provider that speaks both.
    pub(super) fn both(two: WSPPROC_TABLE, four: WSPPROC_TABLE) -> Self {
        Self { own: (Width::Two, two), other: Some(four) }
    }

    /// Keeps the widths that `below` has, too: what a layer passes on must be understood there.
    pub(super) fn limited_by(self, below: &Self) -> Self {
        match below.other {
            Some(_) => self,
            None => Self::one(below.own.0, *self.of(below.own.0)),
        }
    }

    /// This width, or the one that there is.
    pub(super) fn width_near(&self, preferred: Width) -> Width {
        if self.other.is_some() { preferred } else { self.own.0 }
    }

    /// The table for this width, if there is one.
    pub(super) fn exactly(&self, width: Width) -> Option<&WSPPROC_TABLE> {
        (self.width_near(width) == width).then(|| self.of(width))
    }

    pub(super) fn of(&self, width: Width) -> &WSPPROC_TABLE {
        match &self.other {
            Some(other) if width != self.own.0 => other,
            _ => &self.own.1,
        }
    }
}
