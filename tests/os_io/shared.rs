//! What std and Winsock do at the same time to one descriptor, and to its clones: whose mode it has, whose end it is.

use std::sync::mpsc;

use openws2::Win32::System::IO::CancelIoEx;

use super::*;

#[test]
fn nonblocking_mode_that_std_sets_holds_for_a_receive_behind_one_that_pends() {
    let _numbers = numbers();
    let socket = Arc::new(udp());
    let mut pending = receive();
    begin(raw(&*socket), &mut pending);
    socket.set_nonblocking(true).unwrap();
    let (tell, told) = mpsc::channel();
    let receiver = Arc::clone(&socket);
    std::thread::spawn(move || tell.send((recv_into(raw(&*receiver), 8).0, last_error())));
    let end = told.recv_timeout(Duration::from_secs(5)).expect("it does not wait");
    assert_eq!(end, (SOCKET_ERROR, WSAEWOULDBLOCK));
    // And back: a receive waits, behind the one that pends.
    socket.set_nonblocking(false).unwrap();
    let receiver = Arc::clone(&socket);
    let waits = util::start_blocked(move || recv_bytes(raw(&*receiver), 8));
    let sender = udp();
    for text in [b"1", b"2"] {
        sender.send_to(text, socket.local_addr().unwrap()).unwrap();
    }
    assert_eq!(waits.join().unwrap(), Ok(b"2".to_vec()));
    assert_eq!(pending.bytes[0], b'1');
}

/// While an AcceptEx pends the host must not wait; before and after it waits for std as std has it.
#[test]
fn a_listener_of_std_waits_again_when_no_accept_pends_any_more() {
    let _numbers = numbers();
    let listener = TcpListener::bind(HERE).unwrap();
    let to = listener.local_addr().unwrap();
    let port = port_for(raw(&listener));
    for round in 0..2 {
        let accepting = [stream(), stream()];
        let _pending = accepting.map(|s| accept_into(&listener, s));
        let _client = TcpStream::connect(to).unwrap();
        assert_eq!(packet(&port), Ok(0), "{round}");
        if round == 0 {
            let _client = TcpStream::connect(to).unwrap();
            assert_eq!(packet(&port), Ok(0));
        } else {
            assert_eq!(unsafe { CancelIoEx(raw(&listener) as _, std::ptr::null()) }, 1);
            assert_eq!(packet(&port), Err(995), "ERROR_OPERATION_ABORTED");
        }
        let clone = listener.try_clone().unwrap();
        let waits = util::start_blocked(move || clone.accept().map(|accepted| accepted.1));
        let client = TcpStream::connect(to).unwrap();
        assert_eq!(waits.join().unwrap().unwrap(), client.local_addr().unwrap());
        accepting.into_iter().for_each(|s| assert_eq!(unsafe { closesocket(s) }, 0));
    }
    // One that std has made nonblocking stays so.
    listener.set_nonblocking(true).unwrap();
    let s = stream();
    let _pending = accept_into(&listener, s);
    let _client = TcpStream::connect(to).unwrap();
    assert_eq!(packet(&port), Ok(0));
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(unsafe { closesocket(s) }, 0);
}

/// A clone of std is a descriptor that the library does not know of: the connection goes on.
#[test]
fn what_std_has_cloned_is_not_reset_when_a_receive_is_cut_short() {
    let _numbers = numbers();
    for overlapped in [false, true] {
        let (client, mut server) = tcp();
        let mut clone = client.try_clone().unwrap();
        let owned = OwnedSocket::from(client);
        let number = raw(&owned);
        let mut pending = receive();
        if overlapped {
            let port = port_for(number);
            begin(number, &mut pending);
            drop(owned);
            assert_eq!(packet(&port), Err(1236), "ERROR_CONNECTION_ABORTED");
        } else {
            let waits = util::start_blocked(move || (recv_into(number, 8).0, last_error()));
            drop(owned);
            assert_eq!(waits.join().unwrap(), (SOCKET_ERROR, WSAECONNABORTED));
        }
        clone.write_all(b"still").unwrap();
        drop(clone);
        let mut bytes = Vec::new();
        assert_eq!(server.read_to_end(&mut bytes).unwrap(), 5, "{overlapped}: the end, and no reset");
    }
}
