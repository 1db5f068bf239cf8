//! Sequences of calls on the two ends of one connection.

use std::fmt;
use std::ptr::null_mut;
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;

use super::bytes::{Counter, Hex};
use super::chance::Chance;
use super::door::{self, DOORS, Door, check};
use super::host;
use super::model::{OOB, PEEK, PUSH, Pair, Request, WAITALL};
use super::runner::Subject;
use crate::util::{connect_to, new_socket, port_of, tcp_listener};

/// What one step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    Send { len: usize, scatter: bool },
    SendUrgent { len: usize },
    Receive { door: Door, lens: Vec<usize>, flags: u32 },
    BytesWaiting,
    AtMark,
    Select,
    SoError,
    Shutdown(i32),
    Close { abort: bool },
    OobInline(bool),
    Nonblocking(bool),
    TimeLimit(bool),
}

/// One step: which end, and what it does.
#[derive(Clone, PartialEq)]
pub struct Step {
    end: usize,
    call: Call,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", ["A", "B"][self.end], self.call)
    }
}

/// Pairs of streams; with or without calls that are a sign of out-of-band data.
pub struct Streams {
    listener: SOCKET,
    port: u16,
    urgent: bool,
}

impl Streams {
    pub fn new(urgent: bool) -> Self {
        let listener = tcp_listener();
        Self { listener, port: port_of(listener), urgent }
    }

    fn pair(&self) -> [SOCKET; 2] {
        let client = new_socket(SOCK_STREAM);
        assert_eq!(connect_to(client, self.port), 0, "connect: {}", crate::util::last_error());
        let server = unsafe { accept(self.listener, null_mut(), null_mut()) };
        assert_ne!(server, INVALID_SOCKET, "accept: {}", crate::util::last_error());
        for s in [client, server] {
            // What is sent is to arrive, whether or not what was sent before is acknowledged.
            let done = unsafe { setsockopt(s, IPPROTO_TCP, TCP_NODELAY, [1, 0, 0, 0].as_ptr(), 4) };
            assert_eq!(done, 0, "TCP_NODELAY: {}", crate::util::last_error());
        }
        [client, server]
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        crate::util::close(self.listener);
    }
}

/// SO_RCVTIMEO in milliseconds, where a step sets it.
const TIME_LIMIT: u32 = 1;

impl Subject for Streams {
    type Step = Step;

    fn sequence(&mut self, chance: &mut Chance) -> Vec<Step> {
        // send, urgent, receive, peek, receive urgent, bytes, mark, select, error, shutdown, close, in line,
        // nonblocking, limit
        let mut weights = [12, 6, 14, 4, 5, 4, 3, 3, 1, 1, 1, 2, 2, 1];
        if !self.urgent {
            for place in [1, 4, 6, 11] {
                weights[place] = 0;
            }
        }
        // A sequence without some of the calls gets further with the others.
        for weight in &mut weights {
            if chance.one_in(4) {
                *weight = 0;
            }
        }
        let count = 2 + chance.below(40);
        let mut steps = vec![];
        for end in 0..2 {
            if chance.flag() {
                steps.push(Step { end, call: Call::Nonblocking(true) });
            }
        }
        steps
            .extend((0..count).map(|_| Step { end: chance.below(2) as usize, call: call(chance, &weights) }));
        steps
    }

    fn play(&mut self, steps: &[Step], patience: Duration, log: &mut Vec<String>) -> Result<(), String> {
        let mut play = Play {
            sockets: self.pair(),
            pair: Pair::new(),
            counters: Default::default(),
            urgent: self.urgent,
            patience,
        };
        let played = steps.iter().try_for_each(|step| {
            let mut line = String::new();
            let result = play.step(step, &mut line);
            log.push(line);
            result
        });
        for (end, s) in play.pair.0.iter().zip(play.sockets) {
            if !end.closed {
                let _ = door::abort(s);
            }
        }
        played
    }

