//! The entries of a procedure table, each as one call with named arguments, and what passes such calls on.
//!
//! One list says what the entries are; the calls, the trait of layers written in Rust and the procedure tables
//! that stand for such layers are all made of it. What a call does is not known here.
#![allow(unsafe_code)] // The C border: calls through procedure tables, and is called through them.

use core::ffi::c_void;

use super::chain;
use super::layer::{Slot, of_slot};
use super::scope::{self, Scope};
use super::tables::{Tables, Width};
use crate::error::WsaError;
use crate::ffi::{border, provider};
use crate::windows::consts::*;
use crate::windows::foundation::*;
use crate::windows::spi::*;
use crate::windows::types::*;
use crate::windows::user::HWND;

/// Hands the list of entries to a macro: for each its method, its call, its field in the table, its arguments,
/// the socket it is about, the type that
/// `windows-sys` has for lpErrno, its value, and the value that says it failed.
macro_rules! for_each_entry {
    ($macro:ident) => {
        $macro! {
            /// WSPAccept: takes a connection.
            accept Accept lpWSPAccept (s: SOCKET, addr: *mut SOCKADDR, addrlen: *mut i32, condition: LPCONDITIONPROC, callback_data: usize) [Some(s)] (*mut i32) -> SOCKET, INVALID_SOCKET;
            /// WSPAddressToString: writes an address as text, in wide characters of [`Next::width`].
            address_to_string AddressToString lpWSPAddressToString (address: *const SOCKADDR, address_length: u32, info: *const WSAPROTOCOL_INFOW, text: PWSTR, text_length: *mut u32) [None] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPAsyncSelect: has a window told of network events.
            async_select AsyncSelect lpWSPAsyncSelect (s: SOCKET, window: HWND, message: u32, events: i32) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPBind: gives a socket its local name.
            bind Bind lpWSPBind (s: SOCKET, name: *const SOCKADDR, namelen: i32) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPCancelBlockingCall: ends the call that the calling thread is blocked in.
            cancel_blocking_call CancelBlockingCall lpWSPCancelBlockingCall () [None] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPCleanup: takes one startup back.
            cleanup Cleanup lpWSPCleanup () [None] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPCloseSocket: closes a socket.
            close_socket CloseSocket lpWSPCloseSocket (s: SOCKET) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPConnect: connects.
            connect Connect lpWSPConnect (s: SOCKET, name: *const SOCKADDR, namelen: i32, caller_data: *const WSABUF, callee_data: *mut WSABUF, qos: *const QOS, group_qos: *const QOS) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPDuplicateSocket: writes the record by which a duplicate is made; [`Next::width`] is that of its name.
            duplicate_socket DuplicateSocket lpWSPDuplicateSocket (s: SOCKET, process_id: u32, info: *mut WSAPROTOCOL_INFOW) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPEnumNetworkEvents: tells the recorded network events.
            enum_network_events EnumNetworkEvents lpWSPEnumNetworkEvents (s: SOCKET, event: HANDLE, events: *mut WSANETWORKEVENTS) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPEventSelect: has an event told of network events.
            event_select EventSelect lpWSPEventSelect (s: SOCKET, event: WSAEVENT, events: i32) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPGetOverlappedResult: tells how an overlapped operation ended.
            get_overlapped_result GetOverlappedResult lpWSPGetOverlappedResult (s: SOCKET, overlapped: *const OVERLAPPED, transferred: *mut u32, wait: BOOL, flags: *mut u32) [Some(s)] (*mut i32) -> BOOL, FALSE;
            /// WSPGetPeerName: tells the peer's name.
            get_peer_name GetPeerName lpWSPGetPeerName (s: SOCKET, name: *mut SOCKADDR, namelen: *mut i32) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPGetSockName: tells the socket's own name.
            get_sock_name GetSockName lpWSPGetSockName (s: SOCKET, name: *mut SOCKADDR, namelen: *mut i32) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPGetSockOpt: reads an option; the name in SO_PROTOCOL_INFOW is of [`Next::width`].
            get_sock_opt GetSockOpt lpWSPGetSockOpt (s: SOCKET, level: i32, name: i32, value: PSTR, length: *mut i32) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPGetQOSByName: looks a quality of service up.
            get_qos_by_name GetQosByName lpWSPGetQOSByName (s: SOCKET, name: *const WSABUF, qos: *mut QOS) [Some(s)] (*mut i32) -> BOOL, FALSE;
            /// WSPIoctl: asks for what has no function of its own.
            ioctl Ioctl lpWSPIoctl (s: SOCKET, code: u32, input: *const c_void, input_length: u32, output: *mut c_void, output_length: u32, returned: *mut u32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE, thread: *const WSATHREADID) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPJoinLeaf: joins a multipoint session.
            join_leaf JoinLeaf lpWSPJoinLeaf (s: SOCKET, name: *const SOCKADDR, namelen: i32, caller_data: *const WSABUF, callee_data: *mut WSABUF, qos: *const QOS, group_qos: *const QOS, flags: u32) [Some(s)] (*mut i32) -> SOCKET, INVALID_SOCKET;
            /// WSPListen: makes a bound stream take connections.
            listen Listen lpWSPListen (s: SOCKET, backlog: i32) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPRecv: receives.
            recv Recv lpWSPRecv (s: SOCKET, buffers: *const WSABUF, count: u32, received: *mut u32, flags: *mut u32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE, thread: *const WSATHREADID) [Some(s)] (*const i32) -> i32, SOCKET_ERROR;
            /// WSPRecvDisconnect: ends receiving.
            recv_disconnect RecvDisconnect lpWSPRecvDisconnect (s: SOCKET, data: *const WSABUF) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPRecvFrom: receives and tells who sent.
            recv_from RecvFrom lpWSPRecvFrom (s: SOCKET, buffers: *const WSABUF, count: u32, received: *mut u32, flags: *mut u32, from: *mut SOCKADDR, fromlen: *mut i32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE, thread: *const WSATHREADID) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPSelect: waits for readiness. The time is the host's `struct timeval`.
            select Select lpWSPSelect (count: i32, read: *mut FD_SET, write: *mut FD_SET, except: *mut FD_SET, timeout: *const TIMEVAL) [crate::ffi::spi::doors::first_member([read, write, except])] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPSend: sends.
            send Send lpWSPSend (s: SOCKET, buffers: *const WSABUF, count: u32, sent: *mut u32, flags: u32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE, thread: *const WSATHREADID) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPSendDisconnect: ends sending.
            send_disconnect SendDisconnect lpWSPSendDisconnect (s: SOCKET, data: *const WSABUF) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPSendTo: sends to an address.
            send_to SendTo lpWSPSendTo (s: SOCKET, buffers: *const WSABUF, count: u32, sent: *mut u32, flags: u32, to: *const SOCKADDR, tolen: i32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE, thread: *const WSATHREADID) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPSetSockOpt: sets an option.
            set_sock_opt SetSockOpt lpWSPSetSockOpt (s: SOCKET, level: i32, name: i32, value: PCSTR, length: i32) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPShutdown: ends one direction or both.
            shutdown Shutdown lpWSPShutdown (s: SOCKET, how: i32) [Some(s)] (*mut i32) -> i32, SOCKET_ERROR;
            /// WSPSocket: makes a socket. The name in the record is of [`Next::width`].
            socket Socket lpWSPSocket (family: i32, socket_type: i32, protocol: i32, info: *const WSAPROTOCOL_INFOW, group: u32, flags: u32) [None] (*mut i32) -> SOCKET, INVALID_SOCKET;
            /// WSPStringToAddress: reads an address from text, in wide characters of [`Next::width`].
            string_to_address StringToAddress lpWSPStringToAddress (text: PCWSTR, family: i32, info: *const WSAPROTOCOL_INFOW, address: *mut SOCKADDR, length: *mut i32) [None] (*mut i32) -> i32, SOCKET_ERROR;
        }
    };
}

