//! Overlapped receives: operations that own what they write to, and give it back when they have ended.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::event::Waitable;
use super::event::sealed::Sealed;
use super::kinds::{MessageFlags, RecvFlags};
use super::message::ControlData;
use super::outcome::Received;
use super::raw::buffer::Buffer;
use super::raw::event::RawEvent;
use super::raw::operation::{End, Running, Way};
use super::socket::Socket;
use crate::error::WsaError;

/// A buffer whose operation did not begin, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rejected<B> {
    /// Why.
    pub error: WsaError,
    /// The buffer, as it was.
    pub buffer: B,
}

impl<B> fmt::Display for Rejected<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<B: fmt::Debug> std::error::Error for Rejected<B> {}

impl<B> From<Rejected<B>> for WsaError {
    fn from(rejected: Rejected<B>) -> Self {
        rejected.error
    }
}

impl<B> From<Rejected<B>> for std::io::Error {
    fn from(rejected: Rejected<B>) -> Self {
        rejected.error.into()
    }
}

/// Which operation a packet is of. No two operations of a process have the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct OperationId(pub(super) u64);

/// How an overlapped receive has ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ended<B> {
    /// What became of it; never [`Received::Pending`].
    pub result: Result<Received, WsaError>,
    /// Who sent what came, if that was asked for and is an address of IPv4 or IPv6.
    pub from: Option<SocketAddr>,
    /// Of a message: what else is true of it.
    pub flags: MessageFlags,
    /// Of a message: what else is known of it.
    pub control: ControlData,
    /// The buffer, with what came.
    pub buffer: B,
}

/// An overlapped receive: it owns its buffer, its event and all that Windows writes to while it pends.
///
/// Dropping it cancels the receive and waits until that has happened, so that nothing is ever written to memory
/// that is used for something else. If something had come already, that is lost: who wants it looks by
/// [`try_end`](Self::try_end) first, or cancels and [waits](Self::wait). The [`Socket`] can be dropped
/// before: it is closed when its last operation is gone.
///
/// Forgetting it ([`std::mem::forget`]) is sound, and has its price. The receive goes on: it takes the
/// datagram or the bytes that come next, and nobody gets them. Its memory is lost; so is the socket, which
/// stays open until the process ends or [`close`](Socket::close) is called on it, gets no completion port any
/// more ([WSAEALREADY](super::CompletionPort::associate)), and does not give its
/// [number](Socket::into_raw_socket) away.
///
/// What Windows has programs know of such operations holds here:
/// - Several receives on a connection get its bytes in the order in which they began (F064).
/// - Cancelling or dropping one receive of a TCP connection ends all that pend on it (G016); a datagram
///   socket's others go on (G017).
/// - A receive ends with WSA_OPERATION_ABORTED when the thread that began it ends (F123), also on a socket
///   with a completion port, as each receive has an event of its own (F124): that thread is to outlive its
///   receives.
/// - An operation of a layered provider that cannot be cancelled (G172) has its drop wait until something comes.
/// - In a child process that was made by a fork it does not end; dropping it there loses its memory.
/// - Who only looks ([`is_ended`](Self::is_ended)) sees the end, and nobody needs to wait for it.
///
/// ```
/// use std::time::Duration;
/// use openws2::net::{Family, Received, RecvFlags, SendFlags, Socket};
///
/// let socket = Socket::udp(Family::INET)?;
/// socket.bind(([127, 0, 0, 1], 0).into())?;
/// let receive = socket.start_recv(Vec::with_capacity(1500), RecvFlags::NONE)?;
/// let receive = receive.try_end().unwrap_err(); // nothing has come: it goes on
///
/// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
/// let ended = receive.wait();
/// assert_eq!(ended.result, Ok(Received::Complete(5)));
/// assert_eq!(ended.buffer, b"hello");
/// # Ok::<(), openws2::error::WsaError>(())
/// ```
#[must_use = "dropping it cancels the receive"]
pub struct Receive<B: Buffer> {
    running: Running<B::Parked>,
}

