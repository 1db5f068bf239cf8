//! The rooms that receives fill: what they are to Windows, and what becomes of them afterwards.
#![allow(unsafe_code)] // Tells buffers that memory behind their length has been filled.

use std::convert::identity;
use std::io::{IoSlice, IoSliceMut};
use std::marker::PhantomData;
use std::mem::MaybeUninit;

use bytes::{Bytes, BytesMut};

use crate::Win32::Networking::WinSock::WSABUF;
use crate::error::WsaError;

/// Somewhere to receive into: a slice, or what a `BytesMut` has spare behind its length.
///
/// A slice is filled from its beginning, and an empty one is what Windows has as a zero-length receive. A
/// `BytesMut` grows by what came and is never moved; one without spare capacity is refused with WSAEINVAL, as
/// a receive into nothing would lose a datagram, and look as if a stream had brought nothing.
///
/// A `Vec<u8>` is none: `vec![0; 1500]` has its bytes in front of its length, and `Vec::with_capacity(1500)`
/// behind. `&mut vec[..]` is the former.
///
/// ```compile_fail,E0277
/// # use openws2::net::{RecvFlags, Socket};
/// # fn receive(socket: &Socket) {
/// let _ = socket.recv(&mut vec![0; 1500], RecvFlags::NONE);
/// # }
/// ```
/// ```
/// # use openws2::net::{RecvFlags, Socket};
/// # fn receive(socket: &Socket) {
/// let _ = socket.recv(&mut vec![0; 1500][..], RecvFlags::NONE);
/// # }
/// ```
///
/// ```
/// # use openws2::net::{Family, Kind, Protocol, RecvFlags, Socket};
/// # let socket = Socket::new(Family::INET, Kind::DATAGRAM, Protocol::UDP)?;
/// # socket.bind(([127, 0, 0, 1], 0).into())?;
/// # let send = |text: &[u8]| socket.send_to(text, socket.local_addr().unwrap(), Default::default());
/// # (send(b"one")?, send(b"two")?);
/// let mut gathered = bytes::BytesMut::with_capacity(100);
/// let first = socket.recv(&mut gathered, RecvFlags::NONE)?;
/// let second = socket.recv(&mut gathered, RecvFlags::NONE)?;
/// assert_eq!((first.bytes(), second.bytes(), &gathered[..]), (3, 3, &b"onetwo"[..]));
/// # Ok::<(), openws2::error::WsaError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no room to receive into",
    label = "neither a slice of bytes nor a `BytesMut`",
    note = "`&mut v[..]` has the bytes that a `Vec<u8>` holds already overwritten; a `BytesMut` has what comes appended"
)]
pub trait Room: sealed::Room {}

/// What an overlapped receive owns while it pends, and gives back when it has ended.
///
/// `Vec<u8>` and `BytesMut` are filled behind their length, and grow by what came: one without spare
/// capacity, such as `vec![0; 1500]`, is refused with WSAEINVAL. `Box<[u8]>` is filled from its beginning,
/// and an empty one is what Windows has as a zero-length receive.
pub trait Buffer: sealed::Buffer + Sized + Send + 'static {}

impl Room for [u8] {}
impl<const N: usize> Room for [u8; N] {}
impl Room for BytesMut {}

/// What an overlapped send owns while it pends, and gives back when it has ended: all that it holds is sent.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept while it is sent",
    note = "a send owns `Vec<u8>`, `Bytes`, `BytesMut`, `Box<[u8]>` or `&'static [u8]`"
)]
pub trait Source: sealed::Source + Sized + Send + 'static {}

impl Source for Vec<u8> {}
impl Source for Bytes {}
impl Source for BytesMut {}
impl Source for Box<[u8]> {}
impl Source for &'static [u8] {}

impl Buffer for Vec<u8> {}
impl Buffer for BytesMut {}
impl Buffer for Box<[u8]> {}

pub(in crate::net) mod sealed {
    /// Memory that may be written.
    pub trait Room {
        /// Whether it is filled behind its length. Then no space at all is a mistake, and nobody's wish.
        const GROWS: bool = false;

        /// Where it begins, and how many bytes it has. Stays there until the room is used otherwise.
        fn space(&mut self) -> (*mut u8, usize);

        /// # Safety
        /// The first `count` bytes of the space have been written.
        unsafe fn filled(&mut self, count: usize);
    }

    /// A room whose memory stays where it is, and may be written, while the value that owns it is moved. No `Box`,
    /// which is taken to be alone with its memory when it is moved.
    pub trait Stays: Room {}

