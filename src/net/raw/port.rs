//! Completion ports: packets are taken from them, and belong to operations only if their address is known.
//!
//! A port keeps every operation that can bring it a packet, from its begin until that packet is taken. So an address
//! in a packet means one operation, however long the packet has lain there, and is never followed.
#![allow(unsafe_code)] // Calls Windows' functions.

use std::collections::HashMap;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::last_win32_error;
use super::operation::Block;
use super::socket::Raw;
use crate::Win32::Foundation::{CloseHandle, HANDLE, INVALID_HANDLE_VALUE, WAIT_TIMEOUT};
use crate::Win32::System::IO as io;
use crate::error::WsaError;
use crate::status::NtStatus;

/// The operations that a port is to hear of, by the address that their packet will have; None once it is closed.
#[derive(Default)]
pub(in crate::net) struct Expected(Mutex<Option<HashMap<usize, Arc<Block>>>>);

impl Expected {
    fn lock(&self) -> MutexGuard<'_, Option<HashMap<usize, Arc<Block>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be called before the operation begins.
    pub(in crate::net) fn expect(&self, block: &Arc<Block>) {
        if let Some(expected) = self.lock().as_mut() {
            expected.insert(block.address(), Arc::clone(block));
        }
    }

    /// The operation did not begin.
    pub(in crate::net) fn forget(&self, block: &Block) {
        self.take(block.address());
    }

    fn take(&self, address: usize) -> Option<Arc<Block>> {
        self.lock().as_mut()?.remove(&address)
    }
}

impl std::fmt::Debug for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.lock().as_ref().map(HashMap::len);
        f.debug_tuple("Expected").field(&count).finish()
    }
}

/// What a port says of one end.
pub(in crate::net) struct RawPacket {
    pub(in crate::net) key: usize,
    pub(in crate::net) bytes: u32,
    pub(in crate::net) status: NtStatus,
    pub(in crate::net) operation: Option<u64>,
}

/// A port's handle. Dropping it closes it.
#[derive(Debug)]
pub(in crate::net) struct RawPort {
    handle: HANDLE,
    expected: Arc<Expected>,
}

// SAFETY: the number of an object that any thread may use, several at a time.
unsafe impl Send for RawPort {}
// SAFETY: as above.
unsafe impl Sync for RawPort {}

impl RawPort {
    /// The most packets of one call.
    const MOST: usize = 1024;

    pub(in crate::net) fn new(threads: u32) -> Result<Self, WsaError> {
        // SAFETY: numbers.
        let handle = unsafe { io::CreateIoCompletionPort(INVALID_HANDLE_VALUE, ptr::null_mut(), 0, threads) };
        let expected = Arc::new(Expected(Mutex::new(Some(HashMap::new()))));
        if handle.is_null() { Err(last_win32_error()) } else { Ok(Self { handle, expected }) }
    }

    /// Has the packets of the socket's operations come here; who begins one is to let it be expected.
    pub(in crate::net) fn associate(&self, socket: &Raw, key: usize) -> Result<Arc<Expected>, WsaError> {
        // SAFETY: numbers; the port's handle is open.
        let port = unsafe { io::CreateIoCompletionPort(socket.number() as HANDLE, self.handle, key, 0) };
        if port.is_null() { Err(last_win32_error()) } else { Ok(Arc::clone(&self.expected)) }
    }

    /// Waits for one packet, and takes up to `most` of those that are there then.
    pub(in crate::net) fn take(
        &self,
        most: usize,
        milliseconds: u32,
        mut each: impl FnMut(RawPacket),
    ) -> Result<usize, WsaError> {
        let mut one = [io::OVERLAPPED_ENTRY::default()];
        let mut many = Vec::new();
        let entries = if most <= 1 {
            &mut one[..]
        } else {
            many.resize(most.min(Self::MOST), io::OVERLAPPED_ENTRY::default());
            &mut many[..]
        };
        let (to, room) = (entries.as_mut_ptr(), entries.len() as u32);
        let mut count = 0;
        // SAFETY: as many entries; the OVERLAPPEDs of operations that were begun on this port's sockets stay until
        // their packets are taken.
        let taken = unsafe {
            io::GetQueuedCompletionStatusEx(self.handle, to, room, &raw mut count, milliseconds, 0)
        };
        if taken == 0 {
            let error = last_win32_error();
            return if error.code() == WAIT_TIMEOUT as i32 { Ok(0) } else { Err(error) };
        }
        for entry in &entries[..count as usize] {
            each(RawPacket {
                key: entry.lpCompletionKey,
                bytes: entry.dwNumberOfBytesTransferred,
                status: NtStatus::from_code(entry.Internal as u32),
                operation: self.expected.take(entry.lpOverlapped as usize).map(|block| block.id()),
            });
        }
        Ok(count as usize)
    }

    pub(in crate::net) fn post(&self, key: usize, bytes: u32) -> Result<(), WsaError> {
        // SAFETY: numbers, and no OVERLAPPED.
        let posted = unsafe { io::PostQueuedCompletionStatus(self.handle, bytes, key, ptr::null_mut()) };
        if posted == 0 { Err(last_win32_error()) } else { Ok(()) }
    }
}

impl Drop for RawPort {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and nobody has it any more.
        unsafe { CloseHandle(self.handle) };
        // No packet is taken any more. Who has an operation that pends keeps its memory.
        let expected = self.expected.lock().take();
        drop(expected);
    }
}
