//! The receive functions, each seen from outside: what it gave, and that a failure touched nothing.

use openws2::Win32::Networking::WinSock::*;

use crate::util::{last_error, loopback};

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
}

impl Door {
    pub const ALL: [Self; 6] =
        [Self::Recv, Self::RecvFrom, Self::WsaRecv, Self::WsaRecvSplit, Self::WsaRecvFrom, Self::WsaRecvEx];
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

/// Receives through a door, without flags. The bytes, or the code.
#[track_caller]
pub fn receive(door: Door, s: SOCKET) -> Result<Vec<u8>, i32> {
    let buffer = BUFFER.with(|buffer| *buffer);
    // SAFETY: the thread's own buffer, which lives for ever.
    let bytes = unsafe { &mut *buffer };
    bytes.fill(FILL);
    let mut name = NAME;
    let mut length = size_of::<SOCKADDR_IN>() as i32;
    let (mut count, mut flags) = (COUNT, 0u32);
    let mut partial = 0x77;
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
        }
    };
    if returned >= 0 {
        let counts = matches!(door, Door::WsaRecv | Door::WsaRecvSplit | Door::WsaRecvFrom);
        let received = if counts { count as usize } else { returned as usize };
        return Ok(bytes[..received].to_vec());
    }
    let code = last_error();
    assert_eq!(returned, SOCKET_ERROR, "{door:?}");
    assert_ne!(code, 0, "{door:?}: a failure has a code");
    assert!(bytes.iter().all(|&byte| byte == FILL), "{door:?} {code}: the buffer was touched");
    assert_eq!((count, flags), (COUNT, 0), "{door:?} {code}: count or flags were touched");
    assert_eq!(partial, 0x77, "{door:?} {code}: flags were touched");
    assert_eq!(length, size_of::<SOCKADDR_IN>() as i32, "{door:?} {code}: the name's length was touched");
    assert_eq!(name.sin_zero, NAME.sin_zero, "{door:?} {code}: the name was touched");
    assert_eq!((name.sin_family, name.sin_port), (NAME.sin_family, NAME.sin_port), "{door:?} {code}");
    Err(code)
}

/// recvfrom that fails with a name: the code and the port of the name, or that there was none.
pub fn receive_named(s: SOCKET) -> (Result<i32, i32>, Option<u16>) {
    let mut bytes = [FILL; ROOM];
    let (mut name, mut length) = (NAME, size_of::<SOCKADDR_IN>() as i32);
    // SAFETY: all pointers are to what lives in this function.
    let n = unsafe { recvfrom(s, bytes.as_mut_ptr(), ROOM as i32, 0, (&raw mut name).cast(), &mut length) };
    let result = if n < 0 { Err(last_error()) } else { Ok(n) };
    let named = name.sin_family == loopback(0).sin_family;
    (result, named.then(|| u16::from_be(name.sin_port)))
}
