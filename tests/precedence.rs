//! Every pair of faults that one receive can have at once, on real sockets: the call tells of the one that
//! comes first in Windows' order, which stands here a second time.
#![allow(non_snake_case)]

use std::ptr::{null_mut, without_provenance_mut};
use std::sync::OnceLock;

use openws2::Win32::Foundation::{CloseHandle, HANDLE};
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::{CancelIoEx, CreateIoCompletionPort, OVERLAPPED};

mod util;
use util::*;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    NotStarted,
    BadHandle,
    /// What an OVERLAPPED can have: it is none, its event is none, its routine contradicts a port.
    BadOverlapped,
    BadEvent,
    Untellable,
    Unconnected,
    BoundOnly,
    Listening,
    Connecting,
    Unbound,
    Shut,
    /// A reset that an earlier call has met.
    ResetMet,
    /// A reset that has arrived and that no call has met.
    ResetNews,
    NoBuffers,
    NegativeLength,
    NullArray,
    NullFlags,
    NullCount,
    ShortFrom,
    FromAlone,
    LengthAlone,
    NullBuffer,
    /// WSARecvMsg's own: no WSAMSG, control data with a length and no pointer, flags left from before.
    NullMessage,
    ControlAlone,
    OldFlags,
    UnknownFlag,
    OobDatagram,
    WaitallDatagram,
    OobInline,
    PeekWaitall,
    PartialWaitall,
    WaitallNonblocking,
    Unreachable,
    Nothing,
}

use Fault::*;

/// Windows' order: who starts, which handle, whom to tell, in which state, with which pointers and lengths, with which
/// flags; then what there is to receive. Within the pointers a count of no WSABUFs comes first (F015).
const ORDER: &[(Fault, i32)] = &[
    (NotStarted, WSANOTINITIALISED),
    (BadHandle, WSAENOTSOCK),
    (BadOverlapped, WSAEFAULT),
    (BadEvent, WSA_INVALID_HANDLE),
    (Untellable, WSAEINVAL),
    (Unconnected, WSAENOTCONN),
    (BoundOnly, WSAENOTCONN),
    (Listening, WSAENOTCONN),
    (Connecting, WSAENOTCONN),
    (Unbound, WSAEINVAL),
    (Shut, WSAESHUTDOWN),
    (ResetMet, WSAECONNRESET),
    (ResetNews, WSAECONNRESET),
    (NullMessage, WSAEFAULT),
    (NoBuffers, WSAEINVAL),
    (NegativeLength, WSAEFAULT),
    (NullArray, WSAEFAULT),
    (NullFlags, WSAEFAULT),
    (NullCount, WSAEFAULT),
    (ShortFrom, WSAEFAULT),
    (FromAlone, WSAEFAULT),
    (LengthAlone, WSAEFAULT),
    (ControlAlone, WSAEFAULT),
    (NullBuffer, WSAEFAULT),
    (OldFlags, WSAEOPNOTSUPP),
    (UnknownFlag, WSAEOPNOTSUPP),
    (OobDatagram, WSAEOPNOTSUPP),
    (WaitallDatagram, WSAEOPNOTSUPP),
    (OobInline, WSAEINVAL),
    (PeekWaitall, WSAEOPNOTSUPP),
    (PartialWaitall, WSAEOPNOTSUPP),
    (WaitallNonblocking, WSAEOPNOTSUPP),
    (Unreachable, WSAECONNRESET),
    (Nothing, WSAEWOULDBLOCK),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Function {
    Recv,
    RecvFrom,
    WsaRecv,
    WsaRecvFrom,
    WsaRecvEx,
    WsaRecvMsg,
    /// With an OVERLAPPED.
    Overlapped,
    OverlappedFrom,
    OverlappedMsg,
}

use Function::*;

const FUNCTIONS: [Function; 9] =
    [Recv, RecvFrom, WsaRecv, WsaRecvFrom, WsaRecvEx, WsaRecvMsg, Overlapped, OverlappedFrom, OverlappedMsg];

impl Function {
    fn is_overlapped(self) -> bool {
        matches!(self, Overlapped | OverlappedFrom | OverlappedMsg)
    }

    fn takes_message(self) -> bool {
        matches!(self, WsaRecvMsg | OverlappedMsg)
    }
}

impl Fault {
    /// The kind of socket that the fault takes; None where both will do.
    fn kind(self) -> Option<i32> {
        match self {
            Unconnected | BoundOnly | Listening | Connecting | ResetMet | ResetNews | OobInline
            | PeekWaitall | PartialWaitall | WaitallNonblocking => Some(SOCK_STREAM),
            NullMessage | ControlAlone | OldFlags | Unbound | OobDatagram | WaitallDatagram | Unreachable
            | ShortFrom | FromAlone | LengthAlone => Some(SOCK_DGRAM),
            _ => None,
        }
    }

    /// Whether the function has the argument that is at fault.
    fn concerns(self, function: Function) -> bool {
        let several = matches!(function, WsaRecv | WsaRecvFrom | WsaRecvMsg) || function.is_overlapped();
        if function.takes_message() && self.kind() == Some(SOCK_STREAM) {
            return false;
        }
        match self {
            // A WSAMSG holds flags and lengths itself.
            NullFlags | FromAlone if function.takes_message() => false,
            NullMessage | ControlAlone | OldFlags => function.takes_message(),
            BadOverlapped | BadEvent | Untellable => function.is_overlapped(),
            // An OVERLAPPED counts too.
            NullCount => several && !function.is_overlapped(),
            NoBuffers | NullArray => several,
            NegativeLength => !several,
            NullFlags => several || function == WsaRecvEx,
            ShortFrom | FromAlone | LengthAlone => {
                matches!(function, RecvFrom | WsaRecvFrom | OverlappedFrom) || function.takes_message()
            }
            // The mode is none of an OVERLAPPED's business (F033, G093).
            WaitallNonblocking if function.is_overlapped() => false,
            UnknownFlag | OobDatagram | WaitallDatagram | OobInline | PeekWaitall | PartialWaitall
            | WaitallNonblocking => function != WsaRecvEx,
            _ => true,
        }
    }

    /// Which of the things that are one way or another it settles: two faults of one place exclude each other.
    fn place(self) -> &'static str {
        match self {
            Unconnected | BoundOnly | Listening | Connecting | Unbound => "state",
            ResetMet | ResetNews => "reset",
            NoBuffers | NullArray => "array",
            NegativeLength => "length",
            ShortFrom | FromAlone | LengthAlone => "from",
            _ => "",
        }
    }
}

