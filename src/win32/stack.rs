//! Calls a routine in such a way that it can be ended from any depth without unwinding its frames.
//!
//! Windows' ExitThread abandons the caller's frames: no destructor of theirs runs, no handler sees it pass.
//! The C library's thread exit would unwind them on Linux, which ends the process at the first frame that
//! forbids it (C++ `noexcept`, `catch (...)`, Rust). So the stack pointer is kept at the call and restored
//! at the end, as longjmp does. Machines without such code here fall back on the C library.
#![allow(unsafe_code)] // keeps and restores the stack pointer

use core::ffi::c_void;

/// What a thread runs.
pub(crate) type Routine = unsafe extern "C-unwind" fn(*mut c_void) -> u32;

/// Where a call can be ended: its stack pointer, and the place in the code that follows it.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Mark {
    stack: usize,
    code: usize,
}

impl Mark {
    /// No call.
    pub(crate) const NONE: Self = Self { stack: 0, code: 0 };

    /// Whether a call can be ended here.
    pub(crate) fn is_set(self) -> bool {
        self.code != 0
    }
}

/// Calls `routine` and gives its result, or what [`end`] gives in its stead; `mark` is where.
///
/// # Safety
/// `routine` may be called with `argument`; `mark` may be written. The mark is good during the call, for
/// the calling thread.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
pub(crate) unsafe fn call(routine: Routine, argument: *mut c_void, mark: *mut Mark) -> u32 {
    let result: u64;
    // SAFETY: the registers that the callee keeps for us are saved on the stack (rbx, rbp) or declared
    // lost (the others), so that both ways out of the call find them again.
    unsafe {
        core::arch::asm!(
            "push rbx",
            "push rbp",
            "mov [{mark}], rsp",
            "lea rax, [rip + 2f]",
            "mov [{mark} + 8], rax",
            "call {routine}",
            "2:",
            "pop rbp",
            "pop rbx",
            mark = in(reg) mark,
            routine = in(reg) routine,
            in("rdi") argument,
            out("rax") result,
            out("r12") _, out("r13") _, out("r14") _, out("r15") _,
            clobber_abi("C"),
        );
    }
    result as u32
}

/// Ends the call that set `mark`, with this result.
///
/// # Safety
/// The call is running, in this thread; no frame above it needs to be unwound.
#[cfg(target_arch = "x86_64")]
pub(crate) unsafe fn end(mark: Mark, result: u32) -> ! {
    // SAFETY: the stack is cut back to the call's own frame, which is still there.
    unsafe {
        core::arch::asm!(
            "mov rsp, {stack}",
            "jmp {code}",
            stack = in(reg) mark.stack,
            code = in(reg) mark.code,
            in("eax") result,
            options(noreturn),
        );
    }
}

/// Calls `routine` and gives its result, or what [`end`] gives in its stead; `mark` is where.
///
/// # Safety
/// `routine` may be called with `argument`; `mark` may be written. The mark is good during the call, for
/// the calling thread.
#[cfg(target_arch = "aarch64")]
#[inline(never)]
pub(crate) unsafe fn call(routine: Routine, argument: *mut c_void, mark: *mut Mark) -> u32 {
    let result: usize;
    // SAFETY: the registers that the callee keeps for us are saved on the stack (x19, x29) or declared
    // lost (the others), so that both ways out of the call find them again.
    unsafe {
        core::arch::asm!(
            "stp x19, x29, [sp, #-16]!",
            "mov x9, sp",
            "adr x10, 2f",
            "stp x9, x10, [{mark}]",
            "blr {routine}",
            "2:",
            "ldp x19, x29, [sp], #16",
            mark = in(reg) mark,
            routine = in(reg) routine,
            inlateout("x0") argument as usize => result,
            out("x9") _, out("x10") _,
            out("x20") _, out("x21") _, out("x22") _, out("x23") _, out("x24") _,
            out("x25") _, out("x26") _, out("x27") _, out("x28") _,
            clobber_abi("C"),
        );
    }
    result as u32
}

