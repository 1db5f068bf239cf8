//! Options that are more than a number kept or handed to the host.

use std::time::Instant;

use super::{failure, get_from_host, set_on_host};
use crate::error::WsaError;
use crate::socket::facts;
use crate::socket::table::{self, Socket};
use crate::socket::{connection, lifecycle, passing, urgent};
use crate::sys::host_option as at;
use crate::sys::{self, At};
use crate::windows::consts as w;

type Value = Result<i32, WsaError>;
type Done = Result<(), WsaError>;

pub(super) fn kept(socket: &Socket, level: i32, name: i32) -> Option<i32> {
    socket.read_rare(|rare| rare.option(level, name))
}

pub(super) fn keep(socket: &Socket, level: i32, name: i32, value: i32) {
    socket.with_rare(|rare| rare.set_option(level, name, value));
}

/// IPV6_V6ONLY. IPv4 sockets have it as well, and it does nothing there.
pub(super) fn v6_only(socket: &Socket) -> Value {
    if socket.facts().provider().is_ipv6() {
        return get_from_host(socket, at::IPV6_ONLY);
    }
    Ok(kept(socket, w::IPPROTO_IPV6, w::IPV6_V6ONLY).unwrap_or(1))
}

pub(super) fn set_v6_only(socket: &Socket, value: i32) -> Done {
    if socket.facts().provider().is_ipv6() {
        return set_on_host(socket, at::IPV6_ONLY, value);
    }
    keep(socket, w::IPPROTO_IPV6, w::IPV6_V6ONLY, value);
    Ok(())
}

fn is_tcp(socket: &Socket) -> bool {
    let provider = socket.facts().provider();
    provider.is_stream() && !provider.is_local()
}

/// For options that can only be read.
pub(super) fn unsettable(_: &Socket, _: i32) -> Done {
    Err(WsaError::WSAENOPROTOOPT)
}

// What the socket is.

/// SO_ERROR is ours alone: what an asynchronous failure or the program put there, until a connect
/// succeeds (F262–F264). A reset is not told here (F146).
pub(super) fn error(socket: &Socket) -> Value {
    connection::settle(socket);
    Ok(socket.read_rare(|rare| rare.so_error))
}

pub(super) fn set_error(socket: &Socket, value: i32) -> Done {
    socket.with_rare(|rare| rare.so_error = value);
    Ok(())
}

pub(super) fn socket_type(socket: &Socket) -> Value {
    Ok(socket.facts().provider().socket_type)
}

/// F276, F277.
pub(super) fn set_socket_type(socket: &Socket, _: i32) -> Done {
    let stream = socket.facts().any(facts::STREAM);
    Err(if stream { WsaError::WSAENOPROTOOPT } else { WsaError::WSAEINVAL })
}

pub(super) fn listening(socket: &Socket) -> Value {
    let known = socket.facts().any(facts::LISTENING);
    Ok(i32::from(known || lifecycle::refresh_names(socket).any(facts::LISTENING)))
}

pub(super) fn message_size(socket: &Socket) -> Value {
    let provider = socket.facts().provider();
    if !provider.is_local() {
        return Ok(provider.message_size as i32);
    }
    let most = sys::longest_message(socket.fd()).map_err(|errno| failure(socket, errno))?;
    Ok(i32::try_from(most).unwrap_or(i32::MAX))
}

/// SO_CONNECT_TIME: whole seconds, or all bits without a connection (F280).
pub(super) fn connect_time(socket: &Socket) -> Value {
    let connected = connection::settle(socket).has(facts::CIRCUIT | facts::CONNECTED);
    if !connected {
        return Ok(-1);
    }
    // A connection that the program made without this library counts from its first look.
    let since = socket.with_rare(|rare| *rare.connected_at.get_or_insert_with(Instant::now));
    Ok(i32::try_from(since.elapsed().as_secs()).unwrap_or(i32::MAX))
}

// Timeouts, in milliseconds. The host's are not used, for their readers would see the host's error; but on a
// descriptor of the program's own they are kept alike.

pub(super) fn receive_timeout(socket: &Socket) -> Value {
    Ok(socket.receive_timeout() as i32)
}

