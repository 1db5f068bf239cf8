//! Faults on purpose: what unmodified Windows programs see of each kind, that nothing is lost that Windows
//! would not lose, that a seed repeats a run, and what WS2_FAULT says to those who misspell it.

#[path = "programs/build.rs"]
mod build;
#[path = "fault/in_process.rs"]
mod in_process;
#[path = "fault/lines.rs"]
mod lines;
#[path = "programs/peers.rs"]
mod peers;
#[path = "programs/run.rs"]
mod run;
mod util;

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::time::{Duration, Instant};

use build::{Language, compile_as, example, in_package};
use run::Program;

const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz";
const STREAM_WAYS: [&str; 6] = ["blocking", "nonblocking", "select", "event", "port", "routine"];
const OVERLAPPED_WAYS: [&str; 3] = ["event", "port", "routine"];

/// What a program has said, and what was said of faults.
#[derive(PartialEq, Debug)]
struct Said {
    program: Vec<String>,
    faults: Vec<String>,
}

impl Said {
    fn of(text: &str) -> Self {
        let line = |line: &str| line.strip_prefix("openws2: fault: ").map(str::to_owned);
        let own = |line: &&str| !line.starts_with("openws2: ") && !line.starts_with("PORT ");
        Self {
            program: text.lines().filter(own).map(str::to_owned).collect(),
            faults: text.lines().filter_map(line).collect(),
        }
    }

    /// The bytes that the program says it has received.
    fn bytes(&self) -> String {
        let received = self.program.iter().filter_map(|line| line.strip_prefix("RECEIVED "));
        received.map(|rest| rest.split_once(' ').map_or("", |(_, bytes)| bytes)).collect()
    }

    fn count(&self, line: &str) -> usize {
        self.program.iter().filter(|it| it.as_str() == line).count()
    }

    /// The faults without the first line, each without the SOCKET's number.
    fn without_sockets(&self) -> Vec<&str> {
        let faults = self.faults.iter().skip(1);
        faults.map(|line| line.split_once('(').map_or(line.as_str(), |(_, rest)| rest)).collect()
    }
}

fn with_faults(program: &std::path::Path, arguments: &[&str], faults: impl AsRef<OsStr>) -> Program {
    let mut command = Command::new(program);
    command.args(arguments).env("WS2_FAULT", faults);
    Program::start_command(command)
}

fn program(name: &str) -> std::path::PathBuf {
    compile_as(&in_package("tests/c").join(name), Language::C, &[])
}

/// How the connection ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// The peer finishes.
    Finished,
    /// The program's side breaks it.
    Broken,
    /// The program gives up.
    GivenUp,
}

/// What a stream's peer has met at the end.
type PeersEnd = Result<Vec<u8>, std::io::ErrorKind>;

/// Sends the alphabet, all of which is there when the program begins to receive, and perhaps the end.
#[track_caller]
fn receive_stream(way: &str, faults: &str, ends: Ends) -> (Said, PeersEnd) {
    let mut running = with_faults(&program("receive_ways.c"), &[way], faults);
    let port = running.after("PORT ");
    let mut peer = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    running.wait_for("ACCEPTED");
    peer.write_all(ALPHABET.as_bytes()).unwrap();
    if ends == Ends::Finished {
        peer.shutdown(std::net::Shutdown::Write).unwrap();
    }
    running.type_in("go\n");
    if ends == Ends::Finished {
        running.wait_for("RECEIVED 0");
    } else {
        running.wait_for("SENT ");
    }
    // Before the program closes: that would be another end.
    let patience = if ends == Ends::Broken { 20_000 } else { 1 };
    peer.set_read_timeout(Some(Duration::from_millis(patience))).unwrap();
    let mut bytes = Vec::new();
    let met = peer.read_to_end(&mut bytes).map(|_| bytes).map_err(|error| error.kind());
    running.type_in("close\n");
    (Said::of(&running.finish()), met)
}

#[track_caller]
fn received(way: &str, faults: &str) -> Said {
    receive_stream(way, faults, Ends::Finished).0
}