macro_rules! calls {
    ($($(#[$doc:meta])* $method:ident $call:ident $field:ident ($($arg:ident: $type:ty),*) [$socket:expr] ($code:ty) -> $value:ty, $failed:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            #[allow(missing_docs)] // The names are the arguments', as the entry is documented.
            pub struct $call { $(pub $arg: $type,)* }
        )*

        impl Next<'_> {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// What the provider left in `lpErrno`.
                ///
                /// # Safety
                /// - The pointers are what the entry is documented to take.
                pub unsafe fn $method(&self, call: $call) -> Result<$value, WsaError> {
                    let $call { $($arg),* } = call;
                    let entry = self.table().$field.ok_or(WsaError::WSAEINVALIDPROCTABLE)?;
                    let mut code = 0;
                    // SAFETY: the caller's promise.
                    let value = unsafe { entry($($arg,)* &raw mut code) };
                    if value == $failed { Err(WsaError::from_code(code)) } else { Ok(value) }
                }
            )*
        }

        /// A layered provider written in Rust: it sees every call between the program and the provider below it.
        ///
        /// Each method is an entry of the procedure table, and passes its call on unless the layer does otherwise.
        /// The arguments are those of the caller, as raw as they came. The methods are called in the caller's
        /// threads, several at a time, also while another one of them is running in the same thread.
        ///
        /// Overlapped operations that were passed on end without the layer: it can ask to hear of the end
        /// ([`on_end`](super::on_end)), or to have it wait ([`hold_back`](super::hold_back)).
        ///
        /// # Safety
        /// Programs need no `unsafe` to make calls ([`net`](crate::net)): that their memory stays sound rests
        /// on what the providers answer. So a layer keeps what the base provider keeps:
        ///
        /// - An error other than WSA_IO_PENDING, and a panic, says that no operation is under way: none has
        ///   begun, or it has ended. Nobody uses a pointer of the call after such an answer. A layer that has
        ///   passed a call on and was told that it pends has to say so itself, or to wait for the end first.
        /// - Of an operation that has begun, nobody uses a pointer of the call after its OVERLAPPED says
        ///   another status than STATUS_PENDING. Nobody but the program frees or moves what they point to.
        /// - No count is larger than the number of bytes that were written, and they are where the entry is
        ///   documented to put them.
        /// - A SOCKET that an entry gives is the caller's, and no layer closes it or gives it twice; a
        ///   function that SIO_GET_EXTENSION_FUNCTION_POINTER gives is the one that was asked for.
        ///
        /// A layer that passes every call on once, as it came, and answers what it was answered keeps all of
        /// it.
        ///
        /// ```compile_fail,E0200
        /// struct Careless;
        /// impl openws2::spi::Layer for Careless {}
        /// ```
        ///
        /// # Examples
        /// ```
        /// use openws2::spi::{Layer, Next, Recv};
        /// use openws2::error::WsaError;
        /// use std::sync::atomic::{AtomicUsize, Ordering};
        ///
        /// /// Counts the receives.
        /// struct Count(AtomicUsize);
        ///
        /// // SAFETY: passes each call on as it came.
        /// unsafe impl Layer for Count {
        ///     unsafe fn recv(&self, next: &Next<'_>, call: Recv) -> Result<i32, WsaError> {
        ///         self.0.fetch_add(1, Ordering::Relaxed);
        ///         unsafe { next.recv(call) }
        ///     }
        /// }
        /// ```
        pub unsafe trait Layer: Sync + std::marker::Send + 'static {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// What the caller finds in `lpErrno`.
                ///
                /// # Safety
                /// - The call is the caller's, and its pointers are what the entry is documented to take.
                unsafe fn $method(&self, next: &Next<'_>, call: $call) -> Result<$value, WsaError> {
                    // SAFETY: the caller's promise.
                    unsafe { next.$method(call) }
                }
            )*

            /// WSARecvMsg, whose pointer programs get from SIO_GET_EXTENSION_FUNCTION_POINTER.
            ///
            /// # Errors
            /// What becomes the last error.
            ///
            /// # Safety
            /// - The call is the caller's, and its pointers are what the function is documented to take.
            unsafe fn recv_msg(&self, next: &Next<'_>, call: RecvMsg) -> Result<i32, WsaError> {
                // SAFETY: the caller's promise.
                unsafe { next.recv_msg(call) }
            }

            /// WSASendMsg, as programs call it or by the pointer that they asked for.
            ///
            /// # Errors
            /// What becomes the last error.
            ///
            /// # Safety
            /// - The call is the caller's, and its pointers are what the function is documented to take.
            unsafe fn send_msg(&self, next: &Next<'_>, call: SendMsg) -> Result<i32, WsaError> {
                // SAFETY: the caller's promise.
                unsafe { next.send_msg(call) }
            }

            /// AcceptEx.
            ///
            /// # Errors
            /// What becomes the last error.
            ///
            /// # Safety
            /// - The call is the caller's, and its pointers are what the function is documented to take.
            unsafe fn accept_ex(&self, next: &Next<'_>, call: AcceptEx) -> Result<BOOL, WsaError> {
                // SAFETY: the caller's promise.
                unsafe { next.accept_ex(call) }
            }

            /// ConnectEx, whose pointer programs get from SIO_GET_EXTENSION_FUNCTION_POINTER.
            ///
            /// # Errors
            /// What becomes the last error.
            ///
            /// # Safety
            /// - The call is the caller's, and its pointers are what the function is documented to take.
            unsafe fn connect_ex(&self, next: &Next<'_>, call: ConnectEx) -> Result<BOOL, WsaError> {
                // SAFETY: the caller's promise.
                unsafe { next.connect_ex(call) }
            }

            /// DisconnectEx, whose pointer programs get from SIO_GET_EXTENSION_FUNCTION_POINTER.
            ///
            /// # Errors
            /// What becomes the last error.
            ///
            /// # Safety
            /// - The call is the caller's, and its pointers are what the function is documented to take.
            unsafe fn disconnect_ex(&self, next: &Next<'_>, call: DisconnectEx) -> Result<BOOL, WsaError> {
                // SAFETY: the caller's promise.
                unsafe { next.disconnect_ex(call) }
            }
        }

        /// The entries of the table that stands for the layer in slot `N`, for programs whose wide characters are
        /// 32 bits wide (`W`) or 16.
        mod entries {
            use super::*;

            $(
                #[allow(clippy::too_many_arguments)]
                pub(super) unsafe extern "system" fn $method<const N: usize, const W: bool>(
                    $($arg: $type,)*
                    code: $code,
                ) -> $value {
                    let body = || {
                        let slot = of_slot(N).ok_or(WsaError::WSAEPROVIDERFAILEDINIT)?;
                        let tables = slot.next_of($socket)?;
                        let next = Next { tables: &tables, width: Width::of(W), slot: Some(&slot) };
                        let call = $call { $($arg),* };
                        // SAFETY: the caller's promise.
                        unsafe { slot.$method(N, &next, call) }
                    };
                    // SAFETY: the caller's promise.
                    unsafe { border::entry($failed, code as *mut i32, body) }
                }
            )*
        }

        impl Slot {
            $(passed_on! { $method $call $value })*
        }

        /// The procedure table that stands for the layer in slot `N`.
        pub(super) fn table_of_slot<const N: usize, const W: bool>() -> WSPPROC_TABLE {
            WSPPROC_TABLE { $($field: Some(entries::$method::<N, W>),)* }
        }

        /// Whether every entry is there (G150).
        pub(super) fn is_whole(table: &WSPPROC_TABLE) -> bool {
            true $(&& table.$field.is_some())*
        }
    };
}

