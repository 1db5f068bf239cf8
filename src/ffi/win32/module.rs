//! LoadLibrary, GetProcAddress: modules that come, and what they offer.
#![allow(unsafe_code)] // exported symbols; reads the caller's names

use std::ptr::null_mut;

use super::provider::provider_startup;
use super::types::*;
use super::user::{HINSTANCE, HMODULE};
use crate::ffi::border;
use crate::win32::modules::{self, Kind, Search};
use crate::win32::thread;
use crate::win32::wide::{self, Unit};
use crate::windows::foundation::{
    BOOL, ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_MOD_NOT_FOUND, ERROR_PROC_NOT_FOUND, FALSE,
    FARPROC, HANDLE, PCSTR, PCWSTR, TRUE,
};

/// The flags that name folders to search; where one is there, no other folder is searched.
const SEARCHES: u32 = LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR
    | LOAD_LIBRARY_SEARCH_APPLICATION_DIR
    | LOAD_LIBRARY_SEARCH_USER_DIRS
    | LOAD_LIBRARY_SEARCH_SYSTEM32
    | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS;

/// Names below this are the numbers of functions.
const FIRST_NAME: usize = 0x1_0000;

/// What a provider's only entry is called.
const STARTUP: &str = "WSPStartup";
/// The module of Windows with the base provider.
const BASE_PROVIDER: &str = "mswsock.dll";

/// The number of a module; NULL is the program.
pub(super) fn or_own(module: HINSTANCE) -> usize {
    if module.is_null() { modules::PROGRAM } else { module as usize }
}

/// **LoadLibraryA** loads a module, or counts one more load of it.
///
/// The names of Windows' modules (`ws2_32.dll`, `mswsock`, `C:\Windows\System32\kernel32.dll`…) stand for this
/// library itself. Any other module is a shared object of the host. Its name may be one for Windows: where there
/// is no file of that name, backslashes are slashes, and `name.dll` is `libname.so` or `name.so` (`.dylib` on
/// macOS). A whole path is that file; a name with a folder is sought below the program's folder and below the
/// current one; a bare name is sought in the program's folder and then as the host searches, never in the current
/// folder. A bare name that a loaded module has is that module.
///
/// A new module's `DllMain`, if it has one, is called with DLL_PROCESS_ATTACH; while it runs, no other thread
/// loads or frees a module. DllMain is not told of threads that start and end, nor of the end of the process,
/// and the objects that the host loads by itself are told nothing.
///
/// # Errors
/// Returns NULL.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_MOD_NOT_FOUND | no such module, or one that it needs is missing | documented |
/// | ERROR_BAD_EXE_FORMAT | the file is no shared object of this host | documented |
/// | ERROR_DLL_INIT_FAILED | DllMain returned FALSE; it was called with DLL_PROCESS_DETACH then | documented |
/// | ERROR_PROC_NOT_FOUND | a function that the module needs is nowhere | documented |
/// | ERROR_ACCESS_DENIED | the file may not be read | documented |
/// | ERROR_INVALID_PARAMETER | the name is NULL or empty | decided |
///
/// # Safety
/// - `lplibfilename` is NULL or a NUL-terminated string.
/// - The module's DllMain, and its initialisers, do what the program can live with.
#[unsafe(export_name = "ws2_LoadLibraryA")]
pub unsafe extern "system" fn LoadLibraryA(lplibfilename: PCSTR) -> HMODULE {
    // SAFETY: as the caller vouches.
    border::win32(null_mut(), || unsafe { load(lplibfilename, null_mut(), 0) })
}

/// **LoadLibraryW** is LoadLibraryA for wide strings.
///
/// # Safety
/// - As LoadLibraryA.
#[unsafe(export_name = "ws2_LoadLibraryW")]
pub unsafe extern "system" fn LoadLibraryW(lplibfilename: PCWSTR) -> HMODULE {
    // SAFETY: as the caller vouches.
    border::win32(null_mut(), || unsafe { load(lplibfilename, null_mut(), 0) })
}

/// LoadLibraryW for a 32-bit `wchar_t`.
///
/// # Safety
/// - As LoadLibraryA.
#[doc(hidden)]
#[unsafe(export_name = "ws2_LoadLibraryW_w32")]
pub unsafe extern "system" fn LoadLibraryW_w32(name: *const u32) -> HMODULE {
    // SAFETY: as the caller vouches.
    border::win32(null_mut(), || unsafe { load(name, null_mut(), 0) })
}

