//! How lstrcmp and lstrcmpi order strings.

use std::cmp::Ordering;

/// Compares without regard to case.
pub(crate) fn ignoring_case(one: &str, other: &str) -> Ordering {
    one.chars().flat_map(char::to_lowercase).cmp(other.chars().flat_map(char::to_lowercase))
}

/// Compares as a dictionary does: letters first, and small before capital where only case differs.
pub(crate) fn with_case(one: &str, other: &str) -> Ordering {
    // Among the two cases of one letter the capital has the smaller number, hence the reversal.
    ignoring_case(one, other).then_with(|| other.cmp(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_decide_before_case_does() {
        assert_eq!(ignoring_case("ÄbC", "äBc"), Ordering::Equal);
        assert_eq!(with_case("a", "B"), Ordering::Less);
        assert_eq!(with_case("A", "b"), Ordering::Less);
        assert_eq!(with_case("a", "A"), Ordering::Less);
        assert_eq!(with_case("abc", "abc"), Ordering::Equal);
        assert_eq!(with_case("abc", "ab"), Ordering::Greater);
    }
}
