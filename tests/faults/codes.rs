//! What Windows programs are told for each errno of Linux: written from what is known of Windows.
//!
//! It must not be made from the library's own tables.

use openws2::Win32::Networking::WinSock::*;

/// Every errno that Linux has, those that no socket call is documented to give too, and numbers that are
/// none. ERANGE and the like must end as some failure.
pub fn every_errno() -> impl Iterator<Item = i32> {
    (1..=133).chain([134, 200, 511, 4095])
}

/// How a receive on a stream ends that the host failed with an errno, and how the receives after it do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// The program hears nothing of it.
    Nothing,
    /// This call fails; the next one is as if nothing had happened.
    Once(i32),
    /// This call fails with the first code, all later ones with the second.
    ForEver(i32, i32),
    /// In nonblocking mode WSAEWOULDBLOCK, in blocking mode the call goes on.
    WouldBlock,
}

use Told::*;

/// recv(2), recvmsg(2), tcp(7), ip(7) and what else may come, on a connected TCP socket.
pub fn of_stream_receive(errno: i32) -> Told {
    match errno {
        // A signal is no event on Windows.
        libc::EINTR => Nothing,
        libc::EAGAIN => WouldBlock,
        // F145: a reset is sticky. A connected stream that is connected no more was reset before.
        libc::ECONNRESET | libc::ENOTCONN => ForEver(WSAECONNRESET, WSAECONNRESET),
        // F140, G127: the reset that answers the own send, after the peer had finished.
        libc::EPIPE | libc::ECONNABORTED => ForEver(WSAECONNABORTED, WSAECONNABORTED),
        // G137: retransmission was given up; the connection is gone after it.
        libc::ETIMEDOUT => ForEver(WSAETIMEDOUT, WSAECONNRESET),
        _ => Once(plainly(errno, WSAECONNREFUSED, WSAENETRESET, WSAEACCES)),
    }
}

/// As [`of_stream_receive`], on a bound datagram socket whose error queue holds nothing.
pub fn of_datagram_receive(errno: i32) -> Told {
    match errno {
        libc::EINTR => Nothing,
        libc::EAGAIN => WouldBlock,
        // ip(7): reports of earlier sends, of which the queue keeps each one. With the queue empty somebody
        // else has told of it (G034), or it is one that Windows does not tell of.
        libc::ECONNREFUSED
        | libc::EHOSTUNREACH
        | libc::ENETUNREACH
        | libc::EHOSTDOWN
        | libc::ENOPROTOOPT
        | libc::ENONET
        | libc::EOPNOTSUPP
        | libc::EPROTO
        | libc::EMSGSIZE
        | libc::EACCES => Nothing,
        libc::ENOTCONN => Once(WSAENOTCONN),
        libc::EPIPE | libc::ECONNABORTED => Once(WSAECONNABORTED),
        libc::ECONNRESET => Once(WSAECONNRESET),
        libc::ETIMEDOUT => Once(WSAETIMEDOUT),
        _ => Once(plainly(errno, WSAECONNRESET, WSAENETRESET, WSAEACCES)),
    }
}

/// What a datagram socket says of a report that comes again and again while the error queue is empty: then
/// it is about the call itself, a security module's refusal for instance.
pub fn of_datagram_receive_for_ever(errno: i32) -> i32 {
    match errno {
        // G039: ICMP's protocol unreachable.
        libc::ENOPROTOOPT => WSAENETUNREACH,
        _ => plainly(errno, WSAECONNRESET, WSAENETRESET, WSAEACCES),
    }
}

/// connect of a stream, in blocking mode.
pub fn of_stream_connect(errno: i32) -> i32 {
    match errno {
        // AF_UNIX only: nobody has bound the path, or the backlog is full.
        libc::ENOENT | libc::EAGAIN => WSAECONNREFUSED,
        // An address that names no interface of this host.
        libc::ENODEV | libc::ENXIO => WSAEADDRNOTAVAIL,
        libc::ENOPROTOOPT => WSAENETUNREACH,
        libc::EOPNOTSUPP => WSAEINVAL,
        libc::ECONNRESET => WSAECONNRESET,
        libc::ECONNABORTED | libc::EPIPE => WSAECONNABORTED,
        libc::ENOTCONN => WSAENOTCONN,
        libc::ETIMEDOUT => WSAETIMEDOUT,
        _ => plainly(errno, WSAECONNREFUSED, WSAENETRESET, WSAEACCES),
    }
}

