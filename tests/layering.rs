//! The layers of the crate as `ci/layers.txt` has them: who uses whom, and where unsafe code may be.

use std::fs;
use std::path::{Path, PathBuf};

struct Row {
    path: String,
    may_use: Vec<String>,
    unsafe_code: bool,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(root().join("ci/layers.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [path, may_use, unsafe_code] = words[..] else { panic!("not three words: {line}") };
            let may_use = may_use.split(',').filter(|&name| name != "-").map(str::to_owned).collect();
            Row { path: path.to_owned(), may_use, unsafe_code: unsafe_code == "yes" }
        })
        .collect()
}

/// The folders of programs and crates of their own.
const OTHERS: [&str; 3] = ["bin/", "ws2_32/", "std/"];

/// Every source file of the library, with its path under src and without its ending.
fn files() -> Vec<(String, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join("src")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(root().join("src")).unwrap().with_extension("");
                let name = name.to_string_lossy().trim_end_matches("/mod").to_owned();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    // The crate's map, and what is no part of the library.
    found.retain(|(name, _)| name != "lib" && !OTHERS.iter().any(|other| name.starts_with(other)));
    found
}

fn is_under(name: &str, path: &str) -> bool {
    name == path || name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

fn row_of<'a>(rows: &'a [Row], name: &str) -> &'a Row {
    let fitting = rows.iter().filter(|row| is_under(name, &row.path));
    fitting.max_by_key(|row| row.path.len()).unwrap_or_else(|| panic!("no row for {name}"))
}

/// The part of a file that is not its tests.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The crate paths that a line names, as paths under src.
fn uses(line: &str) -> Vec<String> {
    let path = |rest: &str| -> String {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
        rest[..end].trim_end_matches(':').replace("::", "/")
    };
    line.match_indices("crate::").map(|(at, found)| path(&line[at + found.len()..])).collect()
}

#[test]
fn each_layer_uses_only_those_below_it() {
    let rows = rows();
    let mut wrong = Vec::new();
    for (name, text) in files() {
        let row = row_of(&rows, &name);
        for (number, line) in code(&text) {
            for used in uses(line) {
                let own = is_under(&used, &row.path) || is_under(&row.path, &used);
                if !own && !row.may_use.iter().any(|allowed| is_under(&used, allowed)) {
                    wrong.push(format!("{name}:{}: {used} is not for {}", number + 1, row.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_stays_at_the_two_borders_and_each_file_says_why() {
    let rows = rows();
    let mut wrong = Vec::new();
    for (name, text) in files() {
        let allows = text.lines().find(|line| line.starts_with("#![allow(unsafe_code)]"));
        match (allows, row_of(&rows, &name).unsafe_code) {
            (Some(_), false) => wrong.push(format!("{name} allows unsafe code")),
            (Some(line), true) if !line.contains("//") => wrong.push(format!("{name} does not say why")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_owns_and_is_of_a_readable_length() {
    const MOST_LINES: usize = 560;
    let mut wrong = Vec::new();
    for (name, text) in files() {
        if !text.starts_with("//!") {
            wrong.push(format!("{name} does not begin with what it owns"));
        }
        if text.lines().count() > MOST_LINES {
            wrong.push(format!("{name} has {} lines", text.lines().count()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