#[test]
fn a_short_receive_gives_fewer_bytes_and_loses_none() {
    for way in STREAM_WAYS {
        let said = received(way, "seed=1,short=1");
        assert_eq!(said.bytes(), ALPHABET, "{way}: {said:?}");
        let receives = said.program.iter().filter(|line| line.starts_with("RECEIVED ")).count();
        assert!(receives > 2, "{way}: {said:?}");
        assert_eq!(said.without_sockets()[0], "#2), receive #1: short, room for 3 of 64 bytes", "{way}");
        assert_eq!(
            said.program[said.program.iter().position(|l| l.starts_with("REC")).unwrap()],
            "RECEIVED 3 abc"
        );
    }
}

#[test]
fn who_waits_for_all_bytes_or_only_looks_is_not_cut_short() {
    let said = received("all", "seed=1,short=1");
    assert_eq!(said.program, ["ACCEPTED", &format!("RECEIVED 26 {ALPHABET}"), "RECEIVED 0 "]);
    assert_eq!(said.without_sockets(), [""; 0]);
    let said = received("peek", "seed=1,at=2.1:short,at=2.2:short");
    assert_eq!(said.program[1], "SEEN 26");
    assert_eq!(said.bytes(), ALPHABET);
    let numbers: Vec<_> =
        said.without_sockets().iter().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(numbers, ["#2), receive #1", "#2), receive #2"], "a look has no number of its own");
}

#[test]
fn what_is_delayed_comes_later_and_whole() {
    for way in STREAM_WAYS.into_iter().filter(|way| *way != "select") {
        let began = Instant::now();
        let said = received(way, "seed=1,at=2.1:delay:120");
        assert!(began.elapsed() >= Duration::from_millis(120), "{way}: {:?}", began.elapsed());
        assert_eq!(said.bytes(), ALPHABET, "{way}: {said:?}");
        assert_eq!(said.without_sockets(), ["#2), receive #1: delay, 120 ms"], "{way}");
        let waits = ["WOULDBLOCK", "PENDING"].map(|word| said.count(word) > 0);
        assert_eq!(waits, [way == "nonblocking", OVERLAPPED_WAYS.contains(&way)], "{way}: {said:?}");
    }
}

/// The end comes once the bytes are received: after FD_CLOSE a receive does not say that there is nothing.
#[test]
fn who_waits_for_network_events_is_told_again_when_the_delay_is_over() {
    let mut running = with_faults(&program("receive_ways.c"), &["select"], "seed=1,pend=1,at=2.1:delay:120");
    let port = running.after("PORT ");
    let mut peer = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    running.wait_for("ACCEPTED");
    peer.write_all(ALPHABET.as_bytes()).unwrap();
    let began = Instant::now();
    running.type_in("go\n");
    running.wait_for(&format!("RECEIVED 26 {ALPHABET}"));
    assert!(began.elapsed() >= Duration::from_millis(120));
    running.wait_for("#2), receive #2: pend");
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    running.wait_for("RECEIVED 0");
    running.type_in("close\n");
    let said = Said::of(&running.finish());
    assert!(said.count("WOULDBLOCK") >= 2 && said.count("EVENTS FD_READ") >= 1, "{said:?}");
    assert_eq!(said.count("NO EVENT"), 0);
}

#[test]
fn a_delay_counts_towards_the_receive_timeout() {
    let (said, _) = receive_stream("timeout", "seed=1,at=2.1:delay:20000", Ends::GivenUp);
    assert_eq!(said.program, ["ACCEPTED", "ERROR 10060", "ERROR 10060", "SENT 0"]);
    assert_eq!(said.without_sockets().len(), 1, "it is one receive: {said:?}");
}

#[test]
fn what_pends_never_ends_at_once() {
    for way in OVERLAPPED_WAYS {
        let plain = received(way, "seed=1");
        assert_eq!((plain.count("AT ONCE"), plain.count("PENDING")), (2, 0), "{way}: {plain:?}");
        let said = received(way, "seed=1,pend=1");
        assert_eq!((said.count("AT ONCE"), said.count("PENDING")), (0, 2), "{way}: {said:?}");
        assert_eq!(said.bytes(), ALPHABET);
        assert_eq!(said.without_sockets(), ["#2), receive #1: pend", "#2), receive #2: pend"]);
    }
    let said = received("nonblocking", "seed=1,pend=1");
    assert_eq!(said.count("WOULDBLOCK"), 2, "once for each receive: {said:?}");
    assert_eq!(said.bytes(), ALPHABET);
    assert_eq!(received("blocking", "seed=1,pend=1").without_sockets(), [""; 0]);
}

