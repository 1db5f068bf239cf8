//! The facts about a socket that a call may need, packed into one word that is read without a lock.

use super::catalog::{self, Provider};

macro_rules! facts {
    ($($bit:literal $name:ident $doc:literal;)*) => {
        $(#[doc = $doc] pub(crate) const $name: u64 = 1 << $bit;)*
    };
}

facts! {
    0  LIVE            "The descriptor is a socket that we know.";
    1  CLOSING         "closesocket has begun; calls that are inside end.";
    2  DEFERRED        "The last call that is inside closes the descriptor.";
    3  NONBLOCKING     "The program chose nonblocking mode.";
    4  OVERLAPPED      "Made with WSA_FLAG_OVERLAPPED.";
    5  BOUND           "Has a local name.";
    6  CONNECTED       "Has a peer.";
    7  CONNECTING      "A nonblocking connect is under way.";
    8  LISTENING       "Takes connections.";
    9  CONNECT_FAILED  "The last connect failed.";
    10 SHUT_RECEIVE    "The program shut the receiving side.";
    11 SHUT_SEND       "The program shut the sending side.";
    12 RESET           "The peer reset the connection: every later call fails so.";
    13 ABORTED         "The connection was aborted on this side: every later call fails so.";
    14 OOB_INLINE      "SO_OOBINLINE.";
    15 RECEIVE_TIMEOUT "SO_RCVTIMEO is set.";
    16 SEND_TIMEOUT    "SO_SNDTIMEO is set.";
    17 ERROR_QUEUED    "A send met an ICMP error that a receive is to report.";
    18 ADOPTED         "The program made the descriptor without this library.";
    19 NO_PORT_ERRORS  "SIO_UDP_CONNRESET is off.";
    20 NO_HOP_ERRORS   "SIO_UDP_NETRESET is off.";
    21 SHARED          "Another SOCKET of this process stands for the same object.";
    22 CLEANED_UP      "Closed by the final WSACleanup rather than by closesocket.";
    23 STREAM          "A byte stream.";
    24 KEEPALIVE       "SO_KEEPALIVE.";
    25 URGENT_QUEUED   "Out-of-band bytes are in their queue.";
    26 KEPT            "Bytes stand in front of the host's stream.";
    27 WATCHED         "Out-of-band bytes are taken as they come: receives go under a lock.";
    28 CIRCUIT         "Connection-oriented: a byte stream, or messages over a virtual circuit.";
    29 RELIABLE        "Keeps messages apart and loses none.";
    30 CUT_SHORT       "closesocket has ended a call that was inside.";
    31 GONE            "The program has closed the descriptor by the host's own call, and the number is not ours.";
    36 RECEIVES_PEND   "Overlapped receives wait: what comes is theirs.";
    37 SENDS_PEND      "Overlapped sends wait: what is sent comes behind them.";
    38 URGENT_PENDS    "Overlapped receives wait for out-of-band bytes.";
    39 ACCEPT_PENDS    "An AcceptEx is to put a connection here.";
    40 NO_CONTEXT      "Connected by AcceptEx or ConnectEx, and SO_UPDATE_..._CONTEXT has not followed.";
    41 HOST_NONBLOCKING "The library has made the descriptor nonblocking, whatever the program chose.";
    42 HANDLE_COPY     "Made by DuplicateHandle: no SOCKET to the functions that ask Winsock's own table.";
    43 SELECTED        "Network events are selected, or were: calls that enable them again say so.";
    44 ACCEPTED        "The connection came by accept or AcceptEx, and the name with it.";
    45 PROTECTED       "HANDLE_FLAG_PROTECT_FROM_CLOSE: CloseHandle leaves the SOCKET open.";
    46 SEGMENTS        "UDP_SEND_MSG_SIZE is set: what is sent is cut into datagrams of that size.";
    47 GUARDED         "Adopted, and looked at now and then: the program may close it by the host's own call.";
    48 TELLS_INFO      "IP_PKTINFO: WSARecvMsg tells an IPv4 datagram's destination and interface.";
    49 TELLS_TTL       "IP_RECVTTL.";
    50 TELLS_TOS       "IP_RECVTOS.";
    51 TELLS_ECN       "IP_ECN.";
    52 TELLS_V6_INFO   "IPV6_PKTINFO.";
    53 TELLS_V6_HOPS   "IPV6_HOPLIMIT.";
    54 TELLS_V6_CLASS  "IPV6_RECVTCLASS.";
    55 TELLS_V6_ECN    "IPV6_ECN.";
    56 NEEDS_DESTINATION "WSARecvMsg has been called, which tells broadcast and multicast whatever the program set.";
    57 LEARNT_TELLS    "Of an adopted descriptor: the host was asked which of these the program set there.";
}

const PROVIDER_SHIFT: u32 = 32;
const PROVIDER_MASK: u64 = 0xf << PROVIDER_SHIFT;

/// No bit from here on is looked at while a socket is being closed.
const TICKET_SHIFT: u32 = 48;

/// What must not be set, besides what must, for a stream receive that goes straight to the host.
const PLAIN_STREAM_NOT: u64 = CLOSING
    | SHUT_RECEIVE
    | RESET
    | ABORTED
    | RECEIVE_TIMEOUT
    | LISTENING
    | KEPT
    | WATCHED
    | RECEIVES_PEND
    | SELECTED;
const PLAIN_STREAM: u64 = LIVE | STREAM | CONNECTED;

/// What may make the host's word on readiness differ from Winsock's.
const UNUSUAL: u64 = CLOSING
    | CONNECTING
    | CONNECT_FAILED
    | LISTENING
    | RELIABLE
    | RESET
    | ABORTED
    | ERROR_QUEUED
    | URGENT_QUEUED
    | KEPT
    | WATCHED;

/// What keeps a connected stream from receiving at all.
const NO_RECEIVE: u64 = CLOSING | SHUT_RECEIVE | RESET | ABORTED | LISTENING | CONNECTING;

const PLAIN_DATAGRAM_NOT: u64 =
    STREAM | RELIABLE | CLOSING | SHUT_RECEIVE | RECEIVE_TIMEOUT | ERROR_QUEUED | RECEIVES_PEND | SELECTED;
const PLAIN_DATAGRAM: u64 = LIVE | BOUND;

/// The facts at one instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Facts(pub(crate) u64);

impl Facts {
    /// The facts of a fresh socket of this provider.
    pub(crate) fn of(provider: &Provider, more: u64) -> Self {
        let bit = |holds, bit| if holds { bit } else { 0 };
        let nature = bit(provider.is_stream(), STREAM)
            | bit(provider.is_circuit(), CIRCUIT)
            | bit(provider.is_reliable() && !provider.is_stream(), RELIABLE);
        Self(LIVE | nature | (u64::from(provider.index) << PROVIDER_SHIFT) | more)
    }

    /// Whether all of these hold.
    #[inline]
    pub(crate) const fn has(self, bits: u64) -> bool {
        self.0 & bits == bits
    }

    /// Whether one of these holds.
    #[inline]
    pub(crate) const fn any(self, bits: u64) -> bool {
        self.0 & bits != 0
    }

    /// A live socket that nobody is closing.
    #[inline]
    pub(crate) const fn usable(self) -> bool {
        self.0 & (LIVE | CLOSING) == LIVE
    }

    /// Those of a number that is being given back: of the socket nothing is left. Each has a ticket of its own, so
    /// that who gives back one number does not take another's for it.
    pub(crate) const fn released_as(ticket: u64) -> Self {
        Self(CLOSING | ticket << TICKET_SHIFT)
    }

    #[inline]
    pub(crate) const fn released(self) -> bool {
        self.0 & (LIVE | CLOSING) == CLOSING
    }

    /// A connected stream on which a receive needs no look at anything else.
    #[inline]
    pub(crate) const fn plain_stream(self) -> bool {
        self.0 & (PLAIN_STREAM | PLAIN_STREAM_NOT) == PLAIN_STREAM
    }

    /// A connected stream or a datagram socket which is ready for what the host says, unless that says more
    /// than that it is readable or writable.
    #[inline]
    pub(crate) const fn plain_readiness(self) -> bool {
        self.0 & (LIVE | UNUSUAL) == LIVE && (self.any(CONNECTED) || !self.any(CIRCUIT))
    }

    /// A connected stream that nothing keeps from receiving, though perhaps not straight from the host.
    #[inline]
    pub(crate) const fn may_receive(self) -> bool {
        self.0 & (PLAIN_STREAM | NO_RECEIVE) == PLAIN_STREAM
    }

    /// A datagram socket on which a receive needs no look at anything else.
    #[inline]
    pub(crate) const fn plain_datagram(self) -> bool {
        self.0 & (PLAIN_DATAGRAM | PLAIN_DATAGRAM_NOT) == PLAIN_DATAGRAM
    }

    /// The catalogue entry that the socket was made from.
    pub(crate) fn provider(self) -> &'static Provider {
        catalog::by_index(((self.0 & PROVIDER_MASK) >> PROVIDER_SHIFT) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_survives_the_packing() {
        for provider in catalog::all() {
            let facts = Facts::of(provider, NONBLOCKING | KEEPALIVE);
            assert_eq!(facts.provider().index, provider.index);
            assert_eq!(facts.any(STREAM), provider.is_stream());
            assert_eq!(facts.any(CIRCUIT), provider.is_circuit());
            assert!(!facts.has(STREAM | RELIABLE));
            assert!(facts.usable() && facts.has(NONBLOCKING | KEEPALIVE));
        }
    }

    #[test]
    fn any_obstacle_takes_a_stream_off_the_plain_path() {
        let plain = Facts(LIVE | STREAM | CONNECTED);
        assert!(plain.plain_stream());
        let obstacles = [CLOSING, SHUT_RECEIVE, RESET, ABORTED, RECEIVE_TIMEOUT, LISTENING];
        for obstacle in obstacles.into_iter().chain([KEPT, WATCHED, RECEIVES_PEND, SELECTED]) {
            assert!(!Facts(plain.0 | obstacle).plain_stream(), "{obstacle:#x}");
        }
        for needed in [LIVE, STREAM, CONNECTED] {
            assert!(!Facts(plain.0 & !needed).plain_stream(), "{needed:#x}");
        }
    }
}
