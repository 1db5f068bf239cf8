//! How cells end, and what must then be true of everything that was sent and received.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use openws2::Win32::Networking::WinSock::*;

use crate::LATE;
use crate::cell::{Cell, End, cause};
use crate::chance::Chance;
use crate::ops::Op;
use crate::steps::{receive_now, serve};
use crate::stream::Sent;
use crate::trace::{fail, note};

/// Serves until something holds.
fn until(
    cell: &Cell,
    what: &str,
    ports: &[usize],
    chance: &mut Chance,
    mut holds: impl FnMut(&mut Chance) -> bool,
) {
    let began = Instant::now();
    while !holds(chance) {
        if began.elapsed() > LATE {
            let mut text = format!("not in time: {what}\n");
            for end in &cell.ends {
                let counts = (end.receives.load(Ordering::SeqCst), end.sends.load(Ordering::SeqCst));
                let missing = end.datagrams.lock().unwrap().missing();
                text += &format!(
                    "receives and sends: {counts:?}, missing: {missing:?}, handles: {}\n",
                    end.handles()
                );
                for &op in end.pending.lock().unwrap().iter() {
                    text += &Op::tell(op as *const Op);
                }
            }
            fail(cell.id, &text);
        }
        serve(ports, chance);
    }
}

/// Ends a cell, on whose handles others are still at work.
pub fn end_cell(cell: &Arc<Cell>, ports: &[usize], chance: &mut Chance) {
    let whole = chance.in_100(50);
    note(cell.id, if whole { "ends in peace" } else { "ends in war" }, 0, 0);
    let [a, b] = &cell.ends;
    match (whole, a.stream) {
        (true, true) => drain_streams(cell, ports, chance),
        (true, false) => drain_datagrams(cell, ports, chance),
        (false, _) => cell.ends[chance.below(2)].peer().mark(cause::PEER_CLOSED),
    }
    let order = if a.has(cause::PEER_CLOSED) { [b, a] } else { [a, b] };
    for end in order {
        end.peer().mark(cause::PEER_CLOSED);
        if !whole && end.stream && chance.in_100(30) {
            reset_at_close(end, chance);
        }
        while !end.close_one(chance, true) {}
        if chance.in_100(50) {
            until(cell, "the operations of a closed end end", ports, chance, |_| end.pends() == 0);
        }
    }
    until(cell, "all operations end", ports, chance, |_| a.pends() == 0 && b.pends() == 0);
    for end in order {
        check(end, whole);
    }
}

/// The peer sees a reset.
fn reset_at_close(end: &End, chance: &mut Chance) {
    let Some(inside) = end.enter(chance) else { return };
    let hard = LINGER { l_onoff: 1, l_linger: 0 };
    let len = size_of::<LINGER>() as i32;
    unsafe { setsockopt(inside.socket(), SOL_SOCKET, SO_LINGER, (&raw const hard).cast(), len) };
}

/// Nobody sends any more, and what was begun has ended.
fn stop_sending(cell: &Cell, ports: &[usize], chance: &mut Chance) {
    for end in &cell.ends {
        let _sent = end.sent.lock().unwrap();
        end.stopped.store(true, Ordering::SeqCst);
    }
    until(cell, "sends end", ports, chance, |chance| {
        cell.ends.iter().for_each(|end| {
            receive_now(end, chance);
        });
        cell.ends.iter().all(|end| end.sends.load(Ordering::SeqCst) == 0)
    });
}

fn drain_streams(cell: &Cell, ports: &[usize], chance: &mut Chance) {
    stop_sending(cell, ports, chance);
    for end in &cell.ends {
        end.mark(cause::SHUT);
        let Some(inside) = end.enter(chance) else { fail(cell.id, "no handle is left") };
        if unsafe { shutdown(inside.socket(), SD_SEND) } != 0 {
            fail(cell.id, &format!("shutdown: {}", unsafe { WSAGetLastError() }));
        }
    }
    for end in &cell.ends {
        until(cell, "the stream ends", ports, chance, |chance| receive_now(end, chance) == Some(0));
    }
}

fn drain_datagrams(cell: &Cell, ports: &[usize], chance: &mut Chance) {
    stop_sending(cell, ports, chance);
    for end in &cell.ends {
        until(cell, "all datagrams come", ports, chance, |chance| {
            receive_now(end, chance);
            end.datagrams.lock().unwrap().all_came()
        });
    }
}

fn check(end: &End, whole: bool) {
    let peer = end.peer();
    if !end.stream {
        if whole && !end.datagrams.lock().unwrap().all_came() {
            fail(end.cell, "a datagram is lost");
        }
        return;
    }
    let sent = Sent { end: *peer.sent.lock().unwrap(), cuts: peer.cuts.lock().unwrap().clone() };
    if let Err(why) = end.received.lock().unwrap().check(&sent, whole) {
        fail(end.cell, &why);
    }
}
