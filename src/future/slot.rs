//! Where the work of a task lies until it is done, and its outcome after that.
//!
//! # Invariants
//!
//! 1. Until the signal is done the body has one owner at a time: who it is, says the state word
//!    of the task that has the slot.
//! 2. The last of these owners settles, once; it does not touch the body afterwards.
//! 3. From then on the body belongs to the task's `TaskFuture`, if there still is one, and in
//!    the end to the last `Arc`.

use super::TaskError;
use crate::panic::contain;
use crate::sys::cell::UnsafeCell;
use crate::wait::Signal;
use std::pin::Pin;

/// What a slot holds.
enum Body<W, T> {
    /// What is to be done.
    Work(W),
    /// Nothing: it is being done, or the outcome was taken.
    Gone,
    /// What came of it.
    Outcome(Result<T, TaskError>),
}

/// The work of a task, then its outcome, and the signal that tells of it.
pub(crate) struct Slot<W, T> {
    /// Completed when the outcome is there.
    signal: Signal,
    body: UnsafeCell<Body<W, T>>,
}

// SAFETY: the slot is moved with what it holds, and it holds a `W` or a `T`.
unsafe impl<W: Send, T: Send> Send for Slot<W, T> {}
// SAFETY: who shares a slot never shares what is in it: the body has one owner at a time
// (invariants 1 to 3).
unsafe impl<W: Send, T: Send> Sync for Slot<W, T> {}

impl<W, T> Slot<W, T> {
    pub(crate) fn new(work: W) -> Self {
        Self {
            signal: Signal::new(),
            body: UnsafeCell::new(Body::Work(work)),
        }
    }

    pub(crate) fn signal(&self) -> &Signal {
        &self.signal
    }

    /// Takes the work out, to do it elsewhere.
    ///
    /// # Safety
    ///
    /// The caller owns the body (invariant 1), and took no work out before.
    pub(crate) unsafe fn take_work(&self) -> W {
        // SAFETY: the caller's.
        match unsafe { self.replace(Body::Gone) } {
            Body::Work(work) => work,
            _ => unreachable!("the work was taken twice"),
        }
    }

    /// Does something with the work where it lies.
    ///
    /// # Safety
    ///
    /// The caller owns the body (invariant 1), and the work is there. The slot is pinned.
    pub(crate) unsafe fn with_work<R>(&self, f: impl FnOnce(Pin<&mut W>) -> R) -> R {
        self.body.with_mut(|body| {
            // SAFETY: the caller owns the body.
            match unsafe { &mut *body } {
                // SAFETY: the slot is pinned, and pinned work leaves it by being dropped only.
                Body::Work(work) => f(unsafe { Pin::new_unchecked(work) }),
                _ => unreachable!("there is no work any more"),
            }
        })
    }

    /// Drops the work where it lies. Does not unwind: its panic has been reported by the hook.
    ///
    /// # Safety
    ///
    /// The caller owns the body (invariant 1).
    pub(crate) unsafe fn drop_work(&self) {
        // SAFETY: the caller owns the body. The assignment drops the work in its place, and
        // takes place even where that panics.
        contain(|| self.body.with_mut(|body| unsafe { *body = Body::Gone }));
    }

    /// Puts the outcome there and wakes who waits for it. Does not unwind, as a waker may.
    ///
    /// # Safety
    ///
    /// The caller owns the body, and lets go of it with this call (invariant 2).
    pub(crate) unsafe fn settle(&self, outcome: Result<T, TaskError>) {
        // SAFETY: the caller owns the body.
        drop(unsafe { self.replace(Body::Outcome(outcome)) });
        // SAFETY: once, since only its last owner settles.
        contain(|| unsafe { self.signal.complete() });
    }

    /// Takes the outcome out.
    ///
    /// # Safety
    ///
    /// The signal is done, the caller is the `TaskFuture` (invariant 3), and this is the first
    /// time.
    pub(crate) unsafe fn take_outcome(&self) -> Result<T, TaskError> {
        // SAFETY: the caller's.
        match unsafe { self.replace(Body::Gone) } {
            Body::Outcome(outcome) => outcome,
            _ => unreachable!("the outcome was taken twice"),
        }
    }

    /// # Safety
    ///
    /// The caller owns the body.
    unsafe fn replace(&self, new: Body<W, T>) -> Body<W, T> {
        // SAFETY: the caller's.
        self.body
            .with_mut(|body| unsafe { std::mem::replace(&mut *body, new) })
    }
}
