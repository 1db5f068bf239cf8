//! The server on WSAPoll, held to what the one on select is held to.

use super::{Server, crowded};

const POLL: Server = Server { source: "poll_echo_server.c" };

#[test]
fn poll_server_serves_five_hundred_unruly_clients() {
    let _alone = crowded();
    POLL.serves(500, 1, 0, 3);
}

#[test]
fn poll_server_survives_resets_among_them() {
    let _alone = crowded();
    POLL.serves(440, 2, 60, 3);
}

#[test]
fn poll_server_counts_many_urgent_bytes() {
    POLL.serves(20, 3, 4, 30);
}

#[test]
fn poll_server_survives_the_rude() {
    POLL.survives_the_rude();
}

#[test]
fn poll_server_serves_the_steady() {
    for clients in [1, 100] {
        POLL.serves_the_steady(clients);
    }
}

#[test]
fn poll_server_serves_netcat() {
    POLL.serves_netcat();
}
