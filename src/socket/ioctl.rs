//! What the ioctls do to a socket; buffers, counts and OVERLAPPEDs are the border's business.

use super::datagrams::Datagrams;
use super::facts;
use super::lifecycle::{self, code_of};
use super::options;
use super::requests;
use super::table::Socket;
use super::{connection, icmp, messages, urgent};
use crate::error::WsaError;
use crate::platform::Operation;
use crate::sys::{self, Errno};

fn failure(socket: &Socket, errno: Errno) -> WsaError {
    if matches!(errno.0, libc::EBADF | libc::ENOTSOCK) {
        lifecycle::forget(socket);
    }
    code_of(errno, Operation::Control, socket.facts().provider())
}

/// FIONBIO.
pub(crate) fn set_nonblocking(socket: &Socket, on: bool) -> Result<(), WsaError> {
    let on_host = on || socket.facts().any(facts::HOST_NONBLOCKING);
    sys::set_nonblocking(socket.fd(), on_host).map_err(|errno| failure(socket, errno))?;
    if on {
        socket.set(facts::NONBLOCKING)
    } else {
        socket.clear(facts::NONBLOCKING)
    }
    Ok(())
}

/// FIONREAD: what receives could take now, of a datagram socket all messages together (F253, G226).
pub(crate) fn bytes_waiting(socket: &Socket) -> Result<u32, WsaError> {
    requests::looked_at(socket);
    let facts = connection::settle(socket);
    if facts.any(facts::CIRCUIT) {
        let connected = facts.any(facts::CONNECTED) || lifecycle::refresh_names(socket).any(facts::CONNECTED);
        if !connected {
            return Ok(0);
        }
    }
    let waiting = if facts.any(facts::RELIABLE) {
        reliable_bytes_waiting(socket)
    } else if facts.any(facts::STREAM) {
        if facts.any(facts::KEPT | facts::WATCHED) {
            urgent::bytes_waiting(socket)
        } else {
            sys::bytes_waiting(socket.fd())
        }
    } else {
        messages_waiting(socket)
    };
    waiting.map_err(|errno| failure(socket, errno))
}

fn reliable_bytes_waiting(socket: &Socket) -> Result<u32, Errno> {
    match messages::bytes_waiting(socket) {
        // To look was to take the host's note of it: receives are to fail all the same, and give nothing.
        Err(errno) if socket.facts().any(facts::CIRCUIT) && connection::broke(socket, errno).is_some() => {
            Ok(0)
        }
        answer => answer,
    }
}

fn messages_waiting(socket: &Socket) -> Result<u32, Errno> {
    let datagrams = Datagrams::of(socket);
    loop {
        let counted = {
            let _looks = datagrams.looks();
            sys::message_bytes_waiting(socket.fd())
        };
        match counted {
            // To look was to take the host's note of an ICMP error: the next receive is to tell of it.
            Err(errno) if icmp::is_report(errno) => icmp::met_by_send(socket, errno),
            Err(errno) if errno.interrupted() => {}
            answer => return answer,
        }
    }
}

/// SIOCATMARK: whether no out-of-band byte is waiting (F169); inline there is none, but for those that
/// came before (F175, F177).
pub(crate) fn is_at_mark(socket: &Socket) -> bool {
    let facts = connection::settle(socket);
    if !facts.has(facts::STREAM | facts::CONNECTED) || facts.provider().is_local() {
        return true;
    }
    urgent::wake_up();
    !urgent::is_waiting(socket)
}

/// SIO_UDP_CONNRESET: whether receives tell of port-unreachable messages (G041).
pub(crate) fn report_port_errors(socket: &Socket, on: bool) -> Result<(), WsaError> {
    report(socket, facts::NO_PORT_ERRORS, on)
}

/// SIO_UDP_NETRESET: whether receives tell of messages about the time to live (G044).
pub(crate) fn report_hop_errors(socket: &Socket, on: bool) -> Result<(), WsaError> {
    report(socket, facts::NO_HOP_ERRORS, on)
}

fn report(socket: &Socket, silence: u64, on: bool) -> Result<(), WsaError> {
    if !socket.facts().provider().is_udp() {
        return Err(WsaError::WSAENOPROTOOPT);
    }
    icmp::settle(socket);
    if on {
        socket.clear(silence)
    } else {
        socket.set(silence)
    }
    Ok(())
}

/// SIO_KEEPALIVE_VALS, in milliseconds.
pub(crate) fn set_keep_alive(socket: &Socket, on: bool, idle: u32, interval: u32) -> Result<(), WsaError> {
    let provider = socket.facts().provider();
    if !provider.is_stream() || provider.is_local() {
        return Err(WsaError::WSAENOPROTOOPT);
    }
    options::set_keep_alive_times(socket, on, idle, interval)
}

/// SIO_ENABLE_CIRCULAR_QUEUEING: accepted for messages that can be lost (F260). Which message is lost when there is no
/// room for all is the host's choice: it drops the newest.
pub(crate) fn enable_circular_queue(socket: &Socket) -> Result<(), WsaError> {
    let keeps_all = socket.facts().any(facts::STREAM | facts::RELIABLE);
    if keeps_all { Err(WsaError::WSAEOPNOTSUPP) } else { Ok(()) }
}
