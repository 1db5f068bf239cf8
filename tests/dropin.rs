//! A program that is written against `windows-sys`, with this crate in its place: it compiles unchanged, and does here
//! what it does on Windows.

use std::process::Command;

#[test]
fn a_program_for_windows_sys_runs_by_its_dependency_line_alone() {
    let run = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--package", "dropin"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be run, as it runs this");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(
        String::from_utf8_lossy(&run.stdout),
        "message: datagram to [127, 0, 0, 1]\nport: packet for key 7\nevent: event\n"
    );
}
