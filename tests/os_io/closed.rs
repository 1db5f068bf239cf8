//! Numbers that std has closed behind the library's back while it still had to do with them: whoever has such a number
//! next is neither read from, nor written to, nor closed.

use openws2::Win32::Foundation::STATUS_PENDING;
use openws2::Win32::System::Threading::INFINITE;

use super::*;

/// Waits for a fact.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(5);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The thread gets no signal from here on: what sits in a host call stays there.
fn keep_signals_out() {
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        assert_eq!(libc::pthread_sigmask(libc::SIG_BLOCK, &all, null_mut()), 0);
    }
}

fn stream() -> SOCKET {
    let made = unsafe { WSASocketW(2, SOCK_STREAM, 0, null_mut(), 0, WSA_FLAG_OVERLAPPED) };
    assert_ne!(made, INVALID_SOCKET, "{}", last_error());
    made
}

/// A number from which old calls do not come out is nobody's until they have.
#[test]
fn a_socket_that_is_made_while_the_last_one_of_its_number_is_being_buried_stays_open() {
    let _numbers = numbers();
    let (socket, peer) = (udp(), udp());
    let (number, address) = (raw(&socket), socket.local_addr().unwrap());
    let sits = util::start_blocked(move || {
        keep_signals_out();
        recv_into(number, 8)
    });
    let (event, mut pending) = (event(), receive());
    pending.overlapped.hEvent = event.as_raw_handle();
    begin(number, &mut pending);
    drop(socket);
    // Who waits finds out that the socket is closed: what pends ends first, and then the calls are to come out.
    let waits = std::thread::spawn(move || unsafe { WaitForSingleObject(event.as_raw_handle(), INFINITE) });
    until("the burial has begun", || {
        let status = unsafe { (&raw const pending.overlapped.Internal).read_volatile() };
        status != STATUS_PENDING as usize
    });
    let made: Vec<SOCKET> = (0..4).map(|_| stream()).collect();
    assert_eq!(waits.join().unwrap(), WAIT_OBJECT_0);
    peer.send_to(b"out", address).unwrap();
    assert_eq!(sits.join().unwrap().0, 3);
    for s in made {
        assert_eq!(integer(s, SO_TYPE), SOCK_STREAM, "{}", last_error());
        assert_eq!(unsafe { closesocket(s) }, 0, "{}", last_error());
    }
    // The number is free by now.
    let next = again(number, udp);
    assert_eq!(integer(raw(&next), SO_TYPE), SOCK_DGRAM);
}
