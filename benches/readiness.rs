//! The price of waiting until sockets are ready: select and WSAPoll over a thousand sockets beside poll(2), and how
//! soon a WSAEventSelect event wakes its waiter, beside epoll.
//!
//! All of it is measured in one run, as in receive.rs: each round takes one batch of ours and one of the host's, in
//! changing order, and the ratio is taken per round; the table shows the median of those ratios, and the medians
//! and minima that they came from. Ours and the host's look at the very same sockets, so that the host's part of
//! the work is the same. With one ready, the last one, poll(2) prepares to sleep on all the others before it; with
//! more it finds one among the first and need not.
//!
//! `cargo bench --bench readiness`, optionally with `-- WORD` for the cases whose name has that word. Without
//! cargo's `--bench` (as in `cargo test --benches`) every case runs a few rounds only, to see that it works.

use std::env;
use std::hint::black_box;
use std::io;
use std::mem;
use std::ptr;
use std::rc::Rc;
use std::time::Instant;

use openws2::Win32::Networking::WinSock as ws;

#[cfg(target_os = "linux")]
#[path = "readiness/latency.rs"]
mod latency;
#[path = "readiness/polls.rs"]
mod polls;
#[path = "readiness/sets.rs"]
mod sets;

/// Sockets in a wait.
const SOCKETS: usize = 1000;
/// Calls in a batch.
const CALLS: usize = 10;
/// What the ratio to poll(2) should stay below.
const TARGET: f64 = 1.3;

/// Runs one batch and tells the nanoseconds that one call took in it.
type Batch = Box<dyn FnMut() -> f64>;

/// How a wait is made over these sockets, of which this many are ready.
type OfCrowd = fn(&Rc<Crowd>, usize) -> Batch;

struct Case {
    name: &'static str,
    /// How many of the sockets are ready. With none the wait has no time.
    ready: usize,
    ours: OfCrowd,
}

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let full = words.iter().any(|word| word == "--bench");
    let wanted: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    start();

    println!("medians (minima) of batch means in ns, ours and the host's in alternation");
    waits_for_many(full, wants);
    #[cfg(target_os = "linux")]
    latency::print(full, wants);
    #[cfg(not(target_os = "linux"))]
    println!("SKIPPED: there is no epoll to compare events with on this host");
}

fn waits_for_many(full: bool, wants: impl Fn(&str) -> bool) {
    // Sets of exceptions come last: from the first one on the process is one that uses out-of-band data.
    let cases: Vec<&Case> = polls::CASES.iter().chain(sets::CASES).filter(|case| wants(case.name)).collect();
    if cases.is_empty() {
        return;
    }
    print_head(&format!("one call over {SOCKETS} sockets"), "poll(2) ns");
    let crowd = Rc::new(Crowd::new(SOCKETS));
    for case in cases {
        crowd.make_ready(case.ready);
        let (mut ours, mut host) = ((case.ours)(&crowd, case.ready), sets::host(&crowd, case.ready));
        let rounds = if full { 600 } else { 3 };
        Measured::new(rounds, &mut ours, &mut host).print(case.name, full.then_some(TARGET));
    }
}

fn print_head(what: &str, host: &str) {
    println!("{what:<48} {:>18} {host:>18} {:>7} {:>12}", "ours ns", "ratio", "target");
}

/// What was measured of one case, each column sorted.
struct Measured {
    ours: Vec<f64>,
    host: Vec<f64>,
    ratios: Vec<f64>,
}

impl Measured {
    fn new(rounds: usize, ours: &mut Batch, host: &mut Batch) -> Self {
        // The first batch fills caches and makes buffers; that is not what is asked for.
        ours();
        host();
        let mut all = Self { ours: vec![], host: vec![], ratios: vec![] };
        for round in 0..rounds {
            let (our, its);
            if round % 2 == 0 {
                our = ours();
                its = host();
            } else {
                its = host();
                our = ours();
            }
            all.ours.push(our);
            all.host.push(its);
            all.ratios.push(our / its);
        }
        for column in [&mut all.ours, &mut all.host, &mut all.ratios] {
            column.sort_by(f64::total_cmp);
        }
        all
    }

    fn print(&self, name: &str, target: Option<f64>) {
        let median = |column: &[f64]| column[column.len() / 2];
        let times = |column: &[f64]| format!("{:.0} ({:.0})", median(column), column[0]);
        let ratio = median(&self.ratios);
        let target = match target {
            None => String::from("none"),
            Some(target) => format!("{target:.2} {}", if ratio <= target { "met" } else { "missed" }),
        };
        let (ours, host) = (times(&self.ours), times(&self.host));
        println!("{name:<48} {ours:>18} {host:>18} {ratio:>7.3} {target:>12}");
    }
}

