//! getaddrinfo and getnameinfo, narrow and wide, and the lists that the first one returns.

use core::ptr;
use std::any::Any;

use super::{put, socket_address, string};
use crate::error::WsaError;
use crate::ffi::border::{last_error, quiet, winsock};
use crate::ffi::memory;
use crate::ffi::winsock::consts::{AI_CANONNAME, AI_NUMERICHOST};
use crate::ffi::winsock::types::{ADDRINFOA, ADDRINFOW, SOCKADDR, socklen_t};
use crate::names::resolve::{self, Found, Hints};
use crate::names::reverse;
use crate::socket::address::{Family, HostAddr};
use crate::socket::startup;
use crate::win32::wide::Unit;
use crate::windows::foundation::{PCSTR, PCWSTR, PSTR, PWSTR};

/// One entry of a result: what the program sees, and the memory that it points to.
///
/// The three widths differ in what the canonical name is made of, which `name` owns unseen; so every list can be
/// freed by either function, in pieces or spliced, as long as each entry is freed once.
#[repr(C)]
struct Entry {
    info: ADDRINFOA,
    address: Address,
    _name: Option<Box<dyn Any>>,
}

/// Room for a SOCKADDR_IN6, aligned for every view of it.
#[repr(C, align(8))]
struct Address([u8; 28]);

const _: () = assert!(size_of::<ADDRINFOA>() == size_of::<ADDRINFOW>());
const _: () = assert!(align_of::<ADDRINFOA>() == align_of::<ADDRINFOW>());

/// getaddrinfo (GetAddrInfoA): the addresses of a host and the port of a service, as a list for [`freeaddrinfo`].
///
/// `pnodename` is a name, an address as text, "" or this computer's name for its own addresses, or NULL for the
/// loopback (with AI_PASSIVE the unspecified) address; `pservicename` is a name, a decimal port or NULL; `phints` is
/// NULL or says what is wanted; `ppresult` receives the list, or NULL on failure. Every address comes once, with the
/// type and protocol of the hints, also where those are 0 (Linux would list each address per type). ai_flags has
/// AI_NUMERICHOST where the name was an address and AI_CANONNAME where the entry has the canonical name (decided).
/// Returns 0, or a code that is also the last error.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEFAULT | `ppresult` is NULL, the hints are no pointer | decided |
/// | WSAHOST_NOT_FOUND | neither name is given; no such host; AI_NUMERICHOST without an address, AI_NUMERICSERV with a name | documented |
/// | WSANO_DATA | the host has no address of the family | documented |
/// | WSANO_RECOVERY | hints with addresses or names; AI_CANONNAME or AI_FQDN without a node name; the resolver failed | documented |
/// | WSATRY_AGAIN | no name server answered | documented |
/// | WSAEINVAL | unknown flags; AI_CANONNAME with AI_FQDN | documented |
/// | WSAEAFNOSUPPORT | a family other than AF_UNSPEC, AF_INET, AF_INET6 | documented |
/// | WSAESOCKTNOSUPPORT | a type other than 0, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW | documented |
/// | WSATYPE_NOT_FOUND | no such service for this type | documented |
/// | WSA_NOT_ENOUGH_MEMORY | the resolver ran out of memory | documented |
///
/// # Platform notes
/// Foreign names are asked of the host's resolver; those outside ASCII as UTF-8, without IDN encoding.
///
/// # Safety
/// Strings end with NUL; `phints` is NULL or a structure; `ppresult` is NULL or writable.
#[unsafe(export_name = "ws2_getaddrinfo")]
pub unsafe extern "system" fn getaddrinfo(
    pnodename: PCSTR,
    pservicename: PCSTR,
    phints: *const ADDRINFOA,
    ppresult: *mut *mut ADDRINFOA,
) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { look_up(pnodename, pservicename, phints, ppresult) }
}

/// GetAddrInfoW: as [`getaddrinfo`], with UTF-16 names; the list is for [`FreeAddrInfoW`].
///
/// # Safety
/// As for [`getaddrinfo`].
#[unsafe(export_name = "ws2_GetAddrInfoW")]
pub unsafe extern "system" fn GetAddrInfoW(
    pnodename: PCWSTR,
    pservicename: PCWSTR,
    phints: *const ADDRINFOW,
    ppresult: *mut *mut ADDRINFOW,
) -> i32 {
    // SAFETY: as the caller promises; the structures differ in what a name is made of only.
    unsafe { look_up(pnodename, pservicename, phints.cast(), ppresult.cast()) }
}

/// GetAddrInfoW for a `wchar_t` of 32 bits.
///
/// # Safety
/// As for [`getaddrinfo`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_GetAddrInfoW_w32")]
pub unsafe extern "system" fn GetAddrInfoW_w32(
    pnodename: *const u32,
    pservicename: *const u32,
    phints: *const ADDRINFOW,
    ppresult: *mut *mut ADDRINFOW,
) -> i32 {
    // SAFETY: as the caller promises; the structures differ in what a name is made of only.
    unsafe { look_up(pnodename, pservicename, phints.cast(), ppresult.cast()) }
}

