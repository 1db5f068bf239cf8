//! Events: CreateEvent, OpenEvent, SetEvent, ResetEvent and their kin.
#![allow(unsafe_code)] // exported symbols; reads the caller's strings

use std::sync::Arc;

use super::handles;
use super::types::*;
use crate::ffi::border;
use crate::win32::event::{self, Event};
use crate::win32::object::{self, Object};
use crate::win32::wide::{self, Unit};
use crate::windows::foundation::{
    BOOL, ERROR_ALREADY_EXISTS, ERROR_FILE_NOT_FOUND, ERROR_FILENAME_EXCED_RANGE, ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY, ERROR_PATH_NOT_FOUND, FALSE, HANDLE, HANDLE_FLAGS,
    MAX_PATH, PCSTR, PCWSTR, TRUE,
};

/// The two places for names that Windows has; what is in the first is found without it too.
const LOCAL: &str = "Local\\";
const GLOBAL: &str = "Global\\";

/// **CreateEventA** makes an event, or opens the one that has this name already.
///
/// A manual-reset event stays set until ResetEvent; one that is not is reset by the wait that it ends. A new
/// event is set if `binitialstate` is not 0. `lpname`, if not NULL or empty, is a name in this process, small
/// letters apart from capitals; it may begin with `Local\` or `Global\`. Of `lpeventattributes`
/// `bInheritHandle` is the handle's HANDLE_FLAG_INHERIT.
/// The last error is ERROR_ALREADY_EXISTS if the event was there, in which case its kind and state stay as
/// they are, and 0 if it is new.
///
/// # Errors
/// Returns NULL.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_PATH_NOT_FOUND | another backslash in the name | documented |
/// | ERROR_FILENAME_EXCED_RANGE | a name longer than MAX_PATH | documented |
/// | ERROR_NOACCESS | `lpeventattributes` is no pointer | decided |
/// | ERROR_NOT_ENOUGH_MEMORY | no room for more handles | decided |
///
/// # Platform notes
/// Names are the process's own: another process that names its event alike has another event.
///
/// # Safety
/// - `lpname` is NULL or a NUL-terminated string.
/// - `lpeventattributes` is NULL or readable.
#[unsafe(export_name = "ws2_CreateEventA")]
pub unsafe extern "system" fn CreateEventA(
    lpeventattributes: *const SECURITY_ATTRIBUTES,
    bmanualreset: BOOL,
    binitialstate: BOOL,
    lpname: PCSTR,
) -> HANDLE {
    // SAFETY: as the caller vouches.
    unsafe { create(lpeventattributes, lpname, bmanualreset != FALSE, binitialstate != FALSE) }
}

/// **CreateEventW** is CreateEventA for wide strings.
///
/// # Errors
/// Those of [`CreateEventA`].
///
/// # Safety
/// - `lpname` is NULL or a NUL-terminated string.
/// - `lpeventattributes` is NULL or readable.
#[unsafe(export_name = "ws2_CreateEventW")]
pub unsafe extern "system" fn CreateEventW(
    lpeventattributes: *const SECURITY_ATTRIBUTES,
    bmanualreset: BOOL,
    binitialstate: BOOL,
    lpname: PCWSTR,
) -> HANDLE {
    // SAFETY: as the caller vouches.
    unsafe { create(lpeventattributes, lpname, bmanualreset != FALSE, binitialstate != FALSE) }
}

/// CreateEventW for a 32-bit `wchar_t`.
///
/// # Safety
/// - `name` is NULL or a NUL-terminated string.
#[doc(hidden)]
#[unsafe(export_name = "ws2_CreateEventW_w32")]
pub unsafe extern "system" fn CreateEventW_w32(
    attributes: *const SECURITY_ATTRIBUTES,
    manual: BOOL,
    set: BOOL,
    name: *const u32,
) -> HANDLE {
    // SAFETY: as the caller vouches.
    unsafe { create(attributes, name, manual != FALSE, set != FALSE) }
}

