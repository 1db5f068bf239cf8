//! A folder for each test, ws2cc with arguments, and sentences about what came of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A program that needs the library, whose status says that it works.
pub const PROGRAM: &str = r#"
#include <winsock2.h>
#pragma comment(lib, "Ws2_32.lib")
int main(void)
{
    WSASetLastError(WSAEMSGSIZE);
    return WSAGetLastError() == WSAEMSGSIZE ? 42 : 1;
}
"#;

/// An empty folder for one test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ws2cc").join(test);
        let _ = std::fs::remove_dir_all(&path); // there is none the first time
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// With this file in it.
    pub fn with(self, name: &str, text: &str) -> Self {
        std::fs::write(self.0.join(name), text).unwrap();
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A command in this folder; compilers named in the environment of the tests play no part.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.0);
        for name in ["CC", "CXX", "OPENWS2_INCLUDE", "OPENWS2_LIB"] {
            command.env_remove(name);
        }
        command
    }

    /// ws2cc of the build tree.
    pub fn ws2cc(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_ws2cc")).args(arguments).output().unwrap()
    }

    /// ws2cc, which has to succeed without a word of warning.
    pub fn builds(&self, arguments: &[&str]) -> Output {
        quiet(self.ws2cc(arguments), arguments)
    }

    /// The exit status of a program in this folder.
    pub fn status(&self, program: &str) -> Option<i32> {
        self.command(self.path(program)).status().unwrap().code()
    }
}

/// The output of a command that has to succeed without a word of warning.
#[track_caller]
pub fn quiet(output: Output, arguments: &[&str]) -> Output {
    let said = err(&output);
    assert!(output.status.success(), "{}: {}\n{said}{}", arguments.join(" "), output.status, out(&output));
    assert!(said.is_empty(), "{} warned:\n{said}", arguments.join(" "));
    output
}

pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Is this tool there? If not, the test says loudly what it leaves out.
pub fn has(tool: &str, test: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("SKIPPED {test}: there is no {tool} here");
    }
    there
}
