//! Winsock 1.1's blocking hooks: WSASetBlockingHook and WSAUnhookBlockingHook, WSAIsBlocking and
//! WSACancelBlockingCall. They are for processes whose first WSAStartup negotiated version 1.x; in others
//! they fail (F007).
#![allow(unsafe_code)] // The C border; calls the program's hooks.

use std::{mem, ptr};

use crate::error::WsaError;
use crate::ffi::border::winsock;
use crate::ffi::provider;
use crate::ffi::spi::doors;
use crate::ffi::win32::messages::{DispatchMessageA, PeekMessageA, TranslateMessage};
use crate::ffi::win32::user::MSG;
use crate::socket::blocking::{self, Hook, Routine};
use crate::socket::startup;
use crate::windows::foundation::{BOOL, FALSE, FARPROC, TRUE};
use crate::windows::user::PM_REMOVE;

const SOCKET_ERROR: i32 = super::consts::SOCKET_ERROR;

/// **WSASetBlockingHook** installs what the calling thread runs while its calls wait; returns what it ran
/// before.
///
/// `lpblockfunc` is a `BOOL hook(void)`. A call that has to wait runs it, looks whether it can end, and goes
/// on so: at once while the hook returns TRUE, which says that there was a message, and else after a short
/// while. A call that can end at once does not run it, nor does one in nonblocking mode. The hook stays
/// installed until [`WSAUnhookBlockingHook`] or the final WSACleanup.
///
/// Calls that run it: accept, connect, the receives and sends where they are synchronous, and select unless
/// its timeout is 0. Look-ups of names, closesocket with SO_LINGER, WSAPoll and waits for events do not.
///
/// Without a hook a call blocks for real. What the first hook takes the place of is not NULL all the same,
/// for that is the sign of failure: it is a function that takes one message of the thread's and dispatches
/// it. To install that is to unhook.
///
/// The hook may call [`WSAIsBlocking`] and [`WSACancelBlockingCall`]. Every other call of the thread that
/// needs a WSAStartup fails with WSAEINPROGRESS while the hook runs, on other sockets too.
///
/// # Errors
/// Returns NULL.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEOPNOTSUPP | the process's first startup negotiated version 2.x | documented, as F007 |
/// | WSAEINPROGRESS | from a hook | documented |
/// | WSAEFAULT | `lpblockfunc` is NULL | decided |
///
/// # Safety
/// - `lpblockfunc` is NULL or may be called in this thread, during any call that waits, until it is replaced.
#[unsafe(export_name = "ws2_WSASetBlockingHook")]
pub unsafe extern "system" fn WSASetBlockingHook(lpblockfunc: FARPROC) -> FARPROC {
    winsock(None, || {
        startup::require_hooks()?;
        blocking::require_idle()?;
        let routine = lpblockfunc.ok_or(WsaError::WSAEFAULT)?;
        let unhooks = routine as usize == DEFAULT_HOOK as usize;
        let before = blocking::install((!unhooks).then_some(Hook { routine, run }))?;
        Ok(before.or(Some(DEFAULT_HOOK)))
    })
}

/// **WSAUnhookBlockingHook** takes the calling thread's hook away: calls that wait block for real again.
///
/// A thread without a hook can do so as well.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEOPNOTSUPP | the process's first startup negotiated version 2.x | documented, as F007 |
/// | WSAEINPROGRESS | from a hook | documented |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_WSAUnhookBlockingHook")]
pub unsafe extern "system" fn WSAUnhookBlockingHook() -> i32 {
    winsock(SOCKET_ERROR, || blocking::install(None).map(|_| 0))
}

/// **WSAIsBlocking** says whether a call of the calling thread waits: TRUE from its hook, FALSE from
/// elsewhere.
///
/// # Errors
/// Returns FALSE.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEOPNOTSUPP | the process's first startup negotiated version 2.x | documented, as F007 |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_WSAIsBlocking")]
pub unsafe extern "system" fn WSAIsBlocking() -> BOOL {
    winsock(FALSE, || {
        startup::require_hooks()?;
        Ok(if blocking::is_inside() { TRUE } else { FALSE })
    })
}

/// **WSACancelBlockingCall** has the calling thread's call that waits end with WSAEINTR once its hook
/// returns.
///
/// A cancelled accept or select leaves its sockets as they were, and so does a receive: what came is there
/// for the next one. A connect that is cancelled is given up, and another can be tried. A send on a stream
/// that has sent a part resets the connection, and later transfers on it fail with WSAECONNABORTED.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEOPNOTSUPP | the process's first startup negotiated version 2.x | F007 |
/// | WSAEINVAL | no call of the thread waits, or it is cancelled already | F007, decided |
///
/// # Safety
/// - None of its own: `windows-sys` declares every function so.
#[unsafe(export_name = "ws2_WSACancelBlockingCall")]
pub unsafe extern "system" fn WSACancelBlockingCall() -> i32 {
    winsock(SOCKET_ERROR, || {
        if startup::is_layered() {
            doors::WSACancelBlockingCall()
        } else {
            provider::blocking::cancel_blocking_call()
        }
    })
}

fn run(hook: Routine) -> bool {
    // SAFETY: WSASetBlockingHook was given it to be called so. It is a `BOOL hook(void)`, whatever FARPROC
    // says: the upper half of its result means nothing.
    unsafe { mem::transmute::<Routine, unsafe extern "system" fn() -> BOOL>(hook)() != FALSE }
}

/// One address, which programs give back.
static DEFAULT_HOOK: Routine = default_hook;

/// Takes a message of the calling thread's, if there is one, and dispatches it; whether there was one.
unsafe extern "system" fn default_hook() -> isize {
    let mut message = MSG::default();
    // SAFETY: the message is there to be written and read. The windows' procedures may be called: the program
    // has called this to have that done.
    unsafe {
        let taken = PeekMessageA(&raw mut message, ptr::null_mut(), 0, 0, PM_REMOVE);
        if taken != FALSE {
            TranslateMessage(&raw const message);
            DispatchMessageA(&raw const message);
        }
        taken as isize
    }
}