/// Whether one call on one socket can have both.
fn go_together(a: Fault, b: Fault) -> bool {
    let either = |x: Fault, y: Fault| (a == x && b == y) || (a == y && b == x);
    let one_is = |f: &dyn Fn(Fault) -> bool| f(a) || f(b);
    let kinds = matches!((a.kind(), b.kind()), (Some(a), Some(b)) if a != b);
    let same_place = !a.place().is_empty() && a.place() == b.place();
    let unready = |f: Fault| f.place() == "state";
    let needs_peer = |f: Fault| matches!(f, Shut | ResetMet | ResetNews | Unreachable | Nothing);
    // A stream without a peer cannot be shut or reset. A datagram socket without a name can be shut, but
    // has sent nothing yet.
    let no_peer = one_is(&unready) && one_is(&needs_peer) && !either(Unbound, Shut);
    // A flag behind a pointer that is missing is no flag; a buffer in an array that is missing is no buffer.
    let flags = |f: Fault| f.kind().is_some() && "" == f.place() && f != Unreachable || f == UnknownFlag;
    let no_flags = one_is(&|f| f == NullFlags) && one_is(&flags);
    let no_buffer = one_is(&|f| f.place() == "array") && one_is(&|f| f == NullBuffer);
    let negative = either(NegativeLength, NullBuffer);
    // An error that waits is something to receive; a reset too.
    let nothing = one_is(&|f| f == Nothing) && one_is(&|f| matches!(f, Unreachable | ResetMet | ResetNews));
    // Where there is no WSAMSG there is nothing that it could hold.
    let in_message = |f: Fault| {
        let held = [NoBuffers, NullArray, NullBuffer, ShortFrom, LengthAlone, ControlAlone];
        held.contains(&f) || (flags(f) && f != NullMessage)
    };
    let no_message = one_is(&|f| f == NullMessage) && one_is(&in_message);
    let datagram_flags = either(OobDatagram, WaitallDatagram);
    let gone = either(NotStarted, BadHandle);
    // With a routine nobody looks at hEvent.
    let no_event = one_is(&|f| f == BadEvent) && one_is(&|f| matches!(f, BadOverlapped | Untellable));
    !(kinds
        || same_place
        || no_peer
        || no_flags
        || no_message
        || no_buffer
        || negative
        || nothing
        || datagram_flags
        || gone
        || no_event)
}

