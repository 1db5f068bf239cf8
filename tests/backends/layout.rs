//! Lays crates out as packages that are built for Windows on this host: the sources as the registry has them, the lines
//! of their dependencies changed, the conditions of compilation read as on Windows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cfgs;

/// A text in a file, and what stands for it.
pub struct Change {
    pub file: &'static str,
    pub from: &'static str,
    /// `{openws2}` and `{std}` are the folders of those packages.
    pub to: &'static str,
}

/// A crate of the registry.
pub struct Crate {
    pub name: &'static str,
    pub version: &'static str,
    /// What is changed besides conditions.
    pub changes: &'static [Change],
    /// Files that stay out.
    pub without: &'static [&'static str],
    /// Words that its build script gives to other hosts.
    pub absent: &'static [&'static str],
    /// Files that are the crate's own to the byte, and must be there.
    pub untouched: &'static [&'static str],
    /// How many words of conditions are read otherwise than on the host, in all its files.
    pub words: usize,
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of a package, as cargo has got it: from the registry, or from what stands for that here. What it is
/// called is cargo's.
fn source_of(name: &str, version: &str, metadata: &str) -> PathBuf {
    let package = format!("{{\"name\":\"{name}\",\"version\":\"{version}\",");
    let manifest = metadata
        .split_once(&package)
        .and_then(|(_, rest)| rest.split_once("\"manifest_path\":\""))
        .and_then(|(_, rest)| rest.split('"').next())
        .unwrap_or_else(|| panic!("{name} {version} is among the packages of this one's tests"));
    Path::new(&manifest.replace("\\\\", "\\")).parent().unwrap().to_owned()
}

fn metadata() -> String {
    let told = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--format-version", "1", "--filter-platform", &host()])
        .current_dir(repository())
        .output()
        .expect("cargo can be run, as it runs this");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    String::from_utf8(told.stdout).unwrap()
}

fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = Command::new(rustc).arg("-vV").output().expect("rustc can be run, as it made this");
    let told = String::from_utf8(told.stdout).unwrap();
    told.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc tells its host").to_owned()
}

/// Every file under a folder, by its path there.
fn files(folder: &Path) -> Vec<String> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(each) = folders.pop() {
        for entry in fs::read_dir(each).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Writes only what is new, so that nothing is built again for nothing. Whether it was.
fn write(path: &Path, text: &str) -> bool {
    let is_new = fs::read_to_string(path).map_or(true, |old| old != text);
    if is_new {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    is_new
}

/// Lays everything out and gives the folder of the workspace. Says what it changes.
pub fn lay_out(crates: &[Crate], driver: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_TARGET_TMPDIR")).join("backends");
    let metadata = metadata();
    for each in crates {
        lay_out_one(each, &source_of(each.name, each.version, &metadata), &workspace.join(each.name));
    }
    let members: Vec<String> = crates.iter().map(|each| format!("{:?}", each.name)).collect();
    let members = members.join(", ");
    let root = format!("[workspace]\nmembers = [{members}, \"drive\"]\nresolver = \"3\"\n");
    write(&workspace.join("Cargo.toml"), &root);
    write(&workspace.join("drive/Cargo.toml"), &with_folders(driver));
    // The same versions as here, which are there already. Cargo takes out what is not needed.
    let versions = fs::read_to_string(repository().join("Cargo.lock")).unwrap();
    if write(&workspace.join("versions"), &versions) {
        write(&workspace.join("Cargo.lock"), &versions);
    }
    workspace
}

fn with_folders(text: &str) -> String {
    let folder = |path: &str| repository().join(path).to_str().unwrap().to_owned();
    text.replace("{openws2}", &folder(""))
        .replace("{std}", &folder("src/std"))
        .replace("{here}", &folder("tests/backends"))
}

fn lay_out_one(this: &Crate, source: &Path, target: &Path) {
    let (mut words, mut changed) = (0, 0);
    let wanted: Vec<String> = files(source)
        .into_iter()
        .filter(|file| file == "Cargo.toml" || file == "README.md" || file.ends_with(".rs"))
        .filter(|file| !this.without.contains(&file.as_str()))
        .collect();
    for file in &wanted {
        let original = fs::read_to_string(source.join(file)).unwrap();
        let (mut text, edits) = if file.ends_with(".rs") {
            cfgs::on_windows(&original, this.absent)
        } else {
            (original.clone(), Vec::new())
        };
        assert_eq!(cfgs::undone(&text, &edits), original, "{file}");
        for change in this.changes.iter().filter(|change| change.file == file) {
            assert_eq!(text.matches(change.from).count(), 1, "once in {file}: {}", change.from);
            text = text.replace(change.from, &with_folders(change.to));
            changed += 1;
        }
        if this.untouched.contains(&file.as_str()) {
            assert_eq!(text, original, "{file} is to be the crate's own");
        }
        words += edits.len();
        write(&target.join(file), &text);
    }
    // Of an earlier layout nothing stays: cargo would find it. What is the same is left as it is, or all were built anew.
    for file in files(target).iter().filter(|file| !wanted.contains(file)) {
        fs::remove_file(target.join(file)).unwrap();
    }
    for file in this.untouched {
        assert!(wanted.iter().any(|other| other == file), "{file} is no part of {}", this.name);
    }
    let (name, version) = (this.name, this.version);
    println!(
        "{name} {version}: {changed} changes, {words} words of conditions; {:?} untouched",
        this.untouched
    );
    assert_eq!(changed, this.changes.len(), "{name}: a change for a file that is not there");
    assert_eq!(words, this.words, "{name}: words of conditions");
}
