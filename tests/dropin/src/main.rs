//! Receives in four ways of Windows: by WSARecvMsg with the destination of a datagram, by a completion port, by an
//! event, and on a socket of Rust's own. It knows nothing of another host.

use std::mem::{size_of, zeroed};
use std::net::UdpSocket;
use std::os::windows::io::{AsRawSocket, FromRawSocket, IntoRawSocket, OwnedSocket, RawSocket};
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE, TRUE, WAIT_OBJECT_0};
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, CMSGHDR, IN_PKTINFO, INVALID_SOCKET, IP_PKTINFO, IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP,
    LPFN_WSARECVMSG, SIO_GET_EXTENSION_FUNCTION_POINTER, SOCK_DGRAM, SOCK_STREAM, SOCKADDR, SOCKADDR_IN,
    SOCKET, WSA_IO_PENDING, WSABUF, WSACleanup, WSADATA, WSAGetLastError, WSAGetOverlappedResult,
    WSAID_WSARECVMSG, WSAIoctl, WSAMSG, WSARecv, WSAStartup, accept, bind, closesocket, connect, getsockname,
    listen, recv, send, sendto, setsockopt, socket,
};
use windows_sys::Win32::System::IO::{CreateIoCompletionPort, GetQueuedCompletionStatus, OVERLAPPED};
use windows_sys::Win32::System::Threading::{CreateEventW, INFINITE, WaitForSingleObject};
use windows_sys::core::{GUID, w};

fn loopback() -> SOCKADDR_IN {
    let mut name: SOCKADDR_IN = unsafe { zeroed() };
    name.sin_family = AF_INET;
    name.sin_addr.S_un.S_addr = u32::from_ne_bytes([127, 0, 0, 1]);
    name
}

fn bound(kind: i32, protocol: i32) -> (SOCKET, SOCKADDR_IN) {
    let (mut name, mut length) = (loopback(), size_of::<SOCKADDR_IN>() as i32);
    unsafe {
        let s = socket(AF_INET as i32, kind, protocol);
        assert_ne!(s, INVALID_SOCKET);
        assert_eq!(bind(s, &name as *const _ as *const SOCKADDR, length), 0);
        assert_eq!(getsockname(s, &mut name as *mut _ as *mut SOCKADDR, &mut length), 0);
        (s, name)
    }
}

fn by_message() {
    let (s, name) = bound(SOCK_DGRAM, IPPROTO_UDP);
    let (on, guid): (i32, GUID) = (1, WSAID_WSARECVMSG);
    let (mut receive, mut length): (LPFN_WSARECVMSG, u32) = (None, 0);
    unsafe {
        setsockopt(s, IPPROTO_IP, IP_PKTINFO, &on as *const i32 as *const u8, 4);
        let asked = WSAIoctl(
            s,
            SIO_GET_EXTENSION_FUNCTION_POINTER,
            &guid as *const GUID as *const _,
            size_of::<GUID>() as u32,
            &mut receive as *mut _ as *mut _,
            size_of::<LPFN_WSARECVMSG>() as u32,
            &mut length,
            null_mut(),
            None,
        );
        assert_eq!(asked, 0);
        sendto(
            s,
            b"datagram".as_ptr(),
            8,
            0,
            &name as *const _ as *const SOCKADDR,
            size_of::<SOCKADDR_IN>() as i32,
        );
        let (mut bytes, mut control, mut sender) = ([0u8; 64], [0u64; 16], loopback());
        let mut buffer = WSABUF { len: 64, buf: bytes.as_mut_ptr() };
        let mut message = WSAMSG {
            name: &mut sender as *mut _ as *mut SOCKADDR,
            namelen: size_of::<SOCKADDR_IN>() as i32,
            lpBuffers: &mut buffer,
            dwBufferCount: 1,
            Control: WSABUF { len: 128, buf: control.as_mut_ptr() as *mut u8 },
            dwFlags: 0,
        };
        let mut received = 0;
        let receive = receive.expect("the provider has WSARecvMsg");
        assert_eq!(receive(s, &mut message, &mut received, null_mut(), None), 0);
        let header = &*(control.as_ptr() as *const CMSGHDR);
        assert_eq!((header.cmsg_level, header.cmsg_type), (IPPROTO_IP, IP_PKTINFO));
        let info = &*(header as *const CMSGHDR).add(1).cast::<IN_PKTINFO>();
        let to = info.ipi_addr.S_un.S_addr.to_ne_bytes();
        println!("message: {} to {to:?}", String::from_utf8_lossy(&bytes[..received as usize]));
        closesocket(s);
    }
}

