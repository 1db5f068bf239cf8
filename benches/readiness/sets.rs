//! Waits over all sockets at once: select's sets, and the host's poll(2) that everything is compared with.

use super::*;

pub const CASES: &[Case] = &[
    Case { name: "select, 1 ready", ready: 1, ours: reads },
    Case { name: "select, 100 ready", ready: 100, ours: reads },
    Case { name: "select, all ready", ready: SOCKETS, ours: reads },
    Case { name: "select, none ready, no time", ready: 0, ours: reads },
    Case { name: "select, read and except sets, 1 ready", ready: 1, ours: reads_and_exceptions },
    Case { name: "select, read and except sets, none ready", ready: 0, ours: reads_and_exceptions },
];

/// A set of a program that has redefined FD_SETSIZE.
#[repr(C)]
#[derive(Clone, Copy)]
struct Set {
    count: u32,
    sockets: [ws::SOCKET; SOCKETS],
}

impl Set {
    fn of(crowd: &Crowd) -> Box<Self> {
        let mut sockets = [0; SOCKETS];
        for (slot, socket) in sockets.iter_mut().zip(crowd.receivers()) {
            *slot = socket;
        }
        Box::new(Self { count: SOCKETS as u32, sockets })
    }

    fn pointer(&mut self) -> *mut ws::FD_SET {
        (&raw mut *self).cast()
    }
}

/// The sets are copied for each call, as a program has to: it gets them back with what is ready only.
fn reads(crowd: &Rc<Crowd>, ready: usize) -> Batch {
    let full = Set::of(crowd);
    let mut set = full.clone();
    batch(ready, move |timeout| {
        *set = *full;
        // SAFETY: the set has as many sockets as it says.
        unsafe { ws::select(0, black_box(set.pointer()), ptr::null_mut(), ptr::null_mut(), timeout) }
    })
}

fn reads_and_exceptions(crowd: &Rc<Crowd>, ready: usize) -> Batch {
    let full = Set::of(crowd);
    let (mut set, mut exceptions) = (full.clone(), full.clone());
    batch(ready, move |timeout| {
        *set = *full;
        *exceptions = *full;
        // SAFETY: the sets have as many sockets as they say.
        unsafe { ws::select(0, black_box(set.pointer()), ptr::null_mut(), exceptions.pointer(), timeout) }
    })
}

/// Batches of calls that find this many ready.
fn batch(ready: usize, mut call: impl FnMut(*const ws::TIMEVAL) -> i32 + 'static) -> Batch {
    Box::new(move || {
        let none = ws::TIMEVAL { tv_sec: 0, tv_usec: 0 };
        let timeout = if ready == 0 { &raw const none } else { ptr::null() };
        time(CALLS, || assert_eq!(call(timeout), ready as i32, "{}", last_error()))
    })
}

pub fn host(crowd: &Rc<Crowd>, ready: usize) -> Batch {
    let entry = |socket: ws::SOCKET| libc::pollfd { fd: socket as i32, events: libc::POLLIN, revents: 0 };
    let mut entries: Vec<libc::pollfd> = crowd.receivers().map(entry).collect();
    let timeout = if ready == 0 { 0 } else { -1 };
    Box::new(move || {
        time(CALLS, || {
            // SAFETY: there are as many entries as it is told.
            let found = unsafe {
                libc::poll(black_box(entries.as_mut_ptr()), entries.len() as libc::nfds_t, timeout)
            };
            assert_eq!(found, ready as i32, "{}", io::Error::last_os_error());
        })
    })
}
