//! The headers' numbers and layouts against the Rust side's, by static assertions that C compilers check.

use core::mem::{align_of, offset_of, size_of};
use std::process::Command;

use crate::compile::{Job, compile_all, compilers, own_includes, write};

/// The library's items, in one place.
mod ours {
    pub(crate) use openws2::Win32::Foundation::*;
    pub(crate) use openws2::Win32::Networking::WinSock::*;
    pub(crate) use openws2::Win32::System::IO::*;
    pub(crate) use openws2::Win32::UI::WindowsAndMessaging::*;
    pub(crate) use openws2::core::GUID;
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
macro_rules! foundation_values { ($($name:ident)*) => { values_of! { foundation_values ours: $($name)* } } }
macro_rules! user_values { ($($name:ident)*) => { values_of! { user_values ours: $($name)* HWND_MESSAGE } } }
macro_rules! c_only_values {
    ($($name:ident)*) => { values_of! { c_only_values windows_sys::Win32::Networking::WinSock: $($name)* } };
}
each_winsock_const!(winsock_values);
each_foundation_const!(foundation_values);
each_user_const!(user_values);
each_c_only_const!(c_only_values);

macro_rules! guid_values {
    ($($name:ident)*) => { fn guid_values() -> Vec<(&'static str, ours::GUID)> { vec![$((stringify!($name), ours::$name)),*] } };
}
each_guid!(guid_values);

/// Name, size, alignment, and each field's name and offset.
type Layout = (&'static str, usize, usize, Vec<(&'static str, usize)>);
macro_rules! layouts_of {
    ($list:ident: $($name:ident: $($field:ident)*;)*) => {
        fn $list() -> Vec<Layout> {
            vec![$((
                stringify!($name), size_of::<ours::$name>(), align_of::<ours::$name>(),
                vec![$((stringify!($field), offset_of!(ours::$name, $field))),*],
            )),*]
        }
    };
}
macro_rules! layouts { ($($all:tt)*) => { layouts_of! { layouts: $($all)* } } }
macro_rules! user_layouts { ($($all:tt)*) => { layouts_of! { user_layouts: $($all)* } } }
each_struct!(layouts);
each_user_struct!(user_layouts);

/// Constants whose C value is another one on purpose.
const OTHER_IN_C: [(&str, i128); 2] = [
    ("SOMAXCONN", 0x7fff_ffff), // the 5 of windows-sys is version 1.1's
    ("FD_SETSIZE", 1024),       // see winsock2.h
];

/// Pointers: no integer constant expressions, so they are looked at when the program runs.
const POINTERS_IN_C: [&str; 2] = ["WSA_INVALID_EVENT", "HWND_MESSAGE"];

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

/// Where `ERROR_`, `WAIT_` and `STATUS_` constants live.
const WINDOWS_INCLUDES: &str = "#include <windows.h>\n#include <ntstatus.h>\n";

/// A C file that holds the headers to the Rust side. `short_wchar`: WCHAR has Windows' 16 bits in it.
pub(crate) fn source(short_wchar: bool) -> String {
    let mut text = own_includes() + WINDOWS_INCLUDES;
    let mut at_run_time = String::new();
    let mut holds =
        |condition: String, what: &str| text += &format!("_Static_assert({condition}, \"{what}\");\n");
    let values = [winsock_values(), c_only_values(), foundation_values(), user_values()];
    for (name, value, size) in values.into_iter().flatten() {
        let value = OTHER_IN_C.iter().find(|(n, _)| *n == name).map_or(value, |(_, v)| *v);
        let bits = 8 * size as u32;
        let wanted = (value as u128) & (u128::MAX >> (128 - bits));
        if POINTERS_IN_C.contains(&name) {
            at_run_time += &format!(" || (uint{bits}_t)({name}) != {wanted}u");
        } else {
            holds(format!("(uint{bits}_t)({name}) == {wanted}u"), name);
        }
    }
    for (name, size, align, fields) in layouts().into_iter().chain(user_layouts()) {
        if name == "TIMEVAL" {
            continue; // in C the host's own struct timeval
        }
        let (c, within) = c_type(name);
        let base = within.map_or("0".to_owned(), |first| format!("offsetof({c}, {first})"));
        if within.is_none() {
            let size = match name {
                "FD_SET" => size + (1024 - 64) * size_of::<ours::SOCKET>(),
                "WSPDATA" if !short_wchar => size + 256 * (4 - 2),
                "WSAPROTOCOL_INFOW" if !short_wchar => size + 256 * (4 - 2),
                _ => size,
            };
            holds(format!("sizeof({c}) == {size}"), &format!("size of {name}"));
            let align = if name == "WSPDATA" && !short_wchar { 4 } else { align };
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
    let same_machine = format!("_Static_assert(sizeof(void *) == {}, \"\");\n", size_of::<usize>());
    let mut jobs = Vec::new();
    for compiler in compilers() {
        if !Job::new(compiler.cc, "-fsyntax-only", "c", same_machine.clone()).run().status.success() {
            println!("SKIPPED: {} compiles for another machine than this test was built for", compiler.cc);
            return;
        }
        for (options, short_wchar) in [("", false), ("-fshort-wchar", true)] {
            let options = format!("-std=c11 -DUNICODE {options} -fsyntax-only -Wall -Wextra -Werror");
            jobs.push(Job::new(compiler.cc, &options, "c", source(short_wchar)));
        }
    }
    compile_all(jobs);

    let program = write("guids", "");
    let options = format!("-std=c11 -DUNICODE -o {}", program.display());
    let built = Job::new(compilers()[0].cc, &options, "c", source(false)).run();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    assert!(
        Command::new(&program).status().expect("running it").success(),
        "an identifier or a pointer differs"
    );
}
