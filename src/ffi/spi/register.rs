//! WSCInstallProvider and its kin: the catalogue as installers of providers use it, within the process.
#![allow(unsafe_code)] // The C border.
#![allow(non_snake_case)] // The functions have Windows' names.

use super::{catalog, layer};
use crate::error::WsaError;
use crate::ffi::border::{entry, quiet};
use crate::ffi::memory::{get, has_room, is_bad, put};
use crate::ffi::provider::protocol_info::{self, Info, NameUnit};
use crate::sys::memory;
use crate::win32::wide::{self, Unit};
use crate::windows::consts::*;
use crate::windows::foundation::*;
use crate::windows::types::WSAPROTOCOL_INFOW;

/// **WSCEnumProtocols** lists the whole catalogue: hidden entries, and those that only stand in chains, too.
///
/// `lpiprotocols` is NULL or a list of protocol numbers with 0 at its end; `lpprotocolbuffer` has room for
/// `*lpdwbufferlength` bytes. Returns how many entries there are. It needs no WSAStartup.
///
/// # Errors
/// Returns SOCKET_ERROR; the code goes to `*lperrno`.
///
/// | code | when | source |
/// |---|---|---|
/// | WSAENOBUFS | the buffer is too small; `*lpdwbufferlength` gets what is needed | documented |
/// | WSAEFAULT | `lpdwbufferlength` is no pointer | documented |
///
/// # Safety
/// - The buffer is NULL or writable for its length; the list is NULL or ends with 0.
/// - `lpdwbufferlength` and `lperrno` are NULL or writable.
#[unsafe(export_name = "ws2_WSCEnumProtocols")]
pub unsafe extern "system" fn WSCEnumProtocols(
    lpiprotocols: *const i32,
    lpprotocolbuffer: *mut WSAPROTOCOL_INFOW,
    lpdwbufferlength: *mut u32,
    lperrno: *mut i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        entry(SOCKET_ERROR, lperrno, || {
            list::<u16>(lpiprotocols, lpprotocolbuffer.cast(), lpdwbufferlength, true)
        })
    }
}

/// WSCEnumProtocols for C programs whose wchar_t has 32 bits.
///
/// # Safety
/// - Those of [`WSCEnumProtocols`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_WSCEnumProtocols_w32")]
pub unsafe extern "system" fn WSCEnumProtocols_w32(
    lpiprotocols: *const i32,
    lpprotocolbuffer: *mut u8,
    lpdwbufferlength: *mut u32,
    lperrno: *mut i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        entry(SOCKET_ERROR, lperrno, || list::<u32>(lpiprotocols, lpprotocolbuffer, lpdwbufferlength, true))
    }
}

/// Lists entries: all of them, or those that programs see.
///
/// # Safety
/// Those of [`WSCEnumProtocols`].
pub(in crate::ffi) unsafe fn list<T: NameUnit>(
    protocols: *const i32,
    buffer: *mut u8,
    length: *mut u32,
    all: bool,
) -> Result<i32, WsaError> {
    // SAFETY: the caller's promise.
    let room = unsafe { get(length) }? as usize;
    // SAFETY: the caller's promise.
    let wanted = unsafe { numbers(protocols) };
    let mut infos = catalog::list(all);
    infos.retain(|info| wanted.as_ref().is_none_or(|wanted| wanted.contains(&info.record.protocol)));
    let size = protocol_info::size::<T>();
    if room < infos.len() * size || !has_room(buffer, infos.len() * size) {
        // SAFETY: the caller's promise.
        unsafe { put(length, (infos.len() * size) as u32) }?;
        return Err(WsaError::WSAENOBUFS);
    }
    for (i, info) in infos.iter().enumerate() {
        // SAFETY: the room was checked.
        unsafe { info.write::<T>(buffer.add(i * size)) };
    }
    Ok(infos.len() as i32)
}

