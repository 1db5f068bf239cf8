//! Building and running from the build tree.

use crate::support::{Folder, PROGRAM, err, has, out, quiet};

const CPLUSPLUS: &str = r#"
#include <string>
#include <winsock2.h>
int main()
{
    std::string text = "a message";
    WSASetLastError(static_cast<int>(text.size()));
    return WSAGetLastError() + 33;
}
"#;

#[test]
fn a_program_that_names_no_library_links() {
    let folder = Folder::new("no_library").with("app.c", PROGRAM);
    folder.builds(&["app.c", "-o", "app", "-Wall", "-Wextra", "-Werror"]);
    assert_eq!(folder.status("app"), Some(42));
}

#[test]
fn windows_libraries_become_one_library_or_none() {
    let folder = Folder::new("libraries").with("app.c", PROGRAM);
    let arguments = [
        "app.c",
        "-lws2_32",
        "-l",
        "WS2_32",
        "-lmswsock",
        "-lwsock32",
        "-liphlpapi",
        "-lwinmm",
        "-lkernel32",
        "-luser32",
        "-ladvapi32",
        "-lole32",
        "-luuid",
        "Ws2_32.lib",
        "sdk/libmswsock.a",
        "-lm",
        "-o",
        "app",
    ];
    let mut shown = arguments.to_vec();
    shown.push("--dry-run");
    let command = err(&folder.ws2cc(&shown));
    assert_eq!(command.matches("libws2_32").count(), 1, "{command}");
    for name in ["WS2_32 ", "mswsock", "winmm", "kernel32", "uuid", ".lib"] {
        assert!(!command.contains(name), "{name} in {command}");
    }
    assert!(!folder.path("app").exists(), "--dry-run built");
    folder.builds(&arguments);
    assert_eq!(folder.status("app"), Some(42));
}

#[test]
fn options_of_compilers_for_windows_are_taken() {
    let unicode = "#ifndef UNICODE\n#error UNICODE\n#endif\n#ifndef _MT\n#error _MT\n#endif\nint main(void) { return 42; }";
    let folder = Folder::new("windows_options").with("app.c", unicode);
    let flags =
        ["-mwindows", "-mconsole", "-mthreads", "-municode", "-static-libgcc", "-Wl,--subsystem,windows"];
    folder.builds(&[&["app.c", "-o", "app", "-Wl,--nxcompat,-O1"], &flags[..]].concat());
    assert_eq!(folder.status("app"), Some(42));
}

#[test]
fn the_language_follows_suffix_and_x() {
    let folder = Folder::new("language")
        .with("app.cpp", CPLUSPLUS)
        .with("app.txt", CPLUSPLUS)
        .with("APP.CXX", CPLUSPLUS);
    for (arguments, program) in [
        (&["app.cpp", "-o", "suffix"][..], "suffix"),
        (&["-x", "c++", "app.txt", "-o", "x"][..], "x"),
        (&["-xc++", "app.txt", "--static", "-o", "attached"][..], "attached"),
        (&["APP.CXX", "-o", "large"][..], "large"),
    ] {
        folder.builds(arguments);
        assert_eq!(folder.status(program), Some(42), "{arguments:?}");
    }
}

#[test]
fn c_sources_stay_c_beside_cplusplus_ones() {
    let folder = Folder::new("mixed")
        .with("part.c", "int class(int new) { return new + 2; } int entry(int n) { return class(n); }")
        .with("app.cpp", "extern \"C\" int entry(int); int main() { return entry(40); }");
    folder.builds(&["app.cpp", "part.c", "-o", "app"]);
    assert_eq!(folder.status("app"), Some(42));
}

#[test]
fn called_as_cplusplus_it_links_cplusplus_objects() {
    let folder = Folder::new("named").with("app.cpp", CPLUSPLUS);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_ws2cc"), folder.path("ws2c++")).unwrap();
    folder.builds(&["-c", "app.cpp"]);
    quiet(folder.command("./ws2c++").args(["app.o", "-o", "app"]).output().unwrap(), &["ws2c++"]);
    assert_eq!(folder.status("app"), Some(42));
}

