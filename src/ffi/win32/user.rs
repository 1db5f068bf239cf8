//! The structures of windows and messages as `windows-sys` lays them out.

use core::ffi::c_void;

use crate::windows::foundation::{PCSTR, PCWSTR};
use crate::windows::types::all_zero_default;
pub(crate) use crate::windows::user::*;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct MSG {
    pub hwnd: HWND,
    pub message: u32,
    pub wParam: WPARAM,
    pub lParam: LPARAM,
    pub time: u32,
    pub pt: POINT,
}

macro_rules! classes {
    ($($name:ident $extended:ident $create:ident $text:ty;)*) => { $(
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $name {
            pub style: WNDCLASS_STYLES,
            pub lpfnWndProc: WNDPROC,
            pub cbClsExtra: i32,
            pub cbWndExtra: i32,
            pub hInstance: HINSTANCE,
            pub hIcon: HICON,
            pub hCursor: HCURSOR,
            pub hbrBackground: HBRUSH,
            pub lpszMenuName: $text,
            pub lpszClassName: $text,
        }

        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $extended {
            pub cbSize: u32,
            pub style: WNDCLASS_STYLES,
            pub lpfnWndProc: WNDPROC,
            pub cbClsExtra: i32,
            pub cbWndExtra: i32,
            pub hInstance: HINSTANCE,
            pub hIcon: HICON,
            pub hCursor: HCURSOR,
            pub hbrBackground: HBRUSH,
            pub lpszMenuName: $text,
            pub lpszClassName: $text,
            pub hIconSm: HICON,
        }

        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $create {
            pub lpCreateParams: *mut c_void,
            pub hInstance: HINSTANCE,
            pub hMenu: HMENU,
            pub hwndParent: HWND,
            pub cy: i32,
            pub cx: i32,
            pub y: i32,
            pub x: i32,
            pub style: i32,
            pub lpszName: $text,
            pub lpszClass: $text,
            pub dwExStyle: WINDOW_EX_STYLE,
        }
    )* };
}

classes! {
    WNDCLASSA WNDCLASSEXA CREATESTRUCTA PCSTR;
    WNDCLASSW WNDCLASSEXW CREATESTRUCTW PCWSTR;
}

all_zero_default! {
    MSG WNDCLASSA WNDCLASSEXA CREATESTRUCTA WNDCLASSW WNDCLASSEXW CREATESTRUCTW
}
