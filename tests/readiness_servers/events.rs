//! The server on WSAEventSelect, held to what the one on select is held to.

use super::{Server, crowded};

const EVENTS: Server = Server { source: "event_select_server.c" };

#[test]
fn event_server_serves_five_hundred_unruly_clients() {
    let _alone = crowded();
    EVENTS.serves(500, 1, 0, 3);
}

#[test]
fn event_server_survives_resets_among_them() {
    let _alone = crowded();
    EVENTS.serves(440, 2, 60, 3);
}

#[test]
fn event_server_counts_many_urgent_bytes() {
    EVENTS.serves(20, 3, 4, 30);
}

#[test]
fn event_server_survives_the_rude() {
    EVENTS.survives_the_rude();
}

#[test]
fn event_server_serves_the_steady() {
    for clients in [1, 100] {
        EVENTS.serves_the_steady(clients);
    }
}

#[test]
fn event_server_serves_netcat() {
    EVENTS.serves_netcat();
}
