//! windows.h from C and C++: programs in `tests/c/win32_*` are built with ws2cc and run under a deadline.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How one program is built.
#[derive(Clone, Copy)]
struct Build {
    compiler: &'static str,
    language: &'static str,
    options: &'static [&'static str],
}

const C: &str = "c";
const CPP: &str = "c++";

/// The host's own compiler, as C and as C++, plain and as distributions build.
const USUAL: &[Build] = &[
    Build { compiler: "cc", language: C, options: &["-std=gnu17", "-O0"] },
    Build { compiler: "cc", language: C, options: &["-std=c99", "-O2", "-D_FORTIFY_SOURCE=2"] },
    Build { compiler: "c++", language: CPP, options: &["-std=c++17", "-O2", "-D_FORTIFY_SOURCE=2"] },
];

const CPP_ONLY: &[Build] = &[
    Build { compiler: "c++", language: CPP, options: &["-std=c++17", "-O0"] },
    Build { compiler: "c++", language: CPP, options: &["-std=c++20", "-O2"] },
];

/// Every compiler there may be; those that are missing are passed over.
const EVERY: &[Build] = &[
    Build { compiler: "gcc", language: C, options: &["-std=gnu11", "-O2"] },
    Build { compiler: "clang", language: C, options: &["-std=c11", "-O2", "-D_FORTIFY_SOURCE=2"] },
    Build { compiler: "clang", language: C, options: &["-std=c99", "-O0"] },
    Build { compiler: "g++", language: CPP, options: &["-std=c++20", "-O0"] },
    Build { compiler: "clang++", language: CPP, options: &["-std=c++17", "-O2", "-D_FORTIFY_SOURCE=2"] },
    Build { compiler: "clang++", language: CPP, options: &["-std=c++20", "-stdlib=libc++", "-O1"] },
];

/// Windows' own width of wchar_t.
const SHORT_WCHAR: &[Build] =
    &[Build { compiler: "cc", language: C, options: &["-std=gnu17", "-O2", "-fshort-wchar"] }];

const WARNINGS: &[&str] = &["-Wall", "-Wextra", "-Werror"];

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c").join(name)
}

fn is_there(compiler: &str, options: &[&str]) -> bool {
    let mut probe = Command::new(compiler);
    probe.args(options).args(["-x", "c++", "-E", "-o", "/dev/null", "-"]).stdin(Stdio::piped());
    let includes = b"#include <cstdio>\n";
    if !compiler.ends_with("++") {
        return Command::new(compiler).arg("--version").output().is_ok_and(|out| out.status.success());
    }
    let Ok(mut child) = probe.stderr(Stdio::null()).spawn() else { return false };
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), includes).unwrap();
    child.wait().is_ok_and(|status| status.success())
}

/// Builds `name` in one way; `extra` comes last.
fn build(name: &str, how: Build, extra: &[&str]) -> PathBuf {
    let key: String = [how.compiler, how.language]
        .iter()
        .chain(how.options)
        .chain(extra)
        .flat_map(|word| word.chars().filter(char::is_ascii_alphanumeric))
        .collect();
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.{key}"));
    let mut ws2cc = Command::new(env!("CARGO_BIN_EXE_ws2cc"));
    ws2cc.env(if how.language == C { "CC" } else { "CXX" }, how.compiler);
    ws2cc.args(["-x", how.language]).args(how.options).args(WARNINGS).args(extra);
    let out = ws2cc.arg(source(name)).arg("-o").arg(&program).output().unwrap();
    assert!(out.status.success(), "{name} with {key}:\n{}", String::from_utf8_lossy(&out.stderr));
    program
}

/// Runs a program; one that does not end in time is ended and fails the test.
fn run(program: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).envs(variables.iter().copied());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("{} did not end:\n{:?}", program.display(), child.wait_with_output());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

/// Builds and runs a program that checks itself.
fn passes(name: &str, ways: &[Build], extra: &[&str]) {
    for &how in ways {
        let program = build(name, how, extra);
        let out = run(&program, &[], &[]);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success(), "{}: {}\n{said}", program.display(), out.status);
    }
}

#[test]
fn threads_start_end_and_are_waited_for() {
    passes("win32_threads.c", USUAL, &[]);
}

#[test]
fn a_threads_end_abandons_its_stack_and_comes_after_its_thread_locals() {
    passes("win32_thread_ends.cpp", CPP_ONLY, &[]);
}

