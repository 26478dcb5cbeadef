//! What is between a message that is answered and its [`Reply`](super::Reply), in one allocation.
//!
//! # Invariants
//!
//! 1. There is one ticket. It is used up by answering or by being dropped, and each of these
//!    completes `done`, once.
//! 2. The result belongs to the ticket until `done` is complete, then to the one `Reply`.

use super::error::AskError;
use crate::panic::contain;
use crate::sys::{Arc, cell::UnsafeCell};
use crate::wait::Signal;

/// Where the result lies.
pub(super) struct Answer<R> {
    result: UnsafeCell<Option<Result<R, AskError>>>,
    /// That there is a result.
    done: Signal,
}

// SAFETY: the result is handed from thread to thread, with one owner at a time (invariant 2), and
// `done` orders the hand-over.
unsafe impl<R: Send> Sync for Answer<R> {}

impl<R> Answer<R> {
    /// What is completed when there is a result.
    pub(super) fn done(&self) -> &Signal {
        &self.done
    }

    /// Takes the result.
    ///
    /// # Safety
    ///
    /// By the one reply, after `done` was seen complete.
    pub(super) unsafe fn take(&self) -> Option<Result<R, AskError>> {
        // SAFETY: complete, so the result is the reply's (invariant 2).
        self.result.with_mut(|slot| unsafe { (*slot).take() })
    }
}

/// The right, and the duty, to answer. Dropped, it answers [`AskError::Stopped`].
pub(super) struct Ticket<R>(Option<Arc<Answer<R>>>);

impl<R> Ticket<R> {
    /// The two sides of an answer.
    pub(super) fn new() -> (Self, Arc<Answer<R>>) {
        let answer = Arc::new(Answer {
            result: UnsafeCell::new(None),
            done: Signal::new(),
        });
        (Self(Some(answer.clone())), answer)
    }

    /// Answers, and wakes who waits. Does not unwind.
    #[inline]
    pub(super) fn answer(mut self, result: Result<R, AskError>) {
        self.settle(result);
    }

    #[inline]
    fn settle(&mut self, result: Result<R, AskError>) {
        let Some(answer) = self.0.take() else { return };
        // SAFETY: not complete yet, so the result is the ticket's (invariant 2).
        answer
            .result
            .with_mut(|slot| unsafe { *slot = Some(result) });
        // SAFETY: once (invariant 1).
        unsafe { answer.done.complete() };
        // Nobody may wait for the result any more: then it is dropped here, and its `Drop` may
        // panic, which is not the actor's concern.
        contain(|| drop(answer));
    }
}

impl<R> Drop for Ticket<R> {
    fn drop(&mut self) {
        self.settle(Err(AskError::Stopped));
    }
}
