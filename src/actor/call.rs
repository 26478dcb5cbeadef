//! A call: a closure on its way in and its result on the way out, in one allocation.
//!
//! The mailbox holds it as a [`Ticket`], the caller as an [`Answer`].
//!
//! # Invariants
//!
//! 1. There is one ticket. It is used up by running the closure, by refusing it, or by being
//!    dropped, and each of these completes `done`, once.
//! 2. The closure belongs to the ticket.
//! 3. The result belongs to the ticket until `done` is complete, then to the one `Reply`.

use super::error::AskError;
use crate::panic::{catch, contain};
use crate::sys::{Arc, cell::UnsafeCell};
use crate::wait::Signal;

/// What is shared by ticket and reply.
pub(super) struct Call<F, R> {
    /// What to run, until it runs.
    closure: UnsafeCell<Option<F>>,
    /// What became of it.
    result: UnsafeCell<Option<Result<R, AskError>>>,
    /// That there is a result.
    done: Signal,
}

// SAFETY: closure and result are handed from thread to thread, with one owner at a time
// (invariants 2 and 3), and `done` orders the hand-over.
unsafe impl<F: Send, R: Send> Sync for Call<F, R> {}

/// The mailbox's side of a call on an `A`.
trait Ask<A>: Send + Sync {
    /// Runs it; `Err` is what it panicked with.
    ///
    /// # Safety
    ///
    /// By the ticket, which is used up.
    unsafe fn run(&self, state: &mut A) -> Result<(), String>;

    /// Drops the closure and answers `error`.
    ///
    /// # Safety
    ///
    /// By the ticket, which is used up.
    unsafe fn refuse(&self, error: AskError);
}

/// The caller's side.
pub(super) trait Answer<R>: Send + Sync {
    /// What is completed when there is a result.
    fn done(&self) -> &Signal;

    /// Takes the result.
    ///
    /// # Safety
    ///
    /// By the one reply, after `done` was seen complete.
    unsafe fn take(&self) -> Option<Result<R, AskError>>;
}

impl<F, R: Send> Call<F, R> {
    /// Answers, and wakes the caller.
    ///
    /// # Safety
    ///
    /// By the ticket, which is used up.
    unsafe fn answer(&self, result: Result<R, AskError>) {
        // SAFETY: not complete yet, so the result is the ticket's (invariant 3).
        self.result.with_mut(|slot| unsafe { *slot = Some(result) });
        // SAFETY: once (invariant 1).
        unsafe { self.done.complete() };
    }

    /// Takes the closure.
    ///
    /// # Safety
    ///
    /// By the ticket.
    unsafe fn closure(&self) -> Option<F> {
        // SAFETY: the closure is the ticket's (invariant 2).
        self.closure.with_mut(|slot| unsafe { (*slot).take() })
    }
}

impl<A, F, R> Ask<A> for Call<F, R>
where
    F: FnOnce(&mut A) -> R + Send,
    R: Send,
{
    unsafe fn run(&self, state: &mut A) -> Result<(), String> {
        // SAFETY: the caller's promise.
        let closure = unsafe { self.closure() }.expect("a ticket is used once");
        let (result, ran) = match catch(|| closure(state)) {
            Ok(value) => (Ok(value), Ok(())),
            Err(payload) => {
                let message = payload.message().to_owned();
                (Err(AskError::Panicked(payload)), Err(message))
            }
        };
        // SAFETY: the caller's promise.
        unsafe { self.answer(result) };
        ran
    }

    unsafe fn refuse(&self, error: AskError) {
        // SAFETY: the caller's promise.
        let closure = unsafe { self.closure() };
        contain(|| drop(closure));
        // SAFETY: the caller's promise.
        unsafe { self.answer(Err(error)) };
    }
}

impl<F: Send, R: Send> Answer<R> for Call<F, R> {
    fn done(&self) -> &Signal {
        &self.done
    }

    unsafe fn take(&self) -> Option<Result<R, AskError>> {
        // SAFETY: complete, so the result is the reply's (invariant 3).
        self.result.with_mut(|slot| unsafe { (*slot).take() })
    }
}

/// The right, and the duty, to settle a call. Dropped, it answers [`AskError::Stopped`].
pub(super) struct Ticket<A>(Option<Arc<dyn Ask<A>>>);

/// A call of `closure`: the side of the mailbox and the side of the caller.
pub(super) fn call<A, F, R>(closure: F) -> (Ticket<A>, Arc<dyn Answer<R>>)
where
    F: FnOnce(&mut A) -> R + Send + 'static,
    R: Send + 'static,
{
    let call = Arc::new(Call {
        closure: UnsafeCell::new(Some(closure)),
        result: UnsafeCell::new(None),
        done: Signal::new(),
    });
    (Ticket(Some(call.clone())), call)
}

impl<A> Ticket<A> {
    /// Runs the call; `Err` is what it panicked with.
    pub(super) fn run(mut self, state: &mut A) -> Result<(), String> {
        let ask = self.0.take().expect("a ticket is used once");
        // SAFETY: this uses the ticket up (invariant 1).
        let ran = unsafe { ask.run(state) };
        release(ask);
        ran
    }

    /// Answers that the call was not accepted.
    pub(super) fn refuse(mut self) {
        self.settle(AskError::Closed);
    }

    fn settle(&mut self, error: AskError) {
        if let Some(ask) = self.0.take() {
            // SAFETY: this uses the ticket up (invariant 1).
            unsafe { ask.refuse(error) };
            release(ask);
        }
    }
}

/// Lets go of a call that is settled. Nobody may wait for the result any more: then it is
/// dropped here, and its `Drop` may panic, which is not the actor's concern.
fn release<A>(ask: Arc<dyn Ask<A>>) {
    contain(|| drop(ask));
}

impl<A> Drop for Ticket<A> {
    fn drop(&mut self) {
        self.settle(AskError::Stopped);
    }
}
