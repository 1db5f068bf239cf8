//! What there is to know of an exported function whose call comes to no provider: its name, its word, its failure.

use super::words::{self, Categories};
use crate::windows::consts::{INVALID_SOCKET, SOCKET_ERROR};

/// A function as programs call it.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) category: Categories,
    /// What it returns when it fails: its name and its number.
    pub(super) failed: (&'static str, i64),
}

impl Function {
    pub(super) fn named(name: &'static str) -> Self {
        let failed = match name {
            "socket" | "WSASocketA" | "WSASocketW" | "accept" | "WSAAccept" | "WSAJoinLeaf" => {
                ("INVALID_SOCKET", INVALID_SOCKET as i64)
            }
            "WSAGetOverlappedResult" => ("FALSE", 0),
            _ => ("SOCKET_ERROR", i64::from(SOCKET_ERROR)),
        };
        Self { name, category: category(name), failed }
    }

    /// The function that has this body: `recv` of `openws2::ffi::winsock::receive::recv::{{closure}}`.
    pub(super) fn of_body(body: &'static str) -> Self {
        let path = body.split("::{{closure}}").next().unwrap_or(body);
        let path = path.split('<').next().unwrap_or(path).trim_end_matches(':');
        let name = path.rsplit("::").next().unwrap_or(path);
        // Functions of two bodies, for hosts whose types have another width.
        let name = name.strip_suffix("_w32").or_else(|| name.strip_suffix("_c")).unwrap_or(name);
        Self::named(name)
    }
}

fn category(name: &str) -> Categories {
    match name {
        "recv" | "recvfrom" | "WSARecv" | "WSARecvFrom" | "WSARecvEx" | "WSARecvDisconnect" => words::RECV,
        "send" | "sendto" | "WSASend" | "WSASendTo" | "WSASendDisconnect" => words::SEND,
        "accept" | "WSAAccept" | "bind" | "connect" | "WSAConnect" | "listen" | "shutdown"
        | "closesocket" | "WSAJoinLeaf" | "getsockname" | "getpeername" => words::CONNECT,
        "socket" | "WSASocketA" | "WSASocketW" | "WSADuplicateSocketA" | "WSADuplicateSocketW" => {
            words::SOCKET
        }
        "getsockopt" | "setsockopt" => words::OPTIONS,
        "ioctlsocket" | "WSAIoctl" => words::IOCTL,
        "select" | "WSAEventSelect" | "WSAAsyncSelect" | "WSAEnumNetworkEvents" => words::EVENTS,
        "WSAGetOverlappedResult" => words::OVERLAPPED,
        "WSAStringToAddressA" | "WSAStringToAddressW" | "WSAAddressToStringA" | "WSAAddressToStringW" => {
            words::NAMES
        }
        _ => words::ALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_named_by_their_bodies() {
        let name = |body| Function::of_body(body).name;
        assert_eq!(name("openws2::ffi::winsock::receive::recv::{{closure}}"), "recv");
        assert_eq!(name("a::sockets::WSASocketW_w32::{{closure}}"), "WSASocketW");
        assert_eq!(name("a::getsockopt::<u16>::{{closure}}"), "getsockopt");
        assert_eq!(name("a::select::select_c::{{closure}}"), "select");
    }

    #[test]
    fn functions_have_their_words_and_their_failures() {
        let of = |name| (Function::named(name).category, Function::named(name).failed);
        assert_eq!(of("select"), (words::EVENTS, ("SOCKET_ERROR", -1)));
        assert_eq!(of("accept"), (words::CONNECT, ("INVALID_SOCKET", -1)));
        assert_eq!(of("WSAGetOverlappedResult"), (words::OVERLAPPED, ("FALSE", 0)));
    }
}
