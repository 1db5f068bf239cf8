//! Threads as providers know them: WSATHREADID, and the calls that are queued for who it names.

use std::cell::Cell;
use std::sync::Arc;

use crate::error::WsaError;
use crate::win32::object::{self, Object};
use crate::win32::thread::{self, Thread};
use crate::windows::foundation::HANDLE;
use crate::windows::spi::WSATHREADID;

/// The handle of the calling thread, for as long as it lives.
struct Own(Cell<usize>);

impl Drop for Own {
    fn drop(&mut self) {
        object::close(self.0.get());
    }
}

thread_local! {
    static OWN: Own = const { Own(Cell::new(0)) };
}

fn id_with(handle: usize) -> WSATHREADID {
    WSATHREADID { ThreadHandle: handle as HANDLE, Reserved: thread::current_id() as usize }
}

/// What a call of the calling thread gives its provider as lpThreadId.
pub(super) fn own() -> WSATHREADID {
    let handle = OWN.try_with(|own| {
        if own.0.get() == 0 {
            own.0.set(open().map_or(0, |id| id.ThreadHandle as usize));
        }
        own.0.get()
    });
    id_with(handle.unwrap_or(0))
}

/// A new WSATHREADID of the calling thread, which has to be [closed](close).
pub(super) fn open() -> Option<WSATHREADID> {
    object::open(Object::Thread(thread::current())).map(id_with)
}

/// Closes the handle in it; false if it is none of a thread.
pub(super) fn close(id: &WSATHREADID) -> bool {
    named(id).is_ok() && object::close(id.ThreadHandle as usize).is_some()
}

/// The thread that is meant; WSAEFAULT if none is (G164).
pub(super) fn named(id: &WSATHREADID) -> Result<Arc<Thread>, WsaError> {
    match object::find(id.ThreadHandle as usize) {
        Some(Object::Thread(thread)) => Ok(thread),
        _ => Err(WsaError::WSAEFAULT),
    }
}
