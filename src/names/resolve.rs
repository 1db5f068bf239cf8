//! From names to addresses: what getaddrinfo, gethostbyname and gethostname answer.
//!
//! Text forms, this computer's own names and its addresses are answered here; only foreign names reach the host's
//! resolver.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

use super::host::{self, Options};
use super::{database, text};
use crate::error::WsaError;
use crate::socket::address::Family;

/// Windows' numbers of the flags that mean something here.
mod ai {
    pub(super) const PASSIVE: u32 = 0x1;
    pub(super) const CANONNAME: u32 = 0x2;
    pub(super) const NUMERICHOST: u32 = 0x4;
    pub(super) const NUMERICSERV: u32 = 0x8;
    pub(super) const ALL: u32 = 0x100;
    pub(super) const ADDRCONFIG: u32 = 0x400;
    pub(super) const V4MAPPED: u32 = 0x800;
    pub(super) const FQDN: u32 = 0x2_0000;
    /// Every flag that getaddrinfo takes; those without a name above are hints to name spaces that no host here has.
    pub(super) const KNOWN: u32 = 0x3F_CDFF;
}

const SOCK_STREAM: i32 = 1;
const SOCK_DGRAM: i32 = 2;
const SOCK_RAW: i32 = 3;
const IPPROTO_TCP: i32 = 6;
const IPPROTO_UDP: i32 = 17;

/// What the caller of getaddrinfo wants back, in Windows' numbers.
#[derive(Clone, Copy, Default)]
pub(crate) struct Hints {
    pub(crate) flags: u32,
    pub(crate) family: i32,
    pub(crate) socktype: i32,
    pub(crate) protocol: i32,
}

/// What was found: the addresses with their port, in the order to try them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) addresses: Vec<SocketAddr>,
    /// The canonical name of the node; none when no node was named.
    pub(crate) canonical: Option<String>,
    /// The node was the text form of its address.
    pub(crate) numeric: bool,
}

impl Found {
    fn numeric(address: SocketAddr, text: &str) -> Self {
        Self { addresses: vec![address], canonical: Some(text.to_owned()), numeric: true }
    }

    fn named(addresses: Vec<SocketAddr>, name: String) -> Self {
        Self { addresses, canonical: Some(name), numeric: false }
    }
}

/// What gethostbyname found.
pub(crate) struct HostEntry {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) addresses: Vec<Ipv4Addr>,
}

/// Finds the addresses of a node, the port of a service, or both.
pub(crate) fn addresses(node: Option<&str>, service: Option<&str>, hints: Hints) -> Result<Found, WsaError> {
    if node.is_none() && service.is_none() {
        return Err(WsaError::WSAHOST_NOT_FOUND);
    }
    let family = check(hints, node.is_some())?;
    let port = port(service, hints)?;
    let mut found = hosts(node, family, hints.flags)?;
    found.addresses.iter_mut().for_each(|address| address.set_port(port));
    if hints.flags & (ai::CANONNAME | ai::FQDN) == 0 {
        found.canonical = None;
    }
    Ok(found)
}

fn check(hints: Hints, has_node: bool) -> Result<Family, WsaError> {
    let both = ai::CANONNAME | ai::FQDN;
    if hints.flags & !ai::KNOWN != 0 || hints.flags & both == both {
        return Err(WsaError::WSAEINVAL);
    }
    if hints.flags & both != 0 && !has_node {
        return Err(WsaError::WSANO_RECOVERY);
    }
    let family = u16::try_from(hints.family).map_or(Family::Other(u16::MAX), Family::from_windows);
    if !matches!(family, Family::Unspec | Family::Inet | Family::Inet6) {
        return Err(WsaError::WSAEAFNOSUPPORT);
    }
    match hints.socktype {
        0 | SOCK_STREAM | SOCK_DGRAM | SOCK_RAW => Ok(family),
        _ => Err(WsaError::WSAESOCKTNOSUPPORT),
    }
}

