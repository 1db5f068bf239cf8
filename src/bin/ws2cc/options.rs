//! The command line, sorted: what is ours, what the compiler gets, which words are files. It starts nothing and
//! asks the disk only whether a word names a file.

use crate::compiler::{CPLUSPLUS, NO_LINK, QUESTIONS, SHARED, UNUSABLE, WINDOWS_CPLUSPLUS, WITH_VALUE};
use crate::{Trouble, exports, libraries};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What one call does.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    Compile,
    Print,
    Help,
    Version,
    Install(Target),
    Uninstall(Target),
}

/// Where a package is laid down.
#[derive(Debug, PartialEq, Default, Clone)]
pub(crate) struct Target {
    /// Where it will be found when it runs.
    pub(crate) prefix: PathBuf,
    /// Put before every path while copying; packagers build in a staging tree.
    pub(crate) destdir: PathBuf,
    /// The library folder, under the prefix unless absolute.
    pub(crate) libdir: PathBuf,
}

/// A word for the compiler.
#[derive(Debug, PartialEq)]
pub(crate) enum Word {
    /// An option, or the value of one.
    Option(OsString),
    /// A C source, which needs saying when the C++ compiler is driven.
    CSource(OsString),
    /// A C++ source whose suffix only Windows compilers take for one.
    CplusplusSource(OsString),
    /// Any other file.
    File(OsString),
}

impl Word {
    /// The word itself.
    pub(crate) fn text(&self) -> &OsStr {
        let (Word::Option(text) | Word::CSource(text) | Word::CplusplusSource(text) | Word::File(text)) =
            self;
        text
    }

    /// The file that it names, if it is no option.
    pub(crate) fn file(&self) -> Option<&OsStr> {
        (!matches!(self, Word::Option(_))).then(|| self.text())
    }
}

/// A command line, sorted.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) action: Action,
    /// The compiler's words, in order.
    pub(crate) words: Vec<Word>,
    /// Drive the C++ compiler.
    pub(crate) cplusplus: bool,
    /// Called as `ws2c++`: like its namesake it takes C sources for C++ too.
    pub(crate) named_cplusplus: bool,
    /// The compiler goes on to link.
    pub(crate) links: bool,
    /// The link makes an object for other programs to load, not a program.
    pub(crate) shared: bool,
    /// No file is named: the compiler is asked about itself.
    pub(crate) asks: bool,
    /// A language was set by `-x`; it holds for all files after it.
    pub(crate) language_set: bool,
    /// Where the result goes.
    pub(crate) output: Option<OsString>,
    pub(crate) crt: bool,
    pub(crate) win32: bool,
    pub(crate) static_library: bool,
    pub(crate) run: bool,
    /// What follows `--`, for the program that `--run` starts.
    pub(crate) program_arguments: Vec<OsString>,
    pub(crate) verbose: bool,
    pub(crate) dry_run: bool,
    pub(crate) print_cflags: bool,
    pub(crate) print_libs: bool,
}

impl Options {
    /// Is this option given, in just these letters?
    pub(crate) fn has(&self, option: &str) -> bool {
        self.words.iter().any(|word| matches!(word, Word::Option(text) if text == option))
    }

    fn new(own_name: &OsStr) -> Self {
        let name = Path::new(own_name).file_name().unwrap_or_default().to_string_lossy();
        Self {
            action: Action::Compile,
            words: Vec::new(),
            cplusplus: name.contains("++"),
            named_cplusplus: name.contains("++"),
            links: true,
            shared: false,
            asks: false,
            language_set: false,
            output: None,
            crt: true,
            win32: false,
            static_library: false,
            run: false,
            program_arguments: Vec::new(),
            verbose: false,
            dry_run: false,
            print_cflags: false,
            print_libs: false,
        }
    }

    /// Sorts the words after the program's own name.
    pub(crate) fn read(own_name: &OsStr, arguments: Vec<OsString>) -> Result<Self, Trouble> {
        let mut reader = Reader {
            options: Self::new(own_name),
            files: 0,
            definitions: Vec::new(),
            questions: false,
            target: None,
        };
        let mut arguments = arguments.into_iter();
        while let Some(word) = arguments.next() {
            if word == "--" && reader.options.run {
                reader.options.program_arguments = arguments.collect();
                break;
            }
            reader.word(word, &mut arguments)?;
        }
        reader.finish()
    }
}

