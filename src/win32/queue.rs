//! The message queues of threads: what was posted, what other threads have sent, timers, and the waits for it.
//! It knows windows by their numbers only, and calls nothing of the program's.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use super::event::{self, Event};
use super::timer::{Due, Timers};
use super::wait::{self, Deadline, Outcome, Signal, Waitable};
use super::{clock, thread};
use crate::windows::foundation::{
    ERROR_INVALID_THREAD_ID, ERROR_INVALID_WINDOW_HANDLE, ERROR_NOT_ENOUGH_QUOTA,
};
use crate::windows::user::{
    QS_ALLINPUT, QS_ALLPOSTMESSAGE, QS_POSTMESSAGE, QS_SENDMESSAGE, QS_TIMER, WM_QUIT, WM_TIMER,
};

/// A message as it lies in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// 0 for a message to the thread.
    pub(crate) window: usize,
    pub(crate) message: u32,
    pub(crate) wparam: usize,
    pub(crate) lparam: isize,
    /// The tick count at which it was posted.
    pub(crate) time: u32,
}

impl Message {
    /// A message as of now.
    pub(crate) fn new(window: usize, message: u32, wparam: usize, lparam: isize) -> Self {
        Self { window, message, wparam, lparam, time: clock::tick_count() as u32 }
    }
}

/// A message whose sender waits for what the window's procedure returns.
pub(crate) struct Sent {
    pub(crate) message: Message,
    result: Mutex<isize>,
    answered: Arc<Event>,
}

impl Sent {
    fn answer(&self, result: isize) {
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = result;
        event::set(&self.answered);
    }

