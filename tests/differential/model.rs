//! What a connected stream does on Windows: two queues and a few flags for each end.
//!
//! Each function is told what a call gave, says what is wrong with it, and moves on to the state after it.
//! What is left open here is what Windows leaves open, or what this library says the host decides: where a
//! receive stops in front of an urgent byte (G141), and whether data that came before a reset can still be
//! received.

use std::collections::VecDeque;

use openws2::Win32::Networking::WinSock::*;

use super::bytes::Hex;
use super::door::check;

/// What a byte in the queue of normal data once was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Normal,
    /// Urgent, and came while SO_OOBINLINE was on.
    InLine,
    /// Urgent, and waited in its own queue when SO_OOBINLINE was switched on.
    Kept,
}

struct Item {
    byte: u8,
    origin: Origin,
    /// A receive may stop in front of it.
    stop: bool,
}

/// How the connection ends, for one of its ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    Open,
    /// The peer sends no more.
    Finished,
    /// The peer has closed, and answers what is sent to it by a reset.
    Closed,
    /// Reset: with one of these codes, unless the peer's end of stream comes all the same, or first.
    Broken {
        codes: &'static [i32],
        perhaps_graceful: bool,
    },
    /// Reset, and the program was told so with this code, which stays.
    Told(i32),
}

/// A send was answered by the reset (F140, G131).
const BY_OWN_SEND: &[i32] = &[WSAECONNABORTED];
const BY_PEER: &[i32] = &[WSAECONNRESET];
/// After the peer's end of stream, and the host does not tell why (G127).
const BY_EITHER: &[i32] = &[WSAECONNABORTED, WSAECONNRESET];

/// One end.
pub struct End {
    stream: VecDeque<Item>,
    urgent: VecDeque<u8>,
    stop_next: bool,
    ending: Ending,
    pub closed: bool,
    shut_receive: bool,
    shut_send: bool,
    inline: bool,
    pub nonblocking: bool,
    /// SO_RCVTIMEO is set, to something short.
    pub limited: bool,
    /// Bytes that the peer has sent.
    pub sent_here: u64,
}

/// A receive, as far as the model is concerned.
pub struct Request {
    pub total: usize,
    pub flags: u32,
}

pub const OOB: u32 = MSG_OOB as u32;
pub const PEEK: u32 = MSG_PEEK as u32;
pub const WAITALL: u32 = MSG_WAITALL as u32;
pub const PUSH: u32 = MSG_PUSH_IMMEDIATE as u32;

impl Request {
    fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
}

impl End {
    fn new() -> Self {
        Self {
            stream: VecDeque::new(),
            urgent: VecDeque::new(),
            stop_next: false,
            ending: Ending::Open,
            closed: false,
            shut_receive: false,
            shut_send: false,
            inline: false,
            nonblocking: false,
            limited: false,
            sent_here: 0,
        }
    }

    fn broken_codes(&self) -> &[i32] {
        match &self.ending {
            Ending::Broken { codes, .. } => codes,
            Ending::Told(code) => std::slice::from_ref(code),
            _ => &[],
        }
    }

    fn may_end_gracefully(&self) -> bool {
        matches!(
            self.ending,
            Ending::Finished | Ending::Closed | Ending::Broken { perhaps_graceful: true, .. }
        )
    }

    /// The codes of which a request that is refused gets one, before any bytes are looked at.
    fn refusal(&self, request: &Request) -> Option<Vec<i32>> {
        if self.shut_receive {
            return Some(vec![WSAESHUTDOWN]);
        }
        if let Ending::Told(code) = self.ending {
            return Some(vec![code]);
        }
        let known = OOB | PEEK | WAITALL | PUSH | MSG_PARTIAL;
        let others = PEEK | OOB | MSG_PARTIAL;
        let unsupported = request.flags & !known != 0
            || (request.has(WAITALL) && (request.has(others) || self.nonblocking));
        let mut codes = Vec::new();
        if unsupported {
            codes.push(WSAEOPNOTSUPP);
        }
        if request.has(OOB) && self.inline {
            codes.push(WSAEINVAL);
        }
        if codes.is_empty() {
            return None;
        }
        // Which of two faults is told first is another test's business.
        codes.extend(self.broken_codes());
        Some(codes)
    }

    /// Whether the call would wait, and no time limit would end it soon.
    pub fn would_wait(&self, request: &Request) -> bool {
        let over = self.nonblocking || self.ending != Ending::Open;
        if over || self.refusal(request).is_some() {
            return false;
        }
        let there = if request.has(OOB) { self.urgent.len() } else { self.stream.len() };
        let part = request.has(WAITALL) && there < request.total;
        (part || there == 0) && !self.limited
    }

