//! The steps that threads take at random.

use std::collections::HashSet;
use std::ptr::{null, null_mut};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use openws2::Win32::Foundation::*;
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::*;
use openws2::Win32::System::Threading::*;
use openws2::core::BOOL;

use crate::LATE;
use crate::cell::{Cell, End, cause};
use crate::chance::Chance;
use crate::ops::{By, Op, OpPtr, ROOM, TO_LOOK_AT, Way, rest_in_peace, routine};
use crate::stream::{DATAGRAM_HEAD, byte_at, datagram};
use crate::trace::{fail, note};
use crate::util::last_error;

/// So many operations pend at most on each side of an end.
const MOST: i64 = 8;

fn any_way(end: &End, chance: &mut Chance) -> Way {
    let ways: &[Way] = match end.port {
        Some(_) => &[Way::Port, Way::Port, Way::Port, Way::EventAndPort, Way::EventOnly],
        None => &[Way::Event, Way::Manual, Way::Handle, Way::Routine, Way::Routine],
    };
    ways[chance.below(ways.len())]
}

type WinsockRoutine = LPWSAOVERLAPPED_COMPLETION_ROUTINE;

fn routine_of(way: Way) -> WinsockRoutine {
    (way == Way::Routine).then_some(routine as _)
}

/// Posts a receive; gives it if somebody is going to tell of it.
pub fn post_receive(end: &Arc<End>, chance: &mut Chance) -> Option<*mut Op> {
    if end.receives.load(Ordering::SeqCst) >= MOST {
        return None;
    }
    let inside = end.enter(chance)?;
    let way = any_way(end, chance);
    let len = match end.stream {
        true if end.big => 4 * (1024 + chance.below(8 * 1024)),
        // Multiples of a word mostly: what comes in between is rarely told apart.
        true if chance.in_100(90) => 4 * (4 + chance.below(ROOM / 4 - 4)),
        true => 16 + chance.below(ROOM - 16),
        false if chance.in_100(20) => DATAGRAM_HEAD + chance.below(100),
        false => 600 + chance.below(100),
    };
    let mut posting = end.posting.lock().unwrap();
    let turn = end.ordered.then_some(*posting);
    *posting += 1;
    // Who does not keep the order posts at the same time as others.
    let posting = end.ordered.then_some(posting);
    let op = Op::begin(end, way, false, len, 0, turn);
    let it = unsafe { &mut *op };
    let split = if chance.in_100(30) { chance.below(len) } else { 0 };
    let mut buffers = [
        WSABUF { len: split as u32, buf: it.buffer.as_mut_ptr() },
        WSABUF { len: (len - split) as u32, buf: it.buffer[split..].as_mut_ptr() },
    ];
    let used = if split == 0 { &mut buffers[1..] } else { &mut buffers[..] };
    let mut bytes = 0;
    note(end.cell, "receive", op as usize, inside.socket() as i64);
    let overlapped = Op::overlapped(op);
    let named = !end.stream && chance.in_100(50);
    let result = unsafe {
        let (count, flags) = (used.len() as u32, &raw mut it.flags);
        match named {
            true => WSARecvFrom(
                inside.socket(),
                used.as_ptr(),
                count,
                &mut bytes,
                flags,
                (&raw mut it.name).cast(),
                &raw mut it.name_len,
                overlapped,
                routine_of(way),
            ),
            false => {
                WSARecv(inside.socket(), used.as_ptr(), count, &mut bytes, flags, overlapped, routine_of(way))
            }
        }
    };
    let code = last_error();
    drop(posting);
    buffers = [WSABUF { len: 0, buf: null_mut() }; 2];
    let _ = std::hint::black_box(buffers);
    Op::answered(op, result, code, bytes);
    (result == 0 || code == WSA_IO_PENDING).then_some(op)
}

fn room_to_send(end: &End, peer: &End) -> bool {
    if !end.stream {
        return peer.datagrams.lock().unwrap().on_the_way() < 40;
    }
    let most = if end.big { 1 << 20 } else { 24 * 1024 };
    let received = peer.received.lock().unwrap().bytes;
    end.sent.lock().unwrap().saturating_sub(received) < most
}

fn length_to_send(end: &End, chance: &mut Chance) -> usize {
    match end.stream {
        true if end.big => 4 * (1 + chance.below(32 * 1024)),
        true => 4 * (1 + chance.below(ROOM / 4)),
        false => DATAGRAM_HEAD + chance.below(500),
    }
}

