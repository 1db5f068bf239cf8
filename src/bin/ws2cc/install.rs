//! The package, laid down: headers, libraries, ws2cc, pkg-config and CMake files. One list says what goes where;
//! installing follows it and uninstalling goes back along it.
//!
//! It is here and not in a script because the list of header spellings is: ws2cc knows what it will look for.
//! cargo-c, the usual tool, builds for a quarter of an hour before it installs anything, puts headers straight into
//! a folder that the system's compilers search, and has no place for compiler flags in the pkg-config file.

use crate::command::NATIVE_LIBRARIES;
use crate::options::Target;
use crate::place::{ARCHIVE, Place, SHARED, header_names, make_folder, replace, unreadable, unwritable};
use crate::{Trouble, libraries, spellings};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

const PKG_CONFIG: &str = include_str!("../../ws2_32/openws2.pc.in");
const CMAKE: &str = include_str!("../../ws2_32/openws2-config.cmake.in");
const CMAKE_VERSION: &str = include_str!("../../ws2_32/openws2-config-version.cmake.in");

/// What is laid down at one path.
enum Content {
    /// A copy, with its mode.
    Copy(PathBuf, u32),
    Text(String),
    Link(String),
    /// Another spelling of a header's name; on a disk without case the header itself is that already.
    Spelling(String),
}

type Plan = Vec<(PathBuf, Content)>;

pub(crate) fn install(target: &Target, place: &Place) -> Result<u8, Trouble> {
    let plan = plan(target, place)?;
    for (path, content) in &plan {
        let path = staged(target, path);
        make_folder(path.parent().unwrap_or(Path::new("/")))?;
        lay_down(&path, content)?;
    }
    println!("installed {} files under {}", plan.len(), staged(target, &target.prefix).display());
    Ok(0)
}

pub(crate) fn uninstall(target: &Target, place: &Place) -> Result<u8, Trouble> {
    let mut plan = plan(target, place)?;
    plan.reverse();
    for (path, _) in &plan {
        let path = staged(target, path);
        match std::fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(unwritable(&path, &why)),
            _ => {} // gone, or never there
        }
    }
    let ours = [headers(target), libdir(target).join("cmake/openws2")].map(|folder| staged(target, &folder));
    for folder in plan.iter().filter_map(|(path, _)| staged(target, path).parent().map(Path::to_owned)) {
        if ours.iter().any(|own| folder.starts_with(own)) {
            let _ = std::fs::remove_dir(folder); // it stays while something else keeps files in it
        }
    }
    println!("removed OpenWS2 from {}", staged(target, &target.prefix).display());
    Ok(0)
}

fn plan(target: &Target, place: &Place) -> Result<Plan, Trouble> {
    if !place.is_built() {
        return Err(Trouble::Usage(
            "installing starts from a build tree, as target/release/ws2cc".to_owned(),
        ));
    }
    let mut plan = Plan::new();
    headers_plan(target, place, &mut plan)?;
    let (bin, lib) = (target.prefix.join("bin"), libdir(target));
    plan.push((bin.join("ws2cc"), Content::Copy(driver(place), 0o755)));
    plan.push((bin.join("ws2c++"), Content::Link("ws2cc".to_owned())));
    let [linked, asked, real] = SHARED;
    plan.push((lib.join(real), Content::Copy(place.library(linked)?, 0o755)));
    plan.push((lib.join(asked), Content::Link(real.to_owned())));
    plan.push((lib.join(linked), Content::Link(asked.to_owned())));
    plan.push((lib.join(ARCHIVE), Content::Copy(place.archive()?, 0o644)));
    let filled = |template| Content::Text(fill(template, target));
    plan.push((lib.join("pkgconfig/openws2.pc"), filled(PKG_CONFIG)));
    plan.push((lib.join("cmake/openws2/openws2-config.cmake"), filled(CMAKE)));
    plan.push((lib.join("cmake/openws2/openws2-config-version.cmake"), filled(CMAKE_VERSION)));
    Ok(plan)
}

