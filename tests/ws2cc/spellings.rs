//! Header names in other capitals, on disks that tell them apart.

use crate::support::{Folder, err, quiet};
use std::path::Path;

/// As programs write them, with the file that is meant.
const SPELLINGS: &[&str] = &[
    "IPHlpApi.h",
    "Iphlpapi.h",
    "MSTcpIP.h",
    "MSWSock.h",
    "Mmsystem.h",
    "Mstcpip.h",
    "Mswsock.h",
    "Process.h",
    "Tchar.h",
    "WINDOWS.H",
    "WINSOCK2.H",
    "WS2TCPIP.H",
    "WS2TCPIP.h",
    "WS2tcpip.h",
    "WinBase.h",
    "WinDef.h",
    "WinError.h",
    "WinSock.h",
    "WinSock2.h",
    "Windows.h",
    "Winsock2.h",
    "Ws2tcpip.h",
    "Ws2spi.h",
];

fn headers() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

#[test]
fn every_spelling_of_every_header_is_found() {
    let there = |spelling: &&&str| headers().join(spelling.to_ascii_lowercase()).is_file();
    let known: Vec<_> = SPELLINGS.iter().filter(there).collect();
    assert!(known.len() >= 8, "only {known:?}");
    for spelling in known {
        let source =
            format!("#include <{spelling}>\n#include \"{spelling}\"\nint main(void) {{ return 0; }}\n");
        let folder = Folder::new(&format!("spelling_{spelling}")).with("app.c", &source);
        folder.builds(&["-Wall", "-Wextra", "-Werror", "-fsyntax-only", "app.c"]);
    }
}

/// A copy of ws2cc in a profile folder that nothing was staged in yet.
fn fresh_profile(test: &str) -> Folder {
    let folder = Folder::new(test);
    std::fs::create_dir_all(folder.path("profile/deps")).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_ws2cc"), folder.path("profile/ws2cc")).unwrap();
    folder.with("app.c", "#include <WinSock2.h>\n#include <Ws2tcpip.h>\nint main(void) { return 0; }\n")
}

#[test]
fn many_compilers_may_stage_at_once() {
    let folder = fresh_profile("staging");
    let start = || {
        folder
            .command("profile/ws2cc")
            .args(["-fsyntax-only", "app.c"])
            .stderr(std::process::Stdio::piped())
            .spawn()
    };
    let running: Vec<_> = (0..12).map(|_| start().unwrap()).collect();
    for child in running {
        quiet(child.wait_with_output().unwrap(), &["one of twelve"]);
    }
    let left = std::fs::read_dir(folder.path("profile/ws2-include")).unwrap().flatten();
    let half_made = left.map(|entry| entry.file_name()).find(|name| name.to_string_lossy().starts_with('.'));
    assert_eq!(half_made, None, "a half-made file is left");
}

#[test]
fn a_header_that_comes_later_gets_its_spellings() {
    let folder =
        fresh_profile("later").with("later.c", "#include <Later.h>\nint main(void) { return LATER; }\n");
    let include = folder.path("include");
    std::fs::create_dir(&include).unwrap();
    std::fs::write(include.join("winsock2.h"), "").unwrap();
    let compile = || {
        let mut command = folder.command("profile/ws2cc");
        command.env("OPENWS2_INCLUDE", &include).args(["-fsyntax-only", "later.c"]).output().unwrap()
    };
    let before = compile();
    assert!(!before.status.success() && err(&before).contains("Later.h"), "{}", err(&before));
    std::fs::write(include.join("later.h"), "#define LATER 0\n").unwrap();
    quiet(compile(), &["later.c"]);
}
