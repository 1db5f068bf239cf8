//! The grammar of WS2_FAULT: words, separated by commas or white space.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use super::plan::{Kind, Only, Plan, Scripted};
use crate::error::WsaError;

/// The words that there are, for who has used another one.
pub(super) const WORDS: &str = "seed=N, short=P, truncate=P, delay=P:MIN..MAX, pend=P, reset=P, interrupt=P, \
     abort=P, error=P:CODE, reorder=P[:MIN..MAX], at=SOCKET.RECEIVE:KIND, only=tcp|udp|PORT, quiet \
     (P is a probability as 0.25 or 25%, MIN and MAX are milliseconds, * is any socket or any receive)";

/// A word that is none of the grammar's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    word: String,
    why: &'static str,
}

impl Mistake {
    /// The word as it was given.
    pub fn word(&self) -> &str {
        &self.word
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; the words are {WORDS}", self.word, self.why)
    }
}

impl std::error::Error for Mistake {}

type Read<T> = Result<T, &'static str>;

/// Reads the words. Without a seed among them there is one that the clock chooses.
pub(super) fn parse(text: &str) -> Result<Plan, Mistake> {
    let mut plan = Plan::new(seed_of_clock());
    for word in text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty()) {
        read(&mut plan, word).map_err(|why| Mistake { word: word.to_owned(), why })?;
    }
    Ok(plan)
}

/// Short enough to be typed again.
fn seed_of_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(now.subsec_nanos()) ^ (now.as_secs() & 0xffff_ffff)
}

fn read(plan: &mut Plan, word: &str) -> Read<()> {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    match (name, value) {
        ("quiet", "") => plan.quiet = true,
        ("seed", seed) => plan.seed = number(seed).ok_or("the seed is no number")?,
        ("only", only) => plan.only.push(read_only(only)?),
        ("at", place) => plan.script.push(read_place(place)?),
        (name, value) => {
            let (chance, more) = split_more(value);
            let kind = read_kind(name, more)?;
            plan.set(kind, probability(chance)?);
        }
    }
    Ok(())
}

/// What stands before a colon, and what behind it.
fn split_more(text: &str) -> (&str, Option<&str>) {
    text.split_once(':').map_or((text, None), |(first, more)| (first, Some(more)))
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn probability(text: &str) -> Read<f64> {
    const WRONG: &str = "a probability is from 0 to 1, or from 0% to 100%";
    let (digits, whole) = text.strip_suffix('%').map_or((text, 1.0), |digits| (digits, 100.0));
    let value: f64 = digits.parse().map_err(|_| WRONG)?;
    if (0.0..=whole).contains(&value) { Ok(value / whole) } else { Err(WRONG) }
}

fn read_only(text: &str) -> Read<Only> {
    match text {
        "tcp" => Ok(Only::Tcp),
        "udp" => Ok(Only::Udp),
        port => port.parse().map(Only::Port).map_err(|_| "neither tcp nor udp nor a port"),
    }
}

/// `SOCKET.RECEIVE:KIND`.
fn read_place(text: &str) -> Read<Scripted> {
    const WRONG: &str = "a place is SOCKET.RECEIVE:KIND, and both are counted from 1";
    let (place, kind) = text.split_once(':').ok_or(WRONG)?;
    let (socket, receive) = place.split_once('.').ok_or(WRONG)?;
    let ordinal = |text: &str| match text {
        "*" => Ok(None),
        digits => digits.parse().ok().filter(|it| *it > 0).map(Some).ok_or(WRONG),
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
    if more.is_none() { Ok(simple) } else { Err("nothing may follow here") }
}

/// `MIN..MAX`, or one number that is both.
fn read_range(text: Option<&str>) -> Read<(u32, u32)> {
    const WRONG: &str = "it takes milliseconds, as in :5..20";
    let text = text.ok_or(WRONG)?;
    let (min, max) = text.split_once("..").unwrap_or((text, text));
    let (min, max) = (min.parse().map_err(|_| WRONG)?, max.parse().map_err(|_| WRONG)?);
    if min <= max { Ok((min, max)) } else { Err(WRONG) }
}

/// The name of a code, or its number.
fn read_code(text: Option<&str>) -> Read<WsaError> {
    const HIGHEST: i32 = 12_000;
    let text = text.ok_or("it takes a code, as in :WSAENOBUFS")?;
    let asked = text.parse().ok();
    let mut codes = (1..HIGHEST).map(WsaError::from_code);
    let found = codes.find(|code| code.name().is_some_and(|name| name == text || asked == Some(code.code())));
    match found {
        // Nobody would ever be told of the end.
        Some(WsaError::WSA_IO_PENDING) => Err("a receive that does not begin cannot pend"),
        Some(code) => Ok(code),
        None => Err("Winsock has no such code"),
    }
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
            said("seed=1, short=1, short=0.5 error=1:WSAEINTR error=1:WSAEFAULT"),
            "seed=1 short=0.5 error=1:WSAEINTR error=1:WSAEFAULT"
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
            "error=1:WSA_IO_PENDING",
            "seed=",
            "seed=-1",
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
            "quick",
        ];
        for word in wrong {
            let mistake = parse(&format!("seed=1,{word} pend=1")).expect_err(word);
            assert_eq!(mistake.word(), word);
            assert!(mistake.to_string().contains("at=SOCKET.RECEIVE:KIND"), "{mistake}");
        }
    }
}
