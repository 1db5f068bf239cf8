//! The trace that the environment asks for: WS2_TRACE and WS2_TRACE_FILE.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::words::Wishes;
use super::{Inner, Output, Trace};
use crate::ffi::spi::install;
use crate::sys::{self, Journal};

/// The trace that the environment asks for, made once.
pub(super) fn of_environment() -> Result<Option<&'static Arc<Inner>>, &'static (&'static str, String)> {
    static TRACE: OnceLock<Result<Option<Trace>, (&'static str, String)>> = OnceLock::new();
    let made = TRACE.get_or_init(|| {
        let words = std::env::var("WS2_TRACE").unwrap_or_default();
        if words.is_empty() || sys::has_others_rights() {
            return Ok(None);
        }
        let wishes = Wishes::read(&words).map_err(|error| ("WS2_TRACE", error.to_string()))?;
        let output = match std::env::var("WS2_TRACE_FILE") {
            Ok(path) if !path.is_empty() => file(&path)?,
            _ => Output::StandardError(sys::standard_error()),
        };
        Ok(Some(Trace::with(wishes, output)))
    });
    made.as_ref().map(|trace| trace.as_ref().map(|trace| &trace.0))
}

fn file(path: &str) -> Result<Output, (&'static str, String)> {
    let path = path.replace("%p", &std::process::id().to_string());
    let journal = Journal::append(Path::new(&path));
    journal.map(Output::File).map_err(|error| ("WS2_TRACE_FILE", format!("{path}: {error}")))
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
