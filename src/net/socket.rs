//! Sockets: how they come to be, their names and connections, and how they end.

use std::net::{Shutdown, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use super::address::Name;
use super::kinds::{Family, Kind, Protocol};
use super::outcome::Attempt;
use super::raw::inner::Inner;
use super::raw::socket::Raw;
use super::raw::{start_up, start_up_again};
use crate::Win32::Networking::WinSock as ws;
use crate::error::WsaError;

/// A socket.
///
/// It is closed when it is dropped and no operation pends on it; [`close`](Self::close) does not wait for those.
/// All calls are on `&self`, and threads can make them at the same time.
///
/// The first socket of the process starts Winsock 2.2, which then stays started. If other code of the process
/// ends it for all, the sockets are closed, and the next one that is made starts it again.
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
    /// **WSASocket**: makes a socket, for overlapped operations, and not inherited by child processes. A
    /// family or type of 0 is for the one that the rest has.
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
        let open = || Raw::open(family.as_raw(), kind.as_raw(), protocol.as_raw());
        let raw = match open() {
            Err(WsaError::WSANOTINITIALISED) => start_up_again().and_then(|()| open())?,
            other => other?,
        };
        if family.as_raw() == 0 || kind.as_raw() == 0 {
            // What the protocol has was chosen, and is to be known: the end of a stream is told by nothing
            // else.
            let (family, kind) = raw.family_and_kind()?;
            return Ok(Self::of(raw, Family::from_raw(family), Kind::from_raw(kind)));
        }
        Ok(Self::of(raw, family, kind))
    }

    pub(super) fn of(raw: Raw, family: Family, kind: Kind) -> Self {
        Self { inner: Arc::new(Inner::new(raw, family, kind)) }
    }

    /// [`Socket::new`] for TCP.
    ///
    /// # Errors
    /// Those of [`Socket::new`].
    ///
    /// ```
    /// use openws2::net::{Family, Kind, Socket};
    ///
    /// let socket = Socket::tcp(Family::INET)?;
    /// assert_eq!((socket.family(), socket.kind()), (Family::INET, Kind::STREAM));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn tcp(family: Family) -> Result<Self, WsaError> {
        Self::new(family, Kind::STREAM, Protocol::TCP)
    }

    /// [`Socket::new`] for UDP.
    ///
    /// # Errors
    /// Those of [`Socket::new`].
    ///
    /// ```
    /// use openws2::net::{Family, Kind, Socket};
    ///
    /// let socket = Socket::udp(Family::INET6)?;
    /// assert_eq!((socket.family(), socket.kind()), (Family::INET6, Kind::DATAGRAM));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn udp(family: Family) -> Result<Self, WsaError> {
        Self::new(family, Kind::DATAGRAM, Protocol::UDP)
    }

    pub(super) fn raw(&self) -> &Raw {
        &self.inner.raw
    }

    /// The socket's family.
    pub fn family(&self) -> Family {
        self.inner.family
    }

    /// The socket's type.
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
    ///
    /// ```
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// assert_ne!(socket.local_addr()?.port(), 0);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
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
    /// | WSAEINVAL | the path is empty, or has a NUL in it | decided |
    /// | WSAEADDRINUSE | there is such a file | F325 |
    ///
    /// ```
    /// use openws2::error::WsaError;
    /// use openws2::net::{Family, Kind, Protocol, Socket};
    ///
    /// let Ok(socket) = Socket::new(Family::UNIX, Kind::STREAM, Protocol::DEFAULT) else {
    ///     return; // Windows has had them since 10, 1803.
    /// };
    /// assert_eq!(socket.bind_unix("x".repeat(108)), Err(WsaError::WSAENAMETOOLONG));
    /// let path = std::env::temp_dir().join(format!("doc-{}", std::process::id()));
    /// assert_eq!(socket.bind_unix(&path), Ok(()));
    /// # std::fs::remove_file(path).unwrap();
    /// ```
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
    ///
    /// ```
    /// use openws2::error::WsaError;
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::tcp(Family::INET)?;
    /// assert_eq!(socket.listen(5), Err(WsaError::WSAEINVAL));
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.listen(5)?;
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
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
    ///
    /// ```
    /// use openws2::net::{Attempt, Family, Socket};
    ///
    /// let listener = Socket::tcp(Family::INET)?;
    /// listener.bind(([127, 0, 0, 1], 0).into())?;
    /// listener.listen(5)?;
    /// listener.set_nonblocking(true)?;
    /// match listener.accept()? {
    ///     Attempt::Done((_socket, from)) => panic!("{from:?} has connected"),
    ///     Attempt::Pending => {} // nobody has
    /// }
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn accept(&self) -> Result<Attempt<(Socket, Option<SocketAddr>)>, WsaError> {
        // A listener with events selected waits for nobody (F239): the selection stays what it is until both
        // are done. One without may wait, and what is selected meanwhile is not to wait for that.
        let selected = Some(self.inner.selected()).filter(|selected| selected.is_some());
        let accepted = Attempt::of(self.raw().accept())?;
        let selected = selected.unwrap_or_else(|| self.inner.selected());
        Ok(accepted.map(|(raw, name)| {
            let socket = Self::of(raw, self.inner.family, self.inner.kind);
            socket.inner.selected().clone_from(&selected);
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
    ///
    /// ```
    /// use openws2::net::{Attempt, Family, Socket};
    ///
    /// let (socket, peer) = (Socket::udp(Family::INET)?, Socket::udp(Family::INET)?);
    /// peer.bind(([127, 0, 0, 1], 0).into())?;
    /// assert_eq!(socket.connect(peer.local_addr()?)?, Attempt::Done(()));
    /// assert_eq!(socket.peer_addr()?, peer.local_addr()?);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn connect(&self, address: SocketAddr) -> Result<Attempt<()>, WsaError> {
        Attempt::of(self.raw().connect(&address.into()))
    }

    /// **connect** of a socket of [`Family::UNIX`] to a path of up to 107 bytes.
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect), and WSAENAMETOOLONG and WSAEINVAL as [`bind_unix`](Self::bind_unix).
    ///
    /// ```
    /// use openws2::net::{Family, Kind, Protocol, Socket};
    ///
    /// let new = || Socket::new(Family::UNIX, Kind::STREAM, Protocol::DEFAULT);
    /// let (Ok(listener), Ok(socket)) = (new(), new()) else {
    ///     return Ok(()); // Windows has had them since 10, 1803.
    /// };
    /// let path = std::env::temp_dir().join(format!("docs-{}", std::process::id()));
    /// listener.bind_unix(&path)?;
    /// listener.listen(1)?;
    /// socket.connect_unix(&path)?.or_would_block()?;
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn connect_unix(&self, path: impl AsRef<Path>) -> Result<Attempt<()>, WsaError> {
        Attempt::of(self.raw().connect(&Name::of_path(path.as_ref())?))
    }

    /// **shutdown**: ends receiving, sending or both. What pends already is let be (F136).
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAENOTCONN | a stream that is not connected | F133 |
    ///
    /// ```
    /// use std::net::Shutdown;
    /// use openws2::error::WsaError;
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::tcp(Family::INET)?;
    /// assert_eq!(socket.shutdown(Shutdown::Write), Err(WsaError::WSAENOTCONN));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
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
    ///
    /// ```
    /// use openws2::error::WsaError;
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// assert_eq!(socket.local_addr(), Err(WsaError::WSAEINVAL));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
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
    ///
    /// ```
    /// use openws2::error::WsaError;
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::tcp(Family::INET)?;
    /// assert_eq!(socket.peer_addr(), Err(WsaError::WSAENOTCONN));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn peer_addr(&self) -> Result<SocketAddr, WsaError> {
        self.raw().peer_name()?.to_socket_addr().ok_or(WsaError::WSAEAFNOSUPPORT)
    }

    /// **closesocket**, which tells what dropping the socket cannot. What pends on it ends: on a connection with
    /// WSAECONNABORTED, else with WSA_OPERATION_ABORTED (F118, F119).
    ///
    /// A socket that lingers is closed when it has lingered, also one that is nonblocking or has
    /// [selected events](Self::select_events), which end with it: dropping it waits as long.
    ///
    /// # Errors
    /// Whatever closesocket has. The socket is gone in any case.
    ///
    /// ```
    /// use openws2::error::WsaError;
    /// use openws2::net::{Family, RecvFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// let receive = socket.start_recv(Vec::with_capacity(8), RecvFlags::NONE)?;
    /// socket.close()?;
    /// assert_eq!(receive.wait().result, Err(WsaError::WSA_OPERATION_ABORTED));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn close(self) -> Result<(), WsaError> {
        // From here on no operation uses the number, which is free for others then. The lock is not held
        // meanwhile, as a socket can linger.
        self.inner.link_mut().is_open = false;
        let closed = self.raw().close();
        self.inner.link_mut().is_open = self.raw().is_open();
        closed
    }
}
