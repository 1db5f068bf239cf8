//! Holds the C headers: they compile in every order, language version and compiler without a warning, they bind
//! to `ws2_` symbols only, and each of their numbers and layouts is the Rust side's.

use core::mem::{align_of, offset_of, size_of};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

#[macro_use]
mod items;

/// The library's items, in one place.
mod ours {
    pub(crate) use openws2::Win32::Foundation::*;
    pub(crate) use openws2::Win32::Networking::WinSock::*;
}

const OWN_HEADERS: [&str; 14] = [
    "winsock2.h",
    "ws2tcpip.h",
    "mswsock.h",
    "mstcpip.h",
    "ws2spi.h",
    "afunix.h",
    "iphlpapi.h",
    "netioapi.h",
    "wspiapi.h",
    "winsock.h",
    "ws2def.h",
    "ws2ipdef.h",
    "inaddr.h",
    "in6addr.h",
];
const SYSTEM_C: &str = "assert ctype errno fcntl inttypes limits locale math pthread sched setjmp signal stdarg \
    stdbool stddef stdint stdio stdlib string strings sys/mman sys/resource sys/select sys/stat sys/time \
    sys/types sys/uio sys/wait termios time unistd poll wchar wctype dirent dlfcn semaphore";
/// Another one on Linux; on macOS it includes `<sys/socket.h>`, which is what WS2_COEXIST is for.
const SYSTEM_LINUX: &str =
    if cfg!(target_os = "linux") { "sys/ioctl sys/epoll sys/prctl endian" } else { "" };
const SYSTEM_CXX: &str = "algorithm array atomic chrono condition_variable cstdint cstdio cstdlib cstring ctime \
    fstream functional future iomanip iostream map memory mutex regex set sstream string system_error thread \
    unordered_map utility vector";
const COEXISTING: &str = "sys/socket netinet/in netinet/tcp arpa/inet netdb net/if sys/un";

/// What a program does with the headers: it is compiled in every combination, as C and as C++.
const BODY: &str = r#"
#pragma comment(lib, "ws2_32")
struct ops { int (*recv)(int); int (*select)(int); int (*bind)(int); };
static DWORD WINAPI work(LPVOID p) { return p != NULL; }
int program(void)
{
    struct ops o = {0, 0, 0};
    WSADATA data;
    struct sockaddr_in sa;
    SOCKADDR_IN6 sa6;
    struct in6_addr any = IN6ADDR_ANY_INIT;
    struct addrinfo hints, *result = NULL;
    struct timeval tv = {0, 0};
    socklen_t length = sizeof sa;
    u_long mode = 1;
    DWORD bytes = 0, flags = 0;
    char buf[64];
    WSABUF wsabuf;
    fd_set set;
    GUID id = WSAID_ACCEPTEX;
    OVERLAPPED ov;
    WSAPOLLFD pfd;
    struct pollfd pfd2;
    WCHAR name[16];
    int (WSAAPI *receive)(SOCKET, char *, int, int) = RECV;
    SOCKET s;
    memset(&hints, 0, sizeof hints);
    memset(&sa, 0, sizeof sa);
    memset(&sa6, 0, sizeof sa6);
    memset(&ov, 0, sizeof ov);
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0 || LOBYTE(data.wVersion) != 2)
        return 1;
    s = WSASocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (s == INVALID_SOCKET)
        return WSAGetLastError();
    sa.sin_family = AF_INET;
    sa.sin_addr.s_addr = INADDR_ANY;
    sa.sin_addr.S_un.S_un_b.s_b1 = 127;
    sa6.sin6_addr = in6addr_any;
    sa6.sin6_scope_id = any.s6_addr[3];
    wsabuf.buf = buf;
    wsabuf.len = sizeof buf;
    FD_ZERO(&set);
    FD_SET(s, &set);
    pfd.fd = pfd2.fd = s;
    pfd.events = pfd2.events = POLLIN;
    if (select(0, &set, NULL, NULL, &tv) == SOCKET_ERROR || FD_ISSET(s, &set))
        FD_CLR(s, &set);
    if (GetAddrInfoA("localhost", NULL, &hints, &result) != 0)
        name[0] = (WCHAR)gai_strerrorA(EAI_NONAME)[0];
    FreeAddrInfoA(result);
    InetNtopW(AF_INET, &sa.sin_addr, name, 16);
    if (WSARecv(s, &wsabuf, 1, &bytes, &flags, &ov, NULL) == SOCKET_ERROR && h_errno == WSA_IO_PENDING)
        flags = WSARecvEx(s, buf, (int)sizeof buf, (int *)&length) == 0;
    ioctlsocket(s, FIONBIO, &mode);
    gethostname(buf, sizeof buf);
    closesocket(s);
    return (int)(work(buf) + id.Data1 + bytes + flags + pfd.revents + pfd2.revents + ov.Offset + mode)
        + receive(s, buf, 1, 0) + IN6_IS_ADDR_LOOPBACK(&any) + (o.recv != NULL) + (o.select != NULL)
        + (o.bind != NULL) + FD_SETSIZE + (int)sizeof(WSAMSG) + name[0] + (int)length + WSACleanup();
}
"#;
/// More that C++ programs do: names of the calls as members, and as functions of `std`.
const BODY_CXX: &str = r#"
struct channel {
    int recv(int n) { return n; }
    int select(int n) { return n; }
    int send(int n) { return n; }
    int close() { return recv(1) + select(2) + send(3); }
};
int more(channel &c)
{
    auto bound = std::bind(&channel::recv, &c, 7);
    auto pick = std::bind(&channel::select, &c, std::placeholders::_1);
    SOCKADDR_STORAGE storage{};
    return bound() + pick(1) + c.close() + static_cast<int>(storage.ss_family) + (WSAID_EQUAL);
}
"#;

