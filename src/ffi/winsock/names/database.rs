//! The older look-ups, whose structures live in the calling thread: hosts, services, protocols, this computer's name.

use core::cell::UnsafeCell;
use core::ptr;
use std::net::IpAddr;

use super::{put, string};
use crate::error::WsaError;
use crate::ffi::border::winsock;
use crate::ffi::memory::bytes;
use crate::ffi::winsock::consts::SOCKET_ERROR;
use crate::ffi::winsock::types::{HOSTENT, PROTOENT, SERVENT};
use crate::names::database::{self, Protocol, Service};
use crate::names::{resolve, reverse};
use crate::socket::address::Family;
use crate::socket::startup;
use crate::win32::wide::Unit;
use crate::windows::foundation::{PCSTR, PSTR, PWSTR};

/// C strings and the array of pointers to them, which ends with NULL.
struct Strings {
    pointers: Vec<*mut i8>,
    _owned: Vec<Vec<u8>>,
}

impl Strings {
    fn new<'a>(texts: impl IntoIterator<Item = &'a String>) -> Self {
        let mut owned: Vec<Vec<u8>> =
            texts.into_iter().map(|text| [text.as_bytes(), &[0]].concat()).collect();
        let mut pointers: Vec<*mut i8> = owned.iter_mut().map(|bytes| bytes.as_mut_ptr().cast()).collect();
        pointers.push(ptr::null_mut());
        Self { pointers, _owned: owned }
    }

    /// The first string.
    fn first(&self) -> *mut u8 {
        self.pointers[0].cast()
    }

    /// The array without the first string.
    fn rest(&mut self) -> *mut *mut i8 {
        self.pointers[1..].as_mut_ptr()
    }
}

/// What a thread's last look-up of one kind returned, and the memory that it points to.
struct Answer<T> {
    seen: T,
    _memory: Memory,
}

#[derive(Default)]
struct Memory {
    _strings: Vec<Strings>,
    /// Addresses, aligned for programs that read them as numbers.
    _addresses: Vec<[u32; 4]>,
    _list: Vec<*mut i8>,
}

/// One slot of a thread, which its next look-up of the kind overwrites.
type Slot<T> = UnsafeCell<Option<Answer<T>>>;

thread_local! {
    static HOST: Slot<HOSTENT> = const { UnsafeCell::new(None) };
    static SERVICE: Slot<SERVENT> = const { UnsafeCell::new(None) };
    static PROTOCOL: Slot<PROTOENT> = const { UnsafeCell::new(None) };
}

fn keep<T>(slot: &Slot<T>, answer: Answer<T>) -> *mut T {
    // SAFETY: the slot is this thread's, and nothing of ours refers into it between two calls.
    let kept = unsafe { &mut *slot.get() };
    &raw mut kept.insert(answer).seen
}

fn host(name: String, aliases: &[String], family: u16, addresses: &[&[u8]]) -> *mut HOSTENT {
    let mut strings = Strings::new(std::iter::once(&name).chain(aliases));
    let mut copies: Vec<[u32; 4]> = addresses.iter().map(|bytes| words(bytes)).collect();
    let mut list: Vec<*mut i8> = copies.iter_mut().map(|words| words.as_mut_ptr().cast()).collect();
    list.push(ptr::null_mut());
    let seen = HOSTENT {
        h_name: strings.first(),
        h_aliases: strings.rest(),
        h_addrtype: family as i16,
        h_length: addresses.first().map_or(0, |bytes| bytes.len()) as i16,
        h_addr_list: list.as_mut_ptr(),
    };
    let memory = Memory { _strings: vec![strings], _addresses: copies, _list: list };
    HOST.with(|slot| keep(slot, Answer { seen, _memory: memory }))
}

/// The bytes of an address in words, in their own order.
fn words(bytes: &[u8]) -> [u32; 4] {
    let mut words = [0; 4];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_ne_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
    }
    words
}

fn service(found: Service) -> *mut SERVENT {
    let mut strings = Strings::new(std::iter::once(&found.name).chain(&found.aliases));
    let protocol = Strings::new([&found.protocol]);
    let seen = SERVENT {
        s_name: strings.first(),
        s_aliases: strings.rest(),
        s_proto: protocol.first(),
        s_port: found.port.to_be() as i16,
    };
    let memory = Memory { _strings: vec![strings, protocol], ..Memory::default() };
    SERVICE.with(|slot| keep(slot, Answer { seen, _memory: memory }))
}

