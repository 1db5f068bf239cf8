//! WSAIoctl with an OVERLAPPED: what the call says, and what events, completion routines and ports are told.
#![allow(non_snake_case)]

use std::cell::RefCell;
use std::ptr::{from_mut, null, null_mut, without_provenance_mut};

use openws2::Win32::Foundation::*;
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::Storage::FileSystem::SetFileCompletionNotificationModes;
use openws2::Win32::System::IO::*;
use openws2::Win32::System::Threading::*;

mod util;
use util::*;

const SIO_GET_INTERFACE_LIST: u32 = 0x4004_747f;
const UNTOUCHED: u32 = 0xdead_beef;
const PENDING: usize = 0x103;
const NOT_SUPPORTED: usize = 0xC000_00BB;
const TOO_SMALL: usize = 0xC000_0023;
const KEY: usize = 77;
const LIMIT: u32 = 10_000;
/// No packet is on its way: all that there are have been queued by the call itself.
const NOW: u32 = 0;

type Told = (u32, u32, usize, u32);

thread_local! {
    /// What this thread's completion routine was told: error, bytes, OVERLAPPED, flags.
    static TOLD: RefCell<Vec<Told>> = const { RefCell::new(Vec::new()) };
}

unsafe extern "system" fn routine(error: u32, bytes: u32, overlapped: *mut OVERLAPPED, flags: u32) {
    TOLD.with(|told| told.borrow_mut().push((error, bytes, overlapped.addr(), flags)));
}

/// What the routine is told in an alertable wait.
fn told() -> Vec<Told> {
    unsafe { SleepEx(0, 1) };
    TOLD.take()
}

/// A request, what it writes to, and what the call says: the code, and the count of 0xdeadbeef.
struct Ioctl {
    overlapped: OVERLAPPED,
    input: Vec<u8>,
    output: Vec<u8>,
    count: u32,
}

impl Ioctl {
    fn new(input: &[u8], room: usize) -> Box<Self> {
        Self::with_event(input, room, null_mut())
    }

    fn with_event(input: &[u8], room: usize, event: HANDLE) -> Box<Self> {
        let overlapped = OVERLAPPED { Internal: 5, InternalHigh: 6, hEvent: event, ..OVERLAPPED::default() };
        Box::new(Self { overlapped, input: input.to_vec(), output: vec![0xEE; room], count: UNTOUCHED })
    }

    fn run(&mut self, s: SOCKET, code: u32, routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE) -> (i32, u32) {
        let input = if self.input.is_empty() { null() } else { self.input.as_ptr().cast() };
        let output = if self.output.is_empty() { null_mut() } else { self.output.as_mut_ptr().cast() };
        let (given, room) = (self.input.len() as u32, self.output.len() as u32);
        unsafe { WSASetLastError(-1) };
        let done = unsafe {
            WSAIoctl(s, code, input, given, output, room, &mut self.count, &mut self.overlapped, routine)
        };
        assert_eq!(done, if last_error() == 0 { 0 } else { SOCKET_ERROR });
        (last_error(), self.count)
    }

    fn address(&self) -> usize {
        (&raw const self.overlapped).addr()
    }

    /// Internal and InternalHigh.
    fn status(&self) -> (usize, usize) {
        unsafe { ((&raw const self.overlapped.Internal).read_volatile(), self.overlapped.InternalHigh) }
    }

    fn is_untouched(&self) -> bool {
        self.output.iter().all(|byte| *byte == 0xEE)
    }

    /// WSAGetOverlappedResult: the code and the bytes.
    fn result(&mut self, s: SOCKET) -> (i32, u32) {
        let (mut bytes, mut flags) = (UNTOUCHED, UNTOUCHED);
        let done = unsafe { WSAGetOverlappedResult(s, &self.overlapped, &mut bytes, 1, &mut flags) };
        (if done == 1 { 0 } else { last_error() }, bytes)
    }
}

