//! In which order the receive functions look for faults: a list of steps for each, and the loop that walks it.
//!
//! A call with two faults tells of the one whose step comes first. A call that takes the plain path has no
//! fault and walks nothing. What a step needs is looked up by who walks.

use crate::error::WsaError;
use crate::reasons::{self, Rule};
use crate::status::NtStatus;

/// What a receive needs before it can begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    /// The library is started.
    Startup,
    /// The SOCKET is a socket.
    Handle,
    /// A socket of messages.
    Messages,
    /// A stream is connected.
    Peer,
    /// A datagram socket has a name, and whoever gave it.
    Name,
    /// A datagram socket has a name that this very handle knows of.
    OwnName,
    /// The program has not shut the receiving side.
    OpenSide,
    /// The connection was not aborted on this side.
    NotAborted,
    /// The peer has not reset the connection.
    NotReset,
    /// The WSAMSG.
    Message,
    /// At least one WSABUF.
    Buffers,
    /// The array of WSABUFs.
    Array,
    /// An event that is open, if the OVERLAPPED names one.
    Event,
    /// No completion routine where a completion port is told.
    Tellable,
    /// A length that is none below 0.
    Length,
    /// The DWORD or int of the flags.
    FlagsPointer,
    /// The DWORD for the count.
    CountPointer,
    /// Room for the sender's name.
    Room,
    /// Room for the control data.
    ControlRoom,
    /// Buffers that can be memory.
    Memory,
    /// No flag that the kind of socket does not have.
    KnownFlags,
    /// No flag but MSG_PEEK.
    PeekOnly,
    /// No MSG_OOB where out-of-band bytes are in line.
    OwnQueue,
    /// No MSG_WAITALL together with what contradicts it.
    CanWaitForAll,
    /// No MSG_OOB where the provider has no out-of-band data.
    UrgentProvider,
}

/// A need, and how the call fails where it is not met.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    need: Need,
    otherwise: NtStatus,
    rule: Rule,
}

const fn step(need: Need, otherwise: NtStatus, ids: &'static str, why: &'static str) -> Step {
    Step { need, otherwise, rule: Rule::new(ids, why) }
}

/// F001; the door sees to it, for nothing else can be looked at before.
const STARTUP: Step = step(
    Need::Startup,
    NtStatus::from_winsock(WsaError::WSANOTINITIALISED),
    "F001",
    "the library is not started",
);
/// F011, F014, F018; the door sees to it too.
const HANDLE: Step = step(
    Need::Handle,
    NtStatus::INVALID_HANDLE,
    "F011 F014 F018",
    "the handle is looked at before anything else",
);
const MESSAGES: Step =
    step(Need::Messages, NtStatus::NOT_SUPPORTED, "G079", "WSARecvMsg is for sockets of messages");
const PEER: Step = step(
    Need::Peer,
    NtStatus::INVALID_CONNECTION,
    "F012 F024 F041",
    "a stream has to be connected before it can receive",
);
const NAME: Step = step(
    Need::Name,
    NtStatus::INVALID_PARAMETER,
    "F042 F043",
    "a datagram socket without a name receives nothing, and does not wait either",
);
/// F042, F043, and F321, G222: a duplicate made before the bind does not know of it.
const OWN_NAME: Step = step(
    Need::OwnName,
    NtStatus::INVALID_PARAMETER,
    "F042 F043 F321 G222",
    "a datagram socket receives from a name that this very handle knows of",
);
const OPEN_SIDE: Step = step(
    Need::OpenSide,
    NtStatus::PIPE_DISCONNECTED,
    "F134 F135 F141",
    "the program has shut the receiving side",
);
const NOT_ABORTED: Step =
    step(Need::NotAborted, NtStatus::CONNECTION_ABORTED, "F140", "the connection was aborted on this side");
const NOT_RESET: Step = step(
    Need::NotReset,
    NtStatus::CONNECTION_RESET,
    "F082 F145 F151",
    "the peer has reset the connection, and so it stays",
);
const MESSAGE: Step = step(Need::Message, NtStatus::ACCESS_VIOLATION, "F021", "there is no WSAMSG");
/// F015: with an array and without one.
const BUFFERS: Step =
    step(Need::Buffers, NtStatus::INVALID_PARAMETER, "F015", "a receive has at least one WSABUF");
const ARRAY: Step = step(Need::Array, NtStatus::ACCESS_VIOLATION, "", "the array of WSABUFs is no memory");
/// The code that Winsock has for event handles (G178).
const EVENT: Step = step(
    Need::Event,
    NtStatus::from_winsock(WsaError::WSA_INVALID_HANDLE),
    "G178",
    "hEvent is no event that is open",
);
const TELLABLE: Step = step(
    Need::Tellable,
    NtStatus::INVALID_PARAMETER,
    "F022 G204",
    "a socket that tells a completion port takes no completion routine",
);
const LENGTH: Step =
    step(Need::Length, NtStatus::ACCESS_VIOLATION, "F013", "a length below 0 is that of no memory");
const FLAGS_POINTER: Step =
    step(Need::FlagsPointer, NtStatus::ACCESS_VIOLATION, "", "the pointer to the flags is no memory");
const COUNT_POINTER: Step =
    step(Need::CountPointer, NtStatus::ACCESS_VIOLATION, "F016", "the pointer to the count is no memory");
/// F306, G218, G221: before anything is taken.
const ROOM: Step = step(
    Need::Room,
    NtStatus::ACCESS_VIOLATION,
    "F306 G218 G221",
    "the room for the name is too short, which is found before anything is taken",
);
const CONTROL_ROOM: Step = step(
    Need::ControlRoom,
    NtStatus::ACCESS_VIOLATION,
    "G082",
    "the room for the name or for control data is no memory",
);
const MEMORY: Step =
    step(Need::Memory, NtStatus::ACCESS_VIOLATION, "F013", "a buffer is no memory, or its length is below 0");