    /// What the procedure returned; 0 until then.
    pub(crate) fn result(&self) -> isize {
        *self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A queue. Only its own thread waits for it.
pub(crate) type Queue = Waitable<State>;

/// What lies in a queue, and what its thread knows of that.
pub(crate) struct State {
    posted: VecDeque<Message>,
    sent: VecDeque<Arc<Sent>>,
    /// Taken from `sent`, and not answered yet.
    answering: Vec<Arc<Sent>>,
    quit: Option<i32>,
    timers: Timers,
    /// The kinds (QS_) of which something came since the thread looked last.
    news: u32,
    /// What the wait under way is for, and whether what is no news counts in it.
    mask: u32,
    old_too: bool,
    ended: bool,
}

/// As on Windows; more would mean that nobody takes any.
const MOST_POSTED: usize = 10_000;

const POSTED: u32 = QS_POSTMESSAGE | QS_ALLPOSTMESSAGE;

/// Every kind.
pub(crate) const EVERYTHING: u32 = QS_ALLINPUT | QS_ALLPOSTMESSAGE;

impl Signal for State {
    fn is_signalled(&self, _: u32) -> bool {
        // What was sent is never only seen: who looks answers it.
        let old = if self.old_too { self.mask } else { QS_SENDMESSAGE };
        (self.news | (self.lies_there() & old)) & self.mask != 0
    }

    fn consume(&mut self, _: u32) {
        self.news &= !self.mask;
    }
}

impl State {
    const fn new() -> Self {
        Self {
            posted: VecDeque::new(),
            sent: VecDeque::new(),
            answering: Vec::new(),
            quit: None,
            timers: Timers::new(),
            news: 0,
            mask: 0,
            old_too: false,
            ended: false,
        }
    }

    /// The kinds of which something is there.
    fn lies_there(&self) -> u32 {
        let kind = |any: bool, bits| if any { bits } else { 0 };
        kind(!self.posted.is_empty() || self.quit.is_some(), POSTED)
            | kind(!self.sent.is_empty(), QS_SENDMESSAGE)
            | kind(self.timers.any_due(), QS_TIMER)
    }

    fn take(&mut self, filter: &Filter, kinds: u32, remove: bool) -> Option<Message> {
        self.timers.ring();
        self.news &= !kinds;
        if kinds & POSTED != 0 {
            if let Some(place) = self.posted.iter().position(|message| filter.lets(message)) {
                return if remove { self.posted.remove(place) } else { self.posted.get(place).copied() };
            }
            if let Some(code) = self.quit {
                self.quit = self.quit.filter(|_| !remove);
                return Some(Message::new(0, WM_QUIT, code as isize as usize, 0));
            }
        }
        let message = |says: &Due| Message::new(says.window, WM_TIMER, says.id, says.routine as isize);
        let wanted = |says: &Due| filter.lets(&message(says));
        (kinds & QS_TIMER != 0).then(|| self.timers.take(wanted, remove))?.map(|says| message(&says))
    }
}

/// Whose messages are wanted.
pub(crate) enum Whose {
    Anybodys,
    /// Those to the thread.
    Nobodys,
    /// Those of these windows.
    Windows(Vec<usize>),
}

/// Which messages are wanted.
pub(crate) struct Filter {
    pub(crate) whose: Whose,
    /// The lowest and the highest message; both 0 for all.
    pub(crate) range: (u32, u32),
}

impl Filter {
    fn lets(&self, message: &Message) -> bool {
        let whose = match &self.whose {
            Whose::Anybodys => true,
            Whose::Nobodys => message.window == 0,
            Whose::Windows(windows) => windows.contains(&message.window),
        };
        let (first, last) = self.range;
        let ranges = self.range == (0, 0) || message.message == WM_QUIT;
        whose && (ranges || (first..=last).contains(&message.message))
    }
}

static QUEUES: RwLock<BTreeMap<u32, Arc<Queue>>> = RwLock::new(BTreeMap::new());

/// The queue of a thread, if it has one.
pub(crate) fn of(thread: u32) -> Option<Arc<Queue>> {
    QUEUES.read().unwrap_or_else(PoisonError::into_inner).get(&thread).cloned()
}

/// The calling thread's queue, which is made when the thread first needs one.
pub(crate) fn mine() -> Arc<Queue> {
    // The record whose end ends the queue.
    let id = thread::with_current(|thread| thread.id());
    of(id).unwrap_or_else(|| {
        thread::at_end(end);
        let mut queues = QUEUES.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry(id).or_insert_with(|| Waitable::new(State::new())))
    })
}

/// The thread has ended: nothing can be posted any more, and who waits for an answer gets 0.
fn end(thread: u32) {
    let queue = QUEUES.write().unwrap_or_else(PoisonError::into_inner).remove(&thread);
    let Some(queue) = queue else { return };
    let unanswered = queue.lower(|state| {
        state.ended = true;
        state.posted.clear();
        state.timers = Timers::new();
        let mut sent = std::mem::take(&mut state.answering);
        sent.extend(state.sent.drain(..));
        sent
    });
    unanswered.iter().for_each(|sent| sent.answer(0));
}

/// Posts a message.
pub(crate) fn post(queue: &Arc<Queue>, message: Message) -> Result<(), u32> {
    queue.change(|state| {
        if state.ended {
            let to_thread = message.window == 0;
            return Err(if to_thread { ERROR_INVALID_THREAD_ID } else { ERROR_INVALID_WINDOW_HANDLE });
        }
        if state.posted.len() >= MOST_POSTED {
            return Err(ERROR_NOT_ENOUGH_QUOTA);
        }
        state.posted.push_back(message);
        state.news |= POSTED;
        Ok(())
    })
}

/// Has the calling thread's queue end with WM_QUIT once what was posted has been taken.
pub(crate) fn post_quit(code: i32) {
    mine().change(|state| {
        state.quit = Some(code);
        state.news |= POSTED;
    });
}

/// Hands a message to another thread; `None` if it has ended.
pub(crate) fn send(queue: &Arc<Queue>, message: Message) -> Option<Arc<Sent>> {
    let sent = Arc::new(Sent { message, result: Mutex::new(0), answered: event::new(true, false) });
    queue.change(|state| {
        if state.ended {
            return None;
        }
        state.sent.push_back(Arc::clone(&sent));
        state.news |= QS_SENDMESSAGE;
        Some(Arc::clone(&sent))
    })
}

/// Waits until the answer is there (true), or until the calling thread has something to answer itself.
pub(crate) fn wait_for_answer(sent: &Sent) -> bool {
    let objects = vec![Arc::clone(&sent.answered) as Arc<Waitable>];
    let wanted = Wanted { kinds: QS_SENDMESSAGE, old_too: true };
    wait(objects, false, Deadline::NEVER, false, wanted) == Outcome::Signalled(0)
}

/// Answers what other threads have sent to the calling one; `call` says what the answer is.
pub(crate) fn answer(queue: &Arc<Queue>, call: impl Fn(&Message) -> isize) {
    let next = || {
        queue.lower(|state| {
            let sent = state.sent.pop_front()?;
            state.answering.push(Arc::clone(&sent));
            Some(sent)
        })
    };
    while let Some(sent) = next() {
        let result = call(&sent.message);
        queue.lower(|state| state.answering.retain(|other| !Arc::ptr_eq(other, &sent)));
        sent.answer(result);
    }
}

/// The first message of these kinds that the filter lets through; what is there is no news from now on.
pub(crate) fn take(queue: &Queue, filter: &Filter, kinds: u32, remove: bool) -> Option<Message> {
    queue.lower(|state| state.take(filter, kinds, remove))
}

/// Forgets what lies there for a window that is no more.
pub(crate) fn forget_window(queue: &Queue, window: usize) {
    queue.lower(|state| {
        state.posted.retain(|message| message.window != window);
        state.timers.forget(window);
    });
}

/// Sets a timer of the calling thread. One without a window gets an identifier, unless it is there already.
pub(crate) fn set_timer(queue: &Queue, mut says: Due, period: Duration) -> usize {
    queue.lower(|state| {
        if says.window == 0 && !state.timers.has(0, says.id) {
            let unused = |id: &usize| !state.timers.has(0, *id);
            says.id = (1..).find(unused).unwrap_or(usize::MAX);
        }
        state.timers.set(says, period);
        says.id
    })
}

/// Takes a timer away, with its message; whether there was one.
pub(crate) fn kill_timer(queue: &Queue, window: usize, id: usize) -> bool {
    queue.lower(|state| state.timers.kill(window, id))
}

/// Whether the thread has just this timer.
pub(crate) fn vouches_for(queue: &Queue, says: Due) -> bool {
    queue.lower(|state| state.timers.vouches_for(says))
}

/// What of the queue ends a wait.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// The kinds (QS_).
    pub(crate) kinds: u32,
    /// Also what the thread has looked at and left there.
    pub(crate) old_too: bool,
}