fn protocol(found: Protocol) -> *mut PROTOENT {
    let mut strings = Strings::new(std::iter::once(&found.name).chain(&found.aliases));
    let seen = PROTOENT { p_name: strings.first(), p_aliases: strings.rest(), p_proto: found.number.into() };
    let memory = Memory { _strings: vec![strings], ..Memory::default() };
    PROTOCOL.with(|slot| keep(slot, Answer { seen, _memory: memory }))
}

/// The address that gethostbyaddr is given: its bytes, of which IPv4 may have too many and IPv6 may not.
fn ip_of_bytes(family: i32, bytes: &[u8]) -> Result<IpAddr, WsaError> {
    match super::family(family) {
        Family::Inet => bytes.first_chunk::<4>().map(|ip| (*ip).into()).ok_or(WsaError::WSAEFAULT),
        Family::Inet6 => <[u8; 16]>::try_from(bytes).map(IpAddr::from).map_err(|_| WsaError::WSAEINVAL),
        _ => Err(WsaError::WSAEAFNOSUPPORT),
    }
}

/// gethostbyname: a host's IPv4 addresses.
///
/// `name` is a name, an IPv4 address as text, or "", NULL or this computer's name for its own addresses. The
/// structure lives until the thread's next gethostbyname or gethostbyaddr. Returns NULL on failure.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAHOST_NOT_FOUND | no such host | documented |
/// | WSANO_DATA | the host has no IPv4 address; the text is an IPv6 or no legal IPv4 address | documented |
/// | WSATRY_AGAIN | no name server answered | documented |
/// | WSANO_RECOVERY | the resolver failed | documented |
///
/// # Safety
/// The name is NULL or ends with NUL.
#[unsafe(export_name = "ws2_gethostbyname")]
pub unsafe extern "system" fn gethostbyname(name: PCSTR) -> *mut HOSTENT {
    winsock(ptr::null_mut(), || {
        startup::require()?;
        // SAFETY: as the caller promises.
        let found = resolve::host_by_name(&unsafe { string(name) }.unwrap_or_default())?;
        let octets: Vec<[u8; 4]> = found.addresses.iter().map(|ip| ip.octets()).collect();
        let addresses: Vec<&[u8]> = octets.iter().map(|ip| &ip[..]).collect();
        Ok(host(found.name, &found.aliases, 2, &addresses))
    })
}

