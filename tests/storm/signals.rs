//! The storm itself: a signal for one thread every 100 µs, and a limit on a test's time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Once, mpsc};
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;

use crate::util::*;

/// The program's own signal in these tests.
pub const OWN: i32 = libc::SIGUSR2;

const EVERY: Duration = Duration::from_micros(100);

/// How often the handler ran, in any thread.
static HITS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_: libc::c_int) {
    HITS.fetch_add(1, Ordering::Relaxed);
}

/// Installs the program's handler for a signal: no SA_RESTART, so that calls end with EINTR.
pub fn handle(signal: i32) {
    // SAFETY: all-zero is a plain value of it; the handler only counts.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = count as extern "C" fn(libc::c_int) as libc::sighandler_t;
        assert_eq!(libc::sigaction(signal, &raw const action, std::ptr::null_mut()), 0);
    }
}

/// Keeps a signal out of the calling thread.
pub fn block(signal: i32) {
    // SAFETY: all-zero is a plain value of it, and sigemptyset makes it the empty set.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        assert_eq!(libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()), 0);
    }
}

/// A storm over one thread, from when that thread makes it until it drops it.
pub struct Storm {
    weather: Weather,
    began: Instant,
    hits: usize,
}

impl Storm {
    /// The program's own signal, every 100 µs, for the calling thread.
    pub fn over_me() -> Self {
        static INSTALL: Once = Once::new();
        INSTALL.call_once(|| handle(OWN));
        Self::of(OWN)
    }

    /// Another signal, whose handler is somebody else's affair.
    pub fn of(signal: i32) -> Self {
        let hits = HITS.load(Ordering::Relaxed);
        Self { weather: Weather::over_me(signal), began: Instant::now(), hits }
    }

    /// Signals that were handled since the storm began, in this and other storms.
    pub fn hits(&self) -> usize {
        HITS.load(Ordering::Relaxed) - self.hits
    }

    /// A test in which no storm was proves nothing: a signal for every millisecond at least.
    #[track_caller]
    pub fn assert_raged(&self) {
        assert!(self.weather.is_on());
        let (hits, took) = (self.hits(), self.began.elapsed());
        assert!(hits as u128 >= took.as_millis() / 2, "{hits} signals in {took:?}");
    }
}

/// A timer of the host's that signals one thread.
#[cfg(target_os = "linux")]
struct Weather(libc::timer_t);

#[cfg(target_os = "linux")]
impl Weather {
    fn over_me(signal: i32) -> Self {
        let every = libc::timespec { tv_sec: 0, tv_nsec: EVERY.as_nanos() as _ };
        // SAFETY: all-zero is a plain value of a sigevent; all pointers are to what lives here.
        unsafe {
            let mut event: libc::sigevent = std::mem::zeroed();
            event.sigev_notify = libc::SIGEV_THREAD_ID;
            event.sigev_signo = signal;
            event.sigev_notify_thread_id = libc::gettid();
            let mut timer: libc::timer_t = std::mem::zeroed();
            assert_eq!(libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer), 0);
            let times = libc::itimerspec { it_interval: every, it_value: every };
            assert_eq!(libc::timer_settime(timer, 0, &raw const times, std::ptr::null_mut()), 0);
            Self(timer)
        }
    }

    fn is_on(&self) -> bool {
        true
    }
}

#[cfg(target_os = "linux")]
impl Drop for Weather {
    fn drop(&mut self) {
        // SAFETY: the timer is this value's own.
        unsafe { libc::timer_delete(self.0) };
    }
}

/// Where timers cannot choose a thread, a thread chooses the times.
#[cfg(not(target_os = "linux"))]
struct Weather {
    over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[cfg(not(target_os = "linux"))]
impl Weather {
    fn over_me(signal: i32) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        // SAFETY: always callable.
        let target = unsafe { libc::pthread_self() } as usize;
        let seen = over.clone();
        let thread = std::thread::spawn(move || strike(target, signal, &seen, || EVERY));
        Self { over, thread: Some(thread) }
    }

    fn is_on(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

#[cfg(not(target_os = "linux"))]
impl Drop for Weather {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// Signals from outside, from another thread and at odd times, until it is dropped. The target is the
/// calling thread, which must outlive this.
pub struct Strikes {
    over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Strikes {
    pub fn on_me(signal: i32) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        // SAFETY: always callable.
        let target = unsafe { libc::pthread_self() } as usize;
        let seen = over.clone();
        // A fixed sequence of odd pauses: 0 to 511 µs.
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let pause = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            Duration::from_micros(state & 0x1FF)
        };
        let thread = std::thread::spawn(move || strike(target, signal, &seen, pause));
        Self { over, thread: Some(thread) }
    }
}

impl Drop for Strikes {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

fn strike(target: usize, signal: i32, over: &AtomicBool, mut pause: impl FnMut() -> Duration) {
    while !over.load(Ordering::SeqCst) {
        // SAFETY: the target waits for this thread before it ends.
        unsafe { libc::pthread_kill(target as libc::pthread_t, signal) };
        std::thread::sleep(pause());
    }
}

/// Set in the environment: the process uses out-of-band data, so every stream is watched for it.
const WATCHED: &str = "OPENWS2_TEST_WATCHED";

/// Whether this is such a process.
pub fn is_watched() -> bool {
    std::env::var_os(WATCHED).is_some()
}

/// Runs these tests once more in a process that uses out-of-band data: its streams take another way.
#[track_caller]
pub fn run_again_watched(tests: &[&str]) {
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    let output = again.args(tests).arg("--test-threads=6").env(WATCHED, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(!said.contains("running 0 tests"), "{said}");
}

/// SIOCATMARK is a sign of out-of-band data.
fn watch_if_asked() {
    static SIGN: Once = Once::new();
    if !is_watched() {
        return;
    }
    SIGN.call_once(|| {
        std::mem::forget(Winsock::start());
        let (a, b) = tcp_pair();
        let mut mark = 0;
        assert_eq!(unsafe { ioctlsocket(a, SIOCATMARK, &mut mark) }, 0);
        close(a);
        close(b);
    });
}

/// Runs the body in a thread of its own and fails if it hangs. All of them together take five seconds where
/// nobody else uses the processors; the limit is for a machine on which everybody does.
#[track_caller]
pub fn bounded<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    const LIMIT: Duration = Duration::from_secs(30);
    watch_if_asked();
    let (told, result) = mpsc::channel();
    let thread = std::thread::spawn(move || told.send(body()));
    match result.recv_timeout(LIMIT) {
        Ok(value) => value,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("still not done after {LIMIT:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(thread.join().expect_err("a thread that tells nothing has panicked"))
        }
    }
}

/// How late a wait may end: the host's scheduling, and what .NET's own tests allow (G119).
pub const SLACK: Duration = Duration::from_millis(1500);

/// Never early (G119), and not unboundedly late.
#[track_caller]
pub fn assert_in_time(took: Duration, asked: Duration) {
    assert!(took >= asked, "after {took:?}, asked for {asked:?}");
    assert!(took < asked + SLACK, "after {took:?}, asked for {asked:?}");
}
