//! Receiving without overlapped operations, and sending.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::SocketAddr;

use super::address::Name;
use super::kinds::{RecvFlags, SendFlags};
use super::outcome::{Attempt, Received};
use super::raw::buffer::Room;
use super::socket::Socket;
use crate::error::WsaError;

impl Socket {
    /// **WSARecv**: receives into a [`Room`]: `&mut [u8]`, or what a `BytesMut` has spare.
    ///
    /// Into an empty slice, a stream's receive waits until there is something, and takes nothing (G100); a
    /// datagram is gone with it (G054).
    ///
    /// # Errors
    /// What is no outcome in the table of [`Received`]:
    ///
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAENOTCONN | a stream that is not connected, or listens | F012, F024, F041 |
    /// | WSAEINVAL | a datagram socket without a name; OOB with SO_OOBINLINE | F042, F174 |
    /// | WSAEINVAL | a `BytesMut` that is full | decided |
    /// | WSAESHUTDOWN | the receiving side is shut | F134, F135 |
    /// | WSAEOPNOTSUPP | a flag that the socket does not have, or a combination that is none | G084–G092 |
    /// | WSAETIMEDOUT | [the receive timeout](Socket::set_receive_timeout) has passed | F187 |
    /// | WSAECONNRESET | the peer reset the connection; on a datagram socket, an earlier send reached nobody | F145, G030 |
    /// | WSAECONNABORTED | the connection was aborted | F140 |
    /// | WSAENETRESET | a datagram's time to live ran out; keep-alive lost the peer | G046, G136 |
    ///
    /// # Platform notes
    /// | | Linux | macOS |
    /// |---|---|---|
    /// | ICMP errors | of every send, one by one | of connected sockets only |
    ///
    /// # Examples
    /// ```
    /// use openws2::net::{Family, Received, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let to = socket.local_addr()?;
    /// socket.send_to(b"too long a message", to, SendFlags::NONE)?.or_would_block()?;
    ///
    /// let mut room = [0; 8];
    /// assert_eq!(socket.recv(&mut room, RecvFlags::NONE)?, Received::Truncated(8));
    /// assert_eq!(&room, b"too long");
    ///
    /// socket.set_nonblocking(true)?;
    /// assert_eq!(socket.recv(&mut room, RecvFlags::NONE)?, Received::Pending);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn recv<R: Room + ?Sized>(&self, room: &mut R, flags: RecvFlags) -> Result<Received, WsaError> {
        let taken = self.raw().receive_into(room, flags.as_raw(), None);
        Received::of(&taken, self.inner.is_stream())
    }

    /// **WSARecvFrom**: [`recv`](Self::recv), and who sent, where that is an address of IPv4 or IPv6. Streams do
    /// not tell (F308). Where an earlier send went that reached nobody (WSAECONNRESET), an error does not
    /// tell.
    ///
    /// # Errors
    /// Those of [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// use bytes::BytesMut;
    /// use openws2::net::{Family, Received, RecvFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let sender = std::net::UdpSocket::bind("127.0.0.1:0")?;
    /// sender.send_to(b"hello", socket.local_addr()?)?;
    ///
    /// let mut room = BytesMut::with_capacity(1500);
    /// let (received, from) = socket.recv_from(&mut room, RecvFlags::NONE)?;
    /// assert_eq!((received, &room[..]), (Received::Complete(5), &b"hello"[..]));
    /// assert_eq!(from, Some(sender.local_addr()?));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn recv_from<R: Room + ?Sized>(
        &self,
        room: &mut R,
        flags: RecvFlags,
    ) -> Result<(Received, Option<SocketAddr>), WsaError> {
        let mut name = Name::empty();
        let taken = self.raw().receive_into(room, flags.as_raw(), Some(&mut name));
        let received = Received::of(&taken, self.inner.is_stream())?;
        Ok((received, self.sender(received, name)))
    }

    /// Who sent what was received, if anything was.
    pub(super) fn sender(&self, received: Received, name: Name) -> Option<SocketAddr> {
        let told = received.is_ready() && !self.inner.is_stream();
        told.then(|| name.to_socket_addr()).flatten()
    }

    /// **WSARecv** into several buffers, each filled before the next. One of more than `i32::MAX` bytes is
    /// the last, and no more of it is filled.
    ///
    /// # Errors
    /// Those of [`recv`](Self::recv); and WSAEINVAL for no buffers at all (F015).
    ///
    /// # Examples
    /// ```
    /// use std::io::IoSliceMut;
    /// use openws2::net::{Family, Received, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.send_to(b"headbody", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    ///
    /// let (mut head, mut body) = ([0; 4], [0; 100]);
    /// let rooms = &mut [IoSliceMut::new(&mut head), IoSliceMut::new(&mut body)];
    /// assert_eq!(socket.recv_vectored(rooms, RecvFlags::NONE)?, Received::Complete(8));
    /// assert_eq!((&head, &body[..4]), (b"head", &b"body"[..]));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn recv_vectored(
        &self,
        rooms: &mut [IoSliceMut<'_>],
        flags: RecvFlags,
    ) -> Result<Received, WsaError> {
        let taken = self.raw().receive_vectored(rooms, flags.as_raw(), None);
        Received::of(&taken, self.inner.is_stream())
    }

    /// **WSARecvFrom** into several buffers.
    ///
    /// # Errors
    /// Those of [`recv_vectored`](Self::recv_vectored).
    ///
    /// ```
    /// use std::io::IoSliceMut;
    /// use openws2::net::{Family, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let own = socket.local_addr()?;
    /// socket.send_to(b"headbody", own, SendFlags::NONE)?.or_would_block()?;
    ///
    /// let (mut head, mut body) = ([0; 4], [0; 100]);
    /// let rooms = &mut [IoSliceMut::new(&mut head), IoSliceMut::new(&mut body)];
    /// let (received, from) = socket.recv_from_vectored(rooms, RecvFlags::NONE)?;
    /// assert_eq!((received.bytes(), from), (8, Some(own)));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn recv_from_vectored(
        &self,
        rooms: &mut [IoSliceMut<'_>],
        flags: RecvFlags,
    ) -> Result<(Received, Option<SocketAddr>), WsaError> {
        let mut name = Name::empty();
        let taken = self.raw().receive_vectored(rooms, flags.as_raw(), Some(&mut name));
        let received = Received::of(&taken, self.inner.is_stream())?;
        Ok((received, self.sender(received, name)))
    }

    /// **WSARecv** into memory that holds nothing yet: gives the part of it that has been filled.
    ///
    /// # Errors
    /// Those of [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// use std::mem::MaybeUninit;
    /// use openws2::net::{Family, Received, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    ///
    /// let mut room = [MaybeUninit::uninit(); 1500];
    /// let (received, text) = socket.recv_uninit(&mut room, RecvFlags::NONE)?;
    /// assert_eq!((received, &text[..]), (Received::Complete(5), &b"hello"[..]));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn recv_uninit<'a>(
        &self,
        room: &'a mut [MaybeUninit<u8>],
        flags: RecvFlags,
    ) -> Result<(Received, &'a mut [u8]), WsaError> {
        let (taken, filled) = self.raw().receive_uninit(room, flags.as_raw(), None);
        Ok((Received::of(&taken, self.inner.is_stream())?, filled))
    }

    /// **WSARecvFrom** into memory that holds nothing yet: gives the part of it that has been filled, and who
    /// sent.
    ///
    /// # Errors
    /// Those of [`recv`](Self::recv).
    ///
    /// ```
    /// use std::mem::MaybeUninit;
    /// use openws2::net::{Family, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let own = socket.local_addr()?;
    /// socket.send_to(b"hello", own, SendFlags::NONE)?.or_would_block()?;
    ///
    /// let mut room = [MaybeUninit::uninit(); 1500];
    /// let (_, text, from) = socket.recv_from_uninit(&mut room, RecvFlags::NONE)?;
    /// assert_eq!((&text[..], from), (&b"hello"[..], Some(own)));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn recv_from_uninit<'a>(
        &self,
        room: &'a mut [MaybeUninit<u8>],
        flags: RecvFlags,
    ) -> Result<(Received, &'a mut [u8], Option<SocketAddr>), WsaError> {
        let mut name = Name::empty();
        let (taken, filled) = self.raw().receive_uninit(room, flags.as_raw(), Some(&mut name));
        let received = Received::of(&taken, self.inner.is_stream())?;
        Ok((received, filled, self.sender(received, name)))
    }

    /// **WSASend**: sends to the peer; tells how many bytes went.
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAENOTCONN | the socket is not connected | F041 |
    /// | WSAESHUTDOWN | the sending side is shut | F138 |
    /// | WSAECONNRESET, WSAECONNABORTED | the connection is broken | F131, F145 |
    /// | WSAEMSGSIZE | a datagram that is longer than the network takes | documented |
    /// | WSAEOPNOTSUPP | a flag that the socket does not have | G086 |
    ///
    /// # Platform notes
    /// Windows' nonblocking sockets take all of a stream's bytes or none (F045); on other hosts they can take a part.
    ///
    /// ```
    /// use openws2::net::{Attempt, Family, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.connect(socket.local_addr()?)?.or_would_block()?;
    /// assert_eq!(socket.send(b"hello", SendFlags::NONE)?, Attempt::Done(5));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn send(&self, bytes: &[u8], flags: SendFlags) -> Result<Attempt<usize>, WsaError> {
        self.send_vectored(&[IoSlice::new(bytes)], flags)
    }

    /// **WSASend** of several buffers, as if they were one. One of more than `i32::MAX` bytes is the last,
    /// and is cut to that: the number of bytes tells.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use openws2::net::{Attempt, Family, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.connect(socket.local_addr()?)?.or_would_block()?;
    /// let parts = [IoSlice::new(b"head"), IoSlice::new(b"body")];
    /// assert_eq!(socket.send_vectored(&parts, SendFlags::NONE)?, Attempt::Done(8));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn send_vectored(&self, parts: &[IoSlice<'_>], flags: SendFlags) -> Result<Attempt<usize>, WsaError> {
        Attempt::of(self.raw().send(parts, flags.as_raw(), None))
    }

    /// **WSASendTo**: sends a datagram to an address. A socket without a name gets one.
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and:
    ///
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEAFNOSUPPORT | an address of another family | documented |
    /// | WSAENETUNREACH, WSAEHOSTUNREACH | there is no way there | documented |
    /// | WSAEACCES | to everybody, without SO_BROADCAST | documented |
    ///
    /// ```
    /// use openws2::net::{Attempt, Family, SendFlags, Socket};
    ///
    /// let (socket, peer) = (Socket::udp(Family::INET)?, Socket::udp(Family::INET)?);
    /// peer.bind(([127, 0, 0, 1], 0).into())?;
    /// assert_eq!(socket.send_to(b"hello", peer.local_addr()?, SendFlags::NONE)?, Attempt::Done(5));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn send_to(
        &self,
        bytes: &[u8],
        to: SocketAddr,
        flags: SendFlags,
    ) -> Result<Attempt<usize>, WsaError> {
        Attempt::of(self.raw().send(&[IoSlice::new(bytes)], flags.as_raw(), Some(&to.into())))
    }
}
