//! The trace that ships with the library: unmodified programs are run with it, and its lines are read.

#[path = "programs/build.rs"]
mod build;
#[path = "programs/peers.rs"]
mod peers;
#[path = "programs/run.rs"]
mod run;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use openws2::Win32::Networking::WinSock::*;
use openws2::spi::trace::Trace;
use openws2::spi::{Layer, install};

use build::{Language, compile_as, example, in_package, scratch};
use run::{Program, assert_in_order};

/// A place for a trace that is not there yet.
fn fresh(name: &str) -> PathBuf {
    let path = scratch(name);
    // Most often there is none.
    let _ = fs::remove_file(&path);
    path
}

/// A folder that is empty.
fn fresh_folder(name: &str) -> PathBuf {
    let folder = fresh(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn traced(program: &Path, arguments: &[&str], words: &str, file: Option<&Path>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env("WS2_TRACE", words).env_remove("WS2_LAYERS");
    match file {
        Some(file) => command.env("WS2_TRACE_FILE", file),
        None => command.env_remove("WS2_TRACE_FILE"),
    };
    command
}

fn calls_program() -> PathBuf {
    compile_as(&in_package("tests/c/trace_calls.c"), Language::C, &[])
}

/// The line that has all of these.
#[track_caller]
fn line<'a>(trace: &'a str, pieces: &[&str]) -> &'a str {
    let found = trace.lines().find(|line| pieces.iter().all(|piece| line.contains(piece)));
    found.unwrap_or_else(|| panic!("no line with all of {pieces:?} in:\n{trace}"))
}

#[test]
fn a_traced_program_prints_what_it_prints_without_a_trace() {
    let program = calls_program();
    let plain = Program::start(&program, &[]).finish();
    let file = fresh("unchanged.trace");
    for words in ["all", "all,data", "json", "recv,overlapped"] {
        let seen = Program::start_command(traced(&program, &[], words, Some(&file))).finish();
        assert_eq!(seen, plain, "with WS2_TRACE={words}");
    }
    assert!(!fs::read_to_string(&file).unwrap().is_empty());
}

