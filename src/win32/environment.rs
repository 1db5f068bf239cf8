//! Environment variables as Windows programs know them: names without regard to case, `%NAME%` in texts.
//!
//! The host's own functions are not safe against each other in several threads. The calls here are, since the
//! standard library has a lock around its own; a program that calls `getenv` or `setenv` beside them is not.
#![allow(unsafe_code)] // changes the environment

use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};

/// Windows' own folder, under both names that every process there knows it by.
const WINDOWS: &str = "C:\\Windows";
const OF_WINDOWS: [&str; 2] = ["SystemRoot", "windir"];

/// The name under which the environment has a variable: as it is written, or with another case.
fn known_as(name: &str) -> Option<OsString> {
    if std::env::var_os(name).is_some() {
        return Some(name.into());
    }
    let same = |known: &OsString| known.to_str().is_some_and(|known| known.eq_ignore_ascii_case(name));
    std::env::vars_os().map(|(known, _)| known).find(same)
}

/// A host's variable can have any name but these.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

/// The value of a variable. Those that Windows always has are there without the host's help.
pub(crate) fn get(name: &str) -> Option<String> {
    if !is_name(name) {
        return None;
    }
    let value = known_as(name).and_then(std::env::var_os);
    let value = value.map(|value| value.to_string_lossy().into_owned());
    let of_windows = OF_WINDOWS.iter().any(|known| known.eq_ignore_ascii_case(name));
    value.or_else(|| of_windows.then(|| WINDOWS.to_owned()))
}

/// Windows' folder for its modules.
pub(crate) fn system_folder() -> String {
    format!("{}\\System32", get(OF_WINDOWS[0]).as_deref().unwrap_or(WINDOWS))
}

/// What became of a change.
pub(crate) enum Change {
    Done,
    /// There was none to remove.
    Absent,
    BadName,
}

/// Sets a variable, or removes it.
pub(crate) fn set(name: &str, value: Option<&str>) -> Change {
    /// Between finding the name and changing it, nobody adds the same name in another case.
    static CHANGING: Mutex<()> = Mutex::new(());
    if !is_name(name) {
        return Change::BadName;
    }
    let _changing = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known_as(name);
    match (value, known) {
        (Some(value), known) => {
            let known = known.unwrap_or_else(|| name.into());
            // SAFETY: the name and the value are such that the host takes them. That no other thread uses the
            // host's own functions meanwhile is the program's promise, as for SetEnvironmentVariable on this host.
            unsafe { std::env::set_var(known, value) };
        }
        // SAFETY: as above.
        (None, Some(known)) => unsafe { std::env::remove_var(known) },
        (None, None) => return Change::Absent,
    }
    Change::Done
}

/// The text with the value of each variable in place of its name between percent signs. What is no variable stays
/// as it is, and the sign that ends it may begin another name.
pub(crate) fn expand(text: &str) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        expanded.push_str(before);
        let found = after.split_once('%').and_then(|(name, after)| Some((get(name)?, after)));
        match found {
            Some((value, after)) => {
                expanded.push_str(&value);
                rest = after;
            }
            None => {
                expanded.push('%');
                rest = after;
            }
        }
    }
    expanded.push_str(rest);
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_between_percent_signs_give_way_to_values() {
        assert!(matches!(set("OpenWS2_test_Expand", Some("value")), Change::Done));
        assert_eq!(get("OPENWS2_TEST_EXPAND").as_deref(), Some("value"));
        for (text, expected) in [
            ("%OPENWS2_test_expand%", "value"),
            ("a%openws2_test_expand%b%OPENWS2_TEST_EXPAND%", "avaluebvalue"),
            ("%no such variable%", "%no such variable%"),
            ("%none%openws2_test_expand%", "%nonevalue"),
            ("100% of %%", "100% of %%"),
            ("%=%", "%=%"),
            ("", ""),
            ("%", "%"),
        ] {
            assert_eq!(expand(text), expected);
        }
        assert!(matches!(set("OPENWS2_TEST_EXPAND", None), Change::Done));
        assert!(matches!(set("OpenWS2_test_Expand", None), Change::Absent));
        assert!(matches!(set("a=b", Some("")), Change::BadName));
        assert_eq!((get("OpenWS2_test_Expand"), get("")), (None, None));
        assert!(expand("%SystemRoot%\\system32").ends_with("\\system32"));
    }
}
