//! The host's resolver: the only code of `names` that calls the C library.
//!
//! It asks and translates the answer into Rust's types; what is asked and what an answer means is decided above.
#![allow(unsafe_code)] // getaddrinfo and getnameinfo of the host, and the list that the first one returns.

use std::ffi::{CStr, CString};
use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::ptr;

use super::eai;
use crate::error::WsaError;
use crate::socket::address::{Family, HostAddr};

/// What a look-up by name found.
pub(super) struct Hosts {
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) canonical: Option<String>,
}

/// What a look-up by name may do beyond finding addresses of the family.
#[derive(Clone, Copy, Default)]
pub(super) struct Options {
    /// Leave out families of which this host has no address.
    pub(super) configured_only: bool,
    /// For IPv6: IPv4 addresses in their IPv6 form if there are no others.
    pub(super) v4_mapped: bool,
    /// For IPv6 with `v4_mapped`: both kinds.
    pub(super) all: bool,
}

/// Looks a host up by name, in whatever sources this host is set up to ask.
pub(super) fn by_name(name: &str, family: Family, options: Options) -> Result<Hosts, WsaError> {
    // A name with a NUL inside is nobody's name.
    let name = CString::new(name).map_err(|_| WsaError::WSAHOST_NOT_FOUND)?;
    let flag = |wanted, flag| if wanted { flag } else { 0 };
    // SAFETY: all zeros is a valid addrinfo: numbers and null pointers.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_family = family.to_host().ok_or(WsaError::WSAEAFNOSUPPORT)?;
    // One type of socket, so that every address comes once.
    hints.ai_socktype = libc::SOCK_STREAM;
    hints.ai_flags = libc::AI_CANONNAME
        | flag(options.configured_only, libc::AI_ADDRCONFIG)
        | flag(options.v4_mapped, libc::AI_V4MAPPED)
        | flag(options.all, libc::AI_ALL);

    let mut list = ptr::null_mut();
    // SAFETY: the name ends with NUL, the hints are initialised, `list` is writable.
    let failure = unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &hints, &mut list) };
    if failure != 0 {
        return Err(eai::to_winsock(failure));
    }
    let found = Hosts { addresses: addresses(list), canonical: canonical(list) };
    // SAFETY: the list is getaddrinfo's and nothing of it is used from here on.
    unsafe { libc::freeaddrinfo(list) };
    if found.addresses.is_empty() { Err(WsaError::WSANO_DATA) } else { Ok(found) }
}

fn addresses(mut entry: *const libc::addrinfo) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    // SAFETY: the pointer is null or an entry of a list that getaddrinfo returned.
    while let Some(info) = unsafe { entry.as_ref() } {
        found.extend(address(info));
        entry = info.ai_next;
    }
    found
}

fn address(info: &libc::addrinfo) -> Option<SocketAddr> {
    match Family::from_host(info.ai_family) {
        Family::Inet if !info.ai_addr.is_null() => {
            // SAFETY: an entry of this family points to a sockaddr_in; no alignment is assumed.
            let v4 = unsafe { info.ai_addr.cast::<libc::sockaddr_in>().read_unaligned() };
            let ip = u32::from_be(v4.sin_addr.s_addr).into();
            Some(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
        }
        Family::Inet6 if !info.ai_addr.is_null() => {
            // SAFETY: an entry of this family points to a sockaddr_in6; no alignment is assumed.
            let v6 = unsafe { info.ai_addr.cast::<libc::sockaddr_in6>().read_unaligned() };
            let ip = v6.sin6_addr.s6_addr.into();
            Some(SocketAddrV6::new(ip, u16::from_be(v6.sin6_port), v6.sin6_flowinfo, v6.sin6_scope_id).into())
        }
        _ => None,
    }
}

fn canonical(list: *const libc::addrinfo) -> Option<String> {
    // SAFETY: the pointer is null or the first entry of a list that getaddrinfo returned.
    let name = unsafe { list.as_ref() }?.ai_canonname;
    if name.is_null() {
        return None;
    }
    // SAFETY: a canonical name that is there ends with NUL.
    Some(unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned())
}

/// Looks a host's name up by its address; `short` asks for local names without their domain.
pub(super) fn by_address(ip: IpAddr, scope: u32, short: bool) -> Result<String, WsaError> {
    let address = HostAddr::from(match ip {
        IpAddr::V4(v4) => SocketAddr::from(SocketAddrV4::new(v4, 0)),
        IpAddr::V6(v6) => SocketAddr::from(SocketAddrV6::new(v6, 0, 0, scope)),
    });
    let flags = libc::NI_NAMEREQD | if short { libc::NI_NOFQDN } else { 0 };
    let mut name = [0u8; 1025];
    // SAFETY: address and buffer are as long as their lengths say; no service is asked for.
    let failure = unsafe {
        libc::getnameinfo(
            address.as_ptr(),
            address.len(),
            name.as_mut_ptr().cast(),
            name.len() as libc::socklen_t,
            ptr::null_mut(),
            0,
            flags,
        )
    };
    if failure != 0 {
        return Err(eai::to_winsock(failure));
    }
    let name = CStr::from_bytes_until_nul(&name).map_err(|_| WsaError::WSANO_RECOVERY)?;
    Ok(name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_an_address_needs_no_network() {
        let found = by_name("127.0.0.1", Family::Inet, Options::default()).unwrap();
        assert_eq!(found.addresses, ["127.0.0.1:0".parse().unwrap()]);
        let found = by_name("::1", Family::Inet6, Options::default()).unwrap();
        assert_eq!(found.addresses, ["[::1]:0".parse().unwrap()]);
        assert_eq!(
            by_name("a\0b", Family::Unspec, Options::default()).err(),
            Some(WsaError::WSAHOST_NOT_FOUND)
        );
        assert_eq!(
            by_name("::1", Family::Other(32), Options::default()).err(),
            Some(WsaError::WSAEAFNOSUPPORT)
        );
    }
}