fn include_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

/// A compiler that is here. One that is not is said aloud: a silent gap would look like a pass.
struct Compiler {
    cc: &'static str,
    cxx: &'static str,
    /// Extra options with which C++ is compiled once more: another standard library.
    libraries: Vec<&'static str>,
}

fn compilers() -> &'static [Compiler] {
    static FOUND: OnceLock<Vec<Compiler>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let works = |args: &[&str], text: &str| {
            let file = write("probe.cpp", text);
            Command::new(args[0])
                .args(&args[1..])
                .arg("-fsyntax-only")
                .arg(file)
                .output()
                .is_ok_and(|o| o.status.success())
        };
        let mut found = Vec::new();
        for (cc, cxx) in [("gcc", "g++"), ("clang", "clang++")] {
            if !works(&[cxx], "#include <vector>\n") {
                println!(
                    "SKIPPED: no working {cc}/{cxx} on this machine; the headers are not tested with it"
                );
                continue;
            }
            let mut libraries = vec![""];
            if cc == "clang" && works(&[cxx, "-stdlib=libc++"], "#include <vector>\n") {
                libraries.push("-stdlib=libc++");
            } else if cc == "clang" {
                println!("SKIPPED: no libc++ on this machine; the headers are not tested with it");
            }
            found.push(Compiler { cc, cxx, libraries });
        }
        assert!(!found.is_empty(), "no C compiler: these tests need gcc or clang");
        found
    })
}

