//! Waits for objects, sleeps, and the calls that are queued for threads: WaitForSingleObject,
//! WaitForMultipleObjects, SignalObjectAndWait, SleepEx, QueueUserAPC and their kin.
#![allow(unsafe_code)] // exported symbols; reads the caller's handles, calls the program's routines

use std::sync::Arc;

use super::events::event_of;
use super::threading::thread_of;
use crate::ffi::border;
use crate::socket::requests::Requests;
use crate::socket::table;
use crate::win32::apc::{self, Apc};
use crate::win32::object::{self, Kind};
use crate::win32::port::Resting;
use crate::win32::wait::{self, Deadline, Outcome, Waitable};
use crate::win32::{clock, event, thread};
use crate::windows::foundation::{
    BOOL, ERROR_GEN_FAILURE, ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_NOACCESS, FALSE, HANDLE,
    PAPCFUNC, WAIT_EVENT, WAIT_FAILED, WAIT_IO_COMPLETION, WAIT_OBJECT_0, WAIT_TIMEOUT,
};

/// So many handles at most (G174).
const MAXIMUM_WAIT_OBJECTS: u32 = 64;

/// **Sleep** suspends the calling thread: 0 gives up the time slice, INFINITE never ends.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_Sleep")]
pub unsafe extern "system" fn Sleep(dwmilliseconds: u32) {
    border::quiet((), || sleep(dwmilliseconds));
}

fn sleep(milliseconds: u32) {
    // A completion port lets another thread go for one that sleeps (G190).
    let _resting = (milliseconds != 0).then(|| Resting::of(&thread::current()));
    clock::sleep(milliseconds);
}

/// **SleepEx** is Sleep that, if `balertable` is not 0, ends when calls that were queued for the thread have run.
///
/// Returns WAIT_IO_COMPLETION then, also for calls that were queued before (G184), and 0 when the time is over.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_SleepEx")]
pub unsafe extern "system" fn SleepEx(dwmilliseconds: u32, balertable: BOOL) -> u32 {
    border::quiet(0, || {
        if balertable == FALSE {
            sleep(dwmilliseconds);
            return 0;
        }
        let alerted = wait::sleep_alertably(Deadline::after_ms(dwmilliseconds));
        if alerted { WAIT_IO_COMPLETION } else { 0 }
    })
}

/// **WaitForSingleObject** waits until the object is signalled: an event that is set, a thread that has ended.
///
/// `dwmilliseconds` of 0 only looks, INFINITE never gives up. Returns WAIT_OBJECT_0 or WAIT_TIMEOUT; both
/// leave the last error alone (G176). The handle's low two bits do not matter (G180).
///
/// # Errors
/// Returns WAIT_FAILED.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | the handle is not open, or nobody can wait for its object | G178 |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_WaitForSingleObject")]
pub unsafe extern "system" fn WaitForSingleObject(hhandle: HANDLE, dwmilliseconds: u32) -> WAIT_EVENT {
    border::win32(WAIT_FAILED, || wait_for_one(hhandle, dwmilliseconds, FALSE))
}

/// **WaitForSingleObjectEx** is WaitForSingleObject that, if `balertable` is not 0, also ends when calls that
/// were queued for the thread have run: WAIT_IO_COMPLETION. An object that is signalled already goes first (G182).
///
/// # Errors
/// Those of [`WaitForSingleObject`].
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_WaitForSingleObjectEx")]
pub unsafe extern "system" fn WaitForSingleObjectEx(
    hhandle: HANDLE,
    dwmilliseconds: u32,
    balertable: BOOL,
) -> WAIT_EVENT {
    border::win32(WAIT_FAILED, || wait_for_one(hhandle, dwmilliseconds, balertable))
}

fn wait_for_one(handle: HANDLE, milliseconds: u32, alertable: BOOL) -> Result<WAIT_EVENT, u32> {
    let objects = vec![waitable_of(handle)?];
    Ok(code_of(wait::wait(objects, false, Deadline::after_ms(milliseconds), alertable != FALSE)))
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
/// | ERROR_INVALID_HANDLE | a handle is not open, or nobody can wait for its object | G178 |
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
    // SAFETY: as the caller vouches.
    border::win32(WAIT_FAILED, || unsafe {
        wait_for_several(ncount, lphandles, bwaitall, dwmilliseconds, FALSE)
    })
}

/// **WaitForMultipleObjectsEx** is WaitForMultipleObjects that, if `balertable` is not 0, also ends when calls
/// that were queued for the thread have run: WAIT_IO_COMPLETION, and no object is changed (G183).
///
/// # Errors
/// Those of [`WaitForMultipleObjects`].
///
/// # Safety
/// - `lphandles` is NULL or readable for `ncount` handles.
#[unsafe(export_name = "ws2_WaitForMultipleObjectsEx")]
pub unsafe extern "system" fn WaitForMultipleObjectsEx(
    ncount: u32,
    lphandles: *const HANDLE,
    bwaitall: BOOL,
    dwmilliseconds: u32,
    balertable: BOOL,
) -> WAIT_EVENT {
    // SAFETY: as the caller vouches.
    border::win32(WAIT_FAILED, || unsafe {
        wait_for_several(ncount, lphandles, bwaitall, dwmilliseconds, balertable)
    })
}