/// How a slot passes a call to its layer: as it is, but for two entries that need more.
macro_rules! passed_on {
    (ioctl $call:ident $value:ty) => {
        unsafe fn ioctl(&self, number: usize, next: &Next<'_>, call: $call) -> Result<$value, WsaError> {
            // SAFETY: the caller's promise.
            unsafe { self.ioctl_with_extensions(number, next, call) }
        }
    };
    (cleanup $call:ident $value:ty) => {
        unsafe fn cleanup(&self, _: usize, next: &Next<'_>, call: $call) -> Result<$value, WsaError> {
            // SAFETY: the caller's promise.
            let ended = unsafe { self.layer().cleanup(next, call) };
            self.forget_next();
            ended
        }
    };
    ($method:ident $call:ident $value:ty) => {
        #[inline]
        unsafe fn $method(&self, _: usize, next: &Next<'_>, call: $call) -> Result<$value, WsaError> {
            // SAFETY: the caller's promise.
            unsafe { self.layer().$method(next, call) }
        }
    };
}

/// The provider below a layer.
pub struct Next<'a> {
    tables: &'a Tables,
    width: Width,
    slot: Option<&'a Slot>,
}

impl<'a> Next<'a> {
    /// What is at the top, for calls that come from the program.
    pub(super) fn top(tables: &'a Tables, preferred: Width) -> Self {
        Self { tables, width: tables.width_near(preferred), slot: None }
    }

