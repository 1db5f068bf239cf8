//! Models of what waits, for a checker that tries the ways in which threads can meet (`--cfg shuttle`,
//! ci/models.sh): the real waits, events, calls and ports, and the real hand-over of the lead, over a driver
//! without a host. A wake-up that is lost leaves a thread waiting for ever, which the checker reports.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

use shuttle::sync::{Condvar, Mutex};
use shuttle::thread::{self, JoinHandle};

use super::apc::{self, Apc};
use super::event::{self, Event};
use super::idle::{self, Driver};
use super::port::{Empty, Packet, Port};
use super::queue::{self, EVERYTHING, Filter, Message, Wanted, Whose};
use super::wait::{self, Deadline, Outcome, Waitable};
use crate::status::NtStatus;

/// Tries a model in many ways; how many can be said from outside.
fn check(model: fn()) {
    // What threads share is one for the process.
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let ways = std::env::var("OPENWS2_MODEL_WAYS").ok().and_then(|ways| ways.parse().ok()).unwrap_or(5000);
    let run = move || {
        idle::begin_anew();
        *host() = Arc::new(Host::default());
        model();
    };
    shuttle::check_random(run, ways);
    shuttle::check_pct(run, ways, 3);
}

/// What stands for the host: descriptors become ready, and the driver tells of it.
#[derive(Default)]
struct Host {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Operation>,
    kicked: bool,
    inside: bool,
}

/// An operation that ends once its descriptor is ready.
struct Operation {
    eager: bool,
    event: Option<Arc<Event>>,
    port: Option<(Arc<Port>, usize)>,
}

fn host() -> std::sync::MutexGuard<'static, Arc<Host>> {
    static HOST: std::sync::LazyLock<std::sync::Mutex<Arc<Host>>> =
        std::sync::LazyLock::new(Default::default);
    HOST.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Model;

impl Driver for Model {
    fn turn(&self, deadline: Deadline, awake: &dyn Fn()) {
        let host = Arc::clone(&host());
        let ready = {
            let mut state = host.state.lock().unwrap();
            assert!(!std::mem::replace(&mut state.inside, true), "two threads lead");
            while state.ready.is_empty() && !state.kicked && !deadline.is_past() {
                state = host.changed.wait(state).unwrap();
            }
            state.kicked = false;
            std::mem::take(&mut state.ready)
        };
        awake();
        ready.into_iter().for_each(Operation::end);
        host.state.lock().unwrap().inside = false;
    }

    fn kick(&self) {
        let host = Arc::clone(&host());
        host.state.lock().unwrap().kicked = true;
        host.changed.notify_one();
    }
}

impl Operation {
    /// As the requests of a socket begin.
    fn begin(self) -> JoinHandle<()> {
        idle::install(&Model);
        idle::begin(self.eager);
        // Its data come at any time from here on.
        let network = thread::spawn(move || {
            let host = Arc::clone(&host());
            host.state.lock().unwrap().ready.push_back(self);
            host.changed.notify_one();
        });
        idle::begun();
        network
    }

    fn end(self) {
        idle::end(self.eager);
        if let Some(event) = self.event {
            event::set(&event);
        }
        if let Some((port, key)) = self.port {
            port.post(packet(key));
        }
    }
}

fn packet(key: usize) -> Packet {
    Packet { key, overlapped: key, bytes: 0, status: NtStatus::SUCCESS, unwritten: false }
}

fn objects(events: &[&Arc<Event>]) -> Vec<Arc<Waitable>> {
    events.iter().map(|&event| Arc::clone(event) as Arc<Waitable>).collect()
}

fn wait_for(events: &[&Arc<Event>], all: bool) -> Outcome {
    wait::wait(objects(events), all, Deadline::NEVER, false)
}

fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// An auto-reset event lets one go for each time that it is set.
#[test]
fn an_event_that_is_set_lets_one_go() {
    check(|| {
        let event = event::new(false, false);
        let waiters = [(); 2].map(|()| {
            let event = Arc::clone(&event);
            thread::spawn(move || assert_eq!(wait_for(&[&event], false), Outcome::Signalled(0)))
        });
        event::set(&event);
        // Once more when the first one has been let go: set twice before is set once.
        let again = Arc::clone(&event);
        let setter = thread::spawn(move || {
            while event::is_set(&again) {
                thread::yield_now();
            }
            event::set(&again);
        });
        join(waiters);
        join([setter]);
        assert!(!event::is_set(&event));
    });
}

/// A wait for all takes all or nothing beside waits for one.
#[test]
fn a_wait_for_all_takes_nothing_from_others() {
    check(|| {
        let (a, b) = (event::new(false, false), event::new(false, false));
        let both = {
            let (a, b) = (Arc::clone(&a), Arc::clone(&b));
            thread::spawn(move || assert_eq!(wait_for(&[&a, &b], true), Outcome::Signalled(0)))
        };
        let one = {
            let a = Arc::clone(&a);
            thread::spawn(move || assert_eq!(wait_for(&[&a], false), Outcome::Signalled(0)))
        };
        let setter = {
            let a = Arc::clone(&a);
            thread::spawn(move || event::set(&a))
        };
        event::set(&b);
        join([setter]);
        // Whoever got it, the other one gets the next.
        while event::is_set(&a) {
            thread::yield_now();
        }
        event::set(&a);
        join([both, one]);
        assert!(!event::is_set(&a) && !event::is_set(&b));
    });
}

