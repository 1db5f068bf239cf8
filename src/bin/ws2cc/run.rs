//! Starting the compiler, and with `--run` what it built. Exit statuses go through unchanged.

use crate::options::{Options, Word};
use crate::place::{Place, unwritable};
use crate::{Trouble, command, entry, words};
use std::ffi::{OsStr, OsString};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// Builds, and runs if asked.
pub(crate) fn compile(options: &Options, place: &Place) -> Result<u8, Trouble> {
    let temporary = Temporary::default();
    let mut extra = entry::files(options, &temporary)?;
    let result = match &options.output {
        Some(path) => Path::new(path).to_owned(),
        None if options.run => temporary.folder()?.join(program_name(options)),
        None => PathBuf::from("a.out"),
    };
    if options.run && options.output.is_none() {
        extra.extend(["-o".into(), result.clone().into_os_string()]);
    }
    let compiler = command::whole(options, place, &extra)?;
    if options.verbose || options.dry_run {
        eprintln!("{}", words::join(&compiler));
    }
    if options.dry_run {
        return Ok(0);
    }
    let status = start(&compiler)?;
    if !status.success() || !options.run {
        return Ok(code(status));
    }
    let program = result.canonicalize().map_err(|why| not_started(result.as_os_str(), &why))?;
    let mut running = Command::new(&program);
    running.args(&options.program_arguments);
    if options.output.is_none() {
        return running.status().map(code).map_err(|why| not_started(program.as_os_str(), &why));
    }
    // a program that stays takes our place, so that signals reach it; nothing of ours is cleared away after that
    drop(temporary);
    Err(not_started(program.as_os_str(), &running.exec()))
}

/// Runs a command line to its end.
pub(crate) fn start(command: &[OsString]) -> Result<ExitStatus, Trouble> {
    let (program, arguments) = command.split_first().expect("a command line begins with the compiler");
    Command::new(program).args(arguments).status().map_err(|why| not_started(program, &why))
}

/// A status as a shell would give it.
pub(crate) fn code(status: ExitStatus) -> u8 {
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    u8::try_from(code & 0xff).expect("eight bits")
}

fn not_started(program: &OsStr, why: &std::io::Error) -> Trouble {
    let program = program.to_string_lossy();
    let cure = match why.kind() {
        std::io::ErrorKind::NotFound => "; CC and CXX name the compilers",
        _ => "",
    };
    Trouble::NotStarted(format!("cannot start {program}: {why}{cure}"))
}

fn program_name(options: &Options) -> OsString {
    let file = options.words.iter().find_map(Word::file).and_then(|file| Path::new(file).file_stem());
    file.map_or_else(|| "program".into(), OsStr::to_owned)
}

/// A folder for files of this call, made when first needed and removed at its end.
#[derive(Default)]
pub(crate) struct Temporary(std::cell::OnceCell<PathBuf>);

impl Temporary {
    pub(crate) fn folder(&self) -> Result<&Path, Trouble> {
        if let Some(folder) = self.0.get() {
            return Ok(folder);
        }
        let fresh = Self::make()?;
        Ok(self.0.get_or_init(|| fresh))
    }

    /// A folder that did not exist before: nobody can have put files there for us to run.
    fn make() -> Result<PathBuf, Trouble> {
        let parent = std::env::temp_dir();
        for number in 0..1000 {
            let folder = parent.join(format!("ws2cc-{}-{number}", std::process::id()));
            let mut builder = std::fs::DirBuilder::new();
            match std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700).create(&folder) {
                Ok(()) => return Ok(folder),
                Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(why) => return Err(unwritable(&folder, &why)),
            }
        }
        Err(Trouble::Missing(format!("no free name for a temporary folder in {}", parent.display())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(folder) = self.0.get() {
            let _ = std::fs::remove_dir_all(folder); // what is left is only litter in a temporary folder
        }
    }
}
