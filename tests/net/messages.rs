//! Messages, and what the system tells of them.

use std::io::IoSliceMut;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use openws2::Win32::Networking::WinSock::{IPPROTO_IPV6, IPV6_V6ONLY};
use openws2::error::WsaError;
use openws2::net::{Control, Family, Message, MessageFlags, Received, RecvFlags, Socket};

use crate::support::*;

const NONE: RecvFlags = RecvFlags::NONE;

fn destination(message: &Message) -> Option<IpAddr> {
    message.control.iter().find_map(|piece| match piece {
        Control::PacketInfo { to, .. } => Some(to),
        _ => None,
    })
}

/// F310, F315.
#[test]
fn where_a_message_went_is_told_if_asked() {
    let socket = Socket::udp(Family::INET).unwrap();
    socket.bind(([0, 0, 0, 0], 0).into()).unwrap();
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = (Ipv4Addr::LOCALHOST, socket.local_addr().unwrap().port());
    peer.send_to(b"plain", to).unwrap();
    let mut room = [0; 16];
    let message = socket.recv_msg(&mut room, NONE).unwrap();
    assert_eq!((message.received, message.flags), (Received::Complete(5), MessageFlags::NONE));
    assert_eq!((message.control.iter().count(), message.from), (0, Some(peer.local_addr().unwrap())));

    socket.set_packet_info(true).unwrap();
    peer.send_to(b"told", to).unwrap();
    let message = socket.recv_msg(&mut room, NONE).unwrap();
    assert_eq!(message.received, Received::Complete(4));
    assert_eq!(destination(&message), Some(Ipv4Addr::LOCALHOST.into()));
}

/// F316, G220.
#[test]
fn hops_service_and_congestion_are_told_together() {
    let (socket, peer) = datagrams();
    socket.set_receive_ttl(true).unwrap();
    socket.set_receive_tos(true).unwrap();
    socket.set_packet_info(true).unwrap();
    peer.set_ttl(77).unwrap();
    peer.send(b"x").unwrap();
    let message = socket.recv_msg(&mut [0; 4], NONE).unwrap();
    let pieces: Vec<_> = message.control.iter().collect();
    assert!(pieces.contains(&Control::HopLimit(77)), "{pieces:?}");
    assert!(pieces.contains(&Control::TypeOfService(0)), "{pieces:?}");
    assert_eq!((pieces.len(), destination(&message)), (3, Some(Ipv4Addr::LOCALHOST.into())));
}

#[test]
fn congestion_is_told() {
    let (socket, peer) = datagrams();
    socket.set_receive_ecn(true).unwrap();
    peer.send(b"x").unwrap();
    let message = socket.recv_msg(&mut [0; 4], NONE).unwrap();
    assert_eq!(message.control.iter().collect::<Vec<_>>(), [Control::Ecn(0)]);
}

/// G220: a socket for both families tells of both.
#[test]
fn both_families_tell_on_one_socket() {
    let socket = Socket::udp(Family::INET6).unwrap();
    socket.set_option(IPPROTO_IPV6, IPV6_V6ONLY, &0u32.to_ne_bytes()).unwrap();
    if socket.bind((Ipv6Addr::UNSPECIFIED, 0).into()).is_err() {
        return; // A host without IPv6.
    }
    socket.set_packet_info(true).unwrap();
    let port = socket.local_addr().unwrap().port();
    let mut room = [0; 4];
    for to in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
        let own: IpAddr = if to.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        UdpSocket::bind((own, 0)).unwrap().send_to(b"x", (to, port)).unwrap();
        let message = socket.recv_msg(&mut room, NONE).unwrap();
        assert_eq!(destination(&message).map(|to| to.to_canonical()), Some(to));
    }
}

/// G060.
#[test]
fn a_message_that_is_cut_is_known_all_the_same() {
    let (socket, peer) = datagrams();
    socket.set_packet_info(true).unwrap();
    peer.send(b"0123456789").unwrap();
    let mut room = [0; 4];
    let message = socket.recv_msg(&mut room, NONE).unwrap();
    assert_eq!((message.received, &room[..]), (Received::Truncated(4), &b"0123"[..]));
    assert!(message.flags.contains(MessageFlags::TRUNCATED));
    assert_eq!(message.from, Some(peer.local_addr().unwrap()));
}

#[test]
fn a_message_can_be_scattered_and_looked_at() {
    let (socket, peer) = datagrams();
    peer.send(b"headbody").unwrap();
    let message = socket.recv_msg(&mut [0; 16], RecvFlags::PEEK).unwrap();
    assert_eq!(message.received, Received::Complete(8));
    let (mut head, mut body) = ([0; 4], [0; 16]);
    let rooms = &mut [IoSliceMut::new(&mut head), IoSliceMut::new(&mut body)];
    let message = socket.recv_msg_vectored(rooms, NONE).unwrap();
    assert_eq!((message.received, &head, &body[..4]), (Received::Complete(8), b"head", &b"body"[..]));
}

/// F272, G078, G079.
#[test]
fn what_has_no_messages_says_so() {
    let (socket, _peer) = stream();
    assert_eq!(socket.set_packet_info(true), Err(WsaError::WSAEINVAL));
    assert_eq!(socket.recv_msg(&mut [0; 4], NONE).unwrap_err(), WsaError::WSAEOPNOTSUPP);
    let datagrams = bound();
    datagrams.set_nonblocking(true).unwrap();
    assert_eq!(datagrams.recv_msg(&mut [0; 4], NONE).unwrap().received, Received::Pending);
    assert_eq!(datagrams.recv_msg(&mut [0; 4], RecvFlags::OOB).unwrap_err(), WsaError::WSAEOPNOTSUPP);
}
