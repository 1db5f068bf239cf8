//! Holds the small Win32's Rust items against `windows-sys`, at compile time: signatures, layouts, constants.
//!
//! No function of `windows-sys` is linked: two function pointers are only compared by type. ExitThread has no
//! place here: it may unwind (where a thread was not made by CreateThread), which its type says; so may
//! FreeLibraryAndExitThread.
#![cfg(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64"))] // where windows-sys has its structs

use core::mem::{align_of, offset_of, size_of};

#[macro_use]
mod items;

mod ours {
    pub(crate) use openws2::Win32::Graphics::Gdi::HBRUSH;
    pub(crate) use openws2::Win32::Storage::FileSystem::{
        FILE_ACCESS_RIGHTS, ReadFile, STANDARD_RIGHTS_REQUIRED, SYNCHRONIZE,
        SetFileCompletionNotificationModes, WriteFile,
    };
    pub(crate) use openws2::Win32::System::Environment::*;
    pub(crate) use openws2::Win32::System::Kernel::LIST_ENTRY;
    pub(crate) use openws2::Win32::System::LibraryLoader::*;
    pub(crate) use openws2::Win32::System::WindowsProgramming::{
        FILE_SKIP_COMPLETION_PORT_ON_SUCCESS, FILE_SKIP_SET_EVENT_ON_HANDLE,
    };
    pub(crate) use openws2::Win32::UI::WindowsAndMessaging::*;
    pub(crate) use openws2::Win32::{
        Foundation::*, Globalization::*, Media::*, Security::*, System::Diagnostics::Debug::*, System::IO::*,
        System::Memory::*, System::Performance::*, System::SystemInformation::*, System::Threading::*,
    };
    pub(crate) use openws2::core::{BSTR, HRESULT};
}
mod theirs {
    pub(crate) use windows_sys::Win32::Graphics::Gdi::HBRUSH;
    pub(crate) use windows_sys::Win32::Storage::FileSystem::{
        FILE_ACCESS_RIGHTS, ReadFile, STANDARD_RIGHTS_REQUIRED, SYNCHRONIZE,
        SetFileCompletionNotificationModes, WriteFile,
    };
    pub(crate) use windows_sys::Win32::System::Environment::*;
    pub(crate) use windows_sys::Win32::System::Kernel::LIST_ENTRY;
    pub(crate) use windows_sys::Win32::System::LibraryLoader::*;
    pub(crate) use windows_sys::Win32::System::WindowsProgramming::{
        FILE_SKIP_COMPLETION_PORT_ON_SUCCESS, FILE_SKIP_SET_EVENT_ON_HANDLE,
    };
    pub(crate) use windows_sys::Win32::UI::WindowsAndMessaging::*;
    pub(crate) use windows_sys::Win32::{
        Foundation::*, Globalization::*, Media::*, Security::*, System::Diagnostics::Debug::*, System::IO::*,
        System::Memory::*, System::Performance::*, System::SystemInformation::*, System::Threading::*,
    };
    pub(crate) use windows_sys::core::{BSTR, HRESULT};
}

/// "The same type, up to the crate that defines it."
trait Same<T: ?Sized> {}
macro_rules! same { ($($t:ty)*) => { $( impl Same<$t> for $t {} )* } }
same!(() bool u8 i8 u16 i16 u32 i32 u64 i64 usize isize core::ffi::c_void);
impl<A: Same<B>, B> Same<*mut B> for *mut A {}
impl<A: Same<B>, B> Same<*const B> for *const A {}
impl<A: Same<B>, B> Same<Option<B>> for Option<A> {}

macro_rules! same_functions {
    ($($name:ident: $($a:ident $b:ident),*;)*) => { $(
        impl<$($a: Same<$b>, $b,)* R: Same<Q>, Q> Same<unsafe extern "system" fn($($b),*) -> Q>
            for unsafe extern "system" fn($($a),*) -> R {}
        #[allow(clippy::too_many_arguments, clippy::extra_unused_type_parameters)]
        const fn $name<$($a: Same<$b>, $b,)* R: Same<Q>, Q>(
            _: unsafe extern "system" fn($($a),*) -> R,
            _: unsafe extern "system" fn($($b),*) -> Q,
        ) {}
    )* };
}
same_functions! {
    f0: ;
    f1: A1 B1;
    f2: A1 B1, A2 B2;
    f3: A1 B1, A2 B2, A3 B3;
    f4: A1 B1, A2 B2, A3 B3, A4 B4;
    f5: A1 B1, A2 B2, A3 B3, A4 B4, A5 B5;
    f6: A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6;
    f7: A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7;
    f8: A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8;
    f12: A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8, A9 B9, A10 B10, A11 B11, A12 B12;
}

