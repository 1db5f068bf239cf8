//! One overlapped operation: its memory, how it is to be told of, and whether that is what happens.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use openws2::Win32::Foundation::*;
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::OVERLAPPED;
use openws2::Win32::System::Threading::*;

use crate::cell::{End, cause};
use crate::trace::{fail, note};

/// How an operation is to be told of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// An event that waits reset.
    Event,
    /// An event that is reset by hand.
    Manual,
    /// An event on a socket with a port, which a packet tells of as well.
    EventAndPort,
    /// An event whose handle is marked: no packet.
    EventOnly,
    /// Nothing but the OVERLAPPED itself, and the socket's handle.
    Handle,
    Port,
    Routine,
}

impl Way {
    pub fn has_event(self) -> bool {
        matches!(self, Self::Event | Self::Manual | Self::EventAndPort | Self::EventOnly)
    }
}

/// Who has told of an operation, and who is to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Reports {
    seen: u8,
    packet: u8,
    routine: u8,
}

/// Who tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// Somebody who looked: at the event, or at the OVERLAPPED.
    Look,
    Packet,
    Routine,
}

#[derive(Default)]
struct Life {
    began: bool,
    expected: Option<Reports>,
    got: Reports,
    /// What the call said of an operation that ended within it.
    said: Option<usize>,
    result: Option<(u32, usize)>,
}

/// The most that one receive or small send has.
pub const ROOM: usize = 2048;

/// An operation and all of its memory, the OVERLAPPED first.
#[repr(C)]
pub struct Op {
    overlapped: OVERLAPPED,
    pub flags: u32,
    pub name: SOCKADDR_IN,
    pub name_len: i32,
    pub buffer: Vec<u8>,
    pub way: Way,
    pub is_send: bool,
    pub len: usize,
    /// Where a send begins in its stream, or the number of a datagram.
    pub position: u64,
    turn: Option<u64>,
    end: Option<Arc<End>>,
    thread: u32,
    auto: HANDLE,
    manual: HANDLE,
    life: Mutex<Life>,
}

#[derive(Clone, Copy)]
pub struct OpPtr(pub *mut Op);
unsafe impl Send for OpPtr {}

/// Operations that somebody has to look at.
pub static TO_LOOK_AT: Mutex<Vec<OpPtr>> = Mutex::new(Vec::new());

/// Operations that have not been told of by all who will.
pub static ALIVE: AtomicI64 = AtomicI64::new(0);

/// How many ended with success, and how many were cancelled.
pub static SUCCEEDED: AtomicUsize = AtomicUsize::new(0);
pub static CANCELLED: AtomicUsize = AtomicUsize::new(0);

const POISON: usize = 0x7bad_7bad_7bad_7bad_u64 as usize;
const BUFFER_POISON: u8 = 0xd7;
const UNTOUCHED: u8 = 0xa5;

/// So many ended operations lie poisoned, for each thread, before their memory is used again.
const REST: usize = 48;

thread_local! {
    static RESTING: RefCell<VecDeque<OpPtr>> = const { RefCell::new(VecDeque::new()) };
    /// Routines that are to run in this thread.
    pub static ROUTINES: Cell<i64> = const { Cell::new(0) };
}

fn new_op() -> *mut Op {
    let auto = unsafe { CreateEventW(null_mut(), FALSE, FALSE, null_mut()) };
    let manual = unsafe { CreateEventW(null_mut(), TRUE, FALSE, null_mut()) };
    Box::into_raw(Box::new(Op {
        overlapped: OVERLAPPED::default(),
        flags: 0,
        name: SOCKADDR_IN::default(),
        name_len: 0,
        buffer: Vec::new(),
        way: Way::Handle,
        is_send: false,
        len: 0,
        position: 0,
        turn: None,
        end: None,
        thread: 0,
        auto,
        manual,
        life: Mutex::default(),
    }))
}

impl Op {
    /// An operation that is about to be begun.
    pub fn begin(
        end: &Arc<End>,
        way: Way,
        is_send: bool,
        len: usize,
        position: u64,
        turn: Option<u64>,
    ) -> *mut Self {
        let op = take_rested();
        let it = unsafe { &mut *op };
        let event = match way {
            Way::Event | Way::EventAndPort => it.auto,
            Way::Manual => it.manual,
            Way::EventOnly => (it.manual as usize | 1) as HANDLE,
            // With a routine the field is the program's own.
            Way::Routine => POISON as HANDLE,
            Way::Handle | Way::Port => null_mut(),
        };
        it.overlapped = OVERLAPPED { hEvent: event, ..OVERLAPPED::default() };
        it.buffer.clear();
        it.buffer.resize(len, UNTOUCHED);
        (it.flags, it.name_len) = (0, size_of::<SOCKADDR_IN>() as i32);
        (it.way, it.is_send, it.len, it.position, it.turn) = (way, is_send, len, position, turn);
        it.thread = unsafe { GetCurrentThreadId() };
        it.end = Some(Arc::clone(end));
        *it.life.lock().unwrap() = Life { began: true, ..Life::default() };
        end.begins(op, is_send);
        ALIVE.fetch_add(1, Ordering::SeqCst);
        if way == Way::Routine {
            ROUTINES.with(|n| n.set(n.get() + 1));
        }
        op
    }

