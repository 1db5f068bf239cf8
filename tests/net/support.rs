//! What the tests share: sockets of which one knows the other, and waits with deadlines.

use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::{SO_LINGER, SOL_SOCKET};
use openws2::net::{Buffer, Ended, Family, Receive, SendFlags, Socket};

/// Long enough for anything that comes at all.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// Long enough to see that something does not come.
pub const A_WHILE: Duration = Duration::from_millis(30);

/// A datagram socket with a name.
pub fn bound() -> Socket {
    let socket = Socket::udp(Family::INET).unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    in_time(socket)
}

/// No receive of it waits for ever.
fn in_time(socket: Socket) -> Socket {
    socket.set_receive_timeout(Some(DEADLINE)).unwrap();
    socket
}

/// A datagram socket with a name, and a peer that sends to it.
pub fn datagrams() -> (Socket, UdpSocket) {
    let socket = bound();
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.connect(socket.local_addr().unwrap()).unwrap();
    (socket, peer)
}

pub fn listening() -> Socket {
    let listener = Socket::tcp(Family::INET).unwrap();
    listener.bind(([127, 0, 0, 1], 0).into()).unwrap();
    listener.listen(5).unwrap();
    listener
}

/// A connected stream, and its peer.
pub fn stream() -> (Socket, TcpStream) {
    let listener = listening();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    peer.set_nodelay(true).unwrap();
    let (socket, _) = listener.accept().unwrap().done().unwrap();
    (in_time(socket), peer)
}

/// A connected stream, and a peer of the same library.
pub fn streams() -> (Socket, Socket) {
    let listener = listening();
    let peer = Socket::tcp(Family::INET).unwrap();
    peer.connect(listener.local_addr().unwrap()).unwrap().done().unwrap();
    let (socket, _) = listener.accept().unwrap().done().unwrap();
    (in_time(socket), in_time(peer))
}

/// Closes a stream so that its peer's connection is reset (F143).
pub fn reset(socket: Socket) {
    let (on, seconds) = (1u16.to_ne_bytes(), 0u16.to_ne_bytes());
    socket.set_option(SOL_SOCKET, SO_LINGER, &[on, seconds].concat()).unwrap();
    socket.close().unwrap();
}

/// Sends a datagram to a socket's own name.
pub fn send_to_itself(socket: &Socket, bytes: &[u8]) {
    let to = socket.local_addr().unwrap();
    let sent = socket.send_to(bytes, to, SendFlags::NONE).unwrap();
    assert_eq!(sent.done(), Some(bytes.len()));
}

/// The end of a receive, which comes.
pub fn end<B: Buffer>(receive: Receive<B>) -> Ended<B> {
    receive.wait_for(DEADLINE).expect("an end before the deadline")
}

/// An address where nobody listens, and what keeps others from coming there meanwhile.
pub fn deserted() -> (Socket, SocketAddr) {
    let silent = Socket::tcp(Family::INET).unwrap();
    silent.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = silent.local_addr().unwrap();
    (silent, address)
}

/// Forgets a receive: it goes on, and is never dropped. It stays where a memory checker finds it.
pub fn forget(receive: Receive<Vec<u8>>) {
    static FORGOTTEN: Mutex<Vec<Receive<Vec<u8>>>> = Mutex::new(Vec::new());
    FORGOTTEN.lock().unwrap().push(receive);
}

/// Asks again until there is an answer.
pub fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begin.elapsed() < DEADLINE, "it never came");
        std::thread::yield_now();
    }
}
