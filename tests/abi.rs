//! Holds the library's Rust items against `windows-sys`, at compile time: constants, layouts, types, signatures.
//!
//! No function of `windows-sys` is linked: two function pointers are only compared by type.
#![cfg(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64"))] // where windows-sys has its structs
#![allow(unsafe_code)] // field addresses behind raw pointers, in closures that never run

use core::mem::{align_of, offset_of, size_of};

#[macro_use]
mod items;
use items::source;

/// The library's items, in one place whatever module `windows-sys` keeps them in.
mod ours {
    pub(crate) use openws2::Win32::Foundation::*;
    pub(crate) use openws2::Win32::Networking::WinSock::*;
    pub(crate) use openws2::Win32::System::IO::{OVERLAPPED, OVERLAPPED_0, OVERLAPPED_0_0, OVERLAPPED_ENTRY};
    pub(crate) use openws2::core::{BOOL, GUID, PCSTR, PCWSTR, PSTR, PWSTR};
}
/// The same of `windows-sys`.
mod theirs {
    pub(crate) use windows_sys::Win32::Foundation::*;
    pub(crate) use windows_sys::Win32::Networking::WinSock::*;
    pub(crate) use windows_sys::Win32::System::IO::{
        OVERLAPPED, OVERLAPPED_0, OVERLAPPED_0_0, OVERLAPPED_ENTRY,
    };
    pub(crate) use windows_sys::core::{BOOL, GUID, PCSTR, PCWSTR, PSTR, PWSTR};
}

/// "The same type, up to the crate that defines it."
trait Same<T: ?Sized> {}
macro_rules! same_primitives { ($($t:ty)*) => { $( impl Same<$t> for $t {} )* } }
same_primitives!(() bool u8 i8 u16 i16 u32 i32 u64 i64 usize isize core::ffi::c_void);
impl<A: Same<B>, B> Same<*mut B> for *mut A {}
impl<A: Same<B>, B> Same<*const B> for *const A {}
impl<A: Same<B>, B, const N: usize> Same<[B; N]> for [A; N] {}
impl<A: Same<B>, B> Same<Option<B>> for Option<A> {}