    /// What can own bytes for the time of a send.
    pub trait Source {
        /// What owns the memory meanwhile; its space is only read.
        type Held: Stays + Send;

        fn hold(self) -> Self::Held;
        fn release(held: Self::Held) -> Self;
    }

    /// What can own a room for the time of an operation.
    pub trait Buffer {
        /// What owns the memory meanwhile.
        type Parked: Stays + Send;

        fn park(self) -> Self::Parked;
        fn unpark(parked: Self::Parked) -> Self;
    }
}

impl sealed::Room for [u8] {
    fn space(&mut self) -> (*mut u8, usize) {
        (self.as_mut_ptr(), self.len())
    }

    unsafe fn filled(&mut self, _: usize) {}
}

impl<const N: usize> sealed::Room for [u8; N] {
    fn space(&mut self) -> (*mut u8, usize) {
        (self.as_mut_ptr(), N)
    }

    unsafe fn filled(&mut self, _: usize) {}
}

impl sealed::Room for [MaybeUninit<u8>] {
    fn space(&mut self) -> (*mut u8, usize) {
        (self.as_mut_ptr().cast(), self.len())
    }

    unsafe fn filled(&mut self, _: usize) {}
}

impl sealed::Room for Vec<u8> {
    const GROWS: bool = true;

    fn space(&mut self) -> (*mut u8, usize) {
        let spare = self.spare_capacity_mut();
        (spare.as_mut_ptr().cast(), spare.len())
    }

    unsafe fn filled(&mut self, count: usize) {
        // SAFETY: the caller's promise; the space lies behind the length.
        unsafe { self.set_len(self.len() + count) };
    }
}

impl sealed::Room for BytesMut {
    const GROWS: bool = true;

    fn space(&mut self) -> (*mut u8, usize) {
        let spare = self.spare_capacity_mut();
        (spare.as_mut_ptr().cast(), spare.len())
    }

    unsafe fn filled(&mut self, count: usize) {
        // SAFETY: the caller's promise; the space lies behind the length.
        unsafe { self.set_len(self.len() + count) };
    }
}

/// A `Box<[u8]>` while an operation has it.
pub struct Boxed(Vec<u8>);

impl sealed::Room for Boxed {
    fn space(&mut self) -> (*mut u8, usize) {
        (self.0.as_mut_ptr(), self.0.len())
    }

    unsafe fn filled(&mut self, _: usize) {}
}

/// Bytes that are sent: their space is for reading, and nothing is filled.
pub struct Readable<S>(S);

macro_rules! sources {
    ($($source:ty as $held:ty, $hold:expr, $release:expr;)*) => {$(
        impl sealed::Source for $source {
            type Held = Readable<$held>;

            fn hold(self) -> Self::Held {
                Readable($hold(self))
            }

            fn release(held: Self::Held) -> Self {
                $release(held.0)
            }
        }
    )*};
}

sources! {
    Vec<u8> as Self, identity, identity;
    Bytes as Self, identity, identity;
    BytesMut as Self, identity, identity;
    &'static [u8] as Self, identity, identity;
    Box<[u8]> as Vec<u8>, <[u8]>::into_vec, Vec::into_boxed_slice;
}

impl<S: AsRef<[u8]>> sealed::Room for Readable<S> {
    fn space(&mut self) -> (*mut u8, usize) {
        let bytes = self.0.as_ref();
        (bytes.as_ptr().cast_mut(), bytes.len())
    }

    unsafe fn filled(&mut self, _: usize) {}
}

impl sealed::Stays for Readable<Vec<u8>> {}
impl sealed::Stays for Readable<Bytes> {}
impl sealed::Stays for Readable<BytesMut> {}
impl sealed::Stays for Readable<&'static [u8]> {}
impl sealed::Stays for Vec<u8> {}
impl sealed::Stays for BytesMut {}
impl sealed::Stays for Boxed {}

impl sealed::Buffer for Vec<u8> {
    type Parked = Self;

    fn park(self) -> Self {
        self
    }

    fn unpark(parked: Self) -> Self {
        parked
    }
}

impl sealed::Buffer for BytesMut {
    type Parked = Self;

    fn park(self) -> Self {
        self
    }

    fn unpark(parked: Self) -> Self {
        parked
    }
}

impl sealed::Buffer for Box<[u8]> {
    type Parked = Boxed;

    fn park(self) -> Boxed {
        Boxed(self.into_vec())
    }

