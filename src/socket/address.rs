//! Socket addresses, from the bytes that Windows lays out to those that the host lays out, and back.
//!
//! The hosts differ in the number of AF_INET6 and in whether an address begins with its own length; both
//! shapes are rows of [`AddressLayout`] and are compiled and tested everywhere. No memory is taken and no host is
//! called here: the way back is on the path of every recvfrom.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::error::WsaError;
use crate::platform::{AddressLayout, HOST};

/// `sizeof(SOCKADDR_IN)`.
pub(crate) const INET_LEN: usize = 16;
/// `sizeof(SOCKADDR_IN6)` (G217).
pub(crate) const INET6_LEN: usize = 28;
/// `sizeof(SOCKADDR_UN)`: the family and 108 bytes of path.
pub(crate) const UNIX_LEN: usize = 110;
/// `sizeof(SOCKADDR_STORAGE)`; a `sockaddr_storage` of either host has the same size.
pub(crate) const STORAGE_LEN: usize = 128;

/// Where the path begins in a `sockaddr_un`, on Windows and on both hosts.
const PATH: usize = 2;

/// An address family, by what it means rather than by its number on one system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// No family: Windows' and the hosts' 0.
    Unspec,
    /// IPv4.
    Inet,
    /// IPv6: 23 on Windows, 10 on Linux, 30 on macOS.
    Inet6,
    /// AF_UNIX.
    Unix,
    /// A family that is carried by number only: Windows' number or the host's, as it came.
    Other(u16),
}

impl Family {
    /// The family that Windows gives this number.
    #[inline]
    pub(crate) const fn from_windows(number: u16) -> Self {
        match number {
            0 => Self::Unspec,
            1 => Self::Unix,
            2 => Self::Inet,
            23 => Self::Inet6,
            other => Self::Other(other),
        }
    }

    /// Windows' number.
    #[inline]
    pub(crate) const fn to_windows(self) -> u16 {
        match self {
            Self::Unspec => 0,
            Self::Unix => 1,
            Self::Inet => 2,
            Self::Inet6 => 23,
            Self::Other(number) => number,
        }
    }

    /// The family that this host gives this number.
    #[inline]
    pub(crate) const fn from_host(number: libc::c_int) -> Self {
        match number {
            libc::AF_UNSPEC => Self::Unspec,
            libc::AF_UNIX => Self::Unix,
            libc::AF_INET => Self::Inet,
            libc::AF_INET6 => Self::Inet6,
            other => Self::Other(other as u16),
        }
    }

    /// This host's number; none for a family that the two sides do not share.
    #[inline]
    pub(crate) const fn to_host(self) -> Option<libc::c_int> {
        match self {
            Self::Unspec => Some(libc::AF_UNSPEC),
            Self::Unix => Some(libc::AF_UNIX),
            Self::Inet => Some(libc::AF_INET),
            Self::Inet6 => Some(libc::AF_INET6),
            Self::Other(_) => None,
        }
    }

    /// The family that an address in Windows' form names; none when it is too short to name one.
    #[inline]
    pub(crate) fn of_windows(bytes: &[u8]) -> Option<Self> {
        Some(Self::from_windows(u16::from_ne_bytes([*bytes.first()?, *bytes.get(1)?])))
    }

    /// The size of Windows' structure for an address of this family; none for a family without one.
    #[inline]
    pub(crate) const fn windows_len(self) -> Option<usize> {
        match self {
            Self::Inet => Some(INET_LEN),
            Self::Inet6 => Some(INET6_LEN),
            Self::Unix => Some(UNIX_LEN),
            Self::Unspec | Self::Other(_) => None,
        }
    }
}

impl AddressLayout {
    #[inline]
    fn head(&self, family: Family, len: usize) -> [u8; 2] {
        let number = match family {
            Family::Inet6 => self.inet6,
            other => other.to_windows() as u8,
        };
        if self.sa_len { [len as u8, number] } else { u16::from(number).to_ne_bytes() }
    }

