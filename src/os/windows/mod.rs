//! The part of `std::os::windows` that means something here: sockets and handles, under its own names.

pub mod io;
mod started;

#[doc(hidden)]
pub use started::leave_startup_to_std;

/// Everything of this module that code for Windows is used to import at once.
pub mod prelude {
    pub use super::io::{
        AsHandle, AsRawHandle, AsRawSocket, AsSocket, BorrowedHandle, BorrowedSocket, FromRawHandle,
        FromRawSocket, HandleOrInvalid, HandleOrNull, IntoRawHandle, IntoRawSocket, OwnedHandle, OwnedSocket,
        RawHandle, RawSocket,
    };
}