#[test]
fn each_call_says_what_the_program_gets_what_the_host_said_and_why() {
    let file = fresh("calls.trace");
    Program::start_command(traced(&calls_program(), &[], "all,data", Some(&file))).finish();
    let trace = fs::read_to_string(file).unwrap();
    let has = |pieces: &[&str]| {
        line(&trace, pieces);
    };
    has(&["ret  socket() = INVALID_SOCKET WSANOTINITIALISED (10093); host not asked; F001"]);
    has(&["call socket(family=AF_INET, type=SOCK_DGRAM, protocol=IPPROTO_UDP, flags=WSA_FLAG_OVERLAPPED)"]);
    has(&["call recv(s=", ", buffers=[8], flags=0)"]);
    has(&["ret  recv(s=", ") = SOCKET_ERROR WSAEINVAL (10022); host not asked; F042 F043: "]);
    has(&["call bind(s=", ", name=127.0.0.1:0, namelen=16)"]);
    has(&["ret  bind(s=", ") = 0; host ok"]);
    has(&["ret  bind(s=", "WSAEINVAL (10022); host not asked; F292: a socket is bound once"]);
    has(&["ret  getsockname(s=", ") = 0 {name=127.0.0.1:"]);
    has(&["call ioctlsocket(s=", ", code=FIONBIO, input=1"]);
    has(&["call setsockopt(s=", ", level=SOL_SOCKET, name=SO_RCVBUF, value=262144, length=4)"]);
    has(&["ret  recv(s=", "WSAEWOULDBLOCK (10035); host recv: EAGAIN; F032: "]);
    has(&["call sendto(s=", ", buffers=[11], flags=0, to=127.0.0.1:", r#"data="a \"quoted\"\n""#]);
    has(&["ret  sendto(s=", ") = 11 {sent=11}; host ok"]);
    has(&[
        "ret  recvfrom(s=",
        "WSAEMSGSIZE (10040) {received=8, name=127.0.0.1:",
        "; F154 G050",
        "data=\"a \\\"",
    ]);
    has(&["call recv(s=", "bad_buffer=0x1 (no memory)"]);
    has(&["call recv(s=", "buffers=[-1]"]);
    has(&[
        "ret  recv(s=",
        "WSAEFAULT (10014); host not asked; F013: a buffer is no memory, or its length is below 0",
    ]);
    has(&["call recv(s=", "flags=MSG_DONTROUTE"]);
    has(&["ret  recv(s=", "WSAEOPNOTSUPP (10045); host not asked; G083 G084 G085"]);
    has(&["call recvfrom(s=", "flags=MSG_PEEK, fromlen=0x8 (no memory)"]);
    has(&["ret  recvfrom(s=", "WSAEFAULT (10014); host not asked; F306"]);
    has(&["call bind(s=", "name=0x8 (no memory)"]);
    has(&["call socket(family=99, type=SOCK_STREAM, protocol=0, flags=WSA_FLAG_OVERLAPPED)"]);
    has(&["ret  socket() = INVALID_SOCKET WSAEAFNOSUPPORT (10047); host not asked; F290"]);
    has(&["ret  recv(s=54321) = SOCKET_ERROR WSAENOTSOCK (10038); host getsockopt: EBADF; F011 F018"]);
    has(&["call WSARecv(s=", ", buffers=[3,5], flags=0, overlapped=0x", " (event))"]);
    has(&["ret  WSARecv(s=", ") = WSA_IO_PENDING (997) op 1; host ", ": EAGAIN; F051"]);
    has(&["end  WSARecv(s=", ") op 1 = 6 bytes after 0.", " s; host ok"]);
    has(&["ret  WSAGetOverlappedResult(s=", ") = TRUE {transferred=6, flags=0}; host ok"]);
    has(&[
        "end  WSARecv(s=",
        ") op 2 = WSA_OPERATION_ABORTED (995), status 0xc0000120, 0 bytes",
        "F118 F119",
    ]);
    has(&["call select(read=[", "], timeout=0.001000)"]);
    has(&["ret  recv() = SOCKET_ERROR WSANOTINITIALISED (10093); host not asked; F001"]);
}

#[test]
fn only_what_is_asked_for_is_traced() {
    let file = fresh("words.trace");
    Program::start_command(traced(&calls_program(), &[], "overlapped, options", Some(&file))).finish();
    let trace = fs::read_to_string(file).unwrap();
    line(&trace, &["call WSARecv("]);
    line(&trace, &["end  WSARecv("]);
    line(&trace, &["call getsockopt("]);
    for not in [
        "call recv(",
        "ret  recv(",
        "ret  socket(",
        "call bind(",
        "call select(",
        "call ioctlsocket(",
        "data=",
    ] {
        assert!(!trace.contains(not), "{not}:\n{trace}");
    }
}

#[test]
fn an_unknown_word_keeps_the_program_from_starting_and_says_which_there_are() {
    let client = example("tcp_client.c", Language::C);
    let command = traced(&client, &["127.0.0.1", "1", "x"], "recv,receive", None);
    let (status, seen) = Program::start_command(command).end();
    assert!(!status.success(), "{seen}");
    assert_in_order(&seen, &["10091"]);
    for word in ["\"receive\"", "recv", "overlapped", "names", "json"] {
        assert!(seen.contains(word), "{word}: {seen}");
    }
    let nowhere = traced(&client, &["127.0.0.1", "1", "x"], "all", Some(Path::new("/nowhere/at all")));
    let (status, seen) = Program::start_command(nowhere).end();
    assert!(!status.success() && seen.contains("WS2_TRACE_FILE: /nowhere/at all: "), "{seen}");
}

#[test]
fn standard_error_has_the_lines_of_a_client_from_connect_to_the_end_of_the_stream() {
    if !peers::have_python("trace") {
        return;
    }
    let server = peers::start("reply_once.py", &["text:Greetings from another world"]);
    let port = server.after("PORT ");
    let client = example("tcp_client.c", Language::C);
    let seen =
        Program::start_command(traced(&client, &["127.0.0.1", &port, "hello"], "all,data", None)).finish();
    assert_in_order(&seen, &["Bytes sent: 5\n"]);
    assert_in_order(&seen, &["Greetings from another world\n", "Connection closed\n"]);
    let name = format!("name=127.0.0.1:{port}, namelen=16)");
    assert_in_order(
        &seen,
        &[
            "call socket(",
            "call connect(s=",
            &name,
            ") = 0; host ok",
            "call send(s=",
            "data=\"hello\"",
            "= 5 {sent=5}; host ok",
            "call shutdown(s=",
            "how=SD_SEND",
            "ret  recv(s=",
            "= 28 {received=28, data=\"Greetings from another world\"}; host ok",
            "= 0 {received=0, data=\"\"}; host recv: 0; F040: ",
            "call closesocket(s=",
        ],
    );
    server.finish();
}

#[test]
fn a_refused_connect_names_the_hosts_errno() {
    if !peers::have_python("trace") {
        return;
    }
    let refuser = peers::start("refuse.py", &[]);
    let client = example("tcp_client.c", Language::C);
    let port = refuser.after("PORT ");
    let (_, seen) =
        Program::start_command(traced(&client, &["127.0.0.1", &port, "anyone?"], "connect", None)).end();
    line(
        &seen,
        &[
            "ret  connect(s=",
            "WSAECONNREFUSED (10061); host connect: ECONNREFUSED; F108: nobody listens there",
        ],
    );
}

#[test]
fn a_udp_server_says_why_it_is_told_of_truncation_and_of_a_refused_answer() {
    if !peers::have_python("trace") {
        return;
    }
    let file = fresh("udp.trace");
    let server = traced(&example("udp_server.c", Language::C), &["0"], "recv,send", Some(&file));
    let server = Program::start_command(server);
    let talk = peers::start("udp_talk.py", &[&server.after("Bound to port ")]);
    let talker = talk.after("TALKER ");
    let closed = talk.after("CLOSED ");
    assert_in_order(&talk.finish(), &["ALL WELL\n"]);
    let seen = server.finish();
    assert_in_order(&seen, &["WSAEMSGSIZE 10040", "sent 4 bytes: quit\n"]);
    assert!(!seen.contains("recvfrom("), "{seen}");

    let trace = fs::read_to_string(file).unwrap();
    let from = format!("{{received=32, name=127.0.0.1:{talker}}}");
    line(
        &trace,
        &["ret  recvfrom(s=", "= SOCKET_ERROR WSAEMSGSIZE (10040)", &from, "F154", "the rest of it is gone"],
    );
    line(&trace, &["call sendto(s=", &format!("to=127.0.0.1:{closed}")]);
    // Only Linux tells an unconnected socket of the ICMP answer.
    if cfg!(target_os = "linux") {
        line(&trace, &["ret  recvfrom(s=", "WSAECONNRESET (10054)", "ECONNREFUSED; F162 G030 G040: "]);
    }
}

#[test]
fn json_is_an_object_for_each_call_with_the_same_keys() {
    if !peers::have_python("trace") {
        return;
    }
    let file = fresh("calls.json");
    Program::start_command(traced(&calls_program(), &[], "json,data", Some(&file))).finish();
    let read = peers::start("trace_json.py", &[file.to_str().unwrap()]).finish();
    assert_in_order(
        &read,
        &[
            "CALL \"socket\" -1 \"WSANOTINITIALISED\" \"F001 F003\" null\n",
            "CALL \"recv\" -1 \"WSAEINVAL\" \"F042 F043\" null\n",
            "CALL \"recv\" -1 \"WSAEWOULDBLOCK\" \"F032\" {\"call\": \"recv\", \"errno\": \"EAGAIN\"}\n",
            "CALL \"sendto\" 11 null null null\n",
            "OPERATIONS 2\n",
        ],
    );
}

/// Runs an echo server of overlapped operations, and has the clients' bytes compared.
fn pairs(source: &str, more: &[&str]) {
    if !peers::have_python("trace") {
        return;
    }
    let file = fresh(&format!("{source}.json"));
    let mut arguments = vec!["0", "20"];
    arguments.extend(more);
    let server = traced(&example(source, Language::C), &arguments, "overlapped,json", Some(&file));
    let server = Program::start_command(server);
    let clients = peers::start("checksum_clients.py", &[&server.after("PORT "), "20"]);
    assert_in_order(&clients.finish(), &["CLIENTS 20 OK bytes "]);
    assert_in_order(&server.finish(), &["SERVED 20 connections, "]);
    let read = peers::start("trace_json.py", &[file.to_str().unwrap()]).finish();
    let operations = read.rsplit("OPERATIONS ").next().unwrap().trim().parse::<u32>().unwrap();
    assert!(operations > 0, "{read}");
}

#[test]
fn every_operation_of_an_apc_server_that_pends_has_its_end() {
    pairs("apc_echo_server.c", &[]);
}

#[test]
fn every_operation_of_a_completion_port_server_that_pends_has_its_end() {
    pairs("iocp_echo_server.c", &["2"]);
}

#[test]
fn a_child_of_the_program_goes_on_with_the_trace() {
    let program = compile_as(&in_package("tests/c/trace_fork.c"), Language::C, &[]);
    let file = fresh("fork.trace");
    Program::start_command(traced(&program, &[], "recv", Some(&file))).finish();
    let trace = fs::read_to_string(file).unwrap();
    assert_eq!(trace.matches("WSAEINVAL (10022); host not asked; F042").count(), 2, "{trace}");
}

#[test]
fn the_processs_number_stands_in_the_files_name() {
    let folder = fresh_folder("numbered");
    Program::start_command(traced(&calls_program(), &[], "socket", Some(&folder.join("%p.trace")))).finish();
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let [name] = &names[..] else { panic!("{names:?}") };
    let number = name.to_str().and_then(|name| name.strip_suffix(".trace"));
    assert!(number.is_some_and(|number| number.parse::<u32>().is_ok()), "{names:?}");
}

fn pipe() -> (OwnedFd, OwnedFd) {
    let mut ends = [0; 2];
    assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
    for end in ends {
        assert_eq!(unsafe { libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC) }, 0);
    }
    unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) }
}

