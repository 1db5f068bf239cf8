//! Overlapped echo servers, written for Windows and compiled by ws2cc: a thousand connections at once, every byte
//! compared by clients that know nothing of Windows sockets; and clients that misbehave.

#[path = "programs/build.rs"]
mod build;
#[path = "programs/peers.rs"]
mod peers;
#[path = "programs/run.rs"]
mod run;

use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use build::{Language, example};
use run::{Program, assert_in_order};

/// One of the servers, and what it calls a connection that its client reset.
struct Server {
    source: &'static str,
    /// What follows the port and the number of connections on the command line.
    more: &'static [&'static str],
    reset: u32,
}

/// Completion routines get Winsock's codes, and so does `WSAGetOverlappedResult`.
const APC: Server = Server { source: "apc_echo_server.c", more: &[], reset: 10054 };
const EVENT: Server = Server { source: "event_echo_server.c", more: &[], reset: 10054 };
/// A completion port tells the general code of Windows for the same thing (F080).
const IOCP: Server = Server { source: "iocp_echo_server.c", more: &["4"], reset: 64 };
const IOCP_ALONE: Server = Server { source: "iocp_echo_server.c", more: &["1"], reset: 64 };

/// Held by a test with so many connections that it should have the machine for itself.
static CROWDED: Mutex<()> = Mutex::new(());

fn crowded() -> MutexGuard<'static, ()> {
    CROWDED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Starts the server; it is to serve this many connections.
    #[track_caller]
    fn start(&self, language: Language, connections: u32) -> (Program, String) {
        // Hosts let a process have few descriptors until it asks for more, which no Windows program does:
        // WSAStartup does it for them.
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -S -n 256; exec \"$@\"", "sh"]);
        command.arg(example(self.source, language)).args(["0", &connections.to_string()]).args(self.more);
        let server = Program::start_command(command);
        let port = server.after("PORT ");
        (server, port)
    }

    /// Serves this many clients at once, all of which compare what they get.
    #[track_caller]
    fn serves(&self, language: Language, clients: u32) {
        if !peers::have_python(self.source) {
            return;
        }
        let (server, port) = self.start(language, clients);
        let peer = peers::start("checksum_clients.py", &[&port, &clients.to_string()]);
        let bytes = peer.after(&format!("CLIENTS {clients} OK bytes "));
        peer.finish();
        assert_in_order(&server.finish(), &[&format!("SERVED {clients} connections, {bytes} bytes")]);
    }

    /// Some clients reset their connections amid their streams; the others must not notice.
    #[track_caller]
    fn survives_resets(&self, clients: u32, resets: u32) {
        if !peers::have_python(self.source) {
            return;
        }
        let (server, port) = self.start(Language::C, clients + resets);
        let numbers = [clients, 7, resets].map(|number| number.to_string());
        let peer = peers::start("checksum_clients.py", &[&port, &numbers[0], &numbers[1], &numbers[2]]);
        assert_in_order(
            &peer.finish(),
            &[&format!("CLIENTS {clients} OK bytes "), &format!(", {resets} RESET\n")],
        );
        assert_in_order(&server.finish(), &[&format!("SERVED {} connections, ", clients + resets)]);
    }

    /// Resets while a receive pends and while a send does, and a client that reads late.
    #[track_caller]
    fn survives_the_rude(&self) {
        if !peers::have_python(self.source) {
            return;
        }
        for language in Language::BOTH {
            let (server, port) = self.start(language, 4);
            let peer = peers::start("rude_clients.py", &[&port]);
            let after_echo = peer.after("RESET AFTER ECHO ");
            let stuffed = peer.after("RESET WHILE STUFFED ");
            assert_in_order(&peer.finish(), &["LATE ", "ALL WELL\n"]);

            let seen = server.finish();
            let ended =
                |port: &str, code: &str| format!("Connection from 127.0.0.1:{port} ended with error {code}");
            assert_in_order(&seen, &[&ended(&after_echo, &format!("{}\n", self.reset))]);
            assert_in_order(&seen, &[&ended(&stuffed, "")]);
            assert_in_order(&seen, &["SERVED 4 connections, "]);
        }
    }

    #[track_caller]
    fn serves_netcat(&self) {
        let (server, port) = self.start(Language::C, 1);
        let Some(mut netcat) = peers::netcat(self.source, &["127.0.0.1", &port]) else {
            return;
        };
        for line in ["typed by hand\n", "and once more\n"] {
            netcat.type_in(line);
            netcat.wait_for(line);
        }
        drop(netcat);
        assert_in_order(&server.finish(), &["SERVED 1 connections, 28 bytes"]);
    }
}

#[test]
fn iocp_server_serves_a_thousand_at_once() {
    let _alone = crowded();
    IOCP.serves(Language::C, 1000);
}

#[test]
fn iocp_server_serves_a_thousand_with_one_thread() {
    let _alone = crowded();
    IOCP_ALONE.serves(Language::Cpp, 1000);
}

#[test]
fn event_server_serves_a_thousand_at_once() {
    let _alone = crowded();
    EVENT.serves(Language::C, 1000);
}

#[test]
fn apc_server_serves_a_thousand_at_once() {
    let _alone = crowded();
    APC.serves(Language::C, 1000);
}

#[test]
fn servers_serve_one_client() {
    for server in [IOCP, IOCP_ALONE, EVENT, APC] {
        for language in Language::BOTH {
            server.serves(language, 1);
        }
    }
}

#[test]
fn servers_serve_netcat() {
    for server in [IOCP, EVENT, APC] {
        server.serves_netcat();
    }
}

#[test]
fn iocp_server_survives_resets() {
    let _alone = crowded();
    IOCP.survives_resets(100, 60);
}

#[test]
fn event_server_survives_resets() {
    let _alone = crowded();
    EVENT.survives_resets(100, 60);
}

#[test]
fn apc_server_survives_resets() {
    let _alone = crowded();
    APC.survives_resets(100, 60);
}

#[test]
fn iocp_server_survives_the_rude() {
    IOCP.survives_the_rude();
}

#[test]
fn event_server_survives_the_rude() {
    EVENT.survives_the_rude();
}

#[test]
fn apc_server_survives_the_rude() {
    APC.survives_the_rude();
}

#[test]
fn event_server_starts_a_thread_per_63_connections() {
    if !peers::have_python("event_echo_server") {
        return;
    }
    for (clients, threads) in [(63, 1), (64, 2)] {
        let (server, port) = EVENT.start(Language::C, clients);
        peers::start("checksum_clients.py", &[&port, &clients.to_string()]).finish();
        let served = format!("SERVED {clients} connections, ");
        assert_in_order(&server.finish(), &[&served, &format!(" bytes, with {threads} threads\n")]);
    }
}

#[test]
fn iocp_server_ends_under_pending_receives_and_accepts() {
    if !peers::have_python("iocp_echo_server") {
        return;
    }
    for server in [IOCP, IOCP_ALONE] {
        let (server, port) = server.start(Language::C, 1);
        let peer = peers::start("bystanders.py", &[&port]);
        let ends = peer.after("STAYING ");
        assert!(ends.split(' ').all(|end| end == "reset" || end == "end"), "{ends}");
        peer.finish();
        assert_eq!(server.finish().lines().skip(1).collect::<Vec<_>>(), ["SERVED 1 connections, 7 bytes"]);
    }
}
