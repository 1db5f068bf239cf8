//! The listener whose AcceptEx waits for something of another SOCKET: its connection, or first data on it.

use super::{About, Requests, Side, hold};
use crate::socket::passing;
use crate::socket::table::Socket;
use crate::status::NtStatus;
use crate::sys::{Errno, Fd};

impl Requests {
    /// What comes here, and the end of this SOCKET, concerns an AcceptEx of that listener; None is nobody's.
    pub(crate) fn serve(&self, listener: Option<Fd>) {
        *hold(&self.patron) = listener;
    }

    /// Has the reactor tell of what comes on this SOCKET, which has no request of its own.
    pub(crate) fn listen_for_patron(&self, socket: &Socket) -> Result<(), Errno> {
        self.watch(socket, Side::Receive)
    }

    pub(super) fn for_patron(&self, work: impl FnOnce(&Socket, &Self)) {
        let patron = *hold(&self.patron);
        if let Some(listener) = patron.and_then(passing::enter_known) {
            if let Some(requests) = Self::present(&listener) {
                work(&listener, requests);
            }
        }
    }

    /// The SOCKET is closed: an AcceptEx that was to use it ends (F120).
    pub(crate) fn leave_patron(&self, fd: Fd) {
        self.for_patron(|listener, requests| {
            let is_ours = |about: &About| about.accepts == Some(fd);
            requests.cancel(listener, Side::Receive, NtStatus::CANCELLED, is_ours);
        });
    }
}
