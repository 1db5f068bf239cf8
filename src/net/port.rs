//! Completion ports: where the ends of many sockets' operations come to, for one thread or several.

use std::sync::Arc;
use std::time::Duration;

use super::overlapped::OperationId;
use super::raw::milliseconds;
use super::raw::port::{RawPacket, RawPort};
use super::socket::Socket;
use crate::error::WsaError;

/// A completion port: each operation on its sockets brings it a packet when it has ended.
///
/// A packet names the operation; the [`Receive`](super::Receive) is the program's, which finds it by that name.
/// Dropping the port forgets its packets, and leaves the operations as they are.
///
/// A thread that begins receives is to outlive them: they are aborted when it ends (F123). On Windows,
/// requests whose only sign is a packet are spared that (F124); those of this module have an event each, and
/// are not.
///
/// ```
/// use std::collections::HashMap;
/// use std::time::Duration;
/// use openws2::net::{CompletionPort, Family, Received, RecvFlags, SendFlags, Socket};
///
/// let port = CompletionPort::new(1)?;
/// let socket = Socket::udp(Family::INET)?;
/// socket.bind(([127, 0, 0, 1], 0).into())?;
/// port.associate(&socket, 7)?;
///
/// let mut receives = HashMap::new();
/// let receive = socket.start_recv_from(Vec::with_capacity(1500), RecvFlags::NONE)?;
/// receives.insert(receive.id(), receive);
///
/// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
/// let packet = port.wait(Some(Duration::from_secs(10)))?.expect("a packet within ten seconds");
/// assert_eq!((packet.key, packet.bytes, packet.result), (7, 5, Ok(())));
///
/// let id = packet.operation.expect("the packet of a receive");
/// let ended = receives.remove(&id).expect("one of ours").wait();
/// assert_eq!((ended.result, &ended.buffer[..]), (Ok(Received::Complete(5)), &b"hello"[..]));
/// # Ok::<(), openws2::error::WsaError>(())
/// ```
#[derive(Debug)]
pub struct CompletionPort {
    raw: RawPort,
}

/// What a port says of the end of an operation, or what a program has posted there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Packet {
    /// The key of the socket, or what was posted.
    pub key: usize,
    /// How many bytes came, or what was posted.
    pub bytes: u32,
    /// Which operation has ended; None for what was posted, or was begun without this module.
    pub operation: Option<OperationId>,
    /// Whether it succeeded. What it came to is told by the operation itself: WSAEMSGSIZE is here what
    /// [`Truncated`](super::Received::Truncated) is there.
    pub result: Result<(), WsaError>,
}

impl Packet {
    fn of(packet: RawPacket) -> Self {
        let RawPacket { key, bytes, status, operation } = packet;
        let result = if status.is_success() { Ok(()) } else { Err(status.winsock()) };
        Self { key, bytes, operation: operation.map(OperationId), result }
    }
}

impl CompletionPort {
    /// **CreateIoCompletionPort**: makes a port that lets `threads` threads run at a time; 0 is for as many as there
    /// are processors.
    ///
    /// # Errors
    /// WSA_NOT_ENOUGH_MEMORY, or another code if the system has no room for one more.
    pub fn new(threads: u32) -> Result<Self, WsaError> {
        Ok(Self { raw: RawPort::new(threads)? })
    }

    /// **CreateIoCompletionPort**: has the packets of the socket's operations come here, with `key`, from now on and
    /// as long as there is the socket. An operation that cannot begin brings none; one that has ended when its call
    /// is back does (F082, F083).
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSA_INVALID_PARAMETER | the socket has a port already | G203 |
    /// | WSAEALREADY | operations pend on the socket, or have not been taken to their end: their packets would be nobody's | decided |
    ///
    /// ```
    /// use openws2::error::WsaError;
    /// use openws2::net::{CompletionPort, Family, Socket};
    ///
    /// let (port, socket) = (CompletionPort::new(0)?, Socket::tcp(Family::INET)?);
    /// port.associate(&socket, 1)?;
    /// assert_eq!(port.associate(&socket, 2), Err(WsaError::WSA_INVALID_PARAMETER));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn associate(&self, socket: &Socket, key: usize) -> Result<(), WsaError> {
        let mut link = socket.inner.link_mut();
        // Nothing begins meanwhile; each operation has its own hold on the socket.
        if Arc::strong_count(&socket.inner) > 1 {
            return Err(WsaError::WSAEALREADY);
        }
        link.port = Some(self.raw.associate(socket.raw(), key)?);
        Ok(())
    }

    /// **GetQueuedCompletionStatusEx** for one packet: the oldest, or None if none came in time. Milliseconds,
    /// rounded up; None is for ever.
    ///
    /// # Errors
    /// None of its own.
    pub fn wait(&self, limit: Option<Duration>) -> Result<Option<Packet>, WsaError> {
        let mut taken = None;
        self.raw.take(1, milliseconds(limit), |packet| taken = Some(Packet::of(packet)))?;
        Ok(taken)
    }

    /// **GetQueuedCompletionStatusEx**: waits for one packet, and puts it and those that are there, up to `most` (at
    /// least 1, at most 1024), behind what is in `packets`. Tells how many they are: 0 if none came in time.
    ///
    /// # Errors
    /// None of its own.
    ///
    /// ```
    /// use openws2::net::CompletionPort;
    ///
    /// let port = CompletionPort::new(1)?;
    /// port.post(1, 0)?;
    /// port.post(2, 0)?;
    /// let mut packets = Vec::new();
    /// assert_eq!(port.wait_many(&mut packets, 64, None)?, 2);
    /// assert_eq!((packets[0].key, packets[1].key), (1, 2));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn wait_many(
        &self,
        packets: &mut Vec<Packet>,
        most: usize,
        limit: Option<Duration>,
    ) -> Result<usize, WsaError> {
        self.raw.take(most, milliseconds(limit), |packet| packets.push(Packet::of(packet)))
    }

    /// **PostQueuedCompletionStatus**: queues a packet of the program's own, such as a sign to stop.
    ///
    /// # Errors
    /// None of its own.
    ///
    /// ```
    /// use openws2::net::CompletionPort;
    ///
    /// let port = CompletionPort::new(1)?;
    /// port.post(1, 2)?;
    /// let packet = port.wait(None)?.unwrap();
    /// assert_eq!((packet.key, packet.bytes, packet.operation), (1, 2, None));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn post(&self, key: usize, bytes: u32) -> Result<(), WsaError> {
        self.raw.post(key, bytes)
    }
}