/// Waits for one of the objects, whose indexes come first, or the calling thread's queue; or for all of them.
pub(crate) fn wait(
    mut objects: Vec<Arc<Waitable>>,
    all: bool,
    deadline: Deadline,
    alertable: bool,
    wanted: Wanted,
) -> Outcome {
    let queue = mine();
    objects.push(Arc::clone(&queue) as Arc<Waitable>);
    loop {
        let next_timer = queue.lower(|state| {
            (state.mask, state.old_too) = (wanted.kinds, wanted.old_too);
            if state.timers.ring() {
                state.news |= QS_TIMER;
            }
            state.timers.next()
        });
        let until = next_timer.map_or(deadline, |at| deadline.or_at(at));
        match wait::wait(objects.clone(), all, until, alertable) {
            Outcome::TimedOut if !deadline.is_past() => {}
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Filter = Filter { whose: Whose::Anybodys, range: (0, 0) };
    const NEWS: Wanted = Wanted { kinds: EVERYTHING, old_too: false };

    fn look(wanted: Wanted) -> Outcome {
        wait(Vec::new(), false, Deadline::after_ms(0), false, wanted)
    }

    #[test]
    fn what_was_seen_is_no_news() {
        let queue = mine();
        post(&queue, Message::new(0, 77, 1, 0)).unwrap();
        assert_eq!(take(&queue, &ALL, QS_TIMER, true), None);
        assert_eq!(take(&queue, &ALL, EVERYTHING, false).map(|message| message.message), Some(77));
        assert_eq!(look(NEWS), Outcome::TimedOut);
        assert_eq!(look(Wanted { old_too: true, ..NEWS }), Outcome::Signalled(0));
        assert_eq!(look(Wanted { kinds: QS_TIMER, old_too: true }), Outcome::TimedOut);
        post(&queue, Message::new(0, 78, 1, 0)).unwrap();
        assert_eq!(look(NEWS), Outcome::Signalled(0));
        assert_eq!(look(NEWS), Outcome::TimedOut);
    }

    #[test]
    fn a_queue_is_full_some_time_and_gone_with_its_thread() {
        let queue = std::thread::spawn(|| {
            let queue = mine();
            while post(&queue, Message::new(0, 77, 0, 0)).is_ok() {}
            let full = post(&queue, Message::new(8, 77, 0, 0));
            assert_eq!(full, Err(ERROR_NOT_ENOUGH_QUOTA));
            (thread::current_id(), queue)
        });
        let (id, queue) = queue.join().unwrap();
        let deadline = Deadline::after_ms(20_000);
        while of(id).is_some() {
            assert!(!deadline.is_past());
            std::thread::yield_now();
        }
        assert_eq!(post(&queue, Message::new(0, 77, 0, 0)), Err(ERROR_INVALID_THREAD_ID));
        assert!(send(&queue, Message::new(8, 77, 0, 0)).is_none());
    }

    #[test]
    fn a_timer_ends_a_wait_again_and_again() {
        let queue = mine();
        let id = set_timer(&queue, Due { window: 0, id: 0, routine: 0 }, Duration::from_millis(5));
        let timers = Wanted { kinds: QS_TIMER, old_too: false };
        for _ in 0..3 {
            let outcome = wait(Vec::new(), false, Deadline::after_ms(20_000), false, timers);
            assert_eq!(outcome, Outcome::Signalled(0));
            let filter = Filter { whose: Whose::Nobodys, range: (WM_TIMER, WM_TIMER) };
            let message = take(&queue, &filter, EVERYTHING, true).unwrap();
            assert_eq!((message.message, message.wparam), (WM_TIMER, id));
        }
        assert!(kill_timer(&queue, 0, id));
    }
}
