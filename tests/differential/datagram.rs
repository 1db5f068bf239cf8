//! Sequences of calls on two datagram sockets, and what they do on Windows.

use std::collections::VecDeque;
use std::fmt;
use std::ptr::null_mut;
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;

use super::bytes::{Counter, Hex};
use super::chance::Chance;
use super::door::{self, DOORS, Door, check};
use super::host;
use super::model::{OOB, PEEK, WAITALL};
use super::runner::Subject;
use super::stream::{self, agree, lengths};
use crate::util::{close, connect_to, last_error, port_of, send_to, udp_bound};

#[derive(Clone, Debug, PartialEq)]
enum Call {
    /// To the other socket.
    Send {
        len: usize,
    },
    /// To a port where nobody listens.
    SendNowhere {
        len: usize,
    },
    Receive {
        door: Door,
        lens: Vec<usize>,
        flags: u32,
    },
    BytesWaiting,
    Select,
    SoError,
    Shutdown(i32),
    Nonblocking(bool),
    TimeLimit(bool),
    PortErrors(bool),
    /// The other socket becomes the peer.
    Connect,
}

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

/// Pairs of datagram sockets on the loopback.
pub struct Datagrams {
    /// A port that was free when the run began and that nobody has since bound.
    nowhere: u16,
}

impl Datagrams {
    pub fn new() -> Self {
        Self { nowhere: 9 }
    }
}

impl Subject for Datagrams {
    type Step = Step;

    fn sequence(&mut self, chance: &mut Chance) -> Vec<Step> {
        // send, nowhere, receive, peek, bytes, select, error, shutdown, nonblocking, limit, port errors, connect
        let mut weights = [12, 3, 14, 4, 4, 4, 1, 1, 2, 1, 1, 1];
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
        let sockets = [udp_bound(), udp_bound()];
        let ports = sockets.map(port_of);
        let ends = [End::default(), End::default()];
        let counters = Default::default();
        let mut play = Play { sockets, ports, ends, counters, nowhere: self.nowhere, patience };
        let played = steps.iter().try_for_each(|step| {
            let mut line = String::new();
            let result = play.step(step, &mut line);
            log.push(line);
            result
        });
        sockets.iter().for_each(|&s| assert_eq!(close(s), 0));
        played
    }