pub(super) fn set_receive_timeout(socket: &Socket, value: i32) -> Done {
    socket.set_receive_timeout(value as u32);
    passing::give_receive_timeout(socket);
    Ok(())
}

pub(super) fn send_timeout(socket: &Socket) -> Value {
    Ok(socket.send_timeout() as i32)
}

pub(super) fn set_send_timeout(socket: &Socket, value: i32) -> Done {
    socket.set_send_timeout(value as u32);
    passing::give_send_timeout(socket);
    Ok(())
}

// Buffers (F275).

/// The hosts need some room to move anything at all; Windows can do without (F046).
const LEAST_BUFFER: i32 = 4096;

fn set_buffer(socket: &Socket, name: i32, at: Option<At>, value: i32) -> Done {
    let mut size = i32::try_from(value as u32).unwrap_or(i32::MAX);
    // 0 asks to do without a buffer, which the host cannot: it keeps the one that it has.
    while size > 0 {
        match sys::set_at(socket.fd(), at, size.max(LEAST_BUFFER)) {
            // A host that refuses what is too much, rather than giving what it can.
            Err(errno) if errno.0 == libc::ENOBUFS && size > LEAST_BUFFER => size /= 2,
            Err(errno) => return Err(failure(socket, errno)),
            Ok(()) => break,
        }
    }
    keep(socket, w::SOL_SOCKET, name, value);
    Ok(())
}

fn buffer(socket: &Socket, name: i32, at: Option<At>) -> Value {
    kept(socket, w::SOL_SOCKET, name).map_or_else(|| get_from_host(socket, at), Ok)
}

pub(super) fn receive_buffer(socket: &Socket) -> Value {
    buffer(socket, w::SO_RCVBUF, at::RECEIVE_BUFFER)
}

pub(super) fn set_receive_buffer(socket: &Socket, value: i32) -> Done {
    set_buffer(socket, w::SO_RCVBUF, at::RECEIVE_BUFFER, value)
}

pub(super) fn send_buffer(socket: &Socket) -> Value {
    buffer(socket, w::SO_SNDBUF, at::SEND_BUFFER)
}

pub(super) fn set_send_buffer(socket: &Socket, value: i32) -> Done {
    set_buffer(socket, w::SO_SNDBUF, at::SEND_BUFFER, value)
}

// Lingering. The two numbers of LINGER are the halves of the value, l_onoff below.

pub(super) fn linger(socket: &Socket) -> Value {
    if let Some(value) = kept(socket, w::SOL_SOCKET, w::SO_LINGER) {
        return Ok(value);
    }
    let (on, seconds) = sys::linger(socket.fd()).map_err(|errno| failure(socket, errno))?;
    Ok(i32::from(on) | (i32::from(seconds) << 16))
}

/// Kept as it was given: any number that is not 0 is on, and reads back as that number (F269).
pub(super) fn set_linger(socket: &Socket, value: i32) -> Done {
    let (on, seconds) = (value & 0xffff != 0, ((value as u32) >> 16) as u16);
    sys::set_linger(socket.fd(), on, seconds).map_err(|errno| failure(socket, errno))?;
    keep(socket, w::SOL_SOCKET, w::SO_LINGER, value);
    Ok(())
}

pub(super) fn dont_linger(socket: &Socket) -> Value {
    Ok(i32::from(linger(socket)? & 0xffff == 0))
}

pub(super) fn set_dont_linger(socket: &Socket, value: i32) -> Done {
    let seconds = linger(socket)? & !0xffff;
    set_linger(socket, seconds | i32::from(value == 0))
}

// Sharing an address.

fn may_be_shared(socket: &Socket) -> bool {
    kept(socket, w::SOL_SOCKET, w::SO_REUSEADDR).is_some_and(|on| on != 0)
}