/// A list of protocol numbers; None where everything is wanted.
///
/// # Safety
/// `protocols` is bad or ends with 0.
unsafe fn numbers(protocols: *const i32) -> Option<Vec<i32>> {
    if is_bad(protocols) {
        return None;
    }
    // SAFETY: the caller's promise: nothing behind the 0 is read.
    let number = |i| unsafe { protocols.add(i).read_unaligned() };
    Some((0..).map(number).take_while(|&number| number != 0).collect())
}

/// **WSCGetProviderPath** tells where the provider with an identifier is, as it was installed: what stands between
/// percent signs is for ExpandEnvironmentStrings.
///
/// `lpszproviderdllpath` has room for `*lpproviderdllpathlen` characters.
///
/// # Errors
/// Returns SOCKET_ERROR; the code goes to `*lperrno`.
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEINVAL | there is no such provider | documented |
/// | WSAEFAULT | a pointer is none, or the room too small; `*lpproviderdllpathlen` then gets what is needed | documented |
///
/// # Safety
/// - `lpproviderid` is NULL or readable; the others are NULL or writable, the path for as many characters.
#[unsafe(export_name = "ws2_WSCGetProviderPath")]
pub unsafe extern "system" fn WSCGetProviderPath(
    lpproviderid: *const GUID,
    lpszproviderdllpath: PWSTR,
    lpproviderdllpathlen: *mut i32,
    lperrno: *mut i32,
) -> i32 {
    let body = || {
        // SAFETY: the caller's promise.
        unsafe { provider_path::<u16>(lpproviderid, lpszproviderdllpath, lpproviderdllpathlen) }
    };
    // SAFETY: the caller's promise.
    unsafe { entry(SOCKET_ERROR, lperrno, body) }
}

/// WSCGetProviderPath for C programs whose wchar_t has 32 bits.
///
/// # Safety
/// - Those of [`WSCGetProviderPath`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_WSCGetProviderPath_w32")]
pub unsafe extern "system" fn WSCGetProviderPath_w32(
    lpproviderid: *const GUID,
    lpszproviderdllpath: *mut u32,
    lpproviderdllpathlen: *mut i32,
    lperrno: *mut i32,
) -> i32 {
    let body = || {
        // SAFETY: the caller's promise.
        unsafe { provider_path::<u32>(lpproviderid, lpszproviderdllpath, lpproviderdllpathlen) }
    };
    // SAFETY: the caller's promise.
    unsafe { entry(SOCKET_ERROR, lperrno, body) }
}

/// # Safety
/// Those of [`WSCGetProviderPath`].
pub(super) unsafe fn provider_path<U: Unit>(
    provider: *const GUID,
    path: *mut U,
    length: *mut i32,
) -> Result<i32, WsaError> {
    // SAFETY: the caller's promise.
    let (id, room) = unsafe { (get(provider)?, get(length)?) };
    let found = catalog::path_of(&id).ok_or(WsaError::WSAEINVAL)?;
    let units = U::encode(&found);
    let needed = units.len() + 1;
    // SAFETY: the caller's promise.
    unsafe {
        if usize::try_from(room).is_ok_and(|room| room < needed) || room < 0 {
            put(length, needed as i32)?;
            return Err(WsaError::WSAEFAULT);
        }
        if !has_room(path, needed * size_of::<U>()) {
            return Err(WsaError::WSAEFAULT);
        }
        wide::store(&units, path, room as usize);
        put(length, needed as i32)?;
    }
    Ok(0)
}

