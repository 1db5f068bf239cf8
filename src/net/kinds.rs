//! The numbers that sockets are made with and called with, as types of their own.

use crate::Win32::Networking::WinSock as ws;

/// An address family: what addresses of a socket look like. The numbers are Windows', on every host.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Family(u16);

impl Family {
    /// IPv4 (AF_INET).
    pub const INET: Self = Self(ws::AF_INET);
    /// IPv6 (AF_INET6).
    pub const INET6: Self = Self(ws::AF_INET6);
    /// Paths of this computer (AF_UNIX).
    pub const UNIX: Self = Self(ws::AF_UNIX);

    /// The family with this number.
    ///
    /// ```
    /// use openws2::net::Family;
    ///
    /// assert_eq!(Family::from_raw(23), Family::INET6);
    /// ```
    pub const fn from_raw(number: u16) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn as_raw(self) -> u16 {
        self.0
    }
}

/// A type of sockets: streams, datagrams and so on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Kind(i32);

impl Kind {
    /// A connection that carries bytes (SOCK_STREAM).
    pub const STREAM: Self = Self(ws::SOCK_STREAM);
    /// Messages that each go for themselves (SOCK_DGRAM).
    pub const DATAGRAM: Self = Self(ws::SOCK_DGRAM);
    /// Whole packets of a protocol (SOCK_RAW).
    pub const RAW: Self = Self(ws::SOCK_RAW);
    /// Messages that arrive for certain (SOCK_RDM).
    pub const RELIABLE_MESSAGE: Self = Self(ws::SOCK_RDM);
    /// A connection that carries messages (SOCK_SEQPACKET).
    pub const SEQUENCED_PACKET: Self = Self(ws::SOCK_SEQPACKET);

    /// The type with this number.
    ///
    /// ```
    /// use openws2::net::Kind;
    ///
    /// assert_eq!(Kind::from_raw(2), Kind::DATAGRAM);
    /// ```
    pub const fn from_raw(number: i32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn as_raw(self) -> i32 {
        self.0
    }
}

/// A protocol of a family.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Protocol(i32);

impl Protocol {
    /// The one that family and type have (0).
    pub const DEFAULT: Self = Self(0);
    /// TCP (IPPROTO_TCP).
    pub const TCP: Self = Self(ws::IPPROTO_TCP);
    /// UDP (IPPROTO_UDP).
    pub const UDP: Self = Self(ws::IPPROTO_UDP);

    /// The protocol with this number.
    ///
    /// ```
    /// use openws2::net::Protocol;
    ///
    /// assert_eq!(Protocol::from_raw(17), Protocol::UDP);
    /// ```
    pub const fn from_raw(number: i32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn as_raw(self) -> i32 {
        self.0
    }
}

/// A set of bits with names, which knows how to be combined and shown.
macro_rules! flags {
    ($(#[$about:meta])* $name:ident($raw:ty) { $($(#[$of_flag:meta])* $flag:ident = $value:expr;)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name($raw);

        impl $name {
            /// None of them.
            pub const NONE: Self = Self(0);
            $($(#[$of_flag])* pub const $flag: Self = Self($value as $raw);)*

            /// The set with these bits, whether they have names here or not.
            pub const fn from_raw(bits: $raw) -> Self {
                Self(bits)
            }

            /// The bits, with Windows' values.
            pub const fn as_raw(self) -> $raw {
                self.0
            }

            /// Whether all of `other` are in it.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether there are none.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }

        impl core::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl core::ops::BitOrAssign for $name {
            fn bitor_assign(&mut self, other: Self) {
                self.0 |= other.0;
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let mut left = self.0;
                let mut names = Vec::new();
                for (name, bits) in [$((stringify!($flag), Self::$flag.0)),*] {
                    if bits & left == bits {
                        left &= !bits;
                        names.push(name.to_owned());
                    }
                }
                if left != 0 {
                    names.push(format!("{left:#x}"));
                }
                write!(f, "{}({})", stringify!($name), names.join(" | "))
            }
        }
    };
}

pub(super) use flags;

flags! {
    /// What a receive is to do, besides receiving. [`RecvFlags::NONE`] is the default.
    ///
    /// Which sockets have which flag, and which combinations there are, is the socket's matter: it answers
    /// WSAEOPNOTSUPP to what it does not have (G084–G092).
    ///
    /// ```
    /// use openws2::net::RecvFlags;
    ///
    /// let flags = RecvFlags::PEEK | RecvFlags::PARTIAL;
    /// assert!(flags.contains(RecvFlags::PEEK));
    /// assert_eq!(format!("{flags:?}"), "RecvFlags(PEEK | PARTIAL)");
    /// ```
    RecvFlags(u32) {
        /// What is received stays (MSG_PEEK).
        PEEK = ws::MSG_PEEK;
        /// Out-of-band data (MSG_OOB).
        OOB = ws::MSG_OOB;
        /// Wait until the room is full (MSG_WAITALL).
        WAITALL = ws::MSG_WAITALL;
        /// A part of a message is enough (MSG_PARTIAL).
        PARTIAL = ws::MSG_PARTIAL;
        /// Do not wait for more of what is on its way (MSG_PUSH_IMMEDIATE).
        PUSH_IMMEDIATE = ws::MSG_PUSH_IMMEDIATE;
    }
}

flags! {
    /// How a send is to go. [`SendFlags::NONE`] is the default.
    ///
    /// ```
    /// use openws2::net::SendFlags;
    ///
    /// assert!(SendFlags::default().is_empty());
    /// ```
    SendFlags(u32) {
        /// As out-of-band data (MSG_OOB).
        OOB = ws::MSG_OOB;
        /// Past the routes, to a neighbour (MSG_DONTROUTE).
        DONTROUTE = ws::MSG_DONTROUTE;
        /// More of the message follows (MSG_PARTIAL).
        PARTIAL = ws::MSG_PARTIAL;
    }
}

flags! {
    /// What is true of a message that [`Socket::recv_msg`](super::Socket::recv_msg) received.
    ///
    /// ```
    /// use openws2::net::MessageFlags;
    ///
    /// let flags = MessageFlags::from_raw(0x500);
    /// assert_eq!(flags, MessageFlags::TRUNCATED | MessageFlags::BROADCAST);
    /// ```
    MessageFlags(u32) {
        /// It was longer than the room (MSG_TRUNC).
        TRUNCATED = ws::MSG_TRUNC;
        /// The control data were longer than their room (MSG_CTRUNC).
        CONTROL_TRUNCATED = ws::MSG_CTRUNC;
        /// It was sent to everybody (MSG_BCAST).
        BROADCAST = ws::MSG_BCAST;
        /// It was sent to a group (MSG_MCAST).
        MULTICAST = ws::MSG_MCAST;
    }
}