/// Windows' SO_REUSEADDR lets a socket have a port that another one has, too. For datagrams that is the
/// host's SO_REUSEADDR, and each member of a group gets each message; for streams the host calls it
/// SO_REUSEPORT, while its SO_REUSEADDR is what Windows does anyway. BSD hosts want both for groups.
fn share_on_host(socket: &Socket, on: i32) -> Done {
    let facts = socket.facts();
    if facts.provider().is_local() {
        return Ok(());
    }
    if facts.any(facts::STREAM) || cfg!(target_os = "macos") {
        set_on_host(socket, at::REUSE_PORT, on)?;
    }
    set_on_host(socket, at::REUSE_ADDRESS, on)
}

pub(super) fn reuse(socket: &Socket) -> Value {
    kept(socket, w::SOL_SOCKET, w::SO_REUSEADDR).map_or_else(|| get_from_host(socket, at::REUSE_ADDRESS), Ok)
}

/// A socket that has its address alone cannot share it.
pub(super) fn set_reuse(socket: &Socket, value: i32) -> Done {
    if value != 0 && exclusive(socket)? != 0 {
        return Err(WsaError::WSAEINVAL);
    }
    share_on_host(socket, value)?;
    keep(socket, w::SOL_SOCKET, w::SO_REUSEADDR, value);
    Ok(())
}

/// What the hosts do unless told to share.
pub(super) fn exclusive(socket: &Socket) -> Value {
    Ok(kept(socket, w::SOL_SOCKET, w::SO_EXCLUSIVEADDRUSE).unwrap_or(0))
}

pub(super) fn set_exclusive(socket: &Socket, value: i32) -> Done {
    if value != 0 && (may_be_shared(socket) || socket.facts().any(facts::BOUND)) {
        return Err(WsaError::WSAEINVAL);
    }
    keep(socket, w::SOL_SOCKET, w::SO_EXCLUSIVEADDRUSE, value);
    Ok(())
}

pub(super) fn reuse_multicast(socket: &Socket) -> Value {
    Ok(kept(socket, w::SOL_SOCKET, w::SO_REUSE_MULTICASTPORT).unwrap_or(0))
}

pub(super) fn set_reuse_multicast(socket: &Socket, value: i32) -> Done {
    share_on_host(socket, i32::from(value != 0 || may_be_shared(socket)))?;
    keep(socket, w::SOL_SOCKET, w::SO_REUSE_MULTICASTPORT, value);
    Ok(())
}

// Keep-alive. Windows' defaults in seconds and probes (G138); the hosts' are others.

pub(super) const KEEP_IDLE: i32 = 7200;
pub(super) const KEEP_INTERVAL: i32 = 1;
const KEEP_COUNT: i32 = 10;

pub(super) fn keep_alive(socket: &Socket) -> Value {
    get_from_host(socket, at::KEEP_ALIVE).map(|on| i32::from(on != 0))
}

pub(super) fn set_keep_alive(socket: &Socket, value: i32) -> Done {
    if value != 0 && is_tcp(socket) {
        let known = |name, unset| kept(socket, w::IPPROTO_TCP, name).unwrap_or(unset);
        set_on_host(socket, at::KEEP_IDLE, known(w::TCP_KEEPIDLE, KEEP_IDLE))?;
        set_on_host(socket, at::KEEP_INTERVAL, known(w::TCP_KEEPINTVL, KEEP_INTERVAL))?;
        set_on_host(socket, at::KEEP_COUNT, host_count(keep_count(socket)?))?;
    }
    set_on_host(socket, at::KEEP_ALIVE, value)?;
    if value != 0 {
        socket.set(facts::KEEPALIVE)
    } else {
        socket.clear(facts::KEEPALIVE)
    }
    Ok(())
}

pub(super) fn keep_count(socket: &Socket) -> Value {
    Ok(kept(socket, w::IPPROTO_TCP, w::TCP_KEEPCNT).unwrap_or(KEEP_COUNT))
}

/// Linux counts to 127.
fn host_count(count: i32) -> i32 {
    count.min(127)
}

pub(super) fn set_keep_count(socket: &Socket, value: i32) -> Done {
    if !(1..=255).contains(&value) {
        return Err(WsaError::WSAEINVAL);
    }
    set_on_host(socket, at::KEEP_COUNT, host_count(value))?;
    keep(socket, w::IPPROTO_TCP, w::TCP_KEEPCNT, value);
    Ok(())
}

