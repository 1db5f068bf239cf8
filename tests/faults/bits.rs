//! What the fault tests share besides: modes, sockets with something queued, and a limit on time.

use std::sync::mpsc;
use std::time::Duration;

use openws2::Win32::Networking::WinSock::*;

use crate::util::*;

/// How a socket waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Blocking,
    Nonblocking,
    /// SO_RCVTIMEO and SO_SNDTIMEO, far away.
    Limited,
}

impl Mode {
    pub const ALL: [Self; 3] = [Self::Blocking, Self::Nonblocking, Self::Limited];

    pub fn set(self, s: SOCKET) {
        match self {
            Self::Blocking => {}
            Self::Nonblocking => set_nonblocking(s, true),
            Self::Limited => {
                set_option(s, SO_RCVTIMEO, 20_000);
                set_option(s, SO_SNDTIMEO, 20_000);
            }
        }
    }
}

/// What is queued on the sockets of the tests: who wrongly ignores a fault gets it.
pub const QUEUED: &[u8] = b"queued";

/// Closes when dropped, without leaving the ports in TIME_WAIT.
pub struct Owned(pub SOCKET);

impl Drop for Owned {
    fn drop(&mut self) {
        let hard = LINGER { l_onoff: 1, l_linger: 0 };
        // SAFETY: the struct lives through the call. Datagram sockets refuse, which is as well.
        unsafe { setsockopt(self.0, SOL_SOCKET, SO_LINGER, (&raw const hard).cast(), 4) };
        close(self.0);
    }
}

/// A connected stream in this mode with bytes queued, and its peer.
pub fn stream(mode: Mode) -> (Owned, Owned) {
    let (peer, s) = tcp_pair();
    mode.set(s);
    send_all(peer, QUEUED);
    wait_readable(s);
    (Owned(s), Owned(peer))
}

/// A bound datagram socket in this mode with one datagram queued, and its sender.
pub fn datagrams(mode: Mode) -> (Owned, Owned) {
    let (s, peer) = (udp_bound(), udp_bound());
    mode.set(s);
    assert_eq!(send_to(peer, QUEUED, port_of(s)), QUEUED.len() as i32);
    wait_readable(s);
    (Owned(s), Owned(peer))
}

/// Runs the body in a thread of its own and fails if it has not ended in time: a hang is a failure too.
#[track_caller]
pub fn within<T: Send + 'static>(limit: Duration, body: impl FnOnce() -> T + Send + 'static) -> T {
    let (told, result) = mpsc::channel();
    let thread = std::thread::spawn(move || told.send(body()));
    match result.recv_timeout(limit) {
        Ok(value) => value,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("still not done after {limit:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(thread.join().expect_err("a thread that tells nothing has panicked"))
        }
    }
}

pub const A_WHILE: Duration = Duration::from_secs(20);
