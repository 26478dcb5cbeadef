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
//! nothing. A load is followed by one, and no other thread may run in between: loom, told not to
//! explore there, then tries another order of two notifications by swapping the loads. (Where it
//! may run in between, programs of three threads still miss outcomes, and twice the executions
//! are needed.) `loom-tests/selfcheck/brute_force.rs` repeats the comparison, with the probe and
//! without.
//!
//! So a model that calls `loom::stop_exploring` must not load in between: loom panics when told
//! twice.

use super::halt;
use std::cell::Cell;

pub(crate) use loom::sync::atomic::{Ordering, fence};

std::thread_local! {
    /// Whether loads probe. Only the self-check, which shows that they must, turns it off.
    static PROBED: Cell<bool> = const { Cell::new(true) };
    /// How many more weak compare-exchanges of the running execution fail for no reason.
    static FAILURES: Cell<usize> = const { Cell::new(0) };
}

/// Runs `f` with the probes off: what loom explores by itself.
#[cfg(all(test, feature = "loom"))]
pub(crate) fn unprobed<R>(f: impl FnOnce() -> R) -> R {
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            PROBED.set(true);
        }
    }
    PROBED.set(false);
    let _restore = Restore;
    f()
}

/// Lets the next `count` weak compare-exchanges of this execution, whoever makes them, fail.
#[cfg(all(test, feature = "loom"))]
pub(crate) fn script_failures(count: usize) {
    FAILURES.set(count);
}

/// Whether this weak compare-exchange is one of those that a model asked to fail.
fn fail_for_no_reason() -> bool {
    let left = FAILURES.get();
    FAILURES.set(left.saturating_sub(1));
    left > 0
}

/// The companion of one atomic.
#[derive(Debug)]
struct Probe(loom::sync::Condvar);

impl Probe {
    fn new() -> Self {
        Self(loom::sync::Condvar::new())
    }

    fn fire(&self) {
        if PROBED.get() {
            loom::stop_exploring();
            self.0.notify_one();
            loom::explore();
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

            fn live(&self) -> &loom::sync::atomic::$name $(<$generic>)? {
                halt::here();
                &self.value
            }

            #[track_caller]
            pub(crate) fn load(&self, order: Ordering) -> $value {
                let value = self.live().load(order);
                self.probe.fire();
                value
            }

            #[track_caller]
            pub(crate) fn store(&self, value: $value, order: Ordering) {
                self.live().store(value, order);
            }

            #[track_caller]
            pub(crate) fn swap(&self, value: $value, order: Ordering) -> $value {
                self.live().swap(value, order)
            }

            #[track_caller]
            pub(crate) fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.live().compare_exchange(current, new, success, failure)
            }

            #[track_caller]
            pub(crate) fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                if fail_for_no_reason() {
                    return Err(self.load(failure));
                }
                self.live().compare_exchange(current, new, success, failure)
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
        self.live().fetch_add(value, order)
    }

    #[track_caller]
    pub(crate) fn fetch_sub(&self, value: usize, order: Ordering) -> usize {
        self.live().fetch_sub(value, order)
    }

    #[track_caller]
    pub(crate) fn fetch_and(&self, value: usize, order: Ordering) -> usize {
        self.live().fetch_and(value, order)
    }

    #[track_caller]
    pub(crate) fn fetch_or(&self, value: usize, order: Ordering) -> usize {
        self.live().fetch_or(value, order)
    }
}
