//! Socket addresses as text: WSAStringToAddress and WSAAddressToString.

use crate::ffi::border::routed;
use crate::ffi::provider;
use crate::ffi::spi::doors;
use crate::ffi::winsock::consts::SOCKET_ERROR;
use crate::ffi::winsock::types::{SOCKADDR, WSAPROTOCOL_INFOA, WSAPROTOCOL_INFOW};
use crate::windows::foundation::{PCSTR, PCWSTR, PSTR, PWSTR};

/// WSAStringToAddressA: the socket address that a text names, such as `10.0.0.1:80` or `[fe80::1%3]:80`.
///
/// `addressfamily` is AF_INET or AF_INET6; without a port in the text the port is 0; `lpprotocolinfo`, if given,
/// must be of the same family. `lpaddresslength` counts the bytes of `lpaddress` and receives the address's length;
/// it is not changed where the text is refused.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEFAULT | the buffer is too small; the length needed is stored | documented |
/// | WSAEFAULT | buffer or length is NULL | decided |
/// | WSAEINVAL | the text is NULL or no address of the family; another family | documented |
///
/// # Safety
/// Text, buffer and length are as described; `lpprotocolinfo` is NULL or a record.
#[unsafe(export_name = "ws2_WSAStringToAddressA")]
pub unsafe extern "system" fn WSAStringToAddressA(
    addressstring: PCSTR,
    addressfamily: i32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOA,
    lpaddress: *mut SOCKADDR,
    lpaddresslength: *mut i32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: as the caller promises.
        || unsafe {
            doors::narrow_string_to_address(
                addressstring,
                addressfamily,
                lpprotocolinfo.cast(),
                lpaddress,
                lpaddresslength,
            )
        },
        // SAFETY: as the caller promises.
        || unsafe {
            let provider = lpprotocolinfo.as_ref().map(|info| info.iAddressFamily);
            provider::text::parse(addressstring, addressfamily, provider, lpaddress, lpaddresslength)
        },
    )
}

/// WSAStringToAddressW: as [`WSAStringToAddressA`], from UTF-16 text.
///
/// # Safety
/// As for [`WSAStringToAddressA`].
#[unsafe(export_name = "ws2_WSAStringToAddressW")]
pub unsafe extern "system" fn WSAStringToAddressW(
    addressstring: PCWSTR,
    addressfamily: i32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOW,
    lpaddress: *mut SOCKADDR,
    lpaddresslength: *mut i32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: as the caller promises.
        || unsafe {
            doors::string_to_address::<u16>(
                addressstring,
                addressfamily,
                lpprotocolinfo.cast(),
                lpaddress,
                lpaddresslength,
            )
        },
        // SAFETY: as the caller promises.
        || unsafe {
            provider::text::string_to_address::<u16>(
                addressstring,
                addressfamily,
                lpprotocolinfo.cast(),
                lpaddress,
                lpaddresslength,
            )
        },
    )
}

/// WSAStringToAddressW for a `wchar_t` of 32 bits.
///
/// # Safety
/// As for [`WSAStringToAddressA`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_WSAStringToAddressW_w32")]
pub unsafe extern "system" fn WSAStringToAddressW_w32(
    addressstring: *const u32,
    addressfamily: i32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOW,
    lpaddress: *mut SOCKADDR,
    lpaddresslength: *mut i32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: as the caller promises.
        || unsafe {
            doors::string_to_address::<u32>(
                addressstring,
                addressfamily,
                lpprotocolinfo.cast(),
                lpaddress,
                lpaddresslength,
            )
        },
        // SAFETY: as the caller promises.
        || unsafe {
            provider::text::string_to_address::<u32>(
                addressstring,
                addressfamily,
                lpprotocolinfo.cast(),
                lpaddress,
                lpaddresslength,
            )
        },
    )
}

/// WSAAddressToStringA: a socket address as text, with its port unless that is 0, and an IPv6 address's scope.
///
/// `dwaddresslength` counts the bytes of `lpsaaddress`; `lpdwaddressstringlength` counts those of
/// `lpszaddressstring` and receives how many the text takes, its NUL among them.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAEINVAL | address or count is NULL; the address is too short or of a family other than AF_INET and AF_INET6 | documented |
/// | WSAEFAULT | the buffer is NULL or too small; the count needed is stored | documented |
///
/// # Safety
/// Address and buffer are as long as their lengths say.
#[unsafe(export_name = "ws2_WSAAddressToStringA")]
pub unsafe extern "system" fn WSAAddressToStringA(
    lpsaaddress: *const SOCKADDR,
    dwaddresslength: u32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOA,
    lpszaddressstring: PSTR,
    lpdwaddressstringlength: *mut u32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: as the caller promises.
        || unsafe {
            doors::address_to_narrow_string(
                lpsaaddress,
                dwaddresslength,
                lpprotocolinfo.cast(),
                lpszaddressstring,
                lpdwaddressstringlength,
            )
        },
        // SAFETY: as the caller promises.
        || unsafe {
            let provider = lpprotocolinfo.as_ref().map(|info| info.iAddressFamily);
            provider::text::print(
                lpsaaddress,
                dwaddresslength,
                provider,
                lpszaddressstring,
                lpdwaddressstringlength,
            )
        },
    )
}

/// WSAAddressToStringW: as [`WSAAddressToStringA`], to UTF-16 text; the counts are of units.
///
/// # Safety
/// As for [`WSAAddressToStringA`].
#[unsafe(export_name = "ws2_WSAAddressToStringW")]
pub unsafe extern "system" fn WSAAddressToStringW(
    lpsaaddress: *const SOCKADDR,
    dwaddresslength: u32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOW,
    lpszaddressstring: PWSTR,
    lpdwaddressstringlength: *mut u32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: as the caller promises.
        || unsafe {
            doors::address_to_string::<u16>(
                lpsaaddress,
                dwaddresslength,
                lpprotocolinfo.cast(),
                lpszaddressstring,
                lpdwaddressstringlength,
            )
        },
        // SAFETY: as the caller promises.
        || unsafe {
            provider::text::address_to_string::<u16>(
                lpsaaddress,
                dwaddresslength,
                lpprotocolinfo.cast(),
                lpszaddressstring,
                lpdwaddressstringlength,
            )
        },
    )
}

/// WSAAddressToStringW for a `wchar_t` of 32 bits.
///
/// # Safety
/// As for [`WSAAddressToStringA`].
#[doc(hidden)]
#[unsafe(export_name = "ws2_WSAAddressToStringW_w32")]
pub unsafe extern "system" fn WSAAddressToStringW_w32(
    lpsaaddress: *const SOCKADDR,
    dwaddresslength: u32,
    lpprotocolinfo: *const WSAPROTOCOL_INFOW,
    lpszaddressstring: *mut u32,
    lpdwaddressstringlength: *mut u32,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: as the caller promises.
        || unsafe {
            doors::address_to_string::<u32>(
                lpsaaddress,
                dwaddresslength,
                lpprotocolinfo.cast(),
                lpszaddressstring,
                lpdwaddressstringlength,
            )
        },
        // SAFETY: as the caller promises.
        || unsafe {
            provider::text::address_to_string::<u32>(
                lpsaaddress,
                dwaddresslength,
                lpprotocolinfo.cast(),
                lpszaddressstring,
                lpdwaddressstringlength,
            )
        },
    )
}
