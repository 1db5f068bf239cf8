//! Which threads are inside a call, and on which descriptors: what closesocket has to know.
//!
//! A call notes its descriptor in its thread's own cell and takes the note back when it leaves; nobody
//! else writes there, so the note costs no lock. closesocket reads the cells of all threads. The thread's
//! last error lives here too, beside the cell.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering, compiler_fence, fence};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::reasons;
use crate::sys::{self, Bell, Fd, KeptErrno, Thread};
use crate::win32::{apc, idle, thread};

/// How deep calls nest: a completion routine that runs inside a blocking call may call again.
const DEPTH: usize = 8;

/// How much deeper the thread goes that leads: the host tells it once of what has come, however deep it is itself.
const LEADS_DEEPER: usize = 4;

/// One thread's notes.
pub(crate) struct ThreadCell {
    /// Descriptor plus one, shifted left; the low bit says that the call may block in the host, the highest
    /// that it is cancelled.
    notes: [AtomicU32; DEPTH + LEADS_DEEPER],
    depth: AtomicUsize,
    /// How often the thread has looked again at what its call waits for.
    looks: AtomicU32,
    /// The thread's identifier; 0 is none.
    id: AtomicU32,
    /// Calls have been queued for the thread, or may be, or it has a blocking hook: it does not wait in the host,
    /// where neither runs.
    alertable: AtomicBool,
    /// The descriptors of a wait for several.
    waits: Mutex<Vec<Fd>>,
    /// Never dropped: who rings may do so while the thread makes a new one.
    bell: Mutex<Option<&'static Bell>>,
    thread: Mutex<Option<Thread>>,
}

/// A note's bit for a call that is cancelled.
const CANCELLED: u32 = 1 << 31;

static CELLS: Mutex<Vec<&'static ThreadCell>> = Mutex::new(Vec::new());

/// The process that the cells tell of: a child after fork has one thread and none of the others' calls.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Whether closesocket fences for everybody, so that a note needs no fence of its own.
static LIGHT: AtomicBool = AtomicBool::new(false);

/// What belongs to the calling thread. One block, because in a shared library each block costs a call.
struct Local {
    cell: Cell<Option<&'static ThreadCell>>,
    /// One slot for WSAGetLastError and GetLastError (G206).
    last_error: Cell<u32>,
}

thread_local! {
    static LOCAL: Local = const { Local { cell: Cell::new(None), last_error: Cell::new(0) } };
    static RETURN: ReturnAtExit = const { ReturnAtExit };
}

/// The calling thread's last error.
#[inline]
pub(crate) fn last_error() -> u32 {
    LOCAL.with(|local| local.last_error.get())
}

/// Sets the calling thread's last error.
#[inline(always)]
pub(crate) fn set_last_error(code: u32) {
    LOCAL.with(|local| local.last_error.set(code));
}

/// Gives the calling thread's last error, and errno with it, back as they were when this is dropped.
pub(crate) struct KeptErrors {
    last_error: u32,
    _errno: KeptErrno,
}

impl KeptErrors {
    pub(crate) fn new() -> Self {
        Self { last_error: last_error(), _errno: KeptErrno::new() }
    }
}

impl Drop for KeptErrors {
    fn drop(&mut self) {
        set_last_error(self.last_error);
    }
}

fn own_cell() -> Option<&'static ThreadCell> {
    LOCAL.with(|local| local.cell.get())
}

/// Gives the cell back when its thread ends, for the next thread.
struct ReturnAtExit;

impl Drop for ReturnAtExit {
    fn drop(&mut self) {
        give_back();
    }
}