    fn end(&self) -> &Arc<End> {
        self.end.as_ref().unwrap()
    }

    fn cell(&self) -> u64 {
        self.end.as_ref().map_or(0, |end| end.cell)
    }

    pub fn overlapped(op: *mut Self) -> *mut OVERLAPPED {
        op.cast()
    }

    pub fn event(&self) -> HANDLE {
        if self.way == Way::Manual || self.way == Way::EventOnly { self.manual } else { self.auto }
    }

    fn status(&self) -> u32 {
        let internal = (&raw const self.overlapped.Internal).cast_mut();
        unsafe { AtomicUsize::from_ptr(internal) }.load(Ordering::Acquire) as u32
    }

    /// The call that began it has returned.
    pub fn answered(op: *mut Self, result: i32, code: i32, bytes: u32) {
        let it = unsafe { &*op };
        let cell = it.cell();
        note(cell, if it.is_send { "send answered" } else { "receive answered" }, op as usize, code.into());
        let done = result == 0;
        if !done && code != WSA_IO_PENDING {
            return Self::refused(op, code);
        }
        let packets = it.way == Way::Port || it.way == Way::EventAndPort;
        let skips = done && it.end().skips;
        let looks = it.way.has_event() || (it.way == Way::Handle && !done);
        let expected = Reports {
            seen: looks.into(),
            packet: (packets && !skips).into(),
            routine: (it.way == Way::Routine).into(),
        };
        let over = {
            let mut life = it.life.lock().unwrap();
            life.expected = Some(expected);
            if done {
                life.said = Some(bytes as usize);
                if let Some((status, count)) = life.result {
                    it.compare_with_said(status, count, bytes as usize);
                }
                if expected == Reports::default() {
                    let result = (it.status(), it.overlapped.InternalHigh);
                    it.take_result(&mut life, result);
                }
            }
            it.is_over(&life)
        };
        if over {
            Self::retire(op);
        } else if looks {
            TO_LOOK_AT.lock().unwrap().push(OpPtr(op));
        }
    }

    fn refused(op: *mut Self, code: i32) {
        let it = unsafe { &*op };
        let known = [
            WSAECONNRESET,
            WSAECONNABORTED,
            WSAENOTSOCK,
            WSAESHUTDOWN,
            WSA_OPERATION_ABORTED,
            WSAENETRESET,
            WSAEINTR,
        ];
        if !known.contains(&code) {
            fail(it.cell(), &format!("operation {op:p} ({:?}) was refused with {code}", it.way));
        }
        let life = it.life.lock().unwrap();
        if life.got != Reports::default() {
            fail(it.cell(), &format!("operation {op:p} was told of, and then refused with {code}"));
        }
        drop(life);
        it.give_up();
        if it.way == Way::Routine {
            ROUTINES.with(|n| n.set(n.get() - 1));
        }
        unsafe { (*op).poison() };
        Self::retire(op);
    }

    /// Nobody tells of it any more: its thread has ended.
    pub fn abandoned(op: *mut Self) {
        let it = unsafe { &*op };
        let mut life = it.life.lock().unwrap();
        let result = (it.status(), it.overlapped.InternalHigh);
        if result.0 == STATUS_PENDING as u32 {
            fail(it.cell(), &format!("operation {op:p} pends after the end of its thread"));
        }
        it.take_result(&mut life, result);
        drop(life);
        Self::retire(op);
    }