#[test]
fn win32_defines_what_windows_compilers_do_and_not_who_they_are() {
    let source = r#"
#if defined(TEST_WIN32) != (defined(_WIN32) && defined(WIN32)) || defined(TEST_WIN32) != defined(_WIN32)
# error _WIN32
#endif
#if defined(_WIN64) && !(defined(TEST_WIN32) && __SIZEOF_POINTER__ == 8)
# error _WIN64
#endif
#if defined(_MSC_VER) || defined(__MINGW32__)
# error compiler
#endif
#ifdef __cplusplus
# include <thread>
# include <string>
# include <locale>
# include <iostream>
#endif
#include <winsock2.h>
int main(void) { WSASetLastError(42); return WSAGetLastError(); }
"#;
    let folder = Folder::new("win32").with("app.c", source).with("app.cpp", source);
    folder.builds(&["app.c", "-o", "plain"]);
    assert_eq!(folder.status("plain"), Some(42));
    let mut kinds = vec![("app.c", "cc", vec![]), ("app.cpp", "c++", vec![])];
    if has("clang++", "win32 with libc++") {
        kinds.push(("app.c", "clang", vec![]));
        kinds.push(("app.cpp", "clang++", vec!["-stdlib=libc++", "-std=c++20"]));
    }
    for (source, compiler, flags) in kinds {
        let arguments = [&["--win32", "-DTEST_WIN32", source, "-o", "win"], &flags[..]].concat();
        let mut command = folder.command(env!("CARGO_BIN_EXE_ws2cc"));
        let output = command.env("CC", compiler).env("CXX", compiler).args(&arguments).output().unwrap();
        if err(&output).contains("file not found") && flags.contains(&"-stdlib=libc++") {
            eprintln!("SKIPPED win32 with libc++: it is not installed");
            continue;
        }
        quiet(output, &arguments);
        assert_eq!(folder.status("win"), Some(42), "{compiler}");
    }
}

#[test]
fn run_passes_arguments_and_status_and_leaves_nothing() {
    let source = "#include <stdio.h>\n#include <stdlib.h>\nint main(int count, char **word)\n\
                  { for (int i = 1; i < count; i++) printf(\"[%s]\", word[i]); if (count > 3) abort(); return 7; }";
    let folder = Folder::new("run").with("app.c", source);
    let own = Folder::new("run_temporary");
    let run = |arguments: &[&str]| {
        let mut command = folder.command(env!("CARGO_BIN_EXE_ws2cc"));
        command.env("TMPDIR", &own.0).args(arguments).output().unwrap()
    };
    let done = run(&["--run", "app.c", "--", "a b", "-c"]);
    assert_eq!((out(&done).as_str(), done.status.code()), ("[a b][-c]", Some(7)), "{}", err(&done));
    let killed = run(&["--run", "app.c", "--", "1", "2", "3"]);
    assert_eq!(killed.status.code(), Some(128 + 6), "a signal, as a shell tells it");
    assert!(own.0.read_dir().unwrap().next().is_none(), "something is left in the temporary folder");
    assert!(!folder.path("a.out").exists());
    let kept = run(&["--run", "app.c", "-o", "app"]);
    assert_eq!((kept.status.code(), folder.status("app")), (Some(7), Some(7)));
    assert_eq!(run(&["--run", "-c", "app.c"]).status.code(), Some(2), "there is nothing to run");
}

#[test]
fn compile_only_options_pass_through() {
    let folder = Folder::new("pass").with("app.c", PROGRAM).with("part.c", "int part(void) { return 1; }");
    let text = folder.builds(&["-E", "app.c"]);
    assert!(out(&text).contains("\"ws2_\""), "the headers bind names to ours");
    folder.builds(&["-S", "app.c", "-o", "app.s"]);
    folder.builds(&["-fsyntax-only", "app.c"]);
    folder.builds(&["-c", "-MMD", "-MF", "app.d", "-O2", "-std=c11", "app.c", "-o", "app.o"]);
    let dependencies = std::fs::read_to_string(folder.path("app.d")).unwrap();
    assert!(dependencies.contains("winsock2.h"), "{dependencies}");
    folder.builds(&["app.o", "-o", "from_object"]);
    folder.builds(&["app.s", "-o", "from_assembler"]);
    folder.builds(&["-shared", "-fPIC", "part.c", "-o", "libpart.so"]);
    assert_eq!((folder.status("from_object"), folder.status("from_assembler")), (Some(42), Some(42)));
    assert!(folder.path("libpart.so").exists() && !folder.path("a.out").exists());
}

#[test]
fn questions_reach_the_compiler() {
    let folder = Folder::new("questions");
    let machine = folder.builds(&["-dumpmachine"]);
    assert!(out(&machine).contains('-'), "{}", out(&machine));
    let verbose = folder.ws2cc(&["-v"]);
    assert!(verbose.status.success() && !err(&verbose).contains("OPENWS2"), "{}", err(&verbose));
    let version = folder.builds(&["--version"]);
    let lines: Vec<_> = out(&version).lines().map(str::to_owned).collect();
    assert!(lines[0].starts_with("ws2cc ") && lines[0].contains(env!("CARGO_PKG_VERSION")), "{lines:?}");
    assert!(lines.len() > 1, "the compiler's own version follows");
    assert!(out(&folder.builds(&["--help"])).starts_with("usage: ws2cc"));
}