    fn unpark(parked: Boxed) -> Self {
        parked.0.into_boxed_slice()
    }
}

/// What is to be filled; WSAEINVAL if that is what is spare of something that is full.
pub(super) fn space_of<R: sealed::Room + ?Sized>(room: &mut R) -> Result<(*mut u8, usize), WsaError> {
    match room.space() {
        (_, 0) if R::GROWS => Err(WsaError::WSAEINVAL),
        space => Ok(space),
    }
}

/// The most that one WSABUF is given: counts are signed in places.
const MOST: usize = i32::MAX as usize;

pub(super) fn wsabuf(start: *mut u8, length: usize) -> WSABUF {
    WSABUF { len: length.min(MOST) as u32, buf: start }
}

/// How many buffers need no memory for their list.
const FEW: usize = 8;

/// Several buffers as Windows wants them; few of them need no memory.
pub(in crate::net) struct Buffers<'a> {
    few: [WSABUF; FEW],
    many: Vec<WSABUF>,
    count: usize,
    room: usize,
    borrowed: PhantomData<&'a mut [u8]>,
}

impl<'a> Buffers<'a> {
    fn of(parts: impl ExactSizeIterator<Item = (*mut u8, usize)>) -> Self {
        let few = [wsabuf(std::ptr::null_mut(), 0); FEW];
        let mut buffers = Self { few, many: Vec::new(), count: 0, room: 0, borrowed: PhantomData };
        if parts.len() > FEW {
            buffers.many.reserve_exact(parts.len());
        }
        let is_few = parts.len() <= FEW;
        for (start, length) in parts {
            let part = wsabuf(start, length);
            match is_few {
                true => buffers.few[buffers.count] = part,
                false => buffers.many.push(part),
            }
            buffers.count += 1;
            buffers.room = buffers.room.saturating_add(part.len as usize);
            // What lies behind a part that is cut short does not follow what is sent or received.
            if (part.len as usize) < length {
                break;
            }
        }
        buffers
    }

    /// The one buffer that a room is.
    pub(in crate::net) fn one<R: sealed::Room + ?Sized>(room: &'a mut R) -> Result<Self, WsaError> {
        Ok(Self::of([space_of(room)?].into_iter()))
    }

    pub(in crate::net) fn scattered(slices: &'a mut [IoSliceMut<'_>]) -> Self {
        Self::of(slices.iter_mut().map(|slice| (slice.as_mut_ptr(), slice.len())))
    }

    /// To be read only.
    pub(super) fn gathered(slices: &'a [IoSlice<'_>]) -> Self {
        Self::of(slices.iter().map(|slice| (slice.as_ptr().cast_mut(), slice.len())))
    }

    pub(super) fn list(&self) -> &[WSABUF] {
        if self.many.is_empty() { &self.few[..self.count] } else { &self.many }
    }

    /// How many bytes there is room for.
    pub(in crate::net) fn room(&self) -> usize {
        self.room
    }
}

/// The part of a slice that a receive has written.
///
/// # Safety
/// The first `count` bytes have been written.
pub(super) unsafe fn written(slice: &mut [MaybeUninit<u8>], count: usize) -> &mut [u8] {
    let part = &mut slice[..count];
    // SAFETY: the caller's promise; the layouts are the same.
    unsafe { &mut *(std::ptr::from_mut(part) as *mut [u8]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(parts: &[usize]) -> (Vec<u32>, usize) {
        let buffers = Buffers::of(parts.iter().map(|&length| (std::ptr::null_mut(), length)));
        (buffers.list().iter().map(|part| part.len).collect(), buffers.room())
    }

    #[test]
    fn the_list_ends_where_a_part_is_cut_short() {
        assert_eq!(lengths(&[]), (vec![], 0));
        assert_eq!(lengths(&[3, 0, 4]), (vec![3, 0, 4], 7));
        assert_eq!(lengths(&[MOST, 4]), (vec![MOST as u32, 4], MOST + 4));
        assert_eq!(lengths(&[1, MOST + 1, 4]), (vec![1, MOST as u32], MOST + 1));
        let many = [&[1; FEW][..], &[MOST + 7, 5]].concat();
        assert_eq!(lengths(&many), ([&[1; FEW][..], &[MOST as u32]].concat(), MOST + FEW));
        let early = [&[MOST + 7][..], &[1; FEW]].concat();
        assert_eq!(lengths(&early), (vec![MOST as u32], MOST));
    }
}
