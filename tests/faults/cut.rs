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
    let size = 4;
    let done = unsafe { setsockopt(s, IPPROTO_UDP, UDP_SEND_MSG_SIZE, (&raw const size).cast(), 4) };
    assert_eq!(done, 0, "{}", last_error());
    (Owned(s), Owned(peer))
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

/// An overlapped one goes on where there was no room, whatever has become of the control data by then.
#[test]
fn an_overlapped_send_ends_when_all_is_sent() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, peer) = (Owned(udp_bound()), Owned(udp_bound()));
        assert_eq!(connect_to(s.0, port_of(peer.0)), 0);
        let mut control = [0usize; 4];
        let head = CMSGHDR {
            cmsg_len: size_of::<CMSGHDR>() + 4,
            cmsg_level: IPPROTO_UDP,
            cmsg_type: UDP_SEND_MSG_SIZE,
        };
        let at = control.as_mut_ptr().cast::<CMSGHDR>();
        // SAFETY: there is room for the head and a number behind it.
        unsafe {
            at.write(head);
            at.add(1).cast::<u32>().write(4);
        }
        let room = WSABUF { len: head.cmsg_len as u32, buf: control.as_mut_ptr().cast() };
        let mut part = WSABUF { len: BYTES.len() as u32, buf: BYTES.as_ptr().cast_mut() };
        let message =
            WSAMSG { lpBuffers: &raw mut part, dwBufferCount: 1, Control: room, ..WSAMSG::default() };
        let event: HANDLE = unsafe { CreateEventA(std::ptr::null(), 1, 0, std::ptr::null()) };
        let mut over = OVERLAPPED { hEvent: event, ..OVERLAPPED::default() };
        let script = Script::of([
            once(Call::Send, s.0, Fails(libc::EINVAL)),
            once(Call::Send, s.0, Real),
            once(Call::Send, s.0, Fails(libc::EAGAIN)),
        ]);
        let done = unsafe { WSASendMsg(s.0, &raw const message, 0, null_mut(), &raw mut over, None) };
        assert_eq!((done, last_error(), script.left()), (SOCKET_ERROR, WSA_IO_PENDING, 0));
        drop(script);
        control.fill(usize::MAX);
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
