//! Completion ports: packets in the order of their arrival, for threads in the reverse order of theirs.
//! What a packet tells of is not known here.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use super::thread::{self, Thread};
use super::wait::Deadline;
use super::{apc, host, idle};
use crate::status::NtStatus;
use crate::sync::{Mutex, MutexGuard};

/// A completion packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) key: usize,
    /// The OVERLAPPED, or whatever number a program posts.
    pub(crate) overlapped: usize,
    pub(crate) bytes: u32,
    pub(crate) status: NtStatus,
    /// Status and bytes are written to the OVERLAPPED by who takes the packet (G192).
    pub(crate) unwritten: bool,
}

/// A completion port.
pub(crate) struct Port {
    state: Mutex<State>,
    /// How many threads the port allows to run.
    concurrency: usize,
}

struct State {
    packets: VecDeque<Packet>,
    /// Threads that wait, the youngest last.
    waiting: Vec<Arc<Waiter>>,
    /// Threads that took a packet, and have neither come back nor gone to wait elsewhere.
    running: Vec<Runner>,
    closed: bool,
    /// Somebody looks later whether the running threads really run.
    suspected: bool,
}

/// A thread that counts as running.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Runner {
    id: u32,
    host_id: i32,
}

impl Runner {
    fn of(thread: &Thread) -> Self {
        Self { id: thread.id(), host_id: thread.host_id() }
    }
}

struct Waiter {
    thread: Arc<Thread>,
    given: Mutex<Option<Given>>,
}

#[derive(Clone, Copy)]
enum Given {
    Packet(Packet),
    Closed,
}

/// Why a thread got no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Empty {
    /// The deadline has passed.
    TimedOut,
    /// Asynchronous procedure calls have run.
    Alerted,
    /// The port was closed.
    Closed,
}

fn hold<T: ?Sized>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long packets lie before it is looked whether the threads that are said to run do: they may wait for
/// something that cannot be seen from here, and then another one is let go.
const LYING: Duration = Duration::from_millis(2);

impl Port {
    /// A port that lets so many threads run at a time.
    pub(crate) fn new(concurrency: usize) -> Arc<Self> {
        let state = State {
            packets: VecDeque::new(),
            waiting: Vec::new(),
            running: Vec::new(),
            closed: false,
            suspected: false,
        };
        Arc::new(Self { state: Mutex::new(state), concurrency: concurrency.max(1) })
    }

    /// Queues a packet. A port that is closed takes none.
    pub(crate) fn post(self: &Arc<Self>, packet: Packet) {
        let mut state = hold(&self.state);
        if state.closed {
            return;
        }
        state.packets.push_back(packet);
        self.let_go(state);
    }

    /// Gives packets to those that wait, as far as the port allows threads to run.
    #[inline]
    fn let_go(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let next = state.take_waiter(self.concurrency);
        let suspect = state.begins_to_suspect();
        drop(state);
        if let Some(waiter) = next {
            waiter.thread.seat().call();
        }
        if suspect {
            self.look_later();
        }
    }

    fn look_later(self: &Arc<Self>) {
        let port = Arc::downgrade(self);
        idle::after(LYING, move || suspect_standstill(&port));
    }

    /// Takes the oldest packet, waiting for it until the deadline.
    #[inline]
    pub(crate) fn take(self: &Arc<Self>, deadline: Deadline, alertable: bool) -> Result<Packet, Empty> {
        thread::with_current(|thread| {
            if let Some(packet) = self.take_next(thread) {
                return Ok(packet);
            }
            self.take_for(thread, deadline, alertable)
        })
    }

    /// For a thread that runs for the port and comes back: it goes on with the next packet, if there is one.
    #[inline(always)]
    fn take_next(self: &Arc<Self>, thread: &Thread) -> Option<Packet> {
        if !thread.works_for().runs_for(self) {
            return None;
        }
        let mut state = hold(&self.state);
        // As when it stopped and began again.
        if state.running.len() > self.concurrency { None } else { state.packets.pop_front() }
    }