/// **CreateEventExA** is CreateEventA with flags: CREATE_EVENT_MANUAL_RESET, CREATE_EVENT_INITIAL_SET.
///
/// `dwdesiredaccess` is not used: every handle may do everything.
///
/// # Errors
/// Returns NULL. Those of [`CreateEventA`], and:
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | a flag that does not exist | documented |
///
/// # Safety
/// - `lpname` is NULL or a NUL-terminated string.
/// - `lpeventattributes` is NULL or readable.
#[unsafe(export_name = "ws2_CreateEventExA")]
pub unsafe extern "system" fn CreateEventExA(
    lpeventattributes: *const SECURITY_ATTRIBUTES,
    lpname: PCSTR,
    dwflags: CREATE_EVENT,
    _dwdesiredaccess: u32,
) -> HANDLE {
    // SAFETY: as the caller vouches.
    unsafe { create_ex(lpeventattributes, lpname, dwflags) }
}

/// **CreateEventExW** is CreateEventExA for wide strings.
///
/// # Errors
/// Those of [`CreateEventExA`].
///
/// # Safety
/// - `lpname` is NULL or a NUL-terminated string.
/// - `lpeventattributes` is NULL or readable.
#[unsafe(export_name = "ws2_CreateEventExW")]
pub unsafe extern "system" fn CreateEventExW(
    lpeventattributes: *const SECURITY_ATTRIBUTES,
    lpname: PCWSTR,
    dwflags: CREATE_EVENT,
    _dwdesiredaccess: u32,
) -> HANDLE {
    // SAFETY: as the caller vouches.
    unsafe { create_ex(lpeventattributes, lpname, dwflags) }
}

/// CreateEventExW for a 32-bit `wchar_t`.
///
/// # Safety
/// - `name` is NULL or a NUL-terminated string.
#[doc(hidden)]
#[unsafe(export_name = "ws2_CreateEventExW_w32")]
pub unsafe extern "system" fn CreateEventExW_w32(
    attributes: *const SECURITY_ATTRIBUTES,
    name: *const u32,
    flags: CREATE_EVENT,
    _access: u32,
) -> HANDLE {
    // SAFETY: as the caller vouches.
    unsafe { create_ex(attributes, name, flags) }
}

/// # Safety
/// `name` is NULL or a NUL-terminated string, `attributes` NULL or readable.
unsafe fn create_ex<U: Unit>(
    attributes: *const SECURITY_ATTRIBUTES,
    name: *const U,
    flags: CREATE_EVENT,
) -> HANDLE {
    if flags & !(CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET) != 0 {
        border::set_last_error(ERROR_INVALID_PARAMETER);
        return std::ptr::null_mut();
    }
    let (manual, set) = (flags & CREATE_EVENT_MANUAL_RESET != 0, flags & CREATE_EVENT_INITIAL_SET != 0);
    // SAFETY: as the caller vouches.
    unsafe { create(attributes, name, manual, set) }
}

/// # Safety
/// `name` is NULL or a NUL-terminated string, `attributes` NULL or readable.
unsafe fn create<U: Unit>(
    attributes: *const SECURITY_ATTRIBUTES,
    name: *const U,
    manual: bool,
    set: bool,
) -> HANDLE {
    border::win32(std::ptr::null_mut(), || {
        // SAFETY: as the caller vouches.
        let flags = unsafe { handles::inherit_of(attributes) }?;
        // SAFETY: as the caller vouches.
        let (event, was_there) = match unsafe { name_of(name) }? {
            None => (event::new(manual, set), false),
            Some(name) => event::create_named(&name, manual, set),
        };
        let handle = open(event, flags)?;
        // Programs look at it without having cleared it before.
        border::set_last_error(if was_there { ERROR_ALREADY_EXISTS } else { 0 });
        Ok(handle)
    })
}

fn open(event: Arc<Event>, flags: HANDLE_FLAGS) -> Result<HANDLE, u32> {
    let handle = object::open_with(Object::Event(event), flags).ok_or(ERROR_NOT_ENOUGH_MEMORY)?;
    Ok(handle as HANDLE)
}

/// A name as events are kept by; none if it is NULL or empty.
///
/// # Safety
/// `name` is NULL or a NUL-terminated string.
unsafe fn name_of<U: Unit>(name: *const U) -> Result<Option<String>, u32> {
    // SAFETY: as the caller vouches.
    let units = unsafe { wide::units(name) };
    let Some(units) = units else { return Ok(None) };
    if units.len() > MAX_PATH as usize {
        return Err(ERROR_FILENAME_EXCED_RANGE);
    }
    let name = U::decode(&units);
    let name = name.strip_prefix(LOCAL).unwrap_or(&name);
    if name.strip_prefix(GLOBAL).unwrap_or(name).contains('\\') {
        return Err(ERROR_PATH_NOT_FOUND);
    }
    Ok((!name.is_empty()).then(|| name.to_owned()))
}

