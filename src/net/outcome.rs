//! What calls come to that are no errors, as values.

use super::raw::socket::Taken;
use crate::error::WsaError;

// That programs handle each case is what these two are for: a new case is to be seen by the compiler. So
// neither is non-exhaustive.

/// What has become of a call that a nonblocking socket may not be able to do yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "it may not have been done"]
pub enum Attempt<T> {
    /// It is done.
    Done(T),
    /// It cannot be done without waiting (WSAEWOULDBLOCK).
    Pending,
}

impl<T> Attempt<T> {
    pub(super) fn of(result: Result<T, WsaError>) -> Result<Self, WsaError> {
        match result {
            Ok(value) => Ok(Self::Done(value)),
            Err(WsaError::WSAEWOULDBLOCK) => Ok(Self::Pending),
            Err(error) => Err(error),
        }
    }

    /// What came of it, if it is done.
    ///
    /// ```
    /// use openws2::net::Attempt;
    ///
    /// assert_eq!((Attempt::Done(5).done(), Attempt::<i32>::Pending.done()), (Some(5), None));
    /// ```
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(value) => Some(value),
            Self::Pending => None,
        }
    }

    /// Whether it is not done.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Pending)
    }

    /// With something else in the place of what came of it.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Attempt<U> {
        match self {
            Self::Done(value) => Attempt::Done(change(value)),
            Self::Pending => Attempt::Pending,
        }
    }

    /// With WSAEWOULDBLOCK for what is not done: for sockets that wait.
    ///
    /// # Errors
    /// WSAEWOULDBLOCK.
    pub fn or_would_block(self) -> Result<T, WsaError> {
        self.done().ok_or(WsaError::WSAEWOULDBLOCK)
    }
}

/// What has become of a receive.
///
/// | outcome | of what Winsock says |
/// |---|---|
/// | `Complete` | success |
/// | `Partial` | success with MSG_PARTIAL: more of the message comes with the next receive |
/// | `Truncated` | WSAEMSGSIZE: the room is full, and the rest of the message is gone (F154, G050) |
/// | `Disconnected` | 0 bytes of a stream into room for more, or WSAEDISCON: the peer has finished |
/// | `Pending` | WSAEWOULDBLOCK: a nonblocking socket has nothing yet |
///
/// All else is a [`WsaError`]. The numbers are of bytes that are in the room now, as Windows counts them; where it
/// gives no count, 0. Of a message that a protocol keeps until there is room for all of it, `Truncated` says that
/// it is still there to be received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "it says how much was received, and whether that is all"]
pub enum Received {
    /// So many bytes: a whole message, or what a stream had. A message can have none.
    Complete(usize),
    /// The first or next part of a message.
    Partial(usize),
    /// A message of which so many bytes fitted.
    Truncated(usize),
    /// There is no more, and will not be.
    Disconnected,
    /// There is nothing yet.
    Pending,
}

impl Received {
    /// How many bytes the room has got.
    ///
    /// ```
    /// use openws2::net::Received;
    ///
    /// assert_eq!((Received::Truncated(6).bytes(), Received::Pending.bytes()), (6, 0));
    /// ```
    pub fn bytes(self) -> usize {
        match self {
            Self::Complete(bytes) | Self::Partial(bytes) | Self::Truncated(bytes) => bytes,
            Self::Disconnected | Self::Pending => 0,
        }
    }

    /// Whether the receive has ended: all but `Pending`.
    pub fn is_ready(self) -> bool {
        self != Self::Pending
    }

    pub(super) fn of(taken: &Taken, is_stream: bool) -> Result<Self, WsaError> {
        const PARTIAL: u32 = crate::Win32::Networking::WinSock::MSG_PARTIAL;
        let bytes = taken.filled();
        match taken.result {
            Ok(()) if bytes == 0 && is_stream && taken.room != 0 => Ok(Self::Disconnected),
            Ok(()) if taken.flags & PARTIAL != 0 => Ok(Self::Partial(bytes)),
            Ok(()) => Ok(Self::Complete(bytes)),
            Err(WsaError::WSAEMSGSIZE) => Ok(Self::Truncated(bytes)),
            Err(WsaError::WSAEDISCON) => Ok(Self::Disconnected),
            Err(WsaError::WSAEWOULDBLOCK) => Ok(Self::Pending),
            Err(error) => Err(error),
        }
    }

    /// As [`of`](Self::of), of a message whose control data alone may have been too long (F311).
    pub(super) fn of_message(taken: &Taken) -> Result<Self, WsaError> {
        use crate::Win32::Networking::WinSock::{MSG_CTRUNC, MSG_TRUNC};
        let only_control = taken.flags & (MSG_CTRUNC | MSG_TRUNC) == MSG_CTRUNC;
        match taken.result {
            Err(WsaError::WSAEMSGSIZE) if only_control => Ok(Self::Complete(taken.filled())),
            _ => Self::of(taken, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_what_the_table_says() {
        let of = |result, bytes, room, flags, is_stream| {
            Received::of(&Taken { result, bytes, room, flags }, is_stream)
        };
        assert_eq!(of(Ok(()), 3, 8, 0, true), Ok(Received::Complete(3)));
        assert_eq!(of(Ok(()), 0, 8, 0, true), Ok(Received::Disconnected));
        assert_eq!(of(Ok(()), 0, 0, 0, true), Ok(Received::Complete(0)));
        assert_eq!(of(Ok(()), 0, 8, 0, false), Ok(Received::Complete(0)));
        assert_eq!(of(Ok(()), 8, 8, 0x8000, false), Ok(Received::Partial(8)));
        assert_eq!(of(Err(WsaError::WSAEMSGSIZE), 8, 8, 0, false), Ok(Received::Truncated(8)));
        assert_eq!(of(Err(WsaError::WSAEDISCON), 0, 8, 0, false), Ok(Received::Disconnected));
        assert_eq!(of(Err(WsaError::WSAEWOULDBLOCK), 0, 8, 0, true), Ok(Received::Pending));
        assert_eq!(of(Err(WsaError::WSAEINVAL), 5, 8, 0, true), Err(WsaError::WSAEINVAL));
    }

    #[test]
    fn control_data_that_were_cut_leave_the_message_whole() {
        let of = |flags| {
            let taken = Taken { result: Err(WsaError::WSAEMSGSIZE), bytes: 6, room: 8, flags };
            Received::of_message(&taken)
        };
        assert_eq!(of(0x200), Ok(Received::Complete(6)));
        assert_eq!((of(0x100), of(0x300)), (Ok(Received::Truncated(6)), Ok(Received::Truncated(6))));
        assert_eq!(of(0), Ok(Received::Truncated(6)));
    }

    #[test]
    fn a_failure_fills_nothing() {
        let taken = Taken { result: Err(WsaError::WSAECONNRESET), bytes: 7, room: 8, flags: 0 };
        assert_eq!(taken.filled(), 0);
    }
}