/// A socket with the faults that sockets have, and who must outlive it.
struct Scene {
    s: SOCKET,
    others: Vec<SOCKET>,
    /// Data are queued, which no refused call may take.
    data: bool,
    /// The completion port that the socket tells.
    port: HANDLE,
}

impl Drop for Scene {
    fn drop(&mut self) {
        if !self.port.is_null() {
            assert_ne!(unsafe { CloseHandle(self.port) }, 0);
        }
    }
}

/// A listener whose queue is full answers no further connect.
struct Full {
    port: u16,
    sockets: Vec<SOCKET>,
}

impl Full {
    fn new() -> Self {
        let listener = new_socket(SOCK_STREAM);
        bind_loopback(listener);
        assert_eq!(unsafe { listen(listener, 1) }, 0);
        let mut full = Self { port: port_of(listener), sockets: vec![listener] };
        for _ in 0..20 {
            let s = full.knock();
            full.sockets.push(s);
            let mut write = set_of(&[s]);
            let limit = TIMEVAL { tv_sec: 0, tv_usec: 200_000 };
            if unsafe { select(0, null_mut(), &mut write, null_mut(), &limit) } == 0 {
                return full;
            }
        }
        panic!("a full queue answers no connect");
    }

    fn knock(&self) -> SOCKET {
        let s = new_socket(SOCK_STREAM);
        set_nonblocking(s, true);
        assert_eq!((connect_to(s, self.port), last_error()), (SOCKET_ERROR, WSAEWOULDBLOCK));
        s
    }
}

fn set(kind: i32, faults: &[Fault]) -> Scene {
    let is = |fault| faults.contains(&fault);
    let mut scene = Scene { s: INVALID_SOCKET, others: Vec::new(), data: false, port: null_mut() };
    let mut full = None;
    scene.s = match () {
        () if is(Unconnected) => new_socket(SOCK_STREAM),
        () if is(BoundOnly) => {
            let s = new_socket(SOCK_STREAM);
            bind_loopback(s);
            s
        }
        () if is(Listening) => tcp_listener(),
        () if is(Connecting) => full.insert(Full::new()).knock(),
        () if is(Unbound) => new_socket(SOCK_DGRAM),
        () if kind == SOCK_STREAM => {
            let (s, peer) = tcp_pair();
            scene.others.push(peer);
            s
        }
        () => udp_bound(),
    };
    scene.others.extend(full.into_iter().flat_map(|full| full.sockets));
    let ready = !faults.iter().any(|fault| fault.place() == "state");
    let empty = faults.iter().any(|fault| matches!(fault, Nothing | Unreachable | ResetMet | ResetNews));
    if ready && !empty {
        if kind == SOCK_STREAM {
            send_all(scene.others[0], b"data");
        } else {
            let other = udp_bound();
            assert_eq!(send_to(other, b"data", port_of(scene.s)), 4);
            scene.others.push(other);
        }
        wait_readable(scene.s);
        scene.data = true;
    }
    if is(OobInline) {
        set_option(scene.s, SO_OOBINLINE, 1);
    }
    if is(Unreachable) {
        let nobody = udp_bound();
        let port = port_of(nobody);
        close(nobody);
        assert_eq!(send_to(scene.s, b"x", port), 1);
        wait_readable(scene.s);
    }
    if is(ResetMet) || is(ResetNews) {
        let abort = LINGER { l_onoff: 1, l_linger: 0 };
        let peer = scene.others[0];
        assert_eq!(unsafe { setsockopt(peer, SOL_SOCKET, SO_LINGER, (&raw const abort).cast(), 4) }, 0);
        close(peer);
        await_host(scene.s);
        if is(ResetMet) {
            assert_eq!(recv_bytes(scene.s, 1), Err(WSAECONNRESET));
        }
    }
    // A call that finds no fault after all must not wait for ever.
    if is(Nothing) || is(WaitallNonblocking) {
        set_nonblocking(scene.s, true);
    }
    if is(Untellable) {
        scene.port = unsafe { CreateIoCompletionPort(scene.s as HANDLE, null_mut(), 0, 0) };
        assert!(!scene.port.is_null());
    }
    if is(Shut) {
        assert_eq!(unsafe { shutdown(scene.s, SD_RECEIVE) }, 0, "{}", last_error());
    }
    scene
}

/// Waits until the host has something for the socket, without asking by this library, which would note it.
fn await_host(s: SOCKET) {
    let mut entry = libc::pollfd { fd: s as i32, events: libc::POLLIN, revents: 0 };
    // SAFETY: one entry.
    assert_eq!(unsafe { libc::poll(&mut entry, 1, 5000) }, 1);
}