/// A manual event that is reset at the same time wakes all or none, and nobody is left half awake.
#[test]
fn a_set_event_is_seen_by_all_who_come() {
    check(|| {
        let event = event::new(true, false);
        let waiters = [(); 3].map(|()| {
            let event = Arc::clone(&event);
            thread::spawn(move || assert_eq!(wait_for(&[&event], false), Outcome::Signalled(0)))
        });
        event::set(&event);
        join(waiters);
    });
}

/// A call that is queued ends an alertable wait, or the event does and the call runs in the next one.
#[test]
fn a_call_is_never_missed() {
    check(|| {
        let event = event::new(false, false);
        let (told, here) = shuttle::sync::mpsc::channel();
        let ran = Arc::new(Mutex::new(0));
        let waiter = {
            let (event, ran) = (Arc::clone(&event), Arc::clone(&ran));
            thread::spawn(move || {
                told.send(super::thread::current()).unwrap();
                let (mut set, mut alerted) = (false, false);
                while !(set && alerted) {
                    match wait::wait(objects(&[&event]), false, Deadline::NEVER, true) {
                        Outcome::Signalled(_) => set = true,
                        Outcome::Alerted => alerted = true,
                        Outcome::TimedOut => panic!("never"),
                    }
                }
                assert_eq!(*ran.lock().unwrap(), 1);
            })
        };
        let thread = here.recv().unwrap();
        let setter = thread::spawn(move || event::set(&event));
        let call = Apc { group: 0, run: Box::new(move || *ran.lock().unwrap() += 1) };
        assert!(apc::queue(&thread, call));
        join([waiter, setter]);
    });
}

/// Every packet is taken once, whatever number of threads the port lets run.
#[test]
fn no_packet_lies_for_ever_or_comes_twice() {
    check(|| {
        let port = Port::new(1);
        let taken = Arc::new(Mutex::new(Vec::new()));
        let takers = [(); 3].map(|()| {
            let (port, taken) = (Arc::clone(&port), Arc::clone(&taken));
            thread::spawn(move || {
                while let Ok(packet) = port.take(Deadline::NEVER, false) {
                    taken.lock().unwrap().push(packet.key);
                }
            })
        });
        let posters = [1, 2].map(|n| {
            let port = Arc::clone(&port);
            thread::spawn(move || (0..2).for_each(|i| port.post(packet(n * 10 + i))))
        });
        join(posters);
        while taken.lock().unwrap().len() < 4 {
            thread::yield_now();
        }
        port.close();
        join(takers);
        let mut taken = taken.lock().unwrap().clone();
        taken.sort_unstable();
        assert_eq!(taken, [10, 11, 20, 21]);
    });
}

/// Threads that took a packet and wait elsewhere keep nobody from the next one.
#[test]
fn a_thread_that_waits_elsewhere_lets_another_go() {
    check(|| {
        let port = Port::new(1);
        let event = event::new(false, false);
        let first = {
            let (port, event) = (Arc::clone(&port), Arc::clone(&event));
            thread::spawn(move || {
                let packet = port.take(Deadline::NEVER, false).unwrap();
                match packet.key {
                    1 => assert_eq!(wait_for(&[&event], false), Outcome::Signalled(0)),
                    _ => event::set(&event),
                }
            })
        };
        let second = {
            let (port, event) = (Arc::clone(&port), Arc::clone(&event));
            thread::spawn(move || {
                let packet = port.take(Deadline::NEVER, false).unwrap();
                match packet.key {
                    1 => assert_eq!(wait_for(&[&event], false), Outcome::Signalled(0)),
                    _ => event::set(&event),
                }
            })
        };
        port.post(packet(1));
        port.post(packet(2));
        join([first, second]);
    });
}

/// Every message is taken once, in its sender's order, by a thread that waits only when it found nothing.
#[test]
fn a_posted_message_is_news() {
    check(|| {
        let (told, here) = shuttle::sync::mpsc::channel();
        let taker = thread::spawn(move || {
            let queue = queue::mine();
            told.send(Arc::clone(&queue)).unwrap();
            let all = Filter { whose: Whose::Anybodys, range: (0, 0) };
            let news = Wanted { kinds: EVERYTHING, old_too: false };
            let mut taken = Vec::new();
            while taken.len() < 4 {
                match queue::take(&queue, &all, EVERYTHING, true) {
                    Some(message) => taken.push(message.message),
                    None => drop(queue::wait(Vec::new(), false, Deadline::NEVER, false, news)),
                }
            }
            for sender in [10, 20] {
                let own: Vec<_> = taken.iter().filter(|&&message| message / 10 * 10 == sender).collect();
                assert_eq!(own, [&sender, &(sender + 1)]);
            }
        });
        let queue = here.recv().unwrap();
        let posters = [10, 20].map(|sender| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                (0..2).for_each(|i| queue::post(&queue, Message::new(0, sender + i, 0, 0)).unwrap());
            })
        });
        join(posters);
        join([taker]);
    });
}

