//! Window classes and windows: RegisterClass, CreateWindowEx, DestroyWindow, GetWindowLongPtr and their kin.
#![allow(unsafe_code)] // exported symbols; reads the caller's structures, calls the program's procedures

use core::ffi::c_void;
use std::ptr::null_mut;

use super::module;
use super::user::*;
use crate::ffi::border;
use crate::ffi::memory::get;
use crate::win32::class::{self, Name, Plan, Spelled, Width};
use crate::win32::wide::{self, Unit};
use crate::win32::window;
use crate::windows::foundation::{
    BOOL, ERROR_CANNOT_FIND_WND_CLASS, ERROR_CLASS_DOES_NOT_EXIST, ERROR_CLASS_HAS_WINDOWS,
    ERROR_INVALID_PARAMETER, ERROR_NOACCESS, FALSE, PCSTR, PCWSTR, TRUE,
};

/// What is below is no string but an atom.
const ATOMS: usize = 0x1_0000;

/// **RegisterClassA** registers a window class, whose windows have the procedure `lpfnWndProc`; returns its
/// atom, which can stand for its name.
///
/// Small letters and capitals of names are one. The class belongs to the module `hInstance`, NULL being the
/// program, and is found by others with CS_GLOBALCLASS. `cbWndExtra` bytes of each window are the program's,
/// 0 at first. The members about looks are not used.
///
/// # Errors
/// Returns 0.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_CLASS_ALREADY_EXISTS | the module has a class of this name | observed |
/// | ERROR_INVALID_PARAMETER | no procedure; no name, or one longer than 256 characters; a negative size | documented |
/// | ERROR_NOT_ENOUGH_MEMORY | no atom is left | decided |
/// | ERROR_NOACCESS | `lpwndclass` is NULL | decided |
///
/// # Safety
/// - `lpwndclass` is NULL or readable, its name a NUL-terminated string, and its procedure one that may be called
///   with the messages of its windows.
#[unsafe(export_name = "ws2_RegisterClassA")]
pub unsafe extern "system" fn RegisterClassA(lpwndclass: *const WNDCLASSA) -> u16 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe {
        let it = get(lpwndclass).map_err(|_| ERROR_NOACCESS)?;
        register(it.style, it.lpfnWndProc, it.cbWndExtra, it.hInstance, it.lpszClassName)
    })
}

/// **RegisterClassW** is RegisterClassA for wide strings.
///
/// # Safety
/// As [`RegisterClassA`].
#[unsafe(export_name = "ws2_RegisterClassW")]
pub unsafe extern "system" fn RegisterClassW(lpwndclass: *const WNDCLASSW) -> u16 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe {
        let it = get(lpwndclass).map_err(|_| ERROR_NOACCESS)?;
        register(it.style, it.lpfnWndProc, it.cbWndExtra, it.hInstance, it.lpszClassName)
    })
}

/// RegisterClassW for a 32-bit `wchar_t`.
///
/// # Safety
/// As [`RegisterClassA`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_RegisterClassW_w32")]
pub unsafe extern "system" fn RegisterClassW_w32(lpwndclass: *const WNDCLASSW) -> u16 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe {
        let it = get(lpwndclass).map_err(|_| ERROR_NOACCESS)?;
        register(it.style, it.lpfnWndProc, it.cbWndExtra, it.hInstance, it.lpszClassName.cast::<u32>())
    })
}

/// **RegisterClassExA** is RegisterClassA for the longer structure, whose `cbSize` has to be its size.
///
/// # Errors
/// Those of [`RegisterClassA`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | another size | documented |
///
/// # Safety
/// As [`RegisterClassA`].
#[unsafe(export_name = "ws2_RegisterClassExA")]
pub unsafe extern "system" fn RegisterClassExA(param0: *const WNDCLASSEXA) -> u16 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe {
        let it = get(param0).map_err(|_| ERROR_NOACCESS)?;
        check_size::<WNDCLASSEXA>(it.cbSize)?;
        register(it.style, it.lpfnWndProc, it.cbWndExtra, it.hInstance, it.lpszClassName)
    })
}

