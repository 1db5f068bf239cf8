//! What can be set on a socket and asked of it: modes, timeouts, what messages are to tell.

use std::time::Duration;

use super::kinds::Family;
use super::socket::Socket;
use crate::Win32::Networking::WinSock as ws;
use crate::error::WsaError;

impl Socket {
    /// **ioctlsocket** with FIONBIO: whether calls that would wait say [`Pending`](super::Attempt::Pending) instead.
    /// Overlapped operations do not mind (F033).
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEINVAL | to be blocking while [events are selected](Self::select_events) | F239 |
    ///
    /// ```
    /// use openws2::net::{Family, Received, RecvFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.set_nonblocking(true)?;
    /// assert_eq!(socket.recv(&mut [0; 8], RecvFlags::NONE)?, Received::Pending);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set_nonblocking(&self, on: bool) -> Result<(), WsaError> {
        self.raw().set_nonblocking(on)
    }

    /// **SO_RCVTIMEO**: how long a receive waits that is not overlapped; None is for ever. In milliseconds, rounded
    /// up. A receive that has waited so long ends with WSAETIMEDOUT.
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEINVAL | a duration of zero, which to Windows is none | decided |
    ///
    /// ```
    /// use std::time::Duration;
    /// use openws2::error::WsaError;
    /// use openws2::net::{Family, RecvFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.set_receive_timeout(Some(Duration::from_millis(20)))?;
    /// assert_eq!(socket.recv(&mut [0; 8], RecvFlags::NONE), Err(WsaError::WSAETIMEDOUT));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set_receive_timeout(&self, duration: Option<Duration>) -> Result<(), WsaError> {
        self.set_timeout(ws::SO_RCVTIMEO, duration)
    }

    /// **IP_PKTINFO** and **IPV6_PKTINFO**: whether [messages](Self::recv_msg) tell where they were sent to, on
    /// datagram and raw sockets. Here and in the three calls below, an IPv6 socket for both families is told to
    /// do so for both (G220).
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEINVAL | a stream | F272 |
    ///
    /// ```
    /// use openws2::error::WsaError;
    /// use openws2::net::{Family, Socket};
    ///
    /// assert_eq!(Socket::udp(Family::INET)?.set_packet_info(true), Ok(()));
    /// assert_eq!(Socket::tcp(Family::INET)?.set_packet_info(true), Err(WsaError::WSAEINVAL));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set_packet_info(&self, on: bool) -> Result<(), WsaError> {
        self.set_for_families(ws::IP_PKTINFO, ws::IPV6_PKTINFO, on)
    }

    /// **IP_RECVECN** and **IPV6_RECVECN**: whether messages tell of congestion.
    ///
    /// # Errors
    /// Those of [`set_packet_info`](Self::set_packet_info).
    ///
    /// ```
    /// use openws2::net::{Control, Family, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.set_receive_ecn(true)?;
    /// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    /// let message = socket.recv_msg(&mut [0; 8], RecvFlags::NONE)?;
    /// assert!(matches!(message.control.iter().next(), Some(Control::Ecn(0))));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set_receive_ecn(&self, on: bool) -> Result<(), WsaError> {
        self.set_for_families(ws::IP_RECVECN, ws::IPV6_RECVECN, on)
    }

    /// **IP_RECVTTL** and **IPV6_HOPLIMIT**: whether messages tell how many hops they had left.
    ///
    /// # Errors
    /// Those of [`set_packet_info`](Self::set_packet_info).
    ///
    /// ```
    /// use openws2::net::{Control, Family, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.set_receive_ttl(true)?;
    /// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    /// let message = socket.recv_msg(&mut [0; 8], RecvFlags::NONE)?;
    /// assert!(matches!(message.control.iter().next(), Some(Control::HopLimit(_))));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set_receive_ttl(&self, on: bool) -> Result<(), WsaError> {
        self.set_for_families(ws::IP_RECVTTL, ws::IPV6_HOPLIMIT, on)
    }

    /// **IP_RECVTOS** and **IPV6_RECVTCLASS**: whether messages tell their type of service.
    ///
    /// # Errors
    /// Those of [`set_packet_info`](Self::set_packet_info).
    ///
    /// ```
    /// use openws2::net::{Control, Family, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// socket.set_receive_tos(true)?;
    /// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    /// let message = socket.recv_msg(&mut [0; 8], RecvFlags::NONE)?;
    /// assert!(matches!(message.control.iter().next(), Some(Control::TypeOfService(0))));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set_receive_tos(&self, on: bool) -> Result<(), WsaError> {
        self.set_for_families(ws::IP_RECVTOS, ws::IPV6_RECVTCLASS, on)
    }

    fn set_for_families(&self, v4: i32, v6: i32, on: bool) -> Result<(), WsaError> {
        let value = u32::from(on).to_ne_bytes();
        if self.inner.family != Family::INET6 {
            return self.set_option(ws::IPPROTO_IP, v4, &value);
        }
        self.set_option(ws::IPPROTO_IPV6, v6, &value)?;
        let mut only = [0; 4];
        self.option(ws::IPPROTO_IPV6, ws::IPV6_V6ONLY, &mut only)?;
        if only[0] == 0 { self.set_option(ws::IPPROTO_IP, v4, &value) } else { Ok(()) }
    }

    /// **getsockopt**: copies an option's value to `value`, and tells how many bytes it has.
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEFAULT | `value` is too short | F266 |
    /// | WSAENOPROTOOPT | the option is unknown, or cannot be read | F274 |
    /// | WSAEINVAL | the level is unknown, or the option is for other sockets | F272, F282 |
    ///
    /// ```
    /// use openws2::Win32::Networking::WinSock::{SO_TYPE, SOCK_DGRAM, SOL_SOCKET};
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// let mut value = [0; 4];
    /// assert_eq!(socket.option(SOL_SOCKET, SO_TYPE, &mut value)?, 4);
    /// assert_eq!(i32::from_ne_bytes(value), SOCK_DGRAM);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn option(&self, level: i32, name: i32, value: &mut [u8]) -> Result<usize, WsaError> {
        self.raw().option(level, name, value)
    }

    /// **setsockopt**: sets an option.
    ///
    /// # Errors
    /// Those of [`option`](Self::option), and whatever the option has of its own.
    ///
    /// ```
    /// use openws2::Win32::Networking::WinSock::{SO_RCVBUF, SOL_SOCKET};
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.set_option(SOL_SOCKET, SO_RCVBUF, &4096u32.to_ne_bytes())?;
    /// let mut value = [0; 4];
    /// socket.option(SOL_SOCKET, SO_RCVBUF, &mut value)?;
    /// assert_eq!(u32::from_ne_bytes(value), 4096);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set_option(&self, level: i32, name: i32, value: &[u8]) -> Result<(), WsaError> {
        self.raw().set_option(level, name, value)
    }

    /// **SO_ERROR**: how an attempt to connect has failed, if it has. Windows does not forget it when it is asked
    /// (F263).
    ///
    /// # Errors
    /// None of its own.
    ///
    /// ```
    /// use openws2::net::{Family, Socket};
    ///
    /// assert_eq!(Socket::tcp(Family::INET)?.error()?, None);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn error(&self) -> Result<Option<WsaError>, WsaError> {
        let mut value = [0; 4];
        self.option(ws::SOL_SOCKET, ws::SO_ERROR, &mut value)?;
        let code = i32::from_ne_bytes(value);
        Ok((code != 0).then(|| WsaError::from_code(code)))
    }
}
