//! ioctlsocket and WSAIoctl, as they are exported.
#![allow(unsafe_code)] // The C border.

use core::ffi::c_void;

use super::consts::*;
use super::types::*;
use crate::ffi::border::routed;
use crate::ffi::provider;
use crate::ffi::spi::doors;

/// **ioctlsocket** controls a socket by a number of four bytes at `argp`, in or out.
///
/// FIONBIO takes the mode: 0 is blocking, anything else nonblocking. FIONREAD gives the bytes that
/// receives could take now: on a datagram socket, those of all messages. SIOCATMARK gives 1 unless an
/// out-of-band byte is waiting (F169).
///
/// # Errors
/// Checked in this order:
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | F253 |
/// | WSAEFAULT | `argp` is NULL or no pointer | F251 |
/// | WSAEOPNOTSUPP | any other command | F102 |
///
/// # Platform notes
/// On macOS FIONREAD of a datagram socket counts the first message only.
///
/// # Safety
/// - `argp` is NULL or four bytes to read and write.
#[unsafe(export_name = "ws2_ioctlsocket")]
pub unsafe extern "system" fn ioctlsocket(s: SOCKET, cmd: i32, argp: *mut u32) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe { doors::ioctlsocket(s, cmd, argp) },
        // SAFETY: the caller's promise.
        move || unsafe { provider::ioctl::ioctlsocket(s, cmd, argp) },
    )
}