macro_rules! structs {
    ($($name:ident: $($field:ident)*;)*) => { $(
        impl Same<theirs::$name> for ours::$name {}
        const _: () = {
            assert!(size_of::<ours::$name>() == size_of::<theirs::$name>());
            assert!(align_of::<ours::$name>() == align_of::<theirs::$name>());
            $( assert!(offset_of!(ours::$name, $field) == offset_of!(theirs::$name, $field)); )*
        };
    )* };
}
structs! {
    CONDITION_VARIABLE: Ptr;
    CRITICAL_SECTION: DebugInfo LockCount RecursionCount OwningThread LockSemaphore SpinCount;
    CRITICAL_SECTION_DEBUG: Type CreatorBackTraceIndex CriticalSection ProcessLocksList EntryCount ContentionCount
        Flags CreatorBackTraceIndexHigh Identifier;
    OVERLAPPED: Internal InternalHigh Anonymous hEvent;
    OVERLAPPED_0: Anonymous Pointer;
    OVERLAPPED_0_0: Offset OffsetHigh;
    OVERLAPPED_ENTRY: lpCompletionKey lpOverlapped Internal dwNumberOfBytesTransferred;
    FILETIME: dwLowDateTime dwHighDateTime;
    INIT_ONCE: Ptr;
    LIST_ENTRY: Flink Blink;
    SECURITY_ATTRIBUTES: nLength lpSecurityDescriptor bInheritHandle;
    SRWLOCK: Ptr;
    SYSTEM_INFO: Anonymous dwPageSize lpMinimumApplicationAddress lpMaximumApplicationAddress dwActiveProcessorMask
        dwNumberOfProcessors dwProcessorType dwAllocationGranularity wProcessorLevel wProcessorRevision;
    SYSTEM_INFO_0: dwOemId;
    SYSTEM_INFO_0_0: wProcessorArchitecture wReserved;
}

each_user_struct!(structs);

const fn same_type<A: Same<B>, B>() {}
macro_rules! types {
    ($($name:ident)*) => { $( const _: () = same_type::<ours::$name, theirs::$name>(); )* };
}
types! {
    BSTR CREATE_EVENT DUPLICATE_HANDLE_OPTIONS FARPROC FILE_ACCESS_RIGHTS FORMAT_MESSAGE_OPTIONS GLOBAL_ALLOC_FLAGS
    HEAP_FLAGS HGLOBAL HLOCAL HRESULT LOCAL_ALLOC_FLAGS MULTI_BYTE_TO_WIDE_CHAR_FLAGS PINIT_ONCE_FN
    PROCESSOR_ARCHITECTURE PROCESS_CREATION_FLAGS THREAD_CREATION_FLAGS HBRUSH HCURSOR HICON HINSTANCE HMENU HMODULE HWND LOAD_LIBRARY_FLAGS LPARAM
    LPOVERLAPPED_COMPLETION_ROUTINE LPTHREAD_START_ROUTINE LRESULT MSG_WAIT_FOR_MULTIPLE_OBJECTS_EX_FLAGS PAPCFUNC
    PEEK_MESSAGE_REMOVE_TYPE QUEUE_STATUS_FLAGS SYNCHRONIZATION_ACCESS_RIGHTS TIMERPROC WINDOW_EX_STYLE
    WINDOW_LONG_PTR_INDEX WINDOW_STYLE WNDCLASS_STYLES WNDPROC WPARAM
}