/// **LoadLibraryExA** is LoadLibraryA with a choice of the folders that are searched.
///
/// LOAD_WITH_ALTERED_SEARCH_PATH and LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR are about the modules that the named one
/// needs; the host finds those by the run path in the object, and the flags change nothing. Of the other
/// LOAD_LIBRARY_SEARCH flags each names a place: APPLICATION_DIR the program's folder, SYSTEM32 the host's search,
/// USER_DIRS none, since no folder can be added, DEFAULT_DIRS all of these. Windows' own modules are there with
/// any flags.
///
/// # Errors
/// Those of LoadLibraryA, and
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | `hfile` is not NULL; another flag; LOAD_WITH_ALTERED_SEARCH_PATH and a LOAD_LIBRARY_SEARCH flag; DLL_LOAD_DIR without a whole path | documented |
///
/// # Safety
/// - As LoadLibraryA.
#[unsafe(export_name = "ws2_LoadLibraryExA")]
pub unsafe extern "system" fn LoadLibraryExA(
    lplibfilename: PCSTR,
    hfile: HANDLE,
    dwflags: LOAD_LIBRARY_FLAGS,
) -> HMODULE {
    // SAFETY: as the caller vouches.
    border::win32(null_mut(), || unsafe { load(lplibfilename, hfile, dwflags) })
}

/// **LoadLibraryExW** is LoadLibraryExA for wide strings.
///
/// # Safety
/// - As LoadLibraryA.
#[unsafe(export_name = "ws2_LoadLibraryExW")]
pub unsafe extern "system" fn LoadLibraryExW(
    lplibfilename: PCWSTR,
    hfile: HANDLE,
    dwflags: LOAD_LIBRARY_FLAGS,
) -> HMODULE {
    // SAFETY: as the caller vouches.
    border::win32(null_mut(), || unsafe { load(lplibfilename, hfile, dwflags) })
}

/// LoadLibraryExW for a 32-bit `wchar_t`.
///
/// # Safety
/// - As LoadLibraryA.
#[doc(hidden)]
#[unsafe(export_name = "ws2_LoadLibraryExW_w32")]
pub unsafe extern "system" fn LoadLibraryExW_w32(name: *const u32, file: HANDLE, flags: u32) -> HMODULE {
    // SAFETY: as the caller vouches.
    border::win32(null_mut(), || unsafe { load(name, file, flags) })
}

/// # Safety
/// `name` is NULL or NUL-terminated.
unsafe fn load<U: Unit>(name: *const U, file: HANDLE, flags: u32) -> Result<HMODULE, u32> {
    // SAFETY: as the caller vouches.
    let name = unsafe { wide::text(name) }.filter(|name| !name.is_empty()).ok_or(ERROR_INVALID_PARAMETER)?;
    if !file.is_null() {
        return Err(ERROR_INVALID_PARAMETER);
    }
    modules::load(&name, search(flags, &name)?).map(|module| module as HMODULE)
}

fn search(flags: u32, name: &str) -> Result<Search, u32> {
    let has = |flag: u32| flags & flag != 0;
    if has(!(SEARCHES | LOAD_WITH_ALTERED_SEARCH_PATH)) || has(LOAD_WITH_ALTERED_SEARCH_PATH) && has(SEARCHES)
    {
        return Err(ERROR_INVALID_PARAMETER);
    }
    if has(LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR) && !is_whole(name) {
        return Err(ERROR_INVALID_PARAMETER);
    }
    if !has(SEARCHES) {
        return Ok(Search::EVERYWHERE);
    }
    Ok(Search {
        near_program: has(LOAD_LIBRARY_SEARCH_APPLICATION_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS),
        as_host: has(LOAD_LIBRARY_SEARCH_SYSTEM32 | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS),
        here: false,
    })
}

/// Whether a path is whole: on this host, or on Windows.
fn is_whole(name: &str) -> bool {
    name.starts_with(['/', '\\']) || matches!(name.as_bytes(), [_, b':', b'/' | b'\\', ..])
}

