//! Numbers that std has closed behind the library's back while it still had to do with them: whoever has such a number
//! next is neither read from, nor written to, nor closed.

use super::*;

/// As socket2 makes a socket and miow hands it over.
fn fresh_stream() -> (TcpStream, SOCKET) {
    let made = stream();
    (unsafe { TcpStream::from_raw_socket(made as _) }, made)
}

#[test]
fn a_connection_is_not_put_over_a_file_that_has_the_number_of_the_socket_for_it() {
    use std::os::unix::fs::FileTypeExt;
    let _numbers = numbers();
    let listener = TcpListener::bind(HERE).unwrap();
    let port = port_for(raw(&listener));
    let (socket, number) = fresh_stream();
    let _pending = accept_into(&listener, number);
    drop(socket);
    let file = again(number, || std::fs::File::options().write(true).open("/dev/null").unwrap());
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    assert_eq!(packet(&port), Err(995), "ERROR_OPERATION_ABORTED");
    assert!(file.metadata().unwrap().file_type().is_char_device());
    // Nothing was done with the connection.
    let (server, from) = listener.accept().unwrap();
    assert_eq!(from, client.local_addr().unwrap());
    drop(server);
}

#[test]
fn an_accept_ends_when_std_closes_the_socket_for_the_connection() {
    let _numbers = numbers();
    let listener = TcpListener::bind(HERE).unwrap();
    let port = port_for(raw(&listener));
    let (socket, number) = fresh_stream();
    let _pending = accept_into(&listener, number);
    drop(socket);
    assert_eq!(packet(&port), Err(995), "ERROR_OPERATION_ABORTED");
    // Also if the socket is handed over when the operation is under way.
    let made = stream();
    let _pending = accept_into(&listener, made);
    drop(unsafe { TcpStream::from_raw_socket(made as _) });
    assert_eq!(packet(&port), Err(995), "ERROR_OPERATION_ABORTED");
}
