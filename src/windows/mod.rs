//! Windows' words: its types, layouts and numbers, as facts that every layer may speak. No behaviour.

pub(crate) mod base;
pub(crate) mod consts;
pub(crate) mod extensions;
pub(crate) mod foundation;
pub(crate) mod handles;
pub(crate) mod overlapped;
pub(crate) mod spi;
pub(crate) mod types;
pub(crate) mod user;
