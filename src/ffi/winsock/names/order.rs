//! Numbers from the order of this computer to that of the network, and back.

use crate::ffi::border::quiet;

/// htons: a 16-bit number, from the order of the host to that of the network. Needs no WSAStartup.
///
/// # Safety
/// Always safe; declared as `windows-sys` declares it.
#[unsafe(export_name = "ws2_htons")]
pub unsafe extern "system" fn htons(hostshort: u16) -> u16 {
    quiet(0, || hostshort.to_be())
}

/// htonl: a 32-bit number, from the order of the host to that of the network. Needs no WSAStartup.
///
/// # Safety
/// Always safe; declared as `windows-sys` declares it.
#[unsafe(export_name = "ws2_htonl")]
pub unsafe extern "system" fn htonl(hostlong: u32) -> u32 {
    quiet(0, || hostlong.to_be())
}

/// ntohs: a 16-bit number, from the order of the network to that of the host. Needs no WSAStartup.
///
/// # Safety
/// Always safe; declared as `windows-sys` declares it.
#[unsafe(export_name = "ws2_ntohs")]
pub unsafe extern "system" fn ntohs(netshort: u16) -> u16 {
    quiet(0, || u16::from_be(netshort))
}

/// ntohl: a 32-bit number, from the order of the network to that of the host. Needs no WSAStartup.
///
/// # Safety
/// Always safe; declared as `windows-sys` declares it.
#[unsafe(export_name = "ws2_ntohl")]
pub unsafe extern "system" fn ntohl(netlong: u32) -> u32 {
    quiet(0, || u32::from_be(netlong))
}
