//! A layer written in Rust sees every entry, and by which function of Winsock's the program called it.

use std::ptr::{null, null_mut};
use std::sync::{Arc, Mutex};

use openws2::Win32::Foundation::HANDLE;
use openws2::Win32::Networking::WinSock::*;
use openws2::Win32::System::IO::OVERLAPPED;
use openws2::core::BOOL;
use openws2::error::WsaError;
use openws2::spi::{self, Layer, Next, called_as, install};

/// The entries that were called, each with the function that the program called.
#[derive(Clone, Default)]
struct Sees(Arc<Mutex<Vec<(&'static str, &'static str)>>>);

macro_rules! entries {
    ($($method:ident $call:ident $value:ty;)*) => {
        // SAFETY: passes each call on as it came.
        unsafe impl Layer for Sees {
            $(
                unsafe fn $method(&self, next: &Next<'_>, call: spi::$call) -> Result<$value, WsaError> {
                    self.0.lock().unwrap().push((stringify!($method), called_as()));
                    unsafe { next.$method(call) }
                }
            )*
        }
    };
}

entries! {
    accept Accept SOCKET;
    address_to_string AddressToString i32;
    async_select AsyncSelect i32;
    bind Bind i32;
    cancel_blocking_call CancelBlockingCall i32;
    cleanup Cleanup i32;
    close_socket CloseSocket i32;
    connect Connect i32;
    duplicate_socket DuplicateSocket i32;
    enum_network_events EnumNetworkEvents i32;
    event_select EventSelect i32;
    get_overlapped_result GetOverlappedResult BOOL;
    get_peer_name GetPeerName i32;
    get_sock_name GetSockName i32;
    get_sock_opt GetSockOpt i32;
    ioctl Ioctl i32;
    join_leaf JoinLeaf SOCKET;
    listen Listen i32;
    recv Recv i32;
    recv_disconnect RecvDisconnect i32;
    recv_from RecvFrom i32;
    select Select i32;
    send Send i32;
    send_disconnect SendDisconnect i32;
    send_to SendTo i32;
    set_sock_opt SetSockOpt i32;
    shutdown Shutdown i32;
    socket Socket SOCKET;
    string_to_address StringToAddress i32;
    recv_msg RecvMsg i32;
    send_msg SendMsg i32;
    accept_ex AcceptEx BOOL;
    connect_ex ConnectEx BOOL;
    disconnect_ex DisconnectEx BOOL;
}

impl Sees {
    /// Runs a call, and wants it to have come by as this entry.
    #[track_caller]
    fn sees<T>(&self, entry: &'static str, function: &'static str, call: impl FnOnce() -> T) -> T {
        self.0.lock().unwrap().clear();
        let value = call();
        let seen = self.0.lock().unwrap();
        assert!(seen.contains(&(entry, function)), "{function} was {seen:?}");
        value
    }
}

/// The pointer to an extension function, for whichever type it has.
fn extension<F: Copy>(s: SOCKET, name: openws2::core::GUID) -> F {
    let (mut address, mut returned) = (0usize, 0);
    let code = SIO_GET_EXTENSION_FUNCTION_POINTER;
    let (from, to) = ((&raw const name).cast(), (&raw mut address).cast());
    assert_eq!(unsafe { WSAIoctl(s, code, from, 16, to, 8, &mut returned, null_mut(), None) }, 0);
    assert_ne!(address, 0);
    unsafe { std::mem::transmute_copy(&address) }
}

