//! The units that C strings are made of: bytes, UTF-16 units and the 32-bit `wchar_t` of the hosts.
//!
//! Functions over text are written once over [`Unit`]; their narrow and wide forms differ in the unit only.

/// One unit of a string that ends with a zero unit.
pub(crate) trait Unit: Copy + PartialEq + 'static {
    /// The unit that ends a string.
    const NUL: Self;

    /// The text that these units spell; what they do not spell becomes U+FFFD.
    fn decode(units: &[Self]) -> String;

    /// The units that spell `text`, without the ending one.
    fn encode(text: &str) -> Vec<Self>;
}

impl Unit for u8 {
    const NUL: Self = 0;

    fn decode(units: &[Self]) -> String {
        String::from_utf8_lossy(units).into_owned()
    }

    fn encode(text: &str) -> Vec<Self> {
        text.as_bytes().to_vec()
    }
}

impl Unit for u16 {
    const NUL: Self = 0;

    fn decode(units: &[Self]) -> String {
        String::from_utf16_lossy(units)
    }

    fn encode(text: &str) -> Vec<Self> {
        text.encode_utf16().collect()
    }
}

impl Unit for u32 {
    const NUL: Self = 0;

    fn decode(units: &[Self]) -> String {
        units.iter().map(|unit| char::from_u32(*unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }

    fn encode(text: &str) -> Vec<Self> {
        text.chars().map(u32::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_width_spells_the_same_text() {
        let text = "h\u{e9}\u{1F600}";
        assert_eq!(u8::decode(&u8::encode(text)), text);
        assert_eq!(u16::decode(&u16::encode(text)), text);
        assert_eq!(u32::decode(&u32::encode(text)), text);
        assert_eq!((u8::encode(text).len(), u16::encode(text).len(), u32::encode(text).len()), (7, 4, 3));
    }

    #[test]
    fn what_spells_nothing_is_replaced() {
        assert_eq!(u8::decode(&[0xFF]), "\u{FFFD}");
        assert_eq!(u16::decode(&[0xD800]), "\u{FFFD}");
        assert_eq!(u32::decode(&[0x11_0000]), "\u{FFFD}");
    }
}
