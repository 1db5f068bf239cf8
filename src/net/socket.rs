//! Sockets: how they come to be, their names, modes and options, and how they end.

use std::net::{Shutdown, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::address::Name;
use super::kinds::{Family, Kind, Protocol};
use super::outcome::Attempt;
use super::raw::inner::Inner;
use super::raw::socket::Raw;
use super::raw::{milliseconds, start_up};
use crate::Win32::Networking::WinSock as ws;
use crate::error::WsaError;

/// A socket.
///
/// It is closed when it is dropped and no operation pends on it; [`close`](Self::close) does not wait for those.
/// All calls are on `&self`, and threads can make them at the same time.
///
/// The first socket of the process starts Winsock 2.2, which then stays started.
///
/// ```
/// use openws2::net::{Attempt, Family, Kind, Protocol, RecvFlags, SendFlags, Socket};
///
/// let listener = Socket::new(Family::INET, Kind::STREAM, Protocol::TCP)?;
/// listener.bind(([127, 0, 0, 1], 0).into())?;
/// listener.listen(1)?;
///
/// let client = Socket::tcp(Family::INET)?;
/// client.connect(listener.local_addr()?)?.or_would_block()?;
/// let (server, from) = listener.accept()?.or_would_block()?;
/// assert_eq!(from, Some(client.local_addr()?));
///
/// assert_eq!(client.send(b"hello", SendFlags::NONE)?, Attempt::Done(5));
/// let mut room = [0; 16];
/// let received = server.recv(&mut room, RecvFlags::NONE)?;
/// assert_eq!(&room[..received.bytes()], b"hello");
/// # Ok::<(), openws2::error::WsaError>(())
/// ```
#[derive(Debug)]
pub struct Socket {
    pub(super) inner: Arc<Inner>,
}

impl Socket {
    /// **WSASocket**: makes a socket, for overlapped operations, and not inherited by child processes.
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEINVAL, WSAESOCKTNOSUPPORT, WSAEAFNOSUPPORT, WSAEPROTONOSUPPORT | there is no such family, type or protocol, or not together | F290 |
    /// | WSAEMFILE, WSAENOBUFS | too many sockets | documented |
    /// | WSAEACCES | a raw socket, and no right to have one | documented |
    ///
    /// ```
    /// use openws2::error::WsaError;
    /// use openws2::net::{Family, Kind, Protocol, Socket};
    ///
    /// let error = Socket::new(Family::INET, Kind::DATAGRAM, Protocol::TCP).unwrap_err();
    /// assert_eq!(error, WsaError::WSAEPROTONOSUPPORT);
    /// ```
    pub fn new(family: Family, kind: Kind, protocol: Protocol) -> Result<Self, WsaError> {
        start_up()?;
        let raw = Raw::open(family.as_raw(), kind.as_raw(), protocol.as_raw())?;
        Ok(Self::of(raw, family, kind))
    }

    pub(super) fn of(raw: Raw, family: Family, kind: Kind) -> Self {
        Self { inner: Arc::new(Inner::new(raw, family, kind)) }
    }

    /// [`Socket::new`] for TCP.
    ///
    /// # Errors
    /// Those of [`Socket::new`].
    pub fn tcp(family: Family) -> Result<Self, WsaError> {
        Self::new(family, Kind::STREAM, Protocol::TCP)
    }

    /// [`Socket::new`] for UDP.
    ///
    /// # Errors
    /// Those of [`Socket::new`].
    pub fn udp(family: Family) -> Result<Self, WsaError> {
        Self::new(family, Kind::DATAGRAM, Protocol::UDP)
    }

    pub(super) fn raw(&self) -> &Raw {
        &self.inner.raw
    }

    /// The family that the socket was made with.
    pub fn family(&self) -> Family {
        self.inner.family
    }

    /// The type that the socket was made with.
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// **bind**: gives the socket a name. Port 0 is for one that is free.
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEAFNOSUPPORT | an address of another family | F292 |
    /// | WSAEADDRNOTAVAIL | not an address of this computer | F292 |
    /// | WSAEADDRINUSE | somebody has it | documented |
    /// | WSAEACCES | somebody has it for himself alone | documented |
    /// | WSAEINVAL | the socket has a name | F292 |
    pub fn bind(&self, address: SocketAddr) -> Result<(), WsaError> {
        self.raw().bind(&address.into())
    }

    /// **bind** of a socket of [`Family::UNIX`] to a path of up to 107 bytes. A file comes to be there.
    ///
    /// # Errors
    /// Those of [`bind`](Self::bind), and:
    ///
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAENAMETOOLONG | the path is longer | decided |
    /// | WSAEINVAL | the path has a NUL in it | decided |
    /// | WSAEADDRINUSE | there is such a file | F325 |
    pub fn bind_unix(&self, path: impl AsRef<Path>) -> Result<(), WsaError> {
        self.raw().bind(&Name::of_path(path.as_ref())?)
    }

    /// **listen**: lets others connect. `backlog` of them can wait to be accepted.
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEOPNOTSUPP | sockets of this type do not listen | F292 |
    /// | WSAEINVAL | it has no name | F292 |
    /// | WSAEISCONN | it is connected | documented |
    pub fn listen(&self, backlog: u32) -> Result<(), WsaError> {
        self.raw().listen(i32::try_from(backlog).unwrap_or(i32::MAX))
    }

    /// **accept**: takes the connection that has waited longest, and tells who made it, where that is an address
    /// of IPv4 or IPv6. [`Attempt::Pending`]: the socket is nonblocking and none waits.
    ///
    /// The new socket has the listener's mode, options and [selected events](Self::select_events) (F238, F284).
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEINVAL | the socket does not listen | documented |
    /// | WSAEOPNOTSUPP | sockets of this type do not | documented |
    /// | WSAECONNRESET | the connection was given up before it was accepted | documented |
    /// | WSAEMFILE, WSAENOBUFS | too many sockets | documented |
    pub fn accept(&self) -> Result<Attempt<(Socket, Option<SocketAddr>)>, WsaError> {
        let accepted = Attempt::of(self.raw().accept())?;
        Ok(accepted.map(|(raw, name)| {
            let socket = Self::of(raw, self.inner.family, self.inner.kind);
            socket.inner.select(self.inner.selected());
            (socket, name.to_socket_addr())
        }))
    }

    /// **connect**: connects a stream to its peer; has a datagram socket hear and address one peer only.
    /// [`Attempt::Pending`]: the socket is nonblocking, and the connection comes later.
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAECONNREFUSED | nobody listens there | documented |
    /// | WSAENETUNREACH, WSAEHOSTUNREACH | there is no way there | documented |
    /// | WSAETIMEDOUT | nobody answers | documented |
    /// | WSAEISCONN | the socket is connected | F138 |
    /// | WSAEALREADY | it is being connected | documented |
    /// | WSAEINVAL | it listens | documented |
    /// | WSAEAFNOSUPPORT | an address of another family | documented |
    /// | WSAEADDRNOTAVAIL | an address that nobody can have, or port 0 | documented |
    pub fn connect(&self, address: SocketAddr) -> Result<Attempt<()>, WsaError> {
        Attempt::of(self.raw().connect(&address.into()))
    }

    /// **connect** of a socket of [`Family::UNIX`] to a path of up to 107 bytes.
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect), and WSAENAMETOOLONG and WSAEINVAL as [`bind_unix`](Self::bind_unix).
    pub fn connect_unix(&self, path: impl AsRef<Path>) -> Result<Attempt<()>, WsaError> {
        Attempt::of(self.raw().connect(&Name::of_path(path.as_ref())?))
    }

    /// **shutdown**: ends receiving, sending or both. What pends already is let be (F136).
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAENOTCONN | a stream that is not connected | F133 |
    pub fn shutdown(&self, how: Shutdown) -> Result<(), WsaError> {
        self.raw().shutdown(match how {
            Shutdown::Read => ws::SD_RECEIVE,
            Shutdown::Write => ws::SD_SEND,
            Shutdown::Both => ws::SD_BOTH,
        })
    }

    /// **getsockname**: the socket's own address.
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEINVAL | it has no name | F028 |
    /// | WSAEAFNOSUPPORT | its name is not an address of IPv4 or IPv6 | decided |
    pub fn local_addr(&self) -> Result<SocketAddr, WsaError> {
        self.raw().local_name()?.to_socket_addr().ok_or(WsaError::WSAEAFNOSUPPORT)
    }

    /// **getpeername**: the address of the peer.
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAENOTCONN | it is not connected | F027 |
    /// | WSAEAFNOSUPPORT | the peer's name is not an address of IPv4 or IPv6 | decided |
    pub fn peer_addr(&self) -> Result<SocketAddr, WsaError> {
        self.raw().peer_name()?.to_socket_addr().ok_or(WsaError::WSAEAFNOSUPPORT)
    }

    /// **ioctlsocket** with FIONBIO: whether calls that would wait say [`Pending`](Attempt::Pending) instead.
    /// Overlapped operations do not mind (F033).
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEINVAL | to be blocking while [events are selected](Self::select_events) | F239 |
    pub fn set_nonblocking(&self, on: bool) -> Result<(), WsaError> {
        self.raw().set_nonblocking(on)
    }

    /// **SO_RCVTIMEO**: how long a receive waits that is not overlapped; None is for ever. In milliseconds, rounded
    /// up. A receive that has waited so long ends with WSAETIMEDOUT.
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEINVAL | a duration of zero, which to Windows is none | decided |
    pub fn set_receive_timeout(&self, duration: Option<Duration>) -> Result<(), WsaError> {
        let milliseconds = match duration {
            None => 0,
            Some(Duration::ZERO) => return Err(WsaError::WSAEINVAL),
            some => milliseconds(some),
        };
        self.set_option(ws::SOL_SOCKET, ws::SO_RCVTIMEO, &milliseconds.to_ne_bytes())
    }

    /// **IP_PKTINFO** and **IPV6_PKTINFO**: whether [messages](Self::recv_msg) tell where they were sent to, on
    /// datagram and raw sockets. Here and in the three calls below, an IPv6 socket for both families is told to
    /// do so for both (G220).
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEINVAL | a stream | F272 |
    pub fn set_packet_info(&self, on: bool) -> Result<(), WsaError> {
        self.set_for_families(ws::IP_PKTINFO, ws::IPV6_PKTINFO, on)
    }

    /// **IP_RECVECN** and **IPV6_RECVECN**: whether messages tell of congestion.
    ///
    /// # Errors
    /// Those of [`set_packet_info`](Self::set_packet_info).
    pub fn set_receive_ecn(&self, on: bool) -> Result<(), WsaError> {
        self.set_for_families(ws::IP_RECVECN, ws::IPV6_RECVECN, on)
    }

    /// **IP_RECVTTL** and **IPV6_HOPLIMIT**: whether messages tell how many hops they had left.
    ///
    /// # Errors
    /// Those of [`set_packet_info`](Self::set_packet_info).
    pub fn set_receive_ttl(&self, on: bool) -> Result<(), WsaError> {
        self.set_for_families(ws::IP_RECVTTL, ws::IPV6_HOPLIMIT, on)
    }

    /// **IP_RECVTOS** and **IPV6_RECVTCLASS**: whether messages tell their type of service.
    ///
    /// # Errors
    /// Those of [`set_packet_info`](Self::set_packet_info).
    pub fn set_receive_tos(&self, on: bool) -> Result<(), WsaError> {
        self.set_for_families(ws::IP_RECVTOS, ws::IPV6_RECVTCLASS, on)
    }

    fn set_for_families(&self, v4: i32, v6: i32, on: bool) -> Result<(), WsaError> {
        let value = u32::from(on).to_ne_bytes();
        if self.inner.family != Family::INET6 {
            return self.set_option(ws::IPPROTO_IP, v4, &value);
        }
        self.set_option(ws::IPPROTO_IPV6, v6, &value)?;
        let mut only = [0; 4];
        self.option(ws::IPPROTO_IPV6, ws::IPV6_V6ONLY, &mut only)?;
        if only[0] == 0 { self.set_option(ws::IPPROTO_IP, v4, &value) } else { Ok(()) }
    }

    /// **getsockopt**: copies an option's value to `value`, and tells how many bytes it has.
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEFAULT | `value` is too short | F266 |
    /// | WSAENOPROTOOPT | the option is unknown, or cannot be read | F274 |
    /// | WSAEINVAL | the level is unknown, or the option is for other sockets | F272, F282 |
    ///
    /// ```
    /// use openws2::Win32::Networking::WinSock::{SO_TYPE, SOCK_DGRAM, SOL_SOCKET};
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// let mut value = [0; 4];
    /// assert_eq!(socket.option(SOL_SOCKET, SO_TYPE, &mut value)?, 4);
    /// assert_eq!(i32::from_ne_bytes(value), SOCK_DGRAM);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn option(&self, level: i32, name: i32, value: &mut [u8]) -> Result<usize, WsaError> {
        self.raw().option(level, name, value)
    }

    /// **setsockopt**: sets an option.
    ///
    /// # Errors
    /// Those of [`option`](Self::option), and whatever the option has of its own.
    pub fn set_option(&self, level: i32, name: i32, value: &[u8]) -> Result<(), WsaError> {
        self.raw().set_option(level, name, value)
    }

    /// **SO_ERROR**: how an attempt to connect has failed, if it has. Windows does not forget it when it is asked
    /// (F263).
    ///
    /// # Errors
    /// None of its own.
    pub fn error(&self) -> Result<Option<WsaError>, WsaError> {
        let mut value = [0; 4];
        self.option(ws::SOL_SOCKET, ws::SO_ERROR, &mut value)?;
        let code = i32::from_ne_bytes(value);
        Ok((code != 0).then(|| WsaError::from_code(code)))
    }

    /// **closesocket**, which tells what dropping the socket cannot. What pends on it ends: on a connection with
    /// WSAECONNABORTED, else with WSA_OPERATION_ABORTED (F118, F119).
    ///
    /// A socket that lingers is closed when it has lingered, also a nonblocking one.
    ///
    /// # Errors
    /// Whatever closesocket has. The socket is not there any more in any case.
    pub fn close(self) -> Result<(), WsaError> {
        // From here on no operation uses the number, which is free for others then.
        self.inner.link_mut().is_open = false;
        self.raw().close()
    }
}
