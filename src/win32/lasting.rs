//! A place for a reference to something that is never freed. It is read without a lock.
#![allow(unsafe_code)] // reads through a pointer that comes from a reference

use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// The place.
pub(crate) struct Lasting<T: 'static>(AtomicPtr<T>, PhantomData<&'static T>);

impl<T> Default for Lasting<T> {
    fn default() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()), PhantomData)
    }
}

impl<T> Lasting<T> {
    #[inline(always)]
    pub(crate) fn get(&self) -> Option<&'static T> {
        // SAFETY: null, or a reference that lasts.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    /// Puts a reference there, or none; gives the one from before.
    pub(crate) fn replace(&self, new: Option<&'static T>) -> Option<&'static T> {
        let before = self.0.swap(pointer(new), Ordering::AcqRel);
        // SAFETY: null, or a reference that lasts.
        unsafe { before.as_ref() }
    }

    /// Puts a reference where none is; otherwise gives the one that is there.
    pub(crate) fn put(&self, new: &'static T) -> Result<(), &'static T> {
        let done =
            self.0.compare_exchange(ptr::null_mut(), pointer(Some(new)), Ordering::AcqRel, Ordering::Acquire);
        match done {
            Ok(_) => Ok(()),
            // SAFETY: not null, so a reference that lasts.
            Err(there) => Err(unsafe { &*there }),
        }
    }
}

fn pointer<T>(reference: Option<&'static T>) -> *mut T {
    reference.map_or(ptr::null_mut(), |reference| ptr::from_ref(reference).cast_mut())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_there_first_stays_until_it_is_replaced() {
        static NUMBERS: [u32; 2] = [4, 5];
        let place = Lasting::default();
        assert!(place.get().is_none());
        assert_eq!(place.put(&NUMBERS[0]), Ok(()));
        assert_eq!(place.put(&NUMBERS[1]), Err(&4));
        assert_eq!((place.get(), place.replace(Some(&NUMBERS[1]))), (Some(&4), Some(&4)));
        assert_eq!((place.replace(None), place.get()), (Some(&5), None));
    }
}
