//! The servers on WSAPoll and WSAEventSelect, held to what the one on select is held to.

use super::{Language, Server, crowded};

const POLL: Server = Server { source: "poll_echo_server.c" };
const EVENTS: Server = Server { source: "event_select_server.c" };

