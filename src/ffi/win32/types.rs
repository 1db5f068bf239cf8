//! The types and numbers of the small Win32 as `windows-sys` spells them, and its layouts.

use core::ffi::c_void;
use core::ptr::null_mut;

use crate::windows::foundation::{BOOL, HANDLE};
use crate::windows::types::{OVERLAPPED, all_zero_default};

pub type HLOCAL = *mut c_void;
pub type HGLOBAL = *mut c_void;
pub type HEAP_FLAGS = u32;
pub type LOCAL_ALLOC_FLAGS = u32;
pub type GLOBAL_ALLOC_FLAGS = u32;
pub type THREAD_CREATION_FLAGS = u32;
pub type PROCESS_CREATION_FLAGS = u32;
pub type FORMAT_MESSAGE_OPTIONS = u32;
pub type MULTI_BYTE_TO_WIDE_CHAR_FLAGS = u32;
pub type PROCESSOR_ARCHITECTURE = u16;
pub type CREATE_EVENT = u32;
pub type SYNCHRONIZATION_ACCESS_RIGHTS = u32;
pub type FILE_ACCESS_RIGHTS = u32;
pub type LOAD_LIBRARY_FLAGS = u32;
pub type LPTHREAD_START_ROUTINE = Option<unsafe extern "system" fn(lpthreadparameter: *mut c_void) -> u32>;
pub type LPOVERLAPPED_COMPLETION_ROUTINE = Option<
    unsafe extern "system" fn(
        dwerrorcode: u32,
        dwnumberofbytestransfered: u32,
        lpoverlapped: *mut OVERLAPPED,
    ),
>;
pub type PINIT_ONCE_FN = Option<
    unsafe extern "system" fn(
        initonce: *mut INIT_ONCE,
        parameter: *mut c_void,
        context: *mut *mut c_void,
    ) -> BOOL,
>;