/// The options while they are read.
struct Reader {
    options: Options,
    files: usize,
    /// The module-definition files.
    definitions: Vec<String>,
    questions: bool,
    target: Option<Target>,
}

type Rest = std::vec::IntoIter<OsString>;

impl Reader {
    fn word(&mut self, word: OsString, rest: &mut Rest) -> Result<(), Trouble> {
        let text = word.to_string_lossy().into_owned();
        if self.own(&text, rest)? {
            return Ok(());
        }
        match text.strip_prefix('-') {
            Some("") | None => self.file(word, &text),
            Some(_) => self.compilers(word, &text, rest),
        }
    }

    /// Our own options. True when it was one.
    fn own(&mut self, text: &str, rest: &mut Rest) -> Result<bool, Trouble> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        match name {
            "--install" => self.options.action = Action::Install(self.installation(path(name, value, rest)?)),
            "--uninstall" => {
                self.options.action = Action::Uninstall(self.installation(path(name, value, rest)?))
            }
            "--destdir" => self.target.get_or_insert_default().destdir = path(name, value, rest)?,
            "--libdir" => self.target.get_or_insert_default().libdir = path(name, value, rest)?,
            _ if value.is_some() => return Ok(false),
            "--help" => self.options.action = Action::Help,
            "--version" => self.options.action = Action::Version,
            "--cflags" => (self.options.action, self.options.print_cflags) = (Action::Print, true),
            "--libs" => (self.options.action, self.options.print_libs) = (Action::Print, true),
            "--run" => self.options.run = true,
            "--win32" => self.options.win32 = true,
            "--no-crt" => self.options.crt = false,
            "--static" | "-static-ws2" => self.options.static_library = true,
            "--verbose" => self.options.verbose = true,
            "--dry-run" => self.options.dry_run = true,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn installation(&mut self, prefix: PathBuf) -> Target {
        Target { prefix, ..self.target.clone().unwrap_or_default() }
    }

    /// Options that the compiler gets, and those that its namesake for Windows would get.
    fn compilers(&mut self, word: OsString, text: &str, rest: &mut Rest) -> Result<(), Trouble> {
        if let Some(instead) = libraries::windows_option(text) {
            if !instead.is_empty() {
                self.options.words.push(Word::Option(instead.into()));
            }
            return Ok(());
        }
        if let Some(library) = text.strip_prefix("-l") {
            return self.library(word, library, rest);
        }
        if let Some(list) = text.strip_prefix("-Wl,") {
            let kept = libraries::without_pe_words(list);
            if !kept.is_empty() {
                self.options.words.push(Word::Option(format!("-Wl,{kept}").into()));
            }
            return Ok(());
        }
        self.note(text);
        self.options.words.push(Word::Option(word));
        if let Some(attached) = text.strip_prefix("-x") {
            self.language(attached, rest)?;
        } else if let Some(attached) = text.strip_prefix("-o").filter(|_| !text.starts_with("-objc")) {
            self.output(attached, rest)?;
        } else if WITH_VALUE.binary_search(&text).is_ok() {
            let value = rest.next().ok_or_else(|| missing_value(text))?;
            self.options.words.push(Word::Option(value));
        }
        Ok(())
    }

    /// What an option says about the whole call.
    fn note(&mut self, text: &str) {
        self.options.links &= !NO_LINK.contains(&text);
        self.options.static_library |= text == "-static";
        self.options.shared |= SHARED.contains(&text);
        self.questions |= QUESTIONS.iter().any(|question| text.starts_with(question));
    }

    fn library(&mut self, word: OsString, attached: &str, rest: &mut Rest) -> Result<(), Trouble> {
        let name = match attached {
            "" => rest.next().ok_or_else(|| missing_value("-l"))?,
            _ => OsString::from(attached),
        };
        if libraries::is_windows(&name.to_string_lossy()) {
            return Ok(());
        }
        self.files += 1;
        self.options.words.push(Word::Option(word));
        if attached.is_empty() {
            self.options.words.push(Word::Option(name));
        }
        Ok(())
    }

    fn language(&mut self, attached: &str, rest: &mut Rest) -> Result<(), Trouble> {
        let language = match attached {
            "" => {
                let value = rest.next().ok_or_else(|| missing_value("-x"))?;
                self.options.words.push(Word::Option(value.clone()));
                value.to_string_lossy().into_owned()
            }
            _ => attached.to_owned(),
        };
        self.options.language_set = language != "none";
        self.options.cplusplus |= language.contains("c++");
        Ok(())
    }

    fn output(&mut self, attached: &str, rest: &mut Rest) -> Result<(), Trouble> {
        self.options.output = Some(match attached {
            "" => {
                let value = rest.next().ok_or_else(|| missing_value("-o"))?;
                self.options.words.push(Word::Option(value.clone()));
                value
            }
            _ => attached.into(),
        });
        Ok(())
    }

    fn file(&mut self, word: OsString, text: &str) -> Result<(), Trouble> {
        if libraries::is_import_library(text) {
            return Ok(()); // it names what every link ends with, whether or not such a file is there
        }
        if is_like_msvc(text) {
            return Err(Trouble::Usage(format!(
                "{text}: no such file, and options in MSVC's style are not understood (write -DNAME for /DNAME)"
            )));
        }
        let suffix = Path::new(text).extension().map(|suffix| suffix.to_string_lossy().into_owned());
        let suffix = suffix.as_deref().unwrap_or_default();
        if UNUSABLE.contains(&suffix.to_ascii_lowercase().as_str()) {
            return Err(Trouble::Usage(format!(
                "{text}: resource files of Windows have no counterpart here; leave it out"
            )));
        }
        if suffix.eq_ignore_ascii_case("def") {
            self.definitions.push(text.to_owned());
            return Ok(());
        }
        self.files += 1;
        let windows_only = WINDOWS_CPLUSPLUS.contains(&suffix);
        let kind = match self.options.language_set {
            true => Word::File,
            false if windows_only => Word::CplusplusSource,
            false if suffix == "c" => Word::CSource,
            false => Word::File,
        };
        self.options.cplusplus |= !self.options.language_set && (windows_only || CPLUSPLUS.contains(&suffix));
        self.options.words.push(kind(word));
        Ok(())
    }

    fn finish(mut self) -> Result<Options, Trouble> {
        let target = self.target.take();
        let options = &mut self.options;
        match (&mut options.action, target) {
            (Action::Install(to) | Action::Uninstall(to), Some(Target { destdir, libdir, .. })) => {
                (to.destdir, to.libdir) = (destdir, libdir);
            }
            (Action::Install(_) | Action::Uninstall(_), None) => {}
            (_, Some(_)) => return Err(usage("--destdir and --libdir go with --install or --uninstall")),
            (_, None) => {}
        }
        if let Action::Install(target) | Action::Uninstall(target) = &options.action {
            if !target.prefix.is_absolute() {
                return Err(usage("the prefix of an installation must be an absolute path"));
            }
        }
        if options.action == Action::Compile {
            options.asks = self.questions && self.files == 0;
            options.links &= !options.asks;
            if self.files == 0 && !options.asks {
                return Err(usage("no input files (ws2cc --help shows how to call it)"));
            }
            if options.run && (!options.links || options.shared) {
                return Err(usage("--run needs a program, and this command line makes none"));
            }
            if options.links && options.shared && options.static_library {
                let why = "it and the program that loads it have to share libws2_32, not to have one each";
                return Err(usage(&format!("a shared object cannot have the static library: {why}")));
            }
            exports::check(&self.definitions, options.shared)?;
        }
        Ok(self.options)
    }
}

/// A word that begins with a slash is a path, unless not even its first folder is there.
fn is_like_msvc(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('/') else { return false };
    let first = inner.split('/').next().unwrap_or_default();
    !first.is_empty() && !Path::new("/").join(first).exists()
}

fn path(name: &str, value: Option<&str>, rest: &mut Rest) -> Result<PathBuf, Trouble> {
    value.map(PathBuf::from).or_else(|| rest.next().map(PathBuf::from)).ok_or_else(|| missing_value(name))
}

fn missing_value(option: &str) -> Trouble {
    usage(&format!("{option} needs a value after it"))
}

fn usage(text: &str) -> Trouble {
    Trouble::Usage(text.to_owned())
}
