//! Layered service providers in C: programs and servers that know nothing of them run through them.
//!
//! That every clause holds through them, too, is shown by the conformance suite, which runs once more that way.

#[path = "programs/build.rs"]
mod build;
#[path = "programs/peers.rs"]
mod peers;
#[path = "programs/run.rs"]
mod run;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use build::{Language, compile_as, example, in_package, run_ws2cc, scratch};
use run::{Program, assert_in_order};

/// A layered provider under this name, built with these options. Tests that use the same one build it once each.
#[track_caller]
fn layer_of(source: &str, name: &str, options: &[&str]) -> PathBuf {
    let output = scratch(&format!("{name}.dll"));
    let fresh = output.with_extension(format!("{}.fresh", std::process::id()));
    let [source, to] =
        [&in_package(source), &fresh].map(|path| path.to_str().expect("paths are Unicode").to_owned());
    let own = ["-Wall", "-Wextra", "-Wno-unknown-pragmas", "-g", "-shared", &source, "-lws2_32", "-o", &to];
    let done = run_ws2cc(&[options, &own[..]].concat());
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.is_empty(), "ws2cc for {name}:\n{said}");
    std::fs::rename(&fresh, &output).expect("the provider can be put in its place");
    output
}

#[track_caller]
fn layer(name: &str, options: &[&str]) -> PathBuf {
    let word = format!("-DNAME=\"{name}\"");
    layer_of("tests/c/layer.c", name, &[&[word.as_str()], options].concat())
}

/// The provider with socket handles of its own.
fn handles() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| layer_of("examples/socket_handle_lsp.c", "socket_handle_lsp", &[]))
}

fn through(program: &Path, layers: &[&Path]) -> Command {
    let paths: Vec<_> = layers.iter().map(|path| path.display().to_string()).collect();
    let mut command = Command::new(program);
    command.env("WS2_LAYERS", paths.join(":")).env("LSP_REPORT", "1");
    command
}

/// What the test program says when it does these things through these layers.
#[track_caller]
fn said(layers: &[&Path], words: &[&str]) -> String {
    said_by(&[], layers, words)
}

#[track_caller]
fn said_by(width: &[&str], layers: &[&Path], words: &[&str]) -> String {
    let program = match width {
        [] => compile_as(&in_package("tests/c/layered_program.c"), Language::C, &[]),
        _ => {
            let program = scratch("layered_program-short");
            let source = in_package("tests/c/layered_program.c");
            let [source, to] = [&source, &program].map(|path| path.display().to_string());
            let done = run_ws2cc(&[width, &["-g", &source, "-lws2_32", "-o", &to]].concat());
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            program
        }
    };
    let mut command = through(&program, layers);
    command.args(words);
    Program::start_command(command).finish()
}

#[test]
fn two_layers_are_called_from_the_top_down_over_tcp_and_udp() {
    let (one, two) = (layer("one", &[]), layer("two", &[]));
    let seen = said(&[&one, &two], &["stream", "datagram"]);
    assert_in_order(&seen, &["one: recv\n", "two: recv\n"]);
    assert_in_order(&seen, &["one: recvfrom\n", "two: recvfrom\n"]);
    assert!(seen.contains("stream: hello\n") && seen.contains("datagram: world\n"), "{seen}");
    // Each tells at its end what has come by.
    assert_eq!(seen.matches("lsp: ").count(), 2, "{seen}");
    let turned = said(&[&two, &one], &["stream"]);
    assert_in_order(&turned, &["two: recv\n", "one: recv\n"]);
}

#[test]
fn a_layer_can_change_what_is_received() {
    let upper = layer("upper", &["-DUPPER"]);
    assert_in_order(&said(&[&upper], &["stream"]), &["stream: HELLO\n"]);
}

#[test]
fn programs_and_layers_may_have_wide_characters_of_different_width() {
    let (wide, short) = (layer("wide", &[]), layer("short", &["-fshort-wchar"]));
    for width in [&[][..], &["-fshort-wchar"]] {
        for (name, layer) in [("wide", &wide), ("short", &short)] {
            let seen = said_by(width, &[layer], &["stream", "datagram"]);
            assert!(seen.contains("stream: hello\n") && seen.contains("datagram: world\n"), "{seen}");
            assert!(seen.contains(&format!("{name}: recv\n")), "{seen}");
        }
    }
}