/// SIO_KEEPALIVE_VALS, in milliseconds. The hosts count in seconds: what is less than one is one.
pub(in crate::socket) fn set_keep_alive_times(socket: &Socket, on: bool, idle: u32, interval: u32) -> Done {
    const MOST_SECONDS: u32 = 32767;
    let seconds = |ms: u32| ms.div_ceil(1000).clamp(1, MOST_SECONDS) as i32;
    if on {
        if idle == 0 || interval == 0 {
            return Err(WsaError::WSAEINVAL);
        }
        keep(socket, w::IPPROTO_TCP, w::TCP_KEEPIDLE, seconds(idle));
        keep(socket, w::IPPROTO_TCP, w::TCP_KEEPINTVL, seconds(interval));
    }
    set_keep_alive(socket, i32::from(on))
}

pub(super) fn segment(socket: &Socket) -> Value {
    get_from_host(socket, at::MAX_SEGMENT)
}

/// TCP_MAXRT in seconds; 0 is the host's own patience, -1 is for ever.
pub(super) fn retransmit(socket: &Socket) -> Value {
    Ok(kept(socket, w::IPPROTO_TCP, w::TCP_MAXRT).unwrap_or(0))
}

pub(super) fn set_retransmit(socket: &Socket, value: i32) -> Done {
    let units = match value {
        -1 => i32::MAX,
        0.. => i32::try_from(i64::from(value) * at::RETRANSMIT_UNITS).unwrap_or(i32::MAX),
        _ => return Err(WsaError::WSAEINVAL),
    };
    set_on_host(socket, at::RETRANSMIT_TIME, units)?;
    keep(socket, w::IPPROTO_TCP, w::TCP_MAXRT, value);
    Ok(())
}

// Out-of-band data, accepting.

pub(super) fn inline(socket: &Socket) -> Value {
    Ok(i32::from(socket.facts().any(facts::OOB_INLINE)))
}

pub(super) fn set_inline(socket: &Socket, value: i32) -> Done {
    urgent::set_inline(socket, value != 0).map_err(|errno| failure(socket, errno))
}

pub(super) fn conditional(socket: &Socket) -> Value {
    Ok(kept(socket, w::SOL_SOCKET, w::SO_CONDITIONAL_ACCEPT).unwrap_or(0))
}

/// The hosts have always answered the peer before accept. It cannot be changed once the socket listens.
pub(super) fn set_conditional(socket: &Socket, value: i32) -> Done {
    if socket.facts().any(facts::LISTENING) {
        return Err(WsaError::WSAEINVAL);
    }
    keep(socket, w::SOL_SOCKET, w::SO_CONDITIONAL_ACCEPT, value);
    Ok(())
}

/// SO_UPDATE_ACCEPT_CONTEXT: the accepted socket takes over what the listener has set (F284).
pub(super) fn update_accepted(socket: &Socket, bytes: &[u8]) -> Done {
    let mut handle = [0; size_of::<usize>()];
    handle.copy_from_slice(bytes);
    let listener = table::enter(usize::from_ne_bytes(handle))?;
    if !listener.facts().any(facts::LISTENING) {
        return Err(WsaError::WSAEINVAL);
    }
    if !socket.facts().any(facts::CONNECTED) {
        return Err(WsaError::WSAENOTCONN);
    }
    let options = listener.read_rare(|rare| rare.options.clone());
    socket.with_rare(|rare| rare.options = options);
    socket.set_receive_timeout(listener.receive_timeout());
    socket.set_send_timeout(listener.send_timeout());
    socket.set(facts::BOUND);
    socket.clear(facts::NO_CONTEXT);
    Ok(())
}

/// SO_UPDATE_CONNECT_CONTEXT: what ConnectEx connected is as if connect had.
pub(super) fn update_connected(socket: &Socket, _: &[u8]) -> Done {
    if !connection::settle(socket).any(facts::CONNECTED) {
        return Err(WsaError::WSAENOTCONN);
    }
    socket.clear(facts::NO_CONTEXT);
    Ok(())
}
