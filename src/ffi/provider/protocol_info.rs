//! WSAPROTOCOL_INFO records, in the three character widths that programs have.
#![allow(unsafe_code)] // Writes the caller's records.

use crate::socket::catalog::Provider;
use crate::win32::wide::Unit;
use crate::windows::consts::{BIGENDIAN, SECURITY_PROTOCOL_NONE, WSAPROTOCOL_LEN};
use crate::windows::foundation::GUID;
use crate::windows::types::{WSAPROTOCOL_INFOA, WSAPROTOCOL_INFOW, WSAPROTOCOLCHAIN};

/// The fields before the name, which the records of all widths share.
#[repr(C)]
#[derive(Clone, Copy)]
pub(in crate::ffi) struct Record {
    pub(in crate::ffi) service_flags: [u32; 4],
    pub(in crate::ffi) provider_flags: u32,
    pub(in crate::ffi) provider_id: GUID,
    pub(in crate::ffi) catalog_entry: u32,
    pub(in crate::ffi) chain: WSAPROTOCOLCHAIN,
    version: i32,
    pub(in crate::ffi) family: i32,
    max_address: i32,
    min_address: i32,
    pub(in crate::ffi) socket_type: i32,
    pub(in crate::ffi) protocol: i32,
    pub(in crate::ffi) protocol_span: i32,
    byte_order: i32,
    security: i32,
    message_size: u32,
    /// dwProviderReserved: what WSADuplicateSocket leaves there for WSASocket.
    pub(in crate::ffi) ticket: u32,
}

/// A record with its name, apart from any width.
#[derive(Clone)]
pub(in crate::ffi) struct Info {
    pub(in crate::ffi) record: Record,
    pub(in crate::ffi) name: String,
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
pub(in crate::ffi) trait NameUnit: Unit + From<u8> {}
impl NameUnit for u8 {}
impl NameUnit for u16 {}
impl NameUnit for u32 {}

/// The size in bytes of a record whose name has units of `T`.
pub(in crate::ffi) const fn size<T>() -> usize {
    size_of::<Record>() + NAME * size_of::<T>()
}

impl Info {
    /// The record of one of the base provider's protocols. Protocol numbers are the catalogue's, not the
    /// socket's (F288).
    pub(in crate::ffi) fn of(provider: &Provider, ticket: u32) -> Self {
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
        Self { record, name: provider.name.to_owned() }
    }

    /// Writes the record with a name of units of `T`; one that is too long loses its end.
    ///
    /// # Safety
    /// `out` is writable for `size::<T>()` bytes.
    pub(in crate::ffi) unsafe fn write<T: NameUnit>(&self, out: *mut u8) {
        let letters = T::encode(&self.name);
        let name: [T; NAME] = std::array::from_fn(|i| match letters.get(i) {
            Some(&letter) if i < NAME - 1 => letter,
            _ => T::NUL,
        });
        // SAFETY: the caller's promise; alignment is not asked of C programs.
        unsafe {
            out.cast::<Record>().write_unaligned(self.record);
            out.add(size_of::<Record>()).cast::<[T; NAME]>().write_unaligned(name);
        }
    }

    /// Reads a record whose name has units of `T`.
    ///
    /// # Safety
    /// `from` is readable for `size::<T>()` bytes.
    pub(in crate::ffi) unsafe fn read<T: NameUnit>(from: *const u8) -> Self {
        // SAFETY: the caller's promise; alignment is not asked of C programs.
        let (record, name) = unsafe {
            (
                from.cast::<Record>().read_unaligned(),
                from.add(size_of::<Record>()).cast::<[T; NAME]>().read_unaligned(),
            )
        };
        let length = name.iter().position(|&letter| letter == T::NUL).unwrap_or(NAME - 1);
        Self { record, name: T::decode(&name[..length]) }
    }
}

/// Writes the record of one of the base provider's protocols.
///
/// # Safety
/// `out` is writable for `size::<T>()` bytes.
pub(in crate::ffi) unsafe fn write<T: NameUnit>(provider: &Provider, ticket: u32, out: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe { Info::of(provider, ticket).write::<T>(out) };
}
