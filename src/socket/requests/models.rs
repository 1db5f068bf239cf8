//! A model of how requests wait in a lane, for a checker that tries the ways in which threads can meet.
//!
//! [`Requests`](super::Requests) itself needs the host's descriptors and its poll, which no checker can run: what
//! follows is its protocol alone, step by step under the same names and with the same locks, for two SOCKETs that
//! stand for one object. It must be changed with the code that it follows.

use std::collections::VecDeque;
use std::sync::Arc;

use shuttle::sync::atomic::{AtomicBool, Ordering};
use shuttle::sync::{Condvar, Mutex};
use shuttle::thread;

/// One of the two SOCKETs.
type Fd = usize;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Met,
    Cancelled,
    Closed,
    Refused,
}

/// The host: what has come, and whom its poll tells; each arrival is an edge.
#[derive(Default)]
struct Host {
    queued: usize,
    registered: [bool; 2],
    edges: VecDeque<Fd>,
    over: bool,
}

/// The request that waits for two to come; others wait for one.
const ALL: usize = 2;

fn wants(request: usize) -> usize {
    if request == ALL { 2 } else { 1 }
}

/// A request, and how many it has taken so far.
struct Waiting {
    request: usize,
    took: usize,
}

#[derive(Default)]
struct Object {
    lane: Mutex<VecDeque<Waiting>>,
    watched: Mutex<Option<Fd>>,
    closing: [AtomicBool; 2],
    /// The SOCKETs that stand for the object.
    twins: Mutex<Vec<Fd>>,
    host: Mutex<Host>,
    turn: Condvar,
    ends: Mutex<Vec<(usize, End)>>,
}

impl Object {
    fn new(twins: &[Fd]) -> Arc<Self> {
        Arc::new(Self { twins: Mutex::new(twins.to_vec()), ..Self::default() })
    }

    fn is_closing(&self, fd: Fd) -> bool {
        self.closing[fd].load(Ordering::SeqCst)
    }

    fn finish(&self, request: usize, end: End) {
        self.ends.lock().unwrap().push((request, end));
    }

    /// One try: by a SOCKET that is being closed it says so rather than that there is nothing.
    fn attempt(&self, by: Fd, waiting: &mut Waiting) -> Option<End> {
        let mut host = self.host.lock().unwrap();
        while host.queued > 0 {
            host.queued -= 1;
            waiting.took += 1;
            if waiting.took == wants(waiting.request) {
                return Some(End::Met);
            }
        }
        drop(host);
        self.is_closing(by).then_some(End::Closed)
    }

    /// What it took is there for the next one; no poll tells of it.
    fn undo(&self, waiting: &Waiting) {
        self.host.lock().unwrap().queued += waiting.took;
    }

    fn register(&self, fd: Fd) {
        let mut host = self.host.lock().unwrap();
        host.registered[fd] = true;
        if host.queued > 0 {
            host.edges.push_back(fd);
            self.turn.notify_all();
        }
    }

    fn start(&self, by: Fd, request: usize) {
        let mut lane = self.lane.lock().unwrap();
        let mut waiting = Waiting { request, took: 0 };
        if lane.is_empty() {
            if let Some(end) = self.attempt(by, &mut waiting) {
                if end == End::Met {
                    return self.finish(request, end);
                }
                self.undo(&waiting);
                return self.finish(request, End::Refused);
            }
        }
        if self.is_closing(by) {
            self.undo(&waiting);
            return self.finish(request, End::Refused);
        }
        let mut watched = self.watched.lock().unwrap();
        if watched.is_none() {
            self.register(by);
            *watched = Some(by);
        }
        drop(watched);
        lane.push_back(waiting);
    }

    fn advance(&self, mut by: Fd, lane: &mut VecDeque<Waiting>) {
        while let Some(front) = lane.front_mut() {
            match self.attempt(by, front) {
                None => return,
                Some(End::Met) => {
                    lane.pop_front().into_iter().for_each(|ended| self.finish(ended.request, End::Met));
                }
                // Not its end, but of the SOCKET by which it was tried.
                Some(_) => match *self.watched.lock().unwrap() {
                    Some(other) if !self.is_closing(other) => by = other,
                    _ => return,
                },
            }
        }
    }

    fn try_again(&self, by: Fd) {
        if !self.is_closing(by) {
            let mut lane = self.lane.lock().unwrap();
            self.advance(by, &mut lane);
        }
    }

    fn cancel(&self, by: Fd, request: usize) {
        let mut lane = self.lane.lock().unwrap();
        if let Some(place) = lane.iter().position(|other| other.request == request) {
            lane.remove(place).into_iter().for_each(|cancelled| self.undo(&cancelled));
            self.finish(request, End::Cancelled);
            self.advance(by, &mut lane);
        }
    }

    fn close(&self, fd: Fd) {
        self.closing[fd].store(true, Ordering::SeqCst);
        let others = {
            let mut twins = self.twins.lock().unwrap();
            twins.retain(|&twin| twin != fd);
            twins.clone()
        };
        if !others.is_empty() {
            drop(self.lane.lock().unwrap());
        }
        let mut watched = self.watched.lock().unwrap();
        if *watched == Some(fd) {
            self.host.lock().unwrap().registered[fd] = false;
            *watched = others.iter().copied().find(|&other| !self.is_closing(other));
            watched.into_iter().for_each(|other| self.register(other));
        }
        drop(watched);
        if others.is_empty() {
            let waiting = std::mem::take(&mut *self.lane.lock().unwrap());
            waiting.into_iter().for_each(|ended| self.finish(ended.request, End::Closed));
        }
    }

