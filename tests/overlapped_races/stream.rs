//! The bytes of streams and datagrams, which tell their own place, and the books of what came of them.

use std::collections::HashSet;

/// Byte streams are words of four bytes that count, the first byte of each with the lowest bits and a mark.
pub fn byte_at(position: u64) -> u8 {
    let word = (position / 4) as u32;
    match position % 4 {
        0 => 0x80 | (word & 0x7f) as u8,
        1 => (word >> 7 & 0x7f) as u8,
        2 => (word >> 14 & 0x7f) as u8,
        _ => (word >> 21 & 0x7f) as u8,
    }
}

fn word_in(bytes: &[u8]) -> Option<u64> {
    let &[a, b, c, d] = bytes.first_chunk()?;
    let whole = a & 0x80 != 0 && (b | c | d) & 0x80 == 0;
    let word = || u64::from(a & 0x7f) | u64::from(b) << 7 | u64::from(c) << 14 | u64::from(d) << 21;
    whole.then(word)
}

fn matches(bytes: &[u8], position: u64) -> usize {
    bytes.iter().zip(position..).take_while(|&(&byte, position)| byte == byte_at(position)).count()
}

/// What one side of a connection has sent.
pub struct Sent {
    pub end: u64,
    /// Begin and length of sends that did not succeed: of these bytes a part may have gone.
    pub cuts: Vec<(u64, u64)>,
}

/// What the other side has received.
#[derive(Default)]
pub struct Received {
    /// Begin, end, and the place among the receives, if that is known.
    pieces: Vec<(u64, u64, Option<u64>)>,
    /// Pieces too short to tell their place.
    loose: Vec<Vec<u8>>,
    pub bytes: u64,
}

impl Received {
    /// Takes what one receive got; the reason if these are no bytes of the stream.
    pub fn take(&mut self, mut bytes: &[u8], turn: Option<u64>) -> Result<(), String> {
        self.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let first = (0..bytes.len()).find_map(|i| Some((i, word_in(&bytes[i..])?)));
            let Some((before, word)) = first else {
                return self.take_loose(bytes);
            };
            let position = word * 4;
            let start = position.saturating_sub(before as u64);
            let whole = matches(bytes, start);
            if whole > before {
                self.pieces.push((start, start + whole as u64, turn));
                bytes = &bytes[whole..];
            } else {
                self.take_loose(&bytes[..before])?;
                bytes = &bytes[before..];
            }
        }
        Ok(())
    }

    /// Parts of words, where one send was cut off and another one came.
    fn take_loose(&mut self, bytes: &[u8]) -> Result<(), String> {
        if bytes.is_empty() || bytes.len() > 12 {
            return Err(format!("no place in {bytes:x?}"));
        }
        for part in bytes.chunk_by(|_, next| next & 0x80 == 0) {
            self.loose.push(part.to_vec());
        }
        Ok(())
    }

    /// Compares with what was sent; with `whole`, everything must have come.
    pub fn check(&mut self, sent: &Sent, whole: bool) -> Result<(), String> {
        let mut turns: Vec<_> = self.pieces.iter().filter_map(|p| Some((p.2?, p.0))).collect();
        turns.sort_unstable();
        if let Some(pair) = turns.windows(2).find(|pair| pair[0].1 > pair[1].1) {
            return Err(format!("receives out of order: {pair:?}"));
        }
        self.pieces.sort_unstable();
        let mut expected = 0;
        let pieces = std::mem::take(&mut self.pieces);
        for &(begin, end, _) in &pieces {
            if begin < expected {
                return Err(format!("bytes {begin}..{expected} came twice"));
            }
            self.bridge(sent, expected, begin)?;
            expected = end;
        }
        if whole {
            self.bridge(sent, expected, sent.end)?;
        }
        if expected > sent.end { Err(format!("{expected} of {} bytes came", sent.end)) } else { Ok(()) }
    }

    /// What is missing between two pieces came in loose ones, or was never sent.
    fn bridge(&mut self, sent: &Sent, from: u64, to: u64) -> Result<(), String> {
        // Where sends were cut off, the end or the beginning of a piece may only seem to belong to it.
        let tail = from % 4;
        let head = (4 - to % 4) % 4;
        for (tail, head) in [(0, 0), (tail, 0), (0, head), (tail, head)] {
            let known = self.loose.len();
            for (at, len) in [(from - tail, tail), (to, head)] {
                let bytes: Vec<u8> = (at..at + len).map(byte_at).collect();
                self.loose.extend((len > 0).then_some(bytes));
            }
            if self.bridges(sent, from - tail, to + head) {
                return Ok(());
            }
            self.loose.truncate(known);
        }
        let near = |cut: &&(u64, u64)| cut.0 <= to && cut.0 + cut.1 >= from;
        let cuts: Vec<_> = sent.cuts.iter().filter(near).collect();
        Err(format!("bytes {from}..{to} are missing; sends cut off: {cuts:?}, loose: {:x?}", self.loose))
    }

    fn bridges(&mut self, sent: &Sent, from: u64, to: u64) -> bool {
        if from >= to {
            return true;
        }
        // Loose pieces look alike: where nothing had to come they are used last.
        let cut = sent.cuts.iter().find(|(begin, len)| (*begin..begin + len).contains(&from));
        if cut.is_some_and(|(begin, len)| self.bridges(sent, begin + len, to)) {
            return true;
        }
        let fits = |bytes: &Vec<u8>| from + bytes.len() as u64 <= to && matches(bytes, from) == bytes.len();
        let Some(place) = self.loose.iter().position(fits) else { return false };
        let bytes = self.loose.remove(place);
        if self.bridges(sent, from + bytes.len() as u64, to) {
            return true;
        }
        self.loose.insert(place, bytes);
        false
    }
}