/// The connection ends while the program would receive for the second time.
#[track_caller]
fn breaks(kind: &str, code: u32, packet: u32) {
    for way in STREAM_WAYS {
        let (said, peer) = receive_stream(way, &format!("seed=1,at=2.1:short,at=2.2:{kind}"), Ends::Broken);
        let first = if way == "port" { packet } else { code };
        let errors = said.program.iter().filter(|line| line.starts_with("ERROR") || line.starts_with("SENT"));
        let expected = [format!("ERROR {first}"), format!("ERROR {code}"), format!("SENT {code}")];
        assert_eq!(errors.collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>(), "{way}: {said:?}");
        assert_eq!(said.count("PENDING"), usize::from(OVERLAPPED_WAYS.contains(&way)), "{way}: {said:?}");
        assert_eq!(said.bytes(), "abc", "{way}");
        assert_eq!(said.without_sockets()[1..], [format!("#2), receive #2: {kind}")], "{way}");
        if cfg!(target_os = "linux") {
            assert_eq!(peer, Err(std::io::ErrorKind::ConnectionReset), "{way}: what the peer sees");
        }
    }
}

#[test]
fn a_reset_connection_stays_so_on_both_sides() {
    breaks("reset", 10054, 64);
}

#[test]
fn an_aborted_connection_stays_so() {
    breaks("abort", 10053, 1236);
}

#[test]
fn an_interrupted_receive_has_lost_nothing() {
    let said = received("blocking", "seed=1,interrupt=1");
    let expected =
        ["ACCEPTED", "ERROR 10004", &format!("RECEIVED 26 {ALPHABET}"), "ERROR 10004", "RECEIVED 0 "];
    assert_eq!(said.program, expected);
    for way in ["nonblocking", "event"] {
        let said = received(way, "seed=1,interrupt=1");
        assert_eq!(said.without_sockets(), [""; 0], "{way}: only who blocks can be interrupted");
    }
}

#[test]
fn any_code_can_be_had_once() {
    for way in STREAM_WAYS {
        let said = received(way, "seed=1,error=1:WSAENOBUFS");
        assert_eq!(said.count("ERROR 10055"), 2, "{way}: once for each receive: {said:?}");
        assert_eq!(said.bytes(), ALPHABET, "{way}");
    }
}

/// Runs the receiver of datagrams, to which `texts` are sent before it begins.
#[track_caller]
fn receive_datagrams(way: &str, faults: &str, texts: &[&str]) -> Said {
    let count = texts.len().to_string();
    let mut running = with_faults(&program("datagram_ways.c"), &[way, &count], faults);
    let port = running.after("PORT ");
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    for text in texts {
        peer.send_to(text.as_bytes(), format!("127.0.0.1:{port}")).unwrap();
    }
    running.type_in("go\n");
    Said::of(&running.finish())
}

const DATAGRAM_WAYS: [&str; 4] = ["call", "overlapped", "message", "late"];

#[test]
fn a_truncated_datagram_fills_the_room_and_its_rest_is_gone() {
    for way in DATAGRAM_WAYS {
        let said = receive_datagrams(way, "seed=3,at=1.1:truncate", &["0123456789", "next"]);
        let [fault] = said.without_sockets()[..] else { panic!("{way}: {said:?}") };
        let room = fault.strip_prefix("#1), receive #1: truncate, room for ").expect(fault);
        let room: usize = room.strip_suffix(" of 64 bytes").expect(fault).parse().unwrap();
        assert!((1..=8).contains(&room));
        let flags = if matches!(way, "message" | "late") { " MSG_TRUNC" } else { "" };
        let head = format!("10040 {:.<10}{flags} NAMED", &"0123456789"[..room]);
        let told: Vec<_> = said.program.iter().filter(|line| line.starts_with(char::is_numeric)).collect();
        assert_eq!(told, [&head, "0 next...... NAMED"], "{way}: {said:?}");
    }
}

