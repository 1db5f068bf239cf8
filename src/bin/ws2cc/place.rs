//! Where OpenWS2's headers and library are, in the build tree or installed, and the staging folders beside a build.
//! Found from the place of the running executable; `OPENWS2_INCLUDE` and `OPENWS2_LIB` go before that.

use crate::{Trouble, spellings};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The shared library under the name that a linker looks for, and under the one that a program asks for.
#[cfg(target_vendor = "apple")]
pub(crate) const SHARED: [&str; 3] = [
    "libws2_32.dylib",
    concat!("libws2_32.", env!("CARGO_PKG_VERSION_MAJOR"), ".dylib"),
    concat!("libws2_32.", env!("CARGO_PKG_VERSION"), ".dylib"),
];
/// The shared library: as a linker looks for it, as a program asks for it, and its real name once installed.
#[cfg(not(target_vendor = "apple"))]
pub(crate) const SHARED: [&str; 3] = [
    "libws2_32.so",
    concat!("libws2_32.so.", env!("CARGO_PKG_VERSION_MAJOR")),
    concat!("libws2_32.so.", env!("CARGO_PKG_VERSION")),
];
/// The static library.
pub(crate) const ARCHIVE: &str = "libws2_32.a";

/// Where things are.
#[derive(Debug)]
pub(crate) struct Place {
    /// The folder with `winsock2.h`.
    pub(crate) headers: PathBuf,
    /// The folder of the libraries: cargo's profile folder, or one in which they are installed.
    pub(crate) libraries: PathBuf,
    /// The folder with other spellings of the headers' names, if those are not beside the headers.
    pub(crate) spellings: Option<PathBuf>,
    /// The running executable's folder.
    pub(crate) home: PathBuf,
}

impl Place {
    pub(crate) fn find() -> Result<Self, Trouble> {
        let own = std::env::current_exe().and_then(|path| path.canonicalize());
        let own =
            own.map_err(|why| Trouble::Missing(format!("cannot find the running executable: {why}")))?;
        let home = own.parent().unwrap_or(Path::new("/")).to_owned();
        let headers = from_environment("OPENWS2_INCLUDE")
            .or_else(|| installed_headers(&home))
            .or_else(|| built_headers(&home))
            .ok_or_else(|| headers_missing(&home))?;
        if !is_header_folder(&headers) {
            return Err(Trouble::Missing(format!("there is no winsock2.h in {}", headers.display())));
        }
        let libraries = from_environment("OPENWS2_LIB").unwrap_or_else(|| installed_libraries(&home));
        let spellings = is_profile(&home).then(|| home.join("ws2-include"));
        let place = Self { headers, libraries, spellings, home };
        place.stage_spellings()?;
        Ok(place)
    }

    /// The header folders, in the order in which they are searched: on a disk without case the first one answers
    /// to every spelling, and a forwarder never finds itself.
    pub(crate) fn include(&self) -> impl Iterator<Item = &Path> {
        [Some(&self.headers), self.spellings.as_ref()].into_iter().flatten().map(PathBuf::as_path)
    }

    /// The shared library, in a folder where a running program finds it too.
    pub(crate) fn shared(&self) -> Result<PathBuf, Trouble> {
        let built = self.library(SHARED[0])?;
        if !is_profile(&self.libraries) {
            return Ok(built);
        }
        // cargo gives the file no version, and a program asks for the version: links beside it bear the names
        let folder = self.libraries.join("ws2-lib");
        let relative = Path::new("..").join(built.strip_prefix(&self.libraries).unwrap_or(&built));
        make_folder(&folder)?;
        for name in &SHARED[..2] {
            let link = folder.join(name);
            if std::fs::read_link(&link).ok().as_ref() != Some(&relative) {
                replace(&link, |fresh| std::os::unix::fs::symlink(&relative, fresh))?;
            }
        }
        Ok(folder.join(SHARED[0]))
    }

    /// The static library.
    pub(crate) fn archive(&self) -> Result<PathBuf, Trouble> {
        self.library(ARCHIVE)
    }

