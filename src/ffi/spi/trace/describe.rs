//! What each call of the service provider interface shows: its arguments before it, what came out after it.

use core::ffi::c_void;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::ptr::null;

use super::fields::{Fields, MOST_MEMBERS, Value};
use super::{names, peek};
use crate::ffi::spi::*;
use crate::socket::table;
use crate::sys::memory;
use crate::windows::consts::*;
use crate::windows::foundation::*;
use crate::windows::types::*;

/// How many bytes of data are shown.
const MOST_BYTES: usize = 32;

/// A call that a trace can show.
pub(super) trait Describe {
    /// The socket that it is about.
    fn socket(&self) -> Option<SOCKET> {
        None
    }

    fn overlapped(&self) -> *const OVERLAPPED {
        null()
    }

    /// How many bytes it has transferred, once it has succeeded.
    fn bytes(&self) -> Option<u32> {
        None
    }

    /// The flags that it has put out.
    fn flags(&self) -> Option<u32> {
        None
    }

    /// What goes in, with the first bytes of data if they are wanted.
    fn arguments(&self, _to: &mut Fields, _data: bool) {}

    /// What came out of a call that did not fail.
    fn results(&self, _to: &mut Fields, _data: bool) {}
}

/// A pointer of which nothing more is to be said.
fn pointer<T>(pointer: *const T) -> Value {
    if pointer.is_null() { Value::Nothing } else { Value::Word(format!("{pointer:p}")) }
}

fn unreadable<T>(pointer: *const T) -> Value {
    if pointer.is_null() { Value::Nothing } else { Value::Word(format!("{pointer:p} (no memory)")) }
}

/// The DWORD or int behind a pointer.
fn number_at<T: Copy + Into<i64>>(at: *const T) -> Value {
    peek::value(at).map_or_else(|| unreadable(at), |number| Value::Number(number.into()))
}

fn flags_at(at: *const u32) -> Value {
    peek::value(at).map_or_else(|| unreadable(at), |flags| Value::Word(names::message_flags(flags)))
}

/// An address of the caller's, in the form that its family has.
fn address(at: *const SOCKADDR, length: i32) -> Value {
    let length = usize::try_from(length).unwrap_or(0).min(128);
    match peek::bytes(at.cast(), length) {
        _ if at.is_null() => Value::Nothing,
        None => unreadable(at),
        Some(bytes) => Value::Word(address_text(&bytes)),
    }
}

fn address_text(bytes: &[u8]) -> String {
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
fn name_out(to: &mut Fields, name: *const SOCKADDR, length: *const i32) {
    if let (false, Some(length)) = (name.is_null(), peek::value(length)) {
        to.put("name", address(name, length));
    }
}

/// The lengths of the buffers, and what is wrong with them.
fn buffers(to: &mut Fields, at: *const WSABUF, count: u32) {
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
fn data(to: &mut Fields, at: *const WSABUF, count: u32, bytes: usize) {
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
fn told(
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
fn has_port(s: SOCKET) -> bool {
    if s >= table::FIRST_NON_SOCKET {
        return false;
    }
    let slot = i32::try_from(s).ok().and_then(table::slot);
    slot.and_then(|slot| slot.requests().get()).is_some_and(|requests| requests.has_port())
}

/// An option's value: a number if it is as long as one.
fn option_value(at: *const u8, length: i32) -> Value {
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
fn members(at: *const FD_SET) -> Value {
    let Some(count) = peek::value(at.cast::<u32>()) else { return unreadable(at) };
    let first = at.cast::<u8>().wrapping_add(std::mem::offset_of!(FD_SET, fd_array)).cast::<SOCKET>();
    let list = peek::array(first, (count as usize).min(MOST_MEMBERS));
    let list = list.map(|list| list.iter().map(|s| *s as i64).collect());
    list.map_or_else(|| unreadable(at), Value::Numbers)
}

fn sets(to: &mut Fields, call: &Select) {
    for (name, set) in [("read", call.read), ("write", call.write), ("except", call.except)] {
        if !set.is_null() {
            to.put(name, members(set));
        }
    }
}

/// Wide characters of either width; only how they are passed is known here.
fn two_names(to: &mut Fields, name: *const SOCKADDR, namelen: i32) {
    to.put("name", address(name, namelen));
    to.number("namelen", namelen);
}

macro_rules! about_socket {
    ($($field:ident)?) => {
        fn socket(&self) -> Option<SOCKET> {
            about_socket!(@value self $($field)?)
        }
    };
    (@value $self:ident) => {
        Some($self.s)
    };
    (@value $self:ident $field:ident) => {
        Some($self.$field)
    };
}

impl Describe for Accept {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.put("addr", pointer(self.addr));
        if !self.addrlen.is_null() {
            to.put("addrlen", number_at(self.addrlen));
        }
        if self.condition.is_some() {
            to.word("condition", "given");
        }
    }

    fn results(&self, to: &mut Fields, _: bool) {
        name_out(to, self.addr, self.addrlen);
    }
}

impl Describe for AddressToString {
    fn arguments(&self, to: &mut Fields, _: bool) {
        two_names(to, self.address, self.address_length as i32);
        to.put("text_length", number_at(self.text_length));
    }

    fn results(&self, to: &mut Fields, _: bool) {
        to.put("text_length", number_at(self.text_length));
    }
}

impl Describe for AsyncSelect {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.put("window", pointer(self.window));
        to.word("message", format!("{:#x}", self.message));
        to.word("events", names::network_events(self.events));
    }
}

impl Describe for Bind {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        two_names(to, self.name, self.namelen);
    }
}

impl Describe for CancelBlockingCall {}

impl Describe for Cleanup {}

impl Describe for CloseSocket {
    about_socket!();
}

impl Describe for Connect {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        two_names(to, self.name, self.namelen);
        if !self.caller_data.is_null() {
            buffers(to, self.caller_data, 1);
        }
    }
}

impl Describe for DuplicateSocket {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.number("process_id", self.process_id);
        to.put("info", pointer(self.info));
    }
}