    /// What a receive gave.
    pub fn received(&mut self, request: &Request, got: &Result<Vec<u8>, i32>) -> Result<(), String> {
        if let Some(codes) = self.refusal(request) {
            return self.failed(got, &codes);
        }
        match got {
            Ok(bytes) if request.has(OOB) => self.took_urgent(request, bytes),
            Ok(bytes) => self.took(request, bytes),
            Err(_) => {
                let codes = self.codes_without_bytes(request);
                // What a time limit ends gives back what it has taken (G098), which comes first and alone.
                self.stop_next |= *got == Err(WSAETIMEDOUT);
                self.failed(got, &codes)
            }
        }
    }

    /// The codes with which a receive may fail now.
    fn codes_without_bytes(&self, request: &Request) -> Vec<i32> {
        let queued = if request.has(OOB) { self.urgent.len() } else { self.stream.len() };
        let part = request.has(WAITALL) && queued < request.total;
        let nothing = (queued == 0 || part) && self.ending == Ending::Open;
        // No fact tells what a nonblocking receive of out-of-band data says at the end of the stream.
        let nothing = nothing || (request.has(OOB) && queued == 0 && self.may_end_gracefully());
        let mut codes = self.broken_codes().to_vec();
        if nothing && self.nonblocking {
            codes.push(WSAEWOULDBLOCK);
        } else if nothing && self.limited && self.ending == Ending::Open {
            codes.push(WSAETIMEDOUT);
        }
        codes
    }

    fn failed(&mut self, got: &Result<Vec<u8>, i32>, codes: &[i32]) -> Result<(), String> {
        match got {
            Err(code) if codes.contains(code) => {
                if matches!(self.ending, Ending::Broken { codes, .. } if codes.contains(code)) {
                    self.ending = Ending::Told(*code);
                }
                Ok(())
            }
            Err(_) if codes.is_empty() => Err("expected to succeed".into()),
            _ => Err(format!("expected to fail with {codes:?}")),
        }
    }

    fn took(&mut self, request: &Request, bytes: &[u8]) -> Result<(), String> {
        let (queued, n) = (self.stream.len(), bytes.len());
        if n == 0 {
            let end = queued == 0 && self.may_end_gracefully();
            let left = queued > 0 && request.total == 0;
            check(end || left, || format!("0 although {}", self.describe()))?;
            return Ok(());
        }
        let expected: Vec<u8> = self.stream.iter().take(request.total).map(|item| item.byte).collect();
        check(expected.starts_with(bytes), || format!("expected {:?}", Hex(&expected)))?;
        let part = request.has(WAITALL) && n < request.total && self.ending == Ending::Open;
        check(!part, || format!("only a part, {}", self.describe()))?;
        let whole = n == expected.len();
        let stopped = !request.has(WAITALL) && self.stream.get(n).is_some_and(|next| next.stop);
        check(whole || stopped, || format!("expected all of {:?}", Hex(&expected)))?;
        if !request.has(PEEK) {
            self.stream.drain(..n);
        }
        Ok(())
    }

    fn took_urgent(&mut self, request: &Request, bytes: &[u8]) -> Result<(), String> {
        let Some(&first) = self.urgent.front() else {
            let end = bytes.is_empty() && self.may_end_gracefully();
            return check(end, || "there is no out-of-band byte".into());
        };
        let expected = &[first][..request.total.min(1)];
        check(bytes == expected, || format!("expected {:?}", Hex(expected)))?;
        if !request.has(PEEK) && !bytes.is_empty() {
            self.urgent.pop_front();
        }
        Ok(())
    }

    fn describe(&self) -> String {
        let end = format!("{:?}", self.ending);
        format!("{} normal and {} urgent bytes wait, {end}", self.stream.len(), self.urgent.len())
    }

    /// FIONREAD.
    pub fn counted(&self, got: &Result<u32, i32>) -> Result<(), String> {
        let queued = self.stream.len() as u32;
        // What is thrown away by a reset or by the program is nobody's.
        let loose = self.shut_receive || !self.broken_codes().is_empty();
        let good = matches!(got, Ok(n) if *n == queued || (loose && *n < queued));
        check(good, || format!("expected {queued}"))
    }

    /// SIOCATMARK.
    pub fn marked(&self, got: &Result<u32, i32>) -> Result<(), String> {
        let waits = !self.urgent.is_empty() || self.stream.iter().any(|item| item.origin == Origin::Kept);
        let loose = !self.broken_codes().is_empty();
        let good = matches!(got, Ok(value) if *value == u32::from(!waits) || (loose && *value < 2));
        check(good, || format!("expected {}", u32::from(!waits)))
    }

    /// select with all three sets: readable, writable, exceptional.
    pub fn selected(&self, got: &Result<(bool, bool, bool), i32>, with_except: bool) -> Result<(), String> {
        let read = !self.stream.is_empty() || self.ending != Ending::Open;
        let except = with_except && !self.urgent.is_empty();
        let loose = !self.broken_codes().is_empty();
        let good = matches!(got, Ok((r, true, e)) if *r == read && (*e == except || loose));
        check(good, || format!("expected {:?}", (read, true, except)))
    }

    /// SO_ERROR, which knows nothing of resets (F146).
    pub fn error(&self, got: &Result<i32, i32>) -> Result<(), String> {
        check(*got == Ok(0), || "expected 0 (F146)".into())
    }

