//! Whole Windows programs, compiled by ws2cc and run against peers that know nothing of Windows sockets.

#[path = "programs/build.rs"]
mod build;
#[path = "programs/peers.rs"]
mod peers;
#[path = "programs/run.rs"]
mod run;
#[path = "programs/seed.rs"]
mod seed;

use build::{Language, compile_as, example, in_package};
use run::{Program, assert_in_order};

#[test]
fn tcp_client_receives_an_answer_to_its_end() {
    if !peers::have_python("tcp_client") {
        return;
    }
    for language in Language::BOTH {
        let client = example("tcp_client.c", language);
        let server = peers::start("reply_once.py", &["text:Greetings from another world"]);
        let port = server.after("PORT ");
        let seen = Program::start(&client, &["127.0.0.1", &port, "this is a test"]).finish();
        assert_in_order(
            &seen,
            &[
                "Bytes sent: 14\n",
                "Bytes received: 28, ",
                "Greetings from another world\n",
                "Connection closed\n",
            ],
        );
        assert_in_order(&server.finish(), &["REQUEST 14 ", " this is a test\n"]);
    }
}

#[test]
fn tcp_client_receives_every_byte_of_a_long_answer() {
    if !peers::have_python("tcp_client") {
        return;
    }
    let client = example("tcp_client.c", Language::C);
    let server = peers::start("reply_once.py", &["bytes:3000001"]);
    let seen = Program::start(&client, &["localhost", &server.after("PORT "), "everything"]).finish();
    let checksum = server.after("ANSWER 3000001 ");
    assert_in_order(
        &seen,
        &[&format!("Bytes received: 3000001, CRC-32 {checksum}\n"), "Connection closed\n"],
    );
    server.finish();
}

#[test]
fn tcp_client_is_told_of_a_reset_by_windows_number() {
    if !peers::have_python("tcp_client") {
        return;
    }
    let client = example("tcp_client.c", Language::C);
    let server = peers::start("reply_once.py", &["reset"]);
    let (status, seen) = Program::start(&client, &["127.0.0.1", &server.after("PORT "), "hang up"]).end();
    assert_eq!(status.code(), Some(1), "{seen}");
    assert_in_order(&seen, &["recv failed with error 10054"]);
    server.finish();
}

#[test]
fn tcp_client_is_refused_by_windows_number() {
    if !peers::have_python("tcp_client") {
        return;
    }
    let client = example("tcp_client.c", Language::C);
    let refuser = peers::start("refuse.py", &[]);
    let (status, seen) = Program::start(&client, &["127.0.0.1", &refuser.after("PORT "), "anyone?"]).end();
    assert_eq!(status.code(), Some(1), "{seen}");
    assert_in_order(&seen, &["connect failed with error 10061"]);
    assert_in_order(&seen, &["Unable to connect to server\n"]);
}

#[test]
fn tcp_echo_server_sends_back_every_byte_of_each_client() {
    if !peers::have_python("tcp_echo_server") {
        return;
    }
    for language in Language::BOTH {
        let server = Program::start(&example("tcp_echo_server.c", language), &["0", "3"]);
        let port = server.after("Listening on port ");
        let clients = peers::start("echo_clients.py", &[&port, "1", "70000", "2000000"]).finish();
        assert_in_order(&clients, &["ECHOED 3 clients, 2070001 bytes\n"]);
        let seen = server.finish();
        for bytes in [1, 70_000, 2_000_000] {
            assert_in_order(
                &seen,
                &["Connection from 127.0.0.1\n", &format!("closing, {bytes} bytes echoed\n")],
            );
        }
    }
}

#[test]
fn tcp_echo_server_serves_netcat() {
    let server = Program::start(&example("tcp_echo_server.c", Language::C), &["0"]);
    let port = server.after("Listening on port ");
    let Some(mut netcat) = peers::netcat("tcp_echo_server", &["127.0.0.1", &port]) else {
        return;
    };
    netcat.type_in("typed by hand\n");
    netcat.wait_for("typed by hand\n");
    drop(netcat);
    assert_in_order(&server.finish(), &["Connection closing, 14 bytes echoed\n"]);
}

