//! FormatMessageA, FormatMessageW.
#![allow(unsafe_code)] // exported symbols; reads the caller's strings and arguments, writes its buffer

use core::ffi::c_void;

use super::types::*;
use super::va_list::VaList;
use crate::ffi::border;
use crate::win32::message::{self, Arguments};
use crate::win32::wide::{self, Unit};
use crate::win32::{memory, text};
use crate::windows::foundation::{
    ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_PARAMETER, ERROR_MR_MID_NOT_FOUND, ERROR_NOT_ENOUGH_MEMORY,
    PSTR, PWSTR,
};

const ERROR_RESOURCE_TYPE_NOT_FOUND: u32 = 1813;
const ERROR_RESOURCE_LANG_NOT_FOUND: u32 = 1815;
const MAX_WIDTH_MASK: u32 = 0xff;

/// The primary languages that the texts are there for: any, and English.
const LANGUAGES: [u32; 2] = [0, 9];
const PRIMARY_LANGUAGE: u32 = 0x3ff;

/// **FormatMessageA** lays out a message: the system's text for a code, or the caller's string.
///
/// `dwflags` says where the message is (FROM_SYSTEM, FROM_STRING in `lpsource`), whether `lpbuffer` is the
/// buffer of `nsize` characters or gets one that LocalFree frees (ALLOCATE_BUFFER, at least `nsize`), and in
/// its low byte the line width. Inserts (%1 to %99, with printf formats in `!`) take the words of
/// `arguments`, a va_list, or an array with ARGUMENT_ARRAY; IGNORE_INSERTS leaves them as they are.
/// The text of a code ends with a line break. Returns the number of characters without the terminator.
///
/// # Errors
/// Returns 0.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | no source, a NULL pointer, an insert without an argument or of no known format | documented |
/// | ERROR_MR_MID_NOT_FOUND | the code has no text | documented |
/// | ERROR_RESOURCE_LANG_NOT_FOUND | a language other than neutral or English | documented |
/// | ERROR_RESOURCE_TYPE_NOT_FOUND | FROM_HMODULE alone: programs here have no message tables | decided |
/// | ERROR_INSUFFICIENT_BUFFER | the text and its terminator do not fit | documented |
/// | ERROR_NOT_ENOUGH_MEMORY | no buffer can be allocated | documented |
///
/// # Safety
/// - `lpbuffer` is NULL or writable for `nsize` characters, or for one pointer with ALLOCATE_BUFFER.
/// - With FROM_STRING, `lpsource` is NULL or a NUL-terminated string.
/// - `arguments` is NULL or has an argument of the right kind for every insert.
#[unsafe(export_name = "ws2_FormatMessageA")]
pub unsafe extern "system" fn FormatMessageA(
    dwflags: FORMAT_MESSAGE_OPTIONS,
    lpsource: *const c_void,
    dwmessageid: u32,
    dwlanguageid: u32,
    lpbuffer: PSTR,
    nsize: u32,
    arguments: *const *const i8,
) -> u32 {
    let request = Request { flags: dwflags, id: dwmessageid, language: dwlanguageid, size: nsize };
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { request.answer::<u8, u16>(lpsource, lpbuffer, arguments) })
}

/// FormatMessageA for a 32-bit `wchar_t`, which its wide inserts have then.
///
/// # Safety
/// - As FormatMessageA.
#[doc(hidden)]
#[unsafe(export_name = "ws2_FormatMessageA_w32")]
pub unsafe extern "system" fn FormatMessageA_w32(
    flags: FORMAT_MESSAGE_OPTIONS,
    source: *const c_void,
    id: u32,
    language: u32,
    buffer: PSTR,
    size: u32,
    arguments: *const *const i8,
) -> u32 {
    let request = Request { flags, id, language, size };
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { request.answer::<u8, u32>(source, buffer, arguments) })
}

/// **FormatMessageW** is FormatMessageA for wide strings.
///
/// # Errors
/// As FormatMessageA.
///
/// # Safety
/// - As FormatMessageA.
#[unsafe(export_name = "ws2_FormatMessageW")]
pub unsafe extern "system" fn FormatMessageW(
    dwflags: FORMAT_MESSAGE_OPTIONS,
    lpsource: *const c_void,
    dwmessageid: u32,
    dwlanguageid: u32,
    lpbuffer: PWSTR,
    nsize: u32,
    arguments: *const *const i8,
) -> u32 {
    let request = Request { flags: dwflags, id: dwmessageid, language: dwlanguageid, size: nsize };
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { request.answer::<u16, u16>(lpsource, lpbuffer, arguments) })
}

/// FormatMessageW for a 32-bit `wchar_t`.
///
/// # Safety
/// - As FormatMessageA.
#[doc(hidden)]
#[unsafe(export_name = "ws2_FormatMessageW_w32")]
pub unsafe extern "system" fn FormatMessageW_w32(
    flags: FORMAT_MESSAGE_OPTIONS,
    source: *const c_void,
    id: u32,
    language: u32,
    buffer: *mut u32,
    size: u32,
    arguments: *const *const i8,
) -> u32 {
    let request = Request { flags, id, language, size };
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { request.answer::<u32, u32>(source, buffer, arguments) })
}

struct Request {
    flags: u32,
    id: u32,
    language: u32,
    size: u32,
}