/// # Safety
/// As for [`getaddrinfo`].
unsafe fn look_up<U: Unit>(
    node: *const U,
    service: *const U,
    hints: *const ADDRINFOA,
    result: *mut *mut ADDRINFOA,
) -> i32 {
    returning_code(|| {
        // SAFETY: the result is bad or writable.
        unsafe { memory::put(result, ptr::null_mut()) }?;
        startup::require()?;
        let hints = match hints.is_null() {
            true => Hints::default(),
            // SAFETY: the hints are bad or a structure.
            false => read_hints(&unsafe { memory::get(hints) }?)?,
        };
        // SAFETY: both are NULL or end with NUL.
        let (node, service) = unsafe { (string(node), string(service)) };
        let found = resolve::addresses(node.as_deref(), service.as_deref(), hints)?;
        // SAFETY: the result is writable.
        unsafe { memory::put(result, list::<U>(&found, hints)) }
    })
}

fn read_hints(info: &ADDRINFOA) -> Result<Hints, WsaError> {
    let pointers = [info.ai_canonname.cast(), info.ai_addr.cast::<u8>(), info.ai_next.cast()];
    if info.ai_addrlen != 0 || pointers.iter().any(|pointer| !pointer.is_null()) {
        return Err(WsaError::WSANO_RECOVERY);
    }
    Ok(Hints {
        flags: info.ai_flags as u32,
        family: info.ai_family,
        socktype: info.ai_socktype,
        protocol: info.ai_protocol,
    })
}

/// Builds the list from its end, so that each entry knows the next; the first one has the canonical name.
fn list<U: Unit>(found: &Found, hints: Hints) -> *mut ADDRINFOA {
    let mut next = ptr::null_mut();
    for (i, address) in found.addresses.iter().enumerate().rev() {
        let name = found.canonical.as_deref().filter(|_| i == 0);
        next = entry::<U>(&HostAddr::from(*address), name, found.numeric, hints, next);
    }
    next
}

fn entry<U: Unit>(
    address: &HostAddr,
    name: Option<&str>,
    numeric: bool,
    hints: Hints,
    next: *mut ADDRINFOA,
) -> *mut ADDRINFOA {
    let mut form = Address([0; 28]);
    let len = address.to_windows(&mut form.0);
    let mut units = name.map(|name| {
        let mut units = U::encode(name);
        units.push(U::NUL);
        units
    });
    let flag = |set, flag| if set { flag } else { 0 };
    let info = ADDRINFOA {
        ai_flags: (flag(numeric, AI_NUMERICHOST) | flag(name.is_some(), AI_CANONNAME)) as i32,
        ai_family: address.family().to_windows().into(),
        ai_socktype: hints.socktype,
        ai_protocol: hints.protocol,
        ai_addrlen: len,
        ai_canonname: units.as_mut().map_or(ptr::null_mut(), |units| units.as_mut_ptr().cast()),
        ai_addr: ptr::null_mut(),
        ai_next: next,
    };
    let name = units.map(|units| Box::new(units) as Box<dyn Any>);
    let entry = Box::into_raw(Box::new(Entry { info, address: form, _name: name }));
    // SAFETY: the entry was made just now and nothing else points to it.
    unsafe { (*entry).info.ai_addr = (&raw mut (*entry).address).cast() };
    entry.cast()
}

/// freeaddrinfo: frees a list that [`getaddrinfo`] returned; NULL is no list. Leaves the last error alone.
///
/// # Safety
/// Every entry that can be reached comes from getaddrinfo and was not freed before.
#[unsafe(export_name = "ws2_freeaddrinfo")]
pub unsafe extern "system" fn freeaddrinfo(paddrinfo: *const ADDRINFOA) {
    // SAFETY: as the caller promises.
    quiet((), || unsafe { free(paddrinfo) });
}

/// FreeAddrInfoW: frees a list that [`GetAddrInfoW`] returned, whatever the width of its names; NULL is no list.
///
/// # Safety
/// As for [`freeaddrinfo`].
#[unsafe(export_name = "ws2_FreeAddrInfoW")]
pub unsafe extern "system" fn FreeAddrInfoW(paddrinfo: *const ADDRINFOW) {
    // SAFETY: as the caller promises; an entry knows what its name is made of.
    quiet((), || unsafe { free(paddrinfo.cast()) });
}

/// FreeAddrInfoW for a `wchar_t` of 32 bits.
///
/// # Safety
/// As for [`freeaddrinfo`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_FreeAddrInfoW_w32")]
pub unsafe extern "system" fn FreeAddrInfoW_w32(paddrinfo: *const ADDRINFOW) {
    // SAFETY: as the caller promises; an entry knows what its name is made of.
    quiet((), || unsafe { free(paddrinfo.cast()) });
}

/// # Safety
/// As for [`freeaddrinfo`].
unsafe fn free(mut info: *const ADDRINFOA) {
    while !info.is_null() {
        // SAFETY: an entry begins with what the program sees, and was boxed when the list was made.
        let entry = unsafe { Box::from_raw(info.cast_mut().cast::<Entry>()) };
        info = entry.info.ai_next;
    }
}

