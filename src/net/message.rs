//! Messages with what the system knows of them: WSARecvMsg, and its control data.

use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::address::Name;
use super::kinds::{MessageFlags, RecvFlags};
use super::outcome::Received;
use super::raw::buffer::{Buffers, Room};
use super::raw::message::ControlRoom;
use super::raw::socket::Taken;
use super::socket::Socket;
use crate::Win32::Networking::WinSock as ws;
use crate::error::WsaError;

/// What [`Socket::recv_msg`] tells of a message.
#[derive(Debug)]
#[must_use = "it says how much was received, and whether that is all"]
#[non_exhaustive]
pub struct Message {
    /// How much of it came.
    pub received: Received,
    /// Who sent it, where that is an address of IPv4 or IPv6.
    pub from: Option<SocketAddr>,
    /// What else is true of it; [`MessageFlags::CONTROL_TRUNCATED`] if not all control data are there.
    pub flags: MessageFlags,
    /// What else is known of it.
    pub control: ControlData,
}

/// The control data of a message: what the socket was told to deliver.
#[derive(Clone, Copy)]
pub struct ControlData(ControlRoom);

/// A piece of control data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Control<'a> {
    /// Where the message was sent to, and the index of the interface that it came by
    /// ([`Socket::set_packet_info`]).
    #[non_exhaustive]
    PacketInfo {
        /// The address in the message.
        to: IpAddr,
        /// 0 if it is not known.
        interface: u32,
    },
    /// The two bits that tell of congestion ([`Socket::set_receive_ecn`]).
    Ecn(u8),
    /// IPv4's type of service, or IPv6's traffic class ([`Socket::set_receive_tos`]).
    TypeOfService(u8),
    /// How many hops the message had left ([`Socket::set_receive_ttl`]).
    HopLimit(u8),
    /// The message is several, each of this many bytes but for the last (UDP_RECV_MAX_COALESCED_SIZE).
    CoalescedSize(u32),
    /// Anything else, as it came.
    #[non_exhaustive]
    Other {
        /// The protocol's number.
        level: i32,
        /// What it is to that protocol.
        kind: i32,
        /// What it says.
        data: &'a [u8],
    },
}

impl ControlData {
    /// The pieces, in the order in which they came.
    ///
    /// ```
    /// use openws2::net::{Control, Family, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.set_receive_tos(true)?;
    /// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    ///
    /// let message = socket.recv_msg(&mut [0; 8], RecvFlags::NONE)?;
    /// assert_eq!(message.control.iter().next(), Some(Control::TypeOfService(0)));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = Control<'_>> {
        let mut rest = self.0.used();
        std::iter::from_fn(move || {
            let (piece, next) = first(rest)?;
            rest = next;
            Some(piece)
        })
    }

    pub(super) fn of(room: ControlRoom) -> Self {
        Self(room)
    }
}

impl std::fmt::Debug for ControlData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The first piece, and what lies behind it.
fn first(bytes: &[u8]) -> Option<(Control<'_>, &[u8])> {
    const ALIGN: usize = size_of::<usize>();
    const HEAD: usize = (ALIGN + 8).next_multiple_of(ALIGN);
    let length = usize::from_ne_bytes(bytes.get(..ALIGN)?.try_into().ok()?);
    let (level, kind) = (number(bytes, ALIGN)?, number(bytes, ALIGN + 4)?);
    let data = bytes.get(HEAD..length)?;
    let next = bytes.get(length.next_multiple_of(ALIGN)..).unwrap_or_default();
    Some((read(level, kind, data), next))
}

fn number(bytes: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn read(level: i32, kind: i32, data: &[u8]) -> Control<'_> {
    known(level, kind, data).unwrap_or(Control::Other { level, kind, data })
}