/// The calling thread needs its cell no more: it is free for another one.
pub(crate) fn give_back() {
    if let Some(cell) = LOCAL.with(|local| local.cell.take()) {
        let _cells = all();
        cell.clear();
        *lock(&cell.thread) = None;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn all() -> MutexGuard<'static, Vec<&'static ThreadCell>> {
    let cells = lock(&CELLS);
    let process = std::process::id();
    if PROCESS.swap(process, Ordering::Relaxed) != process {
        let own = own_cell();
        cells.iter().for_each(|cell| cell.after_fork(own.is_some_and(|own| std::ptr::eq(own, *cell))));
    }
    cells
}

#[inline(always)]
fn mine() -> &'static ThreadCell {
    match own_cell() {
        Some(cell) => cell,
        None => claim(),
    }
}

#[cold]
fn claim() -> &'static ThreadCell {
    let mut cells = all();
    if cells.is_empty() {
        LIGHT.store(sys::can_fence_all_threads(), Ordering::SeqCst);
    }
    let free = cells.iter().copied().find(|cell| lock(&cell.thread).is_none());
    let cell = free.unwrap_or_else(|| {
        let new: &'static ThreadCell = Box::leak(Box::new(ThreadCell {
            notes: [const { AtomicU32::new(0) }; DEPTH + LEADS_DEEPER],
            depth: AtomicUsize::new(0),
            looks: AtomicU32::new(0),
            id: AtomicU32::new(0),
            alertable: AtomicBool::new(false),
            waits: Mutex::new(Vec::new()),
            bell: Mutex::new(None),
            thread: Mutex::new(None),
        }));
        cells.push(new);
        new
    });
    // A thread that ended inside a call has left its notes.
    cell.clear();
    *lock(&cell.thread) = Some(sys::current_thread());
    let thread = thread::current();
    let id = thread.id();
    cell.id.store(id, Ordering::SeqCst);
    thread.apcs().set_alarm(move || alarm(cell, id));
    cell.alertable.store(thread.apcs().any(), Ordering::SeqCst);
    LOCAL.with(|local| local.cell.set(Some(cell)));
    // At the very end of a thread its locals are gone; whoever needs a cell then gives it back with `leave`.
    let _ = RETURN.try_with(|_| ());
    cell
}

/// The calling thread does not wait in the host from here on.
pub(crate) fn become_alertable() {
    mine().alertable.store(true, Ordering::SeqCst);
}

/// The calling thread's note that it is inside a call; the [`Socket`](super::table::Socket) takes it back.
pub(crate) struct Note {
    cell: &'static ThreadCell,
    depth: usize,
}

/// Notes that this thread is about to use the descriptor, in a call that may sit in the host for ever or
/// in one that ends by itself. None when calls nest too deeply.
///
/// Either closesocket sees this note, or the caller, who looks at the facts next, sees closesocket's mark.
#[inline(always)]
pub(crate) fn note(fd: Fd, may_block: bool) -> Option<Note> {
    let cell = mine();
    let depth = cell.depth.load(Ordering::Relaxed);
    if depth >= DEPTH && !idle::is_leading() {
        return None;
    }
    let slot = cell.notes.get(depth)?;
    slot.store((fd as u32 + 1) << 1 | u32::from(may_block), Ordering::Relaxed);
    fence_lightly();
    cell.depth.store(depth + 1, Ordering::Relaxed);
    Some(Note { cell, depth })
}

/// A fence for what is done often, whose other side [fences heavily](fence_heavily).
#[inline(always)]
pub(crate) fn fence_lightly() {
    if LIGHT.load(Ordering::Relaxed) {
        compiler_fence(Ordering::SeqCst);
    } else {
        fence(Ordering::SeqCst);
    }
}

/// After closesocket's mark: every note that was made without seeing it can be seen from here on.
pub(crate) fn see_all_notes() {
    fence_heavily();
}

/// What other threads did before they [fenced lightly](fence_lightly) can be seen from here on, or they see
/// what was done here.
pub(crate) fn fence_heavily() {
    if LIGHT.load(Ordering::Relaxed) {
        sys::fence_all_threads();
    } else {
        fence(Ordering::SeqCst);
    }
}

/// A call is queued for the thread, which may sit in a call on a socket.
fn alarm(cell: &'static ThreadCell, id: u32) {
    if cell.id.load(Ordering::SeqCst) != id {
        // The cell is another thread's by now.
        return;
    }
    if !cell.alertable.swap(true, Ordering::SeqCst) {
        see_all_notes();
        let looks = cell.looks.load(Ordering::SeqCst);
        cell.interrupt_while(|| cell.looks.load(Ordering::SeqCst) == looks && cell.is_blocking());
    }
    cell.ring();
}

impl Note {
    /// Whether the thread runs calls that are queued for it while it waits (F071).
    #[inline(always)]
    pub(crate) fn is_alertable(&self) -> bool {
        self.cell.alertable.load(Ordering::Relaxed)
    }

    /// Calls are going to be queued for the thread.
    pub(crate) fn become_alertable(&self) {
        self.cell.alertable.store(true, Ordering::SeqCst);
    }

    /// Whether somebody has cancelled the call.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cell.notes[self.depth].load(Ordering::SeqCst) & CANCELLED != 0
    }

    /// The call looks again at what it waits for, before it waits once more.
    pub(crate) fn renew(&self) {
        self.cell.looks.fetch_add(1, Ordering::SeqCst);
    }

    /// The call has left.
    #[inline(always)]
    pub(crate) fn take_back(&self) {
        self.cell.depth.store(self.depth, Ordering::Relaxed);
        self.cell.notes[self.depth].store(0, Ordering::Release);
        // The caller looks for DEFERRED next: as in `note`, one of the two sides sees the other.
        fence_lightly();
    }
}

