//! Layers that the environment asks for: WS2_LAYERS names shared objects, from the top down; `base` among them
//! has calls go by procedure tables even if there is no layer. Below them lies what WS2_FAULT asks for ([`fault`]), and
//! WS2_TRACE puts a trace on top of them ([`trace`]).
//!
//! The variables are looked at once, by the first WSAStartup. A process that runs with other rights than its
//! caller's looks at none.

use std::sync::OnceLock;

use super::register::wrap_module;
use super::upcalls::find_startup;
use super::{catalog, fault, trace};
use crate::error::WsaError;
use crate::sys::standard_error;

/// Stands for no layer: calls go by the base provider's procedure table all the same.
const TABLE_ONLY: &str = "base";

/// What separates the paths.
const BETWEEN: char = ':';

/// What asks for anything.
const VARIABLES: [&str; 3] = ["WS2_FAULT", "WS2_LAYERS", "WS2_TRACE"];

/// Installs what the environment asks for; the answer stays.
pub(in crate::ffi) fn install_once() -> Result<(), WsaError> {
    static DONE: OnceLock<Result<(), WsaError>> = OnceLock::new();
    *DONE.get_or_init(|| if crate::sys::has_others_rights() { Ok(()) } else { install() })
}

fn install() -> Result<(), WsaError> {
    if VARIABLES.iter().all(|variable| std::env::var_os(variable).is_none_or(|value| value.is_empty())) {
        return Ok(());
    }
    // While its number is sure to be its own: the program may close it, and get the number for a socket.
    standard_error();
    // Nearest to the base provider.
    fault::install_by_environment()?;
    let layers = std::env::var_os("WS2_LAYERS").unwrap_or_default();
    let layers =
        layers.to_str().ok_or_else(|| refused_for("WS2_LAYERS", &format!("{layers:?} is no UTF-8")))?;
    // The last one that is put over everything is on top.
    for path in layers.split(BETWEEN).rev().filter(|path| !path.is_empty()) {
        if path == TABLE_ONLY {
            catalog::always_by_table();
            continue;
        }
        // It is there, and is a provider: the program is not to find that out by its first socket.
        find_startup(path).map_err(|what| refused_for("WS2_LAYERS", &format!("{path}: {what}")))?;
        wrap_module(path).map_err(|error| refused("WS2_LAYERS", path, error))?;
    }
    // It is to see what the program sees.
    trace::install_from_environment().map_err(|(variable, what)| refused_for(variable, &what))
}

/// Says what is wrong with a variable: the program must not run without what it was to run with.
fn refused(variable: &str, value: &str, error: WsaError) -> WsaError {
    refused_for(variable, &format!("{value}: {error}"))
}

fn refused_for(variable: &str, what: &str) -> WsaError {
    say(&format!("{variable}: {what}"));
    WsaError::WSASYSNOTREADY
}

/// Says on standard error what the program cannot be told. Who has none to hear it goes without.
pub(super) fn say(what: &str) {
    if let Some(journal) = standard_error() {
        journal.write_line(&format!("openws2: {what}"));
    }
}
