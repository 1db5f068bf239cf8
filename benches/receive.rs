//! The price of a receive: ours beside the host's own, measured in one run, in alternating batches.
//!
//! A machine's speed drifts by more than the difference that is looked for, so no number is compared with one
//! from another run. Each round takes one batch of ours and one of the host's, in changing order, and the
//! ratio is taken per round; the table shows the median of those ratios, and the medians and minima that they
//! came from. Both sides receive on sockets of their own, and only the receiving is timed.
//!
//! `cargo bench --bench receive`, optionally with `-- WORD` for the cases whose name has that word. Without
//! cargo's `--bench` (as in `cargo test --benches`) every case runs a few rounds only, to see that it works.
//! In the row "through a layer" what stands under "libc" is our own call without a layer.
//! The rows of "C recv" are receive.c's, which is built with ws2cc for them, in a full run only.

use std::env;
use std::hint::black_box;
use std::io;
use std::mem;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::IntoRawFd;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::{self, Command, ExitCode};
use std::ptr;
use std::sync::OnceLock;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Instant;

use openws2::Win32::Networking::WinSock as ws;
use openws2::spi;

/// The length of every message.
const LENGTH: usize = 64;
/// Receives in a batch whose messages are all there before; few enough to fit into a socket's default buffer.
const READY: usize = 128;
/// Round trips in a batch of ping-pong.
const TRIPS: usize = 100;
/// What the ratio should stay below.
const TARGET: f64 = 1.10;

type Message = [u8; LENGTH];

/// Runs one batch and tells the nanoseconds that one receive, or one round trip, took in it.
type Batch = Box<dyn FnMut() -> f64>;

struct Case {
    name: &'static str,
    rounds: usize,
    target: Option<f64>,
    ours: fn() -> Batch,
    host: fn() -> Batch,
}

const CASES: &[Case] = &[
    Case {
        name: "recv, TCP, bytes ready",
        rounds: 3000,
        target: Some(TARGET),
        ours: || ready(Ours::tcp(), Ours::recv),
        host: || ready(Host::tcp(), Host::recv),
    },
    Case {
        name: "recv, UDP, datagram ready",
        rounds: 3000,
        target: Some(TARGET),
        ours: || ready(Ours::udp(), Ours::recv),
        host: || ready(Host::udp(), Host::recv),
    },
    Case {
        name: "recvfrom, UDP, datagram ready",
        rounds: 3000,
        target: Some(TARGET),
        ours: || ready(Ours::udp(), Ours::recvfrom),
        host: || ready(Host::udp(), Host::recvfrom),
    },
    Case {
        name: "recv, TCP, blocking ping-pong",
        rounds: 400,
        target: Some(TARGET),
        ours: || ping_pong(Ours::tcp(), Ours::recv),
        host: || ping_pong(Host::tcp(), Host::recv),
    },
    Case {
        name: "recv, TCP, nothing there",
        rounds: 2000,
        target: None,
        // A host's descriptor, adopted in the mode that it has.
        ours: || nothing_there(Host::tcp(), Ours::recv),
        host: || nothing_there(Host::tcp(), Host::recv),
    },
    // What layers cost those who ask for one. Beside it the plain call, which must not pay for what is not there:
    // it is timed after a layer was there and has gone, as often as the other.
    Case {
        name: "recv, TCP, through a layer",
        rounds: 1000,
        target: None,
        ours: || layered(ready(Ours::tcp(), Ours::recv)),
        host: || ready(Ours::tcp(), Ours::recv),
    },
    Case {
        name: "recv, TCP, a layer has gone",
        rounds: 1000,
        target: Some(TARGET),
        ours: || gone(ready(Ours::tcp(), Ours::recv)),
        host: || ready(Host::tcp(), Host::recv),
    },
];

/// A layer that passes everything on.
struct PassOn;

// SAFETY: passes each call on as it came.
unsafe impl spi::Layer for PassOn {}