    /// The same, of the layer in this slot.
    fn below(self, slot: &'a Slot) -> Self {
        Self { slot: Some(slot), ..self }
    }

    /// How wide the wide characters are in what the call points to: 2 or 4 bytes.
    pub fn width(&self) -> usize {
        self.width.bytes()
    }

    pub(super) fn table(&self) -> &WSPPROC_TABLE {
        self.tables.of(self.width)
    }
}

for_each_entry! { calls }
pub(super) use for_each_entry;

macro_rules! extensions {
    ($($(#[$doc:meta])* $method:ident $call:ident $place:ident $name:literal $base:path => ($($arg:ident: $type:ty),*) -> $value:ty, $failed:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            #[allow(missing_docs)] // The names are the arguments', as the function is documented.
            pub struct $call { $(pub $arg: $type,)* }
        )*

        impl Next<'_> {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// What the function left as the last error.
                ///
                /// # Safety
                /// - The pointers are what the function is documented to take.
                pub unsafe fn $method(&self, call: $call) -> Result<$value, WsaError> {
                    let $call { $($arg),* } = call;
                    type Function = unsafe extern "system" fn($($type),*) -> $value;
                    let function: Function = match self.slot.map_or(0, |slot| slot.extension(Extension::$place)) {
                        // Nobody has asked by way of this layer.
                        0 => $base,
                        // SAFETY: the provider below gave the address for this function.
                        address => unsafe { std::mem::transmute::<usize, Function>(address) },
                    };
                    scope::pass_on();
                    // SAFETY: the caller's promise.
                    let value = unsafe { function($($arg),*) };
                    scope::passed_on();
                    if value == $failed { Err(WsaError::from_code(border::last_error() as i32)) } else { Ok(value) }
                }
            )*
        }

        /// A function whose pointer is asked for.
        #[derive(Clone, Copy)]
        pub(super) enum Extension { $($place,)* }

        /// How many there are.
        pub(super) const EXTENSIONS: usize = [$(Extension::$place),*].len();

        mod extensions {
            use super::*;

            $(
                #[allow(clippy::too_many_arguments)]
                pub(super) unsafe extern "system" fn $method<const N: usize>($($arg: $type),*) -> $value {
                    let s = s_of!($($arg),*);
                    let _scope = Scope::enter_by_pointer($name, chain::entry_of(s).unwrap_or(0));
                    // Programs keep the pointer; the layer may be gone, or another one be here that no chain leads to.
                    let found = of_slot(N).and_then(|slot| slot.next_of(Some(s)).ok().map(|tables| (slot, tables)));
                    let Some((slot, tables)) = found else {
                        // SAFETY: the caller's promise.
                        return unsafe { $base($($arg),*) };
                    };
                    border::winsock($failed, || {
                        let next = Next::top(&tables, Width::Two).below(&slot);
                        // SAFETY: the caller's promise.
                        unsafe { slot.layer().$method(&next, $call { $($arg),* }) }
                    })
                }
            )*
        }

        /// The address of the function that stands for the layer in slot `N`.
        pub(super) fn extension_of_slot<const N: usize>(extension: Extension) -> usize {
            match extension {
                $(Extension::$place => extensions::$method::<N> as *const () as usize,)*
            }
        }
    };
}

