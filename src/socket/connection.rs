//! bind, connect, listen, accept, shutdown and the two names.

mod broken;

use std::time::Instant;

use super::address::HostAddr;
use super::facts::{self, Facts};
use super::lifecycle::{self, code_of};
use super::network_events;
use super::requests::{self, Side};
use super::table::Socket;
use super::urgent;
use super::waiting::{self, Woken};
use crate::error::WsaError;
use crate::platform::{HOST, Operation};
use crate::reasons::{self, refuse};
use crate::status::NtStatus;
use crate::sys::{self, Errno, Fd};
use crate::windows::consts as w;
pub(crate) use broken::{broke, broken, find_out};

/// bind. A socket is bound once (F292).
pub(crate) fn bind(socket: &Socket, name: &HostAddr) -> Result<(), WsaError> {
    let facts = socket.facts();
    check_family(facts, name)?;
    if facts.any(facts::BOUND | facts::CONNECTED | facts::CONNECTING) {
        return Err(refuse(WsaError::WSAEINVAL, "F292", "a socket is bound once"));
    }
    bind_on_host(socket, name).map_err(|errno| code_of(errno, Operation::Bind, facts.provider()))?;
    socket.set_own(facts::BOUND);
    network_events::changed(socket);
    Ok(())
}

/// A port whose last connection is still winding down can be bound again on Windows without asking.
/// Here the host wants SO_REUSEADDR for it, which is given for the attempt only: kept, it would let two
/// sockets have one port.
pub(super) fn bind_on_host(socket: &Socket, name: &HostAddr) -> Result<(), Errno> {
    let first = sys::bind(socket.fd(), name);
    let in_use = matches!(first, Err(Errno(libc::EADDRINUSE)));
    if !in_use || !socket.facts().any(facts::STREAM) || socket.facts().provider().is_local() {
        return first;
    }
    let reuse = |on| sys::set_int(socket.fd(), libc::SOL_SOCKET, libc::SO_REUSEADDR, on);
    let before = sys::get_int(socket.fd(), libc::SOL_SOCKET, libc::SO_REUSEADDR).unwrap_or(0);
    reuse(1)?;
    let second = sys::bind(socket.fd(), name);
    reuse(before)?;
    second
}

fn check_family(facts: Facts, name: &HostAddr) -> Result<(), WsaError> {
    let family = i32::from(name.family().to_windows());
    if family == facts.provider().family {
        return Ok(());
    }
    Err(refuse(WsaError::WSAEAFNOSUPPORT, "F292", "the name is of another family than the socket"))
}

/// connect. Without a name, a datagram socket's peer is taken back.
pub(crate) fn connect(socket: &Socket, name: Option<&HostAddr>) -> Result<(), WsaError> {
    let facts = settle(socket);
    if !facts.any(facts::CIRCUIT) {
        return connect_datagram(socket, name);
    }
    let name = name.ok_or(WsaError::WSAEAFNOSUPPORT)?;
    // F301: another AcceptEx waits to use it. F305: connected by ConnectEx or AcceptEx.
    if facts.any(facts::LISTENING | facts::ACCEPT_PENDS | facts::NO_CONTEXT) {
        let why = "the socket listens, or belongs to AcceptEx or ConnectEx";
        return Err(refuse(WsaError::WSAEINVAL, "F301 F305", why));
    }
    if facts.any(facts::CONNECTING) {
        return Err(refuse(WsaError::WSAEALREADY, "", "a nonblocking connect is under way"));
    }
    if facts.any(facts::CONNECTED) {
        return Err(refuse(WsaError::WSAEISCONN, "F138", "the socket is connected"));
    }
    check_family(facts, name)?;
    if name.ip().is_some_and(|ip| ip.is_unspecified()) || (name.ip().is_some() && name.port() == 0) {
        let why = "the wildcard address and port 0 are nobody's; hosts take them for their own";
        return Err(refuse(WsaError::WSAEADDRNOTAVAIL, "", why));
    }
    socket.clear(facts::CONNECT_FAILED);
    match connect_on_host(socket, name) {
        Ok(()) => became_connected(socket),
        Err(errno) if errno.interrupted() || errno.0 == libc::EINPROGRESS => {
            if !waits_in_program(socket) {
                return wait_for_connect(socket);
            }
            socket.set(facts::CONNECTING | facts::BOUND);
            // It may have ended already, and the reactor told of it before this was known.
            network_events::changed(socket);
            reasons::because("F195", "a nonblocking connect goes on; select tells how it ends");
            return Err(WsaError::WSAEWOULDBLOCK);
        }
        Err(errno) => return connect_failed(socket, errno),
    }
    // F195, F263: on Windows a nonblocking connect over a network is never done at once. Programs wait
    // for the socket to become writable, which it is.
    if facts.any(facts::NONBLOCKING) && !facts.provider().is_local() {
        let why = "connected already, but on Windows a nonblocking connect is never done at once";
        reasons::because("F195 F263", why);
        return Err(WsaError::WSAEWOULDBLOCK);
    }
    Ok(())
}