/// The wait for several objects, under whatever name.
///
/// # Safety
/// `handles` is NULL or readable for `count` handles.
pub(in crate::ffi) unsafe fn wait_for_several(
    count: u32,
    handles: *const HANDLE,
    all: BOOL,
    milliseconds: u32,
    alertable: BOOL,
) -> Result<WAIT_EVENT, u32> {
    // SAFETY: as the caller vouches.
    let objects = unsafe { objects_of(count, handles) }?;
    let all = all != FALSE;
    if all && has_twice(&objects) {
        return Err(ERROR_INVALID_PARAMETER);
    }
    Ok(code_of(wait::wait(objects, all, Deadline::after_ms(milliseconds), alertable != FALSE)))
}

/// # Safety
/// `handles` is NULL or readable for `count` handles.
pub(super) unsafe fn objects_of(count: u32, handles: *const HANDLE) -> Result<Vec<Arc<Waitable>>, u32> {
    if count == 0 || count > MAXIMUM_WAIT_OBJECTS {
        return Err(ERROR_INVALID_PARAMETER);
    }
    if handles.is_null() {
        return Err(ERROR_NOACCESS);
    }
    // SAFETY: `i` is below `count`.
    let read = |i| waitable_of(unsafe { handles.add(i).read_unaligned() });
    (0..count as usize).map(read).collect()
}

pub(super) fn has_twice(objects: &[Arc<Waitable>]) -> bool {
    objects.iter().enumerate().any(|(i, object)| objects[..i].iter().any(|other| Arc::ptr_eq(other, object)))
}

/// **SignalObjectAndWait** sets the event `hobjecttosignal` and then waits for `hobjecttowaiton`, as
/// WaitForSingleObjectEx does. Another thread may act between the two, as on Windows.
///
/// # Errors
/// Returns WAIT_FAILED; nothing was set.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | the first is not an event's handle, or nobody can wait for the second | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_SignalObjectAndWait")]
pub unsafe extern "system" fn SignalObjectAndWait(
    hobjecttosignal: HANDLE,
    hobjecttowaiton: HANDLE,
    dwmilliseconds: u32,
    balertable: BOOL,
) -> WAIT_EVENT {
    border::win32(WAIT_FAILED, || {
        let signalled = event_of(hobjecttosignal)?;
        let objects = vec![waitable_of(hobjecttowaiton)?];
        event::set(&signalled);
        Ok(code_of(wait::wait(objects, false, Deadline::after_ms(dwmilliseconds), balertable != FALSE)))
    })
}

/// **QueueUserAPC** queues a call `pfnapc(dwdata)` for a thread, which makes it at its next alertable wait.
///
/// A thread that is in one wakes for it; one that has not begun makes it first of all. Returns not 0.
///
/// # Errors
/// Returns 0.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | no routine | decided |
/// | ERROR_INVALID_HANDLE | not a thread's handle | documented |
/// | ERROR_GEN_FAILURE | the thread has ended | documented |
///
/// # Safety
/// - `pfnapc` may be called with `dwdata` in the thread.
#[unsafe(export_name = "ws2_QueueUserAPC")]
pub unsafe extern "system" fn QueueUserAPC(pfnapc: PAPCFUNC, hthread: HANDLE, dwdata: usize) -> u32 {
    border::win32(0, || {
        let routine = pfnapc.ok_or(ERROR_INVALID_PARAMETER)?;
        let thread = thread_of(hthread)?;
        // SAFETY: as the caller vouches.
        let run = Box::new(move || unsafe { routine(dwdata) });
        let queued = apc::queue(&thread, Apc { group: 0, run });
        if queued { Ok(1) } else { Err(ERROR_GEN_FAILURE) }
    })
}

pub(super) fn code_of(outcome: Outcome) -> WAIT_EVENT {
    match outcome {
        Outcome::Signalled(index) => WAIT_OBJECT_0 + index as u32,
        Outcome::TimedOut => WAIT_TIMEOUT,
        Outcome::Alerted => WAIT_IO_COMPLETION,
    }
}

/// What a wait for this handle waits for.
pub(in crate::ffi) fn waitable_of(handle: HANDLE) -> Result<Arc<Waitable>, u32> {
    let handle = handle as usize;
    match object::kind_of(handle) {
        Kind::Socket => waitable_of_socket(handle),
        Kind::Pseudo | Kind::Object => object::find(handle).and_then(|object| object.waitable()),
    }
    .ok_or(ERROR_INVALID_HANDLE)
}

/// A socket's own signal (F053).
fn waitable_of_socket(handle: usize) -> Option<Arc<Waitable>> {
    let socket = table::enter(handle).ok()?;
    Some(Requests::of(&socket).telling().own_event())
}
