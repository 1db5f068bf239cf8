//! The programs printed on Microsoft's pages about recv and WSARecv, as they stand there.
//!
//! The pages are Microsoft's and no part of this repository: `OPENWS2_SEEDS` names a folder that holds them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::build::{Language, compile_as, in_package, scratch};
use crate::peers;
use crate::run::{assert_in_order, skip};

/// A page with a program, and what the program needs to run.
struct Page {
    name: &'static str,
    /// How the page's file name begins.
    number: &'static str,
    program: fn(&str) -> &str,
    /// What compilers of today have against the program, which stays as it is.
    its_age: &'static [&'static str],
    /// What `port_27015.py` is to do, and what the program is to be called with.
    peer: &'static str,
    arguments: &'static [&'static str],
    seen: &'static [&'static str],
}

/// A string in a `char *`, and `%ld` for an `int`.
const RECV: Page = Page {
    name: "recv",
    number: "000",
    program: fenced,
    its_age: &["-Wno-write-strings", "-Wno-format"],
    peer: "answers",
    arguments: &[],
    seen: &[
        "SERVER GOT this is a test\n",
        "Bytes Sent: 14\n",
        "Bytes received: 300\n",
        "Connection closed\n",
        "EXIT 0\n",
    ],
};

/// An `int` compared with a `DWORD`.
const WSARECV: Page = Page {
    name: "WSARecv",
    number: "003",
    program: printed,
    its_age: &["-Wno-sign-compare"],
    peer: "feeds",
    arguments: &["localhost"],
    seen: &[
        "Client connected...\n",
        "Read 1 bytes\nFED 1\n",
        "Read 300 bytes\nFED 300\n",
        "Read 4096 bytes\nFED 4096\n",
        "FED 5000\n",
        "FED 100000\n",
        "Read 0 bytes\n",
        "EXIT 0\n",
    ],
};

/// How the peer ends when the fixed port of the programs is in use.
const PORT_TAKEN: Option<i32> = Some(3);

/// Held by the test that has the fixed port.
static FIXED_PORT: Mutex<()> = Mutex::new(());

fn fenced(page: &str) -> &str {
    let (_, rest) = page.split_once("```cpp\n").expect("the page has a block of C++");
    rest.split_once("\n```").expect("the block ends").0
}

/// From the first directive to the end of the only function.
fn printed(page: &str) -> &str {
    const END: &str = "\n}\n";
    let program = &page[page.find("#ifndef UNICODE\n").expect("the page has a program")..];
    &program[..program.find(END).expect("the program ends") + END.len()]
}

impl Page {
    fn file(&self) -> Option<PathBuf> {
        let folder = std::env::var_os("OPENWS2_SEEDS")?;
        let files = std::fs::read_dir(&folder).expect("the folder of OPENWS2_SEEDS can be listed");
        let mut files = files.map(|entry| entry.expect("the folder can be listed").path()).filter(|path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(self.number))
        });
        Some(files.next().unwrap_or_else(|| panic!("the folder of OPENWS2_SEEDS holds no {}*", self.number)))
    }

    fn run(&self, program: &Path) -> Option<String> {
        let program = program.to_str().expect("paths of tests are Unicode");
        let mut arguments = vec![self.peer, program];
        arguments.extend(self.arguments);
        let (status, seen) = peers::start("port_27015.py", &arguments).end();
        if status.code() != PORT_TAKEN {
            assert!(status.success(), "{seen}");
            return Some(seen);
        }

        // The port is taken: there is another one in a network of our own, where the host lets us have that.
        let mut command = Command::new("unshare");
        command.args([
            "--map-root-user",
            "--net",
            "sh",
            "-c",
            "ip link set lo up && exec python3 -B \"$@\"",
            "sh",
        ]);
        command.arg(in_package("tests/peers/port_27015.py")).args(arguments);
        let done = command.output().ok()?;
        done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
    }

    fn runs_as_it_stands(&self) {
        let test = format!("the program of the {} page", self.name);
        let Some(file) = self.file() else {
            return skip(&test, "OPENWS2_SEEDS names no folder with the documentation pages");
        };
        if !peers::have_python(&test) {
            return;
        }
        let text = std::fs::read_to_string(file).expect("the page can be read");
        let source = scratch(&format!("{}_page.c", self.name));
        std::fs::write(&source, (self.program)(&text)).expect("the scratch folder can be written");

        for language in Language::BOTH {
            let program = compile_as(&source, language, self.its_age);
            let _port = FIXED_PORT.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(seen) = self.run(&program) else {
                return skip(&test, "its port 27015 is taken");
            };
            assert_in_order(&seen, self.seen);
        }
    }
}

#[test]
fn the_documented_recv_program_runs_as_it_stands() {
    RECV.runs_as_it_stands();
}

#[test]
fn the_documented_wsarecv_program_runs_as_it_stands() {
    WSARECV.runs_as_it_stands();
}