fn event() -> HANDLE {
    let event = unsafe { CreateEventW(null(), 1, 0, null()) };
    assert!(!event.is_null());
    event
}

fn is_set(object: HANDLE) -> bool {
    unsafe { WaitForSingleObject(object, 0) == WAIT_OBJECT_0 }
}

fn port_of(s: SOCKET) -> HANDLE {
    let port = unsafe { CreateIoCompletionPort(s as HANDLE, null_mut(), KEY, 0) };
    assert!(!port.is_null());
    port
}

/// The next packet: the Win32 code, bytes, key and OVERLAPPED.
fn packet(port: HANDLE, limit: u32) -> Option<(u32, u32, usize, usize)> {
    let (mut bytes, mut key, mut overlapped) = (UNTOUCHED, 0, null_mut());
    let done = unsafe { GetQueuedCompletionStatus(port, &mut bytes, &mut key, &mut overlapped, limit) };
    let code = if done == 1 { 0 } else { unsafe { GetLastError() } };
    (!overlapped.is_null()).then(|| (code, bytes, key, overlapped.addr()))
}

fn extension() -> Vec<u8> {
    let id = WSAID_WSARECVMSG;
    let head = [&id.data1.to_ne_bytes()[..], &id.data2.to_ne_bytes(), &id.data3.to_ne_bytes()].concat();
    [head, id.data4.to_vec()].concat()
}

/// tcp_keepalive: on, after 5 and then every 1 second.
fn keep_alive() -> Vec<u8> {
    [1u32, 5000, 1000].into_iter().flat_map(u32::to_ne_bytes).collect()
}

/// What succeeds within the call: code, input, room, and the count. Of the list of addresses only that it is there.
fn prompt_ones() -> Vec<(u32, Vec<u8>, usize, Option<u32>)> {
    vec![
        (FIONREAD as u32, vec![], 4, Some(4)),
        (SIOCATMARK as u32, vec![], 4, Some(4)),
        (FIONBIO as u32, vec![1, 0, 0, 0], 0, Some(0)),
        (
            SIO_GET_EXTENSION_FUNCTION_POINTER,
            extension(),
            size_of::<usize>(),
            Some(size_of::<usize>() as u32),
        ),
        (SIO_KEEPALIVE_VALS, keep_alive(), 0, Some(UNTOUCHED)),
        (SIO_ADDRESS_LIST_QUERY, vec![], 65536, None),
    ]
}

#[track_caller]
fn assert_prompt(answer: (i32, u32), count: Option<u32>) {
    assert_eq!(answer.0, 0);
    match count {
        Some(count) => assert_eq!(answer.1, count),
        None => assert!(answer.1 > 0 && answer.1 != UNTOUCHED),
    }
}

/// F101, F259: the count is the call's, and what is told has 0 bytes. The event is set, the port has a packet.
#[test]
fn what_succeeds_at_once_is_told_to_event_and_port() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let port = port_of(a);
    for (code, input, room, count) in prompt_ones() {
        for event in [null_mut(), event()] {
            let mut ioctl = Ioctl::with_event(&input, room, event);
            assert_prompt(ioctl.run(a, code, None), count);
            assert_eq!(ioctl.status(), (0, 0), "{code:#x}");
            assert_eq!(packet(port, LIMIT), Some((0, 0, KEY, ioctl.address())), "{code:#x}");
            assert!(is_set(if event.is_null() { a as HANDLE } else { event }));
            assert_eq!(packet(port, NOW), None);
            assert_eq!(ioctl.result(a), (0, 0));
        }
    }
    // The low bit of hEvent keeps the packet away (F087), and so does the mode.
    let event = event();
    let mut ioctl = Ioctl::with_event(&[], 4, event.map_addr(|address| address | 1));
    assert_eq!(ioctl.run(a, FIONREAD as u32, None), (0, 4));
    assert_eq!((is_set(event), packet(port, NOW)), (true, None));
    assert_eq!(unsafe { SetFileCompletionNotificationModes(a as HANDLE, 1) }, 1);
    let mut ioctl = Ioctl::new(&[], 4);
    assert_eq!(ioctl.run(a, FIONREAD as u32, None), (0, 4));
    assert_eq!((ioctl.status(), packet(port, NOW)), ((0, 0), None));
    close(a);
    close(b);
}

