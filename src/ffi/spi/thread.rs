//! Threads as providers know them: WSATHREADID, and the calls that are queued for who it names.

use std::cell::Cell;
use std::ptr::{null, null_mut};
use std::sync::Arc;

use crate::error::WsaError;
use crate::win32::object::{self, Object};
use crate::win32::thread::{self, Thread};
use crate::windows::foundation::HANDLE;
use crate::windows::spi::WSATHREADID;

/// The calling thread's, for as long as it lives.
struct Own(Cell<WSATHREADID>);

impl Drop for Own {
    fn drop(&mut self) {
        object::close_own(self.0.get().ThreadHandle as usize);
    }
}

thread_local! {
    static OWN: Own = const { Own(Cell::new(WSATHREADID { ThreadHandle: null_mut(), Reserved: 0 })) };
}

fn id_with(handle: usize) -> WSATHREADID {
    WSATHREADID { ThreadHandle: handle as HANDLE, Reserved: thread::current_id() as usize }
}

/// What a call of the calling thread gives its provider as lpThreadId: good as long as the thread lives. NULL, which
/// means the calling thread, where there is no handle left.
pub(super) fn own() -> *const WSATHREADID {
    let own = OWN.try_with(|own| {
        if own.0.get().ThreadHandle.is_null() {
            own.0.set(open()?);
        }
        Some(own.0.as_ptr().cast_const())
    });
    // Pointers have a default for newer compilers only.
    let Ok(Some(id)) = own else { return null() };
    id
}

/// A new WSATHREADID of the calling thread, which has to be [closed](close).
pub(super) fn open() -> Option<WSATHREADID> {
    object::open(Object::Thread(thread::current())).map(id_with)
}

/// Closes the handle in it; false if it is none of a thread.
pub(super) fn close(id: &WSATHREADID) -> bool {
    named(id).is_ok() && object::close_own(id.ThreadHandle as usize).is_some()
}

/// The thread that is meant; WSAEFAULT if none is (G164).
pub(super) fn named(id: &WSATHREADID) -> Result<Arc<Thread>, WsaError> {
    match object::find(id.ThreadHandle as usize) {
        Some(Object::Thread(thread)) => Ok(thread),
        _ => Err(WsaError::WSAEFAULT),
    }
}
