//! Random sequences of calls on pairs of sockets, against small models of what Windows does.
//!
//! - `OPENWS2_FUZZ_SEQUENCES`: how many sequences each test runs; 2000 without it.
//! - `OPENWS2_FUZZ_SEED`: the run's seed; without it each run draws its own. A failure prints it.
//! - `OPENWS2_FUZZ_REPLAY=<test>:<seed>`: the one sequence that a failure named, and nothing else.
//!
//! A failure prints the sequence after everything was left out of it that it fails without.

use std::sync::{Mutex, OnceLock};

mod util;
use util::Winsock;

mod differential {
    pub mod bytes;
    pub mod chance;
    pub mod datagram;
    pub mod door;
    pub mod host;
    pub mod model;
    pub mod runner;
    pub mod stream;
}
use differential::{datagram, runner, stream};

/// One sequence at a time: a handle that was closed must not be another sequence's meanwhile.
static ALONE: Mutex<()> = Mutex::new(());

fn run(name: &str, play: impl FnOnce(&str) -> Result<(), String>) -> Result<(), String> {
    let _alone = ALONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let _winsock = Winsock::start();
    if runner::is_wanted(name) { play(name) } else { Ok(()) }
}

/// Streams of a process that gives no sign of out-of-band data.
fn plain_streams() -> &'static Result<(), String> {
    static RESULT: OnceLock<Result<(), String>> = OnceLock::new();
    RESULT.get_or_init(|| run("stream", |name| runner::run(name, &mut stream::Streams::new(false))))
}

fn told(result: &Result<(), String>) {
    if let Err(report) = result {
        panic!("{report}");
    }
}

#[test]
fn a_stream_does_what_windows_does() {
    told(plain_streams());
}

/// From its first call on the whole process uses out-of-band data, so the plain streams go first.
#[test]
fn a_stream_with_urgent_bytes_does_what_windows_does() {
    let _ = plain_streams();
    told(&run("urgent", |name| runner::run(name, &mut stream::Streams::new(true))));
}

#[test]
fn datagrams_do_what_they_do_on_windows() {
    told(&run("datagram", |name| runner::run(name, &mut datagram::Datagrams::new())));
}
