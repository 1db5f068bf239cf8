//! What the headers declare: each function binds to a `ws2_` symbol, and the library has just those.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::compile::{Job, OWN_HEADERS, compilers, include_dir, own_includes, write};
use crate::items;

/// The functions that the headers declare: C name and symbol, as (name, symbol).
fn declared() -> Vec<(String, String)> {
    let wide = "_w32"; // wchar_t has 32 bits in what these tests compile
    let mut found = Vec::new();
    for header in OWN_HEADERS {
        let text = std::fs::read_to_string(include_dir().join(header)).expect(header);
        for (start, _) in text.match_indices("WS2_SYM") {
            let (macro_name, rest) = text[start..].split_once('(').expect("a label");
            let label = rest.split(')').next().expect("a label's end");
            let statement = text[..start].rsplit(&[';', '{', '}'][..]).next().unwrap_or_default();
            let code: String =
                statement.lines().filter(|l| !l.starts_with("/*") && !l.starts_with('#')).collect();
            let name = match code.split_once("WS2_NAME(") {
                Some((_, inner)) => inner.split(')').next().unwrap_or_default().to_owned(),
                None => code
                    .split('(')
                    .next()
                    .and_then(|h| h.rsplit(&[' ', '*'][..]).next())
                    .unwrap_or_default()
                    .to_owned(),
            };
            let suffix = if macro_name == "WS2_SYM_W" { wide } else { "" };
            found.push((name, format!("ws2_{label}{suffix}")));
        }
    }
    found.sort();
    found.dedup(); // select is declared once for C, once for C++
    found
}

fn undefined_symbols(object: &Path) -> BTreeSet<String> {
    let output = Command::new("nm").args(["-u"]).arg(object).output().expect("running nm");
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let name = |line: &str| line.split_whitespace().last().unwrap_or_default().to_owned();
    let plain = |s: String| if cfg!(target_os = "macos") { s[1..].to_owned() } else { s };
    text.lines().map(name).filter(|s| !s.is_empty() && s != "_GLOBAL_OFFSET_TABLE_").map(plain).collect()
}

#[test]
fn every_function_binds_to_a_prefixed_symbol() {
    let functions = declared();
    assert!(functions.len() > 70, "only {} declarations were found", functions.len());
    for wanted in
        ["recv", "select", "WSARecv", "getaddrinfo", "gethostname", "inet_pton", "WSARecvEx", "htons"]
    {
        assert!(
            functions.contains(&(wanted.to_owned(), format!("ws2_{wanted}"))),
            "{wanted} is not declared"
        );
    }
    let expected: BTreeSet<String> = functions.iter().map(|(_, symbol)| symbol.clone()).collect();
    let taken: String =
        functions.iter().filter(|(n, _)| n != "select").map(|(n, _)| format!("    (any){n},\n")).collect();
    let text = format!(
        "#include <stdlib.h>\n{}typedef void (*any)(void);\n\
         typedef int (*select_type)(int, fd_set *, fd_set *, fd_set *, const struct timeval *);\n\
         extern any all[];\nselect_type chosen = select;\nany all[] = {{\n{taken}}};\n",
        own_includes()
    );
    for compiler in compilers() {
        for (cc, language) in [(compiler.cc, "c"), (compiler.cxx, "c++")] {
            let object = write("all.o", "");
            let options = format!("-Wall -Wextra -Werror -c -o {}", object.display());
            let output = Job::new(cc, &options, language, text.clone()).run();
            assert!(output.status.success(), "{cc}: {}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(undefined_symbols(&object), expected, "{cc}");
        }
    }
}

/// The names of the symbols that the library's sources export, without `ws2_` and `_w32`.
fn exported(folder: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(items::source_path(folder)).expect("a folder of sources") {
        let entry = entry.expect("an entry");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("its type").is_dir() {
            exported(&path, found);
            continue;
        }
        for rest in items::source(&path).split("export_name = \"ws2_").skip(1) {
            let symbol = rest.split('"').next().unwrap_or_default();
            found.insert(symbol.strip_suffix("_w32").unwrap_or(symbol).to_owned());
        }
    }
}

#[test]
fn headers_and_library_have_the_same_functions() {
    let plain = |symbol: &str| symbol.trim_start_matches("ws2_").trim_end_matches("_w32").to_owned();
    let declared: BTreeSet<String> = declared().iter().map(|(_, symbol)| plain(symbol)).collect();
    let (mut winsock, mut all) = (BTreeSet::new(), BTreeSet::new());
    exported("ffi/winsock", &mut winsock);
    exported("ffi", &mut all);
    let missing: Vec<_> = declared.difference(&all).collect();
    assert!(missing.is_empty(), "declared, but not in the library: {missing:?}");
    let hidden: Vec<_> = winsock.difference(&declared).collect();
    assert!(hidden.is_empty(), "in the library, but not declared: {hidden:?}");
}
