//! Stopping a model that has failed.
//!
//! loom reports a failure by a panic, and unwinding runs destructors: those that lock or notify
//! reach back into loom, fail again, and abort the process before anybody has seen the first
//! message. Once a model is marked as failed, every operation of this face that gives way to
//! other threads blocks its system thread for good instead. It is a thread of the model's own,
//! and it stays behind.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

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

/// Runs what a thread of the model does, and stops there if the model has failed.
///
/// A panic that went past the panic hook, and that nobody caught, is one that fails the model.
pub(crate) fn bottom<R>(main: impl FnOnce() -> R) -> R {
    let complain = || match catch_unwind(AssertUnwindSafe(main)) {
        Ok(result) => result,
        Err(payload) if cfg!(test) => {
            here();
            match payload.downcast_ref::<&str>() {
                Some(message) => panic!("nobody caught: {message}"),
                None => panic!("nobody caught what was thrown"),
            }
        }
        Err(payload) => resume_unwind(payload),
    };
    let result = catch_unwind(AssertUnwindSafe(complain));
    here();
    result.unwrap_or_else(|payload| resume_unwind(payload))
}
