//! Sends that are cut into datagrams while the host fails: what was sent, what was not, and who is told.

use std::ptr::null_mut;

use openws2::Win32::Foundation::{CloseHandle, HANDLE, WAIT_OBJECT_0};
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::OVERLAPPED;
use openws2::Win32::System::Threading::{CreateEventA, WaitForSingleObject};

use crate::bits::*;
use crate::doors::{Door, receive};
use crate::host::{Answer::*, Call, Script, always, once, times};
use crate::util::*;

const BYTES: &[u8] = b"aaaabbbbccccdd";
const PIECES: [&[u8]; 4] = [b"aaaa", b"bbbb", b"cccc", b"dd"];

/// A socket whose sends are cut after four bytes, in this mode, and its connected peer.
fn pair(mode: Mode) -> (Owned, Owned) {
    let (s, peer) = (udp_bound(), udp_bound());
    assert_eq!(connect_to(s, port_of(peer)), 0);
    mode.set(s);
    cut_after(s, 4);
    (Owned(s), Owned(peer))
}

fn cut_after(s: SOCKET, size: i32) {
    let done = unsafe { setsockopt(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE, (&raw const size).cast(), 4) };
    assert_eq!(done, 0, "{}", last_error());
}

fn send_on(s: SOCKET) -> Result<usize, i32> {
    let sent = unsafe { send(s, BYTES.as_ptr(), BYTES.len() as i32, 0) };
    usize::try_from(sent).map_err(|_| last_error())
}

#[track_caller]
fn received(peer: SOCKET, pieces: &[&[u8]]) {
    for piece in pieces {
        wait_readable(peer);
        assert_eq!(receive(Door::Recv, peer).as_deref(), Ok(*piece));
    }
    set_nonblocking(peer, true);
    assert_eq!(receive(Door::Recv, peer), Err(WSAEWOULDBLOCK));
}

/// What a host says that does not cut on such a socket, or by such a way.
#[test]
fn where_the_host_does_not_cut_the_library_does() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for errno in [libc::EINVAL, libc::EIO, libc::EMSGSIZE] {
            for mode in Mode::ALL {
                let (s, peer) = pair(mode);
                let script = Script::of([once(Call::Send, s.0, Fails(errno))]);
                assert_eq!(send_on(s.0), Ok(BYTES.len()), "errno {errno} {mode:?}");
                assert_eq!((script.left(), script.made(Call::Send).len()), (0, 5));
                received(peer.0, &PIECES);
            }
        }
    });
}

#[test]
fn datagrams_are_sent_once_whatever_interrupts() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for mode in [Mode::Blocking, Mode::Limited] {
            let (s, peer) = pair(mode);
            let script = Script::of([
                once(Call::Send, s.0, Fails(libc::EINVAL)),
                once(Call::Send, s.0, Real),
                times(3, Call::Send, s.0, Fails(libc::EINTR)),
                once(Call::Send, s.0, Real),
                once(Call::Send, s.0, Fails(libc::EAGAIN)),
            ]);
            assert_eq!(send_on(s.0), Ok(BYTES.len()), "{mode:?}");
            assert_eq!(script.left(), 0);
            received(peer.0, &PIECES);
        }
    });
}

#[test]
fn a_nonblocking_send_tells_how_much_went() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, peer) = pair(Mode::Nonblocking);
        let script = Script::of([
            once(Call::Send, s.0, Fails(libc::EINVAL)),
            times(2, Call::Send, s.0, Real),
            always(Call::Send, s.0, Fails(libc::EAGAIN)),
        ]);
        assert_eq!(send_on(s.0), Ok(8));
        assert_eq!(send_on(s.0), Err(WSAEWOULDBLOCK));
        drop(script);
        received(peer.0, &PIECES[..2]);
    });
}

