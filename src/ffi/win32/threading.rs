//! Threads and waits: CreateThread, ExitThread, WaitForSingleObject, WaitForMultipleObjects and their kin.
#![allow(unsafe_code)] // exported symbols; calls the program's thread routines

use core::ffi::c_void;
use std::mem;
use std::sync::Arc;

use super::types::*;
use crate::ffi::border;
use crate::win32::object::{self, Object};
use crate::win32::stack::Routine;
use crate::win32::thread::{self, Plan, Thread};
use crate::win32::wait::{self, Deadline, Outcome, Waitable};
use crate::win32::{clock, host};
use crate::windows::foundation::{
    BOOL, ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_NOACCESS, ERROR_NOT_ENOUGH_MEMORY, FALSE,
    HANDLE, TRUE, WAIT_EVENT, WAIT_FAILED, WAIT_IO_COMPLETION, WAIT_OBJECT_0, WAIT_TIMEOUT,
};

/// So many handles at most, as documented.
const MAXIMUM_WAIT_OBJECTS: u32 = 64;

/// The stack that a Windows program may rely on, in bytes, when it asks for less.
const USUAL_STACK: usize = 1 << 20;

/// Less than this runs no routine that prints.
const LEAST_STACK: usize = 1 << 16;

/// **CreateThread** makes a thread that runs `lpstartaddress(lpparameter)`; its result is the exit code.
///
/// `dwstacksize` is in bytes; 0 is the default. With STACK_SIZE_PARAM_IS_A_RESERVATION it is the whole
/// stack, otherwise at least 1 MiB is reserved, as Windows does. CREATE_SUSPENDED holds the thread back
/// until ResumeThread. `lpthreadattributes` is not used. `lpthreadid`, if not NULL, gets the identifier.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | no start address, or an unknown flag | documented |
/// | ERROR_NOT_ENOUGH_MEMORY | the host makes no more threads | documented |
///
/// # Safety
/// - `lpstartaddress` may be called with `lpparameter` in another thread.
/// - `lpthreadid` is NULL or writable.
#[unsafe(export_name = "ws2_CreateThread")]
pub unsafe extern "system" fn CreateThread(
    _lpthreadattributes: *const SECURITY_ATTRIBUTES,
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
        let handle = unsafe { thread::create(plan, tell) }.ok_or(ERROR_NOT_ENOUGH_MEMORY)?;
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

/// **Sleep** suspends the calling thread: 0 gives up the time slice, INFINITE never ends.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_Sleep")]
pub unsafe extern "system" fn Sleep(dwmilliseconds: u32) {
    border::quiet((), || clock::sleep(dwmilliseconds));
}

/// **WaitForSingleObject** waits until the object is signalled: a thread, when it has ended.
///
/// `dwmilliseconds` of 0 only looks, INFINITE never gives up. Returns WAIT_OBJECT_0 or WAIT_TIMEOUT; both
/// leave the last error alone (G176). The handle's low two bits do not matter (G180).
///
/// # Errors
/// Returns WAIT_FAILED.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | the handle is not open, or is a socket's | G178 |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_WaitForSingleObject")]
pub unsafe extern "system" fn WaitForSingleObject(hhandle: HANDLE, dwmilliseconds: u32) -> WAIT_EVENT {
    border::win32(WAIT_FAILED, || {
        let object = object_of(hhandle)?.waitable().ok_or(ERROR_INVALID_HANDLE)?;
        Ok(event(wait::wait(vec![object], false, Deadline::after_ms(dwmilliseconds), false)))
    })
}

/// **WaitForMultipleObjects** waits until one of the objects is signalled, or with `bwaitall` all of them.
///
/// Returns WAIT_OBJECT_0 plus the lowest index that is signalled (G175), WAIT_OBJECT_0 when all are, or
/// WAIT_TIMEOUT. Until all are signalled none is changed (G177).
///
/// # Errors
/// Returns WAIT_FAILED.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | no handle or more than 64; one object twice with `bwaitall` | G177, G178 |
/// | ERROR_NOACCESS | `lphandles` is NULL | G179 |
/// | ERROR_INVALID_HANDLE | a handle is not open | G178 |
///
/// # Safety
/// - `lphandles` is NULL or readable for `ncount` handles.
#[unsafe(export_name = "ws2_WaitForMultipleObjects")]
pub unsafe extern "system" fn WaitForMultipleObjects(
    ncount: u32,
    lphandles: *const HANDLE,
    bwaitall: BOOL,
    dwmilliseconds: u32,
) -> WAIT_EVENT {
    border::win32(WAIT_FAILED, || {
        // SAFETY: as the caller vouches.
        let objects = unsafe { objects_of(ncount, lphandles) }?;
        let all = bwaitall != FALSE;
        if all && has_twice(&objects) {
            return Err(ERROR_INVALID_PARAMETER);
        }
        Ok(event(wait::wait(objects, all, Deadline::after_ms(dwmilliseconds), false)))
    })
}

/// # Safety
/// `handles` is NULL or readable for `count` handles.
unsafe fn objects_of(count: u32, handles: *const HANDLE) -> Result<Vec<Arc<Waitable>>, u32> {
    if count == 0 || count > MAXIMUM_WAIT_OBJECTS {
        return Err(ERROR_INVALID_PARAMETER);
    }
    if handles.is_null() {
        return Err(ERROR_NOACCESS);
    }
    let read = |i| {
        // SAFETY: `i` is below `count`.
        let handle = unsafe { handles.add(i).read_unaligned() };
        object_of(handle)?.waitable().ok_or(ERROR_INVALID_HANDLE)
    };
    (0..count as usize).map(read).collect()
}

fn has_twice(objects: &[Arc<Waitable>]) -> bool {
    objects.iter().enumerate().any(|(i, object)| objects[..i].iter().any(|other| Arc::ptr_eq(other, object)))
}

fn event(outcome: Outcome) -> WAIT_EVENT {
    match outcome {
        Outcome::Signalled(index) => WAIT_OBJECT_0 + index as u32,
        Outcome::TimedOut => WAIT_TIMEOUT,
        Outcome::Alerted => WAIT_IO_COMPLETION,
    }
}

fn object_of(handle: HANDLE) -> Result<Object, u32> {
    object::find(handle as usize).ok_or(ERROR_INVALID_HANDLE)
}

fn thread_of(handle: HANDLE) -> Result<Arc<Thread>, u32> {
    match object_of(handle)? {
        Object::Thread(thread) => Ok(thread),
        _ => Err(ERROR_INVALID_HANDLE),
    }
}