    #[inline]
    fn family(&self, head: [u8; 2]) -> Family {
        let number = if self.sa_len { u16::from(head[1]) } else { u16::from_ne_bytes(head) };
        match number {
            0 => Family::Unspec,
            1 => Family::Unix,
            2 => Family::Inet,
            n if n == u16::from(self.inet6) => Family::Inet6,
            other => Family::Other(other),
        }
    }
}

/// An address as this host lays it out, with its length: what system calls take and fill.
#[derive(Clone)]
#[repr(C, align(8))]
pub(crate) struct HostAddr {
    bytes: [u8; STORAGE_LEN],
    len: libc::socklen_t,
}

// System calls see `bytes` as a `sockaddr_storage`.
const _: () = assert!(size_of::<libc::sockaddr_storage>() == STORAGE_LEN);
const _: () = assert!(align_of::<libc::sockaddr_storage>() <= align_of::<HostAddr>());

/// Reads an address in Windows' form; `bytes` are exactly those that the caller's length covers.
///
/// Longer than the family's structure is accepted.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | shorter than the family's structure, or too short to name a family | F292, F325 |
/// | WSAEAFNOSUPPORT | a family other than AF_INET, AF_INET6 and AF_UNIX | F292 |
/// | WSAEINVAL | an AF_UNIX name that begins with NUL where the host has no such names | decided |
#[inline]
pub(crate) fn from_windows(bytes: &[u8]) -> Result<HostAddr, WsaError> {
    from_windows_as(&HOST.address, bytes)
}

#[inline]
fn from_windows_as(layout: &AddressLayout, bytes: &[u8]) -> Result<HostAddr, WsaError> {
    let family = Family::of_windows(bytes).ok_or(WsaError::WSAEFAULT)?;
    match family {
        Family::Inet if bytes.len() >= INET_LEN => Ok(copied(layout, family, &bytes[..8], INET_LEN)),
        Family::Inet6 if bytes.len() >= INET6_LEN => {
            Ok(copied(layout, family, &bytes[..INET6_LEN], INET6_LEN))
        }
        Family::Inet | Family::Inet6 => Err(WsaError::WSAEFAULT),
        Family::Unix => unix_name(layout, &bytes[..bytes.len().min(UNIX_LEN)]),
        Family::Unspec | Family::Other(_) => Err(WsaError::WSAEAFNOSUPPORT),
    }
}

/// An address of `len` bytes: the host's head, the rest of `bytes`, zeros.
#[inline]
fn copied(layout: &AddressLayout, family: Family, bytes: &[u8], len: usize) -> HostAddr {
    let mut to = HostAddr { bytes: [0; STORAGE_LEN], len: len as libc::socklen_t };
    to.bytes[..bytes.len()].copy_from_slice(bytes);
    to.bytes[..2].copy_from_slice(&layout.head(family, len));
    to
}

/// The three forms of an AF_UNIX name (F325): none, a path up to NUL or to the end, NUL and a name of its own.
///
/// A path all of zeros is no name: so a Windows program writes one, and so getsockname shows one (F326).
fn unix_name(layout: &AddressLayout, bytes: &[u8]) -> Result<HostAddr, WsaError> {
    let path = &bytes[PATH..];
    let end = path.iter().position(|byte| *byte == 0).unwrap_or(path.len());
    if path.iter().all(|byte| *byte == 0) {
        return Ok(copied(layout, Family::Unix, &bytes[..PATH], PATH));
    }
    if end == 0 {
        return match layout.abstract_names {
            true => Ok(copied(layout, Family::Unix, bytes, bytes.len())),
            false => Err(WsaError::WSAEINVAL),
        };
    }
    // One byte more than the path: the NUL, which both hosts accept and count as Windows does. Only a path that
    // fills all 108 bytes goes without, since Linux takes no address that is longer than its structure.
    Ok(copied(layout, Family::Unix, &bytes[..PATH + end], (PATH + end + 1).min(UNIX_LEN)))
}

impl HostAddr {
    /// Room for an address that the host will fill: its length is the whole room.
    #[inline]
    pub(crate) const fn empty() -> Self {
        Self { bytes: [0; STORAGE_LEN], len: STORAGE_LEN as libc::socklen_t }
    }

