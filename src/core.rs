//! What `windows-sys` keeps in its module of this name: types that every interface shares, and text literals.

pub use crate::windows::base::{BOOL, GUID, PCSTR, PCWSTR, PSTR, PWSTR};

/// The value that many functions of Windows tell success and failure by.
pub type HRESULT = i32;
/// A wide string with its length before it.
pub type BSTR = PCWSTR;

/// A wide string literal, ended by NUL: a `*const u16`.
///
/// # Examples
/// ```
/// use openws2::core::w;
///
/// let text: *const u16 = w!("Überläufer");
/// assert_eq!(unsafe { *text }, 0xDC);
/// ```
#[macro_export]
macro_rules! w {
    ($text:literal) => {{
        const LENGTH: usize = $crate::core::wide_length($text) + 1;
        const UNITS: [u16; LENGTH] = $crate::core::wide($text);
        UNITS.as_ptr()
    }};
}

/// A string literal, ended by NUL: a `*const u8`.
///
/// # Examples
/// ```
/// use openws2::core::s;
///
/// let text: *const u8 = s!("plain");
/// assert_eq!(unsafe { *text.add(5) }, 0);
/// ```
#[macro_export]
macro_rules! s {
    ($text:literal) => {
        ::core::concat!($text, "\0").as_ptr()
    };
}

pub use {s, w};

/// The character that begins at this byte of a text, and the length of its form.
const fn character(text: &str, at: usize) -> (u32, usize) {
    let bytes = text.as_bytes();
    let length = match bytes[at] {
        0..0x80 => return (bytes[at] as u32, 1),
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
    };
    let mut value = bytes[at] as u32 & (0x7F >> length);
    let mut i = 1;
    while i < length {
        value = value << 6 | (bytes[at + i] as u32 & 0x3F);
        i += 1;
    }
    (value, length)
}

/// How many 16-bit units a text has.
#[doc(hidden)]
pub const fn wide_length(text: &str) -> usize {
    let (mut at, mut units) = (0, 0);
    while at < text.len() {
        let (value, length) = character(text, at);
        units += if value < 0x1_0000 { 1 } else { 2 };
        at += length;
    }
    units
}

/// The units of a text, with zeros behind them.
#[doc(hidden)]
pub const fn wide<const LENGTH: usize>(text: &str) -> [u16; LENGTH] {
    let (mut at, mut unit, mut units) = (0, 0, [0; LENGTH]);
    while at < text.len() {
        let (value, length) = character(text, at);
        if value < 0x1_0000 {
            units[unit] = value as u16;
            unit += 1;
        } else {
            units[unit] = 0xD800 | ((value - 0x1_0000) >> 10) as u16;
            units[unit + 1] = 0xDC00 | (value & 0x3FF) as u16;
            unit += 2;
        }
        at += length;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_literals_are_what_the_standard_library_says() {
        const TEXT: &str = "a\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}z";
        const LENGTH: usize = wide_length(TEXT);
        assert_eq!(wide::<LENGTH>(TEXT).to_vec(), TEXT.encode_utf16().collect::<Vec<u16>>());
        assert_eq!(wide_length(""), 0);
    }
}