/// **FreeLibraryAndExitThread** takes one load of a module back, as FreeLibrary does, and ends the calling thread:
/// so a thread can let go of the module that its own code is in.
///
/// In a thread that was not made by CreateThread or _beginthreadex the load is not taken back: the host goes
/// through such a thread's frames to its end, and they may be the module's.
///
/// # Safety
/// - No frame between this call and the thread's routine needs its destructors to run.
/// - No other thread uses the module after the last load.
#[unsafe(export_name = "ws2_FreeLibraryAndExitThread")]
pub unsafe extern "system-unwind" fn FreeLibraryAndExitThread(hlibmodule: HMODULE, dwexitcode: u32) -> ! {
    if thread::exit_abandons() {
        border::win32((), || modules::free(hlibmodule as usize));
    }
    // SAFETY: as the caller vouches.
    unsafe { thread::exit(dwexitcode) }
}

/// **GetProcAddress** gives the address of a function, or of data, that a module offers.
///
/// In Windows' own modules that is any function that this library has, whichever of them is asked. A library
/// that is linked into a program offers those that the program exports. In other modules it is what the object
/// itself defines, not what comes from objects that it needs. NULL is the program.
///
/// # Errors
/// Returns NULL.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_PROC_NOT_FOUND | the module has nothing of this name; the name is a number (an ordinal) or NULL | documented; numbers: decided |
/// | ERROR_MOD_NOT_FOUND | not a module's handle | decided |
///
/// # Safety
/// - `lpprocname` is a number below 65,536 or a NUL-terminated string.
/// - What is found is called as the function that it is.
#[unsafe(export_name = "ws2_GetProcAddress")]
pub unsafe extern "system" fn GetProcAddress(hmodule: HMODULE, lpprocname: PCSTR) -> FARPROC {
    // SAFETY: as the caller vouches.
    border::win32(None, || unsafe { procedure(hmodule, lpprocname, false) })
}

/// GetProcAddress for a 32-bit `wchar_t`: of functions with wide strings it finds those for that width.
///
/// # Safety
/// - As GetProcAddress.
#[doc(hidden)]
#[unsafe(export_name = "ws2_GetProcAddress_w32")]
pub unsafe extern "system" fn GetProcAddress_w32(module: HMODULE, name: PCSTR) -> FARPROC {
    // SAFETY: as the caller vouches.
    border::win32(None, || unsafe { procedure(module, name, true) })
}

/// # Safety
/// `name` is a number or NUL-terminated.
unsafe fn procedure(module: HMODULE, name: PCSTR, w32: bool) -> Result<FARPROC, u32> {
    let module = or_own(module);
    let kind = modules::kind(module).ok_or(ERROR_MOD_NOT_FOUND)?;
    if (name as usize) < FIRST_NAME {
        return Err(ERROR_PROC_NOT_FOUND);
    }
    // SAFETY: not a number, so it is terminated.
    let name = unsafe { wide::text(name) }.unwrap_or_default();
    let startup = |provider| (name == STARTUP).then(|| provider_startup(provider, w32)).flatten();
    let found = match kind {
        Kind::System(system) if system == BASE_PROVIDER => startup(&system).or_else(|| ours(&name, w32)),
        Kind::System(_) => ours(&name, w32),
        Kind::Provider(provider) => startup(provider),
        // the header gives a provider's entry a name of its own for this width
        Kind::Object if w32 && name == STARTUP => modules::address(module, "WSPStartup_w32"),
        Kind::Program | Kind::Object => modules::address(module, &name),
    };
    let found = found.ok_or(ERROR_PROC_NOT_FOUND)?;
    // SAFETY: an address that is not zero; the caller knows the function's true type.
    Ok(Some(unsafe { std::mem::transmute::<usize, unsafe extern "system" fn() -> isize>(found) }))
}

/// A function of this library by the name that C programs know.
fn ours(name: &str, w32: bool) -> Option<usize> {
    let of_width = w32.then(|| modules::own_address(&format!("ws2_{name}_w32"))).flatten();
    of_width.or_else(|| modules::own_address(&format!("ws2_{name}")))
}

/// **DisableThreadLibraryCalls** says that a module's DllMain is not to hear of threads, which it never does here.
///
/// # Errors
/// Returns FALSE.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | not a module's handle | decided |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_DisableThreadLibraryCalls")]
pub unsafe extern "system" fn DisableThreadLibraryCalls(hlibmodule: HMODULE) -> BOOL {
    border::win32(FALSE, || modules::kind(hlibmodule as usize).map(|_| TRUE).ok_or(ERROR_INVALID_HANDLE))
}
