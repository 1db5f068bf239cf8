//! Windows that nobody sees: what they are made of, whose they are, how messages reach their procedures.
//! It draws nothing, and sends of its own no messages but those of a window's beginning and end.
#![allow(unsafe_code)] // calls the program's window procedures

use std::collections::BTreeMap;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::class::{Class, Procedure};
use super::queue::{self, Message, Queue};
use super::{object, thread};
use crate::windows::foundation::{
    ERROR_ACCESS_DENIED, ERROR_INVALID_INDEX, ERROR_INVALID_PARAMETER, ERROR_INVALID_WINDOW_HANDLE,
    ERROR_REQUIRES_INTERACTIVE_WINDOWSTATION, ERROR_TLW_WITH_WSCHILD, ERROR_WINDOW_OF_OTHER_THREAD,
};
use crate::windows::user::{
    GWL_EXSTYLE, GWL_STYLE, GWLP_HINSTANCE, GWLP_ID, GWLP_USERDATA, GWLP_WNDPROC, HWND_MESSAGE, WM_CLOSE,
    WM_CREATE, WM_DESTROY, WM_NCCREATE, WM_NCDESTROY, WS_CHILD, WS_VISIBLE,
};

/// A window.
pub(crate) struct Window {
    handle: usize,
    thread: u32,
    queue: Arc<Queue>,
    /// The window whose end is its end, too; 0 for none.
    parent: usize,
    class: Arc<Class>,
    longs: Mutex<Longs>,
    ending: AtomicBool,
}

/// What GetWindowLong reads and SetWindowLong writes.
struct Longs {
    procedure: Procedure,
    instance: usize,
    id: usize,
    style: u32,
    ex_style: u32,
    user: isize,
    extra: Vec<u8>,
}

/// What a window is made with.
pub(crate) struct Plan {
    pub(crate) class: Arc<Class>,
    /// HWND_MESSAGE, a window, or 0.
    pub(crate) parent: usize,
    pub(crate) instance: usize,
    pub(crate) id: usize,
    pub(crate) style: u32,
    pub(crate) ex_style: u32,
}

/// Handles of windows are all above those of other objects, and multiples of this.
const STEP: usize = 4;
const END: usize = 0x8000_0000;

static WINDOWS: RwLock<BTreeMap<usize, Arc<Window>>> = RwLock::new(BTreeMap::new());

fn windows() -> std::sync::RwLockReadGuard<'static, BTreeMap<usize, Arc<Window>>> {
    WINDOWS.read().unwrap_or_else(PoisonError::into_inner)
}

/// The window behind a handle.
pub(crate) fn find(handle: usize) -> Result<Arc<Window>, u32> {
    windows().get(&handle).cloned().ok_or(ERROR_INVALID_WINDOW_HANDLE)
}

/// The window behind a handle, which is to be the calling thread's.
pub(crate) fn find_own(handle: usize) -> Result<Arc<Window>, u32> {
    let window = find(handle)?;
    if window.is_own() { Ok(window) } else { Err(ERROR_WINDOW_OF_OTHER_THREAD) }
}

/// Whether there is a window of this class.
pub(crate) fn any_of_class(class: &Arc<Class>) -> bool {
    windows().values().any(|window| Arc::ptr_eq(&window.class, class))
}

/// A window and those in it, to whatever depth.
pub(crate) fn with_children(handle: usize) -> Vec<usize> {
    let windows = windows();
    let mut found = vec![handle];
    let mut place = 0;
    while let Some(&parent) = found.get(place) {
        let inside =
            |window: &&Arc<Window>| window.parent == parent && hold(&window.longs).style & WS_CHILD != 0;
        found.extend(windows.values().filter(inside).map(|window| window.handle));
        place += 1;
    }
    found
}

fn hold<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a window of the calling thread. Its procedure is told WM_NCCREATE and WM_CREATE with `told` and may
/// refuse, which gives `None`.
pub(crate) fn create(plan: Plan, told: isize) -> Result<Option<usize>, u32> {
    let message_only = plan.parent == HWND_MESSAGE as usize;
    if plan.style & WS_CHILD != 0 && plan.parent == 0 {
        return Err(ERROR_TLW_WITH_WSCHILD);
    }
    if !message_only && plan.parent != 0 {
        find(plan.parent)?;
    }
    // A child of a window that nobody sees is not seen either.
    if plan.style & WS_VISIBLE != 0 && plan.style & WS_CHILD == 0 && !message_only {
        return Err(ERROR_REQUIRES_INTERACTIVE_WINDOWSTATION);
    }
    let window = Window::enter(plan, message_only);
    if window.call(WM_NCCREATE, 0, told) == 0 {
        window.ending.store(true, Ordering::SeqCst);
        window.call(WM_NCDESTROY, 0, 0);
        window.leave();
        return Ok(None);
    }
    if window.call(WM_CREATE, 0, told) == -1 {
        window.end();
    }
    // The procedure may have destroyed it, too.
    Ok(find(window.handle).is_ok().then_some(window.handle))
}

