//! Writes what is known: for people, as Markdown, as JUnit, as the snapshot that is committed. It decides nothing.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::Verdict;
use crate::tables::{HOST, HOSTS, State, Suite};

/// The committed agreement about every clause on every host: only a change that someone meant may change it.
pub(crate) fn snapshot_fault(root: &Path, suite: &Suite, accept: bool) -> Option<String> {
    let mut now = format!("# id {}\n", HOSTS.join(" "));
    let mut ids: Vec<_> = suite.clauses.iter().map(|clause| &clause.id).collect();
    ids.sort();
    for id in ids {
        let states = HOSTS.map(|host| suite.state_on(host, id).name());
        writeln!(now, "{id} {}", states.join(" ")).unwrap();
    }
    let file = root.join("snapshot.txt");
    let agreed = fs::read_to_string(&file).unwrap_or_default();
    if accept && agreed != now {
        fs::write(&file, &now).unwrap();
        return None;
    }
    let first = now.lines().zip(agreed.lines().chain(std::iter::repeat(""))).find(|(a, b)| a != b);
    (agreed != now).then(|| {
        let line = first.map_or("its end", |(line, _)| line);
        format!("snapshot.txt differs from the tables, first at `{line}`; look at the change, then run with --accept")
    })
}

pub(crate) fn text(format: &Option<String>, suite: &Suite, verdicts: &[Verdict]) -> String {
    match format.as_deref() {
        Some("md") => markdown(suite, verdicts),
        Some("junit") => junit(verdicts),
        _ => plain(suite, verdicts),
    }
}

/// One line for each clause, and all there is to say about those that fail.
fn plain(suite: &Suite, verdicts: &[Verdict]) -> String {
    let mut out = String::new();
    for verdict in verdicts {
        let word = match (&verdict.fault, verdict.state) {
            (Some(_), _) => "FAILED",
            (None, State::Pass) => "ok",
            (None, state) => state.name(),
        };
        write!(out, "{} ... {word}", verdict.id).unwrap();
        match suite.expected[HOST].get(verdict.id) {
            Some((_, reason)) if verdict.fault.is_none() => writeln!(out, " ({reason})").unwrap(),
            _ => out.push('\n'),
        }
    }
    out + &failures(verdicts, "")
}

/// All there is to say about the clauses that fail in this way of calling.
pub(crate) fn failures(verdicts: &[Verdict], way: &str) -> String {
    let mut out = String::new();
    for verdict in verdicts {
        let Some(fault) = &verdict.fault else { continue };
        writeln!(out, "\nFAILED {}{way}\n  clause: {}", verdict.id, verdict.clause).unwrap();
        for line in fault.lines() {
            writeln!(out, "  {line}").unwrap();
        }
    }
    out
}

fn markdown(suite: &Suite, verdicts: &[Verdict]) -> String {
    let mut out = format!("# Conformance on {HOST}\n\n| id | state | clause | facts |\n|---|---|---|---|\n");
    let facts: BTreeMap<_, _> =
        suite.clauses.iter().map(|clause| (clause.id.as_str(), &clause.facts)).collect();
    for verdict in verdicts {
        let state = if verdict.fault.is_some() { "**fails**" } else { verdict.state.name() };
        writeln!(
            out,
            "| `{}` | {state} | {} | {} |",
            verdict.id,
            verdict.clause,
            facts[verdict.id].join(" ")
        )
        .unwrap();
    }
    let mut by_fact: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for clause in &suite.clauses {
        for fact in &clause.facts {
            by_fact.entry(fact).or_default().push(&clause.id);
        }
    }
    out.push_str("\n| fact | clauses |\n|---|---|\n");
    for (fact, ids) in by_fact {
        writeln!(out, "| {fact} | {} |", ids.join(", ")).unwrap();
    }
    out
}

fn junit(verdicts: &[Verdict]) -> String {
    let failures = verdicts.iter().filter(|verdict| verdict.fault.is_some()).count();
    let count = verdicts.len();
    let mut out = format!("<testsuite name=\"conformance\" tests=\"{count}\" failures=\"{failures}\">\n");
    for verdict in verdicts {
        write!(out, "  <testcase classname=\"conformance\" name=\"{}\">", xml(verdict.id)).unwrap();
        match &verdict.fault {
            Some(fault) => {
                write!(out, "<failure message=\"{}\">{}</failure>", xml(verdict.clause), xml(fault)).unwrap();
            }
            None if verdict.state != State::Pass => out.push_str("<skipped/>"),
            None => {}
        }
        out.push_str("</testcase>\n");
    }
    out + "</testsuite>\n"
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The outcome of each case, one line each, for scripts that compare hosts: id, pass or fail, what was said.
pub(crate) fn write_results(folder: &Path, verdicts: &[Verdict]) {
    let mut out = String::new();
    for verdict in verdicts {
        let word = match (verdict.state, &verdict.fault) {
            (State::Skip, _) => "skip",
            (State::Pass, None) => "pass",
            (State::Xfail | State::Differs, Some(_)) => "pass",
            _ => "fail",
        };
        writeln!(out, "{}\t{word}\t{}", verdict.id, verdict.detail.lines().next().unwrap_or("")).unwrap();
    }
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("results.tsv"), out).unwrap();
}
