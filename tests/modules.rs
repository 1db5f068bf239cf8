//! Modules from C, in both widths of wchar_t: shared objects that ws2cc makes, a program that loads them.

#[path = "programs/build.rs"]
mod build;
#[path = "programs/run.rs"]
mod run;

use std::path::{Path, PathBuf};

use build::{in_package, run_ws2cc, scratch};
use run::{Program, assert_in_order};

const ENDING: &str = if cfg!(target_vendor = "apple") { "dylib" } else { "so" };

/// A fresh folder for a program and its modules.
fn folder(name: &str) -> PathBuf {
    let folder = scratch(name);
    let _ = std::fs::remove_dir_all(&folder); // there is none the first time
    std::fs::create_dir_all(folder.join("more")).expect("the folder can be made");
    folder
}

/// Builds a source of `tests/c`, without a word of warning.
#[track_caller]
fn build(source: &str, output: &Path, options: &[&str]) {
    let source = in_package("tests/c").join(source);
    let [source, output] = [&source, output].map(|path| path.to_str().expect("paths of tests are Unicode"));
    // a linker takes what is missing from the files that come later
    let (files, options): (Vec<&str>, Vec<&str>) = options.iter().partition(|word| word.starts_with('/'));
    let own = ["-Wall", "-Wextra", "-g", source];
    let arguments = [&options[..], &own, &files, &["-lws2_32", "-o", output]].concat();
    let done = run_ws2cc(&arguments);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.is_empty(), "ws2cc {}:\n{said}", arguments.join(" "));
}

/// The program in a folder with every module that it wants.
fn program(name: &str, width: &[&str]) -> PathBuf {
    let folder = folder(name);
    let under = format!("libunder.{ENDING}");
    let modules: [(&str, &str, &[&str]); 7] = [
        ("plugin.dll", "plugin", &[]),
        (&under, "under", &[]),
        ("more/inner.dll", "inner", &[]),
        ("refuses.dll", "refuses", &["-DREFUSES"]),
        (
            "needs.dll",
            "needs",
            if cfg!(target_vendor = "apple") {
                &["-DNEEDS", "-Wl,-undefined,dynamic_lookup"]
            } else {
                &["-DNEEDS"]
            },
        ),
        ("nests.dll", "nests", &["-DLOADS=\"under.dll\""]),
        ("cpp.dll", "cpp", &["-x", "c++"]),
    ];
    for (file, name, options) in modules {
        let name = format!("-DNAME=\"{name}\"");
        build("module_plugin.c", &folder.join(file), &[&["-shared", &name], width, options].concat());
    }
    std::fs::write(folder.join("broken.dll"), "no object at all").expect("a file can be written");
    let program = folder.join("host");
    build("module_host.c", &program, width);
    program
}

/// What the modules and the program say, in this order and no more.
const SAID: &str = "\
load
plugin: attach
load again
free once
free twice
plugin: detach
under: attach
under: detach
inner: attach
inner: detach
load one that refuses
refuses: attach
refuses: detach
and again
refuses: attach
refuses: detach
load with flags
plugin: attach
plugin: detach
plugin: attach
plugin: detach
load one that loads another
nests: attach
under: attach
nests: detach
under: detach
load C++
cpp: attach
cpp: detach
a thread leaves its module
plugin: attach
plugin: detach
one that stays
plugin: attach
the end
";

#[test]
fn modules_come_and_go_with_wide_characters_of_the_host() {
    let program = program("modules", &[]);
    assert_eq!(Program::start(&program, &[]).finish(), SAID);
}

#[test]
fn modules_come_and_go_with_wide_characters_of_windows() {
    let program = program("modules-short", &["-fshort-wchar"]);
    assert_eq!(Program::start(&program, &[]).finish(), SAID);
}

#[test]
fn a_module_that_is_linked_to_the_program_is_found_and_stays() {
    let folder = folder("modules-linked");
    let library = folder.join(format!("more/liblinked.{ENDING}"));
    build("module_plugin.c", &library, &["-shared", "-DNAME=\"linked\""]);
    let [library, at] = [library.as_path(), &folder.join("more")].map(|path| path.display().to_string());
    let program = folder.join("program");
    build("module_linked.c", &program, &[&library, &format!("-Wl,-rpath,{at}")]);
    let said = Program::start(&program, &[]).finish();
    // The host has loaded it: its entry hears nothing, and it stays.
    assert_eq!(said, "starts\nends\n");
}

#[test]
fn a_program_and_a_module_cannot_have_a_library_each() {
    let source = in_package("tests/c/module_plugin.c");
    let source = source.to_str().expect("paths of tests are Unicode");
    let done = run_ws2cc(&["-shared", "--static", "-DNAME=\"static\"", source, "-o", "never.dll"]);
    assert_eq!(done.status.code(), Some(2));
    assert_in_order(&String::from_utf8_lossy(&done.stderr), &["cannot have the static library"]);
}

#[test]
fn a_definition_file_may_name_what_is_offered_anyway() {
    let folder = folder("modules-def");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file can be written");
        path.to_str().expect("paths of tests are Unicode").to_owned()
    };
    let plain = write("plain.def", "LIBRARY plugin\r\nEXPORTS\r\n  WSPStartup @1\r\n  Loads @2 NONAME\r\n");
    let renames = write("renames.def", "EXPORTS\n  Loads=Inner\n");
    build("module_plugin.c", &folder.join("plugin.dll"), &["-shared", "-DNAME=\"plugin\"", &plain]);
    for (words, said) in [
        (&["-shared", "-c", "x.c", "missing.def"][..], "missing.def"),
        (&["-shared", "x.c", &renames], "Loads=Inner"),
        (&["x.c", &plain], "leave it out"),
    ] {
        let done = run_ws2cc(words);
        assert_eq!(done.status.code(), Some(2), "{words:?}");
        assert_in_order(&String::from_utf8_lossy(&done.stderr), &[said]);
    }
}
