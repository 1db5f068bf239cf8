//! Messages: GetMessage, PeekMessage, DispatchMessage, PostMessage, SendMessage, PostThreadMessage and their kin;
//! timers; and MsgWaitForMultipleObjects.
#![allow(unsafe_code)] // exported symbols; reads and writes the caller's MSG, calls the program's procedures

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use super::user::*;
use super::waits::{code_of, has_twice, objects_of};
use crate::ffi::border;
use crate::ffi::memory::{get, is_writable, put};
use crate::win32::queue::{self, EVERYTHING, Filter, Message, Queue, Wanted, Whose};
use crate::win32::timer::Due;
use crate::win32::wait::Deadline;
use crate::win32::{clock, idle, thread, window};
use crate::windows::foundation::{
    BOOL, ERROR_INVALID_PARAMETER, ERROR_INVALID_THREAD_ID, ERROR_NOACCESS, FALSE, HANDLE, TRUE, WAIT_EVENT,
    WAIT_FAILED,
};

/// **PeekMessageA** looks for a message to the calling thread or its windows; returns whether there was one.
///
/// `hwnd` is a window, whose messages and whose children's are wanted, NULL for all, or -1 for those to the
/// thread. `wmsgfiltermin` and `wmsgfiltermax` are the first and the last message wanted, both 0 for all; WM_QUIT
/// always is. With PM_REMOVE in `wremovemsg` the message is taken; PM_QS_POSTMESSAGE and PM_QS_SENDMESSAGE want
/// that kind only. What other threads have sent is answered first. Posted messages come in their order, then
/// WM_QUIT, then WM_TIMER. `pt` is always 0, 0.
///
/// # Errors
/// Returns FALSE, as where there is no message.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_WINDOW_HANDLE | `hwnd` is no window | documented |
/// | ERROR_WINDOW_OF_OTHER_THREAD | `hwnd` is another thread's | decided |
/// | ERROR_NOACCESS | `lpmsg` is NULL | decided |
///
/// # Safety
/// - `lpmsg` is NULL or writable.
/// - The procedures of the thread's windows may be called.
#[unsafe(export_name = "ws2_PeekMessageA")]
pub unsafe extern "system" fn PeekMessageA(
    lpmsg: *mut MSG,
    hwnd: HWND,
    wmsgfiltermin: u32,
    wmsgfiltermax: u32,
    wremovemsg: PEEK_MESSAGE_REMOVE_TYPE,
) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { peek(lpmsg, hwnd, (wmsgfiltermin, wmsgfiltermax), wremovemsg) })
}

/// **PeekMessageW** is PeekMessageA.
///
/// # Safety
/// As [`PeekMessageA`].
#[unsafe(export_name = "ws2_PeekMessageW")]
pub unsafe extern "system" fn PeekMessageW(
    lpmsg: *mut MSG,
    hwnd: HWND,
    wmsgfiltermin: u32,
    wmsgfiltermax: u32,
    wremovemsg: PEEK_MESSAGE_REMOVE_TYPE,
) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { peek(lpmsg, hwnd, (wmsgfiltermin, wmsgfiltermax), wremovemsg) })
}

/// **GetMessageA** takes the next message to the calling thread or its windows, and waits for one.
///
/// Which one is said as in [`PeekMessageA`]. Returns FALSE for WM_QUIT, and what is not 0 for any other message.
/// What other threads send meanwhile is answered.
///
/// # Errors
/// Returns -1. Those of [`PeekMessageA`].
///
/// # Safety
/// As [`PeekMessageA`].
#[unsafe(export_name = "ws2_GetMessageA")]
pub unsafe extern "system" fn GetMessageA(
    lpmsg: *mut MSG,
    hwnd: HWND,
    wmsgfiltermin: u32,
    wmsgfiltermax: u32,
) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(-1, || unsafe { take(lpmsg, hwnd, (wmsgfiltermin, wmsgfiltermax)) })
}

/// **GetMessageW** is GetMessageA.
///
/// # Safety
/// As [`GetMessageA`].
#[unsafe(export_name = "ws2_GetMessageW")]
pub unsafe extern "system" fn GetMessageW(
    lpmsg: *mut MSG,
    hwnd: HWND,
    wmsgfiltermin: u32,
    wmsgfiltermax: u32,
) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(-1, || unsafe { take(lpmsg, hwnd, (wmsgfiltermin, wmsgfiltermax)) })
}