/// Posts a send; gives it if somebody is going to tell of it.
pub fn post_send(end: &Arc<End>, chance: &mut Chance) -> Option<*mut Op> {
    let peer = end.peer();
    if end.sends.load(Ordering::SeqCst) >= MOST || !room_to_send(end, &peer) {
        return None;
    }
    let inside = end.enter(chance)?;
    let way = any_way(end, chance);
    let len = length_to_send(end, chance);
    let mut sent = end.sent.lock().unwrap();
    if end.stopped.load(Ordering::SeqCst) {
        return None;
    }
    let position = if end.stream { *sent } else { next_number(&peer) };
    let op = Op::begin(end, way, true, len, position, None);
    let it = unsafe { &mut *op };
    fill(end, position, &mut it.buffer);
    let buffer = WSABUF { len: len as u32, buf: it.buffer.as_mut_ptr() };
    let mut bytes = 0;
    note(end.cell, "send", op as usize, position as i64);
    let overlapped = Op::overlapped(op);
    let result = unsafe {
        match end.stream {
            true => WSASend(inside.socket(), &buffer, 1, &mut bytes, 0, overlapped, routine_of(way)),
            false => {
                let (name, name_len) = ((&raw const peer.name).cast(), size_of::<SOCKADDR_IN>() as i32);
                let routine = routine_of(way);
                WSASendTo(inside.socket(), &buffer, 1, &mut bytes, 0, name, name_len, overlapped, routine)
            }
        }
    };
    let code = last_error();
    *sent += if end.stream { len as u64 } else { 0 };
    drop(sent);
    Op::answered(op, result, code, bytes);
    (result == 0 || code == WSA_IO_PENDING).then_some(op)
}

fn next_number(peer: &End) -> u64 {
    let mut datagrams = peer.datagrams.lock().unwrap();
    datagrams.next += 1;
    (datagrams.next - 1).into()
}

fn fill(end: &End, position: u64, bytes: &mut [u8]) {
    if !end.stream {
        return datagram(end.cell, position as u32, bytes);
    }
    bytes.iter_mut().zip(position..).for_each(|(byte, position)| *byte = byte_at(position));
}

/// send and sendto.
fn send_now(end: &Arc<End>, chance: &mut Chance) {
    let peer = end.peer();
    let Some(inside) = end.enter(chance).filter(|_| room_to_send(end, &peer)) else { return };
    let mut bytes = vec![0; length_to_send(end, chance)];
    let mut sent = end.sent.lock().unwrap();
    if end.stopped.load(Ordering::SeqCst) {
        return;
    }
    let position = if end.stream { *sent } else { next_number(&peer) };
    fill(end, position, &mut bytes);
    let len = bytes.len() as i32;
    note(end.cell, "send now", inside.socket(), position as i64);
    let name = (&raw const peer.name).cast();
    let done = unsafe {
        match end.stream {
            true => send(inside.socket(), bytes.as_ptr(), len, 0),
            false => sendto(inside.socket(), bytes.as_ptr(), len, 0, name, size_of::<SOCKADDR_IN>() as i32),
        }
    };
    note(end.cell, "sent now", position as usize, done.into());
    match end.stream {
        true => {
            *sent += len as u64;
            if done != len {
                end.cuts.lock().unwrap().push((position, len as u64));
            }
        }
        false if done == len => peer.datagrams.lock().unwrap().sent(position as u32),
        false => {}
    }
}

/// recv; gives what it returned.
pub fn receive_now(end: &Arc<End>, chance: &mut Chance) -> Option<i32> {
    let inside = end.enter(chance)?;
    let mut bytes = vec![0; 16 + chance.below(ROOM)];
    note(end.cell, "recv", inside.socket(), bytes.len() as i64);
    let done = unsafe { recv(inside.socket(), bytes.as_mut_ptr(), bytes.len() as i32, 0) };
    let code = if done < 0 { last_error() } else { 0 };
    note(end.cell, "recv returned", code as usize, done.into());
    let cut = code == WSAEMSGSIZE;
    let len = if cut { bytes.len() } else { done.max(0) as usize };
    if len > 0 {
        let taken = match end.stream {
            true => end.received.lock().unwrap().take(&bytes[..len], None),
            false => end.datagrams.lock().unwrap().take(end.cell, &bytes[..len], cut),
        };
        if let Err(why) = taken {
            fail(end.cell, &why);
        }
    }
    Some(done)
}