    fn simpler(step: &Step) -> Vec<Step> {
        let calls: Vec<Call> = match &step.call {
            Call::Send { len, scatter } => {
                let mut simpler: Vec<_> =
                    smaller(*len, 1).map(|len| Call::Send { len, scatter: *scatter }).collect();
                if *scatter {
                    simpler.push(Call::Send { len: *len, scatter: false });
                }
                simpler
            }
            Call::SendUrgent { len } => smaller(*len, 1).map(|len| Call::SendUrgent { len }).collect(),
            Call::Receive { door, lens, flags } => simpler_receives(*door, lens, *flags),
            _ => Vec::new(),
        };
        calls.into_iter().map(|call| Step { end: step.end, call }).collect()
    }
}

/// Lengths to try instead of this one.
fn smaller(len: usize, least: usize) -> impl Iterator<Item = usize> {
    [least, len / 2, len.saturating_sub(1)].into_iter().filter(move |&less| least <= less && less < len)
}

/// Receives to try instead of this one.
pub fn simpler_receives(door: Door, lens: &[usize], flags: u32) -> Vec<Call> {
    let mut simpler = Vec::new();
    let mut with = |door, lens: Vec<usize>, flags| simpler.push(Call::Receive { door, lens, flags });
    if lens.len() > 1 {
        with(door, vec![lens.iter().sum()], flags);
    }
    if door != Door::Recv {
        with(Door::Recv, lens.to_vec(), flags);
    }
    for bit in (0..32).map(|bit| 1 << bit).filter(|bit| flags & bit != 0 && *bit != OOB) {
        with(door, lens.to_vec(), flags & !bit);
    }
    for (place, &len) in lens.iter().enumerate() {
        for less in smaller(len, 0) {
            let mut lens = lens.to_vec();
            lens[place] = less;
            with(door, lens, flags);
        }
    }
    simpler
}

fn call(chance: &mut Chance, weights: &[u64]) -> Call {
    match chance.weighted(weights) {
        0 => Call::Send { len: 1 + chance.length(63), scatter: chance.one_in(4) },
        1 => Call::SendUrgent { len: chance.pick(&[1, 1, 1, 1, 2, 5]) },
        2 => {
            let more = chance.pick(&[
                0,
                0,
                0,
                0,
                0,
                WAITALL,
                WAITALL,
                PUSH,
                MSG_PARTIAL,
                0x4,
                WAITALL | MSG_PARTIAL,
            ]);
            receive(chance, more)
        }
        3 => {
            let more = chance.pick(&[0, 0, 0, 0, 0, WAITALL]);
            receive(chance, PEEK | more)
        }
        4 => {
            let more = chance.pick(&[0, 0, 0, 0, 0, PEEK, WAITALL]);
            receive(chance, OOB | more)
        }
        5 => Call::BytesWaiting,
        6 => Call::AtMark,
        7 => Call::Select,
        8 => Call::SoError,
        9 => Call::Shutdown(chance.pick(&[SD_SEND, SD_SEND, SD_SEND, SD_RECEIVE, SD_BOTH])),
        10 => Call::Close { abort: chance.one_in(3) },
        11 => Call::OobInline(chance.flag()),
        12 => Call::Nonblocking(chance.flag()),
        _ => Call::TimeLimit(chance.flag()),
    }
}

fn receive(chance: &mut Chance, flags: u32) -> Call {
    let door = if flags == 0 {
        chance.pick(&DOORS)
    } else {
        chance.pick(&[Door::Recv, Door::RecvFrom, Door::WsaRecv, Door::WsaRecvFrom])
    };
    let most = if flags & OOB != 0 { 2 } else { 64 };
    Call::Receive { door, lens: lengths(chance, most), flags }
}

/// The lengths of one to five buffers.
pub fn lengths(chance: &mut Chance, most: u64) -> Vec<usize> {
    let count = chance.pick(&[1, 1, 1, 2, 3, 5]);
    (0..count).map(|_| chance.length(most)).collect()
}

/// A sequence under way.
struct Play {
    sockets: [SOCKET; 2],
    pair: Pair,
    counters: [Counter; 2],
    urgent: bool,
    patience: Duration,
}

