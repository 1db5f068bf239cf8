//! OVERLAPPEDs across the border: who began an operation, where its status goes, what it is answered with.
#![allow(unsafe_code)] // Reads and writes the caller's OVERLAPPEDs, and calls the caller's routines.

use std::mem::offset_of;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::WsaError;
use crate::ffi::memory::{get, is_writable, put};
use crate::ffi::win32::io;
use crate::ffi::win32::waits::waitable_of;
use crate::overlapped::held::HeldBack;
use crate::overlapped::receive::flags_of;
use crate::overlapped::{Answer, Caller, Target};
use crate::socket::facts;
use crate::socket::requests::{End, Requests};
use crate::socket::table::{self, Socket};
use crate::status::NtStatus;
use crate::win32::event::Event;
use crate::win32::object::{self, Object};
use crate::win32::thread::Thread;
use crate::win32::wait::{self, Deadline};
use crate::windows::foundation::{BOOL, FALSE, HANDLE};
use crate::windows::types::*;

/// Writes the status block: the count first, so that who sees the status sees the count.
///
/// # Safety
/// `overlapped` is an OVERLAPPED that nobody but its operation writes.
pub(in crate::ffi) unsafe fn write_status(overlapped: *mut OVERLAPPED, status: NtStatus, bytes: usize) {
    // SAFETY: the caller's promise; alignment is not asked of C programs.
    unsafe {
        (&raw mut (*overlapped).InternalHigh).write_unaligned(bytes);
        write_internal(overlapped, status);
    }
}

/// # Safety
/// As of [`write_status`].
unsafe fn write_internal(overlapped: *mut OVERLAPPED, status: NtStatus) {
    // SAFETY: the caller's promise.
    let internal = unsafe { &raw mut (*overlapped).Internal };
    let value = status.code() as usize;
    if internal.is_aligned() {
        // SAFETY: aligned, and only read by others while the operation pends.
        unsafe { AtomicUsize::from_ptr(internal) }.store(value, Ordering::Release);
    } else {
        // SAFETY: the caller's promise.
        unsafe { internal.write_unaligned(value) };
    }
}

/// The status that an operation has now.
///
/// # Safety
/// `overlapped` is an OVERLAPPED.
pub(in crate::ffi) unsafe fn read_status(overlapped: *const OVERLAPPED) -> NtStatus {
    // SAFETY: the caller's promise.
    let internal = unsafe { &raw const (*overlapped).Internal };
    let value = if internal.is_aligned() {
        // SAFETY: aligned; others write it as an atomic too.
        unsafe { AtomicUsize::from_ptr(internal.cast_mut()) }.load(Ordering::Acquire)
    } else {
        // SAFETY: the caller's promise.
        unsafe { internal.read_unaligned() }
    };
    NtStatus::from_code(value as u32)
}