/// Destroys a window of the calling thread, with those in it and those that it owns.
pub(crate) fn destroy(handle: usize) -> Result<(), u32> {
    let window = find(handle)?;
    if !window.is_own() {
        return Err(ERROR_ACCESS_DENIED);
    }
    window.end();
    Ok(())
}

/// The thread has ended: its windows are no more, nor are those below them, and none is told.
fn end_of_thread(thread: u32) {
    let mut windows = WINDOWS.write().unwrap_or_else(PoisonError::into_inner);
    let mut ended: Vec<_> = windows.values().filter(|window| window.thread == thread).cloned().collect();
    let mut place = 0;
    while let Some(above) = ended.get(place).map(|window| window.handle) {
        windows.remove(&above);
        ended.extend(windows.values().filter(|window| window.parent == above).cloned());
        place += 1;
    }
    drop(windows);
    ended.iter().for_each(|window| queue::forget_window(&window.queue, window.handle));
}

/// Posts a message to a window, from whatever thread.
pub(crate) fn post(handle: usize, message: u32, wparam: usize, lparam: isize) -> Result<(), u32> {
    let window = find(handle)?;
    queue::post(&window.queue, Message::new(handle, message, wparam, lparam))
}

/// Has a window's procedure handle a message, in the window's own thread, and gives what it returns.
///
/// While another thread is waited for, what is sent to this one is answered.
pub(crate) fn send(handle: usize, message: u32, wparam: usize, lparam: isize) -> Result<isize, u32> {
    let window = find(handle)?;
    if window.is_own() {
        return Ok(window.call(message, wparam, lparam));
    }
    let own = queue::mine();
    let sent = queue::send(&window.queue, Message::new(handle, message, wparam, lparam))
        .ok_or(ERROR_INVALID_WINDOW_HANDLE)?;
    while !queue::wait_for_answer(&sent) {
        answer(&own);
    }
    Ok(sent.result())
}

/// Answers what other threads have sent to windows of the calling one.
pub(crate) fn answer(queue: &Arc<Queue>) {
    queue::answer(queue, |message| {
        let window = find(message.window);
        window.map_or(0, |window| window.call(message.message, message.wparam, message.lparam))
    });
}

/// What windows do with messages that their programs leave to the system.
pub(crate) fn default_answer(handle: usize, message: u32) -> isize {
    match message {
        WM_NCCREATE => 1,
        WM_CLOSE => {
            let _ = destroy(handle);
            0
        }
        _ => 0,
    }
}

impl Window {
    /// Makes the window, without a word to anyone.
    fn enter(plan: Plan, message_only: bool) -> Arc<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let queue = queue::mine();
        thread::at_end(end_of_thread);
        let Plan { class, parent, instance, id, style, ex_style } = plan;
        let longs = Longs {
            procedure: class.procedure,
            instance,
            id,
            style,
            ex_style,
            user: 0,
            extra: vec![0; class.extra],
        };
        let mut windows = WINDOWS.write().unwrap_or_else(PoisonError::into_inner);
        let handle = loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed) % ((END - object::END) / STEP);
            let handle = object::END + number * STEP;
            if !windows.contains_key(&handle) {
                break handle;
            }
        };
        let window = Arc::new(Self {
            handle,
            thread: thread::current_id(),
            queue,
            parent: if message_only { 0 } else { parent },
            class,
            longs: Mutex::new(longs),
            ending: AtomicBool::new(false),
        });
        windows.insert(handle, Arc::clone(&window));
        window
    }

    pub(crate) fn is_own(&self) -> bool {
        self.thread == thread::current_id()
    }

    /// Calls its procedure.
    pub(crate) fn call(&self, message: u32, wparam: usize, lparam: isize) -> isize {
        let procedure = hold(&self.longs).procedure;
        // SAFETY: whoever registered the class, or set the procedure, vouches for it.
        unsafe { procedure(self.handle as _, message, wparam, lparam) }
    }

    /// Ends the window and those below it: each is told first, and told last once those are no more.
    fn end(&self) {
        if self.ending.swap(true, Ordering::SeqCst) {
            return;
        }
        // One of another thread is told there.
        let _ = send(self.handle, WM_DESTROY, 0, 0);
        let below = |window: &&Arc<Window>| window.parent == self.handle;
        let below: Vec<_> = windows().values().filter(below).cloned().collect();
        below.iter().for_each(|window| window.end());
        let _ = send(self.handle, WM_NCDESTROY, 0, 0);
        self.leave();
    }

    fn leave(&self) {
        WINDOWS.write().unwrap_or_else(PoisonError::into_inner).remove(&self.handle);
        queue::forget_window(&self.queue, self.handle);
    }

    /// The value with this index, as an integer of the size of a pointer, or of `size` bytes where the index is
    /// an offset.
    pub(crate) fn long(&self, index: i32, size: usize) -> Result<isize, u32> {
        hold(&self.longs).get(index, size)
    }

    /// Replaces a value; gives the one from before.
    ///
    /// # Safety
    /// A procedure is one that may be called with this window's messages.
    pub(crate) unsafe fn set_long(&self, index: i32, size: usize, new: isize) -> Result<isize, u32> {
        // SAFETY: as the caller vouches.
        unsafe { hold(&self.longs).set(index, size, new) }
    }
}