    /// A library file. Cargo builds into `deps` and gives a build, but not a test run, a second link above it: the
    /// one in `deps` is never the older one.
    pub(crate) fn library(&self, name: &str) -> Result<PathBuf, Trouble> {
        let candidates = [self.libraries.join("deps").join(name), self.libraries.join(name)];
        candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| {
            let release = if self.libraries.ends_with("release") { " --release" } else { "" };
            let cure = match is_profile(&self.libraries) {
                true => format!("build it with `cargo build{release} -p ws2_32`"),
                false => "OPENWS2_LIB can name its folder".to_owned(),
            };
            Trouble::Missing(format!("there is no {name} in {}; {cure}", self.libraries.display()))
        })
    }

    /// Is this a build tree, where libraries lie as cargo left them?
    pub(crate) fn is_built(&self) -> bool {
        is_profile(&self.libraries)
    }

    /// Other spellings of the headers' names, made once and whenever a header came or went.
    fn stage_spellings(&self) -> Result<(), Trouble> {
        let Some(folder) = &self.spellings else { return Ok(()) };
        let forwarders = spellings::forwarders(&header_names(&self.headers)?);
        let list: String =
            forwarders.iter().map(|(spelling, header)| format!("{spelling} {header}\n")).collect();
        let done = folder.join("spellings.txt");
        if std::fs::read_to_string(&done).is_ok_and(|known| known == list) {
            return Ok(());
        }
        make_folder(folder)?;
        for (spelling, header) in &forwarders {
            replace(&folder.join(spelling), |fresh| std::fs::write(fresh, spellings::text(header)))?;
        }
        replace(&done, |fresh| std::fs::write(fresh, &list))
    }
}

/// The names of the headers in a folder, without what lies in folders inside it.
pub(crate) fn header_names(folder: &Path) -> Result<BTreeSet<String>, Trouble> {
    let entries = std::fs::read_dir(folder).map_err(|why| unreadable(folder, &why))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    Ok(names.filter(|name| name.ends_with(".h")).collect())
}

pub(crate) fn unreadable(path: &Path, why: &std::io::Error) -> Trouble {
    Trouble::Missing(format!("cannot read {}: {why}", path.display()))
}

pub(crate) fn unwritable(path: &Path, why: &std::io::Error) -> Trouble {
    Trouble::Missing(format!("cannot write {}: {why}", path.display()))
}

pub(crate) fn make_folder(folder: &Path) -> Result<(), Trouble> {
    std::fs::create_dir_all(folder).map_err(|why| unwritable(folder, &why))
}

/// Makes a file under another name and moves it into place: a compiler that runs at the same time, as under
/// `make -j`, sees the old file or the new one and never half of either.
pub(crate) fn replace(
    path: &Path,
    make: impl FnOnce(&Path) -> Result<(), std::io::Error>,
) -> Result<(), Trouble> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let fresh = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let _ = std::fs::remove_file(&fresh); // left by a process that had this number and was killed
    make(&fresh).and_then(|()| std::fs::rename(&fresh, path)).map_err(|why| unwritable(path, &why))
}

fn from_environment(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn is_header_folder(folder: &Path) -> bool {
    folder.join("winsock2.h").is_file()
}

/// Cargo's folder for a profile: it notes there what ws2cc was built from.
fn is_profile(folder: &Path) -> bool {
    folder.join("ws2cc.d").is_file() || folder.join("deps").is_dir()
}

fn installed_headers(home: &Path) -> Option<PathBuf> {
    Some(home.parent()?.join("include/openws2")).filter(|folder| is_header_folder(folder))
}

/// The source tree around the target folder; where that folder lies elsewhere, the tree that was compiled.
fn built_headers(home: &Path) -> Option<PathBuf> {
    let around = home.ancestors().filter(|folder| folder.join("Cargo.toml").is_file());
    let compiled = Path::new(env!("CARGO_MANIFEST_DIR"));
    around.chain([compiled]).map(|tree| tree.join("include")).find(|folder| is_header_folder(folder))
}

fn headers_missing(home: &Path) -> Trouble {
    let text = "winsock2.h is neither in a source tree around nor in ../include/openws2 of";
    Trouble::Missing(format!("{text} {}; OPENWS2_INCLUDE can name its folder", home.display()))
}

/// The library folder for an executable in `<prefix>/bin`, by the customs of Debian, Fedora and the rest.
fn installed_libraries(home: &Path) -> PathBuf {
    if is_profile(home) {
        return home.to_owned();
    }
    let prefix = home.parent().unwrap_or(Path::new("/"));
    let lib = prefix.join("lib");
    let inner = std::fs::read_dir(&lib).into_iter().flatten().flatten().map(|entry| entry.path());
    let native = format!("{}-linux-gnu", std::env::consts::ARCH);
    let mut candidates = vec![lib.join(native), prefix.join("lib64"), lib.clone()];
    candidates.extend(inner.filter(|path| path.is_dir()));
    let holds = |folder: &PathBuf| folder.join(SHARED[0]).exists() || folder.join(ARCHIVE).exists();
    candidates.into_iter().find(holds).unwrap_or(lib)
}
