//! Clocks: GetTickCount, QueryPerformanceCounter, GetSystemTimeAsFileTime, timeGetTime and their kin.
#![allow(unsafe_code)] // exported symbols; writes the caller's results

use super::types::{FILETIME, TIMERR_NOCANDO, TIMERR_NOERROR};
use crate::ffi::border;
use crate::win32::clock;
use crate::windows::foundation::{BOOL, ERROR_NOACCESS, FALSE, TRUE};

/// **GetTickCount** gives the milliseconds since the computer started, modulo 2^32.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetTickCount")]
pub unsafe extern "system" fn GetTickCount() -> u32 {
    clock::tick_count() as u32
}

/// **GetTickCount64** gives the milliseconds since the computer started.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_GetTickCount64")]
pub unsafe extern "system" fn GetTickCount64() -> u64 {
    clock::tick_count()
}

/// **timeGetTime** gives the milliseconds since the computer started, modulo 2^32.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_timeGetTime")]
pub unsafe extern "system" fn timeGetTime() -> u32 {
    clock::tick_count() as u32
}

/// **timeBeginPeriod** asks for timers of this resolution in milliseconds; the host's are finer already.
///
/// Returns TIMERR_NOERROR, or TIMERR_NOCANDO for a resolution of 0.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_timeBeginPeriod")]
pub unsafe extern "system" fn timeBeginPeriod(uperiod: u32) -> u32 {
    if uperiod == 0 { TIMERR_NOCANDO } else { TIMERR_NOERROR }
}

/// **timeEndPeriod** takes back what timeBeginPeriod asked for.
///
/// Returns TIMERR_NOERROR, or TIMERR_NOCANDO for a resolution of 0.
///
/// # Safety
/// None is needed.
#[unsafe(export_name = "ws2_timeEndPeriod")]
pub unsafe extern "system" fn timeEndPeriod(uperiod: u32) -> u32 {
    if uperiod == 0 { TIMERR_NOCANDO } else { TIMERR_NOERROR }
}

/// **QueryPerformanceCounter** reads a counter of 100 ns steps that never goes backwards.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_NOACCESS | the pointer is NULL | documented |
///
/// # Safety
/// - `lpperformancecount` is NULL or writable.
#[unsafe(export_name = "ws2_QueryPerformanceCounter")]
pub unsafe extern "system" fn QueryPerformanceCounter(lpperformancecount: *mut i64) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { tell(lpperformancecount, clock::counter()) })
}

/// **QueryPerformanceFrequency** tells the counter's steps per second, 10 000 000.
///
/// # Errors
/// | code | when | source |
/// |---|---|---|
/// | ERROR_NOACCESS | the pointer is NULL | documented |
///
/// # Safety
/// - `lpfrequency` is NULL or writable.
#[unsafe(export_name = "ws2_QueryPerformanceFrequency")]
pub unsafe extern "system" fn QueryPerformanceFrequency(lpfrequency: *mut i64) -> BOOL {
    // SAFETY: as the caller vouches.
    border::win32(FALSE, || unsafe { tell(lpfrequency, clock::COUNTER_FREQUENCY) })
}

/// # Safety
/// `out` is NULL or writable.
unsafe fn tell(out: *mut i64, value: i64) -> Result<BOOL, u32> {
    if out.is_null() {
        return Err(ERROR_NOACCESS);
    }
    // SAFETY: not NULL, so writable.
    unsafe { out.write_unaligned(value) };
    Ok(TRUE)
}

/// **GetSystemTimeAsFileTime** tells the time of day in 100 ns steps since 1601-01-01 UTC.
///
/// # Safety
/// - `lpsystemtimeasfiletime` is writable.
#[unsafe(export_name = "ws2_GetSystemTimeAsFileTime")]
pub unsafe extern "system" fn GetSystemTimeAsFileTime(lpsystemtimeasfiletime: *mut FILETIME) {
    let now = clock::file_time();
    let now = FILETIME { dwLowDateTime: now as u32, dwHighDateTime: (now >> 32) as u32 };
    // SAFETY: as the caller vouches.
    unsafe { lpsystemtimeasfiletime.write_unaligned(now) };
}

/// **GetSystemTimePreciseAsFileTime** tells what GetSystemTimeAsFileTime tells, which is as fine here.
///
/// # Safety
/// - `lpsystemtimeasfiletime` is writable.
#[unsafe(export_name = "ws2_GetSystemTimePreciseAsFileTime")]
pub unsafe extern "system" fn GetSystemTimePreciseAsFileTime(lpsystemtimeasfiletime: *mut FILETIME) {
    // SAFETY: as the caller vouches.
    unsafe { GetSystemTimeAsFileTime(lpsystemtimeasfiletime) };
}