fn known(level: i32, kind: i32, data: &[u8]) -> Option<Control<'_>> {
    const COALESCED: i32 = ws::UDP_COALESCED_INFO as i32;
    let byte = || number(data, 0).map(|number| number as u8);
    match (level, kind) {
        (ws::IPPROTO_IP, ws::IP_PKTINFO) => {
            let to: [u8; 4] = data.get(..4)?.try_into().ok()?;
            Some(Control::PacketInfo { to: Ipv4Addr::from(to).into(), interface: number(data, 4)? as u32 })
        }
        (ws::IPPROTO_IPV6, ws::IPV6_PKTINFO) => {
            let to: [u8; 16] = data.get(..16)?.try_into().ok()?;
            Some(Control::PacketInfo { to: Ipv6Addr::from(to).into(), interface: number(data, 16)? as u32 })
        }
        (ws::IPPROTO_IP, ws::IP_ECN) | (ws::IPPROTO_IPV6, ws::IPV6_ECN) => byte().map(Control::Ecn),
        (ws::IPPROTO_IP, ws::IP_TOS | ws::IP_TCLASS) | (ws::IPPROTO_IPV6, ws::IPV6_TCLASS) => {
            byte().map(Control::TypeOfService)
        }
        // Windows called it IP_HOPLIMIT until 10, 1607 (F316).
        (ws::IPPROTO_IP, ws::IP_TTL | ws::IP_HOPLIMIT) | (ws::IPPROTO_IPV6, ws::IPV6_HOPLIMIT) => {
            byte().map(Control::HopLimit)
        }
        (ws::IPPROTO_UDP, COALESCED) => Some(Control::CoalescedSize(number(data, 0)? as u32)),
        _ => None,
    }
}

impl Message {
    fn of(taken: &Taken, name: Name, control: ControlRoom) -> Result<Self, WsaError> {
        let received = Received::of_message(taken)?;
        let from = if received.is_ready() { name.to_socket_addr() } else { None };
        let flags = MessageFlags::from_raw(if received.is_ready() { taken.flags } else { 0 });
        Ok(Self { received, from, flags, control: ControlData(control) })
    }
}