/// accept. Documented there: 10054 for a connection that ended before it was taken.
pub fn of_accept(errno: i32) -> i32 {
    match errno {
        libc::EPROTO | libc::ECONNRESET => WSAECONNRESET,
        libc::EPIPE => WSAECONNABORTED,
        libc::ENOTCONN => WSAENOTCONN,
        libc::ETIMEDOUT => WSAETIMEDOUT,
        _ => plainly(errno, WSAECONNREFUSED, WSAENETRESET, WSAEACCES),
    }
}

/// socket. Documented there: WSAESOCKTNOSUPPORT for a type that the family does not have.
pub fn of_socket(errno: i32) -> i32 {
    match errno {
        libc::EINVAL => WSAESOCKTNOSUPPORT,
        libc::ECONNRESET => WSAECONNRESET,
        libc::ECONNABORTED | libc::EPIPE => WSAECONNABORTED,
        libc::ENOTCONN => WSAENOTCONN,
        libc::ETIMEDOUT => WSAETIMEDOUT,
        // The thread's call was ended.
        libc::EINTR => WSAEINTR,
        libc::EAGAIN => WSAEWOULDBLOCK,
        _ => plainly(errno, WSAECONNREFUSED, WSAENETRESET, WSAEACCES),
    }
}

/// The errnos that mean one thing, with the codes of the few that depend on the kind of socket.
fn plainly(errno: i32, refused: i32, reset_by_net: i32, denied: i32) -> i32 {
    match errno {
        libc::ECONNREFUSED => refused,
        libc::ENETRESET => reset_by_net,
        libc::EACCES => denied,
        libc::EPERM | libc::EROFS => WSAEACCES,
        // "ENOTSOCK. No Winsock call returns WSAEBADF from recv."
        libc::EBADF | libc::ENOTSOCK | libc::ENOTTY => WSAENOTSOCK,
        libc::EFAULT => WSAEFAULT,
        libc::EINVAL | libc::EDOM => WSAEINVAL,
        libc::EMFILE | libc::ENFILE => WSAEMFILE,
        // F107, and the errno's own meaning: some resource has run out.
        libc::ENOBUFS | libc::ENOMEM | libc::ENOSR | libc::ENOSPC => WSAENOBUFS,
        // EINPROGRESS is a Winsock 1.1 affair on Windows.
        libc::EINPROGRESS => WSAEWOULDBLOCK,
        libc::EALREADY => WSAEALREADY,
        libc::ESHUTDOWN => WSAESHUTDOWN,
        libc::EHOSTUNREACH | libc::ENONET => WSAEHOSTUNREACH,
        libc::ENETUNREACH => WSAENETUNREACH,
        libc::EHOSTDOWN => WSAEHOSTDOWN,
        libc::EMSGSIZE => WSAEMSGSIZE,
        libc::EOPNOTSUPP | libc::ENOSYS => WSAEOPNOTSUPP,
        libc::EAFNOSUPPORT => WSAEAFNOSUPPORT,
        libc::EPFNOSUPPORT => WSAEPFNOSUPPORT,
        libc::EPROTONOSUPPORT => WSAEPROTONOSUPPORT,
        libc::ESOCKTNOSUPPORT => WSAESOCKTNOSUPPORT,
        libc::EPROTOTYPE => WSAEPROTOTYPE,
        libc::ENOPROTOOPT => WSAENOPROTOOPT,
        libc::EDESTADDRREQ => WSAEDESTADDRREQ,
        libc::EADDRINUSE => WSAEADDRINUSE,
        libc::EADDRNOTAVAIL => WSAEADDRNOTAVAIL,
        libc::EISCONN => WSAEISCONN,
        libc::ETOOMANYREFS => WSAETOOMANYREFS,
        libc::ELOOP => WSAELOOP,
        libc::ENAMETOOLONG => WSAENAMETOOLONG,
        libc::EUSERS => WSAEUSERS,
        libc::EDQUOT => WSAEDQUOT,
        libc::ESTALE => WSAESTALE,
        libc::EREMOTE => WSAEREMOTE,
        // G005: 995 where an overlapped operation is told, 10004 where a call is.
        libc::ECANCELED => WSAEINTR,
        // ENETDOWN itself, and whatever no socket call is documented to give: "the network subsystem has
        // failed" is the one code that every function documents for it.
        _ => WSAENETDOWN,
    }
}
