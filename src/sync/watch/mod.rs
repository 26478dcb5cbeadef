//! Who holds a lock: what every lock embeds for the feature `diagnostics`.
//!
//! A lock has a [`Watch`] beside its data, and tells it what happens: that somebody is about to
//! wait for the lock ([`Watch::wanted`]), has it ([`Watch::held`]) and gives it back
//! ([`Watch::released`]). Whoever has it keeps the [`Hold`] in the guard. A hold belongs to a
//! [`Context`], the thread that called or the task that polled; so a guard may be dropped on
//! another thread than the one that locked. A [`Place`] is where in the user's code the call
//! stands.
//!
//! Locks whose guards borrow them and stay on their thread have it shorter:
//!
//! ```text
//! let claim = self.watch.want(Mode::Alone);    // before it blocks; may report a circle
//! let guard = self.lock.lock();
//! MutexGuard { held: claim.held(), guard }     // dropped in this order: out of the books first
//! ```
//!
//! A lock that tasks may hold does it by hand, and keeps place and hold (both of size zero without
//! the feature) in its future and its guard:
//!
//! ```text
//! lock_async:   place: Place::here(),                    // under `#[track_caller]`
//! first poll:   watch.wanted(&Context::of(cx.waker()), Mode::Alone, self.place);
//! last poll:    let hold = watch.held(Context::of(cx.waker()), Mode::Alone, self.place);
//! Guard::drop:  watch.released(&self.hold);              // before it is unlocked
//! ```
//!
//! Without the feature all of these are of size zero and do nothing. In a model likewise: the
//! books are outside of what is checked.

#[cfg(feature = "diagnostics")]
mod books;
#[cfg(feature = "diagnostics")]
mod context;
#[cfg(not(feature = "diagnostics"))]
mod off;
#[cfg(feature = "diagnostics")]
mod on;

#[cfg(not(feature = "diagnostics"))]
pub(crate) use off::*;
#[cfg(feature = "diagnostics")]
pub(crate) use {
    context::{Context, Place},
    on::*,
};

/// How a lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// By nobody else: a mutex, a writer.
    Alone,
    /// Beside readers, by the one who may become the writer.
    Upgradable,
    /// Beside other readers.
    Shared,
    /// By a thread that may lock it again: a reentrant mutex.
    Again,
}

#[cfg(all(test, debug_assertions, feature = "diagnostics", not(feature = "loom")))]
mod tests;
