//! Overlapped sends: operations that own what they send, and give it back when they have ended.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::kinds::SendFlags;
use super::overlapped::{EndEvent, OperationId, Rejected};
use super::raw::buffer::Source;
use super::raw::operation::{End, Running, Way};
use super::socket::Socket;
use crate::error::WsaError;

/// How an overlapped send has ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Sent<B> {
    /// How many bytes went.
    pub result: Result<usize, WsaError>,
    /// What was to be sent, as it was.
    pub buffer: B,
}

/// An overlapped send: it owns its buffer, its event and all that Windows reads and writes while it pends.
///
/// Dropping it cancels the send and waits until that has happened; of a stream, a part of the bytes can have
/// gone then, and nobody knows which. Forgetting it has the price that forgetting a
/// [`Receive`](super::Receive) has, but that its bytes go. What is true of receives and their thread, their
/// socket and a child process is true of sends.
///
/// ```
/// use openws2::net::{Family, RecvFlags, SendFlags, Socket};
///
/// let socket = Socket::udp(Family::INET)?;
/// socket.bind(([127, 0, 0, 1], 0).into())?;
/// let text = bytes::Bytes::from_static(b"hello");
/// let sending = socket.start_send_to(text.clone(), socket.local_addr()?, SendFlags::NONE)?;
/// let sent = sending.wait();
/// assert_eq!((sent.result, sent.buffer), (Ok(5), text));
///
/// let mut room = [0; 8];
/// assert_eq!(socket.recv(&mut room, RecvFlags::NONE)?.bytes(), 5);
/// # Ok::<(), openws2::error::WsaError>(())
/// ```
#[must_use = "dropping it cancels the send"]
pub struct Sending<B: Source> {
    running: Running<B::Held>,
}

impl<B: Source> Sending<B> {
    /// What packets of a [completion port](super::CompletionPort) name it by.
    pub fn id(&self) -> OperationId {
        OperationId(self.running.block().id())
    }

    /// **WSAGetOverlappedResult** without waiting: whether it has ended.
    pub fn is_ended(&self) -> bool {
        self.running.has_ended()
    }

    /// The event that is set when it has ended, for [`wait_any`](super::wait_any).
    pub fn event(&self) -> EndEvent<'_> {
        EndEvent::of(self.running.block().event())
    }

    /// **CancelIoEx**: has it end soon, with WSA_OPERATION_ABORTED unless it is done first. False if it has
    /// ended already.
    pub fn cancel(&self) -> bool {
        self.running.cancel()
    }

    /// **WSAGetOverlappedResult**: waits for the end. The wait is not alertable (F075).
    pub fn wait(self) -> Sent<B> {
        sent(self.running.run_to_end())
    }

    /// Waits for the end, but not longer than `limit`.
    ///
    /// # Errors
    /// The operation itself, if it has not ended.
    pub fn wait_for(self, limit: Duration) -> Result<Sent<B>, Self> {
        if self.running.wait(Some(limit)) { self.try_end() } else { Err(self) }
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// The operation itself, if it has not ended.
    pub fn try_end(self) -> Result<Sent<B>, Self> {
        self.running.end().map(sent).map_err(|running| Self { running })
    }
}

fn sent<B: Source>(end: End<B::Held>) -> Sent<B> {
    Sent { result: end.taken.result.map(|()| end.taken.bytes), buffer: B::release(end.room) }
}

impl<B: Source> fmt::Debug for Sending<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").field("id", &self.id().0).finish_non_exhaustive()
    }
}

impl Socket {
    /// **WSASend** with an OVERLAPPED: begins to send all of a [`Source`]: `Vec<u8>`, `Bytes`, `BytesMut`,
    /// `Box<[u8]>` or `&'static [u8]`. It waits for nothing, and can have ended when the call is back.
    /// Several on a stream go in the order in which they began.
    ///
    /// # Errors
    /// [`Rejected`] gives the buffer back, with a code of [`send`](Self::send) that says why no send began.
    /// What fails later is told by [`Sent`].
    ///
    /// | code | when | source |
    /// |---|---|---|
    /// | WSA_OPERATION_ABORTED | later: it was cancelled, or its thread has ended | F109, F123 |
    /// | WSAENOBUFS, WSA_NOT_ENOUGH_MEMORY | no room for another event or operation | decided |
    ///
    /// ```
    /// use std::io::Read;
    /// use openws2::net::{Family, SendFlags, Socket};
    ///
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let socket = Socket::tcp(Family::INET)?;
    /// socket.connect(listener.local_addr()?)?.or_would_block()?;
    /// let head = socket.start_send(&b"head"[..], SendFlags::NONE)?;
    /// let body = socket.start_send(vec![b'.'; 4], SendFlags::NONE)?;
    /// assert_eq!((head.wait().result, body.wait().result), (Ok(4), Ok(4)));
    ///
    /// let mut text = [0; 8];
    /// listener.accept()?.0.read_exact(&mut text)?;
    /// assert_eq!(&text, b"head....");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn start_send<B: Source>(&self, buffer: B, flags: SendFlags) -> Result<Sending<B>, Rejected<B>> {
        self.begin_send(buffer, Way::Send, flags)
    }

    /// **WSASendTo** with an OVERLAPPED: [`start_send`](Self::start_send) of a datagram to an address.
    ///
    /// # Errors
    /// Those of [`start_send`](Self::start_send), with the codes of [`send_to`](Self::send_to).
    pub fn start_send_to<B: Source>(
        &self,
        buffer: B,
        to: SocketAddr,
        flags: SendFlags,
    ) -> Result<Sending<B>, Rejected<B>> {
        self.begin_send(buffer, Way::SendTo(to.into()), flags)
    }

    fn begin_send<B: Source>(
        &self,
        buffer: B,
        way: Way,
        flags: SendFlags,
    ) -> Result<Sending<B>, Rejected<B>> {
        match Running::start(&self.inner, buffer.hold(), way, flags.as_raw()) {
            Ok(running) => Ok(Sending { running }),
            Err((error, held)) => Err(Rejected { error, buffer: B::release(held) }),
        }
    }
}
