//! What the exported functions do once layers are installed: each goes by the procedure table of the socket's
//! provider, with the caller's own arguments.
//!
//! Functions that have no entry of their own become the entry that Windows has for them: recv is WSPRecv with one
//! buffer. What such a function says differently from its entry is said here, and nothing else.
#![allow(unsafe_code)] // The C border: calls through procedure tables.
#![allow(non_snake_case)] // The functions are called as those they stand for.

use core::ffi::c_void;
use std::cell::Cell;
use std::ptr::{null, null_mut};
use std::sync::{Arc, Mutex, PoisonError};

use super::calls::*;
use super::catalog::{self, Item};
use super::chain::{self, Provider};
use super::tables::Width;
use super::wishes::{self, Wishes};
use super::{thread, trace};
use crate::error::WsaError;
use crate::ffi::border;
use crate::ffi::memory::{get, has_room, is_bad, is_writable, put};
use crate::ffi::winsock::names::{base_address_to_string, base_string_to_address};
use crate::ffi::winsock::protocol_info::{self, Info, NameUnit, Record};
use crate::ffi::winsock::select::Time;
use crate::ffi::winsock::{extensions, options, sockets};
use crate::socket::{catalog as protocols, facts, startup, table};
use crate::sys::memory;
use crate::windows::consts::*;
use crate::windows::foundation::*;
use crate::windows::types::*;
use crate::windows::user::HWND;

thread_local! {
    static CALLED_AS: Cell<&'static str> = const { Cell::new("") };
}

/// The name of the Windows function by which the program made the call that the calling thread is in: `recv`,
/// where a layer sees WSPRecv. Empty where no program's call is under way.
pub fn called_as() -> &'static str {
    CALLED_AS.try_with(Cell::get).unwrap_or("")
}

/// A program's call on its way to a provider.
struct Call {
    provider: Arc<Provider>,
    outer: &'static str,
    /// What a layer has wished for that makes a call of its own before it passes on the one that it is in.
    wishes: Wishes,
}

impl Call {
    /// A call on a socket.
    fn on(s: SOCKET, name: &'static str) -> Self {
        Self::to(chain::provider_of(s), name)
    }

    fn to(provider: Arc<Provider>, name: &'static str) -> Self {
        let outer = CALLED_AS.try_with(|called_as| called_as.replace(name)).unwrap_or("");
        Self { provider, outer, wishes: wishes::set_aside() }
    }

    /// The provider, for arguments without wide characters.
    fn next(&self) -> Next<'_> {
        self.next_for(Width::Two)
    }

    fn next_for(&self, width: Width) -> Next<'_> {
        Next::top(&self.provider.tables, width)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // What a layer wished for an operation that then did not begin concerns no later one.
        wishes::put_back(std::mem::take(&mut self.wishes));
        let _ = CALLED_AS.try_with(|called_as| called_as.set(self.outer));
    }
}

/// A function that is the entry of the same arguments.
macro_rules! same {
    ($($name:ident = $method:ident $call:ident ($($arg:ident: $type:ty),*) $({ $($extra:ident: $value:expr),* })? -> $result:ty;)*) => {
        $(
            /// # Safety
            /// The arguments are those of the function.
            #[cold]
            #[allow(clippy::too_many_arguments)]
            pub(in crate::ffi) unsafe fn $name(s: SOCKET, $($arg: $type),*) -> Result<$result, WsaError> {
                let door = Call::on(s, stringify!($name));
                // SAFETY: the caller's promise.
                unsafe { door.next().$method($call { s, $($arg,)* $($($extra: $value),*)? }) }
            }
        )*
    };
}

