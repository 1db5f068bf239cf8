//! Where in its stream a reader stands, by the host's account: counted from the stream's beginning.

use crate::sys::{self, Errno, Fd, Received};

/// How many unread bytes there are, and where the first of them lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) next: u64,
    pub(super) waiting: u64,
}

impl Place {
    /// Asks the host, whose SO_OOBINLINE is what `inline` says.
    pub(super) fn of(fd: Fd, inline: bool) -> Result<Self, Errno> {
        steady(fd, |received| {
            let waiting = count_all(fd, inline)?;
            Ok(Self::from(received, waiting))
        })
    }

    fn from(received: Received, waiting: u64) -> Self {
        // The peer's end takes a place in the host's count, and none among the bytes that wait.
        let end = u64::from(received.finished && waiting > 0);
        Self { next: received.bytes.saturating_sub(end + waiting), waiting }
    }

    /// The place behind the last byte that has come.
    pub(super) fn end(self) -> u64 {
        self.next + self.waiting
    }
}

/// Where the host's latest urgent byte lies, which is out of line and has not been passed.
pub(super) fn of_urgent(fd: Fd) -> Result<u64, Errno> {
    steady(fd, |received| {
        let ahead = u64::from(sys::bytes_waiting(fd)?);
        let waiting = count_all(fd, false)?;
        Ok(Place::from(received, waiting).next + ahead)
    })
}

/// Asks again when something has come meanwhile.
fn steady<T>(fd: Fd, ask: impl Fn(Received) -> Result<T, Errno>) -> Result<T, Errno> {
    let mut received = sys::stream_received(fd)?;
    loop {
        let answer = ask(received)?;
        let after = sys::stream_received(fd)?;
        if after == received {
            return Ok(answer);
        }
        received = after;
    }
}

/// All unread bytes: out of line the host counts only up to the urgent one, so it is asked in line.
fn count_all(fd: Fd, inline: bool) -> Result<u64, Errno> {
    let switch = |on| if inline { Ok(()) } else { set_inline(fd, on) };
    switch(true)?;
    let count = sys::bytes_waiting(fd);
    switch(false)?;
    count.map(u64::from)
}

/// SO_OOBINLINE on the host.
pub(super) fn set_inline(fd: Fd, on: bool) -> Result<(), Errno> {
    sys::set_int(fd, libc::SOL_SOCKET, libc::SO_OOBINLINE, i32::from(on))
}