    /// Writes as much of Windows' form as `out` holds and returns the full length of that form.
    ///
    /// An AF_UNIX path is written with its NUL and nothing beyond; an AF_UNIX socket without a name gives a whole
    /// SOCKADDR_UN of zeros (F326). Padding is zeroed (F028). An address that the host did not fill has length 0.
    #[inline]
    pub(crate) fn to_windows(&self, out: &mut [u8]) -> usize {
        self.to_windows_as(&HOST.address, out, false)
    }

    /// Windows' form of an IPv4 name: what most datagrams come with, made without a detour.
    #[inline(always)]
    pub(crate) fn to_windows_inet(&self) -> Option<[u8; INET_LEN]> {
        if !matches!(self.family_as(&HOST.address), Family::Inet) {
            return None;
        }
        // In one piece: the caller of this stores it at once, and would have to wait for smaller ones.
        const KEPT: u64 = u64::from_ne_bytes([0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        let [first, second] = Family::Inet.to_windows().to_ne_bytes();
        let family = u64::from_ne_bytes([first, second, 0, 0, 0, 0, 0, 0]);
        let mut head = [0; 8];
        head.copy_from_slice(&self.bytes[..8]);
        let head = u64::from_ne_bytes(head) & KEPT | family;
        let mut form = [0; INET_LEN];
        form[..8].copy_from_slice(&head.to_ne_bytes());
        Some(form)
    }

    /// As [`to_windows`](Self::to_windows), but an AF_UNIX address takes a whole SOCKADDR_UN, as getpeername shows
    /// it (F326).
    pub(crate) fn to_windows_whole(&self, out: &mut [u8]) -> usize {
        self.to_windows_as(&HOST.address, out, true)
    }

    #[inline]
    fn to_windows_as(&self, layout: &AddressLayout, out: &mut [u8], whole: bool) -> usize {
        let family = self.family_as(layout);
        let mut form = [0; STORAGE_LEN];
        form[..2].copy_from_slice(&family.to_windows().to_ne_bytes());
        let len = match family {
            Family::Inet => {
                form[2..8].copy_from_slice(&self.bytes[2..8]);
                INET_LEN
            }
            Family::Inet6 => {
                form[2..INET6_LEN].copy_from_slice(&self.bytes[2..INET6_LEN]);
                INET6_LEN
            }
            Family::Unix => {
                let name = self.unix_bytes();
                form[PATH..PATH + name.len()].copy_from_slice(name);
                self.unix_windows_len(whole)
            }
            Family::Other(_) => {
                let host = &self.bytes[2..self.filled().max(2)];
                form[2..2 + host.len()].copy_from_slice(host);
                self.filled()
            }
            Family::Unspec => 0,
        };
        let written = len.min(out.len());
        out[..written].copy_from_slice(&form[..written]);
        len
    }

    /// The length of Windows' form, as [`to_windows`](Self::to_windows) returns it.
    #[cfg(test)]
    pub(crate) fn windows_len(&self) -> usize {
        self.to_windows(&mut [])
    }

    /// The name of an AF_UNIX address without the NUL that ends a path; empty when there is no name.
    fn unix_bytes(&self) -> &[u8] {
        let name = &self.bytes[PATH..self.filled().clamp(PATH, UNIX_LEN)];
        match name.first() {
            None => name,
            // macOS reports a socket without a name as a path of zeros; a name that begins with NUL has more.
            Some(0) if name.iter().all(|byte| *byte == 0) => &[],
            Some(0) => name,
            Some(_) => &name[..name.iter().position(|byte| *byte == 0).unwrap_or(name.len())],
        }
    }

    /// Whether the address is one that a bind gave: a port, or a name of AF_UNIX.
    pub(crate) fn is_named(&self) -> bool {
        match self.family() {
            Family::Unix => !self.unix_bytes().is_empty(),
            _ => self.port() != 0,
        }
    }

    fn unix_windows_len(&self, whole: bool) -> usize {
        let name = self.unix_bytes();
        match name.first() {
            _ if whole => UNIX_LEN,
            None => UNIX_LEN,
            Some(0) => PATH + name.len(),
            Some(_) => (PATH + name.len() + 1).min(UNIX_LEN),
        }
    }

    /// How many bytes of the room are the address, whatever the host said of its full length.
    #[inline]
    fn filled(&self) -> usize {
        (self.len as usize).min(STORAGE_LEN)
    }

    #[inline]
    fn family_as(&self, layout: &AddressLayout) -> Family {
        match self.filled() {
            0 | 1 => Family::Unspec,
            _ => layout.family([self.bytes[0], self.bytes[1]]),
        }
    }

    /// The family; [`Family::Unspec`] for an address that the host did not fill.
    #[inline]
    pub(crate) fn family(&self) -> Family {
        self.family_as(&HOST.address)
    }

    /// The address for a system call that reads one of [`len`](Self::len) bytes.
    #[inline]
    pub(crate) const fn as_ptr(&self) -> *const libc::sockaddr {
        self.bytes.as_ptr().cast()
    }

    /// How many bytes a system call reads.
    #[inline]
    pub(crate) const fn len(&self) -> libc::socklen_t {
        self.len
    }

    /// The length for a system call that fills it: first the room, then the address.
    #[inline]
    pub(crate) const fn len_mut(&mut self) -> &mut libc::socklen_t {
        &mut self.len
    }

    /// Room and length at once, for calls that take pointers to both.
    #[inline]
    pub(crate) const fn parts_mut(&mut self) -> (*mut libc::sockaddr, &mut libc::socklen_t) {
        (self.bytes.as_mut_ptr().cast(), &mut self.len)
    }

    /// The port in the host's byte order; 0 for a family without ports.
    #[inline]
    pub(crate) fn port(&self) -> u16 {
        match self.family() {
            Family::Inet | Family::Inet6 => u16::from_be_bytes([self.bytes[2], self.bytes[3]]),
            Family::Unspec | Family::Unix | Family::Other(_) => 0,
        }
    }

    /// The IP address, for the families that have one.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        match self.family() {
            Family::Inet => Some(Ipv4Addr::from(self.bytes_at::<4>(4)).into()),
            Family::Inet6 => Some(Ipv6Addr::from(self.bytes_at::<16>(8)).into()),
            Family::Unspec | Family::Unix | Family::Other(_) => None,
        }
    }

