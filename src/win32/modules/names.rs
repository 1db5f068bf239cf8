//! What the name of a module stands for: Windows' own modules, providers of this library, or files to try.
//! It asks the disk for nothing.

/// The modules of Windows whose functions this library has. The place in this list is the module's handle.
static SYSTEM: [&str; 11] = [
    "ws2_32",
    "wsock32",
    "mswsock",
    "iphlpapi",
    "kernel32",
    "kernelbase",
    "ntdll",
    "user32",
    "winmm",
    "msvcrt",
    "ucrtbase",
];

/// Windows' folders of such modules; in any other folder a file of such a name is the program's own.
const SYSTEM_FOLDERS: [&str; 3] = ["system32", "syswow64", "sysnative"];

/// What the names of this library's providers begin with.
const PROVIDER: &str = "openws2:";

/// What a shared object is called on this host.
#[cfg(target_vendor = "apple")]
const ENDING: &str = "dylib";
/// What a shared object is called on this host.
#[cfg(not(target_vendor = "apple"))]
const ENDING: &str = "so";

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A module of Windows, by its handle.
    System(usize),
    /// A provider of this library, by its name in small letters.
    Provider(String),
    /// An object of the host.
    Object,
}

/// What this name stands for.
pub(super) fn meaning(name: &str) -> Meaning {
    let small = name.to_ascii_lowercase();
    if small.starts_with(PROVIDER) {
        return Meaning::Provider(small);
    }
    let (folder, file) = split(&small);
    let is_systems = folder.is_none_or(|folder| SYSTEM_FOLDERS.contains(&split(folder).1));
    let stem = file.strip_suffix(".dll").or_else(|| file.strip_suffix('.')).unwrap_or(file);
    let known = SYSTEM.iter().find(|known| is_systems && **known == stem);
    known.map_or(Meaning::Object, |known| Meaning::System(handle(known)))
}

/// The name, with its ending, of the module of Windows that has this handle.
pub(super) fn system(module: usize) -> Option<String> {
    SYSTEM.iter().find(|known| handle(known) == module).map(|stem| format!("{stem}.dll"))
}

/// The handle of this library under its own name.
pub(super) fn own() -> usize {
    handle(&SYSTEM[0])
}

/// An address of ours, at which no other module can be.
fn handle(known: &'static &str) -> usize {
    std::ptr::from_ref(known) as usize
}

/// The folder, if one is named, and the file. Windows takes either slash.
pub(super) fn split(name: &str) -> (Option<&str>, &str) {
    match name.rfind(['/', '\\']) {
        Some(at) => (Some(&name[..at]), &name[at + 1..]),
        None => (None, name),
    }
}

/// The file names to try for one of Windows, best first: as it is, then as this host would call such an object.
pub(super) fn spellings(file: &str) -> Vec<String> {
    let hosts = |stem: &str| [format!("lib{stem}.{ENDING}"), format!("{stem}.{ENDING}")];
    let whole = file.to_owned();
    match file.rsplit_once('.') {
        Some((stem, "")) => vec![stem.to_owned()], // as on Windows: the point says that there is no ending
        Some((stem, ending)) if ending.eq_ignore_ascii_case("dll") => {
            [whole].into_iter().chain(hosts(stem)).collect()
        }
        Some(_) => vec![whole],
        None => [format!("{file}.dll")].into_iter().chain(hosts(file)).chain([whole]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_modules_are_known_in_every_spelling() {
        let Meaning::System(handle) = meaning("mswsock.dll") else { panic!("it is one") };
        for name in [
            "MSWSOCK",
            "mswsock.",
            "C:\\Windows\\System32\\mswsock.DLL",
            "%SystemRoot%\\system32\\MsWsock.dll",
            "c:/windows/syswow64/mswsock",
        ] {
            assert_eq!(meaning(name), Meaning::System(handle), "{name}");
        }
        assert_eq!(system(handle).as_deref(), Some("mswsock.dll"));
        assert_ne!(handle, own());
        assert_eq!(meaning("WS2_32"), Meaning::System(own()));
        assert_eq!(system(own() + 1), None);
        for name in ["", ".dll", "mswsock.so", "plugins\\mswsock.dll", "C:\\Windows\\mswsock.dll", "mswsock2"]
        {
            assert_eq!(meaning(name), Meaning::Object, "{name}");
        }
        assert_eq!(meaning("OpenWS2:Trace"), Meaning::Provider("openws2:trace".to_owned()));
    }

    #[test]
    fn a_name_for_windows_has_the_hosts_spellings_too() {
        let on_host =
            |names: &[&str]| names.iter().map(|name| name.replace("so", ENDING)).collect::<Vec<_>>();
        assert_eq!(spellings("a.dll"), on_host(&["a.dll", "liba.so", "a.so"]));
        assert_eq!(spellings("a.b.DLL"), on_host(&["a.b.DLL", "liba.b.so", "a.b.so"]));
        assert_eq!(spellings("a"), on_host(&["a.dll", "liba.so", "a.so", "a"]));
        assert_eq!(spellings("liba.so.1"), ["liba.so.1"]);
        assert_eq!(spellings("a."), ["a"]);
        assert_eq!(split("a\\b/c.dll"), (Some("a\\b"), "c.dll"));
        assert_eq!(split("c.dll"), (None, "c.dll"));
    }
}