/// Looks at some operations that are told of by events or by nothing.
pub fn look(chance: &mut Chance) {
    let mut some = Vec::new();
    {
        let mut all = TO_LOOK_AT.lock().unwrap();
        for _ in 0..1 + chance.below(8) {
            if all.is_empty() {
                break;
            }
            let place = chance.below(all.len());
            some.push(all.swap_remove(place));
        }
    }
    if some.is_empty() {
        return;
    }
    let with_event = some.iter().all(|op| unsafe { (*op.0).way.has_event() });
    match chance.below(3) {
        0 if with_event => wait_for_one(&mut some, chance),
        1 => wait_for_result(&mut some, chance),
        _ => some.retain(|&op| !look_at(op, chance)),
    }
    TO_LOOK_AT.lock().unwrap().append(&mut some);
}

/// Waits for the events of all of them at once.
fn wait_for_one(some: &mut Vec<OpPtr>, chance: &mut Chance) {
    let events: Vec<HANDLE> = some.iter().map(|op| unsafe { (*op.0).event() }).collect();
    let (ms, alertable) = (chance.below(3) as u32, chance.below(2) as BOOL);
    let woken =
        unsafe { WaitForMultipleObjectsEx(events.len() as u32, events.as_ptr(), FALSE, ms, alertable) };
    match woken {
        WAIT_TIMEOUT | WAIT_IO_COMPLETION => {}
        WAIT_FAILED => fail(0, &format!("a wait failed: {}", unsafe { GetLastError() })),
        index => Op::told(some.swap_remove((index - WAIT_OBJECT_0) as usize).0, By::Look, None),
    }
}

/// Asks for the result of one, waiting a little. Only where this takes nothing from the event.
fn wait_for_result(some: &mut Vec<OpPtr>, chance: &mut Chance) {
    let op = some[0];
    if !matches!(unsafe { (*op.0).way }, Way::Manual | Way::EventOnly) {
        return some.retain(|&op| !look_at(op, chance));
    }
    let end = Op::end_of(op.0);
    let Some(inside) = end.enter(chance) else {
        return some.retain(|&op| !look_at(op, chance));
    };
    let (mut bytes, ms, alertable) = (0, chance.below(3) as u32, chance.below(2) as BOOL);
    let file = inside.socket() as HANDLE;
    let done = unsafe { GetOverlappedResultEx(file, Op::overlapped(op.0), &mut bytes, ms, alertable) };
    let code = unsafe { GetLastError() };
    let pends = [ERROR_IO_INCOMPLETE, WAIT_TIMEOUT, WAIT_IO_COMPLETION].contains(&code);
    if done == TRUE || !pends {
        some.swap_remove(0);
        ended(op, Some(bytes));
    }
}

/// Whether it has ended, which is then told.
fn look_at(op: OpPtr, chance: &mut Chance) -> bool {
    let way = unsafe { (*op.0).way };
    if way == Way::Handle {
        let end = Op::end_of(op.0);
        if let Some(inside) = end.enter(chance).filter(|_| chance.in_100(50)) {
            let file = inside.socket();
            if chance.in_100(30) {
                // Whichever operation it tells of.
                unsafe { WaitForSingleObject(file as HANDLE, 1) };
            }
            let (mut bytes, mut flags) = (0, 0);
            let done =
                unsafe { WSAGetOverlappedResult(file, Op::overlapped(op.0), &mut bytes, FALSE, &mut flags) };
            let code = last_error();
            // The handle may be closed while we are here.
            if done == FALSE && (code == WSA_IO_INCOMPLETE || code == WSAENOTSOCK) {
                return false;
            }
            ended(op, Some(bytes));
            return true;
        }
    }
    if !Op::has_ended(op.0) {
        return false;
    }
    ended(op, None);
    true
}

/// An operation has ended: its event must come, too.
fn ended(op: OpPtr, bytes: Option<u32>) {
    let it = unsafe { &*op.0 };
    if it.way.has_event() {
        let woken = unsafe { WaitForSingleObject(it.event(), LATE.as_millis() as u32) };
        if woken != WAIT_OBJECT_0 {
            fail(Op::end_of(op.0).cell, &format!("the event of {:p} is not set: {woken}", op.0));
        }
    }
    Op::told(op.0, By::Look, bytes);
}

/// The keys of packets that were posted and not yet taken.
pub static POSTED: Mutex<Option<HashSet<usize>>> = Mutex::new(None);

fn post_packet(ports: &[usize], chance: &mut Chance) {
    let key = chance.next() as usize | 1 << 63;
    let fresh = POSTED.lock().unwrap().get_or_insert_default().insert(key);
    let port = ports[chance.below(ports.len())] as HANDLE;
    if fresh && unsafe { PostQueuedCompletionStatus(port, 7, key, null()) } == FALSE {
        fail(0, "a packet cannot be posted");
    }
}

/// The key of the packet that ends a thread which only takes packets.
pub const LAST: usize = usize::MAX;

