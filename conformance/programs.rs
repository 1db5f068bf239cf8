//! Builds the case programs with `ws2cc` and runs single cases under a deadline. It knows nothing of what they mean.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) enum Outcome {
    Passed,
    /// What the case said, or how its process ended.
    Failed(String),
    NotRun,
}

/// How the cases' calls reach the base provider.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As they do in every program.
    Straight,
    /// By the base provider's procedure table, without a layer.
    Base,
    /// Through a layered provider that passes everything on.
    Lsp,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Straight, Self::Base, Self::Lsp];

    /// The word that asks for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Straight => "straight",
            Self::Base => "base",
            Self::Lsp => "lsp",
        }
    }

    /// What follows a count or a clause's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Straight => "",
            Self::Base => " (by the base provider's procedure table)",
            Self::Lsp => " (through a layered provider)",
        }
    }

    /// WS2_LAYERS of the case programs; a value that the runner itself was started with stays.
    fn layers(self) -> Option<PathBuf> {
        match self {
            Self::Straight => None,
            Self::Base => Some(PathBuf::from("base")),
            Self::Lsp => Some(folder().join("pass_through_lsp.dll")),
        }
    }
}

/// What became of the cases, by id.
pub(crate) type Outcomes<'a> = HashMap<&'a str, Outcome>;

/// Where programs and results go.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance")
}

/// Builds the programs that hold these cases (id, stem) and runs each case in a process of its own, once in each way.
pub(crate) fn run<'a>(root: &Path, cases: &[(&'a str, &str)], ways: &[Way]) -> Vec<Outcomes<'a>> {
    fs::create_dir_all(folder()).unwrap();
    let stems: BTreeSet<_> = cases.iter().map(|(_, stem)| *stem).collect();
    let built: HashMap<_, _> = build(root, &stems.into_iter().collect::<Vec<_>>()).into_iter().collect();
    let runs: Vec<_> = (0..ways.len()).flat_map(|way| cases.iter().map(move |case| (way, case))).collect();
    let ran = in_parallel(&runs, workers(ways.len()), |(way, (id, stem))| match &built[stem] {
        Ok(program) => (*way, *id, run_case(program, id, ways[*way])),
        Err(words) => (*way, *id, Outcome::Failed(format!("{stem}.c does not build: {words}"))),
    });
    let mut passes: Vec<Outcomes> = ways.iter().map(|_| HashMap::new()).collect();
    for (way, id, outcome) in ran {
        passes[way].insert(id, outcome);
    }
    passes
}

/// How many run at a time: most cases wait rather than work, but many have deadlines.
fn workers(ways: usize) -> usize {
    let processors = thread::available_parallelism().map_or(2, |count| count.get());
    if ways > 1 { (2 * processors).clamp(4, 8) } else { processors.clamp(2, 4) }
}

fn in_parallel<I: Sync, O: Send>(items: &[I], workers: usize, act: impl Fn(&I) -> O + Sync) -> Vec<O> {
    let (next, done) = (Mutex::new(items.iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some(item) = next.lock().unwrap().next() else { break };
                    let outcome = act(item);
                    done.lock().unwrap().push(outcome);
                }
            });
        }
    });
    done.into_inner().unwrap()
}

fn build<'a>(root: &Path, stems: &[&'a str]) -> Vec<(&'a str, Result<PathBuf, String>)> {
    let harness = folder().join("harness.o");
    let support = root.join("support");
    if let Err(words) = compile(&support, &support.join("harness.c"), &["-c"], &harness) {
        return stems.iter().map(|stem| (*stem, Err(words.clone()))).collect();
    }
    // The cases about upcalls install a provider that lies beside them.
    let layer = root.join("../examples/pass_through_lsp.c");
    for (source, name) in [(support.join("provider.c"), "provider.dll"), (layer, "pass_through_lsp.dll")] {
        if let Err(words) = compile(&support, &source, &["-shared"], &folder().join(name)) {
            return stems.iter().map(|stem| (*stem, Err(words.clone()))).collect();
        }
    }
    in_parallel(stems, workers(1), |stem| {
        let program = folder().join(stem);
        let source = root.join("cases").join(format!("{stem}.c"));
        let rest = [harness.to_str().unwrap(), "-lws2_32", "-lmswsock"];
        (*stem, compile(&support, &source, &rest, &program).map(|()| program))
    })
}

/// Runs ws2cc as a user would; a warning is as good as an error, for the cases show that the headers give none.
fn compile(support: &Path, source: &Path, rest: &[&str], out: &Path) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ws2cc"));
    command.args(["-std=gnu99", "-O1", "-g", "-Wall", "-Wextra", "-I"]).arg(support).arg(source).args(rest);
    let output = command.arg("-o").arg(out).output().map_err(|error| error.to_string())?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() && words.is_empty() { Ok(()) } else { Err(gist(&words)) }
}

/// The lines of a compiler's output that say what is wrong, and few of them: each case of the file will show them.
fn gist(words: &str) -> String {
    let telling = |line: &&str| ["error", "warning", "undefined"].iter().any(|word| line.contains(word));
    let lines: Vec<_> = words.lines().filter(telling).take(3).collect();
    if lines.is_empty() { words.to_owned() } else { lines.join("\n") }
}

fn run_case(program: &Path, id: &str, way: Way) -> Outcome {
    let mut command = Command::new(program);
    command.envs(way.layers().map(|layers| ("WS2_LAYERS", layers)));
    let mut child =
        match command.arg(id).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) => return Outcome::Failed(error.to_string()),
        };
    let ending = wait(&mut child);
    let mut said = String::new();
    let _ = child.stdout.take().unwrap().read_to_string(&mut said);
    let _ = child.stderr.take().unwrap().read_to_string(&mut said);
    if ending.is_none() && said.lines().any(|line| line == format!("ok {id}")) {
        return Outcome::Passed;
    }
    let mut words: Vec<_> =
        said.lines().map(|line| line.strip_prefix(&format!("fail {id} ")).unwrap_or(line)).collect();
    words.extend(ending.as_deref());
    Outcome::Failed(words.join("\n"))
}

/// How the process ended, if not as a case that says its own verdict.
fn wait(child: &mut Child) -> Option<String> {
    let end = Instant::now() + DEADLINE;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if matches!(status.code(), Some(0 | 1)) => return None,
            Ok(Some(status)) => return Some(status.to_string()),
            Err(error) => return Some(error.to_string()),
            Ok(None) if Instant::now() > end => break,
            Ok(None) => thread::sleep(Duration::from_millis(2)),
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    Some(format!("still running after {} s", DEADLINE.as_secs()))
}
