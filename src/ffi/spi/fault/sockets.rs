//! Which number each socket has, and how far its receives are.
//!
//! A receive has one number from its first try until one of its tries has received something, or has begun as
//! an overlapped operation: a program that tries again after WSAEWOULDBLOCK goes on with the same receive, so
//! that the numbers do not depend on how often it tries.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::decide::Strike;
use crate::error::WsaError;
use crate::windows::types::SOCKET;

/// A receive, from its first try to its last.
pub(super) struct Receive {
    pub(super) number: u64,
    /// What is to befall it still: nothing does so twice.
    strikes: Vec<Strike>,
    /// What is there does not come before.
    pub(super) due: Option<Instant>,
    /// It was told of the room that is taken away, which is in each try.
    pub(super) told_of_room: bool,
}

impl Receive {
    fn new(number: u64, strikes: Vec<Strike>) -> Self {
        Self { number, strikes, due: None, told_of_room: false }
    }

    /// What of this sort is to befall it, which it does now.
    pub(super) fn take<T>(&mut self, sort: impl Fn(&Strike) -> Option<T>) -> Option<T> {
        let (place, found) =
            self.strikes.iter().enumerate().find_map(|(place, strike)| Some((place, sort(strike)?)))?;
        self.strikes.remove(place);
        Some(found)
    }

    /// What of this sort befalls each of its tries.
    pub(super) fn find<T>(&self, sort: impl Fn(&Strike) -> Option<T>) -> Option<T> {
        self.strikes.iter().find_map(sort)
    }
}

#[derive(Default)]
struct Receives {
    begun: u64,
    /// Those whose tries have come to nothing so far; there are as many as threads that try.
    unfinished: Vec<Receive>,
}

/// A socket as the layer knows it.
pub(super) struct Tracked {
    pub(super) number: u64,
    receives: Mutex<Receives>,
}

impl Tracked {
    /// The receive that the next try belongs to. `decide` says what befalls one with this number.
    pub(super) fn next(&self, decide: impl FnOnce(u64) -> Vec<Strike>) -> Receive {
        let mut receives = self.receives.lock().unwrap_or_else(PoisonError::into_inner);
        let first = receives.unfinished.iter().enumerate().min_by_key(|(_, receive)| receive.number);
        if let Some((place, _)) = first {
            return receives.unfinished.swap_remove(place);
        }
        receives.begun += 1;
        Receive::new(receives.begun, decide(receives.begun))
    }

    /// The base provider has answered a try.
    pub(super) fn answered(&self, receive: Receive, answer: &Result<i32, WsaError>) {
        const TAKEN: [WsaError; 3] = [WsaError::WSA_IO_PENDING, WsaError::WSAEMSGSIZE, WsaError::WSAEDISCON];
        if answer.as_ref().is_err_and(|error| !TAKEN.contains(error)) {
            self.came_to_nothing(receive);
        }
    }

    /// A try has taken nothing: the next one is the same receive.
    pub(super) fn came_to_nothing(&self, receive: Receive) {
        self.receives.lock().unwrap_or_else(PoisonError::into_inner).unfinished.push(receive);
    }
}

#[derive(Default)]
struct Table {
    known: HashMap<SOCKET, Arc<Tracked>>,
    made: u64,
}

/// The sockets that were made.
#[derive(Default)]
pub(super) struct Sockets(Mutex<Table>);

impl Sockets {
    fn with<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A socket was made.
    pub(super) fn made(&self, s: SOCKET) {
        self.with(|table| {
            table.made += 1;
            table.known.insert(s, Arc::new(Tracked { number: table.made, receives: Mutex::default() }));
        });
    }

    /// The socket; one that was there before gets its number now.
    pub(super) fn of(&self, s: SOCKET) -> Arc<Tracked> {
        if self.find(s).is_none() {
            self.made(s);
        }
        self.find(s).unwrap_or_else(|| Arc::new(Tracked { number: 0, receives: Mutex::default() }))
    }

    pub(super) fn find(&self, s: SOCKET) -> Option<Arc<Tracked>> {
        self.with(|table| table.known.get(&s).cloned())
    }

    /// This socket was closed. Its SOCKET may be another one's by now, which stays.
    pub(super) fn closed(&self, s: SOCKET, closed: &Arc<Tracked>) {
        self.with(|table| {
            if table.known.get(&s).is_some_and(|known| Arc::ptr_eq(known, closed)) {
                table.known.remove(&s);
            }
        });
    }

    /// The final WSACleanup has closed all of them.
    pub(super) fn clear(&self) {
        self.with(|table| table.known.clear());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_that_comes_to_nothing_is_continued() {
        let sockets = Sockets::default();
        let socket = sockets.of(5);
        let first = socket.next(|_| Vec::new());
        assert_eq!((socket.number, first.number), (1, 1));
        socket.answered(first, &Err(WsaError::WSAEWOULDBLOCK));
        let again = socket.next(|_| panic!("it was decided before"));
        let beside = socket.next(|_| Vec::new());
        assert_eq!((again.number, beside.number), (1, 2));
        socket.answered(beside, &Err(WsaError::WSAETIMEDOUT));
        socket.answered(again, &Err(WsaError::WSAEINTR));
        let again = socket.next(|_| panic!("it was decided before"));
        assert_eq!(again.number, 1);
        socket.answered(again, &Ok(0));
        for (number, answer) in [
            (2, Err(WsaError::WSA_IO_PENDING)),
            (3, Err(WsaError::WSAEMSGSIZE)),
            (4, Ok(0)),
            (5, Err(WsaError::WSAEDISCON)),
        ] {
            let receive = socket.next(|_| Vec::new());
            assert_eq!(receive.number, number);
            socket.answered(receive, &answer);
        }
        socket.came_to_nothing(socket.next(|_| Vec::new()));
        assert_eq!(socket.next(|_| panic!("it was decided before")).number, 6);
    }

    #[test]
    fn numbers_are_given_in_order_and_never_again() {
        let sockets = Sockets::default();
        sockets.made(7);
        sockets.made(8);
        let first = sockets.of(7);
        assert_eq!((first.number, sockets.of(8).number, sockets.of(3).number), (1, 2, 3));
        sockets.made(7);
        sockets.closed(7, &first);
        assert_eq!(sockets.of(7).number, 4, "the number of a closed socket was another one's already");
        sockets.closed(7, &sockets.of(7));
        assert!(sockets.find(7).is_none());
        sockets.clear();
        assert_eq!(sockets.of(8).number, 5);
    }
}