#[test]
fn a_datagram_socket_is_told_of_a_reset_once_and_goes_on() {
    for way in DATAGRAM_WAYS {
        let said = receive_datagrams(way, "seed=3,reset=1", &["one", "two"]);
        let told = said.program.iter().filter(|line| line.starts_with(char::is_numeric));
        let codes: Vec<_> = told.map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
        let expected = ["10054 ..........", "0 one.......", "10054 ..........", "0 two......."];
        assert_eq!(codes, expected, "{way}: {said:?}");
    }
}

#[test]
fn datagrams_pend_and_are_delayed_as_streams_are() {
    for way in ["overlapped", "late"] {
        let said = receive_datagrams(way, "seed=3,pend=1,delay=0.5:0..20", &["one", "two", "three", "four"]);
        assert_eq!((said.count("PENDING"), said.count("AT ONCE")), (4, 0), "{way}: {said:?}");
        let told = said.program.iter().filter_map(|line| line.strip_prefix("0 "));
        let order: Vec<_> = told.map(|line| line.split('.').next().unwrap()).collect();
        assert_eq!(order, ["one", "two", "three", "four"], "{way}: within a socket nothing overtakes");
    }
}

#[test]
fn a_seed_repeats_a_run_and_another_one_differs() {
    const FAULTS: &str = "short=60%,pend=50%,error=20%:WSAENOBUFS,delay=30%:1..9,interrupt=20%,reorder=10%";
    for way in ["blocking", "nonblocking", "event", "port", "routine"] {
        let run = |seed: u32| {
            let mut said = received(way, &format!("seed={seed},{FAULTS}"));
            // How often a program tries again while it waits is its own affair.
            said.program.retain(|line| line != "WOULDBLOCK");
            said
        };
        let (first, again) = (run(5), run(5));
        assert_eq!(first, again, "{way}");
        assert!(first.faults.len() > 2, "{way}: {first:?}");
        assert_ne!(first.faults[1..], run(6).faults[1..], "{way}");
        assert!(first.faults[0].starts_with("seed=5 short=0.6 pend=0.5 "), "{:?}", first.faults);
    }
}

#[test]
fn the_seed_of_the_clock_is_printed_and_can_be_used_again() {
    let first = received("blocking", "short=50%");
    let words = &first.faults[0];
    assert!(words.starts_with("seed="), "{first:?}");
    assert_eq!(received("blocking", words), first);
    let quiet = received("blocking", "seed=1 short=1 quiet");
    assert_eq!(quiet.faults, ["seed=1 short=1 quiet"]);
    assert_eq!(quiet.program, received("blocking", "seed=1 short=1").program);
}

#[test]
fn faults_are_limited_to_the_sockets_that_are_asked_for() {
    assert_eq!(received("blocking", "seed=1,short=1,only=udp").without_sockets(), [""; 0]);
    assert_eq!(received("blocking", "seed=1,short=1,only=1").without_sockets(), [""; 0]);
    assert!(!received("blocking", "seed=1,short=1,only=tcp").without_sockets().is_empty());
}

#[test]
fn a_word_that_is_none_keeps_the_program_from_starting() {
    let no_words = ["shrt=50%", "short=2", "delay=1", "error=1:WSAEFUN", "at=1.x:reset", "quiet=", "only=0"];
    let no_faults = ["error=1:WSAEDISCON", "error=1:WSAEMSGSIZE", "error=1:WSAEWOULDBLOCK"];
    for word in [&no_words[..], &no_faults, &["seed=2"]].concat() {
        let faults = format!("seed=1,{word},pend=1");
        let (status, text) = with_faults(&program("receive_ways.c"), &["blocking"], &faults).end();
        assert_eq!(status.code(), Some(1), "{text}");
        assert!(text.contains("WSAStartup: 10091"), "{text}");
        assert!(text.contains(&format!("openws2: WS2_FAULT: {word}: ")), "{text}");
        assert!(text.contains("the words are seed=N, short=P"), "{text}");
    }
}

