//! The calls themselves, with everything about them checked that holds whatever the sockets' state is.

use std::ptr::null_mut;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::OVERLAPPED;

use crate::util::{last_error, set_of};

/// The functions that receive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    Recv,
    RecvFrom,
    WsaRecv,
    WsaRecvFrom,
    RecvEx,
    /// For datagrams only.
    RecvMsg,
}

/// Those for streams.
pub const DOORS: [Door; 5] = [Door::Recv, Door::RecvFrom, Door::WsaRecv, Door::WsaRecvFrom, Door::RecvEx];

impl Door {
    /// Whether it takes several buffers, and tells the count apart from the result.
    fn scatters(self) -> bool {
        matches!(self, Self::WsaRecv | Self::WsaRecvFrom | Self::RecvMsg)
    }

    pub fn names(self) -> bool {
        matches!(self, Self::RecvFrom | Self::WsaRecvFrom | Self::RecvMsg)
    }
}

/// What a receive gave: the bytes, or the code and the bytes that were stored all the same.
pub struct Got {
    pub result: Result<Vec<u8>, i32>,
    /// What a truncated message left in the buffers.
    pub head: Vec<u8>,
    /// The flags that came out, of the functions that have any.
    pub flags: Option<u32>,
    /// The sender's port, of the functions that tell it on a socket that has senders.
    pub from: Option<u16>,
}

/// Stands between the buffers: no call may write there.
const GUARD: u8 = 0xee;
const GUARD_LEN: usize = 8;
const UNTOUCHED: u32 = 0xdead_beef;
const NO_LENGTH: i32 = 0xC0FF_EE11_u32 as i32;

/// Buffers in one piece of memory, with guards around them.
struct Buffers {
    memory: Vec<u8>,
    places: Vec<(usize, usize)>,
}

impl Buffers {
    fn new(lens: &[usize]) -> Self {
        let mut end = GUARD_LEN;
        let places = lens.iter().map(|&len| {
            let place = (end, len);
            end += len + GUARD_LEN;
            place
        });
        let places: Vec<_> = places.collect();
        Self { memory: vec![GUARD; end], places }
    }

    fn wsabufs(&mut self) -> Vec<WSABUF> {
        let base = self.memory.as_mut_ptr();
        let buffer = |(i, &(start, len)): (usize, &(usize, usize))| WSABUF {
            len: len as u32,
            // G111: NULL is good for no bytes.
            buf: if len == 0 && i % 2 == 0 { null_mut() } else { base.wrapping_add(start) },
        };
        self.places.iter().enumerate().map(buffer).collect()
    }

    fn bytes(&self) -> Vec<u8> {
        self.places.iter().flat_map(|&(start, len)| &self.memory[start..start + len]).copied().collect()
    }

    fn guards_hold(&self) -> bool {
        let mut is_guard = vec![true; self.memory.len()];
        self.places.iter().for_each(|&(start, len)| is_guard[start..start + len].fill(false));
        self.memory.iter().zip(is_guard).all(|(&byte, guard)| !guard || byte == GUARD)
    }
}

/// One receive. `named` says that the socket fills a sender's name; a stream leaves it alone (F308).
pub fn receive(
    s: SOCKET,
    door: Door,
    lens: &[usize],
    flags: u32,
    named: bool,
    limit: Duration,
) -> Result<Got, String> {
    let lens = if door.scatters() { lens.to_vec() } else { vec![lens.iter().sum()] };
    let mut buffers = Buffers::new(&lens);
    let mut wsabufs = buffers.wsabufs();
    let (count, first) = (wsabufs.len() as u32, wsabufs[0]);
    let mut received = UNTOUCHED;
    let mut inout = flags;
    let mut name = SOCKADDR_IN::default();
    let mut name_len = if named { size_of::<SOCKADDR_IN>() as i32 } else { NO_LENGTH };
    let from: *mut SOCKADDR = (&raw mut name).cast();
    let length = first.len as i32;
    let (returned, code) = guarded(s, limit, || unsafe {
        match door {
            Door::Recv => recv(s, first.buf, length, flags as i32),
            Door::RecvFrom => recvfrom(s, first.buf, length, flags as i32, from, &raw mut name_len),
            Door::WsaRecv => WSARecv(s, wsabufs.as_ptr(), count, &mut received, &mut inout, null_mut(), None),
            Door::WsaRecvFrom => WSARecvFrom(
                s,
                wsabufs.as_ptr(),
                count,
                &mut received,
                &mut inout,
                from,
                &raw mut name_len,
                null_mut(),
                None,
            ),
            Door::RecvEx => {
                let mut out = -1;
                let returned = WSARecvEx(s, first.buf, length, &mut out);
                inout = out as u32;
                returned
            }
            Door::RecvMsg => {
                let control = WSABUF { len: 0, buf: null_mut() };
                let mut message = WSAMSG {
                    name: from,
                    namelen: name_len,
                    lpBuffers: wsabufs.as_mut_ptr(),
                    dwBufferCount: count,
                    Control: control,
                    dwFlags: flags,
                };
                let returned = recv_msg(s)(s, &mut message, &mut received, null_mut(), None);
                inout = message.dwFlags;
                returned
            }
        }
    })?;
    check(buffers.guards_hold(), || "bytes were stored outside of the buffers".into())?;
    check(returned == SOCKET_ERROR || code == 0, || format!("last error {code} after success (F008)"))?;
    let stream_name_holds = name_len == NO_LENGTH && name.sin_port == 0;
    check(named || stream_name_holds, || "a stream's name was written (F308)".into())?;
    let mut bytes = buffers.bytes();
    let result = if returned == SOCKET_ERROR {
        let may_count = code == WSAEMSGSIZE;
        check(may_count || received == UNTOUCHED, || format!("count {received} with {code} (F187)"))?;
        Err(code)
    } else {
        let n = if door.scatters() { received as usize } else { returned as usize };
        check(!door.scatters() || returned == 0, || format!("returned {returned}, not 0"))?;
        check(n <= bytes.len(), || format!("{n} bytes in buffers of {}", bytes.len()))?;
        Ok(bytes[..n].to_vec())
    };
    if code == WSAEMSGSIZE && door.scatters() {
        check(received as usize == bytes.len(), || format!("count {received} of a cut message (G050)"))?;
    }
    if returned != SOCKET_ERROR {
        bytes.clear();
    }
    let out = door.scatters() || door == Door::RecvEx;
    Ok(Got {
        result,
        head: bytes,
        flags: (out && returned != SOCKET_ERROR).then_some(inout),
        from: (named && door.names()).then(|| u16::from_be(name.sin_port)),
    })
}

