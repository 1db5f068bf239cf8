//! A program that is written against `windows-sys` and `std::os::windows`, with this crate and `openws2-std` in their
//! place: it compiles unchanged, and does here what it does on Windows.

use std::process::Command;

#[test]
fn a_program_for_windows_runs_by_its_dependency_lines_alone() {
    let run = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--package", "dropin"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be run, as it runs this");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(
        String::from_utf8_lossy(&run.stdout),
        "std: its  and -1 for 10040\nmessage: datagram to [127, 0, 0, 1]\nport: packet for key 7\nevent: event\n"
    );
}