impl Request {
    fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Answers in units of `U`; wide inserts have units of `W`.
    ///
    /// # Safety
    /// As FormatMessageA.
    unsafe fn answer<U: Unit, W: Unit>(
        &self,
        source: *const c_void,
        buffer: *mut U,
        arguments: *const *const i8,
    ) -> Result<u32, u32> {
        if buffer.is_null() {
            return Err(ERROR_INVALID_PARAMETER);
        }
        // SAFETY: as the caller vouches.
        let template = unsafe { self.template::<U>(source) }?;
        // SAFETY: as the caller vouches.
        let mut words = unsafe { Words::<W>::new(self.has(FORMAT_MESSAGE_ARGUMENT_ARRAY), arguments) };
        let text = message::expand(
            &template,
            words.as_mut().map(|words| words as &mut dyn Arguments),
            self.has(FORMAT_MESSAGE_IGNORE_INSERTS),
            size_of::<U>() > 1,
            (self.flags & MAX_WIDTH_MASK) as u8,
        )
        .map_err(|_| ERROR_INVALID_PARAMETER)?;
        let units = U::encode(&text);
        // SAFETY: as the caller vouches.
        unsafe { self.hand_out(&units, buffer) }?;
        Ok(units.len() as u32)
    }

    /// # Safety
    /// With FROM_STRING, `source` is NULL or a NUL-terminated string.
    unsafe fn template<U: Unit>(&self, source: *const c_void) -> Result<String, u32> {
        if self.has(FORMAT_MESSAGE_FROM_STRING) {
            // SAFETY: as the caller vouches.
            return unsafe { wide::text(source.cast::<U>()) }.ok_or(ERROR_INVALID_PARAMETER);
        }
        if !self.has(FORMAT_MESSAGE_FROM_SYSTEM) {
            let module = self.has(FORMAT_MESSAGE_FROM_HMODULE);
            return Err(if module { ERROR_RESOURCE_TYPE_NOT_FOUND } else { ERROR_INVALID_PARAMETER });
        }
        if !LANGUAGES.contains(&(self.language & PRIMARY_LANGUAGE)) {
            return Err(ERROR_RESOURCE_LANG_NOT_FOUND);
        }
        let sentence = text::of(self.id).ok_or(ERROR_MR_MID_NOT_FOUND)?;
        Ok(format!("{sentence}\r\n"))
    }

    /// # Safety
    /// `buffer` is writable for `size` units, or for one pointer with ALLOCATE_BUFFER.
    unsafe fn hand_out<U: Unit>(&self, units: &[U], buffer: *mut U) -> Result<(), u32> {
        let capacity = self.size as usize;
        if !self.has(FORMAT_MESSAGE_ALLOCATE_BUFFER) {
            // SAFETY: as the caller vouches.
            let fits = unsafe { wide::store(units, buffer, capacity) };
            return fits.then_some(()).ok_or(ERROR_INSUFFICIENT_BUFFER);
        }
        let capacity = capacity.max(units.len() + 1);
        let own = memory::allocate(capacity * size_of::<U>(), true).cast::<U>();
        // SAFETY: the buffer is where the caller wants the pointer.
        unsafe { buffer.cast::<*mut U>().write_unaligned(own) };
        // SAFETY: allocated for so many units, unless it is null.
        let stored = !own.is_null() && unsafe { wide::store(units, own, capacity) };
        stored.then_some(()).ok_or(ERROR_NOT_ENOUGH_MEMORY)
    }
}

/// The arguments of a message, read as far as they were asked for.
struct Words<W> {
    source: Source,
    taken: Vec<usize>,
    unit: std::marker::PhantomData<W>,
}

enum Source {
    Array(*const usize),
    List(*mut VaList),
}

impl<W> Words<W> {
    /// # Safety
    /// `arguments` is NULL or has an argument of the right kind for every insert, until this is dropped.
    unsafe fn new(is_array: bool, arguments: *const *const i8) -> Option<Self> {
        let source = if is_array {
            Source::Array(arguments.cast())
        } else {
            Source::List(arguments.cast_mut().cast())
        };
        let unit = std::marker::PhantomData;
        (!arguments.is_null()).then_some(Self { source, taken: Vec::new(), unit })
    }
}

impl<W: Unit> Arguments for Words<W> {
    fn word(&mut self, index: usize) -> usize {
        while self.taken.len() <= index {
            let next = match self.source {
                // SAFETY: there is an argument for every insert.
                Source::Array(words) => unsafe { words.add(self.taken.len()).read_unaligned() },
                // SAFETY: there is an argument for every insert.
                Source::List(list) => unsafe { (*list).next() },
            };
            self.taken.push(next);
        }
        self.taken[index]
    }

    fn string(&self, word: usize, wide: bool, limit: Option<usize>) -> String {
        // SAFETY: the insert says that it is a string of this kind, terminated or as long as the limit.
        let text = unsafe { if wide { up_to::<W>(word as _, limit) } else { up_to::<u8>(word as _, limit) } };
        text.unwrap_or_else(|| "(null)".to_owned())
    }
}

/// # Safety
/// `string` is NULL, or ends with a NUL or has `limit` units.
unsafe fn up_to<U: Unit>(string: *const U, limit: Option<usize>) -> Option<String> {
    if string.is_null() {
        return None;
    }
    let mut units = Vec::new();
    while limit.is_none_or(|limit| units.len() < limit) {
        // SAFETY: neither the terminator nor the limit was reached.
        let unit = unsafe { string.add(units.len()).read_unaligned() };
        if unit == U::NUL {
            break;
        }
        units.push(unit);
    }
    Some(U::decode(&units))
}
