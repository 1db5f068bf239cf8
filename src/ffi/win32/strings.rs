//! Strings: the lstr family, MultiByteToWideChar, WideCharToMultiByte. Every code page offered is UTF-8.
#![allow(unsafe_code)] // exported symbols; reads and writes the caller's strings

use std::cmp::Ordering;
use std::ptr;

use super::types::*;
use crate::ffi::border;
use crate::win32::ordering;
use crate::win32::wide::{self, Unit};
use crate::windows::foundation::{
    BOOL, ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_PARAMETER, ERROR_NO_UNICODE_TRANSLATION, PCSTR, PCWSTR,
    PSTR, PWSTR,
};

const ERROR_INVALID_FLAGS: u32 = 1004;

/// Exports a function over strings for each unit; `In` and `Out` are strings read and written.
macro_rules! each_unit {
    ($($(#[$doc:meta])* $body:ident ($($arg:ident: $ty:ident),*) -> $ret:ident =
        $a:ident $sa:literal, $w:ident $sw:literal, $w32:ident $s32:literal;)*) => {$(
        each_unit! { @one $a, $sa, u8, $body ($($arg: $ty),*) -> $ret, $(#[$doc])* }
        each_unit! { @one $w, $sw, u16, $body ($($arg: $ty),*) -> $ret, $(#[$doc])* }
        each_unit! { @one $w32, $s32, u32, $body ($($arg: $ty),*) -> $ret, #[doc(hidden)] }
    )*};
    (@one $name:ident, $symbol:literal, $unit:ident, $body:ident ($($arg:ident: $ty:ident),*) -> $ret:ident,
        $(#[$attribute:meta])*) => {
        $(#[$attribute])*
        ///
        /// # Safety
        /// - Strings are NULL or NUL-terminated; destinations have the room that the function needs.
        #[unsafe(export_name = $symbol)]
        pub unsafe extern "system" fn $name(
            $($arg: each_unit!(@type $ty $unit)),*
        ) -> each_unit!(@type $ret $unit) {
            // SAFETY: as the caller vouches.
            border::quiet(each_unit!(@fallback $ret), || unsafe { $body($($arg),*) })
        }
    };
    (@type Number $unit:ident) => { i32 };
    (@type In $unit:ident) => { *const $unit };
    (@type Out $unit:ident) => { *mut $unit };
    (@fallback Number) => { 0 };
    (@fallback Out) => { ptr::null_mut() };
}

each_unit! {
    /// **lstrlen** counts the units before the terminator; 0 for NULL.
    length(string: In) -> Number
        = lstrlenA "ws2_lstrlenA", lstrlenW "ws2_lstrlenW", lstrlenW_w32 "ws2_lstrlenW_w32";
    /// **lstrcpy** copies a string and gives its destination; NULL if either is NULL.
    copy(to: Out, from: In) -> Out
        = lstrcpyA "ws2_lstrcpyA", lstrcpyW "ws2_lstrcpyW", lstrcpyW_w32 "ws2_lstrcpyW_w32";
    /// **lstrcpyn** copies at most `room` units, the terminator among them; NULL if either string is NULL.
    copy_n(to: Out, from: In, room: Number) -> Out
        = lstrcpynA "ws2_lstrcpynA", lstrcpynW "ws2_lstrcpynW", lstrcpynW_w32 "ws2_lstrcpynW_w32";
    /// **lstrcat** appends a string and gives its destination; NULL if either is NULL.
    append(to: Out, from: In) -> Out
        = lstrcatA "ws2_lstrcatA", lstrcatW "ws2_lstrcatW", lstrcatW_w32 "ws2_lstrcatW_w32";
    /// **lstrcmp** orders strings as a dictionary does, small before capital letters where only case differs;
    /// NULL comes first.
    compare(one: In, other: In) -> Number
        = lstrcmpA "ws2_lstrcmpA", lstrcmpW "ws2_lstrcmpW", lstrcmpW_w32 "ws2_lstrcmpW_w32";
    /// **lstrcmpi** orders strings without regard to case; NULL comes first.
    compare_ignoring_case(one: In, other: In) -> Number
        = lstrcmpiA "ws2_lstrcmpiA", lstrcmpiW "ws2_lstrcmpiW", lstrcmpiW_w32 "ws2_lstrcmpiW_w32";
}

/// # Safety
/// `string` is NULL or NUL-terminated.
unsafe fn length<U: Unit>(string: *const U) -> i32 {
    if string.is_null() {
        return 0;
    }
    // SAFETY: not NULL, so it is terminated.
    i32::try_from(unsafe { wide::length(string) }).unwrap_or(i32::MAX)
}

/// # Safety
/// `from` is NULL or NUL-terminated; `to` is NULL or has room for it.
unsafe fn copy<U: Unit>(to: *mut U, from: *const U) -> *mut U {
    if to.is_null() || from.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the terminator is copied with the rest; the strings may overlap.
    unsafe { ptr::copy(from, to, wide::length(from) + 1) };
    to
}

/// # Safety
/// `from` is NULL or NUL-terminated; `to` is NULL or has `room` units.
unsafe fn copy_n<U: Unit>(to: *mut U, from: *const U, room: i32) -> *mut U {
    if to.is_null() || from.is_null() {
        return ptr::null_mut();
    }
    let Some(most) = usize::try_from(room).ok().and_then(|room| room.checked_sub(1)) else { return to };
    // SAFETY: not NULL, so it is terminated.
    let n = unsafe { wide::length(from) }.min(most);
    // SAFETY: `n` units are in `from`, and `to` has one more; they may overlap.
    unsafe { ptr::copy(from, to, n) };
    // SAFETY: `n` is below the room.
    unsafe { to.add(n).write_unaligned(U::NUL) };
    to
}

/// # Safety
/// Both are NULL or NUL-terminated; `to` has room for both.
unsafe fn append<U: Unit>(to: *mut U, from: *const U) -> *mut U {
    if to.is_null() || from.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the end of `to` has room for `from`.
    unsafe { copy(to.add(wide::length(to)), from) };
    to
}

/// # Safety
/// Both are NULL or NUL-terminated.
unsafe fn compare<U: Unit>(one: *const U, other: *const U) -> i32 {
    // SAFETY: as the caller vouches.
    unsafe { ordered(one, other, ordering::with_case) }
}

/// # Safety
/// Both are NULL or NUL-terminated.
unsafe fn compare_ignoring_case<U: Unit>(one: *const U, other: *const U) -> i32 {
    // SAFETY: as the caller vouches.
    unsafe { ordered(one, other, ordering::ignoring_case) }
}

/// # Safety
/// Both are NULL or NUL-terminated.
unsafe fn ordered<U: Unit>(one: *const U, other: *const U, by: fn(&str, &str) -> Ordering) -> i32 {
    // SAFETY: as the caller vouches.
    match unsafe { (wide::text(one), wide::text(other)) } {
        (Some(one), Some(other)) => by(&one, &other) as i32,
        (one, other) => one.is_some().cmp(&other.is_some()) as i32,
    }
}

/// **MultiByteToWideChar** makes wide characters of `cbmultibyte` bytes of UTF-8.
///
/// -1 takes a NUL-terminated string and its terminator. With `cchwidechar` of 0 it only counts. CP_ACP,
/// CP_OEMCP and CP_THREAD_ACP are UTF-8 too. Returns the number of wide characters.
///
/// # Errors
/// Returns 0.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | a NULL or shared buffer, a length that makes no sense, another code page | documented |
/// | ERROR_INVALID_FLAGS | a flag that UTF-8 does not have | documented |
/// | ERROR_NO_UNICODE_TRANSLATION | MB_ERR_INVALID_CHARS and a byte that is not UTF-8's | documented |
/// | ERROR_INSUFFICIENT_BUFFER | the result does not fit | documented |
///
/// # Safety
/// - `lpmultibytestr` is NULL or readable for its length; `lpwidecharstr` writable for its own.
#[unsafe(export_name = "ws2_MultiByteToWideChar")]
pub unsafe extern "system" fn MultiByteToWideChar(
    codepage: u32,
    dwflags: MULTI_BYTE_TO_WIDE_CHAR_FLAGS,
    lpmultibytestr: PCSTR,
    cbmultibyte: i32,
    lpwidecharstr: PWSTR,
    cchwidechar: i32,
) -> i32 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe {
        widen(codepage, dwflags, lpmultibytestr, cbmultibyte, lpwidecharstr, cchwidechar)
    })
}

/// MultiByteToWideChar for a 32-bit `wchar_t`.
///
/// # Safety
/// - As MultiByteToWideChar.
#[doc(hidden)]
#[unsafe(export_name = "ws2_MultiByteToWideChar_w32")]
pub unsafe extern "system" fn MultiByteToWideChar_w32(
    code_page: u32,
    flags: u32,
    from: PCSTR,
    length: i32,
    to: *mut u32,
    room: i32,
) -> i32 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { widen(code_page, flags, from, length, to, room) })
}

/// # Safety
/// As MultiByteToWideChar.
unsafe fn widen<U: Unit>(
    code_page: u32,
    flags: u32,
    from: *const u8,
    length: i32,
    to: *mut U,
    room: i32,
) -> Result<i32, u32> {
    let allowed =
        if is_utf8(code_page)? { MB_ERR_INVALID_CHARS } else { MB_ERR_INVALID_CHARS | MB_PRECOMPOSED };
    if flags & !allowed != 0 {
        return Err(ERROR_INVALID_FLAGS);
    }
    // SAFETY: as the caller vouches.
    unsafe { convert(from, length, to, room, flags & MB_ERR_INVALID_CHARS != 0) }.map(|(n, _)| n)
}

/// **WideCharToMultiByte** makes UTF-8 of `cchwidechar` wide characters.
///
/// -1 takes a NUL-terminated string and its terminator. With `cbmultibyte` of 0 it only counts. CP_ACP,
/// CP_OEMCP and CP_THREAD_ACP are UTF-8 too; with them `lpuseddefaultchar` learns whether something was no
/// character. Returns the number of bytes.
///
/// # Errors
/// Returns 0.
///
/// | code | when | source |
/// |---|---|---|
/// | ERROR_INVALID_PARAMETER | a NULL or shared buffer, a length that makes no sense, another code page; CP_UTF8 with one of the last two parameters | documented |
/// | ERROR_INVALID_FLAGS | a flag that UTF-8 does not have | documented |
/// | ERROR_NO_UNICODE_TRANSLATION | WC_ERR_INVALID_CHARS and a unit that is no character | documented |
/// | ERROR_INSUFFICIENT_BUFFER | the result does not fit | documented |
///
/// # Safety
/// - `lpwidecharstr` is NULL or readable for its length; `lpmultibytestr` writable for its own.
/// - `lpuseddefaultchar` is NULL or writable.
#[unsafe(export_name = "ws2_WideCharToMultiByte")]
pub unsafe extern "system" fn WideCharToMultiByte(
    codepage: u32,
    dwflags: u32,
    lpwidecharstr: PCWSTR,
    cchwidechar: i32,
    lpmultibytestr: PSTR,
    cbmultibyte: i32,
    lpdefaultchar: PCSTR,
    lpuseddefaultchar: *mut BOOL,
) -> i32 {
    let default = (lpdefaultchar, lpuseddefaultchar);
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe {
        narrow(codepage, dwflags, lpwidecharstr, cchwidechar, lpmultibytestr, cbmultibyte, default)
    })
}

/// WideCharToMultiByte for a 32-bit `wchar_t`.
///
/// # Safety
/// - As WideCharToMultiByte.
#[doc(hidden)]
#[unsafe(export_name = "ws2_WideCharToMultiByte_w32")]
pub unsafe extern "system" fn WideCharToMultiByte_w32(
    code_page: u32,
    flags: u32,
    from: *const u32,
    length: i32,
    to: PSTR,
    room: i32,
    default: PCSTR,
    used: *mut BOOL,
) -> i32 {
    // SAFETY: as the caller vouches.
    border::win32(0, || unsafe { narrow(code_page, flags, from, length, to, room, (default, used)) })
}

/// # Safety
/// As WideCharToMultiByte.
unsafe fn narrow<U: Unit>(
    code_page: u32,
    flags: u32,
    from: *const U,
    length: i32,
    to: *mut u8,
    room: i32,
    (default, used): (*const u8, *mut BOOL),
) -> Result<i32, u32> {
    let allowed = if is_utf8(code_page)? {
        if !default.is_null() || !used.is_null() {
            return Err(ERROR_INVALID_PARAMETER);
        }
        WC_ERR_INVALID_CHARS
    } else {
        WC_ERR_INVALID_CHARS | WC_NO_BEST_FIT_CHARS
    };
    if flags & !allowed != 0 {
        return Err(ERROR_INVALID_FLAGS);
    }
    // SAFETY: as the caller vouches.
    let (n, replaced) = unsafe { convert(from, length, to, room, flags & WC_ERR_INVALID_CHARS != 0) }?;
    if !used.is_null() {
        // SAFETY: not NULL, so writable.
        unsafe { used.write_unaligned(replaced.into()) };
    }
    Ok(n)
}

/// Whether the code page is UTF-8 by name; those of the system are UTF-8 in fact.
fn is_utf8(code_page: u32) -> Result<bool, u32> {
    match code_page {
        CP_UTF8 => Ok(true),
        CP_ACP | CP_OEMCP | CP_THREAD_ACP => Ok(false),
        _ => Err(ERROR_INVALID_PARAMETER),
    }
}

/// The number of units, and whether something was no character and had to be replaced.
///
/// # Safety
/// `from` is NULL or readable for its length, `to` is writable for `room` units.
unsafe fn convert<F: Unit, T: Unit>(
    from: *const F,
    length: i32,
    to: *mut T,
    room: i32,
    strict: bool,
) -> Result<(i32, bool), u32> {
    let shared = room > 0 && from.cast::<u8>() == to.cast::<u8>().cast_const();
    if from.is_null() || length == 0 || length < -1 || room < 0 || (room > 0 && to.is_null()) || shared {
        return Err(ERROR_INVALID_PARAMETER);
    }
    let count = match usize::try_from(length) {
        Ok(count) => count,
        // SAFETY: -1 says that it is terminated.
        Err(_) => unsafe { wide::length(from) + 1 },
    };
    // SAFETY: readable for its length.
    let units: Vec<F> = (0..count).map(|i| unsafe { from.add(i).read_unaligned() }).collect();
    let whole = F::decode_strict(&units);
    let replaced = whole.is_none();
    if replaced && strict {
        return Err(ERROR_NO_UNICODE_TRANSLATION);
    }
    let result = T::encode(&whole.unwrap_or_else(|| F::decode(&units)));
    let n = i32::try_from(result.len()).map_err(|_| ERROR_INVALID_PARAMETER)?;
    if room == 0 {
        return Ok((n, replaced));
    }
    if n > room {
        return Err(ERROR_INSUFFICIENT_BUFFER);
    }
    for (i, &unit) in result.iter().enumerate() {
        // SAFETY: there are at most `room` of them.
        unsafe { to.add(i).write_unaligned(unit) };
    }
    Ok((n, replaced))
}
