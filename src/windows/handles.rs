//! The handles and values of windows that other parts of Windows name, too.
#![allow(non_camel_case_types, non_snake_case, missing_docs, clippy::upper_case_acronyms)]

use core::ffi::c_void;

pub type HWND = *mut c_void;
pub type HINSTANCE = *mut c_void;
pub type HMODULE = *mut c_void;
pub type WPARAM = usize;
pub type LPARAM = isize;
pub type LRESULT = isize;
pub type HBRUSH = *mut c_void;

/// A place on the screen; here the pointer is always at 0, 0.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct POINT {
    pub x: i32,
    pub y: i32,
}