/// **OpenEventA** opens the event that has this name in this process.
///
/// `binherithandle` is the handle's HANDLE_FLAG_INHERIT; `dwdesiredaccess` is not used.
///
/// # Errors
/// Returns NULL.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_FILE_NOT_FOUND | no event has the name, or it is empty | documented |
/// | ERROR_INVALID_PARAMETER | `lpname` is NULL | documented |
/// | ERROR_PATH_NOT_FOUND, ERROR_FILENAME_EXCED_RANGE | as for [`CreateEventA`] | documented |
/// | ERROR_NOT_ENOUGH_MEMORY | no room for more handles | decided |
///
/// # Platform notes
/// Names are the process's own.
///
/// # Safety
/// - `lpname` is NULL or a NUL-terminated string.
#[unsafe(export_name = "ws2_OpenEventA")]
pub unsafe extern "system" fn OpenEventA(
    _dwdesiredaccess: SYNCHRONIZATION_ACCESS_RIGHTS,
    binherithandle: BOOL,
    lpname: PCSTR,
) -> HANDLE {
    // SAFETY: as the caller vouches.
    unsafe { open_named(binherithandle, lpname) }
}

/// **OpenEventW** is OpenEventA for wide strings.
///
/// # Errors
/// Those of [`OpenEventA`].
///
/// # Safety
/// - `lpname` is NULL or a NUL-terminated string.
#[unsafe(export_name = "ws2_OpenEventW")]
pub unsafe extern "system" fn OpenEventW(
    _dwdesiredaccess: SYNCHRONIZATION_ACCESS_RIGHTS,
    binherithandle: BOOL,
    lpname: PCWSTR,
) -> HANDLE {
    // SAFETY: as the caller vouches.
    unsafe { open_named(binherithandle, lpname) }
}

/// OpenEventW for a 32-bit `wchar_t`.
///
/// # Safety
/// - `name` is NULL or a NUL-terminated string.
#[doc(hidden)]
#[unsafe(export_name = "ws2_OpenEventW_w32")]
pub unsafe extern "system" fn OpenEventW_w32(
    _access: SYNCHRONIZATION_ACCESS_RIGHTS,
    inherit: BOOL,
    name: *const u32,
) -> HANDLE {
    // SAFETY: as the caller vouches.
    unsafe { open_named(inherit, name) }
}

/// # Safety
/// `name` is NULL or a NUL-terminated string.
unsafe fn open_named<U: Unit>(inherit: BOOL, name: *const U) -> HANDLE {
    border::win32(std::ptr::null_mut(), || {
        if name.is_null() {
            return Err(ERROR_INVALID_PARAMETER);
        }
        // SAFETY: as the caller vouches.
        let name = unsafe { name_of(name) }?.ok_or(ERROR_FILE_NOT_FOUND)?;
        let event = event::open_named(&name).ok_or(ERROR_FILE_NOT_FOUND)?;
        open(event, handles::inherit_flag(inherit))
    })
}

/// The event behind a handle, whatever its low two bits.
pub(in crate::ffi) fn event_of(handle: HANDLE) -> Result<Arc<Event>, u32> {
    match object::find(handle as usize) {
        Some(Object::Event(event)) => Ok(event),
        _ => Err(ERROR_INVALID_HANDLE),
    }
}

/// **SetEvent** sets an event. One that waits reset lets a single thread go, the one that has waited longest;
/// a manual-reset event lets all go.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | not an event's handle | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_SetEvent")]
pub unsafe extern "system" fn SetEvent(hevent: HANDLE) -> BOOL {
    border::win32(FALSE, || {
        event::set(&event_of(hevent)?);
        Ok(TRUE)
    })
}

/// **ResetEvent** makes an event unset.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | not an event's handle | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_ResetEvent")]
pub unsafe extern "system" fn ResetEvent(hevent: HANDLE) -> BOOL {
    border::win32(FALSE, || {
        event::reset(&*event_of(hevent)?);
        Ok(TRUE)
    })
}

/// **PulseEvent** lets threads go that wait at this moment, as SetEvent does, and leaves the event unset.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | not an event's handle | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_PulseEvent")]
pub unsafe extern "system" fn PulseEvent(hevent: HANDLE) -> BOOL {
    border::win32(FALSE, || {
        event::pulse(&*event_of(hevent)?);
        Ok(TRUE)
    })
}
