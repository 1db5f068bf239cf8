//! Echo servers that wait until sockets are ready, written for Windows and compiled by ws2cc: five hundred unruly
//! connections at once, every byte compared by clients that know nothing of Windows sockets.

#[path = "programs/build.rs"]
mod build;
#[path = "readiness_servers/events.rs"]
mod events;
#[path = "programs/peers.rs"]
mod peers;
#[path = "readiness_servers/polls.rs"]
mod polls;
#[path = "programs/run.rs"]
mod run;

use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use build::{Language, example};
use run::{Program, assert_in_order};

/// One of the servers.
struct Server {
    source: &'static str,
}

const SELECT: Server = Server { source: "select_echo_server.c" };

/// What a server says of its work when it ends.
#[derive(Debug, PartialEq, Eq)]
struct Served {
    connections: u64,
    bytes: u64,
    urgent: u64,
    resets: u64,
}

/// Held by a test with so many connections that it should have the machine for itself.
static CROWDED: Mutex<()> = Mutex::new(());

fn crowded() -> MutexGuard<'static, ()> {
    CROWDED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The numbers in a line, which has words for them.
fn numbers(line: &str) -> Vec<u64> {
    line.split([' ', ',']).filter_map(|word| word.parse().ok()).collect()
}

impl Server {
    /// Starts the server; it is to serve this many connections.
    #[track_caller]
    fn start(&self, language: Language, connections: u64) -> (Program, String) {
        // As few descriptors as hosts let a process have that does not ask for more, which WSAStartup does.
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -S -n 256; exec \"$@\"", "sh"]);
        command.arg(example(self.source, language)).args(["0", &connections.to_string()]);
        let server = Program::start_command(command);
        let port = server.after("PORT ");
        (server, port)
    }

    /// Runs a crowd of unruly clients, of which this many reset, and holds the server to what they did.
    #[track_caller]
    fn serves(&self, clients: u64, seed: u64, resets: u64, urgent: u64) {
        if !peers::have_python(self.source) {
            return;
        }
        let (server, port) = self.start(Language::C, clients + resets);
        let words = [clients, seed, resets, urgent].map(|number| number.to_string());
        let peer = peers::start("wild_clients.py", &[&port, &words[0], &words[1], &words[2], &words[3]]);
        let steady = numbers(&peer.after(&format!("CLIENTS {clients} OK ")));
        let rude = numbers(&peer.after(&format!("RESETS {resets} ")));
        peer.finish();

        let served = finish(server);
        let all = Served { connections: clients + resets, resets, ..served };
        assert_eq!(served, all, "not all connections, or not all resets");
        // A reset takes along what the server has not received by then.
        for (served, steady, rude) in
            [(served.bytes, steady[0], rude[0]), (served.urgent, steady[1], rude[1])]
        {
            assert!((steady..=steady + rude).contains(&served), "{served}, not {steady} and up to {rude}");
        }
        assert_eq!(steady[1] > 0, urgent > 0, "as many urgent bytes as asked for");
    }

    /// Resets of a connection at rest and of a stuffed one, and a client that reads late.
    #[track_caller]
    fn survives_the_rude(&self) {
        if !peers::have_python(self.source) {
            return;
        }
        for language in Language::BOTH {
            let (server, port) = self.start(language, 4);
            let peer = peers::start("rude_clients.py", &[&port]);
            let late = numbers(&peer.after("LATE "))[0];
            assert_in_order(&peer.finish(), &["ALL WELL\n"]);
            let served = finish(server);
            assert_eq!((served.connections, served.urgent, served.resets), (4, 0, 2), "{served:?}");
            assert!(
                served.bytes >= late + 100 + "still there?".len() as u64,
                "{served:?}, the late one {late}"
            );
        }
    }

    /// Clients that are well-behaved, and know nothing of urgent bytes.
    #[track_caller]
    fn serves_the_steady(&self, clients: u64) {
        if !peers::have_python(self.source) {
            return;
        }
        let (server, port) = self.start(Language::Cpp, clients);
        let peer = peers::start("checksum_clients.py", &[&port, &clients.to_string()]);
        let bytes = numbers(&peer.after(&format!("CLIENTS {clients} OK bytes ")))[0];
        peer.finish();
        assert_eq!(finish(server), Served { connections: clients, bytes, urgent: 0, resets: 0 });
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
        assert_eq!(finish(server), Served { connections: 1, bytes: 28, urgent: 0, resets: 0 });
    }
}

/// Waits for the server's end.
#[track_caller]
fn finish(server: Program) -> Served {
    let said = server.finish();
    let line = said.lines().find(|line| line.starts_with("SERVED ")).unwrap_or_default();
    let [connections, bytes, urgent, resets] = numbers(line)[..] else {
        panic!("the server said at its end:\n{said}");
    };
    Served { connections, bytes, urgent, resets }
}

#[test]
fn select_server_serves_five_hundred_unruly_clients() {
    let _alone = crowded();
    SELECT.serves(500, 1, 0, 3);
}

#[test]
fn select_server_survives_resets_among_them() {
    let _alone = crowded();
    SELECT.serves(440, 2, 60, 3);
}

#[test]
fn select_server_counts_many_urgent_bytes() {
    SELECT.serves(20, 3, 4, 30);
}

#[test]
fn select_server_survives_the_rude() {
    SELECT.survives_the_rude();
}

#[test]
fn select_server_serves_the_steady() {
    for clients in [1, 100] {
        SELECT.serves_the_steady(clients);
    }
}

#[test]
fn select_server_serves_netcat() {
    SELECT.serves_netcat();
}
