//! Options of the way to the peer: fragments, the path's limit, who may be reached.

use super::special::{keep, kept};
use super::{get_from_host, set_on_host};
use crate::error::WsaError;
use crate::socket::connection;
use crate::socket::facts;
use crate::socket::table::Socket;
use crate::sys::At;
use crate::sys::host_option as at;
use crate::windows::consts as w;

type Value = Result<i32, WsaError>;
type Done = Result<(), WsaError>;

#[derive(Clone, Copy)]
enum Version {
    V4,
    V6,
}

impl Version {
    fn level(self) -> i32 {
        match self {
            Self::V4 => w::IPPROTO_IP,
            Self::V6 => w::IPPROTO_IPV6,
        }
    }

    fn discovery(self) -> Option<At> {
        match self {
            Self::V4 => at::DISCOVERY,
            Self::V6 => at::V6_DISCOVERY,
        }
    }
}

const DONT_FRAGMENT: i32 = w::IP_DONTFRAGMENT;
const MTU_DISCOVER: i32 = w::IP_MTU_DISCOVER;
const PROTECTION: i32 = w::IP_PROTECTION_LEVEL;
// IPv6's level has them under the same numbers.
const _: () = assert!(w::IPV6_DONTFRAG == DONT_FRAGMENT && w::IPV6_MTU_DISCOVER == MTU_DISCOVER);
const _: () = assert!(w::IPV6_PROTECTION_LEVEL == PROTECTION);

fn set_whole(socket: &Socket, value: i32, version: Version) -> Done {
    let mode = match (value != 0, socket.facts().any(facts::STREAM)) {
        (true, _) => w::IP_PMTUDISC_DO,
        (false, true) => w::IP_PMTUDISC_NOT_SET,
        (false, false) => w::IP_PMTUDISC_DONT,
    };
    set_on_host(socket, version.discovery(), at::DISCOVERY_MODES[mode as usize])?;
    keep(socket, version.level(), DONT_FRAGMENT, i32::from(value != 0));
    Ok(())
}

fn kept_number(socket: &Socket, version: Version, name: i32, unset: i32) -> Value {
    Ok(kept(socket, version.level(), name).unwrap_or(unset))
}

pub(super) fn dont_fragment(socket: &Socket) -> Value {
    kept_number(socket, Version::V4, DONT_FRAGMENT, 0)
}

pub(super) fn set_dont_fragment(socket: &Socket, value: i32) -> Done {
    set_whole(socket, value, Version::V4)
}

pub(super) fn dont_fragment_v6(socket: &Socket) -> Value {
    kept_number(socket, Version::V6, DONT_FRAGMENT, 0)
}

pub(super) fn set_dont_fragment_v6(socket: &Socket, value: i32) -> Done {
    set_whole(socket, value, Version::V6)
}

fn set_mode(socket: &Socket, value: i32, version: Version) -> Done {
    let mode = usize::try_from(value).ok().and_then(|mode| at::DISCOVERY_MODES.get(mode));
    let mode = *mode.ok_or(WsaError::WSAEINVAL)?;
    set_on_host(socket, version.discovery(), mode)?;
    keep(socket, version.level(), MTU_DISCOVER, value);
    Ok(())
}

pub(super) fn discovery(socket: &Socket) -> Value {
    kept_number(socket, Version::V4, MTU_DISCOVER, w::IP_PMTUDISC_NOT_SET)
}

pub(super) fn set_discovery(socket: &Socket, value: i32) -> Done {
    set_mode(socket, value, Version::V4)
}

pub(super) fn discovery_v6(socket: &Socket) -> Value {
    kept_number(socket, Version::V6, MTU_DISCOVER, w::IP_PMTUDISC_NOT_SET)
}

pub(super) fn set_discovery_v6(socket: &Socket, value: i32) -> Done {
    set_mode(socket, value, Version::V6)
}

/// A path needs a peer (F274).
fn path(socket: &Socket, at: Option<At>) -> Value {
    if !connection::settle(socket).any(facts::CONNECTED) {
        return Err(WsaError::WSAENOTCONN);
    }
    get_from_host(socket, at)
}

pub(super) fn path_mtu(socket: &Socket) -> Value {
    path(socket, at::PATH_MTU)
}

pub(super) fn path_mtu_v6(socket: &Socket) -> Value {
    path(socket, at::V6_PATH_MTU)
}

/// PROTECTION_LEVEL_EDGERESTRICTED: what Windows starts with. The hosts have no such thing.
const EDGE_RESTRICTED: i32 = 20;

fn set_protection_level(socket: &Socket, value: i32, version: Version) -> Done {
    let level = match value {
        -1 => EDGE_RESTRICTED,
        10 | 20 | 30 => value,
        _ => return Err(WsaError::WSAEINVAL),
    };
    keep(socket, version.level(), PROTECTION, level);
    Ok(())
}

pub(super) fn protection(socket: &Socket) -> Value {
    kept_number(socket, Version::V4, PROTECTION, EDGE_RESTRICTED)
}

pub(super) fn set_protection(socket: &Socket, value: i32) -> Done {
    set_protection_level(socket, value, Version::V4)
}

pub(super) fn protection_v6(socket: &Socket) -> Value {
    kept_number(socket, Version::V6, PROTECTION, EDGE_RESTRICTED)
}

pub(super) fn set_protection_v6(socket: &Socket, value: i32) -> Done {
    set_protection_level(socket, value, Version::V6)
}