#[test]
fn the_process_outlives_its_main_threads_end() {
    for &how in USUAL {
        let out = run(&build("win32_main_exits.c", how, &[]), &[], &[]);
        assert_eq!(out.status.code(), Some(9), "{}", String::from_utf8_lossy(&out.stderr));
        assert_eq!(out.stdout, b"the process goes on\n");
    }
}

#[test]
fn locks_exclude_and_conditions_wake() {
    passes("win32_locks.c", USUAL, &[]);
}

#[test]
fn events_are_set_named_and_waited_for() {
    passes("win32_events.c", USUAL, &[]);
    passes("win32_events.c", SHORT_WCHAR, &["-DUNICODE"]);
}

#[test]
fn options_of_udp_have_functions() {
    passes("win32_udp_options.c", USUAL, &[]);
}

#[test]
fn queued_calls_run_in_alertable_waits() {
    passes("win32_calls.c", USUAL, &[]);
}

#[test]
fn ports_hand_out_packets() {
    passes("win32_ports.c", USUAL, &[]);
}

#[test]
fn windows_nobody_sees_take_messages() {
    passes("win32_messages.c", USUAL, &[]);
    passes("win32_messages.c", USUAL, &["-DUNICODE"]);
    passes("win32_messages.c", SHORT_WCHAR, &["-DUNICODE"]);
}

#[test]
fn a_message_loop_serves_the_threads_that_post_to_it() {
    for &how in USUAL.iter().chain(SHORT_WCHAR) {
        for options in [&[][..], &["-DUNICODE"]] {
            let out = run(&build("win32_message_loop.c", how, options), &[], &[]);
            assert_eq!(String::from_utf8_lossy(&out.stdout), "62 primes, code 0\n");
            assert_eq!(out.status.code(), Some(0));
        }
    }
}

#[test]
fn memory_has_its_size_and_its_zeros() {
    passes("win32_memory.c", USUAL, &[]);
}

#[test]
fn messages_have_texts_and_inserts() {
    passes("win32_message.c", USUAL, &[]);
    passes("win32_message.c", SHORT_WCHAR, &[]);
}

#[test]
fn strings_are_alike_in_both_widths() {
    passes("win32_strings.c", USUAL, &[]);
    passes("win32_strings.c", SHORT_WCHAR, &["-DUNICODE", "-D_UNICODE"]);
}

#[test]
fn clocks_go_forward() {
    passes("win32_time.c", USUAL, &[]);
}

#[test]
fn debug_output_goes_to_standard_error_when_asked_for() {
    let program = build("win32_time.c", USUAL[0], &["-DUNICODE"]);
    assert_eq!(run(&program, &[], &[]).stderr, b"");
    let out = run(&program, &[], &[("OPENWS2_DEBUG_OUTPUT", "1")]);
    assert_eq!(String::from_utf8_lossy(&out.stderr), "debug output\nmore of it\n");
}

#[test]
fn a_program_prints_with_windows_letters_on_one_stream() {
    let expected = "\
Bytes received: -1, error 4294967295, code ffffffff
socket failed with error: 10054
nothing to fill in
no argument, 100%
wide €, narrow n and h, character c
narrow n, wide € and l and w
1099511627776 of 4
[   ab|7    |002.2]
log: -2
log: 4294967295
a wide line
another
!
usage: ./program-name server-name
";
    let there = EVERY.iter().filter(|how| is_there(how.compiler, how.options));
    let mut tried = 0;
    for &how in USUAL.iter().chain(there).chain(SHORT_WCHAR) {
        let out = run(&build("win32_print.c", how, &["-Wno-unused-result"]), &["./program-name"], &[]);
        let shown = String::from_utf8_lossy(&out.stdout).into_owned();
        // Only a wchar_t of 32 bits tells that the last line's argument is narrow.
        let (shown, wanted) = match how.options.contains(&"-fshort-wchar") {
            true => (first_lines(&shown), first_lines(expected)),
            false => (shown.as_str(), expected),
        };
        assert_eq!(shown, wanted, "{} {:?}", how.compiler, how.options);
        tried += 1;
    }
    assert!(tried > USUAL.len());
}

fn first_lines(text: &str) -> &str {
    &text[..text.find("usage").unwrap_or(text.len())]
}

#[test]
fn a_program_may_begin_at_wmain() {
    for &how in USUAL.iter().chain(SHORT_WCHAR) {
        let out = run(&build("win32_wmain.c", how, &[]), &["plain", "Grüße"], &[]);
        assert_eq!(String::from_utf8_lossy(&out.stdout), "plain (5)\nGrüße (5)\n");
        assert_eq!(out.status.code(), Some(3));
    }
}
