//! OpenWS2: code written for Windows sockets compiles and behaves the same on Linux and macOS.
//!
//! The crate has one inside and several doors. Going down, each layer knows only those below it:
//!
//! | layer | what it owns |
//! |---|---|
//! | [`net`] | the door for Rust without `unsafe`, made of what `Win32` has, on every host |
//! | [`os`] | Rust's own sockets as code for Windows takes them: `std::os::windows::io` |
//! | [`Win32`], `ffi` | the doors for C and for code written against `windows-sys`: raw pointers, the last error |
//! | | of it `winsock` and `win32` are what programs call, `spi` the layers that can lie in between, `provider` what the functions do |
//! | `names` | names, addresses and their text forms |
//! | `overlapped` | operations that end later: whom they tell, how they are cancelled |
//! | `transfer` | receiving and sending: plan, call the host, say what Winsock says |
//! | `socket` | what a `SOCKET` is: the table, its state, its options, its provider, its pending requests |
//! | `reactor` | says when a descriptor may be tried again |
//! | `win32` | the small Win32 that socket programs lean on: threads, waits, events, ports, memory, texts |
//! | `sys` | the only code that calls the host about sockets |
//! | `platform` | everything that differs between hosts, as data |
//! | `windows` | Windows' types and numbers |
//! | `reasons` | why a call is answered as it is, noted for who traces calls |
//! | [`error`], [`status`] | Winsock codes; the NT status that every operation ends with |
#![deny(unsafe_code, unsafe_op_in_unsafe_fn)]
#![warn(missing_docs, unreachable_pub, elided_lifetimes_in_paths)]

pub mod error;
#[doc = include_str!("../examples/porting.md")]
pub mod porting {}
#[cfg(not(windows))]
/// What Windows does not have: sockets that it describes but has no provider for.
///
/// The WSARecv page tells what becomes of messages on reliable protocols, MSG_PARTIAL and WSAEDISCON, and
/// no protocol of Windows acts so. Over AF_UNIX these do. A program gets them by `socket` with the number
/// here (`OPENWS2_UNIXPROTO_…` in `afunix.h`), or by `WSASocket` with a record of `WSAEnumProtocols`.
///
/// | | type | a message that is too long | the peer finishes |
/// |---|---|---|---|
/// | [`UNIXPROTO_PARTS`](extensions::UNIXPROTO_PARTS) | SOCK_SEQPACKET | comes in parts, MSG_PARTIAL set but with the last; recv: WSAEMSGSIZE, then the next part | WSAEDISCON; recv: 0 |
/// | [`UNIXPROTO_WHOLE`](extensions::UNIXPROTO_WHOLE) | SOCK_SEQPACKET | WSAEMSGSIZE, and it stays until a buffer is large enough | WSAEDISCON; recv: 0 |
/// | [`UNIXPROTO_DATAGRAM`](extensions::UNIXPROTO_DATAGRAM) | SOCK_DGRAM | WSAEMSGSIZE, and it stays until a buffer is large enough | (no connection) |
///
/// A peer that closes with unread messages has aborted the connection: WSAECONNRESET. A message can have
/// as many bytes as SO_MAX_MSG_SIZE says. macOS has no SOCK_SEQPACKET for AF_UNIX, and so none of the
/// first two; to frame messages over a stream there would need this library at both ends.
///
/// # Examples
/// ```
/// # #[cfg(target_os = "linux")] {
/// use openws2::Win32::Networking::WinSock::*;
/// use openws2::extensions::UNIXPROTO_PARTS;
///
/// let mut data = WSADATA::default();
/// unsafe {
///     WSAStartup(0x0202, &mut data);
///     // As on Windows:
///     assert_eq!(socket(AF_UNIX.into(), SOCK_SEQPACKET, 0), INVALID_SOCKET);
///     assert_eq!(WSAGetLastError(), WSAESOCKTNOSUPPORT);
///     // By its number:
///     let s = socket(AF_UNIX.into(), SOCK_SEQPACKET, UNIXPROTO_PARTS);
///     assert_ne!(s, INVALID_SOCKET);
///     closesocket(s);
///     WSACleanup();
/// }
/// # }
/// ```
pub mod extensions {
    pub use crate::socket::catalog::{UNIXPROTO_DATAGRAM, UNIXPROTO_PARTS, UNIXPROTO_WHOLE};
}
#[cfg(not(windows))]
mod ffi;
#[cfg(not(windows))]
/// Layered service providers written in Rust: what lies between a program and its sockets.
///
/// A layer sees every call of the process as Windows' service provider interface has it, and passes on what it does
/// not do itself. The same layers can be written in C, as Windows' are (`ws2spi.h`), and named in the environment:
/// `WS2_LAYERS=/path/of/one.so:/path/of/another.so`. Two come with the library: the [`trace`](spi::trace) and the
/// [`fault`](spi::fault) layer.
pub mod spi {
    pub use crate::ffi::spi::*;
}
#[cfg(not(windows))]
mod names;
pub mod net;
pub mod os;
#[cfg(not(windows))]
mod overlapped;
#[cfg(not(windows))]
mod platform;
#[cfg(not(windows))]
mod reactor;
#[cfg(not(windows))]
mod reasons;
#[cfg(not(windows))]
mod socket;
pub mod status;
#[cfg(not(windows))]
mod sync;
#[cfg(not(windows))]
mod sys;
#[cfg(not(windows))]
mod transfer;
#[cfg(not(windows))]
mod win32;
#[cfg(not(windows))]
mod windows;