    fn take_for(
        self: &Arc<Self>,
        thread: &Arc<Thread>,
        deadline: Deadline,
        alertable: bool,
    ) -> Result<Packet, Empty> {
        let (known, ran) = thread.works_for().come_back(self);
        // F095: to a thread that is new to the port its calls come first.
        if alertable && !known && apc::run() {
            return Err(Empty::Alerted);
        }
        let waiter = {
            let mut state = hold(&self.state);
            if ran {
                state.strike(thread);
            }
            if state.closed {
                return Err(Empty::Closed);
            }
            if let Some(packet) = state.take_packet(self.concurrency, thread) {
                thread.works_for().go(self);
                return Ok(packet);
            }
            if deadline.is_past() && !(alertable && apc::is_pending()) {
                return Err(Empty::TimedOut);
            }
            let waiter = Arc::new(Waiter { thread: Arc::clone(thread), given: Mutex::new(None) });
            state.waiting.push(Arc::clone(&waiter));
            let suspect = state.begins_to_suspect();
            drop(state);
            if suspect {
                self.look_later();
            }
            waiter
        };
        loop {
            if let Some(given) = waiter.given() {
                return self.received(given, thread);
            }
            let ended = match () {
                () if alertable && apc::is_pending() => Empty::Alerted,
                () if deadline.is_past() => Empty::TimedOut,
                () => {
                    idle::sit(deadline);
                    continue;
                }
            };
            hold(&self.state).waiting.retain(|other| !Arc::ptr_eq(other, &waiter));
            // It may have been given just before.
            if let Some(given) = waiter.given() {
                return self.received(given, thread);
            }
            if ended == Empty::Alerted {
                apc::run();
            }
            return Err(ended);
        }
    }

    fn received(self: &Arc<Self>, given: Given, thread: &Thread) -> Result<Packet, Empty> {
        match given {
            Given::Packet(packet) => {
                thread.works_for().go(self);
                Ok(packet)
            }
            Given::Closed => Err(Empty::Closed),
        }
    }

    /// Takes a packet if there is one, for a thread that has just taken one.
    pub(crate) fn take_more(&self) -> Option<Packet> {
        hold(&self.state).packets.pop_front()
    }

    /// CloseHandle: whoever waits is told, and what is queued is dropped.
    pub(crate) fn close(&self) {
        let waiting = {
            let mut state = hold(&self.state);
            state.closed = true;
            state.packets.clear();
            std::mem::take(&mut state.waiting)
        };
        for waiter in waiting {
            *hold(&waiter.given) = Some(Given::Closed);
            waiter.thread.seat().call();
        }
    }

    /// A thread that the port let go runs no longer.
    fn stopped(self: &Arc<Self>, thread: &Thread) {
        let mut state = hold(&self.state);
        state.strike(thread);
        if !state.packets.is_empty() {
            self.let_go(state);
        }
    }

    fn runs_again(&self, thread: &Thread) {
        hold(&self.state).running.push(Runner::of(thread));
    }
}

impl State {
    /// Whether packets lie while threads wait, and nobody looks later yet; from now on somebody does.
    fn begins_to_suspect(&mut self) -> bool {
        let lie = !self.packets.is_empty() && !self.waiting.is_empty();
        lie && !std::mem::replace(&mut self.suspected, true)
    }

    fn strike(&mut self, thread: &Thread) {
        if let Some(place) = self.running.iter().position(|runner| runner.id == thread.id()) {
            self.running.swap_remove(place);
        }
    }

    fn take_packet(&mut self, concurrency: usize, thread: &Thread) -> Option<Packet> {
        if self.running.len() >= concurrency {
            return None;
        }
        let packet = self.packets.pop_front()?;
        self.running.push(Runner::of(thread));
        Some(packet)
    }

    /// Gives the oldest packet to a waiter, if that is allowed.
    fn take_waiter(&mut self, concurrency: usize) -> Option<Arc<Waiter>> {
        if self.running.len() >= concurrency || self.waiting.is_empty() {
            return None;
        }
        let packet = self.packets.pop_front()?;
        let own = idle::is_leading().then(|| {
            // Who leads and waits here itself needs no call.
            let id = thread::current_id();
            self.waiting.iter().rposition(|waiter| waiter.thread.id() == id)
        });
        let waiter = self.waiting.remove(own.flatten().unwrap_or(self.waiting.len() - 1));
        self.running.push(Runner::of(&waiter.thread));
        *hold(&waiter.given) = Some(Given::Packet(packet));
        Some(waiter)
    }
}