#[test]
fn a_layer_sees_every_entry_and_by_what_it_was_called() {
    let sees = Sees::default();
    unsafe {
        assert_eq!(WSAStartup(0x0202, &mut WSADATA::default()), 0);
        let layer = install("sees", sees.clone()).unwrap();

        let tcp = || socket(AF_INET.into(), SOCK_STREAM, 0);
        let listener = sees.sees("socket", "socket", tcp);
        let wide = || WSASocketW(AF_INET.into(), SOCK_STREAM, 0, null(), 0, WSA_FLAG_OVERLAPPED);
        let local = sees.sees("socket", "WSASocket", wide);
        let mut name = SOCKADDR_IN { sin_family: AF_INET, ..Default::default() };
        name.sin_addr.S_un.S_addr = u32::from_ne_bytes([127, 0, 0, 1]);
        let to: *mut SOCKADDR = (&raw mut name).cast();
        let mut length = size_of::<SOCKADDR_IN>() as i32;
        let room = length;
        assert_eq!(sees.sees("bind", "bind", || bind(listener, to, length)), 0);
        assert_eq!(sees.sees("get_sock_name", "getsockname", || getsockname(listener, to, &mut length)), 0);
        assert_eq!(sees.sees("listen", "listen", || listen(listener, 1)), 0);
        assert_eq!(sees.sees("connect", "connect", || connect(local, to, room)), 0);
        let peer = sees.sees("accept", "accept", || accept(listener, null_mut(), null_mut()));
        assert_eq!(sees.sees("get_peer_name", "getpeername", || getpeername(local, to, &mut length)), 0);

        let mut buffer = [0u8; 8];
        let (part, mut count, mut flags) = (WSABUF { len: 8, buf: buffer.as_mut_ptr() }, 0, 0);
        assert_eq!(sees.sees("send", "send", || send(peer, c"hello".as_ptr().cast(), 5, 0)), 5);
        let mut set = FD_SET { fd_count: 1, ..Default::default() };
        set.fd_array[0] = local;
        let waits =
            || openws2::Win32::Networking::WinSock::select(0, &mut set, null_mut(), null_mut(), null());
        assert_eq!(sees.sees("select", "select", waits), 1);
        let mut some = [0u8; 2];
        assert_eq!(sees.sees("recv", "recv", || recv(local, some.as_mut_ptr(), 2, 0)), 2);
        let rest = || WSARecv(local, &part, 1, &mut count, &mut flags, null_mut(), None);
        assert_eq!(sees.sees("recv", "WSARecv", rest), 0);
        assert_eq!((&some, count, &buffer[..3]), (b"he", 3, &b"llo"[..]));
        let over = OVERLAPPED::default();
        let ended = || WSAGetOverlappedResult(local, &over, &mut count, 0, &mut flags);
        sees.sees("get_overlapped_result", "WSAGetOverlappedResult", ended);

        let (mut value, mut size) = (1i32, 4);
        let at: *mut u8 = (&raw mut value).cast();
        sees.sees("set_sock_opt", "setsockopt", || setsockopt(local, SOL_SOCKET, SO_KEEPALIVE, at, 4));
        sees.sees("get_sock_opt", "getsockopt", || getsockopt(local, SOL_SOCKET, SO_TYPE, at, &mut size));
        let mut queued = 0;
        sees.sees("ioctl", "ioctlsocket", || ioctlsocket(local, FIONREAD, &mut queued));
        sees.sees("event_select", "WSAEventSelect", || WSAEventSelect(local, 0, 0));
        let mut events = WSANETWORKEVENTS::default();
        let told = || WSAEnumNetworkEvents(local, 0, &mut events);
        assert_eq!(sees.sees("enum_network_events", "WSAEnumNetworkEvents", told), 0);
        sees.sees("async_select", "WSAAsyncSelect", || WSAAsyncSelect(local, null_mut(), 0, 0));
        let mut record = WSAPROTOCOL_INFOW::default();
        let twin = || WSADuplicateSocketW(local, std::process::id(), &mut record);
        assert_eq!(sees.sees("duplicate_socket", "WSADuplicateSocket", twin), 0);
        let (mut text, mut units) = ([0u16; 32], 32);
        let written = || WSAAddressToStringW(to, room as u32, null(), text.as_mut_ptr(), &mut units);
        assert_eq!(sees.sees("address_to_string", "WSAAddressToString", written), 0);
        let read = || WSAStringToAddressW(text.as_ptr(), AF_INET.into(), null(), to, &mut length);
        assert_eq!(sees.sees("string_to_address", "WSAStringToAddress", read), 0);
        sees.sees("cancel_blocking_call", "WSACancelBlockingCall", || WSACancelBlockingCall());

        let udp = socket(AF_INET.into(), SOCK_DGRAM, 0);
        name.sin_port = 0;
        let to: *mut SOCKADDR = (&raw mut name).cast();
        bind(udp, to, room);
        getsockname(udp, to, &mut length);
        assert_eq!(sees.sees("send_to", "sendto", || sendto(udp, buffer.as_ptr(), 3, 0, to, room)), 3);
        let from = || recvfrom(udp, buffer.as_mut_ptr(), 8, 0, null_mut(), null_mut());
        assert_eq!(sees.sees("recv_from", "recvfrom", from), 3);
        let join = || WSAJoinLeaf(udp, to, room, null(), null_mut(), null(), null(), JL_BOTH);
        assert_eq!(sees.sees("join_leaf", "WSAJoinLeaf", join), INVALID_SOCKET);

        type ReceivesMessage = unsafe extern "system" fn(
            SOCKET,
            *mut WSAMSG,
            *mut u32,
            *mut OVERLAPPED,
            LPWSAOVERLAPPED_COMPLETION_ROUTINE,
        ) -> i32;
        type SendsMessage = unsafe extern "system" fn(
            SOCKET,
            *const WSAMSG,
            u32,
            *mut u32,
            *mut OVERLAPPED,
            LPWSAOVERLAPPED_COMPLETION_ROUTINE,
        ) -> i32;
        type Connects = unsafe extern "system" fn(
            SOCKET,
            *const SOCKADDR,
            i32,
            HANDLE,
            u32,
            *mut u32,
            *mut OVERLAPPED,
        ) -> BOOL;
        type Disconnects = unsafe extern "system" fn(SOCKET, *mut OVERLAPPED, u32, u32) -> BOOL;
        let receives: ReceivesMessage = extension(udp, WSAID_WSARECVMSG);
        sees.sees("recv_msg", "WSARecvMsg", || receives(udp, null_mut(), null_mut(), null_mut(), None));
        let mut part = WSABUF { len: 3, buf: buffer.as_mut_ptr() };
        let message = WSAMSG {
            name: to,
            namelen: room,
            lpBuffers: &raw mut part,
            dwBufferCount: 1,
            ..WSAMSG::default()
        };
        let sends: SendsMessage = extension(udp, WSAID_WSASENDMSG);
        let by_pointer = || sends(udp, &raw const message, 0, &mut count, null_mut(), None);
        assert_eq!(sees.sees("send_msg", "WSASendMsg", by_pointer), 0);
        let sent = &raw mut count;
        let by_name = || WSASendMsg(udp, &raw const message, 0, sent, null_mut(), None);
        assert_eq!((sees.sees("send_msg", "WSASendMsg", by_name), count), (0, 3));
        // The provider was asked once where its function is.
        assert_eq!(sees.sees("send_msg", "WSASendMsg", by_name), 0);
        assert_eq!(*sees.0.lock().unwrap(), [("send_msg", "WSASendMsg")]);
        assert_eq!(WSASendMsg(INVALID_SOCKET, &raw const message, 0, &mut count, null_mut(), None), -1);
        assert_eq!(WSAGetLastError(), WSAENOTSOCK);
        let connects: Connects = extension(local, WSAID_CONNECTEX);
        sees.sees("connect_ex", "ConnectEx", || {
            connects(local, to, 0, null_mut(), 0, null_mut(), null_mut())
        });
        let disconnects: Disconnects = extension(local, WSAID_DISCONNECTEX);
        sees.sees("disconnect_ex", "DisconnectEx", || disconnects(udp, null_mut(), 0, 0));
        let accepts = || AcceptEx(listener, udp, null_mut(), 0, 0, 0, null_mut(), null_mut());
        sees.sees("accept_ex", "AcceptEx", accepts);

        assert_eq!(sees.sees("recv_disconnect", "WSARecvDisconnect", || WSARecvDisconnect(peer, null())), 0);
        assert_eq!(sees.sees("send_disconnect", "WSASendDisconnect", || WSASendDisconnect(peer, null())), 0);
        assert_eq!(sees.sees("shutdown", "shutdown", || shutdown(local, SD_SEND)), 0);
        assert_eq!(sees.sees("close_socket", "closesocket", || closesocket(local)), 0);
        sees.sees("cleanup", "WSACleanup", || assert_eq!(WSACleanup(), 0));
        drop(layer);
    }
}