/// **RegisterClassExW** is RegisterClassExA for wide strings.
///
/// # Safety
/// As [`RegisterClassA`].
#[unsafe(export_name = "ws2_RegisterClassExW")]
pub unsafe extern "system" fn RegisterClassExW(param0: *const WNDCLASSEXW) -> u16 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe {
        let it = get(param0).map_err(|_| ERROR_NOACCESS)?;
        check_size::<WNDCLASSEXW>(it.cbSize)?;
        register(it.style, it.lpfnWndProc, it.cbWndExtra, it.hInstance, it.lpszClassName)
    })
}

/// RegisterClassExW for a 32-bit `wchar_t`.
///
/// # Safety
/// As [`RegisterClassA`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_RegisterClassExW_w32")]
pub unsafe extern "system" fn RegisterClassExW_w32(param0: *const WNDCLASSEXW) -> u16 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe {
        let it = get(param0).map_err(|_| ERROR_NOACCESS)?;
        check_size::<WNDCLASSEXW>(it.cbSize)?;
        register(it.style, it.lpfnWndProc, it.cbWndExtra, it.hInstance, it.lpszClassName.cast::<u32>())
    })
}

fn check_size<T>(said: u32) -> Result<(), u32> {
    if said as usize == size_of::<T>() { Ok(()) } else { Err(ERROR_INVALID_PARAMETER) }
}

/// # Safety
/// `name` is NULL or a NUL-terminated string; the procedure may be called.
unsafe fn register<U: Spelled>(
    style: WNDCLASS_STYLES,
    procedure: WNDPROC,
    extra: i32,
    instance: HINSTANCE,
    name: *const U,
) -> Result<u16, u32> {
    let procedure = procedure.ok_or(ERROR_INVALID_PARAMETER)?;
    let extra = usize::try_from(extra).map_err(|_| ERROR_INVALID_PARAMETER)?;
    if (name as usize) < ATOMS {
        return Err(ERROR_INVALID_PARAMETER);
    }
    // SAFETY: as the caller vouches.
    let name = unsafe { wide::text(name) }.ok_or(ERROR_INVALID_PARAMETER)?;
    let global = style & CS_GLOBALCLASS != 0;
    let instance = module::or_own(instance);
    class::register(Plan { name, instance, global, procedure, extra, width: U::WIDTH })
}

/// **UnregisterClassA** takes a class of the module out of the register; its name or its atom says which.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_CLASS_DOES_NOT_EXIST | the module has none of this name | documented |
/// | ERROR_CLASS_HAS_WINDOWS | there is a window of it | documented |
///
/// # Safety
/// - `lpclassname` is an atom or a NUL-terminated string.
#[unsafe(export_name = "ws2_UnregisterClassA")]
pub unsafe extern "system" fn UnregisterClassA(lpclassname: PCSTR, hinstance: HINSTANCE) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { unregister(lpclassname, hinstance) })
}

/// **UnregisterClassW** is UnregisterClassA for wide strings.
///
/// # Safety
/// As [`UnregisterClassA`].
#[unsafe(export_name = "ws2_UnregisterClassW")]
pub unsafe extern "system" fn UnregisterClassW(lpclassname: PCWSTR, hinstance: HINSTANCE) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { unregister(lpclassname, hinstance) })
}

/// UnregisterClassW for a 32-bit `wchar_t`.
///
/// # Safety
/// As [`UnregisterClassA`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_UnregisterClassW_w32")]
pub unsafe extern "system" fn UnregisterClassW_w32(name: *const u32, instance: HINSTANCE) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { unregister(name, instance) })
}

/// # Safety
/// `name` is an atom or a NUL-terminated string.
unsafe fn unregister<U: Unit>(name: *const U, instance: HINSTANCE) -> Result<BOOL, u32> {
    // SAFETY: as the caller vouches.
    let name = unsafe { name_of(name) }.ok_or(ERROR_CLASS_DOES_NOT_EXIST)?;
    let in_use = |class: &_| window::any_of_class(class).then_some(ERROR_CLASS_HAS_WINDOWS);
    class::unregister(&name, module::or_own(instance), in_use).map(|()| TRUE)
}

/// # Safety
/// `name` is an atom or a NUL-terminated string.
unsafe fn name_of<U: Unit>(name: *const U) -> Option<Name> {
    match name as usize {
        0 => None,
        atom @ ..ATOMS => Some(Name::Atom(atom as u16)),
        // SAFETY: as the caller vouches.
        _ => unsafe { wide::text(name) }.map(Name::Text),
    }
}