impl<B: Buffer> Receive<B> {
    /// What packets of a [completion port](super::CompletionPort) name it by.
    pub fn id(&self) -> OperationId {
        OperationId(self.running.block().id())
    }

    /// **WSAGetOverlappedResult** without waiting: whether it has ended.
    pub fn is_ended(&self) -> bool {
        self.running.has_ended()
    }

    /// The event that is set when it has ended, for [`wait_any`](super::wait_any).
    ///
    /// ```
    /// use openws2::net::{Family, RecvFlags, SendFlags, wait_any, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let receive = socket.start_recv(Vec::with_capacity(8), RecvFlags::NONE)?;
    /// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    /// assert_eq!(wait_any(&[&receive.event()], None)?, Some(0));
    /// assert!(receive.is_ended());
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn event(&self) -> EndEvent<'_> {
        EndEvent::of(self.running.block().event())
    }

    /// **CancelIoEx**: has it end soon, with WSA_OPERATION_ABORTED unless something comes first. False if it has
    /// ended already.
    ///
    /// ```
    /// use openws2::error::WsaError;
    /// use openws2::net::{Family, RecvFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let receive = socket.start_recv(vec![0; 100].into_boxed_slice(), RecvFlags::NONE)?;
    /// assert!(receive.cancel());
    /// assert_eq!(receive.wait().result, Err(WsaError::WSA_OPERATION_ABORTED));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn cancel(&self) -> bool {
        self.running.cancel()
    }

    /// **WSAGetOverlappedResult**: waits for the end. The wait is not alertable (F075).
    pub fn wait(self) -> Ended<B> {
        let is_stream = self.running.is_stream();
        ended(self.running.run_to_end(), is_stream)
    }

    /// Waits for the end, but not longer than `limit`.
    ///
    /// # Errors
    /// The operation itself, if it has not ended.
    ///
    /// ```
    /// use std::time::Duration;
    /// use openws2::net::{Family, RecvFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let receive = socket.start_recv(Vec::with_capacity(8), RecvFlags::NONE)?;
    /// let receive = receive.wait_for(Duration::from_millis(10)).unwrap_err(); // it goes on
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn wait_for(self, limit: Duration) -> Result<Ended<B>, Self> {
        if self.running.wait(Some(limit)) { self.try_end() } else { Err(self) }
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// The operation itself, if it has not ended.
    ///
    /// ```
    /// use openws2::net::{Family, Received, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let mut receive = socket.start_recv(Vec::with_capacity(8), RecvFlags::NONE)?;
    /// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    /// let ended = loop {
    ///     match receive.try_end() {
    ///         Ok(ended) => break ended,
    ///         Err(still) => receive = still, // and something else is done meanwhile
    ///     }
    /// };
    /// assert_eq!(ended.result, Ok(Received::Complete(5)));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn try_end(self) -> Result<Ended<B>, Self> {
        let is_stream = self.running.is_stream();
        self.running.end().map(|end| ended(end, is_stream)).map_err(|running| Self { running })
    }
}

fn ended<B: Buffer>(end: End<B::Parked>, is_stream: bool) -> Ended<B> {
    let End { taken, name, control, room } = end;
    let received = if is_stream { Received::of(&taken, true) } else { Received::of_message(&taken) };
    let result = match received {
        Ok(Received::Pending) => Err(WsaError::WSAEWOULDBLOCK),
        other => other,
    };
    let told = result.is_ok() && !is_stream;
    Ended {
        result,
        from: if told { name.to_socket_addr() } else { None },
        flags: MessageFlags::from_raw(if told { taken.flags } else { 0 }),
        control: ControlData::of(control),
        buffer: B::unpark(room),
    }
}

impl<B: Buffer> fmt::Debug for Receive<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receive").field("id", &self.id().0).finish_non_exhaustive()
    }
}

/// The event of an operation: it can be waited for, and only the operation sets it.
#[derive(Debug)]
pub struct EndEvent<'a>(&'a RawEvent);