fn flags_of(faults: &[Fault]) -> i32 {
    let bits = faults.iter().map(|fault| match fault {
        UnknownFlag => 0x40,
        OobDatagram | OobInline => MSG_OOB,
        PeekWaitall => MSG_PEEK | MSG_WAITALL,
        PartialWaitall => MSG_PARTIAL as i32 | MSG_WAITALL,
        WaitallDatagram | WaitallNonblocking => MSG_WAITALL,
        OldFlags => MSG_MCAST as i32,
        _ => 0,
    });
    bits.fold(0, |all, bits| all | bits)
}

/// Calls the function with the faults that arguments have. Returns what it returned, and the last error.
fn call(function: Function, s: SOCKET, faults: &[Fault]) -> (i32, i32) {
    let is = |fault| faults.contains(&fault);
    let mut bytes = [0u8; 8];
    let buf = if is(NullBuffer) { null_mut() } else { bytes.as_mut_ptr() };
    let len = if is(NegativeLength) { -1 } else { 8 };
    let mut name = SOCKADDR_IN::default();
    let mut room = if is(ShortFrom) { 1 } else { size_of::<SOCKADDR_IN>() as i32 };
    let from = if is(LengthAlone) { null_mut() } else { (&raw mut name).cast::<SOCKADDR>() };
    let fromlen = if is(FromAlone) { null_mut() } else { &raw mut room };
    let part = WSABUF { len: 8, buf };
    let array = if is(NullArray) { std::ptr::null() } else { &raw const part };
    let count = u32::from(!is(NoBuffers));
    let (mut got, mut dword, mut int) = (0, flags_of(faults) as u32, 0);
    let received = if is(NullCount) { null_mut() } else { &raw mut got };
    let flags = if is(NullFlags) { null_mut() } else { &raw mut dword };
    let mut message = WSAMSG {
        name: from,
        namelen: room,
        lpBuffers: array.cast_mut(),
        dwBufferCount: count,
        Control: WSABUF { len: u32::from(is(ControlAlone)), buf: null_mut() },
        dwFlags: dword,
    };
    let message = if is(NullMessage) { null_mut() } else { &raw mut message };
    let mut block = OVERLAPPED::default();
    if is(BadEvent) {
        block.hEvent = without_provenance_mut(4);
    }
    let overlapped = match () {
        () if is(BadOverlapped) => without_provenance_mut(1),
        () if function.is_overlapped() => &raw mut block,
        () => null_mut(),
    };
    let routine: LPWSAOVERLAPPED_COMPLETION_ROUTINE = is(Untellable).then_some(never);
    unsafe { WSASetLastError(0) };
    let returned = unsafe {
        match function {
            Recv => recv(s, buf, len, flags_of(faults)),
            RecvFrom => recvfrom(s, buf, len, flags_of(faults), from, fromlen),
            WsaRecv | Overlapped => WSARecv(s, array, count, received, flags, overlapped, routine),
            WsaRecvFrom | OverlappedFrom => {
                WSARecvFrom(s, array, count, received, flags, from, fromlen, overlapped, routine)
            }
            WsaRecvMsg | OverlappedMsg => wsarecvmsg()(s, message, received, overlapped, routine),
            WsaRecvEx => WSARecvEx(s, buf, len, if is(NullFlags) { null_mut() } else { &mut int }),
        }
    };
    let answer = (returned, last_error());
    if answer.1 == WSA_IO_PENDING {
        cancel(s, &raw const block);
    }
    answer
}

/// The routine of a call that is refused.
unsafe extern "system" fn never(_: u32, _: u32, _: *mut OVERLAPPED, _: u32) {
    std::process::abort();
}

/// Ends what pends: it has this function's buffers.
fn cancel(s: SOCKET, overlapped: *const OVERLAPPED) {
    let (mut bytes, mut flags) = (0, 0);
    unsafe {
        assert_eq!(CancelIoEx(s as HANDLE, overlapped), 1);
        assert_eq!(WSAGetOverlappedResult(s, overlapped, &mut bytes, 1, &mut flags), 0);
    }
    assert_eq!(last_error(), WSA_OPERATION_ABORTED);
}

fn start() {
    let mut data = WSADATA::default();
    assert_eq!(unsafe { WSAStartup(0x0202, &mut data) }, 0);
}

fn stop() {
    assert_eq!(unsafe { WSACleanup() }, 0);
}

