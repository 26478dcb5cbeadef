//! A pointer to a block of a chain, which many read while one moves it on.
//!
//! # Ordering
//!
//! [`get`](Link::get) is an Acquire, partner of the Release in [`set`](Link::set), for two reasons.
//!
//! * What is in the block comes with the pointer: that it was cleared before it was used again.
//! * It stays before what its reader does next, the claim of a slot by a compare-exchange of the
//!   end. Whoever sets the pointer of an end has moved the end on before, so that the claim of who
//!   got the new one fails; delayed beyond the claim, the look could find the block behind it.
//!
//! Neither shows in a model that is worth its time. loom does not delay loads, and neither does
//! x86. And who goes on to a used block mostly hears of it in another way, too: from the tail, or
//! from a slot.

use crate::sys::atomic::{AtomicPtr, Ordering};
use std::ptr;

/// The pointer.
#[derive(Debug)]
pub(super) struct Link<T>(AtomicPtr<T>);

impl<T> Link<T> {
    pub(super) fn new(to: *mut T) -> Self {
        Self(AtomicPtr::new(to))
    }

    /// Where it points to.
    #[inline(always)]
    pub(super) fn get(&self) -> *mut T {
        // ORDERING: Acquire: see above.
        self.0.load(Ordering::Acquire)
    }

    /// Points it elsewhere.
    pub(super) fn set(&self, to: *mut T) {
        // ORDERING: Release: see above.
        self.0.store(to, Ordering::Release);
    }

    /// Where it points to now, for who has the chain for itself; from now on, nowhere.
    pub(super) fn take(&self) -> *mut T {
        // ORDERING: Relaxed: nobody else is there any more. A read-modify-write, as in
        // `End::last`.
        self.0.swap(ptr::null_mut(), Ordering::Relaxed)
    }
}
