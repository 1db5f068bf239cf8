//! The two ioctls that list this host's addresses.
#![allow(unsafe_code)] // Writes the caller's buffers.

use std::net::{IpAddr, Ipv4Addr};

use super::{End, Request};
use crate::error::WsaError;
use crate::ffi::memory::{copy_out, has_room};
use crate::platform::Operation;
use crate::socket::lifecycle::code_of;
use crate::socket::table::Socket;
use crate::status::NtStatus;
use crate::sys::{self, InterfaceAddress};
use crate::windows::consts::*;
use crate::windows::types::*;

fn interface_addresses(socket: &Socket) -> Result<Vec<InterfaceAddress>, WsaError> {
    if socket.facts().provider().is_local() {
        return Err(WsaError::WSAEOPNOTSUPP);
    }
    sys::interface_addresses().map_err(|errno| code_of(errno, Operation::Control, socket.facts().provider()))
}

/// INTERFACE_INFO: flags, then three unions of 24 bytes, which begin like SOCKADDR_IN.
const INFO: usize = 76;
const NAME: usize = 24;

const UP: u32 = 1;
const HAS_BROADCAST: u32 = 2;
const LOOPBACK: u32 = 4;
const POINT_TO_POINT: u32 = 8;
const MULTICAST: u32 = 16;

fn name_v4(address: Ipv4Addr) -> [u8; NAME] {
    let mut name = [0; NAME];
    name[..2].copy_from_slice(&AF_INET.to_ne_bytes());
    name[4..8].copy_from_slice(&address.octets());
    name
}

fn info(entry: &InterfaceAddress) -> Option<[u8; INFO]> {
    let IpAddr::V4(address) = entry.address else { return None };
    let flag = |holds, bit| if holds { bit } else { 0 };
    let flags = flag(entry.up, UP)
        | flag(entry.broadcast.is_some(), HAS_BROADCAST)
        | flag(entry.loopback, LOOPBACK)
        | flag(entry.point_to_point, POINT_TO_POINT)
        | flag(entry.multicast, MULTICAST);
    let broadcast = entry.broadcast.unwrap_or(Ipv4Addr::BROADCAST);
    let mask = entry.mask.unwrap_or(Ipv4Addr::BROADCAST);
    let mut info = [0; INFO];
    info[..4].copy_from_slice(&flags.to_ne_bytes());
    for (i, address) in [address, broadcast, mask].into_iter().enumerate() {
        info[4 + i * NAME..][..NAME].copy_from_slice(&name_v4(address));
    }
    Some(info)
}

/// SIO_GET_INTERFACE_LIST: how many bytes came out.
///
/// # Safety
/// The output is bad, or as long as it says.
pub(super) unsafe fn interfaces(socket: &Socket, request: &Request) -> Result<usize, NtStatus> {
    let list = match interface_addresses(socket) {
        Ok(list) => list.iter().filter_map(info).collect::<Vec<_>>().concat(),
        Err(WsaError::WSAEOPNOTSUPP) => return Err(NtStatus::NOT_SUPPORTED),
        Err(code) => return Err(NtStatus::from_winsock(code)),
    };
    let (out, room) = request.output;
    if room < list.len() {
        return Err(NtStatus::BUFFER_TOO_SMALL);
    }
    if !has_room(out, list.len()) {
        return Err(NtStatus::ACCESS_VIOLATION);
    }
    // SAFETY: the caller's promise.
    unsafe { copy_out(&list, out) };
    Ok(list.len())
}

/// A name for bind, in Windows' form: 16 bytes or 28.
fn name_of(entry: &InterfaceAddress) -> Vec<u8> {
    match entry.address {
        IpAddr::V4(address) => name_v4(address)[..size_of::<SOCKADDR_IN>()].to_vec(),
        IpAddr::V6(address) => {
            let mut name = vec![0; size_of::<SOCKADDR_IN6>()];
            name[..2].copy_from_slice(&AF_INET6.to_ne_bytes());
            name[8..24].copy_from_slice(&address.octets());
            name[24..].copy_from_slice(&entry.scope.to_ne_bytes());
            name
        }
    }
}

/// SIO_ADDRESS_LIST_QUERY: the addresses to bind to; the loopback's only where there are no others.
///
/// # Safety
/// The output is bad, or as long as it says.
pub(super) unsafe fn addresses(socket: &Socket, request: &Request) -> End {
    let all = match interface_addresses(socket) {
        Ok(all) => all,
        Err(code) => return End::of(Err(code)),
    };
    let ipv6 = socket.facts().provider().is_ipv6();
    let names = |loopback: bool| -> Vec<Vec<u8>> {
        let wanted = |e: &&InterfaceAddress| e.up && e.address.is_ipv6() == ipv6 && e.loopback == loopback;
        all.iter().filter(wanted).map(name_of).collect()
    };
    let mut list = names(false);
    if list.is_empty() {
        list = names(true);
    }
    let head = std::mem::offset_of!(SOCKET_ADDRESS_LIST, Address);
    let first_name = (head + list.len() * size_of::<SOCKET_ADDRESS>()).max(size_of::<SOCKET_ADDRESS_LIST>());
    let needed = first_name + list.iter().map(Vec::len).sum::<usize>();
    let (out, room) = request.output;
    if room < needed || !has_room(out, needed) {
        return End { count: Some(needed as u32), ..End::refused(WsaError::WSAEFAULT) };
    }
    let mut at = first_name;
    // SAFETY: the caller's promise: `needed` bytes are writable; alignment is not asked of C programs.
    unsafe {
        out.cast::<i32>().write_unaligned(list.len() as i32);
        for (i, name) in list.iter().enumerate() {
            let address =
                SOCKET_ADDRESS { lpSockaddr: out.add(at).cast(), iSockaddrLength: name.len() as i32 };
            out.add(head).cast::<SOCKET_ADDRESS>().add(i).write_unaligned(address);
            copy_out(name, out.add(at));
            at += name.len();
        }
    }
    End::done(needed)
}