same! {
    bind = bind Bind (name: *const SOCKADDR, namelen: i32) -> i32;
    connect = connect Connect (name: *const SOCKADDR, namelen: i32)
        { caller_data: null(), callee_data: null_mut(), qos: null(), group_qos: null() } -> i32;
    WSAConnect = connect Connect (name: *const SOCKADDR, namelen: i32, caller_data: *const WSABUF, callee_data: *mut WSABUF, qos: *const QOS, group_qos: *const QOS) -> i32;
    listen = listen Listen (backlog: i32) -> i32;
    shutdown = shutdown Shutdown (how: i32) -> i32;
    getsockname = get_sock_name GetSockName (name: *mut SOCKADDR, namelen: *mut i32) -> i32;
    getpeername = get_peer_name GetPeerName (name: *mut SOCKADDR, namelen: *mut i32) -> i32;
    WSAEventSelect = event_select EventSelect (event: WSAEVENT, events: i32) -> i32;
    WSAAsyncSelect = async_select AsyncSelect (window: HWND, message: u32, events: i32) -> i32;
    WSARecvDisconnect = recv_disconnect RecvDisconnect (data: *const WSABUF) -> i32;
    WSASendDisconnect = send_disconnect SendDisconnect (data: *const WSABUF) -> i32;
    WSAJoinLeaf = join_leaf JoinLeaf (name: *const SOCKADDR, namelen: i32, caller_data: *const WSABUF, callee_data: *mut WSABUF, qos: *const QOS, group_qos: *const QOS, flags: u32) -> SOCKET;
    WSAGetOverlappedResult = get_overlapped_result GetOverlappedResult (overlapped: *const OVERLAPPED, transferred: *mut u32, wait: BOOL, flags: *mut u32) -> BOOL;
    WSARecv = recv Recv (buffers: *const WSABUF, count: u32, received: *mut u32, flags: *mut u32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE)
        { thread: thread::own() } -> i32;
    WSARecvFrom = recv_from RecvFrom (buffers: *const WSABUF, count: u32, received: *mut u32, flags: *mut u32, from: *mut SOCKADDR, fromlen: *mut i32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE)
        { thread: thread::own() } -> i32;
    WSASend = send Send (buffers: *const WSABUF, count: u32, sent: *mut u32, flags: u32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE)
        { thread: thread::own() } -> i32;
    WSASendTo = send_to SendTo (buffers: *const WSABUF, count: u32, sent: *mut u32, flags: u32, to: *const SOCKADDR, tolen: i32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE)
        { thread: thread::own() } -> i32;
    WSAIoctl = ioctl Ioctl (code: u32, input: *const c_void, input_length: u32, output: *mut c_void, output_length: u32, returned: *mut u32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE)
        { thread: thread::own() } -> i32;
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn WSAEnumNetworkEvents(
    s: SOCKET,
    event: WSAEVENT,
    events: *mut WSANETWORKEVENTS,
) -> Result<i32, WsaError> {
    let door = Call::on(s, "WSAEnumNetworkEvents");
    // SAFETY: the caller's promise.
    unsafe { door.next().enum_network_events(EnumNetworkEvents { s, event: event as HANDLE, events }) }
}

/// socket and WSASocket: chooses the catalogue entry, and has its provider make the socket.
///
/// # Safety
/// `info` is NULL, bad, or a record whose name has any width.
#[cold]
pub(in crate::ffi) unsafe fn socket(
    name: &'static str,
    (family, socket_type, protocol): (i32, i32, i32),
    info: *const Record,
    group: u32,
    flags: u32,
) -> Result<SOCKET, WsaError> {
    let given = match info.is_null() {
        true => None,
        // SAFETY: the caller's promise.
        false => Some(unsafe { get(info) }?),
    };
    let Some(mut item) = chosen((family, socket_type, protocol), given.as_ref())? else {
        // SAFETY: the caller's promise. Nothing fits, or nothing lies over what does.
        let made = unsafe { sockets::base_socket(family, socket_type, protocol, info, flags) };
        let made = made.inspect_err(|error| {
            let info = info.cast();
            trace::refused_socket(
                name,
                &Socket { family, socket_type, protocol, info, group, flags },
                *error,
            );
        })?;
        chain::own(made, &chain::base_provider());
        return Ok(made);
    };
    // What WSADuplicateSocket has left for the provider is in the program's record.
    item.info.record.ticket = given.map_or(0, |record| record.ticket);
    let provider = chain::load(&item)?;
    let door = Call::to(Arc::clone(&provider), name);
    let next = door.next();
    let mut record = [0u64; protocol_info::size::<u32>().div_ceil(8)];
    // SAFETY: it has room for the widest name.
    unsafe { write_record(&item.info, &next, record.as_mut_ptr().cast()) };
    let info = record.as_ptr().cast();
    // SAFETY: the record outlives the call.
    let made = unsafe { next.socket(Socket { family, socket_type, protocol, info, group, flags }) }?;
    chain::own(made, &provider);
    Ok(made)
}

/// The entry that is asked for by three numbers and a record; None is the base provider's own.
fn chosen(
    (family, socket_type, protocol): (i32, i32, i32),
    given: Option<&Record>,
) -> Result<Option<Item>, WsaError> {
    if given.is_some_and(|record| family <= 0 && record.family <= 0) {
        // F291: a record that says nothing; the base provider refuses it.
        return Ok(None);
    }
    if let Some(item) = given.and_then(|record| catalog::find(record.catalog_entry)) {
        // What stands in chains only makes no sockets.
        return if item.info.record.chain.ChainLen > 0 { Ok(Some(item)) } else { Err(WsaError::WSAEINVAL) };
    }
    let or = |asked: i32, recorded: fn(&Record) -> i32| match given {
        Some(record) if asked == 0 || asked == FROM_PROTOCOL_INFO => recorded(record),
        _ => asked,
    };
    let wanted = (or(family, |r| r.family), or(socket_type, |r| r.socket_type), or(protocol, |r| r.protocol));
    Ok(match protocols::choose(wanted.0, wanted.1, wanted.2) {
        // A record of the base provider's asks for that, but for what lies over everything.
        Ok((provider, _)) if given.is_some() => catalog::wrap_over(provider),
        Ok((provider, _)) => catalog::entry_over(provider, wanted),
        Err(_) => catalog::entry_besides(wanted),
    })
}

/// # Safety
/// `to` has room for a record of the provider's width.
unsafe fn write_record(info: &Info, next: &Next<'_>, to: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe {
        match next.width() {
            4 => info.write::<u32>(to),
            _ => info.write::<u16>(to),
        }
    }
}