/// Programs that look at no count lose nothing where a queue is full for a moment.
#[test]
fn a_nonblocking_send_waits_a_moment_for_room_for_its_rest() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, peer) = pair(Mode::Nonblocking);
        let script = Script::of([
            once(Call::Send, s.0, Fails(libc::EINVAL)),
            once(Call::Send, s.0, Real),
            times(3, Call::Send, s.0, Fails(libc::EAGAIN)),
            once(Call::Send, s.0, Real),
            once(Call::Send, s.0, Fails(libc::EAGAIN)),
        ]);
        assert_eq!(send_on(s.0), Ok(BYTES.len()));
        assert_eq!(script.left(), 0);
        drop(script);
        received(peer.0, &PIECES);
        // One that finds no room for its first datagrams does not wait at all.
        let script = Script::of([always(Call::Send, s.0, Fails(libc::EAGAIN))]);
        assert_eq!(send_on(s.0), Err(WSAEWOULDBLOCK));
        assert_eq!((script.made(Call::Send).len(), script.made(Call::Poll).len()), (1, 0));
    });
}

#[test]
fn a_send_that_times_out_tells_how_much_went() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, peer) = pair(Mode::Blocking);
        set_option(s.0, SO_SNDTIMEO, 50);
        let script = Script::of([
            once(Call::Send, s.0, Fails(libc::EINVAL)),
            times(2, Call::Send, s.0, Real),
            always(Call::Send, s.0, Fails(libc::EAGAIN)),
        ]);
        assert_eq!(send_on(s.0), Ok(8));
        assert_eq!(send_on(s.0), Err(WSAETIMEDOUT));
        drop(script);
        received(peer.0, &PIECES[..2]);
    });
}

/// Hosts that cut refuse what they would have to fragment besides; the others are asked.
#[test]
fn datagrams_too_long_for_the_way_are_not_sent() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, peer) = pair(Mode::Blocking);
        assert_eq!(send_on(s.0), Ok(BYTES.len()));
        received(peer.0, &PIECES);
        // 28 bytes of headers go before twelve of its own.
        for (size, result, pieces) in
            [(13, Err(WSAEMSGSIZE), &[][..]), (12, Ok(BYTES.len()), &[&BYTES[..12], &BYTES[12..]])]
        {
            for errno in [libc::EINVAL, libc::EMSGSIZE] {
                cut_after(s.0, size);
                let refused = once(Call::Send, s.0, Fails(errno));
                let script = Script::of([refused, always(Call::GetOption, s.0, Value(40))]);
                assert_eq!(send_on(s.0), result, "{size} {errno}");
                drop(script);
                received(peer.0, pieces);
            }
        }
    });
}

/// What the host says of the way has another reason than the source if that is its own.
#[test]
fn only_a_foreign_source_is_told_as_one() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, peer) = (Owned(udp_bound()), Owned(udp_bound()));
        assert_eq!(connect_to(s.0, port_of(peer.0)), 0);
        let (own, foreign, none) = ([127, 0, 0, 1], [192, 0, 2, 1], [0; 4]);
        for (address, interface, errno, code) in [
            (own, 0, libc::EINVAL, WSAEINVAL),
            (own, 0, libc::ENETUNREACH, WSAENETUNREACH),
            (none, 0, libc::EINVAL, WSAEINVAL),
            (none, 0, libc::ENETUNREACH, WSAENETUNREACH),
            (foreign, 0, libc::EINVAL, WSAEADDRNOTAVAIL),
            (foreign, 0, libc::ENETUNREACH, WSAEADDRNOTAVAIL),
            (none, 0x7fff_fff0, libc::ENODEV, WSAEADDRNOTAVAIL),
        ] {
            let [a, b, c, d] = address;
            let data = [u32::from_ne_bytes([a, b, c, d]), interface];
            let control = Control::one(IPPROTO_IP, IP_PKTINFO, &data);
            let script = Script::of([always(Call::Send, s.0, Fails(errno))]);
            assert_eq!(control.send_on(s.0, null_mut()), Err(code), "{address:?} {interface} {errno}");
            drop(script);
        }
    });
}