/// The nanoseconds that one of `count` calls takes.
fn time(count: usize, mut call: impl FnMut()) -> f64 {
    let begin = Instant::now();
    for _ in 0..count {
        call();
    }
    begin.elapsed().as_nanos() as f64 / count as f64
}

/// This library's, as it is from then on for the whole process.
fn start() {
    // SAFETY: WSADATA is plain numbers and characters.
    let mut data: ws::WSADATA = unsafe { mem::zeroed() };
    // SAFETY: `data` is a WSADATA.
    let failed = unsafe { ws::WSAStartup(0x0202, &mut data) };
    assert_eq!(failed, 0);
}

/// A connected pair of sockets.
#[derive(Clone, Copy)]
struct Pair {
    receiver: ws::SOCKET,
    sender: ws::SOCKET,
}

impl Pair {
    /// Sends one byte by the host's function.
    fn send(self) {
        // SAFETY: there is one byte.
        let sent = unsafe { libc::send(self.sender as i32, b"r".as_ptr().cast(), 1, 0) };
        assert_eq!(sent, 1, "{}", io::Error::last_os_error());
    }

    /// Receives the byte that is known to be there.
    fn receive(self) {
        let mut byte = 0_u8;
        // SAFETY: there is room for one byte.
        let received = unsafe { ws::recv(self.receiver, &mut byte, 1, 0) };
        assert_eq!(received, 1, "{}", last_error());
    }

    fn wait_until_readable(self) {
        let mut entry = libc::pollfd { fd: self.receiver as i32, events: libc::POLLIN, revents: 0 };
        // SAFETY: there is one entry.
        let count = unsafe { libc::poll(&raw mut entry, 1, 10_000) };
        assert_eq!(count, 1, "nothing has arrived");
    }
}

fn last_error() -> String {
    // SAFETY: no pointers.
    format!("error {:?}", unsafe { ws::WSAGetLastError() })
}

/// Connections, of which some are ready: a byte is there to be received.
struct Crowd {
    pairs: Vec<Pair>,
}

impl Crowd {
    fn new(count: usize) -> Self {
        let listener = socket();
        // SAFETY: SOCKADDR_IN is plain numbers.
        let mut address: ws::SOCKADDR_IN = unsafe { mem::zeroed() };
        address.sin_family = ws::AF_INET;
        address.sin_addr.S_un.S_addr = u32::from_ne_bytes([127, 0, 0, 1]);
        let mut length = mem::size_of_val(&address) as i32;
        // SAFETY: `address` is as long as `length` says.
        unsafe {
            assert_eq!(ws::bind(listener, (&raw const address).cast(), length), 0, "{}", last_error());
            assert_eq!(ws::listen(listener, 1), 0, "{}", last_error());
            assert_eq!(ws::getsockname(listener, (&raw mut address).cast(), &mut length), 0);
        }
        let pair = || {
            let sender = socket();
            // SAFETY: as above; the address that accept tells may be left out.
            let receiver = unsafe {
                let connected = ws::connect(sender, (&raw const address).cast(), length);
                assert_eq!(connected, 0, "{}", last_error());
                ws::accept(listener, ptr::null_mut(), ptr::null_mut())
            };
            assert_ne!(receiver, ws::INVALID_SOCKET, "{}", last_error());
            Pair { receiver, sender }
        };
        let pairs = (0..count).map(|_| pair()).collect();
        // SAFETY: no pointers.
        assert_eq!(unsafe { ws::closesocket(listener) }, 0);
        Self { pairs }
    }

    /// Has this many ready, evenly spread; the last one is among them.
    fn make_ready(&self, count: usize) {
        for pair in &self.pairs {
            let mut entry = libc::pollfd { fd: pair.receiver as i32, events: libc::POLLIN, revents: 0 };
            // SAFETY: there is one entry.
            if unsafe { libc::poll(&raw mut entry, 1, 0) } == 1 {
                pair.receive();
            }
        }
        for nth in 1..=count {
            let pair = self.pairs[nth * self.pairs.len() / count - 1];
            pair.send();
            pair.wait_until_readable();
        }
    }

    fn receivers(&self) -> impl Iterator<Item = ws::SOCKET> {
        self.pairs.iter().map(|pair| pair.receiver)
    }
}

fn socket() -> ws::SOCKET {
    // SAFETY: no pointers.
    let socket = unsafe { ws::socket(ws::AF_INET.into(), ws::SOCK_STREAM, 0) };
    assert_ne!(socket, ws::INVALID_SOCKET, "{}", last_error());
    socket
}
