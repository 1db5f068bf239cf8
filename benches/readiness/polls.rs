//! WSAPoll over all sockets at once, asked for what poll(2) is asked for.

use super::*;

pub const CASES: &[Case] = &[
    Case { name: "WSAPoll, 1 ready", ready: 1, ours: reads },
    Case { name: "WSAPoll, 100 ready", ready: 100, ours: reads },
    Case { name: "WSAPoll, all ready", ready: SOCKETS, ours: reads },
    Case { name: "WSAPoll, none ready, no time", ready: 0, ours: reads },
];

fn reads(crowd: &Rc<Crowd>, ready: usize) -> Batch {
    let entry = |socket| ws::WSAPOLLFD { fd: socket, events: ws::POLLIN, revents: 0 };
    let mut entries: Vec<ws::WSAPOLLFD> = crowd.receivers().map(entry).collect();
    let timeout = if ready == 0 { 0 } else { -1 };
    Box::new(move || {
        time(CALLS, || {
            // SAFETY: there are as many entries as it is told.
            let found =
                unsafe { ws::WSAPoll(black_box(entries.as_mut_ptr()), entries.len() as u32, timeout) };
            assert_eq!(found, ready as i32, "{}", last_error());
        })
    })
}
