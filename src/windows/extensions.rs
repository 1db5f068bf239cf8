//! The types of the functions that programs get from SIO_GET_EXTENSION_FUNCTION_POINTER, as `windows-sys` spells them.
#![allow(non_camel_case_types, missing_docs)]

use super::foundation::BOOL;
use super::types::{LPWSAOVERLAPPED_COMPLETION_ROUTINE, OVERLAPPED, SOCKADDR, SOCKET, WSAMSG};

pub type LPFN_WSARECVMSG = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        lpmsg: *mut WSAMSG,
        lpdwnumberofbytesrecvd: *mut u32,
        lpoverlapped: *mut OVERLAPPED,
        lpcompletionroutine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
    ) -> i32,
>;
pub type LPFN_ACCEPTEX = Option<
    unsafe extern "system" fn(
        slistensocket: SOCKET,
        sacceptsocket: SOCKET,
        lpoutputbuffer: *mut core::ffi::c_void,
        dwreceivedatalength: u32,
        dwlocaladdresslength: u32,
        dwremoteaddresslength: u32,
        lpdwbytesreceived: *mut u32,
        lpoverlapped: *mut OVERLAPPED,
    ) -> BOOL,
>;
pub type LPFN_CONNECTEX = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        name: *const SOCKADDR,
        namelen: i32,
        lpsendbuffer: *const core::ffi::c_void,
        dwsenddatalength: u32,
        lpdwbytessent: *mut u32,
        lpoverlapped: *mut OVERLAPPED,
    ) -> BOOL,
>;
pub type LPFN_DISCONNECTEX = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        lpoverlapped: *mut OVERLAPPED,
        dwflags: u32,
        dwreserved: u32,
    ) -> BOOL,
>;
pub type LPFN_GETACCEPTEXSOCKADDRS = Option<
    unsafe extern "system" fn(
        lpoutputbuffer: *const core::ffi::c_void,
        dwreceivedatalength: u32,
        dwlocaladdresslength: u32,
        dwremoteaddresslength: u32,
        localsockaddr: *mut *mut SOCKADDR,
        localsockaddrlength: *mut i32,
        remotesockaddr: *mut *mut SOCKADDR,
        remotesockaddrlength: *mut i32,
    ),
>;
pub type LPFN_WSASENDMSG = Option<
    unsafe extern "system" fn(
        s: SOCKET,
        lpmsg: *const WSAMSG,
        dwflags: u32,
        lpnumberofbytessent: *mut u32,
        lpoverlapped: *mut OVERLAPPED,
        lpcompletionroutine: LPWSAOVERLAPPED_COMPLETION_ROUTINE,
    ) -> i32,
>;