type RecvMsg = unsafe extern "system" fn(
    SOCKET,
    *mut WSAMSG,
    *mut u32,
    *mut OVERLAPPED,
    LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32;

/// WSARecvMsg, which is asked of some socket once.
fn recv_msg(s: SOCKET) -> RecvMsg {
    static FUNCTION: OnceLock<RecvMsg> = OnceLock::new();
    *FUNCTION.get_or_init(|| {
        let (id, mut function, mut size): (_, LPFN_WSARECVMSG, _) = (WSAID_WSARECVMSG, None, 0);
        let (input, output) = ((&raw const id).cast(), (&raw mut function).cast());
        let (input_size, output_size) = (size_of_val(&id) as u32, size_of_val(&function) as u32);
        let code = SIO_GET_EXTENSION_FUNCTION_POINTER;
        let done =
            unsafe { WSAIoctl(s, code, input, input_size, output, output_size, &mut size, null_mut(), None) };
        assert_eq!(done, 0, "WSAID_WSARECVMSG: {}", last_error());
        function.expect("a pointer")
    })
}

/// The result of a call that answers 0 or SOCKET_ERROR.
pub fn done(returned: i32) -> Result<(), i32> {
    if returned == 0 { Ok(()) } else { Err(last_error()) }
}

pub fn control(s: SOCKET, code: i32, value: u32) -> Result<u32, i32> {
    let mut value = value;
    done(unsafe { ioctlsocket(s, code, &mut value) }).map(|()| value)
}

pub fn set(s: SOCKET, name: i32, value: &[u8]) -> Result<(), i32> {
    done(unsafe { setsockopt(s, SOL_SOCKET, name, value.as_ptr(), value.len() as i32) })
}

/// closesocket that resets the connection.
pub fn abort(s: SOCKET) -> Result<(), i32> {
    set(s, SO_LINGER, &[1, 0, 0, 0])?;
    done(unsafe { closesocket(s) })
}

/// What select says now: readable, writable, exceptional; the last one only if it is asked for.
pub fn select_now(s: SOCKET, with_except: bool) -> Result<(bool, bool, bool), i32> {
    let (mut read, mut write, mut except) = (set_of(&[s]), set_of(&[s]), set_of(&[s]));
    let third = if with_except { &raw mut except } else { null_mut() };
    let now = TIMEVAL { tv_sec: 0, tv_usec: 0 };
    let count = unsafe { select(0, &mut read, &mut write, third, &now) };
    if count == SOCKET_ERROR {
        return Err(last_error());
    }
    let is = |set: FD_SET| set.fd_count == 1;
    Ok((is(read), is(write), with_except && is(except)))
}

pub fn check(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// The call that runs, and when it must be over.
static RUNNING: Mutex<Option<(Instant, SOCKET)>> = Mutex::new(None);

/// Makes a call that should not wait; one that does is ended by closing its socket.
fn guarded(s: SOCKET, limit: Duration, call: impl FnOnce() -> i32) -> Result<(i32, i32), String> {
    static WATCHDOG: OnceLock<()> = OnceLock::new();
    WATCHDOG.get_or_init(|| {
        std::thread::spawn(watch);
    });
    let running = || RUNNING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    *running() = Some((Instant::now() + limit, s));
    let returned = call();
    let code = last_error();
    let in_time = running().take().is_some();
    check(in_time, || format!("the call waits, for more than {limit:?}"))?;
    Ok((returned, code))
}

fn watch() {
    loop {
        std::thread::sleep(Duration::from_millis(50));
        let mut running = RUNNING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let late = running.take_if(|(until, _)| *until < Instant::now());
        drop(running);
        if let Some((_, s)) = late {
            unsafe { closesocket(s) };
        }
    }
}
