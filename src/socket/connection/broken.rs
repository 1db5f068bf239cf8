//! Connections that have broken: what the host says of it once, and what is said of it for ever.

use crate::reasons;
use crate::socket::facts::{self, Facts};
use crate::socket::table::Socket;
use crate::status::NtStatus;
use crate::sys::{self, Errno};

/// The status that a broken connection gives for ever.
pub(crate) fn broken(facts: Facts) -> Option<NtStatus> {
    match () {
        () if facts.any(facts::ABORTED) => {
            reasons::because("F140 G131", "the connection was aborted on this side");
            Some(NtStatus::CONNECTION_ABORTED)
        }
        () if facts.any(facts::RESET) => {
            reasons::because("F145", "the connection was reset, and so it stays");
            Some(NtStatus::CONNECTION_RESET)
        }
        () => None,
    }
}

/// Notes what the host said once and will not say again: a broken connection stays broken (F145, G136).
/// None where the errno says no such thing.
pub(crate) fn broke(socket: &Socket, errno: Errno) -> Option<NtStatus> {
    let is_over = matches!(errno.0, libc::ECONNRESET | libc::ENOTCONN | libc::EPIPE | libc::ECONNABORTED);
    if let Some(known) = broken(socket.facts()).filter(|_| is_over) {
        // To operations that pended, too: the host says one thing to the first and another to the next.
        return Some(known);
    }
    let (bit, status, ids, why) = match errno.0 {
        libc::ECONNRESET | libc::ENOTCONN => {
            (facts::RESET, NtStatus::CONNECTION_RESET, "F144 F145", "the peer has reset the connection")
        }
        libc::EPIPE | libc::ECONNABORTED => {
            let why = "the connection was given up on this side";
            (facts::ABORTED, NtStatus::CONNECTION_ABORTED, "G131", why)
        }
        // Keep-alive lost the peer: told so by the operation in progress, as a reset by later ones (G136).
        libc::ETIMEDOUT if socket.facts().any(facts::KEEPALIVE) => {
            (facts::RESET, NtStatus::HOPLIMIT_EXCEEDED, "G136", "keep-alive has lost the peer")
        }
        libc::ETIMEDOUT => (facts::RESET, NtStatus::IO_TIMEOUT, "G136", "the peer answers no more"),
        _ => {
            // When retransmission is given up, the host may name the network's last complaint as the reason.
            // It does so once, and then says "end of stream" for ever.
            if matches!(sys::peer_name(socket.fd()), Err(Errno(libc::ENOTCONN))) {
                socket.set(facts::RESET);
            }
            return None;
        }
    };
    socket.set(bit);
    reasons::because(ids, why);
    Some(status)
}

/// Asks the host whether a connected stream is broken, and notes it if so.
pub(crate) fn find_out(socket: &Socket) -> Option<NtStatus> {
    match sys::get_int(socket.fd(), libc::SOL_SOCKET, libc::SO_ERROR) {
        Ok(0) | Err(_) => broken(socket.facts()),
        // The end of the stream was there already: what came after it was an answer to our own send.
        Ok(errno) => {
            reasons::host("getsockopt SO_ERROR", errno);
            broke(socket, Errno(errno)).or_else(|| broken(socket.facts()))
        }
    }
}