/// A source of IPv6's is none of a datagram of IPv4.
#[test]
fn a_source_that_is_not_used_is_not_told_of() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let peer = Owned(udp_bound());
        let s = Owned(unsafe { socket(AF_INET6.into(), SOCK_DGRAM, IPPROTO_UDP) });
        let off = 0i32;
        let done = unsafe { setsockopt(s.0, IPPROTO_IPV6, IPV6_V6ONLY, (&raw const off).cast(), 4) };
        assert_eq!(done, 0, "{}", last_error());
        let mut to = SOCKADDR_IN6 { sin6_family: AF_INET6, ..SOCKADDR_IN6::default() };
        to.sin6_port = port_of(peer.0).to_be();
        to.sin6_addr.u.Byte = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1];
        assert_eq!(unsafe { connect(s.0, (&raw const to).cast(), size_of_val(&to) as i32) }, 0);
        // 2001:db8::1, which is nobody's.
        let data = [u32::from_be(0x2001_0db8), 0, 0, u32::from_be(1), 0];
        let control = Control::one(IPPROTO_IPV6, IPV6_PKTINFO, &data);
        let script = Script::of([always(Call::Send, s.0, Fails(libc::ENETUNREACH))]);
        assert_eq!(control.send_on(s.0, null_mut()), Err(WSAENETUNREACH));
        drop(script);
    });
}

/// The option may be another by the time that there is room.
#[test]
fn a_pending_send_keeps_the_size_that_it_began_with() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for (before, after, pieces) in [(4, 0, &PIECES[..]), (0, 4, &[BYTES][..])] {
            let (s, peer) = pair(Mode::Blocking);
            cut_after(s.0, before);
            let event: HANDLE = unsafe { CreateEventA(std::ptr::null(), 1, 0, std::ptr::null()) };
            let mut over = OVERLAPPED { hEvent: event, ..OVERLAPPED::default() };
            let part = WSABUF { len: BYTES.len() as u32, buf: BYTES.as_ptr().cast_mut() };
            let script = Script::of([once(Call::Send, s.0, Fails(libc::EAGAIN))]);
            let done = unsafe { WSASend(s.0, &raw const part, 1, null_mut(), 0, &raw mut over, None) };
            assert_eq!((done, last_error(), script.left()), (SOCKET_ERROR, WSA_IO_PENDING, 0));
            cut_after(s.0, after);
            drop(script);
            assert_eq!(unsafe { WaitForSingleObject(event, 10_000) }, WAIT_OBJECT_0);
            received(peer.0, pieces);
            unsafe { CloseHandle(event) };
        }
    });
}

#[test]
fn a_failure_on_the_way_is_the_sends() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, peer) = pair(Mode::Blocking);
        let script = Script::of([
            once(Call::Send, s.0, Fails(libc::EINVAL)),
            once(Call::Send, s.0, Real),
            always(Call::Send, s.0, Fails(libc::ENETDOWN)),
        ]);
        assert_eq!(send_on(s.0), Err(WSAENETDOWN));
        drop(script);
        received(peer.0, &PIECES[..1]);
    });
}

/// One entry of control data, and what a WSAMSG with it points to.
struct Control {
    entry: [usize; 8],
    length: usize,
}

impl Control {
    fn one(level: i32, kind: i32, data: &[u32]) -> Self {
        let length = size_of::<CMSGHDR>() + size_of_val(data);
        let mut control = Self { entry: [0; 8], length };
        let at = control.entry.as_mut_ptr().cast::<CMSGHDR>();
        assert!(length <= size_of_val(&control.entry));
        // SAFETY: there is room for the head and what is behind it.
        unsafe {
            at.write(CMSGHDR { cmsg_len: length, cmsg_level: level, cmsg_type: kind });
            at.add(1).cast::<u32>().copy_from_nonoverlapping(data.as_ptr(), data.len());
        }
        control
    }

    /// To the socket's peer. What the WSAMSG points to is gone when it returns, but for the bytes.
    fn send_on(&self, s: SOCKET, over: *mut OVERLAPPED) -> Result<u32, i32> {
        self.send_to(s, None, over)
    }

