//! Socket options: which there are, what a call's length does to them, and what becomes of their values.
//!
//! The options themselves are the rows of [`table`]; here are the rules that they share. Pointers are the
//! border's business.

mod multicast;
pub(crate) use multicast::join_group;
mod path;
mod special;
mod table;
mod tells;
mod udp;

use std::cell::Cell;

pub(super) use self::special::set_keep_alive_times;
use self::table::{How, Row, Shape};
pub(crate) use self::tells::tell_destinations;
pub(crate) use self::udp::send_size;
use super::catalog::Provider;
use super::lifecycle::code_of;
use super::table::Socket;
use crate::error::WsaError;
use crate::platform::Operation;
use crate::sys::{self, At, Errno};

thread_local! {
    static OPEN_TYPE: Cell<i32> = const { Cell::new(0) };
}

/// SO_OPENTYPE of the calling thread: what kind of handle `socket` makes. 0 is one for overlapped use (F010).
pub(crate) fn open_type() -> i32 {
    OPEN_TYPE.with(Cell::get)
}

/// What getsockopt writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Answer {
    pub(crate) result: Result<(), WsaError>,
    bytes: [u8; 4],
    /// How many of the bytes the caller gets. Windows clears short buffers of some options that it refuses.
    written: usize,
    /// The length that the caller reads afterwards, where it changes.
    pub(crate) length: Option<i32>,
}

impl Answer {
    fn refused(code: WsaError) -> Self {
        Self { result: Err(code), bytes: [0; 4], written: 0, length: None }
    }

    fn of(value: i32, written: usize, length: i32) -> Self {
        Self { result: Ok(()), bytes: value.to_le_bytes(), written, length: Some(length) }
    }

    /// The bytes for the caller, who has room for them.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.written]
    }
}

/// getsockopt, for a caller with room for `len` bytes.
pub(crate) fn get(socket: &Socket, level: i32, name: i32, len: i32) -> Answer {
    let row = match find(socket.facts().provider(), level, name) {
        Ok(row) => row,
        Err(code) => return Answer::refused(code),
    };
    if let Some(refusal) = row.shape.refuses_get(len) {
        return refusal;
    }
    match row.value(socket) {
        Ok(value) => row.shape.answer(value, len),
        Err(code) => Answer::refused(code),
    }
}

/// A setsockopt whose option and length are good, short of its value.
pub(crate) struct Setting {
    row: &'static Row,
    /// How many of the caller's bytes count.
    pub(crate) length: usize,
}

/// The first half of setsockopt: what is to be read.
pub(crate) fn prepare(socket: &Socket, level: i32, name: i32, len: i32) -> Result<Setting, WsaError> {
    let row = find(socket.facts().provider(), level, name)?;
    let length = row.shape.length_to_set(len)?;
    Ok(Setting { row, length })
}

impl Setting {
    /// The second half: the bytes are as many as were asked for.
    pub(crate) fn apply(&self, socket: &Socket, bytes: &[u8]) -> Result<(), WsaError> {
        let row = self.row;
        let value = row.shape.value(bytes);
        match row.how {
            How::Kept(_) => {
                row.keep(socket, value);
                Ok(())
            }
            How::Host(at) => set_on_host(socket, at, value),
            How::Told(at, _) => {
                set_on_host(socket, at, value)?;
                row.keep(socket, value);
                Ok(())
            }
            How::Tells(fact) => tells::set(socket, fact, value != 0),
            How::Calls(_, set) => set(socket, value),
            How::Given(set) => set(socket, bytes),
        }
    }
}

impl Row {
    fn value(&self, socket: &Socket) -> Result<i32, WsaError> {
        match self.how {
            How::Kept(unset) | How::Told(_, unset) => Ok(self.kept(socket).unwrap_or(unset)),
            How::Host(at) => get_from_host(socket, at),
            How::Tells(fact) => Ok(tells::get(socket, fact)),
            How::Calls(get, _) => get(socket),
            How::Given(_) => Err(WsaError::WSAENOPROTOOPT),
        }
    }

    fn kept(&self, socket: &Socket) -> Option<i32> {
        socket.read_rare(|rare| rare.option(self.level, self.name))
    }

    fn keep(&self, socket: &Socket, value: i32) {
        socket.with_rare(|rare| rare.set_option(self.level, self.name, value));
    }
}

