//! Wide strings of either width: Windows' 16-bit units, and the 32-bit units of the host's `wchar_t`.
//! It reads and writes text; it knows no code page but UTF-8.
#![allow(unsafe_code)] // reads and writes the caller's NUL-terminated strings

/// One unit of a string that a program hands in: UTF-8, UTF-16 or UTF-32.
pub(crate) trait Unit: Copy + Eq + 'static {
    /// What ends a string.
    const NUL: Self;

    /// The text in this unit's encoding, without a terminator.
    fn encode(text: &str) -> Vec<Self>;

    /// The text of these units; what is no character becomes U+FFFD.
    fn decode(units: &[Self]) -> String;

    /// The text of these units, if every one of them belongs to a character.
    fn decode_strict(units: &[Self]) -> Option<String>;
}

impl Unit for u8 {
    const NUL: Self = 0;

    fn encode(text: &str) -> Vec<Self> {
        text.as_bytes().to_vec()
    }

    fn decode(units: &[Self]) -> String {
        String::from_utf8_lossy(units).into_owned()
    }

    fn decode_strict(units: &[Self]) -> Option<String> {
        std::str::from_utf8(units).ok().map(str::to_owned)
    }
}

impl Unit for u16 {
    const NUL: Self = 0;

    fn encode(text: &str) -> Vec<Self> {
        text.encode_utf16().collect()
    }

    fn decode(units: &[Self]) -> String {
        String::from_utf16_lossy(units)
    }

    fn decode_strict(units: &[Self]) -> Option<String> {
        String::from_utf16(units).ok()
    }
}

impl Unit for u32 {
    const NUL: Self = 0;

    fn encode(text: &str) -> Vec<Self> {
        text.chars().map(u32::from).collect()
    }

    fn decode(units: &[Self]) -> String {
        units.iter().map(|&unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }

    fn decode_strict(units: &[Self]) -> Option<String> {
        units.iter().map(|&unit| char::from_u32(unit)).collect()
    }
}

/// The number of units before the terminator.
///
/// # Safety
/// `string` points to units that end with a NUL.
pub(crate) unsafe fn length<U: Unit>(string: *const U) -> usize {
    let mut n = 0;
    // SAFETY: the caller vouches for every unit up to the terminator.
    while unsafe { string.add(n).read_unaligned() } != U::NUL {
        n += 1;
    }
    n
}

/// The text of a NUL-terminated string; `None` for a null pointer.
///
/// # Safety
/// `string` is null or points to units that end with a NUL.
pub(crate) unsafe fn text<U: Unit>(string: *const U) -> Option<String> {
    // SAFETY: as the caller vouches.
    unsafe { units(string) }.map(|units| U::decode(&units))
}

/// A copy of a NUL-terminated string's units, without the terminator; `None` for a null pointer.
///
/// # Safety
/// `string` is null or points to units that end with a NUL.
pub(crate) unsafe fn units<U: Unit>(string: *const U) -> Option<Vec<U>> {
    if string.is_null() {
        return None;
    }
    // SAFETY: not null, so it is terminated.
    let length = unsafe { length(string) };
    // SAFETY: `length` units were just read.
    Some((0..length).map(|i| unsafe { string.add(i).read_unaligned() }).collect())
}

/// Stores `units` and a terminator in a buffer of `capacity` units, if they fit; says whether they did.
///
/// # Safety
/// `buffer` may be written for `capacity` units.
pub(crate) unsafe fn store<U: Unit>(units: &[U], buffer: *mut U, capacity: usize) -> bool {
    if units.len() >= capacity {
        return false;
    }
    for (i, &unit) in units.iter().chain([&U::NUL]).enumerate() {
        // SAFETY: `i` is at most `units.len()`, which is below `capacity`.
        unsafe { buffer.add(i).write_unaligned(unit) };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back<U: Unit>(text: &str) {
        assert_eq!(U::decode(&U::encode(text)), text);
        assert_eq!(U::decode_strict(&U::encode(text)).as_deref(), Some(text));
    }

    #[test]
    fn text_survives_every_width() {
        for text in ["", "plain", "Grüße, 世界 🦀"] {
            there_and_back::<u8>(text);
            there_and_back::<u16>(text);
            there_and_back::<u32>(text);
        }
    }

    #[test]
    fn units_that_are_no_character_are_replaced_or_refused() {
        assert_eq!(u16::decode(&[0x41, 0xD800]), "A\u{FFFD}");
        assert_eq!(u32::decode(&[0x41, 0xD800, 0x11_0000]), "A\u{FFFD}\u{FFFD}");
        assert_eq!(u16::decode_strict(&[0xDC00]), None);
        assert_eq!(u32::decode_strict(&[0x11_0000]), None);
        assert_eq!(u8::decode_strict(&[0xFF]), None);
    }

    #[test]
    fn a_string_is_stored_whole_or_not_at_all() {
        let mut room = [7u16; 4];
        // SAFETY: the capacities are at most the array's.
        unsafe {
            assert!(!store(&u16::encode("abcd"), room.as_mut_ptr(), 4));
            assert_eq!(room, [7; 4]);
            assert!(store(&u16::encode("abc"), room.as_mut_ptr(), 4));
            assert_eq!(length(room.as_ptr()), 3);
            assert_eq!(text(room.as_ptr()).as_deref(), Some("abc"));
            assert_eq!(text::<u32>(std::ptr::null()), None);
        }
    }
}
