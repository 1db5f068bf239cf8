//! The trace that the environment asks for: WS2_TRACE and WS2_TRACE_FILE.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::words::Wishes;
use super::{Inner, Output, Trace};
use crate::ffi::spi::install;
use crate::sys::{self, Journal};

/// The trace that the environment asks for, made once.
pub(super) fn of_environment() -> Result<Option<&'static Arc<Inner>>, &'static (&'static str, String)> {
    static TRACE: OnceLock<Result<Option<Trace>, (&'static str, String)>> = OnceLock::new();
    let made = TRACE.get_or_init(|| {
        let words = std::env::var_os("WS2_TRACE").unwrap_or_default();
        if words.is_empty() || sys::has_others_rights() {
            return Ok(None);
        }
        let words = words.to_str().ok_or_else(|| ("WS2_TRACE", format!("{words:?} is no UTF-8")))?;
        let wishes = Wishes::read(words).map_err(|error| ("WS2_TRACE", error.to_string()))?;
        let output = match std::env::var_os("WS2_TRACE_FILE") {
            Some(path) if !path.is_empty() => file(&path)?,
            _ => Output::StandardError(sys::standard_error()),
        };
        let trace = Trace::with(wishes, output);
        // It is installed by the first WSAStartup; until then calls fail, and it says so.
        trace.enter();
        Ok(Some(trace))
    });
    made.as_ref().map(|trace| trace.as_ref().map(|trace| &trace.0))
}

fn file(path: &OsStr) -> Result<Output, (&'static str, String)> {
    let path = PathBuf::from(OsString::from_vec(with_number(path.as_bytes(), std::process::id())));
    let journal = Journal::append(&path);
    journal.map(Output::File).map_err(|error| ("WS2_TRACE_FILE", format!("{}: {error}", path.display())))
}

/// The path, whatever bytes it has, with the number wherever `%p` stands.
fn with_number(path: &[u8], number: u32) -> Vec<u8> {
    let mut whole = Vec::new();
    let mut rest = path;
    while let Some((first, others)) = rest.split_first() {
        match rest.strip_prefix(b"%p") {
            Some(behind) => {
                whole.extend(number.to_string().into_bytes());
                rest = behind;
            }
            None => {
                whole.push(*first);
                rest = others;
            }
        }
    }
    whole
}

/// Puts the trace that the environment asks for on top of everything, for ever.
///
/// # Errors
/// The variable, and what is wrong with it.
pub(in crate::ffi::spi) fn install_from_environment() -> Result<(), (&'static str, String)> {
    let Some(trace) = of_environment().map_err(Clone::clone)? else { return Ok(()) };
    let installed = install("trace", Trace(Arc::clone(trace)));
    installed.map(std::mem::forget).map_err(|error| ("WS2_TRACE", error.to_string()))
}
