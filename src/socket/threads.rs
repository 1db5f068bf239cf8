//! Which threads are inside a call, and on which descriptors: what closesocket has to know.
//!
//! A call notes its descriptor in its thread's own cell and takes the note back when it leaves; nobody
//! else writes there, so the note costs no lock. closesocket reads the cells of all threads.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};

use crate::sys::{self, Bell, Fd, Thread};

/// How deep calls nest: a completion routine that runs inside a blocking call may call again.
const DEPTH: usize = 8;

/// One thread's notes.
pub(crate) struct ThreadCell {
    /// Descriptor plus one, shifted left; the low bit says that the call may block in the host.
    notes: [AtomicU32; DEPTH],
    depth: AtomicUsize,
    /// The descriptors of a wait for several.
    waits: Mutex<Vec<Fd>>,
    bell: OnceLock<Bell>,
    thread: Mutex<Option<Thread>>,
}

static CELLS: Mutex<Vec<&'static ThreadCell>> = Mutex::new(Vec::new());

thread_local! {
    static MINE: Cell<Option<&'static ThreadCell>> = const { Cell::new(None) };
    static RETURN: ReturnAtExit = const { ReturnAtExit };
}

/// Gives the cell back when its thread ends, for the next thread.
struct ReturnAtExit;

impl Drop for ReturnAtExit {
    fn drop(&mut self) {
        if let Some(cell) = MINE.with(Cell::take) {
            let _cells = all();
            *lock(&cell.thread) = None;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn all() -> MutexGuard<'static, Vec<&'static ThreadCell>> {
    lock(&CELLS)
}

#[inline]
fn mine() -> &'static ThreadCell {
    MINE.with(Cell::get).unwrap_or_else(claim)
}

#[cold]
fn claim() -> &'static ThreadCell {
    let mut cells = all();
    let free = cells.iter().copied().find(|cell| lock(&cell.thread).is_none());
    let cell = free.unwrap_or_else(|| {
        let new: &'static ThreadCell = Box::leak(Box::new(ThreadCell {
            notes: [const { AtomicU32::new(0) }; DEPTH],
            depth: AtomicUsize::new(0),
            waits: Mutex::new(Vec::new()),
            bell: OnceLock::new(),
            thread: Mutex::new(None),
        }));
        cells.push(new);
        new
    });
    *lock(&cell.thread) = Some(sys::current_thread());
    MINE.with(|mine| mine.set(Some(cell)));
    // At the very end of a thread its locals are gone; the cell then stays taken, which harms nobody.
    let _ = RETURN.try_with(|_| ());
    cell
}

/// The calling thread's note that it is inside a call; dropping it takes the note back.
pub(crate) struct Note {
    cell: &'static ThreadCell,
    depth: usize,
}

/// Notes that this thread is about to use the descriptor, in a call that may sit in the host for ever or
/// in one that ends by itself. None when calls nest too deeply.
#[inline]
pub(crate) fn note(fd: Fd, may_block: bool) -> Option<Note> {
    let cell = mine();
    let depth = cell.depth.load(Ordering::Relaxed);
    let slot = cell.notes.get(depth)?;
    // Sequentially consistent against closesocket's mark: either it sees this note, or we see its mark.
    slot.store((fd as u32 + 1) << 1 | u32::from(may_block), Ordering::SeqCst);
    cell.depth.store(depth + 1, Ordering::Relaxed);
    Some(Note { cell, depth })
}

impl Drop for Note {
    #[inline]
    fn drop(&mut self) {
        self.cell.depth.store(self.depth, Ordering::Relaxed);
        self.cell.notes[self.depth].store(0, Ordering::Release);
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
    let own = MINE.with(Cell::get);
    let others = all();
    let others = others.iter().filter(|cell| own.is_none_or(|own| !std::ptr::eq(own, **cell)));
    others.map(|cell| cell.use_of(fd)).max().unwrap_or(Use::None)
}

/// Whether the calling thread itself is inside a call on the descriptor (a completion routine closes it).
pub(crate) fn used_here(fd: Fd) -> bool {
    MINE.with(Cell::get).is_some_and(|cell| cell.use_of(fd) != Use::None)
}

/// Interrupts every thread that may be waiting on this descriptor, in the host or in a wait for several.
pub(crate) fn interrupt(fd: Fd) {
    for cell in all().iter() {
        match cell.use_of(fd) {
            Use::Blocking => {
                if let Some(thread) = *lock(&cell.thread) {
                    sys::interrupt(thread);
                }
            }
            Use::Waiting => {
                if let Some(bell) = cell.bell.get() {
                    bell.ring();
                }
            }
            Use::None | Use::Brief => {}
        }
    }
}

impl ThreadCell {
    fn use_of(&self, fd: Fd) -> Use {
        let wanted = fd as u32 + 1;
        let waits = if lock(&self.waits).contains(&fd) { Use::Waiting } else { Use::None };
        let notes = self.notes.iter().map(|note| note.load(Ordering::SeqCst)).filter(|n| n >> 1 == wanted);
        notes.map(|note| if note & 1 == 1 { Use::Blocking } else { Use::Brief }).fold(waits, Use::max)
    }
}

/// A wait of the calling thread for several descriptors, which closesocket can end.
pub(crate) struct Wait {
    cell: &'static ThreadCell,
}

impl Wait {
    /// Notes the descriptors. None where the host has no descriptor left for the bell.
    pub(crate) fn on(fds: impl Iterator<Item = Fd>) -> Option<Self> {
        let cell = mine();
        if cell.bell.get().is_none() {
            let _ = cell.bell.set(Bell::new().ok()?);
        }
        lock(&cell.waits).extend(fds);
        Some(Self { cell })
    }

    /// The descriptor to wait for beside the others.
    pub(crate) fn bell(&self) -> Fd {
        self.cell.bell.get().map_or(-1, Bell::fd)
    }

    /// Forgets past rings.
    pub(crate) fn silence(&self) {
        if let Some(bell) = self.cell.bell.get() {
            bell.silence();
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let fds = std::mem::take(&mut *lock(&self.cell.waits));
        fds.into_iter().for_each(super::lifecycle::left);
    }
}