    fn send_to(&self, s: SOCKET, to: Option<SOCKADDR_IN>, over: *mut OVERLAPPED) -> Result<u32, i32> {
        let (mut entry, mut to, mut sent) = (self.entry, to, 0);
        let mut parts = [&BYTES[..3], &BYTES[3..]]
            .map(|part| WSABUF { len: part.len() as u32, buf: part.as_ptr().cast_mut() });
        let mut message = WSAMSG {
            name: to.as_mut().map_or(null_mut(), |to| (&raw mut *to).cast()),
            namelen: if to.is_some() { size_of::<SOCKADDR_IN>() as i32 } else { 0 },
            lpBuffers: parts.as_mut_ptr(),
            dwBufferCount: 2,
            Control: WSABUF { len: self.length as u32, buf: entry.as_mut_ptr().cast() },
            dwFlags: 0,
        };
        let done = unsafe { WSASendMsg(s, &raw const message, 0, &mut sent, over, None) };
        let result = if done == 0 { Ok(sent) } else { Err(last_error()) };
        entry.fill(usize::MAX);
        to = to.map(|_| SOCKADDR_IN { sin_family: 0xffff, sin_port: 0xffff, ..SOCKADDR_IN::default() });
        parts.fill(WSABUF { len: u32::MAX, buf: null_mut() });
        message = WSAMSG { lpBuffers: null_mut(), dwBufferCount: u32::MAX, ..message };
        std::hint::black_box((&entry, &to, &parts, &message));
        result
    }
}

/// An overlapped one goes on where there was no room, whatever has become by then of the WSAMSG, the name, the
/// array of buffers and the control data.
#[test]
fn an_overlapped_send_ends_when_all_is_sent() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, peer) = (Owned(udp_bound()), Owned(udp_bound()));
        let mut to = SOCKADDR_IN { sin_family: AF_INET, ..SOCKADDR_IN::default() };
        to.sin_port = port_of(peer.0).to_be();
        to.sin_addr.S_un.S_addr = u32::from_ne_bytes([127, 0, 0, 1]);
        let event: HANDLE = unsafe { CreateEventA(std::ptr::null(), 1, 0, std::ptr::null()) };
        let mut over = OVERLAPPED { hEvent: event, ..OVERLAPPED::default() };
        let script = Script::of([
            once(Call::Send, s.0, Fails(libc::EINVAL)),
            once(Call::Send, s.0, Real),
            once(Call::Send, s.0, Fails(libc::EAGAIN)),
        ]);
        let control = Control::one(IPPROTO_UDP, UDP_SEND_MSG_SIZE, &[4]);
        assert_eq!(control.send_to(s.0, Some(to), &raw mut over), Err(WSA_IO_PENDING));
        assert_eq!(script.left(), 0);
        drop(script);
        assert_eq!(unsafe { WaitForSingleObject(event, 10_000) }, WAIT_OBJECT_0);
        let (mut bytes, mut flags) = (0, 0);
        assert_eq!(unsafe { WSAGetOverlappedResult(s.0, &raw const over, &mut bytes, 0, &mut flags) }, 1);
        assert_eq!(bytes as usize, BYTES.len());
        received(peer.0, &PIECES);
        unsafe { CloseHandle(event) };
    });
}

/// More than the host cuts at once: in as few calls as it takes.
#[test]
fn the_host_cuts_as_many_as_it_can() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, peer) = pair(Mode::Blocking);
        let (mut answer, mut length) = (0i32, 4);
        let at = (&raw mut answer).cast();
        // SAFETY: an int of ours. A host before Linux 4.18 does not cut.
        let cuts =
            unsafe { libc::getsockopt(s.0 as i32, libc::SOL_UDP, libc::UDP_SEGMENT, at, &mut length) } == 0;
        let bytes = [7u8; 4 * 130 + 1];
        let script = Script::of([]);
        let sent = unsafe { send(s.0, bytes.as_ptr(), bytes.len() as i32, 0) };
        assert_eq!(sent, bytes.len() as i32);
        assert_eq!(script.made(Call::Send).len(), if cuts { 3 } else { 131 });
        drop(script);
        received(peer.0, &[[&[7u8; 4][..]; 130].as_slice(), &[&[7u8][..]]].concat());
    });
}
