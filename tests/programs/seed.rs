//! The program printed on Microsoft's page about recv, as it stands there.
//!
//! The page is Microsoft's and no part of this repository: `OPENWS2_SEEDS` names a folder that holds it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build::{Language, compile_as, in_package, scratch};
use crate::peers;
use crate::run::{assert_in_order, skip};

/// What compilers of today have against the program, which stays as it is: a string in a `char *`, and `%ld` for
/// an `int`.
const ITS_AGE: [&str; 2] = ["-Wno-write-strings", "-Wno-format"];

/// How the peer ends when the fixed port of the program is in use.
const PORT_TAKEN: Option<i32> = Some(3);

fn page() -> Option<PathBuf> {
    let folder = std::env::var_os("OPENWS2_SEEDS")?;
    let pages = std::fs::read_dir(&folder).expect("the folder of OPENWS2_SEEDS can be listed");
    let mut pages = pages.map(|entry| entry.expect("the folder can be listed").path()).filter(|path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("000"))
    });
    Some(pages.next().expect("the folder of OPENWS2_SEEDS holds the page 000*"))
}

fn program_of(page: &str) -> &str {
    let (_, rest) = page.split_once("```cpp\n").expect("the page has a block of C++");
    rest.split_once("\n```").expect("the block ends").0
}

fn on_the_fixed_port(program: &Path) -> Option<String> {
    let program = program.to_str().expect("paths of tests are Unicode");
    let (status, seen) = peers::start("port_27015.py", &[program]).end();
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
    command.arg(in_package("tests/peers/port_27015.py")).arg(program);
    let done = command.output().ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
}

#[test]
fn the_documented_recv_program_runs_as_it_stands() {
    let test = "the program of the recv page";
    let Some(page) = page() else {
        return skip(test, "OPENWS2_SEEDS names no folder with the documentation pages");
    };
    if !peers::have_python(test) {
        return;
    }
    let text = std::fs::read_to_string(page).expect("the page can be read");
    let source = scratch("recv_page.c");
    std::fs::write(&source, program_of(&text)).expect("the scratch folder can be written");

    for language in Language::BOTH {
        let program = compile_as(&source, language, &ITS_AGE);
        let Some(seen) = on_the_fixed_port(&program) else {
            return skip(test, "its port 27015 is taken");
        };
        assert_in_order(
            &seen,
            &[
                "SERVER GOT this is a test\n",
                "Bytes Sent: 14\n",
                "Bytes received: 300\n",
                "Connection closed\n",
                "EXIT 0\n",
            ],
        );
    }
}