/// The port of a service that is named or written as a number; 0 without a service.
fn port(service: Option<&str>, hints: Hints) -> Result<u16, WsaError> {
    let Some(service) = service.filter(|service| !service.is_empty()) else { return Ok(0) };
    if service.bytes().all(|byte| byte.is_ascii_digit()) {
        return service.parse().map_err(|_| WsaError::WSATYPE_NOT_FOUND);
    }
    if hints.flags & ai::NUMERICSERV != 0 {
        return Err(WsaError::WSAHOST_NOT_FOUND);
    }
    let found = match (hints.socktype, hints.protocol) {
        (SOCK_STREAM, _) | (0, IPPROTO_TCP) => database::service_by_name(service, Some("tcp")),
        (SOCK_DGRAM, _) | (0, IPPROTO_UDP) => database::service_by_name(service, Some("udp")),
        (0, 0) => database::service_by_name(service, Some("tcp"))
            .or_else(|| database::service_by_name(service, Some("udp"))),
        _ => None,
    };
    found.map(|service| service.port).ok_or(WsaError::WSATYPE_NOT_FOUND)
}

fn hosts(node: Option<&str>, family: Family, flags: u32) -> Result<Found, WsaError> {
    let Some(node) = node else {
        if flags & ai::NUMERICHOST != 0 {
            return Err(WsaError::WSAHOST_NOT_FOUND);
        }
        let passive = flags & ai::PASSIVE != 0;
        let (v4, v6) = match passive {
            true => (Ipv4Addr::UNSPECIFIED, Ipv6Addr::UNSPECIFIED),
            false => (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST),
        };
        return Ok(Found { addresses: Local::read().pair(family, v4, v6), canonical: None, numeric: false });
    };
    if let Some(address) = literal(node) {
        let fitting = fit(address, family, flags & ai::V4MAPPED != 0).ok_or(WsaError::WSAHOST_NOT_FOUND)?;
        return Ok(Found::numeric(fitting, node));
    }
    if flags & ai::NUMERICHOST != 0 {
        return Err(WsaError::WSAHOST_NOT_FOUND);
    }
    if is_localhost(node) {
        let pair = Local::read().pair(family, Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST);
        return Ok(Found::named(pair, node.to_owned()));
    }
    let options = Options {
        configured_only: flags & ai::ADDRCONFIG != 0,
        v4_mapped: flags & ai::V4MAPPED != 0,
        all: flags & ai::ALL != 0,
    };
    if is_this_computer(node) {
        return Ok(Found::named(Local::read().addresses(family, options)?, host_name()));
    }
    let found = host::by_name(node, family, options)?;
    Ok(Found::named(found.addresses, found.canonical.unwrap_or_else(|| node.to_owned())))
}

fn literal(node: &str) -> Option<SocketAddr> {
    if let Some(v4) = text::loose_v4(node) {
        return Some(SocketAddrV4::new(v4, 0).into());
    }
    let (v6, scope) = text::scoped_v6(node)?;
    Some(SocketAddrV6::new(v6, 0, 0, scope).into())
}

/// The address if it is of the family, or its IPv6 form if that may stand for it.
fn fit(address: SocketAddr, family: Family, v4_mapped: bool) -> Option<SocketAddr> {
    match (family, address) {
        (Family::Unspec, _) | (Family::Inet, SocketAddr::V4(_)) | (Family::Inet6, SocketAddr::V6(_)) => {
            Some(address)
        }
        (Family::Inet6, SocketAddr::V4(v4)) if v4_mapped => Some(mapped(*v4.ip())),
        _ => None,
    }
}

fn mapped(v4: Ipv4Addr) -> SocketAddr {
    SocketAddrV6::new(v4.to_ipv6_mapped(), 0, 0, 0).into()
}

fn is_localhost(node: &str) -> bool {
    node.strip_suffix('.').unwrap_or(node).eq_ignore_ascii_case("localhost")
}

