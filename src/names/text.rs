//! The text forms of addresses, as Windows reads and writes them.
//!
//! Nothing here looks anything up; nothing here depends on the host.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// Reads what inet_addr reads: one to four parts, each decimal, octal or hexadecimal; white space ends the address.
///
/// A text of white space alone is the address 0, an empty text is none (documented for inet_addr).
pub(crate) fn inet_addr(text: &str) -> Option<Ipv4Addr> {
    let is_space = |c: char| matches!(c, ' ' | '\t'..='\r');
    if !text.is_empty() && text.chars().all(is_space) {
        return Some(Ipv4Addr::UNSPECIFIED);
    }
    loose_v4(text.split(is_space).next()?)
}

/// Reads an IPv4 address in any of the forms a.b.c.d, a.b.c, a.b and a, whose last part fills what is left.
pub(crate) fn loose_v4(text: &str) -> Option<Ipv4Addr> {
    let mut parts = [0; 4];
    let mut count = 0;
    for part in text.split('.') {
        *parts.get_mut(count)? = number(part)?;
        count += 1;
    }
    let (last, bytes) = parts[..count].split_last()?;
    if bytes.iter().any(|byte| *byte > 0xFF) || *last > u32::MAX >> (8 * bytes.len()) {
        return None;
    }
    let high = bytes.iter().enumerate().fold(0, |sum, (i, byte)| sum | byte << (24 - 8 * i));
    Some(Ipv4Addr::from(high | last))
}

/// Reads a number as C writes one: 0x before hexadecimal digits, 0 before octal ones.
fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    // from_str_radix would accept a sign.
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    if plain { u32::from_str_radix(digits, radix).ok() } else { None }
}

/// Reads an IPv6 address and the number of its scope, which follows a percent sign.
pub(crate) fn scoped_v6(text: &str) -> Option<(Ipv6Addr, u32)> {
    match text.split_once('%') {
        None => Some((text.parse().ok()?, 0)),
        Some((ip, scope)) if !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some((ip.parse().ok()?, scope.parse().ok()?))
        }
        Some(_) => None,
    }
}

/// Reads an IPv4 address with or without a port: `10.0.0.1`, `10.0.0.1:80`.
pub(crate) fn v4_address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = match text.split_once(':') {
        None => (text, 0),
        Some((ip, port)) => (ip, port_number(port)?),
    };
    Some(SocketAddrV4::new(loose_v4(ip)?, port).into())
}

/// Reads an IPv6 address with or without scope and port: `::1`, `fe80::1%3`, `[::1]`, `[fe80::1%3]:80`.
pub(crate) fn v6_address(text: &str) -> Option<SocketAddr> {
    let (inside, port) = match text.strip_prefix('[') {
        None => (text, 0),
        Some(rest) => {
            let (inside, after) = rest.split_once(']')?;
            match after.strip_prefix(':') {
                None if after.is_empty() => (inside, 0),
                None => return None,
                Some(port) => (inside, port_number(port)?),
            }
        }
    };
    let (ip, scope) = scoped_v6(inside)?;
    Some(SocketAddrV6::new(ip, port, 0, scope).into())
}

fn port_number(text: &str) -> Option<u16> {
    u16::try_from(number(text)?).ok()
}

/// Writes an address as WSAAddressToString does: the port if there is one, IPv6 then in brackets; the scope if any.
pub(crate) fn of_address(address: &SocketAddr) -> String {
    match address {
        SocketAddr::V4(v4) if v4.port() == 0 => v4.ip().to_string(),
        SocketAddr::V4(v4) => v4.to_string(),
        SocketAddr::V6(v6) if v6.port() == 0 => of_scoped_v6(*v6.ip(), v6.scope_id()),
        SocketAddr::V6(v6) => format!("[{}]:{}", of_scoped_v6(*v6.ip(), v6.scope_id()), v6.port()),
    }
}

/// Writes an IPv6 address and its scope, unless that is 0.
pub(crate) fn of_scoped_v6(ip: Ipv6Addr, scope: u32) -> String {
    match scope {
        0 => of_v6(ip),
        scope => format!("{}%{scope}", of_v6(ip)),
    }
}

