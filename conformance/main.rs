//! The runner of the conformance suite: joins clauses, cases and expectations, builds the cases with `ws2cc`, runs each in a
//! process of its own and says what differs. It knows nothing of sockets.

mod programs;
mod report;
mod tables;

use std::path::Path;
use std::process::ExitCode;

use programs::{Outcome, Way};
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
    /// The one way in which calls are to go; None is the straight one, or all of them in a run of everything.
    through: Option<Way>,
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
                "--through" => {
                    let word = words.next().unwrap_or_default();
                    let way = Way::ALL.into_iter().find(|way| way.word() == word);
                    options.through = Some(way.unwrap_or_else(|| panic!("--through base, or --through lsp")));
                }
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

    /// In which ways calls go: each is a pass of its own.
    fn ways(&self) -> Vec<Way> {
        match self.through {
            Some(way) => vec![way],
            None if self.prefixes.is_empty() && !self.accept && self.report.is_none() => Way::ALL.to_vec(),
            None => vec![Way::Straight],
        }
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
    let ways = options.ways();
    let passes = verdicts(&root, &suite, &options, &ways);
    let (mut summary, mut failed) = (String::new(), 0);
    for (way, verdicts) in ways.iter().zip(&passes) {
        if *way == ways[0] {
            print!("{}", report::text(&options.report, &suite, verdicts));
        } else {
            print!("{}", report::failures(verdicts, way.name()));
        }
        if *way == Way::Straight && options.prefixes.is_empty() {
            report::write_results(&programs::folder(), verdicts);
        }
        let (line, number) = count(verdicts);
        summary += &format!("{line}{}\n", way.name());
        failed += number;
    }
    let faults: String = faults.iter().map(|fault| format!("\nFAULT {fault}\n")).collect();
    match options.report {
        Some(_) => eprint!("{faults}\n{summary}"),
        None => print!("{faults}\n{summary}"),
    }
    if failed == 0 && faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs what was asked for in each of the ways, and holds each outcome against what is expected on this host.
fn verdicts<'a>(root: &Path, suite: &'a Suite, options: &Options, ways: &[Way]) -> Vec<Vec<Verdict<'a>>> {
    let wanted: Vec<_> = suite.clauses.iter().filter(|clause| options.wants(&clause.id)).collect();
    let to_run: Vec<_> = wanted
        .iter()
        .filter(|clause| suite.state(&clause.id) != State::Skip)
        .filter_map(|clause| suite.cases.get(&clause.id).map(|stem| (clause.id.as_str(), stem.as_str())))
        .collect();
    let passes = programs::run(root, &to_run, ways).into_iter();
    let verdict = |outcomes: &mut programs::Outcomes, clause: &'a tables::Clause| {
        let expected = suite.state(&clause.id);
        let outcome = outcomes.remove(clause.id.as_str()).unwrap_or(Outcome::NotRun);
        judge(&clause.id, &clause.text, expected, outcome)
    };
    passes.map(|mut outcomes| wanted.iter().map(|clause| verdict(&mut outcomes, clause)).collect()).collect()
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

/// The line that sums a pass up, and how many clauses failed.
fn count(verdicts: &[Verdict]) -> (String, usize) {
    let count = |wanted: &dyn Fn(&&Verdict) -> bool| verdicts.iter().filter(wanted).count();
    let failed = count(&|verdict| verdict.fault.is_some());
    let passed = count(&|verdict| verdict.fault.is_none() && verdict.state == State::Pass);
    let skipped = count(&|verdict| verdict.fault.is_none() && verdict.state != State::Pass);
    (format!("{passed} passed, {failed} failed, {skipped} skipped"), failed)
}
