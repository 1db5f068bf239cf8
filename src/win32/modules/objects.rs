//! The host's shared objects: opening, closing, and what is at a name or an address. It counts nothing.
#![allow(unsafe_code)] // the host's dynamic linker

use core::ffi::{CStr, c_void};
use std::ffi::CString;
use std::ptr::null_mut;
use std::sync::OnceLock;

use crate::windows::foundation::{
    ERROR_ACCESS_DENIED, ERROR_BAD_EXE_FORMAT, ERROR_MOD_NOT_FOUND, ERROR_PROC_NOT_FOUND,
};

/// The host looks a name up in what an object needs, too; on Apple it can be told not to.
#[cfg(target_vendor = "apple")]
const OWN_NAMES_ONLY: i32 = libc::RTLD_FIRST;
/// The host looks a name up in what an object needs, too.
#[cfg(not(target_vendor = "apple"))]
const OWN_NAMES_ONLY: i32 = 0;

/// An object that is open.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// What the host calls it; the same for one object, by whatever name it was opened.
    pub(super) handle: usize,
    /// Where it lies in memory.
    pub(super) base: usize,
    /// The file that it came from.
    pub(super) path: String,
}

/// Opens an object; a name without a slash is searched for as the host does. `Err` is a Win32 code.
pub(super) fn open(name: &str) -> Result<Object, u32> {
    let handle = opened(name, 0).ok_or_else(why)?;
    Ok(described(handle, name))
}

/// The object of this name if it is there already, opened once more.
pub(super) fn open_loaded(name: &str) -> Option<Object> {
    opened(name, libc::RTLD_NOLOAD).map(|handle| described(handle, name))
}

fn opened(name: &str, mode: i32) -> Option<*mut c_void> {
    let name = CString::new(name).ok()?;
    let mode = mode | libc::RTLD_NOW | libc::RTLD_LOCAL | OWN_NAMES_ONLY;
    // SAFETY: the name is terminated; what the object's initialisers do is what the caller asked for.
    let handle = unsafe { libc::dlopen(name.as_ptr(), mode) };
    (!handle.is_null()).then_some(handle)
}

fn described(handle: *mut c_void, name: &str) -> Object {
    let (base, path) = identity(handle).unwrap_or_else(|| (0, name.to_owned()));
    let path = std::path::absolute(&path).map_or(path, |whole| whole.to_string_lossy().into_owned());
    Object { handle: handle as usize, base, path }
}

/// Why the host could not open an object, as Windows would say it. The host has only sentences for it; one that
/// is not known is about the inside of the file.
fn why() -> u32 {
    // SAFETY: asks for this thread's last message.
    let message = unsafe { libc::dlerror() };
    if message.is_null() {
        return ERROR_MOD_NOT_FOUND;
    }
    // SAFETY: not null, so it is a string until the next call.
    let message = unsafe { CStr::from_ptr(message) }.to_string_lossy().to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    if says(&["undefined symbol", "symbol not found", "symbol lookup"]) {
        ERROR_PROC_NOT_FOUND
    } else if says(&["permission denied"]) {
        ERROR_ACCESS_DENIED
    } else if says(&["incompatible architecture", "not a mach-o", "slice is not valid"]) {
        ERROR_BAD_EXE_FORMAT
    } else if says(&["no such file", "cannot open", "library not loaded", "image not found"]) {
        ERROR_MOD_NOT_FOUND
    } else {
        ERROR_BAD_EXE_FORMAT
    }
}

/// Gives one opening back.
pub(super) fn close(object: usize) {
    // SAFETY: it was opened once for each time that it is closed, says the table of modules.
    unsafe { libc::dlclose(object as *mut c_void) };
}

/// Where this name is in the object itself, not in what it needs.
pub(super) fn address(object: &Object, name: &str) -> Option<usize> {
    let found = looked_up(object.handle as *mut c_void, name)?;
    (OWN_NAMES_ONLY != 0 || base_of(found) == Some(object.base)).then_some(found)
}

