//! Handles of sockets that a service provider makes by its own means. What the sockets do is the provider's.

use std::sync::{Arc, Mutex, PoisonError};

use super::event::{self, Event};
use super::object::{self, Object};
use super::port::{Packet, Port};
use super::wait::Waitable;
use crate::status::NtStatus;
use crate::windows::foundation::HANDLE_FLAG_INHERIT;

/// A socket of a provider's own.
pub(crate) struct LayeredSocket {
    context: usize,
    /// Signalled by operations that end and have no event of their own.
    own: Arc<Event>,
    port: Mutex<Option<(Arc<Port>, usize)>>,
}

/// Makes a handle that stands for the provider's context; None if there is none left.
pub(crate) fn open(context: usize) -> Option<usize> {
    let socket = LayeredSocket { context, own: event::new(true, false), port: Mutex::new(None) };
    object::open_with(Object::Layered(Arc::new(socket)), HANDLE_FLAG_INHERIT)
}

impl LayeredSocket {
    pub(crate) fn context(&self) -> usize {
        self.context
    }

    /// The side that threads wait for.
    pub(crate) fn waitable(&self) -> Arc<Waitable> {
        Arc::clone(&self.own) as Arc<Waitable>
    }

    /// CreateIoCompletionPort: once.
    pub(crate) fn associate(&self, port: &Arc<Port>, key: usize) -> bool {
        let mut own = self.port.lock().unwrap_or_else(PoisonError::into_inner);
        own.is_none() && own.replace((Arc::clone(port), key)).is_none()
    }

    /// An operation has ended: tells the port, and the handle itself where there is no event.
    pub(crate) fn complete(
        &self,
        overlapped: usize,
        status: NtStatus,
        bytes: u32,
        no_packet: bool,
        no_event: bool,
    ) {
        if no_event {
            event::set(&self.own);
        }
        let port = self.port.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((port, key)) = port.filter(|_| !no_packet) {
            port.post(Packet { key, overlapped, bytes, status, unwritten: false });
        }
    }
}