fn expected(function: Function, kind: i32, faults: &[Fault]) -> i32 {
    let called = !faults.contains(&NotStarted) && !faults.contains(&BadHandle);
    let first = ORDER.iter().find(|(fault, _)| faults.contains(fault)).unwrap();
    if matches!(first.0, BadOverlapped | BadEvent | Untellable) {
        return first.1;
    }
    if function.takes_message() && kind == SOCK_STREAM && called {
        // G079: not for streams, in whatever state.
        return WSAEOPNOTSUPP;
    }
    if function.is_overlapped() && first.0 == Nothing {
        return WSA_IO_PENDING;
    }
    if function == WsaRecvMsg && faults == [NoBuffers, NullCount] {
        // The pointers of the call come before what is behind them.
        return WSAEFAULT;
    }
    first.1
}

/// WSARecvMsg is had from a socket only.
fn wsarecvmsg() -> unsafe extern "system" fn(
    SOCKET,
    *mut WSAMSG,
    *mut u32,
    *mut OVERLAPPED,
    LPWSAOVERLAPPED_COMPLETION_ROUTINE,
) -> i32 {
    static ADDRESS: OnceLock<usize> = OnceLock::new();
    let address = *ADDRESS.get_or_init(|| {
        start();
        let s = new_socket(SOCK_DGRAM);
        let (guid, mut address, mut got) = (WSAID_WSARECVMSG, 0usize, 0);
        let (input, output) = ((&raw const guid).cast(), (&raw mut address).cast());
        let code = SIO_GET_EXTENSION_FUNCTION_POINTER;
        let done = unsafe { WSAIoctl(s, code, input, 16, output, 8, &mut got, null_mut(), None) };
        assert_eq!(done, 0, "{}", last_error());
        close(s);
        stop();
        address
    });
    // SAFETY: the ioctl gives the address of this function.
    unsafe { std::mem::transmute(address) }
}

/// Sets the scene, makes the call, and says what is wrong with its answer.
fn try_one(function: Function, kind: i32, faults: &[Fault]) -> Option<String> {
    let expected = expected(function, kind, faults);
    start();
    let mut scene = set(kind, faults);
    if faults.contains(&BadHandle) {
        close(scene.s);
        scene.data = false;
    }
    let stopped = faults.contains(&NotStarted);
    if stopped {
        stop();
    }
    let answer = call(function, scene.s, faults);
    let mut wrong = (answer != (SOCKET_ERROR, expected)).then(|| format!("{answer:?}, not {expected}"));
    if !stopped {
        if wrong.is_none() && scene.data && !faults.contains(&Shut) {
            let left = recv_bytes(scene.s, 8);
            wrong = (left.as_deref() != Ok(b"data")).then(|| format!("took data and left {left:?}"));
        }
        if wrong.is_none() && faults.contains(&Unreachable) && expected != WSAECONNRESET {
            // The report was not used up by a call that failed for another reason.
            let left = recv_bytes(scene.s, 8);
            let expected = if faults.contains(&Shut) { WSAESHUTDOWN } else { WSAECONNRESET };
            let gone = faults.contains(&BadHandle);
            wrong = (!gone && left != Err(expected)).then(|| format!("took the report and left {left:?}"));
        }
        stop();
    }
    wrong.map(|wrong| format!("{function:?} on {} with {faults:?}: {wrong}", name_of(kind)))
}

fn name_of(kind: i32) -> &'static str {
    if kind == SOCK_STREAM { "a stream" } else { "datagrams" }
}

/// One test for all: it starts and stops the library, which the process has once.
#[test]
fn of_two_faults_the_first_in_windows_order_is_told() {
    let (mut tried, mut wrong) = (0, Vec::new());
    wsarecvmsg();
    for function in FUNCTIONS {
        let faults: Vec<Fault> =
            ORDER.iter().map(|row| row.0).filter(|fault| fault.concerns(function)).collect();
        for (i, &first) in faults.iter().enumerate() {
            for &second in &faults[i..] {
                let both = [first, second];
                if first != second && !go_together(first, second) {
                    continue;
                }
                for kind in [SOCK_STREAM, SOCK_DGRAM] {
                    let fits = |fault: Fault| fault.kind().is_none_or(|wanted| wanted == kind);
                    // What macOS reports of unconnected sockets is nothing.
                    let skipped = cfg!(target_os = "macos") && both.contains(&Unreachable);
                    if fits(first) && fits(second) && !skipped {
                        tried += 1;
                        wrong.extend(try_one(function, kind, &both));
                    }
                }
            }
        }
    }
    println!("{tried} calls");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 900, "only {tried} pairs were tried");
}