impl<'a> EndEvent<'a> {
    pub(super) fn of(event: &'a RawEvent) -> Self {
        Self(event)
    }
}

impl Sealed for EndEvent<'_> {
    fn event(&self) -> &RawEvent {
        self.0
    }
}

impl Waitable for EndEvent<'_> {}

impl Socket {
    /// **WSARecv** with an OVERLAPPED: begins a receive into a [`Buffer`]: `Vec<u8>`, `BytesMut` or `Box<[u8]>`.
    /// It waits for nothing, whatever the socket's mode and timeout are (F033, F188), and can have ended when
    /// the call is back.
    ///
    /// # Errors
    /// [`Rejected`] gives the buffer back, with a code of [`recv`](Self::recv) that says why no receive began. What
    /// fails later is told by [`Ended`].
    ///
    /// | code | when | source |
    /// |---|---|---|
    /// | WSA_OPERATION_ABORTED | later: it was cancelled, or its thread has ended | F109, F123 |
    /// | WSAEINVAL | a `Vec<u8>` or `BytesMut` without spare capacity | decided |
    /// | WSAENOBUFS, WSA_NOT_ENOUGH_MEMORY | no room for another event or operation | decided |
    ///
    /// ```
    /// use openws2::error::WsaError;
    /// use openws2::net::{Family, RecvFlags, Socket};
    ///
    /// let unconnected = Socket::tcp(Family::INET)?;
    /// let rejected = unconnected.start_recv(Vec::with_capacity(8), RecvFlags::NONE).unwrap_err();
    /// assert_eq!((rejected.error, rejected.buffer.len()), (WsaError::WSAENOTCONN, 0));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn start_recv<B: Buffer>(&self, buffer: B, flags: RecvFlags) -> Result<Receive<B>, Rejected<B>> {
        self.start(buffer, Way::Plain, flags)
    }

    /// **WSARecvFrom** with an OVERLAPPED: [`start_recv`](Self::start_recv), and who sent.
    ///
    /// # Errors
    /// Those of [`start_recv`](Self::start_recv).
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use openws2::net::{Family, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let receive = socket.start_recv_from(BytesMut::with_capacity(8), RecvFlags::NONE)?;
    /// let own = socket.local_addr()?;
    /// socket.send_to(b"hello", own, SendFlags::NONE)?.or_would_block()?;
    /// let ended = receive.wait();
    /// assert_eq!((&ended.buffer[..], ended.from), (&b"hello"[..], Some(own)));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn start_recv_from<B: Buffer>(&self, buffer: B, flags: RecvFlags) -> Result<Receive<B>, Rejected<B>> {
        self.start(buffer, Way::WithSender, flags)
    }

    /// **WSARecvMsg** with an OVERLAPPED: [`start_recv`](Self::start_recv), and what [`recv_msg`](Self::recv_msg)
    /// tells.
    ///
    /// # Errors
    /// Those of [`start_recv`](Self::start_recv) and of [`recv_msg`](Self::recv_msg).
    ///
    /// ```
    /// use openws2::net::{Control, Family, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.set_receive_tos(true)?;
    /// let receive = socket.start_recv_msg(Vec::with_capacity(8), RecvFlags::NONE)?;
    /// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    /// let ended = receive.wait();
    /// assert_eq!(ended.control.iter().next(), Some(Control::TypeOfService(0)));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn start_recv_msg<B: Buffer>(&self, buffer: B, flags: RecvFlags) -> Result<Receive<B>, Rejected<B>> {
        self.start(buffer, Way::Message, flags)
    }

    fn start<B: Buffer>(&self, buffer: B, way: Way, flags: RecvFlags) -> Result<Receive<B>, Rejected<B>> {
        match Running::start(&self.inner, buffer.park(), way, flags.as_raw()) {
            Ok(running) => Ok(Receive { running }),
            Err((error, parked)) => Err(Rejected { error, buffer: B::unpark(parked) }),
        }
    }
}
