//! The decisions: which faults befall which receive. They depend on the seed and on the two ordinals only,
//! not on what was decided before, so that the order in which threads run does not change them.

use std::time::Duration;

use super::plan::{Kind, Plan};

/// A fault that is to befall a receive, and what chance has to say of its size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Strike {
    pub(super) kind: Kind,
    chance: u64,
}

/// What befalls the receive with this number on the socket with this number. Where the script names the
/// receive, only what it says.
pub(super) fn strikes(plan: &Plan, socket: u64, receive: u64) -> Vec<Strike> {
    let strike = |kind: Kind| Strike { kind, chance: chance(plan.seed, socket, receive, kind.id(), 1) };
    let mut scripted = plan.script.iter().filter(|line| line.names(socket, receive)).peekable();
    if scripted.peek().is_some() {
        // Several lines may name it: nothing befalls it twice.
        return scripted.fold(Vec::new(), |mut strikes, line| {
            let strike = strike(line.kind);
            if !strikes.contains(&strike) {
                strikes.push(strike);
            }
            strikes
        });
    }
    let befalls = |(kind, probability): &&(Kind, f64)| {
        unit(chance(plan.seed, socket, receive, kind.id(), 0)) < *probability
    };
    plan.chances.iter().filter(befalls).map(|(kind, _)| strike(*kind)).collect()
}

impl Strike {
    /// For how long what is there does not come.
    pub(super) fn delay(self) -> Option<Duration> {
        match self.kind {
            Kind::Delay { min, max } | Kind::Reorder { min, max } => {
                let span = u64::from(max - min) + 1;
                Some(Duration::from_millis(u64::from(min) + self.chance % span))
            }
            _ => None,
        }
    }

    /// How much room a receive that asks for `total` bytes has, if it has less. Of a stream small pieces are
    /// as likely as large ones, whatever the room; of a message hardly anything fits.
    pub(super) fn room(self, total: usize) -> Option<usize> {
        const HEAD: usize = 8;
        let largest = total.checked_sub(1).filter(|largest| *largest > 0)?;
        let limit = match self.kind {
            Kind::Short => {
                let sizes = u64::from(usize::BITS - largest.leading_zeros());
                (1usize << (self.chance % sizes)).saturating_mul(2).min(largest)
            }
            Kind::Truncate => HEAD.min(largest),
            _ => return None,
        };
        Some(1 + (self.chance >> 32) as usize % limit)
    }
}

/// A number that all of these decide.
fn chance(seed: u64, socket: u64, receive: u64, kind: u64, salt: u64) -> u64 {
    [socket, receive, kind, salt].into_iter().fold(mixed(seed), |sum, part| mixed(sum ^ part))
}

/// SplitMix64: each bit that goes in changes half of those that come out.
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// From 0 to just below 1.
fn unit(value: u64) -> f64 {
    const STEPS: f64 = (1u64 << 53) as f64;
    (value >> 11) as f64 / STEPS
}

#[cfg(test)]
mod tests {
    use super::super::grammar::parse;
    use super::*;

    fn plan(text: &str) -> Plan {
        parse(text).expect("they are words")
    }

    fn kinds(plan: &Plan, socket: u64, receive: u64) -> Vec<Kind> {
        strikes(plan, socket, receive).into_iter().map(|strike| strike.kind).collect()
    }

    #[test]
    fn the_same_seed_decides_the_same_whatever_was_asked_before() {
        let (one, other) =
            (plan("seed=9,short=30%,reset=10%,delay=50%:0..9"), plan("seed=10,short=30%,reset=10%"));
        let places: Vec<(u64, u64)> = (1..40).flat_map(|s| (1..40).map(move |r| (s, r))).collect();
        let all = |plan: &Plan| places.iter().map(|&(s, r)| strikes(plan, s, r)).collect::<Vec<_>>();
        let mut backwards: Vec<_> = places.iter().rev().map(|&(s, r)| strikes(&one, s, r)).collect();
        backwards.reverse();
        assert_eq!(all(&one), backwards);
        assert_ne!(all(&one), all(&other));
    }

    #[test]
    fn each_kind_is_as_frequent_as_it_was_asked_for() {
        let plan =
            plan("seed=3,short=30%,pend=1,reset=0,truncate=0.01,error=5%:WSAEFAULT,error=5%:WSAENOBUFS");
        let mut counts = std::collections::HashMap::new();
        for place in 0..20_000 {
            for kind in kinds(&plan, 1 + place / 100, 1 + place % 100) {
                *counts.entry(format!("{kind:?}")).or_insert(0u32) += 1;
            }
        }
        let near = |kind: &str, wanted: u32| {
            let count = counts.get(kind).copied().unwrap_or(0);
            assert!(count.abs_diff(wanted) <= wanted / 5, "{kind}: {count} for {wanted}");
        };
        near("Short", 6_000);
        near("Pend", 20_000);
        near("Reset", 0);
        near("Truncate", 200);
        near("Error(WSAEFAULT (10014))", 1_000);
        near("Error(WSAENOBUFS (10055))", 1_000);
    }

    #[test]
    fn a_script_wins_over_chance() {
        let plan =
            plan("seed=1,short=1,at=1.3:reset,at=*.1:pend,at=2.*:interrupt,at=2.5:abort,at=2.5:interrupt");
        assert_eq!(kinds(&plan, 1, 2), [Kind::Short]);
        assert_eq!(kinds(&plan, 1, 3), [Kind::Reset]);
        assert_eq!(kinds(&plan, 1, 1), [Kind::Pend]);
        assert_eq!(kinds(&plan, 2, 1), [Kind::Pend, Kind::Interrupt]);
        assert_eq!(kinds(&plan, 2, 5), [Kind::Interrupt, Kind::Abort]);
        assert_eq!(kinds(&plan, 7, 7), [Kind::Short]);
    }

    #[test]
    fn delays_are_within_their_bounds_and_reach_both() {
        let plan = plan("seed=1,delay=1:2..5");
        let delays: std::collections::BTreeSet<_> =
            (1..200).filter_map(|receive| strikes(&plan, 1, receive)[0].delay()).collect();
        assert_eq!(delays.into_iter().collect::<Vec<_>>(), [2, 3, 4, 5].map(Duration::from_millis));
    }

    #[test]
    fn there_is_less_room_and_never_none() {
        let plan = plan("seed=1,short=1,truncate=1");
        let mut seen = std::collections::BTreeSet::new();
        for receive in 1..400 {
            let [short, truncate] = strikes(&plan, 1, receive)[..] else { panic!("both befall it") };
            for total in [2, 3, 100, 4096, usize::MAX] {
                let room = short.room(total).expect("there is less");
                assert!((1..total).contains(&room));
                assert!((1..total.min(9)).contains(&truncate.room(total).expect("there is less")));
            }
            seen.insert(short.room(4).expect("there is less"));
            assert_eq!((short.room(0), short.room(1), truncate.room(1)), (None, None, None));
            assert_eq!(short.delay(), None);
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [1, 2, 3]);
    }
}
