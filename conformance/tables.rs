//! Reads the written half of the suite (clauses, expectations, coverage), finds the cases, and says where the two do not
//! fit. It runs nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) const HOST: &str = if cfg!(target_os = "macos") { "macos" } else { "linux" };
pub(crate) const HOSTS: [&str; 2] = ["linux", "macos"];

/// What a host is expected to make of a clause.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Pass,
    /// We fail and should not.
    Xfail,
    /// The host cannot; a documented limit.
    Differs,
    /// It cannot be run there.
    Skip,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Xfail => "xfail",
            Self::Differs => "differs",
            Self::Skip => "skip",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Xfail, Self::Differs, Self::Skip].into_iter().find(|state| state.name() == name)
    }
}

/// One row of a table under clauses/.
pub(crate) struct Clause {
    pub(crate) id: String,
    pub(crate) facts: Vec<String>,
    pub(crate) text: String,
}

pub(crate) struct Suite {
    pub(crate) clauses: Vec<Clause>,
    /// Clause id → stem of the file that holds its case.
    pub(crate) cases: BTreeMap<String, String>,
    /// Host → clause id → expectation with its reason.
    pub(crate) expected: HashMap<&'static str, BTreeMap<String, (State, String)>>,
    /// Whatever does not fit together.
    pub(crate) faults: Vec<String>,
}

impl Suite {
    pub(crate) fn read(root: &Path) -> Self {
        let mut suite = Self {
            clauses: Vec::new(),
            cases: BTreeMap::new(),
            expected: HashMap::new(),
            faults: Vec::new(),
        };
        for file in files(&root.join("clauses"), "md") {
            suite.read_clauses(&file);
        }
        for file in files(&root.join("cases"), "c") {
            suite.read_cases(&file);
        }
        for host in HOSTS {
            suite.read_expected(host, &root.join("expect").join(format!("{host}.txt")));
        }
        suite.join();
        suite.check_coverage(&root.join("coverage.md"));
        suite
    }

    /// What this host is expected to make of a clause.
    pub(crate) fn state(&self, id: &str) -> State {
        self.state_on(HOST, id)
    }

    pub(crate) fn state_on(&self, host: &str, id: &str) -> State {
        self.expected[host].get(id).map_or(State::Pass, |(state, _)| *state)
    }

    fn read_clauses(&mut self, file: &Path) {
        for row in rows(file, 4) {
            let [id, from, facts, text] = &row[..] else {
                self.faults.push(format!("{}: a row needs id, from, facts, clause: {row:?}", file.display()));
                continue;
            };
            if !["observed", "documented", "decided"].contains(&from.as_str()) {
                self.faults.push(format!("{id}: `from` is {from:?}"));
            }
            if id.split('/').count() != 3 {
                self.faults.push(format!("{id}: an id is function/part/slug"));
            }
            let facts = facts.split_whitespace().map(str::to_owned).collect();
            self.clauses.push(Clause { id: id.clone(), facts, text: text.clone() });
        }
    }

    fn read_cases(&mut self, file: &Path) {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        for line in read(file).lines() {
            let Some((_, rest)) = line.split_once("CASE(\"") else { continue };
            let id = rest.split('"').next().unwrap().to_owned();
            if let Some(other) = self.cases.insert(id.clone(), stem.clone()) {
                self.faults.push(format!("{id}: two cases, in {other}.c and {stem}.c"));
            }
        }
    }

    fn read_expected(&mut self, host: &'static str, file: &Path) {
        let mut entries = BTreeMap::new();
        for line in read(file).lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            match cells[..] {
                [id, state, reason] if State::from_name(state).is_some() && !reason.is_empty() => {
                    let entry = (State::from_name(state).unwrap(), reason.to_owned());
                    if entries.insert(id.to_owned(), entry).is_some() {
                        self.faults.push(format!("expect/{host}.txt names {id} twice"));
                    }
                }
                _ => self
                    .faults
                    .push(format!("expect/{host}.txt: not `id | xfail, differs or skip | reason`: {line}")),
            }
        }
        self.expected.insert(host, entries);
    }

    /// Every clause has a case, every case and every expectation has a clause, and no id stands twice.
    fn join(&mut self) {
        let mut ids = BTreeSet::new();
        for clause in &self.clauses {
            if !ids.insert(clause.id.as_str()) {
                self.faults.push(format!("{}: two clauses", clause.id));
            }
            if !self.cases.contains_key(&clause.id) {
                self.faults.push(format!("{}: a clause without a case", clause.id));
            }
        }
        for id in self.cases.keys().filter(|id| !ids.contains(id.as_str())) {
            self.faults.push(format!("{id}: a case without a clause"));
        }
        for host in HOSTS {
            for id in self.expected[host].keys().filter(|id| !ids.contains(id.as_str())) {
                self.faults.push(format!("expect/{host}.txt names {id}, which is no clause"));
            }
        }
    }

    /// Every numbered fact is either in a clause or has a reason in coverage.md, and not both.
    fn check_coverage(&mut self, file: &Path) {
        let covered: BTreeSet<_> =
            self.clauses.iter().flat_map(|clause| clause.facts.iter().cloned()).collect();
        let mut excused = BTreeSet::new();
        for row in rows(file, 2) {
            for fact in row[0].split(',').flat_map(|range| facts_in(range.trim())) {
                if !excused.insert(fact.clone()) {
                    self.faults.push(format!("coverage.md names {fact} twice"));
                }
            }
        }
        let known: BTreeSet<String> =
            facts_in("F001–F337").into_iter().chain(facts_in("G001–G230")).collect();
        for fact in &known {
            match (covered.contains(fact), excused.contains(fact)) {
                (false, false) => {
                    self.faults.push(format!("{fact}: in no clause, and coverage.md has no reason"))
                }
                (true, true) => self.faults.push(format!("{fact}: in a clause, so not in coverage.md")),
                _ => {}
            }
        }
        for fact in covered.union(&excused).filter(|fact| !known.contains(*fact)) {
            self.faults.push(format!("{fact}: no such fact"));
        }
    }
}

/// `F003–F005` → F003, F004, F005; a single name stands for itself.
pub(crate) fn facts_in(range: &str) -> Vec<String> {
    let Some((first, last)) = range.split_once('–') else { return vec![range.to_owned()] };
    let number = |name: &str| name[1..].parse::<u32>().ok();
    match (number(first), number(last)) {
        (Some(low), Some(high)) => (low..=high).map(|n| format!("{}{n:03}", &first[..1])).collect(),
        _ => vec![range.to_owned()],
    }
}

/// The rows of the Markdown tables in a file, without heads and rules, cells trimmed and freed of backquotes.
fn rows(file: &Path, cells: usize) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in read(file).lines() {
        let Some(row) = line.strip_prefix('|') else {
            inside = false;
            continue;
        };
        if row.starts_with("---") {
            inside = true;
        } else if inside {
            let row = row.trim_end().strip_suffix('|').unwrap_or(row);
            let row: Vec<_> =
                row.splitn(cells, '|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect();
            rows.push(row);
        }
    }
    rows
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .collect();
    files.sort();
    files
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
