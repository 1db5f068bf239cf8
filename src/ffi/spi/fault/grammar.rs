//! The grammar of WS2_FAULT: words, separated by commas or white space.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use super::plan::{
    Kind, Only, Plan, SAID_BEFORE, Scripted, WRONG_ONLY, WRONG_PLACE, WRONG_PROBABILITY, WRONG_RANGE, Why,
};
use crate::error::WsaError;

/// The words that there are, for who has used another one.
pub(super) const WORDS: &str = "seed=N, short=P, truncate=P, delay=P:MIN..MAX, pend=P, reset=P, interrupt=P, \
     abort=P, error=P:CODE, reorder=P[:MIN..MAX], at=SOCKET.RECEIVE:KIND, only=tcp|udp|PORT, quiet \
     (P is a probability as 0.25 or 25%, MIN and MAX are milliseconds, * is any socket or any receive)";

/// A word that is none of the grammar's, or asks for what cannot be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    word: String,
    why: Why,
}

impl Mistake {
    pub(super) fn new(word: impl Into<String>, why: Why) -> Self {
        Self { word: word.into(), why }
    }

    /// Of a text of which only this much can be read.
    pub(super) fn not_unicode(text: &str) -> Self {
        let word = words(text).find(|word| word.contains(char::REPLACEMENT_CHARACTER));
        Self::new(word.unwrap_or(text), "it is not in UTF-8")
    }

    /// The word as it was given, or as WS2_FAULT would have what was asked for by a function.
    pub fn word(&self) -> &str {
        &self.word
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.word, self.why)
    }
}

impl std::error::Error for Mistake {}

const NOTHING_MORE: Why = "nothing may follow here";

type Read<T> = Result<T, Why>;

/// The words of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty())
}

/// Reads the words. Without a seed among them there is one that the clock chooses.
pub(super) fn parse(text: &str) -> Result<Plan, Mistake> {
    let (mut plan, mut seed) = (Plan::new(0), None);
    for word in words(text) {
        read(&mut plan, &mut seed, word).map_err(|why| Mistake::new(word, why))?;
    }
    plan.seed = seed.unwrap_or_else(seed_of_clock);
    Ok(plan)
}

/// Short enough to be typed again.
fn seed_of_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos()) ^ (now.as_secs() & 0xffff_ffff)
}

fn read(plan: &mut Plan, seed: &mut Option<u64>, word: &str) -> Read<()> {
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    match (name, value) {
        ("quiet", None) => once(!std::mem::replace(&mut plan.quiet, true)),
        ("quiet", Some(_)) => Err(NOTHING_MORE),
        ("seed", value) => {
            let number = number(value.unwrap_or_default()).ok_or("the seed is no number")?;
            once(seed.replace(number).is_none())
        }
        ("only", value) => plan.limit(read_only(value.unwrap_or_default())?),
        ("at", value) => plan.add(read_place(value.unwrap_or_default())?),
        (name, value) => {
            let (chance, more) = split_more(value.unwrap_or_default());
            let kind = read_kind(name, more)?;
            plan.set(kind, probability(chance)?)
        }
    }
}

fn once(is_first: bool) -> Read<()> {
    if is_first { Ok(()) } else { Err(SAID_BEFORE) }
}

/// What stands before a colon, and what behind it.
fn split_more(text: &str) -> (&str, Option<&str>) {
    text.split_once(':').map_or((text, None), |(first, more)| (first, Some(more)))
}

/// Digits without a sign, which Rust would read as well.
fn digits<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => u64::from_str_radix(hex, 16).ok(),
        Some(_) => None,
        None => digits(text),
    }
}

/// What is no probability after all, the plan refuses.
fn probability(text: &str) -> Read<f64> {
    let (number, whole) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let plain = number.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let value: Option<f64> = plain.then(|| number.parse().ok()).flatten();
    value.map(|value| value / whole).ok_or(WRONG_PROBABILITY)
}

fn read_only(text: &str) -> Read<Only> {
    match text {
        "tcp" => Ok(Only::Tcp),
        "udp" => Ok(Only::Udp),
        port => digits(port).map(Only::Port).ok_or(WRONG_ONLY),
    }
}

/// `SOCKET.RECEIVE:KIND`.
fn read_place(text: &str) -> Read<Scripted> {
    let (place, kind) = text.split_once(':').ok_or(WRONG_PLACE)?;
    let (socket, receive) = place.split_once('.').ok_or(WRONG_PLACE)?;
    let ordinal = |text: &str| match text {
        "*" => Ok(None),
        ordinal => digits(ordinal).map(Some).ok_or(WRONG_PLACE),
    };
    let (name, more) = split_more(kind);
    Ok(Scripted { socket: ordinal(socket)?, receive: ordinal(receive)?, kind: read_kind(name, more)? })
}

fn read_kind(name: &str, more: Option<&str>) -> Read<Kind> {
    let simple = match name {
        "short" => Kind::Short,
        "truncate" => Kind::Truncate,
        "pend" => Kind::Pend,
        "reset" => Kind::Reset,
        "interrupt" => Kind::Interrupt,
        "abort" => Kind::Abort,
        "reorder" if more.is_none() => Kind::REORDER,
        "reorder" => return read_range(more).map(|(min, max)| Kind::Reorder { min, max }),
        "delay" => return read_range(more).map(|(min, max)| Kind::Delay { min, max }),
        "error" => return read_code(more).map(Kind::Error),
        _ => return Err("there is no such word"),
    };
    if more.is_none() { Ok(simple) } else { Err(NOTHING_MORE) }
}

