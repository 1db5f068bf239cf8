//! AcceptEx: a connection for a SOCKET that is there already, and its first data.

use super::{Caller, Target, Work};
use crate::error::WsaError;
use crate::reasons;
use crate::socket::address::HostAddr;
use crate::socket::connection;
use crate::socket::extended;
use crate::socket::facts;
use crate::socket::network_events;
use crate::socket::passing;
use crate::socket::requests::{End, Requests, Side};
use crate::socket::table::{self, Socket};
use crate::status::NtStatus;
use crate::sys::{self, Fd, Scatter};
use crate::transfer::order::Unmet;
use crate::transfer::receive::{self, Request};

/// Where the two names go.
pub(crate) trait Names: Send {
    /// The local name has too little room, which is found out when a connection is there (F298, F299).
    fn local_is_short(&self) -> bool;

    /// Writes both.
    fn put(&mut self, local: &HostAddr, remote: &HostAddr);
}

/// An AcceptEx under way.
struct Accept<N> {
    names: N,
    /// Where the first data go; none are waited for if it has no room.
    into: Scatter,
    /// The SOCKET that gets the connection.
    socket: Fd,
    accepted: bool,
}

/// Begins an AcceptEx. The sockets were found to be good; what they are is looked at here (F300, F301).
pub(crate) fn start<N, C>(
    listener: &Socket,
    accept: &Socket,
    names: N,
    into: Scatter,
    caller: C,
    target: Target,
) -> Result<(), WsaError>
where
    N: Names + 'static,
    C: Caller + 'static,
{
    const USED: u64 = facts::BOUND
        | facts::CONNECTED
        | facts::CONNECTING
        | facts::LISTENING
        | facts::ACCEPT_PENDS
        | facts::NO_CONTEXT;
    let fresh = accept.facts().any(facts::CIRCUIT) && !accept.facts().any(USED);
    if !listener.facts().any(facts::LISTENING) || !fresh {
        return Err(WsaError::WSAEINVAL);
    }
    let code = |status: NtStatus| status.winsock();
    extended::never_blocks(listener).map_err(code)?;
    accept.set(facts::ACCEPT_PENDS);
    passing::guard_all(accept);
    Requests::of(accept).serve(Some(listener.fd()));
    let work = Accept { names, into, socket: accept.fd(), accepted: false };
    super::start_pending(listener, Side::Receive, work, caller, target);
    if !accept.slot().facts().usable() {
        // Who closes it may have looked for the operation before it could be found.
        Requests::of(listener)
            .cancel(listener, Side::Receive, NtStatus::CANCELLED, |about| about.accepts == Some(accept.fd()));
    }
    Ok(())
}

impl<N: Names> Accept<N> {
    /// None while somebody closes it, who ends this.
    fn without_socket(&self) -> Option<End> {
        let facts = table::slot(self.socket)?.facts();
        facts.usable().then(|| {
            reasons::because("F120", "the socket for the connection has been closed");
            End::of(NtStatus::CANCELLED)
        })
    }

    /// Takes a connection if there is one; an end if it cannot be put where it belongs.
    fn take_connection(&mut self, listener: &Socket, socket: &Socket) -> Result<bool, NtStatus> {
        if self.names.local_is_short() {
            // The connection stays for the next accept (F299).
            return if connection::has_connection(listener) {
                Err(NtStatus::BUFFER_TOO_SMALL)
            } else {
                Ok(false)
            };
        }
        // What waited before this may have given the mode back.
        extended::never_blocks(listener)?;
        let Some(taken) = connection::try_accept(listener) else { return Ok(false) };
        let (connection, remote) = taken?;
        let local = sys::local_name(connection).unwrap_or(HostAddr::empty());
        extended::become_accepted(socket, connection)?;
        self.names.put(&local, &remote);
        self.accepted = true;
        Ok(true)
    }

    /// The first data of the connection (F293, F294).
    fn first_data(&mut self, socket: &Socket) -> Option<End> {
        if self.into.total() == 0 {
            return Some(End::of(NtStatus::SUCCESS));
        }
        let mut request = Request {
            into: self.into.clone(),
            order: &[],
            unmet: Unmet::NONE,
            flags: 0,
            from: None,
            control: None,
            overlapped: true,
        };
        let outcome = receive::attempt(socket, &mut request)?;
        Some(End { status: outcome.status, bytes: outcome.bytes, flags: 0 })
    }
}

impl<N: Names> Work for Accept<N> {
    fn attempt(&mut self, listener: &Socket) -> Option<End> {
        // Whoever closes the SOCKET ends this operation too; one that the program has closed by the host's own call
        // takes no connection.
        let Some(socket) = passing::enter_known(self.socket) else { return self.without_socket() };
        if !self.accepted {
            match self.take_connection(listener, &socket) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(status) => return Some(End::of(status)),
            }
            if self.into.total() > 0 && Requests::of(&socket).listen_for_patron(&socket).is_err() {
                return Some(End::of(NtStatus::INSUFFICIENT_RESOURCES));
            }
        }
        self.first_data(&socket)
    }

    fn holds_back(&self) -> bool {
        !self.accepted
    }

    fn accepts(&self) -> Option<Fd> {
        Some(self.socket)
    }

    fn leave(&mut self) {
        if let Some(socket) = passing::enter_known(self.socket) {
            socket.clear(facts::ACCEPT_PENDS);
            network_events::changed(&socket);
            if let Some(requests) = Requests::present(&socket) {
                requests.serve(None);
            }
        }
    }
}
