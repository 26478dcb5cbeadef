//! The line of one: a completion, once, that a single waiter waits for.
//!
//! # State
//!
//! | bit | set | means |
//! |---|---|---|
//! | `WAITING` | by the waiter | a waker is there |
//! | `HELD` | by the waiter | something is to be done before the completion |
//! | `DONE` | by the completer, at the end | it is complete; what the other bits say then means nothing |
//!
//! # Invariants
//!
//! 1. The waker belongs to the waiter, but for `WAITING`, where it belongs to whoever sets
//!    `DONE`. The waiter takes it back by clearing `WAITING`.
//! 2. `DONE` is set once, in a step that finds no `HELD`. After it the completer touches the
//!    waker only if it found `WAITING`.
//! 3. `HELD` is cleared by the completer alone, which then does what is to be done.

use crate::panic::{contain, discard};
use crate::sys::{
    atomic::{AtomicUsize, Ordering},
    cell::UnsafeCell,
};
use std::task::{Context, Poll, Waker};

const WAITING: usize = 1 << 0;
const HELD: usize = 1 << 1;
const DONE: usize = 1 << 2;

/// A completion that one waiter waits for.
#[derive(Debug)]
pub(crate) struct Signal {
    state: AtomicUsize,
    waker: UnsafeCell<Option<Waker>>,
}

// SAFETY: the waker has one owner at a time (invariant 1).
unsafe impl Send for Signal {}
// SAFETY: as above.
unsafe impl Sync for Signal {}

impl Signal {
    pub(crate) fn new() -> Self {
        Self {
            state: AtomicUsize::new(0),
            waker: UnsafeCell::new(None),
        }
    }

    /// Whether it was completed; then all that came before is seen.
    pub(crate) fn is_done(&self) -> bool {
        // ORDERING: Acquire, partner of the Release half in `complete_after`: what was completed
        // is seen. Model: `a_signal_publishes_what_was_completed`.
        self.state.load(Ordering::Acquire) & DONE != 0
    }

    /// Completes it and wakes the waiter. Nobody holds it.
    ///
    /// # Safety
    ///
    /// Called once.
    pub(crate) unsafe fn complete(&self) {
        // SAFETY: the caller's.
        unsafe { self.complete_after(|| unreachable!("a signal that nobody holds")) };
    }

    /// Completes it and wakes the waiter; calls `first` before, each time that it is
    /// [held](Self::hold).
    ///
    /// # Safety
    ///
    /// Called once.
    pub(crate) unsafe fn complete_after(&self, mut first: impl FnMut()) {
        // ORDERING: Relaxed: a guess, which the exchange checks.
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            let held = state & HELD != 0;
            let next = if held { state & !HELD } else { DONE };
            // ORDERING: Release, partner of the Acquire in `is_done`, `poll` and `hold`, for what
            // was completed; Acquire, partner of the Release in `poll`, for the waker. Models:
            // `a_signal_publishes_what_was_completed`, `a_signal_wakes_the_last_waker`.
            match self
                .state
                .compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Relaxed)
            {
                Ok(_) if !held => break,
                Ok(_) => {
                    first();
                    state = next;
                }
                Err(seen) => state = seen,
            }
        }
        if state & WAITING != 0 {
            // SAFETY: found WAITING, so the waker is ours (invariant 1).
            let waker = self.waker.with_mut(|waker| unsafe { (*waker).take() });
            if let Some(waker) = waker {
                contain(|| waker.wake());
            }
        }
    }

    /// Asks the completer to call `first` before it completes; `false` where it is complete.
    pub(crate) fn hold(&self) -> bool {
        // ORDERING: Acquire, partner of the Release in `complete_after`: where it is complete,
        // what was completed is seen. (What is to be done lies under a lock.) Model:
        // `a_callback_that_comes_late_is_called_by_who_registers_it`.
        self.state.fetch_or(HELD, Ordering::Acquire) & DONE == 0
    }

    /// Waits for the completion.
    ///
    /// # Safety
    ///
    /// One thread at a time: the waiter is one.
    pub(crate) unsafe fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        if self.is_done() {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        // ORDERING: Acquire: where it is done, what was completed is seen. Nothing to release:
        // the waker that we take back is our own.
        if self.state.fetch_and(!WAITING, Ordering::Acquire) & DONE != 0 {
            discard(waker);
            return Poll::Ready(());
        }
        // SAFETY: not WAITING, so the waker is ours (invariant 1).
        let old = self
            .waker
            .with_mut(|slot| unsafe { (*slot).replace(waker) });
        // ORDERING: Release, partner of the Acquire in `complete_after`: the waker. Acquire where
        // it is done, as above. Model: `a_signal_wakes_the_last_waker`.
        let before = self.state.fetch_or(WAITING, Ordering::AcqRel);
        discard(old);
        if before & DONE == 0 {
            return Poll::Pending;
        }
        // SAFETY: not WAITING when it was completed, so the waker is still ours (invariant 2);
        // nobody is going to call it.
        discard(self.waker.with_mut(|slot| unsafe { (*slot).take() }));
        Poll::Ready(())
    }
}