    fn arrive(&self) {
        let mut host = self.host.lock().unwrap();
        host.queued += 1;
        let told = (0..2).filter(|&fd| host.registered[fd]).collect::<Vec<_>>();
        host.edges.extend(told);
        self.turn.notify_all();
    }

    /// The reactor, until there is nothing more to come.
    fn turn(&self) {
        loop {
            let mut host = self.host.lock().unwrap();
            while host.edges.is_empty() && !host.over {
                host = self.turn.wait(host).unwrap();
            }
            let Some(fd) = host.edges.pop_front() else { return };
            drop(host);
            self.try_again(fd);
        }
    }

    fn ends_of(&self, request: usize) -> Vec<End> {
        self.ends.lock().unwrap().iter().filter(|end| end.0 == request).map(|end| end.1).collect()
    }
}

type Step = fn(&Object);

/// Runs the steps at once, and looks whether what must be true is.
fn check(twins: &'static [Fd], requests: usize, steps: &'static [Step], stays: Option<Fd>) {
    let ways = std::env::var("OPENWS2_MODEL_WAYS").ok().and_then(|ways| ways.parse().ok()).unwrap_or(5000);
    let run = move || {
        let object = Object::new(twins);
        let reactor = {
            let object = Arc::clone(&object);
            thread::spawn(move || object.turn())
        };
        let threads: Vec<_> = steps
            .iter()
            .map(|&step| {
                let object = Arc::clone(&object);
                thread::spawn(move || step(&object))
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        object.host.lock().unwrap().over = true;
        object.turn.notify_all();
        reactor.join().unwrap();
        let queued = object.host.lock().unwrap().queued;
        let (waiting, held) = {
            let lane = object.lane.lock().unwrap();
            (lane.len(), lane.iter().map(|waiting| waiting.took).sum::<usize>())
        };
        assert!(waiting == 0 || queued == 0, "{waiting} wait for {queued} that have come");
        if let Some(last) = stays {
            object.close(last);
        }
        (0..requests).for_each(|request| assert_eq!(object.ends_of(request).len(), 1, "request {request}"));
        let met = (0..requests).filter(|&request| object.ends_of(request) == [End::Met]);
        let met: usize = met.map(wants).sum();
        let came = steps.iter().filter(|&&step| std::ptr::fn_addr_eq(step, arrives as Step)).count();
        assert_eq!(met + queued + held, came, "a request that was not met has taken something");
    };
    shuttle::check_random(run, ways);
    shuttle::check_pct(run, ways, 3);
}

fn arrives(object: &Object) {
    object.arrive();
}

#[test]
fn requests_end_once_whoever_cancels_them() {
    let steps: &[Step] = &[
        |object| (0..2).for_each(|request| object.start(0, request)),
        arrives,
        |object| object.cancel(0, 1),
        |object| object.cancel(0, 0),
    ];
    check(&[0], 2, steps, Some(0));
}

/// What one has taken when it is cancelled goes to those behind it.
#[test]
fn nothing_is_lost_that_a_cancelled_request_took() {
    let steps: &[Step] = &[
        |object| [ALL, 0].into_iter().for_each(|request| object.start(0, request)),
        |object| object.start(0, 1),
        arrives,
        arrives,
        |object| object.cancel(0, ALL),
    ];
    check(&[0], 3, steps, Some(0));
}

#[test]
fn requests_end_once_when_their_socket_is_closed() {
    let steps: &[Step] =
        &[|object| object.start(0, 0), |object| object.start(0, 1), arrives, |object| object.close(0)];
    check(&[0], 2, steps, None);
}

#[test]
fn requests_go_on_by_the_socket_that_stays() {
    let steps: &[Step] = &[
        |object| object.start(0, 0),
        |object| object.start(1, 1),
        arrives,
        arrives,
        |object| object.close(0),
    ];
    check(&[0, 1], 2, steps, Some(1));
}

#[test]
fn requests_end_when_both_are_closed_at_once() {
    let steps: &[Step] = &[
        |object| object.start(0, 0),
        |object| object.start(1, 1),
        arrives,
        |object| object.close(0),
        |object| object.close(1),
    ];
    check(&[0, 1], 2, steps, None);
}

/// One thread's requests are met in the order in which it made them.
#[test]
fn requests_are_met_in_order() {
    let run = || {
        let object = Object::new(&[0]);
        let reactor = {
            let object = Arc::clone(&object);
            thread::spawn(move || object.turn())
        };
        let network = {
            let object = Arc::clone(&object);
            thread::spawn(move || (0..3).for_each(|_| object.arrive()))
        };
        [0, 1, 3].into_iter().for_each(|request| object.start(0, request));
        network.join().unwrap();
        object.host.lock().unwrap().over = true;
        object.turn.notify_all();
        reactor.join().unwrap();
        let met: Vec<usize> = object.ends.lock().unwrap().iter().map(|end| end.0).collect();
        assert_eq!(met, [0, 1, 3]);
    };
    shuttle::check_random(run, 5000);
}