/// Function pointers of one arity are the same type when their parameters and results are; `$name` compares two.
macro_rules! same_functions {
    ($($name:ident: $($a:ident $b:ident),*;)*) => { $(
        impl<$($a: Same<$b>, $b,)* R: Same<Q>, Q> Same<unsafe extern "system" fn($($b),*) -> Q>
            for unsafe extern "system" fn($($a),*) -> R {}
        #[allow(dead_code, clippy::too_many_arguments, clippy::extra_unused_type_parameters)]
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
    f9: A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8, A9 B9;
    f10: A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8, A9 B9, A10 B10;
    f11: A1 B1, A2 B2, A3 B3, A4 B4, A5 B5, A6 B6, A7 B7, A8 B8, A9 B9, A10 B10, A11 B11;
}

const fn same_field<S, T, A: Same<B>, B>(_: fn(&S) -> *const A, _: fn(&T) -> *const B) {}

macro_rules! structs {
    ($($name:ident: $($field:ident)*;)*) => {
        $(
            impl Same<theirs::$name> for ours::$name {}
            const _: () = {
                assert!(size_of::<ours::$name>() == size_of::<theirs::$name>());
                assert!(align_of::<ours::$name>() == align_of::<theirs::$name>());
                $(
                    assert!(offset_of!(ours::$name, $field) == offset_of!(theirs::$name, $field));
                    // SAFETY: taking a field's address reads nothing; the closures are compared by type and never run.
                    #[allow(unused_unsafe)]
                    same_field(
                        |s: &ours::$name| unsafe { &raw const s.$field },
                        |s: &theirs::$name| unsafe { &raw const s.$field },
                    );
                )*
            };
        )*
        const STRUCTS: &[(&str, &[&str])] = &[$((stringify!($name), &[$(stringify!($field)),*])),*];
    };
}
each_struct!(structs);

impl Same<theirs::GUID> for ours::GUID {}
const _: () = {
    assert!(size_of::<ours::GUID>() == size_of::<theirs::GUID>());
    assert!(align_of::<ours::GUID>() == align_of::<theirs::GUID>());
    assert!(offset_of!(ours::GUID, data1) == offset_of!(theirs::GUID, data1));
    assert!(offset_of!(ours::GUID, data2) == offset_of!(theirs::GUID, data2));
    assert!(offset_of!(ours::GUID, data3) == offset_of!(theirs::GUID, data3));
    assert!(offset_of!(ours::GUID, data4) == offset_of!(theirs::GUID, data4));
};

const fn same_type<A: Same<B>, B>() {}
macro_rules! types {
    ($($name:ident)*) => {
        $( const _: () = same_type::<ours::$name, theirs::$name>(); )*
        const TYPES: &[&str] = &[$(stringify!($name)),*];
    };
}
types! {
    SOCKET ADDRESS_FAMILY IPPROTO WSA_ERROR SEND_RECV_FLAGS WINSOCK_SHUTDOWN_HOW WINSOCK_SOCKET_TYPE
    WSAPOLL_EVENT_FLAGS PMTUD_STATE WSAEVENT LPWSAOVERLAPPED_COMPLETION_ROUTINE LPCONDITIONPROC LPFN_WSARECVMSG
    LPFN_ACCEPTEX LPFN_CONNECTEX LPFN_DISCONNECTEX LPFN_GETACCEPTEXSOCKADDRS LPFN_WSASENDMSG socklen_t
    BOOL HANDLE HANDLE_FLAGS NTSTATUS WIN32_ERROR WAIT_EVENT DUPLICATE_HANDLE_OPTIONS PAPCFUNC FARPROC PSTR PCSTR PWSTR
    PCWSTR
    LPBLOCKINGCALLBACK LPWSAUSERAPC LPWPUCLOSEEVENT LPWPUCLOSESOCKETHANDLE LPWPUCLOSETHREAD
    LPWPUCOMPLETEOVERLAPPEDREQUEST LPWPUCREATEEVENT LPWPUCREATESOCKETHANDLE LPWPUFDISSET
    LPWPUGETPROVIDERPATH LPWPUMODIFYIFSHANDLE LPWPUOPENCURRENTTHREAD LPWPUPOSTMESSAGE
    LPWPUQUERYBLOCKINGCALLBACK LPWPUQUERYSOCKETHANDLECONTEXT LPWPUQUEUEAPC LPWPURESETEVENT LPWPUSETEVENT
    LPWSPACCEPT LPWSPADDRESSTOSTRING LPWSPASYNCSELECT LPWSPBIND LPWSPCANCELBLOCKINGCALL LPWSPCLEANUP
    LPWSPCLOSESOCKET LPWSPCONNECT LPWSPDUPLICATESOCKET LPWSPENUMNETWORKEVENTS LPWSPEVENTSELECT
    LPWSPGETOVERLAPPEDRESULT LPWSPGETPEERNAME LPWSPGETQOSBYNAME LPWSPGETSOCKNAME LPWSPGETSOCKOPT LPWSPIOCTL
    LPWSPJOINLEAF LPWSPLISTEN LPWSPRECV LPWSPRECVDISCONNECT LPWSPRECVFROM LPWSPSELECT LPWSPSEND
    LPWSPSENDDISCONNECT LPWSPSENDTO LPWSPSETSOCKOPT LPWSPSHUTDOWN LPWSPSOCKET LPWSPSTARTUP
    LPWSPSTRINGTOADDRESS
}

const fn same_value_type<A: Same<B>, B>(_: &A, _: &B) {}
macro_rules! consts {
    ($list:ident: $($name:ident)*) => {
        $( const _: () = {
            same_value_type(&ours::$name, &theirs::$name);
            assert!(ours::$name as i128 == theirs::$name as i128, stringify!($name));
        }; )*
        const $list: &[&str] = &[$(stringify!($name)),*];
    };
}
macro_rules! winsock_consts { ($($name:ident)*) => { consts! { WINSOCK: $($name)* } } }
macro_rules! foundation_consts { ($($name:ident)*) => { consts! { FOUNDATION: $($name)* } } }
each_winsock_const!(winsock_consts);
each_foundation_const!(foundation_consts);

macro_rules! guids {
    ($($name:ident)*) => {
        $( const _: () = {
            let (a, b) = (ours::$name, theirs::$name);
            assert!(a.data1 == b.data1 && a.data2 == b.data2 && a.data3 == b.data3, stringify!($name));
            assert!(u64::from_be_bytes(a.data4) == u64::from_be_bytes(b.data4), stringify!($name));
        }; )*
        const GUIDS: &[&str] = &[$(stringify!($name)),*];
    };
}
each_guid!(guids);

/// The functions, by number of parameters (`f3` takes three).
macro_rules! signatures {
    ($($count:ident: $($name:ident)*;)*) => {
        $( $( const _: () = $count(ours::$name, theirs::$name); )* )*
        const FUNCTIONS: &[&str] = &[$($(stringify!($name)),*),*];
    };
}
signatures! {
    f0: WSACancelBlockingCall WSACleanup WSACreateEvent WSAGetLastError WSAIsBlocking WSAUnhookBlockingHook;
    f1: FreeAddrInfoW WSACloseEvent WSAResetEvent WSASetBlockingHook WSASetEvent WSASetLastError closesocket freeaddrinfo gethostbyname getprotobyname getprotobynumber htonl
        htons inet_addr inet_ntoa ntohl ntohs;
    f2: WSCDeinstallProvider WSCWriteProviderOrder GetHostNameW WSAStartup __WSAFDIsSet gethostname getservbyname getservbyport listen shutdown WSARecvDisconnect WSASendDisconnect;
    f3: InetPtonW WSADuplicateSocketA WSAEnumNetworkEvents WSAEventSelect WSAPoll WSADuplicateSocketW WSAEnumProtocolsA WSAEnumProtocolsW WSAHtonl WSAHtons WSANtohl WSANtohs accept bind connect gethostbyaddr getpeername getsockname ioctlsocket
        inet_pton socket;
    f4: GetAddrInfoW WSCEnumProtocols WSCGetProviderPath InetNtopW WSAAsyncSelect WSARecvEx getaddrinfo inet_ntop recv send;
    f5: WPUCompleteOverlappedRequest WSAAccept WSCInstallProvider WSAAddressToStringA WSAAddressToStringW WSAGetOverlappedResult WSAStringToAddressA WSAStringToAddressW WSAWaitForMultipleEvents getsockopt select setsockopt;
    f6: WSASendMsg WSASocketA WSASocketW recvfrom sendto;
    f7: GetNameInfoW WSAConnect WSARecv WSASend getnameinfo;
    f8: AcceptEx GetAcceptExSockaddrs WSAJoinLeaf;
    f9: WSAIoctl WSARecvFrom WSASendTo;
}

/// On 64-bit Windows alone there is a catalogue of the other kind.
#[cfg(target_pointer_width = "64")]
const _: () = f5(ours::WSCInstallProvider64_32, theirs::WSCInstallProvider64_32);

/// The tables that providers and this library hand each other, by their documented order (G145, G146, G148).
#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<ours::WSPPROC_TABLE>() == 240);
    assert!(offset_of!(ours::WSPPROC_TABLE, lpWSPGetOverlappedResult) == 88);
    assert!(offset_of!(ours::WSPPROC_TABLE, lpWSPRecv) == 152);
    assert!(offset_of!(ours::WSPPROC_TABLE, lpWSPRecvFrom) == 168);
    assert!(size_of::<ours::WSPUPCALLTABLE>() == 120);
    assert!(offset_of!(ours::WSPUPCALLTABLE, lpWPUCreateSocketHandle) == 24);
    assert!(offset_of!(ours::WSPUPCALLTABLE, lpWPUModifyIFSHandle) == 48);
    assert!(offset_of!(ours::WSPUPCALLTABLE, lpWPUQueueApc) == 80);
    assert!(offset_of!(ours::WSPUPCALLTABLE, lpWPUOpenCurrentThread) == 104);
    assert!(size_of::<ours::WSPDATA>() == 516);
    assert!(size_of::<ours::WSATHREADID>() == 16);
};

/// The names that follow `word` at the start of a line: `pub const NAME`, `pub struct NAME`.
fn names_after(text: &str, word: &str) -> Vec<String> {
    let ident = |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    text.lines().filter_map(|line| line.strip_prefix(word)).map(ident).filter(|s| !s.is_empty()).collect()
}

fn sorted<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().map(|n| n.as_ref().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn every_constant_is_listed() {
    let winsock = names_after(&source("windows/consts.rs"), "pub const ");
    assert_eq!(sorted(winsock), sorted(WINSOCK.iter().chain(GUIDS)));
    // the one constant that is a pointer cannot be compared while compiling
    assert_eq!(ours::INVALID_HANDLE_VALUE, theirs::INVALID_HANDLE_VALUE);
    let foundation = names_after(&source("windows/foundation.rs"), "pub const ");
    assert_eq!(sorted(foundation), sorted(FOUNDATION.iter().copied().chain(["INVALID_HANDLE_VALUE"])));
}

#[test]
fn every_structure_and_field_is_listed() {
    let text = source("windows/types.rs") + &source("windows/overlapped.rs") + &source("windows/spi.rs");
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines() {
        let head = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub union "));
        if let Some(name) = head.and_then(|h| h.split([' ', '{']).next()) {
            found.push((name.to_owned(), Vec::new()));
        } else if let (Some(field), Some(last)) = (line.strip_prefix("    pub "), found.last_mut()) {
            last.1.push(field.split(':').next().unwrap_or_default().to_owned());
        }
    }
    for (_, fields) in &mut found {
        fields.sort(); // two of them are in another order on 32-bit machines
    }
    found.sort();
    found.dedup();
    let mut listed: Vec<_> = STRUCTS.iter().map(|(n, f)| (n.to_string(), sorted(*f))).collect();
    listed.sort();
    assert_eq!(found, listed);
    assert_eq!(names_after(&source("windows/base.rs"), "pub struct "), ["GUID"]);
}

#[test]
fn every_type_is_listed() {
    let files = ["types", "extensions", "spi", "foundation", "base"];
    let found = files.map(|f| names_after(&source(&format!("windows/{f}.rs")), "pub type "));
    assert_eq!(sorted(found.concat()), sorted(TYPES));
}

/// What only C sees: entry points whose structures or strings differ there from the Rust types.
fn only_for_c(name: &str) -> bool {
    name.ends_with("_w32") || name == "select_c" || name == "WSCInstallProvider64_32"
}

#[test]
fn every_function_is_listed() {
    let (mut found, mut folders) = (Vec::new(), vec!["ffi/winsock".to_owned(), "ffi/spi".to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(items::source_path(&folder)).expect("a folder of sources") {
            let entry = entry.expect("an entry");
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().expect("its type").is_dir() {
                folders.push(path);
                continue;
            }
            let text = source(&path);
            let exported = text.split("export_name = \"ws2_").skip(1);
            found.extend(exported.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
            for head in ["pub unsafe extern \"system\" fn ", "pub extern \"system\" fn "] {
                found.extend(names_after(&text, head));
            }
        }
    }
    found.retain(|name| !only_for_c(name));
    found.sort();
    found.dedup(); // by its symbol and by its name
    found.retain(|name| !FUNCTIONS.contains(&name.as_str()));
    assert!(found.is_empty(), "add these to `signatures!`: {found:?}"); // one that is gone does not compile there
}