impl Waiter {
    fn given(&self) -> Option<Given> {
        *hold(&self.given)
    }
}

/// Packets have been lying while threads wait: those that run may not run.
fn suspect_standstill(port: &Weak<Port>) {
    let Some(port) = port.upgrade() else { return };
    let mut state = hold(&port.state);
    state.suspected = false;
    let idle = state.running.iter().filter(|runner| !host::computes(runner.host_id)).count();
    let next = state.take_waiter(port.concurrency + idle);
    if let Some(waiter) = next {
        waiter.thread.seat().call();
    }
    // What still lies is looked at again.
    port.let_go(state);
}

/// The port that a thread takes packets from, and whether it is running for it. Only the thread itself asks
/// and changes it.
pub(crate) struct Place {
    /// The address of the port.
    last: AtomicUsize,
    runs: AtomicBool,
    port: Mutex<Option<Arc<Port>>>,
}

impl Place {
    pub(crate) const fn new() -> Self {
        Self { last: AtomicUsize::new(0), runs: AtomicBool::new(false), port: Mutex::new(None) }
    }

    /// The thread asks `port` for a packet: it runs for no other. Whether it took its last packet there, and
    /// has counted as running there since.
    fn come_back(&self, port: &Arc<Port>) -> (bool, bool) {
        let ran = self.runs.load(Ordering::Relaxed);
        self.runs.store(false, Ordering::Relaxed);
        if self.last.load(Ordering::Relaxed) == Arc::as_ptr(port) as usize {
            return (true, ran);
        }
        self.last.store(0, Ordering::Relaxed);
        let last = hold(&self.port).take();
        if let (Some(last), true) = (last, ran) {
            last.stopped(&thread::current());
        }
        (false, false)
    }

    /// Whether the thread counts as running for `port`.
    #[inline(always)]
    fn runs_for(&self, port: &Arc<Port>) -> bool {
        self.last.load(Ordering::Relaxed) == Arc::as_ptr(port) as usize && self.runs.load(Ordering::Relaxed)
    }

    /// The thread has taken a packet from `port`.
    fn go(&self, port: &Arc<Port>) {
        let address = Arc::as_ptr(port) as usize;
        if self.last.load(Ordering::Relaxed) != address {
            *hold(&self.port) = Some(Arc::clone(port));
            self.last.store(address, Ordering::Relaxed);
        }
        self.runs.store(true, Ordering::Relaxed);
    }

    /// The thread has ended.
    pub(crate) fn leave(&self, thread: &Thread) {
        self.last.store(0, Ordering::Relaxed);
        let port = hold(&self.port).take();
        if let (Some(port), true) = (port, self.runs.swap(false, Ordering::Relaxed)) {
            port.stopped(thread);
        }
    }

    fn running(&self) -> Option<Arc<Port>> {
        if self.runs.load(Ordering::Relaxed) { hold(&self.port).clone() } else { None }
    }
}

/// While it lives, the thread waits for something else than a packet and does not count as running.
pub(crate) struct Resting(Option<Arc<Port>>);

impl Resting {
    pub(crate) fn of(thread: &Thread) -> Self {
        let port = thread.works_for().running();
        port.iter().for_each(|port| port.stopped(thread));
        Self(port)
    }
}

impl Drop for Resting {
    fn drop(&mut self) {
        if let Some(port) = &self.0 {
            port.runs_again(&thread::current());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const SOON: u32 = 20;
    const LATE: u32 = 20_000;

    fn packet(key: usize) -> Packet {
        Packet { key, overlapped: key, bytes: 0, status: NtStatus::SUCCESS, unwritten: false }
    }

    fn take(port: &Arc<Port>, ms: u32) -> Result<usize, Empty> {
        port.take(Deadline::after_ms(ms), false).map(|packet| packet.key)
    }

    fn until(what: &str, holds: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < deadline, "{what}");
            std::thread::yield_now();
        }
    }