/// # Safety
/// `to` is bad or writable; the procedures of the thread's windows may be called.
unsafe fn peek(
    to: *mut MSG,
    whose: HWND,
    range: (u32, u32),
    flags: PEEK_MESSAGE_REMOVE_TYPE,
) -> Result<BOOL, u32> {
    let (queue, filter) = look(to, whose, range)?;
    let kinds = if flags >> 16 == 0 { EVERYTHING } else { flags >> 16 };
    if kinds & QS_SENDMESSAGE != 0 {
        window::answer(&queue);
    }
    let take = || queue::take(&queue, &filter, kinds, flags & PM_REMOVE != 0);
    let message = take().or_else(|| {
        // Who only looks, and never waits, is to find what has come.
        idle::look();
        take()
    });
    let Some(message) = message else { return Ok(FALSE) };
    // SAFETY: as the caller vouches.
    unsafe { tell(message, to) }?;
    Ok(TRUE)
}

/// # Safety
/// As [`peek`].
unsafe fn take(to: *mut MSG, whose: HWND, range: (u32, u32)) -> Result<BOOL, u32> {
    let (queue, filter) = look(to, whose, range)?;
    let message = loop {
        window::answer(&queue);
        match queue::take(&queue, &filter, EVERYTHING, true) {
            Some(message) => break message,
            None => wait_for_news(),
        }
    };
    // SAFETY: as the caller vouches.
    unsafe { tell(message, to) }?;
    Ok((message.message != WM_QUIT).into())
}

fn wait_for_news() {
    let news = Wanted { kinds: EVERYTHING, old_too: false };
    queue::wait(Vec::new(), false, Deadline::NEVER, false, news);
}

/// What is needed to look for a message.
fn look(to: *const MSG, whose: HWND, range: (u32, u32)) -> Result<(Arc<Queue>, Filter), u32> {
    /// The messages to the thread.
    const THREADS_OWN: usize = usize::MAX;
    if !is_writable(to) {
        return Err(ERROR_NOACCESS);
    }
    let queue = queue::mine();
    let whose = match whose as usize {
        0 => Whose::Anybodys,
        THREADS_OWN => Whose::Nobodys,
        handle => {
            window::find_own(handle)?;
            Whose::Windows(window::with_children(handle))
        }
    };
    Ok((queue, Filter { whose, range }))
}

/// # Safety
/// `to` is bad or writable.
unsafe fn tell(message: Message, to: *mut MSG) -> Result<(), u32> {
    let Message { window, message, wparam, lparam, time } = message;
    let pt = POINT::default();
    let told = MSG { hwnd: window as HWND, message, wParam: wparam, lParam: lparam, time, pt };
    // SAFETY: as the caller vouches.
    unsafe { put(to, told) }.map_err(|_| ERROR_NOACCESS)
}

/// **WaitMessage** waits until something comes into the calling thread's queue that it has not looked at.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_WaitMessage")]
pub unsafe extern "system" fn WaitMessage() -> BOOL {
    border::win32(FALSE, || {
        wait_for_news();
        Ok(TRUE)
    })
}

/// **TranslateMessage** says whether a message is of the keyboard's. There is none, and nothing to translate.
///
/// # Safety
/// - `lpmsg` is NULL or readable.
#[unsafe(export_name = "ws2_TranslateMessage")]
pub unsafe extern "system" fn TranslateMessage(lpmsg: *const MSG) -> BOOL {
    border::quiet(FALSE, || {
        // SAFETY: as the caller vouches.
        let message = unsafe { get(lpmsg) }.map_or(WM_NULL, |told| told.message);
        matches!(message, WM_KEYDOWN | WM_KEYUP | WM_SYSKEYDOWN | WM_SYSKEYUP).into()
    })
}

