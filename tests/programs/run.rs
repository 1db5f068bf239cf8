//! Runs programs side by side with a deadline for every step; knows nothing of what they do.
#![allow(dead_code)] // Each test file uses its part.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Longer than anything takes on a busy machine, short enough to end a hung test.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a program has written so far, and how many of its two streams are still open.
#[derive(Default)]
struct Written {
    text: String,
    open_streams: u8,
}

#[derive(Default)]
struct Output {
    written: Mutex<Written>,
    changed: Condvar,
}

impl Output {
    fn collect(self: &Arc<Self>, mut stream: impl Read + Send + 'static) {
        self.written.lock().expect("readers do not panic").open_streams += 1;
        let output = Arc::clone(self);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let count = stream.read(&mut buffer).unwrap_or(0);
                let mut written = output.written.lock().expect("readers do not panic");
                if count == 0 {
                    written.open_streams -= 1;
                } else {
                    written.text.push_str(&String::from_utf8_lossy(&buffer[..count]));
                }
                output.changed.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
    }

    /// Waits until `found` finds something in the text; `None` at the end of the output or of the patience.
    fn wait<T>(&self, deadline: Instant, found: impl Fn(&Written) -> Option<T>) -> Option<T> {
        let mut written = self.written.lock().expect("readers do not panic");
        loop {
            if let Some(value) = found(&written) {
                return Some(value);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            if written.open_streams == 0 {
                return None;
            }
            written = self.changed.wait_timeout(written, left).expect("readers do not panic").0;
        }
    }

    fn text(&self) -> String {
        self.written.lock().expect("readers do not panic").text.clone()
    }
}

/// What follows these words in the first complete line that begins with them.
fn rest_of_line(text: &str, words: &str) -> Option<String> {
    let complete = &text[..text.rfind('\n')? + 1];
    complete.lines().find_map(|line| line.strip_prefix(words)).map(|rest| rest.trim().to_owned())
}

/// A running program; it is killed when the test lets go of it.
pub struct Program {
    name: String,
    child: Child,
    output: Arc<Output>,
    deadline: Instant,
}

impl Program {
    /// Starts a program with these arguments.
    #[track_caller]
    pub fn start(program: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments);
        Self::start_command(command)
    }

    #[track_caller]
    pub fn start_command(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} starts: {error}"));
        let output = Arc::new(Output::default());
        output.collect(child.stdout.take().expect("stdout is piped"));
        output.collect(child.stderr.take().expect("stderr is piped"));
        let name = Path::new(command.get_program()).file_name().unwrap_or_default();
        let arguments = command.get_args().map(|word| word.to_string_lossy()).collect::<Vec<_>>();
        Self {
            name: format!("{} {}", name.to_string_lossy(), arguments.join(" ")),
            child,
            output,
            deadline: Instant::now() + DEADLINE,
        }
    }

    /// Waits until the program has written this.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        let seen = self.output.wait(self.deadline, |written| written.text.contains(text).then_some(()));
        assert!(seen.is_some(), "{} never wrote {text:?}, only:\n{}", self.name, self.output.text());
    }

    /// Waits for a line that begins with these words and returns what follows them.
    #[track_caller]
    pub fn after(&self, words: &str) -> String {
        let rest = self.output.wait(self.deadline, |written| rest_of_line(&written.text, words));
        rest.unwrap_or_else(|| panic!("{} wrote no line {words:?}, only:\n{}", self.name, self.output.text()))
    }

    /// As `after`, but in what has been written by now.
    pub fn so_far_after(&self, words: &str) -> Option<String> {
        rest_of_line(&self.output.text(), words)
    }

    /// Writes to the program's standard input.
    #[track_caller]
    pub fn type_in(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().expect("stdin is piped and open");
        input.write_all(text.as_bytes()).expect("the program takes its input");
        input.flush().expect("the program takes its input");
    }

    /// Waits for the program's end and returns how it ended and all it wrote.
    #[track_caller]
    pub fn end(mut self) -> (ExitStatus, String) {
        let ended = self.output.wait(self.deadline, |written| (written.open_streams == 0).then_some(()));
        assert!(ended.is_some(), "{} does not end; it wrote:\n{}", self.name, self.output.text());
        let status = self.child.wait().expect("a child can be waited for");
        (status, self.output.text())
    }

    /// Waits for the program's end, which must be a success, and returns all it wrote.
    #[track_caller]
    pub fn finish(self) -> String {
        let name = self.name.clone();
        let (status, text) = self.end();
        assert!(status.success(), "{name} ended with {status}; it wrote:\n{text}");
        text
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Both fail only when the program has ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Holds the output to these pieces, each after the one before it.
#[track_caller]
pub fn assert_in_order(output: &str, pieces: &[&str]) {
    let mut rest = output;
    for piece in pieces {
        let Some(at) = rest.find(piece) else {
            panic!("{piece:?} is missing (in this order {pieces:?}) from:\n{output}");
        };
        rest = &rest[at + piece.len()..];
    }
}

/// Says that something was not tested, past the harness that keeps the output of tests that pass.
pub fn skip(test: &str, why: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "\n*** SKIPPED: {test}: {why} ***");
}