    /// Somebody tells of it.
    pub fn told(op: *mut Self, by: By, bytes: Option<u32>) {
        let it = unsafe { &*op };
        let mut life = it.life.lock().unwrap();
        let cell = it.cell();
        note(cell, by.name(), op as usize, it.status().into());
        if !life.began {
            fail(cell, &format!("operation {op:p} was told of by {by:?} after its end"));
        }
        match by {
            By::Look => life.got.seen += 1,
            By::Packet => life.got.packet += 1,
            By::Routine => life.got.routine += 1,
        }
        let right = match by {
            By::Look => it.way.has_event() || it.way == Way::Handle,
            By::Packet => it.way == Way::Port || it.way == Way::EventAndPort,
            By::Routine => it.way == Way::Routine,
        };
        let twice = life.got.seen > 1 || life.got.packet > 1 || life.got.routine > 1;
        let unasked = life
            .expected
            .is_some_and(|expected| life.got.packet > expected.packet || life.got.routine > expected.routine);
        if !right || twice || unasked {
            fail(cell, &format!("operation {op:p} ({:?}) was told of by {by:?}: {:?}", it.way, life.got));
        }
        if life.result.is_none() {
            let result = (it.status(), it.overlapped.InternalHigh);
            it.take_result(&mut life, result);
        }
        let count = life.result.map(|result| result.1);
        if bytes.is_some_and(|bytes| Some(bytes as usize) != count) {
            fail(cell, &format!("operation {op:p}: {by:?} told {bytes:?} bytes, not {count:?}"));
        }
        let over = it.is_over(&life);
        drop(life);
        if over {
            Self::retire(op);
        }
    }

    /// Looks whether it has ended, if nobody has told of that.
    pub fn has_ended(op: *mut Self) -> bool {
        let it = unsafe { &*op };
        let life = it.life.lock().unwrap();
        life.result.is_some() || it.status() != STATUS_PENDING as u32
    }

    /// For whoever looks at a run that failed.
    pub fn tell(op: *const Self) -> String {
        let it = unsafe { &*op };
        let life = it.life.lock().unwrap();
        format!(
            "  {op:p} {:?} {} {:#x} {:?} expected {:?} thread {}\n",
            it.way,
            if it.is_send { "send" } else { "receive" },
            it.status(),
            life.got,
            life.expected,
            it.thread
        )
    }

    pub fn end_of(op: *mut Self) -> Arc<End> {
        Arc::clone(unsafe { &*op }.end())
    }

    fn is_over(&self, life: &Life) -> bool {
        life.expected == Some(life.got)
    }

    fn compare_with_said(&self, status: u32, count: usize, said: usize) {
        if status as i32 != STATUS_SUCCESS || count != said {
            fail(
                self.cell(),
                &format!("{self:p} ended with {status:#x}, {count} bytes; the call said {said}"),
            );
        }
    }

    /// The operation has ended so: it is held to that, and its memory is the program's again.
    fn take_result(&self, life: &mut Life, (status, bytes): (u32, usize)) {
        life.result = Some((status, bytes));
        if let Some(said) = life.said {
            self.compare_with_said(status, bytes, said);
        }
        self.judge(status, bytes);
        // What others still have to tell does not need the memory.
        let this = std::ptr::from_ref(self).cast_mut();
        unsafe { (*this).poison() };
    }

    fn judge(&self, status: u32, bytes: usize) {
        let end = self.end();
        let wrong = |what: &str| -> ! {
            let kind = if self.is_send { "send" } else { "receive" };
            fail(
                self.cell(),
                &format!("{kind} {self:p} ({:?}): {what}: {status:#x}, {bytes} bytes", self.way),
            )
        };
        if bytes > self.len {
            wrong("too many bytes");
        }
        let success = status as i32 == STATUS_SUCCESS;
        let cut = status as i32 == STATUS_BUFFER_OVERFLOW && !end.stream && !self.is_send;
        if success {
            SUCCEEDED.fetch_add(1, Ordering::Relaxed);
        } else if !cut {
            CANCELLED.fetch_add(1, Ordering::Relaxed);
            if !explains(end, status) {
                wrong("nothing explains this end");
            }
        }
        if self.is_send {
            if success && bytes != self.len {
                wrong("not everything was sent");
            }
            return if success { self.was_sent() } else { self.give_up() };
        }
        if !success && !cut {
            if bytes != 0 || self.buffer.iter().any(|&byte| byte != UNTOUCHED) {
                wrong("a receive that failed has taken something");
            }
            return;
        }
        note(self.cell(), "took", bytes, i64::from_be_bytes(*self.buffer.first_chunk().unwrap()));
        let taken = match end.stream {
            true => end.received.lock().unwrap().take(&self.buffer[..bytes], self.turn),
            false => end.datagrams.lock().unwrap().take(end.cell, &self.buffer[..bytes], cut),
        };
        if let Err(why) = taken {
            wrong(&why);
        }
    }

    fn was_sent(&self) {
        let end = self.end();
        if !end.stream {
            // The number belongs to the receiving end's books, where `position` comes from.
            end.peer().datagrams.lock().unwrap().sent(self.position as u32);
        }
    }