/// **DispatchMessageA** calls the procedure of a message's window and returns what it returns; or, for WM_TIMER,
/// the routine that SetTimer was given. A message to the thread is not for it: 0.
///
/// # Errors
/// Returns 0.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_WINDOW_HANDLE | no window | documented |
/// | ERROR_WINDOW_OF_OTHER_THREAD | another thread's window | decided |
/// | ERROR_NOACCESS | `lpmsg` is NULL | decided |
///
/// # Safety
/// - `lpmsg` is NULL or readable; the window's procedure may be called with it.
#[unsafe(export_name = "ws2_DispatchMessageA")]
pub unsafe extern "system" fn DispatchMessageA(lpmsg: *const MSG) -> LRESULT {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { dispatch(lpmsg) })
}

/// **DispatchMessageW** is DispatchMessageA.
///
/// # Safety
/// As [`DispatchMessageA`].
#[unsafe(export_name = "ws2_DispatchMessageW")]
pub unsafe extern "system" fn DispatchMessageW(lpmsg: *const MSG) -> LRESULT {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { dispatch(lpmsg) })
}

/// # Safety
/// `message` is bad or readable; the window's procedure may be called with it.
unsafe fn dispatch(message: *const MSG) -> Result<LRESULT, u32> {
    // SAFETY: as the caller vouches.
    let MSG { hwnd, message, wParam, lParam, .. } = unsafe { get(message) }.map_err(|_| ERROR_NOACCESS)?;
    if message == WM_TIMER && lParam != 0 {
        let says = Due { window: hwnd as usize, id: wParam, routine: lParam as usize };
        if queue::vouches_for(&queue::mine(), says) {
            // SAFETY: SetTimer was given it as one that may be called so.
            unsafe {
                mem::transmute::<isize, TimerRoutine>(lParam)(
                    hwnd,
                    message,
                    wParam,
                    clock::tick_count() as u32,
                )
            };
        }
        return Ok(0);
    }
    if hwnd.is_null() {
        return Ok(0);
    }
    Ok(window::find_own(hwnd as usize)?.call(message, wParam, lParam))
}

type TimerRoutine = unsafe extern "system" fn(HWND, u32, usize, u32);

/// **PostMessageA** queues a message for a window, in the thread that made it; NULL is the calling thread itself.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_WINDOW_HANDLE | no window | documented |
/// | ERROR_NOT_ENOUGH_QUOTA | 10,000 messages are there that nobody takes | documented |
///
/// # Safety
/// - The window's procedure may be called with this message.
#[unsafe(export_name = "ws2_PostMessageA")]
pub unsafe extern "system" fn PostMessageA(hwnd: HWND, msg: u32, wparam: WPARAM, lparam: LPARAM) -> BOOL {
    border::win32(FALSE, || post(hwnd, msg, wparam, lparam))
}

/// **PostMessageW** is PostMessageA.
///
/// # Safety
/// As [`PostMessageA`].
#[unsafe(export_name = "ws2_PostMessageW")]
pub unsafe extern "system" fn PostMessageW(hwnd: HWND, msg: u32, wparam: WPARAM, lparam: LPARAM) -> BOOL {
    border::win32(FALSE, || post(hwnd, msg, wparam, lparam))
}

fn post(window: HWND, message: u32, wparam: usize, lparam: isize) -> Result<BOOL, u32> {
    if window.is_null() {
        queue::post(&queue::mine(), Message::new(0, message, wparam, lparam))
    } else {
        window::post(window as usize, message, wparam, lparam)
    }
    .map(|()| TRUE)
}

/// **PostThreadMessageA** queues a message for a thread, which gets it without a window.
///
/// A thread has a queue from its first call of a function of windows or messages on.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_THREAD_ID | no such thread, or it has no queue | documented |
/// | ERROR_NOT_ENOUGH_QUOTA | 10,000 messages are there that nobody takes | documented |
///
/// # Safety
/// - What the message means to the thread is true.
#[unsafe(export_name = "ws2_PostThreadMessageA")]
pub unsafe extern "system" fn PostThreadMessageA(
    idthread: u32,
    msg: u32,
    wparam: WPARAM,
    lparam: LPARAM,
) -> BOOL {
    border::win32(FALSE, || post_to_thread(idthread, Message::new(0, msg, wparam, lparam)))
}