/// Where this name is in the program itself.
#[cfg(target_vendor = "apple")]
pub(super) fn address_in_program(name: &str) -> Option<usize> {
    looked_up(libc::RTLD_MAIN_ONLY, name)
}

/// Where this name is in the program itself.
#[cfg(not(target_vendor = "apple"))]
pub(super) fn address_in_program(name: &str) -> Option<usize> {
    looked_up(libc::RTLD_DEFAULT, name).filter(|&found| base_of(found) == program())
}

/// Where a function of this library is. A library that is part of a program is asked for what that exports.
pub(super) fn own_address(name: &str) -> Option<usize> {
    static OWN: OnceLock<usize> = OnceLock::new();
    let own = *OWN.get_or_init(|| {
        let here = information(own_address as *const () as usize);
        let name = here.map(|here| here.dli_fname).filter(|name| !name.is_null());
        // SAFETY: not null, so it is the name of an object that stays.
        let name = name.map(|name| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned());
        name.and_then(|name| opened(&name, libc::RTLD_NOLOAD)).map_or(0, |handle| handle as usize)
    });
    let there = (own != 0).then(|| looked_up(own as *mut c_void, name)).flatten();
    there.or_else(|| looked_up(libc::RTLD_DEFAULT, name))
}

fn looked_up(handle: *mut c_void, name: &str) -> Option<usize> {
    let name = CString::new(name).ok()?;
    // SAFETY: the handle is open or one that stands for a search; the name is terminated.
    let found = unsafe { libc::dlsym(handle, name.as_ptr()) };
    (!found.is_null()).then_some(found as usize)
}

/// What the object finds under this name: in itself or in those that it needs.
pub(super) fn seen_from(object: &Object, name: &str) -> Option<usize> {
    looked_up(object.handle as *mut c_void, name)
}

/// Where the object that this address is in begins.
pub(super) fn base_of(address: usize) -> Option<usize> {
    information(address).map(|object| object.dli_fbase as usize)
}

/// Where this library's code lies, alone or as part of a program.
pub(super) fn own() -> Option<usize> {
    base_of(own as *const () as usize)
}

/// The file that the object with this address came from.
pub(super) fn file_of(address: usize) -> Option<String> {
    let name = information(address)?.dli_fname;
    // SAFETY: not null, so it is the name of an object that the caller has an address in.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned())
}

fn information(address: usize) -> Option<libc::Dl_info> {
    let nothing = libc::Dl_info {
        dli_fname: std::ptr::null(),
        dli_fbase: null_mut(),
        dli_sname: std::ptr::null(),
        dli_saddr: null_mut(),
    };
    let mut object = nothing;
    // SAFETY: the host only compares the address; `object` is written.
    let found = unsafe { libc::dladdr(address as *const c_void, &raw mut object) };
    (found != 0).then_some(object)
}

/// Where the program lies in memory.
#[cfg(not(target_vendor = "apple"))]
pub(super) fn program() -> Option<usize> {
    // SAFETY: asks for a number; the program headers are in the program.
    base_of(unsafe { libc::getauxval(libc::AT_PHDR) } as usize)
}

// Apple's list of what is loaded; <mach-o/dyld.h> has it. An index too large gives null.
#[cfg(target_vendor = "apple")]
unsafe extern "C" {
    safe fn _dyld_image_count() -> u32;
    safe fn _dyld_get_image_header(index: u32) -> *const c_void;
    safe fn _dyld_get_image_name(index: u32) -> *const core::ffi::c_char;
}

/// Where the program lies in memory: it is the first of the images.
#[cfg(target_vendor = "apple")]
pub(super) fn program() -> Option<usize> {
    Some(_dyld_get_image_header(0) as usize)
}

