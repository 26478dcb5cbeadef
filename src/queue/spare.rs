//! Room for one thing that was used and can be used again.
//!
//! # Ordering
//!
//! One exchange does it all. It is a Release of what goes in (all that was done with it), and an
//! Acquire of what comes out. Weaker on either side, and who takes a thing out could work on it
//! beside the one who put it there. Model: `what_is_spared_is_handed_over`.

use crate::sys::atomic::{AtomicPtr, Ordering};
use std::ptr;

/// The room.
#[derive(Debug)]
pub(crate) struct Spare<T>(AtomicPtr<T>);

impl<T> Spare<T> {
    /// Nothing is there.
    pub(crate) fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// Puts `new` there, or nothing, and takes out what was there.
    pub(crate) fn replace(&self, new: Option<Box<T>>) -> Option<Box<T>> {
        let new = new.map_or(ptr::null_mut(), Box::into_raw);
        // ORDERING: AcqRel: see above.
        let old = self.0.swap(new, Ordering::AcqRel);
        // SAFETY: it came from a box, and nobody else got it by the exchange.
        (!old.is_null()).then(|| unsafe { Box::from_raw(old) })
    }
}

impl<T> Drop for Spare<T> {
    fn drop(&mut self) {
        drop(self.replace(None));
    }
}
