//! Finds the independent peers: Python scripts and netcat; says loudly when one is missing.
#![allow(dead_code)] // Each test file uses its part.

use std::process::{Command, Stdio};

use crate::build::in_package;
use crate::run::{Program, skip};

fn runs(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

/// Whether this test can have its Python peers.
pub fn have_python(test: &str) -> bool {
    let found = runs("python3", "--version");
    if !found {
        skip(test, "python3, which plays the independent peer, is missing");
    }
    found
}

/// A command that runs a script of `tests/peers`.
pub fn script(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.arg("-B").arg(in_package("tests/peers").join(name)).args(arguments);
    command
}

/// Starts a script of `tests/peers`.
#[track_caller]
pub fn start(name: &str, arguments: &[&str]) -> Program {
    Program::start_command(script(name, arguments))
}

/// Starts netcat, when there is one.
pub fn netcat(test: &str, arguments: &[&str]) -> Option<Program> {
    if !runs("nc", "-h") {
        skip(test, "nc (netcat) is missing");
        return None;
    }
    let mut command = Command::new("nc");
    command.args(arguments);
    Some(Program::start_command(command))
}
