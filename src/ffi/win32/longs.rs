//! What windows keep for their programs: GetWindowLongPtr and SetWindowLongPtr; and CallWindowProc, for procedures
//! that SetWindowLongPtr has put others in front of.
#![allow(unsafe_code)] // exported symbols; calls the program's procedures

use super::user::*;
use crate::ffi::border;
use crate::win32::window;
use crate::windows::foundation::ERROR_INVALID_INDEX;

const LONG: usize = size_of::<i32>();
const POINTER: usize = size_of::<isize>();

/// **GetWindowLongPtrA** gives a value that a window keeps: GWLP_USERDATA, which is 0 at first, GWLP_WNDPROC,
/// GWLP_HINSTANCE, GWLP_ID, GWL_STYLE, GWL_EXSTYLE, or what is at an offset in its class's `cbWndExtra` bytes.
///
/// # Errors
/// Returns 0.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_WINDOW_HANDLE | no window | documented |
/// | ERROR_INVALID_INDEX | no such value, or not that many bytes | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetWindowLongPtrA")]
pub unsafe extern "system" fn GetWindowLongPtrA(hwnd: HWND, nindex: WINDOW_LONG_PTR_INDEX) -> isize {
    border::win32(0, || window::find(hwnd as usize)?.long(nindex, POINTER))
}

/// **GetWindowLongPtrW** is GetWindowLongPtrA.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetWindowLongPtrW")]
pub unsafe extern "system" fn GetWindowLongPtrW(hwnd: HWND, nindex: WINDOW_LONG_PTR_INDEX) -> isize {
    border::win32(0, || window::find(hwnd as usize)?.long(nindex, POINTER))
}

/// **SetWindowLongPtrA** replaces a value that a window keeps, and gives the one from before, which may be 0.
///
/// The indexes are those of [`GetWindowLongPtrA`]. No message tells of it.
///
/// # Errors
/// Returns 0. Those of [`GetWindowLongPtrA`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | NULL as the procedure | decided |
///
/// # Safety
/// - A procedure is one that may be called with the window's messages.
#[unsafe(export_name = "ws2_SetWindowLongPtrA")]
pub unsafe extern "system" fn SetWindowLongPtrA(
    hwnd: HWND,
    nindex: WINDOW_LONG_PTR_INDEX,
    dwnewlong: isize,
) -> isize {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { window::find(hwnd as usize)?.set_long(nindex, POINTER, dwnewlong) })
}

/// **SetWindowLongPtrW** is SetWindowLongPtrA.
///
/// # Safety
/// As [`SetWindowLongPtrA`].
#[unsafe(export_name = "ws2_SetWindowLongPtrW")]
pub unsafe extern "system" fn SetWindowLongPtrW(
    hwnd: HWND,
    nindex: WINDOW_LONG_PTR_INDEX,
    dwnewlong: isize,
) -> isize {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { window::find(hwnd as usize)?.set_long(nindex, POINTER, dwnewlong) })
}

/// **GetWindowLongA** is GetWindowLongPtrA for the low 32 bits.
///
/// # Errors
/// Returns 0. Those of [`GetWindowLongPtrA`], and where pointers have 64 bits:
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_INDEX | the procedure or the module, which are pointers | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetWindowLongA")]
pub unsafe extern "system" fn GetWindowLongA(hwnd: HWND, nindex: WINDOW_LONG_PTR_INDEX) -> i32 {
    border::win32(0, || {
        no_pointer(nindex)?;
        Ok(window::find(hwnd as usize)?.long(nindex, LONG)? as i32)
    })
}

/// **GetWindowLongW** is GetWindowLongA.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetWindowLongW")]
pub unsafe extern "system" fn GetWindowLongW(hwnd: HWND, nindex: WINDOW_LONG_PTR_INDEX) -> i32 {
    border::win32(0, || {
        no_pointer(nindex)?;
        Ok(window::find(hwnd as usize)?.long(nindex, LONG)? as i32)
    })
}

/// **SetWindowLongA** is SetWindowLongPtrA for values of 32 bits.
///
/// # Errors
/// Returns 0. Those of [`SetWindowLongPtrA`] and [`GetWindowLongA`].
///
/// # Safety
/// - A procedure is one that may be called with the window's messages.
#[unsafe(export_name = "ws2_SetWindowLongA")]
pub unsafe extern "system" fn SetWindowLongA(
    hwnd: HWND,
    nindex: WINDOW_LONG_PTR_INDEX,
    dwnewlong: i32,
) -> i32 {
    border::win32(0, || {
        no_pointer(nindex)?;
        let window = window::find(hwnd as usize)?;
        // SAFETY: as the caller vouches.
        Ok(unsafe { window.set_long(nindex, LONG, dwnewlong as isize) }? as i32)
    })
}

/// **SetWindowLongW** is SetWindowLongA.
///
/// # Safety
/// As [`SetWindowLongA`].
#[unsafe(export_name = "ws2_SetWindowLongW")]
pub unsafe extern "system" fn SetWindowLongW(
    hwnd: HWND,
    nindex: WINDOW_LONG_PTR_INDEX,
    dwnewlong: i32,
) -> i32 {
    border::win32(0, || {
        no_pointer(nindex)?;
        let window = window::find(hwnd as usize)?;
        // SAFETY: as the caller vouches.
        Ok(unsafe { window.set_long(nindex, LONG, dwnewlong as isize) }? as i32)
    })
}

/// A pointer has no place in a LONG, unless it is as long.
fn no_pointer(index: WINDOW_LONG_PTR_INDEX) -> Result<(), u32> {
    let is_pointer = POINTER > LONG && matches!(index, GWLP_WNDPROC | GWLP_HINSTANCE);
    if is_pointer { Err(ERROR_INVALID_INDEX) } else { Ok(()) }
}

/// **CallWindowProcA** calls a window procedure, such as the one that SetWindowLongPtr has replaced.
///
/// # Errors
/// Returns 0 for NULL, without a code.
///
/// # Safety
/// - The procedure may be called with these arguments.
#[unsafe(export_name = "ws2_CallWindowProcA")]
pub unsafe extern "system" fn CallWindowProcA(
    lpprevwndfunc: WNDPROC,
    hwnd: HWND,
    msg: u32,
    wparam: WPARAM,
    lparam: LPARAM,
) -> LRESULT {
    // SAFETY: as the caller vouches.
    border::quiet(0, || lpprevwndfunc.map_or(0, |procedure| unsafe { procedure(hwnd, msg, wparam, lparam) }))
}

/// **CallWindowProcW** is CallWindowProcA.
///
/// # Safety
/// As [`CallWindowProcA`].
#[unsafe(export_name = "ws2_CallWindowProcW")]
pub unsafe extern "system" fn CallWindowProcW(
    lpprevwndfunc: WNDPROC,
    hwnd: HWND,
    msg: u32,
    wparam: WPARAM,
    lparam: LPARAM,
) -> LRESULT {
    // SAFETY: as the caller vouches.
    border::quiet(0, || lpprevwndfunc.map_or(0, |procedure| unsafe { procedure(hwnd, msg, wparam, lparam) }))
}
