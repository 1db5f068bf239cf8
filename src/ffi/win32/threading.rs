//! Threads: CreateThread, ExitThread, GetExitCodeThread and their kin.
#![allow(unsafe_code)] // exported symbols; calls the program's thread routines

use core::ffi::c_void;
use std::mem;
use std::sync::Arc;

use super::handles;
use super::types::*;
use crate::ffi::border;
use crate::win32::host;
use crate::win32::object::{self, Object};
use crate::win32::stack::Routine;
use crate::win32::thread::{self, Plan, Thread};
use crate::windows::foundation::{
    BOOL, ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_NOACCESS, ERROR_NOT_ENOUGH_MEMORY, FALSE,
    HANDLE, TRUE,
};

/// The stack that a Windows program may rely on, in bytes, when it asks for less.
const USUAL_STACK: usize = 1 << 20;

/// Less than this runs no routine that prints.
const LEAST_STACK: usize = 1 << 16;

/// **CreateThread** makes a thread that runs `lpstartaddress(lpparameter)`; its result is the exit code.
///
/// `dwstacksize` is in bytes; 0 is the default. With STACK_SIZE_PARAM_IS_A_RESERVATION it is the whole
/// stack, otherwise at least 1 MiB is reserved, as Windows does. CREATE_SUSPENDED holds the thread back
/// until ResumeThread. Of `lpthreadattributes` `bInheritHandle` is the handle's HANDLE_FLAG_INHERIT. `lpthreadid`,
/// if not NULL, gets the identifier.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | no start address, or an unknown flag | documented |
/// | ERROR_NOT_ENOUGH_MEMORY | the host makes no more threads | documented |
/// | ERROR_NOACCESS | `lpthreadattributes` is no pointer | decided |
///
/// # Safety
/// - `lpstartaddress` may be called with `lpparameter` in another thread.
/// - `lpthreadid` is NULL or writable, `lpthreadattributes` NULL or readable.
#[unsafe(export_name = "ws2_CreateThread")]
pub unsafe extern "system" fn CreateThread(
    lpthreadattributes: *const SECURITY_ATTRIBUTES,
    dwstacksize: usize,
    lpstartaddress: LPTHREAD_START_ROUTINE,
    lpparameter: *const c_void,
    dwcreationflags: THREAD_CREATION_FLAGS,
    lpthreadid: *mut u32,
) -> HANDLE {
    border::win32(std::ptr::null_mut(), || {
        let routine = lpstartaddress.ok_or(ERROR_INVALID_PARAMETER)?;
        if dwcreationflags & !(CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION) != 0 {
            return Err(ERROR_INVALID_PARAMETER);
        }
        // SAFETY: the caller's promise.
        let flags = unsafe { handles::inherit_of(lpthreadattributes) }?;
        let plan = Plan {
            routine: unwinding(routine),
            argument: lpparameter.cast_mut(),
            stack: stack_size(dwstacksize, dwcreationflags & STACK_SIZE_PARAM_IS_A_RESERVATION != 0),
            suspended: dwcreationflags & CREATE_SUSPENDED != 0,
            closes_handle: false,
        };
        let tell = |id| {
            if !lpthreadid.is_null() {
                // SAFETY: not NULL, so writable.
                unsafe { lpthreadid.write_unaligned(id) };
            }
        };
        // SAFETY: the caller vouches for the routine.
        let handle = unsafe { thread::create(plan, flags, tell) }.ok_or(ERROR_NOT_ENOUGH_MEMORY)?;
        Ok(handle as HANDLE)
    })
}

/// The routine as one whose frames may be left in any way.
pub(super) fn unwinding(routine: unsafe extern "system" fn(*mut c_void) -> u32) -> Routine {
    // SAFETY: the two types promise the caller the same, save that the second may be unwound.
    unsafe { mem::transmute::<unsafe extern "system" fn(*mut c_void) -> u32, Routine>(routine) }
}

