//! The safe API: the same tests with this library and on Windows, and no unsafe code in any of them.
#![forbid(unsafe_code)]

#[path = "net/events.rs"]
mod events;
#[path = "net/messages.rs"]
mod messages;
#[path = "net/overlapped.rs"]
mod overlapped;
#[path = "net/ownership.rs"]
mod ownership;
#[path = "net/ports.rs"]
mod ports;
#[path = "net/random.rs"]
mod random;
#[path = "net/receive.rs"]
mod receive;
#[path = "net/sending.rs"]
mod sending;
#[path = "net/sockets.rs"]
mod sockets;
#[path = "net/support.rs"]
mod support;
#[cfg(not(windows))]
#[path = "net/unix.rs"]
mod unix;
