//! The types that `windows-sys` keeps in its `core`: what every header has from the first ones.
#![allow(non_camel_case_types, non_snake_case, missing_docs, clippy::upper_case_acronyms)]

pub type BOOL = i32;
pub type PSTR = *mut u8;
pub type PCSTR = *const u8;
pub type PWSTR = *mut u16;
pub type PCWSTR = *const u16;

/// A globally unique identifier, as Windows lays it out.
#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct GUID {
    pub data1: u32,
    pub data2: u16,
    pub data3: u16,
    pub data4: [u8; 8],
}

impl GUID {
    /// The identifier whose text form, without dashes, is this number.
    pub const fn from_u128(uuid: u128) -> Self {
        Self {
            data1: (uuid >> 96) as u32,
            data2: (uuid >> 80) as u16,
            data3: (uuid >> 64) as u16,
            data4: (uuid as u64).to_be_bytes(),
        }
    }
}
