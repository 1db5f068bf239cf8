//! Pairs of sockets that talk to each other, and who may use which handle when.
//!
//! A handle that is closed must not be used after its number has come again, which is a program's duty: so
//! no socket is made while anyone still is inside a call on a handle that has been closed.

use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, RwLock, Weak};

use openws2::Win32::Foundation::*;
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::Storage::FileSystem::*;
use openws2::Win32::System::IO::*;
use openws2::Win32::System::WindowsProgramming::FILE_SKIP_COMPLETION_PORT_ON_SUCCESS;

use crate::chance::Chance;
use crate::ops::Op;
use crate::stream::{Datagrams, Received};
use crate::trace::{fail, note};
use crate::util::*;

/// Held to make sockets, and from the closing of a handle until everybody has left it.
pub fn making() -> MutexGuard<'static, ()> {
    static MAKING: Mutex<()> = Mutex::new(());
    MAKING.lock().unwrap()
}

/// One SOCKET.
pub struct Handle {
    pub socket: SOCKET,
    users: AtomicUsize,
}

/// A stay inside a call on a handle that is open when it begins.
pub struct Inside(Arc<Handle>);

impl Inside {
    pub fn socket(&self) -> SOCKET {
        self.0.socket
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.users.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Handle {
    fn new(socket: SOCKET) -> Arc<Self> {
        Arc::new(Self { socket, users: AtomicUsize::new(0) })
    }

    fn enter(self: &Arc<Self>) -> Inside {
        self.users.fetch_add(1, Ordering::SeqCst);
        Inside(Arc::clone(self))
    }

    /// Closes it under those that are inside; the caller holds [`making`].
    fn close(&self, cell: u64) {
        note(cell, "closesocket", self.socket, 0);
        if close(self.socket) != 0 {
            fail(cell, &format!("closesocket {}: {}", self.socket, last_error()));
        }
        let began = std::time::Instant::now();
        while self.users.load(Ordering::SeqCst) > 0 {
            if began.elapsed() > crate::LATE {
                fail(cell, &format!("nobody leaves the closed socket {}", self.socket));
            }
            std::thread::yield_now();
        }
    }
}

/// What may have happened to an end, and so explains how its operations end.
pub mod cause {
    pub const CANCELLED: u32 = 1;
    pub const CLOSED: u32 = 2;
    pub const PEER_CLOSED: u32 = 4;
    pub const SHUT: u32 = 8;
    pub const THREAD_ENDED: u32 = 16;
}

/// One of the two objects of a cell, by whatever handles it is known.
pub struct End {
    pub cell: u64,
    pub stream: bool,
    pub port: Option<usize>,
    pub skips: bool,
    /// Posted under a lock, so that the order among receives is known.
    pub ordered: bool,
    /// Sends that fill the host's buffers.
    pub big: bool,
    handles: RwLock<Vec<Arc<Handle>>>,
    pub causes: AtomicU32,
    pub posting: Mutex<u64>,
    /// How many bytes were sent; held during a send, in which routines run.
    pub sent: Mutex<u64>,
    pub cuts: Mutex<Vec<(u64, u64)>>,
    pub stopped: AtomicBool,
    pub received: Mutex<Received>,
    /// Of the datagrams that come to this end.
    pub datagrams: Mutex<Datagrams>,
    pub receives: AtomicI64,
    pub sends: AtomicI64,
    /// Operations that have not been told of; the addresses are only compared.
    pub pending: Mutex<Vec<usize>>,
    pub name: SOCKADDR_IN,
    peer: OnceLock<Weak<End>>,
}

impl End {
    fn new(cell: u64, shape: &Shape, socket: SOCKET) -> Arc<Self> {
        Arc::new(Self {
            cell,
            stream: shape.stream,
            port: shape.port,
            skips: shape.skips,
            ordered: shape.ordered,
            big: shape.big,
            handles: RwLock::new(vec![Handle::new(socket)]),
            causes: AtomicU32::new(0),
            posting: Mutex::new(0),
            sent: Mutex::new(0),
            cuts: Mutex::default(),
            stopped: AtomicBool::new(false),
            received: Mutex::default(),
            datagrams: Mutex::default(),
            receives: AtomicI64::new(0),
            sends: AtomicI64::new(0),
            pending: Mutex::default(),
            name: loopback(port_of(socket)),
            peer: OnceLock::new(),
        })
    }

    pub fn peer(&self) -> Arc<Self> {
        // Both belong to the cell, which whoever has an end holds, or an operation of the peer's.
        self.peer.get().unwrap().upgrade().unwrap()
    }

    /// A handle to use, whichever.
    pub fn enter(&self, chance: &mut Chance) -> Option<Inside> {
        let handles = self.handles.read().unwrap();
        if handles.is_empty() {
            return None;
        }
        // Under the lock: who takes a handle away to close it sees everybody who is inside.
        Some(handles[chance.below(handles.len())].enter())
    }

    pub fn handles(&self) -> usize {
        self.handles.read().unwrap().len()
    }

    pub fn mark(&self, cause: u32) {
        self.causes.fetch_or(cause, Ordering::SeqCst);
    }

    pub fn has(&self, causes: u32) -> bool {
        self.causes.load(Ordering::SeqCst) & causes != 0
    }

    /// WSADuplicateSocket, and the other half of it.
    pub fn duplicate(&self, chance: &mut Chance) {
        let _making = making();
        let Some(inside) = self.enter(chance) else { return };
        let mut record = WSAPROTOCOL_INFOW::default();
        let done = unsafe { WSADuplicateSocketW(inside.socket(), std::process::id(), &mut record) };
        if done != 0 {
            fail(self.cell, &format!("WSADuplicateSocket: {}", last_error()));
        }
        let twin = unsafe { WSASocketW(-1, -1, -1, &record, 0, WSA_FLAG_OVERLAPPED) };
        if twin == INVALID_SOCKET {
            fail(self.cell, &format!("WSASocket: {}", last_error()));
        }
        note(self.cell, "duplicate", inside.socket(), twin as i64);
        limit_calls(twin);
        self.handles.write().unwrap().push(Handle::new(twin));
    }

    /// Closes a handle; only `even_last` closes the last one. Whether the object is gone.
    pub fn close_one(&self, chance: &mut Chance, even_last: bool) -> bool {
        let _making = making();
        let handle = {
            let mut handles = self.handles.write().unwrap();
            match handles.len() {
                0 => return true,
                1 if !even_last => return false,
                n => handles.swap_remove(chance.below(n)),
            }
        };
        let last = self.handles() == 0;
        if last {
            self.mark(cause::CLOSED);
        }
        handle.close(self.cell);
        last
    }

    pub fn cancel_named(&self, chance: &mut Chance) {
        let pending = self.pending.lock().unwrap();
        if pending.is_empty() {
            return;
        }
        let named = pending[chance.below(pending.len())];
        drop(pending);
        self.mark(cause::CANCELLED);
        let Some(inside) = self.enter(chance) else { return };
        let done = unsafe { CancelIoEx(inside.socket() as HANDLE, named as *const OVERLAPPED) };
        note(self.cell, "CancelIoEx", named, done.into());
    }

    pub fn cancel_all(&self, chance: &mut Chance) {
        self.mark(cause::CANCELLED);
        let Some(inside) = self.enter(chance) else { return };
        let done = unsafe { CancelIoEx(inside.socket() as HANDLE, null()) };
        note(self.cell, "CancelIoEx all", inside.socket(), done.into());
    }

    pub fn cancel_own(&self, chance: &mut Chance) {
        self.mark(cause::CANCELLED);
        let Some(inside) = self.enter(chance) else { return };
        let done = unsafe { CancelIo(inside.socket() as HANDLE) };
        note(self.cell, "CancelIo", inside.socket(), done.into());
    }

    pub fn begins(&self, op: *mut Op, is_send: bool) {
        self.count(is_send).fetch_add(1, Ordering::SeqCst);
        self.pending.lock().unwrap().push(op as usize);
    }

    pub fn ended(&self, op: *mut Op, is_send: bool) {
        let mut pending = self.pending.lock().unwrap();
        if let Some(place) = pending.iter().position(|&other| other == op as usize) {
            pending.swap_remove(place);
        }
        self.count(is_send).fetch_sub(1, Ordering::SeqCst);
    }

    fn count(&self, is_send: bool) -> &AtomicI64 {
        if is_send { &self.sends } else { &self.receives }
    }

    pub fn pends(&self) -> i64 {
        self.receives.load(Ordering::SeqCst) + self.sends.load(Ordering::SeqCst)
    }
}

/// What kind of cell it is.
pub struct Shape {
    stream: bool,
    port: Option<usize>,
    skips: bool,
    ordered: bool,
    big: bool,
}

impl Shape {
    pub fn any(chance: &mut Chance, ports: usize) -> Self {
        let port = chance.in_100(60).then(|| chance.below(ports));
        let stream = chance.in_100(65);
        Self {
            stream,
            port,
            skips: chance.in_100(40),
            ordered: chance.in_100(50),
            big: stream && chance.in_100(15),
        }
    }
}

/// Two objects that talk to each other.
pub struct Cell {
    pub id: u64,
    pub ends: [Arc<End>; 2],
    pub steps_left: AtomicI64,
    pub ending: AtomicBool,
}

/// Synchronous calls give up soon: their timeouts are to meet data and cancellation, too.
fn limit_calls(socket: SOCKET) {
    set_option(socket, SO_RCVTIMEO, 5);
    set_option(socket, SO_SNDTIMEO, 50);
}

impl Cell {
    pub fn new(id: u64, shape: &Shape, ports: &[usize], steps: i64) -> Arc<Self> {
        let _making = making();
        let (a, b) = if shape.stream { tcp_pair() } else { (udp_bound(), udp_bound()) };
        for socket in [a, b] {
            limit_calls(socket);
            if shape.big {
                set_option(socket, SO_SNDBUF, 8192);
                set_option(socket, SO_RCVBUF, 8192);
            }
            if let Some(port) = shape.port {
                let handle = ports[port] as HANDLE;
                let joined = unsafe { CreateIoCompletionPort(socket as HANDLE, handle, id as usize, 0) };
                assert_ne!(joined, null_mut(), "{}", unsafe { GetLastError() });
            }
            if shape.skips {
                let mode = FILE_SKIP_COMPLETION_PORT_ON_SUCCESS as u8;
                assert_eq!(unsafe { SetFileCompletionNotificationModes(socket as HANDLE, mode) }, TRUE);
            }
        }
        note(id, if shape.stream { "new TCP" } else { "new UDP" }, a, b as i64);
        let ends = [End::new(id, shape, a), End::new(id, shape, b)];
        let _ = ends[0].peer.set(Arc::downgrade(&ends[1]));
        let _ = ends[1].peer.set(Arc::downgrade(&ends[0]));
        Arc::new(Self { id, ends, steps_left: AtomicI64::new(steps), ending: AtomicBool::new(false) })
    }
}
