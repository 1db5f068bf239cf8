//! Overlapped operations under everything that may happen to them at once, by many threads and at random.
//!
//! Every operation that pended, or ended at once, is told of once by each of those who are to tell, and no
//! other is; its OVERLAPPED and its buffer are the program's from then on; no byte of a stream and no
//! datagram is lost, doubled or out of its order; a receive that failed has taken nothing.
//!
//! OPENWS2_RACE_STEPS says how many steps are taken, OPENWS2_RACE_SEED by which choices.
#![cfg(target_pointer_width = "64")]

#[path = "overlapped_races/cell.rs"]
mod cell;
#[path = "overlapped_races/chance.rs"]
mod chance;
#[path = "overlapped_races/ending.rs"]
mod ending;
#[path = "overlapped_races/ops.rs"]
mod ops;
#[path = "overlapped_races/steps.rs"]
mod steps;
#[path = "overlapped_races/stream.rs"]
mod stream;
#[path = "overlapped_races/trace.rs"]
mod trace;
mod util;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use openws2::Win32::Foundation::*;
use openws2::Win32::System::IO::*;

use cell::{Cell, Shape};
use chance::Chance;
use ops::ROUTINES;
use trace::fail;

/// What has not come about by then never will.
pub const LATE: Duration = Duration::from_secs(8);

const WORKERS: usize = 8;
const CELLS: usize = 10;
const STEPS: u64 = 40_000;
/// How many threads the ports let run, and how many only take packets.
const CONCURRENCY: [u32; 2] = [1, 3];
const TAKERS: usize = 4;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name}={value}")))
}

struct World {
    seed: u64,
    target: u64,
    steps: AtomicU64,
    ports: Vec<usize>,
    cells: Vec<RwLock<Arc<Cell>>>,
    last_cell: AtomicU64,
    at_work: AtomicUsize,
    done: AtomicBool,
}

impl World {
    fn new(seed: u64, target: u64) -> Self {
        let port = |&threads| unsafe {
            CreateIoCompletionPort(INVALID_HANDLE_VALUE, std::ptr::null_mut(), 0, threads)
        };
        let ports: Vec<usize> = CONCURRENCY.iter().map(|threads| port(threads) as usize).collect();
        let mut chance = Chance::new(seed);
        let last_cell = AtomicU64::new(0);
        let cells = (0..CELLS).map(|_| RwLock::new(new_cell(&last_cell, &ports, &mut chance))).collect();
        let steps = AtomicU64::new(0);
        Self {
            seed,
            target,
            steps,
            ports,
            cells,
            last_cell,
            at_work: AtomicUsize::new(WORKERS),
            done: AtomicBool::new(false),
        }
    }

    fn work(&self, worker: usize) {
        let mut chance = Chance::new(self.seed ^ (worker as u64 + 1) << 32);
        while self.steps.fetch_add(1, Ordering::Relaxed) < self.target {
            let place = &self.cells[chance.below(CELLS)];
            let cell = Arc::clone(&place.read().unwrap());
            steps::step(&cell, &self.ports, &mut chance);
            if cell.steps_left.fetch_sub(1, Ordering::Relaxed) < 0
                && !cell.ending.swap(true, Ordering::SeqCst)
            {
                ending::end_cell(&cell, &self.ports, &mut chance);
                *place.write().unwrap() = new_cell(&self.last_cell, &self.ports, &mut chance);
            }
        }
        self.at_work.fetch_sub(1, Ordering::SeqCst);
        // Others wait for what only this thread can do.
        while !self.done.load(Ordering::SeqCst) {
            steps::serve(&self.ports, &mut chance);
            std::thread::yield_now();
        }
        if ROUTINES.with(std::cell::Cell::get) != 0 {
            fail(0, "routines have not run");
        }
        ops::rest_in_peace();
    }

    fn take(&self, taker: usize) {
        let mut chance = Chance::new(self.seed ^ (taker as u64 + 1) << 48);
        let port = self.ports[taker % self.ports.len()];
        while steps::take_packets(port, LATE.as_millis() as u32, &mut chance) {}
        ops::rest_in_peace();
    }

    /// A run in which nothing happens any more does not end by itself.
    fn watch(&self) {
        let (mut seen, mut since) = (0, Instant::now());
        while !self.done.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(50));
            let now = trace::progress();
            if now != seen {
                (seen, since) = (now, Instant::now());
            } else if since.elapsed() > LATE + LATE {
                fail(0, "nothing happens any more");
            }
        }
    }

    fn run(&self) {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..WORKERS).map(|n| scope.spawn(move || self.work(n))).collect();
            let takers: Vec<_> = (0..TAKERS).map(|n| scope.spawn(move || self.take(n))).collect();
            scope.spawn(|| self.watch());
            let mut chance = Chance::new(self.seed ^ 1 << 62);
            while self.at_work.load(Ordering::SeqCst) > 0 {
                steps::serve(&self.ports, &mut chance);
                std::thread::sleep(Duration::from_millis(1));
            }
            for cell in &self.cells {
                ending::end_cell(&cell.read().unwrap(), &self.ports, &mut chance);
            }
            self.done.store(true, Ordering::SeqCst);
            workers.into_iter().for_each(|worker| worker.join().unwrap());
            for n in 0..TAKERS {
                let port = self.ports[n % self.ports.len()] as HANDLE;
                unsafe { PostQueuedCompletionStatus(port, 0, steps::LAST, std::ptr::null()) };
            }
            takers.into_iter().for_each(|taker| taker.join().unwrap());
        });
        ops::rest_in_peace();
        assert_eq!(ops::ALIVE.load(Ordering::SeqCst), 0);
        assert!(steps::POSTED.lock().unwrap().as_ref().is_none_or(|keys| keys.is_empty()));
        for &port in &self.ports {
            unsafe { CloseHandle(port as HANDLE) };
        }
    }
}

fn new_cell(last: &AtomicU64, ports: &[usize], chance: &mut Chance) -> Arc<Cell> {
    let id = last.fetch_add(1, Ordering::Relaxed) + 1;
    let shape = Shape::any(chance, ports.len());
    let steps = 100 + chance.below(1500) as i64;
    Cell::new(id, &shape, ports, steps)
}

#[test]
fn every_operation_ends_once_and_no_byte_is_lost() {
    let _winsock = util::Winsock::start();
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let seed = number("OPENWS2_RACE_SEED").unwrap_or(time.as_nanos() as u64);
    trace::set_seed(seed);
    let began = Instant::now();
    let world = World::new(seed, number("OPENWS2_RACE_STEPS").unwrap_or(STEPS));
    world.run();
    let (succeeded, failed) = (&ops::SUCCEEDED, &ops::CANCELLED);
    println!(
        "{} steps, {} cells, {} operations succeeded and {} failed in {:?}; seed {seed}",
        world.steps.load(Ordering::Relaxed),
        world.last_cell.load(Ordering::Relaxed),
        succeeded.load(Ordering::Relaxed),
        failed.load(Ordering::Relaxed),
        began.elapsed()
    );
    assert!(succeeded.load(Ordering::Relaxed) > 0 && failed.load(Ordering::Relaxed) > 0);
}
