//! Holds the C headers: they compile in every order, language version and compiler without a warning, they bind
//! to `ws2_` symbols only, and each of their numbers and layouts is the Rust side's.

use std::process::Command;

#[macro_use]
#[path = "../items/mod.rs"]
mod items;
mod compile;
mod layout;
mod symbols;

use compile::{Job, OWN_HEADERS, compile_all, compilers, own_includes, write};

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

const PROGRAM: &str = include_str!("program.c");
const PROGRAM_MORE: &str = include_str!("program_more.cpp");
const COMPUTED: &str = include_str!("computed.c");

fn includes(names: &str) -> String {
    names.split_whitespace().map(|n| format!("#include <{n}.h>\n")).collect()
}
fn system_c() -> String {
    includes(SYSTEM_C) + &includes(SYSTEM_LINUX)
}
fn includes_cxx(names: &str) -> String {
    names.split_whitespace().map(|n| format!("#include <{n}>\n")).collect()
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
                let text = format!("{before}{}{after}#define RECV recv\n{PROGRAM}", own_includes());
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
                     IsEqualGUID(GUID WSAID_ACCEPTEX, GUID WSAID_CONNECTEX)\n{PROGRAM}{PROGRAM_MORE}",
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
            let text = format!("{before}{}{after}#define RECV recv\n{PROGRAM}", own_includes());
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
        let text = format!("extern \"C\" {{\n{}}}\n#define RECV recv\n{PROGRAM}", own_includes());
        jobs.push(Job::new(compiler.cxx, &format!("-std=c++17 {STRICT}"), "c++", text));
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
                let text = format!("{before}{}{after}#define RECV {receive}\n{PROGRAM}", own_includes());
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
            layout::source(false),
        ));
    }
    compile_all(jobs);
}

#[test]
fn what_the_headers_compute_is_right() {
    for compiler in compilers() {
        for (cc, language) in [(compiler.cc, "c"), (compiler.cxx, "c++")] {
            let program = write("computed", "");
            let options = format!("-Wall -Wextra -Werror -o {}", program.display());
            let built = Job::new(cc, &options, language, own_includes() + COMPUTED).run();
            assert!(built.status.success(), "{cc}: {}", String::from_utf8_lossy(&built.stderr));
            let output = Command::new(&program).output().expect("running it");
            assert!(output.status.success(), "{cc}: {}", String::from_utf8_lossy(&output.stdout));
        }
    }
}
