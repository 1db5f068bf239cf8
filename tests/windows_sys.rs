//! Holds the paths of all public items that stand for `windows-sys` against that crate's own source: each is there under
//! the same path as the same kind of item, each module has its feature, and each item is among those whose types and
//! values `abi.rs` and `win32_abi.rs` compare. So what this library has is never found elsewhere than there, and
//! nothing joins it uncompared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An item's module, as `Win32::System::IO`, its name, and its kind in rustdoc's word.
type Items = BTreeMap<(String, String), String>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cargo(arguments: &[&str]) -> String {
    let run = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output();
    let run = run.expect("cargo can be run, as it runs this");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8_lossy(&run.stdout).into_owned()
}

/// The parts of a text that stand between two marks.
fn between<'a>(text: &'a str, before: &'a str, after: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).filter_map(move |rest| rest.split(after).next())
}

/// This library's items, as its documentation lists them: where they can be named, not where they are written.
fn ours() -> Items {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("items");
    let folder = folder.to_str().expect("a path of text");
    cargo(&[
        "doc",
        "--quiet",
        "--offline",
        "--no-deps",
        "--lib",
        "--package",
        "openws2",
        "--target-dir",
        folder,
    ]);
    let list = fs::read_to_string(Path::new(folder).join("doc/openws2/all.html")).expect("the list of items");
    let named = between(&list, "<a href=\"", ".html\"").filter_map(|path| {
        let (module, item) = path.rsplit_once('/')?;
        let (kind, name) = item.split_once('.')?;
        let module = module.replace('/', "::");
        let stands_in = module == "core" || module.starts_with("Win32::");
        stands_in.then(|| ((module, name.to_owned()), kind.to_owned()))
    });
    named.collect()
}

/// The folder of the `windows-sys` that the tests are built with.
fn windows_sys() -> PathBuf {
    let packages = cargo(&["metadata", "--offline", "--format-version", "1"]);
    let mut manifests = between(&packages, "\"manifest_path\":\"", "\"");
    let is_it =
        |path: &&str| path.rsplit('/').nth(1).is_some_and(|folder| folder.starts_with("windows-sys-0.61"));
    let manifest = manifests.find(is_it).expect("it is a dependency");
    Path::new(manifest).parent().expect("it is a file").to_owned()
}

/// Each item's kind in one of its modules' sources, by name.
fn theirs(source: &str) -> BTreeMap<&str, &'static str> {
    const HEADS: [(&str, &str); 5] = [
        ("pub const ", "constant"),
        ("pub struct ", "struct"),
        ("pub union ", "union"),
        ("pub type ", "type"),
        ("windows_link::link!(", "fn"),
    ];
    let item = |line| {
        HEADS.iter().find_map(|&(head, kind)| {
            let rest: &str = str::strip_prefix(line, head)?;
            let rest = if kind == "fn" { rest.split_once(" fn ")?.1 } else { rest };
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
            Some((&rest[..end], kind))
        })
    };
    source.lines().filter_map(item).collect()
}

fn words(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("tests").join(file)).expect("a test's source");
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned).collect()
}

#[test]
fn each_item_is_where_windows_sys_has_it_and_is_compared_with_it() {
    /// Their types say what the others' do not: that they may unwind.
    const UNWIND: [&str; 2] = ["ExitThread", "FreeLibraryAndExitThread"];
    let (ours, folder) = (ours(), windows_sys());
    assert!(ours.len() > 1000, "{} items are listed", ours.len());
    let compared: BTreeSet<_> =
        ["abi.rs", "win32_abi.rs", "items/mod.rs"].iter().flat_map(|file| words(file)).collect();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let (mut wrong, mut sources) = (Vec::new(), BTreeMap::new());
    for ((module, name), kind) in &ours {
        let source = sources.entry(module).or_insert_with(|| {
            let path = if module == "core" {
                module.clone()
            } else {
                format!("Windows/{}", module.replace("::", "/"))
            };
            fs::read_to_string(folder.join("src").join(path).join("mod.rs")).unwrap_or_default()
        });
        let feature = format!("\n{0} = [\"windows-sys/{0}\"]", module.replace("::", "_"));
        if module != "core" && !manifest.contains(&feature) {
            wrong.push(format!("{module} has no feature of its name"));
        }
        match theirs(source).get(name.as_str()) {
            Some(theirs) if theirs == kind => {}
            // Their text literals are macros, which are written elsewhere; a program of tests/dropin uses them.
            None if kind == "macro" && module == "core" => continue,
            found => wrong.push(format!("{module}::{name} is a {kind} here and {found:?} there")),
        }
        if !compared.contains(name) && !UNWIND.contains(&name.as_str()) {
            wrong.push(format!("{module}::{name} is not compared"));
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
