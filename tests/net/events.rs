//! Events, and the network events of sockets.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use openws2::error::WsaError;
use openws2::net::{
    Event, Family, NetworkEventRecord, NetworkEvents, Received, RecvFlags, Reset, Socket, wait_any,
};

use crate::support::*;

fn event() -> Event {
    Event::new(Reset::Manual, false).unwrap()
}

#[test]
fn events_are_set_and_reset() {
    let now = Some(Duration::ZERO);
    let manual = Event::new(Reset::Manual, true).unwrap();
    assert_eq!((manual.wait(now), manual.wait(now)), (Ok(true), Ok(true)));
    manual.reset().unwrap();
    assert_eq!(manual.wait(now), Ok(false));
    let auto = Event::new(Reset::Auto, true).unwrap();
    assert_eq!((auto.wait(Some(DEADLINE)), auto.wait(now)), (Ok(true), Ok(false)));
    auto.set().unwrap();
    assert_eq!(auto.clone().wait(now), Ok(true));
}

/// G174, G175, G178.
#[test]
fn the_first_of_several_ends_the_wait() {
    let events: Vec<Event> = (0..64).map(|_| event()).collect();
    let all: Vec<&dyn openws2::net::Waitable> = events.iter().map(|event| event as _).collect();
    assert_eq!(wait_any(&all, Some(Duration::from_millis(1))), Ok(None));
    events[63].set().unwrap();
    assert_eq!(wait_any(&all, Some(DEADLINE)), Ok(Some(63)));
    events[7].set().unwrap();
    assert_eq!(wait_any(&all, Some(DEADLINE)), Ok(Some(7)));
    assert_eq!(wait_any(&[], None), Err(WsaError::WSA_INVALID_PARAMETER));
    let many = [all, vec![&events[0]]].concat();
    assert_eq!(wait_any(&many, None), Err(WsaError::WSA_INVALID_PARAMETER));
}

/// Waits until one of the events is recorded, and gives the record.
fn next(socket: &Socket, event: &Event) -> NetworkEventRecord {
    assert_eq!(event.wait(Some(DEADLINE)), Ok(true));
    socket.network_events(Some(event)).unwrap()
}

/// F216, F222, F224, F231.
#[test]
fn a_connection_tells_its_story() {
    let listener = listening();
    let comes = event();
    listener.select_events(&comes, NetworkEvents::ACCEPT).unwrap();
    let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    assert_eq!(next(&listener, &comes).result(NetworkEvents::ACCEPT), Some(Ok(())));
    let (socket, _) = listener.accept().unwrap().done().unwrap();

    let event = event();
    let all = NetworkEvents::READ | NetworkEvents::WRITE | NetworkEvents::CLOSE;
    socket.select_events(&event, all).unwrap();
    let record = next(&socket, &event);
    assert_eq!((record.events(), record.result(NetworkEvents::READ)), (NetworkEvents::WRITE, None));
    peer.write_all(b"x").unwrap();
    assert_eq!(next(&socket, &event).events(), NetworkEvents::READ);
    assert_eq!(socket.recv(&mut [0; 4], RecvFlags::NONE), Ok(Received::Complete(1)));
    assert_eq!(socket.recv(&mut [0; 4], RecvFlags::NONE), Ok(Received::Pending)); // F239
    assert_eq!(socket.network_events(None).unwrap().events(), NetworkEvents::NONE);
    peer.shutdown(Shutdown::Both).unwrap();
    assert_eq!(next(&socket, &event).result(NetworkEvents::CLOSE), Some(Ok(())));
}

/// F226, F233.
#[test]
fn failures_come_with_their_code() {
    let (socket, peer) = streams();
    let event = event();
    socket.select_events(&event, NetworkEvents::CLOSE).unwrap();
    reset(peer);
    let record = next(&socket, &event);
    assert_eq!(record.result(NetworkEvents::CLOSE), Some(Err(WsaError::WSAECONNABORTED)));

    let (_silent, address) = deserted();
    let client = Socket::tcp(Family::INET).unwrap();
    client.select_events(&event, NetworkEvents::CONNECT).unwrap();
    if client.connect(address).is_ok_and(|attempt| attempt.is_pending()) {
        let record = next(&client, &event);
        assert_eq!(record.result(NetworkEvents::CONNECT), Some(Err(WsaError::WSAECONNREFUSED)));
    }
}

/// F239: without a selection the socket may wait again.
#[test]
fn a_selection_ends_and_its_event_may_go() {
    let (socket, peer) = datagrams();
    let event = event();
    socket.select_events(&event, NetworkEvents::READ).unwrap();
    assert_eq!(socket.set_nonblocking(false), Err(WsaError::WSAEINVAL));
    socket.select_events(&event, NetworkEvents::NONE).unwrap();
    socket.set_nonblocking(false).unwrap();
    peer.send(b"x").unwrap();
    assert_eq!(socket.recv(&mut [0; 4], RecvFlags::NONE), Ok(Received::Complete(1)));
    assert_eq!(event.wait(Some(Duration::ZERO)), Ok(false));
    // The socket keeps an event that is selected.
    socket.select_events(&event, NetworkEvents::READ).unwrap();
    drop(event);
    peer.send(b"x").unwrap();
    let recorded = until(|| {
        let record = socket.network_events(None).unwrap();
        record.result(NetworkEvents::READ)
    });
    assert_eq!(recorded, Ok(()));
}

/// What the host has and what the socket keeps are one, whoever selects at the same time.
#[test]
fn selections_of_several_threads_are_each_whole() {
    let (socket, peer) = datagrams();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let own = event();
                    socket.select_events(&own, NetworkEvents::READ).unwrap();
                    socket.select_events(&own, NetworkEvents::NONE).unwrap();
                    socket.select_events(&own, NetworkEvents::READ).unwrap();
                }
            });
        }
    });
    // The last event is selected, and is there although nobody else has it.
    peer.send(b"x").unwrap();
    assert_eq!(until(|| socket.network_events(None).unwrap().result(NetworkEvents::READ)), Ok(()));
    socket.select_events(&event(), NetworkEvents::NONE).unwrap();
    socket.set_nonblocking(false).unwrap();
}

/// Who waits for a connection does not keep others from selecting events.
#[test]
fn events_are_selected_while_another_thread_accepts() {
    let listener = listening();
    let event = event();
    std::thread::scope(|scope| {
        let accepts = scope.spawn(|| listener.accept());
        listener.select_events(&event, NetworkEvents::ACCEPT).unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let accepted = match accepts.join().unwrap().unwrap().done() {
            Some((socket, _)) => socket,
            None => until(|| listener.accept().unwrap().done()).0,
        };
        assert_eq!(accepted.peer_addr().unwrap(), peer.local_addr().unwrap());
    });
}

/// F238.
#[test]
fn accepted_connections_have_the_listeners_selection() {
    let listener = listening();
    let event = event();
    listener.select_events(&event, NetworkEvents::ACCEPT | NetworkEvents::READ).unwrap();
    let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    assert!(next(&listener, &event).events().contains(NetworkEvents::ACCEPT));
    let (socket, _) = listener.accept().unwrap().done().unwrap();
    drop(listener);
    event.reset().unwrap();
    peer.write_all(b"x").unwrap();
    assert_eq!(next(&socket, &event).events(), NetworkEvents::READ);
}
