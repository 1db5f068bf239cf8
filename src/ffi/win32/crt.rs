//! The C runtime's thread functions: _beginthread, _beginthreadex, _endthread, _endthreadex.
#![allow(unsafe_code)] // exported symbols; calls the program's thread routines

use core::ffi::c_void;
use std::mem;

use nix::errno::Errno;

use super::handles;
use super::threading::{stack_size, unwinding};
use super::types::*;
use crate::ffi::border;
use crate::win32::thread::{self, Plan};

type Start = unsafe extern "system" fn(*mut c_void);

/// **_beginthreadex** makes a thread as CreateThread does, and gives its handle; 0 if it cannot.
///
/// The failure is told in errno: EINVAL for no start address or a bad `security`, EAGAIN for no room.
///
/// # Safety
/// - `start` may be called with `argument` in another thread; `id` is NULL or writable, `security` NULL or readable.
#[unsafe(export_name = "ws2__beginthreadex")]
pub(crate) unsafe extern "system" fn _beginthreadex(
    security: *mut c_void,
    stack: u32,
    start: LPTHREAD_START_ROUTINE,
    argument: *mut c_void,
    flags: u32,
    id: *mut u32,
) -> usize {
    border::quiet(0, || {
        let known = CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION;
        let (Some(routine), 0) = (start, flags & !known) else {
            Errno::EINVAL.set();
            return 0;
        };
        // SAFETY: the caller's promise.
        let Ok(inherit) = (unsafe { handles::inherit_of(security.cast()) }) else {
            Errno::EINVAL.set();
            return 0;
        };
        let plan = Plan {
            routine: unwinding(routine),
            argument,
            stack: stack_size(stack as usize, flags & STACK_SIZE_PARAM_IS_A_RESERVATION != 0),
            suspended: flags & CREATE_SUSPENDED != 0,
            closes_handle: false,
        };
        let tell = |fresh| {
            if !id.is_null() {
                // SAFETY: not NULL, so writable.
                unsafe { id.write_unaligned(fresh) };
            }
        };
        // SAFETY: the caller vouches for the routine.
        unsafe { begin(plan, inherit, tell) }.unwrap_or(0)
    })
}

/// **_beginthread** makes a thread that closes its own handle when it ends; -1 if it cannot.
///
/// # Safety
/// - `start` may be called with `argument` in another thread.
#[unsafe(export_name = "ws2__beginthread")]
pub(crate) unsafe extern "system" fn _beginthread(
    start: Option<Start>,
    stack: u32,
    argument: *mut c_void,
) -> usize {
    border::quiet(usize::MAX, || {
        let Some(start) = start else {
            Errno::EINVAL.set();
            return usize::MAX;
        };
        // SAFETY: the result of a routine that has none is whatever a register holds; `run` drops it.
        let routine =
            unsafe { mem::transmute::<Start, unsafe extern "system" fn(*mut c_void) -> u32>(start) };
        let plan = Plan {
            routine: unwinding(routine),
            argument,
            stack: stack_size(stack as usize, false),
            suspended: false,
            closes_handle: true,
        };
        // SAFETY: the caller vouches for the routine.
        unsafe { begin(plan, 0, |_| ()) }.unwrap_or(usize::MAX)
    })
}

/// # Safety
/// The plan's routine may be called with its argument, in another thread.
unsafe fn begin(plan: Plan, flags: u32, tell: impl FnOnce(u32)) -> Option<usize> {
    // SAFETY: as the caller vouches.
    let made = unsafe { thread::create(plan, flags, tell) };
    if made.is_none() {
        Errno::EAGAIN.set();
    }
    made
}

/// **_endthreadex** ends the calling thread as ExitThread does.
///
/// # Safety
/// - No frame between this call and the thread's routine needs its destructors to run.
#[unsafe(export_name = "ws2__endthreadex")]
pub(crate) unsafe extern "system-unwind" fn _endthreadex(code: u32) -> ! {
    // SAFETY: as the caller vouches.
    unsafe { thread::exit(code) }
}

/// **_endthread** ends the calling thread, which _beginthread made.
///
/// # Safety
/// - No frame between this call and the thread's routine needs its destructors to run.
#[unsafe(export_name = "ws2__endthread")]
pub(crate) unsafe extern "system-unwind" fn _endthread() -> ! {
    // SAFETY: as the caller vouches.
    unsafe { thread::exit(0) }
}