impl Play {
    /// One step; what it gave is written to `line`.
    fn step(&mut self, step: &Step, line: &mut String) -> Result<(), String> {
        let (s, me) = (self.sockets[step.end], &mut self.pair.0[step.end]);
        if me.closed {
            // The number may be another descriptor's by now (G010).
            line.push_str("left out: closed");
            return Ok(());
        }
        match &step.call {
            Call::Send { len, scatter } => self.send(step.end, *len, *scatter, false, line),
            Call::SendUrgent { len } => self.send(step.end, *len, false, true, line),
            Call::Receive { door, lens, flags } => self.receive(step.end, *door, lens, *flags, line),
            Call::BytesWaiting => {
                let me = &*me;
                agree(self.patience, line, || door::control(s, FIONREAD, !0), |got| me.counted(got))
            }
            Call::AtMark => {
                let me = &*me;
                agree(self.patience, line, || door::control(s, SIOCATMARK, !0), |got| me.marked(got))
            }
            Call::Select => {
                let (me, with_except) = (&*me, self.urgent);
                let select = || door::select_now(s, with_except);
                agree(self.patience, line, select, |got| me.selected(got, with_except))
            }
            Call::SoError => {
                let got = so_error(s);
                *line = format!("{got:?}");
                me.error(&got)
            }
            Call::Shutdown(how) => {
                let got = door::done(unsafe { shutdown(s, *how) });
                *line = format!("{got:?}");
                did(got)?;
                self.pair.shut(step.end, *how);
                self.arrive();
                Ok(())
            }
            Call::Close { abort } => {
                let got = if *abort { door::abort(s) } else { door::done(unsafe { closesocket(s) }) };
                *line = format!("{got:?}");
                did(got)?;
                self.pair.close(step.end, *abort);
                let again = door::select_now(s, false);
                check(again == Err(WSAENOTSOCK), || format!("select on a closed socket: {again:?}"))?;
                self.arrive();
                Ok(())
            }
            Call::OobInline(on) => {
                if !me.can_switch(*on) {
                    line.push_str("left out");
                    return Ok(());
                }
                let got = door::set(s, SO_OOBINLINE, &i32::from(*on).to_ne_bytes());
                *line = format!("{got:?}");
                me.switched(*on);
                did(got)
            }
            Call::Nonblocking(on) => {
                let got = door::control(s, FIONBIO, u32::from(*on)).map(drop);
                *line = format!("{got:?}");
                me.nonblocking = *on;
                did(got)
            }
            Call::TimeLimit(on) => {
                let limit = if *on { TIME_LIMIT } else { 0 };
                let got = door::set(s, SO_RCVTIMEO, &limit.to_ne_bytes());
                *line = format!("{got:?}");
                me.limited = *on;
                did(got)
            }
        }
    }

    fn send(
        &mut self,
        end: usize,
        len: usize,
        scatter: bool,
        urgent: bool,
        line: &mut String,
    ) -> Result<(), String> {
        let (s, counter) = (self.sockets[end], &mut self.counters[end]);
        let mut bytes: Vec<u8> = (0..len - usize::from(urgent)).map(|_| counter.normal()).collect();
        if urgent {
            bytes.push(counter.urgent());
        }
        let flags = if urgent { MSG_OOB } else { 0 };
        let mut sent = 0;
        let returned = if scatter {
            let (head, tail) = bytes.split_at(len / 2);
            let buffers = [head, &[], tail]
                .map(|part| WSABUF { len: part.len() as u32, buf: part.as_ptr().cast_mut() });
            let flags = flags as u32;
            let done = unsafe { WSASend(s, buffers.as_ptr(), 3, &mut sent, flags, null_mut(), None) };
            if done == 0 { sent as i32 } else { done }
        } else {
            unsafe { send(s, bytes.as_ptr(), len as i32, flags) }
        };
        let got = usize::try_from(returned).map_err(|_| crate::util::last_error());
        *line = format!("{got:?} {:?}", Hex(&bytes));
        let verdict = self.pair.sent(end, &bytes, urgent, &got);
        let late = self.arrive();
        let peer = 1 - end;
        if late {
            line.push_str(" late");
        }
        if late && urgent && got.is_ok() && !self.pair.0[peer].closed {
            // The next urgent byte may follow 20 ms after this one, or once the library has seen this one.
            let s = self.sockets[peer];
            let mut mark = String::new();
            let me = &self.pair.0[peer];
            agree(self.patience, &mut mark, || door::control(s, SIOCATMARK, !0), |got| me.marked(got))
                .map_err(|fault| format!("SIOCATMARK after it {mark}: {fault}"))?;
        }
        verdict
    }