    fn until_waiting(port: &Port, threads: usize) {
        until("the threads wait", || hold(&port.state).waiting.len() == threads);
    }

    #[test]
    fn packets_are_first_in_first_out_and_threads_last_in_first_out() {
        let port = Port::new(8);
        (1..=3).for_each(|key| port.post(packet(key)));
        assert_eq!((1..=3).map(|_| take(&port, 0).unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(take(&port, 0), Err(Empty::TimedOut));
        assert_eq!(take(&port, SOON), Err(Empty::TimedOut));
        std::thread::scope(|scope| {
            let first = scope.spawn(|| take(&port, LATE));
            until_waiting(&port, 1);
            let second = scope.spawn(|| take(&port, LATE));
            until_waiting(&port, 2);
            port.post(packet(4));
            assert_eq!(second.join().unwrap(), Ok(4));
            port.post(packet(5));
            assert_eq!(first.join().unwrap(), Ok(5));
        });
    }

    #[test]
    fn a_thread_that_runs_keeps_others_waiting_until_it_rests() {
        let port = Port::new(1);
        port.post(packet(1));
        assert_eq!(take(&port, 0), Ok(1));
        std::thread::scope(|scope| {
            let other = scope.spawn(|| take(&port, LATE));
            until_waiting(&port, 1);
            // Taken now it would come from somebody who suspects us.
            hold(&port.state).suspected = true;
            port.post(packet(2));
            assert_eq!(hold(&port.state).packets.len(), 1);
            drop(Resting::of(&thread::current()));
            assert_eq!(other.join().unwrap(), Ok(2));
        });
        assert_eq!(take(&port, 0), Err(Empty::TimedOut));
        assert!(hold(&port.state).running.is_empty());
    }

    #[test]
    fn a_thread_that_does_not_come_back_is_made_up_for() {
        let port = Port::new(1);
        port.post(packet(1));
        assert_eq!(take(&port, 0), Ok(1));
        std::thread::scope(|scope| {
            let other = scope.spawn(|| take(&port, LATE));
            until_waiting(&port, 1);
            port.post(packet(2));
            assert_eq!(other.join().unwrap(), Ok(2));
        });
    }

    #[test]
    fn a_packet_that_lay_before_its_waiter_came_is_made_up_for() {
        let port = Port::new(1);
        (1..=2).for_each(|key| port.post(packet(key)));
        assert_eq!(take(&port, 0), Ok(1));
        // We count as running, and nothing more happens to the port.
        std::thread::scope(|scope| assert_eq!(scope.spawn(|| take(&port, LATE)).join().unwrap(), Ok(2)));
    }

    #[test]
    fn closing_tells_everybody() {
        let port = Port::new(2);
        std::thread::scope(|scope| {
            let waiting = [(); 3].map(|()| scope.spawn(|| take(&port, LATE)));
            until_waiting(&port, 3);
            port.close();
            for thread in waiting {
                assert_eq!(thread.join().unwrap(), Err(Empty::Closed));
            }
        });
        port.post(packet(1));
        assert_eq!(take(&port, 0), Err(Empty::Closed));
    }

    #[test]
    fn no_packet_is_lost_or_taken_twice() {
        const EACH: usize = 2000;
        let port = Port::new(2);
        let taken = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Ok(key) = take(&port, LATE) {
                        if key == 0 {
                            break;
                        }
                        hold(&taken).push(key);
                    }
                });
            }
            let posters = [1, 2, 3].map(|n| {
                let port = Arc::clone(&port);
                scope.spawn(move || (0..EACH).for_each(|i| port.post(packet(n * EACH + i))))
            });
            posters.into_iter().for_each(|poster| poster.join().unwrap());
            (0..4).for_each(|_| port.post(packet(0)));
        });
        let mut taken = taken.into_inner().unwrap();
        taken.sort_unstable();
        assert_eq!(taken, (EACH..4 * EACH).collect::<Vec<_>>());
    }
}