/// gethostbyaddr: the name of an address's host.
///
/// `addr` points to an IN_ADDR or IN6_ADDR, `len` counts its bytes, `type` is AF_INET or AF_INET6. The structure
/// lives until the thread's next gethostbyname or gethostbyaddr. Returns NULL on failure.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEFAULT | the address is NULL, or shorter than 4 bytes for AF_INET | documented |
/// | WSAEINVAL | `len` is not 16 for AF_INET6 | documented |
/// | WSAEAFNOSUPPORT | another family | documented |
/// | WSANO_DATA | the address has no name | documented |
/// | WSATRY_AGAIN, WSANO_RECOVERY | the resolver failed | documented |
///
/// # Safety
/// The address is NULL or readable in its length.
#[unsafe(export_name = "ws2_gethostbyaddr")]
pub unsafe extern "system" fn gethostbyaddr(addr: PCSTR, len: i32, r#type: i32) -> *mut HOSTENT {
    winsock(ptr::null_mut(), || {
        startup::require()?;
        let len = usize::try_from(len).map_err(|_| WsaError::WSAEFAULT)?;
        // SAFETY: as the caller promises.
        let bytes = unsafe { bytes(addr, len) }?;
        let ip = ip_of_bytes(r#type, bytes)?;
        let name = reverse::host_by_address(ip)?;
        let size = if ip.is_ipv4() { 4 } else { 16 };
        Ok(host(name, &[], r#type as u16, &[&bytes[..size]]))
    })
}

/// getservbyname: the port and protocol of a service.
///
/// `name` is its name or an alias, `proto` a protocol's name or NULL for the first that fits. The structure, whose
/// s_port is in the order of the network, lives until the thread's next getservbyname or getservbyport. Returns
/// NULL on failure.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSAEFAULT | the name is NULL | decided |
/// | WSANO_DATA | no such service | documented |
///
/// # Platform notes
/// The host's `/etc/services` is read first; the common services are known where it lacks them.
///
/// # Safety
/// The strings end with NUL.
#[unsafe(export_name = "ws2_getservbyname")]
pub unsafe extern "system" fn getservbyname(name: PCSTR, proto: PCSTR) -> *mut SERVENT {
    winsock(ptr::null_mut(), || {
        startup::require()?;
        // SAFETY: as the caller promises.
        let (name, proto) = unsafe { (string(name), string(proto)) };
        let name = name.ok_or(WsaError::WSAEFAULT)?;
        database::service_by_name(&name, proto.as_deref()).map(service).ok_or(WsaError::WSANO_DATA)
    })
}

/// getservbyport: the name of the service on a port, which is in the order of the network.
///
/// As [`getservbyname`] in every other respect.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | F001 |
/// | WSANO_DATA | no service on this port | documented |
///
/// # Safety
/// `proto` is NULL or ends with NUL.
#[unsafe(export_name = "ws2_getservbyport")]
pub unsafe extern "system" fn getservbyport(port: i32, proto: PCSTR) -> *mut SERVENT {
    winsock(ptr::null_mut(), || {
        startup::require()?;
        // SAFETY: as the caller promises.
        let proto = unsafe { string(proto) };
        let port = u16::from_be(port as u16);
        database::service_by_port(port, proto.as_deref()).map(service).ok_or(WsaError::WSANO_DATA)
    })
}

/// getprotobyname: the number of a protocol, by its name or an alias.
///
/// The structure lives until the thread's next getprotobyname or getprotobynumber. Returns NULL on failure.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEFAULT | the name is NULL | decided |
/// | WSANO_DATA | no such protocol | documented |
///
/// # Platform notes
/// The host's `/etc/protocols` is read first; the common protocols are known where it lacks them.
///
/// # Safety
/// The name ends with NUL.
#[unsafe(export_name = "ws2_getprotobyname")]
pub unsafe extern "system" fn getprotobyname(name: PCSTR) -> *mut PROTOENT {
    winsock(ptr::null_mut(), || {
        startup::require()?;
        // SAFETY: as the caller promises.
        let name = unsafe { string(name) }.ok_or(WsaError::WSAEFAULT)?;
        database::protocol_by_name(&name).map(protocol).ok_or(WsaError::WSANO_DATA)
    })
}

/// getprotobynumber: the name of a protocol, by its number.
///
/// As [`getprotobyname`] in every other respect.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSANO_DATA | no such protocol | documented |
///
/// # Safety
/// The structure must not be used after the thread's next look-up of a protocol or its end.
#[unsafe(export_name = "ws2_getprotobynumber")]
pub unsafe extern "system" fn getprotobynumber(number: i32) -> *mut PROTOENT {
    winsock(ptr::null_mut(), || {
        startup::require()?;
        database::protocol_by_number(number).map(protocol).ok_or(WsaError::WSANO_DATA)
    })
}

/// gethostname: this computer's name, which gethostbyname resolves.
///
/// `namelen` counts the bytes of `name`, NUL included; 256 always suffice.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEFAULT | the buffer is NULL or too small | documented |
///
/// # Safety
/// The buffer is NULL or writable in its length.
#[unsafe(export_name = "ws2_gethostname")]
pub unsafe extern "system" fn gethostname(name: PSTR, namelen: i32) -> i32 {
    // SAFETY: as the caller promises.
    winsock(SOCKET_ERROR, || unsafe { own_name(name, namelen) })
}

/// GetHostNameW: as [`gethostname`], to UTF-16 text; `namelen` counts units.
///
/// # Safety
/// As for [`gethostname`].
#[unsafe(export_name = "ws2_GetHostNameW")]
pub unsafe extern "system" fn GetHostNameW(name: PWSTR, namelen: i32) -> i32 {
    // SAFETY: as the caller promises.
    winsock(SOCKET_ERROR, || unsafe { own_name(name, namelen) })
}

/// GetHostNameW for a `wchar_t` of 32 bits.
///
/// # Safety
/// As for [`gethostname`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_GetHostNameW_w32")]
pub unsafe extern "system" fn GetHostNameW_w32(name: *mut u32, namelen: i32) -> i32 {
    // SAFETY: as the caller promises.
    winsock(SOCKET_ERROR, || unsafe { own_name(name, namelen) })
}

/// # Safety
/// As for [`gethostname`].
unsafe fn own_name<U: Unit>(name: *mut U, len: i32) -> Result<i32, WsaError> {
    startup::require()?;
    let room = usize::try_from(len).map_err(|_| WsaError::WSAEFAULT)?;
    // SAFETY: as the caller promises.
    unsafe { put(&resolve::host_name(), name, room) }.map(|_| 0).map_err(|_| WsaError::WSAEFAULT)
}
