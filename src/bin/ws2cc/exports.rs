//! Module-definition files (`.def`): whether what they ask for is what a shared object does anyway, which is to offer
//! every function under its own name. It changes nothing.

use crate::{Trouble, words};

/// Words that begin a statement.
const STATEMENTS: &[&str] = &[
    "BASE",
    "DESCRIPTION",
    "EXPORTS",
    "HEAPSIZE",
    "LIBRARY",
    "NAME",
    "SECTIONS",
    "STACKSIZE",
    "STUB",
    "VERSION",
];

/// Refuses what has no counterpart.
pub(crate) fn check(files: &[String], shared: bool) -> Result<(), Trouble> {
    for file in files {
        if !shared {
            let text =
                "a definition file says what a shared object offers, and this makes none; leave it out";
            return Err(Trouble::Usage(format!("{file}: {text}")));
        }
        let bytes =
            std::fs::read(file).map_err(|why| Trouble::Usage(format!("cannot read {file}: {why}")))?;
        if let Some(entry) = renamed(&String::from_utf8_lossy(&bytes)) {
            let text = "an export under another name has no counterpart here; give the function that name";
            return Err(Trouble::Usage(format!("{file}: {entry}: {text}")));
        }
    }
    Ok(())
}

/// The first export that is to have another name than its function.
fn renamed(text: &str) -> Option<String> {
    let mut exports = false;
    for line in text.lines() {
        let code = line.split(';').next().unwrap_or_default().trim();
        let first = code.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let entry = match STATEMENTS.contains(&first.as_str()) {
            true => {
                exports = first == "EXPORTS";
                code[first.len()..].trim() // the first export may stand on the same line
            }
            false => code,
        };
        if exports && !is_plain(entry) {
            return Some(entry.to_owned());
        }
    }
    None
}

/// `Name`, `Name @1 NONAME`, `Name=Name`: not another function's name, and not another module's function.
fn is_plain(entry: &str) -> bool {
    let entry = entry.replace('=', " = ");
    let words = words::split(&entry);
    match words.iter().position(|word| word == "=") {
        Some(at) => words.get(at + 1) == words.first(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn exports_under_their_own_names_are_all_that_there_may_be() {
        let plain = "; a provider\r\nLIBRARY \"lsp\"\r\nDESCRIPTION 'a = b'\r\nEXPORTS\r\n\tWSPStartup\t@1 ; c = d\r\n\
                     \tGetLspGuid @2 NONAME\r\n  Data DATA\r\nSame = Same\r\n\r\nSECTIONS\r\n .x READ=1\r\n";
        assert_eq!(renamed(plain), None);
        assert_eq!(renamed("EXPORTS One\nTwo=inner @2"), Some("Two=inner @2".to_owned()));
        assert_eq!(renamed("exports One = other.One"), Some("One = other.One".to_owned()));
    }
}
