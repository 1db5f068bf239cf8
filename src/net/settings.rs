//! Options that have a type of their own: switches, durations and sizes, and what can be asked of a socket's
//! queue.

use std::time::Duration;

use super::raw::milliseconds;
use super::socket::Socket;
use crate::Win32::Networking::WinSock as ws;
use crate::error::WsaError;

/// Options that are on or off, each with the call that sets it and the one that asks.
macro_rules! switches {
    ($($(#[$about:meta])* $set:ident $get:ident $level:ident $name:ident $make:literal;)*) => {
        impl Socket {
            $(
                $(#[$about])*
                ///
                /// # Errors
                /// Those of [`set_option`](Self::set_option).
                ///
                /// ```
                /// use openws2::net::{Family, Socket};
                ///
                #[doc = concat!("let socket = Socket::", $make, ";")]
                #[doc = concat!("socket.", stringify!($set), "(true)?;")]
                #[doc = concat!("assert!(socket.", stringify!($get), "()?);")]
                #[doc = concat!("socket.", stringify!($set), "(false)?;")]
                #[doc = concat!("assert!(!socket.", stringify!($get), "()?);")]
                /// # Ok::<(), openws2::error::WsaError>(())
                /// ```
                pub fn $set(&self, on: bool) -> Result<(), WsaError> {
                    self.set_option(ws::$level, ws::$name, &u32::from(on).to_ne_bytes())
                }

                #[doc = concat!("Whether [`", stringify!($set), "`](Self::", stringify!($set), ") is on.")]
                ///
                /// # Errors
                /// Those of [`option`](Self::option).
                pub fn $get(&self) -> Result<bool, WsaError> {
                    Ok(self.number(ws::$level, ws::$name)? != 0)
                }
            )*
        }
    };
}

switches! {
    /// **TCP_NODELAY**: sends bytes at once, and does not wait for more to go with them.
    set_nodelay nodelay IPPROTO_TCP TCP_NODELAY "tcp(Family::INET)?";
    /// **SO_REUSEADDR**: lets several sockets have one name, as Windows lets them: who gets what is not said.
    set_reuse_address reuse_address SOL_SOCKET SO_REUSEADDR "udp(Family::INET)?";
    /// **SO_BROADCAST**: lets a datagram socket send to everybody.
    set_broadcast broadcast SOL_SOCKET SO_BROADCAST "udp(Family::INET)?";
    /// **IPV6_V6ONLY**: keeps an IPv6 socket from IPv4's addresses. It is on at first, and is set before the
    /// bind.
    set_only_v6 only_v6 IPPROTO_IPV6 IPV6_V6ONLY "udp(Family::INET6)?";
    /// **SO_KEEPALIVE**: asks a peer that has been silent for long whether it is still there.
    set_keepalive keepalive SOL_SOCKET SO_KEEPALIVE "tcp(Family::INET)?";
}

impl Socket {
    /// **SO_RCVTIMEO**: what [`set_receive_timeout`](Self::set_receive_timeout) has set.
    ///
    /// # Errors
    /// Those of [`option`](Self::option).
    ///
    /// ```
    /// use std::time::Duration;
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// assert_eq!(socket.receive_timeout()?, None);
    /// socket.set_receive_timeout(Some(Duration::from_millis(20)))?;
    /// assert_eq!(socket.receive_timeout()?, Some(Duration::from_millis(20)));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn receive_timeout(&self) -> Result<Option<Duration>, WsaError> {
        self.timeout(ws::SO_RCVTIMEO)
    }

    /// **SO_SNDTIMEO**: how long a send waits that is not overlapped; None is for ever. In milliseconds,
    /// rounded up.
    ///
    /// # Errors
    /// | code | when | source |
    /// |---|---|---|
    /// | WSAEINVAL | a duration of zero, which to Windows is none | decided |
    ///
    /// ```
    /// use std::time::Duration;
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::tcp(Family::INET)?;
    /// socket.set_send_timeout(Some(Duration::from_millis(20)))?;
    /// assert_eq!(socket.send_timeout()?, Some(Duration::from_millis(20)));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set_send_timeout(&self, duration: Option<Duration>) -> Result<(), WsaError> {
        self.set_timeout(ws::SO_SNDTIMEO, duration)
    }

    /// **SO_SNDTIMEO**: what [`set_send_timeout`](Self::set_send_timeout) has set.
    ///
    /// # Errors
    /// Those of [`option`](Self::option).
    pub fn send_timeout(&self) -> Result<Option<Duration>, WsaError> {
        self.timeout(ws::SO_SNDTIMEO)
    }

    pub(super) fn set_timeout(&self, name: i32, duration: Option<Duration>) -> Result<(), WsaError> {
        let milliseconds = match duration {
            None => 0,
            Some(Duration::ZERO) => return Err(WsaError::WSAEINVAL),
            some => milliseconds(some),
        };
        self.set_option(ws::SOL_SOCKET, name, &milliseconds.to_ne_bytes())
    }

    fn timeout(&self, name: i32) -> Result<Option<Duration>, WsaError> {
        let milliseconds = self.number(ws::SOL_SOCKET, name)?;
        Ok((milliseconds != 0).then(|| Duration::from_millis(milliseconds.into())))
    }

    /// **SO_LINGER**: how long closing a stream waits until all is sent that was to be; zero gives the
    /// connection up instead, and its peer sees it reset (F143). None: closing does not wait, and what is
    /// left is sent afterwards. In seconds, rounded up, at most 65535.
    ///
    /// # Errors
    /// Those of [`set_option`](Self::set_option).
    ///
    /// ```
    /// use std::time::Duration;
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::tcp(Family::INET)?;
    /// assert_eq!(socket.linger()?, None);
    /// socket.set_linger(Some(Duration::from_millis(1500)))?;
    /// assert_eq!(socket.linger()?, Some(Duration::from_secs(2)));
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set_linger(&self, duration: Option<Duration>) -> Result<(), WsaError> {
        let seconds = |d: Duration| d.as_secs().saturating_add(u64::from(d.subsec_nanos() > 0));
        let seconds = duration.map(|duration| u16::try_from(seconds(duration)).unwrap_or(u16::MAX));
        let [on, seconds] = [u16::from(seconds.is_some()), seconds.unwrap_or(0)].map(u16::to_ne_bytes);
        self.set_option(ws::SOL_SOCKET, ws::SO_LINGER, &[on, seconds].concat())
    }

    /// **SO_LINGER**: what [`set_linger`](Self::set_linger) has set.
    ///
    /// # Errors
    /// Those of [`option`](Self::option).
    pub fn linger(&self) -> Result<Option<Duration>, WsaError> {
        let mut value = [0; 4];
        self.option(ws::SOL_SOCKET, ws::SO_LINGER, &mut value)?;
        let [on, seconds] = [[value[0], value[1]], [value[2], value[3]]].map(u16::from_ne_bytes);
        Ok((on != 0).then(|| Duration::from_secs(seconds.into())))
    }

    /// **SO_RCVBUF**: how many bytes the system keeps that nobody has received yet.
    ///
    /// # Errors
    /// Those of [`set_option`](Self::set_option).
    ///
    /// ```
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.set_receive_buffer_size(4096)?;
    /// assert_eq!(socket.receive_buffer_size()?, 4096);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set_receive_buffer_size(&self, bytes: u32) -> Result<(), WsaError> {
        self.set_option(ws::SOL_SOCKET, ws::SO_RCVBUF, &bytes.to_ne_bytes())
    }

    /// **SO_RCVBUF**: what [`set_receive_buffer_size`](Self::set_receive_buffer_size) has set.
    ///
    /// # Errors
    /// Those of [`option`](Self::option).
    pub fn receive_buffer_size(&self) -> Result<u32, WsaError> {
        self.number(ws::SOL_SOCKET, ws::SO_RCVBUF)
    }

    /// **SO_SNDBUF**: how many bytes the system keeps that have not gone yet.
    ///
    /// # Errors
    /// Those of [`set_option`](Self::set_option).
    ///
    /// ```
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.set_send_buffer_size(8192)?;
    /// assert_eq!(socket.send_buffer_size()?, 8192);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set_send_buffer_size(&self, bytes: u32) -> Result<(), WsaError> {
        self.set_option(ws::SOL_SOCKET, ws::SO_SNDBUF, &bytes.to_ne_bytes())
    }

    /// **SO_SNDBUF**: what [`set_send_buffer_size`](Self::set_send_buffer_size) has set.
    ///
    /// # Errors
    /// Those of [`option`](Self::option).
    pub fn send_buffer_size(&self) -> Result<u32, WsaError> {
        self.number(ws::SOL_SOCKET, ws::SO_SNDBUF)
    }

    fn number(&self, level: i32, name: i32) -> Result<u32, WsaError> {
        let mut value = [0; 4];
        self.option(level, name, &mut value)?;
        Ok(u32::from_ne_bytes(value))
    }

    /// **ioctlsocket** with FIONREAD: how many bytes can be received without waiting. Out-of-band ones do not
    /// count (F167).
    ///
    /// # Errors
    /// None of its own.
    ///
    /// ```
    /// use openws2::net::{Family, RecvFlags, SendFlags, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?;
    /// assert_eq!(socket.bytes_available()?, 0);
    /// socket.send_to(b"hello", socket.local_addr()?, SendFlags::NONE)?.or_would_block()?;
    /// let _ = socket.recv(&mut [0; 8], RecvFlags::PEEK)?; // waits for it
    /// assert_eq!(socket.bytes_available()?, 5);
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn bytes_available(&self) -> Result<u32, WsaError> {
        self.raw().bytes_available()
    }

    /// **SIO_UDP_CONNRESET**: whether receives of a datagram socket tell of sends that reached nobody
    /// (WSAECONNRESET), as they do at first (G041).
    ///
    /// # Errors
    /// What WSAIoctl says of sockets that are not for UDP.
    ///
    /// ```
    /// use openws2::net::{Family, Socket};
    ///
    /// let socket = Socket::udp(Family::INET)?;
    /// socket.set_udp_connreset(false)?;
    /// # Ok::<(), openws2::error::WsaError>(())
    /// ```
    pub fn set_udp_connreset(&self, on: bool) -> Result<(), WsaError> {
        self.raw().set_udp_connreset(on)
    }
}
