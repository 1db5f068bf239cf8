//! A close that meets a receive. Alone in its process: a number that was given back must not become
//! another test's descriptor (G010).
#![allow(non_snake_case)]

use openws2::Win32::Networking::WinSock::*;

mod util;
use util::*;

/// A close meets a receive at any instant: the bytes of the connection, or a code that says closed.
///
/// No socket is made while others are closed, so a number that was given back is nobody else's (G010).
#[test]
fn a_close_that_meets_a_receive_gives_its_bytes_or_a_documented_code() {
    let _winsock = Winsock::start();
    const PAIRS: usize = 8;
    const ROUNDS: usize = 100;
    for round in 0..ROUNDS {
        let pairs: Vec<_> = (0..PAIRS).map(|_| tcp_pair()).collect();
        std::thread::scope(|scope| {
            for (i, &(a, b)) in pairs.iter().enumerate() {
                let marker = (round * PAIRS + i).to_le_bytes();
                let reader = scope.spawn(move || recv_bytes(a, marker.len()));
                scope.spawn(move || {
                    if i % 2 == 0 {
                        send_all(b, &marker);
                    }
                    assert_eq!(close(a), 0);
                    match reader.join().unwrap() {
                        Ok(bytes) => assert_eq!(bytes, marker, "bytes of another connection"),
                        Err(code) => assert!([WSAECONNABORTED, WSAENOTSOCK].contains(&code), "{code}"),
                    }
                });
            }
        });
        for (_, b) in pairs {
            assert_eq!(close(b), 0);
        }
    }
}