/// Runs the program with standard error being this, and compares what it prints.
#[track_caller]
fn undisturbed_with(standard_error: OwnedFd) {
    let program = calls_program();
    let plain = Program::start(&program, &[]).finish();
    let mut command = traced(&program, &[], "all,data", None);
    let done = command.stderr(Stdio::from(standard_error)).stdin(Stdio::null()).output().unwrap();
    assert!(done.status.success(), "{:?}", done.status);
    assert_eq!(String::from_utf8_lossy(&done.stdout), plain);
}

#[test]
fn a_pipe_that_nobody_reads_any_more_does_not_kill_the_program() {
    let (read, write) = pipe();
    drop(read);
    undisturbed_with(write);
}

#[test]
fn a_full_pipe_does_not_hold_the_program_up() {
    let (read, write) = pipe();
    let mut filler = File::from(write.try_clone().unwrap());
    let room = 1 << 20;
    #[cfg(target_os = "linux")]
    let room = unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&write), libc::F_GETPIPE_SZ) }.min(room);
    if cfg!(target_os = "linux") {
        filler.write_all(&vec![b'.'; room as usize]).unwrap();
    }
    undisturbed_with(write);
    drop(read);
}

fn more_program() -> PathBuf {
    compile_as(&in_package("tests/c/trace_more.c"), Language::C, &["-lpthread"])
}

