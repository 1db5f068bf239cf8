//! Winsock for Rust: sockets, receives with their outcomes as values, overlapped operations, events and ports.
//!
//! No call of this module needs `unsafe`, and what the calls do is what Windows does: on Windows they are
//! Windows' own, elsewhere this library's. Errors are [`WsaError`]s, with Windows' numbers on every host.
//!
//! # Receiving
//!
//! A [`Socket`] receives into a [`Room`]: a slice, or what a `bytes::BytesMut` has spare. What becomes of it
//! is a value, [`Received`]: that a message was cut, that the peer has finished and that nothing is there yet
//! are no errors.
//!
//! ```
//! use std::io::Write;
//! use bytes::BytesMut;
//! use openws2::net::{Family, Received, RecvFlags, Socket};
//!
//! let listener = Socket::tcp(Family::INET)?;
//! listener.bind(([127, 0, 0, 1], 0).into())?;
//! listener.listen(5)?;
//! let mut peer = std::net::TcpStream::connect(listener.local_addr()?)?;
//! let (socket, _) = listener.accept()?.or_would_block()?;
//!
//! peer.write_all(b"all of it")?;
//! drop(peer);
//! let mut text = BytesMut::new();
//! loop {
//!     text.reserve(100); // what comes is put behind what is there
//!     match socket.recv(&mut text, RecvFlags::NONE)? {
//!         Received::Complete(_) | Received::Partial(_) => {}
//!         Received::Disconnected => break,
//!         Received::Truncated(_) | Received::Pending => unreachable!("a stream that waits"),
//!     }
//! }
//! assert_eq!(&text[..], b"all of it");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Messages
//!
//! [`Socket::recv_msg`] receives a message, and what the system knows of it: who sent it, where to, by which
//! interface, with which marks.
//!
//! ```
//! use openws2::net::{Control, Family, RecvFlags, SendFlags, Socket};
//!
//! let socket = Socket::udp(Family::INET6)?;
//! # if socket.bind("[::1]:0".parse().unwrap()).is_ok() {
//! # let socket = Socket::udp(Family::INET6)?;
//! socket.bind("[::1]:0".parse().unwrap())?;
//! socket.set_packet_info(true)?;
//! socket.set_receive_ttl(true)?;
//! socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
//!
//! let message = socket.recv_msg(&mut [0; 1500], RecvFlags::NONE)?;
//! let (mut to, mut hops) = (None, None);
//! for piece in message.control.iter() {
//!     match piece {
//!         Control::PacketInfo { to: address, .. } => to = Some(address),
//!         Control::HopLimit(limit) => hops = Some(limit),
//!         _ => {}
//!     }
//! }
//! assert_eq!(to, Some("::1".parse().unwrap()));
//! assert!(hops.is_some_and(|hops| hops >= 32));
//! # }
//! # Ok::<(), openws2::error::WsaError>(())
//! ```
//!
//! # Overlapped receives
//!
//! [`Socket::start_recv`] begins a receive that ends later. The [`Receive`] that it gives owns the buffer and all
//! else that the system writes to; it can be waited for, cancelled, dropped or forgotten at any time.
//!
//! ```
//! use std::io::Write;
//! use std::time::Duration;
//! use openws2::net::{Family, RecvFlags, Socket};
//!
//! let listener = Socket::tcp(Family::INET)?;
//! listener.bind(([127, 0, 0, 1], 0).into())?;
//! listener.listen(5)?;
//! let mut peer = std::net::TcpStream::connect(listener.local_addr()?)?;
//! let (socket, _) = listener.accept()?.or_would_block()?;
//!
//! // They get the stream's bytes in the order in which they began.
//! let first = socket.start_recv(vec![0; 4].into_boxed_slice(), RecvFlags::NONE)?;
//! let second = socket.start_recv(vec![0; 4].into_boxed_slice(), RecvFlags::NONE)?;
//! let second = second.wait_for(Duration::from_millis(1)).unwrap_err();
//!
//! peer.write_all(b"headbody")?;
//! assert_eq!(&*first.wait().buffer, b"head");
//! assert_eq!(&*second.wait().buffer, b"body");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! [`Socket::start_send`] and [`Socket::start_send_to`] do the same for what is to be sent.
//!
//! # Completion ports
//!
//! A [`CompletionPort`] tells one thread or several of the ends of many sockets' operations.
//!
//! ```
//! use std::collections::HashMap;
//! use std::net::UdpSocket;
//! use openws2::net::{CompletionPort, Family, RecvFlags, Socket};
//!
//! let port = CompletionPort::new(1)?;
//! let mut receives = HashMap::new();
//! let peer = UdpSocket::bind("127.0.0.1:0")?;
//! for key in 0..3 {
//!     let socket = Socket::udp(Family::INET)?;
//!     socket.bind(([127, 0, 0, 1], 0).into())?;
//!     port.associate(&socket, key)?;
//!     let receive = socket.start_recv_from(Vec::with_capacity(1500), RecvFlags::NONE)?;
//!     peer.send_to(format!("to {key}").as_bytes(), socket.local_addr()?)?;
//!     receives.insert(receive.id(), receive);
//! }
//! while !receives.is_empty() {
//!     let packet = port.wait(None)?.expect("waits for ever");
//!     let receive = packet.operation.and_then(|id| receives.remove(&id)).expect("one of ours");
//!     assert_eq!(receive.wait().buffer, format!("to {}", packet.key).as_bytes());
//! }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Events
//!
//! An [`Event`] is set when [something happens on a socket](Socket::select_events); so is
//! [that of an operation](Receive::event) when it has ended. [`wait_any`] waits for several of both.
//!
//! ```
//! use std::net::UdpSocket;
//! use std::time::Duration;
//! use openws2::net::{Event, Family, NetworkEvents, Received, RecvFlags, Reset, Socket, wait_any};
//!
//! let (listener, datagrams) = (Socket::tcp(Family::INET)?, Socket::udp(Family::INET)?);
//! listener.bind(([127, 0, 0, 1], 0).into())?;
//! listener.listen(5)?;
//! datagrams.bind(([127, 0, 0, 1], 0).into())?;
//!
//! let comes = Event::new(Reset::Manual, false)?;
//! listener.select_events(&comes, NetworkEvents::ACCEPT)?;
//! let receive = datagrams.start_recv(Vec::with_capacity(1500), RecvFlags::NONE)?;
//!
//! UdpSocket::bind("127.0.0.1:0")?.send_to(b"hello", datagrams.local_addr()?)?;
//! let which = wait_any(&[&comes, &receive.event()], Some(Duration::from_secs(10)))?;
//! assert_eq!(which, Some(1));
//! assert_eq!(receive.wait().result, Ok(Received::Complete(5)));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Other code
//!
//! [`Socket::as_raw_socket`] gives a socket's number for everything else that
//! [`Win32::Networking::WinSock`](crate::Win32::Networking::WinSock) has.
//!
//! [`WsaError`]: crate::error::WsaError

mod address;
mod event;
mod handle;
mod kinds;
mod message;
mod options;
mod outcome;
mod overlapped;
mod port;
mod raw;
mod receive;
mod sending;
mod settings;
mod socket;

pub use event::{Event, NetworkEventRecord, NetworkEvents, Reset, Waitable, wait_any};
pub use kinds::{Family, Kind, MessageFlags, Protocol, RecvFlags, SendFlags};
pub use message::{Control, ControlData, Message};
pub use outcome::{Attempt, Received};
pub use overlapped::{EndEvent, Ended, OperationId, Receive, Rejected};
pub use port::{CompletionPort, Packet};
pub use raw::buffer::{Buffer, Room, Source};
pub use sending::{Sending, Sent};
pub use socket::Socket;