#[test]
fn a_layer_that_does_not_start_fails_the_program_and_says_why() {
    let null = layer("leaves-null", &["-DLEAVES_NULL"]);
    let seen = said(&[&null], &["socket"]);
    assert!(seen.contains("socket: 10104\n"), "{seen}");
    let fails = layer("fails", &["-DFAILS"]);
    let seen = said(&[&fails], &["socket"]);
    assert!(
        seen.contains("socket: 10106\n") && seen.contains("fails.dll: WSPStartup gave WSASYSNOTREADY"),
        "{seen}"
    );
    // One that the environment names and that is not there: the program does not run without it.
    let seen = said(&[&scratch("there-is-none.dll")], &["socket"]);
    assert!(
        seen.contains("startup: 10091\n") && seen.contains("there-is-none.dll: it cannot be loaded"),
        "{seen}"
    );
}

#[test]
fn a_program_installs_a_layer_uses_it_and_takes_it_out() {
    let one = layer("installed", &[]);
    let path = one.to_str().expect("paths are Unicode");
    let seen = said(&[], &["stream", path, "stream", "datagram", "deinstall", "stream"]);
    assert_eq!(seen.matches("stream: hello\n").count(), 3, "{seen}");
    // There is a chain over TCP only, and only between the two.
    assert_eq!(seen.matches("installed: recv\n").count(), 1, "{seen}");
    assert!(!seen.contains("recvfrom"), "{seen}");
}

#[test]
fn handles_of_a_providers_own_do_what_sockets_do() {
    let words = ["stream", "datagram", "ready", "window", "overlapped"];
    let expected = "stream: hello\ndatagram: world\nselect: 1, the socket\npoll: 1, the socket, data\n\
         window: the socket, event 1\noverlapped: hello\nclosed: failure\nafter: 10038\n";
    let seen = said(&[handles()], &words);
    // The report comes by another stream than the rest.
    let (report, own): (String, String) =
        seen.split_inclusive('\n').partition(|line| line.starts_with("handles: "));
    assert_eq!(own, expected);
    assert!(report.contains(", 2 operations, 0 routines"), "{report}");
    assert_eq!(said(&[], &words), expected);
}

#[test]
fn a_layer_lies_over_one_with_handles_of_its_own() {
    let over = layer("over", &[]);
    // The one below finds the base provider at the end of the chain.
    let seen = said(&[&over, handles()], &["stream", "ready"]);
    assert!(seen.contains("over: recv\n") && seen.contains("stream: hello\n"), "{seen}");
    assert!(seen.contains("poll: 1, the socket, data\n"), "{seen}");
}

/// A server for Windows serves clients that know nothing of it, by handles of the layered provider.
#[track_caller]
fn serves(source: &str, more: &[&str]) -> Option<String> {
    const CLIENTS: &str = "40";
    if !peers::have_python(source) {
        return None;
    }
    let mut command = through(&example(source, Language::C), &[handles()]);
    command.args(["0", CLIENTS]).args(more);
    let server = Program::start_command(command);
    let port = server.after("PORT ");
    let clients = peers::start("checksum_clients.py", &[&port, CLIENTS]);
    let bytes = clients.after(&format!("CLIENTS {CLIENTS} OK bytes "));
    clients.finish();
    let seen = server.finish();
    assert_in_order(&seen, &[&format!("SERVED {CLIENTS} connections, {bytes} bytes")]);
    assert_in_order(&seen, &["handles: "]);
    Some(seen)
}

#[test]
fn servers_serve_by_handles_of_a_providers_own() {
    for source in
        ["select_echo_server.c", "poll_echo_server.c", "event_select_server.c", "event_echo_server.c"]
    {
        serves(source, &[]);
    }
}

#[test]
fn a_completion_port_serves_by_handles_of_a_providers_own() {
    serves("iocp_echo_server.c", &["4"]);
}

#[test]
fn completion_routines_serve_by_handles_of_a_providers_own() {
    let Some(seen) = serves("apc_echo_server.c", &[]) else { return };
    assert!(!seen.contains(", 0 routines"), "{seen}");
}

#[test]
fn resets_are_told_by_handles_of_a_providers_own_with_the_codes_that_programs_know() {
    // Completion ports tell the general code of Windows (F080), whoever's the socket is.
    for (source, more, code) in [
        ("iocp_echo_server.c", &["2"][..], "64"),
        ("event_echo_server.c", &[], "10054"),
        ("apc_echo_server.c", &[], "10054"),
    ] {
        if !peers::have_python(source) {
            return;
        }
        let mut command = through(&example(source, Language::C), &[handles()]);
        command.args(["0", "4"]).args(more);
        let server = Program::start_command(command);
        let port = server.after("PORT ");
        let clients = peers::start("rude_clients.py", &[&port]);
        let reset = clients.after("RESET AFTER ECHO ");
        assert_in_order(&clients.finish(), &["ALL WELL\n"]);
        let seen = server.finish();
        assert_in_order(&seen, &[&format!("Connection from 127.0.0.1:{reset} ended with error {code}\n")]);
        assert_in_order(&seen, &["SERVED 4 connections, "]);
    }
}
