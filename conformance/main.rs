//! The runner of the conformance suite: joins clauses, cases and expectations, builds the cases with `ws2cc`, runs each in a
//! process of its own and says what differs. It knows nothing of sockets.

mod programs;
mod report;
mod tables;

use std::path::Path;
use std::process::ExitCode;

use programs::Outcome;
use tables::{State, Suite};

/// What the command line asked for. Unknown flags are those of cargo's own harness and change nothing here.
#[derive(Default)]
struct Options {
    prefixes: Vec<String>,
    list: bool,
    terse: bool,
    ignored: bool,
    accept: bool,
    report: Option<String>,
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Self {
        let mut options = Self::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--list" => options.list = true,
                "--ignored" => options.ignored = true,
                "--accept" => options.accept = true,
                "--report" => options.report = words.next(),
                "--format" => options.terse = words.next().as_deref() == Some("terse"),
                "--format=terse" => options.terse = true,
                "--test-threads" | "--color" | "--skip" | "--logfile" | "-Z" => drop(words.next()),
                flag if flag.starts_with('-') => {}
                // The name under which test runners know the suite as a whole.
                "conformance" => {}
                prefix => options.prefixes.push(prefix.to_owned()),
            }
        }
        options
    }

    fn wants(&self, id: &str) -> bool {
        self.prefixes.is_empty() || self.prefixes.iter().any(|prefix| id.starts_with(prefix.as_str()))
    }
}

/// What became of one clause.
struct Verdict<'a> {
    id: &'a str,
    clause: &'a str,
    state: State,
    /// What the case said where it did not say "ok".
    detail: String,
    /// The reason why the run as a whole fails, if it does because of this clause.
    fault: Option<String>,
}

fn main() -> ExitCode {
    let options = Options::read(std::env::args().skip(1));
    if options.list && options.terse {
        // One test in the eyes of other runners, and none that is ignored.
        print!("{}", if options.ignored { "" } else { "conformance: test\n" });
        return ExitCode::SUCCESS;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let suite = Suite::read(&root);
    if options.list {
        for clause in suite.clauses.iter().filter(|clause| options.wants(&clause.id)) {
            println!("{}: {}", clause.id, clause.text);
        }
        return ExitCode::SUCCESS;
    }
    let mut faults = suite.faults.clone();
    faults.extend(report::snapshot_fault(&root, &suite, options.accept));
    let verdicts = verdicts(&root, &suite, &options);
    print!("{}", report::text(&options.report, &suite, &verdicts));
    if options.prefixes.is_empty() {
        report::write_results(&programs::folder(), &verdicts);
    }
    let (summary, code) = conclude(&faults, &verdicts);
    match options.report {
        Some(_) => eprint!("{summary}"),
        None => print!("{summary}"),
    }
    code
}

/// Runs what was asked for and holds each outcome against what is expected on this host.
fn verdicts<'a>(root: &Path, suite: &'a Suite, options: &Options) -> Vec<Verdict<'a>> {
    let wanted: Vec<_> = suite.clauses.iter().filter(|clause| options.wants(&clause.id)).collect();
    let to_run: Vec<_> = wanted
        .iter()
        .filter(|clause| suite.state(&clause.id) != State::Skip)
        .filter_map(|clause| suite.cases.get(&clause.id).map(|stem| (clause.id.as_str(), stem.as_str())))
        .collect();
    let mut outcomes = programs::run(root, &to_run);
    wanted
        .iter()
        .map(|clause| {
            let expected = suite.state(&clause.id);
            let outcome = outcomes.remove(clause.id.as_str()).unwrap_or(Outcome::NotRun);
            judge(&clause.id, &clause.text, expected, outcome)
        })
        .collect()
}

fn judge<'a>(id: &'a str, clause: &'a str, expected: State, outcome: Outcome) -> Verdict<'a> {
    let (detail, passed) = match outcome {
        Outcome::Passed => (String::new(), true),
        Outcome::Failed(detail) => (detail, false),
        Outcome::NotRun => (String::new(), expected == State::Pass),
    };
    let fault = match (expected, passed) {
        (State::Pass, false) => Some(detail.clone()),
        (State::Xfail | State::Differs, true) => {
            Some(format!("it passes, but expect/{}.txt says {}", tables::HOST, expected.name()))
        }
        _ => None,
    };
    Verdict { id, clause, state: expected, detail, fault }
}

/// The faults, and the line that sums the run up.
fn conclude(faults: &[String], verdicts: &[Verdict]) -> (String, ExitCode) {
    let count = |wanted: &dyn Fn(&&Verdict) -> bool| verdicts.iter().filter(wanted).count();
    let failed = count(&|verdict| verdict.fault.is_some()) + faults.len();
    let passed = count(&|verdict| verdict.fault.is_none() && verdict.state == State::Pass);
    let skipped = count(&|verdict| verdict.fault.is_none() && verdict.state != State::Pass);
    let mut summary: String = faults.iter().map(|fault| format!("\nFAULT {fault}\n")).collect();
    summary += &format!("\n{passed} passed, {failed} failed, {skipped} skipped\n");
    (summary, if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