/// The first of the arguments: the socket.
macro_rules! s_of {
    ($s:ident $(, $rest:ident)*) => {
        $s
    };
}

extensions! {
    /// WSARecvMsg: receives, and tells what comes with the bytes.
    recv_msg RecvMsg RecvMsg "WSARecvMsg" provider::WSARecvMsg => (s: SOCKET, message: *mut WSAMSG, received: *mut u32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE) -> i32, SOCKET_ERROR;
    /// WSASendMsg: sends, and says more of the datagram than its bytes and where it goes.
    send_msg SendMsg SendMsg "WSASendMsg" provider::WSASendMsg => (s: SOCKET, message: *const WSAMSG, flags: u32, sent: *mut u32, overlapped: *mut OVERLAPPED, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE) -> i32, SOCKET_ERROR;
    /// AcceptEx: takes a connection into a socket that is there, and its first data.
    accept_ex AcceptEx AcceptEx "AcceptEx" provider::extensions::accept_ex => (listener: SOCKET, accepting: SOCKET, output: *mut c_void, data_length: u32, local_length: u32, remote_length: u32, received: *mut u32, overlapped: *mut OVERLAPPED) -> BOOL, FALSE;
    /// ConnectEx: connects and sends the first data.
    connect_ex ConnectEx ConnectEx "ConnectEx" provider::extensions::ConnectEx => (s: SOCKET, name: *const SOCKADDR, namelen: i32, data: *const c_void, data_length: u32, sent: *mut u32, overlapped: *mut OVERLAPPED) -> BOOL, FALSE;
    /// DisconnectEx: ends a connection, and can make its socket usable again.
    disconnect_ex DisconnectEx DisconnectEx "DisconnectEx" provider::extensions::DisconnectEx => (s: SOCKET, overlapped: *mut OVERLAPPED, flags: u32, reserved: u32) -> BOOL, FALSE;
}
