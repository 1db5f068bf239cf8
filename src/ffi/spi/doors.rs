//! What the exported functions do once layers are installed: each goes by the procedure table of the socket's
//! provider, with the caller's own arguments.
//!
//! Functions that have no entry of their own become the entry that Windows has for them: recv is WSPRecv with one
//! buffer. What such a function says differently from its entry is said here, and nothing else.
#![allow(unsafe_code)] // The C border: calls through procedure tables.
#![allow(non_snake_case)] // The functions are called as those they stand for.

mod bytes;
mod widths;

use core::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::{Arc, OnceLock};

use super::calls::*;
use super::catalog::{self, Item};
use super::chain::{self, Functions, Provider};
use super::scope::Scope;
use super::tables::Width;
use super::{thread, trace};
use crate::error::WsaError;
use crate::ffi::border;
use crate::ffi::memory::get;
use crate::ffi::provider;
use crate::ffi::provider::protocol_info::{self, Info, Record};
use crate::ffi::provider::select::Time;
use crate::socket::{catalog as protocols, startup, table};
use crate::sys::memory;
use crate::win32::object::{self, Object};
use crate::windows::consts::*;
use crate::windows::foundation::*;
use crate::windows::types::*;
use crate::windows::user::HWND;

pub(in crate::ffi) use bytes::*;
pub(in crate::ffi) use widths::*;

/// A program's call on its way to a provider.
struct Call {
    provider: Arc<Provider>,
    _scope: Scope,
}

impl Drop for Call {
    fn drop(&mut self) {
        chain::left(&mut self.provider);
    }
}

impl Call {
    /// A call on a socket.
    fn on(s: SOCKET, name: &'static str) -> Self {
        Self::to(chain::provider_of(s), name)
    }

    fn to(provider: Arc<Provider>, name: &'static str) -> Self {
        let scope = Scope::enter(name, provider.entry);
        Self { provider, _scope: scope }
    }

    /// The provider, for arguments without wide characters.
    fn next(&self) -> Next<'_> {
        self.next_for(Width::Two)
    }

    fn next_for(&self, width: Width) -> Next<'_> {
        Next::top(&self.provider.tables, width)
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
    let chosen = || chosen((family, socket_type, protocol), given.as_ref());
    let Some((mut item, provider)) = chain::load_current(chosen)? else {
        // SAFETY: the caller's promise. Nothing fits, or nothing lies over what does.
        let made = unsafe { provider::sockets::wsa_socket(family, socket_type, protocol, info, flags) };
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

/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn ioctlsocket(s: SOCKET, cmd: i32, argp: *mut u32) -> Result<i32, WsaError> {
    let door = Call::on(s, "ioctlsocket");
    let is_own_handle = matches!(object::find(s), Some(Object::Layered(_)));
    if !is_own_handle && chain::entry_of(s).is_none_or(catalog::is_wrap) {
        // What a program hears of such a socket does not change because a layer lies over it.
        table::enter(s)?;
        // SAFETY: the caller's promise.
        unsafe { get(argp) }?;
        if !matches!(cmd, FIONBIO | FIONREAD | SIOCATMARK) {
            return Err(WsaError::WSAEOPNOTSUPP);
        }
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

/// The base provider's socket that WSAPoll has to look at for this one; one that no provider knows stays as it is.
pub(in crate::ffi) fn handle_to_poll(s: SOCKET) -> SOCKET {
    if chain::entry_of(s).is_none() || table::enter(s).is_ok() {
        return s;
    }
    let door = Call::on(s, "WSAPoll");
    let (mut handle, mut returned) = (INVALID_SOCKET, 0);
    let call = Ioctl {
        s,
        code: SIO_BSP_HANDLE_POLL,
        input: null(),
        input_length: 0,
        output: (&raw mut handle).cast(),
        output_length: size_of::<SOCKET>() as u32,
        returned: &raw mut returned,
        overlapped: null_mut(),
        routine: None,
        thread: thread::own(),
    };
    // SAFETY: all of it is our own.
    unsafe { door.next().ioctl(call) }.map_or(s, |_| handle)
}

/// The address of a function that the socket's provider has for it, which is asked for as Windows' own libraries do,
/// once; none if the provider has none, or the socket is none. It is no call of the program's.
fn extension(
    s: SOCKET,
    name: &'static str,
    id: GUID,
    known: fn(&Functions) -> &OnceLock<usize>,
) -> Option<usize> {
    let asked = border::quiet(Err(WsaError::WSASYSCALLFAILURE), || {
        startup::require()?;
        let provider = chain::provider_of(s);
        if let Some(&address) = known(&provider.functions).get() {
            return Ok(address);
        }
        let scope = Scope::enter_to_ask(name, provider.entry);
        let door = Call { provider, _scope: scope };
        let (mut address, mut returned) = (0usize, 0);
        let call = Ioctl {
            s,
            code: SIO_GET_EXTENSION_FUNCTION_POINTER,
            input: (&raw const id).cast(),
            input_length: size_of::<GUID>() as u32,
            output: (&raw mut address).cast(),
            output_length: size_of::<usize>() as u32,
            returned: &raw mut returned,
            overlapped: null_mut(),
            routine: None,
            thread: thread::own(),
        };
        // SAFETY: all of it is our own.
        unsafe { door.next().ioctl(call) }?;
        if address != 0 {
            // Somebody else may have been quicker, with the same answer.
            let _ = known(&door.provider.functions).set(address);
        }
        Ok(address)
    });
    asked.ok().filter(|&address| address != 0)
}

/// AcceptEx, by what SIO_GET_EXTENSION_FUNCTION_POINTER gives.
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
    let function: Function = match extension(listener, "AcceptEx", WSAID_ACCEPTEX, |known| &known.accept_ex) {
        // SAFETY: the provider gave it for this function.
        Some(address) => unsafe { std::mem::transmute::<usize, Function>(address) },
        // It says itself what is wrong with the socket, and how far it came (F029).
        None => provider::extensions::accept_ex,
    };
    // SAFETY: the caller's promise.
    unsafe {
        function(listener, accepting, output, data_length, local_length, remote_length, received, overlapped)
    }
}

/// WSASendMsg, by what SIO_GET_EXTENSION_FUNCTION_POINTER gives.
///
/// # Safety
/// The arguments are those of the function.
#[cold]
pub(in crate::ffi) unsafe fn WSASendMsg(
    s: SOCKET,
    message: *const WSAMSG,
    flags: u32,
    sent: *mut u32,
    overlapped: *mut OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    let function = match extension(s, "WSASendMsg", WSAID_WSASENDMSG, |known| &known.send_msg) {
        // SAFETY: the provider gave it for this function.
        Some(address) => unsafe { std::mem::transmute::<usize, LPFN_WSASENDMSG>(address) },
        None => None,
    };
    // The base provider's says itself what is wrong with the socket.
    let function = function.unwrap_or(provider::WSASendMsg);
    // SAFETY: the caller's promise.
    unsafe { function(s, message, flags, sent, overlapped, routine) }
}

/// WSACleanup: the last one takes every socket, and has every provider cleaned up.
///
/// Calls of other threads fail from its first step on. What was started by then is taken in the same step, so that
/// who starts anew meanwhile loses nothing. No lock is held while providers are cleaned up: one may call the library,
/// or wait for who does.
pub(in crate::ffi) fn WSACleanup() -> Result<i32, WsaError> {
    startup::require()?;
    if let Some(started) = startup::stop(chain::take)? {
        chain::clean_up(started);
        catalog::settle_mode();
        startup::end();
    }
    Ok(0)
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
