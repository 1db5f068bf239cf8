//! What calls of the functions show that have no entry, and whose pointers programs ask for.

use super::*;

impl Describe for RecvMsg {
    about_socket!();
    about_operation!(received);

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

impl Describe for SendMsg {
    about_socket!();
    about_operation!(sent);

    fn arguments(&self, to: &mut Fields, wanted: bool) {
        let message = peek::value(self.message);
        if let Some(message) = &message {
            buffers(to, message.lpBuffers, message.dwBufferCount);
        }
        to.word("flags", names::message_flags(self.flags));
        match message {
            Some(message) => {
                to.put("name", address(message.name, message.namelen));
                to.number("control", message.Control.len);
                if wanted {
                    data(to, message.lpBuffers, message.dwBufferCount, MOST_BYTES);
                }
            }
            None => to.put("message", unreadable(self.message)),
        }
        told(to, self.s, self.overlapped, self.routine);
    }

    fn results(&self, to: &mut Fields, _: bool) {
        if !self.sent.is_null() {
            to.put("sent", number_at(self.sent));
        }
    }
}

impl Describe for AcceptEx {
    about_socket!(listener);
    about_operation!(received);

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
    about_operation!(sent);

    fn arguments(&self, to: &mut Fields, wanted: bool) {
        name_in(to, self.name, self.namelen);
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