/// Takes one packet, or some; false if it was the last one.
pub fn take_packets(port: usize, ms: u32, chance: &mut Chance) -> bool {
    let port = port as HANDLE;
    let (mut bytes, mut key, mut overlapped) = (0, 0, null_mut());
    if chance.in_100(50) {
        let done =
            unsafe { GetQueuedCompletionStatus(port, &mut bytes, &mut key, &mut overlapped, ms) } == TRUE;
        let code = unsafe { GetLastError() };
        if done || !overlapped.is_null() {
            return taken(key, overlapped, bytes);
        }
        if code != WAIT_TIMEOUT {
            fail(0, &format!("no packet: {code}"));
        }
        return true;
    }
    let mut entries = [OVERLAPPED_ENTRY::default(); 4];
    let (mut count, alertable) = (0, chance.below(2) as BOOL);
    let most = 1 + chance.below(4) as u32;
    let done =
        unsafe { GetQueuedCompletionStatusEx(port, entries.as_mut_ptr(), most, &mut count, ms, alertable) };
    let code = unsafe { GetLastError() };
    if done == FALSE && code != WAIT_TIMEOUT && code != WAIT_IO_COMPLETION {
        fail(0, &format!("no packets: {code}"));
    }
    if (done == TRUE) != (count > 0) || count > most {
        fail(0, &format!("{count} of {most} packets, {done}"));
    }
    let mut more = true;
    for entry in &entries[..count as usize] {
        if entry.lpCompletionKey == LAST && !std::mem::take(&mut more) {
            // Another thread's.
            unsafe { PostQueuedCompletionStatus(port, 0, LAST, null()) };
            continue;
        }
        taken(entry.lpCompletionKey, entry.lpOverlapped, entry.dwNumberOfBytesTransferred);
    }
    more
}

/// False if it was the last packet.
fn taken(key: usize, overlapped: *mut OVERLAPPED, bytes: u32) -> bool {
    if key == LAST {
        return false;
    }
    if overlapped.is_null() {
        if bytes != 7 || !POSTED.lock().unwrap().get_or_insert_default().remove(&key) {
            fail(0, &format!("packet {key:#x} was not posted, or came twice"));
        }
        return true;
    }
    let op = overlapped.cast::<Op>();
    if Op::end_of(op).cell != key as u64 {
        fail(key as u64, &format!("the packet of {op:p} has another key"));
    }
    Op::told(op, By::Packet, Some(bytes));
    true
}

/// A thread that begins operations and ends.
fn live_shortly(end: &Arc<End>, chance: &mut Chance) {
    end.mark(cause::THREAD_ENDED);
    let (end, seed) = (Arc::clone(end), chance.next());
    let thread = std::thread::spawn(move || {
        let mut chance = Chance::new(seed);
        let mut mute = Vec::new();
        for _ in 0..1 + chance.below(3) {
            let op = if chance.in_100(80) {
                post_receive(&end, &mut chance)
            } else {
                post_send(&end, &mut chance)
            };
            let routine = |op: &*mut Op| end.port.is_none() && unsafe { (**op).way } == Way::Routine;
            // An operation with a port may be somebody else's by now.
            mute.extend(op.filter(routine).map(OpPtr));
        }
        rest_in_peace();
        mute
    });
    for op in thread.join().unwrap_or_else(|_| fail(0, "a thread panicked")) {
        Op::abandoned(op.0);
    }
}

/// What a thread does besides steps, so that what it and others wait for comes about.
pub fn serve(ports: &[usize], chance: &mut Chance) {
    look(chance);
    unsafe { SleepEx(0, TRUE) };
    take_packets(ports[chance.below(ports.len())], 0, chance);
}

/// One step on a cell.
pub fn step(cell: &Arc<Cell>, ports: &[usize], chance: &mut Chance) {
    let end = &cell.ends[chance.below(2)];
    match chance.below(1000) {
        0..280 => drop(post_receive(end, chance)),
        280..480 => drop(post_send(end, chance)),
        480..580 => send_now(end, chance),
        580..620 => drop(receive_now(end, chance)),
        620..800 => look(chance),
        800..860 => drop(unsafe { SleepEx(chance.below(2) as u32, TRUE) }),
        860..900 => drop(take_packets(ports[chance.below(ports.len())], chance.below(2) as u32, chance)),
        900..930 => end.cancel_named(chance),
        930..940 => end.cancel_all(chance),
        940..950 => end.cancel_own(chance),
        950..970 => post_packet(ports, chance),
        970..980 if end.handles() < 3 => end.duplicate(chance),
        980..990 => drop(end.close_one(chance, false)),
        990..993 => live_shortly(end, chance),
        _ => {}
    }
}
