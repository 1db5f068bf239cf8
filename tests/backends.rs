//! The Windows backends of published crates, built for this host on this library and run: what they are written
//! against is `windows-sys` and `std::os::windows`, and here that is `openws2` and `openws2-std`.
//!
//! The crates come from the registry, as development dependencies of this package, and are laid out anew under the
//! target folder with the lines of their dependencies changed. Which of its files a crate compiles it decides by
//! `cfg(windows)` and its like; those words are read as on Windows ([`cfgs`]). The backends themselves have none, and
//! are the crates' own files to the byte. What is changed besides stands here, and is counted.

#[path = "backends/cfgs.rs"]
mod cfgs;
#[path = "backends/layout.rs"]
mod layout;

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use layout::{Change, Crate};

const SOCKET2: Crate = Crate {
    name: "socket2",
    version: "0.6.5",
    changes: &[Change {
        file: "Cargo.toml",
        from: "[target.\"cfg(windows)\".dependencies.windows-sys]\nversion = \">=0.60, <0.62\"\n",
        to: "[dependencies.std]\npackage = \"openws2-std\"\npath = \"{std}\"\n\n\
                 [dependencies.windows-sys]\npackage = \"openws2\"\npath = \"{openws2}\"\n",
    }],
    without: &["src/sys/unix.rs"],
    absent: &[],
    untouched: &["src/sys/windows.rs"],
    words: 623,
};

const QUINN_UDP: Crate = Crate {
    name: "quinn-udp",
    version: "0.6.3",
    changes: &[
        Change {
            file: "Cargo.toml",
            from: "[target.\"cfg(windows)\".dependencies.windows-sys]\nversion = \">=0.52, <=0.61\"\n",
            to: "[dependencies.std]\npackage = \"openws2-std\"\npath = \"{std}\"\n\n\
                 [dependencies.windows-sys]\npackage = \"openws2\"\npath = \"{openws2}\"\n",
        },
        Change {
            file: "Cargo.toml",
            from: "dependencies.socket2]\nversion = \">=0.5, <0.7\"\n",
            to: "dependencies.socket2]\npath = \"../socket2\"\n",
        },
        // A benchmark, and what only that needs.
        Change {
            file: "Cargo.toml",
            from: "[[bench]]\nname = \"throughput\"\npath = \"benches/throughput.rs\"\nharness = false\n\n",
            to: "",
        },
        Change {
            file: "Cargo.toml",
            from: "[target.'cfg(not(target_family = \"wasm\"))'.dev-dependencies.criterion]\nversion = \"0.8\"\n\
                   features = [\"async_tokio\"]\ndefault-features = false\n\n\
                   [target.'cfg(not(target_family = \"wasm\"))'.dev-dependencies.tokio]\nversion = \"1.28.1\"\n\
                   features = [\n    \"sync\",\n    \"rt\",\n    \"rt-multi-thread\",\n    \"net\",\n]\n\n",
            to: "",
        },
    ],
    without: &[
        "benches/throughput.rs",
        "src/apple_fast.rs",
        "src/cmsg/unix.rs",
        "src/linux.rs",
        "src/unix.rs",
        "src/wasi.rs",
    ],
    absent: &["apple", "bsd", "solarish", "apple_fast", "apple_slow"],
    untouched: &["src/windows.rs", "src/cmsg/windows.rs"],
    words: 75,
};

const MIOW: Crate = Crate {
    name: "miow",
    version: "0.6.1",
    changes: &[
        Change {
            file: "Cargo.toml",
            from: "[dependencies.windows-sys]\nversion = \">=0.60, <=0.61\"\n",
            to: "[dependencies.std]\npackage = \"openws2-std\"\npath = \"{std}\"\n\n\
                 [dependencies.windows-sys]\npackage = \"openws2\"\npath = \"{openws2}\"\n",
        },
        // Named pipes, which this library does not have, and what only their tests need.
        Change { file: "Cargo.toml", from: "    \"Win32_System_Pipes\",\n", to: "" },
        Change { file: "src/lib.rs", from: "pub mod pipe;\r\n", to: "" },
        Change { file: "Cargo.toml", from: "[dev-dependencies.rand]\nversion = \"0.8.0\"\n\n", to: "" },
        Change {
            file: "Cargo.toml",
            from: "[dev-dependencies.socket2]\nversion = \"0.6.0\"\n",
            to: "[dev-dependencies.socket2]\npath = \"../socket2\"\n",
        },
    ],
    without: &["src/pipe.rs"],
    absent: &[],
    untouched: &["src/net.rs", "src/iocp.rs", "src/overlapped.rs", "src/handle.rs"],
    words: 1,
};

