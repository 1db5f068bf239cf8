//! The price of an echo through a completion port, beside a hand-written epoll server's in the same run, and the
//! memory that idle connections and pending receives take.
//!
//! The servers are C programs: iocp_echo.c, which is unmodified Windows code, and epoll_echo.c, which is what the
//! host's own programmers would write. All of them have the same clients, echo_load.c. A server runs on one
//! processor and its clients on another. As in receive.rs the servers take turns in short batches, and each
//! ratio is one of batches that ran side by side.
//!
//! Two prices are taken: time, and the server's processor time. They are one where the server is what everybody
//! waits for. With one connection it is not, for there its processor has to be woken for each message; with
//! 10,000 in turn it is not once a connection rests longer than the retransmission timeout, for then Linux
//! acknowledges each reply at once, at the clients' expense. So the greater of the two ratios is held against
//! the target. And 10,000 connections in turn take any server out of the processor's caches, epoll's too: what
//! idle connections cost is told by those of which 100 are in use at a time.
//!
//! `cargo bench --bench echo`, optionally with `-- WORD…` for what has that word in its name: `epoll`, `ours`, `skip`
//! (ours without packets for calls that succeed at once), `memory`; `wine` adds the same Windows program under
//! Wine. Without cargo's `--bench` (as in `cargo test --benches`) there are a few rounds with few connections only,
//! to see that it works.

use std::env;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::thread;

#[path = "echo/memory.rs"]
mod memory;
#[path = "echo/programs.rs"]
mod programs;

use programs::{Built, Clients, Price, Program, compile, succeed};

/// What both ratios to epoll should stay below, for a start and in the end.
const TARGETS: [f64; 2] = [1.25, 1.10];
/// What an echo with 10,000 connections, 100 in use at a time, may cost of one with 100.
const GROWTH: f64 = 1.2;
const CONNECTIONS_IN_MEMORY: usize = 10_000;
/// Wine's echoes take so much longer that fewer are enough.
const WINE_SHARE: usize = 10;

struct Case {
    name: &'static str,
    connections: usize,
    /// Messages on their way at any time.
    window: usize,
    /// How many of the connections a batch uses.
    of: usize,
    echoes: usize,
    rounds: usize,
    clients: &'static str,
}

const fn case(name: &'static str, connections: usize, of: usize, rounds: usize) -> Case {
    let window = if of < 64 { of } else { 64 };
    let echoes = if of > 4000 { of } else { 4000 };
    Case { name, connections, window, of, echoes, rounds, clients: ELSEWHERE }
}

/// The processor of the servers, and another one if there is any.
const SERVERS: &str = "first";
const ELSEWHERE: &str = "last";

const BASE: &str = "100";
const MANY: &str = "10,000, 100 at a time";

const CASES: &[Case] = &[
    Case { clients: SERVERS, echoes: 1000, ..case("1, on one processor", 1, 1, 200) },
    Case { echoes: 400, ..case("1", 1, 1, 200) },
    case(BASE, 100, 100, 300),
    case("1,000", 1000, 1000, 300),
    case(MANY, 10_000, 100, 300),
    case("10,000 in turn", 10_000, 10_000, 60),
];

fn main() -> ExitCode {
    if cfg!(not(target_os = "linux")) {
        println!("SKIPPED: there is no epoll to compare with on this host");
        return ExitCode::SUCCESS;
    }
    match run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("echo: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<(), String> {
    let full = words.iter().any(|word| word == "--bench");
    let under_wine = words.iter().any(|word| word == "wine");
    let wanted: Vec<&String> =
        words.iter().filter(|word| !word.starts_with('-') && *word != "wine").collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));

    let built = Built::new()?;
    let mut kinds = vec![Kind { name: "epoll", command: vec![built.epoll.clone()], ours: false, share: 1 }];
    for (name, option) in [("ours", None), ("ours, skip", Some("-skip"))] {
        if wants(name) {
            let mut command = vec![built.windows_program("iocp_echo")?];
            command.extend(option.map(PathBuf::from));
            kinds.push(Kind { name, command, ours: true, share: 1 });
        }
    }
    if under_wine {
        kinds.push(wine(&built)?);
    }
    if kinds.len() > 1 || wants("epoll") {
        echo(&built, &kinds, full)?;
    }
    if wants("memory") {
        memory::print(&built, if full { CONNECTIONS_IN_MEMORY } else { 100 }, full)?;
    }
    Ok(())
}

/// A kind of server.
struct Kind {
    name: &'static str,
    command: Vec<PathBuf>,
    ours: bool,
    /// What part of a batch is its own.
    share: usize,
}

/// The Windows program under Wine. It may use all processors, for Wine's own server takes part.
fn wine(built: &Built) -> Result<Kind, String> {
    let compiler = env::var_os("MINGW_CC").unwrap_or_else(|| "x86_64-w64-mingw32-gcc".into());
    let program = built.folder.join("iocp-echo.exe");
    compile(compiler.as_ref(), "iocp_echo", &program, &["-lws2_32"])?;
    succeed(Command::new("wineboot").arg("-i").env("WINEDEBUG", "-all"))?;
    Ok(Kind { name: "Wine", command: vec!["wine".into(), program], ours: false, share: WINE_SHARE })
}

