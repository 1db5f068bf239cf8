//! Completion ports: CreateIoCompletionPort, GetQueuedCompletionStatus, PostQueuedCompletionStatus and their kin.
#![allow(unsafe_code)] // exported symbols; writes the caller's results and OVERLAPPEDs

use std::ptr;
use std::sync::Arc;

use crate::ffi::border;
use crate::ffi::provider::overlapped::write_status;
use crate::overlapped;
use crate::socket::table;
use crate::status::NtStatus;
use crate::win32::host;
use crate::win32::object::{self, Kind, Object};
use crate::win32::port::{Empty, Packet, Port};
use crate::win32::wait::Deadline;
use crate::windows::foundation::{
    BOOL, ERROR_ABANDONED_WAIT_0, ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_NOACCESS,
    ERROR_NOT_ENOUGH_MEMORY, FALSE, HANDLE, INVALID_HANDLE_VALUE, TRUE, WAIT_IO_COMPLETION, WAIT_TIMEOUT,
};
use crate::windows::types::{OVERLAPPED, OVERLAPPED_ENTRY};

/// **CreateIoCompletionPort** makes a completion port, or associates a socket with one, or both.
///
/// With INVALID_HANDLE_VALUE for `filehandle` it only makes a port. Otherwise the handle is associated with
/// `existingcompletionport`, or with a new port if that is NULL: packets of its operations come there with
/// `completionkey`. A new port lets `numberofconcurrentthreads` threads run at a time, 0 meaning as many as
/// there are processors; for an existing port the number is not used (G190). Returns the port's handle.
///
/// # Errors
/// Returns NULL.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | neither a handle to associate nor a port to make; the handle has a port already, or cannot have one | G203, F092 |
/// | ERROR_INVALID_HANDLE | a handle is not open or not of its kind | documented |
/// | ERROR_NOT_ENOUGH_MEMORY | no room for more handles | decided |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_CreateIoCompletionPort")]
pub unsafe extern "system" fn CreateIoCompletionPort(
    filehandle: HANDLE,
    existingcompletionport: HANDLE,
    completionkey: usize,
    numberofconcurrentthreads: u32,
) -> HANDLE {
    border::win32(ptr::null_mut(), || {
        let makes = existingcompletionport.is_null();
        let associates = filehandle != INVALID_HANDLE_VALUE;
        if !makes && !associates {
            return Err(ERROR_INVALID_PARAMETER);
        }
        let port = match makes {
            true => Port::new(concurrency(numberofconcurrentthreads)),
            false => port_of(existingcompletionport)?,
        };
        if !makes {
            associate(filehandle, &port, completionkey)?;
            return Ok(existingcompletionport);
        }
        let handle = object::open(Object::Port(Arc::clone(&port))).ok_or(ERROR_NOT_ENOUGH_MEMORY)?;
        let associated = if associates { associate(filehandle, &port, completionkey) } else { Ok(()) };
        if associated.is_err() {
            object::close(handle);
        }
        associated.map(|()| handle as HANDLE)
    })
}

fn concurrency(asked: u32) -> usize {
    if asked == 0 { host::machine().processors as usize } else { asked as usize }
}

/// Has the packets of this handle's operations come to the port.
fn associate(file: HANDLE, port: &Arc<Port>, key: usize) -> Result<(), u32> {
    match object::kind_of(file as usize) {
        Kind::Socket => associate_socket(file as usize, port, key),
        Kind::Object => match object::find(file as usize) {
            Some(Object::Layered(socket)) if socket.associate(port, key) => Ok(()),
            Some(Object::Layered(_)) => Err(ERROR_INVALID_PARAMETER),
            _ => Err(ERROR_INVALID_HANDLE),
        },
        Kind::Pseudo => Err(ERROR_INVALID_HANDLE),
    }
}

fn associate_socket(socket: usize, port: &Arc<Port>, key: usize) -> Result<(), u32> {
    let socket = table::enter(socket).map_err(|_| ERROR_INVALID_HANDLE)?;
    if overlapped::associate(&socket, port, key) { Ok(()) } else { Err(ERROR_INVALID_PARAMETER) }
}