/// # Safety
/// The arguments are those of accept.
#[cold]
pub(in crate::ffi) unsafe fn accept(
    s: SOCKET,
    addr: *mut SOCKADDR,
    addrlen: *mut i32,
) -> Result<SOCKET, WsaError> {
    // SAFETY: the caller's promise.
    unsafe { accept_as("accept", Accept { s, addr, addrlen, condition: None, callback_data: 0 }) }
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn WSAAccept(
    s: SOCKET,
    addr: *mut SOCKADDR,
    addrlen: *mut i32,
    condition: LPCONDITIONPROC,
    callback_data: usize,
) -> Result<SOCKET, WsaError> {
    // SAFETY: the caller's promise.
    unsafe { accept_as("WSAAccept", Accept { s, addr, addrlen, condition, callback_data }) }
}

/// # Safety
/// The call's pointers are as WSPAccept takes them.
unsafe fn accept_as(name: &'static str, call: Accept) -> Result<SOCKET, WsaError> {
    let door = Call::on(call.s, name);
    // SAFETY: the caller's promise.
    let made = unsafe { door.next().accept(call) }?;
    // One that nobody has made by way of a chain has none, and neither has what it accepts.
    let provider = chain::entry_of(call.s).map_or_else(chain::base_provider, |_| Arc::clone(&door.provider));
    chain::own(made, &provider);
    Ok(made)
}

/// # Safety
/// None of its own.
#[cold]
pub(in crate::ffi) unsafe fn closesocket(s: SOCKET) -> Result<i32, WsaError> {
    let door = Call::on(s, "closesocket");
    let turn = chain::turn_of(s);
    // SAFETY: the number is the caller's.
    let closed = unsafe { door.next().close_socket(CloseSocket { s }) }?;
    chain::disown(s, turn);
    Ok(closed)
}

/// One buffer of the caller's. A length below 0 is that of no memory (F013).
fn one(buf: *mut u8, len: i32) -> WSABUF {
    match u32::try_from(len) {
        Ok(len) => WSABUF { len, buf },
        Err(_) => WSABUF { len: u32::MAX, buf: null_mut() },
    }
}

/// What recv and recvfrom say of WSPRecv's answer: a part that was not asked for is an error, the end is 0 bytes.
fn received(answer: Result<i32, WsaError>, asked: i32, flags: u32, bytes: u32) -> Result<i32, WsaError> {
    match answer {
        Ok(_) if flags & MSG_PARTIAL != 0 && asked as u32 & MSG_PARTIAL == 0 => Err(WsaError::WSAEMSGSIZE),
        Ok(_) => Ok(bytes as i32),
        Err(WsaError::WSAEDISCON) => Ok(0),
        Err(error) => Err(error),
    }
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn recv(s: SOCKET, buf: *mut u8, len: i32, flags: i32) -> Result<i32, WsaError> {
    let door = Call::on(s, "recv");
    let (buffer, mut bytes, mut told) = (one(buf, len), 0, flags as u32);
    let call = Recv {
        s,
        buffers: &raw const buffer,
        count: 1,
        received: &raw mut bytes,
        flags: &raw mut told,
        overlapped: null_mut(),
        routine: None,
        thread: thread::own(),
    };
    // SAFETY: the caller's promise.
    let answer = unsafe { door.next().recv(call) };
    received(answer, flags, told, bytes)
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn recvfrom(
    s: SOCKET,
    buf: *mut u8,
    len: i32,
    flags: i32,
    from: *mut SOCKADDR,
    fromlen: *mut i32,
) -> Result<i32, WsaError> {
    let door = Call::on(s, "recvfrom");
    let (buffer, mut bytes, mut told) = (one(buf, len), 0, flags as u32);
    let call = RecvFrom {
        s,
        buffers: &raw const buffer,
        count: 1,
        received: &raw mut bytes,
        flags: &raw mut told,
        from,
        fromlen,
        overlapped: null_mut(),
        routine: None,
        thread: thread::own(),
    };
    // SAFETY: the caller's promise.
    let answer = unsafe { door.next().recv_from(call) };
    received(answer, flags, told, bytes)
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn WSARecvEx(
    s: SOCKET,
    buf: *mut u8,
    len: i32,
    flags: *mut i32,
) -> Result<i32, WsaError> {
    let door = Call::on(s, "WSARecvEx");
    let (buffer, mut bytes, mut told) = (one(buf, len), 0, 0u32);
    // One that is no pointer is told of where the entry looks at it.
    let flags_to = if is_writable(flags) { &raw mut told } else { null_mut() };
    let call = Recv {
        s,
        buffers: &raw const buffer,
        count: 1,
        received: &raw mut bytes,
        flags: flags_to,
        overlapped: null_mut(),
        routine: None,
        thread: thread::own(),
    };
    // SAFETY: the caller's promise.
    let answer = match unsafe { door.next().recv(call) } {
        // G067. Where the whole message stays queued, to say that a part was received would be to give it twice.
        Err(WsaError::WSAEMSGSIZE) if !is_reliable(s) => {
            told = MSG_PARTIAL;
            Ok(0)
        }
        Err(WsaError::WSAEDISCON) => Ok(0),
        answer => answer,
    };
    answer?;
    // SAFETY: the caller's promise.
    unsafe { put(flags, (told & MSG_PARTIAL) as i32) }?;
    Ok(bytes as i32)
}

fn is_reliable(s: SOCKET) -> bool {
    table::enter(s).is_ok_and(|socket| socket.facts().any(facts::RELIABLE))
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn send(s: SOCKET, buf: *const u8, len: i32, flags: i32) -> Result<i32, WsaError> {
    let door = Call::on(s, "send");
    let (buffer, mut sent) = (one(buf.cast_mut(), len), 0);
    let call = Send {
        s,
        buffers: &raw const buffer,
        count: 1,
        sent: &raw mut sent,
        flags: flags as u32,
        overlapped: null_mut(),
        routine: None,
        thread: thread::own(),
    };
    // SAFETY: the caller's promise.
    unsafe { door.next().send(call) }.map(|_| sent as i32)
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn sendto(
    s: SOCKET,
    buf: *const u8,
    len: i32,
    flags: i32,
    to: *const SOCKADDR,
    tolen: i32,
) -> Result<i32, WsaError> {
    let door = Call::on(s, "sendto");
    let (buffer, mut sent) = (one(buf.cast_mut(), len), 0);
    let call = SendTo {
        s,
        buffers: &raw const buffer,
        count: 1,
        sent: &raw mut sent,
        flags: flags as u32,
        to,
        tolen,
        overlapped: null_mut(),
        routine: None,
        thread: thread::own(),
    };
    // SAFETY: the caller's promise.
    unsafe { door.next().send_to(call) }.map(|_| sent as i32)
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn ioctlsocket(s: SOCKET, cmd: i32, argp: *mut u32) -> Result<i32, WsaError> {
    let door = Call::on(s, "ioctlsocket");
    let known = matches!(cmd, FIONBIO | FIONREAD | SIOCATMARK);
    if known && is_bad(argp) && chain::entry_of(s).is_none() {
        table::enter(s)?;
        return Err(WsaError::WSAEFAULT);
    }
    let mut returned = 0;
    let call = Ioctl {
        s,
        code: cmd as u32,
        input: argp.cast(),
        input_length: 4,
        output: if cmd == FIONBIO { null_mut() } else { argp.cast() },
        output_length: if cmd == FIONBIO { 0 } else { 4 },
        returned: &raw mut returned,
        overlapped: null_mut(),
        routine: None,
        thread: thread::own(),
    };
    // SAFETY: the caller's promise.
    unsafe { door.next().ioctl(call) }.map(|_| 0)
}

/// getsockopt for names of units of `T`.
///
/// # Safety
/// The arguments are those of getsockopt.
#[cold]
pub(in crate::ffi) unsafe fn getsockopt<T: NameUnit>(
    s: SOCKET,
    level: i32,
    name: i32,
    value: PSTR,
    length: *mut i32,
) -> Result<i32, WsaError> {
    if level == SOL_SOCKET && name == SO_OPENTYPE {
        // It is the thread's, and no provider's (F010).
        // SAFETY: the caller's promise.
        return unsafe { options::base_get_sock_opt::<T>(s, level, name, value, length) };
    }
    let door = Call::on(s, "getsockopt");
    let next = door.next_for(Width::of_unit::<T>());
    let call = GetSockOpt { s, level, name, value, length };
    if level != SOL_SOCKET || name != SO_PROTOCOL_INFOW || next.width() == size_of::<T>() {
        // SAFETY: the caller's promise.
        return unsafe { next.get_sock_opt(call) };
    }
    // The provider's wide characters have another width than the program's.
    // SAFETY: the caller's promise.
    let room = unsafe { get(length) }?;
    let (size, mut other) = (protocol_info::size::<T>(), [0u64; protocol_info::size::<u32>().div_ceil(8)]);
    if usize::try_from(room).is_ok_and(|room| room < size) || !has_room(value, size) {
        // SAFETY: the caller's promise.
        unsafe { put(length, size as i32) }?;
        return Err(WsaError::WSAEFAULT);
    }
    let mut own = size_of_val(&other) as i32;
    let call = GetSockOpt { value: other.as_mut_ptr().cast(), length: &raw mut own, ..call };
    // SAFETY: both places are our own; what was written is a record of the provider's width.
    unsafe {
        next.get_sock_opt(call)?;
        read_record(&next, other.as_ptr().cast()).write::<T>(value);
    }
    Ok(0)
}

/// # Safety
/// `from` is a record of the provider's width.
unsafe fn read_record(next: &Next<'_>, from: *const u8) -> Info {
    // SAFETY: the caller's promise.
    unsafe {
        match next.width() {
            4 => Info::read::<u32>(from),
            _ => Info::read::<u16>(from),
        }
    }
}

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn setsockopt(
    s: SOCKET,
    level: i32,
    name: i32,
    value: PCSTR,
    length: i32,
) -> Result<i32, WsaError> {
    if level == SOL_SOCKET && name == SO_OPENTYPE {
        // It is the thread's, and no provider's (F010).
        // SAFETY: the caller's promise.
        return unsafe { options::base_set_sock_opt(s, level, name, value, length) };
    }
    let door = Call::on(s, "setsockopt");
    // SAFETY: the caller's promise.
    unsafe { door.next().set_sock_opt(SetSockOpt { s, level, name, value, length }) }
}

/// WSADuplicateSocket for names of units of `T`.
///
/// # Safety
/// The arguments are those of WSADuplicateSocket.
#[cold]
pub(in crate::ffi) unsafe fn WSADuplicateSocket<T: NameUnit>(
    s: SOCKET,
    process_id: u32,
    info: *mut u8,
) -> Result<i32, WsaError> {
    let door = Call::on(s, "WSADuplicateSocket");
    let next = door.next_for(Width::of_unit::<T>());
    let call = |info: *mut u8| DuplicateSocket { s, process_id, info: info.cast() };
    if next.width() == size_of::<T>() || !has_room(info, protocol_info::size::<T>()) {
        // SAFETY: the caller's promise; one that is too short is told of by the provider.
        return unsafe { next.duplicate_socket(call(info)) };
    }
    let mut other = [0u64; protocol_info::size::<u32>().div_ceil(8)];
    // SAFETY: the place has room for the widest name; what was written is a record of the provider's width.
    unsafe {
        next.duplicate_socket(call(other.as_mut_ptr().cast()))?;
        read_record(&next, other.as_ptr().cast()).write::<T>(info);
    }
    Ok(0)
}

/// The first socket of the first set that has any: Windows has its provider asked.
pub(super) fn first_member(sets: [*mut FD_SET; 3]) -> Option<SOCKET> {
    sets.into_iter().find_map(|set| {
        let first = std::mem::offset_of!(FD_SET, fd_array);
        if set.is_null() || !memory::is_readable(set as usize, first + size_of::<SOCKET>()) {
            return None;
        }
        // SAFETY: it was found to be readable as far as the first member.
        let (count, member) = unsafe {
            (
                set.cast::<u32>().read_unaligned(),
                set.cast::<u8>().add(first).cast::<SOCKET>().read_unaligned(),
            )
        };
        (count > 0).then_some(member)
    })
}

/// # Safety
/// The arguments are those of select.
#[cold]
pub(in crate::ffi) unsafe fn select(
    count: i32,
    [read, write, except]: [*mut FD_SET; 3],
    timeout: Time,
) -> Result<i32, WsaError> {
    let provider = match first_member([read, write, except]) {
        Some(s) => chain::provider_of(s),
        None => chain::provider_of_none(),
    };
    let door = Call::to(provider, "select");
    let time = timeout.map(|(seconds, microseconds)| libc::timeval {
        tv_sec: seconds as libc::time_t,
        tv_usec: microseconds as libc::suseconds_t,
    });
    let timeout = time.as_ref().map_or(null(), |time| (&raw const *time).cast());
    // SAFETY: the caller's promise.
    unsafe { door.next().select(Select { count, read, write, except, timeout }) }
}

/// WSAAddressToString for text of units of `T`. A provider whose wide characters have another width is not asked.
///
/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn address_to_string<T: NameUnit>(
    address: *const SOCKADDR,
    address_length: u32,
    info: *const Record,
    text: *mut T,
    text_length: *mut u32,
) -> Result<i32, WsaError> {
    let door = Call::to(chain::provider_of_none(), "WSAAddressToString");
    let next = door.next_for(Width::of_unit::<T>());
    if next.width() != size_of::<T>() {
        // SAFETY: the caller's promise.
        return unsafe { base_address_to_string(address, address_length, info, text, text_length) };
    }
    let (info, text) = (info.cast(), text.cast());
    // SAFETY: the caller's promise.
    unsafe { next.address_to_string(AddressToString { address, address_length, info, text, text_length }) }
}

/// WSAStringToAddress for text of units of `T`. A provider whose wide characters have another width is not asked.
///
/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn string_to_address<T: NameUnit>(
    text: *const T,
    family: i32,
    info: *const Record,
    address: *mut SOCKADDR,
    length: *mut i32,
) -> Result<i32, WsaError> {
    let door = Call::to(chain::provider_of_none(), "WSAStringToAddress");
    let next = door.next_for(Width::of_unit::<T>());
    if next.width() != size_of::<T>() {
        // SAFETY: the caller's promise.
        return unsafe { base_string_to_address(text, family, info, address, length) };
    }
    let (text, info) = (text.cast(), info.cast());
    // SAFETY: the caller's promise.
    unsafe { next.string_to_address(StringToAddress { text, family, info, address, length }) }
}

/// AcceptEx, which is asked for by SIO_GET_EXTENSION_FUNCTION_POINTER as Windows' own does.
///
/// # Safety
/// The arguments are those of the function.
#[cold]
#[allow(clippy::too_many_arguments)]
pub(in crate::ffi) unsafe fn AcceptEx(
    listener: SOCKET,
    accepting: SOCKET,
    output: *mut c_void,
    data_length: u32,
    local_length: u32,
    remote_length: u32,
    received: *mut u32,
    overlapped: *mut OVERLAPPED,
) -> BOOL {
    type Function = unsafe extern "system" fn(
        SOCKET,
        SOCKET,
        *mut c_void,
        u32,
        u32,
        u32,
        *mut u32,
        *mut OVERLAPPED,
    ) -> BOOL;
    let asked = border::quiet(Err(WsaError::WSASYSCALLFAILURE), || {
        startup::require()?;
        let door = Call::on(listener, "AcceptEx");
        let (name, mut address, mut returned) = (WSAID_ACCEPTEX, 0usize, 0);
        let call = Ioctl {
            s: listener,
            code: SIO_GET_EXTENSION_FUNCTION_POINTER,
            input: (&raw const name).cast(),
            input_length: size_of::<GUID>() as u32,
            output: (&raw mut address).cast(),
            output_length: size_of::<usize>() as u32,
            returned: &raw mut returned,
            overlapped: null_mut(),
            routine: None,
            thread: thread::own(),
        };
        // SAFETY: all of it is our own.
        unsafe { door.next().ioctl(call) }.map(|_| address)
    });
    let function: Function = match asked {
        // SAFETY: the provider gave it for this function.
        Ok(address) if address != 0 => unsafe { std::mem::transmute::<usize, Function>(address) },
        // It says itself what is wrong with the socket, and how far it came (F029).
        _ => extensions::base_accept_ex,
    };
    // SAFETY: the caller's promise.
    unsafe {
        function(listener, accepting, output, data_length, local_length, remote_length, received, overlapped)
    }
}

/// WSACleanup: the last one has every provider cleaned up first.
#[cold]
pub(in crate::ffi) fn WSACleanup() -> Result<i32, WsaError> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if startup::is_last()? {
        chain::cleanup();
    }
    startup::stop().map(|()| 0)
}

/// Cleans a provider up. Nobody is told of a failure.
pub(super) fn clean_up(provider: &Arc<Provider>) {
    let door = Call::to(Arc::clone(provider), "WSACleanup");
    // SAFETY: the entry takes nothing.
    let _ = unsafe { door.next().cleanup(Cleanup {}) };
}

/// None of its own: it takes nothing.
#[cold]
pub(in crate::ffi) fn WSACancelBlockingCall() -> Result<i32, WsaError> {
    startup::require_started()?;
    let door = Call::to(chain::provider_of_none(), "WSACancelBlockingCall");
    // SAFETY: the entry takes nothing.
    unsafe { door.next().cancel_blocking_call(CancelBlockingCall {}) }
}
