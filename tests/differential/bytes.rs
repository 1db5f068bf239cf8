//! Bytes that tell where they come from: normal ones count up, urgent ones count up with the top bit set.

use std::fmt;

/// The bytes that one end sends.
#[derive(Default)]
pub struct Counter {
    normal: u8,
    urgent: u8,
}

impl Counter {
    pub fn normal(&mut self) -> u8 {
        self.normal = (self.normal + 1) % 0x7f;
        self.normal
    }

    pub fn urgent(&mut self) -> u8 {
        self.urgent = (self.urgent + 1) % 0x7f;
        self.urgent | 0x80
    }
}

/// Bytes in hexadecimal, for reports.
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Debug for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes [", self.0.len())?;
        self.0.iter().enumerate().try_for_each(|(i, byte)| {
            let space = if i == 0 { "" } else { " " };
            write!(f, "{space}{byte:02x}")
        })?;
        write!(f, "]")
    }
}
