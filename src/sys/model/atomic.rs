//! loom's atomics, probed.
//!
//! loom explores another order of two operations only where it holds them for dependent, and it
//! keeps for each atomic only the *last* access of a thread. A load followed by a
//! compare-exchange, which is every lock-free loop there is, hides the load of the other thread
//! that came before both: whole interleavings are never tried (loom#166, #392; in a comparison
//! with brute force 307 of 5,000 random programs of two threads missed outcomes).
//!
//! The cure is a companion condition variable for each atomic. Notifying it, with nobody
//! waiting, is a branch point that depends on every other such notification and synchronizes
//! nothing. A load notifies first. `loom-tests/selfcheck.rs` repeats the comparison, with the
//! probe and without.

use super::halt;
use std::cell::Cell;

pub(crate) use loom::sync::atomic::{Ordering, fence};

std::thread_local! {
    /// Whether loads probe. Only the self-check, which shows that they must, turns it off.
    static PROBED: Cell<bool> = const { Cell::new(true) };
}

/// Runs `f` with the probes off: what loom explores by itself.
#[cfg(all(test, feature = "loom"))]
pub(crate) fn unprobed<R>(f: impl FnOnce() -> R) -> R {
    PROBED.set(false);
    let result = f();
    PROBED.set(true);
    result
}

/// The companion of one atomic.
#[derive(Debug)]
struct Probe(loom::sync::Condvar);

impl Probe {
    fn new() -> Self {
        Self(loom::sync::Condvar::new())
    }

    fn fire(&self) {
        halt::here();
        if PROBED.get() {
            self.0.notify_one();
        }
    }
}

macro_rules! probed {
    ($name:ident $(<$generic:ident>)?, $value:ty) => {
        /// An atomic of loom's whose loads are full branch points.
        #[derive(Debug)]
        pub(crate) struct $name $(<$generic>)? {
            value: loom::sync::atomic::$name $(<$generic>)?,
            probe: Probe,
        }

        #[allow(dead_code, reason = "the whole face is here, whichever part the rungs use")]
        impl $(<$generic>)? $name $(<$generic>)? {
            #[track_caller]
            pub(crate) fn new(value: $value) -> Self {
                Self { value: loom::sync::atomic::$name::new(value), probe: Probe::new() }
            }

            #[track_caller]
            pub(crate) fn load(&self, order: Ordering) -> $value {
                self.probe.fire();
                self.value.load(order)
            }

            #[track_caller]
            pub(crate) fn store(&self, value: $value, order: Ordering) {
                halt::here();
                self.value.store(value, order);
            }

            #[track_caller]
            pub(crate) fn swap(&self, value: $value, order: Ordering) -> $value {
                halt::here();
                self.value.swap(value, order)
            }

            #[track_caller]
            pub(crate) fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                halt::here();
                self.value.compare_exchange(current, new, success, failure)
            }

            #[track_caller]
            pub(crate) fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                halt::here();
                self.value.compare_exchange(current, new, success, failure)
            }
        }
    };
}

probed!(AtomicUsize, usize);
probed!(AtomicBool, bool);
probed!(AtomicPtr<T>, *mut T);

#[allow(
    dead_code,
    reason = "the whole face is here, whichever part the rungs use"
)]
impl AtomicUsize {
    #[track_caller]
    pub(crate) fn fetch_add(&self, value: usize, order: Ordering) -> usize {
        halt::here();
        self.value.fetch_add(value, order)
    }

    #[track_caller]
    pub(crate) fn fetch_sub(&self, value: usize, order: Ordering) -> usize {
        halt::here();
        self.value.fetch_sub(value, order)
    }

    #[track_caller]
    pub(crate) fn fetch_and(&self, value: usize, order: Ordering) -> usize {
        halt::here();
        self.value.fetch_and(value, order)
    }

    #[track_caller]
    pub(crate) fn fetch_or(&self, value: usize, order: Ordering) -> usize {
        halt::here();
        self.value.fetch_or(value, order)
    }
}
