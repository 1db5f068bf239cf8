//! Runs sequences, each from its own seed; shrinks the one that fails and reports it.

use std::fmt::{Debug, Write};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::chance::Chance;

/// A kind of sequence: how one is made, played, and made simpler.
pub trait Subject {
    type Step: Clone + Debug;
    fn sequence(&mut self, chance: &mut Chance) -> Vec<Self::Step>;
    /// Plays on fresh sockets. What happened goes to `log`, a line for each step; an error ends it.
    /// `patience` is how long a call may take that should not wait.
    fn play(&mut self, steps: &[Self::Step], patience: Duration, log: &mut Vec<String>)
    -> Result<(), String>;
    /// Steps that ask for less than this one.
    fn simpler(step: &Self::Step) -> Vec<Self::Step>;
}

/// How long a call may take, and a fact may take to show.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same while a failure is made smaller, and how long that may take.
const SHORT_PATIENCE: Duration = Duration::from_millis(500);
const SHRINKING: Duration = Duration::from_secs(45);

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn number(name: &str) -> Option<u64> {
    let text = setting(name)?;
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    Some(parsed.unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// The one sequence that is asked for.
fn replay() -> Option<(String, u64)> {
    let text = setting("OPENWS2_FUZZ_REPLAY")?;
    let parsed = text.split_once(":0x").and_then(|(name, digits)| {
        let seed = u64::from_str_radix(digits, 16).ok()?;
        Some((name.to_owned(), seed))
    });
    Some(parsed.unwrap_or_else(|| panic!("OPENWS2_FUZZ_REPLAY={text} is not <test>:0x<seed>")))
}

/// Whether a test of this name is to run at all.
pub fn is_wanted(name: &str) -> bool {
    replay().is_none_or(|(wanted, _)| wanted == name)
}

pub fn run<S: Subject>(name: &str, subject: &mut S) -> Result<(), String> {
    if let Some((_, seed)) = replay() {
        return one(name, subject, seed);
    }
    let count = number("OPENWS2_FUZZ_SEQUENCES").unwrap_or(2000);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
    let base = number("OPENWS2_FUZZ_SEED").unwrap_or(now);
    println!("{name}: {count} sequences from OPENWS2_FUZZ_SEED={base:#x}");
    let began = Instant::now();
    let mut seeds = Chance::new(base);
    for _ in 0..count {
        one(name, subject, seeds.next())?;
    }
    println!("{name}: {count} sequences in {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn one<S: Subject>(name: &str, subject: &mut S, seed: u64) -> Result<(), String> {
    let steps = subject.sequence(&mut Chance::new(seed));
    let mut log = Vec::new();
    let Err(fault) = subject.play(&steps, PATIENCE, &mut log) else { return Ok(()) };
    let mut report = String::new();
    let replay = format!("OPENWS2_FUZZ_REPLAY={name}:{seed:#x}");
    let _ = writeln!(report, "{replay} (a sequence of {}) fails: {fault}", steps.len());
    match shrink(subject, steps.clone()) {
        Some(least) => tell(&mut report, "The least that fails", &least),
        None => {
            let whole = Failing { steps, log, fault };
            tell(&mut report, "It failed once and not again. The whole", &whole);
        }
    }
    Err(report)
}

/// A sequence that failed, and how.
struct Failing<T> {
    steps: Vec<T>,
    log: Vec<String>,
    fault: String,
}

fn tell<T: Debug>(report: &mut String, title: &str, failing: &Failing<T>) {
    let _ = writeln!(report, "{title}, {} steps:", failing.steps.len());
    for (place, step) in failing.steps.iter().enumerate() {
        let result = failing.log.get(place).map_or("", String::as_str);
        let _ = writeln!(report, "  {step:?}: {result}");
    }
    let _ = writeln!(report, "  {}", failing.fault);
}

/// Leaves out, and makes simpler, whatever the sequence fails without.
fn shrink<S: Subject>(subject: &mut S, steps: Vec<S::Step>) -> Option<Failing<S::Step>> {
    let end = Instant::now() + SHRINKING;
    let mut fails = |steps: &[S::Step]| {
        // What depends on time may need a second go.
        (0..2).find_map(|_| {
            let mut log = Vec::new();
            let fault = subject.play(steps, SHORT_PATIENCE, &mut log).err()?;
            Some(Failing { steps: steps.to_vec(), log, fault })
        })
    };
    let mut least = (0..10).find_map(|_| fails(&steps))?;
    loop {
        let before = least.steps.len();
        let mut chunk = before.div_ceil(2);
        while chunk > 0 {
            let mut from = 0;
            while from < least.steps.len() && Instant::now() < end {
                let mut fewer = least.steps.clone();
                fewer.drain(from..(from + chunk).min(fewer.len()));
                match fails(&fewer) {
                    Some(failing) => least = failing,
                    None => from += chunk,
                }
            }
            chunk /= 2;
        }
        let simplified = simplify::<S>(&mut least, &mut fails, end);
        if (!simplified && least.steps.len() == before) || Instant::now() >= end {
            return Some(least);
        }
    }
}

fn simplify<S: Subject>(
    least: &mut Failing<S::Step>,
    fails: &mut impl FnMut(&[S::Step]) -> Option<Failing<S::Step>>,
    end: Instant,
) -> bool {
    let mut changed = false;
    for place in 0..least.steps.len() {
        while Instant::now() < end {
            let found =
                least.steps.get(place).map(S::simpler).unwrap_or_default().into_iter().find_map(|step| {
                    let mut steps = least.steps.clone();
                    steps[place] = step;
                    fails(&steps)
                });
            match found {
                Some(failing) => *least = failing,
                None => break,
            }
            changed = true;
        }
    }
    changed
}
