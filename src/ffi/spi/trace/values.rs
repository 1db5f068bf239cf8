//! What a traced call points to, as values: addresses, buffers, options, sets.

use core::ffi::c_void;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use super::fields::{Fields, MOST_MEMBERS, Value};
use super::{names, peek};
use crate::socket::table;
use crate::sys::memory;
use crate::windows::consts::*;
use crate::windows::types::*;

/// How many bytes of data are shown.
pub(super) const MOST_BYTES: usize = 32;

/// A pointer of which nothing more is to be said.
pub(super) fn pointer<T>(pointer: *const T) -> Value {
    if pointer.is_null() { Value::Nothing } else { Value::Word(format!("{pointer:p}")) }
}

pub(super) fn unreadable<T>(pointer: *const T) -> Value {
    if pointer.is_null() { Value::Nothing } else { Value::Word(format!("{pointer:p} (no memory)")) }
}

/// The DWORD or int behind a pointer.
pub(super) fn number_at<T: Copy + Into<i64>>(at: *const T) -> Value {
    peek::value(at).map_or_else(|| unreadable(at), |number| Value::Number(number.into()))
}

pub(super) fn flags_at(at: *const u32) -> Value {
    peek::value(at).map_or_else(|| unreadable(at), |flags| Value::Word(names::message_flags(flags)))
}

/// An address of the caller's, in the form that its family has.
pub(super) fn address(at: *const SOCKADDR, length: i32) -> Value {
    let length = usize::try_from(length).unwrap_or(0).min(128);
    match peek::bytes(at.cast(), length) {
        _ if at.is_null() => Value::Nothing,
        None => unreadable(at),
        Some(bytes) => Value::Word(address_text(&bytes)),
    }
}

pub(super) fn address_text(bytes: &[u8]) -> String {
    let Some((family, rest)) = bytes.split_first_chunk::<2>() else {
        return format!("{} bytes", bytes.len());
    };
    let port = |rest: &[u8]| u16::from_be_bytes([rest[0], rest[1]]);
    match (u16::from_ne_bytes(*family), rest) {
        (AF_INET, rest) if rest.len() >= 6 => {
            let ip = Ipv4Addr::new(rest[2], rest[3], rest[4], rest[5]);
            format!("{ip}:{}", port(rest))
        }
        (AF_INET6, rest) if rest.len() >= 26 => {
            let octets: [u8; 16] = std::array::from_fn(|place| rest[6 + place]);
            let scope = u32::from_ne_bytes([rest[22], rest[23], rest[24], rest[25]]);
            SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::from(octets), port(rest), 0, scope)).to_string()
        }
        (AF_UNIX, path) => {
            let end = path.iter().position(|byte| *byte == 0).unwrap_or(path.len());
            format!("unix:{}", String::from_utf8_lossy(&path[..end]))
        }
        (family, rest) => format!("{} with {} bytes", names::family(family.into()), rest.len() + 2),
    }
}

/// A name that a call puts out, with its length.
pub(super) fn name_out(to: &mut Fields, name: *const SOCKADDR, length: *const i32) {
    if let (false, Some(length)) = (name.is_null(), peek::value(length)) {
        to.put("name", address(name, length));
    }
}

/// The lengths of the buffers, and what is wrong with them.
pub(super) fn buffers(to: &mut Fields, at: *const WSABUF, count: u32) {
    let shown = usize::try_from(count).unwrap_or(0).min(MOST_MEMBERS);
    let Some(list) = peek::array(at, shown) else {
        to.put("buffers", unreadable(at));
        return to.number("count", count);
    };
    // A length below 0 has come as one that no memory has.
    let length = |buffer: &WSABUF| match buffer.len {
        u32::MAX => -1,
        len => i64::from(len),
    };
    to.put("buffers", Value::Numbers(list.iter().map(length).collect()));
    if shown < count as usize {
        to.number("count", count);
    }
    let bad = |buffer: &&WSABUF| buffer.len > 0 && !memory::is_still_readable(buffer.buf as usize, 1);
    if let Some(bad) = list.iter().find(bad) {
        to.put("bad_buffer", unreadable(bad.buf));
    }
}

/// The first bytes that are in the buffers, of so many.
pub(super) fn data(to: &mut Fields, at: *const WSABUF, count: u32, bytes: usize) {
    let mut left = bytes.min(MOST_BYTES);
    let mut shown = Vec::new();
    for place in 0..usize::try_from(count).unwrap_or(0).min(MOST_MEMBERS) {
        let Some(buffer) = peek::value(at.wrapping_add(place)) else { break };
        let Some(part) = peek::bytes(buffer.buf, left.min(buffer.len as usize)) else { break };
        left -= part.len();
        shown.extend(part);
        if left == 0 {
            break;
        }
    }
    to.put("data", Value::Bytes(shown));
}