/// How a descriptor is used; a later kind outweighs an earlier one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// No thread is inside a call on it.
    None,
    /// Threads are inside calls that end by themselves.
    Brief,
    /// A thread waits for it among others.
    Waiting,
    /// A thread is inside a call that may sit in the host for ever.
    Blocking,
}

/// How the descriptor is used by threads other than the calling one.
pub(crate) fn used(fd: Fd) -> Use {
    let own = own_cell();
    let others = all();
    let others = others.iter().filter(|cell| own.is_none_or(|own| !std::ptr::eq(own, **cell)));
    others.map(|cell| cell.use_of(fd)).max().unwrap_or(Use::None)
}

/// Whether the calling thread itself is inside a call on the descriptor (a completion routine closes it).
pub(crate) fn used_here(fd: Fd) -> bool {
    own_cell().is_some_and(|cell| cell.use_of(fd) != Use::None)
}

/// Interrupts every thread that may be waiting on this descriptor, in the host or in a wait for several.
pub(crate) fn interrupt(fd: Fd) {
    interrupt_those(fd, |_| true);
}

/// As [`interrupt`], but for the calling thread.
pub(crate) fn interrupt_others(fd: Fd) {
    let own = own_cell();
    interrupt_those(fd, |cell| own.is_none_or(|own| !std::ptr::eq(own, cell)));
}

fn interrupt_those(fd: Fd, wanted: impl Fn(&ThreadCell) -> bool) {
    for cell in all().iter().filter(|cell| wanted(cell)) {
        match cell.use_of(fd) {
            Use::Blocking => {
                if let Some(thread) = *lock(&cell.thread) {
                    sys::interrupt(thread);
                }
            }
            Use::Waiting => cell.ring(),
            Use::None | Use::Brief => {}
        }
    }
}

/// A thread that was inside a call that may sit in the host, and had not looked again.
pub(crate) struct Blocked {
    cell: &'static ThreadCell,
    fd: Fd,
    looks: u32,
}

/// The other threads that are inside such a call on one of these.
pub(crate) fn blocked(fds: &[Fd]) -> Vec<Blocked> {
    let own = own_cell();
    let cells = all();
    let others = cells.iter().filter(|cell| own.is_none_or(|own| !std::ptr::eq(own, **cell)));
    let pairs = others.flat_map(|&cell| fds.iter().map(move |&fd| (cell, fd)));
    let looks = |cell: &ThreadCell| cell.looks.load(Ordering::SeqCst);
    let all = pairs.map(|(cell, fd)| Blocked { cell, fd, looks: looks(cell) });
    all.filter(|one| one.cell.use_of(one.fd) == Use::Blocking).collect()
}

/// Interrupts those that have neither left their call nor looked again, and forgets the others.
pub(crate) fn interrupt_blocked(blocked: &mut Vec<Blocked>) {
    let _cells = all();
    blocked.retain(|one| {
        let same = one.cell.looks.load(Ordering::SeqCst) == one.looks;
        same && one.cell.use_of(one.fd) == Use::Blocking
    });
    for thread in blocked.iter().filter_map(|one| *lock(&one.cell.thread)) {
        sys::interrupt(thread);
    }
}

/// CancelIoEx: ends the calls that other threads sit in on this descriptor. Gives how many they are.
pub(crate) fn cancel_blocked(fd: Fd) -> usize {
    see_all_notes();
    let blocking = (fd as u32 + 1) << 1 | 1;
    let own = own_cell();
    let cells: Vec<&'static ThreadCell> = all().clone();
    let others = cells.into_iter().filter(|cell| own.is_none_or(|own| !std::ptr::eq(own, *cell)));
    others.map(|cell| usize::from(cell.cancel(|note| note == blocking))).sum()
}

/// CancelIo in a call that was queued for the thread: ends the call on this descriptor that it runs in (G014).
pub(crate) fn cancel_own(fd: Fd) {
    let blocking = (fd as u32 + 1) << 1 | 1;
    for note in own_cell().into_iter().flat_map(|cell| &cell.notes) {
        let _ = note.compare_exchange(blocking, blocking | CANCELLED, Ordering::SeqCst, Ordering::SeqCst);
    }
}

/// CancelSynchronousIo: ends the call that the thread sits in, if it is on a socket that `may` be cancelled so.
pub(crate) fn cancel_thread(id: u32, may: impl Fn(Fd) -> bool) -> bool {
    see_all_notes();
    let cell = all().iter().copied().find(|cell| cell.id.load(Ordering::SeqCst) == id);
    let blocking = |note: u32| note & 1 == 1 && note & CANCELLED == 0;
    cell.is_some_and(|cell| cell.cancel(|note| blocking(note) && may((note >> 1) as Fd - 1)))
}