/// **WSAIoctl** controls a socket: `cbInBuffer` bytes at `lpvInBuffer` go in, up to `cbOutBuffer` bytes
/// come out at `lpvOutBuffer`, and their number goes to `*lpcbBytesReturned`.
///
/// | code | in | out |
/// |---|---|---|
/// | FIONBIO | 4 bytes: the mode | – |
/// | FIONREAD, SIOCATMARK | – | 4 bytes, as [`ioctlsocket`] |
/// | SIO_ADDRESS_LIST_QUERY | – | SOCKET_ADDRESS_LIST: this host's addresses of the socket's family |
/// | SIO_BASE_HANDLE, SIO_BSP_HANDLE, SIO_BSP_HANDLE_SELECT, SIO_BSP_HANDLE_POLL | – | the socket itself: nothing lies below it (F257) |
/// | SIO_ENABLE_CIRCULAR_QUEUEING | – | – ; which message is lost is the host's choice all the same (F260) |
/// | SIO_GET_EXTENSION_FUNCTION_POINTER | a GUID: WSAID_ACCEPTEX, WSAID_CONNECTEX, WSAID_DISCONNECTEX, WSAID_GETACCEPTEXSOCKADDRS, WSAID_WSARECVMSG, WSAID_WSASENDMSG | the function's address, the same for every socket |
/// | SIO_GET_INTERFACE_LIST | – | INTERFACE_INFO, one for each IPv4 address |
/// | SIO_KEEPALIVE_VALS | tcp_keepalive, in milliseconds; below a second they are a second | – |
/// | SIO_UDP_CONNRESET, SIO_UDP_NETRESET | BOOL of 1 to 4 bytes: whether receives tell of ICMP errors (G041, G044) | – |
///
/// With an OVERLAPPED the requests above do what they do within the call, and a success is told like that of
/// any operation, with 0 bytes whatever the count is (F078, F101): to `lpCompletionRoutine`, in an alertable
/// wait of this thread; else to hEvent, or to the socket's handle if that is NULL, and to the completion port
/// of the socket. Of a failure nobody is told. With these exceptions, which fail with WSA_IO_PENDING, leave
/// the count alone and are told of afterwards:
///
/// | code | ends with |
/// |---|---|
/// | one that is not in the list above, or that the socket does not have | STATUS_NOT_SUPPORTED: WSAEOPNOTSUPP, Win32's 50 (F102) |
/// | SIO_BASE_HANDLE, SIO_BSP_HANDLE, SIO_BSP_HANDLE_SELECT, SIO_BSP_HANDLE_POLL | STATUS_NOT_SUPPORTED, nothing written (F257) |
/// | SIO_GET_INTERFACE_LIST | the bytes that came out; with too little room STATUS_BUFFER_TOO_SMALL: WSAEFAULT, Win32's 122 (F261) |
///
/// On a socket made without WSA_FLAG_OVERLAPPED these end within the call too (F034). SIO_KEEPALIVE_VALS with
/// an OVERLAPPED leaves the count alone (F259). A completion routine without an OVERLAPPED is ignored.
///
/// # Errors
/// Checked in this order. `*lpcbBytesReturned` becomes 0 where the table says so, else it stays.
///
/// | code | when | source |
/// |---|---|---|
/// | WSANOTINITIALISED | before WSAStartup | documented |
/// | WSAENOTSOCK | `s` is no socket | F253 |
/// | WSAEFAULT | `lpcbBytesReturned` is NULL, whatever else is given | F079, F102 |
/// | WSAEFAULT | `lpOverlapped` is no pointer | decided |
/// | WSA_INVALID_HANDLE | hEvent is neither NULL nor an open event, and there is no completion routine | decided |
/// | WSAEINVAL | a completion routine on a socket with a completion port | F022 |
/// | WSAEOPNOTSUPP | a code that is not in the list above, or that the socket does not have (count 0) | F102 |
/// | WSA_IO_PENDING | the same with an OVERLAPPED, and the other requests of the table above: the end is told later | F102, F257, F261 |
/// | WSAEFAULT | a buffer that is needed is NULL or too short: FIONBIO below 4, FIONREAD and SIOCATMARK below 4, a GUID below 16 | F252, F254 |
/// | WSAEFAULT | the same of SIO_KEEPALIVE_VALS below 12 (count 0); with an OVERLAPPED the count stays, and Internal is STATUS_PENDING though nothing pends | F029, F258, F259 |
/// | WSAEFAULT | the same of SIO_GET_INTERFACE_LIST (count 0) | F261 |
/// | WSAEFAULT | SIO_ADDRESS_LIST_QUERY has too little room: the count is what it needs | documented |
/// | WSAEINVAL | a GUID that names no function here | F256 |
/// | WSAEINVAL | SIO_KEEPALIVE_VALS switches on with a time of 0 (count 0) | decided |
/// | WSAENOPROTOOPT | SIO_KEEPALIVE_VALS on anything but TCP; SIO_UDP_CONNRESET or SIO_UDP_NETRESET on anything but UDP (count 0) | documented, decided |
///
/// # Platform notes
/// Those of [`ioctlsocket`].
///
/// # Safety
/// - The buffers are NULL or as long as their lengths say; `lpcbBytesReturned` is NULL or four bytes to
///   write.
/// - `lpOverlapped` is NULL or an OVERLAPPED, which stays until the operation has ended; `lpCompletionRoutine`
///   may be called with it.
#[unsafe(export_name = "ws2_WSAIoctl")]
pub unsafe extern "system" fn WSAIoctl(
    s: SOCKET,
    dwiocontrolcode: u32,
    lpvinbuffer: *const c_void,
    cbinbuffer: u32,
    lpvoutbuffer: *mut c_void,
    cboutbuffer: u32,
    lpcbbytesreturned: *mut u32,
    lpoverlapped: *mut OVERLAPPED,
    lpcompletionroutine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    routed(
        SOCKET_ERROR,
        // SAFETY: the caller's promise.
        || unsafe {
            doors::WSAIoctl(
                s,
                dwiocontrolcode,
                lpvinbuffer,
                cbinbuffer,
                lpvoutbuffer,
                cboutbuffer,
                lpcbbytesreturned,
                lpoverlapped,
                lpcompletionroutine,
            )
        },
        // SAFETY: the caller's promise.
        || unsafe {
            provider::ioctl::wsa_ioctl(
                s,
                dwiocontrolcode,
                lpvinbuffer,
                cbinbuffer,
                lpvoutbuffer,
                cboutbuffer,
                lpcbbytesreturned,
                lpoverlapped,
                lpcompletionroutine,
                provider::overlapped::Behalf::default,
            )
        },
    )
}