#[test]
fn text_that_is_not_utf8_is_no_word_either() {
    let faults = OsStr::from_bytes(b"seed=1,sh\xffrt=1,pend=1");
    let (status, text) = with_faults(&program("receive_ways.c"), &["blocking"], faults).end();
    assert_eq!(status.code(), Some(1), "{text}");
    assert!(text.contains("openws2: WS2_FAULT: sh\u{fffd}rt=1: it is not in UTF-8; the words are"), "{text}");
}

#[test]
fn without_words_there_is_no_layer() {
    for nothing in ["", "  ", " , \t\n"] {
        assert_eq!(received("blocking", nothing).faults, [""; 0], "{nothing:?}");
    }
}

/// Every byte comes back from a server whose receives are short, late, pending and in another order.
#[track_caller]
fn echoes(source: &str, more: &[&str]) {
    const CLIENTS: &str = "12";
    if !peers::have_python(source) {
        return;
    }
    for seed in [1, 2] {
        let faults = format!("seed={seed},short=50%,delay=20%:0..3,reorder=20%,pend=50%");
        let arguments = [&["0", CLIENTS], more].concat();
        let server = with_faults(&example(source, Language::C), &arguments, &faults);
        let port = server.after("PORT ");
        let peer = peers::start("checksum_clients.py", &[&port, CLIENTS]);
        let bytes = peer.after(&format!("CLIENTS {CLIENTS} OK bytes "));
        peer.finish();
        let text = server.finish();
        assert!(text.contains(&format!("SERVED {CLIENTS} connections, {bytes} bytes")), "{text}");
        for kind in ["short", "delay", "reorder", "pend"] {
            assert!(text.contains(&format!(": {kind}")), "no {kind} befell {source}:\n{text}");
        }
    }
}

#[test]
fn a_server_on_a_completion_port_survives() {
    echoes("iocp_echo_server.c", &["3"]);
}

#[test]
fn a_server_of_completion_routines_survives() {
    echoes("apc_echo_server.c", &[]);
}

#[test]
fn a_server_of_overlapped_events_survives() {
    echoes("event_echo_server.c", &[]);
}

#[test]
fn servers_that_are_told_of_readiness_survive() {
    echoes("select_echo_server.c", &[]);
    echoes("poll_echo_server.c", &[]);
    echoes("event_select_server.c", &[]);
}

#[test]
fn a_server_goes_on_when_its_connections_are_reset() {
    if !peers::have_python("iocp_echo_server.c") {
        return;
    }
    let server =
        with_faults(&example("iocp_echo_server.c", Language::C), &["0", "3", "2"], "seed=1,at=*.2:reset");
    let port = server.after("PORT ");
    let peers: Vec<_> = (0..3)
        .map(|_| {
            let address = format!("127.0.0.1:{port}");
            std::thread::spawn(move || {
                let mut peer = TcpStream::connect(address).unwrap();
                peer.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
                peer.write_all(b"x").unwrap();
                // The echo, if it was quicker than the reset.
                peer.read_to_end(&mut Vec::new()).map_err(|error| error.kind())
            })
        })
        .collect();
    for peer in peers {
        let met = peer.join().unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(met, Err(std::io::ErrorKind::ConnectionReset));
        }
    }
    assert!(server.finish().contains("SERVED 3 connections, "));
}

/// What `examples/faults.md` shows.
#[test]
fn a_reader_that_takes_pieces_for_messages_is_found_out() {
    for language in Language::BOTH {
        let reader = example("message_reader.c", language);
        let run =
            |arguments: &[&str], faults: &str| Said::of(&with_faults(&reader, arguments, faults).finish());
        let right = ["MESSAGE the quick brown fox", "MESSAGE jumps over", "MESSAGE the lazy dog"];
        assert_eq!(run(&[], "seed=1").program, right);
        let broken = run(&[], "seed=1,short=50%");
        let mistaken = ["MESSAGE the quick brown fox", "MESSAGE ju", "NO HEADER: 4 bytes, 1836086048"];
        assert_eq!(broken.program, mistaken);
        assert_eq!(broken.without_sockets(), ["#2), receive #4: short, room for 2 of 10 bytes"]);
        assert_eq!(run(&["careful"], "seed=1,short=50%").program, right);
        let reset = run(&["careful"], "seed=1,short=50%,at=2.5:reset");
        assert_eq!(reset.program.last().unwrap(), "recv failed with error 10054");
    }
}