/// An OVERLAPPED, and who is told of the operation's end.
pub(super) fn told(
    to: &mut Fields,
    s: SOCKET,
    overlapped: *const OVERLAPPED,
    routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) {
    if overlapped.is_null() {
        return;
    }
    let Some(block) = peek::value(overlapped) else {
        return to.put("overlapped", unreadable(overlapped));
    };
    let event = routine.is_none() && block.hEvent as usize & !1 != 0;
    let port = routine.is_none() && block.hEvent as usize & 1 == 0 && has_port(s);
    let tells = [(event, "event"), (routine.is_some(), "routine"), (port, "port")];
    let tells: Vec<&str> = tells.into_iter().filter(|(there, _)| *there).map(|(_, word)| word).collect();
    let tells = if tells.is_empty() { "handle".to_owned() } else { tells.join("+") };
    to.word("overlapped", format!("{overlapped:p} ({tells})"));
}

/// Whether packets go to a completion port. The socket is only looked at: the trace does not enter it.
pub(super) fn has_port(s: SOCKET) -> bool {
    if s >= table::FIRST_NON_SOCKET {
        return false;
    }
    let slot = i32::try_from(s).ok().and_then(table::slot);
    slot.and_then(|slot| slot.requests().get()).is_some_and(|requests| requests.has_port())
}

/// An option's value: a number if it is as long as one.
pub(super) fn option_value(at: *const u8, length: i32) -> Value {
    let shown = usize::try_from(length).unwrap_or(0).min(MOST_BYTES);
    match peek::bytes(at, shown) {
        _ if at.is_null() => Value::Nothing,
        None => unreadable(at),
        Some(bytes) => match <[u8; 4]>::try_from(bytes.as_slice()) {
            Ok(number) => Value::Number(i32::from_ne_bytes(number).into()),
            Err(_) => Value::Bytes(bytes),
        },
    }
}

/// The members of a set.
pub(super) fn members(at: *const FD_SET) -> Value {
    let Some(count) = peek::value(at.cast::<u32>()) else { return unreadable(at) };
    let first = at.cast::<u8>().wrapping_add(std::mem::offset_of!(FD_SET, fd_array)).cast::<SOCKET>();
    let list = peek::array(first, (count as usize).min(MOST_MEMBERS));
    let list = list.map(|list| list.iter().map(|s| *s as i64).collect());
    list.map_or_else(|| unreadable(at), Value::Numbers)
}

/// A name that goes in, with its length.
pub(super) fn name_in(to: &mut Fields, name: *const SOCKADDR, namelen: i32) {
    to.put("name", address(name, namelen));
    to.number("namelen", namelen);
}

/// What goes into an ioctl, or comes out of it.
pub(super) fn ioctl_value(at: *const c_void, length: u32) -> Value {
    option_value(at.cast(), i32::try_from(length).unwrap_or(i32::MAX))
}

/// The count and the flags of a receive.
pub(super) fn received(to: &mut Fields, count: *const u32, flags: *const u32) {
    if !count.is_null() {
        to.put("received", number_at(count));
    }
    if peek::value(flags).is_some_and(|flags| flags != 0) {
        to.put("flags", flags_at(flags));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::null;

    #[test]
    fn addresses_are_decoded_by_their_family() {
        assert_eq!(address_text(&[2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), "127.0.0.1:80");
        let mut six = [0u8; 28];
        (six[0], six[3], six[23]) = (23, 80, 1);
        assert_eq!(address_text(&six), "[::1]:80");
        assert_eq!(address_text(b"\x01\0/tmp/x\0junk"), "unix:/tmp/x");
        assert_eq!(address_text(&[2, 0, 1]), "AF_INET with 3 bytes");
        assert_eq!(address_text(&[]), "0 bytes");
    }

    #[test]
    fn what_is_no_memory_is_said_to_be_none() {
        let bad = 8 as *const SOCKADDR;
        assert_eq!(address(bad, 16), Value::Word("0x8 (no memory)".to_owned()));
        assert_eq!(address(null(), 16), Value::Nothing);
        assert_eq!(number_at(8 as *const i32), Value::Word("0x8 (no memory)".to_owned()));
    }
}