    /// The scope of an IPv6 address: the interface's index for a link-local one; 0 for other families.
    pub(crate) fn scope_id(&self) -> u32 {
        match self.family() {
            Family::Inet6 => u32::from_ne_bytes(self.bytes_at::<4>(24)),
            Family::Unspec | Family::Inet | Family::Unix | Family::Other(_) => 0,
        }
    }

    /// The address as Rust's own type, for the families that have an IP address.
    pub(crate) fn socket_addr(&self) -> Option<SocketAddr> {
        Some(match self.ip()? {
            IpAddr::V4(ip) => SocketAddrV4::new(ip, self.port()).into(),
            IpAddr::V6(ip) => {
                let flowinfo = u32::from_ne_bytes(self.bytes_at::<4>(4));
                SocketAddrV6::new(ip, self.port(), flowinfo, self.scope_id()).into()
            }
        })
    }

    fn bytes_at<const N: usize>(&self, at: usize) -> [u8; N] {
        core::array::from_fn(|i| self.bytes[at + i])
    }
}

impl From<SocketAddr> for HostAddr {
    fn from(address: SocketAddr) -> Self {
        let mut bytes = [0; INET6_LEN];
        bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
        match address {
            SocketAddr::V4(v4) => {
                bytes[4..8].copy_from_slice(&v4.ip().octets());
                copied(&HOST.address, Family::Inet, &bytes[..INET_LEN], INET_LEN)
            }
            SocketAddr::V6(v6) => {
                // Rust keeps the flow information as the structure does, in the order of the wire.
                bytes[4..8].copy_from_slice(&v6.flowinfo().to_ne_bytes());
                bytes[8..24].copy_from_slice(&v6.ip().octets());
                bytes[24..28].copy_from_slice(&v6.scope_id().to_ne_bytes());
                copied(&HOST.address, Family::Inet6, &bytes, INET6_LEN)
            }
        }
    }
}

#[cfg(test)]
mod tests;
