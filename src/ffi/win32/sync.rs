//! Critical sections, slim locks, condition variables, one-time initialisation.
//!
//! Each lives in the caller's memory in Windows' size and is used as the words that `win32::lock` knows.
#![allow(unsafe_code)] // exported symbols; the caller's locks become references

use core::ffi::c_void;

use super::types::*;
use crate::ffi::border;
use crate::win32::lock::{Condition, Once, Section, Slim};
use crate::win32::wait::Deadline;
use crate::windows::foundation::{BOOL, ERROR_INVALID_PARAMETER, ERROR_TIMEOUT, FALSE, TRUE};

const _: () = assert!(size_of::<CRITICAL_SECTION>() == size_of::<Section>());
const _: () = assert!(align_of::<CRITICAL_SECTION>() == align_of::<Section>());
const _: () = assert!(size_of::<SRWLOCK>() == size_of::<Slim>());
const _: () = assert!(size_of::<CONDITION_VARIABLE>() == size_of::<Condition>());
const _: () = assert!(size_of::<INIT_ONCE>() == size_of::<Once>());

/// The flags that InitializeCriticalSectionEx knows have these bits.
const SECTION_FLAGS: u32 = 0xFF00_0000;

/// The spin count's own bits; Windows keeps flags above them.
const SPIN_COUNT: u32 = 0x00FF_FFFF;

/// # Safety
/// `section` points to a critical section that outlives the use.
unsafe fn section<'a>(section: *mut CRITICAL_SECTION) -> &'a Section {
    // SAFETY: same size and alignment, all of it atomic words, and only used as such.
    unsafe { &*section.cast() }
}

/// # Safety
/// `lock` points to a slim lock that outlives the use.
unsafe fn slim<'a>(lock: *mut SRWLOCK) -> &'a Slim {
    // SAFETY: one atomic word, and only used as such.
    unsafe { &*lock.cast() }
}

/// # Safety
/// `variable` points to a condition variable that outlives the use.
unsafe fn condition<'a>(variable: *mut CONDITION_VARIABLE) -> &'a Condition {
    // SAFETY: one atomic word, and only used as such.
    unsafe { &*variable.cast() }
}

/// # Safety
/// `once` points to a one-time initialisation that outlives the use.
unsafe fn once<'a>(once: *mut INIT_ONCE) -> &'a Once {
    // SAFETY: one atomic word, and only used as such.
    unsafe { &*once.cast() }
}