#[inline]
fn port_of(handle: HANDLE) -> Result<Arc<Port>, u32> {
    match object::find(handle as usize) {
        Some(Object::Port(port)) => Ok(port),
        _ => Err(ERROR_INVALID_HANDLE),
    }
}

/// **GetQueuedCompletionStatus** takes the oldest packet of a port, waiting `dwmilliseconds` for one.
///
/// Returns TRUE for an operation that succeeded and for a posted packet, with the last error left alone
/// (F009). The packet's bytes, key and OVERLAPPED are written for an operation that failed too: then it
/// returns FALSE, the last error is the operation's code, and `*lpoverlapped` is not NULL (F080). The wait is
/// not alertable (G195).
///
/// # Errors
/// `*lpoverlapped` is NULL if no packet was taken, and the other results are left alone (F081, G197).
///
/// | code | when | source |
/// |---|---|---|
/// | WAIT_TIMEOUT | no packet came in time | F081 |
/// | ERROR_ABANDONED_WAIT_0 | the port was closed during the wait | G193 |
/// | ERROR_INVALID_HANDLE | not a port's handle | documented |
/// | ERROR_NOACCESS | a result has no place: its pointer is NULL | decided |
///
/// # Safety
/// - The pointers are NULL or writable.
/// - The OVERLAPPED of an operation that came to the port is still there.
#[unsafe(export_name = "ws2_GetQueuedCompletionStatus")]
pub unsafe extern "system" fn GetQueuedCompletionStatus(
    completionport: HANDLE,
    lpnumberofbytestransferred: *mut u32,
    lpcompletionkey: *mut usize,
    lpoverlapped: *mut *mut OVERLAPPED,
    dwmilliseconds: u32,
) -> BOOL {
    border::win32(FALSE, || {
        if lpnumberofbytestransferred.is_null() || lpcompletionkey.is_null() || lpoverlapped.is_null() {
            return Err(ERROR_NOACCESS);
        }
        let deadline = Deadline::after_ms(dwmilliseconds);
        let taken = object::with_port(completionport as usize, |port| port.take(deadline, false));
        let packet = match taken.unwrap_or(Err(Empty::Closed)) {
            Ok(packet) => packet,
            Err(why) => {
                let code = if taken.is_none() { ERROR_INVALID_HANDLE } else { code_of(why) };
                // SAFETY: not NULL, so writable.
                unsafe { lpoverlapped.write_unaligned(ptr::null_mut()) };
                return Err(code);
            }
        };
        // SAFETY: as the caller vouches; the results are not NULL.
        unsafe {
            deliver(&packet);
            lpnumberofbytestransferred.write_unaligned(packet.bytes);
            lpcompletionkey.write_unaligned(packet.key);
            lpoverlapped.write_unaligned(packet.overlapped as *mut OVERLAPPED);
        }
        if packet.status.is_success() { Ok(TRUE) } else { Err(packet.status.win32()) }
    })
}