/// The programs that drive what the crates' own tests do not.
const DRIVER: &str = "\
[package]
name = \"drive\"
version = \"0.0.0\"
edition = \"2024\"
autotests = false

[lib]
path = \"{here}/drive/lib.rs\"
doctest = false

[[test]]
name = \"drive_quinn_udp\"
path = \"{here}/drive/quinn_udp.rs\"

[[test]]
name = \"drive_miow\"
path = \"{here}/drive/miow.rs\"

[[test]]
name = \"drive_socket2\"
path = \"{here}/drive/socket2.rs\"

[dependencies]
quinn-udp = { path = \"../quinn-udp\" }
miow = { path = \"../miow\" }
socket2 = { path = \"../socket2\", features = [\"all\"] }
std = { package = \"openws2-std\", path = \"{std}\" }
windows-sys = { package = \"openws2\", path = \"{openws2}\" }
";

/// What is run, and how many of its tests are to pass: the crates' own, and those here.
const PASS: [(&str, usize); 8] = [
    ("drive", 0),
    ("drive_miow", 8),
    ("drive_quinn_udp", 7),
    ("drive_socket2", 9),
    ("miow", 15),
    ("quinn_udp", 1),
    ("quinn_udp's tests", 9),
    ("socket2", 10),
];

/// quinn-udp's `gso` sends 512 datagrams of 128 bytes in one call and then waits for each of them. Windows counts
/// their bytes against the receive buffer; Linux counts what it keeps of each besides, has room for some 240, and
/// drops the others. With fewer it is among the tests here.
const BEYOND_THE_HOST: &str = "gso";

/// Building takes most of it; a test that waits for ever is not to be waited for.
const PATIENCE: Duration = Duration::from_secs(540);

#[test]
fn the_windows_backends_of_published_crates_run_here() {
    let workspace = layout::lay_out(&[SOCKET2, QUINN_UDP, MIOW], DRIVER);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let logs = ["stdout", "stderr"].map(|name| workspace.join(name));
    let [told, complaints] = logs.each_ref().map(|log| File::create(log).unwrap());
    let mut cargo = Command::new(env!("CARGO"));
    // What is asked of this package's own code is not asked of theirs.
    for (name, apart) in [("RUSTFLAGS", ' '), ("CARGO_ENCODED_RUSTFLAGS", '\u{1f}')] {
        if let Ok(flags) = std::env::var(name) {
            cargo.env(name, format!("{flags}{apart}--cap-lints=warn").trim_start_matches(apart));
        }
    }
    let mut run = cargo
        .args(["test", "--offline", "--workspace", "--lib", "--tests", "--no-fail-fast", "--target-dir"])
        .arg(target)
        .args(["--", "--exact", "--skip", BEYOND_THE_HOST])
        .current_dir(&workspace)
        .env("CARGO_TERM_COLOR", "never")
        .stdout(told)
        .stderr(complaints)
        .process_group(0)
        .spawn()
        .expect("cargo can be run, as it runs this");
    let until = Instant::now() + PATIENCE;
    let status = loop {
        match run.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if Instant::now() > until => break None,
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    if status.is_none() {
        let group = format!("-{}", run.id());
        let _ = Command::new("kill").args(["-9", "--", &group]).status();
        let _ = run.wait();
    }
    let [told, complaints] = logs.map(|log| fs::read_to_string(log).unwrap());
    println!("{told}");
    assert!(status.is_some_and(|status| status.success()), "{status:?}: {complaints}");
    let passed = told.lines().filter_map(|line| {
        let counts = line.strip_prefix("test result: ok. ")?;
        counts.split(' ').next()?.parse::<usize>().ok()
    });
    let left_out = told.lines().filter_map(|line| {
        let counts = line.strip_prefix("test result: ok. ")?.split("; ");
        counts.filter_map(|count| count.strip_suffix(" filtered out")).next()?.parse::<usize>().ok()
    });
    assert_eq!(left_out.sum::<usize>(), 1, "{BEYOND_THE_HOST}, and nothing else");
    let expected = PASS.map(|(_, count)| count);
    assert_eq!(passed.collect::<Vec<_>>(), expected, "{PASS:?}");
}
