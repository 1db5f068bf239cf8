//! WSAPROTOCOL_INFO records, in the three character widths that programs have.
#![allow(unsafe_code)] // Writes the caller's records.

use super::consts::{BIGENDIAN, SECURITY_PROTOCOL_NONE, WSAPROTOCOL_LEN};
use super::types::{WSAPROTOCOL_INFOA, WSAPROTOCOL_INFOW, WSAPROTOCOLCHAIN};
use crate::socket::catalog::Provider;
use crate::windows::foundation::GUID;

/// The fields before the name, which the records of all widths share.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Record {
    service_flags: [u32; 4],
    provider_flags: u32,
    provider_id: GUID,
    catalog_entry: u32,
    chain: WSAPROTOCOLCHAIN,
    version: i32,
    pub(super) family: i32,
    max_address: i32,
    min_address: i32,
    pub(super) socket_type: i32,
    pub(super) protocol: i32,
    protocol_span: i32,
    byte_order: i32,
    security: i32,
    message_size: u32,
    /// dwProviderReserved: what WSADuplicateSocket leaves there for WSASocket.
    pub(super) ticket: u32,
}

const NAME: usize = WSAPROTOCOL_LEN as usize + 1;

const _: () = assert!(
    size_of::<WSAPROTOCOL_INFOA>() == size::<u8>()
        && size_of::<WSAPROTOCOL_INFOW>() == size::<u16>()
        && std::mem::offset_of!(WSAPROTOCOL_INFOA, dwProviderReserved)
            == std::mem::offset_of!(Record, ticket)
        && std::mem::offset_of!(WSAPROTOCOL_INFOW, iAddressFamily) == std::mem::offset_of!(Record, family)
);

/// A unit of the record's name: u8, u16, or u32 where wchar_t has 32 bits.
pub(super) trait NameUnit: Copy + From<u8> {}
impl NameUnit for u8 {}
impl NameUnit for u16 {}
impl NameUnit for u32 {}

/// The size in bytes of a record whose name has units of `T`.
pub(super) const fn size<T>() -> usize {
    size_of::<Record>() + NAME * size_of::<T>()
}

/// Writes a record. Protocol numbers are the catalogue's, not the socket's (F288).
///
/// # Safety
/// `out` is writable for `size::<T>()` bytes.
pub(super) unsafe fn write<T: NameUnit>(provider: &Provider, ticket: u32, out: *mut u8) {
    let mut chain = WSAPROTOCOLCHAIN { ChainLen: 1, ..WSAPROTOCOLCHAIN::default() };
    chain.ChainEntries[0] = provider.catalog_number();
    let record = Record {
        service_flags: [provider.service_flags, 0, 0, 0],
        provider_flags: provider.provider_flags,
        provider_id: GUID::from_u128(provider.id),
        catalog_entry: provider.catalog_number(),
        chain,
        version: 2,
        family: provider.family,
        max_address: provider.max_address,
        min_address: provider.min_address,
        socket_type: provider.socket_type,
        protocol: provider.protocol,
        protocol_span: provider.protocol_span,
        byte_order: BIGENDIAN as i32,
        security: SECURITY_PROTOCOL_NONE as i32,
        message_size: provider.message_size,
        ticket,
    };
    let letters = provider.name.as_bytes();
    let name: [T; NAME] = std::array::from_fn(|i| T::from(letters.get(i).copied().unwrap_or(0)));
    // SAFETY: the caller's promise; alignment is not asked of C programs.
    unsafe {
        out.cast::<Record>().write_unaligned(record);
        out.add(size_of::<Record>()).cast::<[T; NAME]>().write_unaligned(name);
    }
}