fn write(name: &str, text: &str) -> PathBuf {
    static SERIAL: AtomicUsize = AtomicUsize::new(0);
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("headers-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory for the generated sources");
    let file = dir.join(format!("{}-{name}", SERIAL.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(&file, text).expect("writing a generated source");
    file
}

fn includes(names: &str) -> String {
    names.split_whitespace().map(|n| format!("#include <{n}.h>\n")).collect()
}
fn system_c() -> String {
    includes(SYSTEM_C) + &includes(SYSTEM_LINUX)
}
fn includes_cxx(names: &str) -> String {
    names.split_whitespace().map(|n| format!("#include <{n}>\n")).collect()
}
fn own_includes() -> String {
    OWN_HEADERS.map(|h| format!("#include <{h}>\n")).concat()
}

/// One compilation: what to call it in a report, the command, the source text.
struct Job {
    name: String,
    command: Vec<String>,
    text: String,
}

impl Job {
    fn new(compiler: &str, options: &str, language: &str, text: String) -> Self {
        let mut command: Vec<String> = vec![compiler.to_owned()];
        command.extend(options.split_whitespace().map(str::to_owned));
        command.extend(["-x".to_owned(), language.to_owned(), "-I".to_owned()]);
        command.push(include_dir().display().to_string());
        Job { name: format!("{compiler} {options}"), command, text }
    }

    fn run(&self) -> Output {
        let file = write(if self.command.iter().any(|a| a == "c++") { "t.cpp" } else { "t.c" }, &self.text);
        let (program, options) = self.command.split_first().expect("a command");
        Command::new(program).args(options).arg(file).output().expect("running the compiler")
    }
}

/// Runs all, on every core, and fails with every complaint at once.
fn compile_all(jobs: Vec<Job>) {
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let cores = std::thread::available_parallelism().map_or(2, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let output = job.run();
                    if !output.status.success() || !output.stderr.is_empty() {
                        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
                        failures.lock().unwrap().push(format!("{}:\n{complaint}", job.name));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let shown: Vec<_> = failures.iter().take(3).cloned().collect();
    assert!(
        failures.is_empty(),
        "{} of {} failed; the first:\n{}",
        failures.len(),
        jobs.len(),
        shown.join("\n")
    );
}

/// The headers' own warnings shown (WS2_WARN), and every one an error. Unknown pragmas: g++ 12 does not heed the
/// header's request to be silent about `#pragma comment`, whoever compiles with it says so himself.
const STRICT: &str = "-fsyntax-only -Wall -Wextra -Wpedantic -Werror -Wno-unknown-pragmas -DWS2_WARN";

fn orders(system: &str) -> [(&'static str, String, String); 4] {
    let none = String::new();
    [
        ("alone", none.clone(), none.clone()),
        ("before", none.clone(), system.to_owned()),
        ("after", system.to_owned(), none),
        ("both", system.to_owned(), system.to_owned()),
    ]
}

#[test]
fn every_order_standard_and_compiler_without_a_warning() {
    let mut jobs = Vec::new();
    for compiler in compilers() {
        for standard in ["c99", "gnu99", "c11", "c17", "gnu17", "c2x", "gnu2x"] {
            for (order, before, after) in orders(&system_c()) {
                let text = format!("{before}{}{after}#define RECV recv\n{BODY}", own_includes());
                let mut job = Job::new(compiler.cc, &format!("-std={standard} {STRICT}"), "c", text);
                job.name += &format!(", ours {order} the system's");
                jobs.push(job);
            }
        }
        for (standard, library) in
            ["c++17", "gnu++20"].iter().flat_map(|s| compiler.libraries.iter().map(move |l| (s, l)))
        {
            for (order, before, after) in orders(&(system_c() + &includes_cxx(SYSTEM_CXX))) {
                let text = format!(
                    "{before}{}{after}#include <functional>\n#define RECV recv\n#define WSAID_EQUAL \
                     IsEqualGUID(GUID WSAID_ACCEPTEX, GUID WSAID_CONNECTEX)\n{BODY}{BODY_CXX}",
                    own_includes()
                );
                let mut job =
                    Job::new(compiler.cxx, &format!("-std={standard} {library} {STRICT}"), "c++", text);
                job.name += &format!(", ours {order} the system's");
                jobs.push(job);
            }
        }
    }
    compile_all(jobs);
}

/// What Windows compilers, makefiles and sources define.
const WORDS: &str = "-D_WIN32 -DWIN32 -D_WIN64 -DWIN32_LEAN_AND_MEAN -D_WINSOCKAPI_ -D_WINSOCK_DEPRECATED_NO_WARNINGS \
    -D_WIN32_WINNT=0x0600 -DNOMINMAX -DINCL_WINSOCK_API_TYPEDEFS=1";

#[test]
fn each_header_alone_and_with_windows_words() {
    let words = format!("{WORDS} -DFD_SETSIZE=2048");
    let mut jobs = Vec::new();
    for compiler in compilers() {
        for (order, before, after) in orders(&system_c()) {
            let text = format!("{before}{}{after}#define RECV recv\n{BODY}", own_includes());
            for (cc, standard, language) in [(compiler.cc, "gnu17", "c"), (compiler.cxx, "gnu++17", "c++")] {
                let mut job =
                    Job::new(cc, &format!("-std={standard} {WORDS} {STRICT}"), language, text.clone());
                job.name += &format!(", ours {order} the system's");
                jobs.push(job);
            }
        }
        for header in OWN_HEADERS.iter().chain(&["openws2/base.h"]) {
            let text = || format!("#include <{header}>\n#include <{header}>\n");
            jobs.push(Job::new(compiler.cc, &format!("-std=c99 {STRICT}"), "c", text()));
            jobs.push(Job::new(compiler.cc, &format!("-std=gnu17 {words} -DUNICODE {STRICT}"), "c", text()));
            jobs.push(Job::new(compiler.cxx, &format!("-std=c++17 {words} {STRICT}"), "c++", text()));
        }
        let text = format!("{}_Static_assert(FD_SETSIZE == 2048, \"the program's own\");\n", own_includes());
        jobs.push(Job::new(compiler.cc, &format!("-std=c11 {words} {STRICT}"), "c", text));
        let text = format!(
            "#define FD_SETSIZE 8\n{}_Static_assert(FD_SETSIZE == 1024, \"never less\");\n",
            own_includes()
        );
        jobs.push(Job::new(compiler.cc, &format!("-std=c11 {STRICT}"), "c", text));
    }
    compile_all(jobs);
}

#[test]
fn beside_the_hosts_sockets_when_asked() {
    let system = includes(COEXISTING);
    let refused =
        Job::new(compilers()[0].cc, "-fsyntax-only", "c", format!("{system}{}", own_includes())).run();
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && complaint.contains("WS2_COEXIST"), "{complaint}");

    let mut jobs = Vec::new();
    for compiler in compilers() {
        for (order, before, after) in orders(&system) {
            for (cc, standard, language) in
                [(compiler.cc, "c99", "c"), (compiler.cc, "gnu2x", "c"), (compiler.cxx, "c++17", "c++")]
            {
                let receive = if language == "c" { "recv" } else { "ws2_recv" };
                let text = format!("{before}{}{after}#define RECV {receive}\n{BODY}", own_includes());
                let mut job =
                    Job::new(cc, &format!("-std={standard} {STRICT} -DWS2_COEXIST"), language, text);
                job.name += &format!(", ours {order} the host's");
                jobs.push(job);
            }
        }
        jobs.push(Job::new(
            compiler.cc,
            "-std=c11 -fsyntax-only -DUNICODE -DWS2_COEXIST",
            "c",
            layout_source(false),
        ));
    }
    compile_all(jobs);
}

/// The functions that the headers declare: C name and symbol, as (name, symbol).
fn declared() -> Vec<(String, String)> {
    let wide = "_w32"; // wchar_t has 32 bits in what these tests compile
    let mut found = Vec::new();
    for header in OWN_HEADERS {
        let text = std::fs::read_to_string(include_dir().join(header)).expect(header);
        for (start, _) in text.match_indices("WS2_SYM") {
            let (macro_name, rest) = text[start..].split_once('(').expect("a label");
            let label = rest.split(')').next().expect("a label's end");
            let statement = text[..start].rsplit(&[';', '{', '}'][..]).next().unwrap_or_default();
            let code: String =
                statement.lines().filter(|l| !l.starts_with("/*") && !l.starts_with('#')).collect();
            let name = match code.split_once("WS2_NAME(") {
                Some((_, inner)) => inner.split(')').next().unwrap_or_default().to_owned(),
                None => code
                    .split('(')
                    .next()
                    .and_then(|h| h.rsplit(&[' ', '*'][..]).next())
                    .unwrap_or_default()
                    .to_owned(),
            };
            let suffix = if macro_name == "WS2_SYM_W" { wide } else { "" };
            found.push((name, format!("ws2_{label}{suffix}")));
        }
    }
    found.sort();
    found.dedup(); // select is declared once for C, once for C++
    found
}

fn undefined_symbols(object: &Path) -> BTreeSet<String> {
    let output = Command::new("nm").args(["-u"]).arg(object).output().expect("running nm");
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let name = |line: &str| line.split_whitespace().last().unwrap_or_default().to_owned();
    let plain = |s: String| if cfg!(target_os = "macos") { s[1..].to_owned() } else { s };
    text.lines().map(name).filter(|s| !s.is_empty() && s != "_GLOBAL_OFFSET_TABLE_").map(plain).collect()
}

#[test]
fn every_function_binds_to_a_prefixed_symbol() {
    let functions = declared();
    assert!(functions.len() > 70, "only {} declarations were found", functions.len());
    for wanted in
        ["recv", "select", "WSARecv", "getaddrinfo", "gethostname", "inet_pton", "WSARecvEx", "htons"]
    {
        assert!(
            functions.contains(&(wanted.to_owned(), format!("ws2_{wanted}"))),
            "{wanted} is not declared"
        );
    }
    let expected: BTreeSet<String> = functions.iter().map(|(_, symbol)| symbol.clone()).collect();
    let taken: String =
        functions.iter().filter(|(n, _)| n != "select").map(|(n, _)| format!("    (any){n},\n")).collect();
    let text = format!(
        "#include <stdlib.h>\n{}typedef void (*any)(void);\n\
         typedef int (*select_type)(int, fd_set *, fd_set *, fd_set *, const struct timeval *);\n\
         extern any all[];\nselect_type chosen = select;\nany all[] = {{\n{taken}}};\n",
        own_includes()
    );
    for compiler in compilers() {
        for (cc, language) in [(compiler.cc, "c"), (compiler.cxx, "c++")] {
            let object = write("all.o", "");
            let options = format!("-Wall -Wextra -Werror -c -o {}", object.display());
            let output = Job::new(cc, &options, language, text.clone()).run();
            assert!(output.status.success(), "{cc}: {}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(undefined_symbols(&object), expected, "{cc}");
        }
    }
}

macro_rules! values_of {
    ($list:ident $module:path: $($name:ident)*) => {
        fn $list() -> Vec<(&'static str, i128, usize)> {
            use $module as module;
            vec![$((stringify!($name), module::$name as i128, core::mem::size_of_val(&module::$name))),*]
        }
    };
}
macro_rules! winsock_values { ($($name:ident)*) => { values_of! { winsock_values ours: $($name)* } } }
macro_rules! c_only_values {
    ($($name:ident)*) => { values_of! { c_only_values windows_sys::Win32::Networking::WinSock: $($name)* } };
}
each_winsock_const!(winsock_values);
#[cfg(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64"))]
each_c_only_const!(c_only_values);

macro_rules! guid_values {
    ($($name:ident)*) => { fn guid_values() -> Vec<(&'static str, ours::GUID)> { vec![$((stringify!($name), ours::$name)),*] } };
}
each_guid!(guid_values);

/// Name, size, alignment, and each field's name and offset.
type Layout = (&'static str, usize, usize, Vec<(&'static str, usize)>);
macro_rules! layouts {
    ($($name:ident: $($field:ident)*;)*) => {
        fn layouts() -> Vec<Layout> {
            vec![$((
                stringify!($name), size_of::<ours::$name>(), align_of::<ours::$name>(),
                vec![$((stringify!($field), offset_of!(ours::$name, $field))),*],
            )),*]
        }
    };
}
each_struct!(layouts);

/// Constants whose C value is another one on purpose.
const OTHER_IN_C: [(&str, i128); 2] = [
    ("SOMAXCONN", 0x7fff_ffff), // the 5 of windows-sys is version 1.1's
    ("FD_SETSIZE", 1024),       // see winsock2.h
];

/// Pointers: no integer constant expressions, so they are looked at when the program runs.
const POINTERS_IN_C: [&str; 1] = ["WSA_INVALID_EVENT"];

/// The C name of a Rust structure, or of the anonymous member that it stands for: (C type, prefix of its members).
/// An anonymous member has no type of its own in C: its fields are found in the structure around it.
fn c_type(name: &str) -> (String, Option<&'static str>) {
    let member = |outer: &str, path: &str| (format!("__typeof__((({outer} *)0)->{path})"), None);
    match name {
        "IN_ADDR_0" => member("IN_ADDR", "S_un"),
        "IN_ADDR_0_0" => member("IN_ADDR", "S_un.S_un_b"),
        "IN_ADDR_0_1" => member("IN_ADDR", "S_un.S_un_w"),
        "IN6_ADDR_0" => member("IN6_ADDR", "u"),
        "SOCKADDR_IN6_0" => ("SOCKADDR_IN6".to_owned(), Some("sin6_scope_id")),
        "SCOPE_ID_0" | "SCOPE_ID_0_0" => ("SCOPE_ID".to_owned(), Some("Value")),
        "OVERLAPPED_0" | "OVERLAPPED_0_0" => ("OVERLAPPED".to_owned(), Some("Offset")),
        "tcp_keepalive" => ("struct tcp_keepalive".to_owned(), None),
        plain => (plain.to_owned(), None),
    }
}

/// A C file that holds the headers to the Rust side. `short_wchar`: WCHAR has Windows' 16 bits in it.
fn layout_source(short_wchar: bool) -> String {
    let mut text = own_includes();
    let mut at_run_time = String::new();
    let mut holds =
        |condition: String, what: &str| text += &format!("_Static_assert({condition}, \"{what}\");\n");
    for (name, value, size) in winsock_values().into_iter().chain(c_only_values()) {
        let value = OTHER_IN_C.iter().find(|(n, _)| *n == name).map_or(value, |(_, v)| *v);
        let bits = 8 * size as u32;
        let wanted = (value as u128) & (u128::MAX >> (128 - bits));
        if POINTERS_IN_C.contains(&name) {
            at_run_time += &format!(" || (uint{bits}_t)({name}) != {wanted}u");
        } else {
            holds(format!("(uint{bits}_t)({name}) == {wanted}u"), name);
        }
    }
    for (name, size, align, fields) in layouts() {
        if name == "TIMEVAL" {
            continue; // in C the host's own struct timeval
        }
        let (c, within) = c_type(name);
        let base = within.map_or("0".to_owned(), |first| format!("offsetof({c}, {first})"));
        if within.is_none() {
            let grows = name == "FD_SET" || (name == "WSAPROTOCOL_INFOW" && !short_wchar);
            let relation = if grows { ">" } else { "==" };
            holds(format!("sizeof({c}) {relation} {size}"), &format!("size of {name}"));
            holds(format!("_Alignof({c}) == {align}"), &format!("alignment of {name}"));
        }
        for (field, offset) in fields {
            if field != "Anonymous" && field != "_bitfield" {
                holds(format!("offsetof({c}, {field}) == {base} + {offset}"), &format!("{name}.{field}"));
            }
        }
    }
    for (name, id) in guid_values() {
        text += &format!("static const GUID own_{name} = {name};\n");
        let last = id.data4.map(|b| format!("{b:#x}")).join(", ");
        text += &format!(
            "static const GUID rust_{name} = {{{:#x}, {:#x}, {:#x}, {{{last}}}}};\n",
            id.data1, id.data2, id.data3
        );
    }
    for (name, _) in guid_values() {
        at_run_time += &format!(" || memcmp(&own_{name}, &rust_{name}, sizeof(GUID))");
    }
    text + &format!("int main(void) {{ return 0{at_run_time}; }}\n")
}

#[test]
fn numbers_and_layouts_are_the_rust_sides() {
    let mut jobs = Vec::new();
    for compiler in compilers() {
        for (options, short_wchar) in [("", false), ("-fshort-wchar", true)] {
            let options = format!("-std=c11 -DUNICODE {options} -fsyntax-only -Wall -Wextra -Werror");
            jobs.push(Job::new(compiler.cc, &options, "c", layout_source(short_wchar)));
        }
    }
    compile_all(jobs);

    let program = write("guids", "");
    let options = format!("-std=c11 -DUNICODE -o {}", program.display());
    let built = Job::new(compilers()[0].cc, &options, "c", layout_source(false)).run();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    assert!(
        Command::new(&program).status().expect("running it").success(),
        "an identifier or a pointer differs"
    );
}