/// Functions over one lock that cannot fail.
macro_rules! quietly {
    ($($(#[$doc:meta])* $name:ident $symbol:literal ($arg:ident: $ty:ty) $(-> $ret:ty)? = $as:ident, $do:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// # Safety
        /// - The pointer leads to such an object, initialised where that is needed, and no one moves it.
        #[unsafe(export_name = $symbol)]
        pub unsafe extern "system" fn $name($arg: $ty) $(-> $ret)? {
            // SAFETY: as the caller vouches.
            let target = unsafe { $as($arg) };
            border::quiet(Default::default(), || ($do)(target))
        }
    )*};
}

quietly! {
    /// **InitializeCriticalSection** makes the section free.
    InitializeCriticalSection "ws2_InitializeCriticalSection" (lpcriticalsection: *mut CRITICAL_SECTION)
        = section, |s: &Section| s.reset(0);
    /// **EnterCriticalSection** enters, as often as the thread likes, once no other thread is inside.
    EnterCriticalSection "ws2_EnterCriticalSection" (lpcriticalsection: *mut CRITICAL_SECTION)
        = section, |s: &Section| s.enter();
    /// **TryEnterCriticalSection** enters if no other thread is inside.
    TryEnterCriticalSection "ws2_TryEnterCriticalSection" (lpcriticalsection: *mut CRITICAL_SECTION) -> BOOL
        = section, |s: &Section| BOOL::from(s.try_enter());
    /// **LeaveCriticalSection** leaves once; a thread that is not inside changes nothing.
    LeaveCriticalSection "ws2_LeaveCriticalSection" (lpcriticalsection: *mut CRITICAL_SECTION)
        = section, |s: &Section| s.leave();
    /// **DeleteCriticalSection** ends the use of the section; there is nothing to free.
    DeleteCriticalSection "ws2_DeleteCriticalSection" (lpcriticalsection: *mut CRITICAL_SECTION)
        = section, |s: &Section| s.reset(0);
    /// **InitializeSRWLock** makes the lock free, as SRWLOCK_INIT does.
    InitializeSRWLock "ws2_InitializeSRWLock" (srwlock: *mut SRWLOCK) = slim, |l: &Slim| l.reset();
    /// **AcquireSRWLockExclusive** takes the lock for this thread alone. It is not recursive.
    AcquireSRWLockExclusive "ws2_AcquireSRWLockExclusive" (srwlock: *mut SRWLOCK)
        = slim, |l: &Slim| l.exclusive();
    /// **AcquireSRWLockShared** takes the lock beside other readers. It is not recursive.
    AcquireSRWLockShared "ws2_AcquireSRWLockShared" (srwlock: *mut SRWLOCK) = slim, |l: &Slim| l.shared();
    /// **TryAcquireSRWLockExclusive** takes the lock for this thread alone, if it is free.
    TryAcquireSRWLockExclusive "ws2_TryAcquireSRWLockExclusive" (srwlock: *mut SRWLOCK) -> bool
        = slim, |l: &Slim| l.try_exclusive();
    /// **TryAcquireSRWLockShared** takes the lock beside other readers, if no writer has it or waits for it.
    TryAcquireSRWLockShared "ws2_TryAcquireSRWLockShared" (srwlock: *mut SRWLOCK) -> bool
        = slim, |l: &Slim| l.try_shared();
    /// **ReleaseSRWLockExclusive** gives the lock back.
    ReleaseSRWLockExclusive "ws2_ReleaseSRWLockExclusive" (srwlock: *mut SRWLOCK)
        = slim, |l: &Slim| l.release_exclusive();
    /// **ReleaseSRWLockShared** gives one reader's share of the lock back.
    ReleaseSRWLockShared "ws2_ReleaseSRWLockShared" (srwlock: *mut SRWLOCK)
        = slim, |l: &Slim| l.release_shared();
    /// **InitializeConditionVariable** prepares the variable, as CONDITION_VARIABLE_INIT does.
    InitializeConditionVariable "ws2_InitializeConditionVariable" (conditionvariable: *mut CONDITION_VARIABLE)
        = condition, |c: &Condition| c.reset();
    /// **WakeConditionVariable** wakes the thread that has slept longest.
    WakeConditionVariable "ws2_WakeConditionVariable" (conditionvariable: *mut CONDITION_VARIABLE)
        = condition, |c: &Condition| c.wake_one();
    /// **WakeAllConditionVariable** wakes every thread that sleeps on the variable.
    WakeAllConditionVariable "ws2_WakeAllConditionVariable" (conditionvariable: *mut CONDITION_VARIABLE)
        = condition, |c: &Condition| c.wake_all();
    /// **InitOnceInitialize** makes the initialisation a fresh one, as INIT_ONCE_STATIC_INIT does.
    InitOnceInitialize "ws2_InitOnceInitialize" (initonce: *mut INIT_ONCE) = once, |o: &Once| o.reset();
}

/// **InitializeCriticalSectionAndSpinCount** makes the section free; a thread that finds it taken tries
/// `dwspincount` times before it sleeps. It does not fail.
///
/// # Safety
/// - `lpcriticalsection` is writable and no one uses it yet.
#[unsafe(export_name = "ws2_InitializeCriticalSectionAndSpinCount")]
pub unsafe extern "system" fn InitializeCriticalSectionAndSpinCount(
    lpcriticalsection: *mut CRITICAL_SECTION,
    dwspincount: u32,
) -> BOOL {
    // SAFETY: as the caller vouches.
    unsafe { section(lpcriticalsection) }.reset((dwspincount & SPIN_COUNT) as usize);
    TRUE
}

/// **InitializeCriticalSectionEx** is InitializeCriticalSectionAndSpinCount with flags, none of which matter.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | a flag that does not exist | documented |
///
/// # Safety
/// - `lpcriticalsection` is writable and no one uses it yet.
#[unsafe(export_name = "ws2_InitializeCriticalSectionEx")]
pub unsafe extern "system" fn InitializeCriticalSectionEx(
    lpcriticalsection: *mut CRITICAL_SECTION,
    dwspincount: u32,
    flags: u32,
) -> BOOL {
    border::win32(FALSE, || {
        if flags & !SECTION_FLAGS != 0 {
            return Err(ERROR_INVALID_PARAMETER);
        }
        // SAFETY: as the caller vouches.
        Ok(unsafe { InitializeCriticalSectionAndSpinCount(lpcriticalsection, dwspincount) })
    })
}

/// **SetCriticalSectionSpinCount** sets the spin count and gives the earlier one.
///
/// # Safety
/// - `lpcriticalsection` is initialised.
#[unsafe(export_name = "ws2_SetCriticalSectionSpinCount")]
pub unsafe extern "system" fn SetCriticalSectionSpinCount(
    lpcriticalsection: *mut CRITICAL_SECTION,
    dwspincount: u32,
) -> u32 {
    // SAFETY: as the caller vouches.
    unsafe { section(lpcriticalsection) }.set_spin_count((dwspincount & SPIN_COUNT) as usize) as u32
}

/// **SleepConditionVariableCS** leaves the section once, sleeps until woken, and enters it again.
///
/// A wake-up that comes after the section was left is not missed.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_TIMEOUT | `dwmilliseconds` passed first | documented |
///
/// # Safety
/// - Both pointers lead to initialised objects; the caller is inside the section.
#[unsafe(export_name = "ws2_SleepConditionVariableCS")]
pub unsafe extern "system" fn SleepConditionVariableCS(
    conditionvariable: *mut CONDITION_VARIABLE,
    criticalsection: *mut CRITICAL_SECTION,
    dwmilliseconds: u32,
) -> BOOL {
    // SAFETY: as the caller vouches.
    let (condition, section) = unsafe { (condition(conditionvariable), section(criticalsection)) };
    let deadline = Deadline::after_ms(dwmilliseconds);
    border::win32(FALSE, || woken(condition.sleep(|| section.leave(), || section.enter(), deadline)))
}

/// **SleepConditionVariableSRW** releases the lock, sleeps until woken, and takes it again.
///
/// `flags` is CONDITION_VARIABLE_LOCKMODE_SHARED if the caller holds the lock as a reader.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_TIMEOUT | `dwmilliseconds` passed first | documented |
/// | ERROR_INVALID_PARAMETER | a flag that does not exist | documented |
///
/// # Safety
/// - Both pointers lead to initialised objects; the caller holds the lock.
#[unsafe(export_name = "ws2_SleepConditionVariableSRW")]
pub unsafe extern "system" fn SleepConditionVariableSRW(
    conditionvariable: *mut CONDITION_VARIABLE,
    srwlock: *mut SRWLOCK,
    dwmilliseconds: u32,
    flags: u32,
) -> BOOL {
    // SAFETY: as the caller vouches.
    let (condition, lock) = unsafe { (condition(conditionvariable), slim(srwlock)) };
    let deadline = Deadline::after_ms(dwmilliseconds);
    border::win32(FALSE, || match flags {
        0 => woken(condition.sleep(|| lock.release_exclusive(), || lock.exclusive(), deadline)),
        CONDITION_VARIABLE_LOCKMODE_SHARED => {
            woken(condition.sleep(|| lock.release_shared(), || lock.shared(), deadline))
        }
        _ => Err(ERROR_INVALID_PARAMETER),
    })
}

fn woken(woken: bool) -> Result<BOOL, u32> {
    if woken { Ok(TRUE) } else { Err(ERROR_TIMEOUT) }
}

/// **InitOnceExecuteOnce** runs `initfn` unless it succeeded before; other threads wait for it meanwhile.
///
/// `context`, if not NULL, gets what the function left there, without its two low bits. FALSE says that the
/// function failed; it sets the last error itself.
///
/// # Safety
/// - `initonce` is initialised; `initfn` may be called with it, `parameter` and room for a context.
/// - `context` is NULL or writable.
#[unsafe(export_name = "ws2_InitOnceExecuteOnce")]
pub unsafe extern "system" fn InitOnceExecuteOnce(
    initonce: *mut INIT_ONCE,
    initfn: PINIT_ONCE_FN,
    parameter: *mut c_void,
    context: *mut *mut c_void,
) -> BOOL {
    border::win32(FALSE, || {
        let initialise = initfn.ok_or(ERROR_INVALID_PARAMETER)?;
        let run = || {
            let mut left = std::ptr::null_mut();
            // SAFETY: as the caller vouches.
            let succeeded = unsafe { initialise(initonce, parameter, &raw mut left) };
            (succeeded != FALSE).then_some(left as usize)
        };
        // SAFETY: as the caller vouches.
        let Some(left) = unsafe { once(initonce) }.run(run) else { return Ok(FALSE) };
        if !context.is_null() {
            // SAFETY: not NULL, so writable.
            unsafe { context.write_unaligned(left as *mut c_void) };
        }
        Ok(TRUE)
    })
}