    /// Whether SO_OOBINLINE can be switched so that facts tell what happens: no fact tells where bytes go
    /// that came in line and are unread when it is switched off.
    pub fn can_switch(&self, on: bool) -> bool {
        on || !self.stream.iter().any(|item| item.origin == Origin::InLine)
    }

    /// SO_OOBINLINE was switched (F177).
    pub fn switched(&mut self, on: bool) {
        if on && !self.inline {
            match self.stream.front_mut() {
                Some(first) => first.stop = true,
                None => self.stop_next = true,
            }
            while let Some(byte) = self.urgent.pop_back() {
                self.stream.push_front(Item { byte, origin: Origin::Kept, stop: true });
            }
        } else if !on && self.inline {
            let kept = self.stream.iter().take_while(|item| item.origin == Origin::Kept).count();
            self.urgent.extend(self.stream.drain(..kept).map(|item| item.byte));
        }
        self.inline = on;
    }

    fn push(&mut self, byte: u8, origin: Origin) {
        let stop = std::mem::take(&mut self.stop_next) || origin == Origin::InLine;
        self.stream.push_back(Item { byte, origin, stop });
    }

    /// Bytes come from the peer; the last of those sent with MSG_OOB is the urgent one.
    fn arrived(&mut self, bytes: &[u8], with_urgent: bool) {
        self.sent_here += bytes.len() as u64;
        let (normal, urgent) = bytes.split_at(bytes.len() - usize::from(with_urgent));
        normal.iter().for_each(|&byte| self.push(byte, Origin::Normal));
        for &byte in urgent {
            if self.inline {
                self.push(byte, Origin::InLine);
            } else {
                self.urgent.push_back(byte);
            }
            self.stop_next = true;
        }
    }
}

/// Both ends.
pub struct Pair(pub [End; 2]);

impl Pair {
    pub fn new() -> Self {
        Self([End::new(), End::new()])
    }

    /// The end, and its peer.
    fn ends(&mut self, which: usize) -> (&mut End, &mut End) {
        let [a, b] = &mut self.0;
        if which == 0 { (a, b) } else { (b, a) }
    }

    /// What a send gave.
    pub fn sent(
        &mut self,
        which: usize,
        bytes: &[u8],
        urgent: bool,
        got: &Result<usize, i32>,
    ) -> Result<(), String> {
        let (me, peer) = self.ends(which);
        if me.shut_send {
            return check(*got == Err(WSAESHUTDOWN), || format!("expected {WSAESHUTDOWN}"));
        }
        let codes = me.broken_codes().to_vec();
        let may_succeed =
            codes.is_empty() || matches!(me.ending, Ending::Broken { perhaps_graceful: true, .. });
        match got {
            Ok(n) => {
                check(may_succeed, || format!("expected to fail with {codes:?}"))?;
                check(*n == bytes.len(), || format!("expected {}", bytes.len()))?;
                match me.ending {
                    Ending::Closed => {
                        me.ending = Ending::Broken { codes: BY_OWN_SEND, perhaps_graceful: false }
                    }
                    Ending::Broken { .. } => {
                        me.ending = Ending::Broken { codes: BY_EITHER, perhaps_graceful: false }
                    }
                    _ => peer.arrived(bytes, urgent),
                }
                Ok(())
            }
            Err(code) => me.failed(&Err(*code), &codes),
        }
    }

    /// A shutdown that succeeded.
    pub fn shut(&mut self, which: usize, how: i32) {
        let (me, peer) = self.ends(which);
        me.shut_receive |= how != SD_SEND;
        if how == SD_RECEIVE || std::mem::replace(&mut me.shut_send, true) {
            return;
        }
        if me.ending == Ending::Closed {
            // Both have finished: nothing can break any more.
            me.ending = Ending::Finished;
        }
        if peer.ending == Ending::Open {
            peer.ending = Ending::Finished;
        }
    }

    /// A closesocket that succeeded.
    pub fn close(&mut self, which: usize, abort: bool) {
        let (me, peer) = self.ends(which);
        me.closed = true;
        if peer.closed || (peer.ending == Ending::Finished && peer.shut_send) {
            return;
        }
        // Unread bytes may make it a reset.
        let unread = !me.stream.is_empty() || !me.urgent.is_empty();
        let codes = if peer.ending == Ending::Open { BY_PEER } else { BY_EITHER };
        peer.ending = match () {
            () if abort || unread => Ending::Broken { codes, perhaps_graceful: !abort },
            () if peer.shut_send => Ending::Finished,
            () => Ending::Closed,
        };
    }

    /// Whether a send of this end, which succeeded, must have been answered by a reset.
    pub fn is_over(&self, which: usize) -> bool {
        matches!(self.0[which].ending, Ending::Broken { perhaps_graceful: false, .. } | Ending::Told(_))
    }

    /// Whether the peer's end of stream or reset must have come.
    pub fn has_ended(&self, which: usize) -> bool {
        self.0[which].ending != Ending::Open
    }
}
