//! `windows.h`: the functions of kernel32, user32, winmm and the C runtime that socket programs lean on.
#![allow(non_snake_case, non_camel_case_types, missing_docs, clippy::upper_case_acronyms)]

pub(crate) mod classes;
pub(crate) mod crt;
pub(crate) mod debug;
pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod events;
pub(crate) mod file;
pub(crate) mod handles;
pub(crate) mod information;
pub(crate) mod io;
pub(crate) mod local;
pub(crate) mod longs;
pub(crate) mod memory;
pub(crate) mod message;
pub(crate) mod messages;
pub(crate) mod module;
pub(crate) mod module_find;
pub(crate) mod module_free;
pub(crate) mod ports;
mod provider;
pub(crate) mod strings;
pub(crate) mod sync;
pub(crate) mod threading;
pub(crate) mod time;
pub(crate) mod tls;
pub(crate) mod types;
pub(crate) mod user;
mod va_list;
pub(crate) mod waits;