/// The bytes of stack to ask the host for; 0 is its own default.
pub(super) fn stack_size(asked: usize, is_reservation: bool) -> usize {
    let least = match (asked, is_reservation) {
        // Only macOS gives threads less by default than Windows does.
        (0, _) if cfg!(target_vendor = "apple") => USUAL_STACK,
        (0, _) => return 0,
        (_, true) => LEAST_STACK,
        (_, false) => USUAL_STACK,
    };
    asked.max(least).checked_next_multiple_of(LEAST_STACK).unwrap_or(usize::MAX)
}

/// **ExitThread** ends the calling thread with this exit code. Nothing on its stack is destroyed.
///
/// A thread that was not made by CreateThread or _beginthreadex is ended as the host ends threads.
///
/// # Safety
/// - No frame between this call and the thread's routine needs its destructors to run.
#[unsafe(export_name = "ws2_ExitThread")]
pub unsafe extern "system-unwind" fn ExitThread(dwexitcode: u32) -> ! {
    // SAFETY: as the caller vouches.
    unsafe { thread::exit(dwexitcode) }
}

/// **ResumeThread** takes back one suspension; a thread without any left runs. Gives how many there were.
///
/// # Errors
/// Returns 0xFFFFFFFF.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | not a thread's handle | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_ResumeThread")]
pub unsafe extern "system" fn ResumeThread(hthread: HANDLE) -> u32 {
    border::win32(u32::MAX, || thread_of(hthread).map(|thread| thread.resume()))
}

/// **GetExitCodeThread** tells a thread's exit code, or STILL_ACTIVE (259) while it runs.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | not a thread's handle | documented |
/// | ERROR_NOACCESS | `lpexitcode` is NULL | decided |
///
/// # Safety
/// - `lpexitcode` is NULL or writable.
#[unsafe(export_name = "ws2_GetExitCodeThread")]
pub unsafe extern "system" fn GetExitCodeThread(hthread: HANDLE, lpexitcode: *mut u32) -> BOOL {
    border::win32(FALSE, || {
        let code = thread_of(hthread)?.exit_code();
        if lpexitcode.is_null() {
            return Err(ERROR_NOACCESS);
        }
        // SAFETY: not NULL, so writable.
        unsafe { lpexitcode.write_unaligned(code) };
        Ok(TRUE)
    })
}

/// **GetCurrentThread** gives the pseudo handle that stands for whichever thread uses it.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetCurrentThread")]
pub unsafe extern "system" fn GetCurrentThread() -> HANDLE {
    object::CURRENT_THREAD as HANDLE
}

/// **GetCurrentProcess** gives the pseudo handle that stands for this process.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetCurrentProcess")]
pub unsafe extern "system" fn GetCurrentProcess() -> HANDLE {
    object::CURRENT_PROCESS as HANDLE
}

/// **GetCurrentThreadId** gives the calling thread's identifier; it is not used for a second thread.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetCurrentThreadId")]
pub unsafe extern "system" fn GetCurrentThreadId() -> u32 {
    thread::current_id()
}

/// **GetCurrentProcessId** gives the process's identifier, which is the host's.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetCurrentProcessId")]
pub unsafe extern "system" fn GetCurrentProcessId() -> u32 {
    host::process_id()
}

/// **GetThreadId** gives a thread's identifier, or 0.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | not a thread's handle | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetThreadId")]
pub unsafe extern "system" fn GetThreadId(thread: HANDLE) -> u32 {
    border::win32(0, || thread_of(thread).map(|thread| thread.id()))
}

/// **ExitProcess** ends the process; open streams are flushed. The parent sees the code's low 8 bits.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_ExitProcess")]
pub unsafe extern "system" fn ExitProcess(uexitcode: u32) -> ! {
    host::exit(uexitcode)
}

/// The thread behind a handle.
pub(super) fn thread_of(handle: HANDLE) -> Result<Arc<Thread>, u32> {
    match object::find(handle as usize) {
        Some(Object::Thread(thread)) => Ok(thread),
        _ => Err(ERROR_INVALID_HANDLE),
    }
}