    fn simpler(step: &Step) -> Vec<Step> {
        let calls: Vec<Call> = match &step.call {
            Call::Send { len } if *len > 0 => vec![Call::Send { len: 0 }, Call::Send { len: len / 2 }],
            Call::SendNowhere { len } if *len > 0 => vec![Call::SendNowhere { len: 0 }],
            Call::Receive { door, lens, flags } => stream::simpler_receives(*door, lens, *flags)
                .into_iter()
                .filter_map(|call| match call {
                    stream::Call::Receive { door, lens, flags } => Some(Call::Receive { door, lens, flags }),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        calls.into_iter().map(|call| Step { end: step.end, call }).collect()
    }
}

fn call(chance: &mut Chance, weights: &[u64]) -> Call {
    match chance.weighted(weights) {
        0 => Call::Send { len: chance.length(64) },
        1 => Call::SendNowhere { len: chance.length(64) },
        2 => {
            let flags = chance.pick(&[0, 0, 0, 0, 0, 0, MSG_PARTIAL, WAITALL, OOB, 0x4]);
            receive(chance, flags)
        }
        3 => {
            let more = chance.pick(&[0, 0, 0, 0, MSG_PARTIAL]);
            receive(chance, PEEK | more)
        }
        4 => Call::BytesWaiting,
        5 => Call::Select,
        6 => Call::SoError,
        7 => Call::Shutdown(chance.pick(&[SD_SEND, SD_RECEIVE, SD_BOTH])),
        8 => Call::Nonblocking(chance.flag()),
        9 => Call::TimeLimit(chance.flag()),
        10 => Call::PortErrors(chance.flag()),
        _ => Call::Connect,
    }
}

fn receive(chance: &mut Chance, flags: u32) -> Call {
    let any = [&DOORS[..], &[Door::RecvMsg]].concat();
    let takes_flags = |door: &Door| *door != Door::RecvEx && (*door != Door::RecvMsg || flags == PEEK);
    let doors: Vec<Door> = any.into_iter().filter(|door| flags == 0 || takes_flags(door)).collect();
    let door = chance.pick(&doors);
    Call::Receive { door, lens: lengths(chance, 80), flags }
}

/// What one socket can receive.
#[derive(Default)]
struct End {
    messages: VecDeque<Vec<u8>>,
    /// Port-unreachable messages that a receive is to tell of. Their order among the datagrams is open.
    errors: usize,
    no_port_errors: bool,
    shut_receive: bool,
    shut_send: bool,
    connected: bool,
    nonblocking: bool,
    limited: bool,
}

impl End {
    fn refusal(&self, flags: u32) -> Option<i32> {
        match () {
            () if self.shut_receive => Some(WSAESHUTDOWN),
            () if flags & !(PEEK | MSG_PARTIAL) != 0 => Some(WSAEOPNOTSUPP),
            () => None,
        }
    }

    fn would_wait(&self, flags: u32) -> bool {
        let there = !self.messages.is_empty() || self.errors > 0;
        !there && !self.nonblocking && !self.limited && self.refusal(flags).is_none()
    }

    /// What a receive gave; `port` is the other socket's.
    fn received(&mut self, asked: &Asked, got: &door::Got, port: u16) -> Result<(), String> {
        let peek = asked.flags & PEEK != 0;
        let failed = |codes: &[i32]| match got.result {
            Err(code) if codes.contains(&code) => Ok(()),
            _ => Err(format!("expected to fail with {codes:?}")),
        };
        if let Some(code) = self.refusal(asked.flags) {
            return failed(&[code]);
        }
        if got.result == Err(WSAECONNRESET) {
            check(self.errors > 0, || "no port was unreachable".into())?;
            self.errors -= usize::from(!peek);
            return Ok(());
        }
        let Some(next) = self.messages.front() else {
            let late = if self.nonblocking { WSAEWOULDBLOCK } else { WSAETIMEDOUT };
            return if self.errors > 0 { failed(&[WSAECONNRESET]) } else { failed(&[late]) };
        };
        let (fits, head) = (next.len() <= asked.total, &next[..next.len().min(asked.total)]);
        check(got.from.is_none_or(|from| from == port), || format!("sender {:?}, not {port}", got.from))?;
        let expected = format!("expected {:?} of {}", Hex(head), next.len());
        if fits || asked.door == Door::RecvEx {
            check(got.result.as_ref().is_ok_and(|bytes| bytes == head), || expected)?;
            let flags = if fits { 0 } else { MSG_PARTIAL };
            check(got.flags.is_none_or(|out| out == flags), || format!("flags {:?}", got.flags))?;
        } else {
            check(got.result == Err(WSAEMSGSIZE) && got.head == head, || expected)?;
        }
        if !peek {
            self.messages.pop_front();
        }
        Ok(())
    }
}

/// A receive, as far as the model is concerned.
struct Asked {
    door: Door,
    total: usize,
    flags: u32,
}

/// A sequence under way.
struct Play {
    sockets: [SOCKET; 2],
    ports: [u16; 2],
    ends: [End; 2],
    counters: [Counter; 2],
    nowhere: u16,
    patience: Duration,
}

impl Play {
    fn step(&mut self, step: &Step, line: &mut String) -> Result<(), String> {
        let (s, me) = (self.sockets[step.end], &mut self.ends[step.end]);
        let good = |got: Result<(), i32>| check(got.is_ok(), || format!("{got:?}: expected to succeed"));
        match &step.call {
            Call::Send { len } => self.send(step.end, *len, line),
            Call::SendNowhere { len } => self.send_nowhere(step.end, *len, line),
            Call::Receive { door, lens, flags } => self.receive(step.end, *door, lens, *flags, line),
            Call::BytesWaiting => {
                let queued = me.messages.iter().map(|message| message.len() as u32).sum();
                let verdict =
                    |got: &Result<u32, i32>| check(*got == Ok(queued), || format!("expected {queued}"));
                agree(self.patience, line, || door::control(s, FIONREAD, !0), verdict)
            }
            Call::Select => {
                let read = !me.messages.is_empty() || me.errors > 0;
                let expected = Ok((read, true, false));
                let verdict = |got: &_| check(*got == expected, || format!("expected {expected:?}"));
                agree(self.patience, line, || door::select_now(s, true), verdict)
            }
            Call::SoError => {
                let (mut value, mut len) = ([0u8; 4], 4);
                good(door::done(unsafe {
                    getsockopt(s, SOL_SOCKET, SO_ERROR, value.as_mut_ptr(), &mut len)
                }))?;
                check(value == [0; 4], || format!("SO_ERROR {value:?}"))
            }
            Call::Shutdown(how) => {
                me.shut_receive |= *how != SD_SEND;
                me.shut_send |= *how != SD_RECEIVE;
                good(door::done(unsafe { shutdown(s, *how) }))
            }
            Call::Nonblocking(on) => {
                me.nonblocking = *on;
                good(door::control(s, FIONBIO, u32::from(*on)).map(drop))
            }
            Call::TimeLimit(on) => {
                me.limited = *on;
                good(door::set(s, SO_RCVTIMEO, &u32::from(*on).to_ne_bytes()))
            }
            Call::Connect => {
                me.connected = true;
                good(door::done(connect_to(s, self.ports[1 - step.end])))
            }
            Call::PortErrors(on) => {
                if me.errors > 0 {
                    // Whether it silences what is queued already is not told.
                    line.push_str("left out");
                    return Ok(());
                }
                me.no_port_errors = !*on;
                let (mut value, mut bytes) = (u32::from(*on), 0);
                let input = (&raw mut value).cast();
                let done = unsafe {
                    WSAIoctl(s, SIO_UDP_CONNRESET, input, 4, null_mut(), 0, &mut bytes, null_mut(), None)
                };
                good(door::done(done))
            }
        }
    }

    fn send(&mut self, end: usize, len: usize, line: &mut String) -> Result<(), String> {
        let counter = &mut self.counters[end];
        let bytes: Vec<u8> = (0..len).map(|_| counter.normal()).collect();
        let s = self.sockets[end];
        let returned = if self.ends[end].connected {
            unsafe { send(s, bytes.as_ptr(), len as i32, 0) }
        } else {
            send_to(s, &bytes, self.ports[1 - end])
        };
        *line = format!("{returned} {:?}", Hex(&bytes));
        self.check_sent(end, len, returned)?;
        if !self.ends[end].shut_send {
            self.ends[1 - end].messages.push_back(bytes);
        }
        Ok(())
    }

    fn check_sent(&self, end: usize, len: usize, returned: i32) -> Result<(), String> {
        let got = usize::try_from(returned).map_err(|_| last_error());
        let expected = if self.ends[end].shut_send { Err(WSAESHUTDOWN) } else { Ok(len) };
        check(got == expected, || format!("{got:?}, expected {expected:?}"))
    }

    fn send_nowhere(&mut self, end: usize, len: usize, line: &mut String) -> Result<(), String> {
        let s = self.sockets[end];
        if host::has_error(s).is_none() || self.ends[end].connected {
            line.push_str("left out: the host does not tell of it, or not to a socket that has a peer");
            return Ok(());
        }
        let returned = send_to(s, &vec![0; len], self.nowhere);
        *line = returned.to_string();
        self.check_sent(end, len, returned)?;
        let me = &mut self.ends[end];
        if me.shut_send {
            return Ok(());
        }
        me.errors += usize::from(!me.no_port_errors);
        let until = Instant::now() + self.patience;
        while host::has_error(s) == Some(false) && Instant::now() < until {
            std::thread::yield_now();
        }
        Ok(())
    }

    fn receive(
        &mut self,
        end: usize,
        door: Door,
        lens: &[usize],
        flags: u32,
        line: &mut String,
    ) -> Result<(), String> {
        let (s, port, me) = (self.sockets[end], self.ports[1 - end], &mut self.ends[end]);
        let flags = if door == Door::RecvEx { 0 } else { flags };
        if me.would_wait(flags) {
            line.push_str("left out: it would wait");
            return Ok(());
        }
        let asked = Asked { door, total: lens.iter().sum(), flags };
        let until = Instant::now() + self.patience;
        loop {
            let got = door::receive(s, door, lens, flags, true, self.patience)?;
            *line = match &got.result {
                Ok(bytes) => format!("Ok({:?})", Hex(bytes)),
                Err(WSAEMSGSIZE) => format!("Err({WSAEMSGSIZE}) {:?}", Hex(&got.head)),
                Err(code) => format!("Err({code})"),
            };
            let verdict = me.received(&asked, &got, port);
            let early = matches!(got.result, Err(WSAEWOULDBLOCK | WSAETIMEDOUT));
            if verdict.is_ok() || !early || Instant::now() > until {
                return verdict;
            }
        }
    }
}