/// In a thread for which calls are queued the host must not wait: they run while we do (F074).
fn connect_on_host(socket: &Socket, name: &HostAddr) -> Result<(), Errno> {
    if !socket.waits_alertably() || waits_in_program(socket) {
        return sys::connect(socket.fd(), name);
    }
    // Meanwhile nobody takes the mode for the program's choice.
    socket.set(facts::HOST_NONBLOCKING);
    let connected = sys::set_nonblocking(socket.fd(), true).and_then(|()| sys::connect(socket.fd(), name));
    socket.clear(facts::HOST_NONBLOCKING);
    sys::set_nonblocking(socket.fd(), false)?;
    connected
}

/// Whether the program itself waits for what the host has put off: in nonblocking mode, which it may have
/// chosen with the host's own call.
pub(crate) fn waits_in_program(socket: &Socket) -> bool {
    let nonblocking = socket.facts().any(facts::NONBLOCKING);
    if nonblocking || socket.facts().any(facts::HOST_NONBLOCKING) {
        return nonblocking;
    }
    if sys::is_nonblocking(socket.fd()).unwrap_or(false) {
        socket.set(facts::NONBLOCKING);
        return true;
    }
    nonblocking
}

fn connect_failed(socket: &Socket, errno: Errno) -> Result<(), WsaError> {
    // G004: closesocket under a blocked connect, which a thread that blocks signals hears of by an errno.
    socket.still_open().map_err(|_| WsaError::WSAENOTSOCK)?;
    let facts = socket.facts();
    let code = code_of(errno, Operation::Connect, facts.provider());
    if matches!(errno.0, libc::EISCONN | libc::EALREADY) {
        // The program has used the host's own connect; that connection is not to be harmed.
        lifecycle::refresh_names(socket);
        return Err(code);
    }
    socket.set(facts::CONNECT_FAILED);
    make_fresh(socket);
    if facts.any(facts::NONBLOCKING) && errno.0 == libc::ECONNREFUSED && !facts.provider().is_local() {
        // The host can refuse at once what Windows always reports later.
        socket.with_rare(|rare| rare.so_error = code.code());
        network_events::connect_ended(socket, code.code());
        reasons::because(
            "F195 F263",
            "refused already, but on Windows a nonblocking connect tells of it later",
        );
        return Err(WsaError::WSAEWOULDBLOCK);
    }
    Err(code)
}

/// Linux keeps a stream whose connect failed in a state of its own, in which the next connect and listen
/// fail; on Windows they are free to try (F263).
pub(super) fn make_fresh(socket: &Socket) {
    let _ = sys::disconnect(socket.fd());
}

