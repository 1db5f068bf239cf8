//! Compiles generated sources with every compiler that is here.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

pub(crate) const OWN_HEADERS: [&str; 15] = [
    "winsock2.h",
    "ws2tcpip.h",
    "mswsock.h",
    "mstcpip.h",
    "ws2spi.h",
    "sporder.h",
    "afunix.h",
    "iphlpapi.h",
    "netioapi.h",
    "wspiapi.h",
    "winsock.h",
    "ws2def.h",
    "ws2ipdef.h",
    "inaddr.h",
    "in6addr.h",
];

pub(crate) fn include_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

/// A compiler that is here. One that is not is said aloud: a silent gap would look like a pass.
pub(crate) struct Compiler {
    pub(crate) cc: &'static str,
    pub(crate) cxx: &'static str,
    /// Extra options with which C++ is compiled once more: another standard library.
    pub(crate) libraries: Vec<&'static str>,
}

pub(crate) fn compilers() -> &'static [Compiler] {
    static FOUND: OnceLock<Vec<Compiler>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let works = |args: &[&str], text: &str| {
            let file = write("probe.cpp", text);
            Command::new(args[0])
                .args(&args[1..])
                .arg("-fsyntax-only")
                .arg(file)
                .output()
                .is_ok_and(|o| o.status.success())
        };
        let mut found = Vec::new();
        for (cc, cxx) in [("gcc", "g++"), ("clang", "clang++")] {
            if !works(&[cxx], "#include <vector>\n") {
                println!(
                    "SKIPPED: no working {cc}/{cxx} on this machine; the headers are not tested with it"
                );
                continue;
            }
            let mut libraries = vec![""];
            if cc == "clang" && works(&[cxx, "-stdlib=libc++"], "#include <vector>\n") {
                libraries.push("-stdlib=libc++");
            } else if cc == "clang" {
                println!("SKIPPED: no libc++ on this machine; the headers are not tested with it");
            }
            found.push(Compiler { cc, cxx, libraries });
        }
        assert!(!found.is_empty(), "no C compiler: these tests need gcc or clang");
        found
    })
}

pub(crate) fn write(name: &str, text: &str) -> PathBuf {
    static SERIAL: AtomicUsize = AtomicUsize::new(0);
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("headers-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory for the generated sources");
    let file = dir.join(format!("{}-{name}", SERIAL.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(&file, text).expect("writing a generated source");
    file
}

pub(crate) fn own_includes() -> String {
    OWN_HEADERS.map(|h| format!("#include <{h}>\n")).concat()
}

/// One compilation: what to call it in a report, the command, the source text.
pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) command: Vec<String>,
    pub(crate) text: String,
}

impl Job {
    pub(crate) fn new(compiler: &str, options: &str, language: &str, text: String) -> Self {
        let mut command: Vec<String> = vec![compiler.to_owned()];
        command.extend(options.split_whitespace().map(str::to_owned));
        command.extend(["-x".to_owned(), language.to_owned(), "-I".to_owned()]);
        command.push(include_dir().display().to_string());
        Job { name: format!("{compiler} {options}"), command, text }
    }

    pub(crate) fn run(&self) -> Output {
        let file = write(if self.command.iter().any(|a| a == "c++") { "t.cpp" } else { "t.c" }, &self.text);
        let (program, options) = self.command.split_first().expect("a command");
        Command::new(program).args(options).arg(file).output().expect("running the compiler")
    }
}

/// Runs all, on every core, and fails with every complaint at once.
pub(crate) fn compile_all(jobs: Vec<Job>) {
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let cores = std::thread::available_parallelism().map_or(2, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let output = job.run();
                    if !output.status.success() || !output.stderr.is_empty() {
                        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
                        failures.lock().unwrap().push(format!("{}:\n{complaint}", job.name));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let shown: Vec<_> = failures.iter().take(3).cloned().collect();
    assert!(
        failures.is_empty(),
        "{} of {} failed; the first:\n{}",
        failures.len(),
        jobs.len(),
        shown.join("\n")
    );
}