pub const INFINITE: u32 = u32::MAX;
pub const TLS_OUT_OF_INDEXES: u32 = u32::MAX;
pub const CREATE_SUSPENDED: PROCESS_CREATION_FLAGS = 4;
pub const THREAD_CREATE_SUSPENDED: THREAD_CREATION_FLAGS = 4;
pub const THREAD_CREATE_RUN_IMMEDIATELY: THREAD_CREATION_FLAGS = 0;
pub const STACK_SIZE_PARAM_IS_A_RESERVATION: THREAD_CREATION_FLAGS = 0x10000;
pub const CREATE_EVENT_MANUAL_RESET: CREATE_EVENT = 1;
pub const CREATE_EVENT_INITIAL_SET: CREATE_EVENT = 2;
pub const EVENT_MODIFY_STATE: SYNCHRONIZATION_ACCESS_RIGHTS = 2;
pub const EVENT_ALL_ACCESS: SYNCHRONIZATION_ACCESS_RIGHTS = 0x1F_0003;
pub const SYNCHRONIZATION_DELETE: SYNCHRONIZATION_ACCESS_RIGHTS = 0x1_0000;
pub const SYNCHRONIZATION_READ_CONTROL: SYNCHRONIZATION_ACCESS_RIGHTS = 0x2_0000;
pub const SYNCHRONIZATION_WRITE_DAC: SYNCHRONIZATION_ACCESS_RIGHTS = 0x4_0000;
pub const SYNCHRONIZATION_WRITE_OWNER: SYNCHRONIZATION_ACCESS_RIGHTS = 0x8_0000;
pub const SYNCHRONIZATION_SYNCHRONIZE: SYNCHRONIZATION_ACCESS_RIGHTS = 0x10_0000;
pub const SYNCHRONIZE: FILE_ACCESS_RIGHTS = 0x10_0000;
pub const STANDARD_RIGHTS_REQUIRED: FILE_ACCESS_RIGHTS = 0xF_0000;
pub const FILE_SKIP_COMPLETION_PORT_ON_SUCCESS: u32 = 1;
pub const FILE_SKIP_SET_EVENT_ON_HANDLE: u32 = 2;
pub const CONDITION_VARIABLE_LOCKMODE_SHARED: u32 = 1;
pub const LOAD_WITH_ALTERED_SEARCH_PATH: LOAD_LIBRARY_FLAGS = 8;
pub const LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR: LOAD_LIBRARY_FLAGS = 0x100;
pub const LOAD_LIBRARY_SEARCH_APPLICATION_DIR: LOAD_LIBRARY_FLAGS = 0x200;
pub const LOAD_LIBRARY_SEARCH_USER_DIRS: LOAD_LIBRARY_FLAGS = 0x400;
pub const LOAD_LIBRARY_SEARCH_SYSTEM32: LOAD_LIBRARY_FLAGS = 0x800;
pub const LOAD_LIBRARY_SEARCH_DEFAULT_DIRS: LOAD_LIBRARY_FLAGS = 0x1000;
pub const GET_MODULE_HANDLE_EX_FLAG_PIN: u32 = 1;
pub const GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT: u32 = 2;
pub const GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS: u32 = 4;
pub const HEAP_NONE: HEAP_FLAGS = 0;
pub const HEAP_NO_SERIALIZE: HEAP_FLAGS = 1;
pub const HEAP_GENERATE_EXCEPTIONS: HEAP_FLAGS = 4;
pub const HEAP_ZERO_MEMORY: HEAP_FLAGS = 8;
pub const HEAP_REALLOC_IN_PLACE_ONLY: HEAP_FLAGS = 16;
pub const LMEM_FIXED: LOCAL_ALLOC_FLAGS = 0;
pub const LMEM_MOVEABLE: LOCAL_ALLOC_FLAGS = 2;
pub const LMEM_ZEROINIT: LOCAL_ALLOC_FLAGS = 0x40;
pub const LPTR: LOCAL_ALLOC_FLAGS = 0x40;
pub const GMEM_FIXED: GLOBAL_ALLOC_FLAGS = 0;
pub const GMEM_MOVEABLE: GLOBAL_ALLOC_FLAGS = 2;
pub const GMEM_ZEROINIT: GLOBAL_ALLOC_FLAGS = 0x40;
pub const GPTR: GLOBAL_ALLOC_FLAGS = 0x40;
pub const FORMAT_MESSAGE_ALLOCATE_BUFFER: FORMAT_MESSAGE_OPTIONS = 0x100;
pub const FORMAT_MESSAGE_IGNORE_INSERTS: FORMAT_MESSAGE_OPTIONS = 0x200;
pub const FORMAT_MESSAGE_FROM_STRING: FORMAT_MESSAGE_OPTIONS = 0x400;
pub const FORMAT_MESSAGE_FROM_HMODULE: FORMAT_MESSAGE_OPTIONS = 0x800;
pub const FORMAT_MESSAGE_FROM_SYSTEM: FORMAT_MESSAGE_OPTIONS = 0x1000;
pub const FORMAT_MESSAGE_ARGUMENT_ARRAY: FORMAT_MESSAGE_OPTIONS = 0x2000;
pub const CP_ACP: u32 = 0;
pub const CP_OEMCP: u32 = 1;
pub const CP_THREAD_ACP: u32 = 3;
pub const CP_UTF8: u32 = 65001;
pub const MB_PRECOMPOSED: MULTI_BYTE_TO_WIDE_CHAR_FLAGS = 1;
pub const MB_ERR_INVALID_CHARS: MULTI_BYTE_TO_WIDE_CHAR_FLAGS = 8;
pub const WC_ERR_INVALID_CHARS: u32 = 0x80;
pub const WC_NO_BEST_FIT_CHARS: u32 = 0x400;
pub const PROCESSOR_ARCHITECTURE_INTEL: PROCESSOR_ARCHITECTURE = 0;
pub const PROCESSOR_ARCHITECTURE_AMD64: PROCESSOR_ARCHITECTURE = 9;
pub const PROCESSOR_ARCHITECTURE_ARM64: PROCESSOR_ARCHITECTURE = 12;
pub const PROCESSOR_ARCHITECTURE_UNKNOWN: PROCESSOR_ARCHITECTURE = 0xffff;
pub const TIMERR_NOERROR: u32 = 0;
pub const TIMERR_NOCANDO: u32 = 97;

