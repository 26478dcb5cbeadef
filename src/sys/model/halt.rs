//! Stopping a model that has failed.
//!
//! loom reports a failure by a panic, and unwinding runs destructors: those that lock or notify
//! reach back into loom, fail again, and abort the process before anybody has seen the first
//! message. Once a model is marked as failed, every operation of this face that gives way to
//! other threads blocks its system thread for good instead. It is a thread of the model's own,
//! and it stays behind.

use std::cell::Cell;

std::thread_local! {
    /// Whether the model that runs on this system thread has failed.
    static HALTED: Cell<bool> = const { Cell::new(false) };
}

/// Marks the model that runs on this system thread as failed.
#[cfg(all(test, feature = "loom"))]
pub(crate) fn begin() {
    HALTED.set(true);
}

/// Blocks for good where the model has failed.
pub(super) fn here() {
    while HALTED.get() {
        std::thread::park();
    }
}

/// Lies under everything else on the stack of a thread of the model.
pub(crate) struct Bottom;

impl Drop for Bottom {
    fn drop(&mut self) {
        here();
    }
}