fn pass_on() -> spi::Installed {
    spi::install("pass-on", PassOn).expect("a slot for the layer")
}

/// Has the batches run with a layer in between.
fn layered(mut batch: Batch) -> Batch {
    Box::new(move || {
        let _layer = pass_on();
        batch()
    })
}

/// Has a layer come and go before each batch.
fn gone(mut batch: Batch) -> Batch {
    Box::new(move || {
        drop(pass_on());
        batch()
    })
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let full = words.iter().any(|word| word == "--bench");
    let wanted: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    Ours::start();

    println!(
        "{LENGTH} bytes each; medians (minima) of batch means in ns, ours and the host's in alternation"
    );
    println!("{:<32} {:>18} {:>18} {:>7} {:>12}", "case", "ours ns", "libc ns", "ratio", "target");
    for case in CASES.iter().filter(|case| wants(case.name)) {
        let (rounds, target) = if full { (case.rounds, case.target) } else { (3, None) };
        Measured::new(rounds, &mut (case.ours)(), &mut (case.host)()).print(case.name, target);
    }
    if full && wants(C_PROGRAM) {
        if let Err(reason) = through_the_c_library(3000) {
            eprintln!("{C_PROGRAM}: {reason}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn print(name: &str, ours: [f64; 2], host: [f64; 2], ratio: f64, target: Option<f64>) {
    let times = |[median, least]: [f64; 2]| format!("{median:.1} ({least:.1})");
    let target = match target {
        None => String::from("none"),
        Some(target) => format!("{target:.2} {}", if ratio <= target { "met" } else { "missed" }),
    };
    println!("{name:<32} {:>18} {:>18} {ratio:>7.3} {target:>12}", times(ours), times(host));
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
        let of = |column: &[f64]| [median(column), column[0]];
        print(name, of(&self.ours), of(&self.host), median(&self.ratios), target);
    }
}

/// The cases of receive.c, whose calls cross into the shared library as a Windows program's do.
const C_PROGRAM: &str = "C recv";

/// Builds receive.c, runs it, and prints its rows.
fn through_the_c_library(rounds: usize) -> Result<(), String> {
    let ws2cc = Path::new(env!("CARGO_BIN_EXE_ws2cc"));
    let program = ws2cc.with_file_name("receive-c");
    run(Command::new(ws2cc)
        .args(["-O2", "-Wall", "-Wextra", concat!(env!("CARGO_MANIFEST_DIR"), "/benches/receive.c")])
        .args(["-lws2_32", "-o"])
        .arg(&program))?;
    for line in run(Command::new(&program).arg(rounds.to_string()))?.lines() {
        let mut fields = line.split('\t');
        let name = fields.next().unwrap_or_default();
        let numbers: Vec<f64> = fields.filter_map(|field| field.parse().ok()).collect();
        let [ours, our_least, host, host_least, ratio] = numbers[..] else {
            return Err(format!("receive.c printed {line:?}"));
        };
        print(name, [ours, our_least], [host, host_least], ratio, Some(TARGET));
    }
    Ok(())
}

/// What a command prints, if it succeeds.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
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

/// A connected pair of sockets.
#[derive(Clone, Copy)]
struct Pair {
    receiver: ws::SOCKET,
    sender: ws::SOCKET,
}

/// Batches that receive what is already there.
fn ready(pair: Pair, receive: impl Fn(ws::SOCKET, &mut Message) -> isize + 'static) -> Batch {
    let mut message = [0; LENGTH];
    Box::new(move || {
        for _ in 0..READY {
            send(pair.sender);
        }
        wait_until_readable(pair.receiver);
        time(READY, || expect(receive(pair.receiver, black_box(&mut message))))
    })
}

/// Batches of round trips with a thread that sends back what it receives, both waiting inside the receive.
fn ping_pong(
    pair: Pair,
    receive: impl Fn(ws::SOCKET, &mut Message) -> isize + Copy + Send + 'static,
) -> Batch {
    let mut message = [0; LENGTH];
    Box::new(move || {
        beside(move || {
            let mut message = [0; LENGTH];
            for _ in 0..=TRIPS {
                expect(receive(pair.sender, &mut message));
                send(pair.sender);
            }
        });
        let mut trip = || {
            send(pair.receiver);
            expect(receive(pair.receiver, black_box(&mut message)));
        };
        // The first trip wakes the other thread.
        trip();
        time(TRIPS, trip)
    })
}

/// Runs something in the other thread.
///
/// It is one thread for all batches: where the scheduler puts it decides a round trip's price more than
/// anything else does, so ours and the host's must have the same one.
fn beside(job: impl FnOnce() + Send + 'static) {
    static THREAD: OnceLock<Sender<Job>> = OnceLock::new();
    let thread = THREAD.get_or_init(|| {
        let (sender, receiver) = mpsc::channel::<Job>();
        thread::spawn(move || {
            for job in receiver {
                // Otherwise the main thread would wait for ever for an answer.
                if panic::catch_unwind(AssertUnwindSafe(job)).is_err() {
                    process::exit(101);
                }
            }
        });
        sender
    });
    thread.send(Box::new(job)).expect("the other thread is alive");
}

type Job = Box<dyn FnOnce() + Send>;

/// Batches of receives that a non-blocking socket refuses.
fn nothing_there(pair: Pair, receive: impl Fn(ws::SOCKET, &mut Message) -> isize + 'static) -> Batch {
    Host::set_nonblocking(pair.receiver);
    let mut message = [0; LENGTH];
    Box::new(move || {
        time(READY, || assert_eq!(receive(pair.receiver, black_box(&mut message)), -1, "something was there"))
    })
}

fn expect(received: isize) {
    assert_eq!(received, LENGTH as isize, "{}", io::Error::last_os_error());
}

/// Sends one message by the host's function, on whosever socket.
fn send(socket: ws::SOCKET) {
    let message = [0x5A_u8; LENGTH];
    // SAFETY: the message is LENGTH bytes long.
    let sent = unsafe { libc::send(socket as i32, message.as_ptr().cast(), LENGTH, 0) };
    expect(sent);
}

fn wait_until_readable(socket: ws::SOCKET) {
    let mut entry = libc::pollfd { fd: socket as i32, events: libc::POLLIN, revents: 0 };
    // SAFETY: there is one entry.
    let count = unsafe { libc::poll(&raw mut entry, 1, 10_000) };
    assert_eq!(count, 1, "nothing has arrived");
}

/// This library, through the door that C programs and `windows-sys` programs use.
struct Ours;

impl Ours {
    fn start() {
        // SAFETY: WSADATA is plain numbers and characters.
        let mut data: ws::WSADATA = unsafe { mem::zeroed() };
        // SAFETY: `data` is a WSADATA.
        let failed = unsafe { ws::WSAStartup(0x0202, &mut data) };
        assert_eq!(failed, 0);
    }

    fn tcp() -> Pair {
        let listener = Self::bound(ws::SOCK_STREAM);
        // SAFETY: no pointers.
        assert_eq!(unsafe { ws::listen(listener, 1) }, 0);
        let sender = Self::socket(ws::SOCK_STREAM);
        Self::connect(sender, listener);
        // SAFETY: the address may be left out.
        let receiver = unsafe { ws::accept(listener, ptr::null_mut(), ptr::null_mut()) };
        assert_ne!(receiver, ws::INVALID_SOCKET);
        Pair { receiver, sender }
    }

    fn udp() -> Pair {
        let (receiver, sender) = (Self::bound(ws::SOCK_DGRAM), Self::socket(ws::SOCK_DGRAM));
        Self::connect(sender, receiver);
        Pair { receiver, sender }
    }

    fn socket(kind: i32) -> ws::SOCKET {
        // SAFETY: no pointers.
        let socket = unsafe { ws::socket(ws::AF_INET.into(), kind, 0) };
        assert_ne!(socket, ws::INVALID_SOCKET);
        socket
    }

    fn bound(kind: i32) -> ws::SOCKET {
        let socket = Self::socket(kind);
        // SAFETY: SOCKADDR_IN is plain numbers.
        let mut address: ws::SOCKADDR_IN = unsafe { mem::zeroed() };
        address.sin_family = ws::AF_INET;
        address.sin_addr.S_un.S_addr = u32::from_ne_bytes([127, 0, 0, 1]);
        let length = mem::size_of_val(&address) as i32;
        // SAFETY: `address` is as long as `length` says.
        assert_eq!(unsafe { ws::bind(socket, (&raw const address).cast(), length) }, 0);
        socket
    }

    fn connect(socket: ws::SOCKET, to: ws::SOCKET) {
        // SAFETY: SOCKADDR_IN is plain numbers.
        let mut address: ws::SOCKADDR_IN = unsafe { mem::zeroed() };
        let mut length = mem::size_of_val(&address) as i32;
        // SAFETY: `address` is as long as `length` says.
        assert_eq!(unsafe { ws::getsockname(to, (&raw mut address).cast(), &mut length) }, 0);
        // SAFETY: as above.
        assert_eq!(unsafe { ws::connect(socket, (&raw const address).cast(), length) }, 0);
    }

    #[inline]
    fn recv(socket: ws::SOCKET, message: &mut Message) -> isize {
        // SAFETY: the message has LENGTH bytes.
        unsafe { ws::recv(socket, message.as_mut_ptr(), LENGTH as i32, 0) as isize }
    }

    #[inline]
    fn recvfrom(socket: ws::SOCKET, message: &mut Message) -> isize {
        let mut from = mem::MaybeUninit::<ws::SOCKADDR_STORAGE>::uninit();
        let mut length = mem::size_of_val(&from) as i32;
        // SAFETY: the message has LENGTH bytes, the address as many as `length` says.
        unsafe {
            let received = ws::recvfrom(
                socket,
                message.as_mut_ptr(),
                LENGTH as i32,
                0,
                from.as_mut_ptr().cast(),
                &mut length,
            );
            black_box(&from);
            received as isize
        }
    }
}

/// The host's own functions.
struct Host;

impl Host {
    fn tcp() -> Pair {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let sender = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (receiver, _) = listener.accept().unwrap();
        Pair { receiver: receiver.into_raw_fd() as ws::SOCKET, sender: sender.into_raw_fd() as ws::SOCKET }
    }

    fn udp() -> Pair {
        let (receiver, sender) =
            (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        sender.connect(receiver.local_addr().unwrap()).unwrap();
        Pair { receiver: receiver.into_raw_fd() as ws::SOCKET, sender: sender.into_raw_fd() as ws::SOCKET }
    }

    fn set_nonblocking(socket: ws::SOCKET) {
        // SAFETY: no pointers.
        let set = unsafe {
            let flags = libc::fcntl(socket as i32, libc::F_GETFL);
            libc::fcntl(socket as i32, libc::F_SETFL, flags | libc::O_NONBLOCK)
        };
        assert_eq!(set, 0);
    }

    #[inline]
    fn recv(socket: ws::SOCKET, message: &mut Message) -> isize {
        // SAFETY: the message has LENGTH bytes.
        unsafe { libc::recv(socket as i32, message.as_mut_ptr().cast(), LENGTH, 0) }
    }

    #[inline]
    fn recvfrom(socket: ws::SOCKET, message: &mut Message) -> isize {
        let mut from = mem::MaybeUninit::<libc::sockaddr_storage>::uninit();
        let mut length = mem::size_of_val(&from) as libc::socklen_t;
        // SAFETY: the message has LENGTH bytes, the address as many as `length` says.
        unsafe {
            let received = libc::recvfrom(
                socket as i32,
                message.as_mut_ptr().cast(),
                LENGTH,
                0,
                from.as_mut_ptr().cast(),
                &mut length,
            );
            black_box(&from);
            received
        }
    }
}
