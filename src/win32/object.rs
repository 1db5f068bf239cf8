//! The handle table: HANDLE values of our own objects. What the objects do is theirs.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::event::Event;
use super::layered::LayeredSocket;
use super::port::Port;
use super::thread::{self, Thread};
use super::wait::{Signal, Waitable};
use crate::windows::foundation::HANDLE_FLAG_PROTECT_FROM_CLOSE;

/// What a handle stands for.
#[derive(Clone)]
pub(crate) enum Object {
    /// A thread; signalled once it has ended.
    Thread(Arc<Thread>),
    /// This process; whoever waits for it waits in vain.
    Process(Arc<Waitable<Running>>),
    /// An event.
    Event(Arc<Event>),
    /// A completion port, which nobody can wait for as for the others.
    Port(Arc<Port>),
    /// A socket that a service provider makes by its own means.
    Layered(Arc<LayeredSocket>),
}

/// The state of this process while anyone can ask: not ended.
pub(crate) struct Running;

impl Signal for Running {
    fn is_signalled(&self, _: u32) -> bool {
        false
    }

    fn consume(&mut self, _: u32) {}
}

impl Object {
    /// The side of the object that threads wait for.
    pub(crate) fn waitable(&self) -> Option<Arc<Waitable>> {
        match self {
            Self::Thread(thread) => Some(thread.waitable()),
            Self::Process(process) => Some(Arc::clone(process) as Arc<Waitable>),
            Self::Event(event) => Some(Arc::clone(event) as Arc<Waitable>),
            Self::Port(_) => None,
            Self::Layered(socket) => Some(socket.waitable()),
        }
    }
}

/// The pseudo handle of the current process; also INVALID_HANDLE_VALUE.
pub(crate) const CURRENT_PROCESS: usize = usize::MAX;

/// The pseudo handle of the thread that uses it.
pub(crate) const CURRENT_THREAD: usize = usize::MAX - 1;

/// What a handle's value tells of it.
pub(crate) enum Kind {
    /// It stands for the current process or thread, and is always open.
    Pseudo,
    /// It is a socket's.
    Socket,
    /// It belongs to the table here.
    Object,
}

/// What kind of handle this is, open or not.
pub(crate) fn kind_of(handle: usize) -> Kind {
    match handle {
        CURRENT_PROCESS | CURRENT_THREAD => Kind::Pseudo,
        ..FIRST => Kind::Socket,
        _ => Kind::Object,
    }
}

/// The lowest handle value; what is below is a socket, which is a descriptor's number.
pub(crate) const FIRST: usize = 0x0100_0000;

/// Values are multiples of this: the low two bits are free for tags (G180).
const STEP: usize = 4;

/// What is above is a window; those fit in 31 bits, too, for programs keep handles in an `int`.
pub(crate) const END: usize = 0x7000_0000;

const CAPACITY: usize = (END - FIRST) / STEP;

/// So many closed values rest before one is used again: a stale handle meets nothing for a while.
const REST: usize = 64;

struct Table {
    slots: Vec<Option<Entry>>,
    free: VecDeque<usize>,
}

/// A handle: what it stands for, and its own HANDLE_FLAGs.
struct Entry {
    object: Object,
    flags: u32,
}

static TABLE: RwLock<Table> = RwLock::new(Table { slots: Vec::new(), free: VecDeque::new() });

/// Gives an object a handle without flags; `None` if the table is full.
pub(crate) fn open(object: Object) -> Option<usize> {
    open_with(object, 0)
}

/// Gives an object a handle with these HANDLE_FLAGs; `None` if the table is full.
pub(crate) fn open_with(object: Object, flags: u32) -> Option<usize> {
    let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    let slot = if table.free.len() > REST || table.slots.len() == CAPACITY {
        table.free.pop_front()?
    } else {
        table.slots.push(None);
        table.slots.len() - 1
    };
    table.slots[slot] = Some(Entry { object, flags });
    Some(FIRST + slot * STEP)
}

/// The object behind a handle, whatever its low two bits.
pub(crate) fn find(handle: usize) -> Option<Object> {
    match handle {
        CURRENT_THREAD => return Some(Object::Thread(thread::current())),
        CURRENT_PROCESS => return Some(Object::Process(this_process())),
        _ => (),
    }
    let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    let entry = table.slots.get(slot(handle)?)?.as_ref()?;
    Some(entry.object.clone())
}

/// The HANDLE_FLAGs of an open handle. Those of the pseudo handles are in no table: they have none.
pub(crate) fn flags(handle: usize) -> Option<u32> {
    let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    table.slots.get(slot(handle)?)?.as_ref().map(|entry| entry.flags)
}

/// Sets those HANDLE_FLAGs of an open handle that are in the mask.
pub(crate) fn set_flags(handle: usize, mask: u32, flags: u32) -> Option<()> {
    let slot = slot(handle)?;
    let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    let entry = table.slots.get_mut(slot)?.as_mut()?;
    entry.flags = (entry.flags & !mask) | (flags & mask);
    Some(())
}