/// Writes an IPv6 address: the first of the longest runs of two or more zero groups as `::`, and the end of an
/// IPv4-compatible, IPv4-mapped or ISATAP address in dotted form (documented for RtlIpv6AddressToString).
pub(crate) fn of_v6(ip: Ipv6Addr) -> String {
    let groups = ip.segments();
    let compatible = groups[..6] == [0; 6] && groups[6] != 0;
    let mapped = groups[..6] == [0, 0, 0, 0, 0, 0xFFFF];
    let isatap = groups[4] & 0xFDFF == 0 && groups[5] == 0x5EFE;
    let dotted = compatible || mapped || isatap;

    let hex = if dotted { &groups[..6] } else { &groups[..] };
    let (start, len) = longest_zero_run(hex);
    let mut text = String::with_capacity(45);
    for (i, group) in hex.iter().enumerate() {
        if len > 0 && i == start {
            text.push_str("::");
        } else if i < start || i >= start + len {
            if !text.is_empty() && !text.ends_with(':') {
                text.push(':');
            }
            // Writing to a String cannot fail.
            let _ = write!(text, "{group:x}");
        }
    }
    if dotted {
        let [.., a, b, c, d] = ip.octets();
        let colon = if text.ends_with(':') { "" } else { ":" };
        let _ = write!(text, "{colon}{a}.{b}.{c}.{d}");
    }
    text
}

/// Where the first of the longest runs of at least two zeros begins, and how long it is; length 0 if there is none.
fn longest_zero_run(groups: &[u16]) -> (usize, usize) {
    let mut best = (0, 0);
    let mut len = 0;
    for (i, group) in groups.iter().enumerate() {
        len = if *group == 0 { len + 1 } else { 0 };
        if len >= 2 && len > best.1 {
            best = (i + 1 - len, len);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inet_addr_reads_every_form() {
        let rows = [
            ("4.3.2.16", Some([4, 3, 2, 16])),
            ("004.003.002.020", Some([4, 3, 2, 16])),
            ("0x4.0x3.0x2.0x10", Some([4, 3, 2, 16])),
            ("4.003.002.0x10", Some([4, 3, 2, 16])),
            ("127.1", Some([127, 0, 0, 1])),
            ("128.1.0x0203", Some([128, 1, 2, 3])),
            ("2130706433", Some([127, 0, 0, 1])),
            ("0", Some([0, 0, 0, 0])),
            ("255.255.255.255", Some([255; 4])),
            ("1.2.3.4 and the rest", Some([1, 2, 3, 4])),
            ("1.2.3.4\n", Some([1, 2, 3, 4])),
            (" ", Some([0; 4])),
            ("", None),
            (" 1.2.3.4", None),
            ("1.2.3.256", None),
            ("1.2.65536", None),
            ("1.16777216", None),
            ("4294967296", None),
            ("1.2.3.4.5", None),
            ("1..2", None),
            ("1.2.3.", None),
            ("08.1.1.1", None),
            ("0x", None),
            ("+1.2.3.4", None),
            ("host", None),
        ];
        for (text, bytes) in rows {
            assert_eq!(inet_addr(text), bytes.map(Ipv4Addr::from), "{text:?}");
        }
    }

    #[test]
    fn v6_is_written_as_windows_writes_it() {
        let rows = [
            ("::", "::"),
            ("::1", "::1"),
            ("1::", "1::"),
            ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
            ("::1.2.3.4", "::1.2.3.4"),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
            ("fe80::5efe:1.2.3.4", "fe80::5efe:1.2.3.4"),
            ("2001:db8::200:5efe:1.2.3.4", "2001:db8::200:5efe:1.2.3.4"),
            ("fe80::1234", "fe80::1234"),
        ];
        for (text, written) in rows {
            let ip: Ipv6Addr = text.parse().unwrap();
            assert_eq!(of_v6(ip), written);
            assert_eq!(of_v6(ip).parse::<Ipv6Addr>().unwrap(), ip);
        }
    }

    #[test]
    fn addresses_with_ports_and_scopes_come_back_as_they_were() {
        for text in ["10.0.0.1", "10.0.0.1:65535"] {
            assert_eq!(of_address(&v4_address(text).unwrap()), text);
        }
        for text in ["::1", "[::1]:80", "fe80::1%3", "[fe80::1%3]:80", "::ffff:10.0.0.1"] {
            assert_eq!(of_address(&v6_address(text).unwrap()), text);
        }
        assert_eq!(v6_address("[::1]").unwrap(), v6_address("::1").unwrap());
        assert_eq!(v4_address("10.1:0x50").unwrap(), "10.0.0.1:80".parse().unwrap());
    }

    #[test]
    fn text_that_is_no_address_is_refused() {
        for text in ["", ":80", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:x", "1.2.3.4 ", "::1", "1.2.3.4:1:2"] {
            assert_eq!(v4_address(text), None, "{text:?}");
        }
        for text in
            ["", "[::1", "[::1]80", "[::1]:", "::1%", "::1%x", "::1%+1", "[]:80", "1.2.3.4", "::1:80:"]
        {
            assert_eq!(v6_address(text), None, "{text:?}");
        }
    }
}
