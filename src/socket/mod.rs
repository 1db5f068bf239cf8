//! What a SOCKET is: a descriptor's number, and what Winsock knows about it beyond what the host does.

pub(crate) mod address;
pub(crate) mod blocking;
pub(crate) mod catalog;
pub(crate) mod connection;
pub(crate) mod datagrams;
pub(crate) mod extended;
pub(crate) mod facts;
pub(crate) mod framing;
pub(crate) mod icmp;
pub(crate) mod ioctl;
pub(crate) mod lifecycle;
pub(crate) mod messages;
pub(crate) mod network_events;
pub(crate) mod options;
pub(crate) mod passing;
pub(crate) mod poll;
pub(crate) mod rare;
pub(crate) mod requests;
pub(crate) mod select;
pub(crate) mod startup;
pub(crate) mod table;
pub(crate) mod telling;
pub(crate) mod threads;
pub(crate) mod twins;
pub(crate) mod urgent;
pub(crate) mod waiting;