macro_rules! functions {
    ($($arity:ident: $($name:ident)*;)*) => { $( $(
        const _: () = $arity(ours::$name, theirs::$name);
    )* )* };
}
functions! {
    f0: WaitMessage
        GetCurrentProcess GetCurrentProcessId GetCurrentThread GetCurrentThreadId GetLastError GetProcessHeap
        GetTickCount GetTickCount64 IsDebuggerPresent TlsAlloc timeGetTime;
    f1: DisableThreadLibraryCalls FreeLibrary LoadLibraryA LoadLibraryW DestroyWindow DispatchMessageA DispatchMessageW GetModuleHandleA GetModuleHandleW IsWindow PostQuitMessage RegisterClassA RegisterClassExA RegisterClassExW RegisterClassW TranslateMessage
        AcquireSRWLockExclusive AcquireSRWLockShared CancelIo CancelSynchronousIo CloseHandle DeleteCriticalSection EnterCriticalSection
        GetNativeSystemInfo GetSystemInfo GetSystemTimeAsFileTime GetSystemTimePreciseAsFileTime GetThreadId
        GlobalFree GlobalSize InitOnceInitialize InitializeConditionVariable InitializeCriticalSection
        InitializeSRWLock LeaveCriticalSection LocalFree LocalSize OutputDebugStringA OutputDebugStringW
        PulseEvent QueryPerformanceCounter QueryPerformanceFrequency ReleaseSRWLockExclusive ReleaseSRWLockShared ResetEvent ResumeThread
        SetEvent SetLastError Sleep TlsFree TlsGetValue TryAcquireSRWLockExclusive TryAcquireSRWLockShared
        TryEnterCriticalSection WakeAllConditionVariable WakeConditionVariable lstrlenA lstrlenW timeBeginPeriod
        timeEndPeriod;
    f2: GetHandleInformation GetProcAddress SetEnvironmentVariableA SetEnvironmentVariableW GetWindowLongA GetWindowLongW KillTimer UnregisterClassA UnregisterClassW
        CancelIoEx GetExitCodeThread GlobalAlloc InitializeCriticalSectionAndSpinCount LocalAlloc SetCriticalSectionSpinCount
        SetFileCompletionNotificationModes SleepEx TlsSetValue WaitForSingleObject lstrcatA lstrcatW lstrcmpA lstrcmpW lstrcmpiA lstrcmpiW lstrcpyA lstrcpyW;
    f3: SetHandleInformation SetWindowLongA SetWindowLongW
        ExpandEnvironmentStringsA ExpandEnvironmentStringsW GetEnvironmentVariableA GetEnvironmentVariableW
        GetModuleFileNameA GetModuleFileNameW GetModuleHandleExA GetModuleHandleExW LoadLibraryExA LoadLibraryExW
        GlobalReAlloc HeapAlloc HeapFree HeapSize InitializeCriticalSectionEx LocalReAlloc OpenEventA OpenEventW QueueUserAPC
        SleepConditionVariableCS WaitForSingleObjectEx
        lstrcpynA lstrcpynW;
    f4: DefWindowProcA DefWindowProcW GetMessageA GetMessageW PostMessageA PostMessageW PostThreadMessageA PostThreadMessageW SendMessageA SendMessageW SetTimer
        CreateEventA CreateEventExA CreateEventExW CreateEventW CreateIoCompletionPort GetOverlappedResult HeapReAlloc
        InitOnceExecuteOnce PostQueuedCompletionStatus SignalObjectAndWait SleepConditionVariableSRW
        WaitForMultipleObjects;
    f5: ReadFile WriteFile CallWindowProcA CallWindowProcW MsgWaitForMultipleObjects MsgWaitForMultipleObjectsEx PeekMessageA PeekMessageW
        GetOverlappedResultEx GetQueuedCompletionStatus WaitForMultipleObjectsEx;
    f6: CreateThread GetQueuedCompletionStatusEx MultiByteToWideChar;
    f7: DuplicateHandle FormatMessageA FormatMessageW;
    f8: WideCharToMultiByte;
    f12: CreateWindowExA CreateWindowExW;
}
// They are no functions of their own where a LONG is as long as a pointer.
#[cfg(target_pointer_width = "64")]
functions! {
    f2: GetWindowLongPtrA GetWindowLongPtrW;
    f3: SetWindowLongPtrA SetWindowLongPtrW;
}

/// It never returns, which the comparisons above have no word for.
const _: [unsafe extern "system" fn(u32) -> !; 2] = [ours::ExitProcess, theirs::ExitProcess];

