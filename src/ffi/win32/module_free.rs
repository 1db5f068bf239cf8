//! FreeLibrary: a module goes. `windows-sys` has it apart from the other functions of modules.
#![allow(unsafe_code)] // exported symbols

use super::user::HMODULE;
use crate::ffi::border;
use crate::win32::modules;
use crate::windows::foundation::{BOOL, FALSE, TRUE};

/// **FreeLibrary** takes one load of a module back; with the last one its DllMain is called with
/// DLL_PROCESS_DETACH and the host lets the object go.
///
/// The program, Windows' own modules, and objects that the host loaded by itself stay whatever is freed.
///
/// # Errors
/// Returns FALSE.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | not a module's handle | decided |
///
/// # Safety
/// - With the last load taken back, no code and no data of the module is used any more.
#[unsafe(export_name = "ws2_FreeLibrary")]
pub unsafe extern "system" fn FreeLibrary(hlibmodule: HMODULE) -> BOOL {
    border::win32(FALSE, || modules::free(hlibmodule as usize).map(|()| TRUE))
}