thread_local! {
    /// The handle of the port that the thread asked last, and how many handles were closed by then.
    static LAST_PORT: RefCell<Option<(usize, usize, Arc<Port>)>> = const { RefCell::new(None) };
}

/// How many handles were closed: what was found before may be something else now.
static CLOSED: AtomicUsize = AtomicUsize::new(0);

/// Works with the port behind a handle. A server's threads ask the same one again and again: they do not look
/// into the table for it.
pub(crate) fn with_port<T>(handle: usize, work: impl FnOnce(&Arc<Port>) -> T) -> Option<T> {
    let closed = CLOSED.load(Ordering::SeqCst);
    let mut work = Some(work);
    // A call that runs during the work may come here too; it finds what is there, or does without.
    let known = LAST_PORT.try_with(|last| {
        let last = last.try_borrow().ok()?;
        let (_, _, port) = last.as_ref().filter(|last| (last.0, last.1) == (handle, closed))?;
        work.take().map(|work| work(port))
    });
    if let Ok(Some(result)) = known {
        return Some(result);
    }
    let Object::Port(port) = find(handle)? else { return None };
    let result = work.take().map(|work| work(&port));
    let _ = LAST_PORT.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = Some((handle, closed, port));
        }
    });
    result
}

/// Closes a handle for the program; the object lives on while others use it. `None` if it was not open, or is
/// protected from that.
///
/// A port is closed with its last handle.
pub(crate) fn close(handle: usize) -> Option<()> {
    close_if(handle, |entry| entry.flags & HANDLE_FLAG_PROTECT_FROM_CLOSE == 0)
}

/// As [`close`], for whoever has made the handle: it is not protected from that.
pub(crate) fn close_own(handle: usize) -> Option<()> {
    close_if(handle, |_| true)
}

fn close_if(handle: usize, may_close: impl FnOnce(&mut Entry) -> bool) -> Option<()> {
    let slot = slot(handle)?;
    // The object is let go of outside of the lock: its own end may take others.
    let (object, is_last) = {
        let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
        let entry = table.slots.get_mut(slot)?;
        let Entry { object, .. } = entry.take_if(may_close)?;
        table.free.push_back(slot);
        CLOSED.fetch_add(1, Ordering::SeqCst);
        let is_last = matches!(&object, Object::Port(port) if !table.has(port));
        (object, is_last)
    };
    if let (Object::Port(port), true) = (object, is_last) {
        port.close();
    }
    Some(())
}

impl Table {
    fn has(&self, port: &Arc<Port>) -> bool {
        self.slots
            .iter()
            .flatten()
            .any(|entry| matches!(&entry.object, Object::Port(other) if Arc::ptr_eq(other, port)))
    }
}

fn this_process() -> Arc<Waitable<Running>> {
    static PROCESS: OnceLock<Arc<Waitable<Running>>> = OnceLock::new();
    Arc::clone(PROCESS.get_or_init(|| Waitable::new(Running)))
}

fn slot(handle: usize) -> Option<usize> {
    handle.checked_sub(FIRST).map(|offset| offset / STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_good_until_closed_whatever_its_low_bits() {
        let thread = super::super::thread::current();
        let handle = open(Object::Thread(Arc::clone(&thread))).unwrap();
        assert_eq!(handle % STEP, 0);
        assert!((FIRST..END).contains(&handle));
        for tag in 0..STEP {
            let Some(Object::Thread(found)) = find(handle | tag) else { panic!("lost with tag {tag}") };
            assert!(Arc::ptr_eq(&found, &thread));
        }
        assert!(close(handle).is_some());
        assert!(close(handle).is_none());
        assert!(find(handle).is_none());
        assert_ne!(open(Object::Thread(thread)).and_then(|again| close(again).map(|()| again)), Some(handle));
        for never in [0, 4, FIRST - 1, usize::MAX - 4] {
            assert!(find(never).is_none() && close(never).is_none());
            assert!(flags(never).is_none() && set_flags(never, 1, 1).is_none());
        }
    }

    #[test]
    fn flags_are_one_handles_own_and_end_with_it() {
        let thread = super::super::thread::current();
        let handle = open(Object::Thread(Arc::clone(&thread))).unwrap();
        let other = open(Object::Thread(thread)).unwrap();
        assert_eq!(flags(handle), Some(0));
        assert!(set_flags(handle, 3, 3).is_some());
        assert!(set_flags(handle, 1, 0).is_some());
        assert_eq!((flags(handle), flags(other)), (Some(HANDLE_FLAG_PROTECT_FROM_CLOSE), Some(0)));
        assert!(close(handle).is_none() && find(handle).is_some());
        assert!(set_flags(handle, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0).is_some());
        assert!(close(handle).is_some() && flags(handle).is_none());
        assert!(set_flags(other, 3, 3).is_some());
        assert!(close(other).is_none() && close_own(other).is_some());
        assert!(close_own(other).is_none() && find(other).is_none());
    }
}
