//! The types of the service provider interface as Rust's `windows-sys` spells them.
//!
//! Facts only. `tests/abi.rs` holds every item against that crate and against the C header.
#![allow(unsafe_code)] // The all-zero default of plain C structs, in one macro below.
#![allow(non_camel_case_types, non_snake_case, missing_docs, clippy::upper_case_acronyms)]

use super::foundation::*;
use super::types::*;
use super::user::{HWND, LPARAM, WPARAM};

pub type LPBLOCKINGCALLBACK = Option<unsafe extern "system" fn(dwcontext: usize) -> BOOL>;
pub type LPWSAUSERAPC = Option<unsafe extern "system" fn(dwcontext: usize)>;
pub type LPWPUCLOSEEVENT = Option<unsafe extern "system" fn(hevent: WSAEVENT, lperrno: *mut i32) -> BOOL>;
pub type LPWPUCLOSESOCKETHANDLE = Option<unsafe extern "system" fn(s: SOCKET, lperrno: *mut i32) -> i32>;
pub type LPWPUCLOSETHREAD =
    Option<unsafe extern "system" fn(lpthreadid: *const WSATHREADID, lperrno: *mut i32) -> i32>;
pub type LPWPUCOMPLETEOVERLAPPEDREQUEST = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        lpoverlapped: *mut OVERLAPPED,
        dwerror: u32,
        cbtransferred: u32,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWPUCREATEEVENT = Option<unsafe extern "system" fn(lperrno: *mut i32) -> WSAEVENT>;
pub type LPWPUCREATESOCKETHANDLE =
    Option<unsafe extern "system" fn(dwcatalogentryid: u32, dwcontext: usize, lperrno: *mut i32) -> SOCKET>;
pub type LPWPUFDISSET = Option<unsafe extern "system" fn(s: SOCKET, fdset: *const FD_SET) -> i32>;
pub type LPWPUGETPROVIDERPATH = Option<
    unsafe extern "system" fn(
        lpproviderid: *const GUID,
        lpszproviderdllpath: PWSTR,
        lpproviderdllpathlen: *mut i32,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWPUMODIFYIFSHANDLE = Option<
    unsafe extern "system" fn(dwcatalogentryid: u32, proposedhandle: SOCKET, lperrno: *mut i32) -> SOCKET,
>;
pub type LPWPUOPENCURRENTTHREAD =
    Option<unsafe extern "system" fn(lpthreadid: *mut WSATHREADID, lperrno: *mut i32) -> i32>;
pub type LPWPUPOSTMESSAGE =
    Option<unsafe extern "system" fn(hwnd: HWND, msg: u32, wparam: WPARAM, lparam: LPARAM) -> BOOL>;
pub type LPWPUQUERYBLOCKINGCALLBACK = Option<
    unsafe extern "system" fn(
        dwcatalogentryid: u32,
        lplpfncallback: *mut LPBLOCKINGCALLBACK,
        lpdwcontext: *mut usize,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWPUQUERYSOCKETHANDLECONTEXT =
    Option<unsafe extern "system" fn(s: SOCKET, lpcontext: *mut usize, lperrno: *mut i32) -> i32>;
pub type LPWPUQUEUEAPC = Option<
    unsafe extern "system" fn(
        lpthreadid: *const WSATHREADID,
        lpfnuserapc: LPWSAUSERAPC,
        dwcontext: usize,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWPURESETEVENT = Option<unsafe extern "system" fn(hevent: WSAEVENT, lperrno: *mut i32) -> BOOL>;
pub type LPWPUSETEVENT = Option<unsafe extern "system" fn(hevent: WSAEVENT, lperrno: *mut i32) -> BOOL>;
pub type LPWSPACCEPT = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        addr: *mut SOCKADDR,
        addrlen: *mut i32,
        lpfncondition: LPCONDITIONPROC,
        dwcallbackdata: usize,
        lperrno: *mut i32,
    ) -> SOCKET,
>;
pub type LPWSPADDRESSTOSTRING = Option<
    unsafe extern "system" fn(
        lpsaaddress: *const SOCKADDR,
        dwaddresslength: u32,
        lpprotocolinfo: *const WSAPROTOCOL_INFOW,
        lpszaddressstring: PWSTR,
        lpdwaddressstringlength: *mut u32,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWSPASYNCSELECT = Option<
    unsafe extern "system" fn(s: SOCKET, hwnd: HWND, wmsg: u32, levent: i32, lperrno: *mut i32) -> i32,
>;
pub type LPWSPBIND = Option<
    unsafe extern "system" fn(s: SOCKET, name: *const SOCKADDR, namelen: i32, lperrno: *mut i32) -> i32,
>;
pub type LPWSPCANCELBLOCKINGCALL = Option<unsafe extern "system" fn(lperrno: *mut i32) -> i32>;
pub type LPWSPCLEANUP = Option<unsafe extern "system" fn(lperrno: *mut i32) -> i32>;
pub type LPWSPCLOSESOCKET = Option<unsafe extern "system" fn(s: SOCKET, lperrno: *mut i32) -> i32>;
pub type LPWSPCONNECT = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        name: *const SOCKADDR,
        namelen: i32,
        lpcallerdata: *const WSABUF,
        lpcalleedata: *mut WSABUF,
        lpsqos: *const QOS,
        lpgqos: *const QOS,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWSPDUPLICATESOCKET = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        dwprocessid: u32,
        lpprotocolinfo: *mut WSAPROTOCOL_INFOW,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWSPENUMNETWORKEVENTS = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        heventobject: HANDLE,
        lpnetworkevents: *mut WSANETWORKEVENTS,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWSPEVENTSELECT = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        heventobject: WSAEVENT,
        lnetworkevents: i32,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWSPGETOVERLAPPEDRESULT = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        lpoverlapped: *const OVERLAPPED,
        lpcbtransfer: *mut u32,
        fwait: BOOL,
        lpdwflags: *mut u32,
        lperrno: *mut i32,
    ) -> BOOL,
>;
pub type LPWSPGETPEERNAME = Option<
    unsafe extern "system" fn(s: SOCKET, name: *mut SOCKADDR, namelen: *mut i32, lperrno: *mut i32) -> i32,
>;
pub type LPWSPGETQOSBYNAME = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        lpqosname: *const WSABUF,
        lpqos: *mut QOS,
        lperrno: *mut i32,
    ) -> BOOL,
>;
pub type LPWSPGETSOCKNAME = Option<
    unsafe extern "system" fn(s: SOCKET, name: *mut SOCKADDR, namelen: *mut i32, lperrno: *mut i32) -> i32,
>;
pub type LPWSPGETSOCKOPT = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        level: i32,
        optname: i32,
        optval: PSTR,
        optlen: *mut i32,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWSPIOCTL = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        dwiocontrolcode: u32,
        lpvinbuffer: *const core::ffi::c_void,
        cbinbuffer: u32,
        lpvoutbuffer: *mut core::ffi::c_void,
        cboutbuffer: u32,
        lpcbbytesreturned: *mut u32,
        lpoverlapped: *mut OVERLAPPED,
        lpcompletionroutine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
        lpthreadid: *const WSATHREADID,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWSPJOINLEAF = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        name: *const SOCKADDR,
        namelen: i32,
        lpcallerdata: *const WSABUF,
        lpcalleedata: *mut WSABUF,
        lpsqos: *const QOS,
        lpgqos: *const QOS,
        dwflags: u32,
        lperrno: *mut i32,
    ) -> SOCKET,