/// What the program says with a trace, which is what it says without, and the trace.
fn more(words: &str, name: &str) -> String {
    let file = fresh(name);
    let program = more_program();
    let plain = Program::start(&program, &[]).finish();
    let seen = Program::start_command(traced(&program, &[], words, Some(&file))).finish();
    assert_eq!(seen, plain);
    fs::read_to_string(file).unwrap()
}

#[test]
fn calls_that_no_provider_sees_are_traced_as_the_words_say() {
    let trace = more("all,data", "more.trace");
    let has = |pieces: &[&str]| {
        line(&trace, pieces);
    };
    has(&["call WSAPoll(sockets=[", "], events=POLLRDNORM|POLLRDBAND, count=1, timeout=20)"]);
    has(&["ret  WSAPoll() = 0 {revents=0}; host ok"]);
    has(&["ret  WSAPoll() = SOCKET_ERROR WSAEINVAL (10022)"]);
    has(&["call ReadFile(s=", ", buffers=[32], overlapped=0x", " (event))"]);
    has(&["ret  ReadFile(s=", ") = WSA_IO_PENDING (997) op 1; host recv: EAGAIN"]);
    has(&["end  ReadFile(s=", ") op 1 = 3 bytes after 0."]);
    has(&["call WriteFile(s=", ", buffers=[3], data=\"abc\", overlapped=0x", " (handle))"]);
    has(&["ret  WriteFile(s=", ") = TRUE {sent=3}; host ok"]);
    has(&["ret  ReadFile(s=", ") = FALSE ", " (87)"]);
    has(&["ret  WSAStringToAddress() = 0 {name=1.2.3.4:80}; host ok"]);
    has(&["call WSAAddressToString(name=1.2.3.4:80, namelen=16, text_length=40)"]);
    has(&["ret  WSAAddressToString() = 0 {text_length=11}; host ok"]);
    has(&["ret  WSAAddressToString() = SOCKET_ERROR WSAEFAULT (10014)"]);
}

