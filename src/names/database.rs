//! The databases of services and protocols: the host's files, then the entries that every Windows system has.
//!
//! Small hosts come without these files; Windows never does, so programs count on `http` being 80.

use std::fs;

/// One entry of the services database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) port: u16,
    pub(crate) protocol: String,
    pub(crate) aliases: Vec<String>,
}

/// One entry of the protocols database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Protocol {
    pub(crate) name: String,
    pub(crate) number: u8,
    pub(crate) aliases: Vec<String>,
}

/// The first service with this name or alias, over this protocol or any.
pub(crate) fn service_by_name(name: &str, protocol: Option<&str>) -> Option<Service> {
    find_service(|service| named(&service.name, &service.aliases, name) && over(service, protocol))
}

/// The first service on this port, over this protocol or any.
pub(crate) fn service_by_port(port: u16, protocol: Option<&str>) -> Option<Service> {
    find_service(|service| service.port == port && over(service, protocol))
}

/// The protocol with this name or alias.
pub(crate) fn protocol_by_name(name: &str) -> Option<Protocol> {
    find_protocol(|protocol| named(&protocol.name, &protocol.aliases, name))
}

/// The protocol with this number.
pub(crate) fn protocol_by_number(number: i32) -> Option<Protocol> {
    find_protocol(|protocol| i32::from(protocol.number) == number)
}

fn named(own: &str, aliases: &[String], name: &str) -> bool {
    own.eq_ignore_ascii_case(name) || aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
}

fn over(service: &Service, protocol: Option<&str>) -> bool {
    protocol.is_none_or(|protocol| service.protocol.eq_ignore_ascii_case(protocol))
}

fn find_service(is_it: impl Fn(&Service) -> bool) -> Option<Service> {
    let file = fs::read_to_string("/etc/services").unwrap_or_default();
    file.lines().chain(SERVICES.lines()).filter_map(service).find(is_it)
}

fn find_protocol(is_it: impl Fn(&Protocol) -> bool) -> Option<Protocol> {
    let file = fs::read_to_string("/etc/protocols").unwrap_or_default();
    file.lines().chain(PROTOCOLS.lines()).filter_map(protocol).find(is_it)
}

/// Reads `name port/protocol alias… # comment`.
fn service(line: &str) -> Option<Service> {
    let mut words = line.split('#').next()?.split_whitespace();
    let name = words.next()?.to_owned();
    let (port, protocol) = words.next()?.split_once('/')?;
    let port = port.parse().ok()?;
    Some(Service { name, port, protocol: protocol.to_owned(), aliases: words.map(str::to_owned).collect() })
}

/// Reads `name number alias… # comment`.
fn protocol(line: &str) -> Option<Protocol> {
    let mut words = line.split('#').next()?.split_whitespace();
    let name = words.next()?.to_owned();
    let number = words.next()?.parse().ok()?;
    Some(Protocol { name, number, aliases: words.map(str::to_owned).collect() })
}

/// Services that IANA assigned and that programs ask for by name.
const SERVICES: &str = "\
echo 7/tcp
echo 7/udp
discard 9/tcp sink null
discard 9/udp sink null
systat 11/tcp users
daytime 13/tcp
daytime 13/udp
qotd 17/tcp quote
qotd 17/udp quote
chargen 19/tcp ttytst source
chargen 19/udp ttytst source
ftp-data 20/tcp
ftp 21/tcp
ssh 22/tcp
telnet 23/tcp
smtp 25/tcp mail
time 37/tcp timserver
time 37/udp timserver
nameserver 42/tcp name
nameserver 42/udp name
nicname 43/tcp whois
domain 53/tcp
domain 53/udp
bootps 67/udp dhcps
bootpc 68/udp dhcpc
tftp 69/udp
gopher 70/tcp
finger 79/tcp
http 80/tcp www www-http
kerberos 88/tcp krb5 kerberos-sec
kerberos 88/udp krb5 kerberos-sec
pop3 110/tcp
sunrpc 111/tcp rpcbind portmap
sunrpc 111/udp rpcbind portmap
nntp 119/tcp usenet
ntp 123/udp
epmap 135/tcp loc-srv
epmap 135/udp loc-srv
netbios-ns 137/udp nbname
netbios-dgm 138/udp nbdatagram
netbios-ssn 139/tcp nbsession
imap 143/tcp imap4
snmp 161/udp
snmptrap 162/udp snmp-trap
irc 194/tcp
ldap 389/tcp
https 443/tcp MCom
https 443/udp MCom
microsoft-ds 445/tcp
microsoft-ds 445/udp
kpasswd 464/tcp
kpasswd 464/udp
syslog 514/udp
ldaps 636/tcp sldap
ftps 990/tcp
telnets 992/tcp
imaps 993/tcp
pop3s 995/tcp
ms-sql-s 1433/tcp
ms-sql-m 1434/udp
nfs 2049/tcp
nfs 2049/udp
ms-wbt-server 3389/tcp
";

/// Protocols that IANA assigned and that Windows lists.
const PROTOCOLS: &str = "\
ip 0 IP
icmp 1 ICMP
ggp 3 GGP
tcp 6 TCP
egp 8 EGP
pup 12 PUP
udp 17 UDP
hmp 20 HMP
xns-idp 22 XNS-IDP
rdp 27 RDP
ipv6 41 IPv6
ipv6-route 43 IPv6-Route
ipv6-frag 44 IPv6-Frag
esp 50 ESP
ah 51 AH
ipv6-icmp 58 IPv6-ICMP
ipv6-nonxt 59 IPv6-NoNxt
ipv6-opts 60 IPv6-Opts
rvd 66 RVD
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_aliases_and_comments() {
        let http = service("http\t\t80/tcp  www # the web").unwrap();
        assert_eq!((http.name.as_str(), http.port, http.protocol.as_str()), ("http", 80, "tcp"));
        assert_eq!(http.aliases, ["www"]);
        for line in ["", "# http 80/tcp", "http", "http 80", "http 99999/tcp", "http x/tcp"] {
            assert_eq!(service(line), None, "{line:?}");
        }
        let tcp = protocol("tcp 6 TCP # transmission").unwrap();
        assert_eq!(
            (tcp.name.as_str(), tcp.number, tcp.aliases.as_slice()),
            ("tcp", 6, &["TCP".to_owned()][..])
        );
        assert_eq!(protocol("tcp six"), None);
    }

    #[test]
    fn every_row_of_ours_is_read() {
        assert!(SERVICES.lines().all(|line| service(line).is_some()));
        assert!(PROTOCOLS.lines().all(|line| protocol(line).is_some()));
    }

    #[test]
    fn look_ups_heed_the_protocol_and_no_case() {
        assert_eq!(service_by_name("HTTP", Some("TCP")).map(|service| service.port), Some(80));
        assert_eq!(service_by_name("tftp", None).map(|service| service.protocol), Some("udp".to_owned()));
        assert_eq!(service_by_name("tftp", Some("tcp")), None);
        assert_eq!(service_by_name("no-such-service", None), None);
        assert_eq!(service_by_port(443, Some("tcp")).map(|service| service.name), Some("https".to_owned()));
        assert_eq!(protocol_by_name("UDP").map(|protocol| protocol.number), Some(17));
        assert_eq!(protocol_by_number(1).map(|protocol| protocol.name), Some("icmp".to_owned()));
        assert_eq!(protocol_by_number(-1), None);
    }
}