impl Socket {
    /// **WSARecvMsg**: receives a message, and what the system knows of it. `flags` are none, or
    /// [`RecvFlags::PEEK`].
    ///
    /// Of the control data, what 256 bytes can hold is there; all that the `set_…` calls of this module ask for
    /// is less.
    ///
    /// # Errors
    /// What is no outcome in the table of [`Received`]:
    ///
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEOPNOTSUPP | neither a datagram nor a raw socket; other flags | G078, G079 |
    /// | WSAEINVAL | the socket has no name | G082 |
    /// | WSAEINVAL | a `BytesMut` that is full | decided |
    /// | WSAESHUTDOWN | the receiving side is shut | F134, G026 |
    /// | WSAETIMEDOUT | [the receive timeout](Socket::set_receive_timeout) has passed | G082 |
    /// | WSAECONNRESET | an earlier send reached nobody | G030 |
    /// | WSAENETRESET | an earlier send's time to live ran out | G046 |
    ///
    /// # Platform notes
    /// What was on its way before the option was set can lack its control data, on Linux the interface (0).
    ///
    /// # Examples
    /// ```
    /// use openws2::net::{Control, Family, Received, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.set_packet_info(true)?;
    /// let address = socket.local_addr()?;
    /// socket.send_to(b"hello", address, SendFlags::NONE)?.or_would_block()?;
    ///
    /// let mut room = [0; 1500];
    /// let message = socket.recv_msg(&mut room, RecvFlags::NONE)?;
    /// assert_eq!((message.received, message.from), (Received::Complete(5), Some(address)));
    /// let to = message.control.iter().find_map(|control| match control {
    ///     Control::PacketInfo { to, .. } => Some(to),
    ///     _ => None,
    /// });
    /// assert_eq!(to, Some(address.ip()));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn recv_msg<R: Room + ?Sized>(&self, room: &mut R, flags: RecvFlags) -> Result<Message, WsaError> {
        let (mut name, mut control) = (Name::empty(), ControlRoom::empty());
        let (function, raw) = (&self.inner.receive_message, self.raw());
        let taken = raw.receive_message_into(function, room, flags.as_raw(), &mut name, &mut control);
        Message::of(&taken, name, control)
    }

    /// **WSARecvMsg** into memory that holds nothing yet: [`recv_msg`](Self::recv_msg), and the part of the
    /// memory that has been filled.
    ///
    /// # Errors
    /// Those of [`recv_msg`](Self::recv_msg).
    ///
    /// ```
    /// use std::mem::MaybeUninit;
    /// use openws2::net::{Family, Received, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    ///
    /// let mut room = [MaybeUninit::uninit(); 1500];
    /// let (message, text) = socket.recv_msg_uninit(&mut room, RecvFlags::NONE)?;
    /// assert_eq!((message.received, &text[..]), (Received::Complete(5), &b"hello"[..]));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn recv_msg_uninit<'a>(
        &self,
        room: &'a mut [MaybeUninit<u8>],
        flags: RecvFlags,
    ) -> Result<(Message, &'a mut [u8]), WsaError> {
        let (mut name, mut control) = (Name::empty(), ControlRoom::empty());
        let (function, raw, flags) = (&self.inner.receive_message, self.raw(), flags.as_raw());
        let (taken, filled) = raw.receive_message_uninit(function, room, flags, &mut name, &mut control);
        Ok((Message::of(&taken, name, control)?, filled))
    }

    /// **WSARecvMsg** into several buffers, each filled before the next.
    ///
    /// # Errors
    /// Those of [`recv_msg`](Self::recv_msg); and WSAEINVAL for no buffers at all.
    ///
    /// ```
    /// use std::io::IoSliceMut;
    /// use openws2::net::{Family, Received, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.send_to(b"headbody", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    ///
    /// let (mut head, mut body) = ([0; 4], [0; 100]);
    /// let rooms = &mut [IoSliceMut::new(&mut head), IoSliceMut::new(&mut body)];
    /// let message = socket.recv_msg_vectored(rooms, RecvFlags::NONE)?;
    /// assert_eq!((message.received, &head), (Received::Complete(8), b"head"));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn recv_msg_vectored(
        &self,
        rooms: &mut [IoSliceMut<'_>],
        flags: RecvFlags,
    ) -> Result<Message, WsaError> {
        let (mut name, mut control) = (Name::empty(), ControlRoom::empty());
        let (function, raw) = (&self.inner.receive_message, self.raw());
        let buffers = Buffers::scattered(rooms);
        let taken = raw.receive_message(function, &buffers, flags.as_raw(), &mut name, &mut control);
        Message::of(&taken, name, control)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(level: i32, kind: i32, data: &[u8]) -> Vec<u8> {
        let head = (size_of::<usize>() + 8).next_multiple_of(size_of::<usize>());
        let mut bytes = (head + data.len()).to_ne_bytes().to_vec();
        bytes.extend([level.to_ne_bytes(), kind.to_ne_bytes()].concat());
        bytes.resize(head, 0);
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(size_of::<usize>()), 0);
        bytes
    }

    #[test]
    fn pieces_are_told_apart_and_strange_ones_kept() {
        let bytes = [
            entry(0, 19, &[127, 0, 0, 1, 7, 0, 0, 0]),
            entry(41, 21, &64i32.to_ne_bytes()),
            entry(0, 50, &3i32.to_ne_bytes()),
            entry(0, 4711, b"abc"),
            entry(17, 3, &1200u32.to_ne_bytes()),
        ]
        .concat();
        let mut pieces = Vec::new();
        let mut rest = &bytes[..];
        while let Some((piece, next)) = first(rest) {
            pieces.push(piece);
            rest = next;
        }
        let to = Ipv4Addr::LOCALHOST.into();
        assert_eq!(
            pieces,
            [
                Control::PacketInfo { to, interface: u32::from_ne_bytes([7, 0, 0, 0]) },
                Control::HopLimit(64),
                Control::Ecn(3),
                Control::Other { level: 0, kind: 4711, data: b"abc" },
                Control::CoalescedSize(1200),
            ]
        );
    }

    #[test]
    fn what_is_cut_short_is_no_piece() {
        let whole = entry(0, 19, &[127, 0, 0, 1, 7, 0, 0, 0]);
        for length in 0..whole.len() {
            assert!(first(&whole[..length]).is_none(), "{length}");
        }
        let mut lies = whole.clone();
        lies[..size_of::<usize>()].copy_from_slice(&3usize.to_ne_bytes());
        assert!(first(&lies).is_none());
        lies[..size_of::<usize>()].copy_from_slice(&usize::MAX.to_ne_bytes());
        assert!(first(&lies).is_none());
    }
}