impl Describe for EnumNetworkEvents {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.put("event", pointer(self.event));
    }

    fn results(&self, to: &mut Fields, _: bool) {
        let Some(events) = peek::value(self.events) else { return };
        to.word("events", names::network_events(events.lNetworkEvents));
        for (place, name) in names::EVENT_PLACES.into_iter().enumerate() {
            if events.lNetworkEvents & 1 << place != 0 && events.iErrorCode[place] != 0 {
                to.number(name, events.iErrorCode[place]);
            }
        }
    }
}

impl Describe for EventSelect {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.word("event", format!("{:#x}", self.event as usize));
        to.word("events", names::network_events(self.events));
    }
}

impl Describe for GetOverlappedResult {
    about_socket!();

    fn overlapped(&self) -> *const OVERLAPPED {
        self.overlapped
    }

    fn arguments(&self, to: &mut Fields, _: bool) {
        let overlapped = match peek::value(self.overlapped) {
            Some(_) => pointer(self.overlapped),
            None => unreadable(self.overlapped),
        };
        to.put("overlapped", overlapped);
        to.put("wait", Value::Truth(self.wait != FALSE));
    }

    fn results(&self, to: &mut Fields, _: bool) {
        to.put("transferred", number_at(self.transferred));
        if !self.flags.is_null() {
            to.put("flags", flags_at(self.flags));
        }
    }
}

impl Describe for GetPeerName {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.put("namelen", number_at(self.namelen));
    }

    fn results(&self, to: &mut Fields, _: bool) {
        name_out(to, self.name, self.namelen);
    }
}

impl Describe for GetSockName {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.put("namelen", number_at(self.namelen));
    }

    fn results(&self, to: &mut Fields, _: bool) {
        name_out(to, self.name, self.namelen);
    }
}

impl Describe for GetSockOpt {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.word("level", names::level(self.level));
        to.word("name", names::option(self.level, self.name));
        to.put("length", number_at(self.length));
    }

    fn results(&self, to: &mut Fields, _: bool) {
        let length = peek::value(self.length).unwrap_or(0);
        to.put("value", option_value(self.value, length));
    }
}

impl Describe for GetQosByName {
    about_socket!();
}

impl Describe for Ioctl {
    about_socket!();