/// Where a window is to be and what it is called, which only its procedure hears of.
struct Asked<U> {
    class: *const U,
    name: *const U,
    place: [i32; 4],
    parent: HWND,
    menu: HMENU,
    instance: HINSTANCE,
    parameter: *const c_void,
}

/// **CreateWindowExA** makes a window of the calling thread that nobody sees: a message-only one, with
/// HWND_MESSAGE as `hwndparent`, or an ordinary one without WS_VISIBLE.
///
/// Its procedure is told WM_NCCREATE and WM_CREATE, with a CREATESTRUCT that holds `lpparam` and the rest,
/// before this returns, and no other messages. The class is given by name or atom and looked for in the module
/// `hinstance`; the system's are `Static` and `Message`. A window ends with its parent, or owner, and with its thread, which tells its procedure nothing.
///
/// # Errors
/// Returns NULL, also if the procedure returned FALSE to WM_NCCREATE or -1 to WM_CREATE.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_CANNOT_FIND_WND_CLASS | no such class | observed |
/// | ERROR_INVALID_WINDOW_HANDLE | `hwndparent` is no window | documented |
/// | ERROR_TLW_WITH_WSCHILD | WS_CHILD without a parent | documented |
/// | ERROR_REQUIRES_INTERACTIVE_WINDOWSTATION | WS_VISIBLE: there is no screen | decided |
///
/// # Safety
/// - `lpclassname` is an atom or a NUL-terminated string, `lpwindowname` is NULL or one.
/// - The class's procedure may be called with `lpparam` where it looks for it.
#[unsafe(export_name = "ws2_CreateWindowExA")]
pub unsafe extern "system" fn CreateWindowExA(
    dwexstyle: WINDOW_EX_STYLE,
    lpclassname: PCSTR,
    lpwindowname: PCSTR,
    dwstyle: WINDOW_STYLE,
    x: i32,
    y: i32,
    nwidth: i32,
    nheight: i32,
    hwndparent: HWND,
    hmenu: HMENU,
    hinstance: HINSTANCE,
    lpparam: *const c_void,
) -> HWND {
    let asked = Asked {
        class: lpclassname,
        name: lpwindowname,
        place: [x, y, nwidth, nheight],
        parent: hwndparent,
        menu: hmenu,
        instance: hinstance,
        parameter: lpparam,
    };
    // SAFETY: as the caller vouches.
    border::win32(null_mut(), || unsafe { create(asked, dwstyle, dwexstyle) })
}

/// **CreateWindowExW** is CreateWindowExA for wide strings.
///
/// # Safety
/// As [`CreateWindowExA`].
#[unsafe(export_name = "ws2_CreateWindowExW")]
pub unsafe extern "system" fn CreateWindowExW(
    dwexstyle: WINDOW_EX_STYLE,
    lpclassname: PCWSTR,
    lpwindowname: PCWSTR,
    dwstyle: WINDOW_STYLE,
    x: i32,
    y: i32,
    nwidth: i32,
    nheight: i32,
    hwndparent: HWND,
    hmenu: HMENU,
    hinstance: HINSTANCE,
    lpparam: *const c_void,
) -> HWND {
    let asked = Asked {
        class: lpclassname,
        name: lpwindowname,
        place: [x, y, nwidth, nheight],
        parent: hwndparent,
        menu: hmenu,
        instance: hinstance,
        parameter: lpparam,
    };
    // SAFETY: as the caller vouches.
    border::win32(null_mut(), || unsafe { create(asked, dwstyle, dwexstyle) })
}

/// CreateWindowExW for a 32-bit `wchar_t`.
///
/// # Safety
/// As [`CreateWindowExA`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_CreateWindowExW_w32")]
pub unsafe extern "system" fn CreateWindowExW_w32(
    ex_style: WINDOW_EX_STYLE,
    class: *const u32,
    name: *const u32,
    style: WINDOW_STYLE,
    x: i32,
    y: i32,
    width: i32,
    height: i32,
    parent: HWND,
    menu: HMENU,
    instance: HINSTANCE,
    parameter: *const c_void,
) -> HWND {
    let asked = Asked { class, name, place: [x, y, width, height], parent, menu, instance, parameter };
    // SAFETY: as the caller vouches.
    border::win32(null_mut(), || unsafe { create(asked, style, ex_style) })
}

