//! Thread-local slots (TlsAlloc): small indexes over the host's thread-specific keys.
//!
//! The host's keys already start empty in every thread each time they are made, and outlive the
//! thread-local objects whose destructors may still ask for them.
#![allow(unsafe_code)] // the host's thread-specific keys

use core::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

/// So many indexes exist, as on Windows; the host may have fewer keys.
pub(crate) const COUNT: usize = 1088;

/// The key of each index plus one; 0 where none is.
static KEYS: [AtomicU64; COUNT] = [const { AtomicU64::new(0) }; COUNT];

fn key(index: u32) -> Option<libc::pthread_key_t> {
    let stored = KEYS.get(index as usize)?.load(Ordering::Acquire);
    stored.checked_sub(1).and_then(|key| libc::pthread_key_t::try_from(key).ok())
}

/// A fresh index; `None` if there is none left.
pub(crate) fn allocate() -> Option<u32> {
    let mut key = 0;
    // SAFETY: `key` is written; there is no destructor.
    if unsafe { libc::pthread_key_create(&raw mut key, None) } != 0 {
        return None;
    }
    #[allow(clippy::useless_conversion)] // keys are narrower on some hosts
    let stored = u64::from(key) + 1;
    let take =
        |slot: &AtomicU64| slot.compare_exchange(0, stored, Ordering::AcqRel, Ordering::Relaxed).is_ok();
    let index = KEYS.iter().position(take);
    if index.is_none() {
        // SAFETY: made above, and no one else knows it.
        unsafe { libc::pthread_key_delete(key) };
    }
    index.map(|index| index as u32)
}

/// Gives an index back; says whether it was in use.
pub(crate) fn free(index: u32) -> bool {
    let Some(key) = key(index) else { return false };
    #[allow(clippy::useless_conversion)]
    let stored = u64::from(key) + 1;
    let slot = &KEYS[index as usize];
    let mine = slot.compare_exchange(stored, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok();
    if mine {
        // SAFETY: this thread alone took the key out of the table.
        unsafe { libc::pthread_key_delete(key) };
    }
    mine
}

/// The calling thread's value; null in a slot that was not set or is not in use.
pub(crate) fn get(index: u32) -> *mut c_void {
    // SAFETY: a key that was deleted meanwhile gives null.
    key(index).map_or(ptr::null_mut(), |key| unsafe { libc::pthread_getspecific(key) })
}

/// Sets the calling thread's value; says whether the index is in use.
pub(crate) fn set(index: u32, value: *const c_void) -> bool {
    // SAFETY: the host only keeps the value.
    key(index).is_some_and(|key| unsafe { libc::pthread_setspecific(key, value) } == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_each_threads_own_and_empty_when_it_is_new() {
        let value = 8 as *const c_void;
        let index = allocate().unwrap();
        assert!(set(index, value));
        assert_eq!(get(index).cast_const(), value);
        std::thread::spawn(move || assert!(get(index).is_null())).join().unwrap();
        assert!(free(index));
        assert!(!free(index));
        assert!(get(index).is_null() && !set(index, value));
        let again = allocate().unwrap();
        assert!(get(again).is_null());
        assert!(free(again));
        assert!(!set(COUNT as u32, value));
    }
}