#[test]
fn the_environment_names_the_compiler() {
    let folder =
        Folder::new("compiler").with("app.c", "int main(void) { return STATUS; }").with("app.cpp", CPLUSPLUS);
    for (name, value, source, status) in [
        ("CC", "cc -DSTATUS=7", "app.c", 7),
        ("CXX", "c++ '-DNAME=two words'", "app.cpp", 42),
        ("CC", "ws2cc", "app.cpp", 42), // as under `make CC=ws2cc`: it must not call itself for ever
        ("CXX", "/some where/ws2c++", "app.cpp", 42),
    ] {
        let mut command = folder.command(env!("CARGO_BIN_EXE_ws2cc"));
        quiet(command.env(name, value).args([source, "-o", "app"]).output().unwrap(), &[name, value]);
        assert_eq!(folder.status("app"), Some(status), "{name}={value}");
    }
}

#[test]
fn response_files_are_read() {
    let list = "-DNAME='\"two words\"' \"the app.c\"\n-lws2_32 -lmswsock -o app";
    let source = PROGRAM.replace("42", "sizeof NAME == 10 ? 42 : 2");
    let folder = Folder::new("response").with("the app.c", &source).with("list", list);
    folder.builds(&["@list"]);
    assert_eq!(folder.status("app"), Some(42));
}

#[test]
fn static_programs_ask_for_no_shared_library() {
    let folder = Folder::new("static").with("app.c", PROGRAM);
    let asks = |program: &str| {
        let bytes = std::fs::read(folder.path(program)).unwrap();
        bytes.windows(9).any(|part| part == b"libws2_32")
    };
    folder.builds(&["app.c", "-o", "shared"]);
    folder.builds(&["--static", "app.c", "-o", "static"]);
    folder.builds(&["-static-ws2", "app.c", "-lws2_32", "-o", "other"]);
    assert_eq!((asks("shared"), folder.status("shared")), (true, Some(42)));
    assert_eq!((asks("static"), folder.status("static")), (false, Some(42)));
    assert_eq!((asks("other"), folder.status("other")), (false, Some(42)));
}

#[test]
fn the_static_library_gets_what_rust_says_it_needs() {
    let folder = Folder::new("native").with("empty.rs", "");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let arguments = ["--crate-type", "staticlib", "--print", "native-static-libs", "empty.rs"];
    let said = err(&folder.command(rustc).args(arguments).output().unwrap());
    let needed = said.split("native-static-libs:").nth(1).expect("rustc names the libraries");
    let given = out(&folder.builds(&["--static", "--libs"]));
    for library in needed.lines().next().unwrap_or_default().split_whitespace() {
        let compilers_own = ["-lgcc_s", "-lc", "-lSystem"].contains(&library);
        assert!(compilers_own || given.contains(library), "{library} of {needed}is not in {given}");
    }
}

#[test]
fn makefiles_can_do_without_ws2cc() {
    let folder = Folder::new("flags").with("app.c", PROGRAM);
    let script = "set -e; eval cc app.c -o app $($WS2CC --cflags --libs); eval cc app.c -o static $($WS2CC --cflags) \
                  $($WS2CC --static --libs)";
    let mut shell = folder.command("sh");
    let output = shell.env("WS2CC", env!("CARGO_BIN_EXE_ws2cc")).args(["-c", script]).output().unwrap();
    quiet(output, &[script]);
    assert_eq!((folder.status("app"), folder.status("static")), (Some(42), Some(42)));
    let flags = out(&folder.builds(&["--cflags", "--no-crt"]));
    assert!(!flags.contains("OPENWS2_CRT") && out(&folder.builds(&["--cflags"])).contains("-DOPENWS2_CRT"));
}

#[test]
fn a_wide_entry_gets_wide_arguments() {
    let source = "#include <stdio.h>\n#include <wchar.h>\nint wmain(int count, wchar_t **word)\n\
                  { for (int i = 1; i < count; i++) for (wchar_t *at = word[i]; *at; at++) printf(\"%x \", (int)*at); return 42; }";
    let folder = Folder::new("wmain").with("app.c", source).with("app.cpp", source);
    folder.builds(&["-c", "app.c", "-o", "app.o"]);
    for (arguments, expected) in [
        (&["app.c"][..], "61 e9 20ac 1d11e fffd "),
        (&["app.cpp"], "61 e9 20ac 1d11e fffd "),
        (&["app.o"], "61 e9 20ac 1d11e fffd "),
        (&["-x", "c++", "app.c"], "61 e9 20ac 1d11e fffd "),
        (&["-fshort-wchar", "app.c"], "61 e9 20ac d834 dd1e fffd "),
    ] {
        folder.builds(&[arguments, &["-o", "app"]].concat());
        let mut program = folder.command("./app");
        let invalid = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"\xff");
        let ran = program.arg("aé€𝄞").arg(invalid).output().unwrap();
        assert_eq!((out(&ran).as_str(), ran.status.code()), (expected, Some(42)), "{arguments:?}");
    }
}
