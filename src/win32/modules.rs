//! Modules: what was loaded, how often, and the calls of DllMain that go with it.
//!
//! The loader's lock is recursive and held through DllMain, as on Windows: a module's entry may load others. The
//! table's own lock is never held while code of a module may run.
//!
//! Entries hear of the process only. Threads that come and go are not told to them, nor is the process's end; an
//! object that the host loaded by itself (with the program, or because another one needs it) hears nothing.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::lock::Section;
use crate::windows::foundation::{ERROR_DLL_INIT_FAILED, ERROR_INVALID_HANDLE, ERROR_MOD_NOT_FOUND};
use names::Meaning;
use objects::Object;

mod names;
mod objects;

/// The program's handle: what programs for Windows are usually loaded at. There is nothing to read at it.
pub(crate) const PROGRAM: usize = 0x40_0000;

const DLL_PROCESS_DETACH: u32 = 0;
const DLL_PROCESS_ATTACH: u32 = 1;

/// What a handle stands for.
pub(crate) enum Kind {
    Program,
    /// A module of Windows, by its name with the ending.
    System(String),
    /// A provider of this library, by its name.
    Provider(&'static str),
    Object,
}

/// Where names without a whole path are looked for.
#[derive(Clone, Copy)]
pub(crate) struct Search {
    /// In the program's folder.
    pub(crate) near_program: bool,
    /// Where the host searches, for names without a folder.
    pub(crate) as_host: bool,
    /// Below the current folder, for names with a folder.
    pub(crate) here: bool,
}

impl Search {
    pub(crate) const EVERYWHERE: Self = Self { near_program: true, as_host: true, here: true };
}

/// An object in the table, which holds one opening of it.
struct Loaded {
    object: Object,
    /// How often it was loaded and not freed; 0 for one that the host loaded.
    loads: usize,
    /// Freeing changes nothing.
    pinned: bool,
    /// The host has loaded it by itself: it stays whatever is freed, and its entry hears nothing.
    of_host: bool,
    /// Its entry is hearing that it goes.
    leaving: bool,
}

struct Table {
    objects: Vec<Loaded>,
    /// The names are never given back, since their addresses are the handles.
    providers: Vec<&'static String>,
}

impl Table {
    fn find(&mut self, module: usize) -> Option<&mut Loaded> {
        self.objects.iter_mut().find(|loaded| loaded.object.handle == module)
    }

    fn provider(&self, module: usize) -> Option<&'static str> {
        self.providers.iter().find(|&&name| address_of(name) == module).map(|name| name.as_str())
    }

    /// The loaded module that a file name without a folder means.
    fn named(&self, file: &str) -> Option<usize> {
        let spellings = names::spellings(file);
        let is_one = |loaded: &&Loaded| is_spelled(&loaded.object.path, &spellings);
        self.objects.iter().find(is_one).map(|loaded| loaded.object.handle)
    }
}

/// Whether a path's file has one of these names, in any case.
fn is_spelled(path: &str, spellings: &[String]) -> bool {
    let own = names::split(path).1;
    spellings.iter().any(|spelling| spelling.eq_ignore_ascii_case(own))
}

/// The object of this file name that the host has loaded, opened once more.
fn host_loaded(file: &str) -> Option<Object> {
    let spellings = names::spellings(file);
    let loaded = objects::files().into_iter().find(|path| is_spelled(path, &spellings))?;
    objects::open_loaded(&loaded)
}

fn table() -> MutexGuard<'static, Table> {
    static TABLE: Mutex<Table> = Mutex::new(Table { objects: Vec::new(), providers: Vec::new() });
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The loader's lock, held until this is dropped.
struct Inside;

static LOADER: Section = Section::new();

impl Inside {
    fn enter() -> Self {
        LOADER.enter();
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        LOADER.leave();
    }
}

fn address_of(name: &'static String) -> usize {
    std::ptr::from_ref(name) as usize
}

/// Loads a module, or counts one more load of it. `Err` is a Win32 code.
pub(crate) fn load(name: &str, search: Search) -> Result<usize, u32> {
    match names::meaning(name) {
        Meaning::System(module) => return Ok(module),
        Meaning::Provider(name) => return Ok(provider(name)),
        Meaning::Object => {}
    }
    let _inside = Inside::enter();
    let (folder, file) = names::split(name);
    if folder.is_none() {
        let loaded = table().named(file);
        if let Some(module) = loaded.filter(|&module| again(module)) {
            return Ok(module);
        }
    }
    if let Some(object) = folder.is_none().then(|| host_loaded(file)).flatten() {
        return attach(object, true);
    }
    for place in places(name, search) {
        if let Some(object) = objects::open_loaded(&place) {
            return attach(object, true);
        }
        match objects::open(&place) {
            Ok(object) => return attach(object, false),
            Err(ERROR_MOD_NOT_FOUND) => {}
            Err(code) => return Err(code),
        }
    }
    Err(ERROR_MOD_NOT_FOUND)
}

