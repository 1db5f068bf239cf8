//! Builds Windows sources with ws2cc for the tests of whole programs; runs none of them.
#![allow(dead_code)] // Each test file uses its part.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, OnceLock};

/// The two languages that a Windows source without C++ in it may be compiled as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    C,
    Cpp,
}

impl Language {
    pub const BOTH: [Self; 2] = [Self::C, Self::Cpp];

    fn word(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Cpp => "c++",
        }
    }

    /// The language that the file's name stands for.
    fn of(source: &Path) -> Self {
        if source.extension().is_some_and(|suffix| suffix == "cpp") { Self::Cpp } else { Self::C }
    }
}

/// A file of this package.
pub fn in_package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A place for what the tests make.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
    std::fs::create_dir_all(&folder).expect("the scratch folder can be made");
    folder.join(name)
}

/// ws2cc, with the C library of the same profile beside it.
///
/// Cargo builds the driver for this test by itself, but not the library, which is another package.
fn ws2cc() -> &'static Path {
    static DRIVER: OnceLock<PathBuf> = OnceLock::new();
    DRIVER.get_or_init(|| {
        let driver = PathBuf::from(env!("CARGO_BIN_EXE_ws2cc"));
        let profile_folder = driver.parent().expect("the driver lies in a folder");
        let target_folder = profile_folder.parent().expect("the profile's folder lies in the target folder");
        let profile = match profile_folder.file_name().and_then(|name| name.to_str()) {
            None | Some("debug") => "dev",
            Some(name) => name,
        };
        let built = Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["build", "--quiet", "--package", "ws2_32", "--profile", profile, "--target-dir"])
            .arg(target_folder)
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "the C library builds:\n{}", String::from_utf8_lossy(&built.stderr));
        driver
    })
}

/// Runs ws2cc with these arguments, whatever comes of it.
pub fn run_ws2cc(arguments: &[&str]) -> Output {
    Command::new(ws2cc()).args(arguments).output().expect("ws2cc runs")
}

/// Compiles one source, once for all tests; a warning fails the test, as it would show to every user.
pub fn compile_as(source: &Path, language: Language, extra: &[&str]) -> PathBuf {
    type Compiled = Arc<OnceLock<PathBuf>>;
    static COMPILED: Mutex<BTreeMap<String, Compiled>> = Mutex::new(BTreeMap::new());

    let key = format!("{} {} {}", source.display(), language.word(), extra.join(" "));
    let slot = Arc::clone(COMPILED.lock().expect("no test panics here").entry(key).or_default());
    slot.get_or_init(|| compile(source, language, extra)).clone()
}

fn compile(source: &Path, language: Language, extra: &[&str]) -> PathBuf {
    let stem = source.file_stem().and_then(|stem| stem.to_str()).expect("sources have plain names");
    let suffix = extra.iter().filter_map(|word| word.strip_prefix("--")).collect::<Vec<_>>().join("-");
    let program = scratch(&format!("{stem}-{}{suffix}", language.word().replace('+', "p")));
    let mut arguments = vec!["-Wall", "-Wextra", "-Wno-unknown-pragmas", "-g"];
    arguments.extend(extra);
    if language != Language::of(source) {
        arguments.extend(["-x", language.word()]);
    }
    let text = |path: &Path| path.to_str().expect("paths of tests are Unicode").to_owned();
    // A runner with a process for each test compiles it in several at once, while others run it.
    let fresh = program.with_extension(std::process::id().to_string());
    let (source_text, fresh_text) = (text(source), text(&fresh));
    arguments.extend([source_text.as_str(), "-lws2_32", "-lmswsock", "-o", &fresh_text]);

    let done = run_ws2cc(&arguments);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "ws2cc {} failed:\n{said}", arguments.join(" "));
    assert!(said.is_empty(), "ws2cc {} warned:\n{said}", arguments.join(" "));
    std::fs::rename(&fresh, &program).expect("the program can be put in its place");
    program
}

/// An example of this package, compiled.
pub fn example(name: &str, language: Language) -> PathBuf {
    compile_as(&in_package("examples").join(name), language, &[])
}
