//! What AcceptEx, ConnectEx and DisconnectEx do to a SOCKET beyond what accept, connect and shutdown do.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use super::address::{Family, HostAddr};
use super::connection::{became_connected, bind_on_host, make_fresh, settle, waits_in_program};
use super::facts::{self, Facts};
use super::network_events;
use super::passing;
use super::requests::{Requests, Side};
use super::table::Socket;
use super::urgent;
use crate::platform::{HOST, Operation};
use crate::status::NtStatus;
use crate::sys::{self, Fd};
use crate::windows::consts as w;

/// Keeps the host from waiting on this descriptor, whoever calls it: there is no other way for an accept or
/// a connect that must not wait.
pub(crate) fn never_blocks(socket: &Socket) -> Result<(), NtStatus> {
    if !socket.facts().any(facts::HOST_NONBLOCKING) {
        // In this order: the program has not chosen what it sees in between.
        let chosen = waits_in_program(socket);
        socket.set(facts::HOST_NONBLOCKING);
        if !chosen && sys::set_nonblocking(socket.fd(), true).is_err() {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
    }
    Ok(())
}

/// Has a SOCKET stand for a connection that AcceptEx has taken. It knows of it in full once
/// SO_UPDATE_ACCEPT_CONTEXT was set (F297).
pub(crate) fn become_accepted(socket: &Socket, connection: Fd) -> Result<(), NtStatus> {
    let _ = sys::set_nonblocking(connection, socket.facts().any(facts::NONBLOCKING));
    carry_options(socket, connection);
    replace_on_host(socket, connection)?;
    socket.set(facts::CONNECTED | facts::NO_CONTEXT | facts::ACCEPTED);
    socket.with_rare(|rare| rare.connected_at = Some(Instant::now()));
    urgent::watch(socket.fd());
    network_events::begin_anew(socket);
    Ok(())
}

/// What a server sets on a SOCKET before it is connected holds for the connection. The host refuses nothing of
/// this that it has taken once.
fn carry_options(socket: &Socket, connection: Fd) {
    for (level, name) in [(libc::IPPROTO_TCP, libc::TCP_NODELAY), (libc::SOL_SOCKET, libc::SO_KEEPALIVE)] {
        if let Ok(value @ 1..) = sys::get_int(socket.fd(), level, name) {
            let _ = sys::set_int(connection, level, name, value);
        }
    }
    if let Ok((true, seconds)) = sys::linger(socket.fd()) {
        let _ = sys::set_linger(connection, true, seconds);
    }
    for (kept, host) in [(w::SO_RCVBUF, libc::SO_RCVBUF), (w::SO_SNDBUF, libc::SO_SNDBUF)] {
        // The host tells another size than it was asked for.
        if let Some(size @ 1..) = socket.read_rare(|rare| rare.option(w::SOL_SOCKET, kept)) {
            let _ = sys::set_int(connection, libc::SOL_SOCKET, host, size);
        }
    }
}

/// The number stands for another object of the host's from now on.
fn replace_on_host(socket: &Socket, by: Fd) -> Result<(), NtStatus> {
    if let Some(requests) = Requests::present(socket) {
        requests.watch_another(socket.fd(), &[]);
    }
    passing::exchange(socket, by)
}

/// DisconnectEx with TF_REUSE_SOCKET: the SOCKET is as it was before it was connected. What the program has
/// bound stays bound, and can be connected again; it is bound to every address, for the connection may have
/// narrowed it to one that the next peer cannot be reached from.
pub(crate) fn begin_again(socket: &Socket) -> Result<(), NtStatus> {
    // The host's close of what the number stands for may wait for the peer: not while the number is exchanged.
    let old = sys::duplicate(socket.fd()).map_err(|_| NtStatus::INSUFFICIENT_RESOURCES)?;
    let done = begin_again_beside(socket);
    sys::close(old);
    done
}

fn begin_again_beside(socket: &Socket) -> Result<(), NtStatus> {
    let facts = socket.facts();
    let provider = facts.provider();
    let family = Family::from_windows(provider.family as u16).to_host().ok_or(NtStatus::NOT_SUPPORTED)?;
    let fresh = sys::create(family, provider.socket_type, provider.host_protocol(0), true)
        .map_err(|_| NtStatus::INSUFFICIENT_RESOURCES)?;
    if provider.is_ipv6() {
        // Windows' default (G219); hosts differ. A kernel without the option has no dual stack either.
        let _ = sys::set_int(fresh, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 1);
    }
    let _ = sys::set_nonblocking(fresh, facts.any(facts::NONBLOCKING));
    if let Some(requests) = Requests::present(socket) {
        // What was to come on the old connection comes no more, and nothing of the next one is theirs.
        for side in [Side::Receive, Side::Urgent] {
            requests.cancel(socket, side, NtStatus::CONNECTION_ABORTED, |_| true);
        }
    }
    urgent::unwatch(&[socket.fd()]);
    let was_bound = facts.any(facts::BOUND) && !facts.any(facts::ACCEPTED);
    let port = sys::local_name(socket.fd()).ok().and_then(|name| name.socket_addr()).filter(|_| was_bound);
    // The old connection may wind down for a while, which is not to keep its port from the new one.
    let _ = sys::set_int(socket.fd(), libc::SOL_SOCKET, libc::SO_REUSEADDR, 1);
    replace_on_host(socket, fresh)?;
    const STAYS: u64 = facts::NONBLOCKING
        | facts::OVERLAPPED
        | facts::RECEIVE_TIMEOUT
        | facts::SEND_TIMEOUT
        | facts::SELECTED;
    let new = Facts::of(provider, facts.0 & STAYS);
    socket.set(new.0);
    socket.clear(CONNECTIONS & !new.0);
    socket.with_rare(|rare| rare.urgent = None);
    if let Some(mut name) = port {
        name.set_ip(match name {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        });
        // Somebody else may have taken the port: any one serves to connect from.
        let bound = bind_on_host(socket, &HostAddr::from(name)).or_else(|_| {
            name.set_port(0);
            sys::bind(socket.fd(), &HostAddr::from(name))
        });
        bound.map_err(|_| NtStatus::ADDRESS_ALREADY_EXISTS)?;
        socket.set_own(facts::BOUND);
    }
    network_events::begin_anew(socket);
    Ok(())
}

/// The facts that come with a connection or a name.
const CONNECTIONS: u64 = facts::BOUND
    | facts::CONNECTED
    | facts::CONNECTING
    | facts::CONNECT_FAILED
    | facts::SHUT_RECEIVE
    | facts::SHUT_SEND
    | facts::RESET
    | facts::ABORTED
    | facts::OOB_INLINE
    | facts::KEEPALIVE
    | facts::URGENT_QUEUED
    | facts::KEPT
    | facts::WATCHED
    | facts::CUT_SHORT
    | facts::NO_CONTEXT
    | facts::ACCEPTED
    | facts::HOST_NONBLOCKING;

/// ConnectEx: the host begins; [`settle`] finds out how it ends.
pub(crate) fn begin_connect(socket: &Socket, name: &HostAddr) -> Result<(), NtStatus> {
    let facts = socket.facts();
    let status = |errno: i32| HOST.status(errno, Operation::Connect, facts.provider().kind());
    never_blocks(socket)?;
    socket.clear(facts::CONNECT_FAILED);
    match sys::connect(socket.fd(), name) {
        Ok(()) => became_connected(socket),
        Err(errno) if errno.interrupted() || matches!(errno.0, libc::EINPROGRESS | libc::EALREADY) => {
            socket.set(facts::CONNECTING);
        }
        Err(errno) => {
            socket.with_rare(|rare| rare.connect_status = Some(status(errno.0)));
            socket.set(facts::CONNECT_FAILED);
            make_fresh(socket);
        }
    }
    Ok(())
}

/// How ConnectEx ended; None if it has not yet. The descriptor's mode is the program's again.
pub(crate) fn connect_ended(socket: &Socket) -> Option<NtStatus> {
    let facts = settle(socket);
    if facts.any(facts::CONNECTING) {
        return None;
    }
    socket.clear(facts::HOST_NONBLOCKING);
    let _ = sys::set_nonblocking(socket.fd(), facts.any(facts::NONBLOCKING));
    if facts.any(facts::CONNECTED) {
        socket.set(facts::NO_CONTEXT);
        return Some(NtStatus::SUCCESS);
    }
    let status = socket.with_rare(|rare| rare.connect_status.take());
    Some(status.unwrap_or(NtStatus::CONNECTION_REFUSED))
}