/// On Windows the crate is `windows-sys` itself.
#[cfg(windows)]
pub use windows_sys::{Win32, core};

#[cfg(not(windows))]
pub mod core;

#[cfg(not(windows))]
/// The items of Rust's `windows-sys`, under its module paths, for code that was written against it.
#[allow(non_snake_case)]
pub mod Win32 {
    /// Handles, codes and statuses.
    pub mod Foundation {
        pub use crate::ffi::win32::error::{GetLastError, SetLastError};
        pub use crate::ffi::win32::handles::{
            CloseHandle, DuplicateHandle, GetHandleInformation, SetHandleInformation,
        };
        pub use crate::ffi::win32::local::{GlobalFree, LocalFree};
        pub use crate::ffi::win32::module_free::FreeLibrary;
        pub use crate::ffi::win32::types::{FILETIME, HGLOBAL, HLOCAL};
        pub use crate::windows::foundation::*;
        pub use crate::windows::handles::{HINSTANCE, HMODULE, HWND, LPARAM, LRESULT, POINT, WPARAM};
    }
    /// Code pages and string comparison.
    pub mod Globalization {
        pub use crate::ffi::win32::strings::*;
        pub use crate::ffi::win32::types::{
            CP_ACP, CP_OEMCP, CP_THREAD_ACP, CP_UTF8, MB_ERR_INVALID_CHARS, MB_PRECOMPOSED,
            MULTI_BYTE_TO_WIDE_CHAR_FLAGS, WC_ERR_INVALID_CHARS, WC_NO_BEST_FIT_CHARS,
        };
    }
    /// Drawing; of it, a name that window classes need.
    pub mod Graphics {
        /// Graphics devices.
        pub mod Gdi {
            pub use crate::windows::handles::HBRUSH;
        }
    }
    /// Multimedia timers.
    pub mod Media {
        pub use crate::ffi::win32::time::{timeBeginPeriod, timeEndPeriod, timeGetTime};
        pub use crate::ffi::win32::types::{TIMERR_NOCANDO, TIMERR_NOERROR};
    }
    /// Access to objects.
    pub mod Security {
        pub use crate::ffi::win32::types::SECURITY_ATTRIBUTES;
    }
    /// Files and what is used like them.
    pub mod Storage {
        /// Access to files.
        pub mod FileSystem {
            pub use crate::ffi::win32::file::{ReadFile, WriteFile};
            pub use crate::ffi::win32::io::SetFileCompletionNotificationModes;
            pub use crate::ffi::win32::types::{FILE_ACCESS_RIGHTS, STANDARD_RIGHTS_REQUIRED, SYNCHRONIZE};
        }
    }
    /// The operating system's services.
    pub mod System {
        /// Diagnostics.
        pub mod Diagnostics {
            /// Debug output and message texts.
            pub mod Debug {
                pub use crate::ffi::win32::debug::*;
                pub use crate::ffi::win32::message::*;
                pub use crate::ffi::win32::types::{
                    FORMAT_MESSAGE_ALLOCATE_BUFFER, FORMAT_MESSAGE_ARGUMENT_ARRAY,
                    FORMAT_MESSAGE_FROM_HMODULE, FORMAT_MESSAGE_FROM_STRING, FORMAT_MESSAGE_FROM_SYSTEM,
                    FORMAT_MESSAGE_IGNORE_INSERTS, FORMAT_MESSAGE_OPTIONS,
                };
            }
        }
        /// Overlapped operations and completion ports.
        pub mod IO {
            pub use crate::ffi::win32::io::{
                CancelIo, CancelIoEx, CancelSynchronousIo, GetOverlappedResult, GetOverlappedResultEx,
            };
            pub use crate::ffi::win32::ports::*;
            pub use crate::ffi::win32::types::LPOVERLAPPED_COMPLETION_ROUTINE;
            pub use crate::windows::overlapped::{
                OVERLAPPED, OVERLAPPED_0, OVERLAPPED_0_0, OVERLAPPED_ENTRY,
            };
        }
        /// Environment variables.
        pub mod Environment {
            pub use crate::ffi::win32::environment::*;
        }
        /// Structures of the kernel.
        pub mod Kernel {
            pub use crate::ffi::win32::types::LIST_ENTRY;
        }
        /// Modules.
        pub mod LibraryLoader {
            pub use crate::ffi::win32::module::*;
            pub use crate::ffi::win32::module_find::*;
            pub use crate::ffi::win32::types::{
                GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN,
                GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, LOAD_LIBRARY_FLAGS,
                LOAD_LIBRARY_SEARCH_APPLICATION_DIR, LOAD_LIBRARY_SEARCH_DEFAULT_DIRS,
                LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR, LOAD_LIBRARY_SEARCH_SYSTEM32,
                LOAD_LIBRARY_SEARCH_USER_DIRS, LOAD_WITH_ALTERED_SEARCH_PATH,
            };
        }
        /// Heap and fixed memory.
        pub mod Memory {
            pub use crate::ffi::win32::local::{
                GlobalAlloc, GlobalReAlloc, GlobalSize, LocalAlloc, LocalReAlloc, LocalSize,
            };
            pub use crate::ffi::win32::memory::*;
            pub use crate::ffi::win32::types::{
                GLOBAL_ALLOC_FLAGS, GMEM_FIXED, GMEM_MOVEABLE, GMEM_ZEROINIT, GPTR, HEAP_FLAGS,
                HEAP_GENERATE_EXCEPTIONS, HEAP_NO_SERIALIZE, HEAP_NONE, HEAP_REALLOC_IN_PLACE_ONLY,
                HEAP_ZERO_MEMORY, LMEM_FIXED, LMEM_MOVEABLE, LMEM_ZEROINIT, LOCAL_ALLOC_FLAGS, LPTR,
            };
        }
        /// The performance counter.
        pub mod Performance {
            pub use crate::ffi::win32::time::{QueryPerformanceCounter, QueryPerformanceFrequency};
        }
        /// The machine and its clocks.
        pub mod SystemInformation {
            pub use crate::ffi::win32::information::*;
            pub use crate::ffi::win32::time::{
                GetSystemTimeAsFileTime, GetSystemTimePreciseAsFileTime, GetTickCount, GetTickCount64,
            };
            pub use crate::ffi::win32::types::{
                PROCESSOR_ARCHITECTURE, PROCESSOR_ARCHITECTURE_AMD64, PROCESSOR_ARCHITECTURE_ARM64,
                PROCESSOR_ARCHITECTURE_INTEL, PROCESSOR_ARCHITECTURE_UNKNOWN, SYSTEM_INFO, SYSTEM_INFO_0,
                SYSTEM_INFO_0_0,
            };
        }
        /// Threads, waits and locks.
        pub mod Threading {
            pub use crate::ffi::win32::events::*;
            pub use crate::ffi::win32::sync::*;
            pub use crate::ffi::win32::threading::*;
            pub use crate::ffi::win32::tls::*;
            pub use crate::ffi::win32::types::{
                CONDITION_VARIABLE, CONDITION_VARIABLE_INIT, CONDITION_VARIABLE_LOCKMODE_SHARED,
                CREATE_EVENT, CREATE_EVENT_INITIAL_SET, CREATE_EVENT_MANUAL_RESET, CREATE_SUSPENDED,
                CRITICAL_SECTION, CRITICAL_SECTION_DEBUG, EVENT_ALL_ACCESS, EVENT_MODIFY_STATE, INFINITE,
                INIT_ONCE, INIT_ONCE_STATIC_INIT, LPTHREAD_START_ROUTINE, PINIT_ONCE_FN,
                PROCESS_CREATION_FLAGS, SRWLOCK, SRWLOCK_INIT, STACK_SIZE_PARAM_IS_A_RESERVATION,
                SYNCHRONIZATION_ACCESS_RIGHTS, SYNCHRONIZATION_DELETE, SYNCHRONIZATION_READ_CONTROL,
                SYNCHRONIZATION_SYNCHRONIZE, SYNCHRONIZATION_WRITE_DAC, SYNCHRONIZATION_WRITE_OWNER,
                THREAD_CREATE_RUN_IMMEDIATELY, THREAD_CREATE_SUSPENDED, THREAD_CREATION_FLAGS,
                TLS_OUT_OF_INDEXES,
            };
            pub use crate::ffi::win32::waits::*;
        }
        /// What Windows gathers under this name; of it, how operations tell of their end.
        pub mod WindowsProgramming {
            pub use crate::ffi::win32::types::{
                FILE_SKIP_COMPLETION_PORT_ON_SUCCESS, FILE_SKIP_SET_EVENT_ON_HANDLE,
            };
        }
    }
    /// What users see; here, what programs need although nobody sees it.
    pub mod UI {
        /// Windows that nobody sees, and messages.
        pub mod WindowsAndMessaging {
            pub use crate::ffi::win32::classes::*;
            pub use crate::ffi::win32::longs::*;
            pub use crate::ffi::win32::messages::*;
            pub use crate::ffi::win32::user::{
                CREATESTRUCTA, CREATESTRUCTW, MSG, WNDCLASSA, WNDCLASSEXA, WNDCLASSEXW, WNDCLASSW,
            };
            pub use crate::windows::user::*;
        }
    }
    /// Networking.
    pub mod Networking {
        /// Windows sockets.
        pub mod WinSock {
            pub use crate::ffi::winsock::*;
        }
    }
}
