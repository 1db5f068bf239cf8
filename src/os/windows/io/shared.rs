//! What lends what it points to: references, boxes, and what several own.

use std::rc::Rc;
use std::sync::Arc;

use super::{AsHandle, AsSocket, BorrowedHandle, BorrowedSocket};

macro_rules! lend {
    ($($pointer:ty)*) => { $(
        impl<T: AsSocket + ?Sized> AsSocket for $pointer {
            #[inline]
            fn as_socket(&self) -> BorrowedSocket<'_> {
                (**self).as_socket()
            }
        }

        impl<T: AsHandle + ?Sized> AsHandle for $pointer {
            #[inline]
            fn as_handle(&self) -> BorrowedHandle<'_> {
                (**self).as_handle()
            }
        }
    )* };
}

lend!(&T &mut T Box<T> Rc<T> Arc<T>);
