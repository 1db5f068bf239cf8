//! Facts about the computer and the process: processors, pages, debuggers.
#![allow(unsafe_code)] // asks the host

/// Pages and processors.
pub(crate) struct Machine {
    pub(crate) page_size: u32,
    pub(crate) processors: u32,
}

/// What the host says of the machine.
pub(crate) fn machine() -> Machine {
    // SAFETY: sysconf only answers.
    let ask = |name| u32::try_from(unsafe { libc::sysconf(name) }).ok().filter(|&n| n > 0);
    Machine {
        page_size: ask(libc::_SC_PAGESIZE).unwrap_or(4096),
        processors: ask(libc::_SC_NPROCESSORS_ONLN).unwrap_or(1),
    }
}

/// The process's identifier.
pub(crate) fn process_id() -> u32 {
    std::process::id()
}

/// What the host calls the calling thread; 0 where it has no number for it that others can ask about.
pub(crate) fn thread_id() -> i32 {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: always callable.
    return unsafe { libc::gettid() };
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    0
}

/// Whether a thread of this process computes, or is about to, rather than waiting for something. Where the
/// host does not tell, nobody does.
pub(crate) fn computes(thread_id: i32) -> bool {
    if thread_id == 0 {
        return false;
    }
    // The state is the first field behind the name, which is in brackets and can have any character.
    let status = std::fs::read_to_string(format!("/proc/self/task/{thread_id}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('R'))
}

/// Whether a debugger traces this process.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn is_traced() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
    tracer.is_some_and(|id| id.trim() != "0")
}

/// Whether a debugger traces this process.
#[cfg(target_vendor = "apple")]
pub(crate) fn is_traced() -> bool {
    const PROC_FLAG_TRACED: u32 = 2;
    let size = size_of::<libc::proc_bsdinfo>() as libc::c_int;
    // SAFETY: all zeros is a proc_bsdinfo.
    let mut info: libc::proc_bsdinfo = unsafe { std::mem::zeroed() };
    // SAFETY: `info` has the size that is told.
    let got = unsafe {
        libc::proc_pidinfo(libc::getpid(), libc::PROC_PIDTBSDINFO, 0, (&raw mut info).cast(), size)
    };
    got == size && info.pbi_flags & PROC_FLAG_TRACED != 0
}

/// Ends the process, with open streams flushed.
pub(crate) fn exit(code: u32) -> ! {
    std::process::exit(code as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_pages_and_processors() {
        let machine = machine();
        assert!(machine.page_size.is_power_of_two() && machine.page_size >= 4096);
        assert!(machine.processors >= 1);
        assert_ne!(process_id(), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_test_run_is_not_traced_unless_the_host_says_so() {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        assert_eq!(is_traced(), status.contains("TracerPid:") && !status.contains("TracerPid:\t0"));
    }
}
