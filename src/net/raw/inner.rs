//! A socket as its users share it: the safe API's `Socket` and the operations that pend on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::event::RawEvent;
use super::message::ReceiveMessage;
use super::port::Expected;
use super::socket::Raw;
use crate::net::kinds::{Family, Kind};

/// Closes the SOCKET when the last one of its users is gone.
#[derive(Debug)]
pub(in crate::net) struct Inner {
    pub(in crate::net) raw: Raw,
    pub(in crate::net) family: Family,
    pub(in crate::net) kind: Kind,
    link: RwLock<Link>,
    /// What the socket's events are selected for, which is to stay meanwhile.
    selected: Mutex<Option<Arc<RawEvent>>>,
    pub(in crate::net) receive_message: ReceiveMessage,
}

/// What operations go by, and so does not change while one begins or is looked at.
#[derive(Debug)]
pub(in crate::net) struct Link {
    /// Not so once it is closed although operations pend: its number may mean another socket by then.
    pub(in crate::net) is_open: bool,
    pub(in crate::net) port: Option<Arc<Expected>>,
}

impl Inner {
    pub(in crate::net) fn new(raw: Raw, family: Family, kind: Kind) -> Self {
        Self {
            raw,
            family,
            kind,
            link: RwLock::new(Link { is_open: true, port: None }),
            selected: Mutex::new(None),
            receive_message: ReceiveMessage::default(),
        }
    }

    pub(in crate::net) fn link(&self) -> RwLockReadGuard<'_, Link> {
        self.link.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::net) fn link_mut(&self) -> RwLockWriteGuard<'_, Link> {
        self.link.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The event that is selected. Who changes the selection, or what has it, holds this meanwhile: the
    /// host's side and what is kept here are changed as one.
    pub(in crate::net) fn selected(&self) -> MutexGuard<'_, Option<Arc<RawEvent>>> {
        self.selected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a stream's end is told by a receive of nothing.
    pub(in crate::net) fn is_stream(&self) -> bool {
        self.kind == Kind::STREAM
    }
}
