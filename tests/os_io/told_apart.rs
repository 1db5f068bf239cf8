//! As [`closed`](super::closed), on hosts that tell sockets of one kind apart, leave in a call who sits in one on a number
//! that is closed, and count how often a thread sleeps.

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

#[test]
fn a_receive_goes_on_by_the_socket_that_is_left_and_not_by_a_number_that_std_has_closed() {
    let _numbers = numbers();
    let socket = udp();
    let address = socket.local_addr().unwrap();
    let owned = OwnedSocket::from(socket);
    let clone = owned.try_clone().unwrap();
    let stale = clone.as_raw_socket() as SOCKET;
    let closed = UdpSocket::from(clone);
    let last = owned.try_clone().unwrap();
    let port = port_for(raw(&owned));
    let mut pending = receive();
    begin(raw(&owned), &mut pending);
    drop(closed);
    let other = again(stale, udp);
    udp().send_to(b"theirs", other.local_addr().unwrap()).unwrap();
    drop(owned);
    udp().send_to(b"ours", address).unwrap();
    assert_eq!((packet(&port), &pending.bytes[..4]), (Ok(4), &b"ours"[..]));
    other.set_nonblocking(true).unwrap();
    assert_eq!(other.recv(&mut [0; 8]).unwrap(), 6);
    drop(last);
}

/// The host goes on to tell of an object that another descriptor keeps, under the number that was closed.
#[test]
fn what_comes_for_a_clone_of_std_is_not_looked_for_under_a_number_that_std_has_closed() {
    let _numbers = numbers();
    let socket = udp();
    let clone = socket.try_clone().unwrap();
    let number = raw(&socket);
    let port = port_for(number);
    let mut pending = receive();
    begin(number, &mut pending);
    drop(socket);
    let other = again(number, udp);
    other.set_nonblocking(true).unwrap();
    udp().send_to(b"theirs", other.local_addr().unwrap()).unwrap();
    udp().send_to(b"ours", clone.local_addr().unwrap()).unwrap();
    assert_eq!(packet(&port), Err(995), "ERROR_OPERATION_ABORTED");
    assert_eq!(other.recv(&mut [0; 8]).unwrap(), 6);
    assert_eq!(clone.recv(&mut [0; 8]).unwrap(), 4);
}

/// How often the calling thread has let the processor go by itself.
fn times_asleep() -> libc::c_long {
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &mut usage), 0);
        usage.ru_nvcsw
    }
}

#[test]
fn nobody_wakes_for_a_socket_of_std_on_which_nothing_pends_any_more() {
    let _numbers = numbers();
    let socket = udp();
    let port = port_for(raw(&socket));
    let mut pending = receive();
    for round in 0..2 {
        begin(raw(&socket), &mut pending);
        udp().send_to(b"now", socket.local_addr().unwrap()).unwrap();
        assert_eq!(packet(&port), Ok(3), "{round}");
    }
    let before = times_asleep();
    let (mut count, mut key, mut done) = (0, 0, null_mut());
    let waited =
        unsafe { GetQueuedCompletionStatus(port.as_raw_handle(), &mut count, &mut key, &mut done, 1000) };
    assert_eq!((waited, done), (0, null_mut()));
    // Ten times a second it would be; twice is a look that comes to nothing.
    assert!(times_asleep() - before <= 4, "{}", times_asleep() - before);
    // What pends again is looked after again.
    begin(raw(&socket), &mut pending);
    drop(socket);
    assert_eq!(packet(&port), Err(995), "ERROR_OPERATION_ABORTED");
}

#[test]
fn an_urgent_byte_is_not_taken_from_a_socket_that_the_library_was_never_shown() {
    let _numbers = numbers();
    let (client, server) = tcp();
    let number = raw(&client);
    // From the first look for urgent bytes on, they are taken as they come.
    let mut at_mark = 0;
    assert_eq!(unsafe { ioctlsocket(number, SIOCATMARK, &mut at_mark) }, 0);
    let listener = TcpListener::bind(HERE).unwrap();
    let address = listener.local_addr().unwrap();
    drop(client);
    let never_shown = TcpStream::connect(address).unwrap();
    assert_eq!(never_shown.as_raw_fd() as SOCKET, number, "the lowest one");
    let peer = listener.accept().unwrap().0;
    assert_eq!(unsafe { libc::send(peer.as_raw_fd(), b"!".as_ptr().cast(), 1, libc::MSG_OOB) }, 1);
    // Who sends such a byte has those taken first that have come.
    let (sender, _receiver) = tcp();
    assert_eq!(unsafe { send(raw(&sender), b"?".as_ptr(), 1, MSG_OOB) }, 1);
    let mut byte = 0u8;
    let got = unsafe { libc::recv(never_shown.as_raw_fd(), (&raw mut byte).cast(), 1, libc::MSG_OOB) };
    assert_eq!((got, byte), (1, b'!'));
    drop(server);
}