macro_rules! constants {
    ($($name:ident)*) => { $( const _: () = assert!(ours::$name == theirs::$name); )* };
}
each_user_const!(constants);
constants! { GWL_HINSTANCE GWL_USERDATA GWL_WNDPROC }
constants! {
    CONDITION_VARIABLE_LOCKMODE_SHARED CP_ACP CP_OEMCP CP_THREAD_ACP CP_UTF8 CREATE_EVENT_INITIAL_SET
    CREATE_EVENT_MANUAL_RESET CREATE_SUSPENDED EVENT_ALL_ACCESS EVENT_MODIFY_STATE
    FILE_SKIP_COMPLETION_PORT_ON_SUCCESS FILE_SKIP_SET_EVENT_ON_HANDLE
    FORMAT_MESSAGE_ALLOCATE_BUFFER FORMAT_MESSAGE_ARGUMENT_ARRAY FORMAT_MESSAGE_FROM_HMODULE
    ERROR_DLL_INIT_FAILED ERROR_PROC_NOT_FOUND
    FORMAT_MESSAGE_FROM_STRING FORMAT_MESSAGE_FROM_SYSTEM FORMAT_MESSAGE_IGNORE_INSERTS GMEM_FIXED GMEM_MOVEABLE
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS GET_MODULE_HANDLE_EX_FLAG_PIN GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT
    LOAD_LIBRARY_SEARCH_APPLICATION_DIR LOAD_LIBRARY_SEARCH_DEFAULT_DIRS LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR
    LOAD_LIBRARY_SEARCH_SYSTEM32 LOAD_LIBRARY_SEARCH_USER_DIRS LOAD_WITH_ALTERED_SEARCH_PATH
    GMEM_ZEROINIT GPTR HEAP_GENERATE_EXCEPTIONS HEAP_NONE HEAP_NO_SERIALIZE HEAP_REALLOC_IN_PLACE_ONLY
    HEAP_ZERO_MEMORY INFINITE LMEM_FIXED LMEM_MOVEABLE LMEM_ZEROINIT LPTR MB_ERR_INVALID_CHARS MB_PRECOMPOSED
    PROCESSOR_ARCHITECTURE_AMD64 PROCESSOR_ARCHITECTURE_ARM64 PROCESSOR_ARCHITECTURE_INTEL
    PROCESSOR_ARCHITECTURE_UNKNOWN STACK_SIZE_PARAM_IS_A_RESERVATION STANDARD_RIGHTS_REQUIRED
    SYNCHRONIZATION_DELETE SYNCHRONIZATION_READ_CONTROL SYNCHRONIZATION_SYNCHRONIZE SYNCHRONIZATION_WRITE_DAC
    SYNCHRONIZATION_WRITE_OWNER SYNCHRONIZE THREAD_CREATE_RUN_IMMEDIATELY
    THREAD_CREATE_SUSPENDED TIMERR_NOCANDO TIMERR_NOERROR TLS_OUT_OF_INDEXES WC_ERR_INVALID_CHARS
    WC_NO_BEST_FIT_CHARS
}

/// The comparisons above are done by the compiler; this shows in the test's list that they were.
#[test]
fn the_small_win32_is_typed_as_windows_sys_types_it() {
    assert_eq!(size_of::<ours::SRWLOCK>(), size_of::<usize>());
    // A pointer cannot be compared while compiling.
    assert_eq!(ours::HWND_MESSAGE, theirs::HWND_MESSAGE);
    assert_eq!(ours::CONDITION_VARIABLE_INIT.Ptr, theirs::CONDITION_VARIABLE_INIT.Ptr);
    let once = unsafe { (ours::INIT_ONCE_STATIC_INIT.Ptr, theirs::INIT_ONCE_STATIC_INIT.Ptr) };
    assert_eq!(once.0, once.1);
    assert_eq!(ours::SRWLOCK_INIT.Ptr, theirs::SRWLOCK_INIT.Ptr);
}

macro_rules! names { ($($name:ident)*) => { &[$(stringify!($name)),*] } }
const USER: &[&str] = each_user_const!(names);

#[test]
fn every_constant_of_windows_and_messages_is_listed() {
    let others = ["GWL_HINSTANCE", "GWL_USERDATA", "GWL_WNDPROC", "HWND_MESSAGE"];
    let text = items::source("windows/user.rs");
    let named = text.lines().filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    let unlisted: Vec<_> = named.filter(|name| !USER.contains(name) && !others.contains(name)).collect();
    assert!(unlisted.is_empty(), "{unlisted:?}");
}