/// The option of this socket, or why there is none: the level, the option, the kind of socket.
fn find(provider: &Provider, level: i32, name: i32) -> Result<&'static Row, WsaError> {
    let kind = table::kind(provider);
    if !table::has_level(kind, level) {
        return Err(WsaError::WSAEINVAL);
    }
    let row = table::row(level, name).ok_or(WsaError::WSAENOPROTOOPT)?;
    if row.kinds & kind == 0 { Err(row.elsewhere) } else { Ok(row) }
}

fn failure(socket: &Socket, errno: Errno) -> WsaError {
    code_of(errno, Operation::Option, socket.facts().provider())
}

fn get_from_host(socket: &Socket, at: Option<At>) -> Result<i32, WsaError> {
    sys::get_at(socket.fd(), at).map_err(|errno| failure(socket, errno))
}

fn set_on_host(socket: &Socket, at: Option<At>, value: i32) -> Result<(), WsaError> {
    sys::set_at(socket.fd(), at, value).map_err(|errno| failure(socket, errno))
}

/// SO_OPENTYPE, which needs no socket: read (F266, F270).
pub(crate) fn get_open_type(len: i32) -> Answer {
    match Shape::Integer.refuses_get(len) {
        Some(refusal) if len >= 0 => refusal,
        _ => Answer::of(open_type(), 4, 4),
    }
}

/// How many bytes a set of SO_OPENTYPE reads.
pub(crate) fn length_of_open_type(len: i32) -> Result<usize, WsaError> {
    Shape::Integer.length_to_set(len)
}

pub(crate) fn set_open_type(bytes: &[u8]) {
    OPEN_TYPE.with(|slot| slot.set(Shape::Integer.value(bytes)));
}

impl Shape {
    /// Why nothing can be read into `len` bytes (F265–F271).
    fn refuses_get(self, len: i32) -> Option<Answer> {
        let refused = Answer::refused(WsaError::WSAEFAULT);
        match self {
            _ if len <= 0 => Some(refused),
            Self::Flag | Self::ByteFlag | Self::Small => None,
            _ if len >= 4 => None,
            Self::Size | Self::Linger => Some(Answer { written: len as usize, ..refused }),
            Self::ProtocolFlag | Self::ProtocolInteger => Some(Answer { length: Some(0), ..refused }),
            Self::Integer | Self::Struct(_) | Self::Nothing => Some(refused),
        }
    }

    /// A value as the caller's room shows it.
    fn answer(self, value: i32, len: i32) -> Answer {
        let room = len.clamp(1, 4) as usize;
        match self {
            Self::Flag if room < 4 => Answer::of(value, room, 1),
            // The upper bytes are cleared so that a BOOL of the caller's reads right.
            Self::ByteFlag => Answer::of(value, room, 1),
            Self::Small if room < 4 => Answer::of(value, 1, 1),
            _ => Answer::of(value, 4, 4),
        }
    }

    /// How many of `len` bytes a set reads (F266, F268–F271).
    fn length_to_set(self, len: i32) -> Result<usize, WsaError> {
        let whole = |size: usize| match usize::try_from(len) {
            Ok(len) if len >= size => Ok(size),
            Ok(_) => Err(WsaError::WSAEFAULT),
            Err(_) => Err(WsaError::WSAENOBUFS),
        };
        match self {
            Self::Nothing => Ok(0),
            // Here a negative length is a large one.
            Self::Flag => Ok((len as u32).min(4) as usize),
            Self::Integer | Self::Size | Self::Linger if len < 0 => Ok(4),
            Self::Integer | Self::Size | Self::Linger => whole(4),
            Self::ByteFlag => whole(1),
            Self::Small if len >= 4 => Ok(4),
            Self::Small => whole(1),
            Self::ProtocolFlag | Self::ProtocolInteger => whole(4),
            Self::Struct(size) => whole(size),
        }
    }

    /// The value behind the bytes that a set has read.
    fn value(self, bytes: &[u8]) -> i32 {
        let mut whole = [0; 4];
        let len = bytes.len().min(4);
        whole[..len].copy_from_slice(&bytes[..len]);
        let value = i32::from_le_bytes(whole);
        match self {
            Self::Flag | Self::ByteFlag | Self::ProtocolFlag => i32::from(value != 0),
            _ => value,
        }
    }
}

#[cfg(test)]
mod tests;