/// F078.
#[test]
fn what_succeeds_at_once_queues_the_completion_routine() {
    let _winsock = Winsock::start();
    let (a, b) = tcp_pair();
    let event = event();
    for (code, input, room, count) in prompt_ones() {
        // With a routine hEvent is the program's own.
        for of_the_program in [null_mut(), event, without_provenance_mut(4)] {
            let mut ioctl = Ioctl::with_event(&input, room, of_the_program);
            assert_prompt(ioctl.run(a, code, Some(routine)), count);
            assert_eq!(TOLD.take(), [], "no alertable wait, no routine");
            assert_eq!(told(), [(0, 0, ioctl.address(), 0)], "{code:#x}");
            assert_eq!(ioctl.status(), (0, 0));
        }
    }
    assert!(!is_set(event));
    close(a);
    close(b);
}

/// F102, F257: 997, and then the failure.
#[test]
fn what_is_not_supported_fails_afterwards() {
    const FIOASYNC: u32 = 0x8004_667d;
    let _winsock = Winsock::start();
    let codes = [0xdead_beef, FIOASYNC, 0x667e, SIO_FLUSH, SIO_BASE_HANDLE, SIO_BSP_HANDLE_POLL];
    let (with_port, s) = (new_socket(SOCK_STREAM), new_socket(SOCK_STREAM));
    let (port, event) = (port_of(with_port), event());
    for code in codes {
        let mut ioctl = Ioctl::new(&[], 8);
        assert_eq!(ioctl.run(with_port, code, None), (WSA_IO_PENDING, UNTOUCHED), "{code:#x}");
        assert_eq!(ioctl.status(), (PENDING, 6), "not before the packet is taken (G192)");
        assert_eq!(packet(port, LIMIT), Some((ERROR_NOT_SUPPORTED, 0, KEY, ioctl.address())));
        assert_eq!(ioctl.status(), (NOT_SUPPORTED, 0));

        let mut ioctl = Ioctl::new(&[], 8);
        assert_eq!(ioctl.run(s, code, Some(routine)), (WSA_IO_PENDING, UNTOUCHED), "{code:#x}");
        assert_eq!(told(), [(WSAEOPNOTSUPP as u32, 0, ioctl.address(), 0)]);
        assert_eq!(ioctl.status(), (NOT_SUPPORTED, 0));

        for event in [null_mut(), event] {
            let mut ioctl = Ioctl::with_event(&[], 8, event);
            assert_eq!(ioctl.run(s, code, None), (WSA_IO_PENDING, UNTOUCHED), "{code:#x}");
            assert_eq!(ioctl.result(s), (WSAEOPNOTSUPP, 0));
            assert_eq!((ioctl.status(), ioctl.count), ((NOT_SUPPORTED, 0), UNTOUCHED));
            assert!(is_set(if event.is_null() { s as HANDLE } else { event }));
            assert!(ioctl.is_untouched());
        }
    }
    close(with_port);
    close(s);
}

/// What the socket does not have is as little supported as what no socket has.
#[test]
fn what_this_socket_does_not_support_fails_afterwards() {
    let _winsock = Winsock::start();
    let stream = new_socket(SOCK_STREAM);
    let mut ioctl = Ioctl::with_event(&[], 0, event());
    assert_eq!(ioctl.run(stream, SIO_ENABLE_CIRCULAR_QUEUEING, None), (WSA_IO_PENDING, UNTOUCHED));
    assert_eq!(ioctl.result(stream), (WSAEOPNOTSUPP, 0));
    let local = unsafe { socket(AF_UNIX.into(), SOCK_STREAM, 0) };
    let mut ioctl = Ioctl::with_event(&[], 4096, event());
    assert_eq!(ioctl.run(local, SIO_GET_INTERFACE_LIST, None), (WSA_IO_PENDING, UNTOUCHED));
    assert_eq!(ioctl.result(local), (WSAEOPNOTSUPP, 0));
    close(stream);
    close(local);
}

