//! Winsock for Rust: sockets, receives with their outcomes as values, overlapped operations, events and ports.
mod address;
mod event;
mod handle;
mod kinds;
mod message;
mod outcome;
mod overlapped;
mod port;
mod raw;
mod receive;
mod socket;

pub use event::{Event, NetworkEventRecord, NetworkEvents, Reset, Waitable, wait_any};
pub use kinds::{Family, Kind, MessageFlags, Protocol, RecvFlags, SendFlags};
pub use message::{Control, ControlData, Message};
pub use outcome::{Attempt, Received};
pub use overlapped::{EndEvent, Ended, OperationId, Receive, Rejected};
pub use port::{CompletionPort, Packet};
pub use raw::buffer::{Buffer, Room};
pub use socket::Socket;