/// Where an open object lies, and its file.
#[cfg(not(target_vendor = "apple"))]
fn identity(handle: *mut c_void) -> Option<(usize, String)> {
    /// The beginning of what the linker knows about an object; <link.h> has it.
    #[repr(C)]
    struct LinkMap {
        difference: usize,
        name: *const core::ffi::c_char,
        dynamic: *const c_void,
    }
    const RTLD_DI_LINKMAP: i32 = 2;
    unsafe extern "C" {
        fn dlinfo(handle: *mut c_void, request: i32, info: *mut c_void) -> i32;
    }
    let mut map: *const LinkMap = std::ptr::null();
    // SAFETY: the handle is open; a pointer is written.
    let failed = unsafe { dlinfo(handle, RTLD_DI_LINKMAP, (&raw mut map).cast()) };
    if failed != 0 || map.is_null() {
        return None;
    }
    // SAFETY: the linker's own record, which stays while the object is open.
    let map = unsafe { &*map };
    // SAFETY: as above.
    let name = unsafe { CStr::from_ptr(map.name) }.to_string_lossy().into_owned();
    Some((base_of(map.dynamic as usize)?, name))
}

/// Where an open object lies, and its file: the image that has the same handle.
#[cfg(target_vendor = "apple")]
fn identity(handle: *mut c_void) -> Option<(usize, String)> {
    // newest first: that is mostly the one
    (0.._dyld_image_count()).rev().find_map(|index| {
        let (header, name) = (_dyld_get_image_header(index), _dyld_get_image_name(index));
        if header.is_null() || name.is_null() {
            return None;
        }
        // SAFETY: the name of an image that is loaded.
        let name = unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned();
        let same = opened(&name, libc::RTLD_NOLOAD)?;
        close(same as usize);
        (same == handle).then_some((header as usize, name))
    })
}

/// The files of all objects that the host has loaded.
#[cfg(not(target_vendor = "apple"))]
pub(super) fn files() -> Vec<String> {
    unsafe extern "C" fn note(object: *mut libc::dl_phdr_info, _: usize, files: *mut c_void) -> i32 {
        // SAFETY: the host's record of an object, and the list that was handed in below.
        let (object, files) = unsafe { (&*object, &mut *files.cast::<Vec<String>>()) };
        if !object.dlpi_name.is_null() {
            // SAFETY: not null, so it is the object's name.
            files.push(unsafe { CStr::from_ptr(object.dlpi_name) }.to_string_lossy().into_owned());
        }
        0
    }
    let mut files = Vec::<String>::new();
    // SAFETY: the list outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(note), (&raw mut files).cast()) };
    files
}

/// The files of all objects that the host has loaded.
#[cfg(target_vendor = "apple")]
pub(super) fn files() -> Vec<String> {
    let names =
        (0.._dyld_image_count()).map(|index| _dyld_get_image_name(index)).filter(|name| !name.is_null());
    // SAFETY: not null, so it is an image's name.
    names.map(|name| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()).collect()
}

/// A module's entry, as Windows calls it.
pub(super) type Entry =
    unsafe extern "system" fn(module: *mut c_void, reason: u32, reserved: *mut c_void) -> i32;

/// DllMain as C names it, and as C++ does with the parameters that programs give it.
const ENTRIES: [&str; 3] = ["DllMain", "_Z7DllMainP11HINSTANCE__jPv", "_Z7DllMainPvjS_"];

/// The object's entry, if it has one.
pub(super) fn entry(object: &Object) -> Option<Entry> {
    let found = ENTRIES.iter().find_map(|name| address(object, name))?;
    // SAFETY: a function of this name has this type, by Windows' contract for modules.
    Some(unsafe { std::mem::transmute::<usize, Entry>(found) })
}

/// Calls an entry; says whether it was content.
pub(super) fn call(entry: Entry, module: usize, reason: u32) -> bool {
    // SAFETY: the module is open; what its entry does is what the program asked for.
    unsafe { entry(module as *mut c_void, reason, null_mut()) != 0 }
}