/// Ends the call that set `mark`, with this result.
///
/// # Safety
/// The call is running, in this thread; no frame above it needs to be unwound.
#[cfg(target_arch = "aarch64")]
pub(crate) unsafe fn end(mark: Mark, result: u32) -> ! {
    // SAFETY: the stack is cut back to the call's own frame, which is still there.
    unsafe {
        core::arch::asm!(
            "mov sp, {stack}",
            "br {code}",
            stack = in(reg) mark.stack,
            code = in(reg) mark.code,
            in("w0") result,
            options(noreturn),
        );
    }
}

/// Calls `routine` and gives its result, or what [`end`] gives in its stead; `mark` is where.
///
/// # Safety
/// `routine` may be called with `argument`; `mark` may be written. The mark is good during the call, for
/// the calling thread.
#[cfg(target_arch = "x86")]
#[inline(never)]
pub(crate) unsafe fn call(routine: Routine, argument: *mut c_void, mark: *mut Mark) -> u32 {
    let result: u32;
    // SAFETY: every register that the callee keeps for us is saved on the stack, so that both ways out of
    // the call find them again. The inner call's return address is the mark's; it, 8 bytes and the argument
    // keep the stack aligned.
    unsafe {
        core::arch::asm!(
            "push ebx",
            "push ebp",
            "push esi",
            "push edi",
            "mov [ecx], esp",
            "call 3f",
            "2:",
            "pop edi",
            "pop esi",
            "pop ebp",
            "pop ebx",
            "jmp 4f",
            "3:",
            "mov ebx, [esp]",
            "mov [ecx + 4], ebx",
            "sub esp, 8",
            "push edx",
            "call eax",
            "add esp, 12",
            "ret",
            "4:",
            inlateout("eax") routine as usize => result,
            inlateout("ecx") mark => _,
            inlateout("edx") argument => _,
            clobber_abi("C"),
        );
    }
    result
}

/// Ends the call that set `mark`, with this result.
///
/// # Safety
/// The call is running, in this thread; no frame above it needs to be unwound.
#[cfg(target_arch = "x86")]
pub(crate) unsafe fn end(mark: Mark, result: u32) -> ! {
    // SAFETY: the stack is cut back to the call's own frame, which is still there.
    unsafe {
        core::arch::asm!(
            "mov esp, ecx",
            "jmp edx",
            in("ecx") mark.stack,
            in("edx") mark.code,
            in("eax") result,
            options(noreturn),
        );
    }
}

/// Calls `routine` and gives its result; on this machine `mark` stays unset, and a thread ends by unwinding.
///
/// # Safety
/// `routine` may be called with `argument`.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "x86")))]
pub(crate) unsafe fn call(routine: Routine, argument: *mut c_void, _mark: *mut Mark) -> u32 {
    // SAFETY: as the caller vouches.
    unsafe { routine(argument) }
}

/// Never called on this machine: no mark is ever set.
///
/// # Safety
/// None is needed.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "x86")))]
pub(crate) unsafe fn end(_mark: Mark, _result: u32) -> ! {
    unreachable!("no mark is set on this machine")
}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "x86")))]
mod tests {
    use super::*;

    unsafe extern "C-unwind" fn returns(argument: *mut c_void) -> u32 {
        argument as usize as u32 + 1
    }

    /// Goes some frames deep before it ends the call whose mark it is given.
    unsafe extern "C-unwind" fn ends(argument: *mut c_void) -> u32 {
        fn deeper(mark: *const Mark, depth: u32) -> u32 {
            if depth == 0 {
                // SAFETY: the test's call is running, and these frames hold nothing.
                unsafe { end(*mark, 77) }
            }
            std::hint::black_box(deeper(mark, depth - 1)) + 1
        }
        deeper(argument.cast(), 20)
    }

    #[test]
    fn a_call_gives_its_result_or_the_one_it_was_ended_with() {
        for round in 0..100u32 {
            let mut mark = Mark::NONE;
            let own = &raw mut mark;
            // SAFETY: both routines take what they are given.
            unsafe {
                assert_eq!(call(returns, round as usize as *mut c_void, own), round + 1);
                assert_eq!(call(ends, own.cast(), own), 77);
            }
            assert!(mark.is_set());
        }
    }
}
