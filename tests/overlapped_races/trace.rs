//! What each thread has done of late, and how a run ends that has found something.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// So many notes are kept of each thread.
const KEPT: usize = 4000;
/// So many of the last notes are printed.
const PRINTED: usize = 3000;

#[derive(Clone, Copy)]
struct Note {
    at: u64,
    thread: u32,
    cell: u64,
    what: &'static str,
    a: usize,
    b: i64,
}

type Ring = Arc<Mutex<VecDeque<Note>>>;

static RINGS: Mutex<Vec<Ring>> = Mutex::new(Vec::new());
static SEED: AtomicU64 = AtomicU64::new(0);
static NOW: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static RING: RefCell<Option<(u32, Ring)>> = const { RefCell::new(None) };
}

pub fn set_seed(seed: u64) {
    SEED.store(seed, Ordering::Relaxed);
}

/// How many notes there are, which grows as long as the run goes on.
pub fn progress() -> u64 {
    NOW.load(Ordering::Relaxed)
}

pub fn note(cell: u64, what: &'static str, a: usize, b: i64) {
    let at = NOW.fetch_add(1, Ordering::Relaxed);
    RING.with(|own| {
        let mut own = own.borrow_mut();
        let (thread, ring) = own.get_or_insert_with(|| {
            let mut rings = RINGS.lock().unwrap();
            let ring = Ring::default();
            rings.push(Arc::clone(&ring));
            (rings.len() as u32, ring)
        });
        let mut ring = ring.lock().unwrap();
        if ring.len() == KEPT {
            ring.pop_front();
        }
        ring.push_back(Note { at, thread: *thread, cell, what, a, b });
    });
}

/// Says what is wrong, with the seed and what led to it, and ends the process: what other threads find
/// afterwards would only hide it.
#[track_caller]
pub fn fail(cell: u64, what: &str) -> ! {
    static ONCE: Mutex<()> = Mutex::new(());
    // Never given back: the first one to fail tells.
    let once = ONCE.lock().unwrap();
    let mut notes: Vec<Note> = Vec::new();
    for ring in RINGS.lock().unwrap().iter() {
        notes.extend(ring.lock().unwrap().iter());
    }
    notes.sort_unstable_by_key(|note| note.at);
    let mut text = String::new();
    let about = |note: &&Note| cell == 0 || note.cell == cell || note.cell == 0;
    let chosen: Vec<&Note> = notes.iter().filter(about).collect();
    for Note { at, thread, cell, what, a, b } in &chosen[chosen.len().saturating_sub(PRINTED)..] {
        let _ = writeln!(text, "  {at:8} thread {thread:3} cell {cell:5} {what:28} {a:#x} {b}");
    }
    let seed = SEED.load(Ordering::Relaxed);
    let place = std::panic::Location::caller();
    let _ = writeln!(text, "cell {cell}: {what} ({place}); OPENWS2_RACE_SEED={seed}");
    // Not eprint, which a test harness keeps for itself.
    let _ = std::io::stderr().write_all(text.as_bytes());
    std::mem::forget(once);
    std::process::abort()
}
