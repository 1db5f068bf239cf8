//! The entry of a service provider that this library is itself, as GetProcAddress hands it out.

use crate::ffi::spi;

/// The address of `WSPStartup` of this library's provider in `module`, which is
/// `mswsock.dll` or a name that begins with `openws2:` (in small letters); `w32` asks for the one whose wide
/// strings have 32-bit units. `None` where that module is no
/// provider.
pub(super) fn provider_startup(module: &str, w32: bool) -> Option<usize> {
    spi::upcalls::startup_address(module, w32)
}
