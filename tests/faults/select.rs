//! select when the host's poll fails or is interrupted.

use std::time::{Duration, Instant};

use openws2::Win32::Networking::WinSock::*;

use crate::bits::*;
use crate::host::{Answer::*, Call, Script, always, anywhere, once, times};
use crate::util::*;

/// select for reading: what it returned or the code, and how many sockets are in the set.
fn readable(s: SOCKET, limit: Option<Duration>) -> (Result<i32, i32>, u32) {
    let mut read = set_of(&[s]);
    let limit =
        limit.map(|limit| TIMEVAL { tv_sec: limit.as_secs() as i32, tv_usec: limit.subsec_micros() as i32 });
    let null = std::ptr::null_mut();
    let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let ready = unsafe { select(0, &mut read, null, null, limit) };
    (if ready < 0 { Err(last_error()) } else { Ok(ready) }, read.fd_count)
}

/// Signals change no answer: not that of a look, of a wait, or of a wait without end.
#[test]
fn signals_are_invisible() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for limit in [Some(Duration::ZERO), Some(Duration::from_secs(10)), None] {
            for make in [stream, datagrams] {
                let (s, _peer) = make(Mode::Blocking);
                let script = Script::of([times(100, Call::Poll, s.0, Fails(libc::EINTR))]);
                assert_eq!(readable(s.0, limit), (Ok(1), 1), "{limit:?}");
                assert_eq!(script.left(), 0, "{limit:?}");
            }
        }
    });
}

/// A wait that signals interrupt ends when its time is up, and not before.
#[test]
fn signals_move_no_deadline() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, _peer) = tcp_pair();
        let s = Owned(s);
        let script = Script::of([times(1000, Call::Poll, s.0, Fails(libc::EINTR))]);
        let began = Instant::now();
        assert_eq!(readable(s.0, Some(Duration::from_millis(60))), (Ok(0), 0));
        assert!((60..2000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
        assert_eq!(script.left(), 0);
    });
}

/// poll(2): ENOMEM, EINVAL (a lowered limit of descriptors), EFAULT. The sets stay as they were (F192).
#[test]
fn a_poll_that_fails_fails_the_call_and_leaves_the_sets() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        for errno in [libc::ENOMEM, libc::EINVAL, libc::EFAULT, libc::EIO] {
            for limit in [Some(Duration::ZERO), Some(Duration::from_secs(10)), None] {
                let (s, _peer) = stream(Mode::Blocking);
                let script = Script::of([always(Call::Poll, s.0, Fails(errno))]);
                assert_eq!(readable(s.0, limit), (Err(WSAENOBUFS), 1), "errno {errno} {limit:?}");
                drop(script);
                assert_eq!(readable(s.0, limit), (Ok(1), 1), "errno {errno} {limit:?}");
            }
        }
        // The second look, the one that waits.
        let (s, _peer) = tcp_pair();
        let s = Owned(s);
        let _script = Script::of([once(Call::Poll, s.0, Real), always(Call::Poll, s.0, Fails(libc::ENOMEM))]);
        assert_eq!(readable(s.0, None), (Err(WSAENOBUFS), 1));
    });
}

/// What a wait needs besides (a pair of descriptors for each thread) may be missing: a code, and the next
/// call works again. Threads pass theirs on when they end, so a thread is looked for that has none yet.
#[test]
fn no_descriptor_left_for_the_wait_is_a_code() {
    within(A_WHILE, || {
        let _winsock = Winsock::start();
        let (s, _peer) = tcp_pair();
        let s = Owned(s);
        assert!(is_refused_somewhere(s.0, 100), "every thread had what it needs");
    });
}

fn is_refused_somewhere(s: SOCKET, threads: usize) -> bool {
    const SHORT: Option<Duration> = Some(Duration::from_millis(1));
    let script = Script::of([anywhere(1, Call::Pipe, Fails(libc::EMFILE))]);
    let first = readable(s, SHORT);
    if script.left() == 0 {
        assert_eq!(first, (Err(WSAENOBUFS), 1));
        assert_eq!(readable(s, SHORT), (Ok(0), 0));
        return true;
    }
    assert_eq!(first, (Ok(0), 0));
    drop(script);
    // This thread keeps its own meanwhile.
    threads > 0 && std::thread::spawn(move || is_refused_somewhere(s, threads - 1)).join().unwrap()
}