/// # Safety
/// As the doors have it.
unsafe fn create<U: Spelled>(
    asked: Asked<U>,
    style: WINDOW_STYLE,
    ex_style: WINDOW_EX_STYLE,
) -> Result<HWND, u32> {
    class::begin(DefWindowProcA);
    let instance = module::or_own(asked.instance);
    // SAFETY: as the caller vouches.
    let called = unsafe { name_of(asked.class) };
    let class = called.and_then(|name| class::find(&name, instance)).ok_or(ERROR_CANNOT_FIND_WND_CLASS)?;
    // SAFETY: as the caller vouches.
    let name = unsafe { Told::new(asked.name, class.width) };
    // SAFETY: as the caller vouches.
    let class_name = unsafe { Told::new(asked.class, class.width) };
    let [x, y, cx, cy] = asked.place.map(|at| if at == CW_USEDEFAULT { 0 } else { at });
    let mut told = CREATESTRUCTA {
        lpCreateParams: asked.parameter.cast_mut(),
        hInstance: instance as HINSTANCE,
        hMenu: asked.menu,
        hwndParent: asked.parent,
        cy,
        cx,
        y,
        x,
        style: style as i32,
        lpszName: name.pointer(),
        lpszClass: class_name.pointer(),
        dwExStyle: ex_style,
    };
    let plan = window::Plan {
        class,
        parent: asked.parent as usize,
        instance,
        id: asked.menu as usize,
        style,
        ex_style,
    };
    let made = window::create(plan, &raw mut told as isize)?;
    Ok(made.map_or(null_mut(), |handle| handle as HWND))
}

/// A text in the units of a window's class.
enum Told {
    /// The caller's own, or an atom.
    Own(PCSTR),
    Bytes(Vec<u8>),
    Utf16(Vec<u16>),
    Utf32(Vec<u32>),
}

impl Told {
    /// # Safety
    /// `text` is NULL, an atom, or a NUL-terminated string.
    unsafe fn new<U: Spelled>(text: *const U, width: Width) -> Self {
        if width == U::WIDTH || (text as usize) < ATOMS {
            return Self::Own(text.cast());
        }
        // SAFETY: as the caller vouches.
        let text = unsafe { wide::text(text) }.unwrap_or_default() + "\0";
        match width {
            Width::Bytes => Self::Bytes(Unit::encode(&text)),
            Width::Utf16 => Self::Utf16(Unit::encode(&text)),
            Width::Utf32 => Self::Utf32(Unit::encode(&text)),
        }
    }

    fn pointer(&self) -> PCSTR {
        match self {
            Self::Own(text) => *text,
            Self::Bytes(text) => text.as_ptr(),
            Self::Utf16(text) => text.as_ptr().cast(),
            Self::Utf32(text) => text.as_ptr().cast(),
        }
    }
}

/// **DestroyWindow** ends a window of the calling thread, with the windows in it and those that it owns.
///
/// Each is told WM_DESTROY before, and WM_NCDESTROY after, those below it; what is posted for it is dropped.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_WINDOW_HANDLE | no window | documented |
/// | ERROR_ACCESS_DENIED | another thread's window | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_DestroyWindow")]
pub unsafe extern "system" fn DestroyWindow(hwnd: HWND) -> BOOL {
    border::win32(FALSE, || window::destroy(hwnd as usize).map(|()| TRUE))
}

/// **IsWindow** says whether this is the handle of a window, of whatever thread.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_IsWindow")]
pub unsafe extern "system" fn IsWindow(hwnd: HWND) -> BOOL {
    border::quiet(FALSE, || window::find(hwnd as usize).is_ok().into())
}

/// **DefWindowProcA** does what windows do by themselves: agrees to WM_NCCREATE, and destroys itself at WM_CLOSE.
///
/// All other messages are answered with 0.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_DefWindowProcA")]
pub unsafe extern "system" fn DefWindowProcA(
    hwnd: HWND,
    msg: u32,
    _wparam: WPARAM,
    _lparam: LPARAM,
) -> LRESULT {
    border::quiet(0, || window::default_answer(hwnd as usize, msg))
}

/// **DefWindowProcW** is DefWindowProcA.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_DefWindowProcW")]
pub unsafe extern "system" fn DefWindowProcW(
    hwnd: HWND,
    msg: u32,
    _wparam: WPARAM,
    _lparam: LPARAM,
) -> LRESULT {
    border::quiet(0, || window::default_answer(hwnd as usize, msg))
}