    /// A send has failed: a part may have gone.
    fn give_up(&self) {
        if self.is_send && self.end().stream {
            self.end().cuts.lock().unwrap().push((self.position, self.len as u64));
        }
    }

    fn poison(&mut self) {
        unsafe {
            AtomicUsize::from_ptr(&raw mut self.overlapped.Internal).store(POISON, Ordering::Relaxed);
        }
        self.overlapped.InternalHigh = POISON;
        self.overlapped.Anonymous.Pointer = POISON as _;
        self.overlapped.hEvent = POISON as HANDLE;
        (self.flags, self.name_len) = (POISON as u32, POISON as i32);
        self.name.sin_port = POISON as u16;
        self.buffer.fill(BUFFER_POISON);
    }

    fn check_poison(&self) {
        let overlapped = &self.overlapped;
        let whole = overlapped.Internal == POISON
            && overlapped.InternalHigh == POISON
            && unsafe { overlapped.Anonymous.Pointer } as usize == POISON
            && overlapped.hEvent as usize == POISON
            && (self.flags, self.name_len) == (POISON as u32, POISON as i32)
            && self.name.sin_port == POISON as u16
            && self.buffer.iter().all(|&byte| byte == BUFFER_POISON);
        if !whole {
            fail(self.cell(), &format!("operation {self:p} was written to after its end"));
        }
        for event in [self.auto, self.manual] {
            if unsafe { WaitForSingleObject(event, 0) } != WAIT_TIMEOUT {
                fail(self.cell(), &format!("the event of operation {self:p} was set after its end"));
            }
        }
    }

    fn retire(op: *mut Self) {
        let it = unsafe { &*op };
        it.life.lock().unwrap().began = false;
        let end = Arc::clone(it.end());
        note(end.cell, "over", op as usize, 0);
        // The other event has been reset by the wait for it.
        unsafe { ResetEvent(it.manual) };
        RESTING.with(|resting| resting.borrow_mut().push_back(OpPtr(op)));
        end.ended(op, it.is_send);
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Look => "told by a look",
            Self::Packet => "told by a packet",
            Self::Routine => "told by a routine",
        }
    }
}

/// Whether something has happened to the end that lets operations fail so.
fn explains(end: &End, status: u32) -> bool {
    let causes = match status as i32 {
        STATUS_CANCELLED => cause::CANCELLED | cause::CLOSED | cause::THREAD_ENDED,
        // After a send to a peer that has gone every call says so.
        STATUS_CONNECTION_ABORTED => cause::CLOSED | cause::PEER_CLOSED,
        STATUS_CONNECTION_RESET | STATUS_CONNECTION_DISCONNECTED => cause::PEER_CLOSED,
        STATUS_PORT_UNREACHABLE => cause::PEER_CLOSED,
        _ => 0,
    };
    end.has(causes)
}

/// Memory of an operation that ended long ago, or new memory.
fn take_rested() -> *mut Op {
    let rested = RESTING.with(|resting| {
        let mut resting = resting.borrow_mut();
        if resting.len() > REST { resting.pop_front() } else { None }
    });
    let Some(OpPtr(op)) = rested else { return new_op() };
    unsafe { (*op).check_poison() };
    if op as usize >> 6 & 3 == 0 {
        // The allocator gives it to whomever it likes.
        unsafe { free(op) };
        return new_op();
    }
    op
}

unsafe fn free(op: *mut Op) {
    let it = unsafe { Box::from_raw(op) };
    unsafe {
        CloseHandle(it.auto);
        CloseHandle(it.manual);
    }
}

/// The thread ends: checks what still lies.
pub fn rest_in_peace() {
    for OpPtr(op) in RESTING.with(|resting| std::mem::take(&mut *resting.borrow_mut())) {
        unsafe {
            (*op).check_poison();
            free(op);
        }
    }
}

/// The routine of all operations that have one.
pub unsafe extern "system" fn routine(code: u32, bytes: u32, overlapped: *mut OVERLAPPED, _: u32) {
    let op = overlapped.cast::<Op>();
    let it = unsafe { &*op };
    if it.thread != unsafe { GetCurrentThreadId() } {
        fail(it.cell(), &format!("the routine of {op:p} runs in another thread"));
    }
    if (code == 0) != (it.status() as i32 == STATUS_SUCCESS) {
        fail(it.cell(), &format!("the routine of {op:p} is told {code}, status {:#x}", it.status()));
    }
    ROUTINES.with(|n| n.set(n.get() - 1));
    Op::told(op, By::Routine, Some(bytes));
}
