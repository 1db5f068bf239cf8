//! The host's socket functions as the library sees them here: scripted for a thread and a descriptor, and
//! otherwise the system call. No other code of the tests may answer for the host.

use std::cell::{Cell, RefCell};

use libc::{c_int, c_long, c_void, msghdr, nfds_t, pollfd, size_t, sockaddr, socklen_t, ssize_t, timespec};

/// What is asked of the host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call {
    /// recv, recvfrom, recvmsg.
    Receive,
    /// The same with MSG_OOB.
    Urgent,
    /// recvmsg of the error queue.
    ErrorQueue,
    /// send, sendto, sendmsg.
    Send,
    /// poll, ppoll.
    Poll,
    Accept,
    Connect,
    /// connect to no address at all.
    Disconnect,
    GetOption,
    SetOption,
    PeerName,
    /// fcntl.
    Control,
    Socket,
    Pipe,
    Close,
}

/// What the host says to it.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// -1 and this errno.
    Fails(c_int),
    /// The call is made, for this many bytes at most.
    Short(usize),
    /// The call is made.
    Real,
    /// An ICMP error is in the error queue: its errno, type and code.
    Icmp(c_int, u8, u8),
    /// The int that getsockopt gives.
    Value(c_int),
}

/// One line of a script.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    call: Call,
    /// None is any descriptor.
    fd: Option<c_int>,
    times: usize,
    answer: Answer,
}

/// The next call of this kind on the descriptor is answered so.
pub fn once(call: Call, s: usize, answer: Answer) -> Rule {
    times(1, call, s, answer)
}

/// So many calls of this kind on the descriptor are answered so.
pub fn times(times: usize, call: Call, s: usize, answer: Answer) -> Rule {
    Rule { call, fd: Some(s as c_int), times, answer }
}

/// Every call of this kind on the descriptor is answered so.
pub fn always(call: Call, s: usize, answer: Answer) -> Rule {
    times(usize::MAX, call, s, answer)
}

/// So many calls of this kind, on any descriptor.
pub fn anywhere(times: usize, call: Call, answer: Answer) -> Rule {
    Rule { call, fd: None, times, answer }
}

/// One call that was made: what, on which descriptor, and what came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Made {
    pub call: Call,
    pub fd: c_int,
    pub result: isize,
}

/// A script in force, for the thread that made it and until it is dropped.
pub struct Script {
    lines: Box<Lines>,
}

struct Lines {
    rules: RefCell<Vec<Rule>>,
    made: RefCell<Vec<Made>>,
}

thread_local! {
    // A plain pointer, so that it can be looked at however near the thread is to its end.
    static CURRENT: Cell<*const Lines> = const { Cell::new(std::ptr::null()) };
}

impl Script {
    /// Of several rules that fit, the first with turns left applies.
    pub fn of(rules: impl IntoIterator<Item = Rule>) -> Self {
        let rules = RefCell::new(rules.into_iter().collect());
        let lines = Box::new(Lines { rules, made: RefCell::new(Vec::new()) });
        assert!(CURRENT.replace(&raw const *lines).is_null(), "one script at a time");
        Self { lines }
    }

    /// The calls that were made of this kind.
    pub fn made(&self, call: Call) -> Vec<Made> {
        self.lines.made.borrow().iter().filter(|made| made.call == call).copied().collect()
    }

    /// How many turns are left of rules that were to be used up.
    pub fn left(&self) -> usize {
        let rules = self.lines.rules.borrow();
        rules.iter().map(|rule| rule.times).filter(|&times| times < usize::MAX / 2).sum()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        CURRENT.set(std::ptr::null());
    }
}

fn current<T>(work: impl FnOnce(&Lines) -> T) -> Option<T> {
    let lines = CURRENT.get();
    // SAFETY: a script takes its pointer back before its lines end, in this same thread.
    (!lines.is_null()).then(|| work(unsafe { &*lines }))
}

/// Answers by the script, or makes the call.
fn play(call: Call, fds: &[c_int], real: impl FnOnce(Answer) -> c_long) -> c_long {
    let answer = current(|lines| {
        let mut rules = lines.rules.borrow_mut();
        let fits = |rule: &&mut Rule| {
            rule.call == call && rule.times > 0 && rule.fd.is_none_or(|fd| fds.contains(&fd))
        };
        rules.iter_mut().find(fits).map(|rule| {
            rule.times -= 1;
            rule.answer
        })
    });
    let result = match answer.flatten() {
        Some(Answer::Fails(errno)) => {
            // SAFETY: the calling thread's errno.
            unsafe { *libc::__errno_location() = errno };
            -1
        }
        Some(answer) => real(answer),
        None => real(Answer::Real),
    };
    current(|lines| {
        // SAFETY: as above; what is noted must not change it.
        let errno = unsafe { *libc::__errno_location() };
        let fd = fds.first().copied().unwrap_or(-1);
        lines.made.borrow_mut().push(Made { call, fd, result: result as isize });
        // SAFETY: as above.
        unsafe { *libc::__errno_location() = errno };
    });
    result
}