/// A signal ended the call, or the host's own time limit; the connect goes on in the host, and so does the wait here.
fn wait_for_connect(socket: &Socket) -> Result<(), WsaError> {
    loop {
        if socket.still_open().is_err() {
            // G004: closesocket under a blocked connect; G210: the final WSACleanup.
            let cleaned_up = socket.slot().facts().any(facts::CLEANED_UP);
            reasons::because("G004 G210", "closesocket or the final WSACleanup ended the connect");
            return Err(if cleaned_up { WsaError::WSAEINTR } else { WsaError::WSAENOTSOCK });
        }
        match waiting::wait(socket, sys::WRITABLE, None) {
            Ok(Woken::Called) => {}
            Ok(Woken::Cancelled) => return Err(give_up(socket)),
            Ok(_) => break,
            Err(errno) if errno.interrupted() => {}
            Err(_) => return connect_failed(socket, Errno(libc::ENOBUFS)),
        }
    }
    match sys::get_int(socket.fd(), libc::SOL_SOCKET, libc::SO_ERROR) {
        Ok(0) => {
            became_connected(socket);
            Ok(())
        }
        Ok(errno) | Err(Errno(errno)) => {
            reasons::host("getsockopt SO_ERROR", errno);
            connect_failed(socket, Errno(errno))
        }
    }
}

/// The thread's blocking hook has cancelled the connect: the socket is as after one that failed.
fn give_up(socket: &Socket) -> WsaError {
    socket.set(facts::CONNECT_FAILED);
    make_fresh(socket);
    WsaError::WSAEINTR
}

pub(super) fn became_connected(socket: &Socket) {
    socket.set(facts::CONNECTED | facts::BOUND);
    socket.clear(facts::CONNECTING | facts::CONNECT_FAILED);
    socket.with_rare(|rare| {
        rare.so_error = 0;
        rare.connected_at = Some(Instant::now());
    });
    urgent::watch(socket.fd());
    network_events::connect_ended(socket, 0);
}

/// connect on a datagram socket names the peer; no name, or the wildcard's, takes it back.
fn connect_datagram(socket: &Socket, name: Option<&HostAddr>) -> Result<(), WsaError> {
    let facts = socket.facts();
    let wildcard = |name: &HostAddr| name.ip().is_some_and(|ip| ip.is_unspecified()) && name.port() == 0;
    let Some(name) = name.filter(|name| !wildcard(name)) else {
        // The host forgets a name that it gave itself; Windows does not.
        let local = sys::local_name(socket.fd());
        let _ = sys::disconnect(socket.fd());
        if let (Ok(before), Ok(after)) = (local, sys::local_name(socket.fd())) {
            if before.port() != after.port() {
                let _ = sys::bind(socket.fd(), &before);
            }
        }
        socket.clear(facts::CONNECTED);
        return Ok(());
    };
    check_family(facts, name)?;
    match sys::connect(socket.fd(), name) {
        Ok(()) => {
            socket.set(facts::CONNECTED | facts::BOUND);
            network_events::connect_ended(socket, 0);
            Ok(())
        }
        Err(errno) => Err(code_of(errno, Operation::Connect, facts.provider())),
    }
}

/// Finds out whether a nonblocking connect has ended meanwhile. Gives the facts as they are then.
pub(crate) fn settle(socket: &Socket) -> Facts {
    let facts = socket.facts();
    if !facts.any(facts::CONNECTING) {
        return facts;
    }
    let ready = sys::look(socket.fd(), sys::WRITABLE).unwrap_or(0);
    if ready == 0 {
        return facts;
    }
    match sys::get_int(socket.fd(), libc::SOL_SOCKET, libc::SO_ERROR) {
        Ok(0) if ready & sys::HUNG_UP == 0 || sys::peer_name(socket.fd()).is_ok() => became_connected(socket),
        Ok(0) => {}
        Ok(errno) | Err(Errno(errno)) => {
            reasons::host("getsockopt SO_ERROR", errno);
            let status = HOST.status(errno, Operation::Connect, facts.provider().kind());
            socket.with_rare(|rare| {
                rare.so_error = status.winsock_of_call().code();
                rare.connect_status = Some(status);
            });
            socket.set(facts::CONNECT_FAILED);
            socket.clear(facts::CONNECTING);
            make_fresh(socket);
            network_events::connect_ended(socket, status.winsock_of_call().code());
        }
    }
    socket.facts()
}