/// **PostThreadMessageW** is PostThreadMessageA.
///
/// # Safety
/// As [`PostThreadMessageA`].
#[unsafe(export_name = "ws2_PostThreadMessageW")]
pub unsafe extern "system" fn PostThreadMessageW(
    idthread: u32,
    msg: u32,
    wparam: WPARAM,
    lparam: LPARAM,
) -> BOOL {
    border::win32(FALSE, || post_to_thread(idthread, Message::new(0, msg, wparam, lparam)))
}

fn post_to_thread(thread: u32, message: Message) -> Result<BOOL, u32> {
    let own = queue::mine();
    let queue = if thread == thread::current_id() { Some(own) } else { queue::of(thread) };
    queue::post(&queue.ok_or(ERROR_INVALID_THREAD_ID)?, message).map(|()| TRUE)
}

/// **SendMessageA** has a window's procedure handle a message and returns what it returns.
///
/// A window of another thread handles it when that thread looks for messages, and this call waits for that;
/// what other threads send to this one meanwhile is answered.
///
/// # Errors
/// Returns 0, also if the other thread ends before it answers.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_WINDOW_HANDLE | no window | documented |
///
/// # Safety
/// - The window's procedure may be called with this message.
#[unsafe(export_name = "ws2_SendMessageA")]
pub unsafe extern "system" fn SendMessageA(hwnd: HWND, msg: u32, wparam: WPARAM, lparam: LPARAM) -> LRESULT {
    border::win32(0, || window::send(hwnd as usize, msg, wparam, lparam))
}

/// **SendMessageW** is SendMessageA.
///
/// # Safety
/// As [`SendMessageA`].
#[unsafe(export_name = "ws2_SendMessageW")]
pub unsafe extern "system" fn SendMessageW(hwnd: HWND, msg: u32, wparam: WPARAM, lparam: LPARAM) -> LRESULT {
    border::win32(0, || window::send(hwnd as usize, msg, wparam, lparam))
}

/// **PostQuitMessage** has the calling thread get WM_QUIT, with this code, once no posted message is left.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_PostQuitMessage")]
pub unsafe extern "system" fn PostQuitMessage(nexitcode: i32) {
    border::quiet((), || queue::post_quit(nexitcode));
}

/// **SetTimer** has WM_TIMER come every `uelapse` milliseconds, of which there are at least 10; gives what
/// KillTimer is to be told.
///
/// One that the window has by this identifier is set anew. Without a window a timer gets an identifier, unless
/// the thread has it already. `lptimerfunc` is what DispatchMessage calls, instead of the window's procedure.
/// A message that has not been taken stands for all times that have passed.
///
/// # Errors
/// Returns 0.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_WINDOW_HANDLE | no window | documented |
/// | ERROR_WINDOW_OF_OTHER_THREAD | another thread's window | decided |
///
/// # Safety
/// - `lptimerfunc` is NULL or may be called so.
#[unsafe(export_name = "ws2_SetTimer")]
pub unsafe extern "system" fn SetTimer(
    hwnd: HWND,
    nidevent: usize,
    uelapse: u32,
    lptimerfunc: TIMERPROC,
) -> usize {
    border::win32(0, || {
        if !hwnd.is_null() {
            window::find_own(hwnd as usize)?;
        }
        let routine = lptimerfunc.map_or(0, |routine| routine as usize);
        let period = uelapse.clamp(USER_TIMER_MINIMUM, USER_TIMER_MAXIMUM);
        let says = Due { window: hwnd as usize, id: nidevent, routine };
        let id = queue::set_timer(&queue::mine(), says, Duration::from_millis(period.into()));
        // Also a window's timer 0 was set.
        Ok(id.max(1))
    })
}

/// **KillTimer** takes a timer away, with its message.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_WINDOW_HANDLE | no window | documented |
/// | ERROR_WINDOW_OF_OTHER_THREAD | another thread's window | decided |
/// | ERROR_INVALID_PARAMETER | it has no such timer | decided |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_KillTimer")]
pub unsafe extern "system" fn KillTimer(hwnd: HWND, uidevent: usize) -> BOOL {
    border::win32(FALSE, || {
        if !hwnd.is_null() {
            window::find_own(hwnd as usize)?;
        }
        let was_there = queue::kill_timer(&queue::mine(), hwnd as usize, uidevent);
        if was_there { Ok(TRUE) } else { Err(ERROR_INVALID_PARAMETER) }
    })
}

