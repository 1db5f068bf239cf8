//! quinn-udp's Windows backend: what WSARecvMsg tells it of each datagram, on sockets of Rust's own.

use std::io::{ErrorKind, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use quinn_udp::{EcnCodepoint, RecvMeta, Transmit, UdpSocketState, is_msg_size_err};

const BOTH: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

struct End {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl End {
    fn bound(ip: IpAddr) -> Self {
        let socket = UdpSocket::bind((ip, 0)).unwrap();
        let state = UdpSocketState::new((&socket).into()).unwrap();
        Self { socket, state }
    }

    fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    fn send(
        &self,
        destination: SocketAddr,
        contents: &[u8],
        ecn: Option<EcnCodepoint>,
        src_ip: Option<IpAddr>,
    ) {
        let transmit = Transmit { destination, ecn, contents, segment_size: None, src_ip };
        self.state.try_send((&self.socket).into(), &transmit).unwrap();
    }

    fn receive(&self, room: usize) -> std::io::Result<(RecvMeta, Vec<u8>)> {
        let (mut bytes, mut meta) = (vec![0; room], [RecvMeta::default()]);
        let mut buffers = [IoSliceMut::new(&mut bytes)];
        assert_eq!(self.state.recv((&self.socket).into(), &mut buffers, &mut meta)?, 1);
        bytes.truncate(meta[0].len);
        Ok((meta[0], bytes))
    }

    /// The socket is nonblocking: waits for what is under way.
    fn wait(&self, room: usize) -> std::io::Result<(RecvMeta, Vec<u8>)> {
        let until = Instant::now() + Duration::from_secs(5);
        loop {
            match self.receive(room) {
                Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < until => {
                    std::thread::yield_now();
                }
                done => return done,
            }
        }
    }
}

#[test]
fn each_datagram_comes_with_its_sender_its_destination_its_interface_and_its_ecn() {
    for ip in BOTH {
        let (sender, receiver) = (End::bound(ip), End::bound(ip));
        // Ce is for routers to set: Windows refuses to send it.
        for ecn in [None, Some(EcnCodepoint::Ect0), Some(EcnCodepoint::Ect1)] {
            sender.send(receiver.address(), b"datagram", ecn, None);
            let (meta, bytes) = receiver.wait(64).unwrap();
            assert_eq!((&bytes[..], meta.len, meta.stride), (&b"datagram"[..], 8, 8));
            assert_eq!((meta.addr, meta.dst_ip, meta.ecn), (sender.address(), Some(ip), ecn));
            assert!(meta.interface_index.is_some_and(|index| index > 0), "{meta:?}");
        }
    }
}

/// As the crate's own test has it, but with as many datagrams as every host's receive buffer has room for.
#[test]
fn many_datagrams_are_sent_in_one_call() {
    for ip in BOTH {
        let (sender, receiver) = (End::bound(ip), End::bound(ip));
        let contents: Vec<u8> = (0..100 * 128).map(|at| (at / 128) as u8).collect();
        assert!(sender.state.max_gso_segments() >= 100);
        let (destination, segment_size) = (receiver.address(), Some(128));
        let transmit = Transmit { destination, ecn: None, contents: &contents, segment_size, src_ip: None };
        sender.state.try_send((&sender.socket).into(), &transmit).unwrap();
        for segment in contents.chunks(128) {
            let (meta, bytes) = receiver.wait(2048).unwrap();
            assert_eq!((&bytes[..], meta.stride, meta.addr), (segment, 128, sender.address()));
        }
    }
}

#[test]
fn an_answer_can_leave_from_the_address_that_was_asked() {
    for (ip, any) in [(BOTH[0], Ipv4Addr::UNSPECIFIED.into()), (BOTH[1], Ipv6Addr::UNSPECIFIED.into())] {
        let (server, client) = (End::bound(any), End::bound(ip));
        client.send((ip, server.address().port()).into(), b"question", None, None);
        let (asked, _) = server.wait(64).unwrap();
        assert_eq!(asked.dst_ip, Some(ip));
        server.send(asked.addr, b"answer", None, asked.dst_ip);
        let (answered, bytes) = client.wait(64).unwrap();
        assert_eq!((answered.addr.ip(), &bytes[..]), (ip, &b"answer"[..]));
    }
}

#[test]
fn nothing_there_is_would_block() {
    for ip in BOTH {
        assert_eq!(End::bound(ip).receive(64).unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

#[test]
fn a_datagram_that_does_not_fit_is_an_error_and_the_next_one_comes_whole() {
    for ip in BOTH {
        let (sender, receiver) = (End::bound(ip), End::bound(ip));
        sender.send(receiver.address(), b"much too long", None, None);
        sender.send(receiver.address(), b"next", None, None);
        let error = receiver.wait(4).unwrap_err();
        assert!(is_msg_size_err(&error), "{error:?}");
        assert_eq!(receiver.wait(4).unwrap().1, b"next");
    }
}

#[test]
fn a_port_that_nobody_has_is_reported_to_the_next_receive() {
    for ip in BOTH {
        let (sender, gone) = (End::bound(ip), End::bound(ip).address());
        sender.send(gone, b"to nobody", None, None);
        assert_eq!(sender.wait(64).unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(sender.receive(64).unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

/// The sockets are closed by std, and their numbers come again for sockets of the other family.
#[test]
fn sockets_come_and_go() {
    for round in 0..40 {
        let ip = BOTH[round % 2];
        let (sender, receiver) = (End::bound(ip), End::bound(ip));
        let text = format!("round {round}");
        sender.send(receiver.address(), text.as_bytes(), Some(EcnCodepoint::Ect0), None);
        let (meta, bytes) = receiver.wait(64).unwrap();
        assert_eq!((meta.dst_ip, meta.ecn, bytes), (Some(ip), Some(EcnCodepoint::Ect0), text.into_bytes()));
    }
}
