//! The libraries, options and files that only Windows has, as build files name them. Data, no logic beyond look-up.

/// Import libraries whose functions come from libws2_32 or are not there at all; either way the name itself is
/// dropped, since libws2_32 ends every link. Sorted, lower case.
pub(crate) const WINDOWS_LIBRARIES: &[&str] = &[
    "advapi32",
    "bcrypt",
    "comctl32",
    "comdlg32",
    "crypt32",
    "dbghelp",
    "dnsapi",
    "fwpuclnt",
    "gdi32",
    "imm32",
    "iphlpapi",
    "kernel32",
    "mingw32",
    "mingwex",
    "moldname",
    "msvcrt",
    "mswsock",
    "netapi32",
    "normaliz",
    "ntdll",
    "odbc32",
    "odbccp32",
    "ole32",
    "oleaut32",
    "powrprof",
    "psapi",
    "qwave",
    "rpcrt4",
    "secur32",
    "setupapi",
    "shell32",
    "shlwapi",
    "sporder",
    "synchronization",
    "ucrt",
    "user32",
    "userenv",
    "uuid",
    "version",
    "winmm",
    "winspool",
    "ws2_32",
    "wsock32",
];

/// Options of compilers for Windows that mean nothing here. Sorted.
const WITHOUT_MEANING: &[&str] =
    &["-mconsole", "-mdll", "-mno-cygwin", "-mnop-fun-dllimport", "-mwin32", "-mwindows"];

/// Options of compilers for Windows that come down to a definition. Sorted.
const DEFINITIONS: &[(&str, &str)] = &[("-mthreads", "-D_MT"), ("-municode", "-DUNICODE")];

/// Words of a linker that writes PE files, with the number of values that follow each. Sorted.
const PE_LINKER_WORDS: &[(&str, usize)] = &[
    ("--add-stdcall-alias", 0),
    ("--dynamicbase", 0),
    ("--enable-auto-import", 0),
    ("--enable-stdcall-fixup", 0),
    ("--high-entropy-va", 0),
    ("--kill-at", 0),
    ("--large-address-aware", 0),
    ("--nxcompat", 0),
    ("--out-implib", 1),
    ("--output-def", 1),
    ("--subsystem", 1),
    ("--tsaware", 0),
];

/// Does Windows serve this library, named after `-l` in any case?
pub(crate) fn is_windows(name: &str) -> bool {
    WINDOWS_LIBRARIES.binary_search(&name.to_ascii_lowercase().as_str()).is_ok()
}

/// Is this file the import library of a Windows library: `Ws2_32.lib`, `libws2_32.a`, `libws2_32.dll.a`?
pub(crate) fn is_import_library(path: &str) -> bool {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    let stem = file.strip_suffix(".lib").or_else(|| {
        let stem = file.strip_prefix("lib")?.strip_suffix(".a")?;
        Some(stem.strip_suffix(".dll").unwrap_or(stem))
    });
    stem.is_some_and(is_windows)
}

/// What an option of a compiler for Windows becomes: `None` when it is none, an empty word when it is dropped.
pub(crate) fn windows_option(word: &str) -> Option<&'static str> {
    if WITHOUT_MEANING.binary_search(&word).is_ok() {
        return Some("");
    }
    DEFINITIONS.binary_search_by_key(&word, |row| row.0).ok().map(|row| DEFINITIONS[row].1)
}

/// The words after `-Wl,` without those that only a linker for PE files knows.
pub(crate) fn without_pe_words(list: &str) -> String {
    let mut kept = Vec::new();
    let mut words = list.split(',');
    while let Some(word) = words.next() {
        let (name, own_value) = word.split_once(['=', ':']).map_or((word, false), |(name, _)| (name, true));
        let long = if name.starts_with("--") { name.to_owned() } else { format!("-{name}") };
        match PE_LINKER_WORDS.binary_search_by_key(&long.as_str(), |row| row.0) {
            Ok(row) if !own_value => words.by_ref().take(PE_LINKER_WORDS[row].1).for_each(drop),
            Ok(_) => {} // its value came with it
            Err(_) => kept.push(word),
        }
    }
    kept.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(WINDOWS_LIBRARIES.is_sorted());
        assert!(WITHOUT_MEANING.is_sorted());
        assert!(DEFINITIONS.is_sorted());
        assert!(PE_LINKER_WORDS.is_sorted());
    }

    #[test]
    fn import_libraries_are_known_in_every_spelling() {
        for file in
            ["ws2_32.lib", "Ws2_32.lib", "C:\\SDK\\WS2_32.LIB", "libs/libws2_32.a", "libmswsock.dll.a"]
        {
            assert!(is_import_library(file), "{file}");
        }
        for file in ["mine.lib", "libmine.a", "ws2_32.c", "ws2_32"] {
            assert!(!is_import_library(file), "{file}");
        }
    }

    #[test]
    fn linker_words_for_pe_files_are_dropped_with_their_values() {
        assert_eq!(without_pe_words("--subsystem,windows"), "");
        assert_eq!(without_pe_words("-subsystem:console,-rpath,x"), "-rpath,x");
        assert_eq!(without_pe_words("-O1,--out-implib=a.lib,--as-needed"), "-O1,--as-needed");
    }
}
