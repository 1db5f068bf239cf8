//! Operations begun, ended, cancelled, dropped and forgotten in any order, by several threads, while datagrams come.

use std::sync::atomic::{AtomicBool, Ordering};

use openws2::error::WsaError;
use openws2::net::{CompletionPort, Ended, Receive, Received, RecvFlags, Socket};

use crate::support::*;

const SIZE: usize = 64;

/// Numbers that are the same in each run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// A datagram is one number, over and over; a receive gets all of it, or nothing.
fn check(ended: &Ended<Vec<u8>>) -> bool {
    match ended.result {
        Ok(Received::Complete(SIZE)) => {
            assert!(ended.buffer.len() == SIZE && ended.buffer.iter().all(|&byte| byte == ended.buffer[0]));
            true
        }
        Err(WsaError::WSA_OPERATION_ABORTED) => {
            assert!(ended.buffer.is_empty());
            false
        }
        other => panic!("{other:?}"),
    }
}

/// Begins and ends receives by chance; tells how many got a datagram.
fn play(socket: &Socket, seed: u64, steps: usize) -> usize {
    let (mut chance, mut got) = (Chance(seed), 0);
    let mut receives: Vec<Receive<Vec<u8>>> = Vec::new();
    for _ in 0..steps {
        if receives.len() < 4 || chance.below(3) == 0 {
            let room = Vec::with_capacity(SIZE);
            let begun = match chance.below(3) {
                0 => socket.start_recv(room, RecvFlags::NONE),
                1 => socket.start_recv_from(room, RecvFlags::NONE),
                _ => socket.start_recv_msg(room, RecvFlags::NONE),
            };
            receives.push(begun.unwrap());
            continue;
        }
        let receive = receives.swap_remove(chance.below(receives.len() as u64) as usize);
        match chance.below(16) {
            0 => forget(receive),
            1..4 => drop(receive),
            4..7 => {
                receive.cancel();
                got += usize::from(check(&end(receive)));
            }
            7 => got += std::thread::spawn(move || usize::from(check(&end(receive)))).join().unwrap(),
            _ => match receive.try_end() {
                Ok(ended) => got += usize::from(check(&ended)),
                Err(receive) => receives.push(receive),
            },
        }
    }
    got
}

/// Says that it is over, also if a test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn run(seed: u64, port: Option<&CompletionPort>) {
    let (socket, peer) = datagrams();
    if let Some(port) = port {
        port.associate(&socket, 1).unwrap();
    }
    let over = AtomicBool::new(false);
    let got: usize = std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in (0..=255).cycle() {
                peer.send(&[number; SIZE]).unwrap();
                if over.load(Ordering::Relaxed) {
                    break;
                }
                std::thread::yield_now();
            }
        });
        let _over = Over(&over);
        let other = scope.spawn(|| play(&socket, seed ^ 0xFFFF, 1500));
        play(&socket, seed, 1500) + other.join().unwrap()
    });
    assert!(got > 0, "no receive got anything");
}

#[test]
fn receives_are_whole_or_nothing_whatever_becomes_of_others() {
    for seed in [0x9E37_79B9, 0x85EB_CA6B] {
        run(seed, None);
    }
}

#[test]
fn ports_keep_what_their_packets_name_whatever_becomes_of_it() {
    let port = CompletionPort::new(0).unwrap();
    std::thread::scope(|scope| {
        let names = scope.spawn(|| {
            let mut names = std::collections::HashSet::new();
            let mut packets = Vec::new();
            loop {
                packets.clear();
                let taken = port.wait_many(&mut packets, 16, Some(DEADLINE)).unwrap();
                assert_ne!(taken, 0, "neither a packet nor the sign to stop");
                for packet in &packets {
                    match packet.operation {
                        Some(name) => assert!(names.insert(name), "{name:?} ended twice"),
                        None => return names.len(),
                    }
                }
            }
        });
        run(0xC2B2_AE35, Some(&port));
        port.post(0, 0).unwrap();
        assert!(names.join().unwrap() > 100);
    });
}