/// Counts one more load of a module that was loaded, if it may stay.
fn again(module: usize) -> bool {
    let mut table = table();
    let loaded = table.find(module).filter(|loaded| loaded.loads > 0);
    loaded.map(|loaded| loaded.loads += 1).is_some()
}

fn provider(name: String) -> usize {
    let mut table = table();
    let known = table.providers.iter().find(|known| ***known == name).copied();
    address_of(known.unwrap_or_else(|| {
        let fresh: &'static String = Box::leak(Box::new(name));
        table.providers.push(fresh);
        fresh
    }))
}

/// The files, and names for the host's search (those without a slash), that a name may mean; best first.
fn places(name: &str, search: Search) -> Vec<String> {
    // a backslash is a letter like others here, so a file may have such a name
    let name = if Path::new(name).exists() { name.to_owned() } else { name.replace('\\', "/") };
    let (folder, file) = match name.rsplit_once('/') {
        Some((folder, file)) => (Some(folder), file),
        None => (None, name.as_str()),
    };
    let near = || search.near_program.then(program_folder).flatten();
    let here = || search.here.then(|| std::env::current_dir().ok()).flatten();
    let here = || here().map(|folder| folder.to_string_lossy().into_owned());
    let folders = match folder {
        Some(folder) if folder.is_empty() || folder.starts_with('/') => vec![folder.to_owned()],
        Some(folder) => near().into_iter().chain(here()).map(|base| format!("{base}/{folder}")).collect(),
        None => near().into_iter().collect(),
    };
    let spellings = names::spellings(file);
    let files =
        folders.iter().flat_map(|folder| spellings.iter().map(move |file| format!("{folder}/{file}")));
    let mut places: Vec<String> = files.filter(|file| Path::new(file).is_file()).collect();
    if folder.is_none() && search.as_host {
        places.extend(spellings);
    }
    places.retain(|place| !place.is_empty());
    places
}

fn program_folder() -> Option<String> {
    let program = program_file()?;
    names::split(&program).0.map(str::to_owned)
}

fn program_file() -> Option<String> {
    std::env::current_exe().ok().map(|path| path.to_string_lossy().into_owned())
}

/// Counts an object that was just opened, and tells it if it is new. One that was there before is the host's, unless
/// the table knows it. The loader's lock is held.
fn attach(object: Object, was_there: bool) -> Result<usize, u32> {
    let module = object.handle;
    {
        let mut table = table();
        if let Some(known) = table.find(module) {
            objects::close(module); // the table has an opening of its own
            if known.leaving {
                return Err(ERROR_DLL_INIT_FAILED);
            }
            known.loads += 1;
            if known.loads > 1 || known.of_host {
                return Ok(module);
            }
        } else {
            let object = object.clone();
            table.objects.push(Loaded {
                object,
                loads: 1,
                pinned: false,
                of_host: was_there,
                leaving: false,
            });
            if was_there {
                return Ok(module);
            }
        }
    }
    let Some(entry) = objects::entry(&object) else { return Ok(module) };
    if objects::call(entry, module, DLL_PROCESS_ATTACH) {
        return Ok(module);
    }
    // as Windows has it documented: one that refuses is told that it goes
    detach(&object);
    Err(ERROR_DLL_INIT_FAILED)
}

/// Tells an object that it goes, and lets it go. The loader's lock is held.
fn detach(object: &Object) {
    if let Some(loaded) = table().find(object.handle) {
        loaded.leaving = true;
    }
    if let Some(entry) = objects::entry(object) {
        objects::call(entry, object.handle, DLL_PROCESS_DETACH);
    }
    table().objects.retain(|loaded| loaded.object.handle != object.handle);
    objects::close(object.handle);
}

/// Takes one load back. `Err` is a Win32 code.
pub(crate) fn free(module: usize) -> Result<(), u32> {
    let _inside = Inside::enter();
    let last = {
        let mut table = table();
        match table.find(module) {
            Some(loaded) if loaded.pinned || loaded.loads == 0 => None,
            Some(loaded) => {
                loaded.loads -= 1;
                (loaded.loads == 0 && !loaded.of_host).then(|| loaded.object.clone())
            }
            None => {
                drop(table);
                return kind(module).map(drop).ok_or(ERROR_INVALID_HANDLE);
            }
        }
    };
    if let Some(object) = last {
        detach(&object);
    }
    Ok(())
}

/// Counts one more load of a module, or makes it stay for good.
pub(crate) fn keep(module: usize, for_good: bool) {
    if let Some(loaded) = table().find(module) {
        loaded.pinned |= for_good;
        loaded.loads += usize::from(loaded.loads > 0); // one that the host loaded stays anyhow
    }
}

