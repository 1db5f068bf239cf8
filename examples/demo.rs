//! The README's first command: builds OpenWS2, compiles a Windows program with it and shows what went over the
//! wire; plays the peer with the standard library, which is not Windows sockets.
//!
//! Needs a Rust toolchain and a C compiler, nothing else.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::mpsc;
use std::time::Duration;

const SOURCE: &str = "examples/tcp_client.c";
const TEXT: &str = "Hello from a Windows program";
const DEADLINE: Duration = Duration::from_secs(20);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What the peer saw of the program.
struct Seen {
    from: String,
    request: String,
    answer: String,
}

fn main() -> ExitCode {
    match demo() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nThe demo failed: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn demo() -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = profile_folder()?;
    println!(
        "OpenWS2: an unmodified Windows program on {} {}\n",
        std::env::consts::OS,
        std::env::consts::ARCH
    );

    build_library(root, &folder)?;
    let program = compile(root, &folder)?;

    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port().to_string();
    let (report, reported) = mpsc::channel();
    std::thread::spawn(move || report.send(serve(&listener)));

    println!("  run      {} 127.0.0.1 {port} \"{TEXT}\"\n", shown(&program, root));
    let output = Command::new(&program).args(["127.0.0.1", &port, TEXT]).output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    print_block("the program printed", &printed);
    print_block("on its standard error", &String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        return Err(format!("the program ended with {}", output.status).into());
    }

    let seen = reported.recv_timeout(DEADLINE).map_err(|_| "the program never finished with the peer")??;
    print_block(
        "the peer saw (Rust's std::net)",
        &format!(
            "a connection from {}\n{} bytes: {}\nand answered {} bytes: {}",
            seen.from,
            seen.request.len(),
            seen.request,
            seen.answer.len(),
            seen.answer,
        ),
    );

    hold(&printed, &seen)?;
    println!("  Every byte arrived, both ways.");
    Ok(())
}

/// Where this profile's programs lie: the demo itself is in the folder `examples` there.
fn profile_folder() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(Path::parent).ok_or("the demo does not lie in a build tree")?;
    Ok(folder.to_owned())
}

/// Cargo builds an example with the Rust library only; the C library and the driver are asked for here.
fn build_library(root: &Path, folder: &Path) -> Result<(), Failure> {
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => "dev",
        Some(name) => name,
    };
    let words = ["build", "--quiet", "--workspace", "--lib", "--bins", "--profile", profile];
    println!("  build    cargo {}", words.join(" "));
    let target = folder.parent().ok_or("the build tree has no root")?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let status = cargo.current_dir(root).args(words).arg("--target-dir").arg(target).status()?;
    if status.success() { Ok(()) } else { Err("the library does not build".into()) }
}

fn compile(root: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let driver = folder.join("ws2cc");
    let program = folder.join("examples").join("tcp_client");
    println!("  compile  {} {SOURCE} -lws2_32 -o {}", shown(&driver, root), shown(&program, root));
    let mut command = Command::new(&driver);
    command.current_dir(root).args([SOURCE, "-lws2_32", "-o"]).arg(&program);
    let status = command.status().map_err(|error| format!("ws2cc does not start: {error}"))?;
    if status.success() { Ok(program) } else { Err(format!("{SOURCE} does not compile").into()) }
}

/// One client, read to its end, answered and dismissed.
fn serve(listener: &TcpListener) -> Result<Seen, Failure> {
    let (mut connection, from) = listener.accept()?;
    connection.set_read_timeout(Some(DEADLINE))?;
    let mut request = String::new();
    connection.read_to_string(&mut request)?;
    let answer = format!("Hello from {}: {} bytes received", std::env::consts::OS, request.len());
    connection.write_all(answer.as_bytes())?;
    connection.shutdown(Shutdown::Write)?;
    Ok(Seen { from: from.to_string(), request, answer })
}

/// What the program printed must be what the peer did.
fn hold(printed: &str, seen: &Seen) -> Result<(), Failure> {
    if seen.request != TEXT {
        return Err("the peer received something else than the program was told to send".into());
    }
    let count = format!("Bytes received: {}, ", seen.answer.len());
    for wanted in [&format!("Bytes sent: {}\n", TEXT.len()), &count, &seen.answer, "Connection closed"] {
        if !printed.contains(wanted) {
            return Err(format!("the program did not print {:?}", wanted.trim_end()).into());
        }
    }
    Ok(())
}

fn print_block(title: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    println!("  {title}");
    for line in text.lines() {
        println!("    | {line}");
    }
    println!();
}

/// A path as one would type it from the package's folder.
fn shown(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
