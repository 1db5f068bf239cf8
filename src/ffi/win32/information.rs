//! GetSystemInfo, GetNativeSystemInfo.
#![allow(unsafe_code)] // exported symbols; writes the caller's results

use core::ffi::c_void;

use super::types::*;
use crate::win32::host;

/// Architecture and the older "processor type" number that belongs to it.
const ARCHITECTURE: (PROCESSOR_ARCHITECTURE, u32) = if cfg!(target_arch = "x86_64") {
    (PROCESSOR_ARCHITECTURE_AMD64, 8664)
} else if cfg!(target_arch = "aarch64") {
    (PROCESSOR_ARCHITECTURE_ARM64, 0)
} else if cfg!(target_arch = "x86") {
    (PROCESSOR_ARCHITECTURE_INTEL, 586)
} else {
    (PROCESSOR_ARCHITECTURE_UNKNOWN, 0)
};

/// The highest address a program's memory can have: 47 bits, or 31.
const HIGHEST: usize = if usize::BITS == 64 { 0x7FFF_FFFE_FFFF_u64 as usize } else { 0x7FFE_FFFF };

/// Windows hands out address space in these steps.
const GRANULARITY: u32 = 0x10000;

/// **GetSystemInfo** tells the page size, the number of processors (at most 64) and the architecture.
///
/// # Safety
/// - `lpsysteminfo` is writable.
#[unsafe(export_name = "ws2_GetSystemInfo")]
pub unsafe extern "system" fn GetSystemInfo(lpsysteminfo: *mut SYSTEM_INFO) {
    let machine = host::machine();
    // A group of processors has as many as the mask has bits.
    let processors = machine.processors.min(usize::BITS);
    let info = SYSTEM_INFO {
        Anonymous: SYSTEM_INFO_0 {
            Anonymous: SYSTEM_INFO_0_0 { wProcessorArchitecture: ARCHITECTURE.0, wReserved: 0 },
        },
        dwPageSize: machine.page_size,
        lpMinimumApplicationAddress: GRANULARITY as usize as *mut c_void,
        lpMaximumApplicationAddress: HIGHEST as *mut c_void,
        dwActiveProcessorMask: usize::MAX >> (usize::BITS - processors),
        dwNumberOfProcessors: processors,
        dwProcessorType: ARCHITECTURE.1,
        dwAllocationGranularity: GRANULARITY,
        wProcessorLevel: 6,
        wProcessorRevision: 0,
    };
    // SAFETY: as the caller vouches.
    unsafe { lpsysteminfo.write_unaligned(info) };
}

/// **GetNativeSystemInfo** tells what GetSystemInfo tells.
///
/// # Safety
/// - `lpsysteminfo` is writable.
#[unsafe(export_name = "ws2_GetNativeSystemInfo")]
pub unsafe extern "system" fn GetNativeSystemInfo(lpsysteminfo: *mut SYSTEM_INFO) {
    // SAFETY: as the caller vouches.
    unsafe { GetSystemInfo(lpsysteminfo) };
}