/// **WSCInstallProvider** puts `dwnumberofentries` entries into the catalogue of this process, behind those that
/// are there; their provider is the shared object at `lpszproviderdllpath`.
///
/// The records' identifiers are replaced by `lpproviderid`, their numbers by new ones, which WSCEnumProtocols
/// tells. A chain of one entry is the provider's own; an entry with a chain of length 0 stands in others' chains
/// only. The provider is loaded when the first socket is made by way of one of the entries: of those that serve a
/// request the first one in the catalogue does ([`WSCWriteProviderOrder`]).
///
/// # Errors
/// Returns SOCKET_ERROR; the code goes to `*lperrno`.
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | a pointer is none | documented |
/// | WSANO_RECOVERY | the provider is installed already | documented |
/// | WSAEINVAL | there are no entries, or a chain is longer than seven | documented |
///
/// # Platform notes
/// On Windows the catalogue is the machine's and needs an administrator; here it is the process's, and ends
/// with it.
///
/// # Safety
/// - `lpproviderid`, the path and the records are NULL or readable; `lperrno` is NULL or writable.
#[unsafe(export_name = "ws2_WSCInstallProvider")]
pub unsafe extern "system" fn WSCInstallProvider(
    lpproviderid: *const GUID,
    lpszproviderdllpath: PCWSTR,
    lpprotocolinfolist: *const WSAPROTOCOL_INFOW,
    dwnumberofentries: u32,
    lperrno: *mut i32,
) -> i32 {
    let body = || {
        // SAFETY: the caller's promise.
        unsafe {
            install::<u16>(lpproviderid, lpszproviderdllpath, lpprotocolinfolist.cast(), dwnumberofentries)
        }
    };
    // SAFETY: the caller's promise.
    unsafe { entry(SOCKET_ERROR, lperrno, body) }
}

/// WSCInstallProvider for C programs whose wchar_t has 32 bits.
///
/// # Safety
/// - Those of [`WSCInstallProvider`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_WSCInstallProvider_w32")]
pub unsafe extern "system" fn WSCInstallProvider_w32(
    lpproviderid: *const GUID,
    lpszproviderdllpath: *const u32,
    lpprotocolinfolist: *const u8,
    dwnumberofentries: u32,
    lperrno: *mut i32,
) -> i32 {
    let body = || {
        // SAFETY: the caller's promise.
        unsafe { install::<u32>(lpproviderid, lpszproviderdllpath, lpprotocolinfolist, dwnumberofentries) }
    };
    // SAFETY: the caller's promise.
    unsafe { entry(SOCKET_ERROR, lperrno, body) }
}

/// **WSCInstallProvider64_32** is [`WSCInstallProvider`]: there is one catalogue, whatever the size of pointers.
///
/// # Errors
/// Those of [`WSCInstallProvider`].
///
/// # Safety
/// - Those of [`WSCInstallProvider`].
#[unsafe(export_name = "ws2_WSCInstallProvider64_32")]
pub unsafe extern "system" fn WSCInstallProvider64_32(
    lpproviderid: *const GUID,
    lpszproviderdllpath: PCWSTR,
    lpprotocolinfolist: *const WSAPROTOCOL_INFOW,
    dwnumberofentries: u32,
    lperrno: *mut i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        WSCInstallProvider(lpproviderid, lpszproviderdllpath, lpprotocolinfolist, dwnumberofentries, lperrno)
    }
}

/// WSCInstallProvider64_32 for C programs whose wchar_t has 32 bits.
///
/// # Safety
/// - Those of [`WSCInstallProvider`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_WSCInstallProvider64_32_w32")]
pub unsafe extern "system" fn WSCInstallProvider64_32_w32(
    lpproviderid: *const GUID,
    lpszproviderdllpath: *const u32,
    lpprotocolinfolist: *const u8,
    dwnumberofentries: u32,
    lperrno: *mut i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        WSCInstallProvider_w32(
            lpproviderid,
            lpszproviderdllpath,
            lpprotocolinfolist,
            dwnumberofentries,
            lperrno,
        )
    }
}