/// `MIN..MAX`, or one number that is both.
fn read_range(text: Option<&str>) -> Read<(u32, u32)> {
    let text = text.ok_or(WRONG_RANGE)?;
    let (min, max) = text.split_once("..").unwrap_or((text, text));
    digits(min).zip(digits(max)).ok_or(WRONG_RANGE)
}

/// The name of a code, or its number.
fn read_code(text: Option<&str>) -> Read<WsaError> {
    const HIGHEST: i32 = 12_000;
    let text = text.ok_or("it takes a code, as in :WSAENOBUFS")?;
    let asked = digits(text);
    let mut codes = (1..HIGHEST).map(WsaError::from_code);
    let found = codes.find(|code| code.name().is_some_and(|name| name == text || asked == Some(code.code())));
    found.ok_or("Winsock has no such code")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        parse(text).expect("they are words").to_string()
    }

    #[test]
    fn what_is_printed_can_be_used_again() {
        let text = "seed=7 short=0.3 delay=0.2:0..3 pend=1 reset=0.01 error=0.5:WSAENOBUFS reorder=0.2:1..10 \
                    at=1.3:reset at=*.1:pend at=2.*:delay:5..9 at=*.*:error:WSAEFAULT only=tcp only=27015 quiet";
        assert_eq!(said(text), text);
    }

    #[test]
    fn commas_and_percent_and_numbers_are_other_spellings() {
        let text =
            "seed=0x10,short=50%,\n reorder=1%,delay=1:4,error=2%:10055,truncate=0,interrupt=100%,abort=.5";
        let spelt = "seed=16 short=0.5 reorder=0.01:1..10 delay=1:4..4 error=0.02:WSAENOBUFS truncate=0 \
                     interrupt=1 abort=0.5";
        assert_eq!(said(text), spelt);
        assert_eq!(
            said("seed=1, error=1:WSAEINTR error=1:WSAEFAULT only=80,,only=tcp only=81 "),
            "seed=1 error=1:WSAEINTR error=1:WSAEFAULT only=80 only=tcp only=81"
        );
    }

    #[test]
    fn without_a_seed_the_clock_chooses() {
        assert_eq!(parse("").expect("no words are needed").chances, []);
        let seeds: std::collections::HashSet<u64> = (0..50)
            .map(|_| {
                std::thread::sleep(std::time::Duration::from_micros(10));
                parse("quiet").expect("it is a word").seed
            })
            .collect();
        assert!(seeds.len() > 1);
    }

    #[test]
    fn each_mistake_is_named_with_its_word() {
        let wrong = [
            "shrt=1",
            "short",
            "short=",
            "short=2",
            "short=-1",
            "short=101%",
            "short=x",
            "short=1:2",
            "delay=1",
            "delay=1:",
            "delay=1:5..2",
            "delay=1:a..b",
            "error=1",
            "error=1:WSAEFUN",
            "error=1:1",
            "error=1:+10055",
            "error=1:WSA_IO_PENDING",
            "error=1:WSA_IO_INCOMPLETE",
            "error=1:WSAEWOULDBLOCK",
            "error=1:WSAEMSGSIZE",
            "error=1:WSAEDISCON",
            "at=1.1:error:10101",
            "seed",
            "seed=",
            "seed=-1",
            "seed=+5",
            "seed=0x+5",
            "seed=0x",
            "short=+1",
            "short=nan",
            "short=inf",
            "short=1e400",
            "only",
            "only=0",
            "only=+80",
            "at=+1.1:reset",
            "delay=1:+1..2",
            "at=1.1:delay:5..2",
            "only=sctp",
            "only=70000",
            "at=1:reset",
            "at=0.1:reset",
            "at=1.0:reset",
            "at=1.1",
            "at=1.1:",
            "at=1.1:fun",
            "at=a.1:reset",
            "quiet=1",
            "quiet=",
            "quick",
        ];
        for word in wrong {
            let mistake = parse(&format!("seed=1,{word} pend=1")).expect_err(word);
            assert_eq!(mistake.word(), word);
            assert!(mistake.to_string().starts_with(&format!("{word}: ")), "{mistake}");
        }
    }

    #[test]
    fn what_is_said_twice_or_cannot_hold_together_is_a_mistake() {
        let wrong = [
            ("seed=1 seed=2", SAID_BEFORE),
            ("quiet quiet", SAID_BEFORE),
            ("short=1 short=0.5", SAID_BEFORE),
            ("delay=1:2 delay=1:3", SAID_BEFORE),
            ("error=1:WSAEFAULT error=1:10014", SAID_BEFORE),
            ("at=1.1:reset at=1.1:reset", SAID_BEFORE),
            ("only=tcp only=tcp", SAID_BEFORE),
            ("only=80 only=80", SAID_BEFORE),
            ("only=tcp only=udp", "no socket is of both protocols"),
            ("only=80 only=81 only=82", "a socket has two ports, its own and its peer's"),
        ];
        for (text, why) in wrong {
            let last = text.rsplit(' ').next().expect("there are words");
            assert_eq!(parse(text), Err(Mistake::new(last, why)), "{text}");
        }
    }
}