/// **GetQueuedCompletionStatusEx** takes up to `ulcount` packets of a port, waiting for the first one.
///
/// `*ulnumentriesremoved` gets their number. How an operation ended is in its entry's `Internal`, a status;
/// the call does not fail for it (G194). If `falertable` is not 0 the wait also ends when calls that were
/// queued for the thread have run; a thread that took its last packet here gets a packet first (F095).
///
/// # Errors
/// `*ulnumentriesremoved` is 0 if no packet was taken, but for the last three rows.
///
/// | code | when | source |
/// |---|---|---|
/// | WAIT_TIMEOUT | no packet came in time | G194 |
/// | WAIT_IO_COMPLETION | calls have run, and no packet was taken | G194 |
/// | ERROR_ABANDONED_WAIT_0 | the port was closed during the wait | G193 |
/// | ERROR_INVALID_PARAMETER | `ulcount` is 0 | F094 |
/// | ERROR_NOACCESS | a pointer is NULL | decided |
/// | ERROR_INVALID_HANDLE | not a port's handle | documented |
///
/// # Safety
/// - `lpcompletionportentries` is NULL or writable for `ulcount` entries, `ulnumentriesremoved` is NULL or
///   writable.
/// - The OVERLAPPEDs of operations that came to the port are still there.
#[unsafe(export_name = "ws2_GetQueuedCompletionStatusEx")]
pub unsafe extern "system" fn GetQueuedCompletionStatusEx(
    completionport: HANDLE,
    lpcompletionportentries: *mut OVERLAPPED_ENTRY,
    ulcount: u32,
    ulnumentriesremoved: *mut u32,
    dwmilliseconds: u32,
    falertable: BOOL,
) -> BOOL {
    border::win32(FALSE, || {
        if ulcount == 0 {
            return Err(ERROR_INVALID_PARAMETER);
        }
        if lpcompletionportentries.is_null() || ulnumentriesremoved.is_null() {
            return Err(ERROR_NOACCESS);
        }
        let port = port_of(completionport)?;
        let first = port.take(Deadline::after_ms(dwmilliseconds), falertable != FALSE);
        let mut next = first.as_ref().ok().copied();
        let mut count = 0;
        while let Some(packet) = next {
            // SAFETY: as the caller vouches: `count` is below `ulcount`.
            unsafe {
                deliver(&packet);
                lpcompletionportentries.add(count as usize).write_unaligned(entry(&packet));
            }
            count += 1;
            next = if count < ulcount { port.take_more() } else { None };
        }
        // SAFETY: not NULL, so writable.
        unsafe { ulnumentriesremoved.write_unaligned(count) };
        first.map(|_| TRUE).map_err(code_of)
    })
}

fn entry(packet: &Packet) -> OVERLAPPED_ENTRY {
    OVERLAPPED_ENTRY {
        lpCompletionKey: packet.key,
        lpOverlapped: packet.overlapped as *mut OVERLAPPED,
        Internal: packet.status.code() as usize,
        dwNumberOfBytesTransferred: packet.bytes,
    }
}

fn code_of(empty: Empty) -> u32 {
    match empty {
        Empty::TimedOut => WAIT_TIMEOUT,
        Empty::Alerted => WAIT_IO_COMPLETION,
        Empty::Closed => ERROR_ABANDONED_WAIT_0,
    }
}

/// Writes to the OVERLAPPED what the packet has not yet told it (G192).
///
/// # Safety
/// If the packet is unwritten, its OVERLAPPED is there and writable.
#[inline]
unsafe fn deliver(packet: &Packet) {
    if !packet.unwritten {
        return;
    }
    let overlapped = packet.overlapped as *mut OVERLAPPED;
    // SAFETY: as the caller vouches.
    unsafe { write_status(overlapped, packet.status, packet.bytes as usize) };
}