/// listen. A negative length is Windows' way to ask for that many, exactly (SOMAXCONN_HINT).
pub(crate) fn listen(socket: &Socket, backlog: i32) -> Result<(), WsaError> {
    let facts = settle(socket);
    if !facts.any(facts::CIRCUIT) {
        return Err(refuse(WsaError::WSAEOPNOTSUPP, "F292", "only streams listen"));
    }
    if facts.any(facts::CONNECTED | facts::CONNECTING) {
        return Err(refuse(WsaError::WSAEISCONN, "", "the socket is connected"));
    }
    if !facts.any(facts::BOUND) && !lifecycle::refresh_names(socket).any(facts::BOUND) {
        return Err(refuse(WsaError::WSAEINVAL, "F292", "a socket has to be bound before it listens"));
    }
    let length = backlog.unsigned_abs().clamp(1, i32::MAX as u32) as i32;
    sys::listen(socket.fd(), length).map_err(|errno| code_of(errno, Operation::Listen, facts.provider()))?;
    socket.set(facts::LISTENING);
    Ok(())
}

/// What a WSAAccept condition function decides.
pub(crate) enum Verdict {
    Accept,
    Reject,
    Defer,
}

/// accept and WSAAccept: takes the first connection that the condition accepts.
pub(crate) fn accept(
    socket: &Socket,
    condition: impl FnOnce(&HostAddr) -> Verdict,
) -> Result<(usize, HostAddr), WsaError> {
    let next = next_connection(socket);
    network_events::accepted(socket);
    let (fd, peer) = next?;
    match condition(&peer) {
        Verdict::Accept => Ok((begin_accepted(socket, fd)?, peer)),
        Verdict::Reject => {
            let _ = sys::set_linger(fd, true, 0);
            sys::close(fd);
            Err(refuse(WsaError::WSAECONNREFUSED, "", "the condition function rejects"))
        }
        Verdict::Defer => {
            // F302: the connection stays, and the next accept gets it first.
            socket.with_rare(|rare| rare.deferred.push_front((fd, peer)));
            socket.set(facts::KEPT);
            network_events::changed(socket);
            Err(refuse(WsaError::WSATRY_AGAIN, "F302", "the condition function defers; the connection stays"))
        }
    }
}

/// The connection that a condition has deferred, if there is one (F302).
fn take_deferred(socket: &Socket) -> Option<(Fd, HostAddr)> {
    if !socket.facts().any(facts::KEPT) {
        return None;
    }
    socket.with_rare(|rare| {
        let deferred = rare.deferred.pop_front();
        if rare.deferred.is_empty() {
            socket.slot().clear(facts::KEPT);
        }
        deferred
    })
}

/// Whether a connection waits to be accepted.
pub(crate) fn has_connection(listener: &Socket) -> bool {
    listener.facts().any(facts::KEPT) || sys::look(listener.fd(), sys::READABLE).is_ok_and(|ready| ready != 0)
}

/// How many they are, where the host tells.
pub(super) fn waiting_connections(listener: &Socket) -> Option<u64> {
    let deferred =
        if listener.facts().any(facts::KEPT) { listener.read_rare(|rare| rare.deferred.len()) } else { 0 };
    let provider = listener.facts().provider();
    let on_host = if provider.is_local() { None } else { sys::backlog(listener.fd()) };
    on_host.map(|on_host| u64::from(on_host) + deferred as u64)
}

/// Takes a connection without waiting, from a listener that [never blocks](super::extended::never_blocks); None if there is none.
pub(crate) fn try_accept(listener: &Socket) -> Option<Result<(Fd, HostAddr), NtStatus>> {
    if let Some(deferred) = take_deferred(listener) {
        return Some(Ok(deferred));
    }
    loop {
        match sys::accept(listener.fd(), true) {
            Ok(accepted) => return Some(Ok(accepted)),
            Err(errno) if errno.interrupted() || errno.0 == libc::ECONNABORTED => {}
            Err(errno) if errno.would_block() => return None,
            Err(errno) => {
                let kind = listener.facts().provider().kind();
                return Some(Err(HOST.status(errno.0, Operation::Accept, kind)));
            }
        }
    }
}