const KNOWN_FLAGS: Step = step(
    Need::KnownFlags,
    NtStatus::NOT_SUPPORTED,
    "G083 G084 G085",
    "a flag that sockets of this kind do not have",
);
const PEEK_ONLY: Step =
    step(Need::PeekOnly, NtStatus::NOT_SUPPORTED, "G078", "WSARecvMsg takes no flag but MSG_PEEK");
const OWN_QUEUE: Step = step(
    Need::OwnQueue,
    NtStatus::INVALID_PARAMETER,
    "F174",
    "no MSG_OOB where out-of-band bytes come in line",
);
const CAN_WAIT_FOR_ALL: Step = step(
    Need::CanWaitForAll,
    NtStatus::NOT_SUPPORTED,
    "G075 G089 G090 G092",
    "MSG_WAITALL does not go with what keeps the call from waiting",
);
const URGENT_PROVIDER: Step =
    step(Need::UrgentProvider, NtStatus::NOT_SUPPORTED, "G083", "the protocol has no out-of-band data");

/// recv.
#[rustfmt::skip]
pub(crate) const RECV: &[Step] = &[
    STARTUP, HANDLE,
    PEER, NAME, OPEN_SIDE, NOT_ABORTED, NOT_RESET,
    LENGTH, MEMORY,
    KNOWN_FLAGS, OWN_QUEUE, CAN_WAIT_FOR_ALL, URGENT_PROVIDER,
];

/// recvfrom.
#[rustfmt::skip]
pub(crate) const RECVFROM: &[Step] = &[
    STARTUP, HANDLE,
    PEER, OWN_NAME, OPEN_SIDE, NOT_ABORTED, NOT_RESET,
    LENGTH, ROOM, MEMORY,
    KNOWN_FLAGS, OWN_QUEUE, CAN_WAIT_FOR_ALL, URGENT_PROVIDER,
];

/// WSARecv.
#[rustfmt::skip]
pub(crate) const WSARECV: &[Step] = &[
    STARTUP, HANDLE, EVENT, TELLABLE,
    PEER, NAME, OPEN_SIDE, NOT_ABORTED, NOT_RESET,
    BUFFERS, ARRAY, FLAGS_POINTER, COUNT_POINTER, MEMORY,
    KNOWN_FLAGS, OWN_QUEUE, CAN_WAIT_FOR_ALL, URGENT_PROVIDER,
];

/// WSARecvFrom.
#[rustfmt::skip]
pub(crate) const WSARECVFROM: &[Step] = &[
    STARTUP, HANDLE, EVENT, TELLABLE,
    PEER, OWN_NAME, OPEN_SIDE, NOT_ABORTED, NOT_RESET,
    BUFFERS, ARRAY, FLAGS_POINTER, COUNT_POINTER, ROOM, MEMORY,
    KNOWN_FLAGS, OWN_QUEUE, CAN_WAIT_FOR_ALL, URGENT_PROVIDER,
];

/// WSARecvMsg. It has an address of its own, by which it is known.
#[rustfmt::skip]
pub(crate) static WSARECVMSG: &[Step] = &[
    STARTUP, HANDLE, EVENT, TELLABLE,
    MESSAGES, NAME, OPEN_SIDE,
    MESSAGE, COUNT_POINTER, BUFFERS, ARRAY, ROOM, CONTROL_ROOM, MEMORY,
    PEEK_ONLY,
];

/// WSARecvEx: its flags only come out (G064).
#[rustfmt::skip]
pub(crate) const WSARECVEX: &[Step] = &[
    STARTUP, HANDLE,
    PEER, NAME, OPEN_SIDE, NOT_ABORTED, NOT_RESET,
    LENGTH, FLAGS_POINTER, MEMORY,
];

/// How a call fails, if one of the needs is not met: by the first of them.
pub(super) fn first_fault(order: &[Step], is_met: impl Fn(Need) -> bool) -> Option<NtStatus> {
    let step = order.iter().find(|step| !is_met(step.need))?;
    reasons::refused(step.rule);
    Some(step.otherwise)
}

/// The needs that the arguments of a call alone leave unmet.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Unmet(u32);

impl Unmet {
    /// All that can be seen from the arguments is well.
    pub(crate) const NONE: Self = Self(0);

    /// Notes the need as unmet, unless it is met.
    #[must_use]
    pub(crate) const fn unless(self, met: bool, need: Need) -> Self {
        if met { self } else { Self(self.0 | 1 << need as u32) }
    }

    pub(super) const fn has(self, need: Need) -> bool {
        self.0 & 1 << need as u32 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ALL: [&[Step]; 6] = [RECV, RECVFROM, WSARECV, WSARECVFROM, WSARECVMSG, WSARECVEX];

    #[test]
    fn the_door_comes_first_in_every_list_and_no_need_stands_twice() {
        for order in ALL {
            let needs: Vec<Need> = order.iter().map(|step| step.need).collect();
            assert_eq!(needs[..2], [Need::Startup, Need::Handle]);
            for (i, need) in needs.iter().enumerate() {
                assert!(!needs[..i].contains(need), "{need:?}");
            }
        }
    }

    #[test]
    fn of_two_unmet_needs_the_first_is_told() {
        for order in ALL {
            for (i, first) in order.iter().enumerate() {
                for second in &order[i..] {
                    let unmet = Unmet::NONE.unless(false, second.need).unless(false, first.need);
                    assert_eq!(first_fault(order, |need| !unmet.has(need)), Some(first.otherwise));
                }
            }
            assert_eq!(first_fault(order, |need| !Unmet::NONE.has(need)), None);
        }
    }
}
