//! `ws2cc`: the system's C or C++ compiler with OpenWS2's headers and library in place. It owns the command line;
//! it never reads or changes the text of a program.
//!
//! The way of one call: [`options`] sorts the words, [`place`] finds headers and library, [`command`] writes the
//! compiler's command line, [`run`] starts it. [`install`] lays the whole package down elsewhere.
#![forbid(unsafe_code)]

mod command;
mod compiler;
mod entry;
mod exports;
mod help;
mod install;
mod libraries;
mod options;
mod place;
mod run;
mod spellings;
mod words;

use options::{Action, Options};
use place::Place;
use std::ffi::OsString;
use std::process::ExitCode;

/// Why nothing was built, and with that the exit status. A compiler that ran and failed is no `Trouble`: its
/// own status is passed on.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The command line asks for something that cannot be.
    Usage(String),
    /// OpenWS2's own files are not where they should be, or cannot be written.
    Missing(String),
    /// A program (the compiler, the result) could not be started.
    NotStarted(String),
}

impl Trouble {
    fn status(&self) -> u8 {
        match self {
            Trouble::Usage(_) => 2,
            Trouble::Missing(_) => 3,
            Trouble::NotStarted(_) => 127,
        }
    }

    fn text(&self) -> &str {
        let (Trouble::Usage(text) | Trouble::Missing(text) | Trouble::NotStarted(text)) = self;
        text
    }
}

fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let own_name = words.next().unwrap_or_else(|| OsString::from("ws2cc"));
    match dispatch(&own_name, words.collect()) {
        Ok(status) => ExitCode::from(status),
        Err(trouble) => {
            eprintln!("ws2cc: error: {}", trouble.text());
            ExitCode::from(trouble.status())
        }
    }
}

fn dispatch(own_name: &OsString, arguments: Vec<OsString>) -> Result<u8, Trouble> {
    let options = Options::read(own_name, words::expand(arguments))?;
    match &options.action {
        Action::Help => {
            print!("{}", help::TEXT);
            Ok(0)
        }
        Action::Version => help::version(&options),
        Action::Print => command::print(&options, &Place::find()?),
        Action::Install(target) => install::install(target, &Place::find()?),
        Action::Uninstall(target) => install::uninstall(target, &Place::find()?),
        Action::Compile => run::compile(&options, &Place::find()?),
    }
}