/// **MsgWaitForMultipleObjects** waits for objects as WaitForMultipleObjects does, and for the calling thread's
/// queue: for messages of the kinds in `dwwakemask` that it has not looked at yet.
///
/// Returns what WaitForMultipleObjects does, and WAIT_OBJECT_0 plus `ncount` for the queue; with `fwaitall`
/// WAIT_OBJECT_0 once all are signalled and something has come into the queue.
///
/// # Errors
/// Returns WAIT_FAILED.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | more than 63 handles; one object twice with `fwaitall` | documented |
/// | ERROR_NOACCESS | handles, but `phandles` is NULL | decided |
/// | ERROR_INVALID_HANDLE | a handle is not open, or nobody can wait for its object | documented |
///
/// # Safety
/// - `phandles` is NULL or readable for `ncount` handles.
#[unsafe(export_name = "ws2_MsgWaitForMultipleObjects")]
pub unsafe extern "system" fn MsgWaitForMultipleObjects(
    ncount: u32,
    phandles: *const HANDLE,
    fwaitall: BOOL,
    dwmilliseconds: u32,
    dwwakemask: QUEUE_STATUS_FLAGS,
) -> WAIT_EVENT {
    let flags = if fwaitall == FALSE { MWMO_NONE } else { MWMO_WAITALL };
    // SAFETY: as the caller vouches.
    border::win32(WAIT_FAILED, || unsafe { wait(ncount, phandles, dwmilliseconds, dwwakemask, flags) })
}

/// **MsgWaitForMultipleObjectsEx** is MsgWaitForMultipleObjects with flags: MWMO_WAITALL; MWMO_ALERTABLE, with
/// which calls that are queued for the thread end it, too: WAIT_IO_COMPLETION; MWMO_INPUTAVAILABLE, with which
/// also messages end it that were looked at and not taken.
///
/// # Errors
/// Those of [`MsgWaitForMultipleObjects`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | a flag that does not exist | documented |
///
/// # Safety
/// As [`MsgWaitForMultipleObjects`].
#[unsafe(export_name = "ws2_MsgWaitForMultipleObjectsEx")]
pub unsafe extern "system" fn MsgWaitForMultipleObjectsEx(
    ncount: u32,
    phandles: *const HANDLE,
    dwmilliseconds: u32,
    dwwakemask: QUEUE_STATUS_FLAGS,
    dwflags: MSG_WAIT_FOR_MULTIPLE_OBJECTS_EX_FLAGS,
) -> WAIT_EVENT {
    // SAFETY: as the caller vouches.
    border::win32(WAIT_FAILED, || unsafe { wait(ncount, phandles, dwmilliseconds, dwwakemask, dwflags) })
}

/// So many objects beside the queue.
const MOST_OBJECTS: u32 = 63;

/// # Safety
/// `handles` is NULL or readable for `count` handles.
unsafe fn wait(
    count: u32,
    handles: *const HANDLE,
    milliseconds: u32,
    kinds: QUEUE_STATUS_FLAGS,
    flags: MSG_WAIT_FOR_MULTIPLE_OBJECTS_EX_FLAGS,
) -> Result<WAIT_EVENT, u32> {
    let has = |flag| flags & flag != 0;
    if count > MOST_OBJECTS || has(!(MWMO_WAITALL | MWMO_ALERTABLE | MWMO_INPUTAVAILABLE)) {
        return Err(ERROR_INVALID_PARAMETER);
    }
    // SAFETY: as the caller vouches.
    let objects = if count == 0 { Vec::new() } else { unsafe { objects_of(count, handles) }? };
    if has(MWMO_WAITALL) && has_twice(&objects) {
        return Err(ERROR_INVALID_PARAMETER);
    }
    let wanted = Wanted { kinds, old_too: has(MWMO_INPUTAVAILABLE) };
    let deadline = Deadline::after_ms(milliseconds);
    Ok(code_of(queue::wait(objects, has(MWMO_WAITALL), deadline, has(MWMO_ALERTABLE), wanted)))
}
