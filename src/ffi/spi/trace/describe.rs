//! What each call of the service provider interface shows: its arguments before it, what came out after it.

use std::ptr::null;

use super::fields::{Fields, Value};
use super::values::*;
use super::{names, peek};
use crate::ffi::spi::*;
use crate::windows::consts::*;
use crate::windows::foundation::*;
use crate::windows::types::*;

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

fn sets(to: &mut Fields, call: &Select) {
    for (name, set) in [("read", call.read), ("write", call.write), ("except", call.except)] {
        if !set.is_null() {
            to.put(name, members(set));
        }
    }
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

/// The OVERLAPPED, and the place of the count by its name.
macro_rules! about_operation {
    ($count:ident) => {
        fn overlapped(&self) -> *const OVERLAPPED {
            self.overlapped
        }

        fn bytes(&self) -> Option<u32> {
            peek::value(self.$count)
        }
    };
}

mod extensions;

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
        name_in(to, self.address, self.address_length as i32);
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
        name_in(to, self.name, self.namelen);
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
        name_in(to, self.name, self.namelen);
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

impl Describe for JoinLeaf {
    about_socket!();

    fn arguments(&self, to: &mut Fields, _: bool) {
        name_in(to, self.name, self.namelen);
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
    about_operation!(received);

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

impl Describe for RecvDisconnect {
    about_socket!();
}

impl Describe for RecvFrom {
    about_socket!();
    about_operation!(received);

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
    about_operation!(sent);

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
    about_operation!(sent);

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