/// Ends the waits for several descriptors that this one is in, so that they look again.
pub(crate) fn interrupt_waits(fd: Fd) {
    for cell in all().iter().filter(|cell| lock(&cell.waits).contains(&fd)) {
        cell.ring();
    }
}

/// The longest that is waited for a thread to come out of the host.
const PATIENCE: Duration = Duration::from_millis(50);

impl ThreadCell {
    /// Whether the thread is inside a call that may sit in the host.
    fn is_blocking(&self) -> bool {
        self.notes.iter().any(|note| note.load(Ordering::SeqCst) & 1 == 1)
    }

    /// Interrupts the thread again and again: an interruption that comes just before a wait is lost.
    fn interrupt_while(&self, sits: impl Fn() -> bool) {
        let began = Instant::now();
        let mut pause = Duration::from_micros(100);
        while sits() && began.elapsed() < PATIENCE {
            match *lock(&self.thread) {
                Some(thread) => sys::interrupt(thread),
                None => return,
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    }

    /// Cancels the call whose note is meant.
    fn cancel(&self, is_meant: impl Fn(u32) -> bool) -> bool {
        let Some(note) = self.notes.iter().find(|note| is_meant(note.load(Ordering::SeqCst))) else {
            return false;
        };
        let before = note.load(Ordering::SeqCst);
        let marked = before | CANCELLED;
        let done = is_meant(before)
            && note.compare_exchange(before, marked, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if done {
            self.ring();
            self.interrupt_while(|| note.load(Ordering::SeqCst) == marked);
        }
        done
    }

    fn clear(&self) {
        self.id.store(0, Ordering::SeqCst);
        self.alertable.store(false, Ordering::SeqCst);
        self.depth.store(0, Ordering::Relaxed);
        self.notes.iter().for_each(|note| note.store(0, Ordering::Release));
        lock(&self.waits).clear();
    }

    /// In the child: other threads are not there, and a bell would ring in the parent.
    fn after_fork(&self, own: bool) {
        *lock(&self.bell) = None;
        if own {
            *lock(&self.thread) = Some(sys::current_thread());
        } else {
            self.clear();
            *lock(&self.thread) = None;
        }
    }

    fn ring(&self) {
        if let Some(bell) = *lock(&self.bell) {
            bell.ring();
        }
    }

    fn use_of(&self, fd: Fd) -> Use {
        let wanted = fd as u32 + 1;
        let waits = if lock(&self.waits).contains(&fd) { Use::Waiting } else { Use::None };
        let notes = self.notes.iter().map(|note| note.load(Ordering::SeqCst) & !CANCELLED);
        let notes = notes.filter(|note| note >> 1 == wanted);
        notes.map(|note| if note & 1 == 1 { Use::Blocking } else { Use::Brief }).fold(waits, Use::max)
    }
}

/// A wait of the calling thread for several descriptors, which closesocket can end.
pub(crate) struct Wait {
    cell: &'static ThreadCell,
    bell: &'static Bell,
    /// How many descriptors the waits around this one have: calls that run during a wait may wait themselves.
    outer: usize,
}

impl Wait {
    /// Notes the descriptors. None where the host has no descriptor left for the bell.
    pub(crate) fn on(fds: impl Iterator<Item = Fd>) -> Option<Self> {
        let cell = mine();
        // Notices a fork, after which the bell is the parent's.
        drop(all());
        let mut bell = lock(&cell.bell);
        let bell = match *bell {
            Some(bell) => bell,
            None => *bell.insert(Box::leak(Box::new(Bell::new().ok()?))),
        };
        let mut waits = lock(&cell.waits);
        let outer = waits.len();
        waits.extend(fds);
        Some(Self { cell, bell, outer })
    }

    /// The descriptor to wait for beside the others.
    pub(crate) fn bell(&self) -> Fd {
        self.bell.fd()
    }

    /// Forgets past rings.
    pub(crate) fn silence(&self) {
        self.bell.silence();
    }

    /// Runs what is queued for the calling thread (F071); whether there was anything.
    pub(crate) fn run_calls(&self) -> bool {
        // What they note is not of the call that they run in.
        let _notes = reasons::keep();
        apc::run()
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut waits = lock(&self.cell.waits);
        let own = self.outer.min(waits.len());
        let fds = waits.split_off(own);
        drop(waits);
        fds.into_iter().for_each(super::lifecycle::left);
    }
}
