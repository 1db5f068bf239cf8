//! Whose requests are whose: they are made at the first need, shared by SOCKETs that stand for one object, and
//! used again when nobody has them.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use super::super::table::Socket;
use super::{Lane, Requests, Side, hold};

/// Those that are nobody's.
static FREE: Mutex<Vec<&'static Requests>> = Mutex::new(Vec::new());

impl Requests {
    #[cold]
    pub(super) fn new_of(socket: &Socket) -> &'static Self {
        let free = hold(&FREE).pop();
        let new = free.unwrap_or_else(|| Box::leak(Box::default()));
        new.owners.store(1, Ordering::SeqCst);
        match socket.slot().requests().put(new) {
            Ok(()) => new,
            Err(other) => {
                hold(&FREE).push(new);
                other
            }
        }
    }

    /// They become those of one more SOCKET.
    pub(crate) fn own(&self) {
        self.owners.fetch_add(1, Ordering::SeqCst);
    }

    /// A SOCKET is no more, and nobody is inside a call on it.
    pub(crate) fn disown(&'static self) {
        if self.owners.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        if self.any() {
            // Somebody counts on them.
            return;
        }
        for side in Side::ALL {
            *self.lane(side) = Lane::default();
        }
        self.telling.begin_again();
        self.selection.end();
        *hold(&self.watched) = None;
        self.known_in.store(0, Ordering::Relaxed);
        *hold(&self.patron) = None;
        hold(&FREE).push(self);
    }
}