/// The empty name, Windows' reserved one, and the computer's own all mean its registered addresses (documented).
fn is_this_computer(node: &str) -> bool {
    node.is_empty() || node.eq_ignore_ascii_case("..localmachine") || node.eq_ignore_ascii_case(&host_name())
}

/// This computer's name; never empty.
pub(crate) fn host_name() -> String {
    let name = nix::unistd::gethostname().unwrap_or_default().to_string_lossy().into_owned();
    if name.is_empty() { "localhost".to_owned() } else { name }
}

/// What gethostbyname answers: IPv4 only, this computer for an empty name.
pub(crate) fn host_by_name(name: &str) -> Result<HostEntry, WsaError> {
    let illegal =
        name.contains(':') || (!name.is_empty() && name.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    if illegal && text::loose_v4(name).is_none() {
        return Err(WsaError::WSANO_DATA);
    }
    let found = hosts(Some(name), Family::Inet, 0)?;
    let canonical = found.canonical.unwrap_or_default();
    let is_alias = !name.is_empty() && !name.eq_ignore_ascii_case(&canonical);
    let addresses = found.addresses.iter().filter_map(|address| match address.ip() {
        IpAddr::V4(v4) => Some(v4),
        IpAddr::V6(_) => None,
    });
    Ok(HostEntry {
        addresses: addresses.collect(),
        aliases: if is_alias { vec![name.to_owned()] } else { Vec::new() },
        name: canonical,
    })
}

/// The addresses of this computer's interfaces that are up.
#[derive(Default)]
struct Local {
    v4: Vec<SocketAddr>,
    v6: Vec<SocketAddr>,
    /// Some interface, be it the loopback one, has an IPv6 address.
    speaks_v6: bool,
}

impl Local {
    fn read() -> Self {
        let mut local = Self::default();
        let Ok(interfaces) = getifaddrs() else { return local };
        for interface in interfaces.filter(|interface| interface.flags.contains(InterfaceFlags::IFF_UP)) {
            let Some(address) = interface.address else { continue };
            let loopback = interface.flags.contains(InterfaceFlags::IFF_LOOPBACK);
            if let Some(v6) = address.as_sockaddr_in6() {
                local.speaks_v6 = true;
                if !loopback {
                    local.v6.push(unembedded(v6.ip(), v6.scope_id()).into());
                }
            } else if let Some(v4) = address.as_sockaddr_in().filter(|_| !loopback) {
                local.v4.push(SocketAddrV4::new(v4.ip(), 0).into());
            }
        }
        local
    }

    /// One address per family, IPv6 first; on a host without IPv6 only where it was asked for.
    fn pair(&self, family: Family, v4: Ipv4Addr, v6: Ipv6Addr) -> Vec<SocketAddr> {
        let v4 = SocketAddr::from((v4, 0));
        let v6 = SocketAddr::from((v6, 0));
        match family {
            Family::Inet => vec![v4],
            Family::Inet6 => vec![v6],
            _ if self.speaks_v6 => vec![v6, v4],
            _ => vec![v4],
        }
    }

    /// The registered addresses, or the loopback ones on a computer without a network.
    fn addresses(&self, family: Family, options: Options) -> Result<Vec<SocketAddr>, WsaError> {
        if self.v4.is_empty() && self.v6.is_empty() {
            return Ok(self.pair(family, Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST));
        }
        let as_v6 = self.v4.iter().filter_map(|address| fit(*address, Family::Inet6, true));
        let found: Vec<_> = match family {
            Family::Inet => self.v4.clone(),
            Family::Inet6 if options.v4_mapped && (options.all || self.v6.is_empty()) => {
                self.v6.iter().copied().chain(as_v6).collect()
            }
            Family::Inet6 => self.v6.clone(),
            _ => self.v6.iter().chain(&self.v4).copied().collect(),
        };
        if found.is_empty() { Err(WsaError::WSANO_DATA) } else { Ok(found) }
    }
}

/// Takes the interface's index out of a link-local address: BSD hosts may keep it in the second group, which is zero
/// on the wire.
fn unembedded(ip: Ipv6Addr, scope: u32) -> SocketAddrV6 {
    let mut groups = ip.segments();
    if groups[0] & 0xFFC0 != 0xFE80 || groups[1] == 0 {
        return SocketAddrV6::new(ip, 0, 0, scope);
    }
    let embedded = u32::from(std::mem::take(&mut groups[1]));
    SocketAddrV6::new(groups.into(), 0, 0, if scope == 0 { embedded } else { scope })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(v4: &[&str], v6: &[&str]) -> Local {
        let read = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        Local { v4: read(v4), v6: read(v6), speaks_v6: !v6.is_empty() }
    }

    #[test]
    fn link_local_addresses_lose_an_embedded_index() {
        let plain = unembedded("fe80::1".parse().unwrap(), 3);
        assert_eq!((plain.ip().to_string(), plain.scope_id()), ("fe80::1".to_owned(), 3));
        let embedded = unembedded("fe80:4::1".parse().unwrap(), 0);
        assert_eq!((embedded.ip().to_string(), embedded.scope_id()), ("fe80::1".to_owned(), 4));
        let global = unembedded("2001:db8:4::1".parse().unwrap(), 0);
        assert_eq!((global.ip().to_string(), global.scope_id()), ("2001:db8:4::1".to_owned(), 0));
    }

    #[test]
    fn this_computers_addresses_follow_family_and_flags() {
        let mapped = Options { v4_mapped: true, ..Options::default() };
        let all = Options { v4_mapped: true, all: true, ..Options::default() };
        let none = Options::default();
        let texts = |local: &Local, family, options| {
            local.addresses(family, options).map(|found| {
                found.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(" ")
            })
        };
        let both = local(&["10.0.0.1:0"], &["[2001:db8::1]:0"]);
        assert_eq!(texts(&both, Family::Unspec, none).unwrap(), "2001:db8::1 10.0.0.1");
        assert_eq!(texts(&both, Family::Inet, none).unwrap(), "10.0.0.1");
        assert_eq!(texts(&both, Family::Inet6, mapped).unwrap(), "2001:db8::1");
        assert_eq!(texts(&both, Family::Inet6, all).unwrap(), "2001:db8::1 ::ffff:10.0.0.1");
        let old = local(&["10.0.0.1:0"], &[]);
        assert_eq!(texts(&old, Family::Unspec, none).unwrap(), "10.0.0.1");
        assert_eq!(texts(&old, Family::Inet6, mapped).unwrap(), "::ffff:10.0.0.1");
        assert_eq!(texts(&old, Family::Inet6, none), Err(WsaError::WSANO_DATA));
        let alone = local(&[], &[]);
        assert_eq!(texts(&alone, Family::Unspec, none).unwrap(), "127.0.0.1");
        assert_eq!(texts(&alone, Family::Inet6, none).unwrap(), "::1");
    }

    #[test]
    fn services_follow_type_and_protocol() {
        let hints = |socktype, protocol| Hints { socktype, protocol, ..Hints::default() };
        assert_eq!(port(Some("http"), hints(SOCK_STREAM, 0)), Ok(80));
        assert_eq!(port(Some("http"), hints(0, 0)), Ok(80));
        assert_eq!(port(Some("tftp"), hints(0, 0)), Ok(69));
        assert_eq!(port(Some("tftp"), hints(0, IPPROTO_UDP)), Ok(69));
        assert_eq!(port(Some("tftp"), hints(SOCK_STREAM, 0)), Err(WsaError::WSATYPE_NOT_FOUND));
        assert_eq!(port(Some("http"), hints(SOCK_RAW, 0)), Err(WsaError::WSATYPE_NOT_FOUND));
        assert_eq!(port(Some("8080"), hints(SOCK_RAW, 0)), Ok(8080));
        assert_eq!(port(Some("65536"), hints(0, 0)), Err(WsaError::WSATYPE_NOT_FOUND));
        assert_eq!((port(Some(""), hints(0, 0)), port(None, hints(0, 0))), (Ok(0), Ok(0)));
    }
}