fn clipped(len: size_t, answer: Answer) -> size_t {
    if let Answer::Short(most) = answer { len.min(most) } else { len }
}

fn receive_call(flags: c_int) -> Call {
    if flags & libc::MSG_OOB != 0 { Call::Urgent } else { Call::Receive }
}

const NONE: *const c_void = std::ptr::null();

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn recv(fd: c_int, buf: *mut c_void, len: size_t, flags: c_int) -> ssize_t {
    let real = |answer| {
        let len = clipped(len, answer);
        // SAFETY: the caller's arguments.
        unsafe { libc::syscall(libc::SYS_recvfrom, fd, buf, len, flags, NONE, NONE) }
    };
    play(receive_call(flags), &[fd], real) as ssize_t
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn recvfrom(
    fd: c_int,
    buf: *mut c_void,
    len: size_t,
    flags: c_int,
    from: *mut sockaddr,
    room: *mut socklen_t,
) -> ssize_t {
    let real = |answer| {
        let len = clipped(len, answer);
        // SAFETY: the caller's arguments.
        unsafe { libc::syscall(libc::SYS_recvfrom, fd, buf, len, flags, from, room) }
    };
    play(receive_call(flags), &[fd], real) as ssize_t
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn recvmsg(fd: c_int, header: *mut msghdr, flags: c_int) -> ssize_t {
    if flags & libc::MSG_ERRQUEUE != 0 {
        let real = |answer| match answer {
            // SAFETY: the caller's header.
            Answer::Icmp(errno, kind, code) => unsafe { queue_entry(&mut *header, errno, kind, code) },
            // SAFETY: the caller's arguments.
            _ => unsafe { libc::syscall(libc::SYS_recvmsg, fd, header, flags) },
        };
        return play(Call::ErrorQueue, &[fd], real) as ssize_t;
    }
    let real = |answer| {
        // SAFETY: the caller's arguments; the short answer is into the head of the first buffer.
        unsafe {
            if let Answer::Short(most) = answer {
                let first = *(*header).msg_iov;
                return libc::syscall(libc::SYS_recvfrom, fd, first.iov_base, most, flags, NONE, NONE);
            }
            libc::syscall(libc::SYS_recvmsg, fd, header, flags)
        }
    };
    play(receive_call(flags), &[fd], real) as ssize_t
}

/// Where the failed datagram of an injected error queue entry was to go: 127.0.0.1, this port.
pub const UNREACHED: u16 = 54321;

/// Fills in what the host gives for an ICMP error: the destination, and a sock_extended_err.
unsafe fn queue_entry(header: &mut msghdr, errno: c_int, kind: u8, code: u8) -> c_long {
    // SAFETY: all-zero is a plain value.
    let mut name: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    name.sin_family = libc::AF_INET as _;
    name.sin_port = UNREACHED.to_be();
    name.sin_addr.s_addr = u32::from_ne_bytes([127, 0, 0, 1]);
    let entry = libc::sock_extended_err {
        ee_errno: errno as u32,
        ee_origin: libc::SO_EE_ORIGIN_ICMP,
        ee_type: kind,
        ee_code: code,
        ee_pad: 0,
        ee_info: 0,
        ee_data: 0,
    };
    // SAFETY: the library's header has room for a name and for control data; the macros stay inside it.
    unsafe {
        header.msg_name.cast::<libc::sockaddr_in>().write_unaligned(name);
        header.msg_namelen = size_of_val(&name) as socklen_t;
        let length = size_of_val(&entry) as u32;
        let message = libc::CMSG_FIRSTHDR(header);
        (*message).cmsg_level = libc::IPPROTO_IP;
        (*message).cmsg_type = libc::IP_RECVERR;
        (*message).cmsg_len = libc::CMSG_LEN(length) as _;
        libc::CMSG_DATA(message).cast::<libc::sock_extended_err>().write_unaligned(entry);
        header.msg_controllen = libc::CMSG_SPACE(length) as _;
    }
    header.msg_flags = libc::MSG_ERRQUEUE;
    0
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn send(fd: c_int, buf: *const c_void, len: size_t, flags: c_int) -> ssize_t {
    let real = |answer| {
        let len = clipped(len, answer);
        // SAFETY: the caller's arguments.
        unsafe { libc::syscall(libc::SYS_sendto, fd, buf, len, flags, NONE, 0) }
    };
    play(Call::Send, &[fd], real) as ssize_t
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sendto(
    fd: c_int,
    buf: *const c_void,
    len: size_t,
    flags: c_int,
    to: *const sockaddr,
    length: socklen_t,
) -> ssize_t {
    let real = |answer| {
        let len = clipped(len, answer);
        // SAFETY: the caller's arguments.
        unsafe { libc::syscall(libc::SYS_sendto, fd, buf, len, flags, to, length) }
    };
    play(Call::Send, &[fd], real) as ssize_t
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sendmsg(fd: c_int, header: *const msghdr, flags: c_int) -> ssize_t {
    let real = |answer| {
        // SAFETY: the caller's arguments; the short answer is from the head of the first buffer.
        unsafe {
            if let Answer::Short(most) = answer {
                let first = *(*header).msg_iov;
                return libc::syscall(libc::SYS_sendto, fd, first.iov_base, most, flags, NONE, 0);
            }
            libc::syscall(libc::SYS_sendmsg, fd, header, flags)
        }
    };
    play(Call::Send, &[fd], real) as ssize_t
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ppoll(
    entries: *mut pollfd,
    count: nfds_t,
    timeout: *const timespec,
    mask: *const libc::sigset_t,
) -> c_int {
    const KERNEL_SIGSET: usize = 8;
    let list = if count == 0 {
        &[][..]
    } else {
        // SAFETY: the caller's list.
        unsafe { std::slice::from_raw_parts(entries, count as usize) }
    };
    let fds: Vec<c_int> = list.iter().map(|entry| entry.fd).collect();
    let real = |_| {
        // SAFETY: the caller's arguments; the host counts the copy of the timeout down.
        unsafe {
            let mut left = timeout.as_ref().copied();
            let left = left.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
            libc::syscall(libc::SYS_ppoll, entries, count, left, mask, KERNEL_SIGSET)
        }
    };
    play(Call::Poll, &fds, real) as c_int
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn poll(entries: *mut pollfd, count: nfds_t, milliseconds: c_int) -> c_int {
    let left = timespec {
        tv_sec: i64::from(milliseconds / 1000) as _,
        tv_nsec: i64::from(milliseconds % 1000 * 1_000_000) as _,
    };
    let left = if milliseconds < 0 { std::ptr::null() } else { &raw const left };
    // SAFETY: the caller's list, and a timeout that outlives the call.
    unsafe { ppoll(entries, count, left, std::ptr::null()) }
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn accept(fd: c_int, name: *mut sockaddr, length: *mut socklen_t) -> c_int {
    // SAFETY: the caller's arguments.
    play(Call::Accept, &[fd], |_| unsafe { libc::syscall(libc::SYS_accept4, fd, name, length, 0) }) as c_int
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn accept4(
    fd: c_int,
    name: *mut sockaddr,
    length: *mut socklen_t,
    flags: c_int,
) -> c_int {
    // SAFETY: the caller's arguments.
    let real = |_| unsafe { libc::syscall(libc::SYS_accept4, fd, name, length, flags) };
    play(Call::Accept, &[fd], real) as c_int
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn connect(fd: c_int, name: *const sockaddr, length: socklen_t) -> c_int {
    // SAFETY: the caller's name.
    let family = i32::from(unsafe { (*name).sa_family });
    let call = if family == libc::AF_UNSPEC { Call::Disconnect } else { Call::Connect };
    // SAFETY: the caller's arguments.
    play(call, &[fd], |_| unsafe { libc::syscall(libc::SYS_connect, fd, name, length) }) as c_int
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getsockopt(
    fd: c_int,
    level: c_int,
    name: c_int,
    value: *mut c_void,
    length: *mut socklen_t,
) -> c_int {
    let real = |answer| {
        if let Answer::Value(answer) = answer {
            // SAFETY: scripts say this for ints only.
            unsafe { value.cast::<c_int>().write(answer) };
            return 0;
        }
        // SAFETY: the caller's arguments.
        unsafe { libc::syscall(libc::SYS_getsockopt, fd, level, name, value, length) }
    };
    play(Call::GetOption, &[fd], real) as c_int
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn setsockopt(
    fd: c_int,
    level: c_int,
    name: c_int,
    value: *const c_void,
    length: socklen_t,
) -> c_int {
    // SAFETY: the caller's arguments.
    let real = |_| unsafe { libc::syscall(libc::SYS_setsockopt, fd, level, name, value, length) };
    play(Call::SetOption, &[fd], real) as c_int
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getpeername(fd: c_int, name: *mut sockaddr, length: *mut socklen_t) -> c_int {
    // SAFETY: the caller's arguments.
    play(Call::PeerName, &[fd], |_| unsafe { libc::syscall(libc::SYS_getpeername, fd, name, length) })
        as c_int
}

/// # Safety
/// As the host's, which takes its third argument where this one does, if it takes one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcntl(fd: c_int, command: c_int, argument: c_long) -> c_int {
    // SAFETY: the caller's arguments.
    play(Call::Control, &[fd], |_| unsafe { libc::syscall(libc::SYS_fcntl, fd, command, argument) }) as c_int
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn socket(family: c_int, kind: c_int, protocol: c_int) -> c_int {
    // SAFETY: the caller's arguments.
    play(Call::Socket, &[], |_| unsafe { libc::syscall(libc::SYS_socket, family, kind, protocol) }) as c_int
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pipe(ends: *mut c_int) -> c_int {
    let real = |_| unsafe { libc::syscall(libc::SYS_pipe2, ends, 0) };
    play(Call::Pipe, &[], real) as c_int
}

/// # Safety
/// As the host's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close(fd: c_int) -> c_int {
    // SAFETY: the caller's descriptor.
    play(Call::Close, &[fd], |_| unsafe { libc::syscall(libc::SYS_close, fd) }) as c_int
}