/// Two threads ask each other at once: each answers while it waits.
#[test]
fn who_waits_for_an_answer_gives_one() {
    check(|| {
        let (told, here) = shuttle::sync::mpsc::channel();
        let (other_told, other_here) = shuttle::sync::mpsc::channel();
        let ask = |to: shuttle::sync::mpsc::Sender<_>, from: shuttle::sync::mpsc::Receiver<_>| {
            move || {
                let own = queue::mine();
                to.send(Arc::clone(&own)).unwrap();
                let other = from.recv().unwrap();
                let answered = std::cell::Cell::new(false);
                let answer = || {
                    queue::answer(&own, |message| {
                        answered.set(true);
                        message.lparam + 1
                    });
                };
                let sent = queue::send(&other, Message::new(4, 5, 6, 7)).unwrap();
                while !queue::wait_for_answer(&sent) {
                    answer();
                }
                assert_eq!(sent.result(), 8);
                let news = Wanted { kinds: EVERYTHING, old_too: false };
                while !answered.get() {
                    queue::wait(Vec::new(), false, Deadline::NEVER, false, news);
                    answer();
                }
            }
        };
        join([thread::spawn(ask(told, other_here)), thread::spawn(ask(other_told, here))]);
    });
}

/// Closing a port lets everybody go, also who comes at that time.
#[test]
fn a_port_that_closes_lets_everybody_go() {
    check(|| {
        let port = Port::new(2);
        let takers = [(); 2].map(|()| {
            let port = Arc::clone(&port);
            thread::spawn(move || assert_eq!(port.take(Deadline::NEVER, false), Err(Empty::Closed)))
        });
        port.close();
        join(takers);
    });
}

/// Each waits for an operation of its own: whoever leads ends the others' too, and leaves a leader behind.
#[test]
fn somebody_leads_while_threads_sit() {
    check(|| {
        let threads = [(); 3].map(|()| {
            thread::spawn(|| {
                let event = event::new(false, false);
                let operation = Operation { eager: true, event: Some(Arc::clone(&event)), port: None };
                let network = operation.begin();
                assert_eq!(wait_for(&[&event], false), Outcome::Signalled(0));
                join([network]);
            })
        });
        join(threads);
        assert_eq!(idle::pending(), 0);
    });
}

/// A thread sits already when the operation begins that ends its wait, and no background thread is for it.
#[test]
fn who_sits_is_asked_to_lead() {
    check(|| {
        let port = Port::new(2);
        let takers = [(); 2].map(|()| {
            let port = Arc::clone(&port);
            thread::spawn(move || {
                port.take(Deadline::NEVER, false).unwrap();
            })
        });
        let operations = [1, 2].map(|key| {
            let port = Some((Arc::clone(&port), key));
            Operation { eager: false, event: None, port }.begin()
        });
        join(operations);
        join(takers);
        assert_eq!(idle::pending(), 0);
    });
}

/// Nobody waits, and the end of the operation can be seen only in the port: who looks there finds it.
#[test]
fn who_only_looks_finds_what_has_come() {
    check(|| {
        let port = Port::new(1);
        let operation = Operation { eager: false, event: None, port: Some((Arc::clone(&port), 5)) };
        let network = operation.begin();
        while port.take(Deadline::after_ms(0), false).map(|packet| packet.key) != Ok(5) {
            thread::yield_now();
        }
        join([network]);
        assert_eq!(idle::pending(), 0);
    });
}

/// Nobody sits: the background thread leads for an operation whose end can be seen, until somebody comes.
#[test]
fn the_background_leads_when_nobody_sits() {
    check(|| {
        let event = event::new(true, false);
        let network = Operation { eager: true, event: Some(Arc::clone(&event)), port: None }.begin();
        while !event::is_set(&event) {
            thread::yield_now();
        }
        join([network]);
        let second = event::new(false, false);
        let network = Operation { eager: true, event: Some(Arc::clone(&second)), port: None }.begin();
        assert_eq!(wait_for(&[&second], false), Outcome::Signalled(0));
        join([network]);
        assert_eq!(idle::pending(), 0);
    });
}

/// What is to be done later is done, also while an operation pends and the background thread leads for it.
#[test]
fn what_is_late_is_done() {
    check(|| {
        let event = event::new(true, false);
        let operation = Operation { eager: true, event: Some(Arc::clone(&event)), port: None };
        idle::install(&Model);
        idle::begin(true);
        idle::begun();
        let done = Arc::new(Mutex::new(false));
        let late = Arc::clone(&done);
        idle::after(std::time::Duration::ZERO, move || *late.lock().unwrap() = true);
        while !*done.lock().unwrap() {
            thread::yield_now();
        }
        let host = Arc::clone(&host());
        host.state.lock().unwrap().ready.push_back(operation);
        host.changed.notify_one();
        while !event::is_set(&event) {
            thread::yield_now();
        }
    });
}
