//! WSAEventSelect, WSAEnumNetworkEvents and WSAAsyncSelect, as they are exported.
#![allow(unsafe_code)] // The C border; writes the caller's structure.

use super::consts::*;
use super::types::{SOCKET, WSAEVENT, WSANETWORKEVENTS};
use crate::ffi::border::routed;
use crate::ffi::provider;
use crate::ffi::spi::doors;
use crate::windows::user::HWND;

/// **WSAEventSelect** has an event object set when one of some network events is recorded: `lnetworkevents` is
/// a mask of FD_READ, FD_WRITE, FD_OOB, FD_ACCEPT, FD_CONNECT and FD_CLOSE. Other bits never come about.
///
/// The socket becomes nonblocking, whatever the mask is, and as long as events are selected FIONBIO does not
/// make it blocking (F239). Each call replaces the selection. With the mask 0 it ends; if `heventobject` is
/// NULL too, what was recorded is forgotten (F240), else it stays for a later selection (F236). A selection of
/// [`WSAAsyncSelect`]'s ends with it.
///
/// | event | recorded | again after |
/// |---|---|---|
/// | FD_READ | data arrives, or an ICMP error that a receive is to report (F217, G032) | a receive, also one with MSG_PEEK, that leaves data (F183, F218) |
/// | FD_WRITE | once, when the socket is connected, or has a name if it needs no connection (F230, F231) | a send has failed with WSAEWOULDBLOCK, and there is room |
/// | FD_OOB | each out-of-band byte, unless SO_OOBINLINE is on (F227) | a receive with MSG_OOB, if there is another (F229) |
/// | FD_ACCEPT | each connection that comes (F237) | accept, if there are more |
/// | FD_CONNECT | a connect ends, also that of a datagram socket (F231, F233); the code says how | the next connect |
/// | FD_CLOSE | the peer has finished, or the connection is broken: at once, also before unread data, and once (F222–F226) | |
///
/// An accepted socket has the listener's selection (F238). What a pending overlapped receive takes records
/// nothing (F242). Unconnected streams and datagram sockets without a name record nothing (F232, F234).
///
/// # Errors
/// Checked in this order:
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAEINVAL | the mask is not 0 and `heventobject` is NULL; it is neither NULL nor an event's handle | F240, documented |
/// | WSAENOBUFS | the host has no room for one more socket to watch | decided |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_WSAEventSelect")]
pub unsafe extern "system" fn WSAEventSelect(s: SOCKET, heventobject: WSAEVENT, lnetworkevents: i32) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::WSAEventSelect(s, heventobject, lnetworkevents) },
        // SAFETY: the caller's promise.
        || unsafe { provider::network_events::event_select(s, heventobject, lnetworkevents) },
    )
}

/// **WSAEnumNetworkEvents** reports the network events that are selected and recorded, forgets them, and resets
/// `heventobject` if it is not NULL, also when there is nothing to report (F240).
///
/// `*lpnetworkevents` gets the mask of the events, and for each of them its code at the index that is its
/// FD_..._BIT; the other codes are not written (F235). What is recorded and not selected stays (F221).
///
/// | event | code |
/// |---|---|
/// | FD_CONNECT | 0, or why the connect failed: WSAECONNREFUSED, WSAENETUNREACH, WSAETIMEDOUT ... |
/// | FD_CLOSE | 0, or WSAECONNABORTED if the connection was broken, also by a reset (F150, F226) |
/// | others | 0 |
///
/// # Errors
/// Checked in this order; nothing is reset or forgotten.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAEFAULT | `lpnetworkevents` is no pointer | documented |
/// | WSAEINVAL | `heventobject` is neither NULL nor an event's handle | documented |
///
/// # Safety
/// - `lpnetworkevents` is NULL or writable for a WSANETWORKEVENTS.
#[unsafe(export_name = "ws2_WSAEnumNetworkEvents")]
pub unsafe extern "system" fn WSAEnumNetworkEvents(
    s: SOCKET,
    heventobject: WSAEVENT,
    lpnetworkevents: *mut WSANETWORKEVENTS,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::WSAEnumNetworkEvents(s, heventobject, lpnetworkevents) },
        // SAFETY: the caller's promise.
        || unsafe { provider::network_events::enum_network_events(s, heventobject, lpnetworkevents) },
    )
}

/// **WSAAsyncSelect** has a message posted to a window when one of some network events comes about: `levent` is
/// a mask of FD_READ, FD_WRITE, FD_OOB, FD_ACCEPT, FD_CONNECT and FD_CLOSE. Other bits never come about.
///
/// The message is `wmsg`. Its `wParam` is the socket, the low word of its `lParam` the event, of which there is
/// one in each message, and the high word the code (F243): of FD_CONNECT 0 or why the connect failed, of FD_CLOSE
/// 0 or WSAECONNABORTED, else 0.
///
/// The socket becomes nonblocking, whatever the mask is, and as long as events are selected FIONBIO does not
/// make it blocking. Each call replaces the selection, also one of [`WSAEventSelect`]'s; with the mask 0 it ends.
/// Messages that lie in the queue by then stay there. Which thread has called does not matter, nor that it ends
/// (F250).
///
/// | event | posted | again after |
/// |---|---|---|
/// | FD_READ | data are there, or an ICMP error that a receive is to report | a receive, also one that fails (F247), if data are there then |
/// | FD_WRITE | the socket is connected, or needs no connection; again by connect (F249) | a send has failed with WSAEWOULDBLOCK, and there is room |
/// | FD_OOB | an out-of-band byte is there, unless SO_OOBINLINE is on | a receive with MSG_OOB, if there is another |
/// | FD_ACCEPT | a connection waits | accept, if more wait |
/// | FD_CONNECT | a connect ends, or a nonblocking one had failed before the call; not that the socket is connected already (F248) | the next connect |
/// | FD_CLOSE | the peer has finished, or the connection is broken, also before unread data; CloseHandle closes the socket (F131) | |
///
/// What is said to be "there" is posted by each call that selects it, FD_CLOSE too, however often it has been
/// before (F244, F245); between two calls, what arrives while the program has not yet called what comes in the
/// last column posts nothing (F246). An accepted socket has the listener's selection. What a pending overlapped
/// receive takes posts nothing (F250). [`WSAEnumNetworkEvents`] reports nothing meanwhile.
///
/// A queue takes 10,000 messages; what would be posted to a full one is lost, or comes with the next event of
/// its kind.
///
/// # Errors
/// Checked in this order:
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | documented |
/// | WSAEINVAL | `hwnd` is no window, whatever the mask is | documented |
/// | WSAENOBUFS | the host has no room for one more socket to watch | decided |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_WSAAsyncSelect")]
pub unsafe extern "system" fn WSAAsyncSelect(s: SOCKET, hwnd: HWND, wmsg: u32, levent: i32) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::WSAAsyncSelect(s, hwnd, wmsg, levent) },
        // SAFETY: the caller's promise.
        || unsafe { provider::network_events::async_select(s, hwnd, wmsg, levent) },
    )
}