#[test]
fn udp_server_goes_on_after_truncation_and_a_refused_answer() {
    if !peers::have_python("udp_server") {
        return;
    }
    for language in Language::BOTH {
        let server = Program::start(&example("udp_server.c", language), &["0"]);
        let talk = peers::start("udp_talk.py", &[&server.after("Bound to port ")]);
        let from = format!("127.0.0.1:{} sent ", talk.after("TALKER "));
        assert_in_order(&talk.finish(), &["ALL WELL\n"]);

        let seen = server.finish();
        let sent = |what: &str| format!("{from}{what}\n");
        assert_in_order(
            &seen,
            &[
                &sent("5 bytes: hello"),
                &sent("0 bytes: "),
                &sent("32 bytes: 0123456789abcdef0123456789abcdef"),
                &sent(
                    "more than 32 bytes (WSAEMSGSIZE 10040), beginning with: the beginning of a long message,",
                ),
                &sent("12 bytes: still there?"),
                &sent("8 bytes: and now?"),
                &sent("4 bytes: quit"),
            ],
        );
        // Only Linux tells an unconnected socket of the ICMP answer.
        if cfg!(target_os = "linux") {
            assert_in_order(
                &seen,
                &["reply-to ", "closed port (WSAECONNRESET 10054), going on\n", "and now?\n"],
            );
        }
    }
}

#[test]
fn udp_server_serves_netcat() {
    let server = Program::start(&example("udp_server.c", Language::C), &["0"]);
    let port = server.after("Bound to port ");
    let Some(mut netcat) = peers::netcat("udp_server", &["-u", "127.0.0.1", &port]) else {
        return;
    };
    netcat.type_in("one line\n");
    netcat.wait_for("received 9 bytes");
    netcat.type_in("quit");
    netcat.wait_for("bye");
    assert_in_order(&server.finish(), &["sent 9 bytes: one line\n", "sent 4 bytes: quit\n"]);
}

#[test]
fn select_server_serves_the_lazy_the_urgent_and_the_rude() {
    if !peers::have_python("select_server") {
        return;
    }
    for language in Language::BOTH {
        let server = Program::start(&example("select_server.c", language), &["0", "3"]);
        let clients = peers::start("select_clients.py", &[&server.after("Listening on port ")]);
        assert_in_order(&clients.finish(), &["ALL WELL 12000 bytes\n"]);
        let seen = server.finish();
        assert_in_order(
            &seen,
            &["Urgent byte 0x55\n", "gone after 150 bytes: closed\n", "3 clients served\n"],
        );
        assert_in_order(&seen, &["gone after 170 bytes: reset\n"]);
        assert_in_order(&seen, &["gone after 12000 bytes: closed\n"]);
    }
}

#[test]
fn select_server_echoes_to_many_at_once() {
    if !peers::have_python("select_server") {
        return;
    }
    let server = Program::start(&example("select_server.c", Language::C), &["0", "20"]);
    let mut arguments = vec![server.after("Listening on port ")];
    arguments.extend((0..20).map(|client| (client * 12_345).to_string()));
    let words = arguments.iter().map(String::as_str).collect::<Vec<_>>();
    let clients = peers::start("echo_clients.py", &words).finish();
    assert_in_order(&clients, &["ECHOED 20 clients, 2345550 bytes\n"]);
    assert_in_order(&server.finish(), &["20 clients served\n"]);
}

#[test]
fn thread_server_counts_right_and_ends_its_blocked_threads() {
    if !peers::have_python("thread_server") {
        return;
    }
    for language in Language::BOTH {
        let server = Program::start(&example("thread_server.c", language), &["0"]);
        let clients = peers::start("thread_clients.py", &[&server.after("Listening on port ")]);
        let total = clients.after("TOTAL ");
        let silent = clients.after("SILENT ");
        assert!(silent.split(' ').all(|end| end == "reset" || end == "end"), "{silent}");
        clients.finish();

        let seen = server.finish();
        let totals = format!("11 clients, 11 threads ended, 404 lines, 403 numbers, total {total}\n");
        assert_in_order(&seen, &["accept ended with error ", &totals]);
        // G003, G001; a thread that was just about to call finds no socket instead.
        for line in seen.lines().filter(|line| line.contains("ended with error")) {
            let wanted = if line.starts_with("accept") { "10004" } else { "10053" };
            assert!(line.ends_with(wanted) || line.ends_with("10038"), "{seen}");
        }
    }
}

