//! Words of a command line: response files, the words in `$CC`, quoting for a shell. It knows no option.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Nested response files beyond this are taken for a file that names itself.
const DEEPEST: usize = 32;

/// Replaces each `@file` by the words in it, as gcc and clang do: a file that cannot be read stays as it is.
/// What follows `--` belongs to the program that `--run` starts.
pub(crate) fn expand(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut expanded = Vec::with_capacity(arguments.len());
    let mut ended = false;
    for argument in arguments {
        ended |= argument == "--";
        if ended { expanded.push(argument) } else { expand_one(argument, 0, &mut expanded) }
    }
    expanded
}

fn expand_one(argument: OsString, depth: usize, into: &mut Vec<OsString>) {
    let named = argument.to_str().and_then(|text| text.strip_prefix('@'));
    match named.filter(|_| depth < DEEPEST).and_then(|file| std::fs::read_to_string(Path::new(file)).ok()) {
        Some(text) => split(&text).into_iter().for_each(|word| expand_one(word.into(), depth + 1, into)),
        None => into.push(argument),
    }
}

/// Splits at white space; quotes of both kinds and backslashes keep it, as in a response file of gcc.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(letters.next()),
            (mark, Some(open)) if mark == open => quote = None,
            (mark @ ('\'' | '"'), None) => {
                quote = Some(mark);
                word.get_or_insert_default();
            }
            (space, None) if space.is_whitespace() => words.extend(word.take()),
            (other, _) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

/// The word as a POSIX shell reads it back; make hands its recipes to one.
pub(crate) fn quote(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_=+./,:@%".contains(letter);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.into_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// A whole command, quoted.
pub(crate) fn join(words: &[OsString]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_split_as_gcc_reads_a_response_file() {
        assert_eq!(
            split(" a  'b c'\n\"d \\\" e\" f\\ g '' h\"i\"j"),
            ["a", "b c", "d \" e", "f g", "", "hij"]
        );
        assert!(split(" \n\t").is_empty());
    }

    #[test]
    fn quoted_words_are_read_back_by_a_shell() {
        for word in ["plain-word_1.c", "", "two words", "it's", "$HOME", "a\"b", "*"] {
            let script = format!("printf %s {}", quote(OsStr::new(word)));
            let shell = std::process::Command::new("sh").arg("-c").arg(&script).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&shell.stdout), word, "{script}");
        }
    }

    #[test]
    fn a_missing_response_file_stays_a_word() {
        let words = vec![OsString::from("@/no/such/file"), "--".into(), "@x".into()];
        assert_eq!(expand(words.clone()), words);
    }
}