    fn overlapped(&self) -> *const OVERLAPPED {
        self.overlapped
    }

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.word("code", names::ioctl(self.code));
        let asked = self.code == SIO_GET_EXTENSION_FUNCTION_POINTER;
        let function = asked.then(|| peek::value(self.input.cast::<GUID>())).flatten();
        match function.as_ref().and_then(names::extension) {
            Some(function) => to.word("function", function),
            None if self.input_length > 0 => to.put("input", ioctl_value(self.input, self.input_length)),
            None => {}
        }
        to.number("output_length", self.output_length);
        told(to, self.s, self.overlapped, self.routine);
    }

    fn results(&self, to: &mut Fields, _: bool) {
        let Some(returned) = peek::value(self.returned) else { return };
        to.number("returned", returned);
        if returned > 0 && self.code != SIO_GET_EXTENSION_FUNCTION_POINTER {
            to.put("output", ioctl_value(self.output, returned));
        }
    }
}

fn ioctl_value(at: *const c_void, length: u32) -> Value {
    option_value(at.cast(), i32::try_from(length).unwrap_or(i32::MAX))
}

impl Describe for JoinLeaf {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        two_names(to, self.name, self.namelen);
        to.word("flags", format!("{:#x}", self.flags));
    }
}

impl Describe for Listen {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.number("backlog", self.backlog);
    }
}

impl Describe for Recv {
    about_socket!();

    fn overlapped(&self) -> *const OVERLAPPED {
        self.overlapped
    }

    fn bytes(&self) -> Option<u32> {
        peek::value(self.received)
    }

    fn flags(&self) -> Option<u32> {
        peek::value(self.flags)
    }

    fn arguments(&self, to: &mut Fields, _: bool) {
        buffers(to, self.buffers, self.count);
        to.put("flags", flags_at(self.flags));
        told(to, self.s, self.overlapped, self.routine);
    }

    fn results(&self, to: &mut Fields, wanted: bool) {
        received(to, self.received, self.flags);
        if wanted {
            data(to, self.buffers, self.count, self.bytes().unwrap_or(0) as usize);
        }
    }
}

/// The count and the flags of a receive.
fn received(to: &mut Fields, count: *const u32, flags: *const u32) {
    if !count.is_null() {
        to.put("received", number_at(count));
    }
    if peek::value(flags).is_some_and(|flags| flags != 0) {
        to.put("flags", flags_at(flags));
    }
}

impl Describe for RecvDisconnect {
    about_socket!();
}

impl Describe for RecvFrom {
    about_socket!();

    fn overlapped(&self) -> *const OVERLAPPED {
        self.overlapped
    }

    fn bytes(&self) -> Option<u32> {
        peek::value(self.received)
    }

    fn flags(&self) -> Option<u32> {
        peek::value(self.flags)
    }

    fn arguments(&self, to: &mut Fields, _: bool) {
        buffers(to, self.buffers, self.count);
        to.put("flags", flags_at(self.flags));
        if !self.fromlen.is_null() {
            to.put("fromlen", number_at(self.fromlen));
        }
        told(to, self.s, self.overlapped, self.routine);
    }

    fn results(&self, to: &mut Fields, wanted: bool) {
        received(to, self.received, self.flags);
        name_out(to, self.from, self.fromlen);
        if wanted {
            data(to, self.buffers, self.count, self.bytes().unwrap_or(0) as usize);
        }
    }
}

impl Describe for Select {
    fn arguments(&self, to: &mut Fields, _: bool) {
        sets(to, self);
        let time = match peek::value(self.timeout.cast::<libc::timeval>()) {
            Some(time) => Value::Seconds(time.tv_sec as f64 + time.tv_usec as f64 / 1e6),
            None => unreadable(self.timeout),
        };
        to.put("timeout", time);
    }

    fn results(&self, to: &mut Fields, _: bool) {
        sets(to, self);
    }
}

impl Describe for Send {
    about_socket!();

    fn overlapped(&self) -> *const OVERLAPPED {
        self.overlapped
    }

    fn bytes(&self) -> Option<u32> {
        peek::value(self.sent)
    }

    fn arguments(&self, to: &mut Fields, wanted: bool) {
        buffers(to, self.buffers, self.count);
        to.word("flags", names::message_flags(self.flags));
        if wanted {
            data(to, self.buffers, self.count, MOST_BYTES);
        }
        told(to, self.s, self.overlapped, self.routine);
    }

    fn results(&self, to: &mut Fields, _: bool) {
        if !self.sent.is_null() {
            to.put("sent", number_at(self.sent));
        }
    }
}

