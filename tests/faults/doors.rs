//! The receive functions, each seen from outside: what it gave, and that a failure touched nothing.

use std::sync::OnceLock;

use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::OVERLAPPED;

use crate::util::{close, last_error, loopback, new_socket};

/// A function that receives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    Recv,
    RecvFrom,
    WsaRecv,
    /// Into two buffers.
    WsaRecvSplit,
    WsaRecvFrom,
    WsaRecvEx,
    WsaRecvMsg,
}

impl Door {
    /// Those that receive from any socket.
    pub const STREAM: &[Self] =
        &[Self::Recv, Self::RecvFrom, Self::WsaRecv, Self::WsaRecvSplit, Self::WsaRecvFrom, Self::WsaRecvEx];

    /// Those and the one for datagrams only (G079).
    pub const DATAGRAM: &[Self] = &[
        Self::Recv,
        Self::RecvFrom,
        Self::WsaRecv,
        Self::WsaRecvSplit,
        Self::WsaRecvFrom,
        Self::WsaRecvEx,
        Self::WsaRecvMsg,
    ];

    /// Whether the function has a place for a name.
    pub fn names(self) -> bool {
        matches!(self, Self::RecvFrom | Self::WsaRecvFrom | Self::WsaRecvMsg)
    }
}

type RecvMsg = unsafe extern "system" fn(
    SOCKET,
    *mut WSAMSG,
    *mut u32,
    *mut OVERLAPPED,
    LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32;

/// WSARecvMsg, which any socket tells of.
fn wsa_recv_msg() -> RecvMsg {
    static FUNCTION: OnceLock<RecvMsg> = OnceLock::new();
    *FUNCTION.get_or_init(|| {
        let s = new_socket(SOCK_DGRAM);
        let (id, mut function, mut size): (_, LPFN_WSARECVMSG, _) = (WSAID_WSARECVMSG, None, 0);
        let (length, room) = (size_of_val(&id) as u32, size_of_val(&function) as u32);
        let (asked, at) = ((&raw const id).cast(), (&raw mut function).cast());
        let (code, null) = (SIO_GET_EXTENSION_FUNCTION_POINTER, std::ptr::null_mut());
        // SAFETY: all pointers are to what lives in this function.
        let done = unsafe { WSAIoctl(s, code, asked, length, at, room, &mut size, null, None) };
        assert_eq!(done, 0, "{}", last_error());
        close(s);
        function.unwrap()
    })
}

pub const ROOM: usize = 64;
const FILL: u8 = 0xA5;
const COUNT: u32 = 0xDEAD_BEEF;
const NAME: SOCKADDR_IN = SOCKADDR_IN {
    sin_family: 0x5A5A,
    sin_port: 0x5A5A,
    sin_addr: IN_ADDR { S_un: IN_ADDR_0 { S_addr: 0x5A5A_5A5A } },
    sin_zero: [0x5A; 8],
};

thread_local! {
    /// One buffer for all calls of a thread: memory that is known to be writable takes the short way.
    static BUFFER: *mut [u8; ROOM] = Box::into_raw(Box::new([0; ROOM]));
}

/// Receives through a door, without flags. The bytes, or the code of a failure that touched nothing.
#[track_caller]
pub fn receive(door: Door, s: SOCKET) -> Result<Vec<u8>, i32> {
    let (result, name) = receive_named(door, s);
    if result.is_err() {
        assert_eq!(name, None, "{door:?} {result:?}: the name was touched");
    }
    result
}

/// As [`receive`]; with the port of the name, if one was written.
#[track_caller]
pub fn receive_named(door: Door, s: SOCKET) -> (Result<Vec<u8>, i32>, Option<u16>) {
    let buffer = BUFFER.with(|buffer| *buffer);
    // SAFETY: the thread's own buffer, which lives for ever.
    let bytes = unsafe { &mut *buffer };
    bytes.fill(FILL);
    let mut name = NAME;
    let mut length = size_of::<SOCKADDR_IN>() as i32;
    let (mut count, mut flags) = (COUNT, 0u32);
    let mut partial = 0x77;
    let (mut control, mut controlled) = ([FILL; ROOM], ROOM as u32);
    let receive_message = wsa_recv_msg();
    let whole = [WSABUF { len: ROOM as u32, buf: bytes.as_mut_ptr() }];
    let split = [
        WSABUF { len: 3, buf: bytes.as_mut_ptr() },
        WSABUF { len: ROOM as u32 - 3, buf: bytes.as_mut_ptr().wrapping_add(3) },
    ];
    let (from, overlapped) = ((&raw mut name).cast(), std::ptr::null_mut());
    unsafe { WSASetLastError(0) };
    // SAFETY: all pointers are to what lives in this function.
    let returned = unsafe {
        match door {
            Door::Recv => recv(s, bytes.as_mut_ptr(), ROOM as i32, 0),
            Door::RecvFrom => recvfrom(s, bytes.as_mut_ptr(), ROOM as i32, 0, from, &mut length),
            Door::WsaRecv => WSARecv(s, whole.as_ptr(), 1, &mut count, &mut flags, overlapped, None),
            Door::WsaRecvSplit => WSARecv(s, split.as_ptr(), 2, &mut count, &mut flags, overlapped, None),
            Door::WsaRecvFrom => {
                WSARecvFrom(s, whole.as_ptr(), 1, &mut count, &mut flags, from, &mut length, overlapped, None)
            }
            Door::WsaRecvEx => WSARecvEx(s, bytes.as_mut_ptr(), ROOM as i32, &mut partial),
            Door::WsaRecvMsg => {
                let mut message = WSAMSG {
                    name: from,
                    namelen: length,
                    lpBuffers: whole.as_ptr().cast_mut(),
                    dwBufferCount: 1,
                    Control: WSABUF { len: ROOM as u32, buf: control.as_mut_ptr() },
                    dwFlags: 0,
                };
                let returned = receive_message(s, &mut message, &mut count, overlapped, None);
                (length, flags, controlled) = (message.namelen, message.dwFlags, message.Control.len);
                returned
            }
        }
    };
    let named = name.sin_family == loopback(0).sin_family;
    let port = named.then(|| u16::from_be(name.sin_port));
    if returned >= 0 {
        let counts =
            matches!(door, Door::WsaRecv | Door::WsaRecvSplit | Door::WsaRecvFrom | Door::WsaRecvMsg);
        let received = if counts { count as usize } else { returned as usize };
        return (Ok(bytes[..received].to_vec()), port);
    }
    let code = last_error();
    assert_eq!(returned, SOCKET_ERROR, "{door:?}");
    assert_ne!(code, 0, "{door:?}: a failure has a code");
    assert!(bytes.iter().all(|&byte| byte == FILL), "{door:?} {code}: the buffer was touched");
    assert_eq!((control, controlled), ([FILL; ROOM], ROOM as u32), "{door:?} {code}: control data");
    assert_eq!((count, flags), (COUNT, 0), "{door:?} {code}: count or flags were touched");
    assert_eq!(partial, 0x77, "{door:?} {code}: flags were touched");
    assert_eq!(length, size_of::<SOCKADDR_IN>() as i32, "{door:?} {code}: the name's length was touched");
    if !named {
        assert_eq!((name.sin_family, name.sin_port), (NAME.sin_family, NAME.sin_port), "{door:?} {code}");
        assert_eq!(name.sin_zero, NAME.sin_zero, "{door:?} {code}: the name was touched");
    }
    (Err(code), port)
}
