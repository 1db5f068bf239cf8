//! `wmain`: the entry of a Windows program with wide arguments. Where a file mentions it, a small object joins the
//! link, whose `main` calls it and gives way to a `main` of the program's own.

use crate::options::{Options, Word};
use crate::place::unwritable;
use crate::run::{self, Temporary};
use crate::{Trouble, command};
use std::ffi::{OsStr, OsString};

const SOURCE: &str = include_str!("entry.c");

/// The names that a program's `wmain` can have in an object file.
#[cfg(target_vendor = "apple")]
const NAMES: &[&str] = &["_wmain", "__Z5wmainv", "__Z5wmainiPPw", "__Z5wmainiPPwS0_", "__Z5wmainiPPKw"];

/// Options that decide what objects fit together, by their beginnings; those of the second list have a value.
const OF_THE_MACHINE: &[&str] = &["-m", "-f", "-g", "--target=", "--sysroot=", "-B"];
const WITH_VALUE: &[&str] = &["-target", "-arch", "-isysroot", "--sysroot", "-B"];

/// Further words for the link, which name files in the temporary folder.
pub(crate) fn files(options: &Options, temporary: &Temporary) -> Result<Vec<OsString>, Trouble> {
    let no_program =
        options.shared || ["-nostartfiles", "-nostdlib"].into_iter().any(|name| options.has(name));
    if !options.links || options.dry_run || no_program || !mentions_wmain(options) {
        return Ok(Vec::new());
    }
    let folder = temporary.folder()?;
    let (source, object) = (folder.join("entry.c"), folder.join("entry.o"));
    std::fs::write(&source, SOURCE).map_err(|why| unwritable(&source, &why))?;
    let mut compiler = command::driver(false);
    compiler.extend(machine_words(options));
    compiler.extend(["-c".into(), source.into_os_string(), "-o".into(), object.clone().into_os_string()]);
    if !run::start(&compiler)?.success() {
        return Err(Trouble::NotStarted("the compiler cannot build the object that calls wmain".to_owned()));
    }
    let mut added = Vec::new();
    if options.language_set {
        added.extend(["-x".into(), "none".into()]);
    }
    added.push(object.into_os_string());
    // Apple's linker wants to hear which names may stay without a definition
    #[cfg(target_vendor = "apple")]
    added.extend(NAMES.iter().map(|name| OsString::from(format!("-Wl,-U,{name}"))));
    Ok(added)
}

fn mentions_wmain(options: &Options) -> bool {
    let mentions = |file: &OsStr| {
        let bytes = std::fs::read(file).unwrap_or_default(); // the compiler is the one to complain
        let holds = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
        holds(b"wmain") || holds(b"_tmain")
    };
    options.words.iter().filter_map(Word::file).any(mentions)
}

fn machine_words(options: &Options) -> Vec<OsString> {
    let mut kept = Vec::new();
    let mut words = options.words.iter();
    while let Some(word) = words.next() {
        let Word::Option(text) = word else { continue };
        let name = text.to_string_lossy();
        if WITH_VALUE.contains(&&*name) {
            kept.push(text.clone());
            kept.extend(words.next().map(|value| value.text().to_owned()));
        } else if OF_THE_MACHINE.iter().any(|beginning| name.starts_with(beginning)) {
            kept.push(text.clone());
        }
    }
    kept
}