/// 100 ns steps since 1601-01-01 UTC.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct FILETIME {
    pub dwLowDateTime: u32,
    pub dwHighDateTime: u32,
}

/// Who may use an object, which nothing here reads, and whether children inherit its handle.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SECURITY_ATTRIBUTES {
    pub nLength: u32,
    pub lpSecurityDescriptor: *mut c_void,
    pub bInheritHandle: BOOL,
}

/// A link of a doubly linked list.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct LIST_ENTRY {
    pub Flink: *mut LIST_ENTRY,
    pub Blink: *mut LIST_ENTRY,
}

/// A critical section, which `InitializeCriticalSection` prepares.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CRITICAL_SECTION {
    pub DebugInfo: *mut CRITICAL_SECTION_DEBUG,
    pub LockCount: i32,
    pub RecursionCount: i32,
    pub OwningThread: HANDLE,
    pub LockSemaphore: HANDLE,
    pub SpinCount: usize,
}

/// What Windows notes about a critical section for debuggers; there is none here.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CRITICAL_SECTION_DEBUG {
    pub Type: u16,
    pub CreatorBackTraceIndex: u16,
    pub CriticalSection: *mut CRITICAL_SECTION,
    pub ProcessLocksList: LIST_ENTRY,
    pub EntryCount: u32,
    pub ContentionCount: u32,
    pub Flags: u32,
    pub CreatorBackTraceIndexHigh: u16,
    pub Identifier: u16,
}

/// Words that hold one pointer.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident, $initial:ident;)*) => {$(
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $name {
            pub Ptr: *mut c_void,
        }

        impl Default for $name {
            fn default() -> Self {
                $initial
            }
        }

        pub const $initial: $name = $name { Ptr: null_mut() };
    )*};
}

words! {
    /// A slim reader/writer lock.
    SRWLOCK, SRWLOCK_INIT;
    /// A condition variable.
    CONDITION_VARIABLE, CONDITION_VARIABLE_INIT;
}

/// A one-time initialisation.
#[repr(C)]
#[derive(Clone, Copy)]
pub union INIT_ONCE {
    pub Ptr: *mut c_void,
}

pub const INIT_ONCE_STATIC_INIT: INIT_ONCE = INIT_ONCE { Ptr: null_mut() };

/// What `GetSystemInfo` tells.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SYSTEM_INFO {
    pub Anonymous: SYSTEM_INFO_0,
    pub dwPageSize: u32,
    pub lpMinimumApplicationAddress: *mut c_void,
    pub lpMaximumApplicationAddress: *mut c_void,
    pub dwActiveProcessorMask: usize,
    pub dwNumberOfProcessors: u32,
    pub dwProcessorType: u32,
    pub dwAllocationGranularity: u32,
    pub wProcessorLevel: u16,
    pub wProcessorRevision: u16,
}

/// The processor's architecture under its two names.
#[repr(C)]
#[derive(Clone, Copy)]
pub union SYSTEM_INFO_0 {
    pub dwOemId: u32,
    pub Anonymous: SYSTEM_INFO_0_0,
}

/// The processor's architecture.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct SYSTEM_INFO_0_0 {
    pub wProcessorArchitecture: PROCESSOR_ARCHITECTURE,
    pub wReserved: u16,
}

all_zero_default! {
    SECURITY_ATTRIBUTES LIST_ENTRY CRITICAL_SECTION CRITICAL_SECTION_DEBUG INIT_ONCE SYSTEM_INFO_0 SYSTEM_INFO
}