fn connected() -> (SOCKET, SOCKET) {
    let (listener, name) = bound(SOCK_STREAM, IPPROTO_TCP);
    unsafe {
        assert_eq!(listen(listener, 1), 0);
        let client = socket(AF_INET as i32, SOCK_STREAM, IPPROTO_TCP);
        let length = size_of::<SOCKADDR_IN>() as i32;
        assert_eq!(connect(client, &name as *const _ as *const SOCKADDR, length), 0);
        let server = accept(listener, null_mut(), null_mut());
        closesocket(listener);
        (client, server)
    }
}

fn begin(s: SOCKET, overlapped: &mut OVERLAPPED, bytes: &mut [u8; 16]) {
    let (buffer, mut flags) = (WSABUF { len: 16, buf: bytes.as_mut_ptr() }, 0);
    unsafe {
        assert_eq!(WSARecv(s, &buffer, 1, null_mut(), &mut flags, overlapped, None), -1);
        assert_eq!(WSAGetLastError(), WSA_IO_PENDING);
    }
}

fn by_port() {
    let (client, server) = connected();
    let (mut overlapped, mut bytes): (OVERLAPPED, _) = (unsafe { zeroed() }, [0; 16]);
    unsafe {
        let port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, null_mut(), 0, 1);
        assert_eq!(CreateIoCompletionPort(server as HANDLE, port, 7, 0), port);
        begin(server, &mut overlapped, &mut bytes);
        send(client, b"packet".as_ptr(), 6, 0);
        let (mut count, mut key, mut done) = (0, 0, null_mut());
        assert_eq!(GetQueuedCompletionStatus(port, &mut count, &mut key, &mut done, INFINITE), TRUE);
        assert!(std::ptr::eq(done, &overlapped));
        println!("port: {} for key {key}", String::from_utf8_lossy(&bytes[..count as usize]));
        closesocket(client);
        closesocket(server);
    }
}

fn by_event() {
    let (client, server) = connected();
    let (mut overlapped, mut bytes): (OVERLAPPED, _) = (unsafe { zeroed() }, [0; 16]);
    unsafe {
        overlapped.hEvent = CreateEventW(null(), TRUE, 0, w!("a receive"));
        begin(server, &mut overlapped, &mut bytes);
        send(client, b"event".as_ptr(), 5, 0);
        assert_eq!(WaitForSingleObject(overlapped.hEvent, INFINITE), WAIT_OBJECT_0);
        let (mut count, mut flags) = (0, 0);
        assert_eq!(WSAGetOverlappedResult(server, &overlapped, &mut count, 0, &mut flags), TRUE);
        println!("event: {}", String::from_utf8_lossy(&bytes[..count as usize]));
        closesocket(client);
        closesocket(server);
    }
}

/// The first socket of Rust's own has started Winsock.
fn by_std() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    let to = socket.local_addr().expect("it is bound");
    let owned = OwnedSocket::from(socket);
    let sender =
        unsafe { UdpSocket::from_raw_socket(owned.try_clone().expect("it is open").into_raw_socket()) };
    sender.send_to(b"its own", to).expect("loopback takes everything");
    let (raw, mut bytes): (RawSocket, _) = (owned.as_raw_socket(), [0u8; 4]);
    let cut = unsafe { recv(raw as SOCKET, bytes.as_mut_ptr(), 4, 0) };
    let told = unsafe { WSAGetLastError() };
    println!("std: {} and {cut} for {told}", String::from_utf8_lossy(&bytes));
}

fn main() {
    by_std();
    let mut data: WSADATA = unsafe { zeroed() };
    assert_eq!(unsafe { WSAStartup(0x0202, &mut data) }, 0);
    by_message();
    by_port();
    by_event();
    unsafe { WSACleanup() };
}