/// The event of an operation that may be ending meanwhile: nothing else is read.
///
/// # Safety
/// `overlapped` is bad or an OVERLAPPED.
pub(in crate::ffi) unsafe fn event_in(overlapped: *const OVERLAPPED) -> Result<HANDLE, WsaError> {
    let event = overlapped.cast::<u8>().wrapping_add(offset_of!(OVERLAPPED, hEvent)).cast::<HANDLE>();
    if overlapped.is_null() {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: as the caller vouches.
    unsafe { get(event) }
}

/// How an operation's routine is told of its end.
#[derive(Clone, Copy)]
pub(in crate::ffi) enum Routine {
    None,
    /// With Winsock's code.
    Winsock(unsafe extern "system" fn(u32, u32, *mut OVERLAPPED, u32)),
}

impl Routine {
    pub(in crate::ffi) fn of(routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE) -> Self {
        routine.map_or(Self::None, Self::Winsock)
    }

    pub(in crate::ffi) fn is_some(self) -> bool {
        !matches!(self, Self::None)
    }
}

/// On whose behalf a call begins an operation, where a layered provider has a word in it.
#[derive(Default)]
pub(in crate::ffi) struct Behalf {
    /// The thread that a completion routine runs in; None is the calling one.
    pub(in crate::ffi) thread: Option<Arc<Thread>>,
    /// Who hears of the end.
    pub(in crate::ffi) watch: Option<Box<Watch>>,
    /// Nothing is taken before.
    pub(in crate::ffi) held_back: Option<HeldBack>,
}

/// What is called once an operation has ended.
pub(in crate::ffi) type Watch = Box<dyn FnOnce(&End) + Send>;

/// Who began an operation.
pub(in crate::ffi) struct Block {
    overlapped: *mut OVERLAPPED,
    routine: Routine,
    watch: Option<Box<Watch>>,
    /// Where a call that ends at once puts the count and the flags; each may be NULL.
    count: *mut u32,
    flags: *mut u32,
}

// SAFETY: the OVERLAPPED is the program's promise until the operation has ended, for whichever thread ends it.
unsafe impl Send for Block {}

impl Block {
    /// # Safety
    /// - `overlapped` is writable, and stays until the operation has ended; `routine` may be called with it.
    /// - `count` and `flags` are bad or writable until the call returns.
    pub(in crate::ffi) unsafe fn new(
        overlapped: *mut OVERLAPPED,
        routine: Routine,
        count: *mut u32,
        flags: *mut u32,
    ) -> Self {
        Self { overlapped, routine, watch: None, count, flags }
    }

    /// Has somebody else hear of the end.
    pub(in crate::ffi) fn watched_by(self, watch: Option<Box<Watch>>) -> Self {
        Self { watch, ..self }
    }
}

impl Caller for Block {
    fn begin(&self) {
        // SAFETY: `new` was promised an OVERLAPPED. InternalHigh stays (F051).
        unsafe { write_internal(self.overlapped, NtStatus::PENDING) };
    }

    fn at_once(&self, end: &End) {
        // SAFETY: `new` was promised that both are bad or writable; NULL is bad.
        unsafe {
            let _ = put(self.count, end.bytes as u32);
            let _ = put(self.flags, end.flags);
        }
    }

    #[inline]
    fn ended(&mut self, end: &End) {
        if let Some(watch) = self.watch.take() {
            // A layer's panic must not keep the operation from its end.
            let _ = catch_unwind(AssertUnwindSafe(|| watch(end)));
        }
    }

    fn write(&self, status: NtStatus, bytes: usize) {
        // SAFETY: `new` was promised an OVERLAPPED until the operation has ended, which it has here.
        unsafe { write_status(self.overlapped, status, bytes) };
    }

    fn routine(&self, end: End) -> Box<dyn FnOnce() + Send> {
        /// The address, which the routine gets back.
        struct Address(*mut OVERLAPPED);
        // SAFETY: it is handed to the thread that the program gave it in.
        unsafe impl Send for Address {}
        let (routine, address) = (self.routine, Address(self.overlapped));
        Box::new(move || {
            let address = address;
            match routine {
                Routine::None => {}
                Routine::Winsock(routine) => {
                    let code = end.status.winsock().code() as u32;
                    let code = if end.status.is_success() { 0 } else { code };
                    // SAFETY: `new` was promised that it may be called so.
                    unsafe { routine(code, end.bytes as u32, address.0, end.flags) };
                }
            }
        })
    }
}

/// Whom an operation tells, and whether what its OVERLAPPED names is there.
pub(in crate::ffi) struct Told {
    pub(in crate::ffi) target: Target,
    /// hEvent names no event that is open.
    pub(in crate::ffi) bad_event: bool,
    /// A completion routine where packets go to a port (F022).
    pub(in crate::ffi) contradiction: bool,
}

/// Reads what an OVERLAPPED says. With a completion routine hEvent is the program's own.
///
/// # Safety
/// `overlapped` is bad or an OVERLAPPED.
#[inline(always)]
pub(in crate::ffi) unsafe fn told(
    socket: &Socket,
    overlapped: *mut OVERLAPPED,
    routine: Routine,
) -> Result<Told, WsaError> {
    if !is_writable(overlapped) {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: the caller's promise.
    let handle = unsafe { get(overlapped) }?.hEvent as usize;
    let has_routine = routine.is_some();
    let (event, bad_event) = match handle {
        _ if has_routine => (None, false),
        0 | 1 => (None, false),
        handle => match event_of(handle) {
            Some(event) => (Some(event), false),
            None => (None, true),
        },
    };
    let contradiction = has_routine && Requests::present(socket).is_some_and(Requests::has_port);
    let no_packet = !has_routine && handle & 1 != 0;
    let target = Target {
        overlapped: overlapped as usize,
        event,
        no_packet,
        has_routine,
        routine_in: None,
        is_turn: false,
    };
    Ok(Told { target, bad_event, contradiction })
}

fn event_of(handle: usize) -> Option<Arc<Event>> {
    match object::find(handle) {
        Some(Object::Event(event)) => Some(event),
        _ => None,
    }
}

/// What a Winsock call says that began an operation.
pub(in crate::ffi) fn said(answer: Answer) -> Result<i32, WsaError> {
    match answer {
        Answer::Done(_) => Ok(0),
        Answer::Pending => Err(WsaError::WSA_IO_PENDING),
        Answer::Failed(status) => Err(status.winsock()),
    }
}

/// **WSAGetOverlappedResult** of the base provider: with what status the operation succeeded.
///
/// # Safety
/// Those of `WSAGetOverlappedResult`.
pub(in crate::ffi) unsafe fn get_overlapped_result(
    s: SOCKET,
    lpoverlapped: *const OVERLAPPED,
    lpcbtransfer: *mut u32,
    fwait: BOOL,
    lpdwflags: *mut u32,
) -> Result<NtStatus, WsaError> {
    // F019: unlike receives and sends this one goes by Winsock's own table.
    if table::enter(s)?.facts().any(facts::HANDLE_COPY) {
        return Err(WsaError::WSAENOTSOCK);
    }
    // SAFETY: as the caller vouches.
    let event = unsafe { event_in(lpoverlapped) }?;
    if !is_writable(lpcbtransfer) {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: found to be readable.
    let now = || unsafe { read_status(lpoverlapped) };
    if now().is_pending() {
        io::settle(s);
    }
    if now().is_pending() {
        if fwait == FALSE {
            return Err(WsaError::WSA_IO_INCOMPLETE);
        }
        let handle = if event.is_null() { s as HANDLE } else { event };
        let object = waitable_of(handle).map_err(|_| WsaError::WSA_INVALID_HANDLE)?;
        wait::wait(vec![object], false, Deadline::NEVER, false);
        // SAFETY: as the caller vouches.
        unsafe { io::write_early(s, lpoverlapped.cast_mut()) };
    }
    let status = now();
    // SAFETY: as the caller vouches; the count is whole once the status is.
    unsafe {
        let count = (&raw const (*lpoverlapped).InternalHigh).read_unaligned();
        put(lpcbtransfer, count as u32)?;
    }
    if !status.is_success() && !status.is_pending() {
        return Err(status.winsock());
    }
    if !lpdwflags.is_null() {
        // SAFETY: as the caller vouches.
        unsafe { put(lpdwflags, flags_of(status)) }?;
    }
    Ok(status)
}