impl Describe for SendDisconnect {
    about_socket!();
}

impl Describe for SendTo {
    about_socket!();

    fn overlapped(&self) -> *const OVERLAPPED {
        self.overlapped
    }

    fn bytes(&self) -> Option<u32> {
        peek::value(self.sent)
    }

    fn arguments(&self, to: &mut Fields, wanted: bool) {
        buffers(to, self.buffers, self.count);
        to.word("flags", names::message_flags(self.flags));
        to.put("to", address(self.to, self.tolen));
        if wanted {
            data(to, self.buffers, self.count, MOST_BYTES);
        }
        told(to, self.s, self.overlapped, self.routine);
    }

    fn results(&self, to: &mut Fields, _: bool) {
        if !self.sent.is_null() {
            to.put("sent", number_at(self.sent));
        }
    }
}

impl Describe for SetSockOpt {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.word("level", names::level(self.level));
        to.word("name", names::option(self.level, self.name));
        to.put("value", option_value(self.value, self.length));
        to.number("length", self.length);
    }
}

impl Describe for Shutdown {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.word("how", names::direction(self.how));
    }
}

impl Describe for Socket {
    fn arguments(&self, to: &mut Fields, _: bool) {
        to.word("family", names::family(self.family));
        to.word("type", names::socket_type(self.socket_type));
        to.word("protocol", names::protocol(self.protocol));
        to.word("flags", names::socket_flags(self.flags));
    }
}

impl Describe for StringToAddress {
    fn arguments(&self, to: &mut Fields, _: bool) {
        to.word("family", names::family(self.family));
        to.put("length", number_at(self.length));
    }

    fn results(&self, to: &mut Fields, _: bool) {
        name_out(to, self.address, self.length);
    }
}

impl Describe for RecvMsg {
    about_socket!();

    fn overlapped(&self) -> *const OVERLAPPED {
        self.overlapped
    }

    fn bytes(&self) -> Option<u32> {
        peek::value(self.received)
    }

    fn arguments(&self, to: &mut Fields, _: bool) {
        match peek::value(self.message) {
            Some(message) => {
                buffers(to, message.lpBuffers, message.dwBufferCount);
                to.word("flags", names::message_flags(message.dwFlags));
                to.number("namelen", message.namelen);
                to.number("control", message.Control.len);
            }
            None => to.put("message", unreadable(self.message)),
        }
        told(to, self.s, self.overlapped, self.routine);
    }

    fn results(&self, to: &mut Fields, wanted: bool) {
        let Some(message) = peek::value(self.message) else { return };
        received(to, self.received, null());
        to.put("name", address(message.name, message.namelen));
        to.word("flags", names::message_flags(message.dwFlags));
        to.number("control", message.Control.len);
        if wanted {
            data(to, message.lpBuffers, message.dwBufferCount, self.bytes().unwrap_or(0) as usize);
        }
    }
}

impl Describe for AcceptEx {
    about_socket!(listener);

    fn overlapped(&self) -> *const OVERLAPPED {
        self.overlapped
    }

    fn bytes(&self) -> Option<u32> {
        peek::value(self.received)
    }

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.put("accepting", Value::Socket(self.accepting));
        to.number("data_length", self.data_length);
        to.number("local_length", self.local_length);
        to.number("remote_length", self.remote_length);
        told(to, self.listener, self.overlapped, None);
    }
}

impl Describe for ConnectEx {
    about_socket!();

    fn overlapped(&self) -> *const OVERLAPPED {
        self.overlapped
    }

    fn bytes(&self) -> Option<u32> {
        peek::value(self.sent)
    }

    fn arguments(&self, to: &mut Fields, wanted: bool) {
        two_names(to, self.name, self.namelen);
        to.number("data_length", self.data_length);
        if wanted && !self.data.is_null() {
            to.put("data", ioctl_value(self.data, self.data_length));
        }
        told(to, self.s, self.overlapped, None);
    }
}

impl Describe for DisconnectEx {
    about_socket!();

    fn overlapped(&self) -> *const OVERLAPPED {
        self.overlapped
    }

    fn arguments(&self, to: &mut Fields, _: bool) {
        to.word("flags", format!("{:#x}", self.flags));
        told(to, self.s, self.overlapped, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