#[test]
fn ipv6_client_prints_addresses_as_windows_does() {
    if !peers::have_python("ipv6_client") {
        return;
    }
    for language in Language::BOTH {
        let client = example("ipv6_client.c", language);
        let server = peers::start("greeting6.py", &[]);
        server.wait_for("\n");
        let Some(port) = server.so_far_after("PORT ") else {
            run::skip("ipv6_client", "this machine has no IPv6 on its loopback interface");
            return;
        };
        let seen = Program::start(&client, &["::1", &port]).finish();
        assert_in_order(
            &seen,
            &[
                "WinSock 2.0 is Running\n",
                "AF_INET6 (IPv6) family 23, length 28: ::1\n",
                &format!("Connected to host ::1, service {port}\n"),
                &format!("In one string: [::1]:{port}\n"),
                "Greeting of 29 bytes, 25 characters: Gr\\u00FC\\u00DFe aus dem IPv6-Netz \\u20AC\n",
            ],
        );
        assert_in_order(&server.finish(), &["CLIENT ::1\n"]);
    }
}

#[test]
fn scatter_receive_fills_its_buffers_in_order() {
    if !peers::have_python("scatter_receive") {
        return;
    }
    for language in Language::BOTH {
        let program = example("scatter_receive.c", language);
        let feed = peers::start("feed.py", &[]);
        let seen = Program::start(&program, &[&feed.after("PORT ")]).finish();
        assert_in_order(
            &seen,
            &[
                "Record of 28 bytes, body length 20: [scatte] [r and gather!!]\n",
                "Datagram of 19 bytes from 127.0.0.1: [KIND] [sixteen at most]\n",
                "Datagram too long (10040) from 127.0.0.1, 20 bytes kept: [LONG] [0123456789abcdef]\n",
                "Partial message of 12 bytes: [twelve bytes]\n",
                "Whole message of 5 bytes: [short]\n",
            ],
        );
        assert_in_order(&feed.finish(), &["DONE\n"]);
    }
}

#[test]
fn receive_timeout_counts_in_milliseconds() {
    if !peers::have_python("receive_timeout") {
        return;
    }
    for language in Language::BOTH {
        let client = example("receive_timeout.c", language);
        let server = peers::start("late_answer.py", &[]);
        let seen = Program::start(&client, &[&server.after("PORT "), "150"]).finish();
        assert_in_order(
            &seen,
            &[
                "Timeout is 150 ms\n",
                "Nobody wrote: error 10060, in time\n",
                "Attempt 1: timed out (WSAETIMEDOUT 10060)\n",
                "Attempt 2: timed out (WSAETIMEDOUT 10060)\n",
                "Attempt 3: late o'clock\n",
            ],
        );
        assert_in_order(&server.finish(), &["ASKED 3\n"]);
    }
}

#[test]
fn connect_probe_tells_open_ports_from_closed_ones() {
    if !peers::have_python("connect_probe") {
        return;
    }
    let program = example("connect_probe.cpp", Language::Cpp);
    let servers = peers::start("open_and_closed.py", &[]);
    let [alpha, closed, omega] = ["OPEN ", "CLOSED ", "ALSO "].map(|words| servers.after(words));
    let seen = Program::start(&program, &[&alpha, &closed, &omega]).finish();
    assert_in_order(
        &seen,
        &[
            &format!("Port {alpha}: open, says \"alpha\"\n"),
            &format!("Port {closed}: refused\n"),
            &format!("Port {omega}: open, says \"omega\"\n"),
        ],
    );
    assert_in_order(&servers.finish(), &["BOTH SERVED\n"]);
}

#[test]
fn every_example_compiles_as_for_a_windows_compiler() {
    let mut sources = 0;
    for entry in std::fs::read_dir(in_package("examples")).expect("the examples can be listed") {
        let source = entry.expect("the examples can be listed").path();
        let language = match source.extension().and_then(|suffix| suffix.to_str()) {
            Some("c") => Language::C,
            Some("cpp") => Language::Cpp,
            _ => continue,
        };
        // Layered providers are modules.
        let is_module = source.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("_lsp"));
        let flags: &[&str] = if is_module { &["--win32", "-shared"] } else { &["--win32"] };
        compile_as(&source, language, flags);
        sources += 1;
    }
    assert!(sources >= 8, "only {sources} sources");
}

#[test]
fn bad_input_gets_its_error_and_nothing_else() {
    for language in Language::BOTH {
        let program = compile_as(&in_package("tests/c/bad_input.c"), language, &[]);
        let seen = Program::start(&program, &[]).finish();
        assert!(seen.ends_with(" checks, 0 failed\n"), "{seen}");
    }
}
