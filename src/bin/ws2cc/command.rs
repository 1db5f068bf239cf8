//! The compiler's command line: its words, and around them what OpenWS2 adds. It starts nothing.

use crate::options::{Options, Word};
use crate::place::Place;
use crate::{Trouble, compiler, words};
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// What the static library needs besides; the compiler itself adds the C library and the unwinder.
#[cfg(target_vendor = "apple")]
pub(crate) const NATIVE_LIBRARIES: &[&str] = &["-liconv", "-lm"];
/// What the static library needs besides; the compiler itself adds the C library and the unwinder.
#[cfg(not(target_vendor = "apple"))]
pub(crate) const NATIVE_LIBRARIES: &[&str] = &["-lutil", "-lrt", "-lpthread", "-lm", "-ldl"];

/// Folders that the dynamic linker searches anyhow; packages may not name them in a program.
const SEARCHED_FOLDERS: &[&str] = &["/lib", "/lib64", "/usr/lib", "/usr/lib64"];

/// The compiler, with the words that `$CC` or `$CXX` give it. `CC=ws2cc make` names us: that asks for the default.
pub(crate) fn driver(cplusplus: bool) -> Vec<OsString> {
    let (variable, default) = if cplusplus { ("CXX", "c++") } else { ("CC", "cc") };
    let value = std::env::var(variable).unwrap_or_default();
    let named = match Path::new(&value).is_file() {
        true => vec![value], // a path with blanks in it
        false => words::split(&value),
    };
    let ourselves =
        |word: &String| Path::new(word).file_name().is_some_and(|name| name == "ws2cc" || name == "ws2c++");
    match named.is_empty() || named.iter().any(ourselves) {
        true => vec![default.into()],
        false => named.into_iter().map(OsString::from).collect(),
    }
}

/// What every compilation gets, after the program's own options so that its own folders are searched first.
pub(crate) fn compile_words(options: &Options, place: &Place) -> Vec<OsString> {
    let mut added: Vec<OsString> = place.include().map(|folder| joined("-I", folder)).collect();
    // clang lets a later -Wall bring a warning back, so these come last, unless the program asks for them itself
    if !options.has("-Wunknown-pragmas") {
        added.push("-Wno-unknown-pragmas".into());
    }
    if options.shared && !compiler::ANYWHERE.iter().any(|word| options.has(word)) {
        added.push("-fPIC".into());
    }
    if options.crt {
        added.push("-DOPENWS2_CRT".into());
    }
    if options.win32 {
        // by a file, since libc++ must have read its own set-up before it meets _WIN32
        added.extend(["-include".into(), place.headers.join("openws2/predefined.h").into_os_string()]);
    }
    added
}

/// What every link ends with. A Windows program need not name its libraries (`#pragma comment(lib)` does), so
/// ours is there always.
fn link_words(options: &Options, place: &Place) -> Result<Vec<OsString>, Trouble> {
    let mut added: Vec<OsString> = Vec::new();
    if options.language_set {
        added.extend(["-x".into(), "none".into()]); // or the library would be read as source text
    }
    if options.static_library {
        added.push(place.archive()?.into_os_string());
        added.extend(NATIVE_LIBRARIES.iter().map(OsString::from));
        return Ok(added);
    }
    if options.shared && !cfg!(target_vendor = "apple") {
        // a DLL's own functions are its own, also where the C library has some of the same names
        added.push("-Wl,-Bsymbolic".into());
    }
    let library = place.shared()?;
    added.extend(run_path(library.parent().unwrap_or(Path::new("."))));
    // by its path: a -L for a Windows tool chain may hold another libws2_32
    added.push(library.into_os_string());
    // Windows' C library holds the mathematics and the threads
    added.extend(["-lm".into(), "-pthread".into()]);
    Ok(added)
}

/// The compiler's whole command line. `extra` are files to link that the caller made.
pub(crate) fn whole(options: &Options, place: &Place, extra: &[OsString]) -> Result<Vec<OsString>, Trouble> {
    let mut command = driver(options.cplusplus);
    for word in &options.words {
        match word {
            Word::CSource(file) if options.cplusplus && !options.named_cplusplus => {
                in_language(&mut command, "c", file)
            }
            Word::CplusplusSource(file) => in_language(&mut command, "c++", file),
            Word::Option(word) | Word::File(word) | Word::CSource(word) => command.push(word.clone()),
        }
    }
    if !options.asks {
        command.extend(compile_words(options, place));
    }
    if options.links {
        command.extend(extra.iter().cloned());
        command.extend(link_words(options, place)?);
    }
    Ok(command)
}

/// `--cflags` and `--libs`: one line, quoted.
pub(crate) fn print(options: &Options, place: &Place) -> Result<u8, Trouble> {
    let mut printed = Vec::new();
    if options.print_cflags {
        printed.extend(compile_words(options, place));
    }
    if options.print_libs && options.static_library {
        printed.extend(link_words(options, place)?);
    } else if options.print_libs {
        let library = place.shared()?;
        let folder = library.parent().unwrap_or(Path::new("."));
        printed.push(joined("-L", folder));
        printed.extend(run_path(folder));
        printed.push("-lws2_32".into());
    }
    println!("{}", words::join(&printed));
    Ok(0)
}

fn in_language(command: &mut Vec<OsString>, language: &str, file: &OsStr) {
    command.extend(["-x".into(), language.into(), file.to_owned(), "-x".into(), "none".into()]);
}

fn run_path(folder: &Path) -> Option<OsString> {
    let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
    let searched = |known: &str| folder == Path::new(known) || folder == Path::new(known).join(&triplet);
    (!SEARCHED_FOLDERS.iter().any(|known| searched(known))).then(|| joined("-Wl,-rpath,", folder))
}

fn joined(option: &str, path: &Path) -> OsString {
    let mut word = OsString::from(option);
    word.push(path);
    word
}
