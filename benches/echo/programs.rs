//! The C programs of the echo benchmark: built, started, talked to and ended. Measures nothing.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The programs that need the host only, and where all programs are: beside ws2cc.
pub struct Built {
    ws2cc: PathBuf,
    pub folder: PathBuf,
    pub epoll: PathBuf,
    load: PathBuf,
    pinned: PathBuf,
}

impl Built {
    pub fn new() -> Result<Self, String> {
        let ws2cc = PathBuf::from(env!("CARGO_BIN_EXE_ws2cc"));
        let folder = ws2cc.parent().expect("a program is in a folder").to_path_buf();
        let compiler = PathBuf::from(env::var_os("CC").unwrap_or_else(|| "cc".into()));
        let build = |name: &str| {
            let program = folder.join(name.replace('_', "-"));
            compile(&compiler, name, &program, &[]).map(|()| program)
        };
        let (epoll, load, pinned) = (build("epoll_echo")?, build("echo_load")?, build("pinned")?);
        Ok(Self { ws2cc, folder, epoll, load, pinned })
    }

    /// Builds one of those that use this library.
    pub fn windows_program(&self, name: &str) -> Result<PathBuf, String> {
        let program = self.folder.join(name.replace('_', "-"));
        compile(&self.ws2cc, name, &program, &["-lws2_32"]).map(|()| program)
    }
}

pub fn compile(compiler: &Path, name: &str, program: &Path, libraries: &[&str]) -> Result<(), String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(name).with_extension("c");
    let mut command = Command::new(compiler);
    command.args(["-O2", "-Wall", "-Wextra", "-pthread"]).arg(source).args(libraries).arg("-o").arg(program);
    succeed(&mut command)
}

pub fn succeed(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
    }
}

/// A program that answers to lines with lines. It ends with its input.
pub struct Program {
    pub child: Child,
    name: String,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Program {
    pub fn start(built: &Built, processor: &str, words: &[PathBuf]) -> Result<Self, String> {
        let mut command = Command::new(&built.pinned);
        command.arg(processor).args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.env("WINEDEBUG", "-all").spawn().map_err(|error| error.to_string())?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let name = words[0].display().to_string();
        Ok(Self { child, name, input, output })
    }

    pub fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.output.read_line(&mut line) {
            Ok(0) => {
                let status = self.child.wait().map_err(|error| error.to_string())?;
                Err(format!("{} has ended too early: {status}", self.name))
            }
            Ok(_) => Ok(line.trim_end().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    pub fn tell(&mut self, line: &str) -> Result<(), String> {
        let input = self.input.as_mut().expect("its input is open");
        writeln!(input, "{line}").map_err(|error| error.to_string())
    }

    pub fn ask(&mut self, question: &str) -> Result<String, String> {
        self.tell(question)?;
        self.line()
    }

    /// The numbers in its next line, which has words for them.
    pub fn numbers(line: &str) -> Vec<f64> {
        line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
    }

    pub fn clients(&mut self, built: &Built, processor: &str) -> Result<Clients, String> {
        let line = self.line()?;
        let port = line.strip_prefix("PORT ").ok_or_else(|| format!("a server began with {line:?}"))?;
        Clients::new(built, processor, port.to_owned(), self.child.id())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.input = None;
        // What is left of a run that failed must not stay; an error means that it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The clients of one server.
pub struct Clients {
    program: Program,
    processor: String,
    port: String,
    server: u32,
}

impl Clients {
    pub fn new(built: &Built, processor: &str, port: String, server: u32) -> Result<Self, String> {
        let words = [built.load.clone(), PathBuf::from(&port), PathBuf::from(server.to_string())];
        let program = Program::start(built, processor, &words)?;
        Ok(Self { program, processor: processor.to_owned(), port, server })
    }

    /// Moves to another processor, where it begins without connections.
    pub fn move_to(&mut self, built: &Built, processor: &str) -> Result<(), String> {
        if self.processor != processor {
            *self = Self::new(built, processor, self.port.clone(), self.server)?;
        }
        Ok(())
    }

    /// Opens connections until there are that many, by the command `how`; tells why the host forbids it, if it does.
    pub fn open(&mut self, how: &str, connections: usize) -> Result<Option<String>, String> {
        let answer = self.program.ask(&format!("{how} {connections}"))?;
        match answer.strip_prefix("forbidden: ") {
            Some(reason) => Ok(Some(reason.to_owned())),
            None if answer == "connected" => Ok(None),
            None => Err(format!("the clients answered {answer:?}")),
        }
    }

    pub fn batch(&mut self, echoes: usize, window: usize, of: usize) -> Result<Price, String> {
        let answer = self.program.ask(&format!("run {echoes} {window} {of}"))?;
        match Program::numbers(&answer)[..] {
            [time, processor] => Ok(Price { time, processor }),
            _ => Err(format!("the clients answered {answer:?}")),
        }
    }
}

/// Nanoseconds for each echo.
#[derive(Clone, Copy)]
pub struct Price {
    pub time: f64,
    pub processor: f64,
}