>;
pub type LPWSPLISTEN = Option<unsafe extern "system" fn(s: SOCKET, backlog: i32, lperrno: *mut i32) -> i32>;
pub type LPWSPRECV = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        lpbuffers: *const WSABUF,
        dwbuffercount: u32,
        lpnumberofbytesrecvd: *mut u32,
        lpflags: *mut u32,
        lpoverlapped: *mut OVERLAPPED,
        lpcompletionroutine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
        lpthreadid: *const WSATHREADID,
        lperrno: *const i32,
    ) -> i32,
>;
pub type LPWSPRECVDISCONNECT = Option<
    unsafe extern "system" fn(s: SOCKET, lpinbounddisconnectdata: *const WSABUF, lperrno: *mut i32) -> i32,
>;
pub type LPWSPRECVFROM = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        lpbuffers: *const WSABUF,
        dwbuffercount: u32,
        lpnumberofbytesrecvd: *mut u32,
        lpflags: *mut u32,
        lpfrom: *mut SOCKADDR,
        lpfromlen: *mut i32,
        lpoverlapped: *mut OVERLAPPED,
        lpcompletionroutine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
        lpthreadid: *const WSATHREADID,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWSPSELECT = Option<
    unsafe extern "system" fn(
        nfds: i32,
        readfds: *mut FD_SET,
        writefds: *mut FD_SET,
        exceptfds: *mut FD_SET,
        timeout: *const TIMEVAL,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWSPSEND = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        lpbuffers: *const WSABUF,
        dwbuffercount: u32,
        lpnumberofbytessent: *mut u32,
        dwflags: u32,
        lpoverlapped: *mut OVERLAPPED,
        lpcompletionroutine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
        lpthreadid: *const WSATHREADID,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWSPSENDDISCONNECT = Option<
    unsafe extern "system" fn(s: SOCKET, lpoutbounddisconnectdata: *const WSABUF, lperrno: *mut i32) -> i32,
>;
pub type LPWSPSENDTO = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        lpbuffers: *const WSABUF,
        dwbuffercount: u32,
        lpnumberofbytessent: *mut u32,
        dwflags: u32,
        lpto: *const SOCKADDR,
        itolen: i32,
        lpoverlapped: *mut OVERLAPPED,
        lpcompletionroutine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
        lpthreadid: *const WSATHREADID,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWSPSETSOCKOPT = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        level: i32,
        optname: i32,
        optval: PCSTR,
        optlen: i32,
        lperrno: *mut i32,
    ) -> i32,
