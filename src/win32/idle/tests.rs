//! How threads are woken, and how the lead is handed on.

use std::process::Command;

use super::*;

const LATE: u32 = 20_000;

fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_millis(LATE.into());
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_sleeper_is_called_or_invited_and_keeps_the_two_apart() {
    let seat = Seat::new();
    std::thread::scope(|scope| {
        let sleeper = scope.spawn(|| seat.sleep(Deadline::after_ms(LATE)));
        seat.invite();
        assert!(!sleeper.join().unwrap() && seat.invited.swap(false, Ordering::SeqCst));
        let sleeper = scope.spawn(|| seat.sleep(Deadline::after_ms(LATE)));
        seat.call();
        assert!(sleeper.join().unwrap() && !seat.invited.load(Ordering::SeqCst));
    });
    // Both at once are both remembered, in whichever order they came.
    seat.call();
    seat.invite();
    assert!(seat.sleep(Deadline::NEVER) && seat.invited.swap(false, Ordering::SeqCst));
    seat.invite();
    seat.call();
    assert!(seat.sleep(Deadline::NEVER) && seat.invited.load(Ordering::SeqCst));
    assert!(!seat.notice());
}

/// A driver under which nothing happens.
struct Still {
    kicked: Mutex<bool>,
    kick: Condvar,
    /// The identifier of the thread that is inside.
    inside: AtomicU32,
}

static STILL: Still = Still { kicked: Mutex::new(false), kick: Condvar::new(), inside: AtomicU32::new(0) };

impl Driver for Still {
    fn turn(&self, _: Deadline, awake: &dyn Fn()) {
        self.inside.store(thread::current_id(), Ordering::SeqCst);
        let kicked = self.kick.wait_while(hold(&self.kicked), |kicked| !*kicked);
        *kicked.unwrap_or_else(PoisonError::into_inner) = false;
        self.inside.store(0, Ordering::SeqCst);
        awake();
    }

    fn kick(&self) {
        *hold(&self.kicked) = true;
        self.kick.notify_one();
    }
}

/// A thread that sits until it is called off.
struct Sitter {
    thread: Arc<Thread>,
    off: Arc<AtomicBool>,
    handle: std::thread::JoinHandle<()>,
}

impl Sitter {
    fn new() -> Self {
        let off = Arc::new(AtomicBool::new(false));
        let (tell, told) = std::sync::mpsc::channel();
        let over = Arc::clone(&off);
        let handle = std::thread::spawn(move || {
            tell.send(thread::current()).unwrap();
            while !over.load(Ordering::SeqCst) {
                sit(Deadline::NEVER);
            }
        });
        Self { thread: told.recv().unwrap(), off, handle }
    }

    fn leading() -> Self {
        let sitter = Self::new();
        sitter.until_leading();
        sitter
    }

    fn following() -> Self {
        let sitter = Self::new();
        until("it follows", || sitter.does(doing::ASLEEP));
        sitter
    }

    fn until_leading(&self) {
        until("it leads", || STILL.inside.load(Ordering::SeqCst) == self.thread.id());
    }

    fn does(&self, what: u32) -> bool {
        self.thread.seat().doing.load(Ordering::SeqCst) == what
    }

    fn call_off(&self) {
        self.off.store(true, Ordering::SeqCst);
        self.thread.seat().call();
    }

    fn join(self) {
        self.handle.join().unwrap();
    }
}

/// The driver is the process's: this one runs in a process of its own.
#[test]
fn the_lead_is_handed_on_also_by_who_was_called_meanwhile() {
    const ALONE: &str = "OPENWS2_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let name = "win32::idle::tests::the_lead_is_handed_on_also_by_who_was_called_meanwhile";
        let mut own = Command::new(std::env::current_exe().unwrap());
        let run = own.args(["--exact", name]).env(ALONE, "1").output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
        return;
    }
    install(&STILL);
    begin(false);
    for _ in 0..30 {
        let (leader, first, last) = (Sitter::leading(), Sitter::following(), Sitter::following());
        {
            // The last follower is called; while it is still seen, the leader resigns. Nobody knows who of
            // the two gets the list first.
            let _followers = hold(&shared().followers);
            last.call_off();
            until("it has noticed", || last.does(doing::UP));
            leader.call_off();
            until("it has left", || STILL.inside.load(Ordering::SeqCst) == 0);
        }
        leader.join();
        last.join();
        first.until_leading();
        first.call_off();
        first.join();
    }
    end(false);
}
