//! Header names in the capitals that Windows programs write, for disks on which `Windows.h` is not `windows.h`.
//!
//! They are made where headers are installed or staged and never kept in git: a checkout on a disk without case
//! could not hold them.

use std::collections::BTreeSet;

/// Spellings with capitals inside, met in real programs. A header that does not exist gets none; spellings that
/// follow from the name alone (first letter large, all letters large) need no row.
const INNER_CAPITALS: &[&str] = &[
    "AfUnix.h",
    "IPHlpApi.h",
    "IPTypes.h",
    "IPExport.h",
    "IcmpAPI.h",
    "LibLoaderAPI.h",
    "MMSystem.h",
    "MSTcpIP.h",
    "MSWSock.h",
    "MsTcpIp.h",
    "MswSock.h",
    "NTStatus.h",
    "NetIoApi.h",
    "NtStatus.h",
    "ProcessEnv.h",
    "SDKDDKVer.h",
    "StrSafe.h",
    "TChar.h",
    "WS2TCPIP.h",
    "WS2ipdef.h",
    "WS2spi.h",
    "WS2tcpip.h",
    "WSPiApi.h",
    "WinBase.h",
    "WinDef.h",
    "WinError.h",
    "WinNT.h",
    "WinNls.h",
    "WinSock.h",
    "WinSock2.h",
    "WinUser.h",
    "Ws2IpDef.h",
    "Ws2Spi.h",
    "Ws2TcpIp.h",
    "WsIpx.h",
];

/// Each other spelling with the header that it means, for the headers of one folder.
pub(crate) fn forwarders(headers: &BTreeSet<String>) -> Vec<(String, String)> {
    let mut forwarders = BTreeSet::new();
    for header in headers {
        let Some(stem) = header.strip_suffix(".h") else { continue };
        let (first, others) = stem.split_at(stem.chars().next().map_or(0, char::len_utf8));
        let large = stem.to_ascii_uppercase();
        let first = first.to_ascii_uppercase();
        for spelling in [format!("{first}{others}.h"), format!("{large}.h"), format!("{large}.H")] {
            forwarders.insert((spelling, header.clone()));
        }
    }
    for spelling in INNER_CAPITALS {
        forwarders.insert(((*spelling).to_owned(), spelling.to_ascii_lowercase()));
    }
    forwarders.retain(|(spelling, header)| headers.contains(header) && !headers.contains(spelling));
    forwarders.into_iter().collect()
}

/// The text of a forwarder: it has no guard of its own, so that the header decides what a second visit does.
pub(crate) fn text(header: &str) -> String {
    format!("#include \"{header}\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_leads_to_a_header_that_exists() {
        let headers: BTreeSet<String> =
            ["windows.h", "winsock2.h", "later.h", "README"].map(String::from).into();
        let spellings: Vec<_> = forwarders(&headers).into_iter().map(|(spelling, _)| spelling).collect();
        let expected = [
            "LATER.H",
            "LATER.h",
            "Later.h",
            "WINDOWS.H",
            "WINDOWS.h",
            "WINSOCK2.H",
            "WINSOCK2.h",
            "WinSock2.h",
            "Windows.h",
            "Winsock2.h",
        ];
        assert_eq!(spellings, expected);
    }
}