#[test]
fn a_message_is_traced_with_its_control_data_and_with_what_is_wrong_with_it() {
    let trace = more("send,data", "message.trace");
    line(
        &trace,
        &["call WSASendMsg(s=", ", buffers=[3], flags=0, name=127.0.0.1:", ", control=0, data=\"abc\")"],
    );
    line(&trace, &["ret  WSASendMsg(s=", ") = 0 {sent=3}; host ok"]);
    let refused = |name: &str, why: &str| {
        line(&trace, &[name, ") = SOCKET_ERROR WSAEINVAL (10022); host not asked", why]);
    };
    refused("ret  WSASendMsg(s=", "congestion");
    refused("ret  WSASendMsg(s=", "more control data");
    refused("ret  WSASendMsg(s=", "F015: ");
    refused("ret  WSASendTo(s=", "F015: ");
    // That the library asks the provider for the function is none of the program's business.
    let trace = more("send,ioctl", "message.ioctl.trace");
    line(&trace, &["ret  WSASendMsg(s=", ") = 0 {sent=3}; host ok"]);
    assert!(!trace.contains("WSAID_WSASENDMSG") && !trace.contains("WSPIoctl"), "{trace}");
    let asked = |line: &&str| line.contains("call WSASendMsg(s=");
    assert_eq!(trace.lines().filter(asked).count(), 4, "{trace}");
}

#[test]
fn refused_calls_have_their_names_their_failures_and_their_words() {
    let trace = more("events", "refused.trace");
    line(&trace, &["ret  select() = SOCKET_ERROR WSANOTINITIALISED (10093); host not asked; F001"]);
    line(&trace, &["ret  WSAPoll() = SOCKET_ERROR WSANOTINITIALISED (10093); host not asked; F001"]);
    assert!(!trace.contains("accept"), "{trace}");
    let trace = more("connect", "refused.connect.trace");
    line(&trace, &["ret  accept() = INVALID_SOCKET WSANOTINITIALISED (10093); host not asked; F001"]);
    assert!(!trace.contains("select"), "{trace}");
    let trace = more("json,events", "refused.json");
    line(&trace, &["\"call\":\"select\"", "\"result\":-1", "\"code\":10093"]);
}

