//! Addresses as Windows lays them out in memory, made of and turned into those of Rust's standard library.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::path::Path;

use super::kinds::Family;
use crate::error::WsaError;

/// Room for the address of any family: what Windows calls SOCKADDR_STORAGE.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(super) struct Name {
    bytes: [u8; Name::ROOM],
    length: i32,
}

impl Name {
    const ROOM: usize = 128;
    const INET: usize = 16;
    const INET6: usize = 28;
    /// The bytes of a path in a SOCKADDR_UN, with the NUL behind it.
    const PATH: usize = 108;

    /// Room for a name that is to come.
    pub(super) fn empty() -> Self {
        Self { bytes: [0; Self::ROOM], length: Self::ROOM as i32 }
    }

    /// Where Windows' functions write a name, and how long it is: both at once, as a reference to the one
    /// would end the pointer to the other.
    pub(super) fn places(&mut self) -> (*mut u8, *mut i32) {
        let name = std::ptr::from_mut(self);
        (name.cast(), name.wrapping_byte_add(std::mem::offset_of!(Name, length)).cast())
    }

    pub(super) fn bytes(&self) -> *const u8 {
        self.bytes.as_ptr()
    }

    pub(super) fn length(&self) -> i32 {
        self.length
    }

    pub(super) fn set_length(&mut self, length: i32) {
        self.length = length;
    }

    /// The name of a socket of AF_UNIX.
    pub(super) fn of_path(path: &Path) -> Result<Self, WsaError> {
        let path = path.as_os_str().as_encoded_bytes();
        // Without a path the host takes any name, or none.
        if path.is_empty() || path.contains(&0) {
            return Err(WsaError::WSAEINVAL);
        }
        if path.len() >= Self::PATH {
            return Err(WsaError::WSAENAMETOOLONG);
        }
        let mut name = Self::of_family(Family::UNIX, 2 + path.len() + 1);
        name.bytes[2..2 + path.len()].copy_from_slice(path);
        Ok(name)
    }

    fn of_family(family: Family, length: usize) -> Self {
        let mut name = Self { bytes: [0; Self::ROOM], length: length as i32 };
        name.bytes[..2].copy_from_slice(&family.as_raw().to_ne_bytes());
        name
    }

    /// The address, if the name is one of IPv4 or IPv6.
    pub(super) fn to_socket_addr(self) -> Option<SocketAddr> {
        let length = usize::try_from(self.length).ok()?;
        let port = u16::from_be_bytes(self.at(2));
        match Family::from_raw(u16::from_ne_bytes(self.at(0))) {
            Family::INET if length >= Self::INET => {
                let ip = Ipv4Addr::from(self.at::<4>(4));
                Some(SocketAddrV4::new(ip, port).into())
            }
            Family::INET6 if length >= Self::INET6 => {
                let ip = Ipv6Addr::from(self.at::<16>(8));
                let flow = u32::from_ne_bytes(self.at(4));
                let scope = u32::from_ne_bytes(self.at(24));
                Some(SocketAddrV6::new(ip, port, flow, scope).into())
            }
            _ => None,
        }
    }

    fn at<const N: usize>(&self, start: usize) -> [u8; N] {
        let mut part = [0; N];
        part.copy_from_slice(&self.bytes[start..start + N]);
        part
    }
}

impl From<SocketAddr> for Name {
    fn from(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(address) => {
                let mut name = Self::of_family(Family::INET, Self::INET);
                name.bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
                name.bytes[4..8].copy_from_slice(&address.ip().octets());
                name
            }
            SocketAddr::V6(address) => {
                let mut name = Self::of_family(Family::INET6, Self::INET6);
                name.bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
                name.bytes[4..8].copy_from_slice(&address.flowinfo().to_ne_bytes());
                name.bytes[8..24].copy_from_slice(&address.ip().octets());
                name.bytes[24..28].copy_from_slice(&address.scope_id().to_ne_bytes());
                name
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_back_whole() {
        for text in ["127.0.0.1:1", "255.254.253.252:65535", "[::1]:80", "[fe80::1%7]:0"] {
            let address: SocketAddr = text.parse().unwrap();
            assert_eq!(Name::from(address).to_socket_addr(), Some(address));
        }
        let flow = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 9, 0x12345, 3).into();
        assert_eq!(Name::from(flow).to_socket_addr(), Some(flow));
    }

    #[test]
    fn what_is_no_address_of_ip_is_none() {
        assert_eq!(Name::empty().to_socket_addr(), None);
        assert_eq!(Name::of_path(Path::new("x")).unwrap().to_socket_addr(), None);
        let mut short = Name::from(SocketAddr::from(([1, 2, 3, 4], 5)));
        short.set_length(8);
        assert_eq!(short.to_socket_addr(), None);
    }

    #[test]
    fn the_places_are_those_of_the_parts() {
        let mut name = Name::empty();
        let (bytes, length) = name.places();
        assert_eq!(
            (bytes as usize, length as usize),
            (name.bytes() as usize, &raw const name.length as usize)
        );
    }

    #[test]
    fn paths_have_their_limits() {
        let longest = "p".repeat(Name::PATH - 1);
        assert_eq!(Name::of_path(Path::new(&longest)).unwrap().length(), 110);
        let refused = |path: &str| Name::of_path(Path::new(path)).err();
        assert_eq!(refused(&"p".repeat(Name::PATH)), Some(WsaError::WSAENAMETOOLONG));
        assert_eq!(refused("a\0b"), Some(WsaError::WSAEINVAL));
        assert_eq!(refused(""), Some(WsaError::WSAEINVAL));
    }
}