/// **PostQueuedCompletionStatus** queues a packet of the program's own: bytes, key and pointer come out of
/// GetQueuedCompletionStatus as they are here, and nobody looks at what the pointer leads to (G196).
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_HANDLE | not a port's handle | documented |
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_PostQueuedCompletionStatus")]
pub unsafe extern "system" fn PostQueuedCompletionStatus(
    completionport: HANDLE,
    dwnumberofbytestransferred: u32,
    dwcompletionkey: usize,
    lpoverlapped: *const OVERLAPPED,
) -> BOOL {
    border::win32(FALSE, || {
        port_of(completionport)?.post(Packet {
            key: dwcompletionkey,
            overlapped: lpoverlapped as usize,
            bytes: dwnumberofbytestransferred,
            status: NtStatus::SUCCESS,
            unwritten: false,
        });
        Ok(TRUE)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windows::foundation::{ERROR_MORE_DATA, ERROR_NETNAME_DELETED};

    const KEY: usize = 125;
    const PENDING: usize = 0x103;

    fn pending() -> OVERLAPPED {
        OVERLAPPED { Internal: PENDING, InternalHigh: 0xdead, ..Default::default() }
    }

    fn packet(overlapped: &mut OVERLAPPED, status: NtStatus, bytes: u32, unwritten: bool) -> Packet {
        Packet { key: KEY, overlapped: ptr::from_mut(overlapped) as usize, bytes, status, unwritten }
    }

    fn opened() -> (Arc<Port>, HANDLE) {
        let port = Port::new(1);
        let handle = object::open(Object::Port(Arc::clone(&port))).unwrap();
        (port, handle as HANDLE)
    }

    /// What GetQueuedCompletionStatus gives: its result, the bytes, the OVERLAPPED, the last error.
    fn get(handle: HANDLE) -> (BOOL, u32, usize, u32) {
        let (mut bytes, mut key, mut overlapped) = (0, 0, ptr::null_mut());
        border::set_last_error(77);
        // SAFETY: the results have their places.
        let result = unsafe {
            GetQueuedCompletionStatus(handle, &raw mut bytes, &raw mut key, &raw mut overlapped, 0)
        };
        assert_eq!(key, KEY);
        (result, bytes, overlapped as usize, border::last_error())
    }

    #[test]
    fn a_result_is_written_when_its_packet_is_taken() {
        let (port, handle) = opened();
        let rows = [
            (NtStatus::SUCCESS, 12, TRUE, 77),
            (NtStatus::CONNECTION_RESET, 0, FALSE, ERROR_NETNAME_DELETED), // F080
            (NtStatus::BUFFER_OVERFLOW, 4, FALSE, ERROR_MORE_DATA),
        ];
        for (status, bytes, result, code) in rows {
            let mut overlapped = pending();
            let address = ptr::from_mut(&mut overlapped) as usize;
            port.post(packet(&mut overlapped, status, bytes, true));
            assert_eq!((overlapped.Internal, overlapped.InternalHigh), (PENDING, 0xdead));
            assert_eq!(get(handle), (result, bytes, address, code));
            assert_eq!(overlapped.Internal, status.code() as usize);
            assert_eq!(overlapped.InternalHigh, bytes as usize);
        }
        // One that was written before may be gone by now, and is not touched.
        let mut overlapped = pending();
        port.post(packet(&mut overlapped, NtStatus::SUCCESS, 12, false));
        assert_eq!(get(handle).0, TRUE);
        assert_eq!((overlapped.Internal, overlapped.InternalHigh), (PENDING, 0xdead));
        object::close(handle as usize);
    }

    /// Packed structures of programs hold OVERLAPPEDs anywhere.
    #[test]
    fn an_overlapped_may_lie_at_any_address() {
        let (port, handle) = opened();
        let mut room = [0usize; 1 + size_of::<OVERLAPPED>() / size_of::<usize>()];
        let odd = room.as_mut_ptr().cast::<u8>().wrapping_add(1).cast::<OVERLAPPED>();
        let tells =
            Packet { overlapped: odd as usize, ..packet(&mut pending(), NtStatus::SUCCESS, 12, true) };
        port.post(tells);
        assert_eq!(get(handle), (TRUE, 12, odd as usize, 77));
        // SAFETY: within `room`.
        let written = unsafe { odd.read_unaligned() };
        assert_eq!((written.Internal, written.InternalHigh), (0, 12));
        object::close(handle as usize);
    }

    #[test]
    fn entries_tell_failures_by_their_status() {
        let (port, handle) = opened();
        let (mut good, mut bad) = (pending(), pending());
        port.post(packet(&mut good, NtStatus::SUCCESS, 5, true));
        port.post(packet(&mut bad, NtStatus::CANCELLED, 0, true));
        let mut entries = [OVERLAPPED_ENTRY::default(); 4];
        let mut count = 0;
        // SAFETY: there are as many entries.
        let result =
            unsafe { GetQueuedCompletionStatusEx(handle, entries.as_mut_ptr(), 4, &raw mut count, 0, FALSE) };
        assert_eq!((result, count), (TRUE, 2)); // G194
        assert_eq!(entries[0].Internal, 0);
        assert_eq!(entries[1].Internal, NtStatus::CANCELLED.code() as usize);
        assert_eq!((good.Internal, good.InternalHigh), (0, 5));
        assert_eq!(bad.Internal, NtStatus::CANCELLED.code() as usize);
        object::close(handle as usize);
    }
}