#[test]
fn what_is_noted_in_a_completion_routine_is_not_the_calls_that_it_runs_in() {
    let trace = more("all", "nested.trace");
    line(&trace, &["ret  listen(s=", "WSAEINVAL (10022); host not asked; F292: "]);
    line(&trace, &["ret  recv(s=", "WSAETIMEDOUT (10060); host poll: 0; F187: "]);
}

#[test]
fn an_operation_that_ends_within_its_call_has_the_hosts_word_in_both_lines() {
    let trace = more("overlapped", "within.trace");
    let pends = line(&trace, &["ret  ConnectEx(s=", "WSA_IO_PENDING (997) op "]);
    let end = line(&trace, &["end  ConnectEx(s=", " op "]);
    assert!(pends.contains("; host connect: E") && end.contains("; host connect: E"), "{pends}\n{end}");
}

/// What a trace writes.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_trace_says_nothing_before_it_is_installed_and_after_it_is_taken_away() {
    struct Quiet;
    // SAFETY: passes each call on as it came.
    unsafe impl Layer for Quiet {}

    let lines = Lines::default();
    let trace = Trace::new("all").unwrap().to(lines.clone());
    let under = install("trace test: under", Quiet).unwrap();
    assert_eq!(unsafe { WSAStartup(0x0202, &mut WSADATA::default()) }, 0);
    let fail = || unsafe {
        assert_eq!(socket(99, SOCK_STREAM, 0), INVALID_SOCKET);
        assert_eq!(recv(54321, [0; 8].as_mut_ptr(), 8, 0), SOCKET_ERROR);
    };
    fail();
    assert_eq!(lines.text(), "");
    let tracing = install("trace test", trace).unwrap();
    fail();
    let said = lines.text();
    line(&said, &["ret  socket() = INVALID_SOCKET WSAEAFNOSUPPORT"]);
    line(&said, &["ret  recv(s=54321) = SOCKET_ERROR WSAENOTSOCK"]);
    drop(tracing);
    // That it goes, its provider is told.
    let said = lines.text();
    fail();
    assert_eq!(lines.text(), said);
    drop(under);
    assert_eq!(unsafe { WSACleanup() }, 0);
}

#[test]
fn a_program_without_standard_error_keeps_its_sockets_to_itself() {
    let program = compile_as(&in_package("tests/c/trace_closed_error.c"), Language::C, &[]);
    Program::start_command(traced(&program, &[], "all,data", None)).finish();
}

#[test]
fn words_that_are_no_text_are_refused_and_files_have_any_names() {
    let program = calls_program();
    let odd = OsStr::from_bytes(b"recv\xff");
    let mut command = traced(&program, &[], "all", None);
    command.env("WS2_TRACE", odd);
    let (status, seen) = Program::start_command(command).end();
    assert!(!status.success() && seen.contains("openws2: WS2_TRACE: "), "{seen}");
    // There the file system has no such names.
    if cfg!(target_os = "linux") {
        let file = fresh_folder("odd names").join(OsStr::from_bytes(b"trace \xff.%p"));
        Program::start_command(traced(&program, &[], "recv", Some(&file))).finish();
        let names: Vec<_> = fs::read_dir(file.parent().unwrap()).unwrap().flatten().collect();
        let [entry] = &names[..] else { panic!("{names:?}") };
        assert!(entry.file_name().as_bytes().starts_with(b"trace \xff."), "{names:?}");
        assert!(fs::read_to_string(entry.path()).unwrap().contains("recv("));
    }
}

#[test]
fn a_limit_to_the_size_of_files_does_not_kill_the_program() {
    let program = calls_program();
    let plain = Program::start(&program, &[]).finish();
    let file = fresh("limited.trace");
    let mut command = traced(Path::new("/bin/sh"), &["-c", "ulimit -f 2; exec \"$0\""], "all", Some(&file));
    command.arg(&program);
    assert_eq!(Program::start_command(command).finish(), plain);
    assert!((1..4096).contains(&fs::metadata(&file).unwrap().len()));
}