/// getnameinfo (GetNameInfoA): the name of an address's host and of its port's service.
///
/// `sockaddrlength` counts the bytes of `psockaddr`; the sizes count the bytes of the buffers, NUL included; a NULL
/// buffer asks for nothing. `flags` are NI_*. Where no name is found, the text form of the address or the number of
/// the port stands for it. Returns 0, or a code that is also the last error.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAEFAULT | the address is NULL or shorter than its family's structure | documented |
/// | WSAEFAULT | a buffer is too small for its text | decided |
/// | WSAEAFNOSUPPORT | a family other than AF_INET and AF_INET6 | documented |
/// | WSAEINVAL | a buffer of size 0 | documented |
/// | WSAEINVAL | unknown flags | decided |
/// | WSAHOST_NOT_FOUND | both buffers are NULL; no name is found and NI_NAMEREQD is set | documented |
/// | WSATRY_AGAIN, WSANO_RECOVERY | the resolver failed and NI_NAMEREQD is set | documented |
///
/// # Safety
/// Address and buffers are as long as their lengths say.
#[unsafe(export_name = "ws2_getnameinfo")]
pub unsafe extern "system" fn getnameinfo(
    psockaddr: *const SOCKADDR,
    sockaddrlength: socklen_t,
    pnodebuffer: PSTR,
    nodebuffersize: u32,
    pservicebuffer: PSTR,
    servicebuffersize: u32,
    flags: i32,
) -> i32 {
    let (node, service) = ((pnodebuffer, nodebuffersize), (pservicebuffer, servicebuffersize));
    // SAFETY: as the caller promises.
    unsafe { name(psockaddr, sockaddrlength, node, service, flags) }
}

/// GetNameInfoW: as [`getnameinfo`], to UTF-16 text; the sizes count units.
///
/// # Safety
/// As for [`getnameinfo`].
#[unsafe(export_name = "ws2_GetNameInfoW")]
pub unsafe extern "system" fn GetNameInfoW(
    psockaddr: *const SOCKADDR,
    sockaddrlength: socklen_t,
    pnodebuffer: PWSTR,
    nodebuffersize: u32,
    pservicebuffer: PWSTR,
    servicebuffersize: u32,
    flags: i32,
) -> i32 {
    let (node, service) = ((pnodebuffer, nodebuffersize), (pservicebuffer, servicebuffersize));
    // SAFETY: as the caller promises.
    unsafe { name(psockaddr, sockaddrlength, node, service, flags) }
}

/// GetNameInfoW for a `wchar_t` of 32 bits.
///
/// # Safety
/// As for [`getnameinfo`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_GetNameInfoW_w32")]
pub unsafe extern "system" fn GetNameInfoW_w32(
    psockaddr: *const SOCKADDR,
    sockaddrlength: socklen_t,
    pnodebuffer: *mut u32,
    nodebuffersize: u32,
    pservicebuffer: *mut u32,
    servicebuffersize: u32,
    flags: i32,
) -> i32 {
    let (node, service) = ((pnodebuffer, nodebuffersize), (pservicebuffer, servicebuffersize));
    // SAFETY: as the caller promises.
    unsafe { name(psockaddr, sockaddrlength, node, service, flags) }
}

/// # Safety
/// As for [`getnameinfo`].
unsafe fn name<U: Unit>(
    address: *const SOCKADDR,
    len: socklen_t,
    node: (*mut U, u32),
    service: (*mut U, u32),
    flags: i32,
) -> i32 {
    returning_code(|| {
        startup::require()?;
        let len = usize::try_from(len).map_err(|_| WsaError::WSAEFAULT)?;
        // SAFETY: the address is as long as its length says.
        let address = unsafe { socket_address(address, len) }?;
        let address = match address.family() {
            Family::Inet | Family::Inet6 => address.socket_addr(),
            _ => None,
        };
        let address = address.ok_or(WsaError::WSAEAFNOSUPPORT)?;
        let flags = flags as u32;
        reverse::check_flags(flags)?;
        if [node, service].iter().any(|(buffer, size)| !buffer.is_null() && *size == 0) {
            return Err(WsaError::WSAEINVAL);
        }
        if node.0.is_null() && service.0.is_null() {
            return Err(WsaError::WSAHOST_NOT_FOUND);
        }
        if !node.0.is_null() {
            let name = reverse::host_name(&address, flags)?;
            // SAFETY: the buffer is as long as its size says.
            unsafe { put(&name, node.0, node.1 as usize) }.map_err(|_| WsaError::WSAEFAULT)?;
        }
        if !service.0.is_null() {
            let name = reverse::service_name(address.port(), flags);
            // SAFETY: the buffer is as long as its size says.
            unsafe { put(&name, service.0, service.1 as usize) }.map_err(|_| WsaError::WSAEFAULT)?;
        }
        Ok(())
    })
}

/// Enters the border for a function that returns its code besides leaving it as the last error.
fn returning_code(body: impl FnOnce() -> Result<(), WsaError>) -> i32 {
    match winsock(false, || body().map(|()| true)) {
        true => 0,
        false => last_error() as i32,
    }
}
