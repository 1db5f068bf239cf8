//! The names that libws2_32 gives to the linker: all its own, none of the C library's, and just those that the headers
//! bind. It reads symbol tables and header text; it calls nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

type Names = BTreeSet<String>;

/// A library that the build of these tests left behind.
fn library(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_ws2cc")).with_file_name("deps").join(name);
    assert!(path.is_file(), "{} was not built with the tests", path.display());
    path
}

fn shared_library() -> PathBuf {
    library(if cfg!(target_vendor = "apple") { "libws2_32.dylib" } else { "libws2_32.so" })
}

/// The names that others can link to. `None`, and a loud word, where there is no nm.
fn exported(path: &Path, dynamic: bool) -> Option<Names> {
    let apple = cfg!(target_vendor = "apple");
    let mut nm = Command::new("nm");
    nm.args(["-g", if apple { "-U" } else { "--defined-only" }]).args((dynamic && !apple).then_some("-D"));
    let Ok(output) = nm.arg(path).output() else {
        eprintln!("SKIPPED: there is no nm here to read {}", path.display());
        return None;
    };
    // an archive may hold members without symbols, of which nm complains: only an empty table is a failure
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let names = text.lines().filter_map(|line| {
        let [_address, _kind, name] = line.split_whitespace().collect::<Vec<_>>()[..] else { return None };
        let name = if apple { name.strip_prefix('_').unwrap_or(name) } else { name };
        Some(name.split('@').next().unwrap_or(name).to_owned())
    });
    let names = names.collect::<Names>();
    assert!(
        !names.is_empty(),
        "no symbols in {}: {}",
        path.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    Some(names)
}

/// Every header under `include`.
fn headers() -> Vec<PathBuf> {
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    let in_folder = |folder: PathBuf| std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let all = in_folder(include.clone()).chain(in_folder(include.join("openws2")));
    all.filter(|path| path.extension().is_some_and(|suffix| suffix == "h")).collect()
}

/// The functions that the headers bind, as the program writes them, and the symbols that they are bound to: a
/// function with wide strings has one for each width of wchar_t.
fn bound() -> (Names, Names) {
    let (mut functions, mut symbols) = (Names::new(), Names::new());
    for header in headers() {
        let text = std::fs::read_to_string(header).unwrap();
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            for (label, wide) in [("WS2_SYM(", false), ("WS2_SYM_W(", true)] {
                for part in line.split(label).skip(1) {
                    let function = part.split(')').next().unwrap_or_default().trim().to_owned();
                    symbols.insert(format!("ws2_{function}"));
                    symbols.extend(wide.then(|| format!("ws2_{function}_w32")));
                    functions.insert(function);
                }
            }
        }
    }
    assert!(functions.contains("recv"), "the headers bind functions by WS2_SYM: {functions:?}");
    (functions, symbols)
}

/// The C library's own names, read from the one that runs this test.
#[cfg(target_os = "linux")]
fn c_library() -> Option<Names> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mapped = maps.lines().filter_map(|line| line.split_whitespace().nth(5));
    let path =
        mapped.into_iter().find(|path| path.contains("/libc.so") || path.contains("/libc-"))?.to_owned();
    exported(Path::new(&path), true)
}

/// Apple's C library is in no file that nm could read: the names that the headers bind are what can clash.
#[cfg(not(target_os = "linux"))]
fn c_library() -> Option<Names> {
    Some(Names::new())
}

#[test]
fn the_shared_library_exports_its_own_prefix_only() {
    let Some(names) = exported(&shared_library(), true) else { return };
    let foreign: Vec<_> = names.iter().filter(|name| !name.starts_with("ws2_")).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn neither_library_takes_a_name_of_the_c_library() {
    let (functions, _) = bound();
    let Some(mut forbidden) = c_library() else { return };
    assert!(!cfg!(target_os = "linux") || forbidden.contains("recv"), "the C library was read");
    forbidden.extend(functions);
    for (path, dynamic) in [(shared_library(), true), (library("libws2_32.a"), false)] {
        let names = exported(&path, dynamic).unwrap_or_default();
        let taken: Vec<_> = names.intersection(&forbidden).collect();
        assert!(taken.is_empty(), "{} defines {taken:?}", path.display());
    }
}

#[test]
fn headers_and_library_name_the_same_functions() {
    let Some(exported) = exported(&shared_library(), true) else { return };
    let (_, bound) = bound();
    let absent: Vec<_> = bound.difference(&exported).collect();
    let unbound: Vec<_> = exported.difference(&bound).collect();
    let fits = absent.is_empty() && unbound.is_empty();
    assert!(
        fits,
        "declared and not in the library: {absent:?}; in the library and not declared: {unbound:?}"
    );
}

#[test]
fn both_libraries_have_the_same_functions() {
    let (Some(shared), Some(archive)) =
        (exported(&shared_library(), true), exported(&library("libws2_32.a"), false))
    else {
        return;
    };
    let ours: Names = archive.into_iter().filter(|name| name.starts_with("ws2_")).collect();
    assert_eq!(shared, ours);
}