impl Longs {
    fn extra(&mut self, index: i32, size: usize) -> Result<&mut [u8], u32> {
        let start = usize::try_from(index).map_err(|_| ERROR_INVALID_INDEX)?;
        self.extra.get_mut(start..start + size).ok_or(ERROR_INVALID_INDEX)
    }

    fn get(&mut self, index: i32, size: usize) -> Result<isize, u32> {
        Ok(match index {
            GWLP_WNDPROC => self.procedure as usize as isize,
            GWLP_HINSTANCE => self.instance as isize,
            GWLP_ID => self.id as isize,
            GWL_STYLE => self.style as i32 as isize,
            GWL_EXSTYLE => self.ex_style as i32 as isize,
            GWLP_USERDATA => self.user,
            _ => {
                let mut bytes = [0; size_of::<isize>()];
                bytes[..size].copy_from_slice(self.extra(index, size)?);
                isize::from_ne_bytes(bytes)
            }
        })
    }

    /// # Safety
    /// A procedure is one that may be called.
    unsafe fn set(&mut self, index: i32, size: usize, new: isize) -> Result<isize, u32> {
        let before = self.get(index, size)?;
        match index {
            GWLP_WNDPROC if new == 0 => return Err(ERROR_INVALID_PARAMETER),
            // SAFETY: not null, and a procedure as the caller vouches.
            GWLP_WNDPROC => self.procedure = unsafe { mem::transmute::<isize, Procedure>(new) },
            GWLP_HINSTANCE => self.instance = new as usize,
            GWLP_ID => self.id = new as usize,
            GWL_STYLE => self.style = new as u32,
            GWL_EXSTYLE => self.ex_style = new as u32,
            GWLP_USERDATA => self.user = new,
            _ => self.extra(index, size)?.copy_from_slice(&new.to_ne_bytes()[..size]),
        }
        Ok(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::win32::class::{self, Width};
    use crate::win32::wait::Deadline;

    extern "system" fn agrees(_: *mut core::ffi::c_void, _: u32, _: usize, _: isize) -> isize {
        1
    }

    #[test]
    fn a_window_ends_with_the_thread_of_the_one_above_it() {
        let name = "OpenWS2 window of two threads".to_owned();
        let plan = class::Plan {
            name: name.clone(),
            instance: 4,
            global: false,
            procedure: agrees,
            extra: 0,
            width: Width::Bytes,
        };
        class::register(plan).unwrap();
        let class = class::find(&class::Name::Text(name), 4).unwrap();
        let make = move |parent| {
            let class = Arc::clone(&class);
            let plan = Plan { class, parent, instance: 4, id: 0, style: 0, ex_style: 0 };
            create(plan, 0).unwrap().unwrap()
        };
        let (above, below) = std::thread::scope(|scope| {
            let (tell, told) = std::sync::mpsc::channel();
            let (release, wait) = std::sync::mpsc::channel::<()>();
            let make_above = make.clone();
            scope.spawn(move || {
                tell.send(make_above(0)).unwrap();
                let _ = wait.recv();
            });
            let above = told.recv().unwrap();
            let below = make(above);
            assert!(find(below).is_ok());
            drop(release);
            (above, below)
        });
        let deadline = Deadline::after_ms(20_000);
        while find(above).is_ok() || find(below).is_ok() {
            assert!(!deadline.is_past());
            std::thread::yield_now();
        }
    }
}