/// Headers and their other spellings, in a folder of their own so that they never hide a header of the system.
fn headers_plan(target: &Target, place: &Place, plan: &mut Plan) -> Result<(), Trouble> {
    let folder = headers(target);
    let names = header_names(&place.headers)?;
    for inner in inner_folders(&place.headers)? {
        let to = folder.join(inner.strip_prefix(&place.headers).unwrap_or(&inner));
        let names = header_names(&inner)?.into_iter();
        plan.extend(names.map(|name| (to.join(&name), Content::Copy(inner.join(&name), 0o644))));
    }
    let spellings = spellings::forwarders(&names).into_iter();
    plan.extend(spellings.map(|(spelling, header)| (folder.join(spelling), Content::Spelling(header))));
    Ok(())
}

/// A folder and all folders in it, the outer ones first.
fn inner_folders(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let mut all = vec![folder.to_owned()];
    let entries = std::fs::read_dir(folder).map_err(|why| unreadable(folder, &why))?;
    for inner in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        all.extend(inner_folders(&inner)?);
    }
    Ok(all)
}

/// The ws2cc that was built beside the libraries: for another machine that is not the one that runs.
fn driver(place: &Place) -> PathBuf {
    let beside = place.libraries.join("ws2cc");
    if beside.is_file() { beside } else { place.home.join("ws2cc") }
}

fn lay_down(path: &Path, content: &Content) -> Result<(), Trouble> {
    match content {
        Content::Copy(from, mode) => replace(path, |fresh| {
            std::fs::copy(from, fresh)?;
            std::fs::set_permissions(fresh, PermissionsExt::from_mode(*mode))
        }),
        Content::Text(text) => replace(path, |fresh| std::fs::write(fresh, text)),
        Content::Link(to) => replace(path, |fresh| symlink(to, fresh)),
        Content::Spelling(header) => {
            if same_file(path, &path.with_file_name(header))? {
                return Ok(());
            }
            replace(path, |fresh| std::fs::write(fresh, spellings::text(header)))
        }
    }
}

/// Do two spellings name one file, as on a disk without case?
fn same_file(path: &Path, header: &Path) -> Result<bool, Trouble> {
    use std::os::unix::fs::MetadataExt;
    let header_data = header.metadata().map_err(|why| unreadable(header, &why))?;
    Ok(path.metadata().is_ok_and(|data| (data.dev(), data.ino()) == (header_data.dev(), header_data.ino())))
}

fn fill(template: &str, target: &Target) -> String {
    let libdir = libdir(target);
    let rows = [
        ("@prefix@", target.prefix.display().to_string()),
        ("@libdir@", under_prefix(&libdir, target)),
        ("@version@", env!("CARGO_PKG_VERSION").to_owned()),
        ("@private@", NATIVE_LIBRARIES.join(" ")),
        ("@private_list@", NATIVE_LIBRARIES.join(";")),
        ("@shared@", SHARED[2].to_owned()),
        ("@soname@", SHARED[1].to_owned()),
        ("@include_from_cmake@", include_from_cmake(&libdir, target)),
        ("@windows_libraries@", libraries::WINDOWS_LIBRARIES.join(" ")),
    ];
    rows.iter().fold(template.to_owned(), |text, (mark, value)| text.replace(mark, value))
}

/// The library folder as a pkg-config file names it: by the prefix where it can, so that the prefix can be changed.
fn under_prefix(libdir: &Path, target: &Target) -> String {
    match libdir.strip_prefix(&target.prefix) {
        Ok(inner) => format!("${{prefix}}/{}", inner.display()),
        Err(_) => libdir.display().to_string(),
    }
}

/// The header folder as the CMake file names it: by its own place where it can, so that a tree can be moved.
fn include_from_cmake(libdir: &Path, target: &Target) -> String {
    match libdir.strip_prefix(&target.prefix) {
        Ok(inner) => {
            let up = inner.components().filter(|part| matches!(part, Component::Normal(_))).count();
            format!("${{CMAKE_CURRENT_LIST_DIR}}/../../{}include/openws2", "../".repeat(up))
        }
        Err(_) => headers(target).display().to_string(),
    }
}

fn headers(target: &Target) -> PathBuf {
    target.prefix.join("include/openws2")
}

fn libdir(target: &Target) -> PathBuf {
    let libdir = if target.libdir.as_os_str().is_empty() { Path::new("lib") } else { &target.libdir };
    target.prefix.join(libdir)
}

fn staged(target: &Target, path: &Path) -> PathBuf {
    match target.destdir.as_os_str().is_empty() {
        true => path.to_owned(),
        false => target.destdir.join(path.strip_prefix("/").unwrap_or(path)),
    }
}
