//! Reads the conditions of conditional compilation in a crate's source as they are on Windows, whatever the host: rustc
//! knows no way to take the word `unix` from one crate. Nothing but words of conditions is changed.

/// One word of a condition, and what stands for it: `all()` for what holds on Windows, `any()` for what does not.
#[derive(Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where in the original.
    pub at: usize,
    pub word: String,
    pub holds: bool,
}

impl Edit {
    fn text(&self) -> &'static str {
        if self.holds { "all()" } else { "any()" }
    }
}

/// The source as on Windows, and every change that was made. `absent` are words that the crate's build script gives to
/// other hosts.
pub fn on_windows(source: &str, absent: &[&str]) -> (String, Vec<Edit>) {
    let mut edits = Vec::new();
    for (start, end) in conditions(source) {
        words(source, start, end, absent, &mut edits);
    }
    let (mut made, mut from) = (String::new(), 0);
    for edit in &edits {
        made.push_str(&source[from..edit.at]);
        made.push_str(edit.text());
        from = edit.at + edit.word.len();
    }
    made.push_str(&source[from..]);
    (made, edits)
}

/// The original again: proof that nothing else was changed.
pub fn undone(made: &str, edits: &[Edit]) -> String {
    let (mut original, mut from) = (String::new(), 0);
    for edit in edits {
        let unchanged = edit.at - original.len();
        original.push_str(&made[from..from + unchanged]);
        assert!(made[from + unchanged..].starts_with(edit.text()));
        original.push_str(&edit.word);
        from += unchanged + edit.text().len();
    }
    original + &made[from..]
}

/// Where conditions stand: in `cfg(…)`, `cfg!(…)`, and up to the first comma of `cfg_attr(…)`.
fn conditions(source: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in source.match_indices("cfg") {
        let line = source[..at].rfind('\n').map_or(0, |end| end + 1);
        let before = &source[line..at];
        let is_word = before.chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let is_code = !before.trim_start().starts_with("//") && !before.ends_with("doc(");
        let rest = &source[at + "cfg".len()..];
        let Some((kind, open)) = ["(", "!(", "_attr("]
            .iter()
            .find_map(|kind| rest.starts_with(kind).then_some((*kind, at + "cfg".len() + kind.len())))
        else {
            continue;
        };
        if is_word && is_code {
            found.push((open, end(source, open, kind == "_attr(")));
        }
    }
    found
}

/// Where the condition that begins here ends.
fn end(source: &str, open: usize, at_comma: bool) -> usize {
    let mut depth = 0;
    for (at, c) in source[open..].char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return open + at,
            ')' => depth -= 1,
            ',' if depth == 0 && at_comma => return open + at,
            _ => {}
        }
    }
    panic!("a condition without an end: {}", &source[open..open + 40]);
}

fn words(source: &str, start: usize, end: usize, absent: &[&str], edits: &mut Vec<Edit>) {
    let mut at = start;
    while at < end {
        let rest = &source[at..end];
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if length == 0 {
            // A string is part of the word before it, and skipped if that has none.
            at += rest.strip_prefix('"').map_or(1, |string| string.find('"').unwrap() + 2);
            continue;
        }
        let name = &rest[..length];
        let value = rest[length..].strip_prefix(" = \"").and_then(|value| value.split('"').next());
        let whole = length + value.map_or(0, |value| value.len() + " = \"\"".len());
        let holds = match (name, value) {
            ("windows", None) | ("target_os" | "target_family", Some("windows")) => Some(true),
            ("unix", None) | ("target_os", Some(_)) | ("target_family", Some("unix")) => Some(false),
            ("target_vendor", Some("apple")) => Some(false),
            (name, None) if absent.contains(&name) => Some(false),
            _ => None,
        };
        if let Some(holds) = holds {
            edits.push(Edit { at, word: rest[..whole].to_owned(), holds });
        }
        at += whole;
    }
}

#[test]
fn words_of_conditions_are_read_as_on_windows_and_nothing_else_is() {
    let source = r#"//! cfg(unix)
#[cfg(any(unix, all(windows, feature = "unix")))]
#[cfg_attr(not(target_os = "linux"), path = "unix.rs")]
#[cfg(any(
    target_os = "windows",
    apple,
))]
let unix = cfg!(target_family = "unix") || my_cfg(unix) || cfg!(debug_assertions);
"#;
    let (made, edits) = on_windows(source, &["apple"]);
    let expected = r#"//! cfg(unix)
#[cfg(any(any(), all(all(), feature = "unix")))]
#[cfg_attr(not(any()), path = "unix.rs")]
#[cfg(any(
    all(),
    any(),
))]
let unix = cfg!(any()) || my_cfg(unix) || cfg!(debug_assertions);
"#;
    assert_eq!(made, expected);
    assert_eq!(edits.len(), 6);
    assert_eq!(undone(&made, &edits), source);
}