/// F261.
#[test]
fn the_list_of_interfaces_ends_afterwards() {
    let _winsock = Winsock::start();
    let s = new_socket(SOCK_DGRAM);
    let mut ioctl = Ioctl::with_event(&[], 76 * 64, event());
    assert_eq!(ioctl.run(s, SIO_GET_INTERFACE_LIST, None), (WSA_IO_PENDING, UNTOUCHED));
    let (code, bytes) = ioctl.result(s);
    assert_eq!((code, bytes % 76, bytes > 0), (0, 0, true));
    assert_eq!(ioctl.status(), (0, bytes as usize));
    let list = &ioctl.output[..bytes as usize];
    assert!(list.chunks(76).any(|info| info[8..12] == [127, 0, 0, 1]));

    let mut ioctl = Ioctl::new(&[], 76 * 64);
    assert_eq!(ioctl.run(s, SIO_GET_INTERFACE_LIST, Some(routine)), (WSA_IO_PENDING, UNTOUCHED));
    assert_eq!(told(), [(0, bytes, ioctl.address(), 0)]);
    let mut short = Ioctl::new(&[], 75);
    assert_eq!(short.run(s, SIO_GET_INTERFACE_LIST, Some(routine)), (WSA_IO_PENDING, UNTOUCHED));
    assert_eq!(told(), [(WSAEFAULT as u32, 0, short.address(), 0)]);
    assert!(short.is_untouched());

    let port = port_of(s);
    let mut ioctl = Ioctl::new(&[], 76 * 64);
    assert_eq!(ioctl.run(s, SIO_GET_INTERFACE_LIST, None), (WSA_IO_PENDING, UNTOUCHED));
    assert_eq!(packet(port, LIMIT), Some((0, bytes, KEY, ioctl.address())));
    let mut short = Ioctl::new(&[], 75);
    assert_eq!(short.run(s, SIO_GET_INTERFACE_LIST, None), (WSA_IO_PENDING, UNTOUCHED));
    assert_eq!(packet(port, LIMIT), Some((ERROR_INSUFFICIENT_BUFFER, 0, KEY, short.address())));
    assert_eq!(short.status(), (TOO_SMALL, 0));
    close(s);
}

/// F029, F256, F258, F259 and F082: nobody is told of what fails within the call.
#[test]
fn of_a_failure_within_the_call_nobody_is_told() {
    let _winsock = Winsock::start();
    let (with_port, s) = (new_socket(SOCK_STREAM), new_socket(SOCK_STREAM));
    let port = port_of(with_port);
    let extension_code = SIO_GET_EXTENSION_FUNCTION_POINTER;
    let short = |code, input: &[u8], room, says| (code, input.to_vec(), room, says, (5, 6));
    let failing = [
        short(FIONREAD as u32, &[], 3, WSAEFAULT),
        short(FIONBIO as u32, &[1, 0, 0], 0, WSAEFAULT),
        short(extension_code, &[7; 16], 8, WSAEINVAL),
        short(extension_code, &extension(), 3, WSAEFAULT),
        short(SIO_ADDRESS_LIST_QUERY, &[], 1, WSAEFAULT),
        (SIO_KEEPALIVE_VALS, keep_alive()[..11].to_vec(), 0, WSAEFAULT, (PENDING, 6)),
        (SIO_KEEPALIVE_VALS, vec![], 0, WSAEFAULT, (PENDING, 6)),
    ];
    for (code, input, room, says, status) in failing {
        let event = event();
        for (s, event, routine) in
            [(with_port, null_mut(), None), (s, event, None), (s, event, Some(routine as _))]
        {
            let mut ioctl = Ioctl::with_event(&input, room, event);
            let (said, count) = ioctl.run(s, code, routine);
            assert_eq!((said, ioctl.status()), (says, status), "{code:#x}");
            // How much room it takes is the one thing that a failure counts.
            assert_eq!(count != UNTOUCHED, code == SIO_ADDRESS_LIST_QUERY, "{code:#x}");
            assert!(ioctl.is_untouched());
        }
        assert!(!is_set(event));
    }
    assert_eq!((packet(port, NOW), told()), (None, vec![]));
    close(with_port);
    close(s);
}