>;
pub type LPWSPSHUTDOWN = Option<unsafe extern "system" fn(s: SOCKET, how: i32, lperrno: *mut i32) -> i32>;
pub type LPWSPSOCKET = Option<
    unsafe extern "system" fn(
        af: i32,
        r#type: i32,
        protocol: i32,
        lpprotocolinfo: *const WSAPROTOCOL_INFOW,
        g: u32,
        dwflags: u32,
        lperrno: *mut i32,
    ) -> SOCKET,
>;
pub type LPWSPSTARTUP = Option<
    unsafe extern "system" fn(
        wversionrequested: u16,
        lpwspdata: *const WSPDATA,
        lpprotocolinfo: *const WSAPROTOCOL_INFOW,
        upcalltable: WSPUPCALLTABLE,
        lpproctable: *mut WSPPROC_TABLE,
    ) -> i32,
>;
pub type LPWSPSTRINGTOADDRESS = Option<
    unsafe extern "system" fn(
        addressstring: PCWSTR,
        addressfamily: i32,
        lpprotocolinfo: *const WSAPROTOCOL_INFOW,
        lpaddress: *mut SOCKADDR,
        lpaddresslength: *mut i32,
        lperrno: *mut i32,
    ) -> i32,
>;
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WSATHREADID {
    pub ThreadHandle: HANDLE,
    pub Reserved: usize,
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WSPDATA {
    pub wVersion: u16,
    pub wHighVersion: u16,
    pub szDescription: [u16; 256],
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WSPPROC_TABLE {
    pub lpWSPAccept: LPWSPACCEPT,
    pub lpWSPAddressToString: LPWSPADDRESSTOSTRING,
    pub lpWSPAsyncSelect: LPWSPASYNCSELECT,
    pub lpWSPBind: LPWSPBIND,
    pub lpWSPCancelBlockingCall: LPWSPCANCELBLOCKINGCALL,
    pub lpWSPCleanup: LPWSPCLEANUP,
    pub lpWSPCloseSocket: LPWSPCLOSESOCKET,
    pub lpWSPConnect: LPWSPCONNECT,
    pub lpWSPDuplicateSocket: LPWSPDUPLICATESOCKET,
    pub lpWSPEnumNetworkEvents: LPWSPENUMNETWORKEVENTS,
    pub lpWSPEventSelect: LPWSPEVENTSELECT,
    pub lpWSPGetOverlappedResult: LPWSPGETOVERLAPPEDRESULT,
    pub lpWSPGetPeerName: LPWSPGETPEERNAME,
    pub lpWSPGetSockName: LPWSPGETSOCKNAME,
    pub lpWSPGetSockOpt: LPWSPGETSOCKOPT,
    pub lpWSPGetQOSByName: LPWSPGETQOSBYNAME,
    pub lpWSPIoctl: LPWSPIOCTL,
    pub lpWSPJoinLeaf: LPWSPJOINLEAF,
    pub lpWSPListen: LPWSPLISTEN,
    pub lpWSPRecv: LPWSPRECV,
    pub lpWSPRecvDisconnect: LPWSPRECVDISCONNECT,
    pub lpWSPRecvFrom: LPWSPRECVFROM,
    pub lpWSPSelect: LPWSPSELECT,
    pub lpWSPSend: LPWSPSEND,
    pub lpWSPSendDisconnect: LPWSPSENDDISCONNECT,
    pub lpWSPSendTo: LPWSPSENDTO,
    pub lpWSPSetSockOpt: LPWSPSETSOCKOPT,
    pub lpWSPShutdown: LPWSPSHUTDOWN,
    pub lpWSPSocket: LPWSPSOCKET,
    pub lpWSPStringToAddress: LPWSPSTRINGTOADDRESS,
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WSPUPCALLTABLE {
    pub lpWPUCloseEvent: LPWPUCLOSEEVENT,
    pub lpWPUCloseSocketHandle: LPWPUCLOSESOCKETHANDLE,
    pub lpWPUCreateEvent: LPWPUCREATEEVENT,
    pub lpWPUCreateSocketHandle: LPWPUCREATESOCKETHANDLE,
    pub lpWPUFDIsSet: LPWPUFDISSET,
    pub lpWPUGetProviderPath: LPWPUGETPROVIDERPATH,
    pub lpWPUModifyIFSHandle: LPWPUMODIFYIFSHANDLE,
    pub lpWPUPostMessage: LPWPUPOSTMESSAGE,
    pub lpWPUQueryBlockingCallback: LPWPUQUERYBLOCKINGCALLBACK,
    pub lpWPUQuerySocketHandleContext: LPWPUQUERYSOCKETHANDLECONTEXT,
    pub lpWPUQueueApc: LPWPUQUEUEAPC,
    pub lpWPUResetEvent: LPWPURESETEVENT,
    pub lpWPUSetEvent: LPWPUSETEVENT,
    pub lpWPUOpenCurrentThread: LPWPUOPENCURRENTTHREAD,
    pub lpWPUCloseThread: LPWPUCLOSETHREAD,
}

super::types::all_zero_default! { WSATHREADID WSPDATA WSPPROC_TABLE WSPUPCALLTABLE }
