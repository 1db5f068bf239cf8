//! The package laid down elsewhere: what is there, and building from it by ws2cc, pkg-config and CMake.

use crate::support::{Folder, PROGRAM, err, has, out, quiet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// An installation whose prefix is the folder itself.
fn install(test: &str) -> (Folder, PathBuf) {
    let folder = Folder::new(test);
    let prefix = folder.path("pre fix");
    folder.builds(&["--install", prefix.to_str().unwrap()]);
    (folder.with("app.c", PROGRAM).with("app.cpp", PROGRAM), prefix)
}

fn shared_names() -> [String; 3] {
    let (version, major) = (env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_VERSION_MAJOR"));
    match cfg!(target_vendor = "apple") {
        true => [
            "libws2_32.dylib".into(),
            format!("libws2_32.{major}.dylib"),
            format!("libws2_32.{version}.dylib"),
        ],
        false => ["libws2_32.so".into(), format!("libws2_32.so.{major}"), format!("libws2_32.so.{version}")],
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    entries
        .flat_map(|path| if path.is_dir() && !path.is_symlink() { files(&path) } else { vec![path] })
        .collect()
}

#[test]
fn a_staged_package_has_every_file_and_can_be_removed() {
    let folder = Folder::new("destdir");
    let stage = folder.path("stage");
    let place = ["/usr", "--libdir", "lib/here", "--destdir", stage.to_str().unwrap()];
    folder.builds(&[&["--install"], &place[..]].concat());
    let lib = stage.join("usr/lib/here");
    let [linked, asked, real] = shared_names();
    assert_eq!(std::fs::read_link(lib.join(&linked)).unwrap().to_str(), Some(asked.as_str()));
    assert_eq!(std::fs::read_link(lib.join(&asked)).unwrap().to_str(), Some(real.as_str()));
    let mode = |path: &str| stage.join("usr").join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&format!("lib/here/{real}")), 0o755);
    assert_eq!((mode("bin/ws2cc"), mode("lib/here/libws2_32.a")), (0o755, 0o644));
    for header in ["winsock2.h", "WinSock2.h", "Winsock2.h", "openws2/base.h", "openws2/predefined.h"] {
        assert_eq!(mode(&format!("include/openws2/{header}")), 0o644, "{header}");
    }
    let package = std::fs::read_to_string(lib.join("pkgconfig/openws2.pc")).unwrap();
    assert!(
        package.contains("prefix=/usr\nlibdir=${prefix}/lib/here\n") && !package.contains('@'),
        "{package}"
    );
    let cmake = std::fs::read_to_string(lib.join("cmake/openws2/openws2-config.cmake")).unwrap();
    assert!(!cmake.contains('@'), "{cmake}");
    assert!(!stage.join("usr/include/winsock2.h").exists(), "where the system's compilers look");
    folder.builds(&[&["--uninstall"], &place[..]].concat());
    assert_eq!(files(&stage), Vec::<PathBuf>::new());
    assert!(!stage.join("usr/include/openws2").exists() && !lib.join("cmake/openws2").exists());
}

#[test]
fn an_installed_ws2cc_uses_what_is_installed_with_it() {
    let (folder, prefix) = install("installed");
    let bin = prefix.join("bin");
    let shown = folder.command(bin.join("ws2cc")).args(["--dry-run", "app.c"]).output().unwrap();
    assert!(
        !err(&shown).contains(env!("CARGO_MANIFEST_DIR")) || err(&shown).contains("pre fix"),
        "{}",
        err(&shown)
    );
    for (driver, source) in [("ws2cc", "app.c"), ("ws2cc", "app.cpp"), ("ws2c++", "app.cpp")] {
        let arguments = [source, "-Wall", "-Wextra", "-Werror", "-lws2_32", "-o", "app"];
        quiet(folder.command(bin.join(driver)).args(arguments).output().unwrap(), &arguments);
        assert_eq!(folder.status("app"), Some(42), "{driver} {source}");
        let program = std::fs::read(folder.path("app")).unwrap();
        let installed = prefix.join("lib").into_os_string().into_encoded_bytes();
        assert!(
            program.windows(installed.len()).any(|part| part == installed),
            "it looks in the installed folder"
        );
    }
    let again = folder.command(bin.join("ws2cc")).args(["--install", "/nowhere"]).output().unwrap();
    assert_eq!(again.status.code(), Some(2), "{}", err(&again));
}

#[test]
fn pkg_config_gives_what_a_compiler_needs() {
    if !has("pkg-config", "pkg_config_gives_what_a_compiler_needs") {
        return;
    }
    let (folder, prefix) = install("pkg_config");
    let script = "set -e; eval cc -Wall -Wextra -Werror app.c -o app $(pkg-config --cflags --libs openws2) \
                  -Wl,-rpath,\"'$LIB'\"; eval cc app.c -o static $(pkg-config --cflags openws2) \"'$LIB/libws2_32.a'\" \
                  $(pkg-config --static --libs-only-l openws2 | sed s/-lws2_32//); pkg-config --modversion openws2";
    let mut shell = folder.command("sh");
    shell.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")).env("LIB", prefix.join("lib"));
    let done = quiet(shell.args(["-c", script]).output().unwrap(), &[script]);
    assert_eq!(out(&done).trim(), env!("CARGO_PKG_VERSION"));
    assert_eq!((folder.status("app"), folder.status("static")), (Some(42), Some(42)));
}

const CMAKE: &str = r"
cmake_minimum_required(VERSION 3.10)
project(app C CXX)
if(FIND)
  find_package(OpenWS2 0.1 REQUIRED COMPONENTS WindowsNames)
  add_executable(imported app.cpp)
  target_link_libraries(imported PRIVATE OpenWS2::ws2_32)
  add_executable(unshared app.c)
  target_link_libraries(unshared PRIVATE OpenWS2::ws2_32_static)
endif()
add_executable(named app.c)
target_link_libraries(named ws2_32 mswsock winmm)
";

#[test]
fn cmake_finds_the_package_and_takes_ws2cc_for_a_compiler() {
    if !has("cmake", "cmake_finds_the_package_and_takes_ws2cc_for_a_compiler") {
        return;
    }
    let (folder, prefix) = install("cmake");
    let folder = folder.with("CMakeLists.txt", CMAKE);
    let cmake = |arguments: &[&str], drivers: bool| {
        let mut command = folder.command("cmake");
        if drivers {
            command.env("CC", prefix.join("bin/ws2cc")).env("CXX", prefix.join("bin/ws2c++"));
        }
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}:\n{}{}", out(&output), err(&output));
    };
    let found = format!("-DCMAKE_PREFIX_PATH={}", prefix.display());
    cmake(&["-S", ".", "-B", "found", "-DFIND=1", &found], false);
    cmake(&["--build", "found"], false);
    for program in ["found/imported", "found/unshared", "found/named"] {
        assert_eq!(folder.status(program), Some(42), "{program}");
    }
    cmake(&["-S", ".", "-B", "driven"], true);
    cmake(&["--build", "driven"], true);
    assert_eq!(folder.status("driven/named"), Some(42), "an unchanged project for Windows");
}
