//! What ws2cc says when nothing can be built, and its exit status.

use crate::support::{Folder, PROGRAM, err};

#[track_caller]
fn fails(folder: &Folder, arguments: &[&str], status: i32, text: &str) {
    let output = folder.ws2cc(arguments);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", err(&output));
    assert!(err(&output).contains(text), "{arguments:?} said: {}", err(&output));
}

#[test]
fn a_command_line_that_cannot_be() {
    let folder = Folder::new("usage").with("app.c", PROGRAM).with("app.rc", "");
    fails(&folder, &[], 2, "no input files");
    fails(&folder, &["-lws2_32"], 2, "no input files");
    fails(&folder, &["app.c", "/DNAME"], 2, "MSVC");
    fails(&folder, &["app.c", "/Fe:app.exe"], 2, "MSVC");
    fails(&folder, &["app.c", "app.rc"], 2, "app.rc");
    fails(&folder, &["app.c", "-o"], 2, "-o needs a value");
    fails(&folder, &["app.c", "--destdir", "x"], 2, "--install");
    fails(&folder, &["--install", "relative"], 2, "absolute");
}

#[test]
fn the_compilers_failure_is_passed_on() {
    let folder = Folder::new("failure").with("app.c", "int main(void) { return nowhere; }");
    fails(&folder, &["app.c"], 1, "nowhere");
    fails(&folder, &["--run", "app.c"], 1, "nowhere");
    fails(&folder, &["missing.c"], 1, "missing.c");
}

#[test]
fn what_is_missing_is_named() {
    let folder = Folder::new("missing").with("app.c", PROGRAM);
    std::fs::create_dir(folder.path("empty")).unwrap();
    let with = |name: &str, value: &str, arguments: &[&str]| {
        let output =
            folder.command(env!("CARGO_BIN_EXE_ws2cc")).env(name, value).args(arguments).output().unwrap();
        (output.status.code(), err(&output))
    };
    let (status, said) = with("CC", "no-such-compiler -O2", &["app.c"]);
    assert!(
        status == Some(127) && said.contains("no-such-compiler") && said.contains("CC"),
        "{status:?} {said}"
    );
    let (status, said) = with("OPENWS2_INCLUDE", "empty", &["app.c"]);
    assert!(status == Some(3) && said.contains("winsock2.h"), "{status:?} {said}");
    let (status, said) = with("OPENWS2_LIB", "empty", &["app.c"]);
    assert!(status == Some(3) && said.contains("libws2_32"), "{status:?} {said}");
    let (status, said) = with("OPENWS2_LIB", "empty", &["-c", "app.c"]);
    assert!(status == Some(0), "compiling alone needs no library: {said}");
}

#[test]
fn a_build_tree_without_library_says_what_builds_it() {
    let folder = Folder::new("unbuilt").with("app.c", PROGRAM);
    std::fs::create_dir_all(folder.path("release/deps")).unwrap();
    let driver = folder.path("release/ws2cc");
    std::fs::copy(env!("CARGO_BIN_EXE_ws2cc"), &driver).unwrap();
    let output = folder.command(driver).arg("app.c").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(err(&output).contains("cargo build --release -p ws2_32"), "{}", err(&output));
}