/// The module of this name that is there. `Err` is a Win32 code.
pub(crate) fn find(name: &str) -> Result<usize, u32> {
    match names::meaning(name) {
        Meaning::System(module) => return Ok(module),
        Meaning::Provider(name) => {
            let table = table();
            let known = table.providers.iter().find(|known| ***known == name);
            return known.map(|known| address_of(known)).ok_or(ERROR_MOD_NOT_FOUND);
        }
        Meaning::Object => {}
    }
    if is_program(name) {
        return Ok(PROGRAM);
    }
    let (folder, file) = names::split(name);
    if let Some(module) = folder.is_none().then(|| table().named(file)).flatten() {
        return Ok(module);
    }
    let _inside = Inside::enter();
    let loaded = if folder.is_none() { host_loaded(file) } else { None };
    let places = places(name, Search::EVERYWHERE);
    let loaded = loaded.or_else(|| places.iter().find_map(|place| objects::open_loaded(place)));
    loaded.map(known).ok_or(ERROR_MOD_NOT_FOUND)
}

fn is_program(name: &str) -> bool {
    let Some(program) = program_file() else { return false };
    match names::split(name) {
        (None, file) => {
            let own = names::split(&program).1;
            let stem = file.len().checked_sub(".exe".len()).and_then(|at| file.split_at_checked(at));
            let stem = stem.filter(|(_, ending)| ending.eq_ignore_ascii_case(".exe")).map(|(stem, _)| stem);
            own.eq_ignore_ascii_case(file) || stem.is_some_and(|stem| own.eq_ignore_ascii_case(stem))
        }
        (Some(_), _) => std::fs::canonicalize(name).is_ok_and(|path| path == Path::new(&program)),
    }
}

/// Puts an object that the host loaded into the table, if it is not there.
fn known(object: Object) -> usize {
    let module = object.handle;
    let mut table = table();
    if table.find(module).is_some() {
        objects::close(module); // the table has an opening of its own
    } else {
        table.objects.push(Loaded { object, loads: 0, pinned: false, of_host: true, leaving: false });
    }
    module
}

/// The module that has this address in it. `Err` is a Win32 code.
pub(crate) fn at(address: usize) -> Result<usize, u32> {
    let base = objects::base_of(address).ok_or(ERROR_MOD_NOT_FOUND)?;
    if objects::program() == Some(base) {
        return Ok(PROGRAM);
    }
    if objects::own() == Some(base) {
        return Ok(names::own());
    }
    if let Some(loaded) = table().objects.iter().find(|loaded| loaded.object.base == base) {
        return Ok(loaded.object.handle);
    }
    let _inside = Inside::enter();
    let file = objects::file_of(address).ok_or(ERROR_MOD_NOT_FOUND)?;
    objects::open_loaded(&file).map(known).ok_or(ERROR_MOD_NOT_FOUND)
}

/// What a handle stands for; `None` if it is none.
pub(crate) fn kind(module: usize) -> Option<Kind> {
    if module == PROGRAM {
        return Some(Kind::Program);
    }
    if let Some(name) = names::system(module) {
        return Some(Kind::System(name));
    }
    let mut table = table();
    if let Some(name) = table.provider(module) {
        return Some(Kind::Provider(name));
    }
    table.find(module).map(|_| Kind::Object)
}

/// Where a name is that a loaded object or the program gives to others.
pub(crate) fn address(module: usize, name: &str) -> Option<usize> {
    if module == PROGRAM {
        return objects::address_in_program(name);
    }
    let object = table().find(module)?.object.clone();
    objects::address(&object, name)
}

/// Whether what a loaded object calls of this library is this very copy of it. Another one has sockets, threads
/// and handles of its own, which mean nothing here.
pub(crate) fn shares_library(module: usize) -> bool {
    let Some(object) = table().find(module).map(|loaded| loaded.object.clone()) else { return true };
    // A symbol that every user of the library can see.
    match objects::seen_from(&object, "ws2_WSAStartup") {
        Some(address) => objects::base_of(address) == objects::own(),
        None => true,
    }
}

/// Where a symbol of this library is.
pub(crate) fn own_address(symbol: &str) -> Option<usize> {
    objects::own_address(symbol)
}

/// The file of a module; one of Windows has the name that it has there.
pub(crate) fn file(module: usize, system_folder: &str) -> Option<String> {
    match kind(module)? {
        Kind::Program => program_file(),
        Kind::System(name) => Some(format!("{system_folder}\\{name}")),
        Kind::Provider(name) => Some(name.to_owned()),
        Kind::Object => table().find(module).map(|loaded| loaded.object.path.clone()),
    }
}