/// # Safety
/// Those of [`WSCInstallProvider`], for characters of `U`.
unsafe fn install<U: NameUnit>(
    provider: *const GUID,
    path: *const U,
    infos: *const u8,
    count: u32,
) -> Result<i32, WsaError> {
    // SAFETY: the caller's promise.
    let id = unsafe { get(provider) }?;
    let size = protocol_info::size::<U>();
    let length = size.saturating_mul(count as usize);
    if !memory::is_readable(path as usize, size_of::<U>())
        || is_bad(infos)
        || !memory::is_readable(infos as usize, length)
    {
        return Err(WsaError::WSAEFAULT);
    }
    // SAFETY: the caller's promise.
    let path = unsafe { wide::text(path) }.ok_or(WsaError::WSAEFAULT)?;
    // SAFETY: the caller's promise, for as many records as there are.
    let infos: Vec<Info> =
        (0..count as usize).map(|i| unsafe { Info::read::<U>(infos.add(i * size)) }).collect();
    let fits = |info: &Info| (0..=MAX_PROTOCOL_CHAIN as i32).contains(&info.record.chain.ChainLen);
    if infos.is_empty() || !infos.iter().all(fits) {
        return Err(WsaError::WSAEINVAL);
    }
    catalog::install(id, &path, infos).map(|_| 0)
}

/// **WSCDeinstallProvider** takes a provider's entries out of the catalogue. Sockets that were made by way of them
/// keep their provider.
///
/// # Errors
/// Returns SOCKET_ERROR; the code goes to `*lperrno`.
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | `lpproviderid` is no pointer | documented |
/// | WSAEINVAL | no such provider was installed; the base provider is none that was | documented |
///
/// # Safety
/// - `lpproviderid` is NULL or readable; `lperrno` is NULL or writable.
#[unsafe(export_name = "ws2_WSCDeinstallProvider")]
pub unsafe extern "system" fn WSCDeinstallProvider(lpproviderid: *const GUID, lperrno: *mut i32) -> i32 {
    let body = || {
        // SAFETY: the caller's promise.
        let id = unsafe { get(lpproviderid) }?;
        if catalog::deinstall(&id) { Ok(0) } else { Err(WsaError::WSAEINVAL) }
    };
    // SAFETY: the caller's promise.
    unsafe { entry(SOCKET_ERROR, lperrno, body) }
}

/// **WSCWriteProviderOrder** puts the catalogue's entries in order: of those that serve a request, the first does.
///
/// `lpwdcatalogentryid` are the numbers of all entries, `dwnumberofentries` of them; those of layers that come from
/// the environment or from [`install`](super::install) are not among them, for they lie over everything.
///
/// # Errors
/// The code is the return value.
///
/// | code | when | source |
/// |---|---|---|
/// | WSAEFAULT | `lpwdcatalogentryid` is no pointer | documented |
/// | WSAEINVAL | a number is missing, is none, or stands twice | documented |
///
/// # Safety
/// - `lpwdcatalogentryid` is NULL or readable for as many numbers.
#[unsafe(export_name = "ws2_WSCWriteProviderOrder")]
pub unsafe extern "system" fn WSCWriteProviderOrder(
    lpwdcatalogentryid: *mut u32,
    dwnumberofentries: u32,
) -> i32 {
    quiet(WsaError::WSANO_RECOVERY.code(), || {
        let count = dwnumberofentries as usize;
        let length = count.saturating_mul(size_of::<u32>());
        if is_bad(lpwdcatalogentryid) || !memory::is_readable(lpwdcatalogentryid as usize, length) {
            return WsaError::WSAEFAULT.code();
        }
        // SAFETY: the caller's promise.
        let number = |i| unsafe { lpwdcatalogentryid.add(i).read_unaligned() };
        let mut numbers: Vec<u32> = (0..count).map(number).collect();
        numbers.retain(|&id| !catalog::lies_over_everything(id));
        if catalog::reorder(&numbers) { 0 } else { WsaError::WSAEINVAL.code() }
    })
}

/// What the environment asks for lies over everything.
pub(super) fn wrap_module(path: &str) -> Result<(), WsaError> {
    debug_assert!(!path.starts_with(layer::PATH));
    catalog::wrap(path, path)
}