/// A datagram: its number, its length, its cell, and bytes that follow from these.
pub fn datagram(cell: u64, number: u32, bytes: &mut [u8]) {
    let len = bytes.len();
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = datagram_byte(cell, number, len, i);
    }
}

pub const DATAGRAM_HEAD: usize = 12;

fn datagram_byte(cell: u64, number: u32, len: usize, i: usize) -> u8 {
    match i {
        0..4 => number.to_le_bytes()[i],
        4..8 => (len as u32).to_le_bytes()[i - 4],
        8..12 => (cell as u32).to_le_bytes()[i - 8],
        _ => (number as usize * 31 + i * 7) as u8,
    }
}

/// The datagrams of one direction.
#[derive(Default)]
pub struct Datagrams {
    sent: HashSet<u32>,
    received: HashSet<u32>,
    pub next: u32,
}

impl Datagrams {
    pub fn sent(&mut self, number: u32) {
        self.sent.insert(number);
    }

    /// Takes what one receive got.
    pub fn take(&mut self, own: u64, bytes: &[u8], cut: bool) -> Result<(), String> {
        let field = |i: usize| Some(u32::from_le_bytes(*bytes.get(i..)?.first_chunk()?));
        let (Some(number), Some(len), Some(cell)) = (field(0), field(4), field(8)) else {
            return Err(format!("no datagram of ours: {bytes:x?}"));
        };
        if cell != own as u32 {
            // For who had the port before.
            return Ok(());
        }
        if (bytes.len() < len as usize) != cut || bytes.len() > len as usize {
            return Err(format!("datagram {number} of {len} bytes came with {}, cut: {cut}", bytes.len()));
        }
        if let Some(i) = (0..bytes.len()).find(|&i| bytes[i] != datagram_byte(own, number, len as usize, i)) {
            return Err(format!("datagram {number} is wrong from byte {i} on"));
        }
        if !self.received.insert(number) {
            return Err(format!("datagram {number} came twice"));
        }
        Ok(())
    }

    pub fn on_the_way(&self) -> usize {
        self.next as usize - self.received.len()
    }

    pub fn missing(&self) -> Vec<u32> {
        self.sent.difference(&self.received).copied().collect()
    }

    pub fn all_came(&self) -> bool {
        self.sent.is_subset(&self.received)
    }
}
