//! The entry of a service provider that this library is itself, as GetProcAddress hands it out.

/// WHERE THE BASE PROVIDER JOINS: the address of `WSPStartup` of this library's provider in `module`, which is
/// `mswsock.dll` or a name that begins with `openws2:` (in small letters); `w32` asks for the one whose wide
/// strings have 32-bit units. `None` where that module is no provider, and there is none yet.
pub(super) fn provider_startup(module: &str, w32: bool) -> Option<usize> {
    let _ = (module, w32);
    None
}
