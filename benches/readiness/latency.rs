//! How soon a byte wakes the thread that waits for it: a WSAEventSelect event beside a raw epoll.
//!
//! The waiter has one processor and the sender another, where there are two. Whatever this library runs beside
//! them has been started before and may use all.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use openws2::Win32::Foundation::HANDLE;

use super::*;

/// Bytes in a batch.
const BYTES: usize = 50;
/// How long the waiter is given to be asleep.
const FALLS_ASLEEP: Duration = Duration::from_micros(50);

/// Waits for a byte, and tells when it was known of.
type Wait = Arc<dyn Fn() -> Instant + Send + Sync>;

pub fn print(full: bool, wants: impl Fn(&str) -> bool) {
    const CASES: [(&str, bool); 2] =
        [("the event is set", false), ("WSAEnumNetworkEvents has told what happened", true)];
    if !CASES.iter().any(|(name, _)| wants(name)) {
        return;
    }
    print_head("from send until a sleeping thread knows", "epoll_wait ns");
    let pairs = Crowd::new(CASES.len() + 1).pairs;
    let waiter = Waiter::new();
    let host = (pairs[CASES.len()], epoll(pairs[CASES.len()]));
    let mut ours = vec![];
    for ((name, enumerate), pair) in CASES.into_iter().zip(pairs) {
        let wait = events(pair, enumerate);
        // Once, so that whatever runs beside has been started.
        waiter.latency(pair, &wait);
        ours.push((name, (pair, wait)));
    }
    pin_to(Processor::Last);
    waiter.run(|| pin_to(Processor::First));

    for (name, ours) in ours.into_iter().filter(|(name, _)| wants(name)) {
        let (mut ours, mut host) = (batch(&waiter, ours), batch(&waiter, host.clone()));
        Measured::new(if full { 400 } else { 3 }, &mut ours, &mut host).print(name, None);
    }
}

fn batch(waiter: &Rc<Waiter>, (pair, wait): (Pair, Wait)) -> Batch {
    let waiter = Rc::clone(waiter);
    Box::new(move || {
        let all: Duration = (0..BYTES).map(|_| waiter.latency(pair, &wait)).sum();
        all.as_nanos() as f64 / BYTES as f64
    })
}

/// The thread that waits. It is one for all batches: ours and the host's must be woken in the same place.
struct Waiter {
    jobs: Sender<Box<dyn FnOnce() -> Instant + Send>>,
    results: Receiver<Instant>,
}

impl Waiter {
    fn new() -> Rc<Self> {
        let (jobs, taken) = mpsc::channel::<Box<dyn FnOnce() -> Instant + Send>>();
        let (results, received) = mpsc::channel();
        thread::spawn(move || taken.into_iter().try_for_each(|job| results.send(job())));
        Rc::new(Self { jobs, results: received })
    }

    fn start(&self, job: impl FnOnce() -> Instant + Send + 'static) {
        self.jobs.send(Box::new(job)).expect("the waiter is alive");
    }

    fn result(&self) -> Instant {
        self.results.recv().expect("the waiter is alive")
    }

    fn run(&self, job: impl FnOnce() + Send + 'static) {
        self.start(move || {
            job();
            Instant::now()
        });
        self.result();
    }

    fn latency(&self, pair: Pair, wait: &Wait) -> Duration {
        let wait = Arc::clone(wait);
        self.start(move || wait());
        let started = Instant::now();
        while started.elapsed() < FALLS_ASLEEP {
            std::hint::spin_loop();
        }
        let sent = Instant::now();
        pair.send();
        let latency = self.result().duration_since(sent);
        pair.receive();
        latency
    }
}

fn events(pair: Pair, enumerate: bool) -> Wait {
    // SAFETY: no pointers.
    let event = unsafe { ws::WSACreateEvent() };
    // SAFETY: no pointers.
    let selected = unsafe { ws::WSAEventSelect(pair.receiver, event, ws::FD_READ as i32) };
    assert_eq!(selected, 0, "{}", last_error());
    Arc::new(move || {
        let handle = event as HANDLE;
        let mut happened = ws::WSANETWORKEVENTS { lNetworkEvents: 0, iErrorCode: [0; 10] };
        // SAFETY: there is one event, and `happened` is what it is to be.
        unsafe {
            let waited = ws::WSAWaitForMultipleEvents(1, &handle, 0, ws::WSA_INFINITE, 0);
            assert_eq!(waited, ws::WSA_WAIT_EVENT_0 as u32, "{}", last_error());
            let woken = Instant::now();
            let told = ws::WSAEnumNetworkEvents(pair.receiver, event, &mut happened);
            assert_eq!((told, happened.lNetworkEvents), (0, ws::FD_READ as i32), "{}", last_error());
            if enumerate { Instant::now() } else { woken }
        }
    })
}

fn epoll(pair: Pair) -> Wait {
    // SAFETY: no pointers.
    let descriptor = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
    assert!(descriptor >= 0, "{}", io::Error::last_os_error());
    // SAFETY: the descriptor is new.
    let epoll = unsafe { OwnedFd::from_raw_fd(descriptor) };
    let mut interest = libc::epoll_event { events: libc::EPOLLIN as u32, u64: 0 };
    // SAFETY: `interest` is one.
    let added = unsafe {
        libc::epoll_ctl(epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, pair.receiver as i32, &raw mut interest)
    };
    assert_eq!(added, 0, "{}", io::Error::last_os_error());
    Arc::new(move || {
        let mut happened = libc::epoll_event { events: 0, u64: 0 };
        // SAFETY: there is room for one event.
        let count = unsafe { libc::epoll_wait(epoll.as_raw_fd(), &raw mut happened, 1, -1) };
        let woken = Instant::now();
        assert_eq!(count, 1, "{}", io::Error::last_os_error());
        woken
    })
}

enum Processor {
    First,
    Last,
}

/// Has the calling thread run on one of the processors that are allowed.
fn pin_to(processor: Processor) {
    // SAFETY: the sets are plain bits, as long as they are said to be; 0 is the calling thread.
    unsafe {
        let mut allowed: libc::cpu_set_t = mem::zeroed();
        let length = mem::size_of_val(&allowed);
        assert_eq!(libc::sched_getaffinity(0, length, &raw mut allowed), 0);
        let mut numbers = (0..libc::CPU_SETSIZE as usize).filter(|number| libc::CPU_ISSET(*number, &allowed));
        let number = match processor {
            Processor::First => numbers.next(),
            Processor::Last => numbers.next_back(),
        };
        let mut one: libc::cpu_set_t = mem::zeroed();
        libc::CPU_SET(number.expect("this thread runs somewhere"), &mut one);
        assert_eq!(libc::sched_setaffinity(0, length, &raw const one), 0);
    }
}