/// Runs all cases for all kinds, the first of which is what the others are compared with.
fn echo(built: &Built, kinds: &[Kind], full: bool) -> Result<(), String> {
    let mut servers = vec![];
    for kind in kinds {
        let processor = if kind.share == 1 { SERVERS } else { "any" };
        let mut server = Program::start(built, processor, &kind.command)?;
        let clients = server.clients(built, ELSEWHERE)?;
        servers.push((server, clients));
    }
    if thread::available_parallelism().is_ok_and(|processors| processors.get() == 1) {
        println!("NOTE: with one processor only, the time of an echo includes the clients'");
    }
    println!("an echo of 64 bytes: ns, ns of the server's processor; medians (minima) of batch means");
    println!(
        "{:<24} {:<12} {:>18} {:>16} {:>7} {:>7} {:>26}",
        "connections", "server", "ns", "processor ns", "ratio", "ratio", "target"
    );
    let mut base = vec![None; kinds.len()];
    for case in CASES.iter().filter(|case| full || case.connections <= 100) {
        let mut forbidden = None;
        for (_, clients) in &mut servers {
            clients.move_to(built, case.clients)?;
            forbidden = clients.open("connect", case.connections)?.or(forbidden);
        }
        if let Some(reason) = forbidden {
            println!("{:<24} SKIPPED: {reason}", case.name);
            continue;
        }
        let measured = measure(case, kinds, &mut servers, full)?;
        for (index, prices) in measured.iter().enumerate() {
            prices.print(case, &kinds[index], full);
            if case.name == BASE {
                base[index] = Some(prices.median());
            }
        }
        if case.name == MANY {
            for (index, prices) in measured.iter().enumerate() {
                let Some(base) = base[index] else { continue };
                print_growth(&kinds[index], prices.median().time / base.time);
            }
        }
    }
    Ok(())
}

fn print_growth(kind: &Kind, growth: f64) {
    let target = if kind.ours { verdict(growth, &[GROWTH]) } else { String::from("none") };
    println!("{:<24} {:<12} {:>44.3} {:>26}", "  of that of 100", kind.name, growth, target);
}

fn verdict(value: f64, targets: &[f64]) -> String {
    let of = |target: &f64| format!("{target:.2} {}", if value <= *target { "met" } else { "missed" });
    targets.iter().map(of).collect::<Vec<_>>().join(", ")
}

/// What was measured of one server in one case: its prices, and how they compare to the first server's.
#[derive(Default)]
struct Prices {
    all: [Vec<f64>; 2],
    ratios: [Vec<f64>; 2],
}

fn measure(
    case: &Case,
    kinds: &[Kind],
    servers: &mut [(Program, Clients)],
    full: bool,
) -> Result<Vec<Prices>, String> {
    let (rounds, echoes) = if full { (case.rounds, case.echoes) } else { (3, 200) };
    let mut measured: Vec<Prices> = kinds.iter().map(|_| Prices::default()).collect();
    let count = kinds.len();
    // The first round fills caches and makes buffers; that is not what is asked for.
    for round in 0..=rounds {
        let mut prices = vec![None; count];
        for turn in 0..count {
            // Each goes first in its turn, and each order is followed by its reverse.
            let place = (turn + round / 2) % count;
            let index = if round % 2 == 0 { place } else { count - 1 - place };
            let kind = &kinds[index];
            let share = if full { kind.share } else { 1 };
            if round % share == 0 {
                let echoes = (echoes / share).max(case.window);
                prices[index] = Some(servers[index].1.batch(echoes, case.window, case.of)?);
            }
        }
        let Some(reference) = prices[0].filter(|_| round > 0) else { continue };
        for (price, measured) in prices.iter().zip(&mut measured) {
            if let Some(price) = price {
                measured.add(*price, reference);
            }
        }
    }
    Ok(measured)
}

impl Prices {
    fn add(&mut self, price: Price, reference: Price) {
        self.all[0].push(price.time);
        self.all[1].push(price.processor);
        self.ratios[0].push(price.time / reference.time);
        self.ratios[1].push(price.processor / reference.processor);
    }

    fn median(&self) -> Price {
        Price { time: median(&self.all[0]), processor: median(&self.all[1]) }
    }

    fn print(&self, case: &Case, kind: &Kind, full: bool) {
        let cell = |column: &[f64]| {
            let least = column.iter().copied().fold(f64::INFINITY, f64::min);
            format!("{:.0} ({least:.0})", median(column))
        };
        let [time, processor] = [median(&self.ratios[0]), median(&self.ratios[1])];
        let target = match (kind.ours, full) {
            (true, true) => verdict(time.max(processor), &TARGETS),
            _ => String::from("none"),
        };
        println!(
            "{:<24} {:<12} {:>18} {:>16} {time:>7.3} {processor:>7.3} {target:>26}",
            case.name,
            kind.name,
            cell(&self.all[0]),
            cell(&self.all[1]),
        );
    }
}

fn median(column: &[f64]) -> f64 {
    let mut column = column.to_vec();
    column.sort_by(f64::total_cmp);
    column.get(column.len() / 2).copied().unwrap_or(f64::NAN)
}