/// F079, G178, F022: a count first, then the OVERLAPPED, and what it names.
#[test]
fn an_overlapped_that_is_none_or_names_none_is_refused() {
    let _winsock = Winsock::start();
    let (s, with_port) = (new_socket(SOCK_STREAM), new_socket(SOCK_STREAM));
    let port = port_of(with_port);
    let code = FIONREAD as u32;
    let mut value = UNTOUCHED;
    let (out, mut count) = (from_mut(&mut value).cast(), UNTOUCHED);
    for routine in [None, Some(routine as _)] {
        let mut overlapped =
            OVERLAPPED { Internal: 5, hEvent: without_provenance_mut(4), ..OVERLAPPED::default() };
        let (none, over) = (null_mut(), from_mut(&mut overlapped));
        assert_eq!(unsafe { WSAIoctl(s, code, null(), 0, out, 4, none, over, routine) }, SOCKET_ERROR);
        assert_eq!((last_error(), overlapped.Internal), (WSAEFAULT, 5));
        let nowhere = without_provenance_mut(1);
        assert_eq!(
            unsafe { WSAIoctl(s, code, null(), 0, out, 4, &mut count, nowhere, routine) },
            SOCKET_ERROR
        );
        assert_eq!((last_error(), count), (WSAEFAULT, UNTOUCHED));
    }
    for code in [code, SIO_FLUSH] {
        let mut ioctl = Ioctl::with_event(&[], 4, without_provenance_mut(4));
        assert_eq!(ioctl.run(s, code, None), (WSA_INVALID_HANDLE, UNTOUCHED));
        assert_eq!((ioctl.status(), ioctl.is_untouched()), ((5, 6), true));
        let mut ioctl = Ioctl::new(&[], 4);
        assert_eq!(ioctl.run(with_port, code, Some(routine)), (WSAEINVAL, UNTOUCHED));
        assert_eq!((ioctl.status(), ioctl.is_untouched()), ((5, 6), true));
    }
    // Without an OVERLAPPED nobody is told, and the routine is nobody's.
    assert_eq!(unsafe { WSAIoctl(s, code, null(), 0, out, 4, &mut count, null_mut(), Some(routine)) }, 0);
    assert_eq!((count, value, told(), packet(port, NOW)), (4, 0, vec![], None));
    close(s);
    close(with_port);
}

/// F034: the call itself waits for what would end afterwards.
#[test]
fn without_overlapped_operations_everything_ends_within_the_call() {
    let _winsock = Winsock::start();
    let s = unsafe { WSASocketW(AF_INET.into(), SOCK_DGRAM, 0, null(), 0, 0) };
    let event = event();
    let mut ioctl = Ioctl::with_event(&[], 76 * 64, event);
    let (code, count) = ioctl.run(s, SIO_GET_INTERFACE_LIST, None);
    assert_eq!((code, count % 76, ioctl.status()), (0, 0, (0, count as usize)));
    assert!(is_set(event));
    let mut ioctl = Ioctl::new(&[], 4);
    assert_eq!(ioctl.run(s, SIO_FLUSH, None), (WSAEOPNOTSUPP, UNTOUCHED));
    assert_eq!(ioctl.status(), (NOT_SUPPORTED, 0));
    let mut ioctl = Ioctl::new(&[], 4);
    assert_eq!(ioctl.run(s, FIONREAD as u32, Some(routine)), (0, 4));
    assert_eq!(told(), [(0, 0, ioctl.address(), 0)]);
    close(s);
}
