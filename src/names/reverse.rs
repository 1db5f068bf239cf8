//! From addresses to names: what getnameinfo and gethostbyaddr answer.

use std::net::{IpAddr, SocketAddr};

use super::{database, host, text};
use crate::error::WsaError;

/// Windows' numbers of getnameinfo's flags.
mod ni {
    pub(super) const NOFQDN: u32 = 0x1;
    pub(super) const NUMERICHOST: u32 = 0x2;
    pub(super) const NAMEREQD: u32 = 0x4;
    pub(super) const NUMERICSERV: u32 = 0x8;
    pub(super) const DGRAM: u32 = 0x10;
    pub(super) const KNOWN: u32 = 0x1F;
}

/// Refuses flags that getnameinfo does not have.
pub(crate) fn check_flags(flags: u32) -> Result<(), WsaError> {
    if flags & !ni::KNOWN == 0 { Ok(()) } else { Err(WsaError::WSAEINVAL) }
}

/// The name of an address's host, or its text form where no name is found and none is required.
pub(crate) fn host_name(address: &SocketAddr, flags: u32) -> Result<String, WsaError> {
    let (ip, scope) = match address {
        SocketAddr::V4(v4) => (IpAddr::from(*v4.ip()), 0),
        SocketAddr::V6(v6) => (IpAddr::from(*v6.ip()), v6.scope_id()),
    };
    let required = flags & ni::NAMEREQD != 0;
    // Asking for both the text and a name is a contradiction that the resolver of every system answers with the text.
    if flags & ni::NUMERICHOST == 0 {
        match host::by_address(ip, scope, flags & ni::NOFQDN != 0) {
            Err(error) if required => return Err(error),
            Err(_) => (),
            name => return name,
        }
    }
    Ok(match ip {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => text::of_scoped_v6(v6, scope),
    })
}

/// The name of the service on a port, or the number where there is none.
pub(crate) fn service_name(port: u16, flags: u32) -> String {
    let protocol = if flags & ni::DGRAM == 0 { "tcp" } else { "udp" };
    let service = match flags & ni::NUMERICSERV {
        0 => database::service_by_port(port, Some(protocol)),
        _ => None,
    };
    service.map_or_else(|| port.to_string(), |service| service.name)
}

/// The name of an address's host, as gethostbyaddr answers.
pub(crate) fn host_by_address(ip: IpAddr) -> Result<String, WsaError> {
    host::by_address(ip, 0, false).map_err(|error| match error {
        // An address is a valid question without an answer, unlike a name that nobody has.
        WsaError::WSAHOST_NOT_FOUND => WsaError::WSANO_DATA,
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_are_made_without_asking_anyone() {
        let numeric = |text: &str| host_name(&text.parse().unwrap(), ni::NUMERICHOST).unwrap();
        assert_eq!(numeric("192.0.2.1:80"), "192.0.2.1");
        assert_eq!(numeric("[2001:db8::1]:80"), "2001:db8::1");
        assert_eq!(numeric("[fe80::1%9]:80"), "fe80::1%9");
    }

    #[test]
    fn ports_have_names_or_numbers() {
        assert_eq!(service_name(80, 0), "http");
        assert_eq!(service_name(80, ni::NUMERICSERV), "80");
        assert_eq!(service_name(69, ni::DGRAM), "tftp");
        assert_eq!(service_name(0, 0), "0");
        assert_eq!(check_flags(0x20), Err(WsaError::WSAEINVAL));
        assert_eq!(check_flags(0x1F), Ok(()));
    }
}