    fn receive(
        &mut self,
        end: usize,
        door: Door,
        lens: &[usize],
        flags: u32,
        line: &mut String,
    ) -> Result<(), String> {
        let (s, me) = (self.sockets[end], &mut self.pair.0[end]);
        // WSARecvEx has flags for output only.
        let flags = if door == Door::RecvEx { 0 } else { flags };
        let request = Request { total: lens.iter().sum(), flags };
        if me.would_wait(&request) {
            line.push_str("left out: it would wait");
            return Ok(());
        }
        let until = Instant::now() + self.patience;
        loop {
            let got = door::receive(s, door, lens, flags, false, self.patience)?;
            *line = match &got.result {
                Ok(bytes) => format!("Ok({:?})", Hex(bytes)),
                Err(code) => format!("Err({code})"),
            };
            let urgent = if flags & OOB != 0 { OOB } else { 0 };
            check(got.flags.is_none_or(|out| out == urgent || got.result == Ok(vec![])), || {
                format!("flags {:?} (F159)", got.flags)
            })?;
            let verdict = me.received(&request, &got.result);
            // Out-of-band bytes may be on their way from the host's queue to ours.
            let early = flags & OOB != 0 && matches!(got.result, Err(WSAEWOULDBLOCK | WSAETIMEDOUT));
            if verdict.is_ok() || !early || Instant::now() > until {
                return verdict;
            }
        }
    }

    /// Waits until what was sent has arrived, as far as the host tells; says whether that took time.
    fn arrive(&self) -> bool {
        let mut late = false;
        let until = Instant::now() + self.patience;
        for (end, (me, &s)) in self.pair.0.iter().zip(&self.sockets).enumerate() {
            if me.closed {
                continue;
            }
            let (ended, over) = (self.pair.has_ended(end), self.pair.is_over(end));
            let there = |host: host::Arrived| {
                host.bytes >= me.sent_here && (host.ended || !ended) && (host.over || !over)
            };
            // A host that does not tell is asked by what the program can see.
            let shows = || {
                let counted = me.counted(&door::control(s, FIONREAD, !0));
                counted.and_then(|()| me.selected(&door::select_now(s, false), false)).is_ok()
            };
            while !host::arrived(s).map_or_else(shows, there) && Instant::now() < until {
                late = true;
                std::thread::yield_now();
            }
            late |= host::arrived(s).is_none();
        }
        late
    }
}

/// Asks again until the answer is right or time is up: what was sent may still be on its way.
pub fn agree<T: fmt::Debug>(
    patience: Duration,
    line: &mut String,
    mut ask: impl FnMut() -> T,
    verdict: impl Fn(&T) -> Result<(), String>,
) -> Result<(), String> {
    let until = Instant::now() + patience;
    loop {
        let got = ask();
        *line = format!("{got:?}");
        match verdict(&got) {
            Err(fault) if Instant::now() > until => return Err(fault),
            Err(_) => std::thread::yield_now(),
            Ok(()) => return Ok(()),
        }
    }
}

/// What only a closed socket fails.
fn did(got: Result<(), i32>) -> Result<(), String> {
    check(got.is_ok(), || "expected to succeed".into())
}

fn so_error(s: SOCKET) -> Result<i32, i32> {
    let (mut value, mut len) = ([0u8; 4], 4);
    door::done(unsafe { getsockopt(s, SOL_SOCKET, SO_ERROR, value.as_mut_ptr(), &mut len) })
        .map(|()| i32::from_ne_bytes(value))
}
