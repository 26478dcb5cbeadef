//! The one facade over the machine: atomics, cells, locks, threads, clock and deques.
//!
//! Everything above this module is written once and runs on two faces. The *native* face is
//! `std`, `parking_lot` and `crossbeam-deque`, re-exported or wrapped so thinly that the
//! compiler sees through it (`ci/zero-cost` compares the machine code). The *model* face
//! is loom, with the cures for what loom leaves out: probed atomics, a virtual clock, a parker
//! that loom can order, stand-ins for what loom cannot see into.
//!
//! This module is the only place that names `std::sync`, `std::thread`, `parking_lot`,
//! `crossbeam_deque` or `loom`, and the only one that asks which face is up:
//!
//! * unit tests with the feature `loom` (the models of this crate), or
//! * `--cfg rungs_loom` (the models of a crate that uses this one)
//!
//! show the model face; everything else, the feature alone included, shows the native one.
//!
//! `Arc` is `std`'s on both faces: its own ordering is trusted, and no model may lean on it for
//! visibility that the code under test ought to provide.

#[cfg(all(rungs_loom, not(feature = "loom")))]
compile_error!("`--cfg rungs_loom` needs the feature `loom`");

#[cfg(any(all(test, feature = "loom"), rungs_loom))]
mod model;
#[cfg(not(any(all(test, feature = "loom"), rungs_loom)))]
mod native;

#[cfg(any(all(test, feature = "loom"), rungs_loom))]
pub(crate) use model::*;
#[cfg(not(any(all(test, feature = "loom"), rungs_loom)))]
pub(crate) use native::*;

/// Declares a function that is `const` natively and an ordinary one under loom, whose types
/// have no constant constructors.
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        #[cfg(not(any(all(test, feature = "loom"), rungs_loom)))]
        $(#[$meta])*
        $vis const fn $($rest)*

        #[cfg(any(all(test, feature = "loom"), rungs_loom))]
        $(#[$meta])*
        $vis fn $($rest)*
    };
}
pub(crate) use const_unless_loom;

/// Declares thread-local variables.
macro_rules! thread_local_on_both_faces {
    // One that is there from the beginning; loom has no such.
    ($(#[$meta:meta])* static $name:ident: $type:ty = const { $init:expr };) => {
        #[cfg(not(any(all(test, feature = "loom"), rungs_loom)))]
        std::thread_local! { $(#[$meta])* static $name: $type = const { $init }; }

        #[cfg(any(all(test, feature = "loom"), rungs_loom))]
        loom::thread_local! { $(#[$meta])* static $name: $type = $init; }
    };
    ($($declaration:tt)*) => {
        #[cfg(not(any(all(test, feature = "loom"), rungs_loom)))]
        std::thread_local! { $($declaration)* }

        #[cfg(any(all(test, feature = "loom"), rungs_loom))]
        loom::thread_local! { $($declaration)* }
    };
}
pub(crate) use thread_local_on_both_faces;

/// The instant at which a wait of `timeout` that starts now is over, or `None` where it never
/// is (`Duration::MAX`, or a sum that the clock cannot hold).
pub(crate) fn deadline_after(timeout: std::time::Duration) -> Option<std::time::Instant> {
    clock::now().checked_add(timeout)
}

/// A number about the program, which one thread at a time changes and others look at. No protocol
/// relies on it, so it is the same on both faces: loom need not know of it.
#[derive(Debug, Default)]
pub(crate) struct Tally(std::sync::atomic::AtomicUsize);

impl Tally {
    /// Counts one more. Two threads that count at the same time may lose one.
    #[inline]
    pub(crate) fn count(&self) {
        self.set(self.get().wrapping_add(1));
    }

    #[inline]
    pub(crate) fn set(&self, number: usize) {
        // ORDERING: Release, partner of the Acquire in `get`: what was counted comes before it. So
        // who looks at both finds no more ended than begun, and no more taken than accepted. (No
        // model: nothing but what is told hangs on it.)
        self.0.store(number, std::sync::atomic::Ordering::Release);
    }

    /// What it is, or was a moment ago.
    #[inline]
    pub(crate) fn get(&self) -> usize {
        // ORDERING: Acquire: see `set`.
        self.0.load(std::sync::atomic::Ordering::Acquire)
    }
}