fn next_connection(socket: &Socket) -> Result<(Fd, HostAddr), WsaError> {
    let facts = socket.facts();
    if !facts.any(facts::CIRCUIT) {
        return Err(refuse(WsaError::WSAEOPNOTSUPP, "", "only streams accept"));
    }
    if !facts.any(facts::LISTENING) && !lifecycle::refresh_names(socket).any(facts::LISTENING) {
        return Err(refuse(WsaError::WSAEINVAL, "", "the socket does not listen"));
    }
    if socket.facts().any(facts::RECEIVES_PEND) {
        requests::settle(socket, Side::Receive);
    }
    if let Some(deferred) = take_deferred(socket) {
        return Ok(deferred);
    }
    loop {
        if !facts.any(facts::NONBLOCKING) {
            socket.still_open().map_err(|status| status.winsock_of_call())?;
            if socket.waits_alertably() && matches!(sys::look(socket.fd(), sys::READABLE), Ok(0)) {
                // In the host neither a hook nor the calls that are queued for the thread would run.
                wait_for_connection(socket)?;
                continue;
            }
        }
        match sys::accept(socket.fd(), true) {
            Ok(accepted) => return Ok(accepted),
            // A connection that ended in the queue is not the caller's concern.
            Err(errno) if errno.interrupted() || errno.0 == libc::ECONNABORTED => {}
            // SO_RCVTIMEO does not limit accept (G124), and only a descriptor's own mode makes it not wait.
            Err(errno) if errno.would_block() && !waits_in_program(socket) => {
                wait_for_connection(socket)?;
            }
            Err(errno) => {
                socket.still_open().map_err(|status| status.winsock_of_call())?;
                return Err(code_of(errno, Operation::Accept, facts.provider()));
            }
        }
    }
}

/// Waits until there may be a connection.
fn wait_for_connection(listener: &Socket) -> Result<(), WsaError> {
    match waiting::wait(listener, sys::READABLE, None) {
        Ok(Woken::Cancelled) => Err(WsaError::WSAEINTR),
        Err(errno) if !errno.interrupted() => Err(WsaError::WSAENOBUFS),
        _ => Ok(()),
    }
}

/// An accepted socket has the listener's mode and options (F284).
fn begin_accepted(listener: &Socket, fd: Fd) -> Result<usize, WsaError> {
    let inherited = facts::NONBLOCKING
        | facts::OVERLAPPED
        | facts::OOB_INLINE
        | facts::KEEPALIVE
        | facts::RECEIVE_TIMEOUT
        | facts::SEND_TIMEOUT;
    let from = listener.facts();
    let _ = sys::set_nonblocking(fd, from.any(facts::NONBLOCKING));
    let more = facts::BOUND | facts::CONNECTED | facts::ACCEPTED | (from.0 & inherited);
    let handle = lifecycle::begin(fd, Facts::of(from.provider(), more))?;
    let options = listener.read_rare(|rare| rare.options.clone());
    let accepted = super::table::enter(handle)?;
    accepted.set_receive_timeout(listener.receive_timeout());
    accepted.set_send_timeout(listener.send_timeout());
    accepted.with_rare(|rare| {
        rare.options = options;
        rare.connected_at = Some(Instant::now());
    });
    urgent::watch(accepted.fd());
    network_events::inherit(listener, &accepted);
    Ok(handle)
}

/// Ends a connection, which from now on is [reset](facts::RESET) or [aborted](facts::ABORTED) here. The peer
/// sees a reset; over AF_UNIX, the end.
pub(crate) fn break_off(socket: &Socket, how: u64) {
    socket.set(how);
    // Where the host keeps the connection for now, closesocket resets it.
    let _ = sys::set_linger(socket.fd(), true, 0);
    if sys::disconnect(socket.fd()).is_err() && socket.facts().provider().is_local() {
        // Local connections cannot be taken back.
        let _ = sys::shutdown(socket.fd(), libc::SHUT_RDWR);
    }
    socket.interrupt_others();
    network_events::changed(socket);
}

