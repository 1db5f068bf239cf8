//! ConnectEx and DisconnectEx.

use super::{Caller, Target, Work};
use crate::error::WsaError;
use crate::socket::address::HostAddr;
use crate::socket::connection;
use crate::socket::extended;
use crate::socket::facts;
use crate::socket::requests::{End, Side};
use crate::socket::table::Socket;
use crate::status::NtStatus;
use crate::sys::Scatter;
use crate::transfer::send::{self, Progress, Request};
use crate::windows::consts as w;

/// A ConnectEx under way: the connection, and then what is sent on it.
struct Connect {
    first: Option<Request>,
    sent: Progress,
    connected: bool,
}

/// Begins a ConnectEx. The arguments were found to be good.
pub(crate) fn start<C>(
    socket: &Socket,
    name: &HostAddr,
    first: Option<Scatter>,
    caller: C,
    target: Target,
) -> Result<(), WsaError>
where
    C: Caller + 'static,
{
    extended::begin_connect(socket, name).map_err(|status| status.winsock_of_call())?;
    let first = first.map(|from| Request { from, fault: None, flags: 0, to: None, with: None });
    let work = Connect { first, sent: Progress::default(), connected: false };
    super::start_pending(socket, Side::Send, work, caller, target);
    Ok(())
}

/// Why a socket cannot be connected by ConnectEx now, in Windows' order.
pub(crate) fn refusal(socket: &Socket) -> Option<WsaError> {
    let facts = connection::settle(socket);
    match () {
        () if !facts.any(facts::CIRCUIT) => Some(WsaError::WSAEINVAL),
        () if facts.any(facts::LISTENING | facts::ACCEPT_PENDS | facts::CONNECTING) => {
            Some(WsaError::WSAEINVAL)
        }
        () if facts.any(facts::CONNECTED) => Some(WsaError::WSAEISCONN),
        () if !facts.any(facts::BOUND) => Some(WsaError::WSAEINVAL),
        () => None,
    }
}

impl Work for Connect {
    fn attempt(&mut self, socket: &Socket) -> Option<End> {
        if !self.connected {
            let status = extended::connect_ended(socket)?;
            if !status.is_success() {
                return Some(End::of(status));
            }
            self.connected = true;
        }
        let Some(first) = &mut self.first else { return Some(End::of(NtStatus::SUCCESS)) };
        let outcome = send::attempt(socket, first, &mut self.sent)?;
        Some(End { status: outcome.status, bytes: outcome.bytes, flags: 0 })
    }
}

/// A DisconnectEx, which has nothing to wait for but the sends before it.
struct Disconnect {
    again: bool,
}

/// Begins a DisconnectEx: the sending side ends (F142), and with `again` the SOCKET can be used anew.
pub(crate) fn start_disconnect<C>(socket: &Socket, again: bool, caller: C, target: Target)
where
    C: Caller + 'static,
{
    super::start_pending(socket, Side::Send, Disconnect { again }, caller, target);
}

/// DisconnectEx without an OVERLAPPED.
pub(crate) fn disconnect(socket: &Socket, again: bool) -> Result<(), WsaError> {
    if !again {
        return connection::shutdown_send(socket).map_err(|status| status.winsock_of_call());
    }
    let end = Disconnect { again }.now(socket);
    if end.status.is_success() { Ok(()) } else { Err(end.status.winsock_of_call()) }
}

impl Disconnect {
    fn now(&self, socket: &Socket) -> End {
        let shut = connection::shutdown_send_now(socket);
        let done = match shut {
            Ok(()) if self.again => extended::begin_again(socket),
            shut => shut,
        };
        End::of(done.err().unwrap_or(NtStatus::SUCCESS))
    }
}

impl Work for Disconnect {
    fn attempt(&mut self, socket: &Socket) -> Option<End> {
        Some(self.now(socket))
    }
}

/// The flag of DisconnectEx by which the SOCKET can be used anew.
pub(crate) const REUSE: u32 = w::TF_REUSE_SOCKET;