/// Refuses what only a connection can do where there is none.
pub(crate) fn require_peer(socket: &Socket) -> Result<Facts, WsaError> {
    let facts = settle(socket);
    let connected = is_known_to_be_connected(socket, facts);
    if facts.any(facts::CIRCUIT) && !connected {
        return Err(refuse(WsaError::WSAENOTCONN, "F133", "the stream is not connected"));
    }
    Ok(facts)
}

/// Whether there is a peer, and the program has said that it wants to use the socket as if connect or accept
/// had made the connection.
fn is_known_to_be_connected(socket: &Socket, facts: Facts) -> bool {
    !facts.any(facts::NO_CONTEXT)
        && (facts.any(facts::CONNECTED) || lifecycle::refresh_names(socket).any(facts::CONNECTED))
}

/// shutdown. The receiving side is shut in our state only: the host would answer the peer differently.
pub(crate) fn shutdown(socket: &Socket, how: i32) -> Result<(), WsaError> {
    let facts = require_peer(socket)?;
    let (receive, send) = match how {
        w::SD_RECEIVE => (true, false),
        w::SD_SEND => (false, true),
        w::SD_BOTH => (true, true),
        _ => return Err(refuse(WsaError::WSAEINVAL, "F133", "no such direction")),
    };
    if send && facts.any(facts::CIRCUIT) {
        shutdown_send(socket).map_err(|status| status.winsock_of_call())?;
    }
    let side = |shut, bit| if shut { bit } else { 0 };
    socket.set(side(receive, facts::SHUT_RECEIVE) | side(send, facts::SHUT_SEND));
    Ok(())
}

/// Ends sending on a connection. What waits to be sent is sent first, after the call.
pub(crate) fn shutdown_send(socket: &Socket) -> Result<(), NtStatus> {
    let facts = socket.facts();
    if facts.any(facts::SHUT_SEND) {
        return Ok(());
    }
    if facts.any(facts::SENDS_PEND) && requests::end_sends(socket)? {
        socket.set(facts::SHUT_SEND);
        return Ok(());
    }
    shutdown_send_now(socket)
}

/// Ends sending on a connection: nothing waits, or who waits is the caller.
pub(crate) fn shutdown_send_now(socket: &Socket) -> Result<(), NtStatus> {
    let facts = socket.facts();
    // ENOTCONN: the connection has ended meanwhile, which shutdown tolerates (G028).
    match sys::shutdown(socket.fd(), libc::SHUT_WR) {
        Err(errno) if errno.0 != libc::ENOTCONN => {
            Err(HOST.status(errno.0, Operation::Shutdown, facts.provider().kind()))
        }
        _ => {
            socket.set(facts::SHUT_SEND);
            Ok(())
        }
    }
}

/// getsockname. An unbound socket has no name (F028).
pub(crate) fn local_name(socket: &Socket) -> Result<HostAddr, WsaError> {
    // F297: what AcceptEx connected has a name once SO_UPDATE_ACCEPT_CONTEXT was set.
    if socket.facts().any(facts::NO_CONTEXT) && !socket.facts().any(facts::BOUND) {
        let why = "what AcceptEx has connected wants SO_UPDATE_ACCEPT_CONTEXT first";
        return Err(refuse(WsaError::WSAEINVAL, "F297", why));
    }
    let named = |facts: Facts| facts.any(facts::BOUND | facts::CONNECTED | facts::CONNECTING);
    let local = socket.facts().provider().is_local();
    if !local && !named(socket.facts()) && !named(lifecycle::refresh_names(socket)) {
        return Err(refuse(WsaError::WSAEINVAL, "F028", "the socket has no name yet"));
    }
    sys::local_name(socket.fd()).map_err(|errno| code_of(errno, Operation::Name, socket.facts().provider()))
}

/// getpeername.
pub(crate) fn peer_name(socket: &Socket) -> Result<HostAddr, WsaError> {
    let facts = settle(socket);
    if !is_known_to_be_connected(socket, facts) {
        return Err(refuse(WsaError::WSAENOTCONN, "F027", "there is no peer"));
    }
    sys::peer_name(socket.fd()).map_err(|errno| code_of(errno, Operation::Name, facts.provider()))
}
